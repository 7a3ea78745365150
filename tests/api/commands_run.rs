//! The commands that make a container, pasted in a real shell against a real
//! engine: what they make is what the API makes.

mod actions;
mod images;
mod recreated;

use super::recreate::Snapshot;
use crate::support::app::App;
use crate::support::client::Client;
use crate::support::engine::{Engine, number};
use dockermate::model::spec::{
    ContainerSpec, DeviceRequest, HealthSpec, MountKind, MountSpec, MountSyntax, NetworkSpec,
    PortSpec,
};
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use std::process::{Command, Output};

// The library's own strategy; it is not part of the built library.
#[path = "../../src/model/spec/strategy.rs"]
mod strategy;

const CLIENTS: [&str; 2] = ["/usr/bin", "/usr/local/bin"];

/// What this engine (20.10, control groups of the first kind, no bridge) takes.
fn acceptable(mut spec: ContainerSpec, own: &str, subnet: u32) -> ContainerSpec {
    spec.image = "bb:1".to_owned();
    spec.networks.truncate(2);
    for (index, network) in spec.networks.iter_mut().enumerate() {
        network.name = format!("{own}-net{index}");
        network.ipv4 = network
            .ipv4
            .is_some()
            .then(|| format!("10.{}.{subnet}.20", 96 + index));
        network.ipv6 = None;
        network.link_local_ips.clear();
        network.links.clear();
        network.driver_opts.clear();
        network.gw_priority = None;
        if index > 0 {
            network.mac = None;
        }
        if let Some(mac) = &mut network.mac {
            // Not one for many.
            mac.replace_range(..2, "02");
        }
    }
    // There is no default bridge, and no other container to share with.
    if spec.networks.is_empty() {
        spec.network_mode = Some("none".to_owned());
    }
    let alone = spec.network_mode.is_some();
    spec.links.clear();
    if alone {
        spec.ports.clear();
        spec.publish_all = false;
        spec.sysctls.clear();
    }
    spec.ports.truncate(2);
    for (index, port) in spec.ports.iter_mut().enumerate() {
        port.host_ip = port.host_ip.take().filter(|ip| ip != "::1");
        port.host_port = None;
        port.container_port = 8000 + u16::try_from(index).unwrap();
        port.protocol = "tcp".to_owned();
    }
    spec.extra_hosts
        .retain(|host| !host.contains("host-gateway"));
    for (index, mount) in spec.mounts.iter_mut().enumerate() {
        mount.target = format!("/mnt{index}");
        match mount.kind {
            MountKind::Bind => {
                mount.source = "/srv".to_owned();
                mount.engine.remove("BindOptions");
            }
            MountKind::Image => mount.kind = MountKind::Volume,
            _ => {}
        }
        if mount.kind == MountKind::Volume && !mount.source.is_empty() {
            mount.source = format!("{own}-v{index}");
            mount.engine.remove("ImageOptions");
            mount.engine.remove("VolumeOptions");
        }
        mount
            .options
            .retain(|option| option == "nocopy" || option.starts_with("size="));
    }
    spec.volumes_from.clear();
    spec.volume_driver = None;
    spec.storage_opt.clear();
    spec.annotations.clear();
    spec.engine = Default::default();
    if let Some(check) = &mut spec.healthcheck {
        check.start_interval = None;
    }
    spec.log_driver = spec
        .log_driver
        .filter(|driver| driver == "json-file" || driver == "none");
    spec.log_options.clear();
    spec.runtime = None;
    spec.cgroup_parent = None;
    spec.platform = None;
    spec.memory_reservation = None;
    if spec.memory.is_none()
        || spec
            .memory_swap
            .is_some_and(|swap| swap > 0 && Some(swap) < spec.memory)
    {
        spec.memory_swap = None;
    }
    spec.memory_swappiness = spec.memory_swappiness.filter(|n| *n > 0);
    spec.kernel_memory = None;
    if spec.cpus.is_some() {
        spec.cpus = Some(0.5);
        spec.cpu_period = None;
        spec.cpu_quota = None;
    }
    spec.cpu_rt_period = None;
    spec.cpu_rt_runtime = None;
    spec.cpuset_cpus = spec.cpuset_cpus.map(|_| "0".to_owned());
    spec.pids_limit = spec.pids_limit.filter(|limit| *limit > 20);
    spec.ulimits.retain(|limit| !limit.starts_with("memlock"));
    spec.oom_kill_disable = None;
    spec.oom_score_adj = spec.oom_score_adj.map(i64::abs).filter(|n| *n > 0);
    spec.blkio_weight = None;
    spec.blkio_weight_device.clear();
    for list in [
        &mut spec.device_read_bps,
        &mut spec.device_write_bps,
        &mut spec.device_read_iops,
        &mut spec.device_write_iops,
    ] {
        list.clear();
    }
    spec.devices = spec
        .devices
        .first()
        .map(|_| "/dev/null:/dev/x:r".to_owned())
        .into_iter()
        .collect();
    spec.device_requests.truncate(1);
    for request in &mut spec.device_requests {
        if request.count.is_some() {
            request.device_ids.clear();
        }
    }
    spec.security_opt
        .retain(|option| !option.starts_with("apparmor"));
    spec.sysctls.clear();
    spec.group_add.clear();
    for namespace in [&mut spec.pid, &mut spec.ipc] {
        *namespace = namespace.take().filter(|mode| mode == "host");
    }
    spec.cgroupns = None;
    spec.isolation = None;
    if spec.userns.is_some() {
        spec.userns = Some("host".to_owned());
    }
    if spec.uts.is_some() {
        spec.hostname = None;
        spec.domainname = None;
    }
    if spec.network_mode.as_deref() == Some("host") {
        spec.uts = None;
    }
    // A name from here, a domain that the kernel takes.
    spec.working_dir = spec.working_dir.map(|_| "/tmp".to_owned());
    spec.user = spec.user.map(|_| "1000".to_owned());
    if spec.restart.as_deref() == Some("no") {
        spec.restart = None;
    }
    spec.stop_timeout = spec.stop_timeout.filter(|seconds| *seconds > 0);
    spec
}

