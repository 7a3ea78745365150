//! The table of routes from outside: who is let in, which methods there are,
//! what every answer carries, and the description made from the same table.

use crate::support::app::{App, NO_ENGINE};
use crate::support::client::{Answer, Client};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dockermate::http::{Access, ROUTES, Route};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read as _, Write as _};

/// What is not a page is answered as JSON, errors too.
const JSON: &[(&str, &str)] = &[("Accept", "application/json")];

/// Pages have no line in the API description.
fn is_page(route: &Route) -> bool {
    route.doc.is_empty() && route.path != "/favicon.ico"
}

fn path(route: &Route) -> String {
    let parts = route.path.split('/');
    let filled = parts.map(|part| {
        if part.starts_with('{') {
            "nobody"
        } else {
            part
        }
    });
    filled.collect::<Vec<_>>().join("/")
}

fn ask(client: &Client, route: &Route) -> Answer {
    client.send(route.method, &path(route), &[], b"")
}

#[test]
fn every_route_redirects_to_setup_before_setup() {
    let app = App::start(NO_ENGINE);
    let client = app.client();
    for route in ROUTES {
        let answer = ask(&client, route);
        let what = format!("{} {}: {}", route.method, route.path, answer.text());
        match (route.access, is_page(route)) {
            (Access::Public, _) => assert!(matches!(answer.status, 200 | 400), "{what}"),
            (Access::SetupOnly, _) => assert!(matches!(answer.status, 200 | 400), "{what}"),
            (_, true) => {
                assert_eq!(answer.status, 303, "{what}");
                assert_eq!(answer.header("location"), Some("/setup"), "{what}");
            }
            (_, false) => {
                assert_eq!(answer.status, 409, "{what}");
                assert_eq!(answer.problem(), "setup_required", "{what}");
            }
        }
    }
}

#[test]
fn every_route_refuses_anonymous_requests() {
    let app = App::start(NO_ENGINE);
    app.set_up();
    let mut forged = app.client();
    forged.session = Some("A".repeat(43));
    let mut guarded = 0;
    for client in [app.client(), forged] {
        for route in ROUTES {
            let answer = ask(&client, route);
            let what = format!("{} {}: {}", route.method, route.path, answer.text());
            match (route.access, is_page(route)) {
                (Access::Public, _) => assert!(matches!(answer.status, 200 | 400), "{what}"),
                (Access::Entry, _) => assert!(matches!(answer.status, 200 | 400 | 401), "{what}"),
                (Access::SetupOnly, true) => {
                    assert_eq!(
                        (answer.status, answer.header("location")),
                        (303, Some("/")),
                        "{what}"
                    );
                }
                (Access::SetupOnly, false) => assert_eq!(answer.problem(), "already_set_up"),
                (Access::Session | Access::Account, true) => {
                    assert_eq!(answer.status, 303, "{what}");
                    let to = answer.header("location").unwrap();
                    assert!(to.starts_with("/login"), "{to}");
                    guarded += 1;
                }
                (Access::Session | Access::Account, false) => {
                    assert_eq!(answer.status, 401, "{what}");
                    assert_eq!(answer.problem(), "unauthenticated", "{what}");
                    guarded += 1;
                }
            }
        }
    }
    assert!(guarded > 60, "{guarded} routes were looked at");
}

#[test]
fn wrong_method_is_answered_with_the_allowed_ones() {
    let (_app, client) = App::ready(NO_ENGINE);
    let mut by_path: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for route in ROUTES {
        let methods = by_path.entry(path(route)).or_default();
        methods.insert(route.method);
        if route.method == "GET" {
            methods.insert("HEAD");
        }
    }
    for (path, known) in by_path {
        for method in [
            "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW",
        ] {
            if known.contains(method) {
                continue;
            }
            let answer = client.send(method, &path, &[], b"");
            assert_eq!(answer.status, 405, "{method} {path}: {}", answer.text());
            let allow: BTreeSet<&str> = answer.header("allow").unwrap().split(", ").collect();
            assert_eq!(allow, known, "{method} {path}");
        }
    }
}

