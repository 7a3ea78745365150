//! The terminal of a container over a WebSocket: binary messages are what is
//! typed and what is shown, text messages are JSON that steers.
//!
//! From the browser `{"type":"resize","cols":80,"rows":24}` and, from one that
//! wants to be spared, `{"type":"ack","bytes":4096}` for what it has shown;
//! to it `{"type":"exit","code":0,"message":null}` and `{"type":"error","code":…,"message":…}`.
//! Invariant: nothing is read from the container that the browser has no room
//! for, nor from the browser while the container does not read.

use crate::domain::auth::Session;
use crate::domain::exec::{
    Ended, Terminal, TerminalControl, TerminalReader, TerminalRequest, TerminalWriter,
};
use crate::domain::security::Client;
use crate::error::{Error, Kind, Result};
use crate::http::call::Call;
use crate::http::context::Context;
use crate::http::error::problem;
use crate::http::query::{Parameter, number, text};
use crate::http::reply::Reply;
use crate::http::sse;
use crate::http::upgrade::{self, Socket};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{Notify, OwnedSemaphorePermit};
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

pub const QUERY: &[Parameter] = &[USER, SHELL, COLS, ROWS];
const USER: Parameter = text(
    "user",
    "Name or number of a user in the container; the image's own when left out.",
);
const SHELL: Parameter = text(
    "shell",
    "A program in the container; when left out, the first shell that is found there.",
);
const COLS: Parameter = number("cols", (1, 65_535), 80, "Columns of the terminal.");
const ROWS: Parameter = number("rows", (1, 65_535), 24, "Rows of the terminal.");
const CHUNK: usize = 16 * 1024;
/// Sent and not yet shown, for a browser that tells what it has shown.
const WINDOW: u64 = 512 * 1024;
const PING: Duration = Duration::from_secs(20);
/// Two answers to pings that did not come.
const SILENT: Duration = Duration::from_mins(1);
const LONGEST_CONTROL: usize = 1024;

type Sink = SplitSink<Socket, Message>;

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase", deny_unknown_fields)]
enum Control {
    Resize { cols: u16, rows: u16 },
    Ack { bytes: u64 },
}

/// Why it is over.
enum End {
    /// The stream of the shell.
    Stream,
    /// The browser has closed it, or is gone.
    Browser,
    /// Ours: a code, a sentence, and how the socket is closed.
    Us(&'static str, &'static str, CloseCode),
}

pub async fn open(mut call: Call) -> Result<Reply> {
    let request = request(&call);
    let container = call.context.containers.get(call.param("id")?)?.container;
    let place = place(&call.context)?;
    // Last: a page whose socket was refused asks again without one, and
    // `websocket_required` tells it that nothing else was in the way.
    let handshake = upgrade::check(&mut call)?;
    let caller = Caller {
        context: Arc::clone(&call.context),
        client: call.client.clone(),
        session: call.session()?.clone(),
    };
    let (reply, socket) = handshake.accept();
    call.context.life.tracker.spawn(async move {
        match socket.await {
            Ok(socket) => Box::pin(run(caller, &container.id, request, socket)).await,
            Err(error) => tracing::debug!(%error, "no socket"),
        }
        drop(place);
    });
    Ok(reply)
}

fn request(call: &Call) -> TerminalRequest {
    let query = &call.query;
    TerminalRequest {
        user: query.text(&USER).map(ToOwned::to_owned),
        shell: query.text(&SHELL).map(ToOwned::to_owned),
        cols: query.number(&COLS),
        rows: query.number(&ROWS),
    }
}

fn place(context: &Context) -> Result<OwnedSemaphorePermit> {
    Arc::clone(&context.terminals)
        .try_acquire_owned()
        .map_err(|_| {
            Error::new(
                Kind::Busy,
                "The maximum number of terminals is open. Close one and try again.",
            )
            .code("too_many_terminals")
        })
}

/// Who is at the other end.
struct Caller {
    context: Arc<Context>,
    client: Client,
    session: Session,
}

async fn run(caller: Caller, id: &str, request: TerminalRequest, socket: Socket) {
    let Caller {
        context,
        client,
        session,
    } = caller;
    let (mut sink, stream) = socket.split();
    let terminal = match context.exec.terminal(id, &request, &client).await {
        Ok(terminal) => terminal,
        Err(error) => {
            let code = problem(&error).error;
            say_error(&mut sink, code, &error.message).await;
            close(&mut sink, CloseCode::Error).await;
            return;
        }
    };
    let Terminal {
        reader,
        writer,
        control,
    } = terminal;
    let window = Window::default();
    let end = tokio::select! {
        end = show(reader, &mut sink, &window) => end,
        end = take(stream, writer, &control, &window) => end,
        end = watch(&context, &session) => end,
    };
    match end {
        End::Browser => {}
        End::Us(code, message, how) => {
            say_error(&mut sink, code, message).await;
            close(&mut sink, how).await;
        }
        End::Stream => match control.ended().await {
            Ended::Exited { code, message } => {
                let exit = json!({"type": "exit", "code": code, "message": message});
                let _ = timeout(PING, sink.send(Message::text(exit.to_string()))).await;
                close(&mut sink, CloseCode::Normal).await;
            }
            Ended::Interrupted(why) => {
                say_error(&mut sink, "terminal_interrupted", &why).await;
                close(&mut sink, CloseCode::Error).await;
            }
        },
    }
    control.hang_up().await;
}

