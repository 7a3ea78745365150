//! The two names that must be unique on the network, and the next ones to try.

/// The host's and the service's name, without `.local` and the service type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Names {
    pub host: String,
    pub instance: String,
}

impl Names {
    /// `None` when `hostname` cannot be a host's label.
    pub fn new(hostname: &str, machine: &str) -> Option<Self> {
        Some(Self {
            host: host_label(hostname)?,
            instance: instance(machine),
        })
    }

    pub fn host_local(&self) -> String {
        local_name(&self.host)
    }
}

/// `dockermate` as `dockermate.local`.
pub fn local_name(label: &str) -> String {
    format!("{label}.local")
}

/// A host's label (RFC 1123: letters, digits, inner hyphens, at most 63) in
/// lower case, without `.local` if it was given.
pub fn host_label(name: &str) -> Option<String> {
    let label = name.trim().trim_end_matches('.').to_ascii_lowercase();
    let label = label.strip_suffix(".local").unwrap_or(&label);
    let valid = !label.is_empty()
        && label.len() <= 63
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    valid.then(|| label.to_owned())
}

/// At most 63 bytes, and no dot: an escaped one is not understood everywhere.
fn instance(machine: &str) -> String {
    let machine = machine.split('.').next().unwrap_or_default();
    let machine: String = machine.chars().filter(|c| !c.is_control()).collect();
    let mut name = if machine.is_empty() {
        "DockerMate".to_owned()
    } else {
        format!("DockerMate on {machine}")
    };
    // Room for " (99)".
    while name.len() > 58 {
        name.pop();
    }
    name
}

/// `box` becomes `box-2`, `box-2` becomes `box-3`.
pub(super) fn next_host(host: &str) -> String {
    let (stem, number) = host
        .rsplit_once('-')
        .and_then(|(stem, number)| Some((stem, number.parse::<u32>().ok()?)))
        .filter(|(stem, _)| !stem.is_empty())
        .unwrap_or((host, 1));
    let number = format!("-{}", number.saturating_add(1));
    let stem = &stem[..stem.len().min(63 - number.len())];
    format!("{}{number}", stem.trim_end_matches('-'))
}

/// `Box` becomes `Box (2)`, `Box (2)` becomes `Box (3)`.
pub(super) fn next_instance(instance: &str) -> String {
    let (stem, number) = instance
        .strip_suffix(')')
        .and_then(|rest| rest.rsplit_once(" ("))
        .and_then(|(stem, number)| Some((stem, number.parse::<u32>().ok()?)))
        .unwrap_or((instance, 1));
    format!("{stem} ({})", number.saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_label_is_normalized_and_invalid_labels_are_rejected() {
        assert_eq!(host_label("DockerMate.local.").unwrap(), "dockermate");
        assert_eq!(host_label("nas-1").unwrap(), "nas-1");
        let long = "a".repeat(64);
        for bad in ["", "-a", "a-", "a b", "a_b", "a.b", "ä", ".local", &long] {
            assert_eq!(host_label(bad), None, "{bad}");
        }
    }

    #[test]
    fn next_host_and_instance_names_have_an_incremented_number() {
        assert_eq!(next_host("dockermate"), "dockermate-2");
        assert_eq!(next_host("dockermate-2"), "dockermate-3");
        assert_eq!(next_host("dockermate-9"), "dockermate-10");
        assert_eq!(next_host("nas-a"), "nas-a-2");
        let longest = next_host(&"a".repeat(63));
        assert_eq!(longest.len(), 63);
        assert!(longest.ends_with("a-2"));
        assert_eq!(host_label(&longest), Some(longest));
        assert_eq!(next_instance("DockerMate on pi"), "DockerMate on pi (2)");
        assert_eq!(
            next_instance("DockerMate on pi (2)"),
            "DockerMate on pi (3)"
        );
        assert_eq!(next_instance("a (b)"), "a (b) (2)");
    }

    proptest::proptest! {
        #[test]
        fn next_host_name_is_always_valid_and_different(host in "[a-z0-9-]{1,63}") {
            if host_label(&host).is_some() {
                let next = next_host(&host);
                proptest::prop_assert_eq!(host_label(&next), Some(next.clone()));
                proptest::prop_assert_ne!(next, host);
            }
        }
    }

    #[test]
    fn instance_name_drops_the_domain_and_is_truncated_to_its_maximum_length() {
        assert_eq!(instance("pi.lan"), "DockerMate on pi");
        assert_eq!(instance(""), "DockerMate");
        let long = instance(&"ü".repeat(60));
        assert!(long.len() <= 58 && long.starts_with("DockerMate on ü"));
    }
}
