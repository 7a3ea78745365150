//! Where an engine may be found: the text of a setting read into an address,
//! and the ordered list of places to try. Pure: nothing here looks at the disk
//! or the network.
//!
//! The forms are those of the Docker CLI's `-H` and `DOCKER_HOST`
//! (<https://docs.docker.com/reference/cli/dockerd/#daemon-socket-option>).

use std::fmt;
use std::path::PathBuf;

/// The place that every engine uses when nothing else is said.
pub const DEFAULT_SOCKET: &str = "/var/run/docker.sock";

/// One address of an engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Host {
    /// A socket in the file system.
    Unix(PathBuf),
    Tcp {
        /// A name, an IPv4 address, or an IPv6 address without brackets.
        host: String,
        port: u16,
        tls: bool,
    },
}

impl Host {
    /// `host:port` as the `Host` header wants it; `localhost` for a socket.
    pub(super) fn authority(&self) -> String {
        match self {
            Self::Unix(_) => "localhost".to_owned(),
            Self::Tcp { host, port, .. } if host.contains(':') => format!("[{host}]:{port}"),
            Self::Tcp { host, port, .. } => format!("{host}:{port}"),
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
            Self::Tcp { tls: false, .. } => write!(f, "tcp://{}", self.authority()),
            Self::Tcp { tls: true, .. } => write!(f, "https://{}", self.authority()),
        }
    }
}

/// Reads `unix:///path`, `tcp://host[:port]`, `http://host[:port]`,
/// `https://host[:port]`, or an absolute path. Ports default to 2375, and to
/// 2376 with TLS. `tcp` becomes TLS later, when `DOCKER_TLS_VERIFY` says so.
///
/// # Errors
/// A sentence that says what is wrong and what is allowed.
pub fn parse_host(text: &str) -> Result<Host, String> {
    const ALLOWED: &str =
        "use unix:///path/to/docker.sock, tcp://host:2375, http://host:2375 or https://host:2376";
    let text = text.trim();
    if text.is_empty() {
        return Err(format!("the address is empty; {ALLOWED}"));
    }
    if text.chars().any(|c| c.is_control() || c == '\0') {
        return Err(format!("the address has a control character; {ALLOWED}"));
    }
    if text.starts_with('/') && text.len() > 1 {
        return Ok(Host::Unix(PathBuf::from(text)));
    }
    let Some((scheme, rest)) = text.split_once("://") else {
        return Err(format!("\"{text}\" has no scheme; {ALLOWED}"));
    };
    match scheme.to_ascii_lowercase().as_str() {
        "unix" if rest.starts_with('/') && rest.len() > 1 => Ok(Host::Unix(PathBuf::from(rest))),
        "unix" => Err(format!(
            "a unix address needs an absolute path with three slashes, such as unix://{DEFAULT_SOCKET}"
        )),
        "tcp" | "http" => parse_authority(rest, 2375, false),
        "https" => parse_authority(rest, 2376, true),
        "ssh" => Err(format!("ssh addresses are not supported; {ALLOWED}")),
        "npipe" => Err(format!("named pipes exist only on Windows; {ALLOWED}")),
        other => Err(format!("the scheme \"{other}\" is not known; {ALLOWED}")),
    }
}

fn parse_authority(rest: &str, default_port: u16, tls: bool) -> Result<Host, String> {
    let authority = rest.strip_suffix('/').unwrap_or(rest);
    if authority.contains(['/', '?', '#']) {
        return Err("an address with a path is not supported: give only host and port".to_owned());
    }
    if authority.contains('@') {
        return Err("an address with a user name is not supported".to_owned());
    }
    let (host, port) = if let Some(after) = authority.strip_prefix('[') {
        let (host, tail) = after
            .split_once(']')
            .ok_or("an IPv6 address needs both brackets, such as tcp://[::1]:2375")?;
        if host.parse::<std::net::Ipv6Addr>().is_err() {
            return Err(format!("\"{host}\" is not an IPv6 address"));
        }
        match tail.strip_prefix(':') {
            Some(port) => (host, Some(port)),
            None if tail.is_empty() => (host, None),
            None => return Err(format!("\"{tail}\" after the address is not a port")),
        }
    } else {
        match authority.split_once(':') {
            Some((_, port)) if port.contains(':') => {
                return Err("an IPv6 address needs brackets, such as tcp://[::1]:2375".to_owned());
            }
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        }
    };
    if host.is_empty() {
        return Err("the host is missing, such as tcp://127.0.0.1:2375".to_owned());
    }
    let name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    if !authority.starts_with('[') && !host.chars().all(name) {
        return Err(format!("\"{host}\" is not a host name"));
    }
    let port = match port {
        None => default_port,
        Some(text) => text
            .parse::<u16>()
            .ok()
            .filter(|port| *port != 0)
            .ok_or_else(|| format!("\"{text}\" is not a port (1 to 65535)"))?,
    };
    Ok(Host::Tcp {
        host: host.to_owned(),
        port,
        tls,
    })
}

/// What decides where to look, read once at the start.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// `--docker-host`, else `DOCKER_HOST`: then nothing else is tried.
    pub docker_host: Option<String>,
    /// `DOCKER_TLS_VERIFY` is set: `tcp://` means TLS.
    pub tls_verify: bool,
    pub xdg_runtime_dir: Option<PathBuf>,
    pub home: Option<PathBuf>,
    pub uid: u32,
}

