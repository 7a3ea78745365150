//! Settings that are fixed for the life of the process:
//! flags > `DOCKERMATE_*` environment > `<data>/config.toml` > default.
//!
//! Everything is checked here, once, before any port is bound. One table
//! ([`SETTINGS`]) makes the parser, the help text, and the README's list.

mod settings;
mod sources;

pub use settings::{ConfigOption, SETTINGS, Takes, help};
pub use sources::{Origin, Raw};

use crate::model::profile::ProfileName;
use ipnetwork::IpNetwork;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Where certificates are ordered unless the owner says otherwise.
const LETS_ENCRYPT: &str = "https://acme-v02.api.letsencrypt.org/directory";

/// A setting that cannot be used. Exit code 64.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{setting} from {origin}: {value:?} {problem}. Allowed: {allowed}.")]
pub struct BadSetting {
    pub setting: String,
    pub origin: String,
    pub value: String,
    pub problem: String,
    pub allowed: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

/// The whole configuration, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    pub data_dir: PathBuf,
    /// Empty means every address, IPv4 and IPv6.
    pub listen: Vec<IpAddr>,
    /// Addresses of this host that it cannot see itself.
    pub addresses: Vec<IpAddr>,
    pub port: u16,
    pub extra_ports: Vec<u16>,
    pub docker_host: Option<String>,
    pub stacks_dir: PathBuf,
    pub exports_dir: PathBuf,
    /// One DNS label, announced as `<hostname>.local`.
    pub hostname: String,
    pub mdns: bool,
    pub profile: Option<ProfileName>,
    /// Further names under which a browser may address this host (reverse proxies).
    pub allowed_hosts: Vec<String>,
    /// Proxies whose word on where a request began is believed.
    pub trusted_proxies: Vec<IpNetwork>,
    pub hsts: bool,
    pub acme_directory: String,
    /// Beside the public authorities and the machine's own.
    pub acme_ca: Option<PathBuf>,
    pub session: Duration,
    pub remember: Duration,
    pub grace: Duration,
    pub log_level: tracing::Level,
    pub log_format: LogFormat,
    pub reset_password: bool,
    /// `DOCKERMATE_*` variables that mean nothing, to be warned about.
    pub unknown_environment: Vec<String>,
}

