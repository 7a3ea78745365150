//! Logins: each goes to its own registry, in the way that one asks for.

use super::{Bench, count, reference};
use crate::support::simulated_registry::{Asked, Door, Mood, Published, SimulatedRegistry};
use dockermate::model::registry::{RegistryLogin, RegistryPolicy};
use dockermate::registry::{LoginCheck, RegistryClient, RegistryError};
use serde_json::json;

fn published(door: Door) -> SimulatedRegistry {
    let registry = SimulatedRegistry::start();
    registry.publish("app", "1", &Published::new("one"));
    registry.set_door(door);
    registry
}

fn shown(asked: &[Asked], word: &str) -> usize {
    let with = |one: &&Asked| {
        one.authorization
            .as_deref()
            .is_some_and(|text| text.starts_with(word))
    };
    asked.iter().filter(with).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn password_opens_basic_and_token_registries_and_a_wrong_one_is_refused() {
    let login = ("me".to_owned(), "secret".to_owned());
    for door in [
        Door::Basic(login.0.clone(), login.1.clone()),
        Door::Token(Some(login.clone())),
    ] {
        let registry = published(door.clone());
        let app = reference(&registry, "app:1");
        let bench = Bench::new();
        let error = bench.session(&[]).await.head(&app).await.unwrap_err();
        assert!(
            matches!(error, RegistryError::LoginNeeded { .. }),
            "{door:?}: {error}"
        );
        bench.login(
            &registry.host(),
            &json!({"username": "me", "password": "wrong"}),
        );
        let error = bench.session(&[]).await.head(&app).await.unwrap_err();
        assert!(
            matches!(error, RegistryError::LoginRefused { .. }),
            "{door:?}: {error}"
        );
        assert!(!error.to_string().contains("wrong"), "{error}");
        bench.login(
            &registry.host(),
            &json!({"username": "me", "password": "secret"}),
        );
        registry.take_asked();
        let session = bench.session(&[]).await;
        session.head(&app).await.unwrap();
        session.head(&app).await.unwrap();
        assert_eq!(count(&registry.take_asked(), "HEAD"), 2, "{door:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn identity_token_is_exchanged_for_a_token_of_the_repository() {
    let registry = published(Door::Identity("idtoken".to_owned()));
    let bench = Bench::new();
    bench.login(&registry.host(), &json!({"identitytoken": "idtoken"}));
    let session = bench.session(&[]).await;
    session.head(&reference(&registry, "app:1")).await.unwrap();
    assert_eq!(count(&registry.take_asked(), "POST"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn login_stays_behind_when_the_registry_redirects_to_another_host() {
    let login = ("me".to_owned(), "secret".to_owned());
    let other = SimulatedRegistry::start();
    let digest = other.publish("app", "1", &Published::new("elsewhere"));
    for door in [
        Door::Basic(login.0.clone(), login.1.clone()),
        Door::Token(Some(login.clone())),
    ] {
        let registry = published(door);
        registry.set_mood(
            "app",
            Mood::Redirect(format!("http://localhost:{}", other.port)),
        );
        let bench = Bench::new();
        bench.login(
            &registry.host(),
            &json!({"username": "me", "password": "secret"}),
        );
        let session = bench.session(&[]).await;
        let head = session.head(&reference(&registry, "app:1")).await.unwrap();
        assert_eq!(head.digest, digest);
        let asked = other.take_asked();
        assert_eq!(asked.len(), 1, "{asked:?}");
        assert_eq!(asked[0].authorization, None);
    }
    // The other one wants a token too: it gets an anonymous one of its own.
    other.set_door(Door::Token(None));
    let registry = published(Door::Token(Some(login)));
    registry.set_mood(
        "app",
        Mood::Redirect(format!("http://localhost:{}", other.port)),
    );
    let bench = Bench::new();
    bench.login(
        &registry.host(),
        &json!({"username": "me", "password": "secret"}),
    );
    let session = bench.session(&[]).await;
    assert_eq!(
        session
            .head(&reference(&registry, "app:1"))
            .await
            .unwrap()
            .digest,
        digest
    );
    assert_eq!(shown(&other.take_asked(), "Basic"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn login_is_not_sent_to_a_token_service_without_tls_on_another_host() {
    let thief = SimulatedRegistry::start();
    let registry = published(Door::TokenAt(format!(
        "http://127.0.0.1:{}/token",
        thief.port
    )));
    let bench = Bench::new();
    bench.login(
        &registry.host(),
        &json!({"username": "me", "password": "secret"}),
    );
    let session = bench.session(&[]).await;
    let _ = session.head(&reference(&registry, "app:1")).await;
    let asked = thief.take_asked();
    assert!(!asked.is_empty(), "an anonymous token was asked for");
    assert_eq!(shown(&asked, "Basic"), 0, "{asked:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn tested_login_is_judged_by_the_registry_and_goes_nowhere_else() {
    let login = |secret: &str| RegistryLogin {
        username: "me".to_owned(),
        secret: secret.to_owned(),
    };
    let pair = ("me".to_owned(), "secret".to_owned());
    let bench = Bench::new();
    let client = RegistryClient::new(bench.settings.clone());
    let check = async |registry: &str, given| {
        let policy = RegistryPolicy::default();
        client.check_login(policy, registry, given).await
    };
    for door in [
        Door::Basic(pair.0.clone(), pair.1.clone()),
        Door::Token(Some(pair.clone())),
    ] {
        for registry in [SimulatedRegistry::start(), SimulatedRegistry::start_tls()] {
            registry.set_door(door.clone());
            let host = registry.host();
            for (given, result) in [
                (Some(login("secret")), LoginCheck::Accepted),
                (Some(login("wrong")), LoginCheck::Refused),
                (None, LoginCheck::Missing),
            ] {
                let checked = check(&host, given).await;
                assert_eq!(checked, Ok(result), "{door:?}");
            }
            // Without one given, that of the files is tried.
            bench.login(&host, &json!({"username": "me", "password": "secret"}));
            assert_eq!(check(&host, None).await, Ok(LoginCheck::Accepted));
        }
    }
    let thief = SimulatedRegistry::start();
    let registry = published(Door::TokenAt(format!(
        "http://127.0.0.1:{}/token",
        thief.port
    )));
    let error = check(&registry.host(), Some(login("secret"))).await;
    assert!(
        matches!(error, Err(RegistryError::InvalidAnswer { .. })),
        "{error:?}"
    );
    assert!(thief.take_asked().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn test_of_a_login_ends_when_the_registry_is_silent() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let registry = listener.local_addr().unwrap().to_string();
    let given = RegistryLogin {
        username: "me".to_owned(),
        secret: "secret".to_owned(),
    };
    let client = RegistryClient::new(Bench::new().settings.clone());
    let began = std::time::Instant::now();
    let checking = client.check_login(RegistryPolicy::default(), &registry, Some(given));
    let error = checking.await.unwrap_err();
    assert!(
        matches!(error, RegistryError::Unreachable { .. }),
        "{error}"
    );
    assert!(began.elapsed() < std::time::Duration::from_secs(12));
}

#[tokio::test(flavor = "multi_thread")]
async fn login_of_one_registry_is_not_sent_to_another() {
    let registry = published(Door::Basic("me".to_owned(), "secret".to_owned()));
    let bench = Bench::new();
    bench.login(
        "localhost:1",
        &json!({"username": "me", "password": "secret"}),
    );
    let session = bench.session(&[]).await;
    let error = session
        .head(&reference(&registry, "app:1"))
        .await
        .unwrap_err();
    assert!(
        matches!(error, RegistryError::LoginNeeded { .. }),
        "{error}"
    );
    assert_eq!(shown(&registry.take_asked(), "Basic"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn certificate_of_a_private_authority_counts_for_its_registry_only() {
    let registry = SimulatedRegistry::start_tls();
    let digest = registry.publish("app", "1", &Published::new("one"));
    let other = SimulatedRegistry::start_tls();
    other.publish("app", "1", &Published::new("one"));
    let bench = Bench::new();
    for one in [&registry, &other] {
        let folder = bench.certificates(&one.host());
        std::fs::write(folder.join("ca.crt"), registry.authority.as_ref().unwrap()).unwrap();
    }
    let session = bench.session(&[]).await;
    let head = session.head(&reference(&registry, "app:1")).await.unwrap();
    assert_eq!(head.digest, digest);
    let error = session.head(&reference(&other, "app:1")).await.unwrap_err();
    assert!(
        matches!(error, RegistryError::Unreachable { .. }),
        "{error}"
    );
    // Without a folder of its own a registry on this machine is asked whatever its
    // certificate says, as the engine does.
    let session = Bench::new().session(&[]).await;
    assert!(session.head(&reference(&other, "app:1")).await.is_ok());
}
