//! Putting a container on a network and taking it off, whatever was done before.

use super::journal::Moved;
use crate::engine::Engine;
use crate::error::Result;
use serde_json::{Map, Value};

/// Takes it off the network of this name. One that is gone, or not on it, is fine.
pub(super) async fn detach(engine: &Engine, network: &str, one: &Moved) -> Result<()> {
    if let Some(Some(_)) = engine.place_on(&one.id, network).await? {
        engine.disconnect_network(network, &one.id).await?;
    }
    Ok(())
}

/// Puts it on the network with this id and name, with what was asked for. False when
/// the container is gone.
pub(super) async fn attach(
    engine: &Engine,
    (id, network): (&str, &str),
    one: &Moved,
    endpoint: &Map<String, Value>,
) -> Result<bool> {
    match engine.place_on(&one.id, network).await? {
        None => return Ok(false),
        Some(Some(on)) if on == id => return Ok(true),
        // Of a container that does not run, it may be the place on the other one.
        Some(Some(_)) => engine.disconnect_network(network, &one.id).await?,
        Some(None) => {}
    }
    engine.connect_network(id, &one.id, endpoint).await?;
    Ok(true)
}
