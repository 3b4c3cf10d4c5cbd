//! What a node answers over HTTP.

use super::Node;
use super::forward::FORWARDED;
use super::wire::{Answer, Problem, Request, Unreadable};
use crate::http::Refusal;
use axum::extract::rejection::PathRejection;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use axum::{Json, Router};
use bytes::Bytes;
use ledger::{ReadFailed, SubmitError};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Instant;

/// Bodies that are longer are read on a thread of their own.
const ASIDE_BYTES_MIN: usize = 64 << 10;

/// Commands and entries.
pub(super) fn routes(node: Arc<Node>) -> Router {
    Router::new()
        .route("/v1/commands", post(commands))
        .route("/v1/entries/{seq}", get(entry))
        .route("/v1/{*rest}", any(async || Refused::not_found("there is nothing here")))
        // Bodies are read before, by the guard, and are as long as the route takes.
        .layer(DefaultBodyLimit::disable())
        .fallback(async || Refused::not_found("there is nothing here"))
        .with_state(node)
}

/// For whoever operates the node.
pub(super) fn ops_routes(node: Arc<Node>) -> Router {
    Router::new()
        .route("/livez", get(async || "alive\n"))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .with_state(node)
}

/// An answer that is none.
struct Refused {
    status: StatusCode,
    problem: Problem,
}

impl Refused {
    fn new(status: StatusCode, code: &str, message: impl Into<String>) -> Refused {
        Refused { status, problem: Problem { code: code.to_owned(), message: message.into() } }
    }

