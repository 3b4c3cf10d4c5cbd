//! Reading a wage sheet.

use super::{SHEET_DAYS_MAX, Totals, WageLine, WageSheet, title};
use crate::field::Row;
use crate::finding::Code;
use crate::hidden::listed;
use crate::reader::Reader;
use crate::table::{Cell, Line};
use crate::text::squeezed;
use crate::{Content, Located, number};
use rules::{Days, Money};
use rust_decimal::Decimal;
use std::borrow::Cow;
use std::collections::BTreeSet;
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

/// Other columns of figures.
const FIGURES: [&str; 4] = ["出勤工日", "加班小时", "单价", "数量"];
/// Words with which lines of signatures and notes begin.
const SIGNERS: [&str; 9] =
    ["制表", "审核", "复核", "班组长", "项目经理", "负责人", "说明", "备注", "以下空白"];

/// What the rows of each summed column add up to; `None` once a cell could not be read, for then no total
/// can be checked.
type Amounts = [Option<Money>; 9];

struct Sums {
    /// As the cells show them.
    shown: Amounts,
    /// Those of hidden rows alone, and which these are.
    hidden: Amounts,
    hidden_rows: Vec<u32>,
    /// What 扣款合计 would add up to if it were right in every row.
    deductions: Option<Money>,
}

impl Sums {
    /// Adds a row's amounts; `hidden` is its number when it is hidden.
    fn add(&mut self, amounts: &Amounts, deductions: Option<Money>, hidden: Option<u32>) {
        let add = |sum: &mut Option<Money>, amount: Option<Money>| {
            *sum = sum.zip(amount).and_then(|(sum, amount)| sum.checked_add(amount));
        };
        self.shown.iter_mut().zip(amounts).for_each(|(sum, amount)| add(sum, *amount));
        if hidden.is_some() {
            self.hidden.iter_mut().zip(amounts).for_each(|(sum, amount)| add(sum, *amount));
        }
        self.hidden_rows.extend(hidden);
        add(&mut self.deductions, deductions);
    }

    /// What is to be said of hidden rows where a total is another than `sum`.
    fn why(&self, sum: Money, hidden: Option<Money>, total: Money) -> String {
        let rows = match self.hidden_rows.as_slice() {
            [] => return String::new(),
            [_] => "row",
            _ => "rows",
        };
        let are = if rows == "row" { "is" } else { "are" };
        let rows = format!("{rows} {}", listed(&self.hidden_rows));
        match hidden.and_then(|hidden| sum.checked_sub(hidden)) {
            Some(visible) if visible == total => {
                format!("; {rows} {are} hidden, and the total leaves them out: show all rows and correct it")
            }
            _ => format!("; {rows} {are} hidden"),
        }
    }
}

pub(crate) fn read(reader: &mut Reader<'_>) -> Content {
    let header = title::read(reader);
    let data = reader.data();
    let total_at = data.clone().find(|at| reader.line(*at).is_some_and(is_total));
    let end = total_at.unwrap_or_else(|| end_of_lines(reader));
    let none = [Some(Money::ZERO); 9];
    let mut sums = Sums { shown: none, hidden: none, hidden_rows: Vec::new(), deductions: Some(Money::ZERO) };
    let hidden = reader.hidden_rows();
    let lines = reader.rows_in(data.start..end, |row| read_line(row, &mut sums, hidden));
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
    first_text(line.cells.first().map(|(_, cell)| cell))
        .is_some_and(|text| text.starts_with("合计") || text.starts_with("总计"))
}

fn first_text(cell: Option<&Cell>) -> Option<Cow<'_, str>> {
    match cell {
        Some(Cell::Text(text)) => Some(squeezed(text)),
        _ => None,
    }
}

/// Without a total row the lines end with the last row that could be a worker's; notes and signatures follow.
fn end_of_lines(reader: &mut Reader<'_>) -> usize {
    let data = reader.data();
    let last = data.clone().rev().find(|at| {
        let Some(line) = reader.line(*at) else { return false };
        is_of_worker(&reader.row(line))
    });
    last.map_or(data.start, |at| at.saturating_add(1))
}

/// Whether a row says anything of a worker, be it right or wrong: an ID or card number, a number in 序号, a
/// figure, or a name.
fn is_of_worker(row: &Row<'_>) -> bool {
    is_numbered(row)
        || row.cell("身份证号码").is_some_and(|cell| holds_code(cell, 1))
        || row.cell("银行卡号").is_some_and(|cell| holds_code(cell, 13))
        || has_figures(row)
        || is_named(row)
}

fn is_numbered(row: &Row<'_>) -> bool {
    row.cell("序号").is_some_and(holds_figure)
}

fn has_figures(row: &Row<'_>) -> bool {
    SUMMED.iter().chain(&FIGURES).any(|column| row.cell(column).is_some_and(holds_figure))
}

/// A name in 姓名, beside which 序号 does not say what else the row is (说明, 制表人).
fn is_named(row: &Row<'_>) -> bool {
    let labelled = matches!(row.cell("序号"), Some(Cell::Text(_))) && !is_numbered(row);
    let sign = |c: char| c.is_ascii_punctuation() && !matches!(c, '.' | '-' | '\'');
    let is_name = |text: &str| {
        text.chars().count() <= 30
            && !text.chars().any(|c| sign(c) || matches!(c, '：' | '，' | '。' | '；' | '、' | '（'))
            && !SIGNERS.iter().any(|word| text.starts_with(word))
    };
    !labelled && first_text(row.cell("姓名")).is_some_and(|text| is_name(&text))
}

