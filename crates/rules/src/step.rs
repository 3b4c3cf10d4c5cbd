//! Computations that explain themselves.

use crate::{Missing, Money, NoCalendar, Provision};
use rust_decimal::{Decimal, RoundingStrategy};

/// One step of a computation, as a payroll lawyer would write it down.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// What is worked out, in English.
    pub en: &'static str,
    /// The same in Chinese.
    pub zh: &'static str,
    /// The formula with its figures.
    pub formula: String,
    /// What comes out: an amount in yuan, a number, a date.
    pub result: String,
    /// The provision that says so.
    pub by: &'static Provision,
}

impl Step {
    pub(crate) fn new(
        (en, zh): (&'static str, &'static str),
        formula: impl Into<String>,
        result: impl ToString,
        by: &'static Provision,
    ) -> Step {
        Step { en, zh, formula: formula.into(), result: result.to_string(), by }
    }
}

/// Why a rule gives no figure.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// The law of that day and place is not in our data: somebody has to add it.
    #[error(transparent)]
    Missing(#[from] Missing),
    /// The calendar of a year is not in our data: somebody has to add it.
    #[error(transparent)]
    NoCalendar(#[from] NoCalendar),
    /// What was handed in makes no sense; says what would.
    #[error("{0}")]
    Input(String),
    /// A figure is beyond what can be recorded.
    #[error("a figure is beyond what can be recorded")]
    OutOfRange,
}

impl RuleError {
    pub(crate) fn input(what: impl Into<String>) -> RuleError {
        RuleError::Input(what.into())
    }
}

/// Arithmetic that ends in a [`RuleError`] instead of an option.
impl Money {
    pub(crate) fn plus(self, other: Money) -> Result<Money, RuleError> {
        self.checked_add(other).ok_or(RuleError::OutOfRange)
    }

    pub(crate) fn minus(self, other: Money) -> Result<Money, RuleError> {
        self.checked_sub(other).ok_or(RuleError::OutOfRange)
    }

    /// Half up to the fen.
    pub(crate) fn times(self, factor: Decimal) -> Result<Money, RuleError> {
        Money::of(self.yuan(), factor).ok_or(RuleError::OutOfRange)
    }

    /// Half up to the fen.
    pub(crate) fn divided_by(self, divisor: Decimal) -> Result<Money, RuleError> {
        let yuan = self.yuan().checked_div(divisor).ok_or(RuleError::OutOfRange)?;
        Money::of(yuan, Decimal::ONE).ok_or(RuleError::OutOfRange)
    }

    pub(crate) fn times_count(self, count: i64) -> Result<Money, RuleError> {
        self.fen().checked_mul(count).map(Money::from_fen).ok_or(RuleError::OutOfRange)
    }

    pub(crate) fn or_zero(self) -> Money {
        self.max(Money::ZERO)
    }

    pub(crate) fn sum(amounts: impl IntoIterator<Item = Money>) -> Result<Money, RuleError> {
        Money::checked_sum(amounts).ok_or(RuleError::OutOfRange)
    }
}

/// Half up to `places` decimals.
pub(crate) fn half_up(number: Decimal, places: u32) -> Decimal {
    number.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero)
}

/// `0.03` as `3%`.
pub(crate) fn percent(rate: Decimal) -> String {
    let percent = rate.checked_mul(Decimal::ONE_HUNDRED).unwrap_or_default();
    format!("{}%", percent.normalize())
}
