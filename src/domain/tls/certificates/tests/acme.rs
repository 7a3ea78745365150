//! A certificate of an ACME authority beside the host's own: who gets which,
//! until when, and what stays when something fails.

use super::*;
use crate::domain::tls::repair::ACME_ACCOUNT;
use rcgen::KeyPair;

const NAME: &str = "nas.example.org";

fn domains() -> Vec<String> {
    vec![NAME.to_owned()]
}

/// Chain and key, as an authority would send them.
fn issued(name: &str, to_month: u8) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.not_before = rcgen::date_time_ymd(2026, 6, 1);
    params.not_after = rcgen::date_time_ymd(2026, to_month, 1);
    (params.self_signed(&key).unwrap().pem(), key.serialize_pem())
}

fn order(tls: &Tls, to_month: u8) -> CertificateInfo {
    let (chain, key) = issued(NAME, to_month);
    tls.acme_begins(&domains()).unwrap();
    tls.use_acme(&domains(), Some("me@example.org"), &chain, &key)
        .unwrap()
}

/// The fingerprint that a visitor gets who asks for this name.
fn shown(tls: &Tls, name: &str) -> String {
    let key = tls
        .resolver
        .choose(Some(name).filter(|name| !name.is_empty()));
    fingerprint(&key.cert[0])
}

#[test]
fn acme_certificate_serves_its_names_and_the_self_signed_one_all_others() {
    let appliance = Appliance::new();
    let tls = appliance.open();
    let own = tls.info();
    let info = order(&tls, 9);
    assert_eq!(info.mode, HttpsMode::Acme);
    assert_eq!(info.names, [NAME]);
    assert_eq!(
        info.own_fingerprint_sha256,
        Some(own.fingerprint_sha256.clone())
    );
    assert_eq!(shown(&tls, NAME), info.fingerprint_sha256);
    assert_eq!(shown(&tls, "NAS.Example.org"), info.fingerprint_sha256);
    for other in ["", "dockermate.local", "example.org", "x.nas.example.org"] {
        assert_eq!(shown(&tls, other), own.fingerprint_sha256, "{other}");
    }
    visit(&tls, "dockermate.local", BOTH, &[]).unwrap();
    visit(&tls, "192.168.1.2", BOTH, &[]).unwrap();
    // A new address of the host goes into its own leaf.
    assert!(tls.refresh(names(&["10.9.9.9"])).unwrap());
    visit(&tls, "10.9.9.9", BOTH, &[]).unwrap();
    assert_eq!(tls.info().fingerprint_sha256, info.fingerprint_sha256);
    let again = appliance.open();
    assert_eq!(again.info().fingerprint_sha256, info.fingerprint_sha256);
    assert_eq!(again.info().acme, info.acme);
    assert_eq!(shown(&again, NAME), info.fingerprint_sha256);
}

#[test]
fn expired_acme_certificate_is_replaced_by_the_self_signed_one() {
    let appliance = Appliance::new();
    let tls = appliance.open();
    let info = order(&tls, 9);
    set_clock("2026-09-01T00:00:00Z");
    assert_eq!(shown(&tls, NAME), info.fingerprint_sha256);
    set_clock("2026-09-01T00:00:01Z");
    assert_eq!(Some(shown(&tls, NAME)), info.own_fingerprint_sha256);
    assert_eq!(tls.acme_due_in(), Some(Duration::ZERO));
}

