//! A tag that has moved: the new image's defaults take effect, and what the
//! person set stays.

use super::{again, known, succeeded};
use crate::support::app::App;
use crate::support::client::Client;
use crate::support::engine::{Engine, Name, TICK, number};
use serde_json::{Value, json};

const OLD: &[&str] = &[
    "ENV A=old B=old GONE=1",
    "LABEL a=old b=old gone=1",
    "EXPOSE 80 81",
    r#"VOLUME ["/old"]"#,
    "WORKDIR /tmp",
    "USER 1000",
    "STOPSIGNAL SIGINT",
    r#"HEALTHCHECK --interval=1s --timeout=2s --retries=2 CMD true"#,
    r#"ENTRYPOINT ["/bin/sh","-c","sleep 998"]"#,
    r#"CMD ["old"]"#,
];
const NEW: &[&str] = &[
    "ENV A=new B=new FRESH=1",
    "LABEL a=new b=new fresh=1",
    "EXPOSE 80 82",
    r#"VOLUME ["/new"]"#,
    "WORKDIR /bin",
    "USER 2000",
    "STOPSIGNAL SIGTERM",
    r#"HEALTHCHECK --interval=1s --timeout=3s --retries=3 CMD echo new"#,
    r#"ENTRYPOINT ["/bin/sh","-c","sleep 999"]"#,
    r#"CMD ["new"]"#,
];

/// Which paths of the kernel a container hides from its processes and cannot write.
fn kernel_paths(engine: &Engine, name: &str) -> Value {
    let host = &engine.inspect(name)["HostConfig"];
    json!([host["MaskedPaths"], host["ReadonlyPaths"]])
}

#[test]
fn own_hidden_paths_are_kept_by_recreate_and_by_the_specification() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    let (name, copy) = (engine.name("h"), engine.name("h"));
    let own = json!([[], ["/proc/bus"]]);
    let host = json!({"NetworkMode": "none", "MaskedPaths": own[0], "ReadonlyPaths": own[1]});
    let path = format!("/containers/create?name={name}");
    engine.ask("POST", &path, &json!({"Image": "bb:1", "HostConfig": host}));
    assert_eq!(kernel_paths(engine, &name), own);
    known(&client, engine, &name);
    succeeded(&again(&client, &name));
    assert_eq!(kernel_paths(engine, &name), own);
    let mut spec = client.get(&format!("/api/containers/{name}/spec")).json();
    spec["name"] = json!(copy.to_string());
    spec["environment"] = json!("DEV");
    let answer = client.post("/api/containers?pull=never&start=false", &spec);
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(kernel_paths(engine, &copy), own);
}

/// An image under the tag that the first container is made of, then another.
fn moved(
    engine: &Engine,
    client: &Client,
    old: &[&str],
    new: &[&str],
    all: &[(&[&str], &[&str])],
) -> Vec<(Value, Value)> {
    let tag = format!("moving{}:1", number());
    engine.build(&tag, old);
    let names: Vec<Name<'_>> = all
        .iter()
        .map(|(options, command)| {
            let name = engine.name("t");
            let mut arguments = vec!["create", "--name", &name];
            arguments.extend(*options);
            arguments.push(&tag);
            arguments.extend(*command);
            engine.docker(&arguments);
            name
        })
        .collect();
    engine.build(&tag, new);
    names
        .iter()
        .map(|name| {
            let before = engine.inspect(name);
            known(client, engine, name);
            succeeded(&again(client, name));
            let after = engine.inspect(name);
            assert_ne!(before["Image"], after["Image"], "it is the new image");
            assert_eq!(
                after["Config"]["Image"],
                tag.as_str(),
                "under the same name"
            );
            (before, after)
        })
        .collect()
}

/// Without the path, which the engine adds.
fn env(config: &Value) -> Vec<&str> {
    let all = config["Env"].as_array().into_iter().flatten();
    all.filter_map(Value::as_str)
        .filter(|entry| !entry.starts_with("PATH="))
        .collect()
}

fn keys(value: &Value) -> Vec<&str> {
    value
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, _)| key.as_str())
        .collect()
}

/// The labels, and in the place of our own what it notes: volumes that nobody named.
fn labels(config: &Value) -> (Value, String) {
    let mut labels = config["Labels"].clone();
    let note = labels
        .as_object_mut()
        .unwrap()
        .remove("dockermate.unnamed-volumes");
    let note = note.unwrap_or_default();
    (labels, note.as_str().unwrap_or("").to_owned())
}

