//! Sessions, the password's change and reset, the security log, and what of it
//! all is on the disk.

use crate::support::app::{App, NO_ENGINE, PASSWORD};
use crate::support::client::{Answer, Client};
use crate::support::wait::{SOON, until};
use dockermate::model::timestamp::Timestamp;
use dockermate::store::{SessionBinding, SessionRecord, Sizes, Store};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const NEW: &str = "Another4Password";

fn try_login(client: &Client, password: &str) -> Answer {
    client.post("/api/auth/login", &json!({"password": password}))
}

#[track_caller]
fn login(client: &Client, password: &str) -> Client {
    let answer = try_login(client, password);
    assert_eq!(answer.status, 200, "{}", answer.text());
    client.with(answer.json()["session_token"].as_str().unwrap())
}

fn is_in(client: &Client) -> bool {
    client.get("/api/auth/session").status == 200
}

#[test]
fn sessions_are_listed_and_ended() {
    let (app, here) = App::ready(NO_ENGINE);
    let agent = "Mozilla/5.0 <script>alert(1)</script>";
    let there = app.client().send(
        "POST",
        "/api/auth/login",
        &[("User-Agent", agent)],
        json!({"password": PASSWORD}).to_string().as_bytes(),
    );
    let there = app
        .client()
        .with(there.json()["session_token"].as_str().unwrap());
    let list = here.get("/api/auth/sessions").json();
    let items = list["items"].as_array().unwrap();
    let (own, others): (Vec<_>, Vec<_>) = items.iter().partition(|item| item["current"] == true);
    // The newest first; a browser is signed in as well.
    assert_eq!((own.len(), others.len()), (1, 2));
    assert_eq!(others[0]["user_agent"], agent);
    assert_eq!(others[0]["ip_address"], "127.0.0.1");
    assert!(
        !list.to_string().contains(here.session.as_deref().unwrap()),
        "the token is shown"
    );
    let json = [("Accept", "application/json")];
    let page = here.send("GET", "/settings", &json, b"").text();
    assert!(page.contains("alert(1)"), "{page}");

    let id = others[0]["id"].as_str().unwrap();
    assert!(is_in(&there));
    let gone = here.delete(&format!("/api/auth/sessions/{id}"));
    assert_eq!(gone.status, 204, "{}", gone.text());
    assert!(!is_in(&there));
    assert!(is_in(&here));
    let again = here.delete(&format!("/api/auth/sessions/{id}"));
    assert_eq!((again.status, again.problem().as_str()), (404, "not_found"));

    let id = own[0]["id"].as_str().unwrap();
    let gone = here.delete(&format!("/api/auth/sessions/{id}"));
    assert_eq!(gone.status, 204);
    assert!(gone.header("set-cookie").unwrap().contains("Max-Age=0"));
    assert!(!is_in(&here));
}

#[test]
fn logging_out_ends_this_session_only() {
    let (app, first) = App::ready(NO_ENGINE);
    let second = login(&app.client(), PASSWORD);
    let left = second.send("POST", "/api/auth/logout", &[], b"");
    assert_eq!(left.status, 204);
    let cookie = left.header("set-cookie").unwrap();
    assert!(
        cookie.starts_with("__Host-dockermate=;") && cookie.contains("Max-Age=0"),
        "{cookie}"
    );
    assert!(!is_in(&second));
    assert!(is_in(&first));
    let again = second.send("POST", "/api/auth/logout", &[], b"");
    assert_eq!(again.problem(), "unauthenticated");
}

#[test]
fn changing_the_password_ends_every_session() {
    let (app, here) = App::ready(NO_ENGINE);
    let there = login(&app.client(), PASSWORD);
    let change = |current: &str, new: &str| {
        here.post(
            "/api/auth/change-password",
            &json!({"current_password": current, "new_password": new}),
        )
    };
    let wrong = change("Wrong1Password", NEW);
    assert_eq!(
        (wrong.status, wrong.problem().as_str()),
        (400, "invalid_password")
    );
    assert_eq!(wrong.json()["field"], "current_password");
    let weak = change(PASSWORD, "weak");
    assert_eq!(weak.problem(), "weak_password");
    assert_eq!(weak.json()["field"], "new_password");
    let same = change(PASSWORD, PASSWORD);
    assert_eq!(
        (same.status, same.json()["field"].as_str()),
        (400, Some("new_password"))
    );
    assert!(is_in(&here) && is_in(&there), "a refusal changes nothing");

    let done = change(PASSWORD, NEW);
    assert_eq!(done.status, 200, "{}", done.text());
    let fresh = here.with(done.json()["session_token"].as_str().unwrap());
    assert!(
        done.header("set-cookie")
            .unwrap()
            .starts_with("__Host-dockermate=")
    );
    assert!(!is_in(&here), "the old token of the one who changed it");
    assert!(!is_in(&there), "the other one");
    assert!(is_in(&fresh));
    assert_eq!(try_login(&app.client(), PASSWORD).status, 401);
    login(&app.client(), NEW);
}

