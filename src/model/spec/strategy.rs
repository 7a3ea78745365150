//! Containers of every kind, for property tests: each field is met, and every
//! value is as its owner would have written it, so that whatever is written
//! from it and read again must be the same.
//!
//! It names its neighbours through `super`, so that tests outside the library
//! can include it too.

use super::{
    ContainerSpec, DeviceRequest, HealthSpec, MountKind, MountSpec, MountSyntax, NetworkSpec,
    PortSpec,
};
use proptest::collection::{btree_map, vec};
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Anything that a person could type, and some that nobody would.
pub fn text() -> BoxedStrategy<String> {
    "[ -~äß€😀\n\t'\"$`\\\\]{1,12}".boxed()
}

/// A text that is like no flag's special words.
fn word() -> BoxedStrategy<String> {
    "[a-z][a-z0-9_.-]{0,8}".boxed()
}

/// Words of a list, in the list's order.
fn some(list: &'static [&'static str]) -> BoxedStrategy<Vec<String>> {
    let words: Vec<String> = list.iter().map(|word| (*word).to_owned()).collect();
    let length = words.len();
    prop_oneof![3 => Just(Vec::new()), 2 => subsequence(words, 0..=length)].boxed()
}

fn one(list: &'static [&'static str]) -> BoxedStrategy<Option<String>> {
    prop_oneof![2 => Just(None), 1 => select(list).prop_map(|word| Some(word.to_owned()))].boxed()
}

fn size() -> BoxedStrategy<Option<i64>> {
    of(prop_oneof![
        (4..2048_i64).prop_map(|mega| mega << 20),
        (6_291_456..1_000_000_000_i64)
    ])
    .boxed()
}

fn few<T: Clone + std::fmt::Debug + 'static>(
    entry: impl Strategy<Value = T> + 'static,
) -> BoxedStrategy<Vec<T>> {
    prop_oneof![2 => Just(Vec::new()), 1 => vec(entry, 1..4)].boxed()
}

fn map(key: &'static str, value: BoxedStrategy<String>) -> BoxedStrategy<BTreeMap<String, String>> {
    prop_oneof![2 => Just(BTreeMap::new()), 1 => btree_map(key, value, 1..4)].boxed()
}

fn perhaps() -> BoxedStrategy<bool> {
    prop_oneof![3 => Just(false), 1 => Just(true)].boxed()
}

type Change = Box<dyn Fn(&mut ContainerSpec)>;

/// A part of a container, from a strategy and where its value goes.
fn part<T: Clone + std::fmt::Debug + 'static>(
    value: impl Strategy<Value = T> + 'static,
    put: fn(&mut ContainerSpec, T),
) -> BoxedStrategy<Part> {
    value
        .prop_map(move |value| {
            let shown = format!("{value:?}");
            let put: Change = Box::new(move |spec| put(spec, value.clone()));
            Part {
                shown,
                put: std::rc::Rc::new(put),
            }
        })
        .boxed()
}

#[derive(Clone)]
struct Part {
    shown: String,
    put: std::rc::Rc<Change>,
}

impl std::fmt::Debug for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.shown)
    }
}

/// A container with everything that the flags of the client can say.
pub fn specs() -> BoxedStrategy<ContainerSpec> {
    let all = [
        process(),
        naming(),
        network(),
        storage(),
        limits(),
        devices(),
        rights(),
    ];
    all.into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .prop_map(|parts| {
            let mut spec = ContainerSpec::default();
            for part in parts {
                (part.put)(&mut spec);
            }
            // What contradicts each other.
            if spec.restart.as_deref().is_some_and(|policy| policy != "no") {
                spec.auto_remove = false;
            }
            if spec.log_driver.as_deref() == Some("none") {
                spec.log_options.clear();
            }
            if !spec.networks.is_empty() && spec.networks[0].name != "bridge"
                || spec.network_mode.is_some()
            {
                spec.links.clear();
            }
            spec
        })
        .boxed()
}

