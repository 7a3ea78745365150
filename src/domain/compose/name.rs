//! The name of a project.

/// As a folder or the file itself names it: lowered, without other characters.
pub fn normalized(text: &str) -> String {
    let good = |c: &char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-');
    let lower = text.to_lowercase();
    let name: String = lower.chars().filter(good).collect();
    name.trim_start_matches(['_', '-']).to_owned()
}

/// Whether a name can be used as it is.
pub fn is_valid(name: &str) -> bool {
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-');
    let begins = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    name.starts_with(begins) && name.chars().all(good)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_lowered_and_cleaned() {
        assert_eq!(normalized("My.App_1"), "myapp_1");
        assert_eq!(normalized("__x"), "x");
        assert!(is_valid("a_b-1") && !is_valid("Bad_Name!") && !is_valid("") && !is_valid("-a"));
    }
}
