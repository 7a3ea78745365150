//! Published ports in their long form.

use super::super::fault::ComposeFault;
use super::super::node::{Node, Value};
use super::super::{ports, short};

pub(super) fn published(node: &mut Node, path: &str, faults: &mut Vec<ComposeFault>) {
    let Some(Node {
        value: Value::List(items),
        ..
    }) = node.get_mut("ports")
    else {
        return;
    };
    let mut all = Vec::new();
    for item in items.drain(..) {
        if item.as_map().is_some() {
            all.push(long_port(item, path, faults));
            continue;
        }
        let text = item.printed().unwrap_or_default();
        match ports::parse(&text) {
            Ok(ports) => all.extend(ports.iter().map(|port| short::port(port, item.at))),
            Err(why) => faults.push(ComposeFault::new(item.at, format!("{path}.ports: {why}"))),
        }
    }
    *items = all;
}

fn long_port(mut port: Node, path: &str, faults: &mut Vec<ComposeFault>) -> Node {
    let at = port.at;
    for (key, usual) in [("mode", "ingress"), ("protocol", "tcp")] {
        if port.get(key).is_none() {
            port.set(key, Node::text(usual, at));
        }
    }
    if let Some(published) = port.get_mut("published")
        && let Some(text) = published.printed()
    {
        published.value = Value::Text(text);
    }
    let text = |key: &str| port.get(key).and_then(Node::as_text);
    if let Some(ip) = text("host_ip")
        && !ip.is_empty()
        && ip.parse::<std::net::IpAddr>().is_err()
    {
        let why = format!("{path}.ports.host_ip: {ip:?} is not an IP address.");
        faults.push(ComposeFault::new(at, why));
    }
    match port.get("target").map(|target| &target.value) {
        Some(Value::Int(1..=65_535)) | None => {}
        _ => faults.push(ComposeFault::new(
            at,
            format!("{path}.ports.target is a port of the container: use 1 to 65535."),
        )),
    }
    port
}
