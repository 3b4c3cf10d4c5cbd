//! Published figures and the edges of every bracket, as tables.

use crate::tax::*;
use crate::{Money, Month, Pack, Region};
use jiff::civil::date;

fn yuan(text: &str) -> Money {
    text.parse().unwrap()
}

fn month(text: &str) -> Month {
    text.parse().unwrap()
}

/// Lines of words; empty lines and comments are left out.
fn lines(table: &str) -> impl Iterator<Item = Vec<&str>> {
    let lines = table.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
    lines.filter(|line| !line.is_empty()).map(|line| line.split_whitespace().collect())
}

/// Each limit is inclusive; a fen more is the next row, and the tax does not jump.
#[test]
fn edges_of_every_table() {
    for (name, table) in [
        (
            "iit.table.annual",
            "0.00       3%   0.00
             36000.00   3%   1080.00
             36000.01   10%  1080.00
             144000.00  10%  11880.00
             144000.01  20%  11880.00
             300000.00  20%  43080.00
             300000.01  25%  43080.00
             420000.00  25%  73080.00
             420000.01  30%  73080.00
             660000.00  30%  145080.00
             660000.01  35%  145080.00
             960000.00  35%  250080.00
             960000.01  45%  250080.00
             1000000.00 45%  268080.00",
        ),
        (
            "iit.table.monthly",
            "3000.00   3%   90.00
             3000.01   10%  90.00
             12000.00  10%  990.00
             12000.01  20%  990.00
             25000.00  20%  3590.00
             25000.01  25%  3590.00
             35000.00  25%  6090.00
             35000.01  30%  6090.00
             55000.00  30%  12090.00
             55000.01  35%  12090.00
             80000.00  35%  20840.00
             80000.01  45%  20840.00",
        ),
        (
            "iit.table.labour",
            "20000.00  20%  4000.00
             20000.01  30%  4000.00
             50000.00  30%  13000.00
             50000.01  40%  13000.00",
        ),
    ] {
        let found = Pack::china().table(name, Region::CHINA, date(2026, 1, 1)).unwrap().value;
        for line in lines(table) {
            let [base, rate, tax] = line[..] else { panic!("{line:?}") };
            let row = found.row(yuan(base));
            assert_eq!(crate::step::percent(row.rate), rate, "{name} {base}");
            assert_eq!(row.tax(yuan(base)).unwrap(), yuan(tax), "{name} {base}");
        }
    }
}

#[test]
fn a_table_must_be_continuous() {
    let row = |up_to: Option<&str>, rate: &str, quick: &str| TableRow {
        up_to: up_to.map(yuan),
        rate: rate.parse().unwrap(),
        quick: yuan(quick),
    };
    let first = row(Some("36000"), "0.03", "0");
    for (rows, says) in [
        (vec![], "a table without rows"),
        (vec![first], "the last row has no `up_to`"),
        (vec![first, row(None, "0.10", "2519")], "quick deduction 2519.00 does not follow"),
        (vec![first, row(Some("30000"), "0.10", "2520"), row(None, "0.20", "5520")], "does not come after"),
    ] {
        let error = Table::new(&rows).unwrap_err();
        assert!(error.contains(says), "{error}");
    }
    assert!(Table::new(&[first, row(None, "0.10", "2520")]).is_ok());
}

/// 2020 No. 19, the example of its official reading: 10,000 in January, 4,000 in the other months, 50,000 last
/// year. With the whole year's deduction nothing is withheld; without it 150 in January.
#[test]
fn the_60_000_rule() {
    let year = WageTaxYear::of(2021);
    let withheld = |basic: fn(Month) -> BasicDeduction| -> Vec<String> {
        let payments: Vec<_> = (1..=12)
            .map(|number| {
                let month = Month::new(2021, number).unwrap();
                WagePayment::new(month, yuan(if number == 1 { "10000" } else { "4000" }), basic(month))
            })
            .collect();
        year.withhold(&payments).unwrap().iter().map(|w| w.withhold().to_string()).collect()
    };
    assert_eq!(withheld(|_| BasicDeduction::WholeYear), ["0.00"; 12]);
    let mut old = vec!["0.00"; 12];
    old[0] = "150.00";
    assert_eq!(withheld(|_| BasicDeduction::FromJanuary), old);
}

