//! The map of a large network that is full of addresses, and choosing a free subnet
//! among many networks.

use crate::support::app::App;
use crate::support::browser::Browser;
use crate::support::client::Client;
use crate::support::engine::Engine;
use crate::support::wait::until;
use crate::{keep_alive, median, read_until, whole_length};
use serde_json::json;
use std::time::{Duration, Instant};

const CONTAINERS: u32 = 1000;
const NETWORKS: u32 = 200;
const PATIENCE: Duration = Duration::from_mins(2);

pub fn figures(engine: &Engine) {
    engine.docker(&["network", "create", "--subnet", "10.99.0.0/16", "large"]);
    for number in 0..CONTAINERS {
        let address = format!("10.99.{}.{}", 1 + number / 250, 1 + number % 250);
        let body = json!({
            "Image": "bb:1", "HostConfig": {"NetworkMode": "large"},
            "NetworkingConfig": {"EndpointsConfig": {"large": {"IPAMConfig": {"IPv4Address": address}}}},
        });
        engine.ask(
            "POST",
            &format!("/containers/create?name=on-{number}"),
            &body,
        );
    }
    let (app, client) = App::ready(&engine.host());
    until("every container is known", PATIENCE, || {
        let view = client.get("/api/networks/large").json();
        (view["members"].as_array()?.len() == CONTAINERS as usize).then_some(())
    });
    for path in [
        "/api/networks/large/addresses",
        "/api/networks/large/addresses?from=256",
    ] {
        let time = answer_time(&client, path);
        println!("GET {path} of a /16 with {CONTAINERS} addresses in use: {time:.1} ms");
    }
    let mut times = Vec::new();
    for _ in 0..5 {
        let browser = Browser::signed_in(&app, &client, "/healthz");
        browser.open("/networks/large");
        browser.wait("document.querySelectorAll('.net-map button').length === 256");
        let at = browser.eval(
            "performance.getEntriesByName('drawn')[0].startTime - performance.getEntriesByType('navigation')[0].responseStart",
        );
        times.push(Duration::from_secs_f64(at.as_f64().unwrap() / 1e3));
    }
    println!(
        "page /networks/large: usable {:.0} ms after the first byte of its HTML at the first visit",
        median(&mut times)
    );
    let began = Instant::now();
    for number in 0..NETWORKS {
        let subnet = format!("10.{}.{}.0/24", 20 + number / 256, number % 256);
        let name = format!("many-{number}");
        engine.docker(&[
            "network",
            "create",
            "--internal",
            "--subnet",
            &subnet,
            &name,
        ]);
    }
    println!("({NETWORKS} networks made in {:?})", began.elapsed());
    until("every network is known", PATIENCE, || {
        let total = client.get("/api/networks").json()["total"].as_u64()?;
        (total > u64::from(NETWORKS)).then_some(())
    });
    let time = answer_time(&client, "/api/networks/proposal?size=/24");
    println!("GET /api/networks/proposal with {NETWORKS} networks: {time:.1} ms");
    // Their links would outlive the engine.
    let many = (0..NETWORKS).map(|number| format!("many-{number}"));
    for name in many.chain(["large".to_owned()]) {
        engine.docker(&["network", "rm", &name]);
    }
}

/// The median of answers on one connection, in milliseconds.
fn answer_time(client: &Client, path: &str) -> f64 {
    let mut tls = client.connect().expect("a connection");
    let request = keep_alive(&client.request("GET", path, &[], b""));
    let mut times = Vec::new();
    for _ in 0..50 {
        times.push(read_until(&mut tls, &request, |answer| {
            let length = whole_length(answer);
            length > 0 && answer.len() >= length
        }));
    }
    median(&mut times)
}
