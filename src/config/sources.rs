//! Where settings come from, before they mean anything: text with its origin.

use super::BadSetting;
use super::settings::{ConfigOption, SETTINGS, Takes};
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    Flag,
    Variable(String),
    File(PathBuf),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => f.write_str("the command line"),
            Self::Variable(name) => write!(f, "the variable {name}"),
            Self::File(path) => write!(f, "{}", path.display()),
        }
    }
}

/// The winning source of each setting, unparsed.
#[derive(Debug)]
pub struct Raw {
    values: BTreeMap<&'static str, (Vec<String>, Origin)>,
    pub unknown_environment: Vec<String>,
}

impl Raw {
    pub fn new(flags: Vec<(&'static str, String)>, environment: &[(String, String)]) -> Self {
        let mut values: BTreeMap<&'static str, (Vec<String>, Origin)> = BTreeMap::new();
        for setting in SETTINGS {
            let variable = setting.variable();
            let found = environment
                .iter()
                .find(|(key, value)| *key == variable && !value.is_empty());
            if let Some((_, value)) = found {
                let list = if matches!(setting.takes, Takes::Many(_)) {
                    value
                        .split(',')
                        .map(|part| part.trim().to_owned())
                        .filter(|part| !part.is_empty())
                        .collect()
                } else {
                    vec![value.clone()]
                };
                values.insert(setting.name, (list, Origin::Variable(variable)));
            }
        }
        let mut from_flags: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
        for (name, value) in flags {
            from_flags.entry(name).or_default().push(value);
        }
        for (name, list) in from_flags {
            values.insert(name, (list, Origin::Flag));
        }
        let unknown_environment = environment
            .iter()
            .map(|(key, _)| key)
            .filter(|key| key.starts_with("DOCKERMATE_"))
            .filter(|key| !SETTINGS.iter().any(|setting| setting.variable() == **key))
            .cloned()
            .collect();
        Self {
            values,
            unknown_environment,
        }
    }

    /// Adds what `config.toml` says where nothing stronger has spoken.
    pub fn add_file(&mut self, path: &Path) -> Result<(), BadSetting> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            // That the folder is none is told when it is opened.
            Err(error)
                if matches!(
                    error.kind(),
                    std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory
                ) =>
            {
                return Ok(());
            }
            Err(error) => return Err(unusable(path, "", &format!("cannot be read: {error}"))),
        };
        let table: toml::Table = text
            .parse()
            .map_err(|error| unusable(path, "", &format!("is not TOML: {error}")))?;
        for (key, value) in table {
            let name = key.replace('_', "-");
            let Some(setting) = SETTINGS.iter().find(|setting| setting.name == name) else {
                return Err(unusable(path, &key, "is not a setting"));
            };
            let list = Self::file_values(setting, &value)
                .ok_or_else(|| unusable(path, &key, "has a value of the wrong type"))?;
            self.values
                .entry(setting.name)
                .or_insert_with(|| (list, Origin::File(path.to_owned())));
        }
        Ok(())
    }

    fn file_values(setting: &ConfigOption, value: &toml::Value) -> Option<Vec<String>> {
        let text = |value: &toml::Value| match value {
            toml::Value::String(text) => Some(text.clone()),
            toml::Value::Integer(number) => Some(number.to_string()),
            toml::Value::Boolean(flag) => Some(flag.to_string()),
            _ => None,
        };
        match (setting.takes, value) {
            (Takes::Many(_), toml::Value::Array(list)) => list.iter().map(text).collect(),
            (_, value) => text(value).map(|one| vec![one]),
        }
    }

    /// The last value given, as a later flag wins over an earlier one.
    pub fn one(&self, name: &str) -> Option<(String, Origin)> {
        let (list, origin) = self.values.get(name)?;
        Some((list.last()?.clone(), origin.clone()))
    }

    pub fn flag(&self, name: &str) -> Result<bool, BadSetting> {
        let value = self.parsed(name, "true, false", |text| {
            match text.to_ascii_lowercase().as_str() {
                "true" | "1" | "yes" | "on" => Ok(true),
                "false" | "0" | "no" | "off" => Ok(false),
                _ => Err("is neither true nor false".to_owned()),
            }
        })?;
        Ok(value.unwrap_or(false))
    }

    pub fn parsed<T>(
        &self,
        name: &str,
        allowed: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<T>, BadSetting> {
        self.one(name)
            .map(|(value, origin)| {
                parse(value.trim()).map_err(|problem| bad(name, &value, &origin, problem, allowed))
            })
            .transpose()
    }

    pub fn parsed_list<T>(
        &self,
        name: &str,
        allowed: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Vec<T>, BadSetting> {
        let Some((list, origin)) = self.values.get(name) else {
            return Ok(Vec::new());
        };
        list.iter()
            .map(|value| {
                parse(value.trim()).map_err(|problem| bad(name, value, origin, problem, allowed))
            })
            .collect()
    }
}

fn bad(name: &str, value: &str, origin: &Origin, problem: String, allowed: &str) -> BadSetting {
    BadSetting {
        setting: format!("--{name}"),
        origin: origin.to_string(),
        value: value.to_owned(),
        problem,
        allowed: allowed.to_owned(),
    }
}

fn unusable(path: &Path, key: &str, problem: &str) -> BadSetting {
    let names: Vec<&str> = SETTINGS.iter().map(|setting| setting.name).collect();
    BadSetting {
        setting: "config.toml".into(),
        origin: path.display().to_string(),
        value: key.to_owned(),
        problem: problem.to_owned(),
        allowed: names.join(", "),
    }
}
