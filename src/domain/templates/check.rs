//! Whether a template is one that this host can keep, show and render: sizes,
//! counts, shapes. The library passes it as well.

use super::answer;
use super::render::variable_names;
use crate::engine::typed_keys;
use crate::error::{Error, Result};
use crate::model::characters::is_invisible;
use crate::model::template::Template;
use std::collections::BTreeSet;

/// The most of the user's own.
pub const OWN_MOST: usize = 500;
/// The largest one, as JSON.
const BYTES_MOST: usize = 64 * 1024;
pub const NAME_MOST: usize = 80;
pub const CATEGORY_MOST: usize = 40;
pub const DESCRIPTION_MOST: usize = 1000;
pub const NOTE_MOST: usize = 2000;
/// Ports, paths, variables, notes: of each.
pub const EACH_MOST: usize = 200;

/// # Errors
/// [`Error::invalid`] that names the part which is wrong.
pub fn check(template: &Template) -> Result<()> {
    let wrong = |field: String, why: String| Err(Error::invalid(field, why));
    if !is_id(&template.id) {
        return wrong(
            "name".to_owned(),
            "The name needs a letter or digit, from which its address is made.".to_owned(),
        );
    }
    text("name", &template.name, 1, NAME_MOST)?;
    text("category", &template.category, 1, CATEGORY_MOST)?;
    text("description", &template.description, 0, DESCRIPTION_MOST)?;
    if let Some(homepage) = &template.homepage {
        text("homepage", homepage, 0, 500)?;
        if !homepage.starts_with("https://") && !homepage.starts_with("http://") {
            return wrong(
                "homepage".to_owned(),
                "It must begin with https:// or http://.".to_owned(),
            );
        }
    }
    if !answer::is_image(&template.spec.image) {
        return wrong(
            "spec.image".to_owned(),
            format!(
                "{:?} is not an image. Write it as name:tag or registry/name:tag.",
                template.spec.image
            ),
        );
    }
    if let Some(key) = typed_keys(&template.spec.engine).first() {
        return wrong(
            format!("spec.engine.{key}"),
            "It has a field of its own in the specification.".to_owned(),
        );
    }
    if let Some(policy) = &template.spec.restart {
        crate::model::spec::restart_policy(policy)
            .map_err(|why| Error::invalid("spec.restart", why))?;
    }
    for (what, count) in [
        ("ports", template.ports.len()),
        ("paths", template.paths.len()),
        ("variables", template.variables.len()),
        ("devices", template.devices.len()),
        ("notes", template.notes.len()),
        ("warnings", template.warnings.len()),
    ] {
        if count > EACH_MOST {
            return wrong(
                what.to_owned(),
                format!("{count} are more than {EACH_MOST}."),
            );
        }
    }
    ports(template)?;
    paths(template)?;
    variables(template)?;
    for note in template.notes.iter().chain(&template.warnings) {
        text("notes", note, 1, NOTE_MOST)?;
    }
    let bytes = serde_json::to_vec(template).map_or(usize::MAX, |bytes| bytes.len());
    if bytes > BYTES_MOST {
        return Err(Error::bad_request(format!(
            "The template has {bytes} bytes, more than {BYTES_MOST}."
        )));
    }
    Ok(())
}

/// What stands in addresses.
pub fn is_id(id: &str) -> bool {
    !id.is_empty()
        && id.len() <= 72
        && !id.starts_with('-')
        && id
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn text(field: &'static str, value: &str, least: usize, most: usize) -> Result<()> {
    let count = value.chars().count();
    if count < least || count > most {
        return Err(Error::invalid(
            field,
            format!("It must have {least} to {most} characters, not {count}."),
        ));
    }
    if value.chars().any(|c| is_invisible(c) && c != '\n') {
        return Err(Error::invalid(
            field,
            "It has a control character, or one that changes how others are shown.",
        ));
    }
    Ok(())
}

fn ports(template: &Template) -> Result<()> {
    let mut seen = BTreeSet::new();
    for port in &template.ports {
        let field = format!("ports.{}", port.key());
        if port.container_port == 0 || !["tcp", "udp", "sctp"].contains(&port.protocol.as_str()) {
            return Err(Error::invalid(
                field,
                "A port is a number from 1 to 65535 with tcp, udp or sctp.",
            ));
        }
        if let Some(host) = &port.host_port {
            answer::host_port(&field, host, port)?;
        }
        if port
            .web
            .as_ref()
            .is_some_and(|web| !web.path.starts_with('/') || web.path.chars().any(char::is_control))
        {
            return Err(Error::invalid(field, "The path of a page begins with /."));
        }
        if !seen.insert(port.key()) {
            return Err(Error::invalid(field, "It is there twice."));
        }
        text("ports", &port.purpose, 0, DESCRIPTION_MOST)?;
    }
    Ok(())
}

fn paths(template: &Template) -> Result<()> {
    let mut seen = BTreeSet::new();
    for path in &template.paths {
        let field = format!("paths.{}", path.target);
        let sound = path.target.starts_with('/')
            && path.target.len() <= 1024
            && !path.target.contains(':')
            && !path.target.chars().any(char::is_control)
            && !path.target.split('/').any(|part| part == "..");
        if !sound {
            return Err(Error::invalid(
                field,
                "A path in the container begins with / and has no colon in it.",
            ));
        }
        answer::source(&field, &super::render::suggestion(path, "name", "/root"))?;
        if !seen.insert(&path.target) {
            return Err(Error::invalid(field, "It is there twice."));
        }
        text("paths", &path.purpose, 0, DESCRIPTION_MOST)?;
    }
    Ok(())
}

fn variables(template: &Template) -> Result<()> {
    let asked = template.variables.len();
    let distinct: BTreeSet<&str> = template.variables.iter().map(|q| q.name.as_str()).collect();
    if distinct.len() != asked {
        return Err(Error::invalid("variables", "A variable is there twice."));
    }
    for name in variable_names(template) {
        let sound = !name.is_empty()
            && name.len() <= 256
            && !name
                .chars()
                .any(|c| c.is_control() || c.is_whitespace() || c == '=');
        if !sound {
            return Err(Error::invalid(
                "variables",
                format!("{name:?} cannot be the name of a variable."),
            ));
        }
    }
    for question in &template.variables {
        text("variables", &question.label, 0, 200)?;
        text("variables", &question.explain, 0, NOTE_MOST)?;
        if question.choices.len() > EACH_MOST {
            return Err(Error::invalid("variables", "It has too many choices."));
        }
        if question.default.is_some() {
            answer::value_of(question, None)?;
        }
    }
    for pair in &template.spec.env {
        answer::control("spec.env", pair)?;
    }
    Ok(())
}
