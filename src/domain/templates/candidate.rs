//! What reading a text gives: a template that is not saved yet.

use crate::model::template::Template;

/// A template that was read, before it has its place.
#[derive(Debug)]
pub struct Candidate {
    pub template: Template,
    pub remarks: Vec<String>,
}
