//! A private container engine: own data, own socket. The shared one has no bridge
//! and publishes its ports on this machine; an isolated one lives in a network
//! namespace of its own and has everything, the default bridge too.
//!
//! Which engine that is `DOCKERMATE_TEST_ENGINE` says: `docker`, the one of this
//! machine, or one of those that `tests/engines.sh` knows, each in a mount
//! namespace with its own Debian suite as root file system.

use super::direct;
use super::wait::until;
use std::io::BufReader;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
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

/// The engine that this run is about.
pub fn kind() -> &'static str {
    static KIND: OnceLock<String> = OnceLock::new();
    KIND.get_or_init(|| std::env::var("DOCKERMATE_TEST_ENGINE").unwrap_or_else(|_| "docker".into()))
}

/// Whether this run is about Podman.
pub fn is_podman() -> bool {
    kind().starts_with("podman")
}

#[derive(Debug)]
pub struct Engine {
    dir: PathBuf,
    isolated: bool,
    /// Its containers outlive it.
    live_restore: bool,
    child: Option<Child>,
    /// Keeps the namespaces of an engine that is not this machine's.
    holder: Option<Child>,
}

impl Engine {
    /// The one that stays up. Its image is `bb:1`, a busybox that ticks.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Engine> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// The one that stays up in a network namespace of its own: default bridge,
    /// any subnet, any port, in nobody's way.
    pub fn isolated() -> &'static Self {
        static ISOLATED: OnceLock<Engine> = OnceLock::new();
        ISOLATED.get_or_init(Self::start_isolated)
    }

    /// A new one, for a test that will stop it.
    pub fn start() -> Self {
        Self::new(false, false)
    }

    /// The same, whose containers run on while it is stopped. Podman's always do.
    pub fn start_live_restore() -> Self {
        Self::new(false, true)
    }

    /// The same in a network namespace of its own.
    pub fn start_isolated() -> Self {
        Self::new(true, false)
    }

    fn new(isolated: bool, live_restore: bool) -> Self {
        let dir = root().join(format!("engine-{}", number()));
        std::fs::create_dir_all(&dir).unwrap();
        let mut engine = Self {
            dir,
            isolated,
            live_restore: live_restore && !is_podman(),
            child: None,
            holder: None,
        };
        engine.hold();
        engine.up();
        engine.image();
        engine
    }

    /// Makes the namespaces that the engine lives in, also from one start to the next.
    fn hold(&mut self) {
        if kind() == "docker" {
            return;
        }
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/engines.sh");
        let mut command = Command::new("unshare");
        if self.isolated {
            command.arg("--net");
        } else {
            // The mounts alone; the network is the one that the tests run in.
            command.arg("--mount");
        }
        let log = std::fs::File::create(self.dir.join("holder.log")).unwrap();
        let holder = command
            .arg("sh")
            .arg(&script)
            .args(["hold", kind()])
            .arg(root())
            .arg(&self.dir)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .expect("unshare is not installed (tests/packages.txt)");
        self.holder = Some(holder);
        std::fs::copy(&script, self.dir.join("engines.sh")).unwrap();
        until("the namespaces are there", Duration::from_mins(15), || {
            self.dir.join("held").exists().then_some(())
        });
        if self.isolated {
            let status = self
                .inside(false)
                .args(["ip", "link", "set", "lo", "up"])
                .status();
            assert!(status.unwrap().success());
        }
    }

    /// A command in the engine's namespaces: with `files` also in its root file system.
    fn inside(&self, files: bool) -> Command {
        let holder = self
            .holder
            .as_ref()
            .expect("only an engine of another suite");
        let mut command = Command::new("nsenter");
        command.args(["--target", &holder.id().to_string()]);
        if self.isolated {
            command.arg("--net");
        }
        if files {
            command.arg("--mount");
            command.args([
                "env",
                "-i",
                "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            ]);
        }
        command
    }

    pub fn up(&mut self) {
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.dir.join("log"))
            .unwrap();
        let mut command = match (&self.holder, self.isolated) {
            (Some(_), _) => {
                let mut command = self.inside(true);
                command
                    .arg("sh")
                    .arg(self.dir.join("engines.sh"))
                    .args(["serve", kind()])
                    .arg(&self.dir);
                command
            }
            (None, true) => {
                let mut command = Command::new("unshare");
                command
                    .args(["--net", "sh", "-c"])
                    .arg("ip link set lo up && exec dockerd \"$@\"")
                    .arg("dockerd");
                command
            }
            (None, false) => Command::new("dockerd"),
        };
        if self.holder.is_none() {
            command
                .arg("--data-root")
                .arg(self.dir.join("data"))
                .arg("--exec-root")
                .arg(self.dir.join("exec"))
                .arg("--pidfile")
                .arg(self.dir.join("pid"))
                .args(["-H", &self.host()]);
        }
        if !self.isolated && !is_podman() {
            // Engines side by side would take each other's chains away.
            command.args(["--bridge", "none", "--iptables=false", "--ip-masq=false"]);
            if self.holder.is_some() {
                command.arg("--ip6tables=false");
            }
        }
        if self.live_restore {
            command.arg("--live-restore");
        }
        let child = command
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .expect("dockerd is not installed (tests/packages.txt)");
        self.child = Some(child);
        until("the engine answers", Duration::from_mins(1), || {
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

    /// Where it keeps its images and containers.
    pub fn data_dir(&self) -> PathBuf {
        self.dir.join("data")
    }

    /// As when a disk is not mounted: it starts with nothing. While it is down.
    pub fn move_data_away(&self) {
        std::fs::rename(self.dir.join("data"), self.dir.join("away")).unwrap();
    }

    pub fn bring_data_back(&self) {
        std::fs::remove_dir_all(self.dir.join("data")).unwrap();
        std::fs::rename(self.dir.join("away"), self.dir.join("data")).unwrap();
    }

    pub fn pid(&self) -> u32 {
        self.child.as_ref().expect("it runs").id()
    }

    /// SIGKILL, as a power cut would.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
        // Where nobody waits for orphans, its dead containerd looks alive.
        let _ = std::fs::remove_file(self.dir.join("pid"));
        let _ = std::fs::remove_file(self.dir.join("exec/containerd/containerd.pid"));
    }

    pub fn host(&self) -> String {
        format!("unix://{}", self.socket().display())
    }

    pub fn socket(&self) -> PathBuf {
        self.dir.join("docker.sock")
    }

    /// The command line client that belongs to this engine, connected to it.
    pub fn client(&self) -> Command {
        let mut command = if self.holder.is_some() {
            let mut command = self.inside(true);
            // The classic builder: no plugin is needed for it.
            command.args(["DOCKER_BUILDKIT=0", "docker"]);
            command
        } else {
            let mut command = Command::new("/usr/bin/docker");
            command.env("DOCKER_BUILDKIT", "0");
            command
        };
        command.args(["-H", &self.host()]);
        command
    }

    /// A folder with a `docker` in it that is the engine's own client.
    pub fn client_folder(&self) -> PathBuf {
        let folder = self.dir.join("bin");
        std::fs::create_dir_all(&folder).unwrap();
        let docker = folder.join("docker");
        let Some(holder) = &self.holder else {
            match std::os::unix::fs::symlink("/usr/bin/docker", docker) {
                Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
                    panic!("{error}")
                }
                _ => return folder,
            }
        };
        let net = if self.isolated { "--net" } else { "" };
        let script = format!(
            "#!/bin/sh\nexec nsenter --target {} --mount {net} -- sh -c '\
                cd \"$0\" 2>/dev/null || cd /; PATH=/usr/sbin:/usr/bin:/sbin:/bin exec docker \"$@\"\
             ' \"$PWD\" \"$@\"\n",
            holder.id()
        );
        // Another process writes it: what this one has open for writing, a child that
        // another thread starts at that moment has open too, and cannot be run (ETXTBSY).
        // It takes its place by rename: another thread may be running the one before.
        let written = Command::new("sh")
            .args([
                "-c",
                r#"printf %s "$1" > "$2.$$" && chmod 755 "$2.$$" && mv "$2.$$" "$2""#,
                "sh",
                &script,
            ])
            .arg(&docker)
            .status()
            .unwrap();
        assert!(written.success());
        folder
    }

    /// What the CLI printed; `None` when it failed.
    pub fn try_docker(&self, arguments: &[&str]) -> Option<String> {
        self.said(arguments).ok()
    }

    /// Runs the CLI and gives what it printed. Panics when it fails.
    #[track_caller]
    pub fn docker(&self, arguments: &[&str]) -> String {
        let mut tries = 5;
        loop {
            tries -= 1;
            match self.said(arguments) {
                Ok(said) => return said,
                // runc on control groups of version 1, when the machine is busy.
                Err(error) if error.contains("unable to freeze") && tries > 0 => {}
                Err(error) => panic!("docker {arguments:?}: {error}"),
            }
        }
    }

    /// What the CLI prints; an error is what it says then.
    fn said(&self, arguments: &[&str]) -> Result<String, String> {
        if let Some(said) = direct::run(self, arguments) {
            return said;
        }
        let output = self
            .client()
            .args(arguments)
            .output()
            .expect("/usr/bin/docker is not installed (tests/packages.txt)");
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into_owned())
        }
    }

    /// Asks the engine itself, for what its client has no word for.
    #[track_caller]
    pub fn ask(&self, method: &str, path: &str, body: &serde_json::Value) -> serde_json::Value {
        let answer = direct::ask(self, method, path, &body.to_string())
            .unwrap_or_else(|said| panic!("{method} {path}: {said}"));
        assert!(answer.status < 300, "{method} {path}: {}", answer.text());
        answer.json()
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

    /// Creates containers `many-0000` and so on: over kept connections, since a
    /// thousand starts of the CLI would take minutes.
    pub fn create_many(&self, count: usize) {
        let next = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..6 {
                scope.spawn(|| {
                    let mut engine = BufReader::new(UnixStream::connect(self.socket()).unwrap());
                    loop {
                        let n = next.fetch_add(1, Ordering::Relaxed);
                        if n >= count {
                            return;
                        }
                        let environment = ["PRD", "UAT", "DEV", "SANDBOX"][n % 4];
                        let body = serde_json::json!({
                            "Image": "bb:1",
                            "HostConfig": {"NetworkMode": "none"},
                            "Labels": {
                                "dockermate.environment": environment,
                                "com.docker.compose.project": format!("stack{}", n % 20),
                            },
                        })
                        .to_string();
                        let path = format!("/containers/create?name=many-{n:04}");
                        let answer = direct::send(&mut engine, "POST", &path, &body).unwrap();
                        assert_eq!(answer.status, 201, "{}", answer.text());
                    }
                });
            }
        });
    }

    /// An image with one program (`/sleep`) and no shell; gives its name.
    pub fn shell_less_image(&self) -> &'static str {
        self.bare_image("bare:1", &[]);
        "bare:1"
    }

    /// An image of one program (`/sleep`) and these files of this machine, each with
    /// its path in the image.
    pub fn bare_image(&self, tag: &str, files: &[(&Path, &str)]) {
        let dir = self.dir.join(format!("bare-{}", number()));
        let program = (Path::new("/bin/busybox"), "/sleep");
        for (from, to) in files.iter().chain([&program]) {
            let to = dir.join("image").join(to.trim_start_matches('/'));
            std::fs::create_dir_all(to.parent().unwrap()).unwrap();
            std::fs::copy(from, to).unwrap();
        }
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
        self.docker(&["import", "-c", command, archive.to_str().unwrap(), tag]);
    }

    /// A name for one test's things, which go when it is dropped.
    pub fn name(&self, letter: &str) -> Name<'_> {
        Name {
            engine: self,
            text: format!("{letter}{}", number()),
        }
    }

    /// `docker inspect` of one container.
    #[track_caller]
    pub fn inspect(&self, name: &str) -> serde_json::Value {
        let text = self.docker(&["container", "inspect", name]);
        serde_json::from_str::<serde_json::Value>(&text).unwrap()[0].take()
    }

    /// The same by a Dockerfile, which knows more instructions. Nothing of it is
    /// another test's, which might remove it.
    #[track_caller]
    pub fn build(&self, tag: &str, instructions: &[&str]) {
        use std::io::Write as _;
        let mut child = self
            .client()
            .args(["build", "-q", "--no-cache", "-t", tag, "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("/usr/bin/docker is not installed (tests/packages.txt)");
        let file = format!("FROM bb:1\n{}\n", instructions.join("\n"));
        child
            .stdin
            .take()
            .unwrap()
            .write_all(file.as_bytes())
            .unwrap();
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "docker build: {said}");
    }

    /// Makes an image of busybox with the given instructions of a Dockerfile.
    #[track_caller]
    pub fn import(&self, tag: &str, instructions: &[&str]) {
        let archive = self.dir.join("image.tar");
        let mut arguments = vec!["import"];
        for instruction in instructions {
            arguments.extend(["-c", instruction]);
        }
        arguments.extend([archive.to_str().unwrap(), tag]);
        self.docker(&arguments);
    }

    fn image(&self) {
        let image = self.dir.join("image");
        std::fs::create_dir_all(image.join("bin")).unwrap();
        std::fs::create_dir_all(image.join("tmp")).unwrap();
        std::fs::copy("/bin/busybox", image.join("bin/busybox"))
            .expect("busybox-static is not installed (tests/packages.txt)");
        for applet in [
            "sh", "sleep", "echo", "cat", "seq", "true", "false", "printf", "ls", "kill", "nc",
            "hostname", "mkdir", "env", "id", "wget", "httpd", "ping", "ip", "test",
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
        self.import("bb:1", &[TICK]);
    }
}

/// A name that no other test has. What bears it, or begins with it and a
/// hyphen, goes when it is dropped: containers, networks, volumes.
pub struct Name<'a> {
    engine: &'a Engine,
    text: String,
}

