//! Wages by calendar year of payment, as income tax adds them up: what is read when withholding is worked out.

use super::due::{Contract, terms_for};
use super::state::PairMonth;
use crate::ReadModelError;
use crate::value::add_number;
use jiff::civil::Date;
use rules::Month;
use std::collections::BTreeMap;
use std::sync::Arc;

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

/// What one worker had on one project, by employer and calendar year of payment: few, and sorted by nothing.
#[derive(Default)]
pub(crate) struct TaxYears(Vec<TaxYear>);

/// A calendar year of payment of one worker, employer and project.
struct TaxYear {
    employer: Arc<str>,
    year: i16,
    /// Ascending.
    months: Vec<PaidMonth>,
    changed: bool,
    /// There is a row of it.
    stored: bool,
}

impl TaxYears {
    /// Takes a row in, unless the year is known.
    pub(crate) fn stored(
        &mut self,
        employer: Arc<str>,
        year: i16,
        wages: &str,
    ) -> Result<(), ReadModelError> {
        let mut months = Vec::new();
        read_wages(wages, |paid| months.push(paid))?;
        if self.find(&employer, year).is_none() {
            self.0.push(TaxYear { employer, year, months, changed: false, stored: true });
        }
        Ok(())
    }

    fn find(&mut self, employer: &str, year: i16) -> Option<&mut TaxYear> {
        self.0.iter_mut().find(|of| of.year == year && *of.employer == *employer)
    }

    /// Puts the lines of a wage month into the year in which they are paid: by the convention `iit.pay_month` wages
    /// are taken as paid in the month after the one they are for.
    pub(crate) fn add(&mut self, month: Month, cell: &PairMonth, contracts: &[Contract]) {
        let paid_in = month.next();
        for (at, first) in cell.lines.iter().enumerate() {
            let of_employer = || cell.lines.iter().filter(|line| line.employer == first.employer);
            if cell.lines.iter().take(at).any(|line| line.employer == first.employer) {
                continue;
            }
            let paid = PaidMonth {
                month: paid_in.month(),
                gross: of_employer().map(|line| line.gross).sum(),
                insurance: of_employer().map(|line| line.insurance).sum(),
                income_tax: of_employer().map(|line| line.income_tax).sum(),
                services: terms_for(contracts, &first.employer, month).is_some_and(|terms| terms.services),
            };
            self.put(&first.employer, paid_in.year(), paid);
        }
    }

    fn put(&mut self, employer: &Arc<str>, year: i16, paid: PaidMonth) {
        let Some(known) = self.find(employer, year) else {
            let employer = employer.clone();
            let new = TaxYear { employer, year, months: vec![paid], changed: true, stored: false };
            return self.0.push(new);
        };
        match known.months.binary_search_by_key(&paid.month, |known| known.month) {
            Err(at) => known.months.insert(at, paid),
            Ok(at) if known.months.get(at) == Some(&paid) => return,
            Ok(at) => known.months[at] = paid,
        }
        known.changed = true;
    }

    /// What is to be written, of all years or of those before one: employer, year, wages, and whether there is a row of it.
    pub(crate) fn changed(&mut self, before: Option<i16>) -> impl Iterator<Item = (&str, i16, String, bool)> {
        let wanted = move |year| before.is_none_or(|before| year < before);
        self.0.iter_mut().filter(move |of| of.changed && wanted(of.year)).map(|of| {
            let stored = std::mem::replace(&mut of.stored, true);
            of.changed = false;
            (&*of.employer, of.year, write_wages(of.months.iter()), stored)
        })
    }

    /// Keeps a year and the later ones.
    pub(crate) fn forget_before(&mut self, year: i16) {
        self.0.retain(|of| of.year >= year);
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
        if !text.is_empty() {
            text.push(' ');
        }
        add_number(&mut text, paid.month);
        for fen in [paid.gross, paid.insurance, paid.income_tax] {
            text.push(':');
            add_number(&mut text, fen);
        }
        if paid.services {
            text.push_str(":s");
        }
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
    let (month, rest) = number(part.as_bytes())?;
    let (gross, rest) = number(rest.strip_prefix(b":")?)?;
    let (insurance, rest) = number(rest.strip_prefix(b":")?)?;
    let (income_tax, rest) = number(rest.strip_prefix(b":")?)?;
    let services = match rest {
        b"" => false,
        b":s" => true,
        _ => return None,
    };
    let month = i8::try_from(month).ok().filter(|month| (1..=12).contains(month))?;
    Some(PaidMonth { month, gross, insurance, income_tax, services })
}

/// The whole number at the front of a text, and what comes behind it. A city's year has twenty million of them.
fn number(text: &[u8]) -> Option<(i64, &[u8])> {
    let (negative, digits) = match text.strip_prefix(b"-") {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let count = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = digits.split_at_checked(count).filter(|(digits, _)| !digits.is_empty())?;
    let more = |value: i64, digit: &u8| value.checked_mul(10)?.checked_add(i64::from(digit & 0xf));
    let value = digits.iter().try_fold(0, more)?;
    Some((if negative { -value } else { value }, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wages_as_text() {
        let months = [
            PaidMonth { month: 2, gross: 1_345_600, insurance: 52_353, income_tax: 11_328, services: false },
            PaidMonth { month: 3, gross: -1, ..PaidMonth::default() },
            PaidMonth { month: 12, gross: 400_000, services: true, ..PaidMonth::default() },
        ];
        let text = write_wages(months.iter());
        assert_eq!(text, "2:1345600:52353:11328 3:-1:0:0 12:400000:0:0:s");
        let mut read = Vec::new();
        read_wages(&text, |paid| read.push(paid)).unwrap();
        assert_eq!(read, months);
        let bad = [
            "2:1:2",
            "2:1:2:",
            "13:1:2:3",
            "2:1:2:3:x",
            "2:1:2:3:s:s",
            "2:a:2:3",
            "2:1:-:3",
            "2:99999999999999999999:2:3",
        ];
        for bad in bad {
            assert!(read_wages(bad, |_| ()).is_err(), "{bad}");
        }
    }
}
