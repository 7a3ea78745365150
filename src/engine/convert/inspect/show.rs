//! Values of an inspect answer as lines that a person reads, in the form that
//! the CLI's flags take where there is one.

use crate::model::spec::memory_said;
use serde_json::{Map, Value};
use std::fmt::Write as _;

/// How a value is written.
#[derive(Debug, Clone, Copy)]
pub(super) enum Show {
    /// Text, number, `yes`, or a list or map of these, one a line.
    Plain,
    /// `512 MiB (536870912 bytes)`.
    Bytes,
    /// Nanoseconds as `1m30s`.
    Nanoseconds,
    Seconds,
    Microseconds,
    /// Billionths of a CPU as `1.5`.
    NanoCpus,
    /// The names of a map, one a line.
    Keys,
    /// `{"80/tcp": [{"HostIp": …, "HostPort": …}]}` as `ip:8080:80/tcp`.
    PortBindings,
    /// `on-failure:5`.
    RestartPolicy,
    /// `/dev/a:/dev/b:rwm`.
    Devices,
    /// `nofile=1024:2048`.
    Ulimits,
    /// `/dev/sda:1048576`.
    DeviceRates,
    /// A list of objects, one compact JSON a line.
    Json,
}

impl Show {
    pub fn lines(self, value: &Value) -> Vec<String> {
        let number = value.as_i64();
        match (self, number) {
            (Self::Bytes, Some(n)) => vec![bytes(n)],
            (Self::Nanoseconds, Some(n)) => vec![nanoseconds(n)],
            (Self::Seconds, Some(n)) if n < 0 => vec!["without limit".to_owned()],
            (Self::Seconds, Some(n)) => vec![format!("{n} s")],
            (Self::Microseconds, Some(n)) => vec![format!("{n} µs")],
            (Self::NanoCpus, Some(n)) => vec![nano_cpus(n)],
            (Self::Keys, _) => keys(value),
            (Self::PortBindings, _) => port_bindings(value),
            (Self::RestartPolicy, _) => vec![restart_policy(value)],
            (Self::Devices, _) => each(value, |d| {
                let part = |key| d.get(key).and_then(Value::as_str).unwrap_or("");
                format!(
                    "{}:{}:{}",
                    part("PathOnHost"),
                    part("PathInContainer"),
                    part("CgroupPermissions")
                )
            }),
            (Self::Ulimits, _) => each(value, |u| {
                let name = u.get("Name").and_then(Value::as_str).unwrap_or("");
                let limit = |key| u.get(key).and_then(Value::as_i64).unwrap_or(0);
                format!("{name}={}:{}", limit("Soft"), limit("Hard"))
            }),
            (Self::DeviceRates, _) => each(value, |d| {
                let path = d.get("Path").and_then(Value::as_str).unwrap_or("");
                let rate = d
                    .get("Rate")
                    .or_else(|| d.get("Weight"))
                    .and_then(Value::as_i64)
                    .unwrap_or(0);
                format!("{path}:{rate}")
            }),
            (Self::Json, _) => items(value).iter().map(Value::to_string).collect(),
            _ => plain(value),
        }
    }
}

/// Nothing was said: `null`, `false`, 0, and what is empty.
pub(in super::super) fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(set) => !set,
        Value::Number(n) => n.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
    }
}

fn plain(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().map(scalar).collect(),
        Value::Object(map) => pairs(map),
        other => vec![scalar(other)],
    }
}

fn pairs(map: &Map<String, Value>) -> Vec<String> {
    map.iter()
        .map(|(key, value)| match scalar(value) {
            text if text.is_empty() => key.clone(),
            text => format!("{key}={text}"),
        })
        .collect()
}

pub(super) fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// A line for each object; what is none is shown as it is.
fn each(value: &Value, line: impl Fn(&Value) -> String) -> Vec<String> {
    let line = |item: &Value| match item {
        Value::Object(_) => line(item),
        other => scalar(other),
    };
    items(value).iter().map(line).collect()
}

fn items(value: &Value) -> &[Value] {
    match value {
        Value::Array(items) => items,
        other => std::slice::from_ref(other),
    }
}

fn keys(value: &Value) -> Vec<String> {
    match value {
        Value::Object(map) => map.keys().cloned().collect(),
        other => plain(other),
    }
}

