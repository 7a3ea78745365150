//! Configurations as one Compose file.

use super::resources::{ResourceOrigin, resources};
use super::service::service;
use super::service_keys::Service;
use super::writing::{Yaml, write};
use crate::model::spec::ContainerSpec;

/// A file, and what it does not say.
#[derive(Debug)]
pub struct Written {
    pub text: String,
    pub warnings: Vec<String>,
}

/// `pull` is the policy of each, where one was given.
pub fn compose_yaml(all: &[(ContainerSpec, Option<String>)], origin: ResourceOrigin) -> Written {
    let mut services: Vec<(String, Service)> = Vec::new();
    let mut warnings = Vec::new();
    for (spec, pull) in all {
        let name = unused(&name_of(spec), &services);
        let made = service(spec, pull.as_deref());
        warnings.extend(made.warnings.iter().map(|why| format!("{name}: {why}.")));
        services.push((name, made));
    }
    let blocks = services
        .iter()
        .map(|(name, service)| (name.clone(), Yaml::Map(service.keys.clone())));
    let mut file = vec![("services".to_owned(), Yaml::map(blocks))];
    file.extend(resources(&services, origin));
    Written {
        text: write(&file),
        warnings,
    }
}

/// After the container, else after the image.
fn name_of(spec: &ContainerSpec) -> String {
    let named = spec.name.as_deref().filter(|name| !name.is_empty());
    let path = spec.image.split('@').next().unwrap_or_default();
    let last = path.rsplit('/').next().unwrap_or_default();
    let of_image = last.split(':').next().unwrap_or_default();
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let name: String = named
        .unwrap_or(of_image)
        .chars()
        .filter(|c| good(*c))
        .collect();
    let name = name
        .trim_start_matches(['.', '_', '-'])
        .to_ascii_lowercase();
    if name.is_empty() {
        "app".to_owned()
    } else {
        name
    }
}

fn unused(name: &str, services: &[(String, Service)]) -> String {
    let is_used = |name: &str| services.iter().any(|(known, _)| known == name);
    if !is_used(name) {
        return name.to_owned();
    }
    let mut numbered = (2..).map(|number| format!("{name}-{number}"));
    numbered.find(|name| !is_used(name)).unwrap_or_default()
}
