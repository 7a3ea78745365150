//! A shell and single commands on the page of a container.

use super::shots::{WIDTHS, folder};
use crate::api::exec::{known, runs};
use crate::support::app::App;
use crate::support::browser::{Browser, FETCH, key};
use crate::support::engine::{Engine, number};
use crate::support::reverse_proxy::ReverseProxy;
use crate::support::wait::{SOON, until};
use serde_json::json;

const ROWS: &str = "document.querySelector('.xterm-rows')?.innerText.replace(/\\u00a0/g, ' ')";
const FOCUSED: &str = "document.activeElement.className.includes('xterm-helper')";

fn ready() -> (&'static Engine, App, Browser, String) {
    let engine = Engine::shared();
    let name = engine.run(&[]);
    let (app, client) = App::ready(&engine.host());
    until("the container is known", SOON, || {
        (client.get(&format!("/api/containers/{name}")).status == 200).then_some(())
    });
    let browser = Browser::signed_in(&app, &client, &format!("/containers/{name}#terminal"));
    (engine, app, browser, name)
}

pub fn open(browser: &Browser) {
    browser.press_in(".term", "Open");
    browser.wait("document.querySelector('.term .log-foot').innerText.includes('Open')");
    browser.wait(&format!("{ROWS}.includes('#')"));
}

pub fn enter(browser: &Browser, line: &str) {
    browser.wait(FOCUSED);
    let mut keys: Vec<String> = line.chars().map(String::from).collect();
    keys.push(key::ENTER.to_owned());
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    browser.strike(&keys);
}

#[track_caller]
pub fn shows(browser: &Browser, text: &str) {
    browser.wait(&format!("{ROWS}.includes({})", json!(text)));
}

