//! Reading the attributes of a model.

use crate::domain::compose::Node;

pub fn text(node: &Node, key: &str) -> Option<String> {
    let text = node.get(key)?.printed()?;
    (!text.is_empty()).then_some(text)
}

pub fn flag(node: &Node, key: &str) -> bool {
    node.get(key).and_then(Node::as_bool) == Some(true)
}

pub fn number(node: &Node, key: &str) -> Option<i64> {
    node.get(key)?.printed()?.parse().ok()
}

pub fn texts(node: &Node, key: &str) -> Vec<String> {
    let items = node.get(key).map(Node::items).unwrap_or_default();
    items.iter().filter_map(Node::printed).collect()
}

/// `KEY=value`; a key without a value is a bare name.
pub fn pairs(node: &Node, key: &str) -> Vec<(String, Option<String>)> {
    let entries = node.get(key).map(Node::entries).unwrap_or_default();
    let pair = |entry: &crate::domain::compose::Entry| (entry.key.clone(), entry.node.printed());
    entries.iter().map(pair).collect()
}

pub fn map(node: &Node, key: &str) -> std::collections::BTreeMap<String, String> {
    let all = pairs(node, key).into_iter();
    all.map(|(key, value)| (key, value.unwrap_or_default()))
        .collect()
}

pub fn maps<'a>(node: &'a Node, key: &str) -> &'a [Node] {
    node.get(key).map(Node::items).unwrap_or_default()
}
