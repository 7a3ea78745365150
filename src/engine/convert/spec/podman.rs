//! What Podman's inspect answer says, in the words that a create request takes.
//!
//! Podman's Docker-compatible API (`pkg/api/handlers/compat/containers.go`) shows
//! values that its own create does not take, and shows what Podman itself filled
//! in like something that was chosen. Both are taken out here, before anything
//! else looks at the answer.

use serde_json::{Map, Value, json};

/// Podman's name of the network that its Docker-compatible API lists as `bridge`.
const DEFAULT_NETWORK: &str = "podman";
/// `shm_size` of containers.conf: 65536k.
const SHM_SIZE: i64 = 65_536_000;
/// Docker's default capabilities that Podman does not give, and then shows as dropped.
const NEVER_GIVEN: [&str; 6] = [
    "AUDIT_WRITE",
    "MKNOD",
    "NET_RAW",
    "CAP_AUDIT_WRITE",
    "CAP_MKNOD",
    "CAP_NET_RAW",
];
/// Annotations that Podman writes for itself and for systemd.
const OWN_ANNOTATIONS: [&str; 4] = [
    "io.container.manager",
    "io.podman.annotations.",
    "org.opencontainers.image.stopSignal",
    "org.systemd.property.",
];
/// Options of a bind that Podman adds to each.
const OWN_BIND_OPTIONS: [&str; 4] = ["rprivate", "nosuid", "nodev", "rbind"];

/// The answer as Docker would have given it. `image` is the `Config` of the
/// container's image.
pub(super) fn normalized(inspect: &Value, image: Option<&Value>) -> Value {
    let mut inspect = inspect.clone();
    let mounts = inspect.get("Mounts").cloned().unwrap_or_default();
    let name = text(inspect.pointer("/Config/Hostname"));
    if let Some(config) = inspect
        .pointer_mut("/Config")
        .and_then(Value::as_object_mut)
    {
        configuration(config, &name, image);
    }
    let networks = inspect.pointer("/NetworkSettings/Networks");
    let first_network = networks
        .and_then(Value::as_object)
        .filter(|all| !all.contains_key(DEFAULT_NETWORK))
        .and_then(|all| all.keys().next().cloned());
    if let Some(host) = inspect
        .pointer_mut("/HostConfig")
        .and_then(Value::as_object_mut)
    {
        limits(host);
        process(host);
        storage(host, &mounts);
        // It says `bridge` for every network of that driver.
        if let Some(network) = first_network
            && host.get("NetworkMode").is_some_and(|mode| mode == "bridge")
        {
            host.insert("NetworkMode".to_owned(), network.into());
        }
    }
    if let Some(networks) = inspect
        .pointer_mut("/NetworkSettings/Networks")
        .and_then(Value::as_object_mut)
        && let Some(default) = networks.remove(DEFAULT_NETWORK)
    {
        networks.insert("bridge".to_owned(), default);
    }
    inspect
}

/// The name of a network in a request to Podman.
pub(in crate::engine) fn network_name(name: &str) -> &str {
    if name == "bridge" || name == "default" {
        DEFAULT_NETWORK
    } else {
        name
    }
}

fn text(value: Option<&Value>) -> String {
    value.and_then(Value::as_str).unwrap_or("").to_owned()
}

fn configuration(config: &mut Map<String, Value>, host_name: &str, image: Option<&Value>) {
    let of_image = |key: &str| text(image.and_then(|image| image.get(key)));
    if let Some(Value::Array(variables)) = config.get_mut("Env") {
        variables.retain(|variable| !is_own_variable(variable.as_str().unwrap_or(""), host_name));
    }
    // SIGTERM and ten seconds are the defaults.
    if text(config.get("StopSignal")) == "15" && of_image("StopSignal").is_empty() {
        config.remove("StopSignal");
    }
    if config.get("StopTimeout").and_then(Value::as_i64) == Some(10) {
        config.remove("StopTimeout");
    }
    if text(config.get("WorkingDir")) == "/" && matches!(&*of_image("WorkingDir"), "" | "/") {
        config.remove("WorkingDir");
    }
}