#[test]
fn shell_takes_input_and_shows_output() {
    let (engine, _app, browser, name) = ready();
    browser.says("Opens a shell in the running container");
    browser.in_order();
    open(&browser);
    enter(&browser, "echo $((6 * 7))-$TERM");
    shows(&browser, "42-xterm-256color");
    enter(&browser, "busybox stty size");
    let wide = browser.wait(&format!("{ROWS}.match(/^\\d+ (\\d+)\\s*$/m)?.[1]"));
    enter(&browser, "clear; echo cleared-$((1 + 1))");
    shows(&browser, "cleared-2");
    browser.size(820, 1180);
    browser.wait("document.querySelector('.xterm-screen').clientWidth < 820");
    // The news takes a moment, so the shell waits for another number.
    let wide_text = wide.as_str().unwrap();
    enter(
        &browser,
        &format!(
            "clear; until busybox stty size | busybox grep -v ' {wide_text}'; do sleep 0.1; done"
        ),
    );
    let narrow = browser.wait(&format!("{ROWS}.match(/^\\d+ (\\d+)\\s*$/m)?.[1]"));
    let columns = |value: &serde_json::Value| value.as_str().unwrap().parse::<u32>().unwrap();
    assert!(columns(&narrow) < columns(&wide), "{narrow} {wide}");
    browser.size(1440, 900);

    // Behind another tab it lives on.
    enter(&browser, "clear; KEPT=yes");
    browser.press_in("[role=tablist]", "Overview");
    browser.wait("location.hash === '#overview'");
    browser.press_in("[role=tablist]", "Terminal");
    browser.wait(FOCUSED);
    enter(&browser, "echo kept-$KEPT");
    shows(&browser, "kept-yes");

    // Ctrl K is the shell's here, and not the palette's: it forgets the line.
    browser.strike(&["\u{e009}\u{1f}k"]);
    assert_eq!(browser.count("dialog[open]"), 0);

    // Esc and Tab go to the program, too; the way out is on the page. It says that it reads
    // before it is typed to: a shell throws away what comes while it begins something.
    enter(
        &browser,
        "echo read-$((1 + 1)); cat -v; echo over-$((1 + 1))",
    );
    shows(&browser, "read-2");
    browser.strike(&[key::ESCAPE, key::TAB, "x", key::ENTER]);
    shows(&browser, "^[");
    browser.wait(FOCUSED);
    browser.says("leaves it");
    browser.strike(&[key::CTRL_SHIFT_UP]);
    browser.wait("document.activeElement.closest('.term-tools')");
    browser.in_order();
    browser.click(".xterm-screen");
    browser.strike(&["\u{e009}\u{1f}d"]);
    shows(&browser, "over-2");
    enter(&browser, "exit 3");
    browser.says("The shell has ended with exit code 3");
    open(&browser);
    let seconds = (600_000 + number()).to_string();
    enter(&browser, &format!("sleep {seconds}"));
    until("it runs", SOON, || runs(&["sleep", &seconds]).then_some(()));
    browser.press_in(".crumb", "Containers");
    browser.wait("location.pathname === '/containers'");
    until("it ends with the page", SOON, || {
        (!runs(&["sleep", &seconds])).then_some(())
    });
    browser.in_order();
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn container_output_is_only_displayed() {
    let (engine, _app, browser, name) = ready();
    let title = browser.wait(&format!(
        "document.title.startsWith('{name}') && document.title"
    ));
    browser.eval("(window.opened = 0, window.open = () => { window.opened += 1; }, window.confirm = () => true)");
    browser.eval(
        "(window.copied = 0, navigator.clipboard.writeText = async () => { window.copied += 1; })",
    );
    open(&browser);
    // A title, the clipboard, a window's size and place, a colour query, a link, true colours.
    for hostile in [
        r"\033]0;owned\007",
        r"\033]2;owned\033\\",
        r"\033]52;c;b3duZWQ=\007",
        r"\033[8;5;5t\033[3;0;0t\033[2t",
        r"\033]8;;https://evil.example/\033\\link\033]8;;\033\\",
        r"\033[38;2;255;0;128mcolour\033[48;5;22mfull\033[0m",
        r"<img src=x onerror=alert(1)>",
    ] {
        enter(&browser, &format!("printf '{hostile}'"));
    }
    enter(&browser, "echo; echo a''live");
    shows(&browser, "alive");
    shows(&browser, "colourfull");
    shows(&browser, "<img src=x");
    assert_eq!(browser.eval("document.title"), title);
    browser.wait("[...document.querySelectorAll('.xterm-rows span')].some((e) => e.textContent === 'colour' && e.style.color)");
    browser.click(".xterm-screen");
    assert_eq!(
        browser.eval("[window.opened, window.copied]"),
        json!([0, 0])
    );
    assert_eq!(browser.count(".xterm img"), 0);
    // Nothing was refused by the policy, so nothing tried.
    browser.in_order();
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn single_command_shows_its_result() {
    let (engine, _app, browser, name) = ready();
    browser.click(".run > summary");
    browser.fill(".run input", "sh -c 'echo good; echo bad >&2; exit 7'");
    browser.says("exec");
    browser.wait("document.querySelector('.run .cli pre')?.innerText.includes('docker')");
    browser.press_in(".run", "Run");
    browser.says("Exited with code 7");
    assert_eq!(browser.text(".run-output"), "good");
    browser.says("Standard error");
    browser.fill(".run input", "no-such-program");
    browser.expect_in_console("400");
    browser.press_in(".run", "Run");
    browser.says("has no program");
    browser.in_order();

    // The plan of what stands there is asked for when the container changes.
    browser.expect_in_console("409");
    engine.docker(&["stop", "-t", "3", &name]);
    browser.says("Start the container to open a shell");
    browser.says("The container must be running");
    browser.in_order();
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn missing_shell_is_reported() {
    let engine = Engine::shared();
    let name = format!("bare{}", number());
    let image = engine.shell_less_image();
    engine.docker(&["run", "-d", "--network", "none", "--name", &name, image]);
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, &format!("/containers/{name}#terminal"));
    browser.press_in(".term", "Open a terminal");
    browser.says("has no shell");
    browser.in_order();
    engine.docker(&["rm", "-f", &name]);

    let (engine, _app, browser, name) = ready();
    open(&browser);
    engine.docker(&["stop", "-t", "3", &name]);
    browser.says("does not run any more, and the shell ended with it");
    browser.in_order();
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn proxy_that_drops_the_upgrade_is_named_with_the_remedy() {
    let engine = Engine::shared();
    let name = engine.run(&[]);
    let (app, client) = App::ready(&engine.host());
    let proxy = ReverseProxy::start(&client);
    let path = format!("/containers/{name}#terminal");
    let browser = Browser::signed_in_by(&app, proxy.port, &client, &path);
    browser.expect_in_console("WebSocket connection to");
    browser.expect_in_console("400");
    browser.press_in(".term", "Open a terminal");
    browser.says("The browser could not open a WebSocket, which a terminal needs.");
    browser.says("Websockets Support");
    browser.says("proxy_set_header Upgrade $http_upgrade;");
    assert!(proxy.dropped() > 0);
    for (width, height) in WIDTHS {
        browser.size(width, height);
        browser.wait("new Promise((done) => setTimeout(() => done(true), 300))");
        let file = format!("terminal-without-websocket-{width}.png");
        browser.screenshot(&folder().join(file));
    }
    browser.size(1440, 900);
    browser.in_order();
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn refused_terminal_shows_the_reason_of_the_server() {
    let engine = Engine::shared();
    let name = engine.run(&[]);
    let app = App::start_with(&engine.host(), &["--profile", "RASPBERRY_PI"]);
    let client = app.set_up();
    known(&client, &name);
    let path = format!("/api/containers/{name}/terminal");
    let open: Vec<_> = (0..8).map(|_| client.socket(&path)).collect();
    let browser = Browser::signed_in(&app, &client, &format!("/containers/{name}#terminal"));
    browser.expect_in_console("WebSocket connection to");
    browser.expect_in_console("503");
    browser.press_in(".term", "Open a terminal");
    browser.says("The maximum number of terminals is open. Close one and try again.");
    drop(open);
    browser.in_order();
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn output_of_a_command_is_shown_as_a_terminal_would() {
    let (engine, _app, browser, name) = ready();
    browser.click(".run > summary");
    browser.fill(
        ".run input",
        "printf ' 10%%\\r 50%%\\r100%%\\nabc\\b\\b\\bxyz\\n\\033[31mred\\033[0m\\n'",
    );
    browser.press_in(".run", "Run");
    browser.says("Done in");
    assert_eq!(browser.text(".run-output"), "100%\nxyz\nred");
    assert_eq!(browser.text(".run-output .a-f1"), "red");
    for (width, height) in WIDTHS {
        browser.size(width, height);
        browser.wait("new Promise((done) => setTimeout(() => done(true), 300))");
        let file = format!("terminal-output-{width}.png");
        browser.screenshot(&folder().join(file));
    }
    browser.in_order();
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn pictures_of_the_terminal() {
    let (engine, _app, browser, name) = ready();
    let client_theme = |theme: &str| {
        browser.eval(&format!(
            "{FETCH}('/api/settings', {{ method: 'PATCH', headers: {{ 'Content-Type': 'application/json' }}, body: JSON.stringify({{ theme: {} }}) }}).then((a) => a.status)",
            json!(theme)
        ));
    };
    for theme in ["dark", "light"] {
        client_theme(theme);
        browser.reload();
        browser.wait("document.querySelector('.term')");
        for open_it in [false, true] {
            if open_it {
                open(&browser);
                enter(
                    &browser,
                    "ls -la /; printf '\\033[31mred \\033[32mgreen \\033[34mblue \\033[0m\\n'",
                );
                shows(&browser, "red green blue");
            }
            for (width, height) in WIDTHS {
                browser.size(width, height);
                browser.wait("new Promise((done) => setTimeout(() => done(true), 150))");
                let what = if open_it { "open" } else { "closed" };
                let file = format!("terminal-{what}-{width}-{theme}.png");
                browser.screenshot_page(&folder().join(file), 2000);
                browser.in_order();
            }
            browser.size(1440, 900);
        }
    }
    engine.docker(&["rm", "-f", &name]);
}
