//! Fairness among connections: how many one address may hold, and whether a
//! connection has anything to do.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// Open connections by address, so that one client cannot hold them all.
#[derive(Debug, Clone)]
pub struct PerIpLimit {
    held: Arc<Mutex<HashMap<IpAddr, usize>>>,
    most: usize,
}

/// One connection of an address; given back when dropped.
#[derive(Debug)]
pub struct Share {
    held: Arc<Mutex<HashMap<IpAddr, usize>>>,
    address: IpAddr,
}

impl PerIpLimit {
    pub fn new(most: usize) -> Self {
        Self {
            held: Arc::default(),
            most: most.max(8),
        }
    }

    pub fn take(&self, address: IpAddr) -> Option<Share> {
        let address = holder(address);
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let count = held.entry(address).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Share {
            held: Arc::clone(&self.held),
            address,
        })
    }
}

/// Whoever has one IPv6 address has a whole /64 of them.
fn holder(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(six) if !six.is_unicast_link_local() => {
            IpAddr::V6((u128::from(six) >> 64 << 64).into())
        }
        other => other,
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = held.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                held.remove(&self.address);
            }
        }
    }
}

/// What one connection is doing.
#[derive(Debug, Clone, Default)]
pub struct Traffic {
    inner: Arc<Counter>,
}

#[derive(Debug, Default)]
struct Counter {
    open: AtomicUsize,
    changed: Notify,
}

/// A request that is being answered, its body included.
#[derive(Debug)]
pub struct Busy(Arc<Counter>);

impl Traffic {
    pub fn begin(&self) -> Busy {
        self.inner.open.fetch_add(1, Ordering::AcqRel);
        self.inner.changed.notify_one();
        Busy(Arc::clone(&self.inner))
    }

    /// Ends when there has been no request for this long.
    pub async fn quiet(&self, how_long: Duration) {
        loop {
            let change = self.inner.changed.notified();
            if self.inner.open.load(Ordering::Acquire) > 0 {
                change.await;
                continue;
            }
            if tokio::time::timeout(how_long, change).await.is_err()
                && self.inner.open.load(Ordering::Acquire) == 0
            {
                return;
            }
        }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::AcqRel);
        self.0.changed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connection_limit_applies_per_ip_address_and_is_freed_on_drop() {
        let shares = PerIpLimit::new(8);
        let address = IpAddr::from([192, 0, 2, 1]);
        let held: Vec<Share> = (0..8).map_while(|_| shares.take(address)).collect();
        assert_eq!(held.len(), 8);
        assert!(shares.take(address).is_none());
        assert!(shares.take(IpAddr::from([192, 0, 2, 2])).is_some());
        drop(held);
        assert!(shares.take(address).is_some());
    }

    #[tokio::test]
    async fn connection_becomes_idle_only_after_its_requests_have_ended() {
        let traffic = Traffic::default();
        let busy = traffic.begin();
        let wait = Duration::from_millis(20);
        let early = tokio::time::timeout(wait * 10, traffic.quiet(wait)).await;
        assert!(early.is_err(), "a request is open");
        drop(busy);
        let late = tokio::time::timeout(Duration::from_secs(20), traffic.quiet(wait)).await;
        assert!(late.is_ok());
    }
}
