//! From the engine's words to the product's nouns. What the engine sends stops
//! here: nothing above this room sees an inspect answer, except the untouched
//! JSON that an expert asks for.

mod inspect;
mod listed;
mod spec;

pub use inspect::looks_secret;
pub(super) use inspect::{
    Defaults, configuration, container, differs, from_summary, health_log, mounted_volumes, mounts,
    podman_volumes,
};
pub(super) use listed::{NetworkRow, images, network, networks, volumes};
pub use spec::{CreateBody, create_body, typed_keys};
pub(super) use spec::{
    EngineFacts, add_unnamed, body_of, keep_assigned, podman_network_name, spec_of,
};
