//! Many containers at once: chosen by checkbox, range and filter, their plan read,
//! done as one operation, and each of them told apart at the end.

use crate::support::app::App;
use crate::support::browser::{Browser, key};
use crate::support::engine::{Engine, number};
use crate::support::wait::{SOON, until};
use serde_json::json;

/// Containers `<tag>-1` and so on; those that `run` names are started.
fn make(engine: &Engine, tag: &str, count: usize, run: &[usize], extra: &[&str]) -> Vec<String> {
    let names: Vec<String> = (1..=count).map(|n| format!("{tag}-{n}")).collect();
    for (at, name) in names.iter().enumerate() {
        let verb: &[&str] = if run.contains(&(at + 1)) {
            &["run", "-d"]
        } else {
            &["create"]
        };
        let common = ["--network", "none", "--name", name];
        engine.docker(&[verb, &common, extra, &["bb:1"]].concat());
    }
    names
}

fn remove(engine: &Engine, names: &[String]) {
    let mut line = vec!["rm", "-f"];
    line.extend(names.iter().map(String::as_str));
    engine.docker(&line);
}

fn select(browser: &Browser, name: &str) {
    browser.click(&format!("input[aria-label='Select {name}']"));
}

fn running(engine: &Engine, name: &str) -> bool {
    engine.docker(&["inspect", "-f", "{{.State.Running}}", name]) == "true"
}

/// Waits for the plan of the dialog and confirms it.
fn confirm(browser: &Browser) {
    browser.wait("document.querySelector('dialog[open] .plan-list')");
    browser.click("dialog footer button[type=submit]:not([disabled])");
    browser.wait("!document.querySelector('dialog')");
}

#[test]
fn rows_are_selected_one_by_one_by_range_and_by_filter() {
    let engine = Engine::shared();
    let tag = format!("pick{}", number());
    let names = make(engine, &tag, 5, &[], &[]);
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, &format!("/containers?q={tag}"));
    browser.wait("document.querySelectorAll('.row-item').length === 5");
    let chosen = |count: usize| {
        browser.wait(&format!(
            "document.querySelectorAll('.row-item input:checked').length === {count}"
        ));
        if count > 0 {
            browser.says(&format!("{count} selected"));
        } else {
            browser.wait("!document.querySelector('.bulk')");
        }
    };
    select(&browser, &names[1]);
    chosen(1);
    // Shift takes all from the last one to this one.
    browser.eval(&format!(
        "document.querySelector(\"input[aria-label='Select {}']\").dispatchEvent(new MouseEvent('click', {{ bubbles: true, shiftKey: true }}))",
        names[3]
    ));
    chosen(3);
    assert_eq!(
        browser
            .eval("document.querySelector(\"input[aria-label='Select all shown']\").indeterminate"),
        json!(true)
    );
    browser.click("input[aria-label='Select all shown']");
    chosen(5);
    browser.in_order();
    browser.click("input[aria-label='Select all shown']");
    chosen(0);
    // By keys: x for one, X up to here.
    browser.keys("jx");
    chosen(1);
    browser.keys("jjX");
    chosen(3);
    // What the filter hides stays chosen, and that is said.
    browser.fill(".tools input[type=search]", &names[4]);
    browser.says("3 selected 3 hidden by filters");
    browser.type_into(".tools input[type=search]", key::ESCAPE);
    browser.wait("document.querySelectorAll('.row-item').length > 1");
    browser.keys(key::ESCAPE);
    browser.wait("!document.querySelector('.bulk')");
    remove(engine, &names);
}

#[test]
fn several_containers_are_stopped_and_started_in_one_operation() {
    let engine = Engine::shared();
    let tag = format!("many{}", number());
    let names = make(engine, &tag, 4, &[1, 2, 3], &[]);
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, &format!("/containers?q={tag}"));
    browser.wait("document.querySelectorAll('.row-item').length === 4");
    browser.click("input[aria-label='Select all shown']");
    browser.press_in(".bulk", "Stop");
    // The fourth was never started, and is left out by name.
    browser.says("Stop 3 containers");
    browser.says(&format!("Left out: {} (never started).", names[3]));
    browser.wait("document.querySelector('dialog .cli pre')");
    let commands = browser.text("dialog .cli pre");
    assert!(
        names[..3].iter().all(|name| commands.contains(name)),
        "{commands}"
    );
    browser.in_order();
    confirm(&browser);
    browser.says("Stop 3 containers: done");
    assert!(names.iter().all(|name| !running(engine, name)));
    let operations = client.get("/api/operations").json();
    let stop = &operations["items"][0];
    assert_eq!(stop["kind"], "container.bulk.stop");
    assert_eq!(stop["results"].as_array().unwrap().len(), 3, "{stop}");

    // They are still chosen; all four can be started.
    browser.press_in(".bulk", "Start");
    browser.says("Start 4 containers");
    confirm(&browser);
    until("all of them run", SOON, || {
        names.iter().all(|name| running(engine, name)).then_some(())
    });
    browser.in_order();
    remove(engine, &names);
}

