//! The frames of HTTP/2 that a client sends (RFC 9113, 4.1), as far as they tell what is
//! kept for it: requests that begin, data, and headers at the end of a request. Nothing
//! is judged here; what is wrong ends the connection elsewhere.

/// Before the first frame (RFC 9113, 3.4).
const PREFACE: usize = 24;
const HEAD: usize = 9;
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const CONTINUATION: u8 = 9;
const END_HEADERS: u8 = 4;
/// One byte can name a header (HPACK, RFC 7541, 6.1), and that takes an entry of hyper's map.
const OF_A_BYTE: usize = 200;
/// More headers than that are refused.
const MOST_OF_A_BLOCK: usize = 384 * 1024;
/// What h2 keeps of a frame beside its bytes.
const OF_DATA: usize = 256;

#[derive(Debug)]
pub struct FrameReader {
    /// Of the frame that is being read, or of the preface.
    left: usize,
    head: Vec<u8>,
    /// It has headers.
    is_block: bool,
    /// What these may still take: nothing if they begin a request, which is counted
    /// when it is whole.
    room: usize,
    newest_stream: u32,
    /// The headers of the newest request are not whole.
    is_beginning: bool,
    /// They are with this frame.
    is_last: bool,
}

/// What some bytes stand for.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Arrived {
    pub requests: usize,
    /// What may be kept of them.
    pub bytes: usize,
}

impl FrameReader {
    pub fn new() -> Self {
        Self {
            left: PREFACE,
            head: Vec::with_capacity(HEAD),
            is_block: false,
            room: 0,
            newest_stream: 0,
            is_beginning: false,
            is_last: false,
        }
    }

    /// Requests that have begun, but whose headers are not whole: none or one.
    pub fn unfinished(&self) -> usize {
        usize::from(self.is_beginning)
    }

    pub fn read(&mut self, mut bytes: &[u8]) -> Arrived {
        // Whatever they are: data that is kept keeps the buffer that it came in.
        let mut arrived = Arrived {
            requests: 0,
            bytes: bytes.len(),
        };
        while !bytes.is_empty() {
            let wanted = match self.left {
                0 => HEAD - self.head.len(),
                left => left,
            };
            let (now, later) = bytes.split_at(wanted.min(bytes.len()));
            bytes = later;
            if self.left > 0 {
                self.left -= now.len();
                self.is_beginning &= self.left > 0 || !self.is_last;
                if self.is_block {
                    let takes = (now.len() * OF_A_BYTE).min(self.room);
                    self.room -= takes;
                    arrived.bytes += takes;
                }
                continue;
            }
            self.head.extend(now);
            if let [high, middle, low, kind, flags, a, b, c, d] = self.head[..] {
                self.left = u32::from_be_bytes([0, high, middle, low]) as usize;
                // The first bit of a stream's number means nothing.
                let stream = u32::from_be_bytes([a & 0x7f, b, c, d]);
                self.is_last = flags & END_HEADERS != 0;
                self.begin(kind, stream, &mut arrived);
                self.is_beginning &= self.left > 0 || !self.is_last;
            }
        }
        arrived
    }

