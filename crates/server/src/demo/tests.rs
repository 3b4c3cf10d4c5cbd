//! The site can be read without a finding, and shows what it was invented to show.

use super::*;
use formats::{BankFile, Content, FileName, Outcome, Parsed};
use jiff::civil::Date;
use rules::{Bucket, Calendar, Days, Money, PayDay};
use std::collections::{BTreeMap, BTreeSet};
use wages::{CreditCode, Direction, IdNumber};

fn read(files: &[SiteFile]) -> Vec<(FileName, Parsed)> {
    let read = |file: &SiteFile| {
        let name = FileName::of(&file.name).unwrap_or_else(|| panic!("{} is none of ours", file.name));
        let parsed = formats::parse(&name, &file.bytes);
        assert_eq!(parsed.findings, [], "{}", file.name);
        assert!(parsed.repeats.is_empty() && !parsed.content.is_empty(), "{}", file.name);
        (name, parsed)
    };
    files.iter().map(read).collect()
}

/// The site as its files tell it; persons by ID number, amounts in fen.
#[derive(Default)]
struct Told {
    pay_days: BTreeMap<String, PayDay>,
    agreed_pay_days: BTreeMap<(String, String), PayDay>,
    workers: BTreeSet<IdNumber>,
    cards: BTreeSet<String>,
    phones: BTreeSet<String>,
    codes: BTreeSet<CreditCode>,
    firms: BTreeSet<String>,
    /// Project, ID number, month → tenths.
    days: BTreeMap<(String, String, Month), i64>,
    /// Project, ID number, month → days and net of the version in force.
    lines: BTreeMap<(String, String, Month), (Days, i64)>,
    paid: BTreeMap<(String, String, Month), i64>,
    /// By project.
    batches: BTreeMap<String, i64>,
    account: BTreeMap<String, i64>,
    outcomes: BTreeMap<&'static str, u32>,
}

fn told() -> Told {
    let mut told = Told::default();
    for (name, parsed) in read(&site().unwrap()) {
        match parsed.content {
            Content::Projects(rows) => {
                for row in rows.into_iter().map(|row| row.row) {
                    told.pay_days.insert(row.code.to_string(), row.pay_day);
                    told.codes.extend([row.owner_code, row.general_contractor_code]);
                    told.firms.extend([row.name, row.owner, row.general_contractor]);
                }
            }
            Content::Roster(roster) => {
                for row in roster.rows.into_iter().map(|row| row.row) {
                    told.workers.insert(row.id);
                    told.cards.insert(row.card);
                    told.phones.insert(row.phone);
                    told.codes.insert(row.employer_code);
                    told.firms.insert(row.employer);
                }
            }
            Content::Contracts(contracts) => {
                let project = contracts.project.unwrap().to_string();
                for row in contracts.rows.into_iter().map(|row| row.row) {
                    told.agreed_pay_days.insert((project.clone(), row.id.to_string()), row.pay_day);
                }
            }
            Content::Attendance(attendance) => {
                let project = attendance.project.unwrap().to_string();
                for row in attendance.rows.into_iter().map(|row| row.row) {
                    let key = (project.clone(), row.id.to_string(), Month::of(row.day));
                    *told.days.entry(key).or_default() += row.days.tenths();
                }
            }
            Content::WageSheet(sheet) => {
                let header = sheet.header.unwrap();
                assert!(sheet.totals.is_some() && header.correction == name.correction);
                for row in sheet.lines.into_iter().map(|line| line.row) {
                    assert_eq!(Money::of(row.unit_price, row.quantity), Some(row.gross));
                    assert!(row.net > Money::ZERO);
                    let key = (header.project.to_string(), row.id.to_string(), header.month);
                    told.lines.insert(key, (row.attendance, row.net.fen()));
                }
            }
            Content::BankResult(file) => told.bank(file),
            Content::Account(statement) => {
                let project = statement.project.unwrap().to_string();
                for row in statement.rows.into_iter().map(|row| row.row) {
                    assert!(row.balance >= Money::ZERO);
                    let payroll = row.counterparty == "批量代发";
                    let sign = if row.direction == Direction::Out { 1 } else { -1 };
                    *told.account.entry(project.clone()).or_default() +=
                        if payroll { sign * row.amount.fen() } else { 0 };
                }
            }
            Content::Subcontracts(_)
            | Content::Guarantees(_)
            | Content::Inspections(_)
            | Content::Complaints(_)
            | Content::Deductions(_) => panic!("{name:?}: the demo makes no such file"),
        }
    }
    told
}

impl Told {
    fn bank(&mut self, file: BankFile) {
        let header = file.header.unwrap();
        let project = header.project.to_string();
        for row in file.lines.into_iter().map(|line| line.row) {
            let sign = match row.outcome {
                Outcome::Succeeded { .. } => 1,
                Outcome::Failed { .. } => 0,
                Outcome::Returned { .. } => -1,
            };
            let key = (project.clone(), row.id.to_string(), header.month);
            *self.paid.entry(key).or_default() += sign * row.amount.fen();
            *self.batches.entry(project.clone()).or_default() += sign * row.amount.fen();
            *self.outcomes.entry(row.outcome.word()).or_default() += 1;
        }
    }

