//! What requests without a session may take of the memory in all while they wait for
//! their answers: their headers, and for one of HTTP/2 whose body has not ended what may
//! still come for it. Beyond, the connection that holds most of it ends, the oldest of
//! several; one that shows a device which has logged in only where all do.

use super::places::Rank;
use hyper::body::{Body, Incoming};
use hyper::header::{HeaderName, HeaderValue};
use hyper::{Request, Version};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio_util::sync::CancellationToken;

/// What a header takes beside its text in hyper's map, which grows by doubling.
const OF_A_HEADER: usize = 200;
/// What may be kept of a request of HTTP/2 before anything reads it: data, and trailers
/// of as many headers as a request may have, which nothing can refuse.
const UNENDED: usize = 384 * 1024;

#[derive(Debug, Clone)]
pub struct HeaderBudget {
    most: usize,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    next: u64,
    connections: BTreeMap<u64, Holds>,
}

#[derive(Debug)]
struct Holds {
    bytes: usize,
    rank: Rank,
    leave: CancellationToken,
}

/// The headers of one connection's requests.
#[derive(Debug)]
pub struct ConnectionHeaders {
    budget: HeaderBudget,
    number: u64,
}

/// Those of one request, while it is held.
#[derive(Debug)]
pub struct HeldHeaders {
    connection: Arc<ConnectionHeaders>,
    bytes: usize,
}

impl HeaderBudget {
    pub fn new(most: usize) -> Self {
        Self {
            most,
            state: Arc::default(),
        }
    }

    /// `leave` ends the connection.
    pub fn connection(&self, rank: Rank, leave: CancellationToken) -> Arc<ConnectionHeaders> {
        let mut state = self.state();
        let number = state.next;
        state.next += 1;
        let holds = Holds {
            bytes: 0,
            rank,
            leave,
        };
        state.connections.insert(number, holds);
        Arc::new(ConnectionHeaders {
            budget: self.clone(),
            number,
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a request takes, and whether more may come for it until it is answered.
pub fn size_of(request: &Request<Incoming>) -> (usize, bool) {
    let size = |(name, value): (&HeaderName, &HeaderValue)| {
        name.as_str().len() + value.len() + OF_A_HEADER
    };
    let path = request.uri().path_and_query();
    let held = request.headers().iter().map(size).sum::<usize>()
        + path.map_or(0, |path| path.as_str().len());
    let unended = request.version() == Version::HTTP_2 && !request.body().is_end_stream();
    (held + if unended { UNENDED } else { 0 }, unended)
}

impl ConnectionHeaders {
    pub fn hold(self: &Arc<Self>, bytes: usize) -> HeldHeaders {
        let mut state = self.budget.state();
        if let Some(holds) = state.connections.get_mut(&self.number) {
            holds.bytes += bytes;
        }
        let all = state.connections.values();
        let unproved: Vec<&Holds> = all
            .filter(|one| !one.rank.is_proved() && !one.leave.is_cancelled())
            .collect();
        if unproved.iter().map(|one| one.bytes).sum::<usize>() > self.budget.most
            && let Some((_, largest)) = unproved
                .iter()
                .enumerate()
                .max_by_key(|(age, one)| (!one.rank.shows_device(), one.bytes, Reverse(*age)))
        {
            largest.leave.cancel();
        }
        HeldHeaders {
            connection: Arc::clone(self),
            bytes,
        }
    }
}

impl Drop for ConnectionHeaders {
    fn drop(&mut self) {
        self.budget.state().connections.remove(&self.number);
    }
}

impl Drop for HeldHeaders {
    fn drop(&mut self) {
        let connection = &self.connection;
        let mut state = connection.budget.state();
        if let Some(holds) = state.connections.get_mut(&connection.number) {
            holds.bytes = holds.bytes.saturating_sub(self.bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::places::{ConnectionOrigin, ConnectionPlaces};

    #[tokio::test]
    async fn connection_without_a_session_that_holds_most_headers_ends_beyond_the_budget() {
        let places = ConnectionPlaces::new(8, 8);
        let budget = HeaderBudget::new(1000);
        let mut connections = Vec::new();
        for last in 1..4 {
            let address = std::net::IpAddr::from([192, 0, 2, last]);
            let place = places
                .take(address, ConnectionOrigin::Unknown)
                .await
                .unwrap();
            let headers = budget.connection(place.rank(), place.leave());
            connections.push((place, headers));
        }
        let [(owner, of_owner), (visitor, of_visitor), (flood, of_flood)] = &connections[..] else {
            panic!("three connections");
        };
        owner.rank().prove();
        visitor.rank().recognize();
        let _held = [of_owner.hold(5000), of_visitor.hold(920)];
        drop(of_flood.hold(79));
        let _flood = [of_flood.hold(40), of_flood.hold(40)];
        assert!(!flood.leave().is_cancelled());
        let _one_more = of_visitor.hold(1);
        assert!(flood.leave().is_cancelled());
        assert!(!owner.leave().is_cancelled() && !visitor.leave().is_cancelled());
    }
}
