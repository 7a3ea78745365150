//! Pictures of every page to look at: three widths, both themes, all skill levels, with
//! no, eight and three hundred containers, and with the engine away. They are kept in
//! `tests/shots/`; what a picture cannot hide (sideways scrolling, a nameless
//! button, a word in the console) fails here.

use super::containers::many;
use crate::api::updates::apply::{SERVE, version};
use crate::support::app::{App, NO_ENGINE, free_port};
use crate::support::browser::Browser;
use crate::support::client::Client;
use crate::support::engine::Engine;
use crate::support::simulated_registry::SimulatedRegistry;
use serde_json::json;
use std::path::PathBuf;

pub const WIDTHS: [(u32, u32); 3] = [(1440, 900), (820, 1180), (390, 844)];

pub fn folder() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/shots");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn set(client: &Client, settings: &serde_json::Value) {
    let answer = client.send(
        "PATCH",
        "/api/settings",
        &[("Content-Type", "application/json")],
        settings.to_string().as_bytes(),
    );
    assert_eq!(answer.status, 200, "{}", answer.text());
}

/// Whatever slides has arrived.
pub(super) fn settled(browser: &Browser) {
    browser.wait(
        "document.getAnimations().every((a) => a.timeline !== document.timeline || a.playState !== 'running' || a.effect.getComputedTiming().iterations === Infinity)",
    );
}

/// Skill level, theme, and what the pictures are called by.
const LOOKS: [(&str, &str, &str); 4] = [
    ("beginner", "dark", "beginner"),
    ("advanced", "light", "advanced"),
    ("intermediate", "dark", "dark"),
    ("intermediate", "light", "light"),
];

/// Every page of a list, at every width, in both themes and at every skill level.
pub fn take(browser: &Browser, client: &Client, what: &str, pages: &[(&str, &str, &str)]) {
    for (level, theme, look) in LOOKS {
        set(client, &json!({"theme": theme, "skill_level": level}));
        for (name, path, ready) in pages {
            browser.open(path);
            browser.wait(ready);
            for (width, height) in WIDTHS {
                browser.size(width, height);
                browser.wait(
                    "document.fonts.status === 'loaded' && (document.activeElement.blur(), true)",
                );
                browser.wait("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))");
                settled(browser);
                browser.screenshot_page(
                    &folder().join(format!("{what}-{name}-{width}-{look}.png")),
                    3000,
                );
                browser.in_order();
            }
        }
        browser.size(1440, 900);
    }
}

/// The port that belongs to a program, or another when this machine uses it.
fn publish(host: u16, container: u16) -> String {
    let taken = std::net::TcpListener::bind(("0.0.0.0", host)).is_err();
    format!("-p {}:{container}", if taken { free_port() } else { host })
}

