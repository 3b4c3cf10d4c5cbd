//! All parts below each other, a line between them.

use super::{Broken, Pieces, Step, broken, steps};
use crate::desk::ctx::Ctx;
use crate::desk::html::{china_time, shown};
use crate::desk::table::{Content, Value};
use crate::failure::Failure;
use formats::CsvText;
use futures_util::StreamExt;

pub(super) async fn write(ctx: &Ctx, content: Content<'_>, to: &Pieces) -> Result<(), Broken> {
    let mut steps = steps(ctx, content);
    let (mut text, mut first) = (CsvText::begin(), true);
    while let Some(step) = steps.next().await {
        let step = step.map_err(broken)?;
        write_step(&mut text, &step, first).map_err(Failure::from)?;
        first = false;
        let written = std::mem::replace(&mut text, CsvText::more()).into_bytes();
        to.send(written.map_err(Failure::from)?).await?;
    }
    Ok(())
}

/// The first part needs no name: it says what the file is.
fn write_step(text: &mut CsvText, step: &Step, first: bool) -> Result<(), csv::Error> {
    match step {
        Step::Part(_) if first => Ok(()),
        Step::Part(name) => {
            text.row([""])?;
            text.row([name.as_str()])
        }
        Step::Rows(rows) => {
            rows.iter().try_for_each(|row| text.row(row.iter().map(|cell| plain(&cell.value))))
        }
    }
}

/// A value for programs: amounts without separators.
fn plain(value: &Value) -> String {
    match value {
        Value::Nothing => String::new(),
        Value::Count(number) => number.to_string(),
        Value::Money(money) => money.to_string(),
        Value::Time(us) => china_time(*us),
        other => shown(other),
    }
}
