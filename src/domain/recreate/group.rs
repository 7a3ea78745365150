//! One container of a group that is recreated together, and what binds the
//! group: namespaces and volumes that one has from another.

use super::Replacement;
use super::phase::Phase;
use crate::domain::containers::depends_on;
use crate::engine::CreateBody;
use crate::model::container::{Container, Health, State, backup_name, temporary_name};
use crate::model::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;

/// What has run for longer is a service, and does not end in good order within
/// seconds of its start.
const JOB: Duration = Duration::from_mins(1);

/// How it was, and so how its replacement is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PreviousState {
    Running,
    Paused,
    Stopped,
}

impl PreviousState {
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
    /// The new one's name until it takes over. Only it can have it.
    #[serde(alias = "temporary")]
    pub temporary_name: String,
    /// The old one's name from then on. Only it can have it.
    #[serde(alias = "aside")]
    pub backup_name: String,
    #[serde(alias = "before")]
    pub previous: PreviousState,
    /// When the old one was started last, before we stopped it: one that has
    /// been started since is not ours to stop or start any more.
    #[serde(default)]
    pub started_at: Option<Timestamp>,
    /// Its health check failed, or it kept restarting: the new one may as well.
    #[serde(default)]
    pub was_unhealthy: bool,
    #[serde(default)]
    pub was_restarting: bool,
    /// It may be a job that ends by itself when it is done: the old one had not
    /// run for long.
    #[serde(default)]
    pub may_end: bool,
    /// The engine removes the old one when it stops (`--rm`).
    #[serde(alias = "vanishes")]
    pub auto_remove: bool,
    /// The old one's restart policy, which is `no` while it has its backup name.
    #[serde(alias = "restart")]
    pub restart_policy: Value,
    /// What creates the old one again, should the engine have removed it.
    pub old: CreateBody,
    pub new: CreateBody,
    /// Volumes that the old one used.
    pub volumes: Vec<String>,
    /// The image that the old one was created from.
    #[serde(default)]
    pub image_id: String,
    /// The rollback has to create the old one again.
    #[serde(default)]
    pub rebuild: bool,
    /// What the rollback has created in place of the old one.
    #[serde(default)]
    pub restored_id: Option<String>,
    /// The containers that this was told to use, noted before it is created.
    #[serde(default)]
    pub restored_references: Option<Vec<String>>,
    /// That was created from another image, because its own is gone: it is not started.
    #[serde(default)]
    pub other_image: bool,
    /// Volumes that the new one brought along and that the rollback keeps.
    #[serde(default)]
    pub kept_volumes: Vec<String>,
}

/// Which container has replaced which, so that references to the old one can follow.
#[derive(Debug, Default)]
pub(super) struct ReplacedIds(Vec<ReplacedId>);

#[derive(Debug)]
struct ReplacedId {
    name: String,
    old: String,
    new: String,
    /// Who uses its volumes by its name must follow as well: they are others.
    other_mounts: bool,
}

