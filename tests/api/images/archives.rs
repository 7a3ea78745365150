//! Saving images to a file and loading them from one.

use super::{exists, known, own_image, path};
use crate::support::app::App;
use crate::support::client::Client;
use crate::support::disk::SmallDisk;
use crate::support::engine::{Engine, kind};
use crate::support::wait::{SOON, until};
use serde_json::json;
use std::io::Write as _;

const TAR: &[(&str, &str)] = &[("Content-Type", "application/x-tar")];

fn saved(client: &Client, query: &str) -> Vec<u8> {
    let answer = client.get(&format!("/api/images/archive?{query}"));
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("application/x-tar"));
    let name = answer.header("content-disposition").unwrap();
    assert!(
        name.starts_with("attachment") && name.ends_with(".tar\""),
        "{name}"
    );
    answer.body
}

#[test]
fn image_comes_back_from_its_archive_as_it_was() {
    let engine = Engine::shared();
    let (_app, client) = App::ready(&engine.host());
    let (tag, other) = (own_image(engine), own_image(engine));
    let before = known(&client, &tag);
    known(&client, &other);
    let archive = saved(&client, &format!("image={tag}"));
    let both = saved(&client, &format!("image={tag}&image={other}"));
    assert!(both.len() > archive.len());
    engine.docker(&["rmi", &tag, &other]);
    let done = client.send("POST", "/api/images/load", TAR, &archive);
    assert_eq!(done.status, 200, "{}", done.text());
    let operation = done.json();
    assert_eq!(operation["kind"], "image.load");
    assert!(
        operation["result"]["images"].to_string().contains(&tag),
        "{operation}"
    );
    let after = known(&client, &tag);
    assert_eq!(
        (&after["id"], &after["config"]),
        (&before["id"], &before["config"])
    );
    assert!(!exists(engine, &other));
    let done = client.send("POST", "/api/images/load", TAR, &both);
    assert_eq!(done.status, 200, "{}", done.text());
    assert!(exists(engine, &tag) && exists(engine, &other));
    engine.docker(&["rmi", &tag, &other]);
}

#[test]
fn file_without_images_is_refused_with_the_way_out() {
    let engine = Engine::shared();
    let (_app, client) = App::ready(&engine.host());
    for file in [
        &b"this is not a tar archive, however long it may be"[..],
        &[0; 4096][..],
    ] {
        let refused = client.send("POST", "/api/images/load", TAR, file);
        assert_eq!(refused.status, 400, "{}", refused.text());
        assert_eq!(refused.problem(), "not_an_archive", "{}", refused.text());
    }
    for query in ["", "image=nobody:1"] {
        let refused = client.get(&format!("/api/images/archive?{query}"));
        assert!(
            matches!(refused.status, 400 | 404),
            "{query}: {}",
            refused.text()
        );
    }
}

#[test]
fn upload_that_ends_early_is_told_and_frees_the_way_for_the_next() {
    let engine = Engine::shared();
    let (_app, client) = App::ready(&engine.host());
    let tag = own_image(engine);
    known(&client, &tag);
    let archive = saved(&client, &format!("image={tag}"));
    engine.docker(&["rmi", &tag]);
    let mut half = client.connect().unwrap();
    let head = format!(
        "POST /api/images/load HTTP/1.1\r\nHost: localhost:{}\r\nCookie: session={}\r\nContent-Length: {}\r\n\r\n",
        client.port,
        client.session.as_ref().unwrap(),
        archive.len()
    );
    half.write_all(head.as_bytes()).unwrap();
    half.write_all(&archive[..archive.len() / 2]).unwrap();
    half.flush().unwrap();
    let running = || {
        let list = client.get("/api/operations").json();
        let items = list["items"].as_array().unwrap();
        items
            .iter()
            .find(|one| one["kind"] == "image.load")
            .cloned()
    };
    let seen = until("its progress is told", SOON, || {
        running().filter(|one| one["progress"]["done"].as_u64() > Some(0))
    });
    assert_eq!(seen["progress"]["total"], archive.len());
    // Another one has to wait; it is refused before it is read.
    let busy = client.send("POST", "/api/images/load", TAR, &archive[..512]);
    assert_eq!(
        (busy.status, busy.problem().as_str()),
        (409, "operation_running")
    );
    drop(half);
    let over = until("it is over", SOON, || {
        running().filter(|one| one["state"] == "failed")
    });
    assert_eq!(over["error"], "upload_ended", "{over}");
    let done = client.send("POST", "/api/images/load", TAR, &archive);
    assert_eq!(done.status, 200, "{}", done.text());
    assert!(exists(engine, &tag));
    engine.docker(&["rmi", &tag]);
}

#[test]
fn archive_does_not_fit_on_a_full_disk_and_that_is_said() {
    if kind() != "docker" {
        // The disk of an engine that lives in namespaces of its own is not ours to fill.
        return;
    }
    let mut engine = Engine::start();
    let (_app, client) = App::ready(&engine.host());
    let tag = own_image(&engine);
    let image = known(&client, &tag);
    let archive = saved(&client, &format!("image={tag}"));
    engine.docker(&["rmi", &tag]);
    engine.down();
    let tmp = engine.socket().parent().unwrap().join("data/tmp");
    let _ = std::fs::create_dir_all(&tmp);
    engine.up();
    let small = SmallDisk::over(tmp);
    small.fill();
    until("the engine answers", SOON, || {
        (client.get("/api/images").status == 200).then_some(())
    });
    let refused = client.send("POST", "/api/images/load", TAR, &archive);
    assert_eq!(
        (refused.status, refused.problem().as_str()),
        (507, "engine_disk_full"),
        "{}",
        refused.text()
    );
    drop(small);
    let done = client.send("POST", "/api/images/load", TAR, &archive);
    assert_eq!(done.status, 200, "{}", done.text());
    assert_eq!(known(&client, &tag)["id"], image["id"]);
}

#[test]
fn archive_is_passed_on_without_being_held_in_memory() {
    let engine = Engine::start();
    let (app, client) = App::ready(&engine.host());
    // 64 MB that cannot be packed.
    let folder = app.dir().join("large");
    std::fs::create_dir_all(&folder).unwrap();
    let mut bytes = vec![0_u8; 64 << 20];
    let mut state = 1_u64;
    for byte in &mut bytes {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        *byte = (state >> 56) as u8;
    }
    let file = folder.join("noise");
    std::fs::write(&file, &bytes).unwrap();
    drop(bytes);
    engine.bare_image("large:1", &[(&file, "/noise")]);
    known(&client, "large:1");
    let peak = || {
        let status = std::fs::read_to_string(format!("/proc/{}/status", app.pid())).unwrap();
        let line = status
            .lines()
            .find(|line| line.starts_with("VmHWM"))
            .unwrap();
        line.split_whitespace()
            .nth(1)
            .unwrap()
            .parse::<u64>()
            .unwrap()
    };
    let before = peak();
    let archive = saved(&client, "image=large:1");
    assert!(archive.len() > 64 << 20, "{}", archive.len());
    let removed = client.delete(&path("large:1", ""));
    assert_eq!(removed.status, 200, "{}", removed.text());
    let done = client.send("POST", "/api/images/load", TAR, &archive);
    assert_eq!(done.status, 200, "{}", done.text());
    let grown = peak() - before;
    assert!(
        grown < 16 * 1024,
        "{grown} kB more, for an archive of {} bytes",
        archive.len()
    );
    assert_eq!(done.json()["state"], json!("succeeded"));
}
