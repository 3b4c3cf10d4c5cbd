//! Figures that indicators are judged by: exact fractions, each perhaps not known.

use crate::Money;
use std::cmp::Ordering;
use std::fmt;

/// An exact fraction; the denominator is more than 0.
#[derive(Clone, Copy, Debug)]
pub struct Ratio {
    numerator: i64,
    denominator: i64,
}

impl Ratio {
    /// `None` unless the denominator is more than 0.
    pub fn new(numerator: i64, denominator: i64) -> Option<Ratio> {
        (denominator > 0).then_some(Ratio { numerator, denominator })
    }

    /// A whole number.
    pub const fn whole(number: i64) -> Ratio {
        Ratio { numerator: number, denominator: 1 }
    }

    /// Numerator and denominator, as given.
    pub fn parts(self) -> (i64, i64) {
        (self.numerator, self.denominator)
    }

    /// In lowest terms.
    #[must_use]
    pub fn reduced(self) -> Ratio {
        let (mut a, mut b) = (self.numerator.unsigned_abs(), self.denominator.unsigned_abs());
        while b != 0 {
            (a, b) = (b, a.checked_rem(b).unwrap_or_default());
        }
        let by = i64::try_from(a).unwrap_or(1);
        match (self.numerator.checked_div(by), self.denominator.checked_div(by)) {
            (Some(numerator), Some(denominator)) => Ratio { numerator, denominator },
            _ => self,
        }
    }
}

impl Ord for Ratio {
    fn cmp(&self, other: &Ratio) -> Ordering {
        // A product of two i64 always fits into an i128.
        let product = |a: i64, b: i64| i128::from(a).checked_mul(i128::from(b)).unwrap_or_default();
        product(self.numerator, other.denominator).cmp(&product(other.numerator, self.denominator))
    }
}

impl PartialOrd for Ratio {
    fn partial_cmp(&self, other: &Ratio) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Ratio {
    fn eq(&self, other: &Ratio) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Ratio {}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.denominator {
            1 => write!(f, "{}", self.numerator),
            denominator => write!(f, "{}/{denominator}", self.numerator),
        }
    }
}

/// A figure of an indicator.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Figure {
    /// It is known.
    Known(Ratio),
    /// A rate whose denominator is 0: there is no rate, and no condition on it holds.
    NoRate,
    /// It is not known, and why.
    Missing(&'static str),
}

impl Figure {
    /// A whole number.
    pub fn whole(number: i64) -> Figure {
        Figure::Known(Ratio::whole(number))
    }

    /// A rate of two counts.
    pub fn rate(numerator: u64, denominator: u64) -> Figure {
        let ratio = i64::try_from(numerator).ok().zip(i64::try_from(denominator).ok());
        ratio.and_then(|(n, d)| Ratio::new(n, d)).map_or(Figure::NoRate, Figure::Known)
    }

    /// A rate of two amounts.
    pub fn money_rate(numerator: Money, denominator: Money) -> Figure {
        Ratio::new(numerator.fen(), denominator.fen()).map_or(Figure::NoRate, Figure::Known)
    }
}

/// The figures of one indicator, by the names that conditions use.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Figures(Vec<Named>);

#[derive(Clone, PartialEq, Eq, Debug)]
struct Named {
    name: &'static str,
    figure: Figure,
    /// By how much the figure changes with each day that passes.
    per_day: i64,
}

impl Figures {
    /// None yet.
    pub fn new() -> Figures {
        Figures::default()
    }

    /// With one more.
    #[must_use]
    pub fn with(self, name: &'static str, figure: Figure) -> Figures {
        self.with_daily(name, figure, 0)
    }

    /// With one more that changes by `per_day` with each day: days overdue by 1, days left by −1.
    #[must_use]
    pub fn with_daily(mut self, name: &'static str, figure: Figure, per_day: i64) -> Figures {
        self.0.push(Named { name, figure, per_day });
        self
    }

    /// The figure of that name.
    pub fn get(&self, name: &str) -> Option<Figure> {
        self.0.iter().find(|named| named.name == name).map(|named| named.figure)
    }

    pub(super) fn missing(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.0.iter().filter_map(|named| match named.figure {
            Figure::Missing(why) => Some((named.name, why)),
            Figure::Known(_) | Figure::NoRate => None,
        })
    }

    pub(super) fn change_with_time(&self) -> bool {
        self.0.iter().any(|named| named.per_day != 0)
    }

    /// As they will be so many days later, if nothing happens but time. Days left stop at 0.
    pub(super) fn after(&self, days: u16) -> Figures {
        let later = self.0.iter().map(|named| {
            let figure = match named.figure {
                Figure::Known(ratio) if named.per_day != 0 => {
                    let change = named.per_day.saturating_mul(i64::from(days));
                    let (number, denominator) = ratio.parts();
                    let number = number.saturating_add(change.saturating_mul(denominator));
                    let number = if named.per_day < 0 { number.max(0) } else { number };
                    Ratio::new(number, denominator).map_or(named.figure, Figure::Known)
                }
                Figure::Known(_) | Figure::NoRate | Figure::Missing(_) => named.figure,
            };
            Named { figure, ..named.clone() }
        });
        Figures(later.collect())
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, named) in self.0.iter().enumerate() {
            let join = if at == 0 { "" } else { ", " };
            match named.figure {
                Figure::Known(ratio) => write!(f, "{join}{} = {ratio}", named.name)?,
                Figure::NoRate => write!(f, "{join}{}: none", named.name)?,
                Figure::Missing(why) => write!(f, "{join}{}: {why}", named.name)?,
            }
        }
        Ok(())
    }
}
