//! The form for a container: a new one, a copy of one, or one that is to be
//! changed. It comes with everything it offers, so it is drawn at once; without
//! an engine it comes all the same, and says so.

use super::page;
use crate::error::{Kind, Result};
use crate::http::call::Call;
use crate::http::query::{Parameter, text};
use crate::http::reply::Reply;
use crate::model::spec::ContainerSpec;
use serde_json::{Value, json};

/// `from` is a container to copy, `operation` a failed creation to try again, `template` the id of a template, `image` and
/// `network` what is chosen already.
pub const QUERY: &[Parameter] = &[FROM, OPERATION, TEMPLATE, IMAGE, NETWORK];
const FROM: Parameter = text("from", "");
const OPERATION: Parameter = text("operation", "");
const TEMPLATE: Parameter = text("template", "");
const IMAGE: Parameter = text("image", "");
const NETWORK: Parameter = text("network", "");

pub async fn create(call: Call) -> Result<Reply> {
    let position = call.context.feed.position();
    let query = &call.query;
    let mut data = offers(&call).await;
    data["mode"] = "new".into();
    data["template"] = query.text(&TEMPLATE).into();
    data["image"] = query.text(&IMAGE).into();
    data["network"] = query.text(&NETWORK).into();
    if let Some(image) = query.text(&IMAGE)
        && let Ok(proposals) = call.context.creation.proposals(image).await
    {
        data["proposals"] = super::value(&proposals)?;
    }
    if let Some(from) = query.text(&FROM) {
        data["from"] = from.into();
        let spec = call.context.containers.spec(from).await;
        known(
            &mut data,
            spec.map(|spec| call.context.creation.duplicate(spec)),
        )?;
    }
    if let Some(operation) = query.text(&OPERATION) {
        data["operation"] = operation.into();
        match call.context.operations.request(operation) {
            Ok(sent) => data["sent"] = Value::clone(&sent),
            Err(error) if error.kind == Kind::NotFound => {
                data["missing"] = true.into();
                data["reason"] = error.message.into();
            }
            Err(error) => return Err(error),
        }
    }
    page(&call, &position, "create", "New container", data)
}

pub async fn edit(call: Call) -> Result<Reply> {
    let position = call.context.feed.position();
    let name = call.param("id")?.to_owned();
    let mut data = offers(&call).await;
    data["mode"] = "edit".into();
    data["name"] = name.as_str().into();
    let containers = &call.context.containers;
    let spec = containers.spec(&name).await;
    if let Ok(view) = containers.get(&name) {
        data["name"] = view.container.name.as_str().into();
        data["container"] = super::value(&view)?;
    }
    known(&mut data, spec)?;
    page(&call, &position, "create", &format!("Edit {name}"), data)
}

async fn offers(call: &Call) -> Value {
    json!({
        "choices": call.context.creation.choices().ok(),
    })
}

/// The specification, or why there is none.
fn known(data: &mut Value, spec: Result<ContainerSpec>) -> Result<()> {
    match spec {
        Ok(spec) => data["spec"] = super::value(&spec)?,
        Err(error) if matches!(error.kind, Kind::NotFound | Kind::EngineUnavailable) => {
            data["missing"] = true.into();
            data["reason"] = error.message.into();
        }
        Err(error) => return Err(error),
    }
    Ok(())
}