/// From the container to the browser, and the pings that keep the way open.
async fn show(mut reader: TerminalReader, sink: &mut Sink, window: &Window) -> End {
    let mut pings = interval(PING);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let message = tokio::select! {
            _ = pings.tick() => Message::Ping(bytes::Bytes::new()),
            () = window.changed(), if !window.is_open() => continue,
            shown = reader.read(CHUNK), if window.is_open() => match shown {
                Some(bytes) => {
                    window.sent(bytes.len());
                    Message::Binary(bytes)
                }
                None => return End::Stream,
            },
        };
        // A browser that takes nothing for so long is not there.
        match timeout(SILENT, sink.send(message)).await {
            Ok(Ok(())) => {}
            _ => return End::Browser,
        }
    }
}

/// From the browser to the container.
async fn take(
    mut stream: SplitStream<Socket>,
    mut writer: TerminalWriter,
    control: &TerminalControl,
    window: &Window,
) -> End {
    const BAD: End = End::Us(
        "bad_message",
        "Invalid message. Reload the page.",
        CloseCode::Policy,
    );
    loop {
        let Ok(Some(Ok(message))) = timeout(SILENT, stream.next()).await else {
            return End::Browser;
        };
        match message {
            Message::Binary(bytes) => {
                if !writer.write(&bytes).await {
                    // What the shell still has to show comes by the other way.
                    std::future::pending::<()>().await;
                }
            }
            Message::Text(text) if text.len() <= LONGEST_CONTROL => {
                match serde_json::from_str(text.as_str()) {
                    Ok(Control::Resize { cols, rows }) => control.resize(cols, rows).await,
                    Ok(Control::Ack { bytes }) => window.shown(bytes),
                    Err(_) => return BAD,
                }
            }
            Message::Text(_) => return BAD,
            Message::Close(_) => return End::Browser,
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
        }
    }
}

/// Ends with the session, and with the program.
async fn watch(context: &Context, session: &Session) -> End {
    let mut looks = interval(sse::CHECK);
    let mut endings = context.auth.endings();
    loop {
        tokio::select! {
            () = context.life.stop.cancelled() => {
                return End::Us("stopping", "DockerMate is stopping.", CloseCode::Away);
            }
            Ok(()) = endings.changed() => {}
            _ = looks.tick() => {}
        }
        if !context.auth.is_live(session) {
            return End::Us(
                "session_ended",
                "The session has ended. Log in again.",
                CloseCode::Policy,
            );
        }
    }
}

async fn say_error(sink: &mut Sink, code: &str, message: &str) {
    let text = json!({"type": "error", "code": code, "message": message}).to_string();
    let _ = timeout(PING, sink.send(Message::text(text))).await;
}

async fn close(sink: &mut Sink, code: CloseCode) {
    let frame = CloseFrame {
        code,
        reason: "".into(),
    };
    let _ = timeout(PING, sink.send(Message::Close(Some(frame)))).await;
    let _ = timeout(PING, sink.close()).await;
}

/// How much the browser has yet to show. Open without end until it first says.
#[derive(Debug, Default)]
struct Window {
    told: AtomicBool,
    sent: AtomicU64,
    shown: AtomicU64,
    change: Notify,
}

impl Window {
    fn is_open(&self) -> bool {
        let waiting = self
            .sent
            .load(Ordering::Acquire)
            .saturating_sub(self.shown.load(Ordering::Acquire));
        !self.told.load(Ordering::Acquire) || waiting < WINDOW
    }

    fn sent(&self, count: usize) {
        self.sent.fetch_add(count as u64, Ordering::AcqRel);
    }

    fn shown(&self, count: u64) {
        self.told.store(true, Ordering::Release);
        let sent = self.sent.load(Ordering::Acquire);
        let shown = self.shown.load(Ordering::Acquire).saturating_add(count);
        self.shown.store(shown.min(sent), Ordering::Release);
        self.change.notify_one();
    }

    async fn changed(&self) {
        self.change.notified().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flow_control_window_closes_when_full_and_reopens_after_an_ack() {
        let window = Window::default();
        window.sent(10_000_000);
        assert!(
            window.is_open(),
            "a client that says nothing is not held up"
        );
        window.shown(10_000_000);
        window.sent(usize::try_from(WINDOW).unwrap());
        assert!(!window.is_open());
        window.shown(1);
        assert!(window.is_open());
        window.shown(u64::MAX);
        window.sent(usize::try_from(WINDOW).unwrap());
        assert!(!window.is_open(), "nobody has shown what was never sent");
    }

    #[test]
    fn unknown_or_malformed_control_messages_are_rejected() {
        let read = |text: &str| serde_json::from_str::<Control>(text).is_ok();
        assert!(read(r#"{"type":"resize","cols":80,"rows":24}"#));
        assert!(!read(r#"{"type":"resize","cols":-1,"rows":24}"#));
        assert!(!read(r#"{"type":"resize","cols":80,"rows":24,"x":1}"#));
        assert!(!read(r#"{"type":"run"}"#));
    }
}
