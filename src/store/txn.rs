//! Transactions as closures, so that none can outlive a statement.

use super::disk::is_disk_full;
use super::tables::Tables;
use super::{Store, StoreError};
use heed::{MdbError, RoTxn, RwTxn, WithoutTls};
use std::sync::PoisonError;

impl Store {
    /// A short read. Returns owned values.
    pub(super) fn read<R>(
        &self,
        read: impl FnOnce(&RoTxn<'_, WithoutTls>, &Tables) -> heed::Result<R>,
    ) -> Result<R, StoreError> {
        let inner = &self.inner;
        loop {
            let open = inner.gate.read().unwrap_or_else(PoisonError::into_inner);
            match inner.env.read_txn() {
                Ok(txn) => return Ok(read(&txn, &inner.tables)?),
                Err(heed::Error::Mdb(MdbError::MapResized)) => {
                    drop(open);
                    inner.adopt()?;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// One decision, one commit, on the writer's thread.
    ///
    /// `write` may run again when the map had to grow, so it must not move
    /// anything out of itself.
    pub(super) async fn write<R: Send + 'static>(
        &self,
        write: impl Fn(&mut RwTxn<'_>, &Tables) -> heed::Result<R> + Send + 'static,
    ) -> Result<R, StoreError> {
        self.on_writer(move |store| store.write_blocking(write))
            .await
    }

    /// The same for what a full disk must not prevent.
    pub(super) async fn write_essential<R: Send + 'static>(
        &self,
        write: impl Fn(&mut RwTxn<'_>, &Tables) -> heed::Result<R> + Send + 'static,
    ) -> Result<R, StoreError> {
        self.on_writer(move |store| store.write_essential_blocking(write))
            .await
    }

    async fn on_writer<R: Send + 'static>(
        &self,
        job: impl FnOnce(&Self) -> Result<R, StoreError> + Send + 'static,
    ) -> Result<R, StoreError> {
        let store = self.clone();
        self.inner.queue.run(move || job(&store)).await
    }

    /// [`Self::write`] for callers that are not async (start-up, commands, tests).
    pub(super) fn write_blocking<R>(
        &self,
        write: impl Fn(&mut RwTxn<'_>, &Tables) -> heed::Result<R>,
    ) -> Result<R, StoreError> {
        if self.inner.reserve.is_in_use() {
            return Err(StoreError::Full);
        }
        self.try_write(&write)
    }

    /// The same for what a full disk must not prevent.
    pub(super) fn write_essential_blocking<R>(
        &self,
        write: impl Fn(&mut RwTxn<'_>, &Tables) -> heed::Result<R>,
    ) -> Result<R, StoreError> {
        match self.try_write(&write) {
            Err(StoreError::Full) if self.inner.reserve.release() => self.try_write(&write),
            outcome => outcome,
        }
    }

    fn try_write<R>(
        &self,
        write: &impl Fn(&mut RwTxn<'_>, &Tables) -> heed::Result<R>,
    ) -> Result<R, StoreError> {
        let inner = &self.inner;
        let _alone = inner.writer.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.is_in_place() {
            return Err(StoreError::Gone(inner.path.display().to_string()));
        }
        loop {
            let outcome = {
                let _open = inner.gate.read().unwrap_or_else(PoisonError::into_inner);
                inner.env.write_txn().and_then(|mut txn| {
                    let value = write(&mut txn, &inner.tables)?;
                    txn.commit()?;
                    Ok(value)
                })
            };
            match outcome {
                Ok(value) => return Ok(value),
                Err(heed::Error::Mdb(MdbError::MapFull)) => inner.grow()?,
                Err(heed::Error::Mdb(MdbError::MapResized)) => inner.adopt()?,
                Err(error) if is_disk_full(&error, &inner.path) => return Err(StoreError::Full),
                Err(error) => return Err(error.into()),
            }
        }
    }
}
