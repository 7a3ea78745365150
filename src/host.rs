//! Adapter to the machine: hardware, interfaces, mDNS, systemd, clock, figures.
//!
//! The only floor-mates are the crates: `sysinfo`, `if_addrs`, `mdns_sd`,
//! `sd_notify` and the host's `tz::TimeZone` are named here and nowhere else.

pub mod clock;
pub mod hardware;
pub mod interfaces;
pub mod mdns;
pub mod neighbors;
pub mod processes;
pub mod routes;
pub mod sockets;
pub mod stats;
pub mod systemd;
pub mod timezone;
pub mod usage;
