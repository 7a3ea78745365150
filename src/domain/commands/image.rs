//! Commands for images: tag, remove, save, inspect, history, and pruning the
//! build cache.
//!
//! What prune removes is named, image by image: `docker image prune` would also
//! remove what DockerMate keeps, and what came since.

use super::quote::quote;
use super::script::{FAIL, begin, finish};
use super::writer::CommandWriter;
use crate::model::command::{Command, Commands};

/// What is to be done. Images are named by a tag, a digest or an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImageCommand {
    Tag {
        image: String,
        tag: String,
    },
    /// One after another; an image goes with its last name.
    Remove(Vec<String>),
    Save(Vec<String>),
    /// From a file, which the person names.
    Load,
    Inspect(String),
    History(String),
    PruneCache {
        all: bool,
    },
}

impl ImageCommand {
    /// Those that can be asked for by a word.
    pub const WORDS: [&'static str; 4] = ["inspect", "history", "save", "remove"];
}

const TAGS: &str = "Gives an image another name; nothing is copied.";
const REMOVES: &str =
    "Removes these names. An image goes with its last one, unless a container uses it.";
const KEEPS_PARENTS: &str =
    "Leaves the images without a name that it was built on: something may need them.";
const SAVES: &str = "Writes the images with all their layers to one tar archive.";
const LOADS: &str =
    "Reads the images of an archive; one of the same name loses its name to the new one.";
const INPUT: &str = "The file that is read.";
const INSPECTS: &str = "Shows everything the engine knows about it, as JSON.";
const SHOWS_HISTORY: &str = "Shows the steps that it was built by, the newest first.";
const PRUNES: &str = "Removes build cache that no build uses.";
const OUTPUT: &str = "The file that is written.";
const ASKS_NOT: &str = "Does not ask first.";

/// The commands for it.
pub fn image(command: &ImageCommand, endpoint: Option<&str>) -> Commands {
    let endpoint = endpoint.filter(|endpoint| !endpoint.is_empty());
    Commands {
        simple: short(command, endpoint, false),
        intermediate: short(command, endpoint, true),
        advanced: script(command, endpoint),
    }
}

fn short(command: &ImageCommand, endpoint: Option<&str>, long: bool) -> Command {
    use ImageCommand as C;
    let mut text = CommandWriter::default();
    text.docker(endpoint);
    let verb = |short: &'static str, full: &'static str| if long { full } else { short };
    match command {
        C::Tag { image, tag } => {
            text.flag(verb("tag", "image tag"), TAGS);
            text.targets(&[image, tag]);
        }
        C::Remove(names) => {
            text.flag(verb("rmi", "image rm"), REMOVES);
            text.flag("--no-prune", KEEPS_PARENTS);
            text.targets(&borrowed(names));
        }
        C::Save(names) => {
            text.flag(verb("save", "image save"), SAVES);
            text.flag(verb("-o", "--output"), OUTPUT);
            text.word("images.tar");
            text.targets(&borrowed(names));
        }
        C::Load => {
            text.flag(verb("load", "image load"), LOADS);
            text.flag(verb("-i", "--input"), INPUT);
            text.word("images.tar");
        }
        C::Inspect(name) => {
            text.flag("image inspect", INSPECTS);
            text.targets(&[name]);
        }
        C::History(name) => {
            text.flag(verb("history", "image history"), SHOWS_HISTORY);
            if long {
                text.flag("--no-trunc", "Shows each instruction whole.");
            }
            text.targets(&[name]);
        }
        C::PruneCache { all } => {
            text.flag("builder prune", PRUNES);
            text.flag(verb("-f", "--force"), ASKS_NOT);
            if *all {
                text.flag(
                    verb("-a", "--all"),
                    "All of it, not only what nothing refers to.",
                );
            }
        }
    }
    text.finish()
}

fn script(command: &ImageCommand, endpoint: Option<&str>) -> Command {
    use ImageCommand as C;
    let mut text = begin(&title(command), &[], endpoint);
    match command {
        C::Tag { image, tag } => {
            text.raw(&format!("image={}\ntag={}\n", quote(image), quote(tag)));
            text.raw(FAIL);
            text.raw("id=$(docker image inspect --format '{{.Id}}' -- \"$image\") || fail \"There is no image $image.\"\n\n");
            text.part("docker image tag", TAGS);
            text.raw(
                " -- \"$image\" \"$tag\"\n\n\
                 now=$(docker image inspect --format '{{.Id}}' -- \"$tag\")\n\
                 [ \"$now\" = \"$id\" ] || fail \"$tag was not moved.\"\n\
                 printf '%s\\n' \"$tag names the image $id now.\"\n",
            );
        }
        C::Remove(names) => {
            text.raw(FAIL);
            text.raw("\nfailed=0\nfor image in");
            quoted(&mut text, names);
            text.raw("; do\n  ");
            text.part("docker image rm", REMOVES);
            text.flag("--no-prune", KEEPS_PARENTS);
            text.raw(
                " -- \"$image\" || failed=$((failed + 1))\ndone\n\
                 [ \"$failed\" -eq 0 ] || fail \"$failed of them were not removed.\"\n\
                 printf '%s\\n' 'All of them were removed.'\n",
            );
        }
        C::Save(names) => {
            text.raw(FAIL);
            text.raw(
                "\nfile=./images-$(date +%Y%m%d-%H%M%S).tar\n\
                 [ ! -e \"$file\" ] || fail \"$file exists already.\"\n",
            );
            text.part("docker image save", SAVES);
            text.flag("--output", OUTPUT);
            text.raw(" \"$file\" --");
            quoted(&mut text, names);
            text.raw(
                " || fail 'The images were not saved.'\n\
                 printf '%s\\n' \"$file has $(wc -c <\"$file\") bytes. docker image load --input reads it.\"\n",
            );
        }
        C::Load => {
            text.raw("# The archive that is to be loaded.\nfile=images.tar\n");
            text.raw(FAIL);
            text.raw("[ -r \"$file\" ] || fail \"$file cannot be read.\"\n\n");
            text.part("docker image load", LOADS);
            text.flag("--input", INPUT);
            text.raw(" \"$file\" || fail 'The images were not loaded.'\n");
        }
        C::Inspect(name) => {
            text.raw(&format!("image={}\n", quote(name)));
            text.raw(FAIL);
            text.part("docker image inspect", INSPECTS);
            text.raw(" -- \"$image\" || fail \"There is no image $image.\"\n");
        }
        C::History(name) => {
            text.raw(&format!("image={}\n", quote(name)));
            text.raw(FAIL);
            text.part("docker image history", SHOWS_HISTORY);
            text.flag("--no-trunc", "Shows each instruction whole.");
            text.raw(" -- \"$image\" || fail \"There is no image $image.\"\n");
        }
        C::PruneCache { all } => {
            text.raw(FAIL);
            text.part("docker builder prune", PRUNES);
            text.flag("--force", ASKS_NOT);
            if *all {
                text.flag("--all", "All of it, not only what nothing refers to.");
            }
            text.raw(" || fail 'The build cache was not pruned.'\n");
        }
    }
    finish(text)
}

fn title(command: &ImageCommand) -> String {
    match command {
        ImageCommand::Tag { image, tag } => format!("Tags {image} as {tag}"),
        ImageCommand::Remove(names) => format!("Removes {}", names.join(", ")),
        ImageCommand::Save(names) => format!("Saves {}", names.join(", ")),
        ImageCommand::Load => "Loads images from an archive".to_owned(),
        ImageCommand::Inspect(name) => format!("Shows {name}"),
        ImageCommand::History(name) => format!("Shows the history of {name}"),
        ImageCommand::PruneCache { .. } => "Prunes the build cache".to_owned(),
    }
}

fn borrowed(names: &[String]) -> Vec<&str> {
    names.iter().map(String::as_str).collect()
}

fn quoted(text: &mut CommandWriter, names: &[String]) {
    for name in names {
        text.word(&quote(name));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> [ImageCommand; 8] {
        let name = || "web:1".to_owned();
        [
            ImageCommand::Tag {
                image: name(),
                tag: "it's:2".to_owned(),
            },
            ImageCommand::Remove(vec![name(), "a b".to_owned()]),
            ImageCommand::Save(vec![name()]),
            ImageCommand::Load,
            ImageCommand::Inspect(name()),
            ImageCommand::History(name()),
            ImageCommand::PruneCache { all: true },
            ImageCommand::PruneCache { all: false },
        ]
    }

    #[test]
    fn image_commands_are_quoted_and_have_two_short_forms() {
        let forms = |command: &ImageCommand| {
            let commands = image(command, None);
            (commands.simple.text, commands.intermediate.text)
        };
        let [tag, remove, save, ..] = all();
        assert_eq!(
            forms(&tag),
            (
                "docker tag web:1 'it'\\''s:2'".to_owned(),
                "docker image tag web:1 'it'\\''s:2'".to_owned()
            )
        );
        assert_eq!(forms(&remove).0, "docker rmi --no-prune web:1 'a b'");
        assert_eq!(
            forms(&save).1,
            "docker image save --output images.tar web:1"
        );
        let cache = image(&ImageCommand::PruneCache { all: true }, Some("unix:///x"));
        assert_eq!(cache.simple.text, "docker -H unix:///x builder prune -f -a");
    }

    #[test]
    fn every_explained_part_stands_in_its_command_in_order() {
        for command in all() {
            let commands = image(&command, Some("unix:///x"));
            for command in [&commands.simple, &commands.intermediate, &commands.advanced] {
                let mut from = 0;
                for part in command.explain.iter().filter(|part| part.part != "( … )") {
                    let at = command.text[from..].find(&part.part);
                    from += at.unwrap_or_else(|| panic!("{:?}: {}", part.part, command.text));
                }
            }
        }
    }
}
