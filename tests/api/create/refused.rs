//! What is refused before anything is done: each with its field, its code, and
//! a way out.

use super::{create, dev, exists, ready};
use crate::support::app::App;
use crate::support::engine::{Engine, number};
use serde_json::{Map, Value, json};
use std::net::TcpListener;

/// `{"image": …, "name": …}` with something laid over it.
fn spec(name: &str, over: &Value) -> Value {
    let mut spec = json!({"image": "bb:1", "name": name});
    if let (Some(spec), Some(over)) = (spec.as_object_mut(), over.as_object()) {
        spec.extend(over.clone());
    }
    spec
}

#[test]
fn invalid_values_are_refused_with_their_field() {
    let engine = Engine::isolated();
    let (_app, client) = ready(engine);
    let name = engine.name("r");
    for (over, field) in [
        (json!({"name": "-x"}), "name"),
        (json!({"name": "a"}), "name"),
        (json!({"name": "ünï"}), "name"),
        (json!({"name": "a b"}), "name"),
        (json!({"name": "x".repeat(256)}), "name"),
        (json!({"image": ""}), "image"),
        (json!({"image": "nginx latest"}), "image"),
        (json!({"image": "Owner/App"}), "image"),
        (json!({"colour": "red"}), "colour"),
        (json!({"environment": "MOON"}), "environment"),
        (json!({"description": "x".repeat(501)}), "description"),
        (json!({"env": ["=x"]}), "env[0]"),
        (json!({"env": ["A=1", ""]}), "env[1]"),
        (json!({"hostname": "a b"}), "hostname"),
        (json!({"hostname": "x".repeat(64)}), "hostname"),
        (json!({"working_dir": "relative"}), "working_dir"),
        (
            json!({"healthcheck": {"test": ["CMD"]}}),
            "healthcheck.test",
        ),
        (
            json!({"healthcheck": {"test": ["true"]}}),
            "healthcheck.test",
        ),
        (
            json!({"healthcheck": {"test": "true", "interval": "1us"}}),
            "healthcheck.interval",
        ),
        (
            json!({"engine": {"host_config": {"CpuCount": 1, "Privileged": true}}}),
            "engine.host_config.Privileged",
        ),
        (
            json!({"engine": {"host_config": {"Binds": ["/:/host"]}}}),
            "engine.host_config.Binds",
        ),
        (
            json!({"engine": {"config": {"Env": ["A=1"]}}}),
            "engine.config.Env",
        ),
        (json!({"extra_hosts": ["nas"]}), "extra_hosts[0]"),
        (json!({"dns": ["1.1.1.1", "dns.example"]}), "dns[1]"),
        (json!({"memory": "1m"}), "memory"),
        (json!({"memory": "much"}), "memory"),
        (json!({"memory_swap": "1g"}), "memory_swap"),
        (json!({"memory": "1g", "memory_swap": "1m"}), "memory_swap"),
        (
            json!({"memory": "64m", "memory_reservation": "1g"}),
            "memory_reservation",
        ),
        (json!({"cpus": -1}), "cpus"),
        (json!({"cpus": 1, "cpu_quota": 1000}), "cpus"),
        (json!({"ulimits": ["nofile"]}), "ulimits[0]"),
        (json!({"devices": ["ttyUSB0"]}), "devices[0]"),
        (json!({"pids_limit": -2}), "pids_limit"),
        (json!({"restart": "sometimes"}), "restart"),
        (json!({"restart": "always", "auto_remove": true}), "restart"),
        (json!({"ports": ["99999:80"]}), "ports"),
        (json!({"ports": ["80:80/icmp"]}), "ports"),
        (
            json!({"ports": [{"container_port": 80, "protocol": "tcp", "host_ip": "999.1.1.1"}]}),
            "ports[0].host_ip",
        ),
        (json!({"ports": ["18500:80", "18500:81"]}), "ports[1]"),
        (json!({"expose": ["80:80"]}), "expose"),
        (
            json!({"mounts": ["relative:/data/../.."]}),
            "mounts[0].target",
        ),
        (
            json!({"mounts": [{"kind": "volume", "target": "data"}]}),
            "mounts[0].target",
        ),
        (json!({"mounts": ["/srv:/"]}), "mounts[0].target"),
        (
            json!({"mounts": ["vol1:/data", "vol2:/data/"]}),
            "mounts[1].target",
        ),
        (json!({"mounts": ["x:/data"]}), "mounts[0].source"),
        (
            json!({"mounts": [{"kind": "bind", "source": "srv", "target": "/data"}]}),
            "mounts[0].source",
        ),
        (json!({"mounts": ["./here:/data"]}), "mounts"),
        (json!({"volumes_from": ["nobody"]}), "volumes_from"),
        (json!({"network_mode": "mynet"}), "network_mode"),
        (
            json!({"network_mode": "host", "networks": ["bridge"]}),
            "network_mode",
        ),
        (json!({"network_mode": "container:nobody"}), "network_mode"),
        (json!({"pid": "container:nobody"}), "pid"),
        (
            json!({"networks": ["bridge", "bridge"]}),
            "networks[1].name",
        ),
        (json!({"networks": ["host"]}), "networks[0].name"),
        (
            json!({"networks": [{"name": "bridge", "ipv4": "172.17.0.9"}]}),
            "networks[0].ipv4",
        ),
        (
            json!({"networks": [{"name": "bridge", "mac": "01:00:00:00:00:01"}]}),
            "networks[0].mac",
        ),
        (
            json!({"networks": [{"name": "bridge", "mac": "nonsense"}]}),
            "networks[0].mac",
        ),
    ] {
        for query in ["pull=never", "pull=never&dry_run=true"] {
            let answer = create(&client, query, &spec(&name, &over));
            assert_eq!(answer.status, 400, "{over}: {}", answer.text());
            answer.problem();
            let problem = answer.json();
            let told = problem["field"].as_str().unwrap_or("");
            assert!(
                told == field
                    || told.starts_with(&format!("{field}["))
                    || told.starts_with(&format!("{field}.")),
                "{over}: {problem}"
            );
            assert!(problem["detail"].as_str().unwrap().len() > 15, "{problem}");
        }
    }
    assert!(!exists(engine, &name));
    let odd = create(&client, "pull=perhaps", &spec(&name, &json!({})));
    assert_eq!(odd.json()["field"], "pull");
    assert_eq!(
        client.get("/api/operations").json()["items"],
        json!([]),
        "nothing was begun"
    );
}

