//! One life of the mDNS library's responder: fixed names, fixed addresses.
//!
//! The library probes, answers and renames link by link and record by record.
//! Here a rename ends the responder's life instead, so that its successor has
//! one name everywhere. Its own periodic look at the interfaces is switched
//! off: `interfaces` tells of changes, and an idle responder never wakes.

use super::names::{Names, next_host, next_instance};
use super::{Announcement, Target, sockets};
use mdns_sd::{
    DaemonEvent, DnsNameChange, IfKind, IfPredicate, Receiver, ServiceDaemon, ServiceInfo,
};
use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::watch;

/// How a responder's life ended.
#[derive(Debug)]
pub(super) enum Outcome {
    Stopped,
    AddressesChanged,
    /// Nothing was announced in time: an address that was not ready yet, most likely.
    Unheard,
    /// So much was sent to it that it had to be stopped.
    Flooded,
    /// Somebody else has a name; these are to be tried next.
    Taken(Names),
}

/// Conflicts of several records and links arrive one after the other.
const GATHER: Duration = Duration::from_millis(400);
/// The library keeps every record that is sent to it for as long as the sender says. A
/// large house has some hundreds.
const MOST_CACHED: i64 = 2000;
/// How often that is counted: a flood of the local network fills tens of megabytes
/// a second.
const COUNT: Duration = Duration::from_millis(300);
/// Its thread answers at once, unless what it reads has no end.
const BUSY: Duration = Duration::from_millis(300);
/// The library's thread sends its goodbyes before it ends.
const GOODBYE: Duration = Duration::from_secs(2);

pub(super) struct Responder {
    daemon: ServiceDaemon,
    events: Receiver<DaemonEvent>,
}

impl Responder {
    pub fn start(
        announcement: &Announcement,
        names: &Names,
        targets: &[Target],
    ) -> Result<Self, mdns_sd::Error> {
        let daemon = ServiceDaemon::new()?;
        let started = Self::register(&daemon, announcement, names, targets);
        match started {
            Ok(events) => Ok(Self { daemon, events }),
            Err(error) => {
                // The thread would live on without a handle.
                let _ = daemon.shutdown();
                Err(error)
            }
        }
    }

    fn register(
        daemon: &ServiceDaemon,
        announcement: &Announcement,
        names: &Names,
        targets: &[Target],
    ) -> Result<Receiver<DaemonEvent>, mdns_sd::Error> {
        daemon.set_ip_check_interval(0)?;
        daemon.disable_interface(IfKind::All)?;
        let allowed: HashSet<Target> = targets.iter().cloned().collect();
        daemon.enable_interface(IfKind::Predicate(IfPredicate::new(move |interface| {
            allowed.contains(&(interface.name.clone(), interface.ip()))
        })))?;
        let events = daemon.monitor()?;
        let addresses: Vec<_> = targets.iter().map(|(_, ip)| *ip).collect();
        let properties = [("profile", announcement.profile.as_str()), ("path", "/")];
        let host = format!("{}.", names.host_local());
        for (kind, port) in [
            ("_https._tcp.local.", announcement.https_port),
            ("_http._tcp.local.", announcement.http_port),
        ] {
            daemon.register(ServiceInfo::new(
                kind,
                &names.instance,
                &host,
                &addresses[..],
                port,
                &properties[..],
            )?)?;
        }
        Ok(events)
    }

    /// Announces until `change` ends or a name turns out to be taken.
    pub async fn run(
        self,
        names: &Names,
        name: &watch::Sender<Option<String>>,
        patience: Duration,
        change: impl Future<Output = Outcome>,
    ) -> Outcome {
        let heard = AtomicBool::new(false);
        let unheard = async {
            tokio::time::sleep(patience).await;
            // The name may be known from before a flood.
            if heard.load(Ordering::Relaxed) {
                std::future::pending::<()>().await;
            }
        };
        let outcome = tokio::select! {
            outcome = change => outcome,
            better = self.listen(names, name, &heard) => Outcome::Taken(better),
            () = unheard => Outcome::Unheard,
            () = self.flooded() => Outcome::Flooded,
        };
        if matches!(outcome, Outcome::Flooded)
            && let Err(error) = sockets::close_to_the_network()
        {
            tracing::debug!(%error, "the flood is read to its end");
        }
        let quietly = !matches!(outcome, Outcome::Stopped | Outcome::Taken(_));
        self.end(quietly).await;
        outcome
    }

    /// Returns once the library keeps more records of others than a network has, or
    /// has no time to say how many.
    async fn flooded(&self) {
        loop {
            tokio::time::sleep(COUNT).await;
            let Ok(asked) = self.daemon.get_metrics() else {
                // Its queue is full, or its thread is gone.
                continue;
            };
            let metrics = match tokio::time::timeout(BUSY, asked.recv_async()).await {
                Ok(Ok(metrics)) => metrics,
                Ok(Err(_)) => continue,
                Err(_) => return,
            };
            let cached = metrics
                .iter()
                .filter(|(name, _)| name.starts_with("cached-"));
            if cached.map(|(_, count)| *count).sum::<i64>() > MOST_CACHED {
                return;
            }
        }
    }

    /// Returns once a name is taken, with the names to try next.
    async fn listen(
        &self,
        names: &Names,
        name: &watch::Sender<Option<String>>,
        heard: &AtomicBool,
    ) -> Names {
        let mut better = names.clone();
        loop {
            let event = if better == *names {
                self.events.recv_async().await
            } else {
                match tokio::time::timeout(GATHER, self.events.recv_async()).await {
                    Ok(event) => event,
                    Err(_) => return better,
                }
            };
            match event {
                Ok(DaemonEvent::NameChange(change)) => {
                    tracing::debug!(?change, "conflict on the local network");
                    better = after(&change, names, better);
                }
                Ok(DaemonEvent::Announce(service, on)) => {
                    tracing::debug!(service, on, "announced");
                    if better == *names {
                        heard.store(true, Ordering::Relaxed);
                        announced(name, names);
                    }
                }
                Ok(DaemonEvent::Error(error)) => tracing::debug!(%error, "mDNS"),
                Ok(_) => {}
                // The library's thread is gone; a change of addresses starts another.
                Err(_) => std::future::pending().await,
            }
        }
    }

    async fn end(self, quietly: bool) {
        if quietly {
            // A responder without interfaces has nobody to say goodbye to:
            // what others remember stays until the successor replaces it.
            let _ = self.daemon.disable_interface(IfKind::All);
        }
        if let Ok(done) = self.daemon.shutdown() {
            let _ = tokio::time::timeout(GOODBYE, done.recv_async()).await;
        }
    }
}

fn announced(name: &watch::Sender<Option<String>>, names: &Names) {
    let ours = names.host_local();
    name.send_if_modified(|name| {
        let new = name.as_deref() != Some(&*ours);
        if new {
            tracing::info!(name = %ours, "announced on the local network");
            *name = Some(ours);
        }
        new
    });
}

/// What a conflict makes of the names: the library's own choice of a host name
/// is not taken over, since it chooses for each link by itself.
fn after(change: &DnsNameChange, names: &Names, mut better: Names) -> Names {
    let original = change.original.trim_end_matches('.');
    if original.eq_ignore_ascii_case(&names.host_local()) {
        better.host = next_host(&names.host);
    } else {
        better.instance = next_instance(&names.instance);
    }
    better
}
