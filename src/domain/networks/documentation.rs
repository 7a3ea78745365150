//! Networks as Markdown, for the household's own notes: subnets, reserved ranges, who
//! has which address, published ports. What others have named is escaped, so that no
//! name is markup.

use super::NetworkService;
use crate::error::Result;
use crate::model::container::Port;
use crate::model::network::{NetworkMember, NetworkView};
use crate::model::network_record::{NetworkRecord, ReservedRange};
use serde::Serialize;
use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;
use utoipa::ToSchema;

/// A page of documentation.
#[derive(Debug, Serialize, ToSchema)]
pub struct NetworkDocument {
    /// A name for the file.
    pub file: String,
    pub markdown: String,
}

/// Published ports, by the id of their container.
type Ports = HashMap<String, Vec<Port>>;

impl NetworkService {
    /// The page of one network.
    pub fn document(&self, reference: &str) -> Result<NetworkDocument> {
        let view = self.get(reference)?;
        let record = self.store.network_record(&view.network.name)?;
        let mut markdown = String::new();
        network(&mut markdown, "#", &view, &record, &self.ports()?);
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
        let name: String = view.network.name.chars().filter(|c| plain(*c)).collect();
        Ok(NetworkDocument {
            file: format!("network-{name}.md"),
            markdown,
        })
    }

    /// The page of all of them.
    pub fn document_all(&self) -> Result<NetworkDocument> {
        let views = self.views()?;
        let records = self.store.network_records()?;
        let ports = self.ports()?;
        let mut markdown = "# Networks\n\n".to_owned();
        let rows = views.iter().map(|view| {
            let subnets = view.network.subnets.iter();
            let subnets: Vec<String> = subnets.map(|one| code(&one.network.to_string())).collect();
            vec![
                code(&view.network.name),
                text(&view.network.driver),
                subnets.join(", "),
                view.members.len().to_string(),
                view.usage
                    .map(|usage| format!("{} of {}", usage.used, usage.usable))
                    .unwrap_or_default(),
            ]
        });
        let heads = ["Network", "Driver", "Subnets", "Containers", "In use"];
        table(&mut markdown, &heads, rows.collect());
        let nothing = NetworkRecord::default();
        for view in &views {
            let record = records.get(&view.network.name).unwrap_or(&nothing);
            markdown.push('\n');
            network(&mut markdown, "##", view, record, &ports);
        }
        Ok(NetworkDocument {
            file: "networks.md".to_owned(),
            markdown,
        })
    }

    fn ports(&self) -> Result<Ports> {
        let all = self.engine.containers()?;
        let published = |port: &&Port| port.host_port.is_some();
        let of = all.iter().map(|one| {
            let ports = one.ports.iter().filter(published).cloned();
            (one.id.clone(), ports.collect())
        });
        Ok(of.collect())
    }
}

fn network(
    out: &mut String,
    level: &str,
    view: &NetworkView,
    record: &NetworkRecord,
    ports: &Ports,
) {
    let network = &view.network;
    let _ = writeln!(out, "{level} Network {}\n", code(&network.name));
    let mut facts = vec![format!("Driver: {}", text(&network.driver))];
    for subnet in &network.subnets {
        let mut fact = format!("Subnet: {}", code(&subnet.network.to_string()));
        if let Some(gateway) = subnet.gateway {
            let _ = write!(fact, ", gateway {}", code(&gateway.to_string()));
        }
        if let Some(range) = subnet.range {
            let _ = write!(
                fact,
                ", automatic addresses from {}",
                code(&range.to_string())
            );
        }
        facts.push(fact);
        for (name, address) in &subnet.reserved {
            facts.push(format!("Kept for {}: {}", text(name), code(address)));
        }
    }
    if network.internal {
        facts.push("Internal: no external access".to_owned());
    }
    if let Some(stack) = &view.stack {
        facts.push(format!("Compose project: {}", code(stack)));
    }
    for fact in facts {
        let _ = writeln!(out, "- {fact}");
    }
    if !record.reservations.is_empty() {
        let _ = writeln!(out, "\n{level}# Reservations\n");
        let rows = record.reservations.iter().map(reservation).collect();
        table(out, &["Addresses", "Label", "Description"], rows);
    }
    if !view.members.is_empty() {
        let _ = writeln!(out, "\n{level}# Containers\n");
        let none = Vec::new();
        let row = |one: &NetworkMember| member(one, ports.get(&one.id).unwrap_or(&none));
        let rows = view.members.iter().map(row).collect();
        table(out, &["Container", "Address", "Published ports"], rows);
    }
}

