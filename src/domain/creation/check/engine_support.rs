//! What the connected engine does not know and would drop in silence.
//!
//! One table of fields and the version that brought them (Docker Engine API
//! version history). Podman's compatible API reports a version of its own and
//! leaves out some of what that version has, so it has a column of its own.

use super::{Checks, Findings};
use crate::error::{Error, Result};
use crate::model::spec::ContainerSpec;
use serde_json::Value;

/// A field that not every engine knows.
struct Feature {
    field: &'static str,
    /// What it is called in a sentence.
    name: &'static str,
    /// Docker's API version that brought it, and the Docker release of that.
    since: (usize, usize),
    docker: &'static str,
    /// Podman's major version that honours it; `None` when none does.
    podman: Option<u32>,
    used: fn(&ContainerSpec) -> bool,
    /// What happens on an engine that does not know it.
    instead: &'static str,
    /// Refused: the container would show or do something dangerous.
    refused: bool,
}

const FEATURES: [Feature; 7] = [
    Feature {
        field: "mounts",
        name: "a subpath of a volume",
        since: (1, 45),
        docker: "26.0",
        podman: None,
        used: |spec| option(spec, "VolumeOptions", "Subpath"),
        instead: "the whole volume would be visible in the container",
        refused: true,
    },
    Feature {
        field: "mounts",
        name: "a mount that must be read-only in its submounts too",
        since: (1, 44),
        docker: "25.0",
        podman: None,
        used: |spec| option(spec, "BindOptions", "ReadOnlyForceRecursive"),
        instead: "submounts may stay writable",
        refused: true,
    },
    Feature {
        field: "healthcheck.start_interval",
        name: "a health check interval of its own while starting",
        since: (1, 44),
        docker: "25.0",
        podman: None,
        used: |spec| {
            let check = spec.healthcheck.as_ref();
            check.is_some_and(|check| check.start_interval.is_some())
        },
        instead: "the usual interval is used from the start",
        refused: false,
    },
    Feature {
        field: "annotations",
        name: "annotations",
        since: (1, 43),
        docker: "24.0",
        podman: Some(5),
        used: |spec| !spec.annotations.is_empty(),
        instead: "they are ignored",
        refused: false,
    },
    Feature {
        field: "networks",
        name: "a MAC address on a second network",
        since: (1, 44),
        docker: "25.0",
        podman: Some(5),
        used: |spec| spec.networks.iter().skip(1).any(|on| on.mac.is_some()),
        instead: "the engine chooses one",
        refused: false,
    },
    Feature {
        field: "networks",
        name: "a chosen MAC address",
        since: (1, 24),
        docker: "1.12",
        podman: Some(5),
        used: |spec| spec.networks.first().is_some_and(|on| on.mac.is_some()),
        instead: "the engine chooses one",
        refused: false,
    },
    Feature {
        field: "networks",
        name: "a gateway priority",
        since: (1, 48),
        docker: "28.0",
        podman: None,
        used: |spec| spec.networks.iter().any(|on| on.gw_priority.is_some()),
        instead: "the engine chooses the default gateway by itself",
        refused: false,
    },
];

/// Whether any mount has this option set.
fn option(spec: &ContainerSpec, group: &str, key: &str) -> bool {
    spec.mounts.iter().any(|mount| {
        let value = mount.engine.get(group).and_then(|group| group.get(key));
        value.is_some_and(|value| match value {
            Value::Bool(on) => *on,
            Value::String(text) => !text.is_empty(),
            _ => false,
        })
    })
}

impl Checks {
    /// What `old` has already is not questioned again.
    ///
    /// # Errors
    /// Names the field that the engine would drop, where that is dangerous.
    pub(super) fn check_engine_support(
        &self,
        spec: &ContainerSpec,
        old: Option<&ContainerSpec>,
        findings: &mut Findings,
    ) -> Result<()> {
        let (api, podman) = self.engine.capabilities()?;
        let info = self.engine.status().info;
        let engine = info.map_or_else(
            || "This engine".to_owned(),
            |info| format!("{} {}", info.product, info.version),
        );
        unsupported(spec, old, api, podman).try_for_each(|feature| {
            let Feature {
                field,
                name,
                instead,
                ..
            } = feature;
            let way_out = match podman {
                Some(_) => String::new(),
                None => format!(" Docker {} and newer support it.", feature.docker),
            };
            if feature.refused {
                return Err(Error::invalid(
                    *field,
                    format!("{engine} does not support {name}: {instead}. Leave it out.{way_out}"),
                ));
            }
            findings.warnings.push(format!(
                "{engine} does not support {name}: {instead}.{way_out}"
            ));
            Ok(())
        })
    }
}

fn unsupported<'a>(
    spec: &'a ContainerSpec,
    old: Option<&'a ContainerSpec>,
    api: (usize, usize),
    podman: Option<u32>,
) -> impl Iterator<Item = &'static Feature> + 'a {
    FEATURES.iter().filter(move |feature| {
        let known = match podman {
            Some(major) => feature.podman.is_some_and(|since| major >= since),
            None => api >= feature.since,
        };
        !known && (feature.used)(spec) && !old.is_some_and(feature.used)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn names(spec: Value, api: (usize, usize), podman: Option<u32>) -> Vec<&'static str> {
        let spec: ContainerSpec = serde_json::from_value(spec).unwrap();
        let found = unsupported(&spec, None, api, podman);
        found.map(|feature| feature.name).collect()
    }

    #[test]
    fn field_is_reported_unsupported_before_its_api_version_and_on_podman_4() {
        let subpath = json!({"image": "i", "mounts": [{"kind": "volume", "source": "v",
            "target": "/d", "engine": {"VolumeOptions": {"Subpath": "in"}}}]});
        let forced = json!({"image": "i", "mounts": [{"kind": "bind", "source": "/s",
            "target": "/d", "engine": {"BindOptions": {"ReadOnlyForceRecursive": true}}}]});
        let health = json!({"image": "i", "healthcheck": {"start_interval": "1s"}});
        let annotations = json!({"image": "i", "annotations": {"a": "b"}});
        let mac = json!({"image": "i", "networks": [{"name": "a"},
            {"name": "b", "mac": "02:42:ac:11:00:02"}]});
        let priority = json!({"image": "i", "networks": [{"name": "a", "gw_priority": 1}]});
        for (spec, since) in [
            (subpath, (1, 45)),
            (forced, (1, 44)),
            (health, (1, 44)),
            (annotations, (1, 43)),
            (mac, (1, 44)),
            (priority, (1, 48)),
        ] {
            let before = (since.0, since.1 - 1);
            assert_eq!(names(spec.clone(), before, None).len(), 1, "{spec}");
            assert!(names(spec.clone(), since, None).is_empty(), "{spec}");
            assert_eq!(names(spec.clone(), since, Some(4)).len(), 1, "{spec}");
        }
    }

    #[test]
    fn mac_address_of_first_network_is_reported_unsupported_on_podman_4_only() {
        let spec = json!({"image": "i", "networks": [{"name": "a", "mac": "02:42:ac:11:00:02"}]});
        assert_eq!(names(spec.clone(), (1, 41), Some(4)).len(), 1);
        assert!(names(spec.clone(), (1, 44), Some(5)).is_empty());
        assert!(names(spec, (1, 41), None).is_empty());
    }

    #[test]
    fn unsupported_field_that_the_old_container_already_has_is_not_reported() {
        let spec: ContainerSpec =
            serde_json::from_value(json!({"image": "i", "annotations": {"a": "b"}})).unwrap();
        assert_eq!(unsupported(&spec, Some(&spec), (1, 41), None).count(), 0);
    }
}
