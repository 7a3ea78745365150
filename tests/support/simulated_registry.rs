//! A registry in this process, on loopback, that can also lie, stall and refuse.
//! It holds images that an engine can pull, and notes what it was asked.

use super::engine::{number, root};
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::StreamExt as _;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::process::Command;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};

const MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
const INDEX: &str = "application/vnd.docker.distribution.manifest.list.v2+json";

/// What a registry does with everything that is asked of one repository.
#[derive(Debug, Clone)]
pub enum Mood {
    /// 429 with this `Retry-After`.
    Limited(u64),
    /// So many answers of this status, and then the truth.
    Failing(u16, usize),
    /// Takes the request and never answers.
    Silent,
    /// A byte now and then.
    Slow,
    /// Another digest in the header than the content has.
    WrongDigest,
    /// A web page instead of everything.
    Html,
    /// To this address, with the same path.
    Redirect(String),
    /// A body without an end.
    Endless,
    /// The first half of each layer, and then nothing more.
    Stalled,
    /// The first half of each layer, and then no connection.
    Broken,
    /// `HEAD` is answered with this status.
    NoHead(u16),
    /// `HEAD` without a digest.
    NoDigest,
}

/// Who is let in.
#[derive(Debug, Clone)]
pub enum Door {
    Open,
    Basic(String, String),
    /// With a token of its own service; a login is needed where one is named.
    Token(Option<(String, String)>),
    /// The same, and a token is for one repository only.
    SingleToken,
    /// A token service at this address.
    TokenAt(String),
    /// Tokens for this identity token.
    Identity(String),
}

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Asked {
    pub method: String,
    pub path: String,
    pub authorization: Option<String>,
    pub is_http2: bool,
}

#[derive(Default)]
struct State {
    /// Content and media type by digest.
    contents: HashMap<String, (Bytes, &'static str)>,
    /// Digest by repository and tag.
    tags: BTreeMap<(String, String), String>,
    moods: HashMap<String, Mood>,
    door: Option<Door>,
    asked: Vec<Asked>,
    /// Tags on a page.
    page: usize,
    connections: usize,
}

pub struct SimulatedRegistry {
    pub port: u16,
    state: Arc<Mutex<State>>,
    /// The authority of its certificate, PEM.
    pub authority: Option<String>,
    /// Ends the server when it is dropped.
    runtime: Option<Runtime>,
}

impl Drop for SimulatedRegistry {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

type Answer = Response<BoxBody<Bytes, Infallible>>;

pub fn digest(bytes: &[u8]) -> String {
    let hash: String = Sha256::digest(bytes)
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    format!("sha256:{hash}")
}

/// A layer that holds one small file: compressed, and the digest of it as it is inside.
fn layer(text: &str) -> (Bytes, String) {
    let mut header = [0_u8; 512];
    let name = b"content.txt";
    header[..name.len()].copy_from_slice(name);
    header[100..108].copy_from_slice(b"0000644\0");
    header[108..116].copy_from_slice(b"0000000\0");
    header[116..124].copy_from_slice(b"0000000\0");
    header[124..136].copy_from_slice(format!("{:011o}\0", text.len()).as_bytes());
    header[136..148].copy_from_slice(b"00000000000\0");
    header[148..156].copy_from_slice(b"        ");
    header[156] = b'0';
    header[257..265].copy_from_slice(b"ustar\x0000");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let mut tar = header.to_vec();
    tar.extend_from_slice(text.as_bytes());
    tar.resize(tar.len().next_multiple_of(512) + 1024, 0);
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(&tar).unwrap();
    (packed.finish().unwrap().into(), digest(&tar))
}

/// The layer that makes an image run: busybox with its applets.
const BUSYBOX: &str = "busybox";

fn busybox() -> (Bytes, String) {
    static LAYER: OnceLock<(Bytes, String)> = OnceLock::new();
    let packed = || {
        let folder = root().join(format!("layer-{}", number()));
        std::fs::create_dir_all(folder.join("bin")).unwrap();
        std::fs::copy("/bin/busybox", folder.join("bin/busybox"))
            .expect("busybox-static is not installed (tests/packages.txt)");
        for applet in [
            "sh", "sleep", "echo", "cat", "true", "false", "touch", "test", "nc",
        ] {
            symlink("busybox", folder.join("bin").join(applet)).unwrap();
        }
        let output = Command::new("tar")
            .arg("-C")
            .arg(&folder)
            .args(["-cf", "-", "bin"])
            .output()
            .unwrap();
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(&output.stdout).unwrap();
        (packed.finish().unwrap().into(), digest(&output.stdout))
    };
    LAYER.get_or_init(packed).clone()
}

/// An image to be published: its layers by their text, and its defaults.
#[derive(Debug, Clone)]
pub struct Published {
    pub layers: Vec<String>,
    pub config: Value,
    pub created: &'static str,
    pub architecture: &'static str,
}

impl Published {
    pub fn new(text: &str) -> Self {
        Self {
            layers: vec!["base".to_owned(), text.to_owned()],
            config: json!({"Cmd": ["/content.txt"]}),
            created: "2026-01-02T03:04:05Z",
            architecture: if cfg!(target_arch = "aarch64") {
                "arm64"
            } else {
                "amd64"
            },
        }
    }
}

impl Published {
    /// One that runs this in a shell.
    pub fn running(text: &str, script: &str) -> Self {
        Self {
            layers: vec![BUSYBOX.to_owned(), text.to_owned()],
            config: json!({"Entrypoint": ["/bin/sh", "-c"], "Cmd": [script], "Env": ["PATH=/bin"]}),
            ..Self::new(text)
        }
    }
}

impl SimulatedRegistry {
    /// Over plain HTTP.
    pub fn start() -> Self {
        Self::with(None)
    }

