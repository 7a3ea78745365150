//! Figures of the release program, printed beside something else measured in
//! the same run. Asserts nothing about time.
//!
//! As root (it starts a private `dockerd`):
//!
//!     sh cross/build.sh x86_64
//!     DOCKERMATE_TEST_BINARY=$PWD/target/dist/dockermate-x86_64 cargo bench --profile dev
//!
//! Without the variable `cargo bench` measures a release build of its own.
//! With `-- stats` at the end only the cost of live figures is measured, with
//! `-- create` only what making a container takes, with `-- list` only the list, with
//! `-- idle` only a minute in which nobody asks, with `-- pages` only how soon a page
//! can be used, with `-- updates` only what a look for updates takes, with `-- networks`
//! only the map of a large network and the choice of a subnet.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::pedantic,
    reason = "a test that cannot go on says so and stops"
)]

#[path = "bench/delayed_road.rs"]
mod delayed_road;
#[path = "bench/networks.rs"]
mod networks;
#[allow(dead_code, reason = "the benchmark uses a part of what tests stand on")]
mod support;
#[path = "bench/updates.rs"]
mod updates;

use std::cell::RefCell;
use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};
use support::app::App;
use support::browser::Browser;
use support::engine::Engine;
use support::wait::until;

fn main() {
    // `cargo test --benches` compiles and starts this too; it is not a test.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let dir = tempfile::tempdir().expect("a temporary folder");
    if std::env::var_os("DOCKERMATE_TEST_DIR").is_none() {
        let status = std::process::Command::new(std::env::current_exe().expect("this program"))
            .args(std::env::args().skip(1))
            .env("DOCKERMATE_TEST_DIR", dir.path())
            .status()
            .expect("this program again");
        std::process::exit(status.code().unwrap_or(1));
    }
    let engine = Engine::start();
    let only = |what: &str| std::env::args().any(|argument| argument == what);
    if only("list") {
        for count in [20, 200, 1000] {
            make_containers(&engine, count);
            list_time(&engine, count);
        }
        return;
    }
    if only("networks") {
        networks::figures(&engine);
        return;
    }
    if only("updates") {
        updates::update_check(&engine);
        return;
    }
    for (what, measure) in [
        ("stats", live_stats as fn(&Engine)),
        ("create", create_time),
        ("idle", idle),
        ("pages", page_time),
    ] {
        if only(what) {
            make_containers(&engine, 20);
            measure(&engine);
            return;
        }
    }
    binary_size();
    start_time(&engine);
    updates::update_check(&Engine::start());
    for count in [20, 200, 1000] {
        make_containers(&engine, count);
        list_time(&engine, count);
        if count == 20 {
            live_stats(&engine);
            idle(&engine);
            create_time(&engine);
            page_time(&engine);
        }
    }
}

fn binary_size() {
    let bytes = fs::metadata(support::app::binary())
        .expect("the program")
        .len();
    println!("binary: {:.2} MB", mega(bytes));
}

