//! Texts that stand for numbers, or for true and false.

use super::super::fault::ComposeFault;
use super::super::node::{Node, Value};

pub(super) fn boolean(node: &mut Node, path: &str, faults: &mut Vec<ComposeFault>) {
    let Some(text) = node.as_text() else {
        if node.as_bool().is_none() {
            wrong(node, path, "true or false", faults);
        }
        return;
    };
    let (is, is_old) = match text.to_ascii_lowercase().as_str() {
        "true" => (true, false),
        "false" => (false, false),
        "y" | "yes" | "on" => (true, true),
        "n" | "no" | "off" => (false, true),
        _ => {
            faults.push(ComposeFault::new(
                node.at,
                format!("{path} takes true or false, and not {text:?}."),
            ));
            return;
        }
    };
    if is_old {
        faults.push(ComposeFault::warning(
            node.at,
            format!("{path}: {text:?} is read as {is}. Write {is}."),
        ));
    }
    node.value = Value::Bool(is);
}

pub(super) fn whole(node: &mut Node, path: &str, faults: &mut Vec<ComposeFault>) {
    let number = match &node.value {
        Value::Int(_) => return,
        Value::Text(text) => text.trim().parse::<i64>().ok(),
        #[allow(clippy::cast_possible_truncation, reason = "it is a whole number")]
        Value::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => {
            Some(*number as i64)
        }
        _ => None,
    };
    match number {
        Some(number) => node.value = Value::Int(number),
        None => not_a(node, path, "a whole number", faults),
    }
}

pub(super) fn number(node: &mut Node, path: &str, faults: &mut Vec<ComposeFault>) {
    let Value::Text(text) = &node.value else {
        if !matches!(node.value, Value::Int(_) | Value::Float(_)) {
            wrong(node, path, "a number", faults);
        }
        return;
    };
    let text = text.trim();
    let whole = text.parse::<i64>().map(Value::Int);
    match whole.or_else(|_| text.parse::<f64>().map(Value::Float)) {
        Ok(value) => node.value = value,
        Err(_) => not_a(node, path, "a number", faults),
    }
}

fn not_a(node: &Node, path: &str, wanted: &str, faults: &mut Vec<ComposeFault>) {
    match node.as_text() {
        Some(text) => faults.push(ComposeFault::new(
            node.at,
            format!("{path} takes {wanted}, and not {text:?}."),
        )),
        None => wrong(node, path, wanted, faults),
    }
}

/// A value of another type.
pub(super) fn wrong(node: &Node, path: &str, wanted: &str, faults: &mut Vec<ComposeFault>) {
    faults.push(ComposeFault::new(
        node.at,
        format!("{path} takes {wanted}, and not {}.", node.kind()),
    ));
}
