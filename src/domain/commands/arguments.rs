//! From what a container should be to the flags that say it, in the order of
//! the table, and a list of what no flag can say.

mod csv;
mod mounts;
mod networks;
mod ports;

use super::quote::quote;
use networks::networks;
use ports::ports;

pub(super) use networks::{Connect, is_user_defined};

use crate::domain::images::Pull;
use crate::model::flags::{self, FLAGS, Field, Flag, is_namespaced_sysctl};
use crate::model::spec::{ContainerSpec, HealthSpec, bytes_text};
use serde_json::Value;

/// A flag with its value.
#[derive(Debug)]
pub(super) struct Argument {
    pub flag: &'static Flag,
    /// Nothing for a switch that is on.
    pub value: Option<String>,
    /// The value as shell text, where only the shell can know it.
    pub shell: Option<String>,
    /// What this value means, where there is more to say than of the flag.
    pub meaning: Option<String>,
}

/// A container as arguments of the client.
#[derive(Debug, Default)]
pub(super) struct RunArguments {
    pub flags: Vec<Argument>,
    pub image: String,
    pub command: Vec<String>,
    pub connects: Vec<Connect>,
    /// Several `--network`, which only newer clients take.
    pub several_networks: bool,
    /// What the client reads as standard input: a seccomp profile.
    pub input: Option<String>,
    /// What no flag can say.
    pub missing: Vec<String>,
}

impl RunArguments {
    /// The name, if it has one.
    pub fn name(&self) -> Option<&str> {
        let named = self.flags.iter().find(|flag| flag.flag.name == "name");
        named.and_then(|flag| flag.value.as_deref())
    }

    /// Adds `--pull`, where the client would do something else without it.
    pub fn pull(&mut self, policy: Pull) {
        let value = match policy {
            Pull::Missing => return,
            Pull::Always => "always",
            Pull::Never => "never",
        };
        if let Some(flag) = flags::named("pull") {
            self.flags.push(Argument {
                flag,
                value: Some(value.to_owned()),
                shell: None,
                meaning: None,
            });
        }
    }
}

/// Everything.
pub(super) fn run_arguments(spec: &ContainerSpec) -> RunArguments {
    let mut collector = ArgumentCollector {
        spec: spec.clone(),
        out: RunArguments {
            image: spec.image.clone(),
            ..RunArguments::default()
        },
    };
    for flag in FLAGS
        .iter()
        .filter(|flag| flag.scope != flags::Scope::Hidden)
    {
        collector.flag(flag);
    }
    collector.rest();
    collector.leave_out_what_is_too_long();
    collector.out
}

struct ArgumentCollector {
    spec: ContainerSpec,
    out: RunArguments,
}

impl ArgumentCollector {
    fn push(&mut self, flag: &'static Flag, value: impl Into<String>) {
        self.out.flags.push(Argument {
            flag,
            value: Some(value.into()),
            shell: None,
            meaning: None,
        });
    }

    fn named(&mut self, name: &str, value: impl Into<String>, meaning: impl Into<String>) {
        if let Some(flag) = flags::named(name) {
            self.out.flags.push(Argument {
                flag,
                value: Some(value.into()),
                shell: None,
                meaning: Some(meaning.into()).filter(|meaning| !meaning.is_empty()),
            });
        }
    }

    fn flag(&mut self, flag: &'static Flag) {
        match flag.field {
            Field::Switch(place) => {
                if *place(&mut self.spec) {
                    self.out.flags.push(Argument {
                        flag,
                        value: None,
                        shell: None,
                        meaning: None,
                    });
                }
            }
            Field::Maybe(place) => {
                if let Some(value) = *place(&mut self.spec) {
                    self.out.flags.push(Argument {
                        flag,
                        value: (!value).then(|| "false".to_owned()),
                        shell: None,
                        meaning: None,
                    });
                }
            }
            Field::Text(place) => {
                let value = place(&mut self.spec).take();
                if let Some(value) = value.filter(|value| !value.is_empty()) {
                    self.push(flag, value);
                }
            }
            Field::Number(place) => {
                if let Some(value) = *place(&mut self.spec) {
                    self.push(flag, value.to_string());
                }
            }
            Field::Size(place) => {
                if let Some(value) = *place(&mut self.spec) {
                    self.push(flag, bytes_text(value));
                }
            }
            Field::List(place) => {
                for value in std::mem::take(place(&mut self.spec)) {
                    self.push(flag, value);
                }
            }
            Field::Map(place) => {
                for (key, value) in std::mem::take(place(&mut self.spec)) {
                    self.pair(flag, &key, &value);
                }
            }
            Field::Host(key) => {
                let value = self
                    .spec
                    .engine
                    .host_config
                    .get(key)
                    .and_then(Value::as_i64);
                if let Some(value) = value {
                    self.spec.engine.host_config.remove(key);
                    self.push(flag, value.to_string());
                }
            }
            Field::Special => self.special(flag),
            Field::Client => {}
        }
    }

