//! Certificates as users bring them: good ones, and every way to be wrong.

use super::*;
use crate::error::Kind;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    PKCS_ECDSA_P384_SHA384, PKCS_ED25519,
};
use time::OffsetDateTime;

fn now() -> Timestamp {
    Timestamp::parse("2026-06-01T00:00:00Z").unwrap()
}

struct Made {
    pem: String,
    key: KeyPair,
}

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = OffsetDateTime::from_unix_timestamp(now().seconds() - 86400).unwrap();
    params.not_after = params.not_before + time::Duration::days(90);
    params
}

fn self_signed(change: impl FnOnce(&mut CertificateParams)) -> Made {
    let key = KeyPair::generate().unwrap();
    let mut params = params("nas.example");
    change(&mut params);
    let pem = params.self_signed(&key).unwrap().pem();
    Made { pem, key }
}

/// A leaf, the authority between, and the root.
fn chain_of_three() -> (Made, String, String) {
    let authority = |name: &str| {
        let mut params = params(name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params
    };
    let root_key = KeyPair::generate().unwrap();
    let root = authority("root").self_signed(&root_key).unwrap();
    let root_issuer = Issuer::new(authority("root"), root_key);
    let middle_key = KeyPair::generate().unwrap();
    let middle = authority("middle")
        .signed_by(&middle_key, &root_issuer)
        .unwrap();
    let middle_issuer = Issuer::new(authority("middle"), middle_key);
    let key = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap();
    let pem = params("nas.example")
        .signed_by(&key, &middle_issuer)
        .unwrap()
        .pem();
    (Made { pem, key }, middle.pem(), root.pem())
}

#[track_caller]
fn refused(certificate: &str, key: &str, field: &str, says: &str) {
    refused_at(certificate, key, now(), field, says);
}

#[track_caller]
fn refused_at(certificate: &str, key: &str, now: Timestamp, field: &str, says: &str) {
    let error = validate(certificate, key, now).unwrap_err();
    let expected = Kind::Invalid {
        field: Some(field.to_owned().into()),
    };
    assert_eq!(error.kind, expected, "{}", error.message);
    assert!(error.message.contains(says), "{}", error.message);
}

#[test]
fn valid_certificates_and_chains_are_accepted() {
    let own = self_signed(|_| {});
    validate(&own.pem, &own.key.serialize_pem(), now()).unwrap();
    let (leaf, middle, root) = chain_of_three();
    let key = leaf.key.serialize_pem();
    for chain in [
        leaf.pem.clone(),
        format!("{}{middle}", leaf.pem),
        format!("{}{middle}{root}", leaf.pem),
        // Bag attributes and comments between, as openssl writes them.
        format!("subject=nas\n{}\n# middle\n{middle}", leaf.pem),
        leaf.pem.replace('\n', "\r\n"),
    ] {
        validate(&chain, &key, now()).unwrap();
    }
    let key = include_str!("rsa-2048.key");
    let found = validate(
        include_str!("rsa-2048.pem"),
        key,
        Timestamp::parse("2030-01-01T00:00:00Z").unwrap(),
    );
    assert_eq!(found.unwrap().cert.len(), 1);
}

#[test]
fn wrong_damaged_or_oversized_text_is_refused_naming_the_field() {
    let own = self_signed(|_| {});
    let key = own.key.serialize_pem();
    refused("", &key, "certificate", "no certificate");
    refused("hello", &key, "certificate", "no certificate");
    refused(&key, &key, "certificate", "is a private key");
    refused(&own.pem, "", "private_key", "no private key");
    refused(&own.pem, &own.pem, "private_key", "is a certificate");
    refused(
        &own.pem.replace("END CERT", "END CRET"),
        &key,
        "certificate",
        "damaged",
    );
    let encrypted =
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
    refused(&own.pem, encrypted, "private_key", "passphrase");
    refused(&"x".repeat(TEXT_MAX + 1), &key, "certificate", "too long");
    refused(
        &own.pem.repeat(CHAIN_MAX + 1),
        &key,
        "certificate",
        "At most 10",
    );
    let garbage = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    refused(garbage, &key, "certificate", "Certificate 1 of the text");
    let garbage = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    refused(&own.pem, garbage, "private_key", "cannot be used");
}

#[test]
fn key_of_another_certificate_is_refused() {
    let (own, other) = (self_signed(|_| {}), self_signed(|_| {}));
    refused(
        &own.pem,
        &other.key.serialize_pem(),
        "private_key",
        "does not belong",
    );
}

#[test]
fn ed25519_and_short_rsa_keys_are_refused() {
    let key = KeyPair::generate_for(&PKCS_ED25519).unwrap();
    let pem = params("nas.example").self_signed(&key).unwrap().pem();
    refused(&pem, &key.serialize_pem(), "certificate", "RSA and EC");
    refused(
        include_str!("rsa-1024.pem"),
        include_str!("rsa-1024.key"),
        "private_key",
        "2048",
    );
}

#[test]
fn chain_out_of_order_is_refused() {
    let (leaf, middle, root) = chain_of_three();
    let key = leaf.key.serialize_pem();
    refused(
        &format!("{middle}{}", leaf.pem),
        &key,
        "certificate",
        "here it is certificate 2",
    );
    refused(
        &format!("{}{root}{middle}", leaf.pem),
        &key,
        "certificate",
        "out of order",
    );
    let unrelated = self_signed(|_| {});
    refused(
        &format!("{}{}", leaf.pem, unrelated.pem),
        &key,
        "certificate",
        "out of order",
    );
}

#[test]
fn issuer_that_is_not_a_certificate_authority_is_refused() {
    let issuer_key = KeyPair::generate().unwrap();
    let issuer_pem = params("plain").self_signed(&issuer_key).unwrap().pem();
    let key = KeyPair::generate().unwrap();
    let issuer = Issuer::new(params("plain"), issuer_key);
    let leaf = params("nas.example")
        .signed_by(&key, &issuer)
        .unwrap()
        .pem();
    refused(
        &format!("{leaf}{issuer_pem}"),
        &key.serialize_pem(),
        "certificate",
        "not a certificate authority",
    );
}

#[test]
fn certificate_outside_its_validity_is_refused_unless_the_clock_is_unset() {
    let own = self_signed(|_| {});
    let key = own.key.serialize_pem();
    let later = Timestamp::parse("2027-06-01T00:00:00Z").unwrap();
    refused_at(
        &own.pem,
        &key,
        later,
        "certificate",
        "expired on 2026-08-29",
    );
    let earlier = Timestamp::parse("2026-02-01T00:00:00Z").unwrap();
    refused_at(&own.pem, &key, earlier, "certificate", "not valid before");
    // A host that has just booted in 1970 does not know better.
    validate(&own.pem, &key, Timestamp(0)).unwrap();
}

#[test]
fn certificate_without_alternative_names_or_server_usage_is_refused() {
    let nameless = self_signed(|params| params.subject_alt_names.clear());
    refused(
        &nameless.pem,
        &nameless.key.serialize_pem(),
        "certificate",
        "alternative names",
    );
    let client = self_signed(|params| {
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    });
    refused(
        &client.pem,
        &client.key.serialize_pem(),
        "certificate",
        "serverAuth",
    );
}

fn openssl(arguments: &[&str], input: &str) -> String {
    use std::io::Write as _;
    use std::process::{Command, Stdio};
    let mut child = Command::new("openssl")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
}

#[test]
fn ec_key_without_its_public_half_is_refused_with_the_way_to_add_it() {
    let own = self_signed(|_| {});
    let key = own.key.serialize_pem();
    let half = openssl(&["ec", "-no_public"], &key);
    assert!(half.contains("EC PRIVATE KEY"), "{half}");
    refused(&own.pem, &half, "private_key", "openssl ec -in key.pem");
    let whole = openssl(&["ec"], &half);
    validate(&own.pem, &whole, now()).unwrap();
}

#[test]
fn rsa_key_that_is_too_large_to_sign_with_is_refused_with_its_size() {
    let (certificate, key) = (include_str!("rsa-5120.pem"), include_str!("rsa-5120.key"));
    let later = Timestamp::now();
    refused_at(certificate, key, later, "private_key", "this one has 5120");
}
