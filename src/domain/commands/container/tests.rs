//! Commands as a shell and a docker that only writes down its arguments see them.

use super::*;
use proptest::prelude::*;
use std::io::Write as _;
use std::process::{Command as Process, Stdio};

fn all(name: &str, endpoint: Option<&str>) -> Vec<(String, Commands)> {
    let mut actions: Vec<_> = ContainerAction::WORDS
        .iter()
        .map(|word| ContainerAction::from_word(word).unwrap())
        .collect();
    actions.push(ContainerAction::Stop {
        timeout: Some(30),
        signal: Some("SIGINT".into()),
    });
    actions.push(ContainerAction::Restart { timeout: Some(5) });
    actions.push(ContainerAction::Kill {
        signal: Some("SIGHUP".into()),
    });
    actions.push(ContainerAction::Delete {
        force: true,
        volumes: true,
        and_volumes: vec!["ab12".to_owned()],
    });
    actions
        .iter()
        .map(|action| (format!("{action:?}"), container(action, name, endpoint)))
        .collect()
}

#[test]
fn simple_form_is_the_short_docker_command() {
    let simple = |word: &str| {
        container(&ContainerAction::from_word(word).unwrap(), "jellyfin", None)
            .simple
            .text
    };
    assert_eq!(simple("start"), "docker start jellyfin");
    assert_eq!(simple("stop"), "docker stop jellyfin");
    assert_eq!(simple("delete"), "docker rm jellyfin");
    assert_eq!(simple("logs"), "docker logs jellyfin");
}

#[test]
fn only_given_options_become_flags() {
    let stop = ContainerAction::Stop {
        timeout: Some(30),
        signal: Some("SIGINT".into()),
    };
    let commands = container(&stop, "web", Some("unix:///run/podman/podman.sock"));
    assert_eq!(
        commands.intermediate.text,
        "docker -H unix:///run/podman/podman.sock container stop -t 30 --signal SIGINT web"
    );
    assert!(
        commands
            .advanced
            .text
            .contains("export DOCKER_HOST=unix:///run/podman/podman.sock")
    );
    // The container's own stop timeout applies unless one is asked for.
    let plain = container(&ContainerAction::from_word("stop").unwrap(), "web", None);
    assert_eq!(plain.intermediate.text, "docker container stop web");
    let delete = ContainerAction::Delete {
        force: true,
        volumes: true,
        and_volumes: vec!["ab12".to_owned(), "cd34".to_owned()],
    };
    let commands = container(&delete, "web", None);
    assert_eq!(
        commands.simple.text,
        "docker rm -f -v web && docker volume rm ab12 cd34"
    );
    assert!(
        commands
            .intermediate
            .text
            .ends_with(" && docker volume rm ab12 cd34")
    );
    assert!(
        commands
            .advanced
            .text
            .contains("docker volume rm -- \\\n  ab12 \\\n  cd34 ")
    );
}

#[test]
fn every_explained_part_occurs_in_the_command_text() {
    for (action, commands) in all("web", Some("tcp://10.0.0.1:2375")) {
        for command in [&commands.simple, &commands.intermediate, &commands.advanced] {
            assert!(!command.explain.is_empty());
            for explanation in &command.explain {
                let whole = explanation.part == "( … )" || command.text.contains(&explanation.part);
                assert!(
                    whole,
                    "{action}: {} is not in\n{}",
                    explanation.part, command.text
                );
            }
        }
    }
}

#[test]
fn unknown_action_is_refused() {
    assert_eq!(ContainerAction::from_word("explode"), None);
}

/// Runs the text with a `docker` that only writes down what it was called
/// with, one argument a line. A function of the shell, not a file: a program
/// that was just written cannot be run while another thread starts a process (ETXTBSY).
fn arguments_seen(text: &str) -> Vec<Vec<String>> {
    let dir = tempfile::tempdir().unwrap();
    let seen = dir.path().join("seen");
    let mut sh = Process::new("sh")
        .env("SEEN", &seen)
        .current_dir(dir.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let docker = r#"docker() (
        for a; do printf '%s\037' "$a" >>"$SEEN"; done
        printf '\036' >>"$SEEN"
        case "$*" in *State.Status*) echo running ;; esac
    )
"#;
    let mut input = sh.stdin.take().unwrap();
    input.write_all(docker.as_bytes()).unwrap();
    input.write_all(text.as_bytes()).unwrap();
    drop(input);
    sh.wait().unwrap();
    let seen = std::fs::read_to_string(seen).unwrap_or_default();
    seen.split_terminator('\u{1e}')
        .map(|call| call.split_terminator('\u{1f}').map(str::to_owned).collect())
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    /// However hostile a name is, a shell hands it to docker as one
    /// argument, and runs nothing else.
    #[test]
    fn hostile_container_name_is_passed_as_one_argument(name in "[ -~\n'\"$`;&|<>()\\\\é-]{1,16}") {
        for action in [ContainerAction::Pause, ContainerAction::Kill { signal: None }] {
            let commands = container(&action, &name, None);
            for command in [&commands.simple, &commands.intermediate] {
                let calls = arguments_seen(&command.text);
                prop_assert_eq!(calls.len(), 1, "{}", &command.text);
                prop_assert_eq!(calls[0].last(), Some(&name));
            }
            for call in arguments_seen(&commands.advanced.text) {
                if call != ["version"] {
                    prop_assert_eq!(call.last(), Some(&name), "{}", &commands.advanced.text);
                }
            }
        }
    }
}
