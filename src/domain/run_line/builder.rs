//! What one command has said so far: the specification that it comes to, and
//! notes on what is wrong with it.

use super::arguments::ParsedFlag;
use super::files;
use super::network::NetworkFlags;
use super::shell::{Variables, Word};
use super::source::{Note, Notes, take};
use super::{MOST_EXPORTED_BYTES, MOST_FILE_BYTES};
use crate::model::flags;
use crate::model::spec::{ContainerSpec, HealthSpec, MountSpec, image_reference};
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

/// Said where there are flags and nothing else.
pub(super) const NO_IMAGE: &str =
    "The image is missing. Write its name after the flags, such as nginx:1.27.";

/// What is known besides the words.
pub(super) struct ShellContext<'a> {
    pub variables: &'a Variables,
    pub files: &'a BTreeMap<String, String>,
    /// How many published ports the rest of the text may have.
    pub ports_left: &'a Cell<usize>,
    pub file_bytes_left: &'a Cell<usize>,
    pub exported_bytes_left: &'a Cell<usize>,
    /// What a here-document gives the client as standard input.
    pub input: Option<&'a str>,
}

pub(super) struct SpecBuilder<'a> {
    pub spec: ContainerSpec,
    pub pull: Option<String>,
    pub detach: bool,
    pub notes: Notes,
    pub around: &'a ShellContext<'a>,
    pub health: HealthSpec,
    pub no_health: Option<(usize, usize)>,
    pub env_of_files: Vec<String>,
    pub labels_of_files: Vec<String>,
    pub network: NetworkFlags,
    /// Values that only a shell knows and that could not be kept, with their fields.
    pub dropped: Vec<(String, String)>,
    seen: BTreeSet<&'static str>,
}

impl<'a> SpecBuilder<'a> {
    pub fn new(around: &'a ShellContext<'a>) -> Self {
        Self {
            spec: ContainerSpec::default(),
            pull: None,
            detach: false,
            notes: Notes::default(),
            around,
            health: HealthSpec::default(),
            no_health: None,
            env_of_files: Vec::new(),
            labels_of_files: Vec::new(),
            network: NetworkFlags::default(),
            dropped: Vec::new(),
            seen: BTreeSet::new(),
        }
    }

    /// Whether the flag was given before.
    pub fn is_repeated(&mut self, flag: &'static str) -> bool {
        !self.seen.insert(flag)
    }
}

impl<'a> SpecBuilder<'a> {
    /// What only a shell knows is asked for, and not judged as well.
    pub fn error(&mut self, given: &ParsedFlag<'_>, message: impl Into<String>) {
        if !given.word.unknown.is_empty() {
            let field = match given.flag.name {
                "publish" => "ports".to_owned(),
                "volume" | "mount" | "tmpfs" => "mounts".to_owned(),
                "network" | "net" => "networks".to_owned(),
                name if name.starts_with("health-") => "healthcheck".to_owned(),
                "env-file" => "env".to_owned(),
                "add-host" => "extra_hosts".to_owned(),
                "log-opt" => "log_options".to_owned(),
                name @ ("device" | "label" | "annotation" | "sysctl" | "link" | "ulimit") => {
                    format!("{name}s")
                }
                name => name.replace('-', "_"),
            };
            self.dropped.push((field, given.value.clone()));
            return;
        }
        self.notes
            .push(Note::error(given.place(), message).flag(&given.shown));
    }

    pub fn warn(&mut self, given: &ParsedFlag<'_>, message: impl Into<String>) {
        self.notes
            .push(Note::warning(given.place(), message).flag(&given.shown));
    }

    /// The value, or a note on what is wrong with it.
    pub fn checked<T>(&mut self, given: &ParsedFlag<'_>, value: Result<T, String>) -> Option<T> {
        match value {
            Ok(value) => Some(value),
            Err(why) => {
                self.error(given, why);
                None
            }
        }
    }

    pub fn image(&mut self, rest: &[Word], at: (usize, usize)) {
        let Some((image, command)) = rest.split_first() else {
            self.notes.push(Note::error(at, NO_IMAGE));
            return;
        };
        image.text.clone_into(&mut self.spec.image);
        if ["true", "false"].contains(&image.text.as_str()) {
            self.notes.push(Note::warning(image.place(), format!("{:?} is read as the image. Write the value of a boolean flag with =, such as --init={}.", image.text, image.text)));
        } else if image.text.trim().is_empty() {
            self.notes
                .push(Note::error(image.place(), "The image's name is empty."));
        } else if image.unknown.is_empty()
            && let Err(why) = image_reference(&image.text)
        {
            self.notes.push(Note::error(image.place(), why));
        }
        if command.is_empty() {
            return;
        }
        self.spec.command = Some(command.iter().map(|word| word.text.clone()).collect());
        for word in command {
            let name = word
                .text
                .strip_prefix("--")
                .map(|long| long.split('=').next().unwrap_or(long));
            let ours = name.and_then(flags::named).is_some_and(|flag| {
                [
                    "name",
                    "publish",
                    "volume",
                    "env",
                    "restart",
                    "network",
                    "mount",
                    "privileged",
                    "detach",
                    "rm",
                ]
                .contains(&flag.name)
            });
            let short = ["-p", "-v", "-d", "-it", "-e"].contains(&word.text.as_str())
                && std::ptr::eq(word, &raw const command[0]);
            if (ours || short) && word.literal {
                self.notes.push(Note::warning(word.place(), format!("{} follows the image, so it is passed to the program in the container. If it is meant for Docker, put it before the image.", word.text)));
            }
        }
    }

