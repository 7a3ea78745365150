//! A table: text keys, JSON records, sealed where they hold secrets.
//!
//! A record that cannot be read is skipped by everything that lists, and noted
//! in [`UnreadableRecords`] until it is replaced or deleted: one of them never
//! hides the others.

use super::sealed::{SealError, SealKey, is_sealed};
use heed::types::{Bytes, DecodeIgnore};
use heed::{Database, RoTxn, RwTxn};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, PoisonError};

type Raw = Database<'static, Bytes, Bytes>;

/// A record that is there but cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadableRecord {
    pub table: String,
    pub key: String,
    pub reason: String,
}

/// What was met and could not be read, by table and key.
#[derive(Debug, Default)]
pub(super) struct UnreadableRecords(Mutex<BTreeMap<(&'static str, String), String>>);

impl UnreadableRecords {
    fn note(&self, table: &'static str, key: &str, reason: &str) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = (table, key.to_owned());
        if all.get(&place).is_none_or(|known| known != reason) {
            tracing::error!(
                table,
                key,
                reason,
                "a stored record cannot be read; it is skipped and kept"
            );
            all.insert(place, reason.to_owned());
        }
    }

    fn forget(&self, table: &'static str, key: &str) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.remove(&(table, key.to_owned()));
    }

    pub fn list(&self) -> Vec<UnreadableRecord> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let list = all.iter().map(|((table, key), reason)| UnreadableRecord {
            table: (*table).to_owned(),
            key: key.clone(),
            reason: reason.clone(),
        });
        list.collect()
    }
}

/// How the records of a table are kept.
#[derive(Debug, Clone)]
pub(super) enum Form {
    Clear,
    /// Without a key nothing is read or written.
    Sealed(Option<Arc<SealKey>>),
}

/// Records of one type by a text.
#[derive(Debug)]
pub struct Table<T> {
    raw: Raw,
    name: &'static str,
    form: Form,
    unreadable: Arc<UnreadableRecords>,
    of: PhantomData<fn() -> T>,
}

impl<T: Serialize + DeserializeOwned> Table<T> {
    pub(super) fn new(
        raw: Raw,
        name: &'static str,
        (form, unreadable): (Form, Arc<UnreadableRecords>),
    ) -> Self {
        Self {
            raw,
            name,
            form,
            unreadable,
            of: PhantomData,
        }
    }

    /// `None` if there is none.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub fn get(&self, txn: &RoTxn<'_>, key: &str) -> heed::Result<Option<T>> {
        let Some(bytes) = self.raw.get(txn, key.as_bytes())? else {
            return Ok(None);
        };
        self.decode(key, bytes)
            .map(Some)
            .map_err(|reason| heed::Error::Decoding(reason.into()))
    }

    /// The same, and `None` for one that cannot be read, which is noted.
    pub fn find(&self, txn: &RoTxn<'_>, key: &str) -> heed::Result<Option<T>> {
        let bytes = self.raw.get(txn, key.as_bytes())?;
        Ok(bytes.and_then(|bytes| self.decode(key, bytes).ok()))
    }

    /// Whether there is one, readable or not.
    pub fn contains(&self, txn: &RoTxn<'_>, key: &str) -> heed::Result<bool> {
        let found = self.raw.remap_data_type::<DecodeIgnore>();
        Ok(found.get(txn, key.as_bytes())?.is_some())
    }

    /// All that can be read, by key, lowest first.
    #[expect(
        clippy::iter_not_returning_iterator,
        reason = "a reading transaction may fail before the first record"
    )]
    pub fn iter<'t>(
        &'t self,
        txn: &'t RoTxn<'_>,
    ) -> heed::Result<impl Iterator<Item = heed::Result<(String, T)>> + 't> {
        Ok(self.raw.iter(txn)?.filter_map(|entry| self.entry(entry)))
    }

    /// The same, highest first.
    pub fn rev_iter<'t>(
        &'t self,
        txn: &'t RoTxn<'_>,
    ) -> heed::Result<impl Iterator<Item = heed::Result<(String, T)>> + 't> {
        let entries = self.raw.rev_iter(txn)?;
        Ok(entries.filter_map(|entry| self.entry(entry)))
    }

    /// The keys of all records, readable or not.
    pub fn keys(&self, txn: &RoTxn<'_>) -> heed::Result<Vec<String>> {
        let keys = self.raw.remap_data_type::<DecodeIgnore>();
        keys.iter(txn)?
            .map(|entry| entry.map(|(key, ())| text(key)))
            .collect()
    }

    pub fn last_key(&self, txn: &RoTxn<'_>) -> heed::Result<Option<String>> {
        let keys = self.raw.remap_data_type::<DecodeIgnore>();
        Ok(keys.last(txn)?.map(|(key, ())| text(key)))
    }

    pub fn len(&self, txn: &RoTxn<'_>) -> heed::Result<u64> {
        self.raw.len(txn)
    }

    pub fn put(&self, txn: &mut RwTxn<'_>, key: &str, record: &T) -> heed::Result<()> {
        let json = serde_json::to_vec(record).map_err(|e| heed::Error::Encoding(e.into()))?;
        let bytes = self.encode(key, json)?;
        self.raw.put(txn, key.as_bytes(), &bytes)?;
        self.unreadable.forget(self.name, key);
        Ok(())
    }

    pub fn delete(&self, txn: &mut RwTxn<'_>, key: &str) -> heed::Result<bool> {
        let deleted = self.raw.delete(txn, key.as_bytes())?;
        self.unreadable.forget(self.name, key);
        Ok(deleted)
    }

    pub fn clear(&self, txn: &mut RwTxn<'_>) -> heed::Result<()> {
        for key in self.keys(txn)? {
            self.unreadable.forget(self.name, &key);
        }
        self.raw.clear(txn)
    }

    /// Seals the records that an older version stored in clear.
    pub(super) fn seal_clear_records(&self, txn: &mut RwTxn<'_>) -> heed::Result<()> {
        for key in self.keys(txn)? {
            let clear = match self.raw.get(txn, key.as_bytes())? {
                Some(bytes) if !is_sealed(bytes) => bytes.to_vec(),
                _ => continue,
            };
            let sealed = self.encode(&key, clear)?;
            self.raw.put(txn, key.as_bytes(), &sealed)?;
        }
        Ok(())
    }

    fn entry(&self, entry: heed::Result<(&[u8], &[u8])>) -> Option<heed::Result<(String, T)>> {
        match entry {
            Ok((key, bytes)) => {
                let key = text(key);
                let record = self.decode(&key, bytes).ok()?;
                Some(Ok((key, record)))
            }
            Err(error) => Some(Err(error)),
        }
    }

    fn encode(&self, key: &str, json: Vec<u8>) -> heed::Result<Vec<u8>> {
        let sealed = match &self.form {
            Form::Clear => return Ok(json),
            Form::Sealed(None) => Err(SealError::NoKey),
            Form::Sealed(Some(seal)) => seal.seal(self.name, key.as_bytes(), json),
        };
        sealed.map_err(|error| heed::Error::Encoding(error.into()))
    }

    /// A record that cannot be read is noted here, with the reason.
    fn decode(&self, key: &str, bytes: &[u8]) -> Result<T, String> {
        let opened = match &self.form {
            Form::Clear => serde_json::from_slice(bytes).map_err(|error| error.to_string()),
            Form::Sealed(None) => Err(SealError::NoKey.to_string()),
            Form::Sealed(Some(seal)) => seal
                .open(self.name, key.as_bytes(), bytes)
                .map_err(|error| error.to_string())
                .and_then(|json| serde_json::from_slice(&json).map_err(|error| error.to_string())),
        };
        opened.inspect_err(|reason| self.unreadable.note(self.name, key, reason))
    }

    /// Puts bytes as they are, as damage or an older version would have left them.
    #[cfg(test)]
    pub(super) fn put_raw(&self, txn: &mut RwTxn<'_>, key: &str, bytes: &[u8]) -> heed::Result<()> {
        self.raw.put(txn, key.as_bytes(), bytes)
    }

    #[cfg(test)]
    pub(super) fn get_raw(&self, txn: &RoTxn<'_>, key: &str) -> heed::Result<Option<Vec<u8>>> {
        Ok(self.raw.get(txn, key.as_bytes())?.map(<[u8]>::to_vec))
    }
}