/// The script in a shell, with the client of this folder first.
fn paste(engine: &Engine, script: &str, client: &str) -> Output {
    let path = format!("{client}:{}", std::env::var("PATH").unwrap());
    Command::new("sh")
        .arg("-c")
        .arg(script)
        .env("PATH", path)
        .env("DOCKER_HOST", engine.host())
        .output()
        .unwrap()
}

/// Every form of a command, from the shortest on.
const FORMS: [&str; 3] = ["simple", "intermediate", "advanced"];

/// The text in a shell, with the engine's own client, in a folder of its own:
/// some scripts save a file.
fn pasted(engine: &Engine, text: &str) -> Output {
    // Where the client of another engine sees it, too.
    let folder = tempfile::tempdir_in(crate::support::engine::root()).unwrap();
    let path = format!(
        "{}:{}",
        engine.client_folder().display(),
        std::env::var("PATH").unwrap()
    );
    Command::new("sh")
        .arg("-c")
        .arg(text)
        .current_dir(folder.path())
        .env("PATH", path)
        .output()
        .unwrap()
}

fn commands(client: &Client, spec: &ContainerSpec, start: bool) -> Value {
    let answer = client.post(
        "/api/convert/spec-to-run",
        &json!({ "spec": spec, "start": start }),
    );
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

#[track_caller]
fn made(engine: &Engine, script: &str, client: &str) {
    let output = paste(engine, script, client);
    assert!(
        output.status.success(),
        "{}{}\n{script}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// What the engine says of it, without what the client cannot keep: it sends
/// variables, limits and mounts in an order of its own, names the policy `no`, and
/// anonymous volumes get a new name each time.
fn shot(engine: &Engine, name: &str) -> Snapshot {
    let mut shot = Snapshot::of(engine, name);
    sort(&mut shot.value["Config"]["Env"]);
    sort(&mut shot.value["HostConfig"]["Ulimits"]);
    let policy = &mut shot.value["HostConfig"]["RestartPolicy"]["Name"];
    if policy == "" {
        *policy = "no".into();
    }
    sort(&mut shot.value["HostConfig"]["Binds"]);
    for mount in shot.value["Mounts"].as_array_mut().into_iter().flatten() {
        if mount["Name"].as_str().is_some_and(is_generated) {
            mount["Name"] = "<generated>".into();
            mount["Source"] = "<generated>".into();
        }
    }
    sort(&mut shot.value["Mounts"]);
    shot
}

fn is_generated(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|b| b.is_ascii_hexdigit())
}

fn sort(list: &mut Value) {
    if let Some(list) = list.as_array_mut() {
        list.sort_by_key(ToString::to_string);
    }
}

/// As a person would have written it.
fn spec_of(client: &Client, name: &str) -> Value {
    let answer = client.get(&format!("/api/containers/{name}/spec"));
    assert_eq!(answer.status, 200, "{}", answer.text());
    let mut spec = answer.json();
    for key in ["name", "environment", "description"] {
        spec.as_object_mut().unwrap().remove(key);
    }
    for key in ["env", "ulimits"] {
        if let Some(list) = spec.get_mut(key) {
            sort(list);
        }
    }
    for mount in spec
        .get_mut("mounts")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        if mount["source"].as_str().is_some_and(is_generated) {
            mount["source"] = "".into();
        }
    }
    if let Some(mounts) = spec.get_mut("mounts") {
        sort(mounts);
    }
    spec
}

/// Differences that are not about how somebody was connected while it was made.
fn differences(one: &Snapshot, other: &Snapshot) -> Vec<String> {
    let attaching = ["Attach", "StdinOnce", "ConsoleSize"];
    let mut found = one.differences(other);
    found.retain(|line| !attaching.iter().any(|key| line.contains(key)));
    found
}

#[test]
fn pasted_commands_create_what_the_api_creates() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    let answer = client.json(
        "PATCH",
        "/api/settings",
        &json!({"host_environment": "DEV"}),
    );
    assert_eq!(answer.status, 200, "{}", answer.text());
    let own = format!("p{}", number());
    let subnet = number() % 200;
    for index in 0..2 {
        engine.docker(&[
            "network",
            "create",
            "--subnet",
            &format!("10.{}.{subnet}.0/24", 96 + index),
            &format!("{own}-net{index}"),
        ]);
    }
    let mut runner = TestRunner::deterministic();
    let strategy = strategy::specs();
    for turn in 0..25 {
        let wanted = strategy.new_tree(&mut runner).unwrap().current();
        let mut wanted = acceptable(wanted, &own, subnet);
        let name = format!("{own}-{turn}");
        wanted.name = Some(name.clone());
        wanted.auto_remove = false;
        // Every shell sets this one by itself.
        wanted.env.retain(|entry| entry != "_");
        // Without an entrypoint of its own there must be something to run.
        if wanted
            .entrypoint
            .as_ref()
            .is_some_and(|words| words.iter().all(String::is_empty))
        {
            wanted
                .command
                .get_or_insert_with(|| vec!["sleep".to_owned()]);
        }
        let risks = "limit,mounts,privileged,host_namespace,capabilities,security,devices,socket";
        let answer = client.post(
            &format!("/api/containers?pull=never&start=false&acknowledge={risks}"),
            &serde_json::to_value(&wanted).unwrap(),
        );
        assert_eq!(
            answer.status,
            200,
            "{turn}: {}\n{}",
            answer.text(),
            serde_json::to_string(&wanted).unwrap()
        );
        let (before, read) = (shot(engine, &name), spec_of(&client, &name));
        for form in ["simple", "intermediate", "advanced"] {
            // Both clients, in turns.
            // The newer client sends no hardware address to an older engine, and
            // writes capabilities with their prefix.
            let fixed = wanted.networks.iter().any(|network| network.mac.is_some())
                || wanted
                    .cap_add
                    .iter()
                    .chain(&wanted.cap_drop)
                    .any(|cap| cap != "ALL");
            let bin = if fixed {
                "/usr/bin"
            } else {
                CLIENTS[(turn + form.len()) % 2]
            };
            engine.docker(&["rm", &name]);
            let commands = commands(&client, &wanted, false);
            let script = commands[form]["text"].as_str().unwrap();
            made(engine, script, bin);
            crate::support::wait::until("the host knows it", crate::support::wait::SOON, || {
                (client.get(&format!("/api/containers/{name}")).status == 200).then_some(())
            });
            let said = differences(&before, &shot(engine, &name));
            assert!(
                said.is_empty(),
                "{turn} {form} {bin}:\n{}\n{script}",
                said.join("\n")
            );
            assert_eq!(
                spec_of(&client, &name),
                read,
                "{turn} {form} {bin}\n{script}"
            );
        }
        engine.docker(&["rm", &name]);
    }
}

