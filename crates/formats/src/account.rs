//! Template 1.7: statement of a project's dedicated account (专户). Key: (project, 流水号).

use crate::field::Row;
use crate::finding::Code;
use crate::header::{Column, Template};
use crate::reader::Reader;
use crate::{Content, Located};
use jiff::civil::Date;
use rules::{Money, Month};
use wages::{Direction, ProjectCode, Reference};

/// Statement of one dedicated account over one month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// From the file's name; `None` only when the findings say so.
    pub project: Option<ProjectCode>,
    /// From the file's name; `None` only when the findings say so.
    pub month: Option<Month>,
    /// In the order of the file, each balance following from the one before.
    pub rows: Vec<Located<AccountRow>>,
}

/// One movement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountRow {
    /// 日期
    pub day: Date,
    /// 借贷: 收 or 付
    pub direction: Direction,
    /// 金额, more than 0
    pub amount: Money,
    /// 余额 after the movement
    pub balance: Money,
    /// 对方户名; may be empty
    pub counterparty: String,
    /// 摘要; may be empty
    pub summary: String,
    /// 流水号
    pub serial: Reference,
}

impl AccountRow {
    /// Whether the owner transferred labour cost: a receipt whose summary says 人工费.
    pub fn is_labour_cost(&self) -> bool {
        self.direction == Direction::In && self.summary.contains("人工费")
    }
}

pub(crate) const TEMPLATE: Template = Template::one_line(&[
    Column::required("日期"),
    Column::required("借贷"),
    Column::required("金额"),
    Column::required("余额"),
    Column::required("对方户名"),
    Column::required("摘要"),
    Column::required("流水号"),
]);

pub(crate) fn read(reader: &mut Reader<'_>) -> Content {
    let (project, month) = (reader.name().project.clone(), reader.name().month);
    if project.is_none() || month.is_none() {
        reader.bad_name("account-<项目编码>-<yyyymm>.csv");
    }
    let mut before: Option<(u32, Money)> = None;
    let rows = reader.rows(|row| {
        let read = read_row(row, month);
        if let (Some((line, balance)), Some(read)) = (before, &read) {
            check_balance(row, read, line, balance);
        }
        // What cannot be read breaks nothing: the check resumes after it.
        before = read.as_ref().map(|read| (row.line(), read.balance));
        read
    });
    let rows = reader.unique(rows, |row| Some(row.serial.clone()), "流水号", difference);
    Content::Account(Statement { project, month, rows })
}

fn read_row(row: &mut Row<'_>, month: Option<Month>) -> Option<AccountRow> {
    let day = row.date("日期");
    let direction = row.word("借贷", Direction::ALL, Direction::word);
    let amount = row.positive_money("金额");
    let balance = row.signed_money("余额");
    let counterparty = row.optional_text("对方户名");
    let summary = row.optional_text("摘要");
    let serial = row.identifier("流水号");
    if day.zip(month).is_some_and(|(day, month)| Month::of(day) != month) {
        row.warning("日期", Code::OUT_OF_RANGE, "the day lies outside the month in the file's name");
    }
    Some(AccountRow {
        day: day?,
        direction: direction?,
        amount: amount?,
        balance: balance?,
        counterparty: counterparty?.unwrap_or_default(),
        summary: summary?.unwrap_or_default(),
        serial: serial?,
    })
}

fn check_balance(row: &mut Row<'_>, read: &AccountRow, line_before: u32, balance_before: Money) {
    let follows = match read.direction {
        Direction::In => balance_before.checked_add(read.amount),
        Direction::Out => balance_before.checked_sub(read.amount),
    };
    if follows != Some(read.balance) {
        let (line, word, amount) = (row.line(), read.direction.word(), read.amount);
        let right = follows.map(|m| m.to_string()).unwrap_or_else(|| "out of range".into());
        let message = format!(
            "the balance (余额) of line {line} does not follow from line {line_before}: {balance_before} and \
             {word} {amount} make {right}, not {}; a line is missing or was changed",
            read.balance
        );
        row.whole_file_error("余额", Some(read.balance.to_string()), Code::BALANCE_BREAK, message);
    }
}

fn difference(a: &AccountRow, b: &AccountRow) -> Option<&'static str> {
    crate::first_difference(&[
        ("金额", a.amount != b.amount),
        ("借贷", a.direction != b.direction),
        ("日期", a.day != b.day),
        ("余额", a.balance != b.balance),
        ("对方户名", a.counterparty != b.counterparty),
        ("摘要", a.summary != b.summary),
    ])
}
