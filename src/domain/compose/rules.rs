//! Which rule a place of a Compose file has where files are merged (Compose
//! specification, "Merge and override").

/// How two values of one place become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MergeRule {
    /// Mappings by key, lists appended, the rest replaced.
    Usual,
    /// The later one as it is; nothing clears.
    Replace,
    /// Mappings or lists of `KEY=value`, by key.
    Pairs,
    /// Lists, or one text; what is equal up to `=` once, at its first place.
    Texts,
    /// Lists or mappings of names to settings.
    Names,
    Hosts,
    Logging,
    Build,
    Ulimit,
    /// By subnet.
    Pools,
    Ports,
    /// By target.
    Mounts,
    Devices,
    Secrets,
    Configs,
    EnvFiles,
}

const RULES: [(&str, MergeRule); 49] = [
    ("networks.*.ipam.config", MergeRule::Pools),
    ("networks.*.labels", MergeRule::Pairs),
    ("volumes.*.labels", MergeRule::Pairs),
    ("services.*.annotations", MergeRule::Pairs),
    ("services.*.build", MergeRule::Build),
    ("services.*.build.additional_contexts", MergeRule::Pairs),
    ("services.*.build.args", MergeRule::Pairs),
    ("services.*.build.extra_hosts", MergeRule::Hosts),
    ("services.*.build.labels", MergeRule::Pairs),
    ("services.*.build.tags", MergeRule::Texts),
    ("services.*.cap_add", MergeRule::Texts),
    ("services.*.cap_drop", MergeRule::Texts),
    ("services.*.command", MergeRule::Replace),
    ("services.*.configs", MergeRule::Configs),
    ("services.*.depends_on", MergeRule::Names),
    ("services.*.deploy.labels", MergeRule::Pairs),
    ("services.*.devices", MergeRule::Devices),
    ("services.*.dns", MergeRule::Texts),
    ("services.*.dns_opt", MergeRule::Texts),
    ("services.*.dns_search", MergeRule::Texts),
    ("services.*.entrypoint", MergeRule::Replace),
    ("services.*.env_file", MergeRule::EnvFiles),
    ("services.*.environment", MergeRule::Pairs),
    ("services.*.expose", MergeRule::Texts),
    ("services.*.extra_hosts", MergeRule::Hosts),
    ("services.*.healthcheck.test", MergeRule::Replace),
    ("services.*.label_file", MergeRule::Texts),
    ("services.*.labels", MergeRule::Pairs),
    ("services.*.links", MergeRule::Texts),
    ("services.*.logging", MergeRule::Logging),
    ("services.*.models", MergeRule::Names),
    ("services.*.networks", MergeRule::Names),
    ("services.*.networks.*.aliases", MergeRule::Texts),
    ("services.*.networks.*.link_local_ips", MergeRule::Texts),
    ("services.*.ports", MergeRule::Ports),
    ("services.*.post_start.*.environment", MergeRule::Pairs),
    ("services.*.pre_stop.*.environment", MergeRule::Pairs),
    ("services.*.develop.watch.*.ignore", MergeRule::Texts),
    ("services.*.develop.watch.*.include", MergeRule::Texts),
    ("services.*.profiles", MergeRule::Texts),
    ("services.*.secrets", MergeRule::Secrets),
    ("services.*.sysctls", MergeRule::Pairs),
    ("services.*.tmpfs", MergeRule::Texts),
    ("services.*.ulimits.*", MergeRule::Ulimit),
    ("services.*.volumes", MergeRule::Mounts),
    ("services.*.volumes.*.volume.labels", MergeRule::Pairs),
    ("services.*.gpus.*.options", MergeRule::Pairs),
    ("secrets.*.labels", MergeRule::Pairs),
    ("configs.*.labels", MergeRule::Pairs),
];

pub fn rule(path: &[&str]) -> MergeRule {
    let found = RULES.iter().find(|(pattern, _)| fits(pattern, path));
    found.map_or(MergeRule::Usual, |(_, rule)| *rule)
}

/// Whether a path is one of a pattern, in which `*` stands for any name.
pub fn fits(pattern: &str, path: &[&str]) -> bool {
    let mut parts = pattern.split('.');
    let same = path
        .iter()
        .all(|own| parts.next().is_some_and(|part| part == "*" || part == *own));
    same && parts.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_found_by_their_path() {
        assert_eq!(rule(&["services", "a", "ports"]), MergeRule::Ports);
        assert_eq!(rule(&["services", "a", "ports", "0"]), MergeRule::Usual);
        assert_eq!(
            rule(&["services", "a", "ulimits", "nofile"]),
            MergeRule::Ulimit
        );
        assert_eq!(rule(&["volumes", "labels"]), MergeRule::Usual);
    }
}
