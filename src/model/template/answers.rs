//! The answers to a template's questions. What is left out takes the
//! template's suggestion.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Answers {
    /// Of the container; the template's id when left out.
    pub name: Option<String>,
    /// What it is for, in your words.
    pub description: Option<String>,
    /// Code of an environment.
    pub environment: Option<String>,
    /// Another tag or registry than the template's.
    pub image: Option<String>,
    /// Host folder below which every container has its own; `/mnt/appdata`
    /// when left out.
    pub storage_root: Option<String>,
    /// A network to join, so that services find each other by name.
    pub network: Option<String>,
    /// By name. `null` leaves one out.
    pub variables: BTreeMap<String, Option<String>>,
    /// By `8096/tcp`: a host port, a range, or `address:port`. `null` does not
    /// publish it.
    pub ports: BTreeMap<String, Option<String>>,
    /// By path in the container: a host path or the name of a volume. `null`
    /// does not mount it.
    pub paths: BTreeMap<String, Option<String>>,
    /// By path in the container: a device of the host. `null` leaves it out.
    pub devices: BTreeMap<String, Option<String>>,
}
