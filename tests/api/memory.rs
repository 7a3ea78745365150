//! What stays in memory, and what a small memory bears.

mod hostile;

use crate::support::app::{App, NO_ENGINE, PASSWORD, binary, free_port};
use crate::support::client::{Client, Tls};
use crate::support::engine::Engine;
use crate::support::http2::{PREFACE, connect, frame, get, post, trailers};
use crate::support::wait::{SOON, until};
use serde_json::json;
use std::fs;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::net::Ipv4Addr;
use std::time::Duration;

/// How often the bytes stand in the memory that a process can write.
fn copies(pid: u32, wanted: &[u8]) -> usize {
    let mut memory = fs::File::open(format!("/proc/{pid}/mem")).unwrap();
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).unwrap();
    let mut found = 0;
    for line in maps.lines() {
        let mut fields = line.split_whitespace();
        let (range, access) = (fields.next().unwrap(), fields.next().unwrap());
        if !access.starts_with("rw") {
            continue;
        }
        let (from, to) = range.split_once('-').unwrap();
        let number = |hex: &str| u64::from_str_radix(hex, 16).unwrap();
        let mut bytes = vec![0; usize::try_from(number(to) - number(from)).unwrap()];
        memory.seek(SeekFrom::Start(number(from))).unwrap();
        if memory.read_exact(&mut bytes).is_err() {
            continue;
        }
        let mut rest = &bytes[..];
        while let Some(at) = rest.iter().position(|byte| *byte == wanted[0]) {
            rest = &rest[at..];
            found += usize::from(rest.starts_with(wanted));
            rest = &rest[1..];
        }
    }
    found
}

#[test]
fn password_is_in_no_memory_of_the_program_once_its_connection_has_closed() {
    const FIRST: &str = "Unique-First-Pass-5129";
    const SECOND: &str = "Unique-Second-Pass-7340";
    let app = App::start(NO_ENGINE);
    let client = app.client();
    let setup = client.post("/api/setup", &json!({"password": FIRST}));
    assert_eq!(setup.status, 201, "{}", setup.text());
    let login = client.post("/api/auth/login", &json!({"password": FIRST}));
    let client = client.with(login.json()["session_token"].as_str().unwrap());
    let change = json!({"current_password": FIRST, "new_password": SECOND});
    let changed = client.post("/api/auth/change-password", &change);
    assert_eq!(changed.status, 200, "{}", changed.text());
    let mut left = (0, 0);
    until("both are wiped", SOON, || {
        left = (
            copies(app.pid(), FIRST.as_bytes()),
            copies(app.pid(), SECOND.as_bytes()),
        );

        (left == (0, 0)).then_some(())
    });
}

/// The program in a container, with the libraries of this machine.
struct Contained<'a> {
    engine: &'a Engine,
    name: &'static str,
}

impl<'a> Contained<'a> {
    fn start(engine: &'a Engine, name: &'static str, memory: &str, data: &str, port: u16) -> Self {
        Self::start_at(NO_ENGINE, &[], (engine, name), memory, data, port)
    }

    /// One that follows the engine which it runs on.
    fn start_following(
        engine: &'a Engine,
        name: &'static str,
        memory: &str,
        data: &str,
        port: u16,
    ) -> Self {
        let socket = format!("{}:/engine.sock", engine.socket().display());
        let mount = ["-v", socket.as_str()];
        let host = "unix:///engine.sock";
        Self::start_at(host, &mount, (engine, name), memory, data, port)
    }

    fn start_at(
        docker_host: &str,
        extra: &[&str],
        (engine, name): (&'a Engine, &'static str),
        memory: &str,
        data: &str,
        port: u16,
    ) -> Self {
        let mut line = vec!["run", "-d", "--name", name, "--network", "host"];
        let limits = [
            format!("--memory={memory}"),
            format!("--memory-swap={memory}"),
        ];
        line.extend(limits.iter().map(String::as_str));
        let program = format!("{}:/dockermate:ro", binary().display());
        let data = format!("{data}:/data");
        let libraries = ["/lib", "/lib64", "/usr/lib"].map(|path| format!("{path}:{path}:ro"));
        for mount in libraries.iter().chain([&program, &data]) {
            line.extend(["-v", mount]);
        }
        let port = port.to_string();
        // The C library of this build keeps large blocks that were freed; the one of
        // the static program does not.
        line.extend(["-e", "MALLOC_MMAP_THRESHOLD_=131072"]);
        line.extend(extra);
        line.extend([
            "bb:1",
            "/dockermate",
            "serve",
            "--data-dir",
            "/data",
            "--port",
            &port,
        ]);
        line.extend(["--no-mdns", "--docker-host", docker_host]);
        engine.docker(&line);
        Self { engine, name }
    }

