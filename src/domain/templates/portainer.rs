//! Portainer's template files, versions 2 and 3 (and the older list without a
//! version), as its documentation describes them: the fields of a container.
//!
//! The file comes from anywhere, so nothing of it is trusted: markup becomes
//! text, passwords that everybody could know stay behind, and what cannot be
//! carried over is said.

mod extras;
mod unread;

use super::check::{CATEGORY_MOST, DESCRIPTION_MOST, EACH_MOST, NAME_MOST, NOTE_MOST};
use super::from_spec::{folder_of, kind_of, question};
use super::sanitize::{line, text_of_html};
use crate::engine::looks_secret;
use crate::model::spec::{
    ContainerSpec, MountKind, MountSpec, NetworkSpec, PortRange, restart_policy,
};
use crate::model::template::{
    CATEGORIES, Choice, PathQuestion, PortQuestion, Template, VariableKind, VariableQuestion,
    WebAddress,
};
use serde_json::Value;

/// A template and what was changed or left out on the way.
pub struct Read {
    pub template: Template,
    pub remarks: Vec<String>,
}

/// The entries of a file, if it is one.
pub fn entries(document: &Value) -> Option<&Vec<Value>> {
    match document {
        Value::Array(list) => Some(list),
        other => other.get("templates")?.as_array(),
    }
}

/// What to call an entry that could not be read.
pub fn title(entry: &Value, place: usize) -> String {
    let title = line(text(entry, "title").unwrap_or(""), NAME_MOST);
    if title.is_empty() {
        format!("entry {place}")
    } else {
        title
    }
}

/// # Errors
/// Why it was skipped, in a sentence.
pub fn read(entry: &Value, place: usize) -> Result<Read, String> {
    if !entry.is_object() {
        return Err("It is not an object.".to_owned());
    }
    match entry.get("type") {
        None => {}
        Some(Value::Number(number)) if number.as_u64() == Some(1) => {}
        Some(Value::String(word)) if word == "container" || word == "1" => {}
        Some(Value::Number(number)) if number.as_u64() == Some(2) => {
            return Err("It is a Swarm stack of several services, not one container.".to_owned());
        }
        Some(Value::Number(number)) if number.as_u64() == Some(3) => {
            return Err("It is a Compose stack of several services, not one container. Deploy it as a stack.".to_owned());
        }
        Some(_) => return Err("Its type is not supported.".to_owned()),
    }
    if text(entry, "platform").is_some_and(|platform| platform.eq_ignore_ascii_case("windows")) {
        return Err("It is for Windows containers.".to_owned());
    }
    let image = text(entry, "image").filter(|image| !image.trim().is_empty());
    let Some(image) = image else {
        return Err("It has no image.".to_owned());
    };
    let mut remarks = Vec::new();
    let mut template = Template {
        name: title(entry, place),
        category: category(entry),
        description: line(
            &text_of_html(text(entry, "description").unwrap_or("")),
            DESCRIPTION_MOST,
        ),
        spec: ContainerSpec {
            image: with_registry(text(entry, "registry"), image.trim()),
            ..ContainerSpec::default()
        },
        ..Template::default()
    };
    let note = line(&text_of_html(text(entry, "note").unwrap_or("")), NOTE_MOST);
    if !note.is_empty() {
        template.notes.push(note);
    }
    process(entry, &mut template.spec, &mut remarks)?;
    network(entry, &mut template.spec, &mut remarks);
    labels(entry, &mut template.spec, &mut remarks);
    extras::apply(entry, &mut template.spec, &mut remarks);
    for variable in list(entry, "env") {
        environment(variable, &mut template, &mut remarks)?;
    }
    for port in list(entry, "ports") {
        ports(port, &mut template.ports)?;
    }
    for volume in list(entry, "volumes") {
        mount(volume, &mut template, &mut remarks)?;
    }
    unread::remarks(entry, &mut remarks);
    Ok(Read { template, remarks })
}

fn text<'a>(entry: &'a Value, key: &str) -> Option<&'a str> {
    entry.get(key).and_then(Value::as_str)
}

fn list<'a>(entry: &'a Value, key: &str) -> &'a [Value] {
    entry
        .get(key)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// The category of the library with that name, else the name itself.
