//! Images loaded from an archive that is being uploaded. It is passed on piece by
//! piece, and never held; one that falls silent is ended.

use super::ImageService;
use super::prune::amount;
use crate::domain::commands::ImageCommand;
use crate::domain::operations::{Started, Task};
use crate::engine::EngineError;
use crate::error::{Error, Result};
use crate::model::operation::{Progress, Target, TargetKind};
use crate::model::plan::Plan;
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::timeout;

/// A browser that sends nothing for so long has gone.
const SILENCE: Duration = Duration::from_mins(1);

/// The bytes of an upload, as they come.
pub type Upload = Pin<Box<dyn Stream<Item = std::result::Result<Bytes, String>> + Send>>;

/// An archive that is being uploaded.
pub struct LoadRequest {
    pub upload: Upload,
    /// Its size, where the client told it.
    pub total: Option<u64>,
}

impl std::fmt::Debug for LoadRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LoadRequest")
    }
}

impl ImageService {
    /// What loading an archive does, whichever that is.
    pub fn plan_load(&self) -> Plan {
        Plan {
            title: "Load images from a file".to_owned(),
            steps: vec![
                "Send the file to the engine as it is read.".to_owned(),
                "Add the images in it, under the names that they were saved with.".to_owned(),
            ],
            warnings: vec![
                "An image here that has one of these names loses it to the loaded one.".to_owned(),
            ],
            keeps: vec!["Containers keep the image that they were created from.".to_owned()],
            commands: Some(self.shell(&ImageCommand::Load)),
            ..Plan::default()
        }
    }

    /// Loads the images of an archive, as an operation.
    pub fn load(self: &Arc<Self>, request: LoadRequest) -> Result<Started> {
        self.engine.images()?;
        let target = Target::new(TargetKind::Image, "uploaded archive");
        let reserved = self.operations.reserve(std::slice::from_ref(&target))?;
        let this = Arc::clone(self);
        let title = self.plan_load().title;
        Ok(self
            .operations
            .start_task("image.load", title, target, true, |task| async move {
                let _reserved = reserved;
                let told = task
                    .unless_cancelled(this.perform_load(&task, request))
                    .await;
                this.engine.refresh_images().await;
                told
            }))
    }

    async fn perform_load(&self, task: &Task, request: LoadRequest) -> Result<String> {
        task.step("Send the file to the engine");
        let fault: Arc<Mutex<Option<Error>>> = Arc::default();
        let pieces = watched(task.clone(), request, Arc::clone(&fault));
        let loaded = self.engine.load_images(pieces).await;
        let of_upload = fault.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(fault) = of_upload {
            return Err(fault);
        }
        let lines = loaded.map_err(load_error)?;
        let names: Vec<String> = lines.iter().filter_map(|line| loaded_name(line)).collect();
        task.produced(serde_json::json!({ "images": names }));
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        if names.is_empty() {
            return Ok("The archive was loaded; it named no image.".to_owned());
        }
        Ok(format!(
            "Loaded {}.",
            crate::domain::environments::some_of(&names)
        ))
    }
}

/// The upload, telling how far it is, and ended by an error when it falls silent.
fn watched(
    task: Task,
    request: LoadRequest,
    fault: Arc<Mutex<Option<Error>>>,
) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
    struct State {
        upload: Upload,
        done: u64,
    }
    let state = State {
        upload: request.upload,
        done: 0,
    };
    let total = request.total;
    futures_util::stream::unfold(Some(state), move |state| {
        let (task, fault) = (task.clone(), Arc::clone(&fault));
        async move {
            let mut state = state?;
            let broken = match timeout(SILENCE, state.upload.next()).await {
                Ok(None) => return None,
                Ok(Some(Ok(piece))) => {
                    state.done += piece.len() as u64;
                    task.progress(Progress {
                        done: state.done,
                        total,
                        unit: "bytes".to_owned(),
                        parts: Vec::new(),
                    });
                    return Some((Ok(piece), Some(state)));
                }
                Ok(Some(Err(why))) => Error::bad_request(format!(
                    "The upload ended early, after {} ({why}). Images that were complete by then may have been loaded.",
                    amount(state.done)
                ))
                .code("upload_ended"),
                Err(_) => Error::bad_request(format!(
                    "Nothing was received for {} seconds. Upload the file again.",
                    SILENCE.as_secs()
                ))
                .code("upload_timeout"),
            };
            *fault.lock().unwrap_or_else(PoisonError::into_inner) = Some(broken);
            Some((Err(io::ErrorKind::UnexpectedEof.into()), None))
        }
    })
}

/// `Loaded image: web:1`, `Loaded image ID: sha256:…`; Podman joins several by commas.
fn loaded_name(line: &str) -> Option<String> {
    let (_, name) = line.split_once(": ")?;
    let name = name.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

/// What a failed load means and what to do.
fn load_error(error: EngineError) -> Error {
    let (EngineError::Engine { message, .. }
    | EngineError::Invalid(message)
    | EngineError::Conflict(message)) = &error
    else {
        return Error::from(error);
    };
    let text = message.to_lowercase();
    let is_full = text.contains("no space left") || text.contains("disk quota");
    let says = [
        "tar",
        "unexpected eof",
        "manifest.json",
        "repositories",
        "payload does not match",
        "unrecognized",
        "invalid",
        "archive",
    ];
    if is_full || !says.iter().any(|said| text.contains(said)) {
        return Error::from(error);
    }
    Error::invalid(
        "archive",
        format!(
            "This file is not an archive of images. Choose one that docker save, or Save here, has made. The engine said: {message}"
        ),
    )
    .code("not_an_archive")
    .source(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loaded_images_are_named_from_the_lines_of_the_engine() {
        assert_eq!(loaded_name("Loaded image: web:1").unwrap(), "web:1");
        assert_eq!(
            loaded_name("Loaded image ID: sha256:00").unwrap(),
            "sha256:00"
        );
        assert_eq!(loaded_name("Loaded image: "), None);
    }

    #[test]
    fn load_errors_tell_a_wrong_file_from_a_full_disk() {
        let code = |message: &str| {
            load_error(EngineError::Engine {
                status: 500,
                message: message.to_owned(),
            })
            .code
        };
        for (message, expected) in [
            (
                "Error processing tar file(exit status 1): unexpected EOF",
                "not_an_archive",
            ),
            ("archive/tar: invalid tar header", "not_an_archive"),
            (
                "Error processing tar file: write /x: no space left on device",
                "engine_disk_full",
            ),
            ("something else", "engine_error"),
        ] {
            assert_eq!(code(message), Some(expected), "{message}");
        }
    }
}