    /// Over TLS with HTTP/2, for `localhost`, with an authority of its own.
    pub fn start_tls() -> Self {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut authority = rcgen::CertificateParams::default();
        let names = &mut authority.distinguished_name;
        names.push(
            rcgen::DnType::CommonName,
            format!("Authority {}", super::engine::number()),
        );
        authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let certificate = authority.self_signed(&key).unwrap();
        let issuer = rcgen::Issuer::from_params(&authority, &key);
        let own = rcgen::KeyPair::generate().unwrap();
        let leaf = rcgen::CertificateParams::new(vec!["localhost".to_owned()])
            .unwrap()
            .signed_by(&own, &issuer)
            .unwrap();
        let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![CertificateDer::from(leaf.der().to_vec())],
                PrivatePkcs8KeyDer::from(own.serialize_der()).into(),
            )
            .unwrap();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let mut registry = Self::with(Some(TlsAcceptor::from(Arc::new(config))));
        registry.authority = Some(certificate.pem());
        registry
    }

    fn with(tls: Option<TlsAcceptor>) -> Self {
        let state = Arc::new(Mutex::new(State {
            page: 1000,
            ..State::default()
        }));
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let shared = Arc::clone(&state);
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            while let Ok((stream, _)) = listener.accept().await {
                shared.lock().unwrap().connections += 1;
                let _ = stream.set_nodelay(true);
                let (state, tls) = (Arc::clone(&shared), tls.clone());
                tokio::spawn(async move {
                    let is_tls = tls.is_some();
                    let serve = |is_http2: bool| {
                        service_fn(move |request| {
                            let state = Arc::clone(&state);
                            let own = format!("{scheme}://localhost:{port}");
                            async move {
                                let is_head = request.method() == "HEAD";
                                let answer = answer(&state, &own, request, is_http2).await;
                                Ok::<_, Infallible>(if is_head { bare(answer) } else { answer })
                            }
                        })
                    };
                    if !is_tls {
                        let served = http1::Builder::new()
                            .serve_connection(TokioIo::new(stream), serve(false));
                        let _ = served.await;
                        return;
                    }
                    let Ok(stream) = tls.unwrap().accept(stream).await else {
                        return;
                    };
                    if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
                        let served = http2::Builder::new(TokioExecutor::new())
                            .serve_connection(TokioIo::new(stream), serve(true));
                        let _ = served.await;
                    } else {
                        let served = http1::Builder::new()
                            .serve_connection(TokioIo::new(stream), serve(false));
                        let _ = served.await;
                    }
                });
            }
        });
        Self {
            port,
            state,
            authority: None,
            runtime: Some(runtime),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// `localhost:port`.
    pub fn host(&self) -> String {
        format!("localhost:{}", self.port)
    }

    /// `localhost:port/name`.
    pub fn reference(&self, name: &str) -> String {
        format!("{}/{name}", self.host())
    }

    pub fn set_door(&self, door: Door) {
        self.state().door = Some(door);
    }

    pub fn set_mood(&self, repository: &str, mood: Mood) {
        self.state().moods.insert(repository.to_owned(), mood);
    }

    pub fn set_page(&self, tags: usize) {
        self.state().page = tags;
    }

    /// Every request since the last call.
    pub fn take_asked(&self) -> Vec<Asked> {
        std::mem::take(&mut self.state().asked)
    }

    pub fn connections(&self) -> usize {
        self.state().connections
    }

    fn keep(&self, bytes: Bytes, media_type: &'static str) -> String {
        let digest = digest(&bytes);
        self.state()
            .contents
            .insert(digest.clone(), (bytes, media_type));
        digest
    }

    fn put_image(&self, image: &Published) -> (String, usize) {
        let layers: Vec<(Bytes, String)> = image
            .layers
            .iter()
            .map(|text| match &**text {
                BUSYBOX => busybox(),
                text => layer(text),
            })
            .collect();
        let diff_ids: Vec<&String> = layers.iter().map(|(_, diff_id)| diff_id).collect();
        let config = json!({
            "created": image.created, "os": "linux", "architecture": image.architecture,
            "config": image.config, "rootfs": {"type": "layers", "diff_ids": diff_ids},
            "history": layers.iter().map(|_| json!({"created": image.created, "created_by": "test"})).collect::<Vec<_>>(),
        })
        .to_string();
        let size = config.len();
        let config = self.keep(
            config.into(),
            "application/vnd.docker.container.image.v1+json",
        );
        let layers: Vec<Value> = layers
            .into_iter()
            .map(|(packed, _)| {
                let size = packed.len();
                let digest = self.keep(packed, "application/vnd.docker.image.rootfs.diff.tar.gzip");
                json!({"mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip", "digest": digest, "size": size})
            })
            .collect();
        let manifest = json!({
            "schemaVersion": 2, "mediaType": MANIFEST,
            "config": {"mediaType": "application/vnd.docker.container.image.v1+json", "digest": config, "size": size},
            "layers": layers,
        })
        .to_string();
        let size = manifest.len();
        (self.keep(manifest.into(), MANIFEST), size)
    }

    fn tag(&self, repository: &str, tag: &str, digest: &str) {
        let key = (repository.to_owned(), tag.to_owned());
        self.state().tags.insert(key, digest.to_owned());
    }

    /// A single manifest under a tag; gives its digest.
    pub fn publish(&self, repository: &str, tag: &str, image: &Published) -> String {
        let (digest, _) = self.put_image(image);
        self.tag(repository, tag, &digest);
        digest
    }

    /// These bytes under a tag, as an index.
    pub fn publish_bytes(&self, repository: &str, tag: &str, bytes: String) {
        let digest = self.keep(bytes.into(), INDEX);
        self.tag(repository, tag, &digest);
    }

    /// An index with this image, one for another platform and an attestation; gives
    /// the digest of the index and of the image's manifest. `note` makes another
    /// index of the same images.
    pub fn publish_index(
        &self,
        repository: &str,
        tag: &str,
        image: &Published,
        note: &str,
    ) -> (String, String) {
        let other = Published {
            architecture: "s390x",
            ..image.clone()
        };
        let (digest, size) = self.put_image(image);
        let (foreign, foreign_size) = self.put_image(&other);
        let entry = |digest: &str, size: usize, architecture: &str, os: &str| {
            json!({"mediaType": MANIFEST, "digest": digest, "size": size,
                "platform": {"os": os, "architecture": architecture}})
        };
        let index = json!({
            "schemaVersion": 2, "mediaType": INDEX, "annotations": {"note": note},
            "manifests": [
                entry(&foreign, foreign_size, "s390x", "linux"),
                entry(&digest, size, image.architecture, "linux"),
            ],
        })
        .to_string();
        let index = self.keep(index.into(), INDEX);
        self.tag(repository, tag, &index);
        (index, digest)
    }

    pub fn untag(&self, repository: &str, tag: &str) {
        self.state()
            .tags
            .remove(&(repository.to_owned(), tag.to_owned()));
    }
}

