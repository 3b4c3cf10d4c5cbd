//! What an indicator is judged by: its figures, and, where they are wanted, what they are made of.

use super::site::Window;
use jiff::civil::Date;
use rules::warning::{Figure, Figures, Ratio};
use rules::{Money, RuleError};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// A worker, employer, item or payment that makes a fault.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Object {
    /// The worker, whose ID number is sealed.
    pub worker: Option<Uuid>,
    /// The crew, whose label is sealed.
    pub crew: Option<Uuid>,
    /// Fingerprint of the account that paid, whose number is sealed.
    pub payer_account: Option<String>,
    /// What is nobody's secret.
    pub more: Map<String, Value>,
}

impl Object {
    pub(crate) fn of(more: Value) -> Object {
        let more = match more {
            Value::Object(more) => more,
            _ => Map::new(),
        };
        Object { more, ..Object::default() }
    }

    pub(crate) fn worker(worker: Uuid, more: Value) -> Object {
        Object { worker: Some(worker), ..Object::of(more) }
    }
}

/// An indicator measured.
pub(crate) struct Measured {
    /// What thresholds are compared with.
    pub(crate) figures: Figures,
    /// What a person reads; empty where only the colour is wanted.
    pub(crate) shown: Map<String, Value>,
    pub(crate) objects: Vec<Object>,
    /// Entries behind the figures.
    pub(crate) entries: Vec<u64>,
    /// Workers' days behind them, whose entries are still to be looked up.
    pub(crate) days_of: Vec<(Uuid, Window)>,
}

/// What is wanted of a measurement: the colour alone, or all that is behind it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    Colour,
    All,
}

impl Measured {
    pub(crate) fn of(figures: Figures) -> Measured {
        Measured { figures, shown: Map::new(), objects: Vec::new(), entries: Vec::new(), days_of: Vec::new() }
    }

    pub(crate) fn shows(mut self, figures: Value) -> Measured {
        if let Value::Object(figures) = figures {
            self.shown.extend(figures);
        }
        self
    }

    pub(crate) fn object(&mut self, object: Object) {
        self.objects.push(object);
    }

    pub(crate) fn entries(mut self, entries: impl IntoIterator<Item = u64>) -> Measured {
        self.entries.extend(entries);
        self
    }
}

pub(crate) type Measure = Result<Measured, RuleError>;

/// A figure that cannot be had because the law of the place or the calendar is not in our data.
pub(crate) fn unless_missing(figures: Result<Figures, RuleError>) -> Result<Figures, RuleError> {
    match figures {
        Err(RuleError::Missing(_) | RuleError::NoCalendar(_)) => {
            Ok(unknown("the law of the place is not known"))
        }
        other => other,
    }
}

/// A figure that nobody can know.
pub(crate) fn unknown(why: &'static str) -> Figures {
    Figures::new().with("rate", Figure::Missing(why))
}

pub(crate) fn money(fen: i64) -> Money {
    Money::from_fen(fen)
}

pub(crate) fn amount(fen: i64) -> Value {
    json!(money(fen).to_string())
}

pub(crate) fn day(day: Option<Date>) -> Value {
    json!(day.map(|day| day.to_string()))
}

/// A reduced fraction, always with its denominator: `2/5`, `1/1`.
pub(crate) fn fraction(ratio: Ratio) -> Value {
    let (numerator, denominator) = ratio.reduced().parts();
    json!(format!("{numerator}/{denominator}"))
}
