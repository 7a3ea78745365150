//! What is kept, left out and told apart of inspect answers.

use super::*;

#[test]
fn masked_and_readonly_paths_are_kept_only_if_they_differ_from_engine_defaults() {
    let kept = |key: &str, paths: Value| {
        let inspect = json!({ "HostConfig": { key: paths } });
        let body = body_of(&inspect, None, &EngineFacts::default());
        body.host_config.get(key).cloned()
    };
    let masked = [
        "/proc/asound",
        "/proc/acpi",
        "/proc/kcore",
        "/proc/keys",
        "/proc/latency_stats",
        "/proc/timer_list",
        "/proc/timer_stats",
        "/proc/sched_debug",
        "/proc/scsi",
        "/sys/firmware",
    ];
    let read_only = [
        "/proc/bus",
        "/proc/fs",
        "/proc/irq",
        "/proc/sys",
        "/proc/sysrq-trigger",
    ];
    let processor = "/sys/devices/system/cpu/cpu11/thermal_throttle";
    assert_eq!(kept("MaskedPaths", json!(masked)), None);
    assert_eq!(
        kept("MaskedPaths", json!([&masked[..], &[processor]].concat())),
        None
    );
    assert_eq!(kept("MaskedPaths", Value::Null), None);
    assert_eq!(kept("ReadonlyPaths", json!(read_only)), None);
    for own in [
        json!([]),
        json!(["/proc/kcore"]),
        json!([&masked[..], &["/srv/own"]].concat()),
    ] {
        assert_eq!(kept("MaskedPaths", own.clone()), Some(own));
    }
    for own in [json!([]), json!(["/proc/bus"])] {
        assert_eq!(kept("ReadonlyPaths", own.clone()), Some(own));
    }
}

fn facts(api: (usize, usize), version: &str) -> EngineFacts {
    EngineFacts {
        api,
        version: version.to_owned(),
        ..EngineFacts::default()
    }
}

/// A running container with a chosen MAC that is also what an engine before 28
/// would generate, and one on a second network.
fn with_macs(second: &str) -> Value {
    json!({
        "Id": "0123456789abcdef",
        "Config": {"MacAddress": "02:42:0a:e7:1b:4d"},
        "HostConfig": {"NetworkMode": "one"},
        "NetworkSettings": {"Networks": {
            "one": {"IPAddress": "10.231.27.77", "MacAddress": "02:42:0a:e7:1b:4d"},
            "two": {"IPAddress": "10.91.2.2", "MacAddress": second}
        }}
    })
}

fn mac<'a>(body: &'a CreateBody, network: &str) -> Option<&'a str> {
    let (_, endpoint) = body.networks.iter().find(|(name, _)| name == network)?;
    endpoint.get("MacAddress")?.as_str()
}

#[test]
fn configured_mac_is_kept_except_a_generated_one_shown_by_docker_25_0_0_and_25_0_1() {
    let inspect = with_macs("02:42:0a:5b:02:02");
    for (api, version, chosen) in [
        ((1, 44), "25.0.0", false),
        ((1, 44), "25.0.1-ce", false),
        ((1, 44), "25.0.2", true),
        ((1, 51), "28.5.2+dfsg4", true),
    ] {
        let body = body_of(&inspect, None, &facts(api, version));
        let expected = chosen.then_some("02:42:0a:e7:1b:4d");
        assert_eq!(mac(&body, "one"), expected, "{version}");
    }
}

#[test]
fn mac_of_second_network_is_kept_only_if_the_engine_cannot_have_generated_it() {
    for (api, shown, chosen) in [
        ((1, 45), "02:42:0a:5b:02:02", false),
        ((1, 45), "02:42:0a:5b:02:77", true),
        ((1, 51), "02:42:0a:5b:02:77", false),
        ((1, 51), "00:16:3e:00:00:01", true),
    ] {
        let body = body_of(&with_macs(shown), None, &facts(api, "26.1.5"));
        assert_eq!(mac(&body, "two").is_some(), chosen, "{api:?} {shown}");
    }
}

#[test]
fn replacement_keeps_mac_of_unknown_origin_on_second_network_but_not_on_primary() {
    let inspect = with_macs("02:42:0a:5b:02:77");
    let facts = facts((1, 51), "28.5.2");
    let mut body = body_of(&inspect, None, &facts);
    assert_eq!(keep_assigned(&mut body, &inspect, &facts), None);
    assert_eq!(mac(&body, "two"), Some("02:42:0a:5b:02:77"));
    // A primary network's choice is known.
    let mut inspect = inspect;
    inspect["Config"]["MacAddress"] = Value::Null;
    let mut body = body_of(&inspect, None, &facts);
    keep_assigned(&mut body, &inspect, &facts);
    assert_eq!(mac(&body, "one"), None);
    // An engine with a newer API does not tell it.
    let newer = self::facts((1, 90), "40.0.0");
    let mut body = body_of(&inspect, None, &newer);
    keep_assigned(&mut body, &inspect, &newer);
    assert!(mac(&body, "one").is_some());
}

#[test]
fn podman_replacement_keeps_addresses_in_use_and_warns_about_them() {
    let facts = EngineFacts {
        podman: true,
        ..facts((1, 44), "5.8.6")
    };
    let mut inspect = json!({
        "Config": {}, "HostConfig": {"NetworkMode": "bridge"},
        "NetworkSettings": {"Networks": {"cpn1": {
            "IPAMConfig": null, "IPAddress": "10.91.1.50", "GlobalIPv6Address": "fd00::5",
            "MacAddress": "02:42:0a:5b:01:32"
        }}}
    });
    let mut body = body_of(&inspect, None, &facts);
    assert_eq!(
        body.networks[0].1.get("IPAMConfig"),
        None,
        "no choice for a duplicate"
    );
    let told = keep_assigned(&mut body, &inspect, &facts).unwrap();
    assert!(
        told.contains("the addresses that this one has now"),
        "{told}"
    );
    assert_eq!(
        body.networks[0].1["IPAMConfig"],
        json!({"IPv4Address": "10.91.1.50", "IPv6Address": "fd00::5"})
    );
    assert_eq!(mac(&body, "cpn1"), Some("02:42:0a:5b:01:32"));

    inspect["NetworkSettings"]["Networks"]["cpn1"] = json!({"IPAddress": ""});
    let mut body = body_of(&inspect, None, &facts);
    let told = keep_assigned(&mut body, &inspect, &facts).unwrap();
    assert!(told.contains("not running"), "{told}");

    let inspect = json!({
        "HostConfig": {"NetworkMode": "bridge"},
        "NetworkSettings": {"Networks": {"podman": {"IPAddress": "10.88.0.2"}}}
    });
    let mut body = body_of(&inspect, None, &facts);
    assert_eq!(keep_assigned(&mut body, &inspect, &facts), None);
    assert_eq!(body.networks[0].0, "bridge");
}
