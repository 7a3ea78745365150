//! A container's log: as text, live, resumed, and of every kind of container.

use crate::support::app::{App, PASSWORD};
use crate::support::client::{Client, Events};
use crate::support::engine::{Engine, is_podman, number};
use crate::support::wait::{SOON, until};
use serde_json::{Value, json};
use std::time::Duration;

#[track_caller]
fn known(client: &Client, name: &str) {
    until("the container is known", SOON, || {
        (client.get(&format!("/api/containers/{name}")).status == 200).then_some(())
    });
}

/// Runs a script in a container to its end.
fn ran(engine: &Engine, client: &Client, extra: &[&str], script: &str) -> String {
    let name = format!("log{}", number());
    let mut arguments = vec!["run", "--network", "none", "--name", &name];
    arguments.extend(extra);
    arguments.extend(["bb:1", "sh", "-c", script]);
    engine.docker(&arguments);
    known(client, &name);
    name
}

#[track_caller]
fn text(client: &Client, name: &str, query: &str) -> String {
    let answer = client.get(&format!("/api/containers/{name}/logs?{query}"));
    assert_eq!(answer.status, 200, "{query}: {}", answer.text());
    let kind = answer.header("content-type").unwrap();
    assert!(kind.starts_with("text/plain"), "{kind}");
    answer.text()
}

#[test]
fn text_log_is_limited_as_requested() {
    let engine = Engine::shared();
    let (_app, client) = App::ready(&engine.host());
    let name = ran(
        engine,
        &client,
        &[],
        "echo one; sleep 0.1; echo two >&2; sleep 0.1; echo three",
    );
    assert_eq!(text(&client, &name, ""), "one\ntwo\nthree\n");
    assert_eq!(text(&client, &name, "tail=1"), "three\n");
    assert_eq!(text(&client, &name, "tail=0"), "");
    assert_eq!(text(&client, &name, "tail=all"), "one\ntwo\nthree\n");
    assert_eq!(text(&client, &name, "stderr=false"), "one\nthree\n");
    assert_eq!(text(&client, &name, "stdout=0"), "two\n");
    let stamped = text(&client, &name, "timestamps=true");
    let times: Vec<&str> = stamped
        .lines()
        .map(|line| line.split_once(' ').unwrap().0)
        .collect();
    assert_eq!(times.len(), 3, "{stamped}");
    assert!(times.is_sorted() && times[0].ends_with('Z'), "{stamped}");
    assert_eq!(
        text(&client, &name, &format!("since={}", times[1])),
        "two\nthree\n"
    );
    assert_eq!(
        text(&client, &name, &format!("until={}", times[1])),
        "one\ntwo\n"
    );
    assert_eq!(text(&client, &name, "since=4000000000"), "");
    assert_eq!(text(&client, &name, "until=1.5"), "");
    let saved = client.get(&format!("/api/containers/{name}/logs?download=1"));
    assert_eq!(
        saved.header("content-disposition"),
        Some(format!("attachment; filename=\"{name}.log\"").as_str())
    );
    assert_eq!(
        client.get("/api/containers/nobody/logs").problem(),
        "container_not_found"
    );
}

#[test]
fn long_log_is_complete_and_in_order() {
    let engine = Engine::shared();
    let (_app, client) = App::ready(&engine.host());
    let name = ran(engine, &client, &[], "seq 1 20000");
    let whole = text(&client, &name, "");
    let expected: String = (1..=20000).map(|n| format!("{n}\n")).collect();
    assert!(whole == expected, "{} bytes", whole.len());
    let last = text(&client, &name, "tail=3");
    assert_eq!(last, "19998\n19999\n20000\n");
    let mut live = client.events(&format!("/api/containers/{name}/logs"), None);
    let (lines, _) = read(&mut live, 20000);
    assert!(lines.iter().map(String::as_str).eq(expected.lines()));
    live.find("the end", |event| event.kind == "end");
}

#[test]
fn log_with_invalid_utf8_long_lines_and_a_terminal_is_readable() {
    let engine = Engine::shared();
    let (_app, client) = App::ready(&engine.host());
    let name = ran(
        engine,
        &client,
        &[],
        r"printf 'a\000b\377\376\033[31mred\033[0m</script>\nnext\n'",
    );
    let plain = text(&client, &name, "");
    assert!(
        plain.contains('a') && plain.ends_with("next\n"),
        "{plain:?}"
    );
    assert_eq!(plain.lines().count(), 2, "{plain:?}");
    let mut live = client.events(&format!("/api/containers/{name}/logs"), None);
    let (lines, _) = read(&mut live, 2);
    assert!(lines[0].contains("red") && lines[1] == "next", "{lines:?}");
    // Longer than the engine's own buffer of 16 KiB.
    let name = ran(engine, &client, &[], "printf '%050000d\\n' 7; echo after");
    let long = text(&client, &name, "");
    assert_eq!(long.lines().map(str::len).collect::<Vec<_>>(), [50000, 5]);
    let name = ran(engine, &client, &["-t"], "echo out; echo err >&2");
    assert_eq!(
        text(&client, &name, ""),
        "out\nerr\n",
        "no carriage returns"
    );
    let name = ran(engine, &client, &[], "printf 'no line end'");
    assert_eq!(text(&client, &name, ""), "no line end\n");
    let name = ran(engine, &client, &["--log-driver", "none"], "echo lost");
    let answer = client.get(&format!("/api/containers/{name}/logs"));
    assert_eq!(
        (answer.status, answer.problem().as_str()),
        (409, "logs_unreadable")
    );
}

