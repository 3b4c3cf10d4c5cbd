//! The estimates of one employment.

use super::facts::{Employment, UndatedWages};
use crate::chapter::{Chapter, Said};
use crate::failure::Failure;
use crate::run::rules::explain::owed::{How, end};
use jiff::civil::Date;
use rules::owed::{
    LimitDate, Link, MonthWage, Service, arbitration_of_wages, double_wage, inspection, liability_chain,
    severance,
};
use rules::{Money, Month, RuleError};
use std::collections::BTreeMap;

/// Months of wages that severance looks at (LCL art. 47).
const MONTHS: usize = 12;

/// Every estimate of an employment: severance, second wage, limits, who pays.
pub(super) fn of(employment: &Employment, how: How, as_of: Date) -> Result<Vec<Chapter>, Failure> {
    let wages = by_month(employment)?;
    let mut chapters =
        vec![severance_of(employment, how, &wages, as_of)?, second_wage(employment, &wages, as_of)?];
    for late in &employment.late {
        let title = Said::new(
            format!("欠薪：项目 {}，{}，自 {} 起", late.project, late.amount, late.since),
            format!("arrears on project {}: {}, late since {}", late.project, late.amount, late.since),
        );
        let mut chapter = Chapter::new(title);
        let arbitration = arbitration_of_wages(employment.ended_on, as_of, &[]);
        let inspection = inspection(late.since, true, None);
        let chain = liability_chain(&late.parties, as_of);
        if let Some(arbitration) = unless_no_law(arbitration, &mut chapter)? {
            chapter.notes.push(limit("劳动仲裁", "arbitration", &arbitration, as_of));
            chapter.steps.extend(arbitration.steps);
        }
        if let Some(inspection) = unless_no_law(inspection, &mut chapter)? {
            chapter.notes.push(limit("劳动监察", "labour inspection", &inspection, as_of));
            chapter.steps.extend(inspection.steps);
        }
        if let Some(chain) = unless_no_law(chain, &mut chapter)? {
            chapter.steps.extend(chain.iter().map(Link::step));
        }
        chapter.notes.push(Said::new(
            "不明：时效中断的事实；用人单位资质；建设单位是否拖欠工程款、欠付多少；工资保证金余额",
            "not known: what interrupted the time; the employer's qualification; whether and what the owner has not \
             paid; what is left in the deposit",
        ));
        chapters.push(chapter);
    }
    chapters.extend(employment.undated.iter().map(undated));
    Ok(chapters)
}

/// What may be late and is not known to be stands beside what is.
fn undated(wages: &UndatedWages) -> Chapter {
    let UndatedWages { project, lines, amount, years } = wages;
    let years: Vec<String> = years.iter().map(i16::to_string).collect();
    let (zh, en) = (years.join("、"), years.join(", "));
    Chapter::new(Said::new(
        format!("未付而应支付日期不明：项目 {project}，{amount}，{lines} 笔，缺 {zh} 年日历，未计入欠薪"),
        format!(
            "not paid, and when it is due is not known: project {project}, {amount} on {lines} lines, for want of the \
             calendar of {en}; not counted as arrears"
        ),
    ))
}

