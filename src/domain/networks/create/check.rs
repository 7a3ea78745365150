//! Whether a network can be created as it is asked for: each field by itself, and
//! against everything that has addresses already.

use super::super::free_subnet::{self, Taken};
use super::super::space::AddressSpace;
use super::super::subnet_field::{collisions, network, prefix};
use super::super::{NetworkService, sizing};
use super::{Checked, NetworkCreate, none_left, oversized_warning};
use crate::engine::NewNetwork;
use crate::error::{Error, Result};
use crate::host::{neighbors, routes};
use crate::model::network::{Subnet, shares_link};
use ipnetwork::IpNetwork;
use std::collections::BTreeMap;
use std::net::IpAddr;

pub(in super::super) const DRIVERS: [&str; 3] = ["bridge", "macvlan", "ipvlan"];
const LONGEST_NAME: usize = 100;
/// Options, labels and auxiliary addresses, of each.
const MOST: usize = 100;
const MTU: &str = "com.docker.network.driver.mtu";
const PARENT: &str = "parent";
/// The smallest packet that IPv4 and IPv6 can do with (RFC 791, RFC 8200).
const SMALLEST_MTU: (u32, u32) = (68, 1280);

impl NetworkService {
    pub(super) fn checked(&self, request: &NetworkCreate) -> Result<Checked> {
        let name = self.check_name(&request.name)?;
        let driver = request.driver.as_deref().unwrap_or("bridge");
        if !DRIVERS.contains(&driver) {
            return Err(Error::invalid(
                "driver",
                format!(
                    "{driver:?} is not a driver that networks of one host have. Use bridge, macvlan or ipvlan."
                ),
            ));
        }
        let shares_link = shares_link(driver);
        let taken = self.taken()?;
        let mut warnings = Vec::new();
        let mut needs_acknowledgment = false;
        let subnet = match &request.subnet {
            Some(text) => network("subnet", text)?,
            None => self.proposed(request, shares_link, &taken)?,
        };
        if !subnet.is_ipv4() {
            return Err(Error::invalid(
                "subnet",
                format!(
                    "{subnet} is an IPv6 subnet. Send it as `ipv6_subnet`, beside an IPv4 one."
                ),
            ));
        }
        collisions("subnet", subnet, shares_link, &taken, &mut warnings)?;
        warnings.extend(self.unseen(subnet));
        if !shares_link {
            warnings.extend(oversized_warning(subnet, self.profile));
            needs_acknowledgment = subnet.prefix() < self.profile.network_prefix_min;
        }
        let mut subnets = vec![pool(Fields {
            subnet: ("subnet", subnet),
            gateway: ("gateway", request.gateway.as_deref()),
            range: request.ip_range.as_deref(),
            reserved: &request.aux_addresses,
            usual: self.usual_gateway(subnet, shares_link),
            has_gateway: !request.internal || !shares_link,
        })?];
        if request.ipv6 || request.ipv6_subnet.is_some() {
            subnets.push(self.ipv6(request, shares_link, &taken, &mut warnings)?);
        }
        if self.engine.is_podman() && (request.attachable || !request.aux_addresses.is_empty()) {
            warnings.push(
                "Podman keeps no auxiliary addresses, and every network of it is attachable."
                    .to_owned(),
            );
        }
        let options = options(request, driver, &mut warnings)?;
        warnings.extend(self.missing_parent(&options));
        for (field, map) in [("options", &request.options), ("labels", &request.labels)] {
            if map.len() > MOST {
                return Err(Error::invalid(
                    field,
                    format!("At most {MOST} are allowed."),
                ));
            }
            let unfit = |text: &String| text.chars().any(char::is_control);
            if let Some(key) = map.iter().find_map(|(k, v)| {
                (k.is_empty() || k.contains('=') || unfit(k) || unfit(v)).then_some(k)
            }) {
                return Err(Error::invalid(
                    field,
                    format!(
                        "{key:?} has an empty name, an equals sign in its name, or control characters."
                    ),
                ));
            }
        }
        Ok(Checked {
            new: NewNetwork {
                name,
                driver: driver.to_owned(),
                internal: request.internal,
                attachable: request.attachable,
                ipv6: subnets.iter().any(|subnet| subnet.network.is_ipv6()),
                subnets,
                options,
                labels: request.labels.clone(),
            },
            warnings,
            needs_acknowledgment,
        })
    }

