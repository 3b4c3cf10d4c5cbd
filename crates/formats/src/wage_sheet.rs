//! Template 1.5: wage sheet (工资表) of a crew and month. Key: (project, employer, crew, month, 身份证号码).

use crate::Located;
use crate::header::{Column, Template};
use rules::{Days, Money, Month};
use rust_decimal::Decimal;
use wages::{CreditCode, IdNumber, PayForm, ProjectCode};

mod read;
pub(crate) mod title;

pub(crate) use read::read;

pub(crate) const SHEET: &str = "工资表";

/// 工日 that a sheet may show for one worker and month: three a day.
const SHEET_DAYS_MAX: Days = Days::from_tenths(930);

pub(crate) const TEMPLATE: Template = Template::two_lines(&[
    Column::optional("序号"),
    Column::required("姓名"),
    Column::required("身份证号码"),
    Column::required("工种"),
    Column::required("出勤工日"),
    Column::optional("加班小时"),
    Column::required("计薪方式"),
    Column::required("单价"),
    Column::required("数量"),
    Column::required("应发工资"),
    Column::required("借支"),
    Column::required("生活费"),
    Column::required("社保个人部分"),
    Column::required("公积金个人部分"),
    Column::required("个人所得税"),
    Column::required("其他扣款"),
    Column::required("扣款合计"),
    Column::required("实发工资"),
    Column::required("银行卡号"),
    Column::required("开户行"),
    Column::optional("领款人签字"),
    Column::optional("备注"),
]);

/// A wage sheet, or a correction of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WageSheet {
    /// From the lines above the header; `None` only when the findings say what is missing there.
    pub header: Option<SheetHeader>,
    /// One per worker.
    pub lines: Vec<Located<WageLine>>,
    /// The total row (合计), where the sheet has one. Columns that it leaves empty are `None`.
    pub totals: Option<Located<Totals>>,
}

/// What the lines above the header say.
#[derive(Clone, PartialEq, Eq)]
pub struct SheetHeader {
    /// 工程名称, if given
    pub project_name: Option<String>,
    /// 项目编码
    pub project: ProjectCode,
    /// 班组: crew label
    pub crew: String,
    /// 用人单位: employer's name
    pub employer: String,
    /// 信用代码 of the employer
    pub employer_code: CreditCode,
    /// 工资月份
    pub month: Month,
    /// Which correction: 0 = the sheet itself, 1 = 更正, 2 = 更正2, …
    pub correction: u32,
}

impl std::fmt::Debug for SheetHeader {
    /// Without the crew label, which is often a person's name.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SheetHeader")
            .field("project", &self.project)
            .field("employer_code", &self.employer_code)
            .field("month", &self.month)
            .field("correction", &self.correction)
            .finish_non_exhaustive()
    }
}

/// What one worker earned in the month. The deductions add up to `deductions_total`, and gross less that is
/// net; both are checked.
#[derive(Clone, PartialEq, Eq)]
pub struct WageLine {
    /// 姓名
    pub name: String,
    /// 身份证号码
    pub id: IdNumber,
    /// 工种
    pub work_type: String,
    /// 出勤工日
    pub attendance: Days,
    /// 加班小时; informs only: the hours are already in the quantity
    pub overtime_hours: Option<Decimal>,
    /// 计薪方式
    pub pay_form: PayForm,
    /// 单价 in yuan per unit
    pub unit_price: Decimal,
    /// 数量
    pub quantity: Decimal,
    /// 应发工资
    pub gross: Money,
    /// 借支: advance already received
    pub loan: Money,
    /// 生活费: advance already received
    pub living_cost: Money,
    /// 社保个人部分: worker's share of social insurance
    pub social_insurance: Money,
    /// 公积金个人部分: worker's share of the housing fund
    pub housing_fund: Money,
    /// 个人所得税
    pub income_tax: Money,
    /// 其他扣款
    pub other_deductions: Money,
    /// 扣款合计
    pub deductions_total: Money,
    /// 实发工资
    pub net: Money,
    /// 银行卡号: 13 to 19 digits
    pub card: String,
    /// 开户行
    pub bank: String,
    /// 备注: free text
    pub note: Option<String>,
}

impl std::fmt::Debug for WageLine {
    /// Nothing personal: the amounts that count.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WageLine")
            .field("gross", &self.gross)
            .field("deductions_total", &self.deductions_total)
            .field("net", &self.net)
            .finish_non_exhaustive()
    }
}

/// The total row, column by column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// 应发工资
    pub gross: Option<Money>,
    /// 借支
    pub loan: Option<Money>,
    /// 生活费
    pub living_cost: Option<Money>,
    /// 社保个人部分
    pub social_insurance: Option<Money>,
    /// 公积金个人部分
    pub housing_fund: Option<Money>,
    /// 个人所得税
    pub income_tax: Option<Money>,
    /// 其他扣款
    pub other_deductions: Option<Money>,
    /// 扣款合计
    pub deductions_total: Option<Money>,
    /// 实发工资
    pub net: Option<Money>,
}
