//! One journey in Firefox: set up, trust, create, logs, terminal, recreate.

use super::changes::{READY, menu, recreated};
use super::terminal;
use crate::support::app::{App, PASSWORD};
use crate::support::browser::Browser;
use crate::support::engine::{Engine, number};
use crate::support::webdriver::firefox_authority;

#[test]
fn setup_trust_create_logs_terminal_and_recreate_work_in_firefox() {
    let engine = Engine::shared();
    let app = App::start(&engine.host());
    // The warning of the first visit is clicked away.
    let browser = Browser::firefox(&app, true);
    browser.open("/");
    assert_eq!(browser.path(), "/setup");
    browser.fill("#password", PASSWORD);
    browser.fill("#password_repeat", PASSWORD);
    browser.press("Continue");
    browser.says("The connection is already encrypted.");
    let authority = browser.eval("(() => { const r = new XMLHttpRequest(); r.open('GET', '/ca.crt', false); r.send(); return r.responseText; })()");
    browser.press("Continue");
    browser.says("Environment");
    browser.fill("#host_name", "homelab");
    browser.press("UAT");
    browser.press("Continue");
    browser.press("Intermediate");
    browser.press("Continue");
    browser.press("Finish the setup");
    browser.wait("location.pathname === '/' && document.querySelector('main h1')");
    drop(browser);

    // Without the authority this browser refuses the page, and with it there is no warning.
    let browser = Browser::firefox(&app, false);
    let refused = browser.try_open("/login").unwrap_err();
    assert!(refused.contains("insecure certificate"), "{refused}");
    drop(browser);
    std::fs::write(firefox_authority(), authority.as_str().unwrap()).unwrap();
    let browser = Browser::firefox(&app, false);
    browser.open("/login");
    browser.fill("#password", PASSWORD);
    browser.press("Sign in");
    browser.wait("location.pathname === '/' && document.querySelector('main h1')");
    browser.accessible();

    browser.open("/containers/new");
    browser.press("Paste a command");
    let name = format!("fox{}", number());
    browser.fill(
        "#paste-run",
        &format!(
            "docker run -d --name {name} --network none -e COLOUR=green bb:1 sh -c 'echo ready to serve; exec sleep 100000'"
        ),
    );
    browser.press("Fill in the form");
    browser.wait(&format!(
        "document.querySelector('.cli pre')?.textContent.includes('--name {name}')"
    ));
    browser.press_in(".create-bar", "Create and start");
    browser.wait(&format!("location.pathname === '/containers/{name}'"));
    browser.says("was created and is running");
    browser.accessible();

    browser.press_in("[role=tablist]", "Logs");
    browser.wait(
        "document.querySelector('.log-lines .line .m')?.innerText.trim() === 'ready to serve'",
    );
    browser.accessible();

    browser.press_in("[role=tablist]", "Terminal");
    terminal::open(&browser);
    terminal::enter(&browser, "echo $COLOUR-$((6 * 7))");
    terminal::shows(&browser, "green-42");

    let id = || engine.docker(&["inspect", "-f", "{{.Id}}", &name]);
    let before = id();
    browser.press_in("[role=tablist]", "Overview");
    menu(&browser, "Recreate");
    browser.wait(READY);
    browser.press_in("dialog footer", "Recreate");
    recreated(&browser, &name);
    assert_ne!(id(), before);
    engine.docker(&["rm", "-f", &name]);
}
