//! YAML to values with their places: anchors, aliases and merge keys are resolved,
//! duplicate keys refused, and what a small file may unfold to is bounded.

use super::fault::ComposeFault;
use super::node::{Entry, MergeTag, Node, SourcePlace, Value};
use super::scalar;
use libyaml_safer::{Error, EventData, Mark, Parser, ScalarStyle};
use std::collections::HashMap;

/// Values that a file may have, those of aliases counted at each use. As many as
/// `docker compose` looks at.
const MOST_NODES: usize = 100_000;
const DEEPEST: usize = 200;
/// Keys of one mapping, values of one list.
const WIDEST: usize = 5_000;
/// A text counts as one value for each of these bytes.
const TEXT_OF_ONE: usize = 100;
const CORE: &str = "tag:yaml.org,2002:";
const MERGE: &str = "<<";

/// The documents of a file.
///
/// # Errors
/// What is wrong, with its place.
pub fn read(text: &str, file: u16) -> Result<Vec<Node>, ComposeFault> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut bytes = text.as_bytes();
    let mut parser = Parser::new();
    parser.set_input_string(&mut bytes);
    let mut builder = Builder::default();
    loop {
        let event = parser
            .parse()
            .map_err(|error| refused(&error, text, file))?;
        if matches!(event.data, EventData::StreamEnd) {
            return Ok(builder.documents);
        }
        builder.take(event.data, place(file, event.start_mark))?;
    }
}

fn place(file: u16, mark: Mark) -> SourcePlace {
    let narrow = |number: u64| u32::try_from(number).unwrap_or(u32::MAX).saturating_add(1);
    SourcePlace {
        file,
        line: narrow(mark.line),
        column: narrow(mark.column),
    }
}

fn refused(error: &Error, text: &str, file: u16) -> ComposeFault {
    let mark = error.problem_mark().or_else(|| error.context_mark());
    let at = place(file, mark.unwrap_or_default());
    let problem = error.problem();
    let context = error
        .context()
        .map_or(String::new(), |context| format!(" ({context})"));
    let why = format!("The YAML cannot be read: {problem}{context}.");
    ComposeFault::new(at, why).hint(hint(problem, text, at.line as usize))
}

/// What people usually did where a scanner only says that it cannot go on.
fn hint(problem: &str, text: &str, line: usize) -> Option<String> {
    let line = text.lines().nth(line.saturating_sub(1))?;
    let indent = &line[..line.len() - line.trim_start().len()];
    if indent.contains('\t') {
        return Some("YAML is indented with spaces, not with tabs.".to_owned());
    }
    let (_, value) = line.split_once(": ")?;
    (problem.contains("mapping") && value.contains(": "))
        .then(|| "Put a value that contains a colon and a space in quotes.".to_owned())
}

#[derive(Default)]
struct Builder {
    documents: Vec<Node>,
    open: Vec<Frame>,
    anchors: HashMap<String, (Node, usize)>,
    /// Anchors whose value is being read.
    within: Vec<String>,
    nodes: usize,
}

/// A list or a mapping that is being read.
struct Frame {
    at: SourcePlace,
    anchor: Option<String>,
    tag: MergeTag,
    before: usize,
    content: Content,
}

enum Content {
    List(Vec<Node>),
    Map {
        entries: Vec<Entry>,
        key: Option<Key>,
        /// What `<<` names, in order.
        merged: Vec<Node>,
    },
}

struct Key {
    text: String,
    at: SourcePlace,
    is_merge: bool,
}

