//! Trying an address: does an engine answer there, which one, and if not, why
//! and what to do. Used by the connection task and by `dockermate doctor`.

use super::address::{Host, candidates};
use super::client::EngineSettings;
use super::transport::{CONNECT, REQUEST, Transport};
use crate::model::engine::EngineInfo;
use bollard::models::{SystemInfo, SystemInfoCgroupDriverEnum, SystemVersion};
use bollard::{API_DEFAULT_VERSION, Docker};
use std::fmt::Write as _;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::timeout;

/// The oldest API that has everything we use (Docker 19.03).
const OLDEST: (usize, usize) = (1, 40);
/// How long the first answer may take before the next address is tried.
const FIRST_ANSWER: Duration = Duration::from_secs(10);

/// Why there is no engine at an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Problem {
    /// No such socket.
    Missing(PathBuf),
    /// There is something, but not a socket.
    NotASocket(PathBuf),
    /// The socket belongs to others. Holds its group, if it can be told.
    Forbidden {
        path: PathBuf,
        group: Option<String>,
    },
    /// Nobody listens.
    Refused,
    /// No answer in time.
    Silent,
    UnknownHost(String),
    Tls(String),
    /// Its newest API is older than what we need.
    TooOld(String),
    /// Its oldest API is newer than what we know.
    TooNew(String),
    Other(String),
}

impl Problem {
    /// The more it says about an engine that is there, the more it is worth telling.
    fn weight(&self) -> u8 {
        match self {
            Self::Missing(_) => 0,
            Self::NotASocket(_) => 1,
            Self::Refused => 2,
            Self::Silent | Self::UnknownHost(_) | Self::Other(_) => 3,
            Self::Forbidden { .. } | Self::Tls(_) | Self::TooOld(_) | Self::TooNew(_) => 4,
        }
    }

    /// What is wrong and the way out, in plain sentences.
    pub fn sentence(&self, host: &Host) -> String {
        match self {
            Self::Missing(path) => format!(
                "There is no engine socket at {}. Start the engine (sudo systemctl start docker), \
                 or install one (sudo apt-get install docker.io); in a container, mount the socket with \
                 -v /var/run/docker.sock:/var/run/docker.sock.",
                path.display()
            ),
            Self::NotASocket(path) => format!(
                "{} is not a socket. A container engine that was not running when the path was mounted leaves a folder \
                 there: start the engine, remove the folder, and try again.",
                path.display()
            ),
            Self::Forbidden { path, group } => match group.as_deref() {
                Some(group) if group != "root" => format!(
                    "DockerMate may not open {}: it belongs to the group \"{group}\". Add the user that DockerMate runs as to it \
                     (sudo usermod -aG {group} USER, then log in again); in a container, add --group-add with the socket's group number.",
                    path.display()
                ),
                _ => format!(
                    "DockerMate may not open {}: only root may. Run DockerMate as root, or give the socket to a group \
                     (sudo chgrp docker {0} && sudo chmod g+rw {0}) and add its user to that group.",
                    path.display()
                ),
            },
            Self::Refused => format!(
                "Nothing answers at {host}: the engine is not running. Start it (sudo systemctl start docker)."
            ),
            Self::Silent => format!(
                "The engine at {host} does not answer. If it hangs, restart it (sudo systemctl restart docker)."
            ),
            Self::UnknownHost(name) => format!(
                "The host \"{name}\" is not known. Check the address in --docker-host or DOCKER_HOST."
            ),
            Self::Tls(why) => format!(
                "The encrypted connection to {host} failed: {why}. Check DOCKER_CERT_PATH (ca.pem, cert.pem, key.pem) \
                 and that the engine's certificate carries this name."
            ),
            Self::TooOld(api) => format!(
                "The engine at {host} speaks API {api}; 1.40 or newer is needed. Update it to Docker 19.03 or newer."
            ),
            Self::TooNew(api) => format!(
                "The engine at {host} needs API {api} or newer, and this version of DockerMate knows up to {API_DEFAULT_VERSION}. Update DockerMate."
            ),
            Self::Other(why) => format!("The engine at {host} cannot be used: {why}."),
        }
    }
}

