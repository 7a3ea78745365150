//! `dockermate doctor`: checks what the appliance needs, and says what to do
//! about each thing that is missing.

use super::{UNAVAILABLE, open_database, say};
use crate::config::Config;
use crate::engine::{EngineSettings, diagnose};
use crate::host::clock;
use crate::host::hardware::Hardware;
use crate::host::interfaces::Lan;
use crate::host::stats::Sampler;
use crate::model::profile::Profile;
use crate::model::timestamp::Timestamp;
use crate::store::{KEY_FILE, Store, StoreError, has_keys, is_private, way_back};
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::path::Path;
use std::time::Duration;

enum Verdict {
    Fine(String),
    /// It works, but.
    Note(String),
    /// What is wrong and what to do.
    Bad(String),
}
use Verdict::{Bad, Fine, Note};

pub fn run(config: &Config) -> u8 {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let hardware = Hardware::detect();
    let profile = hardware.profile(config.profile);
    let mut checks = vec![(
        "profile",
        Fine(format!("{}: {}", profile.title, hardware.how)),
    )];
    checks.extend(engine(config));
    checks.push(("storage", folder(&config.data_dir)));
    checks.extend(key_files(&config.data_dir));
    checks.push(("database", database(config, profile)));
    checks.push(("stacks", folder(&config.stacks_dir)));
    checks.push(("exports", folder(&config.exports_dir)));
    checks.push(("disk", disk(&config.data_dir)));
    checks.push(("clock", clock_check()));
    checks.push(("memory cgroup", memory_cgroup()));
    checks.extend(
        config
            .ports()
            .into_iter()
            .map(|port| ("port", port_check(config, port))),
    );
    checks.push(("mdns", mdns(config)));
    let mut bad = 0;
    for (name, verdict) in checks {
        let (mark, text) = match verdict {
            Fine(text) => ("ok  ", text),
            Note(text) => ("note", text),
            Bad(text) => {
                bad += 1;
                ("BAD ", text)
            }
        };
        say(&format!("{mark}  {name:<14} {text}"));
    }
    if bad == 0 {
        say("All checks passed.");
        0
    } else {
        say(&format!("{bad} to fix."));
        UNAVAILABLE
    }
}

fn engine(config: &Config) -> Vec<(&'static str, Verdict)> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let Ok(runtime) = runtime else {
        return vec![("engine", Bad("the runtime cannot be started".into()))];
    };
    let settings = EngineSettings::from_environment(config.docker_host.clone());
    let probes = runtime.block_on(diagnose(&settings));
    let found = probes.iter().any(|probe| probe.answer.is_ok());
    let mut lines = Vec::new();
    for probe in probes {
        let verdict = match probe.answer {
            Ok(answer) => {
                lines.extend(
                    answer
                        .warnings
                        .into_iter()
                        .map(|text| ("engine", Note(text))),
                );
                lines.extend(answer.refused.into_iter().map(|text| ("engine", Bad(text))));
                Fine(format!(
                    "{} {} at {}, API {} of {}",
                    answer.product,
                    answer.version,
                    probe.endpoint,
                    answer.api_version,
                    answer.max_api_version
                ))
            }
            Err(why) if found => Note(format!("{}: {why}", probe.endpoint)),
            Err(why) => Bad(format!("{}: {why}", probe.endpoint)),
        };
        // An empty usual location is not reported when another one responds.
        if matches!(verdict, Note(_)) && probe.exists == Some(false) {
            continue;
        }
        lines.insert(0, ("engine", verdict));
    }
    lines
}

/// Opens it, beside the appliance if that runs.
fn database(config: &Config, profile: &'static Profile) -> Verdict {
    let file = config.data_dir.join("db/data.mdb");
    let bytes = fs::metadata(&file).map_or(0, |meta| meta.len());
    let lost = || {
        Bad(format!(
            "{} is missing or empty, although the keys of this installation are there: the setup \
             asks for the setup token. If its disk is not mounted, mount it. {}",
            file.display(),
            way_back(&config.data_dir)
        ))
    };
    if bytes == 0 && has_keys(&config.data_dir) {
        return lost();
    }
    if bytes == 0 {
        return Fine("none yet: it is made at the first start".into());
    }
    match open_database(config, profile) {
        Ok(store) => match store.replaces_a_lost_one() {
            Ok(true) => lost(),
            Ok(false) => records(&store)
                .unwrap_or_else(|| Fine(format!("{} opens, {bytes} bytes", file.display()))),
            Err(error) => Bad(error.to_string()),
        },
        Err(StoreError::TooOld) => Note("it is upgraded at the next start".into()),
        Err(error) => Bad(error.to_string()),
    }
}

/// A record without which nobody can log in.
fn records(store: &Store) -> Option<Verdict> {
    match store.is_user_unreadable() {
        Ok(false) => None,
        Ok(true) => Some(Bad(
            "the record with the password cannot be read, so nobody can log in. Set a temporary \
             password: dockermate reset-password"
                .into(),
        )),
        Err(error) => Some(Bad(error.to_string())),
    }
}

