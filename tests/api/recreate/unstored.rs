//! A recovery that cannot store how it ended, because the data folder is gone.

use super::known;
use super::restored::watched;
use crate::support::app::App;
use crate::support::engine::Engine;
use crate::support::wait::{SOON, until};
use serde_json::json;
use std::time::{Duration, Instant};

#[test]
fn recovery_whose_end_cannot_be_stored_is_tried_again_after_pauses() {
    let engine = Engine::isolated();
    let (app, client) = App::ready(&engine.host());
    let name = engine.name("s");
    engine.docker(&["run", "-d", "--stop-timeout", "0", "--name", &name, "bb:1"]);
    known(&client, engine, &name);
    watched(&client, engine, &name, 3, &json!({"labels": {"a": "b"}}));
    let folder = app.data_dir();
    let aside = folder.with_extension("aside");
    std::fs::rename(&folder, &aside).unwrap();
    let lines = |part: &str| app.log().lines().filter(|line| line.contains(part)).count();
    let unstored = "could not be stored";
    until("its end is not stored", SOON, || {
        (lines(unstored) > 0).then_some(())
    });
    engine.docker(&["rm", "-f", &name]);
    // Whatever the recovery meets is told once in this time, however often it is tried.
    let began = Instant::now();
    until("time has passed", SOON, || {
        (began.elapsed() > Duration::from_secs(12)).then_some(())
    });
    let log = app.log();
    assert!(lines(unstored) <= 2, "{} lines:\n{log}", lines(unstored));
    assert!(log.lines().count() < 60, "{log}");
    // Put back, it can be written again: the operation ends.
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::rename(&aside, &folder).unwrap();
    until("nothing is left to recover", Duration::from_mins(2), || {
        let list = client.get("/api/operations?limit=5").json();
        let newest = list["items"][0].clone();
        (!newest["finished_at"].is_null()).then_some(())
    });
}
