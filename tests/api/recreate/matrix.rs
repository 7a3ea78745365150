//! One container for each option that the command line has, recreated twice,
//! with its inspect answer compared.

mod networks;
mod processes;
mod volumes;

use super::compare::Snapshot;
use super::{known, nothing_left, succeeded, twice, with_each};
use crate::support::app::App;
use crate::support::engine::{Engine, Name};
use crate::support::wait::{SOON, until};

/// How it is before it is recreated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Is {
    Running,
    Created,
    Exited,
    Paused,
}

struct Case {
    name: String,
    arguments: Vec<String>,
    /// Image, command and arguments.
    what: Vec<String>,
    is: Is,
}

struct Cases<'a> {
    prefix: Name<'a>,
    all: Vec<Case>,
}

impl<'a> Cases<'a> {
    fn new(engine: &'a Engine) -> Self {
        Self {
            prefix: engine.name("x"),
            all: Vec::new(),
        }
    }

    fn with(&mut self, name: &str, arguments: &[&str], what: &[&str], is: Is) {
        self.all.push(Case {
            name: format!("{}-{name}", self.prefix),
            arguments: arguments
                .iter()
                .map(|&text| text.replace("PREFIX", &self.prefix))
                .collect(),
            what: what.iter().map(|&text| text.to_owned()).collect(),
            is,
        });
    }

    fn run(&mut self, name: &str, arguments: &[&str]) {
        self.with(name, arguments, &["bb:1"], Is::Running);
    }

    fn create(&mut self, name: &str, arguments: &[&str]) {
        self.with(name, arguments, &["bb:1"], Is::Created);
    }

    /// Makes them, recreates each twice, and tells every difference at once.
    fn prove(&self, engine: &Engine) {
        let (_app, client) = App::ready(&engine.host());
        let said = with_each(&self.all, |case| {
            make(engine, case);
            twice(&client, engine, &case.name)
        });
        let said: Vec<_> = said.into_iter().flatten().collect();
        assert!(said.is_empty(), "{}", said.join("\n"));
    }
}

fn make(engine: &Engine, case: &Case) {
    let mut arguments = match case.is {
        Is::Created => vec!["create"],
        _ => vec!["run", "-d"],
    };
    arguments.extend(["--name", &case.name]);
    arguments.extend(case.arguments.iter().map(String::as_str));
    arguments.extend(case.what.iter().map(String::as_str));
    engine.docker(&arguments);
    match case.is {
        Is::Exited => {
            engine.docker(&["stop", "-t", "3", &case.name]);
        }
        Is::Paused => {
            engine.docker(&["pause", &case.name]);
        }
        Is::Running => {
            let state = engine.docker(&["inspect", "-f", "{{.State.Status}}", &case.name]);
            assert_eq!(state, "running", "{}", case.name);
        }
        Is::Created => {}
    }
}

#[test]
fn auto_remove_container_is_recreated_with_its_data() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    let all: Vec<Name<'_>> = (0..6).map(|_| engine.name("t")).collect();
    let said = with_each(&all, |name| {
        engine.docker(&[
            "run",
            "-d",
            "--rm",
            "--name",
            name,
            "-v",
            "/data",
            "--mount",
            "type=volume,target=/more",
            "bb:1",
        ]);
        engine.docker(&[
            "exec",
            name,
            "sh",
            "-c",
            "echo kept > /data/marker; echo kept > /more/marker",
        ]);
        let said = twice(&client, engine, name);
        for target in ["/data", "/more"] {
            assert_eq!(
                engine.docker(&["exec", name, "cat", &format!("{target}/marker")]),
                "kept"
            );
        }
        said
    });
    let said: Vec<_> = said.into_iter().flatten().collect();
    assert!(said.is_empty(), "{}", said.join("\n"));
}

#[test]
fn restarting_container_is_replaced_by_a_working_one() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    let name = engine.name("t");
    engine.docker(&[
        "run",
        "-d",
        "--restart",
        "always",
        "--name",
        &name,
        "bb:1",
        "sh",
        "-c",
        "exit 3",
    ]);
    until("it restarts", SOON, || {
        (engine.inspect(&name)["RestartCount"].as_u64() > Some(1)).then_some(())
    });
    let before = Snapshot::of(engine, &name);
    known(&client, engine, &name);
    // The new one keeps restarting like the old one: it is kept, with a warning.
    let kept = super::recreate(&client, &name, &serde_json::json!({"stable_seconds": 2}));
    let warnings = succeeded(&kept)["result"]["warnings"].to_string();
    assert!(
        warnings.contains("keeps restarting, as the old one did"),
        "{warnings}"
    );
    nothing_left(engine, &name);
    assert_ne!(Snapshot::of(engine, &name).id, before.id);
    known(&client, engine, &name);
    let changes = serde_json::json!({"command": ["sleep", "999"]});
    succeeded(&super::recreate(
        &client,
        &name,
        &serde_json::json!({"changes": changes, "stable_seconds": 1}),
    ));
    assert_eq!(engine.inspect(&name)["State"]["Status"], "running");
    nothing_left(engine, &name);
}
