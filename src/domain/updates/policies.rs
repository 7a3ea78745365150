//! The policy of each container: what is said of it, and what follows.

use super::policy::{Subject, careful, effective, ignores, is_own, own_labels};
use super::updater::STABLE_SECONDS;
use super::{ContainerUpdates, Updates};
use crate::domain::containers::Annotation;
use crate::domain::environments::{LABEL, PRODUCTION};
use crate::domain::settings::LONGEST_SOAK;
use crate::error::{Error, Result};
use crate::model::container::{Container, ContainerView};
use crate::model::environment::{Environment, EnvironmentSource};
use crate::model::plan::Plan;
use crate::model::update_policy::{EffectivePolicy, PolicySource, UpdatePolicy, UpdateRules};
use std::collections::BTreeMap;

/// See [`Updates::counting`].
struct Counting {
    environment: Option<Environment>,
    is_production: bool,
    /// It is the one that is shown.
    is_shown: bool,
}

impl Updates {
    pub(super) fn is_ignored(&self, container: &Container) -> bool {
        let labels = self.own_labels(container);
        ignores(&self.containers.update_rules(container), &labels)
    }

    /// The labels that were given to the container. The engine adds those of its image,
    /// and the publisher of an image does not decide what is updated here.
    fn own_labels(&self, container: &Container) -> BTreeMap<String, String> {
        own_labels(&container.labels, self.image_labels(container).as_ref())
    }

    /// `None` where its image is not known.
    fn image_labels(&self, container: &Container) -> Option<BTreeMap<String, String>> {
        let images = self.engine.images().ok()?;
        let image = images.iter().find(|image| image.id == container.image_id)?;
        Some(image.labels.clone())
    }

    /// What counts for updates of the environment of a container. One that the label of
    /// an image names is shown, and permits nothing.
    fn counting(&self, view: &ContainerView) -> Counting {
        let container = &view.container;
        let shown = view.environment.as_deref();
        let named = shown.and_then(|code| self.environments.find(code));
        let label = container.labels.get(LABEL);
        let is_own = view.environment_source != EnvironmentSource::Label
            || label
                .is_some_and(|value| is_own(LABEL, value, self.image_labels(container).as_ref()));
        if is_own {
            return Counting {
                environment: named,
                is_production: shown == Some(PRODUCTION),
                is_shown: true,
            };
        }
        let (host, _) = self.environments.of(None, &BTreeMap::new());
        let is_production = [shown, host.as_deref()].contains(&Some(PRODUCTION));
        let environment = careful(named, host.and_then(|code| self.environments.find(&code)));
        Counting {
            is_shown: environment.as_ref().map(|found| &*found.code) == shown,
            environment,
            is_production,
        }
    }

    /// Its code: production also where the label of an image names another.
    pub(super) fn counting_code(&self, view: &ContainerView) -> Option<String> {
        let counting = self.counting(view);
        if counting.is_production {
            return Some(PRODUCTION.to_owned());
        }
        counting.environment.map(|environment| environment.code)
    }

    pub(super) fn policy_of(&self, view: &ContainerView) -> EffectivePolicy {
        let container = &view.container;
        let rules = self.containers.update_rules(container);
        let counting = self.counting(view);
        // Not noted yet: whatever there is was there before.
        let existing = self.existing();
        let subject = Subject {
            rules: &rules,
            labels: &self.own_labels(container),
            environment: counting.environment.as_ref(),
            is_production: counting.is_production,
            was_before: existing.is_none_or(|existing| existing.has(container)),
        };
        let mut found = self.settings.read(|settings| {
            let automatic = settings
                .updates
                .automatic
                .unwrap_or(self.profile.auto_update);
            effective(&subject, &settings.updates, automatic, STABLE_SECONDS)
        });
        let is_by_rule = matches!(
            found.source,
            PolicySource::Environment | PolicySource::Default
        );
        if !counting.is_shown && is_by_rule && found.policy == UpdatePolicy::Notify {
            found.reason.get_or_insert_with(|| {
                "Its environment is named by a label of its image, which does not count for automatic updates.".to_owned()
            });
        }
        found
    }

    /// # Errors
    /// When there is no such container.
    pub fn policy(&self, container: &str) -> Result<EffectivePolicy> {
        Ok(self.policy_of(&self.containers.get(container)?))
    }

    /// What choosing these rules will do.
    ///
    /// # Errors
    /// When there is no such container, or a value is not allowed.
    pub fn plan_policy(&self, container: &str, rules: &UpdateRules) -> Result<Plan> {
        check(rules)?;
        let view = self.containers.get(container)?;
        let name = &view.container.name;
        let step = match rules.policy {
            None => format!("{name} follows its labels and its environment."),
            Some(UpdatePolicy::Auto) => {
                format!("{name} is updated by itself, in the maintenance windows.")
            }
            Some(UpdatePolicy::Notify) => {
                format!("Updates of {name} are shown, and made by hand.")
            }
            Some(UpdatePolicy::Ignore) => {
                format!("Registries are not asked for updates of {name} any more.")
            }
        };
        let mut warnings = Vec::new();
        if rules.policy == Some(UpdatePolicy::Auto)
            && view.environment.as_deref() == Some(PRODUCTION)
        {
            warnings.push(format!("{name} is production."));
        }
        Ok(Plan {
            title: format!("Change the update policy of {name}"),
            steps: vec![step],
            warnings,
            keeps: vec!["The container itself.".to_owned()],
            ..Plan::default()
        })
    }

    /// # Errors
    /// When there is no such container, or a value is not allowed.
    pub async fn set_policy(&self, container: &str, rules: UpdateRules) -> Result<EffectivePolicy> {
        check(&rules)?;
        let annotation = Annotation {
            updates: Some(rules),
            ..Annotation::default()
        };
        let view = self.containers.annotate(container, annotation).await?;
        self.refresh();
        self.news.notify_one();
        Ok(self.policy_of(&view))
    }

    /// The schedule or the rules of all have changed.
    pub fn settings_changed(&self) {
        self.unchecked.notify_one();
        self.news.notify_one();
    }

    /// Returns when there may be something to update that was not there before.
    pub async fn news(&self) {
        self.news.notified().await;
    }
}

impl ContainerUpdates {
    pub(super) fn is_available(&self) -> bool {
        use crate::model::update::UpdateState;
        matches!(
            self.status.state,
            UpdateState::UpdateAvailable | UpdateState::NewerVersion
        )
    }
}

fn check(rules: &UpdateRules) -> Result<()> {
    if rules.soak_days.is_some_and(|days| days > LONGEST_SOAK) {
        return Err(Error::invalid(
            "soak_days",
            format!("At most {LONGEST_SOAK} days."),
        ));
    }
    if rules.stable_seconds.is_some_and(|seconds| seconds > 600) {
        return Err(Error::invalid("stable_seconds", "At most 600 seconds."));
    }
    Ok(())
}
