//! Requests that a reverse proxy passed on.

use crate::support::app::{App, NO_ENGINE, PASSWORD};
use crate::support::client::{Answer, Client};
use crate::support::engine::{Engine, Name};
use crate::support::http2::{
    PREFACE, answers, begun, frame, get, is_answered, post, resets, trailers, unended, whole_post,
};
use crate::support::wait::{SOON, until};
use serde_json::json;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::time::{Duration, Instant};

const VISITOR: &str = "203.0.113.9";
const OWNER: &str = "203.0.113.77";

/// Through the proxy, which is this test, for somebody.
fn passed_on(client: &Client, path: &str, body: &serde_json::Value, whom: &str) -> Answer {
    let headers = [("X-Forwarded-For", whom), ("X-Forwarded-Proto", "https")];
    client.send("POST", path, &headers, body.to_string().as_bytes())
}

fn login(client: &Client, password: &str, whom: &str) -> Answer {
    passed_on(
        client,
        "/api/auth/login",
        &json!({"password": password}),
        whom,
    )
}

#[test]
fn clients_of_a_trusted_proxy_are_told_apart() {
    let app = App::start_with(NO_ENGINE, &["--trusted-proxy", "127.7.0.1"]);
    let owner = app.set_up();
    let proxy = app.client().from(Ipv4Addr::new(127, 7, 0, 1));
    let blocked = (0..6).any(|_| login(&proxy, "Wrong1Password", VISITOR).status == 429);
    assert!(blocked, "the visitor is not slowed");
    let answer = login(&proxy, PASSWORD, OWNER);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let sessions = owner.get("/api/auth/sessions").json().to_string();
    assert!(sessions.contains(OWNER), "{sessions}");
    let events = owner.get("/api/security/events").json().to_string();
    assert!(events.contains(VISITOR), "{events}");
}

#[test]
fn word_of_anybody_but_the_trusted_proxy_is_ignored() {
    let app = App::start_with(NO_ENGINE, &["--trusted-proxy", "127.7.0.0/16"]);
    let owner = app.set_up();
    let direct = app.client();
    assert_eq!(login(&direct, PASSWORD, OWNER).status, 200);
    let through = app.client().from(Ipv4Addr::new(127, 7, 1, 1));
    assert_eq!(login(&through, PASSWORD, VISITOR).status, 200);
    let sessions = owner.get("/api/auth/sessions").json().to_string();
    assert!(
        !sessions.contains(OWNER) && sessions.contains(VISITOR),
        "{sessions}"
    );
    // It cannot make itself somebody of this network, either.
    let plain = [("X-Forwarded-Proto", "http")];
    assert_eq!(direct.send("GET", "/healthz", &plain, b"").status, 200);
}

/// A proxy that speaks HTTP/2 inside has the requests of everybody on one connection.
#[test]
fn requests_that_fill_the_memory_end_and_not_the_connection_of_the_proxy() {
    const CHANGE: u32 = 61;
    let app = App::start_with(NO_ENGINE, &["--trusted-proxy", "127.7.0.1"]);
    app.set_up();
    let proxy = app.client().from(Ipv4Addr::new(127, 7, 0, 1));
    // SETTINGS_INITIAL_WINDOW_SIZE is 0: no answer ends.
    let hello = [PREFACE, &frame(4, 0, 0, &[0, 4, 0, 0, 0, 0])].concat();
    let fields: Vec<_> = (0..1850)
        .map(|at| (format!("{at:03x}"), String::new()))
        .collect();
    let mut connections: Vec<_> = (0..3)
        .map(|_| {
            let mut connection = proxy.connect_h2().unwrap();
            connection.write_all(&hello).unwrap();
            for number in 0..30 {
                let request = unended(&proxy, 2 * number + 1, "/login");
                connection.write_all(&request).unwrap();
            }
            connection
        })
        .collect();
    // A change is not dropped with what answers it.
    let change = post(&proxy, CHANGE, "/api/auth/login");
    connections[0].write_all(&change).unwrap();
    std::thread::sleep(Duration::from_secs(1));
    for connection in &mut connections {
        for number in 0..30 {
            let rest = trailers(2 * number + 1, &fields);
            connection.write_all(&rest).unwrap();
        }
    }
    let reset = resets(&mut connections[0], 31, Duration::from_secs(10));
    assert!(reset.contains(&1) && reset.contains(&CHANGE), "{reset:?}");
    let body = json!({"password": PASSWORD}).to_string();
    for connection in &mut connections {
        let login = whole_post(&proxy, 101, "/api/auth/login", body.as_bytes());
        connection.write_all(&login).unwrap();
        let is_in = is_answered(connection, 101, Duration::from_secs(10));
        assert!(is_in, "the login was cut");
        connection
            .write_all(&get(&proxy, 103, "/healthz", &[]))
            .unwrap_or_else(|error| panic!("the connection was cut: {error}"));
        let is_well = is_answered(connection, 103, Duration::from_secs(10));
        assert!(is_well, "the connection was cut");
    }
}

