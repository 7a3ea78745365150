//! What is accepted as a command, and what is kept of its output.

use super::*;
use bytes::Bytes;

fn request(json: serde_json::Value) -> Result<(ExecLine, Duration)> {
    serde_json::from_value::<ExecRequest>(json).unwrap().read()
}

fn field(error: &Error) -> String {
    match &error.kind {
        Kind::Invalid { field: Some(field) } => field.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn command_line_is_split_into_words_and_command_list_is_not() {
    let words = |json| request(json).unwrap().0.command;
    assert_eq!(
        words(serde_json::json!({"command": "sh -c 'echo \"a  b\"; id' x\\ y # no"})),
        ["sh", "-c", "echo \"a  b\"; id", "x y"]
    );
    assert_eq!(
        words(serde_json::json!({"command": ["echo", "a b", "$HOME", ""]})),
        ["echo", "a b", "$HOME", ""]
    );
}

#[test]
fn invalid_exec_request_is_refused_naming_the_field() {
    use serde_json::json;
    for (bad, expected) in [
        (json!({}), "command"),
        (json!({"command": ""}), "command"),
        (json!({"command": [""]}), "command"),
        (json!({"command": "echo 'open"}), "command"),
        (json!({"command": ["a\0b"]}), "command"),
        (json!({"command": ["a".repeat(70_000)]}), "command"),
        (json!({"command": "ls", "timeout": 0}), "timeout"),
        (json!({"command": "ls", "timeout": 601}), "timeout"),
        (json!({"command": "ls", "user": ""}), "user"),
        (json!({"command": "ls", "user": "a b"}), "user"),
        (json!({"command": "ls", "workdir": "data"}), "workdir"),
        (json!({"command": "ls", "env": {"A=B": "x"}}), "env.A=B"),
        (json!({"command": "ls", "env": {"": "x"}}), "env."),
    ] {
        let error = request(bad.clone()).unwrap_err();
        assert_eq!(field(&error), expected, "{bad}");
    }
    assert_eq!(
        request(json!({"command": "ls"})).unwrap().1,
        Duration::from_secs(30)
    );
}

#[test]
fn exec_output_is_cut_at_its_limit() {
    let mut kept = Kept::default();
    kept.take(Output::Stdout(Bytes::from(vec![b'x'; KEPT - 1])));
    kept.take(Output::Stderr(Bytes::from_static(b"e")));
    assert!(!kept.cut);
    kept.take(Output::Stdout(Bytes::from_static(b"yz")));
    assert!(kept.cut);
    assert_eq!((kept.stdout.len(), kept.stderr.len()), (KEPT, 1));
    let mut kept = Kept::default();
    kept.take(Output::Stderr(Bytes::from(vec![b'e'; KEPT + 1])));
    assert!(kept.cut);
    assert_eq!((kept.stdout.len(), kept.stderr.len()), (0, KEPT));
}

#[test]
fn logged_command_is_one_truncated_line_without_control_characters() {
    let words = ["sh".to_owned(), "-c".to_owned(), "a\n\x1b[31mb".to_owned()];
    assert_eq!(one_line(&words, 100), "sh -c 'a  [31mb'");
    assert_eq!(one_line(&["x".repeat(300)], 10), "xxxxxxxxx…");
}

#[test]
fn logged_command_names_neither_arguments_nor_values() {
    let of = |line: &[&str], env: &[&str]| {
        let owned = |all: &[&str]| all.iter().map(|word| (*word).to_owned()).collect();
        summary(&ExecSpec {
            command: owned(line),
            env: owned(env),
            ..ExecSpec::default()
        })
    };
    for (line, expected) in [
        (&["ls"][..], "ls"),
        (
            &["PGPASSWORD=s3cret", "psql", "-U", "app"],
            "psql, 2 arguments, 1 variable",
        ),
        (&["A=s3cret", "B=x y", "psql"], "psql, 2 variables"),
        (&["A=s3cret"], "no program, 1 variable"),
        (&["A=s3cret psql"], "no program, 1 variable"),
        (&["psql --password s3cret"], "psql …"),
        (&["env", "A=s3cret", "psql"], "env, 2 arguments"),
        (&["redis://a:s3cret@db"], "…"),
    ] {
        assert_eq!(of(line, &[]), expected, "{line:?}");
    }
    assert_eq!(of(&["A=1", "ls"], &["B=2"]), "ls, 2 variables");
}
