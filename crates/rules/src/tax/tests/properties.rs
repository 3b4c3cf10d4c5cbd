//! What is true of every withholding.

use crate::tax::*;
use crate::{Money, Month};
use jiff::civil::date;
use proptest::prelude::*;

fn fen(fen: i64) -> Money {
    Money::from_fen(fen)
}

fn months(year: i16) -> impl Iterator<Item = Month> {
    (1..=12).filter_map(move |number| Month::new(year, number))
}

fn withheld(payments: &[WagePayment]) -> Vec<i64> {
    let year = WageTaxYear::of(2026).withhold(payments).unwrap();
    year.iter().map(|w| w.withhold().fen()).collect()
}

/// A payment of a month with made-up deductions.
fn payment() -> impl Strategy<Value = (i64, i64, i64)> {
    (0i64..20_000_000, 0i64..500_000, 0i64..800_000)
}

fn year_of(rows: &[(i64, i64, i64)]) -> Vec<WagePayment> {
    let rows = rows.iter().zip(months(2026)).map(|((income, special, additional), month)| WagePayment {
        special: fen(*special),
        special_additional: fen(*additional),
        ..WagePayment::new(month, fen(*income), BasicDeduction::FromJanuary)
    });
    rows.collect()
}

/// Figures beyond all reason give an error, never a wrong figure.
#[test]
fn nothing_overflows() {
    let most = fen(i64::MAX);
    let payment = WagePayment::new(Month::new(2026, 1).unwrap(), most, BasicDeduction::FromJanuary);
    let year = WageTaxYear::of(2026);
    assert!(year.withhold(&[payment]).is_ok());
    assert_eq!(year.withhold(&[payment, payment]).unwrap_err(), crate::RuleError::OutOfRange);
    let law = SeveranceTax::on(date(2026, 1, 1)).unwrap();
    assert_eq!(law.withhold(most, most).unwrap_err(), crate::RuleError::OutOfRange);
    let bonus = Bonus { exempt: most, other: most, ..Bonus::default() };
    assert!(BonusTax::on(date(2026, 1, 1)).unwrap().withhold(&bonus, false).is_err());
}

