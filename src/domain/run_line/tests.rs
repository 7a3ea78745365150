//! Whole commands, as they stand in readmes and blogs.

use super::*;
use crate::model::diagnostic::Severity;
use crate::model::spec::{MountKind, MountSyntax};
use proptest::prelude::*;

fn read(command: &str) -> Conversion {
    run_to_spec(&RunText {
        command: command.to_owned(),
        ..RunText::default()
    })
}

/// The one container, and not one remark.
#[track_caller]
fn clean(command: &str) -> ContainerSpec {
    let mut found = read(command);
    assert!(
        found.diagnostics.is_empty(),
        "{command}: {:?}",
        found.diagnostics
    );
    assert_eq!(found.containers.len(), 1, "{command}");
    let one = found.containers.remove(0);
    assert!(
        one.diagnostics.is_empty(),
        "{command}: {:?}",
        one.diagnostics
    );
    one.spec
}

/// The first remark of the first container: severity, place, message.
#[track_caller]
fn remark(command: &str) -> (Severity, usize, usize, usize, String) {
    let found = read(command);
    let one = found.containers[0]
        .diagnostics
        .first()
        .unwrap_or_else(|| panic!("{command}: no remark"));
    (
        one.severity,
        one.line,
        one.column,
        one.length,
        one.message.clone(),
    )
}

#[test]
fn docker_run_command_from_a_readme_is_parsed_without_diagnostics() {
    let found = read(
        "docker run -d \\\n  --name=jellyfin \\\n  -e PUID=1000 -e TZ='Europe/Berlin' \\\n  -p 8096:8096 -p 7359:7359/udp `# optional` \\\n  -v /srv/jellyfin:/config \\\n  --restart unless-stopped \\\n  lscr.io/linuxserver/jellyfin:latest\n",
    );
    let one = &found.containers[0];
    assert!(one.start && one.detach);
    assert_eq!(one.spec.name.as_deref(), Some("jellyfin"));
    assert_eq!(one.spec.env, ["PUID=1000", "TZ=Europe/Berlin"]);
    assert_eq!(one.spec.ports.len(), 2);
    assert_eq!(one.spec.ports[1].protocol, "udp");
    assert_eq!(one.spec.mounts[0].kind, MountKind::Bind);
    assert_eq!(one.spec.restart.as_deref(), Some("unless-stopped"));
    assert_eq!(one.spec.image, "lscr.io/linuxserver/jellyfin:latest");
    assert_eq!(one.spec.command, None);
    assert_eq!(one.diagnostics, []);
}

#[test]
fn flags_of_every_value_type_are_stored_in_the_spec() {
    let spec = clean(
        "docker create --name a -it --init=false --rm -h box -u 1000:100 -w /app --group-add audio \
         --entrypoint '' --stop-signal SIGINT --stop-timeout 30 -P --expose 8000-8010 --expose 53/udp \
         --dns 1.1.1.1 --dns-search lan --dns-opt ndots:1 --add-host nas:10.0.0.2 --read-only --shm-size 64m \
         --storage-opt size=10G -m 512m --memory-swap -1 --memory-reservation 256m --memory-swappiness 10 \
         --cpus 1.5 -c 512 --cpu-period 100000 --cpu-quota 50000 --cpuset-cpus 0-3 --cpuset-mems 0 --pids-limit 100 \
         --ulimit nofile=1024:2048 --ulimit core=0 --oom-kill-disable --oom-score-adj 100 --blkio-weight 500 \
         --blkio-weight-device /dev/sda:200 --device-read-bps /dev/sda:10mb --device-write-iops /dev/sda:100 \
         --privileged --cap-add NET_ADMIN --cap-drop ALL --security-opt no-new-privileges --device /dev/ttyUSB0 \
         --device-cgroup-rule 'c 13:* rwm' --sysctl net.core.somaxconn=1024 --userns host --pid host --ipc host --uts host \
         --cgroupns host --cgroup-parent /x --runtime runc --platform linux/arm64 --annotation a=b -l c=d -l e \
         --log-driver json-file --log-opt max-size=10m --volumes-from other:ro --volume-driver local img run 'a b' -p",
    );
    let text = serde_json::to_value(&spec).unwrap();
    for (key, wanted) in [
        ("memory", serde_json::json!(536_870_912)),
        ("memory_swap", (-1).into()),
        ("cpus", 1.5.into()),
        ("init", false.into()),
        ("entrypoint", serde_json::json!([""])),
        ("command", serde_json::json!(["run", "a b", "-p"])),
        ("labels", serde_json::json!({ "c": "d", "e": "" })),
        ("expose", serde_json::json!(["8000-8010", "53/udp"])),
        ("dns_options", serde_json::json!(["ndots:1"])),
        ("hostname", "box".into()),
        ("cpu_shares", 512.into()),
        ("platform", "linux/arm64".into()),
        ("device_write_iops", serde_json::json!(["/dev/sda:100"])),
        ("stdin_open", true.into()),
        ("auto_remove", true.into()),
    ] {
        assert_eq!(text[key], wanted, "{key}");
    }
}

