//! Checking Compose files over the API: findings with their places, the model, bounds.

use crate::support::app::{App, NO_ENGINE};
use crate::support::client::Client;
use crate::support::compose::Project;
use crate::support::engine::{Engine, number};
use crate::support::wait::{SOON, until};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

fn checked(client: &Client, body: &Value) -> Value {
    let answer = client.post("/api/stacks/validate", body);
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

#[test]
fn compose_file_is_resolved_with_its_environment() {
    let (_app, client) = App::ready(NO_ENGINE);
    let told = checked(
        &client,
        &json!({
            "compose": "name: media\nservices:\n  web:\n    image: nginx:${TAG}\n    ports: ['8080:80']\n    environment: {A: $$x}\n",
            "env": "TAG=1.27\n",
        }),
    );
    assert_eq!(told["valid"], true, "{told}");
    let model = &told["resolved"];
    assert_eq!(model["name"], "media");
    let web = &model["services"]["web"];
    assert_eq!(web["image"], "nginx:1.27");
    assert_eq!(web["ports"][0]["target"], 80);
    // As `docker compose config` writes it.
    assert_eq!(web["environment"]["A"], "$$x");
    assert_eq!(model["networks"]["default"]["name"], "media_default");
}

#[test]
fn finding_has_its_file_place_reason_and_the_way_out() {
    let (_app, client) = App::ready(NO_ENGINE);
    let told = checked(
        &client,
        &json!({
            "files": [
                {"path": "compose.yaml", "content": "include: [parts/db.yaml]\nservices: {a: {image: x}}\n"},
                {"path": "parts/db.yaml", "content": "services:\n  db:\n    imge: postgres\n"},
            ],
        }),
    );
    assert_eq!(told["valid"], false, "{told}");
    assert_eq!(told["resolved"], Value::Null);
    let finding = &told["findings"][0];
    assert_eq!(finding["file"], "parts/db.yaml", "{told}");
    assert_eq!(
        (&finding["line"], &finding["column"]),
        (&json!(3), &json!(5))
    );
    assert_eq!(finding["severity"], "error");
    assert_eq!(finding["hint"], "Did you mean image?");
    let several = checked(
        &client,
        &json!({
            "files": [
                {"path": "a.yaml", "content": "services: {a: {image: x, profiles: [p]}}\n"},
                {"path": "b.yaml", "content": "services: {a: {image: y}}\n"},
            ],
            "compose_files": ["a.yaml", "b.yaml"], "profiles": ["p"], "project_name": "two",
        }),
    );
    assert_eq!(
        several["resolved"]["services"]["a"]["image"], "y",
        "{several}"
    );
    assert_eq!(several["resolved"]["name"], "two");
}

#[test]
fn files_that_unfold_without_end_are_refused_soon() {
    let (_app, client) = App::ready(NO_ENGINE);
    let mut aliases = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..9 {
        let parts = vec![format!("*a{}", level - 1); 9].join(", ");
        aliases.push_str(&format!("a{level}: &a{level} [{parts}]\n"));
    }
    let mut doubling = "A0=xxxxxxxxxxxxxxxx\n".to_owned();
    for level in 1..4000 {
        doubling.push_str(&format!("A{level}=$A{0}$A{0}\n", level - 1));
    }
    let ports = format!(
        "services: {{a: {{image: x, ports: [{}]}}}}",
        vec!["'1-65535'"; 900].join(", ")
    );
    let mut chain = "services:\n".to_owned();
    for number in 0..5000 {
        chain.push_str(&format!("  s{number}: {{extends: s{}}}\n", number + 1));
    }
    let long = "x".repeat(400_000);
    let bodies = [
        json!({"compose": aliases}),
        json!({"compose": "services: {a: {image: x}}", "env": doubling}),
        json!({"compose": ports}),
        json!({"compose": chain}),
        json!({"compose": format!("services: {}", "[".repeat(200_000))}),
        json!({"compose": format!("services: {}", "{a: ".repeat(100_000))}),
        json!({"compose": format!("services: {{a: {{image: x, command: [{}]}}}}", vec!["$X"; 4000].join(", ")), "env": format!("X={long}")}),
        json!({"compose": "include: [compose.yaml]\nservices: {a: {image: x}}"}),
        json!({"compose": format!("services: {{a: {{image: {}}}}}", "${A:-".repeat(50_000))}),
        json!({"compose": format!("services: {{a: {{imag: {long}}}}}")}),
    ];
    for body in &bodies {
        let began = Instant::now();
        let told = checked(&client, body);
        let name: String = body["compose"].as_str().unwrap().chars().take(50).collect();
        assert_eq!(told["valid"], false, "{name}");
        assert!(told["findings"].to_string().len() < 20_000, "{name}");
        assert!(
            began.elapsed() < Duration::from_secs(30),
            "{name}: {:?}",
            began.elapsed()
        );
    }
}

/// What a container is, as the engine says, without what has no meaning here: ids, and
/// in which of two fields a mount or a label of Compose's stands.
fn essence(engine: &Engine, name: &str) -> Value {
    let inspect = engine.inspect(name);
    let (config, host) = (&inspect["Config"], &inspect["HostConfig"]);
    let sorted = |list: &Value, of: &dyn Fn(&Value) -> Value| {
        let mut all: Vec<String> = list
            .as_array()
            .into_iter()
            .flatten()
            .map(|one| of(one).to_string())
            .collect();
        all.sort();
        json!(all)
    };
    let mut labels = config["Labels"].as_object().cloned().unwrap_or_default();
    labels.retain(|key, _| !key.starts_with("com.docker.compose."));
    let mounts = sorted(&inspect["Mounts"], &|one| {
        json!([
            one["Type"],
            one["Name"],
            one["Destination"],
            one["RW"],
            one["Propagation"]
        ])
    });
    let mut networks = serde_json::Map::new();
    for (name, on) in inspect["NetworkSettings"]["Networks"].as_object().unwrap() {
        networks.insert(
            name.clone(),
            json!(on["IPAMConfig"].as_object().filter(|one| !one.is_empty())),
        );
    }
    let names = [
        "PortBindings",
        "RestartPolicy",
        "Memory",
        "MemorySwap",
        "NanoCpus",
        "CpuShares",
        "CapAdd",
        "CapDrop",
        "LogConfig",
        "Init",
        "ShmSize",
        "ReadonlyRootfs",
        "Sysctls",
        "ExtraHosts",
        "Dns",
        "Tmpfs",
        "NetworkMode",
        "Privileged",
        "SecurityOpt",
        "PidsLimit",
        "OomScoreAdj",
        "Devices",
        "PidMode",
        "GroupAdd",
    ];
    let or_nothing = |value: &Value| match value {
        // Two names of one network.
        Value::String(text) if text == "default" => json!("bridge"),
        Value::Array(all) if all.is_empty() => Value::Null,
        Value::Object(all) if all.is_empty() => Value::Null,
        // No policy, and the policy not to.
        Value::Object(all) if all.get("Name") == Some(&json!("")) => {
            json!({"MaximumRetryCount": 0, "Name": "no"})
        }
        other => other.clone(),
    };
    let host_part: serde_json::Map<String, Value> = names
        .iter()
        .map(|name| ((*name).to_owned(), or_nothing(&host[*name])))
        .collect();
    // Which part of the line is the entrypoint a command cannot always say.
    let words = [&config["Entrypoint"], &config["Cmd"]];
    let line: Vec<&Value> = words
        .into_iter()
        .filter_map(Value::as_array)
        .flatten()
        .collect();
    json!({
        "env": sorted(&config["Env"], &Value::clone), "line": line, "labels": labels, "dir": config["WorkingDir"],
        "user": config["User"], "stop": config["StopTimeout"], "health": config["Healthcheck"],
        "tty": config["Tty"], "mounts": mounts, "networks": networks, "host": host_part,
        "ulimits": sorted(&host["Ulimits"], &Value::clone),
    })
}

#[test]
fn run_command_deployed_as_a_compose_file_is_the_same_container() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    let number = number();
    let network = format!("rt-net-{number}");
    let base = format!("10.188.{}", number % 250);
    let subnet = format!("{base}.0/24");
    engine.docker(&["network", "create", "--subnet", &subnet, &network]);
    let (first, second, third) = (
        engine.name("rt-a"),
        engine.name("rt-b"),
        engine.name("rt-c"),
    );
    let volume = format!("rt-vol-{number}");
    let lines = [
        (
            &first,
            format!(
                "docker run -d --name {first} --restart unless-stopped -p 127.0.0.1:{}:80 -p 9999/udp -e TZ=Europe/Berlin -e 'A=$x y' -e B=yes -e C= -v /tmp:/host:ro -v {volume}:/data --tmpfs /run:size=1m --memory 64m --cpus 0.5 --cap-add NET_ADMIN --cap-drop MKNOD --ulimit nofile=100:200 --label team=home --label 'text=a: b' --log-opt max-size=1m --init --stop-timeout 3 --shm-size 1m --read-only --sysctl net.ipv4.ip_forward=1 --add-host db:10.0.0.9 --dns 1.1.1.1 --user 0:0 --workdir /tmp --entrypoint sh bb:1 -c 'while true; do sleep 1; done'",
                24_000 + number % 1000
            ),
        ),
        (
            &second,
            format!(
                "docker run -d --name {second} --network {network} --network-alias w --ip {base}.77 --health-cmd 'test -e /tmp && true' --health-interval 5s --health-retries 2 -t --mount type=bind,source=/tmp,target=/m,readonly --mount type=volume,source={volume},target=/v,volume-nocopy --security-opt no-new-privileges --pids-limit 50 bb:1"
            ),
        ),
        (
            &third,
            format!(
                "docker run -d --name {third} --network none --pid host --group-add 20 bb:1 sleep 1000"
            ),
        ),
    ];
    for (name, line) in &lines {
        let mut command = std::process::Command::new("sh");
        let ran = command
            .args(["-c", line])
            .env("DOCKER_HOST", engine.host())
            .output();
        let ran = ran.unwrap();
        assert!(
            ran.status.success(),
            "{}",
            String::from_utf8_lossy(&ran.stderr)
        );
        let theirs = essence(engine, name);
        engine.docker(&["rm", "-f", name]);
        let made = client.post("/api/convert/run-to-compose", &json!({"command": line}));
        assert_eq!(made.status, 200, "{}", made.text());
        let text = made.json()["compose"].as_str().unwrap().to_owned();
        assert_eq!(
            checked(&client, &json!({"compose": text}))["valid"],
            true,
            "{text}"
        );
        let project = Project::new(engine, name, &text);
        project.run(&["up", "-d"]);
        assert_eq!(essence(engine, name), theirs, "{text}");
        // And from the container that is there now.
        let path = format!("/api/containers/{name}");
        until("it is listed", SOON, || {
            (client.get(&path).status == 200).then_some(())
        });
        let again = client.post(
            "/api/convert/containers-to-compose",
            &json!({"containers": [name]}),
        );
        assert_eq!(again.status, 200, "{}", again.text());
        let text = again.json()["compose"].as_str().unwrap().to_owned();
        engine.docker(&["rm", "-f", name]);
        let other = format!("{name}-again");
        let project = Project::new(engine, &other, &text);
        project.run(&["up", "-d"]);
        assert_eq!(essence(engine, name), theirs, "{text}");
    }
    engine.try_docker(&["volume", "rm", "-f", &volume]);
    engine.try_docker(&["network", "rm", &network]);
}

