//! Sheets beside the law.

use crate::tax::*;
use crate::{Confidence, Money, Month, Pack};
use jiff::civil::{Date, date};

fn month(number: i8) -> Month {
    Month::new(2026, number).unwrap()
}

/// `month income special withheld`, `s` behind it for services; withheld `-` = as it should have been.
fn sheets(text: &str) -> Vec<SheetMonth> {
    let row = |row: &str| {
        let words: Vec<&str> = row.split_whitespace().collect();
        let money = |at: usize| words[at].parse::<Money>().unwrap();
        SheetMonth {
            month: month(words[0].parse().unwrap()),
            paid: if words.get(4) == Some(&"s") { Paid::Services } else { Paid::Wages },
            income: money(1),
            special: money(2),
            withheld: (words[3] != "-").then(|| money(3)),
        }
    };
    text.split(',').map(row).collect()
}

#[test]
fn what_should_have_been_withheld() {
    let table: &[(Option<Date>, &str, &str)] = &[
        // 10,000 in February, employed since January: nothing; with a contract from February on 150.
        (Some(date(2026, 1, 5)), "2 10000 0 0", "0.00"),
        (Some(date(2025, 6, 1)), "2 10000 0 0", "0.00"),
        // The contract began after the first month of wages: the wages say more.
        (Some(date(2026, 2, 10)), "2 10000 0 0", "0.00"),
        // No contract: since the first month of wages.
        (None, "4 10600 0 18, 5 10000 0 150", "18.00 150.00"),
        // Wages of December are paid in January: one month counts.
        (None, "1 10000 0 150", "150.00"),
        // Too little in March: April makes up for it. Too much: nothing is given back.
        (Some(date(2026, 3, 1)), "3 12000 500 0, 4 10000 500 0", "45.00 180.00"),
        (Some(date(2026, 3, 1)), "4 11000 0 999, 5 10000 0 0", "30.00 0.00"),
        // Two payments in a month are taxed on what has come together.
        (Some(date(2026, 4, 1)), "5 9000 0 -, 5 3000 0 -", "0.00 60.00"),
        // It is not known what was withheld in March: what should have been.
        (Some(date(2026, 3, 1)), "3 12000 0 -, 4 10000 0 0", "60.00 150.00"),
        // Services beside wages: by the month, for themselves; 3,000 less 800, 5,000 less a fifth, at 20 %.
        (Some(date(2026, 4, 1)), "5 15000 0 150, 5 3000 0 440 s, 6 5000 0 0 s", "150.00 440.00 800.00"),
        (None, "5 3000 0 - s, 5 3000 0 - s", "440.00 520.00"),
    ];
    let law = AgentTaxYear::of(2026);
    for (since, given, expected) in table {
        let shown = |right: Vec<RightTax>| right.iter().map(|r| r.withhold().to_string()).collect::<Vec<_>>();
        let sheets = sheets(given);
        assert_eq!(shown(law.right(*since, &sheets).unwrap()).join(" "), *expected, "{since:?} {given}");
        // Asked for month by month, the same comes out.
        let by_month =
            (1..=12).flat_map(|number| shown(law.right_in(month(number), *since, &sheets).unwrap()));
        assert_eq!(by_month.collect::<Vec<_>>().join(" "), *expected, "{since:?} {given}");
    }
}

#[test]
fn years_without_law_are_errors() {
    let old = SheetMonth { month: Month::new(2018, 5).unwrap(), ..sheets("5 9000 0 0")[0] };
    assert!(matches!(AgentTaxYear::of(2018).right(None, &[old]), Err(crate::RuleError::Missing(_))));
    assert!(AgentTaxYear::of(2026).right(None, &[old]).is_err());
}

/// Each month's law is looked up on its first day and applied to all that has added up since January. Whoever adds a
/// value that this does not suit has to change [`WageTaxYear`] first.
#[test]
fn the_law_of_a_months_first_day_suffices() {
    let pack = Pack::china();
    let iit = pack.parameters().filter(|parameter| parameter.name.starts_with("iit."));
    for parameter in iit {
        let adds_up = [
            "iit.basic_deduction_month",
            "iit.basic_deduction_year",
            "iit.table.annual",
            "iit.donation_limit",
        ];
        for provision in &parameter.provisions {
            let from = provision.valid_from;
            if from < date(2019, 1, 1) || provision.confidence == Confidence::Convention {
                continue;
            }
            assert_eq!(from.day(), 1, "{} changes within a month", parameter.name);
            if adds_up.contains(&parameter.name.as_str()) {
                assert_eq!(from.month(), 1, "{} changes within a year", parameter.name);
            }
        }
    }
}
