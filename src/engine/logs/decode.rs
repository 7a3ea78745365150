//! Bytes of a log answer to lines. Pure.
//!
//! Two forms (Docker Engine API, `ContainerAttach`, "Stream format"): frames
//! with an eight-byte header that names the stream, or, for a container with a
//! terminal, plain text. The first byte tells: a header starts with 0 to 3,
//! text with the digit of a timestamp.
//!
//! The engine cuts what a container writes into pieces and stamps each; pieces
//! of one line are joined again here. A line that its container never ended, by
//! stopping in the middle of it, is told from one that continues: see [`Pieces`].

use super::super::error::EngineError;
use super::stamp::{
    LONGEST_PIECE, PIECE, STAMP_ROOM, later_stamp, may_be_full, next_stamp, split_stamp,
};
use crate::model::logs::{LogLine, LogSource};
use crate::model::timestamp::{Timestamp, nanoseconds};
use bytes::{Buf, BytesMut};
use std::collections::VecDeque;

/// A line is handed on in parts of at most about this many bytes, so that a
/// container that never ends its line cannot fill our memory.
const LONGEST: usize = 256 * 1024;
/// A frame larger than this is not a frame.
const LARGEST_FRAME: usize = 8 * 1024 * 1024;
const HEADER: usize = 8;
/// How Docker begins its own message in the middle of a log (moby,
/// `api/server/httputils/write_log_stream.go`).
const ENGINE_MESSAGE: &[u8] = b"Error grabbing logs: ";

/// How an engine cuts a line into pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Pieces {
    /// Docker: full pieces of 16 KiB and a rest. A shorter piece without a line
    /// end is the last that its container wrote before it stopped.
    #[default]
    Full,
    /// Podman: a piece for each read of its monitor, of any size (conmon,
    /// `src/ctr_logging.c`), so the size says nothing. A line continues until it
    /// ends, unless the container was started in between (nanoseconds).
    Any { started: Option<i128> },
}

/// Podman notes the start of a container somewhat after its first output.
const START_GRAIN: i128 = 1_000_000_000;

#[derive(Debug, Default)]
pub(super) struct Decoder {
    pieces: Pieces,
    form: Option<Form>,
    bytes: BytesMut,
    ready: VecDeque<LogLine>,
    /// One open line for each stream.
    open: [Open; 2],
    failed: Option<EngineError>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Frames,
    Text,
}

/// A line whose end has not come yet.
#[derive(Debug, Default)]
struct Open {
    time: String,
    /// When its newest piece was written, where that matters.
    newest: Option<i128>,
    text: Vec<u8>,
    begun: bool,
}

impl Decoder {
    pub fn new(pieces: Pieces) -> Self {
        Self {
            pieces,
            ..Self::default()
        }
    }

    pub fn push(&mut self, data: &[u8]) {
        self.bytes.extend_from_slice(data);
        if self.form.is_none() {
            self.form = self.bytes.first().map(|first| {
                if *first <= 3 {
                    Form::Frames
                } else {
                    Form::Text
                }
            });
        }
        match self.form {
            Some(Form::Frames) => self.frames(),
            Some(Form::Text) => self.text(),
            None => {}
        }
    }

    /// The answer is over: what is left is the last line.
    pub fn finish(&mut self) {
        if self.form == Some(Form::Text) && !self.bytes.is_empty() {
            let rest = self.bytes.split();
            self.terminal_line(&rest);
        }
        for source in [LogSource::Stdout, LogSource::Stderr] {
            self.close(source);
        }
    }

    /// The moment of the earliest line whose end has not come yet.
    pub fn open_since(&self) -> Option<i128> {
        let open = self.open.iter().filter(|open| open.begun);
        open.filter_map(|open| nanoseconds(&open.time)).min()
    }

    /// The next line, or what went wrong; `None` asks for more bytes.
    pub fn next(&mut self) -> Option<Result<LogLine, EngineError>> {
        match self.ready.pop_front() {
            Some(line) => Some(Ok(line)),
            None => self.failed.take().map(Err),
        }
    }

