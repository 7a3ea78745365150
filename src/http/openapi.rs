//! The OpenAPI 3.1 description, from the table of routes and the types. The
//! program carries its text, `web/openapi.json`, and not the code that makes it,
//! which would be half a megabyte of it. A test holds the two together;
//!
//!     DOCKERMATE_WRITE_OPENAPI=1 cargo test --lib openapi
//!
//! writes the text again.

#[cfg(test)]
mod document;
#[cfg(test)]
mod parameters;
#[cfg(test)]
mod responses;
#[cfg(test)]
mod schemas;

use utoipa::{PartialSchema, ToSchema};

/// A type's name, schema, and the schemas it refers to.
pub struct Shape {
    #[cfg(test)]
    name: String,
    #[cfg(test)]
    schema: utoipa::openapi::RefOr<utoipa::openapi::schema::Schema>,
    #[cfg(test)]
    others: Vec<(
        String,
        utoipa::openapi::RefOr<utoipa::openapi::schema::Schema>,
    )>,
}

#[cfg(test)]
pub fn shape<T: ToSchema + PartialSchema>() -> Shape {
    let mut others = Vec::new();
    T::schemas(&mut others);
    Shape {
        name: T::name().into_owned(),
        schema: T::schema(),
        others,
    }
}

/// Outside of tests a type only has to have one.
#[cfg(not(test))]
#[expect(clippy::extra_unused_type_parameters, reason = "the tests look at it")]
pub fn shape<T: ToSchema + PartialSchema>() -> Shape {
    Shape {}
}

#[cfg(test)]
mod tests {
    use super::document::document;
    use crate::http::routes::ROUTES;
    use std::collections::BTreeSet;

    #[test]
    fn openapi_json_matches_the_code() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/web/openapi.json");
        let said = serde_json::to_string_pretty(&document()).unwrap() + "\n";
        if std::env::var_os("DOCKERMATE_WRITE_OPENAPI").is_some() {
            std::fs::write(path, &said).unwrap();
        }
        assert!(
            std::fs::read_to_string(path).unwrap() == said,
            "web/openapi.json does not match the code; this updates it:\n\
             DOCKERMATE_WRITE_OPENAPI=1 cargo test --lib openapi"
        );
    }

    #[test]
    fn every_openapi_schema_reference_can_be_resolved() {
        let document = document();
        let text = document.to_string();
        let known = document["components"]["schemas"].as_object().unwrap();
        for part in text.split("#/components/schemas/").skip(1) {
            let name = part.split('"').next().unwrap();
            assert!(known.contains_key(name), "{name} is not described");
        }
        assert_eq!(document["openapi"], "3.1.0");
        assert!(document["paths"]["/api/containers/{id}"]["delete"].is_object());
    }

    #[test]
    fn every_operation_has_a_plain_name_of_its_own() {
        let mut names = BTreeSet::new();
        for route in ROUTES.iter().filter(|route| !route.is_page()) {
            let name = route.name;
            assert!(names.insert(name), "{name} is the name of two operations");
            let is_plain = name.chars().all(|c| c.is_ascii_lowercase() || c == '_');
            assert!(is_plain && name.contains('_'), "{name:?}: {}", route.path);
        }
    }

    #[test]
    fn every_query_parameter_is_described() {
        for route in ROUTES.iter().filter(|route| !route.is_page()) {
            for parameter in route.query {
                let name = parameter.name;
                assert!(parameter.doc.ends_with('.'), "{} {name}", route.path);
            }
        }
    }
}
