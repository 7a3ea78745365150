//! A shell in a container that runs, with a terminal.
//!
//! Closing the connection does not end what the engine started in a terminal
//! (moby #9098), and the engine has no call for it. So the shell tells its own
//! process number before anything else, in the container's numbering, and is
//! hung up by a second command beside it. That works wherever the engine is.
//! Invariant: a terminal that was opened is hung up, whoever ends it, and both
//! stand in the security log.

use super::ExecService;
use super::command::check_user;
use super::ending::{Ending, kill, settled};
use super::launch::launch;
use super::shells::ShellCommand;
use crate::domain::security::{Client, SecurityLog};
use crate::engine::{Engine, EngineError, Exec, ExecReader, ExecSpec, ExecWriter};
use crate::error::{Error, Result};
use crate::model::container::State;
use crate::model::program::shown;
use bytes::{Bytes, BytesMut};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::{Instant, sleep, timeout};

/// What a shell has to end after it was hung up.
const GOES: Duration = Duration::from_secs(2);
const LARGEST: u16 = 1000;
/// 128 and SIGKILL.
const KILLED: i64 = 137;

/// How the terminal is opened.
#[derive(Debug, Clone, Default)]
pub struct TerminalRequest {
    pub user: Option<String>,
    /// A program of the container; what is found there when absent.
    pub shell: Option<String>,
    pub cols: u16,
    pub rows: u16,
}

/// A shell that runs: what it writes, what it reads, and the rest.
#[derive(Debug)]
pub struct Terminal {
    pub reader: TerminalReader,
    pub writer: TerminalWriter,
    pub control: TerminalControl,
}

#[derive(Debug)]
pub struct TerminalReader {
    /// What came with the greeting.
    first: BytesMut,
    inner: ExecReader,
}

#[derive(Debug)]
pub struct TerminalWriter(ExecWriter);

#[derive(Debug)]
pub struct TerminalControl {
    engine: Engine,
    exec: Exec,
    /// As the container counts.
    pid: u32,
    /// What ran the greeting, and sends the signals.
    shell: ShellCommand,
    user: Option<String>,
    /// Name of the container, for the log.
    name: String,
    began: Instant,
    security: SecurityLog,
    client: Client,
}

/// How the stream of a shell came to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// The shell has ended.
    Exited {
        code: Option<i64>,
        /// Why, when it was not its own doing.
        message: Option<String>,
    },
    /// The connection to it broke off. A sentence with the way out.
    Interrupted(String),
}

impl TerminalRequest {
    fn check(&self) -> Result<()> {
        check_user(self.user.as_deref())?;
        let good = self.shell.as_ref().is_none_or(|shell| {
            shell.len() <= 200 && !shell.starts_with('-') && !shell.chars().any(char::is_control)
        });
        if good {
            return Ok(());
        }
        Err(Error::invalid(
            "shell",
            "Give a program of the container, such as bash or /bin/sh.",
        ))
    }
}

impl ExecService {
    /// Starts a shell.
    ///
    /// # Errors
    /// `container_not_running`; `no_shell` when the image has none;
    /// `shell_not_found` when it does not have the one that was named;
    /// `user_not_found`.
    pub async fn terminal(
        &self,
        reference: &str,
        request: &TerminalRequest,
        client: &Client,
    ) -> Result<Terminal> {
        request.check()?;
        let view = self.running(reference)?;
        let name = view.container.name.clone();
        let named = request.shell.as_deref().filter(|shell| !shell.is_empty());
        let user = request.user.as_deref();
        let launched = launch(&self.engine, &view.container, named, user).await?;
        let control = TerminalControl {
            engine: self.engine.clone(),
            exec: launched.exec,
            pid: launched.pid,
            shell: launched.shell,
            user: request.user.clone(),
            name,
            began: Instant::now(),
            security: self.security.clone(),
            client: client.clone(),
        };
        control.resize(request.cols, request.rows).await;
        control.opened(named).await;
        Ok(Terminal {
            reader: TerminalReader {
                first: launched.greeting.rest(),
                inner: launched.reader,
            },
            writer: TerminalWriter(launched.writer),
            control,
        })
    }
}

impl TerminalReader {
    /// What it wrote; `None` when there is nothing more to come. Why that is,
    /// [`TerminalControl::ended`] says.
    pub async fn read(&mut self, most: usize) -> Option<Bytes> {
        if !self.first.is_empty() {
            return Some(self.first.split().freeze());
        }
        let mut buffer = BytesMut::with_capacity(most);
        match self.inner.read_buf(&mut buffer).await {
            Ok(count) if count > 0 => Some(buffer.freeze()),
            _ => None,
        }
    }
}

