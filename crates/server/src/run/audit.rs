//! `wageledger audit`: everything recorded about somebody, in ledger order, entry by entry.

use crate::cli::{self, TableFormat};
use crate::failure::Failure;
use crate::follow;
use crate::home::Home;
use crate::print;
use crate::reveal::Asked;
use crate::words::describe;
use formats::CsvText;
use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use ledger::{ReadFailed, Reader, Recorded};
use readmodel::{About, ReadModel};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;
use vault::Purpose as IndexOf;
use wages::{Event, IdNumber, Private, SubjectKind};

/// Entries read and printed at a time: memory does not grow with the trail.
const PAGE: u32 = 500;

pub(crate) async fn run(args: cli::Audit) -> Result<(), Failure> {
    let home = Home::at(&args.ledger.ledger)?;
    let asked = Asked::open(&home, &args.reveal).await?;
    let result = trail(&args, &home, &asked).await;
    asked.close().await;
    result
}

/// What a trail is about.
enum Trail {
    About(About),
    Entry(u64),
}

async fn trail(args: &cli::Audit, home: &Home, asked: &Asked) -> Result<(), Failure> {
    let (reader, reveals) = (&asked.reader, asked.reveals());
    let model = follow::up_to_date(home, reader).await?;
    let trail = whom(&args.about, reader).await?;
    // Where the trail ends: the entries that this very question makes are not part of its answer.
    let head = model.cursor().await?;
    let pages = Pages { model: &model, reader, trail: &trail, end: head.seq };
    if reveals {
        asked.record(&pages.workers().await?, "audit").await?;
    }
    if let Trail::Entry(seq) = trail {
        match reader.entry(seq) {
            Err(ReadFailed::Missing { seq }) => {
                let last = head.seq;
                return Err(Failure::Usage(format!(
                    "the ledger has no entry {seq}: its last is --entry {last}"
                )));
            }
            entry => drop(entry?),
        }
    }
    let mut printer = Printer { format: args.format, entries: 0, revealed: reveals };
    printer.begin(head.seq, &head.hash.to_string())?;
    let mut after = 0;
    while let Some(mut page) = pages.after(after).await? {
        after = page.last().map_or(u64::MAX, |entry| entry.header.seq);
        open(reader, &mut page, reveals).await?;
        for entry in &page {
            printer.entry(entry)?;
        }
    }
    printer.end()?;
    if printer.entries == 0 {
        eprintln!("wageledger: nothing is recorded about this");
        return Err(Failure::DataSayNo);
    }
    Ok(())
}

/// The worker whom somebody names by UUID or by ID number.
pub(crate) async fn worker_named(worker: &str, reader: &Reader) -> Result<Uuid, Failure> {
    if let Ok(subject) = worker.parse::<Uuid>() {
        return Ok(subject);
    }
    let id: IdNumber = worker
        .parse()
        .map_err(|error| Failure::Usage(format!("--worker is neither a UUID nor an ID number: {error}")))?;
    let index = reader.vault().blind_index(IndexOf::IdNumber, id.as_str());
    match reader.vault().find_worker(index).await? {
        Some(subject) => Ok(subject),
        None => {
            eprintln!("wageledger: no worker with this ID number is registered");
            Err(Failure::DataSayNo)
        }
    }
}

async fn whom(about: &cli::About, reader: &Reader) -> Result<Trail, Failure> {
    let usage = |what: &str, error: &dyn std::fmt::Display| Failure::Usage(format!("{what}: {error}"));
    if let Some(worker) = &about.worker {
        return Ok(Trail::About(About::Subject(worker_named(worker, reader).await?)));
    }
    if let Some(code) = &about.project {
        let code = code.parse().map_err(|e| usage("--project is no project code", &e))?;
        return Ok(Trail::About(About::Project(code)));
    }
    if let Some(code) = &about.employer {
        let code = code.parse().map_err(|e| usage("--employer is no credit code", &e))?;
        return Ok(Trail::About(About::Employer(code)));
    }
    Ok(Trail::Entry(about.entry.unwrap_or_default()))
}

/// The entries of a trail, page by page.
struct Pages<'a> {
    model: &'a ReadModel,
    reader: &'a Reader,
    trail: &'a Trail,
    end: u64,
}

impl Pages<'_> {
    async fn seqs(&self, after: u64) -> Result<Vec<u64>, Failure> {
        match self.trail {
            Trail::About(about) => {
                let rows = self.model.audit(about, after, PAGE).await?;
                Ok(rows.into_iter().map(|row| row.seq).filter(|seq| *seq <= self.end).collect())
            }
            Trail::Entry(seq) if after == 0 => Ok(vec![*seq]),
            Trail::Entry(_) => Ok(Vec::new()),
        }
    }

    async fn after(&self, after: u64) -> Result<Option<Vec<Recorded>>, Failure> {
        let seqs = self.seqs(after).await?;
        if seqs.is_empty() {
            return Ok(None);
        }
        let entries: Result<Vec<Recorded>, _> = seqs.iter().map(|seq| self.reader.entry(*seq)).collect();
        Ok(Some(entries?))
    }

    /// Workers whose data the trail shows.
    async fn workers(&self) -> Result<Vec<Uuid>, Failure> {
        let mut workers = BTreeSet::new();
        let mut after = 0;
        while let Some(entries) = self.after(after).await? {
            after = entries.last().map_or(u64::MAX, |entry| entry.header.seq);
            let of_workers = entries.iter().filter(|entry| entry.event.subject_kind() == SubjectKind::Worker);
            workers.extend(of_workers.map(Recorded::subject));
        }
        Ok(workers.into_iter().collect())
    }
}

