//! Commands for what DockerMate itself keeps: no `docker` command changes its
//! settings, so the equivalent is the same request to its API.
//!
//! The session stands in a variable, never in the text: a command is copied,
//! pasted and kept in a history.

use super::container::explanation;
use super::quote::quote;
use crate::model::command::{Command, Commands, Explanation};

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
    let mut explain = Vec::new();
    let mut add = |part: &str, meaning: &str| explain.push(explanation(part, meaning));
    if curl.contains("--fail-with-body") {
        add(
            "--silent",
            "Shows no progress, which is of use for large files only.",
        );
        add("--show-error", "Still says what went wrong.");
        add(
            "--fail-with-body",
            "Ends with an error when DockerMate refuses, and shows why.",
        );
    }
    add("-X", "The method: what is to be done with the address.");
    add(
        "-b",
        "Sends the session as a cookie. It is the token that POST /api/auth/login answers with.",
    );
    if request.body.is_some() {
        add("-H", "Says that what follows is JSON.");
        add("-d", "What is sent.");
    }
    add(
        &url,
        "Where. This machine must trust the certificate (Settings, HTTPS), or be given its \
         authority with --cacert.",
    );
    let text = format!(
        "{curl} -X {} -b \"session=${{DOCKERMATE_SESSION:?}}\"{} {url}",
        request.method,
        data(request)
    );
    Command { text, explain }
}

fn data(request: &Request<'_>) -> String {
    request.body.map_or_else(String::new, |body| {
        format!(" -H 'Content-Type: application/json' -d {}", quote(body))
    })
}

fn script(request: &Request<'_>) -> Command {
    let base = quote(request.base);
    let text = format!(
        r#"#!/bin/sh
set -eu
url={base}
call() {{
    curl --silent --show-error --fail-with-body "$@"
}}

# The password is not shown, and stands in no command line.
printf 'DockerMate password: ' >&2
stty -echo 2>/dev/null || true
IFS= read -r password
stty echo 2>/dev/null || true
printf '\n' >&2

session=$(printf '%s' "$password" | sed 's/[\\"]/\\&/g; s/.*/{{"password":"&"}}/' |
    call -H 'Content-Type: application/json' -d @- "$url/api/auth/login" |
    sed -n 's/.*"session_token":"\([^"]*\)".*/\1/p')
trap 'call -X POST -b "session=$session" "$url/api/auth/logout"' EXIT

call -X {method} -b "session=$session"{data} "$url"{path}
"#,
        method = request.method,
        data = data(request),
        path = quote(request.path),
    );
    let explain: Vec<Explanation> = vec![
        explanation("set -eu", "Stops at the first thing that fails."),
        explanation("stty -echo", "Hides what is typed."),
        explanation("trap", "Logs out at the end, however it ends."),
    ];
    Command { text, explain }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hostile_stays_one_word() {
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
                let at = command.text[from..].find(&part.part);
                from += at.unwrap_or_else(|| panic!("{:?} is not in {}", part.part, command.text));
            }
        }
    }
}
