//! `wageledger rules test`: worked examples of income tax, figure by figure.

use crate::cli::TextOrJson;
use crate::failure::Failure;
use crate::print::{self, Align};
use clap::{Args, ValueEnum};
use rules::examples::{Case, Outcome};
use rules::tax::GapPolicy;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub(crate) struct Test {
    /// Files of worked examples: JSON, a list of cases
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// What a month without income on a platform does
    #[arg(long, value_enum, default_value_t = Gap::RestartAll)]
    gap: Gap,
    /// How to print
    #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
    format: TextOrJson,
}

/// What a month without income on a platform does; not settled by an official example.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Gap {
    /// Months and totals begin again
    RestartAll,
    /// Months begin again, totals go on
    RestartMonths,
    /// Months with income and totals go on through the year
    CountAll,
}

impl Gap {
    pub(crate) fn policy(self) -> GapPolicy {
        match self {
            Gap::RestartAll => GapPolicy::RestartAll,
            Gap::RestartMonths => GapPolicy::RestartMonths,
            Gap::CountAll => GapPolicy::CountAll,
        }
    }
}

/// A case as it came out: worked out, or why not.
struct Tried {
    case: Case,
    outcome: Result<Outcome, rules::examples::CaseError>,
}

impl Tried {
    fn passed(&self) -> bool {
        self.outcome.as_ref().is_ok_and(Outcome::passed)
    }
}

pub(super) fn run(args: &Test) -> Result<(), Failure> {
    let mut tried = Vec::new();
    for file in &args.files {
        for case in read(file)? {
            let outcome = case.run(args.gap.policy());
            tried.push(Tried { case, outcome });
        }
    }
    let passed = tried.iter().filter(|tried| tried.passed()).count();
    match args.format {
        TextOrJson::Json => print::out(&format!("{}\n", document(&tried, passed)))?,
        TextOrJson::Text => {
            for tried in &tried {
                print::out(&text(tried))?;
            }
            print::out(&format!(
                "{} cases, {passed} passed, {} failed\n",
                tried.len(),
                tried.len() - passed
            ))?;
        }
    }
    if passed == tried.len() { Ok(()) } else { Err(Failure::DataSayNo) }
}

/// Reads a file of cases. What is wrong with it is said with file, line, column and case.
pub(super) fn read(file: &Path) -> Result<Vec<Case>, Failure> {
    let name = file.display();
    let text = std::fs::read_to_string(file).map_err(|error| match error.kind() {
        std::io::ErrorKind::InvalidData => {
            bad(format!("{name}: not UTF-8 text; a JSON file in UTF-8 is wanted"))
        }
        _ => Failure::cannot(format!("reading {name}: {error}")),
    })?;
    parse(&name.to_string(), &text)
}

fn parse(name: &str, text: &str) -> Result<Vec<Case>, Failure> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let cases: Vec<Case> = serde_json::from_str(text).map_err(|error| {
        let case = case_before(text, error.line(), error.column());
        let case = case.map(|id| format!(" (case {id})")).unwrap_or_default();
        bad(format!("{name}:{}:{}{case}: {}", error.line(), error.column(), explain(&error)))
    })?;
    if cases.is_empty() {
        return Err(bad(format!("{name}: the list is empty; at least one case is wanted")));
    }
    let mut ids = std::collections::BTreeSet::new();
    match cases.iter().find(|case| !ids.insert(case.id.as_str())) {
        None => Ok(cases),
        Some(case) => {
            Err(bad(format!("{name}: two cases are called `{}`; each needs an id of its own", case.id)))
        }
    }
}

fn bad(what: String) -> Failure {
    Failure::Broken(what.into())
}

/// What would be right, beside what the reader says.
fn explain(error: &serde_json::Error) -> String {
    let says = error.to_string();
    let says = says.rsplit_once(" at line ").map_or(says.as_str(), |(says, _)| says);
    if error.is_data() {
        format!(
            "{says}; a case is as in tests/data/iit_examples.json, amounts are texts in yuan, as in \"1234.50\""
        )
    } else {
        format!("no JSON: {says}; the file is a list of cases, [{{…}}, …]")
    }
}

/// The id that stands last before a place in the file: the case in which it lies, when ids come first.
fn case_before(text: &str, line: usize, column: usize) -> Option<&str> {
    let lines = text.split_inclusive('\n');
    let before: usize = lines.take(line.saturating_sub(1)).map(str::len).sum();
    let end = (before + column).min(text.len());
    let end = (end..=text.len()).find(|at| text.is_char_boundary(*at))?;
    let (_, after) = text.get(..end)?.rsplit_once("\"id\"")?;
    after.split('"').nth(1)
}

