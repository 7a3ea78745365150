//! Registries that refuse, fail, stall and lie: each ends in a named error, soon.

use super::{Bench, count, reference};
use crate::support::simulated_registry::{Door, Mood, Published, SimulatedRegistry};
use dockermate::model::reference::Reference;
use dockermate::registry::RegistryError;
use std::time::{Duration, Instant};

fn named(error: &RegistryError) -> &'static str {
    match error {
        RegistryError::LoginNeeded { .. } => "login needed",
        RegistryError::LoginRefused { .. } => "login refused",
        RegistryError::RateLimited { .. } => "rate limited",
        RegistryError::NotFound { .. } => "not found",
        RegistryError::Unreachable { .. } => "unreachable",
        RegistryError::InvalidAnswer { .. } => "invalid",
        RegistryError::TooLarge { .. } => "too large",
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_misbehaviour_ends_in_its_named_error_within_bounds() {
    let registry = SimulatedRegistry::start();
    registry.publish("app", "1", &Published::new("one"));
    let app = reference(&registry, "app:1");
    for (mood, head, manifest) in [
        (
            Mood::Limited(120),
            Some("rate limited"),
            Some("rate limited"),
        ),
        (
            Mood::Failing(503, 99),
            Some("unreachable"),
            Some("unreachable"),
        ),
        (Mood::Failing(500, 2), None, None),
        (Mood::Silent, Some("unreachable"), Some("unreachable")),
        (Mood::Slow, None, Some("unreachable")),
        (Mood::WrongDigest, None, Some("invalid")),
        (Mood::Html, Some("invalid"), Some("invalid")),
        (Mood::Endless, None, Some("too large")),
        (
            Mood::Redirect("http://localhost:1".to_owned()),
            Some("unreachable"),
            Some("unreachable"),
        ),
        (
            Mood::Redirect(format!("http://localhost:{}", registry.port)),
            Some("invalid"),
            Some("invalid"),
        ),
        (
            Mood::Redirect("gopher://x".to_owned()),
            Some("invalid"),
            Some("invalid"),
        ),
    ] {
        let began = Instant::now();
        let bench = Bench::new();
        let session = bench.session(&[]).await;
        registry.set_mood("app", mood.clone());
        let found = session.head(&app).await;
        assert_eq!(found.as_ref().err().map(named), head, "{mood:?}: {found:?}");
        registry.set_mood("app", mood.clone());
        let session = bench.session(&[]).await;
        let found = session.manifest(&app).await;
        assert_eq!(
            found.as_ref().err().map(named),
            manifest,
            "{mood:?}: {found:?}"
        );
        assert!(began.elapsed() < Duration::from_secs(15), "{mood:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rate_limit_says_when_it_ends_and_nothing_more_is_asked() {
    let registry = SimulatedRegistry::start();
    for name in ["a", "b"] {
        registry.publish(name, "1", &Published::new(name));
        registry.set_mood(name, Mood::Limited(120));
    }
    let session = Bench::new().session(&[]).await;
    let error = session
        .head(&reference(&registry, "a:1"))
        .await
        .unwrap_err();
    let RegistryError::RateLimited { retry_at, .. } = &error else {
        panic!("{error}");
    };
    let wait = (retry_at.unwrap().seconds()
        - dockermate::model::timestamp::Timestamp::now().seconds())
    .abs();
    assert!((110..=121).contains(&wait), "{wait}");
    let again = session
        .head(&reference(&registry, "b:1"))
        .await
        .unwrap_err();
    assert_eq!(again, error);
    assert_eq!(count(&registry.take_asked(), "HEAD"), 1);
    let limit = session.limit(&registry.host()).unwrap();
    assert_eq!(limit.remaining, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn registry_that_accepts_and_never_answers_is_waited_for_once() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let session = Bench::new().session(&[]).await;
    let began = Instant::now();
    for n in 0..20 {
        let app = Reference::parse(&format!("localhost:{port}/app{n}:1")).unwrap();
        let error = session.head(&app).await.unwrap_err();
        assert_eq!(named(&error), "unreachable", "{error}");
        assert!(error.to_string().contains("in time"), "{error}");
    }
    assert!(began.elapsed() < Duration::from_secs(10));
    drop(listener);
}

#[tokio::test(flavor = "multi_thread")]
async fn content_by_digest_has_that_digest() {
    let registry = SimulatedRegistry::start();
    let digest = registry.publish("app", "1", &Published::new("one"));
    let other = registry.publish("app", "2", &Published::new("two"));
    let session = Bench::new().session(&[]).await;
    let app = |digest: &str| Reference {
        digest: Some(digest.to_owned()),
        ..reference(&registry, "app:1")
    };
    assert!(session.manifest(&app(&digest)).await.is_ok());
    assert!(session.manifest(&app(&other)).await.is_ok());
    registry.set_mood("app", Mood::Html);
    let error = session.manifest(&app(&digest)).await.unwrap_err();
    assert_eq!(named(&error), "invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn challenge_without_sense_and_missing_registries_are_named() {
    let registry = SimulatedRegistry::start();
    registry.publish("app", "1", &Published::new("one"));
    for realm in ["", "no address", "ftp://x/"] {
        registry.set_door(Door::TokenAt(realm.to_owned()));
        let session = Bench::new().session(&[]).await;
        let error = session
            .head(&reference(&registry, "app:1"))
            .await
            .unwrap_err();
        assert_eq!(named(&error), "invalid", "{realm}: {error}");
    }
    let session = Bench::new().session(&[]).await;
    for missing in ["localhost:1/app:1", "registry.invalid/app:1"] {
        let error = session
            .head(&Reference::parse(missing).unwrap())
            .await
            .unwrap_err();
        assert_eq!(named(&error), "unreachable", "{missing}: {error}");
    }
}
