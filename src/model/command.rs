//! The command line that does what a click does, in three modes (section 14).

use serde::Serialize;
use utoipa::ToSchema;

/// The same thing for the shell, three ways. Each is complete: pasted, it works.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Commands {
    pub simple: Command,
    pub intermediate: Command,
    pub advanced: Command,
}

/// A piece of shell text, and what its parts mean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Command {
    /// POSIX shell, quoted; may have several lines.
    pub text: String,
    /// One sentence for each flag or word worth explaining, in order of appearance.
    pub explain: Vec<Explanation>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Explanation {
    /// As it stands in the text (`--time`, `docker stop`).
    pub part: String,
    pub meaning: String,
}
