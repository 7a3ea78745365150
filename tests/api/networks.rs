//! Networks: creating, joining, addresses, reserved ranges, sizing, removing.

use crate::support::app::App;
use crate::support::client::{Answer, Client};
use crate::support::engine::{Engine, number};
use crate::support::wait::{SOON, until};
use serde_json::{Value, json};
use std::process::Stdio;

/// A subnet that no other test uses.
fn own_subnet(prefix: u8) -> (String, String) {
    let number = number();
    let base = format!("10.{}.{}", 130 + number / 250, number % 250);
    (format!("{base}.0/{prefix}"), base)
}

fn created(client: &Client, body: &Value) -> Value {
    let done = client.post("/api/networks", body);
    assert_eq!(done.status, 200, "{}", done.text());
    done.json()
}

fn refused(answer: &Answer, status: u16, code: &str) -> String {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert_eq!(answer.problem(), code, "{}", answer.text());
    answer.json()["detail"].as_str().unwrap_or("").to_owned()
}

fn seen_by_engine(engine: &Engine, name: &str) -> Value {
    let text = engine.docker(&["network", "inspect", name]);
    serde_json::from_str::<Value>(&text).unwrap()[0].clone()
}

#[test]
fn network_is_created_as_planned_and_its_command_creates_the_same() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    let name = format!("media-{}", number());
    let (subnet, base) = own_subnet(26);
    let body = json!({
        "name": name, "subnet": subnet, "ip_range": format!("{base}.32/27"),
        "aux_addresses": {"nas box": format!("{base}.9")}, "mtu": 1400, "internal": true,
        "attachable": true, "labels": {"owner": "it's me"},
    });
    let plan = client.post("/api/networks?dry_run=true", &body).json();
    assert!(plan["steps"].to_string().contains(&subnet), "{plan}");
    assert!(engine.try_docker(&["network", "inspect", &name]).is_none());
    let operation = created(&client, &body);
    assert_eq!(operation["kind"], "network.create");
    let ours = seen_by_engine(engine, &name);
    assert_eq!(ours["Internal"], true);
    let pool = &ours["IPAM"]["Config"][0];
    assert_eq!(pool["Subnet"], subnet.as_str());
    // Of a range the engine itself would have taken the first address.
    assert_eq!(pool["Gateway"], format!("{base}.1"));
    assert_eq!(pool["IPRange"], format!("{base}.32/27"));
    assert_eq!(pool["AuxiliaryAddresses"]["nas box"], format!("{base}.9"));
    let view = client.get(&format!("/api/networks/{name}")).json();
    assert_eq!(view["id"], ours["Id"]);
    assert_eq!(view["usage"]["usable"], 62);

    engine.docker(&["network", "rm", &name]);
    let script = plan["commands"]["advanced"]["text"].as_str().unwrap();
    let mut command = std::process::Command::new("sh");
    let ran = command
        .args(["-c", script])
        .env("DOCKER_HOST", engine.host())
        .stdout(Stdio::null())
        .status();
    assert!(ran.unwrap().success(), "{script}");
    let theirs = seen_by_engine(engine, &name);
    for part in [
        "Driver",
        "Internal",
        "Attachable",
        "EnableIPv6",
        "IPAM",
        "Labels",
    ] {
        assert_eq!(theirs[part], ours[part], "{part}");
    }
    assert_eq!(
        theirs["Options"]["com.docker.network.driver.mtu"],
        ours["Options"]["com.docker.network.driver.mtu"]
    );
    engine.docker(&["network", "rm", &name]);
}

