//! Workbooks as clerks really make them, and the error workbook that they get back.

use calamine::{Data, Reader, Xlsx};
use formats::{Content, FileName, Parsed, WageSheet, error_workbook, parse};
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet};
use std::io::Cursor;
use std::path::Path;

const IDS: [&str; 3] = ["11010519491231002X", "390101198001010012", "390613199706013245"];
const TITLE: &str = "甲工程 农民工工资支付表";
const NAME: &str = "wage-sheet-33011026-甲班-202603.xlsx";
const LINE_2: &str = "工程名称：甲工程    项目编码：33011026    班组：甲班";
const LINE_3: &str = "用人单位：乙公司    信用代码：91350100M000100Y43    工资月份：2026年3月    单位：元";

/// Cells of a generated sheet.
#[derive(Clone)]
enum Value {
    T(String),
    N(f64),
    Blank,
}

fn t(text: &str) -> Value {
    Value::T(text.to_owned())
}

/// A column: header and one cell per worker, then the total.
type Columns = Vec<(&'static str, Vec<Value>)>;

/// Two workers; net = gross − 500 of loan.
fn columns() -> Columns {
    use Value::{Blank, N};
    vec![
        ("序号", vec![N(1.0), N(2.0), t("合计")]),
        ("姓名", vec![t("艾力·甲"), t("李　四"), Blank]),
        ("身份证号码", vec![t(IDS[0]), t(IDS[1]), Blank]),
        ("工种", vec![t("钢筋工"), t("钢筋工"), Blank]),
        ("出勤工日", vec![N(26.9), t("20"), Blank]),
        ("加班小时", vec![N(9.0), Blank, Blank]),
        ("计薪方式", vec![t("点工"), t("月薪"), Blank]),
        ("单价", vec![N(440.0), N(8200.0), Blank]),
        ("数量", vec![N(26.9), N(20.0 / 23.0), Blank]),
        ("应发工资", vec![N(0.1 + 0.2), t("11，836.5"), N(11836.8)]),
        ("借支", vec![Blank, N(500.0), N(500.0)]),
        ("生活费", vec![Blank, Blank, Blank]),
        ("社保个人部分", vec![N(0.0), Blank, N(0.0)]),
        ("公积金个人部分", vec![Blank, Blank, Blank]),
        ("个人所得税", vec![t("0.00"), Blank, Blank]),
        ("其他扣款", vec![Blank, Blank, Blank]),
        ("扣款合计", vec![Blank, N(500.0), N(500.0)]),
        ("实发工资", vec![N(0.3), N(11336.5), t("11,336.80")]),
        ("银行卡号", vec![t("6222020000000000000"), t("6222 0200 0000 0000 000"), Blank]),
        ("开户行", vec![t("行"), t("行"), Blank]),
        ("备注", vec![Blank, t("两行\n备注"), Blank]),
    ]
}

fn put(sheet: &mut Worksheet, row: u32, column: u16, value: &Value) {
    match value {
        Value::T(text) => sheet.write_string(row, column, text).unwrap(),
        Value::N(number) => sheet.write_number(row, column, *number).unwrap(),
        Value::Blank => return,
    };
}

/// Titles in rows 1 to 3, the header in row 4, then the cells.
fn workbook_of(title: &str, columns: &Columns, after: &[&str]) -> Vec<u8> {
    let mut workbook = Workbook::new();
    workbook.add_worksheet().set_name("填表说明").unwrap().write_string(0, 0, "说明").unwrap();
    let sheet = workbook.add_worksheet().set_name("工资表 ").unwrap();
    for (row, text) in (0u32..).zip([title, LINE_2, LINE_3]) {
        sheet.merge_range(row, 0, row, 20, text, &Format::new()).unwrap();
    }
    let mut rows = 0;
    for (column, (header, cells)) in (0u16..).zip(columns) {
        sheet.write_string(3, column, *header).unwrap();
        rows = cells.len() as u32;
        for (row, cell) in (4u32..).zip(cells) {
            put(sheet, row, column, cell);
        }
    }
    for (row, text) in (4 + rows..).zip(after) {
        sheet.write_string(row, 2, *text).unwrap();
    }
    workbook.save_to_buffer().unwrap()
}

fn read(name: &str, bytes: &[u8]) -> Parsed {
    parse(&FileName::of(name).unwrap(), bytes)
}

fn sheet(parsed: &Parsed) -> &WageSheet {
    match &parsed.content {
        Content::WageSheet(sheet) => sheet,
        other => panic!("{other:?}"),
    }
}

fn codes(parsed: &Parsed) -> Vec<(String, Option<String>, bool)> {
    let show = |f: &formats::Finding| (f.code.to_string(), f.cell.clone(), f.whole_file);
    parsed.findings.iter().map(show).collect()
}

fn change(header: &str, row: usize, value: Value) -> Columns {
    let mut columns = columns();
    columns.iter_mut().find(|(name, _)| *name == header).unwrap().1[row] = value;
    columns
}

#[test]
fn messy_but_right() {
    for seed in 0..20usize {
        let mut columns = columns();
        // Shuffled but for the first column, in which 合计 stands.
        let count = columns.len();
        for at in 1..count {
            columns.swap(at, 1 + (at * 7 + seed * 13) % (count - 1));
        }
        columns.iter_mut().for_each(|(header, _)| {
            if seed % 2 == 0 && *header == "公积金个人部分" {
                *header = " 公积金\n个人　部分 ";
            }
        });
        let bytes = workbook_of(TITLE, &columns, &["制表人：", "本表经本人签字确认。"]);
        let parsed = read(NAME, &bytes);
        assert!(parsed.findings.is_empty(), "{seed}: {:#?}", parsed.findings);
        let sheet = sheet(&parsed);
        assert_eq!((parsed.rows_in_file, sheet.lines.len()), (2, 2));
        let (a, b) = (&sheet.lines[0].row, &sheet.lines[1].row);
        assert_eq!((a.name.as_str(), b.name.as_str()), ("艾力·甲", "李四"));
        assert_eq!((a.gross.fen(), b.net.fen(), b.loan.fen()), (30, 1_133_650, 50_000));
        assert_eq!((a.attendance.tenths(), b.attendance.tenths()), (269, 200));
        assert_eq!(b.quantity.to_string(), "0.869565217391304");
        assert_eq!(b.card, "6222020000000000000");
        assert_eq!(b.note.as_deref(), Some("两行 备注"));
        let header = sheet.header.as_ref().unwrap();
        assert_eq!(header.crew, "甲班");
        assert_eq!((header.month.to_string().as_str(), header.correction), ("2026-03", 0));
        let totals = sheet.totals.as_ref().unwrap();
        assert_eq!(
            (totals.line, totals.row.net.unwrap().fen(), totals.row.living_cost),
            (7, 1_133_680, None)
        );
        let place = parsed.place(6, "实发工资");
        let at = columns.iter().position(|(name, _)| *name == "实发工资").unwrap() as u8;
        assert_eq!(place.cell, Some(format!("{}6", char::from(b'A' + at))));
    }
}

#[test]
fn faults() {
    use Value::{Blank, N};
    let check = |columns: &Columns, expect: &[(&str, Option<&str>, bool)]| {
        let parsed = read(NAME, &workbook_of(TITLE, columns, &[]));
        let expect: Vec<_> = expect
            .iter()
            .map(|(code, cell, all)| (code.to_string(), cell.map(str::to_owned), *all))
            .collect();
        assert_eq!(codes(&parsed), expect, "{:#?}", parsed.findings);
    };
    check(&change("身份证号码", 1, t(IDS[0])), &[("conflict", Some("R6"), false)]);
    check(&change("身份证号码", 0, N(11010519491231002.0)), &[("numeric_identifier", Some("C5"), false)]);
    check(&change("银行卡号", 0, t("6222020000000000001")), &[("luhn", Some("S5"), false)]);
    check(&change("单价", 0, t("四百")), &[("bad_number", Some("H5"), false)]);
    check(&change("单价", 0, Blank), &[]);
    check(&change("数量", 0, Blank), &[("missing_value", Some("I5"), false)]);
    check(&change("备注", 0, t(&"长".repeat(1001))), &[("too_long", Some("U5"), false)]);
    check(&change("实发工资", 0, N(-0.3)), &[("out_of_range", Some("R5"), false)]);
    check(
        &change("实发工资", 0, N(0.4)),
        &[("row_sum_mismatch", Some("R5"), false), ("total_mismatch", Some("R7"), true)],
    );
    check(&change("实发工资", 2, t("共计")), &[("bad_number", Some("R7"), true)]);
    check(
        &change("序号", 2, N(3.0)),
        &[
            ("missing_total", None, false),
            ("missing_value", Some("B7"), false),
            ("missing_value", Some("C7"), false),
            ("missing_value", Some("D7"), false),
            ("missing_value", Some("E7"), false),
            ("missing_value", Some("G7"), false),
            ("missing_value", Some("I7"), false),
            ("missing_value", Some("S7"), false),
            ("missing_value", Some("T7"), false),
        ],
    );
    let no_column: Columns = columns().into_iter().filter(|(name, _)| *name != "开户行").collect();
    check(&no_column, &[("missing_column", None, true)]);
    let after = read(NAME, &workbook_of(TITLE, &columns(), &["制表人：", IDS[2]]));
    assert_eq!(codes(&after), [("row_after_total".into(), Some("C9".into()), true)]);
    // the title and the name must agree
    for (name, title, expect) in [
        (NAME, "甲工程 农民工工资支付表（更正）", Some("A1")),
        ("wage-sheet-33011026-甲班-202603更正.xlsx", "农民工工资支付表(更正１)", None),
        ("wage-sheet-33011026-甲班-202603更正2.xlsx", "农民工工资支付表（更正）", Some("A1")),
        ("wage-sheet-33011026-甲班-202604.xlsx", TITLE, Some("A3")),
        ("wage-sheet-33011026-乙班-202603.xlsx", TITLE, Some("A2")),
        ("wage-sheet-33011027-甲班-202603.xlsx", TITLE, Some("A2")),
        ("wage-sheet-三月.xlsx", TITLE, None),
    ] {
        let parsed = read(name, &workbook_of(title, &columns(), &[]));
        let expect: Vec<_> = expect
            .map(|cell| ("name_mismatch".to_owned(), Some(cell.to_owned()), true))
            .into_iter()
            .collect();
        assert_eq!(codes(&parsed), expect, "{name} {title}");
    }
}

#[test]
fn roster_cells() {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet().set_name("花名册").unwrap();
    let headers = [
        "姓名",
        "证件号码",
        "手机号",
        "工种代码",
        "工种",
        "班组",
        "是否班组长",
        "用人单位",
        "用人单位信用代码",
        "工资卡号",
        "开户行",
        "进场日期",
        "退场日期",
    ];
    sheet.write_string(0, 0, "花名册（33011026）").unwrap();
    for (column, header) in (0u16..).zip(headers) {
        sheet.write_string(1, column, header).unwrap();
    }
    let row = [
        "甲",
        IDS[0],
        "",
        "",
        "钢筋工",
        "甲班",
        "是",
        "乙公司",
        "91350100m000100y43",
        "6222020000000000000",
        "行",
    ];
    for (column, text) in (0u16..).zip(row).filter(|(_, text)| !text.is_empty()) {
        sheet.write_string(2, column, text).unwrap();
    }
    sheet.write_number(2, 2, 13_900_002_507.0).unwrap();
    sheet.write_number(2, 3, 20.0).unwrap();
    let date = Format::new().set_num_format("yyyy/m/d");
    let day = |d| ExcelDateTime::from_ymd(2026, 7, d).unwrap();
    sheet.write_datetime_with_format(2, 11, day(3), &date).unwrap();
    sheet.write_datetime_with_format(2, 12, day(4), &date).unwrap();
    let bytes = workbook.save_to_buffer().unwrap();
    for (name, faults) in [("roster-33011026.xlsx", 0), ("roster-新.xlsx", 0), ("roster-33011027.xlsx", 1)] {
        let parsed = read(name, &bytes);
        assert_eq!(parsed.findings.len(), faults, "{:?}", parsed.findings);
        let Content::Roster(roster) = &parsed.content else { panic!() };
        let row = &roster.rows[0].row;
        assert_eq!((row.phone.as_str(), row.work_type_code.as_str()), ("13900002507", "020"));
        assert_eq!(row.entered_on.to_string(), "2026-07-03");
        assert_eq!(row.left_on.unwrap().to_string(), "2026-07-04");
        assert!(row.crew_leader);
        assert!(roster.project.is_some());
    }
    // a workbook of old Excel for Mac counts its days from 1904
    let since_1904 = with_part(&bytes, "xl/workbook.xml", |part| {
        assert!(part.contains("<workbookPr "));
        part.replace("<workbookPr ", "<workbookPr date1904=\"1\" ")
    });
    let Content::Roster(roster) = read("roster-33011026.xlsx", &since_1904).content else { panic!() };
    assert_eq!(roster.rows[0].row.entered_on.to_string(), "2030-07-04");
    let other = read("wage-sheet-33011026-甲班-202603.xlsx", &bytes);
    assert_eq!(codes(&other), [("missing_sheet".into(), None, true)]);
}

fn data(path: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data").join(path)).unwrap()
}

/// The same workbook with one part changed.
fn with_part(bytes: &[u8], name: &str, change: impl Fn(&str) -> String) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for at in 0..archive.len() {
        let part = archive.by_index_raw(at).unwrap();
        if part.name().unwrap() != name {
            out.raw_copy_file(part).unwrap();
        }
    }
    out.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
    std::io::Write::write_all(&mut out, change(&unzipped(bytes, name)).as_bytes()).unwrap();
    out.finish().unwrap().into_inner()
}

