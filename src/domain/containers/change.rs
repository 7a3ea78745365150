//! What can be changed while a container keeps running: its annotations, its
//! name, its limits and its restart policy.

use super::{Annotation, Containers, names};
use crate::domain::environments;
use crate::engine::EngineError;
use crate::error::{Error, Result};
use crate::model::container::{Container, ContainerView};
use crate::model::operation::Target;
use crate::model::plan::Plan;
use crate::model::spec::{ContainerSpec, parse_bytes, restart_policy};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

/// A change that needs no new container. What is left out stays.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ContainerUpdate {
    #[serde(deserialize_with = "super::present")]
    #[schema(value_type = Option<String>)]
    pub environment: Option<Option<String>>,
    /// At most 500 characters.
    pub description: Option<String>,
    /// Free text, at most 20,000 characters.
    pub notes: Option<String>,
    /// Where its service is opened: an `http` or `https` address, or empty to use its labels and ports.
    pub url: Option<String>,
    /// Words to find it by, at most 20 of 32 characters.
    pub tags: Option<Vec<String>>,
    pub name: Option<String>,
    /// `no`, `always`, `unless-stopped`, `on-failure:3`.
    pub restart: Option<String>,
    /// Bytes, or a text such as `512m`. 0 cannot take a limit away: the engine needs a new container for that.
    #[schema(value_type = Option<String>)]
    pub memory: Option<Value>,
    #[schema(value_type = Option<String>)]
    pub memory_swap: Option<Value>,
    #[schema(value_type = Option<String>)]
    pub memory_reservation: Option<Value>,
    pub cpus: Option<f64>,
    pub cpu_shares: Option<i64>,
    pub cpu_period: Option<i64>,
    pub cpu_quota: Option<i64>,
    pub cpuset_cpus: Option<String>,
    pub cpuset_mems: Option<String>,
    pub pids_limit: Option<i64>,
    pub blkio_weight: Option<i64>,
}

impl ContainerUpdate {
    pub(super) fn annotation(&self) -> Annotation {
        Annotation {
            environment: self.environment.clone(),
            description: self.description.clone(),
            notes: self.notes.clone(),
            url: self.url.clone(),
            tags: self.tags.clone(),
            ..Annotation::default()
        }
    }

    /// The engine's update takes 0 and an empty text for "unchanged"
    /// (`POST /containers/{id}/update`), so neither can take a limit away.
    fn check_limits(&self) -> Result<()> {
        let zero = |value: &Option<Value>| match value {
            Some(Value::String(text)) => parse_bytes(text) == Ok(0),
            Some(Value::Number(number)) => number.as_i64() == Some(0),
            _ => false,
        };
        let none = |text: &Option<String>| text.as_ref().is_some_and(|text| text.trim().is_empty());
        for (field, unlimited) in [
            ("memory", zero(&self.memory)),
            ("memory_swap", zero(&self.memory_swap)),
            ("memory_reservation", zero(&self.memory_reservation)),
            ("cpus", self.cpus == Some(0.0)),
            ("cpu_shares", self.cpu_shares == Some(0)),
            ("cpu_period", self.cpu_period == Some(0)),
            ("cpu_quota", self.cpu_quota == Some(0)),
            ("cpuset_cpus", none(&self.cpuset_cpus)),
            ("cpuset_mems", none(&self.cpuset_mems)),
            ("blkio_weight", self.blkio_weight == Some(0)),
        ] {
            if unlimited {
                return Err(Error::invalid(
                    field,
                    format!(
                        "The engine cannot take this limit away from an existing container. To remove it, recreate the container with {{\"changes\": {{\"{field}\": null}}}}."
                    ),
                ));
            }
        }
        Ok(())
    }

    /// The engine's update request (`ContainerUpdate`), empty when there is none.
    fn update(&self) -> Result<Map<String, Value>> {
        self.check_limits()?;
        let mut out = Map::new();
        for (key, field, value) in [
            ("Memory", "memory", &self.memory),
            ("MemorySwap", "memory_swap", &self.memory_swap),
            (
                "MemoryReservation",
                "memory_reservation",
                &self.memory_reservation,
            ),
        ] {
            if let Some(value) = value {
                out.insert(key.to_owned(), bytes(field, value)?.into());
            }
        }
        if let Some(cpus) = self.cpus {
            if !(0.0..=100_000.0).contains(&cpus) {
                return Err(Error::invalid(
                    "cpus",
                    "The number of CPUs must be zero or more.",
                ));
            }
            out.insert("NanoCpus".to_owned(), ((cpus * 1e9).round() as i64).into());
        }
        for (key, value) in [
            ("CpuShares", self.cpu_shares),
            ("CpuPeriod", self.cpu_period),
            ("CpuQuota", self.cpu_quota),
            ("PidsLimit", self.pids_limit),
            ("BlkioWeight", self.blkio_weight),
        ] {
            if let Some(value) = value {
                out.insert(key.to_owned(), value.into());
            }
        }
        for (key, value) in [
            ("CpusetCpus", &self.cpuset_cpus),
            ("CpusetMems", &self.cpuset_mems),
        ] {
            if let Some(value) = value {
                out.insert(key.to_owned(), value.as_str().into());
            }
        }
        if let Some(text) = &self.restart {
            let (name, retries) =
                restart_policy(text).map_err(|why| Error::invalid("restart", why))?;
            out.insert(
                "RestartPolicy".to_owned(),
                json!({ "Name": name, "MaximumRetryCount": retries }),
            );
        }
        Ok(out)
    }

