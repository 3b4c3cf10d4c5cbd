//! Makes a city's ledger in a folder, month after month, and its read model; or finds it there.

use super::facts::Facts;
use super::opening::firms;
use super::pay::Account;
use super::plan::{City, MONTHS, Of, id_number, wage_month};
use crate::failure::Failure;
use crate::follow;
use crate::home::Home;
use crate::run::bench::rig::{ORIGIN, Rig};
use crate::run::bench::stopwatch::per_second;
use crate::run::bench::workload::{CHUNK, SEED};
use journal::SqliteJournal;
use ledger::{Clock, Submission};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tokio::sync::mpsc;
use uuid::Uuid;
use vault::Purpose;

/// Bytes on disk that a worker's year takes, with its read model, and room to make it in.
pub(super) const WORKER_BYTES: u64 = 64_000;
/// Keys made in one durable step.
const KEYS: usize = 50_000;
/// What was made, in a file beside it.
const NOTE: &str = "city.json";
const VERSION: u32 = 1;

/// What a folder with a city holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Made {
    version: u32,
    seed: u64,
    pub(super) workers: u64,
    /// Workers on the large site, where somebody said how many.
    #[serde(default)]
    large: Option<u64>,
    pub(super) entries: u64,
    pub(super) entries_per_s: f64,
    pub(super) rebuild_per_s: f64,
}

/// The city in a folder, made if it is not there.
pub(super) async fn city(home: &Home, city: &Arc<City>, large: Option<u64>) -> Result<Made, Failure> {
    let note = home.path(NOTE);
    if note.is_file() {
        let made: Made = serde_json::from_slice(&std::fs::read(&note)?)?;
        let same = (made.workers, made.large) == (city.workers, large);
        let same = same && (made.version, made.seed) == (VERSION, SEED);
        if same {
            return Ok(made);
        }
        return Err(Failure::Usage(format!(
            "{} holds a city of {} workers, version {}; asked is one of {}, version {VERSION}, or one with another large \
             site: choose another --dir, or remove this one",
            home.dir().display(),
            made.workers,
            made.version,
            city.workers
        )));
    }
    if home.journal_path().exists() {
        let dir = home.dir().display();
        return Err(Failure::cannot(format!("{dir} holds a city that was never finished: remove it")));
    }
    let entries_per_s = recorded(home.dir(), city).await?;
    let watch = crate::run::bench::stopwatch::Stopwatch::start();
    let reader = home.read().await?;
    let cursor = follow::rebuild(home, reader.entries(), &|_| {}).await?;
    let rebuild_per_s = per_second(cursor.seq, watch.stop().wall).round();
    let made = Made {
        version: VERSION,
        seed: SEED,
        workers: city.workers,
        large,
        entries: cursor.seq,
        entries_per_s,
        rebuild_per_s,
    };
    std::fs::write(&note, serde_json::to_vec(&made)?)?;
    Ok(made)
}

/// The months pass, and entries are recorded in them.
struct CityClock(AtomicI64);

impl Clock for CityClock {
    fn now_us(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Records the year; entries a second.
async fn recorded(folder: &Path, city: &Arc<City>) -> Result<f64, Failure> {
    let clock = Arc::new(CityClock(AtomicI64::new(begin_of(0)?)));
    let journal = Arc::new(SqliteJournal::create(folder.join("ledger.sqlite"), ORIGIN)?);
    let rig = Rig::timed(folder, journal, Arc::clone(&clock) as Arc<dyn Clock>).await?;
    keys(&rig, city).await?;
    let (subject, sites) = (rig.ledger.id(), Arc::clone(city));
    let elapsed = rig.record(move |send| year(&sites, subject, &clock, send)).await?;
    let entries = rig.journal().head().seq;
    rig.ledger.close().await;
    Ok(per_second(entries, elapsed.wall).round())
}

/// Everybody's keys, and his ID number's place in the index.
async fn keys(rig: &Rig, city: &City) -> Result<(), Failure> {
    let vault = rig.ledger.reader().vault();
    let numbers: Vec<u64> = (0..city.workers).collect();
    for part in numbers.chunks(KEYS) {
        let index = |worker: &u64| {
            (vault.blind_index(Purpose::IdNumber, &id_number(*worker)), Of::Worker.id(*worker))
        };
        vault.bind_id_numbers(&part.iter().map(index).collect::<Vec<_>>()).await?;
    }
    let crews: Vec<Uuid> = (0..city.crews()).map(|crew| Of::Crew.id(crew)).collect();
    for part in crews.chunks(KEYS) {
        vault.keys_for(part).await?;
    }
    Ok(())
}

/// Before the month with this number, µs since 1970.
fn begin_of(month: u64) -> Result<i64, Failure> {
    Ok(wage_month(month)
        .first_day()
        .at(0, 0, 0, 0)
        .to_zoned(jiff::tz::TimeZone::UTC)?
        .timestamp()
        .as_microsecond())
}

/// Site after site is opened; then month after month all sites hand in what they have.
fn year(
    city: &City,
    ledger: Uuid,
    clock: &CityClock,
    send: &mpsc::Sender<Vec<Submission>>,
) -> Result<(), Failure> {
    let mut out = Out { facts: Facts { ledger, said: Vec::new() }, send };
    firms(city, &mut out.facts)?;
    for site in &city.sites {
        out.facts.open(site)?;
        out.flush()?;
    }
    let mut accounts = vec![Account::default(); city.sites.len()];
    for step in 0..MONTHS + 4 {
        for (site, account) in city.sites.iter().zip(&mut accounts) {
            let month = |before: u64| step.checked_sub(before).filter(|month| *month < MONTHS);
            if let Some(month) = month(0) {
                out.facts.oversight(site, month)?;
            }
            if let Some(month) = month(1) {
                out.facts.attendance(site, month)?;
                out.facts.sheets(site, month)?;
                out.facts.payments(site, month, 0, account)?;
            }
            if let Some(month) = month(3) {
                out.facts.payments(site, month, 1, account)?;
                out.facts.afterwards(site, month)?;
            }
            out.flush()?;
        }
        // What is under way may get either month.
        clock.0.store(begin_of(step + 1)?, Ordering::Relaxed);
    }
    out.send_rest();
    Ok(())
}

struct Out<'a> {
    facts: Facts,
    send: &'a mpsc::Sender<Vec<Submission>>,
}

impl Out<'_> {
    /// Sends whole chunks on; fails when nobody takes them any more.
    fn flush(&mut self) -> Result<(), Failure> {
        while self.facts.said.len() >= CHUNK as usize {
            let rest = self.facts.said.split_off(CHUNK as usize);
            let chunk = std::mem::replace(&mut self.facts.said, rest);
            self.send.blocking_send(chunk).map_err(|_| Failure::cannot("recording ended early"))?;
        }
        Ok(())
    }

    fn send_rest(self) {
        // Where nobody takes it, the receiver has said why.
        let _ = self.send.blocking_send(self.facts.said);
    }
}
