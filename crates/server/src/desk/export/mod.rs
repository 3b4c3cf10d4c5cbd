//! Content as a file: all pages of what is on the screen, with the day and the head that it is of.
//!
//! Rows are made some at a time and leave at once: CSV as it is written, a workbook by way of a temporary file, because
//! its parts are packed at the end. So a file takes no more memory than a few hundred rows, however long it is; but the
//! list itself, which is in memory anyway, is sorted whole. Whatever can be said no to is said before the first byte;
//! what fails later breaks the answer off, so that half a file is never taken for a whole one.

mod csv;
mod file_name;
mod workbook;

use super::ctx::Ctx;
use super::table::{Block, Cell, Content, Rest, Stick, Table, Value};
use super::trouble::Trouble;
use crate::failure::Failure;
use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use file_name::FileName;
use futures_util::{StreamExt, stream};
use rules::Money;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};

pub(super) use super::asked::Format;

/// Pieces of a file that wait for the one who asked.
const PIECES_MAX: usize = 8;
/// Who takes nothing for so long gets no more.
const PATIENCE: Duration = Duration::from_secs(60);

/// A file as it is written: its parts, each with a name, and their rows.
enum Step {
    Part(String),
    Rows(Vec<Vec<Cell>>),
}

/// Why a file was not finished.
enum Broken {
    /// Nobody takes it any more.
    Left,
    Failed(Failure),
}

impl From<Failure> for Broken {
    fn from(failure: Failure) -> Broken {
        Broken::Failed(failure)
    }
}

/// Where pieces of a file go.
#[derive(Clone)]
struct Pieces(mpsc::Sender<io::Result<Bytes>>);

impl Pieces {
    async fn send(&self, piece: Vec<u8>) -> Result<(), Broken> {
        let sent = tokio::time::timeout(PATIENCE, self.0.send(Ok(piece.into()))).await;
        sent.ok().and_then(Result::ok).ok_or(Broken::Left)
    }

    /// From a thread that may wait.
    fn blocking_send(&self, piece: Vec<u8>) -> io::Result<()> {
        let sent = Handle::current().block_on(self.send(piece));
        sent.map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))
    }
}

/// A page's content as a file.
pub(super) async fn export(ctx: Ctx, format: Format) -> Result<Response, Trouble> {
    let lang = ctx.lang;
    let permit = Arc::clone(&ctx.node.exports).try_acquire_owned().map_err(|_| Trouble::Busy(lang))?;
    let (begun, begins) = oneshot::channel();
    let (pieces, mut made) = mpsc::channel(PIECES_MAX);
    tokio::spawn(written(ctx, format, begun, pieces, permit));
    // Where the task ends without a word it has panicked.
    let begun = begins.await;
    let name =
        begun.unwrap_or_else(|_| Err(Trouble::Failed(lang, Failure::cannot("an export ended early"))))?;
    let body = Body::from_stream(stream::poll_fn(move |cx| made.poll_recv(cx)));
    let (kind, ending) = match format {
        Format::Csv => ("text/csv; charset=utf-8", "csv"),
        Format::Xlsx => ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
    };
    let name = name.header(ending);
    Ok(([(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, name)], body).into_response())
}

/// Makes the content, says whether there is any, and writes it.
async fn written(
    ctx: Ctx,
    format: Format,
    begun: oneshot::Sender<Result<FileName, Trouble>>,
    to: mpsc::Sender<io::Result<Bytes>>,
    _permit: OwnedSemaphorePermit,
) {
    let content = match super::content(&ctx).await {
        Ok(content) => content,
        Err(trouble) => {
            // Who asked may have gone.
            let _ = begun.send(Err(trouble));
            return;
        }
    };
    if begun.send(Ok(FileName::of(&ctx, &content))).is_err() {
        return;
    }
    let pieces = Pieces(to.clone());
    let done = match format {
        Format::Csv => csv::write(&ctx, content, &pieces).await,
        Format::Xlsx => workbook::write(&ctx, content, pieces).await,
    };
    if let Err(Broken::Failed(failure)) = done {
        tracing::error!(%failure, "an export broke off");
        let _ = tokio::time::timeout(PATIENCE, to.send(Err(io::Error::other("broken off")))).await;
    }
}

