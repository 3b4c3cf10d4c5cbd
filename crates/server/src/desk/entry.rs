//! An entry: what it says, where it stands, where it came from, and whether the chain holds from it to the head.

use super::address::Address;
use super::ctx::Ctx;
use super::html::china_time;
use super::lang::Lang;
use super::table::{Block, Cell, Content, Table, Tone, Value, column};
use super::trouble::Trouble;
use super::verify::{self, Checked, Fault};
use super::words;
use ledger::{ReadFailed, Recorded};
use maud::html;
use uuid::Uuid;
use wages::{Event, ProjectCode, SubjectKind, UNKNOWN};

/// So much of a body is shown, in bytes of the page.
const BODY_SHOWN_MAX: usize = 60 * 1024;

/// The page; with what was checked, when it was asked for.
pub(super) async fn entry(ctx: &Ctx, seq: u64, checked: Option<Checked>) -> Result<Content<'_>, Trouble> {
    let l = ctx.lang;
    let (mut entry, body, salt) = read(ctx, seq).await?;
    if entry.event.subject_kind() == SubjectKind::Crew {
        ctx.open_labels(std::slice::from_mut(&mut entry)).await?;
    }
    let kind = words::kind(l, entry.event.type_name());
    let title = l.of(format!("第 {seq} 条记录"), format!("Entry {seq}"));
    let mut blocks = vec![Block::Html(html! {
        p class="says" { (words::describe(l, &entry.event)) }
    })];
    blocks.push(verification(ctx, seq, checked.as_ref()));
    blocks.push(Block::Facts(l.of("记录内容", "What it records").to_owned(), about(ctx, &entry).await?));
    blocks.push(Block::Facts(l.of("来源", "Where it came from").to_owned(), source(ctx, &entry).await?));
    blocks.push(neighbours(ctx, &entry).await?);
    blocks.push(Block::Table(header(ctx, &entry, &salt)));
    let begun = beginning(&body);
    blocks.push(Block::Html(html! {
        section class="block" {
            h2 { (l.of("原始内容", "As recorded")) }
            p class="note" { (l.of(
                "c 与 x 为加密后的个人信息。校验值按以下内容逐字节计算。",
                "c is a commitment, x a ciphertext: sealed personal data. These bytes are what was hashed.",
            )) }
            pre class="body" tabindex="0" { (begun) }
            @if begun.len() < body.len() {
                p class="note" {
                    (l.of("内容太长，这里只显示开头；全文：", "The body is long, and this is its beginning; all of it: "))
                    a href={ "/v1/entries/" (seq) } { "/v1/entries/" (seq) }
                }
            }
        }
    }));
    let crumbs = ctx.crumbs(vec![
        (l.of("账本", "Ledger").to_owned(), Address::Ledger),
        (title.clone(), ctx.address.clone()),
    ]);
    Ok(Content {
        title: format!("{title} · {kind}"),
        kind: l.of("记录", "Entry"),
        crumbs,
        blocks,
        head: None,
    })
}

/// As much of a body as a page has room for, counted as HTML writes it.
fn beginning(body: &str) -> &str {
    let written = |c: char| match c {
        '"' => "&quot;".len(),
        '<' | '>' => "&lt;".len(),
        '&' => "&amp;".len(),
        other => other.len_utf8(),
    };
    let mut room = BODY_SHOWN_MAX;
    let end = body.char_indices().find(|(_, c)| {
        let left = room.checked_sub(written(*c));
        room = left.unwrap_or_default();
        left.is_none()
    });
    end.and_then(|(at, _)| body.get(..at)).unwrap_or(body)
}

/// Checks from the entry to the head, then shows the entry with what was found.
pub(super) async fn verified(ctx: &Ctx, seq: u64) -> Result<Content<'_>, Trouble> {
    let reader = ctx.node.ledger.reader().clone();
    let checked = tokio::task::spawn_blocking(move || verify::check(&reader, seq)).await;
    let checked = match checked.map_err(|error| ctx.failed(error))? {
        Ok(checked) => checked,
        Err(ReadFailed::Missing { .. }) => return Err(ctx.nowhere()),
        Err(error) => return Err(ctx.failed(error)),
    };
    ctx.node.note_verified(checked.from, checked.to, checked.broken.is_none());
    entry(ctx, seq, Some(checked)).await
}

