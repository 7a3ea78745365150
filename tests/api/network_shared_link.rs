//! Networks that share a link of the host (macvlan): what the network of the house has
//! already, and traffic with another machine there.

use crate::support::app::App;
use crate::support::client::Client;
use crate::support::engine::{Engine, number};
use crate::support::wait::{SOON, until};
use serde_json::{Value, json};
use std::process::{Child, Command, Stdio};

/// The network of a house: a link of the engine's host, and the other machines.
struct House {
    engine: Engine,
    /// The namespace of the other machines.
    outside: Child,
    base: String,
}

impl House {
    fn new() -> Self {
        let engine = Engine::start_isolated();
        let outside = Command::new("unshare")
            .args(["--net", "sleep", "600"])
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let base = format!("10.99.{}", number() % 250);
        let own = std::fs::read_link("/proc/self/ns/net").unwrap();
        until("the other machines have a network", SOON, || {
            let theirs = std::fs::read_link(format!("/proc/{}/ns/net", outside.id())).ok()?;
            (theirs != own).then_some(())
        });
        let house = Self {
            engine,
            outside,
            base,
        };
        let pid = house.outside.id().to_string();
        house.here(&format!(
            "ip link add lan0 type veth peer name other netns {pid}"
        ));
        house.here(&format!("ip address add {}.2/24 dev lan0", house.base));
        house.here("ip link set lan0 up");
        house.there(&format!("ip address add {}.1/24 dev other", house.base));
        house.there(&format!("ip address add {}.9/24 dev other", house.base));
        house.there("ip link set other up");
        house.here(&format!("ip route add default via {}.1", house.base));
        until("the other machines answer", SOON, || {
            let ask = format!("curl -s -m 1 http://{}.9:1/", house.base);
            let _refused = run(house.engine.pid(), &ask);
            let table = format!("/proc/{}/net/arp", house.engine.pid());
            let table = std::fs::read_to_string(table).unwrap();
            let known = format!("{}.9 ", house.base);
            let mut lines = table.lines();
            lines
                .any(|line| line.starts_with(&known) && line.contains(" 0x2 "))
                .then_some(())
        });
        house
    }

    fn here(&self, line: &str) {
        assert!(run(self.engine.pid(), line), "{line}");
    }

    fn there(&self, line: &str) {
        assert!(run(self.outside.id(), line), "{line}");
    }

    fn address(&self, last: u8) -> String {
        format!("{}.{last}", self.base)
    }

    /// Whether the web server of a container answers another machine.
    fn is_served_at(&self, last: u8) -> bool {
        let line = format!("curl -s -m 5 -o /dev/null http://{}/", self.address(last));
        run(self.outside.id(), &line)
    }
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = self.outside.kill();
        let _ = self.outside.wait();
    }
}

/// In the network of a process.
fn run(pid: u32, line: &str) -> bool {
    let mut command = Command::new("nsenter");
    let status = command
        .args(["--target", &pid.to_string(), "--net"])
        .args(line.split(' '))
        .stdout(Stdio::null())
        .status();
    status.unwrap().success()
}

fn row<'a>(page: &'a Value, address: &str) -> &'a Value {
    let items = page["items"].as_array().unwrap();
    items.iter().find(|one| one["address"] == address).unwrap()
}

fn created(client: &Client, house: &House) -> Value {
    let body = json!({
        "name": "house", "driver": "macvlan", "parent": "lan0",
        "subnet": format!("{}.0/24", house.base), "ip_range": format!("{}.64/27", house.base),
    });
    let plan = client.post("/api/networks?dry_run=true", &body).json();
    let warnings = plan["warnings"].to_string();
    assert!(warnings.contains("not by this host itself"), "{plan}");
    assert!(!warnings.contains("has no interface"), "{plan}");
    let done = client.post("/api/networks", &body);
    assert_eq!(done.status, 200, "{}", done.text());
    client.get("/api/networks/house").json()
}

#[test]
fn container_is_a_device_of_the_house_with_an_address_that_nobody_there_has() {
    let house = House::new();
    let (_app, client) = App::ready_beside(&house.engine);
    let proposal = until("the link is known", SOON, || {
        let told = client.get("/api/networks/proposal").json();
        (told["links"][0]["name"] == "lan0").then_some(told)
    });
    let link = &proposal["links"][0];
    assert_eq!(link["networks"][0], format!("{}.2/24", house.base));
    assert_eq!(link["gateway"], house.address(1));
    let missing = json!({
        "name": "lost", "driver": "macvlan", "parent": "lan7.20", "subnet": "10.98.0.0/24",
    });
    let plan = client.post("/api/networks?dry_run=true", &missing).json();
    let told = plan["warnings"].to_string();
    assert!(told.contains("no interface lan7"), "{plan}");

    let view = created(&client, &house);
    // The router of the house, not merely the first address.
    assert_eq!(view["subnets"][0]["gateway"], house.address(1), "{view}");
    let page = client.get("/api/networks/house/addresses").json();
    assert_eq!(row(&page, &house.address(2))["owner"], "this host");
    assert_eq!(row(&page, &house.address(9))["owner"], "another machine");

    house.engine.docker(&[
        "run", "-d", "--name", "web", "bb:1", "httpd", "-f", "-p", "80",
    ]);
    until("it is listed", SOON, || {
        (client.get("/api/containers/web").status == 200).then_some(())
    });
    let taken = json!({"container": "web", "ipv4": house.address(9)});
    let refused = client.post("/api/networks/house/connect", &taken);
    assert_eq!(refused.status, 400, "{}", refused.text());
    assert_eq!(refused.json()["field"], "ipv4");
    let why = refused.json()["detail"].as_str().unwrap().to_owned();
    assert!(why.contains("another machine"), "{why}");
    let fixed = json!({"container": "web", "automatic": true});
    let done = client.post("/api/networks/house/connect", &fixed);
    assert_eq!(done.status, 200, "{}", done.text());
    assert!(done.text().contains(&house.address(3)), "{}", done.text());
    assert!(house.is_served_at(3));
}

#[test]
fn network_of_the_house_is_recreated_and_its_container_answers_at_its_new_address() {
    let house = House::new();
    let (_app, client) = App::ready_beside(&house.engine);
    created(&client, &house);
    let fixed = house.address(20);
    house.engine.docker(&[
        "run",
        "-d",
        "--name",
        "web",
        "--network",
        "house",
        "--ip",
        &fixed,
        "bb:1",
        "httpd",
        "-f",
        "-p",
        "80",
    ]);
    assert!(house.is_served_at(20));
    until("it is on the network", SOON, || {
        let view = client.get("/api/networks/house").json();
        (view["members"][0]["name"] == "web").then_some(())
    });
    let body = json!({"subnet": format!("{}.0/25", house.base)});
    let done = client.post("/api/networks/house/migrate", &body);
    assert_eq!(done.status, 200, "{}", done.text());
    assert_eq!(done.json()["state"], "succeeded", "{}", done.text());
    let view = client.get("/api/networks/house").json();
    assert_eq!(
        view["subnets"][0]["network"],
        format!("{}.0/25", house.base)
    );
    assert_eq!(view["subnets"][0]["gateway"], house.address(1), "{view}");
    assert_eq!(view["options"]["parent"], "lan0", "{view}");
    assert_eq!(view["members"][0]["ipv4"], fixed, "{view}");
    assert!(house.is_served_at(20));
}
