//! A container's log: as text, or live and resumable.

use crate::error::{Error, Result};
use crate::http::body;
use crate::http::call::Call;
use crate::http::query::{Parameter, choice, count_or_all, flag, moment};
use crate::http::reply::{NO_STORE, Reply};
use crate::http::sse;
use crate::model::logs::{LogLine, LogPosition, LogQuery};
use bytes::{BufMut as _, Bytes, BytesMut};
use futures_util::{Stream, StreamExt as _};
use hyper::Response;
use hyper::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};
use std::pin::Pin;

pub const QUERY: &[Parameter] = &[
    TAIL, SINCE, UNTIL, TIMESTAMPS, STDOUT, STDERR, FOLLOW, DOWNLOAD,
];
const TAIL: Parameter = count_or_all("tail", "The last lines only; `all` is the whole log.");
const SINCE: Parameter = moment("since", "Only lines of this time or later.");
const UNTIL: Parameter = moment("until", "Only lines of this time or earlier.");
const TIMESTAMPS: Parameter = flag(
    "timestamps",
    false,
    "Begin each line of the text with its time.",
);
const STDOUT: Parameter = flag("stdout", true, "What the container writes to stdout.");
const STDERR: Parameter = flag("stderr", true, "What the container writes to stderr.");
const FOLLOW: Parameter = choice(
    "follow",
    "Wait for further lines; when left out, true for `text/event-stream`.",
);
const DOWNLOAD: Parameter = flag(
    "download",
    false,
    "Answer with the text as a file to be saved.",
);
/// Lines in one event, so that a long log comes in few pieces.
const BATCH: usize = 500;

type Lines = Pin<Box<dyn Stream<Item = Result<LogLine>> + Send>>;

pub async fn logs(call: Call) -> Result<Reply> {
    let query = &call.query;
    let live = call.accepts("text/event-stream");
    let mut wanted = LogQuery {
        tail: query.count(&TAIL),
        since_ns: query.moment(&SINCE),
        until_ns: query.moment(&UNTIL),
        stdout: query.flag(&STDOUT),
        stderr: query.flag(&STDERR),
        follow: query.flag_or(&FOLLOW, live),
    };
    if !wanted.stdout && !wanted.stderr {
        return Err(Error::invalid(
            "stdout",
            "With both stdout and stderr off there is nothing to show.",
        ));
    }
    let id = call.param("id")?;
    if live {
        let resume = call.header("last-event-id").and_then(parse_position);
        if let Some(position) = &resume {
            wanted.since_ns = Some(position.ns);
            wanted.tail = None;
        }
        let permit = sse::permit(&call.context)?;
        let lines: Lines = Box::pin(call.context.containers.logs(id, &wanted).await?);
        return Ok(sse::reply(&call, permit, batches(lines, resume)));
    }
    // What is followed holds a connection to the engine for as long as it likes.
    let permit = wanted
        .follow
        .then(|| sse::permit(&call.context))
        .transpose()?;
    let timestamps = query.flag(&TIMESTAMPS);
    let lines: Lines = Box::pin(call.context.containers.logs(id, &wanted).await?);
    let chunks = sse::within_session(&call, text(lines, timestamps), None);
    let mut reply = Response::new(body::holding(body::stream(chunks), permit));
    let headers = reply.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    headers.insert(CACHE_CONTROL, NO_STORE);
    if wanted.follow {
        sse::unbuffered(&mut reply);
    }
    let headers = reply.headers_mut();
    if query.flag(&DOWNLOAD) {
        let name = call.context.containers.get(id)?.container.name.clone();
        // Container names are ASCII letters, digits, '_', '.' and '-'.
        let name: String = name
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'))
            .collect();
        if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}.log\"")) {
            headers.insert(CONTENT_DISPOSITION, value);
        }
    }
    Ok(reply)
}

fn text(lines: Lines, timestamps: bool) -> impl Stream<Item = Bytes> + Send {
    lines.map(move |line| {
        let mut out = BytesMut::new();
        match line {
            Ok(line) => {
                if timestamps {
                    out.put_slice(line.time.as_bytes());
                    out.put_u8(b' ');
                }
                out.put_slice(line.message.as_bytes());
            }
            Err(error) => out.put_slice(format!("[the log ends here: {error}]").as_bytes()),
        }
        out.put_u8(b'\n');
        out.freeze()
    })
}