async fn read(ctx: &Ctx, seq: u64) -> Result<(Recorded, String, String), Trouble> {
    let reader = ctx.node.ledger.reader().clone();
    let read = tokio::task::spawn_blocking(move || -> Result<_, ReadFailed> {
        let entry = reader.entry(seq)?;
        let records = reader.journal().read(seq, journal::ReadLimit::ONE)?;
        let record = records.iter().next().ok_or(ReadFailed::Missing { seq })?.1;
        Ok((entry, String::from_utf8_lossy(record.body).into_owned(), hex::encode(record.salt)))
    });
    match read.await.map_err(|error| ctx.failed(error))? {
        Ok(read) => Ok(read),
        Err(ReadFailed::Missing { .. }) => Err(ctx.nowhere()),
        Err(error) => Err(ctx.failed(error)),
    }
}

fn verification(ctx: &Ctx, seq: u64, checked: Option<&Checked>) -> Block<'static> {
    let l = ctx.lang;
    let more = checked.filter(|checked| checked.broken.is_none() && !checked.whole());
    Block::Html(html! {
        section class="block verify" aria-live="polite" {
            @if let Some(checked) = checked {
                @let (tone, verdict) = verdict(l, checked);
                p class={ "verdict " (tone) } { strong { (verdict) } }
                ul class="checked" {
                    li { (l.of("每条记录都接在前一条之后，序号连续", "each entry follows the one before it: link and number")) }
                    li { (l.of("每条记录的内容与记录头相符", "each body fits the digest in its header")) }
                    li { (l.of("内容格式完整", "each fact can be read")) }
                    li { (l.of("最新一条记录的校验值：", "the last hash is the head's: ")) code { (checked.head.hash) } }
                }
                p class="note" { (l.of(
                    "未校验：工资表与批次的定稿核对、加密内容、密钥库、查询数据；完整校验请运行 wageledger verify。",
                    "Not checked here: seals of sheets and batches, sealed fields, vault, read model; wageledger verify checks those.",
                )) }
            }
            @if let Some(checked) = more {
                form method="post" action=(ctx.href(&Address::Entry(checked.to))) {
                    button type="submit" { (l.of("从这里继续校验", "Go on from here")) }
                }
            } @else {
                form method="post" action=(ctx.href(&Address::Entry(seq))) {
                    button type="submit" { (l.of("校验是否被改动", "Verify the chain from here to the head")) }
                }
            }
        }
    })
}

/// What was found, with its scope in the same sentence, and how it is coloured.
fn verdict(l: Lang, checked: &Checked) -> (&'static str, String) {
    let Checked { from, to, head, broken } = checked;
    let entries = (to + 1).saturating_sub(*from);
    match broken {
        Some((unknown, Fault::Unknown)) => (
            "bad",
            l.of(
                format!("未通过：本程序不能理解第 {unknown} 条记录的内容，其后未校验。请运行 wageledger verify。"),
                format!("Does not hold: this program does not understand entry {unknown}; what follows is not checked. Run wageledger verify."),
            ),
        ),
        Some((broken, Fault::Chain)) => (
            "bad",
            l.of(
                format!("未通过：第 {broken} 条记录与前后记录或其内容不符，可能被改动。请运行 wageledger verify。"),
                format!("Does not hold: entry {broken} does not fit the chain, or its body. Run wageledger verify."),
            ),
        ),
        None if checked.whole() => (
            "good",
            l.of(
                format!("校验通过（范围：第 {from} 条至最新的第 {to} 条，共 {entries} 条记录的顺序与内容）"),
                format!("Holds (chain and bodies, from entry {from} to the head {to}: {entries} entries)"),
            ),
        ),
        None => (
            "warn",
            l.of(
                format!("校验到此通过（范围：第 {from} 条至第 {to} 条；最新为第 {} 条）", head.seq),
                format!("Holds so far (chain and bodies, from entry {from} to {to}; the head is {})", head.seq),
            ),
        ),
    }
}

