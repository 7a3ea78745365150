//! Flags whose values have a form of their own, or more than one place.

use super::arguments::ParsedFlag;
use super::builder::SpecBuilder;
use super::source::take;
use super::{MOST_PORTS, checks, gpus, mount};
use crate::model::spec::{
    MountKind, MountSpec, MountSyntax, PortRange, duration_text, parse_duration, restart_policy,
};

pub(super) fn apply(builder: &mut SpecBuilder<'_>, given: &ParsedFlag<'_>) {
    let value = given.value.as_str();
    match given.flag.name {
        "name" => {
            builder.spec.name =
                Some(value.trim_start_matches('/').to_owned()).filter(|name| !name.is_empty());
        }
        "entrypoint" => builder.spec.entrypoint = Some(vec![value.to_owned()]),
        "restart" => restart(builder, given),
        "publish" => publish(builder, given),
        "volume" => volume(builder, given),
        "mount" => {
            let Some((read, remark)) = builder.checked(given, mount::mount(value)) else {
                return;
            };
            if let Some(remark) = remark {
                builder.warn(given, remark);
            }
            if read.kind == MountKind::Bind
                && let Some(why) = mount::relative(&read.source)
            {
                builder.error(given, why);
            }
            builder.spec.mounts.push(read);
        }
        "tmpfs" => {
            if let Some(mut read) = builder.checked(given, MountSpec::parse_tmpfs(value)) {
                read.read_only = read.options.iter().any(|option| option == "ro");
                read.options.retain(|option| option != "ro");
                read.syntax = None;
                builder.spec.mounts.push(read);
            }
        }
        "env" => env(builder, given),
        "env-file" => {
            let mut pairs = builder.key_values(given, true);
            builder.env_of_files.append(&mut pairs);
        }
        "label" => {
            if let Some((key, value)) = builder.checked(given, checks::pair("label", value)) {
                builder.spec.labels.insert(key, value);
            }
        }
        "label-file" => {
            let mut pairs = builder.key_values(given, false);
            builder.labels_of_files.append(&mut pairs);
        }
        "cpus" => cpus(builder, given),
        "security-opt" => security(builder, given),
        "gpus" => {
            if let Some(request) = builder.checked(given, gpus::gpus(value)) {
                builder.spec.device_requests.push(request);
            }
        }
        "no-healthcheck" => {
            if builder.checked(given, checks::switch(value)) == Some(true) {
                builder.no_health = Some(given.at);
            }
        }
        "pull" => match value {
            "always" | "missing" | "never" => builder.pull = Some(value.to_owned()),
            "" => {}
            _ => builder.error(
                given,
                format!("{value:?} is not allowed. Allowed: always, missing, never."),
            ),
        },
        "use-api-socket" => api_socket(builder, given),
        _ => health(builder, given),
    }
}

fn restart(builder: &mut SpecBuilder<'_>, given: &ParsedFlag<'_>) {
    let value = given.value.as_str();
    // The client takes a colon with nothing behind it for no number.
    let value = value.strip_suffix(':').unwrap_or(value);
    if value.is_empty() {
        builder.spec.restart = None;
        return;
    }
    let read = restart_policy(value).map(|_| value.to_owned());
    if let Some(policy) = builder.checked(given, read) {
        builder.spec.restart = Some(policy);
    }
}

fn publish(builder: &mut SpecBuilder<'_>, given: &ParsedFlag<'_>) {
    let value = given.value.as_str();
    let text = if value.contains('=') {
        let mut parts = std::collections::BTreeMap::from([("protocol", "tcp")]);
        for part in value.split(',') {
            let Some((key, value)) = part.split_once('=').filter(|(key, _)| !key.is_empty()) else {
                builder.error(given, format!("{part:?} is not an option of a port. Write published=8080,target=80,protocol=tcp."));
                return;
            };
            parts.insert(key, value);
        }
        let part = |key: &str| parts.get(key).copied().unwrap_or("");
        format!(
            "{}:{}/{}",
            part("published"),
            part("target"),
            part("protocol")
        )
    } else {
        value.to_owned()
    };
    let Some(range) = builder.checked(given, PortRange::parse(&text)) else {
        return;
    };
    if take(builder.around.ports_left, range.len()) {
        builder.spec.ports.extend(range.expand());
    } else {
        builder.error(
            given,
            format!("Not read: at most {MOST_PORTS} published ports are read at a time."),
        );
    }
}

fn volume(builder: &mut SpecBuilder<'_>, given: &ParsedFlag<'_>) {
    let value = given.value.as_str();
    let source = value.split(':').next().unwrap_or("");
    let unknown =
        given.word.unknown.iter().any(|unknown| {
            matches!(unknown.key.as_str(), "PWD" | "HOME") || unknown.command.is_some()
        }) || source.starts_with(['$', '%', '`']);
    let problem = if mount::is_windows_path(value) {
        Some(format!(
            "{value:?} begins with a Windows path. This engine runs on Linux: write the full path there, beginning with /."
        ))
    } else if value.contains(':') {
        mount::relative(source)
    } else {
        None
    };
    match (problem, unknown) {
        // Named already, where it stands.
        (_, true) => {
            if let Some(read) = mount::kept(value) {
                builder.spec.mounts.push(read);
            }
        }
        (Some(why), false) => {
            builder.error(given, why);
            if let Some(read) = mount::kept(value) {
                builder.spec.mounts.push(read);
            }
        }
        (None, false) => {
            if let Some(read) = builder.checked(given, MountSpec::parse_short(value)) {
                builder.spec.mounts.push(read);
            }
        }
    }
}

