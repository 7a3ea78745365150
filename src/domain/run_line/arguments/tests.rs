//! Every form of a flag, right and wrong.

use super::super::shell::{Shell, Variables};
use super::super::source::Source;
use super::*;

fn read(text: &str) -> (Vec<(String, String)>, Vec<String>, Vec<Note>) {
    let source = Source::new(text);
    let command = Shell::new(&source).next(&Variables::default()).unwrap();
    let mut notes = Notes::default();
    let arguments = arguments(&command.words, &mut notes);
    let given = arguments.given.iter();
    let given = given
        .map(|g| (g.flag.name.to_owned(), g.value.clone()))
        .collect();
    let rest = arguments
        .rest
        .iter()
        .map(|word| word.text.clone())
        .collect();
    (given, rest, notes.take())
}

fn given(text: &str) -> Vec<(String, String)> {
    let (given, rest, notes) = read(text);
    assert_eq!(rest, ["img", "-x"], "{text}");
    assert!(notes.is_empty(), "{text}: {notes:?}");
    given
}

#[test]
fn flags_are_parsed_in_long_short_and_combined_forms() {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    for text in [
        "--publish 80:80 img -x",
        "--publish=80:80 img -x",
        "-p 80:80 img -x",
        "-p80:80 img -x",
        "-p=80:80 img -x",
    ] {
        assert_eq!(given(text), [pair("publish", "80:80")], "{text}");
    }
    assert_eq!(
        given("-it img -x"),
        [pair("interactive", "true"), pair("tty", "true")]
    );
    assert_eq!(
        given("-dp 80:80 img -x"),
        [pair("detach", "true"), pair("publish", "80:80")]
    );
    assert_eq!(
        given("-itv/a:/b img -x"),
        [
            pair("interactive", "true"),
            pair("tty", "true"),
            pair("volume", "/a:/b")
        ]
    );
    assert_eq!(given("-eFOO=1 img -x"), [pair("env", "FOO=1")]);
    assert_eq!(given("--init=false img -x"), [pair("init", "false")]);
    assert_eq!(
        given("--memory-swap -1 img -x"),
        [pair("memory-swap", "-1")]
    );
    assert_eq!(given("-t -- img -x"), [pair("tty", "true")]);
    assert_eq!(given("-e '' img -x"), [pair("env", "")]);
    assert_eq!(given("-h=x img -x"), [pair("hostname", "x")]);
}

#[test]
fn unknown_flag_is_reported_with_its_position_and_a_suggestion() {
    let (given, rest, notes) = read("-d --volum /a:/b --rm=1 img");
    assert_eq!(rest, ["img"]);
    assert_eq!(given.len(), 2);
    assert_eq!((notes[0].at, notes[0].length), (3, 7));
    assert!(
        notes[0].message.contains("Did you mean --volume?"),
        "{notes:?}"
    );

    let (_, rest, notes) = read("--unheard-of value -p 80:80 img");
    assert_eq!(rest, ["img"]);
    assert_eq!(notes.len(), 1);
    let (_, rest, _) = read("--unheard-of img");
    assert_eq!(rest, ["img"]);
    let (_, rest, _) = read("--replace img x");
    assert_eq!(rest, ["img", "x"]);

    let (given, rest, notes) = read("-name web img");
    assert_eq!((given[0].1.as_str(), rest), ("web", vec!["img".to_owned()]));
    assert!(notes[0].message.contains("--name"));

    let (_, _, notes) = read("-diz img");
    assert_eq!((notes[0].at, notes[0].length), (3, 1));
    let (_, _, notes) = read("--name");
    assert!(notes[0].message.contains("needs a value"));
}

#[test]
fn typographic_dashes_are_read_as_hyphens_with_a_note() {
    for text in [
        "–name web img",
        "—name web img",
        "––name web img",
        "-–name web img",
    ] {
        let (given, rest, notes) = read(text);
        assert_eq!(given, [("name".to_owned(), "web".to_owned())], "{text}");
        assert_eq!(rest, ["img"]);
        assert_eq!(notes.len(), 1, "{text}: {notes:?}");
    }
    let (given, ..) = read("–it –p 80:80 img");
    assert_eq!(given.len(), 3);
}
