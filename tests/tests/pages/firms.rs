//! Firms in each of their roles, against a correct reading of the sample: a general contractor sees what is overdue on its
//! sites, also where it employs nobody; lists hold every site and firm; a rejected card says why; the gate's days stand
//! beside the sheet's.

use crate::site::{Site, on_postgres, on_sqlite};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use tests::{Http, Page, fen, read_json, shown_fen, text};

/// Roles, as the sample and the pages name them.
struct Role {
    field: &'static str,
    by: &'static str,
    list: &'static str,
    caption: &'static str,
    figure: &'static str,
}

const CONTRACTOR: Role = Role {
    field: "general_contractor",
    by: "contractor",
    list: "/contractors",
    caption: "按施工总承包单位",
    figure: "施工总承包的项目拖欠工资",
};
const OWNER: Role = Role {
    field: "owner",
    by: "owner",
    list: "/owners",
    caption: "按建设单位",
    figure: "建设的项目拖欠工资",
};

#[test]
fn in_a_folder() {
    every_role(&on_sqlite());
}

#[test]
fn in_postgres() {
    every_role(&on_postgres());
}

fn every_role(site: &Site) {
    let expected = read_json("site/expected.json");
    for arrears in list(&expected, "arrears") {
        for role in [CONTRACTOR, OWNER] {
            rankings(site, &expected, arrears, &role);
        }
        projects(site, &expected, arrears);
        ahead(site, &expected, &text(&arrears["as_of"]));
    }
    contractor_with_nothing_of_its_own(site, &expected);
    rejected(site, &expected);
    gate(site, &expected);
}

fn list<'a>(value: &'a Value, field: &str) -> &'a [Value] {
    value[field].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// What is overdue on the sites of each firm of a role, and since when.
fn by_firm(expected: &Value, arrears: &Value, role: &Role) -> BTreeMap<String, (i64, Option<String>)> {
    let mut firms: BTreeMap<String, (i64, Option<String>)> = BTreeMap::new();
    for project in list(expected, "projects") {
        let of = firms.entry(text(&project[role.field])).or_default();
        for line in list(arrears, "overdue").iter().filter(|line| line["project"] == project["project"]) {
            of.0 += fen(&line["outstanding"]);
            let since = since(&text(&arrears["as_of"]), line["days_overdue"].as_i64().expect("days"));
            of.1 = Some(of.1.take().map_or(since.clone(), |known| known.min(since)));
        }
    }
    firms
}

/// The first of so many days that end with a day.
fn since(as_of: &str, days: i64) -> String {
    let day: jiff::civil::Date = as_of.parse().expect("a day");
    day.checked_sub(jiff::Span::new().days(days - 1)).expect("a day").to_string()
}

/// Landing page, list, the firm's own page and the command line say the same.
fn rankings(site: &Site, expected: &Value, arrears: &Value, role: &Role) {
    let (node, as_of) = (&site.node, text(&arrears["as_of"]));
    let right = by_firm(expected, arrears, role);
    let landing = Page::of(node, &format!("/?as_of={as_of}"));
    let all = Page::of(node, &format!("{}?as_of={as_of}", role.list));
    for (page, is_of_all) in [(&landing, false), (&all, true)] {
        let table = page.captioned(role.caption);
        let [code, owed, since] =
            ["统一社会信用代码", "拖欠工资（元）", "最早拖欠起始日"].map(|head| table.column(head));
        let shown: BTreeMap<String, (i64, Option<String>)> = table
            .rows
            .iter()
            .map(|row| {
                let since = Some(row[since].text.clone()).filter(|text| text != "—");
                (row[code].text.clone(), (row[owed].fen(), since))
            })
            .collect();
        let wanted = right.iter().filter(|(_, (amount, _))| is_of_all || *amount > 0);
        assert_eq!(shown, wanted.map(|(code, of)| (code.clone(), of.clone())).collect(), "{as_of}");
    }
    let said = site.book.arrears(&as_of, role.by, &[]);
    let said: BTreeMap<String, (i64, Option<String>)> = list(&said, "rows")
        .iter()
        .map(|row| (text(&row["key"]), (fen(&row["outstanding"]), Some(text(&row["since"])))))
        .collect();
    let owing = right.iter().filter(|(_, (amount, _))| *amount > 0);
    assert_eq!(said, owing.map(|(code, of)| (code.clone(), of.clone())).collect(), "{as_of}");
    for (code, (amount, _)) in &right {
        let page = Page::of(node, &format!("/employers/{code}?as_of={as_of}"));
        assert_eq!(shown_fen(page.figure(role.figure)), *amount, "{code} on {as_of}");
        let lines = Page::of(node, &format!("/arrears?as_of={as_of}&{}={code}", role.by));
        assert_eq!(shown_fen(lines.figure("拖欠工资")), *amount, "{code} on {as_of}");
    }
    let firms = Page::of(node, &format!("/firms?as_of={as_of}"));
    let known: BTreeSet<String> =
        firms.captioned("全部单位").cells("统一社会信用代码").iter().map(|cell| cell.text.clone()).collect();
    assert!(right.keys().all(|code| known.contains(code)), "{as_of}");
}

