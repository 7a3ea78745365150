//! Templates from a text: our own files, Portainer's, and run lines. Which of them it is
//! shows in the text itself.
//!
//! Reading is apart from saving, so that a preview is exactly what would be
//! saved.

use super::candidate::Candidate;
use super::check::{NAME_MOST, check};
use super::{portainer, run_line, sanitize};
use crate::error::{Error, Result};
use crate::model::read;
use crate::model::template::{SkippedTemplate, Template, TemplateFile, TemplateSource};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

/// Entries of one file that are looked at.
const ENTRIES_MOST: usize = 1000;

/// A text to import.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ImportRequest {
    /// The content of a Portainer template file (version 2 or 3) or of an
    /// export of ours, or `docker run` lines.
    pub text: String,
    /// Own templates of the same name are replaced instead of kept.
    pub replace: bool,
}

/// What a text holds.
#[derive(Debug, Default)]
pub struct Parsed {
    pub format: &'static str,
    pub candidates: Vec<Candidate>,
    pub skipped: Vec<SkippedTemplate>,
}

/// # Errors
/// [`Error::invalid`] with the field `text` when nothing is in it that is known.
pub fn parse(text: &str) -> Result<Parsed> {
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return Err(Error::invalid("text", "The file is empty."));
    }
    if run_line::is_run_line(text) {
        return Ok(run_lines(text));
    }
    if !text.starts_with(['{', '[']) {
        return Err(Error::invalid(
            "text",
            "This is neither a Portainer template file, nor a DockerMate export, nor a docker run command.",
        ));
    }
    // Nesting without end is refused by the reader itself.
    let document: Value = serde_json::from_str(text)
        .map_err(|error| Error::invalid("text", format!("This is not JSON: {error}.")))?;
    if document.get("dockermate_templates").is_some() {
        return own(document);
    }
    match portainer::entries(&document) {
        Some(entries) => Ok(portainer(entries)),
        None => Err(Error::invalid(
            "text",
            "There is no list of templates in this JSON. A Portainer file has \"templates\", an export of DockerMate \"dockermate_templates\".",
        )),
    }
}

fn run_lines(text: &str) -> Parsed {
    let (candidates, skipped) = run_line::read(text);
    let mut parsed = Parsed {
        format: "docker run",
        skipped,
        ..Parsed::default()
    };
    for one in candidates {
        parsed.take(one);
    }
    parsed
}

fn portainer(entries: &[Value]) -> Parsed {
    let mut parsed = Parsed {
        format: "Portainer",
        ..Parsed::default()
    };
    for (entry, place) in entries.iter().zip(1..).take(ENTRIES_MOST) {
        match portainer::read(entry, place) {
            Ok(read) => parsed.take(Candidate {
                template: read.template,
                remarks: read.remarks,
            }),
            Err(reason) => parsed.skip(portainer::title(entry, place), reason),
        }
    }
    parsed.rest(entries.len());
    parsed
}

fn own(document: Value) -> Result<Parsed> {
    let version = document.get("dockermate_templates").and_then(Value::as_u64);
    if version != Some(1) {
        return Err(Error::invalid(
            "text",
            "This export was written by a newer version of DockerMate. Update DockerMate first.",
        ));
    }
    let Some(Value::Array(entries)) = document.get("templates") else {
        return Err(Error::invalid(
            "text",
            "This export has no list of templates.",
        ));
    };
    let mut parsed = Parsed {
        format: "DockerMate",
        ..Parsed::default()
    };
    for (entry, place) in entries.iter().zip(1..).take(ENTRIES_MOST) {
        let name = entry.get("name").and_then(Value::as_str).unwrap_or("");
        let name = sanitize::line(name, NAME_MOST);
        match read::from_value::<Template>(entry.clone()) {
            Ok(mut template) => {
                template.name.clone_from(&name);
                let remarks = without_secrets(&mut template);
                parsed.take(Candidate { template, remarks });
            }
            Err(error) => {
                let name = if name.is_empty() {
                    format!("entry {place}")
                } else {
                    name
                };
                parsed.skip(
                    name,
                    format!(
                        "It cannot be read: {}.",
                        sanitize::line(&error.to_string(), 300)
                    ),
                );
            }
        }
    }
    parsed.rest(entries.len());
    Ok(parsed)
}

/// What the file says of secrets is not kept.
fn without_secrets(template: &mut Template) -> Vec<String> {
    let mut remarks = Vec::new();
    for question in &mut template.variables {
        if question.secret
            && question
                .default
                .take()
                .is_some_and(|value| !value.is_empty())
        {
            question.required = true;
            remarks.push(format!(
                "The value of {} was left out: a password in a file that others have is not a secret.",
                sanitize::line(&question.name, 100)
            ));
        }
    }
    if template.spec.privileged {
        remarks.push("It requests full access to this host (privileged).".to_owned());
    }
    let engine = &template.spec.engine;
    let keys: Vec<_> = engine
        .config
        .keys()
        .chain(engine.host_config.keys())
        .collect();
    if !keys.is_empty() {
        let keys: Vec<_> = keys.into_iter().map(String::as_str).collect();
        remarks.push(format!(
            "It sets engine options that DockerMate does not check: {}.",
            sanitize::line(&keys.join(", "), 200)
        ));
    }
    remarks
}

impl Parsed {
    fn take(&mut self, mut candidate: Candidate) {
        let template = &mut candidate.template;
        template.source = TemplateSource::Own;
        template.created_at = None;
        template.updated_at = None;
        if template.category.is_empty() {
            "other".clone_into(&mut template.category);
        }
        // Its real address is found when it is saved.
        template.id = id_base(&template.name);
        match check(template) {
            Ok(()) => self.candidates.push(candidate),
            Err(error) => {
                let name = candidate.template.name;
                self.skip(name, error.message);
            }
        }
    }

