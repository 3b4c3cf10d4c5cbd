//! Reading a wage sheet.

use super::{SHEET_DAYS_MAX, Totals, WageLine, WageSheet, title};
use crate::field::Row;
use crate::finding::Code;
use crate::reader::Reader;
use crate::table::{Cell, Line};
use crate::text::squeezed;
use crate::{Content, Located};
use rules::{Days, Money};
use wages::PayForm;

/// The deductions that 扣款合计 adds up.
const DEDUCTIONS: [&str; 6] = ["借支", "生活费", "社保个人部分", "公积金个人部分", "个人所得税", "其他扣款"];
/// Columns whose sum the total row gives.
const SUMMED: [&str; 9] = [
    "应发工资",
    "借支",
    "生活费",
    "社保个人部分",
    "公积金个人部分",
    "个人所得税",
    "其他扣款",
    "扣款合计",
    "实发工资",
];

/// What the rows of each summed column add up to; `None` once a cell could not be read, for then no total
/// can be checked.
type Sums = [Option<Money>; 9];
type Amounts = [Option<Money>; 9];

pub(crate) fn read(reader: &mut Reader<'_>) -> Content {
    let header = title::read(reader);
    let data = reader.data();
    let total_at = data.clone().find(|at| reader.line(*at).is_some_and(is_total));
    let end = total_at.unwrap_or_else(|| end_of_lines(reader));
    let mut sums: Sums = [Some(Money::ZERO); 9];
    let lines = reader.rows_in(data.start..end, |row| read_line(row, &mut sums));
    let lines = reader.unique(lines, |line| Some(line.id.clone()), "身份证号码", difference);
    let totals = total_at.and_then(|at| reader.line(at)).map(|line| {
        let row = read_totals(&mut reader.row(line).for_all(), &sums);
        Located { line: line.number, row }
    });
    match total_at {
        Some(at) => refuse_lines_after(reader, at),
        None => {
            let message = "no total row (合计): the end of the sheet may have been cut off";
            reader.warn(None, None, None, Code::MISSING_TOTAL, message);
        }
    }
    Content::WageSheet(WageSheet { header, lines, totals })
}

fn is_total(line: &Line) -> bool {
    match line.cells.first() {
        Some((_, Cell::Text(text))) => squeezed(text).starts_with("合计"),
        _ => false,
    }
}

/// Without a total row the lines end where signatures begin: one cell, `制表人：…`.
fn end_of_lines(reader: &Reader<'_>) -> usize {
    let data = reader.data();
    let signs = |line: &Line| line.cells.len() == 1 && line.joined_text().contains(['：', ':']);
    data.clone().find(|at| reader.line(*at).is_some_and(signs)).unwrap_or(data.end)
}

/// A worker added below the total would be lost without a word, and he is not in the total either.
fn refuse_lines_after(reader: &mut Reader<'_>, total_at: usize) {
    for at in total_at.saturating_add(1)..reader.data().end {
        let Some(line) = reader.line(at) else { continue };
        let mut row = reader.row(line);
        let looks_like_an_id = |cell: &Cell| match cell {
            Cell::Text(text) => squeezed(text).len() == 18,
            Cell::Number(value) => *value > 1e16,
            Cell::Moment(_) | Cell::Truth(_) | Cell::Fault(_) | Cell::TooLong(_) => false,
        };
        if row.cell("身份证号码").is_some_and(looks_like_an_id) {
            let message = "a worker's row below the total row (合计): move it above and correct the total";
            row.whole_file_error("身份证号码", None, Code::ROW_AFTER_TOTAL, message);
        }
    }
}

