//! Reservations: a thing is worked on by one operation at a time. They are held
//! by kind and name, so a network `web` does not block a container `web`.

use crate::error::{Error, Kind, Result};
use crate::model::container::lasting_name;
use crate::model::operation::{Target, TargetKind};
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

/// What one operation works on. A container that is being replaced, and
/// the one that replaces it, have the name that lasts: nobody else may start or
/// remove either meanwhile.
#[derive(Debug)]
pub struct Reservation {
    all: Arc<Mutex<HashSet<Target>>>,
    ours: Vec<Target>,
}

impl Reservation {
    pub(super) fn take(all: &Arc<Mutex<HashSet<Target>>>, targets: &[Target]) -> Result<Self> {
        let mut ours: Vec<Target> = targets
            .iter()
            .map(|target| match target.kind {
                TargetKind::Container => Target::container(lasting_name(&target.name)),
                _ => target.clone(),
            })
            .collect();
        let mut reserved = all.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(taken) = ours.iter().find(|target| reserved.contains(*target)) {
            return Err(Error::new(
                Kind::Busy,
                format!(
                    "Another operation is working on the {} {}. Wait until it has finished, then try again.",
                    taken.kind.as_str(),
                    taken.name
                ),
            )
            .code("operation_running"));
        }
        ours.sort();
        ours.dedup();
        reserved.extend(ours.iter().cloned());
        drop(reserved);
        Ok(Self {
            all: Arc::clone(all),
            ours,
        })
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let mut reserved = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        for target in &self.ours {
            reserved.remove(target);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reservation_blocks_the_same_kind_only_and_ends_when_dropped() {
        let all = Arc::default();
        let web = [Target::container("web")];
        let held = Reservation::take(&all, &web).unwrap();
        let busy = Reservation::take(&all, &[Target::container("web.old-0a1b2c3d")]).unwrap_err();
        assert_eq!(busy.code, Some("operation_running"));
        let network = Target::new(TargetKind::Network, "web");
        let other = Reservation::take(&all, std::slice::from_ref(&network)).unwrap();
        assert!(Reservation::take(&all, &[Target::container("db"), network]).is_err());
        drop((held, other));
        Reservation::take(&all, &web).unwrap();
    }
}
