//! Networks, addresses, names and ports.

use super::{Cases, Is};
use crate::api::recreate::{again, known, nothing_left, succeeded, twice, with_each};
use crate::support::app::App;
use crate::support::engine::{Engine, number};

#[test]
fn networks_names_and_ports_are_kept() {
    let engine = Engine::isolated();
    let mut cases = Cases::new(engine);
    let tail = number();
    let nets = engine.name("n");
    let (one, two, three) = (
        format!("{nets}-one"),
        format!("{nets}-two"),
        format!("{nets}-three"),
    );
    let subnet = |third: u32| format!("10.{}.{third}.0/24", 100 + tail % 100);
    let host = |third: u32, last: u32| format!("10.{}.{third}.{last}", 100 + tail % 100);
    engine.docker(&[
        "network",
        "create",
        "--subnet",
        &subnet(1),
        "--ipv6",
        "--subnet",
        &format!("fd00:{tail:x}::/64"),
        &one,
    ]);
    engine.docker(&["network", "create", "--subnet", &subnet(2), &two]);
    engine.docker(&[
        "network",
        "create",
        "--internal",
        "--subnet",
        &subnet(3),
        &three,
    ]);
    let id = engine.docker(&["network", "inspect", "-f", "{{.Id}}", &one]);
    let exposing = format!("exp{tail}:1");
    engine.import(
        &exposing,
        &[crate::support::engine::TICK, "EXPOSE 80", "EXPOSE 53/udp"],
    );
    let linked = format!("{}-linked", cases.prefix);
    engine.docker(&["run", "-d", "--name", &linked, "bb:1"]);
    let near = format!("{}-near", cases.prefix);
    engine.docker(&["run", "-d", "--name", &near, "--network", &one, "bb:1"]);

    cases.run(
        "addresses",
        &[
            "--network",
            &one,
            "--ip",
            &host(1, 50),
            "--ip6",
            &format!("fd00:{tail:x}::50"),
            "--network-alias",
            "web",
            "--network-alias",
            "www",
            "--link",
            &format!("{near}:db"),
        ],
    );
    cases.run(
        "link-local",
        &["--network", &one, "--link-local-ip", "169.254.7.7"],
    );
    cases.run("by-id", &["--network", &id, "--network-alias", "web"]);
    cases.run("alias", &["--network", &two, "--network-alias", "web"]);
    cases.run(
        "driver-option",
        &[
            "--network",
            &format!("name={two},alias=x,driver-opt=com.docker.network.test=1"),
        ],
    );
    cases.run(
        "mac",
        &["--network", &two, "--mac-address", "02:42:de:ad:be:ef"],
    );
    cases.run("mac-bridge", &["--mac-address", "02:42:de:ad:be:ee"]);
    cases.run(
        "hostname",
        &["--hostname", "box", "--domainname", "example.org"],
    );
    cases.run("hostname-hex", &["--hostname", "0123456789ab"]);
    cases.run("host", &["--network", "host"]);
    cases.run(
        "host-hostname",
        &["--network", "host", "--hostname", "other"],
    );
    cases.run("none", &["--network", "none"]);
    cases.run(
        "resolver",
        &[
            "--dns",
            "9.9.9.9",
            "--dns",
            "1.1.1.1",
            "--dns-search",
            "example.org",
            "--dns-option",
            "ndots:2",
            "--add-host",
            "nas:192.168.1.10",
            "--add-host",
            "host.docker.internal:host-gateway",
            "--add-host",
            "six:fd00::1",
        ],
    );
    cases.run(
        "links",
        &["--link", &format!("{linked}:db"), "--link", &linked],
    );
    cases.run(
        "expose",
        &[
            "--expose",
            "8080",
            "--expose",
            "53/udp",
            "--expose",
            "9000-9002",
        ],
    );
    cases.run(
        "ports",
        &[
            "-p",
            "18080:80",
            "-p",
            "127.0.0.1:18081:81",
            "-p",
            "18053:53/udp",
            "-p",
            "[::1]:18082:82",
        ],
    );
    cases.run("ports-random", &["-p", "80", "-p", "127.0.0.1::81"]);
    cases.run(
        "ports-range",
        &["-p", "18100-18110:80", "-p", "18200-18202:9000-9002"],
    );
    cases.with("publish-all", &["-P"], &[&exposing], Is::Running);
    cases.with(
        "image-ports",
        &["-p", "18300:80"],
        &[&exposing],
        Is::Running,
    );
    cases.create(
        "created",
        &["--network", &one, "--ip", &host(1, 60), "-p", "18400:80"],
    );
    cases.with(
        "exited",
        &["--network", &one, "--ip", &host(1, 61), "-p", "18401:80"],
        &["bb:1"],
        Is::Exited,
    );
    // These are made in steps.
    for name in [
        "several",
        "several-created",
        "without-primary",
        "without-any",
        "default-and-more",
        "named",
    ] {
        let full = format!("{}-{name}", cases.prefix);
        let create = |arguments: &[&str]| {
            let mut all = vec!["create", "--name", &full];
            all.extend(arguments);
            all.push("bb:1");
            engine.docker(&all);
        };
        let connect = |arguments: &[&str]| {
            let mut all = vec!["network", "connect"];
            all.extend(arguments);
            all.push(&full);
            engine.docker(&all);
        };
        match name {
            "several" | "several-created" => {
                let last = if name == "several" { 70 } else { 71 };
                // The primary one is not the first by name.
                create(&[
                    "--network",
                    &two,
                    "--ip",
                    &host(2, last),
                    "--mac-address",
                    &format!("02:42:00:00:00:{last}"),
                ]);
                connect(&[
                    "--ip",
                    &host(1, last),
                    "--alias",
                    "second",
                    "--driver-opt",
                    "com.docker.network.test=1",
                    &one,
                ]);
                connect(&["--link", &format!("{near}:near"), &three]);
            }
            "default-and-more" => {
                create(&[]);
                connect(&["--alias", "x", &one]);
            }
            "named" => {
                create(&["--network", &two, "--hostname", "box"]);
                connect(&["--alias", "x", &one]);
            }
            _ => {
                create(&["--network", &one]);
                if name == "without-primary" {
                    connect(&["--alias", "other", &two]);
                }
                engine.docker(&["network", "disconnect", &one, &full]);
            }
        }
        if name != "several-created" {
            engine.docker(&["start", &full]);
        }
    }
    let (_app, client) = App::ready(&engine.host());
    let steps: Vec<String> = [
        "several",
        "several-created",
        "without-primary",
        "without-any",
        "default-and-more",
        "named",
    ]
    .iter()
    .map(|name| format!("{}-{name}", cases.prefix))
    .collect();
    let said = with_each(&steps, |name| twice(&client, engine, name));
    let said: Vec<_> = said.into_iter().flatten().collect();
    assert!(said.is_empty(), "{}", said.join("\n"));
    cases.prove(engine);
}