#[test]
fn a_login_with_the_old_password_does_not_outlive_the_change() {
    let (app, owner) = App::ready(NO_ENGINE);
    let over = Arc::new(AtomicBool::new(false));
    let intruders: Vec<_> = (0..3)
        .map(|_| {
            let (client, over) = (app.client(), Arc::clone(&over));
            std::thread::spawn(move || {
                let mut got = Vec::new();
                while !over.load(Ordering::Relaxed) {
                    let answer = try_login(&client, PASSWORD);
                    match answer.status {
                        200 => {
                            got.push(answer.json()["session_token"].as_str().unwrap().to_owned());
                        }
                        503 => {}
                        _ => break,
                    }
                }
                got
            })
        })
        .collect();
    let changed = owner.post(
        "/api/auth/change-password",
        &json!({"current_password": PASSWORD, "new_password": NEW}),
    );
    over.store(true, Ordering::Relaxed);
    assert_eq!(changed.status, 200, "{}", changed.text());
    for intruder in intruders {
        for token in intruder.join().unwrap() {
            assert!(!is_in(&app.client().with(&token)), "still in");
        }
    }
    assert!(is_in(
        &owner.with(changed.json()["session_token"].as_str().unwrap())
    ));
}

/// Every file below a folder.
fn files(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
}

#[test]
fn database_contains_neither_tokens_nor_passwords() {
    let (app, first) = App::ready(NO_ENGINE);
    let second = login(&app.client(), PASSWORD);
    assert_eq!(try_login(&app.client(), "Typo5Password").status, 401);
    let mut found = Vec::new();
    files(&app.data_dir(), &mut found);
    assert!(found.len() >= 3, "{found:?}");
    let secrets = [
        first.session.as_deref().unwrap(),
        second.session.as_deref().unwrap(),
        PASSWORD,
        "Typo5Password",
    ];
    for path in found {
        let bytes = std::fs::read(&path).unwrap();
        for secret in secrets {
            assert!(
                !bytes
                    .windows(secret.len())
                    .any(|window| window == secret.as_bytes()),
                "{} holds a secret",
                path.display()
            );
        }
        let mode = std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        if path.to_string_lossy().contains("key") || path.ends_with("data.mdb") {
            assert_eq!(mode, 0o600, "{}", path.display());
        }
    }
    for secret in secrets {
        assert!(!app.log().contains(secret), "the log holds a secret");
    }
}

#[test]
fn stream_ends_at_once_with_its_session_and_no_other_does() {
    let (app, owner) = App::ready(NO_ENGINE);
    type Ending = fn(&Client, &Client);
    let ways: [(&str, Ending); 3] = [
        ("log out", |guest, _| {
            assert_eq!(guest.post("/api/auth/logout", &json!({})).status, 204);
        }),
        ("revoke", |guest, owner| {
            let sessions = guest.get("/api/auth/sessions").json();
            let items = sessions["items"].as_array().unwrap();
            let own = items.iter().find(|item| item["current"] == true).unwrap();
            let path = format!("/api/auth/sessions/{}", own["id"].as_str().unwrap());
            assert_eq!(owner.delete(&path).status, 204);
        }),
        ("change the password", |_, owner| {
            let body = json!({"current_password": PASSWORD, "new_password": NEW});
            assert_eq!(owner.post("/api/auth/change-password", &body).status, 200);
        }),
    ];
    for (way, end) in ways {
        let guest = login(&app.client(), PASSWORD);
        let mut stream = guest.events("/api/events", None);
        let mut other = owner.events("/api/events", None);
        end(&guest, &owner);
        let began = Instant::now();
        while stream.next().is_some() {}
        assert!(began.elapsed() < Duration::from_secs(2), "{way}");
        if way != "change the password" {
            let name = json!({"host_name": way});
            assert_eq!(owner.json("PATCH", "/api/settings", &name).status, 200);
            other.find("the change of the settings", |event| {
                event.kind == "settings"
            });
        }
    }
}

#[test]
fn security_events_are_logged() {
    let (app, client) = App::ready(NO_ENGINE);
    for _ in 0..3 {
        assert_eq!(try_login(&app.client(), "Wrong1Password").status, 401);
    }
    assert_eq!(try_login(&app.client(), PASSWORD).status, 429);
    let events = client.get("/api/security/events").json();
    let kinds: Vec<&str> = events["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["event_type"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        [
            "login_blocked",
            "login_failed",
            "login_failed",
            "login_failed",
            "login",
            "setup_completed"
        ],
        "the newest first"
    );
    for event in events["items"].as_array().unwrap() {
        assert_eq!(event["ip_address"], "127.0.0.1");
        let failed = event["event_type"].as_str().unwrap().starts_with("login_");
        assert_eq!(event["success"], !failed, "{event}");
    }
    let one = client.get("/api/security/events?limit=1").json();
    assert_eq!(one["items"].as_array().unwrap().len(), 1);
}