/// income of last year, months filed, another employer → whether the rule holds
#[test]
fn who_qualifies_for_the_60_000_rule() {
    let table = "
        60000.00  1-12  no   yes   # the limit is inclusive
        60000.01  1-12  no   no
        50000.00  2-12  no   no    # January was not filed
        50000.00  1-12  yes  no
        0.00      1-12  no   yes";
    for line in lines(table) {
        let [income, months, other, expected] = line[..] else { panic!("{line:?}") };
        let first = if months == "1-12" { month("2024-01") } else { month("2024-02") };
        let last = LastYear {
            months_filed: MonthsOfYear::from_to(first, month("2024-12")),
            other_employers: other == "yes",
            income: yuan(income),
        };
        assert_eq!(qualifies_for_whole_year(2025, &last).unwrap(), expected == "yes", "{line:?}");
    }
    let last = LastYear { months_filed: MonthsOfYear::NONE, other_employers: false, income: Money::ZERO };
    // The rule began in 2021.
    assert!(qualifies_for_whole_year(2020, &last).unwrap_err().to_string().contains("on 2020-01-01"));
}

/// What a bracket's edge costs: the bonus that is a yuan larger (MoF/STA 2023 No. 30).
#[test]
fn bonus_cliffs() {
    let table = "
        # bonus     tax
        36000       1080.00
        36001       3390.10    # 2,310.10 more
        144000      14190.00
        144001      27390.20
        300000      58590.00
        300001      72340.25
        420000      102340.00
        420001      121590.30
        660000      193590.00
        660001      223840.35
        960000      328840.00
        960001      416840.45
        0           0.00";
    let law = BonusTax::on(date(2027, 12, 31)).unwrap();
    for line in lines(table) {
        let bonus = Bonus { amount: yuan(line[0]), ..Bonus::default() };
        assert_eq!(law.withhold(&bonus, false).unwrap().withhold(), yuan(line[1]), "{}", line[0]);
    }
    let second = law.withhold(&Bonus::default(), true).unwrap_err();
    assert!(second.to_string().contains("once per person and year"));
    assert!(BonusTax::on(date(2028, 1, 1)).unwrap_err().to_string().contains("on 2028-01-01"));
}

#[test]
fn occasional_labour() {
    let table = "
        # income    expense    taxable    tax
        800         800.00     0.00       0.00
        800.01      800.00     0.01       0.00
        4000        800.00     3200.00    640.00     # the last flat expense
        4000.01     800.00     3200.01    640.00     # a fen more: 20 % of it is 800.00 too
        5000        1000.00    4000.00    800.00
        25000       5000.00    20000.00   4000.00
        62500       12500.00   50000.00   13000.00
        100000      20000.00   80000.00   25000.00";
    let law = LabourTax::on(date(2026, 5, 1)).unwrap();
    for line in lines(table) {
        let w = law.withhold(&Occurrence { income: yuan(line[0]), ..Occurrence::default() }).unwrap();
        let got = [w.expense, w.taxable, w.withhold()].map(|money| money.to_string());
        assert_eq!(got, [line[1], line[2], line[3]], "{}", line[0]);
    }
}

/// Up to 6,250 a month on a platform nothing is withheld: 80 % of it is the basic deduction.
#[test]
fn platform_labour_is_free_up_to_6_250() {
    let receipts = |income: &str| -> Vec<LabourReceipt> {
        let months = (1..=12).map(|number| Month::new(2026, number).unwrap());
        let receipt = |month| LabourReceipt {
            month,
            income: yuan(income),
            exempt: Money::ZERO,
            other: Money::ZERO,
            relief: Money::ZERO,
            basic: None,
            withheld: None,
        };
        months.map(receipt).collect()
    };
    let platform = CumulativeLabour::Platform(GapPolicy::default());
    let year = |income| CumulativeLabourTax::withhold_year(platform, &receipts(income)).unwrap();
    assert!(year("6250").iter().all(|w| w.withhold() == Money::ZERO));
    assert!(year("6251").iter().any(|w| w.withhold() > Money::ZERO));
    // Before October 2025 the method did not exist.
    let mut early = receipts("10000");
    early.iter_mut().for_each(|receipt| receipt.month = month("2025-09"));
    let error = CumulativeLabourTax::withhold_year(platform, &early).unwrap_err().to_string();
    assert!(error.contains("iit.labour.cumulative_platform") && error.contains("2025-09-01"), "{error}");
}