#[test]
fn text_without_a_command_is_refused() {
    let (_app, client) = App::ready(NO_ENGINE);
    let refused = client.post("/api/convert/run-to-compose", &json!({"command": "echo"}));
    assert_eq!(refused.status, 400, "{}", refused.text());
    assert_eq!(refused.json()["field"], "command");
    let none = client.post(
        "/api/convert/containers-to-compose",
        &json!({"containers": []}),
    );
    assert_eq!(none.status, 400, "{}", none.text());
}

#[test]
fn compose_file_run_as_a_script_makes_the_containers_that_compose_makes() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    let number = number();
    let name = format!("crt{number}");
    let text = format!(
        r#"name: {name}
services:
  web:
    image: bb:1
    depends_on: [db]
    restart: unless-stopped
    ports: ["127.0.0.1:{port}:80", "9998/udp"]
    environment: {{A: $$x y, B: "yes", EMPTY: ""}}
    labels: {{team: home}}
    volumes: ["data:/data", "/tmp:/host:ro", "/anonymous"]
    tmpfs: ["/run:size=1m"]
    networks:
      front: {{aliases: [www], ipv4_address: 10.189.{third}.9}}
    deploy: {{resources: {{limits: {{memory: 64m, cpus: "0.5"}}}}}}
    ulimits: {{nofile: {{soft: 100, hard: 200}}}}
    healthcheck: {{test: "test -e /tmp", interval: 5s, retries: 2}}
    stop_grace_period: 3s
    logging: {{driver: json-file, options: {{max-size: 1m}}}}
    cap_drop: [MKNOD]
    init: true
    read_only: true
  db:
    image: bb:1
    container_name: {name}-database
    entrypoint: sh -c
    command: ["sleep 1000; true"]
    user: "0"
    networks: [back, front]
    extra_hosts: ["x=10.0.0.1"]
  side:
    image: bb:1
    network_mode: "service:web"
    volumes_from: [db]
networks:
  front: {{ipam: {{config: [{{subnet: 10.189.{third}.0/24}}]}}}}
  back: {{internal: true}}
volumes: {{data: {{labels: {{kept: "1"}}}}}}
"#,
        port = 25_000 + number % 1000,
        third = number % 250,
    );
    let names = [
        format!("{name}-web-1"),
        format!("{name}-database"),
        format!("{name}-side-1"),
    ];
    let all = |engine: &Engine| names.each_ref().map(|name| essence(engine, name));
    let without_ids = |mut all: [Value; 3]| {
        // The namespace is named by the container's id.
        all[2]["host"]["NetworkMode"] = json!("container");
        for one in &mut all {
            let mounts = one["mounts"].as_array().cloned().unwrap_or_default();
            let named = mounts
                .iter()
                .filter(|text| !text.as_str().unwrap().contains("/anonymous"));
            one["mounts"] = named.cloned().collect();
        }
        all
    };
    let project = Project::new(engine, &name, &text);
    project.run(&["up", "-d"]);
    let theirs = without_ids(all(engine));
    project.run(&["down", "--volumes", "--timeout", "1"]);
    let made = client.post("/api/convert/compose-to-run", &json!({"compose": text}));
    assert_eq!(made.status, 200, "{}", made.text());
    let script = made.json()["script"].as_str().unwrap().to_owned();
    let mut command = std::process::Command::new("sh");
    let ran = command
        .args(["-c", &script])
        .env("DOCKER_HOST", engine.host())
        .output();
    let ran = ran.unwrap();
    assert!(
        ran.status.success(),
        "{script}\n{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    assert_eq!(without_ids(all(engine)), theirs, "{script}");
    for name in &names {
        engine.docker(&["rm", "-f", "-v", name]);
    }
    for network in ["front", "back"] {
        engine.docker(&["network", "rm", &format!("{name}_{network}")]);
    }
    engine.docker(&["volume", "rm", &format!("{name}_data")]);
    let wrong = client.post(
        "/api/convert/compose-to-run",
        &json!({"compose": "services:\n  a:\n    imge: x\n"}),
    );
    assert_eq!(wrong.status, 400, "{}", wrong.text());
    assert!(wrong.text().contains("Line 3"), "{}", wrong.text());
}