#[test]
fn defaults_of_the_new_image_take_effect() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    let (before, after) = moved(engine, &client, OLD, NEW, &[(&[], &[])]).remove(0);
    let config = &after["Config"];
    assert_eq!(env(config), ["A=new", "B=new", "FRESH=1"]);
    let (labels, unnamed) = labels(config);
    assert_eq!(labels, json!({"a": "new", "b": "new", "fresh": "1"}));
    assert_eq!(keys(&config["ExposedPorts"]), ["80/tcp", "82/tcp"]);
    assert_eq!(config["WorkingDir"], "/bin");
    assert_eq!(config["User"], "2000");
    assert_eq!(config["StopSignal"], "SIGTERM");
    assert_eq!(config["Entrypoint"], json!(["/bin/sh", "-c", "sleep 999"]));
    assert_eq!(config["Cmd"], json!(["new"]));
    assert_eq!(
        config["Healthcheck"]["Test"],
        json!(["CMD-SHELL", "echo new"])
    );
    assert_eq!(config["Healthcheck"]["Timeout"], 3_000_000_000_i64);
    assert_eq!(config["Healthcheck"]["Retries"], 3);
    // The old folder's volume belongs to the data and stays, the new one is new.
    let volume = |inspect: &Value, target: &str| {
        inspect["Mounts"]
            .as_array()
            .unwrap()
            .iter()
            .find(|mount| mount["Destination"] == target)
            .map(|mount| mount["Name"].clone())
    };
    assert!(volume(&after, "/new").is_some());
    assert_eq!(volume(&after, "/old"), volume(&before, "/old"));
    assert!(volume(&before, "/old").is_some());
    assert_eq!(Some(json!(unnamed)), volume(&before, "/old"));
    assert_eq!(keys(&config["Volumes"]), ["/new"]);
}

#[test]
fn options_set_by_the_user_are_kept_with_a_new_image() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    let set: &[&str] = &[
        "-e",
        "B=mine",
        "-e",
        "MINE=1",
        "-l",
        "b=mine",
        "-l",
        "mine=1",
        "--expose",
        "90",
        "-p",
        "19980:80",
        "-v",
        "/mine",
        "-w",
        "/",
        "-u",
        "3000",
        "--stop-signal",
        "SIGQUIT",
        "--health-interval",
        "5s",
    ];
    let whole: &[&str] = &[
        "--health-cmd",
        "exit 0",
        "--health-timeout",
        "9s",
        "--health-retries",
        "9",
    ];
    let all = [
        (set, &["mine"][..]),
        (&["--entrypoint", "/bin/sleep"][..], &["1", "2"][..]),
        (&["--entrypoint", ""][..], &["/bin/sleep", "9"][..]),
        (whole, &[][..]),
        (&["--no-healthcheck"][..], &[][..]),
    ];
    let made = moved(engine, &client, OLD, NEW, &all);
    let config = &made[0].1["Config"];
    let mut own = env(config);
    own.sort_unstable();
    assert_eq!(own, ["A=new", "B=mine", "FRESH=1", "MINE=1"]);
    let (labels, unnamed) = labels(config);
    assert_eq!(
        labels,
        json!({"a": "new", "b": "mine", "fresh": "1", "mine": "1"})
    );
    assert_eq!(unnamed.split(',').count(), 2, "of /mine and /old");
    assert_eq!(
        keys(&config["ExposedPorts"]),
        ["80/tcp", "82/tcp", "90/tcp"]
    );
    assert_eq!(keys(&config["Volumes"]), ["/mine", "/new"]);
    assert_eq!(
        (config["WorkingDir"].as_str(), config["User"].as_str()),
        (Some("/"), Some("3000"))
    );
    assert_eq!(config["StopSignal"], "SIGQUIT");
    assert_eq!(
        config["Entrypoint"],
        json!(["/bin/sh", "-c", "sleep 999"]),
        "only the command was set"
    );
    assert_eq!(config["Cmd"], json!(["mine"]));
    assert_eq!(
        config["Healthcheck"]["Interval"], 5_000_000_000_i64,
        "its own part"
    );
    assert_eq!(
        config["Healthcheck"]["Test"],
        json!(["CMD-SHELL", "echo new"]),
        "the image's part"
    );
    assert_eq!(
        made[0].1["HostConfig"]["PortBindings"],
        made[0].0["HostConfig"]["PortBindings"]
    );

    let config = &made[1].1["Config"];
    assert_eq!(config["Entrypoint"], json!(["/bin/sleep"]));
    assert_eq!(config["Cmd"], json!(["1", "2"]));

    let config = &made[2].1["Config"];
    assert!(
        config["Entrypoint"].as_array().is_none_or(Vec::is_empty),
        "{config}"
    );
    assert_eq!(config["Cmd"], json!(["/bin/sleep", "9"]));

    let check = &made[3].1["Config"]["Healthcheck"];
    assert_eq!(check["Test"], json!(["CMD-SHELL", "exit 0"]));
    assert_eq!(check["Retries"], 9);
    assert_eq!(made[4].1["Config"]["Healthcheck"]["Test"], json!(["NONE"]));
}