#[test]
fn network_that_cannot_work_is_refused_with_the_field_and_what_it_collides_with() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    let (subnet, base) = own_subnet(27);
    let name = format!("taken-{}", number());
    created(&client, &json!({"name": name, "subnet": subnet}));
    let over = json!({"name": "second", "subnet": format!("{base}.0/26")});
    let why = refused(&client.post("/api/networks", &over), 400, "subnet_overlaps");
    assert!(why.contains(&name), "{why}");
    for (body, field) in [
        (json!({"name": "", "subnet": "10.99.0.0/27"}), "name"),
        (json!({"name": "a b", "subnet": "10.99.0.0/27"}), "name"),
        (json!({"name": "x1", "subnet": "10.99.0.5/27"}), "subnet"),
        (json!({"name": "x1", "subnet": "10.99.0.0"}), "subnet"),
        (json!({"name": "x1", "subnet": "10.99.0.0/31"}), "subnet"),
        (json!({"name": "x1", "subnet": "127.0.0.0/24"}), "subnet"),
        (
            json!({"name": "x1", "subnet": "10.99.0.0/27", "gateway": "10.99.1.1"}),
            "gateway",
        ),
        (
            json!({"name": "x1", "subnet": "10.99.0.0/27", "ip_range": "10.99.0.0/26"}),
            "ip_range",
        ),
        (
            json!({"name": "x1", "subnet": "10.99.0.0/27", "mtu": 10}),
            "mtu",
        ),
        (
            json!({"name": "x1", "subnet": "10.99.0.0/27", "driver": "overlay"}),
            "driver",
        ),
        (
            json!({"name": "x1", "subnet": "10.99.0.0/27", "driver": "macvlan"}),
            "parent",
        ),
        (
            json!({"name": "x1", "ipv6": true, "ipv6_subnet": "10.98.0.0/24"}),
            "ipv6_subnet",
        ),
    ] {
        let answer = client.post("/api/networks", &body);
        assert_eq!(answer.status, 400, "{body}: {}", answer.text());
        assert_eq!(answer.json()["field"], field, "{body}: {}", answer.text());
    }
    let again = client.post("/api/networks", &json!({"name": name}));
    refused(&again, 409, "name_taken");
    engine.docker(&["network", "rm", &name]);
}

#[test]
fn subnet_is_proposed_where_nothing_is_and_used_when_none_is_given() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    let proposal = client.get("/api/networks/proposal?size=/28").json();
    let subnet = proposal["subnet"].as_str().unwrap();
    assert!(subnet.ends_with("/28"), "{proposal}");
    let name = format!("free-{}", number());
    created(&client, &json!({"name": name, "size": "/28", "ipv6": true}));
    let view = client.get(&format!("/api/networks/{name}")).json();
    let given = view["subnets"][0]["network"].as_str().unwrap();
    assert!(given.ends_with("/28"), "{view}");
    let own = view["subnets"][1]["network"].as_str().unwrap();
    assert!(own.starts_with("fd") && own.ends_with("/64"), "{view}");
    let next = client.get("/api/networks/proposal?size=/28").json();
    assert_ne!(next["subnet"], given);
    assert_ne!(next["ipv6_subnet"], own);
    engine.docker(&["network", "rm", &name]);
}

#[test]
fn size_follows_the_containers_and_this_host() {
    let (_app, client) = {
        let app = App::start_with(&Engine::shared().host(), &["--profile", "RASPBERRY_PI"]);
        let client = app.set_up();
        (app, client)
    };
    let told = client.get(
        "/api/networks/calculate-size?max_containers=15&ips_per_container=2&buffer_percent=20",
    );
    assert_eq!(told.status, 200, "{}", told.text());
    let told = told.json();
    assert_eq!(told["required_ips"], 36);
    assert_eq!(told["recommended_cidr"], "/26");
    assert_eq!(told["hardware_limit"], "/25");
    let usual = client.get("/api/networks/calculate-size").json();
    assert_eq!(usual["recommended_cidr"], "/27");
    // Larger than this host should have: only with all that it means acknowledged.
    let large = json!({"name": "large", "size": "/24"});
    let why = refused(
        &client.post("/api/networks", &large),
        400,
        "acknowledgment_required",
    );
    assert!(why.contains("/25"), "{why}");
}

#[test]
fn oversized_network_is_created_once_it_is_acknowledged_and_is_told_of() {
    let engine = Engine::isolated();
    let app = App::start_with(&engine.host(), &["--profile", "RASPBERRY_PI"]);
    let client = app.set_up();
    let name = format!("large-{}", number());
    let (subnet, _) = own_subnet(24);
    let part = json!({"name": name, "subnet": subnet, "acknowledge": ["oversized"]});
    refused(
        &client.post("/api/networks", &part),
        400,
        "acknowledgment_required",
    );
    let all = json!({"name": name, "subnet": subnet, "acknowledge": ["oversized", "performance", "permanent"]});
    created(&client, &all);
    let view = client.get(&format!("/api/networks/{name}")).json();
    assert_eq!(view["oversized"]["unused_percent"], 94, "{view}");
    assert_eq!(view["oversized"]["impact"], "MODERATE");
    assert_eq!(view["oversized"]["recommended"]["cidr"], "/27");
    let found = client.get("/api/networks?use=oversized").json();
    assert!(found["items"].to_string().contains(&name));
    engine.docker(&["network", "rm", &name]);
}

