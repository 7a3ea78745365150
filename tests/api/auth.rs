//! First start and login.

use crate::support::app::{App, NO_ENGINE, PASSWORD};
use crate::support::certificate::certificate;
use crate::support::client::{Answer, Client};
use crate::support::wait::{SOON, until};
use serde_json::{Value, json};
use std::process::Command;
use std::time::{Duration, Instant};

#[test]
fn every_page_redirects_to_setup_until_it_is_done() {
    let app = App::start(NO_ENGINE);
    let client = app.client();
    let page = client.get("/");
    assert_eq!(page.status, 303);
    assert_eq!(page.header("location"), Some("/setup"));
    assert!(page.text().contains("setup"));
    let api = client.get("/api/containers");
    assert_eq!(
        (api.status, api.problem().as_str()),
        (409, "setup_required")
    );
    let weak = client.post("/api/setup", &json!({"password": "weak"}));
    assert_eq!(
        (weak.status, weak.problem().as_str()),
        (400, "weak_password")
    );
    assert_eq!(weak.json()["field"], "password");
    app.set_up();
    let again = client.post("/api/setup", &json!({"password": PASSWORD}));
    assert_eq!(
        (again.status, again.problem().as_str()),
        (409, "already_set_up")
    );
}

#[test]
fn the_wizard_shows_what_it_needs_and_takes_every_answer() {
    let app = App::start(NO_ENGINE);
    let client = app.client();
    let info = client.get("/api/setup").json();
    assert_eq!(info["token_required"], false, "a caller of this machine");
    assert!(info["password_rules"].as_array().unwrap().len() >= 3);
    assert!(info["profile"]["name"].is_string());
    assert!(
        info["https"]["fingerprint_sha256"]
            .as_str()
            .unwrap()
            .contains(':')
    );
    assert_eq!(info["host_environments"].as_array().unwrap().len(), 5);
    let levels: Vec<_> = info["skill_levels"].as_array().unwrap().iter().collect();
    assert_eq!(
        levels.iter().map(|one| &one["code"]).collect::<Vec<_>>(),
        ["beginner", "intermediate", "advanced"]
    );
    let own = certificate(&["nas.example"]);
    let done = client.post(
        "/api/setup",
        &json!({
            "password": PASSWORD,
            "host_environment": "UAT",
            "host_name": "  The <b>cellar</b>  ",
            "https": {
                "mode": "custom",
                "certificate": own.certificate,
                "private_key": own.private_key,
            },
        }),
    );
    assert_eq!(done.status, 201, "{}", done.text());
    let token = done.json()["session_token"].as_str().unwrap().to_owned();
    let cookie = done.header("set-cookie").unwrap();
    assert!(
        cookie.starts_with(&format!("__Host-dockermate={token};")),
        "{cookie}"
    );
    let client = client.with(&token);
    let settings = client.get("/api/settings").json();
    assert_eq!(settings["host_environment"], "UAT");
    assert_eq!(settings["host_name"], "The <b>cellar</b>");
    assert_eq!(settings["skill_level"], "beginner", "left out");
    let https = client.get("/api/system/https").json();
    assert_eq!(https["mode"], "custom");
    assert_eq!(https["names"], json!(["nas.example"]));
    // Its name is one of this host's from now on, and markup stays text.
    let page = client.send("GET", "/", &[("Host", "nas.example:5000")], b"");
    assert_eq!(page.status, 200);
    assert!(!page.text().contains("<b>cellar"), "markup came alive");
}

#[test]
fn a_wrong_answer_names_its_field_and_changes_nothing() {
    let app = App::start(NO_ENGINE);
    let client = app.client();
    let before = client.get("/api/setup").json();
    let (one, other) = (certificate(&["a.example"]), certificate(&["b.example"]));
    let https = |certificate: &str, key: &str| json!({"mode": "custom", "certificate": certificate, "private_key": key});
    let long = "x".repeat(5000);
    for (wrong, field) in [
        (json!({"password": 7}), "password"),
        (json!({"password": null}), "password"),
        (json!({}), "password"),
        (json!({"password": ""}), "password"),
        (json!({"password": long}), "password"),
        (json!({"password": "aaaaaaaaaaaaaaa"}), "password"),
        (
            json!({"password": PASSWORD, "host_environment": "prod"}),
            "host_environment",
        ),
        (json!({"password": PASSWORD, "host_name": ""}), "host_name"),
        (
            json!({"password": PASSWORD, "skill_level": "guru"}),
            "skill_level",
        ),
        (
            json!({"password": PASSWORD, "host_name": "a\u{0}b"}),
            "host_name",
        ),
        (
            json!({"password": PASSWORD, "host_name": "n".repeat(65)}),
            "host_name",
        ),
        (json!({"password": PASSWORD, "admin": true}), "admin"),
        (
            json!({"password": PASSWORD, "https": {"mode": "none"}}),
            "https.mode",
        ),
        (
            json!({"password": PASSWORD, "https": https("rubbish", "rubbish")}),
            "certificate",
        ),
        (
            json!({"password": PASSWORD, "https": https(&one.certificate, "rubbish")}),
            "private_key",
        ),
        (
            json!({"password": PASSWORD, "https": https(&one.certificate, &other.private_key)}),
            "private_key",
        ),
    ] {
        let answer = client.post("/api/setup", &wrong);
        assert_eq!(answer.status, 400, "{wrong}: {}", answer.text());
        answer.problem();
        let found = answer.json();
        let named = found["field"].as_str().unwrap_or_default();
        assert!(
            named == field || (field == "https.mode" && named.starts_with("https")),
            "{wrong}: {found}"
        );
        assert!(
            !answer.text().contains(PASSWORD),
            "the password came back: {}",
            answer.text()
        );
    }
    let after = client.get("/api/setup").json();
    assert_eq!(before["https"], after["https"]);
    assert_eq!(before["host_name"], after["host_name"]);
    app.set_up();
}

