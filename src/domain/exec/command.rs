//! One command in a container that runs, with a limit on its time and on what
//! it may write.
//!
//! The engine cannot end a command. What does not end in time is ended through
//! the process table of this machine where that is the engine's; elsewhere the
//! answer says that it is still running.
//! Invariant: every command is in the security log by its program alone: its
//! arguments, its variables and what it reads often hold a secret.

use super::ExecService;
use super::ending::{Ending, end, settled};
use super::refusal::{self, is_runtime_error};
use crate::domain::commands::{self, ContainerAction, ExecLine, quote};
use crate::domain::security::Client;
use crate::engine::{Exec, ExecReader, ExecSpec, ExecWriter, Frames, Output};
use crate::error::{Error, Kind, Result};
use crate::model::exec::ExecResult;
use crate::model::plan::Plan;
use crate::model::program::{is_empty_variable, is_variable, shown};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::{Instant, timeout_at};
use utoipa::ToSchema;

/// Of each stream.
const KEPT: usize = 1024 * 1024;
const LONGEST_COMMAND: usize = 64 * 1024;
const DEFAULT_TIMEOUT: u32 = 30;
const LONGEST_TIMEOUT: u32 = 600;

/// A list of words, or a line that is split as a POSIX shell would split it.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(untagged, expecting = "give a list of words or one line")]
pub enum CommandWords {
    Words(Vec<String>),
    Line(String),
}

impl Default for CommandWords {
    fn default() -> Self {
        Self::Words(Vec::new())
    }
}

/// What to run in a container, and how.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ExecRequest {
    /// No shell reads it unless it names one (`sh -c …`).
    pub command: CommandWords,
    /// `name`, `uid` or `name:group` inside the container.
    pub user: Option<String>,
    /// An absolute path inside the container.
    pub workdir: Option<String>,
    pub env: BTreeMap<String, String>,
    /// Seconds, 1 to 600; 30 when left out.
    pub timeout: Option<u32>,
    /// Text that it reads.
    pub stdin: Option<String>,
    pub privileged: bool,
}

impl ExecRequest {
    /// Checked, and as words.
    fn read(self) -> Result<(ExecLine, Duration)> {
        let command = match self.command {
            CommandWords::Words(words) => words,
            CommandWords::Line(line) => shlex::split(&line).ok_or_else(|| {
                Error::invalid(
                    "command",
                    "A quotation mark is open, or the line ends in a backslash. Close it, or send the words as a list.",
                )
            })?,
        };
        if command.first().is_none_or(String::is_empty) {
            return Err(Error::invalid(
                "command",
                "Say what to run, for example [\"ls\", \"-l\"].",
            ));
        }
        if command.iter().map(String::len).sum::<usize>() > LONGEST_COMMAND {
            return Err(Error::invalid(
                "command",
                "The command is longer than 64 KiB.",
            ));
        }
        let plain = |text: &String| !text.is_empty() && !text.chars().any(char::is_control);
        if command.iter().any(|word| word.contains('\0')) {
            return Err(Error::invalid("command", "A word holds a NUL character."));
        }
        check_user(self.user.as_deref())?;
        if self
            .workdir
            .as_ref()
            .is_some_and(|folder| !plain(folder) || !folder.starts_with('/') || folder.len() > 4096)
        {
            return Err(Error::invalid(
                "workdir",
                "Give an absolute path inside the container, such as /data.",
            ));
        }
        for (name, value) in &self.env {
            if !plain(name) || name.contains('=') || value.contains('\0') {
                return Err(Error::invalid(
                    format!("env.{name}"),
                    "A variable has a name without \"=\" and a value without NUL characters.",
                ));
            }
        }
        let seconds = self.timeout.unwrap_or(DEFAULT_TIMEOUT);
        if !(1..=LONGEST_TIMEOUT).contains(&seconds) {
            return Err(Error::invalid("timeout", "1 to 600 seconds."));
        }
        let line = ExecLine {
            command,
            user: self.user,
            workdir: self.workdir,
            env: self.env,
            interactive: false,
            stdin: self.stdin,
            privileged: self.privileged,
        };
        Ok((line, Duration::from_secs(seconds.into())))
    }
}

