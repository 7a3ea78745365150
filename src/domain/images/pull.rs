//! Getting an image before a container is made of it.

use super::Images;
use crate::domain::operations::Task;
use crate::engine::{EngineError, PullProgress};
use crate::error::{Error, Kind, Result};
use crate::model::operation::{Progress, ProgressPart};
use crate::model::reference::{DOCKER_HUB, registry_of};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// When the registry is asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Pull {
    /// When the image is not on this host.
    #[default]
    Missing,
    /// In any case, so that a newer image under the same tag is taken.
    Always,
    /// Only what is here.
    Never,
}

impl Pull {
    /// # Errors
    /// Names the field `pull`.
    pub fn parse(text: &str) -> Result<Self> {
        match text {
            "missing" => Ok(Self::Missing),
            "always" => Ok(Self::Always),
            "never" => Ok(Self::Never),
            other => Err(Error::invalid(
                "pull",
                format!("{other:?} is not known. Allowed: missing, always, never."),
            )),
        }
    }
}

impl Images {
    /// Whether an image is on this host, and for this platform where one is named.
    pub async fn is_here(&self, reference: &str, platform: Option<&str>) -> Result<bool> {
        let Some(image) = self.engine.image(reference).await? else {
            return Ok(false);
        };
        match platform {
            Some(wanted) if !suits(&image.platform, wanted) => {
                Ok(self.engine.has_variant(reference, wanted).await?)
            }
            _ => Ok(true),
        }
    }

    /// 12 to 64 hexadecimal digits that begin a local image's id mean that image,
    /// as with the engine.
    async fn is_id_of_local_image(&self, reference: &str) -> Result<bool> {
        let digits = reference.bytes().all(|b| b.is_ascii_hexdigit());
        if !digits || !(12..=64).contains(&reference.len()) {
            return Ok(false);
        }
        let image = self.engine.image(reference).await?;
        Ok(image.is_some_and(|image| {
            let id = image.id.strip_prefix("sha256:").unwrap_or(&image.id);
            id.starts_with(reference)
        }))
    }

    /// The image is on this host when this returns.
    pub async fn provide(
        &self,
        task: &Task,
        reference: &str,
        platform: Option<&str>,
        pull: Pull,
    ) -> Result<()> {
        let here = self.is_here(reference, platform).await?;
        match pull {
            Pull::Missing if here => return Ok(()),
            Pull::Never if here => return Ok(()),
            Pull::Never => {
                let variant = platform.map_or_else(String::new, |wanted| format!(" for {wanted}"));
                return Err(Error::conflict(format!(
                    "The image {reference} does not exist on this host{variant}, and pull=never forbids pulling it. Pull it first."
                ))
                .code("image_missing"));
            }
            Pull::Missing | Pull::Always => {}
        }
        if here && self.is_id_of_local_image(reference).await? {
            return Err(Error::conflict(format!(
                "{reference} is an image ID, which cannot be pulled. Use a name and a tag, or do not pull."
            ))
            .code("image_missing"));
        }
        if reference.starts_with("sha256:") {
            return Err(Error::conflict(format!(
                "{reference} is an image ID, which cannot be pulled, and it does not exist on this host. Use a name and a tag."
            ))
            .code("image_missing"));
        }
        task.step(format!("Pull {reference}"));
        let mut layers = Layers::default();
        let teller = task.clone();
        let progress = move |step| {
            layers.take_in(step);
            teller.progress(layers.progress());
        };
        let pulling = Box::pin(async {
            let login = self.logins.encoded(reference).await;
            let pull = self
                .engine
                .pull_image(reference, platform, login.as_ref(), progress);
            pull.await
        });
        let pulled = task
            .unless_cancelled(async { pulling.await.map_err(|error| pull_error(reference, error)) })
            .await;
        match pulled {
            Err(error) if here && error.code != Some("cancelled") && pull == Pull::Missing => {
                task.note(format!("{} The image on this host is used.", error.message));
                Ok(())
            }
            other => other,
        }
    }
}