#[test]
fn mount_flags_are_parsed_and_relative_or_windows_sources_are_errors() {
    let spec = clean(
        "docker run -v /srv/a:/a:ro,z -v cache:/cache -v /anon --tmpfs /run:size=64m,ro \
         --mount type=bind,src=/b,dst=/b,readonly --mount 'type=volume,\"source=v\",target=/v' img",
    );
    let kinds: Vec<_> = spec
        .mounts
        .iter()
        .map(|m| (m.kind, m.syntax, m.read_only))
        .collect();
    assert_eq!(
        kinds,
        [
            (MountKind::Bind, None, true),
            (MountKind::Volume, None, false),
            (MountKind::Volume, None, false),
            (MountKind::Tmpfs, None, true),
            (MountKind::Bind, Some(MountSyntax::Mount), true),
            (MountKind::Volume, Some(MountSyntax::Mount), false),
        ]
    );
    for (command, column) in [
        ("docker run -v ./data:/data img", 15),
        ("docker run -v ../data:/data img", 15),
        ("docker run --mount type=bind,src=./x,dst=/y img", 20),
        ("docker run -v 'C:\\data:/data' img", 15),
    ] {
        let (severity, line, at, _, message) = remark(command);
        assert_eq!(
            (severity, line, at),
            (Severity::Error, 1, column),
            "{command}: {message}"
        );
        assert_eq!(
            read(command).containers[0].spec.mounts.len(),
            1,
            "{command}"
        );
    }
    assert_eq!(
        read("docker run -v ./data:/data img").containers[0]
            .spec
            .mounts[0]
            .source,
        "./data"
    );
}

#[test]
fn network_flags_are_parsed_and_contradictory_ones_are_reported() {
    let one = |text: &str| clean(&format!("docker run {text} img"));
    assert_eq!(one("--net host").network_mode.as_deref(), Some("host"));
    assert_eq!(one("--network none").network_mode.as_deref(), Some("none"));
    assert_eq!(
        one("--network container:db").network_mode.as_deref(),
        Some("container:db")
    );
    assert_eq!(one("--network default").networks, []);
    let two = one(
        "--network lan --ip 10.0.0.5 --ip6 fd00::5 --network-alias web --net-alias www --link db:db --link-local-ip 169.254.1.1 \
         --mac-address 92:d0:c6:0a:29:33 --network name=other,alias=x,ip=10.1.0.5,driver-opt=a=b,gw-priority=5",
    );
    assert_eq!(two.networks.len(), 2);
    let first = &two.networks[0];
    assert_eq!(first.ipv4.as_deref(), Some("10.0.0.5"));
    assert_eq!(first.aliases, ["web", "www"]);
    assert_eq!(first.links, ["db:db"]);
    assert!(two.links.is_empty());
    assert_eq!(two.networks[1].driver_opts["a"], "b");
    assert_eq!(two.networks[1].gw_priority, Some(5));
    assert_eq!(one("--link db:db").links, ["db:db"]);
    assert_eq!(
        one("--mac-address 92:d0:c6:0a:29:33").networks[0].name,
        "bridge"
    );

    for (text, part) in [
        ("--network a --network a", "given twice"),
        ("--network a --network host", "cannot be combined"),
        ("--network name=a,ip=10.0.0.1 --ip 10.0.0.2", "Both --ip"),
        (
            "--network name=a,alias=b --network-alias c",
            "Both --network-alias",
        ),
        ("--network host --ip 10.0.0.2", "no network of its own"),
        ("--network-alias x", "Only user-defined networks"),
        ("--network name=A", "lower case"),
        ("--network ip=10.0.0.1", "needs name="),
        ("--ip ::1", "IPv6"),
    ] {
        let command = format!("docker run {text} img");
        let (.., message) = remark(&command);
        assert!(message.contains(part), "{command}: {message}");
    }
}

