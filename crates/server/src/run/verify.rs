//! `wageledger verify`

use crate::cli::{self, TextOrJson};
use crate::failure::Failure;
use crate::follow;
use crate::home::Home;
use crate::print;
use indicatif::{ProgressBar, ProgressStyle};
use ledger::Reader;
use ledger::verify::{Check, Report, verify};
use readmodel::{ReadModel, ReadModelError};
use serde_json::{Value, json};
use std::io::IsTerminal;

pub(crate) async fn run(args: cli::Verify) -> Result<(), Failure> {
    let report = report(&Home::new(&args.ledger.ledger)).await?;
    match args.format {
        TextOrJson::Json => print::out(&format!("{}\n", document(&report)))?,
        TextOrJson::Text => print_text(&report)?,
    }
    if report.ok() { Ok(()) } else { Err(Failure::DataSayNo) }
}

/// Verifies a ledger in a folder, its read model included.
pub(crate) async fn report(home: &Home) -> Result<Report, Failure> {
    let reader = home.read().await?;
    let witnesses = home.witnesses().await?;
    let bar = progress(reader.journal().head().seq);
    let mut report = verify(&reader, &witnesses, &|entries| {
        if let Some(bar) = &bar {
            bar.set_position(entries);
        }
    })
    .await;
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    report.checks.push(read_model(home, &reader).await?);
    Ok(report)
}

fn progress(entries: u64) -> Option<ProgressBar> {
    let worth_it = entries > 50_000 && std::io::stderr().is_terminal();
    worth_it.then(|| {
        let bar = ProgressBar::new(entries);
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {human_pos}/{human_len} entries {elapsed}") {
            bar.set_style(style);
        }
        bar
    })
}

/// The read model is what the journal says: made anew up to the same entry, and compared row by row.
async fn read_model(home: &Home, reader: &Reader) -> Result<Check, Failure> {
    let mut check = Check::new("read_model");
    let path = home.readmodel_path();
    let _lock = home.readmodel_lock().await?;
    if !path.is_file() {
        return Ok(check);
    }
    let model = match ReadModel::open_read_only(&path).await {
        Ok(model) => model,
        Err(ReadModelError::Stale) => {
            let what = "was made by another version of the program, or its position was changed; `rebuild` makes it anew";
            check.find(None, what);
            return Ok(check);
        }
        Err(error) => {
            check.find(None, text(&error.into()));
            return Ok(check);
        }
    };
    let cursor = match model.cursor().await {
        Ok(cursor) => cursor,
        Err(error) => {
            check.find(None, text(&error.into()));
            return Ok(check);
        }
    };
    let beside = home.path("readmodel.check.sqlite");
    follow::remove(&beside)?;
    let fresh = ReadModel::open(&beside, reader.journal().origin()).await?;
    match follow::project(reader, &fresh, Some(cursor.seq), &|_| {}).await {
        Ok(_) => match model.difference(&beside, ledger::verify::FINDINGS_MAX).await {
            Ok(differences) => {
                for difference in differences {
                    let what = format!("{} {}: {}", difference.table, difference.key, difference.what);
                    check.find(None, what);
                }
            }
            Err(error) => check.find(None, text(&error.into())),
        },
        Err(failure) => {
            check.find(None, format!("cannot be compared with the journal: {failure}"));
        }
    }
    fresh.close().await;
    model.close().await;
    follow::remove(&beside)?;
    Ok(check)
}

fn text(failure: &Failure) -> String {
    failure.to_string()
}

/// The report as one document.
pub(crate) fn document(report: &Report) -> Value {
    let checks: Vec<Value> = report
        .checks
        .iter()
        .map(|check| {
            let findings: Vec<Value> =
                check.findings.iter().map(|f| json!({ "seq": f.seq, "what": f.what })).collect();
            json!({ "name": check.name, "ok": check.ok(), "findings": findings })
        })
        .collect();
    json!({
        "ok": report.ok(),
        "entries": report.entries,
        "voids": report.voids,
        "head": { "seq": report.head.seq, "hash": report.head.hash.to_string() },
        "checks": checks,
    })
}

/// The report for people: a line a check, every finding under it, and the verdict last.
pub(crate) fn print_text(report: &Report) -> Result<(), Failure> {
    let mut out = String::new();
    for check in &report.checks {
        let verdict = if check.ok() { "holds" } else { "DOES NOT HOLD" };
        out.push_str(&format!("{:<18} {verdict}\n", check.name));
        for finding in &check.findings {
            let place = finding.seq.map(|seq| format!("entry {seq}: ")).unwrap_or_default();
            out.push_str(&format!("  {place}{}\n", finding.what));
        }
        let more = check.found.saturating_sub(check.findings.len() as u64);
        if more > 0 {
            out.push_str(&format!("  and {more} more\n"));
        }
    }
    let verdict = if report.ok() { "verified" } else { "NOT VERIFIED" };
    out.push_str(&format!(
        "{verdict}: {} entries, {} void, head {} {}\n",
        report.entries, report.voids, report.head.seq, report.head.hash
    ));
    print::out(&out)
}
