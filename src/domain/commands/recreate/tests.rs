//! The text of the commands; tests/api/commands_run.rs runs them.

use super::*;
use serde_json::json;

fn container(spec: serde_json::Value, state: State, auto_remove: bool) -> RecreatedContainer {
    RecreatedContainer {
        spec: serde_json::from_value(spec).unwrap(),
        state,
        auto_remove,
    }
}

fn simple(group: &[RecreatedContainer], pull: Pull) -> String {
    let options = RecreateCommandOptions {
        pull,
        stable_seconds: 10,
        tag: None,
    };
    recreate(group, &options, None).simple.text
}

#[test]
fn running_container_is_stopped_only_after_its_replacement_is_created() {
    let web = container(
        json!({"image": "img", "name": "web"}),
        State::Running,
        false,
    );
    assert_eq!(
        simple(&[web], Pull::Missing),
        "docker rename web web-old && if docker create --name web img && docker stop web-old && docker start web; \
         then docker rm web-old; else docker rm --force web; docker rename web-old web; docker start web; false; fi"
    );
}

#[test]
fn replacement_of_a_stopped_container_is_not_started() {
    let web = container(json!({"image": "img", "name": "web"}), State::Exited, true);
    assert_eq!(
        simple(&[web], Pull::Never),
        "docker rename web web-old && if docker create --name web --pull never img; \
         then docker rm web-old; else docker rm --force web; docker rename web-old web; false; fi"
    );
}

#[test]
fn auto_removed_container_is_never_removed_by_the_command() {
    let web = container(
        json!({"image": "img", "name": "web", "auto_remove": true}),
        State::Running,
        true,
    );
    let text = simple(&[web], Pull::Always);
    assert!(
        text.starts_with("docker pull img && docker rename web web-old && if docker create --name web --rm img; then true && docker stop web-old && docker start web || {"),
        "{text}"
    );
    assert!(!text.contains("docker rm web-old"), "{text}");
}

#[test]
fn dependents_are_recreated_in_order_and_stopped_in_reverse() {
    let db = container(json!({"image": "img", "name": "db"}), State::Running, false);
    let app = container(
        json!({"image": "img", "name": "app", "network_mode": "container:db"}),
        State::Paused,
        false,
    );
    assert_eq!(
        simple(&[db, app], Pull::Missing),
        "docker rename db db-old && { docker rename app app-old || { docker rename db-old db; false; }; } && \
         if docker create --name db img && docker create --name app --network container:db --pull never img && \
         docker unpause app-old && docker stop app-old && docker stop db-old && docker start db && docker start app; \
         then docker rm app-old db-old && docker pause app; \
         else docker rm --force app db; docker rename db-old db; docker rename app-old app; \
         docker start db; docker start app; docker pause app; false; fi"
    );
}

#[test]
fn compose_image_label_takes_the_image_id_when_the_command_runs() {
    let web = container(
        json!({"image": "img:1", "name": "web", "labels": {"com.docker.compose.image": "sha256:1"}}),
        State::Running,
        false,
    );
    let text = simple(&[web], Pull::Missing);
    assert!(
        text.contains(
            "-l com.docker.compose.image=\"$(docker image inspect --format '{{.Id}}' img:1)\""
        ),
        "{text}"
    );
    assert!(
        text.starts_with(
            "{ docker image inspect img:1 >/dev/null 2>&1 || docker pull img:1; } && docker rename"
        ),
        "{text}"
    );
}
