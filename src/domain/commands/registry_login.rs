//! `docker login`, with the secret on its input and never in its text.

use super::quote::quote;
use super::script::{FAIL, begin, finish};
use super::writer::CommandWriter;
use crate::model::command::{Command, Commands};
use crate::model::reference::DOCKER_HUB;

/// Who logs in where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryLoginCommand {
    pub registry: String,
    pub username: String,
}

const LOGS_IN: &str = "Checks the login at the registry and stores it in config.json, which DockerMate reads too. A login saved in DockerMate comes first.";
const USER: &str = "The user name.";
const INPUT: &str = "Reads the password or token from the input: type it, press Enter, then Ctrl-D. So it is in no command line and no history.";

/// What logs in at a registry.
pub fn registry_login(login: &RegistryLoginCommand, endpoint: Option<&str>) -> Commands {
    let endpoint = endpoint.filter(|endpoint| !endpoint.is_empty());
    let short = |user: &str| {
        let mut text = CommandWriter::default();
        text.docker(endpoint);
        text.flag("login", LOGS_IN);
        text.flag(user, USER);
        text.word(&quote(&login.username));
        text.flag("--password-stdin", INPUT);
        if let Some(server) = server(login) {
            text.word(&quote(server));
        }
        text.finish()
    };
    Commands {
        simple: short("-u"),
        intermediate: short("--username"),
        advanced: script(login, endpoint),
    }
}

/// Docker Hub is the one that is meant where none is named.
fn server(login: &RegistryLoginCommand) -> Option<&str> {
    (login.registry != DOCKER_HUB).then_some(&*login.registry)
}

/// In a shell of its own, so that a pasted script is read to its end before it
/// asks for the secret: `read` would take the next line of it otherwise.
fn script(login: &RegistryLoginCommand, endpoint: Option<&str>) -> Command {
    let title = format!("Logs in at {}", login.registry);
    let mut text = begin(&title, &[], endpoint);
    text.raw(&format!("username={}\n", quote(&login.username)));
    if let Some(server) = server(login) {
        text.raw(&format!("registry={}\n", quote(server)));
    }
    text.raw(FAIL);
    text.raw(
        "\nprintf 'Password or token: ' >&2\n\
         trap 'stty echo 2>/dev/null || true' EXIT\n\
         trap 'exit 130' INT\n",
    );
    text.part("stty -echo", "Hides the input.");
    text.raw(
        " 2>/dev/null || true\n\
         IFS= read -r secret\n\
         stty echo 2>/dev/null || true\n\
         printf '\\n' >&2\n\n\
         printf '%s' \"$secret\" | ",
    );
    text.part("docker login", LOGS_IN);
    text.flag("--username", USER);
    text.raw(" \"$username\"");
    text.flag("--password-stdin", "Reads the secret from the input.");
    if server(login).is_some() {
        text.raw(" \"$registry\"");
    }
    text.raw(" ||\n  fail 'The registry did not accept the login.'\n");
    finish(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(registry: &str, username: &str) -> RegistryLoginCommand {
        RegistryLoginCommand {
            registry: registry.to_owned(),
            username: username.to_owned(),
        }
    }

    #[test]
    fn login_command_names_user_and_registry_quoted_and_docker_hub_not_at_all() {
        let commands = registry_login(&login("nas:5000", "it's me"), None);
        assert_eq!(
            commands.simple.text,
            "docker login -u 'it'\\''s me' --password-stdin nas:5000"
        );
        let hub = registry_login(&login("docker.io", "me"), Some("unix:///x"));
        assert_eq!(
            hub.intermediate.text,
            "docker -H unix:///x login --username me --password-stdin"
        );
        assert!(
            !hub.advanced.text.contains("$registry"),
            "{}",
            hub.advanced.text
        );
        for command in [&hub.simple, &commands.intermediate, &hub.advanced] {
            let mut from = 0;
            for part in command.explain.iter().filter(|part| part.part != "( … )") {
                let at = command.text[from..].find(&part.part);
                from += at.unwrap_or_else(|| panic!("{:?}: {}", part.part, command.text));
            }
        }
    }
}
