//! `dockermate healthcheck`: for containers and monitors.

use super::{UNAVAILABLE, complain, say};
use crate::config::Config;
use crate::http::probe;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

pub fn run(config: &Config) -> u8 {
    let address = match config.listen.first() {
        Some(address) if !address.is_unspecified() => *address,
        Some(IpAddr::V6(_)) => IpAddr::V6(std::net::Ipv6Addr::LOCALHOST),
        _ => IpAddr::V4(Ipv4Addr::LOCALHOST),
    };
    let target = SocketAddr::new(address, config.port);
    match probe::ask(target, Duration::from_secs(5)) {
        Ok(answer) => {
            say(&answer);
            0
        }
        Err(error) => {
            complain(&format!("{target} does not answer: {error}"));
            UNAVAILABLE
        }
    }
}
