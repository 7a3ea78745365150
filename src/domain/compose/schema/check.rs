//! Whether values have the shapes of the specification. Texts that stand for numbers or
//! for true and false become these, as after a variable was filled in.

use super::super::fault::ComposeFault;
use super::super::node::{Node, Value};
use super::cast::{boolean, number, whole, wrong};
use super::nearest::nearest;
use super::{Effect, Object, ValueShape};
use std::collections::BTreeSet;

/// Findings of one file. More help nobody.
const MOST: usize = 100;

pub fn check(node: &mut Node, shape: ValueShape, path: &str, faults: &mut Vec<ComposeFault>) {
    if faults.len() >= MOST {
        return;
    }
    match shape {
        ValueShape::Any => {}
        ValueShape::Text => {
            if node.as_text().is_none() {
                wrong(node, path, "a text", faults);
            }
        }
        ValueShape::Bool => boolean(node, path, faults),
        ValueShape::Int => whole(node, path, faults),
        ValueShape::Number => number(node, path, faults),
        ValueShape::TextOrNumber => {
            if !matches!(node.value, Value::Text(_) | Value::Int(_) | Value::Float(_)) {
                wrong(node, path, "a text or a number", faults);
            }
        }
        ValueShape::Duration => {
            if node.as_text().is_none() {
                wrong(node, path, "a duration with its unit, as 1m30s", faults);
            }
        }
        ValueShape::Words(words) => word(node, words, path, faults),
        ValueShape::List(of) => list(node, *of, path, faults),
        ValueShape::Texts => {
            if node.as_text().is_none() {
                list_or(node, "a text, or a list of texts", path, faults);
            }
        }
        ValueShape::Command => {
            if node.as_text().is_none() && !node.is_null() {
                list_or(node, "a text, or a list of texts", path, faults);
            }
        }
        ValueShape::Pairs => pairs(node, path, faults),
        ValueShape::Values => match &node.value {
            Value::Map(_) => singles(node, path, faults),
            _ => wrong(node, path, "a mapping", faults),
        },
        ValueShape::Object(object) => fixed(node, object, path, faults),
        ValueShape::Named(of) => named(node, *of, path, faults),
        ValueShape::Maybe(of) => {
            if !node.is_null() {
                check(node, *of, path, faults);
            }
        }
        ValueShape::Either(shapes) => {
            if let Some(shape) = shapes.iter().find(|shape| may_be(node, **shape)) {
                check(node, *shape, path, faults);
            } else {
                let all: BTreeSet<&str> = shapes.iter().map(|shape| told(*shape)).collect();
                let all: Vec<&str> = all.into_iter().collect();
                wrong(node, path, &all.join(" or "), faults);
            }
        }
    }
}

/// Whether a shape is the one that is meant, by the type of the value.
fn may_be(node: &Node, shape: ValueShape) -> bool {
    match shape {
        ValueShape::Any => true,
        ValueShape::Text | ValueShape::Duration | ValueShape::Words(_) => node.as_text().is_some(),
        ValueShape::Bool => matches!(node.value, Value::Bool(_) | Value::Text(_)),
        ValueShape::Int | ValueShape::Number | ValueShape::TextOrNumber => {
            matches!(node.value, Value::Int(_) | Value::Float(_) | Value::Text(_))
        }
        ValueShape::List(_) => node.as_list().is_some(),
        ValueShape::Texts => node.as_list().is_some() || node.as_text().is_some(),
        ValueShape::Command => node.as_map().is_none(),
        ValueShape::Pairs => node.as_list().is_some() || node.as_map().is_some(),
        ValueShape::Values | ValueShape::Object(_) | ValueShape::Named(_) => {
            node.as_map().is_some()
        }
        ValueShape::Maybe(of) => node.is_null() || may_be(node, *of),
        ValueShape::Either(shapes) => shapes.iter().any(|shape| may_be(node, *shape)),
    }
}

fn told(shape: ValueShape) -> &'static str {
    match shape {
        ValueShape::Text | ValueShape::Duration | ValueShape::Words(_) => "a text",
        ValueShape::Bool => "true or false",
        ValueShape::Int | ValueShape::Number => "a number",
        ValueShape::TextOrNumber => "a text or a number",
        ValueShape::List(_) => "a list",
        ValueShape::Texts | ValueShape::Command => "a text or a list",
        ValueShape::Pairs => "a list or a mapping",
        ValueShape::Values | ValueShape::Object(_) | ValueShape::Named(_) => "a mapping",
        ValueShape::Maybe(of) => told(*of),
        ValueShape::Any | ValueShape::Either(_) => "something else",
    }
}

