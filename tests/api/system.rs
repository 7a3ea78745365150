//! The host: profile, figures, and its certificate, changed while it runs and
//! looked at with the `openssl` command.

use crate::support::app::{App, NO_ENGINE};
use crate::support::certificate::{certificate, s_client};
use crate::support::client::Client;
use crate::support::engine::Engine;
use crate::support::wait::{SOON, until};
use serde_json::{Value, json};
use std::process::{Command, Stdio};

/// The fingerprint that the port shows.
fn shown(port: u16) -> String {
    let (_, text) = s_client(port, &["-servername", "localhost"]);
    let begin = text
        .find("-----BEGIN CERTIFICATE-----")
        .expect("a certificate");
    let end = text.find("-----END CERTIFICATE-----").unwrap() + 25;
    let mut child = Command::new("openssl")
        .args(["x509", "-noout", "-fingerprint", "-sha256"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(child.stdin.as_mut().unwrap(), &text.as_bytes()[begin..end]).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.trim().split_once('=').unwrap().1.to_owned()
}

#[test]
fn the_profile_says_how_each_value_was_found() {
    let app = App::start_with(NO_ENGINE, &["--profile", "RASPBERRY_PI"]);
    let client = app.set_up();
    let profile = client.get("/api/system/profile").json();
    assert_eq!(profile["name"], "RASPBERRY_PI");
    assert_eq!(profile["max_containers"], 15);
    assert_eq!(profile["overridden"], true);
    let values = profile["values"].as_array().unwrap();
    assert!(values.len() >= 3, "{profile}");
    for value in values {
        for field in ["key", "label", "source"] {
            assert!(!value[field].as_str().unwrap().is_empty(), "{value}");
        }
    }
    let page = client.get("/").text();
    assert!(
        page.contains("data-motion=\"reduced\""),
        "as the profile asks"
    );
}

#[test]
fn background_jobs_are_listed_with_their_last_runs_and_run_on_request() {
    let app = App::start_with(NO_ENGINE, &["--profile", "RASPBERRY_PI"]);
    let client = app.set_up();
    let job = |id: &str| {
        let list = client.get("/api/system/jobs").json();
        let items = list["items"].as_array().unwrap().clone();
        let found = items.into_iter().find(|job| job["id"] == id);
        found.unwrap_or_else(|| panic!("no {id} in {list}"))
    };
    let ended = |id: &str| {
        until("the job has run", SOON, || {
            let status = job(id);
            (status["running"] == false && status["last_run"].is_object()).then_some(status)
        })
    };
    let recovery = ended("recover_operations");
    assert_eq!(recovery["schedule"], "When needed");
    assert_eq!(recovery["next_run_at"], Value::Null);
    assert_eq!(recovery["last_run"]["result"], "Waiting for the engine.");
    let certificate = ended("renew_certificate");
    assert_eq!(certificate["failures"], 0);
    assert!(certificate["next_run_at"].is_string(), "{certificate}");
    let first = ended("remove_old_records");
    // As the profile of a Raspberry Pi says.
    assert_eq!(first["schedule"], "Every 6 hours");
    assert_eq!(first["last_run"]["error"], Value::Null);

    let mut events = client.events("/api/events", None);
    let answer = client.post("/api/system/jobs/remove_old_records/run", &Value::Null);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let event = events.find("the end of the run", |event| {
        event.kind == "job" && event.data["running"] == false && event.data["id"] == first["id"]
    });
    assert_ne!(
        event.data["last_run"]["started_at"],
        first["last_run"]["started_at"]
    );
    assert_eq!(event.data["last_run"]["result"], "Nothing to remove.");

    let answer = client.post("/api/system/jobs/sweep/run", &Value::Null);
    assert_eq!(
        (answer.status, answer.problem()),
        (404, "job_not_found".to_owned())
    );
}

#[test]
fn system_information_and_usage_are_returned() {
    let engine = Engine::shared();
    let (app, client) = App::ready(&engine.host());
    let system = client.get("/api/system").json();
    assert_eq!(system["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(system["data_dir"], app.data_dir().to_str().unwrap());
    assert!(system["database_bytes"].as_u64().unwrap() > 0);
    assert_eq!(system["mdns_name"], Value::Null);
    let port = app.port.to_string();
    for url in system["urls"].as_array().unwrap() {
        assert!(url.as_str().unwrap().contains(&port), "{url}");
    }
    let licences = system["licences"].as_array().unwrap();
    assert!(
        licences.iter().any(|crate_| crate_["name"] == "hyper"),
        "{licences:?}"
    );
    let stats = client.get("/api/system/stats").json();
    let (used, total) = (
        stats["memory_used_bytes"].as_u64().unwrap(),
        stats["memory_total_bytes"].as_u64().unwrap(),
    );
    assert!(0 < used && used < total, "{stats}");
}

#[test]
fn served_certificate_is_signed_by_the_offered_authority() {
    let app = App::start(NO_ENGINE);
    let client = app.client();
    let ca = client.get("/ca.crt");
    assert_eq!(
        ca.header("content-type"),
        Some("application/x-x509-ca-cert")
    );
    let file = app.dir().join("ca.crt");
    std::fs::write(&file, &ca.body).unwrap();
    let file = file.to_str().unwrap();
    for name in ["localhost", "dockermate.local"] {
        let (good, text) = s_client(
            app.port,
            &[
                "-verify_return_error",
                "-CAfile",
                file,
                "-verify_hostname",
                name,
            ],
        );
        assert!(
            good && text.contains("Verify return code: 0"),
            "{name}: {text}"
        );
    }
    let (good, _) = s_client(
        app.port,
        &[
            "-verify_return_error",
            "-CAfile",
            file,
            "-verify_ip",
            "127.0.0.1",
        ],
    );
    assert!(good, "the address is covered too");
    let (good, text) = s_client(
        app.port,
        &[
            "-verify_return_error",
            "-CAfile",
            file,
            "-verify_hostname",
            "evil.example",
        ],
    );
    assert!(!good, "{text}");
    let curl = Command::new("curl")
        .args(["-sS", "--cacert", file])
        .arg(format!("https://localhost:{}/healthz", app.port))
        .output()
        .unwrap();
    assert!(curl.status.success(), "{curl:?}");
    let profile = client.get("/ca.mobileconfig");
    assert!(
        profile.text().contains("com.apple.security.root"),
        "{}",
        profile.text()
    );
    // ECDSA P-256, SHA-256, at most 825 days.
    let (_, text) = s_client(app.port, &[]);
    assert!(text.contains("ecdsa-with-SHA256"), "{text}");
    let https = app.set_up().get("/api/system/https").json();
    assert_eq!(https["fingerprint_sha256"], shown(app.port));
    let day = |field: &str| {
        time::OffsetDateTime::parse(
            https[field].as_str().unwrap(),
            &time::format_description::well_known::Rfc3339,
        )
        .unwrap()
    };
    assert!(
        (day("not_after") - day("not_before")).whole_days() <= 825,
        "{https}"
    );
}

fn put(client: &Client, body: &Value) -> crate::support::client::Answer {
    client.json("PUT", "/api/system/https", body)
}

#[test]
fn certificate_is_changed_while_running() {
    let (mut app, client) = App::ready(NO_ENGINE);
    let first = shown(app.port);
    let mut live = client.events("/api/events", None);
    live.find("it is open", |event| event.kind == "engine");
    let own = certificate(&["nas.example", "*.home.example"]);
    let other = certificate(&["other.example"]);
    for (certificate, key, field) in [
        ("rubbish", own.private_key.as_str(), "certificate"),
        ("", "", "certificate"),
        (own.certificate.as_str(), "rubbish", "private_key"),
        (
            own.certificate.as_str(),
            other.private_key.as_str(),
            "private_key",
        ),
    ] {
        let body = json!({"mode": "custom", "certificate": certificate, "private_key": key});
        let answer = put(&client, &body);
        assert_eq!(answer.status, 400, "{field}: {}", answer.text());
        assert_eq!(answer.json()["field"], field, "{}", answer.text());
        let secret = key.lines().nth(1).unwrap_or("none at all");
        assert!(!answer.text().contains(secret), "the key came back");
    }
    for (body, field) in [
        (json!({"mode": "magic"}), "mode"),
        (json!({"mode": "acme"}), "domains"),
        (json!({}), "mode"),
        (json!({"mode": "custom"}), "certificate"),
        (
            json!({"mode": "self_signed", "certificate": "x"}),
            "certificate",
        ),
    ] {
        let answer = put(&client, &body);
        assert_eq!(answer.status, 400, "{body}: {}", answer.text());
        assert_eq!(answer.json()["field"], field, "{body}: {}", answer.text());
    }
    assert_eq!(shown(app.port), first, "a refusal changes nothing");

    let done = put(
        &client,
        &json!({"mode": "custom", "certificate": own.certificate, "private_key": own.private_key}),
    );
    assert_eq!(done.status, 200, "{}", done.text());
    let fingerprint = done.json()["fingerprint_sha256"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_ne!(fingerprint, first);
    assert_eq!(shown(app.port), fingerprint, "at once");
    for host in ["nas.example", "tv.home.example"] {
        assert_eq!(
            client.send("GET", "/", &[("Host", host)], b"").status,
            200,
            "{host}"
        );
    }
    client.json("PATCH", "/api/settings", &json!({"theme": "dark"}));
    live.find("open streams go on", |event| event.kind == "settings");
    app.stop();
    app.up();
    assert_eq!(shown(app.port), fingerprint, "after a restart too");
    assert_eq!(
        client
            .send("POST", "/api/system/https/renew", &[], b"")
            .status,
        409,
        "it is not ours to renew"
    );

    let back = put(&client, &json!({"mode": "self_signed"}));
    assert_eq!(back.status, 200, "{}", back.text());
    let own_again = shown(app.port);
    assert_ne!(own_again, fingerprint);
    assert_eq!(
        client
            .send("GET", "/", &[("Host", "nas.example")], b"")
            .status,
        403
    );
    let ca = client.get("/api/system/https").json()["ca_fingerprint_sha256"].clone();
    let renewed = client.send("POST", "/api/system/https/renew", &[], b"");
    assert_eq!(renewed.status, 200, "{}", renewed.text());
    assert_ne!(shown(app.port), own_again);
    assert_eq!(
        renewed.json()["ca_fingerprint_sha256"],
        ca,
        "the authority stays"
    );
    let events = client.get("/api/security/events").text();
    assert_eq!(events.matches("certificate_changed").count(), 3, "{events}");
}

#[test]
fn only_tls_1_2_and_1_3_and_both_versions_of_http() {
    let app = App::start(NO_ENGINE);
    for (version, protocol) in [("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")] {
        let (_, text) = s_client(app.port, &[version]);
        assert!(text.contains(&format!("New, {protocol}")), "{text}");
    }
    for version in ["-tls1", "-tls1_1"] {
        // Level 0, or openssl itself would refuse to ask.
        let (good, text) = s_client(app.port, &[version, "-cipher", "ALL:@SECLEVEL=0"]);
        assert!(!good, "{version}: {text}");
        assert!(text.contains("Cipher is (NONE)"), "{version}: {text}");
        assert!(text.contains("SSL alert"), "refused by the host: {text}");
    }
    for (offered, chosen) in [("h2,http/1.1", "h2"), ("http/1.1", "http/1.1")] {
        let (_, text) = s_client(app.port, &["-alpn", offered]);
        assert!(text.contains(&format!("ALPN protocol: {chosen}")), "{text}");
    }
    let curl = |arguments: &[&str]| {
        let output = Command::new("curl")
            .args([
                "-ksS",
                "-o",
                "/dev/null",
                "-w",
                "%{http_version} %{http_code}",
            ])
            .args(arguments)
            .arg(format!("https://localhost:{}/healthz", app.port))
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(curl(&["--http2"]), "2 200");
    assert_eq!(curl(&["--http1.1"]), "1.1 200");
    assert_eq!(curl(&["--http2", "-H", "Host: evil.example"]), "2 403");
}

/// A stream that is reset behind the answer makes curl 7.88 lose the answer.
#[test]
fn answer_over_http2_to_a_body_that_nobody_reads_reaches_the_client() {
    let (app, _) = App::ready(NO_ENGINE);
    let body = app.dir().join("body");
    for (size, times) in [(2, 20), (20_000, 20)] {
        std::fs::write(&body, "x".repeat(size)).unwrap();
        for _ in 0..times {
            let output = Command::new("curl")
                .args(["-ksS", "--http2", "-o", "/dev/null"])
                .args(["-w", "%{http_version} %{http_code}", "-X", "POST"])
                .args(["--data-binary", &format!("@{}", body.display())])
                .arg(format!("https://localhost:{}/api/auth/ticket", app.port))
                .output()
                .unwrap();
            assert!(output.status.success(), "{size}: {output:?}");
            assert_eq!(String::from_utf8_lossy(&output.stdout), "2 401", "{size}");
        }
    }
}
