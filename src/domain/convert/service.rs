//! A container's configuration as a service, in the order in which people write it.

use super::service_keys::Service;
use super::service_limits::limits;
use super::service_mounts::mounts;
use super::service_network::network;
use super::writing::{Yaml, value};
use crate::model::spec::{ContainerSpec, HealthSpec};

pub fn service(spec: &ContainerSpec, pull: Option<&str>) -> Service {
    let mut service = Service::default();
    service.set("image", Yaml::text(&spec.image));
    service.text("platform", spec.platform.as_ref());
    if let Some(pull) = pull.filter(|pull| *pull != "missing") {
        service.set("pull_policy", Yaml::text(pull));
    }
    service.text("container_name", spec.name.as_ref());
    service.text("hostname", spec.hostname.as_ref());
    service.text("domainname", spec.domainname.as_ref());
    // `no` is a word of YAML's.
    if let Some(restart) = spec
        .restart
        .as_deref()
        .filter(|restart| !restart.is_empty())
    {
        service.set("restart", Yaml::text(restart));
    }
    words(&mut service, "entrypoint", spec.entrypoint.as_deref());
    words(&mut service, "command", spec.command.as_deref());
    service.text("user", spec.user.as_ref());
    service.texts("group_add", &spec.group_add);
    service.text("working_dir", spec.working_dir.as_ref());
    environment(&mut service, &spec.env);
    network(&mut service, spec);
    mounts(&mut service, spec);
    health(&mut service, spec.healthcheck.as_ref());
    stop(&mut service, spec);
    limits(&mut service, spec);
    rest(&mut service, spec);
    service
}

/// On one line where the words come back from it, else as a list.
fn words(service: &mut Service, key: &str, words: Option<&[String]>) {
    let Some(words) = words else {
        return;
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%,+".contains(c);
    let is_plain = |word: &String| !word.is_empty() && word.chars().all(plain);
    match words {
        [] => {}
        // What clears the image's own.
        [empty] if empty.is_empty() => service.set(key, Yaml::Flow(Vec::new())),
        words if words.iter().all(is_plain) && words.join(" ").len() < 100 => {
            service.set(key, Yaml::text(words.join(" ")));
        }
        words if words.len() < 5 && words.iter().map(String::len).sum::<usize>() < 80 => {
            service.set(key, Yaml::Flow(words.iter().map(Yaml::text).collect()));
        }
        words => service.set(key, Yaml::texts(words)),
    }
}

fn environment(service: &mut Service, env: &[String]) {
    if env.is_empty() {
        return;
    }
    let mut all: Vec<(String, Yaml)> = Vec::new();
    for pair in env {
        let (key, own) = match pair.split_once('=') {
            Some((key, text)) => (key, value(text)),
            None => (pair.as_str(), Yaml::Empty),
        };
        match all.iter_mut().find(|(known, _)| known == key) {
            Some((_, known)) => *known = own,
            None => all.push((key.to_owned(), own)),
        }
    }
    service.set("environment", Yaml::Map(all));
}

fn health(service: &mut Service, health: Option<&HealthSpec>) {
    let Some(health) = health else {
        return;
    };
    let mut keys: Vec<(String, Yaml)> = Vec::new();
    match &health.test[..] {
        [] => {}
        [none] if none == "NONE" => {
            keys.push(("disable".to_owned(), Yaml::Plain("true".to_owned())));
        }
        [shell, line] if shell == "CMD-SHELL" => keys.push(("test".to_owned(), Yaml::text(line))),
        words => keys.push((
            "test".to_owned(),
            Yaml::Flow(words.iter().map(Yaml::text).collect()),
        )),
    }
    for (key, text) in [
        ("interval", &health.interval),
        ("timeout", &health.timeout),
        ("start_period", &health.start_period),
        ("start_interval", &health.start_interval),
    ] {
        if let Some(text) = text {
            keys.push((key.to_owned(), Yaml::Plain(text.clone())));
        }
    }
    if let Some(retries) = health.retries {
        keys.push(("retries".to_owned(), Yaml::Plain(retries.to_string())));
    }
    if !keys.is_empty() {
        service.set("healthcheck", Yaml::Map(keys));
    }
}

fn stop(service: &mut Service, spec: &ContainerSpec) {
    service.text("stop_signal", spec.stop_signal.as_ref());
    match spec.stop_timeout {
        Some(seconds) if seconds >= 0 => {
            service.set("stop_grace_period", Yaml::Plain(format!("{seconds}s")));
        }
        Some(_) => service.warn("--stop-timeout", "a Compose file cannot wait without end"),
        None => {}
    }
    service.flag("tty", spec.tty);
    service.flag("stdin_open", spec.stdin_open);
    if let Some(init) = spec.init {
        service.set("init", Yaml::Plain(init.to_string()));
    }
    if spec.auto_remove {
        service.warn("--rm", "a service is not removed when it stops");
    }
}

fn rest(service: &mut Service, spec: &ContainerSpec) {
    let pairs = |map: &std::collections::BTreeMap<String, String>| {
        Yaml::map(map.iter().map(|(key, text)| (key.clone(), value(text))))
    };
    if !spec.labels.is_empty() {
        service.set("labels", pairs(&spec.labels));
    }
    if !spec.annotations.is_empty() {
        service.set("annotations", pairs(&spec.annotations));
    }
    let mut logging = Vec::new();
    if let Some(driver) = &spec.log_driver {
        logging.push(("driver".to_owned(), Yaml::text(driver)));
    }
    if !spec.log_options.is_empty() {
        let options = spec.log_options.iter();
        let options = options.map(|(key, text)| (key.clone(), Yaml::Quoted(text.clone())));
        logging.push(("options".to_owned(), Yaml::Map(options.collect())));
    }
    if !logging.is_empty() {
        service.set("logging", Yaml::Map(logging));
    }
    for key in spec
        .engine
        .config
        .keys()
        .chain(spec.engine.host_config.keys())
    {
        service.warn(key, "a Compose file has no attribute for it");
    }
}
