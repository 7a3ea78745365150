//! Acting on one container, and everything about one container.
//!
//! A reference is first resolved in memory, so only full ids of known
//! containers are ever written into a request's path. When a call returns,
//! memory already shows what it did.

use super::client::Client;
use super::convert;
use super::error::EngineError;
use super::handle::Engine;
use super::transport::{ALREADY, REQUEST};
use super::wire::{Inspect, parse};
use crate::model::container::{Container, HealthResult, Mount, SettingGroup, State};
use crate::model::spec::ContainerSpec;
use bollard::Docker;
use bollard::query_parameters::{
    KillContainerOptionsBuilder, RemoveContainerOptionsBuilder, RestartContainerOptionsBuilder,
    StopContainerOptionsBuilder,
};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// What an action may take beyond the container's own time to stop: mounting
/// and networking on a slow host, removing many layers.
const MARGIN: Duration = Duration::from_mins(1);
/// The engine's grace between the stop signal and SIGKILL.
const DEFAULT_GRACE: i64 = 10;
/// A container that is configured to be waited for without end.
const LONGEST_GRACE: i64 = 3600;
/// From this API on `stop` takes a signal.
const STOP_WITH_SIGNAL: (usize, usize) = (1, 42);

/// What an action came to.
#[derive(Debug, Clone)]
pub struct ActionOutcome {
    /// False when it was already so.
    pub changed: bool,
    /// As it is now; `None` when it is gone.
    pub container: Option<Arc<Container>>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StopOptions {
    /// Seconds to wait before SIGKILL; `None` is the container's own, else 10.
    pub timeout: Option<u32>,
    /// Sent first instead of the container's own (`SIGINT`).
    pub signal: Option<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RemoveOptions {
    /// Also when it runs.
    pub force: bool,
    /// Its anonymous volumes too. Named ones always stay.
    pub volumes: bool,
}

/// Everything about a container, except what DockerMate itself adds.
#[derive(Debug, Clone)]
pub struct Details {
    pub container: Arc<Container>,
    /// What it was made with, in a person's words.
    pub spec: ContainerSpec,
    pub configuration: Vec<SettingGroup>,
    pub mounts: Vec<Mount>,
    /// Newest last.
    pub health_log: Vec<HealthResult>,
    /// The engine's answer, untouched.
    pub inspect: Value,
}

/// runc gives up on a busy container after a moment (`unable to freeze`, control
/// groups of version 1), and may well succeed the next time.
const FREEZE_TRIES: u32 = 4;

fn could_not_freeze(error: &EngineError) -> bool {
    matches!(error, EngineError::Engine { message, .. } if message.contains("unable to freeze"))
}

impl Engine {
    /// `POST /containers/{id}/start`. `changed` is false when it ran already.
    ///
    /// # Errors
    /// All of [`EngineError`]; the engine's reason (a port in use, a missing
    /// mount) is kept word for word.
    pub async fn start_container(&self, reference: &str) -> Result<ActionOutcome, EngineError> {
        self.act(reference, MARGIN, async |docker, id| {
            docker.start_container(id, None).await
        })
        .await
    }

    /// `POST /containers/{id}/stop`. `changed` is false when it did not run.
    pub async fn stop_container(
        &self,
        reference: &str,
        options: &StopOptions,
    ) -> Result<ActionOutcome, EngineError> {
        let signal = options.signal.as_deref().map(valid_signal).transpose()?;
        let grace = self.grace(reference, options.timeout)?;
        let limit = MARGIN + Duration::from_secs(grace.unsigned_abs());
        let mut query = StopContainerOptionsBuilder::new();
        if let Some(seconds) = options.timeout {
            query = query.t(i32::try_from(seconds).unwrap_or(i32::MAX));
        }
        let Some(signal) = signal else {
            let query = query.build();
            return self
                .act(reference, limit, async |docker, id| {
                    docker.stop_container(id, Some(query)).await
                })
                .await;
        };
        if self.shared.client()?.api >= STOP_WITH_SIGNAL {
            let query = query.signal(signal).build();
            return self
                .act(reference, limit, async |docker, id| {
                    docker.stop_container(id, Some(query)).await
                })
                .await;
        }
        // Older engines ignore the signal silently, so it is sent by itself and
        // what remains of the grace is waited out here.
        let kill = KillContainerOptionsBuilder::new().signal(signal).build();
        let last = StopContainerOptionsBuilder::new().t(0).build();
        self.act(reference, limit, async |docker, id| {
            use futures_util::StreamExt;
            match docker.kill_container(id, Some(kill)).await {
                // "is not running"
                Err(bollard::errors::Error::DockerResponseServerError {
                    status_code: 409, ..
                }) => {}
                other => other?,
            }
            let mut over = std::pin::pin!(docker.wait_container(id, None));
            let _ = timeout(Duration::from_secs(grace.unsigned_abs()), over.next()).await;
            match docker.stop_container(id, Some(last)).await {
                Err(bollard::errors::Error::DockerResponseServerError {
                    status_code: ALREADY,
                    ..
                }) => Ok(()),
                other => other,
            }
        })
        .await
    }

    /// `POST /containers/{id}/restart`. Starts it when it did not run.
    pub async fn restart_container(
        &self,
        reference: &str,
        timeout_s: Option<u32>,
    ) -> Result<ActionOutcome, EngineError> {
        let grace = self.grace(reference, timeout_s)?;
        let mut query = RestartContainerOptionsBuilder::new();
        if let Some(seconds) = timeout_s {
            query = query.t(i32::try_from(seconds).unwrap_or(i32::MAX));
        }
        let query = query.build();
        let limit = MARGIN + Duration::from_secs(grace.unsigned_abs());
        self.act(reference, limit, async |docker, id| {
            docker.restart_container(id, Some(query)).await
        })
        .await
    }

    /// `POST /containers/{id}/pause`. `changed` is false when it was paused.
    ///
    /// # Errors
    /// [`EngineError::Conflict`] when it does not run.
    pub async fn pause_container(&self, reference: &str) -> Result<ActionOutcome, EngineError> {
        let mut tries = FREEZE_TRIES;
        loop {
            let done = self
                .act(reference, REQUEST, async |docker, id| {
                    docker.pause_container(id).await
                })
                .await;
            tries -= 1;
            if tries == 0 || !done.as_ref().is_err_and(could_not_freeze) {
                return self.unless(reference, done, State::Paused);
            }
        }
    }

    /// `POST /containers/{id}/unpause`. `changed` is false when it ran.
    ///
    /// # Errors
    /// [`EngineError::Conflict`] when it does not run.
    pub async fn unpause_container(&self, reference: &str) -> Result<ActionOutcome, EngineError> {
        let done = self
            .act(reference, REQUEST, async |docker, id| {
                docker.unpause_container(id).await
            })
            .await;
        self.unless(reference, done, State::Running)
    }

    /// `POST /containers/{id}/kill` with a signal (`SIGKILL` unless given). A
    /// process may take its time after other signals: the outcome shows the
    /// state right after sending.
    ///
    /// # Errors
    /// [`EngineError::Conflict`] when it does not run, [`EngineError::Invalid`]
    /// for a signal that does not exist.
    pub async fn kill_container(
        &self,
        reference: &str,
        signal: Option<&str>,
    ) -> Result<ActionOutcome, EngineError> {
        let signal = valid_signal(signal.unwrap_or("SIGKILL"))?;
        let query = KillContainerOptionsBuilder::new().signal(signal).build();
        self.act(reference, MARGIN, async |docker, id| {
            docker.kill_container(id, Some(query)).await
        })
        .await
    }

    /// `DELETE /containers/{id}`. The image and named volumes stay.
    ///
    /// # Errors
    /// [`EngineError::Conflict`] when it runs and `force` is not set.
    pub async fn remove_container(
        &self,
        reference: &str,
        options: RemoveOptions,
    ) -> Result<ActionOutcome, EngineError> {
        let query = RemoveContainerOptionsBuilder::new()
            .force(options.force)
            .v(options.volumes)
            .build();
        self.act(reference, MARGIN * 2, async |docker, id| {
            docker.remove_container(id, Some(query)).await
        })
        .await
    }

    /// `GET /containers/{id}/json`, parsed but otherwise untouched, and what
    /// memory makes of it.
    pub async fn inspect_container(
        &self,
        reference: &str,
    ) -> Result<(Value, Arc<Container>), EngineError> {
        let record = self.shared.record(reference)?;
        let client = self.shared.client()?;
        let body = self.fresh(&client, &record.container.id, reference).await?;
        let value = parse(&body)?;
        let container = self.get(&record.container.id)?;
        Ok((value, container))
    }

    /// The inspect answer taken apart, with the image's own configuration
    /// asked for to tell what the user set.
    pub async fn container_details(&self, reference: &str) -> Result<Details, EngineError> {
        let (inspect, container) = self.inspect_container(reference).await?;
        let client = self.shared.client()?;
        let image = self
            .image_of_container(&inspect, &container.image_id)
            .await?
            .map(|image| image.config);
        let defaults = super::snapshot::defaults(&client);
        let typed = <Inspect as serde::Deserialize>::deserialize(&inspect)
            .map_err(|e| EngineError::Protocol(e.to_string()))?;
        let facts = super::snapshot::facts(&client);
        let mut body = convert::body_of(&inspect, image.as_ref(), &facts);
        self.keep_volumes_of_others(&mut body, &inspect).await?;
        let mut spec = convert::spec_of(&body, &defaults);
        spec.name = Some(container.name.clone());
        Ok(Details {
            spec,
            configuration: convert::configuration(&inspect, image.as_ref(), &defaults),
            mounts: convert::mounts(&inspect, &container.volumes),
            health_log: convert::health_log(&typed),
            container,
            inspect,
        })
    }

    /// Does it, brings memory up to date whatever came of it, and sorts out
    /// what "already so" is.
    async fn act<F>(
        &self,
        reference: &str,
        limit: Duration,
        action: F,
    ) -> Result<ActionOutcome, EngineError>
    where
        F: AsyncFnOnce(&Docker, &str) -> Result<(), bollard::errors::Error>,
    {
        let shared = &self.shared;
        let record = shared.record(reference)?;
        let client = shared.client()?;
        let id = record.container.id.as_str();
        // bollard's own limit is for the head of the answer; ours is for all.
        let docker = client.docker.clone().with_timeout(limit + REQUEST);
        let done = match timeout(limit, action(&docker, id)).await {
            Err(_) => Err(EngineError::Timeout {
                seconds: limit.as_secs(),
            }),
            Ok(Ok(())) => Ok(true),
            Ok(Err(bollard::errors::Error::DockerResponseServerError {
                status_code: ALREADY,
                ..
            })) => Ok(false),
            Ok(Err(error)) => Err(match EngineError::from_bollard(error, id) {
                EngineError::NotFound(_) => EngineError::NotFound(reference.to_owned()),
                error => error,
            }),
        };
        if done
            .as_ref()
            .is_err_and(EngineError::is_about_the_connection)
        {
            shared.check_connection.notify_one();
        }
        let answer = shared.inspect(&client, id).await.map(|(_, record)| record);
        let now = shared.apply(id, answer);
        let changed = done?;
        // The action worked; that the look afterwards failed is not its failure.
        let container = now.unwrap_or_else(|_| Some(Arc::clone(&record.container)));
        Ok(ActionOutcome { changed, container })
    }

    /// A conflict is not a failure when the container is in the wanted state.
    fn unless(
        &self,
        reference: &str,
        done: Result<ActionOutcome, EngineError>,
        wanted: State,
    ) -> Result<ActionOutcome, EngineError> {
        match done {
            Err(EngineError::Conflict(_) | EngineError::Engine { .. })
                if self.get(reference)?.state == wanted =>
            {
                Ok(ActionOutcome {
                    changed: false,
                    container: Some(self.get(reference)?),
                })
            }
            other => other,
        }
    }

    /// Inspects, and keeps memory up to date with what it says.
    async fn fresh(
        &self,
        client: &Client,
        id: &str,
        reference: &str,
    ) -> Result<bytes::Bytes, EngineError> {
        match self.shared.inspect(client, id).await {
            Ok((body, record)) => {
                let _ = self.shared.apply(id, Ok(record));
                Ok(body)
            }
            Err(EngineError::NotFound(_)) => {
                let missing = EngineError::NotFound(reference.to_owned());
                let _ = self.shared.apply(id, Err(missing.clone()));
                Err(missing)
            }
            Err(error) => {
                if error.is_about_the_connection() {
                    self.shared.check_connection.notify_one();
                }
                Err(error)
            }
        }
    }

    /// Seconds that the engine will wait before it kills.
    fn grace(&self, reference: &str, asked: Option<u32>) -> Result<i64, EngineError> {
        let own = self.shared.record(reference)?.stop_timeout;
        let grace = asked.map(i64::from).or(own).unwrap_or(DEFAULT_GRACE);
        Ok(if grace < 0 {
            LONGEST_GRACE
        } else {
            grace.min(LONGEST_GRACE)
        })
    }
}

/// A signal's name with or without `SIG`, or its number (signal(7)); engines
/// differ in how they refuse a wrong one, so it is refused here.
fn valid_signal(text: &str) -> Result<&str, EngineError> {
    const NAMES: [&str; 36] = [
        "ABRT", "ALRM", "BUS", "CHLD", "CLD", "CONT", "FPE", "HUP", "ILL", "INT", "IO", "IOT",
        "KILL", "PIPE", "POLL", "PROF", "PWR", "QUIT", "SEGV", "STKFLT", "STOP", "SYS", "TERM",
        "TRAP", "TSTP", "TTIN", "TTOU", "URG", "USR1", "USR2", "VTALRM", "WINCH", "XCPU", "XFSZ",
        "RTMIN", "RTMAX",
    ];
    let upper = text.to_ascii_uppercase();
    let name = upper.strip_prefix("SIG").unwrap_or(&upper);
    let real_time = |prefix: &str, sign: char| {
        name.strip_prefix(prefix)
            .and_then(|rest| rest.strip_prefix(sign))
            .and_then(|n| n.parse::<u8>().ok())
            .is_some_and(|n| (1..=15).contains(&n))
    };
    let number = text.parse::<u8>().is_ok_and(|n| (1..=64).contains(&n));
    if number || NAMES.contains(&name) || real_time("RTMIN", '+') || real_time("RTMAX", '-') {
        Ok(text)
    } else {
        Err(EngineError::Invalid(format!(
            "\"{text}\" is not a signal. Use a name such as SIGTERM, SIGINT, SIGHUP or SIGKILL, or a number from 1 to 64."
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn valid_signals_are_accepted_and_invalid_ones_rejected() {
        for good in [
            "SIGTERM",
            "term",
            "9",
            "64",
            "SIGRTMIN+3",
            "RTMAX-1",
            "SIGHUP",
        ] {
            assert_eq!(valid_signal(good), Ok(good));
        }
        for bad in ["", "0", "65", "SIGNOPE", "TERM; rm", "RTMIN+99", "-9"] {
            assert!(valid_signal(bad).is_err(), "{bad}");
        }
    }
}
