//! One container of a group that is made anew together, and what binds the
//! group: namespaces and volumes that one has from another.

use super::Wanted;
use crate::domain::containers::depends_on;
use crate::engine::CreateBody;
use crate::model::container::{Container, State};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;

/// What has run for longer is a service, and does not end in good order within
/// seconds of its start.
const JOB: Duration = Duration::from_mins(1);

/// How it was, and so how its successor is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Before {
    Running,
    Paused,
    Stopped,
}

impl Before {
    pub fn of(state: State) -> Self {
        match state {
            State::Running | State::Restarting => Self::Running,
            State::Paused => Self::Paused,
            _ => Self::Stopped,
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Member {
    pub name: String,
    pub old_id: String,
    /// Known from the moment the engine has answered.
    pub new_id: Option<String>,
    /// The new one's name until it takes over.
    pub temporary: String,
    /// The old one's name from then on.
    pub aside: String,
    pub before: Before,
    /// It may be a job that ends by itself when it is done: the old one had not
    /// run for long.
    #[serde(default)]
    pub may_end: bool,
    /// The old one goes by itself when it stops (`--rm`).
    pub vanishes: bool,
    /// The old one's restart policy, which rests while it is aside.
    pub restart: Value,
    /// What makes the old one again, should it have vanished.
    pub old: CreateBody,
    pub new: CreateBody,
    /// Volumes that the old one used.
    pub volumes: Vec<String>,
    /// The image that the old one was made from.
    #[serde(default)]
    pub image_id: String,
}

/// Who has taken whose place, so that what points at the old one can follow.
#[derive(Debug, Default)]
pub(super) struct Moved(Vec<Move>);

#[derive(Debug)]
struct Move {
    name: String,
    old: String,
    new: String,
    /// Who uses its volumes by its name must follow as well: they are others.
    other_mounts: bool,
}

impl Moved {
    pub fn add(&mut self, member: &Member, new: &str, other_mounts: bool) {
        self.0.push(Move {
            name: member.name.clone(),
            old: member.old_id.clone(),
            new: new.to_owned(),
            other_mounts,
        });
    }

    /// Where a reference by id leads now.
    fn by_id(&self, reference: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|moved| reference.len() >= 12 && moved.old.starts_with(reference))
            .map(|moved| moved.new.as_str())
    }

    fn by_name(&self, reference: &str) -> Option<&Move> {
        self.0.iter().find(|moved| moved.name == reference)
    }
}

impl Member {
    pub fn new(operation: &str, wanted: &Wanted) -> Self {
        let container = &wanted.snapshot.container;
        // The end of the operation's id differs even between two in one millisecond.
        let tail = operation
            .get(operation.len().saturating_sub(8)..)
            .unwrap_or(operation);
        let restart = wanted
            .snapshot
            .inspect
            .pointer("/HostConfig/RestartPolicy")
            .cloned()
            .unwrap_or_else(|| serde_json::json!({ "Name": "no" }));
        let mut member = Self {
            name: container.name.clone(),
            old_id: container.id.clone(),
            new_id: None,
            temporary: format!("{}.new-{tail}", container.name),
            aside: format!("{}.old-{tail}", container.name),
            before: Before::Stopped,
            may_end: false,
            vanishes: container.auto_remove,
            restart,
            old: wanted.snapshot.body.clone(),
            new: wanted.body.clone(),
            volumes: volumes(&wanted.snapshot.inspect),
            image_id: container.image_id.clone(),
        };
        member.see(container);
        member
    }

    /// Takes in what the old one does now.
    pub fn see(&mut self, old: &Container) {
        self.before = Before::of(old.state);
        self.may_end = old.started_at.is_none_or(|started| started.age() < JOB);
    }
}

/// The names of the volumes that an inspect answer shows mounted.
pub(super) fn volumes(inspect: &Value) -> Vec<String> {
    let mounts = inspect.get("Mounts").and_then(Value::as_array);
    let mut names: Vec<String> = mounts
        .into_iter()
        .flatten()
        .filter(|mount| mount.get("Type") == Some(&Value::String("volume".to_owned())))
        .filter_map(|mount| mount.get("Name").and_then(Value::as_str))
        .map(ToOwned::to_owned)
        .collect();
    names.sort();
    names.dedup();
    names
}

/// The places of a create request that may name another container.
const MODES: [&str; 3] = ["NetworkMode", "IpcMode", "PidMode"];

/// In an order in which nobody comes before one that it depends on; a circle
/// stays as it is.
pub(super) fn in_order(mut group: Vec<Wanted>) -> Vec<Wanted> {
    let mut ordered: Vec<Wanted> = Vec::with_capacity(group.len());
    while !group.is_empty() {
        let free = group.iter().position(|one| {
            group
                .iter()
                .all(|other| !depends_on(&one.snapshot.container, &other.snapshot.container))
        });
        ordered.push(group.remove(free.unwrap_or(0)));
    }
    ordered
}

/// The request with references to old containers led to the new ones. While it
/// is made, the names still belong to the old ones: a link is made to the
/// container that has the name at that moment, and so are volumes taken over.
/// A namespace is looked up at the start, when the name has moved.
pub(super) fn redirected(body: &CreateBody, moved: &Moved) -> CreateBody {
    let mut body = body.clone();
    for key in MODES {
        let new = body
            .host_text(key)
            .strip_prefix("container:")
            .and_then(|reference| moved.by_id(reference));
        if let Some(new) = new {
            let mode = format!("container:{new}");
            body.host_config.insert(key.to_owned(), mode.into());
        }
    }
    let mut follow = |key: &str, by_name: fn(&Move) -> bool| {
        let Some(Value::Array(list)) = body.host_config.get_mut(key) else {
            return;
        };
        for entry in list {
            let Some(text) = entry.as_str() else { continue };
            let (reference, rest) = text
                .split_once(':')
                .map_or((text, None), |(reference, rest)| (reference, Some(rest)));
            let named = moved
                .by_name(reference)
                .filter(|moved| by_name(moved))
                .map(|moved| moved.new.as_str());
            if let Some(new) = moved.by_id(reference).or(named) {
                *entry = match rest {
                    Some(rest) => format!("{new}:{rest}").into(),
                    None => new.into(),
                };
            }
        }
    };
    follow("VolumesFrom", |moved| moved.other_mounts);
    follow("Links", |_| true);
    body
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn body(host: Value) -> CreateBody {
        CreateBody {
            host_config: host.as_object().cloned().unwrap(),
            ..CreateBody::default()
        }
    }

    #[test]
    fn references_by_id_follow_and_names_stay() {
        let old = "a".repeat(64);
        let new = "b".repeat(64);
        let mut moved = Moved(vec![Move {
            name: "web".to_owned(),
            old: old.clone(),
            new: new.clone(),
            other_mounts: false,
        }]);
        let before = body(json!({
            "NetworkMode": format!("container:{old}"),
            "IpcMode": "container:web",
            "PidMode": "host",
            "VolumesFrom": [format!("{}:ro", &old[..12]), "web", "aaa"],
            "Links": ["web:db", "other:x"],
        }));
        let after = redirected(&before, &moved);
        assert_eq!(after.host_text("NetworkMode"), format!("container:{new}"));
        assert_eq!(after.host_text("IpcMode"), "container:web");
        assert_eq!(after.host_text("PidMode"), "host");
        assert_eq!(
            after.host_config["VolumesFrom"],
            json!([format!("{new}:ro"), "web", "aaa"])
        );
        assert_eq!(
            after.host_config["Links"],
            json!([format!("{new}:db"), "other:x"])
        );
        moved.0[0].other_mounts = true;
        let after = redirected(&before, &moved);
        assert_eq!(
            after.host_config["VolumesFrom"],
            json!([format!("{new}:ro"), new, "aaa"])
        );
    }
}
