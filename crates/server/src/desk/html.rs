//! Content as HTML.

use super::address::Address;
use super::ctx::Ctx;
use super::lang::Lang;
use super::table::{Block, Cell, Column, Content, Figure, Pager, Stick, Table, Tone, Value};
use super::trouble::Trouble;
use crate::print::amount;
use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use maud::{DOCTYPE, Markup, html};
use unicode_width::UnicodeWidthStr;

/// Tables with more columns are printed across the paper.
const UPRIGHT_COLUMNS_MAX: usize = 10;
/// Tables with so few columns are as wide as what is in them: stretched, their columns would lie far apart.
const FEW_COLUMNS_MAX: usize = 4;
/// Texts up to this width, in half-width characters, stand on one line.
const WORD_WIDTH: usize = 16;

/// China time, to the second.
pub(super) fn china_time(us: i64) -> String {
    match Timestamp::from_microsecond(us) {
        Ok(time) => {
            time.to_zoned(TimeZone::fixed(Offset::constant(8))).strftime("%Y-%m-%d %H:%M:%S").to_string()
        }
        Err(_) => us.to_string(),
    }
}

/// With thousands separators.
pub(super) fn count(number: i64) -> String {
    let text = amount(rules::Money::from_fen(number.saturating_mul(100)));
    text.trim_end_matches(".00").to_owned()
}

/// A value as people read it.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::Nothing => "—".to_owned(),
        Value::Count(number) => count(*number),
        Value::Money(money) => amount(*money),
        Value::Days(days) => days.to_string(),
        Value::Date(date) => date.to_string(),
        Value::Month(month) => month.to_string(),
        Value::Time(us) => china_time(*us),
        Value::Text(text) | Value::Code(text) => text.clone(),
        Value::Bar(part, whole) => share(*part, *whole),
    }
}

fn tone(tone: Tone) -> &'static str {
    match tone {
        Tone::Bad => "tone bad",
        Tone::Warn => "tone warn",
        Tone::Good => "tone good",
        Tone::Quiet => "tone quiet",
    }
}

fn value(cell: &Cell) -> Markup {
    let text = shown(&cell.value);
    let inner = html! {
        @match (&cell.value, cell.tone) {
            (Value::Bar(part, whole), _) => { span class="share" { (text) } (bar(*part, *whole)) },
            (Value::Code(_), None) => code { (text) },
            (_, Some(mark)) => span class=(tone(mark)) { (text) },
            _ => (text),
        }
    };
    html! { @if let Some(href) = &cell.href { a href=(href) { (inner) } } @else { (inner) } }
}

/// A part of a whole in tenths of a percent, rounded half up.
fn per_mille(part: i64, whole: i64) -> i64 {
    let (part, whole) = (i128::from(part.max(0)), i128::from(whole.max(1)));
    i64::try_from(((part * 2000 + whole) / (whole * 2)).clamp(0, 1000)).unwrap_or(0)
}

/// A share in words; of what is there, never nothing.
fn share(part: i64, whole: i64) -> String {
    match per_mille(part, whole) {
        0 if part > 0 => "<0.1%".to_owned(),
        tenths => format!("{}.{}%", tenths / 10, tenths % 10),
    }
}

/// A bar beside its percentage: whoever cannot see it misses nothing.
fn bar(part: i64, whole: i64) -> Markup {
    let width = per_mille(part, whole).max(i64::from(part > 0) * 4);
    html! {
        svg class="bar" viewBox="0 0 1000 100" preserveAspectRatio="none" aria-hidden="true" {
            rect width=(width) {}
        }
    }
}

