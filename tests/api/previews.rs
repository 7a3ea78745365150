//! `?dry_run=true`: every change can be tried, and trying changes nothing.

use crate::support::app::{App, NO_ENGINE, PASSWORD};
use crate::support::certificate::certificate;
use crate::support::client::Client;
use dockermate::http::ROUTES;
use serde_json::{Value, json};
use std::io::Write as _;
use std::process::{Command, Stdio};

/// Changes that cannot be tried, and why.
const EXEMPT: [(&str, &str, &str); 18] = [
    ("POST", "/setup", "its last step is the review"),
    (
        "POST",
        "/api/setup",
        "nothing is there that it could change",
    ),
    ("POST", "/api/setup/password", "it changes nothing"),
    ("POST", "/api/auth/password-strength", "it changes nothing"),
    ("POST", "/login", "who is not in yet is shown nothing"),
    (
        "POST",
        "/api/auth/login",
        "who is not in yet is shown nothing",
    ),
    ("POST", "/api/auth/logout", "signing in takes it back"),
    ("POST", "/api/auth/ticket", "it is for the page itself"),
    (
        "POST",
        "/api/registries/{registry}/login/test",
        "it stores nothing",
    ),
    (
        "POST",
        "/api/networks/{id}/allocate",
        "it only keeps an address away from others for two minutes",
    ),
    (
        "POST",
        "/api/networks/{id}/analyze",
        "it only reads, and notes the most that was in use",
    ),
    ("POST", "/api/convert/run-to-spec", "it only reads"),
    ("POST", "/api/convert/spec-to-run", "it only writes text"),
    ("POST", "/api/stacks/validate", "it only reads"),
    ("POST", "/api/convert/run-to-compose", "it only writes text"),
    ("POST", "/api/convert/compose-to-run", "it only writes text"),
    (
        "POST",
        "/api/convert/containers-to-compose",
        "it only writes text",
    ),
    (
        "POST",
        "/api/templates/{id}/render",
        "nothing is made by it",
    ),
];

#[test]
fn every_changing_route_has_a_dry_run_or_a_reason() {
    let mut tried = 0;
    for route in ROUTES.iter().filter(|route| route.method != "GET") {
        let what = format!("{} {}", route.method, route.path);
        let exempt = EXEMPT
            .iter()
            .any(|(method, path, _)| (*method, *path) == (route.method, route.path));
        let can = route.takes("dry_run");
        assert!(can || exempt, "{what} takes no dry_run");
        assert!(!(can && exempt), "{what} takes dry_run: strike it off");
        tried += usize::from(can);
    }
    assert!(tried >= 16, "{tried}");
    for (method, path, _) in EXEMPT {
        let there = ROUTES
            .iter()
            .any(|route| (route.method, route.path) == (method, path));
        assert!(there, "{method} {path} is gone: strike it off");
    }
}

/// Everything that a change could change.
fn all(client: &Client) -> Vec<Value> {
    let mut all: Vec<Value> = [
        "/api/settings",
        "/api/environments",
        "/api/system/https",
        "/api/operations",
        "/api/registries",
    ]
    .iter()
    .map(|path| client.get(path).json())
    .collect();
    let sessions = client.get("/api/auth/sessions").json();
    let ids = sessions["items"].as_array().unwrap().iter();
    all.extend(ids.map(|session| session["id"].clone()));
    all
}

#[test]
fn dry_run_returns_the_plan_and_changes_nothing() {
    let (app, client) = App::ready(NO_ENGINE);
    let login = json!({"password": PASSWORD});
    assert_eq!(app.client().post("/api/auth/login", &login).status, 200);
    let added = client.post("/api/environments", &json!({"code": "STAGE"}));
    assert_eq!(added.status, 201);
    let sessions = client.get("/api/auth/sessions").json();
    let session = |current: bool| {
        let list = sessions["items"].as_array().unwrap();
        let found = list.iter().find(|one| one["current"] == current).unwrap();
        format!("/api/auth/sessions/{}", found["id"].as_str().unwrap())
    };
    let own = certificate(&["nas.example"]);
    let custom =
        json!({"mode": "custom", "certificate": own.certificate, "private_key": own.private_key});
    let passwords = json!({"current_password": PASSWORD, "new_password": "BrighterDays2026"});
    let order = json!({"codes": ["STAGE", "PRD", "UAT", "DEV", "SANDBOX"]});
    let before = all(&client);
    for (method, path, body, step) in [
        (
            "PATCH",
            "/api/settings",
            json!({"theme": "light", "host_environment": "STAGE"}),
            "from MIXED to STAGE",
        ),
        ("PATCH", "/api/settings", json!({}), "Nothing"),
        (
            "POST",
            "/api/environments",
            json!({"code": "LAB"}),
            "Call it LAB",
        ),
        (
            "PUT",
            "/api/environments/STAGE",
            json!({"name": "Stage"}),
            "Call it Stage",
        ),
        (
            "PUT",
            "/api/environments/order",
            order,
            "STAGE, PRD, UAT, DEV, SANDBOX",
        ),
        (
            "POST",
            "/api/auth/change-password",
            passwords,
            "End every session",
        ),
        ("DELETE", &session(false), Value::Null, "End the session"),
        ("DELETE", &session(true), Value::Null, "End the session"),
        ("PUT", "/api/system/https", custom, "nas.example"),
        (
            "PUT",
            "/api/system/https",
            json!({"mode": "self_signed"}),
            "Nothing",
        ),
        ("POST", "/api/system/https/renew", Value::Null, "new key"),
        (
            "POST",
            "/api/system/engine/retry",
            Value::Null,
            "every known engine address",
        ),
        (
            "POST",
            "/api/system/jobs/remove_old_records/run",
            Value::Null,
            "Run it now instead of waiting",
        ),
    ] {
        let bytes = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let path = format!("{path}?dry_run=true");
        let answer = client.send(method, &path, &[], bytes.as_bytes());
        assert_eq!(answer.status, 200, "{method} {path}: {}", answer.text());
        assert!(answer.header("set-cookie").is_none(), "{method} {path}");
        let plan = answer.json();
        assert!(plan["title"].as_str().unwrap().len() > 5, "{plan}");
        assert!(plan["steps"].to_string().contains(step), "{plan}");
        assert!(
            plan["keeps"]
                .as_array()
                .is_some_and(|list| !list.is_empty())
        );
        let text = plan.to_string();
        for secret in [PASSWORD, "BrighterDays2026", "PRIVATE KEY"] {
            assert!(!text.contains(secret), "{method} {path} tells a secret");
        }
        let carries_secret = path.contains("password") || body["mode"] == "custom";
        assert_eq!(plan["commands"].is_null(), carries_secret, "{plan}");
        assert_eq!(all(&client), before, "{method} {path} changed something");
    }
    let warnings = client.delete(&format!("{}?dry_run=true", session(true)));
    assert!(
        warnings.json()["warnings"]
            .to_string()
            .contains("you will be signed out")
    );
}