/// A month of receipts of nothing changes nothing, and is a gap all the same.
#[test]
fn platform_months_of_nothing() {
    let receipt = |number: i8, income: &str| LabourReceipt {
        month: Month::new(2026, number).unwrap(),
        income: yuan(income),
        exempt: Money::ZERO,
        other: Money::ZERO,
        relief: Money::ZERO,
        basic: None,
        withheld: None,
    };
    let receipts = [receipt(1, "10000"), receipt(2, "0"), receipt(3, "10000"), receipt(3, "10000")];
    let table = [
        (GapPolicy::RestartAll, ["90.00", "0.00", "90.00", "240.00"]),
        (GapPolicy::RestartMonths, ["90.00", "0.00", "240.00", "240.00"]),
        (GapPolicy::CountAll, ["90.00", "0.00", "90.00", "240.00"]),
    ];
    for (policy, expected) in table {
        let whose = CumulativeLabour::Platform(policy);
        let year = CumulativeLabourTax::withhold_year(whose, &receipts).unwrap();
        let withheld: Vec<_> = year.iter().map(|w| w.withhold().to_string()).collect();
        assert_eq!(withheld, expected, "{policy:?}");
        let runs: Vec<_> = year.iter().map(|w| w.new_run).collect();
        assert_eq!(runs, [false, false, true, false], "{policy:?}");
    }
}

#[test]
fn non_residents() {
    let table = "
        # kind    income     taxable    tax
        wages     5000       0.00       0.00
        wages     8000       3000.00    90.00
        wages     8000.01    3000.01    90.00
        labour    20000      16000.00   1790.00
        author    10000      5600.00    350.00     # 10,000 × 80 % × 70 %";
    let law = NonResidentTax::on(date(2026, 3, 1)).unwrap();
    for line in lines(table) {
        let kind = match line[0] {
            "wages" => NonResidentIncome::Wages,
            "labour" => NonResidentIncome::Labour,
            _ => NonResidentIncome::Author,
        };
        let zero = Money::ZERO;
        let w = law.withhold(kind, yuan(line[1]), zero, zero, zero).unwrap();
        assert_eq!([w.taxable, w.withhold()].map(|m| m.to_string()), [line[2], line[3]], "{line:?}");
    }
}

/// 财税〔2018〕164号 art. 5.
#[test]
fn severance_is_taxed_above_three_averages() {
    let table = "
        # paid      local average  exempt      taxable     tax
        500000      120000         360000.00   140000.00   11480.00
        360000      120000         360000.00   0.00        0.00
        360000.01   120000         360000.00   0.01        0.00
        396000      120000         360000.00   36000.00    1080.00";
    let law = SeveranceTax::on(date(2026, 1, 1)).unwrap();
    for line in lines(table) {
        let w = law.withhold(yuan(line[0]), yuan(line[1])).unwrap();
        let got = [w.exempt, w.taxable, w.tax].map(|money| money.to_string());
        assert_eq!(got, [line[2], line[3], line[4]], "{line:?}");
    }
}

#[test]
fn special_additional_deductions() {
    use Additional::*;
    let table: [(&str, &[Additional], &str); 12] = [
        ("2022-06", &[InfantCare { children: 1, share: Share::Whole }], "1000.00"),
        ("2023-06", &[InfantCare { children: 2, share: Share::Half }], "2000.00"),
        ("2022-12", &[ChildEducation { children: 1, share: Share::Whole }], "1000.00"),
        ("2023-01", &[ChildEducation { children: 1, share: Share::Half }], "1000.00"),
        ("2026-01", &[Degree { months_before: 47 }], "400.00"),
        ("2026-01", &[Degree { months_before: 48 }], "0.00"),
        ("2026-01", &[HomeLoan { months_before: 239 }], "1000.00"),
        ("2026-01", &[HomeLoan { months_before: 240 }], "0.00"),
        ("2026-01", &[Rent(super::super::Rent::Large), ElderlyCare(Parents::OnlyChild)], "4500.00"),
        ("2026-01", &[ElderlyCare(Parents::Shared(Money::from_fen(200_000)))], "1500.00"),
        ("2022-01", &[ElderlyCare(Parents::Shared(Money::from_fen(200_000)))], "1000.00"),
        ("2026-01", &[Certificate { deducted_before: false }], "3600.00"),
    ];
    for (when, items, expected) in table {
        assert_eq!(allowance(items, month(when)).unwrap().amount, yuan(expected), "{when} {items:?}");
    }
    let both = [Rent(super::super::Rent::Small), HomeLoan { months_before: 0 }];
    assert!(allowance(&both, month("2026-01")).is_err());
    // Infant care began in 2022.
    let early = allowance(&[InfantCare { children: 1, share: Share::Whole }], month("2021-12"));
    assert!(early.unwrap_err().to_string().contains("2021-12-01"));
    for (cost, expected) in
        [("15000", "0.00"), ("20000", "5000.00"), ("95000", "80000.00"), ("99999", "80000.00")]
    {
        assert_eq!(major_illness(yuan(cost), 2025).unwrap().amount, yuan(expected), "{cost}");
    }
}

