//! Text files: encoding and cells; and the folding of text that is compared.

use crate::finding::{Code, Finding, Place};
use crate::limits::{CELLS_MAX, COLUMNS_MAX, ROWS_MAX};
use crate::table::{Cell, Line, Table, too_large};
use encoding_rs::GB18030;
use std::borrow::Cow;

/// Decodes UTF-8 with or without BOM, or GB18030. Never replaces what it cannot read.
pub(crate) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, Box<Finding>> {
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Err(undecodable(1, "this is UTF-16: save the file as UTF-8 or GB18030"));
    }
    let (body, marked) = match bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]) {
        Some(body) => (body, true),
        None => (bytes, false),
    };
    let good = match std::str::from_utf8(body) {
        Ok(text) => return Ok(Cow::Borrowed(text)),
        Err(fault) => body.get(..fault.valid_up_to()).unwrap_or_default(),
    };
    // GB18030 is taken for UTF-8 over a character or two, by chance, but not for longer.
    let chinese = std::str::from_utf8(good).unwrap_or_default().chars().filter(|c| c.len_utf8() >= 3).count();
    if marked || chinese >= 6 {
        return Err(undecodable(line_at(body, good.len()), "bytes that are no UTF-8, unlike the rest"));
    }
    match GB18030.decode_without_bom_handling_and_without_replacement(body) {
        Some(text) => Ok(text),
        None => {
            let decodes =
                |line: &&[u8]| GB18030.decode_without_bom_handling_and_without_replacement(line).is_some();
            let good_lines = body.split(|b| *b == b'\n').take_while(decodes).count();
            let line = u32::try_from(good_lines).unwrap_or(u32::MAX).saturating_add(1);
            Err(undecodable(line, "bytes that are neither UTF-8 nor GB18030"))
        }
    }
}

fn line_at(body: &[u8], offset: usize) -> u32 {
    let before = body.get(..offset).unwrap_or_default();
    let breaks = before.iter().filter(|b| **b == b'\n').count();
    u32::try_from(breaks).unwrap_or(u32::MAX).saturating_add(1)
}

fn undecodable(line: u32, message: &str) -> Box<Finding> {
    let place = Place { line: Some(line), ..Place::default() };
    Box::new(Finding::error(place, None, Code::BAD_ENCODING, message).of_whole_file())
}

/// Cells of comma-separated text (RFC 4180).
pub(crate) fn read_csv(text: &str, cell: fn(&str) -> Option<Cell>) -> Result<Table, Box<Finding>> {
    let text = with_line_feeds(text);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .terminator(csv::Terminator::Any(b'\n'))
        .from_reader(text.as_bytes());
    let mut lines = Lines { rows: Vec::new(), cells: 0, cell };
    let mut record = csv::StringRecord::new();
    // Excel gives a quoted cell with line breaks one row; the csv crate counts its text lines.
    let mut extra_lines = 0u64;
    loop {
        match reader.read_record(&mut record) {
            Ok(false) => break,
            Err(fault) => {
                let message = format!("not readable as comma-separated text: {fault}");
                let finding = Finding::error(Place::default(), None, Code::NOT_READABLE, message);
                return Err(Box::new(finding.of_whole_file()));
            }
            Ok(true) => {}
        }
        let (line, byte) = record.position().map_or((1, 0), |at| (at.line(), at.byte()));
        // The position is where the record before ended: blank lines come between.
        let rest =
            usize::try_from(byte).ok().and_then(|byte| text.as_bytes().get(byte..)).unwrap_or_default();
        let blank = rest.iter().take_while(|b| **b == b'\n').count();
        let line = line.saturating_add(u64::try_from(blank).unwrap_or_default());
        let number = u32::try_from(line.saturating_sub(extra_lines)).unwrap_or(u32::MAX);
        extra_lines = extra_lines.saturating_add(breaks_in(&record));
        lines.push(number, record.iter())?;
    }
    Ok(Table { rows: lines.rows, is_text: true, names_cells: true, ..Table::default() })
}

/// Cells of text separated by `|`, which knows no quotes.
pub(crate) fn read_bars(text: &str, cell: fn(&str) -> Option<Cell>) -> Result<Table, Box<Finding>> {
    let text = with_line_feeds(text);
    let mut lines = Lines { rows: Vec::new(), cells: 0, cell };
    for (number, line) in (1u32..).zip(text.split('\n')) {
        if !line.trim().is_empty() {
            lines.push(number, line.split('|'))?;
        }
    }
    Ok(Table { rows: lines.rows, is_text: true, ..Table::default() })
}

fn breaks_in(record: &csv::StringRecord) -> u64 {
    let breaks = record.as_slice().bytes().filter(|b| *b == b'\n').count();
    u64::try_from(breaks).unwrap_or(u64::MAX)
}

