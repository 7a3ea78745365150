//! Ports: binding them, and one connection from its first byte to its end.
//!
//! The first byte tells TLS (22, a handshake record) from plain HTTP, which is
//! answered with the way to HTTPS, or to the challenge of an ACME order. Slow clients meet a limit at every stage:
//! the first byte, the handshake, the headers, the body, and a peer that no
//! longer reads.

use super::call::Ends;
use super::context::Context;
use super::places::{ConnectionPlace, ConnectionPlaces};
use super::portions::Portions;
use super::progress::WriteLimit;
use super::rank::{ConnectionOrigin, Rank};
use super::serve::Server;
use super::share::Traffic;
use super::stream_tasks::StreamTasks;
use super::to_https::{proxy_speaks_http, to_https};
use super::{body, forwarded, guard, reply};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use socket2::{Domain, Protocol, Socket, Type};
use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

const FIRST_BYTE: Duration = Duration::from_secs(10);
const HANDSHAKE: Duration = Duration::from_secs(10);
/// An HTTP/2 connection without a request for this long is closed.
const IDLE: Duration = Duration::from_mins(3);
/// The same without a session, where many connections come from its network.
const IDLE_IN_CROWD: Duration = Duration::from_secs(10);
const HEADERS: Duration = Duration::from_secs(15);
/// A peer that acknowledges nothing for this long is gone.
const UNACKNOWLEDGED: Duration = Duration::from_mins(1);
/// A peer that reads nothing of an answer for this long is cut off.
const UNREAD: Duration = Duration::from_secs(30);
/// Requests of a connection that are answered at the same time before it has proved a
/// session. An answer that nobody reads is one of them.
const AT_ONCE: usize = 8;
/// The headers of one request: cookies of programs on other ports come with it.
const HEADERS_SIZE: u32 = 64 * 1024;
/// Requests of a proxy that are taken back before they were looked at: more than are read
/// at once.
const RESET_EARLY: usize = 256;
/// A stop waits so long for a connection that has proved no session.
const STOP_UNPROVED: Duration = Duration::from_secs(1);
/// How often the same problem is logged.
const WARN_EVERY: Duration = Duration::from_mins(1);
const TLS_HANDSHAKE_RECORD: u8 = 22;

/// A port that cannot be had. Exit code 69.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    #[error("port {0} is in use by another program. Stop that one, or choose another with --port")]
    InUse(SocketAddr),
    #[error(
        "permission denied for port {0}. Ports below 1024 need root or CAP_NET_BIND_SERVICE; or choose another with --port"
    )]
    NotAllowed(SocketAddr),
    #[error("the address {0} is not on this machine. See --listen")]
    NotHere(SocketAddr),
    #[error("cannot listen on {0}: {1}")]
    Other(SocketAddr, io::Error),
}

#[derive(Debug)]
pub struct Listeners {
    sockets: Vec<TcpListener>,
}

impl Listeners {
    /// Binds every port on every address; all or none.
    pub fn bind(addresses: &[IpAddr], ports: &[u16]) -> Result<Self, BindError> {
        let both = [
            IpAddr::V6(Ipv6Addr::UNSPECIFIED),
            IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        ];
        let everywhere = addresses.is_empty();
        let addresses = if everywhere { &both[..] } else { addresses };
        let mut sockets = Vec::new();
        for port in ports {
            for address in addresses {
                match bind_one(SocketAddr::new(*address, *port)) {
                    Ok(socket) => sockets.push(socket),
                    // A kernel without IPv6 still serves IPv4.
                    Err(BindError::Other(..) | BindError::NotHere(_))
                        if everywhere && address.is_ipv6() => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(Self { sockets })
    }

    /// Accepts until the process stops. Returns at once; every task is tracked.
    pub fn serve(self, server: &Arc<Server>, tls: Arc<tokio_rustls::rustls::ServerConfig>) {
        let acceptor = TlsAcceptor::from(tls);
        let context = server.context();
        let places = ConnectionPlaces::new(context.max_connections, context.most_unproved);
        for listener in self.sockets {
            context.life.tracker.spawn(accept(
                listener,
                Arc::clone(server),
                acceptor.clone(),
                places.clone(),
            ));
        }
    }
}

fn bind_one(address: SocketAddr) -> Result<TcpListener, BindError> {
    let attempt = || -> io::Result<TcpListener> {
        let socket = Socket::new(
            Domain::for_address(address),
            Type::STREAM.nonblocking().cloexec(),
            Some(Protocol::TCP),
        )?;
        socket.set_reuse_address(true)?;
        if address.is_ipv6() {
            socket.set_only_v6(true)?;
        }
        socket.bind(&address.into())?;
        socket.listen(256)?;
        TcpListener::from_std(socket.into())
    };
    attempt().map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => BindError::InUse(address),
        io::ErrorKind::PermissionDenied => BindError::NotAllowed(address),
        io::ErrorKind::AddrNotAvailable => BindError::NotHere(address),
        _ => BindError::Other(address, error),
    })
}

async fn accept(
    listener: TcpListener,
    server: Arc<Server>,
    acceptor: TlsAcceptor,
    places: ConnectionPlaces,
) {
    let context = server.context();
    let mut warned: Option<Instant> = None;
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = context.life.stop.cancelled() => return,
        };
        let (stream, remote) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors, most likely: give some time to come back.
                if warned.is_none_or(|at| at.elapsed() >= WARN_EVERY) {
                    warned = Some(Instant::now());
                    tracing::warn!(%error, "connections could not be accepted");
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let remote = canonical(remote);
        let origin = if forwarded::is_trusted(remote.ip(), &context.config.trusted_proxies) {
            ConnectionOrigin::Proxy
        } else if context.auth.knows_address(remote.ip()) {
            ConnectionOrigin::KnownAddress
        } else {
            ConnectionOrigin::Unknown
        };
        // While there is none, the excess waits in the kernel's queue.
        let taken = places.take(remote.ip(), origin);
        let place = match context.life.stop.run_until_cancelled(taken).await {
            None => return,
            Some(None) => continue,
            Some(Some(place)) => place,
        };
        let server = Arc::clone(&server);
        let acceptor = acceptor.clone();
        let tracker = context.life.tracker.clone();
        tracker.spawn(async move {
            let serving = Box::pin(connection(stream, remote, server, acceptor, &place));
            place.leave().run_until_cancelled(serving).await;
        });
    }
}