#[test]
fn long_terminal_lines_have_no_timestamps_inside() {
    let engine = Engine::shared();
    let (_app, client) = App::ready(&engine.host());
    let year = format!("{}-", time::OffsetDateTime::now_utc().year());
    let fill = |count: usize, what: &str| {
        format!("busybox head -c {count} /dev/zero | busybox tr '\\0' '{what}'")
    };
    for script in [
        // An umlaut across the end of Docker's piece of 16 KiB, then Latin-1 all over.
        format!("{}; printf '\\303\\251 rest\\n'", fill(16383, "a")),
        format!("{}; printf ' rest\\n'", fill(40_000, "\\351")),
        format!("{}; printf 'é rest\\n'", fill(600_000, "a")),
        // Pieces of Podman are as long as what was written at once.
        "printf a; sleep 0.2; printf a; sleep 0.2; echo ' rest'".to_owned(),
    ] {
        let name = ran(engine, &client, &["-t"], &script);
        let log = text(&client, &name, "");
        if let Some((_, after)) = log.split_once(&year) {
            panic!("{script}: a stamp: {:?}", after.get(..40));
        }
        let written = log.replace('\n', "");
        let other: String = written
            .chars()
            .filter(|c| !matches!(c, 'a' | 'é' | '\u{fffd}'))
            .collect();
        assert_eq!(other, " rest", "{script}");
        assert!(written.ends_with(" rest"), "{script}");
    }
}

/// Reads lines until there are so many; the last id too.
#[track_caller]
fn read(live: &mut Events, wanted: usize) -> (Vec<String>, Option<String>) {
    let (mut lines, mut last) = (Vec::new(), None);
    while lines.len() < wanted {
        let event = live.find("lines", |event| event.kind == "lines");
        last.clone_from(&event.id);
        for line in event.data.as_array().unwrap() {
            assert!(line["t"].is_string(), "{line}");
            assert!(
                matches!(line["s"].as_str(), Some("stdout" | "stderr")),
                "{line}"
            );
            lines.push(Value::as_str(&line["m"]).unwrap().to_owned());
        }
    }
    (lines, last)
}

#[test]
fn reconnecting_log_reader_continues_at_its_position() {
    let engine = Engine::shared();
    let (_app, client) = App::ready(&engine.host());
    let name = format!("log{}", number());
    // Bursts, so that many lines share a moment.
    engine.docker(&[
        "run",
        "-d",
        "--network",
        "none",
        "--name",
        &name,
        "bb:1",
        "sh",
        "-c",
        "i=0; while [ $i -lt 30 ]; do i=$((i+1)); seq $((i*100)) $((i*100+99)); sleep 0.05; done",
    ]);
    known(&client, &name);
    let path = format!("/api/containers/{name}/logs");
    let (mut lines, mut last) = (Vec::new(), None);
    while lines.len() < 3000 {
        let mut live = client.events(&path, last.as_deref());
        let (some, id) = read(&mut live, 1);
        lines.extend(some);
        last = id;
    }
    let expected: Vec<String> = (100..3100).map(|n| n.to_string()).collect();
    assert_eq!(lines.len(), expected.len());
    let wrong = lines.iter().zip(&expected).position(|(a, b)| a != b);
    assert_eq!(wrong, None, "lost or repeated there");
    for odd in ["rubbish", "99999999999999999999999999999.1", "-1.1"] {
        let stream = client.send(
            "GET",
            &path,
            &[("Accept", "text/event-stream"), ("Last-Event-ID", odd)],
            b"",
        );
        assert!(
            matches!(stream.status, 200 | 400),
            "{odd}: {}",
            stream.text()
        );
    }
}

#[test]
fn followed_log_ends_with_the_container() {
    let engine = Engine::shared();
    let (_app, client) = App::ready(&engine.host());
    for how in [&["stop", "-t", "5"][..], &["rm", "-f"]] {
        let name = engine.run(&[]);
        known(&client, &name);
        let mut live = client.events(&format!("/api/containers/{name}/logs?tail=1"), None);
        read(&mut live, 2);
        let mut arguments = how.to_vec();
        arguments.push(&name);
        engine.docker(&arguments);
        live.find("the end", |event| event.kind == "end");
        assert!(live.next().is_none(), "and nothing after it");
    }
}

