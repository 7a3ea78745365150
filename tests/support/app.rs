//! The built program, started for one test on a port of its own.

use super::client::Client;
use super::engine::{Engine, number, root};
use super::namespace::NetworkNamespace;
use super::wait::{SOON, until};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

pub const BINARY: &str = env!("CARGO_BIN_EXE_dockermate");

/// The program under test: the one just built, or the one that
/// `DOCKERMATE_TEST_BINARY` names (a static one, to be measured).
pub fn binary() -> PathBuf {
    std::env::var_os("DOCKERMATE_TEST_BINARY").map_or_else(|| PathBuf::from(BINARY), PathBuf::from)
}
/// Where no engine is.
pub const NO_ENGINE: &str = "unix:///nowhere/docker.sock";
pub const PASSWORD: &str = "TestPassword123";

#[derive(Debug)]
pub struct App {
    pub port: u16,
    dir: PathBuf,
    docker_host: String,
    extra: Vec<String>,
    /// Variables of the next start.
    pub env: Vec<(String, String)>,
    child: Option<Child>,
    /// The process whose network it has.
    beside: Option<u32>,
}

impl App {
    /// Starts with an empty data folder and waits until it answers.
    pub fn start(docker_host: &str) -> Self {
        Self::start_with(docker_host, &[])
    }

    pub fn start_with(docker_host: &str, extra: &[&str]) -> Self {
        let mut app = Self::new(docker_host, extra);
        app.up();
        app
    }

    fn new(docker_host: &str, extra: &[&str]) -> Self {
        let dir = root().join(format!("app-{}", number()));
        std::fs::create_dir_all(&dir).unwrap();
        Self {
            port: free_port(),
            dir,
            docker_host: docker_host.to_owned(),
            extra: extra.iter().map(|&text| text.to_owned()).collect(),
            env: Vec::new(),
            child: None,
            beside: None,
        }
    }

    /// The same as [`App::ready`], in the network of an isolated engine.
    pub fn ready_beside(engine: &Engine) -> (Self, Client) {
        let (mut app, client) = Self::ready(NO_ENGINE);
        app.stop();
        app.beside = Some(engine.pid());
        app.reach(&engine.host());
        NetworkNamespace::of(engine.pid()).publish(app.port);
        app.up();
        app.engine_was_asked(&client);
        (app, client)
    }

    /// The same, with the password set; gives the client that is logged in.
    /// The data folder is a copy of one that was set up once: a password takes
    /// half a second of a processor, and several hundred tests want one.
    pub fn ready(docker_host: &str) -> (Self, Client) {
        static PREPARED: OnceLock<(PathBuf, Client)> = OnceLock::new();
        let (data, prepared) = PREPARED.get_or_init(|| {
            let mut app = Self::start(NO_ENGINE);
            let mut client = app.set_up();
            client.browser = Some(app.client().browser_login(PASSWORD));
            app.stop();
            (app.data_dir(), client)
        });
        let mut app = Self::new(docker_host, &[]);
        let copied = Command::new("cp")
            .arg("-a")
            .arg(data)
            .arg(app.data_dir())
            .status();
        assert!(copied.unwrap().success());
        app.up();
        let client = Client {
            port: app.port,
            ..prepared.clone()
        };
        app.engine_was_asked(&client);
        (app, client)
    }

    pub fn set_up(&self) -> Client {
        let mut client = self.client();
        // At this level a page shows what the most tests are about.
        let body = serde_json::json!({"password": PASSWORD, "skill_level": "intermediate"});
        let answer = client.post("/api/setup", &body);
        assert_eq!(answer.status, 201, "{}", answer.text());
        client.session = Some(answer.json()["session_token"].as_str().unwrap().to_owned());
        self.engine_was_asked(&client);
        client
    }

