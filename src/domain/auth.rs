//! Who may come in: first start, login, sessions, password changes.
//!
//! Every try at the password passes the throttle; what comes in by it is a
//! session (`auth/sessions`).

mod devices;
mod password;
mod preview;
mod reset;
mod sessions;
mod throttle;
mod tickets;
mod turns;
mod unstored;
mod wordlist;

pub use password::{Hasher, Rule, Strength, hash_blocking, require, strength, temporary};
pub use reset::reset_blocking;
pub use sessions::{LoginResult, Session};
pub use tickets::TicketView;

use crate::domain::security::{Client, SecurityLog};
use crate::error::{Error, Kind, Result};
use crate::model::settings::Settings;
use crate::model::timestamp::Timestamp;
use crate::store::{Store, UserRecord};
use devices::Devices;
use sha2::{Digest as _, Sha256};
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use throttle::{Throttle, Who};
use tickets::Tickets;
use tokio::sync::watch;
use unstored::Unstored;

/// Sessions kept; a login beyond ends the one used longest ago.
const MOST_SESSIONS: usize = 100;

#[derive(Debug)]
pub struct Auth {
    store: Store,
    log: SecurityLog,
    hasher: Hasher,
    throttle: Mutex<Throttle>,
    devices: Devices,
    tickets: Tickets,
    unstored: Mutex<Unstored>,
    /// Counts the times at which sessions were ended.
    ended: watch::Sender<u64>,
    session: Duration,
    remember: Duration,
    set_up: AtomicBool,
    setup_token: String,
    /// The database that belongs to the keys of this installation is missing:
    /// whoever comes first is not its owner for that.
    database_lost: bool,
    /// One first start at a time: it changes more than one commit can hold.
    pub(super) setting_up: tokio::sync::Mutex<()>,
}

impl Auth {
    pub fn new(
        store: Store,
        log: SecurityLog,
        hasher: Hasher,
        session: Duration,
        remember: Duration,
    ) -> Result<Arc<Self>> {
        let set_up = store.has_user()?;
        let devices = Devices::new(&store.device_secret()?);
        let database_lost = store.replaces_a_lost_one()?;
        if database_lost {
            tracing::error!(
                "The database is missing or empty, although the keys of this installation are there. \
                 It was deleted, or its disk is not mounted. To restore a backup, stop DockerMate and \
                 copy it to db/data.mdb in the data folder. To begin again instead, finish the setup \
                 with the setup token."
            );
        }
        let mut throttle = Throttle::default();
        let sessions = store.sessions()?;
        let addresses = sessions.iter().map(|(_, session)| &session.ip_address);
        throttle.recall(addresses.filter_map(|address| address.parse().ok()));
        Ok(Arc::new(Self {
            store,
            log,
            hasher,
            throttle: Mutex::new(throttle),
            devices,
            tickets: Tickets::default(),
            unstored: Mutex::default(),
            ended: watch::Sender::default(),
            session,
            remember,
            set_up: AtomicBool::new(set_up),
            setup_token: setup_token()?,
            database_lost,
            setting_up: tokio::sync::Mutex::default(),
        }))
    }

    /// Whether the first-start wizard has been finished.
    pub fn is_set_up(&self) -> bool {
        self.set_up.load(Ordering::Acquire)
    }

    /// Whether the setup needs its token, wherever the request comes from.
    pub fn asks_everybody_for_token(&self) -> bool {
        self.database_lost
    }

    /// Asked for when the first visitor comes from another network.
    pub fn setup_token(&self) -> &str {
        &self.setup_token
    }

    /// Whether the wizard may be finished by this caller. `given` is compared
    /// when the caller comes from another network.
    pub async fn admit_setup(
        &self,
        given: Option<&str>,
        token_required: bool,
        client: &Client,
    ) -> Result<()> {
        if self.is_set_up() {
            return Err(already_set_up());
        }
        if !token_required {
            return Ok(());
        }
        if given.is_none() {
            return Err(token_needed());
        }
        // The token is long enough: the limits over all clients are for passwords.
        let trying = self.wait_for(Who {
            is_apart: true,
            ..who(client)
        })?;
        let given = given.map(normal_token).unwrap_or_default();
        if same(&given, &normal_token(&self.setup_token)) {
            return Ok(());
        }
        trying.failed();
        self.log
            .add(client, "setup_refused", false, "wrong setup token")
            .await;
        Err(token_needed())
    }

