//! Workbooks with more than the sheet that is read, and with hidden sheets, rows and columns: nothing of them is read
//! or left out without a word.

use formats::{Code, FileName, Parsed, Severity, error_workbook, parse};
use rust_xlsxwriter::{Workbook, Worksheet};

const HEADERS: [&str; 20] = [
    "序号",
    "姓名",
    "身份证号码",
    "工种",
    "出勤工日",
    "计薪方式",
    "单价",
    "数量",
    "应发工资",
    "借支",
    "生活费",
    "社保个人部分",
    "公积金个人部分",
    "个人所得税",
    "其他扣款",
    "扣款合计",
    "实发工资",
    "银行卡号",
    "开户行",
    "备注",
];
/// Invented people, each with a right check character.
const PEOPLE: [(&str, &str); 4] = [
    ("艾力", "11010519491231002X"),
    ("李四", "390101198001010012"),
    ("王五", "390613199706013245"),
    ("赵六", "390309197712206190"),
];
const FIRST_ROW: u32 = 4;

#[derive(Clone, Copy, PartialEq)]
enum Shown {
    Visible,
    Hidden,
    VeryHidden,
}
use Shown::{Hidden, VeryHidden, Visible};

/// A wage sheet: who is on it, and what its total row counts.
fn write(sheet: &mut Worksheet, month: &str, people: &[usize], counted: usize) {
    let title = "甲工程 农民工工资支付表";
    let line_2 = "工程名称：甲工程    项目编码：33011026    班组：甲班";
    let line_3 = format!("用人单位：乙公司    信用代码：91350100M000100Y43    工资月份：{month}    单位：元");
    for (row, text) in (0u32..).zip([title, line_2, &line_3]) {
        sheet.write_string(row, 0, text).unwrap();
    }
    for (column, header) in (0u16..).zip(HEADERS) {
        sheet.write_string(FIRST_ROW - 1, column, header).unwrap();
    }
    let amounts: [(u16, f64); 4] = [(6, 300.0), (7, 20.0), (8, 6000.0), (16, 6000.0)];
    for (row, person) in (FIRST_ROW..).zip(people) {
        let (name, id) = PEOPLE[*person];
        sheet.write_number(row, 0, f64::from(row - FIRST_ROW + 1)).unwrap();
        for (column, text) in
            [(1, name), (2, id), (3, "钢筋工"), (5, "点工"), (17, "6222020000000000000"), (18, "行")]
        {
            sheet.write_string(row, column, text).unwrap();
        }
        sheet.write_number(row, 4, 20.0).unwrap();
        for (column, amount) in amounts {
            sheet.write_number(row, column, amount).unwrap();
        }
    }
    let total_row = FIRST_ROW + people.len() as u32;
    sheet.write_string(total_row, 0, "合计").unwrap();
    for column in [8, 16] {
        sheet.write_number(total_row, column, 6000.0 * counted as f64).unwrap();
    }
    sheet.write_string(total_row + 1, 0, "制表：").unwrap();
}

type Sheet<'a> = (&'a str, Shown, &'a str, &'a [usize]);

