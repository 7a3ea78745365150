//! Everything that can be set is set, and read back; what does not start
//! leaves nothing behind.

use super::{create, exists, ready};
use crate::support::engine::{Engine, number};
use crate::support::wait::{SOON, until};
use serde_json::{Map, Value, json};

/// Every field that this engine takes, in the words in which it is read back.
fn everything(name: &str, one: &str, two: &str, subnet: u32) -> Value {
    let mut spec = json!({
        "image": "bb:1",
        "name": name,
        "description": "Everything",
        "environment": "UAT",
        "command": ["sleep", "7 7"],
        "entrypoint": ["/bin/sh", "-c"],
        "env": ["A=1", "B=x=y", "LINES=one\ntwo"],
        "working_dir": "/tmp",
        "user": "1000:1000",
        "group_add": ["20"],
        "tty": true,
        "stdin_open": true,
        "init": true,
        "restart": "on-failure:3",
        "stop_signal": "SIGINT",
        "stop_timeout": 7,
        "healthcheck": {"test": ["CMD-SHELL", "true"], "interval": "5s", "timeout": "3s", "start_period": "1m", "retries": 4},
        "ports": [
            {"container_port": 53, "protocol": "udp", "host_port": "18653"},
            {"container_port": 80, "protocol": "tcp", "host_port": "18680", "host_ip": "127.0.0.1"},
            {"container_port": 81, "protocol": "tcp"},
            {"container_port": 82, "protocol": "tcp", "host_port": "18700-18710"},
        ],
        "expose": ["99", "99/udp"],
        "publish_all": true,
        "networks": [
            {"name": one, "aliases": ["web"], "ipv4": format!("10.94.{subnet}.20"), "mac": "02:42:aa:bb:cc:dd"},
            {"name": two, "aliases": ["x"], "driver_opts": {"com.docker.network.test": "1"}},
        ],
        "hostname": "box",
        "domainname": "example.org",
        "dns": ["1.1.1.1"],
        "dns_search": ["example.org"],
        "dns_options": ["ndots:2"],
        "extra_hosts": ["nas:192.168.1.10"],
    });
    let rest = json!({
        "mounts": [
            {"kind": "bind", "source": "/srv", "target": "/b", "read_only": true},
            {"kind": "volume", "source": format!("{name}-v"), "target": "/v", "options": ["nocopy"]},
            {"kind": "volume", "source": format!("{name}-m"), "target": "/m", "syntax": "mount", "engine": {"VolumeOptions": {"Labels": {"a": "b"}}}},
            {"kind": "tmpfs", "target": "/mt", "syntax": "mount", "engine": {"TmpfsOptions": {"SizeBytes": 1048576}}},
            {"kind": "tmpfs", "target": "/t", "options": ["size=64k"]},
        ],
        "read_only": true,
        "shm_size": 33_554_432,
        "memory": 67_108_864,
        "memory_swap": 100_663_296,
        "memory_reservation": 33_554_432,
        "memory_swappiness": 10,
        "cpu_shares": 512,
        "cpu_period": 50000,
        "cpu_quota": 25000,
        "cpuset_cpus": "0",
        "cpuset_mems": "0",
        "pids_limit": 100,
        "ulimits": ["core=0:0", "nofile=1024:2048"],
        "oom_score_adj": 500,
        "device_read_bps": ["/dev/null:10m"],
        "device_write_iops": ["/dev/null:50"],
        "cap_add": ["NET_ADMIN"],
        "cap_drop": ["MKNOD"],
        "security_opt": ["no-new-privileges"],
        "devices": ["/dev/null:/dev/x:r", "/dev/zero"],
        "device_requests": [{"count": -1, "capabilities": [["gpu", "utility"]]}],
        "device_cgroup_rules": ["c 13:* rwm"],
        "sysctls": {"net.core.somaxconn": "512"},
        "pid": "host",
        "ipc": "host",
        "userns": "host",
        "cgroupns": "private",
        "cgroup_parent": "/dockermate-test",
        "runtime": "io.containerd.runc.v2",
        "labels": {"a": "", "b.c/d": "x=y", "dockermate.environment": "UAT"},
        "log_driver": "json-file",
        "log_options": {"max-size": "1m"},
    });
    let both = spec.as_object_mut().zip(rest.as_object().cloned());
    both.into_iter().for_each(|(spec, rest)| spec.extend(rest));
    spec
}