/// Variables that Podman sets in each container, unless somebody did before.
fn is_own_variable(variable: &str, host_name: &str) -> bool {
    match variable.split_once('=') {
        Some(("container", "podman") | ("TERM", "xterm")) => true,
        Some(("HOME", home)) => matches!(home, "" | "/" | "/root"),
        Some(("HOSTNAME", name)) => name == host_name,
        Some(("PATH", path)) => {
            path == "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        }
        _ => false,
    }
}

fn limits(host: &mut Map<String, Value>) {
    let number = |host: &Map<String, Value>, key: &str| host.get(key).and_then(Value::as_i64);
    for limit in host
        .get_mut("Ulimits")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        // `RLIMIT_NOFILE` is what create calls `nofile`.
        let name = text(limit.get("Name"));
        if let Some(name) = name.strip_prefix("RLIMIT_") {
            limit["Name"] = name.to_ascii_lowercase().into();
        }
    }
    // The same limit in two ways, of which create takes one.
    if let (Some(nano), Some(period), Some(quota)) = (
        number(host, "NanoCpus").filter(|nano| *nano > 0),
        number(host, "CpuPeriod"),
        number(host, "CpuQuota"),
    ) && i128::from(quota) * 1_000_000_000 == i128::from(nano) * i128::from(period)
    {
        host.remove("CpuPeriod");
        host.remove("CpuQuota");
    }
    for (key, usual) in [("MemorySwappiness", 0), ("ShmSize", SHM_SIZE)] {
        if number(host, key) == Some(usual) {
            host.remove(key);
        }
    }
}

fn process(host: &mut Map<String, Value>) {
    for (key, usual) in [
        ("Runtime", "oci"),
        ("IpcMode", "shareable"),
        ("PidMode", "private"),
        ("UTSMode", "private"),
    ] {
        if text(host.get(key)) == usual {
            host.remove(key);
        }
    }
    if let Some(Value::Object(annotations)) = host.get_mut("Annotations") {
        annotations.retain(|key, _| !OWN_ANNOTATIONS.iter().any(|own| key.starts_with(own)));
    }
    if let Some(Value::Array(dropped)) = host.get_mut("CapDrop") {
        dropped.retain(|name| {
            name.as_str()
                .is_none_or(|name| !NEVER_GIVEN.contains(&name))
        });
    }
    let log = host.get("LogConfig");
    let plain = log
        .and_then(|log| log.get("Config"))
        .is_none_or(super::super::inspect::is_blank);
    if plain && text(log.and_then(|log| log.get("Type"))) == "json-file" {
        host.remove("LogConfig");
    }
}

fn storage(host: &mut Map<String, Value>, mounts: &Value) {
    for device in host
        .get_mut("Devices")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        // It does not say which rights there are, and takes no empty ones.
        if text(device.get("CgroupPermissions")).is_empty() {
            device["CgroupPermissions"] = "rwm".into();
        }
    }
    let images: Vec<&Value> = mounts
        .as_array()
        .into_iter()
        .flatten()
        .filter(|mount| text(mount.get("Type")) == "image")
        .collect();
    if let Some(Value::Array(binds)) = host.get_mut("Binds") {
        // Of a mounted image it shows the overlay that it made of it.
        binds.retain(|bind| {
            let target = bind.as_str().and_then(|bind| bind.split(':').nth(1));
            !images
                .iter()
                .any(|image| target == image.get("Destination").and_then(Value::as_str))
        });
        for bind in binds {
            if let Some(plain) = bind.as_str().and_then(plain_bind) {
                *bind = plain.into();
            }
        }
    }
    for image in images {
        let mount = json!({
            "Type": "image",
            "Source": text(image.get("Source")),
            "Target": text(image.get("Destination")),
            "ReadOnly": image.get("RW") != Some(&Value::Bool(true)),
        });
        match host.get_mut("Mounts") {
            Some(Value::Array(all)) => all.push(mount),
            _ => {
                host.insert("Mounts".to_owned(), json!([mount]));
            }
        }
    }
}

