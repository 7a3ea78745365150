//! Answers that are not the engine's: a proxy in between, such as
//! docker-socket-proxy, that lets only some requests through. Engines answer
//! errors in JSON or plain text, proxies (HAProxy, nginx, Traefik) in HTML; and
//! no engine forbids a request without a reason in JSON.

use hyper::StatusCode;
use hyper::header::{CONTENT_TYPE, HeaderMap};
use serde_json::{Map, Value};

/// Whether the head of an answer already says that a proxy gave it.
pub(super) fn has_proxys_head(status: StatusCode, headers: &HeaderMap) -> bool {
    if !status.is_client_error() && !status.is_server_error() {
        return false;
    }
    let kind = headers.get(CONTENT_TYPE);
    let kind = kind.and_then(|value| value.to_str().ok()).unwrap_or("");
    let is = |wanted: &str| kind.trim_start().to_ascii_lowercase().starts_with(wanted);
    is("text/html") || (status == StatusCode::FORBIDDEN && !is("application/json"))
}

/// Whether a proxy gave the whole of this answer.
pub(super) fn is_proxys(status: StatusCode, body: &[u8]) -> bool {
    let html = body.trim_ascii_start().starts_with(b"<");
    let forbidden = status == StatusCode::FORBIDDEN
        && serde_json::from_slice::<Map<String, Value>>(body).is_err();
    html || forbidden
}

/// What the proxy refused (`GET /events`) and the setting that allows it.
pub(super) fn sentence(status: StatusCode, asked: &str) -> String {
    if status != StatusCode::FORBIDDEN {
        return format!(
            "A proxy between DockerMate and the engine answered {asked} with status {}.",
            status.as_u16()
        );
    }
    let told = format!("A proxy between DockerMate and the engine does not allow {asked}.");
    match setting_of(asked) {
        Some(setting) => format!("{told} With docker-socket-proxy, set {setting}."),
        None => told,
    }
}

/// The variable of docker-socket-proxy that lets a request through.
fn setting_of(asked: &str) -> Option<String> {
    let (method, path) = asked.split_once(' ')?;
    let mut parts = path.trim_start_matches('/').split('/');
    let mut area = parts.next()?;
    if area.starts_with('v') && area.contains('.') {
        area = parts.next()?;
    }
    let area = if area == "containers" && path.ends_with("/exec") {
        "exec"
    } else {
        area
    };
    let known = [
        "build",
        "containers",
        "events",
        "exec",
        "images",
        "info",
        "networks",
        "system",
        "version",
        "volumes",
    ];
    let setting = known
        .contains(&area)
        .then(|| format!("{}=1", area.to_ascii_uppercase()))?;
    Some(if method == "GET" {
        setting
    } else {
        format!("{setting} and POST=1")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(code: u16) -> StatusCode {
        StatusCode::from_u16(code).unwrap()
    }

    #[test]
    fn proxy_refusal_message_names_the_setting_that_allows_the_request() {
        assert_eq!(
            sentence(status(403), "GET /v1.41/events"),
            "A proxy between DockerMate and the engine does not allow GET /v1.41/events. With docker-socket-proxy, set EVENTS=1."
        );
        let stop = sentence(status(403), "POST /containers/web/stop");
        assert!(stop.ends_with("set CONTAINERS=1 and POST=1."), "{stop}");
        let exec = sentence(status(403), "POST /containers/web/exec");
        assert!(exec.ends_with("set EXEC=1 and POST=1."), "{exec}");
        let busy = sentence(status(502), "GET /info");
        assert!(
            busy.ends_with("answered GET /info with status 502."),
            "{busy}"
        );
        let other = sentence(status(403), "GET /session");
        assert!(other.ends_with("does not allow GET /session."), "{other}");
    }

    #[test]
    fn proxy_answer_is_distinguished_from_an_engine_answer() {
        for (code, kind, body, proxys) in [
            (403, "text/html", "<html>403 Forbidden</html>", true),
            (502, "text/html; charset=utf-8", "<html></html>", true),
            (403, "text/plain", "Forbidden", true),
            (403, "application/json", r#"{"message":"a plugin"}"#, false),
            (404, "application/json", r#"{"message":"gone"}"#, false),
            (404, "text/plain; charset=utf-8", "page not found", false),
        ] {
            let headers = HeaderMap::from_iter([(CONTENT_TYPE, kind.parse().unwrap())]);
            assert_eq!(has_proxys_head(status(code), &headers), proxys, "{body}");
            assert_eq!(is_proxys(status(code), body.as_bytes()), proxys, "{body}");
        }
        let html = HeaderMap::from_iter([(CONTENT_TYPE, "text/html".parse().unwrap())]);
        assert!(!has_proxys_head(status(200), &html));
    }
}
