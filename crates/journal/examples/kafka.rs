//! Measures a journal in a Kafka topic beside what librdkafka does by itself with the same bytes:
//! `cargo run --release -p journal --example kafka -- BOOTSTRAP FOLDER [ENTRIES [OPTION=VALUE…]]`.
//! Options are librdkafka's, as they stand in a node's configuration.
//! Facts are of 700 bytes (header, salt and body), batches of 5,000. Every run has a fresh topic.

use journal::kafka::raw_produce_rate;
use journal::testing::chained_body;
use journal::{Entry, Head, Journal, KafkaJournal, KafkaSettings, SqliteJournal};
use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::time::{Duration, Instant};

const ORIGIN: &str = "journal.example/kafka";
const BODY: usize = 700 - chain::HEADER_LEN - chain::SALT_LEN;
const BATCH: usize = 5000;
/// Entries that may be on their way: what the sequencer allows itself.
const IN_FLIGHT: usize = 20_000;

#[tokio::main(flavor = "multi_thread", worker_threads = 1)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let usage = "kafka BOOTSTRAP FOLDER [ENTRIES]";
    let (bootstrap, folder) = (args.next().ok_or(usage)?, args.next().ok_or(usage)?);
    let entries: usize = args.next().map_or(Ok(500_000), |text| text.parse())?;
    let mut options = BTreeMap::new();
    for arg in args {
        let (key, value) = arg.split_once('=').ok_or("OPTION=VALUE")?;
        options.insert(key.to_owned(), value.to_owned());
    }
    let topic = |name: &str| topic(&bootstrap, name, &options);
    let folder = tempfile::Builder::new().prefix("rates-").tempdir_in(folder)?;
    let name = folder.path().file_name().ok_or(usage)?.to_string_lossy().into_owned();
    for round in 0..3 {
        let settings = topic(&format!("{name}-raw-{round}"))?;
        let ready = made(entries);
        let work = Work::begin();
        let raw = raw_produce_rate(&settings, ready.into_iter().flatten())?.per_second();
        println!("raw produce         {raw:>9.0} entries/s, {}", work.per_entry(entries));
        let settings = topic(&format!("{name}-{round}"))?;
        let path = folder.path().join(format!("{round}.sqlite"));
        let ours = append(&settings, &path, entries).await?;
        println!("append              {ours:>9.0} entries/s, {:.0} % of raw", 100.0 * ours / raw);
        follow(&settings, &folder.path().join(format!("{round}-f.sqlite")), entries)?;
    }
    singles(&topic(&format!("{name}-singles"))?, &folder.path().join("singles.sqlite")).await
}

fn topic(
    bootstrap: &str,
    name: &str,
    options: &BTreeMap<String, String>,
) -> Result<KafkaSettings, Box<dyn std::error::Error>> {
    let mut settings = KafkaSettings::new(bootstrap, name);
    settings.options.clone_from(options);
    settings.replication = 1;
    KafkaJournal::create_topic(&settings)?;
    Ok(settings)
}

/// Bodies that look like facts: names that repeat, and identifiers and amounts that do not.
fn made(entries: usize) -> Vec<Vec<Entry>> {
    let (mut head, mut dice) = (Head::genesis(ORIGIN), 0x9E37_79B9_7F4A_7C15_u64);
    let mut entry = || {
        let mut body = String::with_capacity(BODY);
        body.push_str("{\"type\":\"payment.recorded\",\"v\":1,\"source\":{\"channel\":\"file\"}");
        while body.len() < BODY - 64 {
            dice ^= dice << 13;
            dice ^= dice >> 7;
            dice ^= dice << 17;
            body.push_str(&format!(",\"field\":\"{dice:016x}\",\"amount\":\"{}.00\"", dice % 10_000));
        }
        let mut body = body.into_bytes();
        body.resize(BODY, b' ');
        chained_body(&mut head, body)
    };
    (0..entries / BATCH).map(|_| (0..BATCH).map(|_| entry()).collect()).collect()
}

/// Until everything is accepted and in the local copy.
async fn append(
    settings: &KafkaSettings,
    path: &Path,
    entries: usize,
) -> Result<f64, Box<dyn std::error::Error>> {
    let journal = KafkaJournal::open(settings, ORIGIN, SqliteJournal::create(path, ORIGIN)?)?;
    let batches = made(entries);
    let (start, work) = (Instant::now(), Work::begin());
    let mut waiting = VecDeque::new();
    for batch in batches {
        waiting.push_back(journal.append(batch));
        if waiting.len() * BATCH >= IN_FLIGHT
            && let Some(first) = waiting.pop_front()
        {
            first.await?;
        }
    }
    for outcome in waiting {
        outcome.await?;
    }
    let accepted = start.elapsed();
    while journal.copy_lag() > 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let work = work.per_entry(entries);
    println!("  accepted in {accepted:?}, in the copy in {:?}, {work}", start.elapsed());
    Ok(entries as f64 / start.elapsed().as_secs_f64())
}

/// A new node reads everything into a copy of its own.
fn follow(settings: &KafkaSettings, path: &Path, entries: usize) -> Result<(), Box<dyn std::error::Error>> {
    let (start, work) = (Instant::now(), Work::begin());
    drop(KafkaJournal::open(settings, ORIGIN, SqliteJournal::create(path, ORIGIN)?)?);
    let rate = entries as f64 / start.elapsed().as_secs_f64();
    println!("new node            {rate:>9.0} entries/s, {}", work.per_entry(entries));
    let start = Instant::now();
    drop(KafkaJournal::open(settings, ORIGIN, SqliteJournal::open(path)?)?);
    println!("opened again in {:?}", start.elapsed());
    Ok(())
}

async fn singles(settings: &KafkaSettings, path: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let journal = KafkaJournal::open(settings, ORIGIN, SqliteJournal::create(path, ORIGIN)?)?;
    let mut batches = made(20_000).into_iter().flatten();
    let (mut appends, mut catch_ups) = (Vec::new(), Vec::new());
    for i in 0..5000 {
        let Some(entry) = batches.next() else { break };
        let start = Instant::now();
        journal.append(vec![entry]).await?;
        appends.push(start.elapsed());
        if i == 0 {
            println!("first append in {:?}", start.elapsed());
        }
        if i % 5 == 0 {
            let start = Instant::now();
            journal.catch_up().await?;
            catch_ups.push(start.elapsed());
        }
    }
    print("append to receipt", appends);
    print("catch-up, nothing new", catch_ups);
    Ok(())
}

/// Processor time of this process, all threads together: what is left of a rate when the machine is busy.
struct Work(f64);

impl Work {
    fn begin() -> Work {
        Work(Work::ticks())
    }

    /// User and system time so far, in ticks of 10 ms.
    fn ticks() -> f64 {
        let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
        let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
        fields.skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum()
    }

    fn per_entry(&self, entries: usize) -> String {
        format!("{:.1} µs of work an entry", (Work::ticks() - self.0) * 10_000.0 / entries as f64)
    }
}

fn print(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |share: f64| times.get((times.len() as f64 * share) as usize).copied().unwrap_or_default();
    println!("{what}: p50 {:?}, p99 {:?}, p99.9 {:?}, max {:?}", at(0.5), at(0.99), at(0.999), at(0.999_999));
}
