//! What a person types. Exit codes: 0 done, 1 it did not work, 64 wrong usage
//! or configuration, 65 the database is damaged (`check-database`), 69 a port, the
//! engine or the data folder is not available.

mod arguments;
mod backup;
mod check_database;
mod doctor;
mod healthcheck;
mod install_service;
mod logging;
pub mod reset_password;
mod serve;

use crate::app;
use crate::config::Config;
use crate::model::profile::Profile;
use crate::store::{Store, StoreError, require_whole};
use arguments::{CommandLine, Subcommand};
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

pub const USAGE: u8 = 64;
pub const UNAVAILABLE: u8 = 69;

/// Version, target and commit.
pub fn version() -> String {
    format!(
        "dockermate {} ({}, commit {})",
        env!("CARGO_PKG_VERSION"),
        env!("DOCKERMATE_TARGET"),
        env!("DOCKERMATE_COMMIT")
    )
}

pub fn main() -> ExitCode {
    let parsed = match arguments::parse(lexopt::Parser::from_env()) {
        Ok(parsed) => parsed,
        Err(error) => {
            complain(&format!("{error}\nTry: dockermate --help"));
            return ExitCode::from(USAGE);
        }
    };
    let CommandLine {
        command,
        flags,
        operands,
    } = parsed;
    match command {
        Subcommand::Help => return print(&arguments::help()),
        Subcommand::Version => return print(&format!("{}\n", version())),
        _ => {}
    }
    // As another command asks for it, which has read the configuration.
    if let (Subcommand::CheckDatabase, [data_dir]) = (command, &operands[..]) {
        return ExitCode::from(check_database::run(Path::new(data_dir)));
    }
    let environment: Vec<(String, String)> = std::env::vars_os()
        .filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let config = match Config::load(flags, &environment) {
        Ok(config) => config,
        Err(error) => {
            complain(&error.to_string());
            return ExitCode::from(USAGE);
        }
    };
    let code = match command {
        Subcommand::Serve => serve::run(config),
        Subcommand::ResetPassword => reset_password::run(&config),
        Subcommand::Backup => backup::run(&config, &operands),
        Subcommand::Healthcheck => healthcheck::run(&config),
        Subcommand::CheckDatabase => check_database::run(&config.data_dir),
        Subcommand::Doctor => doctor::run(&config),
        Subcommand::InstallService => install_service::run(),
        Subcommand::Help | Subcommand::Version => 0,
    };
    ExitCode::from(code)
}

/// The database, beside the appliance if that runs, once it is known to be whole.
fn open_database(config: &Config, profile: &Profile) -> Result<Store, StoreError> {
    require_whole(&config.data_dir)?;
    Store::open_beside(&config.data_dir, app::sizes(profile))
}

/// A closed pipe (`dockermate --help | head`) is not an error.
fn print(text: &str) -> ExitCode {
    let _ = std::io::stdout().write_all(text.as_bytes());
    ExitCode::SUCCESS
}

/// A plain sentence on standard error.
fn complain(text: &str) {
    let _ = writeln!(std::io::stderr(), "dockermate: {text}");
}

/// One line on standard output.
fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}
