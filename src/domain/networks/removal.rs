//! Removing a network, or all that nothing uses: what that will do, and doing it.

use super::{NetworkService, engine_error};
use crate::domain::commands::NetworkCommand;
use crate::domain::environments::some_of;
use crate::domain::operations::Started;
use crate::error::{Error, Kind, Result};
use crate::model::network::NetworkView;
use crate::model::operation::{OperationResult, OperationState, Progress, Target, TargetKind};
use crate::model::plan::Plan;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// What is to be removed.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NetworkPrune {
    /// Only these of the unused networks, by id: those that were shown. What came into
    /// use since stays.
    pub networks: Option<Vec<String>>,
}

impl NetworkService {
    /// What removing it will do.
    pub fn plan_remove(&self, reference: &str) -> Result<Plan> {
        let view = self.removable(reference)?;
        Ok(self.plan_removal(&view))
    }

    /// Removes it, as an operation.
    pub fn remove(self: &Arc<Self>, reference: &str) -> Result<Started> {
        let view = self.removable(reference)?;
        let title = self.plan_removal(&view).title;
        let name = view.network.name.clone();
        let target = Target::new(TargetKind::Network, &name);
        let reserved = self.operations.reserve(std::slice::from_ref(&target))?;
        let this = Arc::clone(self);
        Ok(self
            .operations
            .start("network.remove", title, target, async move {
                let _reserved = reserved;
                this.perform_removal(&view).await
            }))
    }

    /// What removing all that nothing uses will do.
    pub fn plan_prune(&self, request: &NetworkPrune) -> Result<Plan> {
        let (gone, kept) = self.to_prune(request)?;
        let mut keeps =
            vec!["Every network with a container on it, and the engine's own.".to_owned()];
        keeps.extend(kept);
        let steps = gone.iter().map(|view| {
            let subnets: Vec<String> = view
                .network
                .subnets
                .iter()
                .map(|subnet| subnet.network.to_string())
                .collect();
            let of = if subnets.is_empty() {
                String::new()
            } else {
                format!(" ({})", subnets.join(", "))
            };
            format!("Remove {}{of}.", view.network.name)
        });
        let names: Vec<String> = gone.iter().map(|view| view.network.name.clone()).collect();
        Ok(Plan {
            title: title(gone.len()),
            steps: if gone.is_empty() {
                vec!["Nothing is removed.".to_owned()]
            } else {
                steps.collect()
            },
            warnings: of_stacks(&gone).into_iter().collect(),
            keeps,
            commands: (!names.is_empty()).then(|| self.shell(&NetworkCommand::Remove(names))),
            ..Plan::default()
        })
    }

    /// Does it, as one operation with a result for each.
    ///
    /// # Errors
    /// A conflict when nothing is to be removed.
    pub fn prune(self: &Arc<Self>, request: &NetworkPrune) -> Result<Started> {
        let (gone, _) = self.to_prune(request)?;
        if gone.is_empty() {
            return Err(Error::conflict(
                "There is no network to remove: all are in use or are kept.",
            )
            .code("nothing_to_prune"));
        }
        let target = |view: &NetworkView| Target::new(TargetKind::Network, &view.network.name);
        let targets: Vec<Target> = gone.iter().map(target).collect();
        let reserved = self.operations.reserve(&targets)?;
        let names: Vec<&str> = gone.iter().map(|view| view.network.name.as_str()).collect();
        let all = Target::new(TargetKind::Network, names.join(", "));
        let (title, this) = (title(gone.len()), Arc::clone(self));
        Ok(self
            .operations
            .start_task("network.prune", title, all, true, move |task| async move {
                let _reserved = reserved;
                let (total, mut failed) = (gone.len(), Vec::new());
                for (at, view) in gone.iter().enumerate() {
                    task.check()?;
                    let name = view.network.name.clone();
                    let (state, message, error) = match this.perform_removal(view).await {
                        Ok(message) => (OperationState::Succeeded, message, None),
                        Err(error) => {
                            failed.push(name.clone());
                            let code = error.code.unwrap_or("failed").to_owned();
                            (OperationState::Failed, error.message, Some(code))
                        }
                    };
                    let result = OperationResult {
                        target: name,
                        state,
                        message,
                        error,
                    };
                    let progress = Progress {
                        done: at as u64 + 1,
                        total: Some(total as u64),
                        unit: "networks".to_owned(),
                        parts: Vec::new(),
                    };
                    task.result(result, progress);
                }
                if failed.len() == total {
                    return Err(Error::conflict(
                        "None of the networks could be removed. The results say why.",
                    )
                    .code("bulk_failed"));
                }
                Ok(if failed.is_empty() {
                    format!("Removed {}.", count(total))
                } else {
                    format!(
                        "Removed {} of {}; not {}.",
                        total - failed.len(),
                        count(total),
                        failed.join(", ")
                    )
                })
            }))
    }

