//! What the tests stand on: the built program with a data folder of its own, a
//! private engine, a client, a deadline.

pub mod app;
pub mod browser;
pub mod certificate;
pub mod client;
pub mod compose;
pub mod cuttable;
pub mod direct;
pub mod disk;
pub mod engine;
pub mod http2;
pub mod installed;
pub mod namespace;
pub mod openapi;
pub mod pebble;
pub mod proxy;
pub mod registry;
pub mod reverse_proxy;
pub mod simulated_registry;
pub mod socket;
pub mod wait;
pub mod webdriver;
