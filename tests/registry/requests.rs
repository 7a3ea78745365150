//! What is asked, how often, and on how many connections.

use super::{Bench, count, reference};
use crate::support::simulated_registry::{Door, Mood, Published, SimulatedRegistry};
use dockermate::model::reference::Reference;
use dockermate::model::registry::RegistryPolicy;
use dockermate::registry::{Manifest, RegistryError};
use futures_util::future::join_all;

#[tokio::test(flavor = "multi_thread")]
async fn digest_of_a_tag_takes_one_head_and_moves_with_the_tag() {
    let registry = SimulatedRegistry::start();
    let first = registry.publish("team/app", "1", &Published::new("one"));
    let bench = Bench::new();
    let app = reference(&registry, "team/app:1");
    let session = bench.session(&[]).await;
    assert_eq!(session.head(&app).await.unwrap().digest, first);
    assert_eq!(session.limit(&app.registry).unwrap().remaining, Some(99));
    let second = registry.publish("team/app", "1", &Published::new("two"));
    assert_ne!(first, second);
    let head = session.head(&app).await.unwrap();
    assert_eq!(head.digest, second);
    assert!(head.media_type.contains("manifest"), "{head:?}");
    registry.untag("team/app", "1");
    let gone = session.head(&app).await.unwrap_err();
    assert!(matches!(gone, RegistryError::NotFound { .. }), "{gone}");
    let asked = registry.take_asked();
    // A look whether it answers, and three questions: a tag that is gone costs no more.
    assert_eq!(
        (count(&asked, "GET"), count(&asked, "HEAD")),
        (1, 3),
        "{asked:?}"
    );
    assert_eq!(
        registry.connections(),
        2,
        "one was for TLS, which it does not speak"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_tags_behind_tokens_take_one_head_each_and_few_tokens() {
    let registry = SimulatedRegistry::start_tls();
    registry.set_door(Door::Token(None));
    let bench = Bench::new();
    let folder = bench.certificates(&registry.host());
    std::fs::write(folder.join("ca.crt"), registry.authority.as_ref().unwrap()).unwrap();
    let all: Vec<Reference> = (0..200)
        .map(|n| {
            registry.publish(&format!("app{n}"), "1", &Published::new("one"));
            reference(&registry, &format!("app{n}:1"))
        })
        .collect();
    let session = bench.session(&all).await;
    let heads = join_all(all.iter().map(|one| session.head(one))).await;
    let failed = heads.iter().find(|head| head.is_err());
    assert!(failed.is_none(), "{failed:?}");
    let asked = registry.take_asked();
    assert_eq!(count(&asked, "HEAD"), 200);
    // One look and ten tokens for twenty repositories each.
    assert_eq!(count(&asked, "GET"), 11, "{asked:?}");
    assert!(asked.iter().all(|one| one.is_http2));
    assert_eq!(registry.connections(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn registry_whose_tokens_are_for_one_repository_is_asked_for_each() {
    let registry = SimulatedRegistry::start();
    registry.set_door(Door::SingleToken);
    let all: Vec<Reference> = (0..5)
        .map(|n| {
            registry.publish(&format!("app{n}"), "1", &Published::new("one"));
            reference(&registry, &format!("app{n}:1"))
        })
        .collect();
    let bench = Bench::new();
    let session = bench.session(&all).await;
    for one in &all {
        session.head(one).await.unwrap();
        session.head(one).await.unwrap();
    }
    let asked = registry.take_asked();
    let tokens = asked.iter().filter(|one| one.path.starts_with("/token"));
    assert!(tokens.count() <= 6, "{asked:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn index_manifest_and_configuration_are_read_with_their_digests() {
    let registry = SimulatedRegistry::start();
    let image = Published::new("one");
    let (index, manifest) = registry.publish_index("app", "1", &image, "");
    let bench = Bench::new();
    let session = bench.session(&[]).await;
    let app = reference(&registry, "app:1");
    let Manifest::Index(found) = session.manifest(&app).await.unwrap() else {
        panic!("not an index");
    };
    assert_eq!(found.digest, index);
    let platform = format!("linux/{}", image.architecture);
    let entry = found.of_platform(&platform).unwrap();
    assert_eq!(entry.digest, manifest);
    let by_digest = Reference {
        digest: Some(manifest.clone()),
        ..app.clone()
    };
    let Manifest::Image(found) = session.manifest(&by_digest).await.unwrap() else {
        panic!("not an image");
    };
    let config = session.config(&app, &found.config).await.unwrap();
    assert_eq!(config.platform, platform);
    assert_eq!(config.diff_ids.len(), 2);
    assert_eq!(config.defaults.cmd[0], "/content.txt");
}

#[tokio::test(flavor = "multi_thread")]
async fn tags_are_listed_page_by_page_as_far_as_they_are_wanted() {
    let registry = SimulatedRegistry::start();
    for n in 0..25 {
        registry.publish("app", &format!("1.{n:02}"), &Published::new("one"));
    }
    registry.set_page(10);
    let bench = Bench::new();
    let session = bench.session(&[]).await;
    let app = reference(&registry, "app:1.00");
    let list = session.tags(&app, |tag| tag > "1.09").await.unwrap();
    assert_eq!((list.tags.len(), list.is_cut), (15, false));
    assert_eq!(count(&registry.take_asked(), "GET"), 4);
    let none = session
        .tags(&reference(&registry, "none:1"), |_| true)
        .await;
    assert!(
        matches!(none, Err(RegistryError::NotFound { .. })),
        "{none:?}"
    );
    registry.set_page(1);
    registry.take_asked();
    for n in 0..200 {
        registry.publish("long", &format!("t{n:03}"), &Published::new("one"));
    }
    let list = session
        .tags(&reference(&registry, "long:1"), |_| true)
        .await
        .unwrap();
    assert_eq!((list.tags.len(), list.is_cut), (100, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn docker_hub_is_asked_through_its_mirror() {
    let mirror = SimulatedRegistry::start();
    let digest = mirror.publish("library/app", "1", &Published::new("one"));
    let policy = RegistryPolicy {
        mirrors: vec![format!("http://localhost:{}", mirror.port)],
        ..RegistryPolicy::default()
    };
    let bench = Bench::new();
    let session = bench.session_with(policy, &[]).await;
    let head = session
        .head(&Reference::parse("app:1").unwrap())
        .await
        .unwrap();
    assert_eq!(head.digest, digest);
}

#[tokio::test(flavor = "multi_thread")]
async fn registries_that_answer_only_get_or_leave_the_digest_out_are_read_with_get() {
    let registry = SimulatedRegistry::start();
    let bench = Bench::new();
    let session = bench.session(&[]).await;
    for (name, mood) in [
        ("a", Mood::NoHead(404)),
        ("b", Mood::NoHead(405)),
        ("c", Mood::NoDigest),
    ] {
        let digest = registry.publish(name, "1", &Published::new(name));
        registry.set_mood(name, mood);
        let head = session
            .head(&reference(&registry, &format!("{name}:1")))
            .await;
        assert_eq!(head.unwrap().digest, digest, "{name}");
    }
}
