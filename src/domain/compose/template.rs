//! Variables in values: `$NAME`, `${NAME:-default}` and the other forms of the Compose
//! specification ("Interpolation"). Defaults are worked out only where they are used.

use std::collections::BTreeSet;

/// Templates within templates.
const DEEPEST: usize = 100;
/// Bytes of one value.
const LARGEST: usize = 1024 * 1024;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InterpolationError {
    /// What stands there is not one of the forms.
    Format(String),
    /// `${NAME:?message}`
    Required {
        name: String,
        message: String,
    },
    TooLarge,
}

/// What a text needs.
pub struct Interpolation<'a> {
    pub lookup: &'a dyn Fn(&str) -> Option<String>,
    /// Variables that are not set, and have no default.
    pub unset: &'a mut BTreeSet<String>,
}

impl Interpolation<'_> {
    pub fn expand(&mut self, text: &str) -> Result<String, InterpolationError> {
        if !text.contains('$') {
            return Ok(text.to_owned());
        }
        self.within(text, 0)
    }

    fn within(&mut self, text: &str, depth: usize) -> Result<String, InterpolationError> {
        if depth > DEEPEST {
            return Err(InterpolationError::Format(shortened(text)));
        }
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            out.push_str(&rest[..at]);
            let after = &rest[at + 1..];
            if let Some(more) = after.strip_prefix('$') {
                out.push('$');
                rest = more;
            } else if let Some(inside) = after.strip_prefix('{') {
                let end = closing(inside)
                    .ok_or_else(|| InterpolationError::Format(shortened(&rest[at..])))?;
                out.push_str(&self.braced(&inside[..end], depth)?);
                rest = &inside[end + 1..];
            } else {
                let length = name_length(after);
                if length == 0 {
                    // `$1`, `100$`: text.
                    out.push('$');
                } else {
                    out.push_str(&self.value(&after[..length]));
                }
                rest = &after[length..];
            }
            if out.len() > LARGEST {
                return Err(InterpolationError::TooLarge);
            }
        }
        out.push_str(rest);
        Ok(out)
    }

    /// What stands between the braces.
    fn braced(&mut self, inside: &str, depth: usize) -> Result<String, InterpolationError> {
        let length = name_length(inside);
        let (name, form) = inside.split_at(length);
        let wrong = || InterpolationError::Format(shortened(&format!("${{{inside}}}")));
        if length == 0 {
            return Err(wrong());
        }
        if form.is_empty() {
            return Ok(self.value(name));
        }
        let (counts_empty, form) = match form.strip_prefix(':') {
            Some(form) => (true, form),
            None => (false, form),
        };
        let mut signs = form.chars();
        let sign = signs.next().ok_or_else(wrong)?;
        let word = signs.as_str();
        let value = (self.lookup)(name);
        let is_set = value
            .as_ref()
            .is_some_and(|v| !(counts_empty && v.is_empty()));
        match sign {
            '-' if is_set => Ok(value.unwrap_or_default()),
            '-' => self.within(word, depth + 1),
            '+' if is_set => self.within(word, depth + 1),
            '+' => Ok(value.unwrap_or_default()),
            '?' if is_set => Ok(value.unwrap_or_default()),
            '?' => Err(InterpolationError::Required {
                name: name.to_owned(),
                message: self.within(word, depth + 1)?,
            }),
            _ => Err(wrong()),
        }
    }

    fn value(&mut self, name: &str) -> String {
        (self.lookup)(name).unwrap_or_else(|| {
            self.unset.insert(name.to_owned());
            String::new()
        })
    }
}

/// `[_A-Za-z][_A-Za-z0-9]*`
fn name_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    if !bytes
        .first()
        .is_some_and(|b| *b == b'_' || b.is_ascii_alphabetic())
    {
        return 0;
    }
    let is_name = |b: &u8| *b == b'_' || b.is_ascii_alphanumeric();
    bytes.iter().take_while(|b| is_name(b)).count()
}

/// Where the brace that is open ends.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 0 => return Some(at),
            b'}' => depth -= 1,
            _ => {}
        }
    }
    None
}

fn shortened(text: &str) -> String {
    text.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn expand(text: &str) -> Result<String, InterpolationError> {
        let lookup = |name: &str| match name {
            "A" => Some("a".to_owned()),
            "EMPTY" => Some(String::new()),
            "D" => Some("$A".to_owned()),
            _ => None,
        };
        let mut unset = BTreeSet::new();
        Interpolation {
            lookup: &lookup,
            unset: &mut unset,
        }
        .expand(text)
    }

    #[test]
    fn every_form_has_its_value() {
        for (text, value) in [
            ("$A-${A}", "a-a"),
            ("$$A $1 100$ $.x", "$A $1 100$ $.x"),
            ("${U:-d}${U-d}${EMPTY:-d}${EMPTY-d}", "ddd"),
            ("${A:+r}${EMPTY:+r}${EMPTY+r}${U+r}", "rr"),
            ("${A:?m}${EMPTY?m}", "a"),
            ("${U:-${J:-j}}}", "j}"),
            (r#"${U:-{"k":"v"}}"#, r#"{"k":"v"}"#),
            ("${U:-a:-b}", "a:-b"),
            // Lazy, and values are not read again.
            ("${A:-${B?e}}", "a"),
            ("$D", "$A"),
            ("$U", ""),
        ] {
            assert_eq!(expand(text).as_deref(), Ok(value), "{text}");
        }
    }

    #[test]
    fn what_is_not_one_of_the_forms_is_refused() {
        for text in [
            "${}", "${A", "${1}", "${A B}", "${A/b/c}", "${A:}", "${A:=b}", "${ A}",
        ] {
            assert!(
                matches!(expand(text), Err(InterpolationError::Format(_))),
                "{text}"
            );
        }
        let required = |name: &str, message: &str| {
            Err(InterpolationError::Required {
                name: name.to_owned(),
                message: message.to_owned(),
            })
        };
        assert_eq!(expand("${U:?give $A}"), required("U", "give a"));
        assert_eq!(expand("${EMPTY:?}"), required("EMPTY", ""));
        assert!(expand(&"${U:-".repeat(1000)).is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_expanded_or_refused(text in "[$A{}:?+a-]{0,60}") {
            let _ = expand(&text);
        }

        #[test]
        fn text_with_doubled_dollars_comes_back(text in "\\PC{0,60}") {
            let doubled = text.replace('$', "$$");
            prop_assert_eq!(expand(&doubled), Ok(text));
        }
    }
}
