//! One line of comma-separated values, as Go's `encoding/csv` reads it: the
//! client takes `--mount`, `--network` and `--gpus` apart with it (RFC 4180).

/// The fields of the first line.
///
/// # Errors
/// A sentence on a quote that is out of place.
pub(super) fn fields(text: &str) -> Result<Vec<String>, String> {
    let mut fields = Vec::new();
    let mut rest = text;
    loop {
        let (field, after) = if let Some(quoted) = rest.strip_prefix('"') {
            in_quotes(quoted)?
        } else {
            let end = rest.find([',', '\n']).unwrap_or(rest.len());
            let (field, after) = rest.split_at(end);
            if field.contains('"') {
                return Err(
                        "A double quote is in the middle of an option; put the whole option in double quotes."
                            .to_owned(),
                    );
            }
            (field.to_owned(), after)
        };
        fields.push(field);
        match after.strip_prefix(',') {
            Some(more) => rest = more,
            None => return Ok(fields),
        }
    }
}

/// After the opening quote: the field, and what follows the closing one.
fn in_quotes(text: &str) -> Result<(String, &str), String> {
    let mut field = String::new();
    let mut rest = text;
    loop {
        let Some(at) = rest.find('"') else {
            return Err("A double quote inside the value is never closed.".to_owned());
        };
        field.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        match rest.strip_prefix('"') {
            Some(more) => {
                field.push('"');
                rest = more;
            }
            None if rest.is_empty() || rest.starts_with([',', '\n']) => return Ok((field, rest)),
            None => {
                return Err(
                    "Something follows a closing double quote; a comma belongs there.".to_owned(),
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_fields_are_split_as_go_does() {
        for (text, wanted) in [
            ("a,b", &["a", "b"][..]),
            ("", &[""]),
            ("a,", &["a", ""]),
            (r#""a,b",c"#, &["a,b", "c"]),
            (r#""a""b",c"#, &["a\"b", "c"]),
            (r#"type=bind,"source=/a,b""#, &["type=bind", "source=/a,b"]),
            ("a\nb", &["a"]),
            (" a, b", &[" a", " b"]),
        ] {
            assert_eq!(fields(text).unwrap(), wanted, "{text}");
        }
        for wrong in [r#"a"b"#, r#""a"#, r#""a"b"#, r#"a="b,c""#] {
            assert!(fields(wrong).is_err(), "{wrong}");
        }
    }
}
