//! CSV as spreadsheets take it: with the mark by which Excel knows UTF-8, and with no cell that one would take for a
//! formula.

use std::borrow::Cow;

/// The mark at the beginning of a file.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Writes rows as CSV. All CSV files of the program are written here.
pub struct CsvText {
    writer: csv::Writer<Vec<u8>>,
}

impl CsvText {
    /// A file from its beginning.
    pub fn begin() -> CsvText {
        CsvText::onto(BYTE_ORDER_MARK.as_bytes().to_vec())
    }

    /// The next piece of a file that was begun.
    pub fn more() -> CsvText {
        CsvText::onto(Vec::new())
    }

    fn onto(bytes: Vec<u8>) -> CsvText {
        CsvText { writer: csv::WriterBuilder::new().flexible(true).from_writer(bytes) }
    }

    /// Writes a row.
    ///
    /// # Errors
    ///
    /// None that memory does not make.
    pub fn row<T: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = T>) -> Result<(), csv::Error> {
        for cell in cells {
            self.writer.write_field(harmless(cell.as_ref()).as_bytes())?;
        }
        self.writer.write_record(None::<&[u8]>)
    }

    /// What was written.
    ///
    /// # Errors
    ///
    /// None that memory does not make.
    pub fn into_bytes(self) -> Result<Vec<u8>, csv::Error> {
        self.writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))
    }
}

/// A cell that no spreadsheet takes for a formula: an apostrophe before it says that it is text. Numbers stay numbers.
pub fn harmless(cell: &str) -> Cow<'_, str> {
    // Full-width forms are formulas to spreadsheets of East Asia; what is invisible before them is passed over by some.
    const BEGIN: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];
    let seen = cell.trim_start_matches(|c: char| c.is_whitespace() || c.is_control() || is_invisible(c));
    if cell.starts_with(['\t', '\r', '\n']) || seen.starts_with(BEGIN) && !is_number(cell) {
        Cow::Owned(format!("'{cell}"))
    } else {
        Cow::Borrowed(cell)
    }
}

/// Marks of direction and of width nought.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// A dash alone, or digits with a minus sign before and at most one point among them.
fn is_number(cell: &str) -> bool {
    let Some(digits) = cell.strip_prefix('-') else { return false };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.is_empty() || all_digits(whole) && all_digits(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_text() {
        let begins = ["=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n"];
        let before = ["", " ", "\u{a0}", "\u{3000}", "\u{200b}", "\u{202a}", "\u{feff}"];
        for begin in begins {
            for before in before {
                for rest in
                    ["1+1", "cmd|' /C calc'!A0", "HYPERLINK(\"http://x\")", "2-3", "-", "1.2.3", "钢筋"]
                {
                    let cell = format!("{before}{begin}{rest}");
                    let is_whitespace = before.is_empty() || !["\t", "\r", "\n"].contains(&begin);
                    if is_whitespace {
                        assert_eq!(harmless(&cell), format!("'{cell}"), "{cell:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_no_formula_stays() {
        for cell in
            ["", "-", "-1", "-1234.50", "0", "12.50", "钢筋一班", "a=b", "'=1", "2026-06-30", "18:30", "1-2"]
        {
            assert_eq!(harmless(cell), cell, "{cell:?}");
        }
    }

    #[test]
    fn files_begin_with_their_mark() {
        let mut text = CsvText::begin();
        text.row(["name", "outstanding"]).unwrap();
        text.row(["=1+1", "-5.00"]).unwrap();
        text.row([""]).unwrap();
        text.row(["a,b\"c"]).unwrap();
        let mut bytes = text.into_bytes().unwrap();
        let mut more = CsvText::more();
        more.row(["x"]).unwrap();
        bytes.extend(more.into_bytes().unwrap());
        let text = String::from_utf8(bytes).unwrap();
        assert_eq!(text, "\u{feff}name,outstanding\n'=1+1,-5.00\n\"\"\n\"a,b\"\"c\"\nx\n");
    }
}
