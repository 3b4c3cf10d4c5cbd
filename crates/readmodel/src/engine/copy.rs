//! Rows in PostgreSQL's binary COPY format (PostgreSQL documentation, COPY, "Binary Format"). So they wait to be written,
//! whatever the engine: one run of bytes, in which no value takes room of its own.

use crate::tables::Column;
use crate::value::Value;
use sqlx::{Postgres, Transaction};

/// Signature, no flags, no header extension.
const HEAD: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// In the place of a row's number of columns, -1: the end.
const END: [u8; 2] = (-1_i16).to_be_bytes();
/// In the place of a value's length: no value.
const NULL: i32 = -1;
/// What is sent at once, in bytes: the server takes rows in while the next are sent.
const CHUNK: usize = 1 << 20;

/// Rows of the first columns of a table, or of all.
#[derive(Debug)]
pub(crate) struct CopyRows {
    columns: &'static [Column],
    rows: usize,
    /// Nothing, or all that is sent: head, rows, end.
    bytes: Vec<u8>,
    /// What is wrong with a value.
    wrong: Option<&'static str>,
}

/// A value of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field<'a> {
    Null,
    Int(i64),
    Text(&'a str),
}

impl<'a> Field<'a> {
    pub(super) fn int(&self) -> Option<i64> {
        match self {
            Field::Int(number) => Some(*number),
            _ => None,
        }
    }

    pub(super) fn text(&self) -> Option<&'a str> {
        match self {
            Field::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl CopyRows {
    pub(crate) fn of(columns: &'static [Column]) -> CopyRows {
        CopyRows { columns, rows: 0, bytes: Vec::new(), wrong: None }
    }

    /// How many rows.
    pub(crate) fn len(&self) -> usize {
        self.rows
    }

    pub(super) fn columns(&self) -> &'static [Column] {
        self.columns
    }

    /// How many columns.
    pub(super) fn width(&self) -> usize {
        self.columns.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Room, in bytes.
    pub(crate) fn capacity(&self) -> usize {
        self.bytes.capacity()
    }

    /// Leaves nothing but room.
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        (self.rows, self.wrong) = (0, None);
    }

    /// Adds a row. A number in a column of text is written as text; what does not fit is an error when rows are written.
    pub(crate) fn push<const N: usize>(&mut self, row: [Value; N]) {
        debug_assert_eq!(N, self.columns.len(), "{:?}", self.columns);
        match self.bytes.len().checked_sub(END.len()) {
            Some(end) => self.bytes.truncate(end),
            None => self.bytes.extend_from_slice(HEAD),
        }
        self.bytes.extend_from_slice(&i16::try_from(N).unwrap_or_default().to_be_bytes());
        for (value, column) in row.iter().zip(self.columns) {
            match value {
                Value::Null => self.bytes.extend_from_slice(&NULL.to_be_bytes()),
                Value::Int(number) if column.is_int => {
                    self.bytes.extend_from_slice(&8i32.to_be_bytes());
                    self.bytes.extend_from_slice(&number.to_be_bytes());
                }
                _ if column.is_int => self.wrong = Some("text stands in a column of numbers"),
                text => {
                    if text.with_text(|text| put(text, &mut self.bytes)) != Some(true) {
                        self.wrong = Some("a text is too long for a row");
                    }
                }
            }
        }
        self.bytes.extend_from_slice(&END);
        self.rows += 1;
    }

    /// Its values, row after row.
    pub(super) fn fields(&self) -> Result<Fields<'_>, sqlx::Error> {
        if let Some(wrong) = self.wrong {
            return Err(sqlx::Error::Protocol(wrong.to_owned()));
        }
        let rows = self.bytes.strip_prefix(HEAD).and_then(|rest| rest.strip_suffix(&END));
        Ok(Fields { columns: self.columns, rest: rows.unwrap_or(&self.bytes), at: 0 })
    }
}

/// Whether it fits.
fn put(text: &str, bytes: &mut Vec<u8>) -> bool {
    let Ok(len) = i32::try_from(text.len()) else { return false };
    bytes.extend_from_slice(&len.to_be_bytes());
    bytes.extend_from_slice(text.as_bytes());
    true
}

/// The values of rows.
pub(super) struct Fields<'a> {
    columns: &'static [Column],
    rest: &'a [u8],
    /// The next one's column.
    at: usize,
}

impl<'a> Fields<'a> {
    fn read(&mut self) -> Option<Field<'a>> {
        if self.at == 0 {
            self.rest = self.rest.split_first_chunk::<2>()?.1;
        }
        let column = self.columns.get(self.at)?;
        self.at = (self.at + 1) % self.columns.len();
        let (len, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        let len = match i32::from_be_bytes(*len) {
            NULL => return Some(Field::Null),
            len => usize::try_from(len).ok()?,
        };
        let (value, rest) = self.rest.split_at_checked(len)?;
        self.rest = rest;
        Some(match column.is_int {
            true => Field::Int(i64::from_be_bytes(value.try_into().ok()?)),
            false => Field::Text(str::from_utf8(value).ok()?),
        })
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<Field<'a>, sqlx::Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() && self.at == 0 {
            return None;
        }
        let not_rows = || sqlx::Error::Protocol("rows on their way are no rows".to_owned());
        Some(self.read().ok_or_else(not_rows))
    }
}

/// Copies rows into a table.
pub(super) async fn rows(
    tx: &mut Transaction<'static, Postgres>,
    table: &str,
    columns: &str,
    rows: &CopyRows,
) -> Result<(), sqlx::Error> {
    rows.fields()?;
    let sql = format!("COPY {table} ({columns}) FROM STDIN (FORMAT BINARY)");
    let mut copy = tx.copy_in_raw(&sql).await?;
    for chunk in rows.bytes.chunks(CHUNK) {
        copy.send(chunk).await?;
    }
    copy.finish().await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: &[Column] =
        &[Column { name: "number", is_int: true }, Column { name: "text", is_int: false }];

    #[test]
    fn what_is_put_in_comes_out() {
        let mut rows = CopyRows::of(COLUMNS);
        rows.push([7_i64.into(), "工日".into()]);
        rows.push([Value::Null, Value::Null]);
        rows.push([Value::Null, (-7_i64).into()]);
        rows.push([i64::MIN.into(), "".into()]);
        let fields: Vec<_> = rows.fields().unwrap().map(Result::unwrap).collect();
        let expected = [
            [Field::Int(7), Field::Text("工日")],
            [Field::Null, Field::Null],
            [Field::Null, Field::Text("-7")],
            [Field::Int(i64::MIN), Field::Text("")],
        ];
        assert_eq!((rows.len(), fields), (4, expected.concat()));
        rows.clear();
        assert!(rows.is_empty() && rows.fields().unwrap().next().is_none());
    }

    #[test]
    fn what_is_no_row_is_an_error() {
        let mut wrong = CopyRows::of(COLUMNS);
        wrong.push(["7".into(), "ab".into()]);
        assert!(wrong.fields().is_err());
        wrong.clear();
        assert!(wrong.fields().is_ok());
        let mut rows = CopyRows::of(COLUMNS);
        rows.push([7_i64.into(), "ab".into()]);
        let whole = rows.bytes.clone();
        for len in 1..whole.len() {
            rows.bytes.truncate(len);
            assert!(rows.fields().unwrap().any(|field| field.is_err()), "{len}");
            rows.bytes.clone_from(&whole);
        }
    }
}