/// The position in an event's id.
fn parse_position(id: &str) -> Option<LogPosition> {
    let (ns, line) = id.split_once('.')?;
    Some(LogPosition {
        // Beyond, no engine can count (the year 2262).
        ns: i128::from(ns.parse::<i64>().ok().filter(|ns| *ns >= 0)?),
        line: line.parse().ok()?,
    })
}

/// What is ready at once goes into one event; the event's id is the position
/// after its last line.
fn batches(lines: Lines, resume: Option<LogPosition>) -> impl Stream<Item = Bytes> + Send {
    struct State {
        lines: futures_util::stream::ReadyChunks<Lines>,
        /// To be left out after a reconnect.
        skip: Option<LogPosition>,
        at: LogPosition,
        over: bool,
    }
    let state = State {
        lines: lines.ready_chunks(BATCH),
        skip: resume,
        at: LogPosition::default(),
        over: false,
    };
    futures_util::stream::unfold(state, |mut state| async move {
        loop {
            if state.over {
                return None;
            }
            let Some(chunk) = state.lines.next().await else {
                state.over = true;
                return Some((sse::event(None, "end", "{}"), state));
            };
            let mut shown = Vec::with_capacity(chunk.len());
            let mut failure = None;
            for line in chunk {
                match line {
                    Ok(line) => {
                        let ns =
                            crate::model::timestamp::nanoseconds(&line.time).unwrap_or(state.at.ns);
                        state.at = state.at.next(ns);
                        if state.skip.is_some_and(|skip| state.at <= skip) {
                            continue;
                        }
                        shown.push(line);
                    }
                    Err(error) => failure = Some(error),
                }
            }
            let mut out = BytesMut::new();
            if !shown.is_empty() {
                let id = format!("{}.{}", state.at.ns, state.at.line);
                out.put(sse::event_json(Some(&id), "lines", &shown));
            }
            if let Some(error) = failure {
                state.over = true;
                let data = serde_json::json!({"error": error.message});
                out.put(sse::event_json(None, "end", &data));
            }
            if !out.is_empty() {
                return Some((out.freeze(), state));
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::logs::LogSource;

    fn line(time: &str, message: &str) -> LogLine {
        LogLine {
            time: time.to_owned(),
            stream: LogSource::Stdout,
            message: message.to_owned(),
        }
    }

    #[tokio::test]
    async fn log_stream_resumes_after_the_last_line_read_within_the_same_timestamp() {
        let same = "2026-01-21T10:00:00.000000001Z";
        let all = || {
            Box::pin(futures_util::stream::iter(vec![
                Ok(line(same, "a")),
                Ok(line(same, "b")),
                Ok(line(same, "c")),
                Ok(line("2026-01-21T10:00:01Z", "d")),
            ])) as Lines
        };
        let whole: Vec<Bytes> = batches(all(), None).collect().await;
        let text = String::from_utf8(whole.concat()).unwrap();
        assert!(text.contains("event: lines"), "{text}");
        assert!(text.ends_with("event: end\ndata: {}\n\n"), "{text}");
        let ns = crate::model::timestamp::nanoseconds(same).unwrap();
        let rest: Vec<Bytes> = batches(all(), Some(LogPosition { ns, line: 2 }))
            .collect()
            .await;
        let text = String::from_utf8(rest.concat()).unwrap();
        for read in ["a", "b"] {
            assert!(!text.contains(&format!("\"m\":\"{read}\"")), "{text}");
        }
        assert!(
            text.contains("\"m\":\"c\"") && text.contains("\"m\":\"d\""),
            "{text}"
        );
    }

    #[test]
    fn log_position_is_parsed_and_malformed_ids_are_rejected() {
        assert_eq!(
            parse_position("12.3"),
            Some(LogPosition { ns: 12, line: 3 })
        );
        for bad in ["", "12", "-1.2", "x.y", "1.-2", "99999999999999999999.1"] {
            assert_eq!(parse_position(bad), None, "{bad}");
        }
    }
}
