//! `docker pull`.

use super::quote::quote;
use super::script::{FAIL, begin, finish};
use super::writer::CommandWriter;
use crate::model::command::{Command, Commands};

const PULLS: &str = "Downloads the image, or what is new of it, from its registry.";

/// What pulls an image.
pub fn pull(image: &str, endpoint: Option<&str>) -> Commands {
    let endpoint = endpoint.filter(|endpoint| !endpoint.is_empty());
    let short = |verb: &str| {
        let mut text = CommandWriter::default();
        text.docker(endpoint);
        text.flag(verb, PULLS);
        text.targets(&[image]);
        text.finish()
    };
    Commands {
        simple: short("pull"),
        intermediate: short("image pull"),
        advanced: script(image, endpoint),
    }
}

fn script(image: &str, endpoint: Option<&str>) -> Command {
    let mut text = begin(&format!("Pulls {image}"), &[], endpoint);
    text.raw(&format!("image={}\n", quote(image)));
    text.raw(FAIL);
    text.part("docker image pull", PULLS);
    text.raw(" -- \"$image\" || fail \"$image was not pulled.\"\n");
    text.raw("docker image inspect --format '{{.Id}}' -- \"$image\"\n");
    finish(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pull_command_names_the_image_and_quotes_it() {
        let commands = pull("nginx:1.27", None);
        assert_eq!(commands.simple.text, "docker pull nginx:1.27");
        let odd = pull("a'b", Some("unix:///x"));
        assert_eq!(odd.simple.text, "docker -H unix:///x pull 'a'\\''b'");
        assert!(odd.advanced.text.contains("image='a'\\''b'"));
    }
}
