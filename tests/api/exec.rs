//! One command in a container: what it gives back, its limits, and what is
//! written down of it.

use crate::support::app::App;
use crate::support::client::{Answer, Client};
use crate::support::engine::{Engine, number};
use crate::support::wait::{SOON, until};
use serde_json::{Value, json};

#[track_caller]
pub fn known(client: &Client, name: &str) {
    until("the container is known to run", SOON, || {
        let answer = client.get(&format!("/api/containers/{name}"));
        (answer.status == 200 && answer.json()["state"] == "running").then_some(())
    });
}

fn exec(client: &Client, name: &str, body: &Value) -> Answer {
    client.post(&format!("/api/containers/{name}/exec"), body)
}

#[track_caller]
fn done(client: &Client, name: &str, body: &Value) -> Value {
    let answer = exec(client, name, body);
    assert_eq!(answer.status, 200, "{body}: {}", answer.text());
    answer.json()
}

/// Whether a process of this machine has these words, one after another.
pub fn runs(words: &[&str]) -> bool {
    let wanted = words.join("\0");
    std::fs::read_dir("/proc").unwrap().flatten().any(|entry| {
        std::fs::read_to_string(entry.path().join("cmdline"))
            .is_ok_and(|line| line.contains(&wanted))
    })
}

#[test]
fn command_returns_its_output_and_exit_code() {
    let engine = Engine::shared();
    let (_app, client) = App::ready(&engine.host());
    let name = engine.run(&[]);
    known(&client, &name);

    let result = done(
        &client,
        &name,
        &json!({"command": ["sh", "-c", "echo out; echo err >&2; exit 3"]}),
    );
    assert_eq!(
        (&result["exit_code"], &result["stdout"], &result["stderr"]),
        (&json!(3), &json!("out\n"), &json!("err\n"))
    );
    assert_eq!(result["timed_out"], false);
    assert_eq!(result["note"], Value::Null);

    // No shell reads a line, and no word is split again.
    let result = done(&client, &name, &json!({"command": "echo '$HOME  x' ; id"}));
    assert_eq!(result["stdout"], "$HOME  x ; id\n");

    let result = done(
        &client,
        &name,
        &json!({
            "command": ["sh", "-c", "pwd; echo $A-$B; cat; echo; id -u"],
            "workdir": "/tmp", "env": {"A": "1 2", "B": "ä"}, "stdin": "typed\nin", "user": "1000",
        }),
    );
    assert_eq!(result["stdout"], "/tmp\n1 2-ä\ntyped\nin\n1000\n");

    // What it reads can be longer than it cares for.
    let long = "x".repeat(600_000);
    let result = done(&client, &name, &json!({"command": ["true"], "stdin": long}));
    assert_eq!(result["exit_code"], 0);
    let result = done(&client, &name, &json!({"command": ["cat"], "stdin": long}));
    assert_eq!(result["stdout"].as_str().unwrap().len(), 600_000);
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn output_is_limited_and_decoded() {
    let engine = Engine::shared();
    let (_app, client) = App::ready(&engine.host());
    let name = engine.run(&[]);
    known(&client, &name);
    let result = done(&client, &name, &json!({"command": "seq 1 300000"}));
    assert_eq!(result["exit_code"], 0, "it is read to its end");
    assert_eq!(result["output_truncated"], true);
    assert_eq!(result["stdout"].as_str().unwrap().len(), 1024 * 1024);
    let result = done(
        &client,
        &name,
        &json!({"command": ["printf", "a\\377b\\000c\\033]0;title\\007"]}),
    );
    assert_eq!(result["stdout"], "a\u{fffd}b\0c\u{1b}]0;title\u{7}");
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn command_that_times_out_is_killed_with_its_children() {
    let engine = Engine::shared();
    let (_app, client) = App::ready(&engine.host());
    let name = engine.run(&[]);
    known(&client, &name);
    let seconds = (900_000 + number()).to_string();
    let began = std::time::Instant::now();
    let result = done(
        &client,
        &name,
        &json!({"command": ["sh", "-c", format!("echo begun; sleep {seconds}; echo never")], "timeout": 1}),
    );
    assert!(began.elapsed() < std::time::Duration::from_secs(20));
    assert_eq!(result["timed_out"], true);
    assert_eq!(result["exit_code"], Value::Null);
    assert_eq!(result["stdout"], "begun\n");
    let note = result["note"].as_str().unwrap();
    assert!(note.contains("was killed"), "{note}");
    until("no process is left", SOON, || {
        (!runs(&["sleep", &seconds])).then_some(())
    });
    // The container itself was not touched.
    assert_eq!(
        engine.docker(&[
            "inspect",
            "-f",
            "{{.State.Running}} {{.RestartCount}}",
            &name
        ]),
        "true 0"
    );
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn command_that_cannot_run_is_refused_with_the_reason() {
    let engine = Engine::shared();
    let (_app, client) = App::ready(&engine.host());
    let name = engine.run(&[]);
    known(&client, &name);
    let refused = |body: Value, code: &str, part: &str| {
        let answer = exec(&client, &name, &body);
        assert_eq!(answer.problem(), code, "{body}: {}", answer.text());
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(part), "{detail}");
    };
    refused(
        json!({"command": "nothing-of-the-kind"}),
        "command_not_found",
        "has no program",
    );
    refused(
        json!({"command": "ls", "user": "nobody-at-all"}),
        "user_not_found",
        "no such user",
    );
    refused(json!({"command": "ls 'open"}), "invalid", "quotation mark");
    refused(
        json!({"command": 5}),
        "invalid",
        "list of words or one line",
    );
    refused(
        json!({"command": "ls", "tty": true}),
        "invalid",
        "unknown field",
    );
    assert_eq!(
        exec(&client, "nobody", &json!({"command": "ls"})).problem(),
        "container_not_found"
    );

    engine.docker(&["pause", &name]);
    until("it is known to be paused", SOON, || {
        (client.get(&format!("/api/containers/{name}")).json()["state"] == "paused").then_some(())
    });
    let answer = exec(&client, &name, &json!({"command": "ls"}));
    assert_eq!(
        (answer.status, answer.problem()),
        (409, "container_not_running".to_owned())
    );
    assert!(
        answer.text().contains("Resume it first"),
        "{}",
        answer.text()
    );
    engine.docker(&["unpause", &name]);
    engine.docker(&["stop", "-t", "3", &name]);
    until("it is known to be stopped", SOON, || {
        (client.get(&format!("/api/containers/{name}")).json()["state"] == "exited").then_some(())
    });
    let answer = exec(&client, &name, &json!({"command": "ls"}));
    assert_eq!(
        (answer.status, answer.problem()),
        (409, "container_not_running".to_owned())
    );
    assert!(
        answer.text().contains("Start it first"),
        "{}",
        answer.text()
    );
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn the_plan_warns_and_its_commands_do_the_same() {
    let engine = Engine::shared();
    let (_app, client) = App::ready(&engine.host());
    let name = engine.run(&["--label", "dockermate.environment=PRD"]);
    known(&client, &name);
    let body = json!({"command": ["sh", "-c", "echo \"it's $WHO\"; cat"], "env": {"WHO": "me & you"}, "stdin": "in"});
    let plan = client
        .post(&format!("/api/containers/{name}/exec?dry_run=true"), &body)
        .json();
    assert!(
        plan["warnings"][0].as_str().unwrap().contains("production"),
        "{plan}"
    );
    assert_eq!(plan["needs"], Value::Null);
    let ours = done(&client, &name, &body)["stdout"].clone();
    for mode in ["simple", "intermediate", "advanced"] {
        let text = plan["commands"][mode]["text"].as_str().unwrap();
        let shell = std::process::Command::new("sh")
            .arg("-c")
            .arg(text)
            .env("PATH", "/usr/bin:/bin")
            .output()
            .unwrap();
        assert_eq!(
            String::from_utf8_lossy(&shell.stdout),
            ours.as_str().unwrap(),
            "{text}\n{}",
            String::from_utf8_lossy(&shell.stderr)
        );
    }
    for action in ["exec", "stats"] {
        let commands = client
            .get(&format!("/api/containers/{name}/commands?action={action}"))
            .json();
        assert!(
            commands["simple"]["text"]
                .as_str()
                .unwrap()
                .contains(action)
        );
    }
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn every_command_is_in_the_security_log_by_its_program_alone() {
    let engine = Engine::shared();
    let (mut app, client) = App::ready(&engine.host());
    let name = engine.run(&[]);
    known(&client, &name);
    let body = json!({
        "command": ["echo", "--password", "s3cret"],
        "env": {"TOKEN": "s3cret"},
        "stdin": "s3cret",
    });
    done(&client, &name, &body);
    // Refused, and logged as such.
    let unknown = json!({"command": ["no-such-program", "--password=s3cret"]});
    let path = format!("/api/containers/{name}/exec");
    assert_eq!(client.post(&path, &unknown).problem(), "command_not_found");
    let events = client.get("/api/security/events?limit=5");
    let event = events.json()["items"][1].clone();
    assert_eq!(event["event_type"], "container.exec", "{event}");
    let details = format!("{name}: echo, 2 arguments, 1 variable");
    assert_eq!(event["details"], details);
    assert!(!events.text().contains("s3cret"));
    app.stop();
    assert!(!app.log().contains("s3cret"), "the program's own log");
    let stored = std::fs::read(app.data_dir().join("db/data.mdb")).unwrap();
    assert!(!stored.windows(6).any(|part| part == b"s3cret"));
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn value_before_the_program_of_a_command_is_written_down_nowhere() {
    let engine = Engine::shared();
    let (mut app, client) = App::ready(&engine.host());
    let name = engine.run(&[]);
    known(&client, &name);
    for command in [
        json!("PGPASSWORD=s3cret/x psql -U app -c select"),
        json!(["PGPASSWORD=s3cret or so", "psql"]),
        json!(["PGPASSWORD=s3cret psql -U app"]),
        json!(["psql --password=s3cret"]),
        json!("redis://app:s3cret@db:6379"),
        json!("env PGPASSWORD=s3cret true"),
    ] {
        let answer = exec(&client, &name, &json!({ "command": command }));
        assert!(matches!(answer.status, 200 | 400), "{}", answer.text());
    }
    let shell = "?shell=PGPASSWORD%3Ds3cret%20bash";
    let mut socket = client.socket(&format!("/api/containers/{name}/terminal{shell}"));
    socket.until("it is closed", |s| s.closed.is_some());
    assert_eq!(socket.said[0]["code"], "shell_not_found");
    // What the container itself starts comes back in the errors of the engine.
    let other = engine.name("x");
    let body = json!({
        "image": "bb:1", "name": &*other, "network_mode": "none", "environment": "DEV",
        "command": ["PGPASSWORD=s3cret/x", "psql"],
    });
    let answer = client.post("/api/containers?pull=never", &body);
    assert_eq!(answer.problem(), "command_missing", "{}", answer.text());
    let events = client.get("/api/security/events?limit=20").text();
    let details = format!("{name}: psql, 4 arguments, 1 variable");
    assert!(events.contains(&details), "{events}");
    app.stop();
    assert!(!app.log().contains("s3cret"), "the program's own log");
    let stored = std::fs::read(app.data_dir().join("db/data.mdb")).unwrap();
    assert!(!stored.windows(6).any(|part| part == b"s3cret"));
    engine.docker(&["rm", "-f", &name]);
}
