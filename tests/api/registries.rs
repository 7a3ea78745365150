//! Registries: logins that are entered here are sealed, tested at the registry
//! itself, and used for checks and pulls before those of the command line.

mod used;

use crate::support::app::{App, NO_ENGINE, free_port};
use crate::support::client::{Answer, Client};
use crate::support::simulated_registry::{Door, SimulatedRegistry};
use serde_json::{Value, json};
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;

const SECRET: &str = "hunter2-very-secret";

fn path(registry: &str) -> String {
    format!("/api/registries/{registry}/login")
}

fn put(client: &Client, registry: &str, username: &str, secret: &str) -> Answer {
    let body = json!({"username": username, "secret": secret});
    client.json("PUT", &path(registry), &body)
}

/// One of the list.
#[track_caller]
fn listed(client: &Client, registry: &str) -> Value {
    let list = client.get("/api/registries").json();
    let items = list["items"].as_array().unwrap();
    let found = items.iter().find(|item| item["registry"] == registry);
    found
        .unwrap_or_else(|| panic!("{registry} is not in {list}"))
        .clone()
}

/// Every file below a folder that has these bytes in it.
fn files_with(folder: &Path, secret: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files_with(&path, secret));
        } else if let Ok(bytes) = std::fs::read(&path)
            && bytes.windows(secret.len()).any(|part| part == secret)
        {
            found.push(path.display().to_string());
        }
    }
    found
}

#[test]
fn stored_secret_is_in_no_file_answer_event_or_log() {
    let (mut app, client) = App::ready(NO_ENGINE);
    let mut texts = Vec::new();
    let plan = client.json(
        "PUT",
        &format!("{}?dry_run=true", path("GHCR.io")),
        &json!({"username": "me", "secret": SECRET}),
    );
    assert_eq!(plan.status, 200, "{}", plan.text());
    let command = plan.json()["commands"]["simple"]["text"].clone();
    let ends = " login -u me --password-stdin ghcr.io";
    assert!(command.as_str().unwrap().ends_with(ends), "{command}");
    assert_eq!(client.delete(&path("ghcr.io")).status, 404, "only planned");
    texts.push(plan.text());

    let stored = put(&client, "GHCR.io", " me ", SECRET);
    assert_eq!(stored.status, 200, "{}", stored.text());
    let view = stored.json();
    assert_eq!(view["registry"], "ghcr.io");
    assert_eq!(view["login"]["origin"], "own");
    assert_eq!(view["login"]["username"], "me");
    assert!(view["login"]["updated_at"].is_string(), "{view}");
    texts.push(stored.text());
    texts.push(put(&client, "ghcr.io", "me", &format!("{SECRET}\n")).text());
    texts.push(put(&client, "ghcr.io", SECRET, "").text());
    texts.push(
        client
            .send(
                "PUT",
                &path("ghcr.io"),
                &[("Content-Type", "application/json")],
                format!("{{\"username\":\"me\",\"secret\":[\"{SECRET}\"]}}").as_bytes(),
            )
            .text(),
    );
    let plan = client.json(
        "PUT",
        &format!("{}?dry_run=true", path("ghcr.io")),
        &json!({"username": "you", "secret": SECRET}),
    );
    assert!(
        plan.json()["warnings"].to_string().contains("login of me"),
        "{}",
        plan.text()
    );
    texts.push(plan.text());
    texts.push(
        client
            .delete(&format!("{}?dry_run=true", path("ghcr.io")))
            .text(),
    );
    for page in ["/api/registries", "/api/security/events", "/registries"] {
        let answer = client.send("GET", page, &[("Accept", "application/json")], b"");
        assert_eq!(answer.status, 200, "{page}: {}", answer.text());
        texts.push(answer.text());
    }
    let events = client.get("/api/security/events").json().to_string();
    assert!(events.contains("registry_login_saved"), "{events}");
    assert!(events.contains("me at ghcr.io"), "{events}");

    let copy = app.dir().join("copy.mdb");
    let copied = app.command(&["backup", copy.to_str().unwrap()]);
    assert!(copied.status.success(), "{copied:?}");
    app.stop();
    for text in &texts {
        assert!(!text.contains("hunter2"), "{text}");
    }
    for secret in [SECRET, "aHVudGVyMi12ZXJ5LXNlY3JldA"] {
        let files = files_with(app.dir(), secret.as_bytes());
        assert!(files.is_empty(), "{files:?}");
    }
    // It is there all the same, and after a start again.
    app.up();
    assert_eq!(listed(&client, "ghcr.io")["login"]["username"], "me");
    assert_eq!(client.delete(&path("index.docker.io")).status, 404);
    assert_eq!(client.delete(&path("ghcr.io")).status, 204);
    let gone = client.delete(&path("ghcr.io"));
    assert_eq!(
        (gone.status, gone.problem().as_str()),
        (404, "registry_login_not_found")
    );
    let list = client.get("/api/registries").text();
    assert!(!list.contains("ghcr.io"), "{list}");
    let events = client.get("/api/security/events").json().to_string();
    assert!(events.contains("registry_login_removed"), "{events}");
}

