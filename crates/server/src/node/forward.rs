//! Taking commands to the node that leads.

use super::wire::{Answer, COMMANDS_MAX, Problem, Request};
use crate::http::Token;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use journal::Journal;
use ledger::{Forward, Outcome, Submission, SubmitError};
use reqwest::StatusCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The header that says: decide it yourself or say no, do not pass it on.
pub(crate) const FORWARDED: &str = "wageledger-forwarded";

/// How long the leader may take for one request.
const ANSWER_MAX: Duration = Duration::from_secs(60);
/// How long a guest waits until what was recorded for him can be read here.
const READABLE_MAX: Duration = Duration::from_secs(15);

/// The leader, over HTTP.
#[derive(Clone)]
pub(crate) struct Leader {
    client: reqwest::Client,
    /// As in `http://127.0.0.1:8470`.
    base: String,
    token: Option<Token>,
    origin: String,
    /// Whether it is asked to decide by itself or say no. A guest's node may take what he asks further.
    only_itself: bool,
}

impl Leader {
    /// The node at this address, which keeps the ledger of that origin.
    pub(crate) fn at(base: &str, token: Option<Token>, origin: &str) -> Result<Leader, reqwest::Error> {
        let client = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(2))
            .timeout(ANSWER_MAX)
            // Less than a node leaves a connection idle, so that none is used while it is being closed.
            .pool_idle_timeout(Duration::from_secs(5))
            // Nodes are peers on one network.
            .no_proxy()
            .build()?;
        Ok(Leader { client, base: base.to_owned(), token, origin: origin.to_owned(), only_itself: true })
    }

    /// The same node, which may take what it is asked to the one that leads.
    pub(crate) fn or_further(self) -> Leader {
        Leader { only_itself: false, ..self }
    }

    async fn part(&self, submissions: Vec<Submission>) -> Result<Vec<Outcome>, SubmitError> {
        let sent = submissions.len();
        let body = Request::write(submissions).map_err(unavailable)?;
        let mut request = self
            .client
            .post(format!("{}/v1/commands", self.base))
            .header("content-type", "application/json")
            .body(body);
        if self.only_itself {
            request = request.header(FORWARDED, "1");
        }
        if let Some(token) = &self.token {
            request = request.bearer_auth(token.as_str());
        }
        let response = request.send().await.map_err(|error| match error.is_connect() {
            // Nothing was sent: who led has gone, and the others do not know it yet.
            true => SubmitError::NoLeader,
            false => unavailable(error),
        })?;
        let status = response.status();
        let body = response.bytes().await.map_err(unavailable)?;
        if !status.is_success() {
            return Err(problem_of(status, &body));
        }
        let answers: Vec<Answer> = serde_json::from_slice(&body).map_err(unavailable)?;
        if answers.len() != sent {
            let reason = format!("{sent} commands were sent and {} answered", answers.len());
            return Err(SubmitError::Unavailable { reason });
        }
        answers.into_iter().map(|answer| answer.outcome(&self.origin)).collect()
    }
}

/// What an answer without outcomes means. Who is refused for what he sends gets no further by sending it again.
fn problem_of(status: StatusCode, body: &[u8]) -> SubmitError {
    let problem = serde_json::from_slice(body).unwrap_or_else(|_| Problem {
        code: String::new(),
        message: format!("it answers {status}, and not as a node does"),
    });
    match problem.code.as_str() {
        "busy" => SubmitError::Busy,
        "no_leader" => SubmitError::NoLeader,
        "clock" => SubmitError::Clock { reason: problem.message },
        "timeout" => SubmitError::Unavailable { reason: problem.message },
        _ if status.is_client_error() => SubmitError::Refused { reason: problem.message },
        _ => SubmitError::Unavailable { reason: problem.message },
    }
}

impl Forward for Leader {
    fn submit(&self, submissions: Vec<Submission>) -> BoxFuture<'static, Result<Vec<Outcome>, SubmitError>> {
        let leader = self.clone();
        async move {
            let mut outcomes = Vec::with_capacity(submissions.len());
            let mut left = submissions;
            while !left.is_empty() {
                let rest = left.split_off(left.len().min(COMMANDS_MAX));
                outcomes.extend(leader.part(left).await?);
                left = rest;
            }
            Ok(outcomes)
        }
        .boxed()
    }
}

/// The leader as a command at the command line sees it: tries again while a leader is being found, and waits
/// until what was recorded can be read, since the command goes on from there.
pub(crate) struct Host {
    pub(crate) leader: Leader,
    pub(crate) journal: Arc<dyn Journal>,
}

impl Forward for Host {
    fn submit(&self, submissions: Vec<Submission>) -> BoxFuture<'static, Result<Vec<Outcome>, SubmitError>> {
        let (leader, journal) = (self.leader.clone(), Arc::clone(&self.journal));
        async move {
            let mut pause = Duration::from_millis(100);
            let outcomes = loop {
                // The same ids again: what was recorded and not answered is answered now.
                match leader.submit(submissions.clone()).await {
                    Err(SubmitError::Busy | SubmitError::NoLeader) if pause < Duration::from_secs(10) => {
                        tokio::time::sleep(pause).await;
                        pause = pause.saturating_mul(2);
                    }
                    done => break done?,
                }
            };
            let last = outcomes.iter().filter_map(|outcome| match outcome {
                Outcome::Recorded(receipt) | Outcome::AlreadyRecorded(receipt) => Some(receipt.seq),
                Outcome::Rejected(_) => None,
            });
            readable(journal.as_ref(), last.max().unwrap_or_default()).await?;
            Ok(outcomes)
        }
        .boxed()
    }
}

async fn readable(journal: &dyn Journal, seq: u64) -> Result<(), SubmitError> {
    let begun = Instant::now();
    loop {
        let head = journal.catch_up().await.map_err(unavailable)?;
        if head.seq >= seq {
            return Ok(());
        }
        if begun.elapsed() > READABLE_MAX {
            let reason = format!("entry {seq} is recorded, but cannot be read here yet (head {})", head.seq);
            return Err(SubmitError::Unavailable { reason });
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn unavailable(error: impl std::error::Error) -> SubmitError {
    let mut reason = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        reason = format!("{reason}: {next}");
        cause = next.source();
    }
    SubmitError::Unavailable { reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Only what another try can mend is to be tried again.
    #[test]
    fn refusals_are_no_outages() {
        let problem = |code: &str| format!(r#"{{"code":"{code}","message":"why"}}"#);
        for (status, body, expected) in [
            (401, problem("unauthorized"), "refuses the request: why"),
            (400, problem("malformed"), "refuses the request: why"),
            (404, "nothing here".to_owned(), "refuses the request: it answers 404"),
            (413, String::new(), "refuses the request: it answers 413"),
            (408, problem("timeout"), "cannot record now: why"),
            (429, problem("busy"), "too many requests are waiting"),
            (503, problem("no_leader"), "no node leads"),
            (503, problem("unavailable"), "cannot record now: why"),
            (500, "<html>".to_owned(), "cannot record now: it answers 500"),
        ] {
            let status = StatusCode::from_u16(status).expect("a status");
            let said = problem_of(status, body.as_bytes()).to_string();
            assert!(said.contains(expected), "{status}: {said}");
        }
    }
}
