//! Wages owed: the lines of the sheets.

use super::cast::{Seat, Stay, YUAN};
use super::invent::Dice;
use super::work::{self, WorkDay};
use rules::Month;
use std::collections::HashMap;
use wages::PayForm;

/// A line of a sheet. Amounts are in fen.
#[derive(Clone)]
pub(super) struct Line {
    /// Which of the stays.
    pub(super) stay: usize,
    pub(super) month: Month,
    /// Tenths of a 工日.
    pub(super) days: i64,
    pub(super) overtime_hours: i64,
    /// Per unit.
    pub(super) price: i64,
    /// Hundredths of a unit.
    pub(super) quantity: i64,
    pub(super) gross: i64,
    pub(super) loan: i64,
    pub(super) living_cost: i64,
    pub(super) social_insurance: i64,
    pub(super) housing_fund: i64,
    pub(super) income_tax: i64,
    pub(super) other: i64,
    pub(super) note: &'static str,
}

impl Line {
    pub(super) fn deductions(&self) -> i64 {
        let insured = self.social_insurance + self.housing_fund;
        self.loan + self.living_cost + insured + self.income_tax + self.other
    }

    pub(super) fn net(&self) -> i64 {
        self.gross - self.deductions()
    }
}

/// The lines of all sheets, and those of the corrections.
#[derive(Default)]
pub(super) struct Lines {
    pub(super) first: Vec<Line>,
    pub(super) corrected: Vec<Line>,
}

/// Whose loan of which month the sheet shows too high.
const LOAN_TOO_HIGH: (Seat, i8) = ((51, 1, 1), 3);

/// The sheets of all months in order, for tax adds up over the year.
pub(super) fn lines(stays: &[Stay], months: &[Month]) -> Lines {
    let mut lines = Lines::default();
    let mut taxes: HashMap<(&str, &str), YearOfPay> = HashMap::new();
    for month in months {
        for (at, stay) in stays.iter().enumerate() {
            let days = work::days(stay, *month);
            if days.is_empty() {
                continue;
            }
            let starts = stay.entered_on;
            let key = (stay.person.id.as_str(), stay.crew.employer.code);
            let year = taxes.entry(key).or_insert_with(|| YearOfPay::starting(Month::of(starts)));
            let (mut line, corrected) = line(at, stay, *month, &days);
            line.income_tax = year.tax(&line);
            let mut in_force = line.clone();
            if let Some(mut corrected) = corrected {
                corrected.income_tax = year.tax(&corrected);
                in_force = corrected.clone();
                lines.corrected.push(corrected);
            }
            year.take(&in_force);
            lines.first.push(line);
        }
    }
    lines
}

/// One line before tax, and how it is corrected if it is.
fn line(at: usize, stay: &Stay, month: Month, days: &[WorkDay]) -> (Line, Option<Line>) {
    let (project, crew, place) = stay.seat;
    let number = month.month().unsigned_abs().into();
    let dice = &mut Dice::of(&[4, project, crew as u64, place, number]);
    let pieces_percent = dice.between(88, 112);
    let (loan, living_cost, other) = (dice.below(14), dice.below(9), dice.below(30));
    let monthly = stay.terms.pay_form == PayForm::Monthly;
    let mut line = Line {
        stay: at,
        month,
        days: 0,
        overtime_hours: 0,
        price: stay.terms.price,
        quantity: 0,
        gross: 0,
        loan: 0,
        living_cost: 0,
        social_insurance: if monthly { 525 * YUAN } else { 0 },
        housing_fund: if monthly && crew == 1 { 264 * YUAN } else { 0 },
        income_tax: 0,
        other: 0,
        note: "",
    };
    line.count(stay, days.iter().filter(|day| !day.is_late), pieces_percent);
    if line.gross > 4_000 * YUAN {
        line.loan = match loan {
            0 => 1_000 * YUAN,
            1 => 500 * YUAN,
            _ => 0,
        };
        line.living_cost = if living_cost == 0 { 300 * YUAN } else { 0 };
        (line.other, line.note) = if other == 0 { (4_650, "代扣水电费") } else { (0, "") };
    }
    if (stay.seat, month.month()) == LOAN_TOO_HIGH {
        line.loan = 1_000 * YUAN;
        let corrected = Line { loan: 500 * YUAN, note: "更正：借支多记500元", ..line.clone() };
        return (line, Some(corrected));
    }
    if !days.iter().any(|day| day.is_late) {
        return (line, None);
    }
    let mut corrected = Line { note: "更正：补记1工日", ..line.clone() };
    corrected.count(stay, days.iter(), pieces_percent);
    (line, Some(corrected))
}

impl Line {
    /// Days, quantity and gross pay, half up to the fen.
    fn count<'d>(&mut self, stay: &Stay, days: impl Iterator<Item = &'d WorkDay>, pieces_percent: i64) {
        (self.days, self.overtime_hours) = days
            .fold((0, 0), |(sum, long), day| (sum + day.tenths, long + if day.tenths > 10 { 2 } else { 0 }));
        self.quantity = match stay.terms.pay_form {
            // From 21 days on the whole month; else by the 26 days that a month counts.
            PayForm::Monthly if self.days >= 210 => 100,
            PayForm::Monthly => (self.days * 100 + 130) / 260,
            PayForm::Piece => self.days * stay.crew.pieces_a_day * pieces_percent / 1_000,
            PayForm::Daily | PayForm::Hourly | PayForm::LumpSum => self.days * 10,
        };
        self.gross = (self.price * self.quantity + 50) / 100;
    }
}

/// What a worker had from one employer in the year: tax on wages adds up (STA Announcement 2018 No. 61
/// art. 6). The pay month is the month after the wage month.
struct YearOfPay {
    since: Month,
    income: i64,
    insured: i64,
    withheld: i64,
}

impl YearOfPay {
    fn starting(since: Month) -> YearOfPay {
        YearOfPay { since, income: 0, insured: 0, withheld: 0 }
    }

    /// Tax to withhold with a line.
    fn tax(&self, line: &Line) -> i64 {
        let months = i64::from(line.month.next().month()) - i64::from(self.since.month()) + 1;
        let insured = self.insured + line.social_insurance + line.housing_fund;
        let base = (self.income + line.gross - insured - 5_000 * YUAN * months).max(0);
        let (percent, less) = if base <= 36_000 * YUAN { (3, 0) } else { (10, 2_520 * YUAN) };
        ((base * percent + 50) / 100 - less - self.withheld).max(0)
    }

    fn take(&mut self, line: &Line) {
        self.income += line.gross;
        self.insured += line.social_insurance + line.housing_fund;
        self.withheld += line.income_tax;
    }
}
