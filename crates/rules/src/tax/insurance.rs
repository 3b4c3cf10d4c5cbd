//! Own social insurance told apart, as returns want it.

use crate::{Missing, Money, Pack, Provision, Region, RuleError};
use jiff::civil::Date;
use rust_decimal::Decimal;

/// A worker's own contributions of a month, in yuan.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct OwnInsurance {
    /// 基本养老保险费.
    pub pension: Money,
    /// 基本医疗保险费.
    pub medical: Money,
    /// 失业保险费.
    pub unemployment: Money,
}

/// The worker's shares of the three insurances as of a day.
#[derive(Clone, Copy, Debug)]
pub struct InsuranceShares {
    pension: Decimal,
    medical: Decimal,
    all: Decimal,
    /// That a sum is told apart by them is a convention of ours.
    pub by: &'static Provision,
}

impl InsuranceShares {
    /// The shares on a day.
    pub fn on(day: Date) -> Result<InsuranceShares, RuleError> {
        let pack = Pack::china();
        let share = |name| -> Result<Decimal, Missing> { Ok(pack.number(name, Region::CHINA, day)?.value) };
        let (pension, medical) = (share("insurance.worker.pension")?, share("insurance.worker.medical")?);
        let unemployment = share("insurance.worker.unemployment")?;
        let all = pension.checked_add(medical).and_then(|sum| sum.checked_add(unemployment));
        let all = all.ok_or(RuleError::OutOfRange)?;
        Ok(InsuranceShares { pension, medical, all, by: pack.rule("insurance.worker.split", day)? })
    }

    /// A sum told apart; the three add up to it.
    pub fn split(&self, sum: Money) -> Result<OwnInsurance, RuleError> {
        let part = |share: Decimal| sum.times(share.checked_div(self.all).ok_or(RuleError::OutOfRange)?);
        let (pension, medical) = (part(self.pension)?, part(self.medical)?);
        let unemployment = sum.minus(pension)?.minus(medical)?;
        Ok(OwnInsurance { pension, medical, unemployment })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_sum_told_apart() {
        let shares = InsuranceShares::on(date(2026, 4, 1)).unwrap();
        for (sum, parts) in [
            ("523.53", ["398.88", "99.72", "24.93"]), // of a base of 4,986
            ("630.00", ["480.00", "120.00", "30.00"]),
            ("0.01", ["0.01", "0.00", "0.00"]),
            ("0.00", ["0.00", "0.00", "0.00"]),
        ] {
            let own = shares.split(sum.parse().unwrap()).unwrap();
            let got = [own.pension, own.medical, own.unemployment].map(|part| part.to_string());
            assert_eq!(got, parts, "{sum}");
        }
    }
}
