//! Credential helpers: programs called `docker-credential-NAME` that keep logins
//! elsewhere (docker/docker-credential-helpers, "Development"). `get` reads the
//! server on its input and answers with JSON.
//!
//! Invariant: a helper that is waited for no longer is killed, with everything
//! that it started.

use super::config::Login;
use rustix::process::{Pid, Signal, kill_process_group};
use serde::Deserialize;
use std::ffi::OsStr;
use std::process::Stdio;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Command;

/// A longer answer is not a login.
const LARGEST: u64 = 64 * 1024;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    username: String,
    secret: String,
}

/// Everything that a helper started, until it is let go.
struct Group(Option<Pid>);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(pid) = self.0 {
            let _ = kill_process_group(pid, Signal::KILL);
        }
    }
}

/// Asks a helper by its name in a file of logins. `None` when it knows none for
/// this server.
///
/// # Errors
/// A sentence without anything that the helper wrote, which could be a secret.
pub(super) async fn get(name: &str, server: &str) -> Result<Option<Login>, String> {
    if name.contains('/') {
        return Err("the helper's name is a path".to_owned());
    }
    ask(OsStr::new(&format!("docker-credential-{name}")), server).await
}

async fn ask(program: &OsStr, server: &str) -> Result<Option<Login>, String> {
    let shown = program.to_string_lossy();
    let broken = |error: std::io::Error| format!("{shown} cannot be asked ({error})");
    let mut child = Command::new(program)
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .map_err(broken)?;
    let pid = child.id().and_then(|pid| i32::try_from(pid).ok());
    let mut group = Group(pid.and_then(Pid::from_raw));
    if let Some(mut input) = child.stdin.take() {
        // One that does not read it says by its answer what it makes of that.
        let _ = input.write_all(server.as_bytes()).await;
    }
    let mut answer = Vec::new();
    if let Some(output) = child.stdout.take() {
        let mut output = output.take(LARGEST + 1);
        output.read_to_end(&mut answer).await.map_err(broken)?;
    }
    if answer.len() as u64 > LARGEST {
        return Err(format!("{shown} answered with more than a login"));
    }
    let status = child.wait().await.map_err(broken)?;
    group.0 = None;
    if !status.success() {
        // The one failure that every helper words alike.
        return if answer.trim_ascii().starts_with(b"credentials not found") {
            Ok(None)
        } else {
            Err(format!("{shown} failed ({status})"))
        };
    }
    let answer: Answer = serde_json::from_slice(&answer)
        .map_err(|_| format!("the answer of {shown} is not that of a credential helper"))?;
    Ok(Some(if answer.username == "<token>" {
        Login::IdentityToken(answer.secret)
    } else {
        Login::Password {
            user: answer.username,
            password: answer.secret,
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::Path;
    use std::time::{Duration, Instant};
    use tokio::time::timeout;

    /// A helper that is this shell script. Another process writes it: while a
    /// program of ours is open for writing, a child that another test starts at
    /// that moment has it open too, and it cannot be run (ETXTBSY).
    fn helper(folder: &Path, script: &str) -> std::path::PathBuf {
        let path = folder.join("docker-credential-test");
        let written = std::process::Command::new("sh")
            .args([
                "-c",
                r#"printf '#!/bin/sh\n%s\n' "$1" > "$2""#,
                "sh",
                script,
            ])
            .arg(&path)
            .status()
            .unwrap();
        assert!(written.success());
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    async fn asked(script: &str) -> Result<Option<Login>, String> {
        let folder = tempfile::tempdir().unwrap();
        ask(helper(folder.path(), script).as_os_str(), "x.example").await
    }

    #[tokio::test]
    async fn helper_answer_for_the_server_is_read_as_password_token_or_no_login() {
        let script = r#"test "$1" = get && read -r server || :
            printf '{"ServerURL":"%s","Username":"me","Secret":"for %s"}' "$server" "$server""#;
        let login = Login::Password {
            user: "me".to_owned(),
            password: "for x.example".to_owned(),
        };
        assert!(asked(script).await == Ok(Some(login)));
        let token = asked(r#"cat >/dev/null; echo '{"Username":"<token>","Secret":"t"}'"#).await;
        assert!(token == Ok(Some(Login::IdentityToken("t".to_owned()))));
        let none = asked("echo credentials not found in native keychain; exit 1").await;
        assert!(none == Ok(None));
    }

    #[tokio::test]
    async fn failing_helper_is_reported_without_its_output() {
        for (script, part) in [
            (
                "echo s3cret; echo s3cret >&2",
                "is not that of a credential helper",
            ),
            ("echo '{\"Secret\":\"s3cret\"}'", "is not that of"),
            ("echo s3cret; exit 3", "failed (exit status: 3)"),
            ("while :; do echo s3cret; done", "more than a login"),
        ] {
            let error = asked(script).await.err().unwrap();
            assert!(error.contains(part), "{script}: {error}");
            assert!(!error.contains("s3cret"), "{error}");
        }
        let missing = get("there-is-none", "x.example").await.err().unwrap();
        assert!(
            missing.contains("docker-credential-there-is-none"),
            "{missing}"
        );
        assert!(get("../bin/sh", "x.example").await.is_err());
    }

    #[tokio::test]
    async fn hanging_helper_is_killed_with_its_child_processes_on_timeout() {
        let folder = tempfile::tempdir().unwrap();
        let pids = folder.path().join("pids");
        let script = format!(
            "sleep 1000 & echo $$ $! > {0}.part; mv {0}.part {0}; wait",
            pids.display()
        );
        let program = helper(folder.path(), &script);
        let asking = tokio::spawn(async move {
            timeout(
                Duration::from_secs(2),
                ask(program.as_os_str(), "x.example"),
            )
            .await
        });
        assert!(asking.await.unwrap().is_err(), "it is waited for no longer");
        let pids = std::fs::read_to_string(pids).unwrap();
        let runs = |pid: &str| {
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            !stat.is_empty() && !stat.contains(") Z ")
        };
        let deadline = Instant::now() + Duration::from_secs(5);
        while pids.split_whitespace().any(runs) {
            assert!(Instant::now() < deadline, "{pids} still run");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}