    fn frames(&mut self) {
        while let Some(&[kind, a, b, c, l0, l1, l2, l3]) = self.bytes.first_chunk::<HEADER>() {
            let length = u32::from_be_bytes([l0, l1, l2, l3]) as usize;
            if kind > 3 || [a, b, c] != [0, 0, 0] || length > LARGEST_FRAME {
                self.failed = Some(EngineError::Protocol(
                    "a log frame with a broken header".to_owned(),
                ));
                self.bytes.clear();
                return;
            }
            if self.bytes.len() < HEADER + length {
                return;
            }
            self.bytes.advance(HEADER);
            let payload = self.bytes.split_to(length);
            match kind {
                // The engine's own message in the middle of a stream.
                3 => {
                    self.fail(String::from_utf8_lossy(&payload).trim());
                }
                2 => self.piece(LogSource::Stderr, &payload),
                _ => self.piece(LogSource::Stdout, &payload),
            }
        }
    }

    fn text(&mut self) {
        while let Some(end) = self.bytes.iter().position(|b| *b == b'\n') {
            let line = self.bytes.split_to(end + 1);
            self.terminal_line(&line);
        }
        if self.bytes.len() > LONGEST {
            let mut part = self.bytes.split();
            let taken = self.full_pieces(&part, LONGEST_PIECE + 2 * STAMP_ROOM);
            part.advance(taken);
            self.bytes = part;
        }
    }

    /// A line of a terminal to its end. The engine's own message stands among
    /// them without a stamp.
    fn terminal_line(&mut self, line: &[u8]) {
        if line.starts_with(ENGINE_MESSAGE) {
            let told = String::from_utf8_lossy(line);
            self.fail(told.trim());
            return;
        }
        let taken = self.full_pieces(line, 0);
        self.piece(LogSource::Stdout, &line[taken..]);
    }

    /// Takes the pieces off the front that another one follows, as long as more
    /// than `keep` bytes are left. Gives their length. A long line of a terminal
    /// has the stamp of each of its pieces in the text.
    fn full_pieces(&mut self, line: &[u8], keep: usize) -> usize {
        let full = self.pieces == Pieces::Full;
        let shortest = if full { PIECE } else { 0 };
        let now = i128::from(Timestamp::now().0) * 1_000_000;
        let mut taken = 0;
        while line.len() - taken > keep.max(shortest) {
            let rest = &line[taken..];
            let (stamp, text) = split_stamp(rest);
            let begin = rest.len() - text.len();
            let next = if full {
                next_stamp(text)
            } else {
                stamp.and_then(|stamp| later_stamp(text, stamp, now))
            };
            // Without one the text is handed on, so that the memory stays bounded.
            let end = match next {
                Some(at) => begin + at,
                None if keep > 0 => begin + PIECE,
                None => break,
            };
            self.piece(LogSource::Stdout, &rest[..end]);
            taken += end;
        }
        taken
    }

    fn fail(&mut self, message: &str) {
        self.failed = Some(EngineError::Engine {
            status: 500,
            message: message.to_owned(),
        });
    }

    /// One message of the engine: a stamp, text, and a line end unless it is a
    /// piece of a longer line.
    fn piece(&mut self, source: LogSource, message: &[u8]) {
        let full = self.pieces == Pieces::Full;
        for part in message.split_inclusive(|b| *b == b'\n') {
            let (time, text) = split_stamp(part);
            let (text, ended) = match text.strip_suffix(b"\n") {
                Some(text) => (text.strip_suffix(b"\r").unwrap_or(text), true),
                None => (text, false),
            };
            if let Pieces::Any {
                started: Some(started),
            } = self.pieces
            {
                let boundary = started - START_GRAIN;
                let now = time.and_then(nanoseconds);
                let before = self
                    .open_line(source)
                    .newest
                    .replace(now.unwrap_or(boundary));
                if before.is_some_and(|before| before < boundary)
                    && now.is_some_and(|now| now >= boundary)
                {
                    self.close(source);
                }
            }
            let open = self.open_line(source);
            if !open.begun {
                open.begun = true;
                time.unwrap_or_default().clone_into(&mut open.time);
            }
            open.text.extend_from_slice(text);
            let cut_off = full && !ended && !may_be_full(text);
            if ended || cut_off {
                self.close(source);
            } else if open.text.len() > LONGEST {
                self.hand_on(source);
            }
        }
    }