/// Keys are text; one that is not was not written by this program.
fn text(key: &[u8]) -> String {
    String::from_utf8_lossy(key).into_owned()
}

/// Records in the order in which they were appended, by a number that grows.
#[derive(Debug)]
pub struct Sequence<T> {
    table: Table<T>,
}

impl<T: Serialize + DeserializeOwned> Sequence<T> {
    pub(super) fn new(table: Table<T>) -> Self {
        Self { table }
    }

    /// Appends what `record` makes for its number.
    pub fn append(&self, txn: &mut RwTxn<'_>, record: impl FnOnce(u64) -> T) -> heed::Result<()> {
        let keys = self.table.raw.remap_data_type::<DecodeIgnore>();
        let last = keys.last(txn)?.map_or(0, |(key, ())| number(key));
        let next = last.saturating_add(1);
        let json =
            serde_json::to_vec(&record(next)).map_err(|e| heed::Error::Encoding(e.into()))?;
        self.table.raw.put(txn, &next.to_be_bytes(), &json)
    }

    /// Writes another record in the place of one.
    pub fn replace(&self, txn: &mut RwTxn<'_>, number: u64, record: &T) -> heed::Result<()> {
        let json = serde_json::to_vec(record).map_err(|e| heed::Error::Encoding(e.into()))?;
        self.table.raw.put(txn, &number.to_be_bytes(), &json)
    }

