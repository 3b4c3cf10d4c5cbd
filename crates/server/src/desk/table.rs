//! What a page shows, before it is HTML, CSV or a workbook: figures, tables, bars. All three forms are made of the
//! same cells, so that an export is what is on the screen.

use super::ctx::Ctx;
use super::spot::Mark;
use super::trouble::Trouble;
use futures_util::stream::BoxStream;
use jiff::civil::Date;
use readmodel::Cursor;
use rules::{Days, Money, Month};

/// Rows of a table that are made some at a time.
pub(super) type Rest<'a> = BoxStream<'a, Result<Vec<Vec<Cell>>, Trouble>>;

/// One value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Value {
    /// Nothing is known or said; shown as a dash.
    Nothing,
    Count(i64),
    Money(Money),
    Days(Days),
    Date(Date),
    Month(Month),
    /// µs since 1970 UTC; shown in China time.
    Time(i64),
    Text(String),
    /// Codes, hashes, ids: shown in figures of one width.
    Code(String),
    /// So much of a whole, as a percentage and a bar.
    Bar(i64, i64),
}

/// How a cell is marked, besides by its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    Bad,
    Warn,
    Good,
    Quiet,
}

/// A value with what it leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) value: Value,
    pub(super) href: Option<String>,
    pub(super) tone: Option<Tone>,
}

/// A column. Its name is unique on its page: tables are sorted by it.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) head: &'static str,
    /// Whether a sortable table can be sorted by it.
    pub(super) sorts: bool,
}

/// A column by which its table can be sorted, if by any.
pub(super) fn column(name: &'static str, head: &'static str) -> Column {
    Column { name, head, sorts: true }
}

impl Column {
    pub(super) fn unsorted(self) -> Column {
        Column { sorts: false, ..self }
    }

    /// Whether it shows the figures of another column as shares.
    pub(super) fn is_bar(&self) -> bool {
        self.name == "bar"
    }
}

/// A table.
#[derive(Default)]
pub(super) struct Table<'a> {
    /// What its rows are; unique on its page.
    pub(super) caption: String,
    /// What should be known beside it.
    pub(super) note: Option<String>,
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Vec<Cell>>,
    /// For an export of a list: the rows of all its pages, in the place of `rows`.
    pub(super) rest: Option<Rest<'a>>,
    /// Sums over all rows, also those of other pages.
    pub(super) total: Option<Vec<Cell>>,
    /// What to say where there is no row.
    pub(super) empty: &'static str,
    /// Whether a link in a column's head sorts by it.
    pub(super) sortable: bool,
    pub(super) pager: Option<Pager>,
    /// A link to all rows, where only the first are shown.
    pub(super) more: Option<(String, String)>,
}

/// Where a table's rows stand in a longer list, and links to the beginning and to the pages beside this one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Pager {
    pub(super) first: Option<String>,
    pub(super) previous: Option<String>,
    pub(super) next: Option<String>,
    /// First and last row from 1, and how many there are, where that is known.
    pub(super) place: Option<(usize, usize, usize)>,
}

/// A figure by itself.
#[derive(Clone, Debug)]
pub(super) struct Figure {
    pub(super) label: &'static str,
    pub(super) cell: Cell,
    pub(super) note: String,
}

/// A column of a chart.
#[derive(Clone, Debug)]
pub(super) struct Stick {
    pub(super) label: String,
    pub(super) value: Money,
    /// What it leaves out, in a word, where something was not handed in.
    pub(super) lacks: Option<&'static str>,
    pub(super) href: String,
}

/// A part of a page.
#[expect(clippy::large_enum_variant, reason = "a page has ten of them, not ten thousand")]
pub(super) enum Block<'a> {
    Figures(Vec<Figure>),
    Table(Table<'a>),
    /// Two tables beside each other, where there is room.
    Pair(Box<[Table<'a>; 2]>),
    /// A caption, and amounts over time.
    Chart(String, Vec<Stick>),
    /// Names and values.
    Facts(String, Vec<(&'static str, Cell)>),
    /// What is no figure.
    Html(maud::Markup),
}

/// A page's content.
pub(super) struct Content<'a> {
    pub(super) title: String,
    /// What kind of page it is, above the title.
    pub(super) kind: &'static str,
    /// From the landing page down; the last is the page itself.
    pub(super) crumbs: Vec<(String, String)>,
    pub(super) blocks: Vec<Block<'a>>,
    /// The entry that it is as of, where that is not the page's.
    pub(super) head: Option<Cursor>,
}

macro_rules! cell_from {
    ($($type:ty: $from:expr;)*) => {$(
        impl From<$type> for Cell {
            fn from(value: $type) -> Cell {
                let from: fn($type) -> Value = $from;
                Cell { value: from(value), href: None, tone: None }
            }
        }
    )*};
}

cell_from! {
    Value: |v| v;
    Money: Value::Money;
    Days: Value::Days;
    Date: Value::Date;
    Month: Value::Month;
    &str: |v| Value::Text(v.to_owned());
    String: Value::Text;
    u16: |v| Value::Count(v.into());
    u32: |v| Value::Count(v.into());
    i64: Value::Count;
    u64: |v| Value::Count(i64::try_from(v).unwrap_or(i64::MAX));
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Cell {
        value.map_or(Cell { value: Value::Nothing, href: None, tone: None }, Into::into)
    }
}

impl Cell {
    pub(super) fn code(text: impl Into<String>) -> Cell {
        Value::Code(text.into()).into()
    }

    pub(super) fn to(self, href: String) -> Cell {
        Cell { href: Some(href), ..self }
    }

    pub(super) fn toned(self, tone: Tone) -> Cell {
        Cell { tone: Some(tone), ..self }
    }

    /// The share of an amount in a sum.
    pub(super) fn bar(part: Money, whole: Money) -> Cell {
        Value::Bar(part.fen(), whole.fen()).into()
    }
}

impl Value {
    pub(super) fn is_number(&self) -> bool {
        matches!(self, Value::Count(_) | Value::Money(_) | Value::Days(_))
    }
}

impl Table<'_> {
    /// Sorts by a column, when it is one of this table's.
    pub(super) fn sort(&mut self, by: Option<&(String, bool)>) {
        let Some((name, down)) = by else { return };
        let Some(at) = self.columns.iter().position(|column| column.name == name) else { return };
        let value = |row: &Vec<Cell>| row.get(at).map(|cell| cell.value.clone());
        self.rows.sort_by_cached_key(value);
        if *down {
            self.rows.reverse();
        }
    }
}

impl Pager {
    /// To the pages before and after, by the rows that they end or begin at.
    pub(super) fn to(ctx: &Ctx, previous: Option<&Mark>, next: Option<&Mark>) -> Pager {
        Pager {
            first: previous.map(|_| ctx.here(&[("after", ""), ("before", "")])),
            previous: previous.map(|row| ctx.here(&[("after", ""), ("before", &row.to_string())])),
            next: next.map(|row| ctx.here(&[("before", ""), ("after", &row.to_string())])),
            place: None,
        }
    }
}
