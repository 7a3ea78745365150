//! Drawings of networks.

use super::*;
use crate::model::container::{Container, Port};
use crate::model::network::{Network, NetworkMember};
use proptest::prelude::*;
use std::sync::Arc;
use std::time::Instant;

fn holder(number: usize, ports: bool) -> ContainerView {
    let mut container = Container::running(&format!("c{number}"));
    container.id = format!("id{number}");
    if ports {
        container.ports = vec![Port {
            container_port: 80,
            protocol: "tcp".to_owned(),
            host_port: Some(8000),
            host_ip: None,
        }];
    }
    ContainerView::of(container)
}

fn network(number: usize, members: &[usize]) -> NetworkView {
    let member = |number: &usize| NetworkMember {
        id: format!("id{number}"),
        name: format!("c{number}"),
        running: true,
        ipv4: Some("10.0.0.2".to_owned()),
        ipv6: None,
        mac: None,
        aliases: Vec::new(),
        fixed: Vec::new(),
        environment: None,
    };
    NetworkView {
        network: Arc::new(Network {
            id: format!("net{number}"),
            name: format!("n{number}"),
            driver: "bridge".to_owned(),
            scope: "local".to_owned(),
            internal: false,
            attachable: false,
            ipv6: false,
            subnets: Vec::new(),
            options: [].into(),
            labels: [].into(),
            created_at: None,
        }),
        is_predefined: false,
        stack: None,
        members: members.iter().map(member).collect(),
        warnings: Vec::new(),
        usage: None,
        oversized: None,
    }
}

fn overlap(a: &TopologyNode, b: &TopologyNode) -> bool {
    a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn nothing_overlaps_and_edges_lead_from_node_to_node(
        places in prop::collection::vec(prop::collection::btree_set(0_usize..100, 0..30), 0..20),
        count in 0_usize..100,
        whole in any::<bool>(),
    ) {
        let containers: Vec<ContainerView> = (0..count).map(|n| holder(n, n % 2 == 0)).collect();
        let networks: Vec<NetworkView> = places
            .iter()
            .enumerate()
            .map(|(at, members)| network(at, &members.iter().copied().collect::<Vec<_>>()))
            .collect();
        let drawing = draw("box", &networks, &containers, whole);
        for (at, a) in drawing.nodes.iter().enumerate() {
            prop_assert!(a.x + a.width <= drawing.width && a.y + a.height <= drawing.height);
            for b in &drawing.nodes[at + 1..] {
                prop_assert!(!overlap(a, b), "{a:?} {b:?}");
            }
        }
        let ids: BTreeSet<&str> = drawing.nodes.iter().map(|node| node.id.as_str()).collect();
        prop_assert_eq!(ids.len(), drawing.nodes.len());
        for edge in &drawing.edges {
            prop_assert!(ids.contains(edge.from.as_str()) && ids.contains(edge.to.as_str()));
        }
    }
}

#[test]
fn hundred_containers_on_twenty_networks_are_drawn_in_under_ten_milliseconds() {
    let containers: Vec<ContainerView> = (0..100).map(|number| holder(number, true)).collect();
    let networks: Vec<NetworkView> = (0..20)
        .map(|at| network(at, &(0..100).filter(|n| n % 20 == at).collect::<Vec<_>>()))
        .collect();
    let began = Instant::now();
    let drawing = draw("box", &networks, &containers, true);
    assert!(began.elapsed().as_millis() < 10, "{:?}", began.elapsed());
    assert_eq!(drawing.nodes.len(), 1 + 100 + 100 + 20);
    assert_eq!(drawing.edges.len(), 100 + 100 + 100);
}
