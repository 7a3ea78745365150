//! A saved configuration that a container becomes.

use super::super::group::{LISTS, MODES, references};
use crate::engine::CreateBody;

/// The saved request, with the other containers that the present one names where
/// both name some: those of then may have been recreated since, under other ids.
pub(super) fn with_partners_of(saved: &CreateBody, now: &CreateBody) -> CreateBody {
    let mut body = saved.clone();
    if references(saved).is_empty() {
        return body;
    }
    let is_container = |body: &CreateBody, key: &str| body.host_text(key).starts_with("container:");
    for key in MODES {
        if is_container(saved, key)
            && is_container(now, key)
            && let Some(mode) = now.host_config.get(key)
        {
            body.host_config.insert(key.to_owned(), mode.clone());
        }
    }
    for key in LISTS {
        let length = |body: &CreateBody| {
            let list = body.host_config.get(key).and_then(|list| list.as_array());
            list.map_or(0, Vec::len)
        };
        if length(saved) == length(now)
            && let Some(list) = now.host_config.get(key)
        {
            body.host_config.insert(key.to_owned(), list.clone());
        }
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn body(host: Value) -> CreateBody {
        CreateBody {
            host_config: host.as_object().cloned().unwrap(),
            ..CreateBody::default()
        }
    }

    #[test]
    fn partners_are_those_of_now_and_the_rest_is_as_it_was_saved() {
        let saved = body(json!({
            "NetworkMode": "container:old", "PidMode": "host", "VolumesFrom": ["old:ro"], "Memory": 1,
        }));
        let now = body(json!({
            "NetworkMode": "container:new", "PidMode": "container:new", "VolumesFrom": ["new:ro"], "Memory": 2,
        }));
        assert_eq!(
            Value::Object(with_partners_of(&saved, &now).host_config),
            json!({
                "NetworkMode": "container:new", "PidMode": "host", "VolumesFrom": ["new:ro"], "Memory": 1,
            })
        );
        let alone = body(json!({ "NetworkMode": "bridge" }));
        let was = with_partners_of(&saved, &alone);
        assert_eq!(was.host_text("NetworkMode"), "container:old");
    }
}
