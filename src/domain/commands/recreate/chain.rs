//! The short forms: one chain of commands, on one line or a step a line.

use super::TAGS;
use super::{Activity, Member, RecreateCommandOptions, TaggedImage};
use crate::domain::commands::arguments::RunArguments;
use crate::domain::commands::layout::{Layout, Placeholders};
use crate::domain::commands::quote::quote;
use crate::domain::commands::writer::CommandWriter;
use crate::domain::images::Pull;
use crate::model::command::Command;

const RENAMES: &str = "Renames the old one, so that it can be restored.";
const STOPS: &str = "Stops the old one, which frees its ports and addresses.";
const STARTS: &str =
    "Starts the new one. This command does not check whether it keeps running; the script does.";
const REMOVES: &str = "Removes the old one. Its image and volumes stay.";
const FORCES: &str = "Only when a step failed: removes the new one, before the old one comes back.";
const VANISHES: &str = "Stops the old one. The engine then removes it (--rm), so a rollback is no longer possible; the new one has its volumes.";

pub(super) fn chain(
    group: &[Member],
    options: &RecreateCommandOptions,
    endpoint: Option<&str>,
    layout: Layout,
) -> Command {
    let mut chain = Chain {
        text: CommandWriter::default(),
        endpoint,
        layout,
        depth: 0,
        input: None,
    };
    if let Some(tagged) = &options.tag {
        chain.tag_image(tagged);
    }
    chain.provide_image(group, options.pull);
    chain.rename_all(group);
    chain.text.raw("if ");
    chain.depth = 1;
    chain.create_all(group);
    if group.iter().any(|member| member.vanishes) {
        chain.without_a_way_back(group);
    } else {
        chain.with_a_way_back(group);
    }
    let mut text = chain.text;
    for member in group {
        text.name_missing(&member.arguments, "create");
    }
    text.finish()
}

struct Chain<'a> {
    text: CommandWriter,
    endpoint: Option<&'a str>,
    layout: Layout,
    /// How far a further line is indented.
    depth: usize,
    /// What the last command reads; its lines must follow the line it is on.
    input: Option<&'a RunArguments>,
}

impl<'a> Chain<'a> {
    /// Ends a command: on one line by `line`, else by `lines` and a new line.
    fn separate(&mut self, line: &str, lines: &str) {
        let read = self.input.take();
        if read.is_none() && self.layout == Layout::Line {
            self.text.raw(line);
            return;
        }
        self.text.raw(lines);
        if let Some(arguments) = read {
            self.text.input(arguments);
        }
        self.text.raw("\n");
        if self.layout != Layout::Line {
            self.text.raw(&"  ".repeat(self.depth));
        }
    }

    fn and(&mut self) {
        self.separate(" && ", " &&");
    }

    fn then(&mut self) {
        self.separate("; ", "");
    }

    /// `docker VERB NAME…`.
    fn docker(&mut self, verb: &str, meaning: &str, names: &[String]) {
        self.text.docker(self.endpoint);
        self.text.flag(verb, meaning);
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        self.text.targets(&names);
    }

    fn tag_image(&mut self, tagged: &TaggedImage) {
        if tagged.is_pulled {
            self.text.docker(self.endpoint);
            self.text
                .flag("pull", "Pulls the earlier image by its digest.");
            self.text.targets(&[&tagged.image]);
            self.and();
        }
        self.text.docker(self.endpoint);
        self.text.flag("image tag", TAGS);
        self.text.targets(&[&tagged.image, &tagged.tag]);
        self.and();
    }

    fn provide_image(&mut self, group: &[Member], pull: Pull) {
        let Some(first) = group.first() else { return };
        // `create` pulls what is missing, but a label would ask for the id before.
        let missing = pull == Pull::Missing && first.follows_image;
        if pull != Pull::Always && !missing {
            return;
        }
        if missing {
            self.text.raw("{ ");
            self.text.docker(self.endpoint);
            self.text
                .flag("image inspect", "Checks whether the image exists.");
            self.text.targets(&[&first.image]);
            self.text.raw(" >/dev/null 2>&1 || ");
        }
        self.text.docker(self.endpoint);
        self.text
            .flag("pull", "Pulls the image before anything is changed.");
        if let Some(platform) = &first.platform {
            self.text.word(&format!("--platform {}", quote(platform)));
        }
        self.text.targets(&[&first.image]);
        if missing {
            self.text.raw("; }");
        }
        self.and();
    }