/// HTTP/2 refuses what is wrong before it comes to us.
#[test]
fn wrong_requests_of_a_proxy_do_not_make_those_end_that_come_after_them() {
    let app = App::start_with(NO_ENGINE, &["--trusted-proxy", "127.7.0.1"]);
    let proxy = app.client().from(Ipv4Addr::new(127, 7, 0, 1));
    let mut connection = proxy.connect_h2().unwrap();
    let hello = [PREFACE, &frame(4, 0, 0, &[])].concat();
    connection.write_all(&hello).unwrap();
    let wrong = get(&proxy, 1, "/healthz?x=<", &[]);
    connection.write_all(&wrong).unwrap();
    assert_eq!(resets(&mut connection, 1, SOON), [1]);
    let fields: Vec<_> = (0..1850)
        .map(|at| (format!("{at:03x}"), String::new()))
        .collect();
    // As much in all as may be kept at once.
    for number in 1..60 {
        let id = 2 * number + 1;
        let request = unended(&proxy, id, "/healthz");
        connection.write_all(&request).unwrap();
        connection.write_all(&trailers(id, &fields)).unwrap();
        let is_answered = is_answered(&mut connection, id, Duration::from_secs(5));
        assert!(is_answered, "{number}");
        // What came is counted until no request is open any more.
        std::thread::sleep(Duration::from_millis(30));
    }
}

#[test]
fn wrong_requests_without_end_do_not_end_the_connection_of_a_proxy() {
    const MANY: u32 = 1500;
    let app = App::start_with(NO_ENGINE, &["--trusted-proxy", "127.7.0.1"]);
    let proxy = app.client().from(Ipv4Addr::new(127, 7, 0, 1));
    let mut connection = proxy.connect_h2().unwrap();
    let mut bytes = [PREFACE, &frame(4, 0, 0, &[])].concat();
    for number in 0..MANY {
        bytes.extend(get(&proxy, 2 * number + 1, "/healthz?x=<", &[]));
    }
    connection.write_all(&bytes).unwrap();
    let reset = resets(&mut connection, MANY as usize, SOON);
    assert_eq!(reset.len(), MANY as usize);
    let next = get(&proxy, 2 * MANY + 1, "/healthz", &[]);
    connection.write_all(&next).unwrap();
    let is_well = is_answered(&mut connection, 2 * MANY + 1, Duration::from_secs(10));
    assert!(is_well, "the connection was cut");
}

/// Each would wait for what is left of its body, and take a stream of the connection.
#[test]
fn requests_of_a_proxy_that_do_not_end_are_not_all_waited_for() {
    let app = App::start_with(NO_ENGINE, &["--trusted-proxy", "127.7.0.1"]);
    let proxy = app.client().from(Ipv4Addr::new(127, 7, 0, 1));
    let mut connection = proxy.connect_h2().unwrap();
    let hello = [PREFACE, &frame(4, 0, 0, &[])].concat();
    connection.write_all(&hello).unwrap();
    for number in 0..30 {
        let request = begun(&proxy, 2 * number + 1, "/healthz");
        connection.write_all(&request).unwrap();
    }
    let prompt = answers(&mut connection, 30, Duration::from_millis(1500));
    assert_eq!(prompt.len(), 14);
    let late = answers(&mut connection, 16, Duration::from_secs(5));
    assert_eq!(late.len(), 16);
}

#[test]
fn plain_http_in_front_of_a_trusted_proxy_leads_to_https() {
    let app = App::start_with(NO_ENGINE, &["--trusted-proxy", "127.0.0.1"]);
    let client = app.client();
    for header in [
        ("X-Forwarded-Proto", "http"),
        ("Forwarded", "for=1.2.3.4;proto=http"),
    ] {
        // On the proxy's own port, whatever ours is.
        let page = client.send(
            "GET",
            "/login?next=/x",
            &[header, ("Host", "localhost")],
            b"",
        );
        let to = "https://localhost/login?next=/x";
        assert_eq!((page.status, page.header("location")), (307, Some(to)));
        let change = client.send("POST", "/api/auth/login", &[header], b"{}");
        assert_eq!(
            (change.status, change.json()["error"].clone()),
            (307, json!("https_required"))
        );
    }
}