#[test]
fn generated_aliases_and_hostnames_are_replaced_not_accumulated() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    let name = engine.name("t");
    let network = format!("{name}-net");
    engine.docker(&["network", "create", &network]);
    engine.docker(&[
        "run",
        "-d",
        "--name",
        &name,
        "--network",
        &network,
        "--network-alias",
        "web",
        "bb:1",
    ]);
    let (mut seen, mut macs) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        known(&client, engine, &name);
        succeeded(&again(&client, &name));
        let now = engine.inspect(&name);
        let id = now["Id"].as_str().unwrap();
        let on = &now["NetworkSettings"]["Networks"][&network];
        // Until API 1.44 the engine adds its short id; from then on it says that in DNSNames.
        let aliases = on["Aliases"].as_array().unwrap();
        assert!(
            aliases
                .iter()
                .all(|alias| *alias == "web" || *alias == id[..12])
                && aliases.contains(&"web".into()),
            "{aliases:?}"
        );
        assert!(aliases.len() <= 2, "{aliases:?}");
        if let Some(names) = on["DNSNames"].as_array() {
            assert_eq!(*names, [name.as_str(), "web", &id[..12]]);
        }
        assert_eq!(now["Config"]["Hostname"], id[..12]);
        assert!(now["Config"].get("MacAddress").is_none());
        seen.push(id.to_owned());
        macs.push(on["MacAddress"].clone());
    }
    seen.dedup();
    assert_eq!(seen.len(), 3);
    nothing_left(engine, &name);
}
