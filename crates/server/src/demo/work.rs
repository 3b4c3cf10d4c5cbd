//! Work done: days as the gates of the sites saw them.

use super::cast::{Seat, Stay};
use super::invent::Dice;
use jiff::ToSpan;
use jiff::civil::{Date, date};
use rules::Month;

/// A day on site. Times are `HH:MM`.
pub(super) struct WorkDay {
    pub(super) on: Date,
    /// Tenths of a 工日.
    pub(super) tenths: i64,
    pub(super) first_in: String,
    pub(super) last_out: String,
    /// The gate's record came a month late.
    pub(super) is_late: bool,
}

/// Days on which nobody works: New Year, Spring Festival, Qingming, Labour Day.
const CLOSED: [(Date, Date); 4] = [
    (date(2026, 1, 1), date(2026, 1, 3)),
    (date(2026, 2, 11), date(2026, 2, 25)),
    (date(2026, 4, 5), date(2026, 4, 5)),
    (date(2026, 5, 1), date(2026, 5, 2)),
];

/// Whose last day of which month reaches the books only after the sheet.
pub(super) const LATE: (Seat, i8) = ((51, 1, 3), 3);

/// The days that a worker is on site in a month.
pub(super) fn days(stay: &Stay, month: Month) -> Vec<WorkDay> {
    let (project, crew, place) = stay.seat;
    let dice = &mut Dice::of(&[3, project, crew as u64, place, month.month().unsigned_abs().into()]);
    let closed = |day: Date| CLOSED.iter().any(|(from, to)| (*from..=*to).contains(&day));
    let all = month.first_day().series(1.day()).take_while(|day| *day <= month.last_day());
    let mut days = Vec::new();
    for on in all {
        let (tenths, first_in, last_out) = (dice.below(100), dice.below(40), dice.below(45));
        let (tenths, out_hour) = match tenths {
            0..10 => continue,
            10..15 => (5, 11),
            15..32 => (12, 19),
            _ => (10, 17),
        };
        if closed(on) || on < stay.entered_on || stay.left_on.is_some_and(|last| on > last) {
            continue;
        }
        let (first_in, last_out) = (format!("06:{:02}", first_in + 10), format!("{out_hour}:{last_out:02}"));
        days.push(WorkDay { on, tenths, first_in, last_out, is_late: false });
    }
    if (stay.seat, month.month()) == LATE
        && let Some(last) = days.last_mut()
    {
        (last.tenths, last.last_out, last.is_late) = (10, "17:21".to_owned(), true);
    }
    days
}
