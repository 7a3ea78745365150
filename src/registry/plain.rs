//! Which registries spoke no TLS when they were asked last, so that those which may do
//! so are not asked in vain each time.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// More than any host has; beyond, they are found out each time.
const MOST: usize = 100;

/// A handle.
#[derive(Debug, Clone, Default)]
pub(super) struct PlainRegistries {
    names: Arc<Mutex<HashSet<String>>>,
}

impl PlainRegistries {
    pub fn has(&self, registry: &str) -> bool {
        self.names().contains(registry)
    }

    pub fn note(&self, registry: &str, is_plain: bool) {
        let mut names = self.names();
        if !is_plain {
            names.remove(registry);
        } else if names.len() < MOST {
            names.insert(registry.to_owned());
        }
    }

    fn names(&self) -> MutexGuard<'_, HashSet<String>> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