/// Whether an image of one platform is what is meant by another, which may leave
/// parts out (`linux/arm64`, `arm64`) or use another name for them (containerd's
/// `platforms`, "Normalization").
fn suits(image: &str, wanted: &str) -> bool {
    let wanted = wanted.to_lowercase();
    let mut parts: Vec<&str> = wanted.split('/').collect();
    let alone = parts.len() == 1;
    if alone && !matches!(parts[0], "linux" | "windows" | "freebsd" | "darwin") {
        parts.insert(0, image.split('/').next().unwrap_or("linux"));
    }
    let has: Vec<&str> = image.split('/').collect();
    parts.iter().enumerate().all(|(at, part)| {
        let is = has.get(at).copied().unwrap_or(match has.get(1).copied() {
            Some("arm64") => "v8",
            Some("arm") => "v7",
            _ => "",
        });
        let part = match *part {
            "x86_64" | "x86-64" => "amd64",
            "aarch64" => "arm64",
            "i386" => "386",
            "armhf" => "arm",
            "macos" => "darwin",
            other if at == 2 && other.starts_with(|c: char| c.is_ascii_digit()) => {
                return is.strip_prefix('v') == Some(other);
            }
            other => other,
        };
        is == part
    })
}

/// What is known of each layer, in the order of appearance.
#[derive(Default)]
struct Layers(Vec<ProgressPart>);

impl Layers {
    fn take_in(&mut self, step: PullProgress) {
        // Lines without a layer, and the tag's own first line, are about the whole.
        let is_layer = step.layer.len() == 12 && step.layer.bytes().all(|b| b.is_ascii_hexdigit());
        if !is_layer {
            return;
        }
        let at = self
            .0
            .iter()
            .position(|part| part.name == step.layer)
            .unwrap_or_else(|| {
                self.0.push(ProgressPart {
                    name: step.layer.clone(),
                    status: String::new(),
                    done: None,
                    total: None,
                });
                self.0.len() - 1
            });
        let part = &mut self.0[at];
        // Extracting begins at zero again; only what is fetched counts as bytes.
        if step.status == "Downloading" {
            part.done = step.current;
            part.total = step.total.or(part.total);
        } else if step.status.contains("complete") || step.status == "Already exists" {
            part.done = part.total;
        }
        part.status = step.status;
    }

    fn progress(&self) -> Progress {
        let total: u64 = self.0.iter().filter_map(|part| part.total).sum();
        Progress {
            done: self.0.iter().filter_map(|part| part.done).sum(),
            total: (total > 0).then_some(total),
            unit: "bytes".to_owned(),
            parts: self.0.clone(),
        }
    }
}

/// What to do for a login that pulls will use.
fn login_at(reference: &str) -> String {
    let registry = match registry_of(reference) {
        DOCKER_HUB => "Docker Hub",
        other => other,
    };
    format!("enter a login for {registry} under Registries")
}

