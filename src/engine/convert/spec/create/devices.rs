//! Devices as the command line writes them.

use serde_json::{Value, json};

/// `vendor.com/class=name` (Container Device Interface), which is not a path.
pub(super) fn is_cdi(text: &str) -> bool {
    !text.starts_with('/') && text.contains('/') && text.contains('=')
}

/// `/dev/a:/dev/b:rwm`, with the CLI's defaults.
pub(super) fn device(text: &str) -> Option<Value> {
    if is_cdi(text) {
        return None;
    }
    let is_mode = |text: &str| !text.is_empty() && text.bytes().all(|b| b"rwm".contains(&b));
    let parts: Vec<&str> = text.split(':').collect();
    let (host, inside, mode) = match parts[..] {
        [host] => (host, host, "rwm"),
        [host, mode] if is_mode(mode) => (host, host, mode),
        [host, inside] => (host, inside, "rwm"),
        [host, inside, mode, ..] => (host, inside, mode),
        [] => return None,
    };
    Some(json!({ "PathOnHost": host, "PathInContainer": inside, "CgroupPermissions": mode }))
}
