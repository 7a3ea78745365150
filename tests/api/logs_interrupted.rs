//! A followed log whose answer ends while its container runs: a proxy closes a
//! quiet connection, the engine restarts, its log file cannot be read.

use super::exec::known;
use crate::support::app::App;
use crate::support::client::{Client, Event, Events};
use crate::support::engine::{Engine, number};
use crate::support::proxy::{Proxy, Refusal};
use crate::support::wait::{SOON, until};
use serde_json::json;
use std::io::Write as _;

fn started(engine: &Engine, extra: &[&str], script: &str) -> String {
    let name = format!("log{}", number());
    let run = ["run", "-d", "--network", "none", "--name", &name];
    engine.docker(&[&run[..], extra, &["bb:1", "sh", "-c", script]].concat());
    name
}

fn follow(client: &Client, name: &str, query: &str) -> Events {
    client.events(&format!("/api/containers/{name}/logs?{query}"), None)
}

fn messages(event: &Event) -> Vec<String> {
    let lines = event.data.as_array().into_iter().flatten();
    lines
        .map(|line| line["m"].as_str().unwrap().to_owned())
        .collect()
}

/// Reads until a line has come; gives all that came with it.
#[track_caller]
fn read_to(live: &mut Events, wanted: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    while !lines.iter().any(|line| line == wanted) {
        let event = live.find(wanted, |_| true);
        assert_eq!(event.kind, "lines", "{:?} after {lines:?}", event.data);
        lines.extend(messages(&event));
        assert!(lines.len() < 1000, "{wanted:?} is not in {lines:?}");
    }
    lines
}

#[test]
fn followed_log_continues_after_a_proxy_cut_its_connection() {
    let engine = Engine::shared();
    let proxy = Proxy::start(engine.socket());
    let (_app, client) = App::ready(&proxy.host());
    for extra in [&[][..], &["-t"]] {
        let program = "i=0; while [ ! -e /tmp/end ]; do i=$((i+1)); echo $i; sleep 0.2; done";
        let name = started(engine, extra, program);
        known(&client, &name);
        let mut live = follow(&client, &name, "");
        let mut lines = read_to(&mut live, "3");
        for _ in 0..2 {
            proxy.cut();
            let next = (lines.len() + 5).to_string();
            lines.extend(read_to(&mut live, &next));
        }
        let expected: Vec<String> = (1..=lines.len()).map(|n| n.to_string()).collect();
        assert_eq!(lines, expected);
        engine.docker(&["exec", &name, "sh", "-c", ": > /tmp/end"]);
        let end = live.find("the end", |event| event.kind == "end");
        assert_eq!(end.data, json!({}));
        engine.docker(&["rm", "-f", &name]);
    }
}