/// All of a content, step by step.
fn steps<'a>(ctx: &'a Ctx, content: Content<'a>) -> Steps<'a> {
    let begin = stream::iter(about(ctx, &content));
    let blocks = stream::iter(content.blocks).flat_map(move |block| of_block(ctx, block));
    begin.chain(blocks).boxed()
}

/// Steps, or why there are no more.
type Steps<'a> = futures_util::stream::BoxStream<'a, Result<Step, Trouble>>;

/// A part with the rows that there are.
fn part(name: impl Into<String>, rows: Vec<Vec<Cell>>) -> [Result<Step, Trouble>; 2] {
    [Ok(Step::Part(name.into())), Ok(Step::Rows(rows))]
}

/// What it is of: title, day, head.
fn about(ctx: &Ctx, content: &Content<'_>) -> [Result<Step, Trouble>; 2] {
    let l = ctx.lang;
    let head = content.head.unwrap_or_else(|| ctx.shown.lateness.head());
    let row = |name: &str, cell: Cell| vec![name.into(), cell];
    let mut rows = vec![
        row(l.of("页面", "Page"), format!("{} {}", content.kind, content.title).into()),
        row(l.of("截至日期", "As of"), ctx.as_of.into()),
        row(l.of("账本", "Ledger"), Cell::code(ctx.origin())),
        row(l.of("截至记录", "Entry"), head.seq.into()),
        row(l.of("记录校验值", "Its check value"), Cell::code(head.hash.to_string())),
    ];
    if let Some(words) = ctx.of_the_future() {
        rows.push(row(l.of("注意", "Note"), words.into()));
    }
    part(l.of("说明", "About"), rows)
}

fn of_block<'a>(ctx: &'a Ctx, block: Block<'a>) -> Steps<'a> {
    let made = |step: [Result<Step, Trouble>; 2]| stream::iter(step).boxed();
    match block {
        Block::Figures(figures) => {
            let rows = figures.into_iter().map(|f| vec![f.label.into(), f.cell, f.note.into()]);
            made(part(ctx.lang.of("要点", "Figures"), rows.collect()))
        }
        Block::Facts(caption, facts) => {
            let rows = facts.into_iter().map(|(name, cell)| vec![name.into(), cell]);
            made(part(caption, rows.collect()))
        }
        Block::Chart(caption, sticks) => {
            let row = |stick: Stick| {
                let known = stick.lacks.is_none() || stick.value > Money::ZERO;
                let lacks = stick.lacks.map_or(Value::Nothing.into(), Cell::from);
                vec![stick.label.into(), known.then_some(stick.value).into(), lacks]
            };
            let rows = sticks.into_iter().map(row);
            made(part(caption, rows.collect()))
        }
        Block::Table(table) => of_table(table),
        Block::Pair(pair) => stream::iter(*pair).flat_map(of_table).boxed(),
        Block::Html(_) => stream::empty().boxed(),
    }
}

fn of_table(table: Table<'_>) -> Steps<'_> {
    let Table { caption, columns, rows, rest, total, .. } = table;
    // A bar repeats the figure beside it.
    let bars: Vec<bool> = columns.iter().map(|column| column.is_bar()).collect();
    let head = columns.iter().map(|column| Cell::from(column.head)).collect();
    let rest: Rest<'_> = rest.unwrap_or_else(|| stream::iter([Ok(rows)]).boxed());
    let rows =
        stream::iter([Ok(vec![head])]).chain(rest).chain(stream::iter(total.map(|total| Ok(vec![total]))));
    let without = move |mut rows: Vec<Vec<Cell>>| {
        for row in &mut rows {
            let mut bars = bars.iter();
            row.retain(|_| !bars.next().copied().unwrap_or_default());
        }
        Step::Rows(rows)
    };
    let rows = rows.map(move |rows| rows.map(&without));
    stream::iter([Ok(Step::Part(caption))]).chain(rows).boxed()
}

/// A trouble that comes when the answer has begun.
fn broken(trouble: Trouble) -> Broken {
    Broken::Failed(match trouble {
        Trouble::Failed(_, failure) => failure,
        other => Failure::cannot(other.words().0),
    })
}
