//! What a fact says, in one line for people.

use rules::{Days, Month, PayDay};
use std::collections::BTreeMap;
use wages::event::{LineKey, PaymentDetails, WageLine, WorkDay};
use wages::{Ending, Event, Party, Private};

/// What an answer for a day that has not come yet takes for granted.
pub(crate) const ASSUMES_ZH: &str = "截至日在将来：假定此后不再付款，也不再报送资料。";
/// See [`ASSUMES_ZH`].
pub(crate) const ASSUMES_EN: &str =
    "This day has not come yet: no further payment is assumed, and nothing more handed in.";

/// Personal data as it may be shown: plain when it was opened, else the word `sealed`.
fn shown(private: &Private) -> &str {
    private.plain().unwrap_or("sealed")
}

fn wages(of: &LineKey, line: &WageLine) -> String {
    format!("{} on {} by {}: gross {} net {}", of.month, of.project, of.employer, line.gross, line.net)
}

fn payment(p: &PaymentDetails) -> String {
    format!(
        "{} for {} on {} by {} ({}), batch {} number {}",
        p.amount,
        p.month,
        p.project,
        p.employer,
        p.payer.word(),
        p.batch,
        p.number
    )
}

/// Whom a fact names, where that is not sealed.
pub(crate) fn party(of: &Party) -> &str {
    match of {
        Party::Account(account) => account.as_str(),
        Party::Organisation(code) => code.as_str(),
        Party::Named(words) => shown(words),
    }
}

/// How something ended, where somebody said.
fn said(how: Ending) -> Option<&'static str> {
    (how != Ending::Unknown).then(|| how.word())
}

/// The same, after a Chinese sentence.
pub(crate) fn how_zh(how: Ending) -> String {
    said(how).map(|how| format!("，{how}")).unwrap_or_default()
}

/// When wages are paid, in Chinese.
pub(crate) fn pay_day_zh(day: Option<PayDay>) -> String {
    day.map_or_else(|| "未约定工资支付日".to_owned(), |day| format!("{}支付工资", day.zh()))
}

