//! The templates that are workbooks.

use super::cast::{Crew, Project, Stay};
use super::wage::Line;
use jiff::civil::Date;
use rules::Month;
use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError,
};

/// Formats of cells.
struct Look {
    title: Format,
    plain: Format,
    header: Format,
    text: Format,
    money: Format,
    day: Format,
}

impl Look {
    fn new() -> Look {
        let boxed = Format::new().set_border(FormatBorder::Thin);
        let centred = |format: Format| format.set_align(FormatAlign::Center).set_text_wrap();
        Look {
            title: centred(Format::new().set_bold().set_font_size(16)),
            plain: Format::new().set_align(FormatAlign::Left),
            header: centred(boxed.clone().set_bold()).set_align(FormatAlign::VerticalCenter),
            // As text, so that Excel keeps all digits of ID and card numbers.
            text: boxed.clone().set_num_format("@"),
            money: boxed.clone().set_num_format("#,##0.00"),
            day: boxed.set_num_format("yyyy-mm-dd"),
        }
    }
}

/// A workbook that says the same every time: the day on which it was made is given.
fn new_workbook() -> Result<Workbook, XlsxError> {
    let mut workbook = Workbook::new();
    let made_on = ExcelDateTime::from_ymd(2026, 1, 1)?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&made_on));
    Ok(workbook)
}

/// Fen as the yuan of a numeric cell: the nearest float, which shows as the exact amount.
fn yuan(fen: i64) -> f64 {
    fen as f64 / 100.0
}

fn excel_day(day: Date) -> Result<ExcelDateTime, XlsxError> {
    let part = |n: i8| n.unsigned_abs();
    ExcelDateTime::from_ymd(day.year().unsigned_abs(), part(day.month()), part(day.day()))
}

/// Template 1.2.
pub(super) fn roster<'s>(
    project: &Project,
    stays: impl IntoIterator<Item = &'s Stay>,
) -> Result<Vec<u8>, XlsxError> {
    const HEADER: [(&str, f64); 14] = [
        ("序号", 6.0),
        ("姓名", 10.0),
        ("证件号码", 21.0),
        ("手机号", 13.0),
        ("工种代码", 9.0),
        ("工种", 10.0),
        ("班组", 12.0),
        ("是否班组长", 11.0),
        ("用人单位", 32.0),
        ("用人单位信用代码", 21.0),
        ("工资卡号", 22.0),
        ("开户行", 24.0),
        ("进场日期", 12.0),
        ("退场日期", 12.0),
    ];
    let look = Look::new();
    let mut workbook = new_workbook()?;
    let sheet = workbook.add_worksheet().set_name("花名册")?;
    let title = format!("{}（{}）农民工花名册", project.name, project.code);
    sheet.merge_range(0, 0, 0, 13, &title, &look.title)?;
    for (column, (header, width)) in (0..).zip(HEADER) {
        sheet.write_with_format(1, column, header, &look.header)?.set_column_width(column, width)?;
    }
    sheet.set_freeze_panes(2, 0)?;
    for (row, stay) in (2u32..).zip(stays) {
        sheet.write_with_format(row, 0, row - 1, &look.text)?;
        let texts = [
            stay.person.name.as_str(),
            &stay.person.id,
            &stay.person.phone,
            stay.crew.trade_code,
            stay.crew.trade,
            stay.crew.label,
            if stay.leads() { "是" } else { "否" },
            stay.crew.employer.name,
            stay.crew.employer.code,
            &stay.person.card,
            stay.person.bank,
        ];
        for (column, text) in (1..).zip(texts) {
            sheet.write_with_format(row, column, text, &look.text)?;
        }
        sheet.write_with_format(row, 12, &excel_day(stay.entered_on)?, &look.day)?;
        match stay.left_on {
            Some(day) => sheet.write_with_format(row, 13, &excel_day(day)?, &look.day)?,
            None => sheet.write_blank(row, 13, &look.day)?,
        };
    }
    workbook.save_to_buffer()
}

/// What a wage sheet is about.
pub(super) struct SheetOf {
    pub(super) project: &'static Project,
    pub(super) crew: &'static Crew,
    pub(super) month: Month,
    pub(super) is_correction: bool,
}

/// The header's two lines; where the first is empty the one before it goes on, where the second is empty the
/// first fills both.
const SHEET_HEADER: [(&str, &str, f64); 22] = [
    ("序号", "", 6.0),
    ("姓名", "", 10.0),
    ("身份证号码", "", 21.0),
    ("工种", "", 10.0),
    ("出勤", "出勤工日", 9.0),
    ("", "加班小时", 9.0),
    ("工资标准", "计薪方式", 9.0),
    ("", "单价", 11.0),
    ("", "数量", 9.0),
    ("应发工资", "", 12.0),
    ("扣款（元）", "借支", 10.0),
    ("", "生活费", 10.0),
    ("", "社保个人部分", 13.0),
    ("", "公积金个人部分", 15.0),
    ("", "个人所得税", 11.0),
    ("", "其他扣款", 10.0),
    ("", "扣款合计", 11.0),
    ("实发工资", "", 12.0),
    ("银行账户", "银行卡号", 22.0),
    ("", "开户行", 24.0),
    ("领款人签字", "", 12.0),
    ("备注", "", 20.0),
];
const LAST_COLUMN: u16 = 21;
/// The first row of workers, from 0.
const FIRST_ROW: u32 = 5;

