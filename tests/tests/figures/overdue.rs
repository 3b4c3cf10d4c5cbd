//! What the sample data say of arrears, and the comparison with what the program says.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use tests::{Book, fen, fen_text, text};

/// Reading personal data needs a reason.
pub(crate) const REVEAL: [&str; 3] = ["--reveal", "--purpose", "end-to-end test"];

/// The key of a line: project, employer, crew, worker, month.
pub(crate) type Key = [String; 5];

/// The key of a line of the sample data.
pub(crate) fn key_of(line: &Value) -> Key {
    ["project", "employer", "crew", "worker", "month"].map(|name| text(&line[name]))
}

/// What is known of a line beside what the list of overdue lines says: gross and due date.
#[derive(Clone, Debug)]
pub(crate) struct Background {
    pub(crate) gross: String,
    pub(crate) due_on: String,
    pub(crate) net: String,
}

/// Checks one day's arrears in all groupings against `expected` (`as_of`, `total`, `lines`, `workers`,
/// `by_…`, `overdue`). Appends the entries of one reveal.
#[track_caller]
pub(crate) fn check_day(book: &Book, expected: &Value, known: &BTreeMap<Key, Background>, context: &str) {
    let as_of = text(&expected["as_of"]);
    let context = &format!("{context}, as of {as_of}");
    let lines = book.arrears(&as_of, "line", &REVEAL);
    assert_eq!(text(&lines["as_of"]), as_of);
    assert_eq!(text(&lines["by"]), "line");
    check_lines(&lines["rows"], &expected["overdue"], known, context);
    check_total(&lines, expected, context);
    let mut heads = BTreeSet::new();
    for by in ["project", "employer", "crew", "worker", "region", "bucket"] {
        let answer = book.arrears(&as_of, by, &[]);
        check_total(&answer, expected, &format!("{context}, by {by}"));
        check_groups(&answer["rows"], expected, by, &format!("{context}, by {by}"));
        assert_eq!(answer["unknown"], lines["unknown"], "{context}, by {by}");
        assert_eq!(answer["unallocated"], lines["unallocated"], "{context}, by {by}");
        heads.insert(answer["head"].to_string());
    }
    assert_eq!(heads.len(), 1, "questions without a reveal change nothing: {heads:?}");
}

#[track_caller]
fn check_total(answer: &Value, expected: &Value, context: &str) {
    let total = &answer["total"];
    let found = (&total["lines"], &total["workers"], fen(&total["outstanding"]));
    assert_eq!(found, (&expected["lines"], &expected["workers"], fen(&expected["total"])), "{context}");
}

#[track_caller]
fn check_lines(rows: &Value, expected: &Value, known: &BTreeMap<Key, Background>, context: &str) {
    let mut found = BTreeMap::new();
    for row in rows.as_array().expect("rows") {
        let key =
            ["project_code", "employer_code", "crew", "id_number", "month"].map(|name| text(&row[name]));
        let (gross, net, paid) = (fen(&row["gross"]), fen(&row["net"]), fen(&row["paid"]));
        assert_eq!(net - paid, fen(&row["outstanding"]), "{context}: {row}");
        let facts = format!(
            "gross {} net {} paid {} outstanding {} due {} overdue {} bucket {}",
            fen_text(gross),
            fen_text(net),
            fen_text(paid),
            text(&row["outstanding"]),
            text(&row["due_on"]),
            row["days_overdue"],
            text(&row["bucket"])
        );
        assert!(found.insert(key.clone(), facts).is_none(), "{context}: twice: {key:?}");
    }
    let mut right = BTreeMap::new();
    for line in expected.as_array().expect("lines") {
        let key = key_of(line);
        let known = known.get(&key).unwrap_or_else(|| panic!("{key:?} is no line of the sample"));
        let (net, outstanding) = (fen(&known.net.clone().into()), fen(&line["outstanding"]));
        let facts = format!(
            "gross {} net {} paid {} outstanding {} due {} overdue {} bucket {}",
            known.gross,
            known.net,
            fen_text(net - outstanding),
            fen_text(outstanding),
            known.due_on,
            line["days_overdue"],
            text(&line["bucket"])
        );
        right.insert(key, facts);
    }
    for (key, facts) in &right {
        assert_eq!(found.get(key), Some(facts), "{context}: {key:?}");
    }
    let more: Vec<_> = found.keys().filter(|key| !right.contains_key(*key)).collect();
    assert!(more.is_empty(), "{context}: overdue, and should not be: {more:?}");
}

/// Workers, lines, outstanding in fen, days of the oldest.
type Sums = (u64, u64, i64, i64);

#[track_caller]
fn check_groups(rows: &Value, expected: &Value, by: &str, context: &str) {
    let mut right: BTreeMap<String, (BTreeSet<String>, Sums)> = BTreeMap::new();
    for line in expected["overdue"].as_array().expect("lines") {
        let [project, employer, crew, worker, _] = key_of(line);
        let group = match by {
            "project" => project,
            "employer" => employer,
            "crew" => format!("{project} {employer} {crew}"),
            "worker" => worker.clone(),
            // A project's code begins with the code of its district.
            "region" => project.chars().take(6).collect(),
            _ => text(&line["bucket"]),
        };
        let (workers, (count, lines, outstanding, oldest)) = right.entry(group).or_default();
        workers.insert(worker);
        *count = workers.len() as u64;
        *lines += 1;
        *outstanding += fen(&line["outstanding"]);
        *oldest = (*oldest).max(line["days_overdue"].as_i64().expect("days"));
    }
    let mut found: BTreeMap<String, Sums> = BTreeMap::new();
    for row in rows.as_array().expect("rows") {
        let number = |name: &str| row[name].as_u64().unwrap_or_else(|| panic!("{name} in {row}"));
        let oldest = row["oldest_days"].as_i64().expect("days");
        let sums = (number("workers"), number("lines"), fen(&row["outstanding"]), oldest);
        if sums.1 > 0 {
            assert!(found.insert(text(&row["key"]), sums).is_none(), "{context}: twice: {row}");
        }
    }
    if matches!(by, "crew" | "worker") {
        // Their keys are UUIDs, which the sample cannot know.
        let mut right: Vec<Sums> = right.into_values().map(|(_, sums)| sums).collect();
        let mut found: Vec<Sums> = found.into_values().collect();
        right.sort_unstable();
        found.sort_unstable();
        assert_eq!(found, right, "{context}");
    } else {
        let right: BTreeMap<_, _> = right.into_iter().map(|(key, (_, sums))| (key, sums)).collect();
        assert_eq!(found, right, "{context}");
    }
    check_published(&found_of(rows), &expected[&format!("by_{by}")], context);
}

fn found_of(rows: &Value) -> BTreeMap<String, i64> {
    let rows = rows.as_array().expect("rows");
    rows.iter().map(|row| (text(&row["key"]), fen(&row["outstanding"]))).collect()
}

/// The sums as the sample publishes them: money by key, or by bucket with a count beside it.
#[track_caller]
fn check_published(found: &BTreeMap<String, i64>, published: &Value, context: &str) {
    let Some(published) = published.as_object() else { return };
    for (key, sum) in published {
        let sum = fen(sum.get("amount").unwrap_or(sum));
        assert_eq!(found.get(key).copied().unwrap_or_default(), sum, "{context}: {key}");
    }
}
