//! How busy containers are: the figures against the engine's own client, by
//! both sources, live and only for as long as somebody looks; and what is kept of
//! the last day, watched or not.

use super::exec::known;
use crate::support::app::{App, NO_ENGINE, free_port};
use crate::support::client::Client;
use crate::support::engine::{Engine, number};
use crate::support::wait::{SOON, until};
use serde_json::Value;
use std::io;
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;

const MIB: f64 = 1024.0 * 1024.0;

fn run(engine: &Engine, extra: &[&str], script: &str) -> String {
    let name = format!("s{}", number());
    let mut arguments = vec!["run", "-d", "--network", "none", "--name", &name];
    arguments.extend(extra);
    arguments.extend(["bb:1", "sh", "-c", script]);
    engine.docker(&arguments);
    name
}

/// Uses a third of a core, for ever.
fn busy(engine: &Engine) -> String {
    run(engine, &["--cpus", "0.3"], "while :; do :; done")
}

/// Holds 48 MiB, and has as much again in a file that the kernel may drop.
fn hungry(engine: &Engine) -> String {
    let script = "busybox dd if=/dev/zero of=/held/x bs=1M count=48 2>/dev/null; \
                  busybox dd if=/dev/zero of=/tmp/file bs=1M count=48 2>/dev/null; busybox sync; echo full; sleep 100000";
    run(engine, &["--tmpfs", "/held", "--memory", "256m"], script)
}

#[track_caller]
fn sample(client: &Client, name: &str) -> Value {
    let answer = client.get(&format!("/api/containers/{name}/stats"));
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

/// `12.34%` and `1.5MiB / 256MiB` as `docker stats` prints them.
fn dockers(engine: &Engine, name: &str) -> (f64, f64, f64, u64) {
    let line = engine.docker(&[
        "stats",
        "--no-stream",
        "--format",
        "{{.CPUPerc}}|{{.MemUsage}}|{{.PIDs}}",
        name,
    ]);
    let fields: Vec<&str> = line.split('|').collect();
    let bytes = |text: &str| {
        let at = text.find(|c: char| c.is_ascii_alphabetic()).unwrap();
        let unit = match &text[at..] {
            "B" => 1.0,
            "KiB" => 1024.0,
            "MiB" => MIB,
            "GiB" => MIB * 1024.0,
            other => panic!("{other}"),
        };
        text[..at].parse::<f64>().unwrap() * unit
    };
    let (used, limit) = fields[1].split_once(" / ").unwrap();
    (
        fields[0].trim_end_matches('%').parse().unwrap(),
        bytes(used),
        bytes(limit),
        fields[2].parse().unwrap(),
    )
}

#[track_caller]
fn close(what: &str, ours: f64, theirs: f64, within: f64) {
    assert!(
        (ours - theirs).abs() <= within,
        "{what}: ours {ours}, docker's {theirs}"
    );
}

/// Compares two containers with `docker stats`.
#[track_caller]
fn agrees(engine: &Engine, client: &Client, busy: &str, hungry: &str, source: &str) {
    // The two look at different seconds, and a busy machine gives a container
    // more in one than in the next.
    let mut seconds = Vec::new();
    let (ours, (_, _, limit, pids)) = (1..=6)
        .map(|_| (sample(client, busy), dockers(engine, busy)))
        .find(|(ours, (theirs, ..))| {
            let cpu = ours["cpu_percent"].as_f64().unwrap();
            seconds.push((cpu, *theirs));
            cpu > 1.0 && (cpu - theirs).abs() <= 12.0
        })
        .unwrap_or_else(|| panic!("ours and docker's: {seconds:?}"));
    assert_eq!(ours["source"], source, "{ours}");
    let all = ours["memory_limit_bytes"].as_f64().unwrap();
    close("the host's memory", all / MIB, limit / MIB, 60.0);
    assert_eq!(ours["pids"], pids);
    assert_eq!(ours["note"], Value::Null);

    let (ours, (cpu, used, limit, pids)) = (sample(client, hungry), dockers(engine, hungry));
    close("CPU", ours["cpu_percent"].as_f64().unwrap(), cpu, 5.0);
    let memory = ours["memory_used_bytes"].as_f64().unwrap();
    close("memory", memory / MIB, used / MIB, 4.0);
    assert!(
        (48.0..80.0).contains(&(memory / MIB)),
        "without the file: {ours}"
    );
    close(
        "limit",
        ours["memory_limit_bytes"].as_f64().unwrap(),
        limit,
        1.0,
    );
    close(
        "share",
        ours["memory_percent"].as_f64().unwrap(),
        used / limit * 100.0,
        2.0,
    );
    assert_eq!(ours["pids"], pids);
    assert!(ours["block_write_bytes"].is_u64(), "{ours}");
}

#[track_caller]
fn filled(engine: &Engine, name: &str) {
    until("it holds its memory", SOON, || {
        engine
            .docker(&["logs", name])
            .contains("full")
            .then_some(())
    });
}

#[test]
fn figures_agree_with_docker_stats() {
    let engine = Engine::shared();
    let (busy, hungry) = (busy(engine), hungry(engine));
    let (_app, client) = App::ready(&engine.host());
    known(&client, &busy);
    known(&client, &hungry);
    filled(engine, &hungry);
    agrees(engine, &client, &busy, &hungry, "cgroup");

    // The same through the engine, as for one on another machine.
    let (far, client) = App::ready(&over_tcp(engine.socket()));
    known(&client, &busy);
    agrees(engine, &client, &busy, &hungry, "engine");
    drop(far);
    engine.docker(&["rm", "-f", &busy, &hungry]);
}

/// The engine's socket behind a port of this machine.
fn over_tcp(socket: PathBuf) -> String {
    let port = free_port();
    let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let Ok(engine) = UnixStream::connect(&socket) else {
                return;
            };
            pipe(client, engine);
        }
    });
    format!("tcp://127.0.0.1:{port}")
}