/// A network with a reserved range and two containers.
struct Media {
    network: String,
    base: String,
}

fn media(engine: &Engine, client: &Client) -> Media {
    let (subnet, base) = own_subnet(26);
    let network = format!("media-{}", number());
    created(client, &json!({"name": network, "subnet": subnet}));
    let range = json!({"first": ".10", "last": ".19", "label": "Media Services", "color": "amber"});
    let made = client.post(&format!("/api/networks/{network}/reservations"), &range);
    assert_eq!(made.status, 201, "{}", made.text());
    assert_eq!(made.json()["first"], format!("{base}.10"));
    assert!(
        engine
            .try_docker(&["network", "inspect", &network])
            .is_some()
    );
    Media { network, base }
}

#[test]
fn container_gets_the_next_address_of_a_reserved_range_and_keeps_it() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    let Media { network, base } = media(engine, &client);
    let one = engine.run(&[]);
    let path = format!("/api/networks/{network}/connect");
    let body = json!({"container": one, "reservation": "media services", "aliases": ["media"]});
    let blocked = client.post(&path, &body);
    refused(&blocked, 409, "network_not_joinable");
    let three = engine.name("r");
    engine.docker(&[
        "run",
        "-d",
        "--name",
        three.as_str(),
        "--network",
        &network,
        "bb:1",
        "sleep",
        "1000",
    ]);
    let two_networks = format!("other-{}", number());
    let (subnet, _) = own_subnet(28);
    created(&client, &json!({"name": two_networks, "subnet": subnet}));
    let four = engine.name("p");
    engine.docker(&[
        "run",
        "-d",
        "--name",
        four.as_str(),
        "--network",
        &two_networks,
        "bb:1",
        "sleep",
        "1000",
    ]);
    let body =
        json!({"container": four.as_str(), "reservation": "media services", "aliases": ["media"]});
    let plan = client.post(&format!("{path}?dry_run=true"), &body).json();
    assert!(
        plan["steps"].to_string().contains(&format!("{base}.10")),
        "{plan}"
    );
    let done = client.post(&path, &body);
    assert_eq!(done.status, 200, "{}", done.text());
    let on = &engine.inspect(four.as_str())["NetworkSettings"]["Networks"][&network];
    assert_eq!(on["IPAddress"], format!("{base}.10"));
    assert_eq!(on["IPAMConfig"]["IPv4Address"], format!("{base}.10"));
    assert!(on["Aliases"].to_string().contains("media"));
    refused(&client.post(&path, &body), 409, "already_connected");

    // Stopped, it waits for its address, which nobody else gets.
    engine.docker(&["stop", "-t", "0", four.as_str()]);
    let allocated = |body: Value| client.post(&format!("/api/networks/{network}/allocate"), &body);
    let first = allocated(json!({"reservation": "Media Services"})).json();
    let second = allocated(json!({"reservation": "Media Services"})).json();
    assert_eq!(first["address"], format!("{base}.11"));
    assert_eq!(second["address"], format!("{base}.12"));
    let map = client
        .get(&format!("/api/networks/{network}/addresses?from=8&limit=5"))
        .json();
    let states: Vec<&str> = map["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["state"].as_str().unwrap())
        .collect();
    assert_eq!(
        states,
        ["free", "free", "waiting", "reserved", "reserved"],
        "{map}"
    );
    let taken = json!({"container": three.as_str(), "ipv4": format!("{base}.10")});
    refused(&client.post(&path, &taken), 409, "already_connected");
    let leaves = client.post(
        &format!("/api/networks/{network}/disconnect"),
        &json!({"container": three.as_str()}),
    );
    assert_eq!(leaves.status, 200, "{}", leaves.text());
    let why = refused(&client.post(&path, &taken), 400, "address_unavailable");
    assert!(why.contains(four.as_str()), "{why}");
    engine.docker(&["rm", "-f", &one, three.as_str(), four.as_str()]);
    engine.docker(&["network", "rm", &network, &two_networks]);
}