    fn due_on(&self, project: &str, worker: &str, month: Month) -> Date {
        let agreed = self.agreed_pay_days.get(&(project.to_owned(), worker.to_owned()));
        let pay_day = *agreed.unwrap_or(&self.pay_days[project]);
        rules::adjusted_due(rules::nominal_due(month, pay_day), Calendar::china()).unwrap()
    }
}

#[test]
fn the_same_bytes_twice() {
    assert_eq!(site().unwrap(), site().unwrap());
    assert_eq!(large_sheet(20).unwrap(), large_sheet(20).unwrap());
    let names: BTreeSet<String> = site().unwrap().into_iter().map(|file| file.name).collect();
    assert_eq!(names.len(), site().unwrap().len());
}

#[test]
fn nobody_can_exist() {
    let told = told();
    assert_eq!((told.workers.len(), told.cards.len(), told.phones.len()), (60, 60, 60));
    assert!(told.workers.iter().all(|id| id.as_str().starts_with("39")));
    assert!(told.workers.iter().all(|id| ("1965".."2006").contains(&&id.as_str()[6..10])));
    assert!(told.cards.iter().all(|c| c.len() == 19 && c.starts_with("6200000") && wages::luhn_ok(c)));
    assert!(told.phones.iter().all(|phone| phone.starts_with("1390000")));
    assert_eq!(told.codes.len(), 8);
    assert!(told.codes.iter().all(|code| &code.as_str()[8..10] == "XN"));
    assert!(told.firms.iter().all(|name| name.contains("测试")), "{:?}", told.firms);
}

#[test]
fn sheets_say_the_days_that_gates_saw() {
    let told = told();
    for (key, (days, _)) in &told.lines {
        assert_eq!(told.days.get(key), Some(&days.tenths()), "{key:?}");
    }
    // Work without a sheet is one crew's April.
    let unknown: BTreeSet<_> = told.days.keys().filter(|key| !told.lines.contains_key(key)).collect();
    assert_eq!(unknown.len(), 6);
    assert!(
        unknown
            .iter()
            .all(|(project, _, month)| { (project.as_str(), month.month()) == (PROJECTS[2].code, 4) })
    );
}

#[test]
fn banks_and_accounts_agree() {
    let told = told();
    assert_eq!(told.batches, told.account);
    assert_eq!((told.outcomes["失败"], told.outcomes["退汇"]), (3, 1));
}

#[test]
fn arrears_are_of_all_ages() {
    let told = told();
    let as_of = date(2026, 6, 30);
    let mut buckets: BTreeMap<Bucket, (u32, i64)> = BTreeMap::new();
    let mut projects: BTreeMap<&str, i64> = BTreeMap::new();
    let mut unallocated = 0;
    for (key, (_, net)) in &told.lines {
        let (project, worker, month) = key;
        let open = net - told.paid.get(key).copied().unwrap_or_default();
        unallocated += (-open).max(0);
        let days = rules::days_overdue(as_of, told.due_on(project, worker, *month));
        if let Some(bucket) = Bucket::of(days).filter(|_| open > 0) {
            let (lines, sum) = buckets.entry(bucket).or_default();
            (*lines, *sum) = (*lines + 1, *sum + open);
            *projects.entry(project).or_default() += open;
        }
    }
    assert!(told.paid.keys().all(|key| told.lines.contains_key(key)));
    assert_eq!(unallocated, 100_000);
    let said: Vec<String> =
        buckets.iter().map(|(b, (n, sum))| format!("{} {n} {}", b.label(), Money::from_fen(*sum))).collect();
    assert_eq!(said, EXPECTED_BUCKETS);
    let said: Vec<String> = projects.values().map(|sum| Money::from_fen(*sum).to_string()).collect();
    assert_eq!(said, EXPECTED_PROJECTS);
}

/// Bucket, lines, yuan, on 2026-06-30.
const EXPECTED_BUCKETS: [&str; 6] = [
    "1-7 2 18328.42",
    "8-15 21 203151.30",
    "16-30 18 138717.26",
    "31-60 34 293337.98",
    "61-90 32 275264.75",
    "91-180 6 14647.42",
];
/// By project, in the order of their codes.
const EXPECTED_PROJECTS: [&str; 3] = ["42617.06", "274870.17", "625959.90"];

#[test]
fn large_sheets() {
    for lines in [1, 100] {
        let read = read(&large_sheet(lines).unwrap());
        let rows: Vec<usize> = read.iter().map(|(_, parsed)| parsed.content.len()).collect();
        assert_eq!(rows, [1, lines, lines]);
    }
    // No ID number twice, however long the sheet.
    let ids: BTreeSet<String> = (0..50_000).map(|index| invent::person(index).id).collect();
    assert_eq!(ids.len(), 50_000);
}
