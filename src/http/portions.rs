//! Reading of a client that has proved no session in small portions.
//!
//! hyper takes in whatever has arrived before it hands on the first request, and headers
//! take many times the memory of their bytes (HPACK, RFC 7541, names many of them with
//! one). Each portion is counted before hyper has it, and between two its requests are
//! (`header_budget`); a connection that must end does.

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
    is_pausing: bool,
}

impl<S> Portions<S> {
    pub fn new(stream: S, headers: Arc<ConnectionHeaders>, is_http2: bool) -> Self {
        Self {
            stream,
            headers,
            frames: is_http2.then(FrameReader::new),
            is_pausing: false,
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
        if std::mem::take(&mut self.is_pausing) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let room = buffer.remaining().min(PORTION);
        let mut portion = ReadBuf::new(buffer.initialize_unfilled_to(room));
        let this = &mut *self;
        ready!(Pin::new(&mut this.stream).poll_read(context, &mut portion))?;
        let read = portion.filled().len();
        if let Some(frames) = &mut this.frames {
            this.headers.arrive(frames.read(portion.filled()));
        }
        buffer.advance(read);
        self.is_pausing = read > 0;
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Portions<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, parts)
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
    use tokio::io::AsyncReadExt as _;

    #[tokio::test]
    async fn portions_are_small_until_a_session_is_proved_and_nothing_is_lost() {
        let places = ConnectionPlaces::new(1, 1);
        let address = std::net::IpAddr::from([192, 0, 2, 1]);
        let place = places.take(address, ConnectionOrigin::Unknown).await;
        let place = place.unwrap();
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
