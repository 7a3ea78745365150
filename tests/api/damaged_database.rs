//! A database whose file is damaged: refused with a sentence and a way back,
//! however it is damaged, and never with a signal.

use crate::support::app::{App, NO_ENGINE, PASSWORD};
use crate::support::wait::{SOON, until};
use serde_json::json;
use std::fs;
use std::path::PathBuf;

fn copy_of(app: &App) -> PathBuf {
    app.data_dir().join("db/weekly.mdb")
}

/// An appliance with something in its database, and the copy of it.
fn with_copy() -> App {
    let (mut app, client) = App::ready(NO_ENGINE);
    let name = json!({"host_name": "attic"});
    assert_eq!(client.json("PATCH", "/api/settings", &name).status, 200);
    fs::remove_file(copy_of(&app)).unwrap();
    let run = "/api/system/jobs/copy_database/run";
    assert!(client.post(run, &json!({})).status < 300);
    until("the copy is made", SOON, || {
        copy_of(&app).exists().then_some(())
    });
    app.stop();
    app
}

#[test]
fn damaged_database_is_refused_with_the_way_back_and_the_copy_restores_it() {
    let mut app = with_copy();
    let file = app.data_dir().join("db/data.mdb");
    let whole = fs::read(&file).unwrap();
    let half = whole.len() / 2;
    let mut seen = 0;
    type Damage = (&'static str, fn(&mut Vec<u8>));
    let damages: [Damage; 6] = [
        ("cut to two pages", |bytes| bytes.truncate(8192)),
        ("cut in half", |bytes| bytes.truncate(bytes.len() / 2)),
        ("cut to one byte", |bytes| bytes.truncate(1)),
        ("another file", |bytes| {
            *bytes = b"not a database".repeat(2000)
        }),
        ("zeros after the meta pages", |bytes| bytes[8192..].fill(0)),
        ("noise after the meta pages", |bytes| {
            for (at, byte) in bytes.iter_mut().enumerate().skip(8192) {
                *byte ^= (at % 251) as u8;
            }
        }),
    ];
    assert!(half > 8192, "{} bytes", whole.len());
    for (what, damage) in damages {
        let mut bytes = whole.clone();
        damage(&mut bytes);
        fs::write(&file, &bytes).unwrap();
        for arguments in [
            &["serve", "--no-mdns"][..],
            &["doctor", "--docker-host", NO_ENGINE],
            &["reset-password"],
            &["backup", "/nowhere/x"],
        ] {
            let output = app.command(arguments);
            let said = format!(
                "{}{}",
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr)
            );
            assert_eq!(
                output.status.code(),
                Some(69),
                "{what}: {arguments:?}: {said}"
            );
            for wanted in ["damaged", "weekly.mdb", "cp -p"] {
                assert!(said.contains(wanted), "{what}: {arguments:?}: {said}");
            }
        }
        assert_eq!(fs::read(&file).unwrap(), bytes, "{what}: it was changed");
        seen += 1;
    }
    assert_eq!(seen, 6);
    fs::copy(copy_of(&app), &file).unwrap();
    app.up();
    let login = app
        .client()
        .post("/api/auth/login", &json!({"password": PASSWORD}));
    let client = app.client();
    let client = client.with(login.json()["session_token"].as_str().unwrap());
    assert_eq!(client.get("/api/settings").json()["host_name"], "attic");
}

#[test]
fn copy_of_the_database_is_made_at_the_first_start_and_not_again_within_a_week() {
    let (mut app, client) = App::ready(NO_ENGINE);
    until("the copy is made", SOON, || {
        copy_of(&app).exists().then_some(())
    });
    let made = fs::metadata(copy_of(&app)).unwrap().modified().unwrap();
    app.stop();
    app.up();
    until("the job has run", SOON, || {
        let jobs = client.get("/api/system/jobs").json();
        let items = jobs["items"].as_array().unwrap();
        let job = items
            .iter()
            .find(|job| job["id"] == "copy_database")
            .unwrap();
        (job["last_run"]["result"] == "The last copy is recent enough.").then_some(())
    });
    assert_eq!(
        fs::metadata(copy_of(&app)).unwrap().modified().unwrap(),
        made
    );
}
