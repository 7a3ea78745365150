//! What a container sees of the host's disks: bind mounts, volumes, memory.
//!
//! `-v` and `--mount` are two things to the engine (`Binds` and `Mounts`), with
//! other errors and options, so each entry remembers which it is.

use super::serde_forms;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// One mount of a container that is to be made.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct MountSpec {
    pub kind: MountKind,
    /// Host path, volume name, or image; empty for memory and for a volume
    /// that the engine is to name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub source: String,
    /// Absolute path in the container.
    pub target: String,
    #[serde(skip_serializing_if = "is_false")]
    pub read_only: bool,
    /// Which flag says it; `-v` and `--tmpfs` when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub syntax: Option<MountSyntax>,
    /// Further options of `-v` (`z`, `Z`, `rslave`, `nocopy`, `U`) or of
    /// `--tmpfs` (`size=64m`, `mode=1777`, `exec`).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
    /// `BindOptions`, `VolumeOptions`, `TmpfsOptions`, `Consistency` and the
    /// like of `--mount`, in the engine's own words.
    #[serde(skip_serializing_if = "Map::is_empty")]
    #[schema(value_type = Object)]
    pub engine: Map<String, Value>,
}

#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum MountKind {
    /// A folder or file of the host.
    Bind,
    #[default]
    Volume,
    /// Memory.
    Tmpfs,
    /// A part of an image's file system.
    Image,
    Cluster,
    Npipe,
}

/// The flag that a mount is written with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum MountSyntax {
    /// `-v`: the engine makes a host folder that is missing.
    Volume,
    /// `--mount`: a host path that is missing is an error.
    Mount,
    /// `--tmpfs`.
    Tmpfs,
}

impl MountSpec {
    /// The flag that says it.
    pub fn syntax(&self) -> MountSyntax {
        self.syntax.unwrap_or(match self.kind {
            MountKind::Bind | MountKind::Volume if self.engine.is_empty() => MountSyntax::Volume,
            MountKind::Tmpfs if self.engine.is_empty() => MountSyntax::Tmpfs,
            _ => MountSyntax::Mount,
        })
    }

    /// As after `-v`: `[source:]target[:options]`.
    pub fn short(&self) -> String {
        let mut options: Vec<&str> = self.options.iter().map(String::as_str).collect();
        if self.read_only {
            options.insert(0, "ro");
        }
        let mut text = String::new();
        if !self.source.is_empty() {
            text.push_str(&self.source);
            text.push(':');
        }
        text.push_str(&self.target);
        if !options.is_empty() && !self.source.is_empty() {
            text.push(':');
            text.push_str(&options.join(","));
        }
        text
    }

    /// The short form of `-v` (moby's `volume/mounts` parser for Linux):
    /// `target`, `source:target` or `source:target:options`.
    ///
    /// # Errors
    /// A sentence that says what is wrong and what is allowed.
    pub fn parse_short(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text.split(':').collect();
        let (source, target, options) = match parts[..] {
            [target] => ("", target, ""),
            [source, target] => (source, target, ""),
            [source, target, options] => (source, target, options),
            _ => {
                return Err(format!(
                    "{text:?} has too many colons. Write source:target or source:target:ro."
                ));
            }
        };
        if parts.len() > 1 && source.is_empty() {
            return Err(format!(
                "{text:?} has no source. Write a host path or a volume name before the colon."
            ));
        }
        if !target.starts_with('/') {
            return Err(format!(
                "{text:?} has the target {target:?}, which must be an absolute path in the container, such as /data."
            ));
        }
        let mut mount = Self {
            kind: if source.starts_with('/') {
                MountKind::Bind
            } else {
                MountKind::Volume
            },
            source: source.to_owned(),
            target: target.to_owned(),
            ..Self::default()
        };
        for option in options.split(',').filter(|option| !option.is_empty()) {
            match option {
                "ro" | "readonly" => mount.read_only = true,
                "rw" => {}
                other => mount.options.push(other.to_owned()),
            }
        }
        if source.starts_with('.') || source.starts_with('~') {
            return Err(format!(
                "{text:?} has the relative host path {source:?}. Write the full path, beginning with /."
            ));
        }
        Ok(mount)
    }

    /// The short form of `--tmpfs`: `target` or `target:options`.
    ///
    /// # Errors
    /// A sentence that says what is wrong and what is allowed.
    pub fn parse_tmpfs(text: &str) -> Result<Self, String> {
        let (target, options) = text.split_once(':').unwrap_or((text, ""));
        if !target.starts_with('/') {
            return Err(format!(
                "{text:?} has the target {target:?}, which must be an absolute path in the container."
            ));
        }
        Ok(Self {
            kind: MountKind::Tmpfs,
            target: target.to_owned(),
            syntax: Some(MountSyntax::Tmpfs),
            options: options
                .split(',')
                .filter(|o| !o.is_empty())
                .map(ToOwned::to_owned)
                .collect(),
            ..Self::default()
        })
    }
}

impl MountKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bind => "bind",
            Self::Volume => "volume",
            Self::Tmpfs => "tmpfs",
            Self::Image => "image",
            Self::Cluster => "cluster",
            Self::Npipe => "npipe",
        }
    }
}

pub(super) fn list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<MountSpec>, D::Error> {
    serde_forms::entries(deserializer, |text| {
        MountSpec::parse_short(text).map(|mount| vec![mount])
    })
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_false(value: &bool) -> bool {
    !value
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_short_mount_form_is_parsed_and_invalid_ones_are_rejected() {
        for (text, kind, read_only, options) in [
            ("/data", MountKind::Volume, false, &[][..]),
            ("cache:/cache", MountKind::Volume, false, &[]),
            ("/srv/a:/a", MountKind::Bind, false, &[]),
            ("/srv/a:/a:ro", MountKind::Bind, true, &[]),
            (
                "/srv/a:/a:ro,z,rslave",
                MountKind::Bind,
                true,
                &["z", "rslave"],
            ),
            ("cache:/cache:nocopy", MountKind::Volume, false, &["nocopy"]),
        ] {
            let mount = MountSpec::parse_short(text).unwrap();
            assert_eq!((mount.kind, mount.read_only), (kind, read_only), "{text}");
            assert_eq!(mount.options, options, "{text}");
            assert_eq!(mount.short(), text);
        }
        for wrong in [
            "",
            ":",
            "data",
            ":/data",
            "a:b",
            "a:/b:ro:x",
            "./a:/a",
            "~/a:/a",
        ] {
            assert!(MountSpec::parse_short(wrong).is_err(), "{wrong}");
        }
        let memory = MountSpec::parse_tmpfs("/run:size=64m,exec").unwrap();
        assert_eq!(memory.options, ["size=64m", "exec"]);
    }

    proptest! {
        #[test]
        fn mount_parser_never_panics_on_arbitrary_text(text in "\\PC{0,30}") {
            let _ = MountSpec::parse_short(&text);
            let _ = MountSpec::parse_tmpfs(&text);
        }
    }
}
