//! Reading what others wrote, with the bounds kept while it is read: a list that has
//! too many entries ends the reading at the first one over, before more is made of it.
//!
//! Invariant: whatever is read here takes memory by its bound, not by how many values
//! a byte can be made to stand for. `null` is empty, as engines and registries write it.

use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::fmt;
use std::marker::PhantomData;

/// What an error says of a list that is over its bound.
pub const TOO_MANY: &str = "too many entries";
/// What an error says of a text that is over its bound.
pub const TOO_LONG: &str = "a text that is too long";

/// What a reading ended by, as far as it is about a bound.
pub fn exceeded(error: &serde_json::Error) -> Option<&'static str> {
    let told = error.to_string();
    [TOO_MANY, TOO_LONG]
        .into_iter()
        .find(|bound| told.starts_with(bound))
}

/// A text of at most so many bytes.
pub fn text<'de, const MOST: usize, D: Deserializer<'de>>(reader: D) -> Result<String, D::Error> {
    reader.deserialize_any(TextVisitor::<MOST>)
}

/// A list of at most so many entries.
pub fn list<'de, const MOST: usize, T: Deserialize<'de>, D: Deserializer<'de>>(
    reader: D,
) -> Result<Vec<T>, D::Error> {
    reader.deserialize_any(ListVisitor::<T, MOST>(PhantomData))
}

/// As [`list`], `None` where it is missing or `null`.
pub fn optional_list<'de, const MOST: usize, T: Deserialize<'de>, D: Deserializer<'de>>(
    reader: D,
) -> Result<Option<Vec<T>>, D::Error> {
    Option::<List<T, MOST>>::deserialize(reader).map(|found| found.map(|list| list.0))
}

/// Texts of at most so many bytes each; a single text is a list of one, as
/// `Cmd` and `Entrypoint` may be.
pub fn texts<'de, const MOST: usize, const LONGEST: usize, D: Deserializer<'de>>(
    reader: D,
) -> Result<Vec<String>, D::Error> {
    let list = reader.deserialize_any(ListVisitor::<Text<LONGEST>, MOST>(PhantomData))?;
    Ok(list.into_iter().map(|text| text.0).collect())
}

/// The keys of a map, without its values.
pub fn keys<'de, const MOST: usize, const LONGEST: usize, D: Deserializer<'de>>(
    reader: D,
) -> Result<Vec<String>, D::Error> {
    reader.deserialize_any(KeysVisitor::<MOST, LONGEST>)
}

/// One text within its bound.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Text<const MOST: usize>(pub String);

impl<'de, const MOST: usize> Deserialize<'de> for Text<MOST> {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        text::<MOST, D>(reader).map(Self)
    }
}

impl<const MOST: usize> From<String> for Text<MOST> {
    fn from(text: String) -> Self {
        Self(text)
    }
}

struct List<T, const MOST: usize>(Vec<T>);

impl<'de, T: Deserialize<'de>, const MOST: usize> Deserialize<'de> for List<T, MOST> {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        list::<MOST, T, D>(reader).map(Self)
    }
}

struct TextVisitor<const MOST: usize>;

impl<const MOST: usize> Visitor<'_> for TextVisitor<MOST> {
    type Value = String;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a text")
    }

    fn visit_unit<E>(self) -> Result<String, E> {
        Ok(String::new())
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<String, E> {
        if text.len() > MOST {
            return Err(E::custom(TOO_LONG));
        }
        Ok(text.to_owned())
    }
}

