//! A database that is gone beside the keys that belong to it: not a first start.

use crate::support::app::{App, NO_ENGINE, PASSWORD};
use serde_json::json;
use std::fs;

fn doctor(app: &App) -> String {
    let output = app.command(&["doctor", "--docker-host", NO_ENGINE]);
    String::from_utf8(output.stdout).unwrap()
}

/// The token that it printed at the last start.
fn setup_token(app: &App) -> String {
    let log = app.log();
    let (_, rest) = log.rsplit_once("Setup token").unwrap();
    rest.split_whitespace().next().unwrap().to_owned()
}

#[test]
fn missing_or_empty_database_beside_its_keys_is_not_a_first_start() {
    for damage in ["deleted", "deleted with the certificates", "emptied"] {
        let (mut app, _) = App::ready(NO_ENGINE);
        app.stop();
        let file = app.data_dir().join("db/data.mdb");
        let kept = fs::read(&file).unwrap();
        match damage {
            "deleted" => fs::remove_dir_all(app.data_dir().join("db")).unwrap(),
            "emptied" => fs::write(&file, "").unwrap(),
            _ => {
                fs::remove_dir_all(app.data_dir().join("db")).unwrap();
                fs::remove_dir_all(app.data_dir().join("tls")).unwrap();
            }
        }
        let said = doctor(&app);
        assert!(said.contains("BAD   database"), "{damage}: {said}");
        app.up();
        let client = app.client();
        let info = client.get("/api/setup").json();
        assert_eq!(
            (&info["token_required"], &info["database_lost"]),
            (&json!(true), &json!(true)),
            "{damage}"
        );
        let body = json!({"password": PASSWORD});
        let refused = client.post("/api/setup", &body);
        assert_eq!(refused.problem(), "setup_token_required", "{damage}");
        let log = app.log();
        let sentence = "The database is missing or empty";
        assert!(
            log.contains(sentence) && log.contains("restore a backup"),
            "{log}"
        );
        let said = doctor(&app);
        assert!(said.contains("BAD   database"), "{damage}, running: {said}");

        // Also after another start, and until somebody with the token comes.
        app.stop();
        app.up();
        assert_eq!(
            client.post("/api/setup", &body).problem(),
            "setup_token_required"
        );
        if damage != "emptied" {
            let body = json!({"password": PASSWORD, "setup_token": setup_token(&app)});
            let done = client.post("/api/setup", &body);
            assert_eq!(done.status, 201, "{}", done.text());
            assert!(doctor(&app).contains("ok    database"), "{}", doctor(&app));
        } else {
            app.stop();
            fs::write(&file, kept).unwrap();
            app.up();
            let login = client.post("/api/auth/login", &body);
            assert_eq!(login.status, 200, "the backup is restored");
        }
    }
}

#[test]
fn first_start_that_was_not_finished_needs_no_token_after_a_restart() {
    let mut app = App::start(NO_ENGINE);
    app.stop();
    app.up();
    let client = app.client();
    assert_eq!(client.get("/api/setup").json()["token_required"], false);
    let body = json!({"password": PASSWORD});
    assert_eq!(client.post("/api/setup", &body).status, 201);
}
