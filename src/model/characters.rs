//! Characters that a person does not see.

/// Whether a character changes how its neighbours are shown: controls, and
/// those that turn the direction of writing or have no width.
pub fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}
