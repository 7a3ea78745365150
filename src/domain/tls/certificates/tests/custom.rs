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
fn ones_own_certificate_comes_stays_and_goes() {
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
    // The address that came meanwhile is in the box's own certificate.
    assert!(
        tls.use_local()
            .unwrap()
            .names
            .contains(&"10.9.9.9".to_owned())
    );
}

#[test]
fn a_refused_certificate_leaves_everything_as_it_was() {
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
fn ones_own_certificate_damaged_on_disk_falls_back_and_says_so() {
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