/// What a failed pull means and what to do.
fn pull_error(reference: &str, error: EngineError) -> Error {
    let EngineError::Engine { message, .. } = &error else {
        return Error::from(error);
    };
    let text = message.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let told = if has(&["toomanyrequests", "rate limit"]) {
        Error::new(
            Kind::RegistryUnavailable,
            format!("The registry's rate limit for this IP address is reached, so {reference} cannot be pulled now. For a higher limit, {}. Or wait a few hours.", login_at(reference)),
        )
        .code("registry_rate_limited")
    } else if has(&[
        "pull access denied",
        "unauthorized",
        "authentication required",
        "no basic auth credentials",
        "denied",
    ]) {
        Error::conflict(format!(
            "The registry denied access to {reference}: the image does not exist, or it requires a login. Check the spelling; for a private image, {}.",
            login_at(reference)
        ))
        .code("image_denied")
    } else if has(&[
        "manifest unknown",
        // The code, from a registry that says nothing more.
        "manifest_unknown",
        "name_unknown",
        "not found",
        "name unknown",
        "repository does not exist",
    ]) {
        Error::conflict(format!(
            "The registry does not have {reference}. Check the name and the tag."
        ))
        .code("image_not_found")
    } else if has(&[
        "no matching manifest",
        "does not match the specified platform",
        "no match for platform",
    ]) {
        Error::conflict(format!(
            "{reference} is not available for this host's platform. Look for another tag or image that supports it."
        ))
        .code("image_platform")
    } else if has(&["no space left"]) {
        Error::new(
            Kind::StorageFull,
            format!("The engine's disk is full, so {reference} could not be stored. Free some space, for example by removing unused images."),
        )
        .code("engine_disk_full")
    } else if has(&[
        "timeout",
        "no such host",
        "connection refused",
        "network is unreachable",
        "tls",
        "eof",
        "i/o",
        "reset by peer",
    ]) {
        Error::new(
            Kind::RegistryUnavailable,
            format!("The registry of {reference} could not be reached. Check the network and DNS of this host, and try again."),
        )
        .code("registry_unavailable")
    } else if has(&[
        "invalid reference",
        "invalid repository name",
        "repository name must be",
    ]) {
        Error::invalid(
            "image",
            format!(
                "{reference:?} is not an image reference. Write it like nginx:1.27 or ghcr.io/owner/app:tag."
            ),
        )
    } else {
        return Error::from(error);
    };
    told.detail(message.clone()).source(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pull_progress_is_the_sum_of_its_layers() {
        let mut layers = Layers::default();
        let step = |layer: &str, status: &str, current, total| PullProgress {
            layer: layer.to_owned(),
            status: status.to_owned(),
            current,
            total,
        };
        layers.take_in(step("latest", "Pulling from x", None, None));
        layers.take_in(step("aaaaaaaaaaaa", "Downloading", Some(5), Some(10)));
        layers.take_in(step("bbbbbbbbbbbb", "Downloading", Some(1), Some(30)));
        layers.take_in(step("aaaaaaaaaaaa", "Download complete", None, None));
        layers.take_in(step("aaaaaaaaaaaa", "Extracting", Some(2), Some(10)));
        let progress = layers.progress();
        assert_eq!((progress.done, progress.total), (11, Some(40)));
        assert_eq!(progress.parts.len(), 2);
        assert_eq!(progress.parts[0].status, "Extracting");
    }

    #[test]
    fn image_platform_matches_requested_platform_with_aliases_and_variants() {
        for (image, wanted) in [
            ("linux/amd64", "linux/amd64"),
            ("linux/amd64", "amd64"),
            ("linux/amd64", "linux"),
            ("linux/amd64", "linux/x86_64"),
            ("linux/arm64/v8", "linux/arm64"),
            ("linux/arm64", "linux/arm64/v8"),
            ("linux/arm64/v8", "aarch64"),
            ("linux/arm/v7", "linux/arm/7"),
        ] {
            assert!(suits(image, wanted), "{image} is {wanted}");
        }
        for (image, wanted) in [
            ("linux/amd64", "linux/arm64"),
            ("linux/amd64", "arm64"),
            ("linux/arm/v6", "linux/arm/v7"),
            ("linux/amd64", "windows/amd64"),
            ("linux/amd64", ""),
        ] {
            assert!(!suits(image, wanted), "{image} is not {wanted}");
        }
    }

    #[test]
    fn pull_errors_of_the_engine_are_mapped_to_error_codes() {
        let code = |message: &str| {
            pull_error(
                "x/y:1",
                EngineError::Engine {
                    status: 500,
                    message: message.to_owned(),
                },
            )
            .code
        };
        for (message, expected) in [
            (
                "pull access denied for x/y, repository does not exist or may require 'docker login'",
                "image_denied",
            ),
            (
                "manifest for x/y:1 not found: manifest unknown: manifest unknown",
                "image_not_found",
            ),
            (
                "Get \"https://r/v2/\": dial tcp: lookup r: no such host",
                "registry_unavailable",
            ),
            (
                "toomanyrequests: You have reached your pull rate limit",
                "registry_rate_limited",
            ),
            ("write /x: no space left on device", "engine_disk_full"),
            (
                "no matching manifest for linux/arm64/v8 in the manifest list entries",
                "image_platform",
            ),
            (
                "unknown: {\"errors\":[{\"code\":\"MANIFEST_UNKNOWN\"}]}",
                "image_not_found",
            ),
            ("something else", "engine_error"),
        ] {
            assert_eq!(code(message), Some(expected), "{message}");
        }
    }
}
