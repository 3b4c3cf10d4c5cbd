//! Where subjects' streams end, so that a stray makes no row but its own ([`chain::Tail::after`]).

use super::{Link, Projected, Unread};
use crate::ReadModelError;
use crate::engine::{Connection, Row};
use crate::value::{Read, Value};
use chain::{Header, Tail};
use foldhash::HashMap;
use std::borrow::Cow;
use uuid::Uuid;

/// The last part of a subject's trail says where its stream ends.
const TAILS: &str = "SELECT t.whom, t.last, t.number FROM k CROSS JOIN trail t WHERE t.about = 'subject' AND t.whom = k.k1 \
    AND t.part = (SELECT MAX(l.part) FROM trail l WHERE l.about = 'subject' AND l.whom = k.k1)";

/// So many subjects are remembered where they can be read back: a third of a batch's room.
const REMEMBERED_MAX: usize = 1_000_000;

/// The ends of streams, at some 50 bytes each.
#[derive(Default)]
pub(crate) struct Streams {
    /// `None` = the subject has no entry.
    tails: HashMap<[u8; 16], Option<Tail>>,
    /// It began with an empty database: whoever is not here has no entry.
    complete: bool,
}

impl Streams {
    pub(crate) fn new(complete: bool) -> Streams {
        Streams { tails: HashMap::default(), complete }
    }

    /// Subjects of a batch of which it is not known where their streams end.
    pub(crate) fn unknown(&self, links: &[Link<'_>]) -> Vec<[u8; 16]> {
        if self.complete {
            return Vec::new();
        }
        let mut unknown: Vec<_> =
            links.iter().map(|link| link.header.subject).filter(|s| !self.tails.contains_key(s)).collect();
        unknown.sort_unstable();
        unknown.dedup();
        unknown
    }

    /// Reads back where streams end.
    pub(crate) async fn load(
        &mut self,
        unknown: Vec<[u8; 16]>,
        connection: &mut Connection,
    ) -> Result<(), ReadModelError> {
        if self.tails.len() > REMEMBERED_MAX {
            self.tails.clear();
        }
        let keys = unknown.iter().map(|subject| [Value::from(Uuid::from_bytes(*subject))]);
        let rows = connection.fetch_by_keys(TAILS, keys).await?;
        self.tails.extend(unknown.iter().map(|subject| (*subject, None)));
        for row in &rows {
            let (subject, tail) = tail(row)?;
            self.tails.insert(*subject.as_bytes(), Some(tail));
        }
        Ok(())
    }

    /// Takes a batch in, and sorts it: the facts of streams, and the strays. What cannot be read is an error, unless it is
    /// stray: of that nothing is made.
    pub(crate) fn sort<'a>(
        &mut self,
        entries: &'a [Projected],
        unread: &[Unread],
        links: &[Link<'_>],
    ) -> Result<(Cow<'a, [Projected]>, Vec<Header>), ReadModelError> {
        let mut strays = Vec::new();
        for link in links {
            let end = self.tails.entry(link.header.subject).or_default();
            match Tail::after(*end, link.header) {
                Some(tail) => *end = Some(tail),
                None => strays.push(*link.header),
            }
        }
        // In the order of the ledger: whoever writes strays may write many.
        let is_stray = |header: &Header| strays.binary_search_by_key(&header.seq, |stray| stray.seq).is_ok();
        if let Some(unread) = unread.iter().find(|unread| !is_stray(&unread.header)) {
            return Err(ReadModelError::Unread { seq: unread.header.seq, what: unread.why.clone() });
        }
        let facts = match strays.is_empty() {
            true => Cow::Borrowed(entries),
            false => entries.iter().filter(|entry| !is_stray(&entry.header)).cloned().collect(),
        };
        Ok((facts, strays))
    }
}

fn tail(row: &Row) -> Result<(Uuid, Tail), ReadModelError> {
    Ok((row.parsed("whom")?, Tail { seq: row.number("last")?, entries: row.number("number")? }))
}