    /// The same as a specification, for the command line.
    pub(super) fn spec(&self, update: &Map<String, Value>) -> ContainerSpec {
        let number = |key: &str| update.get(key).and_then(Value::as_i64);
        ContainerSpec {
            restart: self.restart.clone(),
            memory: number("Memory"),
            memory_swap: number("MemorySwap"),
            memory_reservation: number("MemoryReservation"),
            cpus: self.cpus,
            cpu_shares: self.cpu_shares,
            cpu_period: self.cpu_period,
            cpu_quota: self.cpu_quota,
            cpuset_cpus: self.cpuset_cpus.clone(),
            cpuset_mems: self.cpuset_mems.clone(),
            pids_limit: self.pids_limit,
            blkio_weight: self.blkio_weight,
            ..ContainerSpec::default()
        }
    }
}

fn bytes(field: &'static str, value: &Value) -> Result<i64> {
    let read = match value {
        Value::Number(number) => number
            .as_i64()
            .ok_or_else(|| format!("{number} is not a whole number of bytes.")),
        Value::String(text) => parse_bytes(text),
        other => Err(format!(
            "{other} is neither a number of bytes nor a text such as 512m."
        )),
    };
    read.map_err(|why| Error::invalid(field, why))
}

/// What remains to be done of a checked change.
struct Checked {
    view: ContainerView,
    update: Map<String, Value>,
    name: Option<String>,
    plan: Plan,
}

/// The engine refuses more memory than it has noted for memory and swap
/// together, a note that it makes itself: where nobody chose it, it is set along,
/// as `docker run` would have.
fn swap_beside(memory: i64, old_memory: i64, old_swap: i64) -> Option<i64> {
    match old_swap {
        -1 => Some(-1),
        0 => Some(memory.saturating_mul(2)),
        swap if swap == old_memory.saturating_mul(2) => Some(memory.saturating_mul(2)),
        _ => None,
    }
    .filter(|_| memory > 0)
}

/// The failure of a rename, and what had been changed before it.
fn half_done(error: EngineError, changes_limits: bool, name: &str) -> Error {
    let error = Error::from(error);
    if !changes_limits {
        return error;
    }
    let message = format!(
        "The limits or the restart policy of {name} were changed, but its name was not: {}",
        error.message
    );
    let code = error.code;
    let mut told = Error::new(error.kind.clone(), message);
    told.code = code;
    told.source(error)
}

/// What of an update does not stand in the container's configuration afterwards.
fn not_applied(update: &Map<String, Value>, host: &Value) -> Vec<String> {
    let holds = |key: &str, wanted: &Value| {
        let Some(found) = host.get(key) else {
            return false;
        };
        match key {
            "RestartPolicy" => {
                let name = |policy: &Value| {
                    policy
                        .get("Name")
                        .and_then(Value::as_str)
                        .map(str::to_owned)
                };
                let none =
                    |name: Option<String>| name.filter(|name| !matches!(name.as_str(), "" | "no"));
                none(name(found)) == none(name(wanted))
            }
            // No limit has two forms (`PidsLimit`: 0 or -1 for unlimited).
            "PidsLimit" => {
                let limit = |value: &Value| value.as_i64().filter(|limit| *limit > 0);
                limit(found) == limit(wanted)
            }
            _ => found == wanted,
        }
    };
    update
        .iter()
        .filter(|(key, wanted)| !holds(key, wanted))
        .map(|(key, _)| key.clone())
        .collect()
}

impl Containers {
    pub async fn plan_change(&self, reference: &str, change: &ContainerUpdate) -> Result<Plan> {
        Ok(self.checked(reference, change).await?.plan)
    }

