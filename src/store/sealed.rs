//! Records that hold passwords and tokens are encrypted before they reach the disk.
//!
//! ChaCha20-Poly1305 (RFC 8439) with a random nonce for each record; table and
//! key are authenticated with it, so that a record cannot be moved elsewhere.
//! The key is a file beside the database, never in it: a copy of the database
//! alone gives nothing away. A sealed record is
//! `version (1) | key id (4) | nonce (12) | ciphertext and tag`.

use crate::model::hex;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hmac;
use sha2::{Digest as _, Sha256};
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;
use std::sync::Arc;

/// Within the data folder.
pub const KEY_FILE: &str = "secret.key";
/// The first byte of a sealed record. JSON never starts with it.
const VERSION: u8 = 1;
const KEY_LEN: usize = 32;
const ID_LEN: usize = 4;
const HEADER: usize = 1 + ID_LEN + NONCE_LEN;

/// Why a record could not be sealed or opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    #[error("the key file secret.key is missing from the data folder")]
    NoKey,
    #[error(
        "it was encrypted with another key; put the secret.key that belongs to it back into the data folder and start again"
    )]
    OtherKey,
    #[error("it is damaged, or does not belong in this place")]
    Damaged,
    #[error("the system's random number generator failed")]
    NoRandomness,
}

/// Tells whether a text is the one from before, without keeping it.
#[derive(Debug, Clone, Default)]
pub struct KeyedDigest(Option<Arc<hmac::Key>>);

impl KeyedDigest {
    fn new(key: &[u8; KEY_LEN]) -> Self {
        let own = Sha256::digest([b"digest of commands:".as_slice(), key].concat());
        Self(Some(Arc::new(hmac::Key::new(hmac::HMAC_SHA256, &own))))
    }

    #[cfg(test)]
    pub fn for_tests() -> Self {
        Self::new(&[7; KEY_LEN])
    }

    /// `None` without the key file: then nothing is known to be the same.
    pub fn of(&self, text: &str) -> Option<String> {
        let tag = hmac::sign(self.0.as_ref()?, text.as_bytes());
        Some(hex::encode(tag.as_ref().get(..16)?))
    }
}

/// The key of this installation.
pub(super) struct SealKey {
    key: LessSafeKey,
    pub digest: KeyedDigest,
    id: [u8; ID_LEN],
}

impl std::fmt::Debug for SealKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SealKey({})", hex::encode(&self.id))
    }
}

impl SealKey {
    fn new(bytes: &[u8; KEY_LEN]) -> Option<Self> {
        let key = UnboundKey::new(&CHACHA20_POLY1305, bytes).ok()?;
        let digest = Sha256::digest(bytes);
        let mut id = [0; ID_LEN];
        id.copy_from_slice(&digest[..ID_LEN]);
        Some(Self {
            key: LessSafeKey::new(key),
            digest: KeyedDigest::new(bytes),
            id,
        })
    }

    /// Reads the key file. `None` if there is none, or none that is whole.
    pub fn read(data_dir: &Path) -> io::Result<Option<Self>> {
        let text = match fs::read_to_string(data_dir.join(KEY_FILE)) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => return Ok(None),
            Err(error) => return Err(error),
        };
        let bytes = hex::decode(text.trim()).and_then(|bytes| bytes.try_into().ok());
        Ok(bytes.and_then(|bytes| Self::new(&bytes)))
    }

    /// The same, and makes a key where there is none. One that cannot be used
    /// is kept as `secret.key.broken`.
    pub fn read_or_make(data_dir: &Path) -> io::Result<Self> {
        let path = data_dir.join(KEY_FILE);
        if let Some(key) = Self::read(data_dir)? {
            make_private(&path);
            return Ok(key);
        }
        if path.exists() {
            let broken = data_dir.join(format!("{KEY_FILE}.broken"));
            tracing::error!(
                kept_as = %broken.display(),
                "secret.key is not a valid key; a new one is created, and data encrypted with the old one cannot be read"
            );
            fs::rename(&path, &broken)?;
        }
        let mut bytes = [0; KEY_LEN];
        getrandom::fill(&mut bytes).map_err(|error| io::Error::other(error.to_string()))?;
        let aside = data_dir.join(format!(".{KEY_FILE}.new"));
        match fs::remove_file(&aside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = File::options()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&aside)?;
        file.write_all(hex::encode(&bytes).as_bytes())?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        fs::rename(&aside, &path)?;
        File::open(data_dir)?.sync_all()?;
        make_private(&path);
        Self::new(&bytes).ok_or_else(|| io::Error::other("the key is invalid"))
    }

    pub fn seal(&self, table: &str, key: &[u8], plain: Vec<u8>) -> Result<Vec<u8>, SealError> {
        let mut nonce = [0; NONCE_LEN];
        getrandom::fill(&mut nonce).map_err(|_| SealError::NoRandomness)?;
        let mut sealed = Vec::with_capacity(HEADER + plain.len() + CHACHA20_POLY1305.tag_len());
        sealed.push(VERSION);
        sealed.extend_from_slice(&self.id);
        sealed.extend_from_slice(&nonce);
        let mut text = plain;
        self.key
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(place(table, key)),
                &mut text,
            )
            .map_err(|_| SealError::Damaged)?;
        sealed.append(&mut text);
        Ok(sealed)
    }

    pub fn open(&self, table: &str, key: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let (header, text) = sealed
            .split_at_checked(HEADER)
            .filter(|(header, _)| header[0] == VERSION)
            .ok_or(SealError::Damaged)?;
        if header[1..=ID_LEN] != self.id {
            return Err(SealError::OtherKey);
        }
        let nonce = Nonce::try_assume_unique_for_key(&header[1 + ID_LEN..])
            .map_err(|_| SealError::Damaged)?;
        let mut text = text.to_vec();
        let plain = self
            .key
            .open_in_place(nonce, Aad::from(place(table, key)), &mut text)
            .map_err(|_| SealError::Damaged)?
            .len();
        text.truncate(plain);
        Ok(text)
    }
}

