//! Which containers are updated without being asked for one by one: what another
//! operation works on, and what would take others along, is judged as it is when its
//! turn comes.

use super::apply::{SERVE, has_state, history, image_of, run, version};
use super::automatic::{check, set_policy, settings};
use crate::api::recreate::known;
use crate::support::app::App;
use crate::support::client::Client;
use crate::support::engine::{Engine, Name, number};
use crate::support::simulated_registry::SimulatedRegistry;
use crate::support::wait::{SOON, until};
use serde_json::{Value, json};

/// Starts it, and gives the path of its operation.
fn begun(client: &Client, path: &str, body: &Value) -> String {
    let headers = [
        ("prefer", "respond-async"),
        ("content-type", "application/json"),
    ];
    let answer = client.send("POST", path, &headers, body.to_string().as_bytes());
    assert_eq!(answer.status, 202, "{}", answer.text());
    let id = answer.json()["operation"].as_str().unwrap().to_owned();
    format!("/api/operations/{id}")
}

#[track_caller]
fn ended(client: &Client, path: &str) -> Value {
    until("the operation has ended", SOON, || {
        let operation = client.get(path).json();
        (operation["finished_at"].is_string()).then_some(operation)
    })
}

fn result_of(operation: &Value, name: &str) -> Option<Value> {
    let results = operation["results"].as_array().unwrap();
    results.iter().find(|one| one["target"] == name).cloned()
}

fn set(client: &Client, name: &str, change: &Value) {
    let answer = client.json("PUT", &format!("/api/containers/{name}"), change);
    assert_eq!(answer.status, 200, "{}", answer.text());
}

fn plan_all(client: &Client) -> Value {
    let plan = client.post("/api/updates/apply-all?dry_run=true", &json!({}));
    assert_eq!(plan.status, 200, "{}", plan.text());
    plan.json()
}

/// Waits until a container is in the middle of being replaced.
#[track_caller]
fn replaced(client: &Client, name: &str) -> String {
    until(&format!("{name} is being replaced"), SOON, || {
        let list = client.get("/api/containers?per_page=100").json();
        let items = list["items"].as_array()?.clone();
        let names = items.iter().filter_map(|item| item["name"].as_str());
        let mut old = names.filter(|other| other.starts_with(&format!("{name}.old-")));
        old.next().map(ToOwned::to_owned)
    })
}

#[test]
fn container_that_is_being_replaced_is_not_updated_under_its_temporary_name() {
    let engine = &Engine::start();
    let registry = SimulatedRegistry::start();
    for repository in ["aaa", "prior"] {
        registry.publish(repository, "1", &version("one", SERVE));
    }
    let labels = ["--label", "dockermate.environment=DEV"];
    let prior = run(engine, &registry.reference("prior:1"), &labels);
    let aaa = format!("a{}", number());
    let (_app, client) = App::ready(&engine.host());
    known(&client, engine, &prior);
    has_state(&client, &prior, "up_to_date");
    settings(&client, &json!({"automatic": true}));
    let mut made = vec!["run", "-d", "--network", "none", "--name", &aaa];
    let reference = registry.reference("aaa:1");
    made.extend(labels);
    made.push(&reference);
    engine.docker(&made);
    known(&client, engine, &aaa);
    set_policy(
        &client,
        &aaa,
        &json!({"policy": "auto", "stable_seconds": 12}),
    );
    has_state(&client, &aaa, "up_to_date");

    registry.publish("prior", "1", &version("two", "sleep 8; exit 1"));
    check(&client, &prior);
    has_state(&client, &prior, "update_available");
    let before = image_of(engine, &prior);
    let body = json!({"container": &*prior, "stable_seconds": 30});
    let path = begun(&client, "/api/updates/apply", &body);
    let old = replaced(&client, &prior);
    has_state(&client, &old, "update_available");
    let plan = plan_all(&client);
    assert!(
        !plan["steps"].to_string().contains(&*prior),
        "it is left alone: {plan}"
    );
    let named = client.post(
        "/api/updates/apply-all?dry_run=true",
        &json!({"containers": [old]}),
    );
    assert!(
        named.text().contains("part of an operation"),
        "{}",
        named.text()
    );

    registry.publish("aaa", "1", &version("two", SERVE));
    check(&client, &aaa);
    let updated = until("the other one is updated", SOON, || {
        let list = client.get("/api/operations?limit=20").json();
        let items = list["items"].as_array()?.clone();
        items.into_iter().find(|operation| {
            operation["kind"] == "updates.apply_all" && operation["finished_at"].is_string()
        })
    });
    assert_eq!(ended(&client, &path)["state"], "rolled_back");
    let tried: Vec<_> = updated["results"].as_array().unwrap().clone();
    assert!(
        tried.iter().all(|one| one["target"] == aaa.as_str()),
        "{updated}"
    );
    assert_eq!(history(&client, &prior).len(), 1, "{updated}");
    assert_eq!(image_of(engine, &prior), before);
    assert_eq!(history(&client, &aaa)[0]["outcome"], "succeeded");
}

