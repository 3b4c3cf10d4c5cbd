//! Connections: so many at a time, each with so much time for a head, and for each step of its answer.
//!
//! When all are taken, the connection that has waited longest without a request is closed for the one that comes. So
//! who opens connections and says nothing keeps nobody out, and who is being answered is never cut off for another.

use super::guard::Guarded;
use super::patient::Patient;
use axum::body::{Body, Bytes};
use axum::http::{Request, Response};
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

/// A head comes within this time after the connection, or the answer before it; it is also how long a connection may
/// be idle.
const HEAD_TIME: Duration = Duration::from_secs(10);
/// Bytes of a head, at most; no request of ours has more than a few hundred.
const HEAD_BYTES_MAX: usize = 16 * 1024;
/// Of what is written to it a caller takes a little at least within this time.
const STALL_TIME: Duration = Duration::from_secs(30);
/// After a failure to take a connection, so long until the next.
const ACCEPT_AGAIN: Duration = Duration::from_millis(20);

/// Answers connections until told to stop, then answers what is under way and ends.
pub(crate) async fn serve(
    listener: TcpListener,
    routes: Guarded,
    connections_max: usize,
    mut stopped: watch::Receiver<bool>,
) {
    let (routes, waiting) = (routes.into_routes(), Arc::new(Waiting::default()));
    let mut open = JoinSet::new();
    loop {
        while open.try_join_next().is_some() {}
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = told(&mut stopped) => break,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                // No descriptor, or who called has gone already: neither ends the node.
                tracing::debug!(%error, "a connection could not be taken");
                tokio::time::sleep(ACCEPT_AGAIN).await;
                continue;
            }
        };
        while open.len() >= connections_max {
            waiting.close_oldest();
            tokio::select! {
                _ = open.join_next() => {}
                () = told(&mut stopped) => break,
            }
        }
        let routes = TowerToHyperService::new(routes.clone());
        open.spawn(connection(stream, routes, waiting.enter(), stopped.clone()));
    }
    drop(listener);
    while open.join_next().await.is_some() {}
}

/// Waits for the word to stop. An error says that nobody will ever tell: time to stop, too.
async fn told(stopped: &mut watch::Receiver<bool>) {
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

async fn connection<S>(stream: TcpStream, routes: S, place: Arc<Place>, mut stopped: watch::Receiver<bool>)
where
    S: Service<Request<Incoming>, Response = Response<Body>, Error = Infallible>,
{
    // Answers are written whole: there is nothing to wait for.
    let _ = stream.set_nodelay(true);
    let at = Arc::clone(&place);
    let service = service_fn(move |request: Request<Incoming>| {
        let turn = Turn::begin(&at);
        let answer = routes.call(request);
        async move {
            let answer = answer.await?;
            Ok::<_, Infallible>(answer.map(|body| Answer { body, _turn: turn }))
        }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIME).max_buf_size(HEAD_BYTES_MAX);
    let mut serving = pin!(http.serve_connection(TokioIo::new(Patient::new(stream, STALL_TIME)), service));
    tokio::select! {
        // What goes wrong with a connection is its caller's to see.
        _ = serving.as_mut() => return,
        () = place.close.notified() => return,
        () = told(&mut stopped) => {}
    }
    if place.is_waiting() {
        return;
    }
    serving.as_mut().graceful_shutdown();
    let _ = serving.await;
}

/// The connections that wait for a request, the one that waits longest first.
#[derive(Default)]
struct Waiting(Mutex<Queue>);

#[derive(Default)]
struct Queue {
    next: u64,
    waiting: BTreeMap<u64, Arc<Notify>>,
}

/// A connection's place among those that wait.
struct Place {
    all: Arc<Waiting>,
    /// None while a request is under way.
    at: Mutex<Option<u64>>,
    close: Arc<Notify>,
}

impl Waiting {
    fn enter(self: &Arc<Waiting>) -> Arc<Place> {
        let place = Place { all: Arc::clone(self), at: Mutex::new(None), close: Arc::default() };
        place.wait();
        Arc::new(place)
    }

    fn close_oldest(&self) {
        if let Some((_, close)) = self.queue().waiting.pop_first() {
            close.notify_one();
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    fn at(&self) -> MutexGuard<'_, Option<u64>> {
        self.at.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_waiting(&self) -> bool {
        self.at().is_some()
    }

    fn wait(&self) {
        let mut queue = self.all.queue();
        let number = queue.next;
        queue.next = number.wrapping_add(1);
        queue.waiting.insert(number, Arc::clone(&self.close));
        drop(queue);
        *self.at() = Some(number);
    }

    fn leave(&self) {
        if let Some(number) = self.at().take() {
            self.all.queue().waiting.remove(&number);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.leave();
    }
}

/// A request under way: from its head to the last byte of its answer.
struct Turn(Arc<Place>);

impl Turn {
    fn begin(place: &Arc<Place>) -> Turn {
        place.leave();
        Turn(Arc::clone(place))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.wait();
    }
}

/// The body of an answer, which is under way until all of it is taken.
struct Answer {
    body: Body,
    _turn: Turn,
}

impl hyper::body::Body for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_longest_goes_first() {
        let waiting = Arc::new(Waiting::default());
        let places: Vec<_> = (0..4).map(|_| waiting.enter()).collect();
        let under_way = Turn::begin(&places[0]);
        drop(Turn::begin(&places[1]));
        let mut order = Vec::new();
        for _ in 0..4 {
            let first = waiting.queue().waiting.keys().next().copied();
            order.extend(
                first.map(|first| places.iter().position(|place| *place.at() == Some(first)).unwrap()),
            );
            waiting.close_oldest();
        }
        assert_eq!(
            order,
            [2, 3, 1],
            "who is being answered is not among them, who was answered last goes last"
        );
        drop(under_way);
        assert!(places[0].is_waiting());
    }
}
