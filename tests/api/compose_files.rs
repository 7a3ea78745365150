//! Checking Compose files over the API: findings with their places, the model, bounds.

use crate::support::app::{App, NO_ENGINE};
use crate::support::client::Client;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

fn checked(client: &Client, body: &Value) -> Value {
    let answer = client.post("/api/stacks/validate", body);
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

#[test]
fn compose_file_is_resolved_with_its_environment() {
    let (_app, client) = App::ready(NO_ENGINE);
    let told = checked(
        &client,
        &json!({
            "compose": "name: media\nservices:\n  web:\n    image: nginx:${TAG}\n    ports: ['8080:80']\n    environment: {A: $$x}\n",
            "env": "TAG=1.27\n",
        }),
    );
    assert_eq!(told["valid"], true, "{told}");
    let model = &told["resolved"];
    assert_eq!(model["name"], "media");
    let web = &model["services"]["web"];
    assert_eq!(web["image"], "nginx:1.27");
    assert_eq!(web["ports"][0]["target"], 80);
    // As `docker compose config` writes it.
    assert_eq!(web["environment"]["A"], "$$x");
    assert_eq!(model["networks"]["default"]["name"], "media_default");
}

#[test]
fn finding_has_its_file_place_reason_and_the_way_out() {
    let (_app, client) = App::ready(NO_ENGINE);
    let told = checked(
        &client,
        &json!({
            "files": [
                {"path": "compose.yaml", "content": "include: [parts/db.yaml]\nservices: {a: {image: x}}\n"},
                {"path": "parts/db.yaml", "content": "services:\n  db:\n    imge: postgres\n"},
            ],
        }),
    );
    assert_eq!(told["valid"], false, "{told}");
    assert_eq!(told["resolved"], Value::Null);
    let finding = &told["findings"][0];
    assert_eq!(finding["file"], "parts/db.yaml", "{told}");
    assert_eq!(
        (&finding["line"], &finding["column"]),
        (&json!(3), &json!(5))
    );
    assert_eq!(finding["severity"], "error");
    assert_eq!(finding["hint"], "Did you mean image?");
    let several = checked(
        &client,
        &json!({
            "files": [
                {"path": "a.yaml", "content": "services: {a: {image: x, profiles: [p]}}\n"},
                {"path": "b.yaml", "content": "services: {a: {image: y}}\n"},
            ],
            "compose_files": ["a.yaml", "b.yaml"], "profiles": ["p"], "project_name": "two",
        }),
    );
    assert_eq!(
        several["resolved"]["services"]["a"]["image"], "y",
        "{several}"
    );
    assert_eq!(several["resolved"]["name"], "two");
}

#[test]
fn files_that_unfold_without_end_are_refused_soon() {
    let (_app, client) = App::ready(NO_ENGINE);
    let mut aliases = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..9 {
        let parts = vec![format!("*a{}", level - 1); 9].join(", ");
        aliases.push_str(&format!("a{level}: &a{level} [{parts}]\n"));
    }
    let mut doubling = "A0=xxxxxxxxxxxxxxxx\n".to_owned();
    for level in 1..4000 {
        doubling.push_str(&format!("A{level}=$A{0}$A{0}\n", level - 1));
    }
    let ports = format!(
        "services: {{a: {{image: x, ports: [{}]}}}}",
        vec!["'1-65535'"; 900].join(", ")
    );
    let mut chain = "services:\n".to_owned();
    for number in 0..5000 {
        chain.push_str(&format!("  s{number}: {{extends: s{}}}\n", number + 1));
    }
    let long = "x".repeat(400_000);
    let bodies = [
        json!({"compose": aliases}),
        json!({"compose": "services: {a: {image: x}}", "env": doubling}),
        json!({"compose": ports}),
        json!({"compose": chain}),
        json!({"compose": format!("services: {}", "[".repeat(200_000))}),
        json!({"compose": format!("services: {}", "{a: ".repeat(100_000))}),
        json!({"compose": format!("services: {{a: {{image: x, command: [{}]}}}}", vec!["$X"; 4000].join(", ")), "env": format!("X={long}")}),
        json!({"compose": "include: [compose.yaml]\nservices: {a: {image: x}}"}),
        json!({"compose": format!("services: {{a: {{image: {}}}}}", "${A:-".repeat(50_000))}),
        json!({"compose": format!("services: {{a: {{imag: {long}}}}}")}),
    ];
    for body in &bodies {
        let began = Instant::now();
        let told = checked(&client, body);
        let name: String = body["compose"].as_str().unwrap().chars().take(50).collect();
        assert_eq!(told["valid"], false, "{name}");
        assert!(told["findings"].to_string().len() < 20_000, "{name}");
        assert!(
            began.elapsed() < Duration::from_secs(5),
            "{name}: {:?}",
            began.elapsed()
        );
    }
}
