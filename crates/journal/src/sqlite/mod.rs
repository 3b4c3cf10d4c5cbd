//! A journal in one SQLite file.

mod file;
mod headfile;
mod mark;
mod note;
mod queue;
mod raw;
mod read;
mod tables;
#[cfg(test)]
mod tests;
mod whole;
mod writer;

pub(crate) use note::Note;
pub use raw::{RawRate, raw_insert_rate, raw_scan_rate};
pub(crate) use tables::Strange;

use crate::batch::Batch;
use crate::error::Stopped;
use crate::{AppendError, Journal, OpenError, ReadError, ReadLimit, Records};
use chain::Head;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};
use headfile::HeadFile;
use queue::{Append, Queue};
use read::Readers;
use rusqlite::Connection;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use tokio::sync::{oneshot, watch};
use whole::Found;
use writer::{Hook, Link, Writer, look};

/// The journal in an SQLite file: entry `seq` stands at position `seq`, and nothing void is ever stored.
///
/// One thread writes. It takes all the batches that wait into one transaction with one fsync and then answers
/// all of them, so that many small appends at once cost little more than one. Before a transaction it asks
/// whether somebody else has written to the file; if so it reads the head anew, and a caller who does not
/// know of that gets [`AppendError::Void`]. So two processes with the same file open cannot hurt it.
///
/// While nothing is appended, after a second, and when the journal is dropped, SQLite's write-ahead log is emptied
/// into the file, which alone is then the whole journal; [`settle`](Journal::settle) asks for it. Beside the file
/// lies the head file (`ledger.head` beside `ledger.sqlite`), which says how far the journal has come.
///
/// Dropping the journal waits until what is queued has been written and the thread has ended.
pub struct SqliteJournal {
    origin: Arc<str>,
    head: Arc<watch::Sender<Head>>,
    readers: Readers,
    /// `None` when open for reading only.
    writer: Option<Handle>,
    /// Whether records read above the head move it, which needs the last entry to hold.
    judges: bool,
    /// What the file was when it was opened.
    state: FileState,
}

/// What the file of a journal was when it was opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct FileState {
    /// It is a copy that was made while the journal was written to. Its entries were all looked at; what lies beside it
    /// was copied at other moments and is not to be believed.
    pub copied: bool,
    /// Some of it may be in the write-ahead log only: a writer has it open, or was killed. Opening it for writing and
    /// dropping it puts that right.
    pub unsettled: bool,
    /// There is a head file that can be read. Without one, nothing beside the journal says how far it had come.
    pub noted: bool,
}

struct Handle {
    queue: Arc<Queue>,
    thread: Option<JoinHandle<()>>,
}

impl SqliteJournal {
    /// Makes a new journal and opens it. The file must not exist, or hold nothing. When this returns, the
    /// journal survives power loss; a crash in here leaves a file that [`open`](SqliteJournal::open) refuses
    /// as [`OpenError::NoJournal`] and that may be created again.
    ///
    /// [`OpenError::Shorter`] when a head file says that a journal was here.
    pub fn create(path: impl AsRef<Path>, origin: &str) -> Result<SqliteJournal, OpenError> {
        if !path.as_ref().exists() {
            whole::nothing_was_there(path.as_ref(), origin)?;
        }
        file::create(path.as_ref(), origin)?;
        SqliteJournal::open(path)
    }

    /// Opens a journal for reading and appending. The last entry is checked, body included, and everything
    /// up to it is durable when this returns.
    ///
    /// Refused, here and by [`open_read_only`](Self::open_read_only), is a journal that is shorter than its head file
    /// says, or another, and a copy in which something is missing. The head file is made anew where there is none.
    pub fn open(path: impl AsRef<Path>) -> Result<SqliteJournal, OpenError> {
        SqliteJournal::open_with(path.as_ref(), None)
    }

