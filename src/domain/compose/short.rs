//! Short forms to the ones that merging and running need, and what makes two values of
//! a list the same.

use super::mounts;
use super::node::{Entry, Node, SourcePlace, Value};
use super::ports::{self, ShortPort};
use super::rules::{MergeRule, fits};

/// Another value in the place of a node, with its tag.
fn like(node: &Node, value: Value) -> Node {
    Node {
        value,
        at: node.at,
        tag: node.tag,
    }
}

/// `[KEY=value]` as a mapping; a bare name has no value.
pub fn pairs(node: Node) -> Node {
    let Value::List(items) = &node.value else {
        return node;
    };
    if items.iter().any(|item| item.as_text().is_none()) {
        // Refused by the check of its shape.
        return node;
    }
    let mut map = like(&node, Value::Map(Vec::new()));
    for item in items {
        let text = item.as_text().unwrap_or_default();
        let (key, value) = match text.split_once('=') {
            Some((key, value)) => (key, Node::text(value, item.at)),
            None => (text, Node::new(Value::Null, item.at)),
        };
        map.set(key, value);
    }
    map
}

/// One text as a list.
pub fn listed(node: Node) -> Node {
    match node.value {
        Value::Text(_) | Value::Int(_) | Value::Float(_) | Value::Bool(_) => {
            let (at, tag) = (node.at, node.tag);
            let value = Value::List(vec![node]);
            Node { value, at, tag }
        }
        _ => node,
    }
}

/// Host names with their addresses, as `host=address`.
pub fn hosts(node: Node) -> Node {
    let (at, tag) = (node.at, node.tag);
    let Value::Map(entries) = node.value else {
        return node;
    };
    let mut list = Vec::new();
    for Entry { key, node, .. } in entries {
        let addresses = match node.value {
            Value::List(items) => items,
            _ => vec![node],
        };
        for address in addresses {
            let text = address.printed().unwrap_or_default();
            list.push(Node::text(format!("{key}={text}"), address.at));
        }
    }
    let value = Value::List(list);
    Node { value, at, tag }
}

/// A list of names as a mapping of them.
pub fn named(node: Node, path: &[String]) -> Node {
    let Value::List(items) = &node.value else {
        return node;
    };
    if items.iter().any(|item| item.as_text().is_none()) {
        return node;
    }
    let parts: Vec<&str> = path.iter().map(String::as_str).collect();
    let is_dependency = fits("services.*.depends_on", &parts);
    let mut map = like(&node, Value::Map(Vec::new()));
    for item in items {
        let settings = if is_dependency {
            dependency(item.at, false)
        } else {
            Node::new(Value::Null, item.at)
        };
        map.set(item.as_text().unwrap_or_default(), settings);
    }
    map
}

/// What the short form of `depends_on` says; `restart` as implied ones have it.
pub fn dependency(at: SourcePlace, restart: bool) -> Node {
    let mut settings = Node::new(Value::Map(Vec::new()), at);
    settings.set("condition", Node::text("service_started", at));
    settings.set("required", Node::new(Value::Bool(true), at));
    if restart {
        settings.set("restart", Node::new(Value::Bool(true), at));
    }
    settings
}

/// A folder as the context of a build.
pub fn build(node: Node) -> Node {
    if node.as_text().is_none() {
        return node;
    }
    let mut map = like(&node, Value::Map(Vec::new()));
    map.set("context", node);
    map
}

/// A port as its long form.
pub fn port(port: &ShortPort, at: SourcePlace) -> Node {
    let mut map = Node::new(Value::Map(Vec::new()), at);
    map.set("mode", Node::text("ingress", at));
    if let Some(ip) = &port.host_ip {
        map.set("host_ip", Node::text(ip, at));
    }
    map.set("target", Node::new(Value::Int(port.target.into()), at));
    if let Some(published) = &port.published {
        map.set("published", Node::text(published, at));
    }
    map.set("protocol", Node::text(&port.protocol, at));
    map
}

/// The ports of a short form; none where it is none, or wrong.
pub fn ports(node: &Node) -> Option<Vec<Node>> {
    let text = match &node.value {
        Value::Text(text) => text.clone(),
        Value::Int(number) => number.to_string(),
        _ => return None,
    };
    let all = ports::parse(&text).ok()?;
    Some(all.iter().map(|one| port(one, node.at)).collect())
}

/// What tells a value of a list from the others; none where equal ones may stand.
pub fn identity(item: &Node, rule: MergeRule) -> Option<String> {
    let field = |name: &str| item.get(name).and_then(Node::printed);
    match rule {
        MergeRule::Texts => {
            let text = item.printed()?;
            let key = text.split_once('=').map_or(&*text, |(key, _)| key);
            Some(key.to_owned())
        }
        MergeRule::Hosts => item.printed(),
        MergeRule::EnvFiles => item.printed().or_else(|| field("path")),
        MergeRule::Pools => field("subnet"),
        MergeRule::Ports => {
            item.as_map()?;
            let host = field("host_ip").unwrap_or_else(|| "0.0.0.0".to_owned());
            let protocol = field("protocol").unwrap_or_else(|| "tcp".to_owned());
            let published = field("published").unwrap_or_default();
            Some(format!(
                "{host}:{published}:{}/{protocol}",
                field("target")?
            ))
        }
        MergeRule::Mounts => match item.as_text() {
            Some(text) => mounts::parse(text).ok().map(|mount| mount.target),
            None => field("target").map(|target| mounts::clean(&target)),
        },
        MergeRule::Devices => match item.as_text() {
            Some(text) => {
                let mut parts = text.split(':');
                let source = parts.next()?;
                Some(parts.next().unwrap_or(source).to_owned())
            }
            None => field("target").or_else(|| field("source")),
        },
        MergeRule::Secrets => Some(file_target(item, "/run/secrets/")?),
        MergeRule::Configs => Some(file_target(item, "/")?),
        _ => None,
    }
}

fn file_target(item: &Node, folder: &str) -> Option<String> {
    let field = |name: &str| item.get(name).and_then(Node::printed);
    let usual = |source: String| format!("{folder}{source}");
    match item.as_text() {
        Some(source) => Some(usual(source.to_owned())),
        None => field("target").or_else(|| field("source").map(usual)),
    }
}