#[test]
fn head_answers_like_get_without_a_body() {
    let (app, client) = App::ready(NO_ENGINE);
    for route in ROUTES.iter().filter(|route| route.method == "GET") {
        if route.path == "/api/events" {
            continue; // GET does not end
        }
        let path = path(route);
        let get = client.get(&path);
        let mut stream = client.connect().unwrap();
        stream
            .write_all(&client.request("HEAD", &path, &[], b""))
            .unwrap();
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").expect("an answer");
        assert_eq!(body, "", "HEAD {path}");
        let status = head.split(' ').nth(1).unwrap();
        assert_eq!(status, get.status.to_string(), "HEAD {path}");
        let kind = head
            .lines()
            .find_map(|line| line.strip_prefix("content-type: "));
        assert_eq!(kind, get.header("content-type"), "HEAD {path}");
        // RFC 9110, 8.6: what GET would have sent, or nothing.
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "));
        if let Some(length) = length {
            assert_ne!(length, "0", "HEAD {path}");
        }
    }
    assert!(!app.log().contains("panicked"));
}

#[test]
fn unknown_path_is_not_found() {
    let (app, client) = App::ready(NO_ENGINE);
    for path in [
        "/api/",
        "/api/nothing",
        "/api/containers/",
        "/api/containers/x/fly",
    ] {
        let answer = client.get(path);
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (404, "not_found"),
            "{path}"
        );
    }
    for path in ["/nothing", "/containers/a/b", "/index.html", "/.env"] {
        let answer = client.send("GET", path, &[("Accept", "text/html")], b"");
        assert_eq!(answer.status, 404, "{path}");
        assert!(answer.text().contains("<html"), "{path}");
        let answer = client.send("GET", path, &[("Accept", "application/json")], b"");
        assert_eq!(answer.problem(), "not_found", "{path}");
    }
    // The same for anonymous requests, before the login.
    assert_eq!(app.client().get("/api/nothing").status, 404);
    assert_eq!(client.get("/assets/none/x.js").status, 404);
    assert_eq!(client.get("/assets/").status, 404);
}

#[track_caller]
fn is_guarded(answer: &Answer, what: &str) {
    let header = |name: &str| {
        answer
            .header(name)
            .unwrap_or_else(|| panic!("{what} has no {name}"))
            .to_owned()
    };
    assert_eq!(header("x-content-type-options"), "nosniff", "{what}");
    assert_eq!(header("x-frame-options"), "DENY", "{what}");
    assert_eq!(header("referrer-policy"), "same-origin", "{what}");
    assert_eq!(
        header("cross-origin-opener-policy"),
        "same-origin",
        "{what}"
    );
    let policy = header("content-security-policy");
    assert!(policy.contains("default-src 'none'"), "{what}: {policy}");
    assert!(
        policy.contains("frame-ancestors 'none'"),
        "{what}: {policy}"
    );
    assert!(!policy.contains("unsafe-inline"), "{what}: {policy}");
    assert!(!policy.contains("unsafe-eval"), "{what}: {policy}");
    assert_eq!(
        answer.header("strict-transport-security"),
        None,
        "{what} would lock the owner out of other services on this host"
    );
}

#[test]
fn every_answer_carries_the_security_headers() {
    let (app, client) = App::ready(NO_ENGINE);
    let anonymous = app.client();
    for route in ROUTES {
        if matches!(route.path, "/api/events" | "/api/auth/logout") {
            continue;
        }
        let what = format!("{} {}", route.method, route.path);
        is_guarded(&ask(&client, route), &what);
        is_guarded(&ask(&anonymous, route), &format!("{what}, anonymous"));
    }
    is_guarded(&client.get("/nothing"), "a page that is not there");
    is_guarded(&client.get("/api/nothing"), "an API that is not there");
    let wrong_host = client.send("GET", "/", &[("Host", "evil.example")], b"");
    assert_eq!(wrong_host.status, 403);
    is_guarded(&wrong_host, "a wrong host");
    let page = client.get("/");
    let text = page.text().replace("&#x2F;", "/");
    let asset = text
        .split('"')
        .find(|part| part.starts_with("/assets/") && part.ends_with(".css"))
        .expect("the page has a style sheet");
    let asset = client.get(asset);
    assert_eq!(asset.status, 200);
    is_guarded(&asset, "an asset");
    let live = client.send("HEAD", "/api/events", &[], b"");
    is_guarded(&live, "a live stream");
    let left = client.send("POST", "/api/auth/logout", &[], b"");
    assert_eq!(left.status, 204);
    is_guarded(&left, "the end of a session");
}

