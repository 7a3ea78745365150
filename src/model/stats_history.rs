//! How busy a container was: the figures of a span, and the last ones of all.

use super::timestamp::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// How far back.
#[derive(Debug, Clone, Copy, Serialize, PartialEq, Eq, ToSchema)]
pub enum HistorySpan {
    #[serde(rename = "5m")]
    FiveMinutes,
    #[serde(rename = "1h")]
    Hour,
    #[serde(rename = "24h")]
    Day,
}

impl HistorySpan {
    pub const WORDS: [&str; 3] = ["5m", "1h", "24h"];

    /// The one of a word; the shortest for any other.
    pub fn of(word: &str) -> Self {
        match word {
            "1h" => Self::Hour,
            "24h" => Self::Day,
            _ => Self::FiveMinutes,
        }
    }
}

/// The figures of a container over a span, from memory: they begin with the
/// program, and are lost with it.
#[derive(Debug, Clone, Serialize, PartialEq, ToSchema)]
pub struct StatsHistory {
    pub span: HistorySpan,
    /// Each point is about this long a time.
    pub interval_seconds: u64,
    /// When the time of the first point begins, by the clock of now.
    pub from: Timestamp,
    /// Means over the time of a point. Every column is as long as the span, oldest
    /// first; `null` where nothing was measured.
    pub points: HistoryColumns,
    /// The highest within a point, measured each 10 seconds (on a Raspberry Pi 30; by
    /// an engine each 5 minutes, or as long as somebody looks each 10 seconds);
    /// `null` for `5m`, whose points are the measurements.
    pub peaks: Option<HistoryColumns>,
    /// Its own limit; `null` when there is none, or the engine does not answer.
    pub memory_limit_bytes: Option<u64>,
    /// Its own limit in cores: 1.5 is one and a half; `null` as above.
    pub cpu_limit: Option<f64>,
}

/// Figures as in a sample, within 0.1 %.
#[derive(Debug, Clone, Default, Serialize, PartialEq, ToSchema)]
pub struct HistoryColumns {
    /// Of one core: four busy cores are 400.
    pub cpu_percent: Vec<Option<f64>>,
    pub memory_used_bytes: Vec<Option<u64>>,
    pub network_rx_per_s: Vec<Option<u64>>,
    pub network_tx_per_s: Vec<Option<u64>>,
    pub block_read_per_s: Vec<Option<u64>>,
    pub block_write_per_s: Vec<Option<u64>>,
    /// Processes and threads.
    pub pids: Vec<Option<u64>>,
}

/// The last figures of everything that runs: the first event (`history`) of the
/// live figures.
#[derive(Debug, Clone, Serialize, PartialEq, ToSchema)]
pub struct RecentStats {
    pub interval_seconds: u64,
    /// When the time of the last point ends, by the clock of now.
    pub until: Timestamp,
    pub items: Vec<RecentUsage>,
}

/// Oldest first; `null` where nothing was measured.
#[derive(Debug, Clone, Serialize, PartialEq, ToSchema)]
pub struct RecentUsage {
    pub id: String,
    pub cpu_percent: Vec<Option<f64>>,
    pub memory_used_bytes: Vec<Option<u64>>,
}
