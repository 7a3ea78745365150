//! A data folder without room for the journal: nothing is begun.

use super::compare::Snapshot;
use super::{again, known, nothing_left, succeeded};
use crate::support::app::App;
use crate::support::engine::Engine;
use serde_json::json;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;

/// A small file system of its own, which is taken away again.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Lays it over a folder, with what was in the folder.
    fn over(folder: PathBuf) -> Self {
        let aside = folder.with_extension("aside");
        let run = |program: &str, arguments: &[&std::ffi::OsStr]| {
            let output = Command::new(program).args(arguments).output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{program}: {said}");
        };
        run(
            "cp",
            &["-a".as_ref(), folder.as_os_str(), aside.as_os_str()],
        );
        let options = "size=6m,mode=0700";
        run(
            "mount",
            &[
                "-t".as_ref(),
                "tmpfs".as_ref(),
                "-o".as_ref(),
                options.as_ref(),
                "tmpfs".as_ref(),
                folder.as_os_str(),
            ],
        );
        let content = aside.join(".");
        run(
            "cp",
            &["-a".as_ref(), content.as_os_str(), folder.as_os_str()],
        );
        Self(folder)
    }

    fn ballast(&self) -> PathBuf {
        self.0.join("ballast")
    }

    /// Leaves not one byte.
    fn fill(&self) {
        let mut file = std::fs::File::create(self.ballast()).unwrap();
        for size in [65536, 4096, 1] {
            while file.write_all(&vec![0; size]).is_ok() {}
        }
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

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
