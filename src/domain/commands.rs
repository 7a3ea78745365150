//! The command line that does what a click does: three ways to say it, from
//! the shortest to a careful script, with the meaning of each part.
//!
//! Everything here is text made from text. A container's name, a signal or an
//! address is quoted for a POSIX shell before it goes into a command, so a
//! pasted command does exactly one thing. What a short form cannot do it says,
//! and leaves it to the script.
//!
//! `writer` and `script` are the one way to write text; `arguments` and `layout`
//! the one way to write the flags of a container; the other parts are a command each.

mod arguments;
mod container;
mod exec;
mod image;
mod layout;
mod network;
mod pull;
mod quote;
mod recreate;
mod registry_login;
mod rename;
mod request;
mod run;
mod script;
mod update;
mod writer;

pub use container::{ContainerAction, container};
pub use exec::ExecLine;
pub use image::{ImageCommand, image};
pub use network::{NetworkCommand, NetworkMove, network};
pub use pull::pull;
pub use quote::quote;
pub use recreate::{RecreateCommandOptions, RecreatedContainer, TaggedImage, recreate};
pub use registry_login::{RegistryLoginCommand, registry_login};
pub use rename::rename;
pub use request::{Request, request};
pub use run::run;
pub use update::update;
