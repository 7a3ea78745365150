//! What a registry says of its limits: `RateLimit-Limit` and
//! `RateLimit-Remaining` as Docker Hub writes them (`100;w=21600`), and
//! `Retry-After` (RFC 9110, 10.2.3).

use crate::model::registry::RegistryLimit;
use crate::model::timestamp::Timestamp;
use hyper::HeaderMap;
use hyper::header::RETRY_AFTER;
use std::time::Duration;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

/// A registry that asks for more is asked again after this.
const LONGEST_WAIT: Duration = Duration::from_hours(24);

pub(super) fn rate_limit(headers: &HeaderMap) -> Option<RegistryLimit> {
    let read = |name: &str| {
        let text = headers.get(name)?.to_str().ok()?;
        let mut parts = text.split([';', ',']).map(str::trim);
        let count = parts.next()?.parse::<u32>().ok();
        let period = parts
            .find_map(|part| part.strip_prefix("w="))
            .and_then(|seconds| seconds.parse::<u64>().ok());
        Some((count, period))
    };
    let limit = read("ratelimit-limit");
    let remaining = read("ratelimit-remaining");
    let found = RegistryLimit {
        limit: limit.and_then(|(count, _)| count),
        remaining: remaining.and_then(|(count, _)| count),
        period_s: limit.or(remaining).and_then(|(_, period)| period),
    };
    (found.limit.is_some() || found.remaining.is_some()).then_some(found)
}

/// How long to wait; `None` where it is not said or not understood.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = if let Ok(seconds) = text.parse::<u64>() {
        Duration::from_secs(seconds)
    } else {
        let at = OffsetDateTime::parse(text, &Rfc2822).ok()?;
        let seconds = at.unix_timestamp() - Timestamp::now().seconds();
        Duration::from_secs(u64::try_from(seconds).unwrap_or(0))
    };
    Some(wait.min(LONGEST_WAIT))
}

pub(super) fn retry_at(headers: &HeaderMap) -> Option<Timestamp> {
    retry_after(headers).map(|wait| Timestamp::now().plus(wait))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn rate_limits_are_read_as_docker_hub_writes_them() {
        let found = rate_limit(&headers(&[
            ("ratelimit-limit", "100;w=21600"),
            ("ratelimit-remaining", "76;w=21600"),
        ]));
        assert_eq!(
            found,
            Some(RegistryLimit {
                limit: Some(100),
                remaining: Some(76),
                period_s: Some(21600)
            })
        );
        assert_eq!(rate_limit(&headers(&[])), None);
        assert_eq!(rate_limit(&headers(&[("ratelimit-limit", "many")])), None);
    }

    #[test]
    fn retry_after_is_seconds_or_a_date_and_at_most_a_day() {
        let wait = |value: &str| retry_after(&headers(&[("retry-after", value)]));
        assert_eq!(wait("120"), Some(Duration::from_mins(2)));
        assert_eq!(wait("99999999999"), Some(LONGEST_WAIT));
        assert_eq!(wait("soon"), None);
        assert_eq!(wait("-1"), None);
        let soon = Timestamp::now().plus(Duration::from_mins(5)).to_http_date();
        let found = wait(&soon).unwrap().as_secs();
        assert!((290..=300).contains(&found), "{found}");
        assert_eq!(wait("Wed, 21 Oct 2015 07:28:00 GMT"), Some(Duration::ZERO));
    }
}
