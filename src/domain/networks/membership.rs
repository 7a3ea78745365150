//! Connecting a container to a network, and disconnecting it, while it runs or not.

use super::mac::check_mac;
use super::space::{AddressSpace, number};
use super::{AllocationRequest, NetworkService, engine_error};
use crate::domain::commands::NetworkCommand;
use crate::domain::environments;
use crate::domain::operations::Started;
use crate::error::{Error, Result};
use crate::model::container::ContainerView;
use crate::model::network::{AddressState, NetworkView};
use crate::model::operation::{Target, TargetKind};
use crate::model::plan::Plan;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::net::IpAddr;
use std::sync::Arc;
use utoipa::ToSchema;

const MOST_ALIASES: usize = 50;
/// A label of a host name (RFC 1035, 2.3.4).
const LONGEST_ALIAS: usize = 63;

/// A container that is to be on a network.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ConnectRequest {
    /// Name or id.
    pub container: String,
    /// A fixed address; without one the engine chooses an address at each start.
    pub ipv4: Option<String>,
    pub ipv6: Option<String>,
    /// The next free address is chosen as the fixed one: outside of reserved ranges,
    /// or in the one whose label or id is given.
    pub automatic: bool,
    pub reservation: Option<String>,
    /// Other names by which the containers on this network find it.
    pub aliases: Vec<String>,
    /// Six pairs of hexadecimal digits (API 1.44).
    pub mac: Option<String>,
    /// The network with the highest gives the default gateway (API 1.48).
    pub priority: Option<i64>,
}

/// A container that is to leave a network.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DisconnectRequest {
    /// Name or id.
    pub container: String,
}

/// A request to connect that was checked.
#[derive(Debug)]
struct Connection {
    network: NetworkView,
    container: ContainerView,
    addresses: Vec<IpAddr>,
    endpoint: Map<String, Value>,
    aliases: Vec<String>,
    mac: Option<String>,
    priority: Option<i64>,
    warnings: Vec<String>,
}

impl NetworkService {
    pub async fn plan_connect(&self, reference: &str, request: &ConnectRequest) -> Result<Plan> {
        let connection = self.connection(reference, request, false).await?;
        Ok(self.plan_connection(&connection))
    }

    /// Connects it, as an operation. `confirm` answers what the plan needs.
    pub async fn connect(
        self: &Arc<Self>,
        reference: &str,
        request: &ConnectRequest,
        confirm: Option<&str>,
    ) -> Result<Started> {
        let connection = self.connection(reference, request, false).await?;
        let plan = self.plan_connection(&connection);
        let name = connection.container.container.name.clone();
        environments::require(plan.needs.as_ref(), confirm, &name)?;
        let network = connection.network.network.name.clone();
        let reserved = self.operations.reserve(&targets(&name, &network))?;
        // Another request may have taken the address before this one had the network.
        let connection = self.connection(reference, request, true).await?;
        let plan = self.plan_connection(&connection);
        let this = Arc::clone(self);
        let target = Target::container(&name);
        Ok(self
            .operations
            .start("network.connect", plan.title, target, async move {
                let _reserved = reserved;
                let (on, container) = (&connection.network.network, &connection.container);
                let id = &container.container.id;
                let connected = this
                    .engine
                    .connect_network(&on.id, id, &connection.endpoint);
                connected
                    .await
                    .map_err(|error| engine_error(error, &network))?;
                Ok(match &connection.addresses[..] {
                    [] => format!("{name} is on {network} now."),
                    all => format!("{name} is on {network} now, as {}.", joined(all)),
                })
            }))
    }

    pub fn plan_disconnect(&self, reference: &str, request: &DisconnectRequest) -> Result<Plan> {
        let (network, container) = self.on_it(reference, &request.container)?;
        Ok(self.plan_leaving(&network, &container))
    }

