//! Files on the person's machine that a command names (`--env-file`,
//! `--label-file`): read from what the caller pasted, as the client reads them
//! (`pkg/kvfile` of the Docker CLI).

/// The `KEY=value` lines. Where there is a `known`, a key alone takes its value from it,
/// and is left out when it has none there.
///
/// # Errors
/// A sentence that names the line.
pub(super) fn key_values<'v>(
    content: &str,
    known: Option<impl Fn(&str) -> Result<Option<&'v str>, String>>,
) -> Result<Vec<String>, String> {
    let mut pairs = Vec::new();
    let content = content.strip_prefix('\u{feff}').unwrap_or(content);
    for (line, number) in content.lines().zip(1..) {
        let line = line.trim_start();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (key, value) = match line.split_once('=') {
            Some((key, value)) => (key, Some(value)),
            None => (line, None),
        };
        if key.is_empty() {
            return Err(format!("line {number} has no name before the =."));
        }
        if key.contains([' ', '\t']) {
            return Err(format!(
                "in line {number} the name {key:?} contains a space."
            ));
        }
        match (value, &known) {
            (Some(_), _) => pairs.push(line.to_owned()),
            (None, Some(known)) => {
                if let Some(value) = known(key)? {
                    pairs.push(format!("{key}={value}"));
                }
            }
            (None, None) => pairs.push(line.to_owned()),
        }
    }
    Ok(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn env_file_lines_are_read_as_the_docker_client_does() {
        let known = |key: &str| Ok((key == "HOME").then_some("/root"));
        let literal = None::<fn(&str) -> Result<Option<&'static str>, String>>;
        let text = "\u{feff}# a comment\r\n\n  A=1 \nB='x y'\nHOME\nUNSET\nC=a=b\r\n";
        assert_eq!(
            key_values(text, Some(known)).unwrap(),
            ["A=1 ", "B='x y'", "HOME=/root", "C=a=b"]
        );
        assert_eq!(key_values("a\nb=c", literal).unwrap(), ["a", "b=c"]);
        assert!(key_values("=x", literal).is_err());
        assert!(key_values("a b=x", literal).unwrap_err().contains("line 1"));
    }
}