/// An engine that answers, with the API version agreed on.
#[derive(Debug, Clone)]
pub(super) struct Client {
    pub docker: Docker,
    pub transport: Transport,
    /// The version that requests name.
    pub api: (usize, usize),
    pub info: EngineInfo,
    /// `LoggingDriver` and `DefaultRuntime` of `GET /info`.
    pub logging_driver: Option<String>,
    pub default_runtime: Option<String>,
    /// The engine's own clock when it answered, seconds since the epoch.
    pub clock: Option<i64>,
}

/// Connects, agrees on a version, and asks what it is.
pub(super) async fn try_host(host: Host, cert_folder: Option<&Path>) -> Result<Client, Problem> {
    let transport = Transport::new(host, cert_folder).map_err(Problem::Tls)?;
    let own = transport.clone();
    let docker = Docker::connect_with_custom_transport(
        move |request| {
            let transport = own.clone();
            async move { transport.send(request).await }
        },
        Some("http://localhost"),
        REQUEST.as_secs(),
        API_DEFAULT_VERSION,
    )
    .map_err(|e| Problem::Other(e.to_string()))?;

    let version = timeout(FIRST_ANSWER.max(CONNECT), docker.version())
        .await
        .map_err(|_| Problem::Silent)?
        .map_err(|error| problem(transport.host(), &error))?;
    let (major, minor) = agree(&version)?;
    transport.set_version(major, minor);
    let info = timeout(REQUEST, docker.info())
        .await
        .map_err(|_| Problem::Silent)?
        .map_err(|error| problem(transport.host(), &error))?;
    Ok(Client {
        api: (major, minor),
        logging_driver: info.logging_driver.clone(),
        default_runtime: info.default_runtime.clone(),
        clock: info
            .system_time
            .as_deref()
            .and_then(crate::model::timestamp::Timestamp::parse)
            .map(crate::model::timestamp::Timestamp::seconds),
        info: engine_info(&version, info, (major, minor)),
        docker,
        transport,
    })
}

/// The newest API that both sides know.
fn agree(version: &SystemVersion) -> Result<(usize, usize), Problem> {
    let ours = (
        API_DEFAULT_VERSION.major_version,
        API_DEFAULT_VERSION.minor_version,
    );
    let text = version.api_version.as_deref().unwrap_or("");
    let newest = parse_version(text)
        .ok_or_else(|| Problem::Other(format!("its API version \"{text}\" cannot be read")))?;
    if newest < OLDEST {
        return Err(Problem::TooOld(text.to_owned()));
    }
    let oldest = version.min_api_version.as_deref().unwrap_or("");
    if parse_version(oldest).is_some_and(|oldest| oldest > ours) {
        return Err(Problem::TooNew(oldest.to_owned()));
    }
    Ok(newest.min(ours))
}

