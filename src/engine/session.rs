//! One connection to the engine, from its opening to its end: the event stream,
//! and the memory that it keeps current.
//!
//! Invariant: the status is `Up` only while the event stream is open and the
//! inventory has been filled since it was opened.

use super::client::Client;
use super::convert;
use super::error::EngineError;
use super::event_stream::EventStream;
use super::events::{Coalescer, Hint, Subject, retry_after};
use super::inventory::{Inventory, InventoryChange};
use super::reading::{
    Answer, INSPECT, INSPECT_AGAIN, fill, is_worth_a_retry, list, list_all, read,
};
use super::resources::{Resource, Resources};
use super::shared::Shared;
use crate::model::container::Container;
use crate::model::engine::{EngineState, EngineStatus};
use crate::model::timestamp::Timestamp;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use std::collections::HashSet;
use std::time::Duration;
use tokio::time::{Instant, sleep_until, timeout};

/// How long a doubtful engine has to answer a ping.
const PING: Duration = Duration::from_secs(5);
/// Events that cannot be read have the lists compared, at most this often.
const COMPARE_GAP: Duration = Duration::from_secs(5);

pub(super) struct Session<'a> {
    shared: &'a Shared,
    client: Client,
    events: EventStream,
    pending: Coalescer,
    /// Networks that containers are on, and that the list did not have.
    unknown_networks: HashSet<String>,
    /// An event could not be read.
    must_compare: bool,
}

impl<'a> Session<'a> {
    /// Opens the event stream, reads everything, and reports `Up`.
    pub async fn open(shared: &'a Shared, client: Client) -> Result<Self, EngineError> {
        // The engine replays what happened since its own "now", so nothing between
        // the list and the opening of the stream is missed.
        let events = EventStream::new(&client.transport, client.clock);
        let mut session = Self {
            shared,
            client,
            events,
            pending: Coalescer::default(),
            unknown_networks: HashSet::new(),
            must_compare: false,
        };
        let (inventory, resources) = session.read_everything().await?;
        shared.inventory_mut().replace(inventory);
        *shared.resources_mut() = resources;
        shared.set_client(Some(session.client.clone()));
        let endpoint = session.client.transport.host().to_string();
        let info = session.client.info.clone();
        tracing::info!(
            endpoint,
            product = info.product,
            version = info.version,
            api = info.api_version,
            "engine connected"
        );
        shared.status.send_replace(EngineStatus {
            state: EngineState::Up,
            since: Timestamp::now(),
            endpoint: Some(endpoint),
            error: None,
            next_try: None,
            info: Some(info),
        });
        let _ = shared.changes.send(InventoryChange::Relisted);
        Ok(session)
    }

    /// Lists and inspects all, while the event stream is already being read.
    async fn read_everything(&mut self) -> Result<(Inventory, Resources), EngineError> {
        let Self {
            shared,
            client,
            events,
            pending,
            must_compare,
            ..
        } = self;
        let reading = async { tokio::join!(fill(shared, client), list_all(shared, client)) };
        tokio::pin!(reading);
        loop {
            tokio::select! {
                (filled, lists) = &mut reading => {
                    let filled = filled?;
                    if filled.is_connection_doubtful {
                        ping(client).await.map_err(EngineError::Unavailable)?;
                    }
                    for id in filled.failed {
                        pending.retry(&Subject::Container(id), Instant::now());
                    }
                    let mut resources = Resources::new();
                    for (resource, answer) in lists {
                        match answer {
                            Ok(listed) => drop(resources.put(listed)),
                            Err(error) => {
                                resources.fail(resource, &error);
                                tracing::warn!(?resource, %error, "a list could not be read");
                                if is_worth_a_retry(&error) {
                                    pending.retry(&Subject::List(resource), Instant::now());
                                }
                            }
                        }
                    }
                    return Ok((filled.inventory, resources));
                }
                event = events.next() => match event? {
                    // Looked at after the reading, whatever it was.
                    Some(Hint::Look(subject)) => pending.touch(subject, Instant::now()),
                    Some(Hint::StopRequested(id) | Hint::Gone(id)) => {
                        pending.touch(Subject::Container(id), Instant::now());
                    }
                    // Everything is being read; the first comparison comes soon after.
                    Some(Hint::Compare) => *must_compare = true,
                    None => {}
                },
            }
        }
    }

