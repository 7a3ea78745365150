//! Single changes: the inspect answer differs in just that.

use super::compare::Snapshot;
use super::{again, known, nothing_left, recreate, succeeded, with_each};
use crate::support::app::App;
use crate::support::engine::{Engine, number};
use serde_json::{Value, json};

#[test]
fn changed_option_changes_nothing_else() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    let tail = number();
    let base = engine.name("c");
    let (one, two) = (format!("{base}-one"), format!("{base}-two"));
    engine.docker(&[
        "network",
        "create",
        "--subnet",
        &format!("10.88.{}.0/24", tail % 200),
        &one,
    ]);
    engine.docker(&["network", "create", &two]);
    engine.docker(&["tag", "bb:1", &format!("other{tail}:2")]);
    let kept = format!("{base}-kept");
    let address = format!("10.88.{}.40", tail % 200);
    let networks = |list: &[Value]| Value::Array(list.to_vec());
    let web = json!({"name": one, "aliases": ["web"]});
    let cases: Vec<(Value, Vec<&str>)> = vec![
        (json!({"env": ["A=1", "B=2", "C=3"]}), vec!["/Config/Env"]),
        (json!({"env": null}), vec!["/Config/Env"]),
        (
            json!({"command": ["sleep", "77"]}),
            vec!["/Config/Cmd", "/Args", "/Path"],
        ),
        (
            json!({"command": null}),
            vec!["/Config/Cmd", "/Args", "/Path"],
        ),
        (
            json!({"entrypoint": ["/bin/sh", "-c"]}),
            vec!["/Config/Entrypoint", "/Args", "/Path"],
        ),
        (
            json!({"image": format!("other{tail}:2")}),
            vec!["/Config/Image"],
        ),
        (json!({"labels": {"new": "1"}}), vec!["/Config/Labels/new"]),
        (
            json!({"labels": {"mine": null}}),
            vec!["/Config/Labels/mine"],
        ),
        (
            json!({"labels": {"mine": "2"}}),
            vec!["/Config/Labels/mine"],
        ),
        (json!({"hostname": "box"}), vec!["/Config/Hostname"]),
        (
            json!({"domainname": "example.org"}),
            vec!["/Config/Domainname"],
        ),
        (json!({"user": "1000"}), vec!["/Config/User"]),
        (json!({"working_dir": "/tmp"}), vec!["/Config/WorkingDir"]),
        (json!({"tty": true}), vec!["/Config/Tty"]),
        (json!({"stop_signal": "SIGINT"}), vec!["/Config/StopSignal"]),
        (json!({"stop_timeout": 5}), vec!["/Config/StopTimeout"]),
        (
            json!({"healthcheck": {"test": ["NONE"]}}),
            vec!["/Config/Healthcheck"],
        ),
        (
            json!({"ports": ["19901:80"]}),
            vec!["/HostConfig/PortBindings", "/Config/ExposedPorts"],
        ),
        (
            json!({"ports": null}),
            vec!["/HostConfig/PortBindings", "/Config/ExposedPorts"],
        ),
        (json!({"expose": ["99"]}), vec!["/Config/ExposedPorts"]),
        (
            json!({"publish_all": true}),
            vec!["/HostConfig/PublishAllPorts"],
        ),
        (
            json!({"mounts": [{"kind": "volume", "source": kept, "target": "/data"}]}),
            vec!["/Config/Volumes", "/HostConfig/Tmpfs", "/Mounts"],
        ),
        (
            json!({"mounts": null}),
            vec![
                "/HostConfig/Binds",
                "/HostConfig/Tmpfs",
                "/Mounts",
                "/Config/Volumes",
            ],
        ),
        (json!({"memory": "128m"}), vec!["/HostConfig/Memory"]),
        (json!({"memory": null}), vec!["/HostConfig/Memory"]),
        (
            json!({"memory": "256m", "memory_swap": "300m"}),
            vec!["/HostConfig/Memory"],
        ),
        (json!({"memory_swap": -1}), vec!["/HostConfig/MemorySwap"]),
        (json!({"cpus": 1.5}), vec!["/HostConfig/NanoCpus"]),
        (json!({"cpu_shares": 100}), vec!["/HostConfig/CpuShares"]),
        (json!({"pids_limit": 50}), vec!["/HostConfig/PidsLimit"]),
        (
            json!({"ulimits": ["nofile=1:2"]}),
            vec!["/HostConfig/Ulimits"],
        ),
        (
            json!({"restart": "always"}),
            vec!["/HostConfig/RestartPolicy"],
        ),
        (
            json!({"restart": "on-failure:3"}),
            vec!["/HostConfig/RestartPolicy"],
        ),
        (json!({"restart": null}), vec!["/HostConfig/RestartPolicy"]),
        (
            json!({"privileged": false, "cap_add": ["NET_ADMIN"]}),
            vec!["/HostConfig/CapAdd"],
        ),
        (json!({"cap_drop": ["ALL"]}), vec!["/HostConfig/CapDrop"]),
        (
            json!({"read_only": true}),
            vec!["/HostConfig/ReadonlyRootfs"],
        ),
        (json!({"init": true}), vec!["/HostConfig/Init"]),
        (json!({"shm_size": "32m"}), vec!["/HostConfig/ShmSize"]),
        (
            json!({"sysctls": {"net.core.somaxconn": "512"}}),
            vec!["/HostConfig/Sysctls"],
        ),
        (
            json!({"devices": ["/dev/null:/dev/x"]}),
            vec!["/HostConfig/Devices"],
        ),
        (json!({"dns": ["1.1.1.1"]}), vec!["/HostConfig/Dns"]),
        (
            json!({"extra_hosts": ["nas:10.0.0.1"]}),
            vec!["/HostConfig/ExtraHosts"],
        ),
        (
            json!({"log_options": {"max-size": "2m"}}),
            vec!["/HostConfig/LogConfig"],
        ),
        (
            json!({"log_driver": "local", "log_options": null}),
            vec!["/HostConfig/LogConfig"],
        ),
        (
            json!({"security_opt": ["no-new-privileges"]}),
            vec!["/HostConfig/SecurityOpt"],
        ),
        (json!({"group_add": ["44"]}), vec!["/HostConfig/GroupAdd"]),
        (
            json!({"pid": "host"}),
            vec!["/HostConfig/PidMode", "/HostConfig/SecurityOpt"],
        ),
        (
            json!({"networks": networks(&[web.clone(), json!({"name": two})])}),
            vec!["/NetworkSettings/Networks/TWO"],
        ),
        (
            json!({"networks": networks(&[json!({"name": one, "aliases": ["web"], "ipv4": address})])}),
            vec!["/NetworkSettings/Networks/ONE/IPAMConfig"],
        ),
        (
            json!({"networks": networks(&[json!({"name": one, "aliases": ["web", "www"]})])}),
            vec!["/NetworkSettings/Networks/ONE/Aliases"],
        ),
        (
            json!({"networks": networks(&[json!({"name": two})])}),
            vec!["/NetworkSettings/Networks", "/HostConfig/NetworkMode"],
        ),
        (
            json!({"networks": null}),
            vec!["/NetworkSettings/Networks", "/HostConfig/NetworkMode"],
        ),
        (
            json!({"networks": null, "network_mode": "none"}),
            vec!["/NetworkSettings/Networks", "/HostConfig/NetworkMode"],
        ),
        (
            json!({"networks": null, "network_mode": "host"}),
            vec![
                "/NetworkSettings/Networks",
                "/HostConfig/NetworkMode",
                "/Config/Hostname",
            ],
        ),
        (
            json!({"networks": networks(&[json!({"name": one, "aliases": ["web"], "mac": "02:42:00:00:00:09"})])}),
            vec!["/Config/MacAddress"],
        ),
    ];
    let said = with_each(&cases, |(changes, paths)| {
        let name = engine.name("t");
        engine.docker(&[
            "create",
            "--name",
            &name,
            "--network",
            &one,
            "--network-alias",
            "web",
            "-e",
            "A=1",
            "-e",
            "B=1",
            "-l",
            "mine=1",
            "-l",
            "odd=a=b",
            "-p",
            "19900:80",
            "-v",
            &format!("{kept}:/data"),
            "-v",
            "/anonymous",
            "--tmpfs",
            "/t",
            "-m",
            "64m",
            "--restart",
            "unless-stopped",
            "--log-opt",
            "max-size=1m",
            "--add-host",
            "a:10.0.0.2",
            "bb:1",
            "sleep",
            "66",
        ]);
        known(&client, engine, &name);
        let before = Snapshot::of(engine, &name);
        let answer = recreate(
            &client,
            &name,
            &json!({"changes": changes, "pull": "never", "stable_seconds": 0}),
        );
        if answer.status != 200 {
            return vec![format!("{changes}: {}", answer.text())];
        }
        nothing_left(engine, &name);
        let found = before.differences(&Snapshot::of(engine, &name));
        let paths: Vec<String> = paths
            .iter()
            .map(|path| path.replace("ONE", &one).replace("TWO", &two))
            .collect();
        let mut said: Vec<String> = found
            .iter()
            .filter(|line| !paths.iter().any(|path| line.starts_with(path.as_str())))
            .map(|line| format!("{changes}: also {line}"))
            .collect();
        let changed = found.iter().any(|line| line.starts_with(paths[0].as_str()));
        if !changed {
            said.push(format!("{changes}: nothing became of it"));
        }
        said
    });
    let said: Vec<_> = said.into_iter().flatten().collect();
    assert!(said.is_empty(), "{}", said.join("\n"));
}

