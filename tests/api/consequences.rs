//! What an action really does to a container and to those that use it: `--rm`,
//! shared namespaces, limits that cannot be taken away, orchestrators.

use crate::support::app::App;
use crate::support::client::{Answer, Client};
use crate::support::engine::{Engine, number};
use crate::support::wait::{SOON, until};
use serde_json::{Value, json};

#[track_caller]
fn known(client: &Client, name: &str) -> Value {
    until("the container is known", SOON, || {
        let answer = client.get(&format!("/api/containers/{name}"));
        (answer.status == 200).then(|| answer.json())
    })
}

#[track_caller]
fn succeeded(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let operation = answer.json();
    assert_eq!(operation["state"], "succeeded", "{operation}");
    operation
}

fn exists(engine: &Engine, name: &str) -> bool {
    let all = engine.docker(&["ps", "-a", "--format", "{{.Names}}"]);
    all.lines().any(|line| line == name)
}

#[test]
fn stop_and_kill_of_an_auto_remove_container_are_confirmed_and_saved_as_a_deletion() {
    let engine = Engine::shared();
    let (_app, client) = App::ready(&engine.host());
    for action in ["stop", "kill"] {
        let name = engine.run(&[
            "--rm",
            "-v",
            "/data",
            "--label",
            "dockermate.environment=PRD",
        ]);
        known(&client, &name);
        let path = format!("/api/containers/{name}/{action}");
        let plan = client
            .send("POST", &format!("{path}?dry_run=true"), &[], b"")
            .json();
        assert_eq!(plan["needs"]["kind"], "type_name", "{plan}");
        assert_eq!(plan["needs"]["confirm"], name.as_str(), "{plan}");
        let keeps = plan["keeps"].to_string();
        assert!(!keeps.contains("writable layer"), "{plan}");
        assert!(!keeps.contains("settings"), "{plan}");
        assert!(
            plan["warnings"].to_string().contains("anonymous volumes"),
            "{plan}"
        );
        let refused = client.send("POST", &path, &[], b"");
        assert_eq!(refused.status, 428, "{}", refused.text());
        assert!(
            exists(engine, &name),
            "nothing is done before it is confirmed"
        );
        succeeded(&client.send("POST", &format!("{path}?confirm={name}"), &[], b""));
        until("it is gone", SOON, || {
            (!exists(engine, &name)).then_some(())
        });
        let saved = client.get(&format!("/api/backups?container={name}")).json();
        assert_eq!(saved["items"][0]["reason"], action, "{saved}");
    }
}

#[test]
fn a_signal_that_does_not_end_a_process_deletes_no_auto_remove_container() {
    let engine = Engine::shared();
    let (_app, client) = App::ready(&engine.host());
    let name = engine.run(&["--rm", "--label", "dockermate.environment=PRD"]);
    known(&client, &name);
    let path = format!("/api/containers/{name}/kill");
    let plan = client
        .post(&format!("{path}?dry_run=true"), &json!({"signal": "WINCH"}))
        .json();
    // Not as a deletion.
    assert_eq!(plan["needs"]["kind"], "yes", "{plan}");
    let confirmed = format!("{path}?confirm=yes");
    succeeded(&client.post(&confirmed, &json!({"signal": "SIGWINCH"})));
    assert!(exists(engine, &name));
    let plan = client
        .post(&format!("{path}?dry_run=true"), &json!({"signal": "TERM"}))
        .json();
    assert_eq!(plan["needs"]["kind"], "type_name", "{plan}");
}

