//! What pages are made of, as of one entry.

use jiff::civil::Date;
use readmodel::{Lateness, ReadModel, ReadModelError, Warnings};
use rules::Region;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::runtime::Handle;
use tokio::sync::OnceCell;
use tokio::task::JoinHandle;

/// Pages kept at most, of some 20 kB each.
const PAGES_MAX: usize = 500;
/// Days whose warnings are kept at most.
const DAYS_MAX: usize = 31;

/// The warnings of a day, judged by whoever asks first.
type Judged = Arc<OnceCell<Arc<Warnings>>>;

/// A read model and what was late when.
pub(crate) struct Shown {
    pub(crate) model: ReadModel,
    pub(crate) lateness: Lateness,
    /// Pages made of it that hold no personal data, by their addresses and the day that they are of.
    pages: Mutex<HashMap<(String, Date), String>>,
    warnings: Mutex<HashMap<Date, Judged>>,
}

impl Shown {
    pub(super) fn new(model: ReadModel, lateness: Lateness) -> Shown {
        Shown { model, lateness, pages: Mutex::default(), warnings: Mutex::default() }
    }

    /// A page that was made before.
    pub(crate) fn page(&self, address: &str, as_of: Date) -> Option<String> {
        let pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        pages.get(&(address.to_owned(), as_of)).cloned()
    }

    /// Keeps a page until the next entry.
    pub(crate) fn keep(&self, address: String, as_of: Date, page: String) {
        let mut pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        if pages.len() >= PAGES_MAX {
            pages.clear();
        }
        pages.insert((address, as_of), page);
    }

    /// Early warnings as of a day, judged once for an entry and a day. Where nobody waits for them any more, they are
    /// judged all the same; of a whole city that takes a while, which is nobody else's time.
    pub(crate) fn warnings(&self, as_of: Date) -> JoinHandle<Result<Arc<Warnings>, ReadModelError>> {
        let (cell, model, here) = (self.judged(as_of), self.model.clone(), Handle::current());
        tokio::task::spawn_blocking(move || {
            here.block_on(async {
                let judge = || async { model.warnings(as_of, Region::CHINA).await.map(Arc::new) };
                cell.get_or_try_init(judge).await.cloned()
            })
        })
    }

    /// Whether the warnings of a day are known.
    pub(crate) fn has_warnings(&self, as_of: Date) -> bool {
        self.judged(as_of).initialized()
    }

    fn judged(&self, as_of: Date) -> Judged {
        let mut days = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
        if days.len() >= DAYS_MAX && !days.contains_key(&as_of) {
            days.clear();
        }
        Arc::clone(days.entry(as_of).or_default())
    }
}