#[test]
fn followed_log_waits_for_an_engine_that_restarts_under_its_containers() {
    let mut engine = Engine::start_live_restore();
    let (_app, client) = App::ready(&engine.host());
    let program = "i=0; while :; do i=$((i+1)); echo $i; sleep 0.2; done";
    let name = started(&engine, &[], program);
    known(&client, &name);
    let mut live = follow(&client, &name, "");
    let before = read_to(&mut live, "5");
    engine.down();
    engine.up();
    let began = engine.inspect(&name)["State"]["StartedAt"].clone();
    let logged = until("it has written more", SOON, || {
        let lines = engine.docker(&["logs", "--tail", "1", &name]);
        lines.parse::<u32>().ok().filter(|last| *last > 20)
    });
    let after = read_to(&mut live, &logged.to_string());
    let lines = [before, after].concat();
    let expected: Vec<String> = (1..=lines.len()).map(|n| n.to_string()).collect();
    assert_eq!(lines, expected, "each line once");
    assert_eq!(engine.inspect(&name)["State"]["StartedAt"], began);
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn followed_log_continues_after_requests_for_it_failed() {
    let engine = Engine::shared();
    let proxy = Proxy::start(engine.socket());
    let (_app, client) = App::ready(&proxy.host());
    let program = "i=0; while :; do i=$((i+1)); echo $i; sleep 0.2; done";
    let name = started(engine, &[], program);
    known(&client, &name);
    let mut live = follow(&client, &name, "");
    let mut lines = read_to(&mut live, "2");
    proxy.refuse("/logs?", 2);
    proxy.cut();
    let next = (lines.len() + 8).to_string();
    lines.extend(read_to(&mut live, &next));
    assert_eq!(proxy.still_refused("/logs?"), 0);
    let expected: Vec<String> = (1..=lines.len()).map(|n| n.to_string()).collect();
    assert_eq!(lines, expected);
    engine.docker(&["rm", "-f", &name]);
}

const RAW: &str = "application/vnd.docker.raw-stream";
const DAMAGED: Refusal = Refusal::Answer {
    status: 200,
    content_type: RAW,
    body: "\x03\0\0\0\0\0\0\x1cError grabbing logs: invalid",
};

/// Reads to the end, without lines; gives the error and how often the engine was
/// asked for the log.
#[track_caller]
fn read_to_error(live: &mut Events, proxy: &Proxy) -> (String, usize) {
    let end = live.find("the end", |event| {
        assert_ne!(event.kind, "lines", "{:?}", event.data);
        event.kind == "end"
    });
    let said = end.data["error"].as_str().unwrap_or_default().to_owned();
    (said, log_requests(proxy))
}

fn log_requests(proxy: &Proxy) -> usize {
    let asked = proxy.take_asked();
    asked.iter().filter(|line| line.contains("/logs?")).count()
}

#[test]
fn log_that_the_engine_ends_at_once_each_time_is_reported_after_its_lines() {
    const EMPTY: Refusal = Refusal::Answer {
        status: 200,
        content_type: RAW,
        body: "",
    };
    let engine = Engine::shared();
    let proxy = Proxy::start(engine.socket());
    let (_app, client) = App::ready(&proxy.host());
    for (paused, answer, state) in [
        (false, EMPTY, "although the container is running"),
        (true, EMPTY, "although the container is only paused"),
        (true, DAMAGED, "Error grabbing logs: invalid"),
    ] {
        let name = started(engine, &[], "echo one; sleep 100000");
        known(&client, &name);
        let mut live = follow(&client, &name, "");
        read_to(&mut live, "one");
        if paused {
            engine.docker(&["pause", &name]);
        }
        proxy.filter(move |asked| asked.contains("/logs?").then_some(answer));
        proxy.cut();
        let (said, asked) = read_to_error(&mut live, &proxy);
        for part in ["cannot read further", "recreate the container", state] {
            assert!(said.contains(part), "{said}");
        }
        assert!(asked < 12, "{asked}");
        proxy.end_filter();
        if paused {
            engine.docker(&["unpause", &name]);
        }
        engine.docker(&["rm", "-f", &name]);
    }
}

#[test]
fn log_of_a_stopped_container_that_cannot_be_read_is_reported() {
    const PART: Refusal = Refusal::Part {
        content_type: RAW,
        body: "\x01\0\0\0\0\0\0\x1c2026-",
    };
    let engine = Engine::shared();
    let proxy = Proxy::start(engine.socket());
    let (_app, client) = App::ready(&proxy.host());
    let name = started(engine, &[], "echo one");
    engine.docker(&["wait", &name]);
    until("it is known to have stopped", SOON, || {
        let answer = client.get(&format!("/api/containers/{name}"));
        (answer.status == 200 && answer.json()["state"] == "exited").then_some(())
    });
    for (answer, part, most) in [
        (DAMAGED, "Error grabbing logs: invalid", 2),
        (PART, "broke off", 8),
    ] {
        log_requests(&proxy);
        proxy.filter(move |asked| asked.contains("/logs?").then_some(answer));
        let mut live = follow(&client, &name, "");
        let (said, asked) = read_to_error(&mut live, &proxy);
        assert!(said.contains(part) && !said.contains("running"), "{said}");
        assert!(asked <= most, "{asked}: {said}");
    }
    // The log itself can be opened, but nothing of it comes.
    let mut first = true;
    proxy.filter(move |asked| {
        let is_log = asked.contains("/logs?");
        is_log.then(|| {
            if std::mem::take(&mut first) {
                PART
            } else {
                Refusal::Cut
            }
        })
    });
    let mut live = follow(&client, &name, "");
    let (said, asked) = read_to_error(&mut live, &proxy);
    assert!(!said.is_empty() && asked <= 16, "{asked}: {said}");
    proxy.end_filter();
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn log_is_not_asked_for_while_its_container_waits_to_be_started_again() {
    let engine = Engine::shared();
    let proxy = Proxy::start(engine.socket());
    let (_app, client) = App::ready(&proxy.host());
    let program = "echo run; sleep 1; exit 1";
    let name = started(engine, &["--restart", "always"], program);
    known(&client, &name);
    // The pause doubles from 0.1 s on.
    let restarts = until("it waits for some seconds", SOON, || {
        let found = engine.inspect(&name);
        let waits = found["State"]["Restarting"] == true;
        found["RestartCount"].as_u64().filter(|n| waits && *n >= 6)
    });
    log_requests(&proxy);
    let mut live = follow(&client, &name, "tail=1");
    read_to(&mut live, "run");
    std::thread::sleep(std::time::Duration::from_secs(2));
    let asked = log_requests(&proxy);
    assert_eq!(engine.inspect(&name)["RestartCount"], restarts, "too late");
    assert_eq!(asked, 1);
    engine.docker(&["restart", "-t", "0", &name]);
    read_to(&mut live, "run");
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn damaged_log_file_is_reported_after_the_lines_before_it() {
    let engine = Engine::shared();
    let (_app, client) = App::ready(&engine.host());
    // It waits at such a place without an end, and shows nothing more.
    let version = engine.docker(&["version", "-f", "{{.Server.Version}}"]);
    let is_silent = version.starts_with("20.");
    for extra in [&[][..], &["-t"]] {
        let program = "i=0; while :; do i=$((i+1)); echo $i; sleep 0.1; done";
        let name = started(engine, extra, program);
        known(&client, &name);
        let mut live = follow(&client, &name, "");
        let mut lines = read_to(&mut live, "5");
        let file = engine.inspect(&name)["LogPath"]
            .as_str()
            .unwrap()
            .to_owned();
        // What a power cut leaves in the last block.
        let mut file = std::fs::File::options().append(true).open(file).unwrap();
        file.write_all(&[0; 4096]).unwrap();
        if is_silent {
            engine.docker(&["rm", "-f", &name]);
            continue;
        }
        let end = loop {
            let event = live.find("lines or the end", |_| true);
            if event.kind == "end" {
                break event;
            }
            lines.extend(messages(&event));
        };
        let said = end.data["error"].as_str().unwrap_or_default();
        assert!(said.contains("damaged"), "{said} after {lines:?}");
        let expected: Vec<String> = (1..=lines.len()).map(|n| n.to_string()).collect();
        assert_eq!(lines, expected, "{said}");
        engine.docker(&["rm", "-f", &name]);
    }
}