/// Donations count up to 30 % of taxable income.
#[test]
fn donations() {
    let basic = BasicDeduction::FromJanuary;
    let payment = |donations: &str| WagePayment {
        donations: yuan(donations),
        ..WagePayment::new(month("2026-01"), yuan("15000"), basic)
    };
    for (donations, taxable) in
        [("0", "10000.00"), ("1000", "9000.00"), ("3000", "7000.00"), ("5000", "7000.00")]
    {
        let year = WageTaxYear::of(2026).withhold(&[payment(donations)]).unwrap();
        assert_eq!(year[0].taxable, yuan(taxable), "{donations}");
    }
}

/// A computation reads as a lawyer would write it.
#[test]
fn steps_read_as_a_computation() {
    let payment = WagePayment {
        special: yuan("1500"),
        special_additional: yuan("1000"),
        ..WagePayment::new(
            month("2019-01"),
            yuan("10000"),
            BasicDeduction::MonthsEmployed(MonthsOfYear::from_to(month("2019-01"), month("2019-12"))),
        )
    };
    let year = WageTaxYear::of(2019).withhold(&[payment]).unwrap();
    let text: Vec<String> =
        year[0].steps().iter().map(|s| format!("{} = {} [{}]", s.formula, s.result, s.by.article)).collect();
    assert_eq!(
        text,
        [
            "5000.00 × 1 = 5000.00 [art. 6]",
            "10000.00 - 0.00 - 5000.00 - 1500.00 - 1000.00 - 0.00 = 2500.00 [art. 6]",
            "2500.00 × 3% - 0.00 = 75.00 [art. 6, table 1]",
            "75.00 - 0.00 - 0.00 = 75.00 [art. 6]",
            "max(0.00, 75.00) = 75.00 [art. 6]",
        ]
    );
}

#[test]
fn payments_stand_in_order_and_in_their_year() {
    let payment = |when: &str| WagePayment::new(month(when), yuan("1"), BasicDeduction::FromJanuary);
    for (year, months) in [(2026, ["2026-02", "2026-01"]), (2026, ["2026-12", "2027-01"])] {
        let error = WageTaxYear::of(year).withhold(&months.map(payment)).unwrap_err().to_string();
        assert!(error.contains("is out of place"), "{error}");
    }
    // The method began in 2019, the first-job rule in July 2020.
    assert!(WageTaxYear::of(2018).withhold(&[payment("2018-12")]).is_err());
    let error = WageTaxYear::of(2020).withhold(&[payment("2020-06")]).unwrap_err().to_string();
    assert!(error.contains("first_job_of_year") && error.contains("2020-06-01"), "{error}");
    assert!(WageTaxYear::of(2020).withhold(&[payment("2020-07")]).is_ok());
}

/// Months in which somebody was employed, from the periods.
#[test]
fn months_of_periods() {
    let periods = [(date(2025, 11, 3), Some(date(2026, 2, 1))), (date(2026, 5, 31), None)];
    let months = MonthsOfYear::touched_by(2026, &periods);
    let counts: Vec<u8> = (1..=12).map(|number| months.count_to(number)).collect();
    assert_eq!(counts, [1, 2, 2, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    assert_eq!([1, 2, 3, 5, 7].map(|number| months.run_to(number)), [1, 2, 0, 1, 3]);
    for (from, to, count) in [
        ("2026-03", "2026-12", 10),
        ("2025-11", "2026-12", 12), // employed since last year: January counts
        ("2026-12", "2026-03", 0),
        ("2027-01", "2026-12", 0),
    ] {
        assert_eq!(MonthsOfYear::from_to(month(from), month(to)).count_to(12), count, "{from} {to}");
    }
}