fn process() -> Vec<BoxedStrategy<Part>> {
    let env = (
        "[A-Za-z_][A-Za-z0-9_]{0,6}",
        of(prop_oneof![text(), Just(String::new())]),
    )
        .prop_map(|(key, value)| match value {
            Some(value) => format!("{key}={value}"),
            None => key,
        });
    vec![
        part("[a-z]{1,8}(/[a-z]{1,4})?(:[a-z0-9.]{1,5})?", |s, v| {
            s.image = v
        }),
        part(
            of(vec(
                prop_oneof![text(), Just(String::new()), Just("-p".to_owned())],
                1..4,
            )),
            |s, v| s.command = v,
        ),
        part(of(prop_oneof![text(), Just(String::new())]), |s, v| {
            s.entrypoint = v.map(|word| vec![word])
        }),
        part(few(env), |s, v| s.env = v),
        part(of(text()), |s, v| s.working_dir = v),
        part(of(text()), |s, v| s.user = v),
        part(few(word()), |s, v| s.group_add = v),
        part(perhaps(), |s, v| s.tty = v),
        part(perhaps(), |s, v| s.stdin_open = v),
        part(of(any::<bool>()), |s, v| s.init = v),
        part(
            one(&[
                "no",
                "always",
                "unless-stopped",
                "on-failure",
                "on-failure:3",
            ]),
            |s, v| s.restart = v,
        ),
        part(perhaps(), |s, v| s.auto_remove = v),
        part(one(&["SIGINT", "SIGQUIT", "15"]), |s, v| s.stop_signal = v),
        part(of(-1..100_i64), |s, v| s.stop_timeout = v),
        part(of(health()), |s, v| s.healthcheck = v),
    ]
}

fn health() -> BoxedStrategy<HealthSpec> {
    let time = || of(select(&["1m30s", "5s", "500ms", "1h"][..]).prop_map(ToOwned::to_owned));
    let times = (time(), time(), time(), time(), of(1..10_u32));
    let check = (
        prop_oneof![
            Just(Vec::new()),
            text().prop_map(|line| vec!["CMD-SHELL".to_owned(), line])
        ],
        times,
    );
    let check = check.prop_map(
        |(test, (interval, timeout, start_period, start_interval, retries))| HealthSpec {
            test,
            interval,
            timeout,
            start_period,
            start_interval,
            retries,
        },
    );
    let none = HealthSpec {
        test: vec!["NONE".to_owned()],
        ..HealthSpec::default()
    };
    prop_oneof![1 => Just(none), 3 => check.prop_filter("says something", |check| *check != HealthSpec::default())].boxed()
}

fn naming() -> Vec<BoxedStrategy<Part>> {
    vec![
        part(of("[a-zA-Z0-9][a-zA-Z0-9_.-]{1,10}"), |s, v| s.name = v),
        part(of(word()), |s, v| s.hostname = v),
        part(of(word()), |s, v| s.domainname = v),
        part(
            map(
                "[a-z][a-zA-Z0-9._-]{0,8}",
                prop_oneof![text(), Just(String::new())].boxed(),
            ),
            |s, v| s.labels = v,
        ),
        part(map("[a-z][a-z0-9.]{0,8}", text()), |s, v| s.annotations = v),
        part(one(&["json-file", "local", "none", "syslog"]), |s, v| {
            s.log_driver = v
        }),
        part(map("max-[a-z]{1,5}", text()), |s, v| s.log_options = v),
        part(one(&["linux/arm64", "linux/amd64"]), |s, v| s.platform = v),
        part(one(&["runc", "crun"]), |s, v| s.runtime = v),
        part(one(&["default"]), |s, v| s.isolation = v),
        part(of(word()), |s, v| s.cgroup_parent = v),
    ]
}

fn address() -> BoxedStrategy<String> {
    any::<std::net::Ipv4Addr>()
        .prop_map(|ip| ip.to_string())
        .boxed()
}

