//! A project: its files, folder, name, profiles and variables, and the model of them.

use super::fault::ComposeFault;
use super::node::{Node, SourcePlace};
use super::reader::{Files, Loader, MOST_NAMED, Variables};
use super::resolve::{self, Wanted};
use super::{name, output, paths};
use std::collections::BTreeSet;

const USUAL: [&str; 4] = [
    "compose.yaml",
    "compose.yml",
    "docker-compose.yml",
    "docker-compose.yaml",
];
const OVERRIDES: [&str; 4] = [
    "compose.override.yml",
    "compose.override.yaml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
];

/// What is to be read, as the flags of `docker compose` say it.
#[derive(Debug, Clone, Default)]
pub struct ProjectRequest {
    /// Where relative paths of the request begin.
    pub folder: String,
    /// Without them the usual names in the folder, with their overrides.
    pub compose_files: Vec<String>,
    pub profiles: Vec<String>,
    pub env_files: Vec<String>,
    pub project_name: Option<String>,
    pub project_directory: Option<String>,
    /// The environment of the process.
    pub environment: Variables,
    pub home: String,
}

/// What came of it.
#[derive(Debug)]
pub struct Project {
    pub name: String,
    /// None where an error was found.
    pub model: Option<Node>,
    pub faults: Vec<ComposeFault>,
    /// The files that were read, by the number in a place.
    pub files: Vec<String>,
}

impl Project {
    pub fn read(request: &ProjectRequest, files: &dyn Files) -> Self {
        let mut loader = Loader {
            files,
            home: &request.home,
            faults: Vec::new(),
            names: Vec::new(),
            unset: BTreeSet::new(),
            size: 0,
        };
        let mut project = String::new();
        let model = model(request, &mut loader, &mut project);
        let model = model.filter(|_| loader.errors() == 0);
        Self {
            name: project,
            model,
            faults: loader.faults,
            files: loader.names,
        }
    }

    /// The model in the form of `docker compose config --format json`.
    pub fn json(&self) -> Option<serde_json::Value> {
        self.model
            .as_ref()
            .map(|model| output::json(model, &self.name))
    }
}

fn model(request: &ProjectRequest, loader: &mut Loader<'_>, project: &mut String) -> Option<Node> {
    let within = |path: &String| paths::joined(&request.folder, path);
    let given = request.project_directory.as_ref().map(within);
    let first = request.compose_files.first().map(within);
    let folder = given
        .clone()
        .or_else(|| {
            first
                .as_deref()
                .map(|first| paths::folder_of(first).to_owned())
        })
        .unwrap_or_else(|| request.folder.clone());
    let env_files: Vec<String> = request.env_files.iter().map(within).collect();
    let mut variables = loader.variables(
        &env_files,
        &folder,
        &request.environment,
        SourcePlace::default(),
    )?;
    let files = compose_files(request, loader, &variables)?;
    let folder = given.unwrap_or_else(|| paths::folder_of(&files[0]).to_owned());
    *project = project_name(request, loader, &files, &folder, &variables)?;
    variables.insert("COMPOSE_PROJECT_NAME".to_owned(), project.clone());
    let mut file = loader.project(&files, &folder, &variables, &[])?;
    let named = variables
        .get("COMPOSE_PROFILES")
        .filter(|_| request.profiles.is_empty());
    let named = named.map(|text| text.split(',').map(|one| one.trim().to_owned()).collect());
    let profiles: Vec<String> = named.unwrap_or_else(|| request.profiles.clone());
    let profiles: BTreeSet<String> = profiles.into_iter().filter(|one| !one.is_empty()).collect();
    paths::make_absolute(&mut file, &folder, loader.home);
    let wanted = Wanted {
        name: project,
        profiles: &profiles,
        variables: &variables,
    };
    resolve::resolve(loader, &mut file, &wanted);
    // The folder of a build that only the defaults named.
    paths::make_absolute(&mut file, &folder, loader.home);
    Some(file)
}

fn compose_files(
    request: &ProjectRequest,
    loader: &mut Loader<'_>,
    variables: &Variables,
) -> Option<Vec<String>> {
    let mut given = request.compose_files.clone();
    if given.is_empty()
        && let Some(named) = variables
            .get("COMPOSE_FILE")
            .filter(|text| !text.is_empty())
    {
        let separator = variables
            .get("COMPOSE_PATH_SEPARATOR")
            .filter(|text| !text.is_empty())
            .map_or(":", String::as_str);
        given = named.split(separator).map(str::to_owned).collect();
    }
    let within = |path: &str| paths::joined(&request.folder, path);
    if given.len() > MOST_NAMED {
        let why = format!("At most {MOST_NAMED} Compose files are merged.");
        loader.fault(SourcePlace::default(), why);
        return None;
    }
    if !given.is_empty() {
        return Some(given.iter().map(|path| within(path)).collect());
    }
    let is_there = |name: &&str| matches!(loader.files.read(&within(name)), Ok(Some(_)));
    let found = USUAL.iter().copied().find(is_there);
    let over = OVERRIDES.iter().copied().find(is_there);
    let Some(found) = found else {
        let why = format!("There is no {} in {}.", USUAL.join(", "), request.folder);
        loader.fault(SourcePlace::default(), why);
        return None;
    };
    let mut all = vec![within(found)];
    all.extend(over.map(within));
    Some(all)
}

fn project_name(
    request: &ProjectRequest,
    loader: &mut Loader<'_>,
    files: &[String],
    folder: &str,
    variables: &Variables,
) -> Option<String> {
    let chosen = request
        .project_name
        .clone()
        .or_else(|| variables.get("COMPOSE_PROJECT_NAME").cloned())
        .filter(|name| !name.is_empty());
    if let Some(chosen) = chosen {
        if name::is_valid(&chosen) {
            return Some(chosen);
        }
        let why = format!(
            "{chosen:?} is not the name of a project: use small letters, digits, _ and -, and begin with a letter or digit."
        );
        loader.fault(SourcePlace::default(), why);
        return None;
    }
    let named = name_in_files(loader, files, variables);
    let last = folder.rsplit('/').next().unwrap_or_default();
    let name = name::normalized(named.as_deref().unwrap_or(last));
    if name.is_empty() {
        let why = format!("No name of a project can be made of {last:?}. Give name: in the file.");
        loader.fault(SourcePlace::default(), why);
        return None;
    }
    Some(name)
}

/// The `name:` of the last file that has one. What is wrong there is told when the files
/// are read.
fn name_in_files(loader: &Loader<'_>, files: &[String], variables: &Variables) -> Option<String> {
    let mut found = None;
    for file in files {
        let text = loader.files.read(file).ok()??;
        for document in super::yaml::read(&text, 0).ok()? {
            if let Some(name) = document.get("name").and_then(Node::as_text) {
                let lookup = |name: &str| variables.get(name).cloned();
                let mut template = super::template::Interpolation {
                    lookup: &lookup,
                    unset: &mut BTreeSet::new(),
                };
                found = template.expand(name).ok().or(found);
            }
        }
    }
    found
}
