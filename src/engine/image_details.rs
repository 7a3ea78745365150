//! One image in full: its inspect answer, and the steps that it was built by.

use super::error::EngineError;
use super::handle::Engine;
use super::transport::REQUEST;
use super::wire::{encode, or_default, parse};
use hyper::Method;
use serde::Deserialize;
use serde_json::Value;

/// A step of an image's history (Docker Engine API, `ImageHistory`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct HistoryStep {
    /// Seconds since the epoch.
    #[serde(deserialize_with = "or_default")]
    pub created: i64,
    #[serde(deserialize_with = "or_default")]
    pub created_by: String,
    #[serde(deserialize_with = "or_default")]
    pub comment: String,
    #[serde(deserialize_with = "or_default")]
    pub size: u64,
    #[serde(deserialize_with = "or_default")]
    pub tags: Vec<String>,
}

impl Engine {
    /// `GET /images/{id}/json`, untouched; `None` when it does not exist.
    pub async fn image_inspect(&self, id: &str) -> Result<Option<Value>, EngineError> {
        let client = self.shared.client()?;
        let path = format!("/images/{}/json", encode(id));
        match self
            .ask(&client, Method::GET, &path, None, REQUEST, id)
            .await
        {
            Err(EngineError::Engine { status: 404, .. }) => Ok(None),
            Err(error) => Err(error),
            Ok(answer) => parse(&answer).map(Some),
        }
    }

    /// `GET /images/{id}/history`, the newest step first.
    pub async fn image_history(&self, id: &str) -> Result<Vec<HistoryStep>, EngineError> {
        let client = self.shared.client()?;
        let path = format!("/images/{}/history", encode(id));
        let answer = self
            .ask(&client, Method::GET, &path, None, REQUEST, id)
            .await?;
        parse(&answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn history_with_missing_and_null_fields_is_read() {
        let steps: Vec<HistoryStep> = parse(
            br#"[{"Id":"<missing>","Created":5,"CreatedBy":"RUN x","Tags":null,"Size":7,"Comment":""},{}]"#,
        )
        .unwrap();
        assert_eq!((steps[0].created, steps[0].size), (5, 7));
        assert_eq!(steps[1], HistoryStep::default());
    }
}
