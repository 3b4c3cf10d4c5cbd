//! Audit trails on their way into the database: lists of entries, gathered while entries are folded.

use super::Projected;
use super::fold::Place;
use crate::ReadModelError;
use crate::trail::{AuditRow, Of, WIDTH};
use crate::value::Value;
use foldhash::HashMap;
use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::hash::Hash;
use uuid::Uuid;

/// Lists of entries by whom they concern, and how many there are of each kind: what the database does not have yet.
#[derive(Default)]
pub(crate) struct Lists {
    projects: Trails<String>,
    employers: Trails<String>,
    subjects: Trails<Uuid>,
    kinds: BTreeMap<&'static str, i64>,
    /// Where the last entry stands.
    last: Option<chain::Header>,
}

/// Trails of one kind.
struct Trails<K> {
    /// The part to which entries are added just now.
    open: HashMap<K, List>,
    /// Parts to which nothing more can come.
    ended: Vec<(K, List)>,
}

impl<K> Default for Trails<K> {
    fn default() -> Trails<K> {
        Trails { open: HashMap::default(), ended: Vec::new() }
    }
}

struct List {
    part: u64,
    last: i64,
    /// Of a subject's own part: the number of the last entry on its stream. Else 0.
    number: u64,
    entries: String,
}

/// A row of `trail`.
pub(crate) type TrailRow = [Value; 6];

impl Lists {
    /// Adds an entry to all trails that it belongs to.
    pub(crate) fn add(&mut self, entry: &Projected, place: &Place<'_>) -> Result<(), ReadModelError> {
        let header = &entry.header;
        let row = AuditRow {
            seq: header.seq,
            type_name: entry.event.type_name(),
            month: place.month,
            occurred_on: place.occurred_on,
        };
        let mut text = String::with_capacity(WIDTH);
        row.write(&mut text).ok_or_else(|| entry.refused("it does not fit into an audit trail"))?;
        let seq = entry.seq()?;
        if let Some(project) = &place.project {
            self.projects.add(project.as_ref(), Of::Project.part(header), (seq, 0), &text);
        }
        if let Some(employer) = &place.employer {
            self.employers.add(employer.as_ref(), Of::Employer.part(header), (seq, 0), &text);
        }
        let own = (seq, header.subject_seq);
        self.subjects.add(&entry.subject(), Of::Subject.part(header), own, &text);
        *self.kinds.entry(row.type_name).or_default() += 1;
        self.last = Some(*header);
        Ok(())
    }

    /// Takes out rows of `trail`, sorted: of all, or of those that nothing more can come to, at most so many.
    pub(crate) fn take(&mut self, all: bool, limit: usize) -> Vec<TrailRow> {
        let mut rows = Vec::new();
        let Some(last) = self.last else { return rows };
        self.projects.take(all, limit, (Of::Project, &last), &mut rows);
        self.employers.take(all, limit, (Of::Employer, &last), &mut rows);
        self.subjects.take(all, limit, (Of::Subject, &last), &mut rows);
        rows.sort_unstable();
        rows
    }

    /// Takes out the rows of `fact`.
    pub(crate) fn take_kinds(&mut self) -> impl Iterator<Item = [Value; 2]> + use<> {
        std::mem::take(&mut self.kinds).into_iter().map(|(kind, count)| [Value::Word(kind), count.into()])
    }
}

/// Numbers of parts and of entries are far below what the column holds.
fn number(number: u64) -> Value {
    Value::Int(i64::try_from(number).unwrap_or(i64::MAX))
}

impl<K: Hash + Eq> Trails<K> {
    fn add<Q: Hash + Eq + ToOwned<Owned = K> + ?Sized>(
        &mut self,
        whom: &Q,
        part: u64,
        (seq, number): (i64, u64),
        text: &str,
    ) where
        K: Borrow<Q>,
    {
        if let Some(list) = self.open.get_mut(whom) {
            if list.part == part {
                list.entries.push_str(text);
                (list.last, list.number) = (seq, number);
                return;
            }
            let new = List { part, last: seq, number, entries: text.to_owned() };
            self.ended.push((whom.to_owned(), std::mem::replace(list, new)));
            return;
        }
        self.open.insert(whom.to_owned(), List { part, last: seq, number, entries: text.to_owned() });
    }

    fn take(&mut self, all: bool, limit: usize, (of, last): (Of, &chain::Header), rows: &mut Vec<TrailRow>)
    where
        K: Into<Value>,
    {
        let row = |(whom, list): (K, List)| {
            let (last, own) = (list.last.into(), number(list.number));
            [Value::Word(of.word()), whom.into(), number(list.part), last, own, list.entries.into()]
        };
        let ended = self.ended.len().min(limit - rows.len());
        rows.extend(self.ended.drain(..ended).map(row));
        let left = limit - rows.len();
        let open = self.open.extract_if(|_, list| all || of.is_past(list.part, last.seq));
        rows.extend(open.take(left).map(row));
    }
}
