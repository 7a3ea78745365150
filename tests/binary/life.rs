//! Start, stop, power cut, backup, and rest.

use crate::support::app::{App, NO_ENGINE, PASSWORD, program};
use crate::support::client::Client;
use crate::support::engine::{number, root};
use crate::support::wait::{SOON, until};
use rustix::process::Signal;
use serde_json::json;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::net::{UnixDatagram, UnixListener};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

#[test]
fn a_stop_ends_live_streams_and_the_process() {
    let (mut app, client) = App::ready(NO_ENGINE);
    for signal in [Signal::TERM, Signal::INT] {
        let mut streams: Vec<_> = (0..20)
            .map(|_| client.events("/api/events", None))
            .collect();
        for stream in &mut streams {
            stream.find("it is open", |event| event.kind == "engine");
        }
        // Connections that wait for a handshake, or for a next request, must
        // not hold it either.
        let _silent = std::net::TcpStream::connect(("127.0.0.1", app.port)).unwrap();
        let mut idle = client.connect().unwrap();
        let request = client.request("GET", "/healthz", &[], b"");
        let request = String::from_utf8(request)
            .unwrap()
            .replace("Connection: close\r\n", "");
        idle.write_all(request.as_bytes()).unwrap();
        assert!(idle.read(&mut [0; 1024]).unwrap() > 0);
        let asked = Instant::now();
        app.signal(signal);
        let status = app.ended();
        assert_eq!(status.code(), Some(0), "{status}: {}", app.log());
        assert!(
            asked.elapsed() < Duration::from_secs(10),
            "{:?}",
            asked.elapsed()
        );
        for mut stream in streams {
            while stream.next().is_some() {}
        }
        assert!(!app.log().contains("was cut off"), "{}", app.log());
        app.up();
    }
    assert_eq!(client.get("/api/settings").status, 200, "nothing was lost");
}

#[test]
fn program_that_is_stopped_while_it_starts_stops_in_order() {
    let (mut app, _) = App::ready(NO_ENGINE);
    app.stop();
    let stops = |app: &App| app.log().matches("stopped").count();
    for delay_us in [0, 200, 1_000, 3_000, 6_000, 10_000, 20_000, 50_000] {
        let before = stops(&app);
        app.spawn();
        // The ports are the first thing that a start takes.
        while TcpStream::connect(("127.0.0.1", app.port)).is_err() {
            assert!(!app.has_ended(), "{}", app.log());
            std::thread::sleep(Duration::from_micros(200));
        }
        std::thread::sleep(Duration::from_micros(delay_us));
        app.signal(Signal::TERM);
        let status = app.ended();
        assert!(status.success(), "{delay_us} µs: {status}");
        assert_eq!(stops(&app), before + 1, "{delay_us} µs");
    }
}

