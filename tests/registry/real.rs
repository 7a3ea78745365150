//! The distribution project's own registry, filled by a real engine.

use super::Bench;
use crate::support::engine::{Engine, number};
use crate::support::registry::Registry;
use dockermate::model::reference::Reference;
use dockermate::registry::{Manifest, RegistryError};
use serde_json::json;

#[test]
fn digest_that_a_push_gave_is_found_with_and_without_a_login() {
    let engine = Engine::shared();
    let open = Registry::start();
    let locked = Registry::locked("me", "secret");
    let config = crate::support::engine::root().join(format!("docker-{}", number()));
    let config = config.to_str().unwrap().to_owned();
    let server = format!("localhost:{}", locked.port);
    engine.docker(&[
        "--config", &config, "login", "-u", "me", "-p", "secret", &server,
    ]);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let bench = Bench::new();
    bench.login(&server, &json!({"username": "me", "password": "secret"}));
    for registry in [&open, &locked] {
        let name = registry.reference("team/bb:1");
        engine.docker(&["tag", "bb:1", &name]);
        let pushed = engine.docker(&["--config", &config, "push", &name]);
        let digest = pushed
            .split_whitespace()
            .find(|word| word.starts_with("sha256:"))
            .unwrap()
            .to_owned();
        let reference = Reference::parse(&name).unwrap();
        runtime.block_on(async {
            let session = bench.session(&[]).await;
            let head = session.head(&reference).await.unwrap();
            assert_eq!(head.digest, digest);
            let Manifest::Image(manifest) = session.manifest(&reference).await.unwrap() else {
                panic!("not an image");
            };
            let config = session.config(&reference, &manifest.config).await.unwrap();
            assert!(config.platform.starts_with("linux/"), "{config:?}");
            let list = session.tags(&reference, |_| true).await.unwrap();
            assert_eq!(list.tags, ["1"]);
            let none = session.head(&reference.with_tag("none")).await;
            assert!(
                matches!(none, Err(RegistryError::NotFound { .. })),
                "{none:?}"
            );
        });
        engine.docker(&["rmi", &name]);
    }
}
