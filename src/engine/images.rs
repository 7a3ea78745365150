//! Images: whether one is here, what it brings along, and pulling it.

use super::create::encode;
use super::error::EngineError;
use super::handle::Engine;
use super::logins;
use super::transport::REQUEST;
use super::wire::parse;
use bytes::BytesMut;
use http_body_util::BodyExt as _;
use hyper::Method;
use serde::Deserialize;
use serde_json::Value;
use std::time::Duration;
use tokio::time::timeout;

/// A pull that says nothing for this long has come to a halt.
const SILENCE: Duration = Duration::from_mins(3);
/// The longest line of progress that is read.
const LINE: usize = 256 * 1024;

/// An image on this box.
#[derive(Debug, Clone)]
pub struct Image {
    /// `sha256:…` of its configuration.
    pub id: String,
    /// `Config` of its inspect answer: what a container gets by default.
    pub config: Value,
    /// `linux/arm64/v8`.
    pub platform: String,
}

/// How far a layer is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullProgress {
    /// The layer's short digest, or empty for a message about the whole.
    pub layer: String,
    /// `Downloading`, `Extracting`, `Pull complete` …
    pub status: String,
    /// Bytes, where the engine tells.
    pub current: Option<u64>,
    pub total: Option<u64>,
}

#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    status: String,
    #[serde(default)]
    id: String,
    error: Option<String>,
    #[serde(default, rename = "progressDetail")]
    detail: Option<Detail>,
}

#[derive(Deserialize)]
struct Detail {
    current: Option<u64>,
    total: Option<u64>,
}

impl Engine {
    /// The image of a reference or id; `None` when it is not on this box.
    pub async fn image(&self, reference: &str) -> Result<Option<Image>, EngineError> {
        let client = self.shared.client()?;
        // The engine reads slashes of a reference unencoded.
        let path = format!("/images/{}/json", encode(reference).replace("%2F", "/"));
        let answer = match self
            .ask(&client, Method::GET, &path, None, REQUEST, reference)
            .await
        {
            Err(EngineError::Engine { status: 404, .. }) => return Ok(None),
            other => other?,
        };
        let image: Value = parse(&answer)?;
        let text = |key: &str| image.get(key).and_then(Value::as_str).unwrap_or("");
        let mut platform = format!("{}/{}", text("Os"), text("Architecture"));
        if !text("Variant").is_empty() {
            platform.push_str(&format!("/{}", text("Variant")));
        }
        Ok(Some(Image {
            id: text("Id").to_owned(),
            config: image.get("Config").cloned().unwrap_or_default(),
            platform,
        }))
    }

    /// What the image of a container gives it by default; `None` when the image
    /// was removed, or the engine has no id of it.
    pub(super) async fn image_config(&self, id: &str) -> Result<Option<Value>, EngineError> {
        Ok(self.image_of(id).await?.map(|image| image.config))
    }