/// A household as in the README: names, images, stacks and alerts.
pub fn household(engine: &Engine) {
    let images = [
        "jellyfin/jellyfin:10.10.1",
        "lscr.io/linuxserver/sonarr:latest",
        "ghcr.io/paperless-ngx/paperless-ngx:2.11",
        "postgres:16-alpine",
        "pihole/pihole:2025.10",
        "vaultwarden/server:1.32",
        "gitea/gitea:1.22",
        "nextcloud:29",
    ];
    for image in images {
        engine.docker(&["tag", "bb:1", image]);
    }
    for network in ["media", "documents", "home"] {
        engine.docker(&["network", "create", network]);
    }
    let stack = |name: &str, service: &str| {
        [
            "--label".to_owned(),
            format!("com.docker.compose.project={name}"),
            "--label".to_owned(),
            format!("com.docker.compose.service={service}"),
        ]
    };
    let run = |name: &str, environment: &str, image: &str, extra: &[String]| {
        let label = format!("dockermate.environment={environment}");
        let mut arguments: Vec<&str> = vec![
            "run",
            "-d",
            "--name",
            name,
            "--label",
            &label,
            "--restart",
            "unless-stopped",
        ];
        arguments.extend(extra.iter().map(String::as_str));
        arguments.push(image);
        engine.docker(&arguments);
    };
    let words = |text: &str| {
        text.split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let healthy = words("--health-cmd true --health-interval 2s");
    run(
        "jellyfin",
        "DEV",
        images[0],
        &[
            &stack("media", "jellyfin")[..],
            &words(&format!(
                "--network media {} -v /tmp:/media:ro -v jellyfin-config:/config",
                publish(8096, 8096)
            )),
            &healthy,
        ]
        .concat(),
    );
    run(
        "sonarr",
        "DEV",
        images[1],
        &[
            &stack("media", "sonarr")[..],
            &words(&format!("--network media {}", publish(8989, 8989))),
            &healthy,
        ]
        .concat(),
    );
    let mut sick = [&stack("documents", "paperless")[..], &words(&format!("--network documents {} -e PAPERLESS_SECRET_KEY=hunter2 --health-interval 1s --health-retries 1", publish(8000, 8000)))].concat();
    sick.extend([
        "--health-cmd".to_owned(),
        "echo 'connection to redis:6379 refused'; exit 1".to_owned(),
    ]);
    run("paperless", "PRD", images[2], &sick);
    run(
        "postgres",
        "PRD",
        images[3],
        &[
            &stack("documents", "postgres")[..],
            &words("--network documents --expose 5432 -e POSTGRES_PASSWORD=correcthorse"),
            &healthy,
        ]
        .concat(),
    );
    run(
        "pihole",
        "PRD",
        images[4],
        &[words("--network host --dns 127.0.0.1"), healthy.clone()].concat(),
    );
    run(
        "vaultwarden",
        "PRD",
        images[5],
        &[
            words(&format!("--network home {}", publish(8222, 80))),
            healthy.clone(),
        ]
        .concat(),
    );
    run(
        "gitea",
        "UAT",
        images[6],
        &words(&format!(
            "--network home {} {}",
            publish(3000, 3000),
            publish(2222, 22)
        )),
    );
    engine.docker(&[
        "run",
        "-d",
        "--network",
        "none",
        "--name",
        "nextcloud-try",
        "--label",
        "dockermate.environment=SANDBOX",
        images[7],
        "true",
    ]);
}

#[test]
fn pictures_of_setup_and_login() {
    let app = App::start(NO_ENGINE);
    let browser = Browser::new(&app);
    let shot = |name: &str| {
        for theme in ["dark", "light"] {
            browser.cdp(
                "Emulation.setEmulatedMedia",
                json!({"features": [{"name": "prefers-color-scheme", "value": theme}]}),
            );
            for (width, height) in WIDTHS {
                browser.size(width, height);
                browser.screenshot_page(
                    &folder().join(format!("gate-{name}-{width}-{theme}.png")),
                    3000,
                );
                browser.in_order();
            }
        }
        browser.size(1440, 900);
    };
    browser.open("/setup");
    browser.type_into("#password", "TestPassword");
    shot("setup1");
    browser.type_into("#password", "123");
    browser.type_into("#password_repeat", "TestPassword123");
    for name in ["setup2", "setup3", "setup4", "setup5"] {
        browser.press("Continue");
        shot(name);
        if name == "setup2" {
            browser.press("Let's Encrypt");
            shot("setup2-acme");
            browser.press("Local authority");
        }
    }
    browser.press("Finish the setup");
    browser.wait("location.pathname === '/'");
    browser.press("Session");
    browser.press("Sign out");
    browser.wait("location.pathname === '/login'");
    browser.press("Forgot your password?");
    shot("login");
}

#[test]
fn pictures_of_an_empty_host() {
    let engine = Engine::start();
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, "/");
    take(
        &browser,
        &client,
        "0",
        &[
            ("dashboard", "/", "document.querySelector('main h1')"),
            (
                "containers",
                "/containers",
                "document.querySelector('main h1')",
            ),
            (
                "registries",
                "/registries",
                "document.querySelector('[data-registry]')",
            ),
            (
                "templates",
                "/templates",
                "document.querySelector('.pattern')",
            ),
        ],
    );
    for (name, path, ready) in [
        (
            "template",
            "/templates#pihole",
            "document.querySelector('.drawer .facts-list')",
        ),
        (
            "create-template",
            "/containers/new?template=pihole",
            "document.querySelector('.template-form')",
        ),
        (
            "templates-own",
            "/templates?source=own",
            "document.querySelector('.empty')",
        ),
    ] {
        for (width, height) in WIDTHS {
            browser.open("/");
            browser.size(width, height);
            browser.open(path);
            browser.wait(ready);
            settled(&browser);
            browser.screenshot(&folder().join(format!("0-{name}-{width}-light.png")));
        }
    }
}

