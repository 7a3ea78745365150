//! A service of a Compose project that was recreated is still that service: the
//! next `docker compose up` finds nothing to do. (One with `network_mode:
//! service:…` is recreated by Compose whenever that service has another
//! container: the container's id is part of its `config-hash`.)

use super::{again, known, succeeded};
use crate::support::app::App;
use crate::support::compose::Project;
use crate::support::engine::Engine;

const PROJECT: &str = r#"
services:
  web:
    image: bb:1
    restart: unless-stopped
    cpus: 0.5
    mem_limit: 64m
    environment: {MODE: production, EMPTY: ""}
    labels: {team: home}
    ulimits: {nofile: {soft: 1000, hard: 2000}}
    volumes: ["data:/data", "/anonymous"]
    networks:
      front: {aliases: [www]}
      back: {}
    healthcheck: {test: ["CMD", "true"], interval: 1s, retries: 3}
    stop_grace_period: 1s
  side:
    image: bb:1
    depends_on: [web]
    volumes: ["data:/data"]
    networks: [back]
    stop_grace_period: 1s
volumes: {data: {}}
networks: {front: {}, back: {}}
"#;

#[test]
fn compose_up_does_not_recreate_services_that_were_recreated_unchanged() {
    let engine = Engine::isolated();
    let name = engine.name("cp");
    let project = Project::new(engine, &name, PROJECT);
    project.run(&["up", "-d"]);
    let (_app, client) = App::ready(&engine.host());
    let web = format!("{name}-web-1");
    let side = format!("{name}-side-1");
    let ids = || [&web, &side].map(|name| engine.inspect(name)["Id"].as_str().unwrap().to_owned());
    let before = ids();
    known(&client, engine, &web);
    known(&client, engine, &side);
    succeeded(&again(&client, &web));
    succeeded(&again(&client, &side));
    let after = ids();
    assert!(
        before.iter().zip(&after).all(|(a, b)| a != b),
        "both were recreated"
    );
    let said = project.run(&["up", "-d"]);
    assert_eq!(ids(), after, "{said}");
    assert!(!said.contains("Recreate"), "{said}");
    let shown = project.run(&["ps", "--format", "{{.Service}} {{.State}}"]);
    assert!(
        shown.contains("web running") && shown.contains("side running"),
        "{shown}"
    );
}