fn unzipped(bytes: &[u8], part: &str) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    std::io::read_to_string(archive.by_name(part).unwrap()).unwrap()
}

#[test]
fn error_workbook_of_a_workbook() {
    for file in [
        "bad/12-wage-amounts/wage-sheet-3301102601010101-钢筋一班-202607.xlsx",
        "bad/05-roster-dates/roster-3301102601010101.xlsx",
        "bad/03-roster-numeric/roster-3301102601010101.xlsx",
        "site/roster-3301062512180102.xlsx",
        "site/wage-sheet-3301062512180102-砌筑三班-202601.xlsx",
    ] {
        let original = data(file);
        let parsed = read(file, &original);
        let made = error_workbook(&original, &parsed.findings).unwrap();
        let mut before: Xlsx<_> = Xlsx::new(Cursor::new(original.as_slice())).unwrap();
        let mut after: Xlsx<_> = Xlsx::new(Cursor::new(made.as_slice())).unwrap();
        let sheets = before.sheet_names();
        assert_eq!(after.sheet_names()[0], "检查结果");
        assert_eq!(after.sheet_names()[1..], sheets, "{file}");
        for sheet in sheets {
            let (a, b) = (before.worksheet_range(&sheet).unwrap(), after.worksheet_range(&sheet).unwrap());
            for (row, column, value) in a.used_cells() {
                let at = (a.start().unwrap().0 + row as u32, a.start().unwrap().1 + column as u32);
                if *value != Data::String(String::new()) {
                    assert_eq!(b.get_value(at), Some(value), "{file} {at:?}");
                }
            }
            let key = |d: &calamine::Dimensions| (d.start, d.end);
            let mut merged: Vec<_> =
                before.merge_cells_by_sheet_name(&sheet).unwrap().iter().map(key).collect();
            let mut kept: Vec<_> = after.merge_cells_by_sheet_name(&sheet).unwrap().iter().map(key).collect();
            merged.sort();
            kept.sort();
            assert_eq!(merged, kept, "{file}");
        }
        // read again it has the same faults, so the clerk can correct it in place
        let again = read(file, &made);
        let places = |p: &Parsed| p.findings.iter().map(|f| (f.code, f.cell.clone())).collect::<Vec<_>>();
        assert_eq!(places(&again), places(&parsed), "{file}");
        assert_eq!(again.content, parsed.content, "{file}");
        let list = after.worksheet_range("检查结果").unwrap();
        assert_eq!(list.height(), parsed.findings.len() + 1);
        if parsed.has_errors() {
            let notes = unzipped(&made, "xl/comments1.xml");
            for finding in &parsed.findings {
                assert!(notes.contains(&format!("ref=\"{}\"", finding.cell.as_ref().unwrap())));
            }
            assert!(unzipped(&made, "xl/styles.xml").contains("FFFF7C80"));
        }
    }
}

