//! Operations end to end in memory: journal entries, recovery, cancelling.

use super::*;
use crate::error::Kind;
use crate::model::operation::{StepState, TargetKind};
use crate::store::{JournalRecord, Sizes};
use futures_util::future::BoxFuture;
use serde_json::json;

const SIZES: Sizes = Sizes {
    initial: 256 * 1024,
    most: 1024 * 1024,
};
const KIND: EntryKind = EntryKind {
    name: "test",
    version: 2,
};

fn operations(dir: &std::path::Path) -> (Store, Operations) {
    let store = Store::open(dir, SIZES).unwrap();
    let stop = CancellationToken::new();
    let all = Operations::new(store.clone(), Feed::new(8), TaskTracker::new(), stop).unwrap();
    (store, all)
}

fn record(operation: &str, kind: &str, version: u32) -> JournalRecord {
    JournalRecord {
        operation: operation.to_owned(),
        step: 0,
        kind: kind.to_owned(),
        version,
        title: "Recreate web".to_owned(),
        started_at: Timestamp(1),
        targets: web(),
        entry: json!({}),
    }
}

/// Finds everything done, and cannot have that stored.
#[derive(Debug)]
struct Unstorable;

impl Recovery for Unstorable {
    fn kind(&self) -> EntryKind {
        KIND
    }

    fn recover<'a>(&'a self, _entry: &'a mut JournalEntry) -> BoxFuture<'a, Result<Recovered>> {
        Box::pin(async {
            let recovered = Recovered::new(OperationState::Succeeded, "was interrupted.");
            Ok(Recovered {
                pending: too_large(),
                ..recovered
            })
        })
    }
}

/// Fails until it is told to succeed.
#[derive(Debug, Default)]
struct Fake {
    succeeds: std::sync::atomic::AtomicBool,
}

impl Recovery for Fake {
    fn kind(&self) -> EntryKind {
        KIND
    }

    fn recover<'a>(&'a self, entry: &'a mut JournalEntry) -> BoxFuture<'a, Result<Recovered>> {
        Box::pin(async move {
            assert_eq!(entry.read::<serde_json::Value>()?, json!({"a": 1}));
            if self.succeeds.load(std::sync::atomic::Ordering::Relaxed) {
                return Ok(Recovered::new(
                    OperationState::RolledBack,
                    "was interrupted.",
                ));
            }
            Err(Error::new(Kind::EngineUnavailable, "No engine."))
        })
    }
}

fn web() -> Vec<Target> {
    vec![Target::container("web")]
}

/// Begins an operation that writes an entry and never ends.
async fn interrupted(all: &Operations) -> String {
    let (written, is_written) = oneshot::channel();
    let started = all.start_task(
        "test",
        "Test web".to_owned(),
        Target::container("web"),
        true,
        |task| async move {
            let mut entry = task.journal(KIND, "Test web".to_owned(), web());
            entry.write(&json!({"a": 1})).await?;
            written.send(()).unwrap();
            std::future::pending().await
        },
    );
    is_written.await.unwrap();
    started.id
}

#[tokio::test]
async fn interrupted_operation_keeps_its_targets_reserved_until_it_is_recovered() {
    let dir = tempfile::tempdir().unwrap();
    let (_store, first) = operations(dir.path());
    let id = interrupted(&first).await;
    // The first run still holds its store; the second one has a copy.
    let (store, all) = copy_of(&dir);
    let operation = all.get(&id).unwrap();
    assert_eq!(operation.state, OperationState::Interrupted);
    assert_eq!(
        all.reserve(&web()).unwrap_err().code,
        Some("recovery_pending")
    );
    all.reserve(&[Target::new(TargetKind::Network, "web")])
        .unwrap();
    let fake = Arc::new(Fake::default());
    let recoveries: Vec<Arc<dyn Recovery>> = vec![Arc::clone(&fake) as _];
    assert!(!all.recover(&recoveries).await.unwrap());
    let operation = all.get(&id).unwrap();
    assert_eq!(operation.state, OperationState::Interrupted);
    assert!(operation.message.unwrap().contains("No engine."));
    assert!(all.reserve(&web()).is_err());
    fake.succeeds
        .store(true, std::sync::atomic::Ordering::Relaxed);
    assert!(all.recover(&recoveries).await.unwrap());
    let operation = all.get(&id).unwrap();
    assert_eq!(operation.state, OperationState::RolledBack);
    assert_eq!(
        operation.message.as_deref(),
        Some("Test web was interrupted.")
    );
    assert!(store.journal().unwrap().is_empty());
    all.reserve(&web()).unwrap();
}