#[test]
fn hostile_registries_and_fields_are_refused_with_field_and_reason() {
    let (app, client) = App::ready(NO_ENGINE);
    let odd = [
        ("gh%20cr.io", "host name"),
        ("https%3A%2F%2Fghcr.io", "scheme"),
        ("ghcr.io%2Fowner", "path"),
        ("..%2F..%2Fetc", "path"),
        ("me:hunter2@ghcr.io", "user name"),
        ("ghcr.io:0x50", "host name"),
        ("ghcr.io:99999", "host name"),
        ("%5B::g%5D:5000", "host name"),
        ("nas", "without a domain"),
        ("%E2%80%AEghcr.io", "host name"),
    ];
    for (registry, reason) in odd {
        for (method, at, body) in [
            ("PUT", "", json!({"username": "me", "secret": "x"})),
            (
                "PUT",
                "?dry_run=true",
                json!({"username": "me", "secret": "x"}),
            ),
            ("DELETE", "", Value::Null),
            ("POST", "/test", json!({})),
        ] {
            let answer = if method == "DELETE" {
                client.delete(&path(registry))
            } else {
                client.json(method, &format!("{}{at}", path(registry)), &body)
            };
            let what = format!("{method} {registry}: {}", answer.text());
            assert_eq!(answer.status, 400, "{what}");
            assert_eq!(answer.json()["field"], "registry", "{what}");
            let detail = answer.json()["detail"].as_str().unwrap().to_owned();
            assert!(detail.contains(reason), "{what}");
            assert!(detail.contains("Write its host name"), "{what}");
            assert!(!detail.contains("hunter2"), "{what}");
        }
    }
    for control in ["ghcr.io%0D%0AX:y", "ghcr.io%00"] {
        let answer = put(&client, control, "me", "x");
        assert_eq!(answer.problem(), "bad_path", "{}", answer.text());
    }
    let large = "s".repeat(1_000_000);
    for (body, field) in [
        (json!({"username": "me"}), "secret"),
        (json!({"secret": "x"}), "username"),
        (json!({"username": "", "secret": "x"}), "username"),
        (json!({"username": "a:b", "secret": "x"}), "username"),
        (json!({"username": "a\r\nb", "secret": "x"}), "username"),
        (
            json!({"username": "u".repeat(256), "secret": "x"}),
            "username",
        ),
        (json!({"username": "me", "secret": ""}), "secret"),
        (json!({"username": "me", "secret": "a\r\nX: y"}), "secret"),
        (json!({"username": "me", "secret": "a\u{0}"}), "secret"),
        (json!({"username": "me", "secret": large}), "secret"),
        (json!({"username": "me", "secret": 7_777_777}), "secret"),
        (
            json!({"username": "me", "secret": "x", "token": "x"}),
            "token",
        ),
    ] {
        for (method, at) in [("PUT", ""), ("PUT", "?dry_run=true"), ("POST", "/test")] {
            let answer = client.json(method, &format!("{}{at}", path("ghcr.io")), &body);
            assert_eq!(answer.status, 400, "{method} {at} {}", answer.text());
            assert_eq!(answer.json()["field"], field, "{method} {}", answer.text());
            assert!(answer.text().len() < 1000, "{method} {field}");
            assert!(!answer.text().contains("7777777"), "{}", answer.text());
        }
    }
    let larger = json!({"username": "me", "secret": "s".repeat(2_000_000)});
    assert_eq!(client.json("PUT", &path("ghcr.io"), &larger).status, 413);
    let list = client.get("/api/registries").text();
    assert!(!list.contains("ghcr.io"), "{list}");
    assert!(!app.log().contains("7777777"), "{}", app.log());
}

