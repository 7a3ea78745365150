//! Several files to one: each by the rule of its place, and what must be there once
//! only, once.

use super::fault::ComposeFault;
use super::node::{Entry, MergeTag, Node, Value};
use super::rules::{MergeRule, rule};
use super::short;

/// Puts a later file over what is there.
///
/// # Errors
/// Where a mapping and a list meet.
pub fn merge(base: &mut Node, over: Node) -> Result<(), ComposeFault> {
    within(base, over, &mut Vec::new())
}

fn within(base: &mut Node, over: Node, path: &mut Vec<String>) -> Result<(), ComposeFault> {
    if over.tag == MergeTag::Override {
        *base = Node {
            tag: MergeTag::None,
            ..over
        };
        return Ok(());
    }
    let parts: Vec<&str> = path.iter().map(String::as_str).collect();
    let rule = rule(&parts);
    if over.is_null() {
        if rule == MergeRule::Replace {
            *base = over;
        }
        return Ok(());
    }
    if base.is_null() {
        *base = over;
        return Ok(());
    }
    match rule {
        MergeRule::Replace | MergeRule::Ulimit => *base = over,
        MergeRule::Pairs => {
            let (mut all, over) = (short::pairs(base.clone()), short::pairs(over));
            add_keys(&mut all, over);
            *base = all;
        }
        MergeRule::Texts | MergeRule::EnvFiles | MergeRule::Hosts => {
            let as_list = if rule == MergeRule::Hosts {
                short::hosts
            } else {
                short::listed
            };
            *base = joined(as_list(base.clone()), as_list(over), path)?;
        }
        MergeRule::Names => {
            let (all, over) = (short::named(base.clone(), path), short::named(over, path));
            *base = all;
            return mappings(base, over, path);
        }
        MergeRule::Build => {
            *base = short::build(base.clone());
            return mappings(base, short::build(over), path);
        }
        MergeRule::Logging => {
            let driver = |node: &Node| {
                node.get("driver")
                    .and_then(Node::as_text)
                    .map(str::to_owned)
            };
            let (old, new) = (driver(base), driver(&over));
            if old.is_none() || new.is_none() || old == new {
                return mappings(base, over, path);
            }
            *base = over;
        }
        MergeRule::Usual
        | MergeRule::Pools
        | MergeRule::Ports
        | MergeRule::Mounts
        | MergeRule::Devices
        | MergeRule::Secrets
        | MergeRule::Configs => match (&base.value, &over.value) {
            (Value::Map(_), Value::Map(_)) => return mappings(base, over, path),
            (Value::List(_), Value::List(_)) => {
                *base = joined(base.clone(), over, path)?;
            }
            (Value::Map(_) | Value::List(_), _) | (_, Value::Map(_) | Value::List(_)) => {
                return Err(clash(base, &over, path));
            }
            _ => *base = over,
        },
    }
    Ok(())
}

fn clash(base: &Node, over: &Node, path: &[String]) -> ComposeFault {
    ComposeFault::new(
        over.at,
        format!(
            "{} is {} here, and {} in the file before: the two cannot be merged.",
            path.join("."),
            over.kind(),
            base.kind()
        ),
    )
    .hint(Some(
        "Put !override before the value to replace the other one.".to_owned(),
    ))
}

fn mappings(base: &mut Node, over: Node, path: &mut Vec<String>) -> Result<(), ComposeFault> {
    let kinds = (base.as_map().is_some(), over.as_map().is_some());
    let Value::Map(more) = over.value else {
        return Err(clash(base, &over, path));
    };
    if kinds != (true, true) {
        return Err(clash(base, &Node::new(Value::Map(more), over.at), path));
    }
    for entry in more {
        match base.get_mut(&entry.key) {
            Some(known) => {
                path.push(entry.key);
                within(known, entry.node, path)?;
                path.pop();
            }
            None => push(base, entry),
        }
    }
    Ok(())
}

fn push(base: &mut Node, entry: Entry) {
    if let Value::Map(entries) = &mut base.value {
        entries.push(entry);
    }
}

/// Single values by key; nothing takes the value of the environment.
fn add_keys(base: &mut Node, over: Node) {
    let Value::Map(more) = over.value else {
        return;
    };
    for entry in more {
        match base.get_mut(&entry.key) {
            Some(known) => *known = entry.node,
            None => push(base, entry),
        }
    }
}

fn joined(base: Node, over: Node, path: &[String]) -> Result<Node, ComposeFault> {
    match (base.value, over.value) {
        (Value::List(mut all), Value::List(more)) => {
            all.extend(more);
            Ok(Node::new(Value::List(all), over.at))
        }
        (base_value, over_value) => Err(clash(
            &Node::new(base_value, base.at),
            &Node::new(over_value, over.at),
            path,
        )),
    }
}

/// Takes the values out of what is there that a later file resets, and its own tags.
pub fn reset(base: &mut Node, over: &mut Node) {
    let Value::Map(entries) = &mut over.value else {
        return;
    };
    entries.retain_mut(|entry| {
        if entry.node.tag == MergeTag::Reset {
            let _ = base.take(&entry.key);
            return false;
        }
        let mut nothing = Node::new(Value::Null, entry.node.at);
        let below = base.get_mut(&entry.key).unwrap_or(&mut nothing);
        if entry.node.tag == MergeTag::Override {
            reset(&mut Node::new(Value::Null, entry.node.at), &mut entry.node);
        } else {
            reset(below, &mut entry.node);
        }
        true
    });
}
