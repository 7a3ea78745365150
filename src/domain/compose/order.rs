//! In which order services are started: each after those that it depends on.

use super::node::Node;
use std::collections::BTreeSet;

/// The names of a model's services; those of a cycle, which is refused before, in any.
pub fn in_order(model: &Node) -> Vec<String> {
    let mut done = BTreeSet::new();
    let mut order = Vec::new();
    for entry in model.get("services").map(Node::entries).unwrap_or_default() {
        visit(&entry.key, model, &mut done, &mut order);
    }
    order
}

fn visit(name: &str, model: &Node, done: &mut BTreeSet<String>, order: &mut Vec<String>) {
    let service = model.get("services").and_then(|all| all.get(name));
    let Some(service) = service.filter(|_| done.insert(name.to_owned())) else {
        return;
    };
    for one in service
        .get("depends_on")
        .map(Node::entries)
        .unwrap_or_default()
    {
        visit(&one.key, model, done, order);
    }
    order.push(name.to_owned());
}
