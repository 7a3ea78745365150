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
use crate::model::engine::EngineInfo;
use crate::model::timestamp::Timestamp;
use bollard::models::{SystemInfo, SystemVersion};
use bollard::{API_DEFAULT_VERSION, Docker};
use hyper::Method;
use hyper::header::DATE;
use ipnetwork::IpNetwork;
use std::path::Path;
use std::time::Duration;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;
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
        .map_err(|_| Problem::Silent)?;
    let info = match info.map_err(|error| problem(transport.host(), &error)) {
        Ok(info) => info,
        // It only describes the host.
        Err(Problem::Filtered(told)) => without_info(&version, &told),
        Err(problem) => return Err(problem),
    };
    let clock = match &info.system_time {
        Some(time) => Timestamp::parse(time),
        None => clock_of(&transport).await,
    };
    let id = info.id.clone();
    let (logging_driver, default_runtime) =
        (info.logging_driver.clone(), info.default_runtime.clone());
    let address_pools = address_pools(&info);
    let info = engine_info(&version, info, (major, minor));
    Ok(Client {
        api: (major, minor),
        logging_driver,
        default_runtime,
        address_pools,
        identity: identity(&info, id),
        clock: clock.map(Timestamp::seconds),
        info,
        docker,
        transport,
    })
}

/// What it takes the subnets of new networks from by itself; told where it was set.
fn address_pools(info: &SystemInfo) -> Vec<IpNetwork> {
    let pools = info.default_address_pools.iter().flatten();
    pools
        .filter_map(|pool| pool.base.as_deref()?.parse().ok())
        .collect()
}

/// Its id, and where it keeps its containers: before Docker 24 the id is the machine's.
/// Podman says another id each time.
fn identity(info: &EngineInfo, id: Option<String>) -> Option<String> {
    let id = id.filter(|_| !info.product.contains("Podman"));
    let folder = Some(&info.root_dir).filter(|folder| !folder.is_empty())?;
    Some(format!("{} {folder}", id.as_deref().unwrap_or("podman")))
}

/// What is known of the host where `GET /info` is not allowed. Limits count as
/// working: the engine warns of those that do not when they are set.
fn without_info(version: &SystemVersion, told: &str) -> SystemInfo {
    SystemInfo {
        operating_system: version.os.clone(),
        kernel_version: version.kernel_version.clone(),
        architecture: version.arch.clone(),
        memory_limit: Some(true),
        swap_limit: Some(true),
        warnings: Some(vec![format!(
            "{told} Until then, what the engine says of its host is unknown."
        )]),
        ..SystemInfo::default()
    }
}

/// The engine's clock by the `Date` of an answer (RFC 9110, section 6.6.1).
async fn clock_of(transport: &Transport) -> Option<Timestamp> {
    let asked = transport.open(Method::GET, "/version", None, "");
    let answer = timeout(REQUEST, asked).await.ok()?.ok()?;
    let date = answer.headers().get(DATE)?.to_str().ok()?;
    let date = date.strip_suffix("GMT")?.trim_end().to_owned() + " +0000";
    let time = OffsetDateTime::parse(&date, &Rfc2822).ok()?;
    Some(Timestamp::from_seconds(time.unix_timestamp()))
}

/// What the inventory cannot do without, and a proxy may refuse. Gives a sentence
/// for each that does not work.
async fn refused(client: &Client) -> Vec<String> {
    let mut refused = Vec::new();
    // The stream of a moment that is long over ends at once.
    for path in ["/containers/json?limit=1", "/events?since=1&until=1"] {
        let asked = client.transport.open(Method::GET, path, None, "");
        match timeout(FIRST_ANSWER, asked).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => refused.push(error.to_string()),
            Err(_) => refused.push(format!("The engine does not answer GET {path}.")),
        }
    }
    refused
}

/// The newest API that both sides know; the engine's oldest where that is newer
/// than ours, since a newer one has all but a few fields of the former.
fn agree(version: &SystemVersion) -> Result<(usize, usize), Problem> {
    let text = version.api_version.as_deref().unwrap_or("");
    let newest = parse_version(text)
        .ok_or_else(|| Problem::Other(format!("its API version \"{text}\" cannot be read")))?;
    if newest < OLDEST {
        return Err(Problem::TooOld(text.to_owned()));
    }
    let oldest = version.min_api_version.as_deref().and_then(parse_version);
    Ok(newest.min(NEWEST).max(oldest.unwrap_or(OLDEST)))
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
        let refused = match &tried {
            Ok(client) => refused(client).await,
            Err(_) => Vec::new(),
        };
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
                    refused,
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
    fn negotiated_api_version_is_our_newest_clamped_to_the_range_of_the_engine() {
        assert_eq!(agree(&version("1.41", "1.12")), Ok((1, 41)));
        assert_eq!(agree(&version("1.40", "1.12")), Ok((1, 40)));
        assert_eq!(agree(&version("1.99", "1.44")), Ok((1, 51)));
        assert_eq!(
            agree(&version("1.39", "1.12")),
            Err(Problem::TooOld("1.39".into()))
        );
        assert_eq!(agree(&version("1.99", "1.90")), Ok((1, 90)));
        assert_eq!(agree(&version("1.41", "")), Ok((1, 41)));
        assert!(matches!(agree(&version("", "")), Err(Problem::Other(_))));
    }
}