#[test]
fn names_and_ports_in_use_and_missing_resources_are_refused() {
    // On this machine's network: its listeners are seen.
    let engine = Engine::shared();
    let (app, client) = ready(engine);
    let name = engine.name("r");
    let network = format!("{name}-net");
    let third = (std::process::id() + number()) % 200;
    let address = |last: u32| format!("10.96.{third}.{last}");
    engine.docker(&[
        "network",
        "create",
        "--subnet",
        &format!("{}/24", address(0)),
        "--gateway",
        &address(1),
        "--aux-address",
        &format!("nas={}", address(7)),
        &network,
    ]);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let published = crate::support::app::free_port();
    let neighbour = format!("{name}-neighbour");
    engine.docker(&[
        "run",
        "-d",
        "--name",
        &neighbour,
        "--network",
        &network,
        "--ip",
        &address(9),
        "-p",
        &format!("127.0.0.1:{published}:80"),
        "bb:1",
    ]);
    let idle = format!("{name}-idle");
    engine.docker(&["create", "--name", &idle, "--network", "none", "bb:1"]);
    let waiting = format!("{name}-waiting");
    engine.docker(&[
        "create",
        "--name",
        &waiting,
        "--network",
        &network,
        "--ip",
        &address(12),
        "bb:1",
    ]);
    crate::api::recreate::known(&client, engine, &waiting);
    crate::api::recreate::known(&client, engine, &neighbour);
    crate::api::recreate::known(&client, engine, &idle);
    let on = |ip: String| json!({"networks": [{"name": network, "ipv4": ip}]});
    let plan = create(&client, "dry_run=true", &spec(&name, &on(address(12))));
    assert_eq!(plan.status, 200, "{}", plan.text());
    let warnings = plan.json()["warnings"].to_string();
    assert!(warnings.contains(&waiting), "{warnings}");
    let missing = app.dir().join("missing");
    for (over, code, field, word) in [
        (json!({"name": neighbour}), "name_taken", "name", "-2"),
        (json!({"name": idle}), "name_taken", "name", "Free names"),
        (
            json!({"ports": [format!("{port}:80")], "networks": [network]}),
            "port_taken",
            "ports[0].host_port",
            "is free",
        ),
        (
            json!({"ports": ["80", format!("{published}:80")], "networks": [network]}),
            "port_taken",
            "ports[1].host_port",
            &neighbour,
        ),
        (
            json!({"networks": ["nonet"]}),
            "network_missing",
            "networks[0].name",
            &network,
        ),
        (
            on("10.97.0.1".to_owned()),
            "address_unavailable",
            "networks[0].ipv4",
            &address(0),
        ),
        (
            on(address(1)),
            "address_unavailable",
            "networks[0].ipv4",
            "gateway",
        ),
        (
            on(address(7)),
            "address_unavailable",
            "networks[0].ipv4",
            "nas",
        ),
        (
            on(address(9)),
            "address_unavailable",
            "networks[0].ipv4",
            &neighbour,
        ),
        (
            on(address(0)),
            "address_unavailable",
            "networks[0].ipv4",
            "broadcast",
        ),
        (
            on(address(255)),
            "address_unavailable",
            "networks[0].ipv4",
            "broadcast",
        ),
        (
            json!({"mounts": [{"kind": "bind", "source": missing, "target": "/x", "syntax": "mount"}]}),
            "path_missing",
            "mounts[0].source",
            "does not exist",
        ),
        (
            json!({"ports": ["80:80"], "network_mode": format!("container:{neighbour}")}),
            "invalid",
            "ports",
            "that container",
        ),
        (
            json!({"hostname": "x", "network_mode": format!("container:{neighbour}")}),
            "invalid",
            "hostname",
            &neighbour,
        ),
    ] {
        let answer = create(&client, "pull=never", &spec(&name, &over));
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (400, code),
            "{over}: {}",
            answer.text()
        );
        assert_eq!(answer.json()["field"], field, "{over}");
        let told = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(told.contains(word), "{word}: {told}");
    }
    let answer = create(
        &client,
        "pull=never",
        &spec(&name, &json!({"image": "nowhere:1"})),
    );
    assert_eq!(
        (answer.status, answer.problem().as_str()),
        (409, "image_missing")
    );
    assert!(!exists(engine, &name));
    assert_eq!(
        client.get("/api/operations?limit=1").json()["items"][0]["state"],
        "failed"
    );
    drop(listener);
}

