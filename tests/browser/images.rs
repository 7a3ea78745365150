//! The page of images: live, filtered and sorted; pulling with progress, tagging,
//! removing, pruning, and loading from a file.

use super::shots::{folder, settled, take};
use crate::support::app::{App, NO_ENGINE};
use crate::support::browser::{Browser, key};
use crate::support::client::Client;
use crate::support::engine::{Engine, number, root};
use crate::support::registry::Registry;
use crate::support::wait::{SOON, until};
use serde_json::json;

/// An image with so many kilobytes that no other has.
fn make(engine: &Engine, tag: &str, kilobytes: usize) {
    let file = root().join(format!("ballast-{}", number()));
    let mut bytes = file.display().to_string().into_bytes();
    bytes.resize(kilobytes * 1024, b'.');
    std::fs::write(&file, bytes).unwrap();
    engine.bare_image(tag, &[(&file, "/ballast")]);
}

/// What a household has: images that run, older versions, one that was built here.
pub fn album(engine: &Engine) {
    for (image, name, size) in [
        ("jellyfin/jellyfin:10.10.1", "jellyfin", 24_000),
        ("lscr.io/linuxserver/sonarr:latest", "sonarr", 9_000),
        (
            "ghcr.io/paperless-ngx/paperless-ngx:2.11",
            "paperless",
            31_000,
        ),
        ("postgres:16-alpine", "postgres", 7_000),
        ("vaultwarden/server:1.32", "vaultwarden", 4_000),
    ] {
        make(engine, image, size);
        engine.docker(&["run", "-d", "--network", "none", "--name", name, image]);
    }
    engine.docker(&["tag", "postgres:16-alpine", "postgres:16"]);
    engine.docker(&[
        "create",
        "--network",
        "none",
        "--name",
        "paperless-db",
        "postgres:16-alpine",
    ]);
    make(engine, "postgres:15-alpine", 6_000);
    make(engine, "gitea/gitea:1.21", 5_000);
    make(
        engine,
        "registry.home.lan:5000/family/photo-wall:2026-11-29-nightly",
        12_000,
    );
    make(engine, "pihole/pihole:2025.10", 3_000);
    // A newer one takes the tag of an older one.
    make(engine, "gitea/gitea:1.22", 5_500);
    make(engine, "gitea/gitea:1.22", 5_600);
    engine.build(
        "web/homepage:3",
        &[
            "ENV MODE=calm API_TOKEN=hunter2",
            "EXPOSE 8080",
            "VOLUME /data",
            "RUN seq 1 20000 > /numbers && echo 'a long line of a build step that does several things one after another' > /words",
            "LABEL org.opencontainers.image.source=https://example.com/homepage",
        ],
    );
}

fn row(name: &str) -> String {
    format!(
        "[...document.querySelectorAll('.row-item')].find((r) => r.querySelector('.link-name').textContent.replace(/\\s+/g, '').includes({}))",
        json!(name)
    )
}

fn rows(browser: &Browser, count: usize) {
    browser.wait(&format!(
        "document.querySelectorAll('.row-item').length === {count}"
    ));
}

/// Waits for the plan of the dialog and confirms it.
fn confirm(browser: &Browser) {
    browser.click("dialog footer button[type=submit]:not([disabled])");
    browser.wait("!document.querySelector('dialog')");
}

fn exists(engine: &Engine, reference: &str) -> bool {
    engine
        .try_docker(&["image", "inspect", reference])
        .is_some()
}

/// The image is known to the program.
fn known(client: &Client, tag: &str) {
    until(&format!("{tag} is known"), SOON, || {
        let path = format!("/api/images/{}", tag.replace('/', "%2F"));
        (client.get(&path).status == 200).then_some(())
    });
}

#[test]
fn images_of_the_command_line_appear_and_are_filtered_and_sorted() {
    let engine = Engine::start();
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, "/images");
    rows(&browser, 1);
    browser.eval("void (window.same = true)");
    make(&engine, "web:1", 800);
    make(&engine, "old:1", 10);
    rows(&browser, 3);
    engine.docker(&["run", "-d", "--network", "none", "--name", "shop", "web:1"]);
    browser.wait(&format!(
        "{}.innerText.includes('In use') && {0}.innerText.includes('shop')",
        row("web:1")
    ));
    engine.docker(&["stop", "-t", "0", "shop"]);
    browser.wait(&format!("{}.innerText.includes('stopped')", row("web:1")));
    // Its tag moves on.
    make(&engine, "old:1", 20);
    rows(&browser, 4);
    browser.says("no tag");
    assert_eq!(
        browser.eval("window.same"),
        json!(true),
        "it was loaded once"
    );

    browser.press_in("[aria-label=Use]", "In use");
    rows(&browser, 1);
    browser.press_in("[aria-label=Use]", "Without a tag");
    rows(&browser, 1);
    browser.press_in("[aria-label=Use]", "All");
    browser.press_in(".list-head", "Size");
    browser.wait(&format!(
        "{}.getAttribute('aria-rowindex') === '2'",
        row("web:1")
    ));
    browser.keys("/");
    browser.type_into(".tools input[type=search]", "shop");
    rows(&browser, 1);
    assert_eq!(browser.path(), "/images?q=shop&sort=size");
    browser.reload();
    rows(&browser, 1);
    browser.fill(".tools input[type=search]", "nothing-is-called-so");
    browser.says("No image matches");
    browser.press("Show all");
    rows(&browser, 4);
    browser.press("Shared sizes");
    browser.says("on the disk");
    browser.says("nothing shared");
    browser.in_order();
}

