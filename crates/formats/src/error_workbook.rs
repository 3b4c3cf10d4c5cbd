//! The file again, as a workbook in which what is wrong is marked.

use crate::finding::{Code, Finding};
use crate::limits::{COLUMNS_MAX, FILE_BYTES_MAX};
use crate::separated::{Quoted, cell_name, read_bars, read_csv};
use crate::table::{Cell, Line, Merged};
use crate::{text, workbook};
use calamine::Reader as _;
use jiff::civil::{DateTime, Time};
use rust_xlsxwriter::{ExcelDateTime, Format, Note, Workbook, Worksheet, XlsxError};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Cells that are copied; beyond that nobody corrects by hand.
const CELLS_MAX: usize = 1_000_000;
/// Characters that Excel holds in a cell.
const EXCEL_CHARS_MAX: usize = 32_000;
const ERROR_FILL: u32 = 0x00FF_7C80;
const WARNING_FILL: u32 = 0x00FF_EB9C;

/// Why no error workbook could be made.
#[derive(Debug, thiserror::Error)]
pub enum ErrorWorkbookError {
    /// More cells than anybody corrects by hand.
    #[error("more than {CELLS_MAX} cells: split the file")]
    TooLarge,
    /// The workbook could not be put together.
    #[error("writing the error workbook")]
    Write(#[from] XlsxError),
}

/// A sheet of the original.
struct Original {
    name: String,
    rows: Vec<Line>,
    merged: Vec<Merged>,
}

/// Makes a workbook of a file and its findings: a first sheet 检查结果 lists them all; then come the sheets of
/// the original (of a text file, one sheet) with bad cells filled red, doubtful ones yellow, and in each a
/// note that says what would be right. A finding without a cell is noted in the first cell of its line, else
/// in A1.
///
/// Values keep their type: text stays text, dates dates, numbers numbers; merged cells stay merged. Formulas
/// become their values, and fonts and borders are lost. A file that cannot be read gives the list alone.
pub fn error_workbook(original: &[u8], findings: &[Finding]) -> Result<Vec<u8>, ErrorWorkbookError> {
    let originals = read_original(original, findings);
    let cells: usize = originals.iter().flat_map(|sheet| &sheet.rows).map(|row| row.cells.len()).sum();
    if cells > CELLS_MAX {
        return Err(ErrorWorkbookError::TooLarge);
    }
    let mut workbook = Workbook::new();
    let taken: BTreeSet<&str> = originals.iter().map(|sheet| sheet.name.trim()).collect();
    let mut list_name = "检查结果".to_owned();
    while taken.contains(list_name.as_str()) {
        list_name.push('+');
    }
    write_list(workbook.add_worksheet().set_name(list_name)?, findings)?;
    // What names no sheet is said of the one that was read: the first that a finding at a cell names. Of a text file
    // there is but one.
    let named = |finding: &&Finding| finding.sheet.is_some() && finding.line.is_some();
    let read =
        findings.iter().find(named).or_else(|| findings.iter().find(|finding| finding.sheet.is_some()));
    let read = read.and_then(|finding| finding.sheet.as_deref());
    for (index, sheet) in originals.iter().enumerate() {
        let name = sheet.name.trim();
        let is_read = read.map_or(index == 0, |read| read == name);
        let marks = Marks::of(findings.iter().filter(|finding| match &finding.sheet {
            None => is_read,
            Some(sheet) => sheet == name,
        }));
        let worksheet = workbook.add_worksheet();
        worksheet.set_name(&sheet.name)?;
        write_sheet(worksheet, sheet, &marks)?;
    }
    Ok(workbook.save_to_buffer()?)
}

/// The sheets of a workbook, or the one of a text file; none of what cannot be read.
fn read_original(bytes: &[u8], findings: &[Finding]) -> Vec<Original> {
    if bytes.len() > FILE_BYTES_MAX {
        return Vec::new();
    }
    if workbook::looks_like_one(bytes) {
        let sheets = workbook::guarded(|| {
            let mut workbook = workbook::open(bytes)?;
            let mut sheets = Vec::new();
            for name in workbook.sheet_names() {
                let rows = workbook::rows(&mut workbook, &name, workbook::cell_as_it_is)?;
                let merged = workbook::merged(&mut workbook, &name)?;
                sheets.push(Original { name, rows, merged });
            }
            Ok(sheets)
        });
        return sheets.unwrap_or_default();
    }
    let Ok(text) = text::decode(bytes) else { return Vec::new() };
    let has_bars = text.trim_start().starts_with('#') || text.lines().next().is_some_and(|l| l.contains('|'));
    let as_it_is = |field: &str| (!field.is_empty()).then(|| Cell::Text(field.into()));
    // Cells are where they were found: a stray mark is a character here too.
    let stray: BTreeSet<&str> = findings
        .iter()
        .filter(|finding| finding.is_error() && finding.code == Code::STRAY_QUOTE)
        .filter_map(|finding| finding.cell.as_deref())
        .collect();
    let is_stray = |quoted: &Quoted| stray.contains(cell_name(quoted).as_str());
    let table = match has_bars {
        true => read_bars(&text, as_it_is),
        false => read_csv(&text, as_it_is, &is_stray),
    };
    let sheet = |rows| Original { name: "Sheet1".to_owned(), rows, merged: Vec::new() };
    table.map(|table| vec![sheet(table.rows)]).unwrap_or_default()
}

/// What is to be marked, by row and column from 0.
#[derive(Default)]
struct Marks(BTreeMap<(u32, u16), Mark>);

#[derive(Default)]
struct Mark {
    is_error: bool,
    as_text: bool,
    notes: Vec<String>,
}

impl Marks {
    fn of<'f>(findings: impl Iterator<Item = &'f Finding>) -> Marks {
        let mut marks = Marks::default();
        for finding in findings {
            let row = finding.line.unwrap_or(1).saturating_sub(1);
            let column = finding.cell.as_deref().and_then(column_of).unwrap_or(0);
            let mark = marks.0.entry((row, column)).or_default();
            mark.is_error |= finding.is_error();
            mark.as_text |= finding.code == Code::NUMERIC_IDENTIFIER;
            let column = finding.column.as_deref().filter(|_| finding.cell.is_none());
            let prefix = column.map(|column| format!("{column}: ")).unwrap_or_default();
            mark.notes.push(format!("{prefix}{}", finding.message));
        }
        marks
    }
}

