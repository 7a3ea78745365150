//! The two streams of a command without a terminal, taken apart: frames with
//! an eight-byte header (Docker Engine API, `ContainerAttach`, "Stream
//! format"). Pure.
//!
//! Invariant: a frame is never held as a whole; what has come of it is handed
//! on, so a header that lies about its length costs nothing.

use bytes::{Buf as _, Bytes, BytesMut};

const HEADER: usize = 8;
const STDERR: u8 = 2;

/// Some bytes of one stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    Stdout(Bytes),
    Stderr(Bytes),
}

/// Takes the frames apart.
#[derive(Debug, Default)]
pub struct Frames {
    bytes: BytesMut,
    /// Of the frame that is being read: its stream and what is still to come.
    open: Option<(u8, usize)>,
}

impl Frames {
    /// Whether the stream may end here: not within a frame, nor within its header.
    pub fn is_complete(&self) -> bool {
        self.bytes.is_empty() && self.open.is_none()
    }

    pub fn push(&mut self, data: &[u8]) {
        self.bytes.extend_from_slice(data);
    }
}

impl Iterator for Frames {
    type Item = Output;

    /// What is there; `None` asks for more bytes.
    fn next(&mut self) -> Option<Output> {
        loop {
            let (stream, left) = match self.open {
                Some(open) => open,
                None if self.bytes.len() < HEADER => return None,
                None => {
                    let stream = self.bytes.get_u8();
                    self.bytes.advance(3);
                    (stream, self.bytes.get_u32() as usize)
                }
            };
            self.open = Some((stream, left));
            if left == 0 {
                self.open = None;
                continue;
            }
            if self.bytes.is_empty() {
                return None;
            }
            let part = self.bytes.split_to(left.min(self.bytes.len())).freeze();
            self.open = (left > part.len()).then(|| (stream, left - part.len()));
            return Some(if stream == STDERR {
                Output::Stderr(part)
            } else {
                Output::Stdout(part)
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn frame(stream: u8, text: &str) -> Vec<u8> {
        let mut frame = vec![stream, 0, 0, 0];
        frame.extend(u32::try_from(text.len()).unwrap().to_be_bytes());
        frame.extend(text.as_bytes());
        frame
    }

    fn read(frames: &mut Frames) -> (String, String) {
        let mut both = (Vec::new(), Vec::new());
        for output in frames {
            match output {
                Output::Stdout(bytes) => both.0.extend(bytes),
                Output::Stderr(bytes) => both.1.extend(bytes),
            }
        }
        (
            String::from_utf8(both.0).unwrap(),
            String::from_utf8(both.1).unwrap(),
        )
    }

    #[test]
    fn available_bytes_of_a_frame_are_returned_even_if_its_length_is_excessive() {
        let mut frames = Frames::default();
        frames.push(&[1, 0, 0, 0, 255, 255, 255, 255, b'x']);
        assert_eq!(
            frames.next(),
            Some(Output::Stdout(Bytes::from_static(b"x")))
        );
        assert_eq!(frames.next(), None);
    }

    #[test]
    fn stream_that_ends_within_a_frame_is_reported_as_incomplete() {
        let whole = frame(1, "abc");
        for end in 0..=whole.len() {
            let mut frames = Frames::default();
            frames.push(&whole[..end]);
            let _ = read(&mut frames);
            let complete = end == 0 || end == whole.len();
            assert_eq!(frames.is_complete(), complete, "after {end} bytes");
        }
    }

    proptest! {
        /// However the bytes are cut on their way, each stream stays whole.
        #[test]
        fn decoded_streams_do_not_depend_on_how_the_bytes_are_chunked(texts in proptest::collection::vec((1u8..3, "[a-z]{0,9}"), 0..9), cut in 1usize..11) {
            let bytes: Vec<u8> = texts.iter().flat_map(|(stream, text)| frame(*stream, text)).collect();
            let wanted = |which| texts.iter().filter(|(s, _)| *s == which).map(|(_, t)| t.as_str()).collect::<String>();
            let mut frames = Frames::default();
            let mut got = (String::new(), String::new());
            for part in bytes.chunks(cut) {
                frames.push(part);
                let (out, err) = read(&mut frames);
                got.0 += &out;
                got.1 += &err;
            }
            prop_assert_eq!(got, (wanted(1), wanted(2)));
        }
    }
}
