//! Reading .xlsx workbooks within limits.

use crate::finding::Finding;
use crate::limits::{CELLS_MAX, COLUMNS_MAX, PARTS_MAX, ROWS_MAX, SHARED_STRINGS_MAX, UNPACKED_BYTES_MAX};
use crate::table::{Cell, Line, Merged, not_readable, too_large};
use calamine::{DataRef, Dimensions, Reader as _, Xlsx, XlsxError, XlsxFormulaMetadata};
use jiff::civil::{Date, DateTime, Time};
use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

pub(crate) type Workbook<'a> = Xlsx<Cursor<&'a [u8]>>;

/// Whether bytes begin as a zip archive does, which a workbook is.
pub(crate) fn looks_like_one(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
}

/// The parsers below meet hostile bytes before we do. Should one of them panic all the same, that is a file
/// that cannot be read, not the end of an import.
pub(crate) fn guarded<T>(read: impl FnOnce() -> Result<T, Box<Finding>>) -> Result<T, Box<Finding>> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| Err(damaged("its parts contradict each other")))
}

/// Opens a workbook after its unpacked size has been bounded.
pub(crate) fn open(bytes: &[u8]) -> Result<Workbook<'_>, Box<Finding>> {
    check_size(bytes)?;
    Xlsx::new(Cursor::new(bytes)).map_err(unreadable)
}

pub(crate) fn unreadable(fault: XlsxError) -> Box<Finding> {
    match fault {
        XlsxError::Password => not_readable("the workbook has a password: remove it"),
        other => damaged(&other.to_string()),
    }
}

pub(crate) fn damaged(fault: &str) -> Box<Finding> {
    not_readable(format!("a damaged workbook ({fault}): open it in Excel or WPS and save it again"))
}

/// Unpacks every part once and throws it away: what an archive says about its own size may be a lie.
fn check_size(bytes: &[u8]) -> Result<(), Box<Finding>> {
    let mut archive =
        zip::ZipArchive::new(Cursor::new(bytes)).map_err(|fault| damaged(&fault.to_string()))?;
    if archive.len() > PARTS_MAX {
        return Err(too_large(None, format!("more than {PARTS_MAX} parts in the workbook")));
    }
    let mut left = UNPACKED_BYTES_MAX;
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(|fault| damaged(&fault.to_string()))?;
        let is_strings = match part.name() {
            Ok(name) => name.to_ascii_lowercase().ends_with("sharedstrings.xml"),
            Err(_) => true,
        };
        let mut part = part.take(left.saturating_add(1));
        let mut kept = Vec::new();
        let unpacked = if is_strings {
            part.read_to_end(&mut kept).map(|read| u64::try_from(read).unwrap_or(u64::MAX))
        } else {
            std::io::copy(&mut part, &mut std::io::sink())
        };
        let unpacked = unpacked.map_err(|fault| damaged(&fault.to_string()))?;
        if unpacked > left {
            let limit = UNPACKED_BYTES_MAX >> 20;
            return Err(too_large(None, format!("more than {limit} MiB when unpacked")));
        }
        if is_strings && (announces_too_many(&kept) || holds_too_many(&kept)) {
            return Err(too_large(None, format!("more than {SHARED_STRINGS_MAX} different texts")));
        }
        left = left.saturating_sub(unpacked);
    }
    Ok(())
}

/// calamine makes room for as many strings as the attribute `uniqueCount` says, before it reads any.
fn announces_too_many(shared_strings: &[u8]) -> bool {
    const ATTRIBUTE: &[u8] = b"uniqueCount";
    shared_strings.windows(ATTRIBUTE.len()).enumerate().filter(|(_, window)| *window == ATTRIBUTE).any(
        |(at, _)| {
            let after = shared_strings.get(at.saturating_add(ATTRIBUTE.len())..).unwrap_or_default();
            let digits = after.iter().skip_while(|b| matches!(b, b'=' | b'"' | b'\'' | b' ' | b'\n'));
            let count = digits
                .take_while(|b| b.is_ascii_digit())
                .fold(0u64, |n, b| n.saturating_mul(10).saturating_add(u64::from(b.saturating_sub(b'0'))));
            count > SHARED_STRINGS_MAX
        },
    )
}

/// Every string begins with a tag `si`; each takes room, an empty one too.
fn holds_too_many(shared_strings: &[u8]) -> bool {
    let tags = shared_strings.windows(3).filter(|window| matches!(window, [b'<' | b':', b's', b'i'])).count();
    u64::try_from(tags).is_ok_and(|tags| tags > SHARED_STRINGS_MAX.saturating_mul(2))
}

/// Merged cells of a sheet, those within the columns that we read.
pub(crate) fn merged(workbook: &mut Workbook<'_>, sheet: &str) -> Result<Vec<Merged>, Box<Finding>> {
    let regions: Vec<Dimensions> = workbook.merge_cells_by_sheet_name(sheet).map_err(unreadable)?;
    if regions.len() > CELLS_MAX {
        return Err(too_large(None, "too many merged cells"));
    }
    let column = |at: u32| u16::try_from(at).ok().filter(|at| usize::from(*at) < COLUMNS_MAX);
    let merged = |region: &Dimensions| {
        let rows = (region.start.0.checked_add(1)?, region.end.0.checked_add(1)?);
        Some(Merged { rows, columns: (column(region.start.1)?, column(region.end.1)?) })
    };
    Ok(regions
        .iter()
        .filter_map(merged)
        .filter(|m| m.rows.0 <= m.rows.1 && m.columns.0 <= m.columns.1)
        .collect())
}

