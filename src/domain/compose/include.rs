//! `include`: other files as parts of this one, each with its folder and its `.env`.

use super::node::Node;
use super::reader::{Loader, MOST_NAMED, Variables};
use super::unique::unique;
use super::{merge, paths, schema};

impl Loader<'_> {
    /// Takes in what `include` names. What is there already stays over it.
    pub(super) fn include(
        &mut self,
        merged: &mut Node,
        include: &Node,
        folder: &str,
        variables: &Variables,
        chain: &[String],
    ) -> Option<()> {
        let mut faults = Vec::new();
        let mut list = include.clone();
        let shape = schema::FILE.find("include").map(|key| key.shape)?;
        schema::check(&mut list, shape, "include", &mut faults);
        if !faults.is_empty() {
            self.add(faults);
            return None;
        }
        for item in list.items() {
            let texts = |key: &str| -> Vec<String> {
                let found = item.get(key).cloned().map(super::short::listed);
                let found = found.as_ref().map(Node::items).unwrap_or_default();
                found.iter().filter_map(Node::printed).collect()
            };
            let names = match item.as_text() {
                Some(path) => vec![path.to_owned()],
                None => texts("path"),
            };
            let paths: Vec<String> = names
                .iter()
                .map(|name| paths::joined(folder, name))
                .collect();
            let Some(first) = paths.first() else {
                self.fault(item.at, "include needs a path.");
                return None;
            };
            if paths.len() > MOST_NAMED {
                self.fault(
                    item.at,
                    format!("include: at most {MOST_NAMED} paths are merged."),
                );
                return None;
            }
            if chain.contains(first) {
                self.fault(item.at, format!("include: a cycle leads back to {first}."));
                return None;
            }
            let own = match item.get("project_directory").and_then(Node::as_text) {
                Some(own) => paths::joined(folder, own),
                None => paths::folder_of(first).to_owned(),
            };
            for path in &paths {
                if !matches!(self.files.read(path), Ok(Some(_))) {
                    self.fault(item.at, format!("include: the file {path} does not exist."));
                    return None;
                }
            }
            let env_files: Vec<String> = texts("env_file")
                .iter()
                .map(|name| paths::joined(folder, name))
                .collect();
            let known = self.variables(&env_files, &own, variables, item.at)?;
            let mut part = self.project(&paths, &own, &known, chain)?;
            paths::make_absolute(&mut part, &own, self.home);
            part.take("name");
            part.take("version");
            let above = std::mem::replace(merged, part);
            if let Err(fault) = merge::merge(merged, above) {
                self.faults.push(fault);
                return None;
            }
            unique(merged);
        }
        Some(())
    }
}
