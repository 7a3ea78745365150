//! What an engine says of itself (`GET /version`, `GET /info`), in one value.

use super::api_version::NEWEST;
use crate::model::engine::EngineInfo;
use bollard::models::{SystemInfo, SystemInfoCgroupDriverEnum, SystemVersion};

pub(super) fn engine_info(
    version: &SystemVersion,
    info: SystemInfo,
    api: (usize, usize),
) -> EngineInfo {
    let components = version.components.as_deref().unwrap_or_default();
    let podman = components.iter().find(|part| part.name.contains("Podman"));
    let platform = version
        .platform
        .as_ref()
        .map(|p| p.name.as_str())
        .filter(|name| !name.is_empty());
    let text = |text: Option<String>| text.unwrap_or_default();
    EngineInfo {
        product: podman
            .map(|part| part.name.as_str())
            .or(platform)
            .unwrap_or("Docker Engine")
            .to_owned(),
        version: text(version.version.clone()),
        api_version: format!("{}.{}", api.0, api.1),
        min_api_version: version.min_api_version.clone(),
        max_api_version: text(version.api_version.clone()),
        os: text(info.operating_system),
        kernel: text(info.kernel_version),
        architecture: text(info.architecture),
        storage_driver: text(info.driver),
        root_dir: text(info.docker_root_dir),
        cgroup_version: info
            .cgroup_version
            .map(|v| v.to_string())
            .unwrap_or_default(),
        cgroup_driver: info
            .cgroup_driver
            .filter(|driver| *driver != SystemInfoCgroupDriverEnum::EMPTY)
            .map(|driver| driver.to_string())
            .unwrap_or_default(),
        rootless: info
            .security_options
            .is_some_and(|options| options.iter().any(|option| option.contains("rootless"))),
        memory_limit: info.memory_limit.unwrap_or(false),
        swap_limit: info.swap_limit.unwrap_or(false),
        swarm: info
            .swarm
            .and_then(|swarm| swarm.local_node_state)
            .is_some_and(|state| state.to_string() == "active"),
        warnings: newer(api)
            .into_iter()
            .chain(info.warnings.unwrap_or_default())
            .collect(),
        cpus: info.ncpu.and_then(|n| u32::try_from(n).ok()).unwrap_or(0),
        memory_bytes: info
            .mem_total
            .and_then(|n| u64::try_from(n).ok())
            .unwrap_or(0),
        name: text(info.name),
    }
}

/// The warning of an engine whose oldest API is newer than [`NEWEST`].
fn newer(api: (usize, usize)) -> Option<String> {
    (api > NEWEST).then(|| {
        format!(
            "This engine needs API {}.{} or newer, and this version of DockerMate knows up to {}.{}. It is used nevertheless; \
             a chosen MAC address cannot be told from a generated one. Update DockerMate.",
            api.0, api.1, NEWEST.0, NEWEST.1
        )
    })
}