#[test]
fn bulk_stop_of_auto_remove_containers_asks_and_saves_as_a_bulk_deletion() {
    let engine = Engine::shared();
    let (_app, client) = App::ready(&engine.host());
    let rm = engine.run(&["--rm", "--label", "dockermate.environment=PRD"]);
    let plain = engine.run(&["--label", "dockermate.environment=PRD"]);
    known(&client, &rm);
    known(&client, &plain);
    let body = json!({"action": "stop", "containers": [plain, rm]});
    let plan = client
        .post("/api/containers/bulk?dry_run=true", &body)
        .json();
    assert_eq!(plan["needs"]["kind"], "type_name", "{plan}");
    let warnings = plan["warnings"].to_string();
    assert!(warnings.contains(&rm), "{plan}");
    assert!(!warnings.contains(&plain), "{plan}");
    let refused = client.post("/api/containers/bulk", &body);
    assert_eq!(refused.status, 428, "{}", refused.text());
    assert!(exists(engine, &rm));
    let confirm = plan["needs"]["confirm"]
        .as_str()
        .unwrap()
        .replace(' ', "%20");
    succeeded(&client.post(&format!("/api/containers/bulk?confirm={confirm}"), &body));
    until("it is gone", SOON, || (!exists(engine, &rm)).then_some(()));
    assert!(exists(engine, &plain));
    let saved = client.get(&format!("/api/backups?container={rm}")).json();
    assert_eq!(saved["items"][0]["reason"], "stop", "{saved}");
    // What is only interrupted asks for less.
    engine.docker(&["start", &plain]);
    until("it runs", SOON, || {
        (known(&client, &plain)["state"] == "running").then_some(())
    });
    let body = json!({"action": "stop", "containers": [plain]});
    let plan = client
        .post("/api/containers/bulk?dry_run=true", &body)
        .json();
    assert_eq!(plan["needs"]["kind"], "yes", "{plan}");
}

#[test]
fn bulk_delete_stops_running_containers_first_if_asked() {
    let engine = Engine::shared();
    let (_app, client) = App::ready(&engine.host());
    let rm = engine.run(&["--rm"]);
    let plain = engine.run(&[]);
    known(&client, &rm);
    known(&client, &plain);
    let both = json!({"action": "delete", "containers": [plain, rm], "stop": true, "force": true});
    let refused = client.post("/api/containers/bulk?dry_run=true", &both);
    assert_eq!(refused.status, 400, "{}", refused.text());
    let other = json!({"action": "restart", "containers": [plain], "stop": true});
    let refused = client.post("/api/containers/bulk?dry_run=true", &other);
    assert_eq!(refused.status, 400, "{}", refused.text());
    // Without it what runs is not deleted.
    let body = json!({"action": "delete", "containers": [plain]});
    let refused = client.post("/api/containers/bulk", &body);
    assert!(refused.text().contains("bulk_failed"), "{}", refused.text());
    assert!(exists(engine, &plain));
    let body = json!({"action": "delete", "containers": [plain, rm], "stop": true});
    let plan = client
        .post("/api/containers/bulk?dry_run=true", &body)
        .json();
    let first = plan["steps"][0].as_str().unwrap();
    assert!(
        first.starts_with("Stop ") && first.contains(&rm) && first.contains(&plain),
        "{plan}"
    );
    // The engine removes the one with --rm by itself, so no command does.
    let commands = plan["commands"]["simple"]["text"].as_str().unwrap();
    let removes = |name: &str| {
        let end = format!("rm {name}");
        commands.lines().any(|line| line.trim().ends_with(&end))
    };
    assert!(!removes(&rm) && removes(&plain), "{commands}");
    succeeded(&client.post("/api/containers/bulk", &body));
    until("both are gone", SOON, || {
        (!exists(engine, &rm) && !exists(engine, &plain)).then_some(())
    });
}

#[test]
fn restart_keeps_an_auto_remove_container() {
    let engine = Engine::shared();
    let (_app, client) = App::ready(&engine.host());
    let name = engine.run(&["--rm", "--label", "dockermate.environment=PRD"]);
    let before = known(&client, &name);
    let path = format!("/api/containers/{name}/restart");
    let plan = client
        .send("POST", &format!("{path}?dry_run=true"), &[], b"")
        .json();
    assert!(!plan["warnings"].to_string().contains("delete"), "{plan}");
    assert_eq!(plan["needs"]["kind"], "yes", "{plan}");
    succeeded(&client.post(&format!("{path}?confirm=yes"), &json!({"timeout": 0})));
    let after = known(&client, &name);
    assert_eq!(after["id"], before["id"]);
    assert_eq!(after["state"], "running");
}

fn network_of(engine: &Engine, name: &str) -> String {
    let pid = engine.docker(&["inspect", "-f", "{{.State.Pid}}", name]);
    let link = std::fs::read_link(format!("/proc/{pid}/ns/net")).unwrap();
    link.to_string_lossy().into_owned()
}