    #[track_caller]
    fn is_alive(&self) {
        let format = "{{.State.Running}} {{.State.OOMKilled}} {{.RestartCount}}";
        let state = self.engine.docker(&["inspect", "-f", format, self.name]);
        assert_eq!(
            state,
            "true false 0",
            "{}",
            self.engine.docker(&["logs", self.name])
        );
    }
}

fn up(port: u16) -> Client {
    let client = Client::new(port);
    until("it answers", SOON, || {
        client
            .try_get("/healthz")
            .filter(|answer| answer.status == 200)
    });
    client
}

#[test]
fn setup_and_login_work_in_a_container_with_little_memory() {
    let engine = Engine::shared();
    let port = free_port();
    let data = tempfile::tempdir_in(crate::support::engine::root()).unwrap();
    let path = data.path().display().to_string();
    let contained = Contained::start(engine, "little-memory", "48m", &path, port);
    let client = up(port);
    let body = json!({"password": PASSWORD});
    let setup = client.post("/api/setup", &body);
    contained.is_alive();
    assert_eq!(setup.status, 201, "{}", setup.text());
    for _ in 0..3 {
        let login = client.try_json("POST", "/api/auth/login", &body);
        contained.is_alive();
        let login = login.unwrap();
        assert_eq!(login.status, 200, "{}", login.text());
    }
    engine.docker(&["rm", "-f", "little-memory"]);
}

#[test]
fn stored_hash_that_needs_more_memory_than_there_is_does_not_end_the_program() {
    let engine = Engine::shared();
    let (mut app, _) = App::ready(NO_ENGINE);
    app.stop();
    let port = free_port();
    let path = app.data_dir().display().to_string();
    let contained = Contained::start(engine, "larger-hash", "48m", &path, port);
    let client = up(port);
    let refused = client.post("/api/auth/login", &json!({"password": PASSWORD}));
    contained.is_alive();
    assert_eq!(refused.problem(), "hash_too_large");
    assert!(
        refused.text().contains("reset-password"),
        "{}",
        refused.text()
    );
    let reset = [
        "exec",
        "larger-hash",
        "/dockermate",
        "reset-password",
        "--data-dir",
        "/data",
    ];
    let said = engine.docker(&reset);
    contained.is_alive();
    let temporary = said.split("Temporary Password: ").nth(1).unwrap();
    let temporary = temporary.lines().next().unwrap();
    let login = client.post("/api/auth/login", &json!({"password": temporary}));
    contained.is_alive();
    assert_eq!(login.status, 200, "{}", login.text());
    engine.docker(&["rm", "-f", "larger-hash"]);
}

/// As much as a connection of HTTP/2 can be made to keep before it has proved a session:
/// answers that nobody reads, requests that do not end, and as many trailers for each as
/// a list of headers may have. The number tells how many of the last two could be
/// sent.
fn filled(client: &Client, unended: impl Fn(&Client, u32) -> Vec<u8>) -> Option<(Tls, usize)> {
    let mut stream = client.connect_h2().ok()?;
    let patience = Some(Duration::from_secs(2));
    stream.sock.set_write_timeout(patience).ok()?;
    // SETTINGS_INITIAL_WINDOW_SIZE is 0.
    let mut bytes = [PREFACE, &frame(4, 0, 0, &[0, 4, 0, 0, 0, 0])].concat();
    let long = format!("/login?next=/{}", "x".repeat(10_000));
    for number in 0..8 {
        bytes.extend(get(client, 2 * number + 1, &long, &[]));
    }
    let fields: Vec<_> = (0..1850)
        .map(|at| (format!("{at:03x}"), String::new()))
        .collect();
    stream.write_all(&bytes).ok()?;
    let sent = (8..32).map_while(|number| {
        let id = 2 * number + 1;
        let bytes = [unended(client, id), trailers(id, &fields)].concat();
        stream.write_all(&bytes).ok()
    });
    let sent = sent.count();
    Some((stream, sent))
}

