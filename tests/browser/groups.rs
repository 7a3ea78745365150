//! The list in groups of stacks: headings that say how a stack is and act on all
//! of it, kept in the address and by the browser.

use crate::support::app::App;
use crate::support::browser::Browser;
use crate::support::engine::{Engine, number};
use crate::support::wait::{SOON, until};
use serde_json::json;

fn headings(browser: &Browser) -> serde_json::Value {
    browser.eval(
        "[...document.querySelectorAll('.group-item')].map((row) => [row.querySelector('.group-name').innerText.trim(), row.querySelector('.group-count').innerText, row.querySelector('.group-worst .st > span').firstChild.data.trim()])",
    )
}

#[test]
fn stacks_are_groups_with_their_state_and_actions() {
    let engine = Engine::shared();
    let tag = format!("grp{}", number());
    let make = |name: &str, stack: Option<&str>, script: &str| {
        let label = stack.map(|stack| format!("com.docker.compose.project={tag}-{stack}"));
        let name = format!("{tag}-{name}");
        let mut line = vec!["run", "-d", "--network", "none", "--name", &name];
        if let Some(label) = &label {
            line.extend(["--label", label]);
        }
        line.extend(["bb:1", "sh", "-c", script]);
        engine.docker(&line);
        name
    };
    let runs = "trap exit TERM; while true; do sleep 0.1; done";
    let names = [
        make("z", Some("media"), runs),
        make("y", Some("media"), "exit 3"),
        make("x", Some("docs"), runs),
        make("w", Some("docs"), runs),
        make("a", None, runs),
    ];
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, &format!("/containers?q={tag}"));
    browser.wait("document.querySelectorAll('.row-item').length === 5");
    browser.press("Group by stack");
    browser.wait("document.querySelectorAll('.group-item').length === 3");
    browser.wait("/Exited with 3/.test(document.querySelector('.list').innerText)");
    // Stacks by name, and last what belongs to none; the worst state of each.
    assert_eq!(
        headings(&browser),
        json!([
            [format!("{tag}-docs"), "2 of 2 running", "Running"],
            [format!("{tag}-media"), "1 of 2 running", "Exited with 3"],
            ["No stack", "1 of 1 running", "Running"],
        ])
    );
    let rows = || {
        browser.eval("[...document.querySelectorAll('.row-item .c-name a')].map((a) => a.textContent.split('-')[1])")
    };
    assert_eq!(rows(), json!(["w", "x", "y", "z", "a"]));
    assert_eq!(browser.path(), format!("/containers?q={tag}&group=stack"));
    browser.in_order();

    // Closed groups stay closed, and grouping is this browser's way from now on.
    browser.press(&format!("{tag}-docs"));
    browser.wait("document.querySelectorAll('.row-item').length === 3");
    browser.open(&format!("/containers?q={tag}"));
    browser.wait("document.querySelectorAll('.group-item').length === 3");
    assert_eq!(rows(), json!(["y", "z", "a"]));
    browser.in_order();
    // The keys go from container to container, over the headings.
    browser.keys("jjj");
    browser.wait(&format!("document.activeElement.textContent === '{tag}-a'"));

    // All of a closed group at once, after its plan.
    browser.press(&format!("Stop all of {tag}-docs"));
    browser.says("Stop 2 containers");
    browser.wait("document.querySelector('dialog[open] .plan-list')");
    browser.in_order();
    browser.click("dialog footer button[type=submit]:not([disabled])");
    browser.wait("!document.querySelector('dialog')");
    until("both have stopped", SOON, || {
        names[2..4]
            .iter()
            .all(|name| engine.docker(&["inspect", "-f", "{{.State.Running}}", name]) == "false")
            .then_some(())
    });
    browser.wait("document.querySelector('.group-count').innerText === '0 of 2 running'");
    // Its checkbox selects its members and no others.
    browser.click(&format!("input[aria-label='Select all of {tag}-media']"));
    browser.says("2 selected");
    browser.wait("document.querySelectorAll('.row-item.selected').length === 2");

    browser.press("Group by stack");
    browser.wait("document.querySelectorAll('.row-item').length === 5");
    browser.reload();
    browser.wait("document.querySelectorAll('.row-item').length === 5");
    assert_eq!(browser.count(".group-item"), 0);
    // On a phone the headings have their menu.
    browser.size(390, 844);
    browser.open(&format!("/containers?q={tag}&group=stack"));
    browser.wait("document.querySelectorAll('.group-item').length === 3");
    browser.press(&format!("More for all of {tag}-docs"));
    browser.wait("document.querySelectorAll('[role=menu] [role=menuitem]').length === 5");
    browser.in_order();
    let mut line = vec!["rm", "-f"];
    line.extend(names.iter().map(String::as_str));
    engine.docker(&line);
}
