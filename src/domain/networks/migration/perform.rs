//! Recreating a network with another subnet: try it, move the containers, verify.
//!
//! Engines neither rename a network nor change its subnet, and two of one name are not
//! allowed. So the old one goes before the new one comes, and the containers are on
//! neither of them for a moment.

use super::attach::{attach, detach};
use super::journal::{Content, Moved, Stage};
use super::restore::remove_by_name;
use crate::domain::containers::{accepts, answering, published_tcp};
use crate::domain::operations::{JournalEntry, Task};
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::model::container::State;
use crate::model::operation::Progress;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long a published port may take to answer again.
const ANSWER: Duration = Duration::from_secs(20);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(200);

pub(super) async fn perform(
    engine: &Engine,
    task: &Task,
    entry: &mut JournalEntry,
    content: &mut Content,
) -> Result<()> {
    task.check()?;
    entry.write(content).await?;
    if content.stage == Stage::Trying {
        task.step(format!("Try the subnet {}", content.new_subnet));
        let tried = content.new.clone().named(&content.temporary_name);
        engine.create_network_again(&tried).await?;
        remove_by_name(engine, &content.temporary_name).await?;
    }
    // From here on containers are off the network; whoever wants to cancel had the
    // time before.
    let _uninterruptible = task.uninterruptible()?;
    let ports = listening(engine, &content.members).await;
    content.stage = Stage::Replacing;
    entry.write(content).await?;
    let name = content.name.clone();
    task.step(format!("Disconnect the containers from {name}"));
    for one in &content.members {
        detach(engine, &name, one).await?;
    }
    task.step(format!("Remove the old {name}"));
    engine.remove_network(&content.old_id).await?;
    task.step(format!("Create {name} with {}", content.new_subnet));
    let id = engine.create_network_again(&content.new).await?;
    content.new_id = Some(id.clone());
    entry.write(content).await?;
    task.step(format!("Connect the containers to {name}"));
    let total = content.members.len() as u64;
    for (done, one) in (1..).zip(&content.members) {
        attach(engine, (&id, &name), one, &one.new).await?;
        task.progress(Progress {
            done,
            total: Some(total),
            unit: "containers".to_owned(),
            parts: Vec::new(),
        });
    }
    task.step("Verify the addresses and the published ports");
    for one in &content.members {
        verify(engine, (&id, &name), one).await?;
    }
    wait_for_ports(engine, &ports).await?;
    content.stage = Stage::Committed;
    entry.write(content).await
}

/// The published TCP ports that answer now, with the container of each.
async fn listening(engine: &Engine, members: &[Moved]) -> Vec<(Moved, SocketAddr)> {
    let mut found = Vec::new();
    for one in members.iter().filter(|one| one.running) {
        if let Ok(container) = engine.get(&one.id) {
            let open = answering(&container).await;
            found.extend(open.into_iter().map(|port| (one.clone(), port)));
        }
    }
    found
}

/// That it is on the new network, with its address, and runs as it did.
async fn verify(engine: &Engine, (id, network): (&str, &str), one: &Moved) -> Result<()> {
    let failed = |what: &str| Error::conflict(format!("{} {what}", one.name));
    let Some(container) = engine.settled(&one.id).await? else {
        // It was removed by somebody, or has ended and the engine has removed it.
        return Ok(());
    };
    if !one.running {
        return Ok(());
    }
    if !matches!(
        container.state,
        State::Running | State::Paused | State::Restarting
    ) {
        return Err(failed("does not run any more."));
    }
    // Podman tells the name where others tell the id.
    let is_there = |told: &str| told == id || (engine.is_podman() && told == network);
    let mut places = container.networks.iter();
    let place = places.find(|place| is_there(&place.network_id));
    let Some(place) = place else {
        // Between two restarts it has no place anywhere.
        if container.state == State::Restarting || container.restart_count > 0 {
            return Ok(());
        }
        return Err(failed("is not on the new network."));
    };
    let has = place.ipv4.as_ref().and_then(|text| text.parse().ok());
    let is_other = |wanted: IpAddr| has.is_some_and(|has: IpAddr| has != wanted);
    match one.address {
        Some(wanted) if is_other(wanted) => Err(failed(&format!("did not get {wanted}."))),
        _ => Ok(()),
    }
}

async fn wait_for_ports(engine: &Engine, ports: &[(Moved, SocketAddr)]) -> Result<()> {
    let end = Instant::now() + ANSWER;
    for (one, port) in ports {
        // A port that the engine has chosen may be another one now.
        let now = engine.settled(&one.id).await?;
        if !now.is_some_and(|now| published_tcp(&now).contains(port)) {
            continue;
        }
        let name = &one.name;
        while !accepts(*port).await {
            if Instant::now() > end {
                return Err(Error::conflict(format!(
                    "{name} did not answer on port {} within {} seconds, as it did before.",
                    port.port(),
                    ANSWER.as_secs()
                )));
            }
            sleep(LOOK).await;
        }
    }
    Ok(())
}
