//! What is wrong with a file, and where.

use serde::Serialize;
use std::fmt;

/// Stable word for a kind of fault, as in `bad_check_digit`. The ones this crate finds are constants here;
/// who checks rows against the ledger adds words of his own with [`Code::other`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Code(&'static str);

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $word:literal;)*) => {
        impl Code {
            $($(#[$doc])* pub const $name: Code = Code($word);)*
            /// Every kind of fault that this crate finds by itself.
            pub const ALL: &'static [Code] = &[$(Code::$name),*];
        }
    };
}

codes! {
    /// The check character of an ID number or credit code is wrong.
    BAD_CHECK_DIGIT = "bad_check_digit";
    /// Outside the range that the format allows.
    OUT_OF_RANGE = "out_of_range";
    /// An ID or card number in a numeric cell: digits are already lost.
    NUMERIC_IDENTIFIER = "numeric_identifier";
    /// A required column is not in the header line.
    MISSING_COLUMN = "missing_column";
    /// A required cell is empty.
    MISSING_VALUE = "missing_value";
    /// A formula of which the workbook does not hold the result: the cell only looks empty.
    FORMULA_WITHOUT_VALUE = "formula_without_value";
    /// Not one of the words that the format allows.
    UNKNOWN_VALUE = "unknown_value";
    /// Not a date or month, or one that does not exist.
    BAD_DATE = "bad_date";
    /// Not a time of day.
    BAD_TIME = "bad_time";
    /// An end before its beginning.
    DATE_ORDER = "date_order";
    /// Not a number.
    BAD_NUMBER = "bad_number";
    /// More decimals than the format allows.
    TOO_MANY_DECIMALS = "too_many_decimals";
    /// The figures of a row do not add up.
    ROW_SUM_MISMATCH = "row_sum_mismatch";
    /// The total row is not the sum of its column.
    TOTAL_MISMATCH = "total_mismatch";
    /// The same key as an earlier row, but other contents.
    CONFLICT = "conflict";
    /// What the first line announces is not what the lines hold.
    AMOUNT_MISMATCH = "amount_mismatch";
    /// The last digit of a card number does not fit (only ever a warning).
    LUHN = "luhn";
    /// A column that the template does not know; it is ignored (a warning).
    UNKNOWN_COLUMN = "unknown_column";
    /// Two columns with the same header.
    DUPLICATE_COLUMN = "duplicate_column";
    /// No header line was found.
    MISSING_HEADER = "missing_header";
    /// The workbook has no sheet of the name that the template gives.
    MISSING_SHEET = "missing_sheet";
    /// A sheet without a total row (a warning: the end may have been cut off).
    MISSING_TOTAL = "missing_total";
    /// A worker's row below the total row.
    ROW_AFTER_TOTAL = "row_after_total";
    /// A row with an ID number above the header line.
    ROW_ABOVE_HEADER = "row_above_header";
    /// Not a file of the kind that its name says.
    NOT_READABLE = "not_readable";
    /// More bytes, rows, columns or cells than we read.
    TOO_LARGE = "too_large";
    /// More text in one cell than we read.
    TOO_LONG = "too_long";
    /// More faults than are listed.
    TOO_MANY_FINDINGS = "too_many_findings";
    /// The same row twice in a file whose rows are added up.
    DUPLICATE_ROW = "duplicate_row";
    /// Wrong length or wrong characters.
    BAD_FORMAT = "bad_format";
    /// Bytes that are no text, or text that lost characters on its way.
    BAD_ENCODING = "bad_encoding";
    /// The file's name does not say what it must.
    BAD_NAME = "bad_name";
    /// The file's name and its contents contradict each other.
    NAME_MISMATCH = "name_mismatch";
    /// A balance that does not follow from the line before.
    BALANCE_BREAK = "balance_break";
    /// More cells in a line than the header has.
    TOO_MANY_CELLS = "too_many_cells";
    /// A value where none may stand.
    UNEXPECTED_VALUE = "unexpected_value";
    /// A quotation mark that opens a cell and takes in more than it (an error), or that is taken as a character (a warning).
    STRAY_QUOTE = "stray_quote";
    /// A quoted cell that runs over several lines of text (a warning).
    LINES_IN_CELL = "lines_in_cell";
    /// The sheet that would be read is hidden.
    HIDDEN_SHEET = "hidden_sheet";
    /// Another sheet holds rows too: an error where they may belong to this file, else a warning that they are not read.
    OTHER_SHEET = "other_sheet";
    /// Rows that are read are hidden (a warning).
    HIDDEN_ROWS = "hidden_rows";
    /// Columns that are read are hidden (a warning).
    HIDDEN_COLUMNS = "hidden_columns";
}

impl Code {
    /// A kind of fault that somebody else found, such as the ledger's refusal.
    pub const fn other(word: &'static str) -> Code {
        Code(word)
    }

    /// The word.
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// Whether the file can be taken in all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The row, or the whole file, cannot be recorded.
    Error,
    /// Worth a look; the row is good.
    Warning,
}

/// Where something stands in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Place {
    /// Sheet of a workbook; none in text files.
    pub sheet: Option<String>,
    /// Row as Excel numbers them, from 1, header included.
    pub line: Option<u32>,
    /// Cell as Excel names it (`C7`), for CSV too; none in bank files and where no cell is meant.
    pub cell: Option<String>,
    /// Header of the column, as the template spells it.
    pub column: Option<String>,
}