fn category(entry: &Value) -> String {
    let first = list(entry, "categories").iter().find_map(Value::as_str);
    let word = line(first.unwrap_or(""), CATEGORY_MOST);
    if word.is_empty() {
        return "other".to_owned();
    }
    let known = CATEGORIES.iter().find(|known| {
        known.code.eq_ignore_ascii_case(&word)
            || known.title.eq_ignore_ascii_case(&word)
            || known.code.trim_end_matches('s').eq_ignore_ascii_case(&word)
    });
    known.map_or(word, |known| known.code.to_owned())
}

fn with_registry(registry: Option<&str>, image: &str) -> String {
    match registry.map(|registry| registry.trim().trim_end_matches('/')) {
        None | Some("") => image.to_owned(),
        Some(registry) => format!("{registry}/{image}"),
    }
}

fn process(
    entry: &Value,
    spec: &mut ContainerSpec,
    remarks: &mut Vec<String>,
) -> Result<(), String> {
    let flag = |key: &str| entry.get(key) == Some(&Value::Bool(true));
    if let Some(command) = text(entry, "command").filter(|command| !command.trim().is_empty()) {
        let words =
            shlex::split(command).ok_or_else(|| "Its command has an unclosed quote.".to_owned())?;
        if words.iter().any(|word| looks_secret("", word)) {
            remarks.push(
                "Its command seems to contain a password, which everyone with this file knows."
                    .to_owned(),
            );
        }
        spec.command = Some(words);
    }
    if flag("privileged") {
        spec.privileged = true;
        remarks.push("It requests full access to this host (privileged).".to_owned());
    }
    if flag("interactive") {
        spec.tty = true;
        spec.stdin_open = true;
    }
    if let Some(hostname) = text(entry, "hostname").filter(|name| !name.is_empty()) {
        spec.hostname = Some(line(hostname, 63));
    }
    if let Some(policy) = text(entry, "restart_policy").filter(|policy| !policy.is_empty()) {
        restart_policy(policy)?;
        spec.restart = Some(policy.to_owned());
    }
    Ok(())
}

fn network(entry: &Value, spec: &mut ContainerSpec, remarks: &mut Vec<String>) {
    // Yacht writes `network_mode` where Portainer writes `network`.
    let named = text(entry, "network").or_else(|| text(entry, "network_mode"));
    match named.map(str::trim) {
        None | Some("" | "bridge" | "default") => {}
        Some(mode @ ("host" | "none")) => spec.network_mode = Some(mode.to_owned()),
        Some(name) if super::answer::is_name(name) => {
            spec.networks = vec![NetworkSpec {
                name: name.to_owned(),
                ..NetworkSpec::default()
            }];
        }
        Some(_) => remarks
            .push("Its network was left out: the name is not valid for an engine.".to_owned()),
    }
}

fn labels(entry: &Value, spec: &mut ContainerSpec, remarks: &mut Vec<String>) {
    let mut add = |key: &str, value: &str| {
        if key.is_empty() || key.chars().any(char::is_control) {
            return;
        }
        if looks_secret(key, value) {
            remarks.push(format!(
                "The label {} was left out: it seems to contain a password.",
                line(key, 100)
            ));
            return;
        }
        spec.labels.insert(key.to_owned(), value.to_owned());
    };
    match entry.get("labels") {
        Some(Value::Array(list)) => {
            for label in list {
                add(
                    text(label, "name").unwrap_or(""),
                    text(label, "value").unwrap_or(""),
                );
            }
        }
        Some(Value::Object(map)) => {
            for (key, value) in map {
                add(key, value.as_str().unwrap_or(""));
            }
        }
        _ => {}
    }
}

/// A value that may be written as a text, a number or true and false.
fn scalar(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        _ => None,
    }
}