    /// The first password, the settings and the first session, in one commit.
    pub async fn set_up(
        &self,
        password: String,
        settings: Settings,
        client: &Client,
    ) -> Result<LoginResult> {
        password::require("password", &password)?;
        let hash = self.hasher.hash(password).await?;
        let now = Timestamp::now();
        let user = UserRecord {
            username: "admin".to_owned(),
            password_hash: hash,
            force_password_change: false,
            password_reset_at: None,
            created_at: now,
            updated_at: now,
        };
        let (result, key, record) = self.new_session(client, false, false)?;
        if !self
            .store
            .complete_setup(user, settings, (key, record))
            .await?
        {
            return Err(
                Error::conflict("DockerMate is already set up. Log in instead.")
                    .code("already_set_up"),
            );
        }
        self.set_up.store(true, Ordering::Release);
        self.throttle().succeeded(&who(client));
        self.log.add(client, "setup_completed", true, "").await;
        Ok(result)
    }

    /// `previous` is the session that the same browser still has; it ends with
    /// the one that begins.
    pub async fn login(
        &self,
        password: String,
        remember: bool,
        client: &Client,
        previous: Option<&Session>,
    ) -> Result<LoginResult> {
        let Some(user) = self.store.user()? else {
            return Err(setup_required());
        };
        self.throttle().password_is(user.updated_at);
        let trying = match self.wait_for(who(client)) {
            Ok(trying) => trying,
            Err(error) => {
                self.log.add_sparsely(client, "login_blocked").await;
                return Err(error);
            }
        };
        if password.len() > password::LONGEST {
            return Err(Error::invalid(
                "password",
                format!("The password is longer than {} bytes.", password::LONGEST),
            ));
        }
        let verdict = self
            .hasher
            .verify(
                password.clone(),
                user.password_hash.clone(),
                self.knows(client),
            )
            .await
            .inspect_err(|error| {
                // What cannot be checked is logged, so it must not be for nothing either.
                if password::was_tried(error) {
                    trying.failed();
                }
            })?;
        let Some(needs_rehash) = verdict else {
            let times = trying.failed();
            if self.throttle().is_crowded(Instant::now()) {
                // A flood from everywhere must not wear the card.
                self.log.add_sparsely(client, "login_failed").await;
            } else {
                let details = format!("failure {times} in a row");
                self.log.add(client, "login_failed", false, &details).await;
            }
            return Err(wrong_password());
        };
        self.throttle().succeeded(&who(client));
        if needs_rehash
            && let Ok(hash) = self.hasher.hash(password).await
            && let Err(error) = self.store.rehash(user.password_hash.clone(), hash).await
        {
            tracing::warn!(%error, "the password keeps its older hash");
        }
        let (result, key, record) =
            self.new_session(client, remember, user.force_password_change)?;
        self.catch_up().await;
        let ends = previous.map(|session| session.key().to_owned());
        let (seen, kept) = (user.updated_at, (key.clone(), record.clone()));
        let stored = self
            .store
            .add_session(seen, key, record, ends, MOST_SESSIONS);
        match stored.await {
            Ok(true) => self.forget_unstored(previous),
            // The password was changed while it was checked.
            Ok(false) => return Err(wrong_password()),
            Err(error) if error.is_unwritable() => self.begin_in_memory(kept, seen, previous),
            Err(error) => return Err(error.into()),
        }
        self.log.add(client, "login", true, "").await;
        self.note_ended();
        Ok(result)
    }

    /// Changes the password; every session ends and a new one begins.
    pub async fn change_password(
        &self,
        session: &Session,
        current: String,
        new: String,
        client: &Client,
    ) -> Result<LoginResult> {
        let (user, _trying) = self.check_change(&current, &new, client).await?;
        let hash = self.hasher.hash(new).await?;
        let (result, key, record) = self.new_session(client, session.remember, false)?;
        let now = Timestamp::now();
        let seen = user.updated_at;
        let changed = UserRecord {
            password_hash: hash,
            force_password_change: false,
            updated_at: now,
            ..user
        };
        if !self
            .store
            .replace_password(seen, changed, Some((key, record)))
            .await?
        {
            return Err(wrong_current_password());
        }
        self.throttle().succeeded(&who(client));
        self.log.add(client, "password_changed", true, "").await;
        self.note_ended();
        Ok(result)
    }

