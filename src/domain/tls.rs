//! HTTPS with nothing to configure: the box's own certificate authority, the
//! certificate it shows, and the user's own certificate instead.
//!
//! The authority is made once and stays, so that a user installs it once. The
//! leaf is replaced whenever a name or address is missing from it or its end
//! is near, without a restart and without dropping a connection. Whatever is
//! broken on disk is repaired at [`Tls::open`], and said.

mod authority;
mod custom;
mod described;
mod files;
mod keeper;
mod mobileconfig;
mod names;
mod serving;

pub use keeper::{Clock, Tls};
pub use names::Names;
