//! Files of both versions, and files that mean no good.

use super::*;
use crate::domain::templates::render::render;
use crate::model::template::Answers;
use serde_json::json;

fn one(entry: Value) -> Read {
    read(&entry, 1).unwrap_or_else(|why| panic!("{why}: {entry}"))
}

#[test]
fn portainer_container_template_is_read_with_every_field() {
    let found = one(json!({
        "type": 1, "title": "A <b>shop</b>", "name": "shop", "description": "Sells <i>things</i> &amp; more.",
        "categories": ["Database", "x"], "platform": "linux", "logo": "https://evil.example/track.png",
        "registry": "ghcr.io/", "image": "owner/shop:1", "command": "serve --name 'a b'",
        "network": "front", "hostname": "shop", "interactive": true, "privileged": true,
        "restart_policy": "on-failure", "administrator_only": true, "repository": {"url": "https://x"},
        "note": "Log in as <b>root</b>.<script>alert(1)</script><br>Then <a href='javascript:alert(1)'>go</a>.",
        "labels": [{"name": "a.b", "value": "c"}, {"name": "api.token", "value": "hunter2"}],
        "env": [
            {"name": "TZ", "label": "Zone", "default": "Europe/Vienna"},
            {"name": "MODE", "select": [{"text": "Fast", "value": "f", "default": true}, {"text": "Slow", "value": "s"}]},
            {"name": "FIXED", "default": "yes", "preset": true},
            {"name": "OLD", "set": "1"},
            {"name": "ROOT_PASSWORD", "label": "Password", "default": "changeme"},
            {"name": "API_TOKEN"},
        ],
        "ports": ["8080:80/tcp", "53/udp", "7000-7001:7000-7001"],
        "volumes": [
            {"container": "/data"},
            {"container": "/config", "bind": "/srv/shop", "readonly": true},
            {"container": "/db", "bind": "shopdb"},
            {"container": "/var/run/docker.sock", "bind": "/var/run/docker.sock"},
            {"container": "/x/media", "bind": "!config/media"},
        ],
    }));
    let template = &found.template;
    assert_eq!(
        template.name, "A <b>shop</b>",
        "a name is text, whatever it looks like"
    );
    assert_eq!(template.category, "databases");
    assert_eq!(template.description, "Sells things & more.");
    assert_eq!(template.notes, ["Log in as root. Then go."]);
    let spec = &template.spec;
    assert_eq!(spec.image, "ghcr.io/owner/shop:1");
    assert_eq!(spec.command.as_ref().unwrap(), &["serve", "--name", "a b"]);
    assert_eq!(spec.networks[0].name, "front");
    assert!(spec.privileged && spec.tty && spec.stdin_open);
    assert_eq!(spec.restart.as_deref(), Some("on-failure"));
    assert_eq!(spec.env, ["FIXED=yes", "OLD=1"]);
    assert_eq!(spec.labels.len(), 1);
    let text = serde_json::to_string(template).unwrap();
    for gone in ["evil.example", "changeme", "hunter2", "alert", "javascript"] {
        assert!(!text.contains(gone), "{gone}: {text}");
    }
    let password = template
        .variables
        .iter()
        .find(|q| q.name == "ROOT_PASSWORD")
        .unwrap();
    assert!(password.required && password.secret);
    let token = template
        .variables
        .iter()
        .find(|q| q.name == "API_TOKEN")
        .unwrap();
    assert!(!token.required && token.secret);
    let mode = template
        .variables
        .iter()
        .find(|q| q.name == "MODE")
        .unwrap();
    assert_eq!(
        (mode.default.as_deref(), mode.choices.len()),
        (Some("f"), 2)
    );
    let ports: Vec<String> = template.ports.iter().map(PortQuestion::key).collect();
    assert_eq!(ports, ["80/tcp", "53/udp", "7000/tcp", "7001/tcp"]);
    assert_eq!(template.ports[1].host_port, None);
    let paths: Vec<_> = template
        .paths
        .iter()
        .map(|p| (p.suggested.as_str(), p.volume))
        .collect();
    assert_eq!(
        paths,
        [
            ("data", true),
            ("/srv/shop", false),
            ("shopdb", true),
            ("/var/run/docker.sock", false),
            ("media", false)
        ]
    );
    for part in [
        "full access",
        "logo",
        "repository",
        "single user",
        "ROOT_PASSWORD",
        "api.token",
        "socket",
        "storage root",
    ] {
        assert!(
            found.remarks.iter().any(|r| r.contains(part)),
            "{part}: {:?}",
            found.remarks
        );
    }
    let mut whole = found.template;
    whole.id = "shop".to_owned();
    let answers: Answers =
        serde_json::from_value(json!({"variables": {"ROOT_PASSWORD": "x"}})).unwrap();
    let made = render(&whole, &answers).unwrap();
    assert!(made.env.contains(&"MODE=f".to_owned()));
}

