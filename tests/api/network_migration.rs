//! Recreating a network with another subnet: addresses, names, traffic, refusals; and
//! interrupted or failing at every step.

mod interrupted;

use crate::support::app::App;
use crate::support::client::Client;
use crate::support::engine::{Engine, number};
use crate::support::wait::{SOON, until};
use serde_json::{Value, json};

/// A network with three containers that run and one that does not.
pub struct Media<'a> {
    pub engine: &'a Engine,
    pub name: String,
    /// `10.140.3`.
    pub base: String,
}

impl Media<'_> {
    pub fn of(engine: &Engine) -> Media<'_> {
        let number = number();
        let media = Media {
            engine,
            name: format!("media-{number}"),
            base: format!("10.{}.{}", 140 + number / 250, number % 250),
        };
        let subnet = format!("{}.0/24", media.base);
        engine.docker(&[
            "network",
            "create",
            "--subnet",
            &subnet,
            "--label",
            "of=tests",
            &media.name,
        ]);
        for (one, address, alias) in [("a", "10", "first"), ("b", "200", "second")] {
            media.run(
                one,
                &["--ip", &media.address(address), "--network-alias", alias],
            );
        }
        media.run("c", &[]);
        let stopped = media.container("d");
        engine.docker(&[
            "create",
            "--name",
            &stopped,
            "--network",
            &media.name,
            "--ip",
            &media.address("30"),
            "bb:1",
        ]);
        media
    }

    fn run(&self, one: &str, more: &[&str]) {
        let name = self.container(one);
        let mut line = vec!["run", "-d", "--name", &name, "--network", &self.name];
        line.extend(more);
        if one == "a" {
            line.extend(["-p", "80", "bb:1", "httpd", "-f", "-p", "80"]);
        } else {
            line.push("bb:1");
        }
        self.engine.docker(&line);
    }

    pub fn container(&self, one: &str) -> String {
        format!("{one}-{}", self.name)
    }

    pub fn address(&self, last: &str) -> String {
        format!("{}.{last}", self.base)
    }

    pub fn path(&self) -> String {
        format!("/api/networks/{}", self.name)
    }

    /// As the program knows it, once it knows all.
    pub fn known(&self, client: &Client) -> Value {
        until("all are known", SOON, || {
            let answer = client.try_get(&self.path())?;
            let view = answer.json();
            let there = view["members"].as_array().is_some_and(|all| all.len() == 4);
            (answer.status == 200 && there).then_some(view)
        })
    }

    /// What the engine has of it: the network's settings, and the place of each container.
    pub fn seen(&self) -> Value {
        let engine = self.engine;
        let text = engine.docker(&["network", "inspect", &self.name]);
        let network = serde_json::from_str::<Value>(&text).unwrap()[0].clone();
        let places: Vec<Value> = ["a", "b", "c", "d"]
            .iter()
            .map(|one| {
                let inspect = engine.inspect(&self.container(one));
                let networks = inspect["NetworkSettings"]["Networks"].as_object().unwrap();
                let names: Vec<&String> = networks.keys().collect();
                let place = &networks.get(&self.name).unwrap_or_else(|| panic!("{one}: {names:?}"));
                json!({
                    "running": inspect["State"]["Running"], "started": inspect["State"]["StartedAt"],
                    "networks": names, "config": place["IPAMConfig"], "address": place["IPAddress"],
                    "aliases": chosen(&place["Aliases"], &inspect["Id"]),
                })
            })
            .collect();
        json!({
            "ipam": network["IPAM"], "labels": network["Labels"], "options": network["Options"],
            "internal": network["Internal"], "driver": network["Driver"], "places": places,
        })
    }

    /// The port that the first one publishes, asked where the engine is.
    fn answers_on_host(&self) -> bool {
        let port = self
            .engine
            .docker(&["port", &self.container("a"), "80/tcp"]);
        let port = port
            .lines()
            .next()
            .unwrap()
            .rsplit(':')
            .next()
            .unwrap()
            .to_owned();
        let pid = self.engine.pid().to_string();
        let address = format!("http://127.0.0.1:{port}/");
        let mut curl = std::process::Command::new("nsenter");
        let answer = curl
            .args([
                "-t",
                &pid,
                "-n",
                "curl",
                "-s",
                "-m",
                "5",
                "-o",
                "/dev/null",
                "-w",
                "%{http_code}",
                &address,
            ])
            .output()
            .unwrap();
        String::from_utf8_lossy(&answer.stdout) == "404"
    }

    fn reaches(&self, from: &str, to: &str) -> bool {
        let from = self.container(from);
        let ping = ["exec", &from, "ping", "-c", "1", "-W", "2", to];
        self.engine.try_docker(&ping).is_some()
    }
}