fn endpoint() -> BoxedStrategy<NetworkSpec> {
    let six = any::<u16>()
        .prop_map(|last| std::net::Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 1, last | 1).to_string());
    let link_local = (1..255_u8).prop_map(|last| format!("169.254.1.{last}"));
    let names = (
        few("[a-z]{1,6}"),
        few("[a-z]{1,4}:[a-z]{1,4}"),
        few(link_local),
    );
    let addresses = (of(address()), of(six), of("([0-9a-f]{2}:){5}[0-9a-f]{2}"));
    let options = (
        map(
            "[a-z][a-z.]{0,5}",
            "[a-z0-9]([a-z0-9,\"= ]{0,4}[a-z0-9])?".boxed(),
        ),
        of(prop_oneof![-5..0_i64, 1..100_i64]),
    );
    (names, addresses, options)
        .prop_map(
            |((aliases, links, link_local_ips), (ipv4, ipv6, mac), (driver_opts, gw_priority))| {
                NetworkSpec {
                    name: String::new(),
                    aliases,
                    ipv4,
                    ipv6,
                    link_local_ips,
                    mac,
                    links,
                    driver_opts,
                    gw_priority,
                }
            },
        )
        .boxed()
}

fn networks() -> BoxedStrategy<Vec<NetworkSpec>> {
    vec(endpoint(), 1..4)
        .prop_map(|mut list| {
            // Clients take either a hardware address on a further network, or links.
            let inline = list.iter().skip(1).any(|network| network.mac.is_some());
            for (index, network) in list.iter_mut().enumerate() {
                network.name = format!("net{index}");
                if inline && index > 0 {
                    network.links.clear();
                }
            }
            list
        })
        .boxed()
}

fn network() -> Vec<BoxedStrategy<Part>> {
    #[derive(Debug, Clone)]
    enum Place {
        Default,
        Mode(String),
        Bridge(Option<String>),
        Own(Vec<NetworkSpec>),
    }
    let place = prop_oneof![
        1 => Just(Place::Default),
        1 => select(&["host", "none", "container:db"][..]).prop_map(|mode| Place::Mode(mode.to_owned())),
        1 => of("([0-9a-f]{2}:){5}[0-9a-f]{2}").prop_map(Place::Bridge),
        3 => networks().prop_map(Place::Own),
    ];
    let port = (
        1..u16::MAX,
        select(&["tcp", "udp", "sctp"][..]),
        of((1..60000_u16, 0..3_u16)),
        select(&["", "127.0.0.1", "::1"][..]),
    )
        .prop_map(|(container_port, protocol, host, ip)| PortSpec {
            container_port,
            protocol: protocol.to_owned(),
            host_port: host.map(|(first, more)| match more {
                0 => first.to_string(),
                more => format!("{first}-{}", first + more),
            }),
            host_ip: Some(ip.to_owned()).filter(|ip| !ip.is_empty()),
        });
    // Also neighbours, which may be written as a range.
    let ports = (few(port), 0..6_u16, 1..60000_u16, 1..60000_u16).prop_map(
        |(mut list, length, host, container)| {
            list.extend((0..length).map(|offset| PortSpec {
                container_port: container + offset,
                protocol: "tcp".to_owned(),
                host_port: Some((host + offset).to_string()),
                host_ip: None,
            }));
            list
        },
    );
    vec![
        part(place, |s, v| match v {
            Place::Default => {}
            Place::Mode(mode) => s.network_mode = Some(mode),
            Place::Bridge(mac) => {
                s.networks = vec![NetworkSpec {
                    name: "bridge".to_owned(),
                    mac,
                    ..NetworkSpec::default()
                }]
            }
            Place::Own(list) => s.networks = list,
        }),
        part(ports, |s, v| s.ports = v),
        part(some(&["80", "53/udp", "8000-8010"]), |s, v| s.expose = v),
        part(perhaps(), |s, v| s.publish_all = v),
        part(few(address()), |s, v| s.dns = v),
        part(few(word()), |s, v| s.dns_search = v),
        part(some(&["ndots:1", "rotate"]), |s, v| s.dns_options = v),
        part(
            some(&["nas:192.168.1.2", "six:fd00::1", "gate:host-gateway"]),
            |s, v| s.extra_hosts = v,
        ),
        part(some(&["db:db", "cache:redis"]), |s, v| s.links = v),
    ]
}