/// Template 1.5.
pub(super) fn wage_sheet(of: &SheetOf, lines: &[(&Stay, &Line)]) -> Result<Vec<u8>, XlsxError> {
    let look = Look::new();
    let mut workbook = new_workbook()?;
    let sheet = workbook.add_worksheet().set_name("工资表")?;
    above_lines(sheet, of, &look)?;
    let mut totals = [0i64; 9];
    let mut days = 0;
    for (row, (stay, line)) in (FIRST_ROW..).zip(lines) {
        sheet.write_with_format(row, 0, row - FIRST_ROW + 1, &look.text)?;
        let texts = [
            (1, stay.person.name.as_str()),
            (2, &stay.person.id),
            (3, stay.crew.trade),
            (6, stay.terms.pay_form.word()),
            (18, &stay.person.card),
            (19, stay.person.bank),
            (20, ""),
            (21, line.note),
        ];
        for (column, text) in texts {
            sheet.write_with_format(row, column, text, &look.text)?;
        }
        sheet.write_with_format(row, 4, line.days as f64 / 10.0, &look.text)?;
        sheet.write_with_format(row, 5, line.overtime_hours as f64, &look.text)?;
        sheet.write_with_format(row, 7, yuan(line.price), &look.money)?;
        sheet.write_with_format(row, 8, line.quantity as f64 / 100.0, &look.text)?;
        let amounts = amounts(line);
        write_amounts(sheet, row, &amounts, &look)?;
        for (total, amount) in totals.iter_mut().zip(amounts) {
            *total += amount;
        }
        days += line.days;
    }
    let total_row = lines.iter().fold(FIRST_ROW, |row, _| row + 1);
    for column in 0..=LAST_COLUMN {
        sheet.write_blank(total_row, column, &look.text)?;
    }
    sheet.write_with_format(total_row, 0, "合计", &look.header)?;
    sheet.write_with_format(total_row, 4, days as f64 / 10.0, &look.text)?;
    write_amounts(sheet, total_row, &totals, &look)?;
    let signatures = "制表人：            班组长：            劳资专管员：            项目经理：";
    sheet.merge_range(total_row + 1, 0, total_row + 1, LAST_COLUMN, signatures, &look.plain)?;
    sheet.write(total_row + 2, 0, "本表经农民工本人签字确认，总包代发。")?;
    workbook.save_to_buffer()
}

/// Title, what the sheet is about, and the header.
fn above_lines(sheet: &mut Worksheet, of: &SheetOf, look: &Look) -> Result<(), XlsxError> {
    let (project, crew) = (of.project, of.crew);
    let correction = if of.is_correction { "（更正）" } else { "" };
    let title = format!("{} 农民工工资支付表{correction}", project.name);
    let line_2 = format!("工程名称：{}    项目编码：{}    班组：{}", project.name, project.code, crew.label);
    let line_3 = format!(
        "用人单位：{}    信用代码：{}    工资月份：{}年{}月    单位：元",
        crew.employer.name,
        crew.employer.code,
        of.month.year(),
        of.month.month()
    );
    sheet.merge_range(0, 0, 0, LAST_COLUMN, &title, &look.title)?;
    sheet.merge_range(1, 0, 1, LAST_COLUMN, &line_2, &look.plain)?;
    sheet.merge_range(2, 0, 2, LAST_COLUMN, &line_3, &look.plain)?;
    for (column, (group, own, width)) in (0u16..).zip(SHEET_HEADER) {
        sheet.set_column_width(column, width)?;
        if own.is_empty() {
            sheet.merge_range(3, column, 4, column, group, &look.header)?;
            continue;
        }
        sheet.write_with_format(4, column, own, &look.header)?;
        if !group.is_empty() {
            let after = SHEET_HEADER.iter().skip(usize::from(column) + 1);
            let more = after.take_while(|(group, own, _)| group.is_empty() && !own.is_empty());
            let last = more.fold(column, |last, _| last + 1);
            sheet.merge_range(3, column, 3, last, group, &look.header)?;
        }
    }
    sheet.set_freeze_panes(FIRST_ROW, 2)?;
    sheet.set_landscape();
    Ok(())
}

/// In the order of the columns that the total row adds up.
fn amounts(line: &Line) -> [i64; 9] {
    [
        line.gross,
        line.loan,
        line.living_cost,
        line.social_insurance,
        line.housing_fund,
        line.income_tax,
        line.other,
        line.deductions(),
        line.net(),
    ]
}

fn write_amounts(sheet: &mut Worksheet, row: u32, amounts: &[i64; 9], look: &Look) -> Result<(), XlsxError> {
    for (column, amount) in (9..).zip(amounts) {
        sheet.write_with_format(row, column, yuan(*amount), &look.money)?;
    }
    Ok(())
}
