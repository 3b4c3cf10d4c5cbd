//! Template 1.11: complaints about unpaid wages. Key: 登记号.

use crate::Content;
use crate::field::Row;
use crate::finding::Code;
use crate::header::{Column, Template};
use crate::reader::Reader;
use jiff::civil::Date;
use rules::Money;
use wages::{ComplaintChannel, ComplaintState, ProjectCode, Reference};

/// One complaint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComplaintRow {
    /// 登记号
    pub number: Reference,
    /// 项目编码
    pub project: ProjectCode,
    /// 登记日期
    pub on: Date,
    /// 渠道
    pub channel: ComplaintChannel,
    /// 涉及人数: how many workers it concerns
    pub people: u32,
    /// 涉及金额
    pub amount: Money,
    /// 状态
    pub state: ComplaintState,
    /// 办结日期: day on which it was closed
    pub closed_on: Option<Date>,
}

/// A complaint may concern this many people.
const PEOPLE_MAX: i64 = 1_000_000;

pub(crate) const TEMPLATE: Template = Template::one_line(&[
    Column::required("登记号"),
    Column::required("项目编码"),
    Column::required("登记日期"),
    Column::required("渠道"),
    Column::required("涉及人数"),
    Column::required("涉及金额"),
    Column::required("状态"),
    Column::required("办结日期"),
]);

pub(crate) fn read(reader: &mut Reader<'_>) -> Content {
    let rows = reader.rows(read_row);
    Content::Complaints(reader.distinct(rows, |row| row.number.clone(), difference))
}

fn read_row(row: &mut Row<'_>) -> Option<ComplaintRow> {
    let number = row.identifier("登记号");
    let project = row.identifier("项目编码");
    let on = row.date("登记日期");
    let channel = row.word("渠道", ComplaintChannel::ALL, ComplaintChannel::word);
    let people = row.integer("涉及人数", 1, PEOPLE_MAX);
    let amount = row.money("涉及金额");
    let state = row.word("状态", ComplaintState::ALL, ComplaintState::word);
    let closed_on = row.optional_date("办结日期");
    row.in_order(on, ("办结日期", closed_on.flatten()), "closed before it was registered (登记日期)");
    // Only the dates decide whether it is open: the state is that of the day on which the list was made.
    match (state, closed_on) {
        (Some(ComplaintState::Closed), Some(None)) => {
            row.warning("办结日期", Code::MISSING_VALUE, "办结 without its day: it goes on counting as open");
        }
        (Some(state), Some(Some(_))) if state != ComplaintState::Closed => {
            row.warning(
                "状态",
                Code::UNEXPECTED_VALUE,
                "it has a day of closing (办结日期): 办结 is expected",
            );
        }
        _ => {}
    }
    Some(ComplaintRow {
        number: number?,
        project: project?,
        on: on?,
        channel: channel?,
        people: people?,
        amount: amount?,
        state: state?,
        closed_on: closed_on?,
    })
}

fn difference(a: &ComplaintRow, b: &ComplaintRow) -> Option<&'static str> {
    crate::first_difference(&[
        ("项目编码", a.project != b.project),
        ("登记日期", a.on != b.on),
        ("渠道", a.channel != b.channel),
        ("涉及人数", a.people != b.people),
        ("涉及金额", a.amount != b.amount),
        ("状态", a.state != b.state),
        ("办结日期", a.closed_on != b.closed_on),
    ])
}
