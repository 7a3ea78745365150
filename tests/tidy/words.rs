//! Words that are metaphors or private to this code, and what is said instead.
//! They are refused in code, strings, comments, pages and the README.

use super::source::{root, texts_below};

/// The word as a regular reader would search it, and the word of the field.
const REFUSED: &[(&str, &str)] = &[
    ("anew", "again, or recreate"),
    ("put by", "save"),
    ("puts by", "save"),
    ("put aside", "rename, or save"),
    ("stranger", "anonymous client, unknown, unrelated"),
    ("strangers", "anonymous clients, unknown, unrelated"),
    ("boxes", "hosts, checkboxes"),
    ("worlds", "environments"),
    ("in force", "active"),
    ("goes on", "continues, keeps running"),
    ("muddle", "a plain description"),
    ("trouble", "problem, alert"),
    ("troubles", "problems, alerts"),
    ("loudness", "alert level"),
    ("wish", "request, order"),
    ("wishes", "requests, orders"),
    ("keeper", "the service's own name"),
    ("ghost", "invisible, zero-width"),
    ("misfit", "invalid field"),
    ("shelf", "category"),
    ("shelves", "categories"),
    ("is no", "is not a, or cannot"),
    ("are no", "are not"),
];

/// What may follow `is no` and `are no`.
const CONTINUES: [&str; 3] = ["longer", "such", "more"];

/// Where `there is no` is plain English.
const PRECEDES: [&str; 1] = ["there"];

/// Names of programs and what they store; not the words above.
const NAMES: [&str; 1] = ["src/domain/templates/library/"];

const FOLDERS: [&str; 3] = ["src", "web", "tests"];
const KINDS: [&str; 8] = ["rs", "js", "css", "html", "sh", "toml", "txt", "md"];

/// A line in lower case with single spaces, names taken apart: `isNoMore` and
/// `is_no_more` are `is no more`.
fn plain(line: &str) -> String {
    let mut plain = String::from(" ");
    let mut before = ' ';
    for c in line.chars() {
        if c.is_uppercase() && before.is_lowercase() {
            plain.push(' ');
        }
        plain.extend(if c == '_' { ' ' } else { c }.to_lowercase());
        before = c;
    }
    plain.push(' ');
    plain
}

/// What a line has of the list.
fn refused(line: &str) -> Vec<(&'static str, &'static str)> {
    let plain = plain(line);
    let stands = |phrase: &str| {
        plain.match_indices(phrase).any(|(at, _)| {
            let (before, after) = (&plain[..at], &plain[at + phrase.len()..]);
            let whole =
                !before.ends_with(char::is_alphabetic) && !after.starts_with(char::is_alphabetic);
            let word = |text: &str| text.trim_start().split(' ').next().unwrap_or("").to_owned();
            let next = word(after);
            let last = before
                .trim_end()
                .rsplit(|c: char| !c.is_alphabetic())
                .next()
                .unwrap_or("");
            whole
                && !(phrase.ends_with(" no")
                    && (CONTINUES.iter().any(|one| next.starts_with(one))
                        || PRECEDES.contains(&last)))
        })
    };
    let found = REFUSED.iter().filter(|(phrase, _)| stands(phrase));
    found.copied().collect()
}

#[test]
fn words_are_those_of_the_field() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let mut files = vec![("README.md".to_owned(), readme)];
    files.extend(
        FOLDERS
            .iter()
            .flat_map(|folder| texts_below(folder, &KINDS)),
    );
    files.retain(|(path, _)| {
        path != "tests/tidy/words.rs" && !NAMES.iter().any(|part| path.starts_with(part))
    });
    let mut broken = Vec::new();
    for (file, text) in &files {
        for (number, line) in text.lines().enumerate() {
            for (word, instead) in refused(line) {
                broken.push(format!("{file}:{}: \"{word}\": say {instead}", number + 1));
            }
        }
    }
    assert!(broken.is_empty(), "\n{}\n", broken.join("\n"));
}

#[test]
fn refused_words_are_found_in_names_and_sentences_and_nowhere_else() {
    let of =
        |line: &str| -> Vec<&str> { refused(line).into_iter().map(|(word, _)| word).collect() };
    assert_eq!(of("fn order_anew() {"), ["anew"]);
    assert_eq!(of("setWish(1)"), ["wish"]);
    assert_eq!(of("\"It is no link.\""), ["is no"]);
    assert_eq!(
        of("// Put by before, in force now."),
        ["put by", "in force"]
    );
    assert_eq!(
        of("there is no link; it is no longer used; is no such"),
        [""; 0]
    );
    assert_eq!(of("enforce reinforces a wishlist"), [""; 0]);
}

/// What the pages say of a word is what the glossary says.
#[test]
fn terms_of_the_pages_are_those_of_the_glossary() {
    let read = |path: &str| std::fs::read_to_string(root().join(path)).unwrap();
    let (terms, glossary) = (read("web/js/terms.js"), read("src/glossary.md"));
    let (_, list) = terms.split_once("TERMS = {").unwrap();
    let flat = list.split_whitespace().collect::<Vec<_>>().join(" ");
    let entries: Vec<(&str, &str)> = flat
        .split("\", ")
        .filter_map(|entry| entry.split_once(": \""))
        .collect();
    assert!(entries.len() > 5, "{entries:?}");
    for (word, sentence) in entries {
        let line = format!("- **{word}**: {sentence}\n");
        assert!(glossary.contains(&line), "{line}");
    }
}
