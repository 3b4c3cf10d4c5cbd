//! What early warning needs of one month on one project: sums, and every worker and line that is an exception. A pure
//! function of the entries, kept as one row, so that a day is judged by reading some kilobytes a project.
//!
//! What has a day of its own keeps it, so that one row answers for every day that may be asked about. Amounts in fen.

use super::doubts::Doubts;
use crate::late::Span;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;
use uuid::Uuid;
use uuid::fmt::Simple;

/// Days of a month: bit 0 = the 1st.
pub(crate) type DayMask = u32;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SiteMonth {
    /// Days on which anybody worked.
    pub(crate) days: DayMask,
    /// Workers with days of work.
    pub(crate) attendees: u32,
    /// Of these, who have no wage line of any employer.
    pub(crate) no_line: Vec<Uuid>,
    /// Days worked without a contract, by worker.
    pub(crate) bare: Vec<Bare>,
    /// Days worked without standing on the roster, by worker.
    pub(crate) unlisted: Vec<(Uuid, DayMask)>,
    /// Wage lines.
    pub(crate) lines: u32,
    /// What is owed, by due day.
    pub(crate) due: Vec<DueDay>,
    /// Lines that were not paid when they were due.
    pub(crate) late: Vec<Late>,
    /// Of each of them, when it can be overdue at all; worked out when it is read.
    #[serde(skip)]
    pub(crate) spans: Vec<Span>,
    /// Lines of which nobody knows when they are due, and which were not paid on the earliest day that it may be.
    pub(crate) undated: Vec<Undated>,
    /// Workers with a line of another employer than the general contractor.
    pub(crate) of_subs: u32,
    /// Of these, all but those who got money on or before the pay day, from the dedicated account alone, and kept it.
    pub(crate) sub_pay: Vec<SubPay>,
    /// Payments of these wages that went through.
    pub(crate) paid: Vec<PaidDay>,
    /// Working days of the month; `None` without a calendar.
    pub(crate) full_month_days: Option<u32>,
    /// Workers with a line and so many days of work.
    pub(crate) full: u32,
    /// Of these, who got less than the minimum wage: worker, gross. `None` where it is not known.
    pub(crate) low: Option<Vec<(Uuid, i64)>>,
    /// What is odd in the month's lines alone.
    pub(crate) odd: Vec<Odd>,
    /// Workers whose gross of the month is more than a twelfth of what is unusual in a year.
    pub(crate) high: Vec<Uuid>,
    /// What detections look at.
    pub(crate) doubts: Doubts,
}

/// Days worked without a contract.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Bare {
    pub(crate) worker: Uuid,
    pub(crate) days: DayMask,
    /// A contract that covers them was signed later, on this day: from then on they are covered.
    pub(crate) until: Option<Date>,
}

/// Lines due on one day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct DueDay {
    pub(crate) on: Date,
    /// Net of all lines.
    pub(crate) net: i64,
    /// By how much it became less (or, with a return, more), and when.
    pub(crate) moves: Vec<(Date, i64)>,
}

/// A line that was not paid when it was due.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Late {
    pub(crate) worker: Uuid,
    pub(crate) employer: String,
    pub(crate) crew: Uuid,
    /// The entry of the version in force.
    pub(crate) version: i64,
    pub(crate) due_on: Date,
    pub(crate) net: i64,
    /// Whether the worker has days of work in the month.
    pub(crate) attends: bool,
    /// Outstanding from a day on; the first day is the one after the due day.
    pub(crate) steps: Vec<(Date, i64)>,
}

/// A line of which nobody knows when it is due, for want of a calendar.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Undated {
    /// The year whose calendar is missing.
    pub(crate) no_calendar: i16,
    /// The line, as if it were due on the earliest day that may be.
    pub(crate) at_earliest: Late,
}

/// Payments to a subcontractor's worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SubPay {
    pub(crate) worker: Uuid,
    /// Entries of his wage lines.
    pub(crate) lines: Vec<i64>,
    pub(crate) payments: Vec<SubPayment>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SubPayment {
    pub(crate) on: Date,
    /// From the dedicated account.
    pub(crate) own: bool,
    pub(crate) returned_on: Option<Date>,
    pub(crate) seq: i64,
}

/// Payments of one day from one account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct PaidDay {
    pub(crate) on: Date,
    pub(crate) employer: String,
    /// Fingerprint of another account than the dedicated one; `None` = the dedicated one.
    pub(crate) other: Option<String>,
    pub(crate) returned_on: Option<Date>,
    pub(crate) amount: i64,
    /// Entries, where it is another account.
    pub(crate) entries: Vec<i64>,
}