/// Where the law of a day or place is not in our data there is no estimate, and the chapter says so.
fn unless_no_law<T>(found: Result<T, RuleError>, chapter: &mut Chapter) -> Result<Option<T>, Failure> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(error @ (RuleError::Missing(_) | RuleError::NoCalendar(_))) => {
            chapter.notes.push(Said::new(
                format!("不明：缺该日该地的法律数据（{error}）"),
                format!("not known: {error}"),
            ));
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

/// Gross wages by month.
fn by_month(employment: &Employment) -> Result<BTreeMap<Month, Money>, Failure> {
    let mut wages: BTreeMap<Month, Money> = BTreeMap::new();
    for line in &employment.lines {
        let sum = wages.entry(line.month).or_default();
        *sum = sum.checked_add(line.gross).ok_or(RuleError::OutOfRange)?;
    }
    Ok(wages)
}

fn severance_of(
    employment: &Employment,
    how: How,
    wages: &BTreeMap<Month, Money>,
    as_of: Date,
) -> Result<Chapter, Failure> {
    let last = employment.ended_on.unwrap_or(as_of);
    let service = Service { first: employment.first, last };
    let mut months: Vec<Money> = wages.values().rev().take(MONTHS).copied().collect();
    months.reverse();
    let mut chapter = Chapter::new(Said::new(
        format!("经济补偿：用人单位 {}，{} 至 {last}", employment.employer, employment.first),
        format!("severance: employer {}, {} to {last}", employment.employer, employment.first),
    ));
    if months.is_empty() {
        chapter.notes.push(Said::new("未报送工资，无法估算", "no wages are recorded: no estimate"));
        return Ok(chapter);
    }
    let found = severance(service, end(how), &months, employment.minimum, None);
    let Some(found) = unless_no_law(found, &mut chapter)? else { return Ok(chapter) };
    let (amount, label) = (found.amount, found.entitlement.label());
    chapter.steps = found.steps;
    chapter.notes.push(Said::new(format!("估算：{label}，{amount}"), format!("estimate: {label}, {amount}")));
    if !found.unknown.is_empty() {
        let unknown = found.unknown.join("; ");
        chapter.notes.push(Said::new(format!("不明：{unknown}"), format!("not known: {unknown}")));
    }
    if employment.ended_on.is_none() {
        chapter.notes.push(Said::new(
            "仍在职：按于该日终止估算；终止情形由 --end 指定，账本不判断",
            "still employed: as if it ended on the day asked about; how it ends is what --end says, not the ledger",
        ));
    }
    Ok(chapter)
}

fn second_wage(
    employment: &Employment,
    wages: &BTreeMap<Month, Money>,
    as_of: Date,
) -> Result<Chapter, Failure> {
    let until = employment.ended_on.unwrap_or(as_of);
    let wages: Vec<MonthWage> =
        wages.iter().map(|(month, gross)| MonthWage { month: *month, gross: *gross }).collect();
    let signed = employment.signed_on.map_or_else(|| "-".to_owned(), |day| day.to_string());
    let mut chapter = Chapter::new(Said::new(
        format!("未订立书面合同的二倍工资：用人单位 {}，签订日 {signed}", employment.employer),
        format!("second wage without written contract: employer {}, signed on {signed}", employment.employer),
    ));
    let found = double_wage(employment.first, employment.signed_on, until, &wages);
    let Some(found) = unless_no_law(found, &mut chapter)? else { return Ok(chapter) };
    let amount = found.amount;
    chapter.steps = found.steps;
    chapter.notes.push(Said::new(format!("估算：{amount}"), format!("estimate: {amount}")));
    if !found.unknown.is_empty() {
        let months: Vec<String> = found.unknown.iter().map(Month::to_string).collect();
        let months = months.join(", ");
        chapter.notes.push(Said::new(
            format!("不明：{months} 的工资，未计入"),
            format!("not known: the wages of {months}, which are left out"),
        ));
    }
    if employment.signed_on.is_none() {
        chapter.notes.push(Said::new(
            "不明：合同是否已签订而未报送；是否因劳动者拒签",
            "not known: whether a contract was signed and not handed in; whether the worker refused to sign",
        ));
    }
    Ok(chapter)
}

fn limit(zh: &str, en: &str, limit: &LimitDate, as_of: Date) -> Said {
    match (limit.last_day, limit.days_left(as_of)) {
        (Some(day), Some(left)) => Said::new(
            format!("{zh}：最后日期 {day}，剩 {left} 天"),
            format!("{en}: last day {day}, {left} days left"),
        ),
        _ => Said::new(format!("{zh}：时效尚未起算"), format!("{en}: no time runs")),
    }
}
