//! What is still owed, and since when.

use crate::Money;
use jiff::civil::Date;

/// A wage line as allocation sees it. Lines of one call belong to one project, employer, worker and wage
/// month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DueLine {
    /// Adjusted due date; unknown when a calendar is missing, and then last in the order.
    pub due_on: Option<Date>,
    /// Net pay of the version in force. A line of nothing or less takes nothing.
    pub net: Money,
    /// Place in the ledger of the line's first version.
    pub recorded: u64,
}

/// Which of a worker's lines of one month a payment settles: the one due first, then the larger net pay, then
/// the one recorded first, each up to its net pay. (No law orders lines of one month and employer; this
/// order is the worker's gain: the oldest and largest debts close first.)
///
/// `paid` is what was paid in all: single payments have no order. Gives what each line got, in the order of
/// `lines`, and what is over. What is over is never moved to another month or worker.
pub fn allocate(paid: Money, lines: &[DueLine]) -> (Vec<Money>, Money) {
    let mut order: Vec<(usize, &DueLine)> = lines.iter().enumerate().collect();
    order.sort_by_key(|(_, line)| {
        (line.due_on.is_none(), line.due_on, std::cmp::Reverse(line.net), line.recorded)
    });
    let mut shares = vec![Money::ZERO; lines.len()];
    let mut left = paid.max(Money::ZERO);
    for (at, line) in order {
        let share = left.min(line.net.max(Money::ZERO));
        left = left.checked_sub(share).unwrap_or_default();
        if let Some(slot) = shares.get_mut(at) {
            *slot = share;
        }
    }
    (shares, left)
}

/// How long something has been owed. The edges: 30 days is one pay cycle and the longest cycle of labour-cost
/// transfers (Decree 724 art. 24), 90 days the three months of the criminal test (SPC 法释〔2013〕3号 art. 3),
/// 365 the year in which arbitration can be asked for after employment ended (Labour Dispute Law art. 27).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Bucket {
    /// 1 to 7 days.
    Days1To7,
    /// 8 to 15 days.
    Days8To15,
    /// 16 to 30 days.
    Days16To30,
    /// 31 to 60 days.
    Days31To60,
    /// 61 to 90 days.
    Days61To90,
    /// 91 to 180 days.
    Days91To180,
    /// 181 to 365 days.
    Days181To365,
    /// More than 365 days.
    Over365,
}

impl Bucket {
    /// From the youngest to the oldest.
    pub const ALL: [Bucket; 8] = [
        Bucket::Days1To7,
        Bucket::Days8To15,
        Bucket::Days16To30,
        Bucket::Days31To60,
        Bucket::Days61To90,
        Bucket::Days91To180,
        Bucket::Days181To365,
        Bucket::Over365,
    ];

    /// The bucket of so many days overdue; `None` when nothing is overdue (0 or less).
    pub fn of(days_overdue: i64) -> Option<Bucket> {
        Bucket::ALL.into_iter().rev().find(|bucket| days_overdue >= bucket.first_day())
    }

    /// The least number of days overdue that falls into it.
    pub fn first_day(self) -> i64 {
        match self {
            Bucket::Days1To7 => 1,
            Bucket::Days8To15 => 8,
            Bucket::Days16To30 => 16,
            Bucket::Days31To60 => 31,
            Bucket::Days61To90 => 61,
            Bucket::Days91To180 => 91,
            Bucket::Days181To365 => 181,
            Bucket::Over365 => 366,
        }
    }

    /// As people and files write it: `16-30`, `>365`.
    pub fn label(self) -> &'static str {
        match self {
            Bucket::Days1To7 => "1-7",
            Bucket::Days8To15 => "8-15",
            Bucket::Days16To30 => "16-30",
            Bucket::Days31To60 => "31-60",
            Bucket::Days61To90 => "61-90",
            Bucket::Days91To180 => "91-180",
            Bucket::Days181To365 => "181-365",
            Bucket::Over365 => ">365",
        }
    }
}

