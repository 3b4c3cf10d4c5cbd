//! Limits on everything that comes from outside. They are far above any honest file, and there so that a
//! wrong or hostile one ends in a clear error instead of in all the machine's memory.

/// Bytes of a file.
pub const FILE_BYTES_MAX: usize = 50 << 20;
/// Bytes of all parts of a workbook, unpacked.
pub const UNPACKED_BYTES_MAX: u64 = 128 << 20;
/// Parts (zip entries) of a workbook.
pub const PARTS_MAX: usize = 1_000;
/// Rows of a sheet or text file that hold anything.
pub const ROWS_MAX: usize = 200_000;
/// Columns.
pub const COLUMNS_MAX: usize = 256;
/// Cells of a sheet or text file that hold anything.
pub const CELLS_MAX: usize = 5_000_000;
/// Characters of a cell.
pub const CELL_CHARS_MAX: usize = 1_000;
/// Findings that are listed for one file.
pub const FINDINGS_MAX: usize = 5_000;
/// Rows among which the header line is looked for.
pub(crate) const HEADER_WITHIN_ROWS: usize = 30;
/// Distinct strings that a workbook may announce; room is made for them before they are read.
pub(crate) const SHARED_STRINGS_MAX: u64 = 5_000_000;
