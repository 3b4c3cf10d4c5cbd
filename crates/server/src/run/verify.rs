//! `wageledger verify`

mod print;
mod shown;

pub(crate) use print::text;
pub(crate) use shown::Head;

use crate::cli::{self, TextOrJson};
use crate::clock::SystemClock;
use crate::failure::Failure;
use crate::follow;
use crate::home::{Home, of_file};
use crate::keys::NoVault;
use indicatif::{ProgressBar, ProgressStyle};
use journal::kafka::{Verdict as Stored, scan};
use journal::{Journal, KafkaSettings, ReadError, SqliteJournal};
use ledger::verify::{Against, Check, Report, Shown, Verdict, verify};
use ledger::{Clock, Entries, Witness};
use readmodel::{Database, ReadModel, ReadModelError};
use std::io::IsTerminal;
use std::ops::ControlFlow;
use std::sync::Arc;
use vault::Vault;

pub(crate) async fn run(args: cli::Verify) -> Result<(), Failure> {
    let home = Home::at(&args.ledger.ledger)?;
    let report = report_on(&home, &args).await?;
    crate::print::out(&match args.format {
        TextOrJson::Json => format!("{}\n", print::document(&report)),
        TextOrJson::Text => print::text(&report),
    })?;
    match report.verdict() {
        Verdict::Verified => Ok(()),
        Verdict::Broken => Err(Failure::DataSayNo),
        Verdict::Content => Err(Failure::Content),
        Verdict::NotJudged => Err(Failure::NotJudged),
    }
}

async fn report_on(home: &Home, args: &cli::Verify) -> Result<Report, Failure> {
    let journal = home.journal_to_inspect().await?;
    let mut held: Vec<Shown> = args.head.iter().map(|head| head.shown()).collect();
    for path in &args.receipt {
        held.extend(shown::receipts(path, journal.origin())?);
    }
    look(home, journal, &held).await
}

/// Verifies a ledger, its read model included; of a ledger in Kafka the topic too.
pub(crate) async fn report(home: &Home) -> Result<Report, Failure> {
    look(home, home.journal_to_inspect().await?, &[]).await
}