#[test]
fn pictures_of_updates() {
    let engine = Engine::start();
    let registry = SimulatedRegistry::start();
    let names = ["jellyfin", "paperless", "gitea", "pihole"];
    for (at, name) in names.into_iter().enumerate() {
        registry.publish(name, "1.4", &version("one", SERVE));
        let image = registry.reference(&format!("{name}:1.4"));
        let more = [["--label", "dockermate.environment=PRD"], ["-v", "/data"]][at.min(1)];
        let mut arguments = vec!["run", "-d", "--network", "none", "--name", name];
        arguments.extend(more);
        arguments.push(&image);
        engine.docker(&arguments);
    }
    let (app, client) = App::ready(&engine.host());
    for name in ["jellyfin", "paperless", "gitea"] {
        let mut next = version("two", SERVE);
        next.config["Env"] = json!(["PATH=/bin", "MODE=fast"]);
        registry.publish(name, "1.4", &next);
    }
    registry.publish("pihole", "1.5", &version("next", SERVE));
    registry.publish("paperless", "1.4", &version("two", "exit 1"));
    for name in ["gitea", "paperless"] {
        client.post(
            "/api/updates/apply",
            &json!({"container": name, "stable_seconds": 1}),
        );
    }
    let browser = Browser::signed_in(&app, &client, "/updates");
    client.post("/api/updates/check", &json!({}));
    let window = json!({"days": ["saturday", "sunday"], "start": "03:00", "minutes": 120});
    set(
        &client,
        &json!({"updates": {"windows": [window], "soak_days": 3}}),
    );
    browser.wait("document.querySelector('#available')");
    take(
        &browser,
        &client,
        "u",
        &[
            (
                "updates",
                "/updates",
                "document.querySelector('#available')",
            ),
            (
                "container-updates",
                "/containers/gitea#updates",
                "document.querySelector('#policy input') && document.querySelector('#history .op')",
            ),
            (
                "settings-updates",
                "/settings#updates",
                "document.querySelector('.window')",
            ),
        ],
    );
    for (width, height) in WIDTHS {
        browser.size(width, height);
        for (what, press, ready) in [
            ("review", "Update…", "dialog .diff"),
            ("rollback", "Roll back", "dialog .plan-list"),
        ] {
            browser.open("/updates");
            browser.wait("document.querySelector('#available')");
            browser.press_in("main", press);
            browser.wait(&format!("document.querySelector({})", json!(ready)));
            settled(&browser);
            browser.screenshot(&folder().join(format!("u-{what}-{width}-light.png")));
        }
    }
}