#[test]
fn only_one_of_concurrent_setups_succeeds() {
    let app = App::start(NO_ENGINE);
    let racers: Vec<_> = (0..4)
        .map(|n| {
            let client = app.client();
            std::thread::spawn(move || {
                let name = format!("racer{n}.example");
                let own = certificate(&[&name]);
                let password = format!("Correct{n}Horse{n}Battery");
                let answer = client.post(
                    "/api/setup",
                    &json!({
                        "password": password,
                        "host_name": format!("racer {n}"),
                        "https": {
                            "mode": "custom",
                            "certificate": own.certificate,
                            "private_key": own.private_key,
                        },
                    }),
                );
                (n, password, answer)
            })
        })
        .collect();
    let mut winners = Vec::new();
    for racer in racers {
        let (n, password, answer) = racer.join().unwrap();
        if answer.status == 201 {
            winners.push((n, password, answer));
        } else {
            assert_eq!(answer.problem(), "already_set_up");
        }
    }
    assert_eq!(winners.len(), 1, "{winners:?}");
    let (n, password, answer) = winners.pop().unwrap();
    let client = app
        .client()
        .with(answer.json()["session_token"].as_str().unwrap());
    let settings = client.get("/api/settings").json();
    assert_eq!(settings["host_name"], format!("racer {n}"));
    let https = client.get("/api/system/https").json();
    assert_eq!(
        https["names"],
        json!([format!("racer{n}.example")]),
        "{https}"
    );
    assert_eq!(login(&app.client(), &password, false).status, 200);
    assert_eq!(client.get("/api/auth/sessions").status, 200);
}

fn login(client: &Client, password: &str, remember: bool) -> crate::support::client::Answer {
    client.post(
        "/api/auth/login",
        &json!({"password": password, "remember": remember}),
    )
}

fn seconds_until(time: &Value) -> i64 {
    let at = time::OffsetDateTime::parse(
        time.as_str().unwrap(),
        &time::format_description::well_known::Rfc3339,
    )
    .unwrap();
    (at - time::OffsetDateTime::now_utc()).whole_seconds()
}

#[test]
fn login_sets_an_http_only_cookie() {
    let app = App::start(NO_ENGINE);
    app.set_up();
    let short = login(&app.client(), PASSWORD, false);
    assert_eq!(short.status, 200, "{}", short.text());
    let cookie = short.header("set-cookie").unwrap().to_owned();
    let token = short.json()["session_token"].as_str().unwrap().to_owned();
    assert!(token.len() >= 43, "256 bits: {token}");
    let parts: Vec<&str> = cookie.split("; ").collect();
    assert_eq!(parts[0], format!("__Host-dockermate={token}"));
    for wanted in ["HttpOnly", "Secure", "SameSite=Strict", "Path=/"] {
        assert!(parts.contains(&wanted), "{cookie}");
    }
    assert!(
        !cookie.contains("Max-Age"),
        "ends with the browser: {cookie}"
    );
    assert!(!cookie.contains("Domain"), "{cookie}");
    let left = seconds_until(&short.json()["expires_at"]);
    assert!((8 * 3600 - 60..=8 * 3600).contains(&left), "{left}");

    let long = login(&app.client(), PASSWORD, true);
    let cookie = long.header("set-cookie").unwrap();
    let age: i64 = cookie
        .split("; ")
        .find_map(|part| part.strip_prefix("Max-Age="))
        .unwrap()
        .parse()
        .unwrap();
    assert!((7 * 86400 - 60..=7 * 86400).contains(&age), "{cookie}");
    let client = app
        .client()
        .with(long.json()["session_token"].as_str().unwrap());
    let session = client.get("/api/auth/session").json();
    assert_eq!(session["authenticated"], true);
    assert_eq!(session["remember"], true);
    assert_eq!(session["force_password_change"], false);
    assert_ne!(long.json()["session_token"], token, "never the same token");
}

