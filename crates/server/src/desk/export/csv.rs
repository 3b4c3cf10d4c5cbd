//! All parts below each other, a line between them; with a byte order mark, which Excel needs to see UTF-8.

use super::{Broken, Pieces, Step, broken, steps};
use crate::desk::ctx::Ctx;
use crate::desk::html::{china_time, shown};
use crate::desk::table::{Content, Value};
use crate::failure::Failure;
use csv::{Writer, WriterBuilder};
use futures_util::StreamExt;

pub(super) async fn write(ctx: &Ctx, content: Content<'_>, to: &Pieces) -> Result<(), Broken> {
    let mut steps = steps(ctx, content);
    let mut piece = "\u{feff}".as_bytes().to_vec();
    let mut first = true;
    while let Some(step) = steps.next().await {
        let step = step.map_err(broken)?;
        let mut writer = WriterBuilder::new().flexible(true).from_writer(piece);
        write_step(&mut writer, &step, first).map_err(Failure::from)?;
        first = false;
        let written = writer.into_inner().map_err(|error| Failure::cannot(error.to_string()))?;
        to.send(written).await?;
        piece = Vec::new();
    }
    Ok(())
}

/// The first part needs no name: it says what the file is.
fn write_step(writer: &mut Writer<Vec<u8>>, step: &Step, first: bool) -> Result<(), csv::Error> {
    match step {
        Step::Part(_) if first => Ok(()),
        Step::Part(name) => {
            writer.write_record([""])?;
            writer.write_record([name.as_str()])
        }
        Step::Rows(rows) => {
            rows.iter().try_for_each(|row| writer.write_record(row.iter().map(|cell| plain(&cell.value))))
        }
    }
}

/// A value for programs: amounts without separators. Text that a spreadsheet would take for a formula is marked as text.
fn plain(value: &Value) -> String {
    match value {
        Value::Nothing => String::new(),
        Value::Count(number) => number.to_string(),
        Value::Money(money) => money.to_string(),
        Value::Time(us) => china_time(*us),
        Value::Text(text) | Value::Code(text) if text.starts_with(['=', '+', '-', '@', '\t', '\r']) => {
            format!("'{text}")
        }
        other => shown(other),
    }
}
