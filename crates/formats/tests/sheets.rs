//! Wage sheets as sites hand them in, as tables: rows of the sheet, what is found.

use formats::{Content, FileName, Parsed, error_workbook, parse};
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
use std::io::Cursor;

const NAME: &str = "wage-sheet-33011026-甲班-202603.xlsx";
const CORRECTION: &str = "wage-sheet-33011026-甲班-202603更正.xlsx";
const TITLES: &str = "甲工程 农民工工资支付表
工程名称：甲工程    项目编码：33011026    班组：甲班
用人单位：乙公司    信用代码：91350100M000100Y43    工资月份：2026年3月    单位：元
";
const HEADER: &str = "序号|姓名|身份证号码|工种|出勤工日|加班小时|计薪方式|单价|数量|应发工资|借支|生活费|社保个人部分|公积金个人部分|个人所得税|其他扣款|扣款合计|实发工资|银行卡号|开户行|备注";
const ONE: &str = "1|甲|11010519491231002X|木工|20||点工|250|20|5000|||||50||50|4950|6222020000000000000|行";
const TWO: &str = "2|乙|390101198001010012|木工|20||点工|250|20|5000||||||||5000|6222020000000000000|行";
const TOTAL: &str = "合计|||||||||10000|||||50||50|9950";

/// Cells between `|`: `=…` is a formula without its result, `=?…` one whose result is an empty text, `@…` a
/// date; what reads as a number of less than 13 characters is one.
fn workbook(text: &str) -> Vec<u8> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet().set_name("工资表").unwrap();
    let day = Format::new().set_num_format("yyyy年m月");
    for (row, line) in (0u32..).zip(text.lines()) {
        for (column, cell) in (0u16..).zip(line.split('|')).filter(|(_, cell)| !cell.is_empty()) {
            if let Some(formula) = cell.strip_prefix("=?") {
                let formula = rust_xlsxwriter::Formula::new(formula).set_result("EMPTY");
                sheet.write_formula(row, column, formula).unwrap();
            } else if cell.starts_with('=') {
                sheet.write_formula(row, column, cell).unwrap();
            } else if let Some(date) = cell.strip_prefix('@') {
                let date = ExcelDateTime::parse_from_str(date).unwrap();
                sheet.write_datetime_with_format(row, column, date, &day).unwrap();
            } else if let (Ok(number), true) = (cell.parse::<f64>(), cell.len() < 13) {
                sheet.write_number(row, column, number).unwrap();
            } else {
                sheet.write_string(row, column, cell).unwrap();
            }
        }
    }
    without_results(&workbook.save_to_buffer().unwrap())
}

/// The writer gives each formula the result 0.
fn without_results(bytes: &[u8]) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for at in 0..archive.len() {
        let part = archive.by_index(at).unwrap();
        let name = part.name().unwrap().to_string();
        out.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        let mut content = Vec::new();
        std::io::copy(&mut { part }, &mut content).unwrap();
        if let Ok(text) = std::str::from_utf8(&content) {
            content = text.replace("</f><v>0</v>", "</f>").replace("EMPTY", "").into_bytes();
        }
        std::io::Write::write_all(&mut out, &content).unwrap();
    }
    out.finish().unwrap().into_inner()
}

fn read(name: &str, text: &str) -> Parsed {
    parse(&FileName::of(name).unwrap(), &workbook(text))
}

/// `cell code`, faults of the whole file with `!`, warnings with `~`; then the number of good rows.
fn found(parsed: &Parsed) -> String {
    let show = |f: &formats::Finding| {
        let mark = match (f.is_error(), f.whole_file) {
            (false, _) => "~",
            (true, true) => "!",
            (true, false) => "",
        };
        format!("{mark}{} {}, ", f.cell.as_deref().or(f.column.as_deref()).unwrap_or("-"), f.code)
    };
    format!("{}{}", parsed.findings.iter().map(show).collect::<String>(), parsed.content.len())
}

#[track_caller]
fn check(name: &str, text: &str, expect: &str) {
    let parsed = read(name, text);
    assert_eq!(found(&parsed), expect, "{text}\n{:#?}", parsed.findings);
}

fn sheet(rows: &[&str]) -> String {
    format!("{TITLES}{HEADER}\n{}", rows.join("\n"))
}

/// A sheet without total row, as corrections are.
fn correction(rows: &[&str]) -> String {
    sheet(rows).replacen("支付表", "支付表（更正）", 1)
}

