//! What is written is what was meant: read again, it is the same container.

use super::run as run_with;
use crate::domain::commands::{
    RecreateCommandOptions, RecreatedContainer, recreate, rename, update,
};
use crate::domain::images::Pull;
use crate::domain::run_line::{RunText, run_to_spec};
use crate::model::command::{Command, Commands};
use crate::model::container::State;
use crate::model::diagnostic::Severity;
use crate::model::spec::ContainerSpec;
use crate::model::spec::{MountSpec, strategy};
use proptest::prelude::*;

fn spec(json: serde_json::Value) -> ContainerSpec {
    serde_json::from_value(json).unwrap()
}

fn run(spec: &ContainerSpec, start: bool, endpoint: Option<&str>) -> Commands {
    run_with(spec, start, Pull::Missing, endpoint)
}

/// Of one that runs.
fn recreated(spec: &ContainerSpec, auto_remove: bool) -> Commands {
    let container = RecreatedContainer {
        spec: spec.clone(),
        state: State::Running,
        auto_remove,
    };
    let options = RecreateCommandOptions {
        pull: Pull::Missing,
        stable_seconds: 10,
        tag: None,
    };
    recreate(&[container], &options, None)
}

fn forms(commands: &Commands) -> [&Command; 3] {
    [&commands.simple, &commands.intermediate, &commands.advanced]
}

#[test]
fn simple_form_is_the_short_docker_run_command() {
    let nginx = spec(serde_json::json!({ "image": "nginx:latest", "name": "nginx" }));
    assert_eq!(
        run(&nginx, true, None).simple.text,
        "docker run -d --name nginx nginx:latest"
    );
    assert_eq!(
        run(&nginx, false, Some("tcp://10.0.0.1:2375")).simple.text,
        "docker -H tcp://10.0.0.1:2375 create --name nginx nginx:latest"
    );
    let more = spec(serde_json::json!({
        "image": "nginx", "name": "web", "tty": true, "stdin_open": true, "restart": "unless-stopped",
        "networks": [{ "name": "lan", "ipv4": "172.20.0.10" }],
        "ports": ["80:80", "8000-8003:9000-9003/udp"], "mounts": ["/mnt/appdata/nginx:/data:ro"],
        "env": ["TZ=Europe/Berlin", "A=b c"], "command": ["sh", "-c", "echo $HOME"], "entrypoint": []
    }));
    assert_eq!(
        run(&more, true, None).simple.text,
        "docker run -d --name web -it --restart unless-stopped --entrypoint '' --network lan --ip 172.20.0.10 -p 80:80 \
         -p 8000-8003:9000-9003/udp -v /mnt/appdata/nginx:/data:ro -e TZ=Europe/Berlin -e 'A=b c' nginx sh -c 'echo $HOME'"
    );
    assert_eq!(
        run(&nginx, true, None).intermediate.text,
        "docker run -d \\\n  --name nginx \\\n  nginx:latest"
    );
}

#[test]
fn additional_networks_are_connected_before_the_container_starts() {
    let two = spec(
        serde_json::json!({ "image": "img", "name": "web", "networks": ["a", { "name": "b", "ipv4": "10.0.0.2", "aliases": ["w"] }] }),
    );
    assert_eq!(
        run(&two, true, None).simple.text,
        "docker create --name web --network a img && docker network connect --ip 10.0.0.2 --alias w b web && docker start web"
    );
    let nameless = ContainerSpec { name: None, ..two };
    assert_eq!(
        run(&nameless, true, None).simple.text,
        "c=$(docker create --network a img) && docker network connect --ip 10.0.0.2 --alias w b \"$c\" && docker start \"$c\""
    );
    let mac = spec(
        serde_json::json!({ "image": "img", "networks": ["a", { "name": "b", "mac": "02:00:00:00:00:01" }] }),
    );
    assert_eq!(
        run(&mac, true, None).simple.text,
        "docker run -d --network a --network name=b,mac-address=02:00:00:00:00:01 img"
    );
}