fn environment(
    entry: &Value,
    template: &mut Template,
    remarks: &mut Vec<String>,
) -> Result<(), String> {
    let name = text(entry, "name").unwrap_or("").trim();
    if name.is_empty() {
        return Err("A variable in it has no name.".to_owned());
    }
    let set = scalar(entry.get("set"));
    let preset = set.is_some() || entry.get("preset") == Some(&Value::Bool(true));
    let mut default = set.or_else(|| scalar(entry.get("default")));
    let secret = looks_secret(
        name,
        default.as_deref().filter(|d| !d.is_empty()).unwrap_or("x"),
    );
    if preset && !secret {
        template
            .spec
            .env
            .push(format!("{name}={}", default.unwrap_or_default()));
        return Ok(());
    }
    let had = default
        .as_deref()
        .is_some_and(|default| !default.is_empty());
    if secret && had {
        default = None;
        remarks.push(format!(
            "The value of {} was left out: a password in a file that others have is not a secret.",
            line(name, 100)
        ));
    }
    let choices: Vec<Choice> = list(entry, "select")
        .iter()
        .filter_map(|choice| {
            let value = scalar(choice.get("value"))?;
            if choice.get("default") == Some(&Value::Bool(true)) {
                default = Some(value.clone());
            }
            Some(Choice {
                label: line(text(choice, "text").unwrap_or(""), 100),
                value,
            })
        })
        .collect();
    let mut asked = VariableQuestion {
        label: line(text(entry, "label").unwrap_or(""), 100),
        explain: line(
            &text_of_html(text(entry, "description").unwrap_or("")),
            NOTE_MOST,
        ),
        required: secret && had,
        ..question(name, default.as_deref(), secret)
    };
    if !choices.is_empty() {
        asked.kind = VariableKind::Choice;
        // A default that is not among them could never be given.
        asked.default = asked
            .default
            .filter(|d| choices.iter().any(|c| c.value == *d));
        asked.choices = choices;
    }
    template.variables.push(asked);
    Ok(())
}

/// `8080:80/tcp`, `80/tcp`, or `{"purpose": "8080:80/tcp"}`.
fn ports(entry: &Value, questions: &mut Vec<PortQuestion>) -> Result<(), String> {
    let mut add = |purpose: &str, text: &str| -> Result<(), String> {
        let range = PortRange::parse(text)?;
        if questions.len() + range.len() > EACH_MOST {
            return Err(format!("It has more than {EACH_MOST} ports."));
        }
        for port in range.expand() {
            questions.push(PortQuestion {
                web: (port.protocol == "tcp"
                    && questions.is_empty()
                    && purpose.to_ascii_lowercase().contains("web"))
                .then(WebAddress::default),
                container_port: port.container_port,
                protocol: port.protocol,
                host_port: port.host_port,
                purpose: line(purpose, 100),
                optional: false,
            });
        }
        Ok(())
    };
    match entry {
        Value::String(text) => add("", text),
        Value::Number(port) => add("", &port.to_string()),
        Value::Object(named) => named
            .iter()
            .try_for_each(|(purpose, text)| add(purpose, text.as_str().unwrap_or(""))),
        _ => Err("One of its ports is neither a text nor an object.".to_owned()),
    }
}

fn mount(entry: &Value, template: &mut Template, remarks: &mut Vec<String>) -> Result<(), String> {
    let (target, bind, read_only) = match entry {
        Value::String(target) => (target.as_str(), "", false),
        other => (
            text(other, "container").unwrap_or(""),
            text(other, "bind").unwrap_or("").trim(),
            other.get("readonly") == Some(&Value::Bool(true)),
        ),
    };
    if !target.starts_with('/') {
        return Err(format!(
            "{:?} is not a path in a Linux container.",
            line(target, 100)
        ));
    }
    // Yacht's name for the time zone of the host.
    if bind == "!localtime" {
        template.spec.mounts.push(MountSpec {
            kind: MountKind::Bind,
            source: "/etc/localtime".to_owned(),
            target: target.to_owned(),
            read_only: true,
            ..MountSpec::default()
        });
        return Ok(());
    }
    let mut path = PathQuestion {
        target: target.to_owned(),
        kind: kind_of(target, bind),
        read_only,
        ..PathQuestion::default()
    };
    if bind.is_empty() {
        path.volume = true;
        path.suggested = folder_of(target);
    } else if bind.starts_with('/') {
        bind.clone_into(&mut path.suggested);
        if bind.ends_with("docker.sock") {
            remarks.push(
                "It gets access to the engine's socket, and with it full control of this host."
                    .to_owned(),
            );
        }
    } else if super::answer::is_name(bind) {
        path.volume = true;
        bind.clone_into(&mut path.suggested);
    } else {
        path.suggested = folder_of(target);
        remarks.push(format!(
            "The folder {:?} for {target} does not exist on this host; one below the storage root is suggested.",
            line(bind, 100)
        ));
    }
    template.paths.push(path);
    Ok(())
}

#[cfg(test)]
mod tests;