#[test]
fn reserved_ranges_never_overlap_and_outlive_their_network() {
    let engine = Engine::isolated();
    let (mut app, client) = App::ready(&engine.host());
    let Media { network, base } = media(engine, &client);
    let path = format!("/api/networks/{network}/reservations");
    for (body, code) in [
        (
            json!({"first": ".15", "last": ".25", "label": "b"}),
            "reservation_overlaps",
        ),
        (
            json!({"first": ".40", "last": ".45", "label": "media services"}),
            "reservation_exists",
        ),
    ] {
        refused(&client.post(&path, &body), 409, code);
    }
    for (body, field) in [
        (json!({"first": ".25", "last": ".20", "label": "b"}), "last"),
        (json!({"first": ".0", "last": ".5", "label": "b"}), "first"),
        (json!({"first": ".60", "last": ".63", "label": "b"}), "last"),
        (
            json!({"first": "10.1.1.1", "last": ".5", "label": "b"}),
            "first",
        ),
        (
            json!({"first": ".30", "last": ".31", "label": " "}),
            "label",
        ),
        (
            json!({"first": ".30", "last": ".31", "label": "b", "color": "beige"}),
            "color",
        ),
        (json!({"first": "x", "last": ".31", "label": "b"}), "first"),
        (json!({"last": ".31", "label": "b"}), "first"),
    ] {
        let answer = client.post(&path, &body);
        assert_eq!(answer.status, 400, "{body}: {}", answer.text());
        assert_eq!(answer.json()["field"], field, "{body}: {}", answer.text());
    }
    let list = client.get(&path).json();
    let id = list["items"][0]["id"].as_str().unwrap().to_owned();
    let own = format!("{path}/{id}");
    let changed = client.json("PUT", &own, &json!({"last": ".21"}));
    assert_eq!(changed.status, 200, "{}", changed.text());
    assert_eq!(changed.json()["label"], "Media Services");
    assert_eq!(changed.json()["last"], format!("{base}.21"));
    // A network that is created again finds what is noted of it, also after a restart.
    engine.docker(&["network", "rm", &network]);
    app.kill();
    app.up();
    until("the engine is found", SOON, || {
        (client.get("/api/networks").status == 200).then_some(())
    });
    let (subnet, _) = (format!("{base}.0/26"), ());
    created(&client, &json!({"name": network, "subnet": subnet}));
    let list = client.get(&path).json();
    assert_eq!(list["items"][0]["size"], 12, "{list}");
    assert_eq!(client.delete(&own).status, 204);
    assert_eq!(client.delete(&own).status, 404);
    assert_eq!(client.get(&path).json()["items"], json!([]));
    engine.docker(&["network", "rm", &network]);
}

#[test]
fn network_with_a_container_is_kept_and_prune_removes_what_nothing_uses() {
    let engine = Engine::start_isolated();
    let (_app, client) = App::ready(&engine.host());
    let names: Vec<String> = (0..3).map(|at| format!("n{at}-{}", number())).collect();
    for name in &names {
        let (subnet, _) = own_subnet(28);
        created(&client, &json!({"name": name, "subnet": subnet}));
    }
    let holder = engine.name("h");
    engine.docker(&[
        "create",
        "--name",
        holder.as_str(),
        "--network",
        &names[0],
        "bb:1",
        "true",
    ]);
    until("it is known", SOON, || {
        (client.get(&format!("/api/containers/{holder}")).status == 200).then_some(())
    });
    let kept = client.delete(&format!("/api/networks/{}", names[0]));
    let why = refused(&kept, 409, "network_in_use");
    assert!(why.contains(holder.as_str()), "{why}");
    refused(
        &client.delete("/api/networks/bridge"),
        409,
        "network_predefined",
    );
    let gone = client.delete(&format!("/api/networks/{}", names[1]));
    assert_eq!(gone.status, 200, "{}", gone.text());
    let plan = client
        .post("/api/networks/prune?dry_run=true", &json!({}))
        .json();
    assert_eq!(plan["title"], "Remove 1 network", "{plan}");
    let pruned = client.post("/api/networks/prune", &json!({}));
    assert_eq!(pruned.status, 200, "{}", pruned.text());
    assert!(
        engine
            .try_docker(&["network", "inspect", &names[2]])
            .is_none()
    );
    assert!(
        engine
            .try_docker(&["network", "inspect", &names[0]])
            .is_some()
    );
    refused(
        &client.post("/api/networks/prune", &json!({})),
        409,
        "nothing_to_prune",
    );
    refused(
        &client.get("/api/networks/nowhere"),
        404,
        "network_not_found",
    );
}

