//! Containers as they are read: list, one, what the user says of them, and
//! that all of it follows the engine.

use crate::support::app::App;
use crate::support::client::Client;
use crate::support::engine::{Engine, number};
use crate::support::wait::{SOON, until};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// A label that no other test has.
fn mark() -> String {
    format!("test.mark=m{}", number())
}

fn find(client: &Client, name: &str) -> Option<Value> {
    let answer = client.get(&format!("/api/containers/{name}"));
    (answer.status == 200).then(|| answer.json())
}

/// Waits until the appliance knows the container.
#[track_caller]
fn known(client: &Client, name: &str) -> Value {
    until("the container is known", SOON, || find(client, name))
}

#[track_caller]
fn names(client: &Client, query: &str) -> Vec<String> {
    let answer = client.get(&format!("/api/containers?{query}"));
    assert_eq!(answer.status, 200, "{query}: {}", answer.text());
    answer.json()["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["name"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn the_list_filters_sorts_and_pages() {
    let engine = Engine::shared();
    let (_app, client) = App::ready(&engine.host());
    let mark = mark();
    let a = engine.run(&[
        "--label",
        &mark,
        "--label",
        "dockermate.environment=DEV",
        "--label",
        "com.docker.compose.project=shop",
        "--label",
        "colour=blue",
    ]);
    let b = engine.run(&[
        "--label",
        &mark,
        "--label",
        "dockermate.environment=prd",
        "--label",
        "colour=red",
        "--health-cmd",
        "true",
        "--health-interval",
        "1s",
    ]);
    let c = engine.run(&["--label", &mark]);
    engine.docker(&["stop", "-t", "5", &c]);
    until("all three in their states", SOON, || {
        let found = names(&client, &format!("label={mark}&health=healthy"));
        let stopped = names(&client, &format!("label={mark}&state=exited"));
        (found == [b.clone()] && stopped == [c.clone()]).then_some(())
    });
    let list = |query: &str| names(&client, &format!("label={mark}&{query}"));
    let mut all = vec![a.clone(), b.clone(), c.clone()];
    all.sort();
    assert_eq!(list(""), all);
    let id = known(&client, &a)["id"].as_str().unwrap().to_owned();
    for (query, fits) in [
        ("state=running", vec![&a, &b]),
        ("state=running,exited", vec![&a, &b, &c]),
        ("state=running&state=exited", vec![&a, &b, &c]),
        ("state=paused", vec![]),
        ("health=none", vec![&a, &c]),
        ("environment=DEV", vec![&a]),
        ("environment=prd", vec![&b]),
        ("environment=DEV,PRD", vec![&a, &b]),
        ("environment=NONE", vec![&c]),
        ("stack=shop", vec![&a]),
        ("stack=none", vec![&b, &c]),
        ("label=colour", vec![&a, &b]),
        ("label=colour%3Dred", vec![&b]),
        ("label=colour%3D", vec![]),
        (&format!("q={}", a.to_uppercase()), vec![&a]),
        ("q=blue", vec![&a]),
        (&format!("q={}", &id[..12]), vec![&a]),
        ("q=%3Cscript%3E", vec![]),
        ("state=running&environment=PRD", vec![&b]),
    ] {
        let mut fits: Vec<String> = fits.into_iter().cloned().collect();
        fits.sort();
        // A name may begin another name: t1 and t12.
        let found: Vec<String> = list(query);
        assert_eq!(found, fits, "{query}");
    }
    assert_eq!(list("sort=created_at"), [a.clone(), b.clone(), c.clone()]);
    assert_eq!(list("sort=-created_at"), [c.clone(), b.clone(), a.clone()]);
    all.reverse();
    assert_eq!(list("sort=-name"), all);
    assert_eq!(list("sort=environment").last(), Some(&b), "none, DEV, PRD");
    assert_eq!(list("sort=-state").first(), Some(&c));
    let page = client
        .get(&format!(
            "/api/containers?label={mark}&sort=created_at&per_page=2&page=2"
        ))
        .json();
    assert_eq!(page["items"][0]["name"], c.as_str());
    assert_eq!(
        (
            &page["total"],
            &page["page"],
            &page["per_page"],
            &page["pages"]
        ),
        (&json!(3), &json!(2), &json!(2), &json!(2))
    );
    assert_eq!(list("page=99&per_page=2"), Vec::<String>::new());
    for (query, field) in [
        ("state=flying", "state"),
        ("health=fine", "health"),
        ("sort=size", "sort"),
        ("page=-1", "page"),
        ("page=x", "page"),
        ("per_page=99999999999999999999999", "per_page"),
        ("colour=blue", "colour"),
    ] {
        let answer = client.get(&format!("/api/containers?{query}"));
        assert_eq!(answer.status, 400, "{query}");
        assert_eq!(answer.json()["field"], field, "{}", answer.text());
    }
}

#[test]
fn container_is_found_by_name_id_and_id_prefix() {
    let engine = Engine::shared();
    let (_app, client) = App::ready(&engine.host());
    let name = engine.run(&["--env", "SECRET_TOKEN=hunter2hunter2"]);
    let detail = known(&client, &name);
    let id = detail["id"].as_str().unwrap();
    assert_eq!(id.len(), 64);
    assert_eq!(id, engine.docker(&["inspect", "-f", "{{.Id}}", &name]));
    assert_eq!(detail["state"], "running");
    assert_eq!(detail["image"], "bb:1");
    assert_eq!(detail["inspect"]["Id"], id);
    assert!(!detail["configuration"].as_array().unwrap().is_empty());
    for reference in [id, &id[..12], &id[..8]] {
        assert_eq!(find(&client, reference).unwrap()["name"], name.as_str());
    }
    for reference in ["", "nobody", "ffffffffffff0", "%2e%2e", "..", "a%20b"] {
        let answer = client.get(&format!("/api/containers/{reference}"));
        assert_eq!(answer.status, 404, "{reference:?}: {}", answer.text());
    }
    let missing = client.get("/api/containers/nobody");
    assert_eq!(missing.problem(), "container_not_found");
    let page = client.page("/containers/nobody");
    assert_eq!(page.status, 200, "a page that says so");
    assert_eq!(page.json()["data"]["missing"], true);
}

#[test]
fn markup_in_labels_names_and_descriptions_is_inert() {
    let engine = Engine::shared();
    let (_app, client) = App::ready(&engine.host());
    let evil = "</script><script>alert(1)</script><img src=x onerror=alert(2)>";
    let name = engine.run(&[
        "--label",
        &format!("note={evil}"),
        "--env",
        &format!("E={evil}"),
    ]);
    known(&client, &name);
    let put = client.json(
        "PUT",
        &format!("/api/containers/{name}"),
        &json!({"description": format!("  {evil}\u{2028}{{{{ 7*7 }}}}  ")}),
    );
    assert_eq!(put.status, 200, "{}", put.text());
    assert_eq!(
        put.json()["description"],
        format!("{evil}\u{2028}{{{{ 7*7 }}}}")
    );
    assert_eq!(put.json()["labels"]["note"], evil);
    for path in ["/", "/containers", &format!("/containers/{name}")] {
        let document = client.get(path);
        assert_eq!(document.status, 200);
        assert!(!document.text().contains("alert("), "{path}");
        // Sent as JSON, which no browser may take for markup.
        let data = client.page(path);
        assert!(
            data.text().contains("alert(1)"),
            "{path} does not show it at all"
        );
        let kind = data.header("content-type").unwrap();
        assert!(kind.starts_with("application/json"), "{path}: {kind}");
        assert_eq!(data.header("x-content-type-options"), Some("nosniff"));
    }
    let hostile = "/containers/%3Cscript%3Ealert(3)%3C%2Fscript%3E";
    let page = client.get(hostile);
    assert!(!page.text().contains("<script>alert"), "{}", page.text());
    let detail = client.get(&format!("/containers/{name}")).text();
    assert_eq!(
        detail.matches("</script>").count(),
        detail.matches("<script").count()
    );
}

#[test]
fn an_environment_comes_from_the_label_the_user_or_the_host() {
    let engine = Engine::shared();
    let (_app, client) = App::ready(&engine.host());
    let labelled = engine.run(&["--label", "dockermate.environment=uat"]);
    let bare = engine.run(&["--label", "dockermate.environment=nonsense"]);
    let tag =
        |name: &str, body: Value| client.json("PUT", &format!("/api/containers/{name}"), &body);
    let of = |name: &str| {
        let found = known(&client, name);
        (
            found["environment"].clone(),
            found["environment_source"].clone(),
        )
    };
    assert_eq!(of(&labelled), (json!("UAT"), json!("label")));
    assert_eq!(of(&bare), (Value::Null, json!("none")));
    assert_eq!(tag(&labelled, json!({"environment": "prd"})).status, 200);
    assert_eq!(of(&labelled), (json!("PRD"), json!("user")));
    assert_eq!(
        tag(&labelled, json!({"description": "the shop"})).status,
        200
    );
    assert_eq!(of(&labelled), (json!("PRD"), json!("user")), "it stays");
    // What production asks about must not be allowed by leaving it first.
    let asked = tag(&labelled, json!({"environment": null}));
    assert_eq!(
        (asked.status, asked.json()["confirm"].clone()),
        (428, json!(labelled))
    );
    let many = json!({"action": "tag", "containers": [labelled], "environment": "SANDBOX"});
    assert_eq!(client.post("/api/containers/bulk", &many).status, 428);
    let path = format!("/api/containers/{labelled}?confirm={labelled}");
    let moved = client.json("PUT", &path, &json!({"environment": null}));
    assert_eq!(moved.status, 200, "{}", moved.text());
    assert_eq!(of(&labelled), (json!("UAT"), json!("label")));
    assert_eq!(known(&client, &labelled)["description"], "the shop");
    let host = client.json(
        "PATCH",
        "/api/settings",
        &json!({"host_environment": "SANDBOX"}),
    );
    assert_eq!(host.status, 200);
    assert_eq!(of(&bare), (json!("SANDBOX"), json!("host")));
    assert_eq!(of(&labelled), (json!("UAT"), json!("label")));
    for (body, field) in [
        (json!({"environment": "STAGE"}), "environment"),
        (json!({"environment": 1}), "environment"),
        (json!({"description": "x".repeat(501)}), "description"),
        (json!({"name": "x"}), "name"),
    ] {
        let answer = tag(&bare, body.clone());
        assert_eq!(answer.status, 400, "{body}");
        assert_eq!(answer.json()["field"], field, "{}", answer.text());
    }
    assert_eq!(tag("nobody", json!({})).status, 404);
}

#[test]
fn annotations_are_kept_by_a_rename_and_a_recreate() {
    let engine = Engine::shared();
    let (mut app, client) = App::ready(&engine.host());
    let name = engine.run(&[]);
    known(&client, &name);
    let put = client.json(
        "PUT",
        &format!("/api/containers/{name}"),
        &json!({"environment": "PRD", "description": "mine"}),
    );
    assert_eq!(put.status, 200);
    let renamed = format!("{name}-renamed");
    engine.docker(&["rename", &name, &renamed]);
    let carried = until("the tag under the new name", SOON, || {
        find(&client, &renamed).filter(|found| found["environment"] == "PRD")
    });
    assert_eq!(carried["description"], "mine");
    assert_eq!(client.get(&format!("/api/containers/{name}")).status, 404);

    engine.docker(&["rm", "-f", &renamed]);
    until("it is gone", SOON, || {
        (client.get(&format!("/api/containers/{renamed}")).status == 404).then_some(())
    });
    engine.docker(&["run", "-d", "--network", "none", "--name", &renamed, "bb:1"]);
    let again = known(&client, &renamed);
    assert_ne!(again["id"], carried["id"]);
    assert_eq!(
        (&again["environment"], &again["description"]),
        (&json!("PRD"), &json!("mine"))
    );
    // Who replaces a container renames it aside and gives its name to the next:
    // that one has the tag too, and its own from then on.
    engine.docker(&["run", "-d", "--network", "none", "--name", &name, "bb:1"]);
    assert_eq!(known(&client, &name)["environment"], "PRD");
    let put = client.json(
        "PUT",
        &format!("/api/containers/{name}?confirm={name}"),
        &json!({"environment": "DEV"}),
    );
    assert_eq!(put.status, 200);
    app.stop();
    app.up();
    assert_eq!(known(&client, &renamed)["environment"], "PRD");
    assert_eq!(known(&client, &name)["environment"], "DEV");
}

#[test]
fn changes_from_the_cli_appear_within_a_second() {
    let engine = Engine::shared();
    let (_app, client) = App::ready(&engine.host());
    let name = engine.run(&[]);
    known(&client, &name);
    let mut events = client.events("/api/events", None);
    events.find("the first state", |event| event.kind == "engine");
    let state = |wanted: &str| find(&client, &name).filter(|found| found["state"] == wanted);
    for (command, wanted) in [
        ("pause", "paused"),
        ("unpause", "running"),
        ("kill", "exited"),
    ] {
        engine.docker(&[command, &name]);
        let done = Instant::now();
        events.find(wanted, |event| {
            event.kind == "container"
                && event.data["name"] == name.as_str()
                && event.data["state"] == wanted
        });
        assert!(
            done.elapsed() < Duration::from_secs(1),
            "{:?}",
            done.elapsed()
        );
        assert!(state(wanted).is_some(), "the list says so too");
    }
    engine.docker(&["rm", &name]);
    let done = Instant::now();
    let gone = events.find("removed", |event| {
        event.kind == "container_removed" && event.data["name"] == name.as_str()
    });
    assert!(
        done.elapsed() < Duration::from_secs(1),
        "{:?}",
        done.elapsed()
    );
    assert_eq!(gone.data["id"].as_str().unwrap().len(), 64);
    assert!(find(&client, &name).is_none());
}
