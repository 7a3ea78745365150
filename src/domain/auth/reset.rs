//! Resetting the password from the console of the machine: a temporary one,
//! which must be changed at the next login. Every session ends.

use super::password::{hash_blocking, temporary};
use crate::domain::security::{Client, record_blocking};
use crate::error::Result;
use crate::model::hash_cost::HashCost;
use crate::model::timestamp::Timestamp;
use crate::store::{Store, UserRecord};

/// The new temporary password, or `None` before the first start is finished.
pub fn reset_blocking(store: &Store, cost: HashCost) -> Result<Option<String>> {
    let Some(user) = store.user_to_reset()? else {
        return Ok(None);
    };
    let password = temporary()?;
    let hash = hash_blocking(cost, &password)?;
    store.replace_password_blocking(&with_temporary(user, hash))?;
    record_blocking(store, &Client::console(), "password_reset");
    Ok(Some(password))
}

/// The user with a new temporary password.
fn with_temporary(user: UserRecord, hash: String) -> UserRecord {
    let now = Timestamp::now();
    UserRecord {
        password_hash: hash,
        force_password_change: true,
        password_reset_at: Some(now),
        updated_at: now,
        ..user
    }
}