#[test]
fn map_of_a_large_network_is_answered_at_once_in_parts() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    let name = format!("huge-{}", number());
    created(
        &client,
        &json!({"name": name, "subnet": "10.160.0.0/12", "acknowledge": ["oversized", "performance", "permanent"]}),
    );
    let path = format!("/api/networks/{name}/addresses");
    let map = client.get(&format!("{path}?from=1048575&limit=5")).json();
    assert_eq!(map["total"], 1_048_576);
    assert_eq!(map["items"][0]["state"], "broadcast", "{map}");
    let began = std::time::Instant::now();
    let map = client.get(&path).json();
    let took = began.elapsed();
    assert_eq!(map["items"].as_array().unwrap().len(), 256);
    assert_eq!(map["next"], "10.160.0.2");
    assert!(took.as_millis() < 500, "{took:?}");
    engine.docker(&["network", "rm", &name]);
}

#[test]
fn network_of_the_command_line_keeps_its_gateway_and_who_was_created_with_its_id() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    let (name, ranged) = (format!("cli-{}", number()), format!("cli-{}", number()));
    let (subnet, base) = own_subnet(26);
    let (other, far) = own_subnet(26);
    let range = format!("{far}.32/27");
    engine.docker(&["network", "create", "--subnet", &subnet, &name]);
    engine.docker(&[
        "network",
        "create",
        "--subnet",
        &other,
        "--ip-range",
        &range,
        &ranged,
    ]);
    let view = until("both are known", SOON, || {
        let view = client.get(&format!("/api/networks/{name}"));
        let both = client.get(&format!("/api/networks/{ranged}")).status == 200;
        (view.status == 200 && both).then(|| view.json())
    });
    // The engine lists no gateway that was not given.
    let map = |name: &str| {
        client
            .get(&format!("/api/networks/{name}/addresses"))
            .json()
    };
    assert_eq!(map(&name)["items"][1]["state"], "gateway");
    assert_eq!(map(&name)["next"], format!("{base}.2"));
    let first = engine.name("a");
    engine.docker(&[
        "run",
        "-d",
        "--name",
        first.as_str(),
        "--network",
        &ranged,
        "bb:1",
        "sleep",
        "1000",
    ]);
    // What the engine gave out is in its range; ours is outside of it.
    let gateway = engine.inspect(first.as_str())["NetworkSettings"]["Networks"][&ranged]["Gateway"]
        .as_str()
        .unwrap()
        .to_owned();
    let told = map(&ranged);
    let row = told["items"].as_array().unwrap().iter();
    let row = row.clone().find(|row| row["address"] == *gateway).unwrap();
    assert_eq!(row["state"], "gateway", "{told}");
    assert_eq!(told["next"], format!("{far}.1"));

    let id = &view["id"].as_str().unwrap()[..12];
    let holder = engine.name("h");
    engine.docker(&[
        "create",
        "--name",
        holder.as_str(),
        "--network",
        id,
        "bb:1",
        "true",
    ]);
    until("it is known", SOON, || {
        (client.get(&format!("/api/containers/{holder}")).status == 200).then_some(())
    });
    refused(
        &client.delete(&format!("/api/networks/{name}")),
        409,
        "network_in_use",
    );
    engine.docker(&["rm", "-f", first.as_str(), holder.as_str()]);
    engine.docker(&["network", "rm", &name, &ranged]);
}

#[test]
fn prune_leaves_what_was_not_shown_and_what_has_reserved_ranges() {
    let engine = Engine::start_isolated();
    let (_app, client) = App::ready(&engine.host());
    let Media { network, .. } = media(&engine, &client);
    let names: Vec<String> = (0..2).map(|at| format!("p{at}-{}", number())).collect();
    let ids: Vec<Value> = names
        .iter()
        .map(|name| {
            let (subnet, _) = own_subnet(28);
            created(&client, &json!({"name": name, "subnet": subnet}));
            client.get(&format!("/api/networks/{name}")).json()["id"].clone()
        })
        .collect();
    let body = json!({"networks": [ids[0]]});
    let plan = client
        .post("/api/networks/prune?dry_run=true", &body)
        .json();
    assert_eq!(plan["title"], "Remove 1 network", "{plan}");
    assert_eq!(client.post("/api/networks/prune", &body).status, 200);
    let is_there = |name: &str| engine.try_docker(&["network", "inspect", name]).is_some();
    assert!(!is_there(&names[0]) && is_there(&names[1]));
    assert_eq!(client.post("/api/networks/prune", &json!({})).status, 200);
    assert!(!is_there(&names[1]) && is_there(&network));
}

