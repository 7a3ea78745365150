//! Recreating containers: nothing may be lost, whatever happens on the way.

mod changes;
mod compare;
mod compose;
mod defaults;
mod dependents;
mod failures;
mod full;
mod groups;
mod kills;
mod late;
mod matrix;
mod meanwhile;
mod missing;
mod moved_tag;
mod old_image;
mod recovered;
mod restored;
mod rollback;
mod stops;
mod unstored;
mod volumes_from;

use crate::support::client::{Answer, Client};
use crate::support::engine::Engine;
use crate::support::wait::{SOON, until};
pub use compare::Snapshot;
use serde_json::{Value, json};
use std::sync::Mutex;

/// Waits until the appliance knows it as it is.
#[track_caller]
pub fn known(client: &Client, engine: &Engine, name: &str) -> Value {
    let id = engine.docker(&["container", "inspect", "-f", "{{.Id}}", name]);
    until(&format!("{name} is known"), SOON, || {
        let answer = client.get(&format!("/api/containers/{name}"));
        (answer.status == 200 && answer.json()["id"] == id.as_str()).then(|| answer.json())
    })
}

pub fn recreate(client: &Client, name: &str, body: &Value) -> Answer {
    client.post(&format!("/api/containers/{name}/recreate"), body)
}

/// The same again, without a wait for stability.
pub fn again(client: &Client, name: &str) -> Answer {
    recreate(client, name, &json!({"stable_seconds": 0, "pull": "never"}))
}

#[track_caller]
pub fn succeeded(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let operation = answer.json();
    assert_eq!(operation["state"], "succeeded", "{operation}");
    operation
}

/// Does `work` with each of them, several at a time, and gives what it said.
pub fn with_each<T: Sync, R: Send>(all: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = Mutex::new(0);
    let done = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let at = {
                        let mut next = next.lock().unwrap();
                        *next += 1;
                        *next - 1
                    };
                    let Some(one) = all.get(at) else { return };
                    let said = work(one);
                    done.lock().unwrap().push((at, said));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap();
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, said)| said).collect()
}

/// No container has one of our passing names.
#[track_caller]
pub fn nothing_left(engine: &Engine, name: &str) {
    let all = engine.docker(&["ps", "-a", "--format", "{{.Names}}"]);
    let left: Vec<_> = all
        .lines()
        .filter(|other| {
            other.starts_with(&format!("{name}.new-")) || other.starts_with(&format!("{name}.old-"))
        })
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

/// Recreates it twice and says what differs; nothing is what is hoped for.
pub fn twice(client: &Client, engine: &Engine, name: &str) -> Vec<String> {
    let before = Snapshot::of(engine, name);
    let mut said = Vec::new();
    for round in ["first", "second"] {
        known(client, engine, name);
        let answer = again(client, name);
        if answer.status != 200 {
            said.push(format!("{name}, {round}: {}", answer.text()));
            return said;
        }
        let after = Snapshot::of(engine, name);
        assert_ne!(before.id, after.id, "{name}: it is the same one");
        said.extend(
            before
                .differences(&after)
                .into_iter()
                .map(|difference| format!("{name}, {round}: {difference}")),
        );
        nothing_left(engine, name);
    }
    said
}