fn parse_version(text: &str) -> Option<(usize, usize)> {
    let (major, minor) = text.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

fn engine_info(version: &SystemVersion, info: SystemInfo, api: (usize, usize)) -> EngineInfo {
    let components = version.components.as_deref().unwrap_or_default();
    let podman = components.iter().find(|part| part.name.contains("Podman"));
    let platform = version
        .platform
        .as_ref()
        .map(|p| p.name.as_str())
        .filter(|name| !name.is_empty());
    let text = |text: Option<String>| text.unwrap_or_default();
    EngineInfo {
        product: podman
            .map(|part| part.name.as_str())
            .or(platform)
            .unwrap_or("Docker Engine")
            .to_owned(),
        version: text(version.version.clone()),
        api_version: format!("{}.{}", api.0, api.1),
        min_api_version: version.min_api_version.clone(),
        max_api_version: text(version.api_version.clone()),
        os: text(info.operating_system),
        kernel: text(info.kernel_version),
        architecture: text(info.architecture),
        storage_driver: text(info.driver),
        root_dir: text(info.docker_root_dir),
        cgroup_version: info
            .cgroup_version
            .map(|v| v.to_string())
            .unwrap_or_default(),
        cgroup_driver: info
            .cgroup_driver
            .filter(|driver| *driver != SystemInfoCgroupDriverEnum::EMPTY)
            .map(|driver| driver.to_string())
            .unwrap_or_default(),
        rootless: info
            .security_options
            .is_some_and(|options| options.iter().any(|option| option.contains("rootless"))),
        memory_limit: info.memory_limit.unwrap_or(false),
        swap_limit: info.swap_limit.unwrap_or(false),
        swarm: info
            .swarm
            .and_then(|swarm| swarm.local_node_state)
            .is_some_and(|state| state.to_string() == "active"),
        warnings: info.warnings.unwrap_or_default(),
        cpus: info.ncpu.and_then(|n| u32::try_from(n).ok()).unwrap_or(0),
        memory_bytes: info
            .mem_total
            .and_then(|n| u64::try_from(n).ok())
            .unwrap_or(0),
        name: text(info.name),
    }
}

fn problem(host: &Host, error: &bollard::errors::Error) -> Problem {
    use bollard::errors::Error as B;
    let path = || match host {
        Host::Unix(path) => path.clone(),
        Host::Tcp { .. } => PathBuf::new(),
    };
    match error {
        B::IOError { err } => match (err.kind(), host) {
            (ErrorKind::NotFound, Host::Unix(_)) => Problem::Missing(path()),
            (ErrorKind::PermissionDenied | ErrorKind::ConnectionRefused, Host::Unix(path))
                if fs::metadata(path).is_ok_and(|meta| !meta.file_type().is_socket()) =>
            {
                Problem::NotASocket(path.clone())
            }
            (ErrorKind::PermissionDenied, Host::Unix(path)) => Problem::Forbidden {
                group: fs::metadata(path).ok().map(|meta| group_name(meta.gid())),
                path: path.clone(),
            },
            (ErrorKind::ConnectionRefused, _) => Problem::Refused,
            (ErrorKind::TimedOut, _) => Problem::Silent,
            (_, Host::Tcp { tls: true, .. }) if is_tls(err) => Problem::Tls(err.to_string()),
            (_, Host::Tcp { host, .. }) if err.to_string().contains("lookup") => {
                Problem::UnknownHost(host.clone())
            }
            _ => Problem::Other(err.to_string()),
        },
        B::RequestTimeoutError => Problem::Silent,
        B::DockerResponseServerError { message, .. } if message.contains("HTTPS server") => {
            Problem::Tls("the engine wants TLS: set DOCKER_TLS_VERIFY=1 or use https://".to_owned())
        }
        B::HyperResponseError { err } => {
            let mut why = err.to_string();
            if let Some(source) = std::error::Error::source(err) {
                let _ = write!(why, ": {source}");
            }
            Problem::Other(format!("it does not speak HTTP as an engine does ({why})"))
        }
        other => Problem::Other(other.to_string()),
    }
}

fn is_tls(error: &std::io::Error) -> bool {
    error
        .get_ref()
        .is_some_and(<dyn std::error::Error + Send + Sync>::is::<rustls::Error>)
}

/// The group's name from `/etc/group` (group(5)), else its number.
fn group_name(gid: u32) -> String {
    let groups = fs::read_to_string("/etc/group").unwrap_or_default();
    group_of(&groups, gid).unwrap_or_else(|| gid.to_string())
}

fn group_of(groups: &str, gid: u32) -> Option<String> {
    groups.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        let number: u32 = fields.nth(1)?.parse().ok()?;
        (number == gid && !name.is_empty()).then(|| name.to_owned())
    })
}

/// What several failed tries come to: the one address that was asked for, or
/// the most telling of the usual places.
pub(super) fn conclude(failures: &[(Host, Problem)]) -> String {
    let all_missing = failures
        .iter()
        .all(|(_, problem)| matches!(problem, Problem::Missing(_)));
    if all_missing && failures.len() > 1 {
        let places: Vec<String> = failures
            .iter()
            .map(|(host, _)| match host {
                Host::Unix(path) => path.display().to_string(),
                Host::Tcp { .. } => host.to_string(),
            })
            .collect();
        return format!(
            "No container engine was found on this machine. Start it (sudo systemctl start docker), or install one \
             (sudo apt-get install docker.io); if it listens elsewhere, say so with --docker-host. Looked at {}.",
            places.join(", ")
        );
    }
    failures
        .iter()
        .rev()
        .max_by_key(|(_, problem)| problem.weight())
        .map_or_else(
            || "No address of an engine is known. Set --docker-host.".to_owned(),
            |(host, problem)| problem.sentence(host),
        )
}