    /// All numbers, lowest first, each with its record if it can be read.
    #[expect(
        clippy::iter_not_returning_iterator,
        reason = "a reading transaction may fail before the first record"
    )]
    pub fn iter<'t>(
        &'t self,
        txn: &'t RoTxn<'_>,
    ) -> heed::Result<impl Iterator<Item = heed::Result<(u64, Option<T>)>> + 't> {
        Ok(self.table.raw.iter(txn)?.map(|entry| {
            let (key, bytes) = entry?;
            let number = number(key);
            Ok((number, self.table.decode(&number.to_string(), bytes).ok()))
        }))
    }

    /// Those that can be read, newest first.
    pub fn newest<'t>(
        &'t self,
        txn: &'t RoTxn<'_>,
    ) -> heed::Result<impl Iterator<Item = heed::Result<T>> + 't> {
        Ok(self.table.raw.rev_iter(txn)?.filter_map(|entry| {
            let decoded = entry.map(|(key, bytes)| {
                let number = number(key).to_string();
                self.table.decode(&number, bytes).ok()
            });
            decoded.transpose()
        }))
    }

    pub fn delete(&self, txn: &mut RwTxn<'_>, number: u64) -> heed::Result<bool> {
        self.table
            .unreadable
            .forget(self.table.name, &number.to_string());
        self.table.raw.delete(txn, &number.to_be_bytes())
    }

    /// Drops the oldest beyond `most`.
    pub fn keep_newest(&self, txn: &mut RwTxn<'_>, most: u64) -> heed::Result<()> {
        let over = self.table.len(txn)?.saturating_sub(most);
        for _ in 0..over {
            let keys = self.table.raw.remap_data_type::<DecodeIgnore>();
            let Some(oldest) = keys.first(txn)?.map(|(key, ())| number(key)) else {
                break;
            };
            self.delete(txn, oldest)?;
        }
        Ok(())
    }
}

/// Big-endian, so that the order of the bytes is that of the numbers.
fn number(key: &[u8]) -> u64 {
    key.try_into().map_or(0, u64::from_be_bytes)
}
