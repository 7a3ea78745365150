//! The way from plain HTTP to HTTPS.

use super::context::Context;
use super::reply::Reply;
use super::{guard, reply};
use hyper::header::{HOST, HeaderMap, HeaderValue, LOCATION};
use hyper::{Method, StatusCode, Uri};

/// The answer to a reverse proxy that speaks plain HTTP to us.
pub fn proxy_speaks_http(context: &Context) -> Reply {
    let port = context.config.port;
    let mut reply = reply::text(
        StatusCode::BAD_REQUEST,
        format!(
            "The reverse proxy speaks plain HTTP to DockerMate, which takes HTTPS only. Let it connect to \
             https://<address>:{port} and accept DockerMate's own certificate: proxy_pass https://... in nginx, \
             Scheme https in Nginx Proxy Manager, reverse_proxy https://... in Caddy, scheme=https in Traefik.\n"
        ),
    );
    guard::secure(&mut reply, "", false);
    reply
}

/// 301 to the same address over HTTPS. The body is a problem document for what
/// is not a page, because a client that sent a password in the clear should
/// hear why it was not used.
pub fn to_https(
    context: &Context,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    is_relayed: bool,
) -> Reply {
    let nothing = || {
        reply::text(
            StatusCode::BAD_REQUEST,
            "This port speaks HTTPS. The request must name its host.\n",
        )
    };
    // HTTP/2, behind a proxy, has it in the address.
    let named = uri.authority().map(hyper::http::uri::Authority::as_str);
    let header = || headers.get(HOST)?.to_str().ok();
    let Some(named) = named.or_else(header) else {
        return nothing();
    };
    let Some((host, port)) = guard::split_port(named) else {
        return nothing();
    };
    if guard::check_host(&host.to_ascii_lowercase(), |name| context.is_own_name(name)).is_err() {
        return nothing();
    }
    let host = if host.contains(':') {
        format!("[{host}]")
    } else {
        host.to_owned()
    };
    // A proxy is asked on its own ports. Port 80 has nothing to offer on itself: the main port, or 443 if we have it.
    let port = match port.unwrap_or(80) {
        80 if is_relayed => 443,
        80 if context.config.extra_ports.contains(&443) => 443,
        80 => context.config.port,
        other => other,
    };
    let port = if port == 443 {
        String::new()
    } else {
        format!(":{port}")
    };
    let path = uri
        .path_and_query()
        .map_or("/", hyper::http::uri::PathAndQuery::as_str);
    let path = if path.starts_with('/') { path } else { "/" };
    let target = format!("https://{host}{port}{path}");
    let is_page = matches!(*method, Method::GET | Method::HEAD);
    // What a proxy does may change; browsers keep a permanent one for ever.
    let status = if is_relayed {
        StatusCode::TEMPORARY_REDIRECT
    } else {
        StatusCode::MOVED_PERMANENTLY
    };
    let mut reply = if is_page {
        reply::redirect(status, &target)
    } else {
        let error = crate::error::Error::bad_request(format!(
            "DockerMate uses HTTPS only. Nothing was changed. Send this request to {target} instead."
        ))
        .code("https_required");
        let mut reply = super::error::reply(&error);
        *reply.status_mut() = status;
        if let Ok(target) = HeaderValue::from_str(&target) {
            reply.headers_mut().insert(LOCATION, target);
        }
        reply
    };
    guard::secure(&mut reply, "", false);
    reply
}