/// The addresses to try, in order, without duplicates. An address that was
/// asked for is the only one: falling back to another engine would show the
/// wrong machine's containers.
///
/// # Errors
/// The address that was asked for cannot be read; see [`parse_host`].
pub fn candidates(around: &Surroundings) -> Result<Vec<Host>, String> {
    if let Some(text) = around
        .docker_host
        .as_deref()
        .filter(|t| !t.trim().is_empty())
    {
        let mut host = parse_host(text)?;
        if let Host::Tcp { tls, .. } = &mut host
            && around.tls_verify
        {
            *tls = true;
        }
        return Ok(vec![host]);
    }
    let runtime = around.xdg_runtime_dir.as_ref();
    let paths = [
        Some(PathBuf::from(DEFAULT_SOCKET)),
        runtime.map(|dir| dir.join("docker.sock")),
        around
            .home
            .as_ref()
            .map(|dir| dir.join(".docker/run/docker.sock")),
        Some(PathBuf::from(format!(
            "/run/user/{}/docker.sock",
            around.uid
        ))),
        Some(PathBuf::from("/run/podman/podman.sock")),
        runtime.map(|dir| dir.join("podman/podman.sock")),
    ];
    let mut hosts: Vec<Host> = Vec::with_capacity(paths.len());
    for path in paths.into_iter().flatten() {
        let host = Host::Unix(path);
        if !hosts.contains(&host) {
            hosts.push(host);
        }
    }
    Ok(hosts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tcp(host: &str, port: u16, tls: bool) -> Host {
        Host::Tcp {
            host: host.to_owned(),
            port,
            tls,
        }
    }

    #[test]
    fn docker_host_addresses_in_all_cli_forms_are_parsed() {
        let cases = [
            (
                "unix:///var/run/docker.sock",
                Host::Unix("/var/run/docker.sock".into()),
            ),
            ("/run/x.sock", Host::Unix("/run/x.sock".into())),
            ("tcp://10.0.0.1", tcp("10.0.0.1", 2375, false)),
            ("tcp://proxy:2375", tcp("proxy", 2375, false)),
            ("TCP://proxy:1/", tcp("proxy", 1, false)),
            ("http://h:80", tcp("h", 80, false)),
            ("https://h", tcp("h", 2376, true)),
            ("tcp://[::1]:99", tcp("::1", 99, false)),
            ("tcp://[fe80::1]", tcp("fe80::1", 2375, false)),
        ];
        for (text, host) in cases {
            assert_eq!(parse_host(text), Ok(host), "{text}");
        }
    }

    #[test]
    fn invalid_docker_host_address_is_rejected_with_a_reason() {
        let cases = [
            ("", "empty"),
            ("docker.sock", "no scheme"),
            ("unix://docker.sock", "absolute path"),
            ("ssh://me@box", "ssh"),
            ("ftp://x", "\"ftp\""),
            ("tcp://", "host is missing"),
            ("tcp://:2375", "host is missing"),
            ("tcp://h:0", "not a port"),
            ("tcp://h:70000", "not a port"),
            ("tcp://::1:2375", "brackets"),
            ("tcp://[::1", "brackets"),
            ("tcp://[nope]:1", "IPv6"),
            ("tcp://h/path", "path"),
            ("tcp://me@h:1", "user name"),
            ("tcp://a b:1", "not a host name"),
            ("unix:///a\nb", "control character"),
        ];
        for (text, part) in cases {
            let error = parse_host(text).unwrap_err();
            assert!(error.contains(part), "{text:?}: {error}");
        }
    }

    #[test]
    fn explicit_docker_host_is_the_only_candidate_and_honors_tls_verify() {
        let around = Surroundings {
            docker_host: Some("tcp://h:2376".into()),
            tls_verify: true,
            ..Surroundings::default()
        };
        assert_eq!(candidates(&around), Ok(vec![tcp("h", 2376, true)]));
    }

    #[test]
    fn default_socket_paths_are_candidates_in_fixed_order_without_duplicates() {
        let around = Surroundings {
            xdg_runtime_dir: Some("/run/user/1000".into()),
            home: Some("/home/me".into()),
            uid: 1000,
            ..Surroundings::default()
        };
        let places: Vec<String> = candidates(&around)
            .unwrap()
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            places,
            [
                "unix:///var/run/docker.sock",
                "unix:///run/user/1000/docker.sock",
                "unix:///home/me/.docker/run/docker.sock",
                "unix:///run/podman/podman.sock",
                "unix:///run/user/1000/podman/podman.sock",
            ]
        );
    }

    proptest! {
        #[test]
        fn parser_never_panics_and_accepted_address_survives_a_round_trip(text in "((unix|tcp|https?)://)?[/a-z0-9.:\\[\\]%_ é-]{0,40}") {
            if let Ok(host) = parse_host(&text) {
                prop_assert_eq!(parse_host(&host.to_string()), Ok(host));
            }
        }

        #[test]
        fn tcp_address_survives_formatting_and_parsing(host in "[a-z0-9][a-z0-9.-]{0,20}", port in 1..=u16::MAX, tls: bool) {
            let host = tcp(&host, port, tls);
            prop_assert_eq!(parse_host(&host.to_string()), Ok(host));
        }
    }
}