#[test]
fn settings_without_a_docker_flag_are_listed_as_not_included() {
    let odd = spec(serde_json::json!({
        "image": "img", "entrypoint": ["a", "b"], "command": ["c"],
        "healthcheck": { "test": ["CMD", "curl", "a b"] },
        "labels": { "a b": "c" }, "sysctls": { "vm.x": "1" },
        "device_requests": [{ "driver": "x", "capabilities": [["y"]] }],
        "mounts": [{ "kind": "bind", "source": "/a", "target": "/b", "syntax": "mount", "engine": { "Unheard": 1 } }],
        "engine": { "config": { "Shell": ["x"] }, "host_config": { "ConsoleSize": [1, 2] } },
        "environment": "PRD", "description": "line\nbreak",
    }));
    let commands = run(&odd, true, None);
    for part in [
        "Shell",
        "HostConfig.ConsoleSize",
        "Unheard",
        "\"a b\"",
        "vm.x",
        "driver \"x\"",
        "entrypoint",
        "health check",
    ] {
        assert!(
            commands
                .advanced
                .text
                .lines()
                .any(|line| line.starts_with("# Not included") && line.contains(part)),
            "{part}\n{}",
            commands.advanced.text
        );
        for command in forms(&commands) {
            assert!(
                command.explain.iter().any(|e| e.meaning.contains(part)),
                "{part}"
            );
        }
    }
    assert!(
        commands
            .advanced
            .text
            .contains("\n# DockerMate also keeps its description: line break\n")
    );
    let simple = &commands.simple.text;
    assert!(simple.ends_with(" img b c"), "{simple}");
    let hostile = spec(serde_json::json!({ "image": "--privileged" }));
    assert_eq!(
        run(&hostile, true, None).simple.text,
        "docker run -d -- --privileged"
    );
}

#[test]
fn update_command_has_the_flags_of_docker_update_and_explains_the_rest() {
    let change = spec(
        serde_json::json!({ "memory": "512m", "restart": "always", "cpus": 1.5, "hostname": "x" }),
    );
    let commands = update("web", &change, None);
    assert_eq!(
        commands.simple.text,
        "docker update --restart always -m 512m --cpus 1.5 web"
    );
    assert!(
        commands
            .simple
            .explain
            .iter()
            .any(|e| e.meaning.contains("--hostname"))
    );
    assert_eq!(
        rename("a b", "-c", None).simple.text,
        "docker rename -- 'a b' -c"
    );
}

#[test]
fn pull_policy_is_a_flag_or_a_step_of_the_script() {
    let nginx = spec(serde_json::json!({ "image": "nginx", "name": "web" }));
    for (pull, flag, step, absent) in [
        (
            Pull::Missing,
            None,
            "docker image inspect -- \"$image\" >/dev/null 2>&1 || docker pull -- \"$image\"",
            "--pull",
        ),
        (
            Pull::Always,
            Some("--pull always"),
            "\ndocker pull -- \"$image\"",
            "docker image inspect",
        ),
        (
            Pull::Never,
            Some("--pull never"),
            "|| fail \"The image $image does not exist on this host.",
            "docker pull",
        ),
    ] {
        let commands = run_with(&nginx, true, pull, None);
        for form in [&commands.simple, &commands.intermediate] {
            assert_eq!(
                form.text.contains("--pull"),
                flag.is_some(),
                "{}",
                form.text
            );
            assert!(form.text.contains(flag.unwrap_or("")), "{}", form.text);
        }
        assert!(
            commands.advanced.text.contains(step),
            "{}",
            commands.advanced.text
        );
        assert!(
            !commands.advanced.text.contains(absent),
            "{}",
            commands.advanced.text
        );
    }
}

