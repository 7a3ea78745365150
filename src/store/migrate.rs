//! Schema versions: ordered steps upward, a clear refusal downward.

use super::StoreError;
use super::tables::Tables;
use crate::model::environment::Environment;
use heed::{Env, RwTxn, WithoutTls};
use std::path::Path;

/// A step from the version of its place in [`STEPS`] to the next.
type Step = fn(&mut RwTxn<'_>, &Tables) -> heed::Result<()>;

/// Version 1 is the first; a step that changes stored shapes is added at the end.
const STEPS: &[Step] = &[first, environments];

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

/// The four environments of the design, which until now were only in the program.
fn environments(txn: &mut RwTxn<'_>, tables: &Tables) -> heed::Result<()> {
    for environment in Environment::built_in() {
        tables
            .environments
            .put(txn, &environment.code, &environment)?;
    }
    Ok(())
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

    /// A file of the first version: the four are added, the rest stays.
    #[test]
    fn an_older_file_gets_the_environments_and_keeps_its_settings() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), SIZES).unwrap();
        let settings = serde_json::json!({"host_environment": "UAT", "host_name": "attic"});
        store
            .write_blocking(|txn, tables| {
                tables.environments.clear(txn)?;
                tables
                    .settings
                    .remap_data_type::<heed::types::SerdeJson<serde_json::Value>>()
                    .put(txn, "settings", &settings)?;
                tables.meta.put(txn, KEY, &serde_json::Value::from(1))
            })
            .unwrap();
        drop(store);
        let store = Store::open(dir.path(), SIZES).unwrap();
        let codes: Vec<String> = store
            .environments()
            .unwrap()
            .into_iter()
            .map(|environment| environment.code)
            .collect();
        assert_eq!(codes, ["PRD", "UAT", "DEV", "SANDBOX"]);
        let kept = store.settings().unwrap().unwrap();
        assert_eq!(kept.host_environment.code(), "UAT");
        assert_eq!(kept.host_name, "attic");
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
