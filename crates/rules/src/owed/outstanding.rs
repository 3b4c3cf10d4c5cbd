//! What is still owed on a wage line, step by step.

use crate::{Missing, Money, Pack, RuleError, Step, days_overdue};
use jiff::civil::Date;

/// A wage line with what was paid on it, in yuan.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OpenLine {
    /// Gross pay.
    pub gross: Money,
    /// Lawful deductions, all together.
    pub deductions: Money,
    /// Advances and living costs that were paid before.
    pub advances: Money,
    /// Net pay as the sheet shows it.
    pub net: Money,
    /// What was paid for the month, by and with the day asked about.
    pub paid: Money,
    /// What of it this line got ([`crate::allocate`]).
    pub taken: Money,
}

/// What is owed on a line as of a day, and since when it is late.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Outstanding {
    /// Net less what the line got.
    pub amount: Money,
    /// Days since the due day; 0 while nothing is late.
    pub days_overdue: i64,
    /// How it comes about.
    pub steps: Vec<Step>,
}

impl OpenLine {
    /// What is owed as of a day on a line due on `due_on`.
    pub fn outstanding(&self, due_on: Date, as_of: Date) -> Result<Outstanding, RuleError> {
        let rule = |name| -> Result<_, Missing> { Pack::china().rule(name, as_of) };
        let amount = self.net.minus(self.taken)?.or_zero();
        let late = if amount > Money::ZERO { days_overdue(as_of, due_on).max(0) } else { 0 };
        let steps = vec![
            Step::new(
                ("net = gross - lawful deductions", "实发＝应发－法定扣款"),
                format!("{} - {}", self.gross, self.deductions),
                self.gross.minus(self.deductions)?,
                rule("wage.deduction.lawful")?,
            ),
            Step::new(
                ("less advances, which are part payments", "减已支付的借支、生活费"),
                format!("{} - {}", self.gross.minus(self.deductions)?, self.advances),
                self.net,
                rule("wage.advance")?,
            ),
            Step::new(
                ("what this line got of what was paid for the month", "本笔工资分得的付款"),
                self.paid.to_string(),
                self.taken,
                rule("wage.due.allocation")?,
            ),
            Step::new(
                ("outstanding = net - paid, not below zero", "未付＝实发－已付（不小于零）"),
                format!("{} - {}", self.net, self.taken),
                amount,
                rule("wage.due.agreed")?,
            ),
            Step::new(
                ("days overdue: late from the day after the due day", "拖欠天数（应支付日期次日起算）"),
                format!("{due_on} → {as_of}"),
                late,
                rule("wage.due.no_grace")?,
            ),
        ];
        Ok(Outstanding { amount, days_overdue: late, steps })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn what_is_left_of_a_line() {
        let money = |text: &str| text.parse::<Money>().unwrap();
        let line = OpenLine {
            gross: money("10000.00"),
            deductions: money("123.45"),
            advances: money("1000.00"),
            net: money("8876.55"),
            paid: money("2000.00"),
            taken: money("2000.00"),
        };
        let due = date(2026, 4, 15);
        for (taken, as_of, amount, days) in [
            ("2000.00", date(2026, 4, 15), "6876.55", 0),
            ("2000.00", date(2026, 4, 16), "6876.55", 1),
            ("8876.55", date(2026, 6, 30), "0.00", 0),
            ("0.00", date(2026, 4, 1), "8876.55", 0),
        ] {
            let left = OpenLine { taken: money(taken), ..line }.outstanding(due, as_of).unwrap();
            assert_eq!((left.amount, left.days_overdue), (money(amount), days), "{taken} {as_of}");
            assert_eq!(left.steps[1].result, "8876.55");
        }
    }
}
