//! Rows in PostgreSQL's binary COPY format (PostgreSQL documentation, COPY, "Binary Format").

use crate::value::Value;
use sqlx::{Postgres, Transaction};
use std::num::TryFromIntError;

/// Signature, no flags, no header extension.
const HEAD: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// In the place of a row's number of columns: the end.
const END: i16 = -1;
/// In the place of a value's length: no value.
const NULL: i32 = -1;
/// What is sent at once, in bytes: rows are put into bytes while the server takes the last ones in.
const CHUNK: usize = 1 << 20;

/// Copies rows of `width` values into a table.
pub(super) async fn rows(
    tx: &mut Transaction<'static, Postgres>,
    table: &str,
    columns: &str,
    width: usize,
    values: &[Value],
) -> Result<(), sqlx::Error> {
    let sql = format!("COPY {table} ({columns}) FROM STDIN (FORMAT BINARY)");
    let mut copy = tx.copy_in_raw(&sql).await?;
    let mut bytes = Vec::with_capacity(CHUNK + CHUNK / 8);
    bytes.extend_from_slice(HEAD);
    for row in values.chunks(width) {
        encode(row, &mut bytes)?;
        if bytes.len() >= CHUNK {
            copy.send(bytes.as_slice()).await?;
            bytes.clear();
        }
    }
    bytes.extend_from_slice(&END.to_be_bytes());
    copy.send(bytes.as_slice()).await?;
    copy.finish().await.map(drop)
}

fn encode(row: &[Value], bytes: &mut Vec<u8>) -> Result<(), sqlx::Error> {
    bytes.extend_from_slice(&i16::try_from(row.len()).map_err(too_long)?.to_be_bytes());
    for value in row {
        match value {
            Value::Null => bytes.extend_from_slice(&NULL.to_be_bytes()),
            Value::Int(number) => {
                bytes.extend_from_slice(&8i32.to_be_bytes());
                bytes.extend_from_slice(&number.to_be_bytes());
            }
            text => text.with_text(|text| put(text, bytes)).transpose()?.unwrap_or_default(),
        }
    }
    Ok(())
}

fn put(text: &str, bytes: &mut Vec<u8>) -> Result<(), sqlx::Error> {
    bytes.extend_from_slice(&i32::try_from(text.len()).map_err(too_long)?.to_be_bytes());
    bytes.extend_from_slice(text.as_bytes());
    Ok(())
}

fn too_long(_: TryFromIntError) -> sqlx::Error {
    sqlx::Error::Protocol("a row or value is too long for COPY".to_owned())
}
