//! A template and the answers to its questions give a container.
//!
//! Pure: the same answers always give the same container. What is left out
//! takes the suggestion, and an error names the answer that is wrong.

use super::answer::{self, control, name_of, only_known, value_of};
use crate::error::{Error, Result};
use crate::model::spec::{ContainerSpec, MountKind, MountSpec, NetworkSpec, PortSpec};
use crate::model::template::{Answers, DeviceQuestion, PathQuestion, PortQuestion, Template};
use std::collections::{BTreeMap, BTreeSet};

/// What a template becomes with these answers.
///
/// # Errors
/// [`Error::invalid`] with the answer's field: `name`, `variables.TZ`,
/// `ports.80/tcp`, `paths./config` …
pub fn render(template: &Template, answers: &Answers) -> Result<ContainerSpec> {
    only_known(
        "variables",
        &answers.variables,
        template.variables.iter().map(|q| q.name.clone()),
    )?;
    only_known(
        "ports",
        &answers.ports,
        template.ports.iter().map(PortQuestion::key),
    )?;
    only_known(
        "paths",
        &answers.paths,
        template.paths.iter().map(|q| q.target.clone()),
    )?;
    only_known(
        "devices",
        &answers.devices,
        template.devices.iter().map(|q| q.device.clone()),
    )?;
    let name = name_of(answers.name.as_deref(), &template.id)?;
    let mut spec = template.spec.clone();
    if let Some(image) = given(answers.image.as_deref()) {
        answer::image(image)?;
        image.clone_into(&mut spec.image);
    }
    if let Some(text) = given(answers.description.as_deref()) {
        control("description", text)?;
        spec.description = Some(text.to_owned());
    }
    if let Some(code) = given(answers.environment.as_deref()) {
        control("environment", code)?;
        spec.environment = Some(code.to_owned());
    }
    for question in &template.variables {
        let answer = answers.variables.get(&question.name);
        set_variable(&mut spec.env, &question.name, value_of(question, answer)?);
    }
    ports(template, answers, &mut spec)?;
    let root = answer::storage_root(answers.storage_root.as_deref())?;
    for question in &template.paths {
        path(question, answers, &name, &root, &mut spec)?;
    }
    for question in &template.devices {
        device(question, answers, &mut spec)?;
    }
    if let Some(network) = given(answers.network.as_deref()) {
        join(network, &mut spec)?;
    }
    if spec.restart.is_none() && !spec.auto_remove {
        spec.restart = Some("unless-stopped".to_owned());
    }
    spec.name = Some(name);
    Ok(spec)
}

/// Where the content of a path goes when nobody says otherwise.
pub fn suggestion(question: &PathQuestion, name: &str, root: &str) -> String {
    if question.volume {
        format!("{name}-{}", question.suggested)
    } else if question.suggested.starts_with('/') {
        question.suggested.clone()
    } else {
        format!("{root}/{name}/{}", question.suggested)
    }
}

