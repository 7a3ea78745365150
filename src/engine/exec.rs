//! Running a command in a container that runs already: `ContainerExec`,
//! `ExecStart`, `ExecInspect`, `ExecResize` of the Docker Engine API.
//!
//! An [`Exec`] keeps the connection that it was made over, so that it can be
//! asked about, and ended, while the rest of the program is already stopping.
//! The engine has no call that ends an exec: see `domain/containers/exec`.

mod frames;

pub use frames::{Frames, Output};

use super::client::Client;
use super::error::EngineError;
use super::handle::Engine;
use super::wire::parse;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use serde_json::json;
use tokio::io::{ReadHalf, WriteHalf};
use tokio_util::sync::CancellationToken;

/// What to run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExecSpec {
    /// Program and arguments, never joined or split.
    pub command: Vec<String>,
    /// `name`, `uid`, `name:group`; the container's own when absent.
    pub user: Option<String>,
    pub workdir: Option<String>,
    /// `NAME=value`.
    pub env: Vec<String>,
    /// With a terminal; then both streams are one.
    pub tty: bool,
    pub stdin: bool,
    pub privileged: bool,
}

/// A command that was prepared in a container.
#[derive(Debug, Clone)]
pub struct Exec {
    client: Client,
    id: String,
    /// Full id of the container.
    pub container: String,
    name: String,
    tty: bool,
    /// Cancelled when the program stops.
    pub stop: CancellationToken,
}

/// How it stands with a command.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ExecState {
    pub running: bool,
    pub exit_code: Option<i64>,
    /// In the engine's own process namespace; 0 when it does not say.
    pub pid: u32,
}

/// What the command reads and writes, until it closes them.
pub type ExecReader = ReadHalf<TokioIo<Upgraded>>;
pub type ExecWriter = WriteHalf<TokioIo<Upgraded>>;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Created {
    id: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Inspected {
    running: bool,
    exit_code: Option<i64>,
    pid: Option<i64>,
}

impl Engine {
    /// `POST /containers/{id}/exec`: prepares, runs nothing yet.
    ///
    /// # Errors
    /// [`EngineError::Conflict`] when the container does not run or is paused.
    pub async fn exec(&self, reference: &str, spec: &ExecSpec) -> Result<Exec, EngineError> {
        let record = self.shared.record(reference)?;
        let bare = Exec {
            client: self.shared.client()?,
            id: String::new(),
            container: record.container.id.clone(),
            name: record.container.name.clone(),
            tty: false,
            stop: self.shared.stop.clone(),
        };
        bare.beside(spec).await
    }
}

impl Exec {
    /// `POST /exec/{id}/start`: runs it, with its streams on this connection.
    pub async fn start(&self) -> Result<(ExecReader, ExecWriter), EngineError> {
        let path = format!("/exec/{}/start", self.id);
        let body = json!({"Detach": false, "Tty": self.tty});
        let upgraded = self
            .client
            .transport
            .upgrade(&path, &body, &self.name)
            .await?;
        Ok(tokio::io::split(TokioIo::new(upgraded)))
    }

    /// Runs it and does not look at what it writes.
    pub async fn start_detached(&self) -> Result<(), EngineError> {
        let path = format!("/exec/{}/start", self.id);
        let body = json!({"Detach": true, "Tty": self.tty});
        self.client.transport.post(&path, &body, &self.name).await?;
        Ok(())
    }

    /// `GET /exec/{id}/json`.
    pub async fn state(&self) -> Result<ExecState, EngineError> {
        let path = format!("/exec/{}/json", self.id);
        let answer = self.client.transport.get(&path, &self.name).await?;
        let found: Inspected = parse(&answer)?;
        Ok(ExecState {
            running: found.running,
            exit_code: found.exit_code,
            pid: found
                .pid
                .and_then(|pid| u32::try_from(pid).ok())
                .unwrap_or(0),
        })
    }

    /// `POST /exec/{id}/resize`.
    pub async fn resize(&self, cols: u16, rows: u16) -> Result<(), EngineError> {
        let path = format!("/exec/{}/resize?h={rows}&w={cols}", self.id);
        self.client
            .transport
            .post(&path, &json!({}), &self.name)
            .await?;
        Ok(())
    }

    /// Another command in the same container, over the same connection.
    pub async fn beside(&self, spec: &ExecSpec) -> Result<Self, EngineError> {
        let mut body = json!({
            "AttachStdin": spec.stdin,
            "AttachStdout": true,
            "AttachStderr": true,
            "Tty": spec.tty,
            "Cmd": spec.command,
            "Env": spec.env,
            "Privileged": spec.privileged,
        });
        if let Some(user) = &spec.user {
            body["User"] = json!(user);
        }
        if let Some(folder) = &spec.workdir {
            body["WorkingDir"] = json!(folder);
        }
        let path = format!("/containers/{}/exec", self.container);
        let answer = self.client.transport.post(&path, &body, &self.name).await?;
        let created: Created = parse(&answer)?;
        if created.id.is_empty() || !created.id.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(EngineError::Protocol("an exec without an id".to_owned()));
        }
        Ok(Self {
            id: created.id,
            tty: spec.tty,
            ..self.clone()
        })
    }

    /// Whether the engine is on this machine, so that its process numbers may
    /// be ours.
    pub fn is_local(&self) -> bool {
        matches!(self.client.transport.host(), super::address::Host::Unix(_))
    }
}