fn text(tried: &Tried) -> String {
    let case = &tried.case;
    let verdict = if tried.passed() { "ok" } else { "FAILED" };
    let mut text = format!("{}  {}  {verdict}\n", case.id, case.title);
    for flag in &case.flags {
        text.push_str(&format!("  doubt: {flag}\n"));
    }
    let outcome = match &tried.outcome {
        Ok(outcome) => outcome,
        Err(error) => return format!("{text}  {error}\n\n"),
    };
    for note in &outcome.notes {
        text.push_str(&format!("  note: {note}\n"));
    }
    let columns = [
        ("month", Align::Left),
        ("pay", Align::Right),
        ("taxable", Align::Right),
        ("computed", Align::Right),
        ("tax", Align::Right),
        ("computed", Align::Right),
        ("withheld", Align::Right),
        ("computed", Align::Right),
        ("", Align::Left),
    ];
    let rows: Vec<Vec<String>> = outcome.rows.iter().map(row_cells).collect();
    for line in print::table(&columns, &rows).lines() {
        text.push_str(&format!("  {line}\n"));
    }
    text.push('\n');
    text
}

fn row_cells(row: &rules::examples::OutcomeRow) -> Vec<String> {
    let mut cells = vec![row.month.to_string(), row.pay_no.map(|no| no.to_string()).unwrap_or_default()];
    for field in ["taxable_cumulative", "tax_cumulative", "withheld_this_month"] {
        let figure = row.compared.iter().find(|figure| figure.field == field);
        cells.push(figure.map(|figure| figure.expected.clone()).unwrap_or_default());
        cells.push(figure.map(|figure| figure.got.clone()).unwrap_or_default());
    }
    let wrong = row.compared.iter().filter(|figure| !figure.agrees());
    let wrong = wrong.map(|figure| format!("{}: {} ≠ {}", figure.field, figure.expected, figure.got));
    cells.push(wrong.collect::<Vec<_>>().join(", "));
    cells
}

fn document(tried: &[Tried], passed: usize) -> Value {
    let mut failed = Vec::new();
    for Tried { case, outcome } in tried {
        match outcome {
            Err(error) => failed.push(json!({
                "id": case.id,
                "field": error.place,
                "expected": "a case that can be worked out",
                "got": error.what,
            })),
            Ok(outcome) => {
                for (row, number) in outcome.rows.iter().zip(1..) {
                    failed.extend(row.compared.iter().filter(|figure| !figure.agrees()).map(|figure| {
                        json!({
                            "id": case.id,
                            "row": number,
                            "month": row.month.to_string(),
                            "field": figure.field,
                            "expected": figure.expected,
                            "got": figure.got,
                        })
                    }));
                }
            }
        }
    }
    json!({ "cases": tried.len(), "passed": passed, "failed": failed })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CASE: &str = r#"[{"id": "A1", "kind": "bonus", "year": 2026,
  "months": [{"month": 1, "income": "36000.00"}],
  "expected": [{"month": 1, "taxable_cumulative": "36000.00", "tax_cumulative": "1080.00",
    "withheld_this_month": "1080.00"}]}]"#;

    /// A fault is said with its place and what would be right.
    #[test]
    fn faults_have_a_place() {
        assert_eq!(parse("f", CASE).unwrap().len(), 1);
        assert!(parse("f", &format!("\u{feff}{CASE}")).is_ok());
        for (from, to, says) in [
            ("36000.00\"}]", "36,000.00\"}]", "f:2:48 (case A1): not a number; a case is as in"),
            ("\"36000.00\"}]", "36000}]", "(case A1): invalid type: integer `36000`, expected a string"),
            ("\"bonus\"", "\"gift\"", "(case A1): unknown variant `gift`, expected one of `wages`"),
            ("\"month\": 1, \"income\": \"36000.00\"", "\"month\": 1", "missing field `income`"),
            ("}]}]", "}]", "(case A1): no JSON: "),
            (CASE, "[]", "f: the list is empty"),
            (CASE, "{}", "expected a sequence"),
        ] {
            let error = parse("f", &CASE.replace(from, to)).unwrap_err();
            assert_eq!(error.exit_code(), 1);
            assert!(error.to_string().contains(says), "{error}");
        }
        let twice = format!("{},{}", CASE.trim_end_matches(']'), CASE.trim_start_matches('['));
        assert!(parse("f", &twice).unwrap_err().to_string().contains("two cases are called `A1`"));
    }

    /// What the program prints for programs, field by field.
    #[test]
    fn failed_figures_are_listed() {
        let wrong = CASE.replacen("1080.00", "1080.01", 1).replace("36000.00\", \"tax", "36000.01\", \"tax");
        let tried: Vec<Tried> = parse("f", &wrong)
            .unwrap()
            .into_iter()
            .map(|case| Tried { outcome: case.run(GapPolicy::default()), case })
            .collect();
        let expected = json!({ "cases": 1, "passed": 0, "failed": [
            { "id": "A1", "row": 1, "month": "2026-01", "field": "taxable_cumulative", "expected": "36000.01",
              "got": "36000.00" },
            { "id": "A1", "row": 1, "month": "2026-01", "field": "tax_cumulative", "expected": "1080.01",
              "got": "1080.00" },
        ]});
        assert_eq!(document(&tried, 0), expected);
        assert!(text(&tried[0]).contains("A1    FAILED"));
    }
}
