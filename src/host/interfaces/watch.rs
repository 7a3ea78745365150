//! Tells when the addresses change. The kernel says so over a routing socket;
//! where there is none, a cheap look every minute does.

use super::Lan;
use rustix::net::{
    AddressFamily, SocketFlags, SocketType, bind, netlink::SocketAddrNetlink, socket_with,
};
use std::io;
use std::os::unix::net::UnixDatagram as PlainDatagram;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::UnixDatagram;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Multicast groups of `NETLINK_ROUTE` (rtnetlink(7)): links, and addresses of
/// both families.
const GROUPS: u32 = 0x1 | 0x10 | 0x100;
/// A new address comes in a burst of messages, and IPv6 needs about a second
/// to make sure that it is the only one.
const SETTLE: Duration = Duration::from_millis(1200);
const WITHOUT_SOCKET: Duration = Duration::from_mins(1);

/// A channel that starts with what is there now.
pub fn fresh() -> (watch::Sender<Arc<Lan>>, watch::Receiver<Arc<Lan>>) {
    watch::channel(Arc::new(Lan::read()))
}

/// Sends a new snapshot whenever it differs from the last. Runs until `stop`.
pub async fn follow(sender: watch::Sender<Arc<Lan>>, stop: CancellationToken) {
    let mut news = News::open();
    // What changed between the first look and the opening of the socket.
    publish(&sender);
    while stop.run_until_cancelled(news.next()).await.is_some() {
        publish(&sender);
    }
}

fn publish(sender: &watch::Sender<Arc<Lan>>) {
    let now = Lan::read();
    sender.send_if_modified(|last| {
        let changed = **last != now;
        if changed {
            // A container's network comes and goes with it, which tells nobody anything.
            let addresses = now.addresses();
            if addresses != last.addresses() {
                tracing::info!(?addresses, "the addresses of this host changed");
            }
            *last = Arc::new(now);
        }
        changed
    });
}

enum News {
    Kernel(UnixDatagram),
    Clock,
}

impl News {
    fn open() -> Self {
        match socket() {
            Ok(socket) => Self::Kernel(socket),
            Err(error) => {
                tracing::debug!(%error, "no routing socket: addresses are checked every minute");
                Self::Clock
            }
        }
    }

    /// Returns when a look is worthwhile. What the messages say does not
    /// matter: the snapshot is read afresh.
    async fn next(&mut self) {
        let Self::Kernel(socket) = self else {
            tokio::time::sleep(WITHOUT_SOCKET).await;
            return;
        };
        let mut buffer = [0_u8; 4096];
        let mut read = socket.recv(&mut buffer).await;
        tokio::time::sleep(SETTLE).await;
        loop {
            match read {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) if !is_overrun(&error) => {
                    tracing::debug!(%error, "the routing socket failed: addresses are checked every minute");
                    *self = Self::Clock;
                    return;
                }
                _ => read = socket.try_recv(&mut buffer),
            }
        }
    }
}

/// More news than the queue holds is news too.
fn is_overrun(error: &io::Error) -> bool {
    error.raw_os_error() == Some(rustix::io::Errno::NOBUFS.raw_os_error())
}

fn socket() -> io::Result<UnixDatagram> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = socket_with(AddressFamily::NETLINK, SocketType::RAW, flags, None)?;
    bind(&socket, &SocketAddrNetlink::new(0, GROUPS))?;
    // Only `recv` is called on it, which is the same for every kind of
    // datagram socket; the type gives it to the runtime without `unsafe`.
    UnixDatagram::from_std(PlainDatagram::from(socket))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn routing_socket_can_be_opened_and_stop_token_ends_the_watcher() {
        let (sender, receiver) = fresh();
        assert!(matches!(News::open(), News::Kernel(_)), "no routing socket");
        let stop = CancellationToken::new();
        let following = tokio::spawn(follow(sender, stop.clone()));
        stop.cancel();
        following.await.unwrap();
        assert!(receiver.has_changed().is_err(), "the sender is gone");
    }

    #[tokio::test]
    async fn address_snapshot_is_published_only_when_it_changed() {
        let (sender, mut receiver) = watch::channel(Arc::new(Lan::default()));
        publish(&sender);
        let changed = **receiver.borrow_and_update() != Lan::default();
        // Even a machine without a network has a loopback.
        assert!(changed);
        publish(&sender);
        if **receiver.borrow() == Lan::read() {
            assert!(!receiver.has_changed().unwrap());
        }
    }
}
