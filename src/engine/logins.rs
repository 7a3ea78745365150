//! Logins at registries, where `docker login` and `podman login` keep them: in
//! files, or with a helper that the file names. They are read at each pull, and
//! told to the engine as the clients tell it (`X-Registry-Auth`, Docker Engine
//! API, "Authentication").

use super::settings::EngineSettings;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use docker_credential::{CredentialRetrievalError, DockerCredential, get_credential_from_reader};
use hyper::header::HeaderValue;
use serde_json::json;
use std::fs::File;
use std::io::Read as _;
use std::path::PathBuf;
use std::time::Duration;
use tokio::time::timeout;

/// A helper that asks a keyring which nobody unlocks would hold the pull.
const PATIENCE: Duration = Duration::from_secs(10);
/// More is no file of logins.
const LARGEST: u64 = 1024 * 1024;

/// Docker Hub, as the clients write it into their files, old and new.
const HUB: [&str; 2] = ["https://index.docker.io/v1/", "docker.io"];

/// The registry that a reference names (Docker's rule: a first part with a dot
/// or a colon, or `localhost`).
pub fn registry_of(reference: &str) -> &str {
    match reference.split_once('/') {
        Some((first, _)) if first.contains(['.', ':']) || first == "localhost" => first,
        _ => "docker.io",
    }
}

/// Where logins may be: the first file that has one counts.
fn files(settings: &EngineSettings) -> Vec<PathBuf> {
    let near = &settings.surroundings;
    let docker = settings
        .docker_config
        .clone()
        .or_else(|| Some(near.home.as_ref()?.join(".docker")))
        .map(|folder| folder.join("config.json"));
    let podman = near
        .xdg_runtime_dir
        .clone()
        .unwrap_or_else(|| PathBuf::from(format!("/run/containers/{}", near.uid)));
    let podman = if near.xdg_runtime_dir.is_some() {
        podman.join("containers/auth.json")
    } else {
        podman.join("auth.json")
    };
    docker.into_iter().chain([podman]).collect()
}

/// The header for a pull, when there is a login for its registry.
pub(super) async fn header(settings: &EngineSettings, reference: &str) -> Option<HeaderValue> {
    let registry = registry_of(reference).to_owned();
    let files = files(settings);
    let found = tokio::task::spawn_blocking(move || find(&files, &registry));
    let Ok(found) = timeout(PATIENCE, found).await else {
        tracing::warn!(
            reference,
            "the helper that keeps registry logins does not answer; pulling without"
        );
        return None;
    };
    let mut value = HeaderValue::from_str(&found.ok()??).ok()?;
    value.set_sensitive(true);
    Some(value)
}

fn find(files: &[PathBuf], registry: &str) -> Option<String> {
    let servers = match registry {
        "docker.io" | "index.docker.io" | "registry-1.docker.io" => HUB.to_vec(),
        other => vec![other],
    };
    for file in files {
        for server in &servers {
            let Ok(reader) = File::open(file) else {
                continue;
            };
            match get_credential_from_reader(reader.take(LARGEST), server) {
                Ok(credential) => return Some(encoded(&credential, server)),
                Err(CredentialRetrievalError::NoCredentialConfigured) => {}
                Err(error) => {
                    // What a helper wrote could be a secret; its kind of failure is not.
                    let reason = match error {
                        CredentialRetrievalError::HelperFailure { helper, .. } => {
                            format!("{helper} failed")
                        }
                        other => other.to_string(),
                    };
                    tracing::warn!(file = %file.display(), server, reason, "a registry login could not be read");
                }
            }
        }
    }
    None
}

fn encoded(credential: &DockerCredential, server: &str) -> String {
    let value = match credential {
        DockerCredential::IdentityToken(token) => {
            json!({ "identitytoken": token, "serveraddress": server })
        }
        DockerCredential::UsernamePassword(user, password) => {
            json!({ "username": user, "password": password, "serveraddress": server })
        }
    };
    URL_SAFE.encode(value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose::STANDARD;
    use serde_json::Value;

    fn found(file: &str, registry: &str) -> Option<Value> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config.json");
        std::fs::write(&path, file).unwrap();
        let header = find(&[dir.path().join("missing.json"), path], registry)?;
        Some(serde_json::from_slice(&URL_SAFE.decode(header).unwrap()).unwrap())
    }

    #[test]
    fn references_name_their_registry() {
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

    #[test]
    fn a_login_is_found_under_every_name_of_its_registry() {
        let login = STANDARD.encode("user:pass:word");
        for (key, registry) in [
            ("https://index.docker.io/v1/", "docker.io"),
            ("docker.io", "docker.io"),
            ("docker.io", "index.docker.io"),
            ("ghcr.io", "ghcr.io"),
            ("https://ghcr.io", "ghcr.io"),
            ("nas:5000", "nas:5000"),
        ] {
            let file = json!({ "auths": { key: { "auth": login } } }).to_string();
            let found = found(&file, registry).unwrap_or_else(|| panic!("{key}, {registry}"));
            assert_eq!(found["username"], "user");
            assert_eq!(found["password"], "pass:word");
        }
        let file = json!({ "auths": { "ghcr.io": { "auth": login } } }).to_string();
        for other in [
            "docker.io",
            "evil.ghcr.io",
            "ghcr.io.evil.example",
            "quay.io",
        ] {
            assert_eq!(found(&file, other), None, "{other}");
        }
    }

    #[test]
    fn tokens_are_told_as_tokens() {
        let file = r#"{"auths": {"x.example": {"auth": "dTpw", "identitytoken": "secret"}}}"#;
        let found = found(file, "x.example").unwrap();
        assert_eq!(
            found,
            json!({"identitytoken": "secret", "serveraddress": "x.example"})
        );
    }

    #[test]
    fn what_cannot_be_read_is_no_login() {
        for file in [
            "",
            "no json",
            "[]",
            r#"{"auths": {"x.example": {"auth": "%%%"}}}"#,
            r#"{"auths": {"x.example": {}}, "credsStore": "there-is-no-such-helper"}"#,
            r#"{"credHelpers": {"x.example": "there-is-no-such-helper"}}"#,
        ] {
            assert_eq!(found(file, "x.example"), None, "{file}");
        }
    }
}
