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
        assert_eq!(shown(law.right(*since, &[], &sheets).unwrap()).join(" "), *expected, "{since:?} {given}");
        // Asked for month by month, the same comes out.
        let by_month =
            (1..=12).flat_map(|number| shown(law.right_in(month(number), *since, &[], &sheets).unwrap()));
        assert_eq!(by_month.collect::<Vec<_>>().join(" "), *expected, "{since:?} {given}");
    }
}

/// `kind monthly from until declared_on`; until `-` = open.
fn declarations(text: &str) -> Vec<Declared> {
    let row = |row: &str| {
        let words: Vec<&str> = row.split_whitespace().collect();
        Declared {
            kind: Deduction::from_word(words[0]).unwrap(),
            monthly: words[1].parse().unwrap(),
            from: words[2].parse().unwrap(),
            until: (words[3] != "-").then(|| words[3].parse().unwrap()),
            declared_on: words[4].parse().unwrap(),
        }
    };
    text.split(',').filter(|row| !row.is_empty()).map(row).collect()
}

/// 12,000 a month from January on, employed since the year before: 210 a month without declarations.
#[test]
fn declared_deductions() {
    let table = [
        ("", "1 2 3 4", "210.00 210.00 210.00 210.00"),
        // 2,000 less a month from the beginning.
        ("子女教育 2000 2026-01 - 2025-12-20", "1 2 3 4", "150.00 150.00 150.00 150.00"),
        // Declared in March for January on: three months at once.
        ("子女教育 2000 2026-01 - 2026-03-31", "1 2 3 4", "210.00 210.00 30.00 150.00"),
        // Nothing was paid in February: March makes up for its deductions, the basic one included.
        ("赡养老人 1500 2026-01 - 2025-12-20", "1 3 4", "165.00 0.00 135.00"),
        // Until February; a second payment of a month deducts nothing twice.
        ("住房租金 1500 2025-09 2026-02 2025-12-20", "1 2 2 3", "165.00 165.00 360.00 210.00"),
        // A later beginning ends the earlier: rent goes up; then it ends by an amount of nothing.
        (
            "住房租金 800 2026-01 - 2025-12-20,住房租金 1500 2026-02 2026-03 2026-02-01,住房租金 0 2026-03 - 2026-03-01",
            "1 2 3 4",
            "186.00 165.00 210.00 210.00",
        ),
        // Said too much in January, less since March: what was too much comes back, as tax.
        (
            "继续教育 4000 2026-01 - 2026-01-05,继续教育 400 2026-01 - 2026-03-05",
            "1 2 3",
            "90.00 90.00 414.00",
        ),
        // Other deductions, and relief from the tax itself: more than there is to pay leaves nothing.
        ("商业健康保险 200 2026-01 - 2026-01-05,减免税额 100 2026-01 - 2026-01-05", "1 2", "104.00 104.00"),
        ("减免税额 900 2026-02 - 2026-01-05", "1 2 3", "210.00 0.00 0.00"),
    ];
    let law = AgentTaxYear::of(2026);
    for (declared, paid_in, expected) in table {
        let sheets: Vec<String> = paid_in.split(' ').map(|month| format!("{month} 12000 0 -")).collect();
        let (declared, sheets) = (declarations(declared), sheets_of(&sheets));
        let right = law.right(Some(date(2025, 6, 1)), &declared, &sheets).unwrap();
        let shown: Vec<String> = right.iter().map(|right| right.withhold().to_string()).collect();
        assert_eq!(shown.join(" "), expected, "{declared:?} {paid_in}");
    }
}

fn sheets_of(rows: &[String]) -> Vec<SheetMonth> {
    sheets(&rows.join(","))
}

/// Months before the job began are not deducted by this agent, and the computation can be read.
#[test]
fn declared_deductions_step_by_step() {
    let declared = declarations(
        "子女教育 2000 2025-09 - 2026-04-02,子女教育 4000 2026-05 - 2026-05-02,减免税额 50 2026-05 - 2026-05-02",
    );
    let employed = months_employed(Some(date(2026, 3, 1)), month(4));
    let of = |before: Option<i8>, paid_in: i8| {
        let deducted = deducted(&declared, employed, before.map(month), month(paid_in)).unwrap();
        let shown = deducted.iter().map(|of_kind| {
            let step = of_kind.step(month(paid_in)).unwrap();
            format!("{} {} = {} ({}) {}", step.zh, step.formula, step.result, of_kind.new, step.by.article)
        });
        shown.collect::<Vec<_>>().join("; ")
    };
    assert_eq!(of(None, 3), "");
    assert_eq!(of(Some(3), 4), "子女教育 2000.00 × 2 = 4000.00 (4000.00) art. 6");
    assert_eq!(of(Some(4), 4), "子女教育 2000.00 × 2 = 4000.00 (0.00) art. 6");
    assert_eq!(
        of(Some(4), 6),
        "子女教育 2000.00 × 2 + 4000.00 × 2 = 12000.00 (8000.00) art. 6; 减免税额 50.00 × 2 = 100.00 (100.00) art. 5"
    );
}

#[test]
fn what_a_month_allows() {
    let allowed = |kind: Deduction| {
        let allowed = kind.allowed(month(1)).unwrap();
        format!(
            "{} {}",
            kind.word(),
            allowed.map_or_else(|| "-".to_owned(), |amount| amount.value.to_string())
        )
    };
    let all: Vec<String> = Deduction::ALL.iter().copied().map(allowed).collect();
    assert_eq!(
        all.join(", "),
        "3岁以下婴幼儿照护 -, 子女教育 -, 继续教育 3600.00, 住房贷款利息 1000.00, 住房租金 1500.00, \
         赡养老人 3000.00, 个人养老金 12000.00, 企业年金 -, 商业健康保险 200.00, 税延养老保险 -, 减免税额 -"
    );
}

#[test]
fn years_without_law_are_errors() {
    let old = SheetMonth { month: Month::new(2018, 5).unwrap(), ..sheets("5 9000 0 0")[0] };
    assert!(matches!(AgentTaxYear::of(2018).right(None, &[], &[old]), Err(crate::RuleError::Missing(_))));
    assert!(AgentTaxYear::of(2026).right(None, &[], &[old]).is_err());
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
