//! Images: whether one is here, what it brings along, and pulling it.

use super::error::EngineError;
use super::handle::Engine;
use super::lines::{Line, Lines};
use super::platforms;
use super::transport::REQUEST;
use super::wire::{encode, parse};
use crate::model::registry::EncodedLogin;
use hyper::Method;
use hyper::header::HeaderValue;
use serde::Deserialize;
use serde_json::Value;
use std::time::Duration;
use tokio::time::timeout;

/// A pull that says nothing for this long has come to a halt.
const SILENCE: Duration = Duration::from_mins(3);

/// An image on this host.
#[derive(Debug, Clone)]
pub struct Image {
    /// `sha256:…` of its configuration.
    pub id: String,
    /// `Config` of its inspect answer: what a container gets by default.
    pub config: Value,
    /// `linux/arm64/v8`.
    pub platform: String,
}

impl Image {
    fn read(image: &Value) -> Self {
        let text = |key: &str| image.get(key).and_then(Value::as_str).unwrap_or("");
        Self {
            id: text("Id").to_owned(),
            config: image.get("Config").cloned().unwrap_or_default(),
            platform: platforms::named(text("Os"), text("Architecture"), text("Variant")),
        }
    }

    fn is_known(&self) -> bool {
        let architecture = self.platform.split('/').nth(1).unwrap_or("");
        !self.config.is_null() && !architecture.is_empty()
    }
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

/// A line in which the engine tells how far a pull or a load is.
#[derive(Deserialize)]
pub(super) struct ProgressLine {
    #[serde(default)]
    status: String,
    /// What `docker load` prints.
    #[serde(default)]
    stream: String,
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

impl ProgressLine {
    /// What went wrong, if it says that.
    pub(super) fn error(&self) -> Option<String> {
        let message = self.error.as_ref()?;
        Some(message.chars().take(LONGEST_MESSAGE).collect())
    }

    pub(super) fn said(&self) -> &str {
        &self.stream
    }
}

/// The platform of a container's image; only the containerd image store tells
/// it (`ImageManifestDescriptor`, API 1.48).
pub(super) fn platform_of_container(inspect: &Value) -> Option<String> {
    let shown = inspect.pointer("/ImageManifestDescriptor/platform")?;
    let text = |key: &str| shown.get(key).and_then(Value::as_str).unwrap_or("");
    let known = !text("os").is_empty() && !text("architecture").is_empty();
    known.then(|| platforms::named(text("os"), text("architecture"), text("variant")))
}

/// A variant that only one of the two names does not count: `linux/arm64` is
/// `linux/arm64/v8`.
fn is_same_platform(one: &str, other: &str) -> bool {
    let mut pairs = one.split('/').zip(other.split('/'));
    pairs.all(|(one, other)| one == other)
}

impl Engine {
    /// The image of a reference or id; `None` when it is not on this host.
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
        Ok(Some(Image::read(&image)))
    }

