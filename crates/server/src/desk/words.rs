//! Recorded words as people of either language read them.

use super::lang::Lang;
use super::table::{Cell, Tone};
use crate::print::amount;
use crate::words as english;
use jiff::civil::Date;
use readmodel::Attempt;
use wages::event::{LineKey, PaymentDetails, RowCounts, WageLine, WarningKey, WorkDay};
use wages::{Channel, Event, Private};

/// Kinds of entries in Chinese, by type; in English the type's own name says it.
const KINDS: &[(&str, &str, &str)] = &[
    ("ledger.created", "账本创建", "ledger created"),
    ("file.imported", "文件导入", "file taken in"),
    ("data.revealed", "查看个人信息", "personal data shown"),
    ("clock.overridden", "更正记录时钟", "a wrong clock overruled"),
    ("worker.registered", "工人登记", "worker registered"),
    ("worker.changed", "工人信息变更", "worker changed"),
    ("site.entered", "进场日期", "came on site"),
    ("site.left", "退场日期", "left site"),
    ("contract.signed", "合同签订", "contract signed"),
    ("contract.amended", "合同变更", "contract amended"),
    ("contract.ended", "合同终止", "contract ended"),
    ("work.recorded", "考勤", "days worked"),
    ("work.corrected", "考勤更正", "days corrected"),
    ("wages.accrued", "工资明细", "wages accrued"),
    ("wages.corrected", "工资更正", "wages corrected"),
    ("wages.confirmed", "工人确认工资", "wages confirmed"),
    ("wages.disputed", "工人异议", "wages disputed"),
    ("tax.withheld", "个税扣缴申报", "tax withheld"),
    ("deduction.declared", "专项附加扣除等申报", "deduction declared"),
    ("payment.recorded", "支付成功", "payment made"),
    ("payment.failed", "支付未成功", "payment failed"),
    ("payment.returned", "退汇", "payment returned"),
    ("crew.registered", "班组登记", "crew registered"),
    ("project.registered", "项目登记", "project registered"),
    ("project.changed", "项目变更", "project changed"),
    ("sheet.sealed", "工资表定稿", "wage sheet sealed"),
    ("batch.sealed", "银行批次锁定", "bank batch sealed"),
    ("account.moved", "专户流水", "account moved"),
    ("organisation.registered", "单位登记", "organisation registered"),
    ("subcontract.signed", "分包合同", "subcontract signed"),
    ("deposit.lodged", "工资保证金", "wage deposit lodged"),
    ("site.inspected", "现场检查", "site inspected"),
    ("complaint.filed", "欠薪投诉", "complaint filed"),
    ("warning.acknowledged", "预警签收", "warning seen"),
    ("warning.assigned", "预警分派", "warning assigned"),
    ("warning.ordered", "责令限期改正", "order to act on a warning"),
    ("warning.explained", "预警说明", "warning explained"),
    ("warning.resolved", "预警处置完毕", "warning said to be settled"),
];

/// A type of entry in words; one that has none yet by its name.
pub(super) fn kind(l: Lang, type_name: &str) -> String {
    let known = KINDS.iter().find(|(name, ..)| *name == type_name);
    known.map_or_else(|| type_name.to_owned(), |(_, zh, en)| l.of(*zh, *en).to_owned())
}

/// Whose account recorded something.
pub(super) fn account(l: Lang, name: &str) -> Cell {
    match name == wages::UNKNOWN {
        true => Cell::from(l.of("未登记账号", "an account that is not registered")).toned(Tone::Quiet),
        false => Cell::from(name),
    }
}

/// How a fact came in.
pub(super) fn channel(l: Lang, channel: Channel) -> &'static str {
    match channel {
        Channel::File => l.of("文件导入", "file"),
        Channel::Http => l.of("接口", "interface"),
        Channel::Web => l.of("网页", "pages"),
        Channel::Worker => l.of("工人本人", "the worker's own page"),
        Channel::Link => l.of("链接", "a link"),
        Channel::Machine => l.of("设备或其他系统", "a device or another system"),
        Channel::Cli => l.of("命令行", "command line"),
        Channel::System => l.of("系统", "the system itself"),
    }
}