fn word(node: &Node, words: &[&str], path: &str, faults: &mut Vec<ComposeFault>) {
    let Some(text) = node.as_text() else {
        return wrong(node, path, "a text", faults);
    };
    if !words.contains(&text) {
        let near = nearest(text, words.iter().copied());
        let fault = ComposeFault::new(
            node.at,
            format!("{path} takes {}, and not {text:?}.", words.join(", ")),
        );
        faults.push(fault.hint(near.map(|near| format!("Did you mean {near}?"))));
    }
}

fn list(node: &mut Node, of: ValueShape, path: &str, faults: &mut Vec<ComposeFault>) {
    let Value::List(items) = &mut node.value else {
        return wrong(node, path, "a list", faults);
    };
    for (index, item) in items.iter_mut().enumerate() {
        check(item, of, &format!("{path}.{index}"), faults);
    }
}

fn list_or(node: &mut Node, wanted: &str, path: &str, faults: &mut Vec<ComposeFault>) {
    if node.as_list().is_some() {
        list(node, ValueShape::Text, path, faults);
    } else {
        wrong(node, path, wanted, faults);
    }
}

fn pairs(node: &mut Node, path: &str, faults: &mut Vec<ComposeFault>) {
    match &node.value {
        Value::List(_) => list(node, ValueShape::Text, path, faults),
        Value::Map(_) => singles(node, path, faults),
        _ => wrong(node, path, "a mapping, or a list of KEY=value", faults),
    }
}

fn singles(node: &Node, path: &str, faults: &mut Vec<ComposeFault>) {
    for entry in node.entries() {
        let is_single = !matches!(
            entry.node.value,
            Value::List(_) | Value::Map(_) | Value::Timestamp(_)
        );
        if !is_single {
            let path = format!("{path}.{}", entry.key);
            wrong(
                &entry.node,
                &path,
                "a single value; put it in quotes",
                faults,
            );
        }
    }
}

fn named(node: &mut Node, of: ValueShape, path: &str, faults: &mut Vec<ComposeFault>) {
    let Value::Map(entries) = &mut node.value else {
        return wrong(node, path, "a mapping", faults);
    };
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    for entry in entries {
        let is_own =
            !path.contains('.') || path.ends_with("networks") || path.ends_with("depends_on");
        if is_own && (entry.key.is_empty() || !entry.key.chars().all(good)) {
            faults.push(ComposeFault::new(
                entry.at,
                format!(
                    "{path}: {:?} is not a name. Use letters and digits without accents, and . _ -",
                    entry.key
                ),
            ));
        }
        check(
            &mut entry.node,
            of,
            &format!("{path}.{}", entry.key),
            faults,
        );
    }
}

fn fixed(node: &mut Node, object: &Object, path: &str, faults: &mut Vec<ComposeFault>) {
    let at = node.at;
    let Value::Map(entries) = &mut node.value else {
        return wrong(node, path, "a mapping", faults);
    };
    for entry in entries.iter_mut() {
        let own = if path.is_empty() {
            entry.key.clone()
        } else {
            format!("{path}.{}", entry.key)
        };
        let Some(key) = object.find(&entry.key) else {
            if !(object.extensible && entry.key.starts_with("x-")) {
                faults.push(unknown(&entry.key, object, path).at(entry.at));
            }
            continue;
        };
        match key.verdict {
            Effect::Done => {}
            Effect::Without(why) => faults.push(ComposeFault::warning(
                entry.at,
                format!("{own} has no effect here: {why}."),
            )),
            Effect::Refused(why) => faults.push(ComposeFault::warning(
                entry.at,
                format!("{own} cannot be deployed here: {why}."),
            )),
        }
        check(&mut entry.node, key.shape, &own, faults);
    }
    for name in object.required {
        if !entries.iter().any(|entry| entry.key == *name) {
            faults.push(ComposeFault::new(at, format!("{path} needs {name}.")));
        }
    }
}

fn unknown(name: &str, object: &Object, path: &str) -> ComposeFault {
    let place = if path.is_empty() {
        "A Compose file"
    } else {
        path
    };
    let near = nearest(name, object.keys.iter().map(|key| key.name));
    ComposeFault::new(
        super::super::node::SourcePlace::default(),
        format!("{place} has no attribute {name}."),
    )
    .hint(near.map(|near| format!("Did you mean {near}?")))
}