/// Without the short id, which engines add when they connect a container that runs.
fn chosen(aliases: &Value, id: &Value) -> Vec<Value> {
    let id = id.as_str().unwrap();
    let all = aliases.as_array().into_iter().flatten();
    all.filter(|alias| !id.starts_with(alias.as_str().unwrap()))
        .cloned()
        .collect()
}

impl Drop for Media<'_> {
    fn drop(&mut self) {
        let names = ["a", "b", "c", "d"].map(|one| self.container(one));
        let mut line = vec!["rm", "-f", "-v"];
        line.extend(names.iter().map(String::as_str));
        self.engine.try_docker(&line);
        self.engine.try_docker(&["network", "rm", &self.name]);
    }
}

fn migrated(client: &Client, media: &Media<'_>, body: &Value) -> Value {
    let done = client.post(&format!("{}/migrate", media.path()), body);
    assert_eq!(done.status, 200, "{}", done.text());
    done.json()
}

#[test]
fn smaller_network_keeps_addresses_that_fit_and_its_containers_running() {
    let engine = Engine::isolated();
    let media = Media::of(engine);
    let (_app, client) = App::ready(&engine.host());
    media.known(&client);
    let before = media.seen();
    assert!(media.answers_on_host(), "the published port, before");
    let ranges = format!("{}/reservations", media.path());
    client.post(
        &ranges,
        &json!({"first": ".10", "last": ".19", "label": "Media Services"}),
    );
    let path = format!("{}/migrate?dry_run=true", media.path());
    let plan = client.post(&path, &json!({"size": "/27"})).json();
    let steps = plan["steps"].to_string();
    let keeps = format!(
        "{}, which keeps {}",
        media.container("a"),
        media.address("10")
    );
    assert!(steps.contains(&keeps), "{steps}");
    let moves = format!("{} becomes {}", media.address("200"), media.address("2"));
    assert!(steps.contains(&moves), "{steps}");
    assert_eq!(media.seen(), before);
    let operation = migrated(&client, &media, &json!({"size": "/27"}));
    assert_eq!(operation["kind"], "network.migrate");
    let after = media.seen();
    assert_eq!(
        after["ipam"]["Config"][0]["Subnet"],
        format!("{}.0/27", media.base)
    );
    assert_eq!(after["labels"], before["labels"]);
    let places = |of: &Value, part: &str| -> Vec<Value> {
        let all = of["places"].as_array().unwrap();
        all.iter().map(|place| place[part].clone()).collect()
    };
    assert_eq!(places(&after, "started"), places(&before, "started"));
    assert_eq!(places(&after, "networks"), places(&before, "networks"));
    assert_eq!(after["places"][0]["address"], media.address("10"));
    assert_eq!(after["places"][1]["address"], media.address("2"));
    assert_eq!(after["places"][2]["config"], before["places"][2]["config"]);
    assert_eq!(
        after["places"][3]["config"]["IPv4Address"],
        media.address("30")
    );
    for (from, to) in [
        ("c", "first"),
        ("a", "second"),
        ("b", &*media.container("c")),
    ] {
        assert!(media.reaches(from, to), "{from} does not reach {to}");
    }
    let stopped = media.container("d");
    engine.docker(&["start", &stopped]);
    assert!(media.reaches("a", &media.address("30")));
    let kept = client.get(&ranges).json();
    assert_eq!(kept["items"][0]["first"], media.address("10"), "{kept}");
}

