//! What a person types, and what the program says to what it cannot do.

use crate::support::app::{App, NO_ENGINE, binary, free_port, program};
use crate::support::engine::{Engine, number, root};
use crate::support::wait::{SOON, until};
use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

fn folder() -> PathBuf {
    let dir = root().join(format!("cli-{}", number()));
    std::fs::create_dir_all(&dir).unwrap();
    dir
}

fn run(arguments: &[&str]) -> Output {
    program()
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn complaint(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn version_and_help_are_printed() {
    let version = run(&["--version"]);
    assert!(version.status.success());
    let text = String::from_utf8(version.stdout).unwrap();
    assert!(text.starts_with("dockermate 0."), "{text}");
    assert!(text.contains("linux") && text.contains("commit "), "{text}");
    for line in [&["--help"][..], &["help"], &["serve", "-h"]] {
        let help = run(line);
        assert!(help.status.success());
        let text = String::from_utf8(help.stdout).unwrap();
        for wanted in ["reset-password", "--data-dir", "DOCKERMATE_PORT", "doctor"] {
            assert!(text.contains(wanted), "{wanted}: {text}");
        }
    }
}

#[test]
fn invalid_setting_is_reported_before_a_port_is_bound() {
    let dir = folder();
    let data = dir.join("data");
    let port = free_port();
    // Bound here: had it tried to bind, the answer would be 69.
    let _taken = TcpListener::bind(("127.0.0.1", port)).unwrap();
    for (name, value) in [
        ("port", "0"),
        ("port", "65536"),
        ("port", "http"),
        ("extra-port", "x"),
        ("listen", "localhost"),
        ("listen", "127.0.0.1:80"),
        ("docker-host", "ssh://nas"),
        ("docker-host", "/var/run/docker.sock"),
        ("hostname", "two.labels"),
        ("profile", "TOASTER"),
        ("log-level", "loud"),
        ("log-format", "xml"),
        ("grace-seconds", "0"),
        ("session-hours", "-1"),
        ("remember-days", "9999"),
        ("no-mdns", "perhaps"),
        ("hsts", "2"),
        ("acme-directory", "http://ca.lan/directory"),
    ] {
        let variable = format!("DOCKERMATE_{}", name.replace('-', "_").to_uppercase());
        let mut ways = vec![(program(), "the variable")];
        ways[0].0.env(&variable, value);
        let flag = format!("--{name}={value}");
        let mut by_flag = program();
        by_flag.arg(&flag);
        ways.push((by_flag, "the command line"));
        for (mut command, origin) in ways {
            if name != "port" {
                command.args(["--port", &port.to_string()]);
            }
            let output = command
                .args(
                    ["--listen", "127.0.0.1"]
                        .iter()
                        .filter(|_| name != "listen"),
                )
                .arg("--data-dir")
                .arg(&data)
                .output()
                .unwrap();
            let text = complaint(&output);
            assert_eq!(output.status.code(), Some(64), "{name}={value}: {text}");
            for wanted in [name, value, "Allowed: ", origin] {
                assert!(
                    text.contains(wanted),
                    "{name}={value} lacks {wanted}: {text}"
                );
            }
            assert_eq!(text.lines().count(), 1, "one sentence: {text}");
        }
    }
    assert!(!data.exists(), "nothing was made");
    for line in [&["fly"][..], &["--prot", "1"], &["--port"], &["serve", "x"]] {
        let output = run(line);
        assert_eq!(output.status.code(), Some(64), "{line:?}");
        assert!(complaint(&output).contains("--help"), "{line:?}");
    }
}

#[test]
fn configuration_file_is_overridden_by_environment_and_arguments() {
    let dir = folder();
    let port = free_port();
    let data = dir.to_str().unwrap();
    std::fs::write(
        dir.join("config.toml"),
        "log-format = \"json\"\nno-mdns = true\nprofile = \"LOW_END\"\nport = 1\n",
    )
    .unwrap();
    let log = std::fs::File::create(dir.join("log")).unwrap();
    let mut child = program()
        .args(["--data-dir", data, "--docker-host", NO_ENGINE])
        .env("DOCKERMATE_PORT", port.to_string())
        .env("DOCKERMATE_PROT", "1")
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap();
    std::fs::write(dir.join("pid"), child.id().to_string()).unwrap();
    let read = || std::fs::read_to_string(dir.join("log")).unwrap();
    until("it is ready", SOON, || {
        read().contains("DockerMate is ready").then_some(())
    });
    child.kill().unwrap();
    child.wait().unwrap();
    let text = read();
    for line in text.lines() {
        let line: serde_json::Value =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(
            line["level"].is_string() && line["timestamp"].is_string(),
            "{line}"
        );
    }
    assert!(text.contains("LOW_END"), "{text}");
    assert!(
        text.contains("DOCKERMATE_PROT"),
        "an unknown variable is told"
    );
    for (bad, named) in [
        ("prot = 1", "prot"),
        ("port = \"x\"", "port"),
        ("port = [1]", "port"),
        ("port = ", "config.toml"),
        ("\u{0}", "config.toml"),
    ] {
        std::fs::write(dir.join("config.toml"), bad).unwrap();
        let output = run(&["--data-dir", data]);
        let text = complaint(&output);
        assert_eq!(output.status.code(), Some(64), "{bad}: {text}");
        assert!(text.contains(named), "{bad}: {text}");
    }
}

#[test]
fn port_in_use_is_reported() {
    let app = App::start(NO_ENGINE);
    let dir = folder();
    let port = app.port.to_string();
    let other = dir.join("other");
    let free = free_port().to_string();
    let file = dir.join("a-file");
    std::fs::write(&file, "in the way").unwrap();
    let data = app.data_dir();
    for (what, data, port, wanted) in [
        ("port in use", &other, &port, "in use"),
        ("second instance", &data, &free, "another DockerMate"),
        ("a file in its place", &file, &free, "data folder"),
    ] {
        let output = program()
            .args(["serve", "--no-mdns", "--docker-host", NO_ENGINE])
            .args(["--port", port])
            .arg("--data-dir")
            .arg(data)
            .output()
            .unwrap();
        let text = complaint(&output);
        assert_eq!(output.status.code(), Some(69), "{what}: {text}");
        assert!(text.contains(wanted), "{what}: {text}");
        let told: Vec<&str> = text
            .lines()
            .filter(|line| line.starts_with("dockermate: "))
            .collect();
        assert_eq!(told.len(), 1, "{what}: {text}");
        assert!(
            !text.contains("Error {") && !text.contains("panicked"),
            "{what}: {text}"
        );
    }
    assert_eq!(
        app.client().get("/healthz").status,
        200,
        "the first lives on"
    );
}

#[test]
fn unwritable_data_folder_is_reported() {
    let dir = folder();
    let data = dir.join("data");
    std::fs::create_dir(&data).unwrap();
    let chattr = |flag: &str| {
        std::process::Command::new("chattr")
            .arg(flag)
            .arg(&data)
            .status()
            .is_ok_and(|status| status.success())
    };
    // Where the file system knows no such flag, a folder of the kernel's does.
    let target = if chattr("+i") {
        data.clone()
    } else {
        PathBuf::from("/proc/sys/dockermate")
    };
    let output = program()
        .args(["serve", "--no-mdns", "--port", &free_port().to_string()])
        .arg("--data-dir")
        .arg(&target)
        .output()
        .unwrap();
    chattr("-i");
    let text = complaint(&output);
    assert_eq!(output.status.code(), Some(69), "{text}");
    assert!(text.contains(target.to_str().unwrap()), "{text}");
    assert!(text.contains("cannot be used"), "{text}");
}

#[test]
fn healthcheck_reports_by_its_exit_code() {
    let mut app = App::start(NO_ENGINE);
    let well = app.command(&["healthcheck"]);
    assert_eq!(well.status.code(), Some(0), "{well:?}");
    assert!(String::from_utf8_lossy(&well.stdout).contains("ok"));
    app.stop();
    let gone = app.command(&["healthcheck"]);
    assert!(matches!(gone.status.code(), Some(1 | 69)), "{gone:?}");
    assert!(complaint(&gone).contains("does not answer"), "{gone:?}");
}

/// A folder that others may write to, who have planted a link for every process to come.
#[test]
fn doctor_writes_to_no_file_that_is_there() {
    let dir = folder();
    let stacks = dir.join("stacks");
    let victim = dir.join("victim");
    fs::create_dir(&stacks).unwrap();
    fs::write(&victim, "precious").unwrap();
    // The shell becomes the program, and so has its number.
    let script = "ln -s \"$VICTIM\" \"$STACKS/.dockermate-$$\"; exec \"$PROGRAM\" doctor \
        --docker-host unix:///nowhere --stacks-dir \"$STACKS\" --data-dir \"$STACKS/data\"";
    let output = Command::new("sh")
        .args(["-c", script])
        .env("VICTIM", &victim)
        .env("STACKS", &stacks)
        .env("PROGRAM", binary())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("stacks is writable"), "{said}");
    assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
    assert_eq!(fs::read_dir(&stacks).unwrap().count(), 1, "only the link");
}

#[test]
fn doctor_reports_problems_and_how_to_fix_them() {
    let dir = folder();
    let doctor = |host: &str| {
        let output = program()
            .args([
                "doctor",
                "--docker-host",
                host,
                "--port",
                &free_port().to_string(),
            ])
            .arg("--data-dir")
            .arg(dir.join("data"))
            .output()
            .unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stdout).unwrap(),
        )
    };
    let (code, text) = doctor(&Engine::shared().host());
    assert_eq!(code, Some(0), "{text}");
    for wanted in [
        "engine", "storage", "clock", "disk", "memory", "mdns", "API 1.",
    ] {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
    assert!(!text.contains("BAD"), "{text}");
    let (code, text) = doctor(NO_ENGINE);
    assert_eq!(code, Some(69), "{text}");
    let bad = text.lines().find(|line| line.starts_with("BAD")).unwrap();
    assert!(bad.contains("engine") && bad.contains("docker.io"), "{bad}");
    assert!(!dir.join("data").exists(), "it only looks");
}
