//! Actions on a container, each applied as an operation once it is planned.

use super::Containers;
use super::action::{Action, ActionOptions};
use super::action_plan::refuse_running;
use super::consequences;
use super::dependent_restarts::{DependentRestarts, OwnerUsers};
use super::volume_removal::VolumeRemoval;
use crate::domain::environments;
use crate::domain::operations::Started;
use crate::domain::volumes;
use crate::engine::{ActionOutcome, Engine, EngineError, RemoveOptions, Snapshot, StopOptions};
use crate::error::Result;
use crate::model::container::ContainerView;
use crate::model::operation::Target;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

impl Containers {
    /// Does it, as an operation. `confirm` answers what the plan needs.
    pub fn act(
        self: &Arc<Self>,
        reference: &str,
        action: Action,
        options: ActionOptions,
        confirm: Option<&str>,
    ) -> Result<Started> {
        let view = self.get(reference)?;
        let plan = self.plan_for(&view, action, &options)?;
        let name = view.container.name.clone();
        environments::require(plan.needs.as_ref(), confirm, &name)?;
        refuse_running(&view, action, options.force)?;
        let users = if options.restart_dependents {
            self.restarted_with(&view)?
        } else {
            Vec::new()
        };
        let mut names = vec![name.clone()];
        names.extend(users.iter().map(|user| user.name.clone()));
        let reserved = self
            .operations
            .reserve(&Target::containers(names.iter().map(String::as_str)))?;
        let on = Target::container(name.as_str());
        let this = Arc::clone(self);
        Ok(self.operations.start_task(
            &format!("container.{}", action.word()),
            plan.title.clone(),
            on,
            false,
            move |task| async move {
                let _reserved = reserved;
                let owner = OwnerUsers {
                    owner: Arc::clone(&view.container),
                    restarted: users,
                    requested: Vec::new(),
                };
                let owners = Vec::from_iter((!owner.restarted.is_empty()).then_some(owner));
                let restarts = DependentRestarts::new(&this, &task, plan.title, owners, false);
                let id = &view.container.id;
                restarts.begin(id, options.timeout).await?;
                let outcome = this.perform(&view, action, options).await;
                let outcome = restarts.follow(id, outcome).await;
                restarts.end(&task).await;
                outcome
            },
        ))
    }

    /// Saves what is to be saved, does it, and takes note of what it came to.
    pub(super) async fn perform(
        &self,
        view: &ContainerView,
        action: Action,
        options: ActionOptions,
    ) -> Result<String> {
        let container = &view.container;
        let removed = consequences::removes(container, action, &options);
        if removed {
            let snapshot = self.engine.snapshot(&container.id).await?;
            self.save_configuration(&snapshot, action.word()).await?;
        }
        let keep = options.keep_annotations;
        // As the engine shows it now: volumes are never removed by what was known before.
        let volumes = if options.volumes {
            let now = self.engine.get(&container.id)?;
            self.volume_removal(&now, &[])?
        } else {
            VolumeRemoval::default()
        };
        let options = ActionOptions {
            volumes: volumes.by_engine,
            ..options
        };
        let outcome = apply(&self.engine, &container.id, action, options).await?;
        volumes::remove(&self.engine, &volumes.by_name).await;
        if !removed {
            return Ok(action.done(&container.name, outcome.changed));
        }
        if self.gone(&container.id, action).await {
            self.deleted(container, keep).await?;
            if action != Action::Delete {
                return Ok(format!(
                    "{} has stopped and was removed by the engine (--rm).",
                    container.name
                ));
            }
        }
        Ok(action.done(&container.name, outcome.changed))
    }

    /// Whether it is gone. The engine removes what was created with `--rm` a
    /// moment after its end; after a signal it may take its time.
    async fn gone(&self, id: &str, action: Action) -> bool {
        let patience = match action {
            Action::Kill => Duration::from_secs(1),
            _ => Duration::from_secs(5),
        };
        let deadline = Instant::now() + patience;
        loop {
            if matches!(self.engine.get(id), Err(EngineError::NotFound(_))) {
                return true;
            }
            if Instant::now() >= deadline {
                return false;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Saves the configuration, where the environment asks for it.
    pub(super) async fn save_configuration(&self, snapshot: &Snapshot, reason: &str) -> Result<()> {
        let view = self.view(Arc::clone(&snapshot.container));
        self.saved
            .save(snapshot, view.environment.as_deref(), reason)
            .await
    }
}

async fn apply(
    engine: &Engine,
    id: &str,
    action: Action,
    options: ActionOptions,
) -> Result<ActionOutcome> {
    let outcome = match action {
        Action::Start => engine.start_container(id).await,
        Action::Stop => {
            let stop = StopOptions {
                timeout: options.timeout,
                signal: options.signal,
            };
            engine.stop_container(id, &stop).await
        }
        Action::Restart => engine.restart_container(id, options.timeout).await,
        Action::Pause => engine.pause_container(id).await,
        Action::Unpause => engine.unpause_container(id).await,
        Action::Kill => engine.kill_container(id, options.signal.as_deref()).await,
        Action::Delete => {
            let remove = RemoveOptions {
                force: options.force,
                volumes: options.volumes,
            };
            engine.remove_container(id, remove).await
        }
    };
    Ok(outcome?)
}
