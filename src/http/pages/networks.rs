//! The pages about networks: the list, one, the host's ports, the drawing.

use super::page;
use crate::error::{Kind, Result};
use crate::http::call::Call;
use crate::http::query::{Parameter, text};
use crate::http::reply::Reply;
use serde_json::json;

pub async fn networks(call: Call) -> Result<Reply> {
    let position = call.context.feed.position();
    let data = match call.context.networks.views() {
        Ok(items) => json!({"items": items}),
        Err(error) => json!({"items": null, "reason": error.message}),
    };
    page(&call, &position, "networks", "Networks", data)
}

pub const TOPOLOGY: &[Parameter] = &[NETWORK];
const NETWORK: Parameter = text("network", "Only this network, by its name.");

pub async fn topology(call: Call) -> Result<Reply> {
    let position = call.context.feed.position();
    let networks = &call.context.networks;
    let wanted = call.query.text(&NETWORK);
    let drawn = networks.topology(wanted).and_then(|drawing| {
        let views = networks.views()?;
        let names: Vec<&str> = views
            .iter()
            .map(|view| view.network.name.as_str())
            .collect();
        Ok(json!({"drawing": drawing, "networks": names, "network": wanted}))
    });
    let data = match drawn {
        Ok(data) => data,
        Err(error) => json!({
            "drawing": null,
            "network": wanted,
            "is_missing": error.kind == Kind::NotFound,
            "reason": error.message,
        }),
    };
    page(&call, &position, "topology", "Topology", data)
}

pub async fn ports(call: Call) -> Result<Reply> {
    let position = call.context.feed.position();
    let data = match call.context.networks.host_ports() {
        Ok(list) => json!(list),
        Err(error) => json!({"items": null, "reason": error.message}),
    };
    page(&call, &position, "ports", "Ports", data)
}

pub async fn network(call: Call) -> Result<Reply> {
    let position = call.context.feed.position();
    let reference = call.param("id")?.to_owned();
    let (title, data) = match call.context.networks.page(&reference).await {
        Ok((view, addresses)) => (
            view.network.name.clone(),
            json!({
                "network": view,
                "addresses": addresses,
                "has_windows": call.context.networks.has_windows(),
            }),
        ),
        Err(error) if matches!(error.kind, Kind::NotFound | Kind::EngineUnavailable) => (
            reference.clone(),
            json!({
                "name": reference,
                "engine_unavailable": error.kind == Kind::EngineUnavailable,
                "reason": error.message,
            }),
        ),
        Err(error) => return Err(error),
    };
    page(&call, &position, "network", &title, data)
}