    fn begin(&mut self, kind: u8, stream: u32, arrived: &mut Arrived) {
        self.head.clear();
        self.is_block = matches!(kind, HEADERS | CONTINUATION);
        match kind {
            DATA => arrived.bytes += OF_DATA,
            HEADERS if stream > self.newest_stream => {
                self.newest_stream = stream;
                self.room = 0;
                self.is_beginning = true;
                arrived.requests += 1;
            }
            HEADERS => self.room = MOST_OF_A_BLOCK,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(kind: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
        let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
        let mut bytes = length[1..].to_vec();
        bytes.extend([kind, 0]);
        bytes.extend(stream.to_be_bytes());
        bytes.extend(payload);
        bytes
    }

    /// What the frames stand for beyond their bytes, however they come.
    fn beyond(frames: &[Vec<u8>]) -> Arrived {
        let bytes = [&[b'x'; PREFACE][..], &frames.concat()].concat();
        let mut found = FrameReader::new().read(&bytes);
        for size in [1, 2, 7, 9, 10, 1000] {
            let mut reader = FrameReader::new();
            let mut sum = Arrived::default();
            for part in bytes.chunks(size) {
                let part = reader.read(part);
                sum.requests += part.requests;
                sum.bytes += part.bytes;
            }
            assert_eq!(sum, found, "in parts of {size}");
        }
        found.bytes -= bytes.len();
        found
    }

    #[test]
    fn frames_stand_for_what_is_kept_of_them() {
        let of = |requests, bytes| Arrived { requests, bytes };
        assert_eq!(beyond(&[]), of(0, 0));
        // SETTINGS, PING and a request that is continued.
        let request = [
            frame(4, 0, &[0; 6]),
            frame(6, 0, &[1; 8]),
            frame(HEADERS, 1, &[1; 100]),
            frame(CONTINUATION, 1, &[1; 100]),
        ];
        assert_eq!(beyond(&request), of(1, 0));
        let data = [frame(DATA, 1, &[1; 40]), frame(DATA, 1, &[])];
        let with_data = [&request[..], &data].concat();
        assert_eq!(beyond(&with_data), of(1, 2 * OF_DATA));
        let trailers = [
            frame(HEADERS, 1, &[0xbe; 10]),
            frame(CONTINUATION, 1, &[0xbe; 5]),
        ];
        let with_trailers = [&request[..], &trailers].concat();
        assert_eq!(beyond(&with_trailers), of(1, 15 * OF_A_BYTE));
        let next = [&with_trailers[..], &[frame(HEADERS, 3, &[1; 50])]].concat();
        assert_eq!(beyond(&next), of(2, 15 * OF_A_BYTE));
        let marked = [&request[..], &[frame(HEADERS, 1 | 1 << 31, &[1; 7])]].concat();
        assert_eq!(beyond(&marked), of(1, 7 * OF_A_BYTE));
        // Neither does the data of a request count as headers.
        let later = [&next[..], &[frame(DATA, 3, &[1; 50])]].concat();
        assert_eq!(beyond(&later), of(2, 15 * OF_A_BYTE + OF_DATA));
    }

    #[test]
    fn request_is_unfinished_until_its_headers_are_whole() {
        let mut ends = frame(CONTINUATION, 1, &[1; 3]);
        ends[4] = END_HEADERS;
        let mut whole = frame(HEADERS, 3, &[]);
        whole[4] = END_HEADERS;
        let mut reader = FrameReader::new();
        reader.read(&[b'x'; PREFACE]);
        let mut steps = |bytes: &[u8]| {
            let each = bytes.iter().map(|byte| {
                reader.read(&[*byte]);
                reader.unfinished()
            });
            each.collect::<Vec<_>>()
        };
        let until_begun = [&[0; HEAD - 1][..], &[1; 3]].concat();
        assert_eq!(steps(&frame(HEADERS, 1, &[1; 2])), until_begun);
        assert_eq!(steps(&frame(CONTINUATION, 1, &[])), [1; HEAD]);
        assert_eq!(steps(&ends), [&[1; HEAD + 2][..], &[0]].concat());
        assert_eq!(steps(&whole), [0; HEAD]);
        // Neither do data, nor what ends a request, begin one.
        assert_eq!(steps(&frame(DATA, 3, &[1])), [0; HEAD + 1]);
        assert_eq!(steps(&frame(HEADERS, 3, &[1])), [0; HEAD + 1]);
    }

    #[test]
    fn headers_at_the_end_of_a_request_stand_for_no_more_than_is_taken_of_them() {
        let large = [
            frame(HEADERS, 1, &[1]),
            frame(HEADERS, 1, &[0xbe; 1500]),
            frame(CONTINUATION, 1, &[0xbe; 16_000]),
            frame(HEADERS, 1, &[0xbe; 16_000]),
        ];
        assert_eq!(beyond(&large).bytes, 2 * MOST_OF_A_BLOCK);
    }
}
