//! Durable bulk append through the real sequencer, beside plain SQLite inserts of the same bytes.

use super::places::{Folder, remove_database};
use super::rig::{ORIGIN, Rig};
use super::stopwatch::{Latency, median, peak_memory_mib, per_second};
use super::workload::{CHUNK, SEED, SUBJECTS, Workload};
use super::{Rates, Report, round, thousands};
use crate::failure::Failure;
use journal::{RawRate, raw_insert_rate};
use serde::Serialize;
use std::num::NonZeroUsize;
use std::sync::Arc;

/// Entries in one part of a long run, at most; the rate of each is told.
const PART: u64 = 1_000_000;
/// The raw limit is measured so often at most, evenly over the parts, the first and the last among them.
const RAW_TIMES: u64 = 5;
/// Bytes on disk that an entry takes here, with what lies beside it for a while.
const DISK_BYTES: u64 = 1_100;
/// Who append at once, one entry each.
pub(super) const CALLERS: u64 = 64;
/// Subjects whose memory is kept where they shall not fit.
const FEW_STATES: NonZeroUsize = NonZeroUsize::new(10_000).unwrap();

/// What [`measure`] found.
#[derive(Debug, Serialize)]
pub(super) struct Append {
    #[serde(flatten)]
    rates: Rates,
    seed: u64,
    entries: u64,
    subjects: u64,
    mean_body_bytes: f64,
    mean_stored_bytes: f64,
    rate_at: Vec<RateAt>,
    /// By how much the last part was slower than the first, in percent; negative when it was faster.
    fall_percent: f64,
    /// The same of the raw limit: what of it the disk has done.
    raw_fall_percent: f64,
    /// Processor time of all threads for one entry, in µs, making the submissions included.
    cpu_us_per_entry: Option<f64>,
    peak_memory_mib: Option<f64>,
    /// Lines whose account is sealed under the worker's key.
    sealed_field: Sealed,
    /// Where the subjects' memory does not fit.
    uncached: Uncached,
    single_ms: Latency,
    callers_64_per_s: f64,
}

/// The rate of one part.
#[derive(Debug, Serialize)]
struct RateAt {
    /// Entries appended when the part ended.
    entries: u64,
    rate_per_s: f64,
    raw_per_s: Option<f64>,
}

#[derive(Debug, Serialize)]
struct Sealed {
    rate_per_s: f64,
    raw_per_s: f64,
    ratio: f64,
    mean_body_bytes: f64,
}

#[derive(Debug, Serialize)]
struct Uncached {
    cached_states: usize,
    /// Entries that a subject had on average: so many are read and folded for each append.
    entries_per_subject: f64,
    rate_per_s: f64,
}

/// A ledger that is filled part by part.
struct Filling<'a> {
    folder: &'a Folder,
    rig: Rig,
    workload: Arc<Workload>,
    /// Number of the next line.
    next: u64,
}

pub(super) async fn measure(folder: &Folder, entries: u64) -> Result<Append, Failure> {
    let entries = entries.max(5);
    let subjects = SUBJECTS.min(entries);
    folder.must_have_room((entries + 2 * subjects + 4 * PART.min(entries)) * DISK_BYTES)?;
    let workload = Arc::new(Workload::new(subjects)?);
    let rig = Rig::create(folder.path()).await?;
    rig.register(&workload).await?;
    let mut filling = Filling { folder, rig, workload, next: 0 };

    let parts = filling.parts(entries).await?;
    let peak_memory_mib = peak_memory_mib();
    let sealed = filling.sealed(PART.min(entries / 5)).await?;
    let single_ms = filling.singles((entries / 5).clamp(1, 3_000)).await?;
    let callers_64_per_s = filling.callers((entries / 500).clamp(1, 1_000)).await?;
    let uncached = filling.uncached((entries / 5).clamp(1, 40_000)).await?;

    let raws: Vec<RawRate> = parts.iter().filter_map(|part| part.raw).collect();
    let bytes: u64 = raws.iter().map(|raw| raw.bytes).sum();
    let stored = bytes as f64 / raws.iter().map(|raw| raw.entries).sum::<u64>().max(1) as f64;
    Ok(Append {
        rates: Rates::new(
            "append",
            median(parts.iter().map(|part| part.rate_per_s)),
            median(raws.iter().map(RawRate::per_second)),
        ),
        seed: SEED,
        entries,
        subjects,
        mean_body_bytes: body_bytes(stored),
        mean_stored_bytes: round(stored, 1),
        fall_percent: fall(parts.iter().map(|part| part.rate_per_s)),
        raw_fall_percent: fall(raws.iter().map(RawRate::per_second)),
        cpu_us_per_entry: Some(median(parts.iter().filter_map(|part| part.cpu_us)))
            .filter(|us| *us > 0.0)
            .map(|us| round(us, 2)),
        rate_at: parts.iter().map(Part::told).collect(),
        peak_memory_mib,
        sealed_field: sealed,
        uncached,
        single_ms,
        callers_64_per_s: callers_64_per_s.round(),
    })
}

