//! What looking for updates of 200 distinct references takes, beside `curl` that asks
//! for the same of the same registry, and beside Cup where `DOCKERMATE_BENCH_CUP` names
//! its program (it needs an engine of API 1.44: `DOCKERMATE_TEST_ENGINE=docker-forky`).

use super::delayed_road::DelayedRoad;
use super::support::app::App;
use super::support::engine::{Engine, root};
use super::support::registry::Registry;
use super::support::wait::{SOON, until};
use super::{mega, rss, value};
use serde_json::json;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const REFERENCES: usize = 200;

pub fn update_check(engine: &Engine) {
    let registry = Registry::start();
    let road = DelayedRoad::start(registry.port);
    let host = format!("localhost:{}", road.port);
    publish(engine, &host);
    for profile in ["HIGH_END", "RASPBERRY_PI"] {
        for each_way in [0, 50] {
            road.delay(Duration::ZERO);
            let app = App::start_with(&engine.host(), &["--profile", profile]);
            let client = app.set_up();
            until("the first check is over", SOON, || {
                let list = client.get("/api/updates").json();
                (list["checking"] == false && list["counts"]["up_to_date"] == REFERENCES)
                    .then_some(())
            });
            road.delay(Duration::from_millis(each_way));
            let before = rss(app.pid());
            // From here on it is the most since now.
            let clear = format!("/proc/{}/clear_refs", app.pid());
            std::fs::write(clear, "5").expect("the process's own file");
            let mut ours = Vec::new();
            let mut theirs = Vec::new();
            let mut curls = Vec::new();
            for _ in 0..5 {
                let began = Instant::now();
                let done = client.post("/api/updates/check", &json!({}));
                ours.push(began.elapsed());
                assert_eq!(done.status, 200, "{}", done.text());
                curls.push(curl(&host));
                theirs.extend(cup(engine, &host));
            }
            let status = format!("/proc/{}/status", app.pid());
            let most = value(&status, "VmHWM:") * 1024;
            std::thread::sleep(Duration::from_secs(10));
            let after = rss(app.pid());
            println!(
                "updates of {REFERENCES} references, {profile}, {each_way} ms each way: median {:.0} ms, curl -Z {:.0} ms{}; memory {:+.1} MB, later {:+.1} MB",
                super::median(&mut ours),
                super::median(&mut curls),
                if theirs.is_empty() {
                    String::new()
                } else {
                    format!(", cup {:.0} ms", super::median(&mut theirs))
                },
                mega(most) - mega(before),
                mega(after) - mega(before),
            );
        }
    }
}

/// A tag that nobody takes for a version.
fn tag(n: usize) -> String {
    let letter = |n: usize| char::from(b'a' + u8::try_from(n % 16).expect("below 16"));
    format!("stable-{}{}", letter(n / 16), letter(n))
}

/// Images of their own, since Cup takes one tag of an image, and a container of each.
fn publish(engine: &Engine, host: &str) {
    for n in 0..REFERENCES {
        let reference = format!("{host}/app:{}", tag(n));
        engine.import(&reference, &[&format!("LABEL n={n}"), "CMD [\"true\"]"]);
    }
    engine.docker(&["push", "-q", "--all-tags", &format!("{host}/app")]);
    for n in 0..REFERENCES {
        let reference = format!("{host}/app:{}", tag(n));
        let body = json!({"Image": reference, "HostConfig": {"NetworkMode": "none"}});
        engine.ask(
            "POST",
            &format!("/containers/create?name=update-{n}"),
            &body,
        );
    }
    // It has no registry, and Cup would look for it on Docker Hub.
    engine.docker(&["rmi", "bb:1"]);
}

/// The same questions, as many at once.
fn curl(host: &str) -> Duration {
    let began = Instant::now();
    let done = Command::new("curl")
        .args(["-Z", "--parallel-max", "100", "-sI"])
        .args((0..REFERENCES).map(|n| format!("http://{host}/v2/app/manifests/{}", tag(n))))
        .stdout(Stdio::null())
        .status();
    assert!(done.expect("curl").success());
    began.elapsed()
}

/// A whole run of Cup.
fn cup(engine: &Engine, host: &str) -> Option<Duration> {
    let program = std::env::var_os("DOCKERMATE_BENCH_CUP")?;
    let config = root().join("cup.json");
    let text = json!({"version": 3, "registries": {host: {"insecure": true}}}).to_string();
    std::fs::write(&config, text).expect("its configuration");
    let began = Instant::now();
    let output = Command::new(program)
        .args(["-s", &engine.host(), "-c"])
        .arg(&config)
        .args(["check", "-r"])
        .output()
        .expect("cup");
    let took = began.elapsed();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "cup: {said}");
    assert!(said.contains("\"up_to_date\":200"), "cup: {said:.600}");
    Some(took)
}
