//! Certificates ordered from a real ACME authority: who gets which, restart,
//! renewal, and what is said when it fails.

use crate::support::app::{App, NO_ENGINE, PASSWORD, free_port};
use crate::support::certificate::{certificate, s_client};
use crate::support::client::{Answer, Client, read_answer};
use crate::support::engine::number;
use crate::support::pebble::Pebble;
use crate::support::wait::{SOON, until};
use serde_json::{Value, json};
use std::io::{self, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::thread::JoinHandle;
use std::time::Duration;

const LONG: u64 = 90 * 24 * 3600;

/// The appliance and its authority, which asks it on a port that stands for 80.
struct Setup {
    app: App,
    pebble: Pebble,
    http_port: u16,
}

impl Setup {
    fn new(life_s: u64) -> Self {
        let http_port = free_port();
        let pebble = Pebble::start(http_port, life_s);
        let arguments = pebble.arguments(http_port);
        let mut arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        arguments.extend(["--listen", "127.0.0.1"]);
        let app = App::start_with(NO_ENGINE, &arguments);
        Self {
            app,
            pebble,
            http_port,
        }
    }

    /// What plain HTTP answers, under a name that is not ours.
    fn plain(&self, path: &str) -> Answer {
        let mut stream = TcpStream::connect(("127.0.0.1", self.http_port)).unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: other.example\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        read_answer(&mut BufReader::new(stream)).unwrap()
    }

    /// Whether who asks for this name gets what this authority vouches for.
    fn shows(&self, name: &str, authority: &str) -> bool {
        let arguments = ["-servername", name, "-verify_hostname", name];
        let trust = ["-CAfile", authority, "-verify_return_error"];
        s_client(self.app.port, &[&arguments[..], &trust].concat()).0
    }

    /// The host's own authority, as a file.
    fn own(&self) -> String {
        let path = self.app.dir().join("own-ca.pem");
        std::fs::write(&path, self.app.client().get("/ca.crt").body).unwrap();
        path.display().to_string()
    }
}

fn name() -> String {
    format!("nas-{}.example.org", number())
}

fn order_body(name: &str) -> Value {
    json!({"mode": "acme", "domains": [name], "email": "me@example.org", "agree_terms": true})
}

fn order(client: &Client, name: &str) -> Answer {
    client.json("PUT", "/api/system/https", &order_body(name))
}

fn https(client: &Client) -> Value {
    client.get("/api/system/https").json()
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn events(client: &Client, kind: &str) -> usize {
    let list = client.get("/api/security/events").json();
    let items = list["items"].as_array().unwrap().iter();
    items.filter(|event| event["event_type"] == kind).count()
}

#[test]
fn acme_certificate_is_ordered_served_for_its_names_renewed_and_replaced() {
    let mut setup = Setup::new(LONG);
    let client = setup.app.set_up();
    let name = name();
    let port = setup.app.port;
    let host = format!("{name}:{port}");
    assert_eq!(https(&client)["acme"]["authority"]["name"], "localhost");
    let by_name = |client: &Client| {
        client
            .send("GET", "/healthz", &[("Host", &host)], b"")
            .status
    };
    assert_eq!(by_name(&client), 403, "not yet a name of this host");

    let answer = order(&client, &name);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let info = answer.json();
    assert_eq!(info["mode"], "acme");
    assert_eq!(info["names"], json!([name]));
    assert_eq!(info["acme"]["active"], true);
    assert!(
        info["issuer"].as_str().unwrap().contains("Pebble"),
        "{info}"
    );
    assert!(info["acme"]["renew_at"].is_string() && info["acme"]["last_error"].is_null());
    assert_eq!(by_name(&client), 200);

    let (root, own) = (setup.pebble.root(), setup.own());
    assert!(setup.shows(&name, &root));
    assert!(!setup.shows(&name, &own));
    for other in ["dockermate.local", "localhost"] {
        assert!(setup.shows(other, &own), "{other}");
    }
    let address = ["-noservername", "-verify_ip", "127.0.0.1", "-CAfile", &own];
    assert!(s_client(port, &[&address[..], &["-verify_return_error"]].concat()).0);

    let tls = setup.app.data_dir().join("tls");
    for file in ["acme.pem", "acme.json", "acme-account.json"] {
        assert_eq!(mode(&tls.join(file)), 0o600, "{file}");
    }
    assert_eq!(events(&client, "certificate_changed"), 1);
    let operations = client.get("/api/operations").json();
    let last = &operations["items"][0];
    assert_eq!(
        (&last["kind"], &last["state"]),
        (&json!("certificate.order"), &json!("succeeded"))
    );

    setup.app.stop();
    setup.app.up();
    assert_eq!(https(&client), info, "a restart keeps it");
    assert!(setup.shows(&name, &root) && setup.shows("localhost", &own));

    let renewed = client.post("/api/system/https/renew", &json!({}));
    assert_eq!(renewed.status, 200, "{}", renewed.text());
    assert_ne!(
        renewed.json()["fingerprint_sha256"],
        info["fingerprint_sha256"]
    );
    assert_eq!(
        renewed.json()["own_fingerprint_sha256"],
        info["own_fingerprint_sha256"]
    );
    assert!(setup.shows(&name, &root));

    let back = client.json("PUT", "/api/system/https", &json!({"mode": "self_signed"}));
    assert_eq!(back.json()["mode"], "self_signed");
    assert_eq!(
        back.json()["fingerprint_sha256"],
        info["own_fingerprint_sha256"]
    );
    assert!(!setup.shows(&name, &root));
    assert!(!tls.join("acme.pem").exists());
    assert_eq!(by_name(&client), 403);
}

#[test]
fn plain_http_answers_challenges_that_are_under_way_and_no_others() {
    let setup = Setup::new(LONG);
    for path in [
        "/.well-known/acme-challenge/",
        "/.well-known/acme-challenge/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "/.well-known/acme-challenge/../../etc/passwd",
        "/.well-known/acme-challenge/%2e%2e",
    ] {
        let answer = setup.plain(path);
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(answer.header("location"), None, "{path}");
    }
    // Everything else still needs a name of ours, and goes to HTTPS.
    assert_eq!(setup.plain("/.well-known/other").status, 400);
    let client = setup.app.set_up();
    let name = name();
    assert_eq!(order(&client, &name).status, 200);
    // The one that was answered is forgotten with its order.
    let log = setup.pebble.log();
    let (_, rest) = log.split_once("/.well-known/acme-challenge/").unwrap();
    let token = rest.split_whitespace().next().unwrap();
    assert!(token.len() > 20, "{token}");
    let answer = setup.plain(&format!("/.well-known/acme-challenge/{token}"));
    assert_eq!(answer.status, 404);
}

#[test]
fn an_order_that_cannot_succeed_is_refused_at_its_field() {
    let setup = Setup::new(LONG);
    let client = setup.app.set_up();
    for (domains, email, agree, field) in [
        (json!([]), "", true, "domains"),
        (json!(["*.example.org"]), "", true, "domains"),
        (json!(["192.168.1.2"]), "", true, "domains"),
        (json!(["dockermate.local"]), "", true, "domains"),
        (json!(["bücher.example.org"]), "", true, "domains"),
        (json!(["nas.example.org"]), "me", true, "email"),
        (json!(["nas.example.org"]), "", false, "agree_terms"),
    ] {
        let body =
            json!({"mode": "acme", "domains": domains, "email": email, "agree_terms": agree});
        let answer = client.json("PUT", "/api/system/https", &body);
        assert_eq!(answer.status, 400, "{body}");
        assert_eq!(answer.json()["field"], field, "{body}");
    }
    assert_eq!(
        https(&client)["acme"]["domains"],
        json!([]),
        "nothing was asked"
    );
    let operations = client.get("/api/operations").json();
    assert_eq!(operations["items"], json!([]));
}

/// Something else that has port 80 at another address.
fn other_server(port: u16) -> TcpListener {
    let listener = TcpListener::bind(("127.0.0.2", port)).unwrap();
    let server = listener.try_clone().unwrap();
    std::thread::spawn(move || {
        for stream in server.incoming() {
            let Ok(mut stream) = stream else { return };
            let _ = stream.read(&mut [0; 1024]);
            let _ = stream.write_all(
                b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello",
            );
        }
    });
    listener
}

#[test]
fn a_failure_leaves_the_former_certificate_and_says_what_to_do() {
    let setup = Setup::new(LONG);
    let client = setup.app.set_up();
    let own = certificate(&["mine.example.org"]);
    let body =
        json!({"mode": "custom", "certificate": own.certificate, "private_key": own.private_key});
    let before = client.json("PUT", "/api/system/https", &body).json();
    assert_eq!(before["mode"], "custom");
    let name = name();
    let _other = other_server(setup.http_port);
    let port = setup.app.port.to_string();
    let refused = |code: &str, wanted: &[&str]| {
        let answer = order(&client, &name);
        assert_eq!(answer.status, 400, "{}", answer.text());
        assert_eq!(answer.problem(), code, "{}", answer.text());
        assert_eq!(answer.json()["field"], "domains");
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        for wanted in wanted.iter().chain(&[name.as_str(), "localhost says"]) {
            assert!(detail.contains(wanted), "{wanted}: {detail}");
        }
        let now = https(&client);
        assert_eq!(now["mode"], "custom");
        assert_eq!(now["fingerprint_sha256"], before["fingerprint_sha256"]);
        assert_eq!(now["acme"]["last_error"], detail.as_str());
        assert_eq!(now["acme"]["active"], false);
        assert!(
            now["acme"]["next_try"].is_null(),
            "the owner tries again, not the host"
        );
    };
    setup.pebble.lose(&name);
    refused("acme_dns", &["A (or AAAA) record"]);
    setup.pebble.point(&name, "127.0.0.3");
    refused("acme_unreachable", &["--extra-port 80", &port]);
    setup.pebble.point(&name, "127.0.0.2");
    refused("acme_elsewhere", &["another machine"]);
    assert_eq!(events(&client, "certificate_failed"), 3);
    let page = client.send("GET", "/", &[("Accept", "application/json")], b"");
    let attention = page.json()["data"]["attention"].to_string();
    assert!(
        attention.contains(&name) && attention.contains("\"https\""),
        "{attention}"
    );
    // Once it points here, the same order succeeds.
    setup.pebble.point(&name, "127.0.0.1");
    let answer = order(&client, &name);
    assert_eq!(answer.json()["mode"], "acme", "{}", answer.text());
    assert!(setup.shows(&name, &setup.pebble.root()));
    // And a failure with another name does not touch it.
    let other = format!("other-{name}");
    setup.pebble.lose(&other);
    assert_eq!(order(&client, &other).status, 400);
    assert_eq!(https(&client), answer.json());
}

/// An order whose challenge meets nobody who answers, until the listener goes.
fn slow_order(setup: &Setup, client: &Client) -> (JoinHandle<io::Result<Answer>>, TcpListener) {
    let name = name();
    let silent = TcpListener::bind(("127.0.0.2", setup.http_port)).unwrap();
    setup.pebble.point(&name, "127.0.0.2");
    let (owner, body) = (client.clone(), order_body(&name).to_string());
    let order = std::thread::spawn(move || {
        owner.try_send("PUT", "/api/system/https", &[], body.as_bytes())
    });
    until("it is being ordered", SOON, || {
        let list = client.get("/api/operations").json();
        (list["items"][0]["state"] == "running").then_some(())
    });
    (order, silent)
}

#[test]
fn second_order_is_refused_while_one_is_running() {
    let setup = Setup::new(LONG);
    let client = setup.app.set_up();
    let (order, silent) = slow_order(&setup, &client);
    for body in [order_body(&name()), json!({"mode": "self_signed"})] {
        let answer = client.json("PUT", "/api/system/https", &body);
        assert_eq!(answer.status, 409, "{}", answer.text());
        assert_eq!(answer.problem(), "order_running");
    }
    drop(silent);
    let answer = order.join().unwrap().unwrap();
    assert_eq!(answer.status, 400, "{}", answer.text());
    let answer = client.json("PUT", "/api/system/https", &json!({"mode": "self_signed"}));
    assert_eq!(answer.status, 200);
    assert!(answer.json()["acme"]["last_error"].is_null(), "forgotten");
}

#[test]
fn a_stop_does_not_wait_for_an_order() {
    let mut setup = Setup::new(LONG);
    let client = setup.app.set_up();
    let (order, _silent) = slow_order(&setup, &client);
    setup.app.stop();
    let log = setup.app.log();
    assert!(!log.contains("was cut off"), "{log}");
    drop(order.join());
    setup.app.up();
    assert_eq!(https(&client)["mode"], "self_signed");
    let list = client.get("/api/operations").json();
    assert_eq!(list["items"][0]["state"], "failed", "{list}");
}

#[test]
fn an_authority_that_is_unreachable_or_untrusted_is_reported() {
    let pebble = Pebble::start(free_port(), LONG);
    let gone = format!("https://localhost:{}/dir", free_port());
    for (directory, wanted) in [
        (gone, "cannot be reached"),
        (pebble.directory(), "is not trusted"),
    ] {
        let app = App::start_with(NO_ENGINE, &["--acme-directory", &directory]);
        let client = app.set_up();
        let before = https(&client);
        let answer = order(&client, "nas.example.org");
        assert_eq!(answer.status, 502, "{}", answer.text());
        assert_eq!(answer.problem(), "authority_unreachable");
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(wanted), "{detail}");
        assert_eq!(
            https(&client)["fingerprint_sha256"],
            before["fingerprint_sha256"]
        );
    }
}

#[test]
fn an_authority_that_forgot_the_account_gets_another() {
    let mut setup = Setup::new(LONG);
    let client = setup.app.set_up();
    assert_eq!(order(&client, &name()).status, 200);
    let file = setup.app.data_dir().join("tls/acme-account.json");
    let text = std::fs::read_to_string(&file).unwrap();
    let mut account: Value = serde_json::from_str(&text).unwrap();
    let id = account["credentials"]["id"].as_str().unwrap().to_owned();
    account["credentials"]["id"] = format!("{id}0").into();
    setup.app.stop();
    std::fs::write(&file, account.to_string()).unwrap();
    setup.app.up();
    let answer = order(&client, &name());
    assert_eq!(answer.status, 200, "{}", answer.text());
    let now = std::fs::read_to_string(&file).unwrap();
    assert!(!now.contains(&format!("{id}0")), "the new one is kept");
}

#[test]
fn the_wizard_is_done_before_the_certificate_comes() {
    let setup = Setup::new(LONG);
    let client = setup.app.client();
    let set_up = |domain: &str| {
        let body = json!({"password": PASSWORD, "https": order_body(domain)});
        client.post("/api/setup", &body)
    };
    let answer = set_up("192.168.1.2");
    assert_eq!(answer.status, 400);
    assert_eq!(answer.json()["field"], "domains");
    let name = name();
    let answer = set_up(&name);
    assert_eq!(answer.status, 201, "{}", answer.text());
    let client = client.with(answer.json()["session_token"].as_str().unwrap());
    let info = until("the certificate", SOON, || {
        Some(https(&client)).filter(|info| info["mode"] == "acme")
    });
    assert_eq!(info["names"], json!([name]));
    assert!(setup.shows(&name, &setup.pebble.root()));
}

#[test]
fn acme_certificate_is_renewed_automatically_and_replaced_when_it_expires() {
    // Long enough for an order on a loaded machine to end within a third of it.
    let life = Duration::from_secs(24);
    let setup = Setup::new(life.as_secs());
    let client = setup.app.set_up();
    let name = name();
    let first = order(&client, &name);
    assert_eq!(first.status, 200, "{}", first.text());
    let first = first.json();
    let second = until("it is renewed", life + SOON, || {
        let now = https(&client);
        (now["fingerprint_sha256"] != first["fingerprint_sha256"]).then_some(now)
    });
    assert_eq!(second["mode"], "acme");
    // Now the name leads nowhere: the next renewal fails …
    setup.pebble.lose(&name);
    // One that is under way counts as failed until it has succeeded, so the
    // reason is what shows it.
    let failed = until("a renewal fails, and why is told", life + SOON, || {
        let now = https(&client);
        (now["acme"]["failures"] == 1 && now["acme"]["last_error"].is_string()).then_some(now)
    });
    assert!(failed["acme"]["active"] == true && failed["acme"]["next_try"].is_string());
    // … and the last one runs out.
    let own = setup.own();
    until("the own one takes its setup", life + SOON, || {
        let (_, text) = s_client(setup.app.port, &["-servername", &name, "-CAfile", &own]);
        text.contains("DockerMate local authority").then_some(())
    });
    assert!(setup.shows("localhost", &own));
    let page = client.send("GET", "/", &[("Accept", "application/json")], b"");
    let attention = page.json()["data"]["attention"].to_string();
    assert!(
        attention.contains("has expired") && attention.contains("critical"),
        "{attention}"
    );
    assert_eq!(
        https(&client)["acme"]["failures"],
        1,
        "no second try within the hour"
    );
}