fn mega(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// From the start of the process to its first HTTPS answer, with a store that exists.
fn start_time(engine: &Engine) {
    for (what, host) in [
        ("engine up", engine.host()),
        ("engine down", "unix:///nowhere/docker.sock".to_owned()),
    ] {
        let (mut app, _client) = App::ready(&host);
        let mut times = Vec::new();
        for _ in 0..10 {
            app.stop();
            let began = Instant::now();
            app.up_quickly();
            times.push(began.elapsed());
        }
        println!(
            "start to first HTTPS answer, {what}: median {:.1} ms, slowest {:.1} ms",
            median(&mut times),
            times.last().map_or(0.0, millis)
        );
    }
}

fn median(times: &mut [Duration]) -> f64 {
    times.sort();
    times.get(times.len() / 2).map_or(0.0, millis)
}

fn millis(time: &Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn make_containers(engine: &Engine, wanted: usize) {
    let have = engine.docker(&["ps", "-aq"]).lines().count();
    // The first twenty run, as on a real host; the rest are there.
    let names: Vec<String> = (have..wanted).map(|n| format!("bench-{n}")).collect();
    std::thread::scope(|scope| {
        for part in names.chunks(names.len().div_ceil(4).max(1)) {
            scope.spawn(move || {
                for name in part {
                    let runs = name
                        .rsplit('-')
                        .next()
                        .and_then(|n| n.parse::<usize>().ok())
                        .is_some_and(|n| n < 20);
                    let verb: &[&str] = if runs { &["run", "-d"] } else { &["create"] };
                    let mut line = verb.to_vec();
                    line.extend([
                        "--network",
                        "none",
                        "--name",
                        name,
                        "bb:1",
                        "sleep",
                        "100000",
                    ]);
                    engine.docker(&line);
                }
            });
        }
    });
}

/// Ours and the engine's own, on kept connections, in turns.
fn list_time(engine: &Engine, count: usize) {
    let (_app, client) = App::ready(&engine.host());
    until("every container is known", Duration::from_mins(1), || {
        let answer = client.get("/api/containers?per_page=1");
        (answer.status == 200 && answer.json()["total"] == count).then_some(())
    });
    let mut tls = client.connect().expect("a connection");
    let mut ours = Vec::new();
    let mut theirs = Vec::new();
    let mut socket = UnixStream::connect(engine.socket()).expect("the engine's socket");
    let request = keep_alive(&client.request("GET", "/api/containers", &[], b""));
    let mut length = 0;
    read_until(&mut tls, &request, |answer| {
        length = whole_length(answer);
        length > 0 && answer.len() >= length
    });
    // Some of each in a row, as a page or a script asks that is at work; in turns, so
    // that what else this machine does falls on both.
    for _ in 0..10 {
        for _ in 0..20 {
            ours.push(read_until(&mut tls, &request, |answer| {
                answer.len() >= length
            }));
        }
        for _ in 0..20 {
            theirs.push(read_until(
                &mut socket,
                b"GET /containers/json?all=1 HTTP/1.1\r\nHost: docker\r\n\r\n",
                |answer| answer.ends_with(b"\r\n0\r\n\r\n"),
            ));
        }
    }
    let (ours, theirs) = (median(&mut ours), median(&mut theirs));
    println!(
        "GET /api/containers with {count}: {ours:.2} ms; the engine's own list: {theirs:.2} ms; {:.0} times faster",
        theirs / ours
    );
}

fn keep_alive(request: &[u8]) -> Vec<u8> {
    String::from_utf8_lossy(request)
        .replace("Connection: close", "Connection: keep-alive")
        .into_bytes()
}

/// The length of an answer with its head, once that is there; else 0.
fn whole_length(answer: &[u8]) -> usize {
    let text = String::from_utf8_lossy(answer);
    let Some((head, _)) = text.split_once("\r\n\r\n") else {
        return 0;
    };
    let length = head.lines().find_map(|line| {
        line.to_lowercase()
            .strip_prefix("content-length:")?
            .trim()
            .parse()
            .ok()
    });
    head.len() + 4 + length.unwrap_or(0_usize)
}

/// Until the last byte is there. It is not looked at: this program is not optimized,
/// and reading the answer would take longer than the answer.
fn read_until(
    stream: &mut (impl std::io::Read + std::io::Write),
    request: &[u8],
    mut is_whole: impl FnMut(&[u8]) -> bool,
) -> Duration {
    thread_local! {
        static ANSWER: RefCell<Vec<u8>> = RefCell::new(vec![0; 4 << 20]);
    }
    ANSWER.with_borrow_mut(|answer| {
        let mut length = 0;
        let began = Instant::now();
        stream.write_all(request).expect("a request");
        while !is_whole(&answer[..length]) {
            let read = stream.read(&mut answer[length..]).expect("an answer");
            assert!(read > 0, "the answer broke off");
            length += read;
        }
        began.elapsed()
    })
}

fn timed(stream: &mut (impl std::io::Read + std::io::Write), request: &[u8]) -> Duration {
    let began = Instant::now();
    stream.write_all(request).expect("a request");
    let mut reader = std::io::BufReader::with_capacity(64 * 1024, stream);
    support::client::read_answer(&mut reader).expect("an answer");
    began.elapsed()
}

/// A container made from a local image and started: ours with all its checks,
/// the command line's two commands, and the engine's two requests, in turns.
fn create_time(engine: &Engine) {
    let (_app, client) = App::ready(&engine.host());
    until("the engine is connected", Duration::from_secs(30), || {
        (client.get("/api/containers").status == 200).then_some(())
    });
    let mut tls = client.connect().expect("a connection");
    let mut socket = UnixStream::connect(engine.socket()).expect("the engine's socket");
    let (mut ours, mut command_line, mut requests) = (Vec::new(), Vec::new(), Vec::new());
    let port = |n: usize| (20_000 + n).to_string();
    for n in 0..20 {
        let name = format!("made-by-us-{n}");
        let body = serde_json::json!({
            "name": name, "image": "bb:1", "environment": "DEV", "command": ["sleep", "100000"],
            "ports": [{"container_port": 80, "host_port": port(3 * n)}],
        })
        .to_string();
        let head = [("Content-Type", "application/json")];
        let request = client.request("POST", "/api/containers", &head, body.as_bytes());
        ours.push(timed(&mut tls, &keep_alive(&request)));
        let state = engine.docker(&["inspect", "-f", "{{.State.Status}}", &name]);
        assert_eq!(state, "running");

        let name = format!("made-by-command-{n}");
        let publish = format!("{}:80", port(3 * n + 1));
        let began = Instant::now();
        engine.docker(&[
            "create", "--name", &name, "-p", &publish, "bb:1", "sleep", "100000",
        ]);
        engine.docker(&["start", &name]);
        command_line.push(began.elapsed());

        let name = format!("made-by-request-{n}");
        let body = serde_json::json!({
            "Image": "bb:1", "Cmd": ["sleep", "100000"], "ExposedPorts": {"80/tcp": {}},
            "HostConfig": {"PortBindings": {"80/tcp": [{"HostPort": port(3 * n + 2)}]}},
        })
        .to_string();
        let create = format!(
            "POST /containers/create?name={name} HTTP/1.1\r\nHost: docker\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let start = format!(
            "POST /containers/{name}/start HTTP/1.1\r\nHost: docker\r\nContent-Length: 0\r\n\r\n"
        );
        requests.push(timed(&mut socket, create.as_bytes()) + timed(&mut socket, start.as_bytes()));
        for who in ["us", "command", "request"] {
            engine.docker(&["rm", "-f", &format!("made-by-{who}-{n}")]);
        }
    }
    let (ours, command_line, requests) = (
        median(&mut ours),
        median(&mut command_line),
        median(&mut requests),
    );
    println!(
        "create and start: {ours:.0} ms; docker create and docker start: {command_line:.0} ms, {:.2} times; \
         the engine's two requests: {requests:.0} ms, {:.2} times",
        ours / command_line,
        ours / requests
    );
}

/// From the last byte of a document to the page that a person can use, in Chromium: for
/// the first visit of a browser, and for one that has been here.
fn page_time(engine: &Engine) {
    let (app, client) = App::ready(&engine.host());
    until("every container is known", Duration::from_mins(1), || {
        let answer = client.get("/api/containers?per_page=1");
        (answer.status == 200 && answer.json()["total"] == 20).then_some(())
    });
    for path in [
        "/",
        "/containers",
        "/containers/bench-1",
        "/containers/new",
        "/settings",
    ] {
        let mut times = [Vec::new(), Vec::new()];
        for _ in 0..5 {
            let browser = Browser::signed_in(&app, &client, "/healthz");
            for visit in &mut times {
                browser.open(path);
                let at = browser.wait(
                    "performance.getEntriesByName('drawn').length && performance.getEntriesByName('drawn')[0].startTime - performance.getEntriesByType('navigation')[0].responseEnd",
                );
                visit.push(Duration::from_secs_f64(at.as_f64().unwrap() / 1e3));
            }
        }
        println!(
            "page {path} with 20 containers: usable {:.0} ms after its HTML at the first visit, {:.0} ms at the next",
            median(&mut times[0]),
            median(&mut times[1])
        );
    }
}

/// Memory, processor and writes of a minute in which nobody asks.
fn idle(engine: &Engine) {
    let (app, client) = App::ready(&engine.host());
    until("the engine is connected", Duration::from_secs(30), || {
        (client.get("/api/containers").status == 200).then_some(())
    });
    let pid = app.pid();
    // What the login took is given back within seconds.
    std::thread::sleep(Duration::from_secs(15));
    let before = (busy(pid), written(pid));
    let seconds = std::env::var("DOCKERMATE_BENCH_IDLE_S")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(60);
    std::thread::sleep(Duration::from_secs(seconds));
    let after = (busy(pid), written(pid));
    println!(
        "idle with 20 containers for {seconds} s: RSS {:.1} MB, processor {:.3} % of a core, {} bytes written",
        mega(rss(pid)),
        percent(after.0.saturating_sub(before.0), seconds),
        after.1 - before.1
    );
}

/// What it costs to watch twenty containers, each second: the processor time of
/// every process of engine and program together, against a stream of the
/// engine's own for each. Idle time is measured first and taken off.
fn live_stats(engine: &Engine) {
    let (app, client) = App::ready(&engine.host());
    until("the engine is connected", Duration::from_secs(30), || {
        (client.get("/api/containers").status == 200).then_some(())
    });
    std::thread::sleep(Duration::from_secs(15));
    let pid = app.pid();
    let seconds = 30;
    let over = |what: &(dyn Fn(&std::sync::atomic::AtomicBool) + Sync)| {
        let done = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| what(&done));
            // Whatever begins has begun.
            std::thread::sleep(Duration::from_secs(3));
            let before = (all_busy(), busy(pid));
            std::thread::sleep(Duration::from_secs(seconds));
            let after = (all_busy(), busy(pid));
            done.store(true, std::sync::atomic::Ordering::Relaxed);
            (
                percent(after.0.saturating_sub(before.0), seconds),
                percent(after.1.saturating_sub(before.1), seconds),
            )
        })
    };
    let finished =
        |done: &std::sync::atomic::AtomicBool| done.load(std::sync::atomic::Ordering::Relaxed);
    let (idle, _) = over(&|_| ());
    let (ours, program) = over(&|done| {
        let mut events = client.events("/api/stats", None);
        while !finished(done) {
            let _ = events.next();
        }
    });
    let (theirs, _) = over(&|done| {
        std::thread::scope(|scope| {
            for n in 0..20 {
                scope.spawn(move || {
                    let mut socket =
                        UnixStream::connect(engine.socket()).expect("the engine's socket");
                    let request =
                        format!("GET /containers/bench-{n}/stats HTTP/1.1\r\nHost: docker\r\n\r\n");
                    socket.write_all(request.as_bytes()).expect("a request");
                    let mut buffer = [0; 16 * 1024];
                    while !finished(done) {
                        let _ = socket.read(&mut buffer);
                    }
                });
            }
        });
    });
    drop(app);
    println!(
        "live figures of 20 containers each second, every process together: {:.2} % of a core \
         ({program:.2} % the program itself; idle {idle:.2} %); \
         20 streams of the engine: {:.2} %, {:.0} times as much",
        ours - idle,
        theirs - idle,
        (theirs - idle) / (ours - idle).max(0.01)
    );
}

