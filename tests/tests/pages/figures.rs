//! Every figure on the pages is what a correct reading of the sample gives, for every day that the sample knows, on
//! either engine.

use crate::site::{Site, on_postgres, on_sqlite};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use tests::{Node, Page, Table, fen, read_json, shown_fen, text};

#[test]
fn in_a_folder() {
    let site = on_sqlite();
    every_figure(&site);
}

#[test]
fn in_postgres() {
    let site = on_postgres();
    every_figure(&site);
}

fn every_figure(site: &Site) {
    let (expected, node) = (read_json("site/expected.json"), &site.node);
    let pseudonyms = pseudonyms(node, &expected);
    let employers: BTreeMap<String, String> = list(&expected, "projects")
        .iter()
        .flat_map(|project| list(project, "crews"))
        .map(|crew| (text(&crew["employer"]), text(&crew["employer_name"])))
        .collect();
    for arrears in list(&expected, "arrears") {
        overview(node, arrears);
        parts(node, arrears, &employers);
        line_by_line(node, arrears, &pseudonyms);
    }
    missing(node, &expected, &pseudonyms);
    statements(node, &expected, &pseudonyms);
    months(node, &expected);
}

fn list<'a>(value: &'a Value, field: &str) -> &'a [Value] {
    value[field].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// Amounts by key, without those that are nothing.
fn amounts(value: &Value) -> BTreeMap<String, i64> {
    let all = value.as_object().expect("amounts by key").iter();
    all.map(|(key, amount)| (key.clone(), fen(amount))).filter(|(_, amount)| *amount != 0).collect()
}

/// ID numbers by pseudonyms, asked of the search, one by one.
fn pseudonyms(node: &Node, expected: &Value) -> BTreeMap<String, String> {
    let lines = list(expected, "lines").iter().chain(list(expected, "attendance_without_wage_line"));
    let numbers: BTreeSet<String> = lines.map(|line| text(&line["worker"])).collect();
    let ask = |number: String| {
        let page = Page::post(node, "/search", "q", &number);
        let worker = page.captioned("工人").cells("工人（代号）")[0].leads_to().to_owned();
        (worker, number)
    };
    numbers.into_iter().map(ask).collect()
}

/// Names or codes of rows, and what is overdue on each.
fn ranking(table: &Table, first: &str, key: impl Fn(&tests::Cell) -> String) -> BTreeMap<String, i64> {
    let (at, amount) = (table.column(first), table.column("拖欠工资（元）"));
    let rows = table.rows.iter().map(|row| (key(&row[at]), row[amount].fen()));
    rows.filter(|(_, amount)| *amount != 0).collect()
}

fn overview(node: &Node, expected: &Value) {
    let as_of = text(&expected["as_of"]);
    let page = Page::of(node, &format!("/?as_of={as_of}"));
    assert_eq!(shown_fen(page.figure("拖欠工资")), fen(&expected["total"]), "{as_of}");
    assert_eq!(page.figure("涉及人数"), expected["workers"].to_string(), "{as_of}");
    let note = format!("{} 笔工资", expected["lines"]);
    assert!(page.figures.iter().any(|(_, _, said)| said.starts_with(&note)), "{as_of}: {note}");

    let ages = page.captioned("按拖欠时长");
    let buckets = expected["by_bucket"].as_object().expect("buckets");
    assert_eq!(ages.rows.len(), buckets.len());
    let (age, amount, lines) = (ages.column("拖欠天数"), ages.column("拖欠工资（元）"), ages.column("笔数"));
    for row in &ages.rows {
        let bucket = &buckets[row[age].text.trim_end_matches(" 天")];
        assert_eq!(row[amount].fen(), fen(&bucket["amount"]), "{as_of} {}", row[age].text);
        assert_eq!(row[lines].text, bucket["lines"].to_string(), "{as_of} {}", row[age].text);
    }
    let projects = amounts(&expected["by_project"]);
    let code = |cell: &tests::Cell| cell.leads_to().to_owned();
    assert_eq!(ranking(page.captioned("按项目"), "项目", code), projects, "{as_of}");
    assert_eq!(
        ranking(page.captioned("按用人单位"), "用人单位", code),
        amounts(&expected["by_employer"]),
        "{as_of}"
    );
    let mut regions = BTreeMap::new();
    for (project, amount) in &projects {
        *regions.entry(project[..6].to_owned()).or_insert(0) += amount;
    }
    assert_eq!(ranking(page.captioned("按地区"), "地区", code), regions, "{as_of}");
    for (region, amount) in &regions {
        let page = Page::of(node, &format!("/regions/{region}?as_of={as_of}"));
        assert_eq!(shown_fen(page.figure("拖欠工资")), *amount, "{as_of} {region}");
    }
}

