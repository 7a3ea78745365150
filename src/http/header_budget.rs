//! What requests without a session may take of the memory in all while they wait for
//! their answers: their headers, and what has come for those of HTTP/2 whose body has not
//! ended. Beyond, the connection that holds most of it ends, the oldest of several; one
//! that shows a device which has logged in only where all do. On a proxy's connection,
//! which has the requests of everybody, those end that make it hold so much.

use super::frames::Arrived;
use super::rank::Rank;
use hyper::body::{Body, Incoming};
use hyper::header::{HeaderName, HeaderValue};
use hyper::{Method, Request, Version};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::mem::take;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio_util::sync::CancellationToken;

/// What a header takes beside its text in hyper's map, which grows by doubling.
const OF_A_HEADER: usize = 200;

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
    rank: Rank,
    leave: CancellationToken,
    is_shared: bool,
    /// Those that may be ended.
    requests: BTreeMap<u64, Taken>,
    /// What may be kept for those that have not ended.
    arrived: usize,
    /// Requests that have begun to arrive and are not among the others yet.
    begun: usize,
    /// So many of those that have begun end at once, if more may come for them.
    refused: usize,
}

#[derive(Debug)]
struct Taken {
    bytes: usize,
    is_unended: bool,
    end: CancellationToken,
}

/// What one connection's requests take.
#[derive(Debug)]
pub struct ConnectionHeaders {
    budget: HeaderBudget,
    number: u64,
    rank: Rank,
    is_shared: bool,
}

/// One request, while it is held.
#[derive(Debug)]
pub struct HeldRequest {
    connection: Arc<ConnectionHeaders>,
    number: u64,
    end: CancellationToken,
    is_proved: AtomicBool,
}

impl HeaderBudget {
    pub fn new(most: usize) -> Self {
        Self {
            most,
            state: Arc::default(),
        }
    }