#[test]
fn image_is_opened_tagged_untagged_and_removed() {
    let engine = Engine::start();
    let (app, client) = App::ready(&engine.host());
    make(&engine, "web:1", 100);
    known(&client, "web:1");
    let browser = Browser::signed_in(&app, &client, "/images");
    rows(&browser, 2);
    browser.press("Details of web:1");
    browser.says("What containers get from it");
    browser.wait("document.querySelector('.drawer .image-steps li')");
    browser.wait("document.querySelector('.drawer .cli pre')?.innerText.includes('save')");
    assert!(
        browser.path().contains("image=sha256"),
        "{}",
        browser.path()
    );
    browser.press("Add a tag");
    browser.type_into("#new-tag", "web:2");
    browser.says("Give it the name web:2.");
    confirm(&browser);
    browser.says("web:2 names the image");
    rows(&browser, 2);
    browser.press("Details of web:1");
    browser.press("Remove the tag web:2");
    browser.says("Remove the tag web:2.");
    confirm(&browser);
    browser.says("The tag web:2 was removed.");
    assert!(exists(&engine, "web:1") && !exists(&engine, "web:2"));

    browser.press("More for web:1");
    browser.press_in("[role=menu]", "Remove");
    browser.says("No registry is known to have it");
    browser.wait("document.querySelector('dialog .cli pre').innerText.includes('image rm')");
    confirm(&browser);
    rows(&browser, 1);
    assert!(!exists(&engine, "web:1"));
    // What runs keeps its image, and that is said where it would be removed.
    engine.docker(&["run", "-d", "--network", "none", "--name", "shop", "bb:1"]);
    browser.wait(&format!("{}.innerText.includes('shop')", row("bb:1")));
    browser.press("More for bb:1");
    browser.wait("[...document.querySelectorAll('[role^=menuitem]')].some((e) => e.innerText.includes('shop uses it'))");
    browser.in_order();
}

#[test]
fn image_is_pulled_with_its_progress_and_the_dialog_can_be_left() {
    let engine = Engine::start();
    let registry = Registry::start();
    let reference = registry.reference("web:1");
    make(&engine, &reference, 3000);
    engine.docker(&["push", "-q", &reference]);
    engine.docker(&["rmi", &reference]);
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, "/images");
    rows(&browser, 1);
    browser.keys("p");
    browser.type_into("#pull-image", &reference);
    browser.wait("document.querySelector('dialog .cli pre')?.innerText.includes('pull')");
    browser.click("dialog footer button[type=submit]:not([disabled])");
    browser.says(&format!("{reference} was pulled."));
    assert!(exists(&engine, &reference));
    browser.in_order();
    browser.press("Close");
    rows(&browser, 2);
    // One that does not exist ends in a sentence.
    browser.open("/images?do=pull");
    browser.type_into("#pull-image", &registry.reference("none:1"));
    browser.wait("document.querySelector('dialog .cli pre')?.innerText.includes('none:1')");
    browser.click("dialog footer button[type=submit]:not([disabled])");
    browser.says("The registry does not have");
    browser.in_order();
}

#[test]
fn unused_images_are_pruned_as_they_were_shown() {
    let engine = Engine::start();
    let (app, client) = App::ready(&engine.host());
    make(&engine, "free:1", 2000);
    make(&engine, "moved:1", 50);
    make(&engine, "moved:1", 60);
    engine.docker(&["create", "--network", "none", "--name", "shop", "bb:1"]);
    known(&client, "moved:1");
    let browser = Browser::signed_in(&app, &client, "/images");
    rows(&browser, 4);
    browser.press("Prune");
    browser.says("will be free: 1 image");
    browser.in_order();
    browser.press_in("dialog", "All that no container uses");
    browser.says("will be free: 3 images");
    browser.says("free:1");
    browser.click("dialog footer button[type=submit]:not([disabled])");
    browser.wait("!document.querySelector('dialog')");
    rows(&browser, 1);
    assert!(exists(&engine, "bb:1") && !exists(&engine, "free:1"));
    browser.press("Prune");
    browser.says("Nothing to remove");
    browser.in_order();
}

