//! A route: what the tables are made of.

use crate::error::Result;
use crate::http::call::Call;
use crate::http::openapi::Shape;
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
    pub method: &'static str,
    pub path: &'static str,
    pub access: Access,
    pub handler: Handler,
    /// One sentence for the API description; empty for pages.
    pub doc: &'static str,
    pub query: &'static [&'static str],
    pub body: Option<fn() -> Shape>,
    pub reply: AnswerKind,
}

/// What an answer is.
#[derive(Debug, Clone, Copy)]
pub enum AnswerKind {
    Json(fn() -> Shape),
    Created(fn() -> Shape),
    /// A finished operation, or 202 with its id under `Prefer: respond-async`.
    Operation,
    NoContent,
    /// `text/event-stream`.
    Events,
    /// A WebSocket.
    Socket,
    /// Another media type.
    Other(&'static str),
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
    method: &'static str,
    path: &'static str,
    access: Access,
    handler: Handler,
    reply: AnswerKind,
    doc: &'static str,
) -> Route {
    Route {
        method,
        path,
        access,
        handler,
        doc,
        query: &[],
        body: None,
        reply,
    }
}

pub(super) const fn page(path: &'static str, access: Access, handler: Handler) -> Route {
    route("GET", path, access, handler, AnswerKind::Page, "")
}

pub(super) const fn live_page(
    path: &'static str,
    access: Access,
    (name, title): (&'static str, &'static str),
    handler: Handler,
) -> Route {
    let reply = AnswerKind::LivePage { name, title };
    route("GET", path, access, handler, reply, "")
}

impl Route {
    pub(super) const fn query(mut self, names: &'static [&'static str]) -> Self {
        self.query = names;
        self
    }

    pub(super) const fn body(mut self, shape: fn() -> Shape) -> Self {
        self.body = Some(shape);
        self
    }
}
