//! A command line as the words that Compose makes of it, which no shell reads.

/// # Errors
/// For an open quote, and for parentheses.
pub fn split(line: &str) -> Result<Vec<String>, ()> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut begun = false;
    let (mut escaped, mut single, mut double) = (false, false, false);
    let (mut back, mut dollar) = (false, false);
    for c in line.chars() {
        if escaped {
            word.push(match c {
                't' => '\t',
                'n' => '\n',
                other => other,
            });
            (escaped, begun) = (false, true);
            continue;
        }
        if c == '\\' {
            if single {
                word.push(c);
            } else {
                escaped = true;
            }
            continue;
        }
        if matches!(c, ' ' | '\t' | '\r' | '\n') {
            if single || double || back || dollar {
                word.push(c);
            } else if begun {
                words.push(std::mem::take(&mut word));
                begun = false;
            }
            continue;
        }
        match c {
            '`' if !single && !double && !dollar => back = !back,
            ')' if !single && !double && !back => dollar = !dollar,
            '(' if !single && !double && !back => {
                if dollar || !word.ends_with('$') {
                    return Err(());
                }
                dollar = true;
            }
            '"' if !single && !dollar => {
                (double, begun) = (!double, true);
                continue;
            }
            '\'' if !double && !dollar => {
                (single, begun) = (!single, true);
                continue;
            }
            // What a shell would take for an operator ends the line.
            ';' | '&' | '|' | '<' | '>' if !(single || double || back || dollar) => break,
            _ => {}
        }
        begun = true;
        word.push(c);
    }
    if escaped || single || double || back || dollar {
        return Err(());
    }
    if begun {
        words.push(word);
    }
    Ok(words)
}

/// Whether a part of the line is cut off, because a shell would read it otherwise.
pub fn is_cut(line: &str) -> bool {
    let (mut single, mut double, mut escaped) = (false, false, false);
    for c in line.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if !single => escaped = true,
            '\'' if !double => single = !single,
            '"' if !single => double = !double,
            ';' | '&' | '|' | '<' | '>' if !single && !double => return true,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_that_compose_makes() {
        for (line, words) in [
            (
                r#"echo "a b" 'c d' e\ f"#,
                vec!["echo", "a b", "c d", "e f"],
            ),
            ("a && b", vec!["a"]),
            ("", vec![]),
            ("''", vec![""]),
            ("--flag=\"a b\"", vec!["--flag=a b"]),
            ("echo $(date) `x y`", vec!["echo", "$(date)", "`x y`"]),
        ] {
            assert_eq!(split(line).unwrap(), words, "{line}");
        }
        assert!(split("a 'b").is_err() && split("(a)").is_err());
        assert!(is_cut("a && b") && !is_cut("sh -c 'a && b'"));
    }
}
