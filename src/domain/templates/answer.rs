//! Single answers, checked one by one.

use crate::error::{Error, Result};
use crate::model::spec::{MountKind, PortRange, PortSpec};
use crate::model::template::{PortQuestion, VariableKind, VariableQuestion};
use std::collections::BTreeMap;

/// Where containers have their folders unless somebody says otherwise
/// (section 10.1 of the design).
pub const STORAGE_ROOT: &str = "/mnt/appdata";

/// The longest value of a variable.
const LONGEST: usize = 8192;

/// An answer to a question that nobody asked is a slip of the pen.
pub fn only_known(
    part: &str,
    answers: &BTreeMap<String, Option<String>>,
    questions: impl Iterator<Item = String>,
) -> Result<()> {
    let known: Vec<String> = questions.collect();
    match answers.keys().find(|key| !known.contains(key)) {
        None => Ok(()),
        Some(odd) => Err(Error::invalid(
            format!("{part}.{odd}"),
            if known.is_empty() {
                format!("This template has no question about {part}.")
            } else {
                format!(
                    "This template has no such question. Its questions: {}.",
                    known.join(", ")
                )
            },
        )),
    }
}

/// No control characters, and no text without end.
pub fn control(field: &str, text: &str) -> Result<()> {
    if text.len() > LONGEST {
        return Err(Error::invalid(
            field.to_owned(),
            format!("It is longer than {LONGEST} characters."),
        ));
    }
    if text
        .chars()
        .any(|c| c.is_control() && c != '\n' && c != '\t')
    {
        return Err(Error::invalid(
            field.to_owned(),
            "It contains a control character.",
        ));
    }
    Ok(())
}

/// A name that the engine takes for containers, networks and volumes.
pub fn is_name(text: &str) -> bool {
    text.len() <= 128
        && text.len() >= 2
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'))
}

/// The container's name.
pub fn name_of(answer: Option<&str>, id: &str) -> Result<String> {
    let name = match answer.map(str::trim) {
        None | Some("") => id,
        Some(name) => name,
    };
    if is_name(name) {
        return Ok(name.to_owned());
    }
    Err(Error::invalid(
        "name",
        format!(
            "{name:?} cannot be the name of a container: 2 to 128 letters, digits, dots, dashes and underscores, beginning with a letter or digit."
        ),
    ))
}

pub fn image(text: &str) -> Result<()> {
    if is_image(text) {
        return Ok(());
    }
    Err(Error::invalid(
        "image",
        format!("{text:?} is not an image. Write it as name:tag or registry/name:tag."),
    ))
}

/// Whether it looks like a reference to an image.
pub fn is_image(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 512
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.bytes().all(|b| {
            b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b'/' | b':' | b'@')
        })
}

pub fn storage_root(answer: Option<&str>) -> Result<String> {
    let root = match answer.map(str::trim) {
        None | Some("") => STORAGE_ROOT,
        Some(root) => root,
    };
    if source("storage_root", root)? == MountKind::Bind {
        return Ok(root.trim_end_matches('/').to_owned());
    }
    Err(Error::invalid(
        "storage_root",
        format!("{root:?} is not an absolute path: it must begin with /."),
    ))
}

/// What a mount's source is: a host path or the name of a volume.
pub fn source(field: &str, text: &str) -> Result<MountKind> {
    control(field, text)?;
    if text.contains(':') || text.contains('\n') {
        return Err(Error::invalid(
            field.to_owned(),
            format!("{text:?} contains a character that the engine does not allow here."),
        ));
    }
    if text.starts_with('/') {
        if text.split('/').any(|part| part == "..") {
            return Err(Error::invalid(
                field.to_owned(),
                format!("{text:?} contains \"..\". Write the resulting path instead."),
            ));
        }
        return Ok(MountKind::Bind);
    }
    if is_name(text) {
        return Ok(MountKind::Volume);
    }
    Err(Error::invalid(
        field.to_owned(),
        format!("{text:?} is neither an absolute path on this host nor the name of a volume."),
    ))
}

/// `8080`, `8080-8090` or `127.0.0.1:8080`.
pub fn host_port(field: &str, text: &str, question: &PortQuestion) -> Result<PortSpec> {
    let text = text.trim();
    let whole = format!("{text}:{}/{}", question.container_port, question.protocol);
    let wrong = |why: String| Error::invalid(field.to_owned(), why);
    let range = PortRange::parse(&whole).map_err(wrong)?;
    match (range.len(), range.expand().next()) {
        (1, Some(port)) => Ok(port),
        _ => Err(wrong(format!("{text:?} is not a port of the host."))),
    }
}

/// The value of a variable; none leaves it out.
pub fn value_of(
    question: &VariableQuestion,
    answer: Option<&Option<String>>,
) -> Result<Option<String>> {
    let field = format!("variables.{}", question.name);
    let value = match answer {
        Some(answer) => answer.clone(),
        None => question.default.clone(),
    };
    let Some(value) = value.filter(|value| !value.trim().is_empty()) else {
        if question.required {
            return Err(Error::invalid(
                field,
                format!("{} is required.", question.title()),
            ));
        }
        return Ok(None);
    };
    control(&field, &value)?;
    check_kind(&field, question, &value)?;
    Ok(Some(value))
}

fn check_kind(field: &str, question: &VariableQuestion, value: &str) -> Result<()> {
    let wrong = |what: String| Err(Error::invalid(field.to_owned(), what));
    match question.kind {
        VariableKind::Text => Ok(()),
        VariableKind::Number if value.trim().parse::<f64>().is_ok_and(f64::is_finite) => Ok(()),
        VariableKind::Number => wrong(format!("{value:?} is not a number.")),
        VariableKind::Bool if matches!(value, "true" | "false") => Ok(()),
        VariableKind::Bool => wrong(format!("{value:?} is neither true nor false.")),
        VariableKind::Puid | VariableKind::Pgid if value.parse::<u32>().is_ok() => Ok(()),
        VariableKind::Puid | VariableKind::Pgid => {
            wrong(format!("{value:?} is not a numeric ID, such as 1000."))
        }
        VariableKind::Timezone if is_timezone(value) => Ok(()),
        VariableKind::Timezone => wrong(format!(
            "{value:?} is not a time zone. Example: Europe/Vienna."
        )),
        VariableKind::Choice if question.choices.iter().any(|one| one.value == value) => Ok(()),
        VariableKind::Choice => {
            let allowed: Vec<&str> = question.choices.iter().map(|c| c.value.as_str()).collect();
            wrong(format!("{value:?} is not one of {}.", allowed.join(", ")))
        }
    }
}

fn is_timezone(text: &str) -> bool {
    text.len() <= 64
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'_' | b'-' | b'+'))
}