/// IPv4 as such; an IPv6 address keeps its scope, which tells the link of a
/// link-local one.
fn canonical(remote: SocketAddr) -> SocketAddr {
    match remote.ip().to_canonical() {
        ip @ IpAddr::V4(_) => SocketAddr::new(ip, remote.port()),
        IpAddr::V6(_) => remote,
    }
}

/// The rank of its place rises once the client has proved a session.
async fn connection(
    stream: TcpStream,
    remote: SocketAddr,
    server: Arc<Server>,
    acceptor: TlsAcceptor,
    place: &ConnectionPlace,
) {
    let context = server.context();
    let _ = stream.set_nodelay(true);
    let _ = socket2::SockRef::from(&stream).set_tcp_user_timeout(Some(UNACKNOWLEDGED));
    let Ok(local) = stream.local_addr() else {
        return;
    };
    let ends = Ends { remote, local };
    let mut first = [0];
    let peeked = timeout(FIRST_BYTE, stream.peek(&mut first));
    match context.life.stop.run_until_cancelled(peeked).await {
        Some(Ok(Ok(1))) => {}
        _ => return,
    }
    if first[0] != TLS_HANDSHAKE_RECORD {
        let stop = context.life.stop.clone();
        stop.run_until_cancelled(plain(stream, remote.ip(), Arc::clone(context)))
            .await;
        return;
    }
    let handshake = timeout(HANDSHAKE, acceptor.accept(WriteLimit::new(stream, UNREAD)));
    let Some(Ok(Ok(stream))) = context.life.stop.run_until_cancelled(handshake).await else {
        return;
    };
    let http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    let stop = context.life.stop.clone();
    let traffic = place.traffic();
    let is_proxy = place.is_proxy();
    let headers = { &context.headers }.connection(place.rank(), place.leave(), is_proxy && http2);
    let tasks = StreamTasks::default();
    let service = {
        let server = Arc::clone(&server);
        let traffic = traffic.clone();
        let rank = place.rank();
        let headers = Arc::clone(&headers);
        let tasks = tasks.clone();
        let permits = Arc::new(Semaphore::new(AT_ONCE));
        service_fn(move |request: Request<Incoming>| {
            let server = Arc::clone(&server);
            let rank = rank.clone();
            let traffic = traffic.clone();
            let permits = Arc::clone(&permits);
            let held = headers.hold(&request);
            if http2 {
                // Nothing here serves it, and what comes for it would be kept where
                // nobody reads it.
                if *request.method() == Method::CONNECT {
                    held.end().cancel();
                }
                tasks.end_next_with(held.end());
            }
            async move {
                // Closed once a session is proved: nobody waits then. A proxy's
                // connection carries everybody's requests.
                let permit = if is_proxy || rank.is_proved() {
                    None
                } else {
                    rank.when_proved_close(&permits);
                    Arc::clone(&permits).acquire_owned().await.ok()
                };
                let busy = traffic.begin(permit);
                let reply = server.respond(ends, request, &held).await;
                // Until its answer has ended trailers may come for the other.
                let held = Some(held).filter(|held| held.is_unended());
                Ok::<_, Infallible>(reply.map(|body| body::holding(busy.watch(body), held)))
            }
        })
    };
    let io = TokioIo::new(Portions::new(stream, headers, http2));
    if http2 {
        let idle = || {
            if place.is_in_crowd() {
                IDLE_IN_CROWD
            } else {
                IDLE
            }
        };
        let mut builder = http2::Builder::new(tasks);
        builder
            .timer(TokioTimer::new())
            .max_concurrent_streams(32)
            .max_header_list_size(HEADERS_SIZE)
            .max_send_buf_size(16 * 1024)
            .initial_stream_window_size(64 * 1024)
            .initial_connection_window_size(128 * 1024)
            .keep_alive_interval(Duration::from_secs(45))
            .keep_alive_timeout(Duration::from_secs(20));
        if is_proxy {
            // Everybody's connection does not end for the wrong requests of one. What is
            // said of these does not pile up (`Portions`).
            builder
                .max_local_error_reset_streams(None)
                .max_pending_accept_reset_streams(RESET_EARLY);
        }
        let serving = builder.serve_connection(io, service);
        tokio::pin!(serving);
        tokio::select! {
            _ = serving.as_mut() => return,
            () = stop.cancelled() => serving.as_mut().graceful_shutdown(),
            () = traffic.stalled(UNREAD) => return,
            // Pings alone do not hold a place.
            () = traffic.quiet(idle) => {
                if place.is_in_crowd() {
                    return;
                }
                serving.as_mut().graceful_shutdown();
            }
        }
        last_answers(timeout(IDLE, serving), &traffic, &place.rank(), &stop).await;
    } else {
        let serving = http1_builder()
            .serve_connection(io, service)
            .with_upgrades();
        tokio::pin!(serving);
        tokio::select! {
            _ = serving.as_mut() => return,
            () = stop.cancelled() => serving.as_mut().graceful_shutdown(),
            () = traffic.stalled(UNREAD) => return,
        }
        last_answers(serving, &traffic, &place.rank(), &stop).await;
    }
}

