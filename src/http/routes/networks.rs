//! Networks: the list, one, its addresses and reserved ranges, sizing, and what can
//! be done with them.

use super::route::Access::Session;
use super::route::AnswerKind::{Created, Json, NoContent, Operation};
use super::route::{Route, route};
use crate::domain::networks::NetworkDocument;
use crate::domain::networks::{
    AddressPage, Allocation, AllocationRequest, ConnectRequest, DisconnectRequest, DismissRequest,
    NetworkCreate, NetworkList, NetworkMigration, NetworkPrune, RangeRequest, ReservationList,
};
use crate::http::api::networks;
use crate::http::openapi::shape;
use crate::http::preview::DRY_RUN;
use crate::model::command::Commands;
use crate::model::host_port::{FreePort, HostPortList};
use crate::model::network::{NetworkMembers, NetworkProposal, NetworkView};
use crate::model::network_analysis::NetworkAnalysis;
use crate::model::network_record::ReservedRange;
use crate::model::network_size::SizeRecommendation;
use crate::model::topology::Topology;

pub(super) const NETWORKS: &[Route] = &[
    route("list_networks", "GET", "/api/networks", Session, |c| Box::pin(networks::list(c)), Json(shape::<NetworkList>), "List networks with who is on them and how many addresses are used, filtered and sorted.").errors(&[503]).query(networks::LIST),
    route("create_network", "POST", "/api/networks", Session, |c| Box::pin(networks::create(c)), Operation, "Create a network. Without a subnet a free one is chosen that overlaps with nothing.").errors(&[409, 503, 507]).query(&[DRY_RUN]).body(shape::<NetworkCreate>),
    route("calculate_network_size", "GET", "/api/networks/calculate-size", Session, |c| Box::pin(networks::size(c)), Json(shape::<SizeRecommendation>), "Calculate how large a network has to be, and which sizes this host should have.").query(networks::SIZE),
    route("propose_network", "GET", "/api/networks/proposal", Session, |c| Box::pin(networks::propose(c)), Json(shape::<NetworkProposal>), "Get a private subnet that no network, interface, route or address pool overlaps with, and the links of the host that a network can share.").errors(&[409, 503]).query(networks::PROPOSAL),
    route("prune_networks", "POST", "/api/networks/prune", Session, |c| Box::pin(networks::prune(c)), Operation, "Remove the networks that no container is on. Those with reserved ranges are kept.").errors(&[409, 503]).query(&[DRY_RUN]).optional_body(shape::<NetworkPrune>),
    route("get_network", "GET", "/api/networks/{id}", Session, |c| Box::pin(networks::get(c)), Json(shape::<NetworkView>), "Get one network by name, ID or ID prefix.").errors(&[503]),
    route("remove_network", "DELETE", "/api/networks/{id}", Session, |c| Box::pin(networks::remove(c)), Operation, "Remove a network. One with a container on it, running or not, is not removed.").errors(&[503]).query(&[DRY_RUN]),
    route("get_network_containers", "GET", "/api/networks/{id}/containers", Session, |c| Box::pin(networks::members(c)), Json(shape::<NetworkMembers>), "List the containers on a network with their addresses, stopped ones too.").errors(&[503]),
    route("get_network_addresses", "GET", "/api/networks/{id}/addresses", Session, |c| Box::pin(networks::addresses(c)), Json(shape::<AddressPage>), "Get a part of the map of a network's addresses: what each is, who has it, and which range it is in.").errors(&[503]).query(networks::ADDRESSES),
    route("allocate_address", "POST", "/api/networks/{id}/allocate", Session, |c| Box::pin(networks::allocate(c)), Json(shape::<Allocation>), "Choose the lowest address that nobody has, and keep it away from others for two minutes.").errors(&[503]).optional_body(shape::<AllocationRequest>),
    route("connect_network", "POST", "/api/networks/{id}/connect", Session, |c| Box::pin(networks::connect(c)), Operation, "Connect a container to a network, with a fixed or a chosen address.").errors(&[503]).query(networks::CONNECT).body(shape::<ConnectRequest>),
    route("disconnect_network", "POST", "/api/networks/{id}/disconnect", Session, |c| Box::pin(networks::disconnect(c)), Operation, "Disconnect a container from a network.").errors(&[503]).query(networks::CONNECT).body(shape::<DisconnectRequest>),
    route("get_network_topology", "GET", "/api/networks/{id}/topology", Session, |c| Box::pin(networks::topology(c)), Json(shape::<Topology>), "Get a drawing of a network: its containers and their published ports, laid out.").errors(&[503]),
    route("get_topology", "GET", "/api/topology", Session, |c| Box::pin(networks::topology_of_all(c)), Json(shape::<Topology>), "Get a drawing of all networks, containers and published ports, laid out.").errors(&[503]),
    route("list_ports", "GET", "/api/ports", Session, |c| Box::pin(networks::ports(c)), Json(shape::<HostPortList>), "List the ports of this host: what containers publish, what programs listen on, and what is wanted twice.").errors(&[503]),
    route("find_free_port", "GET", "/api/ports/free", Session, |c| Box::pin(networks::free_port(c)), Json(shape::<FreePort>), "Find the next port of this host that nobody has.").errors(&[503]).query(networks::FREE_PORT),
    route("document_network", "GET", "/api/networks/{id}/documentation", Session, |c| Box::pin(networks::document(c)), Json(shape::<NetworkDocument>), "Get a Markdown page about a network: subnets, reserved ranges, who has which address, published ports.").errors(&[503]),
    route("document_networks", "GET", "/api/documentation/networks", Session, |c| Box::pin(networks::document_all(c)), Json(shape::<NetworkDocument>), "Get a Markdown page about all networks of this host.").errors(&[503]),
    route("analyze_network", "POST", "/api/networks/{id}/analyze", Session, |c| Box::pin(networks::analyze(c)), Json(shape::<NetworkAnalysis>), "Analyze what the size of a network costs on this host, and how much of it is used over time.").errors(&[503, 507]),
    route("dismiss_network_warning", "POST", "/api/networks/{id}/dismissal", Session, |c| Box::pin(networks::dismiss(c)), Json(shape::<NetworkView>), "Do not warn of the size of a network for 7 or 30 days, for good, or until the next maintenance window.").errors(&[503, 507]).query(&[DRY_RUN]).body(shape::<DismissRequest>),
    route("restore_network_warning", "DELETE", "/api/networks/{id}/dismissal", Session, |c| Box::pin(networks::remind(c)), Json(shape::<NetworkView>), "Warn of the size of a network again.").errors(&[503, 507]).query(&[DRY_RUN]),
    route("migrate_network", "POST", "/api/networks/{id}/migrate", Session, |c| Box::pin(networks::migrate(c)), Operation, "Recreate a network with another subnet, smaller or larger, and move its containers to it. If anything fails, everything is put back.").errors(&[503]).query(networks::CONNECT).optional_body(shape::<NetworkMigration>),
    route("get_network_commands", "GET", "/api/networks/{id}/commands", Session, |c| Box::pin(networks::commands(c)), Json(shape::<Commands>), "Get the commands for an action on a network in three modes.").errors(&[503]).query(networks::COMMANDS),
    route("list_reservations", "GET", "/api/networks/{id}/reservations", Session, |c| Box::pin(networks::reservations(c)), Json(shape::<ReservationList>), "List the reserved ranges of a network and how much of each is used.").errors(&[503]),
    route("add_reservation", "POST", "/api/networks/{id}/reservations", Session, |c| Box::pin(networks::reserve(c)), Created(shape::<ReservedRange>), "Reserve a range of addresses, with a label and a color.").errors(&[503, 507]).query(&[DRY_RUN]).body(shape::<RangeRequest>),
    route("change_reservation", "PUT", "/api/networks/{id}/reservations/{reservation}", Session, |c| Box::pin(networks::change_reservation(c)), Json(shape::<ReservedRange>), "Change a reserved range. What is not sent stays.").errors(&[503, 507]).query(&[DRY_RUN]).body(shape::<RangeRequest>),
    route("remove_reservation", "DELETE", "/api/networks/{id}/reservations/{reservation}", Session, |c| Box::pin(networks::remove_reservation(c)), NoContent, "Remove a reserved range. Containers keep their addresses.").errors(&[503, 507]).query(&[DRY_RUN]),
];