    /// The image of a container, if there is anything to be told of it.
    pub(super) async fn image_of(&self, id: &str) -> Result<Option<Image>, EngineError> {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == ':';
        if id.is_empty() || !id.chars().all(plain) {
            return Ok(None);
        }
        match self.image(id).await {
            // Without its content an engine with the containerd image store answers
            // with blanks: nothing is known of such an image.
            Ok(found) => Ok(found.filter(Image::is_known)),
            Err(EngineError::NotFound(_) | EngineError::Engine { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The variant of an image that a container was made from; `None` when it is
    /// gone, or cannot be told from another variant under the same id, which the
    /// containerd image store has.
    pub(super) async fn image_of_container(
        &self,
        inspect: &Value,
        id: &str,
    ) -> Result<Option<Image>, EngineError> {
        let image = self.image_of(id).await?;
        let own = platform_of_container(inspect);
        let same = |image: &Image| {
            own.as_deref()
                .is_none_or(|own| is_same_platform(own, &image.platform))
        };
        if image.as_ref().is_none_or(same) {
            return Ok(image);
        }
        match inspect.pointer("/ImageManifestDescriptor/platform") {
            Some(wanted) => self.image_variant(id, wanted).await,
            None => Ok(None),
        }
    }

    /// Whether the image has a variant for this platform (`linux/arm64/v8`) on
    /// this host, beside the one that the engine prefers.
    pub async fn has_variant(&self, reference: &str, platform: &str) -> Result<bool, EngineError> {
        let mut parts = platform.split('/');
        let mut wanted = serde_json::Map::new();
        for key in ["os", "architecture", "variant"] {
            if let Some(part) = parts.next() {
                wanted.insert(key.to_owned(), part.into());
            }
        }
        let found = self.image_variant(reference, &wanted.into()).await?;
        Ok(found.is_some())
    }

    /// The variant of an image for a platform, an OCI `Platform` object; `None`
    /// when there is none, or the engine cannot be asked for it.
    async fn image_variant(
        &self,
        reference: &str,
        platform: &Value,
    ) -> Result<Option<Image>, EngineError> {
        let client = self.shared.client()?;
        // `platform` of `GET /images/{name}/json` came with API 1.49.
        if client.api < (1, 49) {
            return Ok(None);
        }
        let path = format!(
            "/images/{}/json?platform={}",
            encode(reference).replace("%2F", "/"),
            encode(&platform.to_string())
        );
        match self
            .ask(&client, Method::GET, &path, None, REQUEST, reference)
            .await
        {
            Ok(answer) => Ok(Some(Image::read(&parse(&answer)?)).filter(Image::is_known)),
            Err(EngineError::NotFound(_) | EngineError::Engine { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// `POST /images/create`, telling how far each layer is. `login` is for the registry.
    ///
    /// # Errors
    /// The registry's reason word for word; [`EngineError::Timeout`] when it
    /// falls silent. Dropped half-way, the engine ends the pull.
    pub async fn pull_image(
        &self,
        reference: &str,
        platform: Option<&str>,
        login: Option<&EncodedLogin>,
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
        let login = login.and_then(header);
        let opened = client.transport.pull(&path, login, reference);
        let response = timeout(SILENCE, opened)
            .await
            .map_err(|_| silent.clone())??;
        let mut lines = Lines::new(response.into_body());
        loop {
            let line = timeout(SILENCE, lines.next())
                .await
                .map_err(|_| silent.clone())?;
            match line {
                Ok(Some(Line::Whole(line))) => read_line(&line, &mut progress)?,
                // Nothing that is known tells so much of how far it is.
                Ok(Some(Line::TooLong)) => {}
                Ok(None) => return Ok(()),
                Err(error) => {
                    let told = format!("The pull broke off ({error}).");
                    return Err(EngineError::Unavailable(told));
                }
            }
        }
    }
}

fn header(login: &EncodedLogin) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(&login.0).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// The engine passes on what a registry says.
const LONGEST_MESSAGE: usize = 2000;

fn read_line(line: &[u8], progress: &mut impl FnMut(PullProgress)) -> Result<(), EngineError> {
    let Ok(line) = serde_json::from_slice::<ProgressLine>(line) else {
        return Ok(());
    };
    if let Some(message) = line.error() {
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
    fn latest_tag_is_added_to_image_reference_without_tag_or_digest() {
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
    fn pull_progress_and_errors_are_parsed_and_malformed_lines_ignored() {
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

    #[test]
    fn container_platform_is_read_if_present_and_compared_with_optional_variant() {
        let shown = serde_json::json!({"ImageManifestDescriptor": {
            "platform": {"architecture": "arm64", "os": "linux", "variant": "v8"}}});
        let read = platform_of_container(&shown);
        assert_eq!(read.as_deref(), Some("linux/arm64/v8"));
        assert_eq!(platform_of_container(&serde_json::json!({})), None);
        assert!(is_same_platform("linux/arm64/v8", "linux/arm64"));
        assert!(!is_same_platform("linux/arm64", "linux/amd64"));
        assert!(!is_same_platform("linux/arm/v6", "linux/arm/v7"));
    }

    #[test]
    fn image_without_architecture_in_inspect_is_not_known() {
        let image = |architecture: &str| {
            Image::read(&serde_json::json!({
                "Id": "sha256:a", "Os": "linux", "Architecture": architecture,
                "Config": {"Env": null},
            }))
        };
        assert!(!image("").is_known());
        assert!(image("amd64").is_known());
    }
}
