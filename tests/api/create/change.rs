//! What changes while a container keeps running, and the configurations that are saved
//! by before a change in production.

use super::{create, exists, ready};
use crate::support::client::Client;
use crate::support::engine::{Engine, Name};
use serde_json::{Value, json};

#[test]
fn limits_policy_and_name_change_while_it_runs() {
    let engine = Engine::isolated();
    let (_app, client) = ready(engine);
    let name = engine.name("g");
    let spec =
        json!({"image": "bb:1", "name": name, "memory": "64m", "memory_swap": "128m", "cpus": 0.5});
    assert_eq!(create(&client, "pull=never", &spec).status, 200);
    let before = engine.inspect(&name);
    let put =
        |name: &str, body: &Value| client.json("PUT", &format!("/api/containers/{name}"), body);
    let plan = client
        .json(
            "PUT",
            &format!("/api/containers/{name}?dry_run=true"),
            &json!({"memory": "96m", "restart": "always"}),
        )
        .json();
    assert!(
        plan["commands"]["simple"]["text"]
            .as_str()
            .unwrap()
            .contains(" update "),
        "{plan}"
    );
    assert_eq!(
        engine.inspect(&name)["HostConfig"]["Memory"],
        before["HostConfig"]["Memory"]
    );
    for (body, key, value) in [
        (json!({"memory": "96m"}), "Memory", json!(96 * 1024 * 1024)),
        (
            json!({"memory_swap": 201_326_592}),
            "MemorySwap",
            json!(201_326_592),
        ),
        (json!({"cpus": 1.5}), "NanoCpus", json!(1_500_000_000_i64)),
        (json!({"cpu_shares": 100}), "CpuShares", json!(100)),
        (json!({"pids_limit": 77}), "PidsLimit", json!(77)),
        (json!({"cpuset_cpus": "0"}), "CpusetCpus", json!("0")),
        (
            json!({"restart": "on-failure:3"}),
            "RestartPolicy",
            json!({"Name": "on-failure", "MaximumRetryCount": 3}),
        ),
        (
            json!({"restart": "no"}),
            "RestartPolicy",
            json!({"Name": "no", "MaximumRetryCount": 0}),
        ),
    ] {
        let answer = put(&name, &body);
        assert_eq!(answer.status, 200, "{body}: {}", answer.text());
        assert_eq!(engine.inspect(&name)["HostConfig"][key], value, "{body}");
    }
    for (body, field) in [
        (json!({"memory": "much"}), "memory"),
        (json!({"cpus": -1}), "cpus"),
        (json!({"restart": "perhaps"}), "restart"),
        (json!({"name": "a b"}), "name"),
        (json!({"colour": 1}), "colour"),
    ] {
        assert_eq!(put(&name, &body).json()["field"], field, "{body}");
    }
    // What DockerMate keeps of it goes along with the name.
    let said = json!({"description": "kept", "tags": ["one", "two"], "notes": "long", "environment": "SANDBOX"});
    assert_eq!(put(&name, &said).status, 200);
    let other = format!("{name}-renamed");
    let answer = put(&name, &json!({"name": other}));
    assert_eq!(answer.status, 200, "{}", answer.text());
    let view = client.get(&format!("/api/containers/{other}")).json();
    assert_eq!(
        (
            view["description"].as_str(),
            view["environment"].as_str(),
            view["notes"].as_str()
        ),
        (Some("kept"), Some("SANDBOX"), Some("long"))
    );
    assert_eq!(view["tags"], json!(["one", "two"]));
    assert!(!exists(engine, &name));
    let after = engine.inspect(&other);
    assert_eq!(
        (&after["Id"], &after["State"]["StartedAt"]),
        (&before["Id"], &before["State"]["StartedAt"]),
        "it went on"
    );
    // A name that somebody has.
    let taken = create_plain(engine, &client);
    let answer = put(&other, &json!({"name": taken}));
    assert_eq!(answer.problem(), "name_taken");
    // A recreate keeps them too.
    assert_eq!(crate::api::recreate::again(&client, &other).status, 200);
    let view = client.get(&format!("/api/containers/{other}")).json();
    assert_eq!(
        (view["description"].as_str(), &view["tags"]),
        (Some("kept"), &json!(["one", "two"]))
    );
}

fn create_plain<'a>(engine: &'a Engine, client: &Client) -> Name<'a> {
    let name = engine.name("g");
    assert_eq!(
        create(
            client,
            "pull=never&start=false",
            &json!({"image": "bb:1", "name": name})
        )
        .status,
        200
    );
    name
}

