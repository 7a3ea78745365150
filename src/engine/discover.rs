//! Trying an address: does an engine answer there, which one, and if not, why
//! and what to do. Used by the connection task and by `dockermate doctor`.

use super::address::{Host, candidates};
use super::api_version::{NEWEST, OLDEST, parse_version};
use super::client::Client;
use super::info::engine_info;
use super::probe::{Probe, ProbeAnswer};
use super::problem::{Problem, problem};
use super::settings::EngineSettings;
use super::transport::{CONNECT, REQUEST, Transport};
use bollard::models::SystemVersion;
use bollard::{API_DEFAULT_VERSION, Docker};
use std::path::Path;
use std::time::Duration;
use tokio::time::timeout;

/// How long the first answer may take before the next address is tried.
const FIRST_ANSWER: Duration = Duration::from_secs(10);

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
    let ours = NEWEST;
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
        assert_eq!(agree(&version("1.99", "1.44")), Ok((1, 51)));
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
}
