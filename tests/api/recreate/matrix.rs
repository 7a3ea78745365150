//! One container for each option that the command line has, recreated twice,
//! with its inspect answer compared.

use super::compare::Shot;
use super::{again, known, nothing_left, succeeded, twice, with_each};
use crate::support::app::App;
use crate::support::engine::{Engine, number};
use crate::support::wait::{SOON, until};

/// How it is before it is recreated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Is {
    Running,
    Created,
    Exited,
    Paused,
}

struct Case {
    name: String,
    arguments: Vec<String>,
    /// Image, command and arguments.
    what: Vec<String>,
    is: Is,
}

struct Cases {
    prefix: String,
    all: Vec<Case>,
}

impl Cases {
    fn new() -> Self {
        Self {
            prefix: format!("x{}", number()),
            all: Vec::new(),
        }
    }

    fn with(&mut self, name: &str, arguments: &[&str], what: &[&str], is: Is) {
        self.all.push(Case {
            name: format!("{}-{name}", self.prefix),
            arguments: arguments
                .iter()
                .map(|&text| text.replace("PREFIX", &self.prefix))
                .collect(),
            what: what.iter().map(|&text| text.to_owned()).collect(),
            is,
        });
    }

    fn run(&mut self, name: &str, arguments: &[&str]) {
        self.with(name, arguments, &["bb:1"], Is::Running);
    }

    fn create(&mut self, name: &str, arguments: &[&str]) {
        self.with(name, arguments, &["bb:1"], Is::Created);
    }

    /// Makes them, recreates each twice, and tells every difference at once.
    fn prove(&self, engine: &Engine) {
        let (_app, client) = App::ready(&engine.host());
        let said = with_each(&self.all, |case| {
            make(engine, case);
            twice(&client, engine, &case.name)
        });
        let said: Vec<_> = said.into_iter().flatten().collect();
        assert!(said.is_empty(), "{}", said.join("\n"));
    }
}

fn make(engine: &Engine, case: &Case) {
    let mut arguments = match case.is {
        Is::Created => vec!["create"],
        _ => vec!["run", "-d"],
    };
    arguments.extend(["--name", &case.name]);
    arguments.extend(case.arguments.iter().map(String::as_str));
    arguments.extend(case.what.iter().map(String::as_str));
    engine.docker(&arguments);
    match case.is {
        Is::Exited => {
            engine.docker(&["stop", "-t", "3", &case.name]);
        }
        Is::Paused => {
            engine.docker(&["pause", &case.name]);
        }
        Is::Running => {
            let state = engine.docker(&["inspect", "-f", "{{.State.Status}}", &case.name]);
            assert_eq!(state, "running", "{}", case.name);
        }
        Is::Created => {}
    }
}

