//! Removing an environment: what refers to it refers to another one first, in
//! the same commit. No container is touched; only what is said of it changes.

use super::Containers;
use crate::domain::environments::some_of;
use crate::domain::feed::Event;
use crate::error::{Error, Result};
use crate::model::environment::{Environment, EnvironmentSource, HostMode};
use crate::model::plan::Plan;
use crate::model::settings::Settings;
use crate::model::timestamp::Timestamp;
use crate::model::update_policy::UpdateRules;
use crate::store::ContainerRecord;

/// What has to change before the environment can go.
struct EnvironmentRemoval {
    environment: Environment,
    target: Option<Environment>,
    /// Containers on this host that have it by their own tag or label.
    tagged: Vec<String>,
    /// The records as they will be, also of names that are not on this host.
    records: Vec<(String, ContainerRecord)>,
    /// When the host itself has it.
    settings: Option<Settings>,
}

impl Containers {
    /// What deleting an environment would do.
    pub fn plan_retire(&self, code: &str, move_to: Option<&str>) -> Result<Plan> {
        let removal = self.removal(code, move_to)?;
        let mut steps = Vec::new();
        let mut warnings = Vec::new();
        if let Some(target) = &removal.target {
            let names: Vec<&str> = removal.tagged.iter().map(String::as_str).collect();
            if !names.is_empty() {
                steps.push(format!("Tag {} {} instead.", some_of(&names), target.code));
            }
            if removal.settings.is_some() {
                steps.push(format!(
                    "The environment of this host becomes {}.",
                    target.code
                ));
            }
            if target.confirmation < removal.environment.confirmation && !steps.is_empty() {
                warnings.push(format!(
                    "{} asks for less confirmation before a container is deleted or changed.",
                    target.code
                ));
            }
        }
        steps.push(format!("Delete the environment {code} and its rules."));
        Ok(Plan {
            title: format!("Delete the environment {code}"),
            steps,
            warnings,
            keeps: vec!["All containers keep running, and their labels are kept.".to_owned()],
            ..Plan::default()
        })
    }

    /// Deletes an environment; what has it gets `move_to`, or is named.
    pub async fn retire(&self, code: &str, move_to: Option<&str>) -> Result<()> {
        let _settings = self.settings.hold().await;
        let _records = self.changing.lock().await;
        let _list = self.environments.hold().await;
        let removal = self.removal(code, move_to)?;
        self.store
            .remove_environment(
                code.to_owned(),
                removal.records.clone(),
                removal.settings.clone(),
            )
            .await?;
        let mut records = self.records_mut();
        for (name, record) in removal.records {
            records.put(name, record);
        }
        drop(records);
        if let Some(settings) = removal.settings {
            self.settings.replace(settings);
        }
        let mut list = self.environments.list().to_vec();
        list.retain(|known| known.code != code);
        self.environments.replace(list);
        self.feed.publish(Event::Inventory);
        Ok(())
    }

    fn removal(&self, code: &str, move_to: Option<&str>) -> Result<EnvironmentRemoval> {
        let environment = self.environments.known(code)?;
        if environment.built_in {
            return Err(Error::conflict(format!(
                "{code} is a built-in environment and cannot be deleted. Rename it, or leave it unused."
            ))
            .code("environment_built_in"));
        }
        let target = match move_to {
            Some(text) => {
                let known = self.environments.parse("move_to", text)?;
                self.environments.find(&known)
            }
            None => None,
        };
        if target.as_ref().is_some_and(|target| target.code == code) {
            return Err(Error::invalid(
                "move_to",
                format!("{code} is the environment to delete. Choose another one."),
            ));
        }
        let tagged: Vec<String> = self
            .views()?
            .iter()
            .filter(|view| view.environment.as_deref() == Some(code))
            .filter(|view| view.environment_source != EnvironmentSource::Host)
            .map(|view| view.container.name.clone())
            .collect();
        let settings = self.settings.get();
        let is_hosts = settings.host_environment.code() == code;
        if target.is_none() && (is_hosts || !tagged.is_empty()) {
            return Err(in_use(code, &tagged, is_hosts));
        }
        let chosen = target.as_ref().map(|target| target.code.clone());
        let records = self.moved(code, &tagged, chosen.as_deref());
        Ok(EnvironmentRemoval {
            settings: chosen.filter(|_| is_hosts).map(|chosen| Settings {
                host_environment: HostMode::of(chosen),
                ..settings
            }),
            environment,
            target,
            tagged,
            records,
        })
    }

    /// The records that name it, and new ones for what its label names: a
    /// choice stands above a label.
    fn moved(
        &self,
        code: &str,
        tagged: &[String],
        to: Option<&str>,
    ) -> Vec<(String, ContainerRecord)> {
        let records = self.records();
        let named = records
            .iter()
            .filter(|(_, record)| record.environment.as_deref() == Some(code))
            .map(|(name, _)| name);
        let mut names: Vec<&String> = named.chain(tagged).collect();
        names.sort();
        names.dedup();
        names
            .into_iter()
            .map(|name| {
                let mut record = records
                    .named(name)
                    .cloned()
                    .unwrap_or_else(|| ContainerRecord {
                        environment: None,
                        description: String::new(),
                        url: String::new(),
                        notes: String::new(),
                        tags: Vec::new(),
                        updates: UpdateRules::default(),
                        updated_at: Timestamp::now(),
                        owner: self
                            .engine
                            .get(name)
                            .ok()
                            .map(|found| records.owner(&found)),
                    });
                record.environment = to.map(ToOwned::to_owned);
                record.updated_at = Timestamp::now();
                (name.clone(), record)
            })
            .collect()
    }
}

fn in_use(code: &str, tagged: &[String], is_hosts: bool) -> Error {
    let names: Vec<&str> = tagged.iter().map(String::as_str).collect();
    let who = match (names.is_empty(), is_hosts) {
        (true, _) => "this host is".to_owned(),
        (false, false) if names.len() == 1 => format!("{} is", names[0]),
        (false, false) => format!("{} are", some_of(&names)),
        (false, true) => format!("{}, and this host itself, are", some_of(&names)),
    };
    Error::conflict(format!(
        "{code} is in use: {who} tagged with it. Choose the environment that replaces it (move_to=DEV), or change their tags first."
    ))
    .code("environment_in_use")
}
