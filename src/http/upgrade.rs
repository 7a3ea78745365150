//! From a request to a WebSocket (RFC 6455, section 4.2).
//!
//! Invariant: the upgrade is made only for a page of ours. A browser sends our
//! cookie with a socket that any site's page opens, and no rule of the browser
//! stands in the way, so the Origin header must be there and be our own.

use super::body;
use super::call::Call;
use super::guard;
use super::reply::Reply;
use crate::error::{Error, Result};
use hyper::header::{CONNECTION, HeaderMap, HeaderValue, UPGRADE};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper::{Response, StatusCode, Version};
use hyper_util::rt::TokioIo;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

pub type Socket = WebSocketStream<TokioIo<Upgraded>>;

/// A message may be so long; a longer one ends the socket.
const LONGEST: usize = 256 * 1024;

/// An upgrade that was checked. The answer goes to the client first; then the
/// socket can be had.
#[derive(Debug)]
pub struct Handshake {
    accept: HeaderValue,
    upgrade: OnUpgrade,
}

/// Checks that the request asks for a socket, and that a page of ours does.
pub fn check(call: &mut Call) -> Result<Handshake> {
    let wanted = |what: &str| {
        Err(Error::bad_request(format!(
            "This is a WebSocket: {what}. Open it with new WebSocket(…) over HTTP/1.1."
        ))
        .code("websocket_required"))
    };
    let headers = &call.headers;
    if call.version != Version::HTTP_11 || call.method != hyper::Method::GET {
        return wanted("it is opened by a GET of HTTP/1.1");
    }
    if !has(headers, CONNECTION.as_str(), "upgrade") || !has(headers, UPGRADE.as_str(), "websocket")
    {
        return wanted("the request does not ask for the upgrade");
    }
    if !has(headers, "sec-websocket-version", "13") {
        return wanted("its version is 13");
    }
    let key = call.header("sec-websocket-key").unwrap_or_default();
    let accept = match HeaderValue::from_str(&derive_accept_key(key.as_bytes())) {
        // 16 bytes in base64.
        Ok(accept) if key.len() == 24 => accept,
        _ => return wanted("Sec-WebSocket-Key has 16 bytes"),
    };
    guard::require_own_origin(&call.uri, headers, &call.context.config.allowed_hosts)?;
    let Some(upgrade) = call.upgrade.take() else {
        return wanted("this connection cannot be upgraded");
    };
    Ok(Handshake { accept, upgrade })
}

impl Handshake {
    /// The answer, and the socket once the answer has been sent.
    pub fn accept(self) -> (Reply, impl Future<Output = Result<Socket>> + Send) {
        let mut reply = Response::new(body::empty());
        *reply.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let headers = reply.headers_mut();
        headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert("sec-websocket-accept", self.accept);
        let upgrade = self.upgrade;
        let socket = async move {
            let upgraded = upgrade
                .await
                .map_err(|error| Error::internal("The socket was not opened.").source(error))?;
            let config = WebSocketConfig::default()
                .read_buffer_size(16 * 1024)
                .max_message_size(Some(LONGEST))
                .max_frame_size(Some(LONGEST));
            let io = TokioIo::new(upgraded);
            Ok(WebSocketStream::from_raw_socket(io, Role::Server, Some(config)).await)
        };
        (reply, socket)
    }
}

/// Whether a comma-separated header has a word.
fn has(headers: &HeaderMap, name: &str, word: &str) -> bool {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|part| part.trim().eq_ignore_ascii_case(word))
}
