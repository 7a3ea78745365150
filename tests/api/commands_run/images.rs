//! The commands for images, run in a shell: each form ends where the program's own
//! act ends.

use super::{FORMS, pasted};
use crate::api::recreate;
use crate::support::app::App;
use crate::support::client::Client;
use crate::support::engine::{Engine, number};
use crate::support::wait::{SOON, until};
use serde_json::{Value, json};

/// An image with two tags, known to the program; gives its id and both.
fn image(engine: &Engine, client: &Client) -> (String, String, String) {
    let (one, two) = (
        format!("cmd{}:1", number()),
        format!("cmd{}:it-2", number()),
    );
    engine.bare_image(&one, &[]);
    engine.docker(&["tag", &one, &two]);
    let id = until("the image is known by both", SOON, || {
        let answer = client.get(&format!("/api/images/{two}"));
        let image = (answer.status == 200).then(|| answer.json())?;
        (image["tags"].as_array().unwrap().len() == 2)
            .then(|| image["id"].as_str().unwrap().to_owned())
    });
    (id, one, two)
}

fn exists(engine: &Engine, reference: &str) -> bool {
    engine
        .try_docker(&["image", "inspect", reference])
        .is_some()
}

#[track_caller]
fn run(engine: &Engine, plan: &Value, form: &str) {
    let text = plan["commands"][form]["text"]
        .as_str()
        .unwrap_or_else(|| panic!("{plan}"));
    let output = pasted(engine, text);
    assert!(output.status.success(), "{form}: {output:?}\n{text}");
}

#[test]
fn every_form_of_an_image_command_does_what_the_program_does() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    for form in FORMS {
        let (id, one, two) = image(engine, &client);
        let third = format!("cmd{}:3", number());
        let body = json!({"tag": third});
        let plan = client
            .post(&format!("/api/images/{id}/tag?dry_run=true"), &body)
            .json();
        run(engine, &plan, form);
        assert_eq!(
            engine.docker(&["image", "inspect", "-f", "{{.Id}}", &third]),
            engine.docker(&["image", "inspect", "-f", "{{.Id}}", &one]),
            "{form}"
        );
        let untag = format!("/api/images/{id}?tag={two}&dry_run=true");
        run(engine, &client.delete(&untag).json(), form);
        assert!(exists(engine, &one) && !exists(engine, &two), "{form}");
        // What was saved comes back from the same file.
        let load = client
            .post("/api/images/load?dry_run=true", &json!({}))
            .json();
        let text = format!(
            "docker -H {} save -o images.tar {one}\n{}",
            engine.host(),
            load["commands"][form]["text"].as_str().unwrap()
        );
        let output = pasted(engine, &text);
        assert!(output.status.success(), "{form}: {output:?}\n{text}");
        assert!(
            String::from_utf8_lossy(&output.stdout).contains(&one),
            "{form}: {output:?}"
        );
        until("the list shows it", SOON, || {
            let tags = client.get(&format!("/api/images/{id}")).json()["tags"].to_string();
            (tags.contains(&third) && !tags.contains(&two)).then_some(())
        });
        let saved = client
            .get(&format!("/api/images/{one}/commands?action=save"))
            .json();
        run(engine, &json!({"commands": saved}), form);
        let plan = client
            .delete(&format!("/api/images/{id}?dry_run=true"))
            .json();
        run(engine, &plan, form);
        assert!(!exists(engine, &id) && !exists(engine, &one), "{form}");
    }
}

#[test]
fn every_form_of_prune_removes_what_was_shown_and_nothing_else() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    for form in FORMS {
        let (id, one, _) = image(engine, &client);
        let (used, kept, _) = image(engine, &client);
        let name = engine.name("u");
        engine.docker(&["create", "--name", &name, &kept]);
        recreate::known(&client, engine, &name);
        let body = json!({"unused": true, "images": [id, used]});
        let plan = client.post("/api/images/prune?dry_run=true", &body).json();
        run(engine, &plan, form);
        assert!(!exists(engine, &one) && exists(engine, &kept), "{form}");
        engine.docker(&["rm", &name]);
        engine.docker(&["rmi", "-f", &used]);
    }
}
