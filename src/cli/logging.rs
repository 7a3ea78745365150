//! Logs go to standard error: text on a terminal, JSON under systemd.

use crate::config::{Config, LogFormat};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, fmt};

pub fn start(config: &Config) {
    // Other people's debug lines are not what a person asks for with --log-level debug, and
    // what they warn of may be a line for each few bytes that a client sends.
    let others = config.log_level.min(tracing::Level::ERROR);
    let filter = Targets::new()
        .with_default(others)
        .with_target("dockermate", config.log_level);
    let registry = tracing_subscriber::registry();
    let outcome = match config.log_format {
        LogFormat::Json => registry
            .with(
                fmt::layer()
                    .json()
                    .flatten_event(true)
                    .with_writer(std::io::stderr)
                    .with_filter(filter),
            )
            .try_init(),
        LogFormat::Text => registry
            .with(
                fmt::layer()
                    .with_ansi(false)
                    .with_target(false)
                    .with_writer(std::io::stderr)
                    .with_filter(filter),
            )
            .try_init(),
    };
    // Only a second start in one process (a test) fails here.
    let _ = outcome;
}
