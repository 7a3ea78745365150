//! What a network link is, from its name and what `/sys/class/net` tells.
//!
//! A name alone is not enough: an engine's bridge can be given any name, and a
//! household's own bridge looks much like one. What tells them apart is that
//! something physical is plugged into the latter.

use std::fs;
use std::path::{Path, PathBuf};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkKind {
    Loopback,
    /// Leads to the people of the house.
    Lan,
    /// Point to point: VPNs, PPP. Reached by address, without neighbours.
    Tunnel,
    /// Bridges and link ends of engines and virtual machines.
    Engine,
}

/// Name beginnings that engines, container networks and hypervisors use.
const ENGINE_PREFIXES: [&str; 20] = [
    "docker", "veth", "podman", "cni", "virbr", "lxcbr", "lxdbr", "incusbr", "vnet", "tap",
    "macvtap", "flannel", "cali", "cilium", "kube", "nerdctl", "fwbr", "fwpr", "fwln", "ifb",
];

/// What the kernel tells about one link.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Link {
    pub bridge: bool,
    /// Bridge members, and whether each is a virtual link end.
    pub members: Vec<(String, bool)>,
    /// One end of a pair whose other end is elsewhere.
    pub pair: bool,
    /// Made by a program (tun and tap devices), or without a link layer.
    pub tunnel: bool,
}

impl Link {
    pub fn kind(&self, name: &str, point_to_point: bool) -> LinkKind {
        if name == "lo" {
            return LinkKind::Loopback;
        }
        if is_engine_name(name) {
            return LinkKind::Engine;
        }
        if self.bridge && self.members.iter().all(|(_, is_virtual)| *is_virtual) {
            return LinkKind::Engine;
        }
        if self.tunnel || point_to_point {
            return LinkKind::Tunnel;
        }
        LinkKind::Lan
    }
}

/// `docker0`, `veth…`, and the `br-` with twelve hex digits of a user-defined
/// network.
pub(super) fn is_engine_name(name: &str) -> bool {
    if let Some(id) = name.strip_prefix("br-") {
        return id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    }
    ENGINE_PREFIXES
        .iter()
        .any(|prefix| name.starts_with(prefix))
}

/// The folder with one entry a link.
pub(super) struct Links {
    folder: PathBuf,
    /// This process itself is in a container of an engine.
    pub inside_engine: bool,
}

impl Links {
    pub fn under(root: &Path) -> Self {
        let marked = |path: &str| root.join(path).exists();
        Self {
            folder: root.join("sys/class/net"),
            inside_engine: marked(".dockerenv") || marked("run/.containerenv"),
        }
    }

    pub fn read(&self, name: &str) -> Link {
        let folder = self.folder.join(name);
        let members = fs::read_dir(folder.join("brif"))
            .into_iter()
            .flatten()
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .map(|member| {
                let is_virtual = self.is_virtual(&member);
                (member, is_virtual)
            })
            .collect();
        Link {
            bridge: folder.join("bridge").is_dir(),
            members,
            pair: self.is_pair(name),
            tunnel: folder.join("tun_flags").exists() || self.has_no_link_layer(name),
        }
    }

    fn is_virtual(&self, name: &str) -> bool {
        is_engine_name(name)
            || self.folder.join(name).join("tun_flags").exists()
            || self.is_pair(name)
    }

    /// A link whose peer has another index and that is not a device, VLAN or
    /// other named kind (those carry a `DEVTYPE`) is one end of a veth pair.
    fn is_pair(&self, name: &str) -> bool {
        let read = |file: &str| fs::read_to_string(self.folder.join(name).join(file)).ok();
        let (Some(own), Some(peer)) = (read("ifindex"), read("iflink")) else {
            return false;
        };
        own.trim() != peer.trim()
            && !self.folder.join(name).join("device").exists()
            && !read("uevent").is_some_and(|text| text.contains("DEVTYPE="))
    }

    /// `ARPHRD_NONE` (WireGuard, tun) and `ARPHRD_PPP`.
    fn has_no_link_layer(&self, name: &str) -> bool {
        fs::read_to_string(self.folder.join(name).join("type"))
            .is_ok_and(|kind| matches!(kind.trim(), "65534" | "512"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bridge(members: &[(&str, bool)]) -> Link {
        Link {
            bridge: true,
            members: members
                .iter()
                .map(|(name, is_virtual)| ((*name).to_owned(), *is_virtual))
                .collect(),
            ..Link::default()
        }
    }

    #[test]
    fn interface_name_distinguishes_engine_links_from_lan_links() {
        for name in [
            "docker0",
            "docker_gwbridge",
            "br-0123456789ab",
            "veth1a2b3c4",
            "podman0",
            "cni0",
            "cni-podman0",
            "virbr0",
            "lxcbr0",
            "vnet3",
            "tap0",
            "flannel.1",
        ] {
            assert_eq!(
                Link::default().kind(name, false),
                LinkKind::Engine,
                "{name}"
            );
        }
        for name in [
            "eth0",
            "enp3s0",
            "end0",
            "wlan0",
            "wlp2s0",
            "bond0",
            "eth0.10",
            "br-lan",
            "br-home",
            "br-0123456789abc",
            "macvlan0",
            "host0",
        ] {
            assert_eq!(Link::default().kind(name, false), LinkKind::Lan, "{name}");
        }
    }

    #[test]
    fn bridge_with_a_physical_interface_counts_as_local_network() {
        assert_eq!(
            bridge(&[("eth0", false), ("vnet0", true)]).kind("br0", false),
            LinkKind::Lan
        );
        assert_eq!(
            bridge(&[("vethab", true)]).kind("mynet", false),
            LinkKind::Engine
        );
        assert_eq!(bridge(&[]).kind("mynet", false), LinkKind::Engine);
    }

    #[test]
    fn link_kind_is_tunnel_for_vpn_and_ppp_and_loopback_for_lo() {
        let tunnel = Link {
            tunnel: true,
            ..Link::default()
        };
        assert_eq!(tunnel.kind("wg0", false), LinkKind::Tunnel);
        assert_eq!(Link::default().kind("ppp0", true), LinkKind::Tunnel);
        assert_eq!(Link::default().kind("lo", false), LinkKind::Loopback);
    }

    #[test]
    fn link_kind_is_determined_from_sysfs() {
        let root = tempfile::tempdir().unwrap();
        let net = root.path().join("sys/class/net");
        let write = |path: &str, text: &str| {
            let path = net.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("mynet/bridge/bridge_id", "8000.0");
        write("mynet/brif/c1/port_no", "0x1");
        write("c1/ifindex", "7\n");
        write("c1/iflink", "6\n");
        write("c1/uevent", "INTERFACE=c1\nIFINDEX=7\n");
        write("house/bridge/bridge_id", "8000.1");
        write("house/brif/eth0/port_no", "0x1");
        write("eth0/ifindex", "2\n");
        write("eth0/iflink", "2\n");
        write("eth0.7/ifindex", "9\n");
        write("eth0.7/iflink", "2\n");
        write("eth0.7/uevent", "DEVTYPE=vlan\n");
        write("wg0/type", "65534\n");
        let links = Links::under(root.path());
        let kind = |name: &str| links.read(name).kind(name, false);
        assert_eq!(kind("mynet"), LinkKind::Engine);
        assert_eq!(kind("house"), LinkKind::Lan);
        assert_eq!(kind("eth0.7"), LinkKind::Lan);
        assert_eq!(kind("wg0"), LinkKind::Tunnel);
        assert!(links.read("c1").pair);
        assert!(!links.read("eth0.7").pair);
        assert!(!links.inside_engine);
    }
}
