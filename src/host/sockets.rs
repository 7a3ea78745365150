//! What listens on this machine, and whose a connection is, from the kernel's own
//! tables (`/proc/net/{tcp,tcp6,udp,udp6}`, proc_net_tcp(5)).
//!
//! Inside a container these are the container's, so the caller must know
//! whether it sees the host.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The state of a TCP socket that waits for connections.
const LISTEN: &str = "0A";
/// A connection that neither side has closed. Of others the kernel names root,
/// since the process has already given them up.
const ESTABLISHED: &str = "01";
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

/// The user whose process holds this end of a TCP connection of this machine;
/// `near` is that end. `None` where the tables do not have it.
pub fn owner(near: SocketAddr, far: SocketAddr) -> Option<u32> {
    ["tcp", "tcp6"].into_iter().find_map(|table| {
        let text = std::fs::read_to_string(format!("/proc/net/{table}")).ok()?;
        find_owner(&text, near, far)
    })
}

/// Whether that process is root's or runs as the user that this program runs as.
pub fn is_trusted_owner(near: SocketAddr, far: SocketAddr) -> bool {
    owner(near, far).is_some_and(|uid| uid == 0 || uid == rustix::process::geteuid().as_raw())
}

fn find_owner(table: &str, near: SocketAddr, far: SocketAddr) -> Option<u32> {
    let is = |field: &str, end: SocketAddr| {
        parse_end(field) == Some((end.ip().to_canonical(), end.port()))
    };
    rows(table)
        .find(|row| row.state == ESTABLISHED && is(row.local, near) && is(row.remote, far))?
        .user
        .parse()
        .ok()
}

struct Row<'a> {
    local: &'a str,
    remote: &'a str,
    state: &'a str,
    user: &'a str,
}

fn rows(table: &str) -> impl Iterator<Item = Row<'_>> {
    table.lines().skip(1).filter_map(|line| {
        let mut fields = line.split_ascii_whitespace().skip(1);
        let (local, remote, state) = (fields.next()?, fields.next()?, fields.next()?);
        // Queues, timer and retransmissions stand before it.
        let user = fields.nth(3).unwrap_or("");
        Some(Row {
            local,
            remote,
            state,
            user,
        })
    })
}

fn parse(table: &str, tcp: bool) -> Vec<Listening> {
    let state = if tcp { LISTEN } else { UNCONNECTED };
    rows(table)
        .filter(|row| row.state == state)
        .filter_map(|row| {
            let (address, port) = parse_end(row.local)?;
            Some(Listening { tcp, address, port })
        })
        .collect()
}

fn parse_end(text: &str) -> Option<(IpAddr, u16)> {
    let (address, port) = text.split_once(':')?;
    Some((parse_address(address)?, u16::from_str_radix(port, 16).ok()?))
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
    #[cfg(target_endian = "little")]
    fn owner_of_a_connection_is_parsed_from_proc_net_tables() {
        let tcp = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n   \
            0: 0100007F:1388 0100007F:C000 01 00000000:00000000 00:00000000 00000000     0        0 1 1\n   \
            1: 0100007F:C000 0100007F:1388 01 00000000:00000000 02:000A7D21 00000000    33        0 2 2\n   \
            2: 0100007F:C001 0100007F:1388 06 00000000:00000000 03:00000A00 00000000     0        0 0 3\n";
        let end = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        assert_eq!(find_owner(tcp, end(0xC000), end(5000)), Some(33));
        assert_eq!(find_owner(tcp, end(0xC001), end(5000)), None, "closed");
        assert_eq!(find_owner(tcp, end(0xC002), end(5000)), None, "unknown");
    }

    #[test]
    fn owner_of_an_open_connection_is_this_user_and_of_a_closed_one_nobody() {
        for listen in ["127.0.0.1:0", "[::1]:0"] {
            let Ok(socket) = std::net::TcpListener::bind(listen) else {
                continue;
            };
            let far = socket.local_addr().unwrap();
            let client = std::net::TcpStream::connect(far).unwrap();
            let near = client.local_addr().unwrap();
            let us = rustix::process::geteuid().as_raw();
            assert_eq!(owner(near, far), Some(us), "{listen}");
            drop(client);
            assert_eq!(owner(near, far), None, "{listen}");
        }
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
