//! `wageledger verify`

use crate::cli::{self, TextOrJson};
use crate::failure::Failure;
use crate::follow;
use crate::home::{Home, of_file};
use crate::print;
use indicatif::{ProgressBar, ProgressStyle};
use journal::kafka::{Verdict, scan};
use journal::{Journal, KafkaSettings, SqliteJournal};
use ledger::Reader;
use ledger::verify::{Check, Report, verify, verify_without_vault};
use readmodel::{Database, ReadModel, ReadModelError};
use serde_json::{Value, json};
use std::io::IsTerminal;
use std::ops::ControlFlow;
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

/// Verifies a ledger, its read model included; of a ledger in Kafka the topic too.
pub(crate) async fn report(home: &Home) -> Result<Report, Failure> {
    let witnesses = home.witnesses().await;
    let seen = witnesses.as_deref().unwrap_or_default();
    let (journal, vault) = home.inspect().await?;
    let bar = progress();
    let show = |entries| {
        if let Some(bar) = &bar {
            bar.set_position(entries);
        }
    };
    let (vault, damage) = match vault {
        Ok(vault) => match vault::damage(home.vault()?).await {
            damage if damage.is_empty() => (Some(vault), damage),
            damage => (None, damage),
        },
        Err(VaultError::Missing(_)) => (None, Vec::new()),
        Err(error @ (VaultError::Damaged(_) | VaultError::Storage(_))) => {
            (None, vec![Failure::from(error).to_string()])
        }
        Err(error) => return Err(error.into()),
    };
    let mut report = match vault {
        Some(vault) => {
            let reader = Reader::new(Arc::clone(&journal), vault);
            let mut report = verify(&reader, seen, &show).await;
            report.checks.push(match &witnesses {
                Ok(_) => read_model(home, &reader).await?,
                Err(error) => unreadable(error),
            });
            report
        }
        None => {
            let mut report = verify_without_vault(&journal, seen, &show).await;
            if let Some(check) = report.checks.iter_mut().find(|check| check.name == "vault") {
                check.judged = !damage.is_empty();
                damage.into_iter().for_each(|what| check.find(None, what));
            }
            report.checks.push(Check::not_judged("read_model"));
            report
        }
    };
    report.checks.push(head_file(home));
    if let Some((settings, _)) = home.kafka() {
        let (check, voids) = topic(home, settings)?;
        report.voids = report.voids.saturating_add(voids);
        report.checks.push(check);
    }
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    Ok(report)
}

/// The journal is what `ledger.head` beside it says, and a copy that was made of a running ledger is whole.
fn head_file(home: &Home) -> Check {
    let mut check = Check::new("ledger_head");
    match SqliteJournal::check_file(home.journal_path()) {
        Err(error) => check.find(None, of_file(&home.journal_path(), error).to_string()),
        Ok(state) if !state.noted => {
            check.note =
                Some("there is none that can be read; the next command that writes makes it".to_owned());
        }
        Ok(_) => {}
    }
    check
}

/// The topic holds the same entries as the copy that was verified; voids in it are counted.
fn topic(home: &Home, settings: &KafkaSettings) -> Result<(Check, u64), Failure> {
    let mut check = Check::new("topic");
    let copy = SqliteJournal::open_read_only(home.journal_path())?;
    let known = copy.head();
    let mut same = known.seq == 0;
    let (mut repeats, mut strangers) = (0u64, 0u64);
    let scanned = tokio::task::block_in_place(|| {
        scan(settings, &copy, |stored| {
            match stored.verdict {
                Verdict::Accepted => {
                    let header: Result<&[u8; chain::HEADER_LEN], _> = stored.record.header.try_into();
                    same |= header.is_ok_and(|header| chain::entry_hash(header) == known.hash);
                }
                Verdict::Repeat => repeats = repeats.saturating_add(1),
                Verdict::Stranger => strangers = strangers.saturating_add(1),
            }
            ControlFlow::Continue(())
        })
    });
    match scanned {
        Ok(end) if end.seq < known.seq => {
            let what =
                format!("the topic ends at entry {}, the local copy at {}: it was cut", end.seq, known.seq);
            check.find(end.seq, what);
        }
        Ok(_) if !same => check.find(known.seq, "of the local copy is not the topic's"),
        Ok(_) => {}
        Err(error) => check.find(None, Failure::from(error).to_string()),
    }
    check.note = Some(format!("{repeats} repeats, {strangers} by strangers"));
    Ok((check, repeats.saturating_add(strangers)))
}

/// A read model that cannot even say where it stands.
fn unreadable(error: &Failure) -> Check {
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
    let _lock = follow::lock(home).await?;
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
        Err(error) => return Ok(unreadable(&error.into())),
    };
    let cursor = match model.cursor().await {
        Ok(cursor) => cursor,
        Err(error) => return Ok(unreadable(&error.into())),
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
            let mut out = json!({ "name": check.name, "ok": check.ok(), "findings": findings });
            if !check.judged {
                out["judged"] = json!(false);
            }
            if let Some(note) = &check.note {
                out["note"] = json!(note);
            }
            out
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
        let verdict = match (check.judged, check.ok()) {
            (false, _) => "not judged: there is no vault",
            (true, true) => "holds",
            (true, false) => "DOES NOT HOLD",
        };
        let note = check.note.as_ref().map(|note| format!(" ({note})")).unwrap_or_default();
        out.push_str(&format!("{:<18} {verdict}{note}\n", check.name));
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