    /// Names what only the person's shell would have known.
    pub fn unknown(&mut self, words: &[Word]) {
        for unknown in words.iter().flat_map(|word| &word.unknown) {
            let what = match (unknown.key.as_str(), &unknown.command) {
                (key, _) if unknown.placeholder => {
                    let mut note = Note::error(
                        (unknown.at, unknown.length),
                        format!("<{key}> is a placeholder. Replace it with a value."),
                    );
                    note.variable = Some(key.to_owned());
                    self.notes.push(note);
                    continue;
                }
                ("PWD", _) => "your current folder".to_owned(),
                ("HOME", _) => "your home folder".to_owned(),
                (key, Some(_)) => {
                    // These are known by their variables' names.
                    let command = match key {
                        "UID" => "id -u",
                        "GID" => "id -g",
                        "USER" => "whoami",
                        "HOSTNAME" => "hostname",
                        other => other,
                    };
                    format!("the output of the command {command:?}, which is not run here")
                }
                (key, None) => format!("the value of {key}"),
            };
            let mut note = Note::error(
                (unknown.at, unknown.length),
                format!("Only your shell knows {what}. Fill it in."),
            );
            note.variable = Some(unknown.key.chars().take(200).collect());
            self.notes.push(note);
        }
    }

    pub fn finish(&mut self, at: (usize, usize)) {
        if let Some(place) = self.no_health {
            if self.health != HealthSpec::default() {
                self.notes.push(Note::error(place, "--no-healthcheck and the --health flags contradict each other. Keep one; the check is switched off here.").flag("--no-healthcheck"));
            }
            self.health = HealthSpec {
                test: vec!["NONE".to_owned()],
                ..HealthSpec::default()
            };
        }
        if self.health != HealthSpec::default() {
            self.spec.healthcheck = Some(std::mem::take(&mut self.health));
        }
        // What the flags say comes after what the files say.
        let mut env = std::mem::take(&mut self.env_of_files);
        env.append(&mut self.spec.env);
        self.spec.env = env;
        for pair in std::mem::take(&mut self.labels_of_files) {
            let (key, value) = pair.split_once('=').unwrap_or((&pair, ""));
            self.spec
                .labels
                .entry(key.to_owned())
                .or_insert_with(|| value.to_owned());
        }
        std::mem::take(&mut self.network).finish(&mut self.spec, &mut self.notes);
        let restarts = self
            .spec
            .restart
            .as_deref()
            .is_some_and(|policy| policy != "no");
        if self.spec.auto_remove && restarts {
            self.notes.push(Note::error(at, "--rm and --restart contradict each other: a container that is removed cannot start again. Keep one.").flag("--rm"));
        }
        if self.spec.log_driver.as_deref() == Some("none") && !self.spec.log_options.is_empty() {
            self.notes.push(
                Note::error(at, "The logging driver none takes no --log-opt.").flag("--log-opt"),
            );
        }
        let mut targets = BTreeSet::new();
        for MountSpec { target, .. } in &self.spec.mounts {
            if !targets.insert(target.trim_end_matches('/')) {
                self.notes.push(Note::error(
                    at,
                    format!("Two mounts have the target {target}. Keep one."),
                ));
            }
        }
        // A later limit of the same name takes the place of the earlier one.
        let mut names = BTreeSet::new();
        let limits = std::mem::take(&mut self.spec.ulimits);
        let mut kept: Vec<String> = limits
            .into_iter()
            .rev()
            .filter(|limit| names.insert(limit.split('=').next().unwrap_or("").to_owned()))
            .collect();
        kept.reverse();
        self.spec.ulimits = kept;
    }

    /// A file that the client would read, if the caller pasted it.
    pub fn file(&mut self, given: &ParsedFlag<'_>, path: &str) -> Option<String> {
        if let Some(content) = self.around.files.get(path) {
            return Some(content.clone());
        }
        if path == "/dev/null" {
            return Some(String::new());
        }
        if path == "/dev/stdin"
            && let Some(input) = self.around.input
        {
            return Some(input.to_owned());
        }
        let mut note = Note::error(
            given.place(),
            format!(
                "{} reads the file {path:?} on your machine. Paste its content.",
                given.shown
            ),
        )
        .flag(&given.shown);
        note.file = Some(path.chars().take(1000).collect());
        self.notes.push(note);
        None
    }

    /// The value of a variable that the shell hands to the program.
    ///
    /// # Errors
    /// A sentence: all of them are too large together.
    pub fn exported(&self, key: &str) -> Result<Option<&'a str>, String> {
        let Some(value) = self.around.variables.exported.get(key) else {
            return Ok(None);
        };
        if !take(self.around.exported_bytes_left, value.len()) {
            let most = MOST_EXPORTED_BYTES >> 20;
            return Err(format!(
                "{key} is not read: at most {most} MB of values of variables are read at a time."
            ));
        }
        Ok(Some(value))
    }

    pub fn key_values(&mut self, given: &ParsedFlag<'_>, env: bool) -> Vec<String> {
        let Some(content) = self.file(given, &given.value) else {
            return Vec::new();
        };
        if !take(self.around.file_bytes_left, content.len()) {
            let most = MOST_FILE_BYTES >> 20;
            self.error(
                given,
                format!("Not read: at most {most} MB of files are read at a time."),
            );
            return Vec::new();
        }
        let known = env.then_some(|key: &str| self.exported(key));
        let read = files::key_values(&content, known)
            .map_err(|why| format!("The file {:?}: {why}", given.value));
        self.checked(given, read).unwrap_or_default()
    }
}
