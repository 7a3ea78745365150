//! What may be there once only is there once: the last one, at the place of the first.

use super::node::{Node, Value};
use super::rules::{MergeRule, rule};
use super::short;
use std::collections::HashMap;

/// What may be there once only is there once: the last one, at the place of the first.
pub fn unique(node: &mut Node) {
    once(node, &mut Vec::new());
}

fn once(node: &mut Node, path: &mut Vec<String>) {
    let parts: Vec<&str> = path.iter().map(String::as_str).collect();
    let rule = rule(&parts);
    match rule {
        MergeRule::Pairs if node.as_list().is_some() => *node = short::pairs(node.clone()),
        MergeRule::Names if node.as_list().is_some() => *node = short::named(node.clone(), path),
        _ => {}
    }
    match &mut node.value {
        Value::Map(entries) => {
            for entry in entries {
                path.push(entry.key.clone());
                once(&mut entry.node, path);
                path.pop();
            }
        }
        Value::List(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                path.push(index.to_string());
                once(item, path);
                path.pop();
            }
            let mut places: HashMap<String, usize> = HashMap::new();
            let mut kept: Vec<Node> = Vec::with_capacity(items.len());
            let all = items.drain(..).flat_map(|item| match rule {
                MergeRule::Ports => short::ports(&item).unwrap_or_else(|| vec![item]),
                _ => vec![item],
            });
            let all: Vec<Node> = all.collect();
            for item in all {
                match short::identity(&item, rule) {
                    Some(key) => {
                        if let Some(place) = places.get(&key) {
                            kept[*place] = item;
                        } else {
                            places.insert(key, kept.len());
                            kept.push(item);
                        }
                    }
                    None => kept.push(item),
                }
            }
            *items = kept;
        }
        _ => {}
    }
}
