//! The one table of settings. A line here is a flag, a variable, a key of
//! `config.toml`, a line of `--help` and a line of the README.

use std::fmt::Write as _;

/// How a setting is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// `--flag VALUE`
    One(&'static str),
    /// `--flag VALUE`, repeatable; in the environment separated by commas.
    Many(&'static str),
    /// `--flag`; in the environment and the file `true` or `false`.
    Switch,
}

#[derive(Debug, Clone, Copy)]
pub struct ConfigOption {
    /// The long flag without dashes; `DOCKERMATE_` and upper case makes the variable.
    pub name: &'static str,
    pub takes: Takes,
    pub default: &'static str,
    pub about: &'static str,
}

impl ConfigOption {
    pub fn variable(&self) -> String {
        format!(
            "DOCKERMATE_{}",
            self.name.replace('-', "_").to_ascii_uppercase()
        )
    }
}

const fn one(
    name: &'static str,
    value: &'static str,
    default: &'static str,
    about: &'static str,
) -> ConfigOption {
    ConfigOption {
        name,
        takes: Takes::One(value),
        default,
        about,
    }
}

const fn many(
    name: &'static str,
    value: &'static str,
    default: &'static str,
    about: &'static str,
) -> ConfigOption {
    ConfigOption {
        name,
        takes: Takes::Many(value),
        default,
        about,
    }
}

const fn switch(name: &'static str, about: &'static str) -> ConfigOption {
    ConfigOption {
        name,
        takes: Takes::Switch,
        default: "off",
        about,
    }
}

#[rustfmt::skip]
pub const SETTINGS: &[ConfigOption] = &[
    one("data-dir", "DIR", "/var/lib/dockermate as root, else ~/.local/share/dockermate", "Database, certificates and config.toml"),
    many("listen", "ADDRESS", "every address, IPv4 and IPv6", "Address to listen on"),
    one("port", "PORT", "5000", "Port for HTTPS; plain HTTP on it is sent to HTTPS"),
    many("extra-port", "PORT", "none", "Further port, such as 443 or 80"),
    one("docker-host", "URL", "DOCKER_HOST, else the usual sockets", "The engine: unix:///path, tcp://host:port"),
    one("stacks-dir", "DIR", "<data-dir>/stacks", "Where Compose files live"),
    one("exports-dir", "DIR", "<data-dir>/exports", "Where exports are written"),
    one("hostname", "NAME", "dockermate", "Announced over mDNS as NAME.local"),
    many("address", "ADDRESS", "detected", "Address of this host as others reach it: in a container's own network it is not seen"),
    switch("no-mdns", "Do not announce this host over mDNS"),
    one("profile", "PROFILE", "detected", "RASPBERRY_PI, LOW_END, MEDIUM_SERVER, HIGH_END or ENTERPRISE"),
    many("allow-host", "NAME", "the names of this host", "Further DNS name that browsers may use (reverse proxy)"),
    many("trusted-proxy", "ADDRESS", "none", "Address or CIDR of a reverse proxy whose X-Forwarded-For and Forwarded are believed"),
    switch("hsts", "Send HSTS on names of a custom or Let's Encrypt certificate; see the README first"),
    one("acme-directory", "URL", "https://acme-v02.api.letsencrypt.org/directory", "Where certificates are ordered: Let's Encrypt or another ACME directory"),
    one("acme-ca", "FILE", "none", "PEM file with the CA of the ACME server's certificate"),
    one("session-hours", "HOURS", "8", "How long a login lasts"),
    one("remember-days", "DAYS", "7", "How long a login with \"remember me\" lasts"),
    one("grace-seconds", "SECONDS", "60", "The time limit for a graceful stop"),
    one("log-level", "LEVEL", "info", "error, warn, info, debug or trace"),
    one("log-format", "FORMAT", "json under systemd, else text", "text or json"),
    switch("reset-password", "Set a temporary password at this start and print it"),
];

/// The settings part of `--help`.
pub fn help() -> String {
    let mut out = String::new();
    for setting in SETTINGS {
        let flag = match setting.takes {
            Takes::One(value) => format!("--{} <{value}>", setting.name),
            Takes::Many(value) => format!("--{} <{value}>...", setting.name),
            Takes::Switch => format!("--{}", setting.name),
        };
        // Writing to a String cannot fail.
        let _ = writeln!(out, "      {flag:<26} {}", setting.about);
        let _ = writeln!(
            out,
            "      {:<26} [env: {}] [default: {}]",
            "",
            setting.variable(),
            setting.default
        );
    }
    out
}
