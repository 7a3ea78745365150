//! A shell in a container over a WebSocket: typing and seeing, who may, and
//! that nothing of it stays behind.

use super::exec::{known, runs};
use crate::support::app::{App, PASSWORD};
use crate::support::client::Client;
use crate::support::direct;
use crate::support::engine::{Engine, number};
use crate::support::wait::{SOON, until};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;

fn path(name: &str) -> String {
    format!("/api/containers/{name}/terminal")
}

fn ready(extra: &[&str]) -> (&'static Engine, App, Client, String) {
    let engine = Engine::shared();
    let (app, client) = App::ready(&engine.host());
    let name = engine.run(extra);
    known(&client, &name);
    (engine, app, client, name)
}

/// Waits until no command runs in the container beside its own program.
#[track_caller]
fn left_alone(engine: &Engine, name: &str) {
    // Podman lists what has ended for some minutes.
    let runs = |id: &Value| {
        let path = format!("/exec/{}/json", id.as_str().unwrap());
        let exec = direct::ask(engine, "GET", &path, "");
        exec.map_or_else(
            |said| !said.to_lowercase().contains("no such exec"),
            |answer| answer.json()["Running"] == true,
        )
    };
    until("no shell is left", SOON, || {
        let ids = engine.inspect(name)["ExecIDs"].clone();
        let mut ids = ids.as_array().into_iter().flatten();
        (!ids.any(runs)).then_some(())
    });
}