/// Opens what may be shown: a crew's label always, the rest for a purpose.
async fn open(reader: &Reader, entries: &mut [Recorded], revealed: bool) -> Result<(), Failure> {
    for entry in entries {
        let is_crew = entry.event.subject_kind() == SubjectKind::Crew;
        if revealed || is_crew {
            reader.open(std::slice::from_mut(entry)).await?;
        }
    }
    Ok(())
}

struct Printer {
    format: TableFormat,
    entries: u64,
    revealed: bool,
}

const COLUMNS: [&str; 7] = ["seq", "recorded_at", "type", "what", "actor", "file", "row"];

impl Printer {
    fn begin(&self, seq: u64, hash: &str) -> Result<(), Failure> {
        match self.format {
            TableFormat::Json => {
                print::out(&format!("{{\"head\":{},\"rows\":[", json!({"seq": seq, "hash": hash})))
            }
            TableFormat::Csv => print::csv(CsvText::begin(), [COLUMNS]),
            TableFormat::Table => {
                let note =
                    if self.revealed { "" } else { "; personal data is sealed, --reveal --purpose opens it" };
                print::out(&format!("as of entry {seq}{note}\n"))
            }
        }
    }

    fn entry(&mut self, entry: &Recorded) -> Result<(), Failure> {
        let first = self.entries == 0;
        self.entries += 1;
        match self.format {
            TableFormat::Json => {
                let comma = if first { "" } else { "," };
                print::out(&format!("{comma}{}", document(entry)?))
            }
            TableFormat::Csv => print::csv(CsvText::more(), [cells(entry)]),
            TableFormat::Table => {
                let [seq, recorded_at, type_name, what, actor, file, row] = cells(entry);
                let file: String = file.chars().take(12).collect();
                print::out(&format!(
                    "{seq:>9}  {recorded_at}  {type_name:<23} {what}\n{:>9}  from {actor}, file {file}, row {row}\n",
                    ""
                ))
            }
        }
    }

    fn end(&self) -> Result<(), Failure> {
        match self.format {
            TableFormat::Json => print::out("]}\n"),
            TableFormat::Csv | TableFormat::Table => Ok(()),
        }
    }
}

/// RFC 3339, UTC, with microseconds.
fn recorded_at(us: i64) -> Option<String> {
    Timestamp::from_microsecond(us).ok().map(|time| time.to_string())
}

/// China time, to the second.
fn china_time(us: i64) -> String {
    match Timestamp::from_microsecond(us) {
        Ok(time) => {
            let zone = TimeZone::fixed(Offset::constant(8));
            time.to_zoned(zone).strftime("%Y-%m-%d %H:%M:%S").to_string()
        }
        Err(_) => us.to_string(),
    }
}

fn cells(entry: &Recorded) -> [String; 7] {
    [
        entry.header.seq.to_string(),
        china_time(entry.header.recorded_at),
        entry.event.type_name().to_owned(),
        describe(&entry.event),
        entry.source.actor.to_string(),
        entry.source.file.to_string(),
        entry.source.row.get().map_or_else(|| wages::UNKNOWN.to_owned(), |row| row.to_string()),
    ]
}

/// An entry in full. Personal data is its value when it was opened, else `null`.
fn document(entry: &Recorded) -> Result<Value, Failure> {
    let header = &entry.header;
    Ok(json!({
        "seq": header.seq,
        "hash": entry.hash.to_string(),
        "recorded_at": recorded_at(header.recorded_at),
        "subject": entry.subject(),
        "subject_seq": header.subject_seq,
        "subject_prev": header.subject_prev,
        "command_id": Uuid::from_bytes(header.command_id),
        "type": entry.event.type_name(),
        "v": entry.event.version(),
        "what": describe(&entry.event),
        "event": body(&entry.event)?,
        "source": serde_json::to_value(&entry.source)?,
    }))
}

fn body(event: &Event) -> Result<Value, Failure> {
    let mut body = event.to_value()?;
    event.each_private(&mut |field, private| {
        let mut at = Some(&mut body);
        for part in field.split('.') {
            at = at.and_then(|value| value.get_mut(part));
        }
        if let (Some(value), Private::Sealed(_)) = (at, private) {
            *value = Value::Null;
        }
    });
    Ok(body)
}
