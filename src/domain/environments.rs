//! Environments: what they are, which one a container has, and what that asks
//! of a destructive act (sections 6.1 and 6.3 of the design).

use crate::error::{Error, Kind, Result};
use crate::model::environment::{Confirmation, Environment, EnvironmentSource, HostMode};
use crate::model::plan::{Need, NeedKind};
use std::collections::BTreeMap;

/// The label that tags a container from its Compose file or run line.
pub const LABEL: &str = "dockermate.environment";

/// The four environments, in the order of care.
pub fn all() -> Vec<Environment> {
    let environment =
        |code: &str, name: &str, description: &str, color: &str, order, confirmation| Environment {
            code: code.to_owned(),
            name: name.to_owned(),
            description: description.to_owned(),
            color: color.to_owned(),
            display_order: order,
            confirmation,
        };
    vec![
        environment(
            "PRD",
            "Production",
            "Services you rely on. Deleting asks for the name.",
            "#ef4444",
            1,
            Confirmation::TypeName,
        ),
        environment(
            "UAT",
            "Acceptance testing",
            "Being tried before it becomes production. Deleting asks once.",
            "#eab308",
            2,
            Confirmation::Yes,
        ),
        environment(
            "DEV",
            "Development",
            "Work in progress. Quick, few questions.",
            "#22c55e",
            3,
            Confirmation::None,
        ),
        environment(
            "SANDBOX",
            "Sandbox",
            "Experiments. Nothing here matters.",
            "#3b82f6",
            4,
            Confirmation::None,
        ),
    ]
}

/// The code as it is written here, whatever its case. `field` names it in errors.
pub fn parse(field: &'static str, text: &str) -> Result<String> {
    let code = text.trim().to_ascii_uppercase();
    let known = all();
    if known.iter().any(|environment| environment.code == code) {
        return Ok(code);
    }
    let codes: Vec<String> = known.into_iter().map(|known| known.code).collect();
    Err(Error::invalid(
        field,
        format!(
            "{text:?} is not an environment. Known: {}.",
            codes.join(", ")
        ),
    ))
}

/// The environment of a container: the user's choice, else the label, else
/// what the host is.
pub fn of(
    chosen: Option<&str>,
    labels: &BTreeMap<String, String>,
    host: HostMode,
) -> (Option<String>, EnvironmentSource) {
    if let Some(code) = chosen {
        return (Some(code.to_owned()), EnvironmentSource::User);
    }
    if let Some(code) = labels.get(LABEL).and_then(|text| parse(LABEL, text).ok()) {
        return (Some(code), EnvironmentSource::Label);
    }
    match host.default_environment() {
        Some(code) => (Some(code.to_owned()), EnvironmentSource::Host),
        None => (None, EnvironmentSource::None),
    }
}

/// What changing a container of this environment needs.
pub fn need_for_change(
    environment: Option<&str>,
    name: &str,
    verb: &str,
    require_prd_confirmation: bool,
) -> Option<Need> {
    need_for_deletion(environment, name, require_prd_confirmation).map(|need| Need {
        reason: need.reason.replace("delete it", &format!("{verb} it")),
        ..need
    })
}

/// What deleting a container of this environment needs.
pub fn need_for_deletion(
    environment: Option<&str>,
    name: &str,
    require_prd_confirmation: bool,
) -> Option<Need> {
    let code = environment?;
    let asks = all()
        .into_iter()
        .find(|known| known.code == code)
        .map_or(Confirmation::None, |known| known.confirmation);
    match asks {
        Confirmation::TypeName if require_prd_confirmation => Some(Need {
            kind: NeedKind::TypeName,
            confirm: name.to_owned(),
            reason: format!("{name} is tagged {code}: type its name to delete it."),
        }),
        Confirmation::TypeName | Confirmation::Yes => Some(Need {
            kind: NeedKind::Yes,
            confirm: "yes".to_owned(),
            reason: format!("{name} is tagged {code}: say yes to delete it."),
        }),
        Confirmation::None => None,
    }
}

/// Refuses unless what is needed was sent. Who types the name has said yes too.
pub fn require(need: Option<&Need>, given: Option<&str>, name: &str) -> Result<()> {
    let Some(need) = need else { return Ok(()) };
    let fits = match (need.kind, given) {
        (_, Some(given)) if given == need.confirm => true,
        (NeedKind::Yes, Some(given)) => given == name || given.eq_ignore_ascii_case("yes"),
        _ => false,
    };
    if fits {
        return Ok(());
    }
    Err(Error::new(
        Kind::ConfirmationRequired {
            confirm: need.confirm.clone(),
        },
        format!("{} Send it as `confirm`.", need.reason),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(value: &str) -> BTreeMap<String, String> {
        [(LABEL.to_owned(), value.to_owned())].into()
    }

    #[test]
    fn the_choice_wins_over_the_label_over_the_host() {
        let none = BTreeMap::new();
        let code = |found: (Option<String>, EnvironmentSource)| found.0;
        assert_eq!(
            of(Some("PRD"), &labels("DEV"), HostMode::Uat),
            (Some("PRD".into()), EnvironmentSource::User)
        );
        assert_eq!(
            of(None, &labels(" dev "), HostMode::Uat),
            (Some("DEV".into()), EnvironmentSource::Label)
        );
        assert_eq!(
            code(of(None, &labels("<b>"), HostMode::Uat)).as_deref(),
            Some("UAT")
        );
        assert_eq!(
            of(None, &none, HostMode::Mixed),
            (None, EnvironmentSource::None)
        );
    }

    #[test]
    fn production_asks_for_the_name_and_testing_for_a_yes() {
        let need = need_for_deletion(Some("PRD"), "db", true);
        assert!(require(need.as_ref(), None, "db").is_err());
        assert!(require(need.as_ref(), Some("yes"), "db").is_err());
        assert!(require(need.as_ref(), Some("db"), "db").is_ok());
        let relaxed = need_for_deletion(Some("PRD"), "db", false);
        assert!(require(relaxed.as_ref(), Some("yes"), "db").is_ok());
        let test = need_for_deletion(Some("UAT"), "db", true);
        assert!(require(test.as_ref(), None, "db").is_err());
        assert!(require(test.as_ref(), Some("yes"), "db").is_ok());
        assert!(need_for_deletion(Some("DEV"), "db", true).is_none());
        assert!(need_for_deletion(None, "db", true).is_none());
    }
}
