//! What a container wrote, as lines. The engine is asked for timestamps and
//! they are taken off again, so a reader can resume where it stopped, to the
//! nanosecond. Nothing is read ahead of the consumer.

mod decode;
mod follow;
mod positions;
mod reader;
mod request;
mod stamp;

use super::error::EngineError;
use super::handle::Engine;
use crate::model::logs::{LogLine, LogQuery};
use futures_util::{Stream, StreamExt};

impl Engine {
    /// `GET /containers/{id}/logs`. The request is made now, so that a wrong
    /// name or a driver without reading is an error before a stream begins;
    /// the lines are read as they are taken. The stream ends when the log does
    /// or, with `follow`, when the container stops or is removed; a followed log
    /// whose answer ends while its container runs is continued where it was.
    /// After an error nothing more comes.
    ///
    /// # Errors
    /// [`EngineError::LogsUnreadable`] and those of [`Engine::get`].
    pub async fn logs(
        &self,
        reference: &str,
        query: &LogQuery,
    ) -> Result<impl Stream<Item = Result<LogLine, EngineError>> + Send + use<>, EngineError> {
        let container = self.shared.record(reference)?.container;
        let reader = reader::Reader::open(self, &container, query).await?;
        let stop = self.shared.stop.clone();
        let lines = futures_util::stream::unfold(reader, reader::Reader::next);
        Ok(lines.take_until(stop.cancelled_owned()))
    }
}