    fn skip(&mut self, name: String, reason: String) {
        self.skipped.push(SkippedTemplate { name, reason });
    }

    fn rest(&mut self, count: usize) {
        if count > ENTRIES_MOST {
            let more = count - ENTRIES_MOST;
            self.skip(
                format!("{more} more"),
                format!("Only the first {ENTRIES_MOST} entries of a file are read."),
            );
        }
    }
}

/// Where an id begins before it is made unique.
pub fn id_base(name: &str) -> String {
    let id = sanitize::slug(name);
    if id.is_empty() {
        "template".to_owned()
    } else {
        id
    }
}

/// The document of one or more templates, for another host.
pub fn export(templates: Vec<Template>) -> TemplateFile {
    let templates = templates
        .into_iter()
        .map(|mut template| {
            without_secrets(&mut template);
            template.created_at = None;
            template.updated_at = None;
            template
        })
        .collect();
    TemplateFile {
        dockermate_templates: 1,
        templates,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::templates::library::library;
    use serde_json::json;

    #[test]
    fn exported_templates_are_imported_unchanged() {
        let all = library().to_vec();
        let text = serde_json::to_string(&export(all.clone())).unwrap();
        let parsed = parse(&text).unwrap();
        assert_eq!(parsed.format, "DockerMate");
        assert!(parsed.skipped.is_empty(), "{:?}", parsed.skipped);
        assert_eq!(parsed.candidates.len(), all.len());
        for (before, after) in all.iter().zip(&parsed.candidates) {
            let mut before = before.clone();
            before.source = TemplateSource::Own;
            before.id = id_base(&before.name);
            assert_eq!(before, after.template);
        }
    }

    #[test]
    fn text_that_is_not_a_template_file_is_refused_with_the_reason() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        for (text, part) in [
            ("", "empty"),
            (" \n", "empty"),
            ("hello", "neither"),
            ("{", "not JSON"),
            ("{}", "no list"),
            (r#"{"templates": {}}"#, "no list"),
            (r#"{"dockermate_templates": 2, "templates": []}"#, "newer"),
            (r#"{"dockermate_templates": 1}"#, "no list"),
            (deep.as_str(), "not JSON"),
        ] {
            let error = parse(text).unwrap_err();
            let shown: String = text.chars().take(40).collect();
            assert!(error.message.contains(part), "{shown}: {error}");
            assert!(
                matches!(error.kind, crate::error::Kind::Invalid { field: Some(f) } if f == "text")
            );
        }
    }

    #[test]
    fn hostile_entries_are_skipped_individually_with_a_reason() {
        let many: Vec<Value> = (0..300).map(|n| json!({"name": format!("V{n}")})).collect();
        let document = json!({"version": "3", "templates": [
            {"type": 1, "title": "good", "image": "nginx"},
            {"type": 1, "title": "\u{202e}evil\u{0}", "image": "nginx"},
            {"type": 1, "title": "bad image", "image": "nginx; rm -rf /"},
            {"type": 1, "title": "too many", "image": "nginx", "env": many},
            {"type": 1, "title": "control", "image": "nginx", "env": [{"name": "A", "default": "\u{1b}[2J"}]},
            {"type": 1, "title": "long", "image": "nginx", "env": [{"name": "A", "default": "x".repeat(9000)}]},
            {"type": 1, "title": "equals", "image": "nginx", "env": [{"name": "A=B", "default": "x"}]},
            {"type": 1, "title": "twice", "image": "nginx", "ports": ["80/tcp", "81:80/tcp"]},
            {"type": 1, "title": "up", "image": "nginx", "volumes": [{"container": "/a", "bind": "/../../etc"}]},
            {"type": 1, "title": "colon", "image": "nginx", "volumes": [{"container": "/a:/b"}]},
        ]});
        let parsed = parse(&document.to_string()).unwrap();
        let names: Vec<&str> = parsed
            .candidates
            .iter()
            .map(|c| c.template.name.as_str())
            .collect();
        assert_eq!(names, ["good", "evil"]);
        let skipped: Vec<&str> = parsed.skipped.iter().map(|s| s.name.as_str()).collect();
        assert_eq!(
            skipped,
            [
                "bad image",
                "too many",
                "control",
                "long",
                "equals",
                "twice",
                "up",
                "colon"
            ]
        );
        for skipped in &parsed.skipped {
            assert!(!skipped.reason.is_empty() && skipped.reason.len() < 400);
        }
    }

    #[test]
    fn number_of_imported_entries_is_limited() {
        let list: Vec<Value> = (0..1200)
            .map(|n| json!({"title": format!("t{n}"), "image": "x"}))
            .collect();
        let parsed = parse(&Value::Array(list).to_string()).unwrap();
        assert_eq!(parsed.candidates.len(), ENTRIES_MOST);
        assert_eq!(parsed.skipped[0].name, "200 more");
    }

    #[test]
    fn default_values_of_secrets_are_dropped_on_import() {
        let document = json!({"dockermate_templates": 1, "templates": [{
            "name": "x", "spec": {"image": "x"},
            "variables": [{"name": "PASSWORD", "secret": true, "default": "hunter2"}],
        }, {"name": "y", "spec": {"image": "y", "imagine": 1}}]});
        let parsed = parse(&document.to_string()).unwrap();
        let question = &parsed.candidates[0].template.variables[0];
        assert!(question.required && question.default.is_none());
        assert_eq!(parsed.candidates[0].remarks.len(), 1);
        assert_eq!(parsed.skipped[0].name, "y");
    }
}
