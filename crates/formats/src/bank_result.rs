//! Template 1.6: what a bank says about a payroll batch. Key: (batch, 流水号), or (batch, 序号) of a payment
//! that failed.

use crate::Located;
use crate::header::{Column, Template};
use jiff::civil::DateTime;
use rules::{Money, Month};
use wages::{CreditCode, IdNumber, ProjectCode, Reference};

mod read;

pub(crate) use read::read;

pub(crate) const TEMPLATE: Template = Template::one_line(&[
    Column::required("序号"),
    Column::required("收款账号"),
    Column::required("收款户名"),
    Column::required("证件号码"),
    Column::required("金额"),
    Column::required("状态"),
    Column::required("失败原因"),
    Column::required("入账时间"),
    Column::required("流水号"),
    Column::optional("原流水号"),
]);

/// One file of a bank about one batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankFile {
    /// The first line; `None` only when the findings say what is missing there.
    pub header: Option<BankHeader>,
    /// One per payment order.
    pub lines: Vec<Located<BankLine>>,
}

/// The first line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankHeader {
    /// 批次号
    pub batch: Reference,
    /// 项目编码
    pub project: ProjectCode,
    /// 信用代码: whose workers are paid
    pub employer_code: CreditCode,
    /// 工资月份
    pub month: Month,
    /// 付款账号
    pub payer_account: String,
    /// 付款户名
    pub payer_name: String,
    /// 总笔数: number of all lines
    pub count: u32,
    /// 总金额: sum of all lines, whatever became of them
    pub total: Money,
}

/// One payment order and what became of it.
#[derive(Clone, PartialEq, Eq)]
pub struct BankLine {
    /// 序号
    pub number: u32,
    /// 收款账号: digits
    pub account: String,
    /// 收款户名
    pub holder: String,
    /// 证件号码
    pub id: IdNumber,
    /// 金额, more than 0
    pub amount: Money,
    /// 状态 and what belongs to it
    pub outcome: Outcome,
}

impl std::fmt::Debug for BankLine {
    /// Nothing personal.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BankLine")
            .field("number", &self.number)
            .field("amount", &self.amount)
            .field("outcome", &self.outcome)
            .finish_non_exhaustive()
    }
}

/// What became of a payment order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// 成功: the money arrived.
    Succeeded {
        /// 入账时间, China time
        credited_at: DateTime,
        /// 流水号
        serial: Reference,
    },
    /// 失败: no money moved.
    Failed {
        /// 失败原因
        reason: Option<String>,
    },
    /// 退汇: a payment that had gone through came back.
    Returned {
        /// 入账时间 of the return, China time
        credited_at: DateTime,
        /// 流水号 of the return
        serial: Reference,
        /// 原流水号: the payment that came back, if the bank names it
        original: Option<Reference>,
        /// 失败原因
        reason: Option<String>,
    },
}

impl Outcome {
    /// The word that files use.
    pub fn word(&self) -> &'static str {
        match self {
            Outcome::Succeeded { .. } => "成功",
            Outcome::Failed { .. } => "失败",
            Outcome::Returned { .. } => "退汇",
        }
    }

    /// 流水号, unless it failed.
    pub fn serial(&self) -> Option<&Reference> {
        match self {
            Outcome::Succeeded { serial, .. } | Outcome::Returned { serial, .. } => Some(serial),
            Outcome::Failed { .. } => None,
        }
    }
}