    /// `leave` ends the connection; one that many share is never ended.
    pub fn connection(
        &self,
        rank: Rank,
        leave: CancellationToken,
        is_shared: bool,
    ) -> Arc<ConnectionHeaders> {
        let mut state = self.state();
        let number = state.number();
        let holds = Holds {
            rank: rank.clone(),
            leave,
            is_shared,
            requests: BTreeMap::new(),
            arrived: 0,
            begun: 0,
            refused: 0,
        };
        state.connections.insert(number, holds);
        Arc::new(ConnectionHeaders {
            budget: self.clone(),
            number,
            rank,
            is_shared,
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the headers of a request take.
fn size_of(request: &Request<Incoming>) -> usize {
    let size = |(name, value): (&HeaderName, &HeaderValue)| {
        name.as_str().len() + value.len() + OF_A_HEADER
    };
    let path = request.uri().path_and_query();
    request.headers().iter().map(size).sum::<usize>() + path.map_or(0, |path| path.as_str().len())
}

impl State {
    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// `newcomer` is the connection for which something has just come.
    fn make_room(&mut self, most: usize, newcomer: u64) {
        loop {
            let counted = || self.connections.iter().filter(|(_, one)| one.counts());
            if counted().map(|(_, one)| one.bytes()).sum::<usize>() <= most {
                return;
            }
            // Of those that hold nothing, nothing is won.
            let holding = counted().filter(|(_, one)| one.bytes() > 0);
            let largest = holding.max_by_key(|(number, one)| {
                let is_newcomer = **number == newcomer;
                // It is of one of the many who share it.
                let shows_device = one.rank.shows_device() && !one.is_shared;
                let age = Reverse(**number);
                (!shows_device, one.bytes(), !is_newcomer, age)
            });
            let Some((&(mut chosen), holds)) = largest else {
                return;
            };
            // A device proves little: it protects nobody from one that holds less.
            if chosen == newcomer {
                let others = counted()
                    .filter(|(number, one)| **number != newcomer && one.bytes() >= holds.bytes());
                let other = others.max_by_key(|(number, one)| (one.bytes(), Reverse(**number)));
                chosen = other.map_or(chosen, |(number, _)| *number);
            }
            if let Some(holds) = self.connections.get_mut(&chosen) {
                holds.give_way();
            }
        }
    }
}

impl Holds {
    fn counts(&self) -> bool {
        (self.is_shared || !self.rank.is_proved()) && !self.leave.is_cancelled()
    }

    fn bytes(&self) -> usize {
        self.arrived + self.requests.values().map(|one| one.bytes).sum::<usize>()
    }

    fn is_unended(&self) -> bool {
        self.begun > 0 || self.requests.values().any(|one| one.is_unended)
    }

    /// Nothing is kept for requests that have ended.
    fn settle(&mut self) {
        if !self.is_unended() {
            self.arrived = 0;
        }
    }

    fn give_way(&mut self) {
        if !self.is_shared {
            self.leave.cancel();
            return;
        }
        // The largest first: a small one of somebody else may be all that can stay.
        let unended = |one: &Taken| one.is_unended;
        let largest = |wanted: &dyn Fn(&Taken) -> bool| {
            let fitting = self.requests.iter().filter(|(_, one)| wanted(one));
            let largest = fitting.max_by_key(|(_, one)| one.bytes);
            largest.map(|(number, _)| *number)
        };
        let chosen = match largest(&unended) {
            None if self.begun > 0 => {
                self.refused += take(&mut self.begun);
                None
            }
            None => largest(&|_| true),
            chosen => chosen,
        };
        if let Some(one) = chosen.and_then(|number| self.requests.remove(&number)) {
            one.end.cancel();
        }
        self.settle();
    }
}

impl ConnectionHeaders {
    /// Whether what comes is counted.
    pub fn counts(&self) -> bool {
        self.is_shared || !self.rank.is_proved()
    }

    /// Bytes have come, and are about to be read.
    pub fn arrive(&self, arrived: Arrived) {
        self.change(|holds, _| {
            holds.settle();
            holds.begun += arrived.requests;
            holds.arrived += arrived.bytes;
        });
    }

    /// All that has come is handed on, but for requests whose headers are not whole.
    /// The others that are not held were refused before they came here, or were wrong.
    pub fn handed_on(&self, unfinished: usize) {
        self.change(|holds, _| {
            holds.refused = holds.refused.min(unfinished);
            holds.begun = unfinished - holds.refused;
            holds.settle();
        });
    }

    pub fn hold(self: &Arc<Self>, request: &Request<Incoming>) -> Arc<HeldRequest> {
        // The body of a CONNECT only looks as if it had ended: hyper keeps the stream aside.
        let may_follow = *request.method() == Method::CONNECT || !request.body().is_end_stream();
        let is_unended = request.version() == Version::HTTP_2 && may_follow;
        self.hold_bytes(size_of(request), is_unended)
    }

    fn hold_bytes(self: &Arc<Self>, bytes: usize, is_unended: bool) -> Arc<HeldRequest> {
        let end = CancellationToken::new();
        let number = self.change(|holds, number| {
            if holds.refused > 0 {
                holds.refused -= 1;
                if is_unended {
                    end.cancel();
                    return;
                }
            } else {
                holds.begun = holds.begun.saturating_sub(1);
            }
            let taken = Taken {
                bytes,
                is_unended,
                end: end.clone(),
            };
            holds.requests.insert(number, taken);
        });
        Arc::new(HeldRequest {
            connection: Arc::clone(self),
            number,
            end,
            is_proved: AtomicBool::new(false),
        })
    }

    fn change(&self, change: impl FnOnce(&mut Holds, u64)) -> u64 {
        let mut state = self.budget.state();
        let number = state.number();
        if let Some(holds) = state.connections.get_mut(&self.number) {
            change(holds, number);
        }
        state.make_room(self.budget.most, self.number);
        number
    }
}

impl HeldRequest {
    /// Cancelled when it is to end.
    pub fn end(&self) -> CancellationToken {
        self.end.clone()
    }

    /// Its body has ended: nothing more comes for it.
    pub fn body_ended(&self) {
        self.change(|holds| {
            if let Some(taken) = holds.requests.get_mut(&self.number) {
                taken.is_unended = false;
            }
        });
    }

    pub fn is_unended(&self) -> bool {
        let state = self.connection.budget.state();
        let holds = state.connections.get(&self.connection.number);
        holds.is_some_and(|holds| {
            let taken = holds.requests.get(&self.number);
            taken.is_some_and(|taken| taken.is_unended)
        })
    }

    /// It has proved a session, so nobody ends it, nor its connection.
    pub fn prove(&self) {
        self.is_proved.store(true, Ordering::Release);
        self.connection.rank.prove();
        self.let_go();
    }

    pub fn is_proved(&self) -> bool {
        self.is_proved.load(Ordering::Acquire)
    }

    /// It comes from a device that has logged in.
    pub fn recognize(&self) {
        self.connection.rank.recognize();
    }

    fn let_go(&self) {
        self.change(|holds| {
            holds.requests.remove(&self.number);
        });
    }

    fn change(&self, change: impl FnOnce(&mut Holds)) {
        let mut state = self.connection.budget.state();
        if let Some(holds) = state.connections.get_mut(&self.connection.number) {
            change(holds);
            holds.settle();
        }
    }
}

impl Drop for ConnectionHeaders {
    fn drop(&mut self) {
        self.budget.state().connections.remove(&self.number);
    }
}

impl Drop for HeldRequest {
    fn drop(&mut self) {
        self.let_go();
    }
}

#[cfg(test)]
mod tests;