    /// Renames the old ones; when a name is taken, those before get theirs back.
    fn rename_all(&mut self, group: &[Member]) {
        for (at, member) in group.iter().enumerate() {
            let names = [member.name.clone(), member.old_name()];
            if at == 0 {
                self.docker("rename", RENAMES, &names);
            } else {
                self.text.raw("{ ");
                self.docker("rename", RENAMES, &names);
                self.text.raw(" || { ");
                for before in group[..at].iter().rev() {
                    let back = [before.old_name(), before.name.clone()];
                    self.docker("rename", RENAMES, &back);
                    self.text.raw("; ");
                }
                self.text.raw("false; }; }");
            }
            self.and();
        }
    }

    fn create_all(&mut self, group: &'a [Member]) {
        for (at, member) in group.iter().enumerate() {
            if at > 0 {
                self.and();
            }
            self.text.docker(self.endpoint);
            self.text.raw(" ");
            let arguments = &member.arguments;
            self.text
                .create(arguments, false, self.layout, Placeholders::default());
            self.input = arguments.input.is_some().then_some(arguments);
            for connect in &arguments.connects {
                self.and();
                self.text.docker(self.endpoint);
                self.text.raw(" ");
                self.text.connect(connect);
                self.text.targets(&[&member.name]);
            }
        }
    }

    /// Stops the old ones, dependents first.
    fn stop_all(&mut self, group: &[Member]) {
        for member in group.iter().rev() {
            let old = [member.old_name()];
            if member.activity == Activity::Paused {
                self.and();
                let why = "A paused process does not receive signals and would be killed.";
                self.docker("unpause", why, &old);
            }
            if member.activity != Activity::Stopped {
                self.and();
                let meaning = if member.vanishes { VANISHES } else { STOPS };
                self.docker("stop", meaning, &old);
            }
        }
    }

    fn start_all(&mut self, group: &[Member]) {
        for member in active(group) {
            self.and();
            self.docker("start", STARTS, std::slice::from_ref(&member.name));
        }
    }

    fn pause_all(&mut self, group: &[Member]) {
        for member in group
            .iter()
            .filter(|member| member.activity == Activity::Paused)
        {
            self.and();
            let why = "It was paused before.";
            self.docker("pause", why, std::slice::from_ref(&member.name));
        }
    }

    /// The old ones are kept until the new ones have started.
    fn with_a_way_back(&mut self, group: &[Member]) {
        self.stop_all(group);
        self.start_all(group);
        self.keyword("then");
        let old: Vec<String> = group.iter().rev().map(Member::old_name).collect();
        self.docker("rm", REMOVES, &old);
        self.pause_all(group);
        self.keyword("else");
        self.roll_back(group);
        for member in active(group) {
            self.then();
            let why = "Only when a step failed: starts the old one again.";
            self.docker("start", why, std::slice::from_ref(&member.name));
            if member.activity == Activity::Paused {
                self.then();
                let why = "It was paused before.";
                self.docker("pause", why, std::slice::from_ref(&member.name));
            }
        }
        self.end();
    }

    /// One of the old ones goes when it stops: until then everything can be undone.
    fn without_a_way_back(&mut self, group: &[Member]) {
        self.keyword("then");
        // Each step follows the one before by `&&`; `true` begins.
        self.text.raw("true");
        self.stop_all(group);
        self.start_all(group);
        let old: Vec<String> = group
            .iter()
            .rev()
            .filter(|member| !member.vanishes)
            .map(Member::old_name)
            .collect();
        if !old.is_empty() {
            self.and();
            self.docker("rm", REMOVES, &old);
        }
        self.pause_all(group);
        let told = "Not finished. The engine removes a container with --rm when it stops or cannot start, so it cannot be restored. All volumes are kept. See what is missing with: docker ps -a";
        self.separate(" || ", " ||");
        self.text
            .raw(&format!("{{ printf '%s\\n' {} >&2; false; }}", quote(told)));
        self.keyword("else");
        self.roll_back(group);
        self.end();
    }

    /// Ends a command with a keyword of the shell: `then`, `else`, `fi`.
    fn keyword(&mut self, word: &str) {
        self.depth = 0;
        self.separate("; ", "");
        self.text.raw(word);
        if word == "fi" {
            return;
        }
        self.depth = 1;
        if self.layout == Layout::Line {
            self.text.raw(" ");
        } else {
            self.separate("", "");
        }
    }

    fn roll_back(&mut self, group: &[Member]) {
        let new: Vec<String> = group.iter().rev().map(|m| m.name.clone()).collect();
        self.docker("rm --force", FORCES, &new);
        for member in group {
            self.then();
            let back = [member.old_name(), member.name.clone()];
            self.docker("rename", RENAMES, &back);
        }
    }

    fn end(&mut self) {
        self.then();
        self.text.raw("false");
        self.keyword("fi");
    }
}

fn active(group: &[Member]) -> impl Iterator<Item = &Member> {
    group
        .iter()
        .filter(|member| member.activity != Activity::Stopped)
}