fn port_bindings(value: &Value) -> Vec<String> {
    let Value::Object(map) = value else {
        return plain(value);
    };
    let mut lines = Vec::new();
    for (port, bindings) in map {
        let bindings = bindings.as_array().map(Vec::as_slice).unwrap_or_default();
        if bindings.is_empty() {
            lines.push(port.clone());
        }
        for binding in bindings {
            let part = |key| binding.get(key).and_then(Value::as_str).unwrap_or("");
            lines.push(match (part("HostIp"), part("HostPort")) {
                ("", "" | "0") => port.clone(),
                ("", host) => format!("{host}:{port}"),
                (ip, host) if ip.contains(':') => format!("[{ip}]:{host}:{port}"),
                (ip, host) => format!("{ip}:{host}:{port}"),
            });
        }
    }
    lines
}

fn restart_policy(value: &Value) -> String {
    let name = value
        .get("Name")
        .and_then(Value::as_str)
        .filter(|n| !n.is_empty())
        .unwrap_or("no");
    match value.get("MaximumRetryCount").and_then(Value::as_i64) {
        Some(times) if times > 0 => format!("{name}:{times}"),
        _ => name.to_owned(),
    }
}

fn bytes(n: i64) -> String {
    match u64::try_from(n) {
        Err(_) => "without limit".to_owned(),
        Ok(n) if n < 1024 => memory_said(n),
        Ok(n) => format!("{} ({n} bytes)", memory_said(n)),
    }
}

fn nanoseconds(n: i64) -> String {
    if n < 0 || n % 1_000_000 != 0 {
        return format!("{n} ns");
    }
    let ms = n / 1_000_000;
    if ms < 1000 {
        return format!("{ms}ms");
    }
    let (hours, minutes, seconds, rest) =
        (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60, ms % 1000);
    let mut text = String::new();
    if hours > 0 {
        _ = write!(text, "{hours}h");
    }
    if minutes > 0 {
        _ = write!(text, "{minutes}m");
    }
    if rest > 0 {
        text += format!("{seconds}.{rest:03}").trim_end_matches('0');
        text.push('s');
    } else if seconds > 0 {
        _ = write!(text, "{seconds}s");
    }
    text
}

fn nano_cpus(n: i64) -> String {
    let text = format!("{:.3}", n as f64 / 1e9);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn bytes_nanoseconds_and_cpu_counts_are_formatted_for_display() {
        assert_eq!(bytes(536_870_912), "512 MiB (536870912 bytes)");
        assert_eq!(bytes(1536), "1.5 KiB (1536 bytes)");
        assert_eq!(bytes(-1), "without limit");
        assert_eq!(nanoseconds(90_000_000_000), "1m30s");
        assert_eq!(nanoseconds(1_500_000_000), "1.5s");
        assert_eq!(nanoseconds(250_000_000), "250ms");
        assert_eq!(nanoseconds(3_600_000_000_000), "1h");
        assert_eq!(nano_cpus(1_500_000_000), "1.5");
        assert_eq!(nano_cpus(2_000_000_000), "2");
    }

    #[test]
    fn settings_are_shown_in_the_form_of_the_cli_flags() {
        let ports = json!({"80/tcp": [{"HostIp":"127.0.0.1","HostPort":"8080"},{"HostIp":"::1","HostPort":"8080"},{"HostPort":""}], "53/udp": null});
        assert_eq!(
            Show::PortBindings.lines(&ports),
            [
                "53/udp",
                "127.0.0.1:8080:80/tcp",
                "[::1]:8080:80/tcp",
                "80/tcp"
            ]
        );
        assert_eq!(
            Show::RestartPolicy.lines(&json!({"Name":"on-failure","MaximumRetryCount":5})),
            ["on-failure:5"]
        );
        assert_eq!(
            Show::Devices.lines(&json!([{"PathOnHost":"/dev/a","PathInContainer":"/dev/b","CgroupPermissions":"rwm"}])),
            ["/dev/a:/dev/b:rwm"]
        );
        assert_eq!(
            Show::Ulimits.lines(&json!([{"Name":"nofile","Soft":1,"Hard":2}])),
            ["nofile=1:2"]
        );
        assert_eq!(Show::Keys.lines(&json!({"/data":{}})), ["/data"]);
        assert_eq!(Show::Plain.lines(&json!(["a b", "c"])), ["a b", "c"]);
    }

    #[test]
    fn value_of_unexpected_json_type_still_produces_a_line() {
        assert_eq!(Show::Bytes.lines(&json!("lots")), ["lots"]);
        assert_eq!(Show::Ulimits.lines(&json!("odd")), ["odd"]);
        assert_eq!(Show::PortBindings.lines(&json!("odd")), ["odd"]);
    }
}
