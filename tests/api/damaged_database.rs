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

/// The layout of a file of LMDB (data version 1) on the machines that the tests run on.
const PAGE: usize = 4096;
const FREE_ROOT: usize = 80;
const LAST_PAGE: usize = 136;
const TRANSACTION: usize = 144;

fn word(bytes: &[u8], at: usize) -> usize {
    usize::from_le_bytes(bytes[at..at + 8].try_into().unwrap())
}

/// The newer one of the two meta pages.
fn newer(bytes: &[u8]) -> &[u8] {
    let (first, second) = (&bytes[..PAGE], &bytes[PAGE..2 * PAGE]);
    if word(first, TRANSACTION) > word(second, TRANSACTION) {
        first
    } else {
        second
    }
}

/// The last page that is in a table or in the list of free pages, and says so.
fn last_page(bytes: &[u8]) -> usize {
    let meta = newer(bytes);
    let (free, main) = (word(meta, FREE_ROOT), word(meta, FREE_ROOT + 48));
    free.max(main)
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
    let damages: [Damage; 9] = [
        ("cut to two pages", |bytes| bytes.truncate(8192)),
        ("cut in half", |bytes| bytes.truncate(bytes.len() / 2)),
        ("cut to one byte", |bytes| bytes.truncate(1)),
        ("another file", |bytes| {
            *bytes = b"not a database".repeat(2000)
        }),
        ("without its last page in use", |bytes| {
            let last = last_page(bytes);
            bytes.truncate(last * PAGE);
        }),
        ("its list of free pages is zeros", |bytes| {
            let root = word(newer(bytes), FREE_ROOT) * PAGE;
            bytes[root..root + PAGE].fill(0);
        }),
        ("its last page is far beyond what can be mapped", |bytes| {
            for meta in [0, PAGE] {
                bytes[meta + LAST_PAGE..meta + LAST_PAGE + 8]
                    .copy_from_slice(&(1_usize << 40).to_le_bytes());
            }
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
    assert_eq!(seen, 9);
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

#[test]
fn wrong_configuration_that_a_flag_overrides_does_not_count_as_damage() {
    let app = with_copy();
    fs::write(
        app.data_dir().join("config.toml"),
        "profile = \"nonsense\"\n",
    )
    .unwrap();
    let refused = app.command(&["check-database"]);
    assert_eq!(refused.status.code(), Some(64), "{refused:?}");
    let reset = app.command(&["reset-password", "--profile", "LOW_END"]);
    let said = String::from_utf8_lossy(&reset.stderr).into_owned();
    assert_eq!(reset.status.code(), Some(0), "{said}");
    assert!(!said.contains("damaged"), "{said}");
}

#[test]
fn backup_names_a_file_that_is_there_already_and_leaves_it() {
    let app = with_copy();
    let target = app.dir().join("there.mdb");
    fs::write(&target, "mine").unwrap();
    let backup = app.command(&["backup", target.to_str().unwrap()]);
    let said = String::from_utf8_lossy(&backup.stderr).into_owned();
    assert_eq!(backup.status.code(), Some(69), "{said}");
    assert!(said.contains("exists already"), "{said}");
    assert!(!said.contains("data folder"), "{said}");
    assert_eq!(fs::read_to_string(&target).unwrap(), "mine");
    // Nor is a copy made without its key.
    let other = app.dir().join("other.mdb");
    let key = app.dir().join("other.mdb.key");
    fs::write(&key, "mine").unwrap();
    let backup = app.command(&["backup", other.to_str().unwrap()]);
    let said = String::from_utf8_lossy(&backup.stderr).into_owned();
    assert_eq!(backup.status.code(), Some(69), "{said}");
    assert!(said.contains("other.mdb.key exists already"), "{said}");
    assert!(!other.exists(), "half a backup is left");
    assert_eq!(fs::read_to_string(&key).unwrap(), "mine");
    let nowhere = app.command(&["backup", "/nowhere/x.mdb"]);
    let said = String::from_utf8_lossy(&nowhere.stderr).into_owned();
    assert!(said.contains("could not be written"), "{said}");
}

/// Finds the record with the password in the file, and makes it something else.
fn spoil_user(bytes: &mut [u8]) {
    let begin = b"{\"username\":\"admin\"";
    let places: Vec<usize> = bytes
        .windows(begin.len())
        .enumerate()
        .filter(|(_, window)| window == begin)
        .map(|(at, _)| at)
        .collect();
    assert!(!places.is_empty());
    for at in places {
        bytes[at + 1] ^= 1;
    }
}

#[test]
fn unreadable_record_of_the_user_is_told_by_doctor_and_replaced_by_reset_password() {
    let mut app = with_copy();
    let file = app.data_dir().join("db/data.mdb");
    let mut bytes = fs::read(&file).unwrap();
    spoil_user(&mut bytes);
    fs::write(&file, &bytes).unwrap();
    let doctor = app.command(&["doctor", "--docker-host", NO_ENGINE]);
    let said = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert!(said.contains("dockermate reset-password"), "{said}");
    let reset = app.command(&["reset-password"]);
    let said = String::from_utf8_lossy(&reset.stdout).into_owned();
    assert_eq!(reset.status.code(), Some(0), "{reset:?}");
    let password = said
        .lines()
        .find_map(|line| line.strip_prefix("Temporary Password: "))
        .unwrap();
    app.up();
    let login = app
        .client()
        .post("/api/auth/login", &json!({"password": password}));
    assert_eq!(login.status, 200, "{}", login.text());
}
