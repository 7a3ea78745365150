//! Values that come as texts with parts, and lists that come as objects.

use serde::de::{DeserializeOwned, Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Formatter;
use std::marker::PhantomData;

/// The most entries of one list of a specification: more than any container has, and
/// few enough that a text of a megabyte does not become hundreds of them.
pub const MOST_ENTRIES: usize = 20_000;

/// A list, with at most [`MOST_ENTRIES`].
pub(super) fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    struct Entries<T>(PhantomData<T>);
    impl<'de, T: Deserialize<'de>> Visitor<'de> for Entries<T> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
            f.write_str("a sequence")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<T>, A::Error> {
            let mut all = Vec::new();
            while let Some(entry) = seq.next_element()? {
                all.push(entry);
                within_bounds(all.len())?;
            }
            Ok(all)
        }
    }
    deserializer.deserialize_seq(Entries(PhantomData))
}

/// An object of texts, bounded the same.
pub(super) fn texts<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, String>, D::Error> {
    let texts = BTreeMap::deserialize(deserializer)?;
    within_bounds(texts.len())?;
    Ok(texts)
}

fn within_bounds<E: serde::de::Error>(entries: usize) -> Result<(), E> {
    if entries > MOST_ENTRIES {
        return Err(E::custom(format_args!(
            "at most {MOST_ENTRIES} entries are allowed"
        )));
    }
    Ok(())
}

#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "a list of words, or one string that is split like in a shell"
)]
enum Argv {
    List(Vec<String>),
    Text(String),
    None(()),
}

/// A list of words, or one text that is split as a shell would.
pub(super) fn argv<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Vec<String>>, D::Error> {
    let words = match Argv::deserialize(deserializer)? {
        Argv::None(()) => return Ok(None),
        Argv::List(words) => words,
        Argv::Text(text) => {
            shlex::split(&text).ok_or_else(|| D::Error::custom("the text has an unclosed quote"))?
        }
    };
    within_bounds(words.len())?;
    Ok(Some(words))
}

/// A list whose entries are objects, or texts in the CLI's short form.
pub(super) fn entries<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    deserializer: D,
    from_text: impl Fn(&str) -> Result<Vec<T>, String>,
) -> Result<Vec<T>, D::Error> {
    let mut all = Vec::new();
    for (entry, number) in list::<D, Value>(deserializer)?.into_iter().zip(1..) {
        let read = match entry {
            Value::String(text) => from_text(&text),
            Value::Number(port) => from_text(&port.to_string()),
            object => serde_json::from_value(object)
                .map(|one| vec![one])
                .map_err(|error| error.to_string()),
        };
        all.extend(read.map_err(|why| D::Error::custom(format!("entry {number}: {why}")))?);
    }
    Ok(all)
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Scalar {
    Text(String),
    Bool(bool),
    Whole(i64),
    Number(f64),
}

impl Scalar {
    fn text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Bool(value) => value.to_string(),
            Self::Whole(value) => value.to_string(),
            Self::Number(value) => value.to_string(),
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "a list of KEY=value texts, or an object")]
enum Pairs {
    List(Vec<String>),
    Map(BTreeMap<String, Option<Scalar>>),
}

fn bounded_pairs<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Pairs, D::Error> {
    let pairs = Pairs::deserialize(deserializer)?;
    within_bounds(match &pairs {
        Pairs::List(list) => list.len(),
        Pairs::Map(map) => map.len(),
    })?;
    Ok(pairs)
}

/// `KEY=value` texts, or an object; `null` there means the key alone.
pub(super) fn pairs<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Ok(match bounded_pairs(deserializer)? {
        Pairs::List(list) => list,
        Pairs::Map(map) => map
            .into_iter()
            .map(|(key, value)| match value {
                Some(value) => format!("{key}={}", value.text()),
                None => key,
            })
            .collect(),
    })
}

/// An object, or `KEY=value` texts.
pub(super) fn map<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, String>, D::Error> {
    Ok(match bounded_pairs(deserializer)? {
        Pairs::List(list) => list
            .into_iter()
            .map(|pair| match pair.split_once('=') {
                Some((key, value)) => (key.to_owned(), value.to_owned()),
                None => (pair, String::new()),
            })
            .collect(),
        Pairs::Map(map) => map
            .into_iter()
            .map(|(key, value)| (key, value.map_or_else(String::new, Scalar::text)))
            .collect(),
    })
}

