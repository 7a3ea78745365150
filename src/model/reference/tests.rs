//! Tables of the distribution project's own tests, and what must hold for any text.

use super::*;
use proptest::prelude::*;

const DIGEST: &str = "sha256:86e0e091d0da6bde2456dbb48306f3956bbeb2eae1b5b9a43045843f69fe4aaa";

#[test]
fn references_are_normalised_as_docker_does() {
    for (text, canonical, familiar) in [
        ("nginx", "docker.io/library/nginx:latest", "nginx:latest"),
        ("nginx:1.27", "docker.io/library/nginx:1.27", "nginx:1.27"),
        (
            "library/nginx",
            "docker.io/library/nginx:latest",
            "nginx:latest",
        ),
        (
            "docker.io/nginx",
            "docker.io/library/nginx:latest",
            "nginx:latest",
        ),
        ("index.docker.io/a/b:c", "docker.io/a/b:c", "a/b:c"),
        (
            "grafana/grafana",
            "docker.io/grafana/grafana:latest",
            "grafana/grafana:latest",
        ),
        (
            "ghcr.io/owner/app:V1",
            "ghcr.io/owner/app:V1",
            "ghcr.io/owner/app:V1",
        ),
        (
            "localhost/app",
            "localhost/app:latest",
            "localhost/app:latest",
        ),
        (
            "localhost:5000/x/y:1",
            "localhost:5000/x/y:1",
            "localhost:5000/x/y:1",
        ),
        ("HOST/app", "host/app:latest", "host/app:latest"),
        (
            "Nas.Example:5000/app",
            "nas.example:5000/app:latest",
            "nas.example:5000/app:latest",
        ),
        (
            "[::1]:5000/app",
            "[::1]:5000/app:latest",
            "[::1]:5000/app:latest",
        ),
        (
            "a__b/c-d.e/f---g",
            "docker.io/a__b/c-d.e/f---g:latest",
            "a__b/c-d.e/f---g:latest",
        ),
    ] {
        let reference = Reference::parse(text).unwrap();
        assert_eq!(reference.canonical(), canonical, "{text}");
        assert_eq!(reference.familiar(), familiar, "{text}");
    }
}

#[test]
fn digest_pins_keep_their_tag_and_get_none() {
    let both = Reference::parse(&format!("nginx:1.27@{DIGEST}")).unwrap();
    assert_eq!(both.tag.as_deref(), Some("1.27"));
    assert_eq!(both.digest.as_deref(), Some(DIGEST));
    assert_eq!(both.familiar(), format!("nginx:1.27@{DIGEST}"));
    let alone = Reference::parse(&format!("host:5000/app@{DIGEST}")).unwrap();
    assert_eq!(alone.tag, None);
    assert_eq!(alone.canonical(), format!("host:5000/app@{DIGEST}"));
    assert_eq!(both.with_tag("2").familiar(), "nginx:2");
}

#[test]
fn malformed_references_are_rejected_with_the_reason() {
    for (text, reason) in [
        ("", "1 to 255"),
        ("Nginx", "lower case"),
        ("owner/App", "lower case"),
        ("nginx:", "a tag has"),
        ("nginx:-1", "a tag has"),
        ("nginx:1:2", "letters, digits"),
        ("nginx latest", "letters, digits"),
        ("-nginx", "letters, digits"),
        ("a..b", "letters, digits"),
        ("a_-b", "letters, digits"),
        ("a//b", "letters, digits"),
        ("a/b/", "letters, digits"),
        ("http://nginx", "registry"),
        ("host:port/x", "registry"),
        ("host:99999/x", "registry"),
        ("-host.example/x", "registry"),
        ("[::g]/x", "registry"),
        ("nginx@sha256:00ff", "digest"),
        ("nginx@md5:86e0e091d0da6bde2456dbb48306f395", "digest"),
        (DIGEST, "ID of an image"),
        (&DIGEST[7..], "ID of an image"),
    ] {
        let error = Reference::parse(text).unwrap_err();
        assert!(error.contains(reason), "{text}: {error}");
    }
    assert!(Reference::parse(&"a".repeat(256)).is_err());
    assert!(Reference::parse(&format!("x/{}", "a".repeat(253))).is_ok());
    assert!(Reference::parse(&format!("a:{}", "t".repeat(129))).is_err());
    assert!(Reference::parse(&"x".repeat(100_000)).unwrap_err().len() < 400);
}

#[test]
fn registry_is_derived_from_the_image_reference() {
    for (reference, registry) in [
        ("nginx", "docker.io"),
        ("library/nginx:1", "docker.io"),
        ("docker.io/nginx", "docker.io"),
        ("ghcr.io/owner/app:1", "ghcr.io"),
        ("localhost/app", "localhost"),
        ("nas:5000/app@sha256:00", "nas:5000"),
    ] {
        assert_eq!(registry_of(reference), registry, "{reference}");
    }
}

proptest! {
    #[test]
    fn canonical_and_familiar_forms_parse_to_the_same_reference(
        host in "(|localhost/|docker\\.io/|[a-zA-Z]{1,6}\\.io/|[a-z]{1,5}:[1-9][0-9]{0,3}/)",
        path in "[a-z0-9]{1,8}((_|__|-|---)[a-z0-9]{1,4}){0,2}(/[a-z0-9]{1,6}(\\.[a-z0-9]{1,3})?){0,2}",
        tag in "(|:[A-Za-z0-9_][A-Za-z0-9_.-]{0,12})",
        pinned in any::<bool>(),
    ) {
        let pin = if pinned { format!("@{DIGEST}") } else { String::new() };
        let text = format!("{host}{path}{tag}{pin}");
        let reference = Reference::parse(&text).unwrap();
        prop_assert_eq!(&Reference::parse(&reference.canonical()).unwrap(), &reference);
        prop_assert_eq!(&Reference::parse(&reference.familiar()).unwrap(), &reference);
    }

    #[test]
    fn any_text_is_parsed_or_rejected_and_what_parses_is_stable(text in ".{0,60}") {
        if let Ok(reference) = Reference::parse(&text) {
            prop_assert_eq!(Reference::parse(&reference.canonical()).unwrap(), reference);
        }
    }
}
