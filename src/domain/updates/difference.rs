//! What differs between the configurations of two images: what a container would
//! get by default from the new one that it did not get from the old. Pure.

use serde::Serialize;
use serde_json::{Map, Value};
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

/// From the `Config` of one image to that of another.
pub(super) fn differences(old: &Value, new: &Value) -> Vec<ConfigurationChange> {
    let mut found = Vec::new();
    compare(&mut found, "env", &variables(old), &variables(new));
    for (field, key) in [
        ("entrypoint", "Entrypoint"),
        ("cmd", "Cmd"),
        ("shell", "Shell"),
    ] {
        single(&mut found, field, words(old, key), words(new, key));
    }
    for (field, key) in [("ports", "ExposedPorts"), ("volumes", "Volumes")] {
        compare(&mut found, field, &keys(old, key), &keys(new, key));
    }
    for (field, key) in [
        ("user", "User"),
        ("working_dir", "WorkingDir"),
        ("stop_signal", "StopSignal"),
    ] {
        single(&mut found, field, text(old, key), text(new, key));
    }
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

fn variables(config: &Value) -> Named {
    let all = config.get("Env").and_then(Value::as_array);
    all.into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(|text| match text.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None => (text.to_owned(), None),
        })
        .collect()
}

fn keys(config: &Value, key: &str) -> Named {
    let all = config.get(key).and_then(Value::as_object);
    let keys = all.into_iter().flat_map(Map::keys);
    keys.map(|key| (key.clone(), None)).collect()
}

fn text(config: &Value, key: &str) -> Option<String> {
    let text = config.get(key).and_then(Value::as_str)?;
    (!text.is_empty()).then(|| text.to_owned())
}

/// An array of words as JSON, so that they are told apart.
fn words(config: &Value, key: &str) -> Option<String> {
    match config.get(key)? {
        Value::Array(words) if words.is_empty() => None,
        Value::Null => None,
        words => Some(words.to_string()),
    }
}

/// The command, and in what time.
fn health(config: &Value) -> Option<String> {
    let check = config.get("Healthcheck")?;
    let test = words(check, "Test")?;
    let mut text = test;
    for (key, name) in [
        ("Interval", "interval"),
        ("Timeout", "timeout"),
        ("StartPeriod", "start period"),
    ] {
        let seconds = check.get(key).and_then(Value::as_f64).unwrap_or(0.0) / 1e9;
        if seconds > 0.0 {
            text.push_str(&format!(", {name} {seconds} s"));
        }
    }
    let retries = check.get("Retries").and_then(Value::as_u64).unwrap_or(0);
    if retries > 0 {
        text.push_str(&format!(", {retries} retries"));
    }
    Some(text)
}

/// One line of bounded length.
pub(super) fn clean(text: &str) -> String {
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    let mut cut: String = text.chars().take(LONGEST).map(plain).collect();
    if text.chars().nth(LONGEST).is_some() {
        cut.push('…');
    }
    cut
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(old: &Value, new: &Value) -> Vec<String> {
        differences(old, new)
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
        let long = json!({"User": format!("a\nb{}", "x".repeat(9000))});
        let found = differences(&Value::Null, &long);
        let after = found[0].after.as_ref().unwrap();
        assert!(after.starts_with("a b") && after.chars().count() <= LONGEST + 1);
    }
}