#[test]
fn terminal_input_is_run_and_output_is_shown() {
    let (engine, _app, client, name) = ready(&[]);
    let mut socket = client.socket(&format!("{}?cols=91&rows=33", path(&name)));
    socket.type_in("echo $((6 * 7)) $TERM\n");
    socket.shows("42 xterm-256color");
    assert!(!socket.shown.contains("_dockermate"), "{:?}", socket.shown);
    socket.type_in("busybox stty size\n");
    socket.shows("33 91");
    socket.steer(&json!({"type": "resize", "cols": 120, "rows": 40}));
    socket.type_in("busybox stty size\n");
    socket.shows("40 120");
    // Bytes, not lines: Ctrl-C ends what runs, and umlauts arrive whole.
    let seconds = (700_000 + number()).to_string();
    socket.type_in(&format!("sleep {seconds}\n"));
    until("it runs", SOON, || runs(&["sleep", &seconds]).then_some(()));
    let before = socket.shown.len();
    socket.type_in("\x03");
    // The shell throws away what is typed before its prompt stands.
    socket.until("a prompt", |s| s.shown[before..].contains("# "));
    socket.type_in("echo grüße $?\n");
    socket.shows("grüße 130");
    socket.type_in("exit 5\n");
    socket.until("it says how the shell ended", |s| !s.said.is_empty());
    assert_eq!(
        socket.said,
        [json!({"type": "exit", "code": 5, "message": null})]
    );
    socket.until("it is closed", |s| s.closed.is_some());
    assert_eq!(socket.closed, Some(1000));
    left_alone(engine, &name);

    let events = client.get("/api/security/events?limit=4").json();
    let kinds: Vec<_> = events["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["event_type"].as_str().unwrap().to_owned())
        .collect();
    assert!(
        kinds.contains(&"container.terminal".to_owned()),
        "{kinds:?}"
    );
    until("the end is written down", SOON, || {
        let events = client.get("/api/security/events?limit=1").json();
        (events["items"][0]["event_type"] == "container.terminal_closed").then_some(())
    });
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn shell_and_its_children_end_with_the_socket() {
    let (engine, _app, client, name) = ready(&[]);
    for how in ["said good-bye", "vanished"] {
        let seconds = (800_000 + number()).to_string();
        let mut socket = client.socket(&path(&name));
        socket.type_in(&format!("echo ready; sleep {seconds}\n"));
        socket.shows("ready\r\n");
        until("it runs", SOON, || runs(&["sleep", &seconds]).then_some(()));
        match how {
            "said good-bye" => socket.close(),
            _ => drop(socket),
        }
        until(how, SOON, || (!runs(&["sleep", &seconds])).then_some(()));
        left_alone(engine, &name);
    }
    // One that does not want to go.
    let mut socket = client.socket(&path(&name));
    socket.type_in("trap '' HUP TERM; echo stubborn\n");
    socket.shows("stubborn\r\n");
    socket.close();
    left_alone(engine, &name);
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn two_terminals_of_a_container_are_independent() {
    let (engine, _app, client, name) = ready(&[]);
    let mut one = client.socket(&path(&name));
    let mut two = client.socket(&path(&name));
    one.type_in("A=first; echo $A-\n");
    two.type_in("echo ${A:-second}-\n");
    one.shows("first-\r\n");
    two.shows("second-\r\n");
    one.close();
    two.type_in("echo still $((1 + 1))\n");
    two.shows("still 2");
    two.close();
    left_alone(engine, &name);
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn terminal_from_another_origin_is_refused() {
    let (engine, app, client, name) = ready(&[]);
    let own = format!("https://localhost:{}", app.port);
    let path = path(&name);
    let refused = |client: &Client, headers: &[(&str, &str)]| {
        client.try_socket(&path, headers).map(|_| ()).unwrap_err()
    };
    let cross = (403, "cross_origin".to_owned());
    let browser = client.as_browser();
    let ticket = || {
        let answer = browser.post("/api/auth/ticket", &json!({})).json();
        answer["ticket"].as_str().unwrap().to_owned()
    };
    for headers in [
        vec![],
        vec![("Origin", "https://evil.example")],
        vec![("Origin", "null")],
        vec![("Origin", "http://localhost")],
        vec![("Origin", &own), ("Origin", "https://evil.example")],
        vec![("Origin", &own), ("Sec-Fetch-Site", "cross-site")],
        vec![("Origin", &own), ("Sec-Fetch-Site", "same-site")],
    ] {
        let with_ticket = format!("{path}?ticket={}", ticket());
        let refused = browser.try_socket(&with_ticket, &headers).map(|_| ());
        assert_eq!(refused.unwrap_err(), cross, "{headers:?}");
    }
    let own_page = [("Origin", own.as_str()), ("Sec-Fetch-Site", "same-origin")];
    assert_eq!(
        refused(&browser, &own_page),
        (401, "page_key_required".to_owned())
    );
    let with_ticket = format!("{path}?ticket={}", ticket());
    drop(browser.try_socket(&with_ticket, &own_page).unwrap());
    assert!(browser.try_socket(&with_ticket, &own_page).is_err(), "used");
    assert_eq!(
        refused(&client, &[]),
        cross,
        "a script says where it is from"
    );
    let anonymous = app.client();
    assert_eq!(
        refused(&anonymous, &[("Origin", &own)]),
        (401, "unauthenticated".to_owned())
    );
    assert_eq!(
        client
            .try_socket("/api/containers/nobody/terminal", &[("Origin", &own)])
            .map(|_| ())
            .unwrap_err(),
        (404, "container_not_found".to_owned())
    );
    let plain = client.get(&path);
    assert_eq!(
        (plain.status, plain.problem()),
        (400, "websocket_required".to_owned())
    );
    left_alone(engine, &name);
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn terminal_ends_with_the_session() {
    let (engine, app, client, name) = ready(&[]);
    let other = {
        let answer = app
            .client()
            .post("/api/auth/login", &json!({"password": PASSWORD}));
        client.with(answer.json()["session_token"].as_str().unwrap())
    };
    let mut ours = client.socket(&path(&name));
    let mut theirs = other.socket(&path(&name));
    ours.type_in("echo one\n");
    ours.shows("one\r\n");
    assert_eq!(other.post("/api/auth/logout", &json!({})).status, 204);
    theirs.until("it is closed", |s| s.closed.is_some());
    assert_eq!(theirs.said[0]["code"], "session_ended");
    assert_eq!(theirs.closed, Some(1008));
    ours.type_in("echo two\n");
    ours.shows("two\r\n");
    ours.close();
    left_alone(engine, &name);
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn terminal_that_cannot_start_reports_the_reason() {
    let (engine, _app, client, name) = ready(&[]);
    let why = |path: &str| {
        let mut socket = client.socket(path);
        socket.until("it is closed", |s| s.closed.is_some());
        assert_eq!(socket.closed, Some(1011));
        assert_eq!(socket.said[0]["type"], "error");
        socket.said[0]["code"].as_str().unwrap().to_owned()
    };
    assert_eq!(
        why(&format!("{}?user=nobody-at-all", path(&name))),
        "user_not_found"
    );
    assert_eq!(why(&format!("{}?shell=-c", path(&name))), "invalid");
    for missing in ["fish", "zsh", "/opt/bin/bash"] {
        assert_eq!(
            why(&format!("{}?shell={missing}", path(&name))),
            "shell_not_found"
        );
    }

    let bare = format!("bare{}", number());
    let image = engine.shell_less_image();
    engine.docker(&["run", "-d", "--network", "none", "--name", &bare, image]);
    known(&client, &bare);
    assert_eq!(why(&path(&bare)), "no_shell");
    let mut socket = client.socket(&path(&bare));
    socket.until("it is closed", |s| s.closed.is_some());
    let message = socket.said[0]["message"].as_str().unwrap();
    for tried in ["sh, bash, ash", "/busybox/sh"] {
        assert!(message.contains(tried), "{message}");
    }
    assert_eq!(why(&format!("{}?shell=fish", path(&bare))), "no_shell");
    assert_eq!(
        why(&format!("{}?shell=bash", path(&bare))),
        "shell_not_found"
    );
    engine.docker(&["rm", "-f", &bare]);

    engine.docker(&["stop", "-t", "3", &name]);
    until("it is known to be stopped", SOON, || {
        (client.get(&format!("/api/containers/{name}")).json()["state"] == "exited").then_some(())
    });
    assert_eq!(why(&path(&name)), "container_not_running");
    engine.docker(&["rm", "-f", &name]);
}

/// The shared libraries of a program of this machine.
fn libraries(program: &str) -> Vec<PathBuf> {
    let output = Command::new("ldd").arg(program).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let words = text.split_whitespace().filter(|word| word.starts_with('/'));
    words.map(PathBuf::from).collect()
}

#[test]
fn shell_of_an_image_is_found_by_itself_and_by_its_name() {
    let engine = Engine::shared();
    let (_app, client) = App::ready(&engine.host());
    let needed = libraries("/bin/bash");
    let mut bash: Vec<(&Path, &str)> = vec![(Path::new("/bin/bash"), "/usr/bin/bash")];
    bash.extend(
        needed
            .iter()
            .map(|path| (path.as_path(), path.to_str().unwrap())),
    );
    // As in the distroless images for debugging, outside of PATH.
    let busybox = [(Path::new("/bin/busybox"), "/busybox/sh")];
    let applets = [(Path::new("/bin/busybox"), "/bin/busybox")];
    for (number, (files, shells, shown)) in [
        (
            &bash[..],
            &["", "bash", "/usr/bin/bash"][..],
            "42 is bash\r\n",
        ),
        (&busybox, &["", "/busybox/sh"], "42\r\n"),
        (&applets, &[""], "42\r\n"),
    ]
    .into_iter()
    .enumerate()
    {
        let image = format!("shell-of-{number}:1");
        engine.bare_image(&image, files);
        let name = engine.name("sh");
        engine.docker(&["run", "-d", "--network", "none", "--name", &name, &image]);
        known(&client, &name);
        for shell in shells {
            let mut socket = client.socket(&format!("{}?shell={shell}", path(&name)));
            socket.type_in("echo $((6 * 7)) ${BASH_VERSION:+is bash}\n");
            socket.shows(shown);
            // It is ended by the same shell.
            socket.type_in("trap '' HUP TERM; echo stub''born\n");
            socket.shows("stubborn");
            socket.close();
            left_alone(engine, &name);
        }
    }
}

#[test]
fn terminal_ends_with_the_container() {
    let (engine, _app, client, name) = ready(&[]);
    let mut socket = client.socket(&path(&name));
    socket.type_in("echo ready\n");
    socket.shows("ready\r\n");
    engine.docker(&["stop", "-t", "3", &name]);
    socket.until("it is closed", |s| s.closed.is_some());
    assert_eq!(socket.closed, Some(1000));
    assert_eq!(socket.said[0]["type"], "exit");
    let message = socket.said[0]["message"].as_str().unwrap();
    assert!(message.contains("does not run any more"), "{message}");
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn fast_output_waits_for_a_slow_reader() {
    let (engine, _app, client, name) = ready(&[]);
    let mut socket = client.socket(&path(&name));
    socket.type_in("echo ready\n");
    socket.shows("ready\r\n");
    socket.steer(&json!({"type": "ack", "bytes": socket.bytes}));
    socket.type_in("busybox yes flood\n");
    socket.shows("flood\r\nflood\r\n");
    while socket.read() {}
    assert!(
        socket.bytes < 700 * 1024,
        "{} bytes unasked for",
        socket.bytes
    );
    // Typing still gets through, and what is shown makes room.
    socket.type_in("\x03");
    let mut told = 0;
    let deadline = std::time::Instant::now() + SOON;
    while !socket.shown.ends_with("# \x1b[6n") {
        assert!(std::time::Instant::now() < deadline, "it is calm again");
        if socket.bytes > told {
            let bytes = socket.bytes - told;
            socket.steer(&json!({"type": "ack", "bytes": bytes}));
            told = socket.bytes;
        }
        socket.read();
    }
    socket.type_in("echo calm $((40 + 2))\n");
    socket.shows("calm 42");
    socket.close();
    left_alone(engine, &name);
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn invalid_message_ends_the_terminal() {
    let (engine, _app, client, name) = ready(&[]);
    for nonsense in [
        json!({"type": "run", "command": "id"}),
        json!({"type": "resize", "cols": -1, "rows": 1}),
        json!({"type": "x".repeat(2000)}),
    ] {
        let mut socket = client.socket(&path(&name));
        socket.steer(&nonsense);
        socket.until("it is closed", |s| s.closed.is_some());
        assert_eq!(socket.said[0]["code"], "bad_message", "{nonsense}");
    }
    left_alone(engine, &name);
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn number_of_terminals_is_limited_and_they_end_with_the_program() {
    let engine = Engine::shared();
    let name = engine.run(&[]);
    let mut app = App::start_with(&engine.host(), &["--profile", "RASPBERRY_PI"]);
    let client = app.set_up();
    known(&client, &name);
    let mut open: Vec<_> = (0..8).map(|_| client.socket(&path(&name))).collect();
    let own = format!("https://localhost:{}", app.port);
    let refused = client.try_socket(&path(&name), &[("Origin", &own)]);
    assert_eq!(
        refused.map(|_| ()).unwrap_err(),
        (503, "too_many_terminals".to_owned())
    );
    open.pop().unwrap().close();
    open.push(until("there is room again", SOON, || {
        client.try_socket(&path(&name), &[("Origin", &own)]).ok()
    }));
    for socket in &mut open {
        socket.type_in("echo ready\n");
        socket.shows("ready\r\n");
    }
    app.stop();
    for socket in &mut open {
        socket.until("it is closed", |s| s.closed.is_some());
        assert_eq!(socket.said[0]["code"], "stopping");
        assert_eq!(socket.closed, Some(1001));
    }
    left_alone(engine, &name);
    assert!(!app.log().contains("cut off"), "{}", app.log());
    engine.docker(&["rm", "-f", &name]);
}
