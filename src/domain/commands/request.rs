//! Commands for what DockerMate itself keeps: no `docker` command changes its
//! settings, so the equivalent is the same request to its API.
//!
//! The session stands in a variable, never in the text: a command is copied,
//! pasted and kept in a history.

use super::quote::quote;
use super::script;
use super::writer::CommandWriter;
use crate::model::command::{Command, Commands};

/// A request without its secrets.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// `https://nas.local:5000`.
    pub base: &'a str,
    pub method: &'a str,
    /// With the query, if there is one.
    pub path: &'a str,
    /// JSON.
    pub body: Option<&'a str>,
}

/// The request by curl. The two short forms take the session from
/// `DOCKERMATE_SESSION`; the script asks for the password, and logs in and out.
pub fn request(request: &Request<'_>) -> Commands {
    Commands {
        simple: short(request, "curl"),
        intermediate: short(request, "curl --silent --show-error --fail-with-body"),
        advanced: script(request),
    }
}

fn short(request: &Request<'_>, curl: &str) -> Command {
    let url = quote(&format!("{}{}", request.base, request.path)).into_owned();
    let mut text = CommandWriter::default();
    text.raw(&format!(
        "{curl} -X {} -b \"session=${{DOCKERMATE_SESSION:?}}\"{} {url}",
        request.method,
        data(request)
    ));
    if curl.contains("--fail-with-body") {
        text.explain("--silent", "Hides the progress display.");
        text.explain("--show-error", "Still shows errors.");
        text.explain(
            "--fail-with-body",
            "Ends with an error when DockerMate refuses, and shows why.",
        );
    }
    text.explain("-X", "The HTTP method.");
    text.explain(
        "-b",
        "Sends the session as a cookie. It is the token that POST /api/auth/login answers with.",
    );
    if request.body.is_some() {
        text.explain("-H", "The content type of the body.");
        text.explain("-d", "The request body.");
    }
    text.explain(
        &url,
        "The address. This machine must trust the certificate (Settings, HTTPS); else name its authority with --cacert.",
    );
    text.finish()
}

fn data(request: &Request<'_>) -> String {
    request.body.map_or_else(String::new, |body| {
        format!(" -H 'Content-Type: application/json' -d {}", quote(body))
    })
}

/// In a shell of its own, so that a pasted script is read to its end before it
/// asks for the password: `read` would take the next line of it otherwise.
fn script(request: &Request<'_>) -> Command {
    let title = format!("{} {}", request.method, request.path);
    let mut text = script::begin(&title, &[], None);
    text.raw(&format!("url={}\n", quote(request.base)));
    text.raw(
        r#"call() {
  curl --silent --show-error --fail-with-body "$@"
}

# The password is neither shown nor part of a command line.
printf 'DockerMate password: ' >&2
trap 'stty echo 2>/dev/null || true' EXIT
trap 'exit 130' INT
"#,
    );
    text.part("stty -echo", "Hides the input.");
    text.raw(
        r#" 2>/dev/null || true
IFS= read -r password
stty echo 2>/dev/null || true
printf '\n' >&2

session=$(printf '%s' "$password" | sed 's/[\\"]/\\&/g; s/.*/{"password":"&"}/' |
  call -H 'Content-Type: application/json' -d @- "$url/api/auth/login" |
  sed -n 's/.*"session_token":"\([^"]*\)".*/\1/p')
[ -n "$session" ] || { printf '%s\n' 'The login failed; nothing was changed.' >&2; exit 1; }
"#,
    );
    text.part("trap", "Logs out when the script ends.");
    text.raw(&format!(
        " 'call -X POST -b \"session=$session\" \"$url/api/auth/logout\"' EXIT\n\n\
         call -X {} -b \"session=$session\"{} \"$url\"{}\n",
        request.method,
        data(request),
        quote(request.path),
    ));
    script::finish(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_path_and_body_are_one_word_each_in_the_curl_command() {
        let commands = request(&Request {
            base: "https://nas.local:5000",
            method: "PATCH",
            path: "/api/settings?a='$(reboot)",
            body: Some(r#"{"host_name":"it's; `reboot`"}"#),
        });
        assert_eq!(
            commands.simple.text,
            r#"curl -X PATCH -b "session=${DOCKERMATE_SESSION:?}" -H 'Content-Type: application/json' -d '{"host_name":"it'\''s; `reboot`"}' 'https://nas.local:5000/api/settings?a='\''$(reboot)'"#
        );
        for command in [&commands.simple, &commands.intermediate, &commands.advanced] {
            let mut from = 0;
            for part in &command.explain {
                if part.part == "( … )" {
                    continue;
                }
                let at = command.text[from..].find(&part.part);
                from += at.unwrap_or_else(|| panic!("{:?} is not in {}", part.part, command.text));
            }
        }
    }
}
