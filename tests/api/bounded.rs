//! Every route answers within a bounded time, whatever it is sent: the longest
//! name that an engine takes, every query parameter alone, very long values.

use crate::support::app::App;
use crate::support::client::Client;
use crate::support::engine::{Engine, number};
use crate::support::wait::{SOON, until};
use dockermate::http::{ROUTES, Route};
use std::io::{Read as _, Write as _};
use std::time::{Duration, Instant};

const BOUND: Duration = Duration::from_secs(10);

/// Routes that end the session which the others are asked with.
const ENDS_SESSION: [&str; 1] = ["/api/auth/logout"];

fn path(route: &Route, name: &str) -> String {
    let parts = route.path.split('/');
    let filled = parts.map(|part| if part.starts_with('{') { name } else { part });
    filled.collect::<Vec<_>>().join("/")
}

/// The queries to send: none, each parameter as a flag, each with a long value.
/// Whatever can be planned only is planned only.
fn queries(route: &Route) -> Vec<String> {
    let plan = if route.takes("dry_run") {
        "dry_run=true&"
    } else {
        ""
    };
    let long = "9".repeat(4000);
    let names = route.query.iter().map(|parameter| parameter.name);
    let each = names.filter(|name| *name != "dry_run");
    let with = each.flat_map(|name| {
        [
            format!("{plan}{name}=true"),
            format!("{plan}{name}={long}"),
            format!("{plan}{name}=1"),
        ]
    });
    std::iter::once(plan.to_owned()).chain(with).collect()
}

/// Until the first bytes of the answer: a live stream has no end.
#[track_caller]
fn answers_in_time(client: &Client, method: &str, path: &str, body: &[u8]) {
    let shown: String = path.chars().take(400).collect();
    let begun = Instant::now();
    let mut stream = client.connect().unwrap();
    stream.sock.set_read_timeout(Some(BOUND)).unwrap();
    let headers = [("Content-Type", "application/json")];
    // A server that refuses early may close before everything is written.
    let _ = stream.write_all(&client.request(method, path, &headers, body));
    let mut head = [0; 32];
    let read = stream.read(&mut head);
    assert!(
        begun.elapsed() < BOUND && read.as_ref().is_ok_and(|length| *length > 0),
        "{method} {shown}: {read:?} after {:?}",
        begun.elapsed()
    );
    assert!(head.starts_with(b"HTTP/1.1 "), "{method} {shown}");
}

#[test]
fn every_route_answers_within_ten_seconds_for_the_longest_name_and_every_parameter() {
    let engine = Engine::shared();
    let (app, client) = App::ready(&engine.host());
    let unique = format!("bound{}", number());
    let name = format!("{unique}{}", "n".repeat(254 - unique.len()));
    engine.docker(&["create", "--name", &name, "--network", "none", "bb:1"]);
    until("the container is known", SOON, || {
        (client.get(&format!("/api/containers/{name}")).status == 200).then_some(())
    });
    let mut sent = 0;
    for route in ROUTES {
        if ENDS_SESSION.contains(&route.path) {
            continue;
        }
        for query in queries(route) {
            let path = format!("{}?{query}", path(route, &name));
            answers_in_time(&client, route.method, &path, b"{}");
            sent += 1;
        }
    }
    assert!(
        sent > ROUTES.len(),
        "{sent} requests for {} routes",
        ROUTES.len()
    );
    // The copy of the longest name is a name that can be given.
    let copy = client.get(&format!("/api/containers/{name}/spec?duplicate=true"));
    assert_eq!(copy.status, 200, "{}", copy.text());
    assert!(!app.log().contains("panicked"));
    engine.docker(&["rm", "-f", &name]);
}
