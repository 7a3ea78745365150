//! References of a specification to other containers. The engine keeps the id of
//! a container whose namespace is shared; people mean the container of that name,
//! and an id is of no use once that container has been recreated.

use super::Containers;
use crate::model::spec::ContainerSpec;

impl Containers {
    /// With the name in place of the id, where that container exists.
    pub fn with_partner_names(&self, spec: ContainerSpec) -> ContainerSpec {
        named(spec, |reference| {
            let partner = self.engine.get(reference).ok()?;
            partner
                .id
                .starts_with(reference)
                .then(|| partner.name.clone())
        })
    }
}

fn named(mut spec: ContainerSpec, name_of: impl Fn(&str) -> Option<String>) -> ContainerSpec {
    let is_id = |text: &str| text.len() >= 12 && text.bytes().all(|b| b.is_ascii_hexdigit());
    let name_of = |reference: &str| is_id(reference).then(|| name_of(reference)).flatten();
    for mode in [&mut spec.network_mode, &mut spec.pid, &mut spec.ipc] {
        let name = mode
            .as_deref()
            .and_then(|mode| mode.strip_prefix("container:"))
            .and_then(name_of);
        if let Some(name) = name {
            *mode = Some(format!("container:{name}"));
        }
    }
    let of_networks = spec.networks.iter_mut().flat_map(|on| &mut on.links);
    for entry in spec
        .volumes_from
        .iter_mut()
        .chain(&mut spec.links)
        .chain(of_networks)
    {
        let (reference, rest) = match entry.split_once(':') {
            Some((reference, rest)) => (reference, Some(rest)),
            None => (entry.as_str(), None),
        };
        if let Some(name) = name_of(reference) {
            *entry = match rest {
                Some(rest) => format!("{name}:{rest}"),
                None => name,
            };
        }
    }
    spec
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn container_ids_in_references_become_names_and_other_references_stay() {
        let id = "ab".repeat(32);
        let spec = ContainerSpec {
            network_mode: Some(format!("container:{id}")),
            pid: Some("container:db".to_owned()),
            ipc: Some(format!("container:{}", "cd".repeat(32))),
            volumes_from: vec![format!("{}:ro", &id[..12]), "other".to_owned()],
            links: vec![format!("{id}:database")],
            ..ContainerSpec::default()
        };
        let named = named(spec.clone(), |reference| {
            id.starts_with(reference).then(|| "web".to_owned())
        });
        assert_eq!(named.network_mode.as_deref(), Some("container:web"));
        assert_eq!((&named.pid, &named.ipc), (&spec.pid, &spec.ipc));
        assert_eq!(named.volumes_from, ["web:ro", "other"]);
        assert_eq!(named.links, ["web:database"]);
    }
}
