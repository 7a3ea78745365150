//! An engine that is started after the program.

use crate::support::app::App;
use crate::support::engine::{Engine, number, root};
use crate::support::wait::until;
use std::time::{Duration, Instant};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The program waits longer before each try; an engine that was just started does
/// not have to wait for the next one.
#[test]
fn engine_whose_socket_appears_is_found_within_a_second() {
    let engine = Engine::shared();
    let socket = root().join(format!("appears-{}/run/docker.sock", number()));
    let (_app, client) = App::ready(&format!("unix://{}", socket.display()));
    let engine_status = || client.get("/api/system").json()["engine"].clone();
    until("it waits for long", Duration::from_secs(40), || {
        let status = engine_status();
        let next = OffsetDateTime::parse(status["next_try"].as_str()?, &Rfc3339).unwrap();
        (next - OffsetDateTime::now_utc() > Duration::from_secs(6)).then_some(())
    });
    std::fs::create_dir_all(socket.parent().unwrap()).unwrap();
    let appeared = Instant::now();
    std::os::unix::fs::symlink(engine.socket(), &socket).unwrap();
    until("the engine is found", Duration::from_secs(5), || {
        (engine_status()["state"] == "up").then_some(())
    });
    let took = appeared.elapsed();
    assert!(took < Duration::from_secs(4), "{took:?}");
}