#[test]
fn addresses_keep_their_number_elsewhere_and_the_command_does_the_same() {
    let engine = Engine::isolated();
    let media = Media::of(engine);
    let (_app, client) = App::ready(&engine.host());
    media.known(&client);
    let ranges = format!("{}/reservations", media.path());
    for (first, last, label) in [(".10", ".19", "Media"), (".100", ".120", "Others")] {
        client.post(
            &ranges,
            &json!({"first": first, "last": last, "label": label}),
        );
    }
    let other = media.base.replacen("10.14", "10.15", 1);
    let body = json!({"subnet": format!("{other}.0/26")});
    let path = format!("{}/migrate?dry_run=true", media.path());
    let plan = client.post(&path, &body).json();
    let told = plan["warnings"].to_string();
    assert!(
        told.contains("Others (") && told.contains("has no place"),
        "{told}"
    );
    migrated(&client, &media, &body);
    let ours = media.seen();
    assert_eq!(ours["places"][0]["address"], format!("{other}.10"));
    assert_eq!(ours["places"][1]["address"], format!("{other}.2"));
    assert_eq!(
        ours["places"][3]["config"]["IPv4Address"],
        format!("{other}.30")
    );
    let kept = client.get(&ranges).json();
    let item = |at: usize| {
        (
            kept["items"][at]["first"].clone(),
            kept["items"][at]["is_outside"].clone(),
        )
    };
    assert_eq!(
        item(0),
        (json!(format!("{other}.10")), json!(false)),
        "{kept}"
    );
    assert_eq!(
        item(1),
        (json!(media.address("100")), json!(true)),
        "{kept}"
    );
    let temporary = engine.docker(&["network", "ls", "--format", "{{.Name}}"]);
    assert!(
        !temporary.contains(&format!("{}.new", media.name)),
        "{temporary}"
    );

    // Larger, by the command of the plan.
    let view = media.known(&client);
    assert_eq!(view["subnets"][0]["network"], format!("{other}.0/26"));
    let body = json!({"size": "/25"});
    let plan = client.post(&path, &body).json();
    let script = plan["commands"]["advanced"]["text"].as_str().unwrap();
    let mut shell = std::process::Command::new("sh");
    let ran = shell
        .args(["-ec", script])
        .env("DOCKER_HOST", engine.host())
        .output()
        .unwrap();
    assert!(
        ran.status.success(),
        "{script}\n{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    let theirs = media.seen();
    assert_eq!(
        theirs["ipam"]["Config"][0]["Subnet"],
        format!("{other}.0/25")
    );
    for at in [0, 1, 3] {
        assert_eq!(theirs["places"][at]["config"], ours["places"][at]["config"]);
        assert_eq!(
            theirs["places"][at]["aliases"],
            ours["places"][at]["aliases"]
        );
    }
}

#[test]
fn migration_that_cannot_be_is_refused_and_production_asks_for_the_name() {
    let engine = Engine::isolated();
    let media = Media::of(engine);
    let (_app, client) = App::ready(&engine.host());
    media.known(&client);
    let before = media.seen();
    let path = format!("{}/migrate", media.path());
    let taken = Media::of(engine);
    for (body, field) in [
        (json!({"size": "/24"}), "size"),
        (json!({"size": "/40"}), "size"),
        (json!({"subnet": format!("{}.0/24", media.base)}), "subnet"),
        (json!({"subnet": format!("{}.0/25", taken.base)}), "subnet"),
        (json!({"subnet": "fd00:1::/64"}), "subnet"),
        (json!({"subnet": "10.150.0.0/30"}), "subnet"),
    ] {
        let answer = client.post(&path, &body);
        assert_eq!(answer.status, 400, "{body}: {}", answer.text());
        assert_eq!(answer.json()["field"], field, "{}", answer.text());
    }
    assert_eq!(
        client
            .post("/api/networks/bridge/migrate", &json!({"size": "/27"}))
            .status,
        409
    );
    let container = media.container("a");
    let tag = json!({"environment": "PRD"});
    let tagged = client.json("PUT", &format!("/api/containers/{container}"), &tag);
    assert!(tagged.status < 300, "{}", tagged.text());
    let body = json!({"size": "/27"});
    let answer = client.post(&path, &body);
    assert_eq!(answer.status, 428, "{}", answer.text());
    assert_eq!(
        client
            .post(&format!("{path}?confirm={container}"), &body)
            .status,
        428
    );
    assert_eq!(media.seen(), before);
    let done = client.post(&format!("{path}?confirm={}", media.name), &body);
    assert_eq!(done.status, 200, "{}", done.text());
}
