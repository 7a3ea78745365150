//! The lines of an answer that the engine writes bit by bit: events, and how far a pull
//! or a load is.
//!
//! Invariants: a line that is longer than the bound is skipped up to its end and not
//! kept; each byte is looked at once, in however many pieces a line comes.

use bytes::{Buf as _, Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::body::Body;

/// The longest line that is read.
pub(super) const LINE: usize = 256 * 1024;

/// What comes next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// Without its end.
    Whole(Bytes),
    /// There was one, and it was too long.
    TooLong,
}

#[derive(Debug)]
pub(super) struct Lines<B> {
    body: B,
    buffer: BytesMut,
    /// Bytes of the buffer that have no end of a line in them.
    looked: usize,
    /// The rest of a line that was too long is still to come.
    is_skipping: bool,
    has_ended: bool,
}

impl<B: Body<Data = Bytes> + Unpin> Lines<B> {
    pub fn new(body: B) -> Self {
        Self {
            body,
            buffer: BytesMut::new(),
            looked: 0,
            is_skipping: false,
            has_ended: false,
        }
    }

    /// The next line; `None` at the end. The last one may have no end. Dropped while it
    /// waits, it loses nothing.
    pub async fn next(&mut self) -> Result<Option<Line>, B::Error> {
        loop {
            if let Some(line) = self.take() {
                return Ok(Some(line));
            }
            if self.has_ended {
                return Ok(None);
            }
            match self.body.frame().await {
                None => self.has_ended = true,
                Some(frame) => {
                    if let Ok(data) = frame?.into_data() {
                        self.buffer.extend_from_slice(&data);
                    }
                }
            }
        }
    }

    fn take(&mut self) -> Option<Line> {
        loop {
            let end = self.buffer[self.looked..].iter().position(|b| *b == b'\n');
            let Some(end) = end.map(|end| self.looked + end) else {
                self.looked = self.buffer.len();
                if self.is_skipping {
                    self.forget();
                } else if self.looked > LINE {
                    self.is_skipping = true;
                    self.forget();
                    return Some(Line::TooLong);
                }
                let is_last = self.has_ended && !self.buffer.is_empty();
                return is_last.then(|| {
                    self.looked = 0;
                    Line::Whole(self.buffer.split().freeze())
                });
            };
            let line = self.buffer.split_to(end);
            self.buffer.advance(1);
            self.looked = 0;
            if std::mem::take(&mut self.is_skipping) {
                continue;
            }
            return Some(if line.len() > LINE {
                Line::TooLong
            } else {
                Line::Whole(line.freeze())
            });
        }
    }

    /// What was read is not kept, nor is the room for it.
    fn forget(&mut self) {
        self.buffer = BytesMut::new();
        self.looked = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::StreamBody;
    use hyper::body::Frame;
    use std::convert::Infallible;

    async fn read(pieces: Vec<Vec<u8>>) -> Vec<Line> {
        let largest = pieces.iter().map(Vec::len).max().unwrap_or(0);
        let frames = pieces
            .into_iter()
            .map(|piece| Ok::<_, Infallible>(Frame::data(Bytes::from(piece))));
        let mut lines = Lines::new(StreamBody::new(futures_util::stream::iter(frames)));
        let mut all = Vec::new();
        while let Some(line) = lines.next().await.unwrap() {
            assert!(lines.buffer.len() <= LINE + largest);
            all.push(line);
        }
        all
    }

    fn whole(text: &str) -> Line {
        Line::Whole(Bytes::copy_from_slice(text.as_bytes()))
    }

    #[tokio::test]
    async fn lines_are_found_in_pieces_of_any_size() {
        let text = b"a\nbc\n\nlast";
        for size in 1..=text.len() {
            let pieces = text.chunks(size).map(<[u8]>::to_vec).collect();
            let all = read(pieces).await;
            let expected = ["a", "bc", "", "last"].map(whole);
            assert_eq!(all, expected, "{size}");
        }
        assert!(read(vec![]).await.is_empty());
    }

    #[tokio::test]
    async fn line_that_is_too_long_is_skipped_to_its_end() {
        let long = vec![b'x'; 64 * LINE];
        for size in [1000, LINE, 100 * LINE] {
            let text = [b"a\n".to_vec(), long.clone(), b"\nb\n".to_vec()].concat();
            let all = read(text.chunks(size).map(<[u8]>::to_vec).collect()).await;
            assert_eq!(all, [whole("a"), Line::TooLong, whole("b")], "{size}");
        }
        assert_eq!(read(vec![long]).await, [Line::TooLong]);
    }

    /// Looked at again for each piece, this line would be 4 billion bytes.
    #[tokio::test]
    async fn line_in_many_pieces_is_looked_at_once() {
        let pieces = vec![vec![b'x'; 2]; LINE / 2];
        let began = std::time::Instant::now();
        assert_eq!(read(pieces).await.len(), 1);
        assert!(began.elapsed() < std::time::Duration::from_secs(5));
    }
}
