//! Typed values from JSON, with the field that a fault is about.
//!
//! Everything typed is read from a [`Value`] and by the same deserializer: each
//! further one would be a copy of the code of every large type.

use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Number, Value};
use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;

/// What a value takes beside its text, in a list that has grown to twice its length.
const VALUE: usize = 2 * size_of::<Value>();
/// What the first field of an object takes: room for some more.
const OBJECT: usize = 640;
/// What each field of an object takes.
const FIELD: usize = 64;

/// What is wrong with a value, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// `ports[0].host_port`; none when it is the whole value.
    pub field: Option<String>,
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.field {
            Some(field) => write!(out, "{field}: {}", self.message),
            None => out.write_str(&self.message),
        }
    }
}

impl std::error::Error for Fault {}

impl Fault {
    fn of(error: &serde_path_to_error::Error<serde_json::Error>) -> Self {
        let path = error.path().to_string();
        let message = error.inner().to_string();
        // The path of a field that is too much or missing ends above it.
        let named = ["unknown field `", "missing field `", "duplicate field `"]
            .iter()
            .find_map(|begin| message.strip_prefix(begin)?.split('`').next());
        let field = match (path.as_str(), named) {
            ("." | "", named) => named.map(ToOwned::to_owned),
            (path, Some(name)) if !path.ends_with(name) => Some(format!("{path}.{name}")),
            (path, _) => Some(path.to_owned()),
        };
        Self { field, message }
    }
}

/// Why a document cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unread {
    NotJson(String),
    Twice(Fault),
    /// It would take more memory than it may.
    TooMany,
}

/// # Errors
/// Names the field that does not fit.
pub fn from_value<T: DeserializeOwned>(value: Value) -> Result<T, Fault> {
    serde_path_to_error::deserialize(value).map_err(|error| Fault::of(&error))
}

/// A document in which nothing is said twice. A value of two bytes takes a hundred times
/// that in memory: `most` is how much all of them may take beside their text.
///
/// # Errors
/// When it is not JSON, says something twice, or has too many values.
pub fn document(bytes: &[u8], most: usize) -> Result<Value, Unread> {
    let room = Room(Cell::new(Some(most)));
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let mut track = serde_path_to_error::Track::new();
    let read = Anything(&room).deserialize(serde_path_to_error::Deserializer::new(
        &mut reader,
        &mut track,
    ));
    let value = read.map_err(|error: serde_json::Error| {
        if room.0.get().is_none() {
            Unread::TooMany
        } else if error.is_data() {
            Unread::Twice(Fault::of(&serde_path_to_error::Error::new(
                track.path(),
                error,
            )))
        } else {
            Unread::NotJson(error.to_string())
        }
    })?;
    reader
        .end()
        .map_err(|error| Unread::NotJson(error.to_string()))?;
    Ok(value)
}

/// Bytes that are left; `None` once they were not enough.
struct Room(Cell<Option<usize>>);

impl Room {
    fn take<E: serde::de::Error>(&self, bytes: usize) -> Result<(), E> {
        let left = self.0.get().and_then(|left| left.checked_sub(bytes));
        self.0.set(left);
        left.map(drop)
            .ok_or_else(|| E::custom("there are too many values"))
    }
}

/// Reads what [`Value`] reads, but no field twice.
#[derive(Clone, Copy)]
struct Anything<'a>(&'a Room);

impl<'de> DeserializeSeed<'de> for Anything<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.0.take(VALUE)?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Anything<'_> {
    type Value = Value;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("any JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut all = Vec::new();
        while let Some(value) = list.next_element_seed(self)? {
            all.push(value);
        }
        Ok(Value::Array(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut all = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            if all.contains_key(&key) {
                return Err(A::Error::custom(format_args!("duplicate field `{key}`")));
            }
            self.0.take(if all.is_empty() { OBJECT } else { FIELD })?;
            let value = map.next_value_seed(self)?;
            all.insert(key, value);
        }
        Ok(Value::Object(all))
    }
}

/// A value that is an object: serde takes a list for a struct, too, field by field.
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OnlyMaps<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for OnlyMaps<T> {
            type Value = Object<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Object)
            }
        }

        deserializer.deserialize_map(OnlyMaps(PhantomData))
    }
}

/// For a field that is an object or `null`.
pub fn optional_object<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let found = Option::<Object<T>>::deserialize(deserializer)?;
    Ok(found.map(|Object(value)| value))
}

/// For a field that is a list of objects.
pub fn objects<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let found = Vec::<Object<T>>::deserialize(deserializer)?;
    Ok(found.into_iter().map(|Object(value)| value).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use serde_json::json;

    fn document(bytes: &[u8]) -> Result<Value, Unread> {
        super::document(bytes, 1024 * 1024)
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        _count: u8,
    }

    #[derive(Debug, Deserialize)]
    struct Outer {
        _list: Vec<Inner>,
    }

    /// Read to the end, these would be 60 MB each.
    #[test]
    fn document_with_too_many_values_is_refused_while_it_is_read() {
        for (entry, begin) in [("0,", "["), ("[],", "["), ("{\"\":0},", "[")] {
            let text = format!("{{\"a\": {begin}{} not JSON", entry.repeat(1_000_000));
            assert_eq!(document(text.as_bytes()), Err(Unread::TooMany), "{entry}");
        }
        let fields: Vec<String> = (0..100_000).map(|n| format!("\"{n}\":0")).collect();
        let text = format!("{{{}}}", fields.join(","));
        assert_eq!(document(text.as_bytes()), Err(Unread::TooMany));
        let one = format!("{{\"a\": \"{}\"}}", "x".repeat(4 * 1024 * 1024));
        assert!(document(one.as_bytes()).is_ok(), "text does not count");
    }

    #[test]
    fn deserialization_error_names_the_path_of_the_field() {
        let field = |value| from_value::<Outer>(value).unwrap_err().field.unwrap();
        assert_eq!(
            field(json!({"_list": [{"_count": "x"}]})),
            "_list[0]._count"
        );
        assert_eq!(field(json!({"_list": [{"more": 1}]})), "_list[0].more");
        assert_eq!(field(json!({})), "_list");
        assert_eq!(from_value::<Outer>(json!(3)).unwrap_err().field, None);
    }

    #[test]
    fn json_document_is_parsed_and_duplicate_fields_or_bad_syntax_are_rejected() {
        let text = br#"{"a": [1, -2, 1.5, true, null, "x"], "b": {"a": 18446744073709551615}}"#;
        assert_eq!(
            document(text).unwrap(),
            serde_json::from_slice::<Value>(text).unwrap()
        );
        let twice = document(br#"{"b": {"a": 1, "a": 2}}"#).unwrap_err();
        assert!(matches!(twice, Unread::Twice(fault) if fault.field.as_deref() == Some("b.a")));
        let is_syntax = |text: &[u8]| matches!(document(text), Err(Unread::NotJson(_)));
        for text in ["{", "{} x", "", "nul", "{\"a\": 1e999}"] {
            assert!(is_syntax(text.as_bytes()), "{text}");
        }
        let deep = "[".repeat(100_000);
        assert!(is_syntax(deep.as_bytes()));
    }
}
