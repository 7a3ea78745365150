//! The time zone of this host: `TZ`, else `/etc/localtime`, else UTC.

use tz::TimeZone;

pub fn local() -> TimeZone {
    let named = std::env::var("TZ").ok().filter(|name| !name.is_empty());
    let found = match &named {
        Some(name) => TimeZone::from_posix_tz(name),
        None => TimeZone::local(),
    };
    found.unwrap_or_else(|error| {
        tracing::warn!(%error, ?named, "the time zone of this host cannot be read; UTC is used");
        TimeZone::utc()
    })
}
