//! axe-core finds nothing on any page, in both themes and at two widths: WCAG 2.2
//! AA, whatever lies outside of the landmarks, and controls whose name is another
//! than the text that is read on them. It comes from web/check/package.json.

use super::shots::household;
use crate::support::app::{App, NO_ENGINE};
use crate::support::browser::{Browser, key};
use crate::support::engine::Engine;
use crate::support::installed::installed;
use serde_json::json;

/// So tall that nothing lies under a bar at the edge: axe passes over what it cannot see.
const WIDTHS: [(u32, u32); 2] = [(1440, 4000), (390, 8000)];

/// Gives the findings as lines: the rule, the element, its source, what is wrong.
const RUN: &str = "axe.run(document, {
    runOnly: { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] },
    rules: {
        region: { enabled: true },
        'label-content-name-mismatch': { enabled: true },
        'target-size': { enabled: true },
    },
    resultTypes: ['violations'],
}).then((found) => found.violations.flatMap((rule) => rule.nodes.map((node) =>
    `${rule.id}: ${node.target.join(' ')}: ${node.html.slice(0, 160)}: ${node.failureSummary.replace(/\\s+/g, ' ')}`)))";

/// From the top; nothing slides or fades any more, and what follows the width is drawn.
const STILL: &str = "scrollTo(0, 0), new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(
    document.getAnimations().every((a) => a.timeline !== document.timeline || a.playState !== 'running'
        || a.effect.getComputedTiming().iterations === Infinity)))))";

fn axe() -> String {
    let folder = installed("web/check.sh", &["tools"]);
    std::fs::read_to_string(folder.join("node_modules/axe-core/axe.min.js")).unwrap()
}

/// What axe found, by page, theme and width.
struct Audit<'a> {
    browser: &'a Browser,
    axe: &'a str,
    found: Vec<String>,
}

impl<'a> Audit<'a> {
    fn of(browser: &'a Browser, axe: &'a str) -> Self {
        Self {
            browser,
            axe,
            found: Vec::new(),
        }
    }

    /// The page as it is now, whatever is open on it.
    fn look(&mut self, what: &str) {
        // By the browser's own protocol: the page's policy lets no script in.
        self.browser
            .cdp("Runtime.evaluate", json!({"expression": self.axe}));
        for theme in ["dark", "light"] {
            self.browser.eval(&format!(
                "document.documentElement.dataset.theme = '{theme}'"
            ));
            for (width, height) in WIDTHS {
                self.browser.size(width, height);
                self.browser.wait(STILL);
                let found = self.browser.eval(RUN);
                let found = found.as_array().unwrap().iter();
                self.found.extend(
                    found.map(|one| {
                        format!("{what}, {theme}, {width} px: {}", one.as_str().unwrap())
                    }),
                );
            }
        }
        self.browser.size(1440, 900);
    }

    fn page(&mut self, path: &str, ready: &str) {
        self.browser.open(path);
        self.browser.wait(ready);
        self.look(path);
    }

    #[track_caller]
    fn finish(self) {
        let count = self.found.len();
        assert!(count == 0, "{count} findings:\n{}", self.found.join("\n"));
    }
}

#[test]
fn axe_finds_nothing_on_setup_login_and_error_pages() {
    let axe = axe();
    let app = App::start(NO_ENGINE);
    let browser = Browser::new(&app);
    let mut audit = Audit::of(&browser, &axe);
    audit.page("/setup", "document.querySelector('#password')");
    browser.type_into("#password", "TestPassword123");
    browser.type_into("#password_repeat", "TestPassword123");
    for step in ["HTTPS", "This host", "Skill level", "Review"] {
        browser.press("Continue");
        audit.look(&format!("/setup, {step}"));
    }
    browser.press("Finish the setup");
    browser.wait("location.pathname === '/' && document.querySelector('main h1')");
    browser.expect_in_console("status of 404");
    audit.page("/no-such-page", "document.querySelector('h1')");
    browser.open("/");
    browser.press("Session");
    browser.press("Sign out");
    browser.wait("location.pathname === '/login'");
    browser.press("Forgot your password?");
    audit.look("/login");
    audit.finish();
}

