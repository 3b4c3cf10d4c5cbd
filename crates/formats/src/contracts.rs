//! Template 1.3: contracts of a project's workers. Key: 合同编号.

use crate::field::Row;
use crate::finding::Code;
use crate::header::{Column, Template};
use crate::reader::Reader;
use crate::{Content, Located};
use jiff::civil::Date;
use rules::PayDay;
use rust_decimal::Decimal;
use wages::{
    CreditCode, DocumentKind, IdNumber, IncomeType, PayForm, ProjectCode, Reference, TermKind, Unit,
};

/// Contracts for work on one project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contracts {
    /// From the file's name; `None` only when the findings say so.
    pub project: Option<ProjectCode>,
    /// One per contract.
    pub rows: Vec<Located<ContractRow>>,
}

/// One contract.
#[derive(Clone, PartialEq, Eq)]
pub struct ContractRow {
    /// 合同编号
    pub number: Reference,
    /// 证件号码 of the worker
    pub id: IdNumber,
    /// 姓名 of the worker
    pub name: String,
    /// 用人单位信用代码
    pub employer_code: CreditCode,
    /// 文书类型
    pub document: DocumentKind,
    /// 期限类型
    pub term: TermKind,
    /// 签订日期
    pub signed_on: Date,
    /// 开始日期
    pub starts_on: Date,
    /// 结束日期: last day; always there for a fixed term, never for the others
    pub ends_on: Option<Date>,
    /// 计薪方式
    pub pay_form: PayForm,
    /// 单价 in yuan per unit, at most 4 decimals
    pub unit_price: Decimal,
    /// 计量单位
    pub unit: Unit,
    /// 工资发放日
    pub pay_day: PayDay,
    /// 所得类型
    pub income_type: IncomeType,
}

impl std::fmt::Debug for ContractRow {
    /// Nothing personal.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ContractRow").field("number", &self.number).finish_non_exhaustive()
    }
}

pub(crate) const TEMPLATE: Template = Template::one_line(&[
    Column::required("合同编号"),
    Column::required("证件号码"),
    Column::required("姓名"),
    Column::required("用人单位信用代码"),
    Column::required("文书类型"),
    Column::required("期限类型"),
    Column::required("签订日期"),
    Column::required("开始日期"),
    Column::required("结束日期"),
    Column::required("计薪方式"),
    Column::required("单价"),
    Column::required("计量单位"),
    Column::required("工资发放日"),
    Column::required("所得类型"),
]);

pub(crate) fn read(reader: &mut Reader<'_>) -> Content {
    let project = reader.name().project.clone();
    if project.is_none() {
        reader.bad_name("contracts-<项目编码>.csv");
    }
    let rows = reader.rows(read_row);
    let rows = reader.distinct(rows, |row| row.number.clone(), difference);
    Content::Contracts(Contracts { project, rows })
}

fn read_row(row: &mut Row<'_>) -> Option<ContractRow> {
    let number = row.identifier("合同编号");
    let id = row.id_number("证件号码");
    let name = row.person("姓名");
    let employer_code = row.credit_code("用人单位信用代码");
    let document = row.word("文书类型", DocumentKind::ALL, DocumentKind::word);
    let term = row.word("期限类型", TermKind::ALL, TermKind::word);
    let signed_on = row.date("签订日期");
    let starts_on = row.date("开始日期");
    let ends_on = row.optional_date("结束日期");
    let pay_form = row.word("计薪方式", PayForm::ALL, PayForm::word);
    let unit_price = row.decimal("单价", 4);
    let unit = row.word("计量单位", Unit::ALL, Unit::word);
    let pay_day = row.pay_day("工资发放日");
    let income_type = row.word("所得类型", IncomeType::ALL, IncomeType::word);
    row.in_order(starts_on, ("结束日期", ends_on.flatten()), "the contract ends before it begins (开始日期)");
    match (term, ends_on) {
        (Some(TermKind::Fixed), Some(None)) => {
            row.error("结束日期", Code::MISSING_VALUE, "a contract of fixed term (固定期限) needs an end");
        }
        (Some(TermKind::OpenEnded | TermKind::Task), Some(Some(_))) => {
            let message = "only a contract of fixed term (固定期限) has an end: leave the cell empty";
            row.error("结束日期", Code::UNEXPECTED_VALUE, message);
        }
        _ => {}
    }
    Some(ContractRow {
        number: number?,
        id: id?,
        name: name?,
        employer_code: employer_code?,
        document: document?,
        term: term?,
        signed_on: signed_on?,
        starts_on: starts_on?,
        ends_on: ends_on?,
        pay_form: pay_form?,
        unit_price: unit_price?,
        unit: unit?,
        pay_day: pay_day?,
        income_type: income_type?,
    })
}

fn difference(a: &ContractRow, b: &ContractRow) -> Option<&'static str> {
    crate::first_difference(&[
        ("证件号码", a.id != b.id),
        ("姓名", a.name != b.name),
        ("用人单位信用代码", a.employer_code != b.employer_code),
        ("文书类型", a.document != b.document),
        ("期限类型", a.term != b.term),
        ("签订日期", a.signed_on != b.signed_on),
        ("开始日期", a.starts_on != b.starts_on),
        ("结束日期", a.ends_on != b.ends_on),
        ("计薪方式", a.pay_form != b.pay_form),
        ("单价", a.unit_price != b.unit_price),
        ("计量单位", a.unit != b.unit),
        ("工资发放日", a.pay_day != b.pay_day),
        ("所得类型", a.income_type != b.income_type),
    ])
}
