//! What the listeners present, exchangeable while they run.

use crate::model::timestamp::Timestamp;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::server::{ClientHello, NoServerSessionStorage, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError, RwLock};

/// The time, for tests to choose.
pub type Clock = fn() -> Timestamp;

/// The active certificates. Handshakes that began keep the one they have.
#[derive(Debug)]
pub(super) struct Resolver {
    clock: Clock,
    shown: RwLock<Shown>,
}

#[derive(Debug)]
struct Shown {
    /// For whoever asks for no name, or for one that no other is for.
    general: Arc<CertifiedKey>,
    named: Option<Named>,
}

/// A certificate for those who ask for one of its names, until its end.
#[derive(Debug)]
pub(super) struct Named {
    pub key: Arc<CertifiedKey>,
    pub names: BTreeSet<String>,
    pub until: Timestamp,
}

impl Resolver {
    pub fn new(clock: Clock, general: CertifiedKey, named: Option<Named>) -> Self {
        let general = Arc::new(general);
        Self {
            clock,
            shown: RwLock::new(Shown { general, named }),
        }
    }

    pub fn replace(&self, general: CertifiedKey) {
        self.change(|shown| shown.general = Arc::new(general));
    }

    pub fn name(&self, named: Option<Named>) {
        self.change(|shown| shown.named = named);
    }

    fn change(&self, change: impl FnOnce(&mut Shown)) {
        change(&mut self.shown.write().unwrap_or_else(PoisonError::into_inner));
    }

    pub fn choose(&self, name: Option<&str>) -> Arc<CertifiedKey> {
        let shown = self.shown.read().unwrap_or_else(PoisonError::into_inner);
        let named = shown.named.as_ref().filter(|named| {
            // One that has run out stops every visitor, even those who trust
            // the host's own authority.
            name.is_some_and(|name| named.names.contains(&name.to_ascii_lowercase()))
                && (self.clock)() <= named.until
        });
        named.map_or_else(|| Arc::clone(&shown.general), |named| named.key.clone())
    }
}

impl ResolvesServerCert for Resolver {
    /// A visitor who types an address sends no name at all.
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.choose(hello.server_name()))
    }
}

/// TLS 1.2 and 1.3, HTTP/2 before HTTP/1.1. Sessions are resumed by tickets
/// that the visitor keeps: nothing is stored here for those who never return.
pub(super) fn server_config(resolver: Arc<Resolver>) -> Result<Arc<ServerConfig>, rustls::Error> {
    let provider = Arc::new(ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?
        .with_no_client_auth()
        .with_cert_resolver(resolver);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.ticketer = ring::Ticketer::new()?;
    config.send_tls13_tickets = 1;
    Ok(Arc::new(config))
}
