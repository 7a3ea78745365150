//! Everything that crosses a boundary, in one binary: the built program, a real
//! engine, a real browser, a real resolver of the local network. A part that is
//! missing fails its tests by name.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::pedantic,
    reason = "a test that cannot go on says so and stops"
)]

mod api;
mod binary;
mod browser;
mod bundles;
mod registry;
mod support;
mod tidy;
