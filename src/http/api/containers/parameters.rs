//! The query parameters of the containers' routes.

use crate::domain::containers::list;
use crate::http::preview::DRY_RUN;
use crate::http::query::{Parameter, flag, number, text, word, words};
use crate::model::status::StatusName;

/// Which containers are listed, and how.
pub const LIST: &[Parameter] = &[
    Q,
    STATE,
    STATUS,
    HEALTH,
    ENVIRONMENT,
    STACK,
    LABEL,
    TAG,
    SORT,
    PAGE,
    PER_PAGE,
];
pub const Q: Parameter = text(
    "q",
    "Text in the name, image, description, stack, a tag, a label, a network or a port, or the beginning of the id.",
);
pub const STATE: Parameter = words("state", list::STATES, "Only containers in these states.");
pub const STATUS: Parameter = words(
    "status",
    &StatusName::NAMES,
    "Only containers whose state means this.",
);
pub const HEALTH: Parameter = words(
    "health",
    list::HEALTHS,
    "Only containers of this health; `none` are those without a health check.",
);
pub const ENVIRONMENT: Parameter = words(
    "environment",
    &[],
    "Only containers of these environments, by code; `none` are those without.",
);
pub const STACK: Parameter = words(
    "stack",
    &[],
    "Only containers of these Compose projects; `none` are those without.",
);
pub const LABEL: Parameter = words(
    "label",
    &[],
    "Only containers with these labels, as `key` or `key=value`.",
);
pub const TAG: Parameter = words("tag", &[], "Only containers with these tags.");
pub const SORT: Parameter = word(
    "sort",
    list::Sort::WORDS,
    Some("name"),
    "The order; with a minus in front it is reversed.",
);
pub const PAGE: Parameter = number("page", (1, 2_147_483_647), 1, "Which page, from 1.");
pub const PER_PAGE: Parameter = number("per_page", (1, 1000), 1000, "Containers on a page.");

pub const CREATE: &[Parameter] = &[START, PULL, KEEP_OLD_ANNOTATIONS, ACKNOWLEDGE, DRY_RUN];
pub const START: Parameter = flag("start", true, "Start it once it is created.");
const PULLS: &[&str] = &["missing", "always", "never"];
pub const PULL: Parameter = word(
    "pull",
    PULLS,
    Some("missing"),
    "Whether the image is pulled first.",
);
pub const KEEP_OLD_ANNOTATIONS: Parameter = flag(
    "keep_annotations",
    true,
    "Use the environment, description, notes and tags that were kept of a deleted container of this name.",
);
pub const ACKNOWLEDGE: Parameter = words(
    "acknowledge",
    &[],
    "Risks that are accepted: the `risk` of each warning of the plan, such as `limit` or `mounts`.",
);
pub const CONFIRM: Parameter = text(
    "confirm",
    "What the plan's `needs` or an answer 428 asks for.",
);
pub const RECREATE: &[Parameter] = &[CONFIRM, ACKNOWLEDGE, DRY_RUN];
pub const RESTORE: &[Parameter] = &[ACKNOWLEDGE, DRY_RUN];
pub const ACT: &[Parameter] = &[CONFIRM, DRY_RUN];

pub const DELETE: &[Parameter] = &[FORCE, VOLUMES, KEEP_ANNOTATIONS, CONFIRM, DRY_RUN];
pub const FORCE: Parameter = flag("force", false, "Also while it is running.");
pub const VOLUMES: Parameter = flag("volumes", false, "Also delete its anonymous volumes.");
pub const KEEP_ANNOTATIONS: Parameter = flag(
    "keep_annotations",
    false,
    "Keep its environment, description, notes and tags for the next container of its name.",
);

pub const VALIDATE_NAME: &[Parameter] = &[NAME, NAME_ENVIRONMENT];
pub const NAME: Parameter = text("name", "The name to check.");
pub const NAME_ENVIRONMENT: Parameter = text(
    "environment",
    "Code of the environment whose naming rule is used for the suggestions.",
);
pub const DUPLICATE: Parameter = flag(
    "duplicate",
    false,
    "Under a free name, and without what must be unique.",
);
const ACTIONS: &[&str] = &[
    "run", "start", "stop", "restart", "pause", "unpause", "kill", "delete", "logs", "inspect",
    "exec", "stats",
];
pub const ACTION: Parameter = word(
    "action",
    ACTIONS,
    Some("inspect"),
    "The action; `run` reproduces the container.",
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::commands::ContainerAction;
    use crate::domain::containers::list::Sort;
    use crate::domain::images::Pull;
    use crate::model::container::{Health, State};

    #[test]
    fn every_declared_word_is_known_to_the_domain() {
        assert_eq!(ACTIONS[0], "run");
        assert_eq!(ACTIONS[1..], ContainerAction::WORDS);
        assert!(Sort::WORDS.iter().all(|word| Sort::parse(word).is_ok()));
        let texts =
            |known: &[&str]| -> Vec<String> { known.iter().map(|&word| word.to_owned()).collect() };
        assert!(list::words::<State>("state", &texts(list::STATES)).is_ok());
        assert!(list::words::<Health>("health", &texts(list::HEALTHS)).is_ok());
        assert!(PULLS.iter().all(|word| Pull::parse(word).is_ok()));
    }
}
