//! A real headless browser: a session with a profile of its own for each test. Chromium
//! where nothing else is said; Firefox has neither its console nor `cdp`.
//!
//! Whatever the console says at level SEVERE is a failure unless the test said
//! beforehand that it belongs: a refused script or style shows up there too.

use super::app::{App, PASSWORD};
use super::client::{COOKIE, Client};
use super::engine::{number, root};
use super::wait::SOON;
use super::webdriver::{Driver, chromedriver, geckodriver};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

/// How the protocol spells a reference to an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

pub mod key {
    pub const CTRL: &str = "\u{e009}";
    pub const SHIFT: &str = "\u{e008}";
    pub const ESCAPE: &str = "\u{e00c}";
    pub const ENTER: &str = "\u{e007}";
    pub const LEFT: &str = "\u{e012}";
    pub const RIGHT: &str = "\u{e014}";
    pub const DOWN: &str = "\u{e015}";
    pub const TAB: &str = "\u{e004}";
    /// Ctrl, Shift and the arrow up, held together.
    pub const CTRL_SHIFT_UP: &str = "\u{e009}\u{1f}\u{e008}\u{1f}\u{e013}";
}

/// Finds the visible elements that a test means: by selector, and by the text
/// or the accessible name that a person would read.
const FIND: &str = r"
const [selector, text] = arguments;
const seen = (e) => e.checkVisibility({ visibilityProperty: true, opacityProperty: true });
const all = [...document.querySelectorAll(selector)].filter(seen);
const said = (e) => [e.getAttribute('aria-label'), e.textContent.trim().replace(/\s+/g, ' ')];
return text === null ? all[0] : all.find((e) => said(e).includes(text)) ?? all.find((e) => said(e).some((s) => s?.includes(text)));
";

/// `fetch` with the page key, as the pages' own scripts send it.
pub const FETCH: &str = "((path, init = {}) => fetch(path, { ...init, headers: \
    { ...init.headers, 'X-DockerMate-Key': localStorage.getItem('dockermate.page-key') } }))";

pub struct Browser {
    driver: &'static Driver,
    id: String,
    base: String,
    /// Parts of console messages that belong to the test.
    expected: Mutex<Vec<String>>,
}

impl Browser {
    /// A browser that has never been here.
    pub fn new(app: &App) -> Self {
        Self::at_port(app.port)
    }