    /// The image of a container, if there is anything to be told of it.
    pub(super) async fn image_of(&self, id: &str) -> Result<Option<Image>, EngineError> {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == ':';
        if id.is_empty() || !id.chars().all(plain) {
            return Ok(None);
        }
        match self.image(id).await {
            Ok(found) => Ok(found.filter(|image| !image.config.is_null())),
            Err(EngineError::NotFound(_) | EngineError::Engine { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The references of every image on this box, sorted.
    pub async fn image_references(&self) -> Result<Vec<String>, EngineError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Row {
            repo_tags: Option<Vec<String>>,
        }
        let client = self.shared.client()?;
        let answer = self
            .ask(&client, Method::GET, "/images/json", None, REQUEST, "")
            .await?;
        let rows: Vec<Row> = parse(&answer)?;
        let mut all: Vec<String> = rows
            .into_iter()
            .flat_map(|row| row.repo_tags.unwrap_or_default())
            .filter(|tag| !tag.contains("<none>"))
            .collect();
        all.sort();
        Ok(all)
    }

    /// `POST /images/create`, telling how far each layer is.
    ///
    /// # Errors
    /// The registry's reason word for word; [`EngineError::Timeout`] when it
    /// falls silent. Dropped half-way, the engine ends the pull.
    pub async fn pull_image(
        &self,
        reference: &str,
        platform: Option<&str>,
        mut progress: impl FnMut(PullProgress) + Send,
    ) -> Result<(), EngineError> {
        let client = self.shared.client()?;
        let mut path = format!("/images/create?fromImage={}", encode(&tagged(reference)));
        if let Some(platform) = platform {
            path.push_str(&format!("&platform={}", encode(platform)));
        }
        let silent = EngineError::Timeout {
            seconds: SILENCE.as_secs(),
        };
        let login = logins::header(&self.shared.settings, reference).await;
        let opened = client.transport.pull(&path, login, reference);
        let response = timeout(SILENCE, opened)
            .await
            .map_err(|_| silent.clone())??;
        let mut body = response.into_body();
        let mut buffer = BytesMut::new();
        loop {
            let frame = timeout(SILENCE, body.frame())
                .await
                .map_err(|_| silent.clone())?;
            let Some(frame) = frame else {
                return Ok(());
            };
            let frame = frame
                .map_err(|e| EngineError::Unavailable(format!("The pull broke off ({e}).")))?;
            buffer.extend_from_slice(frame.data_ref().map_or(&[][..], |data| data));
            while let Some(end) = buffer.iter().position(|b| *b == b'\n') {
                let line = buffer.split_to(end + 1);
                read_line(&line, &mut progress)?;
            }
            if buffer.len() > LINE {
                return Err(EngineError::Protocol(
                    "a line of the pull has no end".to_owned(),
                ));
            }
        }
    }
}

fn read_line(line: &[u8], progress: &mut impl FnMut(PullProgress)) -> Result<(), EngineError> {
    let Ok(line) = serde_json::from_slice::<Line>(line) else {
        return Ok(());
    };
    if let Some(message) = line.error {
        return Err(EngineError::Engine {
            status: 200,
            message,
        });
    }
    let (current, total) = line
        .detail
        .map_or((None, None), |detail| (detail.current, detail.total));
    progress(PullProgress {
        layer: line.id,
        status: line.status,
        current,
        total,
    });
    Ok(())
}

/// Without a tag the engine would pull every tag of the repository.
fn tagged(reference: &str) -> String {
    let last = reference.rsplit('/').next().unwrap_or(reference);
    if last.contains(':') || reference.contains('@') {
        reference.to_owned()
    } else {
        format!("{reference}:latest")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_without_a_tag_is_the_latest_one_only() {
        for (reference, expected) in [
            ("nginx", "nginx:latest"),
            ("localhost:5000/app", "localhost:5000/app:latest"),
            ("localhost:5000/app:1", "localhost:5000/app:1"),
            ("app@sha256:00", "app@sha256:00"),
        ] {
            assert_eq!(tagged(reference), expected);
        }
    }

    #[test]
    fn progress_and_errors_are_read_and_the_rest_is_passed_over() {
        let mut seen = Vec::new();
        let mut read = |line: &str| read_line(line.as_bytes(), &mut |step| seen.push(step));
        read(r#"{"status":"Downloading","progressDetail":{"current":5,"total":10},"id":"ab"}"#)
            .unwrap();
        read(r#"{"status":"Pulling fs layer","progressDetail":{},"id":"cd"}"#).unwrap();
        read("garbage").unwrap();
        let error = read(r#"{"errorDetail":{"message":"denied"},"error":"denied"}"#).unwrap_err();
        assert!(matches!(error, EngineError::Engine { message, .. } if message == "denied"));
        assert_eq!(seen.len(), 2);
        assert_eq!((seen[0].current, seen[0].total), (Some(5), Some(10)));
    }
}
