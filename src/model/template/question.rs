//! What a template asks: ports, folders, variables, devices. Each says what it
//! is for, so that a form can explain it.

use crate::model::container::Level;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A port of the container, and where it could be published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct PortQuestion {
    pub container_port: u16,
    /// `tcp`, `udp`, `sctp`.
    pub protocol: String,
    /// The suggestion, a port or a range; none: a random one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host_port: Option<String>,
    pub purpose: String,
    /// Something for a browser is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub web: Option<WebAddress>,
    /// Not published unless it is asked for.
    pub optional: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct WebAddress {
    pub scheme: Scheme,
    pub path: String,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Scheme {
    #[default]
    Http,
    Https,
}

/// A folder of the container, and where its content could be kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct PathQuestion {
    /// Absolute path in the container.
    pub target: String,
    pub purpose: String,
    pub kind: PathKind,
    /// A host path when it begins with `/`, else a folder below the
    /// container's own under the storage root.
    pub suggested: String,
    /// A named volume rather than a folder, because of who must own it.
    pub volume: bool,
    pub read_only: bool,
    /// Not mounted unless it is asked for.
    pub optional: bool,
    /// `uid:gid` that must be able to write there, when it is not root.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum PathKind {
    /// Settings: small, precious.
    Config,
    /// What it is there to keep.
    #[default]
    Data,
    /// Films, music, pictures, downloads: large, shared with others.
    Media,
    /// May be lost.
    Cache,
}

/// An environment variable.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct VariableQuestion {
    pub name: String,
    /// A person's word for it; the name when empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub label: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub explain: String,
    /// Never a password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    pub required: bool,
    /// Hidden on screens and left out of exports.
    pub secret: bool,
    /// What a secret must look like when one is made up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shape: Option<SecretShape>,
    pub kind: VariableKind,
    /// What is allowed, when it is not free.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<Choice>,
    /// Shown unfolded from this skill level on.
    pub level: Level,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum VariableKind {
    #[default]
    Text,
    Number,
    /// `true` or `false`.
    Bool,
    /// `Europe/Vienna`.
    Timezone,
    /// User id that owns the files.
    Puid,
    /// Group id that owns the files.
    Pgid,
    /// One of the choices.
    Choice,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum SecretShape {
    /// 24 letters and digits.
    #[default]
    Password,
    /// 64 hexadecimal digits.
    Hex,
    /// `base64:` and 32 bytes in base64.
    Base64,
    /// Comes from elsewhere and cannot be made up.
    Given,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Choice {
    pub value: String,
    pub label: String,
}

/// A device of the host.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct DeviceQuestion {
    /// Its path in the container.
    pub device: String,
    pub purpose: String,
    /// The suggestion.
    pub host: String,
    /// Not passed on unless it is asked for.
    pub optional: bool,
}

impl Default for PortQuestion {
    fn default() -> Self {
        Self {
            container_port: 0,
            protocol: "tcp".to_owned(),
            host_port: None,
            purpose: String::new(),
            web: None,
            optional: false,
        }
    }
}

impl Default for WebAddress {
    fn default() -> Self {
        Self {
            scheme: Scheme::Http,
            path: "/".to_owned(),
        }
    }
}

impl PortQuestion {
    /// `8096/tcp`: how answers name it.
    pub fn key(&self) -> String {
        format!("{}/{}", self.container_port, self.protocol)
    }
}

impl VariableQuestion {
    pub fn title(&self) -> &str {
        if self.label.is_empty() {
            &self.name
        } else {
            &self.label
        }
    }
}

impl PathKind {
    /// Whether folders of this kind are shared between containers.
    pub fn is_shared(self) -> bool {
        self == Self::Media
    }
}
