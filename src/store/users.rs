//! The one user.

use super::records::{SessionRecord, UserRecord};
use super::{Store, StoreError};
use crate::model::hex;
use crate::model::settings::Settings;
use crate::model::timestamp::Timestamp;

pub(super) const ADMIN: &str = "admin";

impl Store {
    pub fn user(&self) -> Result<Option<UserRecord>, StoreError> {
        self.read(|txn, tables| tables.users.get(txn, ADMIN))
    }

    /// Whether somebody has set a password, also if the record is damaged: a
    /// damaged one must not open the first-start wizard to whoever comes.
    pub fn has_user(&self) -> Result<bool, StoreError> {
        self.read(|txn, tables| tables.users.contains(txn, ADMIN))
    }

    /// Whether the record of the user is there and cannot be read: nobody can log in
    /// until the password is reset.
    pub fn is_user_unreadable(&self) -> Result<bool, StoreError> {
        self.read(|txn, tables| {
            Ok(tables.users.contains(txn, ADMIN)? && tables.users.find(txn, ADMIN)?.is_none())
        })
    }

    /// The user whose password is reset: in place of a record that cannot be read a new
    /// one, whose password fits nothing yet. `None` before the first start is finished.
    pub fn user_to_reset(&self) -> Result<Option<UserRecord>, StoreError> {
        self.read(|txn, tables| {
            if !tables.users.contains(txn, ADMIN)? {
                return Ok(None);
            }
            let now = Timestamp::now();
            let found = tables.users.find(txn, ADMIN)?;
            Ok(Some(found.unwrap_or_else(|| UserRecord {
                username: ADMIN.to_owned(),
                password_hash: String::new(),
                force_password_change: true,
                password_reset_at: None,
                created_at: now,
                updated_at: now,
            })))
        })
    }

    /// What known devices are recognised by; made when it is first asked for.
    pub fn device_secret(&self) -> Result<Vec<u8>, StoreError> {
        const KEY: &str = "device_secret";
        let known = self.read(|txn, tables| tables.meta.get(txn, KEY))?;
        let known = known
            .as_ref()
            .and_then(|value| hex::decode(value.as_str()?));
        if let Some(secret) = known {
            return Ok(secret);
        }
        let mut secret = vec![0; 32];
        getrandom::fill(&mut secret)
            .map_err(|error| heed::Error::Io(std::io::Error::other(error)))?;
        let text = serde_json::Value::String(hex::encode(&secret));
        self.write_essential_blocking(|txn, tables| tables.meta.put(txn, KEY, &text))?;
        Ok(secret)
    }

    /// The end of the first-start wizard: user, settings and first session in
    /// one commit. `false`, and nothing written, if somebody was faster.
    pub async fn complete_setup(
        &self,
        user: UserRecord,
        settings: Settings,
        session: (String, SessionRecord),
    ) -> Result<bool, StoreError> {
        self.write(move |txn, tables| {
            if tables.users.contains(txn, ADMIN)? {
                return Ok(false);
            }
            tables.users.put(txn, ADMIN, &user)?;
            tables.settings.put(txn, super::settings::KEY, &settings)?;
            tables.sessions.put(txn, &session.0, &session.1)?;
            Ok(true)
        })
        .await
    }

    /// A new hash of the same password, when the profile asks for more work.
    /// Nothing changes if the password itself has changed meanwhile.
    pub async fn rehash(&self, from: String, to: String) -> Result<(), StoreError> {
        self.write(move |txn, tables| {
            if let Some(mut user) = tables.users.get(txn, ADMIN)?
                && user.password_hash == from
            {
                user.password_hash.clone_from(&to);
                tables.users.put(txn, ADMIN, &user)?;
            }
            Ok(())
        })
        .await
    }

    /// A new password: every session ends, and the caller's new one begins.
    /// `false`, and nothing written, if the password is no longer that of
    /// `seen`, the user's `updated_at` when the old one was checked.
    pub async fn replace_password(
        &self,
        seen: Timestamp,
        user: UserRecord,
        session: Option<(String, SessionRecord)>,
    ) -> Result<bool, StoreError> {
        self.write_essential(move |txn, tables| {
            let now = tables.users.get(txn, ADMIN)?;
            if now.is_none_or(|now| now.updated_at != seen) {
                return Ok(false);
            }
            tables.users.put(txn, ADMIN, &user)?;
            tables.sessions.clear(txn)?;
            if let Some((key, record)) = &session {
                tables.sessions.put(txn, key, record)?;
            }
            Ok(true)
        })
        .await
    }

    /// The same without a runtime, for the command line and the start.
    pub fn replace_password_blocking(&self, user: &UserRecord) -> Result<(), StoreError> {
        self.write_essential_blocking(|txn, tables| {
            tables.users.put(txn, ADMIN, user)?;
            tables.sessions.clear(txn)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::database::Sizes;
    use super::super::open::scratch;

    #[test]
    fn record_of_the_user_that_cannot_be_read_is_told_and_gets_a_new_one() {
        let (_dir, store) = scratch(Sizes {
            initial: 1 << 20,
            most: 4 << 20,
        });
        assert!(!store.is_user_unreadable().unwrap());
        assert_eq!(store.user_to_reset().unwrap(), None);
        store
            .write_blocking(|txn, tables| {
                tables.users.put_raw(txn, super::ADMIN, b"{\"username\":")
            })
            .unwrap();
        assert!(store.user().is_err());
        assert!(store.is_user_unreadable().unwrap());
        let user = store.user_to_reset().unwrap().unwrap();
        store.replace_password_blocking(&user).unwrap();
        assert_eq!(store.user().unwrap(), Some(user));
        assert!(!store.is_user_unreadable().unwrap());
    }
}