/// What a second run finds.
fn copy_of(dir: &tempfile::TempDir) -> (Store, Operations) {
    let copy = Box::leak(Box::new(tempfile::tempdir().unwrap()));
    let done = std::process::Command::new("cp")
        .arg("-a")
        .arg(dir.path().join("."))
        .arg(copy.path())
        .status()
        .unwrap();
    assert!(done.success());
    operations(copy.path())
}

#[tokio::test]
async fn operation_with_an_open_entry_outlives_any_number_of_newer_ones() {
    let dir = tempfile::tempdir().unwrap();
    let (_store, first) = operations(dir.path());
    let id = interrupted(&first).await;
    let (store, all) = copy_of(&dir);
    for number in 0..KEEP + 5 {
        let newer = format!("f{number:05}");
        let operation = Operation::interrupted(&newer, "test", "Test", &web()[0], Timestamp(2));
        let commit = Commit::new().put_operation(operation, KEEP);
        store.commit(commit).await.unwrap();
    }
    let most = usize::try_from(KEEP).unwrap();
    assert_eq!(store.operations(2 * most).unwrap().len(), most);
    assert_eq!(all.get(&id).unwrap().state, OperationState::Interrupted);
    assert_eq!(
        all.discard(&id).await.unwrap().error.as_deref(),
        Some(DISCARDED)
    );
}

#[tokio::test]
async fn texts_of_open_journal_entries_name_what_a_rollback_needs() {
    let dir = tempfile::tempdir().unwrap();
    let (store, all) = operations(dir.path());
    let mut open = record("0190aa", "test", 1);
    open.entry =
        json!({"members": [{"body": {"config": {"Image": "web:1"}}, "image": "sha256:aa"}]});
    store.commit(Commit::new().put_journal(open)).await.unwrap();
    let texts = all.journalled().unwrap();
    assert!(texts.contains("web:1") && texts.contains("sha256:aa"));
    assert!(!texts.contains("web:2"));
}

#[tokio::test]
async fn unreadable_journal_entry_fails_its_operation_and_keeps_targets_reserved() {
    let dir = tempfile::tempdir().unwrap();
    let (store, all) = operations(dir.path());
    let commit = Commit::new()
        .put_journal(record("0190aa", "test", 3))
        .put_journal(record("0190bb", "other", 1));
    store.commit(commit).await.unwrap();
    drop(all);
    let stop = CancellationToken::new();
    let all = Operations::new(store.clone(), Feed::new(8), TaskTracker::new(), stop).unwrap();
    let recoveries: Vec<Arc<dyn Recovery>> = vec![Arc::new(Fake::default())];
    for _ in 0..2 {
        assert!(all.recover(&recoveries).await.unwrap());
    }
    for (id, reason) in [("0190aa", "newer version"), ("0190bb", "\"other\"")] {
        let operation = all.get(id).unwrap();
        assert_eq!(operation.state, OperationState::Failed);
        assert_eq!(operation.error.as_deref(), Some("journal_unreadable"));
        assert!(operation.message.unwrap().contains(reason));
    }
    assert_eq!(store.journal().unwrap().len(), 2);
    assert_eq!(
        all.reserve(&web()).unwrap_err().code,
        Some("recovery_pending")
    );
}

#[tokio::test]
async fn discarded_operation_releases_its_targets_and_is_not_recovered() {
    let dir = tempfile::tempdir().unwrap();
    let (_store, first) = operations(dir.path());
    let id = interrupted(&first).await;
    assert_eq!(
        first.discard(&id).await.unwrap_err().code,
        Some("operation_running")
    );
    let (store, all) = copy_of(&dir);
    let damaged = Commit::new().put_journal(record("0190aa", "other", 1));
    store.commit(damaged).await.unwrap();
    let fake = Arc::new(Fake::default());
    let recoveries: Vec<Arc<dyn Recovery>> = vec![Arc::clone(&fake) as _];
    assert!(!all.recover(&recoveries).await.unwrap());

    let plan = all.plan_discard(&id).unwrap();
    assert!(plan.steps[1].contains("the container web"), "{plan:?}");
    assert!(all.reserve(&web()).is_err(), "a plan changes nothing");
    // While it is being recovered it cannot be discarded.
    let recovered = all
        .inner
        .reserved
        .take(&web(), Some(&format!("{id}/000")))
        .unwrap();
    assert_eq!(
        all.discard(&id).await.unwrap_err().code,
        Some("operation_running")
    );
    drop(recovered);
    for id in [id.as_str(), "0190aa"] {
        let operation = all.discard(id).await.unwrap();
        assert_eq!(operation.state, OperationState::Failed);
        assert_eq!(operation.error.as_deref(), Some("discarded"));
        assert_eq!(all.get(id).unwrap(), operation);
        let again = all.discard(id).await.unwrap_err();
        assert_eq!(again.code, Some("nothing_to_discard"));
    }
    assert!(store.journal().unwrap().is_empty());
    all.reserve(&web()).unwrap();
    fake.succeeds
        .store(true, std::sync::atomic::Ordering::Relaxed);
    assert!(all.recover(&recoveries).await.unwrap());
    assert_eq!(all.get(&id).unwrap().error.as_deref(), Some("discarded"));
}

