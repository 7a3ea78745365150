//! Images as tar archives, to the engine and from it. Neither way is an archive
//! ever held in memory: it passes through piece by piece.

use super::error::EngineError;
use super::handle::Engine;
use super::images::ProgressLine;
use super::lines::{Line, Lines};
use super::wire::encode;
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use http_body_util::BodyExt as _;
use hyper::Method;
use hyper::body::{Frame, Incoming};
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, timeout, timeout_at};

/// An engine that packs layers says nothing for a while, but not for so long.
const SILENCE: Duration = Duration::from_mins(3);
/// Lines of an answer that are kept; the rest repeats itself.
const LINES: usize = 1000;

/// An archive that the engine is sending.
pub struct ImageArchive(Incoming);

impl fmt::Debug for ImageArchive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ImageArchive")
    }
}

impl ImageArchive {
    /// Its bytes, as they come.
    pub fn pieces(self) -> impl Stream<Item = Result<Bytes, EngineError>> + Send + 'static {
        futures_util::stream::unfold(Some(self.0), |body| async move {
            let mut body = body?;
            loop {
                let frame = match timeout(SILENCE, body.frame()).await {
                    Ok(None) => return None,
                    Ok(Some(Ok(frame))) => frame,
                    Ok(Some(Err(error))) => {
                        let told = format!("The archive broke off ({error}).");
                        return Some((Err(EngineError::BrokeOff(told)), None));
                    }
                    Err(_) => return Some((Err(silent()), None)),
                };
                if let Ok(data) = frame.into_data() {
                    return Some((Ok(data), Some(body)));
                }
            }
        })
    }
}

fn silent() -> EngineError {
    EngineError::Timeout {
        seconds: SILENCE.as_secs(),
    }
}

impl Engine {
    /// `GET /images/get`: one archive with these images, under these references.
    ///
    /// # Errors
    /// The engine's reason before the first byte; what fails later ends the archive.
    pub async fn save_images(&self, references: &[String]) -> Result<ImageArchive, EngineError> {
        let client = self.shared.client()?;
        let names: Vec<String> = references
            .iter()
            .map(|reference| format!("names={}", encode(reference)))
            .collect();
        let path = format!("/images/get?{}", names.join("&"));
        let all = references.join(" ");
        let opened = client.transport.open(Method::GET, &path, None, &all);
        let response = timeout(SILENCE, opened).await.map_err(|_| silent())??;
        Ok(ImageArchive(response.into_body()))
    }

    /// `POST /images/load`: the lines in which the engine tells what it has loaded.
    /// `archive` is sent as it comes; its end by an error ends the request.
    ///
    /// # Errors
    /// The engine's reason, from its status or from a line of its answer.
    pub async fn load_images(
        &self,
        archive: impl Stream<Item = io::Result<Bytes>> + Send + 'static,
    ) -> Result<Vec<String>, EngineError> {
        let client = self.shared.client()?;
        let moved = Arc::new(Mutex::new(Instant::now()));
        let seen = Arc::clone(&moved);
        let pieces = archive.map(move |piece| {
            *seen.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
            piece.map(Frame::data)
        });
        let mut sending = std::pin::pin!(client.transport.load(pieces));
        let response = loop {
            let since = *moved.lock().unwrap_or_else(PoisonError::into_inner);
            match timeout_at(since + SILENCE, &mut sending).await {
                Ok(response) => break response?,
                // Pieces have gone since.
                Err(_) if moved.lock().is_ok_and(|now| *now > since) => {}
                Err(_) => return Err(silent()),
            }
        };
        let mut lines = Lines::new(response.into_body());
        let mut told = Vec::new();
        loop {
            let line = timeout(SILENCE, lines.next()).await.map_err(|_| silent())?;
            match line {
                Ok(Some(Line::Whole(line))) => take_line(&line, &mut told)?,
                Ok(Some(Line::TooLong)) => {}
                Ok(None) => return Ok(told),
                Err(error) => {
                    let told = format!("The answer broke off ({error}).");
                    return Err(EngineError::BrokeOff(told));
                }
            }
        }
    }
}

/// Keeps what the engine says of an image that is loaded: `Loaded image: web:1`.
fn take_line(line: &[u8], told: &mut Vec<String>) -> Result<(), EngineError> {
    let Ok(line) = serde_json::from_slice::<ProgressLine>(line) else {
        return Ok(());
    };
    if let Some(message) = line.error() {
        return Err(EngineError::Engine {
            status: 200,
            message,
        });
    }
    let said = line.said().trim();
    if said.starts_with("Loaded image") && told.len() < LINES {
        told.push(said.to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answer_to_a_load_names_the_images_or_the_error() {
        let mut told = Vec::new();
        for line in [
            r#"{"status":"Loading layer","progressDetail":{"current":1},"id":"ab"}"#,
            r#"{"stream":"Loaded image: web:1\n"}"#,
            r#"{"stream":"Loaded image ID: sha256:00\n"}"#,
            "not JSON",
        ] {
            take_line(line.as_bytes(), &mut told).unwrap();
        }
        assert_eq!(told, ["Loaded image: web:1", "Loaded image ID: sha256:00"]);
        let error = take_line(br#"{"error":"no space left on device"}"#, &mut told).unwrap_err();
        assert!(matches!(error, EngineError::Engine { message, .. } if message.contains("space")));
    }
}