async fn about(ctx: &Ctx, entry: &Recorded) -> Result<Vec<(&'static str, Cell)>, Trouble> {
    let l = ctx.lang;
    let subject = entry.subject();
    let mut facts = vec![(
        l.of("类型", "Type"),
        Cell::code(format!("{} v{}", entry.event.type_name(), entry.event.version())),
    )];
    let model = &ctx.shown.model;
    if model.worker(subject).await.map_err(|error| ctx.trouble(error))?.is_some() {
        let name = Cell::from(ctx.worker_name(subject)).to(ctx.href(&Address::Worker(subject)));
        facts.push((l.of("工人", "Worker"), name));
    }
    if let Some(line) = model.line(entry.header.seq).await.map_err(|error| ctx.trouble(error))? {
        let link = Cell::from(l.of(format!("{} 工资明细", line.month), format!("wages of {}", line.month)));
        facts.push((l.of("工资明细", "Wage line"), link.to(ctx.href(&Address::Line(line.line)))));
    }
    if let Some(project) = project_of(&entry.event) {
        let name = Cell::from(ctx.project_name(project.as_str())).to(ctx.href(&Address::Project(project)));
        facts.push((l.of("项目", "Project"), name));
    }
    if let Some(named) = entry.event.refers().and_then(wages::Refers::entry) {
        let link = Cell::from(l.of(format!("第 {named} 条记录"), format!("entry {named}")));
        facts.push((l.of("所指记录", "Corrects, or speaks of"), link.to(ctx.href(&Address::Entry(named)))));
    }
    facts.push((l.of("记录时间", "Recorded at"), Value::Time(entry.header.recorded_at).into()));
    Ok(facts)
}

/// The project that a fact names, where its recorded form has one.
fn project_of(event: &Event) -> Option<ProjectCode> {
    let value = event.to_value().ok()?;
    let named = value
        .get("project")
        .or_else(|| value.pointer("/of/project"))
        .or_else(|| value.pointer("/payment/project"));
    named.or_else(|| value.get("code"))?.as_str()?.parse().ok()
}

async fn source(ctx: &Ctx, entry: &Recorded) -> Result<Vec<(&'static str, Cell)>, Trouble> {
    let l = ctx.lang;
    let source = &entry.source;
    let said = |text: &str| words::known(l, text);
    let mut file = said(&source.file);
    if source.file != UNKNOWN {
        file = Cell::code(source.file.as_str());
        let known = ctx.shown.model.file_known(&source.file).await.map_err(|error| ctx.trouble(error))?;
        if let Some(seq) = known {
            file = file.to(ctx.href(&Address::Entry(seq)));
        }
    }
    Ok(vec![
        (l.of("填报人", "Handed in by"), words::account(l, &source.actor.to_string())),
        (l.of("报送单位", "On behalf of"), said(&source.on_behalf_of.to_string())),
        (l.of("授权记录", "Under the grant of entry"), said(&source.grant.to_string())),
        (l.of("途径", "Way in"), Cell::from(words::channel(l, source.channel))),
        (l.of("文件校验值", "Check value of the file"), file),
        (l.of("第几张工作表", "Number of the sheet"), said(&source.sheet.to_string())),
        (
            l.of("行", "Row"),
            source.row.get().map_or_else(|| said(UNKNOWN), |row| Cell::code(row.to_string())),
        ),
        (l.of("设备", "Device"), said(&source.device)),
        (l.of("采集时间", "Captured at"), said(&source.captured_at)),
    ])
}

