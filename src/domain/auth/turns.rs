//! Who hashes next. Hashing takes a processor for a second on a small host and
//! much memory, so few do it at once; known clients go first, so that a flood of
//! tries does not keep the owner waiting.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

/// Those that may wait, of each kind.
const MOST_WAITING: usize = 16;

#[derive(Debug, Clone)]
pub(super) struct Turns {
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    free: usize,
    known: VecDeque<oneshot::Sender<()>>,
    others: VecDeque<oneshot::Sender<()>>,
}

/// A turn; the next one begins when it is dropped.
#[derive(Debug)]
pub(super) struct Turn(Turns);

impl Turns {
    pub fn new(at_once: usize) -> Self {
        Self {
            state: Arc::new(Mutex::new(State {
                free: at_once.max(1),
                known: VecDeque::new(),
                others: VecDeque::new(),
            })),
        }
    }

    /// Waits for a turn. `None` if too many wait already.
    pub async fn take(&self, is_known: bool) -> Option<Turn> {
        let waits = {
            let mut state = self.state();
            if state.free > 0 {
                state.free -= 1;
                None
            } else {
                let queue = if is_known {
                    &mut state.known
                } else {
                    &mut state.others
                };
                queue.retain(|waiting| !waiting.is_closed());
                if queue.len() >= MOST_WAITING {
                    return None;
                }
                let (send, receive) = oneshot::channel();
                queue.push_back(send);
                Some(receive)
            }
        };
        let Some(waits) = waits else {
            return Some(Turn(self.clone()));
        };
        // Dropped while it waits, the turn that may have been given is passed on.
        let mut guard = Passing {
            turns: self,
            waits,
            taken: false,
        };
        (&mut guard.waits).await.ok()?;
        guard.taken = true;
        Some(Turn(self.clone()))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives a turn to the next that waits.
    fn pass_on(&self) {
        let mut state = self.state();
        loop {
            let next = match state.known.pop_front() {
                Some(next) => Some(next),
                None => state.others.pop_front(),
            };
            match next {
                None => {
                    state.free += 1;
                    return;
                }
                Some(next) => {
                    if next.send(()).is_ok() {
                        return;
                    }
                    // It no longer waits.
                }
            }
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.pass_on();
    }
}

/// Waits for a turn, and passes it on if it came too late.
struct Passing<'a> {
    turns: &'a Turns,
    waits: oneshot::Receiver<()>,
    taken: bool,
}

impl Drop for Passing<'_> {
    fn drop(&mut self) {
        if !self.taken {
            self.waits.close();
            if self.waits.try_recv().is_ok() {
                self.turns.pass_on();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::time::timeout;

    const SOON: Duration = Duration::from_millis(50);

    #[tokio::test]
    async fn known_client_goes_before_all_others_that_wait() {
        let turns = Turns::new(1);
        let running = turns.take(false).await.unwrap();
        let order: Arc<Mutex<Vec<&str>>> = Arc::default();
        let mut tasks = Vec::new();
        for (name, known) in [("a", false), ("b", false), ("owner", true)] {
            let (turns, order) = (turns.clone(), Arc::clone(&order));
            tasks.push(tokio::spawn(async move {
                let _turn = turns.take(known).await.unwrap();
                order.lock().unwrap().push(name);
            }));
            tokio::task::yield_now().await;
        }
        drop(running);
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(*order.lock().unwrap(), ["owner", "a", "b"]);
    }

    #[tokio::test]
    async fn turn_of_one_that_gave_up_is_passed_on_and_the_queue_is_bounded() {
        let turns = Turns::new(1);
        let running = turns.take(false).await.unwrap();
        assert!(timeout(SOON, turns.take(false)).await.is_err(), "gave up");
        let mut waiting = Vec::new();
        for _ in 0..MOST_WAITING {
            let turns = turns.clone();
            waiting.push(tokio::spawn(
                async move { turns.take(false).await.is_some() },
            ));
        }
        tokio::task::yield_now().await;
        assert!(turns.take(false).await.is_none(), "too many wait");
        drop(running);
        for task in waiting {
            assert!(task.await.unwrap());
        }
        assert!(timeout(SOON, turns.take(true)).await.unwrap().is_some());
    }
}