/// A merged region as large as Excel's grid.
#[test]
fn error_workbook_of_a_huge_region() {
    let original = with_part(
        &data("bad/05-roster-dates/roster-3301102601010101.xlsx"),
        "xl/worksheets/sheet1.xml",
        |part| {
            assert!(part.contains("\"A1:N1\""));
            part.replace("\"A1:N1\"", "\"A1:IV1048576\"")
        },
    );
    let parsed = read("roster-3301102601010101.xlsx", &original);
    assert_eq!(parsed.findings.len(), 3);
    assert!(error_workbook(&original, &parsed.findings).unwrap().len() < 50_000);
}

#[test]
fn error_workbook_of_text() {
    for (file, marked) in [
        ("bad/01-projects/projects.csv", ["G3", "M3"].as_slice()),
        ("bad/14-bank-state/bank-result-DF0220260910103.txt", &["A4", "A6"]),
        ("bad/13-bank-total/bank-result-DF0220260910102.txt", &["A1"]),
    ] {
        let original = data(file);
        let parsed = read(file, &original);
        let made = error_workbook(&original, &parsed.findings).unwrap();
        let notes = unzipped(&made, "xl/comments1.xml");
        for cell in marked {
            assert!(notes.contains(&format!("ref=\"{cell}\"")), "{file} {cell}");
        }
        let mut after: Xlsx<_> = Xlsx::new(Cursor::new(made.as_slice())).unwrap();
        let sheet = after.worksheet_range("Sheet1").unwrap();
        assert!(sheet.used_cells().all(|(_, _, value)| matches!(value, Data::String(_))));
    }
    let unreadable = b"\xFF\xFE\0";
    let parsed = read("projects.csv", unreadable);
    let made = error_workbook(unreadable, &parsed.findings).unwrap();
    let after: Xlsx<_> = Xlsx::new(Cursor::new(made.as_slice())).unwrap();
    assert_eq!(after.sheet_names(), ["检查结果"]);
}

