//! A worker of many years: his statement goes on from page to page, and nothing of it is missing in an export.

use crate::site::on_sqlite;
use crate::walker::Walker;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tests::{Node, Page, until};
use uuid::Uuid;

/// Years of wages before those of the sample, and of work that stands on no sheet before these.
const PAID_YEARS: std::ops::Range<u32> = 2016..2026;
const SILENT_YEARS: std::ops::Range<u32> = 2014..2016;
/// The month that is recorded last.
const LAST: &str = "2015-12";
/// Months of these years in all.
const MONTHS: usize = 12 * 12;
/// Months for which tax was declared: more than a page has room for beside a statement.
const TAXED: usize = 12 * 10;

/// Has a command recorded.
fn record(node: &Node, n: usize, subject: Uuid, command: &Value) {
    let sent = json!({
        "subject": subject,
        "command_id": format!("00000000-0000-4000-9000-{n:012x}"),
        "source": { "actor": "tester" },
        "command": command,
    });
    let http = node.post(&sent).expect("an answer");
    assert_eq!(http.status, 201, "{sent}: {}", http.body);
}

/// Gives a worker years of work and wages like one of his lines, each month another number of days.
fn years(node: &Node, worker: Uuid, line: &Value) {
    let months =
        |years: std::ops::Range<u32>| years.flat_map(|year| (1..=12).map(move |month| (year, month)));
    let mut n = 0;
    let mut say = |command: Value| {
        n += 1;
        record(node, n, worker, &command);
    };
    for (year, month) in months(PAID_YEARS) {
        let mut of = line["of"].clone();
        of["month"] = format!("{year}-{month:02}").into();
        let mut wages = line["line"].clone();
        (wages["account"], wages["remark"]) = (Value::Null, Value::Null);
        wages["account_index"] = Value::Null;
        say(json!({ "type": "AccrueWages", "of": of, "correction": 0, "line": wages }));
        say(json!({
            "type": "WithholdTax", "employer": of["employer"], "pay_month": of["month"], "income": "wages",
            "declared_income": "6000.00", "amount": "30.00", "declaration": format!("KJ{year}{month:02}"),
        }));
    }
    for (year, month) in months(SILENT_YEARS) {
        let day = json!({ "on": format!("{year}-{month:02}-11"), "days": "1.0", "in": "05:10:00", "out": "17:48:00",
            "device": "ZJ1" });
        say(json!({ "type": "RecordWork", "project": line["of"]["project"], "days": [day] }));
    }
}

#[test]
fn a_statement_of_many_years() {
    let (caption, taxes) = ("各月工资", "个税扣缴申报");
    let site = on_sqlite();
    let node = &site.node;
    let entries = site.book.entries();
    let line = entries.iter().find(|entry| entry.type_name() == "wages.accrued").expect("a wage line");
    let worker = Uuid::from_bytes(line.place().subject);
    let path = format!("/workers/{worker}?as_of=2026-12-31");
    let before = Page::of(node, &path).captioned(caption).rows.len();
    years(node, worker, &line.fact());
    until("the last of it is on the page", || {
        let page = Page::of(node, &format!("{path}&sort=month"));
        page.captioned(caption).rows.iter().any(|row| row[0].text == LAST)
    });

    let walker = Walker::of(node);
    let rows = walker.walk(&path, caption);
    assert_eq!(rows.len(), before + MONTHS);
    // The latest month first, and all of them.
    assert!(rows.is_sorted_by(|a, b| a[0] >= b[0]));
    let months: BTreeSet<&str> = rows.iter().map(|row| row[0].as_str()).collect();
    assert!(months.contains("2014-01") && months.contains("2015-12") && months.contains("2025-12"));
    let same = |rows: &[Vec<String>]| rows.iter().cloned().collect::<BTreeSet<_>>();
    let columns = ["month", "-days", "net", "-paid", "when", "-state", "overdue", "project", "-crew"];
    for order in columns {
        let sorted = walker.walk(&format!("{path}&sort={order}"), caption);
        assert_eq!(same(&sorted), same(&rows), "by {order}");
    }
    assert_eq!(walker.exported(&path, caption), rows);

    // Beside it: the latest, where all are, and all of them in an export.
    let page = walker.page(&path);
    let shown = page.captioned(taxes);
    assert_eq!((shown.rows.len(), shown.rows[0][0].text.as_str()), (20, "2025-12"));
    let trail = page.links.iter().find(|link| link.contains("/trail") && link.contains("kind=tax"));
    let trail = walker.walk(trail.expect("a link to all"), "全部记录，按先后顺序");
    assert_eq!(trail.len(), TAXED);
    assert_eq!(walker.exported(&path, taxes).len(), TAXED);
}
