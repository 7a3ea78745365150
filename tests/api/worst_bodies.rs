//! Bodies that make the most work out of each of their bytes: they do not keep the
//! program from answering others, and end within a bound.

use super::create::dev;
use crate::support::app::App;
use crate::support::client::{Client, read_answer};
use crate::support::engine::Engine;
use serde_json::{Value, json};
use std::io::{BufReader, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Nearly what a body may have.
const MEGABYTE: usize = 1_000_000;
/// More than there are threads that answer.
const AT_ONCE: usize = 3;
/// The program that is tested is not optimized.
const BOUND: Duration = Duration::from_secs(10);
const OTHERS_WAIT: Duration = Duration::from_millis(200);

/// `part` again and again, `{}` counted up.
fn many(part: &str) -> String {
    let mut text = String::with_capacity(MEGABYTE);
    let mut size = 0;
    for n in 0.. {
        let next = part.replace("{}", &n.to_string());
        // As it stands in a JSON document.
        size += json!(next).to_string().len() - 2;
        if size > MEGABYTE {
            break;
        }
        text.push_str(&next);
    }
    text
}

/// As many values as go into the body.
fn list(most: usize, value: impl Fn(usize) -> Value) -> Value {
    let each = value(most).to_string().len() + 1;
    (0..(MEGABYTE / each)).map(value).collect()
}

fn run_lines() -> Vec<(String, String)> {
    let options = [
        "-p 1-65535:1-65535 ",
        "-p {}:{} ",
        "-p 1-9:1-9/udp ",
        "-P --expose 1-65535 ",
        "-e A=B ",
        "-e A{}=$B{} ",
        "-v /a{}:/b{} ",
        "-v n:/b ",
        "--mount type=bind,src=/a{},dst=/b{} ",
        "--mount a,b,\"c ",
        "--network n{} ",
        "--network name=n,alias=a{},ip=1.2.3.4 ",
        "--add-host h{}:1.2.3.4 ",
        "--link c{}:a{} ",
        "-l l{}=x ",
        "--ulimit nofile={} ",
        "--tmpfs /t{}:size=1k ",
        "--device /dev/x{} ",
        "--sysctl net.a{}=1 ",
        "--env-file f{} ",
        "--unknown{} ",
        "--cap-add A{} ",
        "--dns 1.1.1.1 ",
        "-itd ",
        "--gpus device={} ",
        "--health-cmd 'x{}' ",
    ];
    let around = [
        "docker run a\n",
        "docker run --name c{} --network container:c1 a\n",
        "docker network connect n{} c\n",
        "docker start c{}\n",
        "A{}=b{}\n",
        "A=$A$A\n",
        "export A{}=\"$A\" ;",
        "$(",
        "`",
        "${A:-",
        "\"$(",
        "(",
        "{ ",
        "if a; then ",
        "for i in 1 2; do ",
        "\\\n",
        "\\",
        "'",
        "\"",
        "a'b\"c ",
        "<<EOF\n",
        "<<A{}\n",
        "&amp;",
        "&lt;br&gt;",
        "<p>",
        "&&",
        "|",
        "#\n",
        "$ ",
        "sudo ",
        "docker ",
        "docker run ",
        "docker-compose up\n",
        "%A% ",
        "`\n",
        "^\n",
        "\u{1b}[0m",
        "\u{202e}",
        "\u{1F600}",
        "\0",
    ];
    let options = options
        .into_iter()
        .map(|part| (part.to_owned(), format!("docker run {} img", many(part))));
    let around = around.into_iter().flat_map(|part| {
        let text = many(part);
        [
            (part.to_owned(), text.clone()),
            (
                format!("docker run -e \"{part}"),
                format!("docker run -e \"{text} img"),
            ),
        ]
    });
    options.chain(around).collect()
}

/// Specifications of containers, one for each of their lists.
fn specs() -> Vec<(&'static str, Value)> {
    let lists: Vec<(&str, Value)> = vec![
        ("env", list(99_999, |n| json!(format!("A{n}=x")))),
        ("env", list(0, |_| json!("A='"))),
        (
            "ports",
            list(
                9999,
                |n| json!({"container_port": 1 + n % 65535, "host_port": 1 + n % 65535}),
            ),
        ),
        (
            "ports",
            list(0, |_| json!({"container_port": 80, "host_port": 80})),
        ),
        (
            "mounts",
            list(
                99_999,
                |n| json!({"kind": "volume", "source": format!("v{n}"), "target": format!("/{n}")}),
            ),
        ),
        (
            "mounts",
            list(
                0,
                |_| json!({"kind": "bind", "source": "/a/b/c/d/e/f", "target": "/a"}),
            ),
        ),
        (
            "networks",
            list(99_999, |n| json!({"name": format!("n{n}")})),
        ),
        (
            "labels",
            (0..60_000)
                .map(|n| (format!("l{n}"), json!("x")))
                .collect::<serde_json::Map<_, _>>()
                .into(),
        ),
        ("command", list(0, |_| json!("'"))),
        (
            "extra_hosts",
            list(99_999, |n| json!(format!("h{n}:1.2.3.4"))),
        ),
        ("links", list(99_999, |n| json!(format!("c{n}:a{n}")))),
        ("devices", list(99_999, |n| json!(format!("/dev/{n}")))),
        ("ulimits", list(99_999, |n| json!(format!("u{n}=1:1")))),
        (
            "sysctls",
            (0..60_000)
                .map(|n| (format!("net.a{n}"), json!("x")))
                .collect::<serde_json::Map<_, _>>()
                .into(),
        ),
        ("expose", list(0, |_| json!("1-65535"))),
        ("cap_add", list(99_999, |n| json!(format!("CAP{n}")))),
    ];
    lists
        .into_iter()
        .map(|(field, value)| {
            let mut spec = json!({"image": "bb:1", "name": "worst", "network_mode": "none"});
            if field == "networks" {
                spec["network_mode"] = Value::Null;
            }
            spec[field] = value;
            (field, spec)
        })
        .collect()
}

struct Case {
    what: String,
    method: &'static str,
    path: &'static str,
    body: Vec<u8>,
}

impl Case {
    fn name(&self) -> String {
        format!("{} {} {:?}", self.method, self.path, self.what)
    }
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut add = |what: &str, method, path, body: &Value| {
        cases.push(Case {
            what: what.to_owned(),
            method,
            path,
            body: body.to_string().into_bytes(),
        });
    };
    for (what, text) in run_lines() {
        add(
            &what,
            "POST",
            "/api/convert/run-to-spec",
            &json!({"command": text}),
        );
    }
    let import = "/api/templates/import?dry_run=true";
    for (what, text) in run_lines().into_iter().step_by(11) {
        add(&what, "POST", import, &json!({"text": text}));
    }
    for (field, spec) in specs() {
        add(field, "POST", "/api/containers?dry_run=true", &spec);
        add(
            field,
            "POST",
            "/api/convert/spec-to-run",
            &json!({"spec": spec}),
        );
        add(
            field,
            "POST",
            "/api/templates?dry_run=true",
            &json!({"name": "x", "category": "x", "spec": spec}),
        );
    }
    for (what, head, line) in [
        (
            "compose ports",
            "services:\n a:\n  image: x\n  ports:\n",
            "  - '{}:1-65535'\n",
        ),
        (
            "compose services",
            "services:\n",
            " s{}: {extends: s1, image: x, depends_on: [s2]}\n",
        ),
        (
            "compose variables",
            "services:\n a:\n  image: x\n  environment:\n",
            "   K{}: ${A:-${B:-x}}\n",
        ),
        (
            "compose aliases",
            "x: &x {a: 1, b: [1, 2, 3]}\ny:\n",
            "- {<<: *x, k: {}}\n",
        ),
        ("compose unknown", "services:\n a:\n", "  imge{}: x\n"),
    ] {
        let compose = format!("{head}{}", many(line));
        add(
            what,
            "POST",
            "/api/stacks/validate",
            &json!({"compose": compose}),
        );
    }
    add(
        "compose .env",
        "POST",
        "/api/stacks/validate",
        &json!({"compose": "services: {a: {image: x}}", "env": many("A{}=$A1$A2$A3\n")}),
    );
    let portainer =
        many(r#"{"type":1,"title":"t{}","image":"a","name":"x","ports":["1-65535:1-65535/tcp"]},"#);
    let portainer = portainer.trim_end_matches(',');
    add(
        "portainer",
        "POST",
        import,
        &json!({"text": format!(r#"{{"version":"2","templates":[{portainer}]}}"#)}),
    );
    let names = list(99_999, |n| json!(format!("c{n}")));
    for action in ["stop", "delete", "recreate"] {
        let body = json!({"action": action, "containers": names});
        add(action, "POST", "/api/containers/bulk?dry_run=true", &body);
    }
    add(
        "order",
        "PUT",
        "/api/environments/order",
        &json!({"codes": names}),
    );
    let tags = list(99_999, |n| json!(format!("t{n}")));
    add(
        "tags",
        "PUT",
        "/api/containers/nobody?dry_run=true",
        &json!({"tags": tags}),
    );
    add(
        "exec",
        "POST",
        "/api/containers/nobody/exec",
        &json!({"command": many("' ")}),
    );
    let pem = many("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    let pem = &pem[..pem.len() / 2];
    add(
        "https",
        "PUT",
        "/api/system/https?dry_run=true",
        &json!({"mode": "custom", "certificate": pem, "private_key": pem}),
    );
    let domains = list(99_999, |n| json!(format!("d{n}.example.org")));
    add(
        "acme",
        "PUT",
        "/api/system/https?dry_run=true",
        &json!({"mode": "acme", "domains": domains, "agree_terms": true}),
    );
    let deep = "[".repeat(MEGABYTE);
    cases.push(Case {
        what: "deep".to_owned(),
        method: "POST",
        path: "/api/convert/spec-to-run",
        body: deep.into_bytes(),
    });
    cases
}

struct SetOnDrop<'a>(&'a AtomicBool);

impl Drop for SetOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn worst_megabyte_for_each_endpoint_does_not_keep_others_waiting() {
    let engine = Engine::shared();
    let (app, client) = App::ready(&engine.host());
    dev(&client);
    let over = AtomicBool::new(false);
    let slowest = std::sync::Mutex::new(Duration::ZERO);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let stream = client.connect().unwrap();
            let mut stream = BufReader::new(stream);
            let request = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
            while !over.load(Ordering::Relaxed) {
                let begun = Instant::now();
                stream.get_mut().write_all(request).unwrap();
                assert_eq!(read_answer(&mut stream).unwrap().status, 200);
                let took = begun.elapsed();
                let mut slowest = slowest.lock().unwrap();
                *slowest = took.max(*slowest);
                drop(slowest);
                std::thread::sleep(Duration::from_millis(5));
            }
        });
        let _over = SetOnDrop(&over);
        for some in cases().chunks(AT_ONCE) {
            // A machine that is busy otherwise makes everybody wait now and then.
            let tries = (0..4).map(|_| {
                *slowest.lock().unwrap() = Duration::ZERO;
                let begun = Instant::now();
                std::thread::scope(|scope| {
                    for case in some {
                        scope.spawn(|| send(&client, case));
                    }
                });
                (begun.elapsed(), *slowest.lock().unwrap())
            });
            let mut seen = Vec::new();
            let held = tries
                .inspect(|times| seen.push(*times))
                .any(|(took, waited)| took < BOUND && waited < OTHERS_WAIT);
            let names: Vec<_> = some.iter().map(Case::name).collect();
            assert!(held, "{names:?}: they took, and others waited {seen:?}");
        }
    });
    assert!(!app.log().contains("panicked"));
}

#[track_caller]
fn send(client: &Client, case: &Case) {
    let headers = [("Content-Type", "application/json")];
    let answer = client.send(case.method, case.path, &headers, &case.body);
    let shown: String = answer.text().chars().take(300).collect();
    let what = format!("{}: {} {shown}", case.name(), answer.status);
    println!("{what}");
    assert!((200..500).contains(&answer.status), "{what}");
    // Each was read, and not refused for what it is.
    assert!(
        answer.status != 413 && !shown.contains("unknown field"),
        "{what}"
    );
}
