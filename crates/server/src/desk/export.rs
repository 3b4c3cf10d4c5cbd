//! Content as CSV and as a workbook: what is on the screen, with the day and the head that it is of.

use super::ctx::Ctx;
use super::html::{china_time, shown};
use super::table::{Block, Cell, Content, Table, Value};
use crate::failure::Failure;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use rust_xlsxwriter::{Format, Workbook, Worksheet};

/// Rows of cells under a name.
struct Part {
    name: String,
    rows: Vec<Vec<Cell>>,
}

/// What it is of: title, day, head.
fn about(ctx: &Ctx, content: &Content) -> Part {
    let l = ctx.lang;
    let head = ctx.shown.lateness.head();
    let row = |name: &str, cell: Cell| vec![name.into(), cell];
    Part {
        name: l.of("说明", "About").to_owned(),
        rows: vec![
            row(l.of("页面", "Page"), format!("{} {}", content.kind, content.title).into()),
            row(l.of("截至日期", "As of"), ctx.as_of.into()),
            row(l.of("账本", "Ledger"), Cell::code(ctx.origin())),
            row(l.of("截至分录", "Entry"), head.seq.into()),
            row(l.of("分录哈希", "Its hash"), Cell::code(head.hash.to_string())),
        ],
    }
}

fn parts(ctx: &Ctx, content: &Content) -> Vec<Part> {
    let l = ctx.lang;
    let mut parts = vec![about(ctx, content)];
    for block in &content.blocks {
        match block {
            Block::Figures(figures) => {
                let rows =
                    figures.iter().map(|f| vec![f.label.into(), f.cell.clone(), f.note.clone().into()]);
                parts.push(Part { name: l.of("要点", "Figures").to_owned(), rows: rows.collect() });
            }
            Block::Facts(caption, facts) => {
                let rows = facts.iter().map(|(name, cell)| vec![(*name).into(), cell.clone()]);
                parts.push(Part { name: caption.clone(), rows: rows.collect() });
            }
            Block::Chart(caption, sticks) => {
                let rows = sticks.iter().map(|stick| vec![stick.label.clone().into(), stick.value.into()]);
                parts.push(Part { name: caption.clone(), rows: rows.collect() });
            }
            Block::Table(table) => parts.push(part(table)),
            Block::Pair(pair) => parts.extend(pair.iter().map(part)),
            Block::Html(_) => {}
        }
    }
    parts
}

fn part(table: &Table) -> Part {
    // A bar repeats the figure beside it.
    let first = table.rows.first();
    let is_bar = |at: usize| {
        first.and_then(|row| row.get(at)).is_some_and(|cell| matches!(cell.value, Value::Bar(..)))
    };
    let keep = |row: Vec<Cell>| -> Vec<Cell> {
        row.into_iter().enumerate().filter(|(at, _)| !is_bar(*at)).map(|(_, cell)| cell).collect()
    };
    let head = table.columns.iter().map(|column| Cell::from(column.head)).collect();
    let rows = std::iter::once(head).chain(table.rows.iter().cloned()).chain(table.total.clone());
    Part { name: table.caption.clone(), rows: rows.map(keep).collect() }
}

/// A value for programs: amounts without separators. Text that a spreadsheet would take for a formula is marked as text.
fn plain(value: &Value) -> String {
    match value {
        Value::Nothing => String::new(),
        Value::Count(number) => number.to_string(),
        Value::Money(money) => money.to_string(),
        Value::Time(us) => china_time(*us),
        Value::Text(text) | Value::Code(text) if text.starts_with(['=', '+', '-', '@', '\t', '\r']) => {
            format!("'{text}")
        }
        other => shown(other),
    }
}

/// All parts below each other, a line between them; with a byte order mark, which Excel needs to see UTF-8.
pub(super) fn csv(ctx: &Ctx, content: &Content) -> Result<Response, Failure> {
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer("\u{feff}".as_bytes().to_vec());
    for (at, part) in parts(ctx, content).iter().enumerate() {
        if at > 0 {
            writer.write_record([""])?;
            writer.write_record([part.name.as_str()])?;
        }
        for row in &part.rows {
            writer.write_record(row.iter().map(|cell| plain(&cell.value)))?;
        }
    }
    let bytes = writer.into_inner().map_err(|error| Failure::cannot(error.to_string()))?;
    Ok(file(bytes, "text/csv; charset=utf-8", "csv"))
}

/// A sheet a part.
pub(super) fn xlsx(ctx: &Ctx, content: &Content) -> Result<Response, Failure> {
    let mut workbook = Workbook::new();
    let mut names: Vec<String> = Vec::new();
    for part in parts(ctx, content) {
        let sheet = workbook.add_worksheet();
        sheet.set_name(sheet_name(&part.name, &mut names))?;
        for (at, row) in (0u32..).zip(&part.rows) {
            for (column, cell) in (0u16..).zip(row) {
                write(sheet, at, column, &cell.value)?;
            }
        }
        sheet.autofit();
    }
    let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    Ok(file(workbook.save_to_buffer()?, kind, "xlsx"))
}

fn write(sheet: &mut Worksheet, row: u32, column: u16, value: &Value) -> Result<(), Failure> {
    match value {
        // A spreadsheet knows floats only; yuan and fen up to ten billion are exact in their printed form.
        Value::Money(money) => {
            let number: f64 =
                money.to_string().parse().map_err(|_| Failure::cannot("an amount is no number"))?;
            sheet.write_number_with_format(row, column, number, &Format::new().set_num_format("#,##0.00"))?;
        }
        Value::Count(number) => {
            let number: f64 =
                number.to_string().parse().map_err(|_| Failure::cannot("a count is no number"))?;
            sheet.write_number(row, column, number)?;
        }
        Value::Nothing | Value::Bar(..) => {}
        other => {
            sheet.write_string(row, column, shown(other))?;
        }
    }
    Ok(())
}

/// At most 31 characters without those that Excel forbids, and no name twice.
fn sheet_name(caption: &str, names: &mut Vec<String>) -> String {
    let clean: String = caption.chars().filter(|c| !"[]:*?/\\'".contains(*c)).take(26).collect();
    let mut name = clean.clone();
    let mut number = 1;
    while name.is_empty() || names.iter().any(|known| known.eq_ignore_ascii_case(&name)) {
        number += 1;
        name = format!("{clean} {number}");
    }
    names.push(name.clone());
    name
}

fn file(bytes: Vec<u8>, kind: &'static str, ending: &str) -> Response {
    let name = format!("attachment; filename=\"wageledger.{ending}\"");
    ([(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, name)], bytes).into_response()
}
