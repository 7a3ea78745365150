//! Characters that a person does not see.

/// Whether a character changes how its neighbours are shown: controls, and
/// those that turn the direction of writing or have no width.
pub fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// One line of at most so many characters, without what would show it otherwise than it
/// is: for text that others wrote.
pub fn one_line(text: &str, most: usize) -> String {
    let plain = |c: char| if is_invisible(c) { ' ' } else { c };
    let mut cut: String = text.chars().take(most).map(plain).collect();
    if text.chars().nth(most).is_some() {
        cut.push('…');
    }
    cut
}
