//! Networks that are larger than this host has a use for. Pure.

use super::sizing::{self, LARGEST};
use crate::model::network::{Network, Oversized, SizeImpact};
use crate::model::network_record::{NetworkRecord, SizeDismissal};
use crate::model::network_size::{NetworkSize, SizeFit};
use crate::model::profile::Profile;
use crate::model::timestamp::Timestamp;
use ipnetwork::IpNetwork;

/// How many doublings beyond the hardware's limit are moderate: a /24 to a /21 where
/// a /25 is the limit.
const MODERATE: u8 = 4;

/// What a network's size is judged by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Judged {
    pub profile: &'static Profile,
    /// A maintenance window is open.
    pub is_window_open: bool,
}

impl Judged {
    pub fn oversized(self, network: &Network, record: Option<&NetworkRecord>) -> Option<Oversized> {
        let dismissal = record.and_then(|record| record.dismissal);
        let in_effect =
            |one: &SizeDismissal| one.is_in_effect(Timestamp::now(), self.is_window_open);
        oversized(network, self.profile).map(|told| Oversized {
            dismissed: dismissal.filter(in_effect),
            ..told
        })
    }
}

/// None for those whose size is not ours to choose: the engine's own, a swarm's, and
/// those that share a network of the house.
fn oversized(network: &Network, profile: &Profile) -> Option<Oversized> {
    if network.is_predefined() || network.scope == "swarm" || network.driver != "bridge" {
        return None;
    }
    of_subnet(network.ipv4()?.network, profile)
}

/// The same for a subnet that is only wanted.
pub(super) fn of_subnet(subnet: IpNetwork, profile: &Profile) -> Option<Oversized> {
    // A host that knows no limit has a use for any size.
    let most = profile.max_containers?;
    let prefix = subnet.prefix();
    let enough = sizing::enough(profile);
    if !subnet.is_ipv4() || prefix >= enough {
        return None;
    }
    let limit = profile.network_prefix_min;
    let impact = if prefix >= limit {
        SizeImpact::Low
    } else if prefix + MODERATE >= limit {
        SizeImpact::Moderate
    } else {
        SizeImpact::High
    };
    // The largest has more addresses than any host has containers.
    let usable = u64::from(NetworkSize::of(prefix.max(LARGEST), SizeFit::Fits).usable_ips);
    let unused = usable.saturating_sub(u64::from(most)) * 100 / usable;
    Some(Oversized {
        impact,
        unused_percent: u8::try_from(unused).unwrap_or(100),
        max_containers: Some(most),
        recommended: NetworkSize::of(enough, SizeFit::Recommended),
        dismissed: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::profile::ProfileName;

    #[test]
    fn a_24_on_a_raspberry_pi_wastes_94_percent_with_moderate_impact() {
        let pi = ProfileName::RaspberryPi.profile();
        let of = |subnet: &str| of_subnet(subnet.parse().unwrap(), pi);
        let told = of("10.10.0.0/24").unwrap();
        assert_eq!(told.unused_percent, 94);
        assert_eq!(told.impact, SizeImpact::Moderate);
        assert_eq!(told.recommended.cidr, "/27");
        assert_eq!(of("10.10.0.0/26").unwrap().impact, SizeImpact::Low);
        assert_eq!(of("10.10.0.0/16").unwrap().impact, SizeImpact::High);
        assert_eq!(of("10.0.0.0/8").unwrap().impact, SizeImpact::High);
        assert!(of("10.10.0.0/27").is_none());
        assert!(of("fd00::/64").is_none());
        let large = ProfileName::Enterprise.profile();
        assert!(of_subnet("10.10.0.0/16".parse().unwrap(), large).is_none());
    }
}
