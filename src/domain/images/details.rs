//! Everything about one image, and the commands about it.

use super::{ImageService, engine_error, find};
use crate::domain::commands::{self, ImageCommand};
use crate::engine::{HistoryStep, looks_secret};
use crate::error::{Error, Result};
use crate::model::command::Commands;
use crate::model::image::{
    ImageConfiguration, ImageDetail, ImageLayer, ImageSummary, ImageVariable,
};
use crate::model::timestamp::Timestamp;
use serde_json::Value;
use std::sync::Arc;

/// Steps of a history that are shown; no sensible image has more.
const MOST_STEPS: usize = 1000;

impl ImageService {
    pub async fn detail(&self, reference: &str) -> Result<ImageDetail> {
        let view = self.get(reference)?;
        let image = Arc::clone(&view.image);
        let inspect = self
            .engine
            .image_inspect(&image.id)
            .await
            .map_err(|error| engine_error(error, reference))?
            .ok_or_else(|| find::missing(reference))?;
        // An image whose content is not whole has none.
        let history = self.engine.image_history(&image.id).await;
        let history = history.unwrap_or_default();
        let sharing = self.sharing().await?;
        let shared = sharing.images.iter().find(|one| one.id == image.id);
        Ok(ImageDetail {
            saved_for: self.saved_for(&image)?,
            author: text(&inspect, "/Author").to_owned(),
            config: configuration(inspect.get("Config").unwrap_or(&Value::Null)),
            history: history.into_iter().take(MOST_STEPS).map(step).collect(),
            shared_bytes: shared.map(|one| one.shared_bytes),
            view,
            inspect,
        })
    }

    /// The containers whose saved configurations were made with this image.
    pub(super) fn saved_for(&self, image: &ImageSummary) -> Result<Vec<String>> {
        let mut names: Vec<String> = self
            .saved
            .list(None)?
            .into_iter()
            .filter(|saved| saved.image_id == image.id)
            .map(|saved| saved.container)
            .collect();
        names.sort();
        names.dedup();
        Ok(names)
    }

    /// The commands about one image that change nothing, and those that save or
    /// remove it.
    pub fn commands(&self, reference: &str, action: &str) -> Result<Commands> {
        let view = self.get(reference)?;
        let references = view.image.references();
        let command = match action {
            "inspect" => ImageCommand::Inspect(view.image.reference()),
            "history" => ImageCommand::History(view.image.reference()),
            "save" => ImageCommand::Save(saved_references(&view.image)),
            "remove" => ImageCommand::Remove(references),
            other => {
                return Err(Error::invalid(
                    "action",
                    format!(
                        "{other:?} is not an action. Known: {}.",
                        ImageCommand::WORDS.join(", ")
                    ),
                ));
            }
        };
        Ok(self.shell(&command))
    }

    pub(super) fn shell(&self, command: &ImageCommand) -> Commands {
        commands::image(command, self.engine.cli_endpoint().as_deref())
    }
}

/// The names that an archive keeps; without any it holds the image by its id.
pub(super) fn saved_references(image: &ImageSummary) -> Vec<String> {
    if image.tags.is_empty() {
        vec![image.id.clone()]
    } else {
        image.tags.clone()
    }
}

fn text<'a>(value: &'a Value, path: &str) -> &'a str {
    value.pointer(path).and_then(Value::as_str).unwrap_or("")
}

fn texts(config: &Value, path: &str) -> Vec<String> {
    let list = config.pointer(path).and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(ToOwned::to_owned)
        .collect()
}

fn keys(config: &Value, path: &str) -> Vec<String> {
    let map = config.pointer(path).and_then(Value::as_object);
    map.into_iter()
        .flatten()
        .map(|(key, _)| key.clone())
        .collect()
}

fn configuration(config: &Value) -> ImageConfiguration {
    let variables = texts(config, "/Env").into_iter().map(|variable| {
        let (name, value) = variable.split_once('=').unwrap_or((&variable, ""));
        ImageVariable {
            secret: looks_secret(name, value),
            name: name.to_owned(),
            value: value.to_owned(),
        }
    });
    let signal = text(config, "/StopSignal");
    ImageConfiguration {
        entrypoint: texts(config, "/Entrypoint"),
        command: texts(config, "/Cmd"),
        user: text(config, "/User").to_owned(),
        working_dir: text(config, "/WorkingDir").to_owned(),
        variables: variables.collect(),
        ports: keys(config, "/ExposedPorts"),
        volumes: keys(config, "/Volumes"),
        health_check: texts(config, "/Healthcheck/Test"),
        stop_signal: (!signal.is_empty()).then(|| signal.to_owned()),
    }
}

fn step(step: HistoryStep) -> ImageLayer {
    ImageLayer {
        created_at: (step.created > 0).then(|| Timestamp::from_seconds(step.created)),
        created_by: step.created_by,
        comment: step.comment,
        size_bytes: step.size,
        tags: step.tags,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn image_configuration_is_read_with_secrets_marked_and_gaps_left_empty() {
        let config = configuration(&json!({
            "Env": ["A=b=c", "DB_PASSWORD=x", "EMPTY"],
            "Cmd": ["sh", "-c", "run"], "Entrypoint": null, "User": "app",
            "ExposedPorts": {"80/tcp": {}}, "Volumes": null, "StopSignal": "SIGQUIT",
            "Healthcheck": {"Test": ["CMD-SHELL", "true"]},
        }));
        let told: Vec<_> = config
            .variables
            .iter()
            .map(|one| (one.name.as_str(), one.value.as_str(), one.secret))
            .collect();
        assert_eq!(
            told,
            [
                ("A", "b=c", false),
                ("DB_PASSWORD", "x", true),
                ("EMPTY", "", false)
            ]
        );
        assert_eq!((config.user.as_str(), config.ports.len()), ("app", 1));
        assert_eq!(config.health_check, ["CMD-SHELL", "true"]);
        assert_eq!(config.stop_signal.as_deref(), Some("SIGQUIT"));
        assert_eq!(configuration(&Value::Null), ImageConfiguration::default());
    }
}