/// Calendar days from the adjusted due date to the day asked about; 0 or less when nothing is late yet. Late
/// is from the day after the due date on (Decree 724 arts 3, 12, 14: the law knows no grace).
pub fn days_overdue(as_of: Date, due_on: Date) -> i64 {
    due_on.duration_until(as_of).as_hours() / 24
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    fn line(day: i8, fen: i64, recorded: u64) -> DueLine {
        DueLine { due_on: Some(date(2026, 4, day)), net: Money::from_fen(fen), recorded }
    }

    fn shares(paid: i64, lines: &[DueLine]) -> (Vec<i64>, i64) {
        let (shares, over) = allocate(Money::from_fen(paid), lines);
        (shares.into_iter().map(Money::fen).collect(), over.fen())
    }

    #[test]
    fn order_of_lines() {
        // due first, whatever its size
        assert_eq!(shares(150, &[line(15, 500, 1), line(10, 100, 2)]), (vec![50, 100], 0));
        // then the larger
        assert_eq!(shares(150, &[line(10, 100, 1), line(10, 120, 2)]), (vec![30, 120], 0));
        // then the one recorded first
        assert_eq!(shares(150, &[line(10, 100, 9), line(10, 100, 2)]), (vec![50, 100], 0));
        // what is over is over; lines of nothing or less take nothing
        assert_eq!(
            shares(500, &[line(10, 100, 1), line(10, 0, 2), line(10, -50, 3)]),
            (vec![100, 0, 0], 400)
        );
        // an unknown due date comes last
        let unknown = DueLine { due_on: None, ..line(1, 900, 1) };
        assert_eq!(shares(150, &[unknown, line(28, 100, 2)]), (vec![50, 100], 0));
        assert_eq!(shares(7, &[]), (vec![], 7));
    }

    #[test]
    fn buckets() {
        for (days, label) in [
            (0, None),
            (-3, None),
            (1, Some("1-7")),
            (7, Some("1-7")),
            (8, Some("8-15")),
            (15, Some("8-15")),
            (16, Some("16-30")),
            (30, Some("16-30")),
            (31, Some("31-60")),
            (61, Some("61-90")),
            (90, Some("61-90")),
            (91, Some("91-180")),
            (180, Some("91-180")),
            (181, Some("181-365")),
            (365, Some("181-365")),
            (366, Some(">365")),
            (4000, Some(">365")),
        ] {
            assert_eq!(Bucket::of(days).map(Bucket::label), label, "{days}");
        }
        assert!(Bucket::ALL.is_sorted());
    }

    #[test]
    fn overdue_from_the_day_after() {
        let overdue = |d| days_overdue(d, date(2026, 2, 14));
        assert_eq!(overdue(date(2026, 2, 14)), 0);
        assert_eq!(overdue(date(2026, 2, 15)), 1);
        assert_eq!(overdue(date(2026, 3, 31)), 45);
        assert_eq!(overdue(date(2026, 2, 1)), -13);
    }

    proptest! {
        /// Nothing is lost, no line gets more than its net pay, and the order in which lines or payments are
        /// handed in changes nothing.
        #[test]
        fn allocation(
            nets in prop::collection::vec((1i8..28, -1_000i64..100_000), 0..6),
            payments in prop::collection::vec(0i64..100_000, 0..6),
            turn in 0usize..6,
        ) {
            let mut lines: Vec<_> =
                nets.iter().zip(1..).map(|((day, net), seq)| line(*day, *net, seq)).collect();
            let paid: i64 = payments.iter().sum();
            let (got, over) = shares(paid, &lines);
            prop_assert_eq!(got.iter().sum::<i64>() + over, paid);
            for (share, line) in got.iter().zip(&lines) {
                prop_assert!(*share >= 0 && *share <= line.net.fen().max(0));
            }
            // Something is over only when every line is full.
            prop_assert!(over == 0 || got.iter().zip(&lines).all(|(s, l)| *s == l.net.fen().max(0)));

            let by_payment = payments.iter().rev().sum::<i64>();
            prop_assert_eq!(by_payment, paid);
            let at = turn % lines.len().max(1);
            lines.rotate_left(at);
            let mut turned = shares(paid, &lines).0;
            turned.rotate_right(at);
            prop_assert_eq!(turned, got);
        }
    }
}
