//! What answers do, and which field an error names.

use super::*;
use crate::error::Kind;
use crate::model::template::{Choice, PathKind, VariableKind, VariableQuestion};
use serde_json::json;

fn template() -> Template {
    let variable = |name: &str, default: Option<&str>, kind| VariableQuestion {
        name: name.to_owned(),
        default: default.map(ToOwned::to_owned),
        kind,
        ..VariableQuestion::default()
    };
    Template {
        id: "shop".to_owned(),
        name: "Shop".to_owned(),
        spec: ContainerSpec {
            image: "shop:1".to_owned(),
            env: vec!["FIXED=1".to_owned(), "COLOR=red".to_owned()],
            ..ContainerSpec::default()
        },
        ports: vec![
            PortQuestion {
                container_port: 80,
                host_port: Some("8080".to_owned()),
                ..PortQuestion::default()
            },
            PortQuestion {
                container_port: 53,
                protocol: "udp".to_owned(),
                host_port: Some("53".to_owned()),
                optional: true,
                ..PortQuestion::default()
            },
        ],
        paths: vec![
            PathQuestion {
                target: "/config".to_owned(),
                suggested: "config".to_owned(),
                kind: PathKind::Config,
                ..PathQuestion::default()
            },
            PathQuestion {
                target: "/media".to_owned(),
                suggested: "/mnt/media".to_owned(),
                kind: PathKind::Media,
                read_only: true,
                optional: true,
                ..PathQuestion::default()
            },
            PathQuestion {
                target: "/db".to_owned(),
                suggested: "db".to_owned(),
                volume: true,
                ..PathQuestion::default()
            },
        ],
        variables: vec![
            variable("TZ", Some("Etc/UTC"), VariableKind::Timezone),
            variable("PUID", Some("1000"), VariableKind::Puid),
            variable("LIMIT", None, VariableKind::Number),
            variable("OPEN", Some("false"), VariableKind::Bool),
            VariableQuestion {
                required: true,
                secret: true,
                ..variable("PASSWORD", None, VariableKind::Text)
            },
            VariableQuestion {
                choices: vec![Choice {
                    value: "red".to_owned(),
                    ..Choice::default()
                }],
                ..variable("COLOR", Some("red"), VariableKind::Choice)
            },
        ],
        devices: vec![DeviceQuestion {
            device: "/dev/stick".to_owned(),
            host: "/dev/ttyUSB0".to_owned(),
            ..DeviceQuestion::default()
        }],
        ..Template::default()
    }
}

/// With the one answer that is required.
fn answered(more: serde_json::Value) -> Answers {
    let mut all = json!({"variables": {"PASSWORD": "s3cret"}});
    for (key, value) in more.as_object().unwrap() {
        match (all.get_mut(key), value) {
            (Some(serde_json::Value::Object(old)), serde_json::Value::Object(new)) => {
                old.extend(new.clone());
            }
            _ => all[key] = value.clone(),
        }
    }
    serde_json::from_value(all).unwrap()
}

#[test]
fn missing_answers_are_filled_with_suggestions() {
    let spec = render(&template(), &answered(json!({}))).unwrap();
    assert_eq!(spec.name.as_deref(), Some("shop"));
    assert_eq!(
        spec.env,
        [
            "FIXED=1",
            "COLOR=red",
            "TZ=Etc/UTC",
            "PUID=1000",
            "OPEN=false",
            "PASSWORD=s3cret"
        ]
    );
    let ports: Vec<String> = spec.ports.iter().map(PortSpec::short).collect();
    assert_eq!(ports, ["8080:80"]);
    let mounts: Vec<String> = spec.mounts.iter().map(MountSpec::short).collect();
    assert_eq!(mounts, ["/mnt/appdata/shop/config:/config", "shop-db:/db"]);
    assert_eq!(spec.devices, ["/dev/ttyUSB0:/dev/stick"]);
    assert_eq!(spec.restart.as_deref(), Some("unless-stopped"));
}

#[test]
fn answers_take_precedence_over_suggestions() {
    let spec = render(
        &template(),
        &answered(json!({
            "name": "shop-2", "environment": "DEV", "description": "Sells.", "image": "shop:2",
            "storage_root": "/srv/", "network": "front",
            "variables": {"TZ": "Europe/Vienna", "PUID": null, "LIMIT": "2.5"},
            "ports": {"80/tcp": "127.0.0.1:81", "53/udp": "5353"},
            "paths": {"/media": "/films", "/db": "/srv/db"},
            "devices": {"/dev/stick": "/dev/serial/by-id/x"},
        })),
    )
    .unwrap();
    assert_eq!(spec.image, "shop:2");
    assert_eq!(spec.environment.as_deref(), Some("DEV"));
    assert!(spec.env.contains(&"LIMIT=2.5".to_owned()));
    assert!(!spec.env.iter().any(|pair| pair.starts_with("PUID")));
    let ports: Vec<String> = spec.ports.iter().map(PortSpec::short).collect();
    assert_eq!(ports, ["127.0.0.1:81:80", "5353:53/udp"]);
    let mounts: Vec<String> = spec.mounts.iter().map(MountSpec::short).collect();
    assert_eq!(
        mounts,
        [
            "/srv/shop-2/config:/config",
            "/films:/media:ro",
            "/srv/db:/db"
        ]
    );
    assert_eq!(spec.devices, ["/dev/serial/by-id/x:/dev/stick"]);
    assert_eq!(spec.networks[0].name, "front");
}