/// A name, a number, or either with a group.
pub(super) fn check_user(user: Option<&str>) -> Result<()> {
    let good = user.is_none_or(|user| {
        !user.is_empty()
            && user.len() <= 100
            && !user.chars().any(|c| c.is_control() || c.is_whitespace())
    });
    if good {
        return Ok(());
    }
    Err(Error::invalid(
        "user",
        "Give a user of the container: a name, a number, or either with a group (app:app).",
    ))
}

impl ExecService {
    /// What running it would do.
    pub fn plan(&self, reference: &str, request: ExecRequest) -> Result<Plan> {
        let (line, limit) = request.read()?;
        let view = self.running(reference)?;
        let name = &view.container.name;
        let shown = one_line(&line.command, 200);
        let as_user = line
            .user
            .as_ref()
            .map_or_else(String::new, |user| format!(" as {user}"));
        let mut warnings = Vec::new();
        if view.environment.as_deref() == Some("PRD") {
            warnings.push(format!(
                "{name} is tagged PRD: what the command changes, it changes in production."
            ));
        }
        if line.privileged {
            warnings.push(
                "Privileged: the command has every right on this host's devices; nothing keeps it inside the container.".to_owned(),
            );
        }
        Ok(Plan {
            title: format!("Run a command in {name}"),
            steps: vec![
                format!("Run {shown}{as_user} beside the program of {name}."),
                format!("Wait for it at most {} seconds.", limit.as_secs()),
            ],
            warnings,
            keeps: vec!["The container runs on, whatever comes of the command.".to_owned()],
            needs: None,
            offers: Vec::new(),
            commands: Some(commands::container(
                &ContainerAction::Exec(line),
                name,
                self.engine.cli_endpoint().as_deref(),
            )),
        })
    }

    /// Runs it to its end, or to the end of its time.
    pub async fn run(
        &self,
        reference: &str,
        request: ExecRequest,
        client: &Client,
    ) -> Result<ExecResult> {
        let (mut line, limit) = request.read()?;
        let view = self.running(reference)?;
        let stdin = line.stdin.take();
        let spec = ExecSpec {
            env: line.env.iter().map(|(n, v)| format!("{n}={v}")).collect(),
            command: line.command,
            user: line.user,
            workdir: line.workdir,
            tty: false,
            stdin: stdin.is_some(),
            privileged: line.privileged,
        };
        let name = &view.container.name;
        let exec = match self.engine.exec(&view.container.id, &spec).await {
            Ok(exec) => exec,
            Err(error) => return Err(refusal::of_start(error, &spec, name)),
        };
        let what = format!("{name}: {}", summary(&spec));
        self.security
            .add(client, "container.exec", true, &what)
            .await;
        let began = Instant::now();
        let (reader, writer) = match exec.start().await {
            Ok(streams) => streams,
            Err(error) => return Err(refusal::of_start(error, &spec, name)),
        };
        let mut kept = Kept::default();
        let stream = talk(&exec, reader, writer, stdin, &mut kept, began + limit).await?;
        let (exit_code, note) = if stream == Stream::TimedOut {
            (None, Some(end(&exec, limit).await))
        } else {
            match settled(&exec).await {
                Ending::Exited(code) if stream == Stream::Closed => (Some(code), None),
                ending => (None, Some(ending.interruption(name))),
            }
        };
        // Podman writes it where errors go.
        let written = if kept.stdout.is_empty() {
            &kept.stderr
        } else {
            &kept.stdout
        };
        let text = String::from_utf8_lossy(written);
        if matches!(exit_code, Some(126 | 127)) && is_runtime_error(&text) {
            return Err(refusal::of_command(&spec, name, &text));
        }
        Ok(ExecResult {
            exit_code,
            stdout: String::from_utf8_lossy(&kept.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&kept.stderr).into_owned(),
            output_truncated: kept.cut,
            duration_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
            timed_out: stream == Stream::TimedOut,
            interrupted: stream != Stream::TimedOut && exit_code.is_none(),
            note,
        })
    }
}