#[test]
fn risky_settings_need_an_acknowledgement() {
    let engine = Engine::isolated();
    let (app, client) = ready(engine);
    let name = engine.name("r");
    let socket = engine.socket().display().to_string();
    let data = app.data_dir().display().to_string();
    let above = app.dir().display().to_string();
    for source in [
        "/",
        "/var/run/docker.sock",
        &socket,
        &data,
        &above,
        "/etc",
        "/etc/../etc/",
        "/boot",
        "/run",
    ] {
        let over = json!({"mounts": [{"kind": "bind", "source": source, "target": "/x"}]});
        let plan = create(&client, "pull=never&dry_run=true", &spec(&name, &over));
        assert_eq!(plan.status, 200, "{source}: {}", plan.text());
        assert!(
            !plan.json()["warnings"].as_array().unwrap().is_empty(),
            "{source}"
        );
        for query in ["", "&acknowledge=limit", "&acknowledge="] {
            let answer = create(&client, &format!("pull=never{query}"), &spec(&name, &over));
            assert_eq!(
                (answer.status, answer.problem().as_str()),
                (428, "risk_not_acknowledged"),
                "{source}: {}",
                answer.text()
            );
            assert_eq!(answer.json()["confirm"], "mounts", "{source}");
        }
        assert!(!exists(engine, &name), "{source}");
    }
    // A new volume may be but another name for a folder.
    let options = json!({"type": "none", "o": "bind", "device": "/"});
    let engine_words =
        json!({"VolumeOptions": {"DriverConfig": {"Name": "local", "Options": options}}});
    let over = json!({"mounts": [{"kind": "volume", "source": "disguise", "target": "/x", "engine": engine_words}]});
    let answer = create(&client, "pull=never", &spec(&name, &over));
    assert_eq!(
        answer.problem(),
        "risk_not_acknowledged",
        "{}",
        answer.text()
    );
    // Read-only is another thing where only writing is the danger.
    let over = json!({"mounts": ["/etc:/x:ro"]});
    assert_eq!(
        create(&client, "pull=never&start=false", &spec(&name, &over)).status,
        200
    );
    let other = engine.name("r");
    let over = json!({"mounts": [format!("{socket}:/x:ro")]});
    assert_eq!(
        create(&client, "pull=never&start=false", &spec(&other, &over)).status,
        428
    );
    assert_eq!(
        create(
            &client,
            "pull=never&start=false&acknowledge=mounts",
            &spec(&other, &over)
        )
        .status,
        200
    );
    assert!(exists(engine, &other));
    // It is a risk again when a saved configuration is restored.
    let tagged = client.json(
        "PUT",
        &format!("/api/containers/{other}"),
        &json!({"environment": "PRD"}),
    );
    assert_eq!(tagged.status, 200, "{}", tagged.text());
    let deleted = client.delete(&format!("/api/containers/{other}?confirm={other}"));
    assert_eq!(deleted.status, 200, "{}", deleted.text());
    let backups = client
        .get(&format!("/api/backups?container={other}"))
        .json();
    let id = backups["items"][0]["id"].as_str().unwrap();
    let restore = |query: &str| {
        let path = format!("/api/backups/{id}/restore{query}");
        client.send("POST", &path, &[], b"")
    };
    let answer = restore("");
    assert_eq!(
        answer.problem(),
        "risk_not_acknowledged",
        "{}",
        answer.text()
    );
    assert!(!exists(engine, &other));
    let answer = restore("?acknowledge=mounts");
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(exists(engine, &other));
}