/// Projects, employers, employers' shares and crews.
fn parts(node: &Node, expected: &Value, employers: &BTreeMap<String, String>) {
    let as_of = text(&expected["as_of"]);
    for (project, amount) in amounts(&expected["by_project"]) {
        let page = Page::of(node, &format!("/projects/{project}?as_of={as_of}"));
        assert_eq!(shown_fen(page.figure("拖欠工资")), amount, "{as_of} {project}");
        let mut crews: BTreeMap<(String, String), i64> = BTreeMap::new();
        for line in list(expected, "overdue").iter().filter(|line| text(&line["project"]) == project) {
            let key = (text(&line["crew"]), employers[&text(&line["employer"])].clone());
            *crews.entry(key).or_default() += fen(&line["outstanding"]);
        }
        let table = page.captioned("按班组");
        let (crew, employer) = (table.column("班组"), table.column("用人单位"));
        let owed = table.column("拖欠工资（元）");
        let rows = table.rows.iter();
        let shown: BTreeMap<_, _> = rows
            .map(|row| ((row[crew].text.clone(), row[employer].text.clone()), row[owed].fen()))
            .filter(|(_, amount)| *amount != 0)
            .collect();
        assert_eq!(shown, crews, "{as_of} {project}");
        // The rows lead to pages that say the same.
        for row in table.rows.iter().filter(|row| row[owed].fen() != 0) {
            let page = Page::of(node, row[crew].href.as_deref().expect("a crew's page"));
            assert_eq!(shown_fen(page.figure("拖欠工资")), row[owed].fen(), "{as_of} {}", row[crew].text);
            let by_worker = page.captioned("按工人");
            let sum: i64 = by_worker.cells("拖欠工资（元）").iter().map(|cell| cell.fen()).sum();
            assert_eq!(sum, row[owed].fen());
            let share = Page::of(node, row[employer].href.as_deref().expect("an employer's share"));
            let own = crews.iter().filter(|((_, name), _)| *name == row[employer].text);
            assert_eq!(shown_fen(share.figure("拖欠工资")), own.map(|(_, amount)| amount).sum::<i64>());
        }
    }
    for (employer, amount) in amounts(&expected["by_employer"]) {
        let page = Page::of(node, &format!("/employers/{employer}?as_of={as_of}"));
        assert_eq!(shown_fen(page.figure("作为用人单位拖欠工资")), amount, "{as_of} {employer}");
        assert_eq!(page.captioned("本单位用工的项目").total[1].fen(), amount);
    }
}

/// Every overdue line, through all pages of the list.
fn line_by_line(node: &Node, expected: &Value, pseudonyms: &BTreeMap<String, String>) {
    let as_of = text(&expected["as_of"]);
    let mut shown = BTreeSet::new();
    let mut at = Some(format!("/arrears?as_of={as_of}"));
    while let Some(path) = at {
        let page = Page::of(node, &path);
        let table = page.captioned("拖欠工资明细");
        let [worker, month, owed, days, project, employer, crew] =
            ["工人", "工资月份", "拖欠工资", "拖欠天数", "项目", "用人单位", "班组"]
                .map(|head| table.column(head));
        for row in &table.rows {
            let fresh = shown.insert((
                pseudonyms[row[worker].leads_to()].clone(),
                row[month].text.clone(),
                row[project].leads_to().to_owned(),
                row[employer].leads_to().to_owned(),
                row[crew].text.clone(),
                row[owed].fen(),
                row[days].text.clone(),
            ));
            assert!(fresh, "a line stands twice on the list of {as_of}");
        }
        at = page.next;
    }
    let right: BTreeSet<_> = list(expected, "overdue")
        .iter()
        .map(|line| {
            (
                text(&line["worker"]),
                text(&line["month"]),
                text(&line["project"]),
                text(&line["employer"]),
                text(&line["crew"]),
                fen(&line["outstanding"]),
                line["days_overdue"].to_string(),
            )
        })
        .collect();
    assert_eq!(shown, right, "{as_of}");
}