/// A container of production in another's network; gives its name.
fn production_user(engine: &Engine, owner: &str) -> String {
    let user = format!("t{}", number());
    engine.docker(&[
        "run",
        "-d",
        "--name",
        &user,
        "--network",
        &format!("container:{owner}"),
        "--label",
        "dockermate.environment=PRD",
        "bb:1",
    ]);
    user
}

#[test]
fn restart_of_a_namespace_owner_names_its_users_asks_as_them_and_restarts_them_on_request() {
    let engine = Engine::shared();
    let (_app, client) = App::ready(&engine.host());
    let owner = engine.run(&[]);
    let user = production_user(engine, &owner);
    known(&client, &owner);
    known(&client, &user);
    for action in ["stop", "restart", "kill"] {
        let path = format!("/api/containers/{owner}/{action}");
        let plan = client
            .send("POST", &format!("{path}?dry_run=true"), &[], b"")
            .json();
        assert!(
            plan["warnings"].to_string().contains(&user),
            "{action}: {plan}"
        );
        assert_eq!(plan["needs"]["kind"], "type_name", "{action}: {plan}");
        let refused = client.send("POST", &path, &[], b"");
        assert_eq!(refused.status, 428, "{action}: {}", refused.text());
    }
    let plan = client
        .delete(&format!("/api/containers/{owner}?force=true&dry_run=true"))
        .json();
    assert!(plan["warnings"].to_string().contains(&user), "{plan}");
    assert_eq!(plan["needs"]["kind"], "type_name", "{plan}");
    // Without the request its user is left with a network that is gone.
    let plan = client
        .post(
            &format!("/api/containers/{owner}/restart?dry_run=true"),
            &json!({"timeout": 0, "restart_dependents": true}),
        )
        .json();
    assert!(plan["steps"].to_string().contains(&user), "{plan}");
    assert_eq!(plan["offers"], json!(["restart_dependents"]), "{plan}");
    let confirm = plan["needs"]["confirm"]
        .as_str()
        .unwrap()
        .replace(' ', "%20");
    succeeded(&client.post(
        &format!("/api/containers/{owner}/restart?confirm={confirm}"),
        &json!({"timeout": 0, "restart_dependents": true}),
    ));
    assert_eq!(network_of(engine, &owner), network_of(engine, &user));
    let wrong = client.post(
        &format!("/api/containers/{owner}/pause"),
        &json!({"restart_dependents": true}),
    );
    assert_eq!(
        (wrong.status, wrong.json()["field"].as_str()),
        (400, Some("restart_dependents"))
    );
    engine.docker(&["rm", "-f", &user]);
    let plan = client
        .send(
            "POST",
            &format!("/api/containers/{owner}/stop?dry_run=true"),
            &[],
            b"",
        )
        .json();
    assert_eq!(plan["needs"], Value::Null, "{plan}");
}

#[test]
fn a_limit_that_the_engine_cannot_take_away_is_refused_by_its_field() {
    let engine = Engine::shared();
    let (_app, client) = App::ready(&engine.host());
    let name = engine.run(&["--memory", "64m", "--cpu-shares", "512", "--cpus", "0.5"]);
    known(&client, &name);
    for (field, value) in [
        ("memory", json!("0")),
        ("memory_reservation", json!(0)),
        ("cpus", json!(0)),
        ("cpu_shares", json!(0)),
        ("cpu_quota", json!(0)),
        ("cpu_period", json!(0)),
        ("cpuset_cpus", json!("")),
        ("cpuset_mems", json!("")),
        ("blkio_weight", json!(0)),
    ] {
        for dry_run in ["?dry_run=true", ""] {
            let answer = client.json(
                "PUT",
                &format!("/api/containers/{name}{dry_run}"),
                &json!({field: value}),
            );
            assert_eq!(answer.status, 400, "{field}: {}", answer.text());
            assert_eq!(answer.json()["field"], field, "{}", answer.text());
            assert!(
                answer.text().contains("recreate"),
                "{field}: {}",
                answer.text()
            );
        }
    }
    let inspect = engine.inspect(&name);
    assert_eq!(inspect["HostConfig"]["Memory"], 64 << 20);
    let answer = client.json(
        "PUT",
        &format!("/api/containers/{name}"),
        &json!({"memory": "80m"}),
    );
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(engine.inspect(&name)["HostConfig"]["Memory"], 80 << 20);
}

