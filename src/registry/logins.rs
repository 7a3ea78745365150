//! Logins at registries: those that were entered here come before those of the
//! command line. One look-up serves checks and pulls; the engine is told of a login
//! as the clients tell it (`X-Registry-Auth`, Docker Engine API, "Authentication").
//!
//! Invariant: a login is for the registry that it was entered for, and for no other.

mod config;
mod files;
mod helper;

pub(super) use config::Login;
pub use files::{FileLogin, FileLogins, LoginFiles};

use crate::model::reference::{DOCKER_HUB, registry_of};
use crate::model::registry::{EncodedLogin, RegistryLogin, registry_name};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use serde_json::json;
use std::fmt;
use std::sync::Arc;

/// Docker Hub, as the clients write it into their files, old and new.
const HUB: [&str; 2] = ["https://index.docker.io/v1/", DOCKER_HUB];

/// Logins that were entered here, by the name that [`registry_name`] gives.
pub trait OwnLogins: fmt::Debug + Send + Sync {
    fn own_login(&self, registry: &str) -> Option<RegistryLogin>;
}

/// Every login there is.
#[derive(Debug, Clone)]
pub struct Logins {
    own: Arc<dyn OwnLogins>,
    files: LoginFiles,
}

/// The only login, while it is tried out.
#[derive(Debug)]
struct Single(String, RegistryLogin);

impl OwnLogins for Single {
    fn own_login(&self, registry: &str) -> Option<RegistryLogin> {
        (registry == self.0).then(|| self.1.clone())
    }
}

/// Where nothing is entered.
#[derive(Debug)]
struct Nothing;

impl OwnLogins for Nothing {
    fn own_login(&self, _registry: &str) -> Option<RegistryLogin> {
        None
    }
}

impl Logins {
    pub fn new(own: Arc<dyn OwnLogins>, files: LoginFiles) -> Self {
        Self { own, files }
    }

    pub fn from_files(files: LoginFiles) -> Self {
        Self::new(Arc::new(Nothing), files)
    }

    /// This one at this registry, and no other.
    pub(super) fn single(registry: &str, login: RegistryLogin) -> Self {
        let own = Arc::new(Single(registry.to_owned(), login));
        Self::new(own, LoginFiles::new([]))
    }

    /// What is told to the engine for a pull, when there is a login for its registry.
    pub async fn encoded(&self, reference: &str) -> Option<EncodedLogin> {
        let (login, server) = self.find(registry_of(reference)).await?;
        Some(EncodedLogin(encoded(&login, &server)))
    }

    /// The login at a registry.
    pub(super) async fn login(&self, registry: &str) -> Option<Login> {
        self.find(registry).await.map(|(login, _)| login)
    }

    async fn find(&self, registry: &str) -> Option<(Login, String)> {
        let own = registry_name(registry)
            .ok()
            .and_then(|name| Some((self.own.own_login(&name)?, name)));
        if let Some((own, name)) = own {
            let login = Login::Password {
                user: own.username,
                password: own.secret,
            };
            let server = if name == DOCKER_HUB { HUB[0] } else { registry };
            return Some((login, server.to_owned()));
        }
        self.files.find(registry).await
    }
}

/// The names of a registry in files of logins.
fn server_names(registry: &str) -> Vec<String> {
    match registry {
        DOCKER_HUB | "index.docker.io" | "registry-1.docker.io" => {
            HUB.map(ToOwned::to_owned).to_vec()
        }
        other => vec![other.to_owned()],
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
    use serde_json::Value;

    async fn told(logins: &Logins, reference: &str) -> Option<Value> {
        let EncodedLogin(header) = logins.encoded(reference).await?;
        Some(serde_json::from_slice(&URL_SAFE.decode(header).unwrap()).unwrap())
    }

    #[tokio::test]
    async fn own_login_precedes_the_one_of_the_files_for_its_registry_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config.json");
        let entry = |user: &str| json!({"username": user, "password": "p"});
        let file = json!({"auths": {"ghcr.io": entry("file"), "quay.io": entry("file")}});
        std::fs::write(&path, file.to_string()).unwrap();
        let own = |registry: &str| {
            let login = RegistryLogin {
                username: "own".to_owned(),
                secret: "s".to_owned(),
            };
            let single = Single(registry.to_owned(), login);
            Logins::new(Arc::new(single), LoginFiles::new([path.clone()]))
        };
        let ghcr = own("ghcr.io");
        for (reference, user) in [
            ("ghcr.io/a/b:1", "own"),
            ("GHCR.io/a/b", "own"),
            ("quay.io/a/b", "file"),
        ] {
            let told = told(&ghcr, reference).await.unwrap();
            assert_eq!(told["username"], user, "{reference}");
        }
        for other in ["ghcr.io.evil.example/a", "evil.ghcr.io/a", "nginx"] {
            assert_eq!(told(&ghcr, other).await, None, "{other}");
        }
        let hub = own("docker.io");
        for reference in ["nginx", "docker.io/a/b", "index.docker.io/a/b"] {
            let told = told(&hub, reference).await.unwrap();
            assert_eq!(told["username"], "own", "{reference}");
            assert_eq!(told["serveraddress"], HUB[0]);
        }
    }
}
