//! The one thread that writes.

use super::headfile::HeadFile;
use super::queue::{Append, Queue, Work};
use super::{file, mark, note};
use crate::error::{Damage, Stopped};
use crate::{AppendError, Cause, ReadError};
use chain::{Head, Refusal};
use rusqlite::{Connection, TransactionBehavior};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// When nothing came for so long, the write-ahead log is emptied into the file.
const IDLE: Duration = Duration::from_secs(1);
/// So long readers are waited for by a writer that is idle, and by one that ends.
const READERS: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(2));

/// A step of a commit, for tests that let it fail.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Step {
    Begin,
    Insert,
    Commit,
    Fence,
}

/// How a test lets a step fail.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Fault {
    /// The step is not done.
    Before,
    /// The step is done and reported as failed.
    After,
}

/// Asked at every step; in production there is none.
pub(super) type Hook = Box<dyn FnMut(Step) -> Option<Fault> + Send>;

#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a test let {0:?} fail")]
struct Injected(Step);

pub(super) struct Writer {
    pub(super) path: PathBuf,
    pub(super) origin: Arc<str>,
    pub(super) queue: Arc<Queue>,
    /// `ledger.head`.
    pub(super) noted: HeadFile,
    /// The published head; nobody else sends.
    pub(super) head: Arc<watch::Sender<Head>>,
    /// `None` after a failed append: the connection goes, and with it whatever its transaction held.
    pub(super) link: Option<Link>,
    /// An append has failed since the last catch-up.
    pub(super) failed: bool,
    pub(super) hook: Option<Hook>,
}

/// A connection, and what was last seen through it.
pub(super) struct Link {
    conn: Connection,
    /// SQLite's `data_version`: when it moves, somebody else has written and `head` must be read anew.
    version: i64,
    head: Head,
    /// The file's identity.
    own: i32,
    /// The database says that the file is written to.
    marked: bool,
    /// So does the file, without its log.
    in_file: bool,
    /// So often a commit tries to bring the mark into the file: a reader that holds an older state is waited for once.
    tries: usize,
    /// The log is empty, and the database says so.
    settled: bool,
}

/// How far a group came before something stopped it.
struct Progress {
    /// The head after each batch that is in the transaction.
    heads: Vec<Head>,
    /// Why the batch after those is not.
    refusal: Option<Refusal>,
}

impl Writer {
    /// Works until the queue is closed and empty.
    pub(super) fn run(mut self) {
        // If this thread panics, whoever waits must not wait for ever.
        let _abandon = Abandon(self.queue.clone());
        while let Some(work) = self.queue.next(self.unsettled().then_some(IDLE)) {
            match work {
                Work::Group(group) => self.group(group),
                Work::CatchUp(reply) => {
                    let outcome = self.catch_up();
                    let _ = reply.send(outcome);
                }
                Work::Settle(reply) => {
                    let _ = reply.send(self.settle(READERS.1));
                }
                Work::Idle => drop(self.settle(READERS.0)),
            }
        }
        self.settle(READERS.1);
    }

    /// Whether the file alone does not hold everything, or does not say so. A test that lets steps fail decides by itself
    /// what is written when.
    fn unsettled(&self) -> bool {
        self.hook.is_none() && self.link.as_ref().is_some_and(|link| !link.settled)
    }

    /// Moves everything into the file, which says then that it holds everything; whether that is so. Readers that hold on
    /// to an older state, a full disk: it is tried again when the writer is idle the next time.
    fn settle(&mut self, patience: Duration) -> bool {
        let Some(link) = self.link.as_mut().filter(|_| !self.failed) else { return false };
        if link.settled {
            return true;
        }
        let settled = link.conn.busy_timeout(patience).and_then(|()| link.settle());
        let restored = link.conn.busy_timeout(file::BUSY);
        match settled.and_then(|settled| restored.map(|()| settled)) {
            Ok(settled) => settled,
            Err(error) => {
                tracing::debug!(%error, "the write-ahead log could not be emptied");
                false
            }
        }
    }

