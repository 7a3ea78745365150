//! Logins at registries, where `docker login` and `podman login` keep them: in
//! files, or with a helper that the file names. They are read whenever they are
//! needed. The engine is told of them at a pull as the clients tell it
//! (`X-Registry-Auth`, Docker Engine API, "Authentication").

mod config;
mod helper;

use crate::model::reference::registry_of;
use crate::model::registry::EncodedLogin;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use config::Entry;
pub(super) use config::Login;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncReadExt as _;
use tokio::time::timeout;

/// All files and helpers together: a helper that asks a keyring which nobody
/// unlocks would hold the pull. It is killed then.
const PATIENCE: Duration = Duration::from_secs(10);
/// A larger file is not read: it does not hold logins.
const LARGEST: u64 = 1024 * 1024;

/// Docker Hub, as the clients write it into their files, old and new.
const HUB: [&str; 2] = ["https://index.docker.io/v1/", "docker.io"];

/// Where logins may be: the first file that has one counts.
#[derive(Debug, Clone)]
pub struct LoginFiles(Arc<[PathBuf]>);

impl LoginFiles {
    /// The usual places, as `DOCKER_CONFIG`, `XDG_RUNTIME_DIR` and `HOME` say.
    pub fn from_environment() -> Self {
        let folder = |name: &str| {
            let value = std::env::var_os(name).filter(|value| !value.is_empty());
            value.map(PathBuf::from)
        };
        let uid = rustix::process::geteuid().as_raw();
        // systemd gives its services no HOME.
        let home = folder("HOME").or_else(|| (uid == 0).then(|| PathBuf::from("/root")));
        let docker = folder("DOCKER_CONFIG")
            .or_else(|| Some(home?.join(".docker")))
            .map(|folder| folder.join("config.json"));
        let podman = folder("XDG_RUNTIME_DIR").map_or_else(
            || PathBuf::from(format!("/run/containers/{uid}/auth.json")),
            |folder| folder.join("containers/auth.json"),
        );
        Self::new(docker.into_iter().chain([podman]))
    }

    pub fn new(files: impl IntoIterator<Item = PathBuf>) -> Self {
        Self(files.into_iter().collect())
    }

    /// What is told to the engine for a pull, when there is a login for its registry.
    pub async fn encoded(&self, reference: &str) -> Option<EncodedLogin> {
        let (login, server) = self.find(registry_of(reference)).await?;
        Some(EncodedLogin(encoded(&login, server)))
    }

    /// The login at a registry.
    pub(super) async fn login(&self, registry: &str) -> Option<Login> {
        self.find(registry).await.map(|(login, _)| login)
    }

    async fn find<'a>(&self, registry: &'a str) -> Option<(Login, &'a str)> {
        let Ok(found) = timeout(PATIENCE, find(&self.0, registry)).await else {
            tracing::warn!(
                registry,
                "the helper that keeps registry logins did not answer and was killed; continuing without"
            );
            return None;
        };
        found
    }
}

async fn find<'a>(files: &[PathBuf], registry: &'a str) -> Option<(Login, &'a str)> {
    let servers = match registry {
        "docker.io" | "index.docker.io" | "registry-1.docker.io" => HUB.to_vec(),
        other => vec![other],
    };
    for file in files {
        let Some(text) = read(file).await else {
            continue;
        };
        for server in &servers {
            match login(&text, server).await {
                Ok(Some(login)) => return Some((login, server)),
                Ok(None) => {}
                Err(reason) => {
                    tracing::warn!(file = %file.display(), server, reason, "a registry login could not be read");
                }
            }
        }
    }
    None
}

async fn read(file: &Path) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    let reader = tokio::fs::File::open(file).await.ok()?;
    reader.take(LARGEST).read_to_end(&mut text).await.ok()?;
    Some(text)
}

async fn login(text: &[u8], server: &str) -> Result<Option<Login>, String> {
    match config::File::parse(text)?.entry(server)? {
        Some(Entry::Login(login)) => Ok(Some(login)),
        Some(Entry::Helper(name)) => helper::get(&name, server).await,
        None => Ok(None),
    }
}

fn encoded(login: &Login, server: &str) -> String {
    let value = match login {
        Login::IdentityToken(token) => {
            json!({ "identitytoken": token, "serveraddress": server })
        }
        Login::Password { user, password } => {
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

    async fn found(file: &str, registry: &str) -> Option<Value> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config.json");
        std::fs::write(&path, file).unwrap();
        let files = LoginFiles::new([dir.path().join("missing.json"), path]);
        let EncodedLogin(header) = files.encoded(&format!("{registry}/app")).await?;
        Some(serde_json::from_slice(&URL_SAFE.decode(header).unwrap()).unwrap())
    }

    #[tokio::test]
    async fn login_is_found_by_every_name_of_its_registry_and_for_no_other_registry() {
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
            let found = found(&file, registry)
                .await
                .unwrap_or_else(|| panic!("{key}, {registry}"));
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
            assert_eq!(found(&file, other).await, None, "{other}");
        }
    }

    #[tokio::test]
    async fn identity_token_is_sent_instead_of_user_name_and_password() {
        let file = r#"{"auths": {"x.example": {"auth": "dTpw", "identitytoken": "secret"}}}"#;
        let found = found(file, "x.example").await.unwrap();
        assert_eq!(
            found,
            json!({"identitytoken": "secret", "serveraddress": "x.example"})
        );
    }

    #[test]
    fn server_helper_precedes_stored_login_and_default_helper_comes_last() {
        let file = r#"{"auths": {"a.example": {"auth": "dTpw"}, "b.example": {"auth": "dTpw"}, "c.example": {}},
            "credHelpers": {"a.example": "own", "c.example": ""}, "credsStore": "all"}"#;
        let file = config::File::parse(file.as_bytes()).unwrap();
        let helper = |server: &str| match file.entry(server).unwrap().unwrap() {
            Entry::Helper(name) => name,
            Entry::Login(_) => "a login".to_owned(),
        };
        for (server, wanted) in [
            ("a.example", "own"),
            ("b.example", "a login"),
            ("c.example", "all"),
            ("d.example", "all"),
        ] {
            assert_eq!(helper(server), wanted, "{server}");
        }
    }

    #[tokio::test]
    async fn invalid_login_files_and_missing_helpers_yield_no_login() {
        for file in [
            "",
            "no json",
            "[]",
            r#"{"auths": {"x.example": {"auth": "%%%"}}}"#,
            r#"{"auths": {"x.example": {"auth": "dTpw", "username": "u", "password": "other"}}}"#,
            r#"{"auths": {"x.example": {}}, "credsStore": "there-is-no-such-helper"}"#,
            r#"{"credHelpers": {"x.example": "there-is-no-such-helper"}}"#,
        ] {
            assert_eq!(found(file, "x.example").await, None, "{file}");
        }
    }
}
