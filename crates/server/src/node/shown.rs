//! What pages are made of, as of one entry.

use jiff::civil::Date;
use readmodel::{Lateness, ReadModel};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Pages kept at most, of some 20 kB each.
const PAGES_MAX: usize = 500;

/// A read model and what was late when.
pub(crate) struct Shown {
    pub(crate) model: ReadModel,
    pub(crate) lateness: Lateness,
    /// Pages made of it that hold no personal data, by their addresses and the day that they are of.
    pages: Mutex<HashMap<(String, Date), String>>,
}

impl Shown {
    pub(super) fn new(model: ReadModel, lateness: Lateness) -> Shown {
        Shown { model, lateness, pages: Mutex::default() }
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
}