/// A number, or what should have been one.
fn holds_figure(cell: &Cell) -> bool {
    match cell {
        Cell::Number(_) | Cell::Uncalculated(_) | Cell::Fault(_) => true,
        Cell::Text(text) => {
            number::plain(&squeezed(text)).is_some_and(|text| text.parse::<Decimal>().is_ok())
        }
        Cell::Moment(_) | Cell::Truth(_) | Cell::TooLong(_) => false,
    }
}

/// Digits and letters, at least so many: an ID or card number, if a wrong one.
fn holds_code(cell: &Cell, least: usize) -> bool {
    match cell {
        Cell::Number(value) => value.to_string().len() >= least,
        Cell::Text(text) => {
            let text = squeezed(text);
            let digits = text.bytes().any(|b| b.is_ascii_digit());
            digits && text.len() >= least && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'*')
        }
        Cell::Uncalculated(_) | Cell::Fault(_) => true,
        Cell::Moment(_) | Cell::Truth(_) | Cell::TooLong(_) => false,
    }
}

/// A worker added below the total would be lost without a word, and he is not in the total either.
fn refuse_lines_after(reader: &mut Reader<'_>, total_at: usize) {
    for at in total_at.saturating_add(1)..reader.data().end {
        let Some(line) = reader.line(at).filter(|line| !is_total(line)) else { continue };
        let mut row = reader.row(line);
        let looks_like_an_id = |cell: &Cell| match cell {
            Cell::Text(text) => squeezed(text).len() == 18,
            Cell::Number(value) => *value > 1e16,
            _ => false,
        };
        let column = if row.cell("身份证号码").is_some_and(looks_like_an_id) {
            "身份证号码"
        } else if is_named(&row) && has_figures(&row) {
            "姓名"
        } else {
            continue;
        };
        let message = "a worker's row below the total row (合计): move it above and correct the total";
        row.whole_file_error(column, None, Code::ROW_AFTER_TOTAL, message);
    }
}

/// Rows among the workers' that are none: one error says so, instead of one for each cell that a worker's has.
fn is_refused(row: &mut Row<'_>) -> bool {
    let first = first_text(row.first_cell()).unwrap_or_default();
    let has_id = row.cell("身份证号码").is_some_and(|cell| holds_code(cell, 1));
    if !has_id && (first.contains("合计") || first.contains("小计")) {
        let message = "a subtotal: only one total row is allowed, the last, whose first cell is 合计 or 总计; \
                       remove this one";
        row.refuse(Code::UNEXPECTED_VALUE, message);
        return true;
    }
    if !is_of_worker(row) {
        let message = "not a worker's row, but such rows or the total row (合计) follow: remove it";
        row.refuse(Code::UNEXPECTED_VALUE, message);
        return true;
    }
    false
}

fn read_line(row: &mut Row<'_>, sums: &mut Sums, hidden: &BTreeSet<u32>) -> Option<WageLine> {
    if is_refused(row) {
        return None;
    }
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
    let deductions = sum_of_deductions(&amounts);
    sums.add(&amounts, deductions, hidden.contains(&row.line()).then(|| row.line()));
    let [gross, loan, living_cost, social_insurance, housing_fund, income_tax, other, deductions_total, net] =
        amounts;
    check_deductions(row, deductions, deductions_total);
    check_net(row, gross, [deductions, deductions_total], net);
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

fn sum_of_deductions(amounts: &Amounts) -> Option<Money> {
    let [_, deductions @ .., _, _] = amounts;
    deductions.iter().copied().collect::<Option<Vec<Money>>>().and_then(Money::checked_sum)
}

fn check_deductions(row: &mut Row<'_>, sum: Option<Money>, shown: Option<Money>) {
    if let (Some(sum), Some(shown)) = (sum, shown)
        && sum != shown
    {
        let message = format!("the deductions of this row ({}) add up to {sum}", DEDUCTIONS.join(", "));
        row.error_with("扣款合计", shown.to_string(), Code::ROW_SUM_MISMATCH, message);
    }
}

/// Where 扣款合计 is wrong (said at its cell) the net may follow from it or from the deductions themselves.
fn check_net(row: &mut Row<'_>, gross: Option<Money>, deductions: [Option<Money>; 2], net: Option<Money>) {
    let right = |less: Option<Money>| gross.zip(less).and_then(|(gross, less)| gross.checked_sub(less));
    let [from_sum, from_shown] = deductions.map(right);
    if let (Some(right), Some(net)) = (from_shown, net)
        && right != net
        && from_sum != Some(net)
    {
        let right = from_sum.unwrap_or(right);
        let message = format!("应发工资 less the deductions is {right}");
        row.error_with("实发工资", net.to_string(), Code::ROW_SUM_MISMATCH, message);
    }
}

fn read_totals(row: &mut Row<'_>, sums: &Sums) -> Totals {
    let mut totals: Amounts = [None; 9];
    let by_column = sums.shown.iter().zip(&sums.hidden);
    for ((column, (sum, hidden)), total) in SUMMED.iter().zip(by_column).zip(&mut totals) {
        if row.cell(column).is_none() {
            continue;
        }
        *total = row.signed_money(column);
        if let (Some(sum), Some(total)) = (*sum, *total)
            && sum != total
            && !(*column == "扣款合计" && sums.deductions == Some(total))
        {
            let message = format!("the column adds up to {sum}{}", sums.why(sum, *hidden, total));
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
