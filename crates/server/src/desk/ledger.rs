//! The ledger itself: its head, what is in it, who lags behind, what was taken in.

use super::address::Address;
use super::ctx::Ctx;
use super::spot::{At, Mark};
use super::table::{Block, Cell, Content, Figure, Pager, Rest, Table, Tone, Value, column};
use super::trouble::Trouble;
use super::words;
use futures_util::{StreamExt, stream};
use readmodel::TakenIn;

/// Files on a page.
const FILES: u32 = 50;

/// The page.
pub(super) async fn ledger(ctx: &Ctx) -> Result<Content<'_>, Trouble> {
    let l = ctx.lang;
    let head = ctx.node.ledger.reader().journal().head();
    let title = l.of("账本", "Ledger");
    Ok(Content {
        title: title.to_owned(),
        kind: l.of("账本状态", "State of the ledger"),
        crumbs: ctx.crumbs(vec![(title.to_owned(), Address::Ledger)]),
        blocks: vec![
            figures(ctx, head.seq),
            Block::Facts(l.of("最新一条记录", "Latest entry").to_owned(), facts(ctx, &head)),
            Block::Table(kinds(ctx)),
            Block::Table(file_table(ctx).await?),
        ],
        head: None,
    })
}

fn figures(ctx: &Ctx, head: u64) -> Block<'_> {
    let l = ctx.lang;
    let lag = head.saturating_sub(ctx.shown.lateness.head().seq);
    let voids = ctx.node.voids();
    let void = |number: Option<u64>| match number {
        Some(0) | None => Cell::from(0u64),
        Some(number) => Cell::from(number).toned(Tone::Warn),
    };
    let how = match voids {
        Some(_) => l.of("本服务启动以来", "since this service began"),
        None => l.of("", ""),
    };
    let mut figures = vec![
        Figure {
            label: l.of("记录", "Entries"),
            cell: head.into(),
            note: l.of("已保存", "saved").to_owned(),
        },
        Figure {
            label: l.of("无效记录", "Voids"),
            cell: void(voids.map(|(_, strangers)| strangers)),
            note: how.to_owned(),
        },
        Figure {
            label: l.of("重复记录", "Repeats"),
            cell: void(voids.map(|(repeats, _)| repeats)),
            note: l.of("与已保存的记录相同，不影响结果", "equal a saved entry, harmless").to_owned(),
        },
        Figure {
            label: l.of("查询数据滞后", "Figures behind"),
            cell: lag.into(),
            note: l.of("条", "entries").to_owned(),
        },
    ];
    if let Some(lag) = ctx.node.copy_lag() {
        figures.push(Figure {
            label: l.of("本机副本滞后", "Copy on this machine behind"),
            cell: lag.into(),
            note: l.of("条", "entries").to_owned(),
        });
    }
    Block::Figures(figures)
}

fn facts(ctx: &Ctx, head: &chain::Head) -> Vec<(&'static str, Cell)> {
    let l = ctx.lang;
    let last = match ctx.node.verified() {
        Some((from, to, true)) => Cell::from(l.of(
            format!("校验通过（范围：第 {from} 至 {to} 条记录的顺序与内容）"),
            format!("holds (chain and bodies of entries {from} to {to})"),
        ))
        .toned(Tone::Good),
        Some((from, to, false)) => Cell::from(l.of(
            format!("未通过：第 {from} 至 {to} 条记录的顺序与内容校验通过，下一条不符"),
            format!("does not hold: chain and bodies of entries {from} to {to} do, the next does not"),
        ))
        .toned(Tone::Bad),
        None => {
            Cell::from(l.of("本服务启动以来未在页面上校验", "not from these pages since this service began"))
                .toned(Tone::Quiet)
        }
    };
    let mut facts = vec![
        (l.of("名称", "Origin"), Cell::code(ctx.origin())),
        (l.of("序号", "Sequence"), Cell::code(head.seq.to_string())),
        (l.of("校验值", "Check value"), Cell::code(head.hash.to_string())),
        (l.of("最后记录时间", "Recorded at"), Value::Time(head.recorded_at).into()),
        (l.of("最近一次校验", "Last verification"), last),
    ];
    if head.seq > 0 {
        let link = Cell::from(l.of(
            "从第 1 条记录开始，校验全部记录",
            "open entry 1, from which the whole chain can be verified",
        ));
        facts.push((l.of("核对", "Verify"), link.to(ctx.href(&Address::Entry(1)))));
    }
    facts
}

