//! Bad input on every endpoint: a precise answer or a clean close; never a
//! 500, a panic or a hang.

use crate::support::app::{App, NO_ENGINE};
use crate::support::client::{Answer, Client, read_answer};
use crate::support::http2::{PREFACE, connect, frame, get, is_answered, resets, trailers};
use crate::support::wait::{SOON, until};
use dockermate::http::ROUTES;
use std::io::{BufReader, Read as _, Write as _};
use std::time::Duration;

/// A program that lives on and has nothing to be ashamed of.
#[track_caller]
fn is_well(app: &App, client: &Client) {
    assert_eq!(client.get("/healthz").status, 200);
    let log = app.log();
    for bad in ["panicked", "ERROR", "RUST_BACKTRACE"] {
        assert!(!log.contains(bad), "the log has {bad}: {log}");
    }
}

#[track_caller]
fn is_refused(answer: &Answer, what: &str) {
    assert!(
        (400..500).contains(&answer.status) || answer.status == 503,
        "{what}: {} {}",
        answer.status,
        answer.text()
    );
}

/// Bodies that no endpoint can want.
fn bodies() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("nothing", Vec::new()),
        ("no JSON", b"not json".to_vec()),
        ("a list", b"[]".to_vec()),
        ("a number", b"7".to_vec()),
        ("half of it", br#"{"password":"#.to_vec()),
        ("two of it", b"{} {}".to_vec()),
        ("a mark first", b"\xef\xbb\xbf{}".to_vec()),
        ("broken UTF-8", b"{\"password\":\"\xff\xfe\xc0\x80\"}".to_vec()),
        ("a lone surrogate", br#"{"password":"\ud800"}"#.to_vec()),
        ("zero bytes", vec![0; 512]),
        ("an unknown field", br#"{"__proto__":{"admin":true}}"#.to_vec()),
        ("a field twice", br#"{"password":"a","password":"b"}"#.to_vec()),
        (
            "wrong types",
            br#"{"password":{},"timeout":[],"theme":1e999,"environment":[],"mode":0,"current_password":[]}"#.to_vec(),
        ),
        ("deep lists", "[".repeat(100_000).into_bytes()),
        ("deep objects", r#"{"a":"#.repeat(50_000).into_bytes()),
        (
            "a deep value in a field",
            format!("{{\"password\":{}{}}}", "[".repeat(5000), "]".repeat(5000)).into_bytes(),
        ),
        (
            "a huge number",
            format!("{{\"timeout\":{}}}", "9".repeat(10_000)).into_bytes(),
        ),
    ]
}

#[test]
fn every_endpoint_answers_bad_bodies_precisely() {
    let (app, client) = App::ready(NO_ENGINE);
    // The wizard's endpoints, while they are open.
    let fresh = App::start(NO_ENGINE);
    for route in ROUTES.iter().filter(|route| route.body.is_some()) {
        let path = ["{id}", "{container}", "{registry}"]
            .iter()
            .fold(route.path.to_owned(), |path, name| {
                path.replace(name, "nobody")
            });
        let client = if route.path.starts_with("/api/setup") {
            fresh.client()
        } else if route.path.starts_with("/api/auth/login") {
            app.client()
        } else {
            client.clone()
        };
        for (what, body) in bodies() {
            let answer = client.send(route.method, &path, &[], &body);
            let what = format!("{} {path} with {what}", route.method);
            is_refused(&answer, &what);
            answer.problem();
            assert!(
                answer.json()["detail"].as_str().unwrap().len() > 5,
                "{what}"
            );
        }
        let large = vec![b' '; 2 << 20];
        let answer = client.send(route.method, &path, &[], &large);
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (413, "too_large"),
            "{} {path}",
            route.method
        );
    }
    is_well(&app, &client);
    is_well(&fresh, &fresh.client());
}

#[test]
fn unknown_parameters_are_named() {
    let (app, client) = App::ready(NO_ENGINE);
    for path in [
        "/api/containers",
        "/api/containers/nobody/logs",
        "/api/containers/nobody/commands",
        "/api/security/events",
        "/api/operations",
        "/api/events",
    ] {
        let answer = client.get(&format!("{path}?foo=1"));
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (400, "unknown_parameter"),
            "{path}"
        );
        assert_eq!(answer.json()["field"], "foo");
    }
    for path in [
        "/api/containers?page=18446744073709551616",
        "/api/containers/nobody/logs?tail=-1",
        "/api/containers/nobody/logs?since=yesterday",
        "/api/containers/nobody/logs?since=NaN",
        "/api/containers/nobody/logs?until=1e300",
        "/api/containers/nobody/logs?stdout=0&stderr=0",
        "/api/operations?limit=x",
        "/api/events?host=2",
    ] {
        let answer = client.get(path);
        assert_eq!(answer.status, 400, "{path}: {}", answer.text());
        assert!(answer.json()["field"].is_string(), "{path}");
    }
    for path in [
        "/api/operations?limit=0",
        "/api/operations?limit=18446744073709551615",
        "/api/security/events?limit=18446744073709551615",
        "/api/operations?&&=&limit=1",
        "/login?next=%ff%fe",
    ] {
        let status = client.get(path).status;
        assert!(matches!(status, 200 | 303 | 400), "{path}: {status}");
    }
    is_well(&app, &client);
}

/// Its body comes after it was refused, as from a client that sends in two parts.
#[test]
fn connection_stays_usable_when_a_request_is_refused_before_its_body_was_read() {
    let (app, client) = App::ready(NO_ENGINE);
    let mut stream = BufReader::new(client.connect().unwrap());
    let request = |method: &str, path: &str, body: &[u8]| {
        let closing = client.request(method, path, &[], body);
        let text = String::from_utf8(closing).unwrap();
        text.replace("Connection: close\r\n", "").into_bytes()
    };
    for (method, path, status) in [
        ("PATCH", "/api/settings?undeclared=1", 400),
        ("POST", "/api/operations/nobody/discard", 404),
        ("POST", "/api/containers/nobody/fly", 404),
        ("PUT", "/api/settings", 405),
    ] {
        let body = br#"{"theme": "dark"}"#;
        let whole = request(method, path, body);
        let head = whole.len() - body.len();
        let seen = app.log().len();
        stream.get_mut().write_all(&whole[..head]).unwrap();
        stream.get_mut().flush().unwrap();
        until("it is refused", SOON, || {
            app.log()[seen..].contains("refused").then_some(())
        });
        stream.get_mut().write_all(&whole[head..]).unwrap();
        let answer = read_answer(&mut stream).unwrap();
        assert_eq!(answer.status, status, "{path}: {}", answer.text());
    }
    let whole = request("GET", "/api/settings", b"");
    stream.get_mut().write_all(&whole).unwrap();
    assert_eq!(read_answer(&mut stream).unwrap().status, 200);
}

#[test]
fn path_traversal_is_refused() {
    let (app, client) = App::ready(NO_ENGINE);
    std::fs::write(app.data_dir().join("secret.txt"), "the secret").unwrap();
    let long = format!("/api/containers/{}", "a".repeat(8000));
    let too_long = format!("/{}", "a".repeat(40_000));
    for path in [
        "/../../etc/passwd",
        "/assets/../../../etc/passwd",
        "/assets/%2e%2e/%2e%2e/etc/passwd",
        "/assets/..%2f..%2fetc%2fpasswd",
        "/assets/x/..\\..\\etc\\passwd",
        "/assets/%00",
        "/api/containers/%2e%2e%2f%2e%2e",
        "/api/containers/..%2Fsecret.txt",
        "/api/containers/%00",
        "/api/containers/a%0d%0aSet-Cookie:%20x=1",
        "/api/containers/%ff%fe",
        "/api/containers/%",
        "/api/containers/%zz",
        "/api/containers//logs",
        "/api//containers",
        "//api/containers",
        "//evil.example/",
        "/api/containers/x/../../settings",
        "/api/containers;x=1",
        "/api/operations/%2e",
        &long,
    ] {
        let answer = client.send("GET", path, &[("Accept", "application/json")], b"");
        is_refused(&answer, path);
        assert!(!answer.text().contains("root:"), "{path}");
        assert!(!answer.text().contains("the secret"), "{path}");
        assert!(answer.header("set-cookie").is_none(), "{path}");
    }
    for target in ["*", "http://evil.example/", "evil.example:443", &too_long] {
        let mut stream = client.connect().unwrap();
        let request = client.request("GET", target, &[], b"");
        let _ = stream.write_all(&request);
        if let Ok(answer) = read_answer(&mut BufReader::new(stream)) {
            is_refused(&answer, target);
        }
    }
    is_well(&app, &client);
}

/// Sends bytes over TLS; what comes back, if anything does.
fn raw(client: &Client, bytes: &[u8]) -> String {
    let mut stream = client.connect().unwrap();
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn header_floods_and_malformed_requests_are_cut_off() {
    let (app, client) = App::ready(NO_ENGINE);
    let many: Vec<(String, String)> = (0..200)
        .map(|n| (format!("x-{n}"), "y".to_owned()))
        .collect();
    let many: Vec<(&str, &str)> = many.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    let long = "z".repeat(300_000);
    for (what, headers) in [
        ("200 headers", many),
        ("a long one", vec![("x-long", long.as_str())]),
    ] {
        if let Ok(answer) = client.try_send("GET", "/api/settings", &headers, b"") {
            assert_eq!(answer.status, 431, "{what}");
        }
    }
    let port = client.port;
    for request in [
        "\r\n\r\n".to_owned(),
        "GET\r\n\r\n".to_owned(),
        "GET / HTTP/9.9\r\nHost: localhost\r\n\r\n".to_owned(),
        format!("GET / HTTP/1.1\r\nHost: localhost:{port}\r\nno colon\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: localhost:{port}\r\nbad\u{1}name: x\r\n\r\n"),
        format!("GET /\u{1} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n"),
        format!(
            "POST /api/auth/login HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Length: -5\r\n\r\n"
        ),
        format!(
            "POST /api/auth/login HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef"
        ),
        format!(
            "POST /api/auth/login HTTP/1.1\r\nHost: localhost:{port}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nzz\r\n"
        ),
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(),
    ] {
        let answer = raw(&client, request.as_bytes());
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 4"),
            "{request:?}: {answer}"
        );
    }
    // Two lengths that disagree: never read as two requests.
    let smuggled = raw(
        &client,
        format!(
            "POST /api/auth/login HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Length: 4\r\n\
             Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n"
        )
        .as_bytes(),
    );
    assert!(
        !smuggled.contains(r#""status":"ok""#) || smuggled.starts_with("HTTP/1.1 4"),
        "{smuggled}"
    );
    let connect = raw(
        &client,
        format!(
            "CONNECT localhost:22 HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n"
        )
        .as_bytes(),
    );
    assert!(connect.starts_with("HTTP/1.1 4"), "{connect}");
    is_well(&app, &client);
}

/// Nothing would read what comes for them.
#[test]
fn tunnels_over_http2_are_reset_and_the_connection_stays() {
    let app = App::start(NO_ENGINE);
    let client = app.client();
    let mut stream = client.connect_h2().unwrap();
    let hello = [PREFACE, &frame(4, 0, 0, &[])].concat();
    stream.write_all(&hello).unwrap();
    let fields: Vec<_> = (0..100)
        .map(|at| (format!("{at:03x}"), String::new()))
        .collect();
    let ids: Vec<u32> = (0..20).map(|number| 2 * number + 1).collect();
    for id in &ids {
        stream.write_all(&connect(&client, *id)).unwrap();
        stream.write_all(&trailers(*id, &fields)).unwrap();
    }
    let mut reset = resets(&mut stream, ids.len(), SOON);
    reset.sort_unstable();
    assert_eq!(reset, ids);
    let next = get(&client, 101, "/healthz", &[]);
    stream.write_all(&next).unwrap();
    assert!(is_answered(&mut stream, 101, Duration::from_secs(5)));
    is_well(&app, &client);
}

#[test]
fn other_hosts_and_other_sites_are_refused() {
    let (app, client) = App::ready(NO_ENGINE);
    let port = client.port;
    for host in [
        "evil.example",
        &format!("evil.example:{port}"),
        "localhost.evil.example",
        "dockermate.local.evil.example",
        "evil.example#localhost",
    ] {
        for path in ["/", "/api/settings", "/healthz", "/api/events", "/assets/x"] {
            let answer = client.send("GET", path, &[("Host", host)], b"");
            assert!(matches!(answer.status, 400 | 403), "{host} {path}");
        }
        let answer = client.send("GET", "/api/settings", &[("Host", host)], b"");
        assert!(
            matches!(answer.problem().as_str(), "host_not_allowed" | "bad_host"),
            "{host}"
        );
    }
    for host in [
        "localhost",
        "127.0.0.1",
        "[::1]",
        "dockermate.local",
        "DockerMate.local.",
    ] {
        let host = format!("{host}:{port}");
        let answer = client.send("GET", "/api/settings", &[("Host", &host)], b"");
        assert_eq!(answer.status, 200, "{host}: {}", answer.text());
    }
    for request in [
        "GET /api/settings HTTP/1.1\r\nConnection: close\r\n\r\n".to_owned(),
        format!(
            "GET /healthz HTTP/1.1\r\nHost: localhost:{port}\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n"
        ),
        format!(
            "GET /healthz HTTP/1.1\r\nHost: localhost:{port}\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
        ),
        "GET /healthz HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n".to_owned(),
    ] {
        let answer = raw(&client, request.as_bytes());
        assert!(answer.starts_with("HTTP/1.1 400"), "{request:?}: {answer}");
    }
    let own = format!("https://localhost:{port}");
    let plain = format!("http://localhost:{port}");
    let patch = |headers: &[(&str, &str)]| {
        client.send("PATCH", "/api/settings", headers, br#"{"theme":"dark"}"#)
    };
    for headers in [
        vec![("Origin", "https://evil.example")],
        vec![("Origin", plain.as_str())],
        vec![("Origin", "https://localhost:1")],
        vec![("Origin", "null")],
        vec![("Origin", "")],
        vec![("Sec-Fetch-Site", "cross-site")],
        vec![("Sec-Fetch-Site", "same-site")],
        vec![("Origin", own.as_str()), ("Sec-Fetch-Site", "cross-site")],
        vec![("Origin", own.as_str()), ("Origin", "https://evil.example")],
    ] {
        let answer = patch(&headers);
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (403, "cross_origin"),
            "{headers:?}"
        );
    }
    for headers in [
        vec![],
        vec![("Origin", own.as_str())],
        vec![("Origin", own.as_str()), ("Sec-Fetch-Site", "same-origin")],
    ] {
        let path = "/api/settings";
        let answer = client.as_browser().send("PATCH", path, &headers, b"{}");
        assert_eq!(answer.status, 200, "{headers:?}");
    }
    is_well(&app, &client);
}