#[test]
fn pictures_with_eight_containers_and_without_the_engine() {
    let mut engine = Engine::start();
    household(&engine);
    let (app, client) = App::ready(&engine.host());
    set(
        &client,
        &json!({"host_name": "homelab", "host_environment": "MIXED"}),
    );
    let browser = Browser::signed_in(&app, &client, "/containers");
    browser.expect_in_console("status of 503");
    browser.wait("document.querySelectorAll('.tone-ok').length === 6 && document.querySelector('.tone-crit')");
    take(
        &browser,
        &client,
        "8",
        &[
            ("dashboard", "/", "document.querySelector('.need')"),
            (
                "containers",
                "/containers",
                "document.querySelectorAll('.row-item').length === 8",
            ),
            (
                "container",
                "/containers/paperless",
                "document.querySelector('.health-dots')",
            ),
            (
                "logs",
                "/containers/jellyfin#logs",
                "document.querySelector('.log-lines').innerText.includes('tick')",
            ),
            (
                "terminal",
                "/containers/jellyfin#terminal",
                "document.querySelector('#panel').innerText.length > 40",
            ),
            (
                "stats",
                "/containers/jellyfin#stats",
                "document.querySelector('#panel svg')",
            ),
            (
                "configuration",
                "/containers/paperless#configuration",
                "document.querySelector('.setting')",
            ),
            (
                "cli",
                "/containers/jellyfin#cli",
                "document.querySelector('.cli pre')",
            ),
            ("host", "/settings", "document.querySelector('#host-name')"),
            (
                "environments",
                "/settings#environments",
                "document.querySelector('table')",
            ),
            (
                "https",
                "/settings#https",
                "document.querySelector('.fingerprint')",
            ),
            (
                "security",
                "/settings#security",
                "document.querySelector('#current')",
            ),
            (
                "appearance",
                "/settings#appearance",
                "document.querySelector('.choice')",
            ),
            (
                "about",
                "/settings#about",
                "document.querySelector('table')",
            ),
            (
                "missing",
                "/containers/not-there",
                "document.querySelector('main h1')",
            ),
        ],
    );
    for (name, path, open) in [
        (
            "palette",
            "/containers",
            "document.querySelector('[data-palette]').click()",
        ),
        (
            "menu",
            "/containers",
            "document.querySelector('[data-more]').click()",
        ),
        (
            "operations",
            "/",
            "document.querySelector('.top [data-operations]').click()",
        ),
        (
            "help",
            "/",
            "dispatchEvent(new KeyboardEvent('keydown', { key: '?' }))",
        ),
    ] {
        browser.open(path);
        browser.wait("document.querySelector('main h1')");
        browser.eval(&format!("void {open}"));
        browser.wait("document.querySelector('dialog[open], [role=menu]')");
        settled(&browser);
        browser.screenshot(&folder().join(format!("8-{name}-1440-light.png")));
    }
    browser.open("/containers?q=paperless");
    browser.press("More for paperless");
    browser.press_in("[role=menu]", "Delete");
    browser.wait("document.querySelector('dialog .cli')");
    browser.screenshot(&folder().join("8-plan-1440-light.png"));
    browser.size(390, 844);
    browser.screenshot(&folder().join("8-plan-390-light.png"));
    browser.open("/");
    browser.click("[data-menu]");
    browser.wait("document.activeElement.closest('#side')");
    settled(&browser);
    browser.screenshot(&folder().join("8-sidebar-390-light.png"));
    browser.size(1440, 900);

    the_form(&browser, &client);

    set(&client, &json!({"theme": "dark"}));
    for action in [
        "jellyfin/restart",
        "vaultwarden/restart?confirm=yes",
        "gitea/restart",
    ] {
        let path = format!("/api/containers/{action}");
        assert_eq!(
            client.post(&path, &json!({"timeout": 1})).status,
            200,
            "{action}"
        );
    }
    for (name, path) in [("dashboard", "/"), ("containers", "/containers")] {
        browser.open(path);
        browser.wait("document.querySelector('main h1')");
        browser.wait("document.querySelector('.row-item, .need')");
        browser.screenshot(&folder().join(format!("readme-{name}.png")));
    }

    browser.open("/containers");
    engine.down();
    browser.wait("document.querySelector('.stale')");
    browser.screenshot(&folder().join("down-live-1440-dark.png"));
    take(
        &browser,
        &client,
        "down",
        &[
            (
                "dashboard",
                "/",
                "document.querySelector('#banner .banner')",
            ),
            (
                "registries",
                "/registries",
                "document.querySelector('[data-registry]')",
            ),
            (
                "containers",
                "/containers",
                "document.querySelector('#banner .banner')",
            ),
            (
                "container",
                "/containers/jellyfin",
                "document.querySelector('#banner .banner')",
            ),
        ],
    );
}

/// With two of the owner's own, one with the longest code there can be.
#[test]
fn pictures_of_custom_environments() {
    let engine = Engine::start();
    for (name, environment) in [
        ("jellyfin", "DEV"),
        ("paperless", "PRD"),
        ("gitea", "STAGE"),
        ("vaultwarden", "FAMILY-AND-GUEST"),
        ("nextcloud-try", "SANDBOX"),
        ("wiki", "UAT"),
    ] {
        let label = format!("dockermate.environment={environment}");
        engine.docker(&[
            "run",
            "-d",
            "--network",
            "none",
            "--name",
            name,
            "--label",
            &label,
            "bb:1",
        ]);
    }
    let (app, client) = App::ready(&engine.host());
    for body in [
        json!({"code": "STAGE", "name": "Staging", "description": "A copy of production to try updates on.",
               "color": "#a855f7", "icon": "rocket", "confirmation": "type_name"}),
        json!({"code": "FAMILY-AND-GUEST", "name": "What the children and their friends play with on Saturday", "color": "#fde68a", "icon": "heart"}),
    ] {
        assert_eq!(client.post("/api/environments", &body).status, 201);
    }
    set(
        &client,
        &json!({"host_name": "homelab", "host_environment": "FAMILY-AND-GUEST"}),
    );
    let browser = Browser::signed_in(&app, &client, "/settings#environments");
    let table = "document.querySelectorAll('[data-environment]').length === 6";
    take(
        &browser,
        &client,
        "env",
        &[
            ("settings", "/settings#environments", table),
            (
                "host",
                "/settings#host",
                "document.querySelector('#host-name')",
            ),
            (
                "containers",
                "/containers",
                "document.querySelectorAll('.row-item').length === 6",
            ),
            ("dashboard", "/", "document.querySelector('.env-table')"),
        ],
    );
    for theme in ["dark", "light"] {
        set(&client, &json!({"theme": theme}));
        for (name, button, ready) in [
            ("edit", "Edit PRD", "document.querySelector('#env-name')"),
            ("add", "Add one", "document.querySelector('#env-code')"),
            (
                "delete",
                "Delete STAGE",
                "document.querySelector('#move-to')",
            ),
        ] {
            for (width, height) in WIDTHS {
                browser.size(width, height);
                browser.open("/settings#environments");
                browser.reload();
                browser.wait(table);
                browser.expect_in_console("status of 409");
                browser.press(button);
                browser.wait(ready);
                if name == "delete" {
                    browser.eval("void (document.querySelector('#move-to').value = 'DEV', document.querySelector('#move-to').dispatchEvent(new Event('change', { bubbles: true })))");
                    browser.wait("document.querySelector('dialog .plan-list')");
                }
                settled(&browser);
                browser.screenshot(&folder().join(format!("env-{name}-{width}-{theme}.png")));
                browser.in_order();
            }
        }
    }
}

