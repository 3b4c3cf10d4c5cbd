//! The follower: entries into the read model, and the read model made anew.

use crate::failure::Failure;
use crate::home::Home;
use chain::Head;
use journal::ReadLimit;
use ledger::{Entries, OpenError, ReadFailed, Reader, Recorded, Slice};
use readmodel::{Cursor, FollowerLock, Projected, ReadModel, ReadModelError, Unread};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Entries in one transaction of the read model, but for a slice.
const BATCH: ReadLimit = ReadLimit { entries: 10_000, bytes: 32 << 20 };
/// So much is read ahead of decoding.
const SLICES_AHEAD: usize = 4;
/// So many batches wait decoded, because writing is slow now and then, when rows of many are written at once. Beside them
/// one is being decoded, one folded, and rows of one written.
const BATCHES_AHEAD: usize = 3;

/// So long a local copy may be behind a read model that other nodes bring forward, too.
const BEHIND_MAX: Duration = Duration::from_secs(3);

/// So long somebody who wants an answer waits for whoever brings the read model forward; it is quick, so that half a
/// minute is long.
const PATIENCE: Duration = Duration::from_secs(30);
/// Between two looks at how far another has come.
const LOOK: Duration = Duration::from_millis(50);

/// Opens the read model brought forward to the journal's head; made anew where another version of the program made
/// it. Before a question is asked, this is. Where a node runs that brings it forward all the time, it is waited for.
pub(crate) async fn up_to_date(home: &Home, reader: &Reader) -> Result<ReadModel, Failure> {
    let (database, wanted) = (home.readmodel()?, reader.journal().head().seq);
    let asked = Instant::now();
    loop {
        let busy = match FollowerLock::wait(&database, Duration::ZERO).await {
            Ok(_lock) => {
                let model = open(home, reader).await?;
                project(reader.entries(), &model, None, &|_| {}).await?;
                return Ok(model);
            }
            Err(busy @ ReadModelError::Busy { .. }) => busy,
            Err(error) => return Err(error.into()),
        };
        // What is missing or of another version is being made.
        if let Ok(model) = ReadModel::open_read_only(&database).await {
            let cursor = model.cursor().await?;
            if cursor.seq >= wanted {
                agree(reader.entries(), cursor).await?;
                return Ok(model);
            }
            model.close().await;
        }
        if asked.elapsed() >= PATIENCE {
            return Err(busy.into());
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Opens the read model to take entries in; made anew where another version of the program made it. The caller
/// holds the lock.
async fn open(home: &Home, reader: &Reader) -> Result<ReadModel, Failure> {
    let (database, origin) = (home.readmodel()?, reader.journal().origin());
    match ReadModel::open(&database, origin).await {
        Ok(model) => {
            agree(reader.entries(), model.cursor().await?).await?;
            Ok(model)
        }
        Err(ReadModelError::Stale) => {
            anew(home, reader.entries(), &|_| {}).await?;
            Ok(ReadModel::open(&database, origin).await?)
        }
        Err(error) => Err(error.into()),
    }
}

/// So long a node holds the lock without giving way, and so long it gives way: whoever verifies or rebuilds beside it
/// waits for no more than this.
const HOLD: Duration = Duration::from_secs(5);
const GIVE_WAY: Duration = Duration::from_millis(150);

/// The lock on the read model, for as long as it takes.
pub(crate) async fn lock(home: &Home) -> Result<FollowerLock, Failure> {
    Ok(FollowerLock::wait(&home.readmodel()?, PATIENCE).await?)
}

/// A node's way to the read model: it takes entries in while it holds the lock, and reads what another takes in while
/// that one does.
#[derive(Default)]
pub(crate) struct Follower {
    lock: Option<(FollowerLock, Instant)>,
    model: Option<ReadModel>,
}

impl Follower {
    /// The read model, brought forward as far as it can be now. After an error it is opened anew.
    pub(crate) async fn forward(&mut self, home: &Home, reader: &Reader) -> Result<ReadModel, Failure> {
        let forward = self.try_forward(home, reader).await;
        if forward.is_err() {
            self.rest();
        }
        forward
    }

    /// Leaves the read model to others.
    pub(crate) fn rest(&mut self) {
        (self.lock, self.model) = (None, None);
    }

    async fn try_forward(&mut self, home: &Home, reader: &Reader) -> Result<ReadModel, Failure> {
        let database = home.readmodel()?;
        if self.lock.as_ref().is_some_and(|(_, since)| since.elapsed() >= HOLD) {
            self.rest();
            tokio::time::sleep(GIVE_WAY).await;
        }
        match &mut self.lock {
            Some((lock, _)) => lock.check().await?,
            None => match FollowerLock::wait(&database, Duration::ZERO).await {
                Ok(lock) => (self.lock, self.model) = (Some((lock, Instant::now())), None),
                Err(ReadModelError::Busy { .. }) => {}
                Err(error) => return Err(error.into()),
            },
        }
        let model = match (&self.model, &self.lock) {
            (Some(model), _) => model.clone(),
            (None, Some(_)) => open(home, reader).await?,
            (None, None) => ReadModel::open_read_only(&database).await?,
        };
        if self.lock.is_some() {
            project(reader.entries(), &model, None, &|_| {}).await?;
        }
        self.model = Some(model.clone());
        Ok(model)
    }
}

/// Throws the read model away and makes it again from entry 1: beside the old one, then swapped. Refused when
/// the old one has seen more than the journal has, or something else: it may be the only witness of a cut.
pub(crate) async fn rebuild(
    home: &Home,
    entries: &Entries,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Cursor, Failure> {
    let _lock = lock(home).await?;
    anew(home, entries, progress).await
}

async fn anew(home: &Home, entries: &Entries, progress: &(dyn Fn(u64) + Sync)) -> Result<Cursor, Failure> {
    let database = home.readmodel()?;
    if let Some(cursor) = ReadModel::peek_cursor(&database).await? {
        agree(entries, cursor).await?;
    }
    let model = ReadModel::begin_rebuild(&database, entries.journal().origin()).await?;
    let cursor = project(entries, &model, None, progress).await?;
    model.finish_rebuild(&database).await?;
    Ok(cursor)
}

/// The journal has the entry at which the read model stands.
async fn agree(entries: &Entries, cursor: Cursor) -> Result<(), Failure> {
    if cursor.seq == 0 {
        return Ok(());
    }
    // Another node may have brought the read model further than what is known here by now.
    let asked = Instant::now();
    while entries.journal().head().seq < cursor.seq && asked.elapsed() < BEHIND_MAX {
        entries.journal().catch_up().await?;
        if entries.journal().head().seq < cursor.seq {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    let (head, witness) = (entries.journal().head().seq, "read model");
    let error = match entries.head_at(cursor.seq) {
        Ok(head) if head.hash == cursor.hash => return Ok(()),
        Ok(_) => OpenError::Different { seq: cursor.seq, witness },
        Err(ReadFailed::Missing { .. }) => OpenError::Behind { head, witness, seen: cursor.seq },
        Err(error) => return Err(error.into()),
    };
    Err(error.into())
}

/// Brings a read model forward to the head, or to an entry before it. Rows hold sealed fields as recorded: no key is
/// needed. While a batch is folded and written, the
/// next is read.
pub(crate) async fn project(
    entries: &Entries,
    model: &ReadModel,
    until: Option<u64>,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Cursor, Failure> {
    let cursor = model.cursor().await?;
    let recorded_at = match cursor.seq {
        0 => 0,
        seq => entries.head_at(seq)?.recorded_at,
    };
    let (mut batches, give_back, at_work) =
        read(entries, Head { seq: cursor.seq, hash: cursor.hash, recorded_at }, until);
    while let Some(batch) = batches.recv().await {
        let batch = batch?;
        model.hand_over(&batch.facts, &batch.unread).await?;
        if let Some(last) = batch.last() {
            progress(last);
        }
        // Maybe all is read.
        let _ = give_back.send(batch);
    }
    for work in at_work {
        work.await?;
    }
    Ok(model.settle().await?)
}

/// Entries read together.
#[derive(Default)]
struct Batch {
    facts: Vec<Projected>,
    /// Those that this program cannot read; the read model says whether that matters.
    unread: Vec<Unread>,
}

impl Batch {
    fn len(&self) -> usize {
        self.facts.len() + self.unread.len()
    }

    /// The sequence of the last entry.
    fn last(&self) -> Option<u64> {
        let facts = self.facts.last().map(|entry| entry.header.seq);
        facts.max(self.unread.last().map(|entry| entry.header.seq))
    }

    fn push(&mut self, header: chain::Header, hash: chain::Hash, entry: Result<Recorded, ReadFailed>) {
        match entry {
            Ok(Recorded { header, hash, event, source }) => {
                self.facts.push(Projected { header, hash, event, source });
            }
            Err(error) => {
                let why = Failure::Cannot(Box::new(error)).to_string();
                self.unread.push(Unread { header, hash, why });
            }
        }
    }
}

/// Batches read, the way back for their room once they are done with, and those at work.
type Reading =
    (mpsc::Receiver<Result<Batch, ReadFailed>>, std::sync::mpsc::Sender<Batch>, [JoinHandle<()>; 2]);

/// Reads what follows an entry, batch after batch, until there is no more or nobody wants it: one thread reads and checks,
/// another decodes. The room of a batch is some megabytes: used again, it need not be cleared by the system each time.
fn read(entries: &Entries, mut head: Head, until: Option<u64>) -> Reading {
    let (slices, accepted) = mpsc::channel(SLICES_AHEAD);
    let (batches, read) = mpsc::channel(BATCHES_AHEAD);
    let (give_back, done) = std::sync::mpsc::channel();
    let from = entries.clone();
    let reading = tokio::task::spawn_blocking(move || {
        loop {
            let left = until.map_or(u64::MAX, |until| until.saturating_sub(head.seq));
            let entries = usize::try_from(left).unwrap_or(usize::MAX);
            if entries == 0 {
                return;
            }
            let slice = match from.slice_after(&head, ReadLimit { entries, ..BATCH }) {
                // At the end.
                Ok(slice) if slice.is_empty() => return,
                slice => slice,
            };
            let before = head.seq;
            head = slice.as_ref().map_or(head, Slice::head);
            // What did not bring it forward says what is wrong with the next.
            if slices.blocking_send(slice).is_err() || head.seq == before {
                return;
            }
        }
    });
    let decoding = tokio::task::spawn_blocking(move || decode(accepted, &batches, &done));
    (read, give_back, [reading, decoding])
}

/// Makes batches of slices: full ones, and what is there when the end was seen and nothing more has come since.
fn decode(
    mut slices: mpsc::Receiver<Result<Slice, ReadFailed>>,
    batches: &mpsc::Sender<Result<Batch, ReadFailed>>,
    done: &std::sync::mpsc::Receiver<Batch>,
) {
    let mut next = slices.blocking_recv();
    while next.is_some() {
        // Dropped where they were made, entries leave room for the next ones here.
        let mut batch: Batch = done.try_recv().unwrap_or_default();
        batch.facts.clear();
        batch.unread.clear();
        let mut bytes = 0;
        while let Some(slice) = next {
            let decoded = slice.and_then(|slice| {
                bytes += slice.stored_len();
                let is_end = slice.is_end();
                slice.each(|header, hash, entry| batch.push(header, hash, entry)).map(|()| is_end)
            });
            let is_end = match decoded {
                Ok(is_end) => is_end,
                Err(error) => {
                    // Maybe nobody wants it any more.
                    let _ = batches.blocking_send(Err(error));
                    return;
                }
            };
            if batch.len() >= BATCH.entries || bytes >= BATCH.bytes {
                next = None;
            } else if is_end {
                next = slices.try_recv().ok();
            } else {
                // More than a few: room for all at once, or it would be moved again and again as it grows.
                batch.facts.reserve((BATCH.entries + Slice::ENTRIES_MAX).saturating_sub(batch.len()));
                next = slices.blocking_recv();
            }
        }
        if batches.blocking_send(Ok(batch)).is_err() {
            return;
        }
        next = slices.blocking_recv();
    }
}
