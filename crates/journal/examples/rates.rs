//! Measures a journal in an SQLite file beside what SQLite does by itself:
//! `cargo run --release -p journal --example rates -- FOLDER [ENTRIES]`.
//! Entries are of 850 bytes (header, salt and body), batches of 5,000.

use journal::testing::chained;
use journal::{Entry, Head, Journal, ReadLimit, SqliteJournal, raw_insert_rate, raw_scan_rate};
use std::collections::VecDeque;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const ORIGIN: &str = "journal.example/rates";
const BODY: usize = 850 - chain::HEADER_LEN - chain::SALT_LEN;
const BATCH: usize = 5000;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let folder = args.next().ok_or("rates FOLDER [ENTRIES]")?;
    let entries: usize = args.next().map_or(Ok(500_000), |text| text.parse())?;
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder)?;
    let (raw, ours) = (folder.join("raw.sqlite"), folder.join("ours.sqlite"));
    if entries <= 1_000_000 {
        // In turn, each into an empty folder: the second of two files finds memory and disk in another state.
        for _ in 0..3 {
            clear(&raw)?;
            clear(&ours)?;
            let ready: Vec<_> = batches(&mut Head::genesis(ORIGIN), entries).collect();
            let rate = raw_insert_rate(&raw, ORIGIN, ready.into_iter())?;
            println!("raw insert          {:>9.0} entries/s", rate.per_second());
            clear(&raw)?;
            append_ready(&ours, entries).await?;
        }
    } else {
        clear(&ours)?;
        append_on_and_on(&ours, entries).await?;
        clear(&raw)?;
        let rate = raw_insert_rate(&raw, ORIGIN, batches(&mut Head::genesis(ORIGIN), entries))?;
        println!("raw insert          {:>9.0} entries/s", rate.per_second());
        clear(&raw)?;
    }
    reads(&ours, entries)?;
    singles(&ours).await?;
    beside_a_writer(&ours, entries).await
}

fn clear(path: &Path) -> std::io::Result<()> {
    for end in ["", "-wal", "-shm"] {
        let path = format!("{}{end}", path.display());
        if Path::new(&path).exists() {
            std::fs::remove_file(path)?;
        }
    }
    Ok(())
}

fn batches(head: &mut Head, entries: usize) -> impl Iterator<Item = Vec<Entry>> {
    (0..entries / BATCH).map(|_| chained(head, BATCH, BODY))
}

/// Batches that lie ready, three in flight.
async fn append_ready(path: &Path, entries: usize) -> Result<(), Box<dyn std::error::Error>> {
    let journal = SqliteJournal::create(path, ORIGIN)?;
    let batches: Vec<_> = batches(&mut journal.head(), entries).collect();
    let start = Instant::now();
    let mut waiting = VecDeque::new();
    for batch in batches {
        waiting.push_back(journal.append(batch));
        if waiting.len() >= 3
            && let Some(first) = waiting.pop_front()
        {
            first.await?;
        }
    }
    for outcome in waiting {
        outcome.await?;
    }
    println!("append              {:>9.0} entries/s", entries as f64 / start.elapsed().as_secs_f64());
    Ok(())
}

/// Batches made by another thread as they are needed, the rate printed on the way.
async fn append_on_and_on(path: &Path, entries: usize) -> Result<(), Box<dyn std::error::Error>> {
    let journal = SqliteJournal::create(path, ORIGIN)?;
    let (send, made) = std::sync::mpsc::sync_channel(4);
    let mut head = journal.head();
    let maker =
        std::thread::spawn(move || batches(&mut head, entries).try_for_each(|batch| send.send(batch)));
    let mut waiting = VecDeque::new();
    let (mut start, mut count, mut log) = (Instant::now(), 0, 0);
    for batch in made {
        waiting.push_back(journal.append(batch));
        if waiting.len() >= 3
            && let Some(first) = waiting.pop_front()
        {
            first.await?;
        }
        count += BATCH;
        log = log.max(std::fs::metadata(format!("{}-wal", path.display())).map_or(0, |file| file.len()));
        if count % 1_000_000 == 0 {
            let rate = 1e6 / start.elapsed().as_secs_f64();
            println!(
                "append at {:>3} M      {rate:>9.0} entries/s, log at most {} MB",
                count / 1_000_000,
                log >> 20
            );
            start = Instant::now();
        }
    }
    for outcome in waiting {
        outcome.await?;
    }
    let _ = maker.join();
    Ok(())
}

fn reads(path: &Path, entries: usize) -> Result<(), Box<dyn std::error::Error>> {
    let journal = SqliteJournal::open_read_only(path)?;
    for _ in 0..2 {
        println!("raw scan            {:>9.0} entries/s", raw_scan_rate(path)?.per_second());
        let (start, mut from, mut count) = (Instant::now(), 0, 0);
        loop {
            let records = journal.read(from, ReadLimit::BULK)?;
            count += records.len();
            let Some(next) = records.next_position() else { break };
            from = next;
        }
        assert_eq!(count, entries);
        println!("read in bulk        {:>9.0} entries/s", count as f64 / start.elapsed().as_secs_f64());
    }
    single_reads("single read", &journal, entries)
}

fn single_reads(
    what: &str,
    journal: &SqliteJournal,
    entries: usize,
) -> Result<(), Box<dyn std::error::Error>> {
    let mut at = 1_u64;
    let mut times = Vec::new();
    for _ in 0..100_000 {
        at = at.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let start = Instant::now();
        let records = journal.read(1 + (at >> 20) % entries as u64, ReadLimit::ONE)?;
        times.push(start.elapsed());
        assert_eq!(records.len(), 1);
    }
    print(what, times);
    Ok(())
}

async fn singles(path: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let journal = SqliteJournal::open(path)?;
    let mut head = journal.head();
    let mut times = Vec::new();
    for _ in 0..10_000 {
        let batch = chained(&mut head, 1, BODY);
        let start = Instant::now();
        journal.append(batch).await?;
        times.push(start.elapsed());
    }
    print("single append", times);
    Ok(())
}

async fn beside_a_writer(path: &Path, entries: usize) -> Result<(), Box<dyn std::error::Error>> {
    let journal = SqliteJournal::open(path)?;
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            if let Err(error) = single_reads("single read beside a writer", &journal, entries) {
                println!("{error}");
            }
            done.store(true, Ordering::Relaxed);
        });
        let mut head = journal.head();
        while !done.load(Ordering::Relaxed) {
            let outcome =
                futures_util::future::FutureExt::now_or_never(journal.append(chained(&mut head, 1, BODY)));
            if matches!(outcome, Some(Err(_))) {
                break;
            }
            std::thread::sleep(Duration::from_micros(500));
        }
    });
    Ok(())
}

fn print(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |share: f64| times.get((times.len() as f64 * share) as usize).copied().unwrap_or_default();
    println!("{what}: p50 {:?}, p99 {:?}, p99.9 {:?}, max {:?}", at(0.5), at(0.99), at(0.999), at(0.999_999));
}
