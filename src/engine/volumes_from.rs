//! Volumes that a container has from others (`--volumes-from`), where it is made again.
//!
//! The request names the others, mostly by name, and the engine follows the name: the
//! container that has it now may be another one, with other data, or gone. Invariant:
//! a container that is made again has the volumes that it had. Where the others would not
//! give it exactly those, they are attached by their own names instead.

use super::convert::{self, CreateBody};
use super::error::EngineError;
use super::handle::Engine;
use super::wire::Inspect;
use crate::model::volume::VolumeOrigin;
use serde::Deserialize as _;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What is mounted at a place: the kind, and the volume or the path of the host.
type Mounted = (String, String);

impl Engine {
    /// Makes the request of a container give it the volumes of others that it has now.
    /// A sentence says what was changed for that.
    pub(super) async fn keep_volumes_of_others(
        &self,
        body: &mut CreateBody,
        inspect: &Value,
    ) -> Result<Option<String>, EngineError> {
        let references = references(&body.host_config);
        if references.is_empty() {
            return Ok(None);
        }
        let own = own_targets(&body.host_config);
        let theirs: Vec<&Value> = rows(inspect)
            .filter(|mount| !own.contains(&target(mount)))
            .collect();
        let has: BTreeMap<String, Mounted> = theirs
            .iter()
            .map(|mount| (target(mount), mounted(mount)))
            .collect();
        let mut gone = Vec::new();
        let mut given = BTreeMap::new();
        let mut unnamed = BTreeSet::new();
        for reference in &references {
            let Some(other) = self.raw_inspect(reference).await? else {
                gone.push(reference.as_str());
                continue;
            };
            given.extend(
                rows(&other)
                    .map(|mount| (target(mount), mounted(mount)))
                    .filter(|(target, _)| !own.contains(target)),
            );
            let typed = Inspect::deserialize(&other)
                .map_err(|error| EngineError::Protocol(error.to_string()))?;
            let volumes = convert::mounted_volumes(&typed).into_iter();
            unnamed.extend(
                volumes
                    .filter(|volume| {
                        matches!(
                            volume.origin,
                            VolumeOrigin::Anonymous | VolumeOrigin::Replaced
                        )
                    })
                    .map(|volume| volume.name),
            );
        }
        let names = has
            .values()
            .filter(|(kind, name)| kind == "volume" && unnamed.contains(name))
            .map(|(_, name)| name.clone());
        convert::add_unnamed(&mut body.config, names);
        if gone.is_empty() && given == has {
            return Ok(None);
        }
        body.host_config.remove("VolumesFrom");
        attach(&mut body.host_config, &theirs);
        let what = "The new one gets the volumes that it has now, by their own names.";
        Ok(Some(if gone.is_empty() {
            format!(
                "{} has other volumes now than those that it was given (--volumes-from). {what}",
                references.join(", ")
            )
        } else {
            format!(
                "There is no container {} any more, whose volumes it was given (--volumes-from). {what}",
                gone.join(", ")
            )
        }))
    }
}

/// The containers whose volumes are asked for.
fn references(host: &Map<String, Value>) -> Vec<String> {
    let list = host.get("VolumesFrom").and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(|entry| entry.split(':').next().unwrap_or(entry).to_owned())
        .collect()
}

/// Where the request itself mounts something.
fn own_targets(host: &Map<String, Value>) -> BTreeSet<String> {
    let list = |key: &str| {
        host.get(key)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
    };
    let binds = list("Binds").filter_map(Value::as_str).map(|bind| {
        let mut parts = bind.split(':');
        let first = parts.next().unwrap_or("");
        parts.next().unwrap_or(first)
    });
    let mounts = list("Mounts").map(|mount| text(mount, "Target"));
    binds.chain(mounts).map(plain).collect()
}

fn rows(inspect: &Value) -> impl Iterator<Item = &Value> {
    inspect
        .get("Mounts")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or("")
}

fn plain(path: &str) -> String {
    path.trim_end_matches('/').to_owned()
}

fn target(mount: &Value) -> String {
    plain(text(mount, "Destination"))
}

fn mounted(mount: &Value) -> Mounted {
    let kind = text(mount, "Type");
    let of = if kind == "volume" { "Name" } else { "Source" };
    (kind.to_owned(), text(mount, of).to_owned())
}

fn attach(host: &mut Map<String, Value>, theirs: &[&Value]) {
    let attached = theirs.iter().map(|mount| {
        let (kind, source) = mounted(mount);
        let mut request = json!({
            "Type": kind,
            "Target": text(mount, "Destination"),
            "ReadOnly": mount.get("RW") == Some(&Value::Bool(false)),
        });
        if kind != "tmpfs" {
            request["Source"] = source.into();
        }
        let propagation = text(mount, "Propagation");
        if kind == "bind" && !propagation.is_empty() {
            request["BindOptions"] = json!({ "Propagation": propagation });
        }
        request
    });
    match host.get_mut("Mounts") {
        Some(Value::Array(mounts)) => mounts.extend(attached),
        _ => {
            host.insert("Mounts".to_owned(), attached.collect());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn volumes_of_others_are_attached_by_name_beside_what_is_mounted_already() {
        let Value::Object(mut host) = json!({
            "VolumesFrom": ["own:ro", "other"],
            "Binds": ["data:/data/:ro", "/alone"],
            "Mounts": [{"Type": "volume", "Source": "a", "Target": "/a"}],
        }) else {
            unreachable!()
        };
        assert_eq!(references(&host), ["own", "other"]);
        let own = own_targets(&host).into_iter().collect::<Vec<_>>();
        assert_eq!(own, ["/a", "/alone", "/data"]);
        let volume = json!({"Type": "volume", "Name": "v", "Source": "/var/lib/v", "Destination": "/v", "RW": false});
        let bind = json!({"Type": "bind", "Source": "/srv:1", "Destination": "/srv", "RW": true, "Propagation": "rslave"});
        attach(&mut host, &[&volume, &bind]);
        assert_eq!(
            host["Mounts"],
            json!([
                {"Type": "volume", "Source": "a", "Target": "/a"},
                {"Type": "volume", "Source": "v", "Target": "/v", "ReadOnly": true},
                {"Type": "bind", "Source": "/srv:1", "Target": "/srv", "ReadOnly": false, "BindOptions": {"Propagation": "rslave"}},
            ])
        );
    }
}