/// `C7` → 2.
fn column_of(cell: &str) -> Option<u16> {
    let letters = cell.bytes().take_while(u8::is_ascii_uppercase);
    let column = letters.fold(0u32, |n, b| {
        n.saturating_mul(26).saturating_add(u32::from(b.saturating_sub(b'A'))).saturating_add(1)
    });
    u16::try_from(column.checked_sub(1)?).ok().filter(|column| usize::from(*column) < COLUMNS_MAX)
}

fn write_list(sheet: &mut Worksheet, findings: &[Finding]) -> Result<(), XlsxError> {
    let bold = Format::new().set_bold();
    let header = ["工作表", "行", "单元格", "列", "值", "级别", "代码", "说明"];
    for (column, (text, width)) in (0u16..).zip(header.iter().zip([12, 8, 8, 18, 24, 8, 22, 100])) {
        sheet.write_string_with_format(0, column, *text, &bold)?;
        sheet.set_column_width(column, width)?;
    }
    for (row, finding) in (1u32..).zip(findings) {
        let level = if finding.is_error() { "错误" } else { "提醒" };
        let texts = [
            (0, finding.sheet.as_deref().unwrap_or_default()),
            (2, finding.cell.as_deref().unwrap_or_default()),
            (3, finding.column.as_deref().unwrap_or_default()),
            (4, finding.value.as_deref().unwrap_or_default()),
            (5, level),
            (6, finding.code.as_str()),
            (7, finding.message.as_str()),
        ];
        for (column, text) in texts {
            sheet.write_string(row, column, excel_text(text))?;
        }
        if let Some(line) = finding.line {
            sheet.write_number(row, 1, line)?;
        }
    }
    sheet.set_freeze_panes(1, 0)?;
    Ok(())
}

fn write_sheet(sheet: &mut Worksheet, original: &Original, marks: &Marks) -> Result<(), XlsxError> {
    let mut formats = Formats::default();
    // Every merged cell is written: a region as large as the sheet would fill the memory.
    let mut cells_left = CELLS_MAX;
    for merged in &original.merged {
        cells_left = match cells_left.checked_sub(merged.cells()) {
            Some(left) => left,
            None => continue,
        };
        let rows = (merged.rows.0.saturating_sub(1), merged.rows.1.saturating_sub(1));
        // Regions that overlap or hold one cell only are no loss: their cells are written below.
        let _ = sheet.merge_range(
            rows.0,
            merged.columns.0,
            rows.1,
            merged.columns.1,
            "",
            formats.get(None, Shape::Other),
        );
    }
    let mut written = BTreeSet::new();
    for line in &original.rows {
        let row = line.number.saturating_sub(1);
        for (column, cell) in &line.cells {
            let mark = marks.0.get(&(row, *column));
            write_cell(sheet, (row, *column), cell, mark, &mut formats)?;
            if mark.is_some() {
                written.insert((row, *column));
            }
        }
    }
    for ((row, column), mark) in &marks.0 {
        if !written.contains(&(*row, *column)) {
            let format = formats.get(Some(mark.is_error), Shape::Other);
            // A row beyond what Excel has cannot be marked; the list names it.
            let _ = sheet.write_blank(*row, *column, format);
        }
        let note = Note::new(excel_text(&mark.notes.join("\n"))).add_author_prefix(false).set_width(260);
        let _ = sheet.insert_note(*row, *column, &note);
    }
    set_widths(sheet, original)
}

