//! One request, from the guards through its route to the answer's headers.

use super::call::{Call, Ends};
use super::context::{Context, Services};
use super::credentials::{self, Identity};
use super::forwarded;
use super::guard;
use super::header_budget::HeldRequest;
use super::idempotency;
use super::kept_answers;
use super::off_workers::OffWorkers;
use super::pages;
use super::query::Query;
use super::reply::{self, Reply};
use super::router::Router;
use super::routes::{Access, AnswerKind, ROUTES, Route};
use super::to_https::to_https;
use super::unread::{self, RequestBody};
use super::{assets, body, compress, cookie, error};
use crate::domain::auth::setup_required;
use crate::domain::security::Client;
use crate::error::{Error, Kind, Result};
use hyper::body::Incoming;
use hyper::header::{HeaderMap, USER_AGENT};
use hyper::http::uri::PathAndQuery;
use hyper::{Method, Request, Response, StatusCode, Uri};
use std::sync::Arc;

/// The routes that are about one container.
const OF_A_CONTAINER: &str = "/api/containers/{id}";

/// The program's HTTP side: what handlers can reach, and the way to them.
#[derive(Debug)]
pub struct Server {
    context: Arc<Context>,
    router: Router,
}

impl Server {
    pub fn new(services: Services) -> Result<Arc<Self>> {
        Ok(Arc::new(Self {
            context: Arc::new(Context::new(services)),
            router: Router::new(ROUTES)?,
        }))
    }

    pub(super) fn context(&self) -> &Arc<Context> {
        &self.context
    }

    /// Answers a request that came over TLS.
    pub async fn respond(
        &self,
        ends: Ends,
        request: Request<Incoming>,
        held: &Arc<HeldRequest>,
    ) -> Response<body::Body> {
        let context = &self.context;
        let method = request.method().clone();
        let path = request.uri().path().to_owned();
        let nonce = Context::nonce();
        let wants_page = wants_page(&method, &path, request.headers());
        let takes_gzip = compress::accepts(request.headers(), "gzip");
        let host = guard::host(request.uri(), request.headers());
        let (head, body) = request.into_parts();
        let (body, rest) = unread::watch(body, head.version, &head.headers, held);
        let request = Request::from_parts(head, body);
        let outcome = match &host {
            Ok(host) => self.answer(host, ends, request, &nonce, held).await,
            Err(_) => Err(
                Error::bad_request("The request must have exactly one Host header.")
                    .code("bad_host"),
            ),
        };
        let mut reply = outcome.unwrap_or_else(|found| {
            error::log(&found, &method, &path);
            if wants_page {
                pages::error(context, &found, &nonce)
            } else {
                let since = (found.kind == Kind::EngineUnavailable)
                    .then(|| context.system.engine_status().since);
                error::reply_since(&found, since)
            }
        });
        if matches!(method, Method::GET | Method::HEAD) {
            reply = compress::answer(reply, takes_gzip, &context.turns).await;
        }
        let hsts = host.is_ok_and(|host| context.sends_hsts(&host));
        guard::secure(&mut reply, &nonce, hsts);
        if method == Method::HEAD {
            *reply.body_mut() = body::empty();
        }
        if let Some(rest) = rest {
            rest.drain(&context.drains).await;
        }
        reply
    }

