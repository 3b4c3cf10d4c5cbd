//! `wageledger verify`

use crate::cli::{self, TextOrJson};
use crate::failure::Failure;
use crate::follow;
use crate::home::Home;
use crate::print;
use indicatif::{ProgressBar, ProgressStyle};
use journal::Journal;
use ledger::Reader;
use ledger::verify::{Check, Report, chain_only, verify};
use readmodel::{Database, ReadModel, ReadModelError};
use serde_json::{Value, json};
use std::io::IsTerminal;
use std::sync::Arc;
use vault::VaultError;

pub(crate) async fn run(args: cli::Verify) -> Result<(), Failure> {
    let report = report(&Home::at(&args.ledger.ledger)?).await?;
    match args.format {
        TextOrJson::Json => print::out(&format!("{}\n", document(&report)))?,
        TextOrJson::Text => print_text(&report)?,
    }
    if report.ok() { Ok(()) } else { Err(Failure::DataSayNo) }
}

/// Verifies a ledger in a folder, its read model included.
pub(crate) async fn report(home: &Home) -> Result<Report, Failure> {
    let witnesses = home.witnesses().await;
    let (journal, vault) = home.inspect().await?;
    let vault = match vault {
        Ok(vault) => vault,
        Err(error @ (VaultError::Damaged(_) | VaultError::Storage(_))) => {
            return without_vault(&journal, vec![Failure::from(error).to_string()]);
        }
        Err(error) => return Err(error.into()),
    };
    let damage = vault::damage(home.vault()?).await;
    if !damage.is_empty() {
        return without_vault(&journal, damage);
    }
    let reader = Reader::new(journal, vault);
    let bar = progress();
    let mut report = verify(&reader, witnesses.as_deref().unwrap_or_default(), &|entries| {
        if let Some(bar) = &bar {
            bar.set_position(entries);
        }
    })
    .await;
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    report.checks.push(match witnesses {
        Ok(_) => read_model(home, &reader).await?,
        Err(error) => unreadable(error),
    });
    Ok(report)
}

/// What can be said without the vault: chain, digests and numbering.
fn without_vault(journal: &Arc<dyn Journal>, damage: Vec<String>) -> Result<Report, Failure> {
    let walk = chain_only(journal)?;
    let (entries, voids, head) = (walk.entries, walk.voids, walk.head());
    let mut checks = walk.into_checks();
    let mut vault = Check::new("vault");
    damage.into_iter().for_each(|what| vault.find(None, what));
    checks.push(vault);
    Ok(Report { entries, voids, head, checks })
}

/// A read model that cannot even say where it stands.
fn unreadable(error: Failure) -> Check {
    let mut check = Check::new("read_model");
    check.find(None, error.to_string());
    check
}

fn progress() -> Option<ProgressBar> {
    std::io::stderr().is_terminal().then(|| {
        let bar = ProgressBar::no_length();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {human_pos} entries {elapsed}") {
            bar.set_style(style);
        }
        bar
    })
}

/// The read model is what the journal says: made anew up to the same entry, and compared row by row.
async fn read_model(home: &Home, reader: &Reader) -> Result<Check, Failure> {
    let mut check = Check::new("read_model");
    let database = home.readmodel()?;
    let _lock = home.readmodel_lock().await?;
    // First of all the file itself: a damaged index is read by some questions and not by the comparison below.
    let damage = readmodel::damage(&database).await;
    if !damage.is_empty() {
        damage.into_iter().for_each(|what| check.find(None, what));
        return Ok(check);
    }
    let model = match ReadModel::open_read_only(&database).await {
        Ok(model) => model,
        Err(ReadModelError::Missing { .. }) => return Ok(check),
        Err(ReadModelError::Stale) => {
            let what = "was made by another version of the program, or its position was changed; `rebuild` makes it anew";
            check.find(None, what);
            return Ok(check);
        }
        Err(error) => return Ok(unreadable(error.into())),
    };
    let cursor = match model.cursor().await {
        Ok(cursor) => cursor,
        Err(error) => return Ok(unreadable(error.into())),
    };
    // The rows that are right are made in a file, wherever the read model lies.
    let beside = Database::File(home.path("readmodel.check.sqlite"));
    beside.remove().await?;
    let fresh = ReadModel::open(&beside, reader.journal().origin()).await?;
    match follow::project(reader, &fresh, Some(cursor.seq), &|_| {}).await {
        Ok(_) => match model.difference(&beside, ledger::verify::FINDINGS_MAX).await {
            Ok(differences) => {
                for difference in differences {
                    let what = format!("{} {}: {}", difference.table, difference.key, difference.what);
                    check.find(None, what);
                }
            }
            Err(error) => check.find(None, Failure::from(error).to_string()),
        },
        Err(failure) => {
            check.find(None, format!("cannot be compared with the journal: {failure}"));
        }
    }
    fresh.close().await;
    model.close().await;
    beside.remove().await?;
    Ok(check)
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
