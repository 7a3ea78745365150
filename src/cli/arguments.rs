//! From argv to a command and the settings on its line.

use crate::config::{SETTINGS, Takes, help as settings_help};
use lexopt::{Arg, ValueExt as _};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subcommand {
    Serve,
    ResetPassword,
    Backup,
    Healthcheck,
    CheckDatabase,
    Doctor,
    InstallService,
    Help,
    Version,
}

const COMMANDS: &[(&str, Subcommand, &str)] = &[
    ("serve", Subcommand::Serve, "Run the server (the default)"),
    (
        "reset-password",
        Subcommand::ResetPassword,
        "Set a temporary password and end every session",
    ),
    (
        "backup",
        Subcommand::Backup,
        "Copy the database to FILE, also while it is in use",
    ),
    (
        "check-database",
        Subcommand::CheckDatabase,
        "Read the whole database, as each start does",
    ),
    (
        "doctor",
        Subcommand::Doctor,
        "Check engine, ports, disk and clock",
    ),
    (
        "healthcheck",
        Subcommand::Healthcheck,
        "Check whether the running server responds",
    ),
    (
        "install-service",
        Subcommand::InstallService,
        "Write and enable the systemd unit",
    ),
];

#[derive(Debug)]
pub struct CommandLine {
    pub command: Subcommand,
    pub flags: Vec<(&'static str, String)>,
    pub operands: Vec<String>,
}

pub fn parse(mut parser: lexopt::Parser) -> Result<CommandLine, lexopt::Error> {
    let mut command = None;
    let mut flags = Vec::new();
    let mut operands = Vec::new();
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Short('h') | Arg::Long("help") => command = Some(Subcommand::Help),
            Arg::Short('V') | Arg::Long("version") => command = Some(Subcommand::Version),
            Arg::Long(name) => {
                let found = SETTINGS.iter().find(|setting| setting.name == name);
                let Some(setting) = found else {
                    return Err(argument.unexpected());
                };
                let value = match setting.takes {
                    Takes::Switch => parser
                        .optional_value()
                        .map_or(Ok("true".to_owned()), lexopt::ValueExt::string)?,
                    Takes::One(_) | Takes::Many(_) => parser.value()?.string()?,
                };
                flags.push((setting.name, value));
            }
            Arg::Value(value) if command.is_none() => {
                let word = value.string()?;
                let found = COMMANDS.iter().find(|(name, ..)| *name == word);
                command = Some(match (word.as_str(), found) {
                    (_, Some((_, command, _))) => *command,
                    ("help", None) => Subcommand::Help,
                    ("version", None) => Subcommand::Version,
                    (_, None) => return Err(format!("unknown command {word:?}").into()),
                });
            }
            Arg::Value(value) if command == Some(Subcommand::Backup) => {
                operands.push(value.string()?);
            }
            // The data folder; in place of every setting.
            Arg::Value(value)
                if command == Some(Subcommand::CheckDatabase) && operands.is_empty() =>
            {
                operands.push(value.string()?);
            }
            other => return Err(other.unexpected()),
        }
    }
    Ok(CommandLine {
        command: command.unwrap_or(Subcommand::Serve),
        flags,
        operands,
    })
}

pub fn help() -> String {
    let commands: String = COMMANDS
        .iter()
        .map(|(name, _, about)| format!("  {name:<16} {about}\n"))
        .collect();
    format!(
        "DockerMate: a Docker appliance in one binary.\n\n\
         Usage: dockermate [COMMAND] [OPTIONS]\n\n\
         Commands:\n{commands}\n\
         Options (flags override environment variables, which override <data-dir>/config.toml):\n{}\
         \x20 -h, --help                     Show this\n\
         \x20 -V, --version                  Show version, target and commit\n",
        settings_help()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &[&str]) -> Result<CommandLine, lexopt::Error> {
        parse(lexopt::Parser::from_args(line))
    }

    #[test]
    fn command_line_is_parsed_and_invalid_arguments_are_rejected() {
        let found = parsed(&["serve", "--port", "5001", "--no-mdns", "--extra-port=443"]).unwrap();
        assert_eq!(found.command, Subcommand::Serve);
        assert_eq!(
            found.flags,
            [
                ("port", "5001".to_owned()),
                ("no-mdns", "true".to_owned()),
                ("extra-port", "443".to_owned()),
            ]
        );
        assert_eq!(parsed(&[]).unwrap().command, Subcommand::Serve);
        assert_eq!(parsed(&["--version"]).unwrap().command, Subcommand::Version);
        assert_eq!(parsed(&["backup", "x.mdb"]).unwrap().operands, ["x.mdb"]);
        for bad in [
            vec!["--prot", "1"],
            vec!["fly"],
            vec!["serve", "x"],
            vec!["--port"],
        ] {
            assert!(parsed(&bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn readme_documents_every_setting_and_command() {
        let text = include_str!("../../README.md");
        for setting in SETTINGS {
            assert!(text.contains(&setting.variable()), "{}", setting.name);
            assert!(text.contains(setting.default), "{}", setting.default);
        }
        for (name, ..) in COMMANDS {
            assert!(
                text.contains(&format!("dockermate {name}")) || *name == "serve",
                "{name}"
            );
        }
    }

    #[test]
    fn help_names_every_setting() {
        let text = help();
        for setting in SETTINGS {
            assert!(
                text.contains(&format!("--{}", setting.name)),
                "{}",
                setting.name
            );
            assert!(text.contains(&setting.variable()), "{}", setting.name);
        }
    }
}
