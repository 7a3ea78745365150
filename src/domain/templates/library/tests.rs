//! The library is read by every host and written by hand, so all of it is
//! looked at here.

use super::*;
use crate::domain::templates::check::check;
use crate::domain::templates::render::{render, suggestion};
use crate::model::spec::ContainerSpec;
use crate::model::template::{Answers, CATEGORIES, SecretShape};
use std::collections::{BTreeMap, BTreeSet};

/// Answers for what a template insists on and cannot suggest.
fn answers(template: &Template) -> Answers {
    let variables = template
        .variables
        .iter()
        .filter(|question| question.required && question.default.is_none())
        .map(|question| {
            let value = question.choices.first().map_or("Xx9-value", |c| &c.value);
            (question.name.clone(), Some(value.to_owned()))
        })
        .collect();
    Answers {
        variables,
        ..Answers::default()
    }
}

/// The files that are packed, as they lie beside this one.
fn category_files() -> Vec<(String, String)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/domain/templates/library");
    let mut all: Vec<(String, String)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "toml"))
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read_to_string(&path).unwrap())
        })
        .collect();
    all.sort();
    assert_eq!(all.len(), 12);
    all
}

#[test]
fn all_category_files_are_loaded_and_template_ids_and_names_are_unique() {
    let mut count = 0;
    for (name, text) in category_files() {
        count += read(&text)
            .unwrap_or_else(|why| panic!("{name}: {why}"))
            .len();
    }
    assert_eq!(library().len(), count);
    assert!(count >= 48, "{count} templates");
    let ids: BTreeSet<&str> = library().iter().map(|one| one.id.as_str()).collect();
    let names: BTreeSet<&str> = library().iter().map(|one| one.name.as_str()).collect();
    assert_eq!((ids.len(), names.len()), (count, count));
}

#[test]
fn category_files_contain_no_unknown_keys() {
    // Keys that the types do not know would be dropped in silence.
    fn compare(path: &str, written: &serde_json::Value, kept: &serde_json::Value) {
        match (written, kept) {
            (serde_json::Value::Object(written), serde_json::Value::Object(kept)) => {
                for (key, value) in written {
                    let here = format!("{path}.{key}");
                    let kept = kept
                        .get(key)
                        .unwrap_or_else(|| panic!("{here} means nothing"));
                    compare(&here, value, kept);
                }
            }
            (serde_json::Value::Array(written), serde_json::Value::Array(kept)) => {
                // Further ones are filled in behind those of the file.
                assert!(written.len() <= kept.len(), "{path}");
                for (at, (value, kept)) in written.iter().zip(kept).enumerate() {
                    compare(&format!("{path}[{at}]"), value, kept);
                }
            }
            _ => {}
        }
    }
    for (name, text) in category_files() {
        let written: serde_json::Value = toml::from_str(&text).unwrap();
        for (at, template) in read(&text).unwrap().iter().enumerate() {
            let mut written = written["template"][at].clone();
            written.as_object_mut().unwrap().remove("common");
            let kept = serde_json::to_value(template).unwrap();
            compare(&format!("{name}:{}", template.id), &written, &kept);
        }
    }
}

#[test]
fn every_library_template_is_valid_and_fully_described() {
    let categories: BTreeSet<&str> = CATEGORIES.iter().map(|one| one.code).collect();
    for template in library() {
        let id = &template.id;
        check(template).unwrap_or_else(|error| panic!("{id}: {error} {error:?}"));
        assert!(categories.contains(template.category.as_str()), "{id}");
        assert!(
            template.description.len() > 20,
            "{id}: {}",
            template.description
        );
        assert!(template.homepage.is_some(), "{id}");
        assert!(!template.architectures.is_empty(), "{id}");
        assert!(template.memory_mib > 0, "{id}");
        let (_, tag) = template.spec.image.rsplit_once(':').expect(id);
        assert!(
            !tag.is_empty() && !tag.contains('/'),
            "{id}: {}",
            template.spec.image
        );
        for port in &template.ports {
            assert!(!port.purpose.is_empty() && port.host_port.is_some(), "{id}");
        }
        for path in &template.paths {
            assert!(
                !path.purpose.is_empty() && !path.suggested.is_empty(),
                "{id}"
            );
            if path.kind.is_shared() {
                assert!(path.suggested.starts_with('/'), "{id}: {}", path.target);
            }
        }
        for question in &template.variables {
            assert!(!question.label.is_empty(), "{id}: {}", question.name);
        }
        for need in &template.needs {
            assert!(
                library().iter().any(|other| other.id == need.template) && !need.why.is_empty(),
                "{id} needs {}",
                need.template
            );
        }
        assert_eq!(
            template.min_profile.is_some(),
            template.min_profile_why.is_some(),
            "{id}"
        );
        let limit = template.spec.memory.unwrap_or(i64::MAX);
        assert!(
            limit >= i64::from(template.memory_mib) << 20,
            "{id}: less than it wants"
        );
    }
}