    fn pair(&mut self, flag: &'static Flag, key: &str, value: &str) {
        let name = key.trim_start_matches([' ', '\t']);
        let good = match flag.name {
            "sysctl" => is_namespaced_sysctl(key),
            "label" => !name.is_empty() && !name.contains([' ', '\t']),
            _ => true,
        };
        if !good || key.is_empty() || key.contains('=') {
            self.out.missing.push(format!(
                "{key:?} of --{}, which the client rejects",
                flag.name
            ));
            return;
        }
        // A label without a value needs no sign of it.
        let text = if value.is_empty() && flag.name == "label" {
            key.to_owned()
        } else {
            format!("{key}={value}")
        };
        self.push(flag, text);
    }

    fn special(&mut self, flag: &'static Flag) {
        match flag.name {
            "name" => {
                if let Some(name) = self.spec.name.take().filter(|name| !name.is_empty()) {
                    self.push(flag, name);
                }
            }
            "restart" => {
                if let Some(policy) = self.spec.restart.take().filter(|text| !text.is_empty()) {
                    let meaning = restart_meaning(&policy);
                    self.named("restart", policy, meaning);
                }
            }
            "entrypoint" => self.entrypoint(flag),
            "network" => self.networks(),
            "publish" => {
                for (text, meaning) in ports(&std::mem::take(&mut self.spec.ports)) {
                    self.named("publish", text, meaning);
                }
            }
            // All three kinds here, in their order.
            "volume" => {
                for mount in std::mem::take(&mut self.spec.mounts) {
                    let (name, value) = mounts::mount(&mount, &mut self.out.missing);
                    self.named(name, value, mounts::meaning(&mount));
                }
            }
            "env" => {
                for pair in std::mem::take(&mut self.spec.env) {
                    if pair.is_empty() || pair.starts_with('=') {
                        self.out
                            .missing
                            .push(format!("the variable {pair:?}, which has no name"));
                    } else {
                        self.push(flag, pair);
                    }
                }
            }
            "cpus" => {
                if let Some(cpus) = self.spec.cpus.take() {
                    self.push(flag, cpus.to_string());
                }
            }
            "security-opt" => self.security(flag),
            "gpus" => {
                for request in std::mem::take(&mut self.spec.device_requests) {
                    if let Some(value) = mounts::gpus(&request, &mut self.out.missing) {
                        self.push(flag, value);
                    }
                }
            }
            "health-cmd" => {
                if let Some(check) = self.spec.healthcheck.take() {
                    self.health(&check);
                }
            }
            "label" => {
                for (key, value) in std::mem::take(&mut self.spec.labels) {
                    self.pair(flag, &key, &value);
                }
            }
            _ => {}
        }
    }

    fn entrypoint(&mut self, flag: &'static Flag) {
        let words = self.spec.entrypoint.take();
        self.out.command = self.spec.command.take().unwrap_or_default();
        let Some(mut words) = words else { return };
        if words.is_empty() {
            words.push(String::new());
        }
        let first = words.remove(0);
        self.push(flag, first);
        if !words.is_empty() {
            self.out.missing.push("the entrypoint as a list: --entrypoint takes one word, so the rest precede the command; the same program is started".to_owned());
            words.append(&mut self.out.command);
            self.out.command = words;
        }
    }

    fn networks(&mut self) {
        let said = networks(&self.spec, &mut self.out.missing);
        let several = said.several;
        for (index, (name, value)) in said.flags.into_iter().enumerate() {
            let meaning = match (name, value.as_str()) {
                ("network", "host") => {
                    "It has no network of its own: it uses the host's.".to_owned()
                }
                ("network", "none") => "It has no network at all.".to_owned(),
                ("network", text) if text.starts_with("container:") => {
                    "It shares the network of another container.".to_owned()
                }
                ("network", text) if text.contains("gw-priority=") => {
                    "The network it is connected to. (Docker 28 and newer.)".to_owned()
                }
                ("network", _) if index > 0 => {
                    "A further network. (Several of them: Docker 25 and newer.)".to_owned()
                }
                _ => String::new(),
            };
            self.named(name, value, meaning);
        }
        self.out.connects = said.connects;
        self.out.several_networks = several;
    }

