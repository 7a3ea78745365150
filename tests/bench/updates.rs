//! What looking for updates of 200 distinct references takes, beside `curl` that
//! asks for the same of the same registry.

use super::support::app::App;
use super::support::engine::Engine;
use super::support::registry::Registry;
use super::support::wait::{SOON, until};
use super::{mega, rss};
use serde_json::json;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const REFERENCES: usize = 200;

pub fn update_check(engine: &Engine) {
    let registry = Registry::start();
    let base = format!("http://localhost:{}/v2/app/manifests", registry.port);
    publish(engine, &registry, &base);
    let (app, client) = App::ready(&engine.host());
    until("the first check is over", SOON, || {
        let list = client.get("/api/updates").json();
        (list["checking"] == false && list["counts"]["up_to_date"] == REFERENCES).then_some(())
    });
    let before = rss(app.pid());
    let mut times = Vec::new();
    for _ in 0..5 {
        let began = Instant::now();
        let done = client.post("/api/updates/check", &json!({}));
        times.push(began.elapsed());
        assert_eq!(done.status, 200, "{}", done.text());
    }
    let most = rss(app.pid());
    std::thread::sleep(Duration::from_secs(10));
    let after = rss(app.pid());
    let mut curl: Vec<Duration> = (0..5).map(|_| curl(&base)).collect();
    println!(
        "updates of {REFERENCES} references: median {:.0} ms, curl -Z {:.0} ms; memory {:+.1} MB, later {:+.1} MB",
        super::median(&mut times),
        super::median(&mut curl),
        mega(most) - mega(before),
        mega(after) - mega(before),
    );
}

/// One image under many tags, and a container of each.
fn publish(engine: &Engine, registry: &Registry, base: &str) {
    let first = registry.reference("app:tag0");
    engine.docker(&["tag", "bb:1", &first]);
    engine.docker(&["push", "-q", &first]);
    let kind = "application/vnd.docker.distribution.manifest.v2+json";
    let script = format!(
        "m=$(mktemp); curl -sf -H 'Accept: {kind}' {base}/tag0 > $m; \
         for n in $(seq 1 {REFERENCES}); do \
         curl -sf -X PUT -H 'Content-Type: {kind}' --data-binary @$m {base}/tag$n || exit 1; done; rm $m"
    );
    let done = Command::new("sh").args(["-c", &script]).status();
    assert!(done.expect("sh").success(), "the tags were not published");
    for n in 0..REFERENCES {
        let reference = registry.reference(&format!("app:tag{n}"));
        engine.docker(&["tag", "bb:1", &reference]);
        let body =
            json!({"Image": reference, "Cmd": ["true"], "HostConfig": {"NetworkMode": "none"}});
        engine.ask(
            "POST",
            &format!("/containers/create?name=update-{n}"),
            &body,
        );
    }
}

/// The same questions, as many at once.
fn curl(base: &str) -> Duration {
    let began = Instant::now();
    let done = Command::new("curl")
        .args(["-Z", "--parallel-max", "100", "-sI"])
        .arg(format!("{base}/tag[0-{}]", REFERENCES - 1))
        .stdout(Stdio::null())
        .status();
    assert!(done.expect("curl").success());
    began.elapsed()
}