/// Work that stands on no sheet.
fn missing(node: &Node, expected: &Value, pseudonyms: &BTreeMap<String, String>) {
    let page = Page::of(node, "/missing?as_of=2026-12-31");
    let table = page.captioned("有考勤未编工资");
    let [worker, month, days, crew] = ["工人", "月份", "工日", "班组"].map(|head| table.column(head));
    let shown: BTreeSet<_> = table
        .rows
        .iter()
        .map(|row| {
            let who = pseudonyms[row[worker].leads_to()].clone();
            (who, row[month].text.clone(), row[crew].text.clone(), row[days].text.clone())
        })
        .collect();
    let right: BTreeSet<_> = list(expected, "attendance_without_wage_line")
        .iter()
        .map(|row| (text(&row["worker"]), text(&row["month"]), text(&row["crew"]), text(&row["days"])))
        .collect();
    assert_eq!(shown, right);
    let overview = Page::of(node, "/?as_of=2026-12-31");
    assert_eq!(overview.figure("有考勤无工资表").trim_start_matches(['▲', ' ']), right.len().to_string());
}

/// What was paid for a line by a day: no payment of the sample ever came back.
fn paid_by(line: &Value, as_of: &str) -> i64 {
    let payments = list(line, "payments").iter().filter(|p| text(&p["value_date"]).as_str() <= as_of);
    payments.map(|p| fen(&p["amount"])).sum()
}

/// Every worker's statement, every figure of every line.
fn statements(node: &Node, expected: &Value, pseudonyms: &BTreeMap<String, String>) {
    let as_of = text(&expected["last_day_of_data"]);
    let amount = fen;
    for (worker, number) in pseudonyms {
        let page = Page::of(node, &format!("/workers/{worker}?as_of={as_of}"));
        let table = page.captioned("各月工资");
        let heads = [
            "月份",
            "应发",
            "社保",
            "公积金",
            "个税",
            "其他扣款",
            "借支/生活费",
            "实发",
            "已付",
            "项目",
            "班组",
        ];
        let at = heads.map(|head| table.column(head));
        let with_line = table.rows.iter().filter(|row| row[at[1]].text != "—");
        let mut shown: Vec<_> = with_line
            .map(|row| {
                let figures: Vec<i64> = at[1..9].iter().map(|at| row[*at].fen()).collect();
                (row[at[0]].text.clone(), row[at[9]].leads_to().to_owned(), row[at[10]].text.clone(), figures)
            })
            .collect();
        let mut right: Vec<_> = list(expected, "lines")
            .iter()
            .filter(|line| text(&line["worker"]) == *number)
            .map(|line| {
                let (d, a) = (&line["deductions"], &line["advances"]);
                let figures = vec![
                    amount(&line["gross"]),
                    amount(&d["social_insurance"]),
                    amount(&d["housing_fund"]),
                    amount(&d["income_tax"]),
                    amount(&d["other"]),
                    amount(&a["loan"]) + amount(&a["living_cost"]),
                    amount(&line["net"]),
                    paid_by(line, &as_of),
                ];
                (text(&line["month"]), text(&line["project"]), text(&line["crew"]), figures)
            })
            .collect();
        shown.sort();
        right.sort();
        assert_eq!(shown, right, "{number}");
    }
}

/// Every project's every month: sums, seals, and what failed first.
fn months(node: &Node, expected: &Value) {
    let as_of = "2026-06-30";
    let mut of: BTreeMap<(String, String), Vec<&Value>> = BTreeMap::new();
    for line in list(expected, "lines") {
        of.entry((text(&line["project"]), text(&line["month"]))).or_default().push(line);
    }
    for ((project, month), lines) in of {
        let page = Page::of(node, &format!("/projects/{project}/months/{month}?as_of={as_of}"));
        let net: i64 = lines.iter().map(|line| fen(&line["net"])).sum();
        let paid: i64 = lines.iter().map(|line| paid_by(line, as_of)).sum();
        assert_eq!(shown_fen(page.figure("应实发")), net, "{project} {month}");
        assert_eq!(shown_fen(page.figure("已付")), paid, "{project} {month}");
        assert_eq!(shown_fen(page.figure("未付")), net - paid, "{project} {month}");
        let seals = page.captioned("工资表定稿核对");
        assert!(seals.cells("核对").iter().all(|cell| cell.text == "一致"), "{project} {month}: {seals:?}");
        let table = page.captioned("逐笔支付状态");
        assert_eq!(table.rows.len(), lines.len(), "{project} {month}");
        let failed = |line: &&&Value| !list(line, "failed").is_empty() && paid_by(line, as_of) == 0;
        let states = table.cells("状态");
        let number = lines.iter().filter(failed).count();
        assert!(states[..number].iter().all(|cell| cell.text == "失败"), "{project} {month}");
        assert!(states[number..].iter().all(|cell| cell.text != "失败"), "{project} {month}");
    }
}
