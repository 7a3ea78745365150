//! A login that was entered here is what checks and pulls use.

use super::{files_with, listed, path, put};
use crate::support::app::App;
use crate::support::client::Client;
use crate::support::engine::{Engine, number, root};
use crate::support::registry::Registry;
use crate::support::simulated_registry::{Door, Published, SimulatedRegistry};
use crate::support::wait::{SOON, until};
use serde_json::{Value, json};
use std::io::Write as _;
use std::process::{Command, Stdio};

/// A folder with a `config.json` that has this login.
fn config(registry: &str, username: &str, password: &str) -> String {
    let folder = root().join(format!("docker-{}", number()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = json!({"auths": {registry: {"username": username, "password": password}}});
    std::fs::write(folder.join("config.json"), file.to_string()).unwrap();
    folder.to_str().unwrap().to_owned()
}

/// An appliance that reads this `config.json`.
fn with_config(engine: &Engine, folder: &str) -> (App, Client) {
    let (mut app, client) = App::ready(&engine.host());
    app.stop();
    app.env
        .push(("DOCKER_CONFIG".to_owned(), folder.to_owned()));
    app.up();
    until("the engine is connected", SOON, || {
        (client.get("/api/containers").status == 200).then_some(())
    });
    (app, client)
}

/// What is known of updates of a container, once it fits.
fn status(client: &Client, name: &str, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
    until(what, SOON, || {
        let list = client.try_get("/api/updates")?;
        if list.status != 200 {
            return None;
        }
        let list = list.json();
        let items = list["items"].as_array()?;
        let found = items.iter().find(|item| item["name"] == name)?;
        fits(found).then(|| found.clone())
    })
}

#[test]
fn own_login_comes_before_config_json_and_what_was_refused_is_looked_up_again() {
    let engine = Engine::shared();
    let registry = SimulatedRegistry::start();
    let image = Published::new(&format!("locked {}", number()));
    registry.publish("locked", "1.0", &image);
    let reference = registry.reference("locked:1.0");
    let name = crate::api::updates::container(engine, &reference);
    registry.set_door(Door::Token(Some(("me".to_owned(), "s3cret".to_owned()))));
    let host = registry.host();
    let folder = config(&host, "old", "hunter2-file");
    let (app, client) = with_config(engine, &folder);

    let refused = status(
        &client,
        &name,
        "the login of the file was refused",
        |found| found["reason"] == "login",
    );
    let message = refused["message"].as_str().unwrap();
    assert!(message.contains("under Registries"), "{message}");
    let view = listed(&client, &host);
    assert_eq!(view["login"]["origin"], "file", "{view}");
    assert_eq!(view["login"]["username"], "old", "{view}");
    assert_eq!(view["login"]["file"], format!("{folder}/config.json"));
    assert_eq!(
        (&view["containers"], &view["images"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(view["is_insecure"], true, "{view}");
    assert!(
        view["problem"]
            .as_str()
            .unwrap()
            .contains("does not accept"),
        "{view}"
    );

    let stored = put(&client, &host, "me", "s3cret");
    assert_eq!(stored.json()["login"]["origin"], "own", "{}", stored.text());
    status(&client, &name, "it was looked up again", |found| {
        found["state"] == "up_to_date"
    });
    let view = listed(&client, &host);
    assert_eq!(view["problem"], Value::Null, "{view}");
    assert_eq!(view["limit"]["remaining"], 99, "{view}");

    let plan = client.delete(&format!("{}?dry_run=true", path(&host)));
    let steps = plan.json()["steps"].to_string();
    assert!(steps.contains(&folder), "{steps}");
    assert_eq!(client.delete(&path(&host)).status, 204);
    assert_eq!(listed(&client, &host)["login"]["origin"], "file");
    let all = client.get("/api/registries").text();
    assert!(!all.contains("hunter2"), "{all}");
    assert!(!app.log().contains("hunter2"), "{}", app.log());
}

#[test]
fn engine_pulls_with_the_own_login_and_is_refused_without_one() {
    let engine = Engine::shared();
    let registry = Registry::locked("user", "secret-of-htpasswd");
    let reference = registry.reference(&format!("bb{}:1", number()));
    let server = format!("localhost:{}", registry.port);
    let folder = config(&server, "user", "wrong");
    let pushing = config(&server, "user", "secret-of-htpasswd");
    // The file that the client itself would write.
    let auth = {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.encode("user:secret-of-htpasswd")
    };
    let file = json!({"auths": {&server: {"auth": auth}}}).to_string();
    std::fs::write(format!("{pushing}/config.json"), file).unwrap();
    engine.docker(&["tag", "bb:1", &reference]);
    engine.docker(&["--config", &pushing, "push", "-q", &reference]);
    engine.docker(&["rmi", &reference]);

    let (app, client) = with_config(engine, &folder);
    let pull = || client.post(&format!("/api/images/pull?image={reference}"), &json!({}));
    let refused = pull();
    assert_eq!(refused.status, 409, "{}", refused.text());
    assert_eq!(refused.problem(), "image_denied");
    let detail = refused.json()["detail"].as_str().unwrap().to_owned();
    let way_out = format!("enter a login for {server} under Registries");
    assert!(detail.contains(&way_out), "{detail}");

    assert_eq!(
        put(&client, &server, "user", "secret-of-htpasswd").status,
        200
    );
    let test = client.post(&format!("{}/test", path(&server)), &json!({}));
    assert_eq!(test.json()["outcome"], "accepted", "{}", test.text());
    let pulled = pull();
    assert_eq!(pulled.status, 200, "{}", pulled.text());
    let operation = pulled.json();
    assert_eq!(operation["state"], "succeeded", "{operation}");
    assert!(!operation.to_string().contains("secret-of"), "{operation}");
    engine.docker(&["rmi", &reference]);
    let secret = b"secret-of-htpasswd";
    let files = files_with(&app.data_dir(), secret);
    assert!(files.is_empty(), "{files:?}");
    assert!(!app.log().contains("secret-of-htpasswd"), "{}", app.log());
}

#[test]
fn login_command_that_is_shown_logs_in_with_the_secret_from_its_input() {
    let engine = Engine::shared();
    let registry = Registry::locked("user", "secret-of-htpasswd");
    let server = format!("localhost:{}", registry.port);
    let (_app, client) = App::ready(&engine.host());
    let body = json!({"username": "user", "secret": "secret-of-htpasswd"});
    let plan = client.json("PUT", &format!("{}?dry_run=true", path(&server)), &body);
    let commands = plan.json()["commands"].clone();
    let programs = format!("{}:/usr/bin:/bin", engine.client_folder().display());
    for mode in ["simple", "intermediate", "advanced"] {
        let text = commands[mode]["text"].as_str().unwrap();
        for (secret, is_right) in [("secret-of-htpasswd", true), ("wrong", false)] {
            let folder = root().join(format!("docker-{}", number()));
            std::fs::create_dir_all(&folder).unwrap();
            let mut shell = Command::new("sh")
                .args(["-c", text])
                .env("PATH", &programs)
                .env("DOCKER_CONFIG", &folder)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            let mut input = shell.stdin.take().unwrap();
            input.write_all(format!("{secret}\n").as_bytes()).unwrap();
            drop(input);
            let output = shell.wait_with_output().unwrap();
            assert_eq!(output.status.success(), is_right, "{mode}: {output:?}");
            let file = std::fs::read_to_string(folder.join("config.json")).unwrap_or_default();
            assert_eq!(file.contains(&server), is_right, "{mode}: {file}");
        }
    }
}
