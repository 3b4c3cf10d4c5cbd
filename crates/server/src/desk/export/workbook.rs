//! A sheet a part. Rows go to a temporary file as they come; the workbook is packed from there.

use super::{Broken, Pieces, Step, broken, steps};
use crate::desk::ctx::Ctx;
use crate::desk::html::shown;
use crate::desk::table::{Cell, Content, Value};
use crate::failure::Failure;
use futures_util::StreamExt;
use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};
use std::io::{self, BufWriter, Write};
use tokio::sync::mpsc;
use unicode_width::UnicodeWidthStr;

/// Steps that wait for the thread that writes.
const STEPS_MAX: usize = 4;
/// Bytes of the packed workbook that leave together.
const PIECE_LEN: usize = 64 * 1024;
/// Widths of columns, in characters of half width.
const NARROWEST: u16 = 8;
const WIDEST: u16 = 60;

pub(super) async fn write(ctx: &Ctx, content: Content<'_>, to: Pieces) -> Result<(), Broken> {
    let (give, take) = mpsc::channel(STEPS_MAX);
    let writing = tokio::task::spawn_blocking(move || write_all(take, to));
    let mut steps = steps(ctx, content);
    while let Some(step) = steps.next().await {
        let step = Some(step.map_err(broken)?);
        // Where the thread has ended it says why.
        if give.send(step).await.is_err() {
            break;
        }
    }
    let _ = give.send(None).await;
    writing.await.map_err(Failure::from)?
}

/// Writes what comes up to `None`; what ends before is no workbook.
fn write_all(mut steps: mpsc::Receiver<Option<Step>>, to: Pieces) -> Result<(), Broken> {
    let mut book = Workbook::new();
    let (mut names, mut open) = (Vec::new(), None::<Sheet>);
    while let Some(step) = steps.blocking_recv().ok_or(Broken::Left)? {
        match (step, &mut open) {
            (Step::Part(name), _) => {
                let next = Sheet::new(&mut book, &sheet_name(&name, &mut names)).map_err(Failure::from)?;
                if let Some(done) = open.replace(next) {
                    done.close(&mut book).map_err(Failure::from)?;
                }
            }
            (Step::Rows(rows), Some(sheet)) => rows.iter().try_for_each(|row| sheet.row(row))?,
            (Step::Rows(_), None) => return Err(Failure::cannot("rows of no part").into()),
        }
    }
    if let Some(done) = open {
        done.close(&mut book).map_err(Failure::from)?;
    }
    let mut out = BufWriter::with_capacity(PIECE_LEN, Out(to.clone()));
    let saved = book.save_to_writer(&mut out).map_err(Failure::from);
    match saved.and_then(|()| Ok(out.flush()?)) {
        Err(_) if to.0.is_closed() => Err(Broken::Left),
        saved => Ok(saved?),
    }
}

/// The packed workbook on its way.
struct Out(Pieces);

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.blocking_send(bytes.to_vec())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A sheet that is being written, row after row.
struct Sheet {
    sheet: Worksheet,
    next: u32,
    widths: Vec<u16>,
    amount: Format,
}

impl Sheet {
    fn new(book: &mut Workbook, name: &str) -> Result<Sheet, XlsxError> {
        let mut sheet = book.new_worksheet_with_constant_memory()?;
        sheet.set_name(name)?;
        Ok(Sheet { sheet, next: 0, widths: Vec::new(), amount: Format::new().set_num_format("#,##0.00") })
    }

    fn row(&mut self, row: &[Cell]) -> Result<(), Failure> {
        for (column, cell) in (0u16..).zip(row) {
            self.cell(column, &cell.value)?;
        }
        self.next += 1;
        Ok(())
    }

    fn cell(&mut self, column: u16, value: &Value) -> Result<(), Failure> {
        let text = shown(value);
        let width = u16::try_from(text.width()).unwrap_or(WIDEST);
        match self.widths.get_mut(usize::from(column)) {
            Some(widest) => *widest = width.max(*widest),
            None => self.widths.push(width),
        }
        let (sheet, row) = (&mut self.sheet, self.next);
        match value {
            // A spreadsheet knows floats only; yuan and fen up to ten billion are exact in their printed form.
            Value::Money(money) => {
                sheet.write_number_with_format(row, column, number(&money.to_string())?, &self.amount)?;
            }
            Value::Count(count) => {
                sheet.write_number(row, column, number(&count.to_string())?)?;
            }
            Value::Nothing | Value::Bar(..) => {}
            _ => {
                sheet.write_string(row, column, text)?;
            }
        }
        Ok(())
    }

    fn close(mut self, book: &mut Workbook) -> Result<(), XlsxError> {
        for (column, width) in (0u16..).zip(&self.widths) {
            self.sheet.set_column_width(column, (*width).clamp(NARROWEST, WIDEST) + 2)?;
        }
        book.push_worksheet(self.sheet);
        Ok(())
    }
}

fn number(text: &str) -> Result<f64, Failure> {
    text.parse().map_err(|_| Failure::cannot("a figure is no number"))
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