    /// # Errors
    /// When it belongs to the engine, or a container is on it.
    fn removable(&self, reference: &str) -> Result<NetworkView> {
        let view = self.get(reference)?;
        refuse(&view)?;
        Ok(view)
    }

    fn plan_removal(&self, view: &NetworkView) -> Plan {
        let name = &view.network.name;
        Plan {
            title: format!("Remove the network {name}"),
            steps: vec![format!("Remove the network {name}.")],
            warnings: of_stacks(std::slice::from_ref(view)).into_iter().collect(),
            keeps: vec![
                "Every container. Its reserved ranges are kept for a network of the same name."
                    .to_owned(),
            ],
            commands: Some(self.shell(&NetworkCommand::Remove(vec![name.clone()]))),
            ..Plan::default()
        }
    }

    async fn perform_removal(&self, view: &NetworkView) -> Result<String> {
        let name = &view.network.name;
        // As the engine shows it now.
        match self.get(&view.network.id) {
            Ok(now) => refuse(&now)?,
            Err(error) if error.kind == Kind::NotFound => {}
            Err(error) => return Err(error),
        }
        let removed = self.engine.remove_network(&view.network.id).await;
        Ok(if removed.map_err(|error| engine_error(error, name))? {
            format!("The network {name} was removed.")
        } else {
            format!("The network {name} had been removed already.")
        })
    }

    /// What goes, and what stays although no container is on it.
    fn to_prune(&self, request: &NetworkPrune) -> Result<(Vec<NetworkView>, Vec<String>)> {
        let (mut gone, mut kept) = (Vec::new(), Vec::new());
        let records = self.store.network_records()?;
        let wanted = request.networks.as_ref();
        for view in self.views()? {
            let is_wanted = wanted.is_none_or(|ids| ids.contains(&view.network.id));
            if view.is_predefined || !view.members.is_empty() || !is_wanted {
                continue;
            }
            let has_ranges = records
                .get(&view.network.name)
                .is_some_and(|record| !record.reservations.is_empty());
            let target = Target::new(TargetKind::Network, &view.network.name);
            if self.operations.is_reserved(&target) {
                kept.push(format!("{}: another operation uses it.", view.network.name));
            } else if has_ranges {
                kept.push(format!(
                    "{}: it has reserved ranges. Remove it by itself.",
                    view.network.name
                ));
            } else if view.network.scope == "swarm" {
                kept.push(format!("{}: it belongs to a swarm.", view.network.name));
            } else {
                gone.push(view);
            }
        }
        Ok((gone, kept))
    }
}

/// Refuses those that are not the user's own: `verb` says to do what.
pub(super) fn refuse_foreign(view: &NetworkView, verb: &str) -> Result<()> {
    let name = &view.network.name;
    if view.is_predefined {
        return Err(Error::conflict(format!(
            "{name} belongs to the engine, which does not {verb} it."
        ))
        .code("network_predefined"));
    }
    if view.network.scope == "swarm" {
        return Err(Error::conflict(format!(
            "{name} belongs to a swarm, which DockerMate does not manage. Use docker network to {verb} it."
        ))
        .code("network_of_swarm"));
    }
    Ok(())
}

fn refuse(view: &NetworkView) -> Result<()> {
    let name = &view.network.name;
    refuse_foreign(view, "remove")?;
    if view.members.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = view
        .members
        .iter()
        .map(|member| member.name.as_str())
        .collect();
    let (verb, them) = if names.len() == 1 {
        ("is", "it")
    } else {
        ("are", "them")
    };
    Err(Error::conflict(format!(
        "{} {verb} on {name}, running or not. Disconnect {them} first; then remove the network.",
        some_of(&names)
    ))
    .code("network_in_use"))
}

fn of_stacks(views: &[NetworkView]) -> Option<String> {
    let stacks: Vec<&str> = views
        .iter()
        .filter_map(|view| view.stack.as_deref())
        .collect();
    (!stacks.is_empty()).then(|| {
        format!(
            "Created by Compose for {}, which creates it again at its next start.",
            some_of(&stacks)
        )
    })
}

fn title(networks: usize) -> String {
    format!("Remove {}", count(networks))
}

fn count(networks: usize) -> String {
    if networks == 1 {
        "1 network".to_owned()
    } else {
        format!("{networks} networks")
    }
}
