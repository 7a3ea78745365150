//! The other containers that a saved configuration names: those whose namespaces it
//! shares, whose volumes it uses, and that it is linked to.
//!
//! The engine keeps their ids, which are of no use once they have been recreated. So the
//! name of each is saved beside its id, and whoever has the name then is meant.

use crate::engine::CreateBody;
use serde_json::Value;
use std::collections::BTreeMap;

/// The keys of a create request that may name another container.
const MODES: [&str; 3] = ["NetworkMode", "IpcMode", "PidMode"];
const LISTS: [&str; 2] = ["VolumesFrom", "Links"];

/// By the reference that the request has, the name at that time.
pub(super) type Partners = BTreeMap<String, String>;

/// The references by id, whether whole or not, in order.
pub(super) fn ids(body: &CreateBody) -> Vec<String> {
    let mut found = Vec::new();
    let mut body = body.clone();
    replace(&mut body, |reference| {
        if is_id(reference) && !found.iter().any(|known| known == reference) {
            found.push(reference.to_owned());
        }
        None
    });
    found
}

/// At least as long as the short form: a name may look like that too, and is then
/// found as one.
pub(super) fn is_id(reference: &str) -> bool {
    reference.len() >= 12 && reference.bytes().all(|b| b.is_ascii_hexdigit())
}

/// The request with each reference replaced for which there is another one.
pub(super) fn replace(body: &mut CreateBody, mut by: impl FnMut(&str) -> Option<String>) {
    for key in MODES {
        let other = body
            .host_text(key)
            .strip_prefix("container:")
            .and_then(&mut by);
        if let Some(other) = other {
            let mode = format!("container:{other}");
            body.host_config.insert(key.to_owned(), mode.into());
        }
    }
    for key in LISTS {
        if let Some(list) = body.host_config.get_mut(key) {
            replace_in(list, &mut by);
        }
    }
    for (_, endpoint) in &mut body.networks {
        if let Some(list) = endpoint.get_mut("Links") {
            replace_in(list, &mut by);
        }
    }
}

/// Entries like `web`, `web:ro` and `web:alias`.
fn replace_in(list: &mut Value, by: &mut impl FnMut(&str) -> Option<String>) {
    for entry in list.as_array_mut().into_iter().flatten() {
        let Some(text) = entry.as_str() else { continue };
        let (reference, rest) = text
            .split_once(':')
            .map_or((text, None), |(reference, rest)| (reference, Some(rest)));
        if let Some(other) = by(reference) {
            *entry = match rest {
                Some(rest) => format!("{other}:{rest}").into(),
                None => other.into(),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn references_of_every_place_are_found_and_replaced() {
        let (one, two) = ("a".repeat(64), "b".repeat(64));
        let map = |value: Value| value.as_object().cloned().unwrap();
        let mut body = CreateBody {
            host_config: map(json!({
                "NetworkMode": format!("container:{one}"),
                "IpcMode": "container:web",
                "PidMode": "host",
                "VolumesFrom": [format!("{}:ro", &two[..12]), "web"],
                "Links": [format!("{one}:db")],
            })),
            networks: vec![(
                "lan".to_owned(),
                map(json!({"Links": [format!("{two}:x")]})),
            )],
            ..CreateBody::default()
        };
        assert_eq!(ids(&body), [one.clone(), two[..12].to_owned(), two.clone()]);
        replace(&mut body, |reference| {
            one.starts_with(reference).then(|| "own".to_owned())
        });
        assert_eq!(body.host_text("NetworkMode"), "container:own");
        assert_eq!(body.host_text("IpcMode"), "container:web");
        assert_eq!(body.host_config["Links"], json!(["own:db"]));
        assert_eq!(
            body.host_config["VolumesFrom"],
            json!([format!("{}:ro", &two[..12]), "web"])
        );
        assert_eq!(body.networks[0].1["Links"], json!([format!("{two}:x")]));
    }
}
