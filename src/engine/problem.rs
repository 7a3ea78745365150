//! Why there is no engine at an address, and the way out in plain sentences.

use super::address::Host;
use super::error::EngineError;
use std::fmt::Write as _;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::PathBuf;

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
    /// A proxy in front of it does not allow what is needed. A sentence.
    Filtered(String),
    /// Its newest API is older than what we need.
    TooOld(String),
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
            Self::Forbidden { .. } | Self::Tls(_) | Self::Filtered(_) | Self::TooOld(_) => 4,
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
            Self::Filtered(told) => told.clone(),
            Self::TooOld(api) => format!(
                "The engine at {host} speaks API {api}; 1.40 or newer is needed. Update it to Docker 19.03 or newer."
            ),
            Self::Other(why) => format!("The engine at {host} cannot be used: {why}."),
        }
    }
}

/// What a failed first request tells.
pub(super) fn problem(host: &Host, error: &bollard::errors::Error) -> Problem {
    use bollard::errors::Error as B;
    if let B::IOError { err } = error
        && let Some(carried) = EngineError::carried(err)
    {
        return Problem::Filtered(carried.to_string());
    }
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
        B::HyperResponseError { err } if matches!(host, Host::Tcp { tls: true, .. }) => {
            Problem::Tls(format!(
                "the engine closed it right after the greeting ({err}), as one does that wants a client certificate"
            ))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_specific_connection_problem_of_all_addresses_is_reported() {
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
    fn socket_that_may_not_be_opened_is_reported_with_the_group_to_join() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("docker.sock");
        let _socket = std::os::unix::net::UnixListener::bind(&path).unwrap();
        let host = Host::Unix(path.clone());
        let error = bollard::errors::Error::IOError {
            err: ErrorKind::PermissionDenied.into(),
        };
        let found = problem(&host, &error);
        assert!(matches!(found, Problem::Forbidden { .. }), "{found:?}");
        for (group, way_out) in [
            (Some("docker"), "usermod -aG docker"),
            (Some("root"), "chgrp docker"),
            (None, "chgrp docker"),
        ] {
            let group = group.map(str::to_owned);
            let path = path.clone();
            let told = Problem::Forbidden { path, group }.sentence(&host);
            assert!(told.contains("may not open"), "{told}");
            assert!(told.contains(way_out), "{told}");
        }
    }

    #[test]
    fn group_name_is_looked_up_by_gid_in_group_file() {
        let text = "root:x:0:\ndocker:x:998:me,you\nbroken\n";
        assert_eq!(group_of(text, 998).as_deref(), Some("docker"));
        assert_eq!(group_of(text, 5), None);
    }
}