fn class(column: &Column, table: &Table<'_>) -> &'static str {
    let at = table.columns.iter().position(|c| c.name == column.name).unwrap_or_default();
    if column.is_bar() {
        return "b";
    }
    let cells = table.rows.iter().chain(table.total.as_ref()).filter_map(|row| row.get(at));
    let mut class = "";
    let mut longest = 0;
    for cell in cells {
        match &cell.value {
            // Where one number stands, all cells of the column stand as numbers do.
            value if value.is_number() => return "n",
            Value::Date(_) | Value::Month(_) | Value::Time(_) | Value::Code(_) => class = "s",
            Value::Text(text) => longest = longest.max(text.width()),
            _ => {}
        }
    }
    // Words so short are not broken.
    if class.is_empty() && (1..=WORD_WIDTH).contains(&longest) { "s" } else { class }
}

fn head(ctx: &Ctx, table: &Table<'_>, column: &Column) -> Markup {
    let class = class(column, table);
    let sorted = ctx.asked.sort.as_ref().filter(|(name, _)| name == column.name).map(|(_, down)| *down);
    // Numbers are looked at from the largest on.
    let down = sorted.map_or(class == "n", |down| !down);
    let name = format!("{}{}", if down { "-" } else { "" }, column.name);
    let direction = sorted.map(|down| if down { "descending" } else { "ascending" });
    html! {
        th scope="col" class=[(!class.is_empty()).then_some(class)] aria-sort=[direction] {
            @if table.sortable && column.sorts {
                a href=(ctx.here(&[("sort", &name), ("after", ""), ("before", "")])) {
                    (column.head)
                    @if let Some(down) = sorted {
                        span class="arrow" aria-hidden="true" { (if down { " ▼" } else { " ▲" }) }
                    }
                }
            } @else { (column.head) }
        }
    }
}

fn table(ctx: &Ctx, at: usize, table: &Table<'_>) -> Markup {
    let classes: Vec<&str> = table.columns.iter().map(|column| class(column, table)).collect();
    let attr = |at: usize| classes.get(at).copied().filter(|class| !class.is_empty());
    // On a narrow screen each cell stands under the other, beside the head of its column.
    let label = |at: usize| table.columns.get(at).map(|column| column.head);
    html! {
        section class="block" id={ "t" (at) } {
            div class="wide" tabindex="0" role="region" aria-label=(table.caption) {
                table class=(if table.columns.len() <= FEW_COLUMNS_MAX { "sheet few" } else { "sheet" }) {
                    caption { (table.caption) }
                    thead { tr { @for column in &table.columns { (head(ctx, table, column)) } } }
                    tbody {
                        @for row in &table.rows {
                            tr { @for (at, cell) in row.iter().enumerate() {
                                @if at == 0 { th scope="row" class=[attr(at)] { (value(cell)) } }
                                @else { td class=[attr(at)] data-h=[label(at)] { (value(cell)) } }
                            } }
                        }
                        @if table.rows.is_empty() {
                            tr { td class="none" colspan=(table.columns.len()) { (none(ctx.lang, table)) } }
                        }
                    }
                    @if let Some(total) = &table.total {
                        tfoot { tr { @for (at, cell) in total.iter().enumerate() {
                            @if at == 0 { th scope="row" { (value(cell)) } }
                            @else { td class=[attr(at)] data-h=[label(at)] { (value(cell)) } }
                        } } }
                    }
                }
            }
            @if let Some(note) = &table.note { p class="note" { (note) } }
            @if let Some((text, href)) = &table.more { p class="more" { a href=(href) { (text) } } }
            @if let Some(pager) = &table.pager { (pages(ctx.lang, pager, &table.caption)) }
        }
    }
}

/// What stands in the place of rows where there are none.
fn none(l: Lang, table: &Table<'_>) -> &'static str {
    match table.pager {
        None => table.empty,
        Some(_) => l.of("这里没有更多内容。", "No row is left here."),
    }
}

fn pages(l: Lang, pager: &Pager, of: &str) -> Markup {
    let Pager { first, previous, next, place } = pager;
    html! {
        nav class="pages" aria-label={ (l.of("翻页：", "Pages of ")) (of) } {
            @if let Some(first) = first { a href=(first) { (l.of("回到开头", "To the beginning")) } }
            @if let Some(previous) = previous { a href=(previous) rel="prev" { (l.of("← 上一页", "← Previous")) } }
            @if let Some((from, to, all)) = place {
                span { (l.of(format!("第 {}–{} 行，共 {} 行", number(*from), number(*to), number(*all)),
                             format!("Rows {}–{} of {}", number(*from), number(*to), number(*all)))) }
            }
            @if let Some(next) = next { a href=(next) rel="next" { (l.of("下一页 →", "Next →")) } }
            @else { span { (l.of("已到末尾", "This is the end")) } }
        }
    }
}

pub(super) fn number(number: usize) -> String {
    count(i64::try_from(number).unwrap_or(i64::MAX))
}

fn figures(figures: &[Figure]) -> Markup {
    html! {
        dl class="figures" {
            @for figure in figures {
                div {
                    dt { (figure.label) }
                    dd class="figure" { (value(&figure.cell)) }
                    dd class="note" { (figure.note) }
                }
            }
        }
    }
}

fn facts(caption: &str, facts: &[(&'static str, Cell)]) -> Markup {
    html! {
        section class="block" {
            h2 { (caption) }
            dl class="facts" {
                @for (name, cell) in facts { div { dt { (name) } dd { (value(cell)) } } }
            }
        }
    }
}

/// Amounts over time, as sticks that lead to their days; each is told by the words above and below it.
fn chart(l: Lang, caption: &str, sticks: &[Stick]) -> Markup {
    const WIDTH: i64 = 720;
    const HEIGHT: i64 = 150;
    const STEP: i64 = 60;
    /// The axis; above the highest stick its amount and what it lacks have a line each.
    const BASE: i64 = HEIGHT + 32;
    let most = sticks.iter().map(|stick| stick.value.fen()).max().unwrap_or_default().max(1);
    let height =
        |value: i64| i64::try_from(i128::from(value) * i128::from(HEIGHT) / i128::from(most)).unwrap_or(0);
    html! {
        figure class="block chart" {
            figcaption { (caption) }
            div class="wide" tabindex="0" role="region" aria-label=(caption) {
                svg viewBox={ "0 0 " (WIDTH) " " (BASE + 28) } role="group" aria-label=(caption) {
                    @for (at, stick) in (0i64..).zip(sticks) {
                        @let tall = height(stick.value.fen());
                        a href=(stick.href) {
                            rect class="ground" x=(at * STEP) y="0" width=(STEP) height=(BASE + 28) {}
                            rect class="stick" x=(at * STEP + 12) y=(BASE - tall) width="36" height=(tall) {}
                            @if let Some(lacks) = stick.lacks {
                                // Above what is known, as high as it is: how much is missing nobody can tell.
                                rect class="lacks" x=(at * STEP + 12) y="0" width="36" height=(BASE - tall) {}
                                text x=(at * STEP + 30) y="12" class="top" { (lacks) }
                            }
                            @if stick.lacks.is_none() || stick.value > rules::Money::ZERO {
                                text x=(at * STEP + 30) y=(BASE - 6 - tall) class="top" { (short(l, stick.value.fen())) }
                            }
                            text x=(at * STEP + 30) y=(BASE + 18) class="foot" { (stick.label.get(2..7).unwrap_or_default()) }
                        }
                    }
                    line x1="0" x2=(WIDTH) y1=(BASE) y2=(BASE) {}
                }
            }
        }
    }
}

/// An amount in so few figures that it fits above a stick: 95.5k, 1.29M; 9.5万, 129.5万.
fn short(l: Lang, fen: i64) -> String {
    let yuan = fen / 100;
    let of = |unit: i64, name: &str| {
        let tenths = (yuan + unit / 20) / (unit / 10);
        format!("{}.{}{name}", tenths / 10, tenths % 10)
    };
    match (l, yuan) {
        (_, ..1_000) => yuan.to_string(),
        (Lang::Zh, ..10_000) => yuan.to_string(),
        (Lang::Zh, ..100_000_000) => of(10_000, "万"),
        (Lang::Zh, _) => of(100_000_000, "亿"),
        (Lang::En, ..1_000_000) => of(1_000, "k"),
        (Lang::En, _) => of(1_000_000, "M"),
    }
}

/// A whole page.
pub(super) fn page(ctx: &Ctx, content: &Content<'_>) -> Markup {
    let l = ctx.lang;
    let head = content.head.unwrap_or_else(|| ctx.shown.lateness.head());
    let hash = head.hash.to_string();
    let exports = content
        .blocks
        .iter()
        .any(|block| matches!(block, Block::Table(_) | Block::Pair(_) | Block::Figures(_)));
    let export = |format| ctx.here(&[("format", format), ("after", ""), ("before", "")]);
    let body = html! {
        header class="top" {
            a class="skip" href="#main" { (l.of("跳到主要内容", "To the content")) }
            div class="bar1" {
                a class="brand" href=(ctx.href(&Address::Landing)) { (l.of("工资账本", "Wage ledger")) }
                nav aria-label=(l.of("主要页面", "Main pages")) {
                    @for (address, name) in [
                        (Address::Landing, l.of("总览", "Overview")),
                        (Address::Arrears, l.of("拖欠明细", "Overdue lines")),
                        (Address::Warnings, l.of("预警", "Warnings")),
                        (Address::Projects, l.of("项目", "Projects")),
                        (Address::Firms, l.of("单位", "Firms")),
                        (Address::Ledger, l.of("账本", "Ledger")),
                        (Address::Search, l.of("查询", "Search")),
                    ] {
                        a href=(ctx.href(&address)) aria-current=[(address == ctx.address).then_some("page")] { (name) }
                    }
                }
                nav class="langs" aria-label=(l.of("语言", "Language")) {
                    @for lang in Lang::ALL {
                        a href=(ctx.here(&[("lang", lang.code())])) lang=(lang.tag()) hreflang=(lang.tag())
                            aria-current=[(lang == l).then_some("true")] { (lang.name()) }
                    }
                }
            }
        }
        @if content.crumbs.len() > 1 {
            nav class="crumbs" aria-label=(l.of("位置", "You are here")) {
                ol { @for (at, (name, href)) in content.crumbs.iter().enumerate() {
                    li { @if at + 1 == content.crumbs.len() { span aria-current="page" { (name) } }
                         @else { a href=(href) { (name) } } }
                } }
            }
        }
        main id="main" {
            div class="title" {
                div { p class="kind" { (content.kind) } h1 { (content.title) } }
                @if ctx.address.is_of_a_day() {
                    (ctx.day_form())
                    p class="printed" { (l.of("截至日期 ", "As of ")) (ctx.as_of) }
                }
            }
            @if let Some(words) = ctx.of_the_future() {
                p class="future tone warn" role="note" { (words) }
            }
            @for (at, block) in content.blocks.iter().enumerate() {
                @match block {
                    Block::Figures(all) => (figures(all)),
                    Block::Table(one) => (table(ctx, at, one)),
                    Block::Pair(pair) => div class="pair" { @for (place, one) in pair.iter().enumerate() { (table(ctx, at * 10 + place + 100, one)) } },
                    Block::Chart(caption, sticks) => (chart(l, caption, sticks)),
                    Block::Facts(caption, all) => (facts(caption, all)),
                    Block::Html(markup) => (markup),
                }
            }
            @if exports {
                p class="exports" {
                    (l.of("导出全部：", "Export all: "))
                    a href=(export("xlsx")) { "Excel (.xlsx)" } " · "
                    a href=(export("csv")) { "CSV" }
                }
            }
        }
        footer {
            p {
                (l.of("账本 ", "Ledger ")) (ctx.origin()) " · "
                @if ctx.address.is_of_a_day() { (l.of("截至日期 ", "as of ")) (ctx.as_of) " · " }
                (l.of("截至第 ", "as of entry "))
                @if head.seq > 0 { a href=(ctx.href(&Address::Entry(head.seq))) { (head.seq) } } @else { "0" }
                (l.of(" 条记录，校验值 ", " ")) code { (hash.get(..16).unwrap_or_default()) "…" }
            }
            p { (l.of(
                "已付金额算到所选日期当日为止；工资按现有效的工资表计算。未报送、不明不等于零。",
                "Payments count up to the end of the chosen day; wages count in the version in force now. Unknown is not zero.",
            )) }
        }
    };
    document(l, &content.title, is_across(content), &body)
}

/// Whether a table of the page is too wide for upright paper.
fn is_across(content: &Content<'_>) -> bool {
    let is_wide = |table: &Table<'_>| table.columns.len() > UPRIGHT_COLUMNS_MAX;
    content.blocks.iter().any(|block| match block {
        Block::Table(table) => is_wide(table),
        Block::Pair(pair) => pair.iter().any(is_wide),
        _ => false,
    })
}

/// A page that says what is wrong.
pub(super) fn trouble(trouble: &Trouble) -> Markup {
    let l = trouble.lang();
    let (title, text) = trouble.words();
    let home = if l == Lang::Zh { "/".to_owned() } else { format!("/?lang={}", l.code()) };
    document(
        l,
        title,
        false,
        &html! {
            main id="main" class="trouble" {
                p class="kind" { (trouble.status().as_u16()) }
                h1 { (title) }
                p { (text) }
                p { a href=(home) { (l.of("返回总览", "To the overview")) } }
            }
        },
    )
}

/// A page beside those of the ledger, which has nothing but a text of its own.
pub(super) fn plain(l: Lang, title: &str, content: &Markup) -> Markup {
    document(l, title, false, &html! { main id="main" class="trouble" { (content) } })
}

fn document(l: Lang, title: &str, across: bool, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(l.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                title { (title) " · " (l.of("工资账本", "Wage ledger")) }
                link rel="stylesheet" href=(super::assets::STYLE_ADDRESS);
                link rel="icon" href="data:,";
            }
            body class=[across.then_some("across")] { (body) }
        }
    }
}