async fn look(home: &Home, journal: Arc<dyn Journal>, held: &[Shown]) -> Result<Report, Failure> {
    let bar = progress();
    let show = |entries| {
        if let Some(bar) = &bar {
            bar.set_position(entries);
        }
    };
    let witnesses = home.witnesses().await;
    let seen: &[Witness] = witnesses.as_deref().unwrap_or_default();
    let map = home.subjects_map();
    let now_us = SystemClock.now_us();
    let against = Against { witnesses: seen, shown: held, subjects_map: Some(&map), now_us };
    let (vault, damage) = vault(home).await?;
    let mut report = verify(&journal, vault.as_ref().map_err(String::as_str), &against, &show).await;
    if let Some(check) = report.checks.iter_mut().find(|check| check.name == "vault") {
        damage.into_iter().for_each(|what| check.find(None, what));
    }
    let mut check = Check::integrity("read_model");
    match witnesses {
        Ok(_) => read_model(home, &Entries::of(journal), report.entries, &mut check).await?,
        Err(failure) => cannot_say(&mut check, failure)?,
    }
    report.checks.push(check);
    report.checks.extend(head_file(home));
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

/// The vault, or what is missing for it to be judged; and what is wrong with the database itself, for which no key is
/// needed.
async fn vault(home: &Home) -> Result<(Result<Vault, String>, Vec<String>), Failure> {
    let damaged = || Err("the vault is damaged".to_owned());
    Ok(match home.vault_if_any().await? {
        Err(NoVault::Missing(why)) => (Err(why), Vec::new()),
        Err(NoVault::Damaged(error)) => (damaged(), vec![Failure::from(error).to_string()]),
        Err(NoVault::Cannot(error)) => return Err(error.into()),
        Err(NoVault::Locked(why)) => (Err(why), vault::damage(home.vault()?).await.unwrap_or_default()),
        Ok(vault) => match vault::damage(home.vault()?).await? {
            damage if damage.is_empty() => (Ok(vault), damage),
            damage => (damaged(), damage),
        },
    })
}

/// The journal is what `ledger.head` beside it says, and a copy that was made of a running ledger is whole. Without such a
/// file there is nothing to look at: the next command that writes makes it.
fn head_file(home: &Home) -> Option<Check> {
    let mut check = Check::integrity("ledger_head");
    match SqliteJournal::check_file(home.journal_path()) {
        Err(error) => check.find(None, of_file(&home.journal_path(), error).to_string()),
        Ok(state) if !state.noted => return None,
        Ok(_) => {}
    }
    Some(check)
}

/// The topic holds the same entries as the copy that was verified; voids in it are counted.
fn topic(home: &Home, settings: &KafkaSettings) -> Result<(Check, u64), Failure> {
    let mut check = Check::integrity("topic");
    let copy = SqliteJournal::open_read_only(home.journal_path())?;
    let known = copy.head();
    let mut same = known.seq == 0;
    let (mut repeats, mut strangers) = (0u64, 0u64);
    let scanned = tokio::task::block_in_place(|| {
        scan(settings, &copy, |stored| {
            match stored.verdict {
                Stored::Accepted => {
                    let header: Result<&[u8; chain::HEADER_LEN], _> = stored.record.header.try_into();
                    same |= header.is_ok_and(|header| chain::entry_hash(header) == known.hash);
                }
                Stored::Repeat => repeats = repeats.saturating_add(1),
                Stored::Stranger => strangers = strangers.saturating_add(1),
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
        Err(error @ ReadError::Io { .. }) => check.miss(Failure::from(error).to_string()),
        Err(error) => check.find(None, Failure::from(error).to_string()),
    }
    check.note = Some(format!("{repeats} repeats, {strangers} by strangers"));
    Ok((check, repeats.saturating_add(strangers)))
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

/// A read model of which the check says nothing: rows that this program does not write are a finding; a server that
/// gives no connection is no verdict at all; anything else leaves it unjudged.
fn cannot_say(check: &mut Check, failure: Failure) -> Result<(), Failure> {
    let error = match &failure {
        Failure::Broken(error) | Failure::Cannot(error) => error.downcast_ref::<ReadModelError>(),
        _ => None,
    };
    match error {
        Some(ReadModelError::Unreachable { .. }) => return Err(failure),
        Some(ReadModelError::OtherLedger { .. }) => check.find(None, failure.to_string()),
        Some(error) if error.is_damage() => check.find(None, failure.to_string()),
        _ => check.miss(failure.to_string()),
    }
    Ok(())
}

/// The read model is what the journal says: made anew up to the same entry, and compared row by row. Sealed fields are
/// compared as recorded, so that no vault is needed.
async fn read_model(home: &Home, entries: &Entries, known: u64, check: &mut Check) -> Result<(), Failure> {
    let database = home.readmodel()?;
    let compared = async {
        let _lock = follow::lock(home).await?;
        compare(home, &database, entries, known, check).await
    };
    match compared.await {
        Ok(()) => Ok(()),
        Err(failure) => cannot_say(check, failure),
    }
}

async fn compare(
    home: &Home,
    database: &Database,
    entries: &Entries,
    known: u64,
    check: &mut Check,
) -> Result<(), Failure> {
    // First of all the file itself: a damaged index is read by some questions and not by the comparison below.
    let damage = readmodel::damage(database).await?;
    if !damage.is_empty() {
        check
            .find(None, format!("the read model {database} is damaged; `wageledger rebuild` makes it anew:"));
        damage.into_iter().for_each(|what| check.find(None, what));
        return Ok(());
    }
    let model = match ReadModel::open_read_only(database).await {
        Err(error @ ReadModelError::Missing { .. }) => {
            check.miss(format!("{error}; `wageledger rebuild`, or any question, makes it"));
            return Ok(());
        }
        opened => opened?,
    };
    let cursor = model.cursor().await?;
    if known == 0 {
        check.miss("the journal has no entry");
        return Ok(());
    }
    check.note = Some(format!("up to entry {}", cursor.seq));
    // The rows that are right are made in a file, wherever the read model lies.
    let beside = Database::File(home.path("readmodel.check.sqlite"));
    beside.remove().await?;
    let fresh = ReadModel::open(&beside, entries.journal().origin()).await?;
    match follow::project(entries, &fresh, Some(cursor.seq), &|_| {}).await {
        Ok(_) => {
            for difference in model.difference(&beside, ledger::verify::FINDINGS_MAX).await? {
                let what = format!("{} {}: {}", difference.table, difference.key, difference.what);
                check.find(None, what);
            }
        }
        Err(failure) => check.miss(format!("it cannot be made anew from the journal: {failure}")),
    }
    fresh.close().await;
    model.close().await;
    beside.remove().await?;
    Ok(())
}