#[test]
fn dry_run_is_validated_like_the_change() {
    let (_app, client) = App::ready(NO_ENGINE);
    for (method, path, body, status, field) in [
        (
            "PATCH",
            "/api/settings",
            json!({"host_environment": "GONE"}),
            400,
            "host_environment",
        ),
        (
            "POST",
            "/api/auth/change-password",
            json!({"current_password": "WrongPassword1", "new_password": "BrighterDays2026"}),
            400,
            "current_password",
        ),
        (
            "POST",
            "/api/auth/change-password",
            json!({"current_password": PASSWORD, "new_password": "short"}),
            400,
            "new_password",
        ),
        (
            "PUT",
            "/api/system/https",
            json!({"mode": "custom", "certificate": "x", "private_key": "y"}),
            400,
            "certificate",
        ),
    ] {
        let answer = client.json(method, &format!("{path}?dry_run=true"), &body);
        assert_eq!(answer.status, status, "{path}: {}", answer.text());
        assert_eq!(answer.json()["field"], field, "{path} {body}");
    }
    assert_eq!(
        client.delete("/api/auth/sessions/none?dry_run=true").status,
        404
    );
    let odd = client.json("PATCH", "/api/settings?dry_run=maybe", &json!({}));
    assert_eq!((odd.status, &odd.json()["field"]), (400, &json!("dry_run")));
    let unknown = client.json("PATCH", "/api/settings?dryrun=true", &json!({}));
    assert_eq!(unknown.problem(), "unknown_parameter");
    // It is a try at the password like any other: it is noted, and slowed down.
    let wrong = json!({"current_password": "WrongPassword1", "new_password": "BrighterDays2026"});
    let path = "/api/auth/change-password?dry_run=true";
    let slowed = (0..20).any(|_| client.post(path, &wrong).status == 429);
    assert!(slowed, "passwords can be guessed by trying");
    let events = client.get("/api/security/events").json().to_string();
    assert!(events.contains("password_change_failed"), "{events}");
}

/// Pasted in a shell, with the host's authority known, each does what was tried.
#[test]
fn the_commands_shown_do_the_same_when_pasted() {
    let (app, client) = App::ready(NO_ENGINE);
    let count = || {
        let sessions = client.get("/api/auth/sessions").json();
        sessions["items"].as_array().unwrap().len()
    };
    let before = count();
    let authority = app.dir().join("ca.crt");
    std::fs::write(&authority, client.get("/ca.crt").body).unwrap();
    for (mode, name) in [
        ("simple", "one's \"first\" $(name) \\"),
        ("intermediate", "zwei"),
        ("advanced", "trois `3`"),
    ] {
        let body = json!({"host_name": name});
        let plan = client.json("PATCH", "/api/settings?dry_run=true", &body);
        let text = plan.json()["commands"][mode]["text"].clone();
        let mut shell = Command::new("sh")
            .args(["-c", text.as_str().unwrap()])
            .env("CURL_CA_BUNDLE", &authority)
            .env("DOCKERMATE_SESSION", client.session.as_ref().unwrap())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        writeln!(shell.stdin.take().unwrap(), "{PASSWORD}").unwrap();
        let output = shell.wait_with_output().unwrap();
        assert!(output.status.success(), "{mode}: {output:?}");
        assert_eq!(client.get("/api/settings").json()["host_name"], name);
    }
    assert_eq!(count(), before, "the script signs out again");
}
