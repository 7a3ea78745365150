//! `dockermate serve`

use super::{UNAVAILABLE, complain, logging};
use crate::app::{self, StartError};
use crate::config::Config;
use crate::host::hardware::Hardware;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

pub fn run(config: Config) -> u8 {
    logging::start(&config);
    for name in &config.unknown_environment {
        tracing::warn!(
            name,
            "this variable is not a setting; see dockermate --help"
        );
    }
    // The only provider there is; a second call in one process changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    raise_file_limit();
    let hardware = Hardware::detect();
    let profile = hardware.profile(config.profile);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(profile.worker_threads(hardware.facts.cpu_cores.value).get())
        .thread_stack_size(1024 * 1024)
        // Threads that blocked for a file or a hash are given back soon.
        .thread_keep_alive(std::time::Duration::from_secs(5))
        .max_blocking_threads(32)
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            complain(&format!("threads cannot be started: {error}"));
            return UNAVAILABLE;
        }
    };
    let outcome = runtime.block_on(app::run(config, hardware));
    // What is left after the grace time must not hold the process.
    runtime.shutdown_timeout(std::time::Duration::from_millis(200));
    match outcome {
        Ok(()) => 0,
        Err(error) => {
            complain(&plain(&error));
            UNAVAILABLE
        }
    }
}

fn plain(error: &StartError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text} ({cause_text})");
        }
        source = cause.source();
    }
    text
}

/// Each connection is a file; the usual 1,024 are few for a page that is left
/// open on every device of a house.
fn raise_file_limit() {
    let now = getrlimit(Resource::Nofile);
    let wanted = now.maximum.map_or(65_536, |most| most.min(65_536));
    let limit = Rlimit {
        current: Some(wanted),
        maximum: now.maximum,
    };
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::debug!(%error, "the limit of open files could not be raised");
    }
}