fn full(status: u16, body: impl Into<Bytes>) -> Answer {
    Response::builder()
        .status(status)
        .header("docker-distribution-api-version", "registry/2.0")
        .body(Full::new(body.into()).boxed())
        .unwrap()
}

/// An answer to `HEAD`: the length without the body, which HTTP/2 would send.
fn bare(answer: Answer) -> Answer {
    let (mut head, body) = answer.into_parts();
    if let Some(length) = hyper::body::Body::size_hint(&body).exact() {
        head.headers.insert("content-length", length.into());
    }
    Response::from_parts(head, Full::new(Bytes::new()).boxed())
}

fn header(mut answer: Answer, name: &'static str, value: &str) -> Answer {
    answer.headers_mut().insert(name, value.parse().unwrap());
    answer
}

async fn answer(
    state: &Arc<Mutex<State>>,
    own: &str,
    request: Request<Incoming>,
    is_http2: bool,
) -> Answer {
    let method = request.method().to_string();
    let path = request.uri().path().to_owned();
    let query = request.uri().query().unwrap_or_default().to_owned();
    let authorization = request
        .headers()
        .get("authorization")
        .map(|value| value.to_str().unwrap().to_owned());
    state.lock().unwrap().asked.push(Asked {
        method: method.clone(),
        path: request.uri().path_and_query().unwrap().to_string(),
        authorization: authorization.clone(),
        is_http2,
    });
    let body = request
        .into_body()
        .collect()
        .await
        .map(|body| body.to_bytes())
        .unwrap_or_default();
    if path == "/token" {
        return token(
            state,
            &query,
            &String::from_utf8_lossy(&body),
            authorization.as_deref(),
        );
    }
    let repository = path
        .strip_prefix("/v2/")
        .and_then(|rest| {
            ["/manifests/", "/blobs/", "/tags/"]
                .iter()
                .find_map(|part| rest.split_once(part))
        })
        .map(|(repository, _)| repository.to_owned())
        .unwrap_or_default();
    if let Some(refused) = door(state, own, &repository, authorization.as_deref()) {
        return refused;
    }
    if repository.is_empty() {
        return full(200, "{}");
    }
    let mood = {
        let mut state = state.lock().unwrap();
        match state.moods.get_mut(&repository) {
            Some(Mood::Failing(_, 0)) => None,
            Some(Mood::Failing(status, left)) => {
                *left -= 1;
                return full(*status, "failing");
            }
            other => other.cloned(),
        }
    };
    let is_layer = path.contains("/blobs/");
    match mood {
        Some(Mood::Limited(seconds)) => {
            let answer = header(full(429, "{}"), "retry-after", &seconds.to_string());
            return header(answer, "ratelimit-remaining", "0;w=21600");
        }
        Some(Mood::Silent) => std::future::pending().await,
        Some(Mood::Html) => {
            return header(
                full(200, "<html>Sign in</html>"),
                "content-type",
                "text/html; charset=utf-8",
            );
        }
        Some(Mood::Redirect(to)) => {
            let at = if query.is_empty() {
                path
            } else {
                format!("{path}?{query}")
            };
            return header(full(307, ""), "location", &format!("{to}{at}"));
        }
        Some(Mood::Endless) if method == "GET" => {
            let piece = Bytes::from(vec![b' '; 64 * 1024]);
            let endless = futures_util::stream::repeat(piece).map(|piece| Ok(Frame::data(piece)));
            return Response::new(BodyExt::boxed(StreamBody::new(endless)));
        }
        Some(Mood::Slow) if method == "GET" => {
            let drops = futures_util::stream::unfold((), |()| async {
                tokio::time::sleep(Duration::from_millis(200)).await;
                Some((Ok(Frame::data(Bytes::from_static(b" "))), ()))
            });
            return Response::new(BodyExt::boxed(StreamBody::new(drops)));
        }
        Some(Mood::Stalled | Mood::Broken) if is_layer && method == "GET" => {
            return half(state, &path, matches!(mood, Some(Mood::Broken)));
        }
        Some(Mood::NoHead(status)) if method == "HEAD" => {
            let mut answer = full(status, "");
            answer
                .headers_mut()
                .remove("docker-distribution-api-version");
            return answer;
        }
        _ => {}
    }
    let limited = |answer: Answer| {
        let answer = header(answer, "ratelimit-limit", "100;w=21600");
        header(answer, "ratelimit-remaining", "99;w=21600")
    };
    limited(content(
        state,
        &path,
        &query,
        &repository,
        mood.as_ref(),
        &method,
    ))
}

