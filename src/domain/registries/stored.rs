//! The logins of the store, for whoever asks a registry or has the engine pull.

use crate::model::registry::RegistryLogin;
use crate::registry::OwnLogins;
use crate::store::Store;

/// Read whenever one is needed.
#[derive(Debug, Clone)]
pub struct StoredLogins(Store);

impl StoredLogins {
    pub fn new(store: Store) -> Self {
        Self(store)
    }
}

impl OwnLogins for StoredLogins {
    fn own_login(&self, registry: &str) -> Option<RegistryLogin> {
        let found = self.0.registry_login(registry).unwrap_or_else(|error| {
            tracing::warn!(registry, %error, "the stored login of a registry could not be read; continuing without");
            None
        });
        found.map(|record| RegistryLogin {
            username: record.username,
            secret: record.secret,
        })
    }
}
