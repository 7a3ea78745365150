//! chromedriver and geckodriver: one of each for the run, in a network namespace of its
//! own, spoken to by plain HTTP (W3C WebDriver).

use super::client::read_answer;
use super::engine::root;
use super::installed::installed;
use super::namespace::NetworkNamespace;
use super::wait::{SOON, until};
use serde_json::Value;
use std::io::{BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, OnceLock};

/// In its own namespace, so both may have it.
const PORT: u16 = 9515;

pub struct Driver {
    pub name: &'static str,
    pub namespace: NetworkNamespace,
    /// Ends the driver when the test process ends and the pipe with it.
    _child: Mutex<Child>,
}

/// Of Chromium.
pub fn chromedriver() -> &'static Driver {
    static DRIVER: OnceLock<Driver> = OnceLock::new();
    DRIVER.get_or_init(|| {
        assert!(
            Path::new("/usr/bin/chromedriver").exists(),
            "chromedriver is not installed (tests/packages.txt)"
        );
        Driver::start(
            "chromedriver",
            "true",
            &format!("/usr/bin/chromedriver --port={PORT} --log-path=log"),
        )
    })
}

/// Of Firefox, which trusts the authority in `firefox_authority()`.
pub fn geckodriver() -> &'static Driver {
    static DRIVER: OnceLock<Driver> = OnceLock::new();
    DRIVER.get_or_init(|| {
        let program = installed("tests/geckodriver.sh", &[]);
        let policies = serde_json::json!({"policies": {
            "Certificates": {"Install": [firefox_authority()]},
            "DisableAppUpdate": true, "DisableTelemetry": true,
        }});
        let folder = "/etc/firefox/policies";
        Driver::start(
            "geckodriver",
            &format!(
                "mkdir -p {folder} && mount -t tmpfs none {folder} && echo '{policies}' > {folder}/policies.json && export HOME=$PWD"
            ),
            &format!("{} --port={PORT} > log 2>&1", program.display()),
        )
    })
}

/// Where Firefox finds the authority that its owner has installed.
pub fn firefox_authority() -> PathBuf {
    root().join("geckodriver").join("authority.crt")
}

impl Driver {
    fn start(name: &'static str, before: &str, command: &str) -> Self {
        let dir = root().join(name);
        std::fs::create_dir_all(&dir).unwrap();
        let child = Command::new("unshare")
            .args(["--net", "--mount", "sh", "-c"])
            // The pair makes it a machine with a network, not one that is offline.
            // IPv6 would find itself an address seconds later: a change.
            .arg(format!(
                "for part in all default; do echo 1 > /proc/sys/net/ipv6/conf/$part/disable_ipv6; done 2>/dev/null; \
                 ip link set lo up && ip link add one type veth peer name other \
                 && ip address add 192.0.2.1/24 dev one && ip link set one up && ip link set other up \
                 && {before} && {{ {command} & echo $! > pid; cat > /dev/null; kill $!; }}"
            ))
            .current_dir(&dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        until("the driver is started", SOON, || {
            dir.join("pid").exists().then_some(())
        });
        let driver = Self {
            name,
            namespace: NetworkNamespace::of(child.id()),
            _child: Mutex::new(child),
        };
        until("the driver answers", SOON, || {
            let status = driver.ask("GET", "/status", None).ok()?;
            (status["ready"] == true).then_some(())
        });
        driver
    }

    /// One command of the protocol; the error is its code and message.
    pub fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value, String> {
        let mut stream = self.namespace.connect(PORT).map_err(|e| e.to_string())?;
        stream.set_read_timeout(Some(SOON)).unwrap();
        let body = body.map(Value::to_string).unwrap_or_default();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{PORT}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        stream
            .write_all(request.as_bytes())
            .map_err(|e| e.to_string())?;
        let answer = read_answer(&mut BufReader::new(stream)).map_err(|e| e.to_string())?;
        let mut value: Value = serde_json::from_slice(&answer.body).map_err(|e| e.to_string())?;
        let value = value["value"].take();
        if answer.status == 200 {
            return Ok(value);
        }
        let message = value["message"].as_str().unwrap_or_default();
        Err(format!(
            "{}: {}",
            value["error"].as_str().unwrap_or_default(),
            message.lines().next().unwrap_or_default()
        ))
    }
}
