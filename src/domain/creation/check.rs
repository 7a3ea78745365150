//! What can be known before a container is made: everything that would fail is
//! an error with the field and the way out, everything dangerous is a risk that
//! must be taken with open eyes, the rest is worth a warning.

mod engine_support;
mod mounts;
mod networks;
mod ports;
mod values;

use crate::domain::containers::{Containers, malformed};
use crate::domain::environments::Environments;
use crate::domain::images::Images;
use crate::domain::settings::SettingsService;
use crate::engine::Engine;
use crate::error::{Error, Kind, Result};
use crate::model::profile::{LimitLevel, Profile};
use crate::model::spec::{ContainerSpec, image_reference};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

/// What the checks found beyond errors.
#[derive(Debug, Default)]
pub struct Findings {
    pub warnings: Vec<String>,
    pub risks: Vec<Risk>,
    /// The image is on this host.
    pub image_here: bool,
    /// Volumes that do not exist yet.
    pub new_volumes: BTreeSet<String>,
}

/// Something that is done only by who says that he knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Risk {
    /// What to send as `acknowledge`.
    pub code: &'static str,
    pub message: String,
}

impl Findings {
    fn risk(&mut self, code: &'static str, message: impl Into<String>) {
        self.risks.push(Risk {
            code,
            message: message.into(),
        });
    }

    /// # Errors
    /// `risk_not_acknowledged` with every risk that was not taken.
    pub fn acknowledged(&self, taken: &[String]) -> Result<()> {
        let open: Vec<&Risk> = self
            .risks
            .iter()
            .filter(|risk| !taken.iter().any(|code| code == risk.code || code == "all"))
            .collect();
        let mut codes: Vec<&str> = open.iter().map(|risk| risk.code).collect();
        codes.dedup();
        let Some(first) = open.first() else {
            return Ok(());
        };
        let all: Vec<&str> = open.iter().map(|risk| risk.message.as_str()).collect();
        let code = if first.code == "limit" && codes.len() == 1 {
            "container_limit"
        } else {
            "risk_not_acknowledged"
        };
        Err(Error::new(
            Kind::ConfirmationRequired {
                confirm: codes.join(","),
            },
            format!(
                "{} If you take the risk, send acknowledge={}.",
                all.join(" "),
                codes.join(",")
            ),
        )
        .code(code))
    }
}

/// Checks what a container is to be, against this host and its engine.
#[derive(Debug)]
pub struct Checks {
    pub engine: Engine,
    pub environments: Arc<Environments>,
    pub settings: Arc<SettingsService>,
    pub containers: Arc<Containers>,
    pub images: Images,
    pub profile: &'static Profile,
    pub data_dir: PathBuf,
}

impl Checks {
    /// Checks a container that is to be made, or to become different. `old` is
    /// what it was, and `ours` are the containers that will be replaced: they do
    /// not stand in their own way.
    pub async fn check(
        &self,
        spec: &ContainerSpec,
        old: Option<&ContainerSpec>,
        ours: &[&str],
    ) -> Result<Findings> {
        let mut findings = Findings::default();
        let name = spec.name.as_deref().unwrap_or_default();
        if let Some((_, problem)) = malformed(name) {
            return Err(Error::invalid("name", problem));
        }
        if !ours.contains(&name) && self.engine.has_name(name).await? {
            let check = self
                .containers
                .validate_name(name, spec.environment.as_deref())?;
            let free = if check.suggestions.is_empty() {
                String::new()
            } else {
                format!(" Free names: {}.", check.suggestions.join(", "))
            };
            return Err(Error::new(
                Kind::Invalid {
                    field: Some("name".into()),
                },
                format!("There is a container called {name} already, running or not.{free}"),
            )
            .code("name_taken"));
        }
        image_reference(&spec.image).map_err(|why| Error::invalid("image", why))?;
        values::check(spec, &mut findings)?;
        self.check_engine_support(spec, old, &mut findings)?;
        if let Some(code) = &spec.environment {
            self.environments.parse("environment", code)?;
        }
        if old.is_none() {
            self.check_limit(&mut findings);
        }
        // What has not been changed worked before and is not questioned again.
        let same =
            |field: fn(&ContainerSpec) -> String| old.is_some_and(|old| field(old) == field(spec));
        if !same(|spec| format!("{:?}", spec.mounts)) {
            self.check_mounts(spec, &mut findings).await?;
        }
        let same_networks = same(|spec| {
            format!(
                "{:?}{:?}{:?}",
                spec.networks, spec.network_mode, spec.hostname
            )
        });
        if same_networks {
            self.check_presence(spec).await?;
        } else {
            self.check_networks(spec, ours, &mut findings).await?;
        }
        if !same(|spec| format!("{:?}{:?}", spec.ports, spec.network_mode)) {
            self.check_ports(spec, ours, &mut findings)?;
        }
        if !same(|spec| format!("{:?}", spec.privileged)) && spec.privileged {
            findings.warnings.push(
                "Privileged gives it full access to the machine: whoever breaks into it owns the host. A single device or capability is mostly enough.".to_owned(),
            );
        }
        findings.image_here = self
            .images
            .is_here(&spec.image, spec.platform.as_deref())
            .await?;
        Ok(findings)
    }

    /// Whether a new container says which environment it belongs to, where the host does
    /// not. One that is restored is as it was: nobody is asked what it is to be.
    pub fn require_environment(&self, spec: &ContainerSpec) -> Result<()> {
        let is_said = spec.environment.is_some()
            || spec.labels.contains_key(crate::domain::environments::LABEL);
        let host = self.settings.get().host_environment;
        if is_said || host.default_environment().is_some() {
            return Ok(());
        }
        Err(Error::invalid(
            "environment",
            "This host holds several environments, so a container must say which one it belongs to (PRD, UAT, DEV, SANDBOX).",
        )
        .code("environment_required"))
    }

    /// Section 5.3 of the design.
    fn check_limit(&self, findings: &mut Findings) {
        let Some(limits) = self.profile.limits() else {
            return;
        };
        let now = self.engine.containers().map_or(0, |all| all.len());
        let after = u32::try_from(now + 1).unwrap_or(u32::MAX);
        let title = self.profile.title;
        match limits.level(after) {
            LimitLevel::Fine => {}
            LimitLevel::Approaching => findings.warnings.push(format!(
                "This will be container {after} of the {} that a {title} keeps steady.",
                limits.max
            )),
            LimitLevel::AtLimit => findings.warnings.push(format!(
                "This will be container {after}: the limit of a {title} is {}. More will be refused unless you take the risk.",
                limits.max
            )),
            LimitLevel::Blocked => findings.risk(
                "limit",
                format!(
                    "This would be container {after}, and a {title} keeps {} steady: it may run out of memory and take the others with it.",
                    limits.max
                ),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_risk_must_be_acknowledged_by_its_name() {
        let mut findings = Findings::default();
        assert!(findings.acknowledged(&[]).is_ok());
        findings.risk("limit", "Too many.");
        let error = findings.acknowledged(&[]).unwrap_err();
        assert_eq!(error.code, Some("container_limit"));
        findings.risk("mounts", "The socket.");
        let error = findings.acknowledged(&["limit".to_owned()]).unwrap_err();
        assert_eq!(
            error.kind,
            Kind::ConfirmationRequired {
                confirm: "mounts".to_owned()
            }
        );
        assert!(
            findings
                .acknowledged(&["mounts".to_owned(), "limit".to_owned()])
                .is_ok()
        );
    }
}
