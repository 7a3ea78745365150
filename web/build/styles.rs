//! The style sheets of every page as one, and all of them without comments and
//! white space that means nothing.

/// In the order in which they apply.
const OF_EVERY_PAGE: &[&str] = &[
    "css/base.css",
    "css/frame.css",
    "css/components.css",
    "css/controls.css",
    "css/overlays.css",
    "css/pages.css",
    "css/form.css",
    "css/containers.css",
    "css/cockpit.css",
    "css/levels.css",
];

pub const ALL: &str = "css/app.css";

/// Path and text of what is served, from path and text of what is written.
pub fn bundle(sheets: impl IntoIterator<Item = (String, String)>) -> Vec<(String, String)> {
    let mut every_page = vec![String::new(); OF_EVERY_PAGE.len()];
    let mut served = Vec::new();
    for (path, text) in sheets {
        let text = write(&text);
        match OF_EVERY_PAGE.iter().position(|one| *one == path) {
            Some(at) => every_page[at] = text,
            None => served.push((path, text)),
        }
    }
    served.push((ALL.to_owned(), every_page.concat()));
    served
}

/// Spaces stay where they can mean something: before a `:` they are a selector's.
fn write(sheet: &str) -> String {
    let mut out = String::with_capacity(sheet.len());
    let mut rest = sheet;
    let mut is_apart = false;
    while let Some(first) = rest.chars().next() {
        if first.is_whitespace() {
            is_apart = true;
            rest = rest.trim_start();
            continue;
        }
        if rest.starts_with("/*") {
            is_apart = true;
            rest = rest.split_once("*/").map_or("", |(_, rest)| rest);
            continue;
        }
        let closed = |c: char| "{};,".contains(c);
        if is_apart && !closed(first) && !out.is_empty() && !out.ends_with(closed) {
            out.push(' ');
        }
        is_apart = false;
        // The last semicolon of a block says nothing.
        if first == '}' && out.ends_with(';') {
            out.pop();
        }
        let length = if matches!(first, '"' | '\'') {
            quoted(rest, first)
        } else {
            first.len_utf8()
        };
        let (taken, after) = rest.split_at(length);
        out.push_str(taken);
        rest = after;
    }
    out
}

fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sheet_loses_comments_and_spaces_that_mean_nothing() {
        let text = "/* a */\na :hover,\nb > c {\n  margin: 0 calc(1px + 2px); /* b */\n  content: \"/* c  */;\";\n}\n@media (width < 5px) {\n  i { color: red; }\n}\n";
        assert_eq!(
            write(text),
            "a :hover,b > c{margin: 0 calc(1px + 2px);content: \"/* c  */;\"}@media (width < 5px){i{color: red}}"
        );
    }

    #[test]
    fn sheets_of_every_page_become_one_in_their_order() {
        let sheet = |path: &str, text: &str| (path.to_owned(), text.to_owned());
        let served = bundle([
            sheet("css/form.css", "b{}"),
            sheet("css/base.css", "a{}"),
            sheet("css/stats.css", "c{}"),
        ]);
        assert_eq!(
            served,
            [sheet("css/stats.css", "c{}"), sheet(ALL, "a{}b{}")]
        );
    }
}