    async fn answer(
        &self,
        host: &str,
        ends: Ends,
        request: Request<RequestBody>,
        nonce: &str,
        held: &HeldRequest,
    ) -> Result<Reply> {
        let context = &self.context;
        let (mut parts, incoming) = request.into_parts();
        guard::check_host(host, |name| context.is_own_name(name))?;
        let relay = forwarded::read(
            ends.remote.ip(),
            &parts.headers,
            &context.config.trusted_proxies,
        );
        if relay.is_plain {
            return Ok(to_https(
                context,
                &parts.method,
                &parts.uri,
                &parts.headers,
                true,
            ));
        }
        guard::check_origin(
            &parts.method,
            &parts.uri,
            &parts.headers,
            &context.config.allowed_hosts,
        )?;
        if let Some(path) = parts.uri.path().strip_prefix("/assets/") {
            return assets::serve(path, &parts.method, &parts.headers);
        }
        let found = self.router.find(&parts.method, parts.uri.path())?;
        let user_agent = parts
            .headers
            .get(USER_AGENT)
            .and_then(|value| value.to_str().ok())
            .unwrap_or("");
        let mut client = Client::new(relay.client, user_agent, guard::is_browser(&parts.headers));
        client.is_vague = relay.is_relayed && !relay.is_named;
        client.device =
            cookie::device(&parts.headers).and_then(|cookie| context.auth.device(&cookie));
        let changes = !matches!(parts.method, Method::GET | Method::HEAD);
        let ticket = credentials::take_ticket(&mut parts.uri);
        let ticket = ticket.filter(|_| parts.method == Method::GET);
        let named_port = guard::port(&parts.uri, &parts.headers);
        let cookie_name = cookie::name(named_port, context.config.port);
        let identity = match found.route.access {
            Access::Public => Identity::default(),
            _ => {
                credentials::identify(context, &parts.headers, &cookie_name, ticket.as_deref())
                    .await?
            }
        };
        if identity.session.is_some()
            && forwarded::names_client(&parts.headers)
            && !relay.is_relayed
        {
            context.system.note_untrusted_proxy(ends.remote.ip());
        }
        if identity.session.is_some() {
            held.prove();
        } else if client.device.is_some() {
            held.recognize();
        }
        let request = Asked {
            access: found.route.access,
            path: parts.uri.path_and_query().map_or("/", PathAndQuery::as_str),
            is_page: wants_page(&parts.method, parts.uri.path(), &parts.headers),
            is_linked: guard::is_linked_from_elsewhere(&parts.headers),
        };
        if let Some(elsewhere) = admit(context, &request, &identity)? {
            return Ok(reply::redirect(StatusCode::SEE_OTHER, &elsewhere));
        }
        if let AnswerKind::LivePage { name, title } = found.route.reply
            && request.is_page
        {
            return pages::frame(context, nonce, name, title);
        }
        let query = query_of(found.route, &parts.uri)?;
        if found.route.path.starts_with(OF_A_CONTAINER)
            && let Some((_, container)) = found.params.first()
        {
            context.containers.look_up(container).await;
        }
        let only_reads = !changes || found.route.only_reads(&query);
        let is_long = found.route.may_take_long(&query);
        let call = Call {
            context: Arc::clone(context),
            method: parts.method,
            uri: parts.uri,
            headers: parts.headers,
            params: found.params,
            query,
            ends,
            client,
            relay,
            session: identity.session,
            named_session: identity.named,
            cookie_name,
            nonce: nonce.to_owned(),
            body: incoming,
            read: None,
            version: parts.version,
            upgrade: parts.extensions.remove(),
        };
        // What is only planned is not kept, and a wrong key is told then as well.
        let key = if changes && found.route.takes_key() {
            kept_answers::key(&call.headers)?
        } else {
            None
        };
        if let Some(key) = key.filter(|_| !only_reads) {
            return idempotency::answer(call, found.route.handler, key).await;
        }
        let answer = (found.route.handler)(call);
        if !changes && !is_long {
            return answer.await;
        }
        let answer = OffWorkers::new(answer, &context.turns);
        if only_reads {
            return answer.await;
        }
        // A change that has begun is finished although its client goes: dropped
        // between its commit and what follows, memory and disk would differ.
        context
            .life
            .tracker
            .spawn(answer)
            .await
            .unwrap_or_else(|error| {
                Err(Error::internal("The request was interrupted.").source(error))
            })
    }
}

/// The query as the route declares it. What a link added to a page without
/// parameters is ignored, and what a monitor adds against caches.
fn query_of(route: &'static Route, uri: &Uri) -> Result<Query> {
    let is_document = route.access == Access::Public && route.method == "GET";
    if route.query.is_empty() && (route.is_page() || is_document) {
        return Ok(Query::default());
    }
    Query::parse(uri.query().unwrap_or_default(), route.query)
}

/// Whether an error should be a page rather than a problem document.
fn wants_page(method: &Method, path: &str, headers: &HeaderMap) -> bool {
    if path.starts_with("/api/") || path.starts_with("/assets/") {
        return false;
    }
    let accept = headers
        .get(hyper::header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("");
    let json_only = accept.contains("application/json") && !accept.contains("text/html");
    !json_only && matches!(*method, Method::GET | Method::HEAD | Method::POST)
}

/// What decides whether a request is let in, beside who sends it.
struct Asked<'a> {
    access: Access,
    path: &'a str,
    is_page: bool,
    is_linked: bool,
}

/// Lets the caller in, sends a browser elsewhere, or refuses.
fn admit(context: &Context, asked: &Asked<'_>, identity: &Identity) -> Result<Option<String>> {
    let is_set_up = context.auth.is_set_up();
    match asked.access {
        Access::Public => Ok(None),
        Access::SetupOnly if is_set_up && asked.is_page => Ok(Some("/".to_owned())),
        Access::SetupOnly if is_set_up => Err(Error::new(
            Kind::Conflict,
            "DockerMate is already set up. Log in instead.",
        )
        .code("already_set_up")),
        Access::SetupOnly => Ok(None),
        _ if !is_set_up && asked.is_page => Ok(Some("/setup".to_owned())),
        _ if !is_set_up => Err(setup_required()),
        Access::Entry => Ok(None),
        Access::Session | Access::Account if asked.is_page => Ok(admit_to_page(asked, identity)),
        Access::Session | Access::Account => match &identity.session {
            None => Err(identity.refusal()),
            Some(session) if session.force_password_change && asked.access == Access::Session => {
                Err(Error::new(
                    Kind::Forbidden,
                    "The password was reset. Choose a new one first.",
                )
                .code("password_change_required"))
            }
            Some(_) => Ok(None),
        },
    }
}

/// A page's document has nothing in it that is worth a proof: its script asks
/// for the data. So the cookie is enough, and for a link from elsewhere, with
/// which it does not come, nothing is.
fn admit_to_page(asked: &Asked<'_>, identity: &Identity) -> Option<String> {
    match &identity.named {
        None if asked.is_linked => None,
        None => Some(login_address(asked.path)),
        Some(session) if session.force_password_change && asked.access == Access::Session => {
            Some("/settings#security".to_owned())
        }
        Some(_) => None,
    }
}

fn login_address(path: &str) -> String {
    if path == "/" || path.len() > pages::LONGEST_NEXT {
        return "/login".to_owned();
    }
    let next: String = form_urlencoded::byte_serialize(path.as_bytes()).collect();
    format!("/login?next={next}")
}
