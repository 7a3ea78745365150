//! A data folder without room for the journal: nothing is begun.

use super::compare::Snapshot;
use super::{again, known, nothing_left, succeeded};
use crate::support::app::App;
use crate::support::disk::SmallDisk;
use crate::support::engine::Engine;
use serde_json::json;

#[test]
fn recreate_with_a_full_disk_does_not_begin() {
    let engine = Engine::isolated();
    let (mut app, client) = App::ready(&engine.host());
    let name = engine.name("t");
    engine.docker(&["run", "-d", "--name", &name, "-v", "/data", "bb:1"]);
    known(&client, engine, &name);
    app.stop();
    let small = SmallDisk::over(app.data_dir());
    app.up();
    known(&client, engine, &name);
    let before = Snapshot::of(engine, &name);
    let started = engine.inspect(&name)["State"]["StartedAt"].clone();
    small.fill();
    // Free pages of the database may hold a few entries yet; each is given back.
    let mut answers = Vec::new();
    for _ in 0..5 {
        let answer = again(&client, &name);
        answers.push(format!("{} {}", answer.status, answer.text()));
        if answer.status == 507 {
            break;
        }
    }
    let last = answers.last().unwrap();
    assert!(last.contains("storage_full"), "{answers:?}");
    let made = format!("{name}-made");
    let spec = json!({"image": "bb:1", "name": made, "environment": "DEV"});
    let refused = client.post("/api/containers?pull=never&acknowledge=limit", &spec);
    assert_eq!(
        (refused.status, refused.problem().as_str()),
        (507, "storage_full"),
        "{}",
        refused.text()
    );
    assert!(engine.try_docker(&["inspect", &made]).is_none());
    let after = Snapshot::of(engine, &name);
    assert!(before.differences(&after).is_empty());
    nothing_left(engine, &name);
    if answers.len() == 1 {
        assert_eq!(
            engine.inspect(&name)["State"]["StartedAt"],
            started,
            "it never stopped"
        );
    }
    // With room again it works again.
    std::fs::remove_file(small.ballast()).unwrap();
    known(&client, engine, &name);
    succeeded(&again(&client, &name));
    app.stop();
}
