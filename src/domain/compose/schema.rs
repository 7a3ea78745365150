//! The Compose specification as one table: every attribute with the shape of its value
//! and with what comes of it on one host; and the check of a file against it.

mod cast;
mod check;
mod nearest;
mod resources;
mod service;

pub use check::check;
use service::SERVICE;

/// What a value looks like.
#[derive(Debug, Clone, Copy)]
pub enum ValueShape {
    Any,
    Text,
    /// true or false, also in quotes.
    Bool,
    /// Whole numbers, also in quotes.
    Int,
    /// Numbers, also in quotes.
    Number,
    /// A number or a text that the reader makes more of (`512m`, `"0.5"`).
    TextOrNumber,
    /// `1m30s`
    Duration,
    /// One of some words.
    Words(&'static [&'static str]),
    List(&'static ValueShape),
    /// One text, or a list of texts.
    Texts,
    /// Nothing, one text or a list of texts.
    Command,
    /// `KEY=value` in a list, or a mapping.
    Pairs,
    /// A mapping of the user's own keys to single values.
    Values,
    Object(&'static Object),
    /// A mapping by names that the user chooses.
    Named(&'static ValueShape),
    /// Nothing, or the other.
    Maybe(&'static ValueShape),
    Either(&'static [ValueShape]),
}

/// A mapping with keys that the specification names.
#[derive(Debug)]
pub struct Object {
    pub keys: &'static [Key],
    pub required: &'static [&'static str],
    /// Keys that begin with `x-` may stand there.
    pub extensible: bool,
}

#[derive(Debug)]
pub struct Key {
    pub name: &'static str,
    pub shape: ValueShape,
    pub verdict: Effect,
}

/// What comes of an attribute where there is one host and no Compose CLI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It is done.
    Done,
    /// It has no effect on one host, for this reason.
    Without(&'static str),
    /// It cannot be done, for this reason.
    Refused(&'static str),
}

pub const fn key(name: &'static str, shape: ValueShape) -> Key {
    Key {
        name,
        shape,
        verdict: Effect::Done,
    }
}

const fn without(name: &'static str, shape: ValueShape, why: &'static str) -> Key {
    Key {
        name,
        shape,
        verdict: Effect::Without(why),
    }
}

const fn refused(name: &'static str, shape: ValueShape, why: &'static str) -> Key {
    Key {
        name,
        shape,
        verdict: Effect::Refused(why),
    }
}

const fn object(keys: &'static [Key]) -> Object {
    Object {
        keys,
        required: &[],
        extensible: true,
    }
}

const fn requiring(keys: &'static [Key], required: &'static [&'static str]) -> Object {
    Object {
        keys,
        required,
        extensible: true,
    }
}

const SWARM: &str = "it belongs to a swarm";
const WINDOWS: &str = "it belongs to Windows";

/// A Compose file.
pub const FILE: Object = object(&[
    key("version", ValueShape::Text),
    key("name", ValueShape::Text),
    key(
        "include",
        ValueShape::List(&ValueShape::Either(&[
            ValueShape::Text,
            ValueShape::Object(&INCLUDE),
        ])),
    ),
    key("services", ValueShape::Named(&ValueShape::Object(&SERVICE))),
    key(
        "networks",
        ValueShape::Named(&ValueShape::Maybe(&ValueShape::Object(&resources::NETWORK))),
    ),
    key(
        "volumes",
        ValueShape::Named(&ValueShape::Maybe(&ValueShape::Object(&resources::VOLUME))),
    ),
    key(
        "secrets",
        ValueShape::Named(&ValueShape::Object(&resources::SECRET)),
    ),
    key(
        "configs",
        ValueShape::Named(&ValueShape::Object(&resources::CONFIG)),
    ),
    refused(
        "models",
        ValueShape::Named(&ValueShape::Object(&resources::MODEL)),
        "models need Docker Model Runner",
    ),
]);

const INCLUDE: Object = Object {
    keys: &[
        key("path", ValueShape::Texts),
        key("env_file", ValueShape::Texts),
        key("project_directory", ValueShape::Text),
    ],
    required: &[],
    extensible: false,
};

impl Object {
    pub fn find(&self, name: &str) -> Option<&'static Key> {
        let mut keys = self.keys.iter();
        keys.find(|key| key.name == name)
    }
}