    fn security(&mut self, flag: &'static Flag) {
        for option in std::mem::take(&mut self.spec.security_opt) {
            let profile = option
                .strip_prefix("seccomp=")
                .filter(|profile| profile.trim_start().starts_with('{'));
            match profile {
                None => self.push(flag, option),
                Some(_) if self.out.input.is_some() => {
                    self.out.missing.push("a second seccomp profile".to_owned());
                }
                Some(profile) => {
                    self.out.input = Some(profile.to_owned());
                    self.named(
                        "security-opt",
                        "seccomp=/dev/stdin",
                        "The system calls it may use; the client reads the list from the lines after the command.",
                    );
                }
            }
        }
    }

    fn health(&mut self, check: &HealthSpec) {
        let words: Vec<&str> = check.test.iter().map(String::as_str).collect();
        match words[..] {
            ["NONE", ..] => {
                if let Some(flag) = flags::named("no-healthcheck") {
                    self.out.flags.push(Argument {
                        flag,
                        value: None,
                        shell: None,
                        meaning: None,
                    });
                }
                return;
            }
            [] | ["CMD-SHELL", ""] => {}
            ["CMD-SHELL", line] => self.named("health-cmd", line, ""),
            ["CMD" | "CMD-SHELL", ..] => {
                let line: Vec<_> = words[1..].iter().map(|word| quote(word)).collect();
                self.named("health-cmd", line.join(" "), "");
                self.out.missing.push("the health check as a list of words: --health-cmd makes a shell line of it, so the image needs a shell".to_owned());
            }
            _ => self
                .out
                .missing
                .push("the health check, which has a form that no flag can express".to_owned()),
        }
        for (name, value) in [
            ("health-interval", &check.interval),
            ("health-timeout", &check.timeout),
            ("health-start-period", &check.start_period),
            ("health-start-interval", &check.start_interval),
        ] {
            if let Some(value) = value {
                self.named(name, value, "");
            }
        }
        if let Some(retries) = check.retries {
            self.named("health-retries", retries.to_string(), "");
        }
    }

    /// Linux takes no argument of 128 KiB or more (execve(2), "Limits on size of
    /// arguments"), and the client's files of labels and variables are not a way
    /// around it: it reads lines of at most 64 KiB from them.
    fn leave_out_what_is_too_long(&mut self) {
        const LIMIT: usize = 128 * 1024;
        let (short, long): (Vec<_>, Vec<_>) = std::mem::take(&mut self.out.flags)
            .into_iter()
            .partition(|flag| flag.value.as_ref().is_none_or(|value| value.len() < LIMIT));
        self.out.flags = short;
        self.out.missing.extend(long.iter().map(|argument| {
            let value = argument.value.as_deref().unwrap_or_default();
            let shown: String = value
                .split('=')
                .next()
                .unwrap_or("")
                .chars()
                .take(60)
                .collect();
            format!(
                "{shown:?} of --{}, which is longer than a command line takes",
                argument.flag.name
            )
        }));
    }

    /// What no flag was found for.
    fn rest(&mut self) {
        let engine = std::mem::take(&mut self.spec.engine);
        for (of, map) in [("", engine.config), ("HostConfig.", engine.host_config)] {
            for key in map.keys() {
                self.out.missing.push(format!(
                    "{of}{key}, an engine setting that no flag can express"
                ));
            }
        }
    }
}

fn restart_meaning(policy: &str) -> String {
    match policy {
        "no" => "The engine does not restart it.".to_owned(),
        "always" => "The engine restarts it whenever it exits, and starts it with the host.".to_owned(),
        "unless-stopped" => "The engine restarts it whenever it exits, and starts it with the host, unless you stopped it.".to_owned(),
        "on-failure" => "The engine restarts it when it exits with an error.".to_owned(),
        other => match other.strip_prefix("on-failure:") {
            Some(times) => format!("The engine restarts it when it exits with an error, at most {times} times."),
            None => String::new(),
        },
    }
}
