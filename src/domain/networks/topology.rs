//! The drawing of networks: the host, published ports, containers and networks, each in
//! a column of its own. Pure, but for who reads what there is.

use super::NetworkService;
use crate::error::Result;
use crate::model::container::ContainerView;
use crate::model::network::NetworkView;
use crate::model::topology::{Topology, TopologyEdge, TopologyKind, TopologyNode};
use std::collections::{BTreeSet, HashMap};

const ROW: u32 = 46;
const GAP: u32 = 14;
const MARGIN: u32 = 16;
/// Left edge and width of each column.
const HOST: (u32, u32) = (MARGIN, 120);
const PORTS: (u32, u32) = (196, 150);
const CONTAINERS: (u32, u32) = (406, 230);
const NETWORKS: (u32, u32) = (756, 230);

impl NetworkService {
    /// Of one network, or of all that have containers on them.
    pub fn topology(&self, reference: Option<&str>) -> Result<Topology> {
        let networks = match reference {
            Some(reference) => vec![self.get(reference)?],
            None => self.views()?,
        };
        let containers = self.containers.views()?;
        let host = self.settings.read(|settings| settings.host_name.clone());
        Ok(draw(&host, &networks, &containers, reference.is_none()))
    }
}

/// `whole`: containers without a network are drawn too, and networks of the engine
/// without containers are not.
fn draw(
    host: &str,
    networks: &[NetworkView],
    containers: &[ContainerView],
    whole: bool,
) -> Topology {
    let networks: Vec<&NetworkView> = networks
        .iter()
        .filter(|view| !(whole && view.is_predefined && view.members.is_empty()))
        .collect();
    // Those of one network together: the fewest edges cross.
    let mut first: HashMap<&str, usize> = HashMap::new();
    for (at, view) in networks.iter().enumerate() {
        for member in &view.members {
            first.entry(&member.id).or_insert(at);
        }
    }
    let place = |view: &ContainerView| first.get(view.container.id.as_str()).copied();
    let mut shown: Vec<&ContainerView> = containers
        .iter()
        .filter(|view| whole || place(view).is_some())
        .collect();
    shown.sort_by_key(|view| {
        (
            place(view).unwrap_or(usize::MAX),
            view.container.name.clone(),
        )
    });

    let mut drawing = Topology::default();
    let mut rows: HashMap<&str, u32> = HashMap::new();
    for (at, view) in (0_u32..).zip(&shown) {
        let y = MARGIN + at * (ROW + GAP);
        rows.insert(&view.container.id, y);
        container(&mut drawing, view, y);
    }
    network_column(&mut drawing, &networks, &rows);
    let lowest = drawing.nodes.iter().map(|node| node.y + node.height);
    drawing.height = lowest.max().unwrap_or(MARGIN + ROW) + MARGIN;
    drawing.width = NETWORKS.0 + NETWORKS.1 + MARGIN;
    let published = |node: &&TopologyNode| node.kind == TopologyKind::Ports;
    let doors: Vec<String> = drawing
        .nodes
        .iter()
        .filter(published)
        .map(|node| node.id.clone())
        .collect();
    let middle = (drawing.height - ROW) / 2;
    drawing.nodes.insert(
        0,
        node("host", TopologyKind::Host, (host, ""), (HOST, middle)),
    );
    drawing
        .edges
        .extend(doors.into_iter().map(|to| TopologyEdge {
            from: "host".to_owned(),
            to,
            label: None,
        }));
    drawing
}

/// A container, and beside it the ports that it publishes.
fn container(drawing: &mut Topology, view: &ContainerView, y: u32) {
    use crate::model::container::State;
    let it = &view.container;
    let id = format!("container/{}", it.id);
    let ports: BTreeSet<u16> = it.ports.iter().filter_map(|port| port.host_port).collect();
    if !ports.is_empty() {
        let told: Vec<String> = ports.iter().map(ToString::to_string).collect();
        let from = format!("ports/{}", it.id);
        let texts = (told.join(", "), "published");
        drawing.nodes.push(node(
            &from,
            TopologyKind::Ports,
            (&texts.0, texts.1),
            (PORTS, y),
        ));
        drawing.edges.push(TopologyEdge {
            from,
            to: id.clone(),
            label: None,
        });
    }
    let mut one = node(
        &id,
        TopologyKind::Container,
        (&it.name, &it.image),
        (CONTAINERS, y),
    );
    one.running = Some(matches!(
        it.state,
        State::Running | State::Paused | State::Restarting
    ));
    drawing.nodes.push(one);
}

/// Each network at the middle of its containers, or below the one before.
fn network_column(drawing: &mut Topology, networks: &[&NetworkView], rows: &HashMap<&str, u32>) {
    let middle = |view: &NetworkView| {
        let at: Vec<u32> = view
            .members
            .iter()
            .filter_map(|member| rows.get(member.id.as_str()).copied())
            .collect();
        let count = u32::try_from(at.len()).unwrap_or(u32::MAX);
        (count > 0).then(|| at.iter().sum::<u32>() / count)
    };
    let mut column: Vec<(u32, &NetworkView)> = networks
        .iter()
        .map(|view| (middle(view).unwrap_or(u32::MAX), *view))
        .collect();
    column.sort_by(|a, b| (a.0, &a.1.network.name).cmp(&(b.0, &b.1.network.name)));
    let mut next = MARGIN;
    for (wanted, view) in column {
        let y = if wanted == u32::MAX {
            next
        } else {
            wanted.max(next)
        };
        next = y + ROW + GAP;
        let network = &view.network;
        let id = format!("network/{}", network.id);
        let subnets: Vec<String> = network
            .subnets
            .iter()
            .map(|subnet| subnet.network.to_string())
            .collect();
        let detail = if subnets.is_empty() {
            network.driver.clone()
        } else {
            subnets.join(", ")
        };
        let texts = (network.name.as_str(), detail.as_str());
        drawing
            .nodes
            .push(node(&id, TopologyKind::Network, texts, (NETWORKS, y)));
        for member in &view.members {
            if rows.contains_key(member.id.as_str()) {
                drawing.edges.push(TopologyEdge {
                    from: format!("container/{}", member.id),
                    to: id.clone(),
                    label: member
                        .ipv4
                        .clone()
                        .or_else(|| member.fixed.first().cloned()),
                });
            }
        }
    }
}

fn node(
    id: &str,
    kind: TopologyKind,
    (label, detail): (&str, &str),
    ((x, width), y): ((u32, u32), u32),
) -> TopologyNode {
    TopologyNode {
        id: id.to_owned(),
        kind,
        label: label.to_owned(),
        detail: detail.to_owned(),
        running: None,
        x,
        y,
        width,
        height: ROW,
    }
}

#[cfg(test)]
mod tests;
