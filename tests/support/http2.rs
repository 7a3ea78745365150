//! HTTP/2 frame by frame (RFC 9113), as no well-behaved client sends them.

use super::client::{Client, Tls};
use std::io::Read as _;
use std::time::{Duration, Instant};

pub const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A frame of HTTP/2 (RFC 9113, 4.1).
pub fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut bytes = length[1..].to_vec();
    bytes.extend([kind, flags]);
    bytes.extend(stream.to_be_bytes());
    bytes.extend(payload);
    bytes
}

/// A string of HPACK (RFC 7541, 5.2), its length with a prefix of seven bits.
fn hpack(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Ok(short @ ..127) = u8::try_from(text.len()) {
        bytes.push(short);
    } else {
        bytes.push(127);
        let mut rest = text.len() - 127;
        while rest >= 128 {
            bytes.push(u8::try_from(rest % 128).unwrap() | 128);
            rest /= 128;
        }
        bytes.push(u8::try_from(rest).unwrap());
    }
    bytes.extend(text.as_bytes());
    bytes
}

/// The frames of a GET: headers, continued as often as their size needs.
pub fn get(client: &Client, stream: u32, path: &str, others: &[(&str, &str)]) -> Vec<u8> {
    // GET, https.
    headers(client, stream, &[0x82, 0x87], path, others, 1)
}

/// The frames of a GET whose body does not end. Its answer waits for no more of it.
pub fn unended(client: &Client, stream: u32, path: &str) -> Vec<u8> {
    let expects = [("expect", "100-continue")];
    headers(client, stream, &[0x82, 0x87], path, &expects, 0)
}

/// The frames of a GET whose body does not end, and of which no end is in sight.
pub fn begun(client: &Client, stream: u32, path: &str) -> Vec<u8> {
    headers(client, stream, &[0x82, 0x87], path, &[], 0)
}

/// The frames of a POST with its whole body.
pub fn whole_post(client: &Client, stream: u32, path: &str, body: &[u8]) -> Vec<u8> {
    let agent = [("user-agent", "a browser with a name of some length")];
    let mut bytes = headers(client, stream, &[0x83, 0x87], path, &agent, 0);
    bytes.extend(frame(0, 1, stream, body));
    bytes
}

/// The frames of a POST whose body does not end.
pub fn post(client: &Client, stream: u32, path: &str) -> Vec<u8> {
    let mut bytes = headers(client, stream, &[0x83, 0x87], path, &[], 0);
    bytes.extend(frame(0, 0, stream, b"x"));
    bytes
}

/// The frames of a CONNECT (RFC 9113, 8.5), which has neither scheme nor path.
pub fn connect(client: &Client, stream: u32) -> Vec<u8> {
    let mut block = vec![0x02];
    block.extend(hpack("CONNECT"));
    block.push(0x01);
    block.extend(hpack(&format!("localhost:{}", client.port)));
    pieces(stream, &block, 0)
}

/// Headers at the end of a stream.
pub fn trailers(stream: u32, fields: &[(String, String)]) -> Vec<u8> {
    let mut block = Vec::new();
    for (name, value) in fields {
        block.push(0);
        block.extend(hpack(name));
        block.extend(hpack(value));
    }
    pieces(stream, &block, 1)
}

fn headers(
    client: &Client,
    stream: u32,
    first: &[u8],
    path: &str,
    others: &[(&str, &str)],
    ends_stream: u8,
) -> Vec<u8> {
    let mut block = first.to_vec();
    // Literals with names of the static table: path, authority.
    block.push(0x04);
    block.extend(hpack(path));
    block.push(0x01);
    block.extend(hpack(&format!("localhost:{}", client.port)));
    for (name, value) in others {
        block.push(0);
        block.extend(hpack(name));
        block.extend(hpack(value));
    }
    pieces(stream, &block, ends_stream)
}

fn pieces(stream: u32, block: &[u8], ends_stream: u8) -> Vec<u8> {
    let pieces: Vec<&[u8]> = block.chunks(16 * 1024).collect();
    let last = pieces.len() - 1;
    let mut bytes = Vec::new();
    for (at, piece) in pieces.iter().enumerate() {
        let (kind, ends_stream) = if at == 0 { (1, ends_stream) } else { (9, 0) };
        let ends_headers = if at == last { 4 } else { 0 };
        bytes.extend(frame(kind, ends_stream | ends_headers, stream, piece));
    }
    bytes
}

/// Whether a request of this stream is answered with status 200 within some time.
pub fn is_answered(connection: &mut Tls, stream: u32, within: Duration) -> bool {
    let mut is_found = false;
    read_frames(connection, within, |kind, from, payload| {
        // `:status: 200` is an entry of the static table (RFC 7541, Appendix A).
        is_found |= kind == 1 && from == stream && payload.contains(&0x88);
        is_found
    });
    is_found
}

/// The payloads of the answers' HEADERS frames that come within some time.
pub fn answers(stream: &mut Tls, most: usize, within: Duration) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    read_frames(stream, within, |kind, _, payload| {
        if kind == 1 {
            found.push(payload.to_vec());
        }
        found.len() >= most
    });
    found
}

/// The streams that are reset within some time (RST_STREAM, RFC 9113, 6.4).
pub fn resets(stream: &mut Tls, most: usize, within: Duration) -> Vec<u32> {
    let mut found = Vec::new();
    read_frames(stream, within, |kind, from, _| {
        if kind == 3 {
            found.push(from);
        }
        found.len() >= most
    });
    found
}

/// Shows the frames that come, by kind, stream and payload, until one was the last wanted.
fn read_frames(
    stream: &mut Tls,
    within: Duration,
    mut is_last: impl FnMut(u8, u32, &[u8]) -> bool,
) {
    let begun = Instant::now();
    stream
        .sock
        .set_read_timeout(Some(Duration::from_millis(200)))
        .unwrap();
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
    while begun.elapsed() < within {
        match stream.read(&mut buffer) {
            Ok(0) => return,
            Ok(length) => bytes.extend(&buffer[..length]),
            Err(_) => continue,
        }
        while let [high, middle, low, kind, _, rest @ ..] = &bytes[..] {
            let length = u32::from_be_bytes([0, *high, *middle, *low]) as usize;
            let Some((from, payload)) = rest.split_first_chunk() else {
                break;
            };
            if payload.len() < length {
                break;
            }
            if is_last(*kind, u32::from_be_bytes(*from), &payload[..length]) {
                return;
            }
            bytes.drain(..9 + length);
        }
    }
}
