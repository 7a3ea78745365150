//! What a command of the text is about: creating a container, something that
//! belongs to one that was made above, or something else.

use super::shell::Word;

/// What a command does, and the words that say so.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Statement<'w> {
    /// `docker run`, `docker create`: the words after it.
    Make { start: bool, words: &'w [Word] },
    /// `docker network connect`.
    Connect(&'w [Word]),
    /// `docker start`.
    Start(&'w [Word]),
    /// Not about a container; what it is, if it deserves a word.
    Other(Option<&'static str>),
}

/// A command without what stands before it.
#[derive(Debug)]
pub(super) struct Program<'w> {
    /// `NAME=value` in front, or alone.
    pub assignments: Vec<(&'w str, &'w str, &'w Word)>,
    /// They are seen by the programs that follow (`export`).
    pub export: bool,
    /// Flags of the client that name another engine.
    pub elsewhere: Option<&'w Word>,
    pub statement: Statement<'w>,
}

const CLIENTS: [&str; 3] = ["docker", "podman", "nerdctl"];
const KEYWORDS: [&str; 14] = [
    "if", "then", "else", "elif", "while", "until", "do", "!", "{", "time", "exec", "command",
    "nohup", "winpty",
];
/// Words of scripts that say nothing about containers.
const SILENT: [&str; 40] = [
    "fi",
    "done",
    "esac",
    "case",
    "for",
    "in",
    "}",
    "set",
    "echo",
    "printf",
    "exit",
    "return",
    "true",
    "false",
    ":",
    "test",
    "[",
    "[[",
    "trap",
    "shift",
    "sleep",
    "wait",
    "local",
    "unset",
    "break",
    "continue",
    "umask",
    "fail",
    "state",
    "read",
    "clear",
    "cls",
    "REM",
    "rem",
    "::",
    "@echo",
    "Write-Host",
    "ls",
    "function",
    "pwd",
];
/// Flags of the clients that take the next word with them.
const GLOBAL_VALUES: [&str; 26] = [
    "-H",
    "--host",
    "-c",
    "--context",
    "--config",
    "-l",
    "--log-level",
    "--tlscacert",
    "--tlscert",
    "--tlskey",
    "--url",
    "--connection",
    "--identity",
    "--root",
    "--runroot",
    "--storage-driver",
    "--storage-opt",
    "--cgroup-manager",
    "-n",
    "--namespace",
    "-a",
    "--address",
    "--snapshotter",
    "--data-root",
    "--cni-path",
    "--hosts-dir",
];
const ELSEWHERE: [&str; 6] = ["-H", "--host", "-c", "--context", "--url", "--connection"];

pub(super) fn program(words: &[Word]) -> Program<'_> {
    let mut program = Program {
        assignments: Vec::new(),
        export: false,
        elsewhere: None,
        statement: Statement::Other(None),
    };
    let mut rest = words;
    loop {
        let Some((first, more)) = rest.split_first() else {
            return program;
        };
        let name = base(&first.text);
        if let Some((key, value)) = assignment(&first.text) {
            // A line of a systemd unit.
            let value_of_unit = value.trim_start_matches(['-', '@', ':', '+', '!']);
            if key.starts_with("Exec") && CLIENTS.contains(&base(value_of_unit)) {
                program.statement = docker(more, &mut program.elsewhere);
                return program;
            }
            program.assignments.push((key, value, first));
            rest = more;
        } else if KEYWORDS.contains(&name) {
            rest = more;
        } else if ["export", "readonly", "declare", "typeset"].contains(&name)
            || (name.eq_ignore_ascii_case("set") && more.len() == 1)
        {
            let given = more
                .iter()
                .filter_map(|word| assignment(&word.text).map(|(key, value)| (key, value, word)));
            program.assignments.extend(given);
            program.export = true;
            return program;
        } else if ["sudo", "doas"].contains(&name) {
            rest = after_flags(
                more,
                &["-u", "-g", "-p", "-C", "-h", "-U", "-T", "-D", "-R"],
            );
        } else if name == "env" {
            rest = after_flags(more, &["-u", "-C", "-S"]);
        } else {
            break;
        }
    }
    let name = base(&rest[0].text);
    // `@docker`, `-docker` in a makefile.
    let of_rule = name.trim_start_matches(['@', '-']);
    program.statement = if CLIENTS.contains(&of_rule) {
        docker(&rest[1..], &mut program.elsewhere)
    } else if SILENT.contains(&name) || name.ends_with("()") {
        Statement::Other(None)
    } else {
        run_further_on(&rest[1..], &mut program.elsewhere).unwrap_or(Statement::Other(Some(
            "not a command that creates a container",
        )))
    };
    program
}

/// `ssh nas docker run …`, a line of a crontab, a prompt that is none we know.
fn run_further_on<'w>(
    words: &'w [Word],
    elsewhere: &mut Option<&'w Word>,
) -> Option<Statement<'w>> {
    let at = words
        .iter()
        .position(|word| CLIENTS.contains(&base(&word.text)))?;
    match docker(&words[at + 1..], elsewhere) {
        made @ Statement::Make { .. } => Some(made),
        _ => None,
    }
}

