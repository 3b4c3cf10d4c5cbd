//! What pages are made of, as of one entry.

use super::crew_names::CrewNames;
use crate::failure::Failure;
use jiff::civil::Date;
use readmodel::{Lateness, ReadModel};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use vault::Vault;

/// Pages kept at most, of some 20 to 60 kB each.
const PAGES_MAX: usize = 300;

/// Pages by their addresses and the day that they are of.
type Pages = HashMap<(String, Date), String>;

/// A read model and what was late when.
pub(crate) struct Shown {
    pub(crate) model: ReadModel,
    pub(crate) lateness: Lateness,
    pub(crate) crews: Arc<CrewNames>,
    /// Pages made of it that hold no personal data.
    pages: Arc<Mutex<Pages>>,
}

impl Shown {
    /// What follows `before`, which keeps its pages while nothing was taken in.
    pub(super) async fn after(
        before: Option<&Shown>,
        model: ReadModel,
        lateness: Lateness,
        vault: &Vault,
    ) -> Result<Shown, Failure> {
        let crews = CrewNames::after(before, &model, &lateness, vault).await?;
        let same = before
            .filter(|before| before.lateness.head() == lateness.head() && Arc::ptr_eq(&before.crews, &crews));
        let pages = same.map_or_else(Arc::default, |before| Arc::clone(&before.pages));
        Ok(Shown { model, lateness, crews, pages })
    }

    /// The same with crews named anew; pages that named them otherwise are forgotten.
    pub(super) fn renamed(&self, crews: Arc<CrewNames>) -> Shown {
        let (model, lateness) = (self.model.clone(), self.lateness.clone());
        Shown { model, lateness, crews, pages: Arc::default() }
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
