//! Tables, CSV and JSON on standard output.

use crate::cli::TableFormat;
use crate::clock;
use crate::failure::Failure;
use crate::words::ASSUMES_EN;
use formats::CsvText;
use jiff::civil::Date;
use serde::Serialize;
use std::io::Write;
use unicode_width::UnicodeWidthStr;

/// How a column lies.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Right,
}

/// A table for a terminal. Chinese characters take two places, so widths are counted in places.
pub(crate) fn table(columns: &[(&str, Align)], rows: &[Vec<String>]) -> String {
    let mut widths: Vec<usize> = columns.iter().map(|(name, _)| name.width()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.width());
        }
    }
    let line = |cells: Vec<&str>| {
        let mut out = String::new();
        for ((cell, width), (_, align)) in cells.iter().zip(&widths).zip(columns) {
            let pad = " ".repeat(width.saturating_sub(cell.width()));
            match align {
                Align::Left => out.push_str(&format!("{cell}{pad}  ")),
                Align::Right => out.push_str(&format!("{pad}{cell}  ")),
            }
        }
        out.trim_end().to_owned()
    };
    let mut out = vec![line(columns.iter().map(|(name, _)| *name).collect())];
    out.push("─".repeat(widths.iter().sum::<usize>() + 2 * widths.len().saturating_sub(1)));
    out.extend(rows.iter().map(|row| line(row.iter().map(String::as_str).collect())));
    out.join("\n")
}

/// An amount with thousands separators, for people: `12,345.67`.
pub(crate) fn amount(money: rules::Money) -> String {
    let text = money.to_string();
    let (sign, digits) = text.strip_prefix('-').map_or(("", text.as_str()), |rest| ("-", rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "00"));
    let mut out = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    format!("{sign}{out}.{fraction}")
}

/// Writes rows as CSV: a whole file with its header line, or more rows of one.
pub(crate) fn csv<R>(mut text: CsvText, rows: impl IntoIterator<Item = R>) -> Result<(), Failure>
where
    R: IntoIterator<Item: AsRef<str>>,
{
    rows.into_iter().try_for_each(|row| text.row(row))?;
    out_bytes(&text.into_bytes()?)
}

/// Writes to standard output; a reader that has gone is no failure.
pub(crate) fn out(text: &str) -> Result<(), Failure> {
    out_bytes(text.as_bytes())
}

fn out_bytes(bytes: &[u8]) -> Result<(), Failure> {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Says above a table, or beside rows that a program reads, that a day has not come yet. JSON says it itself.
pub(crate) fn say_future(as_of: Date, format: TableFormat) -> Result<(), Failure> {
    match format {
        TableFormat::Table if clock::is_future(as_of) => out(&format!("{ASSUMES_EN}\n")),
        TableFormat::Csv if clock::is_future(as_of) => {
            eprintln!("{ASSUMES_EN}");
            Ok(())
        }
        TableFormat::Table | TableFormat::Csv | TableFormat::Json => Ok(()),
    }
}

/// One table in the format asked for; `json` makes the document.
pub(crate) fn answer<T: Serialize>(
    format: TableFormat,
    columns: &[(&str, Align)],
    rows: &[Vec<String>],
    json: impl FnOnce() -> T,
) -> Result<(), Failure> {
    match format {
        TableFormat::Table => out(&format!("{}\n", table(columns, rows))),
        TableFormat::Csv => {
            let mut text = CsvText::begin();
            text.row(columns.iter().map(|(name, _)| name))?;
            csv(text, rows)
        }
        TableFormat::Json => out(&format!("{}\n", serde_json::to_string(&json())?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_separators() {
        for (fen, text) in
            [(0, "0.00"), (123_456_789, "1,234,567.89"), (-100_000, "-1,000.00"), (99_999, "999.99")]
        {
            assert_eq!(amount(rules::Money::from_fen(fen)), text);
        }
    }

    #[test]
    fn chinese_takes_two_places() {
        let text = table(
            &[("name", Align::Left), ("n", Align::Right)],
            &[vec!["钢筋一班".into(), "1".into()], vec!["x".into(), "23".into()]],
        );
        let widths: Vec<usize> = text.lines().map(UnicodeWidthStr::width).collect();
        assert_eq!(widths, [12, 12, 12, 12]);
    }
}
