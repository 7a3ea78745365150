//! Announces the host on the local network: `dockermate.local` and the services
//! a browser of the network finds (RFC 6762, RFC 6763).
//!
//! Only links of the house are spoken on (`interfaces`). A responder lives as
//! long as the set of announced addresses and the names stay the same. When an
//! address changes it is replaced without a goodbye, so that every announcement
//! has been probed for and no stale record survives a link that flaps; when a
//! name is taken it says goodbye and its successor carries the next free name
//! on every link alike. The active name is in a channel, for the certificate
//! and the `Host` check to follow.

mod names;
mod responder;
mod sockets;

pub use names::{host_label, local_name};

use super::interfaces::Lan;
use crate::model::backoff::Backoff;
use names::Names;
use responder::{Outcome, Responder};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// What is announced.
#[derive(Debug, Clone)]
pub struct Announcement {
    /// The name without `.local`, `dockermate` by default.
    pub hostname: String,
    /// The machine's own name, for people: "DockerMate on …".
    pub machine: String,
    pub https_port: u16,
    /// Where plain HTTP is answered (with a redirect); may be the same port.
    pub http_port: u16,
    pub profile: String,
}

#[derive(Debug, thiserror::Error)]
pub enum MdnsError {
    #[error("\"{0}\" is not a valid host name: letters, digits and hyphens only")]
    BadName(String),
}

/// The announcement, alive until [`Mdns::stop`].
pub struct Mdns {
    name: watch::Receiver<Option<String>>,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Mdns {
    /// Begins to announce, on a task of the current runtime, and follows `lan`.
    pub fn start(
        announcement: Announcement,
        lan: watch::Receiver<Arc<Lan>>,
    ) -> Result<Self, MdnsError> {
        let names = Names::new(&announcement.hostname, &announcement.machine)
            .ok_or_else(|| MdnsError::BadName(announcement.hostname.clone()))?;
        let (sender, name) = watch::channel(None);
        let stop = CancellationToken::new();
        let task = tokio::spawn(announce(announcement, names, lan, sender, stop.clone()));
        Ok(Self { name, stop, task })
    }

    /// The announced name (`dockermate.local`), once it is ours; `None` while
    /// it is being probed for and while there is no network.
    pub fn name(&self) -> watch::Receiver<Option<String>> {
        self.name.clone()
    }

    /// Says goodbye. Returns within `grace` whatever the network does.
    pub async fn stop(self, grace: Duration) {
        self.stop.cancel();
        if tokio::time::timeout(grace, self.task).await.is_err() {
            tracing::debug!("the mDNS goodbye took too long");
        }
    }
}

/// Wait before names are changed again once many were taken in a row
/// (RFC 6762 section 8.1).
const RENAME_PAUSE: Duration = Duration::from_secs(5);
const RENAMES_AT_ONCE: u32 = 15;
/// Probing takes a second; who has announced nothing after this long starts
/// again, each time with twice the patience.
const PATIENCE: Duration = Duration::from_secs(4);
const MOST_PATIENCE: Duration = Duration::from_mins(10);
/// Between a flood and the next announcement.
const AFTER_FLOOD: Backoff = Backoff {
    first: Duration::from_secs(2),
    longest: Duration::from_mins(1),
};
/// A flood after so long is another one.
const CALM: Duration = Duration::from_mins(10);
/// Wait before the responder is tried again where it cannot be started.
const RETRY: Duration = Duration::from_mins(1);

async fn announce(
    announcement: Announcement,
    mut names: Names,
    mut lan: watch::Receiver<Arc<Lan>>,
    name: watch::Sender<Option<String>>,
    stop: CancellationToken,
) {
    let mut renames: u32 = 0;
    let mut floods: u32 = 0;
    let mut patience = PATIENCE;
    loop {
        let begun = Instant::now();
        let snapshot = lan.borrow_and_update().clone();
        let targets = targets(&snapshot);
        let outcome = if targets.is_empty() {
            wait_for_other_targets(&targets, &mut lan, &stop).await
        } else {
            match Responder::start(&announcement, &names, &targets) {
                Ok(responder) => {
                    let change = wait_for_other_targets(&targets, &mut lan, &stop);
                    responder.run(&names, &name, patience, change).await
                }
                Err(error) => {
                    tracing::warn!(%error, "the name cannot be announced over mDNS");
                    let pause = tokio::time::sleep(RETRY);
                    stop.run_until_cancelled(pause)
                        .await
                        .map_or(Outcome::Stopped, |()| Outcome::AddressesChanged)
                }
            }
        };
        // After a flood others still know the name, and it is still ours.
        if !matches!(outcome, Outcome::Flooded) {
            name.send_if_modified(|name| name.take().is_some());
        }
        if !matches!(outcome, Outcome::Flooded) || begun.elapsed() > CALM {
            floods = 0;
        }
        patience = match outcome {
            Outcome::Unheard => patience.saturating_mul(2).min(MOST_PATIENCE),
            _ => PATIENCE,
        };
        match outcome {
            Outcome::Stopped => return,
            Outcome::AddressesChanged => {}
            Outcome::Unheard => tracing::debug!("not announced yet, trying again"),
            Outcome::Flooded => {
                floods += 1;
                let pause = AFTER_FLOOD.after(floods);
                tracing::warn!(
                    seconds = pause.as_secs(),
                    "the local network is flooded with mDNS records; the announcement pauses"
                );
                let pause = tokio::time::sleep(pause);
                if stop.run_until_cancelled(pause).await.is_none() {
                    return;
                }
            }
            Outcome::Taken(better) => {
                if better.host == names.host {
                    tracing::info!(
                        instead = %better.instance,
                        "another DockerMate on the local network has this service name"
                    );
                } else {
                    tracing::warn!(
                        taken = %names.host, instead = %better.host,
                        "another device on the local network has this name"
                    );
                }
                names = better;
                renames += 1;
                if renames.is_multiple_of(RENAMES_AT_ONCE)
                    && stop
                        .run_until_cancelled(tokio::time::sleep(RENAME_PAUSE))
                        .await
                        .is_none()
                {
                    return;
                }
            }
        }
    }
}

/// A link and an address to announce on it.
pub(super) type Target = (String, IpAddr);

/// A link-local address only where a link has nothing else: it becomes usable a
/// second or two after the link, and would end what was just announced.
fn targets(lan: &Lan) -> Vec<Target> {
    let link_local = |ip: &IpAddr| matches!(ip, IpAddr::V6(ip) if ip.is_unicast_link_local());
    let of = |local: bool| {
        lan.lan().flat_map(move |interface| {
            let addresses = interface.addresses.iter();
            addresses
                .filter(move |address| !address.fleeting && link_local(&address.ip()) == local)
                .map(|address| (interface.name.clone(), address.ip()))
        })
    };
    let mut targets: Vec<_> = of(false).collect();
    let bare: Vec<_> = of(true)
        .filter(|(name, _)| !targets.iter().any(|(other, _)| other == name))
        .collect();
    // All links share one link-local prefix, and the library tells addresses
    // of one link from another's by their prefix: with several such links the
    // wrong ones would be announced.
    if bare.len() == 1 {
        targets.extend(bare);
    }
    targets.sort_unstable();
    targets
}

async fn wait_for_other_targets(
    current: &[Target],
    lan: &mut watch::Receiver<Arc<Lan>>,
    stop: &CancellationToken,
) -> Outcome {
    let changed = async {
        while lan.changed().await.is_ok() {
            if targets(&lan.borrow_and_update()) != current {
                return;
            }
        }
        // Nobody watches the addresses any more: they stay as they are.
        std::future::pending::<()>().await;
    };
    match stop.run_until_cancelled(changed).await {
        Some(()) => Outcome::AddressesChanged,
        None => Outcome::Stopped,
    }
}

#[cfg(test)]
mod tests {
    use super::super::interfaces::{Address, Interface, LinkKind};
    use super::*;

