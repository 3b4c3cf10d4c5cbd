//! Figures of the indicators about accounts and payments: I01, I02, I07.

use super::figures::{Figure, Figures};
use crate::{Missing, Money, Pack, Region, RuleError};
use jiff::civil::Date;

/// I01, account cover. In yuan; each amount as of the day asked about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AccountCover {
    /// Balance of the dedicated account, and the day of the statement line that says so; `None` without one.
    pub balance: Option<(Money, Date)>,
    /// What is outstanding of overdue lines.
    pub overdue: Money,
    /// What is outstanding of lines due from today to the next pay date, both counted; `None` when there is no
    /// line yet for the wage month of the next pay date.
    pub coming: Option<Money>,
    /// The project's next pay date, today included; `None` when no calendar tells it.
    pub next_pay_date: Option<Date>,
}

impl AccountCover {
    /// Figures `rate` = balance / (overdue + coming) and `days_left` to the next pay date, 0 when the balance is
    /// below what is overdue already.
    pub fn figures(&self, region: Region, as_of: Date) -> Result<Figures, RuleError> {
        let max_age = Pack::china().count("warning.statement_max_age", region, as_of)?.value;
        let Some((balance, of)) = self.balance else {
            return Ok(missing("rate", "no statement line of the dedicated account"));
        };
        if days(of, as_of) > max_age {
            return Ok(missing("rate", "the last statement line is too old to say anything about today"));
        }
        let short_today = balance < self.overdue;
        if self.coming.is_none() && !short_today {
            return Ok(missing("rate", "no wage sheet yet for the next pay date"));
        }
        let need = self.overdue.plus(self.coming.unwrap_or_default())?;
        let days_left = match (short_today, self.next_pay_date) {
            (true, _) => Figure::whole(0),
            (false, Some(date)) => Figure::whole(days(as_of, date).max(0)),
            (false, None) => Figure::Missing("the next pay date is not known"),
        };
        let rate = Figure::money_rate(balance, need);
        Ok(Figures::new().with("rate", rate).with_daily("days_left", days_left, -1))
    }
}

/// I02, labour-cost transfer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LabourCostTransfer {
    /// Labour cost received in the last full calendar month; `None` when no statement line of that month exists.
    pub received: Option<Money>,
    /// Labour cost agreed for a month; `None` when it is not known.
    pub agreed: Option<Money>,
    /// Day of the last transfer of labour cost.
    pub last_transfer: Option<Date>,
    /// Start of work, from which days are counted when nothing was ever transferred.
    pub started_on: Option<Date>,
}

impl LabourCostTransfer {
    /// Figures `rate` = received / agreed and `days_since` the last transfer.
    pub fn figures(&self, as_of: Date) -> Figures {
        let rate = match (self.received, self.agreed) {
            (None, _) => Figure::Missing("no statement line of the month"),
            (_, None) => Figure::Missing("no agreed amount of labour cost"),
            (Some(received), Some(agreed)) => Figure::money_rate(received, agreed),
        };
        let since = match self.last_transfer.or(self.started_on) {
            Some(day) => Figure::whole(days(day, as_of)),
            None => Figure::Missing("neither a transfer nor the start of work is known"),
        };
        Figures::new().with("rate", rate).with_daily("days_since", since, 1)
    }
}

/// I07: `from_account`, what was paid from the dedicated account in the window, of `all` that was paid. Unknown
/// when nothing was.
pub fn paid_rate(from_account: Money, all: Money) -> Figures {
    match Figure::money_rate(from_account, all) {
        Figure::NoRate => missing("rate", "nothing was paid in the window"),
        rate @ (Figure::Known(_) | Figure::Missing(_)) => Figures::new().with("rate", rate),
    }
}

pub(super) fn missing(name: &'static str, why: &'static str) -> Figures {
    Figures::new().with(name, Figure::Missing(why))
}

/// Calendar days from one day to another.
pub(super) fn days(from: Date, to: Date) -> i64 {
    i64::from(from.until(to).unwrap_or_default().get_days())
}

/// A day's parameter of early warning, or why there is none.
pub(super) fn count(name: &str, region: Region, day: Date) -> Result<i64, Missing> {
    Ok(Pack::china().count(name, region, day)?.value)
}
