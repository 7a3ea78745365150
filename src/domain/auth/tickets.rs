//! Tickets: proof of a session for one request, for what cannot send a header.
//! A WebSocket and a download that a browser begins carry only the cookie and
//! their address, so a page asks for a ticket first and puts it there. It is
//! good for one request within half a minute, so an address in a history or a
//! proxy's log is worth nothing.

use super::sessions::token_hash;
use super::{Auth, Session, random};
use crate::error::Result;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use utoipa::ToSchema;

const LIFE: Duration = Duration::from_secs(30);
/// More than pages ask for at once; beyond, the oldest is no longer good.
const MOST: usize = 256;

/// Good for one GET request, as its query parameter `ticket`.
#[derive(Debug, Serialize, ToSchema)]
pub struct TicketView {
    pub ticket: String,
    /// Seconds until it is no longer good.
    pub expires_in: u64,
}

#[derive(Debug, Default)]
pub(super) struct Tickets {
    issued: Mutex<VecDeque<Ticket>>,
}

#[derive(Debug)]
struct Ticket {
    hash: String,
    session: String,
    until: Instant,
}

impl Tickets {
    fn issue(&self, session: &str, ticket: &str, now: Instant) {
        let mut issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        issued.retain(|known| known.until > now);
        while issued.len() >= MOST {
            issued.pop_front();
        }
        issued.push_back(Ticket {
            hash: token_hash(ticket),
            session: session.to_owned(),
            until: now + LIFE,
        });
    }

    /// Whether it was issued to this session and has not been used.
    fn redeem(&self, session: &str, ticket: &str, now: Instant) -> bool {
        let hash = token_hash(ticket);
        let mut issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        let found = issued
            .iter()
            .position(|known| known.hash == hash && known.session == session);
        found
            .and_then(|at| issued.remove(at))
            .is_some_and(|ticket| ticket.until > now)
    }
}

impl Auth {
    pub fn issue_ticket(&self, session: &Session) -> Result<TicketView> {
        let ticket = URL_SAFE_NO_PAD.encode(random::<24>()?);
        self.tickets.issue(session.key(), &ticket, Instant::now());
        Ok(TicketView {
            ticket,
            expires_in: LIFE.as_secs(),
        })
    }

    pub fn redeem_ticket(&self, session: &Session, ticket: &str) -> bool {
        self.tickets.redeem(session.key(), ticket, Instant::now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticket_is_good_once_for_its_session_and_for_half_a_minute() {
        let tickets = Tickets::default();
        let now = Instant::now();
        tickets.issue("a", "one", now);
        assert!(!tickets.redeem("b", "one", now), "of another session");
        assert!(tickets.redeem("a", "one", now));
        assert!(!tickets.redeem("a", "one", now), "used");
        tickets.issue("a", "late", now);
        assert!(!tickets.redeem("a", "late", now + LIFE));
        assert!(!tickets.redeem("a", "never issued", now));
    }

    #[test]
    fn number_of_tickets_is_bounded_and_the_newest_stay_good() {
        let tickets = Tickets::default();
        let now = Instant::now();
        for n in 0..=MOST {
            tickets.issue("a", &n.to_string(), now);
        }
        assert_eq!(tickets.issued.lock().unwrap().len(), MOST);
        assert!(!tickets.redeem("a", "0", now));
        assert!(tickets.redeem("a", &MOST.to_string(), now));
    }
}
