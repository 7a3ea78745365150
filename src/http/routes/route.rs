//! A route: what the tables are made of.

use crate::error::Result;
use crate::http::call::Call;
use crate::http::openapi::Shape;
use crate::http::preview::DRY_RUN;
use crate::http::query::{Parameter, Query};
use crate::http::reply::Reply;
use std::future::Future;
use std::pin::Pin;

/// Who may call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anyone, always.
    Public,
    /// Anyone, until the first password is set.
    SetupOnly,
    /// Anyone, once the first password is set.
    Entry,
    /// A session.
    Session,
    /// A session, even one that must change its password first.
    Account,
}

pub type Answer = Pin<Box<dyn Future<Output = Result<Reply>> + Send>>;
pub type Handler = fn(Call) -> Answer;

/// A line of a table.
#[derive(Debug, Clone, Copy)]
pub struct Route {
    /// The operation's id in the API description: what generated clients call it.
    /// Only ever added, never changed.
    #[cfg(test)]
    pub name: &'static str,
    pub method: &'static str,
    pub path: &'static str,
    pub access: Access,
    pub handler: Handler,
    /// One sentence for the API description; empty for pages.
    pub doc: &'static str,
    pub query: &'static [Parameter],
    pub body: Option<fn() -> Shape>,
    pub is_body_optional: bool,
    /// The media type of a body that is passed on as it comes, of any length.
    pub upload: Option<&'static str>,
    pub reply: AnswerKind,
    #[cfg(test)]
    pub errors: &'static [u16],
}

/// What an answer is.
#[derive(Debug, Clone, Copy)]
pub enum AnswerKind {
    Json(fn() -> Shape),
    Created(fn() -> Shape),
    /// A finished operation, or 202 with its id under `Prefer: respond-async`.
    Operation,
    NoContent,
    /// Either of two, as JSON.
    Either(fn() -> Shape, fn() -> Shape),
    /// `text/event-stream`.
    Events,
    /// JSON, or as `text/event-stream` one after another.
    Sample(fn() -> Shape),
    /// `text/plain` or `text/event-stream`.
    Log,
    /// A WebSocket.
    Socket,
    /// A file of another media type.
    Download(&'static str),
    /// The API description.
    Description,
    /// A page: not part of the API description.
    Page,
    /// A page that its script draws into the frame. The handler answers with its
    /// data; the document is the same for everybody.
    LivePage {
        name: &'static str,
        title: &'static str,
    },
}

pub(super) const fn route(
    name: &'static str,
    method: &'static str,
    path: &'static str,
    access: Access,
    handler: Handler,
    reply: AnswerKind,
    doc: &'static str,
) -> Route {
    #[cfg(not(test))]
    let _ = name;
    Route {
        #[cfg(test)]
        name,
        method,
        path,
        access,
        handler,
        doc,
        query: &[],
        body: None,
        is_body_optional: false,
        upload: None,
        reply,
        #[cfg(test)]
        errors: &[],
    }
}

pub(super) const fn page(path: &'static str, access: Access, handler: Handler) -> Route {
    route("", "GET", path, access, handler, AnswerKind::Page, "")
}

pub(super) const fn live_page(
    path: &'static str,
    access: Access,
    (name, title): (&'static str, &'static str),
    handler: Handler,
) -> Route {
    let reply = AnswerKind::LivePage { name, title };
    route("", "GET", path, access, handler, reply, "")
}

impl Route {
    pub(super) const fn query(mut self, parameters: &'static [Parameter]) -> Self {
        self.query = parameters;
        self
    }

    /// Whether a request with this query changes nothing, so that it ends with its
    /// client: one that converts, or asks for a plan.
    pub(in crate::http) fn only_reads(&self, query: &Query) -> bool {
        let is_planned = self.query.iter().any(|known| known.name == DRY_RUN.name);
        self.never_changes() || (is_planned && query.flag(&DRY_RUN))
    }

    fn never_changes(&self) -> bool {
        ["/render", "/login/test"]
            .iter()
            .any(|end| self.path.ends_with(end))
            || self.path.starts_with("/api/convert/")
    }

    /// Whether it may be sent again with the same `Idempotency-Key`. Not what
    /// answers with a token, a ticket or a session: such answers are not kept.
    pub(in crate::http) fn takes_key(&self) -> bool {
        let has_session = matches!(self.access, Access::Session | Access::Account);
        has_session
            && !matches!(self.method, "GET" | "HEAD")
            && self.path.starts_with("/api/")
            && !self.path.starts_with("/api/auth/")
            && self.upload.is_none()
            && !self.never_changes()
    }

    /// Whether the answer is about one container or image, whose labels and variables can be
    /// megabytes, or looks through those of all.
    pub(in crate::http) fn may_take_long(&self, query: &Query) -> bool {
        let is_whole = matches!(
            self.reply,
            AnswerKind::Json(_) | AnswerKind::LivePage { .. }
        );
        let text = self.query.iter().find(|known| known.name == "q");
        let searches = text.is_some_and(|text| query.text(text).is_some());
        let is_of_one = ["/containers/{id}", "/images/proposals", "/images/{id}"]
            .iter()
            .any(|part| self.path.contains(part));
        (is_whole && is_of_one) || searches
    }

    pub(super) const fn body(mut self, shape: fn() -> Shape) -> Self {
        self.body = Some(shape);
        self
    }

    /// What the body is, where there is one.
    pub(super) const fn optional_body(mut self, shape: fn() -> Shape) -> Self {
        self.is_body_optional = true;
        self.body(shape)
    }

    /// A body that is passed on as it comes. It is too large to be kept, so the route
    /// takes no `Idempotency-Key`.
    pub(super) const fn upload(mut self, media: &'static str) -> Self {
        self.upload = Some(media);
        self
    }

    /// Statuses of errors that cannot be told from the rest of the line.
    pub(super) const fn errors(mut self, statuses: &'static [u16]) -> Self {
        #[cfg(test)]
        {
            self.errors = statuses;
        }
        #[cfg(not(test))]
        let _ = (statuses, &mut self);
        self
    }

    /// Whether it has a query parameter of this name.
    pub fn takes(&self, name: &str) -> bool {
        self.query.iter().any(|parameter| parameter.name == name)
    }

    pub fn is_page(&self) -> bool {
        matches!(self.reply, AnswerKind::Page | AnswerKind::LivePage { .. })
    }
}
