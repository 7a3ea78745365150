//! The folder through good and bad days, and real handshakes against it.

mod acme;
mod custom;

use super::*;
use crate::domain::tls::repair::{CA_KEY, CA_PEM, LEAF_KEY, LEAF_PEM};
use crate::error::Kind;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, ServerConnection, SupportedProtocolVersion,
};
use std::cell::Cell;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::Duration;

thread_local! {
    static NOW: Cell<Timestamp> = const { Cell::new(Timestamp(0)) };
}

/// Every test runs on a thread of its own and sets its own time.
fn clock() -> Timestamp {
    NOW.get()
}

fn set_clock(text: &str) {
    NOW.set(Timestamp::parse(text).unwrap());
}

struct Appliance {
    top: tempfile::TempDir,
}

impl Appliance {
    fn new() -> Self {
        set_clock("2026-06-01T00:00:00Z");
        Self {
            top: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.top.path().join("tls").join(name)
    }

    fn open(&self) -> Tls {
        let folder = self.top.path().join("tls");
        Tls::open_at(
            &folder,
            names(&["192.168.1.2"]),
            AcmeAuthority::default(),
            clock,
        )
        .unwrap()
    }
}

fn names(addresses: &[&str]) -> Names {
    let addresses: Vec<_> = addresses.iter().map(|ip| ip.parse().unwrap()).collect();
    Names::of_this_host("dockermate", Some("dockermate.local"), "pi", &addresses)
}

/// A visitor's connection, up to the end of the handshake.
struct Visit {
    protocol: Option<Vec<u8>>,
    version: rustls::ProtocolVersion,
    certificate: CertificateDer<'static>,
}

fn visit(
    tls: &Tls,
    name: &str,
    versions: &[&'static SupportedProtocolVersion],
    protocols: &[&[u8]],
) -> std::result::Result<Visit, rustls::Error> {
    let mut roots = RootCertStore::empty();
    roots.add(tls.ca_der().into()).unwrap();
    let provider = Arc::new(ring::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(roots.into(), provider.clone())
        .build()
        .unwrap();
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(At(verifier)))
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|p| p.to_vec()).collect();
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let mut client = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut server = ServerConnection::new(tls.server_config()).unwrap();
    while client.is_handshaking() || server.is_handshaking() {
        let mut wire = Vec::new();
        client.write_tls(&mut wire).unwrap();
        server.read_tls(&mut &wire[..]).unwrap();
        server.process_new_packets()?;
        wire.clear();
        server.write_tls(&mut wire).unwrap();
        client.read_tls(&mut &wire[..]).unwrap();
        client.process_new_packets()?;
    }
    Ok(Visit {
        protocol: client.alpn_protocol().map(<[u8]>::to_vec),
        version: client.protocol_version().unwrap(),
        certificate: client.peer_certificates().unwrap()[0].clone().into_owned(),
    })
}

/// The web's own verifier, with the time of the test.
#[derive(Debug)]
struct At(Arc<WebPkiServerVerifier>);

impl ServerCertVerifier for At {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        _now: UnixTime,
    ) -> std::result::Result<rustls::client::danger::ServerCertVerified, rustls::Error> {
        let seconds = u64::try_from(clock().seconds()).unwrap();
        let now = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        self.0
            .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &rustls::DigitallySignedStruct,
    ) -> std::result::Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &rustls::DigitallySignedStruct,
    ) -> std::result::Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<rustls::SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}

const BOTH: &[&SupportedProtocolVersion] = &[&rustls::version::TLS13, &rustls::version::TLS12];

