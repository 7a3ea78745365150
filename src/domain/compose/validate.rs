//! A Compose file as it is typed, or a set of files: what is wrong, and what they mean.

use super::project::{Project, ProjectRequest};
use super::reader::{Files, Variables};
use crate::model::diagnostic::Severity;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

const MAIN: &str = "compose.yaml";
/// Where the files of a request lie, for what has to be absolute.
const FOLDER: &str = "/stacks";
const USUAL_NAME: &str = "stack";

/// A file of a request.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ComposeFile {
    /// Relative to the folder of the project.
    pub path: String,
    pub content: String,
}

/// A Compose file to be checked: the text of one and of its `.env`, or several files
/// with what the flags of `docker compose` would say.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ValidateRequest {
    /// The text of `compose.yaml`.
    pub compose: Option<String>,
    /// The text of `.env` beside it.
    pub env: Option<String>,
    pub files: Vec<ComposeFile>,
    /// Which of `files` are merged, in order; without them the usual names.
    pub compose_files: Vec<String>,
    pub profiles: Vec<String>,
    pub env_files: Vec<String>,
    pub project_name: Option<String>,
    pub project_directory: Option<String>,
}

/// What was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct ComposeValidation {
    /// Without an error.
    pub valid: bool,
    /// Errors first, by their place.
    pub findings: Vec<ComposeFinding>,
    /// The model, as `docker compose config --format json` writes it; none with an error.
    pub resolved: Option<serde_json::Value>,
}

/// Something that is wrong, or worth a warning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ComposeFinding {
    /// None where no single file is meant.
    pub file: Option<String>,
    /// From 1.
    pub line: Option<u32>,
    pub column: Option<u32>,
    pub severity: Severity,
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

struct Given(BTreeMap<String, String>);

impl Files for Given {
    fn read(&self, path: &str) -> Result<Option<String>, String> {
        Ok(self.0.get(path).cloned())
    }
}

/// Reads the files of a request. Nothing outside of it is looked at.
pub fn typed(request: &ValidateRequest) -> Project {
    let folder = folder(request);
    let mut given = BTreeMap::new();
    let own = [(MAIN, &request.compose), (".env", &request.env)];
    for (path, content) in own {
        if let Some(content) = content {
            given.insert(format!("{folder}/{path}"), content.clone());
        }
    }
    for file in &request.files {
        // What the text beside says counts: it may have more than the file.
        given
            .entry(super::paths::joined(&folder, &file.path))
            .or_insert_with(|| file.content.clone());
    }
    let wanted = ProjectRequest {
        folder,
        compose_files: request.compose_files.clone(),
        profiles: request.profiles.clone(),
        env_files: request.env_files.clone(),
        project_name: request.project_name.clone(),
        project_directory: request.project_directory.clone(),
        environment: Variables::new(),
        home: "/root".to_owned(),
    };
    Project::read(&wanted, &Given(given))
}

/// Where its files lie, for what has to be absolute.
fn folder(request: &ValidateRequest) -> String {
    let name = request.project_name.as_deref().map(super::name::normalized);
    let name = name.filter(|name| !name.is_empty());
    format!("{FOLDER}/{}", name.as_deref().unwrap_or(USUAL_NAME))
}

pub fn validate(request: &ValidateRequest) -> ComposeValidation {
    let project = typed(request);
    let folder = folder(request);
    let prefix = format!("{folder}/");
    let mut findings: Vec<ComposeFinding> = project
        .faults
        .iter()
        .map(|fault| {
            let has_place = fault.at.line > 0;
            let file = project.files.get(usize::from(fault.at.file));
            ComposeFinding {
                file: file
                    .filter(|_| has_place)
                    .map(|path| path.strip_prefix(&prefix).unwrap_or(path).to_owned()),
                line: has_place.then_some(fault.at.line),
                column: has_place.then_some(fault.at.column),
                severity: fault.severity,
                message: fault.message.replace(&prefix, ""),
                hint: fault.hint.clone(),
            }
        })
        .collect();
    findings.sort_by(|a, b| (a.severity, &a.file, a.line).cmp(&(b.severity, &b.file, b.line)));
    findings.dedup();
    let resolved = project.json();
    ComposeValidation {
        valid: resolved.is_some(),
        findings,
        resolved,
    }
}