proptest! {
    /// Splitting a month's income over payments never changes the month's tax.
    #[test]
    fn splitting_a_month_changes_nothing(
        rows in prop::collection::vec(payment(), 1..12),
        cuts in prop::collection::vec(0u32..=100, 1..12),
    ) {
        let whole = year_of(&rows);
        let mut split = Vec::new();
        for (payment, cut) in whole.iter().zip(cuts.iter().cycle()) {
            // Deductions come with the month's first payment, income in two parts.
            let first = payment.income.fen() * i64::from(*cut) / 100;
            split.push(WagePayment { income: fen(first), ..*payment });
            split.push(WagePayment::new(payment.month, fen(payment.income.fen() - first), payment.basic));
        }
        let parts = withheld(&split);
        let sums: Vec<i64> = parts.chunks(2).map(|pair| pair.iter().sum()).collect();
        prop_assert_eq!(sums, withheld(&whole));
    }

    /// So it is for an agent, in however many payments, of wages and of services, side by side.
    #[test]
    fn splitting_an_agents_month_changes_nothing(
        rows in prop::collection::vec((0i64..6_000_000, 0i64..300_000, 0i64..6_000_000), 1..12),
        cuts in prop::collection::vec(0i64..=100, 1..5),
    ) {
        let law = AgentTaxYear::of(2026);
        let declared = [Declared {
            kind: Deduction::Rent,
            monthly: fen(150_000),
            from: Month::new(2026, 2).unwrap(),
            until: None,
            declared_on: date(2026, 4, 9),
        }];
        let mut whole = Vec::new();
        let mut split = Vec::new();
        for ((wages, special, services), month) in rows.iter().zip(months(2026)) {
            for (paid, income, special) in
                [(Paid::Wages, *wages, *special), (Paid::Services, *services, 0)]
            {
                let of = |income, special| SheetMonth {
                    month,
                    paid,
                    income: fen(income),
                    special: fen(special),
                    withheld: None,
                };
                whole.push(of(income, special));
                let (mut left, mut special) = (income, special);
                for cut in &cuts {
                    let part = left * cut / 100;
                    split.push(of(part, special));
                    (left, special) = (left - part, 0);
                }
                split.push(of(left, special));
            }
        }
        let tax = |months: &[SheetMonth], paid| -> Vec<i64> {
            let right = law.right(None, &declared, months).unwrap();
            let of_kind = months.iter().zip(right).filter(|(month, _)| month.paid == paid);
            of_kind.map(|(_, right)| right.withhold().fen()).collect()
        };
        for paid in [Paid::Wages, Paid::Services] {
            let parts = tax(&split, paid);
            let sums: Vec<i64> = parts.chunks(cuts.len() + 1).map(|parts| parts.iter().sum()).collect();
            prop_assert_eq!(sums, tax(&whole, paid));
        }
    }

    /// Tax is never negative, and never more than the income at the highest rate.
    #[test]
    fn tax_is_never_negative(rows in prop::collection::vec(payment(), 1..13)) {
        let payments = year_of(&rows);
        let income: i64 = payments.iter().map(|p| p.income.fen()).sum();
        let tax = withheld(&payments);
        prop_assert!(tax.iter().all(|tax| *tax >= 0));
        prop_assert!(tax.iter().sum::<i64>() * 100 <= income * 45);
    }

    /// Who earns more in a year of equal months never has less withheld, and keeps more.
    #[test]
    fn tax_is_monotone_in_income(income in 0i64..30_000_000, more in 0i64..5_000_000) {
        let year = |income| withheld(&year_of(&[(income, 100_000, 200_000); 12])).iter().sum::<i64>();
        let (less_tax, more_tax) = (year(income), year(income + more));
        prop_assert!(less_tax <= more_tax);
        prop_assert!(more_tax - less_tax <= 12 * more);
    }

    /// Over a year of rising totals the withholdings add up to the annual tax.
    #[test]
    fn months_add_up_to_the_year(income in 0i64..30_000_000, special in 0i64..400_000) {
        let payments = year_of(&[(income, special, 0); 12]);
        let year = WageTaxYear::of(2026).withhold(&payments).unwrap();
        let last = year.last().unwrap();
        prop_assert_eq!(year.iter().map(|w| w.withhold().fen()).sum::<i64>(), last.tax.fen());
        let base = (12 * (income - special) - 6_000_000).max(0);
        prop_assert_eq!(last.taxable.fen(), base);
    }

    /// In any year what was withheld is the annual tax and what goes back in annual settlement.
    #[test]
    fn what_was_withheld_is_tax_and_refund(rows in prop::collection::vec(payment(), 1..13)) {
        let year = WageTaxYear::of(2026).withhold(&year_of(&rows)).unwrap();
        let sum: i64 = year.iter().map(|w| w.withhold().fen()).sum();
        let last = year.last().unwrap();
        prop_assert_eq!(sum, last.tax.fen() + last.over_withheld().fen());
    }

    /// The 60,000 rule and the first-job rule never take more than months employed do.
    #[test]
    fn simplifications_never_take_more(rows in prop::collection::vec(payment(), 1..13)) {
        let with = |basic| {
            let mut payments = year_of(&rows);
            payments.iter_mut().for_each(|payment| payment.basic = basic);
            let year = WageTaxYear::of(2026).withhold(&payments).unwrap();
            year.iter().map(|w| w.tax).collect::<Vec<_>>()
        };
        let (march, december) = (Month::new(2026, 3).unwrap(), Month::new(2026, 12).unwrap());
        let employed = with(BasicDeduction::MonthsEmployed(MonthsOfYear::from_to(march, december)));
        let january = with(BasicDeduction::FromJanuary);
        let whole = with(BasicDeduction::WholeYear);
        prop_assert!(employed.iter().zip(&january).all(|(a, b)| a >= b));
        prop_assert!(january.iter().zip(&whole).all(|(a, b)| a >= b));
    }

    /// Receipts of one occurrence are taxed as one.
    #[test]
    fn an_occurrence_is_one(receipts in prop::collection::vec(1i64..5_000_000, 1..6)) {
        let law = LabourTax::on(date(2026, 5, 1)).unwrap();
        let mut sum = Occurrence::default();
        for receipt in &receipts {
            sum.income = fen(sum.income.fen() + receipt);
            let w = law.withhold(&sum).unwrap();
            prop_assert!(w.withhold() >= Money::ZERO);
            sum.withheld = fen(sum.withheld.fen() + w.withhold().fen());
        }
        let whole = law.withhold(&Occurrence { income: sum.income, ..Occurrence::default() }).unwrap();
        prop_assert_eq!(whole.tax, sum.withheld);
    }

    /// A separately taxed bonus, whatever it is: the tax is less than the bonus.
    #[test]
    fn a_bonus_is_never_eaten_up(amount in 0i64..500_000_000) {
        let law = BonusTax::on(date(2026, 1, 1)).unwrap();
        let w = law.withhold(&Bonus { amount: fen(amount), ..Bonus::default() }, false).unwrap();
        prop_assert!(w.withhold() >= Money::ZERO && w.withhold().fen() * 100 <= amount * 45);
    }

    /// Among the readings of a gap the one that counts all takes least, over the year so far.
    #[test]
    fn gap_policies_are_ordered(incomes in prop::collection::vec(prop::option::of(1i64..10_000_000), 1..13)) {
        let receipts: Vec<LabourReceipt> = incomes
            .iter()
            .zip(months(2026))
            .filter_map(|(income, month)| income.map(|income| (income, month)))
            .map(|(income, month)| LabourReceipt {
                month,
                income: fen(income),
                exempt: Money::ZERO,
                other: Money::ZERO,
                relief: Money::ZERO,
                basic: None,
                withheld: None,
            })
            .collect();
        let tax = |policy| {
            let whose = CumulativeLabour::Platform(policy);
            let year = CumulativeLabourTax::withhold_year(whose, &receipts).unwrap();
            year.iter().map(|w| w.tax.fen()).collect::<Vec<_>>()
        };
        let (months, all) = (tax(GapPolicy::RestartMonths), tax(GapPolicy::CountAll));
        prop_assert!(months.iter().zip(&all).all(|(a, b)| a >= b));
    }
}
