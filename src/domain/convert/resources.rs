//! The networks and volumes that services bring with them.

use super::service_keys::Service;
use super::writing::Yaml;
use std::collections::BTreeMap;

/// Whether what the services name is there already, or comes with the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResourceOrigin {
    /// Of a command: it needs the network, and makes a volume that is missing.
    Command,
    /// Of a container: it uses both.
    Container,
}

/// The parts of a file beside its services.
pub fn resources(services: &[(String, Service)], origin: ResourceOrigin) -> Vec<(String, Yaml)> {
    let mut networks: Vec<String> = Vec::new();
    let mut volumes: BTreeMap<String, Option<String>> = BTreeMap::new();
    for (_, service) in services {
        networks.extend(service.networks.iter().cloned());
        for (name, driver) in &service.volumes {
            let known = volumes.entry(name.clone()).or_default();
            if known.is_none() {
                known.clone_from(driver);
            }
        }
    }
    networks.sort();
    networks.dedup();
    let external = || ("external".to_owned(), Yaml::Plain("true".to_owned()));
    let mut parts = Vec::new();
    if !networks.is_empty() {
        let all = networks
            .into_iter()
            .map(|name| (name, Yaml::Map(vec![external()])));
        parts.push(("networks".to_owned(), Yaml::map(all)));
    }
    if !volumes.is_empty() {
        let all = volumes.into_iter().map(|(name, driver)| {
            let own = match origin {
                ResourceOrigin::Container => vec![external()],
                // Without a name it would be called after the project, too.
                ResourceOrigin::Command => {
                    let mut own = vec![("name".to_owned(), Yaml::text(&name))];
                    own.extend(driver.map(|driver| ("driver".to_owned(), Yaml::text(driver))));
                    own
                }
            };
            (name, Yaml::Map(own))
        });
        parts.push(("volumes".to_owned(), Yaml::map(all)));
    }
    parts
}
