//! Verification of chain, body digests and numbering, beside a plain scan of the file and the hash alone.

use super::places::Folder;
use super::rig::Rig;
use super::stopwatch::{Elapsed, Stopwatch, median, per_second};
use super::workload::{SEED, SUBJECTS, Workload};
use super::{Rates, Report, round, thousands};
use crate::failure::Failure;
use chain::{body_digest, entry_hash};
use journal::{Journal, ReadLimit, SqliteJournal, raw_scan_rate};
use serde::Serialize;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Each of the three is measured so often, in turn.
const RUNS: usize = 5;
/// Bytes on disk that an entry takes here.
const DISK_BYTES: u64 = 1_100;
/// Entries that are hashed to learn the hash's limit.
const HASHED: u64 = 200_000;

/// What [`measure`] found. The raw limit is the slower of scan and hash: both have to be done.
#[derive(Debug, Serialize)]
pub(super) struct Verify {
    #[serde(flatten)]
    rates: Rates,
    /// Entries for each second that the process spent on any processor, reading and the system's work
    /// included.
    rate_per_cpu_s: Option<f64>,
    /// A scan of the file that looks at every column and keeps nothing.
    scan_per_s: f64,
    /// SHA-256 over the same headers and bodies in memory.
    hash_per_s: f64,
    seed: u64,
    entries: u64,
    mean_stored_bytes: f64,
    runs: Vec<Run>,
}

#[derive(Debug, Serialize)]
struct Run {
    rate_per_s: f64,
    cpu_s: Option<f64>,
    scan_per_s: f64,
    hash_per_s: f64,
}

pub(super) async fn measure(folder: &Folder, entries: u64) -> Result<Verify, Failure> {
    let entries = entries.max(1);
    let subjects = SUBJECTS.min(entries);
    folder.must_have_room((entries + subjects) * DISK_BYTES)?;
    let workload = Arc::new(Workload::new(subjects)?);
    let rig = Rig::create(folder.path()).await?;
    rig.register(&workload).await?;
    let makes = Arc::clone(&workload);
    rig.append(0..entries, move |n| makes.accrual(n, false)).await?;
    let path = rig.path().clone();
    rig.ledger.close().await;
    tokio::task::block_in_place(|| runs(&path))
}

fn runs(path: &std::path::Path) -> Result<Verify, Failure> {
    let journal: Arc<dyn Journal> = Arc::new(SqliteJournal::open_read_only(path)?);
    let entries = journal.head().seq;
    let mut runs = Vec::new();
    let mut stored = 0.0;
    for _ in 0..RUNS {
        let scan = raw_scan_rate(path)?;
        stored = scan.bytes as f64 / scan.entries.max(1) as f64;
        let ours = ours(&journal)?;
        runs.push(Run {
            rate_per_s: per_second(entries, ours.wall).round(),
            cpu_s: ours.cpu_s.map(|s| round(s, 2)),
            scan_per_s: scan.per_second().round(),
            hash_per_s: hashing(&journal)?.round(),
        });
    }
    let scan_per_s = median(runs.iter().map(|run| run.scan_per_s));
    let hash_per_s = median(runs.iter().map(|run| run.hash_per_s));
    let cpu_s = median(runs.iter().filter_map(|run| run.cpu_s));
    let rate = median(runs.iter().map(|run| run.rate_per_s));
    Ok(Verify {
        rates: Rates::new("verify", rate, scan_per_s.min(hash_per_s)),
        rate_per_cpu_s: (cpu_s > 0.0).then(|| (entries as f64 / cpu_s).round()),
        scan_per_s,
        hash_per_s,
        seed: SEED,
        entries,
        mean_stored_bytes: round(stored, 1),
        runs,
    })
}

/// One verification, which must find the whole journal good.
fn ours(journal: &Arc<dyn Journal>) -> Result<Elapsed, Failure> {
    let watch = Stopwatch::start();
    let walk = ledger::verify::chain_only(journal)?;
    let elapsed = watch.stop();
    let whole = walk.entries == journal.head().seq && walk.head() == journal.head();
    if whole && walk.into_checks().iter().all(ledger::verify::Check::is_clean) {
        Ok(elapsed)
    } else {
        Err(Failure::cannot("the journal that was just made does not hold"))
    }
}

/// Body digests and entry hashes of stored entries, reading not counted.
fn hashing(journal: &Arc<dyn Journal>) -> Result<f64, Failure> {
    let (mut from, mut count, mut elapsed) = (0, 0u64, Duration::ZERO);
    while count < HASHED {
        let records = journal.read(from, ReadLimit::BULK)?;
        let Some(next) = records.next_position() else { break };
        from = next;
        let start = Instant::now();
        for (_, record) in records.iter() {
            if let (Ok(header), Ok(salt)) = (record.header.try_into(), record.salt.try_into()) {
                black_box(body_digest(salt, record.body));
                black_box(entry_hash(header));
            }
        }
        elapsed += start.elapsed();
        count += records.len() as u64;
    }
    Ok(per_second(count, elapsed))
}

impl Report for Verify {
    fn lines(&self) -> Vec<String> {
        let mut lines = vec![
            self.rates.line("entries"),
            format!(
                "chain, body digests and numbering of {} entries of {:.0} stored bytes, median of {RUNS} runs, \
                 seed {}",
                thousands(self.entries as f64),
                self.mean_stored_bytes,
                self.seed
            ),
            format!(
                "limits: scan of the file {} entries/s, SHA-256 {} entries/s",
                thousands(self.scan_per_s),
                thousands(self.hash_per_s)
            ),
        ];
        if let Some(rate) = self.rate_per_cpu_s {
            lines.push(format!("for each second of processor time: {} entries", thousands(rate)));
        }
        lines
    }
}
