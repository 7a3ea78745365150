//! Updates: what there is, looking for it, and what one would bring.

use super::containers::finish;
use crate::error::Result;
use crate::http::call::Call;
use crate::http::preview::{self, DRY_RUN};
use crate::http::query::{Parameter, text};
use crate::http::reply::{self, Reply};

pub const CHECK: &[Parameter] = &[CONTAINER, DRY_RUN];
pub const REVIEW: &[Parameter] = &[TAG];
const CONTAINER: Parameter = text(
    "container",
    "Name, id or id prefix of the only container whose image is looked up.",
);
const TAG: Parameter = text(
    "tag",
    "The tag to compare with. Without one: what the container's own tag is now, or the next newer version when that is the same.",
);

pub async fn list(call: Call) -> Result<Reply> {
    reply::json(&call.context.updates.overview()?)
}

pub async fn check(call: Call) -> Result<Reply> {
    let updates = &call.context.updates;
    let container = call.query.text(&CONTAINER);
    if preview::wanted(&call) {
        let plan = updates.plan_check(container)?;
        return preview::preview(&call, plan, None);
    }
    let started = updates.start_check(container)?;
    finish(&call, started).await
}

pub async fn review(call: Call) -> Result<Reply> {
    let container = call.param("container")?;
    let tag = call.query.text(&TAG);
    reply::json(&call.context.updates.review(container, tag).await?)
}
