//! The follower: entries into the read model, and the read model made anew.

use crate::failure::Failure;
use crate::home::Home;
use chain::Head;
use journal::ReadLimit;
use ledger::{OpenError, ReadFailed, Reader, Recorded};
use readmodel::{Cursor, Projected, ReadModel, ReadModelError};
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;

/// Entries in one transaction of the read model. Three such batches are in memory when there is much to do: one
/// being read, one folded, one written.
const BATCH: ReadLimit = ReadLimit { entries: 20_000, bytes: 32 << 20 };

/// So long a local copy may be behind a read model that other nodes bring forward, too.
const BEHIND_MAX: Duration = Duration::from_secs(3);

/// Opens the read model brought forward to the journal's head; makes it anew where another version of the
/// program made it. Before a question is asked, this is.
pub(crate) async fn up_to_date(home: &Home, reader: &Reader) -> Result<ReadModel, Failure> {
    let _lock = home.readmodel_lock().await?;
    let origin = reader.journal().origin();
    match ReadModel::open(&home.readmodel()?, origin).await {
        Ok(model) => {
            let cursor = model.cursor().await?;
            agree(reader, cursor).await?;
            project(reader, &model, None, &|_| {}).await?;
            Ok(model)
        }
        Err(ReadModelError::Stale) => {
            anew(home, reader, &|_| {}).await?;
            Ok(ReadModel::open(&home.readmodel()?, origin).await?)
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
    let database = home.readmodel()?;
    if let Some(cursor) = ReadModel::peek_cursor(&database).await? {
        agree(reader, cursor).await?;
    }
    let model = ReadModel::begin_rebuild(&database, reader.journal().origin()).await?;
    let cursor = project(reader, &model, None, progress).await?;
    model.finish_rebuild(&database).await?;
    Ok(cursor)
}

/// The journal has the entry at which the read model stands.
async fn agree(reader: &Reader, cursor: Cursor) -> Result<(), Failure> {
    if cursor.seq == 0 {
        return Ok(());
    }
    // Another node may have brought the read model further than what is known here by now.
    let asked = Instant::now();
    while reader.journal().head().seq < cursor.seq && asked.elapsed() < BEHIND_MAX {
        reader.journal().catch_up().await?;
        if reader.journal().head().seq < cursor.seq {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
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

/// Brings a read model forward to the head, or to an entry before it. While a batch is folded and written, the
/// next is read.
pub(crate) async fn project(
    reader: &Reader,
    model: &ReadModel,
    until: Option<u64>,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Cursor, Failure> {
    let cursor = model.cursor().await?;
    let recorded_at = match cursor.seq {
        0 => 0,
        seq => reader.entry(seq)?.header.recorded_at,
    };
    let mut reading = read(reader, Head { seq: cursor.seq, hash: cursor.hash, recorded_at }, until);
    loop {
        let batch = reading.await??;
        let Some(last) = batch.last() else { return Ok(model.settle().await?) };
        let head = Head { seq: last.header.seq, hash: last.hash, recorded_at: last.header.recorded_at };
        reading = read(reader, head, until);
        model.hand_over(&batch).await?;
        progress(head.seq);
    }
}

/// Begins to read what follows an entry.
fn read(reader: &Reader, head: Head, until: Option<u64>) -> JoinHandle<Result<Vec<Projected>, ReadFailed>> {
    let reader = reader.clone();
    let left = until.map_or(u64::MAX, |until| until.saturating_sub(head.seq));
    let entries = usize::try_from(left).unwrap_or(usize::MAX).min(BATCH.entries);
    tokio::task::spawn_blocking(move || match entries {
        0 => Ok(Vec::new()),
        entries => {
            let batch = reader.after(&head, ReadLimit { entries, ..BATCH })?;
            Ok(batch.into_iter().map(projected).collect())
        }
    })
}

fn projected(entry: Recorded) -> Projected {
    let Recorded { header, hash, event, source } = entry;
    Projected { header, hash, event, source }
}
