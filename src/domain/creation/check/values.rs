//! Values whose form the engine would only refuse after the image was pulled,
//! or would misread in silence.

use super::Findings;
use crate::engine::typed_keys;
use crate::error::{Error, Result};
use crate::model::spec::{ContainerSpec, ulimit};
use std::net::IpAddr;

/// What the engine wants at least (`linuxMinMemory` of moby).
const LEAST_MEMORY: i64 = 6 * 1024 * 1024;

pub(super) fn check(spec: &ContainerSpec, findings: &mut Findings) -> Result<()> {
    texts(spec)?;
    limits(spec)?;
    if let Some(key) = typed_keys(&spec.engine).first() {
        return Err(Error::invalid(
            format!("engine.{key}"),
            "This has a field of its own in the specification, with its checks. Use that one.",
        ));
    }
    for (at, entry) in spec.env.iter().enumerate() {
        let key = entry.split('=').next().unwrap_or(entry);
        if key.is_empty() {
            return Err(Error::invalid(
                format!("env[{at}]"),
                format!("{entry:?} has no name. Write NAME=value."),
            ));
        }
        if key.trim() != key {
            findings.warnings.push(format!("The variable {key:?} has blanks around its name, which most programs do not expect."));
        }
    }
    if spec.auto_remove && spec.restart.as_deref().is_some_and(|policy| policy != "no") {
        return Err(Error::invalid(
            "restart",
            "A container that is removed when it stops cannot be restarted. Leave out one of the two.",
        ));
    }
    if let Some(check) = &spec.healthcheck {
        let word = check.test.first().map(String::as_str);
        let good = match word {
            None => true,
            Some("NONE") => check.test.len() == 1,
            Some("CMD") => check.test.len() > 1,
            Some("CMD-SHELL") => check.test.len() == 2,
            Some(_) => false,
        };
        if !good {
            return Err(Error::invalid(
                "healthcheck.test",
                "A health check is [\"CMD\", program, arguments …], [\"CMD-SHELL\", line] or [\"NONE\"].",
            ));
        }
    }
    for (at, host) in spec.extra_hosts.iter().enumerate() {
        let (name, address) = host
            .split_once(':')
            .or_else(|| host.split_once('='))
            .unwrap_or((host, ""));
        let address = address.trim_start_matches('[').trim_end_matches(']');
        if name.is_empty() || (address != "host-gateway" && address.parse::<IpAddr>().is_err()) {
            return Err(Error::invalid(
                format!("extra_hosts[{at}]"),
                format!("{host:?} is not name:address. Write it like nas:192.168.1.10."),
            ));
        }
    }
    for (at, server) in spec.dns.iter().enumerate() {
        if server.parse::<IpAddr>().is_err() {
            return Err(Error::invalid(
                format!("dns[{at}]"),
                format!("{server:?} is not an IP address."),
            ));
        }
    }
    Ok(())
}

fn texts(spec: &ContainerSpec) -> Result<()> {
    if spec
        .description
        .as_ref()
        .is_some_and(|text| text.chars().count() > 500)
    {
        return Err(Error::invalid(
            "description",
            "The description has more than 500 characters.",
        ));
    }
    if let Some(name) = &spec.hostname {
        let good = !name.is_empty()
            && name.len() <= 63
            && name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_'));
        if !good {
            return Err(Error::invalid(
                "hostname",
                format!("{name:?} is not a host name: 1 to 63 letters, digits, dots and hyphens."),
            ));
        }
    }
    if let Some(folder) = &spec.working_dir
        && !folder.starts_with('/')
    {
        return Err(Error::invalid(
            "working_dir",
            format!("{folder:?} must be an absolute path in the container."),
        ));
    }
    let all = spec
        .env
        .iter()
        .chain(spec.command.iter().flatten())
        .chain(spec.entrypoint.iter().flatten())
        .chain(spec.labels.values());
    if all.into_iter().any(|text| text.contains('\0')) {
        return Err(Error::bad_request(
            "A text holds a zero byte, which no program can be given.",
        ));
    }
    Ok(())
}

fn limits(spec: &ContainerSpec) -> Result<()> {
    if let Some(memory) = spec.memory
        && memory != 0
        && memory < LEAST_MEMORY
    {
        return Err(Error::invalid(
            "memory",
            "The engine wants at least 6 MiB, or nothing for no limit.",
        ));
    }
    if let (Some(swap), memory) = (spec.memory_swap, spec.memory.unwrap_or(0)) {
        if swap > 0 && memory <= 0 {
            return Err(Error::invalid(
                "memory_swap",
                "Memory and swap together can only be limited when memory is limited too.",
            ));
        }
        if swap > 0 && swap < memory {
            return Err(Error::invalid(
                "memory_swap",
                "This is memory and swap together, so it cannot be less than memory.",
            ));
        }
    }
    if let (Some(soft), Some(hard)) = (spec.memory_reservation, spec.memory)
        && hard > 0
        && soft > hard
    {
        return Err(Error::invalid(
            "memory_reservation",
            "The reservation cannot be above the limit.",
        ));
    }
    if spec.cpus.is_some() && (spec.cpu_quota.is_some() || spec.cpu_period.is_some()) {
        return Err(Error::invalid(
            "cpus",
            "CPUs and a quota say the same in two ways. Leave out one of them.",
        ));
    }
    for (at, text) in spec.ulimits.iter().enumerate() {
        ulimit(text).map_err(|why| Error::invalid(format!("ulimits[{at}]"), why))?;
    }
    if spec.pids_limit.is_some_and(|limit| limit < -1) {
        return Err(Error::invalid(
            "pids_limit",
            "A number of processes, or -1 for no limit.",
        ));
    }
    for (at, text) in spec.devices.iter().enumerate() {
        let good = text.starts_with('/') || (text.contains('/') && text.contains('='));
        if !good {
            return Err(Error::invalid(
                format!("devices[{at}]"),
                format!(
                    "{text:?} is not a device. Write it like /dev/ttyUSB0 or /dev/a:/dev/b:rw."
                ),
            ));
        }
    }
    Ok(())
}
