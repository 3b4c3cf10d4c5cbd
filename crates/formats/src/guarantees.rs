//! Template 1.9: wage deposits and guarantees (工资保证金). Key: (项目编码, 编号).

use crate::Content;
use crate::field::Row;
use crate::header::{Column, Template};
use crate::reader::Reader;
use jiff::civil::Date;
use rules::Money;
use wages::{CreditCode, DepositForm, ProjectCode, Reference};

/// One deposit or guarantee.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuaranteeRow {
    /// 项目编码
    pub project: ProjectCode,
    /// 责任单位信用代码: for whom it stands
    pub liable_code: CreditCode,
    /// 方式
    pub form: DepositForm,
    /// 金额, more than 0
    pub amount: Money,
    /// 出具机构: bank, guarantee firm or insurer
    pub issuer: String,
    /// 编号
    pub number: Reference,
    /// 生效日期: first day
    pub valid_from: Date,
    /// 到期日期: last day
    pub valid_to: Date,
}

pub(crate) const TEMPLATE: Template = Template::one_line(&[
    Column::required("项目编码"),
    Column::required("责任单位信用代码"),
    Column::required("方式"),
    Column::required("金额"),
    Column::required("出具机构"),
    Column::required("编号"),
    Column::required("生效日期"),
    Column::required("到期日期"),
]);

pub(crate) fn read(reader: &mut Reader<'_>) -> Content {
    let rows = reader.rows(read_row);
    let key = |row: &GuaranteeRow| (row.project.clone(), row.number.clone());
    Content::Guarantees(reader.distinct(rows, key, difference))
}

fn read_row(row: &mut Row<'_>) -> Option<GuaranteeRow> {
    let project = row.identifier("项目编码");
    let liable_code = row.credit_code("责任单位信用代码");
    let form = row.word("方式", DepositForm::ALL, DepositForm::word);
    let amount = row.positive_money("金额");
    let issuer = row.text("出具机构");
    let number = row.identifier("编号");
    let valid_from = row.date("生效日期");
    let valid_to = row.date("到期日期");
    row.in_order(valid_from, ("到期日期", valid_to), "the deposit ends before it begins (生效日期)");
    Some(GuaranteeRow {
        project: project?,
        liable_code: liable_code?,
        form: form?,
        amount: amount?,
        issuer: issuer?,
        number: number?,
        valid_from: valid_from?,
        valid_to: valid_to?,
    })
}

fn difference(a: &GuaranteeRow, b: &GuaranteeRow) -> Option<&'static str> {
    crate::first_difference(&[
        ("责任单位信用代码", a.liable_code != b.liable_code),
        ("方式", a.form != b.form),
        ("金额", a.amount != b.amount),
        ("出具机构", a.issuer != b.issuer),
        ("生效日期", a.valid_from != b.valid_from),
        ("到期日期", a.valid_to != b.valid_to),
    ])
}