fn reservation(range: &ReservedRange) -> Vec<String> {
    vec![
        format!(
            "{} – {}",
            code(&range.first.to_string()),
            code(&range.last.to_string())
        ),
        text(&range.label),
        text(&range.description),
    ]
}

fn member(one: &NetworkMember, ports: &[Port]) -> Vec<String> {
    let current = [&one.ipv4, &one.ipv6].into_iter().flatten();
    let all: BTreeSet<&String> = current.chain(&one.fixed).collect();
    let addresses: Vec<String> = all
        .into_iter()
        .map(|address| {
            let fixed = if one.fixed.contains(address) {
                " (fixed)"
            } else {
                ""
            };
            format!("{}{fixed}", code(address))
        })
        .collect();
    let state = if one.running { "" } else { " (not running)" };
    let ports: BTreeSet<String> = ports
        .iter()
        .filter_map(|port| {
            let host = port.host_port?;
            let protocol = text(&port.protocol);
            Some(format!("{host} → {}/{protocol}", port.container_port))
        })
        .collect();
    vec![
        format!("{}{state}", code(&one.name)),
        addresses.join(", "),
        ports.into_iter().collect::<Vec<_>>().join(", "),
    ]
}

fn table(out: &mut String, heads: &[&str], rows: Vec<Vec<String>>) {
    let _ = writeln!(out, "| {} |", heads.join(" | "));
    let _ = writeln!(out, "|{}", " --- |".repeat(heads.len()));
    for row in rows {
        let _ = writeln!(out, "| {} |", row.join(" | "));
    }
}

/// A name as it is, in which nothing is markup (CommonMark, code spans; GFM, tables).
fn code(name: &str) -> String {
    let clean: String = name
        .chars()
        .map(|c| match c {
            '`' => '\'',
            c if c.is_control() => ' ',
            c => c,
        })
        .collect();
    format!("`{}`", clean.replace('|', "\\|"))
}

/// A sentence in which nothing is markup.
fn text(sentence: &str) -> String {
    let mut out = String::new();
    for c in sentence.chars() {
        match c {
            c if c.is_control() => out.push(' '),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // What would be an address of the web or of mail becomes no link.
            ':' => out.push_str("&#58;"),
            '@' => out.push_str("&#64;"),
            '.' => out.push_str("&#46;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' | '!' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_and_sentences_contain_no_markup() {
        assert_eq!(code("a`b|c\n<b>"), "`a'b\\|c <b>`");
        assert_eq!(
            text("see www.example.org <script> [x](y) | a@b"),
            "see www&#46;example&#46;org &lt;script&gt; \\[x\\](y) \\| a&#64;b"
        );
    }

    proptest! {
        #[test]
        fn row_has_as_many_cells_as_its_table(name in ".{0,40}", sentence in ".{0,40}") {
            let mut out = String::new();
            table(&mut out, &["A", "B"], vec![vec![code(&name), text(&sentence)]]);
            let row = out.lines().nth(2).unwrap();
            prop_assert_eq!(out.lines().count(), 3);
            let mut bars = 0;
            let mut escaped = false;
            for c in row.chars() {
                bars += usize::from(c == '|' && !escaped);
                escaped = c == '\\' && !escaped;
            }
            prop_assert_eq!(bars, 3, "{}", row);
        }
    }
}