fn read_line(row: &mut Row<'_>, sums: &mut Sums) -> Option<WageLine> {
    let name = row.person("姓名");
    let id = row.id_number("身份证号码");
    let work_type = row.text("工种");
    let attendance = row.days("出勤工日", Days::ZERO, SHEET_DAYS_MAX);
    let overtime_hours = row.optional_decimal("加班小时", 2);
    let pay_form = row.word("计薪方式", PayForm::ALL, PayForm::word);
    let unit_price = row.decimal("单价", 15);
    let quantity = row.quantity("数量", 15);
    let amounts: Amounts = SUMMED.map(|column| row.money(column));
    let card = row.card("银行卡号");
    let bank = row.text("开户行");
    let note = row.note("备注");
    for (sum, amount) in sums.iter_mut().zip(amounts) {
        *sum = sum.zip(amount).and_then(|(sum, amount)| sum.checked_add(amount));
    }
    let [gross, loan, living_cost, social_insurance, housing_fund, income_tax, other, deductions_total, net] =
        amounts;
    check_deductions(row, &amounts);
    check_net(row, gross, deductions_total, net);
    Some(WageLine {
        name: name?,
        id: id?,
        work_type: work_type?,
        attendance: attendance?,
        overtime_hours: overtime_hours?,
        pay_form: pay_form?,
        unit_price: unit_price?,
        quantity: quantity?,
        gross: gross?,
        loan: loan?,
        living_cost: living_cost?,
        social_insurance: social_insurance?,
        housing_fund: housing_fund?,
        income_tax: income_tax?,
        other_deductions: other?,
        deductions_total: deductions_total?,
        net: net?,
        card: card?,
        bank: bank?,
        note: note?,
    })
}

fn check_deductions(row: &mut Row<'_>, amounts: &Amounts) {
    let [_, deductions @ .., shown, _] = amounts;
    let sum = deductions.iter().copied().collect::<Option<Vec<Money>>>().and_then(Money::checked_sum);
    if let (Some(sum), Some(shown)) = (sum, *shown)
        && sum != shown
    {
        let message = format!("the deductions of this row ({}) add up to {sum}", DEDUCTIONS.join(", "));
        row.error_with("扣款合计", shown.to_string(), Code::ROW_SUM_MISMATCH, message);
    }
}

fn check_net(row: &mut Row<'_>, gross: Option<Money>, deductions: Option<Money>, net: Option<Money>) {
    let right = gross.zip(deductions).and_then(|(gross, deductions)| gross.checked_sub(deductions));
    if let (Some(right), Some(net)) = (right, net)
        && right != net
    {
        let message = format!("应发工资 less 扣款合计 is {right}");
        row.error_with("实发工资", net.to_string(), Code::ROW_SUM_MISMATCH, message);
    }
}

fn read_totals(row: &mut Row<'_>, sums: &Sums) -> Totals {
    let mut totals: Amounts = [None; 9];
    for ((column, sum), total) in SUMMED.iter().zip(sums).zip(&mut totals) {
        if row.cell(column).is_none() {
            continue;
        }
        *total = row.signed_money(column);
        if let (Some(sum), Some(total)) = (*sum, *total)
            && sum != total
        {
            let message = format!("the column adds up to {sum}");
            row.whole_file_error(column, Some(total.to_string()), Code::TOTAL_MISMATCH, message);
        }
    }
    let [gross, loan, living_cost, social_insurance, housing_fund, income_tax, other, deductions_total, net] =
        totals;
    Totals {
        gross,
        loan,
        living_cost,
        social_insurance,
        housing_fund,
        income_tax,
        other_deductions: other,
        deductions_total,
        net,
    }
}

fn difference(a: &WageLine, b: &WageLine) -> Option<&'static str> {
    crate::first_difference(&[
        ("实发工资", a.net != b.net),
        ("应发工资", a.gross != b.gross),
        ("扣款合计", a.deductions_total != b.deductions_total),
        ("借支", a.loan != b.loan),
        ("生活费", a.living_cost != b.living_cost),
        ("社保个人部分", a.social_insurance != b.social_insurance),
        ("公积金个人部分", a.housing_fund != b.housing_fund),
        ("个人所得税", a.income_tax != b.income_tax),
        ("其他扣款", a.other_deductions != b.other_deductions),
        ("姓名", a.name != b.name),
        ("工种", a.work_type != b.work_type),
        ("出勤工日", a.attendance != b.attendance),
        ("加班小时", a.overtime_hours != b.overtime_hours),
        ("计薪方式", a.pay_form != b.pay_form),
        ("单价", a.unit_price != b.unit_price),
        ("数量", a.quantity != b.quantity),
        ("银行卡号", a.card != b.card),
        ("开户行", a.bank != b.bank),
        ("备注", a.note != b.note),
    ])
}
