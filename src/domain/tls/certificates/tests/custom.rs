//! The custom certificate, activated and removed.

use super::*;
use rcgen::KeyPair;

fn own_certificate() -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::new(vec!["nas.example".to_owned()]).unwrap();
    params.not_before = rcgen::date_time_ymd(2026, 1, 1);
    params.not_after = rcgen::date_time_ymd(2027, 1, 1);
    (params.self_signed(&key).unwrap().pem(), key.serialize_pem())
}

#[test]
fn custom_certificate_survives_a_restart_and_can_be_removed() {
    let appliance = Appliance::new();
    let tls = appliance.open();
    let local = tls.info();
    let (certificate, key) = own_certificate();
    let info = tls.use_custom(&certificate, &key).unwrap();
    assert_eq!(info.mode, HttpsMode::Custom);
    assert_eq!(info.names, ["nas.example"]);
    assert!(!tls.refresh(names(&["10.9.9.9"])).unwrap());
    assert_eq!(tls.renew().unwrap_err().kind, Kind::Conflict);
    let mode = fs::metadata(appliance.path(CUSTOM))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let again = appliance.open();
    assert_eq!(again.info(), info);
    let back = again.use_local().unwrap();
    assert_eq!(back, local);
    assert!(!appliance.path(CUSTOM).exists());
    assert_eq!(appliance.open().info(), local);
    // The address that came meanwhile is in the host's own certificate.
    assert!(
        tls.use_local()
            .unwrap()
            .names
            .contains(&"10.9.9.9".to_owned())
    );
}

#[test]
fn refused_custom_certificate_changes_nothing() {
    let appliance = Appliance::new();
    let tls = appliance.open();
    let before = tls.info();
    let (certificate, _) = own_certificate();
    let (_, key) = own_certificate();
    let error = tls.use_custom(&certificate, &key).unwrap_err();
    assert!(matches!(error.kind, Kind::Invalid { .. }));
    assert_eq!(tls.info(), before);
    assert!(!appliance.path(CUSTOM).exists());
}

#[test]
fn damaged_custom_certificate_falls_back_to_self_signed_with_a_notice() {
    let appliance = Appliance::new();
    let tls = appliance.open();
    let (certificate, key) = own_certificate();
    tls.use_custom(&certificate, &key).unwrap();
    fs::write(appliance.path(CUSTOM), &certificate).unwrap();
    let tls = appliance.open();
    assert_eq!(tls.info().mode, HttpsMode::SelfSigned);
    assert!(tls.notices()[0].contains("The custom certificate was damaged"));
    assert!(appliance.path("custom.pem.broken").exists());
}
