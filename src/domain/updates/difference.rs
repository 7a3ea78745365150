//! What differs between the configurations of two images: what a container would
//! get by default from the new one that it did not get from the old. Pure.

use crate::model::characters::one_line;
use crate::model::image_defaults::{HealthcheckDefault, ImageDefaults};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Longer values are cut: what an image says of itself is not ours.
const LONGEST: usize = 500;
const MOST_CHANGES: usize = 200;

#[derive(Debug, Clone, Copy, Serialize, PartialEq, Eq, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    Added,
    Removed,
    Changed,
}

/// One thing that the new image does differently.
#[derive(Debug, Clone, Serialize, PartialEq, Eq, ToSchema)]
pub struct ConfigurationChange {
    /// `env`, `entrypoint`, `cmd`, `ports`, `volumes`, `user`, `working_dir`,
    /// `healthcheck`, `stop_signal`, `shell`.
    pub field: &'static str,
    pub kind: ChangeKind,
    /// Which variable, port or volume; empty for what there is one of.
    pub name: String,
    pub before: Option<String>,
    pub after: Option<String>,
}

/// From what one image gives a container to what another does.
pub(super) fn differences(old: &ImageDefaults, new: &ImageDefaults) -> Vec<ConfigurationChange> {
    let mut found = Vec::new();
    compare(&mut found, "env", &variables(old), &variables(new));
    for (field, old, new) in [
        ("entrypoint", &old.entrypoint, &new.entrypoint),
        ("cmd", &old.cmd, &new.cmd),
        ("shell", &old.shell, &new.shell),
    ] {
        single(&mut found, field, words(old), words(new));
    }
    compare(
        &mut found,
        "ports",
        &keys(&old.exposed_ports),
        &keys(&new.exposed_ports),
    );
    compare(
        &mut found,
        "volumes",
        &keys(&old.volumes),
        &keys(&new.volumes),
    );
    for (field, old, new) in [
        ("user", &old.user, &new.user),
        ("working_dir", &old.working_dir, &new.working_dir),
        ("stop_signal", &old.stop_signal, &new.stop_signal),
    ] {
        single(&mut found, field, text(old), text(new));
    }
    let health = |image: &ImageDefaults| image.healthcheck.as_ref().and_then(health);
    single(&mut found, "healthcheck", health(old), health(new));
    found.truncate(MOST_CHANGES);
    found
}

type Named = BTreeMap<String, Option<String>>;

fn compare(found: &mut Vec<ConfigurationChange>, field: &'static str, old: &Named, new: &Named) {
    let mut add = |kind, name: &str, before: Option<&String>, after: Option<&String>| {
        found.push(ConfigurationChange {
            field,
            kind,
            name: clean(name),
            before: before.map(|text| clean(text)),
            after: after.map(|text| clean(text)),
        });
    };
    for (name, after) in new {
        match old.get(name) {
            None => add(ChangeKind::Added, name, None, after.as_ref()),
            Some(before) if before != after => {
                add(ChangeKind::Changed, name, before.as_ref(), after.as_ref());
            }
            Some(_) => {}
        }
    }
    for (name, before) in old.iter().filter(|(name, _)| !new.contains_key(*name)) {
        add(ChangeKind::Removed, name, before.as_ref(), None);
    }
}

fn single(
    found: &mut Vec<ConfigurationChange>,
    field: &'static str,
    before: Option<String>,
    after: Option<String>,
) {
    let kind = match (&before, &after) {
        (before, after) if before == after => return,
        (None, _) => ChangeKind::Added,
        (_, None) => ChangeKind::Removed,
        _ => ChangeKind::Changed,
    };
    found.push(ConfigurationChange {
        field,
        kind,
        name: String::new(),
        before: before.map(|text| clean(&text)),
        after: after.map(|text| clean(&text)),
    });
}

fn variables(image: &ImageDefaults) -> Named {
    let all = image.env.iter();
    all.map(|text| match text.split_once('=') {
        Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
        None => (text.clone(), None),
    })
    .collect()
}

fn keys(all: &[String]) -> Named {
    all.iter().map(|key| (key.clone(), None)).collect()
}

fn text(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// An array of words as JSON, so that they are told apart.
fn words(words: &[String]) -> Option<String> {
    (!words.is_empty()).then(|| Value::from(words).to_string())
}

/// The command, and in what time.
fn health(check: &HealthcheckDefault) -> Option<String> {
    let mut text = words(&check.test)?;
    for (nanoseconds, name) in [
        (check.interval, "interval"),
        (check.timeout, "timeout"),
        (check.start_period, "start period"),
    ] {
        let seconds = nanoseconds.unwrap_or(0) as f64 / 1e9;
        if seconds > 0.0 {
            text.push_str(&format!(", {name} {seconds} s"));
        }
    }
    if let Some(retries) = check.retries.filter(|retries| *retries > 0) {
        text.push_str(&format!(", {retries} retries"));
    }
    Some(text)
}

/// One line of bounded length, without what would show it otherwise than it is.
pub(super) fn clean(text: &str) -> String {
    one_line(text, LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize as _;
    use serde_json::json;

    fn read(value: &Value) -> ImageDefaults {
        Option::deserialize(value).unwrap().unwrap_or_default()
    }

    fn told(old: &Value, new: &Value) -> Vec<String> {
        differences(&read(old), &read(new))
            .into_iter()
            .map(|change| {
                let value = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
                format!(
                    "{} {:?} {} {} {}",
                    change.field,
                    change.kind,
                    change.name,
                    value(change.before),
                    value(change.after)
                )
            })
            .collect()
    }

    #[test]
    fn every_part_of_two_configurations_is_compared() {
        let old = json!({
            "Env": ["PATH=/bin", "MODE=calm", "OLD=1"], "Cmd": ["run"], "Entrypoint": null,
            "ExposedPorts": {"80/tcp": {}}, "Volumes": {"/data": {}}, "User": "",
            "WorkingDir": "/", "Healthcheck": {"Test": ["CMD", "true"], "Interval": 5_000_000_000_u64},
        });
        let new = json!({
            "Env": ["PATH=/bin", "MODE=a=b", "NEW"], "Cmd": ["run", "fast"], "Entrypoint": ["/init"],
            "ExposedPorts": {"80/tcp": {}, "443/tcp": {}}, "Volumes": null, "User": "1000",
            "WorkingDir": "/", "StopSignal": "SIGINT",
        });
        assert_eq!(
            told(&old, &new),
            [
                "env Changed MODE calm a=b",
                "env Added NEW - -",
                "env Removed OLD 1 -",
                "entrypoint Added  - [\"/init\"]",
                "cmd Changed  [\"run\"] [\"run\",\"fast\"]",
                "ports Added 443/tcp - -",
                "volumes Removed /data - -",
                "user Added  - 1000",
                "stop_signal Added  - SIGINT",
                "healthcheck Removed  [\"CMD\",\"true\"], interval 5 s -",
            ]
        );
        assert!(told(&old, &old).is_empty());
        assert!(told(&Value::Null, &json!({})).is_empty());
    }

    #[test]
    fn values_are_cut_and_on_one_line() {
        let many: Vec<String> = (0..1000).map(|n| format!("V{n}=x")).collect();
        assert_eq!(
            told(&Value::Null, &json!({"Env": many})).len(),
            MOST_CHANGES
        );
        let long = json!({"User": format!("a\n\u{202e}{}", "x".repeat(4000))});
        let found = differences(&ImageDefaults::default(), &read(&long));
        let after = found[0].after.as_ref().unwrap();
        assert!(after.starts_with("a  x") && after.chars().count() <= LONGEST + 1);
    }
}
