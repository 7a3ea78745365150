//! The script that creates a container.

use crate::domain::commands::arguments::RunArguments;
use crate::domain::commands::layout::Placeholders;
use crate::domain::commands::quote::quote;
use crate::domain::commands::script::create::notes;
use crate::domain::commands::script::{FAIL, begin, finish};
use crate::domain::commands::writer::CommandWriter;
use crate::domain::images::Pull;
use crate::model::command::Command;
use crate::model::spec::ContainerSpec;

pub(super) fn script(
    arguments: &RunArguments,
    spec: &ContainerSpec,
    start: bool,
    pull: Pull,
    endpoint: Option<&str>,
) -> Command {
    let name = arguments.name();
    let shown = name.unwrap_or("a container");
    let title = if start {
        format!("Creates and starts {shown}")
    } else {
        format!("Creates {shown}")
    };
    let mut text = begin(&title, &notes(arguments, spec), endpoint);
    if let Some(name) = name {
        text.raw(&format!("name={}\n", quote(name)));
    }
    text.raw(&format!("image={}\n", quote(&spec.image)));
    text.raw(FAIL);
    if name.is_some() {
        text.raw(
            "\nif [ \"$(docker container inspect --format '{{.Name}}' -- \"$name\" 2>/dev/null)\" = \"/$name\" ]; then\n  \
             fail \"There is a container $name already. Rename or remove it first.\"\nfi\n",
        );
        text.explain(
            "docker container inspect",
            "Checks whether the name is taken: names are unique.",
        );
    }
    text.require_networks(spec);
    text.provide_image("image", spec, pull);

    let at_once = start && arguments.connects.is_empty();
    let values = Placeholders {
        name: name.map(|_| "\"$name\""),
        image: Some("\"$image\""),
    };
    text.raw("\n");
    text.create_into("container", arguments, at_once, values);
    if name.is_none() {
        text.raw("name=$(docker container inspect --format '{{.Name}}' -- \"$container\")\nname=${name#/}\n");
    }
    text.connect_all(arguments, "\"$container\"");
    if start {
        if !at_once {
            text.raw("\n");
            text.part(
                "docker container start",
                "Starts it, once it is on all its networks.",
            );
            text.raw(" -- \"$container\" >/dev/null\n");
        }
        verify(&mut text, spec.auto_remove);
    } else {
        text.raw("\nprintf '%s\\n' \"$name is created. Start it with: docker start $name\"\n");
    }
    text.explain_missing(arguments);
    finish(text)
}

/// It runs, or it has ended well.
fn verify(text: &mut CommandWriter, auto_remove: bool) {
    text.raw("\n# A process that ends at once has started, too: look again after a moment.\n");
    text.part(
        "sleep 2",
        "Waits: a process that fails immediately would appear to be running.",
    );
    text.raw(
        "\nnow=$(docker container inspect --format '{{.State.Status}} {{.State.ExitCode}}' -- \"$container\" 2>/dev/null) || now=gone\n\
         if [ \"$now\" = 'running 0' ]; then\n  printf '%s\\n' \"$name is running.\"\n\
         elif [ \"$now\" = 'exited 0' ]; then\n  printf '%s\\n' \"$name has ended without an error.\"\n",
    );
    if auto_remove {
        text.raw("elif [ \"$now\" = gone ]; then\n  printf '%s\\n' \"$name has ended, and the engine removed it.\"\n");
    }
    text.raw(
        "else\n  docker container logs --tail 20 -- \"$container\" >&2 || true\n  \
         fail \"$name did not keep running ($now); its last lines are above.\"\nfi\n",
    );
    text.explain(
        "docker container logs",
        "Shows its last lines if it did not keep running.",
    );
}
