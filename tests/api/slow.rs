//! Clients that are slow, silent or many. These tests take as long as the
//! limits that they prove, so each runs all of its clients side by side.

use crate::support::app::{App, NO_ENGINE};
use crate::support::client::{Client, Tls};
use crate::support::wait::{SOON, until};
use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// How long until the other side closes, at most a minute, and what it said.
fn closed_after(mut stream: impl io::Read, set: impl Fn(Duration)) -> (Duration, String) {
    let begun = Instant::now();
    set(Duration::from_mins(1));
    let mut said = Vec::new();
    let end = stream.read_to_end(&mut said);
    if let Err(error) = &end {
        assert!(
            !matches!(
                error.kind(),
                io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
            ),
            "still open after a minute"
        );
    }
    (begun.elapsed(), String::from_utf8_lossy(&said).into_owned())
}

fn tls_closed(mut stream: Tls, bytes: &[u8]) -> (Duration, String) {
    stream.write_all(bytes).unwrap();
    stream.flush().unwrap();
    let socket = stream.sock.try_clone().unwrap();
    closed_after(stream, move |within| {
        socket.set_read_timeout(Some(within)).unwrap();
    })
}

fn plain_closed(port: u16, bytes: &[u8]) -> (Duration, String) {
    let mut socket = TcpStream::connect(("127.0.0.1", port)).unwrap();
    socket.write_all(bytes).unwrap();
    let other = socket.try_clone().unwrap();
    closed_after(socket, move |within| {
        other.set_read_timeout(Some(within)).unwrap();
    })
}

#[test]
fn slow_clients_are_disconnected() {
    let (app, client) = App::ready(NO_ENGINE);
    let port = client.port;
    let head = format!("GET /healthz HTTP/1.1\r\nHost: localhost:{port}\r\nX-Slow: ");
    let body = format!(
        "POST /api/auth/login HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Length: 100\r\n\r\n{{\"password\":"
    );
    let hello = {
        // A handshake record that promises 512 bytes and brings ten.
        let mut bytes = vec![22, 3, 1, 2, 0];
        bytes.extend([1, 0, 1, 0xfc, 3, 3, 0, 0, 0, 0]);
        bytes
    };
    type Slow = Box<dyn FnOnce() -> (Duration, String) + Send>;
    let (a, b, c) = (client.clone(), client.clone(), client.clone());
    let (head2, idle) = (head.clone(), client.request("GET", "/healthz", &[], b""));
    let idle = String::from_utf8(idle)
        .unwrap()
        .replace("Connection: close\r\n", "");
    let cases: Vec<(&str, Slow)> = vec![
        ("says nothing", Box::new(move || plain_closed(port, b""))),
        (
            "half a handshake",
            Box::new(move || plain_closed(port, &hello)),
        ),
        (
            "half a plain request",
            Box::new(move || plain_closed(port, head2.as_bytes())),
        ),
        (
            "half a head",
            Box::new(move || tls_closed(a.connect().unwrap(), head.as_bytes())),
        ),
        (
            "half a body",
            Box::new(move || tls_closed(b.connect().unwrap(), body.as_bytes())),
        ),
        (
            "nothing more",
            Box::new(move || tls_closed(c.connect().unwrap(), idle.as_bytes())),
        ),
    ];
    let running: Vec<_> = cases
        .into_iter()
        .map(|(what, case)| (what, std::thread::spawn(case)))
        .collect();
    // Meanwhile others are served.
    assert_eq!(client.get("/api/settings").status, 200);
    for (what, thread) in running {
        let (after, said) = thread.join().unwrap_or_else(|_| panic!("{what}"));
        assert!(after < Duration::from_secs(45), "{what}: {after:?}");
        match what {
            "half a body" => assert!(said.contains("body_timeout"), "{said}"),
            "nothing more" => assert!(said.contains("\"ok\""), "{said}"),
            _ => assert!(
                said.is_empty() || said.starts_with("HTTP/1.1 408") || said.as_bytes()[0] == 21,
                "{what}: {said}"
            ),
        }
    }
    assert!(!app.log().contains("panicked"));
}

#[test]
fn slow_request_body_is_cut_off() {
    let (_app, client) = App::ready(NO_ENGINE);
    let mut stream = client.connect().unwrap();
    let head = format!(
        "POST /api/auth/login HTTP/1.1\r\nHost: localhost:{}\r\nContent-Length: 100000\r\n\r\n",
        client.port
    );
    stream.write_all(head.as_bytes()).unwrap();
    let begun = Instant::now();
    stream
        .sock
        .set_read_timeout(Some(Duration::from_millis(500)))
        .unwrap();
    let mut said = [0; 1024];
    let answer = until("it is cut off", Duration::from_secs(45), || {
        // A byte now and then, so that a limit between bytes would never strike.
        let _ = stream.write_all(b" ");
        let _ = stream.flush();
        match stream.read(&mut said) {
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
                ) =>
            {
                None
            }
            Ok(length) => Some(String::from_utf8_lossy(&said[..length]).into_owned()),
            Err(_) => Some(String::new()),
        }
    });
    assert!(begun.elapsed() > Duration::from_secs(5), "too early");
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 400"),
        "{answer}"
    );
}

