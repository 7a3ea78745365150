//! Commands that make and change containers.

use super::quote::quote;
use crate::model::command::{Command, Commands};
use crate::model::spec::ContainerSpec;

fn all(text: String) -> Commands {
    let one = Command {
        text,
        explain: Vec::new(),
    };
    Commands {
        simple: one.clone(),
        intermediate: one.clone(),
        advanced: one,
    }
}

pub fn run(spec: &ContainerSpec, start: bool, _endpoint: Option<&str>) -> Commands {
    let verb = if start { "run -d" } else { "create" };
    all(format!("docker {verb} {}", quote(&spec.image)))
}

pub fn recreate(spec: &ContainerSpec, name: &str, endpoint: Option<&str>) -> Commands {
    let _ = name;
    run(spec, true, endpoint)
}

pub fn rename(old: &str, new: &str, _endpoint: Option<&str>) -> Commands {
    all(format!("docker rename {} {}", quote(old), quote(new)))
}

pub fn update(name: &str, _change: &ContainerSpec, _endpoint: Option<&str>) -> Commands {
    all(format!("docker update {}", quote(name)))
}