#[test]
fn mixed_host_asks_for_the_environment() {
    let engine = Engine::isolated();
    let app = App::start_with(&engine.host(), &["--profile", "enterprise"]);
    let client = app.set_up();
    let (one, two, three) = (engine.name("r"), engine.name("r"), engine.name("r"));
    let answer = create(&client, "pull=never&start=false", &spec(&one, &json!({})));
    assert_eq!(
        (answer.status, answer.problem().as_str()),
        (400, "environment_required")
    );
    assert_eq!(answer.json()["field"], "environment");
    let said = json!({"environment": "UAT", "description": "said"});
    assert_eq!(
        create(&client, "pull=never&start=false", &spec(&one, &said)).status,
        200
    );
    let view = client.get(&format!("/api/containers/{one}")).json();
    assert_eq!(
        (view["environment"].as_str(), view["description"].as_str()),
        (Some("UAT"), Some("said"))
    );
    let labelled = json!({"labels": {"dockermate.environment": "PRD"}});
    assert_eq!(
        create(&client, "pull=never&start=false", &spec(&two, &labelled)).status,
        200
    );
    assert_eq!(
        client.get(&format!("/api/containers/{two}")).json()["environment"],
        "PRD"
    );
    dev(&client);
    assert_eq!(
        create(&client, "pull=never&start=false", &spec(&three, &json!({}))).status,
        200
    );
}

