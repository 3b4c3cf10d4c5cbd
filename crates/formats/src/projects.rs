//! Template 1.1: projects. Key: 项目编码.

use crate::Content;
use crate::field::Row;
use crate::header::{Column, Template};
use crate::reader::Reader;
use jiff::civil::Date;
use rules::{Money, PayDay};
use wages::{CreditCode, ProjectCode, RegionCode};

/// A building project and the terms of its wage payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectRow {
    /// 项目编码
    pub code: ProjectCode,
    /// 项目名称
    pub name: String,
    /// 行政区划代码, GB/T 2260
    pub region: RegionCode,
    /// 建设单位: name of the owner
    pub owner: String,
    /// 建设单位信用代码
    pub owner_code: CreditCode,
    /// 施工总承包单位: name of the general contractor
    pub general_contractor: String,
    /// 总包信用代码
    pub general_contractor_code: CreditCode,
    /// 合同价
    pub contract_price: Money,
    /// 专户开户行: bank of the dedicated account
    pub bank: String,
    /// 专户账号: digits
    pub account: String,
    /// 人工费用拨付周期天数: every how many days the owner transfers labour cost
    pub labour_cost_period_days: u16,
    /// 约定月拨付人工费: labour cost that the owner agreed to transfer a month
    pub agreed_monthly_labour_cost: Money,
    /// 工资发放日: day on which wages of a month are due
    pub pay_day: PayDay,
    /// 开工日期
    pub starts_on: Date,
    /// 计划竣工日期: planned end
    pub planned_end: Date,
}

pub(crate) const TEMPLATE: Template = Template::one_line(&[
    Column::required("项目编码"),
    Column::required("项目名称"),
    Column::required("行政区划代码"),
    Column::required("建设单位"),
    Column::required("建设单位信用代码"),
    Column::required("施工总承包单位"),
    Column::required("总包信用代码"),
    Column::required("合同价"),
    Column::required("专户开户行"),
    Column::required("专户账号"),
    Column::required("人工费用拨付周期天数"),
    Column::required("约定月拨付人工费"),
    Column::required("工资发放日"),
    Column::required("开工日期"),
    Column::required("计划竣工日期"),
]);

pub(crate) fn read(reader: &mut Reader<'_>) -> Content {
    let rows = reader.rows(read_row);
    Content::Projects(reader.distinct(rows, |row| row.code.clone(), difference))
}

fn read_row(row: &mut Row<'_>) -> Option<ProjectRow> {
    let code = row.identifier("项目编码");
    let name = row.text("项目名称");
    let region = row.identifier("行政区划代码");
    let owner = row.text("建设单位");
    let owner_code = row.credit_code("建设单位信用代码");
    let general_contractor = row.text("施工总承包单位");
    let general_contractor_code = row.credit_code("总包信用代码");
    let contract_price = row.money("合同价");
    let bank = row.text("专户开户行");
    let account = row.account("专户账号");
    let labour_cost_period_days = row.integer("人工费用拨付周期天数", 1, 366);
    let agreed_monthly_labour_cost = row.money("约定月拨付人工费");
    let pay_day = row.pay_day("工资发放日");
    let starts_on = row.date("开工日期");
    let planned_end = row.date("计划竣工日期");
    row.in_order(starts_on, ("计划竣工日期", planned_end), "the project ends before it begins (开工日期)");
    Some(ProjectRow {
        code: code?,
        name: name?,
        region: region?,
        owner: owner?,
        owner_code: owner_code?,
        general_contractor: general_contractor?,
        general_contractor_code: general_contractor_code?,
        contract_price: contract_price?,
        bank: bank?,
        account: account?,
        labour_cost_period_days: labour_cost_period_days?,
        agreed_monthly_labour_cost: agreed_monthly_labour_cost?,
        pay_day: pay_day?,
        starts_on: starts_on?,
        planned_end: planned_end?,
    })
}

fn difference(a: &ProjectRow, b: &ProjectRow) -> Option<&'static str> {
    crate::first_difference(&[
        ("项目名称", a.name != b.name),
        ("行政区划代码", a.region != b.region),
        ("建设单位", a.owner != b.owner),
        ("建设单位信用代码", a.owner_code != b.owner_code),
        ("施工总承包单位", a.general_contractor != b.general_contractor),
        ("总包信用代码", a.general_contractor_code != b.general_contractor_code),
        ("合同价", a.contract_price != b.contract_price),
        ("专户开户行", a.bank != b.bank),
        ("专户账号", a.account != b.account),
        ("人工费用拨付周期天数", a.labour_cost_period_days != b.labour_cost_period_days),
        ("约定月拨付人工费", a.agreed_monthly_labour_cost != b.agreed_monthly_labour_cost),
        ("工资发放日", a.pay_day != b.pay_day),
        ("开工日期", a.starts_on != b.starts_on),
        ("计划竣工日期", a.planned_end != b.planned_end),
    ])
}
