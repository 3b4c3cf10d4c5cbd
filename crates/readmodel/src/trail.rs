//! Audit trails: which entries concern whom, in ledger order.
//!
//! A trail is kept as lists, not as rows: a row an entry, with an index for each of the three ways to ask, was most of what
//! a read model held and half of what making it took. Pages and courts read the entries themselves; of each the list has
//! what is filtered by.

use crate::arrears::sql;
use crate::engine::Connection;
use crate::value::{Read, Value};
use crate::{ReadModel, ReadModelError};
use jiff::civil::Date;
use rules::Month;
use uuid::Uuid;
use wages::{CreditCode, Event, ProjectCode};

/// Whom an audit trail is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// A project: everything that names it, its workers' entries included.
    Project(ProjectCode),
    /// An employer: everything that names it. Days worked name no employer and stand in the project's and
    /// the worker's trails only.
    Employer(CreditCode),
    /// A worker, or any other subject: his own stream.
    Subject(Uuid),
}

/// An entry in an audit trail; what it says stands in the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditRow {
    /// The entry.
    pub seq: u64,
    /// Type of the fact, as in `payment.recorded`.
    pub type_name: &'static str,
    /// The month that it is about, where it is about one.
    pub month: Option<Month>,
    /// When it happened, where the fact says a day; of several days the last.
    pub occurred_on: Option<Date>,
}

/// The first column of `trail`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Of {
    Project,
    Employer,
    Subject,
}

/// Entries of the ledger in one part of a project's or an employer's trail.
const PART: u64 = 1 << 10;
/// Of a subject's: few rows for a worker, and none that grows for ever.
const SUBJECT_PART: u64 = 1 << 22;
/// Entries of one subject in one part.
const OWN_PART: u64 = 1 << 8;
/// Beyond any sequence, so that the numbers of parts fit.
const SEQ_MAX: u64 = 1 << 52;
/// Where a subject's own count begins in the number of a part.
const OWN_BITS: u32 = 32;

impl Of {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Of::Project => "project",
            Of::Employer => "employer",
            Of::Subject => "subject",
        }
    }

    /// The part of a trail in which an entry stands: a pure function of the entry, and growing with its sequence.
    pub(crate) fn part(self, header: &chain::Header) -> u64 {
        match self {
            Of::Project | Of::Employer => header.seq / PART,
            Of::Subject => {
                ((header.seq / SUBJECT_PART) << OWN_BITS)
                    | (header.subject_seq / OWN_PART).min((1 << OWN_BITS) - 1)
            }
        }
    }

    /// Whether entries after this sequence are in later parts.
    pub(crate) fn is_past(self, part: u64, seq: u64) -> bool {
        part < self.parts_of(seq).0
    }

    /// The first and last part that the entry with this sequence can be in.
    fn parts_of(self, seq: u64) -> (u64, u64) {
        let seq = seq.min(SEQ_MAX);
        match self {
            Of::Project | Of::Employer => (seq / PART, seq / PART),
            Of::Subject => {
                let first = (seq / SUBJECT_PART) << OWN_BITS;
                (first, first | ((1 << OWN_BITS) - 1))
            }
        }
    }
}

/// Numbers are written with these, the least first, so that text sorts as they do.
const DIGITS: &[u8; 64] = b"-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
/// Characters of an entry: of its type's number, its sequence, its month and its day.
const WIDTHS: [usize; 4] = [2, 6, 3, 4];
/// Characters of an entry.
pub(crate) const WIDTH: usize = 15;
/// Day 0 is none, this one 1970-01-01: every day that there is has a number.
const EPOCH: i64 = 8_000_000;

impl AuditRow {
    /// Adds it to a list.
    pub(crate) fn write(&self, list: &mut String) -> Option<()> {
        let kind = Event::TYPES.iter().find(|kind| kind.name == self.type_name)?.number;
        let month = self.month.map_or(Some(0), |month| {
            u64::try_from(i64::from(month.year()) * 12 + i64::from(month.month())).ok()
        })?;
        let day = self.occurred_on.map_or(Some(0), |day| {
            let days = jiff::civil::date(1970, 1, 1).until(day).ok()?.get_days();
            u64::try_from(i64::from(days) + EPOCH).ok()
        })?;
        for (number, width) in [kind.into(), self.seq, month, day].into_iter().zip(WIDTHS) {
            digits(number, width, list)?;
        }
        Some(())
    }

    fn read(text: &[u8]) -> Option<AuditRow> {
        let mut rest = text;
        let mut numbers = [0; 4];
        for (number, width) in numbers.iter_mut().zip(WIDTHS) {
            let (digits, after) = rest.split_at_checked(width)?;
            (*number, rest) = (value(digits)?, after);
        }
        let [kind, seq, month, day] = numbers;
        let type_name = Event::TYPES.iter().find(|known| u64::from(known.number) == kind)?.name;
        let month = match month {
            0 => None,
            // Of months 1 to 12, so that December belongs to its own year.
            n => Some(month_of(n)?),
        };
        let occurred_on = match day {
            0 => None,
            n => {
                let days = i64::try_from(n).ok()? - EPOCH;
                Some(jiff::civil::date(1970, 1, 1).checked_add(jiff::Span::new().try_days(days).ok()?).ok()?)
            }
        };
        Some(AuditRow { seq, type_name, month, occurred_on })
    }
}