    fn check_name(&self, name: &str) -> Result<String> {
        let name = name.trim();
        let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
        let wrong = if name.is_empty() {
            Some("A network needs a name.".to_owned())
        } else if name.chars().count() > LONGEST_NAME {
            Some(format!("At most {LONGEST_NAME} characters are allowed."))
        } else if !name.starts_with(|c: char| c.is_ascii_alphanumeric()) || !name.chars().all(good)
        {
            Some(format!(
                "{name:?} is not a name: use letters and digits without accents, and _ . - after the first."
            ))
        } else {
            None
        };
        if let Some(wrong) = wrong {
            return Err(Error::invalid("name", wrong));
        }
        let networks = self.engine.networks()?;
        if networks.iter().any(|network| network.name == name) {
            return Err(Error::conflict(format!(
                "There is a network {name} already. Choose another name."
            ))
            .code("name_taken"));
        }
        Ok(name.to_owned())
    }

    fn proposed(
        &self,
        request: &NetworkCreate,
        shares_link: bool,
        taken: &[Taken],
    ) -> Result<IpNetwork> {
        if shares_link {
            return Err(Error::invalid(
                "subnet",
                "A network that shares a link of the host needs the subnet of that link: its containers are neighbours of the other machines there.",
            ));
        }
        let prefix = match &request.size {
            Some(text) => prefix("size", text)?,
            None => sizing::enough(self.profile),
        };
        free_subnet::propose(prefix, taken).ok_or_else(none_left)
    }

    fn ipv6(
        &self,
        request: &NetworkCreate,
        shares_link: bool,
        taken: &[Taken],
        warnings: &mut Vec<String>,
    ) -> Result<Subnet> {
        let subnet = match &request.ipv6_subnet {
            Some(text) => network("ipv6_subnet", text)?,
            None if shares_link => {
                return Err(Error::invalid(
                    "ipv6_subnet",
                    "A network that shares a link of the host needs the IPv6 subnet of that link.",
                ));
            }
            None => {
                free_subnet::propose_ipv6(self.store.ipv6_prefix()?, taken).ok_or_else(none_left)?
            }
        };
        if !subnet.is_ipv6() {
            return Err(Error::invalid(
                "ipv6_subnet",
                format!(
                    "{subnet} is an IPv4 subnet. Give an IPv6 subnet, as fd00:1234:5678:1::/64."
                ),
            ));
        }
        collisions("ipv6_subnet", subnet, shares_link, taken, warnings)?;
        pool(Fields {
            subnet: ("ipv6_subnet", subnet),
            gateway: ("ipv6_gateway", request.ipv6_gateway.as_deref()),
            range: None,
            reserved: &BTreeMap::new(),
            usual: None,
            has_gateway: true,
        })
    }

    /// The router of the network that is shared, where this host knows it.
    fn usual_gateway(&self, subnet: IpNetwork, shares_link: bool) -> Option<IpAddr> {
        let routers = (shares_link && self.containers.sees_the_host()).then(routes::routers);
        let mut routers = routers.into_iter().flatten();
        routers
            .find(|router| subnet.contains(router.address))
            .map(|router| router.address)
    }

    /// That the parent interface is not there. Of a VLAN it is created (`eth0.20`).
    fn missing_parent(&self, options: &BTreeMap<String, String>) -> Option<String> {
        let parent = options.get(PARENT)?;
        let link = parent.split_once('.').map_or(&**parent, |(link, _)| link);
        let is_missing = self.containers.sees_the_host()
            && !neighbors::has_link(parent)
            && !neighbors::has_link(link);
        is_missing.then(|| format!("This host has no interface {link} now."))
    }

    /// That the host's own routes and interfaces cannot be asked for a subnet.
    pub(in super::super) fn unseen(&self, subnet: IpNetwork) -> Option<String> {
        (!self.containers.sees_the_host()).then(|| {
            format!(
                "DockerMate does not see the routes and interfaces of the engine's host: whether something else there uses {subnet} is not checked."
            )
        })
    }
}

struct Fields<'a> {
    subnet: (&'static str, IpNetwork),
    gateway: (&'static str, Option<&'a str>),
    range: Option<&'a str>,
    reserved: &'a BTreeMap<String, String>,
    /// The gateway when none is given, instead of the first address.
    usual: Option<IpAddr>,
    /// It has a gateway, also when none is given.
    has_gateway: bool,
}