/// Rows of a sheet that hold anything.
pub(crate) fn rows(
    workbook: &mut Workbook<'_>,
    sheet: &str,
    cell: fn(&DataRef<'_>) -> Option<Cell>,
) -> Result<Vec<Line>, Box<Finding>> {
    let mut reader = workbook.worksheet_cells_reader(sheet).map_err(unreadable)?;
    // Rows come in order but for damaged or hostile files.
    let mut rows: BTreeMap<u32, Vec<(u16, Cell)>> = BTreeMap::new();
    let mut current: (u32, Vec<(u16, Cell)>) = (0, Vec::new());
    let mut cells = 0usize;
    while let Some(found) = reader.next_cell_with_formula_metadata().map_err(unreadable)? {
        let (row, column) = found.pos;
        // A result that is an empty text (`=IF(A1="","",…)`) is a result.
        let cell = match (&found.value, &found.formula) {
            (DataRef::Empty, Some(formula)) => Some(uncalculated(formula)),
            (value, _) => cell(value),
        };
        let Some(cell) = cell else { continue };
        let number = row.saturating_add(1);
        let column = match u16::try_from(column) {
            Ok(column) if usize::from(column) < COLUMNS_MAX => column,
            _ => return Err(too_large(Some(number), format!("more than {COLUMNS_MAX} columns"))),
        };
        if number != current.0 {
            let (done, filled) = std::mem::replace(&mut current, (number, Vec::new()));
            keep(&mut rows, done, filled);
        }
        current.1.push((column, cell));
        cells = cells.saturating_add(1);
        if rows.len() >= ROWS_MAX || cells > CELLS_MAX {
            return Err(too_large(Some(number), format!("more than {ROWS_MAX} rows or {CELLS_MAX} cells")));
        }
    }
    keep(&mut rows, current.0, current.1);
    Ok(rows.into_iter().map(|(number, cells)| Line { number, cells }).collect())
}

fn keep(rows: &mut BTreeMap<u32, Vec<(u16, Cell)>>, number: u32, filled: Vec<(u16, Cell)>) {
    if filled.is_empty() {
        return;
    }
    let cells = rows.entry(number).or_default();
    let in_order = cells.is_empty() && filled.is_sorted_by(|(a, _), (b, _)| a < b);
    cells.extend(filled);
    if !in_order {
        cells.sort_by_key(|(column, _)| *column);
        cells.dedup_by_key(|(column, _)| *column);
    }
}

fn uncalculated(formula: &XlsxFormulaMetadata) -> Cell {
    let text = match formula {
        XlsxFormulaMetadata::Normal { formula } | XlsxFormulaMetadata::Shared { formula, .. } => formula,
        // The text stands in another cell.
        _ => "…",
    };
    let shown: String = std::iter::once('=').chain(text.chars().take(100)).collect();
    Cell::Uncalculated(shown.into())
}

/// A cell, unless nothing is in it.
pub(crate) fn cell(value: &DataRef<'_>) -> Option<Cell> {
    match value {
        DataRef::Empty => None,
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            Cell::of_text(text)
        }
        DataRef::SharedString(text) => Cell::of_text(text),
        #[expect(
            clippy::cast_precision_loss,
            reason = "calamine makes integers of no cell that was not a float"
        )]
        DataRef::Int(value) => Some(Cell::Number(*value as f64)),
        DataRef::Float(value) => Some(Cell::Number(*value)),
        DataRef::Bool(truth) => Some(Cell::Truth(*truth)),
        DataRef::Error(fault) => Some(Cell::Fault(fault.to_string().into())),
        DataRef::DateTime(at) if at.is_duration() => Some(Cell::Number(at.as_f64())),
        DataRef::DateTime(at) => Some(moment(at).map_or(Cell::Number(at.as_f64()), Cell::Moment)),
    }
}

/// The same, with text as it stands, spaces and all.
pub(crate) fn cell_as_it_is(value: &DataRef<'_>) -> Option<Cell> {
    match value {
        DataRef::String(text) => Some(Cell::Text(text.as_str().into())),
        DataRef::SharedString(text) => Some(Cell::Text((*text).into())),
        other => cell(other),
    }
}

fn moment(at: &calamine::ExcelDateTime) -> Option<DateTime> {
    let (year, month, day, hour, minute, second, _) = at.to_ymd_hms_milli();
    let part = |n: u8| i8::try_from(n).ok();
    let date = Date::new(i16::try_from(year).ok()?, part(month)?, part(day)?).ok()?;
    let time = Time::new(part(hour)?, part(minute)?, part(second)?, 0).ok()?;
    Some(date.to_datetime(time))
}
