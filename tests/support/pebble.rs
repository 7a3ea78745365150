//! A real ACME authority (Pebble) with a DNS server that answers as a test
//! wants: every name is 127.0.0.1 until told otherwise.

use super::app::free_port;
use super::engine::{number, root};
use super::wait::{SOON, until};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

#[derive(Debug)]
pub struct Pebble {
    dir: PathBuf,
    port: u16,
    management: u16,
    dns_management: u16,
    child: Child,
    /// Ends when its pipe does.
    _dns: Child,
}

impl Pebble {
    /// `http_port` stands for port 80 of every name; `life_s` is how long its
    /// certificates are good for, in seconds.
    pub fn start(http_port: u16, life_s: u64) -> Self {
        let dir = root().join(format!("pebble-{}", number()));
        std::fs::create_dir_all(&dir).unwrap();
        own_certificate(&dir);
        let (port, management) = (free_port(), free_port());
        let config = json!({"pebble": {
            "listenAddress": format!("127.0.0.1:{port}"),
            "managementListenAddress": format!("127.0.0.1:{management}"),
            "certificate": dir.join("server.pem"),
            "privateKey": dir.join("server.key"),
            "httpPort": http_port,
            "tlsPort": free_port(),
            "ocspResponderURL": "",
            "externalAccountBindingRequired": false,
            "certificateValidityPeriod": life_s,
        }});
        std::fs::write(dir.join("config.json"), config.to_string()).unwrap();
        let (dns, dns_management) = (free_port(), free_port());
        let log = |name: &str| std::fs::File::create(dir.join(name)).unwrap();
        let dns_server = Command::new("sh")
            .arg("-c")
            .arg(format!(
                "pebble-challtestsrv -dns01 127.0.0.1:{dns} -management 127.0.0.1:{dns_management} \
                 -http01 '' -https01 '' -tlsalpn01 '' -defaultIPv4 127.0.0.1 -defaultIPv6 '' \
                 & cat > /dev/null; kill $!"
            ))
            .stdin(Stdio::piped())
            .stdout(log("dns.log"))
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let child = Command::new("pebble")
            .args(["-dnsserver", &format!("127.0.0.1:{dns}"), "-config"])
            .arg(dir.join("config.json"))
            .env("PEBBLE_VA_NOSLEEP", "1")
            // Each order asks its question: by chance Pebble would reuse an earlier answer.
            .env("PEBBLE_AUTHZREUSE", "0")
            // Nor does a test end by chance: three refusals in a row end an order.
            .env("PEBBLE_WFE_NONCEREJECT", "0")
            .stdin(Stdio::null())
            .stdout(log("log"))
            .stderr(Stdio::null())
            .spawn()
            .expect("pebble is not installed (tests/packages.txt)");
        let pebble = Self {
            dir,
            port,
            management,
            dns_management,
            child,
            _dns: dns_server,
        };
        until("pebble answers", SOON, || pebble.curl("/roots/0"));
        until("its DNS server answers", SOON, || {
            pebble.dns("clear-a", &json!({"host": "nobody.example.org"}))
        });
        pebble
    }

    /// With which the program orders here.
    pub fn arguments(&self, http_port: u16) -> Vec<String> {
        [
            ("--acme-directory", self.directory()),
            ("--acme-ca", self.ca()),
            ("--extra-port", http_port.to_string()),
        ]
        .into_iter()
        .flat_map(|(name, value)| [name.to_owned(), value])
        .collect()
    }

    pub fn directory(&self) -> String {
        format!("https://localhost:{}/dir", self.port)
    }

    /// The authority of Pebble's own web server.
    pub fn ca(&self) -> String {
        self.dir.join("ca.pem").display().to_string()
    }

    /// The root of the certificates that it issues, as a file.
    pub fn root(&self) -> String {
        let path = self.dir.join("root.pem");
        std::fs::write(&path, self.curl("/roots/0").expect("a root")).unwrap();
        path.display().to_string()
    }

    /// From now on this name has this address.
    pub fn point(&self, name: &str, address: &str) {
        let host = json!({"host": name});
        self.dns("clear-servfail", &host).unwrap();
        self.dns("clear-a", &host).unwrap();
        self.dns("add-a", &json!({"host": name, "addresses": [address]}))
            .unwrap();
    }

    /// From now on nothing is known of this name.
    pub fn lose(&self, name: &str) {
        self.dns("set-servfail", &json!({"host": name})).unwrap();
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.dir.join("log")).unwrap_or_default()
    }

    fn dns(&self, what: &str, body: &Value) -> Option<()> {
        let output = Command::new("curl")
            .args(["-sf", "-d", &body.to_string()])
            .arg(format!("http://127.0.0.1:{}/{what}", self.dns_management))
            .output()
            .unwrap();
        output.status.success().then_some(())
    }

    fn curl(&self, path: &str) -> Option<String> {
        let output = Command::new("curl")
            .args(["-sf", "--cacert", &self.ca()])
            .arg(format!("https://localhost:{}{path}", self.management))
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        output.status.success().then_some(text)
    }
}

impl Drop for Pebble {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let log = self.log();
            let lines: Vec<&str> = log.lines().collect();
            let from = lines.len().saturating_sub(25);
            eprintln!("--- log of pebble\n{}", lines[from..].join("\n"));
        }
    }
}

/// Of Pebble's web server: a leaf for `localhost` below an authority of its own.
fn own_certificate(dir: &std::path::Path) {
    let ca_key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    // Not the name of the leaf, which would look as if signed by itself.
    params
        .distinguished_name
        .push(DnType::CommonName, "authority of a test");
    let ca = params.self_signed(&ca_key).unwrap();
    let issuer = Issuer::from_ca_cert_der(ca.der(), &ca_key).unwrap();
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let leaf = leaf.signed_by(&key, &issuer).unwrap();
    std::fs::write(dir.join("ca.pem"), ca.pem()).unwrap();
    std::fs::write(dir.join("server.pem"), leaf.pem()).unwrap();
    std::fs::write(dir.join("server.key"), key.serialize_pem()).unwrap();
}