fn month_of(number: u64) -> Option<Month> {
    let (year, month) = ((number - 1) / 12, (number - 1) % 12 + 1);
    Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, 1).ok().map(Month::of)
}

fn digits(number: u64, width: usize, list: &mut String) -> Option<()> {
    for place in (0..width).rev() {
        let digit = (number >> (6 * place)) & 63;
        list.push(char::from(*DIGITS.get(usize::try_from(digit).ok()?)?));
    }
    (number >> (6 * width) == 0).then_some(())
}

fn value(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0, |number, digit| {
        let digit = DIGITS.binary_search(digit).ok()?;
        Some((number << 6) | u64::try_from(digit).ok()?)
    })
}

/// What a list says.
fn read(text: &str) -> Result<Vec<AuditRow>, ReadModelError> {
    let rows: Option<Vec<_>> = text.as_bytes().chunks(WIDTH).map(AuditRow::read).collect();
    rows.ok_or_else(|| ReadModelError::damaged("trail.entries", text.get(..WIDTH).unwrap_or(text)))
}

/// Parts that are read at first, and at most, at once.
const PARTS: u32 = 4;
const PARTS_MAX: u32 = 64;

/// A trail read part by part, in one direction.
struct Walk {
    of: Of,
    whom: Value,
    /// The part that comes next, at the earliest or (backwards) at the latest.
    part: u64,
    backwards: bool,
    parts: u32,
    ended: bool,
}

impl Walk {
    /// From the part of an entry on, or back.
    fn from(of: Of, whom: Value, seq: u64, backwards: bool) -> Walk {
        let (first, last) = of.parts_of(seq);
        let part = if backwards { last } else { first };
        Walk { of, whom, part, backwards, parts: PARTS, ended: false }
    }

    /// The entries of the next parts, in the walk's direction; `None` = there are no more.
    async fn next(&mut self, tx: &mut Connection) -> Result<Option<Vec<AuditRow>>, ReadModelError> {
        if self.ended {
            return Ok(None);
        }
        let sql = if self.backwards { sql!("trail_before") } else { sql!("trail") };
        let part = i64::try_from(self.part).unwrap_or(i64::MAX);
        let values = vec![Value::Word(self.of.word()), self.whom.clone(), part.into(), self.parts.into()];
        let rows = tx.fetch(sql, values).await?;
        let mut entries = Vec::new();
        for row in &rows {
            let mut of_part = read(&row.text("entries")?)?;
            if self.backwards {
                of_part.reverse();
            }
            entries.extend(of_part);
            let part: u64 = row.number("part")?;
            let next = if self.backwards { part.checked_sub(1) } else { part.checked_add(1) };
            match next {
                Some(next) => self.part = next,
                None => self.ended = true,
            }
        }
        self.ended |= u32::try_from(rows.len()).is_ok_and(|count| count < self.parts);
        self.parts = (self.parts * 4).min(PARTS_MAX);
        Ok(Some(entries))
    }
}

/// The entries of a trail that come after one, or (backwards) before it, in the order of the walk: those that `keep`
/// says, at most `limit` of them.
pub(crate) async fn walk(
    tx: &mut Connection,
    (of, whom): (Of, Value),
    from: u64,
    backwards: bool,
    limit: usize,
    keep: impl Fn(&AuditRow) -> bool,
) -> Result<Vec<AuditRow>, ReadModelError> {
    let mut walk = Walk::from(of, whom, from, backwards);
    let beyond = |row: &AuditRow| if backwards { row.seq < from } else { row.seq > from };
    let mut found = Vec::new();
    while found.len() < limit
        && let Some(entries) = walk.next(tx).await?
    {
        found.extend(entries.into_iter().filter(|row| beyond(row) && keep(row)));
    }
    found.truncate(limit);
    Ok(found)
}