#[tokio::test]
async fn journal_entry_ends_in_the_commit_that_stores_the_result() {
    let dir = tempfile::tempdir().unwrap();
    let (store, all) = operations(dir.path());
    let remembered = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let remember = Arc::clone(&remembered);
    let started = all.start_task(
        "test",
        "Test web".to_owned(),
        Target::container("web"),
        true,
        |task| async move {
            let mut entry = task.journal(KIND, "Test web".to_owned(), web());
            entry.write(&json!({"a": 1})).await?;
            let pending = PendingCommit {
                commit: Commit::new().delete_annotation("web"),
                then: Box::new(move || remember.store(true, std::sync::atomic::Ordering::Relaxed)),
            };
            task.end_entry(&entry, pending);
            Ok("Done.".to_owned())
        },
    );
    let operation = started.finished().await.unwrap();
    assert_eq!(operation.state, OperationState::Succeeded);
    assert!(store.journal().unwrap().is_empty());
    assert!(remembered.load(std::sync::atomic::Ordering::Relaxed));
    all.reserve(&web()).unwrap();
}

#[tokio::test]
async fn journal_entry_stays_open_and_reserved_when_the_result_cannot_be_stored() {
    let dir = tempfile::tempdir().unwrap();
    let (store, all) = operations(dir.path());
    let started = all.start_task(
        "test",
        "Test web".to_owned(),
        Target::container("web"),
        true,
        |task| async move {
            let mut entry = task.journal(KIND, "Test web".to_owned(), web());
            entry.write(&json!({"a": 1})).await?;
            task.end_entry(&entry, too_large());
            Ok("Done.".to_owned())
        },
    );
    started.finished().await.unwrap();
    assert_eq!(store.journal().unwrap().len(), 1);
    assert_eq!(
        all.reserve(&web()).unwrap_err().code,
        Some("recovery_pending")
    );
    tokio::time::timeout(Duration::from_secs(5), all.recovery_requested())
        .await
        .unwrap();
    // The recovery has the same fate, and is not woken by itself: its job waits.
    let unstorable: Arc<dyn Recovery> = Arc::new(Unstorable);
    assert!(!all.recover(&[unstorable]).await.unwrap());
    assert_eq!(store.journal().unwrap().len(), 1);
    tokio::time::timeout(Duration::from_millis(50), all.recovery_requested())
        .await
        .unwrap_err();
}

/// More than the database holds.
fn too_large() -> PendingCommit {
    let large = JournalRecord {
        entry: "x".repeat(2 << 20).into(),
        ..record("large", "test", 1)
    };
    PendingCommit {
        commit: Commit::new().put_journal(large),
        then: Box::new(|| unreachable!("it was not stored")),
    }
}

#[tokio::test]
async fn undo_step_that_succeeded_is_not_shown_as_failed() {
    let dir = tempfile::tempdir().unwrap();
    let (_store, all) = operations(dir.path());
    let fails = |undone: bool| {
        all.start_task(
            "test",
            "Test".to_owned(),
            Target::container("web"),
            true,
            move |task| async move {
                task.step("Create web");
                task.step("Start web");
                task.step_failed("No.");
                task.step("Remove web");
                if undone {
                    task.step_succeeded();
                }
                task.requested(&json!({"spec": {}}));
                Err(Error::conflict("No."))
            },
        )
    };
    for (undone, last) in [(true, StepState::Succeeded), (false, StepState::Failed)] {
        let started = fails(undone);
        let id = started.id.clone();
        started.finished().await.unwrap_err();
        let operation = all.get(&id).unwrap();
        let states: Vec<_> = operation.steps.iter().map(|step| step.state).collect();
        assert_eq!(states, [StepState::Succeeded, StepState::Failed, last]);
        assert_eq!(operation.steps[2].detail, None);
        assert!(operation.is_request_known);
        assert_eq!(*all.request(&id).unwrap(), json!({"spec": {}}));
    }
}