/// Starts a script in a container and waits until it is known to run.
fn started(engine: &Engine, client: &Client, script: &str) -> String {
    let name = format!("log{}", number());
    let run = ["run", "-d", "--network", "none", "--name", &name];
    engine.docker(&[&run[..], &["bb:1", "sh", "-c", script]].concat());
    super::exec::known(client, &name);
    name
}

/// Every line of a followed log until its end.
#[track_caller]
fn followed(client: &Client, name: &str, query: &str) -> Vec<String> {
    let path = format!("/api/containers/{name}/logs?{query}");
    let mut live = client.events(&path, None);
    let mut lines = Vec::new();
    loop {
        let event = live.find("lines or the end", |event| {
            ["lines", "end"].contains(&event.kind.as_str())
        });
        if event.kind == "end" {
            assert_eq!(event.data, serde_json::json!({}));
            return lines;
        }
        let some = event.data.as_array().unwrap().iter();
        lines.extend(some.map(|line| line["m"].as_str().unwrap().to_owned()));
    }
}

#[test]
fn followed_log_has_each_line_once_from_the_tail_to_the_last_before_the_exit() {
    let engine = Engine::shared();
    let (_app, client) = App::ready(&engine.host());
    // The first burst has few moments; the last lines come just before the exit,
    // where Podman drops some from the middle of a long burst.
    let last = if is_podman() { 4001 } else { 9000 };
    let script = format!("seq 1 3000; sleep 4; echo between; sleep 1; seq 4001 {last}");
    let name = started(engine, &client, &script);
    until("the burst is in the log", SOON, || {
        text(&client, &name, "tail=1")
            .contains("3000")
            .then_some(())
    });
    let lines = followed(&client, &name, "tail=5");
    let mut expected: Vec<String> = (2996..=3000).map(|n| n.to_string()).collect();
    expected.push("between".to_owned());
    expected.extend((4001..=last).map(|n| n.to_string()));
    assert!(
        lines == expected,
        "{} {:?}",
        lines.len(),
        &lines[..12.min(lines.len())]
    );
}

#[test]
fn followed_log_keeps_an_open_line_of_one_stream_while_the_other_writes() {
    let engine = Engine::shared();
    let (_app, client) = App::ready(&engine.host());
    let name = started(
        engine,
        &client,
        "printf open; sleep 3; echo one >&2; sleep 1; echo two >&2",
    );
    let mut lines = followed(&client, &name, "");
    lines.sort();
    assert_eq!(lines, ["one", "open", "two"]);
    let name = started(
        engine,
        &client,
        "echo out; sleep 3; echo one >&2; sleep 1; echo two >&2",
    );
    assert_eq!(
        followed(&client, &name, "tail=0&stdout=0"),
        ["one", "two"],
        "a tail of another stream"
    );
}

#[test]
fn followed_log_ends_at_the_moment_that_was_asked_for() {
    let engine = Engine::shared();
    let (_app, client) = App::ready(&engine.host());
    let name = started(
        engine,
        &client,
        "echo one; sleep 2; while :; do echo tick; sleep 0.2; done",
    );
    until("it has written", SOON, || {
        text(&client, &name, "").contains("tick").then_some(())
    });
    let stamped = text(&client, &name, "timestamps=true");
    let (first, _) = stamped.split_once(' ').unwrap();
    let lines = followed(&client, &name, &format!("until={first}"));
    assert_eq!(lines, ["one"]);
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn followed_log_as_text_ends_with_its_session() {
    let engine = Engine::shared();
    let (app, owner) = App::ready(&engine.host());
    let name = format!("log{}", number());
    let program = "while :; do echo tick; sleep 0.2; done";
    engine.docker(&["run", "-d", "--name", &name, "bb:1", "sh", "-c", program]);
    known(&owner, &name);
    let login = json!({"password": PASSWORD});
    let login = app.client().post("/api/auth/login", &login).json();
    let guest = app.client().with(login["session_token"].as_str().unwrap());
    let path = format!("/api/containers/{name}/logs?follow=true");
    let reading = guest.clone();
    let stream = std::thread::spawn(move || reading.try_send("GET", &path, &[], b""));
    std::thread::sleep(Duration::from_millis(500));
    assert!(!stream.is_finished());
    assert_eq!(guest.post("/api/auth/logout", &json!({})).status, 204);
    until("the stream ends", Duration::from_secs(5), || {
        stream.is_finished().then_some(())
    });
    assert!(stream.join().unwrap().unwrap().text().contains("tick"));
    engine.docker(&["rm", "-f", &name]);
}
