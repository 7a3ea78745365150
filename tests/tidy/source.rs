//! Reads Rust source well enough to ask it what it names: comments and literals
//! blanked out, test code known as such, paths with their groups unfolded.
//!
//! Not a parser: it knows tokens, braces and `a::{b, c::d}`. Where it must guess
//! it reports more rather than less.

use std::path::{Path, PathBuf};

/// One file.
pub struct Source {
    /// From the root of the package, with `/`: `src/engine/logs.rs`.
    pub path: String,
    /// As written.
    pub lines: Vec<String>,
    /// The same, with spaces for comments and for what literals contain.
    pub code: Vec<String>,
    /// Whether the line belongs to an item under `#[cfg(test)]`.
    pub test: Vec<bool>,
}

/// A path that a file names, such as `["crate", "engine", "Client"]`.
#[derive(Debug, PartialEq, Eq)]
pub struct Named {
    pub line: usize,
    pub segments: Vec<String>,
}

impl Source {
    pub fn new(path: &str, text: &str) -> Self {
        let blanked = blank(text);
        let mut source = Self {
            path: path.into(),
            lines: text.lines().map(String::from).collect(),
            code: blanked.lines().map(String::from).collect(),
            test: Vec::new(),
        };
        source.test = test_lines(&source.code);
        source
    }

    /// `src/engine/logs.rs` is `["engine", "logs"]`, `src/lib.rs` is `[]`.
    pub fn module(&self) -> Vec<&str> {
        let inner = self.path.trim_start_matches("src/").trim_end_matches(".rs");
        inner.split('/').filter(|part| *part != "lib").collect()
    }

    /// `path:line`, as terminals and editors understand it.
    pub fn at(&self, line: usize) -> String {
        format!("{}:{}", self.path, line + 1)
    }

    /// Lines of the program itself, with their numbers.
    pub fn program(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.code.iter().map(String::as_str).enumerate();
        lines.filter(|(line, _)| !self.test[*line])
    }

    /// Every path in the program (not its tests) that begins with one of `roots`.
    pub fn named(&self, roots: &[&str]) -> Vec<Named> {
        let tokens = self.tokens();
        let mut found = Vec::new();
        for (index, (line, token)) in tokens.iter().enumerate() {
            let before = index.checked_sub(1).map_or("", |i| tokens[i].1.as_str());
            if !roots.contains(&token.as_str()) || matches!(before, "::" | "." | "fn" | "let") {
                continue;
            }
            let after = tokens.get(index + 1).map_or("", |next| next.1.as_str());
            if after != "::" && before != "use" {
                continue;
            }
            let mut tails = Vec::new();
            unfold(&tokens, index, &[], &mut tails);
            found.extend(tails.into_iter().map(|segments| Named {
                line: *line,
                segments,
            }));
        }
        found
    }

    /// Every path that the file passes on to the rest of the crate (`pub use`).
    pub fn passed_on(&self) -> Vec<Named> {
        let tokens = self.tokens();
        let mut found = Vec::new();
        for (index, (line, token)) in tokens.iter().enumerate() {
            let before = |count: usize| {
                let at = index.checked_sub(count)?;
                Some(tokens[at].1.as_str())
            };
            let of_crate = before(1) == Some(")") && before(2) == Some("crate");
            if token != "use" || !(before(1) == Some("pub") || of_crate) {
                continue;
            }
            let mut paths = Vec::new();
            unfold(&tokens, index + 1, &[], &mut paths);
            found.extend(paths.into_iter().map(|segments| Named {
                line: *line,
                segments,
            }));
        }
        found
    }

    /// Names, `::` and single signs of the program, each with its line.
    fn tokens(&self) -> Vec<(usize, String)> {
        let mut tokens = Vec::new();
        for (number, text) in self.program() {
            let mut rest = text.trim_start();
            while let Some(first) = rest.chars().next() {
                let length = if is_word(first) {
                    rest.find(|c| !is_word(c)).unwrap_or(rest.len())
                } else if rest.starts_with("::") {
                    2
                } else {
                    first.len_utf8()
                };
                tokens.push((number, rest[..length].to_owned()));
                rest = rest[length..].trim_start();
            }
        }
        tokens
    }
}

