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
}