/// One fault: where, what stands there, what would be right.
///
/// `value` may hold personal data: it is for the file that was handed in, as in its error workbook. What is printed is
/// [`Finding::shown_value`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Sheet of a workbook; none in text files.
    pub sheet: Option<String>,
    /// Row as Excel numbers them, from 1, header included.
    pub line: Option<u32>,
    /// Cell as Excel names it (`C7`).
    pub cell: Option<String>,
    /// Header of the column, as the template spells it.
    pub column: Option<String>,
    /// What stands there, shortened when long.
    pub value: Option<String>,
    /// Kind of fault.
    pub code: Code,
    /// What is wrong and what would be right.
    pub message: String,
    /// Error or warning.
    pub severity: Severity,
    /// Whether it concerns the file as a whole (a missing column, a wrong total): no row of the file can be
    /// recorded then, even when wrong rows are to be skipped.
    pub whole_file: bool,
}

impl Finding {
    /// An error at a place; `whole_file` false.
    pub fn error(place: Place, value: Option<String>, code: Code, message: impl Into<String>) -> Finding {
        let Place { sheet, line, cell, column } = place;
        let value = value.map(|v| shortened(&v));
        let (severity, whole_file) = (Severity::Error, false);
        Finding { sheet, line, cell, column, value, code, message: message.into(), severity, whole_file }
    }

    /// The same, as a warning.
    pub fn warning(self) -> Finding {
        Finding { severity: Severity::Warning, ..self }
    }

    /// The same, about the whole file.
    pub fn of_whole_file(self) -> Finding {
        Finding { whole_file: true, ..self }
    }

    /// What stands there, as terminals and logs may show it: of personal data the last four characters, which with the
    /// cell are enough to find it.
    pub fn shown_value(&self) -> Option<String> {
        let value = self.value.as_deref()?;
        let is_personal = match self.column.as_deref() {
            Some(column) => PERSONAL.contains(&column),
            // A cell that no column names may be any: what looks like a number of a person or card is one.
            None => value.bytes().filter(u8::is_ascii_digit).count() >= NUMBER_DIGITS_MIN,
        };
        Some(if is_personal { masked(value) } else { value.to_owned() })
    }

    /// Whether it is an error.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// Columns that hold what is sealed when it is recorded, but the labels of crews, which names of files hold too.
const PERSONAL: [&str; 13] = [
    "姓名",
    "证件号码",
    "身份证号码",
    "手机号",
    "工资卡号",
    "银行卡号",
    "收款账号",
    "收款户名",
    "对方户名",
    "对方账号",
    "备注",
    "摘要",
    "失败原因",
];
/// The fewest digits of a number that names a person or a card.
const NUMBER_DIGITS_MIN: usize = 10;
/// Characters that are shown of what is not shown.
const SHOWN_CHARS: usize = 4;

/// Personal data as it may be printed: its last four characters behind as many marks as there are others; of what is
/// short, marks alone.
pub fn masked(value: &str) -> String {
    let length = value.chars().count();
    let hidden = if length < 2 * SHOWN_CHARS { length } else { length.saturating_sub(SHOWN_CHARS) };
    value.chars().enumerate().map(|(at, c)| if at < hidden { '*' } else { c }).collect()
}

/// A value as findings show it: its first 80 characters.
fn shortened(value: &str) -> String {
    match value.char_indices().nth(80) {
        Some((at, _)) => format!("{}…", value.get(..at).unwrap_or_default()),
        None => value.to_owned(),
    }
}

/// The findings of one file, up to a limit, so that a file of nothing but faults cannot fill the memory.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    list: Vec<Finding>,
    left_out: u32,
    /// An error was among those left out.
    left_out_error: bool,
}

impl Findings {
    pub(crate) fn push(&mut self, finding: Finding) {
        if self.list.len() < crate::limits::FINDINGS_MAX {
            self.list.push(finding);
        } else {
            self.left_out = self.left_out.saturating_add(1);
            self.left_out_error |= finding.is_error();
        }
    }

    /// In the order of the file; what concerns no line comes first.
    pub(crate) fn into_list(mut self) -> Vec<Finding> {
        self.list.sort_by_key(|finding| finding.line);
        if self.left_out > 0 {
            let message = format!("{} more faults are not listed: correct these first", self.left_out);
            let finding = Finding::error(Place::default(), None, Code::TOO_MANY_FINDINGS, message);
            self.list.push(if self.left_out_error { finding.of_whole_file() } else { finding.warning() });
        }
        self.list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn personal_values_are_not_shown() {
        for (column, value, shown) in [
            (Some("证件号码"), "390309197712206190", "**************6190"),
            (Some("姓名"), "刘测试", "***"),
            (Some("工资卡号"), "6222020000000001234", "***************1234"),
            (Some("备注"), "欠款已还给刘测试本人", "******测试本人"),
            (Some("实发工资"), "1234567890.12", "1234567890.12"),
            (Some("信用代码"), "91330106XN4XFD1Y3A", "91330106XN4XFD1Y3A"),
            (None, "390309197712206190", "**************6190"),
            (None, "工种", "工种"),
        ] {
            let place = Place { column: column.map(str::to_owned), ..Place::default() };
            let finding = Finding::error(place, Some(value.to_owned()), Code::BAD_FORMAT, "");
            assert_eq!(finding.shown_value().as_deref(), Some(shown), "{column:?}");
        }
    }
}
