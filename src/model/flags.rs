//! The flags of `docker run` and `docker create`: names, what they take, where
//! the value belongs, and one sentence that explains them.
//!
//! One table for reading a pasted command and for writing one, so that both
//! know the same flags by the same names.

mod table;

pub use table::FLAGS;

use super::spec::ContainerSpec;
use std::collections::BTreeMap;

/// A flag of the Docker CLI.
#[derive(Debug, Clone, Copy)]
pub struct Flag {
    /// Without the dashes.
    pub name: &'static str,
    pub short: Option<char>,
    /// As the client's help calls it; empty for a switch.
    pub takes: &'static str,
    pub scope: Scope,
    /// Where the value belongs.
    pub field: Field,
    /// The first client that knows it, when not all in use do.
    pub since: Option<&'static str>,
    /// What it does, in one sentence.
    pub meaning: &'static str,
}

/// Which commands know a flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    Both,
    Run,
    /// Both, but the help is silent about it: an older name.
    Hidden,
}

/// The place of a flag's value in a [`ContainerSpec`].
#[derive(Clone, Copy)]
pub enum Field {
    Switch(fn(&mut ContainerSpec) -> &mut bool),
    Maybe(fn(&mut ContainerSpec) -> &mut Option<bool>),
    Text(fn(&mut ContainerSpec) -> &mut Option<String>),
    Number(fn(&mut ContainerSpec) -> &mut Option<i64>),
    Size(fn(&mut ContainerSpec) -> &mut Option<i64>),
    List(fn(&mut ContainerSpec) -> &mut Vec<String>),
    Map(fn(&mut ContainerSpec) -> &mut BTreeMap<String, String>),
    /// A key of `HostConfig` that holds a number and has no field of its own.
    Host(&'static str),
    /// More than one place, or a form of its own.
    Special,
    /// About the client's terminal or the pull: nothing of it is the container's.
    Client,
}

impl std::fmt::Debug for Field {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Switch(_) => "Switch",
            Self::Maybe(_) => "Maybe",
            Self::Text(_) => "Text",
            Self::Number(_) => "Number",
            Self::Size(_) => "Size",
            Self::List(_) => "List",
            Self::Map(_) => "Map",
            Self::Host(_) => "Host",
            Self::Special => "Special",
            Self::Client => "Client",
        })
    }
}

impl Flag {
    pub fn is_switch(&self) -> bool {
        self.takes.is_empty()
    }

    /// Its sentence, with a word on clients that do not know it.
    pub fn explained(&self) -> String {
        match self.since {
            None => self.meaning.to_owned(),
            Some(since) => format!("{} (Docker {since} and newer.)", self.meaning),
        }
    }
}

/// The flag of this name, without dashes.
pub fn named(name: &str) -> Option<&'static Flag> {
    FLAGS.iter().find(|flag| flag.name == name)
}

/// The flag of this letter.
pub fn lettered(letter: char) -> Option<&'static Flag> {
    FLAGS.iter().find(|flag| flag.short == Some(letter))
}

/// The name that was most likely meant.
pub fn nearest(name: &str) -> Option<&'static str> {
    let wanted: Vec<char> = name.chars().take(40).collect();
    let letters = |text: &str| text.replace(['-', '_'], "");
    if let Some(same) = FLAGS.iter().find(|flag| {
        flag.scope != Scope::Hidden
            && (letters(flag.name) == letters(name)
                || format!("{}s", flag.name) == name
                || flag.name == format!("{name}s"))
    }) {
        return Some(same.name);
    }
    // Two letters that changed places.
    let swapped = (1..wanted.len()).find_map(|at| {
        let mut wanted = wanted.clone();
        wanted.swap(at - 1, at);
        named(&wanted.into_iter().collect::<String>())
    });
    if let Some(flag) = swapped {
        return Some(flag.name);
    }
    let limit = (wanted.len() / 3).clamp(1, 3);
    let by_typing = FLAGS
        .iter()
        .filter(|flag| flag.scope != Scope::Hidden)
        .map(|flag| (distance(&wanted, flag.name), flag.name))
        .min()
        .filter(|(distance, _)| *distance <= limit && wanted.len() > 2);
    // An abbreviation: other parsers of flags allow it, this one does not.
    let by_beginning = || {
        let mut longer = FLAGS.iter().filter(|flag| {
            flag.scope != Scope::Hidden && wanted.len() > 2 && flag.name.starts_with(name)
        });
        longer.next().map(|flag| flag.name)
    };
    by_typing.map(|(_, name)| name).or_else(by_beginning)
}