    /// As [`open_with`](Self::open_with), with a database that may have so many pages until a catch-up.
    #[cfg(test)]
    fn open_limited(path: &Path, hook: Option<Hook>, pages: u32) -> Result<SqliteJournal, OpenError> {
        let (origin, state) = SqliteJournal::look_first(path)?;
        let conn = file::connect_writer(path, false).map_err(open_error)?;
        conn.pragma_update(None, "max_page_count", pages).map_err(open_error)?;
        SqliteJournal::start(path, origin, conn, hook, state)
    }

    /// A journal whose disk is full after so many pages, until a catch-up.
    #[cfg(test)]
    pub(crate) fn open_small(path: &Path, pages: u32) -> Result<SqliteJournal, OpenError> {
        SqliteJournal::open_limited(path, None, pages)
    }

    fn open_with(path: &Path, hook: Option<Hook>) -> Result<SqliteJournal, OpenError> {
        let (origin, state) = SqliteJournal::look_first(path)?;
        let conn = file::connect_writer(path, false).map_err(open_error)?;
        SqliteJournal::start(path, origin, conn, hook, state)
    }

    /// Looks at the file through a reader: somebody else's file, and a copy that is not whole, stay as they are.
    fn look_first(path: &Path) -> Result<(Arc<str>, FileState), OpenError> {
        let conn = file::connect_reader(path).map_err(open_error)?;
        let origin: Arc<str> = file::origin(&conn)?.into();
        let found = whole::look(path, &conn, &origin, true)?;
        Ok((origin, found.state()))
    }

    fn start(
        path: &Path,
        origin: Arc<str>,
        mut conn: Connection,
        hook: Option<Hook>,
        state: FileState,
    ) -> Result<SqliteJournal, OpenError> {
        let own = mark::identity(path).map_err(ReadError::io)?;
        // Before the mark: a file that says it is written to has a head file beside it.
        let mut noted = HeadFile::new(path);
        noted.write(&file::last(&conn, &origin, 0)?);
        file::fence(&mut conn, own).map_err(|e| file::read_error(0, e))?;
        let link = Link::new(conn, &origin, 0, own)?;
        let head = Arc::new(watch::Sender::new(link.head()));
        let queue = Arc::new(Queue::default());
        let writer = Writer {
            path: path.to_owned(),
            origin: origin.clone(),
            queue: queue.clone(),
            noted,
            head: head.clone(),
            link: Some(link),
            failed: false,
            hook,
        };
        let thread = std::thread::Builder::new()
            .name("journal-writer".into())
            .spawn(move || writer.run())
            .map_err(ReadError::io)?;
        let writer = Some(Handle { queue, thread: Some(thread) });
        Ok(SqliteJournal {
            origin,
            head,
            readers: Readers::new(path.to_owned()),
            writer,
            judges: true,
            state,
        })
    }

    /// Opens a journal for reading only, also beside a writer in this process or another. It learns of new
    /// entries when it is read or caught up; every append fails with [`AppendError::NotAppended`].
    pub fn open_read_only(path: impl AsRef<Path>) -> Result<SqliteJournal, OpenError> {
        let path = path.as_ref();
        let conn = file::connect_reader(path).map_err(open_error)?;
        let origin: Arc<str> = file::origin(&conn)?.into();
        let found = whole::look(path, &conn, &origin, false)?;
        let head = Arc::new(watch::Sender::new(found.head));
        let readers = Readers::new(path.to_owned());
        Ok(SqliteJournal { origin, head, readers, writer: None, judges: true, state: found.state() })
    }

    /// Looks whether the journal at `path` is what its head file says, and whether a copy of one that was written to is
    /// whole: what opening it asks, for whoever wants to tell of it.
    pub fn check_file(path: impl AsRef<Path>) -> Result<FileState, OpenError> {
        let conn = file::connect_reader(path.as_ref()).map_err(open_error)?;
        let origin = file::origin(&conn)?;
        Ok(whole::look(path.as_ref(), &conn, &origin, false)?.state())
    }

    /// What the file was when it was opened.
    pub fn file_state(&self) -> FileState {
        self.state
    }