    /// Disconnects it, as an operation. `confirm` answers what the plan needs.
    pub fn disconnect(
        self: &Arc<Self>,
        reference: &str,
        request: &DisconnectRequest,
        confirm: Option<&str>,
    ) -> Result<Started> {
        let (network, container) = self.on_it(reference, &request.container)?;
        let plan = self.plan_leaving(&network, &container);
        let name = container.container.name.clone();
        environments::require(plan.needs.as_ref(), confirm, &name)?;
        let on = network.network.name.clone();
        let reserved = self.operations.reserve(&targets(&name, &on))?;
        let this = Arc::clone(self);
        let target = Target::container(&name);
        Ok(self
            .operations
            .start("network.disconnect", plan.title, target, async move {
                let _reserved = reserved;
                let id = &container.container.id;
                let left = this.engine.disconnect_network(&network.network.id, id);
                left.await.map_err(|error| engine_error(error, &on))?;
                Ok(format!("{name} has left {on}."))
            }))
    }

    /// `holds` keeps a chosen address away from others.
    async fn connection(
        &self,
        reference: &str,
        request: &ConnectRequest,
        holds: bool,
    ) -> Result<Connection> {
        let network = self.get(reference)?;
        let container = self.container(&request.container)?;
        let name = &container.container.name;
        let on = &network.network.name;
        if matches!(on.as_str(), "host" | "none") {
            return Err(Error::conflict(format!(
                "A container joins the network {on} only when it is created. Recreate it with the network mode {on}."
            ))
            .code("network_not_joinable"));
        }
        if network.network.scope == "swarm" && !network.network.attachable {
            return Err(Error::conflict(format!(
                "{on} belongs to a swarm and is not attachable: only its services join it."
            ))
            .code("network_not_joinable"));
        }
        if on == "bridge" && !request.aliases.is_empty() {
            return Err(Error::invalid(
                "aliases",
                "The default bridge knows no other names of containers. Create a network of your own, and use that.",
            ));
        }
        let mode = container.container.network_mode.as_str();
        if mode == "host" || mode == "none" || mode.starts_with("container:") {
            return Err(Error::conflict(format!(
                "{name} has the network mode {mode} and cannot join a network. Recreate it without that mode."
            ))
            .code("network_not_joinable"));
        }
        if network.members.iter().any(|member| member.name == *name) {
            return Err(
                Error::conflict(format!("{name} is on {on} already.")).code("already_connected")
            );
        }
        let mut addresses = Vec::new();
        for (field, text) in [("ipv4", &request.ipv4), ("ipv6", &request.ipv6)] {
            if let Some(text) = text {
                addresses.push(self.fixed(&network, field, text).await?);
            }
        }
        let chooses = request.automatic || request.reservation.is_some();
        if chooses && request.ipv4.is_some() {
            return Err(Error::invalid(
                "automatic",
                "Give a fixed address, or let one be chosen, not both.",
            ));
        }
        if chooses {
            addresses.push(self.chosen(&network, request, holds).await?);
        }
        let aliases = aliases(&request.aliases)?;
        let mac = request.mac.as_deref().map(mac).transpose()?;
        let mut warnings = self.unknown_to_engine(request)?;
        if network.network.internal {
            warnings.push(format!("{on} has no external access."));
        }
        Ok(Connection {
            endpoint: endpoint(&addresses, &aliases, mac.as_deref(), request.priority),
            network,
            container,
            addresses,
            aliases,
            mac,
            priority: request.priority,
            warnings,
        })
    }

    /// The next free address.
    async fn chosen(
        &self,
        network: &NetworkView,
        request: &ConnectRequest,
        holds: bool,
    ) -> Result<IpAddr> {
        if network.network.name == "bridge" {
            return Err(default_bridge());
        }
        let subnets = &network.network.subnets;
        let first = subnets.iter().position(|subnet| subnet.network.is_ipv4());
        let allocation = AllocationRequest {
            subnet: first.unwrap_or(0),
            reservation: request.reservation.clone(),
        };
        let given = self.give(&network.network.id, &allocation, holds).await?;
        if given.address.is_ipv6() && request.ipv6.is_some() {
            return Err(Error::invalid(
                "ipv6",
                "Give an IPv6 address, or let one be chosen, not both.",
            ));
        }
        Ok(given.address)
    }

