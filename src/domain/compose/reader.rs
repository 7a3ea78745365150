//! Reading the files of a project: documents, variables, what they are bounded by, and
//! what was found.

use super::fault::ComposeFault;
use super::node::{Entry, Node, SourcePlace, Value};
use super::template::Interpolation;
use super::{canonical, env_file, schema, yaml};
use crate::model::diagnostic::Severity;
use std::collections::{BTreeMap, BTreeSet};

/// Files of one project, included ones among them.
const MOST_FILES: usize = 200;
/// Files that are named at one place.
pub const MOST_NAMED: usize = 50;
const MOST_SERVICES: usize = 1_000;
/// Published ports of one file, the ones of its ranges counted.
const MOST_PORTS: usize = 20_000;
/// Bytes that the texts of a project may have once their variables are filled in.
const MOST_TEXT: usize = 16 * 1024 * 1024;

/// Where files are read from.
pub trait Files {
    /// The content; none where there is no such file.
    ///
    /// # Errors
    /// Why it cannot be read, as a sentence.
    fn read(&self, path: &str) -> Result<Option<String>, String>;
}

/// Reads the files of a project.
pub struct Loader<'a> {
    pub files: &'a dyn Files,
    pub home: &'a str,
    pub faults: Vec<ComposeFault>,
    /// The files that were read, by the number in [`SourcePlace`].
    pub names: Vec<String>,
    /// Variables without a value, each told once.
    pub unset: BTreeSet<String>,
    /// Bytes of the texts so far.
    pub size: usize,
}

/// What variables stand for.
pub type Variables = BTreeMap<String, String>;