#[test]
fn formulas_without_value() {
    let f = |one: &str, total: &str, expect: &str| check(NAME, &sheet(&[one, TWO, total]), expect);
    f(ONE, TOTAL, "2");
    f(&ONE.replace("|5000|", "|=H5*I5|"), TOTAL, "J5 formula_without_value, 1");
    f(
        &ONE.replace("|50|4950|", "|=SUM(K5:P5)|=J5-Q5|"),
        TOTAL,
        "Q5 formula_without_value, R5 formula_without_value, 1",
    );
    f(ONE, &TOTAL.replace("9950", "=SUM(R5:R6)"), "!R7 formula_without_value, 2");
    f(&ONE.replace("11010519491231002X", "=Z5"), TOTAL, "C5 formula_without_value, 1");
    // outside the columns of the template it does not matter, and an empty text is a result
    f(&format!("{ONE}||=A1"), TOTAL, "2");
    f(&ONE.replace("|5000|||||50|", "|5000|=?A1||||50|"), TOTAL, "2");
    check(
        NAME,
        &sheet(&[ONE, TWO, TOTAL]).replace("工资月份：2026年3月", "工资月份：|=A1|"),
        "!A3 formula_without_value, 2",
    );
    // nor does the error workbook turn it into 0.00
    let bytes = workbook(&sheet(&[&ONE.replace("|5000|", "|=H5*I5|"), TWO, TOTAL]));
    let parsed = parse(&FileName::of(NAME).unwrap(), &bytes);
    assert!(parsed.findings[0].message.starts_with("a formula without a stored value: open the file"));
    let again = parse(&FileName::of(NAME).unwrap(), &error_workbook(&bytes, &parsed.findings).unwrap());
    assert_eq!(found(&again), "J5 bad_number, 1");
}

#[test]
fn missing_column() {
    let names: Vec<&str> = HEADER.split('|').collect();
    for (at, name) in names.iter().enumerate() {
        let without: String = sheet(&[ONE, TWO, TOTAL])
            .lines()
            .enumerate()
            .map(|(row, line)| {
                let mut cells: Vec<&str> = line.split('|').collect();
                // Without 序号 the word 合计 stands in the next column.
                let at = if (at, row) == (0, 6) { 1 } else { at };
                if row >= 3 && at < cells.len() {
                    cells.remove(at);
                }
                cells.join("|") + "\n"
            })
            .collect();
        let optional = ["序号", "加班小时", "备注"].contains(name);
        check(NAME, &without, &if optional { "2".to_owned() } else { format!("!{name} missing_column, 0") });
    }
    let account = "日期,借贷,金额,对方户名,摘要,流水号\n2026-03-01,收,5,,,S1\n2026-03-02,付,1,,,S2\n";
    let parsed = parse(&FileName::of("account-33011026-202603.csv").unwrap(), account.as_bytes());
    assert_eq!(found(&parsed), "!余额 missing_column, 0");
}

#[test]
fn repeated_headers() {
    let upper = HEADER.replace("借支|生活费|社保个人部分|公积金个人部分|个人所得税|其他扣款", "扣款|||||");
    let lower = "||||||||||借支|生活费|社保个人部分|公积金个人部分|个人所得税|其他扣款";
    let two_lines = format!("{upper}\n{lower}");
    let no_card = HEADER.replace("|银行卡号", "|卡号");
    for (rows, expect) in [
        (vec![&*two_lines, ONE, HEADER, TWO, TOTAL], "2"),
        (vec![&*two_lines, ONE, &*two_lines, TWO, TOTAL], "2"),
        (vec![HEADER, ONE, &*two_lines, TWO, TOTAL], "2"),
        (vec![HEADER, ONE, HEADER, TWO, TOTAL], "2"),
        (vec![&*two_lines, HEADER, ONE, TWO, TOTAL], "2"),
        // the first is not complete, so that the second is taken: what stands between is not a title
        (
            vec![&*no_card, ONE, HEADER, TWO, TWO],
            "~- missing_total, !C5 row_above_header, C8 duplicate_row, 1",
        ),
    ] {
        check(NAME, &format!("{TITLES}{}", rows.join("\n")), expect);
    }
    let code = TITLES.replace("信用代码：91350100M000100Y43", "信用代码：|911101085923662400|");
    check(NAME, &format!("{code}{HEADER}\n{ONE}\n{TWO}\n{TOTAL}"), "2");
}

#[test]
fn ends() {
    let f = |rows: &[&str], expect: &str| check(CORRECTION, &correction(rows), expect);
    let ok = "~- missing_total, 2";
    f(&[ONE, TWO], ok);
    f(&[ONE, TWO, "制表人：丙|||||||班组长：丁||||||项目经理：戊"], ok);
    f(&[ONE, TWO, "制表人|丙||||||班组长|丁", "", "|负责人", "|制表人：丙"], ok);
    f(&[ONE, TWO, "本表经农民工本人签字确认，总包代发。", "制表人："], ok);
    f(&[ONE, TWO, "", "说明：|借支多记", "||以下空白"], ok);
    f(&[ONE, TWO, "制表日期：|||||||||@2026-04-02"], ok);
    // of a worker something is there: a name, an amount, a number
    let missing = ["C7", "D7", "E7", "G7", "I7", "S7", "T7"].map(|cell| format!("{cell} missing_value, "));
    f(&[ONE, TWO, "|丁"], &format!("~- missing_total, {}2", missing.concat()));
    f(&[ONE, &TWO.replace("390101198001010012", "")], "~- missing_total, C6 missing_value, 1");
    f(
        &[ONE, &TWO.replace("390101198001010012", "").replace("2|乙", "二|乙")],
        "~- missing_total, C6 missing_value, 1",
    );
    f(&[ONE, "制表人：", TWO], "~- missing_total, A6 unexpected_value, 2");
    // total and subtotal rows
    for first in ["合计", "总计", "总  计", "合 计（小写）", "|合计", "总计金额"] {
        let total = TOTAL.replacen("合计|", &format!("{first}|"), 1).replacen("||合计||", "|合计|", 1);
        let total = if first.starts_with('|') { TOTAL.replacen("合计|", "|合计", 1) } else { total };
        check(NAME, &sheet(&[ONE, TWO, &total, "制表人："]), "2");
    }
    for first in ["小计", "本页合计", "本页小计"] {
        let subtotal = TOTAL.replacen("合计", first, 1);
        check(NAME, &sheet(&[ONE, TWO, &subtotal, TOTAL]), "A7 unexpected_value, 2");
        check(NAME, &sheet(&[ONE, TWO, &subtotal]), "~- missing_total, A7 unexpected_value, 2");
    }
    check(NAME, &sheet(&[ONE, TWO, TOTAL, "3|丙||||||||100"]), "!B8 row_after_total, 2");
    check(
        NAME,
        &sheet(&[ONE, TWO, TOTAL, &TOTAL.replacen("合计", "总计", 1), "|制表人||||||13900000000"]),
        "2",
    );
}

