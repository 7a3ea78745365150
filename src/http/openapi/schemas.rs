//! The schemas that the description refers to.

use super::Shape;
use serde_json::{Map, Value, json};

#[derive(Debug, Default)]
pub(super) struct Schemas(Map<String, Value>);

impl Schemas {
    /// A reference to a type, which is described with all that it refers to.
    pub(super) fn reference(&mut self, shape: &Shape) -> Value {
        let own = (&shape.name, &shape.schema);
        let others = shape.others.iter().map(|(name, schema)| (name, schema));
        for (name, schema) in others.chain([own]) {
            self.0.entry(name.clone()).or_insert_with(|| {
                let mut schema = serde_json::to_value(schema).unwrap_or_default();
                bound_integers(&mut schema);
                schema
            });
        }
        json!({"$ref": format!("#/components/schemas/{}", shape.name)})
    }

    /// One of a type that the program has no type for.
    pub(super) fn add(&mut self, name: &str, schema: Value) {
        self.0.insert(name.to_owned(), schema);
    }

    pub(super) fn into_json(self) -> Value {
        self.0.into()
    }
}

/// OpenAPI knows `int32` and `int64`; the limits of the other types are said in figures.
fn bound_integers(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            let (format, most) = match map.get("format").and_then(Value::as_str) {
                Some("uint8") => ("int32", Some(u64::from(u8::MAX))),
                Some("uint16") => ("int32", Some(u64::from(u16::MAX))),
                Some("uint32") => ("int64", Some(u64::from(u32::MAX))),
                Some("uint64") => ("int64", None),
                _ => ("", None),
            };
            if !format.is_empty() {
                map.insert("format".to_owned(), format.into());
            }
            if let Some(most) = most {
                map.entry("maximum").or_insert_with(|| most.into());
            }
            map.values_mut().for_each(bound_integers);
        }
        Value::Array(list) => list.iter_mut().for_each(bound_integers),
        _ => {}
    }
}
