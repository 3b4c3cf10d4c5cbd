//! What workers declared to their withholding agents (专项附加扣除 and other deductions). Key: 证件号码, 扣缴义务人信用代码,
//! 扣除项目 and 起始月份. The template is our own: the tax client has no sheet for it.

use crate::Content;
use crate::field::Row;
use crate::finding::Code;
use crate::header::{Column, Template};
use crate::reader::Reader;
use jiff::civil::Date;
use rules::tax::Deduction;
use rules::{Money, Month};
use wages::{CreditCode, IdNumber};

/// One declaration.
#[derive(Clone, PartialEq, Eq)]
pub struct DeductionRow {
    /// 证件号码 of the worker
    pub id: IdNumber,
    /// 姓名 of the worker
    pub name: String,
    /// 扣缴义务人信用代码
    pub employer: CreditCode,
    /// 扣除项目
    pub kind: Deduction,
    /// 每月金额
    pub monthly: Money,
    /// 起始月份
    pub from: Month,
    /// 截止月份: last month
    pub until: Option<Month>,
    /// 申报日期: day on which the worker told his agent
    pub declared_on: Date,
}

impl std::fmt::Debug for DeductionRow {
    /// Nothing personal.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DeductionRow").field("kind", &self.kind).finish_non_exhaustive()
    }
}

pub(crate) const TEMPLATE: Template = Template::one_line(&[
    Column::required("证件号码"),
    Column::required("姓名"),
    Column::required("扣缴义务人信用代码"),
    Column::required("扣除项目"),
    Column::required("每月金额"),
    Column::required("起始月份"),
    Column::required("截止月份"),
    Column::required("申报日期"),
]);

pub(crate) fn read(reader: &mut Reader<'_>) -> Content {
    let rows = reader.rows(read_row);
    let key = |row: &DeductionRow| (row.id.clone(), row.employer.clone(), row.kind, row.from);
    Content::Deductions(reader.distinct(rows, key, difference))
}

fn read_row(row: &mut Row<'_>) -> Option<DeductionRow> {
    let id = row.id_number("证件号码");
    let name = row.person("姓名");
    let employer = row.credit_code("扣缴义务人信用代码");
    let kind = row.word("扣除项目", Deduction::ALL, Deduction::word);
    let monthly = row.money("每月金额");
    let from = row.month("起始月份");
    let until = row.optional_month("截止月份");
    let declared_on = row.date("申报日期");
    let last = until.flatten().map(Month::last_day);
    row.in_order(from.map(Month::first_day), ("截止月份", last), "it ends before it begins (起始月份)");
    if let (Some(kind), Some(monthly), Some(from)) = (kind, monthly, from)
        && let Ok(Some(allowed)) = kind.allowed(from)
        && monthly > allowed.value
    {
        let message =
            format!("{} allows at most {} in a month: recorded as declared", kind.word(), allowed.value);
        row.warning("每月金额", Code::OUT_OF_RANGE, message);
    }
    Some(DeductionRow {
        id: id?,
        name: name?,
        employer: employer?,
        kind: kind?,
        monthly: monthly?,
        from: from?,
        until: until?,
        declared_on: declared_on?,
    })
}

fn difference(a: &DeductionRow, b: &DeductionRow) -> Option<&'static str> {
    crate::first_difference(&[
        ("姓名", a.name != b.name),
        ("每月金额", a.monthly != b.monthly),
        ("截止月份", a.until != b.until),
        ("申报日期", a.declared_on != b.declared_on),
    ])
}