/// `/usr/bin/docker.exe` is `docker`.
fn base(text: &str) -> &str {
    let name = text.rsplit(['/', '\\']).next().unwrap_or(text);
    name.strip_suffix(".exe").unwrap_or(name)
}

fn assignment(text: &str) -> Option<(&str, &str)> {
    let (name, value) = text.split_once('=')?;
    let good = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    good.then_some((name, value))
}

/// Past the flags of a program that runs another.
fn after_flags<'w>(words: &'w [Word], with_value: &[&str]) -> &'w [Word] {
    let mut rest = words;
    while let Some((first, more)) = rest.split_first() {
        if first.text == "--" {
            return more;
        }
        if !first.text.starts_with('-') {
            break;
        }
        let takes = with_value.contains(&first.text.as_str());
        rest = more.get(usize::from(takes)..).unwrap_or_default();
    }
    rest
}

fn docker<'w>(words: &'w [Word], elsewhere: &mut Option<&'w Word>) -> Statement<'w> {
    let mut rest = words;
    while let Some((first, more)) = rest.split_first() {
        if !first.text.starts_with('-') {
            break;
        }
        let name = first.text.split('=').next().unwrap_or("");
        if ELSEWHERE.contains(&name) {
            *elsewhere = Some(first);
        }
        let takes = GLOBAL_VALUES.contains(&first.text.as_str());
        rest = more.get(usize::from(takes)..).unwrap_or_default();
    }
    let at = |index: usize| rest.get(index).map_or("", |word| word.text.as_str());
    let (verb, words) = match at(0) {
        "container" => (at(1), rest.get(2..).unwrap_or_default()),
        verb => (verb, rest.get(1..).unwrap_or_default()),
    };
    match (verb, at(1)) {
        ("run", _) => Statement::Make { start: true, words },
        ("create", _) => Statement::Make {
            start: false,
            words,
        },
        ("start", _) => Statement::Start(words),
        ("network", "connect") => Statement::Connect(rest.get(2..).unwrap_or_default()),
        ("network", "create") => Statement::Other(Some("it creates a network")),
        ("volume", "create") => Statement::Other(Some("it creates a volume")),
        ("pull", _) => Statement::Other(Some(
            "it pulls an image, which happens automatically when a container is created",
        )),
        ("build" | "buildx", _) => Statement::Other(Some("it builds an image")),
        ("compose", _) => Statement::Other(Some("it concerns a Compose file")),
        ("service" | "stack" | "swarm", _) => Statement::Other(Some("it concerns a swarm")),
        ("stop" | "rm" | "kill" | "rename", _) => {
            Statement::Other(Some("it changes an existing container"))
        }
        ("version" | "info" | "inspect" | "ps" | "logs" | "image" | "images" | "network", _) => {
            Statement::Other(None)
        }
        _ => Statement::Other(Some("it does not create a container")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::shell::{Shell, Variables};
    use super::super::source::Source;
    use super::*;

    fn statement(text: &str) -> String {
        let source = Source::new(text);
        let command = Shell::new(&source).next(&Variables::default()).unwrap();
        match program(&command.words).statement {
            Statement::Make { start, words } => {
                let words: Vec<_> = words.iter().map(|word| word.text.as_str()).collect();
                format!(
                    "{} {}",
                    if start { "run" } else { "create" },
                    words.join(" ")
                )
            }
            Statement::Connect(_) => "connect".to_owned(),
            Statement::Start(_) => "start".to_owned(),
            Statement::Other(what) => what.unwrap_or("-").to_owned(),
        }
    }

    #[test]
    fn docker_run_is_found_after_prompts_assignments_and_wrapper_commands() {
        for text in [
            "docker run x",
            "docker container run x",
            "sudo docker run x",
            "sudo -E -u root -- docker run x",
            "FOO=1 BAR='a b' docker run x",
            "FOO=a/if BAR=x/docker EDITOR=/usr/bin/env docker run x",
            "env FOO=1 docker run x",
            "docker -H tcp://1.2.3.4 --context y -D --log-level=info run x",
            "/usr/local/bin/docker run x",
            "podman --remote run x",
            "nerdctl -n k8s.io run x",
            "if ! docker run x",
            "ExecStart=/usr/bin/docker run x",
            "ExecStartPre=-docker run x",
            "@docker run x",
            "ssh nas docker run x",
            "@reboot root /usr/bin/docker run x",
            "0 3 * * * docker run x",
            "winpty docker.exe run x",
            "$ docker run x",
            "# docker run x",
            "root@nas:~# docker run x",
            "[me@box ~]$ docker run x",
            "PS C:\\Users\\me> docker run x",
            "  % docker run x",
        ] {
            assert_eq!(statement(text), "run x", "{text}");
        }
        assert_eq!(statement("docker create x"), "create x");
        assert_eq!(statement("docker container create x"), "create x");
        assert_eq!(statement("docker network connect a b"), "connect");
        assert_eq!(statement("docker start a"), "start");
    }

    #[test]
    fn commands_that_create_no_container_are_described() {
        for (text, what) in [
            ("docker network create x", "it creates a network"),
            ("docker compose run x", "it concerns a Compose file"),
            ("mkdir -p /srv", "not a command that creates a container"),
            ("echo docker run x", "-"),
            ("docker", "it does not create a container"),
        ] {
            assert_eq!(statement(text), what, "{text}");
        }
    }
}
