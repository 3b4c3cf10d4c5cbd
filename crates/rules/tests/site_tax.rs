//! Half a year of three building sites: the lines whose sheet shows another tax than the right one, all of them and
//! no others.

use rules::tax::{BasicDeduction, MonthsOfYear, WagePayment, WageTaxYear};
use rules::{Money, Month};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap()
}

fn money(value: &Value, name: &str) -> Money {
    text(value, name).parse().unwrap()
}

/// Start of the first contract by worker and employer. The files are UTF-8 or GB18030; what is read here is ASCII
/// in both, dates by their digits.
fn first_contracts(folder: &Path) -> BTreeMap<(String, String), Month> {
    let mut first = BTreeMap::new();
    for file in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if !file.file_name().unwrap().to_string_lossy().starts_with("contracts-") {
            continue;
        }
        let bytes = std::fs::read(&file).unwrap();
        for line in String::from_utf8_lossy(&bytes).lines().skip(1).filter(|line| line.len() > 20) {
            let fields: Vec<&str> = line.split(',').collect();
            let mut numbers = fields[7].split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
            let mut number = || numbers.next().unwrap();
            let (year, month) = match fields[7].len() {
                8 if fields[7].bytes().all(|b| b.is_ascii_digit()) => fields[7][..6].split_at(4),
                _ => (number(), number()),
            };
            let month = Month::new(year.parse().unwrap(), month.parse().unwrap()).unwrap();
            let worker: String = fields[1].chars().filter(|c| !c.is_whitespace()).collect();
            let key = (worker.to_uppercase(), fields[3].trim().to_owned());
            let earliest = first.entry(key).or_insert(month);
            *earliest = (*earliest).min(month);
        }
    }
    first
}

#[test]
fn every_variance_and_no_other() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/site");
    let expected: Value =
        serde_json::from_slice(&std::fs::read(folder.join("expected.json")).unwrap()).unwrap();
    let contracts = first_contracts(&folder);
    let mut lines: BTreeMap<(String, String), Vec<&Value>> = BTreeMap::new();
    for line in expected["lines"].as_array().unwrap() {
        let key = (text(line, "worker").to_owned(), text(line, "employer").to_owned());
        lines.entry(key).or_default().push(line);
    }
    let law = WageTaxYear::of(2026);
    let (january, december) = (Month::new(2026, 1).unwrap(), Month::new(2026, 12).unwrap());
    let mut found = BTreeSet::new();
    for (key, mut lines) in lines {
        lines.sort_by_key(|line| text(line, "month"));
        // Without a contract nobody here reaches the taxable amount, whichever way his months are counted.
        let from = contracts.get(&key).copied().unwrap_or(january).max(january);
        let basic = BasicDeduction::MonthsEmployed(MonthsOfYear::from_to(from, december));
        let payments = lines.iter().map(|line| {
            let month: Month = text(line, "month").parse().unwrap();
            let deductions = &line["deductions"];
            let insurance =
                money(deductions, "social_insurance").fen() + money(deductions, "housing_fund").fen();
            WagePayment {
                special: Money::from_fen(insurance),
                withheld: Some(money(deductions, "income_tax")),
                ..WagePayment::new(month.next(), money(line, "gross"), basic)
            }
        });
        let payments: Vec<WagePayment> = payments.collect();
        let right = law.withhold(&payments).unwrap();
        for ((line, payment), right) in lines.iter().zip(&payments).zip(&right) {
            let (on_sheet, right) = (payment.withheld.unwrap(), right.withhold());
            if on_sheet != right {
                let row =
                    [text(line, "worker"), text(line, "month"), &on_sheet.to_string(), &right.to_string()];
                found.insert(row.map(str::to_owned));
            }
        }
    }
    let expected = expected["tax_variances"].as_array().unwrap().iter();
    let expected: BTreeSet<_> = expected
        .map(|v| ["worker", "month", "on_sheet", "right"].map(|name| text(v, name).to_owned()))
        .collect();
    assert_eq!(found, expected);
    assert_eq!(found.len(), 18);
}