fn pipe(client: TcpStream, engine: UnixStream) {
    fn carry(mut from: impl io::Read, mut to: impl io::Write) {
        let mut buffer = [0; 16 * 1024];
        while let Ok(count) = from.read(&mut buffer) {
            if count == 0 || to.write_all(&buffer[..count]).is_err() {
                return;
            }
        }
    }
    let (back, forth) = (client.try_clone().unwrap(), engine.try_clone().unwrap());
    std::thread::spawn(move || {
        carry(&client, &engine);
        let _ = engine.shutdown(std::net::Shutdown::Write);
    });
    std::thread::spawn(move || {
        carry(&forth, &back);
        let _ = back.shutdown(std::net::Shutdown::Both);
    });
}

#[test]
fn containers_are_measured_only_while_a_client_subscribes() {
    let engine = Engine::shared();
    let (busy, other) = (busy(engine), engine.run(&[]));
    let (app, client) = App::ready(&engine.host());
    known(&client, &busy);
    known(&client, &other);
    assert!(!app.log().contains("being measured"), "nobody looks");

    let mut one = client.events(&format!("/api/containers/{busy}/stats"), None);
    let first = one.find("a sample", |event| event.kind == "sample").data;
    assert_eq!(first["name"], json(&busy));
    let rated = one
        .find("one with rates", |event| {
            !event.data["cpu_percent"].is_null()
        })
        .data;
    assert!(rated["cpu_percent"].as_f64().unwrap() > 1.0, "{rated}");
    assert!(rated["network_rx_per_s"].is_number() && rated["block_read_per_s"].is_number());

    // A second one joins the same round.
    let mut all = client.events("/api/stats", None);
    let both = all.find("everything", |event| {
        let has = |name| names(&event.data).contains(name);
        event.kind == "samples" && has(&busy) && has(&other)
    });
    assert!(both.data["at"].is_string());
    engine.docker(&["pause", &busy]);
    until("a paused one is idle", SOON, || {
        let sample = one.next().unwrap().data;
        (sample["cpu_percent"] == 0.0).then_some(())
    });
    engine.docker(&["unpause", &busy]);
    engine.docker(&["kill", &busy]);
    one.find("the end", |event| event.kind == "end");
    assert!(one.next().is_none(), "the stream has ended");
    all.find("the other one alone", |event| {
        let names = names(&event.data);
        !names.contains(&busy) && names.contains(&other)
    });
    assert_eq!(app.log().matches("are being measured").count(), 1);
    drop(all);
    until("the last one has looked away", SOON, || {
        app.log().contains("not measured any more").then_some(())
    });
    engine.docker(&["rm", "-f", &busy, &other]);
}

