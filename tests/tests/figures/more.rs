//! The folder `more`: subcontracts, deposits, inspections and complaints of the three sites.

use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;
use tests::{Book, data, kind_counts, shared_site, text};

/// The three sites with these files, read once.
pub(crate) fn shared_more() -> &'static (Book, Value) {
    static MORE: LazyLock<(Book, Value)> = LazyLock::new(|| {
        let book = shared_site().0.copy();
        let report = book.import(&[data("more")]).exits(0).json();
        (book, report)
    });
    &MORE
}

const KINDS: [(&str, &str, u64); 4] = [
    ("subcontracts", "subcontract.signed", 8),
    ("guarantees", "deposit.lodged", 4),
    ("inspections", "site.inspected", 3),
    ("complaints", "complaint.filed", 6),
];

#[test]
fn every_row_is_recorded_once() {
    let (book, report) = shared_more();
    assert_eq!(report["errors"], json!([]));
    assert_eq!(report["warnings"], json!([]));
    let (recorded, types) = (kind_counts(report, "recorded"), book.types());
    for (kind, type_name, rows) in KINDS {
        assert_eq!(recorded[kind], rows, "{kind}");
        assert_eq!(types[type_name] as u64, rows, "{type_name}");
    }
    let book = book.copy();
    let head = book.head();
    let again = book.import(&[data("more")]).exits(0).json();
    assert_eq!(book.head().seq, head.seq, "{again}");
    for (kind, _, rows) in KINDS {
        assert_eq!(kind_counts(&again, "already_recorded")[kind], rows, "{kind}");
    }
    book.verifies();
}

/// A folder with one file.
fn file(name: &str, rows: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    fs::write(&path, rows).expect("a file");
    (folder, path)
}

const PROJECT: &str = "3301102601010101";

/// What a row says otherwise becomes a fact that names it; what it says again is nothing new, and the file of the
/// time before turns nothing back.
#[test]
fn changed_rows_are_changing_facts() {
    let book = shared_more().0.copy();
    const COMPLAINTS: &str = "登记号,项目编码,登记日期,渠道,涉及人数,涉及金额,状态,办结日期\n";
    let row = format!("TS2026-0003,{PROJECT},2026-06-18,网络,12,83500.50,办结,2026-07-20\n");
    let changed = row.replace(",12,", ",11,").replace("2026-07-20", "2026-07-19");
    const INSPECTIONS: &str =
        "项目编码,检查日期,检查单位,维权信息告示牌,劳资专管员,实名制,问题,处理决定,限期至,办结日期\n";
    let inspected = format!(
        "{PROJECT},2026-06-15,余杭区人力资源和社会保障局测试监察大队,无,有,正常,告示牌仍未设置,限期改正,2026-06-30,2026-07-08\n"
    );
    const GUARANTEES: &str = "项目编码,责任单位信用代码,方式,金额,出具机构,编号,生效日期,到期日期\n";
    let lodged = format!(
        "{PROJECT},91330106XN4XFD1Y3A,银行保函,2200000,测试银行杭州分行,BH011001-001,2026-01-15,2027-07-20\n"
    );
    for (name, rows, expect, what) in [
        ("complaints.csv", format!("{COMPLAINTS}{row}"), json!({}), "complaint.filed"),
        (
            "complaints.csv",
            format!("{COMPLAINTS}{changed}"),
            json!(["people", "closed_on"]),
            "complaint.filed",
        ),
        ("complaints.csv", format!("{COMPLAINTS}{row}"), json!({}), "complaint.filed"),
        ("inspections.csv", format!("{INSPECTIONS}{inspected}"), json!(["problem"]), "site.inspected"),
    ] {
        let before = book.head().seq;
        let (_folder, path) = file(name, &rows);
        book.import(&[path]).exits(0);
        let new = book.entries().into_iter().filter(|entry| entry.seq as u64 > before);
        let facts: Vec<Value> =
            new.filter(|e| e.type_name() == what).map(|e| e.fact()["changed"].clone()).collect();
        let right = if expect.is_array() { vec![expect] } else { Vec::new() };
        assert_eq!(facts, right, "{rows}");
    }
    // The sample's file names the bank in its own words, so that two fields differ.
    let before = book.head().seq;
    let (_folder, path) = file("guarantees.csv", &format!("{GUARANTEES}{lodged}"));
    book.import(&[path]).exits(0);
    let new = book.entries().into_iter().filter(|entry| entry.seq as u64 > before);
    let facts: Vec<Value> = new.map(|e| e.fact()).filter(|f| f["type"] == "deposit.lodged").collect();
    assert!(facts.len() == 1 && text(&facts[0]["changed"]).contains("valid_to"), "{facts:?}");
    book.verifies();
}

/// Free text is sealed; firms, authorities and figures are not.
#[test]
fn what_was_found_is_sealed() {
    let book = &shared_more().0;
    for entry in book.entries().iter().filter(|entry| entry.type_name() == "site.inspected") {
        let fact = entry.fact();
        assert!(fact["problem"].is_null() || fact["problem"]["c"].is_string(), "{fact}");
        assert!(text(&fact["by"]).contains("测试"), "{fact}");
    }
    let trail = book.copy().ask("audit", &["--project", PROJECT, "--format", "csv"]).exits(0).out;
    for word in
        ["劳务分包 FB011001-03", "银行保函 BH011001-001", "board missing, 限期改正", "complaint TS2026-0003"]
    {
        assert!(trail.contains(word), "{word}");
    }
    assert!(!trail.contains("告示牌已拆除"));
}

#[test]
fn what_does_not_fit_is_refused_at_its_cell() {
    const COMPLAINTS: &str = "登记号,项目编码,登记日期,渠道,涉及人数,涉及金额,状态,办结日期\n";
    const SUBCONTRACTS: &str = "分包合同编号,发包单位,发包单位信用代码,承包单位,承包单位信用代码,分包类型,签订日期,开始日期,结束日期,合同价\n";
    let subcontract = "FB011001-01,甲,91330106XN4XFD1Y3A,乙,91330102XN2TH3BJ0N,劳务分包,2025-12-20,2026-01-01,2027-06-25,1\n";
    for (name, rows, cell, code) in [
        (
            "complaints.csv",
            format!("{COMPLAINTS}TS-9,9999102601010101,2026-06-18,网络,12,1.00,受理,\n"),
            "B2",
            "unknown_project",
        ),
        // A number stands for one complaint, and for one subcontract, whatever the project.
        (
            "complaints.csv",
            format!("{COMPLAINTS}TS2026-0003,3301112601010103,2026-06-18,网络,12,1.00,受理,\n"),
            "A2",
            "conflict",
        ),
        ("subcontracts-3301112601010103.csv", format!("{SUBCONTRACTS}{subcontract}"), "A2", "conflict"),
    ] {
        let book = shared_more().0.copy();
        let before = book.head().seq;
        let (_folder, path) = file(name, &rows);
        let report = book.import(&[path]).exits(1).json();
        let [error] = &report["errors"].as_array().expect("errors")[..] else { panic!("{report}") };
        assert_eq!((text(&error["cell"]).as_str(), text(&error["code"]).as_str()), (cell, code), "{error}");
        assert_eq!(book.head().seq, before, "nothing of the file is recorded");
    }
}