/// Whoever uses its volumes by its name gets the new ones.
#[test]
fn anonymous_volume_is_deleted_with_its_container_after_a_recreate() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    let (name, other) = (engine.name("t"), engine.name("t"));
    let volume = |name: &str| {
        let mounts = engine.inspect(name)["Mounts"].clone();
        mounts[0]["Name"].as_str().unwrap().to_owned()
    };
    let there = |volume: &str| engine.try_docker(&["volume", "inspect", volume]).is_some();
    engine.docker(&["run", "-d", "--name", &name, "-v", "/data", "bb:1"]);
    let data = volume(&name);
    engine.docker(&["create", "--name", &other, "--volumes-from", &name, "bb:1"]);
    known(&client, engine, &name);
    succeeded(&again(&client, &name));
    assert_eq!(volume(&name), data);
    let delete = |name: &str| {
        let answer = client.delete(&format!("/api/containers/{name}?force=true&volumes=true"));
        assert_eq!(answer.status, 200, "{}", answer.text());
    };
    delete(&name);
    assert!(there(&data), "another one uses it");
    delete(&other);
    assert!(!there(&data), "nobody uses it any more");
}

#[test]
fn plan_names_what_the_writable_layer_holds_before_it_is_lost() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    let name = engine.name("t");
    engine.docker(&["run", "-d", "--name", &name, "bb:1"]);
    known(&client, engine, &name);
    let warnings = || {
        let path = format!("/api/containers/{name}/recreate?dry_run=true");
        client.post(&path, &json!({"pull": "never"})).json()["warnings"].to_string()
    };
    assert!(!warnings().contains("written inside"), "{}", warnings());
    let line = "i=0; while [ $i -lt 3000 ]; do echo 0123456789012345678901234567890123456789; i=$((i+1)); done > /data";
    engine.docker(&["exec", &name, "sh", "-c", line]);
    // The bytes, or with containerd's store the blocks that they take.
    let written = ["123 kB", "131.1 kB"].map(|size| format!("{size} that were written inside"));
    let said = warnings();
    assert!(written.iter().any(|text| said.contains(text)), "{said}");
}

