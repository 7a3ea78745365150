//! Reading of a client that has proved no session in small portions.
//!
//! hyper takes in whatever has arrived before it hands on the first request, and headers
//! take many times the memory of their bytes (HPACK, RFC 7541, names many of them with
//! one). Each portion is counted before hyper has it, and between two its requests are
//! (`header_budget`); a connection that must end does. h2 hands on one request each time
//! that there is nothing to read, so there is nothing as often as a portion has requests,
//! which its size bounds.
//!
//! Nor is anything read over HTTP/2 while the client does not take what there is for it:
//! each of its requests, even a wrong one, is answered with something that would be kept.

use super::frames::FrameReader;
use super::header_budget::ConnectionHeaders;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Room for a request of a browser.
const PORTION: usize = 2048;

#[derive(Debug)]
pub struct Portions<S> {
    stream: S,
    headers: Arc<ConnectionHeaders>,
    /// Of a connection of HTTP/2.
    frames: Option<FrameReader>,
    /// So often there is nothing to read, but for the last time.
    pauses: usize,
    /// What was written has not all been taken.
    is_blocked: bool,
}

impl<S> Portions<S> {
    pub fn new(stream: S, headers: Arc<ConnectionHeaders>, is_http2: bool) -> Self {
        Self {
            stream,
            headers,
            frames: is_http2.then(FrameReader::new),
            pauses: 0,
            is_blocked: false,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Portions<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.headers.counts() {
            return Pin::new(&mut self.stream).poll_read(context, buffer);
        }
        if self.is_blocked && self.frames.is_some() {
            return Poll::Pending;
        }
        if self.pauses > 0 {
            self.pauses -= 1;
            if self.pauses > 0 {
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            if let Some(frames) = &self.frames {
                self.headers.handed_on(frames.unfinished());
            }
        }
        let room = buffer.remaining().min(PORTION);
        let mut portion = ReadBuf::new(buffer.initialize_unfilled_to(room));
        let this = &mut *self;
        ready!(Pin::new(&mut this.stream).poll_read(context, &mut portion))?;
        let read = portion.filled().len();
        let mut requests = 0;
        if let Some(frames) = &mut this.frames {
            let unfinished = frames.unfinished();
            let arrived = frames.read(portion.filled());
            requests = unfinished + arrived.requests;
            this.headers.arrive(arrived);
        }
        buffer.advance(read);
        if read > 0 {
            self.pauses = 2 + requests;
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Portions<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.is_blocked |= written.is_pending();
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        let was_blocked = std::mem::replace(&mut self.is_blocked, flushed.is_pending());
        if was_blocked && !self.is_blocked {
            // For what is to be read.
            context.waker().wake_by_ref();
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, parts);
        self.is_blocked |= written.is_pending();
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::super::header_budget::HeaderBudget;
    use super::super::places::ConnectionPlaces;
    use super::super::rank::ConnectionOrigin;
    use super::*;
    use crate::http::places::ConnectionPlace;
    use std::time::Duration;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::time::timeout;

    async fn place() -> ConnectionPlace {
        let places = ConnectionPlaces::new(1, 1);
        let address = std::net::IpAddr::from([192, 0, 2, 1]);
        let place = places.take(address, ConnectionOrigin::Unknown).await;
        place.unwrap()
    }

    #[tokio::test]
    async fn there_is_nothing_to_read_once_more_than_there_are_requests() {
        let place = place().await;
        let budget = HeaderBudget::new(usize::MAX);
        let headers = budget.connection(place.rank(), place.leave(), false);
        let mut sent = vec![b'x'; 24];
        // Three requests (HEADERS, END_HEADERS), the last of them in two portions.
        for (stream, size) in [(1, 5), (3, 5), (5, 3000)] {
            let [.., high, low] = u32::to_be_bytes(size);
            sent.extend([0, high, low, 1, 4, 0, 0, 0, stream]);
            sent.resize(sent.len() + size as usize, 0);
        }
        let mut stream = Portions::new(&sent[..], headers, true);
        let mut pauses = Vec::new();
        let mut buffer = vec![0; 8192];
        let mut pending = 0;
        std::future::poll_fn(|context| {
            let mut buffer = ReadBuf::new(&mut buffer);
            loop {
                buffer.clear();
                match Pin::new(&mut stream).poll_read(context, &mut buffer) {
                    Poll::Pending => pending += 1,
                    Poll::Ready(read) => {
                        read.unwrap();
                        pauses.push(std::mem::take(&mut pending));
                        if buffer.filled().is_empty() {
                            return Poll::Ready(());
                        }
                    }
                }
            }
        })
        .await;
        assert_eq!(pauses, [0, 4, 2]);
    }

    #[tokio::test]
    async fn nothing_is_read_of_a_client_that_reads_nothing() {
        let place = place().await;
        let budget = HeaderBudget::new(usize::MAX);
        let headers = budget.connection(place.rank(), place.leave(), true);
        let (mut client, server) = tokio::io::duplex(64);
        let mut stream = Portions::new(server, headers, true);
        let soon = Duration::from_millis(50);
        let mut buffer = [0; 100];
        client.write_all(&[b'x'; 10]).await.unwrap();
        let written = timeout(soon, stream.write_all(&[b'y'; 100])).await;
        assert!(written.is_err(), "there is room for 64");
        let read = timeout(soon, stream.read(&mut buffer)).await;
        assert!(read.is_err(), "it was read");
        assert_eq!(client.read(&mut buffer).await.unwrap(), 64);
        stream.flush().await.unwrap();
        assert_eq!(stream.read(&mut buffer).await.unwrap(), 10);
    }

    #[tokio::test]
    async fn portions_are_small_until_a_session_is_proved_and_nothing_is_lost() {
        let place = place().await;
        let rank = place.rank();
        let budget = HeaderBudget::new(usize::MAX);
        let headers = budget.connection(rank.clone(), place.leave(), false);
        let sent: Vec<u8> = (0..10_000_u32).map(|at| at.to_be_bytes()[3]).collect();
        let mut stream = Portions::new(&sent[..], headers, false);
        let mut buffer = vec![0; 8192];
        let first = stream.read(&mut buffer).await.unwrap();
        assert_eq!((first, &buffer[..first]), (PORTION, &sent[..PORTION]));
        let second = stream.read(&mut buffer).await.unwrap();
        assert_eq!(second, PORTION);
        rank.prove();
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).await.unwrap();
        assert_eq!(rest, sent[2 * PORTION..]);
    }
}
