//! A data folder that disappears while the program runs.

use crate::support::app::{App, NO_ENGINE, PASSWORD};
use serde_json::json;
use std::fs;

#[test]
fn change_is_refused_once_the_database_was_deleted_or_replaced() {
    for replaced in [false, true] {
        let (app, client) = App::ready(NO_ENGINE);
        let rename =
            |name: &str| client.json("PATCH", "/api/settings", &json!({"host_name": name}));
        assert_eq!(rename("before").status, 200);
        let folder = app.data_dir();
        let aside = folder.with_extension("aside");
        if replaced {
            let file = folder.join("db/data.mdb");
            let copy = fs::read(&file).unwrap();
            fs::rename(&file, &aside).unwrap();
            fs::write(&file, copy).unwrap();
        } else {
            fs::rename(&folder, &aside).unwrap();
        }
        let refused = rename("lost");
        assert_eq!(
            (refused.status, refused.problem()),
            (507, "storage_gone".into())
        );
        let kept = client.get("/api/settings").json();
        assert_eq!(kept["host_name"], "before", "replaced: {replaced}");
        // The owner gets in, and is told.
        let login = app
            .client()
            .post("/api/auth/login", &json!({"password": PASSWORD}));
        assert_eq!(login.status, 200, "{}", login.text());
        let client = app
            .client()
            .with(login.json()["session_token"].as_str().unwrap());
        let dashboard = client.page("/").text();
        assert!(dashboard.contains("data folder is missing"), "{dashboard}");
        // Put back, it can be written again.
        if replaced {
            fs::rename(&aside, folder.join("db/data.mdb")).unwrap();
        } else {
            let _ = fs::remove_dir_all(&folder);
            fs::rename(&aside, &folder).unwrap();
        }
        assert_eq!(rename("after").status, 200);
    }
}