#[test]
fn deductions_total() {
    let f = |one: &str, total: &str, expect: &str| check(NAME, &sheet(&[one, TWO, total]), expect);
    let wrong = ONE.replace("|50|4950|", "|60|4950|");
    f(&wrong, TOTAL, "Q5 row_sum_mismatch, 1");
    f(&wrong, &TOTAL.replace("|50|9950", "|60|9950"), "Q5 row_sum_mismatch, 1");
    f(&wrong, &TOTAL.replace("|50|9950", "|70|9950"), "Q5 row_sum_mismatch, !Q7 total_mismatch, 1");
    let follows = ONE.replace("|50|4950|", "|60|4940|");
    f(&follows, &TOTAL.replace("|50|9950", "|60|9940"), "Q5 row_sum_mismatch, 1");
    let both = ONE.replace("|50|4950|", "|60|4900|");
    f(&both, &TOTAL.replace("|50|9950", "|60|9900"), "Q5 row_sum_mismatch, R5 row_sum_mismatch, 1");
    f(&ONE.replace("|4950|", "|4960|"), &TOTAL.replace("9950", "9960"), "R5 row_sum_mismatch, 1");
}

#[test]
fn names_and_titles() {
    let f = |name: &str, title: &str, crew: &str, expect: &str| {
        let text = sheet(&[ONE, TWO, TOTAL]).replacen("支付表", &format!("支付表{title}"), 1);
        let name = format!("wage-sheet-33011026-{name}.xlsx");
        check(&name, &text.replace("班组：甲班", &format!("班组：{crew}")), expect);
        let Content::WageSheet(read) = read(&name, &text).content else { panic!() };
        (read.header.unwrap().correction, FileName::of(&name).unwrap().month.is_some())
    };
    for (name, title, number) in [
        ("更正", "（更正）", 1),
        ("（更正）", "更正", 1),
        ("(更正)", "(更正1)", 1),
        ("-更正", "更正（2026年3月）", 1),
        (" 更正", "（更正） 2026年3月", 1),
        ("更正2", "（更正2）", 2),
        ("(更正2)", "更正 2", 2),
        ("（更正２）", "更正(2)", 2),
        ("更正 2", "更正（2）", 2),
        ("更正（2）", "更正2", 2),
        ("更正(2)", "更正2（2026年3月）", 2),
        ("更正2(1)", "更正2", 2),
        // a copy of 更正
        ("更正(2)", "更正", 1),
        ("更正 (1)", "更正", 1),
        ("（更正）(3)", "更正", 1),
        ("(2)", "", 0),
    ] {
        assert_eq!(f(&format!("甲班-202603{name}"), title, "甲班", "2"), (number, true), "{name} {title}");
    }
    for (name, title) in
        [("更正2", "更正"), ("更正", "更正（2）"), ("(更正2)", ""), ("更正(2)", "更正3"), ("", "更正 2")]
    {
        f(&format!("甲班-202603{name}"), title, "甲班", "!A1 name_mismatch, 2");
    }
    for (in_name, in_sheet, expect) in [
        ("甲班", "甲 班", "2"),
        ("甲班 ", "甲班", "2"),
        ("木工A班", "木工Ａ班", "2"),
        ("木工（1）班", "木工(1) 班", "2"),
        ("木工_瓦工", "木工/瓦工", "2"),
        ("木工_瓦工", "木工／瓦工", "2"),
        ("更正班", "更正班", "2"),
        ("甲班", "乙班", "!A2 name_mismatch, 2"),
    ] {
        f(&format!("{in_name}-202603"), "", in_sheet, expect);
    }
    // the month as a date cell
    for (month, expect) in
        [("@2026-03-01", "2"), ("@2026-03-31", "2"), ("@2026-04-01", "!A3 name_mismatch, 2")]
    {
        let text = sheet(&[ONE, TWO, TOTAL]);
        check(NAME, &text.replace("工资月份：2026年3月    ", &format!("工资月份：|{month}|")), expect);
    }
}