/// What somebody said, or that nobody did.
pub(super) fn known(l: Lang, text: &str) -> Cell {
    match text == wages::UNKNOWN {
        true => Cell::from(l.of("未报送", "not handed in")).toned(Tone::Quiet),
        false => Cell::from(text),
    }
}

/// Whose pay day a due date follows.
pub(super) fn due_from(l: Lang, word: &str) -> &'static str {
    match word {
        "contract" => l.of("劳动合同约定的工资支付日", "the pay day of the worker's contract"),
        "project" => l.of("项目约定的工资支付日", "the project's pay day"),
        _ => l.of("未约定：次月末", "none agreed: the end of the month after"),
    }
}

/// How pay was counted, as recorded.
pub(super) fn pay_form(l: Lang, word: &str) -> String {
    let known = wages::PayForm::ALL
        .iter()
        .find(|form| serde_json::to_value(form).is_ok_and(|value| value.as_str() == Some(word)));
    match (l, known) {
        (Lang::Zh, Some(form)) => form.word().to_owned(),
        _ => word.replace('_', " "),
    }
}

/// What became of a payment by the day.
pub(super) fn attempt(l: Lang, attempt: &Attempt, as_of: Date) -> Cell {
    if attempt.outcome.value_on.is_none() {
        return Cell::from(l.of("失败", "failed")).toned(Tone::Bad);
    }
    if attempt.outcome.came_back(as_of) {
        return Cell::from(l.of("已退汇", "returned")).toned(Tone::Bad);
    }
    if attempt.outcome.counts(as_of) {
        return Cell::from(l.of("成功", "went through")).toned(Tone::Good);
    }
    Cell::from(l.of("所选日期之后", "after the chosen day")).toned(Tone::Quiet)
}

fn shown(private: &Private) -> &str {
    private.plain().unwrap_or("（已加密）")
}

/// Whose account, in a sentence.
/// What became of a file's rows; what there is none of is left out.
fn rows_zh(rows: &RowCounts) -> String {
    let parts = [("新记录", rows.recorded), ("已有", rows.already_recorded), ("拒绝", rows.refused)];
    let some = parts.iter().filter(|(_, number)| *number > 0);
    let told: Vec<String> = some.map(|(what, number)| format!("{what} {number} 行")).collect();
    if told.is_empty() { "没有数据行".to_owned() } else { told.join("，") }
}

/// The months of days that span more than one.
fn months_zh(days: &[WorkDay]) -> String {
    let months = english::months_of(days);
    if months.len() < 2 {
        return String::new();
    }
    let told = months.iter().map(|(month, (dates, sum))| format!("{month} {dates} 天 {sum} 工日"));
    format!("（本条记录含 {} 个月：{}）", months.len(), told.collect::<Vec<_>>().join("，"))
}

fn wages_zh(of: &LineKey, line: &WageLine) -> String {
    format!(
        "{} 工资（项目 {}，用人单位 {}）：{} 工日，应发 {} 元，实发 {} 元",
        of.month,
        of.project,
        of.employer,
        line.days,
        amount(line.gross),
        amount(line.net)
    )
}

fn payment_zh(p: &PaymentDetails) -> String {
    format!(
        "{} 工资 {} 元（项目 {}，用人单位 {}），批次 {} 第 {} 笔",
        p.month,
        amount(p.amount),
        p.project,
        p.employer,
        p.batch,
        p.number
    )
}

