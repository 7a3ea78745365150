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

#[test]
fn log_that_the_engine_ends_at_once_each_time_is_reported_after_its_lines() {
    const EMPTY: Refusal = Refusal::Answer {
        status: 200,
        content_type: "application/vnd.docker.raw-stream",
        body: "",
    };
    let engine = Engine::shared();
    let proxy = Proxy::start(engine.socket());
    let (_app, client) = App::ready(&proxy.host());
    let name = started(engine, &[], "echo one; sleep 100000");
    known(&client, &name);
    let mut live = follow(&client, &name, "");
    read_to(&mut live, "one");
    proxy.filter(|asked| asked.contains("/logs?").then_some(EMPTY));
    proxy.cut();
    let end = live.find("the end", |event| {
        assert_ne!(event.kind, "lines", "{:?}", event.data);
        event.kind == "end"
    });
    let said = end.data["error"].as_str().unwrap_or_default();
    for part in ["cannot read further", "recreate the container"] {
        assert!(said.contains(part), "{said}");
    }
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
