//! Certificates of the tests' own, made by the `openssl` command.

use super::engine::{number, root};
use std::process::{Command, Stdio};

#[derive(Debug)]
pub struct Certificate {
    pub certificate: String,
    pub private_key: String,
}

/// Self-signed, ECDSA P-256, for these names.
pub fn certificate(names: &[&str]) -> Certificate {
    let dir = root().join(format!("certificate-{}", number()));
    std::fs::create_dir_all(&dir).unwrap();
    let names: Vec<String> = names.iter().map(|name| format!("DNS:{name}")).collect();
    let output = Command::new("openssl")
        .current_dir(&dir)
        .args(["req", "-x509", "-newkey", "ec", "-nodes", "-days", "30"])
        .args(["-pkeyopt", "ec_paramgen_curve:P-256"])
        .args([
            "-keyout", "key.pem", "-out", "cert.pem", "-subj", "/CN=test",
        ])
        .args(["-addext", &format!("subjectAltName={}", names.join(","))])
        .output()
        .expect("openssl is not installed (tests/packages.txt)");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Certificate {
        certificate: std::fs::read_to_string(dir.join("cert.pem")).unwrap(),
        private_key: std::fs::read_to_string(dir.join("key.pem")).unwrap(),
    }
}

/// What `openssl s_client` says of the port: whether it was content, and all
/// that it printed.
pub fn s_client(port: u16, arguments: &[&str]) -> (bool, String) {
    let output = Command::new("timeout")
        .args(["20", "openssl", "s_client"])
        .args(["-connect", &format!("127.0.0.1:{port}")])
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    (output.status.success(), text)
}
