//! What an engine's message means for the person at home: what happened, why, and
//! what to do about it.
//!
//! The texts are those of Docker 20.10 to 29 and Podman 5 with their runtimes
//! (runc, crun) and network helpers (RootlessKit, rootlessport, pasta). The
//! message itself is told after the explanation, word for word.

/// A known failure: a stable code, and the way out in plain sentences.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Explanation {
    pub code: &'static str,
    pub sentence: String,
}

/// Each of the parts, in any order, is in the message.
struct Rule {
    code: &'static str,
    /// One of these lists fits: all of its parts are in the lower-cased message.
    any: &'static [&'static [&'static str]],
    /// None of these is in it.
    none: &'static [&'static str],
    sentence: &'static str,
}

/// The first that fits counts, so what is more particular stands first.
const RULES: &[Rule] = &[
    Rule {
        code: "port_privileged",
        any: &[
            &["cannot expose privileged port"],
            &["bind", "listen", "permission denied"],
            &["failed to bind port", "permission denied"],
        ],
        none: &[],
        sentence: "The engine runs without root rights, which may not use ports below 1024. Publish a host port of 1024 or above, or allow lower ones on this host (sudo sysctl net.ipv4.ip_unprivileged_port_start=80).",
    },
    Rule {
        code: "engine_disk_full",
        any: &[&["no space left on device"], &["disk quota exceeded"]],
        // The kernel says the same of its other limits.
        none: &["inotify", "cgroup", "epoll", "keyring", "/proc/", "/sys/"],
        sentence: "The disk of the engine is full, so nothing can be stored on it. Remove unused images, volumes or containers (docker system df shows what takes the space), and try again.",
    },
    Rule {
        code: "address_pool_exhausted",
        any: &[
            &["non-overlapping", "address pool"],
            &["all predefined address pools have been fully subnetted"],
            &["could not find free subnet from subnet pools"],
            &["could not find an available predefined network"],
        ],
        none: &[],
        sentence: "All address ranges that the engine may give to networks are in use, so it cannot create another network. Remove networks that nobody uses (docker network prune), give the network a subnet of its own, or add ranges in the engine's settings (default-address-pools in /etc/docker/daemon.json, default_subnet_pools in containers.conf). A VPN whose routes cover the ranges has the same effect.",
    },
    Rule {
        code: "network_full",
        any: &[
            &["no available ipv4 addresses on this network's address pools"],
            &["no available addresses on this network"],
            &["could not find free ip in range"],
        ],
        none: &[],
        sentence: "Every IP address of the network is in use. Remove containers that no longer need it, or connect the container to another network with a larger subnet.",
    },
    Rule {
        code: "no_fixed_addresses",
        any: &[
            &[
                "user specified ip address is supported only when connecting to networks with user configured subnets",
            ],
            &["user specified ip address is supported on user defined networks only"],
        ],
        none: &[],
        sentence: "The network was created without a subnet of its own: the engine chose one, and gives no fixed addresses on it. Create a network with a subnet, or connect without a fixed address.",
    },
    Rule {
        code: "device_missing",
        any: &[
            &["error gathering device information"],
            &["failed to stat cdi host device"],
            &["stat /dev/", "no such file or directory"],
            &["/dev/", "is not a device node"],
            &["unresolvable cdi devices"],
        ],
        none: &[],
        sentence: "A device that the container is to have is not on this host: it is not plugged in, has another path, or its driver is not loaded. Compare the path with ls -l /dev, and correct or remove the device in the container's configuration.",
    },
    Rule {
        code: "gpu_driver_missing",
        any: &[
            &["could not select device driver"],
            &["failed to discover gpu vendor from cdi"],
            &["nvidia-container-cli"],
        ],
        none: &[],
        sentence: "The container asks for a GPU, and the engine has no driver for it. Install the NVIDIA Container Toolkit on this host, or remove the GPU from the container's configuration.",
    },
    Rule {
        code: "exec_format",
        any: &[&["exec format error"]],
        none: &[],
        sentence: "The program in the image cannot run on this host's processor: the image is built for another architecture, or its start script has no #! line. Choose a tag that supports this host's architecture, and pull the image again.",
    },
    Rule {
        code: "mount_type",
        any: &[
            &["are you trying to mount a directory onto a file"],
            &["mount", "not a directory"],
            &["crun: open", "not a directory"],
            &["mount", "is a directory: oci"],
        ],
        none: &[],
        sentence: "A mount joins a folder with a file. Mostly the file did not exist on the host, and the engine created an empty folder in its place. Remove that folder, create the file, and try again; or correct the paths of the mount.",
    },
    Rule {
        code: "mount_source_missing",
        any: &[
            &["bind source path does not exist"],
            &["bind mount source path does not exist"],
            &["statfs ", "no such file or directory"],
            &["error mounting", "no such file or directory"],
            &["crun: mount", "no such file or directory"],
        ],
        none: &[],
        sentence: "A folder or file that is to be mounted does not exist on the host. Check the spelling of its path, create it, or connect the drive that it is on.",
    },
    Rule {
        code: "mount_source_denied",
        any: &[
            &["error while creating mount source path"],
            &["failed to create", "mount source", "permission denied"],
            &["error mounting", "permission denied"],
            &["crun: mount", "permission denied"],
            &["mounts denied"],
        ],
        none: &[],
        sentence: "A folder that is to be mounted does not exist, and the engine may not create it there, or may not read it. Create the folder, or choose one on a writable disk. Docker installed with snap reaches only folders below /home; without root rights the engine reaches only folders of its own user.",
    },
    Rule {
        code: "mount_duplicate",
        any: &[&["duplicate mount point"], &["duplicate mount destination"]],
        none: &[],
        sentence: "Two mounts have the same path in the container. Give one of them another path, or remove it.",
    },
    Rule {
        code: "image_missing",
        any: &[
            &["no such image"],
            &["image not known"],
            &["unable to find", "in local storage"],
        ],
        none: &[],
        sentence: "The image is not on this host. Pull it first, or create the container with the image being pulled (pull=missing).",
    },
    Rule {
        code: "network_missing",
        any: &[&["network ", " not found"], &["network not found"]],
        none: &["plugin", "driver", "sandbox", "endpoint", "namespace"],
        sentence: "A network that the container is to be connected to does not exist. Create it, or choose another network.",
    },
    Rule {
        code: "command_missing",
        any: &[
            &["executable file", "not found in $path"],
            &[
                "unable to start container process",
                "exec:",
                "no such file or directory",
            ],
            // Before runc 1.1, which Docker 20.10 may have.
            &[
                "starting container process caused",
                "exec:",
                "no such file or directory",
            ],
            &["attempted to invoke a command that was not found"],
        ],
        none: &[],
        sentence: "The program that the container is to start is not in the image. Check the command and the entrypoint; leave them empty to start what the image is made for.",
    },
    Rule {
        code: "command_denied",
        any: &[
            &[
                "unable to start container process",
                "exec:",
                "permission denied",
            ],
            &["exec container process", "permission denied"],
        ],
        none: &[],
        sentence: "The program that the container is to start is a folder or is not executable. Check the command and the entrypoint; a script that is mounted must be executable (chmod +x).",
    },
    Rule {
        code: "engine_socket_denied",
        any: &[
            &["permission denied", "docker.sock"],
            &["permission denied", "podman.sock"],
            &["permission denied while trying to connect"],
        ],
        none: &[],
        sentence: "The engine's socket may be opened only by root and by the members of its group. Add the user that opens it to that group (sudo usermod -aG docker USER, then log in again); in a container, add --group-add with the socket's group number.",
    },
];