/// The list of projects has those without arrears too, and says so.
fn projects(site: &Site, expected: &Value, arrears: &Value) {
    let as_of = text(&arrears["as_of"]);
    let page = Page::of(&site.node, &format!("/projects?as_of={as_of}"));
    let table = page.captioned("按项目");
    let [code, state, owed] = ["项目代码", "状态", "拖欠工资（元）"].map(|head| table.column(head));
    let shown: BTreeMap<String, i64> =
        table.rows.iter().map(|row| (row[code].text.clone(), row[owed].fen())).collect();
    let right: BTreeMap<String, i64> = list(expected, "projects")
        .iter()
        .map(|project| text(&project["project"]))
        .map(|code| (code.clone(), arrears["by_project"].get(&code).map_or(0, fen)))
        .collect();
    assert_eq!(shown, right, "{as_of}");
    for row in &table.rows {
        assert_eq!(row[state].text.contains("有拖欠"), row[owed].fen() > 0, "{as_of} {}", row[code].text);
    }
}

/// What was paid of a line by a day.
fn paid_by(line: &Value, as_of: &str) -> i64 {
    let payments = list(line, "payments").iter().filter(|p| text(&p["value_date"]).as_str() <= as_of);
    payments.map(|p| fen(&p["amount"])).sum()
}

/// What falls due within thirty days, and on the next pay day, as far as it is not paid.
fn ahead(site: &Site, expected: &Value, as_of: &str) {
    let last: jiff::civil::Date = as_of.parse().expect("a day");
    let last = last.checked_add(jiff::Span::new().days(30)).expect("a day").to_string();
    for project in list(expected, "projects") {
        let code = text(&project["project"]);
        let mut due: BTreeMap<String, i64> = BTreeMap::new();
        for line in list(expected, "lines").iter().filter(|line| line["project"] == project["project"]) {
            let on = text(&line["adjusted_due"]);
            let open = fen(&line["net"]).max(0) - paid_by(line, as_of);
            if on.as_str() >= as_of && open > 0 {
                *due.entry(on).or_default() += open;
            }
        }
        let page = Page::of(&site.node, &format!("/projects/{code}?as_of={as_of}"));
        let within: i64 = due.range(..=last.clone()).map(|(_, open)| open).sum();
        assert_eq!(shown_fen(page.figure("30 日内到期应付")), within, "{code} on {as_of}");
        match due.first_key_value() {
            None => assert_eq!(page.figure("下一支付日应付"), "—", "{code} on {as_of}"),
            Some((_, open)) => {
                assert_eq!(shown_fen(page.figure("下一支付日应付")), *open, "{code} on {as_of}");
            }
        }
    }
}

/// A general contractor that employs nobody: its first figures say what is overdue on its sites, and that it owes none of
/// its own; never 0.00.
fn contractor_with_nothing_of_its_own(site: &Site, expected: &Value) {
    let employers: BTreeSet<String> = list(expected, "projects")
        .iter()
        .flat_map(|project| list(project, "crews"))
        .map(|crew| text(&crew["employer"]))
        .collect();
    let arrears = list(expected, "arrears").iter().find(|a| a["as_of"] == "2026-06-30").expect("the day");
    let all = by_firm(expected, arrears, &CONTRACTOR);
    let found = all.iter().find(|(code, (amount, _))| *amount > 0 && !employers.contains(*code));
    let (code, (amount, since)) = found.expect("a contractor with nothing of its own");
    let path = format!("/employers/{code}?as_of=2026-06-30");
    let page = Page::of(&site.node, &path);
    let (label, first, note) = &page.figures[0];
    assert_eq!((label.as_str(), shown_fen(&first.text)), (CONTRACTOR.figure, *amount));
    assert!(note.contains(since.as_deref().expect("a day")), "{note}");
    assert_eq!(page.figure("作为用人单位拖欠工资"), "—");
    let http = Http::get(&site.node.address, &path).expect("an answer");
    assert!(http.body.contains("没有作为用人单位的记录") && http.body.contains("先行清偿"), "{}", http.body);
    assert!(!page.captioned("本单位施工总承包的项目").rows.is_empty());
}

