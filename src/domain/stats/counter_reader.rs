//! Reads the counters of containers from the kernel's files, and remembers where
//! they are.

use crate::engine::Running;
use crate::host::usage::{Place, Usage};
use crate::model::container::Container;
use crate::model::stats::Counters;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

#[derive(Debug, Default)]
pub(super) struct CounterReader {
    usage: Option<Usage>,
    /// By id: the process number it was found by, and where; `None` when it
    /// cannot be seen from here.
    places: HashMap<String, (u32, Option<Place>)>,
}

/// What was asked for: who, its first process, and its counters where they can be
/// seen from here.
pub(super) type Look = (Arc<Container>, u32, Option<Counters>);

/// Looks at all of them, off the async threads: it reads files. `shared` are those
/// without a network of their own. Nothing is seen of another machine (`local`).
pub(super) async fn read_all(
    reader: &Arc<Mutex<CounterReader>>,
    targets: Vec<Running>,
    local: bool,
    shared: HashSet<String>,
) -> Vec<Look> {
    let reader = Arc::clone(reader);
    let look = tokio::task::spawn_blocking(move || {
        let mut reader = reader.lock().unwrap_or_else(PoisonError::into_inner);
        let known: HashSet<&str> = targets.iter().map(|(c, _)| c.id.as_str()).collect();
        reader.places.retain(|id, _| known.contains(id.as_str()));
        targets
            .into_iter()
            .map(|(container, pid)| {
                let network = !shared.contains(&container.id);
                let seen = local.then(|| reader.look(&container.id, pid, network));
                (container, pid, seen.flatten())
            })
            .collect::<Vec<_>>()
    });
    look.await.unwrap_or_default()
}

impl CounterReader {
    fn look(&mut self, id: &str, pid: u32, network: bool) -> Option<Counters> {
        let usage = self.usage.get_or_insert_default();
        let known = self.places.get(id).filter(|(by, _)| *by == pid);
        let place = if let Some((_, place)) = known {
            place.clone()
        } else {
            let found = usage.locate(pid, id);
            self.places.insert(id.to_owned(), (pid, found.clone()));
            found
        };
        usage.look(&place?, network)
    }
}