/// A container and one in its network namespace, both with an update of their own.
fn group<'a>(
    engine: &'a Engine,
    registry: &SimulatedRegistry,
    repositories: [&str; 2],
    labels: &[&str],
) -> [Name<'a>; 2] {
    let [owner, inner] = repositories;
    registry.publish(owner, "1", &version("one", SERVE));
    registry.publish(inner, "1", &version("one", SERVE));
    let owner = run(engine, &registry.reference(&format!("{owner}:1")), &[]);
    let name = engine.name("u");
    let network = format!("container:{}", &*owner);
    let mut all = vec!["run", "-d", "--network", &network, "--name", &name];
    all.extend(labels);
    let reference = registry.reference(&format!("{inner}:1"));
    all.push(&reference);
    engine.docker(&all);
    [owner, name]
}

#[test]
fn container_is_updated_without_being_asked_for_only_where_its_dependents_may_be_recreated() {
    let engine = &Engine::start();
    let registry = SimulatedRegistry::start();
    let prd = ["--label", "dockermate.environment=PRD"];
    let uat = ["--label", "dockermate.environment=UAT"];
    let ignored = ["--label", "dockermate.update=ignore"];
    let [vpn, torrent] = group(engine, &registry, ["vpn", "torrent"], &prd);
    let [proxy, web] = group(engine, &registry, ["proxy", "web"], &ignored);
    let [host, guest] = group(engine, &registry, ["host", "guest"], &uat);
    let (_app, client) = App::ready(&engine.host());
    for name in [&vpn, &torrent, &proxy, &web, &host, &guest] {
        known(&client, engine, name);
    }
    for repository in ["vpn", "proxy", "host"] {
        registry.publish(repository, "1", &version("two", SERVE));
    }
    client.post("/api/updates/check", &json!({}));
    for name in [&vpn, &proxy, &host] {
        has_state(&client, name, "update_available");
    }
    let plan = plan_all(&client);
    let (steps, warnings) = (plan["steps"].to_string(), plan["warnings"].to_string());
    for (owner, inner) in [(&vpn, &torrent), (&proxy, &web)] {
        assert!(!steps.contains(&**owner), "{plan}");
        let skipped = format!("{} is skipped: {} depends on it", &**owner, &**inner);
        assert!(warnings.contains(&skipped), "{plan}");
    }
    assert!(
        steps.contains(&format!("depends on it: {}", &*guest)),
        "who is recreated along is named: {plan}"
    );
    assert_eq!(plan["needs"]["kind"], "yes", "for the dependent: {plan}");

    // What the tag of a dependent names now is what it gets, so that is said.
    assert!(!warnings.contains("moves to another image"), "{plan}");
    registry.publish("guest", "1", &version("two", SERVE));
    engine.docker(&["pull", "-q", &registry.reference("guest:1")]);
    let moves = format!("{} moves to another image", &*guest);
    until("the plan says so", SOON, || {
        let warnings = plan_all(&client)["warnings"].to_string();
        warnings.contains(&moves).then_some(())
    });
    set_policy(
        &client,
        &host,
        &json!({"policy": "auto", "stable_seconds": 1}),
    );

    // By itself none of them, and the job says why.
    for name in [&vpn, &proxy] {
        set_policy(
            &client,
            name,
            &json!({"policy": "auto", "stable_seconds": 1}),
        );
    }
    let before = [&torrent, &web].map(|name| engine.inspect(name)["Id"].clone());
    client.post("/api/system/jobs/apply_updates/run", &json!({}));
    until("the job says why", SOON, || {
        let jobs = client.get("/api/system/jobs").json().to_string();
        [&torrent, &web, &guest]
            .iter()
            .all(|name| jobs.contains(&format!("{} depends on it", &***name)))
            .then_some(())
    });
    assert_eq!(
        [&torrent, &web].map(|name| engine.inspect(name)["Id"].clone()),
        before
    );
    for name in [&vpn, &proxy, &host] {
        assert!(history(&client, name).is_empty());
    }
    // Where that was chosen for the dependent too, it is.
    set_policy(&client, &torrent, &json!({"policy": "auto"}));
    client.post("/api/system/jobs/apply_updates/run", &json!({}));
    until("it is updated", SOON, || {
        let entry = history(&client, &vpn).into_iter().next()?;
        (entry["outcome"] == "succeeded").then_some(())
    });
}

