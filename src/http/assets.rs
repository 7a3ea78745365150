//! The embedded assets, under a path that carries their hash: immutable. They
//! lie in the program as Brotli only, which every browser takes over HTTPS; who takes
//! gzip or nothing gets what is made of it once.

use super::body;
use super::compress::accepts;
use super::reply::Reply;
use crate::error::{Error, Kind, Result};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use hyper::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderMap, HeaderValue, IF_NONE_MATCH,
    VARY,
};
use hyper::{Method, Response, StatusCode};
use rust_embed::RustEmbed;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::{Mutex, PoisonError};

#[derive(RustEmbed)]
#[folder = "$OUT_DIR/assets"]
struct Assets;

/// The script that stands in each document, `web/js/loader.js`.
pub const LOADER: &str = include_str!(concat!(env!("OUT_DIR"), "/loader.js"));

/// Its hash, by which the content policy allows it and no other.
pub const LOADER_SHA256: &str = env!("DOCKERMATE_LOADER_SHA256");

/// Hash over every asset, made by the build.
pub const HASH: &str = env!("DOCKERMATE_ASSETS");

/// `/assets/<hash>/`
pub fn base() -> String {
    format!("/assets/{HASH}/")
}

/// `path` is what follows `/assets/`.
pub fn serve(path: &str, method: &Method, headers: &HeaderMap) -> Result<Reply> {
    if !matches!(*method, Method::GET | Method::HEAD) {
        return Err(Error::new(
            Kind::MethodNotAllowed {
                allow: "GET, HEAD".to_owned(),
            },
            "Assets are read-only.",
        ));
    }
    let missing = || Error::not_found("This asset does not exist.");
    let (hash, name) = path.split_once('/').ok_or_else(missing)?;
    // Only the plain names: the siblings are chosen here, not asked for.
    if name.ends_with(".br") || name.ends_with(".gz") {
        return Err(missing());
    }
    let kind = content_type(name).ok_or_else(missing)?;
    let (data, encoding) = pick(name, |encoding| accepts(headers, encoding)).ok_or_else(missing)?;
    let mut reply = Response::new(body::empty());
    let out = reply.headers_mut();
    out.insert(VARY, HeaderValue::from_static("accept-encoding"));
    // A page of an older version may ask for its own hash after an update: it
    // gets what there is, but must not keep it under that name.
    let fresh = hash == HASH;
    out.insert(
        CACHE_CONTROL,
        HeaderValue::from_static(if fresh {
            "public, max-age=31536000, immutable"
        } else {
            "no-cache"
        }),
    );
    // Weak: the bytes differ with the encoding (RFC 9110, 8.8.3).
    let tag = format!("W/\"{HASH}\"");
    let unchanged = headers
        .get(IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|given| given.split(',').any(|one| one.trim() == tag));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        out.insert(ETAG, tag);
    }
    if unchanged {
        *reply.status_mut() = StatusCode::NOT_MODIFIED;
        return Ok(reply);
    }
    out.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Some(encoding) = encoding {
        out.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    *reply.body_mut() = body::full(data);
    Ok(reply)
}

/// The third-party list that the build made, as JSON.
pub fn licences() -> Option<Bytes> {
    plain("licences.json")
}

fn pick(name: &str, accepts: impl Fn(&str) -> bool) -> Option<(Bytes, Option<&'static str>)> {
    let Some(packed) = Assets::get(&format!("{name}.br")) else {
        return Assets::get(name).map(|file| (bytes(file.data), None));
    };
    if accepts("br") {
        return Some((bytes(packed.data), Some("br")));
    }
    let plain = plain(name)?;
    if !accepts("gzip") {
        return Some((plain, None));
    }
    once(&format!("{name}.gz"), || gzip(&plain)).map(|data| (data, Some("gzip")))
}

/// As it was before it was compressed.
fn plain(name: &str) -> Option<Bytes> {
    let Some(packed) = Assets::get(&format!("{name}.br")) else {
        return Assets::get(name).map(|file| bytes(file.data));
    };
    once(name, || {
        let mut data = Vec::new();
        brotli_decompressor::BrotliDecompress(&mut &*packed.data, &mut data).ok()?;
        Some(data)
    })
}

fn gzip(plain: &[u8]) -> Option<Vec<u8>> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    packer.write_all(plain).ok()?;
    packer.finish().ok()
}

/// Made once: an anonymous client that asks a thousand times costs neither time nor
/// memory.
fn once(name: &str, make: impl FnOnce() -> Option<Vec<u8>>) -> Option<Bytes> {
    static MADE: Mutex<BTreeMap<String, Bytes>> = Mutex::new(BTreeMap::new());
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(data) = made.get(name) {
        return Some(data.clone());
    }
    let data = Bytes::from(make()?);
    made.insert(name.to_owned(), data.clone());
    Some(data)
}

fn bytes(data: Cow<'static, [u8]>) -> Bytes {
    match data {
        Cow::Borrowed(data) => Bytes::from_static(data),
        Cow::Owned(data) => Bytes::from(data),
    }
}

fn content_type(name: &str) -> Option<&'static str> {
    Some(match name.rsplit_once('.')?.1 {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "woff2" => "font/woff2",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asset_is_served_uncompressed_gzip_or_brotli_by_accept_encoding() {
        let served = |accepted: &'static [&str]| {
            pick("js/app.js", |encoding| accepted.contains(&encoding)).unwrap()
        };
        let (text, encoding) = served(&[]);
        assert_eq!(encoding, None);
        let text = std::str::from_utf8(&text).unwrap();
        assert!(text.contains("\n\"js/app.js\"($use,$load){\n"), "{text}");
        let (packed, encoding) = served(&["gzip"]);
        assert_eq!(encoding, Some("gzip"));
        assert!(packed.len() < text.len());
        let mut read = String::new();
        let mut unpacked = flate2::read::GzDecoder::new(&packed[..]);
        std::io::Read::read_to_string(&mut unpacked, &mut read).unwrap();
        assert_eq!(read, text);
        let (packed, encoding) = served(&["gzip", "br"]);
        assert_eq!(encoding, Some("br"));
        assert!(packed.len() < text.len());
        assert!(pick("js/missing.js", |_| true).is_none());
    }
}