impl Builder {
    fn take(&mut self, event: EventData, at: SourcePlace) -> Result<(), ComposeFault> {
        match event {
            EventData::Scalar {
                anchor,
                tag,
                value,
                style,
                ..
            } => {
                let is_plain = style == ScalarStyle::Plain;
                let is_merge = is_plain && tag.is_none() && value == MERGE;
                let size = 1 + value.len() / TEXT_OF_ONE;
                let node = Node {
                    value: scalar_value(value, is_plain, tag.as_deref()),
                    at,
                    tag: merge_tag(tag.as_deref()),
                };
                self.count(at, size)?;
                if let Some(anchor) = anchor {
                    self.anchors.insert(anchor, (node.clone(), size));
                }
                self.put(node, is_merge)
            }
            EventData::SequenceStart { anchor, tag, .. } => {
                let content = Content::List(Vec::new());
                self.begin(at, anchor, merge_tag(tag.as_deref()), content)
            }
            EventData::MappingStart { anchor, tag, .. } => {
                let content = Content::Map {
                    entries: Vec::new(),
                    key: None,
                    merged: Vec::new(),
                };
                self.begin(at, anchor, merge_tag(tag.as_deref()), content)
            }
            EventData::SequenceEnd | EventData::MappingEnd => self.end(),
            EventData::Alias { anchor } => {
                if self.within.contains(&anchor) {
                    let why = format!("The anchor {anchor} contains this alias of itself.");
                    return Err(ComposeFault::new(at, why));
                }
                let Some((node, size)) = self.anchors.get(&anchor).cloned() else {
                    let why = format!("There is an alias *{anchor}, but no anchor &{anchor}.");
                    return Err(ComposeFault::new(at, why));
                };
                self.count(at, size)?;
                self.put(Node { at, ..node }, false)
            }
            EventData::DocumentStart { .. } => {
                // Those of one document mean nothing in the next.
                self.anchors.clear();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn count(&mut self, at: SourcePlace, more: usize) -> Result<(), ComposeFault> {
        self.nodes += more;
        if self.nodes > MOST_NODES {
            return Err(ComposeFault::new(
                at,
                format!(
                    "The file has more than {MOST_NODES} values, those of its aliases included."
                ),
            ));
        }
        Ok(())
    }

    fn begin(
        &mut self,
        at: SourcePlace,
        anchor: Option<String>,
        tag: MergeTag,
        content: Content,
    ) -> Result<(), ComposeFault> {
        self.count(at, 1)?;
        if self.open.len() >= DEEPEST {
            return Err(ComposeFault::new(
                at,
                format!("Lists and mappings lie within one another more than {DEEPEST} deep."),
            ));
        }
        if let Some(anchor) = &anchor {
            self.within.push(anchor.clone());
        }
        self.open.push(Frame {
            at,
            anchor,
            tag,
            before: self.nodes - 1,
            content,
        });
        Ok(())
    }

    fn end(&mut self) -> Result<(), ComposeFault> {
        let Some(frame) = self.open.pop() else {
            return Ok(());
        };
        let value = match frame.content {
            Content::List(items) => Value::List(items),
            Content::Map {
                mut entries,
                merged,
                ..
            } => {
                for map in merged {
                    merge(&mut entries, map)?;
                }
                Value::Map(entries)
            }
        };
        let node = Node {
            value,
            at: frame.at,
            tag: frame.tag,
        };
        if let Some(anchor) = frame.anchor {
            self.within.retain(|one| *one != anchor);
            let size = self.nodes - frame.before;
            self.anchors.insert(anchor, (node.clone(), size));
        }
        self.put(node, false)
    }

    /// A value has been read, whatever it belongs to.
    fn put(&mut self, node: Node, is_merge: bool) -> Result<(), ComposeFault> {
        let Some(frame) = self.open.last_mut() else {
            self.documents.push(node);
            return Ok(());
        };
        let width = match &frame.content {
            Content::List(items) => items.len(),
            Content::Map {
                entries, merged, ..
            } => entries.len().max(merged.len()),
        };
        if width >= WIDEST {
            return Err(ComposeFault::new(
                node.at,
                format!("A list or mapping has more than {WIDEST} values."),
            ));
        }
        match &mut frame.content {
            Content::List(items) => items.push(node),
            Content::Map {
                entries,
                key,
                merged,
            } => match key.take() {
                None => {
                    let at = node.at;
                    *key = Some(Key {
                        text: key_text(node)?,
                        at,
                        is_merge,
                    });
                }
                Some(key) if key.is_merge => merged.push(node),
                Some(key) => {
                    if let Some(first) = entries.iter().find(|entry| entry.key == key.text) {
                        return Err(ComposeFault::new(
                            key.at,
                            format!(
                                "The key {} is there already, in line {}.",
                                key.text, first.at.line
                            ),
                        ));
                    }
                    entries.push(Entry {
                        key: key.text,
                        at: key.at,
                        node,
                    });
                }
            },
        }
        Ok(())
    }
}

fn key_text(node: Node) -> Result<String, ComposeFault> {
    match node.value {
        Value::Text(text) => Ok(text),
        // Checked against what may stand there, and named then.
        _ => node.printed().ok_or_else(|| {
            ComposeFault::new(
                node.at,
                format!("A key is a text, and not {}.", node.kind()),
            )
        }),
    }
}

/// What `<<` names: own keys win, and the first of several.
fn merge(entries: &mut Vec<Entry>, node: Node) -> Result<(), ComposeFault> {
    let at = node.at;
    match node.value {
        Value::Map(more) => {
            for entry in more {
                if !entries.iter().any(|own| own.key == entry.key) {
                    entries.push(entry);
                }
            }
            Ok(())
        }
        Value::List(maps) if maps.iter().all(|one| one.as_map().is_some()) => {
            maps.into_iter().try_for_each(|one| merge(entries, one))
        }
        _ => Err(ComposeFault::new(
            at,
            "A merge key (<<) takes a mapping, or a list of mappings.",
        )),
    }
}

fn merge_tag(tag: Option<&str>) -> MergeTag {
    match tag {
        Some("!reset") => MergeTag::Reset,
        Some("!override") => MergeTag::Override,
        _ => MergeTag::None,
    }
}

/// Tags of YAML's own types count, others are ignored.
fn scalar_value(text: String, is_plain: bool, tag: Option<&str>) -> Value {
    match tag.and_then(|tag| tag.strip_prefix(CORE)) {
        Some("str" | "binary") => Value::Text(text),
        Some("null") => Value::Null,
        Some(_) => scalar::plain(&text),
        None if is_plain => scalar::plain(&text),
        None => Value::Text(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Node {
        read(text, 0).unwrap().remove(0)
    }

    #[test]
    fn merge_keys_give_way_to_own_keys_wherever_they_stand() {
        let node = one("x: &x {a: 1, b: 1}\ny: &y {b: 2, c: 2}\nz:\n  b: own\n  <<: [*x, *y]\n");
        let z = node.get("z").unwrap();
        assert_eq!(z.get("b").and_then(Node::as_text), Some("own"));
        assert_eq!(z.get("a").unwrap().value, Value::Int(1));
        assert_eq!(z.get("c").unwrap().value, Value::Int(2));
    }

    #[test]
    fn faults_are_told_with_their_place() {
        let fault = read("a:\n  b: 1\n  b: 2\n", 0).unwrap_err();
        assert_eq!((fault.at.line, fault.at.column), (3, 3), "{fault:?}");
        assert!(fault.message.contains("line 2"), "{fault:?}");
        let fault = read("a: &a [*a]\n", 0).unwrap_err();
        assert!(fault.message.contains("itself"), "{fault:?}");
        let fault = read("a:\n\tb: 1\n", 0).unwrap_err();
        assert_eq!(fault.at.line, 2, "{fault:?}");
        assert!(fault.hint.unwrap().contains("tabs"));
        assert!(read("a: *nope\n", 0).is_err());
    }

    #[test]
    fn what_a_small_file_unfolds_to_is_bounded() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..9 {
            let parts = vec![format!("*a{}", level - 1); 9].join(", ");
            text.push_str(&format!("a{level}: &a{level} [{parts}]\n"));
        }
        let fault = read(&text, 0).unwrap_err();
        assert!(fault.message.contains("100000"), "{fault:?}");
        assert!(read(&"[".repeat(10_000), 0).is_err());
    }

    #[test]
    fn tags_of_the_merge_and_of_text_are_read() {
        let node = one("a: !reset null\nb: !override [1]\nc: !!str 5\nd: !other 5\n");
        assert_eq!(node.get("a").unwrap().tag, MergeTag::Reset);
        assert_eq!(node.get("b").unwrap().tag, MergeTag::Override);
        assert_eq!(node.get("c").and_then(Node::as_text), Some("5"));
        assert_eq!(node.get("d").unwrap().value, Value::Int(5));
    }
}
