//! Requests at a fixed rate, whatever the answers take: a slow answer does not slow the asking down, and its time counts
//! from when it should have been asked for.

use crate::failure::Failure;
use crate::http::Token;
use crate::run::bench::round;
use reqwest::Client;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use serde::Serialize;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// A request takes no longer than this.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a request got.
pub(super) struct Answer {
    /// From its intended start to the last byte.
    pub(super) took: Duration,
    pub(super) bytes: usize,
}

/// Times of several answers, in milliseconds.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Times {
    pub(super) requests: usize,
    pub(super) p50_ms: f64,
    pub(super) p99_ms: f64,
    pub(super) worst_ms: f64,
    pub(super) largest_bytes: usize,
}

impl Times {
    pub(super) fn of(answers: &[&Answer]) -> Times {
        let mut times: Vec<f64> = answers.iter().map(|a| a.took.as_secs_f64() * 1000.0).collect();
        times.sort_unstable_by(f64::total_cmp);
        // The smallest time that so many of a hundred do not exceed.
        let at = |percent: usize| {
            let rank = (times.len() * percent).div_ceil(100).max(1);
            round(times.get(rank - 1).copied().unwrap_or_default(), 2)
        };
        let largest_bytes = answers.iter().map(|answer| answer.bytes).max().unwrap_or_default();
        let (p50_ms, p99_ms, worst_ms) = (at(50), at(99), at(100));
        Times { requests: answers.len(), p50_ms, p99_ms, worst_ms, largest_bytes }
    }
}

/// Sends request after request, `per_second` of them; a path with a form's body where there is one.
pub(super) async fn open_loop(
    base: &str,
    token: &Token,
    requests: Vec<(String, Option<String>)>,
    per_second: u32,
) -> Result<Vec<Answer>, Failure> {
    let mut bearer = HeaderValue::from_str(&format!("Bearer {}", token.as_str()))
        .map_err(|error| Failure::cannot(error.to_string()))?;
    bearer.set_sensitive(true);
    let heads = HeaderMap::from_iter([(AUTHORIZATION, bearer)]);
    let client = Client::builder().no_proxy().timeout(PATIENCE).default_headers(heads);
    let client = client.build().map_err(Failure::from)?;
    let mut under_way = JoinSet::new();
    let begin = Instant::now();
    for (at, (path, form)) in (0u32..).zip(requests) {
        let intended = begin + Duration::from_secs(1) / per_second * at;
        tokio::time::sleep_until(intended.into()).await;
        let (client, url) = (client.clone(), format!("{base}{path}"));
        under_way.spawn(async move { (at, ask(&client, url, form, intended).await) });
    }
    let mut answers = Vec::with_capacity(under_way.len());
    while let Some(done) = under_way.join_next().await {
        let (at, answer) = done?;
        answers.push((at, answer?));
    }
    answers.sort_unstable_by_key(|(at, _)| *at);
    Ok(answers.into_iter().map(|(_, answer)| answer).collect())
}

async fn ask(
    client: &Client,
    url: String,
    form: Option<String>,
    intended: Instant,
) -> Result<Answer, Failure> {
    let request = match form {
        None => client.get(&url),
        Some(field) => {
            let field = percent_encoding::utf8_percent_encode(&field, percent_encoding::NON_ALPHANUMERIC);
            let kind = "application/x-www-form-urlencoded";
            client.post(&url).header("content-type", kind).body(format!("q={field}"))
        }
    };
    let response = request.send().await?;
    let status = response.status();
    let bytes = response.bytes().await?.len();
    let took = intended.elapsed();
    match status.is_success() {
        true => Ok(Answer { took, bytes }),
        false => Err(Failure::cannot(format!("{url} was answered with {status}"))),
    }
}