/// The first half of a layer, and then silence, or an end that breaks the connection.
fn half(state: &Arc<Mutex<State>>, path: &str, ends: bool) -> Answer {
    let digest = path.rsplit('/').next().unwrap();
    let whole = state.lock().unwrap().contents[digest].0.clone();
    let first = whole.slice(..whole.len() / 2);
    let begun = futures_util::stream::iter([Ok(Frame::data(first))]);
    let rest = futures_util::stream::poll_fn(move |_| {
        if ends {
            std::task::Poll::Ready(None)
        } else {
            std::task::Poll::Pending
        }
    });
    let answer = Response::new(BodyExt::boxed(StreamBody::new(begun.chain(rest))));
    header(answer, "content-length", &whole.len().to_string())
}

fn content(
    state: &Arc<Mutex<State>>,
    path: &str,
    query: &str,
    repository: &str,
    mood: Option<&Mood>,
    method: &str,
) -> Answer {
    let state = state.lock().unwrap();
    if path.ends_with("/tags/list") {
        return tags(&state, query, repository);
    }
    let name = path.rsplit('/').next().unwrap();
    let tagged = state.tags.get(&(repository.to_owned(), name.to_owned()));
    let digest = tagged.map_or(name, String::as_str);
    let Some((bytes, media_type)) = state.contents.get(digest) else {
        return full(404, r#"{"errors":[{"code":"MANIFEST_UNKNOWN"}]}"#);
    };
    let shown = match mood {
        Some(Mood::WrongDigest) => format!("sha256:{}", "0".repeat(64)),
        _ => digest.to_owned(),
    };
    let answer = header(full(200, bytes.clone()), "content-type", media_type);
    if matches!(mood, Some(Mood::NoDigest)) && method == "HEAD" {
        return answer;
    }
    header(answer, "docker-content-digest", &shown)
}

fn tags(state: &State, query: &str, repository: &str) -> Answer {
    let parameter = |name: &str| {
        form_urlencoded::parse(query.as_bytes())
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    };
    let last = parameter("last").unwrap_or_default();
    let all: Vec<&String> = state
        .tags
        .keys()
        .filter(|(name, tag)| name == repository && *tag > last)
        .map(|(_, tag)| tag)
        .collect();
    if all.is_empty() && last.is_empty() {
        return full(404, "{}");
    }
    let page: Vec<&String> = all.iter().take(state.page).copied().collect();
    let answer = full(200, json!({"name": repository, "tags": page}).to_string());
    if all.len() <= state.page {
        return answer;
    }
    let next = format!(
        "</v2/{repository}/tags/list?n={}&last={}>; rel=\"next\"",
        state.page,
        page.last().unwrap()
    );
    header(answer, "link", &next)
}

fn encoded(user: &str, password: &str) -> String {
    use base64::Engine as _;
    let text = format!("{user}:{password}");
    format!(
        "Basic {}",
        base64::engine::general_purpose::STANDARD.encode(text)
    )
}

/// The answer to who is not let in.
fn door(
    state: &Arc<Mutex<State>>,
    own: &str,
    repository: &str,
    authorization: Option<&str>,
) -> Option<Answer> {
    let door = state.lock().unwrap().door.clone().unwrap_or(Door::Open);
    let (challenge, is_open) = match &door {
        Door::Open => return None,
        Door::Basic(user, password) => (
            "Basic realm=\"test\"".to_owned(),
            authorization == Some(encoded(user, password).as_str()),
        ),
        Door::Token(_) | Door::SingleToken | Door::TokenAt(_) | Door::Identity(_) => {
            let realm = match &door {
                Door::TokenAt(realm) => realm.clone(),
                _ => format!("{own}/token"),
            };
            let scope = if repository.is_empty() {
                String::new()
            } else {
                format!(",scope=\"repository:{repository}:pull\"")
            };
            let allowed = authorization
                .and_then(|text| text.strip_prefix("Bearer for:"))
                .is_some_and(|scopes| {
                    // At /v2/ any token of the service is good.
                    if repository.is_empty() {
                        return true;
                    }
                    let mut all = scopes.split('+').filter(|one| !one.is_empty());
                    match door {
                        Door::SingleToken => all.next() == Some(repository) && all.next().is_none(),
                        _ => all.any(|one| one == repository),
                    }
                });
            (
                format!("Bearer realm=\"{realm}\",service=\"simulated\"{scope}"),
                allowed,
            )
        }
    };
    if is_open {
        return None;
    }
    Some(header(full(401, "{}"), "www-authenticate", &challenge))
}

/// The token service: a token names the repositories that it is for.
fn token(
    state: &Arc<Mutex<State>>,
    query: &str,
    form: &str,
    authorization: Option<&str>,
) -> Answer {
    let state = state.lock().unwrap();
    let refused = match &state.door {
        Some(Door::Token(Some((user, password)))) => {
            authorization != Some(encoded(user, password).as_str())
        }
        Some(Door::Identity(identity)) => !form.contains(&format!("refresh_token={identity}")),
        _ => false,
    };
    if refused {
        return full(401, "{}");
    }
    let text = if form.is_empty() { query } else { form };
    let scopes: Vec<String> = form_urlencoded::parse(text.as_bytes())
        .filter(|(key, _)| key == "scope")
        .flat_map(|(_, value)| {
            value
                .split(' ')
                .map(|scope| scope.split(':').nth(1).unwrap_or_default().to_owned())
                .collect::<Vec<_>>()
        })
        .collect();
    full(
        200,
        json!({"token": format!("for:{}", scopes.join("+")), "expires_in": 300}).to_string(),
    )
}