#[test]
fn wrong_passwords_are_delayed_longer_each_time() {
    let app = App::start(NO_ENGINE);
    app.set_up();
    let client = app.client();
    for _ in 0..3 {
        let wrong = login(&client, "Wrong1Password", false);
        assert_eq!(
            (wrong.status, wrong.problem().as_str()),
            (401, "invalid_password")
        );
        assert!(wrong.header("set-cookie").is_none());
    }
    // The right password waits too, or guessing would go on beside it.
    let blocked = login(&client, PASSWORD, false);
    assert_eq!(
        (blocked.status, blocked.problem().as_str()),
        (429, "rate_limited")
    );
    assert_eq!(blocked.header("retry-after"), Some("1"));
    assert_eq!(blocked.json()["retry_after"], 1);
    let fourth = until("the next try", SOON, || {
        let answer = login(&client, "Wrong1Password", false);
        (answer.status != 429).then_some(answer)
    });
    assert_eq!(fourth.status, 401);
    let failed_at = Instant::now();
    let blocked = login(&client, PASSWORD, false);
    let wait: u64 = blocked.header("retry-after").unwrap().parse().unwrap();
    assert_eq!(wait, 2, "it grows");
    // Who waits as long as it says is let in.
    std::thread::sleep(
        Duration::from_secs(wait).saturating_sub(failed_at.elapsed()) + Duration::from_millis(50),
    );
    let right = login(&client, PASSWORD, false);
    assert_eq!(right.status, 200, "{}", right.text());
    // A success forgets the failures.
    assert_eq!(login(&client, "Wrong1Password", false).status, 401);
    assert_eq!(login(&client, PASSWORD, false).status, 200);
}

#[test]
fn setup_and_login_pages_work_without_scripts() {
    let app = App::start(NO_ENGINE);
    let client = app.client();
    let form = |path: &str, body: &str| {
        client.send(
            "POST",
            path,
            &[("Content-Type", "application/x-www-form-urlencoded")],
            body.as_bytes(),
        )
    };
    let differ = form(
        "/setup",
        "password=TestPassword123&password_repeat=TestPassword124&host_name=%3Cb%3Ebox",
    );
    assert_eq!(differ.status, 400);
    assert!(differ.text().contains("do not match"), "{}", differ.text());
    assert!(!differ.text().contains("TestPassword12"), "it came back");
    assert!(!differ.text().contains("<b>box"), "markup came alive");
    let done = form(
        "/setup",
        "password=TestPassword123&password_repeat=TestPassword123&host_name=box",
    );
    assert_eq!(next_of(&done), "/");
    let wrong = form("/login", "password=nope&next=%2Fsettings");
    assert_eq!(wrong.status, 401);
    assert!(wrong.text().contains("Wrong password"));
    for (next, to) in [
        ("%2Fsettings", "/settings"),
        ("%2F%2Fevil.example", "/"),
        ("https%3A%2F%2Fevil.example", "/"),
        ("%2F%5Cevil.example", "/"),
        ("%2Fa%0D%0ASet-Cookie%3A%20x%3D1", "/"),
        ("%2F%09%2Fevil.example", "/"),
    ] {
        let answer = form("/login", &format!("password=TestPassword123&next={next}"));
        assert_eq!(next_of(&answer), to, "{next}");
    }
}

/// Where the page after a login by form leads, once it has kept the page key.
#[track_caller]
fn next_of(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(answer.header("set-cookie").is_some());
    let text = answer.text();
    let (_, rest) = text.split_once("id=\"page-data\">").unwrap();
    let block: Value = serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap();
    assert!(block["page_key"].as_str().unwrap().len() > 40, "{block}");
    block["next"].as_str().unwrap().to_owned()
}

/// A proxy on the same machine makes everybody on the internet somebody of this
/// machine, and need not say that it is one: its worker is neither root nor us.
#[test]
fn connection_of_another_user_of_this_machine_needs_the_setup_token() {
    let app = App::start(NO_ENGINE);
    for (user, required) in [(0, false), (65534, true)] {
        let address = format!("https://127.0.0.1:{}/api/setup", app.port);
        let output = Command::new("setpriv")
            .args([format!("--reuid={user}"), format!("--regid={user}")])
            .args(["--clear-groups", "curl", "-sk", &address])
            .output()
            .unwrap();
        let info: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(info["token_required"], required, "user {user}");
    }
}