/// The worker whom an ID number leads to.
fn worker_of(site: &Site, number: &str) -> String {
    let page = Page::post(&site.node, "/search", "q", number);
    page.captioned("工人").cells("工人（代号）")[0].leads_to().to_owned()
}

/// A payment that the bank refused: its month and its worker say so, and why, once somebody said why he must know.
fn rejected(site: &Site, expected: &Value) {
    const PURPOSE: &str = "%E6%A0%B8%E6%9F%A5";
    let as_of = "2026-06-30";
    let is_open = |line: &&Value| !list(line, "failed").is_empty() && paid_by(line, as_of) == 0;
    let line = list(expected, "lines").iter().find(is_open).expect("a line that the bank refused");
    let (project, month) = (text(&line["project"]), text(&line["month"]));
    let worker = worker_of(site, &text(&line["worker"]));
    let reason = text(&list(line, "failed").last().expect("a refusal")["reason"]);
    for path in [
        format!("/workers/{worker}?as_of={as_of}"),
        format!("/projects/{project}/months/{month}?as_of={as_of}"),
    ] {
        let before = Http::get(&site.node.address, &path).expect("an answer");
        assert!(before.body.contains("已加密，登记用途后可查看") && !before.body.contains(&reason), "{path}");
        let opened = Http::form(&site.node.address, &path, &format!("purpose={PURPOSE}")).expect("an answer");
        assert_eq!(opened.status, 200, "{path}: {}", opened.body);
        assert!(opened.body.contains(&reason), "{path}: {reason} is not in\n{}", opened.body);
    }
    let page = Page::of(&site.node, &format!("/workers/{worker}?as_of={as_of}"));
    let failed = page.captioned("支付未成功与退汇");
    assert!(failed.cells("金额").iter().any(|cell| cell.fen() == fen(&line["failed"][0]["amount"])));
    let shown = Page::of(&site.node, &format!("/projects/{project}/months/{month}?as_of={as_of}"));
    let table = shown.captioned("逐笔支付状态");
    let (state, why) = (table.column("状态"), table.column("银行所述原因"));
    for row in &table.rows {
        let is_failed = ["失败", "已退汇"].iter().any(|word| row[state].text.contains(word));
        assert_eq!(row[why].text != "—", is_failed, "{row:?}");
    }
}

/// The gate's days stand beside the sheet's on statements, months and lines.
fn gate(site: &Site, expected: &Value) {
    let mut seen = 0;
    for line in list(expected, "lines").iter().step_by(29) {
        let (project, month, crew) = (text(&line["project"]), text(&line["month"]), text(&line["crew"]));
        let worker = worker_of(site, &text(&line["worker"]));
        let page = Page::of(&site.node, &format!("/workers/{worker}?as_of=2026-12-31"));
        let table = page.captioned("各月工资");
        let [of, sheet, days, at, in_crew] =
            ["月份", "工资表工日", "考勤工日", "项目", "班组"].map(|head| table.column(head));
        let is_own = |row: &&Vec<tests::Cell>| {
            let is_line = row[sheet].text != "—";
            is_line && row[of].text == month && row[at].leads_to() == project && row[in_crew].text == crew
        };
        let row = table.rows.iter().find(is_own).expect("the month");
        let shown = row[days].text.trim_start_matches(['▲', ' ']);
        let right = text(&line["attendance_days"]);
        assert_eq!(tenths(shown), tenths(&right), "{project} {worker} {month}: {row:?}");
        let path = format!("/projects/{project}/months/{month}?as_of=2026-12-31&format=csv");
        let csv = Http::get(&site.node.address, &path).expect("an answer").body;
        assert!(csv.contains("考勤工日") && csv.contains("工资表工日"), "{csv}");
        seen += 1;
    }
    assert!(seen > 20, "{seen} lines");
}

/// 工日 in tenths, however many places are written.
fn tenths(days: &str) -> i64 {
    let (whole, part) = days.split_once('.').unwrap_or((days, "0"));
    format!("{whole}{part}").parse().unwrap_or_else(|_| panic!("{days} is no number of days"))
}