    /// Whether the password may be changed so: a try like any other, whether
    /// or not the change follows.
    async fn check_change(
        &self,
        current: &str,
        new: &str,
        client: &Client,
    ) -> Result<(UserRecord, Trying<'_>)> {
        let Some(user) = self.store.user()? else {
            return Err(setup_required());
        };
        self.throttle().password_is(user.updated_at);
        // Somebody with a session is not delayed by what others try.
        let trying = self.wait_for(Who {
            is_apart: true,
            ..who(client)
        })?;
        let right = self
            .hasher
            .verify(current.to_owned(), user.password_hash.clone(), true)
            .await?;
        if right.is_none() {
            trying.failed();
            self.log
                .add(
                    client,
                    "password_change_failed",
                    false,
                    "wrong current password",
                )
                .await;
            return Err(wrong_current_password());
        }
        if current == new {
            return Err(Error::invalid(
                "new_password",
                "The new password is the same as the current one.",
            ));
        }
        password::require("new_password", new)?;
        Ok((user, trying))
    }

    /// Whether a client has logged in before, by its device or its address.
    pub fn knows(&self, client: &Client) -> bool {
        self.throttle().knows(&who(client))
    }

    /// Whether somebody has logged in from this address.
    pub fn knows_address(&self, address: IpAddr) -> bool {
        self.throttle().knows(&Who {
            address,
            device: None,
            is_vague: false,
            is_apart: false,
        })
    }

    fn throttle(&self) -> std::sync::MutexGuard<'_, Throttle> {
        self.throttle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a try begin. Held until the try has succeeded or been noted as a
    /// failure, so that many at once do not slip through together.
    fn wait_for(&self, who: Who) -> Result<Trying<'_>> {
        match self.throttle().begin(&who, Instant::now()) {
            Ok(who) => Ok(Trying {
                throttle: &self.throttle,
                who,
            }),
            Err(left) => {
                // Up, so that who waits as long as told is let in.
                let seconds = left.as_secs() + u64::from(left.subsec_nanos() > 0);
                Err(Error::new(
                    Kind::RateLimited {
                        retry_after_s: seconds,
                    },
                    format!("Too many failed attempts. Wait {seconds} s and try again."),
                ))
            }
        }
    }
}

fn who(client: &Client) -> Who {
    Who {
        address: client.ip,
        device: client.device.clone(),
        is_vague: client.is_vague,
        is_apart: false,
    }
}

/// A try that is under way.
struct Trying<'a> {
    throttle: &'a Mutex<Throttle>,
    who: Who,
}

impl Trying<'_> {
    /// Notes a failure; how often this client has failed in a row.
    fn failed(&self) -> u32 {
        let mut throttle = self.throttle.lock().unwrap_or_else(PoisonError::into_inner);
        throttle.failed(&self.who, Instant::now())
    }
}

impl Drop for Trying<'_> {
    fn drop(&mut self) {
        self.throttle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .ended(&self.who);
    }
}

/// What every API but the wizard's answers before the first password is set.
pub fn setup_required() -> Error {
    Error::new(
        Kind::SetupRequired,
        "DockerMate has no password yet. Open it in a browser and finish the setup, or POST /api/setup.",
    )
}

fn wrong_password() -> Error {
    Error::new(
        Kind::Unauthenticated,
        "Wrong password. If you lost it, run this on the host: dockermate reset-password",
    )
    .code("invalid_password")
}

fn wrong_current_password() -> Error {
    Error::invalid("current_password", "The current password is wrong.").code("invalid_password")
}

pub(super) fn already_set_up() -> Error {
    Error::conflict("DockerMate is already set up. Log in instead.").code("already_set_up")
}

fn token_needed() -> Error {
    Error::invalid(
        "setup_token",
        "The setup token is needed: this request comes from another network, or the database of this installation is missing. DockerMate printed the token on its console at start, and in its log.",
    )
    .code("setup_token_required")
}

fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| {
        Error::internal("The system's random number generator failed.").detail(error.to_string())
    })?;
    Ok(bytes)
}

/// 50 bits in letters that cannot be mistaken, easy to type from a console.
fn setup_token() -> Result<String> {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHJKMNPQRSTUVWXYZ234567899";
    let text: String = random::<10>()?
        .iter()
        .map(|byte| char::from(ALPHABET[usize::from(byte % 32)]))
        .collect();
    Ok(format!("{}-{}", &text[..5], &text[5..]))
}

fn normal_token(token: &str) -> String {
    token
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_uppercase())
        .collect()
}

/// Compares hashes, so that the time says nothing about the text.
fn same(left: &str, right: &str) -> bool {
    Sha256::digest(left.as_bytes()) == Sha256::digest(right.as_bytes())
}