impl Config {
    /// Reads every source. `flags` are the arguments after the command's name.
    pub fn load(
        flags: Vec<(&'static str, String)>,
        environment: &[(String, String)],
    ) -> Result<Self, BadSetting> {
        let mut raw = Raw::new(flags, environment);
        let data_dir = match raw.one("data-dir") {
            Some((value, origin)) => absolute("data-dir", &value, &origin)?,
            None => default_data_dir(environment),
        };
        raw.add_file(&data_dir.join("config.toml"))?;

        let port = raw
            .parsed("port", "1 to 65535", parse_port)?
            .unwrap_or(5000);
        let listen = raw.parsed_list("listen", ADDRESSES, parse_address)?;
        let extra_ports = raw.parsed_list("extra-port", "1 to 65535", parse_port)?;
        if let Some(twice) = duplicate(std::iter::once(port).chain(extra_ports.iter().copied())) {
            return Err(BadSetting {
                setting: "--extra-port".into(),
                origin: "the settings together".into(),
                value: twice.to_string(),
                problem: "is given twice".into(),
                allowed: "each port once, in --port or --extra-port".into(),
            });
        }
        let dir = |name: &str, fallback: &str, raw: &Raw| match raw.one(name) {
            Some((value, origin)) => absolute(name, &value, &origin),
            None => Ok(data_dir.join(fallback)),
        };
        Ok(Self {
            addresses: raw.parsed_list("address", ADDRESSES, parse_address)?,
            mdns: !raw.flag("no-mdns")? && !is_only_loopback(&listen),
            listen,
            port,
            extra_ports,
            docker_host: raw.parsed(
                "docker-host",
                "unix:///path, tcp://host:port, http://host:port or https://host:port",
                |text| {
                    let known = ["unix://", "tcp://", "http://", "https://"];
                    match known.iter().find_map(|scheme| text.strip_prefix(scheme)) {
                        Some(rest) if !rest.is_empty() => Ok(text.to_owned()),
                        _ => Err("is not an engine address".to_owned()),
                    }
                },
            )?,
            stacks_dir: dir("stacks-dir", "stacks", &raw)?,
            exports_dir: dir("exports-dir", "exports", &raw)?,
            hostname: raw
                .parsed(
                    "hostname",
                    "one DNS label: letters, digits and inner hyphens, at most 63",
                    parse_label,
                )?
                .unwrap_or_else(|| "dockermate".to_owned()),
            profile: raw.parsed(
                "profile",
                "RASPBERRY_PI, LOW_END, MEDIUM_SERVER, HIGH_END, ENTERPRISE",
                |text| {
                    let name = text.to_ascii_uppercase().replace('-', "_");
                    serde_json::from_value(serde_json::Value::String(name))
                        .map_err(|_| "is not a profile".to_owned())
                },
            )?,
            allowed_hosts: raw.parsed_list("allow-host", "a DNS name without a port", |text| {
                let name = text.trim_end_matches('.').to_ascii_lowercase();
                if !name.is_empty() && name.split('.').all(|label| parse_label(label).is_ok()) {
                    Ok(name)
                } else {
                    Err("is not a DNS name".to_owned())
                }
            })?,
            trusted_proxies: raw.parsed_list(
                "trusted-proxy",
                "an IP address, or a network such as 172.16.0.0/12",
                |text| {
                    text.parse::<IpNetwork>()
                        .map_err(|_| "is neither an address nor a network".to_owned())
                },
            )?,
            hsts: raw.flag("hsts")?,
            acme_directory: raw
                .parsed("acme-directory", "an https:// address", parse_https)?
                .unwrap_or_else(|| LETS_ENCRYPT.to_owned()),
            acme_ca: raw
                .one("acme-ca")
                .map(|(value, origin)| absolute("acme-ca", &value, &origin))
                .transpose()?,
            session: hours(&raw, "session-hours", 8, 720)?,
            remember: hours(&raw, "remember-days", 7, 365)?.saturating_mul(24),
            grace: Duration::from_secs(
                raw.parsed("grace-seconds", "1 to 300", |text| in_range(text, 1, 300))?
                    .unwrap_or(60),
            ),
            log_level: raw
                .parsed("log-level", "error, warn, info, debug, trace", |text| {
                    text.parse().map_err(|_| "is not a log level".to_owned())
                })?
                .unwrap_or(tracing::Level::INFO),
            log_format: raw
                .parsed("log-format", "text, json", |text| match text {
                    "text" => Ok(LogFormat::Text),
                    "json" => Ok(LogFormat::Json),
                    _ => Err("is not a log format".to_owned()),
                })?
                .unwrap_or_else(|| default_log_format(environment)),
            reset_password: raw.flag("reset-password")?,
            unknown_environment: raw.unknown_environment,
            data_dir,
        })
    }

    /// Whether this host can be reached at one of its addresses.
    pub fn listens_on(&self, address: IpAddr) -> bool {
        self.listen.is_empty()
            || self.listen.iter().any(|listened| {
                *listened == address
                    || (listened.is_unspecified() && listened.is_ipv4() == address.is_ipv4())
            })
    }

    /// Every port that is listened on, the main one first.
    pub fn ports(&self) -> Vec<u16> {
        let mut ports = vec![self.port];
        ports.extend(&self.extra_ports);
        ports
    }
}

const ADDRESSES: &str = "IPv4 or IPv6 addresses without a port";

fn parse_address(text: &str) -> Result<IpAddr, String> {
    text.trim_matches(['[', ']'])
        .parse()
        .map_err(|_| "is not an IP address".to_owned())
}

/// Nobody on the network could open what would be announced.
fn is_only_loopback(listen: &[IpAddr]) -> bool {
    !listen.is_empty() && listen.iter().all(IpAddr::is_loopback)
}

fn default_data_dir(environment: &[(String, String)]) -> PathBuf {
    let var = |name: &str| {
        environment
            .iter()
            .find(|(key, value)| key == name && !value.is_empty())
            .map(|(_, value)| PathBuf::from(value))
    };
    if rustix::process::geteuid().is_root() {
        return PathBuf::from("/var/lib/dockermate");
    }
    var("XDG_DATA_HOME")
        .or_else(|| var("HOME").map(|home| home.join(".local/share")))
        .unwrap_or_else(|| PathBuf::from("/var/tmp"))
        .join("dockermate")
}

/// JSON where the journal reads, text for a person.
fn default_log_format(environment: &[(String, String)]) -> LogFormat {
    if environment.iter().any(|(key, _)| key == "JOURNAL_STREAM") {
        LogFormat::Json
    } else {
        LogFormat::Text
    }
}

fn absolute(name: &str, value: &str, origin: &Origin) -> Result<PathBuf, BadSetting> {
    if value.is_empty() || value.contains('\0') {
        return Err(BadSetting {
            setting: format!("--{name}"),
            origin: origin.to_string(),
            value: value.to_owned(),
            problem: "is not a path".into(),
            allowed: "a path".into(),
        });
    }
    // A relative path means the folder it was started in, also after a chdir.
    Ok(std::path::absolute(value).unwrap_or_else(|_| PathBuf::from(value)))
}

fn parse_https(text: &str) -> Result<String, String> {
    let uri: Option<hyper::Uri> = text.parse().ok();
    match uri {
        Some(uri)
            if uri.scheme_str() == Some("https") && uri.host().is_some_and(|h| !h.is_empty()) =>
        {
            Ok(text.to_owned())
        }
        _ => Err("is not an https address".to_owned()),
    }
}

fn parse_port(text: &str) -> Result<u16, String> {
    in_range(text, 1, 65535).map(|port| u16::try_from(port).unwrap_or(u16::MAX))
}

fn hours(raw: &Raw, name: &str, default: u64, most: u64) -> Result<Duration, BadSetting> {
    let value = raw
        .parsed(name, &format!("1 to {most}"), |text| {
            in_range(text, 1, most)
        })?
        .unwrap_or(default);
    Ok(Duration::from_hours(value))
}

fn in_range(text: &str, least: u64, most: u64) -> Result<u64, String> {
    match text.parse::<u64>() {
        Ok(value) if (least..=most).contains(&value) => Ok(value),
        Ok(_) => Err("is out of range".to_owned()),
        Err(_) => Err("is not a whole number".to_owned()),
    }
}

/// A DNS label, lower-cased (RFC 1035, RFC 1123).
fn parse_label(text: &str) -> Result<String, String> {
    let ok = !text.is_empty()
        && text.len() <= 63
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-');
    if ok {
        Ok(text.to_ascii_lowercase())
    } else {
        Err("is not a host name".to_owned())
    }
}

fn duplicate(ports: impl Iterator<Item = u16>) -> Option<u16> {
    let mut seen = std::collections::HashSet::new();
    ports.into_iter().find(|port| !seen.insert(*port))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect()
    }