#[test]
fn second_signal_ends_the_process_at_once() {
    // An engine that takes the request and never answers keeps a stop waiting.
    let socket = root().join(format!("silent-{}.sock", number()));
    let silent = UnixListener::bind(&socket).unwrap();
    let (mut app, client) = App::ready(&format!("unix://{}", socket.display()));
    // A change that is under way: its body never comes.
    let mut stream = client.connect().unwrap();
    let head = format!(
        "POST /api/auth/login HTTP/1.1\r\nHost: localhost:{}\r\nContent-Length: 10\r\n\r\n",
        client.port
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.flush().unwrap();
    assert_eq!(client.get("/healthz").status, 200);
    app.signal(Signal::TERM);
    until("it is stopping", SOON, || {
        app.log().contains("stopping").then_some(())
    });
    app.signal(Signal::TERM);
    let asked = Instant::now();
    let status = app.ended();
    assert!(
        asked.elapsed() < Duration::from_secs(2),
        "{:?}",
        asked.elapsed()
    );
    assert!(matches!(status.code(), Some(143 | 0)), "{status}");
    drop(silent);
}

#[test]
fn unresponsive_engine_does_not_delay_startup() {
    let socket = root().join(format!("silent-{}.sock", number()));
    let _silent = UnixListener::bind(&socket).unwrap();
    for host in [NO_ENGINE, &format!("unix://{}", socket.display())] {
        let (mut app, client) = App::ready(host);
        app.stop();
        let begun = Instant::now();
        app.up();
        assert!(
            begun.elapsed() < Duration::from_secs(5),
            "{:?}",
            begun.elapsed()
        );
        for path in ["/", "/containers", "/settings", "/api/system"] {
            let asked = Instant::now();
            assert_eq!(client.get(path).status, 200, "{host} {path}");
            assert!(asked.elapsed() < Duration::from_secs(2), "{host} {path}");
        }
        let list = client.get("/api/containers");
        assert_eq!(list.problem(), "engine_unavailable", "{host}");
        app.stop();
    }
}

/// The number at the end of a host name of ours.
fn count(client: &Client) -> u64 {
    let settings = client.get("/api/settings").json();
    let name = settings["host_name"].as_str().unwrap();
    name.strip_prefix("write ")
        .and_then(|text| text.parse().ok())
        .unwrap_or(0)
}

#[test]
fn kill_loses_no_acknowledged_write() {
    let (mut app, client) = App::ready(NO_ENGINE);
    let mut written = 0;
    for round in 0..6_u64 {
        let acknowledged = Arc::new(AtomicU64::new(written));
        let writer = {
            let (client, acknowledged) = (client.clone(), Arc::clone(&acknowledged));
            std::thread::spawn(move || {
                let mut n = acknowledged.load(Ordering::SeqCst);
                loop {
                    n += 1;
                    let body = json!({"host_name": format!("write {n}")}).to_string();
                    match client.try_send("PATCH", "/api/settings", &[], body.as_bytes()) {
                        Ok(answer) if answer.status == 200 => {
                            acknowledged.store(n, Ordering::SeqCst);
                        }
                        Ok(answer) => panic!("{}", answer.text()),
                        // The power is off.
                        Err(_) => return n,
                    }
                }
            })
        };
        // Another number of writes each time, so that the cut comes anywhere.
        let enough = written + 100 + round * 37;
        until("writes", Duration::from_mins(1), || {
            (acknowledged.load(Ordering::SeqCst) >= enough).then_some(())
        });
        app.kill();
        let tried = writer.join().unwrap();
        app.up();
        let found = count(&client);
        let least = acknowledged.load(Ordering::SeqCst);
        assert!(
            (least..=tried).contains(&found),
            "{found} is there, {least} was acknowledged, {tried} tried"
        );
        written = found;
    }
    assert!(written > 1000, "{written} writes");
    assert!(!app.log().contains("ERROR"), "{}", app.log());
}

/// What the service manager would have heard.
fn heard(socket: &UnixDatagram) -> Option<String> {
    let mut bytes = [0; 4096];
    let length = socket.recv(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes[..length]).into_owned())
}

#[test]
fn systemd_is_notified() {
    let (mut app, _client) = App::ready(NO_ENGINE);
    app.stop();
    let path = root().join(format!("notify-{}.sock", number()));
    let socket = UnixDatagram::bind(&path).unwrap();
    socket
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    app.env = vec![
        ("NOTIFY_SOCKET".to_owned(), path.display().to_string()),
        ("WATCHDOG_USEC".to_owned(), "1000000".to_owned()),
    ];
    app.up();
    let find = |wanted: &str| {
        let mut all = String::new();
        let deadline = Instant::now() + Duration::from_secs(15);
        while Instant::now() < deadline {
            let Some(text) = heard(&socket) else { break };
            all.push_str(&text);
            all.push('\n');
            if text.lines().any(|line| line.starts_with(wanted)) {
                return text;
            }
        }
        panic!("{wanted} was not told, but: {all}");
    };
    let ready = find("READY=1");
    assert!(
        ready.contains("STATUS=") && ready.contains(&app.port.to_string()),
        "{ready}"
    );
    let first = Instant::now();
    find("WATCHDOG=1");
    find("WATCHDOG=1");
    assert!(
        first.elapsed() < Duration::from_secs(3),
        "{:?}",
        first.elapsed()
    );
    app.signal(Signal::TERM);
    find("STOPPING=1");
    assert!(app.ended().success());
}