#[test]
fn label_too_long_for_a_command_line_is_left_out_and_explained() {
    let mut web = spec(serde_json::json!({ "image": "img", "labels": { "small": "x" } }));
    web.labels.insert("big".to_owned(), "x".repeat(150_000));
    for command in forms(&run(&web, true, None)) {
        assert!(command.text.len() < 10_000 && command.text.contains("small=x"));
        let said = |part: &str| command.explain.iter().any(|e| e.meaning.contains(part));
        assert!(said("\"big\" of --label"), "{:?}", command.explain);
    }
}

#[test]
fn explanation_of_a_recent_flag_names_the_client_version_it_needs() {
    let new = spec(
        serde_json::json!({ "image": "img", "annotations": { "a": "b" }, "healthcheck": { "start_interval": "5s" } }),
    );
    let commands = run(&new, true, None);
    for flag in ["--annotation", "--health-start-interval"] {
        let explained = commands
            .simple
            .explain
            .iter()
            .find(|e| e.part == flag)
            .unwrap();
        assert!(explained.meaning.contains("and newer"), "{explained:?}");
    }
}

/// The text is valid for a POSIX shell.
fn parses(text: &str) -> bool {
    use std::io::Write as _;
    let mut sh = std::process::Command::new("sh")
        .arg("-n")
        .stdin(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    sh.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    sh.wait().unwrap().success()
}

fn check_explanations(commands: &Commands) {
    for command in forms(commands) {
        assert!(!command.explain.is_empty());
        for explanation in &command.explain {
            assert!(
                explanation.part == "( … )" || command.text.contains(&explanation.part),
                "{} is not in\n{}",
                explanation.part,
                command.text
            );
            assert!(!explanation.meaning.is_empty(), "{}", explanation.part);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, max_shrink_iters: 2000, ..ProptestConfig::default() })]

    #[test]
    fn every_form_parses_back_to_the_same_specification(spec in strategy::specs(), start: bool, remote: bool) {
        prop_assert_eq!(crate::engine::typed_keys(&spec.engine), Vec::<String>::new());
        let commands = run(&spec, start, remote.then_some("unix:///run/x.sock"));
        for command in forms(&commands) {
            let found = run_to_spec(&RunText { command: command.text.clone(), ..RunText::default() });
            let faults: Vec<_> = found.containers.iter().flat_map(|c| &c.diagnostics).chain(&found.diagnostics)
                .filter(|d| d.severity == Severity::Error).collect();
            prop_assert!(faults.is_empty(), "{:?}\n{}", faults, command.text);
            prop_assert_eq!(found.containers.len(), 1, "{}", command.text);
            let one = &found.containers[0];
            prop_assert_eq!(&one.spec, &spec, "{}", command.text);
            prop_assert_eq!(one.start, start, "{}", command.text);
        }
        check_explanations(&commands);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn every_form_is_valid_shell_syntax(spec in strategy::specs(), name in strategy::text(), start: bool) {
        let spec = ContainerSpec { name: Some(name.clone()), ..spec };
        for commands in [run(&spec, start, None), recreated(&spec, false), recreated(&spec, true), update(&name, &spec, None), rename(&name, &name, None)] {
            for command in forms(&commands) {
                prop_assert!(parses(&command.text), "{}", command.text);
            }
            check_explanations(&commands);
        }
    }

    /// Whatever else is in it, there is an answer.
    #[test]
    fn run_command_with_hostile_values_is_valid_shell_syntax(text in strategy::text()) {
        let spec = ContainerSpec {
            image: text.clone(),
            name: Some(text.clone()),
            hostname: Some(text.clone()),
            env: vec![text.clone()],
            labels: [(text.clone(), text.clone())].into(),
            mounts: vec![MountSpec { source: text.clone(), target: text.clone(), ..MountSpec::default() }],
            description: Some(text.clone()),
            ..ContainerSpec::default()
        };
        for command in forms(&run(&spec, true, Some(&text))) {
            prop_assert!(parses(&command.text), "{}", command.text);
        }
    }
}