#[test]
fn new_volumes_reach_containers_that_use_volumes_from() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    let owner = engine.name("t");
    let user = format!("{owner}-user");
    engine.docker(&[
        "run",
        "-d",
        "--name",
        &owner,
        "-v",
        &format!("{owner}-a:/data"),
        "bb:1",
    ]);
    engine.docker(&[
        "run",
        "-d",
        "--name",
        &user,
        "--volumes-from",
        &owner,
        "bb:1",
    ]);
    known(&client, engine, &owner);
    known(&client, engine, &user);
    let mounts = json!([{"kind": "volume", "source": format!("{owner}-b"), "target": "/data"}]);
    let answer = recreate(
        &client,
        &owner,
        &json!({"changes": {"mounts": mounts}, "stable_seconds": 0}),
    );
    let operation = super::succeeded(&answer);
    assert_eq!(
        operation["result"]["unused_volumes"][0],
        format!("{owner}-a")
    );
    for name in [owner.as_str(), &user] {
        assert_eq!(
            engine.inspect(name)["Mounts"][0]["Name"],
            format!("{owner}-b"),
            "{name}"
        );
    }
    assert!(
        engine
            .docker(&["volume", "ls", "-q"])
            .contains(&format!("{owner}-a")),
        "the old one is kept"
    );
}