fn pool(fields: Fields<'_>) -> Result<Subnet> {
    let network = fields.subnet.1;
    let bare = Subnet {
        network,
        gateway: None,
        range: None,
        reserved: BTreeMap::new(),
    };
    let space = AddressSpace::new(&bare, &[]);
    let inside = |field: String, text: &str| {
        let address: IpAddr = text
            .trim()
            .parse()
            .map_err(|_| Error::invalid(field.clone(), format!("{text:?} is not an address.")))?;
        if space.is_usable(address) {
            return Ok(address);
        }
        Err(Error::invalid(
            field,
            format!("{address} is not an address that {network} has for a container."),
        ))
    };
    let (gateway_field, gateway) = fields.gateway;
    let gateway = match gateway {
        Some(text) => Some(inside(gateway_field.to_owned(), text)?),
        // Of an `ip_range` the engine would take the first of that.
        None if fields.has_gateway => fields.usual.or_else(|| network.iter().nth(1)),
        None => None,
    };
    let range = fields.range.map(|text| within(network, text)).transpose()?;
    if fields.reserved.len() > MOST {
        return Err(Error::invalid(
            "aux_addresses",
            format!("At most {MOST} are allowed."),
        ));
    }
    let mut seen: Vec<IpAddr> = gateway.into_iter().collect();
    for (name, text) in fields.reserved {
        if name.is_empty() || name.contains('=') || name.chars().any(char::is_control) {
            return Err(Error::invalid(
                "aux_addresses",
                format!(
                    "{name:?} is not a name: it must not be empty, and have no equals sign and no control characters."
                ),
            ));
        }
        let field = format!("aux_addresses.{name}");
        let address = inside(field.clone(), text)?;
        if seen.contains(&address) {
            return Err(Error::invalid(
                field,
                format!("{address} is taken by another one of this network."),
            ));
        }
        seen.push(address);
    }
    Ok(Subnet {
        network,
        gateway,
        range,
        reserved: fields.reserved.clone(),
    })
}

/// The range for automatic addresses.
fn within(network: IpNetwork, text: &str) -> Result<IpNetwork> {
    let text = text.trim();
    let range: IpNetwork = text.parse().map_err(|_| {
        Error::invalid(
            "ip_range",
            format!("{text:?} is not a part of a subnet. Write it as {network}."),
        )
    })?;
    let fits = range.is_ipv4() == network.is_ipv4()
        && range.ip() == range.network()
        && range.prefix() >= network.prefix()
        && network.contains(range.network());
    if !fits || range.prefix() > 30 && range.is_ipv4() {
        return Err(Error::invalid(
            "ip_range",
            format!(
                "{text} is not a part of {network} that begins on its own border and has addresses for containers."
            ),
        ));
    }
    Ok(range)
}

fn options(
    request: &NetworkCreate,
    driver: &str,
    warnings: &mut Vec<String>,
) -> Result<BTreeMap<String, String>> {
    let mut options = request.options.clone();
    if let Some(mtu) = request.mtu {
        let least = if request.ipv6 {
            SMALLEST_MTU.1
        } else {
            SMALLEST_MTU.0
        };
        if !(least..=65_535).contains(&mtu) {
            return Err(Error::invalid(
                "mtu",
                format!("{mtu} is not allowed: use {least} to 65535."),
            ));
        }
        options.insert(MTU.to_owned(), mtu.to_string());
    }
    match (&request.parent, driver) {
        (None, "bridge") => {}
        (Some(_), "bridge") => {
            return Err(Error::invalid(
                "parent",
                "A bridge network does not share a link of the host. Leave the parent empty, or use macvlan or ipvlan.",
            ));
        }
        (Some(parent), _) => {
            let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '@');
            if parent.is_empty() || parent.len() > 32 || !parent.chars().all(good) {
                return Err(Error::invalid(
                    "parent",
                    format!(
                        "{parent:?} is not a link of the host. Give its name (eth0), or a VLAN of it (eth0.20)."
                    ),
                ));
            }
            options.insert(PARENT.to_owned(), parent.clone());
        }
        (None, _) if !options.contains_key(PARENT) && !request.internal => {
            return Err(Error::invalid(
                "parent",
                format!(
                    "A {driver} network needs a link of the host that it shares. Give its name (eth0)."
                ),
            ));
        }
        (None, _) => {}
    }
    if driver != "bridge" && request.ip_range.is_none() {
        warnings.push(
            "The engine gives automatic addresses from the whole subnet, also those that your router gives to other machines. Give it a range of its own (ip_range)."
                .to_owned(),
        );
    }
    if driver != "bridge" && !request.internal {
        warnings.push(format!(
            "Containers on a {driver} network are reached by other machines, but not by this host itself."
        ));
    }
    Ok(options)
}
