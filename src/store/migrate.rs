//! Schema versions: ordered steps upward, a clear refusal downward.

use super::tables::Tables;
use super::{Store, StoreError};
use crate::model::environment::Environment;
use heed::RwTxn;

/// A step from the version of its place in [`STEPS`] to the next.
type Step = fn(&mut RwTxn<'_>, &Tables) -> heed::Result<()>;

/// Version 1 is the first; a step that changes stored shapes is added at the end.
const STEPS: &[Step] = &[
    first,
    environments,
    seal,
    super::journal::add_steps,
    super::events::strip_commands,
    super::containers::hide_commands,
    seal_templates,
];

const KEY: &str = "schema_version";
/// The copy from before the last upgrade, in the database's folder.
pub(super) const COPY: &str = "before-upgrade.mdb";

pub fn known_version() -> u64 {
    STEPS.len() as u64
}

/// The version of the database; `None` for one that was only just made.
pub fn version(store: &Store) -> Result<Option<u64>, StoreError> {
    let found = store.read(|txn, tables| tables.meta.get(txn, KEY))?;
    Ok(found.and_then(|value| value.as_u64()))
}

/// What tells this installation from every other: 32 hexadecimal digits.
pub fn installation(store: &Store) -> Result<String, StoreError> {
    let found = store.read(|txn, tables| tables.meta.get(txn, "installation"))?;
    let text = found.as_ref().and_then(|value| value.as_str());
    Ok(text.unwrap_or_default().to_owned())
}

/// Runs what is missing, each step in its own commit with its version, after
/// the database was copied.
///
/// Beside a running appliance (`alone` is false) nothing is migrated: it would
/// change the file under that one's feet.
pub fn run(store: &Store, alone: bool) -> Result<(), StoreError> {
    let found = version(store)?.unwrap_or(0);
    let known = known_version();
    if found > known {
        return Err(StoreError::TooNew {
            path: store.path().display().to_string(),
            found,
            known,
        });
    }
    if !alone && found < known {
        return Err(StoreError::TooOld);
    }
    if (1..known).contains(&found) {
        copy(store)?;
    }
    for (step, version) in STEPS
        .iter()
        .zip(1_u64..)
        .skip(usize::try_from(found).unwrap_or(usize::MAX))
    {
        store.write_essential_blocking(|txn, tables| {
            step(txn, tables)?;
            tables.meta.put(txn, KEY, &serde_json::Value::from(version))
        })?;
        tracing::info!(version, "the database was upgraded");
    }
    Ok(())
}

/// Copies the database as it is before an upgrade. Of several upgrades the last
/// copy is kept.
fn copy(store: &Store) -> Result<(), StoreError> {
    let target = store.path().join(COPY);
    store.copy_to(&target)?;
    tracing::info!(path = %target.display(), "the database was copied before its upgrade");
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

/// The built-in environments, which until now were only in the program.
fn environments(txn: &mut RwTxn<'_>, tables: &Tables) -> heed::Result<()> {
    for environment in Environment::built_in() {
        tables
            .environments
            .put(txn, &environment.code, &environment)?;
    }
    Ok(())
}

/// What holds variables of containers, until now in clear.
fn seal(txn: &mut RwTxn<'_>, tables: &Tables) -> heed::Result<()> {
    tables.journal.seal_clear_records(txn)?;
    tables.backups.seal_clear_records(txn)
}

/// They may keep the passwords of a container.
fn seal_templates(txn: &mut RwTxn<'_>, tables: &Tables) -> heed::Result<()> {
    tables.templates.seal_clear_records(txn)
}

#[cfg(test)]
mod tests {
    use super::super::Sizes;
    use super::*;
    use std::fs;

    const SIZES: Sizes = Sizes {
        initial: 256 * 1024,
        most: 16 * 1024 * 1024,
    };

    #[test]
    fn database_of_a_newer_version_is_rejected_and_left_unchanged() {
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
    fn upgrade_from_version_1_adds_environments_and_keeps_settings() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), SIZES).unwrap();
        let settings = serde_json::json!({"host_environment": "UAT", "host_name": "attic"});
        store
            .write_blocking(|txn, tables| {
                tables.environments.clear(txn)?;
                let settings = serde_json::to_vec(&settings).unwrap();
                tables.settings.put_raw(txn, "settings", &settings)?;
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

    /// A file of the second version, with one record in each sealed table that
    /// is whole and one that is not.
    #[test]
    fn upgrade_seals_clear_records_copies_the_database_and_skips_damaged_ones() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), SIZES).unwrap();
        let secret = "PASSWORD=hunter2";
        let entry = serde_json::json!({
            "id": "a", "kind": "recreate", "title": "Recreate web",
            "started_at": "2026-01-01T00:00:00Z", "entry": {"env": [secret]},
        });
        let backup = serde_json::json!({
            "id": "b", "container": "web", "at": "2026-01-01T00:00:00Z",
            "body": {"Env": [secret]},
        });
        store
            .write_blocking(|txn, tables| {
                let entry = serde_json::to_vec(&entry).unwrap();
                tables.journal.put_raw(txn, "a", &entry)?;
                tables.journal.put_raw(txn, "z", b"{\"half")?;
                let backup = serde_json::to_vec(&backup).unwrap();
                tables.backups.put_raw(txn, "b", &backup)?;
                tables.meta.put(txn, KEY, &serde_json::Value::from(2))
            })
            .unwrap();
        drop(store);
        let store = Store::open(dir.path(), SIZES).unwrap();
        let journal = store.journal().unwrap();
        assert_eq!(journal.len(), 2);
        assert_eq!(journal["a/000"].as_ref().unwrap().entry["env"][0], secret);
        assert_eq!(journal["z"], None);
        assert_eq!(store.backups(None).unwrap()[0].body["Env"][0], secret);
        let unreadable = store.unreadable();
        assert_eq!(unreadable.len(), 1);
        assert_eq!(
            (&*unreadable[0].table, &*unreadable[0].key),
            ("journal", "z")
        );
        for (table, key) in [("journal", "a/000"), ("backups", "b")] {
            let raw = store
                .read(|txn, tables| match table {
                    "journal" => tables.journal.get_raw(txn, key),
                    _ => tables.backups.get_raw(txn, key),
                })
                .unwrap()
                .unwrap();
            assert!(!raw.windows(7).any(|part| part == b"hunter2"), "{table}");
        }
        let copy = fs::metadata(dir.path().join("db").join(COPY)).unwrap();
        assert_eq!(copy.permissions().mode() & 0o777, 0o600);
        // What the copy holds is the database of before.
        let before = tempfile::tempdir().unwrap();
        fs::create_dir(before.path().join("db")).unwrap();
        fs::copy(
            dir.path().join("db").join(COPY),
            before.path().join("db/data.mdb"),
        )
        .unwrap();
        let before = Store::open(before.path(), SIZES).unwrap();
        assert_eq!(before.backups(None).unwrap()[0].body["Env"][0], secret);
    }

    #[test]
    fn upgrade_seals_templates_which_may_keep_passwords() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), SIZES).unwrap();
        store
            .write_blocking(|txn, tables| {
                let clear = br#"{"template":{"env":["PGPASSWORD=hunter2"]}}"#;
                tables.templates.put_raw(txn, "shop", clear)?;
                tables.meta.put(txn, KEY, &serde_json::Value::from(6))
            })
            .unwrap();
        drop(store);
        let store = Store::open(dir.path(), SIZES).unwrap();
        let raw = store.read(|txn, tables| tables.templates.get_raw(txn, "shop"));
        let raw = raw.unwrap().unwrap();
        assert!(!raw.windows(7).any(|part| part == b"hunter2"));
    }

    #[test]
    fn upgrade_replaces_commands_of_containers_by_digests() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), SIZES).unwrap();
        let command = "redis-server --requirepass hunter2";
        let record = serde_json::json!({
            "notes": "kept", "updated_at": "2026-01-01T00:00:00Z",
            "owner": {"ids": ["a"], "image": "redis:7", "command": command},
        });
        store
            .write_blocking(|txn, tables| {
                let record = serde_json::to_vec(&record).unwrap();
                tables.containers.put_raw(txn, "cache", &record)?;
                tables.meta.put(txn, KEY, &serde_json::Value::from(5))
            })
            .unwrap();
        drop(store);
        let store = Store::open(dir.path(), SIZES).unwrap();
        let raw = store.read(|txn, tables| tables.containers.get_raw(txn, "cache"));
        let raw = raw.unwrap().unwrap();
        assert!(!raw.windows(7).any(|part| part == b"hunter2"));
        let kept = store.container_records().unwrap().remove("cache").unwrap();
        assert_eq!(kept.notes, "kept");
        let digest = store.command_digest().unwrap().of(command);
        assert_eq!(Some(kept.owner.unwrap().command_digest), digest);
    }

    #[test]
    fn missing_key_file_hides_only_sealed_records_until_it_is_restored() {
        let dir = tempfile::tempdir().unwrap();
        let key = dir.path().join(super::super::sealed::KEY_FILE);
        let store = Store::open(dir.path(), SIZES).unwrap();
        let record: super::super::JournalRecord = serde_json::from_value(serde_json::json!({
            "id": "a", "kind": "recreate", "title": "Recreate web",
            "started_at": "2026-01-01T00:00:00Z",
        }))
        .unwrap();
        store
            .commit_blocking(&super::super::Commit::new().put_journal(record))
            .unwrap();
        drop(store);
        let kept = fs::read(&key).unwrap();
        fs::remove_file(&key).unwrap();
        let store = Store::open(dir.path(), SIZES).unwrap();
        assert_eq!(store.journal().unwrap()["a/000"], None);
        assert_eq!(store.environments().unwrap().len(), 4);
        assert!(store.unreadable()[0].reason.contains("secret.key"));
        drop(store);
        fs::write(&key, kept).unwrap();
        let store = Store::open(dir.path(), SIZES).unwrap();
        assert!(store.journal().unwrap()["a/000"].is_some());
        assert!(store.unreadable().is_empty());
    }
}