#[test]
fn several_images_are_chosen_by_keys_and_removed() {
    let engine = Engine::start();
    let (app, client) = App::ready(&engine.host());
    for name in ["aa:1", "ab:1", "ac:1"] {
        make(&engine, name, 20);
        known(&client, name);
    }
    engine.docker(&["create", "--network", "none", "--name", "shop", "ac:1"]);
    let browser = Browser::signed_in(&app, &client, "/images");
    rows(&browser, 4);
    browser.wait(&format!("{}.innerText.includes('shop')", row("ac:1")));
    browser.keys("jx");
    browser.says("1 selected");
    browser.keys("jjX");
    browser.says("3 selected");
    browser.press_in(".bulk", "Remove");
    browser.says("Left out: ac:1 (shop uses it)");
    confirm(&browser);
    rows(&browser, 2);
    browser.says("Remove 2 images: done");
    browser.keys(key::ESCAPE);
    browser.in_order();
}

#[test]
fn archive_is_loaded_from_a_file_of_this_computer() {
    let engine = Engine::start();
    let (app, client) = App::ready(&engine.host());
    make(&engine, "web:1", 500);
    let file = root().join(format!("web-{}.tar", number()));
    engine.docker(&["save", "-o", file.to_str().unwrap(), "web:1"]);
    engine.docker(&["rmi", "web:1"]);
    let browser = Browser::signed_in(&app, &client, "/images");
    browser.expect_in_console("status of 400");
    browser.wait("document.querySelector('main .actions')");
    let choose = |path: &std::path::Path| {
        browser.press_in(".head .actions", "More");
        browser.press_in("[role=menu]", "Load from a file");
        browser.wait("document.querySelector('#load-file')");
        browser.type_into("#load-file", path.to_str().unwrap());
        browser.click("dialog footer button[type=submit]:not([disabled])");
    };
    choose(&file);
    browser.says("Loaded web:1.");
    assert!(exists(&engine, "web:1"));
    rows(&browser, 2);
    let other = root().join(format!("other-{}.tar", number()));
    std::fs::write(
        &other,
        "no archive at all, and long enough to be read as one",
    )
    .unwrap();
    choose(&other);
    browser.says("This file is not an archive of images");
    browser.in_order();
}

#[test]
fn page_of_images_says_that_the_engine_is_away() {
    let (app, client) = App::ready(NO_ENGINE);
    let browser = Browser::signed_in(&app, &client, "/images");
    browser.says("The container engine is not responding");
    browser.in_order();
}

#[test]
fn pictures_of_images() {
    let engine = Engine::start();
    album(&engine);
    let (app, client) = App::ready(&engine.host());
    known(&client, "web/homepage:3");
    let answer = client.json(
        "PATCH",
        "/api/settings",
        &json!({"host_name": "homelab", "host_environment": "MIXED"}),
    );
    assert_eq!(answer.status, 200, "{}", answer.text());
    let browser = Browser::signed_in(&app, &client, "/images");
    browser.wait("document.querySelectorAll('.row-item').length > 9");
    take(
        &browser,
        &client,
        "images",
        &[
            (
                "list",
                "/images",
                "document.querySelectorAll('.row-item').length > 9",
            ),
            (
                "details",
                "/images?image=web/homepage:3",
                "document.querySelector('.drawer .cli, .drawer .cli-fold')",
            ),
        ],
    );
    for (width, height) in [(1440, 900), (390, 844)] {
        for (name, open) in [("pull", "/images?do=pull"), ("prune", "/images?do=prune")] {
            browser.size(width, height);
            browser.open(open);
            browser.wait("document.querySelector('dialog[open]')");
            if name == "prune" {
                browser.press_in("dialog", "All that no container uses");
                // Steps of a build that nothing else needs are images, too.
                browser.says("will be free: ");
            } else {
                browser.type_into("#pull-image", "nginx:1.27");
                browser.wait("document.querySelector('dialog .cli')");
            }
            settled(&browser);
            browser.screenshot(&folder().join(format!("images-{name}-{width}-light.png")));
            browser.in_order();
        }
    }
    browser.size(1440, 900);
    browser.open("/images");
    browser.wait("document.querySelectorAll('.row-item').length > 9");
    browser.press("Shared sizes");
    browser.says("on the disk");
    browser.keys("jxjx");
    browser.screenshot(&folder().join("images-chosen-1440-light.png"));
    browser.in_order();
}
