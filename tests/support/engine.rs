//! A private `dockerd`: own data, own socket, own bridge. One is shared by the
//! tests that do not stop it.

use super::wait::until;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// The folder that `tests/run.sh` made, and ends and removes afterwards.
pub fn root() -> PathBuf {
    let root = std::env::var_os("DOCKERMATE_TEST_DIR")
        .expect("run the tests with: sh tests/run.sh (DOCKERMATE_TEST_DIR is not set)");
    PathBuf::from(root)
}

/// A number that no other test of this run has.
pub fn number() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

#[derive(Debug)]
pub struct Engine {
    dir: PathBuf,
    child: Option<Child>,
}

impl Engine {
    /// The one that stays up. Its image is `bb:1`, a busybox that ticks.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Engine> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// A new one, for a test that will stop it.
    pub fn start() -> Self {
        let dir = root().join(format!("engine-{}", number()));
        std::fs::create_dir_all(&dir).unwrap();
        let mut engine = Self { dir, child: None };
        engine.up();
        engine.image();
        engine
    }

    pub fn up(&mut self) {
        let log = std::fs::File::create(self.dir.join("log")).unwrap();
        let child = Command::new("dockerd")
            .arg("--data-root")
            .arg(self.dir.join("data"))
            .arg("--exec-root")
            .arg(self.dir.join("exec"))
            .arg("--pidfile")
            .arg(self.dir.join("pid"))
            .args(["-H", &self.host(), "--bridge", "none"])
            // Engines side by side would take each other's chains away.
            .args(["--iptables=false", "--ip-masq=false"])
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .expect("dockerd is not installed (tests/packages.txt)");
        self.child = Some(child);
        until("dockerd answers", Duration::from_mins(1), || {
            self.try_docker(&["version"]).map(drop)
        });
    }

    /// SIGTERM, and waits for the end.
    pub fn down(&mut self) {
        if let Some(mut child) = self.child.take() {
            let pid = rustix::process::Pid::from_child(&child);
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
            let _ = child.wait();
        }
    }

    pub fn host(&self) -> String {
        format!("unix://{}", self.socket().display())
    }

    pub fn socket(&self) -> PathBuf {
        self.dir.join("docker.sock")
    }

    fn try_docker(&self, arguments: &[&str]) -> Option<String> {
        let output = Command::new("/usr/bin/docker")
            .args(["-H", &self.host()])
            .args(arguments)
            .output()
            .ok()?;
        output
            .status
            .success()
            .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// Runs the CLI and gives what it printed. Panics when it fails.
    #[track_caller]
    pub fn docker(&self, arguments: &[&str]) -> String {
        let output = Command::new("/usr/bin/docker")
            .args(["-H", &self.host()])
            .args(arguments)
            .output()
            .expect("/usr/bin/docker is not installed (tests/packages.txt)");
        assert!(
            output.status.success(),
            "docker {arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Starts a container that ticks; gives its name, which no other test has.
    pub fn run(&self, extra: &[&str]) -> String {
        let name = format!("t{}", number());
        let mut arguments = vec!["run", "-d", "--network", "none", "--name", &name];
        arguments.extend(extra);
        arguments.push("bb:1");
        self.docker(&arguments);
        name
    }

    /// An image with one program (`/sleep`) and no shell; gives its name.
    pub fn shell_less_image(&self) -> &'static str {
        let dir = self.dir.join(format!("bare-{}", number()));
        std::fs::create_dir_all(dir.join("image")).unwrap();
        std::fs::copy("/bin/busybox", dir.join("image/sleep")).unwrap();
        let archive = dir.join("image.tar");
        let packed = Command::new("tar")
            .arg("-C")
            .arg(dir.join("image"))
            .arg("-cf")
            .arg(&archive)
            .arg(".")
            .status()
            .unwrap();
        assert!(packed.success());
        let command = r#"CMD ["/sleep","100000"]"#;
        self.docker(&["import", "-c", command, archive.to_str().unwrap(), "bare:1"]);
        "bare:1"
    }

    fn image(&self) {
        let image = self.dir.join("image");
        std::fs::create_dir_all(image.join("bin")).unwrap();
        std::fs::create_dir_all(image.join("tmp")).unwrap();
        std::fs::copy("/bin/busybox", image.join("bin/busybox"))
            .expect("busybox-static is not installed (tests/packages.txt)");
        for applet in [
            "sh", "sleep", "echo", "cat", "seq", "true", "false", "printf", "ls", "kill",
        ] {
            let _ = std::os::unix::fs::symlink("busybox", image.join("bin").join(applet));
        }
        let archive = self.dir.join("image.tar");
        let packed = Command::new("tar")
            .arg("-C")
            .arg(&image)
            .arg("-cf")
            .arg(&archive)
            .arg(".")
            .status()
            .unwrap();
        assert!(packed.success());
        self.docker(&[
            "import",
            "-c",
            r#"CMD ["/bin/sh","-c","trap exit TERM; i=0; while true; do i=$((i+1)); echo tick $i; sleep 1 & wait; done"]"#,
            archive.to_str().unwrap(),
            "bb:1",
        ]);
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.down();
    }
}