fn kinds(ctx: &Ctx) -> Table<'_> {
    let l = ctx.lang;
    let row = |(name, number): (&String, &u64)| {
        vec![words::kind(l, name).into(), Cell::code(name.as_str()), (*number).into()]
    };
    let mut table = Table {
        caption: l.of("各类记录", "Entries by kind").to_owned(),
        columns: vec![
            column("kind", l.of("类型", "Kind")),
            column("type", l.of("代码", "Type")),
            column("number", l.of("条数", "Entries")),
        ],
        rows: ctx.shown.lateness.kinds().iter().map(row).collect(),
        empty: l.of("账本还是空的。", "The ledger is empty."),
        sortable: true,
        ..Table::default()
    };
    table.sort(ctx.asked.sort.as_ref());
    table
}

/// Files one after the other, the latest first.
async fn file_table(ctx: &Ctx) -> Result<Table<'_>, Trouble> {
    let l = ctx.lang;
    let mut table = Table {
        caption: l.of("已导入的文件，最近的在前", "Files taken in, the latest first").to_owned(),
        columns: vec![
            column("file", l.of("记录", "Entry")),
            column("file_kind", l.of("类型", "Kind")),
            column("recorded", l.of("新记录", "Recorded")),
            column("known", l.of("已有", "Known")),
            column("refused", l.of("拒绝", "Refused")),
            column("bytes", l.of("字节", "Bytes")),
            column("by", l.of("填报人", "Handed in by")),
            column("digest", "SHA-256"),
        ],
        empty: l.of("还没有导入过文件。", "No file was taken in yet."),
        ..Table::default()
    };
    if ctx.asked.format.is_some() {
        table.rest = Some(all_files(ctx));
        return Ok(table);
    }
    let model = &ctx.shown.model;
    let mark = |mark: &Mark| mark.entry().ok_or(Trouble::BadField(l, "after"));
    let (found, back) = match &ctx.asked.at {
        At::Beginning => (model.files_before(end(ctx), FILES + 1).await, false),
        At::After(row) => (model.files_before(mark(row)?, FILES + 1).await, false),
        At::Before(row) => (model.files_after(mark(row)?, FILES + 1).await, true),
    };
    let mut files = found.map_err(|error| ctx.trouble(error))?;
    let more = u32::try_from(files.len()).is_ok_and(|found| found > FILES);
    files.truncate(usize::try_from(FILES).unwrap_or(usize::MAX));
    if back {
        files.reverse();
    }
    let (is_before, is_after) = if back { (more, true) } else { (ctx.asked.at != At::Beginning, more) };
    let row = |file: Option<&TakenIn>| file.map(|file| Mark::of_entry(file.seq));
    let (previous, next) = (row(files.first()).filter(|_| is_before), row(files.last()).filter(|_| is_after));
    let is_whole = previous.is_none() && next.is_none();
    table.pager = (!is_whole).then(|| Pager::to(ctx, previous.as_ref(), next.as_ref()));
    table.rows = files.iter().map(|file| file_cells(ctx, file)).collect();
    Ok(table)
}

/// What no file of the page's state of the ledger reaches.
fn end(ctx: &Ctx) -> u64 {
    ctx.shown.lateness.head().seq.saturating_add(1)
}

fn all_files(ctx: &Ctx) -> Rest<'_> {
    let steps = stream::try_unfold(end(ctx), move |before| async move {
        let files = ctx.shown.model.files_before(before, FILES).await.map_err(|error| ctx.trouble(error))?;
        let last = files.last().map(|file| file.seq);
        Ok(last.map(|last| (files.iter().map(|file| file_cells(ctx, file)).collect(), last)))
    });
    steps.boxed()
}

fn file_cells(ctx: &Ctx, file: &TakenIn) -> Vec<Cell> {
    let refused = Cell::from(file.refused);
    vec![
        Cell::code(file.seq.to_string()).to(ctx.href(&Address::Entry(file.seq))),
        file.kind.as_str().into(),
        file.recorded.into(),
        file.already_recorded.into(),
        if file.refused > 0 { refused.toned(Tone::Warn) } else { refused },
        file.bytes.into(),
        words::account(ctx.lang, &file.actor),
        Cell::code(file.digest.get(..16).unwrap_or_default()),
    ]
}