/// The form for a container: for who begins and for who knows everything,
/// empty, filled in with a risk, and of a container that is there.
fn the_form(browser: &Browser, client: &Client) {
    browser.expect_in_console("status of 400");
    browser.expect_in_console("status of 428");
    take(
        browser,
        client,
        "8",
        &[
            (
                "begin",
                "/containers/new",
                "document.querySelector('.beginning')",
            ),
            (
                "create",
                "/containers/new#form",
                "document.querySelector('#f-image')",
            ),
            (
                "edit",
                "/containers/paperless/edit",
                "document.querySelector('#f-image')",
            ),
            (
                "template",
                "/containers/new?template=jellyfin",
                "document.querySelector('.template-form') && document.querySelector('.form-aside .plan-list, .waits-for')",
            ),
        ],
    );
    let line = "docker run -d \\\n  --name=gitea -p 3000:3000 -p 222:22 --no-such-thing \\ # the web\n  -e USER_UID=$(id -u) -v /path/to/data:/data --gpus all gitea/gitea:1.22";
    for (name, path, press, field, ready) in [
        (
            "paste",
            "/containers/new",
            "Paste a command",
            "#paste-run",
            "document.querySelector('.remarks')",
        ),
        (
            "import",
            "/templates?source=own",
            "Import a file",
            "#import-text",
            "document.querySelector('.import-list')",
        ),
    ] {
        browser.open(path);
        browser.press(press);
        browser.fill(field, line);
        if name == "import" {
            browser.fill(field, &line.replace("--no-such-thing ", ""));
            browser.press("Preview");
        }
        browser.wait(ready);
        for (width, height) in WIDTHS {
            browser.size(width, height);
            settled(browser);
            browser.screenshot(&folder().join(format!("8-{name}-{width}-light.png")));
            browser.in_order();
        }
        browser.size(1440, 900);
    }
    browser.open("/containers/new?image=gitea/gitea:1.22");
    browser.size(1440, 4000);
    for (press, path, text) in [
        ("Publish a port", "ports[0].host_port", "8222"),
        ("Add a folder", "mounts[0].source", "/etc"),
    ] {
        browser.press(press);
        browser.fill(&format!("[data-field=\"{path}\"] input"), text);
    }
    browser.fill("[data-field=\"mounts[0].target\"] input", "/data");
    browser.fill("[data-field=\"ports[0].container_port\"] input", "3000");
    browser.press_in(".radios", "DEV");
    browser.wait("document.querySelector('.waits-for')");
    browser.size(1440, 900);
    browser.screenshot(&folder().join("8-form-refused-1440-light.png"));
    browser.size(1440, 4000);
    browser.fill("[data-field=\"ports[0].host_port\"] input", "18222");
    browser.wait("document.querySelector('.form-aside .plan-list.warns')");
    browser.press_in(".create-bar", "Create and start");
    browser.wait("document.querySelector('.risks')");
    for (width, height) in WIDTHS {
        browser.size(width, height);
        settled(browser);
        browser.screenshot(&folder().join(format!("8-form-risk-{width}-light.png")));
        browser.in_order();
    }
    browser.size(1440, 900);
    browser.press_in("#side", "Dashboard");
    browser.wait("document.querySelector('dialog')");
    browser.screenshot(&folder().join("8-form-leave-1440-light.png"));
    browser.press_in("dialog", "Leave");
    browser.wait("location.pathname === '/'");
}

#[test]
fn pictures_with_three_hundred_containers() {
    let engine = Engine::start();
    many(&engine, 300);
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, "/");
    take(
        &browser,
        &client,
        "300",
        &[
            ("dashboard", "/", "document.querySelector('.need')"),
            (
                "containers",
                "/containers",
                "document.querySelectorAll('.row-item').length > 10",
            ),
        ],
    );
}
