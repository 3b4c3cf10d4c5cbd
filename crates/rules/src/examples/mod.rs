//! Worked examples of income tax: cases with figures in, figures expected, and what the rules make of them.
//!
//! The form is that of `tests/data/iit_examples.json`, a list of [`Case`]s, so that a tax office can bring its
//! own. Amounts are texts in yuan; those of a row are the row's own, not cumulative. Whoever reads the file
//! hands the cases to [`Case::run`].

mod run;

pub use run::{Compared, Outcome, OutcomeRow};

use crate::Money;
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::BTreeMap;

/// What kind of income a case is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Wages of a resident, withheld cumulatively.
    Wages,
    /// Labour remuneration of a resident: method `occasional` or `cumulative_labour`.
    LabourRemuneration,
    /// One-off bonus: method `separate_until_2027`.
    Bonus,
    /// A non-resident: method `monthly_or_per_occurrence`.
    NonResident,
    /// Labour remuneration through an internet platform: method `cumulative_labour`.
    Platform,
}

/// A worked example.
#[derive(Clone, Debug, Deserialize)]
pub struct Case {
    /// Its name in the file, as in `IW01`.
    pub id: String,
    /// What it shows.
    #[serde(default)]
    pub title: String,
    /// Who published it, or who worked it out.
    #[serde(default)]
    pub source: String,
    /// Kind of income.
    pub kind: Kind,
    /// Calendar year of payment.
    pub year: i16,
    /// How tax is found, where the kind has several ways.
    pub method: Option<String>,
    /// How the basic deduction adds up. `months_employed`, `from_january_2020_13`, `whole_year_2020_19`,
    /// `months_with_contract` are counted and compared with the rows' figures; any other text means that the
    /// rows' figures are used as they are.
    pub basic_deduction_rule: Option<String>,
    /// What was paid, in order.
    pub months: Vec<Row>,
    /// What should come out, row by row.
    pub expected: Vec<ExpectedRow>,
    /// Doubts about the case.
    #[serde(default)]
    pub flags: Vec<String>,
    /// Which of the figures somebody printed.
    #[serde(default)]
    pub published_figures: String,
    /// Whatever else there is to say.
    #[serde(default)]
    pub notes: String,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: BTreeMap<String, IgnoredAny>,
}

/// One payment.
#[derive(Clone, Debug, Deserialize)]
pub struct Row {
    /// Month of payment, 1 to 12.
    pub month: i8,
    /// Which payment of the month.
    pub pay_no: Option<u32>,
    /// Which occurrence of the month it belongs to.
    pub occurrence: Option<u32>,
    /// For non-residents: `wages`, `labour`, `royalty` or `author`.
    pub income_type: Option<String>,
    /// Income.
    pub income: Money,
    /// Exempt part.
    #[serde(default)]
    pub exempt: Money,
    /// Own social insurance and housing fund.
    #[serde(default)]
    pub special_deductions: Money,
    /// Special additional deductions.
    #[serde(default)]
    pub special_additional: Money,
    /// Other lawful deductions.
    #[serde(default)]
    pub other: Money,
    /// Relief of tax.
    #[serde(default)]
    pub tax_relief: Money,
    /// Cumulative basic deduction as of this row.
    pub basic_deduction_cumulative: Option<Money>,
    /// Whether months and totals begin again here, after a gap.
    #[serde(default)]
    pub new_run: bool,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: BTreeMap<String, IgnoredAny>,
}

/// What should come out of a row. For kinds that are not cumulative the figures are those of the occurrence.
#[derive(Clone, Debug, Deserialize)]
pub struct ExpectedRow {
    /// Month of the row.
    pub month: i8,
    /// Taxable income.
    pub taxable_cumulative: Money,
    /// Tax before relief.
    pub tax_cumulative: Money,
    /// What is to be withheld from the row.
    pub withheld_this_month: Money,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: BTreeMap<String, IgnoredAny>,
}

/// A case that cannot be worked out as it stands.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("case {id}: {place}: {what}")]
pub struct CaseError {
    /// The case.
    pub id: String,
    /// Where in it, as in `months[2].income_type`.
    pub place: String,
    /// What is wrong and what would be right.
    pub what: String,
}