/// `on-failure:3` as a name and the retries.
///
/// # Errors
/// A sentence that says what is allowed.
pub fn restart_policy(text: &str) -> Result<(&str, u32), String> {
    let (name, retries) = text.split_once(':').unwrap_or((text, ""));
    let known = ["no", "always", "unless-stopped", "on-failure"];
    if !known.contains(&name) {
        return Err(format!(
            "{text:?} is not a restart policy. Allowed: no, always, unless-stopped, on-failure, on-failure:3."
        ));
    }
    if retries.is_empty() && !text.contains(':') {
        return Ok((name, 0));
    }
    if name != "on-failure" {
        return Err(format!(
            "Only on-failure takes a number of retries, not {name}."
        ));
    }
    retries
        .parse()
        .map(|retries| (name, retries))
        .map_err(|_| format!("{retries:?} is not a number of retries."))
}

/// `nofile=1024:2048` as name, soft and hard limit; -1 means unlimited.
///
/// # Errors
/// A sentence that says what is allowed.
pub fn ulimit(text: &str) -> Result<(&str, i64, i64), String> {
    let wrong = || {
        format!(
            "{text:?} is not a limit. Write it as name=soft or name=soft:hard, for example nofile=1024:2048."
        )
    };
    let (name, values) = text.split_once('=').ok_or_else(wrong)?;
    let (soft, hard) = values.split_once(':').unwrap_or((values, values));
    let number = |text: &str| text.trim().parse::<i64>().ok().filter(|n| *n >= -1);
    let (soft, hard) = (
        number(soft).ok_or_else(wrong)?,
        number(hard).ok_or_else(wrong)?,
    );
    if hard != -1 && (soft > hard || soft == -1) {
        return Err(format!(
            "The soft limit in {text:?} exceeds the hard limit."
        ));
    }
    if name.trim().is_empty() {
        return Err(wrong());
    }
    Ok((name.trim(), soft, hard))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::read;
    use crate::model::spec::ContainerSpec;
    use serde_json::json;

    #[test]
    fn list_with_too_many_entries_is_refused_with_the_name_of_its_field() {
        let texts: Vec<String> = (0..=MOST_ENTRIES).map(|n| format!("a{n}=1")).collect();
        let object: serde_json::Map<String, Value> =
            texts.iter().map(|key| (key.clone(), json!("x"))).collect();
        let ports = json!(["1-20000:1-20000", "20001"]);
        for (field, value) in [
            ("env", json!(texts)),
            ("env", json!(object)),
            ("labels", json!(object)),
            ("sysctls", json!(object)),
            ("command", json!(texts)),
            ("command", json!(texts.join(" "))),
            ("cap_add", json!(texts)),
            ("mounts", json!(texts)),
            ("device_requests", json!(vec![json!({}); MOST_ENTRIES + 1])),
            ("ports", ports),
        ] {
            let fault = read::from_value::<ContainerSpec>(json!({"image": "a", field: value}));
            let fault = fault.unwrap_err();
            let named = fault.field.as_deref().unwrap_or_default();
            assert!(named.starts_with(field), "{field}: {named}");
            assert!(fault.message.contains("20000"), "{}", fault.message);
        }
        let most =
            json!({"image": "a", "env": texts[..MOST_ENTRIES], "ports": ["1-20000:1-20000"]});
        let spec = read::from_value::<ContainerSpec>(most).unwrap();
        assert_eq!((spec.env.len(), spec.ports.len()), (MOST_ENTRIES, 20_000));
    }

    #[test]
    fn restart_policy_is_parsed_and_invalid_ones_are_rejected() {
        assert_eq!(restart_policy("always"), Ok(("always", 0)));
        assert_eq!(restart_policy("on-failure"), Ok(("on-failure", 0)));
        assert_eq!(restart_policy("on-failure:3"), Ok(("on-failure", 3)));
        for wrong in [
            "",
            "never",
            "always:3",
            "on-failure:",
            "on-failure:x",
            "on-failure:-1",
        ] {
            assert!(restart_policy(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn ulimit_is_parsed_and_invalid_ones_are_rejected() {
        assert_eq!(ulimit("nofile=1024:2048"), Ok(("nofile", 1024, 2048)));
        assert_eq!(ulimit("core=0"), Ok(("core", 0, 0)));
        assert_eq!(ulimit("memlock=-1:-1"), Ok(("memlock", -1, -1)));
        for wrong in [
            "nofile",
            "nofile=",
            "nofile=a",
            "nofile=5:1",
            "=1",
            "nofile=-1:5",
        ] {
            assert!(ulimit(wrong).is_err(), "{wrong}");
        }
    }
}