#[test]
fn an_expired_session_is_refused() {
    let (mut app, client) = App::ready(NO_ENGINE);
    app.stop();
    let store = Store::open(
        &app.data_dir(),
        Sizes {
            initial: 64 << 20,
            most: 1 << 30,
        },
    )
    .unwrap();
    let token = "an-old-token";
    let now = Timestamp::now();
    let hour = 3_600_000;
    let record = SessionRecord {
        id: "0123456789abcdef".to_owned(),
        created_at: Timestamp(now.0 - 9 * hour),
        expires_at: Timestamp(now.0 - hour),
        last_accessed: Timestamp(now.0 - hour),
        user_agent: String::new(),
        ip_address: "127.0.0.1".to_owned(),
        remember: false,
        bound_to: Some(SessionBinding::Script),
    };
    let key: String = Sha256::digest(token.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let added = tokio::runtime::Runtime::new().unwrap().block_on(async {
        let seen = store.user().unwrap().unwrap().updated_at;
        store
            .add_session(seen, key, record, None, 100)
            .await
            .unwrap()
    });
    assert!(added);
    drop(store);
    app.up();
    assert!(is_in(&client), "a restart ends no session");
    assert!(!is_in(&app.client().with(token)));
    let page = app.client().with(token).get("/settings");
    assert_eq!(
        (page.status, page.header("location")),
        (303, Some("/login?next=%2Fsettings"))
    );
    let list = client.get("/api/auth/sessions").json();
    assert!(!list.to_string().contains("0123456789abcdef"), "{list}");
}

/// Four or more words and a number, as in section 15.4 of the design.
#[track_caller]
fn is_word_form(password: &str) {
    let (words, number) = password.rsplit_once('-').expect("hyphens");
    assert!(
        number.len() == 2 && number.parse::<u8>().is_ok(),
        "{password}"
    );
    let words: Vec<&str> = words.split('-').collect();
    assert!(words.len() >= 4, "{password}");
    assert!(
        words
            .iter()
            .all(|word| word.len() >= 3 && word.bytes().all(|b| b.is_ascii_lowercase())),
        "{password}"
    );
}

/// Everything is refused but choosing a new password, which frees the way.
fn must_change(app: &App, old: &Client, temporary: &str) {
    is_word_form(temporary);
    assert!(!is_in(old), "the sessions have ended");
    assert_eq!(try_login(&app.client(), PASSWORD).status, 401);
    let answer = try_login(&app.client(), temporary);
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.json()["force_password_change"], true);
    let client = app
        .client()
        .with(answer.json()["session_token"].as_str().unwrap());
    for path in [
        "/api/containers",
        "/api/settings",
        "/api/events",
        "/api/system",
    ] {
        let refused = client.get(path);
        assert_eq!(
            (refused.status, refused.problem().as_str()),
            (403, "password_change_required"),
            "{path}"
        );
    }
    let page = client.get("/containers");
    assert_eq!(
        (page.status, page.header("location")),
        (303, Some("/settings#security"))
    );
    assert_eq!(client.get("/settings").status, 200);
    assert_eq!(
        client.get("/api/auth/session").json()["force_password_change"],
        true
    );
    let done = client.post(
        "/api/auth/change-password",
        &json!({"current_password": temporary, "new_password": NEW}),
    );
    assert_eq!(done.status, 200, "{}", done.text());
    let client = client.with(done.json()["session_token"].as_str().unwrap());
    assert_eq!(client.get("/api/settings").status, 200);
    let events = client.get("/api/security/events").text();
    assert!(events.contains("password_reset"), "{events}");
}

#[test]
fn reset_password_command_works_while_the_program_runs() {
    let app = App::start(NO_ENGINE);
    let nothing = app.command(&["reset-password"]);
    assert_eq!(nothing.status.code(), Some(69), "there is none yet");
    let old = app.set_up();
    let output = app.command(&["reset-password"]);
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("Force password change on next login: Yes"),
        "{text}"
    );
    let temporary = text
        .lines()
        .find_map(|line| line.strip_prefix("Temporary Password: "))
        .expect("the password");
    must_change(&app, &old, temporary);
}

#[test]
fn environment_variable_resets_the_password_at_startup() {
    let (mut app, old) = App::ready(NO_ENGINE);
    app.stop();
    app.env = vec![("DOCKERMATE_RESET_PASSWORD".to_owned(), "true".to_owned())];
    app.up();
    let temporary = until("the password in the log", SOON, || {
        let log = app.log();
        let rest = log.split_once("temporary_password=\"")?.1;
        Some(rest.split_once('"')?.0.to_owned())
    });
    must_change(&app, &old, &temporary);
}
