//! What a shell would make of a text, and what people paste.

use super::super::source::UNFOLDED;
use super::*;
use proptest::prelude::*;

fn with(text: &str, values: &[(&str, &str)]) -> (Vec<Vec<String>>, Vec<Note>) {
    let source = Source::new(text);
    let mut shell = Shell::new(&source);
    let variables = Variables {
        values: values
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        ..Variables::default()
    };
    let mut commands = Vec::new();
    let mut notes = Vec::new();
    while let Some(command) = shell.next(&variables) {
        commands.push(command.words.into_iter().map(|word| word.text).collect());
        notes.extend(command.notes);
    }
    (commands, notes)
}

#[track_caller]
fn words(text: &str) -> Vec<String> {
    let (mut commands, notes) = with(text, &[]);
    assert!(notes.is_empty(), "{text}: {notes:?}");
    assert_eq!(commands.len(), 1, "{text}: {commands:?}");
    commands.remove(0)
}

/// One command, read with at least one remark.
#[track_caller]
fn noted(text: &str) -> Vec<String> {
    let (mut commands, notes) = with(text, &[]);
    assert!(!notes.is_empty(), "{text}: not noted");
    assert_eq!(commands.len(), 1, "{text}: {commands:?}");
    commands.remove(0)
}

#[test]
fn quotes_and_escapes_are_resolved_as_in_bash() {
    assert_eq!(words(r#"a 'b c' "d e" f\ g"#), ["a", "b c", "d e", "f g"]);
    assert_eq!(words(r#"a'b'"c"d"#), ["abcd"]);
    assert_eq!(words(r#"'' "" x"#), ["", "", "x"]);
    assert_eq!(words(r#""a \" \$ \\ \n""#), [r#"a " $ \ \n"#]);
    assert_eq!(words(r"$'a\n\t\x41\u00e9\'\\'"), ["a\n\tAé'\\"]);
    assert_eq!(words("'a\nb'"), ["a\nb"]);
    assert_eq!(words("it\\'s"), ["it's"]);
    assert_eq!(words("$\"text\""), ["text"]);
    assert_eq!(words("a#b"), ["a#b"]);
    assert_eq!(words("it’s"), ["it’s"]);
}

#[test]
fn continuations_comments_and_redirections_are_read_as_one_command() {
    let wanted = ["docker", "run", "-d", "x"];
    for text in [
        "docker run \\\n  -d \\\n  x",
        "docker run \\\r\n  -d \\\r\n  x\r\n",
        "docker run ^\n  -d ^\n  x",
        "docker run ^\r\n  -d ^\r\n  x",
        "docker run `\n  -d `\n  x",
        "> docker run \\\n> -d \\\n> x",
        "docker run -d x \\\n",
        "docker run -d x # what it is",
        "# what it is\ndocker run -d x",
        "docker run -d x > log 2>&1 </dev/null",
        "docker run -d x >/dev/null 2>&1 &",
        "docker run -d x;",
        "(docker run -d x)",
    ] {
        assert_eq!(words(text), wanted, "{text}");
    }
    for text in [
        "docker run \\  \n  -d \\\n  x",
        "docker run \\ # in the background\n  -d x",
        "docker run \\\n  # in the background\n  -d x",
        "docker run \\\n  -d \\\n# one\n# two\n  x",
        "docker run\n  -d x",
        "docker run\n\n  # flags\n  -d x",
        "docker run # here \\\n -d x",
        "docker run\\\n-d x",
        "docker\u{a0}run -d x",
        "docker run\u{200b} -d x",
        "docker run ^ \n -d x",
    ] {
        assert_eq!(noted(text), wanted, "{text}");
    }
    assert_eq!(noted("“docker” run -d ‘x’"), wanted);
    assert_eq!(noted("a=“b c”"), ["a=b c"]);
}

#[test]
fn commands_end_at_operators_and_newlines_but_not_inside_heredocs() {
    let (commands, _) = with(
        "docker run a && docker run b; docker run c | cat\ndocker run d &",
        &[],
    );
    assert_eq!(commands.len(), 5);
    assert_eq!(commands[3], ["cat"]);
    let (commands, _) = with("cat >f <<EOF\ndocker run no\nEOF\ndocker run yes", &[]);
    assert_eq!(
        commands,
        [
            vec!["cat".to_owned()],
            vec!["docker".into(), "run".into(), "yes".into()]
        ]
    );
    // A list below a command is not a flag.
    let (commands, _) = with("docker run a\n- first", &[]);
    assert_eq!(commands.len(), 2);
    let (commands, _) = with("docker run a \\\n\ndocker run b", &[]);
    assert_eq!(commands.len(), 2);
}

#[test]
fn known_variables_are_expanded_and_unknown_ones_are_kept() {
    let one = |text: &str, values: &[(&str, &str)]| with(text, values).0.remove(0);
    let known = [("A", "x"), ("PWD", "/here"), ("TWO", "a b"), ("E", "")];
    for (text, wanted) in [
        ("$A", "x"),
        ("${A}b", "xb"),
        ("\"$A b\"", "x b"),
        ("'$A'", "$A"),
        ("\\$A", "$A"),
        ("$(pwd)/d", "/here/d"),
        ("`pwd`/d", "/here/d"),
        ("$PWD", "/here"),
        ("\"$TWO\"", "a b"),
        ("${A:-y}", "x"),
        ("${E:-y}", "y"),
        ("${E-y}z", "z"),
        ("${N:-y}", "y"),
        ("${N:-$A}", "x"),
        ("${N:-${M:-'q r'}}", "q r"),
        ("${A:+y}", "y"),
        ("$N", "$N"),
        ("${N}", "${N}"),
        ("$(date +%Y)", "$(date +%Y)"),
        ("~/x", "~/x"),
        ("$", "$"),
        ("a$", "a$"),
        ("${", "${"),
        ("$(", "$"),
        ("100%", "100%"),
    ] {
        assert_eq!(one(text, &known)[0], wanted, "{text}");
    }
    assert_eq!(one("$TWO c", &known), ["a", "b", "c"]);
    assert_eq!(one("x$TWO", &known), ["xa", "b"]);
    assert_eq!(one("~/x", &[("HOME", "/root")]), ["/root/x"]);
    assert_eq!(one("docker ^\n %cd%", &known), ["docker", "/here"]);
    assert_eq!(
        one("docker `\n $env:A \"${PWD}\"", &known),
        ["docker", "x", "/here"]
    );
}

#[test]
fn unknown_variables_are_reported_with_their_position() {
    let source = Source::new("x a$FOO:${BAR}b");
    let command = Shell::new(&source).next(&Variables::default()).unwrap();
    let word = &command.words[1];
    assert_eq!(word.text, "a$FOO:${BAR}b");
    let places: Vec<_> = word
        .unknown
        .iter()
        .map(|u| (u.key.as_str(), u.at, u.length))
        .collect();
    assert_eq!(places, [("FOO", 3, 4), ("BAR", 8, 6)]);
}

#[test]
fn total_size_of_expanded_variables_is_limited() {
    let value = "x".repeat(1000);
    let text = "$A ".repeat(300_000);
    let (commands, _) = with(&text, &[("A", &value)]);
    let length: usize = commands[0].iter().map(String::len).sum();
    assert!(length < UNFOLDED + 2_000_000, "{length}");
}

#[test]
fn shell_parser_survives_deeply_nested_and_very_long_text() {
    for text in [
        "$(".repeat(300_000),
        "${A:-".repeat(200_000) + &"}".repeat(200_000),
        "\"$(".repeat(200_000),
        "`".repeat(999_999),
        "((((".repeat(200_000),
        "\\\n#\n".repeat(200_000),
        "docker run\n -".repeat(80_000),
        "<<A ".repeat(200_000) + "\n",
        "'\"".repeat(400_000),
        "# docker run\n".repeat(70_000),
    ] {
        let _ = with(&text, &[]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn shell_parser_never_panics_on_arbitrary_text(text in "[ -~\n\t\r'\"$`\\\\{}()<>|&;#–“”‘’\u{a0}äß😀]{0,80}") {
        let _ = with(&text, &[("A", "a b")]);
    }

    /// What our own quoting wrote comes back.
    #[test]
    fn quoted_words_are_parsed_back_unchanged(list in proptest::collection::vec("[ -~\n\t\u{1}-\u{1d}\u{7f}-\u{9f}\u{200b}-\u{200f}\u{202a}-\u{202e}\u{2060}-\u{2069}\u{feff}'\"$`\\\\*?äß€😀–]{0,12}", 1..6)) {
        let line: Vec<_> = list.iter().map(|word| crate::domain::commands::quote(word)).collect();
        let text = format!("docker {}", line.join(" "));
        let read = with(&text, &[]).0.remove(0);
        prop_assert_eq!(&read[1..], &list[..]);
    }
}

#[test]
fn words_and_unknown_parts_of_a_command_are_bounded_and_the_cut_is_told_once() {
    let value = "a ".repeat(100_000);
    for text in [
        "~ ".repeat(500_000),
        "$A ".repeat(300_000),
        "<x> ".repeat(200_000),
        format!("$A{}", "~".repeat(500_000)),
        "$B".to_owned(),
        "echo $B $B".to_owned(),
        format!("\"{}\"", "$A".repeat(300_000)),
    ] {
        let source = Source::new(&text);
        let mut shell = Shell::new(&source);
        let variables = Variables {
            values: std::iter::once(("B".to_owned(), value.clone())).collect(),
            ..Variables::default()
        };
        let command = shell.next(&variables).unwrap();
        let shown = &text[..8.min(text.len())];
        let unknown: usize = command.words.iter().map(|word| word.unknown.len()).sum();
        assert!(command.words.len() <= MOST_WORDS, "{shown}");
        assert!(unknown <= MOST_WORDS + MOST_UNKNOWN, "{shown}: {unknown}");
        let told = |note: &&Note| note.message.contains("At most 20000 words");
        let is_cut = command.words.len() == MOST_WORDS;
        assert_eq!(
            command.notes.iter().filter(told).count(),
            usize::from(is_cut),
            "{shown}"
        );
    }
    // The next command is read from its beginning.
    let text = format!("{}\ndocker run a", "~ ".repeat(30_000));
    let (commands, _) = with(&text, &[]);
    assert_eq!(commands[1], ["docker", "run", "a"]);
}
