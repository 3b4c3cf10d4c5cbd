//! A city's year, its pages asked for at a fixed rate, and its warnings judged.
//!
//! The city is made through the ledger and kept in a folder: `facts`, `opening` and `pay` say what happens, `make`
//! records it. Then a node serves it in this process, and `load` asks it over HTTP for what `visits` draws. As raw limit
//! the same stack answers `/livez` at the same rate.

mod facts;
mod load;
mod make;
mod opening;
mod pay;
mod plan;
mod visits;

use super::places::must_have_room;
use super::stopwatch::{Stopwatch, memory_mib, peak_memory_mib};
use super::workload::SEED;
use super::{Report, round, thousands};
use crate::desk;
use crate::failure::Failure;
use crate::home::Home;
use crate::node::Running;
use jiff::civil::Date;
use load::{Answer, Times, open_loop};
use plan::{City, MONTHS};
use readmodel::{ReadModel, Warnings};
use rules::Region;
use rules::warning::Colour;
use serde::Serialize;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use visits::{Page, TODAY, Visit};

/// So long the node may take to have its pages ready.
const READY_WAIT: Duration = Duration::from_secs(900);
/// So many of the slowest requests are told.
const SLOWEST: usize = 12;

/// What is measured.
pub(super) struct Asked {
    pub(super) workers: u64,
    /// So many of them on one site; `None` = as many as every city has.
    pub(super) large: Option<u64>,
    /// So long pages are asked for.
    pub(super) seconds: u64,
    /// Requests a second.
    pub(super) rate: u32,
}

/// What [`measure`] found.
#[derive(Debug, Serialize)]
pub(super) struct Measured {
    name: &'static str,
    seed: u64,
    workers: u64,
    sites: usize,
    worker_months: u64,
    made: make::Made,
    /// From the start of the node until its pages are there: what was late when is worked out, and kept in memory.
    ready_seconds: f64,
    ready_memory_mib: Option<f64>,
    rate_per_s: u32,
    /// The stack alone.
    livez: Times,
    /// All pages together, and each.
    all: Times,
    pages: Vec<PageTimes>,
    /// The slowest of all, so that one can see what they have in common.
    slowest: Vec<Slow>,
    style_bytes: usize,
    warnings: Vec<Judged>,
    peak_memory_mib: Option<f64>,
}

/// A kind of page.
#[derive(Debug, Serialize)]
struct PageTimes {
    page: &'static str,
    #[serde(flatten)]
    times: Times,
}

/// A request that took long.
#[derive(Debug, Serialize)]
struct Slow {
    path: String,
    took_ms: f64,
    /// From the first request to when it should have been sent.
    at_s: f64,
}

/// All warnings of a day, as `wageledger warnings` works them out.
#[derive(Debug, Serialize)]
struct Judged {
    as_of: Date,
    seconds: f64,
    rows: usize,
    /// Of these, with a colour.
    open: usize,
}

/// Makes the city in `folder` unless it is there, serves it, and asks.
pub(super) async fn measure(folder: &Path, asked: &Asked) -> Result<Measured, Failure> {
    let city = Arc::new(City::of(asked.workers, asked.large));
    let home = Home::new(folder);
    if !home.journal_path().exists() {
        must_have_room(folder, city.workers * make::WORKER_BYTES)?;
    }
    let made = make::city(&home, &city, asked.large).await?;
    let warnings = warnings(&home).await?;
    let model = ReadModel::open_read_only(&home.readmodel()?).await?;
    let number = asked.seconds * u64::from(asked.rate);
    let visits = visits::visits(&city, &model, number).await?;
    model.close().await;

    let (watch, before) = (Stopwatch::start(), memory_mib());
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let running = Running::start(&home, any, any).await?;
    let mut shown = running.node.shown.subscribe();
    // What is waited for is not kept: held, it would lock the follower out.
    let ready = tokio::time::timeout(READY_WAIT, shown.wait_for(Option::is_some)).await;
    if !ready.is_ok_and(|seen| seen.is_ok()) {
        return Err(Failure::cannot("the node never had its pages ready"));
    }
    let ready_seconds = round(watch.stop().wall.as_secs_f64(), 2);
    let ready_memory_mib = memory_mib().zip(before).map(|(after, before)| round(after - before, 0));
    let answers = ask(&running, &visits, asked.rate).await;
    running.stop().await;
    let (livez, answers) = answers?;
    Ok(Measured {
        name: "city",
        seed: SEED,
        workers: city.workers,
        sites: city.sites.len(),
        worker_months: city.workers * MONTHS,
        made,
        ready_seconds,
        ready_memory_mib,
        rate_per_s: asked.rate,
        livez: Times::of(&livez.iter().collect::<Vec<_>>()),
        all: Times::of(&answers.iter().collect::<Vec<_>>()),
        pages: by_page(&visits, &answers),
        slowest: slowest(&visits, &answers, asked.rate),
        style_bytes: desk::STYLE.len(),
        warnings,
        peak_memory_mib: peak_memory_mib(),
    })
}

