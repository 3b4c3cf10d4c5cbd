//! The same ledger over Kafka and PostgreSQL, beside a bare producer and a bare COPY.

use super::append::CALLERS;
use super::places::Folder;
use super::rebuild::{self, Rebuild};
use super::rig::{ORIGIN, Rig, Stored};
use super::stopwatch::{Latency, median, peak_memory_mib, per_second};
use super::workload::{SEED, SUBJECTS, Workload};
use super::{Rates, Report, round, thousands};
use crate::clock::SystemClock;
use crate::failure::Failure;
use crate::home::Home;
use crate::reach;
use journal::kafka::{ScratchTopic, raw_produce_rate};
use journal::{Journal, KafkaJournal, KafkaSettings, SqliteJournal};
use ledger::{Ledger, Options};
use readmodel::Database;
use serde::Serialize;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Parts of the bulk append; the bare producer is measured after each.
const PARTS: u64 = 5;
/// Entries that each caller appends before anything is measured, at most.
const WARM_UP_MAX: u64 = 1_000;
/// The copy is given so long to come up with the topic.
const COPIED_WITHIN: Duration = Duration::from_secs(300);

/// What [`measure`] found.
#[derive(Debug, Serialize)]
pub(super) struct Kafka {
    /// Bulk append, until all entries are accepted and in the local copy; beside a bare producer of the same bytes.
    #[serde(flatten)]
    rates: Rates,
    seed: u64,
    entries: u64,
    subjects: u64,
    cpu_us_per_entry: Option<f64>,
    single_ms: Latency,
    callers_64_per_s: f64,
    /// Opening the journal and the ledger again with all that history.
    restart_seconds: f64,
    restart_entries: u64,
    peak_memory_mib: Option<f64>,
    /// The read model made anew; `None` without a database in the configuration.
    rebuild: Option<Rebuild>,
}

/// Measures on topics of its own, with the brokers and the database of a ledger's configuration.
pub(super) async fn measure(folder: &Folder, home: &Home, entries: u64) -> Result<Kafka, Failure> {
    let Some((settings, _)) = home.kafka() else {
        let message = "bench kafka needs --ledger with a configuration that has [kafka]";
        return Err(Failure::Usage(message.to_owned()));
    };
    reach::database(&home.readmodel()?)?;
    let entries = entries.max(PARTS);
    let subjects = SUBJECTS.min(entries);
    let workload = Arc::new(Workload::new(subjects)?);
    let topic = scratch(settings)?;
    let copy = SqliteJournal::create(folder.join("ledger.sqlite"), ORIGIN)?;
    let journal =
        Arc::new(tokio::task::block_in_place(|| KafkaJournal::open(topic.settings(), ORIGIN, copy))?);
    let rig = Rig::over(folder.path(), Arc::clone(&journal) as Arc<dyn Journal>).await?;
    rig.register(&workload).await?;
    copied(&journal).await?;

    // A broker that was just started compiles what it runs often, beside us: what is measured is one that has run.
    let warm_up = (entries / 500).clamp(1, WARM_UP_MAX);
    rig.callers(&workload, shares(0, warm_up)).await?;
    let mut next = CALLERS * warm_up;
    copied(&journal).await?;

    let (mut rates, mut raws, mut cpu) = (Vec::new(), Vec::new(), Vec::new());
    for part in 0..PARTS {
        let (first, len) = (journal.head().seq + 1, entries * (part + 1) / PARTS - entries * part / PARTS);
        let makes = Arc::clone(&workload);
        let begun = Instant::now();
        let elapsed = rig.append(next..next + len, move |n| makes.accrual(n, false)).await?;
        copied(&journal).await?;
        rates.push(per_second(len, begun.elapsed()));
        cpu.extend(elapsed.cpu_s.map(|s| s * 1e6 / len as f64));
        raws.push(raw(settings, rig.stored(first, len))?);
        next += len;
    }
    let calls = (entries / 50).clamp(1, 3_000);
    let single_ms = rig.singles(&workload, next..next + calls).await?;
    next += calls;
    let calls = (entries / 500).clamp(1, 1_000);
    let callers_64_per_s = rig.callers(&workload, shares(next, calls)).await?.round();
    let peak_memory_mib = peak_memory_mib();
    let (restart_seconds, restart_entries) = restart(rig, journal, &topic, folder).await?;
    let rebuild = match home.readmodel()? {
        Database::File(_) => None,
        // Of building sites, as ledgers are: what was appended above is one wage line for each of many workers.
        database => {
            let sites = folder.join("sites");
            std::fs::create_dir(&sites)?;
            Some(rebuild::of_sites(&sites, entries, &database.beside("bench")).await?)
        }
    };
    Ok(Kafka {
        rates: Rates::new("kafka", median(rates), median(raws)),
        seed: SEED,
        entries,
        subjects,
        cpu_us_per_entry: (!cpu.is_empty()).then(|| round(median(cpu), 2)),
        single_ms,
        callers_64_per_s,
        restart_seconds,
        restart_entries,
        peak_memory_mib,
        rebuild,
    })
}