/// Of every process that belongs to this run: program, engine, containerd, shims.
fn all_busy() -> u64 {
    let root = support::engine::root();
    let root = root.to_string_lossy();
    let entries = fs::read_dir("/proc").expect("/proc");
    entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
        .filter(|pid| read(&format!("/proc/{pid}/cmdline")).contains(&*root))
        .map(busy)
        .sum()
}

/// Nanoseconds of processor time that the scheduler counted for the threads of a
/// process (`proc_pid_schedstat`). The hundredths of a second of `stat` are
/// sampled: work that wakes and sleeps with the clock is counted too high or not
/// at all.
fn busy(pid: u32) -> u64 {
    let threads = fs::read_dir(format!("/proc/{pid}/task"));
    threads
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|thread| {
            let text = read(&thread.path().join("schedstat").to_string_lossy());
            text.split_whitespace().next()?.parse::<u64>().ok()
        })
        .sum()
}

/// Percent of a core.
fn percent(nanoseconds: u64, seconds: u64) -> f64 {
    nanoseconds as f64 / (seconds as f64 * 1e9) * 100.0
}

fn rss(pid: u32) -> u64 {
    value(&format!("/proc/{pid}/status"), "VmRSS:") * 1024
}

fn written(pid: u32) -> u64 {
    value(&format!("/proc/{pid}/io"), "write_bytes:")
}

fn value(path: &str, name: &str) -> u64 {
    read(path)
        .lines()
        .find_map(|line| line.strip_prefix(name))
        .and_then(|rest| rest.split_whitespace().next())
        .and_then(|text| text.parse().ok())
        .unwrap_or(0)
}

fn read(path: &str) -> String {
    let mut text = String::new();
    if let Ok(mut file) = fs::File::open(path) {
        let _ = file.read_to_string(&mut text);
    }
    let _ = std::io::stdout().flush();
    text
}
