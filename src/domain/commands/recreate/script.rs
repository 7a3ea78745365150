//! The script: it looks first, verifies the new containers, and rolls back.

use super::{Member, RecreateCommandOptions, RecreatedContainer, TAGS};
use crate::domain::commands::layout::Placeholders;
use crate::domain::commands::quote::quote;
use crate::domain::commands::script::create::notes;
use crate::domain::commands::script::{FAIL, STATE, begin, finish};
use crate::domain::commands::writer::CommandWriter;
use crate::domain::images::Pull;
use crate::model::command::Command;

/// What is done by state: the state that the old one was in comes first.
const STEPS: &str = "
stop() {
  case $1 in
    running|restarting) docker container stop -- \"$2\" >/dev/null ;;
    paused) docker container unpause -- \"$2\" >/dev/null; docker container stop -- \"$2\" >/dev/null ;;
  esac
}
start() {
  case $1 in running|restarting|paused) docker container start -- \"$2\" >/dev/null ;; esac
}
pause() {
  [ \"$1\" != paused ] || docker container pause -- \"$2\" >/dev/null
}
";

/// Gives an old one its name and its state back: state, name, old, new.
const RESTORE: &str = "
restore() {
  [ -z \"$4\" ] || docker container rm --force -- \"$4\" >/dev/null 2>&1 || true
  docker container rename -- \"$3\" \"$2\" >/dev/null 2>&1 || true
  [ \"$(state \"$3\")\" = \"$1\" ] || { start \"$1\" \"$3\" && pause \"$1\" \"$3\"; } ||
    printf '%s\\n' \"The old $2 could not be started.\" >&2
}
";

/// State, name, new one.
fn watch(stable_seconds: u64) -> String {
    format!(
        "
# The new one must stay up, and meet its health check within two minutes.
watch() {{
  case $1 in running|restarting|paused) ;; *) return 0 ;; esac
  tries=0
  while tries=$((tries + 1)); do
    sleep 1
    now=$(docker container inspect --format '{{{{.State.Status}}}} {{{{.RestartCount}}}} {{{{with .State.Health}}}}{{{{.Status}}}}{{{{end}}}}' -- \"$3\" 2>/dev/null) || now=gone
    case $now in
      'running '*' healthy') return 0 ;;
      'running 0 '|'running 0 none') [ \"$tries\" -lt {stable_seconds} ] || return 0 ;;
      'running '*' starting') [ \"$tries\" -lt 120 ] || break ;;
      *) break ;;
    esac
  done
  docker container logs --tail 20 -- \"$3\" >&2 || true
  fail \"The new $2 is $now; its last lines are above.\"
}}
"
    )
}

/// The variables of one member.
struct Variables {
    name: String,
    image: String,
    before: String,
    old: String,
    new: String,
}

impl Variables {
    /// Numbered where there are several.
    fn new(at: usize, several: bool) -> Self {
        let number = if several {
            (at + 1).to_string()
        } else {
            String::new()
        };
        Self {
            name: format!("name{number}"),
            image: format!("image{number}"),
            before: format!("before{number}"),
            old: format!("old{number}"),
            new: format!("new{number}"),
        }
    }
}

pub(super) fn script(
    group: &[RecreatedContainer],
    options: &RecreateCommandOptions,
    endpoint: Option<&str>,
) -> Command {
    let several = group.len() > 1;
    let members: Vec<(Variables, Member)> = group
        .iter()
        .enumerate()
        .map(|(at, container)| {
            let variables = Variables::new(at, several);
            let mut member = Member::new(container);
            // Its state is looked up when the script runs.
            member.vanishes = container.auto_remove;
            // `DOCKER_HOST` says which engine is meant.
            member.follow_image(None, &format!("-- \"${}\"", variables.image));
            (variables, member)
        })
        .collect();
    let vanishing = group.iter().any(|container| container.auto_remove);
    let mut text = begin(&title(&members), &all_notes(group, &members), endpoint);
    for (v, member) in &members {
        text.raw(&format!("{}={}\n", v.name, quote(&member.name)));
        text.raw(&format!("{}={}\n", v.image, quote(&member.image)));
    }
    text.raw(STATE);
    text.raw(FAIL);
    for (v, _) in &members {
        look(&mut text, v);
    }
    if let Some(tagged) = &options.tag {
        let (image, tag) = (quote(&tagged.image), quote(&tagged.tag));
        if tagged.is_pulled {
            text.part("docker pull", "Pulls the earlier image by its digest.");
            text.raw(&format!(" -- {image}\n"));
        }
        text.part("docker image tag", TAGS);
        text.raw(&format!(" -- {image} {tag}\n"));
    }
    for (at, ((v, _), container)) in members.iter().zip(group).enumerate() {
        text.require_networks(&container.spec);
        let pull = if at == 0 { options.pull } else { Pull::Never };
        text.provide_image(&v.image, &container.spec, pull);
    }
    text.raw(STEPS);
    text.raw(RESTORE);
    text.raw(&watch(options.stable_seconds.max(1)));
    text.explain(
        "sleep 1",
        "Waits: a process that fails immediately would appear to be running.",
    );
    roll_back(&mut text, &members, vanishing);
    create(&mut text, &members);
    replace(&mut text, &members, vanishing);
    text.raw("trap - EXIT\n");
    for (v, member) in members.iter().rev() {
        text.part(
            "docker container rm",
            "Removes the old one. Its image and volumes stay.",
        );
        let gone = if member.vanishes { " 2>&1 || true" } else { "" };
        text.raw(&format!(" -- \"${}\" >/dev/null{gone}\n", v.old));
    }
    let names: Vec<String> = members
        .iter()
        .map(|(v, _)| format!("${}", v.name))
        .collect();
    let (last, others) = names.split_last().map_or(("", &[][..]), |(l, o)| (l, o));
    let told = if others.is_empty() {
        format!("{last} was recreated.")
    } else {
        format!("{} and {last} were recreated.", others.join(", "))
    };
    text.raw(&format!("printf '%s\\n' \"{told}\"\n"));
    for (_, member) in &members {
        text.explain_missing(&member.arguments);
    }
    finish(text)
}

