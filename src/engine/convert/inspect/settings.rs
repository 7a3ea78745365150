//! The settings found in an inspect answer, by group, each by the rule for its key.

use super::rules::{Group, Rule};
use super::secrets::looks_secret;
use super::show::{Show, scalar};
use crate::model::container::{Level, Setting, SettingGroup, SettingSource};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What the engine puts in by itself, where it depends on the engine.
#[derive(Debug, Clone, Default)]
pub(in crate::engine) struct Defaults {
    pub cgroup_v2: bool,
    pub logging_driver: Option<String>,
    pub runtime: Option<String>,
}

/// Settings found so far, by group.
#[derive(Default)]
pub(super) struct Found(BTreeMap<Group, Vec<Setting>>);

impl Found {
    pub fn add(&mut self, group: Group, setting: Setting) {
        self.0.entry(group).or_default().push(setting);
    }

    pub fn rule(&mut self, rule: &Rule, value: &Value, source: SettingSource) {
        let values = rule.show.lines(value);
        let secret = values.iter().any(|line| looks_secret("", line)) || secret_arguments(&values);
        self.add(
            rule.group,
            Setting {
                name: rule.flag.to_owned(),
                label: rule.label.to_owned(),
                values,
                source,
                level: rule.level,
                secret,
            },
        );
    }

    pub fn into_groups(self) -> Vec<SettingGroup> {
        self.0
            .into_iter()
            .map(|(group, mut settings)| {
                // What a beginner looks for comes first; the order of the table within a level.
                settings.sort_by_key(|setting| setting.level);
                SettingGroup {
                    name: group.title().to_owned(),
                    settings,
                }
            })
            .collect()
    }
}

/// A known key by its rule, another one as it is.
pub(super) fn named(
    found: &mut Found,
    rules: &[Rule],
    key: &str,
    value: &Value,
    source: SettingSource,
) {
    match rule_of(rules, key) {
        Some(rule) => {
            let usual = source == SettingSource::User && is_usual(rule, value);
            found.rule(
                rule,
                value,
                if usual { SettingSource::Engine } else { source },
            );
        }
        None => found.add(
            Group::Other,
            Setting {
                name: key.to_owned(),
                label: key.to_owned(),
                values: match value {
                    Value::Array(_) => Show::Json.lines(value),
                    Value::Object(_) => vec![value.to_string()],
                    other => vec![scalar(other)],
                },
                source,
                level: Level::Advanced,
                secret: looks_secret(key, &value.to_string()),
            },
        ),
    }
}

fn is_usual(rule: &Rule, value: &Value) -> bool {
    let lines = rule.show.lines(value);
    matches!(lines.as_slice(), [line] if rule.usual.contains(&line.as_str()))
}

pub(super) fn rule_of<'a>(rules: &'a [Rule], key: &str) -> Option<&'a Rule> {
    rules.iter().find(|rule| rule.key == key)
}

/// `--password hunter2`: the name and the value are two arguments.
fn secret_arguments(lines: &[String]) -> bool {
    lines.windows(2).any(|pair| match pair {
        [flag, value] => {
            flag.starts_with('-')
                && !flag.contains('=')
                && !value.starts_with('-')
                && looks_secret(flag, value)
        }
        _ => false,
    })
}

pub(super) fn object(value: Option<&Value>) -> &Map<String, Value> {
    static EMPTY: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);
    value.and_then(Value::as_object).unwrap_or(&EMPTY)
}
