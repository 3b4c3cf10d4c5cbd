//! From entries to rows: read what a batch needs, fold it, work out what follows, write.
//!
//! Rows after a batch are a pure function of all entries so far: they depend neither on how entries were cut
//! into batches nor, but for the columns that name entries, on the order of entries of different subjects.
//! What is known is kept from batch to batch, within a limit ([`State`]): a read model made from entry 1 reads
//! hardly anything back.

mod derive;
mod due;
mod few;
mod fold;
mod fold_oversight;
mod fold_worker;
mod gate;
mod gathered;
mod lists;
mod load;
mod month_days;
mod out;
mod plan;
mod state;
mod streams;
mod tax_year;

pub(crate) use derive::{Owed, Step};
pub(crate) use gathered::Gathered;
pub(crate) use load::load;
pub(crate) use month_days::{MonthDays, Said};
pub(crate) use out::Out;
pub(crate) use plan::Plan;
pub(crate) use state::{Limits, State};
pub(crate) use tax_year::{PaidMonth, read_wages};

use crate::ReadModelError;
use crate::warning::Touched;
use uuid::Uuid;
use wages::{Event, Refers, Source};

/// Raised when the same entries would give other rows: every read model is then rebuilt.
pub(crate) const VERSION: u32 = 8;

/// An accepted entry, decoded by the caller.
#[derive(Clone, Debug)]
pub struct Projected {
    /// Its header.
    pub header: chain::Header,
    /// Its hash, as [`chain::entry_hash`] gives it.
    pub hash: chain::Hash,
    /// What it says; personal data sealed.
    pub event: Event,
    /// Who says so.
    pub source: Source,
}

/// An accepted entry that this program cannot read.
#[derive(Clone, Debug)]
pub struct Unread {
    /// Its header.
    pub header: chain::Header,
    /// Its hash.
    pub hash: chain::Hash,
    /// Why it cannot be read.
    pub why: String,
}

/// An entry's place, whatever it says.
#[derive(Clone, Copy)]
pub(crate) struct Link<'a> {
    pub(crate) header: &'a chain::Header,
    pub(crate) hash: chain::Hash,
}

/// The entries of a batch in the order of the ledger.
pub(crate) fn links<'a>(entries: &'a [Projected], unread: &'a [Unread]) -> Vec<Link<'a>> {
    let facts = entries.iter().map(|entry| Link { header: &entry.header, hash: entry.hash });
    let mut links: Vec<Link<'_>> = facts.collect();
    if !unread.is_empty() {
        links.extend(unread.iter().map(|entry| Link { header: &entry.header, hash: entry.hash }));
        links.sort_by_key(|link| link.header.seq);
    }
    links
}

impl Projected {
    fn subject(&self) -> Uuid {
        Uuid::from_bytes(self.header.subject)
    }

    fn seq(&self) -> Result<i64, ReadModelError> {
        i64::try_from(self.header.seq).map_err(|_| self.refused("its sequence is too large"))
    }

    /// The entry that a reference names.
    fn named(&self, refers: &Refers) -> Result<i64, ReadModelError> {
        let seq = refers.entry().and_then(|seq| i64::try_from(seq).ok());
        seq.ok_or_else(|| self.refused("it refers to no entry"))
    }

    fn refused(&self, what: &'static str) -> ReadModelError {
        ReadModelError::Entry { seq: self.header.seq, what }
    }
}

/// What `entries` change, added to rows that wait. The state holds everything that the plan names, and afterwards what it
/// was changed to. In a bulk it also holds what was not worked out yet: [`Owed`] makes rows of it.
pub(crate) fn project(
    entries: &[Projected],
    plan: &Plan,
    state: &mut State,
    bulk: bool,
    mut out: Out,
) -> Result<Out, ReadModelError> {
    for entry in entries {
        fold::fold(entry, state, &mut out)?;
    }
    derive::note_pay_days(plan, state);
    derive::workers(state, &mut out);
    touch(entries, plan, &mut state.touched);
    if !bulk {
        derive::derive(plan, state, &mut out);
        out.touched = std::mem::take(&mut state.touched);
    }
    out.add_worker_cards();
    out.add_trails(state.lists.take(!bulk, usize::MAX), bulk);
    state.lists.take_kinds().for_each(|row| out.facts.push(row));
    state.rest(plan);
    Ok(out)
}

/// Which months of which projects early warning must look at anew.
fn touch(entries: &[Projected], plan: &Plan, touched: &mut Touched) {
    for project in plan.pay_days.keys() {
        touched.all_months(project);
    }
    for (project, _, of_worker) in plan.all() {
        if of_worker.from.is_some() {
            touched.all_months(project);
        }
        for month in &of_worker.months {
            touched.month(project, *month);
        }
    }
    for entry in entries {
        let payment = match &entry.event {
            Event::WorkerChanged(e) if e.card_index.is_some() => {
                touched.worker(entry.subject());
                continue;
            }
            Event::PaymentRecorded(e) => &e.payment,
            Event::PaymentReturned(e) => &e.payment,
            _ => continue,
        };
        touched.month(payment.project.as_str(), payment.month);
    }
}
