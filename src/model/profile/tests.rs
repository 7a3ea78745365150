//! The rows that the design gives, and what must hold for every row.

use super::view::spell;
use super::*;
use LimitLevel::{Approaching, AtLimit, Blocked, Fine};

fn levels(name: ProfileName, range: std::ops::RangeInclusive<u32>) -> Vec<LimitLevel> {
    let limits = name.profile().limits().unwrap();
    let mut found: Vec<_> = range.map(|count| limits.level(count)).collect();
    found.dedup();
    found
}

#[test]
fn raspberry_pi_warns_from_12_and_blocks_above_15_containers() {
    let pi = ProfileName::RaspberryPi;
    assert_eq!(levels(pi, 0..=11), [Fine]);
    assert_eq!(levels(pi, 12..=14), [Approaching]);
    assert_eq!(levels(pi, 15..=15), [AtLimit]);
    assert_eq!(levels(pi, 16..=60), [Blocked]);
}

#[test]
fn medium_server_warns_from_38_and_blocks_above_50_containers() {
    let medium = ProfileName::MediumServer;
    assert_eq!(levels(medium, 0..=37), [Fine]);
    assert_eq!(levels(medium, 38..=45), [Approaching]);
    assert_eq!(levels(medium, 46..=50), [AtLimit]);
    assert_eq!(levels(medium, 51..=99), [Blocked]);
}

proptest::proptest! {
    #[test]
    fn every_container_limit_warns_before_it_blocks(max in 1_u32..100_000) {
        let limits = ContainerLimits::of(max);
        proptest::prop_assert!(limits.approaching_from <= limits.at_limit_from);
        proptest::prop_assert!(limits.at_limit_from <= limits.max);
        proptest::prop_assert_eq!(limits.level(max), AtLimit);
        proptest::prop_assert_eq!(limits.level(max + 1), Blocked);
    }
}

#[test]
fn profiles_have_their_specified_intervals_and_features() {
    let pi = ProfileName::RaspberryPi.profile();
    assert_eq!(pi.update_check_interval.as_secs(), 12 * 3600);
    assert_eq!(pi.network_prefix_min, 25);
    assert!(!pi.continuous_monitoring && !pi.auto_update);
    assert_eq!(pi.log_analysis, LogAnalysis::Off);
    let medium = ProfileName::MediumServer.profile();
    assert_eq!(medium.update_check_interval.as_secs(), 6 * 3600);
    assert_eq!(medium.network_prefix_min, 24);
    assert!(medium.continuous_monitoring && medium.auto_update);
    assert_eq!(medium.log_analysis, LogAnalysis::OnDemand);
    assert_eq!(
        ProfileName::HighEnd.profile().update_check_interval,
        Duration::from_hours(3)
    );
    let health: Vec<_> = ProfileName::ALL
        .map(|name| name.profile().health_check_interval.as_secs() / 60)
        .to_vec();
    assert_eq!(health, [15, 10, 5, 2, 1]);
}

#[test]
fn profile_names_map_to_their_profile_and_are_parsed_back() {
    for name in ProfileName::ALL {
        assert_eq!(name.profile().name, name);
        assert_eq!(ProfileName::parse(name.as_str()), Some(name));
        let loose = name.as_str().to_lowercase().replace('_', "-");
        assert_eq!(ProfileName::parse(&loose), Some(name));
        assert_eq!(
            serde_json::to_string(&name).unwrap(),
            format!("\"{}\"", name.as_str())
        );
    }
    assert_eq!(ProfileName::parse("PI"), None);
}

#[test]
fn largest_network_holds_four_addresses_per_container_plus_twenty_percent() {
    for profile in &PROFILES {
        let Some(max) = profile.max_containers else {
            continue;
        };
        let needed = u64::from(max) * 4 * 12 / 10;
        let usable = |prefix: u8| (1_u64 << (32 - u32::from(prefix))) - 2;
        assert!(usable(profile.network_prefix_min) >= needed);
        assert!(usable(profile.network_prefix_min + 1) < needed);
    }
}

#[test]
fn larger_profile_never_has_lower_limits_or_longer_intervals() {
    for pair in PROFILES.windows(2) {
        let (small, big) = (&pair[0], &pair[1]);
        assert!(small.max_containers.unwrap_or(u32::MAX) < big.max_containers.unwrap_or(u32::MAX));
        assert!(small.update_check_interval > big.update_check_interval);
        assert!(small.health_check_interval > big.health_check_interval);
        assert!(small.network_prefix_min >= big.network_prefix_min);
        assert!(small.max_connections < big.max_connections);
        assert!(small.map_size_bytes < big.map_size_bytes);
        assert!(small.hash_cost.memory_bytes() <= big.hash_cost.memory_bytes());
    }
}

#[test]
fn password_hashing_uses_32_mib_on_raspberry_pi_and_128_mib_on_enterprise() {
    let pi = ProfileName::RaspberryPi.profile();
    assert_eq!(pi.hash_cost.memory_bytes(), 32 * 1024 * 1024);
    assert_eq!(
        ProfileName::Enterprise.profile().hash_cost.memory_bytes(),
        128 << 20
    );
}

#[test]
fn worker_threads_are_limited_by_cores_and_by_the_profile() {
    let pi = ProfileName::RaspberryPi.profile();
    assert_eq!(pi.worker_threads(4).get(), 2);
    assert_eq!(pi.worker_threads(1).get(), 1);
    assert_eq!(pi.worker_threads(0).get(), 1);
}

#[test]
fn intervals_and_limits_are_formatted_as_text() {
    assert_eq!(spell(Duration::from_hours(12)), "12 hours");
    assert_eq!(spell(Duration::from_mins(1)), "1 minute");
    assert_eq!(spell(Duration::from_mins(90)), "90 minutes");
    let values = table_values(ProfileName::Enterprise.profile());
    assert_eq!(values[0].value, "no limit");
    assert_eq!(values[6].value, "/16 (65534 addresses)");
}

#[test]
fn minutes_are_multiples_of_the_history_interval_and_histories_are_bounded() {
    for profile in &PROFILES {
        let seconds = profile.history_interval.as_secs();
        assert!(seconds >= 10 && 60 % seconds == 0, "{}", profile.name);
        let max = profile.max_containers.unwrap_or(1000) as usize;
        assert_eq!(profile.most_histories(), max * 2, "{}", profile.name);
    }
    let pi = ProfileName::RaspberryPi.profile();
    assert_eq!(pi.history_interval.as_secs(), 30);
}
