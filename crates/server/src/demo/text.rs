//! The templates that are text.

use super::account::Movement;
use super::cast::{Project, Stay};
use super::pay::{Batch, Outcome};
use super::work::WorkDay;
use encoding_rs::GB18030;
use jiff::ToSpan;
use rules::Money;
use std::fmt::Write;
use wages::PayForm;

const BYTE_ORDER_MARK: &str = "\u{FEFF}";

/// Lines of cells, as Excel writes them.
struct Csv(String);

impl Csv {
    fn with_header(header: &str) -> Csv {
        let mut csv = Csv(BYTE_ORDER_MARK.to_owned());
        csv.row(&header.split(", ").map(str::to_owned).collect::<Vec<_>>());
        csv
    }

    /// None of our cells holds a comma, quote or line break.
    fn row(&mut self, cells: &[String]) {
        self.0.push_str(&cells.join(","));
        self.0.push_str("\r\n");
    }

    fn bytes(self) -> Vec<u8> {
        self.0.into_bytes()
    }
}

fn yuan(fen: i64) -> String {
    Money::from_fen(fen).to_string()
}

/// Template 1.1.
pub(super) fn projects<'p>(projects: impl IntoIterator<Item = &'p Project>) -> Vec<u8> {
    let mut csv = Csv::with_header(
        "项目编码, 项目名称, 行政区划代码, 建设单位, 建设单位信用代码, 施工总承包单位, 总包信用代码, 合同价, \
         专户开户行, 专户账号, 人工费用拨付周期天数, 约定月拨付人工费, 工资发放日, 开工日期, 计划竣工日期",
    );
    for project in projects {
        csv.row(&[
            project.code.to_owned(),
            project.name.to_owned(),
            project.region.to_owned(),
            project.owner.name.to_owned(),
            project.owner.code.to_owned(),
            project.contractor.name.to_owned(),
            project.contractor.code.to_owned(),
            yuan(project.price),
            project.bank.to_owned(),
            project.account.to_owned(),
            project.labour_cost_period_days.to_string(),
            yuan(project.agreed_labour_cost),
            project.pay_day.to_string(),
            project.starts_on.to_string(),
            project.planned_end.to_string(),
        ]);
    }
    csv.bytes()
}

/// Template 1.3.
pub(super) fn contracts<'s>(stays: impl IntoIterator<Item = &'s Stay>) -> Vec<u8> {
    let mut csv = Csv::with_header(
        "合同编号, 证件号码, 姓名, 用人单位信用代码, 文书类型, 期限类型, 签订日期, 开始日期, 结束日期, 计薪方式, \
         单价, 计量单位, 工资发放日, 所得类型",
    );
    for (number, stay) in (1..).zip(stays.into_iter().filter(|stay| stay.has_contract)) {
        let by_task = stay.terms.pay_form == PayForm::Piece;
        let (term, ends_on) = if by_task {
            ("以完成一定工作任务为期限", "")
        } else {
            ("固定期限", "2026-12-31")
        };
        csv.row(&[
            format!("HT{}{}-{number:03}", stay.project.region, stay.project.number),
            stay.person.id.clone(),
            stay.person.name.clone(),
            stay.crew.employer.code.to_owned(),
            if by_task { "用工书面协议" } else { "劳动合同" }.to_owned(),
            term.to_owned(),
            stay.entered_on.saturating_sub(1.day()).to_string(),
            stay.entered_on.to_string(),
            ends_on.to_owned(),
            stay.terms.pay_form.word().to_owned(),
            yuan(stay.terms.price),
            stay.terms.unit.word().to_owned(),
            stay.pay_day.to_string(),
            "工资薪金".to_owned(),
        ]);
    }
    csv.bytes()
}

/// Template 1.4.
pub(super) fn attendance(project: &Project, rows: &[(&Stay, WorkDay)]) -> Vec<u8> {
    let mut csv = Csv::with_header("证件号码, 日期, 首次进场, 末次出场, 工日, 设备编号");
    for (stay, day) in rows {
        csv.row(&[
            stay.person.id.clone(),
            day.on.to_string(),
            day.first_in.clone(),
            day.last_out.clone(),
            rules::Days::from_tenths(day.tenths).to_string(),
            format!("{}-{:02}", project.device, stay.seat.1 + 1),
        ]);
    }
    csv.bytes()
}

/// Template 1.7.
pub(super) fn account<'m>(movements: impl IntoIterator<Item = &'m Movement>) -> Vec<u8> {
    let mut csv = Csv::with_header("日期, 借贷, 金额, 余额, 对方户名, 摘要, 流水号");
    for movement in movements {
        csv.row(&[
            movement.on.to_string(),
            movement.direction.word().to_owned(),
            yuan(movement.amount),
            yuan(movement.balance),
            movement.counterparty.to_owned(),
            movement.summary.clone(),
            movement.serial.clone(),
        ]);
    }
    csv.bytes()
}

/// Template 1.6, in the encoding of the bank.
pub(super) fn bank_result(batch: &Batch, stays: &[Stay]) -> Vec<u8> {
    let project = batch.project;
    let has_returns = batch.orders.iter().any(|order| matches!(order.outcome, Outcome::Returned(..)));
    let mut text = format!(
        "#批次号={}|项目编码={}|信用代码={}|工资月份={}|付款账号={}|付款户名={}{}农民工工资专用账户|总笔数={}|\
         总金额={}\r\n序号|收款账号|收款户名|证件号码|金额|状态|失败原因|入账时间|流水号{}\r\n",
        batch.number,
        project.code,
        batch.employer.code,
        batch.month,
        project.account,
        project.contractor.name,
        project.name,
        batch.orders.len(),
        yuan(batch.sum(|_| true)),
        if has_returns { "|原流水号" } else { "" },
    );
    for (number, order) in (1..).zip(&batch.orders) {
        let Some(Stay { person, .. }) = stays.get(order.stay) else { continue };
        let (state, reason, original) = match &order.outcome {
            Outcome::Succeeded => ("成功", "", ""),
            Outcome::Failed(reason) => ("失败", *reason, ""),
            Outcome::Returned(original, reason) => ("退汇", *reason, original.as_str()),
        };
        let at = if order.at.is_empty() { String::new() } else { format!("{} {}", batch.on, order.at) };
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "{number}|{}|{}|{}|{}|{state}|{reason}|{at}|{}",
            person.card,
            person.name,
            person.id,
            yuan(order.amount),
            order.serial
        );
        if has_returns {
            let _ = write!(text, "|{original}");
        }
        text.push_str("\r\n");
    }
    let (bytes, _, _) = GB18030.encode(&text);
    bytes.into_owned()
}
