//! The registry client against a simulated registry, which can misbehave, and a
//! real one.

mod hostile;
mod logins;
mod real;
mod requests;

use crate::support::simulated_registry::SimulatedRegistry;
use dockermate::model::reference::Reference;
use dockermate::model::registry::RegistryPolicy;
use dockermate::registry::{LoginFiles, Logins, RegistryClient, RegistrySession, RegistrySettings};
use std::path::PathBuf;
use std::time::Duration;
use tempfile::TempDir;

/// A client with logins and certificates of its own, and little patience.
struct Bench {
    folder: TempDir,
    settings: RegistrySettings,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = RegistrySettings {
            logins: Logins::from_files(LoginFiles::new([folder.path().join("config.json")])),
            certificates: folder.path().join("certs.d"),
            connect_timeout: Duration::from_secs(5),
            answer_timeout: Duration::from_secs(2),
            body_timeout: Duration::from_secs(3),
        };
        Self { folder, settings }
    }

    /// Stores a login for a registry.
    fn login(&self, registry: &str, auth: &serde_json::Value) {
        let file = serde_json::json!({"auths": {registry: auth}}).to_string();
        std::fs::write(self.folder.path().join("config.json"), file).unwrap();
    }

    /// `certs.d/<host>`.
    fn certificates(&self, host: &str) -> PathBuf {
        let folder = self.settings.certificates.join(host);
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    async fn session(&self, expected: &[Reference]) -> RegistrySession {
        self.session_with(RegistryPolicy::default(), expected).await
    }

    async fn session_with(
        &self,
        policy: RegistryPolicy,
        expected: &[Reference],
    ) -> RegistrySession {
        let client = RegistryClient::new(self.settings.clone());
        client.session(policy, expected).await.unwrap()
    }
}

fn reference(registry: &SimulatedRegistry, name: &str) -> Reference {
    Reference::parse(&registry.reference(name)).unwrap()
}

/// How many requests of a method there were.
fn count(asked: &[crate::support::simulated_registry::Asked], method: &str) -> usize {
    asked.iter().filter(|one| one.method == method).count()
}