/// Something odd, with the entries of the lines.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub(crate) enum Odd {
    /// A worker's gross of the month.
    Month { worker: Uuid, gross: i64, entries: Vec<i64> },
    /// A card of several workers.
    Card { card: String, workers: Vec<Uuid>, entries: Vec<i64> },
    /// One net amount for a whole crew.
    Crew { employer: String, crew: Uuid, net: i64, entries: Vec<i64> },
}

impl Late {
    /// Days on which it becomes overdue, or what is outstanding of it changes.
    pub(crate) fn changes(&self) -> impl Iterator<Item = Date> {
        self.due_on.tomorrow().into_iter().chain(self.steps.iter().map(|(on, _)| *on))
    }

    /// The days on which something is outstanding: from one on until another, which is not among them.
    pub(crate) fn unpaid(&self) -> impl Iterator<Item = (Date, Date)> {
        let ends = self.steps.iter().skip(1).map(|(on, _)| *on).chain([Date::MAX]);
        let steps = self.steps.iter().zip(ends).filter(|((_, fen), _)| *fen > 0);
        steps.map(|((from, _), until)| (*from, until))
    }

    /// What is outstanding on a day after the due day; 0 on the due day and before.
    pub(crate) fn outstanding(&self, as_of: Date) -> i64 {
        self.steps.iter().rev().find(|(from, _)| *from <= as_of).map_or(0, |(_, fen)| *fen)
    }
}

impl DueDay {
    /// What is outstanding on a day.
    pub(crate) fn outstanding(&self, as_of: Date) -> i64 {
        self.net + self.moves.iter().filter(|(on, _)| *on <= as_of).map(|(_, fen)| *fen).sum::<i64>()
    }
}

/// Who worked on which days, as text: `worker:mask`, sorted.
pub(crate) fn write_present(present: &[(Uuid, DayMask)]) -> String {
    let mut text = String::with_capacity(present.len() * (PRESENT_LENGTH + 7));
    for (worker, mask) in present {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(worker.simple().encode_lower(&mut [0; Simple::LENGTH]));
        // Writing into a text cannot fail.
        let _ = write!(text, ":{mask:x}");
    }
    text
}

/// What a worker takes in it at least: his id, a colon, a digit and the space behind it.
const PRESENT_LENGTH: usize = 35;

/// Reads what [`write_present`] writes.
pub(crate) fn read_present(text: &str) -> Option<Vec<(Uuid, DayMask)>> {
    let part = |part: &str| {
        let (worker, mask) = part.split_once(':')?;
        Some((Uuid::try_parse(worker).ok()?, DayMask::from_str_radix(mask, 16).ok()?))
    };
    let mut present = Vec::with_capacity(text.len() / PRESENT_LENGTH + 1);
    for worker in text.split(' ').filter(|p| !p.is_empty()) {
        present.push(part(worker)?);
    }
    Some(present)
}

/// The bit of a day.
pub(crate) fn bit(day: Date) -> DayMask {
    1 << (day.day().unsigned_abs() - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn present_as_text() {
        let present = vec![(Uuid::from_u128(1), 0b101), (Uuid::from_u128(2), DayMask::MAX >> 1)];
        assert_eq!(read_present(&write_present(&present)), Some(present));
        assert_eq!(read_present(""), Some(Vec::new()));
        assert_eq!(read_present("x:1"), None);
    }

    #[test]
    fn outstanding_on_a_day() {
        let steps = vec![(date(2026, 4, 16), 500), (date(2026, 4, 20), 200), (date(2026, 5, 2), 0)];
        let late = Late {
            worker: Uuid::nil(),
            employer: String::new(),
            crew: Uuid::nil(),
            version: 1,
            due_on: date(2026, 4, 15),
            net: 500,
            attends: true,
            steps,
        };
        let on = |m, d| late.outstanding(date(2026, m, d));
        assert_eq!(
            [on(4, 15), on(4, 16), on(4, 19), on(4, 20), on(5, 1), on(5, 2)],
            [0, 500, 500, 200, 200, 0]
        );
        assert_eq!(
            late.unpaid().collect::<Vec<_>>(),
            [(date(2026, 4, 16), date(2026, 4, 20)), (date(2026, 4, 20), date(2026, 5, 2))]
        );
        let due = DueDay { on: date(2026, 4, 15), net: 900, moves: vec![(date(2026, 4, 3), -400)] };
        assert_eq!([due.outstanding(date(2026, 4, 2)), due.outstanding(date(2026, 4, 3))], [900, 500]);
    }
}