fn title(members: &[(Variables, Member)]) -> String {
    let names: Vec<&str> = members.iter().map(|(_, member)| &*member.name).collect();
    match &names[..] {
        [name] => format!("Recreates {name}, and rolls back if that fails"),
        [first, others @ ..] => format!(
            "Recreates {first} and what depends on it ({}), and rolls back if that fails",
            others.join(", ")
        ),
        [] => String::new(),
    }
}

fn all_notes(group: &[RecreatedContainer], members: &[(Variables, Member)]) -> Vec<String> {
    let mut all: Vec<String> = group
        .iter()
        .zip(members)
        .flat_map(|(container, (_, member))| notes(&member.arguments, &container.spec))
        .collect();
    all.push(
        "This script does not check whether published ports respond; DockerMate does.".to_owned(),
    );
    all
}

/// The old one is there, and the name that it will have is free.
fn look(text: &mut CommandWriter, v: &Variables) {
    let Variables {
        name, before, old, ..
    } = v;
    text.raw(&format!(
        "\n{before}=$(state \"${name}\" 2>/dev/null) || fail \"There is no container ${name}.\"\n\
         {old}=$(docker container inspect --format '{{{{.Id}}}}' -- \"${name}\")\n\
         if state \"${name}-old\" >/dev/null 2>&1; then\n  \
         fail \"There is a container ${name}-old already. Rename or remove it first.\"\nfi\n"
    ));
}

/// What happens when the script ends before it is done.
fn roll_back(text: &mut CommandWriter, members: &[(Variables, Member)], vanishing: bool) {
    text.raw("\n");
    for (v, _) in members {
        text.raw(&format!("{}=\n", v.new));
    }
    text.raw("gone=\nroll_back() {\n");
    if vanishing {
        text.raw(
            "  if [ -n \"$gone\" ]; then\n    \
             printf '%s\\n' 'Not finished. The engine removes a container with --rm when it stops or cannot start, so it cannot be restored.' \\\n      \
             'All volumes are kept. See what is missing with: docker ps -a' >&2\n    return\n  fi\n",
        );
    }
    text.raw("  printf '%s\\n' 'Rolling back.' >&2\n");
    for (v, _) in members {
        text.raw(&format!(
            "  restore \"${}\" \"${}\" \"${}\" \"${}\"\n",
            v.before, v.name, v.old, v.new
        ));
    }
    text.raw("}\n");
    text.part(
        "trap",
        "Restores the old container if the script ends early.",
    );
    text.raw(" roll_back EXIT\ntrap 'exit 130' INT\ntrap 'exit 143' TERM HUP\n");
}

/// The new ones, beside the old ones that still run under other names.
fn create(text: &mut CommandWriter, members: &[(Variables, Member)]) {
    text.raw("\n# The old one keeps running under another name while the new one is created.\n");
    for (v, _) in members {
        text.part(
            "docker container rename",
            "Renames the old one, so that it can be restored.",
        );
        text.raw(&format!(" -- \"${}\" \"${}-old\"\n", v.old, v.name));
    }
    for (v, member) in members {
        let (name, image) = (format!("\"${}\"", v.name), format!("\"${}\"", v.image));
        let values = Placeholders {
            name: Some(&name),
            image: Some(&image),
        };
        text.create_into(&v.new, &member.arguments, false, values);
        text.connect_all(&member.arguments, &format!("\"${}\"", v.new));
    }
}

fn replace(text: &mut CommandWriter, members: &[(Variables, Member)], vanishing: bool) {
    text.raw("\n");
    if vanishing {
        text.raw("# The engine removes an old one that has --rm as soon as it stops.\n");
        for (v, member) in members {
            if member.vanishes {
                text.raw(&format!(
                    "case ${} in running|restarting|paused) gone=yes ;; esac\n",
                    v.before
                ));
            }
        }
    }
    for (v, _) in members.iter().rev() {
        text.part(
            "stop",
            "Stops the old one, which frees its ports and addresses.",
        );
        text.raw(&format!(" \"${}\" \"${}\"\n", v.before, v.old));
    }
    for (v, _) in members {
        text.raw(&format!("start \"${}\" \"${}\"\n", v.before, v.new));
    }
    for (v, _) in members {
        text.raw(&format!(
            "watch \"${}\" \"${}\" \"${}\"\n",
            v.before, v.name, v.new
        ));
    }
    for (v, _) in members {
        text.raw(&format!("pause \"${}\" \"${}\"\n", v.before, v.new));
    }
}
