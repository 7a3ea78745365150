//! Connecting a new container to the networks of its create request.

use crate::engine::{CreateBody, Engine};
use crate::error::Result;

/// Connects what a create request could not hold, telling each network first,
/// and disconnects what it brought along although the container had left it.
pub async fn connect(
    engine: &Engine,
    id: &str,
    body: &CreateBody,
    tell: impl Fn(&str),
) -> Result<()> {
    let at_once = engine.connects_at_once(body)?;
    for (network, endpoint) in body.networks.iter().skip(1).filter(|_| !at_once) {
        tell(network);
        engine.connect_network(network, id, endpoint).await?;
    }
    let mode = body.host_text("NetworkMode");
    let own = !matches!(mode, "" | "host" | "none") && !mode.starts_with("container:");
    if body.detached {
        for network in engine.networks_of(id).await?.unwrap_or_default() {
            engine.disconnect_network(&network, id).await?;
        }
    } else if own && !body.networks.is_empty() {
        let primary = if mode == "default" { "bridge" } else { mode };
        let known = engine.get(id)?;
        let extra = known.networks.iter().find(|on| {
            on.network == primary && !body.networks.iter().any(|(name, _)| *name == on.network)
        });
        if let Some(extra) = extra {
            engine.disconnect_network(&extra.network, id).await?;
        }
    }
    Ok(())
}
