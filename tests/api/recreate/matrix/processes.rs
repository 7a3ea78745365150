//! Processes, rights and limits.

use super::{Case, Cases, Is};
use crate::support::engine::Engine;

#[test]
fn processes_and_limits_are_kept() {
    let engine = Engine::isolated();
    let mut cases = Cases::new(engine);
    cases.run("plain", &[]);
    cases.run(
        "with.dots_and-a-name.of.sixty.characters.and.a.few.more.0123",
        &[],
    );
    cases.with("created", &[], &["bb:1"], Is::Created);
    cases.with("exited", &["-v", "/data"], &["bb:1"], Is::Exited);
    cases.with("paused", &["-v", "/data"], &["bb:1"], Is::Paused);
    cases.with(
        "command",
        &[],
        &[
            "bb:1",
            "/bin/sh",
            "-c",
            "trap exit TERM; echo \"a  b\"; sleep 999 & wait",
        ],
        Is::Running,
    );
    cases.with(
        "entrypoint",
        &["--entrypoint", "/bin/sleep"],
        &["bb:1", "99  9", "x\ty"],
        Is::Created,
    );
    cases.with(
        "entrypoint-alone",
        &["--entrypoint", "/bin/sh"],
        &["bb:1"],
        Is::Created,
    );
    cases.with(
        "entrypoint-empty",
        &["--entrypoint", ""],
        &["bb:1", "/bin/sleep", "9"],
        Is::Created,
    );
    cases.run("terminal", &["-i", "-t"]);
    cases.run("input", &["-i"]);
    cases.run("stopping", &["--stop-signal", "INT", "--stop-timeout", "1"]);
    cases.run(
        "user",
        &[
            "-u",
            "1000:1000",
            "--group-add",
            "20",
            "--group-add",
            "44",
            "-w",
            "/tmp",
        ],
    );
    cases.run("init", &["--init"]);
    for policy in [
        "no",
        "always",
        "unless-stopped",
        "on-failure",
        "on-failure:3",
    ] {
        cases.run(
            &format!("restart-{}", policy.replace(':', "-")),
            &["--restart", policy],
        );
    }
    cases.with(
        "exited-always",
        &["--restart", "always"],
        &["bb:1"],
        Is::Exited,
    );
    cases.run(
        "memory",
        &[
            "-m",
            "64m",
            "--memory-swap",
            "128m",
            "--memory-reservation",
            "32m",
            "--memory-swappiness",
            "10",
        ],
    );
    cases.run("memory-alone", &["-m", "64m"]);
    cases.run(
        "memory-swap-without-limit",
        &["-m", "64m", "--memory-swap", "-1"],
    );
    cases.run(
        "oom",
        &["-m", "64m", "--oom-kill-disable", "--oom-score-adj", "500"],
    );
    cases.create("kernel-memory", &["--kernel-memory", "50m"]);
    cases.run("cpus", &["--cpus", "0.5"]);
    cases.run(
        "cpu",
        &[
            "--cpu-period",
            "50000",
            "--cpu-quota",
            "25000",
            "--cpu-shares",
            "512",
            "--cpuset-cpus",
            "0",
            "--cpuset-mems",
            "0",
        ],
    );
    cases.run("pids", &["--pids-limit", "100"]);
    cases.run("pids-without-limit", &["--pids-limit", "-1"]);
    cases.create(
        "blkio",
        &[
            "--blkio-weight",
            "300",
            "--blkio-weight-device",
            "/dev/vda:200",
        ],
    );
    cases.create(
        "blkio-rates",
        &[
            "--device-read-bps",
            "/dev/vda:10mb",
            "--device-write-bps",
            "/dev/vda:1mb",
            "--device-read-iops",
            "/dev/vda:100",
            "--device-write-iops",
            "/dev/vda:50",
        ],
    );
    cases.run(
        "ulimits",
        &["--ulimit", "nofile=1024:2048", "--ulimit", "core=0"],
    );
    cases.run(
        "devices",
        &[
            "--device",
            "/dev/null:/dev/nothing:r",
            "--device",
            "/dev/zero",
            "--device-cgroup-rule",
            "c 13:* rwm",
        ],
    );
    cases.create("gpus", &["--gpus", "all,capabilities=utility"]);
    cases.run(
        "capabilities",
        &["--cap-add", "NET_ADMIN", "--cap-drop", "MKNOD"],
    );
    cases.run(
        "no-capabilities",
        &["--cap-drop", "ALL", "--cap-add", "KILL"],
    );
    cases.run(
        "security",
        &[
            "--security-opt",
            "no-new-privileges",
            "--security-opt",
            "seccomp=unconfined",
        ],
    );
    cases.run(
        "system-paths",
        &["--security-opt", "systempaths=unconfined"],
    );
    cases.create("privileged", &["--privileged"]);
    cases.create(
        "labels-disabled",
        &[
            "--security-opt",
            "label=disable",
            "--security-opt",
            "apparmor=unconfined",
        ],
    );
    cases.run(
        "sysctls",
        &[
            "--sysctl",
            "net.ipv4.ip_forward=1",
            "--sysctl",
            "net.core.somaxconn=512",
        ],
    );
    cases.run("shared-memory", &["--shm-size", "32m"]);
    cases.run("user-namespace", &["--userns", "host"]);
    cases.run("cgroup", &["--cgroup-parent", "/dockermate-test"]);
    cases.run("cgroup-namespace", &["--cgroupns", "private"]);
    cases.run("runtime", &["--runtime", "io.containerd.runc.v2"]);
    cases.create("isolation", &["--isolation", "default"]);
    cases.create("storage-size", &["--storage-opt", "size=1G"]);
    cases.run("host-processes", &["--pid", "host"]);
    cases.run("host-ipc", &["--ipc", "host"]);
    cases.run("no-ipc", &["--ipc", "none"]);
    cases.run("shareable-ipc", &["--ipc", "shareable"]);
    cases.run("host-names", &["--uts", "host"]);
    cases.run(
        "logging",
        &[
            "--log-driver",
            "json-file",
            "--log-opt",
            "max-size=1m",
            "--log-opt",
            "max-file=2",
            "--log-opt",
            "labels=a,b",
        ],
    );
    cases.run(
        "logging-local",
        &["--log-driver", "local", "--log-opt", "max-size=1m"],
    );
    cases.run("logging-none", &["--log-driver", "none"]);
    cases.run(
        "labels",
        &[
            "-l",
            "a",
            "-l",
            "b=",
            "-l",
            "c=x=y",
            "-l",
            "d=ünï \"q\" 'q' $HOME `x` \\",
            "-l",
            "e.f/g=one\ntwo",
            "-l",
            "com.example.ünï=1",
        ],
    );
    cases.run(
        "environment",
        &[
            "-e",
            "EMPTY=",
            "-e",
            "EQUALS=a=b=c",
            "-e",
            "LINES=one\ntwo\n",
            "-e",
            "QUOTES=\"a\" 'b' $HOME `x` \\",
            "-e",
            "ÜNÏ=漢字 🎉",
            "-e",
            "PATH=/bin:/odd",
            "-e",
            "lower=1",
        ],
    );
    cases.run(
        "compose",
        &[
            "-l",
            "com.docker.compose.project=shop",
            "-l",
            "com.docker.compose.service=web",
            "-l",
            "com.docker.compose.container-number=1",
            "-l",
            "com.docker.compose.oneoff=False",
            "-l",
            "com.docker.compose.config-hash=0123abcd",
        ],
    );
    cases.run(
        "health",
        &[
            "--health-cmd",
            "true",
            "--health-interval",
            "1s",
            "--health-timeout",
            "2s",
            "--health-retries",
            "2",
            "--health-start-period",
            "3s",
        ],
    );
    cases.run("no-health", &["--no-healthcheck"]);
    cases.all.retain(|case| possible(engine, case));
    assert!(cases.all.len() >= 55, "{}", cases.all.len());
    cases.prove(engine);
}

/// What this machine's kernel or file system cannot do is found out by asking
/// the engine, and only of the few that are known to differ.
fn possible(engine: &Engine, case: &Case) -> bool {
    let doubtful = [
        "storage-size",
        "oom",
        "kernel-memory",
        "cgroup-namespace",
        "privileged",
    ];
    if !doubtful.iter().any(|name| case.name.ends_with(name)) {
        return true;
    }
    let name = format!("{}-try", case.name);
    let mut arguments = match case.is {
        Is::Created => vec!["create", "--name", &name],
        _ => vec!["run", "-d", "--name", &name],
    };
    arguments.extend(case.arguments.iter().map(String::as_str));
    arguments.extend(case.what.iter().map(String::as_str));
    let made = engine.try_docker(&arguments).is_some();
    let _ = engine.try_docker(&["rm", "-f", &name]);
    made
}