/// What a connection still has to answer once it takes no more requests. Who reads
/// nothing, or has proved no session, does not hold up a stop.
async fn last_answers<T>(
    serving: impl Future<Output = T>,
    traffic: &Traffic,
    rank: &Rank,
    stop: &CancellationToken,
) {
    let cut_off = async {
        stop.cancelled().await;
        tokio::time::sleep(STOP_UNPROVED).await;
        if rank.is_proved() {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        _ = serving => {}
        () = traffic.stalled(UNREAD) => {}
        () = cut_off => {}
    }
}

fn http1_builder() -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS)
        .max_headers(64)
        .max_buf_size(HEADERS_SIZE as usize);
    builder
}

/// Plain HTTP: what an ACME authority asks for, the way to HTTPS, and nothing
/// else.
async fn plain(stream: TcpStream, remote: IpAddr, context: Arc<Context>) {
    let service = {
        let context = Arc::clone(&context);
        service_fn(move |request: Request<Incoming>| {
            let trusted = &context.config.trusted_proxies;
            let reply = challenge(&context, &request).unwrap_or_else(|| {
                if forwarded::is_plain_inside(remote, request.headers(), trusted) {
                    return proxy_speaks_http(&context);
                }
                to_https(
                    &context,
                    request.method(),
                    request.uri(),
                    request.headers(),
                    false,
                )
            });
            async move { Ok::<_, Infallible>(reply) }
        })
    };
    let mut builder = http1_builder();
    builder.keep_alive(false);
    // It is only sent to HTTPS, or shown the answer to a challenge.
    builder.max_buf_size(16 * 1024);
    let serving = builder.serve_connection(TokioIo::new(stream), service);
    let _ = timeout(HEADERS + FIRST_BYTE, serving).await;
}

/// The answer to an HTTP-01 challenge (RFC 8555, 8.3), whatever name it was
/// asked under: a token says more than a name. `None` for any other path.
fn challenge(context: &Context, request: &Request<Incoming>) -> Option<Response<body::Body>> {
    let token = request
        .uri()
        .path()
        .strip_prefix("/.well-known/acme-challenge/")?;
    let known = (*request.method() == Method::GET)
        .then(|| context.acme.answer(token))
        .flatten();
    let mut reply = match known {
        Some(answer) => reply::text(StatusCode::OK, answer),
        None => reply::text(
            StatusCode::NOT_FOUND,
            "No certificate is ordered with this.",
        ),
    };
    guard::secure(&mut reply, "", false);
    Some(reply)
}