    /// An address that was typed: inside, and nobody's.
    async fn fixed(
        &self,
        network: &NetworkView,
        field: &'static str,
        text: &str,
    ) -> Result<IpAddr> {
        let name = &network.network.name;
        if name == "bridge" {
            return Err(default_bridge());
        }
        let address: IpAddr = text
            .trim()
            .parse()
            .map_err(|_| Error::invalid(field, format!("{text:?} is not an address.")))?;
        if address.is_ipv4() != (field == "ipv4") {
            return Err(Error::invalid(
                field,
                format!("{text} is an address of the other IP version."),
            ));
        }
        let subnets = &network.network.subnets;
        let Some(index) = subnets
            .iter()
            .position(|subnet| subnet.network.contains(address))
        else {
            let all: Vec<String> = subnets.iter().map(|one| one.network.to_string()).collect();
            return Err(Error::invalid(
                field,
                format!("{address} is not in {name} ({}).", all.join(", ")),
            )
            .code("address_unavailable"));
        };
        let (_, space) = self.space(network, index).await?;
        refuse_taken(&space, address, field, name)?;
        Ok(address)
    }

    fn container(&self, named: &str) -> Result<ContainerView> {
        if named.trim().is_empty() {
            return Err(Error::invalid("container", "Name a container."));
        }
        self.containers.get(named.trim())
    }

    fn on_it(&self, reference: &str, named: &str) -> Result<(NetworkView, ContainerView)> {
        let network = self.get(reference)?;
        let container = self.container(named)?;
        let name = &container.container.name;
        if !network.members.iter().any(|member| member.name == *name) {
            return Err(
                Error::conflict(format!("{name} is not on {}.", network.network.name))
                    .code("not_connected"),
            );
        }
        Ok((network, container))
    }

    fn plan_connection(&self, connection: &Connection) -> Plan {
        let name = &connection.container.container.name;
        let network = &connection.network.network.name;
        let mut steps = vec![format!("Connect {name} to {network}.")];
        if !connection.addresses.is_empty() {
            steps.push(format!(
                "Give it the fixed address {}.",
                joined(&connection.addresses)
            ));
        }
        if let Some(mac) = &connection.mac {
            steps.push(format!("Give it the MAC address {mac}."));
        }
        if let Some(priority) = connection.priority {
            steps.push(format!(
                "Give it the priority {priority} for the default gateway."
            ));
        }
        if !connection.aliases.is_empty() {
            steps.push(format!(
                "Let the containers there find it as {} too.",
                connection.aliases.join(", ")
            ));
        }
        Plan {
            title: format!("Connect {name} to {network}"),
            steps,
            warnings: connection.warnings.clone(),
            keeps: vec!["Its other networks and their addresses; it is not restarted.".to_owned()],
            needs: self
                .containers
                .need_for_change(&connection.container, "change"),
            commands: Some(self.shell(&NetworkCommand::Connect {
                network: network.clone(),
                container: name.clone(),
                addresses: connection.addresses.clone(),
                aliases: connection.aliases.clone(),
                mac: connection.mac.clone(),
                priority: connection.priority,
            })),
            ..Plan::default()
        }
    }

    fn plan_leaving(&self, network: &NetworkView, container: &ContainerView) -> Plan {
        let name = &container.container.name;
        let on = &network.network.name;
        let mut warnings = vec![format!(
            "{name} and the containers on {on} no longer reach one another by it."
        )];
        if container.container.networks.len() == 1 {
            warnings.push(format!(
                "It is the only network of {name}: it is then reached by nobody, its published ports included."
            ));
        }
        Plan {
            title: format!("Disconnect {name} from {on}"),
            steps: vec![format!("Disconnect {name} from {on}.")],
            warnings,
            keeps: vec!["The container and its other networks; it is not restarted.".to_owned()],
            needs: self.containers.need_for_change(container, "change"),
            commands: Some(self.shell(&NetworkCommand::Disconnect {
                network: on.clone(),
                container: name.clone(),
            })),
            ..Plan::default()
        }
    }