/// What one address gave, for `dockermate doctor`.
#[derive(Debug, Clone)]
pub struct Probe {
    /// `unix:///var/run/docker.sock`.
    pub endpoint: String,
    /// Whether the socket's path exists; `None` for TCP or when it cannot be told.
    pub exists: Option<bool>,
    /// Whether this process may open it; `None` as above.
    pub permitted: Option<bool>,
    /// The engine, or a sentence with the way out.
    pub answer: Result<ProbeAnswer, String>,
}

/// An engine that answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbeAnswer {
    pub product: String,
    pub version: String,
    /// The version that would be spoken.
    pub api_version: String,
    pub max_api_version: String,
    /// The engine's own warnings.
    pub warnings: Vec<String>,
}

/// Tries every address in order, all of them, and says what each gave.
pub async fn diagnose(settings: &EngineSettings) -> Vec<Probe> {
    let hosts = match candidates(&settings.surroundings) {
        Ok(hosts) => hosts,
        Err(why) => {
            return vec![Probe {
                endpoint: settings
                    .surroundings
                    .docker_host
                    .clone()
                    .unwrap_or_default(),
                exists: None,
                permitted: None,
                answer: Err(format!("The address cannot be used: {why}.")),
            }];
        }
    };
    let mut probes = Vec::with_capacity(hosts.len());
    for host in hosts {
        let tried = try_host(host.clone(), settings.cert_folder().as_deref()).await;
        let (exists, permitted) = match (&host, &tried) {
            (Host::Tcp { .. }, _) => (None, None),
            (Host::Unix(_), Err(Problem::Missing(_))) => (Some(false), None),
            (Host::Unix(_), Err(Problem::Forbidden { .. })) => (Some(true), Some(false)),
            (Host::Unix(_), Ok(_)) => (Some(true), Some(true)),
            (Host::Unix(path), Err(_)) => (Some(path.exists()), None),
        };
        probes.push(Probe {
            endpoint: host.to_string(),
            exists,
            permitted,
            answer: match tried {
                Ok(client) => Ok(ProbeAnswer {
                    product: client.info.product,
                    version: client.info.version,
                    api_version: client.info.api_version,
                    max_api_version: client.info.max_api_version,
                    warnings: client.info.warnings,
                }),
                Err(problem) => Err(problem.sentence(&host)),
            },
        });
    }
    probes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(newest: &str, oldest: &str) -> SystemVersion {
        SystemVersion {
            api_version: Some(newest.to_owned()),
            min_api_version: Some(oldest.to_owned()),
            ..SystemVersion::default()
        }
    }

    #[test]
    fn agrees_on_the_newest_that_both_know() {
        assert_eq!(agree(&version("1.41", "1.12")), Ok((1, 41)));
        assert_eq!(agree(&version("1.40", "1.12")), Ok((1, 40)));
        assert_eq!(agree(&version("1.99", "1.44")), Ok((1, 53)));
        assert_eq!(
            agree(&version("1.39", "1.12")),
            Err(Problem::TooOld("1.39".into()))
        );
        assert_eq!(
            agree(&version("1.99", "1.90")),
            Err(Problem::TooNew("1.90".into()))
        );
        assert!(matches!(agree(&version("", "")), Err(Problem::Other(_))));
    }

    #[test]
    fn the_most_telling_failure_wins() {
        let unix = |path: &str| Host::Unix(path.into());
        let missing = |path: &str| (unix(path), Problem::Missing(path.into()));
        let all = conclude(&[missing("/a"), missing("/b")]);
        assert!(
            all.contains("No container engine was found") && all.contains("/a, /b"),
            "{all}"
        );
        assert!(conclude(&[missing("/a")]).contains("no engine socket at /a"));
        let mixed = conclude(&[
            missing("/a"),
            (unix("/b"), Problem::Refused),
            (
                unix("/c"),
                Problem::Forbidden {
                    path: "/c".into(),
                    group: Some("docker".into()),
                },
            ),
        ]);
        assert!(
            mixed.contains("\"docker\"") && mixed.contains("usermod -aG docker"),
            "{mixed}"
        );
    }

    #[test]
    fn groups_are_named() {
        let text = "root:x:0:\ndocker:x:998:me,you\nbroken\n";
        assert_eq!(group_of(text, 998).as_deref(), Some("docker"));
        assert_eq!(group_of(text, 5), None);
    }
}
