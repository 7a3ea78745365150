//! A container template: what a service is, what is fixed about its container,
//! and the questions whose answers make a [`ContainerSpec`] of it.
//!
//! A template never carries a password that somebody could meet elsewhere: a
//! secret is asked for, or made up when it is asked for.

mod answers;
mod question;

pub use answers::Answers;
pub use question::{
    Choice, DeviceQuestion, PathKind, PathQuestion, PortQuestion, Scheme, SecretShape,
    VariableKind, VariableQuestion, WebAddress,
};

use super::profile::ProfileName;
use super::spec::ContainerSpec;
use super::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A template of the built-in library, or one of the user's own.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Template {
    /// Lower case letters, digits and dashes; stands in addresses.
    pub id: String,
    pub name: String,
    /// A code of [`CATEGORIES`], or the user's own word.
    pub category: String,
    pub description: String,
    /// Where its documentation is: text for a person, never fetched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub homepage: Option<String>,
    pub source: TemplateSource,
    /// What the image is made for; none when nobody has said.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub architectures: Vec<Architecture>,
    /// Memory that it wants to itself, in MiB; 0 when nobody has said.
    pub memory_mib: u32,
    /// The smallest host on which it makes sense.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_profile: Option<ProfileName>,
    /// Why not on a smaller one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_profile_why: Option<String>,
    /// What is fixed. Answers are added to it.
    pub spec: ContainerSpec,
    /// The image has a health check of its own.
    pub image_healthcheck: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ports: Vec<PortQuestion>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<PathQuestion>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub variables: Vec<VariableQuestion>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub devices: Vec<DeviceQuestion>,
    /// Why it asks for more than an ordinary container has.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Reason>,
    /// Other services that it does not work without, or is better with.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<Dependency>,
    /// What to do before or after; plain sentences.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// What may go wrong; plain sentences.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
}

#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum TemplateSource {
    /// Saved or imported on this host.
    Own,
    /// Came with this version.
    #[default]
    Library,
}

/// A processor that an image is built for, in the words of the registries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Architecture {
    Amd64,
    Arm64,
    /// 32 bits, version 7.
    Arm,
}

impl Architecture {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Amd64 => "amd64",
            Self::Arm64 => "arm64",
            Self::Arm => "arm",
        }
    }

    /// From the name that the engine or the kernel has for it.
    pub fn of_machine(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "x86_64" | "amd64" => Some(Self::Amd64),
            "aarch64" | "arm64" => Some(Self::Arm64),
            "armv7l" | "armv7" | "armhf" | "arm" => Some(Self::Arm),
            _ => None,
        }
    }
}

/// A capability, device or mode that a template asks for, and what for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Reason {
    /// `NET_ADMIN`, `network_mode`, `/var/run/docker.sock`.
    pub what: String,
    pub why: String,
}

/// Another service.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Dependency {
    /// Id of a template.
    pub template: String,
    pub why: String,
    pub required: bool,
}

/// A category of the library.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Category {
    pub code: &'static str,
    pub title: &'static str,
    /// Name of an icon of the sprite.
    pub icon: &'static str,
}

const fn category(code: &'static str, title: &'static str, icon: &'static str) -> Category {
    Category { code, title, icon }
}

/// In the order in which they are shown.
pub const CATEGORIES: &[Category] = &[
    category("media", "Media", "film"),
    category("downloads", "Downloads", "download"),
    category("files", "Files and backup", "folder"),
    category("documents", "Documents and tools", "notebook-text"),
    category("home", "Home automation", "lightbulb"),
    category("network", "Network and DNS", "network"),
    category("web", "Proxies and websites", "globe"),
    category("security", "Security", "shield-check"),
    category("databases", "Databases", "database"),
    category("monitoring", "Monitoring", "activity"),
    category("dashboards", "Start pages", "layout-dashboard"),
    category("development", "Development", "code"),
    category("messages", "Messages", "bell"),
    category("games", "Games", "gamepad-2"),
    category("other", "Other", "box"),
];

/// Whether this host can run a template sensibly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Fit {
    pub verdict: Verdict,
    /// Plain sentences; empty when it fits.
    pub reasons: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Fits,
    /// It runs, and little else will beside it.
    Tight,
    /// It cannot, or not sensibly.
    TooBig,
    /// The image is not made for this processor.
    Foreign,
}

/// A line of the list.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TemplateSummary {
    pub id: String,
    pub name: String,
    pub category: String,
    pub description: String,
    pub image: String,
    pub source: TemplateSource,
    pub architectures: Vec<Architecture>,
    pub memory_mib: u32,
    /// Ids of templates that it does not work without.
    pub needs: Vec<String>,
    pub fit: Fit,
}

/// A template with what this host makes of it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TemplateDetail {
    #[serde(flatten)]
    pub template: Template,
    pub fit: Fit,
}

/// Several templates as one document, to carry to another host.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct TemplateFile {
    /// The version of this form, 1; it tells such a document from others.
    pub dockermate_templates: u32,
    pub templates: Vec<Template>,
}

/// What came of an import.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct Imported {
    /// What the text was taken for.
    pub format: String,
    /// It is only a preview: nothing was saved.
    pub dry_run: bool,
    pub imported: Vec<ImportedTemplate>,
    pub skipped: Vec<SkippedTemplate>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct ImportedTemplate {
    pub id: String,
    pub name: String,
    /// It takes the place of one that was there.
    pub replaces: bool,
    /// What was left out or changed, in plain sentences.
    pub remarks: Vec<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct SkippedTemplate {
    /// Its title, or its place in the document.
    pub name: String,
    pub reason: String,
}