impl Name<'_> {
    fn ours(&self, list: &[&str]) -> Vec<String> {
        let all = self.engine.try_docker(list).unwrap_or_default();
        let within = format!("{}-", self.text);
        all.lines()
            .filter(|name| **name == *self.text || name.starts_with(&within))
            .map(ToOwned::to_owned)
            .collect()
    }
}

impl Drop for Name<'_> {
    fn drop(&mut self) {
        for (list, remove) in [
            (
                &["ps", "-a", "--format", "{{.Names}}"][..],
                &["rm", "-f", "-v"][..],
            ),
            (
                &["network", "ls", "--format", "{{.Name}}"],
                &["network", "rm"],
            ),
            (&["volume", "ls", "-q"], &["volume", "rm", "-f"]),
        ] {
            let ours = self.ours(list);
            let mut command = remove.to_vec();
            command.extend(ours.iter().map(String::as_str));
            // Podman removes no container before those that depend on it.
            let tries = if is_podman() { ours.len() } else { 1 };
            for _ in 0..tries {
                if self.engine.try_docker(&command).is_some() {
                    break;
                }
            }
        }
    }
}

impl std::ops::Deref for Name<'_> {
    type Target = String;

    fn deref(&self) -> &String {
        &self.text
    }
}

impl std::fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl serde::Serialize for Name<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

/// The command of `bb:1`.
pub const TICK: &str = r#"CMD ["/bin/sh","-c","trap exit TERM; i=0; while true; do i=$((i+1)); echo tick $i; sleep 5 & wait; done"]"#;

impl Drop for Engine {
    fn drop(&mut self) {
        if (is_podman() || self.live_restore) && self.child.is_some() {
            // Its containers do not end with its service.
            self.try_docker(&["ps", "-aq"]).map(|ids| {
                let mut remove = vec!["rm", "-f"];
                remove.extend(ids.lines());
                (remove.len() > 2).then(|| self.try_docker(&remove))
            });
        }
        self.down();
        if let Some(mut holder) = self.holder.take() {
            let _ = holder.kill();
            let _ = holder.wait();
        }
    }
}