#[test]
fn script_of_a_container_recreates_and_starts_it() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    let own = format!("p{}", number());
    let (one, two) = (format!("{own}-a"), format!("{own}-b"));
    engine.docker(&["network", "create", &one]);
    engine.docker(&["network", "create", &two]);
    engine.docker(&[
        "create",
        "--name",
        &own,
        "--network",
        &one,
        "-e",
        "A=b c",
        "--label",
        "x=it's",
        "bb:1",
    ]);
    engine.docker(&["network", "connect", "--alias", "other", &two, &own]);
    engine.docker(&["start", &own]);
    let answer = client.get(&format!("/api/containers/{own}/commands?action=run"));
    assert_eq!(answer.status, 200, "{}", answer.text());
    let script = answer.json()["advanced"]["text"]
        .as_str()
        .unwrap()
        .to_owned();

    // The name is taken.
    let output = paste(engine, &script, CLIENTS[0]);
    assert!(!output.status.success());
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("already"),
        "{output:?}"
    );

    let before = shot(engine, &own);
    engine.docker(&["rm", "-f", &own]);
    engine.docker(&["network", "rm", &two]);
    // The network is gone, too: it is made.
    made(engine, &script, CLIENTS[0]);
    let mut said = differences(&before, &shot(engine, &own));
    // The network is another one.
    said.retain(|line| !line.contains("/NetworkID") && !line.contains("/Gateway"));
    assert!(said.is_empty(), "{}", said.join("\n"));
    let format = "{{.State.Status}} {{len .NetworkSettings.Networks}}";
    assert_eq!(
        engine.docker(&["inspect", "--format", format, &own]),
        "running 2"
    );

    // One that does not stay up is told.
    engine.docker(&["rm", "-f", &own]);
    let failing = ContainerSpec {
        image: "bb:1".to_owned(),
        name: Some(own.clone()),
        network_mode: Some("none".to_owned()),
        command: Some(vec![
            "sh".to_owned(),
            "-c".to_owned(),
            "echo because; exit 3".to_owned(),
        ]),
        ..ContainerSpec::default()
    };
    let script = commands(&client, &failing, true)["advanced"]["text"]
        .as_str()
        .unwrap()
        .to_owned();
    let output = paste(engine, &script, CLIENTS[0]);
    assert!(!output.status.success());
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("because"),
        "{output:?}"
    );
    engine.docker(&["rm", "-f", &own]);
}