/// The options of `--mount` for a kind, in the engine's words.
fn engine_words(kind: MountKind, which: u8, words: &str) -> Map<String, Value> {
    let options = match (kind, which % 4) {
        (_, 0) => json!({}),
        (MountKind::Bind, 1) => {
            json!({ "BindOptions": { "Propagation": "rslave", "NonRecursive": true } })
        }
        (MountKind::Bind, 2) => json!({ "BindOptions": { "CreateMountpoint": true } }),
        (MountKind::Bind, _) => json!({ "Consistency": "delegated" }),
        (MountKind::Volume, 1) => json!({ "VolumeOptions": { "NoCopy": true, "Subpath": "a/b" } }),
        (MountKind::Volume, 2) => json!({ "VolumeOptions": { "Labels": { "a": words, "b": "" } } }),
        (MountKind::Volume, _) => {
            json!({ "VolumeOptions": { "DriverConfig": { "Name": "local", "Options": { "o": words, "type": "nfs" } } } })
        }
        (MountKind::Tmpfs, 1) => json!({ "TmpfsOptions": { "SizeBytes": 64 << 20 } }),
        (MountKind::Tmpfs, _) => json!({ "TmpfsOptions": { "Mode": 0o1777 } }),
        (MountKind::Image, _) => json!({ "ImageOptions": { "Subpath": "x" } }),
        _ => json!({}),
    };
    match options {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

fn mount() -> BoxedStrategy<MountSpec> {
    let path = || "/[a-z]{1,6}(/[a-zA-Z0-9ä _$'-]{0,5}[a-z])?";
    let options = || some(&["z", "rslave"]);
    let bind =
        (path(), any::<bool>(), options()).prop_map(|(source, read_only, options)| MountSpec {
            kind: MountKind::Bind,
            source,
            read_only,
            options,
            ..MountSpec::default()
        });
    let volume =
        (word(), any::<bool>(), some(&["nocopy"])).prop_map(|(source, read_only, options)| {
            MountSpec {
                source,
                read_only,
                options,
                ..MountSpec::default()
            }
        });
    let memory = (any::<bool>(), some(&["size=64m", "mode=1777", "exec"])).prop_map(
        |(read_only, options)| MountSpec {
            kind: MountKind::Tmpfs,
            read_only,
            options,
            ..MountSpec::default()
        },
    );
    let kinds = select(
        &[
            MountKind::Bind,
            MountKind::Volume,
            MountKind::Tmpfs,
            MountKind::Image,
        ][..],
    );
    let long = (
        kinds,
        any::<bool>(),
        any::<u8>(),
        "/[a-z,\"= ä]{0,6}[a-z]",
        "[a-z]([a-z,\"= ]{0,6}[a-z])?",
    )
        .prop_map(|(kind, read_only, which, source, words)| MountSpec {
            kind,
            source: if kind == MountKind::Tmpfs {
                String::new()
            } else {
                source
            },
            read_only,
            syntax: Some(MountSyntax::Mount),
            engine: engine_words(kind, which, &words),
            ..MountSpec::default()
        });
    prop_oneof![bind, volume, memory, Just(MountSpec::default()), long].boxed()
}

fn storage() -> Vec<BoxedStrategy<Part>> {
    let mounts = few(mount()).prop_map(|mut list| {
        for (index, mount) in list.iter_mut().enumerate() {
            mount.target = format!("/target{index}");
        }
        list
    });
    vec![
        part(mounts, |s, v| s.mounts = v),
        part(some(&["other", "data:ro"]), |s, v| s.volumes_from = v),
        part(one(&["local"]), |s, v| s.volume_driver = v),
        part(perhaps(), |s, v| s.read_only = v),
        part(size(), |s, v| s.shm_size = v),
        part(map("size", "[0-9]{1,2}G".boxed()), |s, v| s.storage_opt = v),
    ]
}

fn limits() -> Vec<BoxedStrategy<Part>> {
    vec![
        part(size(), |s, v| s.memory = v),
        part(prop_oneof![size(), Just(Some(-1))], |s, v| {
            s.memory_swap = v
        }),
        part(size(), |s, v| s.memory_reservation = v),
        part(of(-1..=100_i64), |s, v| s.memory_swappiness = v),
        part(size(), |s, v| s.kernel_memory = v),
        part(
            of((1..8000_u32).prop_map(|milli| f64::from(milli) / 1000.0)),
            |s, v| s.cpus = v,
        ),
        part(of(2..4096_i64), |s, v| s.cpu_shares = v),
        part(of(1000..1_000_000_i64), |s, v| s.cpu_period = v),
        part(of(1000..1_000_000_i64), |s, v| s.cpu_quota = v),
        part(of(1000..1_000_000_i64), |s, v| s.cpu_rt_period = v),
        part(of(1000..1_000_000_i64), |s, v| s.cpu_rt_runtime = v),
        part(one(&["0", "0-3", "0,2"]), |s, v| s.cpuset_cpus = v),
        part(one(&["0"]), |s, v| s.cpuset_mems = v),
        part(of(prop_oneof![Just(-1), 1..1000_i64]), |s, v| {
            s.pids_limit = v
        }),
        part(
            some(&["nofile=1024:2048", "core=0:0", "memlock=-1:-1"]),
            |s, v| s.ulimits = v,
        ),
        part(of(any::<bool>()), |s, v| s.oom_kill_disable = v),
        part(of(-1000..=1000_i64), |s, v| s.oom_score_adj = v),
        part(of(10..=1000_i64), |s, v| s.blkio_weight = v),
        part(some(&["/dev/sda:500"]), |s, v| s.blkio_weight_device = v),
        part(some(&["/dev/sda:10m", "/dev/sdb:1500k"]), |s, v| {
            s.device_read_bps = v
        }),
        part(some(&["/dev/sda:10m"]), |s, v| s.device_write_bps = v),
        part(some(&["/dev/sda:100"]), |s, v| s.device_read_iops = v),
        part(some(&["/dev/sda:100"]), |s, v| s.device_write_iops = v),
    ]
}

fn devices() -> Vec<BoxedStrategy<Part>> {
    let words = "[a-z0-9]{1,4}";
    let request = (
        one(&["nvidia"]),
        prop_oneof![Just(Some(-1)), (1..4_i64).prop_map(Some), Just(None)],
        few(words),
        few("[a-z]{1,5}"),
        map("[a-z]{1,4}", "[a-z,\"= ]{0,5}".boxed()),
    )
        .prop_map(|(driver, count, device_ids, mut words, options)| {
            words.push("gpu".to_owned());
            DeviceRequest {
                driver: driver.unwrap_or_default(),
                count,
                device_ids,
                capabilities: vec![words],
                options,
            }
        });
    vec![
        part(
            some(&["/dev/ttyUSB0", "/dev/dri:/dev/dri:rw", "nvidia.com/gpu=0"]),
            |s, v| s.devices = v,
        ),
        part(few(request), |s, v| s.device_requests = v),
        part(some(&["c 13:* rwm", "b 8:0 r"]), |s, v| {
            s.device_cgroup_rules = v
        }),
    ]
}

fn rights() -> Vec<BoxedStrategy<Part>> {
    vec![
        part(perhaps(), |s, v| s.privileged = v),
        part(some(&["NET_ADMIN", "SYS_TIME"]), |s, v| s.cap_add = v),
        part(some(&["ALL", "CHOWN"]), |s, v| s.cap_drop = v),
        part(
            some(&[
                "no-new-privileges",
                "apparmor=unconfined",
                r#"seccomp={"defaultAction":"SCMP_ACT_ALLOW","x":"it's $(a) EOF"}"#,
            ]),
            |s, v| s.security_opt = v,
        ),
        part(
            map("net\\.ipv4\\.[a-z_]{1,8}", "[0-9]{1,3}".boxed()),
            |s, v| s.sysctls = v,
        ),
        part(one(&["host"]), |s, v| s.userns = v),
        part(one(&["host", "container:db"]), |s, v| s.pid = v),
        part(
            one(&["host", "private", "shareable", "container:db"]),
            |s, v| s.ipc = v,
        ),
        part(one(&["host"]), |s, v| s.uts = v),
        part(one(&["host", "private"]), |s, v| s.cgroupns = v),
        part(of(1..64_i64), |s, v| {
            if let Some(count) = v {
                s.engine
                    .host_config
                    .insert("CpuCount".to_owned(), count.into());
            }
        }),
    ]
}
