//! Documents and JSON, compressed for who takes it.
//!
//! Only whole answers to GET, of which no route hands out a password, a session, a
//! page key or a ticket: those are answers to POST, or set a cookie. Nothing that is
//! sent piece by piece and nothing that is saved as a file. The length is not
//! exact: a comment of random length in the header hides what an answer's contents
//! do to it (see the threat model).

use super::body;
use super::off_workers::OffWorkers;
use super::reply::{Reply, Whole};
use bytes::Bytes;
use flate2::{Compression, GzBuilder};
use hyper::StatusCode;
use hyper::header::{
    ACCEPT_ENCODING, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue,
    SET_COOKIE, VARY,
};
use std::io::Write as _;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Below it a packet is not saved.
const LEAST: usize = 1024;
/// Above it the memory for both forms is not spent.
const MOST: usize = 8 * 1024 * 1024;
/// What a Raspberry Pi compresses within 5 ms, beside whatever else its worker does.
const AT_ONCE: usize = 32 * 1024;
/// The longest comment.
const PADDING: u8 = 64;

/// Whether a client takes an encoding.
pub fn accepts(headers: &HeaderMap, encoding: &str) -> bool {
    headers
        .get_all(ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|part| {
            let mut pieces = part.split(';').map(str::trim);
            let is_named = pieces
                .next()
                .is_some_and(|name| name.eq_ignore_ascii_case(encoding));
            let quality =
                pieces.find_map(|piece| piece.strip_prefix("q=").or(piece.strip_prefix("Q=")));
            is_named
                && quality
                    .is_none_or(|quality| quality.trim().parse::<f32>().is_ok_and(|q| q > 0.0))
        })
}

/// The answer to a GET or HEAD as the client takes it. `turns` says how many large
/// answers are compressed at once.
pub async fn answer(mut reply: Reply, takes_gzip: bool, turns: &Arc<Semaphore>) -> Reply {
    let Some(Whole(bytes)) = reply.extensions_mut().remove::<Whole>() else {
        return reply;
    };
    if !is_fit(&reply) || !(LEAST..=MOST).contains(&bytes.len()) {
        return reply;
    }
    reply
        .headers_mut()
        .append(VARY, HeaderValue::from_static("accept-encoding"));
    if !takes_gzip {
        return reply;
    }
    let packed = if bytes.len() <= AT_ONCE {
        pack(&bytes)
    } else {
        OffWorkers::new(Box::pin(async move { pack(&bytes) }), turns).await
    };
    if let Some(packed) = packed {
        reply
            .headers_mut()
            .insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        *reply.body_mut() = body::full(packed);
    }
    reply
}

fn is_fit(reply: &Reply) -> bool {
    let headers = reply.headers();
    let kind = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    let is_text =
        kind.is_some_and(|kind| kind == b"application/json" || kind.starts_with(b"text/html"));
    let keeps_its_form = [CONTENT_ENCODING, CONTENT_DISPOSITION, SET_COOKIE];
    is_text
        && reply.status() == StatusCode::OK
        && !keeps_its_form.iter().any(|name| headers.contains_key(name))
}

/// Nothing if it would not become smaller.
fn pack(bytes: &[u8]) -> Option<Bytes> {
    let mut random = [0];
    getrandom::fill(&mut random).ok()?;
    let padding = vec![b' '; usize::from(random[0] % PADDING)];
    let mut packer = GzBuilder::new()
        .comment(padding)
        .write(Vec::with_capacity(bytes.len() / 4), Compression::new(5));
    packer.write_all(bytes).ok()?;
    let packed = packer.finish().ok()?;
    (packed.len() < bytes.len()).then(|| Bytes::from(packed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::reply;
    use flate2::read::GzDecoder;
    use http_body_util::BodyExt as _;
    use std::io::Read as _;

    fn headers(accepted: &str) -> HeaderMap {
        HeaderMap::from_iter([(ACCEPT_ENCODING, accepted.parse().unwrap())])
    }

    #[test]
    fn encoding_is_taken_unless_its_quality_is_zero() {
        for taken in ["gzip", "br, GZIP;q=0.5", "deflate,gzip ; q=1"] {
            assert!(accepts(&headers(taken), "gzip"), "{taken}");
        }
        for refused in ["", "br", "gzip;q=0", "gzip; q=0.000", "gzip;q=x", "xgzip"] {
            assert!(!accepts(&headers(refused), "gzip"), "{refused}");
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn whole_text_is_compressed_and_nothing_else() {
        let turns = Arc::new(Semaphore::new(1));
        let text = "{\"a\":1}".repeat(20_000);
        let json = || reply::with(StatusCode::OK, "application/json", text.clone());
        let packed = answer(json(), true, &turns).await;
        assert_eq!(packed.headers()[CONTENT_ENCODING], "gzip");
        assert_eq!(packed.headers()[VARY], "accept-encoding");
        let bytes = packed.into_body().collect().await.unwrap().to_bytes();
        let mut read = String::new();
        GzDecoder::new(&bytes[..])
            .read_to_string(&mut read)
            .unwrap();
        assert_eq!(read, text);

        let plain = answer(json(), false, &turns).await;
        assert_eq!(plain.headers()[VARY], "accept-encoding");
        assert!(!plain.headers().contains_key(CONTENT_ENCODING));

        let mut saved = json();
        saved
            .headers_mut()
            .insert(CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));
        let mut entered = json();
        entered
            .headers_mut()
            .insert(SET_COOKIE, HeaderValue::from_static("a=b"));
        let streamed = {
            let (head, _) = reply::with(StatusCode::OK, "application/json", "").into_parts();
            let mut head = head;
            head.extensions.clear();
            let chunks = futures_util::stream::iter([Bytes::from(text.clone())]);
            Reply::from_parts(head, body::stream(chunks))
        };
        let short = reply::with(StatusCode::OK, "application/json", "{}");
        let failed = reply::with(StatusCode::BAD_REQUEST, "application/json", text.clone());
        let other = reply::text(StatusCode::OK, text.clone());
        for kept in [saved, entered, streamed, short, failed, other] {
            let kept = answer(kept, true, &turns).await;
            assert!(!kept.headers().contains_key(CONTENT_ENCODING), "{kept:?}");
        }
    }

    #[test]
    fn length_of_one_text_varies() {
        let text = "a b c ".repeat(1000);
        let lengths: std::collections::BTreeSet<_> = (0..50)
            .map(|_| pack(text.as_bytes()).unwrap().len())
            .collect();
        assert!(lengths.len() > 10, "{lengths:?}");
    }
}