#[test]
fn command_that_relied_on_the_old_entrypoint_keeps_it() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    // An entrypoint equal to the image's without the image's command.
    let old = [r#"ENTRYPOINT ["/bin/sleep"]"#, r#"CMD ["1"]"#];
    let new = [r#"ENTRYPOINT ["/bin/echo"]"#, r#"CMD ["2"]"#];
    let all = [
        (&["--entrypoint", "/bin/sleep"][..], &[][..]),
        (&[][..], &["7"][..]),
        (&[][..], &[][..]),
    ];
    let made = moved(engine, &client, &old, &new, &all);
    let config = |at: usize| {
        (
            made[at].1["Config"]["Entrypoint"].clone(),
            made[at].1["Config"]["Cmd"].clone(),
        )
    };
    assert_eq!(config(0), (json!(["/bin/sleep"]), Value::Null));
    assert_eq!(config(1), (json!(["/bin/echo"]), json!(["7"])));
    assert_eq!(config(2), (json!(["/bin/echo"]), json!(["2"])));
    // An image without one that gets one, and the other way round.
    let made = moved(
        engine,
        &client,
        &[TICK],
        &new,
        &[(&[], &[]), (&[], &["sleep", "8"])],
    );
    assert_eq!(made[0].1["Config"]["Cmd"], json!(["2"]));
    assert_eq!(made[1].1["Config"]["Cmd"], json!(["sleep", "8"]));
    let made = moved(engine, &client, &old, &[TICK], &[(&[], &["8"])]);
    assert!(made[0].1["Config"]["Entrypoint"].is_null());
    assert_eq!(made[0].1["Config"]["Cmd"], json!(["8"]));
}

#[test]
fn compose_image_label_follows_the_new_image() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    let labels: &[&str] = &[
        "-l",
        "com.docker.compose.project=shop",
        "-l",
        "com.docker.compose.image=sha256:0123",
        "-l",
        "com.docker.compose.config-hash=feed",
    ];
    let made = moved(
        engine,
        &client,
        &[TICK],
        &[TICK, "ENV X=1"],
        &[(labels, &[])],
    );
    let after = &made[0].1;
    assert_eq!(
        after["Config"]["Labels"]["com.docker.compose.image"],
        after["Image"]
    );
    assert_eq!(
        after["Config"]["Labels"]["com.docker.compose.config-hash"],
        "feed"
    );
}

#[test]
fn recreate_loses_nothing_when_the_old_image_was_removed() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    let tag = format!("going{}:1", number());
    engine.build(&tag, OLD);
    let name = engine.name("t");
    engine.docker(&["create", "--name", &name, "-e", "MINE=1", &tag]);
    // The tag goes; the image stays as long as the container uses it.
    engine.build(&tag, NEW);
    let before = super::compare::Snapshot::of(engine, &name);
    let id = engine.inspect(&name)["Image"].as_str().unwrap().to_owned();
    engine.docker(&["rmi", "-f", &id]);
    known(&client, engine, &name);
    let plan = client
        .post(
            &format!("/api/containers/{name}/recreate?dry_run=true"),
            &json!({"pull": "never"}),
        )
        .json();
    let told = plan["warnings"].to_string();
    succeeded(&again(&client, &name));
    let after = super::compare::Snapshot::of(engine, &name);
    if told.contains("no longer on this host") {
        for kept in env(&before.value["Config"]) {
            assert!(env(&after.value["Config"]).contains(&kept), "{kept}");
        }
    } else {
        assert!(
            after.value["Config"]["Env"].to_string().contains("FRESH=1"),
            "{after:?}"
        );
    }
    assert!(after.value["Config"]["Env"].to_string().contains("MINE=1"));
}
