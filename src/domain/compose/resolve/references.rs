//! Whether what services name is there, and whether their dependencies end.

use super::super::fault::ComposeFault;
use super::super::node::{Entry, Node};
use super::named_by;
use std::collections::BTreeSet;

pub(super) fn references(
    entry: &Entry,
    file: &Node,
    disabled: &BTreeSet<String>,
    faults: &mut Vec<ComposeFault>,
) {
    let (name, service) = (&entry.key, &entry.node);
    for (group, wanted, at) in named_by(service) {
        let is_default = group == "networks" && wanted == "default";
        let is_there = file
            .get(group)
            .is_some_and(|all| all.get(&wanted).is_some());
        if !is_there && !is_default {
            let one = group.trim_end_matches('s');
            let hint = if group == "volumes" && wanted.contains('/') {
                format!("A folder beside the file is written with a dot: ./{wanted}")
            } else {
                format!("Add {wanted} below {group} at the top of the file.")
            };
            faults.push(
                ComposeFault::new(
                    at,
                    format!("services.{name} refers to the {one} {wanted}, which is not defined."),
                )
                .hint(Some(hint)),
            );
        }
    }
    for one in service
        .get("depends_on")
        .map(Node::entries)
        .unwrap_or_default()
    {
        let is_there = file
            .get("services")
            .is_some_and(|all| all.get(&one.key).is_some());
        // One that is not required does not count where it is not there.
        let is_needed = one.node.get("required").and_then(Node::as_bool) != Some(false);
        if is_there || !is_needed {
            continue;
        }
        let at = if one.at.line > 0 { one.at } else { one.node.at };
        let why = if disabled.contains(&one.key) {
            format!(
                "services.{name} depends on the service {}, which no active profile enables.",
                one.key
            )
        } else {
            format!(
                "services.{name} depends on the service {}, which is not defined.",
                one.key
            )
        };
        faults.push(ComposeFault::new(at, why));
    }
}

pub(super) fn cycles(services: &[Entry], faults: &mut Vec<ComposeFault>) {
    let mut done: BTreeSet<&str> = BTreeSet::new();
    for entry in services {
        let mut way = Vec::new();
        if follow(&entry.key, services, &mut way, &mut done, faults) {
            return;
        }
    }
}

fn follow<'a>(
    name: &'a str,
    services: &'a [Entry],
    way: &mut Vec<&'a str>,
    done: &mut BTreeSet<&'a str>,
    faults: &mut Vec<ComposeFault>,
) -> bool {
    if done.contains(name) {
        return false;
    }
    let Some(entry) = services.iter().find(|entry| entry.key == name) else {
        return false;
    };
    if let Some(begin) = way.iter().position(|one| *one == name) {
        let mut names = way[begin..].to_vec();
        names.push(name);
        faults.push(ComposeFault::new(
            entry.at,
            format!("The dependencies go in a cycle: {}.", names.join(" -> ")),
        ));
        return true;
    }
    way.push(name);
    for one in entry
        .node
        .get("depends_on")
        .map(Node::entries)
        .unwrap_or_default()
    {
        if follow(&one.key, services, way, done, faults) {
            return true;
        }
    }
    way.pop();
    done.insert(name);
    false
}