    /// What the connected engine would drop in silence.
    fn unknown_to_engine(&self, request: &ConnectRequest) -> Result<Vec<String>> {
        let (api, podman) = self.engine.capabilities()?;
        let mut warnings = Vec::new();
        let knows_mac = podman.map_or(api >= (1, 44), |major| major >= 5);
        if request.mac.is_some() && !knows_mac {
            warnings.push("This engine chooses the MAC address by itself: one can be given from Docker 25.0 on.".to_owned());
        }
        let knows_priority = podman.is_none() && api >= (1, 48);
        if request.priority.is_some() && !knows_priority {
            warnings.push("This engine chooses the default gateway by itself: a priority can be given from Docker 28.0 on.".to_owned());
        }
        Ok(warnings)
    }
}

fn targets(container: &str, network: &str) -> [Target; 2] {
    [
        Target::container(container),
        Target::new(TargetKind::Network, network),
    ]
}

fn joined(addresses: &[IpAddr]) -> String {
    let all: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    all.join(", ")
}

fn default_bridge() -> Error {
    Error::conflict(
        "The default bridge gives no fixed addresses. Create a network of your own, and use that.",
    )
    .code("no_fixed_addresses")
}

fn refuse_taken(
    space: &AddressSpace,
    address: IpAddr,
    field: &'static str,
    network: &str,
) -> Result<()> {
    let Some(row) = space.look(address) else {
        return Ok(());
    };
    let owner = row.owner.unwrap_or_default();
    let why = match row.state {
        AddressState::Free | AddressState::Reserved => return Ok(()),
        AddressState::Network | AddressState::Broadcast => {
            format!("{address} is the network or broadcast address of {network}.")
        }
        AddressState::Gateway => format!("{address} is the gateway of {network}."),
        AddressState::Auxiliary => format!("{address} is kept in {network} for {owner}."),
        AddressState::Used => format!("{address} is used by {owner}."),
        AddressState::Waiting => {
            format!("{address} is the fixed address of {owner}, which uses it when it starts.")
        }
    };
    let next = space
        .next(super::space::Within::Anywhere)
        .filter(|next| number(*next) != number(address));
    let way_out = next.map_or_else(
        || "Choose another address.".to_owned(),
        |next| format!("Choose another address; {next} is free."),
    );
    Err(Error::invalid(field, format!("{why} {way_out}")).code("address_unavailable"))
}

fn aliases(given: &[String]) -> Result<Vec<String>> {
    if given.len() > MOST_ALIASES {
        return Err(Error::invalid(
            "aliases",
            format!("At most {MOST_ALIASES} are allowed."),
        ));
    }
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    let check = |alias: &String| {
        let alias = alias.trim();
        if alias.is_empty() || alias.len() > LONGEST_ALIAS || !alias.chars().all(good) {
            return Err(Error::invalid(
                "aliases",
                format!(
                    "{alias:?} is not a host name: use up to {LONGEST_ALIAS} letters and digits without accents, and - . _"
                ),
            ));
        }
        Ok(alias.to_owned())
    };
    given.iter().map(check).collect()
}

/// As engines write it.
fn mac(text: &str) -> Result<String> {
    let text = text.trim();
    check_mac("mac", text)?;
    Ok(text.replace('-', ":").to_ascii_lowercase())
}

/// `EndpointSettings` of the Docker Engine API.
fn endpoint(
    addresses: &[IpAddr],
    aliases: &[String],
    mac: Option<&str>,
    priority: Option<i64>,
) -> Map<String, Value> {
    let mut endpoint = Map::new();
    if !addresses.is_empty() {
        let fixed: Map<String, Value> = addresses
            .iter()
            .map(|address| {
                let key = if address.is_ipv4() {
                    "IPv4Address"
                } else {
                    "IPv6Address"
                };
                (key.to_owned(), json!(address.to_string()))
            })
            .collect();
        endpoint.insert("IPAMConfig".to_owned(), Value::Object(fixed));
    }
    if !aliases.is_empty() {
        endpoint.insert("Aliases".to_owned(), json!(aliases));
    }
    if let Some(mac) = mac {
        endpoint.insert("MacAddress".to_owned(), json!(mac));
    }
    if let Some(priority) = priority {
        endpoint.insert("GwPriority".to_owned(), json!(priority));
    }
    endpoint
}
