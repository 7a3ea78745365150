//! The HTML documents: tera templates, embedded in the program and parsed once.

use crate::error::{Error, Result};
use rust_embed::RustEmbed;
use serde_json::Value;
use std::sync::OnceLock;
use tera::Tera;

#[derive(RustEmbed)]
#[folder = "web/templates"]
struct Templates;

/// The templates, parsed when the first page is asked for.
#[derive(Default)]
pub struct Renderer {
    tera: OnceLock<std::result::Result<Tera, String>>,
}

impl std::fmt::Debug for Renderer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Renderer")
    }
}

impl Renderer {
    pub fn render(&self, name: &str, values: &Value) -> Result<String> {
        let tera = self.tera.get_or_init(parse).as_ref().map_err(|error| {
            Error::internal("The page templates cannot be parsed.").detail(error.clone())
        })?;
        let context = tera::Context::from_serialize(values).map_err(|error| {
            Error::internal("The data of the page could not be read.").source(error)
        })?;
        tera.render(name, &context).map_err(|error| {
            let mut detail = error.to_string();
            let mut source = std::error::Error::source(&error);
            while let Some(cause) = source {
                detail.push_str(&format!(": {cause}"));
                source = cause.source();
            }
            Error::internal(format!("The page {name} could not be rendered.")).detail(detail)
        })
    }
}

fn parse() -> std::result::Result<Tera, String> {
    let mut files = Vec::new();
    for name in Templates::iter() {
        if let Some(file) = Templates::get(&name) {
            let text = String::from_utf8(file.data.into_owned()).map_err(|e| e.to_string())?;
            files.push((name.into_owned(), text));
        }
    }
    let mut tera = Tera::default();
    tera.add_raw_templates(files).map_err(|error| {
        let cause = std::error::Error::source(&error).map(ToString::to_string);
        format!("{error}: {}", cause.unwrap_or_default())
    })?;
    Ok(tera)
}

/// JSON that stands inside a script element without ever ending it.
pub fn embed(value: &Value) -> String {
    let text = value.to_string();
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '<' => out.push_str("\\u003c"),
            '>' => out.push_str("\\u003e"),
            '&' => out.push_str("\\u0026"),
            '\u{2028}' => out.push_str("\\u2028"),
            '\u{2029}' => out.push_str("\\u2029"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// With the least that each is ever given.
    #[test]
    fn every_page_template_renders_with_minimal_values_and_escapes_html() {
        let pages = Renderer::default();
        let profile = json!({
            "title": "Raspberry Pi", "cpu_cores": 4, "memory_bytes": 4_000_000_000_u64,
            "max_containers": null, "reduced_motion": true, "how": "device tree",
        });
        let frame = json!({
            "host_environment": "MIXED", "host_name": "<b>", "skill_level": "beginner",
            "theme": "auto", "operations": [], "counts": null, "engine": {"info": null},
            "profile": profile,
        });
        let https = json!({"fingerprint_sha256": "AB:CD", "names": ["nas", "10.0.0.1"],
            "acme": {"authority": {"name": "Let's Encrypt", "public": true, "listens_on_80": false, "port": 5000, "terms": null}}});
        let setup = json!({
            "token_required": true, "database_lost": true, "profile": profile, "https": https, "urls": ["https://nas"],
            "password_rules": [{"id": "length", "text": "long", "required": true}],
            "host_environments": [{"code": "DEV", "name": "Development", "description": "d"}],
            "skill_levels": [{"code": "beginner", "name": "Beginner", "description": "d"}],
        });
        for (name, extra) in [
            ("page", json!({})),
            (
                "login",
                json!({"errors": {"password": "wrong <u>"}, "values": {"next": "/x"}}),
            ),
            ("login", json!({})),
            (
                "error",
                json!({"error": {"status": 404, "title": "T", "detail": "d", "code": "c"}}),
            ),
            ("setup", json!({"setup": setup})),
            (
                "setup",
                json!({"setup": setup, "errors": {"password": "weak"}}),
            ),
        ] {
            let mut values = json!({
                "asset_base": "/assets/x/", "title": "<T>", "page": "dashboard", "nonce": "n",
                "frame": frame, "page_json": "{}", "values": {}, "loader": "",
            });
            for (key, value) in extra.as_object().unwrap() {
                values[key] = value.clone();
            }
            let text = pages
                .render(&format!("{name}.html"), &values)
                .unwrap_or_else(|error| panic!("{name}: {error} {:?}", error.detail));
            assert!(
                !text.contains("<T>") && !text.contains("<u>"),
                "{name}: {text}"
            );
            assert!(text.contains("<svg") || name == "error", "{name}: {text}");
        }
    }

    #[test]
    fn embedded_json_cannot_close_its_script_element() {
        let hostile = json!({"name": "</script><script>alert(1)</script>&\u{2028}"});
        let text = embed(&hostile);
        assert!(!text.contains('<') && !text.contains('&') && !text.contains('\u{2028}'));
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), hostile);
    }
}