/// What an entry says, in one line.
pub(super) fn describe(l: Lang, event: &Event) -> String {
    if l == Lang::En {
        return english::describe(event);
    }
    match event {
        Event::WorkerRegistered(e) => format!("登记工人：{} {}", shown(&e.name), shown(&e.id_number)),
        Event::WorkerChanged(_) => "变更工人的姓名、电话或银行卡".to_owned(),
        Event::SiteEntered(e) => {
            format!("{} 进入项目 {}（用人单位 {}），工种 {}", e.entered_on, e.project, e.employer, e.trade)
        }
        Event::SiteLeft(e) => match e.left_on {
            Some(day) => {
                let how = english::how_zh(e.how);
                format!("{day} 离开项目 {}（{} 进场）{how}", e.project, e.entered_on)
            }
            None => format!("仍在项目 {}（{} 进场）", e.project, e.entered_on),
        },
        Event::ContractSigned(e) => format!(
            "{} {}：{}，{} 元/{}，{}",
            e.document.word(),
            e.contract,
            e.terms.pay_form.word(),
            e.terms.unit_price,
            e.terms.unit.word(),
            english::pay_day_zh(e.terms.pay_day)
        ),
        Event::ContractAmended(e) => format!("自 {} 起变更合同：{}", e.from, shown(&e.reason)),
        Event::ContractEnded(e) => {
            let ground = e.ground.get().map(|article| format!("，依据第 {article} 条")).unwrap_or_default();
            format!("合同于 {} 终止{ground}{}", e.ended_on, english::how_zh(e.how))
        }
        Event::WorkRecorded(e) => {
            let sum = rules::Days::checked_sum(e.days.iter().map(|d| d.days)).unwrap_or_default();
            format!("项目 {} 出勤 {} 天，共 {sum} 工日{}", e.project, e.days.len(), months_zh(&e.days))
        }
        Event::WorkCorrected(e) => {
            let months = months_zh(&e.days);
            format!("更正项目 {} 的 {} 天考勤：{}{months}", e.project, e.days.len(), shown(&e.reason))
        }
        Event::WagesAccrued(e) => wages_zh(&e.of, &e.line),
        Event::WagesCorrected(e) => {
            format!("更正{}（{}）：{}", e.correction, shown(&e.reason), wages_zh(&e.of, &e.line))
        }
        Event::WagesConfirmed(_) => "工人确认该笔工资无误".to_owned(),
        Event::WagesDisputed(e) => format!("工人对该笔工资有异议：{}", shown(&e.statement)),
        Event::TaxWithheld(e) => {
            format!(
                "税款所属期 {}：申报收入 {} 元，扣缴个税 {} 元",
                e.pay_month,
                amount(e.declared_income),
                amount(e.amount)
            )
        }
        Event::DeductionDeclared(e) => {
            let until = e.until.map_or_else(String::new, |until| format!("至 {until}"));
            let (kind, monthly) = (e.kind.word(), amount(e.monthly));
            format!("{} 申报{kind}：每月 {monthly} 元，自 {} 起{until}", e.declared_on, e.from)
        }
        Event::PaymentRecorded(e) => format!("支付成功：{}", payment_zh(&e.payment)),
        Event::PaymentFailed(e) => {
            let reason = e.reason.as_ref().map_or("未说明", shown);
            format!("支付未成功：{}；原因：{reason}", payment_zh(&e.payment))
        }
        Event::PaymentReturned(e) => format!("退汇：{}", payment_zh(&e.payment)),
        other => describe_place(other),
    }
}

/// The same for facts that are not about one worker. A kind that has no words here yet is told in English.
fn describe_place(event: &Event) -> String {
    match event {
        Event::LedgerCreated(e) => format!("创建账本 {}", e.origin),
        Event::FileImported(e) => format!("导入文件 {}：{}", shown(&e.name), rows_zh(&e.rows)),
        Event::DataRevealed(e) => {
            format!(
                "由{}查看 {} 名工人的个人信息；用途：{}",
                english::party(&e.to),
                e.workers,
                shown(&e.purpose)
            )
        }
        Event::ClockOverridden(e) => {
            format!("第 {} 条的记录时间有误，账本按本条的时钟继续；理由：{}", e.entry, shown(&e.reason))
        }
        Event::CrewRegistered(e) => {
            format!("登记班组 {}（项目 {}，用人单位 {}）", shown(&e.label), e.project, e.employer)
        }
        Event::ProjectRegistered(e) => format!("登记项目 {} {}", e.code, e.terms.name),
        Event::ProjectChanged(e) => format!("项目 {} 变更：{}", e.code, e.changed.join("、")),
        Event::SheetSealed(e) => {
            let number =
                if e.correction > 0 { format!("（更正{}）", e.correction) } else { String::new() };
            format!(
                "{} 工资表{number}定稿：{} 笔，应发 {} 元，实发 {} 元",
                e.of.month,
                e.lines,
                amount(e.gross),
                amount(e.net)
            )
        }
        Event::BatchSealed(e) => {
            format!("银行批次 {} 锁定：{} 笔，{} 元", e.batch, e.lines, amount(e.amount))
        }
        Event::AccountMoved(e) => {
            format!(
                "专户{} {} 元（{}），余额 {}",
                e.direction.word(),
                amount(e.amount),
                e.on,
                amount(e.balance)
            )
        }
        Event::OrganisationRegistered(e) => format!("登记单位 {} {}", e.code, e.name),
        other => describe_oversight(other),
    }
}

