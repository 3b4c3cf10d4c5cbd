//! The follower: entries into the read model, and the read model made anew.

use crate::failure::Failure;
use crate::home::Home;
use chain::Head;
use journal::ReadLimit;
use ledger::{OpenError, ReadFailed, Reader, Recorded};
use readmodel::{Cursor, Projected, ReadModel, ReadModelError};
use std::path::Path;

/// Entries in one transaction of the read model.
const BATCH: ReadLimit = ReadLimit { entries: 5_000, bytes: 16 << 20 };

/// Opens the read model brought forward to the journal's head; makes it anew where another version of the
/// program made it. Before a question is asked, this is.
pub(crate) async fn up_to_date(home: &Home, reader: &Reader) -> Result<ReadModel, Failure> {
    let _lock = home.readmodel_lock().await?;
    let origin = reader.journal().origin();
    match ReadModel::open(&home.readmodel_path(), origin).await {
        Ok(model) => {
            let cursor = model.cursor().await?;
            agree(reader, cursor)?;
            project(reader, &model, None, &|_| {}).await?;
            Ok(model)
        }
        Err(ReadModelError::Stale) => {
            anew(home, reader, &|_| {}).await?;
            Ok(ReadModel::open(&home.readmodel_path(), origin).await?)
        }
        Err(error) => Err(error.into()),
    }
}

/// Throws the read model away and makes it again from entry 1: beside the old one, then swapped. Refused when
/// the old one has seen more than the journal has, or something else: it may be the only witness of a cut.
pub(crate) async fn rebuild(
    home: &Home,
    reader: &Reader,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Cursor, Failure> {
    let _lock = home.readmodel_lock().await?;
    anew(home, reader, progress).await
}

async fn anew(home: &Home, reader: &Reader, progress: &(dyn Fn(u64) + Sync)) -> Result<Cursor, Failure> {
    let path = home.readmodel_path();
    if let Some(cursor) = ReadModel::peek_cursor(&path).await? {
        agree(reader, cursor)?;
    }
    let beside = home.path("readmodel.new.sqlite");
    remove(&beside)?;
    let model = ReadModel::open(&beside, reader.journal().origin()).await?;
    let cursor = project(reader, &model, None, progress).await?;
    model.close().await;
    // The old file goes only by the new one's coming: until then it is the witness of what the journal had.
    remove_with(&path, &["-wal", "-shm"])?;
    std::fs::rename(&beside, &path)?;
    Ok(cursor)
}

/// A database with what SQLite puts beside it.
pub(crate) fn remove(path: &Path) -> Result<(), Failure> {
    remove_with(path, &["", "-wal", "-shm"])
}

fn remove_with(path: &Path, suffixes: &[&str]) -> Result<(), Failure> {
    for suffix in suffixes {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        match std::fs::remove_file(&name) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// The journal has the entry at which the read model stands.
fn agree(reader: &Reader, cursor: Cursor) -> Result<(), Failure> {
    if cursor.seq == 0 {
        return Ok(());
    }
    let (head, witness) = (reader.journal().head().seq, "read model");
    let error = match reader.entry(cursor.seq) {
        Ok(entry) if entry.hash == cursor.hash => return Ok(()),
        Ok(_) => OpenError::Different { seq: cursor.seq, witness },
        Err(ReadFailed::Missing { .. }) => OpenError::Behind { head, witness, seen: cursor.seq },
        Err(error) => return Err(error.into()),
    };
    Err(error.into())
}

/// Brings a read model forward to the head, or to an entry before it.
pub(crate) async fn project(
    reader: &Reader,
    model: &ReadModel,
    until: Option<u64>,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Cursor, Failure> {
    let mut cursor = model.cursor().await?;
    let recorded_at = match cursor.seq {
        0 => 0,
        seq => reader.entry(seq)?.header.recorded_at,
    };
    let mut head = Head { seq: cursor.seq, hash: cursor.hash, recorded_at };
    loop {
        let left = until.map_or(u64::MAX, |until| until.saturating_sub(head.seq));
        let entries = usize::try_from(left).unwrap_or(usize::MAX).min(BATCH.entries);
        if entries == 0 {
            return Ok(cursor);
        }
        let source = reader.clone();
        let limit = ReadLimit { entries, ..BATCH };
        let batch = tokio::task::spawn_blocking(move || source.after(&head, limit)).await??;
        let Some(last) = batch.last() else { return Ok(cursor) };
        head = Head { seq: last.header.seq, hash: last.hash, recorded_at: last.header.recorded_at };
        let batch: Vec<Projected> = batch.into_iter().map(projected).collect();
        cursor = model.apply(&batch).await?;
        progress(cursor.seq);
    }
}

fn projected(entry: Recorded) -> Projected {
    let Recorded { header, hash, event, source } = entry;
    Projected { header, hash, event, source }
}
