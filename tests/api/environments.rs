//! Environments: added, changed, ordered, retired; and what each does to the
//! containers that are tagged with it.

use crate::support::app::{App, NO_ENGINE};
use crate::support::client::{Answer, Client};
use crate::support::engine::Engine;
use crate::support::wait::{SOON, until};
use serde_json::{Value, json};

fn codes(client: &Client) -> Vec<String> {
    client.get("/api/environments").json()["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["code"].as_str().unwrap().to_owned())
        .collect()
}

fn add(client: &Client, body: &Value) -> Answer {
    client.post("/api/environments", body)
}

fn known(client: &Client, name: &str) -> Value {
    until("the container is listed", SOON, || {
        let answer = client.get(&format!("/api/containers/{name}"));
        (answer.status == 200).then(|| answer.json())
    })
}

#[test]
fn environment_is_added_changed_ordered_and_kept_across_a_restart() {
    let (mut app, client) = App::ready(NO_ENGINE);
    let list = client.get("/api/environments").json();
    let interval = |name: &str| list["health_intervals"][name].as_u64().unwrap();
    assert_eq!(interval("low"), 4 * interval("high"));
    let mut live = client.events("/api/events", None);
    let made = add(
        &client,
        &json!({
            "code": "STAGE", "name": " <b>Staging</b> ", "color": "#A855F7", "icon": "rocket",
            "confirmation": "type_name", "warnings": "low",
        }),
    );
    assert_eq!(made.status, 201, "{}", made.text());
    let stage = made.json();
    assert_eq!(
        (&stage["name"], &stage["color"], &stage["built_in"]),
        (&json!("<b>Staging</b>"), &json!("#a855f7"), &json!(false))
    );
    assert_eq!(
        (&stage["auto_update"], &stage["backup_on_change"]),
        (&json!("never"), &json!(true)),
        "what is left out is careful"
    );
    let told = live.find("the new list", |event| event.kind == "environments");
    assert_eq!(told.data["items"][4]["code"], "STAGE");
    let again = add(&client, &json!({"code": "STAGE"}));
    assert_eq!(
        (again.status, again.problem().as_str()),
        (409, "environment_exists")
    );
    let put = client.json(
        "PUT",
        "/api/environments/STAGE",
        &json!({"name": "Stage", "description": "Before it is live"}),
    );
    assert_eq!(put.status, 200, "{}", put.text());
    assert_eq!(put.json()["confirmation"], "type_name", "the rest stays");
    let wanted = ["STAGE", "PRD", "SANDBOX", "UAT", "DEV"];
    let order = client.json("PUT", "/api/environments/order", &json!({"codes": wanted}));
    assert_eq!(order.status, 200, "{}", order.text());
    assert_eq!(codes(&client), wanted);
    // A built-in one is renamed and recoloured, its code stays.
    let uat = client.json(
        "PUT",
        "/api/environments/UAT",
        &json!({"name": "Test", "color": "#14b8a6", "backup_on_change": false}),
    );
    assert_eq!(
        (uat.status, &uat.json()["code"]),
        (200, &json!("UAT")),
        "{}",
        uat.text()
    );
    let before = client.get("/api/environments").json();
    app.stop();
    app.up();
    assert_eq!(client.get("/api/environments").json(), before);
}

#[test]
fn invalid_environment_is_refused_with_its_field() {
    let (_app, client) = App::ready(NO_ENGINE);
    let before = client.get("/api/environments").json();
    for (body, field) in [
        (json!({}), "code"),
        (json!({"code": ""}), "code"),
        (json!({"code": "stage"}), "code"),
        (json!({"code": "A B"}), "code"),
        (json!({"code": "<B>"}), "code"),
        (json!({"code": "../X"}), "code"),
        (json!({"code": "X".repeat(17)}), "code"),
        (json!({"code": "MIXED"}), "code"),
        (json!({"code": "NONE"}), "code"),
        (json!({"code": 1}), "code"),
        (json!({"code": "X", "name": ""}), "name"),
        (json!({"code": "X", "name": "a\u{0}b"}), "name"),
        (json!({"code": "X", "name": "n".repeat(65)}), "name"),
        (
            json!({"code": "X", "description": "d".repeat(201)}),
            "description",
        ),
        (json!({"code": "X", "color": "red"}), "color"),
        (json!({"code": "X", "color": "#fff;}"}), "color"),
        (json!({"code": "X", "icon": "skull"}), "icon"),
        (
            json!({"code": "X", "confirmation": "maybe"}),
            "confirmation",
        ),
        (json!({"code": "X", "warnings": null, "extra": 1}), "extra"),
    ] {
        for query in ["", "?dry_run=true"] {
            let answer = client.post(&format!("/api/environments{query}"), &body);
            assert_eq!(answer.status, 400, "{body}: {}", answer.text());
            answer.problem();
            let named = answer.json()["field"].as_str().unwrap().to_owned();
            assert!(named.starts_with(field), "{body}: {named}");
        }
    }
    for (path, body, field) in [
        ("PRD", json!({"confirmation": "none"}), "confirmation"),
        (
            "PRD",
            json!({"backup_on_change": false}),
            "backup_on_change",
        ),
        ("DEV", json!({"code": "DEVEL"}), "code"),
        ("order", json!({"codes": ["PRD", "UAT", "DEV"]}), "codes"),
        (
            "order",
            json!({"codes": ["PRD", "UAT", "DEV", "DEV"]}),
            "codes",
        ),
    ] {
        let answer = client.json("PUT", &format!("/api/environments/{path}"), &body);
        assert_eq!(answer.status, 400, "{path} {body}: {}", answer.text());
        assert_eq!(answer.json()["field"], field, "{path} {body}");
    }
    let missing = client.json("PUT", "/api/environments/GONE", &json!({"name": "x"}));
    assert_eq!(missing.status, 404);
    let built_in = client.delete("/api/environments/DEV");
    assert_eq!(
        (built_in.status, built_in.problem().as_str()),
        (409, "environment_built_in")
    );
    assert_eq!(client.get("/api/environments").json(), before);
}

#[test]
fn its_rules_apply_to_containers_tagged_with_it() {
    let engine = Engine::shared();
    let (_app, client) = App::ready(&engine.host());
    let made = add(
        &client,
        &json!({"code": "VAULT", "confirmation": "type_name", "warnings": "high"}),
    );
    assert_eq!(made.status, 201);
    // The label is read whatever its case; so is the tag.
    let labelled = engine.run(&["--label", "dockermate.environment=vault"]);
    assert_eq!(known(&client, &labelled)["environment"], "VAULT");
    // The setting relaxes production, and only that.
    let relax = json!({"require_prd_confirmation": false});
    assert_eq!(client.json("PATCH", "/api/settings", &relax).status, 200);
    let delete = format!("/api/containers/{labelled}?force=true");
    let refused = client.delete(&delete);
    assert_eq!(
        (refused.status, refused.problem().as_str()),
        (428, "confirmation_required")
    );
    assert_eq!(refused.json()["confirm"], labelled.as_str());
    let warnings = || {
        let plan = client.delete(&format!("{delete}&dry_run=true")).json();
        plan["warnings"].as_array().unwrap().len()
    };
    let change = |body: Value| {
        let answer = client.json("PUT", "/api/environments/VAULT", &body);
        assert_eq!(answer.status, 200, "{}", answer.text());
    };
    assert_eq!(warnings(), 2, "that it matters, and what is lost");
    change(json!({"warnings": "low"}));
    assert_eq!(warnings(), 1, "what is lost");
    change(json!({"warnings": "none"}));
    assert_eq!(warnings(), 0);
    change(json!({"confirmation": "yes"}));
    assert_eq!(client.delete(&delete).json()["confirm"], "yes");
    change(json!({"confirmation": "none"}));
    assert_eq!(client.delete(&delete).status, 200);
}

#[test]
fn attention_list_is_ordered_by_severity_and_environment() {
    let engine = Engine::start();
    let (_app, client) = App::ready(&engine.host());
    let sick = |environment: &str| {
        let label = format!("dockermate.environment={environment}");
        let name = engine.run(&["--label", &label]);
        engine.docker(&["pause", &name]);
        name
    };
    // Paused is worth an "info": the quiet ones are not heard at all.
    let (sandbox, dev, uat, prd) = (sick("SANDBOX"), sick("DEV"), sick("UAT"), sick("PRD"));
    let told = || -> Vec<String> {
        let page = client.send("GET", "/", &[("Accept", "application/json")], b"");
        page.json()["data"]["attention"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|item| item["container"].is_string())
            .map(|item| item["title"].as_str().unwrap().to_owned())
            .collect()
    };
    until("all are paused", SOON, || {
        let list = client.get("/api/containers?state=paused").json();
        (list["total"] == 4).then_some(())
    });
    assert_eq!(told(), [prd.clone(), uat.clone()]);
    for (code, level) in [("SANDBOX", "high"), ("UAT", "none")] {
        let path = format!("/api/environments/{code}");
        let answer = client.json("PUT", &path, &json!({"warnings": level}));
        assert_eq!(answer.status, 200);
    }
    let mut loud = [sandbox, prd];
    loud.sort();
    assert_eq!(told(), loud, "neither {uat} nor {dev}");
}

#[test]
fn the_list_is_sorted_by_the_owners_order() {
    let engine = Engine::start();
    let (_app, client) = App::ready(&engine.host());
    assert_eq!(add(&client, &json!({"code": "ALPHA"})).status, 201);
    let make = |environment: &str| {
        let label = format!("dockermate.environment={environment}");
        let name = engine.run(&["--label", &label]);
        known(&client, &name);
        name
    };
    let (alpha, prd, dev) = (make("ALPHA"), make("PRD"), make("DEV"));
    let sorted = |by: &str| -> Vec<String> {
        client.get(&format!("/api/containers?sort={by}")).json()["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        sorted("-environment"),
        [prd.clone(), dev.clone(), alpha.clone()]
    );
    let order = json!({"codes": ["ALPHA", "SANDBOX", "DEV", "UAT", "PRD"]});
    assert_eq!(
        client.json("PUT", "/api/environments/order", &order).status,
        200
    );
    assert_eq!(sorted("environment"), [prd, dev, alpha]);
}

#[test]
fn environment_in_use_is_deleted_only_with_a_replacement() {
    let engine = Engine::shared();
    let (mut app, client) = App::ready(&engine.host());
    assert_eq!(add(&client, &json!({"code": "OLD"})).status, 201);
    let labelled = engine.run(&["--label", "dockermate.environment=OLD"]);
    let tagged = engine.run(&[]);
    let host = engine.run(&[]);
    for name in [&labelled, &tagged, &host] {
        known(&client, name);
    }
    let put = client.json(
        "PUT",
        &format!("/api/containers/{tagged}"),
        &json!({"environment": "OLD", "description": "mine"}),
    );
    assert_eq!(put.status, 200);
    let mode = json!({"host_environment": "OLD"});
    let patched = client.json("PATCH", "/api/settings", &mode);
    assert_eq!(patched.status, 200, "{}", patched.text());
    assert_eq!(known(&client, &host)["environment"], "OLD");

    for path in [
        "/api/environments/OLD",
        "/api/environments/OLD?dry_run=true",
    ] {
        let refused = client.delete(path);
        assert_eq!(
            (refused.status, refused.problem().as_str()),
            (409, "environment_in_use")
        );
        let text = refused.json()["detail"].as_str().unwrap().to_owned();
        for who in [labelled.as_str(), tagged.as_str(), "this host"] {
            assert!(text.contains(who), "{text}");
        }
        assert!(!text.contains(host.as_str()), "it follows the host: {text}");
    }
    for (target, field) in [("GONE", "move_to"), ("OLD", "move_to")] {
        let wrong = client.delete(&format!("/api/environments/OLD?move_to={target}"));
        assert_eq!((wrong.status, &wrong.json()["field"]), (400, &json!(field)));
    }
    let plan = client.delete("/api/environments/OLD?move_to=DEV&dry_run=true");
    assert_eq!(plan.status, 200, "{}", plan.text());
    let plan = plan.json();
    assert_eq!(plan["warnings"].as_array().unwrap().len(), 1, "{plan}");
    assert!(codes(&client).contains(&"OLD".to_owned()), "only a plan");

    let done = client.delete("/api/environments/OLD?move_to=DEV");
    assert_eq!(done.status, 204, "{}", done.text());
    let is_so = || {
        for (name, source) in [(&labelled, "user"), (&tagged, "user"), (&host, "host")] {
            let view = known(&client, name);
            assert_eq!(
                (&view["environment"], &view["environment_source"]),
                (&json!("DEV"), &json!(source))
            );
        }
        assert_eq!(known(&client, &tagged)["description"], "mine");
        let settings = client.get("/api/settings").json();
        assert_eq!(settings["host_environment"], "DEV");
        assert_eq!(codes(&client), ["PRD", "UAT", "DEV", "SANDBOX"]);
    };
    is_so();
    app.stop();
    app.up();
    is_so();
    // Unused, it goes without a word; a name that is gone does not keep it.
    assert_eq!(add(&client, &json!({"code": "OLD"})).status, 201);
    let put = client.json(
        "PUT",
        &format!("/api/containers/{host}"),
        &json!({"environment": "OLD"}),
    );
    assert_eq!(put.status, 200);
    engine.docker(&["rm", "-f", &host]);
    until("it is gone", SOON, || {
        (client.get(&format!("/api/containers/{host}")).status == 404).then_some(())
    });
    assert_eq!(client.delete("/api/environments/OLD?move_to=").status, 204);
    assert_eq!(client.delete("/api/environments/OLD").status, 404);
}

/// What uses it cannot be seen, so it stays.
#[test]
fn environment_is_not_deleted_without_an_engine() {
    let (_app, client) = App::ready(NO_ENGINE);
    assert_eq!(add(&client, &json!({"code": "OLD"})).status, 201);
    let refused = client.delete("/api/environments/OLD");
    assert_eq!(
        (refused.status, refused.problem().as_str()),
        (503, "engine_unavailable")
    );
    assert!(codes(&client).contains(&"OLD".to_owned()));
}
