//! What goes out to services of the internet, over one HTTPS client.
//!
//! Nothing here is sent by itself: a person asked for it, now or by a schedule
//! that they switched on. Every call has an end in sight.

mod acme;

pub use acme::{Account, AcmeError, Issued, Window};
