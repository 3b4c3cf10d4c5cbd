//! The report, for people and for programs.

use ledger::verify::{Check, Kind, Report, Verdict};
use serde_json::{Value, json};

/// The report as one document.
pub(super) fn document(report: &Report) -> Value {
    let missing: Vec<Value> =
        missing(report).map(|(name, what)| json!({ "check": name, "what": what })).collect();
    json!({
        "ok": report.ok(),
        "verdict": report.verdict().as_str(),
        "missing": missing,
        "entries": report.entries,
        "voids": report.voids,
        "head": { "seq": report.head.seq, "hash": report.head.hash.to_string() },
        "checks": report.checks.iter().map(check).collect::<Vec<_>>(),
    })
}

/// `ok` is null where a check found nothing and did not look at everything.
fn check(check: &Check) -> Value {
    let findings: Vec<Value> =
        check.findings.iter().map(|f| json!({ "seq": f.seq, "what": f.what })).collect();
    let ok = match (check.is_clean(), &check.missing) {
        (false, _) => Some(false),
        (true, None) => Some(true),
        (true, Some(_)) => None,
    };
    let mut out = json!({
        "name": check.name,
        "kind": check.kind.as_str(),
        "judged": check.missing.is_none(),
        "ok": ok,
        "found": check.found,
        "findings": findings,
    });
    if let Some(missing) = &check.missing {
        out["missing"] = json!(missing);
    }
    if let Some(note) = &check.note {
        out["note"] = json!(note);
    }
    out
}

/// What was missing for which check.
fn missing(report: &Report) -> impl Iterator<Item = (&'static str, &str)> {
    report.checks.iter().filter_map(|check| Some((check.name, check.missing.as_deref()?)))
}

/// The report for people: a line a check, every finding under it, and the verdict last.
pub(crate) fn text(report: &Report) -> String {
    let mut out = String::new();
    for check in &report.checks {
        let said = match (check.is_clean(), check.kind, &check.missing) {
            (false, Kind::Integrity, None) => "DOES NOT HOLD".to_owned(),
            (false, Kind::Integrity, Some(missing)) => format!("DOES NOT HOLD; not all judged: {missing}"),
            (false, Kind::Content, None) => "findings".to_owned(),
            (false, Kind::Content, Some(missing)) => format!("findings; not all judged: {missing}"),
            (true, _, None) => "holds".to_owned(),
            (true, _, Some(missing)) => format!("not judged: {missing}"),
        };
        let note = check.note.as_ref().filter(|_| check.missing.is_none());
        let note = note.map(|note| format!(" ({note})")).unwrap_or_default();
        out.push_str(&format!("{:<18} {said}{note}\n", check.name));
        for finding in &check.findings {
            let place = finding.seq.map(|seq| format!("entry {seq}: ")).unwrap_or_default();
            out.push_str(&format!("  {place}{}\n", finding.what));
        }
        let more = check.found.saturating_sub(check.findings.len() as u64);
        if more > 0 {
            out.push_str(&format!("  and {more} more\n"));
        }
    }
    out.push_str(&format!(
        "{}: {} entries, {} void, head {}:{}\n",
        verdict(report),
        report.entries,
        report.voids,
        report.head.seq,
        report.head.hash
    ));
    out
}

fn verdict(report: &Report) -> String {
    match report.verdict() {
        Verdict::Verified => "verified".to_owned(),
        Verdict::Broken => "NOT VERIFIED".to_owned(),
        Verdict::Content => "whole, with findings about content".to_owned(),
        Verdict::NotJudged => {
            let checks: Vec<&str> = missing(report).map(|(name, _)| name).collect();
            format!("not judged: {}", checks.join(", "))
        }
    }
}
