//! Documents and JSON are compressed for who asks for it; what hands out a secret,
//! and what is sent piece by piece or saved as a file, never is.

use crate::support::app::{App, NO_ENGINE, PASSWORD};
use crate::support::client::{Answer, Client};
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use std::io::{Read as _, Write as _};

const GZIP: (&str, &str) = ("Accept-Encoding", "gzip, deflate, br");

fn ask(client: &Client, method: &str, path: &str, accept: &str) -> Answer {
    client.send(method, path, &[GZIP, ("Accept", accept)], b"")
}

fn vary(answer: &Answer) -> String {
    let values = answer.headers.iter().filter(|(name, _)| name == "vary");
    values
        .map(|(_, value)| value.as_str())
        .collect::<Vec<_>>()
        .join(", ")
}

fn unpacked(answer: &Answer) -> String {
    let mut text = String::new();
    GzDecoder::new(&answer.body[..])
        .read_to_string(&mut text)
        .unwrap();
    text
}

#[test]
fn document_and_json_are_compressed_when_asked() {
    let (_app, client) = App::ready(NO_ENGINE);
    for (path, accept) in [
        ("/settings", "text/html"),
        ("/settings", "application/json"),
        ("/api/templates", "application/json"),
    ] {
        let what = format!("{path} as {accept}");
        let packed = ask(&client, "GET", path, accept);
        assert_eq!(packed.header("content-encoding"), Some("gzip"), "{what}");
        let length = packed.header("content-length").unwrap();
        assert_eq!(length, packed.body.len().to_string(), "{what}");
        assert!(vary(&packed).contains("accept-encoding"), "{what}");
        let text = unpacked(&packed);
        assert!(text.len() > 2 * packed.body.len(), "{what}");
        if accept == "application/json" {
            serde_json::from_str::<Value>(&text).unwrap();
        } else {
            assert!(text.contains("</html>"), "{what}");
        }

        let plain = client.send("GET", path, &[("Accept", accept)], b"");
        assert_eq!(plain.header("content-encoding"), None, "{what}");
        assert!(vary(&plain).contains("accept-encoding"), "{what}");
        assert!(plain.body.len() > 2 * packed.body.len(), "{what}");
        let refused = [("Accept", accept), ("Accept-Encoding", "gzip;q=0, br")];
        let refused = client.send("GET", path, &refused, b"");
        assert_eq!(refused.header("content-encoding"), None, "{what}");

        let head = ask(&client, "HEAD", path, accept);
        assert_eq!(head.status, 200, "{what}");
        assert_eq!(head.header("content-encoding"), Some("gzip"), "{what}");
        assert!(head.body.is_empty(), "{what}");
    }
    assert!(vary(&ask(&client, "GET", "/settings", "text/html")).contains("accept, "));
}

#[test]
fn what_hands_out_a_secret_or_is_sent_in_pieces_is_never_compressed() {
    let (app, client) = App::ready(NO_ENGINE);
    let origin = format!("https://localhost:{}", app.port);
    let page = [GZIP, ("Origin", &origin), ("Sec-Fetch-Site", "same-origin")];
    let login = json!({"password": PASSWORD}).to_string();
    let form = format!("password={PASSWORD}");
    let visitor = Client::new(app.port);
    let entered = [
        visitor.send("POST", "/api/auth/login", &page, login.as_bytes()),
        visitor.send(
            "POST",
            "/login",
            &[
                &page[..],
                &[("Content-Type", "application/x-www-form-urlencoded")],
            ]
            .concat(),
            form.as_bytes(),
        ),
        client.send("POST", "/api/auth/ticket", &[GZIP], b""),
    ];
    for answer in entered {
        assert!(answer.status < 300, "{}", answer.text());
        assert_eq!(answer.header("content-encoding"), None, "{}", answer.text());
    }
    let id = client.get("/api/templates").json()["items"][0]["id"].take();
    let export = format!("/api/templates/{}?format=export", id.as_str().unwrap());
    for path in ["/api/events", &export, "/ca.mobileconfig"] {
        let answer = client.send("HEAD", path, &[GZIP], b"");
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header("content-encoding"), None, "{path}");
    }
}

/// A short body that would be unpacked to 100 MB is refused as it came.
#[test]
fn compressed_request_is_not_unpacked() {
    let (app, client) = App::ready(NO_ENGINE);
    let mut packer = GzEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..100 {
        packer.write_all(&vec![b' '; 1 << 20]).unwrap();
    }
    let bomb = packer.finish().unwrap();
    let headers = [
        ("Content-Type", "application/json"),
        ("Content-Encoding", "gzip"),
    ];
    let answer = client.send("PATCH", "/api/settings", &headers, &bomb);
    assert!((400..500).contains(&answer.status), "{}", answer.text());
    assert!(!app.log().contains("panicked"));
}
