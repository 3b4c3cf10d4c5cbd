//! Working out a case and comparing.

use super::{Case, CaseError, Kind, Row};
use crate::tax::{
    BasicDeduction, Bonus, BonusTax, CumulativeLabour, CumulativeLabourTax, GapPolicy, LabourReceipt,
    LabourTax, MonthsOfYear, NonResidentIncome, NonResidentTax, Occurrence, WagePayment, WageTaxYear,
};
use crate::{Money, Month, RuleError, Step};
use std::collections::BTreeMap;

/// A figure beside the one expected.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Compared {
    /// Name of the field in the file.
    pub field: &'static str,
    /// What the file says.
    pub expected: String,
    /// What the rules say.
    pub got: String,
}

impl Compared {
    /// Whether they agree.
    pub fn agrees(&self) -> bool {
        self.expected == self.got
    }
}

/// A row worked out.
#[derive(Clone, Debug)]
pub struct OutcomeRow {
    /// Month of payment.
    pub month: Month,
    /// Which payment of the month, where the file says so.
    pub pay_no: Option<u32>,
    /// Every figure that the file expects.
    pub compared: Vec<Compared>,
    /// How the figures come about.
    pub steps: Vec<Step>,
}

/// A case worked out.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Its rows.
    pub rows: Vec<OutcomeRow>,
    /// What was read otherwise than the file may mean: fields and rules that we do not know.
    pub notes: Vec<String>,
}

impl Outcome {
    /// Whether every figure agrees.
    pub fn passed(&self) -> bool {
        self.rows.iter().all(|row| row.compared.iter().all(Compared::agrees))
    }
}

/// What the rules say about a row.
struct Figures {
    taxable: Money,
    tax: Money,
    withhold: Money,
    basic: Option<Money>,
    new_run: Option<bool>,
    steps: Vec<Step>,
}

/// How cumulative deductions of a case are counted.
enum Counting {
    /// By the months from the first row on, or by the months that have a row: whichever the file's figures
    /// follow. When somebody was employed stands nowhere else in a case.
    Months(MonthsOfYear),
    FromJanuary,
    WholeYear,
    AsGiven,
}

impl Case {
    /// Works the case out. `gap` is used for platform labour only.
    ///
    /// Errors: what cannot be understood, and law that is missing. A figure that disagrees is no error.
    pub fn run(&self, gap: GapPolicy) -> Result<Outcome, CaseError> {
        let months = self.check()?;
        let mut notes = self.unknown_fields();
        let figures = match (self.kind, self.method.as_deref()) {
            (Kind::Wages, _) => self.wages(&months, &mut notes),
            (Kind::LabourRemuneration, Some("occasional") | None) => self.occasional(&months),
            (Kind::LabourRemuneration, Some("cumulative_labour")) => {
                let Counting::Months(contract) = self.counting(&months, &mut notes)? else {
                    return self.finish(&months, self.student(&months, None), notes);
                };
                self.student(&months, Some(contract))
            }
            (Kind::Platform, Some("cumulative_labour") | None) => self.platform(&months, gap),
            (Kind::Bonus, Some("separate_until_2027") | None) => self.bonus(&months),
            (Kind::NonResident, Some("monthly_or_per_occurrence") | None) => self.non_resident(&months),
            (Kind::LabourRemuneration, Some(other)) => {
                return Err(self.unknown_method(other, "`occasional` or `cumulative_labour`"));
            }
            (Kind::Platform, Some(other)) => return Err(self.unknown_method(other, "`cumulative_labour`")),
            (Kind::Bonus, Some(other)) => return Err(self.unknown_method(other, "`separate_until_2027`")),
            (Kind::NonResident, Some(other)) => {
                return Err(self.unknown_method(other, "`monthly_or_per_occurrence`"));
            }
        };
        self.finish(&months, figures, notes)
    }

    fn error(&self, place: impl Into<String>, what: impl Into<String>) -> CaseError {
        CaseError { id: self.id.clone(), place: place.into(), what: what.into() }
    }

    fn unknown_method(&self, method: &str, known: &str) -> CaseError {
        self.error("method", format!("`{method}` is not known for this kind; {known} is"))
    }

    /// The months of the rows; rows and expected rows must belong together.
    fn check(&self) -> Result<Vec<Month>, CaseError> {
        if self.months.is_empty() {
            return Err(self.error("months", "no rows; at least one payment is wanted"));
        }
        if self.months.len() != self.expected.len() {
            let (rows, expected) = (self.months.len(), self.expected.len());
            return Err(
                self.error("expected", format!("{expected} rows for {rows} payments; one each is wanted"))
            );
        }
        let mut months = Vec::new();
        for (at, (row, expected)) in self.months.iter().zip(&self.expected).enumerate() {
            let month = Month::new(self.year, row.month).ok_or_else(|| {
                let what = format!("{} of {} is no month; 1 to 12 is", row.month, self.year);
                self.error(format!("months[{at}].month"), what)
            })?;
            if expected.month != row.month {
                let what = format!("{}, but months[{at}] is of {}", expected.month, row.month);
                return Err(self.error(format!("expected[{at}].month"), what));
            }
            months.push(month);
        }
        Ok(months)
    }