#[test]
fn processes_and_limits_are_kept() {
    let engine = Engine::isolated();
    let mut cases = Cases::new();
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

#[test]
fn volumes_and_their_data_are_kept() {
    let engine = Engine::isolated();
    let mut cases = Cases::new();
    let folder = crate::support::engine::root().join(format!("folder-{}", number()));
    std::fs::create_dir_all(folder.join("sub")).unwrap();
    std::fs::write(folder.join("marker"), "kept").unwrap();
    let at = |rest: &str| format!("{}{rest}", folder.display());
    let image = format!("vol{}:1", number());
    engine.import(
        &image,
        &[
            crate::support::engine::TICK,
            r#"VOLUME ["/data", "/var/lib/x"]"#,
        ],
    );
    let owner = format!("{}-owner", cases.prefix);
    engine.docker(&[
        "run",
        "-d",
        "--name",
        &owner,
        "-v",
        "/data",
        "-v",
        &format!("{owner}:/named"),
        "bb:1",
    ]);

    cases.run("anonymous", &["-v", "/data"]);
    cases.run("anonymous-slash", &["-v", "/data/"]);
    cases.run("anonymous-two", &["-v", "/data", "-v", "/data/inner"]);
    cases.with("image", &[], &[&image], Is::Running);
    cases.with("image-created", &[], &[&image], Is::Created);
    cases.with(
        "image-bound",
        &["-v", "PREFIX-over:/data"],
        &[&image],
        Is::Running,
    );
    cases.with(
        "image-slash",
        &["-v", "PREFIX-over2:/data/"],
        &[&image],
        Is::Running,
    );
    cases.with("image-tmpfs", &["--tmpfs", "/data"], &[&image], Is::Running);
    cases.with("image-read-only", &["--read-only"], &[&image], Is::Running);
    cases.run("mount-anonymous", &["--mount", "type=volume,target=/data"]);
    cases.run(
        "mount-anonymous-slash",
        &["--mount", "type=volume,target=/data/"],
    );
    cases.run(
        "mount-anonymous-options",
        &[
            "--mount",
            "type=volume,target=/data,volume-nocopy=true,volume-label=a=b",
        ],
    );
    cases.run(
        "named",
        &[
            "-v",
            "PREFIX-one:/data",
            "-v",
            "PREFIX-two:/two:ro",
            "-v",
            "PREFIX-three:/three/:nocopy",
        ],
    );
    cases.run("mount-named", &["--mount", "type=volume,source=PREFIX-four,target=/data,volume-driver=local,volume-opt=type=none,volume-opt=device=/tmp,volume-opt=o=bind,volume-label=k=v"]);
    cases.run(
        "binds",
        &[
            "-v",
            &at(":/data:ro"),
            "-v",
            &at("/sub:/sub:z"),
            "-v",
            &at("/sub:/private:rprivate"),
            "-v",
            &at("/marker:/file:ro,rprivate"),
        ],
    );
    cases.run("bind-made", &["-v", &at("/made/by/engine:/data")]);
    cases.run(
        "mount-bind",
        &[
            "--mount",
            &format!(
                "type=bind,source={},target=/d/,readonly,bind-propagation=rprivate",
                folder.display()
            ),
            "--mount",
            &format!(
                "type=bind,source={},target=/e,bind-nonrecursive=true",
                at("/sub")
            ),
        ],
    );
    cases.run(
        "tmpfs",
        &["--tmpfs", "/run:rw,noexec,size=64k", "--tmpfs", "/t2"],
    );
    cases.run(
        "mount-tmpfs",
        &[
            "--mount",
            "type=tmpfs,target=/t,tmpfs-size=1m,tmpfs-mode=1770",
        ],
    );
    cases.run(
        "read-only",
        &["--read-only", "--tmpfs", "/tmp", "-v", "/data"],
    );
    cases.run(
        "volume-driver",
        &[
            "--volume-driver",
            "local",
            "-v",
            "PREFIX-five:/data",
            "-v",
            "/anonymous",
        ],
    );
    cases.run("from", &["--volumes-from", &owner]);
    cases.run(
        "from-read-only",
        &["--volumes-from", &format!("{owner}:ro"), "-v", "/own"],
    );
    cases.with(
        "from-and-image",
        &["--volumes-from", &owner],
        &[&image],
        Is::Running,
    );
    cases.run(
        "all",
        &[
            "-v",
            "/data",
            "-v",
            "PREFIX-six:/six",
            "--mount",
            "type=volume,target=/seven",
            "--tmpfs",
            "/eight",
            "-v",
            &at("/sub:/nine"),
        ],
    );

    // What is in them is told apart from new ones by a file.
    let (_app, client) = App::ready(&engine.host());
    let said = with_each(&cases.all, |case| {
        make(engine, case);
        let writable = volumes(engine, &case.name);
        if case.is == Is::Running {
            for target in &writable {
                let line = format!("echo {0} > {target}/{0}-marker", case.name);
                engine.docker(&["exec", &case.name, "sh", "-c", &line]);
            }
        }
        let mut said = twice(&client, engine, &case.name);
        if case.is == Is::Running {
            for target in &writable {
                let held = engine.docker(&[
                    "exec",
                    &case.name,
                    "cat",
                    &format!("{target}/{}-marker", case.name),
                ]);
                if held != case.name {
                    said.push(format!("{}: {target} holds {held:?}", case.name));
                }
            }
        }
        said
    });
    let said: Vec<_> = said.into_iter().flatten().collect();
    assert!(said.is_empty(), "{}", said.join("\n"));
}

/// Where its writable volumes are.
fn volumes(engine: &Engine, name: &str) -> Vec<String> {
    let mounts = engine.inspect(name)["Mounts"].take();
    mounts
        .as_array()
        .into_iter()
        .flatten()
        .filter(|mount| mount["Type"] == "volume" && mount["RW"] == true)
        .map(|mount| mount["Destination"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn networks_names_and_ports_are_kept() {
    let engine = Engine::isolated();
    let mut cases = Cases::new();
    let tail = number();
    let (one, two, three) = (
        format!("n{tail}-one"),
        format!("n{tail}-two"),
        format!("n{tail}-three"),
    );
    let subnet = |third: u32| format!("10.{}.{third}.0/24", 100 + tail % 100);
    let host = |third: u32, last: u32| format!("10.{}.{third}.{last}", 100 + tail % 100);
    engine.docker(&[
        "network",
        "create",
        "--subnet",
        &subnet(1),
        "--ipv6",
        "--subnet",
        &format!("fd00:{tail:x}::/64"),
        &one,
    ]);
    engine.docker(&["network", "create", "--subnet", &subnet(2), &two]);
    engine.docker(&[
        "network",
        "create",
        "--internal",
        "--subnet",
        &subnet(3),
        &three,
    ]);
    let id = engine.docker(&["network", "inspect", "-f", "{{.Id}}", &one]);
    let exposing = format!("exp{tail}:1");
    engine.import(
        &exposing,
        &[crate::support::engine::TICK, "EXPOSE 80 53/udp"],
    );
    let linked = format!("{}-linked", cases.prefix);
    engine.docker(&["run", "-d", "--name", &linked, "bb:1"]);
    let near = format!("{}-near", cases.prefix);
    engine.docker(&["run", "-d", "--name", &near, "--network", &one, "bb:1"]);

    cases.run(
        "addresses",
        &[
            "--network",
            &one,
            "--ip",
            &host(1, 50),
            "--ip6",
            &format!("fd00:{tail:x}::50"),
            "--network-alias",
            "web",
            "--network-alias",
            "www",
            "--link",
            &format!("{near}:db"),
        ],
    );
    cases.run(
        "link-local",
        &["--network", &one, "--link-local-ip", "169.254.7.7"],
    );
    cases.run("by-id", &["--network", &id, "--network-alias", "web"]);
    cases.run("alias", &["--network", &two, "--network-alias", "web"]);
    cases.run(
        "driver-option",
        &[
            "--network",
            &format!("name={two},alias=x,driver-opt=com.docker.network.test=1"),
        ],
    );
    cases.run(
        "mac",
        &["--network", &two, "--mac-address", "02:42:de:ad:be:ef"],
    );
    cases.run("mac-bridge", &["--mac-address", "02:42:de:ad:be:ee"]);
    cases.run(
        "hostname",
        &["--hostname", "box", "--domainname", "example.org"],
    );
    cases.run("hostname-hex", &["--hostname", "0123456789ab"]);
    cases.run("host", &["--network", "host"]);
    cases.run(
        "host-hostname",
        &["--network", "host", "--hostname", "other"],
    );
    cases.run("none", &["--network", "none"]);
    cases.run(
        "resolver",
        &[
            "--dns",
            "9.9.9.9",
            "--dns",
            "1.1.1.1",
            "--dns-search",
            "example.org",
            "--dns-option",
            "ndots:2",
            "--add-host",
            "nas:192.168.1.10",
            "--add-host",
            "host.docker.internal:host-gateway",
            "--add-host",
            "six:fd00::1",
        ],
    );
    cases.run(
        "links",
        &["--link", &format!("{linked}:db"), "--link", &linked],
    );
    cases.run(
        "expose",
        &[
            "--expose",
            "8080",
            "--expose",
            "53/udp",
            "--expose",
            "9000-9002",
        ],
    );
    cases.run(
        "ports",
        &[
            "-p",
            "18080:80",
            "-p",
            "127.0.0.1:18081:81",
            "-p",
            "18053:53/udp",
            "-p",
            "[::1]:18082:82",
        ],
    );
    cases.run("ports-random", &["-p", "80", "-p", "127.0.0.1::81"]);
    cases.run(
        "ports-range",
        &["-p", "18100-18110:80", "-p", "18200-18202:9000-9002"],
    );
    cases.with("publish-all", &["-P"], &[&exposing], Is::Running);
    cases.with(
        "image-ports",
        &["-p", "18300:80"],
        &[&exposing],
        Is::Running,
    );
    cases.create(
        "created",
        &["--network", &one, "--ip", &host(1, 60), "-p", "18400:80"],
    );
    cases.with(
        "exited",
        &["--network", &one, "--ip", &host(1, 61), "-p", "18401:80"],
        &["bb:1"],
        Is::Exited,
    );
    // These are made in steps.
    for name in [
        "several",
        "several-created",
        "without-primary",
        "without-any",
        "default-and-more",
    ] {
        let full = format!("{}-{name}", cases.prefix);
        let create = |arguments: &[&str]| {
            let mut all = vec!["create", "--name", &full];
            all.extend(arguments);
            all.push("bb:1");
            engine.docker(&all);
        };
        let connect = |arguments: &[&str]| {
            let mut all = vec!["network", "connect"];
            all.extend(arguments);
            all.push(&full);
            engine.docker(&all);
        };
        match name {
            "several" | "several-created" => {
                let last = if name == "several" { 70 } else { 71 };
                // The primary one is not the first by name.
                create(&[
                    "--network",
                    &two,
                    "--ip",
                    &host(2, last),
                    "--mac-address",
                    &format!("02:42:00:00:00:{last}"),
                ]);
                connect(&[
                    "--ip",
                    &host(1, last),
                    "--alias",
                    "second",
                    "--driver-opt",
                    "com.docker.network.test=1",
                    &one,
                ]);
                connect(&["--link", &format!("{near}:near"), &three]);
            }
            "default-and-more" => {
                create(&[]);
                connect(&["--alias", "x", &one]);
            }
            _ => {
                create(&["--network", &one]);
                if name == "without-primary" {
                    connect(&["--alias", "other", &two]);
                }
                engine.docker(&["network", "disconnect", &one, &full]);
            }
        }
        if name != "several-created" {
            engine.docker(&["start", &full]);
        }
    }
    let (_app, client) = App::ready(&engine.host());
    let steps: Vec<String> = [
        "several",
        "several-created",
        "without-primary",
        "without-any",
        "default-and-more",
    ]
    .iter()
    .map(|name| format!("{}-{name}", cases.prefix))
    .collect();
    let said = with_each(&steps, |name| twice(&client, engine, name));
    let said: Vec<_> = said.into_iter().flatten().collect();
    assert!(said.is_empty(), "{}", said.join("\n"));
    cases.prove(engine);
}

#[test]
fn aliases_do_not_pile_up_and_generated_names_are_new() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    let name = format!("t{}", number());
    let network = format!("{name}-net");
    engine.docker(&["network", "create", &network]);
    engine.docker(&[
        "run",
        "-d",
        "--name",
        &name,
        "--network",
        &network,
        "--network-alias",
        "web",
        "bb:1",
    ]);
    let (mut seen, mut macs) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        known(&client, engine, &name);
        succeeded(&again(&client, &name));
        let now = engine.inspect(&name);
        let id = now["Id"].as_str().unwrap();
        let on = &now["NetworkSettings"]["Networks"][&network];
        assert_eq!(on["Aliases"], serde_json::json!(["web", id[..12]]));
        assert_eq!(now["Config"]["Hostname"], id[..12]);
        assert!(now["Config"].get("MacAddress").is_none());
        seen.push(id.to_owned());
        macs.push(on["MacAddress"].clone());
    }
    seen.dedup();
    assert_eq!(seen.len(), 3);
    nothing_left(engine, &name);
}

#[test]
fn one_that_goes_when_it_stops_comes_back_with_its_data() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    let all: Vec<String> = (0..6).map(|_| format!("t{}", number())).collect();
    let said = with_each(&all, |name| {
        engine.docker(&[
            "run",
            "-d",
            "--rm",
            "--name",
            name,
            "-v",
            "/data",
            "--mount",
            "type=volume,target=/more",
            "bb:1",
        ]);
        engine.docker(&[
            "exec",
            name,
            "sh",
            "-c",
            "echo kept > /data/marker; echo kept > /more/marker",
        ]);
        let said = twice(&client, engine, name);
        for target in ["/data", "/more"] {
            assert_eq!(
                engine.docker(&["exec", name, "cat", &format!("{target}/marker")]),
                "kept"
            );
        }
        said
    });
    let said: Vec<_> = said.into_iter().flatten().collect();
    assert!(said.is_empty(), "{}", said.join("\n"));
}

#[test]
fn one_that_keeps_restarting_is_replaced_by_one_that_works() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    let name = format!("t{}", number());
    engine.docker(&[
        "run",
        "-d",
        "--restart",
        "always",
        "--name",
        &name,
        "bb:1",
        "sh",
        "-c",
        "exit 3",
    ]);
    until("it restarts", SOON, || {
        (engine.inspect(&name)["RestartCount"].as_u64() > Some(1)).then_some(())
    });
    let before = Shot::of(engine, &name);
    known(&client, engine, &name);
    let failed = super::recreate(&client, &name, &serde_json::json!({"stable_seconds": 2}));
    assert_eq!(
        (failed.status, failed.problem().as_str()),
        (409, "rolled_back")
    );
    nothing_left(engine, &name);
    assert_eq!(Shot::of(engine, &name).id, before.id);
    let changes = serde_json::json!({"command": ["sleep", "999"]});
    succeeded(&super::recreate(
        &client,
        &name,
        &serde_json::json!({"changes": changes, "stable_seconds": 1}),
    ));
    assert_eq!(engine.inspect(&name)["State"]["Status"], "running");
    nothing_left(engine, &name);
}