fn env(builder: &mut SpecBuilder<'_>, given: &ParsedFlag<'_>) {
    let value = given.value.as_str();
    let key = value.split('=').next().unwrap_or("");
    if key.is_empty() {
        builder.error(given, "An environment variable needs a name before the =.");
        return;
    }
    if value.contains('=') {
        builder.spec.env.push(value.to_owned());
        return;
    }
    let known = builder.exported(key);
    let Some(known) = builder.checked(given, known) else {
        return;
    };
    if let Some(known) = known {
        builder.spec.env.push(format!("{key}={known}"));
    } else {
        builder.spec.env.push(value.to_owned());
        let mut note = super::source::Note::warning(
                given.place(),
                format!("{} {key} without a value takes it from your shell, which DockerMate does not know. Write {key}=value; without a value, the variable is unset.", given.shown),
            )
            .flag(&given.shown);
        note.variable = Some(key.chars().take(200).collect());
        builder.notes.push(note);
    }
}

/// A number of CPUs, or a fraction (`1/2`), down to a billionth.
fn cpus(builder: &mut SpecBuilder<'_>, given: &ParsedFlag<'_>) {
    let value = given.value.trim();
    let number = match value.split_once('/') {
        Some((a, b)) => a
            .parse::<f64>()
            .ok()
            .zip(b.parse::<f64>().ok())
            .map(|(a, b)| a / b),
        None => value.parse::<f64>().ok(),
    };
    match number.filter(|number| (0.0..=100_000.0).contains(number)) {
        Some(number) => {
            let nano = (number * 1e9).round();
            if (number * 1e9 - nano).abs() > 1e-3 {
                builder.error(
                    given,
                    format!("{value:?} has more than nine decimal places."),
                );
            }
            builder.spec.cpus = Some(nano / 1e9);
        }
        None => builder.error(
            given,
            format!("{value:?} is not a number of CPUs. Write it like 1.5."),
        ),
    }
}

fn security(builder: &mut SpecBuilder<'_>, given: &ParsedFlag<'_>) {
    let value = given.value.as_str();
    let split = value.split_once('=').or_else(|| value.split_once(':'));
    let (key, rest) = split.unwrap_or((value, ""));
    if rest.is_empty() && key != "no-new-privileges" {
        builder.error(
            given,
            format!("{value:?} is not a security option. Write it like apparmor=unconfined."),
        );
        return;
    }
    if key != "seccomp" || ["builtin", "unconfined"].contains(&rest) {
        builder.spec.security_opt.push(value.to_owned());
        return;
    }
    // A profile: the client reads the file and sends what is in it.
    let content = if rest.trim_start().starts_with('{') {
        Some(rest.to_owned())
    } else {
        builder.file(given, rest)
    };
    let Some(content) = content else {
        builder.spec.security_opt.push(value.to_owned());
        return;
    };
    match serde_json::from_str::<serde::de::IgnoredAny>(&content) {
        Ok(_) => builder
            .spec
            .security_opt
            .push(format!("seccomp={}", compact(&content))),
        Err(error) => builder.error(given, format!("The seccomp profile is not JSON: {error}.")),
    }
}

/// JSON without the blanks between its parts (Go's `json.Compact`).
fn compact(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let (mut quoted, mut escaped) = (false, false);
    for c in json.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ' ' | '\t' | '\r' | '\n' if !quoted => continue,
            _ => {}
        }
        out.push(c);
    }
    out
}

fn api_socket(builder: &mut SpecBuilder<'_>, given: &ParsedFlag<'_>) {
    if builder.checked(given, checks::switch(&given.value)) != Some(true) {
        return;
    }
    builder.spec.mounts.push(MountSpec {
        kind: MountKind::Bind,
        source: "/var/run/docker.sock".to_owned(),
        target: "/var/run/docker.sock".to_owned(),
        syntax: Some(MountSyntax::Mount),
        ..MountSpec::default()
    });
    builder.notes.push(
        super::source::Note::warning(given.at, "The engine's socket is mounted: whoever has it rules this machine. The client would also copy your registry passwords into the container; that is left out.")
            .flag(&given.shown),
    );
}

fn health(builder: &mut SpecBuilder<'_>, given: &ParsedFlag<'_>) {
    let value = given.value.as_str();
    match given.flag.name {
        "health-cmd" => {
            builder.health.test = if value.is_empty() {
                Vec::new()
            } else {
                vec!["CMD-SHELL".to_owned(), value.to_owned()]
            };
        }
        "health-retries" => {
            let read = checks::number(given.flag.name, value).and_then(|number| {
                u32::try_from(number).map_err(|_| format!("{number} is not a number of retries."))
            });
            if let Some(retries) = builder.checked(given, read) {
                builder.health.retries = (retries > 0).then_some(retries);
            }
        }
        name => {
            let Some(time) = builder.checked(given, parse_duration(value)) else {
                return;
            };
            if time != 0 && time < 1_000_000 {
                builder.error(
                    given,
                    "The engine takes nothing shorter than one millisecond.",
                );
                return;
            }
            let time = (time > 0).then(|| duration_text(time));
            match name {
                "health-interval" => builder.health.interval = time,
                "health-timeout" => builder.health.timeout = time,
                "health-start-period" => builder.health.start_period = time,
                _ => builder.health.start_interval = time,
            }
        }
    }
}