    fn unknown_fields(&self) -> Vec<String> {
        let mut notes: Vec<String> =
            self.unknown.keys().map(|name| format!("field `{name}` is not known")).collect();
        for (at, (row, expected)) in self.months.iter().zip(&self.expected).enumerate() {
            let row = row.unknown.keys().map(|name| format!("field `months[{at}].{name}` is not known"));
            let expected =
                expected.unknown.keys().map(|name| format!("field `expected[{at}].{name}` is not known"));
            notes.extend(row.chain(expected));
        }
        notes
    }

    fn counting(&self, months: &[Month], notes: &mut Vec<String>) -> Result<Counting, CaseError> {
        let rule = self.basic_deduction_rule.as_deref().unwrap_or("given");
        match rule {
            "months_employed" | "months_with_contract" => {
                let with_row = months.iter().fold(MonthsOfYear::NONE, |set, month| set.with(month.month()));
                let (Some(first), Some(last)) = (months.first(), months.last()) else {
                    return Ok(Counting::AsGiven);
                };
                let all = MonthsOfYear::from_to(*first, *last);
                let follows = |set: MonthsOfYear| {
                    months.iter().zip(&self.months).all(|(month, row)| {
                        let count = i64::from(set.count_to(month.month()));
                        row.basic_deduction_cumulative.is_none_or(|given| {
                            // 5,000 a month: the comparison proper is that of the result.
                            given.fen() == count.saturating_mul(500_000)
                        })
                    })
                };
                Ok(Counting::Months(if follows(with_row) && !follows(all) { with_row } else { all }))
            }
            rule if rule.contains("2020_13") => Ok(Counting::FromJanuary),
            rule if rule.contains("2020_19") => Ok(Counting::WholeYear),
            rule => {
                if rule != "given" {
                    notes.push(format!("rule `{rule}` is not known: the basic deduction is used as given"));
                }
                match self.months.iter().position(|row| row.basic_deduction_cumulative.is_none()) {
                    None => Ok(Counting::AsGiven),
                    Some(at) => Err(self.error(
                        format!("months[{at}].basic_deduction_cumulative"),
                        "missing; it is wanted where `basic_deduction_rule` is none of `months_employed`, \
                         `from_january_2020_13`, `whole_year_2020_19`",
                    )),
                }
            }
        }
    }

    fn wages(&self, months: &[Month], notes: &mut Vec<String>) -> Result<Vec<Figures>, RuleError> {
        let counting = self.counting(months, notes).map_err(|error| RuleError::input(error.to_string()))?;
        let payments = self.months.iter().zip(months).map(|(row, month)| WagePayment {
            exempt: row.exempt,
            special: row.special_deductions,
            special_additional: row.special_additional,
            other: row.other,
            relief: row.tax_relief,
            ..WagePayment::new(
                *month,
                row.income,
                match counting {
                    Counting::Months(months) => BasicDeduction::MonthsEmployed(months),
                    Counting::FromJanuary => BasicDeduction::FromJanuary,
                    Counting::WholeYear => BasicDeduction::WholeYear,
                    Counting::AsGiven => {
                        BasicDeduction::Given(row.basic_deduction_cumulative.unwrap_or_default())
                    }
                },
            )
        });
        let payments: Vec<WagePayment> = payments.collect();
        let withholdings = WageTaxYear::of(self.year).withhold(&payments)?;
        let figures = withholdings.iter().map(|w| Figures {
            taxable: w.taxable,
            tax: w.tax,
            withhold: w.withhold(),
            basic: Some(w.basic.amount),
            new_run: None,
            steps: w.steps(),
        });
        Ok(figures.collect())
    }

    fn receipts(&self, months: &[Month], given: bool) -> Vec<LabourReceipt> {
        let receipts = self.months.iter().zip(months).map(|(row, month)| LabourReceipt {
            month: *month,
            income: row.income,
            exempt: row.exempt,
            other: row.other,
            relief: row.tax_relief,
            basic: if given { row.basic_deduction_cumulative } else { None },
            withheld: None,
        });
        receipts.collect()
    }

    fn student(&self, months: &[Month], contract: Option<MonthsOfYear>) -> Result<Vec<Figures>, RuleError> {
        let whose = CumulativeLabour::Student(contract.unwrap_or_default());
        cumulative(whose, &self.receipts(months, contract.is_none()))
    }

    fn platform(&self, months: &[Month], gap: GapPolicy) -> Result<Vec<Figures>, RuleError> {
        cumulative(CumulativeLabour::Platform(gap), &self.receipts(months, false))
    }