#[test]
fn page_nonce_is_used_once() {
    let (_app, client) = App::ready(NO_ENGINE);
    let nonce = |answer: &Answer| {
        let policy = answer.header("content-security-policy").unwrap();
        let rest = policy.split_once("'nonce-").unwrap().1;
        rest.split_once('\'').unwrap().0.to_owned()
    };
    let (first, second) = (client.get("/"), client.get("/"));
    assert!(nonce(&first).len() >= 16, "{}", nonce(&first));
    assert_ne!(nonce(&first), nonce(&second));
    // One script stands in the page itself, and the policy names its hash, so that
    // none can be added; and no style.
    let text = first.text();
    let policy = first.header("content-security-policy").unwrap();
    let scripts: Vec<_> = text.split("<script").skip(1).collect();
    assert_eq!(scripts.len(), 1, "{text}");
    let script = scripts[0].strip_prefix('>').unwrap();
    let script = script.split("</script>").next().unwrap();
    let hash = STANDARD.encode(Sha256::digest(script));
    assert!(
        policy.contains(&format!("script-src 'self' 'sha256-{hash}';")),
        "{policy}"
    );
    assert!(!text.contains("<style") && !text.contains(" style="));
    assert!(!text.contains(" onclick="), "a handler in the page");
}

/// The query of a route and the description of it are one declaration, and a
/// handler that reads what its route does not declare panics in this build.
#[test]
fn query_parameter_that_a_route_does_not_declare_is_refused_everywhere() {
    let (app, client) = App::ready(NO_ENGINE);
    for route in ROUTES.iter().filter(|route| !is_page(route)) {
        if route.path == "/favicon.ico" || route.access == Access::SetupOnly {
            continue;
        }
        let what = format!("{} {}", route.method, route.path);
        let asked = format!("{}?undeclared=1", path(route));
        let answer = client.send(route.method, &asked, JSON, b"");
        // A document for everybody: monitors add something against caches.
        if route.access == Access::Public && route.method == "GET" {
            assert_ne!(answer.status, 400, "{what}: {}", answer.text());
            continue;
        }
        assert_eq!(answer.status, 400, "{what}: {}", answer.text());
        assert_eq!(answer.problem(), "unknown_parameter", "{what}");
        assert_eq!(answer.json()["field"], "undeclared", "{what}");
        if route.path != "/api/events" && route.path != "/api/auth/logout" {
            let answer = client.send(route.method, &path(route), JSON, b"{}");
            assert_ne!(answer.status, 500, "{what}: {}", answer.text());
        }
    }
    assert!(!app.log().contains("panicked"), "{}", app.log());
}

/// Every `$ref` below a value.
fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            if let Some(Value::String(to)) = map.get("$ref") {
                found.push(to.clone());
            }
            map.values().for_each(|value| references(value, found));
        }
        Value::Array(list) => list.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

#[test]
fn openapi_document_covers_every_route() {
    let app = App::start(NO_ENGINE);
    let answer = app.client().get("/api/openapi.json");
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let document = answer.json();
    assert_eq!(document["openapi"], "3.1.0");
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > 50, "{}", found.len());
    for to in found {
        let pointer = to.strip_prefix('#').expect("a reference within");
        assert!(document.pointer(pointer).is_some(), "{to} leads nowhere");
    }
    let mut ids = BTreeSet::new();
    for route in ROUTES.iter().filter(|route| !route.doc.is_empty()) {
        let operation = &document["paths"][route.path][route.method.to_lowercase()];
        let summary = operation["summary"].as_str().unwrap();
        let rest = operation["description"].as_str().unwrap_or_default();
        let said = format!("{summary} {rest}");
        assert_eq!(said.trim_end(), route.doc, "{}", route.path);
        let id = operation["operationId"].as_str().unwrap();
        assert!(ids.insert(id.to_owned()), "{id} twice");
        let parameters = operation["parameters"].as_array().unwrap();
        let described: BTreeSet<&str> = parameters
            .iter()
            .filter(|parameter| parameter["in"] == "query")
            .map(|parameter| parameter["name"].as_str().unwrap())
            .collect();
        let declared: BTreeSet<&str> = route.query.iter().map(|one| one.name).collect();
        assert_eq!(described, declared, "{}", route.path);
        let needs_session = matches!(route.access, Access::Session | Access::Account);
        let security = operation["security"].as_array().unwrap();
        assert_eq!(!security.is_empty(), needs_session, "{}", route.path);
    }
}
