//! Why the engine could not start a command. Engines tell it at different
//! places: as the answer to the request (Docker 28, Podman), or where the output
//! of the command would be, with exit code 126 or 127.
//! Invariant: an error names the program as it may be written down: errors are logged.

use crate::engine::{EngineError, ExecSpec};
use crate::error::Error;
use crate::model::program::{is_variable, shown, without_values};

/// Whether an output is what the engine writes when the runtime could not start
/// a command.
pub(super) fn is_runtime_error(text: &str) -> bool {
    let text = text.trim_start();
    let podmans = text.starts_with("Error: ") && text.contains("OCI runtime attempted to invoke");
    let dockers = [
        "OCI runtime exec failed",
        "unable to find user",
        "exec failed",
    ];
    podmans || dockers.iter().any(|beginning| text.starts_with(beginning))
}

/// The same told as the answer to the start.
fn is_start_refusal(text: &str) -> bool {
    let text = text.to_lowercase();
    is_runtime_error(&text)
        || [
            "oci runtime",
            "exec failed",
            "unable to find user",
            "no matching entries",
        ]
        .iter()
        .any(|part| text.contains(part))
}

fn is_about_user(text: &str) -> bool {
    text.contains("unable to find user") || text.contains("no matching entries")
}

/// Whether the program is not there, rather than not to be run.
pub(super) fn is_missing_program(text: &str) -> bool {
    let text = text.to_lowercase();
    text.contains("not found") || text.contains("no such file")
}

/// What the engine wrote instead of starting a shell or a command; `None` when
/// the start failed for another reason.
pub(super) fn text_of(error: &EngineError) -> Option<String> {
    let text = error.to_string();
    is_start_refusal(&text).then_some(text)
}

/// The error of a start.
pub(super) fn of_start(error: EngineError, spec: &ExecSpec, name: &str) -> Error {
    match text_of(&error) {
        Some(text) => of_command(spec, name, &text),
        None => error.into(),
    }
}

/// A program that is not there is an error of the request, not its result.
pub(super) fn of_command(spec: &ExecSpec, name: &str, text: &str) -> Error {
    if let Some(error) = of_user(text, name, spec.user.as_deref()) {
        return error;
    }
    let word = spec.command.first().map_or("", String::as_str);
    let program = shown(word);
    let what = if is_missing_program(text) {
        "has no program"
    } else {
        "cannot run"
    };
    let hint = if is_variable(word) {
        " A variable is not set before the program: send it as env."
    } else {
        ""
    };
    Error::invalid(
        "command",
        format!(
            "{name} {what} {program:?}. Only what is in its image can be run, and a line is read by a shell only after sh -c.{hint}"
        ),
    )
    .code("command_not_found")
    .detail(without_values(text.trim()))
}

/// When it is the user that the container lacks.
pub(super) fn of_user(text: &str, name: &str, user: Option<&str>) -> Option<Error> {
    is_about_user(text).then(|| {
        let user = user.unwrap_or_default();
        Error::invalid(
            "user",
            format!("{name} has no such user {user:?}. Leave it out, or give a number."),
        )
        .code("user_not_found")
        .detail(text.trim())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runtime_errors_are_distinguished_from_command_output() {
        for (text, engines) in [
            ("OCI runtime exec failed: exec failed: …", true),
            (
                "Error: runc: exec failed: unable to start container process: exec: \"x\": executable file not found in $PATH: OCI runtime attempted to invoke a command that was not found\n",
                true,
            ),
            ("Error: no such table", false),
            ("sh: x: not found", false),
        ] {
            assert_eq!(is_runtime_error(text), engines, "{text}");
        }
    }

    #[test]
    fn missing_program_or_user_is_recognised_in_the_errors_of_each_engine() {
        let spec = ExecSpec {
            command: vec!["fish".to_owned()],
            user: Some("nobody-at-all".to_owned()),
            ..ExecSpec::default()
        };
        let start = |status: u16, text: &str| {
            let error = EngineError::Engine {
                status,
                message: text.to_owned(),
            };
            of_start(error, &spec, "web").code
        };
        for text in [
            "OCI runtime exec failed: exec failed: unable to start container process: exec: \"fish\": executable file not found in $PATH: unknown",
            "runc: exec failed: unable to start container process: exec: \"fish\": executable file not found in $PATH: OCI runtime attempted to invoke a command that was not found",
        ] {
            assert_eq!(start(400, text), Some("command_not_found"), "{text}");
        }
        let user = "unable to find user nobody-at-all: no matching entries in passwd file";
        assert_eq!(start(400, user), Some("user_not_found"));
        assert_eq!(start(500, "out of memory"), Some("engine_error"));
    }
}
