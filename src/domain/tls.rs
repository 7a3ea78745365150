//! HTTPS with nothing to configure: the host's own certificate authority, the
//! certificate it shows, the user's own certificate instead, or one of an ACME
//! authority (Let's Encrypt) beside it.
//!
//! The authority is made once and stays, so that a user installs it once. The
//! leaf is replaced whenever a name or address is missing from it or its end
//! is near, without a restart and without dropping a connection. Whatever is
//! broken on disk is repaired at [`Tls::open`], and said.

mod acme;
mod authority;
mod certificates;
mod custom;
mod described;
mod files;
mod mobileconfig;
mod names;
mod record;
mod repair;
mod serving;

pub use acme::{Acme, Directory, OrderRequest};
pub use certificates::Tls;
pub use names::Names;
pub use serving::Clock;

use crate::error::{Error, Result};

/// For work that makes keys and waits for the card.
pub async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Error::internal("The work was interrupted.").source(error))?
}
