//! What listens on this machine, from the kernel's own tables
//! (`/proc/net/{tcp,tcp6,udp,udp6}`, proc_net_tcp(5)).
//!
//! Inside a container these are the container's, so the caller must know
//! whether it sees the host.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The state of a TCP socket that waits for connections.
const LISTEN: &str = "0A";
/// The state of a UDP socket that is bound, and not connected to anybody.
const UNCONNECTED: &str = "07";

/// A socket that waits for others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listening {
    /// Else UDP.
    pub tcp: bool,
    pub address: IpAddr,
    pub port: u16,
}

impl Listening {
    /// Whether it is in the way of publishing this port on this address (on
    /// all when `None`).
    pub fn blocks(&self, protocol: &str, port: u16, address: Option<IpAddr>) -> bool {
        let same = match protocol {
            "tcp" => self.tcp,
            "udp" => !self.tcp,
            _ => false,
        };
        let everywhere = |ip: IpAddr| ip.is_unspecified();
        same && self.port == port
            && match address {
                None => true,
                Some(wanted) => {
                    everywhere(wanted) || everywhere(self.address) || wanted == self.address
                }
            }
    }
}

/// Every listening socket; nothing where the tables cannot be read.
pub fn listening() -> Vec<Listening> {
    [
        ("tcp", true),
        ("tcp6", true),
        ("udp", false),
        ("udp6", false),
    ]
    .into_iter()
    .flat_map(|(table, tcp)| {
        let text = std::fs::read_to_string(format!("/proc/net/{table}")).unwrap_or_default();
        parse(&text, tcp)
    })
    .collect()
}

fn parse(table: &str, tcp: bool) -> Vec<Listening> {
    let state = if tcp { LISTEN } else { UNCONNECTED };
    table
        .lines()
        .skip(1)
        .filter_map(|line| {
            let mut fields = line.split_ascii_whitespace().skip(1);
            let (local, _remote, found) = (fields.next()?, fields.next()?, fields.next()?);
            let (address, port) = local.split_once(':')?;
            (found == state).then_some(())?;
            Some(Listening {
                tcp,
                address: parse_address(address)?,
                port: u16::from_str_radix(port, 16).ok()?,
            })
        })
        .collect()
}

/// Words of 32 bits in the machine's order.
fn parse_address(hex: &str) -> Option<IpAddr> {
    let word = |at: usize| {
        hex.get(at..at + 8)
            .and_then(|digits| u32::from_str_radix(digits, 16).ok())
            .map(u32::to_ne_bytes)
    };
    match hex.len() {
        8 => Some(IpAddr::V4(Ipv4Addr::from(word(0)?))),
        32 => {
            let mut bytes = [0; 16];
            for (part, at) in bytes.chunks_exact_mut(4).zip([0, 8, 16, 24]) {
                part.copy_from_slice(&word(at)?);
            }
            Some(IpAddr::V6(Ipv6Addr::from(bytes)).to_canonical())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_endian = "little")]
    fn listening_sockets_are_parsed_from_proc_net_tables() {
        let tcp = "  sl  local_address rem_address   st tx_queue\n   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000\n   1: 0100007F:1F91 0100007F:C000 01 0:0\n";
        assert_eq!(
            parse(tcp, true),
            [Listening {
                tcp: true,
                address: "127.0.0.1".parse().unwrap(),
                port: 8080
            }]
        );
        let six = "header\n   0: 00000000000000000000000001000000:0050 00000000000000000000000000000000:0000 0A x\n";
        assert_eq!(
            parse(six, true)[0].address,
            "::1".parse::<IpAddr>().unwrap()
        );
        assert!(parse("", true).is_empty());
    }

    #[test]
    fn listening_socket_is_found_and_blocks_only_its_own_address_and_protocol() {
        let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = socket.local_addr().unwrap().port();
        let all = listening();
        assert!(all.iter().any(|l| l.blocks("tcp", port, None)));
        assert!(
            all.iter()
                .any(|l| l.blocks("tcp", port, Some("127.0.0.1".parse().unwrap())))
        );
        let elsewhere = Some("127.9.9.9".parse().unwrap());
        let ours = Listening {
            tcp: true,
            address: "127.0.0.1".parse().unwrap(),
            port,
        };
        assert!(!ours.blocks("tcp", port, elsewhere));
        assert!(!ours.blocks("udp", port, None));
    }
}