#[test]
fn acme_files_are_accessible_only_to_their_owner() {
    let appliance = Appliance::new();
    let tls = appliance.open();
    order(&tls, 9);
    tls.keep_acme_account("{}").unwrap();
    for name in [ACME, ACME_RECORD, ACME_ACCOUNT] {
        let mode = fs::metadata(appliance.path(name))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[test]
fn acme_and_custom_certificates_replace_each_other() {
    let appliance = Appliance::new();
    let tls = appliance.open();
    let local = tls.info();
    let (certificate, key) = issued("other.example.org", 9);
    tls.use_custom(&certificate, &key).unwrap();
    let info = order(&tls, 9);
    assert_eq!(info.mode, HttpsMode::Acme);
    assert!(!appliance.path(CUSTOM).exists());
    assert_eq!(shown(&tls, "localhost"), local.fingerprint_sha256);
    assert_eq!(appliance.open().info(), info);
    let info = tls.use_custom(&certificate, &key).unwrap();
    assert_eq!(info.mode, HttpsMode::Custom);
    assert_eq!(shown(&tls, NAME), info.fingerprint_sha256);
    assert_eq!(appliance.open().info(), info);
    order(&tls, 9);
    assert_eq!(tls.use_local().unwrap(), local);
    assert!(!appliance.path(ACME).exists() && !appliance.path(ACME_RECORD).exists());
    assert_eq!(appliance.open().info(), local);
}

#[test]
fn power_cut_while_switching_certificates_leaves_one_of_them_active() {
    let appliance = Appliance::new();
    let tls = appliance.open();
    let info = order(&tls, 9);
    // The user's own was written, and the record not yet taken away.
    let (certificate, key) = issued("other.example.org", 9);
    fs::write(appliance.path(CUSTOM), format!("{certificate}{key}")).unwrap();
    assert_eq!(appliance.open().info(), info);
    // The record went, the certificate not yet.
    fs::remove_file(appliance.path(ACME_RECORD)).unwrap();
    assert_eq!(appliance.open().info().mode, HttpsMode::Custom);
}

#[test]
fn damaged_acme_certificate_is_reported_and_due_for_renewal() {
    let appliance = Appliance::new();
    let tls = appliance.open();
    let own = order(&tls, 9).own_fingerprint_sha256.unwrap();
    fs::write(appliance.path(ACME), "rubbish").unwrap();
    let tls = appliance.open();
    assert!(tls.notices()[0].contains("tls/acme.pem"));
    assert_eq!(tls.info().mode, HttpsMode::Acme);
    assert_eq!(shown(&tls, NAME), own);
    assert_eq!(tls.acme_due_in(), Some(Duration::ZERO));
    fs::write(appliance.path(ACME_RECORD), "rubbish").unwrap();
    let tls = appliance.open();
    assert!(tls.notices()[0].contains("tls/acme.json"));
    assert_eq!(tls.info().mode, HttpsMode::SelfSigned);
    assert_eq!(tls.acme_due_in(), None);
}

#[test]
fn retry_delay_of_a_failed_renewal_survives_a_restart() {
    let appliance = Appliance::new();
    let tls = appliance.open();
    let info = order(&tls, 9);
    set_clock("2026-08-15T00:00:00Z");
    assert_eq!(tls.acme_due_in(), Some(Duration::ZERO));
    tls.acme_begins(&domains()).unwrap();
    // Cut off here it counts as failed.
    assert!(appliance.open().acme_due_in().unwrap() >= Duration::from_hours(1));
    let error = Error::conflict("Nothing answered.");
    tls.acme_failed(&domains(), None, &error).unwrap();
    let after = appliance.open().info();
    assert_eq!(after.fingerprint_sha256, info.fingerprint_sha256);
    assert_eq!(after.acme.last_error.as_deref(), Some("Nothing answered."));
    assert_eq!(after.acme.failures, 1);
    assert!(after.acme.next_try.is_some());
    let limited = Error::new(
        Kind::RateLimited {
            retry_after_s: 86_400,
        },
        "Too often.",
    );
    tls.acme_begins(&domains()).unwrap();
    tls.acme_failed(&domains(), None, &limited).unwrap();
    assert_eq!(tls.acme_due_in(), Some(Duration::from_hours(24)));
    set_clock("2026-08-16T00:00:00Z");
    let info = order(&tls, 12);
    assert_eq!((info.acme.failures, info.acme.last_error), (0, None));
}

#[test]
fn failed_order_with_other_names_keeps_the_active_certificate() {
    let appliance = Appliance::new();
    let tls = appliance.open();
    let error = Error::conflict("Nothing answered.");
    let other = vec!["other.example.org".to_owned()];
    let before = tls.info();
    tls.acme_begins(&other).unwrap();
    tls.acme_failed(&other, None, &error).unwrap();
    let info = appliance.open().info();
    assert_eq!(info.mode, HttpsMode::SelfSigned);
    assert_eq!(info.fingerprint_sha256, before.fingerprint_sha256);
    assert_eq!(info.acme.domains, other, "remembered for the next try");
    assert!(!info.acme.active && info.acme.next_try.is_none());
    assert_eq!(tls.acme_due_in(), None, "not tried again by itself");
    let info = order(&tls, 9);
    tls.acme_begins(&other).unwrap();
    tls.acme_failed(&other, None, &error).unwrap();
    assert_eq!(tls.info(), info);
}

#[test]
fn unusable_issued_certificate_is_refused_and_changes_nothing() {
    let appliance = Appliance::new();
    let tls = appliance.open();
    let before = tls.info();
    let (chain, key) = issued("other.example.org", 9);
    let (_, other_key) = issued(NAME, 9);
    for (chain, key, why) in [
        (&chain, &key, NAME),
        (&chain, &other_key, "does not belong"),
        (&"rubbish".to_owned(), &key, "no certificate"),
    ] {
        let error = tls.use_acme(&domains(), None, chain, key).unwrap_err();
        assert_eq!(error.kind, Kind::AuthorityUnavailable);
        assert!(error.message.contains(why), "{}", error.message);
    }
    assert_eq!(tls.info(), before);
    assert!(!appliance.path(ACME).exists());
}