    /// One group: one transaction, one fsync, then everybody is answered.
    fn group(&mut self, group: Vec<Append>) {
        let link = if self.failed { None } else { self.link.take() };
        let Some(mut link) = link else { return behind(group) };
        match self.transact(&mut link, &group) {
            Ok(progress) => {
                if let Some(head) = progress.heads.last() {
                    link.head = *head;
                    // Before anybody is told: a copy in which the tail is missing must not have a head that fits it.
                    link.bring_mark();
                    self.noted.write(head);
                    self.publish(*head);
                }
                self.link = Some(link);
                self.failed = progress.heads.len() < group.len();
                answer(group, progress);
            }
            // The connection goes with `link`: an open transaction with it, so that nothing of it can ever
            // be committed.
            Err(error) => {
                self.failed = true;
                tracing::warn!(error = &error as &dyn std::error::Error, "append failed");
                for append in group {
                    let _ = append.reply.send(Err(error.clone()));
                }
            }
        }
    }

    /// Writes what of the group chains on the head and commits it.
    ///
    /// A crash before the commit leaves nothing of it: frames without a commit mark are not read. A crash in
    /// the commit leaves all of it or nothing, and nobody was told. A crash after it leaves all of it, durable
    /// and without receipt; it is found by its command ids.
    fn transact(&mut self, link: &mut Link, group: &[Append]) -> Result<Progress, AppendError> {
        let not_appended = |source| AppendError::NotAppended { source };
        self.step(Step::Begin, || link.conn.prepare_cached("BEGIN IMMEDIATE")?.execute([]))
            .map_err(not_appended)?;
        link.refresh(&self.origin).map_err(AppendError::not_appended)?;
        link.begin().map_err(AppendError::not_appended)?;
        let mut progress = Progress { heads: Vec::with_capacity(group.len()), refusal: None };
        let mut head = link.head;
        for append in group {
            let next = match append.batch.follows(&head) {
                Ok(next) => {
                    let entries = append.batch.entries();
                    self.step(Step::Insert, || {
                        file::insert(&link.conn, head.seq + 1, entries)?;
                        append.note.as_ref().map_or(Ok(()), |note| note::put(&link.conn, note))
                    })
                    .map_err(not_appended)?;
                    next
                }
                Err(refusal) => {
                    progress.refusal = Some(refusal);
                    break;
                }
            };
            head = next;
            progress.heads.push(head);
        }
        self.step(Step::Commit, || link.conn.prepare_cached("COMMIT")?.execute([]))
            .map_err(|source| AppendError::Unknown { source })?;
        Ok(progress)
    }

    /// Finds out where the journal stands.
    fn catch_up(&mut self) -> Result<Head, ReadError> {
        // Until the end is reached, an early return leaves the journal failed.
        self.failed = true;
        let known = *self.head.borrow();
        let link = match self.link.take() {
            Some(mut link) => link.refresh(&self.origin).map(|()| link),
            None => self.link_anew(&known),
        }?;
        file::holds(&link.conn, &known)?;
        if link.head != known {
            self.noted.write(&link.head);
        }
        self.publish(link.head);
        let head = link.head;
        self.link = Some(link);
        self.failed = false;
        Ok(head)
    }

    fn publish(&self, head: Head) {
        self.head.send_if_modified(|now| std::mem::replace(now, head) != head);
    }

    /// A new connection after a failed append, with nothing left behind by the old one.
    fn link_anew(&mut self, known: &Head) -> Result<Link, ReadError> {
        let mut conn = file::connect_writer(&self.path, false).map_err(|e| file::read_error(0, e))?;
        let own = mark::identity(&self.path).map_err(ReadError::io)?;
        self.step(Step::Fence, || file::fence(&mut conn, own)).map_err(|source| ReadError::Io { source })?;
        Link::new(conn, &self.origin, known.seq, own)
    }

    /// Does a step, unless a test lets it fail.
    fn step<T>(&mut self, step: Step, act: impl FnOnce() -> rusqlite::Result<T>) -> Result<T, Cause> {
        let fault = self.hook.as_mut().and_then(|hook| hook(step));
        if fault == Some(Fault::Before) {
            return Err(Arc::new(Injected(step)));
        }
        let done = act().map_err(|e| -> Cause { Arc::new(e) })?;
        if fault == Some(Fault::After) { Err(Arc::new(Injected(step))) } else { Ok(done) }
    }
}