/// An answer with something in it.
fn given(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

fn set_variable(env: &mut Vec<String>, name: &str, value: Option<String>) {
    let at = env
        .iter()
        .position(|pair| pair.split('=').next() == Some(name));
    match (at, value) {
        (Some(at), Some(value)) => env[at] = format!("{name}={value}"),
        (Some(at), None) => {
            env.remove(at);
        }
        (None, Some(value)) => env.push(format!("{name}={value}")),
        (None, None) => {}
    }
}

fn ports(template: &Template, answers: &Answers, spec: &mut ContainerSpec) -> Result<()> {
    if !spec.has_own_network() {
        // On the host's network a port is where it is; answers cannot move it.
        for (key, answer) in &answers.ports {
            let stays = key.split('/').next();
            if given(answer.as_deref()).is_some_and(|text| Some(text) != stays) {
                return Err(Error::invalid(
                    format!("ports.{key}"),
                    "It uses the host network, so its ports cannot be remapped.",
                ));
            }
        }
        spec.ports.clear();
        return Ok(());
    }
    let mut taken: BTreeMap<(String, String), String> = BTreeMap::new();
    for question in &template.ports {
        let key = question.key();
        let field = format!("ports.{key}");
        let same = |port: &PortSpec| {
            port.container_port == question.container_port && port.protocol == question.protocol
        };
        let before = spec.ports.iter().position(same);
        let host_ip = before
            .and_then(|at| spec.ports.get(at))
            .and_then(|port| port.host_ip.clone());
        let publish = match answers.ports.get(&key) {
            Some(None) => None,
            Some(Some(text)) if text.trim().is_empty() => None,
            Some(Some(text)) => Some(answer::host_port(&field, text, question)?),
            None if question.optional => None,
            None => Some(PortSpec {
                container_port: question.container_port,
                protocol: question.protocol.clone(),
                host_port: question.host_port.clone(),
                host_ip,
            }),
        };
        if let Some(port) = &publish
            && let Some(host) = &port.host_port
        {
            let place = (
                format!("{}:{host}", port.host_ip.as_deref().unwrap_or("")),
                port.protocol.clone(),
            );
            if let Some(other) = taken.insert(place, key.clone()) {
                return Err(Error::invalid(
                    field,
                    format!("Port {host} of the host is already mapped to {other}."),
                ));
            }
        }
        match (before, publish) {
            (Some(at), Some(port)) => spec.ports[at] = port,
            (Some(at), None) => {
                spec.ports.remove(at);
            }
            (None, Some(port)) => spec.ports.push(port),
            (None, None) => {}
        }
    }
    Ok(())
}

fn path(
    question: &PathQuestion,
    answers: &Answers,
    name: &str,
    root: &str,
    spec: &mut ContainerSpec,
) -> Result<()> {
    let field = format!("paths.{}", question.target);
    let source = match answers.paths.get(&question.target) {
        Some(None) => None,
        Some(Some(text)) if text.trim().is_empty() => None,
        Some(Some(text)) => Some(text.trim().to_owned()),
        None if question.optional => None,
        None => Some(suggestion(question, name, root)),
    };
    let at = spec
        .mounts
        .iter()
        .position(|mount| mount.target == question.target);
    let Some(source) = source else {
        if let Some(at) = at {
            spec.mounts.remove(at);
        }
        return Ok(());
    };
    let kind = answer::source(&field, &source)?;
    if let Some(mount) = at.and_then(|at| spec.mounts.get_mut(at)) {
        if mount.kind != kind {
            // Options of one kind mean nothing to the other.
            *mount = MountSpec {
                target: question.target.clone(),
                read_only: mount.read_only,
                ..MountSpec::default()
            };
        }
        mount.kind = kind;
        mount.source = source;
    } else {
        spec.mounts.push(MountSpec {
            kind,
            source,
            target: question.target.clone(),
            read_only: question.read_only && kind == MountKind::Bind,
            ..MountSpec::default()
        });
    }
    Ok(())
}

fn device(question: &DeviceQuestion, answers: &Answers, spec: &mut ContainerSpec) -> Result<()> {
    let host = match answers.devices.get(&question.device) {
        Some(None) => None,
        Some(Some(text)) if text.trim().is_empty() => None,
        Some(Some(text)) => Some(text.trim().to_owned()),
        None if question.optional => None,
        None => Some(question.host.clone()),
    };
    let Some(host) = host else { return Ok(()) };
    let field = format!("devices.{}", question.device);
    control(&field, &host)?;
    if !host.starts_with("/dev/") || host.contains(':') || host.split('/').any(|part| part == "..")
    {
        return Err(Error::invalid(
            field,
            format!("{host:?} is not a device. Its path begins with /dev/."),
        ));
    }
    spec.devices.push(if host == question.device {
        host
    } else {
        format!("{host}:{}", question.device)
    });
    Ok(())
}

fn join(network: &str, spec: &mut ContainerSpec) -> Result<()> {
    if spec.network_mode.is_some() {
        return Err(Error::invalid(
            "network",
            "It uses the host network, so it cannot join another network.",
        ));
    }
    if !answer::is_name(network) {
        return Err(Error::invalid(
            "network",
            format!(
                "{network:?} cannot be the name of a network: letters, digits, dots, dashes and underscores, beginning with a letter or digit."
            ),
        ));
    }
    if !spec.networks.iter().any(|one| one.name == network) {
        spec.networks = vec![NetworkSpec {
            name: network.to_owned(),
            ..NetworkSpec::default()
        }];
    }
    Ok(())
}

/// Names of variables that a template sets or asks for.
pub fn variable_names(template: &Template) -> BTreeSet<String> {
    let fixed = template.spec.env.iter();
    fixed
        .filter_map(|pair| pair.split('=').next())
        .map(ToOwned::to_owned)
        .chain(template.variables.iter().map(|q| q.name.clone()))
        .collect()
}

#[cfg(test)]
mod tests;