#[test]
fn container_limit_of_a_small_host_is_enforced() {
    let engine = Engine::start();
    let app = App::start_with(&engine.host(), &["--profile", "raspberry_pi"]);
    let client = app.set_up();
    dev(&client);
    let add = |many: usize| {
        for _ in 0..many {
            engine.docker(&["create", "--network", "none", "bb:1"]);
        }
        let all = engine.docker(&["ps", "-aq"]).lines().count();
        crate::support::wait::until("all are known", crate::support::wait::SOON, || {
            (client.get("/api/containers").json()["total"] == all).then_some(())
        });
    };
    let warnings = || {
        let plan = create(
            &client,
            "pull=never&dry_run=true",
            &spec("plan", &json!({"network_mode": "none"})),
        );
        assert_eq!(plan.status, 200, "{}", plan.text());
        plan.json()["warnings"].to_string()
    };
    add(10);
    assert_eq!(warnings(), "[]", "the eleventh is fine");
    add(1);
    assert!(
        warnings().contains("container 12 of the 15"),
        "{}",
        warnings()
    );
    add(3);
    assert!(
        warnings().contains("container 15: the limit"),
        "{}",
        warnings()
    );
    let make = |name: &str, query: &str| {
        create(
            &client,
            &format!("pull=never&start=false{query}"),
            &spec(name, &json!({"network_mode": "none"})),
        )
    };
    assert_eq!(make("fifteenth", "").status, 200);
    assert!(
        warnings().contains("would be container 16"),
        "{}",
        warnings()
    );
    let refused = make("sixteenth", "");
    assert_eq!(
        (refused.status, refused.problem().as_str()),
        (428, "container_limit")
    );
    assert_eq!(refused.json()["confirm"], "limit");
    assert!(!exists(&engine, "sixteenth"));
    assert_eq!(make("sixteenth", "&acknowledge=limit").status, 200);
    // A recreate adds none.
    assert_eq!(
        crate::api::recreate::again(&client, "sixteenth").status,
        200
    );
}

#[test]
fn dry_run_changes_nothing() {
    let engine = Engine::isolated();
    let (_app, client) = ready(engine);
    let name = engine.name("r");
    let volume = format!("{name}-vol");
    let over =
        json!({"mounts": [format!("{volume}:/data")], "networks": ["bridge"], "env": {"A": "b c"}});
    let plan = create(&client, "pull=missing&dry_run=true", &spec(&name, &over)).json();
    let steps = plan["steps"].to_string();
    for word in [name.as_str(), volume.as_str(), "Start it"] {
        assert!(steps.contains(word), "{word}: {steps}");
    }
    assert!(
        plan["commands"]["simple"]["text"]
            .as_str()
            .unwrap()
            .contains(" run "),
        "{plan}"
    );
    let away = spec(&name, &json!({"image": "nowhere.example/x:1"}));
    let plan = create(&client, "dry_run=true", &away).json();
    assert!(
        plan["steps"][0]
            .as_str()
            .unwrap()
            .contains("Pull nowhere.example/x:1"),
        "{plan}"
    );
    assert!(!exists(engine, &name));
    assert!(!engine.docker(&["volume", "ls", "-q"]).contains(&volume));
    assert_eq!(client.get("/api/operations").json()["items"], json!([]));
    // Without a name one is found.
    let mut nameless = spec(&name, &json!({}));
    nameless
        .as_object_mut()
        .map(|spec: &mut Map<String, Value>| spec.remove("name"));
    let made = create(&client, "pull=never&start=false", &nameless).json();
    assert!(
        exists(engine, made["result"]["name"].as_str().unwrap()),
        "{made}"
    );
}
