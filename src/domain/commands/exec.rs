//! `docker exec`: a command in a container that runs.
//!
//! Invariant: the words of the command reach the container as they were given;
//! none is read by the shell that the line is pasted into.

use super::quote::quote;
use super::writer::CommandWriter;
use crate::model::command::Command;
use std::collections::BTreeMap;

/// What to run, and how.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExecLine {
    /// Program and arguments.
    pub command: Vec<String>,
    pub user: Option<String>,
    pub workdir: Option<String>,
    pub env: BTreeMap<String, String>,
    /// Keyboard and screen are the container's (`-it`).
    pub interactive: bool,
    /// Given to it as its input.
    pub stdin: Option<String>,
    pub privileged: bool,
}

/// How flags are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FlagNames {
    Short,
    Long,
}

const SELECTS: &str = "Selects containers, so that an image of the same name is not meant.";
const RUNS: &str = "Runs an additional command in a running container.";
const INTERACTIVE: &str =
    "-i keeps its standard input open, -t allocates a terminal: a shell needs both.";
const PRINTS: &str = "Writes exactly this text to the pipe.";
const STDIN: &str = "Passes the piped text to its standard input.";
const USER: &str = "The user it runs as inside the container.";
const WORKDIR: &str = "The folder it starts in.";
const ENV: &str = "Sets a variable for this command only.";
const PRIVILEGED: &str =
    "Gives it full access to the host and its devices: it is no longer isolated.";

impl ExecLine {
    /// A shell at the keyboard.
    pub fn shell() -> Self {
        Self {
            command: vec!["sh".to_owned()],
            interactive: true,
            ..Self::default()
        }
    }

    /// `docker exec` with this, in the container `name`.
    pub(super) fn command(&self, name: &str, endpoint: Option<&str>, names: FlagNames) -> Command {
        let mut text = CommandWriter::default();
        self.pipe(&mut text);
        text.docker(endpoint);
        if names == FlagNames::Long {
            text.flag("container", SELECTS);
        }
        text.flag("exec", RUNS);
        self.flags(&mut text, names);
        text.targets(&[name]);
        self.words(&mut text);
        text.finish()
    }

    /// The middle of the script; `$name` and `$before` are set.
    pub(super) fn script_body(&self, text: &mut CommandWriter) {
        text.raw("[ \"$before\" = running ] || fail \"$name is $before; a command needs a running container.\"\n\n");
        if !self.interactive {
            text.raw("code=0\n");
        }
        self.pipe(text);
        text.raw("docker container ");
        text.part("exec", RUNS);
        self.flags(text, FlagNames::Long);
        text.raw(" -- \"$name\"");
        self.words(text);
        if self.interactive {
            text.raw("\n");
            return;
        }
        text.raw(" || ");
        text.part(
            "code=$?",
            "Stores the exit code of the command, which docker returns.",
        );
        text.raw(
            "\n\ncase $code in\n  0) ;;\n  126|127) fail 'The container has no such program, or it cannot be run.' ;;\n  \
             *) fail \"The command ended with exit code $code.\" ;;\nesac\n",
        );
    }

    /// Puts what it reads in front.
    fn pipe(&self, text: &mut CommandWriter) {
        if let Some(stdin) = &self.stdin {
            text.part("printf %s", PRINTS);
            text.raw(&format!(" {} | ", quote(stdin)));
        }
    }

    fn flags(&self, text: &mut CommandWriter, names: FlagNames) {
        let pick = |short: &'static str, long: &'static str| match names {
            FlagNames::Short => short,
            FlagNames::Long => long,
        };
        if self.interactive {
            text.flag(pick("-it", "--interactive --tty"), INTERACTIVE);
        } else if self.stdin.is_some() {
            text.flag(pick("-i", "--interactive"), STDIN);
        }
        if let Some(user) = &self.user {
            text.flag(&format!("{} {}", pick("-u", "--user"), quote(user)), USER);
        }
        if let Some(folder) = &self.workdir {
            let flag = pick("-w", "--workdir");
            text.flag(&format!("{flag} {}", quote(folder)), WORKDIR);
        }
        for (name, value) in &self.env {
            let pair = format!("{name}={value}");
            text.flag(&format!("{} {}", pick("-e", "--env"), quote(&pair)), ENV);
        }
        if self.privileged {
            text.flag("--privileged", PRIVILEGED);
        }
    }

    fn words(&self, text: &mut CommandWriter) {
        for word in &self.command {
            text.word(&quote(word));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::container::{ContainerAction, container};
    use super::*;

    fn full() -> ExecLine {
        ExecLine {
            command: vec!["sh".into(), "-c".into(), "echo $HOME; id".into()],
            user: Some("1000:1000".into()),
            workdir: Some("/data dir".into()),
            env: [("A".to_owned(), "b c".to_owned())].into(),
            stdin: Some("it's\n".into()),
            ..ExecLine::default()
        }
    }

    #[test]
    fn exec_values_with_special_characters_are_quoted_as_one_word_each() {
        let commands = container(&ContainerAction::Exec(full()), "web", None);
        assert_eq!(
            commands.simple.text,
            "printf %s 'it'\\''s\n' | docker exec -i -u 1000:1000 -w '/data dir' -e 'A=b c' web sh -c 'echo $HOME; id'"
        );
        assert!(
            commands
                .advanced
                .text
                .contains("docker container exec --interactive --user 1000:1000")
        );
    }

    #[test]
    fn interactive_shell_is_written_as_docker_exec_it() {
        let commands = container(&ContainerAction::Exec(ExecLine::shell()), "web", None);
        assert_eq!(commands.simple.text, "docker exec -it web sh");
        assert_eq!(
            commands.intermediate.text,
            "docker container exec --interactive --tty web sh"
        );
    }
}