impl Link {
    /// A connection through which the file `own` was fenced.
    pub(super) fn new(conn: Connection, origin: &str, near: u64, own: i32) -> Result<Link, ReadError> {
        // The version is read first: a stranger who writes between the two makes one reading too many.
        let version = file::data_version(&conn).map_err(|e| file::read_error(near, e))?;
        file::only_ours(&conn, near)?;
        let head = file::last(&conn, origin, near)?;
        Ok(Link {
            conn,
            version,
            head,
            own,
            marked: true,
            in_file: false,
            tries: mark::TRIES,
            settled: false,
        })
    }

    pub(super) fn head(&self) -> Head {
        self.head
    }

    /// Reads the head anew if somebody else has written.
    fn refresh(&mut self, origin: &str) -> Result<(), ReadError> {
        let version = file::data_version(&self.conn).map_err(|e| file::read_error(self.head.seq, e))?;
        if version != self.version {
            file::only_ours(&self.conn, self.head.seq)?;
            self.head = file::last(&self.conn, origin, self.head.seq)?;
            let mark = mark::get(&self.conn).map_err(|e| file::read_error(self.head.seq, e))?;
            (self.marked, self.in_file, self.settled) = (mark == self.own, false, false);
            self.version = version;
        }
        Ok(())
    }

    /// Marks the file inside a transaction that will append. If that does not come to its end, the connection goes.
    fn begin(&mut self) -> rusqlite::Result<()> {
        if !self.marked {
            mark::set(&self.conn, self.own)?;
        }
        (self.marked, self.settled) = (true, false);
        Ok(())
    }

    /// Brings the mark into the file after a commit.
    fn bring_mark(&mut self) {
        if !self.in_file {
            self.in_file = mark::bring(&self.conn, self.tries);
            self.tries = if self.in_file { mark::TRIES } else { 1 };
        }
    }

    /// Moves everything into the file and takes the mark away.
    ///
    /// Two steps, for pages go into the file one after the other and the mark stands on the first: it is taken away
    /// only when everything else is there. A crash in between leaves the mark; the next writer settles.
    fn settle(&mut self) -> rusqlite::Result<bool> {
        if !mark::empty_log(&self.conn)? {
            return Ok(false);
        }
        if self.marked {
            let version = self.version;
            let tx = self.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
            // Somebody else wrote in between, and it is in the log.
            if file::data_version(&tx)? != version {
                return Ok(false);
            }
            mark::set(&tx, 0)?;
            tx.commit()?;
            (self.marked, self.in_file) = (false, false);
        }
        self.settled = mark::empty_log(&self.conn)?;
        Ok(self.settled)
    }
}

/// Tells everybody: heads, then the one refusal, then those behind it.
fn answer(group: Vec<Append>, progress: Progress) {
    let mut heads = progress.heads.into_iter();
    let mut refusal = progress.refusal;
    for append in group {
        let outcome = match (heads.next(), refusal.take()) {
            (Some(head), kept) => {
                refusal = kept;
                Ok(head)
            }
            (None, Some(refusal)) => Err(AppendError::Void(refusal)),
            (None, None) => Err(AppendError::not_appended(Stopped::Behind)),
        };
        // Whoever dropped the future does not want to know.
        let _ = append.reply.send(outcome);
    }
}

fn behind(group: Vec<Append>) {
    for append in group {
        let _ = append.reply.send(Err(AppendError::not_appended(Stopped::Behind)));
    }
}

struct Abandon(Arc<Queue>);

impl Drop for Abandon {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

/// A reader's catch-up: the head as the file has it, unless what was known before is gone.
pub(super) fn look(conn: &Connection, origin: &str, known: &Head) -> Result<Head, ReadError> {
    let head = file::last(conn, origin, known.seq)?;
    if head.seq < known.seq {
        return Err(ReadError::damaged(known.seq, Damage::Shorter));
    }
    file::holds(conn, known)?;
    Ok(head)
}
