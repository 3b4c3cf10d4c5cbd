//! Template 1.8: subcontracts of a project. Key: 分包合同编号.

use crate::field::Row;
use crate::header::{Column, Template};
use crate::reader::Reader;
use crate::{Content, Located};
use jiff::civil::Date;
use rules::Money;
use wages::{CreditCode, ProjectCode, Reference, SubcontractKind};

/// Subcontracts of one project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subcontracts {
    /// From the file's name; `None` only when the findings say so.
    pub project: Option<ProjectCode>,
    /// One per contract.
    pub rows: Vec<Located<SubcontractRow>>,
}

/// One subcontract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubcontractRow {
    /// 分包合同编号
    pub number: Reference,
    /// 发包单位: name of who gives the work out
    pub giver: String,
    /// 发包单位信用代码
    pub giver_code: CreditCode,
    /// 承包单位: name of who takes it
    pub taker: String,
    /// 承包单位信用代码
    pub taker_code: CreditCode,
    /// 分包类型
    pub kind: SubcontractKind,
    /// 签订日期
    pub signed_on: Date,
    /// 开始日期
    pub starts_on: Date,
    /// 结束日期: last day
    pub ends_on: Date,
    /// 合同价
    pub price: Money,
}

pub(crate) const TEMPLATE: Template = Template::one_line(&[
    Column::required("分包合同编号"),
    Column::required("发包单位"),
    Column::required("发包单位信用代码"),
    Column::required("承包单位"),
    Column::required("承包单位信用代码"),
    Column::required("分包类型"),
    Column::required("签订日期"),
    Column::required("开始日期"),
    Column::required("结束日期"),
    Column::required("合同价"),
]);

pub(crate) fn read(reader: &mut Reader<'_>) -> Content {
    let project = reader.name().project.clone();
    if project.is_none() {
        reader.bad_name("subcontracts-<项目编码>.csv");
    }
    let rows = reader.rows(read_row);
    let rows = reader.distinct(rows, |row| row.number.clone(), difference);
    Content::Subcontracts(Subcontracts { project, rows })
}

fn read_row(row: &mut Row<'_>) -> Option<SubcontractRow> {
    let number = row.identifier("分包合同编号");
    let giver = row.text("发包单位");
    let giver_code = row.credit_code("发包单位信用代码");
    let taker = row.text("承包单位");
    let taker_code = row.credit_code("承包单位信用代码");
    let kind = row.word("分包类型", SubcontractKind::ALL, SubcontractKind::word);
    let signed_on = row.date("签订日期");
    let starts_on = row.date("开始日期");
    let ends_on = row.date("结束日期");
    let price = row.money("合同价");
    row.in_order(starts_on, ("结束日期", ends_on), "the subcontract ends before it begins (开始日期)");
    Some(SubcontractRow {
        number: number?,
        giver: giver?,
        giver_code: giver_code?,
        taker: taker?,
        taker_code: taker_code?,
        kind: kind?,
        signed_on: signed_on?,
        starts_on: starts_on?,
        ends_on: ends_on?,
        price: price?,
    })
}

fn difference(a: &SubcontractRow, b: &SubcontractRow) -> Option<&'static str> {
    crate::first_difference(&[
        ("发包单位", a.giver != b.giver),
        ("发包单位信用代码", a.giver_code != b.giver_code),
        ("承包单位", a.taker != b.taker),
        ("承包单位信用代码", a.taker_code != b.taker_code),
        ("分包类型", a.kind != b.kind),
        ("签订日期", a.signed_on != b.signed_on),
        ("开始日期", a.starts_on != b.starts_on),
        ("结束日期", a.ends_on != b.ends_on),
        ("合同价", a.price != b.price),
    ])
}