async fn neighbours(ctx: &Ctx, entry: &Recorded) -> Result<Block<'static>, Trouble> {
    let l = ctx.lang;
    let header = &entry.header;
    let link = |seq: Option<u64>| match seq {
        Some(seq) => Cell::code(seq.to_string()).to(ctx.href(&Address::Entry(seq))),
        None => Cell::from(l.of("没有", "none")).toned(Tone::Quiet),
    };
    let head = ctx.node.ledger.reader().journal().head().seq;
    let next = ctx.shown.model.entry_after(entry.subject(), header.seq).await;
    let next = next.map_err(|error| ctx.trouble(error))?;
    let facts = vec![
        (l.of("前一条记录", "Before it"), link(header.seq.checked_sub(1).filter(|seq| *seq > 0))),
        (l.of("后一条记录", "After it"), link(Some(header.seq + 1).filter(|seq| *seq <= head))),
        (
            l.of("同一工人（单位、项目）的前一条", "Before it of the same worker, project or organisation"),
            link(Some(header.subject_prev).filter(|seq| *seq > 0)),
        ),
        (
            l.of("同一工人（单位、项目）的后一条", "After it of the same worker, project or organisation"),
            link(next),
        ),
    ];
    Ok(Block::Facts(l.of("前后记录", "Neighbours").to_owned(), facts))
}

/// The header field by field, with what each means.
fn header(ctx: &Ctx, entry: &Recorded, salt: &str) -> Table<'static> {
    let l = ctx.lang;
    let h = &entry.header;
    let kind = match h.kind {
        chain::Kind::Ledger => "0",
        chain::Kind::Subject => "1",
    };
    let fields: Vec<(&str, String, &str)> = vec![
        ("magic", "WLE1".to_owned(), l.of("格式第 1 版", "the format, version 1")),
        ("suite", "1".to_owned(), l.of("校验算法，现只有第 1 种", "algorithms, so far the first")),
        (
            "kind",
            kind.to_owned(),
            l.of("0 = 关于账本本身，1 = 其他", "0 = about the ledger itself, 1 = all else"),
        ),
        ("seq", h.seq.to_string(), l.of("在账本中的序号，从 1 起", "place in the ledger, from 1")),
        (
            "recorded_at",
            format!("{} ({})", h.recorded_at, china_time(h.recorded_at)),
            l.of(
                "记入账本的时间，自 1970 年起的微秒数（UTC）",
                "when the ledger says it learned this, µs since 1970 UTC",
            ),
        ),
        ("prev", h.prev.to_string(), l.of("前一条记录的校验值", "check value of the entry before")),
        (
            "body_digest",
            h.body_digest.to_string(),
            l.of("随机值与原始内容的校验值", "check value of salt and body"),
        ),
        (
            "subject",
            Uuid::from_bytes(h.subject).to_string(),
            l.of("记录对象的代号", "whom it is about, a pseudonym"),
        ),
        (
            "subject_seq",
            h.subject_seq.to_string(),
            l.of("在该对象各条记录中的序号", "place among the entries about it"),
        ),
        (
            "subject_prev",
            h.subject_prev.to_string(),
            l.of("该对象的前一条记录，0 = 没有", "the entry about it before, 0 = none"),
        ),
        (
            "command_id",
            Uuid::from_bytes(h.command_id).to_string(),
            l.of(
                "所属的报送操作；同一操作只记一次",
                "the command that caused it; recorded once however often it is sent",
            ),
        ),
        (
            "salt",
            salt.to_owned(),
            l.of("随机值，与原始内容一起存放，不在记录头中", "stands beside the body, not in the header"),
        ),
        (
            "hash",
            entry.hash.to_string(),
            l.of("由以上各项算出的校验值，即下一条的 prev", "made of all the above: the next entry's prev"),
        ),
    ];
    Table {
        caption: l.of("记录头（逐项）", "The header, field by field").to_owned(),
        columns: vec![
            column("field", l.of("项", "Field")),
            column("value", l.of("值", "Value")),
            column("meaning", l.of("含义", "Meaning")),
        ],
        rows: fields
            .into_iter()
            .map(|(name, value, meaning)| vec![Cell::code(name), Cell::code(value), meaning.into()])
            .collect(),
        ..Table::default()
    }
}
