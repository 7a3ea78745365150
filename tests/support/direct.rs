//! The calls of `docker` that tests make most often, sent to the engine without
//! its client: a start of the client takes as much of the processor as what it
//! asks for.

use super::client::{Answer, read_answer};
use super::engine::Engine;
use serde_json::Value;
use std::io::{self, BufReader, Write as _};
use std::os::unix::net::UnixStream;

/// What the client would print; an error is what the engine said. `None` where
/// only the client knows what is meant.
pub fn run(engine: &Engine, arguments: &[&str]) -> Option<Result<String, String>> {
    match *arguments {
        ["ps", ref rest @ ..] => list(engine, rest),
        ["container", "inspect", ref rest @ ..] | ["inspect", ref rest @ ..] => {
            inspect(engine, rest)
        }
        ["rm", ref rest @ ..] => remove(engine, rest),
        [
            action @ ("start" | "stop" | "kill" | "pause" | "unpause"),
            ref rest @ ..,
        ] => act(engine, action, rest),
        _ => None,
    }
}

/// One request on a connection that may be used again.
pub fn send(
    stream: &mut BufReader<UnixStream>,
    method: &str,
    path: &str,
    body: &str,
) -> io::Result<Answer> {
    write!(
        stream.get_mut(),
        "{method} {path} HTTP/1.1\r\nHost: engine\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )?;
    read_answer(stream)
}

pub fn ask(engine: &Engine, method: &str, path: &str, body: &str) -> Result<Answer, String> {
    let sent = UnixStream::connect(engine.socket())
        .and_then(|stream| send(&mut BufReader::new(stream), method, path, body));
    match sent {
        Ok(answer) if answer.status < 400 => Ok(answer),
        Ok(answer) => Err(answer.text()),
        Err(error) => Err(error.to_string()),
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
        && !text.starts_with('-')
}

fn list(engine: &Engine, options: &[&str]) -> Option<Result<String, String>> {
    let names = match *options {
        ["-a", "--format", "{{.Names}}"] => true,
        ["-aq"] | ["-aq", "--no-trunc"] | ["-a", "--no-trunc", "--format", "{{.ID}}"] => false,
        _ => return None,
    };
    let line = |row: &Value| {
        let name = &row["Names"][0];
        let text = if names { name } else { &row["Id"] };
        text.as_str()
            .unwrap_or("")
            .trim_start_matches('/')
            .to_owned()
    };
    let rows = ask(engine, "GET", "/containers/json?all=true", "");
    Some(rows.map(|answer| {
        let rows = answer.json();
        let rows = rows.as_array().into_iter().flatten();
        rows.map(line).collect::<Vec<_>>().join("\n")
    }))
}

fn inspect(engine: &Engine, arguments: &[&str]) -> Option<Result<String, String>> {
    let (format, name) = match *arguments {
        [name] if is_name(name) => (None, name),
        ["-f" | "--format", format, name] if is_name(name) => (Some(format), name),
        _ => return None,
    };
    // It may be something else than a container: the client looks for that.
    let found = ask(engine, "GET", &format!("/containers/{name}/json"), "").ok()?;
    let found = found.json();
    let Some(format) = format else {
        return Some(Ok(format!("[{found}]")));
    };
    let path = format.strip_prefix("{{.")?.strip_suffix("}}")?;
    let mut value = &found;
    for part in path.split('.') {
        value = value.get(part)?;
    }
    match value {
        Value::String(text) => Some(Ok(text.clone())),
        Value::Bool(_) | Value::Number(_) => Some(Ok(value.to_string())),
        _ => None,
    }
}

fn remove(engine: &Engine, arguments: &[&str]) -> Option<Result<String, String>> {
    let (flags, names): (Vec<&str>, Vec<&str>) =
        arguments.iter().partition(|text| text.starts_with('-'));
    let (mut force, mut volumes) = (false, false);
    for flag in flags {
        force |= flag.contains('f');
        volumes |= flag.contains('v');
        if !["-f", "-v", "-fv", "-vf"].contains(&flag) {
            return None;
        }
    }
    if names.is_empty() || !names.iter().all(|name| is_name(name)) {
        return None;
    }
    let query = format!("force={force}&v={volumes}");
    for name in &names {
        let answer = ask(engine, "DELETE", &format!("/containers/{name}?{query}"), "");
        // As newer clients have it: what is gone need not be removed by force.
        if let Err(said) = answer
            && !(force && said.contains("No such container"))
        {
            return Some(Err(said));
        }
    }
    Some(Ok(names.join("\n")))
}

fn act(engine: &Engine, action: &str, arguments: &[&str]) -> Option<Result<String, String>> {
    let (query, name) = match (action, arguments) {
        (_, [name]) => (String::new(), name),
        ("stop", ["-t", seconds, name]) => (format!("?t={seconds}"), name),
        _ => return None,
    };
    if !is_name(name) {
        return None;
    }
    let path = format!("/containers/{name}/{action}{query}");
    Some(ask(engine, "POST", &path, "").map(|_| (*name).to_owned()))
}
