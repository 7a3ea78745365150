//! Subnets and sizes as they are typed, and what a subnet collides with.

use super::free_subnet::{Taken, overlap};
use super::sizing::{LARGEST, SMALLEST};
use crate::error::{Error, Result};
use ipnetwork::IpNetwork;
use std::net::IpAddr;

/// `/27` or `27`.
pub fn prefix(field: &'static str, text: &str) -> Result<u8> {
    let number = text.trim().trim_start_matches('/').parse::<u8>().ok();
    number
        .filter(|prefix| (LARGEST..=SMALLEST).contains(prefix))
        .ok_or_else(|| {
            Error::invalid(
                field,
                format!(
                    "{text:?} is not a size. Use /{SMALLEST} (smallest) to /{LARGEST} (largest)."
                ),
            )
        })
}

/// A subnet, without bits of an address in it.
pub fn network(field: &'static str, text: &str) -> Result<IpNetwork> {
    let text = text.trim();
    let read = text.contains('/').then(|| text.parse::<IpNetwork>());
    let Some(Ok(network)) = read else {
        return Err(Error::invalid(
            field,
            format!("{text:?} is not a subnet. Write the address and the size, as 172.20.0.0/26."),
        ));
    };
    if network.ip() != network.network() {
        return Err(Error::invalid(
            field,
            format!(
                "{text} begins at {}, not at {}. Write {}/{}.",
                network.network(),
                network.ip(),
                network.network(),
                network.prefix()
            ),
        ));
    }
    let (least, most) = if network.is_ipv4() {
        (8, 30)
    } else {
        (48, 126)
    };
    if !(least..=most).contains(&network.prefix()) {
        return Err(Error::invalid(
            field,
            format!(
                "/{} is not allowed here: use /{least} to /{most}.",
                network.prefix()
            ),
        ));
    }
    let is_special = match network.ip() {
        IpAddr::V4(ip) => {
            ip.is_loopback() || ip.is_multicast() || ip.is_unspecified() || ip.octets()[0] >= 240
        }
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_multicast() || ip.is_unspecified(),
    };
    if is_special {
        return Err(Error::invalid(
            field,
            format!(
                "{network} is not for hosts. Use a private subnet: 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16."
            ),
        ));
    }
    Ok(network)
}

/// Refuses what is used already, and warns of what is likely to be.
pub fn collisions(
    field: &'static str,
    subnet: IpNetwork,
    shares_link: bool,
    taken: &[Taken],
    warnings: &mut Vec<String>,
) -> Result<()> {
    let found: Vec<&Taken> = taken
        .iter()
        .filter(|one| overlap(one.network, subnet))
        .filter(|one| !shares_link || one.by.starts_with("the network"))
        .collect();
    if let Some(used) = found.iter().find(|one| one.is_used) {
        return Err(Error::invalid(
            field,
            format!(
                "{subnet} overlaps with {}. Choose another subnet, or leave it empty.",
                used.by
            ),
        )
        .code("subnet_overlaps"));
    }
    warnings.extend(
        found
            .iter()
            .map(|one| format!("{subnet} overlaps with {}.", one.by)),
    );
    let is_private = match subnet.ip() {
        IpAddr::V4(ip) => {
            let [first, second, ..] = ip.octets();
            ip.is_private() || (first == 100 && second & 0xc0 == 64)
        }
        IpAddr::V6(ip) => ip.is_unique_local(),
    };
    if !is_private && !shares_link {
        warnings.push(format!(
            "{subnet} is not private: machines of the internet that have these addresses cannot be reached from here."
        ));
    }
    Ok(())
}