#[test]
fn production_configuration_is_saved_before_a_change() {
    let engine = Engine::isolated();
    let (_app, client) = ready(engine);
    let name = engine.name("g");
    let spec = json!({"image": "bb:1", "name": name, "environment": "PRD", "env": ["A=1"], "mounts": [format!("{name}-v:/v"), "/anonymous"], "restart": "always", "labels": {"odd": "a=b"}});
    assert_eq!(create(&client, "pull=never", &spec).status, 200);
    engine.docker(&["exec", &name, "sh", "-c", "echo kept > /anonymous/marker"]);
    let backups = || {
        client.get(&format!("/api/backups?container={name}")).json()["items"]
            .as_array()
            .unwrap()
            .clone()
    };
    assert!(backups().is_empty());
    // Changing it is confirmed, and its configuration is saved.
    let body = json!({"changes": {"env": ["A=2"]}, "stable_seconds": 0, "pull": "never"});
    let path = format!("/api/containers/{name}/recreate");
    let refused = client.post(&path, &body);
    assert_eq!(
        (refused.status, refused.problem().as_str()),
        (428, "confirmation_required")
    );
    let confirm = refused.json()["confirm"].as_str().unwrap().to_owned();
    assert!(backups().is_empty(), "a refusal puts nothing by");
    let before = engine.inspect(&name);
    let answer = client.post(&format!("{path}?confirm={confirm}"), &body);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let kept = backups();
    assert_eq!(
        (
            kept.len(),
            kept[0]["reason"].as_str(),
            kept[0]["container"].as_str()
        ),
        (1, Some("recreate"), Some(name.as_str()))
    );
    assert_eq!(kept[0]["image_id"], before["Image"]);
    let id = kept[0]["id"].as_str().unwrap();
    let detail = client.get(&format!("/api/backups/{id}")).json();
    assert_eq!(
        (
            &detail["spec"]["env"],
            detail["spec"]["environment"].as_str()
        ),
        (&json!(["A=1"]), Some("PRD"))
    );
    // It cannot be restored over the one that is there.
    let refused = client.send("POST", &format!("/api/backups/{id}/restore"), &[], b"");
    assert_eq!(refused.problem(), "name_taken");
    let deleted = client.delete(&format!("/api/containers/{name}?force=true&confirm={name}"));
    assert_eq!(deleted.status, 200, "{}", deleted.text());
    assert_eq!(backups().len(), 2, "deleting puts it by as well");
    let plan = client.send(
        "POST",
        &format!("/api/backups/{id}/restore?dry_run=true"),
        &[],
        b"",
    );
    assert_eq!(plan.status, 200, "{}", plan.text());
    assert!(!exists(engine, &name));
    let restored = client.send("POST", &format!("/api/backups/{id}/restore"), &[], b"");
    assert_eq!(restored.status, 200, "{}", restored.text());
    let after = engine.inspect(&name);
    assert_eq!(after["Config"]["Env"], before["Config"]["Env"]);
    assert_eq!(
        after["HostConfig"]["RestartPolicy"],
        before["HostConfig"]["RestartPolicy"]
    );
    let volume = after["Mounts"]
        .as_array()
        .unwrap()
        .iter()
        .find(|mount| mount["Destination"] == "/anonymous")
        .unwrap();
    let mut labels = before["Config"]["Labels"].clone();
    labels["dockermate.unnamed-volumes"] = volume["Name"].clone();
    assert_eq!(after["Config"]["Labels"], labels);
    assert_eq!(
        engine.docker(&["exec", &name, "cat", "/anonymous/marker"]),
        "kept",
        "the same data"
    );
    assert_eq!(
        client.get(&format!("/api/containers/{name}")).json()["environment"],
        "PRD"
    );
    assert_eq!(
        client
            .delete(&format!("/api/backups/{id}?dry_run=true"))
            .status,
        200
    );
    assert_eq!(client.delete(&format!("/api/backups/{id}")).status, 204);
    assert_eq!(client.get(&format!("/api/backups/{id}")).status, 404);
    assert_eq!(client.delete(&format!("/api/backups/{id}")).status, 404);
}

#[test]
fn memory_is_set_raised_and_lowered_while_it_runs() {
    let engine = Engine::isolated();
    let (_app, client) = ready(engine);
    let name = engine.name("m");
    let spec = json!({"image": "bb:1", "name": name});
    assert_eq!(create(&client, "pull=never", &spec).status, 200);
    let path = format!("/api/containers/{name}");
    for mega in [64_u64, 256, 32] {
        let wanted = json!({"memory": format!("{mega}m")});
        let plan = client.json("PUT", &format!("{path}?dry_run=true"), &wanted);
        assert!(plan.text().contains("--memory-swap"), "{}", plan.text());
        let answer = client.json("PUT", &path, &wanted);
        assert_eq!(answer.status, 200, "{}", answer.text());
        let limits = &engine.inspect(&name)["HostConfig"];
        assert_eq!(limits["Memory"], mega << 20);
        assert_eq!(limits["MemorySwap"], mega << 21);
    }
    // One that was chosen stays.
    for (wanted, swap) in [
        (json!({"memory_swap": "100m"}), 100_u64),
        (json!({"memory": "64m"}), 100),
    ] {
        assert_eq!(client.json("PUT", &path, &wanted).status, 200);
        assert_eq!(
            engine.inspect(&name)["HostConfig"]["MemorySwap"],
            swap << 20
        );
    }
}

#[test]
fn annotations_can_be_cleared() {
    let engine = Engine::isolated();
    let (_app, client) = ready(engine);
    let name = engine.name("d");
    let spec =
        json!({"image": "bb:1", "name": name, "description": "For a while.", "environment": "DEV"});
    assert_eq!(create(&client, "pull=never", &spec).status, 200);
    let changes = json!({"changes": {"description": null}, "stable_seconds": 0, "pull": "never"});
    let path = format!("/api/containers/{name}");
    assert_eq!(
        client.post(&format!("{path}/recreate"), &changes).status,
        200
    );
    let now = client.get(&path).json();
    assert_eq!(now["description"], "", "{now}");
    assert_eq!(now["environment"], "DEV", "{now}");
}
