//! The built-in library: text files beside this one, read once when somebody
//! first looks.
//!
//! Written to be read by people, so what most templates share is said once:
//! `common` stands for the usual questions, and everything restarts unless
//! it was stopped.

use crate::model::container::Level;
use crate::model::read;
use crate::model::template::{Template, TemplateSource, VariableKind, VariableQuestion};
use serde::Deserialize;
use serde_json::Value;
use std::sync::OnceLock;

/// The files one after another, compressed (`web/build.rs`): as they are they would be a
/// hundredth of the program.
const PACKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/library.toml.br"));

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CategoryFile {
    template: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(default)]
    common: Vec<Common>,
    #[serde(flatten)]
    template: Template,
}

/// Questions that many images ask in the same words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Common {
    /// `PUID` and `PGID`.
    Ids,
    /// `TZ`.
    Tz,
}

/// Everything, in the order of the files.
pub fn library() -> &'static [Template] {
    static LIBRARY: OnceLock<Vec<Template>> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        read(&unpacked()).unwrap_or_else(|why| {
            // A test reads every file; this says what was broken by hand.
            tracing::error!(why, "the templates of the library are damaged");
            Vec::new()
        })
    })
}

fn unpacked() -> String {
    let mut text = Vec::new();
    if let Err(error) = brotli_decompressor::BrotliDecompress(&mut &*PACKED, &mut text) {
        tracing::error!(%error, "the templates of the library cannot be unpacked");
    }
    String::from_utf8(text).unwrap_or_default()
}

fn read(text: &str) -> Result<Vec<Template>, String> {
    let file: Value = toml::from_str(text).map_err(|error| error.to_string())?;
    let file: CategoryFile = read::from_value(file).map_err(|fault| fault.to_string())?;
    Ok(file.template.into_iter().map(Entry::finished).collect())
}

impl Entry {
    fn finished(self) -> Template {
        let mut template = self.template;
        template.source = TemplateSource::Library;
        template.spec.restart = Some("unless-stopped".to_owned());
        template
            .variables
            .extend(self.common.iter().flat_map(|common| common.questions()));
        template
    }
}

impl Common {
    fn questions(self) -> Vec<VariableQuestion> {
        let id = |name: &str, label: &str, explain: &str, kind| VariableQuestion {
            name: name.to_owned(),
            label: label.to_owned(),
            explain: explain.to_owned(),
            default: Some("1000".to_owned()),
            kind,
            ..VariableQuestion::default()
        };
        match self {
            Self::Ids => vec![
                id(
                    "PUID",
                    "User ID (PUID)",
                    "The user on this host who owns the folders; the command `id` shows it.",
                    VariableKind::Puid,
                ),
                id(
                    "PGID",
                    "Group ID (PGID)",
                    "That user's group.",
                    VariableKind::Pgid,
                ),
            ],
            Self::Tz => vec![VariableQuestion {
                name: "TZ".to_owned(),
                label: "Time zone".to_owned(),
                explain: "For the times in its interface and logs.".to_owned(),
                default: Some("Etc/UTC".to_owned()),
                kind: VariableKind::Timezone,
                level: Level::Beginner,
                ..VariableQuestion::default()
            }],
        }
    }
}

#[cfg(test)]
mod tests;
