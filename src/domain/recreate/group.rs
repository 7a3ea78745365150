//! One container of a group that is made anew together, and what binds the
//! group: namespaces and volumes that one has from another.

use super::Wanted;
use crate::engine::CreateBody;
use crate::model::container::{Container, State};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

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
    /// The old one goes by itself when it stops (`--rm`).
    pub vanishes: bool,
    /// The old one's restart policy, which rests while it is aside.
    pub restart: Value,
    /// What makes the old one again, should it have vanished.
    pub old: CreateBody,
    pub new: CreateBody,
    /// Volumes that the old one used.
    pub volumes: Vec<String>,
    /// The health check's patience in seconds, 0 without a check.
    pub patience_s: u64,
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
        Self {
            name: container.name.clone(),
            old_id: container.id.clone(),
            new_id: None,
            temporary: format!("{}.new-{tail}", container.name),
            aside: format!("{}.old-{tail}", container.name),
            before: Before::of(container.state),
            vanishes: container.auto_remove,
            restart,
            old: wanted.snapshot.body.clone(),
            new: wanted.body.clone(),
            volumes: volumes(&wanted.snapshot.inspect),
            patience_s: 0,
        }
    }
}

/// The name that a container has apart from ours: `web` of `web.old-1a2b3c4d`,
/// which it has only while it is being replaced.
pub fn lasting_name(name: &str) -> &str {
    let Some((lasting, tail)) = name.rsplit_once('.') else {
        return name;
    };
    let digits = tail
        .strip_prefix("new-")
        .or_else(|| tail.strip_prefix("old-"));
    match digits {
        Some(digits) if digits.len() == 8 && digits.bytes().all(|b| b.is_ascii_hexdigit()) => {
            lasting
        }
        _ => name,
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

/// Whether a container lives in another's namespaces, or uses its volumes. A
/// reference is a name, an id, or at least its short form.
pub fn depends_on(container: &Container, owner: &Container) -> bool {
    container.shares.iter().any(|reference| {
        reference == &owner.name || (reference.len() >= 12 && owner.id.starts_with(reference))
    })
}

/// The request with references to old ids led to the new ones. References by
/// name stay: the name moves with the container.
pub(super) fn redirected(body: &CreateBody, moved: &BTreeMap<String, String>) -> CreateBody {
    let mut body = body.clone();
    let follow = |reference: &str| {
        moved
            .iter()
            .find(|(old, _)| reference.len() >= 12 && old.starts_with(reference))
            .map(|(_, new)| new.clone())
    };
    for key in MODES {
        let new = body
            .host_text(key)
            .strip_prefix("container:")
            .and_then(follow);
        if let Some(new) = new {
            body.host_config
                .insert(key.to_owned(), format!("container:{new}").into());
        }
    }
    if let Some(Value::Array(list)) = body.host_config.get_mut("VolumesFrom") {
        for entry in list {
            let Some(text) = entry.as_str() else { continue };
            let (reference, mode) = text
                .split_once(':')
                .map_or((text, None), |(a, b)| (a, Some(b)));
            if let Some(new) = follow(reference) {
                *entry = match mode {
                    Some(mode) => format!("{new}:{mode}").into(),
                    None => new.into(),
                };
            }
        }
    }
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
    fn passing_names_are_told_from_lasting_ones() {
        for (name, lasting) in [
            ("web", "web"),
            ("web.old-1a2b3c4d", "web"),
            ("my.web.new-00000000", "my.web"),
            ("web.old-2", "web.old-2"),
            ("web.old-1a2b3c4z", "web.old-1a2b3c4z"),
        ] {
            assert_eq!(lasting_name(name), lasting);
        }
    }

    #[test]
    fn references_by_id_follow_and_names_stay() {
        let old = "a".repeat(64);
        let new = "b".repeat(64);
        let moved = BTreeMap::from([(old.clone(), new.clone())]);
        let before = body(json!({
            "NetworkMode": format!("container:{old}"),
            "IpcMode": "container:web",
            "PidMode": "host",
            "VolumesFrom": [format!("{}:ro", &old[..12]), "web", "aaa"],
        }));
        let after = redirected(&before, &moved);
        assert_eq!(after.host_text("NetworkMode"), format!("container:{new}"));
        assert_eq!(after.host_text("IpcMode"), "container:web");
        assert_eq!(after.host_text("PidMode"), "host");
        assert_eq!(
            after.host_config["VolumesFrom"],
            json!([format!("{new}:ro"), "web", "aaa"])
        );
    }
}