/// What a message of the engine means, if it is a known one.
pub(super) fn explain(message: &str) -> Option<Explanation> {
    let text = message.to_lowercase();
    let fits = |rule: &&Rule| {
        rule.any
            .iter()
            .any(|parts| parts.iter().all(|part| text.contains(part)))
            && !rule.none.iter().any(|part| text.contains(part))
    };
    if is_port_taken(&text) {
        return Some(port_taken(&text));
    }
    RULES.iter().find(fits).map(|rule| Explanation {
        code: rule.code,
        sentence: rule.sentence.to_owned(),
    })
}

fn is_port_taken(text: &str) -> bool {
    text.contains("port is already allocated")
        || text.contains("ports are not available")
        || (text.contains("address already in use")
            && ["bind", "listen", "userland proxy"]
                .iter()
                .any(|part| text.contains(part)))
}

fn port_taken(text: &str) -> Explanation {
    let port = port(text).map_or_else(
        || "A port of this host that the container publishes".to_owned(),
        |port| format!("Port {port} of this host"),
    );
    Explanation {
        code: "port_taken",
        sentence: format!(
            "{port} is used by another container or program. Publish another host port, or stop what uses it: the list of containers shows their ports, and sudo ss -ltunp shows the programs."
        ),
    }
}

/// The host port of a message: `Bind for 0.0.0.0:80 failed`, `host port for
/// [::]:80:[fd00::2]:80/tcp`, `listen tcp4 :80: bind`, `bind port 80`.
fn port(text: &str) -> Option<u16> {
    const BEFORE: [&str; 5] = [
        "host port for ",
        "host port ",
        "bind for ",
        "bind port ",
        "exposing port tcp ",
    ];
    let listened = text
        .rsplit_once("listen ")
        .and_then(|(_, rest)| rest.split_once(' '))
        .map(|(_, rest)| rest);
    let named = BEFORE
        .iter()
        .find_map(|before| text.split_once(before).map(|(_, rest)| rest));
    let address = named.or(listened)?.split([' ', ',']).next()?;
    // What follows the brackets of an IPv6 address.
    let address = address.split_once(']').map_or(address, |(_, rest)| rest);
    address
        .split([':', '/'])
        .find_map(|part| part.parse::<u16>().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn engine_messages_of_known_failures_are_explained() {
        for (code, message) in [
            ("image_missing", "No such image: nginx:1.99"),
            (
                "image_missing",
                "docker.io/library/nginx:1.99: image not known",
            ),
            (
                "engine_disk_full",
                "failed to copy files: write /var/lib/docker/overlay2/x: no space left on device",
            ),
            (
                "mount_source_missing",
                "invalid mount config for type \"bind\": bind source path does not exist: /data/.",
            ),
            (
                "mount_source_missing",
                "statfs /home/pi/.config/genie-server: no such file or directory",
            ),
            // Docker 20.10 and 28.
            (
                "mount_type",
                "OCI runtime create failed: container_linux.go:367: starting container process caused: process_linux.go:495: container init caused: rootfs_linux.go:60: mounting \"/x/server.xml\" to rootfs at \"/y\" caused: not a directory: unknown: Are you trying to mount a directory onto a file (or vice-versa)? Check if the specified host path exists and is the expected type",
            ),
            (
                "mount_type",
                "failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: error mounting \"/userdata/dnsmasq.leases\" to rootfs at \"/var/lib/misc/dnsmasq.leases\": mount /userdata/dnsmasq.leases:/var/lib/misc/dnsmasq.leases (via /proc/self/fd/6), flags: 0x5001: not a directory: unknown",
            ),
            (
                "mount_type",
                "crun: open `/storage/etc/portage/host.unmask`: Not a directory: OCI runtime error",
            ),
            (
                "mount_source_denied",
                "error while creating mount source path '/opt/data': mkdir /opt/data: read-only file system",
            ),
            ("mount_duplicate", "Duplicate mount point: /data"),
            ("mount_duplicate", "/data: duplicate mount destination"),
            (
                "exec_format",
                "failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: exec: \"/app\": exec format error: unknown",
            ),
            (
                "exec_format",
                "crun: exec container process `/app`: Exec format error: OCI runtime error",
            ),
            (
                "device_missing",
                "error gathering device information while adding custom device \"/dev/dri\": no such file or directory",
            ),
            (
                "device_missing",
                "stat /dev/ttyUSB0: no such file or directory",
            ),
            (
                "device_missing",
                "setting up CDI devices: failed to inject devices: failed to stat CDI host device \"/dev/dri/renderD129\": no such file or directory",
            ),
            (
                "gpu_driver_missing",
                "could not select device driver \"\" with capabilities: [[gpu]]",
            ),
            (
                "address_pool_exhausted",
                "could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network",
            ),
            (
                "address_pool_exhausted",
                "all predefined address pools have been fully subnetted",
            ),
            (
                "address_pool_exhausted",
                "could not find free subnet from subnet pools",
            ),
            (
                "network_full",
                "no available IPv4 addresses on this network's address pools: main (59b9a753d5a8)",
            ),
            ("network_missing", "network attic not found"),
            (
                "network_missing",
                "unable to find network with name or ID attic: network not found",
            ),
            (
                "command_missing",
                "failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: \"nothing\": executable file not found in $PATH: unknown",
            ),
            (
                "command_missing",
                "crun: executable file `nothing` not found in $PATH: No such file or directory: OCI runtime attempted to invoke a command that was not found",
            ),
            (
                "command_missing",
                "OCI runtime create failed: container_linux.go:380: starting container process caused: exec: \"/no/such\": stat /no/such: no such file or directory: unknown",
            ),
            (
                "command_denied",
                "unable to start container process: error during container init: exec: \"/etc\": permission denied: unknown",
            ),
            (
                "port_privileged",
                "rootlessport cannot expose privileged port 80, you can add 'net.ipv4.ip_unprivileged_port_start=80' to /etc/sysctl.conf (currently 1024), or choose a larger port number (>= 1024): listen tcp 0.0.0.0:80: bind: permission denied",
            ),
            (
                "engine_socket_denied",
                "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock",
            ),
        ] {
            let found = explain(message).map(|found| found.code);
            assert_eq!(found, Some(code), "{message}");
        }
    }

    #[test]
    fn taken_port_is_named_whatever_the_engine_calls_it() {
        for (port, message) in [
            // Docker 20.10 to 27.
            (
                80,
                "driver failed programming external connectivity on endpoint web (bcc777): Bind for 0.0.0.0:80 failed: port is already allocated",
            ),
            (
                8080,
                "driver failed programming external connectivity on endpoint web (bcc777): Error starting userland proxy: listen tcp4 0.0.0.0:8080: bind: address already in use",
            ),
            // Docker 28 and 29.
            (
                7148,
                "failed to set up container networking: driver failed programming external connectivity on endpoint web (d5bda0): failed to bind host port for 0.0.0.0:7148:172.18.0.2:7148/tcp: address already in use",
            ),
            (
                443,
                "failed to set up container networking: driver failed programming external connectivity on endpoint web (d5bda0): failed to bind host port [::]:443/tcp: address already in use",
            ),
            // Rootless Docker; Podman with root, with rootlessport and with pasta.
            (
                33006,
                "error while calling RootlessKit PortManager.AddPort(): listen tcp4 127.0.0.1:33006: bind: address already in use",
            ),
            (
                53,
                "cannot listen on the UDP port: listen udp4 :53: bind: address already in use",
            ),
            (
                44043,
                "rootlessport listen tcp 0.0.0.0:44043: bind: address already in use",
            ),
            (
                8123,
                "pasta failed with exit code 1:\nFailed to bind port 8123 (Address already in use) for option '-t 8123-8123:80-80', exiting",
            ),
        ] {
            let found = explain(message).unwrap();
            assert_eq!(found.code, "port_taken", "{message}");
            let begin = format!("Port {port} of this host is used");
            assert!(found.sentence.starts_with(&begin), "{message}: {found:?}");
        }
        let unknown = explain("Failed to bind: address already in use").unwrap();
        assert!(unknown.sentence.starts_with("A port of this host"));
    }

    #[test]
    fn other_engine_messages_are_not_explained() {
        for message in [
            "cannot update a stopped container",
            "container is paused",
            "Conflict. The container name \"/web\" is already in use by container \"abc\".",
            "a fault of the test",
            "network plugin \"weave\" not found",
            "network driver macvlan2 not found",
            "network sandbox abc123 not found",
            "could not start the watcher: inotify_init1: no space left on device",
            "mkdir /sys/fs/cgroup/memory/docker/abc: no space left on device",
            "Address already in use",
            "",
        ] {
            assert_eq!(explain(message), None, "{message}");
        }
    }
}
