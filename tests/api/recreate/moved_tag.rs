//! A tag that names another image than the container runs, or none: the plan says so.

use super::known;
use crate::support::app::App;
use crate::support::engine::{Engine, TICK, number};
use serde_json::{Value, json};

#[test]
fn plan_says_that_the_tag_of_the_container_names_another_image_now_or_none() {
    let engine = Engine::shared();
    let (_app, client) = App::ready(&engine.host());
    let (name, tag) = (engine.name("m"), format!("moved{}:1", number()));
    engine.import(&tag, &[TICK, "ENV GENERATION=1"]);
    engine.docker(&["run", "-d", "--network", "none", "--name", &name, &tag]);
    known(&client, engine, &name);
    let plan = |changes: Value, pull: &str| {
        let path = format!("/api/containers/{name}/recreate?dry_run=true");
        client
            .post(&path, &json!({"changes": changes, "pull": pull}))
            .json()
    };
    let other = format!(" {tag} than it runs now");
    let says = |plan: &Value| {
        let in_of = |part: &str| {
            let text = plan[part].to_string();
            assert!(!text.contains("a newer"), "it is an older one: {text}");
            text.contains(&other)
        };
        (in_of("steps"), in_of("warnings"))
    };
    let same = plan(json!({"env": ["A=1"]}), "never");
    assert_eq!(says(&same), (false, false), "{same}");
    engine.docker(&["tag", "bb:1", &tag]);
    for changes in [json!({}), json!({"env": ["A=1"]})] {
        let moved = plan(changes, "never");
        assert_eq!(says(&moved), (true, true), "{moved}");
    }
    // Who asks for another image knows.
    let asked_for = plan(json!({"image": "bb:1"}), "never");
    assert_eq!(says(&asked_for), (false, false), "{asked_for}");
    engine.docker(&["rmi", &tag]);
    let missing = plan(json!({}), "never");
    let warnings = missing["warnings"].to_string();
    assert!(
        warnings.contains(&format!("{tag} does not exist on this host")),
        "{missing}"
    );
    let pulled = plan(json!({}), "missing");
    let warnings = pulled["warnings"].to_string();
    assert!(
        !warnings.contains("does not exist on this host"),
        "{pulled}"
    );
}