    fn open_line(&mut self, source: LogSource) -> &mut Open {
        let [stdout, stderr] = &mut self.open;
        match source {
            LogSource::Stdout => stdout,
            LogSource::Stderr => stderr,
        }
    }

    fn close(&mut self, source: LogSource) {
        let open = std::mem::take(self.open_line(source));
        if open.begun {
            self.ready.push_back(line(source, open.time, &open.text));
        }
    }

    /// What there is of a very long line, as a line of its own.
    fn hand_on(&mut self, source: LogSource) {
        let open = self.open_line(source);
        let (time, text) = (open.time.clone(), std::mem::take(&mut open.text));
        self.ready.push_back(line(source, time, &text));
    }
}

fn line(source: LogSource, time: String, text: &[u8]) -> LogLine {
    LogLine {
        time,
        stream: source,
        message: String::from_utf8_lossy(text).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const T1: &str = "2026-01-21T10:20:30.123456789Z";
    const T2: &str = "2026-01-21T10:20:31.000000000Z";

    fn frame(kind: u8, payload: &[u8]) -> Vec<u8> {
        let mut bytes = vec![kind, 0, 0, 0];
        bytes.extend((payload.len() as u32).to_be_bytes());
        bytes.extend(payload);
        bytes
    }

    fn decode(chunks: &[&[u8]]) -> Vec<LogLine> {
        let mut decoder = Decoder::default();
        let mut lines = Vec::new();
        for chunk in chunks {
            decoder.push(chunk);
            while let Some(line) = decoder.next() {
                lines.push(line.unwrap());
            }
        }
        decoder.finish();
        while let Some(line) = decoder.next() {
            lines.push(line.unwrap());
        }
        lines
    }

    fn texts(lines: &[LogLine]) -> Vec<(&str, &str)> {
        lines
            .iter()
            .map(|line| (line.time.as_str(), line.message.as_str()))
            .collect()
    }

    #[test]
    fn stdout_and_stderr_frames_are_decoded_to_lines_with_timestamps() {
        let mut bytes = frame(1, format!("{T1} hello\n").as_bytes());
        bytes.extend(frame(2, format!("{T2} oh no\n").as_bytes()));
        bytes.extend(frame(1, format!("{T2} \n").as_bytes()));
        let lines = decode(&[&bytes]);
        assert_eq!(texts(&lines), [(T1, "hello"), (T2, "oh no"), (T2, "")]);
        assert_eq!(lines[1].stream, LogSource::Stderr);
    }

    #[test]
    fn tty_output_is_decoded_to_lines_including_an_unterminated_last_one() {
        let bytes = format!("{T1} hello\r\n{T2} 10%\r20%\r\n{T2} sh# ");
        assert_eq!(
            texts(&decode(&[bytes.as_bytes()])),
            [(T1, "hello"), (T2, "10%\r20%"), (T2, "sh# ")]
        );
    }

    #[test]
    fn pieces_of_a_long_line_are_joined_under_the_first_timestamp() {
        let long = "x".repeat(PIECE);
        let mut bytes = frame(1, format!("{T1} {long}").as_bytes());
        bytes.extend(frame(2, format!("{T1} between\n").as_bytes()));
        bytes.extend(frame(1, format!("{T2} end\n").as_bytes()));
        let lines = decode(&[&bytes]);
        assert_eq!(lines[0].message, "between");
        assert_eq!(lines[1].message, format!("{long}end"));
        assert_eq!(lines[1].time, T1);

        let text = format!("{T1} {long}{T2} {long}{T2} end\r\n");
        let lines = decode(&[text.as_bytes()]);
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0].message, format!("{long}{long}end"));
    }

    #[test]
    fn stamps_in_long_terminal_lines_are_removed_after_bytes_that_the_engine_replaced() {
        let cut = format!("{}\u{fffd}", "a".repeat(PIECE - 1));
        let latin = "\u{fffd}".repeat(PIECE);
        let text = format!("{T1} {cut}{T2} \u{fffd} {T1} rest\r\n{T2} {latin}{T2} end\r\n");
        let lines = decode(&[text.as_bytes()]);
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0].message, format!("{cut}\u{fffd} {T1} rest"));
        assert_eq!(lines[1].message, format!("{latin}end"));
    }

    #[test]
    fn stamps_of_podman_pieces_in_a_terminal_line_are_removed() {
        const T3: &str = "2026-01-21T10:20:31.500000000Z";
        // The program's own time is not later than that of the piece.
        let text = format!("{T2} {T1} 10{T2} 20{T3} 30\r\n{T3} next\r\n");
        let mut decoder = Decoder::new(Pieces::Any { started: None });
        decoder.push(text.as_bytes());
        let lines: Vec<_> = std::iter::from_fn(|| decoder.next())
            .map(Result::unwrap)
            .collect();
        assert_eq!(
            texts(&lines),
            [(T2, format!("{T1} 102030").as_str()), (T3, "next")]
        );
    }

    #[test]
    fn date_in_the_text_of_a_podman_terminal_is_kept() {
        let message = "Certificate valid until 9999-03-01T00:00:00Z for nas.lan";
        let mut decoder = Decoder::new(Pieces::Any { started: None });
        decoder.push(format!("{T1} {message}\r\n").as_bytes());
        assert_eq!(decoder.next().unwrap().unwrap().message, message);
    }

    #[test]
    fn endless_terminal_line_is_the_same_however_it_arrives() {
        let piece = |n: u8| format!("{T1} {}", String::from(char::from(b'a' + n)).repeat(PIECE));
        let text: String = (0..24).map(piece).collect::<String>() + T2 + " end\r\n";
        let whole = decode(&[text.as_bytes()]);
        let parts: Vec<&[u8]> = text.as_bytes().chunks(5000).collect();
        assert_eq!(decode(&parts), whole);
        assert_eq!(whole.len(), 2);
        let written: String = whole.iter().map(|line| line.message.as_str()).collect();
        assert_eq!(written.len(), 24 * PIECE + 3);
        assert!(written.ends_with("xxend") && !written.contains(T1));
    }

    #[test]
    fn terminal_text_without_stamps_keeps_the_memory_bounded() {
        for pieces in [Pieces::Full, Pieces::Any { started: None }] {
            let mut decoder = Decoder::new(pieces);
            let mut total = 0;
            decoder.push(format!("{T1} ").as_bytes());
            for _ in 0..100 {
                decoder.push(&[b'x'; PIECE]);
                while let Some(line) = decoder.next() {
                    total += line.unwrap().message.len();
                }
                let held = decoder.bytes.len() + decoder.open[0].text.len();
                assert!(held <= 2 * LONGEST + 2 * PIECE, "{held}");
            }
            decoder.finish();
            while let Some(line) = decoder.next() {
                total += line.unwrap().message.len();
            }
            assert_eq!(total, 100 * PIECE, "{pieces:?}");
        }
    }

    #[test]
    fn engine_message_in_the_text_of_a_terminal_is_an_error() {
        let mut decoder = Decoder::default();
        decoder.push(format!("{T1} hello\r\nError grabbing logs: invalid\n").as_bytes());
        assert_eq!(decoder.next().unwrap().unwrap().message, "hello");
        assert!(matches!(
            decoder.next(),
            Some(Err(EngineError::Engine { message, .. })) if message.contains("invalid")
        ));
    }

    #[test]
    fn unterminated_line_is_not_joined_with_output_of_the_next_run() {
        let mut bytes = frame(1, format!("{T1} bye").as_bytes());
        bytes.extend(frame(1, format!("{T2} hello\n").as_bytes()));
        assert_eq!(texts(&decode(&[&bytes])), [(T1, "bye"), (T2, "hello")]);
    }

    #[test]
    fn podman_pieces_of_any_size_are_joined_until_the_line_ends() {
        let mut bytes = frame(1, format!("{T1} 18").as_bytes());
        bytes.extend(frame(1, format!("{T2} 60\n").as_bytes()));
        bytes.extend(frame(1, format!("{T2} 1861\n").as_bytes()));
        for started in [None, nanoseconds(T1), nanoseconds(T2)] {
            let mut decoder = Decoder::new(Pieces::Any { started });
            decoder.push(&bytes);
            let lines: Vec<_> = std::iter::from_fn(|| decoder.next())
                .map(Result::unwrap)
                .collect();
            assert_eq!(texts(&lines), [(T1, "1860"), (T2, "1861")]);
        }
    }

    #[test]
    fn unterminated_podman_line_ends_where_the_container_was_started_again() {
        const LATER: &str = "2026-01-21T10:25:00.000000000Z";
        let mut decoder = Decoder::new(Pieces::Any {
            started: nanoseconds(LATER),
        });
        decoder.push(&frame(1, format!("{T1} bye").as_bytes()));
        decoder.push(&frame(1, format!("{LATER} hello\n").as_bytes()));
        let lines: Vec<_> = std::iter::from_fn(|| decoder.next())
            .map(Result::unwrap)
            .collect();
        assert_eq!(texts(&lines), [(T1, "bye"), (LATER, "hello")]);
    }

    #[test]
    fn endless_line_is_emitted_in_parts_of_bounded_size() {
        let long = "x".repeat(PIECE);
        let mut decoder = Decoder::default();
        let mut total = 0;
        for _ in 0..100 {
            decoder.push(&frame(1, format!("{T1} {long}").as_bytes()));
            while let Some(line) = decoder.next() {
                total += line.unwrap().message.len();
            }
            assert!(decoder.open[0].text.len() <= LONGEST + PIECE);
        }
        decoder.finish();
        total += decoder.next().unwrap().unwrap().message.len();
        assert_eq!(total, 100 * PIECE);
    }

    #[test]
    fn invalid_utf8_is_shown_as_the_replacement_character() {
        let mut payload = T1.as_bytes().to_vec();
        payload.extend(b" a\xffb\n");
        assert_eq!(decode(&[&frame(1, &payload)])[0].message, "a\u{fffd}b");
    }

    #[test]
    fn engine_message_frame_and_malformed_header_are_reported_as_errors() {
        let mut decoder = Decoder::default();
        decoder.push(&frame(3, b"log file is gone\n"));
        assert!(matches!(
            decoder.next(),
            Some(Err(EngineError::Engine { .. }))
        ));
        let mut decoder = Decoder::default();
        decoder.push(&[1, 9, 9, 9, 0, 0, 0, 1, b'x']);
        assert!(matches!(
            decoder.next(),
            Some(Err(EngineError::Protocol(_)))
        ));
    }

    proptest! {
        /// However the network cuts the bytes, the lines are the same.
        #[test]
        fn decoded_lines_do_not_depend_on_how_the_bytes_are_chunked(
            messages in proptest::collection::vec(("[^\n\r]{0,30}", any::<bool>()), 1..12),
            cuts in proptest::collection::vec(0usize..400, 0..8),
            terminal: bool,
        ) {
            let mut bytes = Vec::new();
            for (text, to_stderr) in &messages {
                let text = format!("{T1} {text}\n");
                if terminal { bytes.extend(text.as_bytes()); } else { bytes.extend(frame(if *to_stderr { 2 } else { 1 }, text.as_bytes())); }
            }
            let mut cuts: Vec<usize> = cuts.into_iter().map(|c| c.min(bytes.len())).collect();
            cuts.sort_unstable();
            let mut chunks = Vec::new();
            let mut from = 0;
            for cut in cuts { chunks.push(&bytes[from..cut]); from = cut; }
            chunks.push(&bytes[from..]);
            let lines = decode(&chunks);
            let wanted: Vec<&str> = messages.iter().map(|(text, _)| text.as_str()).collect();
            prop_assert_eq!(lines.iter().map(|l| l.message.as_str()).collect::<Vec<_>>(), wanted);
        }

        #[test]
        fn decoder_never_panics_on_arbitrary_bytes(
            begins_with_a_frame: bool,
            payload in proptest::collection::vec(any::<u8>(), 0..60),
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
        ) {
            let mut decoder = Decoder::default();
            if begins_with_a_frame { decoder.push(&frame(1, &payload)); }
            decoder.push(&bytes);
            decoder.finish();
            while decoder.next().is_some() {}
        }
    }
}
