//! Images: what one proposes for a container, and pulling it.

use super::containers::finish;
use crate::error::{Error, Result};
use crate::http::call::Call;
use crate::http::preview::{self, DRY_RUN};
use crate::http::query::{Parameter, text};
use crate::http::reply::{self, Reply};

pub const PROPOSALS: &[Parameter] = &[IMAGE];
pub const PULL: &[Parameter] = &[IMAGE, DRY_RUN];
const IMAGE: Parameter = text("image", "Name of the image, with its tag or digest.");

pub async fn proposals(call: Call) -> Result<Reply> {
    reply::json(&call.context.creation.proposals(named(&call)?).await?)
}

pub async fn pull(call: Call) -> Result<Reply> {
    let image = named(&call)?;
    let creation = &call.context.creation;
    if preview::wanted(&call) {
        return reply::json(&creation.plan_pull(image)?);
    }
    let started = creation.pull(image)?;
    finish(&call, started).await
}

fn named(call: &Call) -> Result<&str> {
    call.query
        .text(&IMAGE)
        .ok_or_else(|| Error::invalid("image", "The name of the image is required."))
}
