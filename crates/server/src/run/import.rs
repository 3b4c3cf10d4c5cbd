//! `wageledger import`

use crate::cli::{self, TextOrJson};
use crate::failure::Failure;
use crate::home::Home;
use crate::import::{
    FileOutcome, Given, Ids, ImportError, ImportReport, Importer, InFile, Options, files_in,
};
use indicatif::{ProgressBar, ProgressStyle};
use ledger::Ledger;
use std::cell::RefCell;
use std::io::IsTerminal;
use wages::{Channel, Source};

pub(crate) async fn run(args: cli::Import) -> Result<(), Failure> {
    let Given { files, others } = files_in(&args.paths)?;
    let nothing = files.is_empty();
    let mut report = match nothing {
        true => ImportReport::default(),
        false => import(&args, files).await?,
    };
    for other in &others {
        report.add_other(other, args.ignore_unknown);
    }
    match args.format {
        TextOrJson::Json => println!("{}", serde_json::to_string(&report)?),
        TextOrJson::Text => print_text(&report, args.dry_run),
    }
    match report.errors.is_empty() {
        false => Err(Failure::DataSayNo),
        true if nothing && !args.ignore_unknown => Err(Failure::Usage(
            "none of these files has a name of ours: projects.csv, roster-…xlsx, contracts-…csv, \
             attendance-…csv, wage-sheet-…xlsx, bank-result-…txt, account-…csv"
                .to_owned(),
        )),
        true => Ok(()),
    }
}

async fn import(args: &cli::Import, files: Vec<InFile>) -> Result<ImportReport, Failure> {
    let said = args.said.source(Channel::File)?;
    let home = Home::at(&args.ledger.ledger)?;
    let progress = Progress::new(files.len(), args.format);
    let result = if args.dry_run {
        let rehearsal = home.rehearse().await?;
        let result = take_in(&home, &rehearsal.ledger, (args, &said), files, &progress).await;
        rehearsal.ledger.close().await;
        result
    } else {
        let writing = home.write().await?;
        let result = take_in(&home, &writing.ledger, (args, &said), files, &progress).await;
        writing.ledger.close().await;
        result
    };
    progress.finish();
    Ok(result?)
}

async fn take_in(
    home: &Home,
    ledger: &Ledger,
    (args, said): (&cli::Import, &Source),
    files: Vec<InFile>,
    progress: &Progress,
) -> Result<ImportReport, ImportError> {
    let importer = Importer {
        home,
        ledger,
        ids: Ids::new(ledger.reader().vault().clone()),
        said,
        options: Options {
            dry_run: args.dry_run,
            skip_bad_rows: args.skip_bad_rows,
            error_workbooks: args.error_workbook.clone(),
        },
        workbooks: RefCell::default(),
    };
    importer.import(files, &|file, outcome| progress.file(file, outcome)).await
}

/// A bar on a terminal, a line a file elsewhere; on standard error, so that standard output is the answer.
struct Progress {
    bar: Option<ProgressBar>,
    lines: bool,
}

impl Progress {
    fn new(files: usize, format: TextOrJson) -> Progress {
        let terminal = std::io::stderr().is_terminal();
        let bar = terminal.then(|| {
            let bar = ProgressBar::new(files as u64);
            if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} files {elapsed} {wide_msg}")
            {
                bar.set_style(style);
            }
            bar
        });
        Progress { bar, lines: !terminal && format == TextOrJson::Text }
    }

    fn file(&self, file: &InFile, outcome: &FileOutcome) {
        if let Some(bar) = &self.bar {
            bar.inc(1);
            bar.set_message(file.base_name());
        }
        if self.lines {
            let rows = outcome.rows;
            let skipped = if outcome.skipped { ", skipped: taken in before" } else { "" };
            eprintln!(
                "{}: {} recorded, {} known, {} refused{skipped}",
                file.path.display(),
                rows.recorded,
                rows.already_recorded,
                rows.refused
            );
        }
    }

    fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn print_text(report: &ImportReport, dry_run: bool) {
    for finding in &report.warnings {
        println!("warning: {}", finding.line());
    }
    for finding in &report.errors {
        println!("error: {}", finding.line());
    }
    for file in &report.files {
        let why = file.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
        println!("{:<16}{}{why}", file.fate.replace('_', " "), file.file);
    }
    println!("{:<14}{:>12}{:>18}{:>12}", "rows of", "recorded", "already recorded", "refused");
    for (kind, recorded) in &report.recorded {
        let of = |rows: &std::collections::BTreeMap<&str, u64>| rows.get(kind).copied().unwrap_or_default();
        println!("{kind:<14}{recorded:>12}{:>18}{:>12}", of(&report.already_recorded), of(&report.refused));
    }
    if dry_run {
        println!("nothing was recorded: this was a dry run");
    } else if !report.errors.is_empty() {
        println!("{} errors; nothing of a refused file was recorded", report.errors.len());
    }
    if let Some(last) = report.receipts.iter().map(|of| &of.receipt).max_by_key(|receipt| receipt.seq) {
        let head = format!("{}:{}", last.seq, last.hash);
        println!(
            "keep this: {head}\n  `wageledger verify --head` says later whether all of it is still there"
        );
    }
}