    fn not_found(message: &str) -> Refused {
        Refused::new(StatusCode::NOT_FOUND, "not_found", message)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let later = matches!(self.status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
        let body = (self.status, Json(self.problem));
        match later {
            true => ([(header::RETRY_AFTER, "1")], body).into_response(),
            false => body.into_response(),
        }
    }
}

impl From<SubmitError> for Refused {
    fn from(error: SubmitError) -> Refused {
        let (status, code) = match &error {
            // The same again would be as large, and as unwelcome.
            SubmitError::TooLarge { .. } => {
                let message = format!("{error}; send them in several requests");
                return Refused::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", message);
            }
            SubmitError::Refused { .. } => {
                return Refused::new(StatusCode::BAD_GATEWAY, "refused", error.to_string());
            }
            SubmitError::Busy => (StatusCode::TOO_MANY_REQUESTS, "busy"),
            SubmitError::Unavailable { .. } => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
            SubmitError::Clock { .. } => (StatusCode::SERVICE_UNAVAILABLE, "clock"),
            SubmitError::NoLeader => (StatusCode::SERVICE_UNAVAILABLE, "no_leader"),
            SubmitError::Closed => (StatusCode::SERVICE_UNAVAILABLE, "closed"),
        };
        let message = format!("{error}; send the same commands with the same ids again");
        Refused::new(status, code, message)
    }
}

impl From<Unreadable> for Refused {
    fn from(error: Unreadable) -> Refused {
        let (status, code) = match &error {
            Unreadable::TooMany | Unreadable::TooLong { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
            _ => (StatusCode::BAD_REQUEST, "malformed"),
        };
        Refused::new(status, code, error.to_string())
    }
}

/// What the guard does not let through.
pub(super) fn refused(_: &Parts, refusal: Refusal) -> Response {
    let (code, message) = match refusal {
        Refusal::Foreign => (
            "foreign",
            "the request asks for another host than this node's, or comes from another site's page; ask by the address \
             that the node prints, or by a name in its configuration (names under [node])"
                .to_owned(),
        ),
        Refusal::Unknown => (
            "unauthorized",
            "this node answers only who sends the ledger's token (Authorization: Bearer …): the file node.token in the \
             ledger's folder, or what its configuration says; all nodes of a ledger have it in common"
                .to_owned(),
        ),
        Refusal::Kind => ("unsupported_media_type", "commands are application/json; say so in content-type".to_owned()),
        Refusal::TooLong(bytes) => {
            ("too_large", format!("a body has at most {bytes} bytes here; send the commands in several requests"))
        }
        Refusal::Slow => ("timeout", "the body did not come in time; send the same again".to_owned()),
        Refusal::Broken => ("malformed", "the body did not come whole".to_owned()),
        Refusal::Busy => ("busy", "other requests take all room for bodies; send the same again".to_owned()),
    };
    let mut response = Refused::new(refusal.status(), code, message).into_response();
    if refusal == Refusal::Unknown {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

/// Reads commands. Long bodies are read aside: whoever else is answered meanwhile does not wait for it.
async fn read(body: Bytes) -> Result<Request, Refused> {
    if body.len() <= ASIDE_BYTES_MIN {
        return Ok(Request::read(&body)?);
    }
    let read = tokio::task::spawn_blocking(move || Request::read(&body)).await;
    Ok(read.map_err(|_| SubmitError::Closed)??)
}

async fn commands(
    State(node): State<Arc<Node>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refused> {
    let request = read(body).await?;
    if headers.contains_key(FORWARDED) && !node.leads() {
        return Err(SubmitError::NoLeader.into());
    }
    let begun = Instant::now();
    let outcomes = node.ledger.submit(request.submissions).await?;
    metrics::histogram!("wageledger_receipt_seconds").record(begun.elapsed());
    let origin = node.ledger.reader().journal().origin();
    let answers: Vec<Answer> = outcomes.into_iter().map(|outcome| Answer::of(outcome, origin)).collect();
    for answer in &answers {
        metrics::counter!("wageledger_commands_total", "outcome" => answer.word()).increment(1);
    }
    if request.many {
        return Ok(Json(answers).into_response());
    }
    let Some(answer) = answers.into_iter().next() else { return Err(SubmitError::Closed.into()) };
    let status = match &answer {
        Answer::Recorded(_) => StatusCode::CREATED,
        Answer::AlreadyRecorded(_) => StatusCode::OK,
        Answer::Rejected { .. } => StatusCode::UNPROCESSABLE_ENTITY,
    };
    Ok((status, Json(answer)).into_response())
}

/// An entry as recorded: what is hashed in hexadecimal, and the body as it stands.
async fn entry(
    State(node): State<Arc<Node>>,
    seq: Result<Path<u64>, PathRejection>,
) -> Result<Json<Value>, Refused> {
    let Ok(Path(seq)) = seq else {
        return Err(Refused::new(StatusCode::BAD_REQUEST, "malformed", "an entry is named by its number"));
    };
    let reader = node.ledger.reader().clone();
    let read = tokio::task::spawn_blocking(move || document(&reader, seq)).await;
    match read {
        Ok(Ok(Some(document))) => Ok(Json(document)),
        Ok(Ok(None)) => Err(Refused::not_found("there is no such entry")),
        Ok(Err(error)) => {
            tracing::error!(entry.seq = seq, %error, "an entry could not be read");
            Err(Refused::new(StatusCode::INTERNAL_SERVER_ERROR, "unreadable", error.to_string()))
        }
        Err(_) => Err(SubmitError::Closed.into()),
    }
}

fn document(reader: &ledger::Reader, seq: u64) -> Result<Option<Value>, ReadFailed> {
    let limit = journal::ReadLimit::ONE;
    let records = reader.journal().read(seq, limit)?;
    let Some((position, record)) = records.iter().next().filter(|(position, _)| *position == seq) else {
        return Ok(None);
    };
    let known = reader.entry(position)?;
    let body = std::str::from_utf8(record.body).ok().and_then(|text| {
        // As it stands, byte for byte: what was hashed.
        RawValue::from_string(text.to_owned()).ok()
    });
    Ok(Some(json!({
        "seq": seq,
        "hash": known.hash.to_string(),
        "header": hex::encode(record.header),
        "salt": hex::encode(record.salt),
        "body": body,
    })))
}

async fn ready(State(node): State<Arc<Node>>) -> Response {
    match node.not_ready() {
        None => "ready\n".into_response(),
        Some(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")).into_response(),
    }
}

async fn metrics(State(node): State<Arc<Node>>) -> Response {
    node.measure();
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    (kind, node.metrics.render()).into_response()
}