#[test]
fn health_check_flags_are_parsed_and_contradictory_ones_are_reported() {
    let check = clean("docker run --health-cmd 'curl -f localhost || exit 1' --health-interval 90s --health-timeout 5s --health-start-period 1m --health-start-interval 500ms --health-retries 3 img").healthcheck.unwrap();
    assert_eq!(check.test, ["CMD-SHELL", "curl -f localhost || exit 1"]);
    assert_eq!(check.interval.as_deref(), Some("1m30s"));
    assert_eq!(check.start_interval.as_deref(), Some("500ms"));
    assert_eq!(check.retries, Some(3));
    let none = clean("docker run --no-healthcheck img")
        .healthcheck
        .unwrap();
    assert_eq!(none.test, ["NONE"]);
    assert_eq!(
        clean("docker run --no-healthcheck=false --health-retries 0 img").healthcheck,
        None
    );
    assert!(
        remark("docker run --no-healthcheck --health-retries 1 img")
            .4
            .contains("contradict")
    );
}

#[test]
fn unknown_variables_and_files_are_requested_and_then_filled_in() {
    let found = read(
        "docker run -e FOO -v \"$(pwd)/data:/data\" --env-file .env --label-file l -u $(id -u):$GID --security-opt seccomp=p.json img",
    );
    let keys: Vec<_> = found.containers[0]
        .diagnostics
        .iter()
        .map(|d| (d.variable.as_deref(), d.file.as_deref(), d.column, d.length))
        .collect();
    assert_eq!(
        keys,
        [
            (Some("FOO"), None, 15, 3),
            (Some("PWD"), None, 23, 6),
            (None, Some(".env"), 53, 4),
            (None, Some("l"), 71, 1),
            (Some("UID"), None, 76, 8),
            (Some("GID"), None, 85, 4),
            (None, Some("p.json"), 105, 14),
        ]
    );
    let mount = &found.containers[0].spec.mounts[0];
    assert_eq!(
        (mount.source.as_str(), mount.target.as_str()),
        ("$(pwd)/data", "/data")
    );

    let given = |list: &[(&str, &str)]| {
        list.iter()
            .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
            .collect()
    };
    let found = run_to_spec(&RunText {
        command: "docker run -e FOO -v \"$(pwd)/data:/data\" -v ~/x:/x --env-file .env --label-file l -u $(id -u):$GID --security-opt seccomp=p.json -e A=2 img".to_owned(),
        variables: given(&[("FOO", "1"), ("PWD", "/here"), ("HOME", "/root"), ("UID", "1000"), ("GID", "100")]),
        files: given(&[(".env", "# x\nA=1\nB\nFOO\n"), ("l", "x=y"), ("p.json", "{ \"a\": \"b c\" }")]),
    });
    let one = &found.containers[0];
    assert_eq!(one.diagnostics, []);
    assert_eq!(one.spec.env, ["A=1", "FOO=1", "FOO=1", "A=2"]);
    assert_eq!(one.spec.mounts[0].source, "/here/data");
    assert_eq!(one.spec.mounts[1].source, "/root/x");
    assert_eq!(one.spec.user.as_deref(), Some("1000:100"));
    assert_eq!(one.spec.labels["x"], "y");
    assert_eq!(one.spec.security_opt, [r#"seccomp={"a":"b c"}"#]);
}

#[test]
fn containers_of_a_script_are_found_with_its_variables_files_and_networks() {
    let found = read(
        "#!/bin/sh\nset -e\nDATA=/srv/data\nexport TOKEN=secret\nmkdir -p $DATA\ndocker pull nginx\ndocker network create lan\ncat > app.env <<EOF\nA=1\nEOF\n\
         docker run -d --name web --network lan --env-file app.env -v $DATA:/data -e TOKEN nginx &&\n  docker create --name db postgres | cat\n\
         id=$(docker create --name three redis)\ndocker network connect --ip 10.1.0.3 --alias r back $id\ndocker start \"$id\"\n",
    );
    let names: Vec<_> = found
        .containers
        .iter()
        .map(|c| c.spec.name.as_deref().unwrap_or(""))
        .collect();
    assert_eq!(names, ["web", "db", "three"]);
    assert_eq!(
        found.containers.iter().map(|c| c.start).collect::<Vec<_>>(),
        [true, false, true]
    );
    assert_eq!(found.containers[0].spec.env, ["A=1", "TOKEN=secret"]);
    assert_eq!(found.containers[0].spec.mounts[0].source, "/srv/data");
    assert_eq!(found.containers[0].line, 11);
    assert_eq!(found.containers[2].spec.networks[0].aliases, ["r"]);
    assert!(
        found
            .diagnostics
            .iter()
            .all(|d| d.severity == Severity::Info),
        "{:?}",
        found.diagnostics
    );
    let lines: Vec<_> = found.diagnostics.iter().map(|d| d.line).collect();
    assert_eq!(lines, [5, 6, 7, 8, 12]);
    assert!(
        found
            .containers
            .iter()
            .all(|c| c.diagnostics.iter().all(|d| d.severity == Severity::Info))
    );
}

#[test]
fn invalid_values_are_reported_and_the_rest_is_parsed() {
    let found = read(
        "docker run --memory lots -p 70000:80 --dns nowhere --restart never -e =x --label 'a b=c' --cpus many --ulimit x --gpus some --init=maybe --name web img",
    );
    let one = &found.containers[0];
    assert_eq!(one.spec.name.as_deref(), Some("web"));
    assert_eq!(one.spec.image, "img");
    assert_eq!(one.diagnostics.len(), 10, "{:?}", one.diagnostics);
    assert!(
        one.diagnostics
            .iter()
            .all(|d| d.severity == Severity::Error)
    );
    assert_eq!(one.diagnostics[0].text, "lots");
    assert_eq!(one.diagnostics[0].flag.as_deref(), Some("--memory"));

    assert!(
        remark("docker run --rm --restart always img")
            .4
            .contains("contradict")
    );
    assert!(remark("docker run").4.contains("image is missing"));
    assert!(
        remark("docker run img --name x")
            .4
            .contains("follows the image")
    );
    assert!(
        remark("docker run --init false img")
            .4
            .contains("read as the image")
    );
    assert!(
        remark("docker run --log-driver none --log-opt a=b img")
            .4
            .contains("no --log-opt")
    );
    assert!(
        remark("docker -H tcp://x run img")
            .4
            .contains("another engine")
    );
    assert!(remark("docker run --cpu-count 2 img").4.contains("Windows"));
    assert!(
        remark("docker run -v /a:/x -v /b:/x img")
            .4
            .contains("Two mounts")
    );
    for nothing in ["", "hello", "docker compose up -d"] {
        let found = read(nothing);
        assert!(found.containers.is_empty());
        assert!(!found.diagnostics.is_empty(), "{nothing:?}");
    }
}

#[test]
fn device_and_gpu_flags_are_parsed() {
    let spec = clean(
        "docker run --gpus all --gpus '\"device=0,1\",driver=nvidia' --device /dev/dri --device nvidia.com/gpu=0 img",
    );
    assert_eq!(spec.device_requests[0].count, Some(-1));
    assert_eq!(spec.device_requests[1].device_ids, ["0", "1"]);
    assert_eq!(spec.devices.len(), 2);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]
    #[test]
    fn diagnostics_of_arbitrary_text_always_have_a_position(text in "(docker run )?[ -~\n\t\r'\"$`\\\\{}()<>|&;#–“”’\u{a0}äß😀]{0,120}") {
        let found = read(&text);
        for one in found.diagnostics.iter().chain(found.containers.iter().flat_map(|c| &c.diagnostics)) {
            prop_assert!(one.line > 0 && one.column > 0);
        }
    }

    /// Flags of the table with any value.
    #[test]
    fn image_is_found_after_any_flag_with_any_value(list in proptest::collection::vec((0..crate::model::flags::FLAGS.len(), "[ -~\nä=:,/\"]{0,20}"), 0..8)) {
        let mut text = "docker run".to_owned();
        for (index, value) in list {
            let flag = &crate::model::flags::FLAGS[index];
            text.push_str(&format!(" --{}={}", flag.name, crate::domain::commands::quote(&value)));
        }
        let found = read(&(text + " img"));
        prop_assert_eq!(found.containers[0].spec.image.as_str(), "img");
    }
}

/// What the first container asks for, by name.
fn asked(command: &str) -> Vec<String> {
    let found = read(command);
    let all = &found.containers[0].diagnostics;
    all.iter().filter_map(|one| one.variable.clone()).collect()
}

#[test]
fn placeholders_in_angle_brackets_are_requested_and_then_filled_in() {
    let command = "docker run -e TZ=<timezone> -e HOST=<hostname or ip> -e VPN=<yes|no> -v <path>:/config repo/img:<tag> <command>";
    assert_eq!(
        asked(command),
        [
            "timezone",
            "hostname or ip",
            "yes|no",
            "path",
            "tag",
            "command"
        ]
    );
    let found = run_to_spec(&RunText {
        command: command.to_owned(),
        variables: [
            ("timezone", "Europe/Berlin"),
            ("hostname or ip", "db"),
            ("yes|no", "yes"),
            ("path", "/srv"),
            ("tag", "2"),
            ("command", "serve"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into(),
        ..RunText::default()
    });
    let one = &found.containers[0];
    assert!(one.diagnostics.is_empty(), "{:?}", one.diagnostics);
    assert_eq!(one.spec.env, ["TZ=Europe/Berlin", "HOST=db", "VPN=yes"]);
    assert_eq!(one.spec.mounts[0].source, "/srv");
    assert_eq!(one.spec.image, "repo/img:2");
    assert_eq!(one.spec.command, Some(vec!["serve".to_owned()]));
    // These are redirections.
    for text in [
        "docker run -i img < dump.sql",
        "docker run img <in.txt >out.txt",
        "docker run img 2>&1 >/dev/null",
    ] {
        assert_eq!(asked(text), [""; 0], "{text}");
    }
}

#[test]
fn windows_variables_are_requested_and_windows_mount_sources_are_errors() {
    assert_eq!(asked("docker run --rm -v %cd%:/root img"), ["PWD"]);
    assert_eq!(
        asked("docker run -v \"%USERPROFILE%\\vw:/data\" img"),
        ["HOME"]
    );
    assert_eq!(
        asked("docker run -v ${env:APPDATA}:/x $env:IMG"),
        ["APPDATA", "IMG"]
    );
    let found = read("PS C:\\> docker run img cmd /s /c type c:\\dest\\some.txt");
    assert_eq!(
        found.containers[0]
            .spec
            .command
            .as_deref()
            .unwrap()
            .last()
            .unwrap(),
        "c:\\dest\\some.txt"
    );
    let (severity, .., message) = remark("docker run -v C:\\Users\\me\\data:/data img");
    assert_eq!(severity, Severity::Error);
    assert!(message.contains("Windows path"), "{message}");
}

#[test]
fn pasted_program_output_is_not_read_as_flags() {
    for text in [
        "docker run alpine ls -l /data\n-rw-r--r-- 1 root root 12 x",
        "docker run alpine ls\n\n------ Shared Memory Segments --------",
        "docker run alpine ls\n---",
    ] {
        let found = read(text);
        let command = found.containers[0].spec.command.clone().unwrap();
        assert_eq!(command[0], "ls", "{text}");
        assert!(command.len() <= 3, "{text}: {command:?}");
    }
    let found = read("docker run\n--name x\n-p 80:80\nnginx");
    assert_eq!(found.containers[0].spec.name.as_deref(), Some("x"));
}

#[test]
fn invalid_image_references_are_errors() {
    for image in [
        "...",
        "[OPTIONS]",
        "MyImage",
        "nginx:",
        "'nginx:lat est'",
        "IMAGE",
    ] {
        let found = read(&format!("docker run {image}"));
        let errors = found.containers[0].diagnostics.iter();
        assert!(
            errors
                .clone()
                .any(|one| one.severity == Severity::Error && one.message.contains("image")),
            "{image}: {errors:?}"
        );
    }
}

#[test]
fn image_is_found_after_variables_that_hold_flags() {
    for text in [
        "docker run -d $DOCKER_OPTS -p 80:80 nginx:1",
        "docker run \"${EXTRA_ARGS[@]}\" $OPTS -p 80:80 nginx:1",
    ] {
        let one = &read(text).containers[0];
        assert_eq!(one.spec.image, "nginx:1", "{text}");
        assert_eq!(one.spec.ports.len(), 1, "{text}");
        assert!(!asked(text).is_empty(), "{text}");
    }
    assert_eq!(
        read("docker run $IMAGE -p").containers[0].spec.image,
        "$IMAGE"
    );
}

#[test]
fn unquoted_operators_and_missing_continuations_are_read_with_a_warning() {
    let found = read(
        "docker run -e MODS=a/mods:one|b/mods:two -e URL=http://x/?a=1&b=2 -p 80:80 img | tee log",
    );
    let one = &found.containers[0];
    assert_eq!(
        one.spec.env,
        ["MODS=a/mods:one|b/mods:two", "URL=http://x/?a=1&b=2"]
    );
    assert_eq!(one.spec.image, "img");
    let warnings = one
        .diagnostics
        .iter()
        .filter(|d| d.message.contains("quotes around"));
    assert_eq!(warnings.count(), 2, "{:?}", one.diagnostics);
    let found = read(
        "docker run -d \\\n  -p 9001:9001 \\\n  -v certs:/certs\n  portainer/agent:latest --tls",
    );
    let one = &found.containers[0];
    assert_eq!(one.spec.image, "portainer/agent:latest");
    assert_eq!(one.spec.command, Some(vec!["--tls".to_owned()]));
    assert!(
        one.diagnostics
            .iter()
            .all(|d| d.severity == Severity::Warning),
        "{:?}",
        one.diagnostics
    );
}

#[test]
fn code_fences_prompts_and_wrappers_around_a_command_are_ignored() {
    for text in [
        "```sh\n# Start it:\npi@raspberrypi:~ $ docker run nginx:1\n```",
        "1. `sudo docker run nginx:1`",
        "ExecStart=/usr/bin/docker run nginx:1",
        "ssh nas docker run nginx:1",
        "docker run &quot;nginx:1&quot; &amp;&amp; true",
    ] {
        let found = read(text);
        assert_eq!(found.containers.len(), 1, "{text}: {:?}", found.diagnostics);
        let spec = &found.containers[0].spec;
        assert_eq!(
            (spec.image.as_str(), &spec.command),
            ("nginx:1", &None),
            "{text}"
        );
    }
    let found = read("alias x='docker run nginx'");
    assert!(found.containers.is_empty());
    assert!(
        found
            .diagnostics
            .iter()
            .any(|one| one.severity == Severity::Error)
    );
}

#[test]
fn tilde_in_a_variable_assignment_expands_to_the_home_directory() {
    assert_eq!(
        asked("SHARE=~/some docker run -e P=~/y -v $SHARE:/x img"),
        ["HOME", "SHARE"]
    );
    let found = run_to_spec(&RunText {
        command: "SHARE=~/some\ndocker run -v $SHARE:/x --volume=~/c:/c img".to_owned(),
        variables: [("HOME".to_owned(), "/home/me".to_owned())].into(),
        ..RunText::default()
    });
    let mounts = &found.containers[0].spec.mounts;
    assert_eq!(mounts[0].source, "/home/me/some");
    // A shell expands it only at the start of a word or of a variable's value.
    assert_ne!(mounts[1].source, "/home/me/c");
}

#[test]
fn values_with_unknown_variables_are_requested_but_not_validated() {
    let found = read("docker run -p 127.0.0.1:$HOSTPORT:$PORT -m $MEM --restart $R --cpus <n> img");
    let all = &found.containers[0].diagnostics;
    assert!(all.iter().all(|one| one.variable.is_some()), "{all:?}");
    assert_eq!(all.len(), 5, "{all:?}");
}

/// A megabyte of one range, repeated, would be thousands of millions of ports.
#[test]
fn published_ranges_of_a_whole_text_are_bounded_before_they_are_expanded() {
    let mut text = String::new();
    for _ in 0..90 {
        text.push_str("docker run -d");
        text.push_str(&" -p 1-15000:1-15000".repeat(400));
        text.push_str(" nginx\n");
    }
    let begun = std::time::Instant::now();
    let found = run_to_spec(&RunText {
        command: text,
        ..RunText::default()
    });
    let ports: usize = found
        .containers
        .iter()
        .map(|one| one.spec.ports.len())
        .sum();
    assert_eq!(ports, 15_000);
    let refused = |one: &Converted| {
        let told = |note: &Diagnostic| note.message.contains("at most 20000 published ports");
        one.diagnostics.iter().any(told)
    };
    assert!(found.containers.iter().all(refused));
    assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
}

/// A short flag that names a file of some kilobytes is short again and again.
#[test]
fn files_of_a_text_are_bounded_each_time_that_they_are_named() {
    let found = run_to_spec(&RunText {
        command: format!("docker run {} img", "--env-file f ".repeat(60_000)),
        files: [("f".to_owned(), "A=b\n".repeat(1000))].into(),
        ..RunText::default()
    });
    let one = &found.containers[0];
    assert!(
        one.spec.env.len() <= (1 << 20) / 4,
        "{}",
        one.spec.env.len()
    );
    let told = |note: &Diagnostic| note.message.contains("at most 1 MB of files");
    assert!(one.diagnostics.iter().any(told));
}

#[test]
fn compose_file_is_recognised_and_said_to_be_unreadable() {
    for text in [
        "services:\n  web:\n    image: nginx\n",
        "web:\n  image: nginx\n  ports:\n    - 80:80\n",
    ] {
        let found = read(text);
        assert!(found.containers.is_empty());
        assert_eq!(found.diagnostics.len(), 1, "{:?}", found.diagnostics);
        let said = &found.diagnostics[0].message;
        assert!(said.starts_with("This is a Compose file"), "{said}");
    }
}

#[test]
fn exported_values_of_one_text_are_bounded_however_often_they_are_named() {
    let text = |command: String, file: &str| RunText {
        command,
        variables: [("A".to_owned(), "x".repeat(400_000))].into(),
        files: [("f".to_owned(), file.to_owned())].into(),
    };
    for asked in [
        text(format!("docker run {} x", "-e A ".repeat(10_000)), ""),
        text(
            "docker run --env-file f x".to_owned(),
            &"A\n".repeat(10_000),
        ),
    ] {
        let found = run_to_spec(&asked);
        let length: usize = found.containers[0].spec.env.iter().map(String::len).sum();
        assert!(length < 5_000_000, "{length}");
        let told = found.containers[0].diagnostics.iter().filter(|one| {
            one.severity == crate::model::diagnostic::Severity::Error
                && one.message.contains("at most 4 MB")
        });
        assert!(told.count() >= 1, "{:?}", found.containers[0].diagnostics);
    }
}

#[test]
fn values_that_look_like_placeholders_everywhere_are_read_in_little_time() {
    for part in ["a.", "domain.", "A_", "MY_", "your-", "x."] {
        let value = part.repeat(2000 / part.len());
        let asked = RunText {
            command: format!("docker run {} x", "-e A ".repeat(500)),
            variables: [("A".to_owned(), value)].into(),
            ..RunText::default()
        };
        let begun = std::time::Instant::now();
        let found = run_to_spec(&asked);
        assert_eq!(found.containers[0].spec.env.len(), 500);
        let took = begun.elapsed();
        assert!(took.as_secs() < 3, "{part}: {took:?}");
    }
}