#[test]
fn clients_with_the_installed_authority_trust_only_the_names_of_this_host() {
    let appliance = Appliance::new();
    let tls = appliance.open();
    assert!(tls.notices().is_empty());
    for name in [
        "dockermate.local",
        "dockermate",
        "localhost",
        "pi",
        "pi.local",
        "127.0.0.1",
        "::1",
        "192.168.1.2",
    ] {
        visit(&tls, name, BOTH, &[]).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    for name in ["192.168.1.3", "bank.example", "other.local"] {
        assert!(visit(&tls, name, BOTH, &[]).is_err(), "{name}");
    }
}

#[test]
fn tls_1_2_and_1_3_are_accepted_and_the_http_version_is_negotiated() {
    let appliance = Appliance::new();
    let tls = appliance.open();
    let both: &[&[u8]] = &[b"h2", b"http/1.1"];
    let found = visit(&tls, "localhost", BOTH, both).unwrap();
    assert_eq!(found.version, rustls::ProtocolVersion::TLSv1_3);
    assert_eq!(found.protocol.unwrap(), b"h2");
    let found = visit(
        &tls,
        "localhost",
        &[&rustls::version::TLS12],
        &[b"http/1.1"],
    )
    .unwrap();
    assert_eq!(found.version, rustls::ProtocolVersion::TLSv1_2);
    assert_eq!(found.protocol.unwrap(), b"http/1.1");
}

#[test]
fn certificate_info_describes_the_served_certificate() {
    let appliance = Appliance::new();
    let tls = appliance.open();
    let info = tls.info();
    let served = visit(&tls, "localhost", BOTH, &[]).unwrap().certificate;
    assert_eq!(info.fingerprint_sha256, fingerprint(&served));
    assert_eq!(info.ca_fingerprint_sha256, fingerprint(&tls.ca_der()));
    assert_eq!(info.mode, HttpsMode::SelfSigned);
    assert!(
        info.subject.contains("CN=dockermate.local"),
        "{}",
        info.subject
    );
    assert!(info.issuer.contains("DockerMate local authority (pi)"));
    assert_eq!(info.names.last().unwrap(), "::1");
    let pem = CertificateDer::from_pem_slice(tls.ca_pem().as_bytes()).unwrap();
    assert_eq!(pem.to_vec(), tls.ca_der());
    assert!(tls.mobileconfig("pi").contains("com.apple.security.root"));
}

#[test]
fn key_files_are_private_and_reopening_changes_nothing() {
    let appliance = Appliance::new();
    let first = appliance.open().info();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    for key in [CA_KEY, LEAF_KEY] {
        assert_eq!(mode(&appliance.path(key)), 0o600);
    }
    assert_eq!(mode(&appliance.path("")), 0o700);
    assert_eq!(appliance.open().info(), first);
    let mut files: Vec<_> = fs::read_dir(appliance.path(""))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    assert_eq!(files, [CA_KEY, CA_PEM, LEAF_KEY, LEAF_PEM]);
}

#[test]
fn new_address_is_covered_without_a_restart_by_the_same_authority() {
    let appliance = Appliance::new();
    let tls = appliance.open();
    let before = tls.info();
    assert!(!tls.refresh(names(&["192.168.1.2"])).unwrap());
    assert!(tls.refresh(names(&["192.168.1.2", "10.0.0.5"])).unwrap());
    let after = tls.info();
    visit(&tls, "10.0.0.5", BOTH, &[]).unwrap();
    assert_ne!(after.fingerprint_sha256, before.fingerprint_sha256);
    assert_eq!(after.ca_fingerprint_sha256, before.ca_fingerprint_sha256);
    // The next start finds it on disk.
    assert_eq!(appliance.open().info(), after);
    // Fewer names, as at a start before the network is there: nothing is made.
    assert!(!tls.refresh(names(&[])).unwrap());
}

#[test]
fn leaf_near_expiry_is_replaced_on_refresh() {
    let appliance = Appliance::new();
    let tls = appliance.open();
    set_clock("2028-08-20T00:00:00Z");
    assert!(visit(&tls, "localhost", BOTH, &[]).is_ok());
    assert!(tls.refresh(names(&["192.168.1.2"])).unwrap());
    set_clock("2029-01-01T00:00:00Z");
    assert!(visit(&tls, "localhost", BOTH, &[]).is_ok());
}

#[test]
fn leaf_from_a_boot_in_1970_is_valid_and_replaced_once_expired() {
    let appliance = Appliance::new();
    NOW.set(Timestamp::from_seconds(3));
    let tls = appliance.open();
    let made_in_1970 = tls.info();
    // Visitors have the right time all along.
    set_clock("2027-03-01T00:00:00Z");
    visit(&tls, "dockermate.local", BOTH, &[]).unwrap();
    assert!(!tls.refresh(names(&["192.168.1.2"])).unwrap());
    assert_eq!(tls.info(), made_in_1970);
    // The host was in a drawer for years: the first look after the jump mends it.
    set_clock("2031-03-01T00:00:00Z");
    assert!(visit(&tls, "dockermate.local", BOTH, &[]).is_err());
    assert!(tls.refresh(names(&["192.168.1.2"])).unwrap());
    visit(&tls, "dockermate.local", BOTH, &[]).unwrap();
    // A clock that was ahead and is set back.
    set_clock("2027-03-01T00:00:00Z");
    assert!(tls.refresh(names(&["192.168.1.2"])).unwrap());
    visit(&tls, "dockermate.local", BOTH, &[]).unwrap();
}

#[test]
fn damaged_leaf_is_replaced_by_the_same_authority() {
    let damages: [(&str, &[u8]); 6] = [
        (LEAF_PEM, b""),
        (LEAF_PEM, b"-----BEGIN CERTIFICATE-----\nMIIB"),
        (LEAF_PEM, &[0xff, 0x00]),
        (LEAF_KEY, b"-----BEGIN PRIVATE KEY-----\nMIIB"),
        (LEAF_KEY, b""),
        (LEAF_KEY, b"half"),
    ];
    for (file, bytes) in damages {
        let appliance = Appliance::new();
        let before = appliance.open().info();
        fs::write(appliance.path(file), bytes).unwrap();
        let tls = appliance.open();
        assert!(!tls.notices().is_empty(), "{file}");
        assert_eq!(
            tls.info().ca_fingerprint_sha256,
            before.ca_fingerprint_sha256
        );
        visit(&tls, "localhost", BOTH, &[]).unwrap();
        assert!(appliance.open().notices().is_empty());
    }
}

#[test]
fn leaf_is_reissued_after_a_crash_between_writing_key_and_certificate() {
    let appliance = Appliance::new();
    appliance.open();
    let other = Appliance::new();
    other.open();
    // The new key is there, the certificate still is the old one.
    fs::copy(other.path(LEAF_KEY), appliance.path(LEAF_KEY)).unwrap();
    let tls = appliance.open();
    assert_eq!(tls.notices().len(), 1);
    visit(&tls, "localhost", BOTH, &[]).unwrap();
    fs::remove_file(appliance.path(LEAF_PEM)).unwrap();
    assert_eq!(appliance.open().notices().len(), 1);
}

#[test]
fn lost_authority_certificate_is_recreated_from_its_key() {
    let appliance = Appliance::new();
    let before = appliance.open();
    let installed = before.ca_der();
    fs::write(appliance.path(CA_PEM), "rubbish").unwrap();
    let tls = appliance.open();
    assert!(tls.notices()[0].contains("need nothing"));
    // What devices installed still verifies what is served.
    let mut roots = RootCertStore::empty();
    roots.add(installed.into()).unwrap();
    let provider = Arc::new(ring::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(roots.into(), provider)
        .build()
        .unwrap();
    let served = visit(&tls, "localhost", BOTH, &[]).unwrap().certificate;
    let name = ServerName::try_from("localhost").unwrap();
    At(verifier)
        .verify_server_cert(&served, &[], &name, &[], UnixTime::now())
        .unwrap();
    assert!(appliance.path("ca.pem.broken").exists());
}

#[test]
fn lost_or_damaged_authority_key_gives_a_new_authority_with_a_notice() {
    for damage in [None, Some("-----BEGIN PRIVATE KEY-----\nMIG")] {
        let appliance = Appliance::new();
        let before = appliance.open().info();
        match damage {
            None => fs::remove_file(appliance.path(CA_KEY)).unwrap(),
            Some(text) => fs::write(appliance.path(CA_KEY), text).unwrap(),
        }
        let tls = appliance.open();
        assert!(tls.notices()[0].contains("NEW authority"));
        assert_ne!(
            tls.info().ca_fingerprint_sha256,
            before.ca_fingerprint_sha256
        );
        visit(&tls, "localhost", BOTH, &[]).unwrap();
        assert!(appliance.open().notices().is_empty());
    }
}

#[test]
fn renewal_gives_another_certificate_for_the_same_names() {
    let appliance = Appliance::new();
    let tls = appliance.open();
    let before = tls.info();
    let after = tls.renew().unwrap();
    assert_ne!(before.fingerprint_sha256, after.fingerprint_sha256);
    assert_eq!(before.names, after.names);
}

#[test]
fn opening_fails_with_a_clear_error_when_the_tls_folder_is_a_file() {
    let appliance = Appliance::new();
    fs::write(appliance.top.path().join("tls"), "a file").unwrap();
    let folder = appliance.top.path().join("tls");
    let Err(error) = Tls::open_at(&folder, names(&[]), AcmeAuthority::default(), clock) else {
        panic!("opened a file as a folder");
    };
    assert!(error.message.contains("data folder"), "{}", error.message);
}
