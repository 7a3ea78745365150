//! A saved configuration that a container becomes.

use super::super::group::{LISTS, MODES};
use crate::engine::CreateBody;
use serde_json::Value;

/// The saved request, with the other containers that the present one names in place of
/// those that are gone: they may have been recreated since, under other ids.
pub(super) fn with_partners_of(
    saved: &CreateBody,
    now: &CreateBody,
    is_there: impl Fn(&str) -> bool,
) -> CreateBody {
    let mut body = saved.clone();
    for key in MODES {
        let is_gone = owner(saved, key).is_some_and(|owner| !is_there(owner));
        if is_gone
            && owner(now, key).is_some()
            && let Some(mode) = now.host_config.get(key)
        {
            body.host_config.insert(key.to_owned(), mode.clone());
        }
    }
    for key in LISTS {
        let was = list(saved, key);
        let mut gone = references(&was);
        let mut others = references(&list(now, key));
        others.retain(|other| !gone.contains(other));
        gone.retain(|reference| !is_there(reference));
        // With more or fewer it is not known which stands for which.
        if gone.is_empty() || gone.len() != others.len() {
            continue;
        }
        let entries = was.iter().map(|entry| {
            let (reference, rest) = parts(entry);
            let at = gone.iter().position(|gone| *gone == reference);
            Value::from(match at {
                Some(at) => format!("{}{rest}", others[at]),
                None => (*entry).to_owned(),
            })
        });
        body.host_config.insert(key.to_owned(), entries.collect());
    }
    body
}

/// The container whose namespace it uses.
fn owner<'a>(body: &'a CreateBody, key: &str) -> Option<&'a str> {
    body.host_text(key).strip_prefix("container:")
}

fn list<'a>(body: &'a CreateBody, key: &str) -> Vec<&'a str> {
    let list = body.host_config.get(key).and_then(Value::as_array);
    let entries = list.into_iter().flatten();
    entries.filter_map(Value::as_str).collect()
}

/// `web` and `:ro` of `web:ro`.
fn parts(entry: &str) -> (&str, &str) {
    entry.split_at(entry.find(':').unwrap_or(entry.len()))
}

/// Each container that a list names, once.
fn references<'a>(list: &[&'a str]) -> Vec<&'a str> {
    let mut found = Vec::new();
    for entry in list {
        let (reference, _) = parts(entry);
        if !found.contains(&reference) {
            found.push(reference);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn body(host: Value) -> CreateBody {
        CreateBody {
            host_config: host.as_object().cloned().unwrap(),
            ..CreateBody::default()
        }
    }

    #[test]
    fn partners_that_are_there_are_those_that_were_saved_and_others_stand_for_those_that_are_gone()
    {
        let saved = body(json!({
            "NetworkMode": "container:old", "IpcMode": "container:kept", "PidMode": "host",
            "VolumesFrom": ["kept", "old:ro"], "Links": ["kept:db"], "Memory": 1,
        }));
        let now = body(json!({
            "NetworkMode": "container:new", "IpcMode": "container:new", "PidMode": "container:new",
            "VolumesFrom": ["new", "kept:ro"], "Links": ["new:db"], "Memory": 2,
        }));
        let is_there = |reference: &str| reference != "old";
        let taken = |now: &CreateBody| {
            let body = with_partners_of(&saved, now, is_there);
            Value::Object(body.host_config)
        };
        assert_eq!(
            taken(&now),
            json!({
                "NetworkMode": "container:new", "IpcMode": "container:kept", "PidMode": "host",
                "VolumesFrom": ["kept", "new:ro"], "Links": ["kept:db"], "Memory": 1,
            })
        );
        // Nothing stands for it, or nobody knows what.
        for alone in [
            json!({ "NetworkMode": "bridge" }),
            json!({ "VolumesFrom": ["new", "newer"] }),
        ] {
            assert_eq!(
                taken(&body(alone)),
                Value::Object(saved.host_config.clone())
            );
        }
    }
}
