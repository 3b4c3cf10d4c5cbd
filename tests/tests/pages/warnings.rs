//! The page of early warnings says what the command says, in both languages.

use crate::site::on_sqlite;
use std::collections::BTreeSet;
use tests::{Page, Table, text};

const AS_OF: &str = "2026-06-30";

/// Colour, rule and number of entries of each row.
fn rows(table: &Table, [colour, rule, entries]: [&str; 3]) -> Vec<(String, String, usize)> {
    let [colour, rule, entries] = [colour, rule, entries].map(|head| table.column(head));
    let row = |row: &Vec<tests::Cell>| {
        let rule = row[rule].text.split(' ').next().unwrap_or_default().to_owned();
        let entries = row[entries].text.replace(',', "");
        (row[colour].text.clone(), rule, entries.parse().expect("a count"))
    };
    table.rows.iter().map(row).collect()
}

#[test]
fn what_the_command_says() {
    let site = on_sqlite();
    let answer = site.book.ask("warnings", &["--as-of", AS_OF, "--format", "json"]).exits(0).json();
    let mut told: Vec<(String, String, usize)> = answer["rows"]
        .as_array()
        .expect("rows")
        .iter()
        .map(|row| {
            let entries = row["entries"].as_array().map_or(0, Vec::len);
            (text(&row["colour"]), text(&row["rule"]), entries)
        })
        .collect();
    told.sort();
    assert!(told.iter().any(|(_, rule, _)| rule == "A07") && told.iter().any(|(_, rule, _)| rule == "I13"));
    let page = Page::of(&site.node, &format!("/warnings?as_of={AS_OF}&lang=en"));
    let mut shown = rows(page.captioned("Warnings"), ["Colour", "Indicator", "Entries"]);
    shown.sort();
    assert_eq!(shown, told);

    let page = Page::of(&site.node, &format!("/warnings?as_of={AS_OF}"));
    let table = page.captioned("预警明细");
    let colours: BTreeSet<&str> = table.cells("颜色").into_iter().map(|cell| cell.text.as_str()).collect();
    assert!(colours.iter().all(|colour| ["红色", "橙色", "黄色"].contains(colour)), "{colours:?}");
    let latin = |text: &str| text.bytes().any(|byte| byte.is_ascii_lowercase());
    for head in ["责任单位", "指标值", "指标"] {
        let cells = table.cells(head);
        assert_eq!(cells.len(), told.len());
        let english: Vec<_> = cells.iter().filter(|cell| latin(&cell.text)).collect();
        assert!(english.is_empty(), "{head}: English on a Chinese page: {english:?}");
    }
    assert!(table.cells("指标").iter().any(|cell| cell.text == "A07 有考勤无工资"));
    assert!(table.cells("指标值").iter().all(|cell| !cell.text.contains('/')), "a fraction");
}

/// Every open warning says which step is due and from whom, also where the day of its last step has passed; and since
/// when, as the command does.
#[test]
fn a_step_is_due_of_every_open_warning() {
    let site = on_sqlite();
    let answer = site.book.ask("warnings", &["--as-of", AS_OF, "--format", "json"]).exits(0).json();
    let mut told: Vec<i64> = answer["rows"]
        .as_array()
        .expect("rows")
        .iter()
        .filter_map(|row| row["days_to_next"].as_i64())
        .collect();
    let table = Page::of(&site.node, &format!("/warnings?as_of={AS_OF}")).captioned("预警明细").clone();
    assert_eq!(told.len(), table.rows.len(), "a step of each");
    assert!(
        table.cells("责任单位").iter().all(|cell| cell.text.contains("单位") || cell.text.contains("部门"))
    );
    let limits = table.cells("距处置时限");
    let mut shown: Vec<i64> = limits
        .iter()
        .map(|cell| {
            let days = cell.text.chars().filter(char::is_ascii_digit).collect::<String>();
            match &cell.text {
                text if text.contains("已过处置时限") => {
                    let (_, since) = text.rsplit_once("（自 ").expect("since when");
                    let since: jiff::civil::Date = since[..10].parse().expect("a day");
                    let as_of: jiff::civil::Date = AS_OF.parse().expect("a day");
                    let days = i64::from(since.until(as_of).expect("days").get_days());
                    assert!(text.contains(&format!(" {days} 天")), "{text}");
                    -days
                }
                text if text.starts_with("今日到期") => 0,
                _ => days[..days.len() - 8].parse().expect("days"),
            }
        })
        .collect();
    told.sort_unstable();
    shown.sort_unstable();
    assert_eq!(shown, told);
    assert!(told.iter().any(|days| *days < -10), "one past its last step: {told:?}");
}

/// The page of a warning lists every entry that the command names, page by page.
#[test]
fn every_entry_behind_a_figure() {
    let site = on_sqlite();
    let answer = site.book.ask("warnings", &["--as-of", AS_OF, "--format", "json"]).exits(0).json();
    let rows = answer["rows"].as_array().expect("rows");
    let most = rows.iter().max_by_key(|row| row["entries"].as_array().map_or(0, Vec::len)).expect("one");
    let of = ["project", "employer"]
        .iter()
        .filter_map(|name| Some(format!("&{name}={}", most[format!("{name}_code")].as_str()?)));
    let of: String = of.collect();
    let mut at = Some(format!("/warnings/{}?as_of={AS_OF}{of}", text(&most["rule"])));
    let mut found = Vec::new();
    while let Some(path) = at.take() {
        let page = Page::of(&site.node, &path);
        let seqs = page.captioned("依据记录").cells("记录");
        found.extend(seqs.iter().map(|cell| cell.text.parse::<u64>().expect("an entry")));
        at = page.next.clone();
    }
    let told: Vec<u64> =
        most["entries"].as_array().expect("entries").iter().filter_map(|e| e.as_u64()).collect();
    assert!(told.len() > 50, "more than a page");
    assert_eq!(found, told);
}