#[test]
fn update_all_asks_again_when_the_turn_of_each_comes() {
    let engine = &Engine::start();
    let registry = SimulatedRegistry::start();
    let [owner, inner] = group(engine, &registry, ["owner", "inner"], &[]);
    let all: Vec<Name<'_>> = ["first", "moved", "renamed", "again", "busy"]
        .iter()
        .map(|repository| {
            registry.publish(repository, "1", &version("one", SERVE));
            run(engine, &registry.reference(&format!("{repository}:1")), &[])
        })
        .collect();
    let [first, moved, renamed, again, busy] = &all[..] else {
        unreachable!()
    };
    let (_app, client) = App::ready(&engine.host());
    for name in all.iter().chain([&owner, &inner]) {
        known(&client, engine, name);
    }
    set(&client, first, &json!({"environment": "DEV"}));
    for repository in [
        "first", "moved", "renamed", "again", "busy", "owner", "inner",
    ] {
        registry.publish(repository, "1", &version("two", SERVE));
    }
    client.post("/api/updates/check", &json!({}));
    for name in all.iter().chain([&owner, &inner]) {
        has_state(&client, name, "update_available");
    }
    let before: Vec<String> = all.iter().map(|name| image_of(engine, name)).collect();
    let path = begun(
        &client,
        "/api/updates/apply-all",
        &json!({"stable_seconds": 6}),
    );
    replaced(&client, first);
    // While the first is watched, much happens to the others.
    set(&client, moved, &json!({"environment": "PRD"}));
    let other = format!("other{}", number());
    engine.docker(&["rename", renamed, &other]);
    engine.docker(&["rm", "-f", again]);
    let reference = registry.reference("again:1");
    engine.docker(&[
        "run",
        "-d",
        "--network",
        "none",
        "--name",
        again,
        &reference,
    ]);
    let body = json!({"stable_seconds": 30, "container": &**busy});
    begun(&client, "/api/updates/apply", &body);
    let operation = until("all of them are through", SOON * 3, || {
        let operation = client.get(&path).json();
        operation["finished_at"].is_string().then_some(operation)
    });
    for (name, why) in [
        (moved, "PRD"),
        (renamed, other.as_str()),
        (again, "replaced by another"),
        (busy, "another operation"),
    ] {
        let result = result_of(&operation, name).unwrap();
        assert_eq!(result["error"], "skipped", "{operation}");
        assert!(
            result["message"].as_str().unwrap().contains(why),
            "{result}"
        );
    }
    assert_eq!(image_of(engine, moved), before[1]);
    assert_eq!(image_of(engine, &other), before[2]);
    assert_eq!(image_of(engine, again), before[3]);
    assert_eq!(result_of(&operation, first).unwrap()["state"], "succeeded");
    // One that was recreated with another is still the one that was meant.
    for name in [&owner, &inner] {
        let result = result_of(&operation, name).unwrap();
        assert_eq!(result["state"], "succeeded", "{operation}");
    }
    engine.docker(&["rm", "-f", &other]);
}