#[test]
fn setup_through_a_trusted_proxy_asks_everybody_for_the_token() {
    let app = App::start_with(NO_ENGINE, &["--trusted-proxy", "127.0.0.1"]);
    let client = app.client();
    let asks = |headers: &[(&str, &str)]| {
        client.send("GET", "/api/setup", headers, b"").json()["token_required"].clone()
    };
    assert_eq!(asks(&[("X-Forwarded-For", VISITOR)]), true);
    assert_eq!(asks(&[("X-Forwarded-For", "127.0.0.1, 203.0.113.9")]), true);
    assert_eq!(asks(&[]), true, "it does not say for whom");
    // Every user of this machine can say so.
    for own in ["127.3.4.5", "::1", "fd00::1", "192.168.1.20"] {
        assert_eq!(asks(&[("X-Forwarded-For", own)]), true, "{own}");
    }
    assert_eq!(asks(&[("Forwarded", "for=127.0.0.1")]), true);
    let refused = passed_on(
        &client,
        "/api/setup",
        &json!({"password": PASSWORD}),
        VISITOR,
    );
    assert_eq!(refused.problem(), "setup_token_required");
}

/// What a proxy that was told the wrong scheme sends. A redirect to HTTPS would lead
/// its visitor past it, or to where he is already.
#[test]
fn proxy_that_speaks_plain_http_inside_is_told_to_use_https() {
    let app = App::start(NO_ENGINE);
    let ask = |header: &str| {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, app.port)).unwrap();
        let head =
            format!("GET /x HTTP/1.1\r\nHost: localhost\r\n{header}Connection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    for header in [
        "X-Forwarded-Proto: https\r\n",
        "Forwarded: for=1.2.3.4;proto=https\r\n",
    ] {
        let answer = ask(header);
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
        assert!(answer.contains("proxy_pass https://"), "{answer}");
    }
    for header in ["", "X-Forwarded-Proto: http\r\n"] {
        assert!(ask(header).starts_with("HTTP/1.1 301 "), "{header}");
    }
}

#[test]
fn proxy_that_is_not_trusted_is_named_to_the_owner() {
    let (app, client) = App::ready(NO_ENGINE);
    let title = "A reverse proxy is not trusted";
    assert!(!client.page("/").text().contains(title));
    let header = [("X-Forwarded-For", VISITOR)];
    assert_eq!(
        client.send("GET", "/api/settings", &header, b"").status,
        200
    );
    assert!(client.page("/").text().contains(title));
    assert!(app.log().contains("--trusted-proxy"), "{}", app.log());
}

/// A stream without news sends a comment before proxies cut it (nginx after 60 s),
/// also while others log in and out.
#[test]
fn quiet_stream_sends_a_comment_although_sessions_of_others_end() {
    let engine = Engine::shared();
    let (app, client) = App::ready(&engine.host());
    let name = silent(engine, &client);
    let mut stream = client.connect().unwrap();
    let path = format!("/api/containers/{name}/logs");
    let accept = [("Accept", "text/event-stream")];
    let request = client.request("GET", &path, &accept, b"");
    stream.write_all(&request).unwrap();
    stream
        .sock
        .set_read_timeout(Some(Duration::from_millis(500)))
        .unwrap();
    let began = Instant::now();
    let mut read = Vec::new();
    let mut next_login = Duration::from_secs(5);
    while !String::from_utf8_lossy(&read).contains(": quiet") {
        assert!(
            began.elapsed() < Duration::from_secs(40),
            "no comment: {}",
            String::from_utf8_lossy(&read)
        );
        if began.elapsed() > next_login {
            next_login += Duration::from_secs(5);
            let login = app
                .client()
                .post("/api/auth/login", &json!({"password": PASSWORD}));
            let other = app
                .client()
                .with(login.json()["session_token"].as_str().unwrap());
            assert_eq!(other.post("/api/auth/logout", &json!({})).status, 204);
        }
        let mut part = [0; 4096];
        if let Ok(length) = stream.read(&mut part) {
            read.extend_from_slice(&part[..length]);
        }
    }
}

/// The name of a container that runs and writes nothing.
fn silent<'a>(engine: &'a Engine, client: &Client) -> Name<'a> {
    let name = engine.name("silent");
    engine.docker(&[
        "run",
        "-d",
        "--name",
        &name,
        "--network",
        "none",
        "bb:1",
        "sleep",
        "1000",
    ]);
    until("the container is known", SOON, || {
        (client.get(&format!("/api/containers/{name}")).status == 200).then_some(())
    });
    name
}

#[test]
fn followed_text_log_is_not_buffered_by_a_proxy() {
    let engine = Engine::shared();
    let (_app, client) = App::ready(&engine.host());
    let name = silent(engine, &client);
    let mut stream = client.connect().unwrap();
    let path = format!("/api/containers/{name}/logs?follow=true");
    stream
        .write_all(&client.request("GET", &path, &[("Accept", "text/plain")], b""))
        .unwrap();
    let mut head = [0; 2048];
    let length = stream.read(&mut head).unwrap();
    let head = String::from_utf8_lossy(&head[..length]).to_lowercase();
    assert!(head.contains("text/plain"), "{head}");
    assert!(head.contains("x-accel-buffering: no"), "{head}");
}
