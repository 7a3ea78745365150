//! A data folder on a full disk: the owner gets in, cleans up, and gets out.

use crate::support::app::{App, NO_ENGINE, PASSWORD};
use crate::support::client::{Answer, Client};
use crate::support::disk::SmallDisk;
use serde_json::json;

fn login(client: &Client, password: &str) -> Answer {
    client.post("/api/auth/login", &json!({"password": password}))
}

#[track_caller]
fn logged_in(app: &App, password: &str) -> Client {
    let answer = login(&app.client(), password);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let client = app.client();
    client.with(answer.json()["session_token"].as_str().unwrap())
}

fn is_in(client: &Client) -> bool {
    client.get("/api/auth/session").status == 200
}

/// A change that may wait until there is room again.
fn setting(client: &Client, name: &str) -> Answer {
    client.json("PATCH", "/api/settings", &json!({"host_name": name}))
}

#[test]
fn login_logout_and_password_reset_work_on_a_full_disk() {
    let (mut app, client) = App::ready(NO_ENGINE);
    app.stop();
    let disk = SmallDisk::over(app.data_dir());
    app.up();
    assert!(app.data_dir().join("db/reserve").exists());
    disk.fill();
    // Longer than free pages of the database last.
    let mut refused = None;
    for n in 0..40 {
        let answer = setting(&client, &format!("{n}{}", "x".repeat(50)));
        if answer.status != 200 {
            refused = Some(answer.problem());
            break;
        }
        let guest = logged_in(&app, PASSWORD);
        assert!(is_in(&guest));
    }
    let first = logged_in(&app, PASSWORD);
    let second = logged_in(&app, PASSWORD);
    assert_eq!(
        setting(&client, &"y".repeat(60)).problem(),
        "storage_full",
        "{refused:?}"
    );
    assert_eq!(second.post("/api/auth/logout", &json!({})).status, 204);
    assert!(!is_in(&second) && is_in(&first));
    app.stop();
    app.up();
    assert!(!is_in(&second), "a session that was ended comes back");
    assert!(is_in(&first), "it was stored");

    // Somebody else takes the space that was reserved.
    disk.fill();
    let visitors: Vec<Client> = (0..30).map(|_| logged_in(&app, PASSWORD)).collect();
    let last = visitors.last().unwrap();
    assert!(is_in(last));
    let listed = last.get("/api/auth/sessions").json();
    let items = listed["items"].as_array().unwrap();
    assert_eq!(
        items.iter().filter(|item| item["current"] == true).count(),
        1
    );
    assert_eq!(last.post("/api/auth/logout", &json!({})).status, 204);
    assert!(!is_in(last));

    std::fs::remove_file(disk.ballast()).unwrap();
    assert_eq!(setting(&client, "attic").status, 200);
    app.stop();
    app.up();
    assert!(
        app.data_dir().join("db/reserve").exists(),
        "there is room again"
    );
    disk.fill();
    let reset = app.command(&["reset-password"]);
    assert!(reset.status.success(), "{reset:?}");
    let said = String::from_utf8(reset.stdout).unwrap();
    let temporary = said
        .split_whitespace()
        .find(|word| word.matches('-').count() > 3)
        .unwrap();
    disk.fill();
    let guests: Vec<Client> = (0..10).map(|_| logged_in(&app, temporary)).collect();
    assert!(guests.iter().all(is_in));
    std::fs::remove_file(disk.ballast()).unwrap();
    let reset = app.command(&["reset-password"]);
    assert!(reset.status.success(), "{reset:?}");
    // Also those that only the memory of the running program knows.
    assert!(!guests.iter().any(is_in), "every session has ended");
    app.stop();
}