async fn ask(running: &Running, visits: &[Visit], rate: u32) -> Result<(Vec<Answer>, Vec<Answer>), Failure> {
    let (base, ops) = (format!("http://{}", running.address), format!("http://{}", running.ops_address));
    let token = running.node.entrance.token();
    let livez = vec![("/livez".to_owned(), None); visits.len().min(1_000)];
    let livez = open_loop(&ops, token, livez, rate).await?;
    let requests = visits.iter().map(|visit| (visit.path.clone(), visit.form.clone())).collect();
    Ok((livez, open_loop(&base, token, requests, rate).await?))
}

fn by_page(visits: &[Visit], answers: &[Answer]) -> Vec<PageTimes> {
    let mut pages: Vec<Page> = visits.iter().map(|visit| visit.page).collect();
    pages.sort_unstable();
    pages.dedup();
    let of = |page: Page| {
        let own =
            visits.iter().zip(answers).filter(|(visit, _)| visit.page == page).map(|(_, answer)| answer);
        PageTimes { page: page.name(), times: Times::of(&own.collect::<Vec<_>>()) }
    };
    pages.into_iter().map(of).collect()
}

fn slowest(visits: &[Visit], answers: &[Answer], rate: u32) -> Vec<Slow> {
    let mut order: Vec<usize> = (0..answers.len()).collect();
    order.sort_by_key(|at| std::cmp::Reverse(answers[*at].took));
    let slow = |at: usize| Slow {
        path: visits[at].path.clone(),
        took_ms: round(answers[at].took.as_secs_f64() * 1000.0, 1),
        at_s: round(at as f64 / f64::from(rate), 2),
    };
    order.into_iter().take(SLOWEST).map(slow).collect()
}

async fn warnings(home: &Home) -> Result<Vec<Judged>, Failure> {
    let model = ReadModel::open_read_only(&home.readmodel()?).await?;
    let mut judged = Vec::new();
    for as_of in [TODAY, plan::wage_month(8).last_day()] {
        let watch = Stopwatch::start();
        let Warnings { rows, .. } = model.warnings(as_of, Region::CHINA).await?;
        let seconds = round(watch.stop().wall.as_secs_f64(), 2);
        let open = rows.iter().filter(|row| !matches!(row.colour, Colour::None | Colour::Unknown)).count();
        judged.push(Judged { as_of, seconds, rows: rows.len(), open });
    }
    model.close().await;
    Ok(judged)
}

impl Report for Measured {
    fn lines(&self) -> Vec<String> {
        let count = |number: u64| thousands(number as f64);
        let mib = |mib: Option<f64>| mib.map_or_else(|| "?".to_owned(), |mib| format!("{mib:.0}"));
        let mut lines = vec![
            format!(
                "city: {} workers, {} sites, {} worker-months, {} entries, seed {}; recorded at {} entries/s, read model \
                 made at {}/s",
                count(self.workers),
                count(self.sites as u64),
                count(self.worker_months),
                count(self.made.entries),
                self.seed,
                thousands(self.made.entries_per_s),
                thousands(self.made.rebuild_per_s),
            ),
            format!(
                "pages ready after {} s, {} MiB in memory; peak memory {} MiB",
                self.ready_seconds,
                mib(self.ready_memory_mib),
                mib(self.peak_memory_mib)
            ),
        ];
        lines.extend(self.warnings.iter().map(|judged| {
            let Judged { as_of, seconds, rows, open } = judged;
            format!("warnings of the day {as_of}: {seconds} s, {rows} rows, {open} with a colour")
        }));
        let table = |name: &str, times: &Times| {
            format!(
                "{name:<22} {:>9} {:>9.2} {:>9.2} {:>9.2} {:>12}",
                times.requests, times.p50_ms, times.p99_ms, times.worst_ms, times.largest_bytes
            )
        };
        lines.push(format!(
            "{:<22} {:>9} {:>9} {:>9} {:>9} {:>12}",
            format!("at {} requests/s", self.rate_per_s),
            "requests",
            "p50 ms",
            "p99 ms",
            "worst ms",
            "bytes at most"
        ));
        lines.push(table("raw limit: /livez", &self.livez));
        lines.extend(self.pages.iter().map(|page| table(page.page, &page.times)));
        lines.push(table("all pages", &self.all));
        lines.push("the slowest:".to_owned());
        lines.extend(self.slowest.iter().map(|slow| {
            let Slow { path, took_ms, at_s } = slow;
            format!("{took_ms:>9.1} ms at {at_s:>6.2} s  {path}")
        }));
        lines.push(format!("and the style sheet, once: {} bytes", self.style_bytes));
        lines
    }
}
