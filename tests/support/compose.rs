//! The real `docker compose`, from the Debian suite that has it (`tests/engines.sh`),
//! for any engine: the socket has the same path on both sides.

use super::engine::{Engine, root};
use super::wait::until;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

/// The process that keeps the namespace with that suite as root file system.
fn holder() -> u32 {
    static HOLDER: OnceLock<(u32, Mutex<Child>)> = OnceLock::new();
    let (id, _) = HOLDER.get_or_init(|| {
        let dir = root().join("compose");
        let log = std::fs::File::create(root().join("compose.log")).unwrap();
        let child = Command::new("sh")
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/engines.sh"))
            .args(["hold", "docker-forky"])
            .arg(root())
            .arg(&dir)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        until(
            "the namespace of docker compose",
            Duration::from_mins(15),
            || dir.join("held").exists().then_some(()),
        );
        (child.id(), Mutex::new(child))
    });
    *id
}

/// A project with one file, which goes when it is dropped.
pub struct Project<'a> {
    engine: &'a Engine,
    name: String,
    file: PathBuf,
}

impl<'a> Project<'a> {
    pub fn new(engine: &'a Engine, name: &str, yaml: &str) -> Self {
        let folder = root().join(format!("compose-{name}"));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("compose.yaml");
        std::fs::write(&file, yaml).unwrap();
        Self {
            engine,
            name: name.to_owned(),
            file,
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("nsenter");
        command
            .args(["--target", &holder().to_string(), "--mount"])
            .args(["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/"])
            .arg(format!("DOCKER_HOST={}", self.engine.host()))
            .args([
                "docker",
                "compose",
                "--ansi=never",
                "--progress=plain",
                "-p",
                &self.name,
                "-f",
            ])
            .arg(&self.file)
            .args(arguments);
        command
    }

    /// Runs it and gives what it said.
    #[track_caller]
    pub fn run(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).output().unwrap();
        let said = format!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(
            output.status.success(),
            "docker compose {arguments:?}: {said}"
        );
        said
    }
}

impl Drop for Project<'_> {
    fn drop(&mut self) {
        let _ = self
            .command(&["down", "--volumes", "--timeout", "1"])
            .output();
    }
}
