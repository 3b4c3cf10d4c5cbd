//! Every sample file is read as its expected answers say.

use formats::{Content, FileName, Outcome, Parsed, parse};
use rules::{Days, Money};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

fn data(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data").join(folder)
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn read(path: &Path) -> Parsed {
    let name = path.file_name().unwrap().to_str().unwrap();
    parse(&FileName::of(name).unwrap(), &std::fs::read(path).unwrap())
}

/// Everything that can be added up.
#[derive(Default)]
struct Sums {
    rows: BTreeMap<&'static str, u64>,
    repeats: u64,
    attendance: BTreeMap<(String, String), Days>,
    days: Vec<Days>,
    gross: Vec<Money>,
    net: Vec<Money>,
    income_tax: Vec<Money>,
    superseded: Vec<[Money; 3]>,
    paid: Vec<Money>,
    succeeded: u64,
    failed: u64,
    received: u64,
    spent: u64,
    batches: BTreeSet<String>,
    corrected: BTreeMap<(String, String, String, String, u32), [Money; 3]>,
}

impl Sums {
    fn add(&mut self, parsed: &Parsed) {
        *self.rows.entry(parsed.kind.as_str()).or_default() += u64::from(parsed.rows_in_file);
        self.repeats += parsed.repeats.len() as u64;
        match &parsed.content {
            Content::Attendance(attendance) => {
                for row in &attendance.rows {
                    let key = (row.row.id.to_string(), row.row.day.to_string());
                    if self.attendance.insert(key, row.row.days).is_none() {
                        self.days.push(row.row.days);
                    } else {
                        self.repeats += 1;
                    }
                }
            }
            Content::WageSheet(sheet) => {
                let header = sheet.header.as_ref().unwrap();
                for line in &sheet.lines {
                    let line = &line.row;
                    let key = (
                        header.project.to_string(),
                        header.crew.clone(),
                        header.month.to_string(),
                        line.id.to_string(),
                        header.correction,
                    );
                    self.corrected.insert(key, [line.gross, line.net, line.income_tax]);
                }
            }
            Content::BankResult(file) => {
                if !self.batches.insert(file.header.as_ref().unwrap().batch.to_string()) {
                    return;
                }
                for line in &file.lines {
                    match line.row.outcome {
                        Outcome::Succeeded { .. } => {
                            self.succeeded += 1;
                            self.paid.push(line.row.amount);
                        }
                        Outcome::Failed { .. } => self.failed += 1,
                        Outcome::Returned { .. } => {}
                    }
                }
            }
            Content::Account(statement) => {
                for row in &statement.rows {
                    match row.row.direction {
                        wages::Direction::In => self.received += 1,
                        wages::Direction::Out => self.spent += 1,
                    }
                }
            }
            Content::Projects(_)
            | Content::Roster(_)
            | Content::Contracts(_)
            | Content::Subcontracts(_)
            | Content::Guarantees(_)
            | Content::Inspections(_)
            | Content::Complaints(_)
            | Content::Deductions(_) => {}
        }
    }

    fn settle_corrections(&mut self) {
        let corrected = std::mem::take(&mut self.corrected);
        for ((project, crew, month, id, correction), amounts) in &corrected {
            let later = (project.clone(), crew.clone(), month.clone(), id.clone(), correction + 1);
            if corrected.contains_key(&later) {
                self.superseded.push(*amounts);
            } else {
                self.gross.push(amounts[0]);
                self.net.push(amounts[1]);
                self.income_tax.push(amounts[2]);
            }
        }
    }
}

#[test]
fn site() {
    let expected = json(&data("site/expected.json"));
    let mut sums = Sums::default();
    for file in expected["files"].as_array().unwrap() {
        let name = file["name"].as_str().unwrap();
        let parsed = read(&data("site").join(name));
        let errors: Vec<_> = parsed.findings.iter().filter(|f| f.is_error()).collect();
        assert!(errors.is_empty(), "{name}: {errors:#?}");
        assert_eq!(u64::from(parsed.rows_in_file), file["rows"].as_u64().unwrap(), "{name}");
        let kind = file["kind"].as_str().unwrap().trim_end_matches("-correction");
        assert_eq!(parsed.kind.as_str(), kind, "{name}");
        let digest: String = parsed.digest.iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(digest, file["sha256"].as_str().unwrap(), "{name}");
        assert_eq!(parsed.content.len() + parsed.repeats.len(), parsed.rows_in_file as usize, "{name}");
        for finding in &parsed.findings {
            assert_eq!(finding.code.as_str(), "unknown_column", "{name}: {finding:?}");
        }
        sums.add(&parsed);
    }
    sums.settle_corrections();
    let counts = &expected["counts"];
    let number = |key: &str| counts[key].as_u64().unwrap();
    let money = |amounts: &[Money]| Money::checked_sum(amounts.iter().copied()).unwrap().to_string();
    for (kind, key) in [
        ("projects", "projects"),
        ("roster", "roster_rows"),
        ("contracts", "contracts"),
        ("attendance", "attendance_rows_in_files"),
        ("wage-sheet", "wage_sheet_rows_in_files"),
        ("account", "account_rows"),
    ] {
        assert_eq!(sums.rows[kind], number(key), "{kind}");
    }
    assert_eq!(sums.repeats, number("attendance_identical_repeats"));
    assert_eq!(sums.days.len() as u64, number("attendance_rows"));
    assert_eq!(Days::checked_sum(sums.days).unwrap().to_string(), counts["attendance_days"]);
    assert_eq!(sums.gross.len() as u64, number("wage_lines"));
    assert_eq!(sums.superseded.len() as u64, number("wage_lines_superseded"));
    assert_eq!(money(&sums.gross), counts["gross_total"]);
    assert_eq!(money(&sums.net), counts["net_total"]);
    assert_eq!(money(&sums.income_tax), counts["income_tax_total"]);
    assert_eq!(sums.batches.len() as u64, number("bank_batches"));
    assert_eq!((sums.succeeded, sums.failed), (number("bank_lines_succeeded"), number("bank_lines_failed")));
    assert_eq!(money(&sums.paid), counts["paid_total"]);
    assert_eq!((sums.received, sums.spent), (number("account_rows_in"), number("account_rows_out")));
}

#[test]
fn updates() {
    let expected = json(&data("updates/expected.json"));
    for step in expected["steps"].as_array().unwrap() {
        for file in step["files"].as_array().unwrap() {
            let (folder, name) = (step["step"].clone(), file["name"].as_str().unwrap());
            let folder = folder
                .as_str()
                .map(str::to_owned)
                .unwrap_or_else(|| format!("{:02}", folder.as_u64().unwrap()));
            let parsed = read(&data("updates").join(folder).join(name));
            // The one refused file contradicts the ledger, not itself.
            assert!(parsed.findings.is_empty(), "{name}: {:#?}", parsed.findings);
            assert_eq!(u64::from(parsed.rows_in_file), file["rows"].as_u64().unwrap(), "{name}");
        }
    }
}

/// Where, what, how bad: what must be the same, whatever the words.
type Place = (Option<String>, Option<String>, Option<u32>, Option<String>, Option<String>, String, String);

#[test]
fn bad() {
    let expected = json(&data("bad/expected-errors.json"));
    for case in expected["cases"].as_array().unwrap() {
        let file = case["file"].as_str().unwrap();
        let parsed = read(&data("bad").join(file));
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let mut wanted: BTreeSet<Place> = BTreeSet::new();
        for error in case["errors"].as_array().unwrap() {
            wanted.insert((
                text(&error["sheet"]),
                text(&error["cell"]),
                error["line"].as_u64().map(|line| line as u32),
                text(&error["column"]),
                text(&error["value"]).map(|value| comparable(&value, &error["kind"])),
                text(&error["kind"]).unwrap(),
                text(&error["severity"]).unwrap(),
            ));
        }
        let may_follow: Vec<&str> =
            case["may_follow"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let mut found: BTreeSet<Place> = BTreeSet::new();
        for finding in &parsed.findings {
            let finding = serde_json::to_value(finding).unwrap();
            let place = (
                text(&finding["sheet"]),
                text(&finding["cell"]),
                finding["line"].as_u64().map(|line| line as u32),
                text(&finding["column"]),
                text(&finding["value"]).map(|value| comparable(&value, &finding["code"])),
                text(&finding["code"]).unwrap(),
                text(&finding["severity"]).unwrap(),
            );
            let follows = may_follow.contains(&place.5.as_str());
            if wanted.contains(&place) || !follows {
                found.insert(place);
            }
        }
        assert_eq!(found, wanted, "{file}");
    }
}

/// A number that lost digits is compared by those that a float keeps for sure.
fn comparable(value: &str, kind: &Value) -> String {
    if kind == "numeric_identifier" {
        let float: f64 = value.parse().unwrap();
        format!("{float:.13e}")
    } else {
        value.to_owned()
    }
}

/// Subcontracts, deposits, inspections, complaints: every row is good, whatever encoding, dates and line breaks in
/// headers the files have.
#[test]
fn more() {
    let mut rows = BTreeMap::new();
    for entry in std::fs::read_dir(data("more")).unwrap().flatten() {
        if FileName::of(entry.file_name().to_str().unwrap()).is_none() {
            continue;
        }
        let parsed = read(&entry.path());
        assert!(parsed.findings.is_empty(), "{}: {:#?}", entry.path().display(), parsed.findings);
        *rows.entry(parsed.kind.as_str()).or_insert(0) += parsed.content.len();
        if let Content::Inspections(rows) = &parsed.content {
            let last = &rows[2].row;
            assert_eq!((last.real_name, last.problem.as_str()), (false, "个别人员未刷脸进场"));
            assert_eq!(last.closed_on.map(|day| day.to_string()).as_deref(), Some("2026-03-12"));
        }
    }
    let expect = [("complaints", 6), ("guarantees", 4), ("inspections", 3), ("subcontracts", 8)];
    assert_eq!(rows, BTreeMap::from(expect));
}