fn write_cell(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    cell: &Cell,
    mark: Option<&Mark>,
    formats: &mut Formats,
) -> Result<(), XlsxError> {
    let marked = mark.map(|mark| mark.is_error);
    // The clerk will write the number again: into a cell that keeps all its digits.
    let shape = if mark.is_some_and(|mark| mark.as_text) { Shape::Text } else { Shape::of(cell) };
    let format = formats.get(marked, shape);
    match cell {
        // A formula without a result stays one to be seen: left out it would be read as 0.00.
        Cell::Text(text) | Cell::TooLong(text) | Cell::Fault(text) | Cell::Uncalculated(text) => {
            sheet.write_string_with_format(row, column, excel_text(text), format)?;
        }
        Cell::Number(value) => {
            sheet.write_number_with_format(row, column, *value, format)?;
        }
        Cell::Truth(truth) => {
            sheet.write_boolean_with_format(row, column, *truth, format)?;
        }
        Cell::Moment(at) => match excel_moment(at) {
            Some(moment) => {
                sheet.write_datetime_with_format(row, column, moment, format)?;
            }
            None => {
                sheet.write_string_with_format(row, column, at.to_string(), format)?;
            }
        },
    }
    Ok(())
}

fn excel_moment(at: &DateTime) -> Option<ExcelDateTime> {
    let part = |n: i8| u8::try_from(n).ok();
    let date =
        ExcelDateTime::from_ymd(u16::try_from(at.year()).ok()?, part(at.month())?, part(at.day())?).ok()?;
    date.and_hms(u16::try_from(at.hour()).ok()?, part(at.minute())?, at.second()).ok()
}

/// How a cell is shown.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Shape {
    Text,
    Day,
    Moment,
    Other,
}

impl Shape {
    fn of(cell: &Cell) -> Shape {
        match cell {
            Cell::Text(_) | Cell::TooLong(_) => Shape::Text,
            Cell::Moment(at) if at.time() == Time::midnight() => Shape::Day,
            Cell::Moment(_) => Shape::Moment,
            Cell::Number(_) | Cell::Truth(_) | Cell::Fault(_) | Cell::Uncalculated(_) => Shape::Other,
        }
    }
}

/// The few formats that are used, made once.
#[derive(Default)]
struct Formats(HashMap<(Option<bool>, Shape), Format>);

impl Formats {
    /// `marked`: an error, a warning, or nothing.
    fn get(&mut self, marked: Option<bool>, shape: Shape) -> &Format {
        self.0.entry((marked, shape)).or_insert_with(|| {
            let format = match shape {
                Shape::Text => Format::new().set_num_format("@"),
                Shape::Day => Format::new().set_num_format("yyyy-mm-dd"),
                Shape::Moment => Format::new().set_num_format("yyyy-mm-dd hh:mm:ss"),
                Shape::Other => Format::new(),
            };
            match marked {
                Some(true) => format.set_background_color(ERROR_FILL),
                Some(false) => format.set_background_color(WARNING_FILL),
                None => format,
            }
        })
    }
}

fn excel_text(text: &str) -> String {
    match text.char_indices().nth(EXCEL_CHARS_MAX / 2) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Widths that show the cells; the original's are not known. Titles that span columns do not count.
fn set_widths(sheet: &mut Worksheet, original: &Original) -> Result<(), XlsxError> {
    let spanning: BTreeSet<(u32, u16)> = original
        .merged
        .iter()
        .filter(|merged| merged.columns.0 < merged.columns.1)
        .map(|merged| (merged.rows.0, merged.columns.0))
        .collect();
    let mut widths: BTreeMap<u16, u16> = BTreeMap::new();
    for line in &original.rows {
        for (column, cell) in &line.cells {
            if !spanning.contains(&(line.number, *column)) {
                let width =
                    cell.shown().chars().take(40).map(|c| if c.is_ascii() { 1 } else { 2 }).sum::<u16>();
                let widest = widths.entry(*column).or_default();
                *widest = width.max(*widest);
            }
        }
    }
    for (column, width) in widths {
        sheet.set_column_width(column, width.saturating_add(2).clamp(8, 60))?;
    }
    Ok(())
}
