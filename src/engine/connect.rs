//! The task that keeps the connection: looks for the engine, opens a session,
//! and starts again when it breaks.

use super::address::{Host, candidates};
use super::client::Client;
use super::discover::try_host;
use super::problem::conclude;
use super::session::Session;
use super::shared::Shared;
use super::socket_files::SocketFiles;
use crate::model::backoff::{Backoff, chance};
use crate::model::engine::EngineState;
use crate::model::timestamp::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep};

const WAIT: Backoff = Backoff {
    first: Duration::from_secs(1),
    longest: Duration::from_secs(30),
};

/// A connection that lasted this long was a good one: the waits start over. One that
/// breaks at once each time is not tried every second.
const GOOD: Duration = Duration::from_secs(10);

/// Runs until the program stops.
pub(super) async fn run(shared: Arc<Shared>) {
    let stop = shared.stop.clone();
    let mut tries = 0;
    let mut known = None;
    loop {
        let sockets = SocketFiles::of(&shared.settings.surroundings);
        let began = Instant::now();
        let error = tokio::select! {
            () = stop.cancelled() => break,
            ended = attempt(&shared, &mut tries, &mut known) => ended,
        };
        shared.set_client(None);
        // A try that took long to fail has been part of the wait.
        let wait = backoff(tries, chance())
            .saturating_sub(began.elapsed())
            .max(WAIT.first);
        tries += 1;
        // Said once: a line at each try would wear the card while nobody looks.
        if shared.status.borrow().error.as_ref() == Some(&error) {
            tracing::debug!(error, "the engine is still not available");
        } else {
            tracing::warn!(error, "the engine is not available");
        }
        shared.status.send_modify(|status| {
            if status.state != EngineState::Down {
                status.since = Timestamp::now();
            }
            status.state = EngineState::Down;
            status.error = Some(error);
            status.next_try = Some(Timestamp::now().plus(wait));
            status.info = None;
        });
        tokio::select! {
            () = stop.cancelled() => break,
            () = shared.retry.notified() => {}
            () = sleep(wait) => {}
            // The engine has been started: it will answer soon.
            () = sockets.changed() => tries = 0,
        }
    }
    shared.set_client(None);
    // What is in memory is not true any more.
    shared.status.send_modify(|status| {
        status.state = EngineState::Down;
        status.error = Some("DockerMate is stopping.".to_owned());
    });
}

/// One second doubling to thirty, a fifth more or less by `chance` (0 to 1) so
/// that several hosts do not retry one engine at the same moments.
fn backoff(tries: u32, chance: f64) -> Duration {
    let wait = WAIT.after(tries.saturating_add(1));
    wait.mul_f64(0.8 + 0.4 * chance.clamp(0.0, 1.0))
}

/// One connection from the search to its end; gives the reason of the end.
async fn attempt(shared: &Shared, tries: &mut u32, known: &mut Option<Host>) -> String {
    let client = match search(shared, known.as_ref()).await {
        Ok(client) => client,
        Err(error) => return error,
    };
    let host = client.transport.host().clone();
    let mut session = match Session::open(shared, client).await {
        Ok(session) => session,
        Err(error) => return error.to_string(),
    };
    *known = Some(host);
    let began = Instant::now();
    let error = session.run().await;
    if began.elapsed() >= GOOD {
        *tries = 0;
    }
    error
}

/// Once one has been connected it is the one: another engine that answers while it
/// restarts has other containers.
fn to_try(hosts: Vec<Host>, known: Option<&Host>) -> Vec<Host> {
    match known {
        Some(known) => vec![known.clone()],
        None => hosts,
    }
}

/// The first address at which an engine answers; `known` is where one was connected before.
async fn search(shared: &Shared, known: Option<&Host>) -> Result<Client, String> {
    let hosts = candidates(&shared.settings.surroundings)
        .map_err(|why| format!("The address of the engine cannot be used: {why}."))?;
    let first = hosts.first().map(ToString::to_string);
    let cert_folder = shared.settings.cert_folder();
    let mut failures = Vec::new();
    for host in to_try(hosts, known) {
        match try_host(host.clone(), cert_folder.as_deref()).await {
            Ok(client) => {
                shared.set_proxy(match client.transport.host() {
                    Host::Unix(_) => None,
                    Host::Tcp { host, .. } => Some(host.clone()),
                });
                return Ok(client);
            }
            Err(problem) => failures.push((host, problem)),
        }
    }
    let asked_for = shared.settings.surroundings.docker_host.is_some();
    shared.status.send_if_modified(|status| {
        if status.endpoint.is_none() && asked_for {
            status.endpoint = first;
        }
        false
    });
    Err(conclude(&failures))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn engine_that_was_connected_is_the_only_one_that_is_tried_again() {
        let [docker, podman] =
            ["/run/docker.sock", "/run/podman/podman.sock"].map(|path| Host::Unix(path.into()));
        let both = vec![docker.clone(), podman.clone()];
        assert_eq!(to_try(both.clone(), None), both);
        assert_eq!(to_try(both, Some(&podman)), [podman]);
    }

    #[test]
    fn reconnect_delay_doubles_up_to_thirty_seconds_with_jitter() {
        let at = |tries| backoff(tries, 0.5).as_secs_f64().round() as u64;
        assert_eq!(
            [at(0), at(1), at(2), at(3), at(4), at(5), at(200)],
            [1, 2, 4, 8, 16, 30, 30]
        );
        assert!(backoff(0, 0.0) < backoff(0, 1.0));
        assert!(backoff(200, 1.0) <= WAIT.longest.mul_f64(1.2));
    }
}