impl Loader<'_> {
    /// The content of a file, within what a project may have of text.
    ///
    /// # Errors
    /// Why it cannot be read, as a sentence.
    pub fn read(&mut self, path: &str) -> Result<Option<String>, String> {
        if self.size > MOST_TEXT {
            return Err("the files of the project are larger than 16 MB.".to_owned());
        }
        let text = self.files.read(path)?;
        self.size += text.as_ref().map_or(0, String::len);
        Ok(text)
    }

    pub fn fault(&mut self, at: SourcePlace, message: impl Into<String>) {
        self.faults.push(ComposeFault::new(at, message));
    }

    /// The documents of a file; none where it is missing or no YAML, which is told.
    pub fn documents(&mut self, path: &str, asked: SourcePlace) -> Option<Vec<Node>> {
        if self.names.len() >= MOST_FILES {
            self.fault(asked, format!("A project has at most {MOST_FILES} files."));
            return None;
        }
        let text = match self.read(path) {
            Ok(Some(text)) => text,
            Ok(None) => {
                self.fault(asked, format!("The file {path} does not exist."));
                return None;
            }
            Err(why) => {
                self.fault(asked, format!("The file {path} cannot be read: {why}"));
                return None;
            }
        };
        let number = u16::try_from(self.names.len()).unwrap_or(u16::MAX);
        self.names.push(path.to_owned());
        match yaml::read(&text, number) {
            Ok(documents) => Some(documents),
            Err(fault) => {
                self.faults.push(fault);
                None
            }
        }
    }

    /// Fills the variables of every text in.
    pub fn interpolate(&mut self, node: &mut Node, path: &str, variables: &Variables) {
        match &mut node.value {
            Value::Text(text) => {
                let lookup = |name: &str| variables.get(name).cloned();
                let mut unset = BTreeSet::new();
                let mut template = Interpolation {
                    lookup: &lookup,
                    unset: &mut unset,
                };
                match template.expand(text) {
                    Ok(done) => {
                        self.size += done.len();
                        *text = done;
                    }
                    Err(error) => {
                        let why = env_file::told(&error);
                        self.faults
                            .push(ComposeFault::new(node.at, format!("{path}: {why}")));
                    }
                }
                if self.size > MOST_TEXT {
                    // Nothing more is kept of a file that unfolds without end.
                    text.clear();
                    if self.size < usize::MAX / 2 {
                        self.size = usize::MAX / 2;
                        self.faults.push(ComposeFault::new(
                            node.at,
                            "With their variables filled in the texts are larger than 16 MB.",
                        ));
                    }
                }
                for name in unset {
                    if self.unset.insert(name.clone()) {
                        self.faults.push(ComposeFault::warning(
                            node.at,
                            format!("The variable {name} is not set: it is taken as empty."),
                        ));
                    }
                }
            }
            Value::List(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    self.interpolate(item, &format!("{path}.{index}"), variables);
                }
            }
            Value::Map(entries) => {
                for Entry { key, node, .. } in entries {
                    let own = if path.is_empty() {
                        key.clone()
                    } else {
                        format!("{path}.{key}")
                    };
                    self.interpolate(node, &own, variables);
                }
            }
            _ => {}
        }
    }

    /// What a small file must not make of itself.
    pub fn bounded(&mut self, document: &Node) {
        let services = document
            .get("services")
            .map(Node::entries)
            .unwrap_or_default();
        if let Some(over) = services.get(MOST_SERVICES) {
            self.fault(
                over.at,
                format!("A file has at most {MOST_SERVICES} services."),
            );
        }
        let mut ports = 0;
        for port in services
            .iter()
            .filter_map(|entry| entry.node.get("ports"))
            .flat_map(Node::items)
        {
            ports += port.as_text().map_or(1, super::ports::count);
            if ports > MOST_PORTS {
                let why = format!("A file publishes at most {MOST_PORTS} ports.");
                return self.fault(port.at, why);
            }
        }
    }

    /// Checks the shapes and brings everything to its long form.
    pub fn checked(&mut self, file: &mut Node) -> Option<()> {
        let before = self.errors();
        let mut faults = Vec::new();
        schema::check(
            file,
            schema::ValueShape::Object(&schema::FILE),
            "",
            &mut faults,
        );
        self.add(faults);
        if self.errors() > before {
            return None;
        }
        let mut faults = Vec::new();
        canonical::canonical(file, &mut faults);
        self.add(faults);
        (self.errors() == before).then_some(())
    }

    /// What the check of a later file finds again is told once.
    pub fn add(&mut self, faults: Vec<ComposeFault>) {
        for fault in faults {
            if !self.faults.contains(&fault) {
                self.faults.push(fault);
            }
        }
    }

    pub fn errors(&self) -> usize {
        let is_error = |fault: &&ComposeFault| fault.severity == Severity::Error;
        self.faults.iter().filter(is_error).count()
    }

    /// The variables of environment files, or of the `.env` in a folder; those from
    /// outside win.
    pub fn variables(
        &mut self,
        files: &[String],
        folder: &str,
        outside: &Variables,
        asked: SourcePlace,
    ) -> Option<Variables> {
        if files.len() > MOST_NAMED {
            self.fault(
                asked,
                format!("At most {MOST_NAMED} environment files are read."),
            );
            return None;
        }
        let usual = [format!("{}/.env", folder.trim_end_matches('/'))];
        let files = if files.is_empty() { &usual[..] } else { files };
        let mut all = Variables::new();
        for path in files {
            let text = match self.read(path) {
                Ok(Some(text)) => text,
                Ok(None) if *path == usual[0] => continue,
                Ok(None) => {
                    self.fault(
                        asked,
                        format!("The environment file {path} does not exist."),
                    );
                    return None;
                }
                Err(why) => {
                    self.fault(
                        asked,
                        format!("The environment file {path} cannot be read: {why}"),
                    );
                    return None;
                }
            };
            let lookup = |name: &str| outside.get(name).cloned();
            let later = |name: &str| all.get(name).cloned();
            let found = env_file::read(&text, &lookup, &later, &mut self.unset);
            match found {
                Ok(found) => {
                    for one in found {
                        let value = one.value.or_else(|| outside.get(&one.name).cloned());
                        if let Some(value) = value {
                            all.insert(one.name, value);
                        }
                    }
                }
                Err(why) => {
                    self.env_fault(path, &why);
                    return None;
                }
            }
        }
        let own = outside
            .iter()
            .map(|(name, value)| (name.clone(), value.clone()));
        all.extend(own);
        Some(all)
    }

    /// A fault of an environment file, with its place.
    pub fn env_fault(&mut self, path: &str, why: &env_file::EnvFault) {
        let file = u16::try_from(self.names.len()).unwrap_or(u16::MAX);
        self.names.push(path.to_owned());
        let at = SourcePlace {
            file,
            line: why.line,
            column: 1,
        };
        self.fault(at, format!("{path}, line {}: {}", why.line, why.message));
    }
}