    fn occasional(&self, months: &[Month]) -> Result<Vec<Figures>, RuleError> {
        let mut occurrences: BTreeMap<(Month, usize, Option<u32>), Occurrence> = BTreeMap::new();
        let mut figures = Vec::new();
        for (at, (row, month)) in self.months.iter().zip(months).enumerate() {
            let occurrence = occurrences.entry(occurrence_of(row, *month, at)).or_default();
            occurrence.income = occurrence.income.plus(row.income)?;
            occurrence.exempt = occurrence.exempt.plus(row.exempt)?;
            occurrence.other = occurrence.other.plus(row.other)?;
            occurrence.relief = occurrence.relief.plus(row.tax_relief)?;
            let w = LabourTax::on(month.first_day())?.withhold(occurrence)?;
            occurrence.withheld = occurrence.withheld.plus(w.withhold())?;
            figures.push(Figures::of_occurrence(w.taxable, w.tax, w.withhold(), w.steps()));
        }
        Ok(figures)
    }

    fn bonus(&self, months: &[Month]) -> Result<Vec<Figures>, RuleError> {
        let mut figures: Vec<Figures> = Vec::new();
        for (row, month) in self.months.iter().zip(months) {
            let bonus =
                Bonus { amount: row.income, exempt: row.exempt, other: row.other, relief: row.tax_relief };
            let w = BonusTax::on(month.first_day())?.withhold(&bonus, !figures.is_empty())?;
            figures.push(Figures::of_occurrence(w.taxable, w.tax, w.withhold(), w.steps()));
        }
        Ok(figures)
    }

    fn non_resident(&self, months: &[Month]) -> Result<Vec<Figures>, RuleError> {
        let mut sums: BTreeMap<(Month, usize, Option<u32>), [Money; 4]> = BTreeMap::new();
        let mut figures = Vec::new();
        for (at, (row, month)) in self.months.iter().zip(months).enumerate() {
            let (kind, key) = match row.income_type.as_deref() {
                Some("wages") | None => (NonResidentIncome::Wages, (*month, 0, None)),
                Some("labour" | "royalty") => (NonResidentIncome::Labour, occurrence_of(row, *month, at)),
                Some("author") => (NonResidentIncome::Author, occurrence_of(row, *month, at)),
                Some(other) => {
                    return Err(RuleError::input(format!(
                        "months[{at}].income_type `{other}` is not known; `wages`, `labour`, `royalty` and \
                         `author` are"
                    )));
                }
            };
            let [income, exempt, relief, withheld] = sums.entry(key).or_default();
            *income = income.plus(row.income)?;
            *exempt = exempt.plus(row.exempt)?;
            *relief = relief.plus(row.tax_relief)?;
            let law = NonResidentTax::on(month.first_day())?;
            let w = law.withhold(kind, *income, *exempt, *relief, *withheld)?;
            *withheld = withheld.plus(w.withhold())?;
            figures.push(Figures::of_occurrence(w.taxable, w.tax, w.withhold(), w.steps()));
        }
        Ok(figures)
    }

    fn finish(
        &self,
        months: &[Month],
        figures: Result<Vec<Figures>, RuleError>,
        notes: Vec<String>,
    ) -> Result<Outcome, CaseError> {
        let figures = figures.map_err(|error| self.error("cannot be worked out", error.to_string()))?;
        let mut rows = Vec::new();
        for (((row, expected), month), figures) in
            self.months.iter().zip(&self.expected).zip(months).zip(figures)
        {
            let money = |field, expected: Money, got: Money| Compared {
                field,
                expected: expected.to_string(),
                got: got.to_string(),
            };
            let mut compared = Vec::new();
            if let (Some(given), Some(got)) = (row.basic_deduction_cumulative, figures.basic) {
                compared.push(money("basic_deduction_cumulative", given, got));
            }
            if let Some(new_run) = figures.new_run {
                let (expected, got) = (row.new_run.to_string(), new_run.to_string());
                compared.push(Compared { field: "new_run", expected, got });
            }
            compared.push(money("taxable_cumulative", expected.taxable_cumulative, figures.taxable));
            compared.push(money("tax_cumulative", expected.tax_cumulative, figures.tax));
            compared.push(money("withheld_this_month", expected.withheld_this_month, figures.withhold));
            rows.push(OutcomeRow { month: *month, pay_no: row.pay_no, compared, steps: figures.steps });
        }
        Ok(Outcome { rows, notes })
    }
}

impl Figures {
    fn of_occurrence(taxable: Money, tax: Money, withhold: Money, steps: Vec<Step>) -> Figures {
        Figures { taxable, tax, withhold, basic: None, new_run: None, steps }
    }
}

/// Receipts of one occurrence share month and number; without a number each is its own.
fn occurrence_of(row: &Row, month: Month, at: usize) -> (Month, usize, Option<u32>) {
    (month, if row.occurrence.is_some() { 0 } else { at }, row.occurrence)
}

fn cumulative(whose: CumulativeLabour, receipts: &[LabourReceipt]) -> Result<Vec<Figures>, RuleError> {
    let withholdings = CumulativeLabourTax::withhold_year(whose, receipts)?;
    let figures = withholdings.iter().map(|w| Figures {
        taxable: w.taxable,
        tax: w.tax,
        withhold: w.withhold(),
        basic: Some(w.basic.amount),
        new_run: match whose {
            CumulativeLabour::Platform(_) => Some(w.new_run),
            CumulativeLabour::Student(_) => None,
        },
        steps: w.steps(),
    });
    Ok(figures.collect())
}