/// Copies the key file to `target`, a new file that only its owner can read.
/// `false` if there is no key.
pub fn copy_key(data_dir: &Path, target: &Path) -> io::Result<bool> {
    let key = match fs::read(data_dir.join(KEY_FILE)) {
        Ok(key) => key,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    let mut file = File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(target)?;
    file.write_all(&key)?;
    file.sync_all()?;
    Ok(true)
}

/// Whether these bytes are a sealed record rather than JSON.
pub(super) fn is_sealed(bytes: &[u8]) -> bool {
    bytes.first() == Some(&VERSION)
}

/// Where a record belongs. Names of tables hold no zero byte.
fn place(table: &str, key: &[u8]) -> Vec<u8> {
    [table.as_bytes(), &[0], key].concat()
}

/// Whether nobody but the owner may read the file, as the file system tells it.
pub fn is_private(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| found.permissions().mode().trailing_zeros() >= 6)
}

/// A key that others could read, for example after a restore from a backup.
fn make_private(path: &Path) {
    if is_private(path) {
        return;
    }
    let changed = fs::set_permissions(path, fs::Permissions::from_mode(0o600));
    // Some file systems accept the change and do nothing.
    if changed.is_err() || !is_private(path) {
        tracing::warn!(
            path = %path.display(),
            "other users of this host can read the key file: its file system does not keep permissions. \
             Move the data folder to one that does"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> SealKey {
        SealKey::new(&[7; KEY_LEN]).unwrap()
    }

    #[test]
    fn sealed_record_is_unreadable_and_opens_only_for_its_own_table_and_key() {
        let plain = br#"{"env":["PASSWORD=hunter2"]}"#.to_vec();
        let sealed = key().seal("journal", b"a/1", plain.clone()).unwrap();
        assert!(is_sealed(&sealed) && !is_sealed(&plain));
        assert!(!sealed.windows(7).any(|part| part == b"hunter2"));
        assert_eq!(key().open("journal", b"a/1", &sealed), Ok(plain.clone()));
        assert_eq!(
            key().open("journal", b"a/2", &sealed),
            Err(SealError::Damaged)
        );
        assert_eq!(
            key().open("backups", b"a/1", &sealed),
            Err(SealError::Damaged)
        );
        assert_ne!(sealed, key().seal("journal", b"a/1", plain).unwrap());
    }

    #[test]
    fn record_sealed_with_another_key_is_distinguished_from_damage() {
        let sealed = key().seal("t", b"k", b"{}".to_vec()).unwrap();
        let other = SealKey::new(&[8; KEY_LEN]).unwrap();
        assert_eq!(other.open("t", b"k", &sealed), Err(SealError::OtherKey));
        for at in 5..sealed.len() {
            let mut bad = sealed.clone();
            bad[at] ^= 1;
            assert_eq!(key().open("t", b"k", &bad), Err(SealError::Damaged), "{at}");
        }
        for length in 0..sealed.len() {
            assert!(key().open("t", b"k", &sealed[..length]).is_err());
        }
    }

    #[test]
    fn key_file_is_private_and_reused_and_an_invalid_one_is_renamed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(KEY_FILE);
        assert!(SealKey::read(dir.path()).unwrap().is_none());
        let first = SealKey::read_or_make(dir.path()).unwrap();
        assert!(is_private(&path));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(SealKey::read_or_make(dir.path()).unwrap().id, first.id);
        assert!(is_private(&path));
        fs::write(&path, "half").unwrap();
        assert_ne!(SealKey::read_or_make(dir.path()).unwrap().id, first.id);
        let kept = fs::read_to_string(dir.path().join("secret.key.broken")).unwrap();
        assert_eq!(kept, "half");
    }
}