#[test]
fn bulk_delete_asks_for_confirmation_and_offers_to_stop_running_containers_first() {
    let engine = Engine::shared();
    let tag = format!("gone{}", number());
    let names = make(
        engine,
        &tag,
        4,
        &[3, 4],
        &["--label", "dockermate.environment=PRD"],
    );
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, &format!("/containers?q={tag}"));
    browser.wait("document.querySelectorAll('.row-item').length === 4");
    select(&browser, &names[0]);
    select(&browser, &names[2]);
    browser.press_in(".bulk", "Delete");
    browser.says("Delete 1 container");
    browser.says(&format!("{} (running)", names[2]));
    browser.says("1 of 2 runs. Stop it first");
    browser.wait("document.querySelector('dialog[open] .plan-list')");
    browser.keys(key::ESCAPE);
    browser.wait("!document.querySelector('dialog')");
    browser.click("input[aria-label='Select all shown']");
    browser.press_in(".bulk", "Delete");
    browser.says("Delete 2 containers");
    browser.wait("document.querySelector('#confirm-name')");
    let ready = "!document.querySelector('dialog button[type=submit]').disabled";
    assert_eq!(browser.eval(ready), json!(false));
    browser.type_into("#confirm-name", "delete 4");
    assert_eq!(browser.eval(ready), json!(false), "another number");
    // With those that run it is four, and that is what must be typed.
    browser.press_in("dialog", "2 of 4 run. Stop them first");
    browser.says("Delete 4 containers");
    browser.says(&format!("Stop {}, {} first", names[2], names[3]));
    browser.wait(ready);
    let commands = browser.text("dialog .cli pre");
    let stop = commands
        .find("container stop")
        .expect("the commands stop them");
    let remove = commands
        .find("container rm")
        .expect("the commands remove them");
    assert!(stop < remove, "{commands}");
    browser.in_order();
    browser.press_in("dialog", "2 of 4 run. Stop them first");
    browser.says("type \"delete 2\"");
    browser.fill("#confirm-name", "delete 2");
    browser.wait(ready);
    confirm(&browser);
    browser.wait("document.querySelectorAll('.row-item').length === 2");
    assert!(
        running(engine, &names[2]) && running(engine, &names[3]),
        "they were left out"
    );
    browser.says("2 selected");
    // Their configurations were saved.
    let kept = client
        .get(&format!("/api/backups?container={}", names[0]))
        .json();
    assert_eq!(kept["items"][0]["reason"], "delete");

    // All of them run: nothing can be deleted until they are stopped.
    browser.press_in(".bulk", "Delete");
    browser.says("All of them run.");
    browser.press_in("dialog", "2 of 2 run. Stop them first");
    browser.wait("document.querySelector('#confirm-name')");
    browser.fill("#confirm-name", "delete 2");
    browser.wait(ready);
    confirm(&browser);
    browser.wait("document.querySelectorAll('.row-item').length === 0");
    let left = engine.docker(&["ps", "-aq", "--filter", &format!("name={tag}-")]);
    assert_eq!(left, "");
}

#[test]
fn bulk_failures_are_listed_by_name() {
    let engine = Engine::shared();
    let tag = format!("part{}", number());
    let names = make(engine, &tag, 1, &[1], &[]);
    // Its network is one that cannot be joined any more, so it cannot start.
    let broken = format!("{tag}-broken");
    engine.docker(&[
        "run",
        "-d",
        "--network",
        "none",
        "--name",
        &format!("{tag}-gone"),
        "bb:1",
    ]);
    engine.docker(&[
        "create",
        "--network",
        &format!("container:{tag}-gone"),
        "--name",
        &broken,
        "bb:1",
    ]);
    engine.docker(&["rm", "-f", &format!("{tag}-gone")]);
    engine.docker(&["stop", "-t", "5", &names[0]]);
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, &format!("/containers?q={tag}"));
    browser.wait("document.querySelectorAll('.row-item').length === 2");
    browser.click("input[aria-label='Select all shown']");
    browser.press_in(".bulk", "Start");
    browser.says("Start 2 containers");
    confirm(&browser);
    browser.says("done for 1 of 2");
    browser.wait(&format!(
        "document.querySelector('.toast.warn').innerText.includes('{broken}: ')"
    ));
    browser.press_in(".toast", "Details");
    browser.wait(&format!(
        "document.querySelector('.drawer .results li').innerText.includes('{broken}, failed')"
    ));
    browser.in_order();
    assert!(running(engine, &names[0]));
    remove(engine, &[names[0].clone(), broken]);
}

#[test]
fn bulk_tags_can_be_filtered_by() {
    let engine = Engine::shared();
    let tag = format!("tags{}", number());
    let names = make(engine, &tag, 3, &[], &[]);
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, &format!("/containers?q={tag}"));
    browser.wait("document.querySelectorAll('.row-item').length === 3");
    select(&browser, &names[0]);
    select(&browser, &names[2]);
    browser.press_in(".bulk", "Tag");
    browser.says("Choose an environment, or tags to add or remove.");
    browser.eval("(() => { const s = document.querySelector('#bulk-env'); s.value = 'UAT'; s.dispatchEvent(new Event('change', { bubbles: true })); })()");
    browser.type_into("#bulk-tags", "media, <b>attic</b>");
    confirm(&browser);
    browser.wait("document.querySelectorAll('.row-item .env.uat').length === 2");
    let view = client.get(&format!("/api/containers/{}", names[2])).json();
    assert_eq!(view["tags"], json!(["<b>attic</b>", "media"]));
    assert_eq!(view["environment"], "UAT");

    // The filter by tag is in the address, of the page and of the API.
    browser.open("/containers?tag=media");
    browser.wait("document.querySelectorAll('.row-item').length === 2");
    assert_eq!(
        browser.eval("document.querySelector('select[aria-label=Tag]').value"),
        "media"
    );
    let found = client.get("/api/containers?tag=Media").json();
    assert_eq!(found["total"], 2);
    // And away again.
    browser.click("input[aria-label='Select all shown']");
    browser.press_in(".bulk", "Tag");
    browser.press_in("dialog .wrap-chips", "media");
    confirm(&browser);
    browser.says("No container matches");
    let view = client.get(&format!("/api/containers/{}", names[0])).json();
    assert_eq!(view["tags"], json!(["<b>attic</b>"]));
    browser.in_order();
    remove(engine, &names);
}