/// What each caller appends, so many from `first` on.
fn shares(first: u64, each: u64) -> Vec<Range<u64>> {
    (0..CALLERS).map(|n| first + n * each..first + (n + 1) * each).collect()
}

fn scratch(settings: &KafkaSettings) -> Result<ScratchTopic, Failure> {
    reach::kafka(settings)?;
    let unique = vault::entropy::uuid().simple().to_string();
    Ok(tokio::task::block_in_place(|| ScratchTopic::create(settings, &unique))?)
}

/// Waits until all that is accepted is in the local copy.
async fn copied(journal: &KafkaJournal) -> Result<(), Failure> {
    let begun = Instant::now();
    while journal.copy_lag() > 0 {
        if begun.elapsed() > COPIED_WITHIN {
            return Err(Failure::cannot("the local copy does not come up with the topic"));
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    Ok(())
}

/// A bare producer of the same bytes into a new topic.
fn raw(settings: &KafkaSettings, mut stored: Stored) -> Result<f64, Failure> {
    let topic = scratch(settings)?;
    let rate = tokio::task::block_in_place(|| raw_produce_rate(topic.settings(), stored.by_ref().flatten()))?;
    match stored.failed {
        Some(error) => Err(error.into()),
        None => Ok(rate.per_second()),
    }
}

/// Closes everything, and opens it again as a node does that comes back.
async fn restart(
    rig: Rig,
    journal: Arc<KafkaJournal>,
    topic: &ScratchTopic,
    folder: &Folder,
) -> Result<(f64, u64), Failure> {
    let vault = rig.ledger.reader().vault().clone();
    let map = folder.join("subjects.map");
    rig.ledger.close().await;
    tokio::task::block_in_place(|| drop(journal));
    let begun = Instant::now();
    let copy = SqliteJournal::open(folder.join("ledger.sqlite"))?;
    let journal = tokio::task::block_in_place(|| KafkaJournal::open(topic.settings(), ORIGIN, copy))?;
    let entries = journal.head().seq;
    let options = Options { subjects_map: Some(map), ..Options::default() };
    let ledger = Ledger::open(Arc::new(journal), vault, Arc::new(SystemClock), options, &[]).await?;
    let seconds = round(begun.elapsed().as_secs_f64(), 3);
    ledger.close().await;
    Ok((seconds, entries))
}

impl Report for Kafka {
    fn lines(&self) -> Vec<String> {
        let mut lines = vec![
            self.rates.line("entries"),
            format!(
                "{} entries over {} subjects in random order, seed {}; until all are accepted and in the local copy",
                thousands(self.entries as f64),
                thousands(self.subjects as f64),
                self.seed
            ),
            format!(
                "one append to its receipt: p50 {} ms, p99 {} ms, p99.9 {} ms",
                self.single_ms.p50, self.single_ms.p99, self.single_ms.p999
            ),
            format!(
                "{CALLERS} callers with one entry each at a time: {} entries/s",
                thousands(self.callers_64_per_s)
            ),
            format!(
                "opened again with {} entries: {} s",
                thousands(self.restart_entries as f64),
                self.restart_seconds
            ),
        ];
        lines.extend(
            self.cpu_us_per_entry.map(|us| format!("processor time of all our threads: {us} µs an entry")),
        );
        lines.extend(self.peak_memory_mib.map(|mib| format!("peak memory: {mib} MiB")));
        match &self.rebuild {
            Some(rebuild) => lines.extend(rebuild.lines()),
            None => lines.push("no [postgres] in the configuration: no rebuild was measured".to_owned()),
        }
        lines
    }
}
