//! What a tag names while a container is replaced by one of another image. A pull
//! moves the tag; when the new image does not work the tag goes back too, or the
//! next `docker compose up` would bring the new image again.

use crate::engine::{Engine, EngineError};
use crate::error::{Error, Kind, Result};
use crate::model::reference::Reference;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
pub struct TagMove {
    /// `nginx:1.27`.
    pub reference: String,
    /// The id of the image that it named; `None` when it named none.
    pub old: Option<String>,
    /// The id of the image that it names once the new ones work.
    pub new: String,
}

/// The tag names the new image.
pub(super) async fn apply(engine: &Engine, tag: &TagMove) -> Result<()> {
    if names(engine, &tag.reference).await?.as_ref() == Some(&tag.new) {
        return Ok(());
    }
    set(engine, &tag.reference, &tag.new).await?;
    Ok(())
}

/// The tag names the new image after all, although a rollback had begun, unless somebody
/// has moved it meanwhile.
pub(super) async fn complete(engine: &Engine, tag: &TagMove) -> Result<()> {
    let now = names(engine, &tag.reference).await?;
    if now.is_some() && now == tag.old {
        apply(engine, tag).await?;
    }
    Ok(())
}

/// The tag names the old image again, unless somebody has moved it meanwhile. The
/// sentence says why it does not.
///
/// # Errors
/// When the engine does not answer.
pub(super) async fn restore(engine: &Engine, tag: &TagMove) -> Result<Option<String>> {
    let Some(old) = tag.old.as_ref().filter(|old| **old != tag.new) else {
        return Ok(None);
    };
    let now = names(engine, &tag.reference).await?;
    if now.is_some_and(|now| now != tag.new) {
        return Ok(None);
    }
    match set(engine, &tag.reference, old).await.map_err(Error::from) {
        Ok(()) => Ok(None),
        Err(error) if error.kind == Kind::EngineUnavailable => Err(error),
        Err(error) => Ok(Some(tag.not_restored(&error))),
    }
}

impl TagMove {
    pub(super) fn not_restored(&self, error: &Error) -> String {
        format!(
            "{} could not be made to name the old image again: {}",
            self.reference, error.message
        )
    }
}

async fn names(engine: &Engine, reference: &str) -> Result<Option<String>> {
    Ok(engine.image(reference).await?.map(|image| image.id))
}

async fn set(
    engine: &Engine,
    reference: &str,
    image: &str,
) -> std::result::Result<(), EngineError> {
    let Ok(parsed) = Reference::parse(reference) else {
        return Ok(());
    };
    let version = parsed.tag.as_deref().unwrap_or("latest");
    engine.tag_image(image, &parsed.name(), version).await
}