fn workbook(sheets: &[Sheet<'_>]) -> Vec<u8> {
    let mut workbook = Workbook::new();
    for (name, shown, month, people) in sheets {
        let sheet = workbook.add_worksheet().set_name(*name).unwrap();
        write(sheet, month, people, people.len());
        match shown {
            Visible => sheet.set_active(true),
            Hidden => sheet.set_hidden(true),
            VeryHidden => sheet.set_very_hidden(true),
        };
    }
    workbook.save_to_buffer().unwrap()
}

fn read(bytes: &[u8]) -> Parsed {
    let parsed = parse(&FileName::of("wage-sheet-33011026-甲班-202603.xlsx").unwrap(), bytes);
    assert!(error_workbook(bytes, &parsed.findings).is_ok());
    parsed
}

/// Code, sheet and severity of everything that was found.
fn found(parsed: &Parsed) -> Vec<(&'static str, &str, bool)> {
    let of = |f: &'_ formats::Finding| f.severity == Severity::Error;
    parsed.findings.iter().map(|f| (f.code.as_str(), f.sheet.as_deref().unwrap_or("-"), of(f))).collect()
}

const MARCH: &str = "2026年3月";
const ALL: &[usize] = &[0, 1, 2, 3];

#[test]
fn no_sheet_goes_without_a_word() {
    /// Code, sheet, whether an error.
    type Found = (&'static str, &'static str, bool);
    let cases: &[(&[Sheet<'_>], &[Found], usize)] = &[
        (&[("工资表", Visible, MARCH, ALL)], &[], 4),
        // The draft is hidden, the right one has another name.
        (
            &[("工资表", Hidden, MARCH, &[0, 1]), ("工资表 (2)", Visible, MARCH, ALL)],
            &[("hidden_sheet", "工资表", true)],
            0,
        ),
        (
            &[("工资表", VeryHidden, MARCH, ALL), ("说明", Visible, MARCH, &[])],
            &[("hidden_sheet", "工资表", true)],
            0,
        ),
        // The crew goes on on another sheet.
        (
            &[("工资表", Visible, MARCH, &[0, 1]), ("工资表2", Visible, MARCH, &[2, 3])],
            &[("other_sheet", "工资表2", true)],
            2,
        ),
        // Who opens the workbook sees one of them.
        (
            &[
                ("工资表", Visible, MARCH, ALL),
                ("旧", Hidden, MARCH, &[0]),
                ("更旧", VeryHidden, MARCH, &[2]),
            ],
            &[("other_sheet", "旧", false), ("other_sheet", "更旧", false)],
            4,
        ),
        // Another month says so itself; a copy says nothing more; an example is one by its name.
        (
            &[
                ("2月", Visible, "2026年2月", &[0, 1]),
                ("工资表", Visible, MARCH, ALL),
                ("工资表 (2)", Visible, MARCH, ALL),
                ("填写示例", Visible, MARCH, &[3]),
                ("空表", Visible, MARCH, &[]),
            ],
            &[
                ("other_sheet", "2月", false),
                ("other_sheet", "填写示例", false),
                ("other_sheet", "工资表 (2)", false),
            ],
            4,
        ),
        (&[("Sheet1", Visible, MARCH, ALL)], &[("missing_sheet", "-", true)], 0),
    ];
    for (sheets, expect, rows) in cases {
        let parsed = read(&workbook(sheets));
        let mut findings = found(&parsed);
        findings.sort_unstable();
        assert_eq!(&findings, expect, "{:#?}", parsed.findings);
        assert_eq!(parsed.content.len(), *rows);
    }
}

/// Every way of telling which sheets there are: the rows of a visible second sheet are never lost.
#[test]
fn a_second_sheet_wherever_it_stands() {
    for first in [true, false] {
        for shown in [Visible, Hidden, VeryHidden] {
            for people in [&[2usize, 3][..], &[3], ALL] {
                for name in ["工资表2", "Sheet2", "补充", " 工资表 二"] {
                    let own: Sheet<'_> = ("工资表", Visible, MARCH, &[0, 1]);
                    let other: Sheet<'_> = (name, shown, MARCH, people);
                    let sheets = if first { [own, other] } else { [other, own] };
                    let parsed = read(&workbook(&sheets));
                    let expect = ("other_sheet", name.trim(), shown == Visible);
                    assert_eq!(found(&parsed), [expect], "{name}");
                    assert_eq!(parsed.is_bad_as_a_whole(), shown == Visible);
                }
            }
        }
    }
}

#[test]
fn another_kind_of_sheet_is_named() {
    let mut workbook = Workbook::new();
    write(workbook.add_worksheet().set_name("工资表").unwrap(), MARCH, ALL, 4);
    let sheet = workbook.add_worksheet().set_name("考勤").unwrap();
    for (column, header) in (0u16..).zip(["证件号码", "日期", "首次进场", "末次出场", "工日", "设备编号"])
    {
        sheet.write_string(0, column, header).unwrap();
    }
    for (column, text) in (0u16..).zip([PEOPLE[0].1, "2026-03-02", "06:00", "17:00", "1", "Z1"]) {
        sheet.write_string(1, column, text).unwrap();
    }
    let summary = workbook.add_worksheet().set_name("汇总").unwrap();
    for (column, header) in (0u16..).zip(["班组", "姓名", "应发工资", "实发工资"]) {
        summary.write_string(0, column, header).unwrap();
        summary.write_string(1, column, "1").unwrap();
    }
    let parsed = read(&workbook.save_to_buffer().unwrap());
    assert_eq!(found(&parsed), [("other_sheet", "考勤", false)]);
    assert!(parsed.findings[0].message.contains("attendance"), "{:?}", parsed.findings);
}

/// All subsets of four hidden rows, with a total over all rows and one over those that are seen.
#[test]
fn hidden_rows_are_named() {
    for hidden in 0u32..16 {
        let rows: Vec<u32> = (0..4).filter(|row| hidden & (1 << row) != 0).collect();
        for seen_only in [false, true] {
            let mut workbook = Workbook::new();
            let sheet = workbook.add_worksheet().set_name("工资表").unwrap();
            let counted = if seen_only { 4 - rows.len() } else { 4 };
            write(sheet, MARCH, ALL, counted);
            for row in &rows {
                sheet.set_row_hidden(FIRST_ROW + row).unwrap();
            }
            // A hidden row without a worker is nobody's wage.
            sheet.set_row_hidden(1).unwrap();
            let parsed = read(&workbook.save_to_buffer().unwrap());
            assert_eq!(parsed.content.len(), 4);
            let warned = parsed.findings.iter().find(|finding| finding.code == Code::HIDDEN_ROWS);
            assert_eq!(
                warned.map(|f| (f.line, f.is_error())),
                rows.first().map(|row| (Some(FIRST_ROW + row + 1), false))
            );
            let totals: Vec<&str> = parsed
                .findings
                .iter()
                .filter(|f| f.code == Code::TOTAL_MISMATCH)
                .map(|f| f.message.as_str())
                .collect();
            assert_eq!(totals.len(), if seen_only && !rows.is_empty() { 2 } else { 0 }, "{totals:?}");
            for message in totals {
                let named = rows.iter().all(|row| {
                    let number = (FIRST_ROW + row + 1).to_string();
                    message.contains(&number) || message.contains(" to ")
                });
                assert!(named && message.contains("the total leaves them out"), "{message}");
            }
        }
    }
}

#[test]
fn hidden_columns_are_named() {
    for (column, header) in (0u16..).zip(HEADERS) {
        let mut workbook = Workbook::new();
        let sheet = workbook.add_worksheet().set_name("工资表").unwrap();
        write(sheet, MARCH, ALL, 4);
        sheet.set_column_hidden(column).unwrap();
        sheet.set_column_hidden(30).unwrap();
        let parsed = read(&workbook.save_to_buffer().unwrap());
        assert_eq!(found(&parsed), [("hidden_columns", "工资表", false)]);
        assert!(parsed.findings[0].message.contains(header));
        assert_eq!(parsed.content.len(), 4);
    }
}