#[test]
fn documentation_names_subnets_ranges_and_who_has_which_address() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    let (subnet, base) = own_subnet(26);
    let name = format!("noted-{}", number());
    created(&client, &json!({"name": name, "subnet": subnet}));
    let range =
        json!({"first": ".10", "last": ".19", "label": "a|b <i>", "description": "see http://x"});
    let made = client.post(&format!("/api/networks/{name}/reservations"), &range);
    assert_eq!(made.status, 201, "{}", made.text());
    let holder = engine.name("n");
    let address = format!("{base}.10");
    engine.docker(&[
        "run",
        "-d",
        "--name",
        &holder,
        "--network",
        &name,
        "--ip",
        &address,
        "-p",
        "8099:80",
        "bb:1",
    ]);
    let path = format!("/api/networks/{name}/documentation");
    let markdown = until("the container is in it", SOON, || {
        let told = client.get(&path).json()["markdown"].as_str()?.to_owned();
        told.contains("8099").then_some(told)
    });
    for line in [
        format!("# Network `{name}`"),
        format!("- Subnet: `{subnet}`, gateway `{base}.1`"),
        format!("| `{base}.10` – `{base}.19` | a\\|b &lt;i&gt; | see http&#58;//x |"),
        format!(
            "| `{}` | `{address}` (fixed) | 8099 → 80/tcp |",
            holder.as_str()
        ),
    ] {
        assert!(
            markdown.lines().any(|one| one == line),
            "{line}\n{markdown}"
        );
    }
    let all = client.get("/api/documentation/networks").json();
    assert_eq!(all["file"], "networks.md");
    let all = all["markdown"].as_str().unwrap();
    assert!(all.contains(&format!("## Network `{name}`")), "{all}");
    assert!(all.contains("## Network `bridge`"), "{all}");
    engine.docker(&["rm", "-f", &holder]);
    engine.docker(&["network", "rm", &name]);
}

#[test]
fn topology_joins_ports_containers_and_networks() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    let (subnet, base) = own_subnet(26);
    let name = format!("drawn-{}", number());
    created(&client, &json!({"name": name, "subnet": subnet}));
    let holder = engine.name("d");
    let address = format!("{base}.10");
    let port = format!("{}:80", 26_000 + number() % 900);
    engine.docker(&[
        "run",
        "-d",
        "--name",
        &holder,
        "--network",
        &name,
        "--ip",
        &address,
        "-p",
        &port,
        "bb:1",
    ]);
    let path = format!("/api/networks/{name}/topology");
    let drawing = until("the container is drawn with its port", SOON, || {
        let drawing = client.get(&path).json();
        (drawing["nodes"].as_array()?.len() == 4).then_some(drawing)
    });
    let find = |kind: &str| {
        let nodes = drawing["nodes"].as_array().unwrap();
        nodes.iter().find(|node| node["kind"] == kind).unwrap()
    };
    assert_eq!(find("network")["detail"], subnet);
    assert_eq!(find("container")["label"], holder.as_str());
    assert_eq!(find("ports")["label"], port.trim_end_matches(":80"));
    let edges = drawing["edges"].as_array().unwrap();
    assert_eq!(edges.len(), 3, "{drawing}");
    let on = edges
        .iter()
        .find(|edge| edge["to"] == find("network")["id"])
        .unwrap();
    assert_eq!(on["from"], find("container")["id"]);
    assert_eq!(on["label"], address);
    let whole = client.get("/api/topology").json();
    assert!(whole["nodes"].to_string().contains(holder.as_str()));
    assert_eq!(client.get("/api/networks/nothing/topology").status, 404);
    engine.docker(&["rm", "-f", &holder]);
    engine.docker(&["network", "rm", &name]);
}