/// One line; names what changed and by how much, and whom it concerns by code.
pub(crate) fn describe(event: &Event) -> String {
    match event {
        Event::WorkerRegistered(e) => format!("registered: {} {}", shown(&e.name), shown(&e.id_number)),
        Event::WorkerChanged(e) => {
            let fields = [("name", &e.name), ("phone", &e.phone), ("card", &e.card), ("bank", &e.bank)];
            let changed: Vec<String> = fields
                .iter()
                .filter_map(|(name, value)| value.as_ref().map(|v| format!("{name} {}", shown(v))))
                .collect();
            format!("changed: {}", changed.join(", "))
        }
        Event::SiteEntered(e) => {
            let again = if e.changed.is_empty() {
                String::new()
            } else {
                format!(" ({} changed)", e.changed.join(", "))
            };
            format!("on site {} for {} from {} as {}{again}", e.project, e.employer, e.entered_on, e.trade)
        }
        Event::SiteLeft(e) => match e.left_on {
            Some(day) => {
                let how = said(e.how).map(|how| format!(" ({how})")).unwrap_or_default();
                format!("left site {} on {day}{how}, having come on {}", e.project, e.entered_on)
            }
            None => format!("still on site {}, having come on {}", e.project, e.entered_on),
        },
        Event::ContractSigned(e) => format!(
            "{} {} with {} on {}: {} {} per {}, pay day {}",
            e.document.word(),
            e.contract,
            e.employer,
            e.project,
            e.terms.pay_form.word(),
            e.terms.unit_price,
            e.terms.unit.word(),
            e.terms.pay_day.map_or_else(|| "not named".to_owned(), |day| day.to_string())
        ),
        Event::ContractAmended(e) => format!("contract amended from {}: {}", e.from, shown(&e.reason)),
        Event::ContractEnded(e) => {
            let how = said(e.how).unwrap_or("not said how");
            format!("contract ended on {} ({how}), ground art. {}", e.ended_on, e.ground)
        }
        Event::WorkRecorded(e) => {
            let sum = rules::Days::checked_sum(e.days.iter().map(|d| d.days)).unwrap_or_default();
            format!("{} dates on {}, {sum} 工日{}", e.days.len(), e.project, months(&e.days))
        }
        Event::WorkCorrected(e) => {
            let (dates, reason, months) = (e.days.len(), shown(&e.reason), months(&e.days));
            format!("{dates} dates on {} corrected: {reason}{months}", e.project)
        }
        Event::WagesAccrued(e) => format!("wages {}", wages(&e.of, &e.line)),
        Event::WagesCorrected(e) => {
            format!("wages {} (更正{}: {})", wages(&e.of, &e.line), e.correction, shown(&e.reason))
        }
        Event::TaxWithheld(e) => {
            format!("tax {} on {} paid in {} by {}", e.amount, e.declared_income, e.pay_month, e.employer)
        }
        Event::DeductionDeclared(e) => {
            let until = e.until.map_or_else(|| "on".to_owned(), |until| format!("to {until}"));
            let (kind, monthly) = (e.kind.en(), e.monthly);
            format!(
                "declared to {} on {}: {kind}, {monthly} a month from {} {until}",
                e.employer, e.declared_on, e.from
            )
        }
        Event::PaymentRecorded(e) => format!("paid {}", payment(&e.payment)),
        Event::PaymentFailed(e) => {
            let reason = e.reason.as_ref().map(shown).unwrap_or("no reason given");
            format!("not paid {}: {reason}", payment(&e.payment))
        }
        Event::PaymentReturned(e) => format!("came back {}", payment(&e.payment)),
        Event::WagesConfirmed(_) => "the worker says that the line is true".to_owned(),
        Event::WagesDisputed(e) => {
            format!("the worker says that the line is not true: {}", shown(&e.statement))
        }
        other => describe_place(other),
    }
}

/// The same for facts that are not about one worker.
fn describe_place(event: &Event) -> String {
    match event {
        Event::LedgerCreated(e) => format!("ledger {} created", e.origin),
        Event::FileImported(e) => format!(
            "{} file {} taken in: {} recorded, {} known, {} refused",
            e.kind,
            shown(&e.name),
            e.rows.recorded,
            e.rows.already_recorded,
            e.rows.refused
        ),
        Event::ClockOverridden(e) => {
            let reason = shown(&e.reason);
            format!(
                "the time of recording of entry {} is not believed, the ledger goes on by this one's clock: {reason}",
                e.entry
            )
        }
        Event::DataRevealed(e) => {
            format!(
                "data of {} workers shown to {} for {}: {}",
                e.workers,
                party(&e.to),
                e.question,
                shown(&e.purpose)
            )
        }
        Event::CrewRegistered(e) => format!("crew {} of {} on {}", shown(&e.label), e.employer, e.project),
        Event::ProjectRegistered(e) => format!("project {} {}", e.code, e.terms.name),
        Event::ProjectChanged(e) => format!("project {}: {} changed", e.code, e.changed.join(", ")),
        Event::SheetSealed(e) => format!(
            "sheet {} of {} sealed{}: {} lines, gross {} net {}",
            e.of.month,
            e.of.employer,
            if e.correction > 0 { format!(" (更正{})", e.correction) } else { String::new() },
            e.lines,
            e.gross,
            e.net
        ),
        Event::BatchSealed(e) => format!("batch {} sealed: {} lines, {}", e.batch, e.lines, e.amount),
        Event::AccountMoved(e) => {
            format!("account {} {} on {}, balance {}", e.direction.word(), e.amount, e.on, e.balance)
        }
        Event::OrganisationRegistered(e) => format!("organisation {} {}", e.code, e.name),
        other => describe_oversight(other),
    }
}

