//! What a misspelled word was meant to be.

/// The word that a typing error was most likely meant to be.
pub(super) fn nearest<'a>(text: &str, words: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let most = (text.chars().count() / 3).clamp(1, 3);
    words
        .map(|word| (distance(text, word), word))
        .filter(|(distance, word)| *distance <= most || word.starts_with(text) && text.len() > 3)
        .min()
        .map(|(_, word)| word)
}

/// Changes of single letters, swapped neighbors among them, that make one of the other.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (
        a.to_lowercase().chars().take(40).collect(),
        b.chars().collect(),
    );
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    rows[0] = (0..=b.len()).collect();
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let change = usize::from(a[i - 1] != b[j - 1]);
            let mut least = (rows[i - 1][j] + 1)
                .min(rows[i][j - 1] + 1)
                .min(rows[i - 1][j - 1] + change);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = least;
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_misses_are_named() {
        let words = ["image", "init", "interval", "networks"];
        let near = |text| nearest(text, words.into_iter());
        assert_eq!(near("imge"), Some("image"));
        assert_eq!(near("intervall"), Some("interval"));
        assert_eq!(near("network"), Some("networks"));
        assert_eq!(near("something"), None);
        assert_eq!(distance("ab", "ba"), 1);
    }
}