    fn lan(entries: &[(&str, LinkKind, &[&str])]) -> Lan {
        let interfaces = entries.iter().map(|(name, kind, addresses)| Interface {
            name: (*name).to_owned(),
            index: 1,
            kind: *kind,
            trusted: true,
            addresses: addresses
                .iter()
                .map(|cidr| Address {
                    network: cidr.parse().unwrap(),
                    fleeting: false,
                })
                .collect(),
        });
        Lan {
            interfaces: interfaces.collect(),
        }
    }

    #[test]
    fn engine_links_and_tunnels_are_never_announced() {
        let lan = lan(&[
            ("docker0", LinkKind::Engine, &["172.17.0.1/16"]),
            ("eth0", LinkKind::Lan, &["192.168.1.2/24", "fe80::1/64"]),
            ("lo", LinkKind::Loopback, &["127.0.0.1/8"]),
            ("wg0", LinkKind::Tunnel, &["10.8.0.2/24"]),
        ]);
        let names: Vec<_> = targets(&lan).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["eth0"]);
    }

    #[test]
    fn link_local_address_is_not_announced_on_a_link_with_another_address() {
        let lan = lan(&[
            ("eth0", LinkKind::Lan, &["192.168.1.2/24", "fe80::1/64"]),
            ("wlan0", LinkKind::Lan, &["192.168.2.2/24", "fe80::2/64"]),
        ]);
        assert!(targets(&lan).iter().all(|(_, ip)| ip.is_ipv4()));
        assert_eq!(targets(&lan).len(), 2);
    }

    #[test]
    fn link_local_address_is_announced_only_when_a_single_link_has_nothing_else() {
        let one = lan(&[("eth0", LinkKind::Lan, &["fe80::1/64"])]);
        assert_eq!(targets(&one).len(), 1);
        let two = lan(&[
            ("eth0", LinkKind::Lan, &["fe80::1/64"]),
            ("eth1", LinkKind::Lan, &["fe80::2/64"]),
        ]);
        assert!(targets(&two).is_empty());
    }

    #[tokio::test]
    async fn mdns_rejects_invalid_hostname_and_announces_nothing_without_a_network() {
        let (_sender, receiver) = watch::channel(Arc::new(Lan::default()));
        let announcement = Announcement {
            hostname: "dockermate".to_owned(),
            machine: "box".to_owned(),
            https_port: 5000,
            http_port: 5000,
            profile: "LOW_END".to_owned(),
        };
        let bad = Announcement {
            hostname: "no such_name".to_owned(),
            ..announcement.clone()
        };
        assert!(Mdns::start(bad, receiver.clone()).is_err());
        let mdns = Mdns::start(announcement, receiver).unwrap();
        assert_eq!(*mdns.name().borrow(), None);
        mdns.stop(Duration::from_secs(5)).await;
    }
}