/// " (… changed)", where anything did.
fn again(changed: &[String]) -> String {
    if changed.is_empty() { String::new() } else { format!(" ({} changed)", changed.join(", ")) }
}

/// The same for who answers for wages, who watched, and what was done with warnings.
fn describe_oversight(event: &Event) -> String {
    let closed = |day: &Option<jiff::civil::Date>| {
        day.map_or_else(|| "open".to_owned(), |day| format!("closed on {day}"))
    };
    match event {
        Event::SubcontractSigned(e) => format!(
            "{} {} on {}: {} from {} to {}, signed on {}{}",
            e.kind.word(),
            e.number,
            e.project,
            e.price,
            e.giver,
            e.taker,
            e.signed_on,
            again(&e.changed)
        ),
        Event::DepositLodged(e) => format!(
            "{} {} of {} on {}: {} from {} to {}{}",
            e.form.word(),
            e.number,
            e.liable,
            e.project,
            e.amount,
            e.valid_from,
            e.valid_to,
            again(&e.changed)
        ),
        Event::SiteInspected(e) => {
            let missing = [("board", e.board), ("officer", e.officer), ("real-name management", e.real_name)];
            let missing: Vec<&str> = missing.iter().filter(|(_, there)| !there).map(|(w, _)| *w).collect();
            let missing = if missing.is_empty() { "nothing".to_owned() } else { missing.join(", ") };
            format!(
                "{} inspected by {} on {}: {missing} missing, {}, {}{}",
                e.project,
                e.by,
                e.on,
                e.decision.word(),
                closed(&e.closed_on),
                again(&e.changed)
            )
        }
        Event::ComplaintFiled(e) => format!(
            "complaint {} ({}) of {} workers on {} about {}: {}, {}{}",
            e.number,
            e.channel.word(),
            e.people,
            e.project,
            e.amount,
            e.state.word(),
            closed(&e.closed_on),
            again(&e.changed)
        ),
        other => describe_warning(other),
    }
}

fn describe_warning(event: &Event) -> String {
    let about = |of: &wages::event::WarningKey| {
        let project = of.project.as_ref().map(ToString::to_string);
        let object = project.or_else(|| of.employer.as_ref().map(ToString::to_string)).unwrap_or_default();
        format!("warning {} about {object} as of {}", of.rule, of.as_of)
    };
    match event {
        Event::WarningAcknowledged(e) => format!("{} seen: {}", about(&e.of), shown(&e.reason)),
        Event::WarningAssigned(e) => {
            let until = e.until.map(|day| format!(" until {day}")).unwrap_or_default();
            format!("{} assigned to {}{until}: {}", about(&e.of), party(&e.to), shown(&e.reason))
        }
        Event::WarningOrdered(e) => {
            format!(
                "{}: {} ordered to act until {}: {}",
                about(&e.of),
                party(&e.to),
                e.until,
                shown(&e.reason)
            )
        }
        Event::WarningExplained(e) => format!("{} explained: {}", about(&e.of), shown(&e.reason)),
        Event::WarningResolved(e) => format!("{} said to be settled: {}", about(&e.of), shown(&e.reason)),
        of_a_worker => of_a_worker.type_name().to_owned(),
    }
}

/// Dates and 工日 of days, by month.
pub(crate) fn months_of(days: &[WorkDay]) -> BTreeMap<Month, (usize, Days)> {
    let mut months: BTreeMap<Month, (usize, Days)> = BTreeMap::new();
    for day in days {
        let (dates, sum) = months.entry(Month::of(day.on)).or_default();
        *dates += 1;
        *sum = Days::checked_sum([*sum, day.days]).unwrap_or(*sum);
    }
    months
}

/// The months of days that span more than one.
fn months(days: &[WorkDay]) -> String {
    let months = months_of(days);
    if months.len() < 2 {
        return String::new();
    }
    let told = months.iter().map(|(month, (dates, sum))| format!("{month} {dates} dates, {sum} 工日"));
    format!(" (this entry spans {} months: {})", months.len(), told.collect::<Vec<_>>().join("; "))
}