#[test]
fn unsupported_or_invalid_entries_are_refused_with_the_reason() {
    for (entry, reason) in [
        (json!({"type": 2, "title": "x", "repository": {}}), "Swarm"),
        (
            json!({"type": 3, "title": "x", "repository": {}}),
            "Compose",
        ),
        (json!({"type": "stack"}), "type"),
        (
            json!({"type": 1, "platform": "windows", "image": "x"}),
            "Windows",
        ),
        (json!({"type": 1, "title": "x"}), "no image"),
        (json!({"type": 1, "image": "  "}), "no image"),
        (json!("text"), "object"),
        (json!({"image": "x", "command": "a 'b"}), "quote"),
        (json!({"image": "x", "ports": ["http"]}), "port"),
        (json!({"image": "x", "ports": [[1]]}), "port"),
        (
            json!({"image": "x", "volumes": [{"container": "C:/temp/"}]}),
            "path",
        ),
        (json!({"image": "x", "restart_policy": "maybe"}), "restart"),
        (json!({"image": "x", "env": [{"label": "x"}]}), "no name"),
    ] {
        let why = read(&entry, 1)
            .err()
            .unwrap_or_else(|| panic!("{entry} was read"));
        assert!(why.contains(reason), "{entry}: {why}");
    }
}

#[test]
fn older_portainer_files_named_ports_and_label_objects_are_read() {
    // Before version 2: a list, types as words, volumes as texts.
    let found = one(
        json!({"type": "container", "title": "Old", "image": "nginx", "volumes": ["/etc/nginx"], "ports": ["80/tcp"]}),
    );
    assert_eq!(found.template.paths[0].suggested, "nginx");
    // Named ports, labels as an object.
    let found = one(
        json!({"type": 1, "title": "Y", "image": "y", "ports": [{"WebUI": "8096:8096/tcp"}], "labels": {"a": "b"}}),
    );
    assert_eq!(found.template.ports[0].purpose, "WebUI");
    assert!(found.template.ports[0].web.is_some());
    assert_eq!(found.template.spec.labels["a"], "b");
    for (document, count) in [
        (json!({"version": "2", "templates": [{}, {}]}), Some(2)),
        (json!({"version": "3", "templates": []}), Some(0)),
        (json!([{}]), Some(1)),
        (json!({"templates": 1}), None),
        (json!({}), None),
        (json!("x"), None),
    ] {
        assert_eq!(entries(&document).map(Vec::len), count, "{document}");
    }
}

proptest::proptest! {
    #[test]
    fn portainer_reader_never_panics_on_arbitrary_text(text in "\\PC{0,30}") {
        for entry in [
            json!({"image": text, "title": text, "note": text, "command": text, "network": text, "hostname": text}),
            json!({"image": "x", "ports": [text], "volumes": [{"container": text, "bind": text}], "env": [{"name": text, "default": text}]}),
            json!({"type": text, "categories": [text], "labels": [{"name": text, "value": text}]}),
        ] {
            let _ = read(&entry, 1);
            let _ = title(&entry, 1);
        }
    }
}

#[test]
fn less_common_fields_of_portainer_and_yacht_are_read() {
    let found = one(json!({
        "type": 1, "title": "t", "image": "bb:1", "hosts": ["db:10.0.0.5"],
        "cap_add": ["NET_ADMIN"], "network_mode": "host", "devices": ["/dev/ttyUSB0:/dev/ttyUSB0"],
        "sysctls": [{"net.ipv6.conf.all.disable_ipv6": 0}],
        "volumes": [{"container": "/etc/localtime", "bind": "!localtime"}],
    }));
    let spec = &found.template.spec;
    assert_eq!(spec.extra_hosts, ["db:10.0.0.5"]);
    assert_eq!(spec.cap_add, ["NET_ADMIN"]);
    assert_eq!(spec.devices, ["/dev/ttyUSB0:/dev/ttyUSB0"]);
    assert_eq!(spec.network_mode.as_deref(), Some("host"));
    assert_eq!(spec.sysctls["net.ipv6.conf.all.disable_ipv6"], "0");
    let mount = &spec.mounts[0];
    assert_eq!(
        (
            mount.source.as_str(),
            mount.target.as_str(),
            mount.read_only
        ),
        ("/etc/localtime", "/etc/localtime", true)
    );
    assert!(found.template.paths.is_empty());
    assert!(
        found
            .remarks
            .iter()
            .any(|remark| remark.contains("NET_ADMIN"))
    );
    assert!(
        found
            .remarks
            .iter()
            .any(|remark| remark.contains("/dev/ttyUSB0"))
    );
}

#[test]
fn ignored_keys_are_reported_on_every_level() {
    let found = one(json!({
        "title": "t", "image": "bb:1", "name": "web", "mem_limit": "1g", "privileged": "true",
        "env": [{"name": "A", "secret_store": "x", "select": [{"value": "1", "icon": "i"}]}],
        "volumes": [{"container": "/data", "driver": "nfs"}],
        "labels": [{"name": "a", "value": "b", "scope": "c"}],
    }));
    let all = found.remarks.join("\n");
    for key in [
        "container name",
        "`mem_limit`",
        "`privileged`",
        "`env.secret_store`",
        "`env.select.icon`",
        "`volumes.driver`",
        "`labels.scope`",
    ] {
        assert!(all.contains(key), "{key} is missing: {all}");
    }
    assert!(!found.template.spec.privileged);
}
