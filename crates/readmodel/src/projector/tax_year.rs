//! Wages by calendar year of payment, as income tax adds them up: what is read when withholding is worked out.

use super::due::{Contract, terms_for};
use super::state::PairMonth;
use crate::ReadModelError;
use jiff::civil::Date;
use rules::Month;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// What an employer's sheets for a project show for a worker in one month of payment; amounts in fen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) struct PaidMonth {
    /// Month of payment, 1 to 12.
    pub(crate) month: i8,
    pub(crate) gross: i64,
    /// Own social insurance and housing fund.
    pub(crate) insurance: i64,
    pub(crate) income_tax: i64,
    /// Remuneration for services, not wages, as the contract says.
    pub(crate) services: bool,
}

/// A calendar year of payment of one worker, employer and project.
#[derive(Default)]
pub(crate) struct TaxYear {
    months: BTreeMap<i8, PaidMonth>,
    changed: bool,
    stored: bool,
}

impl TaxYear {
    /// As its row says.
    pub(crate) fn stored(wages: &str) -> Result<TaxYear, ReadModelError> {
        let mut months = BTreeMap::new();
        read_wages(wages, |paid| {
            months.insert(paid.month, paid);
        })?;
        Ok(TaxYear { months, changed: false, stored: true })
    }

    fn put(&mut self, paid: PaidMonth) {
        if self.months.insert(paid.month, paid) != Some(paid) {
            self.changed = true;
        }
    }

    /// The text of its row and whether there is a row of it, when it is to be written.
    pub(crate) fn take_row(&mut self) -> Option<(String, bool)> {
        let row = self.changed.then(|| (write_wages(self.months.values()), self.stored));
        self.stored |= self.changed;
        self.changed = false;
        row
    }
}

/// Puts the lines of a wage month into the years in which they are paid: by the convention
/// `iit.pay_month` wages are taken as paid in the month after the one they are for.
pub(crate) fn add(
    years: &mut BTreeMap<(String, i16), TaxYear>,
    month: Month,
    cell: &PairMonth,
    contracts: &[Contract],
) {
    let paid_in = month.next();
    let mut by_employer: BTreeMap<&str, PaidMonth> = BTreeMap::new();
    for line in &cell.lines {
        let paid = by_employer.entry(&line.employer).or_default();
        paid.gross += line.gross;
        paid.insurance += line.insurance;
        paid.income_tax += line.income_tax;
    }
    for (employer, paid) in by_employer {
        let services = terms_for(contracts, employer, month).is_some_and(|terms| terms.services);
        let year = years.entry((employer.to_owned(), paid_in.year())).or_default();
        year.put(PaidMonth { month: paid_in.month(), services, ..paid });
    }
}

/// Since when somebody is employed by each of his employers: the first day of the first contract about wages, as
/// its terms were recorded last.
pub(crate) fn employed_since(contracts: &[Contract]) -> BTreeMap<&str, Option<Date>> {
    let mut since: BTreeMap<&str, Option<Date>> = BTreeMap::new();
    for contract in contracts {
        let terms = contract.terms.iter().max_by_key(|terms| terms.seq);
        let starts_on = terms.filter(|terms| !terms.services).map(|terms| terms.starts_on);
        let known = since.entry(&contract.employer).or_default();
        *known = [*known, starts_on].into_iter().flatten().min();
    }
    since
}

fn write_wages<'a>(months: impl Iterator<Item = &'a PaidMonth>) -> String {
    let mut text = String::new();
    for paid in months {
        let space = if text.is_empty() { "" } else { " " };
        let services = if paid.services { ":s" } else { "" };
        let PaidMonth { month, gross, insurance, income_tax, .. } = paid;
        // Writing into a text cannot fail.
        let _ = write!(text, "{space}{month}:{gross}:{insurance}:{income_tax}{services}");
    }
    text
}

/// Reads what [`write_wages`] writes, month by month.
pub(crate) fn read_wages(text: &str, mut each: impl FnMut(PaidMonth)) -> Result<(), ReadModelError> {
    for part in text.split_ascii_whitespace() {
        let paid = paid_month(part).ok_or_else(|| ReadModelError::damaged("tax_year.wages", part))?;
        each(paid);
    }
    Ok(())
}

fn paid_month(part: &str) -> Option<PaidMonth> {
    let mut fields = part.split(':');
    let month = fields.next()?.parse().ok()?;
    let mut amount = || fields.next()?.parse().ok();
    let (gross, insurance, income_tax) = (amount()?, amount()?, amount()?);
    let services = match fields.next() {
        None => false,
        Some("s") => true,
        Some(_) => return None,
    };
    let whole = fields.next().is_none() && (1..=12).contains(&month);
    whole.then_some(PaidMonth { month, gross, insurance, income_tax, services })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wages_as_text() {
        let months = [
            PaidMonth { month: 2, gross: 1_345_600, insurance: 52_353, income_tax: 11_328, services: false },
            PaidMonth { month: 12, gross: 400_000, services: true, ..PaidMonth::default() },
        ];
        let text = write_wages(months.iter());
        assert_eq!(text, "2:1345600:52353:11328 12:400000:0:0:s");
        let mut read = Vec::new();
        read_wages(&text, |paid| read.push(paid)).unwrap();
        assert_eq!(read, months);
        for bad in ["2:1:2", "13:1:2:3", "2:1:2:3:x", "2:1:2:3:s:s", "2:a:2:3"] {
            assert!(read_wages(bad, |_| ()).is_err(), "{bad}");
        }
    }
}
