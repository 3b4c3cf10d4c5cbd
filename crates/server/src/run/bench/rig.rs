//! A ledger to measure: made, filled, closed, opened again.

use super::stopwatch::{Elapsed, Latency, Stopwatch, per_second};
use super::workload::{CHUNK, SEED, Workload};
use crate::clock::SystemClock;
use crate::failure::Failure;
use journal::{Entry, Journal, ReadLimit, SqliteJournal};
use ledger::{Clock, Ledger, Options, Outcome, Submission};
use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use vault::{EpochKey, Vault};

/// The name that measured ledgers have.
pub(super) const ORIGIN: &str = "wageledger.invalid/bench";
/// Requests that wait at the ledger at once: enough that it never waits for one.
const WAITING: usize = 6;

/// A ledger in a folder.
pub(super) struct Rig {
    pub(super) ledger: Ledger,
    path: PathBuf,
    map: PathBuf,
}

impl Rig {
    /// Makes an empty ledger in a folder.
    pub(super) async fn create(folder: &Path) -> Result<Rig, Failure> {
        Rig::over(folder, Arc::new(SqliteJournal::create(folder.join("ledger.sqlite"), ORIGIN)?)).await
    }

    /// Makes an empty ledger on a journal, with everything else in a folder.
    pub(super) async fn over(folder: &Path, journal: Arc<dyn Journal>) -> Result<Rig, Failure> {
        Rig::timed(folder, journal, Arc::new(SystemClock)).await
    }

    /// As [`Rig::over`], with another clock than the machine's.
    pub(super) async fn timed(
        folder: &Path,
        journal: Arc<dyn Journal>,
        clock: Arc<dyn Clock>,
    ) -> Result<Rig, Failure> {
        let (path, map, key) =
            (folder.join("ledger.sqlite"), folder.join("subjects.map"), folder.join("vault.key"));
        let vault = Vault::create(folder.join("vault.sqlite"), &EpochKey::create_file(key)?).await?;
        let options = Options { subjects_map: Some(map.clone()), ..Options::default() };
        let ledger = Ledger::create(journal, vault, clock, options, "bench").await?;
        Ok(Rig { ledger, path, map })
    }

    /// Closes the ledger and opens it again with room for the memory of so many subjects.
    pub(super) async fn reopen(self, cached_states: NonZeroUsize) -> Result<Rig, Failure> {
        let Rig { ledger, path, map } = self;
        let vault = ledger.reader().vault().clone();
        ledger.close().await;
        let journal: Arc<dyn Journal> = Arc::new(SqliteJournal::open(&path)?);
        let options = Options { subjects_map: Some(map.clone()), cached_states, ..Options::default() };
        let ledger = Ledger::open(journal, vault, Arc::new(SystemClock), options, &[]).await?;
        Ok(Rig { ledger, path, map })
    }

    pub(super) fn journal(&self) -> &Arc<dyn Journal> {
        self.ledger.reader().journal()
    }

    /// The journal's file.
    pub(super) fn path(&self) -> &PathBuf {
        &self.path
    }

    /// Makes all workers known: their keys first, many to one durable step.
    pub(super) async fn register(&self, workload: &Arc<Workload>) -> Result<(), Failure> {
        let workers: Vec<_> = (0..workload.subjects()).map(|n| workload.worker(n)).collect();
        for part in workers.chunks(50_000) {
            self.ledger.reader().vault().keys_for(part).await?;
        }
        let makes = Arc::clone(workload);
        self.append(0..workload.subjects(), move |n| makes.registration(n)).await?;
        Ok(())
    }

    /// Appends a submission for every number, made beside on another thread; from the first request to the
    /// last receipt. Each must be recorded: a refused one is not what was to be measured.
    pub(super) async fn append(
        &self,
        numbers: std::ops::Range<u64>,
        make: impl Fn(u64) -> Submission + Send + 'static,
    ) -> Result<Elapsed, Failure> {
        self.record(move |send| {
            let mut next = numbers.start;
            while next < numbers.end {
                let end = numbers.end.min(next + CHUNK);
                if send.blocking_send((next..end).map(&make).collect()).is_err() {
                    break;
                }
                next = end;
            }
            Ok(())
        })
        .await
    }

