//! The shapes of the records. Fields have defaults for what an older version lacked.

use crate::model::operation::Target;
use crate::model::timestamp::Timestamp;
use crate::model::update::UnknownReason;
use crate::model::update_policy::UpdateRules;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The one user. The hash is a PHC string, parameters and salt included.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
pub struct UserRecord {
    pub username: String,
    pub password_hash: String,
    #[serde(default)]
    pub force_password_change: bool,
    #[serde(default)]
    pub password_reset_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// A session, by the hash of its token.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
pub struct SessionRecord {
    pub id: String,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    pub last_accessed: Timestamp,
    #[serde(default)]
    pub user_agent: String,
    #[serde(default)]
    pub ip_address: String,
    #[serde(default)]
    pub remember: bool,
    /// `None`: begun before sessions were bound, and no longer valid.
    #[serde(default)]
    pub bound_to: Option<SessionBinding>,
}

/// What a request must prove beside the token.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum SessionBinding {
    /// A browser: the key that only our own pages can read, as its SHA-256.
    Browser { page_key_hash: String },
    /// A script: nothing; it never comes from a browser.
    Script,
}

/// What the user says of a container, by its name.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
pub struct ContainerRecord {
    /// `None`: the label or the host decides.
    #[serde(default)]
    pub environment: Option<String>,
    #[serde(default)]
    pub description: String,
    #[serde(default)]
    pub notes: String,
    /// Where its service is opened, if the user has set it.
    #[serde(default)]
    pub url: String,
    #[serde(default)]
    pub tags: Vec<String>,
    #[serde(default)]
    pub updates: UpdateRules,
    pub updated_at: Timestamp,
    /// The container that it belongs to; `None` for the next one of this name.
    #[serde(default)]
    pub owner: Option<OwnerRecord>,
}

/// The container that an annotation belongs to, and what its replacement is
/// known by.
#[derive(Debug, Clone, Default, Serialize, Deserialize, PartialEq, Eq)]
#[serde(default)]
pub struct OwnerRecord {
    /// Full ids. Two while one container replaces another, none once it is gone.
    pub ids: Vec<String>,
    /// The reference it was created with, and the image that this was then.
    pub image: String,
    pub image_id: String,
    /// Keyed: a command may carry a password.
    pub command_digest: String,
    /// What versions before this wrote instead.
    #[serde(rename = "command", skip_serializing)]
    pub clear_command: String,
    /// Of Docker Compose.
    pub project: Option<String>,
    pub service: Option<String>,
    /// When it was seen to be gone, or to have another name.
    pub removed_at: Option<Timestamp>,
}

/// One entry, under the key `<operation>/<step>`.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq)]
pub struct JournalRecord {
    /// The operation's id.
    #[serde(alias = "id")]
    pub operation: String,
    /// Counts the entries of one operation.
    #[serde(default)]
    pub step: u32,
    /// What wrote it, and so what recovers it (`recreate`).
    pub kind: String,
    /// Of the shape of `entry`. Before versions were stored it was 1.
    #[serde(default = "first_version")]
    pub version: u32,
    pub title: String,
    pub started_at: Timestamp,
    /// What nobody else may work on until the entry has ended.
    #[serde(default)]
    pub targets: Vec<Target>,
    #[serde(default)]
    pub entry: serde_json::Value,
}

fn first_version() -> u32 {
    1
}

impl JournalRecord {
    pub fn key(&self) -> String {
        key(&self.operation, self.step)
    }

    /// The operation of an entry, by the entry's key.
    pub fn operation_of(key: &str) -> &str {
        key.split_once('/').map_or(key, |(operation, _)| operation)
    }
}

fn key(operation: &str, step: u32) -> String {
    format!("{operation}/{step:03}")
}

/// How one container was configured at one moment.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq)]
pub struct BackupRecord {
    /// Sorts in the order in which they were saved.
    pub id: String,
    /// The container's name then.
    pub container: String,
    pub at: Timestamp,
    #[serde(default)]
    pub environment: Option<String>,
    /// What was about to be done (`recreate`, `delete`, `image_update`).
    #[serde(default)]
    pub reason: String,
    #[serde(default)]
    pub image: String,
    /// `sha256:…` of the image at that time.
    #[serde(default)]
    pub image_id: String,
    /// The engine's create request that makes it again.
    #[serde(default)]
    pub body: serde_json::Value,
    /// Its id then. Versions before this one did not note this and the next.
    #[serde(default)]
    pub container_id: String,
    /// By the id that the request has, the names of the other containers that it uses.
    #[serde(default)]
    pub partners: BTreeMap<String, String>,
}

/// A template of the user's own, by its id.
#[derive(Debug, Clone, Default, Serialize, Deserialize, PartialEq)]
pub struct TemplateRecord {
    /// Read by the domain, one by one: a description of a container refuses
    /// what it does not know, and one such record must not hide the others.
    #[serde(default)]
    pub template: serde_json::Value,
}

/// What a registry said last of one reference.
#[derive(Debug, Clone, Default, Serialize, Deserialize, PartialEq, Eq)]
#[serde(default)]
pub struct UpdateRecord {
    /// Of the tag, when it was last seen.
    pub digest: Option<String>,
    /// When the tag was first seen to be that.
    pub since: Option<Timestamp>,
    /// What `digest` stands for on the platforms that were asked for.
    pub platforms: Vec<PlatformRecord>,
    /// The newest tags of the same family.
    pub patch: Option<String>,
    pub minor: Option<String>,
    pub major: Option<String>,
    /// When each of these was first seen.
    pub newer_since: BTreeMap<String, Timestamp>,
    /// Why it could not be looked up the last time.
    pub problem: Option<ProblemRecord>,
}

/// The image of one platform in an index; the image itself where there is no index.
#[derive(Debug, Clone, Default, Serialize, Deserialize, PartialEq, Eq)]
#[serde(default)]
pub struct PlatformRecord {
    /// `linux/arm64/v8`.
    pub platform: String,
    /// Digests; `None` when the index has nothing for the platform.
    pub manifest: Option<String>,
    pub config: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
pub struct ProblemRecord {
    pub reason: UnknownReason,
    /// A sentence.
    pub message: String,
    /// Not to be asked before.
    #[serde(default)]
    pub retry_at: Option<Timestamp>,
}

/// A login at a registry that was entered here. Its secret is in no log.
#[derive(Clone, Serialize, Deserialize, PartialEq, Eq)]
pub struct RegistryLoginRecord {
    pub username: String,
    /// A password or a token.
    pub secret: String,
    pub updated_at: Timestamp,
}

impl std::fmt::Debug for RegistryLoginRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RegistryLoginRecord({:?})", self.username)
    }
}
