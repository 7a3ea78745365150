//! The cases of `tests/compose/cases`: what the real `docker compose config` made of
//! each, or that it refused it.

mod compare;

use super::project::{Project, ProjectRequest};
use super::reader::Files;
use compare::{Comparable, differences};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const FOLDER: &str = "/srv/oracle-run/proj";
const HOME: &str = "/root";
/// What describes a case, and is not a part of it.
const OWN: [&str; 5] = [
    "case.json",
    "expected.json",
    "expected.error",
    "expected.warnings",
    "expected.hash",
];

struct Given(BTreeMap<String, String>);

impl Files for Given {
    fn read(&self, path: &str) -> Result<Option<String>, String> {
        Ok(self.0.get(path).cloned())
    }
}

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compose/cases");
    let mut all: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    all.sort();
    all
}

fn files_of(folder: &Path, below: &Path, all: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(below).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_of(folder, &path, all);
            continue;
        }
        let name = path.strip_prefix(folder).unwrap().to_str().unwrap();
        if !OWN.contains(&name) {
            let content = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
            all.insert(format!("{FOLDER}/{name}"), content);
        }
    }
}

fn request(meta: &Value) -> ProjectRequest {
    let mut request = ProjectRequest {
        folder: FOLDER.to_owned(),
        home: HOME.to_owned(),
        ..ProjectRequest::default()
    };
    for (name, value) in meta["env"].as_object().into_iter().flatten() {
        let value = value.as_str().unwrap().to_owned();
        request.environment.insert(name.clone(), value);
    }
    let args: Vec<&str> = meta["args"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|arg| arg.as_str().unwrap())
        .collect();
    for pair in args.chunks(2) {
        let value = pair[1].to_owned();
        match pair[0] {
            "-f" => request.compose_files.push(value),
            "--profile" => request.profiles.push(value),
            "--env-file" => request.env_files.push(value),
            "-p" => request.project_name = Some(value),
            "--project-directory" => request.project_directory = Some(value),
            other => panic!("unknown flag {other}"),
        }
    }
    request
}

/// What is not as it should be.
fn judged(case: &Path) -> Vec<String> {
    let read = |name: &str| fs::read_to_string(case.join(name)).ok();
    let meta: Value = serde_json::from_str(&read("case.json").unwrap()).unwrap();
    let mut given = BTreeMap::new();
    files_of(case, case, &mut given);
    let project = Project::read(&request(&meta), &Given(given));
    let told: Vec<String> = project
        .faults
        .iter()
        .map(|fault| {
            format!(
                "{} {}",
                fault.message,
                fault.hint.as_deref().unwrap_or_default()
            )
        })
        .collect();
    let told = told.join("\n");
    if read("expected.error").is_some() {
        return refused(&meta, &project, &told);
    }
    let Some(model) = project.json() else {
        return vec![format!("refused, but the real one accepts it: {told}")];
    };
    let expected: Value = serde_json::from_str(&read("expected.json").unwrap()).unwrap();
    let keeps_name = meta["check_name"] == true;
    let got = Comparable::of(model, keeps_name);
    let mut problems = differences(&expected, &got);
    for line in read("expected.warnings").unwrap_or_default().lines() {
        let unset = line
            .strip_prefix("The \"")
            .and_then(|rest| rest.split_once("\" variable is not set"));
        if let Some((name, _)) = unset
            && !told.contains(name)
        {
            problems.push(format!("the unset {name} is not told: {told}"));
        }
    }
    problems
}

fn refused(meta: &Value, project: &Project, told: &str) -> Vec<String> {
    if project.model.is_some() {
        return if meta["either"].is_string() {
            Vec::new()
        } else {
            vec![format!(
                "accepted, but must fail ({})",
                meta["error"]["kind"]
            )]
        };
    }
    let mut problems = Vec::new();
    let low = told.to_lowercase();
    for mention in meta["error"]["mentions"].as_array().into_iter().flatten() {
        let mention = mention.as_str().unwrap();
        let is_there = mention
            .split('|')
            .any(|one| low.contains(&one.to_lowercase()));
        if !is_there {
            problems.push(format!("does not mention {mention:?}: {told}"));
        }
    }
    if let Some(line) = meta["error"]["line"].as_u64() {
        let lines: Vec<u32> = project.faults.iter().map(|fault| fault.at.line).collect();
        if !lines.iter().any(|one| u64::from(*one) == line) {
            problems.push(format!("line {line}, got {lines:?}: {told}"));
        }
    }
    problems
}

#[test]
fn every_case_is_read_as_the_real_one_reads_it() {
    let mut failed = Vec::new();
    let all = cases();
    for case in &all {
        let problems = judged(case);
        if !problems.is_empty() {
            let name = case.file_name().unwrap().to_string_lossy();
            failed.push(format!("{name}\n    {}", problems.join("\n    ")));
        }
    }
    assert!(all.len() > 200, "{}", all.len());
    assert!(
        failed.is_empty(),
        "{} of {} differ:\n{}",
        failed.len(),
        all.len(),
        failed.join("\n")
    );
}