    /// Does it. Nothing is changed when any part of it is refused beforehand.
    pub async fn change(
        &self,
        reference: &str,
        change: ContainerUpdate,
        confirm: Option<&str>,
    ) -> Result<ContainerView> {
        let checked = self.checked(reference, &change).await?;
        let container = &checked.view.container;
        environments::require(checked.plan.needs.as_ref(), confirm, &container.name)?;
        let touches = !checked.update.is_empty() || checked.name.is_some();
        let mut names = vec![container.name.as_str()];
        names.extend(checked.name.as_deref());
        let targets = Target::containers(names);
        let _reserved = touches
            .then(|| self.operations.reserve(&targets))
            .transpose()?;
        if touches {
            let snapshot = self.engine.snapshot(&container.id).await?;
            self.save_configuration(
                &snapshot,
                if checked.name.is_some() {
                    "rename"
                } else {
                    "update"
                },
            )
            .await?;
        }
        let changes_limits = !checked.update.is_empty();
        if changes_limits {
            self.update(&container.id, checked.update).await?;
        }
        if let Some(name) = &checked.name {
            let renamed = self.engine.rename_container(&container.id, name).await;
            renamed.map_err(|error| half_done(error, changes_limits, &container.name))?;
            let renamed = Container {
                name: name.clone(),
                ..(**container).clone()
            };
            self.adopt(&renamed).await?;
        }
        let annotation = change.annotation();
        if annotation.is_empty() {
            return self.get(&container.id);
        }
        self.annotate(&container.id, annotation).await
    }

    /// Changes limits and the restart policy, and looks whether they hold: an
    /// engine may accept what it does not apply.
    async fn update(&self, id: &str, mut update: Map<String, Value>) -> Result<()> {
        if self.engine.is_podman()
            && let Some(nano) = update.remove("NanoCpus").and_then(|nano| nano.as_i64())
        {
            // Podman's update ignores NanoCpus.
            update.insert("CpuPeriod".to_owned(), 100_000.into());
            update.insert("CpuQuota".to_owned(), (nano / 10_000).into());
        }
        let request = Value::Object(update.clone());
        if let Err(error) = self.engine.update_container(id, &request).await {
            return Err(match error {
                EngineError::NotOffered(_) => Error::conflict(
                    "This engine cannot change the limits or the restart policy of an existing container. Recreate the container with them.",
                )
                .code("update_unsupported")
                .source(error),
                error => error.into(),
            });
        }
        let inspect = match self.engine.inspect_container(id).await {
            Ok((inspect, _)) => inspect,
            Err(error) => {
                tracing::warn!(id, %error, "whether changed limits hold could not be read");
                return Ok(());
            }
        };
        let host = inspect.get("HostConfig").cloned().unwrap_or_default();
        let open = not_applied(&update, &host);
        if open.is_empty() {
            return Ok(());
        }
        Err(Error::conflict(format!(
            "The engine accepted the change but did not apply {}. Recreate the container with it instead.",
            open.join(", ")
        ))
        .code("update_not_applied"))
    }

    async fn checked(&self, reference: &str, change: &ContainerUpdate) -> Result<Checked> {
        let view = self.get(reference)?;
        let container = view.container.clone();
        self.check_annotation(&change.annotation())?;
        let mut update = change.update()?;
        if let Some(memory) = update.get("Memory").and_then(Value::as_i64)
            && !update.contains_key("MemorySwap")
        {
            let (inspect, _) = self.engine.inspect_container(&container.id).await?;
            let now = |key: &str| {
                let value = inspect.pointer(&format!("/HostConfig/{key}"));
                value.and_then(Value::as_i64).unwrap_or(0)
            };
            update.extend(
                swap_beside(memory, now("Memory"), now("MemorySwap"))
                    .map(|swap| ("MemorySwap".to_owned(), swap.into())),
            );
        }
        let name = change.name.clone().filter(|name| *name != container.name);
        if let Some(new) = &name {
            if let Some((_, problem)) = names::malformed(new) {
                return Err(Error::invalid("name", problem));
            }
            if self.engine.has_name(new).await? {
                return Err(Error::invalid(
                    "name",
                    format!("A container named {new} exists already."),
                )
                .code("name_taken"));
            }
        }
        if (name.is_some() || !update.is_empty()) && container.is_self {
            return Err(Error::conflict(
                "DockerMate itself runs in this container. Change it on the command line.",
            )
            .code("protected_self"));
        }
        if (name.is_some() || !update.is_empty()) && container.orchestrator.is_some() {
            return Err(Error::conflict(format!(
                "{} is managed by an orchestrator, which would undo a new name or new limits. Change it there.",
                container.name
            ))
            .code("orchestrated"));
        }
        let plan = self.change_plan(&view, change, &update, name.as_deref());
        Ok(Checked {
            view,
            update,
            name,
            plan,
        })
    }
}
