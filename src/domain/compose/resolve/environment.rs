//! The environment and the labels of a service: its files, and over them its own.

use super::super::env_file::{self, Variable};
use super::super::node::{Entry, Node, SourcePlace, Value};
use super::super::reader::{Loader, Variables};

pub fn resolve(loader: &mut Loader<'_>, service: &mut Node, name: &str, variables: &Variables) {
    let own = service.take("environment");
    let files = service.take("env_file");
    let at = own
        .as_ref()
        .or(files.as_ref())
        .map_or(service.at, |node| node.at);
    let mut own = own.map(|node| node.entries().to_vec()).unwrap_or_default();
    for entry in &mut own {
        check_name(loader, entry, name);
        if entry.node.is_null()
            && let Some(value) = variables.get(&entry.key)
        {
            entry.node.value = Value::Text(value.clone());
        }
    }
    let mut all = Node::new(Value::Map(Vec::new()), at);
    for file in files.as_ref().map(Node::items).unwrap_or_default() {
        for one in read_file(loader, file, &own, &all, variables) {
            let value = one.value.or_else(|| variables.get(&one.name).cloned());
            if let Some(value) = value {
                all.set(&one.name, Node::text(value, file.at));
            }
        }
    }
    for Entry { key, node, .. } in own {
        all.set(&key, node);
    }
    if !all.entries().is_empty() {
        service.set("environment", all);
    }
    labels(loader, service);
    if let Some(args) = service
        .get_mut("build")
        .and_then(|build| build.get_mut("args"))
        && let Value::Map(entries) = &mut args.value
    {
        entries.retain_mut(|entry| {
            if entry.node.is_null()
                && let Some(value) = variables.get(&entry.key)
            {
                entry.node.value = Value::Text(value.clone());
            }
            !entry.node.is_null()
        });
    }
}

fn check_name(loader: &mut Loader<'_>, entry: &Entry, service: &str) {
    if entry.key.ends_with(' ') {
        let why = format!(
            "services.{service}.environment: {:?} ends with a space. Write NAME=value without spaces.",
            entry.key
        );
        loader.fault(entry.node.at, why);
    }
}

fn read_file(
    loader: &mut Loader<'_>,
    file: &Node,
    own: &[Entry],
    earlier: &Node,
    variables: &Variables,
) -> Vec<Variable> {
    let text = |key: &str| file.get(key).and_then(Node::as_text).unwrap_or_default();
    let path = text("path").to_owned();
    let is_required = file.get("required").and_then(Node::as_bool) != Some(false);
    let Some(content) = content(loader, &path, file.at, is_required) else {
        return Vec::new();
    };
    if text("format") == "raw" {
        return env_file::read_raw(&content);
    }
    let lookup = |name: &str| {
        let of_service = || {
            let entry = own.iter().find(|entry| entry.key == name)?;
            entry.node.as_text().map(str::to_owned)
        };
        variables.get(name).cloned().or_else(of_service)
    };
    let later = |name: &str| earlier.get(name).and_then(Node::as_text).map(str::to_owned);
    match env_file::read(&content, &lookup, &later, &mut loader.unset) {
        Ok(found) => found,
        Err(why) => {
            loader.env_fault(&path, &why);
            Vec::new()
        }
    }
}

fn content(
    loader: &mut Loader<'_>,
    path: &str,
    at: SourcePlace,
    is_required: bool,
) -> Option<String> {
    match loader.read(path) {
        Ok(Some(content)) => Some(content),
        Ok(None) => {
            if is_required {
                loader.fault(at, format!("The environment file {path} does not exist."));
            }
            None
        }
        Err(why) => {
            loader.fault(
                at,
                format!("The environment file {path} cannot be read: {why}"),
            );
            None
        }
    }
}

/// Labels of files, and over them the service's own.
fn labels(loader: &mut Loader<'_>, service: &mut Node) {
    let Some(files) = service.get("label_file").cloned() else {
        return;
    };
    let mut all = Node::new(Value::Map(Vec::new()), files.at);
    for file in files.items() {
        let path = file.as_text().unwrap_or_default().to_owned();
        let Some(content) = content(loader, &path, file.at, true) else {
            continue;
        };
        let later = |name: &str| all.get(name).and_then(Node::as_text).map(str::to_owned);
        let read = env_file::read(&content, &|_| None, &later, &mut loader.unset);
        match read {
            Ok(found) => {
                for one in found {
                    let value = one.value.unwrap_or_default();
                    all.set(&one.name, Node::text(value, file.at));
                }
            }
            Err(why) => loader.env_fault(&path, &why),
        }
    }
    let own = service.take("labels");
    for Entry { key, node, .. } in own.map(|node| node.entries().to_vec()).unwrap_or_default() {
        all.set(&key, node);
    }
    service.set("labels", all);
}