/// Whether a container can have this kernel setting for itself; the client
/// refuses all others (`ValidateSysctl`).
pub fn is_namespaced_sysctl(key: &str) -> bool {
    const KERNEL: [&str; 8] = [
        "kernel.msgmax",
        "kernel.msgmnb",
        "kernel.msgmni",
        "kernel.sem",
        "kernel.shmall",
        "kernel.shmmax",
        "kernel.shmmni",
        "kernel.shm_rmid_forced",
    ];
    KERNEL.contains(&key) || key.starts_with("net.") || key.starts_with("fs.mqueue.")
}

/// How many letters differ (Levenshtein).
fn distance(wanted: &[char], name: &str) -> usize {
    let mut row: Vec<usize> = (0..=wanted.len()).collect();
    for (index, letter) in name.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = index + 1;
        for (at, other) in wanted.iter().enumerate() {
            let change = diagonal + usize::from(letter != *other);
            diagonal = row[at + 1];
            row[at + 1] = change.min(diagonal + 1).min(row[at] + 1);
        }
    }
    row[wanted.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;
    use std::process::Command;

    #[test]
    fn flag_names_and_letters_are_unique_and_descriptions_are_sentences() {
        let mut names = std::collections::BTreeSet::new();
        let mut letters = std::collections::BTreeSet::new();
        for flag in FLAGS {
            assert!(names.insert(flag.name), "{}", flag.name);
            assert!(
                flag.short.is_none_or(|letter| letters.insert(letter)),
                "{}",
                flag.name
            );
            assert!(flag.meaning.ends_with('.'), "{}", flag.name);
        }
    }

    /// Name, letter and kind of each flag, from a client's help.
    fn known_to(client: &str, command: &str) -> BTreeMap<String, (Option<char>, String)> {
        let output = Command::new(client)
            .args([command, "--help"])
            .output()
            .unwrap();
        assert!(output.status.success(), "{client} {command} --help");
        let help = String::from_utf8(output.stdout).unwrap();
        help.lines()
            .filter_map(|line| {
                let (before, name) = line.split_once("--")?;
                let short = match before.trim().trim_end_matches(',') {
                    "" => None,
                    letter => Some(letter.strip_prefix('-')?.chars().next()?),
                };
                let mut words = name.split("  ").next()?.split(' ');
                let name = words.next()?.to_owned();
                Some((name, (short, words.next().unwrap_or("").to_owned())))
            })
            .collect()
    }

    /// Every client on this machine, so that a newer one's flags are missed at once.
    #[test]
    fn every_flag_of_the_installed_clients_is_in_the_table() {
        let clients: Vec<_> = ["/usr/bin/docker", "/usr/local/bin/docker"]
            .into_iter()
            .filter(|client| std::path::Path::new(client).exists())
            .collect();
        assert!(
            !clients.is_empty(),
            "/usr/bin/docker is not installed (tests/packages.txt)"
        );
        for client in clients {
            for command in ["run", "create"] {
                let theirs = known_to(client, command);
                assert!(theirs.len() > 80, "{client} {command}: {}", theirs.len());
                for (name, (short, takes)) in theirs {
                    let ours = named(&name)
                        .unwrap_or_else(|| panic!("{client} {command}: --{name} is not known"));
                    assert_eq!(ours.short, short, "--{name}");
                    assert_eq!(ours.takes, takes, "--{name}");
                    assert_ne!(ours.scope, Scope::Hidden, "--{name}");
                }
            }
        }
    }

    #[test]
    fn nearest_flag_is_suggested_for_a_misspelled_name() {
        for (wrong, meant) in [
            ("volum", Some("volume")),
            ("volumes", Some("volume")),
            ("evn", Some("env")),
            ("restrat", Some("restart")),
            ("publish_all", Some("publish-all")),
            ("memory_swap", Some("memory-swap")),
            ("priv", Some("privileged")),
            ("xyz-unheard-of", None),
            ("", None),
        ] {
            assert_eq!(nearest(wrong), meant, "{wrong}");
        }
    }
}
