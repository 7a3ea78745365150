//! From files to one model: `extends`, `include`, and one file over another.

use super::node::{Node, SourcePlace, Value};
use super::reader::{Loader, Variables};
use super::unique::unique;
use super::{extends, merge};

impl Loader<'_> {
    /// Several files over one another, in their long form. `chain` are the files that
    /// lead here by `include`.
    pub fn project(
        &mut self,
        files: &[String],
        folder: &str,
        variables: &Variables,
        chain: &[String],
    ) -> Option<Node> {
        let mut merged = Node::new(Value::Map(Vec::new()), SourcePlace::default());
        let mut is_empty = true;
        for file in files {
            for mut document in self.documents(file, SourcePlace::default())? {
                if document.is_null() {
                    continue;
                }
                is_empty = false;
                let before = self.errors();
                self.interpolate(&mut document, "", variables);
                if document.as_map().is_none() {
                    let why = format!("A Compose file is a mapping, and not {}.", document.kind());
                    self.fault(document.at, why);
                }
                self.bounded(&document);
                if self.errors() > before {
                    return None;
                }
                self.over(&mut merged, document, file, folder, variables, chain)?;
            }
        }
        if is_empty {
            self.fault(SourcePlace::default(), "The Compose file is empty.");
            return None;
        }
        Some(merged)
    }

    fn over(
        &mut self,
        merged: &mut Node,
        mut document: Node,
        file: &str,
        folder: &str,
        variables: &Variables,
        chain: &[String],
    ) -> Option<()> {
        let before = self.errors();
        if let Some(include) = document.take("include") {
            let mut chain = chain.to_vec();
            chain.push(file.to_owned());
            self.include(merged, &include, folder, variables, &chain)?;
        }
        extends::extend(self, &mut document, merged, file, folder, variables);
        if self.errors() > before {
            return None;
        }
        merge::reset(merged, &mut document);
        unique(&mut document);
        if let Err(fault) = merge::merge(merged, document) {
            self.faults.push(fault);
            return None;
        }
        unique(merged);
        self.checked(merged)
    }
}