impl ReplacedIds {
    pub fn add(&mut self, member: &Member, new: &str, other_mounts: bool) {
        self.0.retain(|replaced| replaced.old != member.old_id);
        self.0.push(ReplacedId {
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
            .find(|replaced| reference.len() >= 12 && replaced.old.starts_with(reference))
            .map(|replaced| replaced.new.as_str())
    }

    fn by_name(&self, reference: &str) -> Option<&ReplacedId> {
        self.0.iter().find(|replaced| replaced.name == reference)
    }
}

impl Member {
    pub fn new(operation: &str, replacement: &Replacement) -> Self {
        let container = &replacement.snapshot.container;
        let restart = replacement
            .snapshot
            .inspect
            .pointer("/HostConfig/RestartPolicy")
            .cloned()
            .unwrap_or_else(|| serde_json::json!({ "Name": "no" }));
        let mut member = Self {
            name: container.name.clone(),
            old_id: container.id.clone(),
            new_id: None,
            temporary_name: temporary_name(&container.name, operation),
            backup_name: backup_name(&container.name, operation),
            previous: PreviousState::Stopped,
            started_at: None,
            was_unhealthy: false,
            was_restarting: false,
            may_end: false,
            auto_remove: container.auto_remove,
            restart_policy: restart,
            old: replacement.snapshot.body.clone(),
            new: replacement.body.clone(),
            volumes: volumes(&replacement.snapshot.inspect),
            image_id: container.image_id.clone(),
            rebuild: false,
            restored_id: None,
            restored_references: None,
            other_image: false,
            kept_volumes: Vec::new(),
        };
        member.update_state(container);
        member
    }

    /// Takes in the state that the old one is in now.
    pub fn update_state(&mut self, old: &Container) {
        self.previous = PreviousState::of(old.state);
        self.started_at = old.started_at;
        self.was_unhealthy = old.health == Health::Unhealthy;
        self.was_restarting = old.state == State::Restarting
            || (old.state == State::Running && old.restart_count > 0 && Self::recently(old));
        self.may_end = Self::recently(old);
    }

    /// With another image nobody knows that it is to end, and a service that had to wait
    /// for another at its start is not a service that cannot run: the new one must work, or
    /// the old one comes back.
    pub fn must_work(&mut self, old: &Container) {
        self.may_end = false;
        self.was_restarting = old.state == State::Restarting;
    }

    /// A start that lies in the future was noted by a clock that was wrong: when it was
    /// is not known. Two clocks may differ by a little.
    fn recently(old: &Container) -> bool {
        let now = Timestamp::now();
        old.started_at.is_none_or(|started| {
            let apart = Duration::from_millis(now.0.abs_diff(started.0));
            apart < JOB
        })
    }

    /// Whether the old one has been started since we stopped it. Entries of
    /// older versions do not tell; and until the stop is known to be over, the
    /// engine may have restarted it by its policy just before.
    pub fn started_since(&self, old: &Container, phase: Phase) -> bool {
        let certain = phase > Phase::Stopping || !self.has_restart_policy();
        certain && self.started_at.is_some() && old.started_at != self.started_at
    }

    /// The new one is to run, as the old one did.
    pub fn runs(&self) -> bool {
        self.previous != PreviousState::Stopped
    }

    pub fn title(&self, verb: &str) -> String {
        format!("{verb} {}", self.name)
    }

    pub fn has_restart_policy(&self) -> bool {
        !matches!(self.restart_policy_name(), "" | "no")
    }

    pub fn restart_policy_name(&self) -> &str {
        let name = self.restart_policy.get("Name").and_then(Value::as_str);
        name.unwrap_or_default()
    }

    /// As `docker update --restart` takes it: `always`, `on-failure:3`.
    pub fn restart_policy_argument(&self) -> String {
        let name = self.restart_policy_name();
        let retries = self.restart_policy.get("MaximumRetryCount");
        match retries.and_then(Value::as_u64) {
            Some(retries) if retries > 0 => format!("{name}:{retries}"),
            _ => name.to_owned(),
        }
    }

    pub fn new_id(&self) -> &str {
        self.new_id.as_deref().unwrap_or_default()
    }

    /// Whether this is the name that the new one was given, or the one that it was to get.
    pub fn names_new(&self, name: &str) -> bool {
        self.name == name || self.temporary_name == name
    }

    /// Whether what was created in its place was told to use the same containers
    /// as this request. Entries of older versions do not tell: then it was the
    /// same as the old one.
    pub fn names_still(&self, body: &CreateBody) -> bool {
        let now = references(body);
        match &self.restored_references {
            Some(noted) => *noted == now,
            None => references(&self.old) == now,
        }
    }

    /// Whether the old one, or what was created in its place, uses the
    /// containers that there are now.
    pub fn is_up_to_date(&self, id: &str, replaced: &ReplacedIds) -> bool {
        if id == self.old_id {
            return !self.depends_on_any(replaced);
        }
        self.restored_id.as_deref() == Some(id)
            && self.names_still(&redirected(&self.old, replaced))
    }

    /// Whether it uses the namespaces or volumes of one that was replaced.
    pub fn depends_on_any(&self, replaced: &ReplacedIds) -> bool {
        redirected(&self.old, replaced) != self.old
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
pub(super) const MODES: [&str; 3] = ["NetworkMode", "IpcMode", "PidMode"];
pub(super) const LISTS: [&str; 2] = ["VolumesFrom", "Links"];

/// What a create request says of other containers.
pub(super) fn references(body: &CreateBody) -> Vec<String> {
    let modes = MODES
        .iter()
        .map(|key| body.host_text(key))
        .filter(|mode| mode.starts_with("container:"))
        .map(ToOwned::to_owned);
    let lists = LISTS
        .iter()
        .filter_map(|key| body.host_config.get(*key)?.as_array())
        .flatten()
        .filter_map(|entry| entry.as_str().map(ToOwned::to_owned));
    modes.chain(lists).collect()
}

/// The containers whose namespaces a create request names.
pub(super) fn namespace_owners(body: &CreateBody) -> Vec<String> {
    MODES
        .iter()
        .filter_map(|key| body.host_text(key).strip_prefix("container:"))
        .map(ToOwned::to_owned)
        .collect()
}

/// In an order in which nobody comes before one that it depends on; a circle
/// stays as it is.
pub(super) fn in_order(mut group: Vec<Replacement>) -> Vec<Replacement> {
    let mut ordered: Vec<Replacement> = Vec::with_capacity(group.len());
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
/// A namespace is looked up at the start, when the name has replaced.
pub(super) fn redirected(body: &CreateBody, replaced: &ReplacedIds) -> CreateBody {
    let mut body = body.clone();
    for key in MODES {
        let new = body
            .host_text(key)
            .strip_prefix("container:")
            .and_then(|reference| replaced.by_id(reference));
        if let Some(new) = new {
            let mode = format!("container:{new}");
            body.host_config.insert(key.to_owned(), mode.into());
        }
    }
    let mut follow = |key: &str, by_name: fn(&ReplacedId) -> bool| {
        let Some(Value::Array(list)) = body.host_config.get_mut(key) else {
            return;
        };
        for entry in list {
            let Some(text) = entry.as_str() else { continue };
            let (reference, rest) = text
                .split_once(':')
                .map_or((text, None), |(reference, rest)| (reference, Some(rest)));
            let named = replaced
                .by_name(reference)
                .filter(|replaced| by_name(replaced))
                .map(|replaced| replaced.new.as_str());
            if let Some(new) = replaced.by_id(reference).or(named) {
                *entry = match rest {
                    Some(rest) => format!("{new}:{rest}").into(),
                    None => new.into(),
                };
            }
        }
    };
    follow("VolumesFrom", |replaced| replaced.other_mounts);
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
    fn container_that_started_in_the_future_is_not_taken_for_a_job() {
        let started = |by: i64| Container {
            started_at: Some(Timestamp(Timestamp::now().0 + by)),
            ..Container::running("web")
        };
        let hour = 3_600_000;
        assert!(Member::recently(&started(-1000)));
        assert!(
            Member::recently(&started(1000)),
            "clocks differ by a little"
        );
        assert!(!Member::recently(&started(-hour)));
        assert!(!Member::recently(&started(hour)));
    }

    #[test]
    fn references_by_id_and_all_links_are_redirected_to_the_replacement() {
        let old = "a".repeat(64);
        let new = "b".repeat(64);
        let mut replaced = ReplacedIds(vec![ReplacedId {
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
        let after = redirected(&before, &replaced);
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
        replaced.0[0].other_mounts = true;
        let after = redirected(&before, &replaced);
        assert_eq!(
            after.host_config["VolumesFrom"],
            json!([format!("{new}:ro"), new, "aaa"])
        );
    }
}