fn with_line_feeds(text: &str) -> Cow<'_, str> {
    if text.contains('\r') {
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(text)
    }
}

/// Rows so far, within the limits.
struct Lines {
    rows: Vec<Line>,
    cells: usize,
    cell: fn(&str) -> Option<Cell>,
}

impl Lines {
    fn push<'a>(&mut self, number: u32, fields: impl Iterator<Item = &'a str>) -> Result<(), Box<Finding>> {
        let mut cells = Vec::new();
        for (column, field) in fields.enumerate() {
            let Some(cell) = (self.cell)(field) else { continue };
            match u16::try_from(column) {
                Ok(column) if usize::from(column) < COLUMNS_MAX => cells.push((column, cell)),
                _ => return Err(too_large(Some(number), format!("more than {COLUMNS_MAX} columns"))),
            }
        }
        if cells.is_empty() {
            return Ok(());
        }
        self.cells = self.cells.saturating_add(cells.len());
        self.rows.push(Line { number, cells });
        if self.rows.len() > ROWS_MAX || self.cells > CELLS_MAX {
            return Err(too_large(Some(number), format!("more than {ROWS_MAX} rows or {CELLS_MAX} cells")));
        }
        Ok(())
    }
}

/// Whether a character counts as space: Unicode white space (full-width too) and what is not seen at all.
pub(crate) fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{200B}'..='\u{200D}' | '\u{2060}' | '\u{FEFF}')
}

/// Full-width letters, digits and signs as half-width ones: what input methods for Chinese make of them.
/// For numbers, dates, codes and headers, never for names or free text.
pub(crate) fn folded(text: &str) -> Cow<'_, str> {
    if text.chars().any(|c| matches!(c, '\u{FF01}'..='\u{FF5E}' | '\u{3000}')) {
        Cow::Owned(text.chars().map(folded_char).collect())
    } else {
        Cow::Borrowed(text)
    }
}

fn folded_char(c: char) -> char {
    match c {
        '\u{3000}' => ' ',
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c).wrapping_sub(0xFEE0)).unwrap_or(c),
        _ => c,
    }
}

/// Folded, without any space or line break: how headers, numbers and dates are compared and read.
pub(crate) fn squeezed(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|b| b.is_ascii_graphic()) {
        return Cow::Borrowed(text);
    }
    if text.chars().any(is_blank) {
        Cow::Owned(text.chars().filter(|c| !is_blank(*c)).map(folded_char).collect())
    } else {
        folded(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings() {
        let text = "姓名,金额\n艾力·测试江,12\n";
        assert_eq!(decode(text.as_bytes()).unwrap(), text);
        assert_eq!(decode(format!("\u{FEFF}{text}").as_bytes()).unwrap(), text);
        assert_eq!(decode(&GB18030.encode(text).0).unwrap(), text);
        assert_eq!(decode(b"").unwrap(), "");
        let fault = |bytes: &[u8]| {
            let finding = decode(bytes).unwrap_err();
            (finding.code, finding.line)
        };
        assert_eq!(fault(b"\xFF\xFEa\0"), (Code::BAD_ENCODING, Some(1)));
        assert_eq!(fault(b"a\nb\n\xFF\xFF"), (Code::BAD_ENCODING, Some(3)));
        let damaged = [text.as_bytes(), text.as_bytes(), b"\x80\n"].concat();
        assert_eq!(fault(&damaged), (Code::BAD_ENCODING, Some(5)));
        assert_eq!(fault(b"\xEF\xBB\xBF\xC1\xC2"), (Code::BAD_ENCODING, Some(1)));
    }

    #[test]
    fn rows_are_numbered_as_excel_does() {
        let numbers = |text: &str| {
            let rows = read_csv(text, Cell::of_text).unwrap().rows;
            rows.iter().map(|row| (row.number, row.cells.len())).collect::<Vec<_>>()
        };
        assert_eq!(numbers("a,b\r\n\r\n , \r\nc,d\r\n"), [(1, 2), (4, 2)]);
        assert_eq!(numbers("a\rb\r"), [(1, 1), (2, 1)]);
        assert_eq!(numbers("a,\"b\nb\",c\nd\n\n\"e\n\n\",f\ng"), [(1, 3), (2, 1), (4, 2), (5, 1)]);
    }

    #[test]
    fn folding() {
        assert_eq!(squeezed(" 用人单位\n信用（代码）\u{3000}"), "用人单位信用(代码)");
        assert_eq!(squeezed("１２，３．５"), "12,3.5");
        assert_eq!(folded("１ ２"), "1 2");
    }
}
