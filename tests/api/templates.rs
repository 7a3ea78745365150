//! Templates: the library, the user's own, imports, and what they become.

use crate::support::app::{App, NO_ENGINE};
use crate::support::client::Client;
use crate::support::engine::{Engine, number};
use serde_json::{Value, json};

fn own(client: &Client) -> Vec<String> {
    let list = client.get("/api/templates?source=own").json();
    let items = list["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| item["id"].as_str().unwrap().to_owned())
        .collect()
}

fn spec() -> Value {
    json!({
        "image": "shop:1", "name": "shop",
        "env": ["MODE=fast", "DB_PASSWORD=hunter2", "TZ=Europe/Vienna"],
        "ports": ["8080:80"], "mounts": ["/srv/shop:/config", "cache:/cache"],
        "labels": {"api.token": "hunter3"},
    })
}

#[test]
fn the_library_is_listed_found_and_explained() {
    let (_app, client) = App::ready(NO_ENGINE);
    let list = client.get("/api/templates").json();
    let items = list["items"].as_array().unwrap();
    assert!(items.len() >= 48, "{}", items.len());
    for item in items {
        assert_eq!(item["source"], "library");
        let verdict = item["fit"]["verdict"].as_str().unwrap();
        let reasons = item["fit"]["reasons"].as_array().unwrap();
        assert_eq!(verdict == "fits", reasons.is_empty(), "{item}");
    }
    let ids = |query: &str| -> Vec<String> {
        let list = client.get(&format!("/api/templates?{query}")).json();
        let items = list["items"].as_array().unwrap();
        items
            .iter()
            .map(|i| i["id"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(ids("q=pihole%2Fpihole"), ["pihole"]);
    assert!(ids("q=PI-HOLE%20dns").contains(&"pihole".to_owned()));
    assert!(ids("q=media%20server%20films").contains(&"jellyfin".to_owned()));
    assert!(ids("category=databases").contains(&"postgres".to_owned()));
    assert!(!ids("category=databases").contains(&"jellyfin".to_owned()));
    assert!(ids("q=nothing-of-that-name").is_empty());
    assert_eq!(client.get("/api/templates?source=mine").status, 400);

    let one = client.get("/api/templates/pihole").json();
    assert_eq!(one["category"], "network");
    let warnings = one["warnings"].to_string();
    assert!(warnings.contains("systemd-resolved"), "{warnings}");
    assert_eq!(client.get("/api/templates/nobody").problem(), "not_found");
}

#[test]
fn templates_too_large_for_the_host_are_marked() {
    let app = App::start_with(NO_ENGINE, &["--profile", "RASPBERRY_PI"]);
    let client = app.set_up();
    let fit = |id: &str| client.get(&format!("/api/templates/{id}")).json()["fit"].clone();
    for id in ["gitlab", "frigate"] {
        let found = fit(id);
        assert_ne!(found["verdict"], "fits", "{id}: {found}");
        assert!(found["reasons"][0].as_str().unwrap().len() > 20, "{found}");
    }
    assert_eq!(fit("mosquitto")["verdict"], "fits");
}

#[test]
fn template_answers_create_a_container() {
    let (_app, client) = App::ready(NO_ENGINE);
    let render =
        |id: &str, answers: &Value| client.post(&format!("/api/templates/{id}/render"), answers);
    let made = render(
        "jellyfin",
        &json!({"name": "tv", "ports": {"8096/tcp": "9000"}, "paths": {"/media": "/films"}, "variables": {"TZ": "Europe/Vienna"}}),
    );
    assert_eq!(made.status, 200, "{}", made.text());
    let made = made.json();
    assert_eq!(made["name"], "tv");
    assert_eq!(made["restart"], "unless-stopped");
    assert_eq!(made["ports"][0]["host_port"], "9000");
    assert_eq!(made["mounts"][0]["source"], "/mnt/appdata/tv/config");
    assert!(made["env"].to_string().contains("TZ=Europe/Vienna"));
    // Without a body: every suggestion.
    let plain = client.send("POST", "/api/templates/mosquitto/render", &[], b"");
    assert_eq!(plain.status, 200, "{}", plain.text());
    for (id, answers, field) in [
        (
            "pihole",
            json!({}),
            "variables.FTLCONF_webserver_api_password",
        ),
        ("jellyfin", json!({"ports": {"1/tcp": "1"}}), "ports.1/tcp"),
        (
            "jellyfin",
            json!({"paths": {"/config": "../x"}}),
            "paths./config",
        ),
        ("jellyfin", json!({"name": "<b>"}), "name"),
        ("jellyfin", json!({"nmae": "x"}), "nmae"),
    ] {
        let wrong = render(id, &answers);
        assert_eq!(wrong.status, 400, "{id} {answers}: {}", wrong.text());
        assert_eq!(wrong.json()["field"], field);
    }
    assert_eq!(render("nobody", &json!({})).status, 404);
}

#[test]
fn user_templates_are_saved_changed_and_deleted() {
    let (mut app, client) = App::ready(NO_ENGINE);
    let request =
        json!({"name": "My shop", "description": "Sells.", "category": "web", "spec": spec()});
    let plan = client.post("/api/templates?dry_run=true", &request);
    assert_eq!(plan.status, 200, "{}", plan.text());
    assert!(plan.json()["steps"].to_string().contains("DB_PASSWORD"));
    assert!(!plan.text().contains("hunter"), "a plan carries no secret");
    assert!(own(&client).is_empty(), "a dry run saves nothing");
    let saved = client.post("/api/templates", &request);
    assert_eq!(saved.status, 201, "{}", saved.text());
    assert!(!saved.text().contains("hunter"), "{}", saved.text());
    let saved = saved.json();
    assert_eq!(saved["template"]["id"], "my-shop");
    assert_eq!(saved["left_out"], json!(["DB_PASSWORD", "api.token"]));
    let twice = client.post("/api/templates", &request);
    assert_eq!(
        (twice.status, twice.problem().as_str()),
        (409, "name_taken")
    );

    // It asks for the password, and gives the rest again.
    let without = client.post("/api/templates/my-shop/render", &json!({}));
    assert_eq!(without.json()["field"], "variables.DB_PASSWORD");
    let made = client
        .post(
            "/api/templates/my-shop/render",
            &json!({"name": "two", "variables": {"DB_PASSWORD": "x"}}),
        )
        .json();
    assert_eq!(made["image"], "shop:1");
    assert_eq!(made["mounts"][1]["source"], "two-cache");

    let patch = json!({"description": "Sells more.", "notes": ["Open at nine."]});
    let plan = client.json("PUT", "/api/templates/my-shop?dry_run=true", &patch);
    assert!(
        plan.json()["steps"].to_string().contains("My shop"),
        "{}",
        plan.text()
    );
    assert!(
        plan.json()["commands"]["simple"]["text"]
            .as_str()
            .unwrap()
            .contains("/api/templates/my-shop")
    );
    assert_eq!(
        client.get("/api/templates/my-shop").json()["description"],
        "Sells."
    );
    let changed = client.json("PUT", "/api/templates/my-shop", &patch);
    assert_eq!(changed.status, 200, "{}", changed.text());
    app.stop();
    app.up();
    let kept = client.get("/api/templates/my-shop").json();
    assert_eq!(kept["description"], "Sells more.");
    assert_eq!(kept["notes"], json!(["Open at nine."]));
    assert_eq!(kept["source"], "own");

    let plan = client.send("DELETE", "/api/templates/my-shop?dry_run=true", &[], b"");
    assert!(plan.json()["keeps"].to_string().contains("container"));
    assert_eq!(own(&client), ["my-shop"]);
    assert_eq!(
        client
            .send("DELETE", "/api/templates/my-shop", &[], b"")
            .status,
        204
    );
    assert_eq!(
        client
            .send("DELETE", "/api/templates/my-shop", &[], b"")
            .status,
        404
    );
    assert!(own(&client).is_empty());
}

#[test]
fn library_templates_cannot_be_changed() {
    let (_app, client) = App::ready(NO_ENGINE);
    let before = client.get("/api/templates/jellyfin").json();
    for (method, body) in [("PUT", json!({"name": "x"})), ("DELETE", json!({}))] {
        for query in ["", "?dry_run=true"] {
            let answer = client.json(method, &format!("/api/templates/jellyfin{query}"), &body);
            assert_eq!(answer.status, 409, "{method}{query}");
            assert_eq!(answer.problem(), "template_read_only");
        }
    }
    // A name of the library is free, its address is not.
    let saved = client.post(
        "/api/templates",
        &json!({"name": "Jellyfin", "spec": {"image": "x"}}),
    );
    assert_eq!(saved.json()["template"]["id"], "jellyfin-own");
    let saved = client.post(
        "/api/templates",
        &json!({"name": "Import", "spec": {"image": "x"}}),
    );
    assert_eq!(saved.json()["template"]["id"], "import-own");
    assert_eq!(client.get("/api/templates/jellyfin").json(), before);
}

#[test]
fn container_is_saved_as_a_template() {
    let engine = Engine::shared();
    let name = engine.run(&[
        "-e",
        "COLOR=red",
        "-e",
        "API_TOKEN=hunter2",
        "-v",
        "/tmp:/media:ro",
        "--memory",
        "64m",
    ]);
    let (_app, client) = App::ready(&engine.host());
    let label = format!("Copy {}", number());
    let request = json!({"name": label, "container": name});
    let saved = client.post("/api/templates", &request);
    assert_eq!(saved.status, 201, "{}", saved.text());
    assert!(!saved.text().contains("hunter2"), "{}", saved.text());
    let saved = saved.json();
    assert_eq!(saved["left_out"], json!(["API_TOKEN"]));
    let id = saved["template"]["id"].as_str().unwrap();
    let made = client.post(
        &format!("/api/templates/{id}/render"),
        &json!({"name": "another", "variables": {"API_TOKEN": "new"}}),
    );
    assert_eq!(made.status, 200, "{}", made.text());
    let made = made.json();
    assert_eq!(made["memory"], 64 << 20);
    assert_eq!(made["mounts"][0]["source"], "/tmp");
    assert_eq!(made["mounts"][0]["read_only"], true);
    assert!(made["env"].to_string().contains("API_TOKEN=new"));
    let gone = client.post(
        "/api/templates",
        &json!({"name": "x", "container": "not-there"}),
    );
    assert_eq!(gone.status, 404, "{}", gone.text());
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn what_is_wrong_names_its_field() {
    let (_app, client) = App::ready(NO_ENGINE);
    for (body, field) in [
        (json!({}), "spec"),
        (
            json!({"name": "x", "spec": {"image": "x"}, "container": "y"}),
            "spec",
        ),
        (json!({"name": "", "spec": {"image": "x"}}), "name"),
        (
            json!({"name": "x".repeat(81), "spec": {"image": "x"}}),
            "name",
        ),
        (
            json!({"name": "a\u{202e}b", "spec": {"image": "x"}}),
            "name",
        ),
        (json!({"name": "x", "spec": {}}), "spec.image"),
        (json!({"name": "x", "spec": {"image": "x y"}}), "spec.image"),
        (
            json!({"name": "x", "spec": {"image": "x", "restart": "maybe"}}),
            "spec.restart",
        ),
        (
            json!({"name": "x", "spec": {"image": "x", "imagine": 1}}),
            "spec.imagine",
        ),
        (
            json!({"name": "x", "homepage": "javascript:alert(1)", "spec": {"image": "x"}}),
            "homepage",
        ),
        (
            json!({"name": "x", "description": "d".repeat(1001), "spec": {"image": "x"}}),
            "description",
        ),
        (json!({"name": "x", "odd": 1}), "odd"),
    ] {
        let answer = client.post("/api/templates", &body);
        assert_eq!(answer.status, 400, "{body}: {}", answer.text());
        assert_eq!(answer.json()["field"], field, "{body}");
    }
    assert!(own(&client).is_empty());
}

fn portainer() -> Value {
    json!({"version": "3", "templates": [
        {"id": 1, "type": 1, "title": "Shop", "description": "Sells <b>things</b>.", "image": "shop:1", "platform": "linux",
         "logo": "https://evil.example/x.png", "categories": ["web"], "ports": ["8080:80/tcp"],
         "volumes": [{"container": "/data"}], "env": [{"name": "PASSWORD", "default": "changeme"}],
         "note": "<script>alert(1)</script>Log in."},
        {"id": 2, "type": 3, "title": "A stack", "repository": {"url": "https://x.example", "stackfile": "x.yml"}},
        {"id": 3, "type": 2, "title": "A swarm"},
        {"id": 4, "type": 1, "title": "Jellyfin", "image": "jellyfin/jellyfin"},
    ]})
}

#[test]
fn a_portainer_file_is_previewed_and_imported() {
    let (_app, client) = App::ready(NO_ENGINE);
    let text = portainer().to_string();
    let preview = client.post("/api/templates/import?dry_run=true", &json!({"text": text}));
    assert_eq!(preview.status, 200, "{}", preview.text());
    let preview = preview.json();
    assert_eq!(
        (&preview["format"], &preview["dry_run"]),
        (&json!("Portainer"), &json!(true))
    );
    assert!(own(&client).is_empty());
    let done = client
        .post("/api/templates/import", &json!({"text": text}))
        .json();
    assert_eq!(done["imported"], preview["imported"]);
    assert_eq!(done["skipped"], preview["skipped"]);
    assert_eq!(done["skipped"].as_array().unwrap().len(), 2);
    assert!(
        done["skipped"][0]["reason"]
            .as_str()
            .unwrap()
            .contains("Compose")
    );
    assert!(
        done["imported"][0]["remarks"]
            .to_string()
            .contains("PASSWORD")
    );
    let mut ids = own(&client);
    ids.sort();
    assert_eq!(ids, ["jellyfin-own", "shop"]);
    let shop = client.get("/api/templates/shop");
    for gone in ["changeme", "evil.example", "alert", "<b>"] {
        assert!(!shop.text().contains(gone), "{gone}: {}", shop.text());
    }

    // Again: kept as they are, unless they are to be replaced.
    let again = client
        .post("/api/templates/import", &json!({"text": text}))
        .json();
    assert_eq!(again["imported"], json!([]));
    let changed = text.replace("shop:1", "shop:2");
    let again = client
        .post(
            "/api/templates/import",
            &json!({"text": changed, "replace": true}),
        )
        .json();
    assert_eq!(again["imported"][0]["replaces"], true);
    assert_eq!(
        client.get("/api/templates/shop").json()["spec"]["image"],
        "shop:2"
    );
    assert_eq!(own(&client).len(), 2);
}

#[test]
fn exported_templates_are_imported_on_another_host() {
    let (one, here) = App::ready(NO_ENGINE);
    let (_two, there) = App::ready(NO_ENGINE);
    let request = json!({"name": "Shop", "spec": spec(), "keep_secrets": true});
    let saved = here.post("/api/templates", &request);
    assert!(saved.text().contains("hunter2"), "it was asked to keep it");
    // On disk, and so in every copy of it, it is encrypted.
    let stored = std::fs::read(one.data_dir().join("db/data.mdb")).unwrap();
    assert!(!stored.windows(7).any(|part| part == b"hunter2"));
    let file = here.get("/api/templates/shop?format=export");
    assert_eq!(file.status, 200);
    let name = file.header("content-disposition").unwrap();
    assert!(name.contains("shop.dockermate.json"), "{name}");
    assert!(!file.text().contains("hunter2"), "{}", file.text());
    assert_eq!(here.get("/api/templates/shop?format=yaml").status, 400);
    let done = there
        .post("/api/templates/import", &json!({"text": file.text()}))
        .json();
    assert_eq!(done["format"], "DockerMate");
    assert_eq!(done["imported"][0]["id"], "shop", "{done}");
    let made = there.post(
        "/api/templates/shop/render",
        &json!({"variables": {"DB_PASSWORD": "x"}}),
    );
    assert_eq!(made.status, 200, "{}", made.text());
}

#[test]
fn hostile_files_change_nothing() {
    let (app, client) = App::ready(NO_ENGINE);
    let deep = format!("{}{}", "{\"templates\":[".repeat(5000), "]}".repeat(5000));
    for text in ["", "[", "{}", "null", "hello", "nginx -d", deep.as_str()] {
        let answer = client.post("/api/templates/import", &json!({"text": text}));
        let shown: String = text.chars().take(30).collect();
        assert_eq!(answer.status, 400, "{shown}: {}", answer.text());
        assert_eq!(answer.json()["field"], "text");
    }
    let huge = client.post(
        "/api/templates/import",
        &json!({"text": "x".repeat(1_100_000)}),
    );
    assert_eq!(huge.status, 413);
    let hostile = json!({"version": "2", "templates": [
        {"type": 1, "title": "<img src=x onerror=alert(1)>\u{202e}\u{0}", "image": "nginx"},
        {"type": 1, "title": "../../etc", "image": "nginx"},
        {"type": 1, "title": "x", "image": "nginx\nRUN evil"},
        {"type": 1, "title": "y", "image": "nginx", "env": [{"name": "A\n B"}]},
        {"type": 1, "title": "z", "image": "nginx", "volumes": [{"container": "/a", "bind": "/a/../../b"}]},
        {"type": {"a": 1}}, 7, null, [],
    ]});
    let done = client
        .post(
            "/api/templates/import",
            &json!({"text": hostile.to_string()}),
        )
        .json();
    assert_eq!(done["imported"].as_array().unwrap().len(), 2, "{done}");
    assert_eq!(done["skipped"].as_array().unwrap().len(), 7, "{done}");
    for id in own(&client) {
        assert!(
            id.bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'),
            "{id}"
        );
    }
    // No more than there is room for.
    let many: Vec<Value> = (0..600)
        .map(|n| json!({"title": format!("t{n}"), "image": "x"}))
        .collect();
    let done = client
        .post(
            "/api/templates/import",
            &json!({"text": Value::Array(many).to_string()}),
        )
        .json();
    assert_eq!(own(&client).len(), 500);
    assert!(
        done["skipped"][0]["reason"]
            .as_str()
            .unwrap()
            .contains("At most 500 templates"),
        "{}",
        done["skipped"][0]
    );
    let more = client.post(
        "/api/templates",
        &json!({"name": "one more", "spec": {"image": "x"}}),
    );
    assert_eq!(more.problem(), "too_many_templates");
    assert_eq!(client.get("/api/templates").status, 200);
    assert!(!app.log().contains("panicked"));
}

#[test]
fn pasted_run_line_creates_a_template() {
    let (_app, client) = App::ready(NO_ENGINE);
    let text =
        "docker run -d --name shop -p 8080:80 -e DB_PASSWORD=hunter2 -v /srv/shop:/config shop:1";
    let done = client
        .post("/api/templates/import", &json!({"text": text}))
        .json();
    assert_eq!(done["format"], "docker run");
    assert_eq!(done["imported"][0]["id"], "shop", "{done}");
    let shop = client.get("/api/templates/shop");
    assert!(!shop.text().contains("hunter2"), "{}", shop.text());
    let made = client.post(
        "/api/templates/shop/render",
        &json!({"variables": {"DB_PASSWORD": "x"}}),
    );
    assert_eq!(made.json()["image"], "shop:1", "{}", made.text());
    let wrong = client
        .post(
            "/api/templates/import",
            &json!({"text": "docker run --no-such-flag nginx"}),
        )
        .json();
    assert_eq!(wrong["imported"], json!([]));
    assert!(wrong["skipped"][0]["reason"].as_str().unwrap().len() > 10);
}