    /// Most tests want the engine: its first answer is waited for, or that there is none.
    fn engine_was_asked(&self, client: &Client) {
        if self.docker_host == NO_ENGINE {
            return;
        }
        let deadline = Instant::now() + Duration::from_secs(10);
        while Instant::now() < deadline {
            let answer = client.get("/api/containers");
            // What it says as long as nobody has answered yet.
            if answer.status != 503 || !answer.text().contains("being looked for") {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// As [`App::up`], asking every half millisecond, to measure the start.
    #[allow(dead_code, reason = "only the benchmark measures the start")]
    pub fn up_quickly(&mut self) {
        self.spawn();
        let client = self.client();
        while client.try_get("/healthz").is_none() {
            std::thread::sleep(Duration::from_micros(500));
        }
    }

    pub fn up(&mut self) {
        self.spawn();
        until("the appliance answers", SOON, || {
            let ended = self.child.as_mut()?.try_wait().unwrap();
            assert!(ended.is_none(), "it ended: {}", self.log());
            self.client()
                .try_get("/healthz")
                .filter(|answer| answer.status == 200)
        });
    }

    /// Starts it, and does not wait.
    pub fn spawn(&mut self) {
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.log_path())
            .unwrap();
        let command = self.beside.map_or_else(program, program_beside);
        let child = { command }
            .args(["serve", "--no-mdns", "--log-level", "debug"])
            .args(["--port", &self.port.to_string()])
            .args(["--docker-host", &self.docker_host])
            .arg("--data-dir")
            .arg(self.data_dir())
            .args(&self.extra)
            .envs(self.env.iter().cloned())
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        std::fs::write(self.dir.join("pid"), child.id().to_string()).unwrap();
        self.child = Some(child);
    }

    /// The engine of the next start.
    pub fn reach(&mut self, docker_host: &str) {
        docker_host.clone_into(&mut self.docker_host);
    }

    pub fn client(&self) -> Client {
        Client::new(self.port)
    }

    pub fn pid(&self) -> u32 {
        self.child.as_ref().expect("it runs").id()
    }

    pub fn data_dir(&self) -> PathBuf {
        self.dir.join("data")
    }

    pub fn dir(&self) -> &Path {
        &self.dir
    }

    fn log_path(&self) -> PathBuf {
        self.dir.join("log")
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    pub fn signal(&self, signal: rustix::process::Signal) {
        let child = self.child.as_ref().expect("it runs");
        let pid = rustix::process::Pid::from_child(child);
        rustix::process::kill_process(pid, signal).unwrap();
    }

    pub fn has_ended(&mut self) -> bool {
        let child = self.child.as_mut().expect("it was started");
        child.try_wait().unwrap().is_some()
    }

    /// Waits for the end of the process.
    pub fn ended(&mut self) -> ExitStatus {
        let mut child = self.child.take().expect("it runs");
        until("the appliance ends", SOON, || child.try_wait().unwrap())
    }

    /// SIGTERM and a clean end.
    pub fn stop(&mut self) {
        self.signal(rustix::process::Signal::TERM);
        let status = self.ended();
        assert!(status.success(), "{status}: {}", self.log());
    }

    /// SIGKILL, as a power cut would; harmless when it has ended.
    pub fn kill(&mut self) {
        let _ = self.child.as_mut().expect("it was started").kill();
        self.ended();
    }

    /// Runs another command of the binary on the same data folder.
    pub fn command(&self, arguments: &[&str]) -> std::process::Output {
        program()
            .args(arguments)
            .arg("--data-dir")
            .arg(self.data_dir())
            .args(["--port", &self.port.to_string()])
            .output()
            .unwrap()
    }
}

impl Drop for App {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
        if std::thread::panicking() {
            let log = self.log();
            let from = log.len().saturating_sub(4000);
            eprintln!(
                "--- log of the appliance\n{}",
                String::from_utf8_lossy(&log.as_bytes()[from..])
            );
        }
    }
}

/// The program, without the variables that cargo and the tests themselves set.
pub fn program() -> Command {
    without_own_variables(Command::new(binary()))
}

/// The same in the network of a process, with what `/sys` says of that.
fn program_beside(pid: u32) -> Command {
    let mut command = Command::new("nsenter");
    command
        .args(["--target", &pid.to_string(), "--net", "unshare", "--mount"])
        .args(["sh", "-c", "mount -t sysfs sysfs /sys && exec \"$@\"", "sh"])
        .arg(binary());
    without_own_variables(command)
}

fn without_own_variables(mut command: Command) -> Command {
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("DOCKER") || name == "NOTIFY_SOCKET" {
            command.env_remove(name);
        }
    }
    command
}

/// Sends the signal to a process when it is called.
pub fn at_signal(pid: u32, signal: rustix::process::Signal) -> impl FnOnce() + Send + 'static {
    move || {
        let pid = rustix::process::Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
        let _ = rustix::process::kill_process(pid, signal);
    }
}

/// A port that is free and that no other test gets. Not one of those from which
/// this machine takes the ports of its own connections: one of these could come
/// between the choice and its use.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let begin = std::process::id() as u16;
    loop {
        let port = 20_000 + begin.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % 12_000;
        if std::net::TcpListener::bind(("0.0.0.0", port)).is_ok() {
            return port;
        }
    }
}