#[test]
fn every_library_template_renders_to_a_container_spec() {
    for template in library() {
        let id = &template.id;
        let spec = render(template, &answers(template)).unwrap_or_else(|e| panic!("{id}: {e}"));
        assert_eq!(spec.name.as_ref(), Some(id));
        assert_eq!(spec.restart.as_deref(), Some("unless-stopped"), "{id}");
        let text = serde_json::to_string(&spec).unwrap();
        let again: ContainerSpec = serde_json::from_str(&text).unwrap();
        assert_eq!(again, spec, "{id}");
        for question in template.paths.iter().filter(|path| !path.optional) {
            let mount = spec.mounts.iter().find(|m| m.target == question.target);
            let wanted = suggestion(question, id, "/mnt/appdata");
            assert_eq!(mount.map(|m| m.source.clone()), Some(wanted), "{id}");
        }
        let published = template.ports.iter().filter(|port| !port.optional).count();
        let expected = if spec.has_own_network() { published } else { 0 };
        assert_eq!(spec.ports.len(), expected, "{id}");
    }
}

#[test]
fn library_templates_contain_no_secret_values() {
    for template in library() {
        let id = &template.id;
        for question in &template.variables {
            let default = question.default.as_deref().unwrap_or("");
            if question.secret {
                assert_eq!(default, "", "{id}: {}", question.name);
            } else {
                assert!(
                    !crate::engine::looks_secret(&question.name, "x"),
                    "{id}: {} looks like a secret",
                    question.name
                );
                assert!(!crate::engine::looks_secret("", default), "{id}: {default}");
            }
            assert!(question.secret || question.shape.is_none(), "{id}");
            // What comes from elsewhere cannot be made up, and must be explained.
            if question.shape == Some(SecretShape::Given) {
                assert!(
                    !question.explain.is_empty() || question.label.contains("assword"),
                    "{id}: {}",
                    question.name
                );
            }
        }
        for pair in &template.spec.env {
            let (name, value) = pair.split_once('=').expect(id);
            assert!(!crate::engine::looks_secret(name, value), "{id}: {pair}");
        }
    }
}

#[test]
fn library_templates_explain_every_extra_privilege() {
    for template in library() {
        let spec = &template.spec;
        assert!(!spec.privileged, "{}", template.id);
        let mut asks: Vec<&str> = spec.cap_add.iter().map(String::as_str).collect();
        asks.extend(spec.network_mode.as_ref().map(|_| "network_mode"));
        asks.extend(spec.pid.as_ref().map(|_| "pid"));
        asks.extend((!spec.security_opt.is_empty()).then_some("security_opt"));
        asks.extend((!spec.sysctls.is_empty()).then_some("sysctls"));
        asks.extend(spec.devices.iter().map(String::as_str));
        asks.extend(
            spec.mounts
                .iter()
                .map(|mount| mount.source.as_str())
                .filter(|source| !matches!(*source, "" | "/etc/localtime")),
        );
        for what in asks {
            assert!(
                template
                    .reasons
                    .iter()
                    .any(|reason| reason.what == what && !reason.why.is_empty()),
                "{}: why {what}?",
                template.id
            );
        }
        let socket = spec
            .mounts
            .iter()
            .any(|m| m.source.ends_with("docker.sock"));
        assert!(!socket || !template.warnings.is_empty(), "{}", template.id);
    }
}

#[test]
fn library_health_checks_are_well_formed_and_use_known_ports() {
    let mut with = 0;
    for template in library() {
        let id = &template.id;
        let Some(check) = &template.spec.healthcheck else {
            with += usize::from(template.image_healthcheck);
            continue;
        };
        with += 1;
        assert!(
            !template.image_healthcheck,
            "{id}: the image's own, and another"
        );
        match check.test.first().map(String::as_str) {
            Some("CMD") => assert!(check.test.len() > 1, "{id}"),
            Some("CMD-SHELL") => assert_eq!(check.test.len(), 2, "{id}"),
            other => panic!("{id}: {other:?}"),
        }
        for time in [&check.interval, &check.timeout, &check.start_period]
            .into_iter()
            .flatten()
        {
            assert!(
                crate::model::spec::parse_duration(time).is_ok(),
                "{id}: {time}"
            );
        }
        // A check that asks a port must ask one that the container has.
        let text = check.test.join(" ");
        for part in text
            .split("localhost:")
            .skip(1)
            .chain(text.split("127.0.0.1:").skip(1))
        {
            let port: String = part.chars().take_while(char::is_ascii_digit).collect();
            let known = template
                .ports
                .iter()
                .any(|p| p.container_port.to_string() == port);
            let own = template.spec.env.iter().any(|pair| pair.contains(&port)) || port == "2019";
            assert!(known || own, "{id}: nothing listens on {port}");
        }
    }
    assert!(with * 10 > library().len() * 8, "{with} have a check");
}

#[test]
fn suggested_host_ports_are_unique_except_for_a_few_standard_ones() {
    let mut taken: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for template in library() {
        for port in template.ports.iter().filter(|port| !port.optional) {
            let host = port.host_port.clone().unwrap_or_default();
            taken
                .entry(format!("{host}/{}", port.protocol))
                .or_default()
                .push(&template.id);
        }
    }
    // The ports that are each program's own, by which it is known.
    let by_nature = ["53/tcp", "53/udp", "80/tcp", "443/tcp", "8096/tcp"];
    for (port, ids) in taken {
        assert!(
            ids.len() == 1 || by_nature.contains(&port.as_str()),
            "{port}: {ids:?}"
        );
    }
}
