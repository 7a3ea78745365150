//! The host itself: what it has and how busy it is.

use super::timestamp::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// One look at how busy the host is.
#[derive(Debug, Clone, Default, Serialize, PartialEq, ToSchema)]
pub struct HostSample {
    pub at: Timestamp,
    /// 0 to 100, all cores together.
    pub cpu_percent: f32,
    pub memory_used_bytes: u64,
    pub memory_total_bytes: u64,
    pub swap_used_bytes: u64,
    pub swap_total_bytes: u64,
    /// Of the file system that holds the engine's data, else our data folder.
    pub disk_used_bytes: u64,
    pub disk_total_bytes: u64,
    pub disk_path: String,
    /// Hottest sensor of the processor; absent where there is none.
    pub temperature_celsius: Option<f32>,
    pub load_1m: f64,
    pub uptime_s: u64,
}