    /// Keeps the inventory current; returns why it could not any longer.
    pub async fn run(&mut self) -> String {
        let shared = self.shared;
        let mut requests = FuturesUnordered::new();
        // A list may take long: one more, so that it is in no container's way.
        let limit = shared.settings.list_concurrency.max(1) + 1;
        // What has failed may hang, and is given time: it leaves half of them to the rest.
        let retries_limit = limit / 2;
        let mut retries = 0;
        let mut compared = Instant::now();
        let mut reconcile = compared + shared.settings.reconcile_every;
        let mut failures = 0;
        loop {
            if std::mem::take(&mut self.must_compare) {
                reconcile = reconcile.min(compared + COMPARE_GAP);
            }
            while requests.len() < limit
                && let Some((subject, is_retry)) =
                    self.pending.take(Instant::now(), retries < retries_limit)
            {
                let client = self.client.clone();
                retries += usize::from(is_retry);
                let patience = if is_retry { INSPECT_AGAIN } else { INSPECT };
                requests.push(
                    async move { (read(shared, &client, subject, patience).await, is_retry) },
                );
            }
            let next = self.pending.next(retries < retries_limit);
            let next = next.filter(|_| requests.len() < limit);
            tokio::select! {
                event = self.events.next() => match event {
                    Ok(Some(Hint::Look(subject))) => self.pending.touch(subject, Instant::now()),
                    Ok(Some(Hint::StopRequested(id))) => {
                        shared.inventory_mut().note_stop_request(&id);
                        self.pending.touch(Subject::Container(id), Instant::now());
                    }
                    Ok(Some(Hint::Gone(id))) => {
                        let _ = shared.apply(&id, Err(EngineError::NotFound(String::new())));
                        self.pending.forget(&Subject::Container(id));
                    }
                    Ok(Some(Hint::Compare)) => self.must_compare = true,
                    Ok(None) => {}
                    Err(error) => return error.to_string(),
                },
                Some((answer, is_retry)) = requests.next(), if !requests.is_empty() => {
                    retries -= usize::from(is_retry);
                    self.take_in(answer);
                }
                () = sleep_until(next.unwrap_or_else(Instant::now)), if next.is_some() => {}
                () = shared.check_connection.notified() => {
                    if let Err(error) = ping(&self.client).await {
                        return error;
                    }
                }
                () = sleep_until(reconcile) => {
                    let wait = match self.reconcile().await {
                        Ok(()) => {
                            failures = 0;
                            shared.settings.reconcile_every
                        }
                        Err(error) => {
                            if let Err(error) = ping(&self.client).await {
                                return error;
                            }
                            failures += 1;
                            tracing::warn!(%error, "the list could not be compared");
                            retry_after(failures).min(shared.settings.reconcile_every)
                        }
                    };
                    compared = Instant::now();
                    reconcile = compared + wait;
                }
            }
        }
    }

    /// Brings memory up to date with an answer, or has it asked for again.
    fn take_in(&mut self, answer: Answer) {
        let (subject, applied) = match answer {
            Answer::Container(id, read) => {
                let applied = self.shared.apply(&id, read);
                if let Ok(Some(container)) = &applied {
                    self.look_for_networks(container);
                }
                (Subject::Container(id), applied.map(drop))
            }
            Answer::List(resource, read) => {
                let applied = self.shared.apply_list(resource, read);
                (Subject::List(resource), applied)
            }
        };
        match applied {
            Ok(()) => self.pending.finished(&subject, Instant::now()),
            Err(error) => self.request_failed(&subject, &error),
        }
    }

    /// Engines that tell nothing of networks that are made (Podman before 5) tell
    /// of the containers on them. Asked once for each name.
    fn look_for_networks(&mut self, container: &Container) {
        for on in &container.networks {
            if self.shared.resources().lacks_network(&on.network)
                && self.unknown_networks.insert(on.network.clone())
            {
                let networks = Subject::List(Resource::Networks);
                self.pending.touch(networks, Instant::now());
            }
        }
    }

    /// It is asked for again; said once, not at each try.
    fn request_failed(&mut self, subject: &Subject, error: &EngineError) {
        let now = Instant::now();
        if matches!(subject, Subject::List(_)) && !is_worth_a_retry(error) {
            self.pending.finished(subject, now);
        } else if self.pending.failed(subject, now) != 1 {
            tracing::debug!(?subject, %error, "the engine still does not tell what was asked for");
        } else {
            tracing::warn!(?subject, %error, "the engine did not tell what was asked for; it is asked again");
        }
        if error.is_about_the_connection() {
            self.shared.check_connection.notify_one();
        }
    }

    /// Compares the engine's list with memory and looks at what differs: a net
    /// under the event stream, not a replacement.
    async fn reconcile(&mut self) -> Result<(), EngineError> {
        let listed = list(&self.client).await?;
        self.shared.inventory_mut().forget_gone();
        self.unknown_networks.clear();
        let now = Instant::now();
        for resource in Resource::ALL {
            self.pending.touch(Subject::List(resource), now);
        }
        let ids: HashSet<&str> = listed.iter().map(|row| row.id.as_str()).collect();
        for id in self.shared.inventory().ids() {
            if !ids.contains(id.as_str()) {
                self.pending.touch(Subject::Container(id), now);
            }
        }
        for row in &listed {
            let inventory = self.shared.inventory();
            let known = inventory.get(&row.id).map(|record| &record.container);
            if known.is_none_or(|known| convert::differs(row, known)) {
                self.pending.touch(Subject::Container(row.id.clone()), now);
            }
        }
        Ok(())
    }
}

/// Whether a doubtful engine still answers.
async fn ping(client: &Client) -> Result<(), String> {
    match timeout(PING, client.docker.ping()).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(EngineError::from_bollard(error, "").to_string()),
        Err(_) => Err(format!(
            "The engine at {} no longer answers. If it hangs, restart it (sudo systemctl restart docker).",
            client.transport.host()
        )),
    }
}
