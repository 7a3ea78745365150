//! The request for a log (Docker Engine API, `ContainerLogs`).

use super::super::error::EngineError;
use super::super::handle::Engine;
use super::super::transport::REQUEST;
use crate::model::logs::LogQuery;
use hyper::Method;
use hyper::body::Incoming;
use std::fmt::Write as _;
use tokio::time::timeout;

/// The body of the answer, with what `query` asks for.
pub(super) async fn open(
    engine: &Engine,
    id: &str,
    query: &LogQuery,
) -> Result<Incoming, EngineError> {
    let client = engine.shared.client()?;
    let path = path(id, query);
    let opening = client.transport.open(Method::GET, &path, None, id);
    // Podman sends the head of a followed log with its first line only.
    let answer = if query.follow {
        opening.await?
    } else {
        timeout(REQUEST, opening)
            .await
            .unwrap_or(Err(EngineError::Timeout {
                seconds: REQUEST.as_secs(),
            }))?
    };
    Ok(answer.into_body())
}

/// The engine counts in seconds: `since` is rounded down and `until` up, and
/// the reader drops what is outside.
fn path(id: &str, query: &LogQuery) -> String {
    const SECOND: i128 = 1_000_000_000;
    let flag = |set: bool| i32::from(set);
    let mut path = format!(
        "/containers/{id}/logs?timestamps=1&stdout={}&stderr={}&follow={}",
        flag(query.stdout),
        flag(query.stderr),
        flag(query.follow)
    );
    match query.tail {
        Some(lines) => _ = write!(path, "&tail={lines}"),
        None => path.push_str("&tail=all"),
    }
    if let Some(since) = query.since_ns {
        _ = write!(path, "&since={}", since.max(0).div_euclid(SECOND));
    }
    if let Some(until) = query.until_ns {
        _ = write!(
            path,
            "&until={}",
            (until.max(0) + SECOND - 1).div_euclid(SECOND)
        );
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_query_rounds_since_down_and_until_up_to_whole_seconds() {
        let query = LogQuery {
            tail: Some(10),
            since_ns: Some(1_700_000_000_999_999_999),
            until_ns: Some(1_700_000_001_000_000_001),
            stdout: true,
            ..LogQuery::default()
        };
        assert_eq!(
            path("abc", &query),
            "/containers/abc/logs?timestamps=1&stdout=1&stderr=0&follow=0&tail=10&since=1700000000&until=1700000002"
        );
        assert!(path("abc", &LogQuery::default()).ends_with("&tail=all"));
    }
}
