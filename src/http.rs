//! HTTPS in, decisions out: hyper directly, one table of routes.
//!
//! A handler parses, makes one domain call, and replies. Adapters are reached
//! through `domain` only. Every error becomes a status in `error`, once.

mod api;
mod assets;
mod body;
mod body_places;
mod call;
mod compress;
mod context;
mod cookie;
mod credentials;
mod error;
mod forwarded;
mod frames;
mod guard;
mod header_budget;
mod idempotency;
mod kept_answers;
mod listen;
mod off_workers;
mod openapi;
mod pages;
mod places;
mod portions;
mod preview;
pub mod probe;
mod progress;
mod query;
mod rank;
mod renderer;
mod reply;
mod router;
mod routes;
mod serve;
mod share;
mod sse;
mod stream_tasks;
mod to_https;
mod unread;
mod upgrade;

pub use context::Services;
pub use listen::{BindError, Listeners};
pub use routes::{Access, ROUTES, Route};
pub use serve::Server;
