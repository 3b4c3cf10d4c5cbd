//! `wageledger copy`: a ledger moves house, every hash unchanged.

use crate::cli;
use crate::failure::Failure;
use crate::home::{Home, journal_file, make_topic};
use crate::keys::NoVault;
use crate::print;
use crate::reach;
use chain::{Head, accept};
use indicatif::{ProgressBar, ProgressStyle};
use journal::{Entry, Journal, KafkaJournal, ReadLimit, SqliteJournal};
use std::io::IsTerminal;
use std::path::PathBuf;

/// Entries that go over together.
const BATCH: ReadLimit = ReadLimit { entries: 5_000, bytes: 8 << 20 };

/// Copies journal and vault. What is at the target already is looked at and not copied again, so that a copy that
/// broke off goes on; nothing that is there is ever changed.
pub(crate) async fn run(args: cli::Copy) -> Result<(), Failure> {
    let (from, to) = (Home::at(&args.from)?, Home::at(&args.to)?);
    from.must_exist()?;
    reach::database(&to.readmodel()?)?;
    if let Some((settings, _)) = to.kafka() {
        reach::kafka(settings)?;
    }
    std::fs::create_dir_all(to.dir())?;
    let source = from.journal_to_read().await?;
    if let Some(settings) = to.settings().filter(|s| s.ledger.origin != source.origin()) {
        let (origin, other) = (source.origin(), &settings.ledger.origin);
        return Err(Failure::Usage(format!(
            "the ledger is {origin}, but the target's configuration says {other}"
        )));
    }
    // Keys first: an entry must never be where its key is not.
    let keys = copy_vault(&from, &to).await?;
    let target = Target::open(&to, source.origin())?;
    let head = copy_entries(source.as_ref(), target.journal()).await?;
    target.close()?;
    print::out(&format!(
        "copied {} to {}: entry {} {}\n",
        source.origin(),
        args.to.display(),
        head.seq,
        head.hash
    ))?;
    print::out(&match keys {
        Some(copied) => {
            format!("with the keys of {} subjects and {} ID numbers\n", copied.subjects, copied.id_numbers)
        }
        None => "there is no vault to copy; one that is at the target stays as it is\n".to_owned(),
    })
}

async fn copy_vault(from: &Home, to: &Home) -> Result<Option<vault::Copied>, Failure> {
    let source = match from.vault_if_any().await? {
        Ok(source) => source,
        Err(NoVault::Missing(_)) => return Ok(None),
        Err(no) => return Err(no.into()),
    };
    let (target, copied) = source.copy_into(to.vault()?, &to.epoch_key_or_new()?).await?;
    target.close().await;
    Ok(Some(copied))
}

/// The journal that is filled.
enum Target {
    File(SqliteJournal),
    /// A topic, with a copy of its own while it is filled: the node's own copy may hold more than the topic, and
    /// be what the topic is restored from.
    Topic {
        journal: KafkaJournal,
        copy: PathBuf,
        node_copy: PathBuf,
    },
}

impl Target {
    fn open(to: &Home, origin: &str) -> Result<Target, Failure> {
        let Some((settings, _)) = to.kafka() else {
            return Ok(Target::File(journal_file(&to.journal_path(), origin)?));
        };
        let copy = to.path("ledger.copying.sqlite");
        let opened = tokio::task::block_in_place(|| {
            make_topic(settings)?;
            Ok::<_, Failure>(KafkaJournal::open(settings, origin, journal_file(&copy, origin)?)?)
        });
        Ok(Target::Topic { journal: opened?, copy, node_copy: to.journal_path() })
    }

    fn journal(&self) -> &dyn Journal {
        match self {
            Target::File(journal) => journal,
            Target::Topic { journal, .. } => journal,
        }
    }

    fn close(self) -> Result<(), Failure> {
        let (journal, copy, node_copy) = match self {
            // Dropped, its write-ahead log is emptied.
            Target::File(journal) => {
                tokio::task::block_in_place(|| drop(journal));
                return Ok(());
            }
            Target::Topic { journal, copy, node_copy } => (journal, copy, node_copy),
        };
        // Waits until everything is in the copy; of a database that was closed nothing is left beside it.
        tokio::task::block_in_place(|| drop(journal));
        // The file alone is whole now; under its new name it gets a head file of its own.
        let _ = std::fs::remove_file(copy.with_extension("head"));
        match node_copy.exists() {
            true => std::fs::remove_file(copy)?,
            false => std::fs::rename(copy, node_copy)?,
        }
        Ok(())
    }
}

/// Every entry that the target does not have, verified on the way; where the target stands then.
pub(super) async fn copy_entries(source: &dyn Journal, target: &dyn Journal) -> Result<Head, Failure> {
    let end = source.catch_up().await?;
    let begun = target.head();
    let mut head = Head::genesis(source.origin());
    let bar = bar(end.seq);
    while head.seq < end.seq {
        let records = source.read(head.seq.saturating_add(1), BATCH)?;
        if records.is_empty() {
            let missing = head.seq.saturating_add(1);
            return Err(Failure::cannot(format!("entry {missing} cannot be read from the source")));
        }
        let mut entries = Vec::with_capacity(records.len());
        for (_, record) in records.iter() {
            let accepted = accept(&head, &record).map_err(|refusal| {
                let seq = head.seq.saturating_add(1);
                Failure::Broken(format!("entry {seq} of the source does not hold: {refusal}").into())
            })?;
            head = accepted.head;
            if head.seq == begun.seq && head.hash != begun.hash {
                let what = format!("entry {} of the target is another one: it is not this ledger", head.seq);
                return Err(Failure::Broken(what.into()));
            }
            if head.seq > begun.seq {
                entries.push(entry(&record)?);
            }
        }
        if !entries.is_empty() {
            target.append(entries).await?;
        }
        bar.set_position(head.seq);
    }
    bar.finish_and_clear();
    if begun.seq > head.seq {
        let what =
            format!("the target has {} entries, the source {}: copy the other way", begun.seq, head.seq);
        return Err(Failure::cannot(what));
    }
    Ok(target.head())
}

fn entry(record: &chain::Record<'_>) -> Result<Entry, Failure> {
    let wrong = |_| Failure::cannot("a stored record has a wrong length");
    Ok(Entry {
        header: record.header.try_into().map_err(wrong)?,
        salt: record.salt.try_into().map_err(wrong)?,
        body: record.body.to_vec().into(),
    })
}

fn bar(entries: u64) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(entries);
    match ProgressStyle::with_template("{bar:30} {human_pos}/{human_len} entries {elapsed}") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