    /// Records what `make` sends, chunk by chunk, from another thread.
    pub(super) async fn record(
        &self,
        make: impl FnOnce(&mpsc::Sender<Vec<Submission>>) -> Result<(), Failure> + Send + 'static,
    ) -> Result<Elapsed, Failure> {
        let (send, mut made) = mpsc::channel(4);
        let maker = tokio::task::spawn_blocking(move || make(&send));
        let mut chunk = made.recv().await;
        let watch = Stopwatch::start();
        let mut waiting: VecDeque<JoinHandle<Result<(), Failure>>> = VecDeque::new();
        while let Some(submissions) = chunk {
            let ledger = self.ledger.clone();
            waiting.push_back(tokio::spawn(async move { submit(&ledger, submissions).await }));
            if waiting.len() >= WAITING
                && let Some(first) = waiting.pop_front()
            {
                first.await??;
            }
            chunk = made.recv().await;
        }
        for last in waiting {
            last.await??;
        }
        let elapsed = watch.stop();
        maker.await??;
        Ok(elapsed)
    }

    /// One entry at a time, from the call to its receipt.
    pub(super) async fn singles(
        &self,
        workload: &Workload,
        numbers: std::ops::Range<u64>,
    ) -> Result<Latency, Failure> {
        let mut times = Vec::new();
        for n in numbers {
            let one = vec![workload.accrual(n, false)];
            let start = Instant::now();
            submit(&self.ledger, one).await?;
            times.push(start.elapsed());
        }
        Ok(Latency::of(times))
    }

    /// Callers with one entry at a time each; all their entries a second.
    pub(super) async fn callers(
        &self,
        workload: &Arc<Workload>,
        each: Vec<std::ops::Range<u64>>,
    ) -> Result<f64, Failure> {
        let calls = each.iter().map(|numbers| numbers.end - numbers.start).sum();
        let start = Instant::now();
        let mut callers = Vec::new();
        for numbers in each {
            let (workload, ledger) = (Arc::clone(workload), self.ledger.clone());
            callers.push(tokio::spawn(async move {
                for n in numbers {
                    submit(&ledger, vec![workload.accrual(n, false)]).await?;
                }
                Ok::<(), Failure>(())
            }));
        }
        for caller in callers {
            caller.await??;
        }
        Ok(per_second(calls, start.elapsed()))
    }

    /// The stored entries from `from` on, `count` of them, in batches as they were appended.
    pub(super) fn stored(&self, from: u64, count: u64) -> Stored {
        Stored { journal: Arc::clone(self.journal()), next: from, left: count, failed: None }
    }
}

/// Submits commands that must all be recorded.
pub(super) async fn submit(ledger: &Ledger, submissions: Vec<Submission>) -> Result<(), Failure> {
    for outcome in ledger.submit(submissions).await? {
        if !matches!(outcome, Outcome::Recorded(_)) {
            return Err(Failure::cannot(format!("with seed {SEED} an entry was not recorded: {outcome:?}")));
        }
    }
    Ok(())
}

/// Stored entries, read back batch by batch.
pub(super) struct Stored {
    journal: Arc<dyn Journal>,
    next: u64,
    left: u64,
    /// Why it ended before its end.
    pub(super) failed: Option<journal::ReadError>,
}

impl Iterator for Stored {
    type Item = Vec<Entry>;

    fn next(&mut self) -> Option<Vec<Entry>> {
        let wanted = usize::try_from(self.left.min(CHUNK)).unwrap_or(usize::MAX);
        let mut batch: Vec<Entry> = Vec::with_capacity(wanted);
        while batch.len() < wanted {
            let limit = ReadLimit { entries: wanted - batch.len(), ..ReadLimit::BULK };
            let records = match self.journal.read(self.next, limit) {
                Ok(records) => records,
                Err(error) => {
                    self.failed = Some(error);
                    return None;
                }
            };
            let Some(next) = records.next_position() else { break };
            self.next = next;
            for (_, record) in records.iter() {
                if let (Ok(header), Ok(salt)) = (record.header.try_into(), record.salt.try_into()) {
                    batch.push(Entry { header, salt, body: record.body.to_vec().into() });
                }
            }
        }
        self.left -= batch.len() as u64;
        if batch.is_empty() { None } else { Some(batch) }
    }
}
