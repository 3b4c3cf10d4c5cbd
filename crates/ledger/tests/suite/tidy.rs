//! A journal in memory that, like one in a file, stores nothing that does not count.

use journal::{AppendError, Batch, BoxFuture, Head, Journal, MemoryJournal, ReadError, ReadLimit, Records};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::watch;

/// One node's handle on the store. What another node appended meanwhile makes ours void, and so it is not
/// stored at all.
pub(crate) struct Tidy {
    inner: MemoryJournal,
    failed: AtomicBool,
}

impl Tidy {
    pub(crate) fn on(store: &MemoryJournal) -> Tidy {
        Tidy { inner: store.another(), failed: AtomicBool::new(false) }
    }

    fn append_now(&self, batch: &Batch) -> Result<(), AppendError> {
        if self.failed.load(Ordering::SeqCst) {
            return Err(AppendError::NotAppended { source: Arc::new(std::fmt::Error) });
        }
        self.failed.store(true, Ordering::SeqCst);
        // Learns of what others stored; takes no time.
        drop(self.inner.catch_up());
        batch.follows(&self.inner.head()).map_err(AppendError::Void)?;
        self.failed.store(false, Ordering::SeqCst);
        Ok(())
    }
}

impl Journal for Tidy {
    fn origin(&self) -> &str {
        self.inner.origin()
    }

    fn append_batch(&self, batch: Batch) -> BoxFuture<'static, Result<Head, AppendError>> {
        match self.append_now(&batch) {
            Ok(()) => self.inner.append_batch(batch),
            Err(error) => Box::pin(std::future::ready(Err(error))),
        }
    }

    fn read(&self, from: u64, limit: ReadLimit) -> Result<Records, ReadError> {
        self.inner.read(from, limit)
    }

    fn head(&self) -> Head {
        self.inner.head()
    }

    fn follow(&self) -> watch::Receiver<Head> {
        self.inner.follow()
    }

    fn catch_up(&self) -> BoxFuture<'static, Result<Head, ReadError>> {
        self.failed.store(false, Ordering::SeqCst);
        self.inner.catch_up()
    }
}
