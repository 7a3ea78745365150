//! Between a create request of the engine, what a person asks for
//! (`ContainerSpec`), and an inspect answer.

mod body;
mod create;
mod podman;
mod read;

pub(in crate::engine) use body::{EngineFacts, add_unnamed, body_of, keep_assigned};
pub use create::{CreateBody, create_body};
pub(in crate::engine) use podman::network_name as podman_network_name;
pub(in crate::engine) use read::spec_of;
pub use read::typed_keys;