struct ListVisitor<T, const MOST: usize>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const MOST: usize> Visitor<'de> for ListVisitor<T, MOST> {
    type Value = Vec<T>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a list")
    }

    fn visit_unit<E>(self) -> Result<Vec<T>, E> {
        Ok(Vec::new())
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Vec<T>, E> {
        let one = T::deserialize(serde::de::value::StrDeserializer::new(text))?;
        Ok(vec![one])
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<T>, A::Error> {
        let mut all = Vec::new();
        while all.len() < MOST {
            let Some(one) = list.next_element()? else {
                return Ok(all);
            };
            all.push(one);
        }
        match list.next_element::<IgnoredAny>()? {
            None => Ok(all),
            Some(_) => Err(A::Error::custom(TOO_MANY)),
        }
    }
}

struct KeysVisitor<const MOST: usize, const LONGEST: usize>;

impl<'de, const MOST: usize, const LONGEST: usize> Visitor<'de> for KeysVisitor<MOST, LONGEST> {
    type Value = Vec<String>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a map")
    }

    fn visit_unit<E>(self) -> Result<Vec<String>, E> {
        Ok(Vec::new())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Vec<String>, A::Error> {
        let mut all = Vec::new();
        while let Some(Text(key)) = map.next_key::<Text<LONGEST>>()? {
            if all.len() == MOST {
                return Err(A::Error::custom(TOO_MANY));
            }
            map.next_value::<IgnoredAny>()?;
            all.push(key);
        }
        Ok(all)
    }
}

/// The beginning of a text, at most so many bytes of it.
pub struct Cut(pub usize);

impl<'de> DeserializeSeed<'de> for Cut {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<String, D::Error> {
        reader.deserialize_any(self)
    }
}

/// Anything but a text is an empty one.
impl<'de> Visitor<'de> for Cut {
    type Value = String;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("any value")
    }

    fn visit_str<E>(self, text: &str) -> Result<String, E> {
        Ok(text[..text.floor_char_boundary(self.0)].to_owned())
    }

    fn visit_unit<E>(self) -> Result<String, E> {
        Ok(String::new())
    }

    fn visit_bool<E>(self, _: bool) -> Result<String, E> {
        Ok(String::new())
    }

    fn visit_i64<E>(self, _: i64) -> Result<String, E> {
        Ok(String::new())
    }

    fn visit_u64<E>(self, _: u64) -> Result<String, E> {
        Ok(String::new())
    }

    fn visit_f64<E>(self, _: f64) -> Result<String, E> {
        Ok(String::new())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<String, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(String::new())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<String, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(String::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, Deserialize)]
    #[serde(default)]
    struct Sample {
        #[serde(deserialize_with = "text::<3, _>")]
        text: String,
        #[serde(deserialize_with = "list::<2, _, _>")]
        list: Vec<u8>,
        #[serde(deserialize_with = "texts::<2, 3, _>")]
        texts: Vec<String>,
        #[serde(deserialize_with = "keys::<2, 3, _>")]
        keys: Vec<String>,
    }

    fn read(text: &str) -> Result<Sample, Option<&'static str>> {
        serde_json::from_str(text).map_err(|error| exceeded(&error))
    }

    #[test]
    fn values_within_their_bounds_are_read_and_null_is_empty() {
        let sample = read(
            r#"{"text": "abc", "list": [1, 2], "texts": ["a", "b"], "keys": {"a": {"b": []}}}"#,
        )
        .unwrap();
        assert_eq!((sample.text.as_str(), sample.list), ("abc", vec![1, 2]));
        assert_eq!(
            (sample.texts, sample.keys.len()),
            (vec!["a".to_owned(), "b".to_owned()], 1)
        );
        let sample = read(r#"{"text": null, "list": null, "texts": null, "keys": null}"#).unwrap();
        assert!(sample.text.is_empty() && sample.keys.is_empty());
        assert_eq!(read(r#"{"texts": "abc"}"#).unwrap().texts, ["abc"]);
    }

    #[test]
    fn reading_ends_at_the_bound_whatever_follows() {
        for (text, why) in [
            (r#"{"text": "abcd", not JSON"#, TOO_LONG),
            (r#"{"list": [1, 2, 3, not JSON"#, TOO_MANY),
            (r#"{"texts": ["a", "b", "c" not JSON"#, TOO_MANY),
            (r#"{"texts": ["abcd" not JSON"#, TOO_LONG),
            (r#"{"keys": {"a": 1, "b": 2, "c" not JSON"#, TOO_MANY),
            (r#"{"keys": {"abcd" not JSON"#, TOO_LONG),
        ] {
            assert_eq!(read(text).unwrap_err(), Some(why), "{text}");
        }
        assert_eq!(read("{\"text\": 1}").unwrap_err(), None);
    }
}