    #[test]
    fn flag_overrides_environment_and_file_and_all_sources_are_merged() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(
            dir.path().join("config.toml"),
            "port = 5003\nextra-port = [8443]\nhostname = \"Nas\"\nno_mdns = true\n",
        )
        .unwrap();
        let data = dir.path().to_str().unwrap().to_owned();
        let config = Config::load(
            vec![("data-dir", data.clone()), ("port", "5001".into())],
            &env(&[
                ("DOCKERMATE_PORT", "5002"),
                ("DOCKERMATE_LISTEN", "::1, 127.0.0.1"),
                ("DOCKERMATE_HOSTNAME", "Pi"),
            ]),
        )
        .unwrap();
        assert_eq!(config.port, 5001);
        assert_eq!(config.ports(), [5001, 8443]);
        assert_eq!(config.listen.len(), 2);
        assert!(config.listens_on("127.0.0.1".parse().unwrap()));
        assert!(!config.listens_on("192.168.1.2".parse().unwrap()));
        assert_eq!(config.hostname, "pi");
        assert!(!config.mdns);
        assert_eq!(config.session, Duration::from_hours(8));
        assert_eq!(config.remember, Duration::from_hours(7 * 24));
    }

    #[test]
    fn error_for_an_invalid_value_names_setting_value_and_allowed_values() {
        let dir = tempfile::tempdir().unwrap();
        let data = ("data-dir", dir.path().to_str().unwrap().to_owned());
        for (name, value) in [
            ("port", "70000"),
            ("port", "http"),
            ("listen", "localhost"),
            ("profile", "toaster"),
            ("log-level", "loud"),
            ("docker-host", "ssh://nas"),
            ("hostname", "-nas"),
            ("acme-directory", "http://ca.lan/directory"),
            ("acme-directory", "ca.lan"),
            ("no-mdns", "perhaps"),
        ] {
            let error = Config::load(vec![data.clone(), (name, value.into())], &[]).unwrap_err();
            let text = error.to_string();
            assert!(text.contains(name), "{text}");
            assert!(text.contains(value), "{text}");
            assert!(text.contains("Allowed: "), "{text}");
        }
    }

    #[test]
    fn unknown_environment_variable_is_reported_and_unknown_file_key_is_rejected() {
        let dir = tempfile::tempdir().unwrap();
        let data = ("data-dir", dir.path().to_str().unwrap().to_owned());
        let config = Config::load(vec![data.clone()], &env(&[("DOCKERMATE_PROT", "1")])).unwrap();
        assert_eq!(config.unknown_environment, ["DOCKERMATE_PROT"]);
        std::fs::write(dir.path().join("config.toml"), "prot = 1\n").unwrap();
        let error = Config::load(vec![data], &[]).unwrap_err();
        assert!(error.to_string().contains("prot"), "{error}");
    }
}