impl TerminalWriter {
    /// Waits for as long as the program in the terminal does not read. False
    /// when nobody is left to.
    pub async fn write(&mut self, bytes: &[u8]) -> bool {
        self.0.write_all(bytes).await.is_ok() && self.0.flush().await.is_ok()
    }
}

impl TerminalControl {
    /// A size that the engine does not take changes nothing.
    pub async fn resize(&self, cols: u16, rows: u16) {
        let (cols, rows) = (cols.clamp(1, LARGEST), rows.clamp(1, LARGEST));
        let _ = timeout(GOES, self.exec.resize(cols, rows)).await;
    }

    /// What became of a shell whose stream has ended.
    pub async fn ended(&self) -> Ended {
        let ending = settled(&self.exec).await;
        // Unknown while the engine does not answer.
        let stopped = || match self.engine.get(&self.exec.container) {
            Ok(container) => container.state != State::Running,
            Err(error) => matches!(error, EngineError::NotFound(_)),
        };
        // Killed, as everything is when a container stops; the news of that come a moment later.
        if matches!(ending, Ending::Exited(KILLED) | Ending::Forgotten) {
            let deadline = Instant::now() + GOES;
            while !stopped() && Instant::now() < deadline {
                sleep(Duration::from_millis(50)).await;
            }
        }
        let message = stopped().then(|| {
            format!(
                "{} does not run any more, and the shell ended with it.",
                self.name
            )
        });
        match ending {
            Ending::Exited(code) => Ended::Exited {
                code: Some(code),
                message,
            },
            _ if message.is_some() => Ended::Exited {
                code: None,
                message,
            },
            Ending::Running => Ended::Interrupted(
                "The connection to the engine broke off, and the shell was ended. Open it again."
                    .to_owned(),
            ),
            Ending::Forgotten => Ended::Interrupted(
                "The engine was restarted, and does not know the shell any more. Open it again."
                    .to_owned(),
            ),
            Ending::Unknown => Ended::Interrupted(
                "The connection to the engine broke off, and the engine does not answer. Open the terminal again once it does."
                    .to_owned(),
            ),
        }
    }

    async fn opened(&self, named: Option<&str>) {
        let shell = named.map_or_else(|| "shell".to_owned(), shown);
        let user = self
            .user
            .as_ref()
            .map_or_else(String::new, |user| format!(" as {user}"));
        let what = format!("{}: {shell}{user}", self.name);
        self.security
            .add(&self.client, "container.terminal", true, &what)
            .await;
    }

    /// Ends the shell if it still runs, and writes down that it is over.
    pub async fn hang_up(self) {
        if !self.gone(Duration::ZERO).await {
            self.signal("-HUP").await;
        }
        if !self.gone(GOES).await {
            self.signal("-KILL").await;
        }
        if !self.gone(GOES).await {
            kill(&self.exec).await;
        }
        if !self.gone(GOES).await {
            tracing::warn!(
                container = self.name,
                "a shell did not end with its terminal"
            );
        }
        let what = format!("{}: after {} s", self.name, self.began.elapsed().as_secs());
        self.security
            .add(&self.client, "container.terminal_closed", true, &what)
            .await;
    }

    /// By the container's own shell: its numbering, its rights.
    async fn signal(&self, signal: &str) {
        let pid = self.pid.to_string();
        let kill = ["-c", "kill \"$0\" \"$1\"", signal, &pid].map(str::to_owned);
        let spec = ExecSpec {
            command: self.shell.iter().cloned().chain(kill).collect(),
            user: self.user.clone(),
            ..ExecSpec::default()
        };
        let sent = async { self.exec.beside(&spec).await?.start_detached().await };
        if let Err(error) = sent.await {
            tracing::debug!(%error, container = self.name, signal, "the shell was not signalled");
        }
    }

    /// Whether it has ended, asked until `within` is over. An engine that does
    /// not answer, or does not know it any more, is asked no further.
    async fn gone(&self, within: Duration) -> bool {
        let deadline = Instant::now() + within;
        loop {
            if !self.exec.state().await.is_ok_and(|state| state.running) {
                return true;
            }
            if Instant::now() >= deadline {
                return false;
            }
            sleep(Duration::from_millis(50)).await;
        }
    }
}