struct Part {
    until: u64,
    rate_per_s: f64,
    cpu_us: Option<f64>,
    raw: Option<RawRate>,
}

impl Part {
    fn told(&self) -> RateAt {
        RateAt {
            entries: self.until,
            rate_per_s: self.rate_per_s.round(),
            raw_per_s: self.raw.map(|raw| raw.per_second().round()),
        }
    }
}

impl Filling<'_> {
    /// All entries, part by part, the raw limit in between.
    async fn parts(&mut self, entries: u64) -> Result<Vec<Part>, Failure> {
        let len = PART.min(entries.div_ceil(5));
        let count = entries.div_ceil(len);
        let mut parts = Vec::new();
        for part in 0..count {
            let with_raw = raw_is_due(part, count);
            parts.push(self.part(len.min(entries - self.next), false, with_raw).await?);
        }
        Ok(parts)
    }

    async fn part(&mut self, len: u64, sealed: bool, with_raw: bool) -> Result<Part, Failure> {
        let first = self.rig.journal().head().seq + 1;
        let numbers = self.next..self.next + len;
        self.next = numbers.end;
        let workload = Arc::clone(&self.workload);
        let elapsed = self.rig.append(numbers, move |n| workload.accrual(n, sealed)).await?;
        let raw = if with_raw { Some(self.raw(first, len)?) } else { None };
        let cpu_us = elapsed.cpu_s.map(|s| s * 1e6 / len as f64);
        Ok(Part { until: self.next, rate_per_s: per_second(len, elapsed.wall), cpu_us, raw })
    }

    /// The raw limit with the same bytes, in a file of its own.
    fn raw(&self, first: u64, count: u64) -> Result<RawRate, Failure> {
        let path = self.folder.join("raw.sqlite");
        let mut stored = self.rig.stored(first, count);
        let rate = tokio::task::block_in_place(|| raw_insert_rate(&path, ORIGIN, stored.by_ref()));
        remove_database(&path)?;
        match stored.failed {
            Some(error) => Err(error.into()),
            None => Ok(rate?),
        }
    }

    /// Lines with a sealed account, in three parts.
    async fn sealed(&mut self, entries: u64) -> Result<Sealed, Failure> {
        let mut parts = Vec::new();
        for _ in 0..3 {
            parts.push(self.part((entries / 3).max(1), true, true).await?);
        }
        let raws: Vec<RawRate> = parts.iter().filter_map(|part| part.raw).collect();
        let (rate, raw) =
            (median(parts.iter().map(|p| p.rate_per_s)), median(raws.iter().map(RawRate::per_second)));
        let rates = Rates::new("sealed", rate, raw);
        let stored = median(raws.iter().map(|raw| raw.bytes as f64 / raw.entries.max(1) as f64));
        Ok(Sealed {
            rate_per_s: rates.rate_per_s,
            raw_per_s: rates.raw_per_s,
            ratio: rates.ratio,
            mean_body_bytes: body_bytes(stored),
        })
    }

    async fn singles(&mut self, calls: u64) -> Result<Latency, Failure> {
        let numbers = self.take(calls);
        self.rig.singles(&self.workload, numbers).await
    }

    async fn callers(&mut self, calls_each: u64) -> Result<f64, Failure> {
        let each = (0..CALLERS).map(|_| self.take(calls_each)).collect();
        self.rig.callers(&self.workload, each).await
    }

    /// With the memory of few subjects: almost every append reads its subject's stream first.
    async fn uncached(mut self, entries: u64) -> Result<Uncached, Failure> {
        let stored = self.rig.journal().head().seq;
        let entries_per_subject = stored as f64 / self.workload.subjects() as f64;
        // A stream is read entry by entry: fewer of long ones.
        let entries = (entries * 4 / (stored / self.workload.subjects()).max(4)).max(1);
        self.rig = self.rig.reopen(FEW_STATES).await?;
        let numbers = self.take(entries);
        let workload = Arc::clone(&self.workload);
        let elapsed = self.rig.append(numbers, move |n| workload.accrual(n, false)).await?;
        self.rig.ledger.close().await;
        Ok(Uncached {
            cached_states: FEW_STATES.get(),
            entries_per_subject: round(entries_per_subject, 1),
            rate_per_s: per_second(entries, elapsed.wall).round(),
        })
    }

    fn take(&mut self, count: u64) -> std::ops::Range<u64> {
        let first = self.next;
        self.next += count;
        first..self.next
    }
}