/// Writable, by itself or by its nearest parent that exists.
fn folder(path: &Path) -> Verdict {
    let existing = path.ancestors().find(|folder| folder.exists());
    let Some(existing) = existing else {
        return Bad(format!("{} cannot be made", path.display()));
    };
    if !existing.is_dir() {
        return Bad(format!("{} is not a folder", existing.display()));
    }
    match probe(existing) {
        Ok(()) => Fine(format!("{} is writable", path.display())),
        Err(error) => Bad(format!(
            "{} cannot be written ({error}). Change its owner, or choose another folder",
            existing.display()
        )),
    }
}

/// A new file with a name that nobody can guess: others may write to the folder, too,
/// and a link of theirs would lead to any file of ours.
fn probe(folder: &Path) -> io::Result<()> {
    let mut name = [0; 8];
    getrandom::fill(&mut name).map_err(io::Error::other)?;
    let file = folder.join(format!(".dockermate-{:016x}", u64::from_ne_bytes(name)));
    let written = File::create_new(&file)?.write_all(b"x");
    let removed = fs::remove_file(&file);
    written.and(removed)
}

/// Keys that others can read, where the file system keeps no permissions.
fn key_files(data_dir: &Path) -> Vec<(&'static str, Verdict)> {
    let names = [
        KEY_FILE,
        "tls/ca.key",
        "tls/leaf.key",
        "tls/custom.pem",
        "tls/acme.pem",
        "tls/acme-account.json",
    ];
    let paths = names.iter().map(|name| data_dir.join(name));
    let exposed = paths.filter(|path| path.exists() && !is_private(path));
    exposed
        .map(|path| {
            let text = format!(
                "other users of this host can read {}. Run: chmod 600 on it, or move the data folder \
                 to a file system that keeps permissions",
                path.display()
            );
            ("keys", Bad(text))
        })
        .collect()
}

fn disk(path: &Path) -> Verdict {
    let existing = path.ancestors().find(|folder| folder.exists());
    let sample = Sampler::new(existing.unwrap_or(path)).sample();
    let free = sample
        .disk_total_bytes
        .saturating_sub(sample.disk_used_bytes);
    let text = format!("{} MB free for {}", free / 1_000_000, path.display());
    if free < 50_000_000 {
        Bad(format!("{text}. Free some space"))
    } else if free < 500_000_000 {
        Note(text)
    } else {
        Fine(text)
    }
}

fn clock_check() -> Verdict {
    let now = Timestamp::now();
    if clock::is_plausible(now) {
        Fine(now.to_rfc3339())
    } else {
        Bad(format!(
            "it shows {}, which is wrong. Set it, or enable NTP (timedatectl set-ntp true)",
            now.to_rfc3339()
        ))
    }
}

fn memory_cgroup() -> Verdict {
    let v2 = fs::read_to_string("/sys/fs/cgroup/cgroup.controllers")
        .is_ok_and(|text| text.split_whitespace().any(|word| word == "memory"));
    let v1 = fs::read_to_string("/proc/cgroups").is_ok_and(|text| {
        text.lines().any(|line| {
            let mut words = line.split_whitespace();
            words.next() == Some("memory") && words.last() == Some("1")
        })
    });
    if v1 || v2 {
        Fine("memory limits and figures work".into())
    } else {
        Bad("off: limits are ignored and figures are zero. On a Raspberry Pi add \
             \"cgroup_enable=memory cgroup_memory=1\" to the line in /boot/firmware/cmdline.txt and restart"
            .into())
    }
}

fn port_check(config: &Config, port: u16) -> Verdict {
    let address = config
        .listen
        .first()
        .copied()
        .unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    let target = SocketAddr::new(address, port);
    match TcpListener::bind(target) {
        Ok(_) => Fine(format!("{port} is free")),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            let own = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port);
            match crate::http::probe::ask(own, Duration::from_secs(2)) {
                Ok(_) => Fine(format!("{port}: DockerMate answers there")),
                Err(_) => Bad(format!(
                    "{port} is in use by another program (see: ss -ltnp). Choose another with --port"
                )),
            }
        }
        Err(error) => Bad(format!("{port} cannot be used: {error}")),
    }
}

fn mdns(config: &Config) -> Verdict {
    if !config.mdns {
        return Note("disabled by --no-mdns".into());
    }
    let lan = Lan::read();
    if lan.addresses().is_empty() {
        return Note("this machine has no address on a local network".into());
    }
    let shared = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 5353));
    match shared {
        Ok(_) => Fine(format!("{}.local can be announced", config.hostname)),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => Fine(format!(
            "{}.local can be announced; another responder is on port 5353 too, which is fine",
            config.hostname
        )),
        Err(error) => Note(format!("port 5353 cannot be used: {error}")),
    }
}