/// The same in Chinese, of facts about one worker; of others the type.
pub(crate) fn describe_zh(event: &Event) -> String {
    match event {
        Event::WorkerRegistered(_) => "实名登记".to_owned(),
        Event::SiteEntered(e) => {
            format!("{} 进场，项目 {}，用人单位 {}，工种 {}", e.entered_on, e.project, e.employer, e.trade)
        }
        Event::SiteLeft(e) => match e.left_on {
            Some(day) => format!("{day} 退场，项目 {}（{} 进场）{}", e.project, e.entered_on, how_zh(e.how)),
            None => format!("仍在场，项目 {}（{} 进场）", e.project, e.entered_on),
        },
        Event::ContractSigned(e) => format!(
            "签订{} {}，用人单位 {}，项目 {}，自 {} 起，{}，{}",
            e.document.word(),
            e.contract,
            e.employer,
            e.project,
            e.terms.starts_on,
            e.terms.pay_form.word(),
            pay_day_zh(e.terms.pay_day)
        ),
        Event::ContractAmended(e) => format!("合同自 {} 起变更", e.from),
        Event::ContractEnded(e) => {
            let ground =
                e.ground.get().map(|article| format!("（劳动合同法第 {article} 条）")).unwrap_or_default();
            format!("合同于 {} 终止{ground}{}", e.ended_on, how_zh(e.how))
        }
        Event::WorkRecorded(e) => work_zh("考勤", &e.project, &e.days),
        Event::WorkCorrected(e) => work_zh("考勤更正", &e.project, &e.days),
        Event::WagesAccrued(e) => format!("工资表 {}", wages_zh(&e.of, &e.line)),
        Event::WagesCorrected(e) => format!("工资表更正{} {}", e.correction, wages_zh(&e.of, &e.line)),
        Event::TaxWithheld(e) => {
            format!("税款所属期 {}：申报收入 {} 元，扣缴个税 {} 元", e.pay_month, e.declared_income, e.amount)
        }
        Event::DeductionDeclared(e) => {
            let until = e.until.map_or_else(String::new, |until| format!("至 {until}"));
            format!(
                "{} 向 {} 申报{}：每月 {} 元，自 {} 起{until}",
                e.declared_on,
                e.employer,
                e.kind.word(),
                e.monthly,
                e.from
            )
        }
        Event::PaymentRecorded(e) => format!("{} 入账：{}", e.value_at.date(), payment_zh(&e.payment)),
        Event::PaymentFailed(e) => format!("支付未成功：{}", payment_zh(&e.payment)),
        Event::PaymentReturned(e) => format!("{} 退汇：{}", e.returned_at.date(), payment_zh(&e.payment)),
        Event::WagesConfirmed(_) => "本人确认工资无误".to_owned(),
        Event::WagesDisputed(_) => "本人对工资提出异议".to_owned(),
        other => other.type_name().to_owned(),
    }
}

fn work_zh(what: &str, project: &wages::ProjectCode, days: &[WorkDay]) -> String {
    let sum = rules::Days::checked_sum(days.iter().map(|day| day.days)).unwrap_or_default();
    format!("{what}，项目 {project}，{} 天，共 {sum} 工日", days.len())
}

fn wages_zh(of: &LineKey, line: &WageLine) -> String {
    format!(
        "{} 项目 {} 用人单位 {}：应发 {} 元，个人所得税 {} 元，实发 {} 元",
        of.month, of.project, of.employer, line.gross, line.deductions.income_tax, line.net
    )
}

fn payment_zh(p: &PaymentDetails) -> String {
    format!("{} 工资 {} 元，项目 {}，批次 {} 第 {} 笔", p.month, p.amount, p.project, p.batch, p.number)
}