    /// Opens a journal whose contents are in doubt, to look at every stored record: nothing is judged here, so
    /// that a damaged last entry hides none of the others. [`head`](Journal::head) stays at the beginning.
    pub fn open_to_inspect(path: impl AsRef<Path>) -> Result<SqliteJournal, OpenError> {
        let path = path.as_ref();
        let origin: Arc<str> = file::origin(&file::connect_reader(path).map_err(open_error)?)?.into();
        let head = Arc::new(watch::Sender::new(Head::genesis(&origin)));
        Ok(SqliteJournal {
            origin,
            head,
            readers: Readers::new(path.to_owned()),
            writer: None,
            judges: false,
            state: FileState::default(),
        })
    }

    /// Appends a batch, and commits with it where it is in the store that this file is a copy of.
    pub(crate) fn append_noted(
        &self,
        batch: Arc<Batch>,
        note: Option<Note>,
    ) -> BoxFuture<'static, Result<Head, AppendError>> {
        let Some(writer) = &self.writer else {
            return ready(Err(AppendError::not_appended(Stopped::ReadOnly))).boxed();
        };
        let (reply, outcome) = oneshot::channel();
        writer.queue.append(Append { batch, note, reply });
        outcome.map(|sent| sent.unwrap_or_else(|_| Err(AppendError::unknown(Stopped::Ended)))).boxed()
    }

    /// The note that was committed last.
    pub(crate) fn note(&self) -> Result<Option<Note>, ReadError> {
        self.readers.with(note::get)
    }

    /// A reader learns the head from the file.
    fn look(&self) -> Result<Head, ReadError> {
        let known = self.head();
        let head = self.readers.with(|conn| look(conn, &self.origin, &known))?;
        // Of two readers who looked at once, the one who saw less must not be the last to speak.
        self.head.send_if_modified(|now| {
            let newer = head.seq > now.seq;
            if newer {
                *now = head;
            }
            newer
        });
        Ok(head)
    }
}

impl Journal for SqliteJournal {
    fn origin(&self) -> &str {
        &self.origin
    }

    fn append_batch(&self, batch: Batch) -> BoxFuture<'static, Result<Head, AppendError>> {
        self.append_noted(Arc::new(batch), None)
    }

    fn read(&self, from: u64, limit: ReadLimit) -> Result<Records, ReadError> {
        let records = self.readers.read(from, limit)?;
        if self.judges
            && self.writer.is_none()
            && records.next_position().is_some_and(|next| next > self.head().seq + 1)
        {
            self.look()?;
        }
        Ok(records)
    }

    fn head(&self) -> Head {
        *self.head.borrow()
    }

    fn follow(&self) -> watch::Receiver<Head> {
        self.head.subscribe()
    }

    fn catch_up(&self) -> BoxFuture<'static, Result<Head, ReadError>> {
        let Some(writer) = &self.writer else { return ready(self.look()).boxed() };
        let (reply, outcome) = oneshot::channel();
        writer.queue.catch_up(reply);
        outcome.map(|sent| sent.unwrap_or_else(|_| Err(ReadError::io(Stopped::Ended)))).boxed()
    }

    fn settle(&self) -> BoxFuture<'static, bool> {
        let Some(writer) = &self.writer else { return ready(false).boxed() };
        let (reply, outcome) = oneshot::channel();
        writer.queue.settle(reply);
        outcome.map(|sent| sent.unwrap_or(false)).boxed()
    }
}

impl Found {
    fn state(&self) -> FileState {
        FileState { copied: self.copied, unsettled: self.unsettled, noted: self.noted }
    }
}

impl Drop for SqliteJournal {
    fn drop(&mut self) {
        if let Some(writer) = &mut self.writer {
            writer.queue.close();
            if let Some(Err(_)) = writer.thread.take().map(JoinHandle::join) {
                tracing::error!("the journal's writer panicked");
            }
        }
    }
}

/// A file that is not there or cannot be opened is no damage.
fn open_error(error: rusqlite::Error) -> OpenError {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::NotADatabase) => OpenError::NoJournal,
        _ => file::read_error(0, error).into(),
    }
}
