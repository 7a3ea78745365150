//! Everything that crosses a boundary, in one binary: the built program, a real
//! engine, a real browser, a real resolver of the local network. A part that is
//! missing fails its tests by name.

mod api;
mod binary;
mod browser;
mod support;
mod tidy;