#[tokio::test]
async fn request_id_of_an_operation_is_known_to_the_next_run() {
    let dir = tempfile::tempdir().unwrap();
    let (store, all) = operations(dir.path());
    let work = async { Ok("Done.".to_owned()) };
    let request = |id: &str, fingerprint: &str| ClientRequest {
        id: id.to_owned(),
        fingerprint: fingerprint.to_owned(),
    };
    let first = request("first-key", "stop web");
    let started = with_request(first.clone(), async {
        all.start("test", "Test".to_owned(), Target::container("web"), work)
    });
    let id = started.await.finished().await.unwrap().id;
    // Of this run, the HTTP side knows more.
    assert_eq!(all.started_earlier(&first).unwrap(), None);
    let stop = CancellationToken::new();
    let next = Operations::new(store, Feed::new(8), TaskTracker::new(), stop).unwrap();
    assert_eq!(next.started_earlier(&first).unwrap(), Some(id.clone()));
    let other = request("other-key", "stop web");
    assert_eq!(next.started_earlier(&other).unwrap(), None);
    let changed = request("first-key", "stop db");
    let reused = next.started_earlier(&changed).unwrap_err();
    assert_eq!(reused.kind, Kind::KeyReused);
    let operation = next.get(&id).unwrap();
    assert_eq!(operation.request_id.as_deref(), Some("first-key"));
    assert!(!operation.is_request_known);
}

#[test]
fn operation_stored_before_request_ids_can_be_read() {
    let old = json!({
        "id": "0190aa", "kind": "container.stop", "title": "Stop web", "target": "web",
        "state": "succeeded", "started_at": "2026-01-01T00:00:00Z",
    });
    let operation: Operation = serde_json::from_value(old).unwrap();
    assert_eq!(operation.request_id, None);
    let written = serde_json::to_string(&operation).unwrap();
    assert!(!written.contains("request"), "{written}");
}

#[tokio::test]
async fn operation_can_be_cancelled_again_after_its_uninterruptible_part() {
    let dir = tempfile::tempdir().unwrap();
    let (_store, all) = operations(dir.path());
    let (enter, entered) = oneshot::channel();
    let (leave, left) = oneshot::channel();
    let started = all.start_task(
        "test",
        "Test".to_owned(),
        Target::container("web"),
        true,
        |task| async move {
            let part = task.uninterruptible()?;
            enter.send(()).unwrap();
            left.await.unwrap();
            drop(part);
            task.unless_cancelled(std::future::pending::<Result<String>>())
                .await
        },
    );
    let id = started.id.clone();
    entered.await.unwrap();
    assert_eq!(all.cancel(&id).unwrap_err().code, Some("not_cancellable"));
    leave.send(()).unwrap();
    while all.cancel(&id).is_err() {
        tokio::task::yield_now().await;
    }
    let ended = started.finished().await.unwrap_err();
    assert_eq!(ended.code, Some("cancelled"));
}

#[tokio::test]
async fn long_operation_is_stored_while_running_and_interrupted_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let (store, all) = operations(dir.path());
    let target = Target::container("web");
    let short = all.start("test", "Test".to_owned(), target.clone(), async {
        Ok("Done.".to_owned())
    });
    let id = short.id.clone();
    short.finished().await.unwrap();
    let stored = store.operation(&id).unwrap().unwrap();
    assert_eq!(stored.state, OperationState::Succeeded);
    let long = all.start("test", "Test".to_owned(), target, std::future::pending());
    assert_eq!(store.operation(&long.id).unwrap(), None);
    while store.operation(&long.id).unwrap().is_none() {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let stop = CancellationToken::new();
    let next = Operations::new(store.clone(), Feed::new(8), TaskTracker::new(), stop).unwrap();
    let operation = next.get(&long.id).unwrap();
    assert_eq!(operation.state, OperationState::Interrupted);
    assert!(operation.finished_at.is_some());
    // Ids sort in the order in which they were given, whatever the clock says.
    assert!(next.next_id() > long.id);
}
