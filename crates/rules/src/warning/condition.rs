//! Conditions of thresholds, as people write them: `rate < 19/20 and days_left <= 3`.

use super::figures::{Figure, Figures, Ratio};
use crate::RuleError;
use std::fmt;
use std::str::FromStr;

/// How a figure is compared.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Operator {
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    More,
    /// `>=`
    AtLeast,
}

/// A figure, a comparison, and a number.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Condition {
    /// Name of the figure.
    pub figure: String,
    /// How it is compared.
    pub operator: Operator,
    /// With what.
    pub with: Ratio,
}

/// Conditions that must all hold.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Way(pub Vec<Condition>);

/// A text is no condition.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no condition; as in `rate < 19/20 and days_left <= 3`")]
pub struct ConditionError(String);

impl Condition {
    /// Whether it holds. Without a rate no condition on it does; a figure that is missing makes none hold
    /// either (whoever judges asks for what is missing first).
    ///
    /// Errors: nobody gave the figure.
    pub fn holds(&self, figures: &Figures) -> Result<bool, RuleError> {
        let figure = figures.get(&self.figure).ok_or_else(|| {
            RuleError::input(format!("the condition `{self}` needs the figure `{}`", self.figure))
        })?;
        Ok(match figure {
            Figure::NoRate | Figure::Missing(_) => false,
            Figure::Known(ratio) => match self.operator {
                Operator::Less => ratio < self.with,
                Operator::AtMost => ratio <= self.with,
                Operator::More => ratio > self.with,
                Operator::AtLeast => ratio >= self.with,
            },
        })
    }
}

impl Way {
    /// Whether all its conditions hold.
    pub fn holds(&self, figures: &Figures) -> Result<bool, RuleError> {
        for condition in &self.0 {
            if !condition.holds(figures)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl FromStr for Condition {
    type Err = ConditionError;

    fn from_str(text: &str) -> Result<Condition, ConditionError> {
        let not = || ConditionError(text.to_owned());
        let words: Vec<&str> = text.split_whitespace().collect();
        let [figure, operator, number] = words[..] else { return Err(not()) };
        let operator = match operator {
            "<" => Operator::Less,
            "<=" => Operator::AtMost,
            ">" => Operator::More,
            ">=" => Operator::AtLeast,
            _ => return Err(not()),
        };
        let (numerator, denominator) = number.split_once('/').unwrap_or((number, "1"));
        let parts = numerator.parse().ok().zip(denominator.parse().ok());
        let with = parts.and_then(|(n, d)| Ratio::new(n, d)).ok_or_else(not)?;
        Ok(Condition { figure: figure.to_owned(), operator, with })
    }
}

impl FromStr for Way {
    type Err = ConditionError;

    fn from_str(text: &str) -> Result<Way, ConditionError> {
        text.split(" and ").map(str::parse).collect::<Result<Vec<_>, _>>().map(Way)
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let operator = match self.operator {
            Operator::Less => "<",
            Operator::AtMost => "<=",
            Operator::More => ">",
            Operator::AtLeast => ">=",
        };
        write!(f, "{} {operator} {}", self.figure, self.with)
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, condition) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str(" and ")?;
            }
            condition.fmt(f)?;
        }
        Ok(())
    }
}