#[test]
fn axe_finds_nothing_on_any_page_of_the_interface() {
    let axe = axe();
    // Its networks go with it.
    let mut engine = Engine::start_isolated();
    household(&engine);
    let (app, client) = App::ready(&engine.host());
    let login = json!({"username": "me", "secret": "s3cret"});
    let stored = client.json("PUT", "/api/registries/ghcr.io/login", &login);
    assert_eq!(stored.status, 200, "{}", stored.text());
    let browser = Browser::signed_in(&app, &client, "/containers");
    browser.wait("document.querySelectorAll('.row-item').length === 8");
    let mut audit = Audit::of(&browser, &axe);
    for (path, ready) in [
        ("/", "document.querySelector('.tile, .need')"),
        (
            "/containers/paperless",
            "document.querySelector('.health-dots .crit')",
        ),
        (
            "/containers/jellyfin#logs",
            "document.querySelector('.log-lines').innerText.includes('tick')",
        ),
        (
            "/containers/jellyfin#terminal",
            "document.querySelector('.term')",
        ),
        (
            "/containers/jellyfin#stats",
            "document.querySelector('.chart canvas')",
        ),
        (
            "/containers/paperless#configuration",
            "document.querySelector('.setting')",
        ),
        (
            "/containers/paperless#cli",
            "document.querySelector('.cli pre')",
        ),
        ("/containers/new", "document.querySelector('.beginnings')"),
        (
            "/containers/new?image=gitea/gitea:1.22",
            "document.querySelector('.form-aside')",
        ),
        (
            "/containers/new?template=jellyfin",
            "document.querySelector('.template-form')",
        ),
        (
            "/containers/paperless/edit",
            "document.querySelector('#f-image')",
        ),
        (
            "/containers/no-such-container",
            "document.querySelector('main h1')",
        ),
        ("/images", "document.querySelector('.row-item')"),
        (
            "/images?image=gitea/gitea:1.22",
            "document.querySelector('.image-drawer .cli pre')",
        ),
        ("/networks", "document.querySelector('[data-network]')"),
        ("/ports", "document.querySelector('#near')"),
        ("/topology", "document.querySelector('.topology svg')"),
        (
            "/networks/media",
            "document.querySelector('.net-map [data-state=used]')",
        ),
        (
            "/networks?do=create",
            "document.querySelector('.net-sizes :checked')",
        ),
        (
            "/networks/no-such-network",
            "document.querySelector('.empty h2')",
        ),
        ("/images?do=pull", "document.querySelector('#pull-image')"),
        (
            "/images?do=prune",
            "document.querySelector('dialog .prune-list, dialog [name=prune]')",
        ),
        ("/updates", "document.querySelector('#history')"),
        (
            "/containers/paperless#updates",
            "document.querySelector('#policy input')",
        ),
        ("/settings#updates", "document.querySelector('#soak-days')"),
        (
            "/registries",
            "document.querySelector('[data-registry=\"ghcr.io\"]')",
        ),
        (
            "/registries?do=login&registry=ghcr.io",
            "document.querySelector('dialog .warns') && document.querySelector('dialog .cli')",
        ),
        ("/templates", "document.querySelector('.pattern')"),
        (
            "/templates#pihole",
            "document.querySelector('.drawer .facts-list')",
        ),
        ("/settings#host", "document.querySelector('[data-job]')"),
        (
            "/settings#environments",
            "document.querySelector('.matrix')",
        ),
        ("/settings#https", "document.querySelector('.fingerprint')"),
        ("/settings#security", "document.querySelector('#current')"),
        (
            "/settings#appearance",
            "document.querySelector('[name=theme]')",
        ),
        ("/settings#about", "document.querySelector('.fold-button')"),
    ] {
        browser.expect_in_console("status of 404");
        audit.page(path, ready);
    }
    for (level, code) in [
        ("beginner", "PRD"),
        ("beginner", "UAT"),
        ("advanced", "DEV"),
        ("advanced", "SANDBOX"),
    ] {
        let settings = json!({"skill_level": level, "host_environment": code}).to_string();
        let json = [("Content-Type", "application/json")];
        client.send("PATCH", "/api/settings", &json, settings.as_bytes());
        audit.page("/settings#host", "document.querySelector('[data-jobs]')");
    }
    // Every field, and what is wrong with two of them.
    browser.open("/containers/new?image=gitea/gitea:1.22");
    browser.press("Publish a port");
    browser.fill("[data-field=\"ports[0].host_port\"] input", "70000");
    browser.fill("[data-field=name] input", "paperless");
    browser.press_in(".create-bar", "Create and start");
    browser.wait("document.querySelector('.field-error')");
    audit.look("a form with faults");
    let settings = br#"{"skill_level": "intermediate", "host_environment": "MIXED"}"#;
    let json = [("Content-Type", "application/json")];
    client.send("PATCH", "/api/settings", &json, settings);
    audit.page(
        "/containers",
        "document.querySelectorAll('.row-item').length === 8",
    );
    browser.press("More for gitea");
    audit.look("the menu of a container");
    browser.strike(&[key::ESCAPE]);
    browser.click(".row-item .c-pick input");
    browser.wait("document.querySelector('.bulk')");
    audit.look("a selection");
    browser.open("/containers/paperless");
    browser.press("Stop");
    browser.wait("document.querySelector('dialog .plan-list')");
    audit.look("a plan");
    browser.press_in("dialog", "Cancel");
    browser.press("Restart");
    browser.wait("document.querySelector('dialog, .toast')");
    audit.look("a restart");
    browser.open("/operations");
    browser.wait("document.querySelector('main h1')");
    audit.look("/operations");
    browser.press("Operations");
    browser.wait("document.querySelector('dialog.drawer')");
    audit.look("the drawer of operations");
    browser.strike(&[key::ESCAPE]);
    browser.press("Search or run a command");
    browser.wait("document.querySelector('.palette li')");
    audit.look("the palette");
    browser.strike(&[key::ESCAPE]);
    browser.expect_in_console("status of 503");
    browser.open("/containers");
    browser.wait("document.querySelector('.row-item')");
    engine.kill();
    browser.wait("document.querySelector('#banner .banner')");
    audit.look("without the engine");
    audit.finish();
}
