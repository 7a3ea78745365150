//! The labels of what the engine lists, as far as they are kept in memory. Whoever made
//! an image or a container wrote them, and the engine has no bound for them.
//!
//! Invariant: what is kept of one thing has a bound, and what is left out is counted. It
//! is left out here only: the engine is asked for all of it before anything is recreated.

use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;
use std::fmt;

/// Bytes of one key or value.
const LONGEST: usize = 16 * 1024;
/// Of all that is kept together.
const ALL: usize = 64 * 1024;
/// Of those that decide what is done with a container.
const OF_UPDATES: usize = 16 * 1024;
const DECIDING: [&str; 4] = [
    "dockermate.",
    "com.centurylinklabs.watchtower.",
    "wud.",
    "diun.",
];
/// What an entry costs beside its bytes.
const EACH: usize = 64;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Labels {
    pub kept: BTreeMap<String, String>,
    pub left_out: u32,
}

/// Without the number of those that are left out.
pub(super) fn kept<'de, D>(reader: D) -> Result<BTreeMap<String, String>, D::Error>
where
    D: Deserializer<'de>,
{
    Labels::deserialize(reader).map(|labels| labels.kept)
}

impl<'de> Deserialize<'de> for Labels {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        reader.deserialize_any(LabelsVisitor)
    }
}

struct LabelsVisitor;

impl<'de> Visitor<'de> for LabelsVisitor {
    type Value = Labels;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a map of labels")
    }

    fn visit_unit<E>(self) -> Result<Labels, E> {
        Ok(Labels::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Labels, A::Error> {
        let mut labels = Labels::default();
        let (mut of_others, mut of_updates) = (ALL, OF_UPDATES);
        while let Some(Within(key)) = map.next_key()? {
            // What decides something has room of its own, which no other label takes.
            let is_ours = key
                .as_ref()
                .is_some_and(|key| DECIDING.iter().any(|begin| key.starts_with(begin)));
            let room = if is_ours {
                &mut of_updates
            } else {
                &mut of_others
            };
            let Some(key) = key.filter(|key| key.len() + EACH <= *room) else {
                map.next_value::<IgnoredAny>()?;
                labels.left_out = labels.left_out.saturating_add(1);
                continue;
            };
            let Within(value) = map.next_value()?;
            let size = value.as_ref().map(|value| key.len() + value.len() + EACH);
            match (value, size) {
                (Some(value), Some(size)) if size <= *room => {
                    *room -= size;
                    labels.kept.insert(key, value);
                }
                _ => labels.left_out = labels.left_out.saturating_add(1),
            }
        }
        Ok(labels)
    }
}

/// A text, unless it is too long.
struct Within(Option<String>);

impl<'de> Deserialize<'de> for Within {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        reader.deserialize_str(WithinVisitor)
    }
}

struct WithinVisitor;

impl Visitor<'_> for WithinVisitor {
    type Value = Within;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a text")
    }

    fn visit_str<E>(self, text: &str) -> Result<Within, E> {
        Ok(Within((text.len() <= LONGEST).then(|| text.to_owned())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn read(labels: &Value) -> Labels {
        serde_json::from_str(&labels.to_string()).unwrap()
    }

    #[test]
    fn labels_are_kept_up_to_a_bound_and_the_rest_is_counted() {
        let all = read(&json!({"a": "b", "large": "x".repeat(LONGEST + 1), "c": ""}));
        let keys: Vec<&str> = all.kept.keys().map(String::as_str).collect();
        assert_eq!((keys, all.left_out), (vec!["a", "c"], 1));
        assert_eq!(read(&Value::Null), Labels::default());
        let many: serde_json::Map<_, _> =
            (0..100_000).map(|n| (n.to_string(), json!(""))).collect();
        let all = read(&Value::Object(many));
        assert!(all.kept.len() <= ALL / EACH);
        assert_eq!(all.kept.len() + all.left_out as usize, 100_000);
        // However much stands before them.
        let mut filled: serde_json::Map<_, _> =
            (0..2_000).map(|n| (n.to_string(), json!(""))).collect();
        filled.insert("dockermate.update".to_owned(), json!("auto"));
        let filled = read(&Value::Object(filled));
        assert_eq!(filled.kept["dockermate.update"], "auto");
        let key = "k".repeat(LONGEST + 1);
        assert_eq!(read(&json!({key: "v"})).left_out, 1);
    }
}