#[test]
fn backup_of_a_running_instance_can_be_opened() {
    let (mut app, client) = App::ready(NO_ENGINE);
    client.json("PATCH", "/api/settings", &json!({"host_name": "saved"}));
    let file = app.dir().join("backup.mdb");
    let output = app.command(&["backup", file.to_str().unwrap()]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(
        std::fs::read(app.dir().join("backup.mdb.key")).unwrap(),
        std::fs::read(app.data_dir().join("secret.key")).unwrap()
    );
    client.json("PATCH", "/api/settings", &json!({"host_name": "later"}));
    let again = app.command(&["backup", file.to_str().unwrap()]);
    assert_eq!(
        again.status.code(),
        Some(69),
        "never over another file: {again:?}"
    );
    assert_eq!(app.command(&["backup"]).status.code(), Some(64));
    app.stop();
    std::fs::rename(&file, app.data_dir().join("db/data.mdb")).unwrap();
    app.up();
    assert_eq!(client.get("/api/settings").json()["host_name"], "saved");
    let login = app
        .client()
        .post("/api/auth/login", &json!({"password": PASSWORD}));
    assert_eq!(login.status, 200);
}

/// Every file with its size, time and bytes.
fn snapshot(dir: &Path, found: &mut Vec<(String, std::time::SystemTime, Vec<u8>)>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            snapshot(&path, found);
        } else {
            let changed = std::fs::metadata(&path).unwrap().modified().unwrap();
            let bytes = std::fs::read(&path).unwrap();
            found.push((path.display().to_string(), changed, bytes));
        }
    }
    found.sort();
}

fn written_bytes(pid: u32) -> u64 {
    let io = std::fs::read_to_string(format!("/proc/{pid}/io")).unwrap();
    let line = io
        .lines()
        .find_map(|line| line.strip_prefix("write_bytes: "))
        .unwrap();
    line.trim().parse().unwrap()
}

#[test]
fn idle_process_writes_nothing() {
    // Containers of other tests would be looked up when they appear.
    let engine = crate::support::engine::Engine::start();
    engine.run(&[]);
    let (app, client) = App::ready(&engine.host());
    until("the first check for updates is over", SOON, || {
        let updates = client.try_get("/api/updates")?;
        let list = (updates.status == 200).then(|| updates.json())?;
        (list["checking"] == false && !list["checked_at"].is_null()).then_some(())
    });
    let look = || {
        let mut found = Vec::new();
        snapshot(&app.data_dir(), &mut found);
        found
    };
    // What follows the start comes late on a loaded machine.
    let mut before = look();
    until("what follows the start is over", SOON, || {
        std::thread::sleep(Duration::from_secs(3));
        let now = look();
        (std::mem::replace(&mut before, now.clone()) == now).then_some(())
    });
    let log = || std::fs::metadata(app.dir().join("log")).unwrap().len();
    let compare = |before: &[(String, std::time::SystemTime, Vec<u8>)], but: &str| {
        for (before, after) in before.iter().zip(look()) {
            assert_eq!(before.0, after.0);
            if but.is_empty() || !after.0.ends_with(but) {
                assert!(
                    before.1 == after.1 && before.2 == after.2,
                    "{} changed",
                    after.0
                );
            }
        }
    };
    let (files, bytes, logged) = (look(), written_bytes(app.pid()), log());
    let rested = Instant::now() + Duration::from_secs(5);
    until("five seconds", SOON, || {
        (Instant::now() > rested).then_some(())
    });
    compare(&files, "");
    // Its log is a file in these tests.
    let most = (log() - logged).next_multiple_of(4096);
    let grown = written_bytes(app.pid()) - bytes;
    assert!(grown <= most, "{grown} bytes, {most} of them log");
    // Reading pages commits nothing; LMDB notes its readers beside the data.
    for path in ["/", "/containers", "/api/containers", "/api/settings"] {
        assert_eq!(client.get(path).status, 200);
    }
    compare(&files, "lock.mdb");
}

#[test]
fn damaged_database_is_reported_and_not_changed() {
    // The program that cannot open what is there says so, and changes nothing.
    let dir = root().join(format!("broken-{}", number()));
    std::fs::create_dir_all(dir.join("db")).unwrap();
    let rubbish = vec![7_u8; 64 * 1024];
    std::fs::write(dir.join("db/data.mdb"), &rubbish).unwrap();
    let output = program()
        .args(["serve", "--no-mdns", "--docker-host", NO_ENGINE])
        .args(["--port", &crate::support::app::free_port().to_string()])
        .arg("--data-dir")
        .arg(&dir)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(69), "{output:?}");
    assert_eq!(std::fs::read(dir.join("db/data.mdb")).unwrap(), rubbish);
}
