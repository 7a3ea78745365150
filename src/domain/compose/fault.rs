//! What is wrong with a Compose file, or worth a warning, with its place.

use super::node::SourcePlace;
use crate::model::diagnostic::Severity;

/// Bytes of a message, which quotes what is wrong.
const LONGEST: usize = 600;

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComposeFault {
    pub at: SourcePlace,
    pub severity: Severity,
    pub message: String,
    pub hint: Option<String>,
}

impl ComposeFault {
    pub fn new(at: SourcePlace, message: impl Into<String>) -> Self {
        let mut message = message.into();
        if message.len() > LONGEST {
            let end = message.floor_char_boundary(LONGEST);
            message.truncate(end);
            message.push('…');
        }
        Self {
            at,
            severity: Severity::Error,
            message,
            hint: None,
        }
    }

    pub fn warning(at: SourcePlace, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::new(at, message)
        }
    }

    pub fn at(self, at: SourcePlace) -> Self {
        Self { at, ..self }
    }

    pub fn hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint;
        self
    }
}
