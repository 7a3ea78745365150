//! What a Compose file holds after YAML: values with the place where each stands.

use std::fmt::Write as _;

/// Where something stands in one of the files that were read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SourcePlace {
    /// Which of the files, in the order in which they were read.
    pub file: u16,
    /// From 1; 0 for what no file says.
    pub line: u32,
    /// From 1.
    pub column: u32,
}

/// What a tag of the merge asks for (Compose specification, "Merge": `!reset`,
/// `!override`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum MergeTag {
    #[default]
    None,
    Reset,
    Override,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    pub value: Value,
    pub at: SourcePlace,
    pub tag: MergeTag,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    /// An unquoted date, which no attribute takes.
    Timestamp(String),
    Text(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A key with its value. One that is not a text is told by what it was read as.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub key: String,
    pub at: SourcePlace,
    pub node: Node,
}

impl Node {
    pub fn new(value: Value, at: SourcePlace) -> Self {
        Self {
            value,
            at,
            tag: MergeTag::None,
        }
    }

    pub fn text(text: impl Into<String>, at: SourcePlace) -> Self {
        Self::new(Value::Text(text.into()), at)
    }

    pub fn is_null(&self) -> bool {
        self.value == Value::Null
    }

    pub fn as_text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn as_bool(&self) -> Option<bool> {
        match self.value {
            Value::Bool(is) => Some(is),
            _ => None,
        }
    }

    pub fn as_list(&self) -> Option<&[Node]> {
        match &self.value {
            Value::List(items) => Some(items),
            _ => None,
        }
    }

    pub fn as_map(&self) -> Option<&[Entry]> {
        match &self.value {
            Value::Map(entries) => Some(entries),
            _ => None,
        }
    }

    pub fn entries(&self) -> &[Entry] {
        self.as_map().unwrap_or_default()
    }

    pub fn items(&self) -> &[Node] {
        self.as_list().unwrap_or_default()
    }

    pub fn get(&self, key: &str) -> Option<&Node> {
        let mut entries = self.entries().iter();
        entries
            .find(|entry| entry.key == key)
            .map(|entry| &entry.node)
    }

    pub fn get_mut(&mut self, key: &str) -> Option<&mut Node> {
        let Value::Map(entries) = &mut self.value else {
            return None;
        };
        let mut entries = entries.iter_mut();
        entries
            .find(|entry| entry.key == key)
            .map(|entry| &mut entry.node)
    }

    /// Sets a key, in its place where it is there. Does nothing to what is not a map.
    pub fn set(&mut self, key: &str, node: Node) {
        if let Some(known) = self.get_mut(key) {
            *known = node;
        } else if let Value::Map(entries) = &mut self.value {
            entries.push(Entry {
                key: key.to_owned(),
                at: node.at,
                node,
            });
        }
    }

    pub fn take(&mut self, key: &str) -> Option<Node> {
        let Value::Map(entries) = &mut self.value else {
            return None;
        };
        let index = entries.iter().position(|entry| entry.key == key)?;
        Some(entries.remove(index).node)
    }

    /// A scalar as Go prints it; none for lists, maps and null.
    pub fn printed(&self) -> Option<String> {
        Some(match &self.value {
            Value::Bool(is) => is.to_string(),
            Value::Int(number) => number.to_string(),
            Value::Float(number) => printed_float(*number),
            Value::Text(text) | Value::Timestamp(text) => text.clone(),
            Value::Null | Value::List(_) | Value::Map(_) => return None,
        })
    }

    /// The name of its type, for messages.
    pub fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "nothing",
            Value::Bool(_) => "true or false",
            Value::Int(_) | Value::Float(_) => "a number",
            Value::Timestamp(_) => "a date",
            Value::Text(_) => "a text",
            Value::List(_) => "a list",
            Value::Map(_) => "a mapping",
        }
    }
}

/// As Go's `%v` does: the shortest form, with an exponent from 1e+06 on and below
/// 0.0001.
pub fn printed_float(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    if number == 0.0 {
        return if number.is_sign_negative() { "-0" } else { "0" }.to_owned();
    }
    // `1.5e8`: the shortest digits, and the exponent of the first.
    let scientific = format!("{number:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..6).contains(&exponent) {
        return format!("{number}");
    }
    let mut text = digits.to_owned();
    let sign = if exponent < 0 { '-' } else { '+' };
    let _ = write!(text, "e{sign}{:02}", exponent.abs());
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_printed_as_go_does() {
        for (number, text) in [
            (1.5, "1.5"),
            (1e3, "1000"),
            (100_000_000.0, "1e+08"),
            (1_234_567.0, "1.234567e+06"),
            (1.25e-5, "1.25e-05"),
            (0.0001, "0.0001"),
            (f64::INFINITY, "+Inf"),
            (-0.0, "-0"),
            (0.1, "0.1"),
        ] {
            assert_eq!(printed_float(number), text);
        }
    }

    #[test]
    fn keys_are_set_in_their_place_and_taken_out() {
        let mut map = Node::new(Value::Map(Vec::new()), SourcePlace::default());
        map.set("a", Node::text("1", SourcePlace::default()));
        map.set("b", Node::text("2", SourcePlace::default()));
        map.set("a", Node::text("3", SourcePlace::default()));
        assert_eq!(map.entries()[0].key, "a");
        assert_eq!(map.get("a").and_then(Node::as_text), Some("3"));
        assert!(map.take("a").is_some() && map.get("a").is_none());
    }
}