/// Whether the raw limit is measured after this part: [`RAW_TIMES`] times in all, evenly.
fn raw_is_due(part: u64, count: u64) -> bool {
    let times = RAW_TIMES.min(count);
    (0..times).any(|time| part == if times > 1 { time * (count - 1) / (times - 1) } else { 0 })
}

fn body_bytes(stored: f64) -> f64 {
    round(stored - (chain::HEADER_LEN + chain::SALT_LEN) as f64, 1)
}

/// By how many percent the last is below the first.
fn fall(rates: impl IntoIterator<Item = f64>) -> f64 {
    let rates: Vec<f64> = rates.into_iter().collect();
    match (rates.first(), rates.last()) {
        (Some(first), Some(last)) if *first > 0.0 => round((1.0 - last / first) * 100.0, 1),
        _ => 0.0,
    }
}

impl Report for Append {
    fn lines(&self) -> Vec<String> {
        let mut lines = vec![
            self.rates.line("entries"),
            format!(
                "{} entries of {:.0} bytes ({:.0} stored) over {} subjects in random order, seed {}, an fsync \
                 for every {CHUNK} or fewer",
                thousands(self.entries as f64),
                self.mean_body_bytes,
                self.mean_stored_bytes,
                thousands(self.subjects as f64),
                self.seed
            ),
        ];
        for at in &self.rate_at {
            let raw = at.raw_per_s.map_or_else(String::new, |raw| format!("   raw {:>9}", thousands(raw)));
            lines.push(format!(
                "  at {:>12} entries {:>9} entries/s{raw}",
                thousands(at.entries as f64),
                thousands(at.rate_per_s)
            ));
        }
        lines.push(format!(
            "from the first part to the last: {} % slower (raw: {} %)",
            self.fall_percent, self.raw_fall_percent
        ));
        if let Some(us) = self.cpu_us_per_entry {
            lines.push(format!("processor time of all threads: {us} µs an entry"));
        }
        if let Some(mib) = self.peak_memory_mib {
            lines.push(format!("peak memory: {mib} MiB"));
        }
        lines.push(format!(
            "with a sealed account in every line ({:.0} bytes): {} entries/s; raw {}; ratio {:.0} %",
            self.sealed_field.mean_body_bytes,
            thousands(self.sealed_field.rate_per_s),
            thousands(self.sealed_field.raw_per_s),
            self.sealed_field.ratio * 100.0
        ));
        lines.push(format!(
            "with memory for {} subjects only, each of {} entries: {} entries/s",
            thousands(self.uncached.cached_states as f64),
            self.uncached.entries_per_subject,
            thousands(self.uncached.rate_per_s)
        ));
        lines.push(format!(
            "one append to its receipt: p50 {} ms, p99 {} ms, p99.9 {} ms",
            self.single_ms.p50, self.single_ms.p99, self.single_ms.p999
        ));
        lines.push(format!(
            "64 callers with one entry each at a time: {} entries/s",
            thousands(self.callers_64_per_s)
        ));
        lines
    }
}