/// How long a sheet of 10,000 workers takes: `cargo test --release -p formats -- --ignored speed --nocapture`.
#[test]
#[ignore = "a measurement"]
fn speed() {
    let mut columns = columns();
    let weights = [7u32, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    for (name, cells) in &mut columns {
        let (first, mut total) = (cells[1].clone(), cells[2].clone());
        if let ("应发工资", _) | ("借支", _) | ("扣款合计", _) | ("实发工资", _) = (*name, 0) {
            let one = match *name {
                "应发工资" => 11836.5,
                "实发工资" => 11336.5,
                _ => 500.0,
            };
            total = Value::N(one * 10_000.0);
        }
        *cells = vec![first; 10_000];
        if *name == "身份证号码" {
            for (n, cell) in cells.iter_mut().enumerate() {
                let digits = format!("390101{}{:03}", 19_700_101 + n / 1000, n % 1000);
                let sum: u32 = digits.bytes().zip(weights).map(|(b, w)| u32::from(b - b'0') * w).sum();
                *cell = t(&format!("{digits}{}", char::from(b"10X98765432"[sum as usize % 11])));
            }
        }
        cells.push(total);
    }
    let bytes = workbook_of(TITLE, &columns, &[]);
    let start = std::time::Instant::now();
    let parsed = read(NAME, &bytes);
    println!("{} bytes, {} lines: {:?}", bytes.len(), parsed.content.len(), start.elapsed());
    assert!(parsed.findings.is_empty(), "{:?}", &parsed.findings[..1]);
    let start = std::time::Instant::now();
    let made = error_workbook(&bytes, &parsed.findings).unwrap();
    println!("error workbook of {} bytes: {:?}", made.len(), start.elapsed());
}
