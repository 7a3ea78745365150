//! Pasted commands over the API.

use crate::support::app::{App, NO_ENGINE};
use serde_json::json;

#[test]
fn pasted_command_becomes_a_container_and_the_same_command() {
    let (_app, client) = App::ready(NO_ENGINE);
    let answer = client.post(
        "/api/convert/run-to-spec",
        &json!({
            "command": "docker run -d --name web -p 8080:80 -v $(pwd)/data:/data --env-file .env -e T=$T nginx",
            "variables": { "PWD": "/srv" },
            "files": { ".env": "A=1\n" },
        }),
    );
    assert_eq!(answer.status, 200, "{}", answer.text());
    let found = answer.json();
    let one = &found["containers"][0];
    assert_eq!(one["spec"]["env"], json!(["A=1", "T=$T"]));
    assert_eq!(one["spec"]["mounts"][0]["source"], "/srv/data");
    assert_eq!(
        (&one["start"], &one["detach"], &one["line"]),
        (&json!(true), &json!(true), &json!(1))
    );
    assert_eq!(
        one["diagnostics"],
        json!([{ "severity": "error", "message": "Only your shell knows the value of T. Fill it in.", "line": 1, "column": 79, "length": 2, "text": "$T", "variable": "T" }])
    );

    let answer = client.post("/api/convert/spec-to-run", &json!({ "spec": one["spec"] }));
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(
        answer.json()["simple"]["text"],
        "docker -H unix:///nowhere/docker.sock run -d --name web -p 8080:80 -v /srv/data:/data -e A=1 -e 'T=$T' nginx"
    );
}

#[test]
fn invalid_requests_are_refused() {
    let (_app, client) = App::ready(NO_ENGINE);
    for body in [json!({ "comand": "x" }), json!({ "command": 1 }), json!([])] {
        assert_eq!(
            client.post("/api/convert/run-to-spec", &body).status,
            400,
            "{body}"
        );
    }
    let answer = client.post(
        "/api/convert/run-to-spec",
        &json!({ "command": "x".repeat(1_100_000) }),
    );
    assert_eq!(answer.status, 413);
    let answer = client.post(
        "/api/convert/run-to-spec",
        &json!({ "command": "docker run $(".repeat(70_000) }),
    );
    assert_eq!(answer.status, 200);
}
