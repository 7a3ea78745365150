//! The command line that does what a click does: three ways to say it, from
//! the shortest to a careful script, with the meaning of each part.
//!
//! Everything here is text made from text. A container's name, a signal or an
//! address is quoted for a POSIX shell before it goes into a command, so a
//! pasted command does exactly one thing.

mod container;
mod exec;
mod quote;
mod request;
mod run;
mod script;

pub use container::{ContainerAction, container};
pub use exec::ExecLine;
pub use quote::quote;
pub use request::{Request, request};
pub use run::{recreate, rename, run, update};