#[test]
fn logins_are_stored_up_to_a_limit() {
    let (_app, client) = App::ready(NO_ENGINE);
    for number in 0..100 {
        let answer = put(&client, &format!("r{number}.example"), "me", "x");
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    let answer = put(&client, "one-more.example", "me", "x");
    assert_eq!(
        (answer.status, answer.problem().as_str()),
        (409, "registry_login_limit")
    );
    assert_eq!(put(&client, "r7.example", "you", "y").status, 200);
    assert_eq!(listed(&client, "r7.example")["login"]["username"], "you");
}

#[test]
fn login_that_cannot_be_read_any_more_can_be_replaced_and_removed() {
    let (mut app, client) = App::ready(NO_ENGINE);
    for registry in ["ghcr.io", "quay.io"] {
        assert_eq!(put(&client, registry, "me", SECRET).status, 200);
    }
    app.stop();
    std::fs::write(app.data_dir().join("secret.key"), "0".repeat(64)).unwrap();
    app.up();
    let list = client.get("/api/registries").text();
    assert!(!list.contains("ghcr.io"), "{list}");
    assert_eq!(put(&client, "ghcr.io", "you", "x").status, 200);
    assert_eq!(listed(&client, "ghcr.io")["login"]["username"], "you");
    let plan = client.delete(&format!("{}?dry_run=true", path("quay.io")));
    assert_eq!(plan.status, 200, "{}", plan.text());
    assert_eq!(client.delete(&path("quay.io")).status, 204);
}

fn tested(client: &Client, registry: &str, body: &Value) -> (String, String) {
    let answer = client.json("POST", &format!("{}/test", path(registry)), body);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let result = answer.json();
    assert_eq!(result["registry"], registry, "{result}");
    assert!(!result.to_string().contains("hunter2"), "{result}");
    let text = |name: &str| result[name].as_str().unwrap().to_owned();
    (text("outcome"), text("message"))
}

#[test]
fn test_of_a_login_asks_the_registry_and_stores_nothing() {
    let (app, client) = App::ready(NO_ENGINE);
    let good = json!({"username": "me", "secret": SECRET});
    let bad = json!({"username": "me", "secret": "hunter2-wrong"});
    let login = ("me".to_owned(), SECRET.to_owned());
    for door in [
        Door::Basic(login.0.clone(), login.1.clone()),
        Door::Token(Some(login)),
    ] {
        let registry = SimulatedRegistry::start();
        registry.set_door(door.clone());
        let host = registry.host();
        let (outcome, message) = tested(&client, &host, &good);
        assert_eq!(outcome, "accepted", "{door:?}: {message}");
        let (outcome, message) = tested(&client, &host, &bad);
        assert_eq!(outcome, "refused", "{door:?}: {message}");
        assert!(message.contains("access token"), "{message}");
        let asked = registry.take_asked();
        let is_general = |path: &str| path == "/v2/" || path.starts_with("/token");
        assert!(asked.iter().all(|one| is_general(&one.path)), "{asked:?}");
        let none = client.json("POST", &format!("{}/test", path(&host)), &json!({}));
        assert_eq!(none.problem(), "registry_login_not_found");
        // What is stored is used when nothing is given.
        assert_eq!(put(&client, &host, "me", "hunter2-wrong").status, 200);
        let bare = client.send("POST", &format!("{}/test", path(&host)), &[], b"");
        assert_eq!(bare.json()["outcome"], "refused", "{}", bare.text());
        assert_eq!(tested(&client, &host, &good).0, "accepted");
        assert_eq!(put(&client, &host, "me", SECRET).status, 200);
        assert_eq!(tested(&client, &host, &json!({})).0, "accepted");
        for half in [json!({"username": "me"}), json!({"secret": SECRET})] {
            let answer = client.json("POST", &format!("{}/test", path(&host)), &half);
            assert_eq!(answer.status, 400, "{}", answer.text());
        }
    }
    let open = SimulatedRegistry::start();
    let (outcome, message) = tested(&client, &open.host(), &good);
    assert_eq!(outcome, "not_asked", "{message}");
    assert!(
        open.take_asked()
            .iter()
            .all(|one| one.authorization.is_none())
    );
    assert!(!app.log().contains("hunter2"), "{}", app.log());
}

/// A server that answers every request with this head and body.
fn answering(text: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut read = [0; 4096];
            let _ = stream.read(&mut read);
            let _ = stream.write_all(text.as_bytes());
        }
    });
    port
}

#[test]
fn test_of_a_login_says_why_a_registry_gave_no_answer() {
    let (_app, client) = App::ready(NO_ENGINE);
    let good = json!({"username": "me", "secret": SECRET});
    let thief = SimulatedRegistry::start();
    let elsewhere = SimulatedRegistry::start();
    elsewhere.set_door(Door::TokenAt(format!(
        "http://127.0.0.1:{}/token",
        thief.port
    )));
    let page = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi";
    let failing = "HTTP/1.1 503 X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let busy =
        "HTTP/1.1 429 X\r\nRetry-After: 60\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let moved = "HTTP/1.1 307 X\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let digest = "HTTP/1.1 401 X\r\nWWW-Authenticate: Digest realm=\"x\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    for (port, reason) in [
        (free_port(), "refuses connections"),
        (elsewhere.port, "not reached over TLS"),
        (answering(page), "a web page"),
        (answering(failing), "status 503"),
        (answering(busy), "limit of requests"),
        (answering(moved), "status 307"),
        (answering(digest), "unknown kind"),
    ] {
        let registry = format!("localhost:{port}");
        let (outcome, message) = tested(&client, &registry, &good);
        assert_eq!(outcome, "unreachable", "{message}");
        assert!(message.contains(reason), "{reason}: {message}");
        assert!(message.contains("try again"), "{message}");
    }
    let stolen = thief.take_asked();
    assert!(stolen.is_empty(), "{stolen:?}");
}