/// Reads the path at `index` and appends it, or all of them if it ends in a
/// group, to `found`. Returns the index behind it.
fn unfold(
    tokens: &[(usize, String)],
    mut index: usize,
    prefix: &[String],
    found: &mut Vec<Vec<String>>,
) -> usize {
    let token = |i: usize| tokens.get(i).map_or("", |t| t.1.as_str());
    let mut path = prefix.to_vec();
    loop {
        if token(index) == "{" {
            index += 1;
            while !matches!(token(index), "}" | "") {
                let next = unfold(tokens, index, &path, found);
                // `as name`, commas, and whatever else stands between.
                index = next.max(index + 1);
                while !matches!(token(index), "," | "}" | "") {
                    index += 1;
                }
                if token(index) == "," {
                    index += 1;
                }
            }
            return index + 1;
        }
        let is_name = token(index).starts_with(is_word) || token(index) == "*";
        if !is_name {
            break;
        }
        path.push(token(index).to_owned());
        index += 1;
        if token(index) != "::" {
            break;
        }
        index += 1;
    }
    found.push(path);
    index
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The lines of items that `#[cfg(test)]` stands before.
fn test_lines(code: &[String]) -> Vec<bool> {
    let mut test = vec![false; code.len()];
    let mut line = 0;
    while line < code.len() {
        let Some(column) = code[line].find("#[cfg(test)]") else {
            line += 1;
            continue;
        };
        let last = item_end(code, line, column + "#[cfg(test)]".len());
        test[line..=last].fill(true);
        line = last + 1;
    }
    test
}

/// The last line of the item that starts at or after this place: where its
/// braces close, or the first `;` outside brackets.
fn item_end(code: &[String], line: usize, column: usize) -> usize {
    let mut depth = 0_usize;
    for (number, text) in code.iter().enumerate().skip(line) {
        let skip = if number == line { column } else { 0 };
        for sign in text.chars().skip(skip) {
            match sign {
                '{' | '(' | '[' => depth += 1,
                ')' | ']' => depth = depth.saturating_sub(1),
                '}' => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        return number;
                    }
                }
                ';' if depth == 0 => return number,
                _ => {}
            }
        }
    }
    code.len().saturating_sub(1)
}

/// The text with spaces in place of comments and of what literals contain; lines
/// and columns stay where they are.
fn blank(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let end = literal_or_comment(&chars, at);
        if end == at {
            out.push(chars[at]);
            at += 1;
            // A name is taken whole, so that the `r` of `for"x"` starts nothing.
            while is_word(chars[at - 1]) && at < chars.len() && is_word(chars[at]) {
                out.push(chars[at]);
                at += 1;
            }
        } else {
            out.extend(
                chars[at..end]
                    .iter()
                    .map(|c| if *c == '\n' { '\n' } else { ' ' }),
            );
            at = end;
        }
    }
    out
}

/// Behind the comment or literal that starts at `at`; `at` itself if none does.
fn literal_or_comment(chars: &[char], at: usize) -> usize {
    let sign = |i: usize| chars.get(i).copied().unwrap_or('\0');
    let find = |from: usize, wanted: char| (from..chars.len()).find(|i| chars[*i] == wanted);
    match (sign(at), sign(at + 1)) {
        ('/', '/') => find(at, '\n').unwrap_or(chars.len()),
        ('/', '*') => block_comment_end(chars, at),
        ('"', _) => string_end(chars, at + 1),
        ('b' | 'c', '"') => string_end(chars, at + 2),
        ('b', '\'') => char_end(chars, at + 1).unwrap_or(at),
        ('\'', _) => char_end(chars, at).unwrap_or(at),
        ('r', '"' | '#') => raw_string_end(chars, at + 1).unwrap_or(at),
        ('b' | 'c', 'r') => raw_string_end(chars, at + 2).unwrap_or(at),
        _ => at,
    }
}