#[test]
fn invalid_bytes_on_the_port_are_answered_or_dropped() {
    let (app, client) = App::ready(NO_ENGINE);
    for bytes in [
        &b"SSH-2.0-OpenSSH_9.2\r\n\r\n"[..],
        b"\0\0\0\0\0\0\0\0\r\n\r\n",
        b"\x80\x2e\x01\x03\x01\r\n\r\n",
        b"\x16\x03\x01\x00\x05hello\r\n\r\n",
        b"\x16\xff\xff\xff\xffrubbish rubbish rubbish",
        b"EHLO mail\r\n\r\n",
        b"GET / HTTP/1.0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n",
    ] {
        let (after, said) = plain_closed(client.port, bytes);
        assert!(after < Duration::from_secs(15), "{bytes:?}");
        assert!(
            said.is_empty() || said.starts_with("HTTP/1.") || said.as_bytes()[0] == 21,
            "{bytes:?}: {said}"
        );
        assert!(!said.contains("evil.example"), "sent elsewhere: {said}");
        assert!(!said.contains("HTTP/1.1 5"), "{bytes:?}: {said}");
    }
    assert_eq!(client.get("/healthz").status, 200);
    assert!(!app.log().contains("panicked"));
}

fn open_files(pid: u32) -> usize {
    std::fs::read_dir(format!("/proc/{pid}/fd"))
        .unwrap()
        .count()
}

fn resident_kib(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// Opens a live stream: it, and the status of its answer.
fn open(client: &Client) -> Option<(Tls, u16)> {
    let mut stream = client.connect().ok()?;
    let request = client.request(
        "GET",
        "/api/events",
        &[("Accept", "text/event-stream")],
        b"",
    );
    stream.write_all(&request).ok()?;
    let mut bytes = [0; 4096];
    let length = stream.read(&mut bytes).ok()?;
    let head = String::from_utf8_lossy(&bytes[..length]).into_owned();
    let status = head.split(' ').nth(1)?.parse().ok()?;
    if status == 503 {
        assert!(
            head.contains("too_many_streams") || head.contains("retry-after"),
            "{head}"
        );
    }
    Some((stream, status))
}

#[test]
fn thousand_streams_do_not_block_other_requests() {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    rustix::process::setrlimit(
        rustix::process::Resource::Nofile,
        rustix::process::Rlimit {
            current: limit.maximum.or(Some(65_536)),
            maximum: limit.maximum,
        },
    )
    .unwrap();
    let (app, client) = App::ready(NO_ENGINE);
    client.get("/");
    let (files, memory) = (open_files(app.pid()), resident_kib(app.pid()));
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let client = client.clone();
            std::thread::spawn(move || {
                (0..250)
                    .map(|_| open(&client).expect("an answer"))
                    .collect::<Vec<_>>()
            })
        })
        .collect();
    let streams: Vec<(Tls, u16)> = threads
        .into_iter()
        .flat_map(|thread| thread.join().unwrap())
        .collect();
    let live = streams.iter().filter(|(_, status)| *status == 200).count();
    let refused = streams.iter().filter(|(_, status)| *status == 503).count();
    assert_eq!(live + refused, 1000, "200 or 503 and nothing else");
    assert!(live >= 64, "{live} are served");
    let asked = Instant::now();
    assert_eq!(client.get("/api/settings").status, 200);
    assert!(
        asked.elapsed() < Duration::from_secs(5),
        "{:?}",
        asked.elapsed()
    );
    // What happens reaches those that are served.
    client.json(
        "PATCH",
        "/api/settings",
        &serde_json::json!({"theme": "light"}),
    );
    let peak = resident_kib(app.pid());
    drop(streams);
    until("the files are closed", SOON, || {
        (open_files(app.pid()) <= files + 8).then_some(())
    });
    until("a place for a stream", SOON, || {
        open(&client).filter(|(_, status)| *status == 200)
    });
    // The allocator keeps some; it must not be all of what the streams took.
    let after = until("memory comes back", SOON, || {
        let now = resident_kib(app.pid());
        (now < memory + 24 * 1024).then_some(now)
    });
    eprintln!("{live} live, {refused} refused; {memory} kB before, {peak} at most, {after} after");
    assert!(!app.log().contains("panicked"));
}
