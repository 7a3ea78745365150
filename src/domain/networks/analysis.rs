//! What the size of a network costs here, and how much of it is used over time.

use super::migration::NetworkMigration;
use super::{NetworkService, find};
use crate::error::{Kind, Result};
use crate::host::neighbors;
use crate::model::network::{Network, NetworkView, SizeImpact};
use crate::model::network_analysis::{FirewallRules, NetworkAnalysis};
use crate::model::network_record::UsePeak;
use crate::model::timestamp::Timestamp;
use crate::store::Commit;
use std::collections::HashSet;

/// Rules that an engine adds for a bridge network and for each published port: NAT,
/// forwarding, isolation.
const PER_NETWORK: usize = 7;
const PER_PORT: usize = 3;
const BRIDGE_NAME: &str = "com.docker.network.bridge.name";

impl NetworkService {
    pub async fn analyze(&self, reference: &str) -> Result<NetworkAnalysis> {
        let view = self.get(reference)?;
        super::removal::refuse_foreign(&view, "analyze")?;
        let usage = view.usage.ok_or_else(|| find::without_ipv4(&view))?;
        let peak = self.note_peak(&view).await?;
        let (recommended_subnet, kept_addresses) = self.recommended(&view).await?;
        let ports = self.published_ports(&view)?;
        let mut analysis = NetworkAnalysis {
            subnet: view
                .network
                .ipv4()
                .map(|subnet| subnet.network.to_string())
                .unwrap_or_default(),
            usable_ips: usage.usable,
            containers: view.members.len(),
            running: view.members.iter().filter(|one| one.running).count(),
            used: usage.used,
            peak,
            host: neighbors::of_link(&link(&view.network)),
            firewall: FirewallRules {
                published_ports: ports,
                estimate: PER_NETWORK + ports * PER_PORT,
            },
            oversized: view.oversized,
            recommended_subnet,
            kept_addresses,
            findings: Vec::new(),
        };
        analysis.findings = findings(&analysis);
        Ok(analysis)
    }

    /// Notes how many addresses of the networks are used, where that is more than
    /// ever. Gives how many records changed.
    pub async fn note_peaks(&self) -> Result<usize> {
        let mut changed = 0;
        for view in self.views()?.iter().filter(|view| view.oversized.is_some()) {
            let before = self.store.network_record(&view.network.name)?.peak;
            changed += usize::from(self.note_peak(view).await? != before);
        }
        Ok(changed)
    }

    async fn note_peak(&self, view: &NetworkView) -> Result<Option<UsePeak>> {
        let name = &view.network.name;
        let used = view.usage.map_or(0, |usage| usage.used);
        let _alone = self.changing.lock().await;
        let mut record = self.store.network_record(name)?;
        if record.peak.is_none_or(|peak| peak.used < used) {
            record.peak = Some(UsePeak {
                used,
                at: Timestamp::now(),
            });
            self.store
                .commit(Commit::new().put_network(name, record.clone()))
                .await?;
        }
        Ok(record.peak)
    }

    /// The subnet that it would be recreated with, and how many fixed addresses stay.
    async fn recommended(&self, view: &NetworkView) -> Result<(Option<String>, usize)> {
        if view.oversized.is_none() {
            return Ok((None, 0));
        }
        let request = NetworkMigration::default();
        match self.prepare(&view.network.id, &request).await {
            Ok(prepared) => Ok((
                Some(prepared.new.0.network.to_string()),
                prepared.kept_addresses(),
            )),
            Err(error) if error.kind == Kind::EngineUnavailable => Err(error),
            // Too small for what is on it, or not ours to move.
            Err(_) => Ok((None, 0)),
        }
    }

    fn published_ports(&self, view: &NetworkView) -> Result<usize> {
        let on_it: HashSet<&str> = view.members.iter().map(|one| one.id.as_str()).collect();
        let all = self.engine.containers()?;
        let members = all.iter().filter(|one| on_it.contains(one.id.as_str()));
        let ports = members.flat_map(|one| &one.ports);
        Ok(ports.filter(|port| port.host_port.is_some()).count())
    }
}

/// The link of a bridge network on its host.
fn link(network: &Network) -> String {
    let named = network.options.get(BRIDGE_NAME);
    named.cloned().unwrap_or_else(|| {
        let id = network.id.get(..12).unwrap_or(&network.id);
        format!("br-{id}")
    })
}

fn findings(told: &NetworkAnalysis) -> Vec<String> {
    let mut findings = Vec::new();
    let per_mille = told.used * 1000 / told.usable_ips.max(1);
    findings.push(format!(
        "{} of {} addresses are in use ({}.{} %).",
        told.used,
        told.usable_ips,
        per_mille / 10,
        per_mille % 10
    ));
    if let Some(peak) = told.peak.filter(|peak| peak.used > told.used) {
        findings.push(format!("At most {} were in use at once.", peak.used));
    }
    match &told.host {
        Some(host) => {
            findings.push(format!(
                "The host keeps {} of its {} neighbor entries for this network (at most {} in all), and {} forwarding entries: a size by itself takes none.",
                host.neighbors, host.neighbors_of_host, host.neighbor_limit, host.forwarding
            ));
            if told.usable_ips > host.neighbor_limit {
                findings.push(format!(
                    "A container that scans the whole subnet can fill the neighbor table of the host: it has room for {} entries, and the subnet has {} addresses. Other connections of the host then fail.",
                    host.neighbor_limit, told.usable_ips
                ));
            }
        }
        None => findings.push(
            "The neighbor and forwarding tables of the host cannot be read from here.".to_owned(),
        ),
    }
    findings.push(format!(
        "The engine keeps about {} firewall rules for it; the size adds none.",
        told.firewall.estimate
    ));
    let Some(oversized) = &told.oversized else {
        findings.push("Its size fits this host.".to_owned());
        return findings;
    };
    if oversized.impact >= SizeImpact::Moderate {
        findings.push(
            "Private address space that is taken here is missing elsewhere: for other networks, a VPN, or another house."
                .to_owned(),
        );
    }
    findings.push(match &told.recommended_subnet {
        Some(subnet) => format!("{subnet} has room for all of it."),
        None => "No smaller subnet can be recommended for what is on it.".to_owned(),
    });
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::network_analysis::NeighborTables;

    #[test]
    fn scan_of_a_subnet_larger_than_the_neighbor_table_is_warned_of() {
        let mut told = NetworkAnalysis {
            subnet: "10.10.0.0/16".to_owned(),
            usable_ips: 65_534,
            containers: 2,
            running: 2,
            used: 3,
            peak: None,
            oversized: None,
            host: Some(NeighborTables {
                link: "br-1".to_owned(),
                neighbors: 2,
                neighbors_of_host: 9,
                neighbor_limit: 1024,
                forwarding: 4,
            }),
            firewall: FirewallRules {
                published_ports: 1,
                estimate: 10,
            },
            recommended_subnet: None,
            kept_addresses: 0,
            findings: Vec::new(),
        };
        let is_warned = |told: &NetworkAnalysis| findings(told).concat().contains("scans");
        assert!(is_warned(&told));
        told.usable_ips = 254;
        assert!(!is_warned(&told));
    }
}
