//! Reading bodies: so many bytes of one, so many of all at the same time, in so much time.

use super::guard::Refusal;
use axum::body::Body;
use axum::http::{HeaderMap, header};
use bytes::Bytes;
use futures_util::StreamExt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Bytes of bodies that all requests hold together, at most.
const BYTES_IN_FLIGHT_MAX: usize = 64 << 20;
/// A body comes within this time.
const BODY_TIME: Duration = Duration::from_secs(60);

/// The bytes that may be in flight.
#[derive(Clone)]
pub(crate) struct Budget {
    bytes: Arc<Semaphore>,
    /// What each body has.
    time: Duration,
}

/// The bytes that a request holds.
pub(super) struct Held {
    _permit: Option<OwnedSemaphorePermit>,
}

impl Default for Budget {
    fn default() -> Budget {
        Budget { bytes: Arc::new(Semaphore::new(BYTES_IN_FLIGHT_MAX)), time: BODY_TIME }
    }
}

impl Budget {
    /// Reads a body of `bytes_max` bytes at most. What came is counted, not what was announced: who announces much and
    /// sends little takes nothing from others. Where the budget is spent nobody waits for it, for those who wait hold
    /// what others wait for.
    pub(super) async fn read(
        &self,
        headers: &HeaderMap,
        body: Body,
        bytes_max: usize,
    ) -> Result<(Bytes, Held), Refusal> {
        let announced =
            headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
        if announced.is_some_and(|bytes: usize| bytes > bytes_max) {
            return Err(Refusal::TooLong(bytes_max));
        }
        tokio::time::timeout(self.time, self.collect(body, announced.unwrap_or_default(), bytes_max))
            .await
            .unwrap_or(Err(Refusal::Slow))
    }

    async fn collect(
        &self,
        body: Body,
        announced: usize,
        bytes_max: usize,
    ) -> Result<(Bytes, Held), Refusal> {
        let mut chunks = body.into_data_stream();
        let mut read: Vec<u8> = Vec::new();
        let mut held: Option<OwnedSemaphorePermit> = None;
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|_| Refusal::Broken)?;
            if read.len() + chunk.len() > bytes_max {
                return Err(Refusal::TooLong(bytes_max));
            }
            let bytes = u32::try_from(chunk.len()).map_err(|_| Refusal::TooLong(bytes_max))?;
            let more = Arc::clone(&self.bytes).try_acquire_many_owned(bytes).map_err(|_| Refusal::Busy)?;
            match &mut held {
                Some(held) => held.merge(more),
                None => held = Some(more),
            }
            if read.is_empty() {
                // Room for what was announced costs nothing before it is filled.
                read.reserve_exact(announced.max(chunk.len()));
            }
            read.extend_from_slice(&chunk);
        }
        Ok((read.into(), Held { _permit: held }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::stream;
    use std::convert::Infallible;

    fn body(chunks: &[usize]) -> Body {
        let chunks: Vec<_> = chunks.iter().map(|bytes| Ok::<_, Infallible>(vec![b'x'; *bytes])).collect();
        Body::from_stream(stream::iter(chunks))
    }

    #[tokio::test]
    async fn limits() {
        let budget = Budget { bytes: Arc::new(Semaphore::new(100)), ..Budget::default() };
        let none = HeaderMap::new();
        let (bytes, held) = budget.read(&none, body(&[30, 30]), 60).await.unwrap();
        assert_eq!((bytes.len(), budget.bytes.available_permits()), (60, 40));
        assert_eq!(budget.read(&none, body(&[30, 31]), 60).await.err(), Some(Refusal::TooLong(60)));
        assert_eq!(budget.read(&none, body(&[30, 20]), 60).await.err(), Some(Refusal::Busy));
        assert_eq!(budget.bytes.available_permits(), 40, "who is refused holds nothing");
        drop(held);
        assert_eq!(budget.bytes.available_permits(), 100);
        assert!(budget.read(&none, Body::empty(), 0).await.unwrap().0.is_empty());
        let mut announced = HeaderMap::new();
        announced.insert(header::CONTENT_LENGTH, "61".parse().unwrap());
        assert_eq!(budget.read(&announced, body(&[1]), 60).await.err(), Some(Refusal::TooLong(60)));
    }

    #[tokio::test]
    async fn a_body_that_never_ends() {
        let budget = Budget { time: Duration::from_millis(200), ..Budget::default() };
        let drip = stream::unfold((), |()| async {
            tokio::time::sleep(Duration::from_millis(1)).await;
            Some((Ok::<_, Infallible>(vec![b'x']), ()))
        });
        let read = budget.read(&HeaderMap::new(), Body::from_stream(drip), 1_000_000).await;
        assert_eq!(read.err(), Some(Refusal::Slow));
        assert_eq!(budget.bytes.available_permits(), BYTES_IN_FLIGHT_MAX);
    }
}