#[test]
fn rename_and_limits_of_an_orchestrated_container_are_refused() {
    let engine = Engine::shared();
    let (_app, client) = App::ready(&engine.host());
    let name = engine.run(&["--label", "io.kubernetes.pod.name=p"]);
    known(&client, &name);
    for change in [
        json!({"name": format!("{name}-x")}),
        json!({"memory": "80m"}),
    ] {
        for dry_run in ["?dry_run=true", ""] {
            let answer = client.json("PUT", &format!("/api/containers/{name}{dry_run}"), &change);
            assert_eq!(answer.status, 409, "{change}: {}", answer.text());
            assert_eq!(answer.problem(), "orchestrated", "{change}");
        }
    }
    let noted = client.json(
        "PUT",
        &format!("/api/containers/{name}"),
        &json!({"notes": "mine"}),
    );
    assert_eq!(noted.status, 200, "{}", noted.text());
}

#[test]
fn duplicate_of_the_longest_name_answers_at_once_with_a_shorter_one() {
    let engine = Engine::shared();
    let (_app, client) = App::ready(&engine.host());
    for length in [254, 255] {
        let number = number().to_string();
        let name = format!("{}{number}", "x".repeat(length - number.len()));
        engine.docker(&["create", "--name", &name, "--network", "none", "bb:1"]);
        known(&client, &name);
        let began = std::time::Instant::now();
        let spec = client.get(&format!("/api/containers/{name}/spec?duplicate=true"));
        assert!(
            began.elapsed() < std::time::Duration::from_secs(20),
            "{:?}",
            began.elapsed()
        );
        assert_eq!(spec.status, 200, "{}", spec.text());
        let free = spec.json()["name"].as_str().unwrap().to_owned();
        assert!(free != name && free.len() <= 255, "{free}");
        let check = client
            .get(&format!("/api/containers/validate-name?name={free}"))
            .json();
        assert_eq!(check["valid"], true, "{check}");
        engine.docker(&["rm", &name]);
    }
}

#[test]
fn start_of_a_container_whose_network_partner_is_gone_names_the_partner() {
    let engine = Engine::shared();
    let (_app, client) = App::ready(&engine.host());
    let owner = engine.run(&[]);
    let user = format!("t{}", number());
    engine.docker(&[
        "create",
        "--name",
        &user,
        "--network",
        &format!("container:{owner}"),
        "bb:1",
    ]);
    let id = engine.docker(&["inspect", "-f", "{{.Id}}", &owner]);
    engine.docker(&["rm", "-f", &owner]);
    known(&client, &user);
    let refused = client.send("POST", &format!("/api/containers/{user}/start"), &[], b"");
    assert_eq!(refused.status, 409, "{}", refused.text());
    assert_eq!(refused.problem(), "partner_missing", "{}", refused.text());
    assert!(refused.text().contains(&id[..12]), "{}", refused.text());
    let bulk = client.post(
        "/api/containers/bulk",
        &json!({"action": "start", "containers": [user]}),
    );
    assert!(
        bulk.text().contains("partner_missing") || bulk.text().contains("bulk_failed"),
        "{}",
        bulk.text()
    );
    assert!(
        !bulk.text().contains("container_not_found"),
        "{}",
        bulk.text()
    );
}

#[test]
fn start_that_restarts_dependents_asks_as_their_restart_does() {
    let engine = Engine::shared();
    let (_app, client) = App::ready(&engine.host());
    let owner = engine.run(&[]);
    let user = production_user(engine, &owner);
    known(&client, &owner);
    let before = known(&client, &user);
    let path = format!("/api/containers/{owner}/start");
    let with = json!({"restart_dependents": true});
    let refused = client.post(&path, &with);
    assert_eq!(refused.status, 428, "{}", refused.text());
    assert_eq!(refused.json()["confirm"], "yes");
    let bulk = json!({"action": "start", "containers": [owner], "restart_dependents": true});
    let refused = client.post("/api/containers/bulk", &bulk);
    assert_eq!(refused.status, 428, "{}", refused.text());
    let after = known(&client, &user);
    assert_eq!(after["started_at"], before["started_at"]);
    succeeded(&client.post(&path, &json!({})));
    engine.docker(&["rm", "-f", &user, &owner]);
}
