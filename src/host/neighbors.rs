//! The kernel's tables that a large network can fill: IPv4 neighbors (`/proc/net/arp`)
//! and the forwarding table of a bridge (`/sys/class/net/<bridge>/brforward`).

use crate::model::network_analysis::NeighborTables;
use std::fs;
use std::net::IpAddr;
use std::path::Path;

/// One entry of a forwarding table (`struct __fdb_entry` of the kernel).
const ENTRY: usize = 16;
/// An entry whose hardware address is known (`ATF_COM`).
const COMPLETE: u32 = 0x2;
/// Of a kernel that does not say (`arp(7)`, gc_thresh3).
const USUAL_LIMIT: u64 = 1024;

/// The tables by a link; `None` when this program does not see that link.
pub fn of_link(link: &str) -> Option<NeighborTables> {
    if !has_link(link) {
        return None;
    }
    let folder = Path::new("/sys/class/net").join(link);
    let table = fs::read_to_string("/proc/net/arp").unwrap_or_default();
    let limit = fs::read_to_string("/proc/sys/net/ipv4/neigh/default/gc_thresh3");
    let forwarding = fs::read(folder.join("brforward")).unwrap_or_default();
    let (own, all) = count(&table, link);
    Some(NeighborTables {
        link: link.to_owned(),
        neighbors: own,
        neighbors_of_host: all,
        neighbor_limit: limit
            .ok()
            .and_then(|text| text.trim().parse().ok())
            .unwrap_or(USUAL_LIMIT),
        forwarding: (forwarding.len() / ENTRY) as u64,
    })
}

/// The other machines that the kernel has spoken to and that answered (`arp(7)`,
/// `ATF_COM`): their addresses, and the link that they are on.
pub fn known() -> Vec<(IpAddr, String)> {
    read(&fs::read_to_string("/proc/net/arp").unwrap_or_default())
}

fn read(table: &str) -> Vec<(IpAddr, String)> {
    let entry = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let flags = u32::from_str_radix(fields.get(2)?.trim_start_matches("0x"), 16).ok()?;
        let link = (*fields.get(5)?).to_owned();
        (flags & COMPLETE != 0).then_some((fields.first()?.parse().ok()?, link))
    };
    table.lines().skip(1).filter_map(entry).collect()
}

/// Whether the host has a link of a name.
pub fn has_link(link: &str) -> bool {
    is_plain(link) && Path::new("/sys/class/net").join(link).exists()
}

fn is_plain(link: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    !link.is_empty() && !link.starts_with('.') && link.chars().all(plain)
}

/// Entries by a link, and all of them.
fn count(table: &str, link: &str) -> (u64, u64) {
    let lines = table.lines().skip(1);
    lines.fold((0, 0), |(own, all), line| {
        let is_own = line.split_whitespace().nth(5) == Some(link);
        (own + u64::from(is_own), all + 1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbors_are_counted_by_link() {
        let table = "IP address       HW type     Flags       HW address            Mask     Device\n\
            172.20.0.2       0x1         0x2         02:42:ac:14:00:02     *        br-1\n\
            172.20.0.3       0x1         0x0         00:00:00:00:00:00     *        br-1\n\
            192.168.1.1      0x1         0x2         aa:bb:cc:dd:ee:ff     *        eth0\n";
        assert_eq!(count(table, "br-1"), (2, 3));
        let known: Vec<String> = read(table)
            .iter()
            .map(|(ip, on)| format!("{ip} {on}"))
            .collect();
        assert_eq!(known, ["172.20.0.2 br-1", "192.168.1.1 eth0"]);
        assert!(has_link("lo") && !has_link("../net/lo") && !has_link(""));
        assert_eq!(of_link("../../etc"), None);
    }
}
