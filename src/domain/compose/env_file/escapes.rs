//! Backslashes in environment files.

/// Backslashes within double quotes. A dollar sign behind one is text.
pub(super) fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('r') => out.push('\r'),
            Some('t') => out.push('\t'),
            Some('a') => out.push('\u{7}'),
            Some('b') => out.push('\u{8}'),
            Some('f') => out.push('\u{c}'),
            Some('v') => out.push('\u{b}'),
            Some('"') => out.push('"'),
            Some('\\') => out.push('\\'),
            Some('$') => out.push_str("$$"),
            Some('0') => {
                let rest = chars.as_str();
                let octal = |c: &char| ('0'..='7').contains(c);
                let digits: String = rest.chars().take(3).take_while(octal).collect();
                match u8::from_str_radix(&digits, 8) {
                    Ok(code) => {
                        out.push(char::from(code));
                        chars = rest[digits.len()..].chars();
                    }
                    Err(_) => out.push_str("\\0"),
                }
            }
            Some(other) => out.extend(['\\', other]),
            None => out.push('\\'),
        }
    }
    out
}