    fn at_port(port: u16) -> Self {
        let profile = root().join(format!("browser-{}", number()));
        let mut arguments: Vec<String> = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            "--lang=en",
            "--window-size=1440,900",
        ]
        .map(str::to_owned)
        .to_vec();
        arguments.push(format!("--user-data-dir={}", profile.display()));
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "acceptInsecureCerts": true,
            "pageLoadStrategy": "normal",
            "goog:loggingPrefs": {"browser": "ALL"},
            "goog:chromeOptions": {"binary": "/usr/bin/chromium", "args": arguments},
        }}});
        let browser = Self::start(chromedriver(), port, &wanted);
        browser.size(1440, 900);
        browser
    }

    /// A Firefox that has never been here. One that takes any certificate, or none but
    /// those of authorities that it knows.
    pub fn firefox(app: &App, any_certificate: bool) -> Self {
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "acceptInsecureCerts": any_certificate,
            "moz:firefoxOptions": {
                "binary": "/usr/bin/firefox-esr",
                "args": ["-headless", "-width", "1440", "-height", "900"],
                "prefs": {"intl.accept_languages": "en"},
            },
        }}});
        Self::start(geckodriver(), app.port, &wanted)
    }

    fn start(driver: &'static Driver, port: u16, wanted: &Value) -> Self {
        let session = driver
            .ask("POST", "/session", Some(wanted))
            .unwrap_or_else(|error| panic!("the browser does not start: {error}"));
        driver.namespace.relay(port);
        Self {
            driver,
            id: session["sessionId"].as_str().unwrap().to_owned(),
            base: format!("https://localhost:{port}"),
            expected: Mutex::default(),
        }
    }

    /// The same, signed in with the session of a client, at a page.
    pub fn signed_in(app: &App, client: &Client, path: &str) -> Self {
        Self::signed_in_by(app, app.port, client, path)
    }

    /// The same by the port of a proxy in front of the program.
    pub fn signed_in_by(app: &App, port: u16, client: &Client, path: &str) -> Self {
        let browser = Self::at_port(port);
        let session = match &client.browser {
            Some(session) => session.clone(),
            None => app.client().browser_login(PASSWORD),
        };
        let cookie = if port == app.port {
            COOKIE.to_owned()
        } else {
            format!("{COOKIE}-{port}")
        };
        browser.cdp(
            "Network.setCookie",
            json!({
                "url": browser.base, "name": cookie, "value": session.cookie,
                "secure": true, "httpOnly": true, "sameSite": "Strict",
            }),
        );
        // Storage belongs to an origin, so a document of it must be open.
        browser.open("/healthz");
        browser.eval(&format!(
            "localStorage.setItem('dockermate.page-key', {})",
            json!(session.page_key)
        ));
        browser.open(path);
        browser
    }

    fn try_command(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value, String> {
        self.driver
            .ask(method, &format!("/session/{}{path}", self.id), body)
    }

    #[track_caller]
    fn command(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        self.try_command(method, path, body)
            .unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// A command of the browser's own protocol.
    #[track_caller]
    pub fn cdp(&self, command: &str, parameters: Value) -> Value {
        self.command(
            "POST",
            "/goog/cdp/execute",
            Some(&json!({"cmd": command, "params": parameters})),
        )
    }

    /// Loads a page as the address bar does.
    #[track_caller]
    pub fn open(&self, path: &str) {
        self.try_open(path)
            .unwrap_or_else(|error| panic!("{path}: {error}"));
    }

    /// The same, for a page that the browser may refuse to show.
    pub fn try_open(&self, path: &str) -> Result<(), String> {
        let url = format!("{}{path}", self.base);
        self.try_command("POST", "/url", Some(&json!({"url": url})))
            .map(drop)
    }

    #[track_caller]
    pub fn back(&self) {
        self.command("POST", "/back", Some(&json!({})));
    }

    #[track_caller]
    pub fn reload(&self) {
        self.command("POST", "/refresh", Some(&json!({})));
    }

    /// Path, query and fragment of the page.
    pub fn path(&self) -> String {
        let url = self.command("GET", "/url", None);
        let url = url.as_str().unwrap();
        url.strip_prefix(&self.base).unwrap_or(url).to_owned()
    }

    /// The inner size of the window.
    pub fn size(&self, width: u32, height: u32) {
        self.cdp(
            "Emulation.setDeviceMetricsOverride",
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false}),
        );
    }

    fn try_eval(&self, script: &str, arguments: &[Value]) -> Result<Value, String> {
        let body = json!({"script": script, "args": arguments});
        self.try_command("POST", "/execute/sync", Some(&body))
    }

    /// The value of a JavaScript expression in the page.
    #[track_caller]
    pub fn eval(&self, expression: &str) -> Value {
        self.try_eval(&format!("return ({expression})"), &[])
            .unwrap_or_else(|error| panic!("{expression}: {error}"))
    }

    /// Waits until an expression is true.
    #[track_caller]
    pub fn wait(&self, expression: &str) -> Value {
        let mut last;
        let script = format!("return ({expression})");
        let started = std::time::Instant::now();
        loop {
            match self.try_eval(&script, &[]) {
                Ok(Value::Null | Value::Bool(false)) => last = String::from("false"),
                Ok(value) => return value,
                Err(error) => last = error,
            }
            if started.elapsed() > SOON {
                self.save_failure();
                panic!(
                    "not within {SOON:?} ({last}) at {}: {expression}",
                    self.path()
                );
            }
            std::thread::sleep(Duration::from_millis(30));
        }
    }

    /// Waits until the page says something somewhere.
    #[track_caller]
    pub fn says(&self, text: &str) {
        self.wait(&format!(
            "document.body.innerText.replace(/\\s+/g, ' ').includes({})",
            json!(text)
        ));
    }

    /// The text that is to be read in the first element of a selector.
    #[track_caller]
    pub fn text(&self, selector: &str) -> String {
        let text = self.wait(&format!(
            "document.querySelector({}) && {{ text: document.querySelector({0}).innerText }}",
            json!(selector)
        ));
        text["text"].as_str().unwrap().trim().to_owned()
    }

    #[track_caller]
    pub fn count(&self, selector: &str) -> u64 {
        self.eval(&format!(
            "document.querySelectorAll({}).length",
            json!(selector)
        ))
        .as_u64()
        .unwrap()
    }

    fn try_find(&self, selector: &str, text: Option<&str>) -> Option<String> {
        let found = self.try_eval(FIND, &[json!(selector), json!(text)]).ok()?;
        Some(found[ELEMENT].as_str()?.to_owned())
    }

    #[track_caller]
    fn on_element(&self, selector: &str, text: Option<&str>, action: &str, body: &Value) {
        let started = std::time::Instant::now();
        let mut last = String::from("it is not there");
        // What is redrawn in the meantime, or lies under something that goes away, is tried again.
        loop {
            if let Some(element) = self.try_find(selector, text) {
                match self.try_command("POST", &format!("/element/{element}/{action}"), Some(body))
                {
                    Ok(_) => return,
                    Err(error) => last = error,
                }
                // Out from under the bar at the top: to the driver it is in sight there.
                if last.contains("intercepted") {
                    let script = "arguments[0].scrollIntoView({ block: 'center' })";
                    let _ = self.try_eval(script, &[json!({ ELEMENT: element })]);
                }
            }
            if started.elapsed() > SOON {
                self.save_failure();
                panic!("{action} on {selector} {text:?} at {}: {last}", self.path());
            }
            std::thread::sleep(Duration::from_millis(30));
        }
    }

    #[track_caller]
    pub fn click(&self, selector: &str) {
        self.on_element(selector, None, "click", &json!({}));
    }

    /// Clicks the button or link that carries a text or a label.
    #[track_caller]
    pub fn press(&self, text: &str) {
        self.press_in("", text);
    }

    #[track_caller]
    pub fn press_in(&self, part: &str, text: &str) {
        let selector = ["button", "a", "label", "summary", "[role=option]"]
            .map(|kind| format!("{part} {kind}:not([disabled])"))
            .join(", ");
        self.on_element(&selector, Some(text), "click", &json!({}));
    }

    /// Types into a field as a person does.
    #[track_caller]
    pub fn fill(&self, selector: &str, text: &str) {
        let mut all = format!("{}a\u{e000}", key::CTRL);
        if self.driver.name == "geckodriver" {
            // It types nothing else after a key that was held.
            all.clear();
            self.wait(&format!(
                "(() => {{ const field = document.querySelector({}); field?.select(); return field; }})()",
                json!(selector)
            ));
        }
        self.on_element(
            selector,
            None,
            "value",
            &json!({"text": format!("{all}{text}")}),
        );
    }

    /// Adds to what a field holds, or presses keys in it.
    #[track_caller]
    pub fn type_into(&self, selector: &str, text: &str) {
        self.on_element(selector, None, "value", &json!({"text": text}));
    }

    /// Presses keys wherever the focus is.
    #[track_caller]
    pub fn keys(&self, keys: &str) {
        let active = self.command("GET", "/element/active", None);
        let element = active[ELEMENT].as_str().unwrap();
        self.command(
            "POST",
            &format!("/element/{element}/value"),
            Some(&json!({"text": keys})),
        );
    }

    /// Presses keys as the keyboard does, wherever the focus is; those
    /// joined by U+001F are held together.
    #[track_caller]
    pub fn strike(&self, keys: &[&str]) {
        let mut actions = Vec::new();
        for together in keys {
            let press = |kind: &str, key: &str| json!({"type": kind, "value": key});
            let parts: Vec<&str> = together.split('\u{1f}').collect();
            actions.extend(parts.iter().map(|key| press("keyDown", key)));
            actions.extend(parts.iter().rev().map(|key| press("keyUp", key)));
        }
        let body = json!({"actions": [{"type": "key", "id": "keyboard", "actions": actions}]});
        self.command("POST", "/actions", Some(&body));
    }

    /// What is in sight as a PNG.
    pub fn screenshot(&self, path: &Path) {
        let shot = self.command("GET", "/screenshot", None);
        save(path, shot.as_str().unwrap());
    }

    /// The whole page as a PNG, at most `height` of it.
    pub fn screenshot_page(&self, path: &Path, height: u32) {
        let size =
            self.eval("[innerWidth, Math.max(innerHeight, document.documentElement.scrollHeight)]");
        let tall = size[1].as_u64().unwrap().min(u64::from(height));
        let shot = self.cdp(
            "Page.captureScreenshot",
            json!({"format": "png", "captureBeyondViewport": true,
                   "clip": {"x": 0, "y": 0, "width": size[0], "height": tall, "scale": 1}}),
        );
        save(path, shot["data"].as_str().unwrap());
    }

    /// In the log too: who reads it may have no picture.
    fn save_failure(&self) {
        let said = "return [...document.querySelectorAll('main, dialog[open], [role=menu], .toast')]\
                    .map((e) => e.innerText.trim()).join('\\n---\\n').slice(0, 3000)";
        if let Ok(Value::String(text)) = self.try_eval(said, &[]) {
            eprintln!("what it said: {text}");
        }
        let path = root().join(format!("failed-{}.png", self.id.get(..8).unwrap_or("x")));
        if let Ok(shot) = self.try_command("GET", "/screenshot", None) {
            save(&path, shot.as_str().unwrap_or_default());
            eprintln!("what it looked like: {}", path.display());
        }
    }

    /// From now on the console may say this.
    pub fn expect_in_console(&self, part: &str) {
        self.expected.lock().unwrap().push(part.to_owned());
    }

    /// The console since the last look, without what was expected.
    pub fn console(&self) -> Vec<String> {
        let entries = self.command("POST", "/se/log", Some(&json!({"type": "browser"})));
        let expected = self.expected.lock().unwrap();
        entries
            .as_array()
            .unwrap()
            .iter()
            .filter(|entry| matches!(entry["level"].as_str(), Some("SEVERE" | "WARNING")))
            .map(|entry| entry["message"].as_str().unwrap_or_default().to_owned())
            .filter(|text| !expected.iter().any(|part| text.contains(part)))
            .collect()
    }

    /// The page itself is in order: it is accessible, and nothing is in the console.
    #[track_caller]
    pub fn in_order(&self) {
        self.accessible();
        let console = self.console();
        assert!(console.is_empty(), "{}: {console:#?}", self.path());
    }

    /// Something in main, one heading, its landmarks, and a name for whatever can be operated.
    #[track_caller]
    pub fn accessible(&self) {
        // A page that has just been opened may still be drawing itself.
        let deadline = std::time::Instant::now() + SOON;
        loop {
            let faults = self.eval(ACCESSIBLE);
            if faults == json!([]) {
                break;
            }
            assert!(
                std::time::Instant::now() < deadline,
                "{}: {faults}",
                self.path()
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// What is wrong with a page for those who do not see it, as a list.
const ACCESSIBLE: &str = r"(() => {
const faults = [];
const seen = (e) => e.checkVisibility({ visibilityProperty: true });
const hidden = (e) => e.closest('[aria-hidden=true], [inert]');
const show = (e) => e.outerHTML.slice(0, 160);
const by = (ids) => (ids ?? '').split(/\s+/).map((id) => id && document.getElementById(id)?.textContent).filter(Boolean).join(' ');
const name = (e) => (e.getAttribute('aria-label') || by(e.getAttribute('aria-labelledby')) || [...(e.labels ?? [])].map((l) => l.innerText).join(' ')
  || (e.matches('input, select, textarea') ? '' : e.innerText || e.textContent) || e.title || '').trim();
for (const e of document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, [role=button], [role=tab], dialog'))
  if (seen(e) && !hidden(e) && !name(e)) faults.push(`without a name: ${show(e)}`);
const h1 = [...document.querySelectorAll('h1')].filter(seen);
if (h1.length !== 1) faults.push(`${h1.length} h1`);
if (document.querySelectorAll('main').length !== 1) faults.push('not one main');
if ((document.querySelector('main')?.innerText ?? '').trim() === '') faults.push('main is empty');
if (document.querySelector('.app') && !document.querySelector('nav[aria-label], nav[aria-labelledby]')) faults.push('no navigation');
if (document.documentElement.lang === '') faults.push('no language');
const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
for (const id of new Set(ids)) if (ids.filter((other) => other === id).length > 1) faults.push(`twice: #${id}`);
for (const e of document.querySelectorAll('[aria-controls], [aria-describedby], [aria-labelledby]'))
  for (const attribute of ['aria-controls', 'aria-describedby', 'aria-labelledby'])
    for (const id of (e.getAttribute(attribute) ?? '').split(/\s+/).filter(Boolean)) if (!document.getElementById(id)) faults.push(`${attribute} of nothing: ${show(e)}`);
for (const e of document.querySelectorAll('img:not([alt])')) faults.push(`without alt: ${show(e)}`);
if (document.documentElement.scrollWidth > innerWidth) faults.push(`scrolls sideways: ${document.documentElement.scrollWidth} in ${innerWidth}`);
return faults; })()";

fn save(path: &Path, base64: &str) {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(base64)
        .unwrap();
    std::fs::write(path, bytes).unwrap();
}

impl Drop for Browser {
    fn drop(&mut self) {
        if std::thread::panicking() {
            for line in self
                .try_command("POST", "/se/log", Some(&json!({"type": "browser"})))
                .ok()
                .and_then(|log| log.as_array().cloned())
                .unwrap_or_default()
            {
                eprintln!("console: {}", line["message"].as_str().unwrap_or_default());
            }
        }
        let _ = self.try_command("DELETE", "", None);
    }
}