#[test]
fn ports_paths_and_devices_with_an_empty_answer_are_omitted() {
    let spec = render(
        &template(),
        &answered(json!({"ports": {"80/tcp": null}, "paths": {"/config": null, "/db": ""}, "devices": {"/dev/stick": null}})),
    )
    .unwrap();
    assert!(spec.ports.is_empty() && spec.mounts.is_empty() && spec.devices.is_empty());
}

#[test]
fn mounts_and_ports_of_the_template_spec_keep_their_options() {
    let mut own = template();
    own.spec.mounts = vec![MountSpec {
        kind: MountKind::Bind,
        source: "/old".to_owned(),
        target: "/config".to_owned(),
        read_only: true,
        options: vec!["z".to_owned()],
        ..MountSpec::default()
    }];
    own.spec.ports = crate::model::spec::parse_ports("127.0.0.1:8080:80").unwrap();
    let spec = render(&own, &answered(json!({"paths": {"/config": "/new"}}))).unwrap();
    assert_eq!(spec.mounts[0].short(), "/new:/config:ro,z");
    assert_eq!(spec.ports[0].short(), "127.0.0.1:8080:80");
    assert_eq!(spec.ports.len(), 1);
    let spec = render(&own, &answered(json!({"paths": {"/config": "a-volume"}}))).unwrap();
    assert_eq!(spec.mounts[0].short(), "a-volume:/config:ro");
}

#[test]
fn host_network_template_publishes_no_ports_and_refuses_other_ports() {
    let mut host = template();
    host.spec.network_mode = Some("host".to_owned());
    assert!(
        render(&host, &answered(json!({"ports": {"80/tcp": "80"}})))
            .unwrap()
            .ports
            .is_empty()
    );
    for (answers, field) in [
        (json!({"ports": {"80/tcp": "81"}}), "ports.80/tcp"),
        (json!({"network": "front"}), "network"),
    ] {
        assert_eq!(field_of(&host, answers), field);
    }
}

fn field_of(template: &Template, answers: serde_json::Value) -> String {
    let error = render(template, &answered(answers)).unwrap_err();
    match error.kind {
        Kind::Invalid { field: Some(field) } => field.into_owned(),
        other => panic!("{other:?}: {}", error.message),
    }
}

#[test]
fn invalid_answer_is_refused_naming_its_field() {
    for (answers, field) in [
        (json!({"name": "-x"}), "name"),
        (json!({"name": "a b"}), "name"),
        (json!({"name": "../x"}), "name"),
        (json!({"image": "a b"}), "image"),
        (json!({"storage_root": "srv"}), "storage_root"),
        (json!({"storage_root": "/srv/../etc"}), "storage_root"),
        (json!({"network": "a b"}), "network"),
        (json!({"variables": {"NOBODY": "1"}}), "variables.NOBODY"),
        (json!({"variables": {"PASSWORD": ""}}), "variables.PASSWORD"),
        (
            json!({"variables": {"PASSWORD": null}}),
            "variables.PASSWORD",
        ),
        (json!({"variables": {"TZ": "a\u{0}b"}}), "variables.TZ"),
        (json!({"variables": {"TZ": "../etc"}}), "variables.TZ"),
        (json!({"variables": {"PUID": "root"}}), "variables.PUID"),
        (json!({"variables": {"LIMIT": "many"}}), "variables.LIMIT"),
        (json!({"variables": {"OPEN": "yes"}}), "variables.OPEN"),
        (json!({"variables": {"COLOR": "blue"}}), "variables.COLOR"),
        (json!({"ports": {"81/tcp": "81"}}), "ports.81/tcp"),
        (json!({"ports": {"80/tcp": "70000"}}), "ports.80/tcp"),
        (json!({"ports": {"80/tcp": "1:2:3"}}), "ports.80/tcp"),
        (json!({"paths": {"/etc": "/etc"}}), "paths./etc"),
        (json!({"paths": {"/config": "a/b"}}), "paths./config"),
        (json!({"paths": {"/config": "/a:/b"}}), "paths./config"),
        (json!({"paths": {"/config": "/a/../b"}}), "paths./config"),
        (
            json!({"devices": {"/dev/stick": "/etc/passwd"}}),
            "devices./dev/stick",
        ),
        (
            json!({"devices": {"/dev/stick": "/dev/../etc"}}),
            "devices./dev/stick",
        ),
    ] {
        assert_eq!(field_of(&template(), answers.clone()), field, "{answers}");
    }
    let mut twice = template();
    twice.ports[1].protocol = "tcp".to_owned();
    assert_eq!(
        field_of(&twice, json!({"ports": {"53/tcp": "8080"}})),
        "ports.53/tcp"
    );
    let unanswered = render(&template(), &Answers::default()).unwrap_err();
    assert!(unanswered.message.contains("required"), "{unanswered}");
}

proptest::proptest! {
    #[test]
    fn arbitrary_answers_never_panic_or_put_a_colon_into_a_mount_source(text in "\\PC{0,20}") {
        let _ = render(&template(), &answered(json!({
            "name": text, "image": text, "network": text, "storage_root": text,
            "variables": {"TZ": text}, "ports": {"80/tcp": text}, "paths": {"/config": text},
        })));
        for part in ["name", "image", "network", "storage_root"] {
            let _ = render(&template(), &answered(json!({part: text})));
        }
        let made = render(&template(), &answered(json!({"paths": {"/config": text}})));
        if let Ok(spec) = made {
            proptest::prop_assert!(spec.mounts.iter().all(|m| !m.source.contains(':')));
        }
    }
}