impl ReadModel {
    /// The entries about somebody after sequence `after`, at most `limit` of them, in ledger order: the next
    /// page begins after the last row's `seq`.
    pub async fn audit(
        &self,
        about: &About,
        after: u64,
        limit: u32,
    ) -> Result<Vec<AuditRow>, ReadModelError> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        walk(&mut self.read().await?, about.key(), after, false, limit, |_| true).await
    }

    /// How many entries there are about somebody between two sequences, counted up to `limit`.
    pub async fn audit_count(
        &self,
        about: &About,
        after: u64,
        before: u64,
        limit: u32,
    ) -> Result<u64, ReadModelError> {
        let (of, whom) = about.key();
        let (tx, mut walk) = (&mut self.read().await?, Walk::from(of, whom, after, false));
        let mut count = 0;
        while count < u64::from(limit)
            && let Some(entries) = walk.next(tx).await?
        {
            let own = entries.iter().filter(|row| row.seq > after && row.seq < before).count();
            count += u64::try_from(own).unwrap_or(u64::MAX);
            if entries.last().is_some_and(|row| row.seq >= before) {
                break;
            }
        }
        Ok(count.min(limit.into()))
    }

    /// The last entries about somebody before sequence `before`, at most `limit` of them, the latest first.
    pub async fn audit_before(
        &self,
        about: &About,
        before: u64,
        limit: u32,
    ) -> Result<Vec<AuditRow>, ReadModelError> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        walk(&mut self.read().await?, about.key(), before, true, limit, |_| true).await
    }

    /// The entry that follows entry `seq` on a subject's stream.
    pub async fn entry_after(&self, subject: Uuid, seq: u64) -> Result<Option<u64>, ReadModelError> {
        Ok(self.audit(&About::Subject(subject), seq, 1).await?.first().map(|row| row.seq))
    }

    /// The entries that say something of a worker's month: of its days and wages, and of the man, his stays and his
    /// contracts. Asked when his tax and arrears are explained to him and to his lawyer.
    pub async fn entries_of_month(&self, worker: Uuid, month: Month) -> Result<Vec<u64>, ReadModelError> {
        // Days are recorded under the month of the first.
        let before = Month::of(month.first_day().yesterday().unwrap_or(month.first_day()));
        let says = |row: &AuditRow| {
            row.month == Some(month)
                || match row.type_name {
                    "work.recorded" | "work.corrected" => row.month == Some(before),
                    "worker.registered" | "site.entered" | "site.left" => true,
                    other => other.starts_with("contract."),
                }
        };
        let whom = About::Subject(worker).key();
        let rows = walk(&mut self.read().await?, whom, 0, false, usize::MAX, says).await?;
        Ok(rows.into_iter().map(|row| row.seq).collect())
    }
}

impl About {
    fn key(&self) -> (Of, Value) {
        match self {
            About::Project(code) => (Of::Project, code.as_str().into()),
            About::Employer(code) => (Of::Employer, code.as_str().into()),
            About::Subject(subject) => (Of::Subject, (*subject).into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use wages::EventType;

    fn header(seq: u64, subject_seq: u64) -> chain::Header {
        chain::Header {
            kind: chain::Kind::Subject,
            seq,
            recorded_at: 1,
            prev: chain::Hash([0; 32]),
            body_digest: chain::Hash([0; 32]),
            subject: [0; 16],
            subject_seq,
            subject_prev: 0,
            command_id: [0; 16],
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let (first, last) = (date(-9999, 1, 1), date(9999, 12, 31));
        let mut list = String::new();
        let mut rows = Vec::new();
        for (at, EventType { name: type_name, .. }) in (1..).zip(Event::TYPES) {
            for occurred_on in
                [None, Some(first), Some(date(1969, 12, 31)), Some(date(2026, 4, 1)), Some(last)]
            {
                for month in [None, Month::new(1900, 1), Month::new(2025, 12), Month::new(9999, 12)] {
                    rows.push(AuditRow { seq: at, type_name, month, occurred_on });
                }
            }
        }
        rows.push(AuditRow { seq: (1 << 36) - 1, ..rows[0] });
        for row in &rows {
            row.write(&mut list).unwrap();
        }
        assert_eq!(list.len(), rows.len() * WIDTH);
        assert_eq!(read(&list).unwrap(), rows);
        assert_eq!(AuditRow { seq: 1 << 36, ..rows[0] }.write(&mut String::new()), None);
        assert_eq!(AuditRow { type_name: "sung", ..rows[0] }.write(&mut String::new()), None);
        for bad in ["-", "é2345678901234", &"z".repeat(WIDTH), &"-".repeat(WIDTH + 1)] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn digits_sort_as_numbers_do() {
        let text = |number| {
            let mut text = String::new();
            digits(number, 6, &mut text).map(|()| text)
        };
        let numbers = [0, 1, 63, 64, 65, 4_095, 4_096, 1 << 30, (1 << 36) - 1];
        let texts: Vec<String> = numbers.iter().map(|number| text(*number).unwrap()).collect();
        assert!(texts.is_sorted(), "{texts:?}");
        let back: Vec<u64> = texts.iter().map(|text| value(text.as_bytes()).unwrap()).collect();
        assert_eq!(back, numbers);
    }

    #[test]
    fn parts_grow_with_the_sequence() {
        let entries = [(1, 1), (2, 255), (3, 256), (1 << 22, 257), ((1 << 22) + 5, 1_000_000)];
        for of in [Of::Project, Of::Employer, Of::Subject] {
            let parts: Vec<u64> = entries.iter().map(|(seq, own)| of.part(&header(*seq, *own))).collect();
            assert!(parts.is_sorted(), "{parts:?}");
            for ((seq, _), part) in entries.iter().zip(&parts) {
                let (first, last) = of.parts_of(*seq);
                assert!((first..=last).contains(part), "{of:?} {seq}");
                assert!(!of.is_past(*part, *seq) && of.is_past(*part, 1 << 40), "{of:?} {seq}");
            }
            assert!(i64::try_from(of.parts_of(u64::MAX).1).is_ok());
        }
    }
}