fn block_comment_end(chars: &[char], at: usize) -> usize {
    let mut depth = 0;
    let mut i = at;
    while i + 1 < chars.len() {
        match (chars[i], chars[i + 1]) {
            ('/', '*') => depth += 1,
            ('*', '/') => depth -= 1,
            _ => {
                i += 1;
                continue;
            }
        }
        i += 2;
        if depth == 0 {
            return i;
        }
    }
    chars.len()
}

fn string_end(chars: &[char], mut i: usize) -> usize {
    while i < chars.len() {
        match chars[i] {
            '\\' => i += 2,
            '"' => return i + 1,
            _ => i += 1,
        }
    }
    chars.len()
}

/// `'x'` and `'\n'`, but not the lifetime in `&'a str`.
fn char_end(chars: &[char], quote: usize) -> Option<usize> {
    let first = *chars.get(quote + 1)?;
    if first == '\\' {
        let end = (quote + 3..chars.len()).find(|i| chars[*i] == '\'')?;
        Some(end + 1)
    } else if *chars.get(quote + 2)? == '\'' {
        Some(quote + 3)
    } else {
        None
    }
}

/// `i` is behind the `r`. None for the raw name `r#type`.
fn raw_string_end(chars: &[char], i: usize) -> Option<usize> {
    let hashes = chars[i.min(chars.len())..]
        .iter()
        .take_while(|c| **c == '#')
        .count();
    if chars.get(i + hashes) != Some(&'"') {
        return None;
    }
    let close = |at: &usize| {
        chars[*at] == '"'
            && chars[at + 1..]
                .iter()
                .take(hashes)
                .filter(|c| **c == '#')
                .count()
                == hashes
    };
    let end = (i + hashes + 1..chars.len()).find(close)?;
    Some(end + 1 + hashes)
}

/// All Rust files below a folder of the package, in order. A file that another
/// declares as `#[cfg(test)] mod name;` is test code as a whole, and so is one
/// that such a file declares.
pub fn below(folder: &str) -> Vec<Source> {
    let mut sources: Vec<Source> = texts_below(folder, &["rs"])
        .iter()
        .map(|(path, text)| Source::new(path, text))
        .collect();
    let mut known = 0;
    loop {
        let test_files: Vec<String> = sources.iter().flat_map(declared_for_tests).collect();
        if test_files.len() == known {
            return sources;
        }
        known = test_files.len();
        for source in &mut sources {
            if test_files.contains(&source.path) {
                source.test.fill(true);
            }
        }
    }
}

/// Where `#[cfg(test)] mod name;` in this file points to.
fn declared_for_tests(source: &Source) -> Vec<String> {
    let folder = match source.path.strip_suffix("/lib.rs") {
        Some(folder) => folder,
        None => source.path.trim_end_matches(".rs"),
    };
    let code = source.code.iter().zip(&source.test);
    let declared = code.filter(|(_, test)| **test).filter_map(|(line, _)| {
        let line = line.trim().trim_start_matches("#[cfg(test)]").trim_start();
        line.strip_prefix("mod ")?.strip_suffix(';')
    });
    declared.map(|name| format!("{folder}/{name}.rs")).collect()
}

/// The files of these kinds below a folder of the package, by their path in it,
/// with their text. What is not ours is left out.
pub fn texts_below(folder: &str, kinds: &[&str]) -> Vec<(String, String)> {
    let mut files = Vec::new();
    collect(&root().join(folder), kinds, &mut files);
    files.sort();
    let texts = files.iter().map(|file| {
        let path = file.strip_prefix(root()).unwrap().to_str().unwrap();
        (path.to_owned(), std::fs::read_to_string(file).unwrap())
    });
    texts.collect()
}

fn collect(folder: &Path, kinds: &[&str], files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            let others = ["web/vendor", "tests/shots"].map(|folder| root().join(folder));
            if !others.contains(&path) {
                collect(&path, kinds, files);
            }
        } else if path
            .extension()
            .and_then(|ext| ext.to_str())
            .is_some_and(|ext| kinds.contains(&ext))
        {
            files.push(path);
        }
    }
}

/// The root of the package.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
