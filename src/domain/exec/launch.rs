//! Starts the shell of a terminal: tries the shells that the container may have
//! until one has told its process number.

use super::ending::kill;
use super::greeting::{self, Greeting};
use super::refusal::{is_missing_program, of_user, text_of};
use super::shells::{self, ShellCommand};
use crate::engine::{Engine, Exec, ExecReader, ExecSpec, ExecWriter};
use crate::error::{Error, Kind, Result};
use crate::model::container::Container;
use crate::model::program::shown;
use std::time::Duration;
use tokio::io::AsyncReadExt as _;
use tokio::time::timeout;

/// How long a shell may take to begin on a slow host.
const BEGINS: Duration = Duration::from_secs(20);

/// A shell that runs.
pub(super) struct Launched {
    pub exec: Exec,
    /// As the container counts.
    pub pid: u32,
    /// What ran the greeting.
    pub shell: ShellCommand,
    /// With what came after it.
    pub greeting: Greeting,
    pub reader: ExecReader,
    pub writer: ExecWriter,
}

/// What became of a try to start a shell.
enum Attempt {
    Begun(Box<Launched>),
    /// What the engine or the shell wrote instead of the greeting.
    Refused(String),
}

/// # Errors
/// `no_shell`, `shell_not_found`, `user_not_found`.
pub(super) async fn launch(
    engine: &Engine,
    container: &Container,
    named: Option<&str>,
    user: Option<&str>,
) -> Result<Box<Launched>> {
    let name = &container.name;
    let candidates = shells::candidates(named);
    for shell in &candidates {
        let spec = ExecSpec {
            command: greeting::command(shell, named),
            user: user.map(str::to_owned),
            env: vec!["TERM=xterm-256color".to_owned()],
            tty: true,
            stdin: true,
            ..ExecSpec::default()
        };
        let text = match attempt(engine, &container.id, shell, &spec).await? {
            Attempt::Begun(launched) => return Ok(launched),
            Attempt::Refused(text) => text,
        };
        if let Some(error) = of_user(&text, name, user) {
            return Err(error);
        }
        if !is_missing_program(&text) {
            return Err(not_begun(name, &text));
        }
        // The script ran; it is the named one that is not there.
        if let Some(named) = named
            && text.trim() == greeting::not_found(named)
        {
            return Err(shell_not_found(name, named));
        }
    }
    Err(match named {
        Some(named) if candidates.len() == 1 => shell_not_found(name, named),
        _ => no_shell(name, named, &candidates),
    })
}

async fn attempt(
    engine: &Engine,
    id: &str,
    shell: &ShellCommand,
    spec: &ExecSpec,
) -> Result<Attempt> {
    let refused = |error| text_of(&error).map(Attempt::Refused).ok_or(error);
    let exec = match engine.exec(id, spec).await {
        Ok(exec) => exec,
        Err(error) => return Ok(refused(error)?),
    };
    let (mut reader, writer) = match exec.start().await {
        Ok(streams) => streams,
        Err(error) => return Ok(refused(error)?),
    };
    let mut greeting = Greeting::default();
    let greeted = timeout(BEGINS, greet(&mut reader, &mut greeting)).await;
    let Some(pid) = greeted.ok().flatten() else {
        kill(&exec).await;
        return Ok(Attempt::Refused(greeting.text()));
    };
    Ok(Attempt::Begun(Box::new(Launched {
        exec,
        pid,
        shell: shell.clone(),
        greeting,
        reader,
        writer,
    })))
}

async fn greet(reader: &mut ExecReader, greeting: &mut Greeting) -> Option<u32> {
    let mut buffer = [0; 1024];
    loop {
        let count = reader.read(&mut buffer).await.unwrap_or(0);
        if count == 0 {
            return None;
        }
        greeting.push(&buffer[..count]);
        if let Some(pid) = greeting.pid() {
            return Some(pid);
        }
    }
}

fn shell_not_found(name: &str, named: &str) -> Error {
    Error::invalid(
        "shell",
        format!(
            "The image of {name} has no program {:?}. Leave the shell empty to find one, or give \
             the full path of a shell that the image has.",
            shown(named)
        ),
    )
    .code("shell_not_found")
}

/// None of the candidates is there.
fn no_shell(name: &str, named: Option<&str>, candidates: &[ShellCommand]) -> Error {
    let tried = shells::listed(candidates);
    Error::conflict(match named {
        Some(named) => format!(
            "The image of {name} has no shell that can start {:?}. Tried: {tried}.",
            shown(named)
        ),
        None => format!(
            "The image of {name} has no shell: it holds its program and little else. Tried: {tried}. \
             If it has one elsewhere, give its full path; a single program that it does have can be \
             run as one command."
        ),
    })
    .code("no_shell")
}

fn not_begun(name: &str, text: &str) -> Error {
    Error::new(
        Kind::Conflict,
        format!("The shell of {name} did not begin. Look at its log, and try again."),
    )
    .code("no_shell")
    .detail(text.trim())
}
