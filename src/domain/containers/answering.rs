//! Whether published ports answer.

use crate::model::container::Container;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// What one connection to a published port may take.
const CONNECT: Duration = Duration::from_millis(500);
/// How soon a connection is closed that leads nowhere.
const CLOSED: Duration = Duration::from_millis(300);

/// The published TCP ports of a container that answer now.
pub async fn answering(container: &Container) -> Vec<SocketAddr> {
    let mut open = Vec::new();
    for address in published_tcp(container) {
        if accepts(address).await {
            open.push(address);
        }
    }
    open
}

/// Where its published TCP ports are reached on this host.
pub fn published_tcp(container: &Container) -> Vec<SocketAddr> {
    let mut all: Vec<_> = container
        .ports
        .iter()
        .filter(|port| port.protocol == "tcp")
        .filter_map(|port| {
            let ip = port.host_ip.as_deref().unwrap_or("").parse::<IpAddr>().ok();
            let ip = ip
                .filter(|ip| !ip.is_unspecified())
                .unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
            Some(SocketAddr::new(ip, port.host_port?))
        })
        .collect();
    all.sort();
    all.dedup();
    all
}

/// Whether somebody is there. That a connection is made says nothing: the
/// engine's proxy takes it first, and closes it when the container does not.
pub async fn accepts(address: SocketAddr) -> bool {
    let Ok(Ok(mut stream)) = timeout(CONNECT, TcpStream::connect(address)).await else {
        return false;
    };
    let mut first = [0; 1];
    match timeout(CLOSED, stream.read(&mut first)).await {
        Ok(read) => matches!(read, Ok(1)),
        // It waits for a word of ours.
        Err(_) => true,
    }
}
