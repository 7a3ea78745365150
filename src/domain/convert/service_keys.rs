//! The attributes of a service, one after another.

use super::writing::Yaml;

/// The service of one container, and what it brings with it.
#[derive(Debug, Default)]
pub struct Service {
    pub keys: Vec<(String, Yaml)>,
    /// Networks that it joins.
    pub networks: Vec<String>,
    /// Named volumes with their drivers.
    pub volumes: Vec<(String, Option<String>)>,
    pub warnings: Vec<String>,
}

impl Service {
    pub fn set(&mut self, key: &str, value: Yaml) {
        self.keys.push((key.to_owned(), value));
    }

    pub fn text(&mut self, key: &str, text: Option<&String>) {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            self.set(key, Yaml::text(text));
        }
    }

    pub fn texts(&mut self, key: &str, all: &[String]) {
        if !all.is_empty() {
            self.set(key, Yaml::texts(all));
        }
    }

    pub fn flag(&mut self, key: &str, is: bool) {
        if is {
            self.set(key, Yaml::Plain("true".to_owned()));
        }
    }

    pub fn warn(&mut self, what: &str, why: &str) {
        self.warnings.push(format!("{what}: {why}"));
    }
}