/// The same for who answers for wages, and who watched.
fn describe_oversight(event: &Event) -> String {
    let closed = |day: Option<Date>| day.map_or_else(|| "未办结".to_owned(), |day| format!("{day} 办结"));
    match event {
        Event::SubcontractSigned(e) => format!(
            "{} {}：{} 发包给 {}，{} 签订，{} 元{}",
            e.kind.word(),
            e.number,
            e.giver_name,
            e.taker_name,
            e.signed_on,
            amount(e.price),
            again(&e.changed)
        ),
        Event::DepositLodged(e) => format!(
            "{} {}：{} 元，由 {} 出具，{} 至 {}{}",
            e.form.word(),
            e.number,
            amount(e.amount),
            e.issuer,
            e.valid_from,
            e.valid_to,
            again(&e.changed)
        ),
        Event::SiteInspected(e) => {
            let all = [("维权告示牌", e.board), ("劳资专管员", e.officer), ("实名制管理", e.real_name)];
            let missing: Vec<&str> = all.iter().filter(|(_, there)| !there).map(|(name, _)| *name).collect();
            let missing = match missing.is_empty() {
                true => "未发现缺失".to_owned(),
                false => format!("缺少{}", missing.join("、")),
            };
            let decision = e.decision.word();
            format!(
                "{} 于 {} 检查：{missing}，处理：{decision}，{}{}",
                e.by,
                e.on,
                closed(e.closed_on),
                again(&e.changed)
            )
        }
        Event::ComplaintFiled(e) => format!(
            "{} 收到{}投诉 {}：{} 人，{} 元，{}，{}{}",
            e.on,
            e.channel.word(),
            e.number,
            e.people,
            amount(e.amount),
            e.state.word(),
            closed(e.closed_on),
            again(&e.changed)
        ),
        other => describe_warning(other),
    }
}

/// What was said again, and what of it is new.
fn again(changed: &[String]) -> String {
    if changed.is_empty() { String::new() } else { format!("（变更：{}）", changed.join("、")) }
}

/// The same for what people did with warnings. A kind that has no words here yet is told in English.
fn describe_warning(event: &Event) -> String {
    let about = |of: &WarningKey| format!("预警 {}（截至 {}）", of.rule, of.as_of);
    match event {
        Event::WarningAcknowledged(e) => format!("已签收{}：{}", about(&e.of), shown(&e.reason)),
        Event::WarningAssigned(e) => {
            let until = e.until.map(|day| format!("，限 {day} 前")).unwrap_or_default();
            format!("{}分派给 {}{until}：{}", about(&e.of), english::party(&e.to), shown(&e.reason))
        }
        Event::WarningOrdered(e) => {
            format!(
                "就{}责令 {} 于 {} 前改正：{}",
                about(&e.of),
                english::party(&e.to),
                e.until,
                shown(&e.reason)
            )
        }
        Event::WarningExplained(e) => format!("对{}的说明：{}", about(&e.of), shown(&e.reason)),
        Event::WarningResolved(e) => format!("{}处置完毕：{}", about(&e.of), shown(&e.reason)),
        other => english::describe(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wages::EventType;

    /// Every kind of entry has its words.
    #[test]
    fn every_kind_has_a_name() {
        let known: Vec<&str> = KINDS.iter().map(|(name, ..)| *name).collect();
        for EventType { name, .. } in Event::TYPES {
            assert!(known.contains(name), "{name}");
        }
    }

    /// Each example of a fact is told in Chinese on Chinese pages, and by no name of a type.
    #[test]
    fn every_fact_is_told_in_chinese() {
        for EventType { name, version, .. } in Event::TYPES {
            let path =
                format!("{}/../../schemas/examples/{name}.v{version}.json", env!("CARGO_MANIFEST_DIR"));
            let (event, _) = Event::from_body(&std::fs::read(path).unwrap()).unwrap();
            let told = describe(Lang::Zh, &event);
            assert!(told.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)), "{name}: {told}");
            assert_ne!(told, english::describe(&event), "{name}");
        }
    }
}
