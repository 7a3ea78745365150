//! What of an entry has no place here, so that nothing disappears silently:
//! every key that is not read, and every one whose value has another type than
//! the format gives it, is named in the remarks.

use super::list;
use crate::domain::templates::sanitize::line;
use serde_json::Value;

/// More are counted, not named.
const MOST_NAMED: usize = 20;

type Form = (&'static str, fn(&Value) -> bool);

fn is_map_or_list(value: &Value) -> bool {
    value.is_array() || value.is_object()
}

fn is_scalar(value: &Value) -> bool {
    value.is_string() || value.is_number() || value.is_boolean()
}

const ENTRY: &[Form] = &[
    ("type", is_scalar),
    ("id", is_scalar),
    ("title", Value::is_string),
    ("description", Value::is_string),
    ("note", Value::is_string),
    ("categories", Value::is_array),
    ("platform", Value::is_string),
    ("registry", Value::is_string),
    ("image", Value::is_string),
    ("command", Value::is_string),
    ("network", Value::is_string),
    ("network_mode", Value::is_string),
    ("hostname", Value::is_string),
    ("restart_policy", Value::is_string),
    ("interactive", Value::is_boolean),
    ("privileged", Value::is_boolean),
    ("labels", is_map_or_list),
    ("env", Value::is_array),
    ("ports", Value::is_array),
    ("volumes", Value::is_array),
    ("hosts", Value::is_array),
    ("cap_add", Value::is_array),
    ("cap_drop", Value::is_array),
    ("devices", Value::is_array),
    ("sysctls", is_map_or_list),
];
const VARIABLE: &[Form] = &[
    ("name", Value::is_string),
    ("label", Value::is_string),
    ("description", Value::is_string),
    ("default", is_scalar),
    ("set", is_scalar),
    ("preset", Value::is_boolean),
    ("select", Value::is_array),
];
const CHOICE: &[Form] = &[
    ("text", Value::is_string),
    ("value", is_scalar),
    ("default", Value::is_boolean),
];
const VOLUME: &[Form] = &[
    ("container", Value::is_string),
    ("bind", Value::is_string),
    ("readonly", Value::is_boolean),
];
const LABEL: &[Form] = &[("name", Value::is_string), ("value", Value::is_string)];

/// Keys that say nothing about a container, each with the reason.
const REASONS: &[(&str, &str)] = &[
    (
        "logo",
        "Its logo was left out: no images are loaded from the internet.",
    ),
    (
        "repository",
        "Its repository was left out: a container does not use one.",
    ),
    (
        "administrator_only",
        "Its access control was left out: DockerMate has a single user.",
    ),
    (
        "name",
        "Its container name was left out: you choose the name when you use the template.",
    ),
];

pub(super) fn remarks(entry: &Value, remarks: &mut Vec<String>) {
    let mut unread = Vec::new();
    for (key, value) in fields(entry) {
        match REASONS.iter().find(|(known, _)| *known == key) {
            Some((_, why)) => remarks.push((*why).to_owned()),
            None => judge(key, value, ENTRY, "", &mut unread),
        }
    }
    for (list_name, forms) in [("env", VARIABLE), ("volumes", VOLUME), ("labels", LABEL)] {
        for item in list(entry, list_name) {
            let owner = format!("{list_name}.");
            for (key, value) in fields(item) {
                judge(key, value, forms, &owner, &mut unread);
            }
            for (key, value) in list(item, "select").iter().flat_map(fields) {
                judge(key, value, CHOICE, "env.select.", &mut unread);
            }
        }
    }
    let more = unread.len().saturating_sub(MOST_NAMED);
    unread.truncate(MOST_NAMED);
    remarks.extend(unread);
    if more > 0 {
        remarks.push(format!(
            "{more} more entries were left out for the same reason."
        ));
    }
}

/// What is set: nothing, `false` and an empty text say nothing.
fn fields(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let is_set = |value: &Value| {
        !value.is_null() && *value != Value::Bool(false) && *value != Value::String(String::new())
    };
    value
        .as_object()
        .into_iter()
        .flatten()
        .filter(move |(_, value)| is_set(value))
        .map(|(key, value)| (key.as_str(), value))
}

fn judge(key: &str, value: &Value, forms: &[Form], owner: &str, unread: &mut Vec<String>) {
    let name = line(&format!("{owner}{key}"), 100);
    let remark = match forms.iter().find(|(known, _)| *known == key) {
        Some((_, is_right)) if is_right(value) => return,
        Some(_) => {
            format!("`{name}` was left out: its value has the wrong type.")
        }
        None => format!("`{name}` was left out: DockerMate does not know this key."),
    };
    if !unread.contains(&remark) {
        unread.push(remark);
    }
}