fn json(text: &str) -> Value {
    Value::from(text)
}

fn names(round: &Value) -> Vec<String> {
    let items = round["items"].as_array().cloned().unwrap_or_default();
    items
        .iter()
        .map(|item| item["name"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn single_request_returns_a_sample_with_rates() {
    let engine = Engine::shared();
    let name = engine.run(&[]);
    let (_app, client) = App::ready(&engine.host());
    known(&client, &name);
    let round = client.get("/api/stats").json();
    assert!(names(&round).contains(&name), "{round}");
    engine.docker(&["stop", "-t", "3", &name]);
    until("it is known to be stopped", SOON, || {
        (client.get(&format!("/api/containers/{name}")).json()["state"] == "exited").then_some(())
    });
    let answer = client.get(&format!("/api/containers/{name}/stats"));
    assert_eq!(
        (answer.status, answer.problem()),
        (409, "container_not_running".to_owned())
    );
    assert_eq!(
        client.get("/api/containers/nobody/stats").problem(),
        "container_not_found"
    );
    let (_app, client) = App::ready(NO_ENGINE);
    assert_eq!(client.get("/api/stats").status, 503);
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn host_network_traffic_is_not_attributed_to_a_container() {
    let engine = Engine::shared();
    let host = format!("h{}", number());
    engine.docker(&["run", "-d", "--network", "host", "--name", &host, "bb:1"]);
    let beside = format!("h{}", number());
    let mode = format!("container:{host}");
    engine.docker(&["run", "-d", "--network", &mode, "--name", &beside, "bb:1"]);
    let alone = engine.run(&[]);
    let (_app, client) = App::ready(&engine.host());
    for name in [&host, &beside, &alone] {
        known(&client, name);
    }
    for name in [&host, &beside] {
        let found = sample(&client, name);
        assert_eq!(found["network_rx_bytes"], Value::Null, "{found}");
    }
    assert_eq!(sample(&client, &alone)["network_rx_bytes"], 0);
    engine.docker(&["rm", "-f", &beside, &host, &alone]);
}

#[track_caller]
fn history(client: &Client, name: &str, span: &str) -> Value {
    let answer = client.get(&format!("/api/containers/{name}/stats/history?span={span}"));
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

/// A column, oldest first.
fn column(history: &Value, part: &str, field: &str) -> Vec<Option<f64>> {
    let values = history[part][field].as_array().unwrap();
    values.iter().map(Value::as_f64).collect()
}

fn measured(history: &Value, field: &str) -> Vec<f64> {
    column(history, "points", field)
        .into_iter()
        .flatten()
        .collect()
}

#[test]
fn history_is_kept_without_viewers_and_has_a_gap_while_the_container_is_stopped() {
    let engine = Engine::shared();
    let script = "while :; do :; done";
    let name = run(engine, &["--cpus", "0.3", "--memory", "64m"], script);
    let (app, client) = App::ready(&engine.host());
    known(&client, &name);
    let begun = until("it has been measured twice", SOON, || {
        let found = history(&client, &name, "5m");
        (measured(&found, "cpu_percent").len() >= 2).then_some(found)
    });
    assert!(!app.log().contains("being measured"), "nobody looks");
    let cpu = measured(&begun, "cpu_percent");
    assert!(cpu.iter().all(|one| (1.0..60.0).contains(one)), "{begun}");
    assert!(measured(&begun, "memory_used_bytes")[0] > 0.0, "{begun}");
    assert_eq!(measured(&begun, "network_rx_per_s")[0], 0.0, "{begun}");
    assert_eq!(
        (&begun["memory_limit_bytes"], &begun["cpu_limit"]),
        (&Value::from(64 << 20), &Value::from(0.3))
    );
    for (span, interval, count) in [("5m", 10, 30), ("1h", 60, 60), ("24h", 300, 288)] {
        let found = history(&client, &name, span);
        assert_eq!(
            (&found["span"], &found["interval_seconds"]),
            (&json(span), &Value::from(interval))
        );
        assert_eq!(column(&found, "points", "pids").len(), count);
        // The peak of a minute is at least its mean.
        if span == "5m" {
            assert_eq!(found["peaks"], Value::Null);
            continue;
        }
        let means = column(&found, "points", "cpu_percent");
        let peaks = column(&found, "peaks", "cpu_percent");
        assert!(means.iter().flatten().count() >= 1, "{found}");
        assert!(
            means.iter().zip(&peaks).all(|(mean, peak)| mean <= peak),
            "{found}"
        );
    }

    // Viewers come, are shown what was kept, and go; nothing is lost by that.
    let mut one = client.events(&format!("/api/containers/{name}/stats"), None);
    one.find("a sample", |event| !event.data["cpu_percent"].is_null());
    let mut all = client.events("/api/stats", None);
    let first = all.next().unwrap();
    assert_eq!(first.kind, "history");
    assert_eq!(first.data["interval_seconds"], 10);
    let items = first.data["items"].as_array().unwrap();
    let id = engine.inspect(&name)["Id"].clone();
    let item = items.iter().find(|item| item["id"] == id).unwrap();
    let recent = item["cpu_percent"].as_array().unwrap();
    assert_eq!((recent.len(), recent[0].is_null()), (40, true));
    assert!(
        recent.iter().filter(|one| one.is_number()).count() >= 2,
        "{item}"
    );
    all.find("then the live figures", |event| event.kind == "samples");
    drop((one, all));
    let before = measured(&history(&client, &name, "5m"), "cpu_percent").len();
    assert!(before >= cpu.len());

    engine.docker(&["kill", &name]);
    until("the newest slot is missing", SOON, || {
        let found = history(&client, &name, "5m");
        let cpu = column(&found, "points", "cpu_percent");
        (cpu[cpu.len() - 1].is_none() && cpu[cpu.len() - 2].is_none()).then_some(())
    });
    let day = history(&client, &name, "24h");
    assert!(!measured(&day, "memory_used_bytes").is_empty(), "{day}");
    assert_eq!(day["memory_limit_bytes"], 64 << 20);
    engine.docker(&["start", &name]);
    until("it is measured again, after a gap", SOON, || {
        let found = history(&client, &name, "5m");
        let known: Vec<bool> = column(&found, "points", "cpu_percent")
            .iter()
            .map(Option::is_some)
            .collect();
        let runs = known.chunk_by(|a, b| a == b).map(|run| run[0]);
        (runs.filter(|run| *run).count() >= 2).then_some(())
    });
    let wrong = client.get(&format!("/api/containers/{name}/stats/history?span=2d"));
    assert_eq!((wrong.status, &wrong.json()["field"]), (400, &json("span")));
    assert_eq!(
        client.get("/api/containers/nobody/stats/history").problem(),
        "container_not_found"
    );
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn history_of_an_engine_elsewhere_has_what_viewers_are_shown() {
    let engine = Engine::shared();
    let name = busy(engine);
    let (app, client) = App::ready(&over_tcp(engine.socket()));
    known(&client, &name);
    // The first look; the next one is minutes later.
    until("it is looked at once", SOON, || {
        let found = history(&client, &name, "5m");
        (!measured(&found, "memory_used_bytes").is_empty()).then_some(())
    });
    assert!(!app.log().contains("being measured"), "nobody looks");
    assert!(measured(&history(&client, &name, "5m"), "cpu_percent").is_empty());
    let mut live = client.events(&format!("/api/containers/{name}/stats"), None);
    until("the live figures are kept", SOON, || {
        live.next();
        let found = history(&client, &name, "5m");
        (measured(&found, "cpu_percent").len() >= 2).then_some(())
    });
    drop(live);
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn history_is_answered_while_the_engine_is_down() {
    let mut engine = Engine::start();
    let name = engine.run(&["--memory", "64m"]);
    let (_app, client) = App::ready(&engine.host());
    known(&client, &name);
    until("it has been measured", SOON, || {
        let found = history(&client, &name, "5m");
        (!measured(&found, "memory_used_bytes").is_empty()).then_some(())
    });
    engine.down();
    until("the engine is known to be down", SOON, || {
        (client.get("/api/containers").status == 503).then_some(())
    });
    let found = history(&client, &name, "1h");
    assert!(!measured(&found, "memory_used_bytes").is_empty(), "{found}");
    assert_eq!(found["memory_limit_bytes"], Value::Null);
    assert_eq!(
        client.get("/api/containers/nobody/stats/history").status,
        503
    );
}