/// `data:/data:rprivate,nosuid,nodev,rbind` is `data:/data`.
fn plain_bind(bind: &str) -> Option<String> {
    let (rest, options) = bind.rsplit_once(':')?;
    if options.starts_with('/') {
        return None;
    }
    let kept: Vec<&str> = options
        .split(',')
        .filter(|option| !OWN_BIND_OPTIONS.contains(option) && *option != "rw")
        .collect();
    Some(if kept.is_empty() {
        rest.to_owned()
    } else {
        format!("{rest}:{}", kept.join(","))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What Podman 5.8 answers about
    /// `docker run -d --network cpn1 --ip 10.91.1.50 --mac-address 02:42:0a:5b:01:32 --cpus 0.5
    /// -m 64m --device /dev/null:/dev/xnull:r -e B=2 -v anon:/data --ulimit nofile=100:200
    /// --mount type=image,source=bb:1,destination=/img bb:1 sleep 1000`, shortened.
    fn inspect() -> Value {
        json!({
            "Id": "c24537abb44b666ab69daca005b15c846518a65ba8a43a3bff58a1af8786a00f",
            "Config": {
                "Hostname": "c24537abb44b",
                "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                    "container=podman", "A=1", "B=2", "HOME=", "HOSTNAME=c24537abb44b"],
                "Cmd": ["sleep", "1000"], "Image": "docker.io/library/bb:1",
                "WorkingDir": "/", "StopSignal": "15", "StopTimeout": 10
            },
            "HostConfig": {
                "Binds": ["/x/merge:/img:lowerdir=/x/merged:/x/lower,private", "anon:/data:rprivate,nosuid,nodev,rbind"],
                "LogConfig": {"Type": "json-file", "Config": null},
                "NetworkMode": "bridge",
                "Annotations": {"io.container.manager": "libpod", "io.podman.annotations.pids-limit": "0",
                    "org.systemd.property.KillSignal": "15", "mine": "yes"},
                "CapDrop": ["AUDIT_WRITE", "CHOWN", "MKNOD", "NET_RAW"],
                "IpcMode": "shareable", "PidMode": "private", "UTSMode": "private",
                "ShmSize": 65_536_000, "Runtime": "oci",
                "NanoCpus": 500_000_000, "CpuPeriod": 100_000, "CpuQuota": 50_000,
                "Devices": [{"PathOnHost": "/dev/null", "PathInContainer": "/dev/xnull", "CgroupPermissions": ""}],
                "MemorySwappiness": 0,
                "Ulimits": [{"Name": "RLIMIT_NOFILE", "Hard": 200, "Soft": 100}]
            },
            "Mounts": [{"Type": "image", "Source": "bb:1", "Destination": "/img", "RW": false}],
            "NetworkSettings": {"Networks": {"cpn1": {"IPAddress": "10.91.1.50"}}}
        })
    }

    #[test]
    fn podman_inspect_values_are_converted_to_the_form_that_create_accepts() {
        let said = normalized(&inspect(), None);
        let host = &said["HostConfig"];
        assert_eq!(host["Ulimits"][0]["Name"], "nofile");
        assert_eq!(host["Devices"][0]["CgroupPermissions"], "rwm");
        assert_eq!(
            (
                host["NanoCpus"].as_i64(),
                host.get("CpuQuota"),
                host.get("CpuPeriod")
            ),
            (Some(500_000_000), None, None)
        );
        assert_eq!(host["Binds"], json!(["anon:/data"]));
        assert_eq!(
            host["Mounts"],
            json!([{"Type": "image", "Source": "bb:1", "Target": "/img", "ReadOnly": true}])
        );
        assert_eq!(host["NetworkMode"], "cpn1");
    }

    #[test]
    fn values_filled_in_by_podman_are_removed_from_inspect() {
        let said = normalized(&inspect(), None);
        assert_eq!(said["Config"]["Env"], json!(["A=1", "B=2"]));
        for key in ["WorkingDir", "StopSignal", "StopTimeout"] {
            assert_eq!(said["Config"].get(key), None, "{key}");
        }
        let host = &said["HostConfig"];
        for key in [
            "Runtime",
            "IpcMode",
            "PidMode",
            "UTSMode",
            "ShmSize",
            "LogConfig",
            "MemorySwappiness",
        ] {
            assert_eq!(host.get(key), None, "{key}");
        }
        assert_eq!(host["Annotations"], json!({"mine": "yes"}));
        assert_eq!(host["CapDrop"], json!(["CHOWN"]));
    }

    #[test]
    fn independent_cpu_quota_and_values_other_than_podman_defaults_are_kept() {
        let mut inspect = inspect();
        inspect["HostConfig"]["CpuQuota"] = 70_000.into();
        inspect["HostConfig"]["Binds"] = json!(["/srv:/srv:ro,rprivate,rbind", "/a:/b"]);
        inspect["Config"]["StopSignal"] = "2".into();
        inspect["Config"]["Env"] = json!(["HOME=/home/me", "HOSTNAME=other", "container=lxc"]);
        let said = normalized(&inspect, Some(&json!({"WorkingDir": "/app"})));
        assert_eq!(said["HostConfig"]["CpuQuota"], 70_000);
        assert_eq!(
            said["HostConfig"]["Binds"],
            json!(["/srv:/srv:ro", "/a:/b"])
        );
        assert_eq!(said["Config"]["StopSignal"], "2");
        assert_eq!(said["Config"]["WorkingDir"], "/", "the image's is another");
        assert_eq!(
            said["Config"]["Env"],
            json!(["HOME=/home/me", "HOSTNAME=other", "container=lxc"])
        );
    }

    #[test]
    fn podman_default_network_is_read_as_bridge_and_requested_as_podman() {
        let inspect = json!({
            "HostConfig": {"NetworkMode": "bridge"},
            "NetworkSettings": {"Networks": {"podman": {"IPAddress": "10.88.0.2"}}}
        });
        let said = normalized(&inspect, None);
        assert_eq!(said["HostConfig"]["NetworkMode"], "bridge");
        assert!(said["NetworkSettings"]["Networks"].get("bridge").is_some());
        assert_eq!(network_name("bridge"), "podman");
        assert_eq!(network_name("front"), "front");
    }
}
