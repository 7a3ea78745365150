//! Images: the list, one, what can be done with them, what one proposes for a
//! container, and the build cache.

use super::containers::finish;
use crate::domain::commands::ImageCommand;
use crate::domain::images::{
    CachePrune, ImageBulkRequest, ImageQuery, ImageSort, ImageUse, PruneRequest, TagRequest,
};
use crate::error::{Error, Result};
use crate::http::call::Call;
use crate::http::preview::{self, DRY_RUN};
use crate::http::query::{Parameter, flag, text, word, words};
use crate::http::reply::{self, Reply};

pub const LIST: &[Parameter] = &[Q, USE, SORT];
const Q: Parameter = text(
    "q",
    "Words that must all be in a tag, a digest, a label, the name of a container that uses it, or at the beginning of the ID.",
);
const USE: Parameter = words(
    "use",
    ImageUse::WORDS,
    "Only images that a container uses, that none uses, or that no tag names.",
);
const SORT: Parameter = word(
    "sort",
    ImageSort::WORDS,
    Some("name"),
    "The order; with a minus in front it is reversed.",
);
pub const PROPOSALS: &[Parameter] = &[IMAGE];
pub const PULL: &[Parameter] = &[IMAGE, DRY_RUN];
const IMAGE: Parameter = text("image", "Name of the image, with its tag or digest.");
pub const REMOVE: &[Parameter] = &[OF_TAG, CONFIRM, DRY_RUN];
const OF_TAG: Parameter = text(
    "tag",
    "Remove only this tag; with the last one the image goes too.",
);
const CONFIRM: Parameter = text(
    "confirm",
    "What the plan's `needs` or an answer 428 asks for.",
);
pub const TAG: &[Parameter] = &[CONFIRM, DRY_RUN];
pub const BULK: &[Parameter] = &[DRY_RUN];
pub const PREVIEW_PRUNE: &[Parameter] = &[UNUSED];
const UNUSED: Parameter = flag(
    "unused",
    false,
    "All that no container uses, not only those without a tag.",
);
pub const PRUNE: &[Parameter] = &[DRY_RUN];
pub const COMMANDS: &[Parameter] = &[ACTION];
const ACTION: Parameter = word(
    "action",
    &ImageCommand::WORDS,
    Some("inspect"),
    "The action.",
);

pub async fn list(call: Call) -> Result<Reply> {
    let query = &call.query;
    let (sort, descending) = ImageSort::parse(query.word(&SORT).unwrap_or_default());
    let uses = query.all(&USE);
    let wanted = ImageQuery {
        text: query.text(&Q).map(ToOwned::to_owned),
        uses: uses
            .iter()
            .filter_map(|word| ImageUse::parse(word))
            .collect(),
        sort,
        descending,
    };
    reply::json(&call.context.images.list(&wanted)?)
}

pub async fn get(call: Call) -> Result<Reply> {
    reply::json(&call.context.images.detail(call.param("id")?).await?)
}

pub async fn remove(call: Call) -> Result<Reply> {
    let (id, images) = (call.param("id")?, &call.context.images);
    let tag = call.query.text(&OF_TAG);
    if preview::wanted(&call) {
        return reply::json(&images.plan_remove(id, tag)?);
    }
    let started = images.remove(id, tag, call.query.text(&CONFIRM))?;
    finish(&call, started).await
}

pub async fn tag(mut call: Call) -> Result<Reply> {
    let request: TagRequest = call.json().await?;
    let (id, images) = (call.param("id")?, &call.context.images);
    if preview::wanted(&call) {
        return reply::json(&images.plan_tag(id, &request)?);
    }
    let started = images.tag(id, &request, call.query.text(&CONFIRM))?;
    finish(&call, started).await
}

pub async fn commands(call: Call) -> Result<Reply> {
    let action = call.query.word(&ACTION).unwrap_or_default();
    reply::json(&call.context.images.commands(call.param("id")?, action)?)
}

pub async fn bulk(mut call: Call) -> Result<Reply> {
    let request: ImageBulkRequest = call.json().await?;
    let images = &call.context.images;
    if preview::wanted(&call) {
        return reply::json(&images.plan_bulk(&request)?);
    }
    let started = images.bulk(&request)?;
    finish(&call, started).await
}

pub async fn sharing(call: Call) -> Result<Reply> {
    reply::json(&call.context.images.sharing().await?)
}

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

pub async fn preview_prune(call: Call) -> Result<Reply> {
    let unused = call.query.flag(&UNUSED);
    reply::json(&call.context.images.preview_prune(unused).await?)
}

pub async fn prune(mut call: Call) -> Result<Reply> {
    let request: PruneRequest = call.json_or_default().await?;
    let images = &call.context.images;
    if preview::wanted(&call) {
        return reply::json(&images.plan_prune(&request).await?);
    }
    let started = images.prune(&request).await?;
    finish(&call, started).await
}

pub async fn build_cache(call: Call) -> Result<Reply> {
    reply::json(&call.context.images.build_cache().await?)
}

pub async fn prune_cache(mut call: Call) -> Result<Reply> {
    let request: CachePrune = call.json_or_default().await?;
    let images = &call.context.images;
    if preview::wanted(&call) {
        return reply::json(&images.plan_prune_cache(request).await?);
    }
    let started = images.prune_cache(request)?;
    finish(&call, started).await
}

fn named(call: &Call) -> Result<&str> {
    call.query
        .text(&IMAGE)
        .ok_or_else(|| Error::invalid("image", "The name of the image is required."))
}
