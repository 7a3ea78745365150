//! `docker exec`: a command in a container that runs.
//!
//! Invariant: the words of the command reach the container as they were given;
//! none is read by the shell that the line is pasted into.

use super::container::{Line, explanation};
use super::quote::quote;
use crate::model::command::{Command, Explanation};
use std::collections::BTreeMap;
use std::fmt::Write as _;

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

const RUNS: &str = "Runs a second program in a container that runs already.";
const INTERACTIVE: &str =
    "-i hands your keyboard to it, -t gives it a terminal: for a shell you need both.";
const STDIN: &str = "Hands it what is piped in.";
const USER: &str = "The user it runs as inside the container.";
const WORKDIR: &str = "The folder it begins in.";
const ENV: &str = "Sets a variable for this command only.";
const PRIVILEGED: &str = "Gives it every right on the host's devices: nothing keeps it inside.";

impl ExecLine {
    /// A shell at the keyboard.
    pub fn shell() -> Self {
        Self {
            command: vec!["sh".to_owned()],
            interactive: true,
            ..Self::default()
        }
    }

    /// The flags, by their short or their long names.
    fn flags(&self, line: Line, long: bool) -> Line {
        let pick = |short: &'static str, full: &'static str| if long { full } else { short };
        let mut line = line;
        if self.interactive {
            line = line.part(pick("-it", "--interactive --tty"), INTERACTIVE);
        } else if self.stdin.is_some() {
            line = line.part(pick("-i", "--interactive"), STDIN);
        }
        if let Some(user) = &self.user {
            line = line.part(&format!("{} {}", pick("-u", "--user"), quote(user)), USER);
        }
        if let Some(folder) = &self.workdir {
            let flag = pick("-w", "--workdir");
            line = line.part(&format!("{flag} {}", quote(folder)), WORKDIR);
        }
        for (name, value) in &self.env {
            let pair = format!("{name}={value}");
            line = line.part(&format!("{} {}", pick("-e", "--env"), quote(&pair)), ENV);
        }
        line.flag_if(self.privileged, "--privileged", PRIVILEGED)
    }

    fn words(&self, mut line: Line) -> Line {
        for word in &self.command {
            line = line.word(&quote(word));
        }
        line
    }

    /// Puts what it reads in front.
    fn piped(&self, command: Command) -> Command {
        let Some(stdin) = &self.stdin else {
            return command;
        };
        let mut explain = vec![explanation(
            "printf %s",
            "Writes the text, and nothing else, into the pipe.",
        )];
        explain.extend(command.explain);
        Command {
            text: format!("printf %s {} | {}", quote(stdin), command.text),
            explain,
        }
    }
}

pub(super) fn simple(exec: &ExecLine, line: Line, name: &str) -> Command {
    let line = exec.flags(line.part("exec", RUNS), false).target(name);
    exec.piped(exec.words(line).done())
}

pub(super) fn intermediate(exec: &ExecLine, line: Line, name: &str) -> Command {
    let line = exec.flags(line.part("exec", RUNS), true).target(name);
    exec.piped(exec.words(line).done())
}

/// The middle of the script; `$name` and `$before` are set.
pub(super) fn body(text: &mut String, explain: &mut Vec<Explanation>, exec: &ExecLine) {
    text.push_str("[ \"$before\" = running ] || fail \"$name is $before; a command needs a running container.\"\n\n");
    let flags = exec.flags(Line::default(), true).done();
    let words = exec.words(Line::default()).done().text;
    let space = if flags.text.is_empty() { "" } else { " " };
    let run = exec.piped(Command {
        text: format!(
            "docker container exec{space}{} -- \"$name\" {words}",
            flags.text
        ),
        explain: flags.explain,
    });
    if exec.interactive {
        let _ = writeln!(text, "{}", run.text);
    } else {
        let _ = write!(
            text,
            "code=0\n{} || code=$?\n\n\
             case $code in\n  0) ;;\n  126|127) fail 'The container has no such program, or it cannot be run.' ;;\n  *) fail \"The command ended with exit code $code.\" ;;\nesac\n",
            run.text
        );
        explain.push(explanation(
            "code=$?",
            "Keeps the exit code of the command, which docker passes on.",
        ));
    }
    explain.extend(run.explain);
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
    fn every_part_is_one_word() {
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
    fn a_shell_is_what_people_type() {
        let commands = container(&ContainerAction::Exec(ExecLine::shell()), "web", None);
        assert_eq!(commands.simple.text, "docker exec -it web sh");
        assert_eq!(
            commands.intermediate.text,
            "docker container exec --interactive --tty web sh"
        );
    }
}