#[test]
fn every_option_is_read_back_as_it_was_set() {
    let engine = Engine::isolated();
    let (_app, client) = ready(engine);
    let name = engine.name("w");
    let (one, two) = (format!("{name}-one"), format!("{name}-two"));
    let subnet = number() % 200;
    engine.docker(&[
        "network",
        "create",
        "--subnet",
        &format!("10.94.{subnet}.0/24"),
        &one,
    ]);
    engine.docker(&["network", "create", &two]);
    let spec = everything(&name, &one, &two, subnet);
    let answer = create(&client, "pull=never&start=false", &spec);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let read = client.get(&format!("/api/containers/{name}/spec")).json();
    same(&spec, &read);
    // What was read makes the same one again.
    let before = crate::api::recreate::Snapshot::of(engine, &name);
    engine.docker(&["rm", &name]);
    crate::support::wait::until("it is gone", crate::support::wait::SOON, || {
        (client.get(&format!("/api/containers/{name}")).status == 404).then_some(())
    });
    let answer = create(&client, "pull=never&start=false", &read);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let said = before.differences(&crate::api::recreate::Snapshot::of(engine, &name));
    assert!(said.is_empty(), "{}", said.join("\n"));
}

/// Field by field, so that a failure names the one.
#[track_caller]
fn same(spec: &Value, read: &Value) {
    let empty = Map::new();
    let (spec, read) = (
        spec.as_object().unwrap_or(&empty),
        read.as_object().unwrap_or(&empty),
    );
    let mut keys: Vec<_> = spec.keys().chain(read.keys()).collect();
    keys.sort();
    keys.dedup();
    let wrong: Vec<String> = keys
        .into_iter()
        .filter(|key| spec.get(*key) != read.get(*key))
        .map(|key| format!("{key}: {:?} became {:?}", spec.get(key), read.get(key)))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn short_forms_are_read_back_in_full() {
    let engine = Engine::isolated();
    let (_app, client) = ready(engine);
    let name = engine.name("w");
    let spec = json!({
        "image": "bb:1", "name": name,
        "command": "sleep '9  9'", "env": {"A": "1"}, "ports": ["18720:80", "18721-18722:90-91/udp"], "mounts": ["/srv:/t:ro", "vol1:/v", "/anonymous"],
        "networks": ["bridge"], "memory": "64m", "labels": ["a=1"], "cpus": "0.5", "healthcheck": {"test": "true", "interval": 5},
    });
    let answer = create(&client, "pull=never", &spec);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let read = client.get(&format!("/api/containers/{name}/spec")).json();
    assert_eq!(read["command"], json!(["sleep", "9  9"]));
    assert_eq!(read["env"], json!(["A=1"]));
    assert_eq!(read["ports"].as_array().unwrap().len(), 3);
    assert_eq!(read["memory"], 64 * 1024 * 1024);
    assert_eq!(read["labels"], json!({"a": "1"}));
    assert_eq!(read["cpus"], 0.5);
    assert_eq!(
        read["healthcheck"],
        json!({"test": ["CMD-SHELL", "true"], "interval": "5s"})
    );
    let targets: Vec<_> = read["mounts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|mount| mount["target"].as_str().unwrap())
        .collect();
    assert_eq!(targets, ["/t", "/v", "/anonymous"]);
    assert_eq!(read["networks"], Value::Null, "the default");
}

#[test]
fn container_that_does_not_start_is_removed() {
    let engine = Engine::isolated();
    let (_app, client) = ready(engine);
    let port = 21000 + number();
    let holder = engine.name("w");
    engine.docker(&[
        "run",
        "-d",
        "--name",
        &holder,
        "--network",
        "host",
        "bb:1",
        "nc",
        "-l",
        "-p",
        &port.to_string(),
    ]);
    let name = engine.name("w");
    for (over, word, code) in [
        (
            json!({"ports": [format!("{port}:80")]}),
            port.to_string(),
            "port_taken",
        ),
        (
            json!({"command": ["/no/such/program"]}),
            "/no/such/program".to_owned(),
            "command_missing",
        ),
        (
            json!({"devices": ["/dev/no-such-device"]}),
            "/dev/no-such-device".to_owned(),
            "device_missing",
        ),
        (json!({"cap_add": ["NONSENSE"]}), "NONSENSE".to_owned(), ""),
    ] {
        let mut spec = json!({"image": "bb:1", "name": name, "mounts": ["/anonymous"]});
        spec.as_object_mut()
            .unwrap()
            .extend(over.as_object().unwrap().clone());
        let answer = create(&client, "pull=never", &spec);
        assert!(
            (400..500).contains(&answer.status),
            "{over}: {}",
            answer.text()
        );
        let told = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(told.contains(&word), "{over}: {told}");
        let found = answer.problem();
        assert!(code.is_empty() || found == code, "{over}: {found} {told}");
        assert!(!exists(engine, &name), "{over}");
        let operation = client.get("/api/operations?limit=1").json()["items"][0].clone();
        assert_eq!(
            (operation["state"].as_str(), operation["target"].as_str()),
            (Some("failed"), Some(name.as_str())),
            "{operation}"
        );
        // Removing it is a step that succeeded.
        for step in operation["steps"].as_array().unwrap() {
            let removes = step["title"].as_str().unwrap().starts_with("Remove");
            assert!(!removes || step["state"] == "succeeded", "{operation}");
        }
        crate::support::wait::until("its name is free", crate::support::wait::SOON, || {
            (client.get(&format!("/api/containers/{name}")).status == 404).then_some(())
        });
    }
}

#[test]
fn names_choices_and_duplicates_are_offered() {
    let engine = Engine::isolated();
    let (_app, client) = ready(engine);
    let name = engine.name("w");
    let network = format!("{name}-net");
    let subnet = number() % 200;
    engine.docker(&[
        "network",
        "create",
        "--subnet",
        &format!("10.95.{subnet}.0/24"),
        &network,
    ]);
    let address = format!("10.95.{subnet}.9");
    let spec = json!({
        "image": "bb:1", "name": name, "hostname": "box", "ports": ["18730:80"], "mounts": [format!("{name}-v:/v"), "/anonymous"],
        "networks": [{"name": network, "ipv4": address, "mac": "02:42:00:00:00:01", "aliases": ["web"]}],
        "labels": {"com.docker.compose.project": "x", "mine": "1"}, "environment": "UAT",
    });
    let answer = create(&client, "pull=never", &spec);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let check = |query: &str| {
        client
            .get(&format!("/api/containers/validate-name?{query}"))
            .json()
    };
    let taken = check(&format!("name={name}&environment=UAT"));
    assert_eq!(
        (taken["valid"].as_bool(), taken["reason"].as_str()),
        (Some(false), Some("taken"))
    );
    let suggested: Vec<_> = taken["suggestions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|name| name.as_str().unwrap().to_owned())
        .collect();
    assert!(
        suggested.contains(&format!("{name}-uat")) && suggested.contains(&format!("{name}-2")),
        "{taken}"
    );
    for name in &suggested {
        assert_eq!(check(&format!("name={name}"))["valid"], true, "{name}");
    }
    let odd = check("name=my%20app");
    assert_eq!(
        (odd["reason"].as_str(), odd["suggestions"][0].as_str()),
        (Some("format"), Some("my-app"))
    );
    assert_eq!(check("name=a")["reason"], "length");
    assert_eq!(
        check(&format!("name={}", "x".repeat(256)))["reason"],
        "length"
    );
    assert!(check(&format!("name={}", "x".repeat(64)))["warning"].is_string());

    let choices = until("memory has followed", SOON, || {
        let choices = client.get("/api/containers/choices").json();
        let named = |list: &str, name: &str| {
            let mut all = choices[list].as_array().unwrap().iter();
            all.any(|item| item == name || item["name"] == name)
        };
        let there = named("networks", &network) && named("volumes", &format!("{name}-v"));
        there.then_some(choices)
    });
    let has = |list: &str, value: &str| {
        choices[list]
            .as_array()
            .unwrap()
            .iter()
            .any(|item| item == value)
    };
    assert!(
        has("images", "bb:1") && has("volumes", &format!("{name}-v")),
        "{choices}"
    );
    let ours = choices["networks"]
        .as_array()
        .unwrap()
        .iter()
        .find(|item| item["name"] == network.as_str())
        .unwrap();
    assert_eq!(
        (
            ours["fixed_addresses"].as_bool(),
            ours["subnets"][0].as_str()
        ),
        (Some(true), Some(format!("10.95.{subnet}.0/24").as_str()))
    );
    assert!(!choices["networks"].to_string().contains("\"host\""));
    let port = choices["ports"]
        .as_array()
        .unwrap()
        .iter()
        .find(|item| item["container"] == name.as_str())
        .unwrap();
    assert_eq!(port["port"], 18730);
    assert!(
        choices["volumes"]
            .as_array()
            .unwrap()
            .iter()
            .all(|volume| volume.as_str().unwrap().len() < 64)
    );

    let copy = client
        .get(&format!("/api/containers/{name}/spec?duplicate=true"))
        .json();
    assert_eq!(copy["name"], format!("{name}-2"));
    let text = copy.to_string();
    for gone in [
        address.as_str(),
        "02:42:00:00:00:01",
        "18730",
        "com.docker.compose",
        "\"hostname\"",
    ] {
        assert!(!text.contains(gone), "{gone}: {text}");
    }
    let answer = create(&client, "pull=never", &copy);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let (a, b) = (engine.inspect(&name), engine.inspect(&format!("{name}-2")));
    assert_eq!(b["State"]["Status"], "running");
    assert_eq!(b["Config"]["Labels"], json!({"mine": "1"}));
    let anonymous = |inspect: &Value| {
        inspect["Mounts"]
            .as_array()
            .unwrap()
            .iter()
            .find(|mount| mount["Destination"] == "/anonymous")
            .unwrap()["Name"]
            .clone()
    };
    assert_ne!(anonymous(&a), anonymous(&b), "not the same data");
}
