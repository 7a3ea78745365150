//! Schema versions: ordered steps upward, a clear refusal downward.

use super::StoreError;
use super::tables::Tables;
use heed::{Env, RwTxn, WithoutTls};
use std::path::Path;

/// A step from the version of its place in [`STEPS`] to the next.
type Step = fn(&mut RwTxn<'_>, &Tables) -> heed::Result<()>;

/// Version 1 is the first; a step that changes stored shapes is added at the end.
const STEPS: &[Step] = &[first];

const KEY: &str = "schema_version";

pub fn known_version() -> u64 {
    STEPS.len() as u64
}

/// Runs what is missing, each step in its own commit with its version.
///
/// Beside a running appliance (`alone` is false) nothing is migrated: it would
/// change the file under that one's feet.
pub fn run(
    env: &Env<WithoutTls>,
    tables: &Tables,
    path: &Path,
    alone: bool,
) -> Result<(), StoreError> {
    let found = {
        let txn = env.read_txn()?;
        tables
            .meta
            .get(&txn, KEY)?
            .and_then(|value| value.as_u64())
            .unwrap_or(0)
    };
    let known = known_version();
    if found > known {
        return Err(StoreError::TooNew {
            path: path.display().to_string(),
            found,
            known,
        });
    }
    if !alone && found < known {
        return Err(StoreError::TooOld);
    }
    for (step, version) in STEPS
        .iter()
        .zip(1..)
        .skip(usize::try_from(found).unwrap_or(0))
    {
        let mut txn = env.write_txn()?;
        step(&mut txn, tables)?;
        tables
            .meta
            .put(&mut txn, KEY, &serde_json::Value::from(version))?;
        txn.commit()?;
    }
    Ok(())
}

/// Gives the installation an id of its own.
fn first(txn: &mut RwTxn<'_>, tables: &Tables) -> heed::Result<()> {
    let mut id = [0_u8; 16];
    getrandom::fill(&mut id).map_err(|error| heed::Error::Io(std::io::Error::other(error)))?;
    let id = crate::model::hex::encode(&id);
    tables
        .meta
        .put(txn, "installation", &serde_json::Value::String(id))
}

#[cfg(test)]
mod tests {
    use super::super::{Sizes, Store, StoreError};
    use super::*;

    const SIZES: Sizes = Sizes {
        initial: 256 * 1024,
        most: 16 * 1024 * 1024,
    };

    #[test]
    fn a_newer_file_is_refused_and_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), SIZES).unwrap();
        store
            .write_blocking(|txn, tables| tables.meta.put(txn, KEY, &serde_json::Value::from(99)))
            .unwrap();
        drop(store);
        for _ in 0..2 {
            let error = Store::open(dir.path(), SIZES).unwrap_err();
            assert!(
                matches!(error, StoreError::TooNew { found: 99, .. }),
                "{error}"
            );
        }
    }

    #[test]
    fn opening_twice_keeps_the_installation_id() {
        let dir = tempfile::tempdir().unwrap();
        let id = |store: &Store| {
            store
                .read(|txn, tables| tables.meta.get(txn, "installation"))
                .unwrap()
        };
        let store = Store::open(dir.path(), SIZES).unwrap();
        let first = id(&store);
        assert!(first.is_some());
        drop(store);
        assert_eq!(id(&Store::open(dir.path(), SIZES).unwrap()), first);
    }
}
