//! Template 1.10: inspections of sites. Key: (项目编码, 检查日期, 检查单位).

use crate::Content;
use crate::field::Row;
use crate::header::{Column, Template};
use crate::reader::Reader;
use jiff::civil::Date;
use wages::{InspectionDecision, ProjectCode};

/// One inspection.
#[derive(Clone, PartialEq, Eq)]
pub struct InspectionRow {
    /// 项目编码
    pub project: ProjectCode,
    /// 检查日期
    pub on: Date,
    /// 检查单位: the authority
    pub by: String,
    /// 维权信息告示牌: whether the notice board was there
    pub board: bool,
    /// 劳资专管员: whether the labour officer was there
    pub officer: bool,
    /// 实名制: whether real-name management was in order
    pub real_name: bool,
    /// 问题: what was found; may be empty
    pub problem: String,
    /// 处理决定
    pub decision: InspectionDecision,
    /// 限期至: day by which it is to be put right
    pub correct_by: Option<Date>,
    /// 办结日期: day on which the case was closed
    pub closed_on: Option<Date>,
}

impl std::fmt::Debug for InspectionRow {
    /// No free text.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut out = f.debug_struct("InspectionRow");
        out.field("project", &self.project).field("on", &self.on).finish_non_exhaustive()
    }
}

pub(crate) const TEMPLATE: Template = Template::one_line(&[
    Column::required("项目编码"),
    Column::required("检查日期"),
    Column::required("检查单位"),
    Column::required("维权信息告示牌"),
    Column::required("劳资专管员"),
    Column::required("实名制"),
    Column::required("问题"),
    Column::required("处理决定"),
    Column::required("限期至"),
    Column::required("办结日期"),
]);

pub(crate) fn read(reader: &mut Reader<'_>) -> Content {
    let rows = reader.rows(read_row);
    let key = |row: &InspectionRow| (row.project.clone(), row.on, row.by.clone());
    Content::Inspections(reader.distinct(rows, key, difference))
}

fn read_row(row: &mut Row<'_>) -> Option<InspectionRow> {
    const PRESENT: [bool; 2] = [true, false];
    let present = |there| if there { "有" } else { "无" };
    let project = row.identifier("项目编码");
    let on = row.date("检查日期");
    let by = row.text("检查单位");
    let board = row.word("维权信息告示牌", &PRESENT, present);
    let officer = row.word("劳资专管员", &PRESENT, present);
    let real_name = row.word("实名制", &PRESENT, |good| if good { "正常" } else { "不正常" });
    let problem = row.note("问题");
    let decision = row.word("处理决定", InspectionDecision::ALL, InspectionDecision::word);
    let correct_by = row.optional_date("限期至");
    let closed_on = row.optional_date("办结日期");
    row.in_order(
        on,
        ("限期至", correct_by.flatten()),
        "the time limit ends before the inspection (检查日期)",
    );
    row.in_order(on, ("办结日期", closed_on.flatten()), "closed before the inspection (检查日期)");
    Some(InspectionRow {
        project: project?,
        on: on?,
        by: by?,
        board: board?,
        officer: officer?,
        real_name: real_name?,
        problem: problem?.unwrap_or_default(),
        decision: decision?,
        correct_by: correct_by?,
        closed_on: closed_on?,
    })
}

fn difference(a: &InspectionRow, b: &InspectionRow) -> Option<&'static str> {
    crate::first_difference(&[
        ("维权信息告示牌", a.board != b.board),
        ("劳资专管员", a.officer != b.officer),
        ("实名制", a.real_name != b.real_name),
        ("问题", a.problem != b.problem),
        ("处理决定", a.decision != b.decision),
        ("限期至", a.correct_by != b.correct_by),
        ("办结日期", a.closed_on != b.closed_on),
    ])
}