/// Some may have been cut while they were being filled.
#[track_caller]
fn are_filled(connections: &[(Tls, usize)]) {
    let full = connections.iter().filter(|(_, sent)| *sent >= 12);
    let full = full.count();
    assert!(full >= 40, "{full} of {}", connections.len());
}

fn login_that_does_not_end(client: &Client, stream: u32) -> Vec<u8> {
    post(client, stream, "/api/auth/login")
}

/// They have the places of a proxy, which are not those of clients.
#[test]
fn answers_that_nobody_reads_do_not_fill_the_memory_from_the_address_of_a_proxy() {
    let engine = Engine::shared();
    let port = free_port();
    let data = tempfile::tempdir_in(crate::support::engine::root()).unwrap();
    let path = data.path().display().to_string();
    let trusted = ["-e", "DOCKERMATE_TRUSTED_PROXY=127.7.0.1"];
    let name = (engine, "proxied-memory");
    let contained = Contained::start_at(NO_ENGINE, &trusted, name, "64m", &path, port);
    let client = up(port);
    let body = json!({"password": PASSWORD});
    assert_eq!(client.post("/api/setup", &body).status, 201);
    let proxy = client.from(Ipv4Addr::new(127, 7, 0, 1));
    let html = [("accept", "text/html")];
    let held: Vec<_> = (0..62)
        .map(|_| {
            let mut stream = proxy.connect_h2().ok()?;
            let patience = Some(Duration::from_secs(2));
            stream.sock.set_write_timeout(patience).ok()?;
            let mut bytes = [PREFACE, &frame(4, 0, 0, &[0, 4, 0, 0, 0, 0])].concat();
            for number in 0..31 {
                bytes.extend(get(&proxy, 2 * number + 1, "/login", &html));
            }
            stream.write_all(&bytes).ok()?;
            Some(stream)
        })
        .collect();
    let filled: Vec<_> = (0..80)
        .filter_map(|number| {
            let client = if number % 2 == 0 { &proxy } else { &client };
            filled(client, login_that_does_not_end)
        })
        .collect();
    are_filled(&filled);
    std::thread::sleep(Duration::from_secs(1));
    contained.is_alive();
    let wrong = std::thread::scope(|scope| {
        let logins: Vec<_> = (0..12)
            .map(|number| {
                let proxy = &proxy;
                scope.spawn(move || {
                    let whom = format!("10.1.0.{number}");
                    let headers = [("X-Forwarded-For", whom.as_str())];
                    let wrong = json!({"password": "Wrong1Password"}).to_string();
                    proxy.try_send("POST", "/api/auth/login", &headers, wrong.as_bytes())
                })
            })
            .collect();
        let answers = logins.into_iter().map(|login| login.join().unwrap());
        let statuses = answers.filter_map(|answer| Some(answer.ok()?.status));
        statuses.collect::<Vec<_>>()
    });
    contained.is_alive();
    assert!(
        wrong.len() >= 6 && wrong.iter().all(|status| *status == 401),
        "{wrong:?}"
    );
    let login = client.try_json("POST", "/api/auth/login", &body);
    contained.is_alive();
    let login = login.unwrap();
    assert_eq!(login.status, 200, "{}", login.text());
    drop((held, filled));
    engine.docker(&["rm", "-f", "proxied-memory"]);
}

#[test]
fn requests_that_do_not_end_do_not_fill_the_memory() {
    let engine = Engine::shared();
    let port = free_port();
    let data = tempfile::tempdir_in(crate::support::engine::root()).unwrap();
    let path = data.path().display().to_string();
    let contained = Contained::start(engine, "filled-memory", "64m", &path, port);
    let client = up(port);
    let body = json!({"password": PASSWORD});
    assert_eq!(client.post("/api/setup", &body).status, 201);
    let held: Vec<_> = (0..80)
        .filter_map(|number| match number % 2 {
            0 => filled(&client, login_that_does_not_end),
            _ => filled(&client, connect),
        })
        .collect();
    are_filled(&held);
    std::thread::sleep(Duration::from_secs(2));
    contained.is_alive();
    let login = client.try_json("POST", "/api/auth/login", &body);
    contained.is_alive();
    let login = login.unwrap();
    assert_eq!(login.status, 200, "{}", login.text());
    drop(held);
    engine.docker(&["rm", "-f", "filled-memory"]);
}
