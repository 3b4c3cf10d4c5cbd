//! A wage sheet from the bytes of its workbook to the receipts of all its lines, beside reading it alone.

use super::places::Folder;
use super::rig::ORIGIN;
use super::stopwatch::median;
use super::{Rates, Report, round, thousands};
use crate::demo::{SiteFile, large_sheet};
use crate::failure::Failure;
use crate::home::Home;
use crate::import::{Ids, Importer, Options, files_in};
use crate::writing::Writing;
use formats::FileName;
use serde::Serialize;
use std::cell::RefCell;
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};
use wages::{Channel, Source};

/// Each into a ledger of its own.
const RUNS: usize = 3;

/// What [`measure`] found; rates in lines.
#[derive(Debug, Serialize)]
pub(super) struct Import {
    #[serde(flatten)]
    rates: Rates,
    lines: u64,
    workbook_bytes: usize,
    /// From the file to the last receipt, that of the note that the file was taken in.
    seconds: f64,
    /// Reading and checking the workbook alone.
    parse_seconds: f64,
    runs: Vec<Run>,
}

#[derive(Debug, Serialize)]
struct Run {
    seconds: f64,
    parse_seconds: f64,
}

pub(super) async fn measure(folder: &Folder, lines: u64) -> Result<Import, Failure> {
    let lines = lines.max(1);
    let files = large_sheet(usize::try_from(lines)?)?;
    let Some((sheet, before)) = files.split_last() else { return Err(Failure::cannot("there is no sheet")) };
    let mut runs = Vec::new();
    for run in 0..RUNS {
        let dir = folder.join(&format!("import-{run}"));
        let home = Home::new(dir.join("ledger"));
        let writing = home.create(ORIGIN).await?;
        for file in before {
            take_in(&home, &writing, &dir, file).await?;
        }
        let parse_seconds = parsing(sheet)?.as_secs_f64();
        let seconds = take_in(&home, &writing, &dir, sheet).await?.as_secs_f64();
        writing.ledger.close().await;
        runs.push(Run { seconds: round(seconds, 3), parse_seconds: round(parse_seconds, 3) });
    }
    let seconds = median(runs.iter().map(|run| run.seconds));
    let parse_seconds = median(runs.iter().map(|run| run.parse_seconds));
    let rate = |seconds: f64| lines as f64 / seconds.max(1e-3);
    Ok(Import {
        rates: Rates::new("import", rate(seconds), rate(parse_seconds)),
        lines,
        workbook_bytes: sheet.bytes.len(),
        seconds,
        parse_seconds,
        runs,
    })
}

/// Imports one file, all of whose rows must be recorded.
async fn take_in(home: &Home, writing: &Writing, dir: &Path, file: &SiteFile) -> Result<Duration, Failure> {
    let path = dir.join(&file.name);
    std::fs::write(&path, &file.bytes)?;
    let importer = Importer {
        home,
        ledger: &writing.ledger,
        ids: Ids::new(writing.ledger.reader().vault().clone()),
        said: &Source::of("bench", Channel::File),
        options: Options::default(),
        workbooks: RefCell::default(),
    };
    let start = Instant::now();
    let report = importer.import(files_in(&[path])?.files, &|_, _| {}).await?;
    let elapsed = start.elapsed();
    match report.errors.first() {
        None => Ok(elapsed),
        Some(error) => Err(Failure::cannot(format!("a file made to be right was refused: {}", error.line()))),
    }
}

fn parsing(sheet: &SiteFile) -> Result<Duration, Failure> {
    let Some(name) = FileName::of(&sheet.name) else {
        return Err(Failure::cannot("the sheet has no name of ours"));
    };
    let start = Instant::now();
    tokio::task::block_in_place(|| black_box(formats::parse(&name, &sheet.bytes)));
    Ok(start.elapsed())
}

impl Report for Import {
    fn lines(&self) -> Vec<String> {
        vec![
            self.rates.line("lines"),
            format!(
                "a wage sheet of {} lines ({} KiB of xlsx) from its bytes to its receipts: {:.2} s, of which \
                 {:.2} s are reading it; median of {RUNS} runs",
                thousands(self.lines as f64),
                self.workbook_bytes / 1024,
                self.seconds,
                self.parse_seconds
            ),
        ]
    }
}
