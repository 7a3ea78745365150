//! The tools that check the API description and make a client of it.

use super::installed::installed;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

/// The folder of what `tests/openapi.sh` installs under this name.
#[track_caller]
pub fn folder(name: &str) -> PathBuf {
    installed("tests/openapi.sh", &[name])
}

/// A command that finds the programs of this folder first, Node among them.
pub fn command(folder: &std::path::Path, program: &str) -> Command {
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = Command::new(program);
    command
        .env(
            "PATH",
            format!("{0}/bin:{0}/node_modules/.bin:{path}", folder.display()),
        )
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::null());
    command
}

/// What a program printed.
pub fn all(output: &Output) -> String {
    format!(
        "{}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}