/// The program, and how much was given to it. A variable before the program counts as
/// one of its variables: it was meant as one.
fn summary(spec: &ExecSpec) -> String {
    let leading = spec.command.iter().take_while(|word| is_variable(word));
    let leading = leading.count();
    let mut words = spec.command.iter().skip(leading);
    // After a variable without a value, it may be the value.
    let before = leading.checked_sub(1).and_then(|at| spec.command.get(at));
    let is_doubtful = before.is_some_and(|word| is_empty_variable(word));
    let program = match words.next() {
        None => "no program".to_owned(),
        Some(_) if is_doubtful => "…".to_owned(),
        Some(word) => shown(word),
    };
    let count = |many: usize, what: &str| match many {
        0 => String::new(),
        1 => format!(", 1 {what}"),
        many => format!(", {many} {what}s"),
    };
    format!(
        "{program}{}{}",
        count(words.count(), "argument"),
        count(leading + spec.env.len(), "variable"),
    )
}

/// What is kept of the output.
#[derive(Debug, Default)]
struct Kept {
    stdout: Vec<u8>,
    stderr: Vec<u8>,
    cut: bool,
}

impl Kept {
    fn take(&mut self, output: Output) {
        let (into, bytes) = match output {
            Output::Stdout(bytes) => (&mut self.stdout, bytes),
            Output::Stderr(bytes) => (&mut self.stderr, bytes),
        };
        let room = KEPT.saturating_sub(into.len()).min(bytes.len());
        into.extend_from_slice(&bytes[..room]);
        self.cut |= room < bytes.len();
    }
}

/// How the stream of a command's output came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stream {
    /// In good order, as far as can be seen from here.
    Closed,
    /// With an error, or in the middle of a frame.
    Broken,
    /// It is still open, and the command has had its time.
    TimedOut,
}

/// Writes what it reads and reads what it writes, at the same time.
async fn talk(
    exec: &Exec,
    mut reader: ExecReader,
    mut writer: ExecWriter,
    stdin: Option<String>,
    kept: &mut Kept,
    deadline: Instant,
) -> Result<Stream> {
    let has_input = stdin.is_some();
    let write = async {
        if let Some(text) = stdin {
            // A command that does not read to the end closes it: no failure.
            let _ = writer.write_all(text.as_bytes()).await;
            let _ = writer.shutdown().await;
        }
        std::future::pending::<()>().await;
    };
    let read = async {
        let mut frames = Frames::default();
        let mut buffer = vec![0; 32 * 1024];
        loop {
            let count = match reader.read(&mut buffer).await {
                Ok(0) if frames.is_complete() => return Stream::Closed,
                Ok(0) => return Stream::Broken,
                Ok(count) => count,
                // Podman closes a connection with input on it that the command did not
                // read, which resets it (unix(7)); what was written to us comes first.
                Err(error)
                    if has_input
                        && exec.is_local()
                        && error.kind() == ErrorKind::ConnectionReset
                        && frames.is_complete() =>
                {
                    return Stream::Closed;
                }
                Err(error) => {
                    tracing::debug!(%error, "the output of a command broke off");
                    return Stream::Broken;
                }
            };
            frames.push(&buffer[..count]);
            for output in frames.by_ref() {
                kept.take(output);
            }
        }
    };
    tokio::select! {
        read = timeout_at(deadline, read) => Ok(read.unwrap_or(Stream::TimedOut)),
        () = write => Ok(Stream::TimedOut),
        () = exec.stop.cancelled() => Err(Error::new(
            Kind::EngineUnavailable,
            "DockerMate is stopping. The command may go on in the container.",
        )
        .code("stopping")),
    }
}

/// The words as a shell line, shortened, and on one line whatever is in them.
pub(super) fn one_line(words: &[String], most: usize) -> String {
    let plain = |word: &String| word.replace(char::is_control, " ");
    let words: Vec<_> = words.iter().take(most).map(plain).collect();
    let line: Vec<_> = words.iter().map(|word| quote(word)).collect();
    let line = line.join(" ");
    if line.chars().count() <= most {
        return line;
    }
    line.chars().take(most - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests;
