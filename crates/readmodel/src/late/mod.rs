//! What was late when, for every day at once.
//!
//! `projections/overdue.sql` answers for one day by reading every wage line. Pages ask for many days, many times a
//! second; so the same rule is worked out here once for each project, over time: for each line that was ever late,
//! the days from which so much of it was outstanding. Only those lines are kept. What an answer needs is then in
//! memory, and equal to the SQL's to the fen (tested). As entries come, the projects that they name are read again.

mod book;
mod firms;
mod load;
mod months;
mod overview;
mod read;
mod series;
mod several;
mod silence;
mod span;
mod sums;
mod tally;
mod undated;

pub use book::{LateLine, MissingMonth, UndatedLine};
pub use firms::{Role, Standing};
pub use months::{MonthReports, ProjectMonth};
pub use overview::Overview;
pub use silence::{SilentMonth, SilentTotal, WithoutSheet};
pub(crate) use span::Span;
pub use sums::{DueAhead, DueShare, Filter, LateRow, Sums};
pub use undated::UndatedRow;

use crate::{Cursor, Organisation};
use book::Book;
use firms::Firms;
use several::Several;
use std::collections::BTreeMap;
use std::sync::Arc;

/// All projects' late lines, as of one entry. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Lateness {
    head: Cursor,
    projects: BTreeMap<String, Arc<Book>>,
    firms: Arc<Firms>,
    organisations: Arc<BTreeMap<String, Organisation>>,
    kinds: BTreeMap<String, u64>,
    several: Arc<Several>,
}

/// What is called how, and whose it is: for headings and lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Called<'a> {
    /// Project code.
    pub code: &'a str,
    /// Its name; `None` = it was never registered.
    pub name: Option<&'a str>,
    /// Region code; `None` = it was never registered.
    pub region: Option<&'a str>,
    /// Credit code of the general contractor; `None` = it was never registered.
    pub contractor: Option<&'a str>,
    /// Credit code of the owner; `None` = it was never registered.
    pub owner: Option<&'a str>,
}

impl Lateness {
    /// The last entry that is in it.
    pub fn head(&self) -> Cursor {
        self.head
    }

    /// An employer, owner or contractor by credit code, where it was registered.
    pub fn organisation(&self, code: &str) -> Option<&Organisation> {
        self.organisations.get(code)
    }

    /// Every organisation, by code.
    pub fn organisations(&self) -> impl Iterator<Item = &Organisation> {
        self.organisations.values()
    }

    /// How many entries there are of each kind, as in `payment.recorded`.
    pub fn kinds(&self) -> &BTreeMap<String, u64> {
        &self.kinds
    }

    /// A project that entries name.
    pub fn project(&self, code: &str) -> Option<Called<'_>> {
        self.projects.get_key_value(code).map(|(code, book)| book.called(code))
    }

    /// Every project that entries name, by code.
    pub fn projects(&self) -> impl Iterator<Item = Called<'_>> {
        self.projects.iter().map(|(code, book)| book.called(code))
    }
}
