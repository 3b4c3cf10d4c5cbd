//! What the figures of a warning say, in words of either language: people, days, amounts and how far beyond a standard.

mod not_known;

use crate::chapter::Said;
use crate::print::amount;
use rules::warning::IndicatorId;
use serde_json::{Map, Value};

/// The figures of an indicator in a sentence. Parts that count nothing are left out.
pub(crate) fn told(rule: IndicatorId, figures: &Map<String, Value>) -> Said {
    let zh = Gauge { figures, missing: "（未报送）" };
    let en = Gauge { figures, missing: "(not handed in)" };
    let beside = not_known::beside(figures);
    Said::new(zh.zh(rule) + &beside.zh, en.en(rule) + &beside.en)
}

/// Figures by their names, and what is said of one that is not there.
struct Gauge<'a> {
    figures: &'a Map<String, Value>,
    missing: &'static str,
}

impl Gauge<'_> {
    fn zh(&self, rule: IndicatorId) -> String {
        let [some, all] = [self.of("numerator"), self.of("denominator")];
        match rule {
            IndicatorId::I01 => self.cover_zh(&some, &all),
            IndicatorId::I02 => {
                let last = self.some("last_transfer", |day| format!("，最近一次拨付 {day}"));
                let none = if last.is_empty() { "，从未拨付" } else { "" };
                format!("{} 应拨 {all} 元，实拨 {some} 元{last}{none}", self.of("month"))
            }
            IndicatorId::I03 => format!("{} 考勤 {all} 人，其中 {some} 人未发薪", self.of("month")),
            IndicatorId::I04 => format!("{all} 人中已签 {some} 人"),
            IndicatorId::I05 => format!("{all} 人中已登记 {some} 人"),
            IndicatorId::I06 if self.is_one_project() => "近日未报送考勤".to_owned(),
            IndicatorId::I06 => format!("{all} 个项目中近日有考勤 {some} 个"),
            IndicatorId::I07 => format!("支付 {all} 元，其中专户代发 {some} 元"),
            IndicatorId::I08 => format!("分包单位 {all} 人中总包代发 {some} 人"),
            IndicatorId::I09 => {
                let expiry = self.some("next_expiry", |day| format!("，最近一笔 {day} 到期"));
                format!("应存 {all} 元，有效 {some} 元{expiry}")
            }
            IndicatorId::I10 => self.inspection_zh(),
            IndicatorId::I11 => format!("全月出勤 {all} 人中 {some} 人低于最低工资"),
            IndicatorId::I12 => format!("{} 个月份金额异常", self.of("months")),
            IndicatorId::I13 => format!(
                "最长 {} 天，{} 笔，共 {} 元",
                self.of("days_overdue"),
                self.of("items"),
                self.of("amount")
            ),
            IndicatorId::I14 => {
                let open = self.some("open_complaints", |number| format!("，未办结投诉 {number} 件"));
                let many = self.some("collective_claims", |number| format!("，其中集体投诉 {number} 件"));
                format!("被欠薪 {} 人{open}{many}", self.of("heads"))
            }
            IndicatorId::I15 => self.crime_zh(),
            IndicatorId::A01 => format!("花名册 {all} 人中 {some} 人从未到场"),
            IndicatorId::A02 => format!("{} 张银行卡，涉及 {} 人", self.of("cards"), self.of("workers")),
            IndicatorId::A03 => format!("{all} 人次中 {some} 人次用非本人工资卡"),
            IndicatorId::A04 => format!("{} 个班组·月全班同一金额", self.of("crew_months")),
            IndicatorId::A05 => format!(
                "{} 个班组·月，{} 人次进出时间完全相同",
                self.of("crew_months"),
                self.of("worker_months")
            ),
            IndicatorId::A06 => format!("{all} 人次中 {some} 人次有工资无考勤"),
            IndicatorId::A07 => format!("{all} 人次中 {some} 人次有考勤无工资"),
            IndicatorId::A08 => {
                format!("{} 笔流水中 {} 处前后余额不衔接", self.of("lines"), self.of("breaks"))
            }
        }
    }

    fn en(&self, rule: IndicatorId) -> String {
        let [some, all] = [self.of("numerator"), self.of("denominator")];
        match rule {
            IndicatorId::I01 => self.cover_en(&some, &all),
            IndicatorId::I02 => {
                let last = self.some("last_transfer", |day| format!(", the last on {day}"));
                let none = if last.is_empty() { ", none ever" } else { "" };
                format!("{some} of {all} agreed came in {}{last}{none}", self.of("month"))
            }
            IndicatorId::I03 => {
                format!("{some} of {all} who worked in {} are not paid", self.of("month"))
            }
            IndicatorId::I04 => format!("{some} of {all} have signed"),
            IndicatorId::I05 => format!("{some} of {all} are on the roster"),
            IndicatorId::I06 if self.is_one_project() => "no attendance of the last days".to_owned(),
            IndicatorId::I06 => format!("{some} of {all} projects have attendance of the last days"),
            IndicatorId::I07 => format!("{some} of {all} was paid from the dedicated account"),
            IndicatorId::I08 => {
                format!("{some} of {all} of subcontractors are paid by the general contractor")
            }
            IndicatorId::I09 => {
                let expiry = self.some("next_expiry", |day| format!(", the next runs out on {day}"));
                format!("{some} valid of {all} required{expiry}")
            }
            IndicatorId::I10 => self.inspection_en(),
            IndicatorId::I11 => format!("{some} of {all} with a full month are below the minimum wage"),
            IndicatorId::I12 => format!("{} months with unusual amounts", self.of("months")),
            IndicatorId::I13 => format!(
                "{} days at most, {} lines, {} in all",
                self.of("days_overdue"),
                self.of("items"),
                self.of("amount")
            ),
            IndicatorId::I14 => {
                let open = self.some("open_complaints", |number| format!(", {number} open complaints"));
                let many = self.some("collective_claims", |number| format!(", {number} of them collective"));
                format!("{} workers{open}{many}", self.of("heads"))
            }
            IndicatorId::I15 => self.crime_en(),
            IndicatorId::A01 => format!("{some} of {all} on the roster never came"),
            IndicatorId::A02 => format!("{} cards of {} workers", self.of("cards"), self.of("workers")),
            IndicatorId::A03 => format!("{some} of {all} worker-months on another's card"),
            IndicatorId::A04 => {
                format!("{} crew-months with one amount for all", self.of("crew_months"))
            }
            IndicatorId::A05 => format!(
                "{} crew-months, {} worker-months with the same gate times",
                self.of("crew_months"),
                self.of("worker_months")
            ),
            IndicatorId::A06 => format!("{some} of {all} worker-months with wages have no attendance"),
            IndicatorId::A07 => format!("{some} of {all} worker-months with attendance have no wages"),
            IndicatorId::A08 => {
                format!("{} breaks between {} statement lines", self.of("breaks"), self.of("lines"))
            }
        }
    }

    fn cover_zh(&self, balance: &str, needed: &str) -> String {
        let overdue = self.some("overdue_part", |sum| format!("已拖欠 {sum} 元"));
        let coming = self.some("coming_part", |sum| format!("{} 前应付 {sum} 元", self.of("next_pay_date")));
        let parts: Vec<String> = [overdue, coming].into_iter().filter(|part| !part.is_empty()).collect();
        let parts = if parts.is_empty() { String::new() } else { format!("（{}）", parts.join("，")) };
        format!("专户余额 {balance} 元，需支付 {needed} 元{parts}")
    }

    fn cover_en(&self, balance: &str, needed: &str) -> String {
        let overdue = self.some("overdue_part", |sum| format!("{sum} overdue"));
        let coming = self.some("coming_part", |sum| format!("{sum} due by {}", self.of("next_pay_date")));
        let parts: Vec<String> = [overdue, coming].into_iter().filter(|part| !part.is_empty()).collect();
        let parts = if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) };
        format!("{balance} on the account, {needed} needed{parts}")
    }

    fn inspection_zh(&self) -> String {
        let age = self.some("age_days", |days| format!("（距今 {days} 天）"));
        let missing = self.list("missing", "、", |what| match what {
            "board" => "维权告示牌",
            "officer" => "劳资专管员",
            other => other,
        });
        let found =
            if missing.is_empty() { "未发现缺少".to_owned() } else { format!("缺少{missing}") };
        format!("{} 检查{age}：{found}", self.of("inspected"))
    }

    fn inspection_en(&self) -> String {
        let age = self.some("age_days", |days| format!(", {days} days ago"));
        let missing = self.list("missing", ", ", |what| match what {
            "board" => "notice board",
            "officer" => "labour officer",
            other => other,
        });
        let found = if missing.is_empty() { "nothing".to_owned() } else { missing };
        format!("inspected on {}{age}: {found} missing", self.of("inspected"))
    }

    fn crime_zh(&self) -> String {
        let times = |name| match self.times(name) {
            Some(Times::Over(times)) => format!("达标准的 {times} 倍"),
            Some(Times::Under(percent)) => format!("为标准的 {percent}%"),
            None => self.missing.to_owned(),
        };
        let whole = times("ratio");
        if !self.figures.contains_key("workers") {
            return whole;
        }
        let one = format!("一人最多欠 {} 个月、{} 元", self.of("worst_months"), self.of("worst_amount"));
        let many = format!("{} 人共欠 {} 元", self.of("workers"), self.of("amount"));
        format!(
            "{whole}。按单人标准：{one}，{}；按多人标准：{many}，{}",
            times("ratio_one"),
            times("ratio_many")
        )
    }

    fn crime_en(&self) -> String {
        let times = |name| match self.times(name) {
            Some(Times::Over(times)) => format!("{times} times the standard"),
            Some(Times::Under(percent)) => format!("{percent}% of the standard"),
            None => self.missing.to_owned(),
        };
        let whole = times("ratio");
        if !self.figures.contains_key("workers") {
            return whole;
        }
        let one = format!("{} months and {} of one worker", self.of("worst_months"), self.of("worst_amount"));
        let many = format!("{} of {} workers", self.of("amount"), self.of("workers"));
        format!("{whole}: {one} are {}, {many} {}", times("ratio_one"), times("ratio_many"))
    }

    /// Whether a rate of projects is of a single one that does not count.
    fn is_one_project(&self) -> bool {
        let number = |name| self.figures.get(name).and_then(Value::as_u64);
        (number("numerator"), number("denominator")) == (Some(0), Some(1))
    }

    /// A figure as people read it.
    fn of(&self, name: &str) -> String {
        match self.figures.get(name) {
            None | Some(Value::Null) => self.missing.to_owned(),
            Some(Value::String(text)) => as_amount(text).unwrap_or_else(|| text.clone()),
            Some(other) => other.to_string(),
        }
    }

    /// Words with a figure, where it is known and not zero.
    fn some(&self, name: &str, words: impl Fn(String) -> String) -> String {
        let is_some = match self.figures.get(name) {
            None | Some(Value::Null) => false,
            Some(Value::Number(number)) => number.as_i64() != Some(0),
            Some(Value::String(text)) => text != "0.00",
            Some(_) => true,
        };
        if is_some { words(self.of(name)) } else { String::new() }
    }

    fn list(&self, name: &str, between: &str, word: impl Fn(&str) -> &str) -> String {
        let items = self.figures.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        items.iter().filter_map(Value::as_str).map(word).collect::<Vec<_>>().join(between)
    }

    /// How a figure stands to the standard that it is a share of; what is below it never shows as all of it.
    fn times(&self, name: &str) -> Option<Times> {
        let text = self.figures.get(name)?.as_str()?;
        let (part, whole) = text.split_once('/').unwrap_or((text, "1"));
        let (part, whole): (i128, i128) = (part.parse().ok()?, whole.parse().ok()?);
        if part < whole {
            return part.checked_mul(100)?.checked_div(whole).map(Times::Under);
        }
        let tenths = part.checked_mul(10)?.checked_div(whole)?;
        Some(Times::Over(format!("{}.{}", tenths / 10, tenths % 10)))
    }
}

/// So many times a standard, or so many hundredths of it.
enum Times {
    Over(String),
    Under(i128),
}

/// Amounts have two decimals, and nothing else has.
fn as_amount(text: &str) -> Option<String> {
    let (_, decimals) = text.split_once('.').filter(|(_, decimals)| decimals.len() == 2)?;
    decimals.parse::<u8>().ok()?;
    text.parse().ok().map(amount)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn said(rule: IndicatorId, figures: &Value) -> (String, String) {
        let said = told(rule, figures.as_object().unwrap());
        (said.zh, said.en)
    }

    #[test]
    fn beyond_a_standard_and_below_it() {
        let (zh, en) = said(IndicatorId::I15, &json!({ "ratio": "13/5" }));
        assert_eq!((zh.as_str(), en.as_str()), ("达标准的 2.6 倍", "2.6 times the standard"));
        let (zh, _) = said(IndicatorId::I15, &json!({ "ratio": "999/1000" }));
        assert_eq!(zh, "为标准的 99%");
        let (zh, _) = said(IndicatorId::I15, &json!({ "ratio": "1" }));
        assert_eq!(zh, "达标准的 1.0 倍");
    }

    #[test]
    fn a_project_without_attendance() {
        let one = json!({ "numerator": 0, "denominator": 1 });
        assert_eq!(said(IndicatorId::I06, &one).0, "近日未报送考勤");
        let all = json!({ "numerator": 0, "denominator": 3 });
        assert_eq!(said(IndicatorId::I06, &all).0, "3 个项目中近日有考勤 0 个");
    }

    #[test]
    fn what_counts_nothing_is_left_out() {
        let none = json!({ "heads": 3, "open_complaints": 0, "collective_claims": 0 });
        assert_eq!(said(IndicatorId::I14, &none).0, "被欠薪 3 人");
        let some = json!({ "heads": 3, "open_complaints": 2, "collective_claims": 1 });
        assert_eq!(said(IndicatorId::I14, &some).0, "被欠薪 3 人，未办结投诉 2 件，其中集体投诉 1 件");
    }

    /// Whatever is not there is said to be missing; no fraction, no name of a field, no word of the other language.
    #[test]
    fn every_indicator_in_words() {
        for rule in IndicatorId::ALL {
            for figures in [json!({}), json!({ "numerator": 1, "denominator": 2, "ratio": "13/5" })] {
                let (zh, en) = said(rule, &figures);
                assert!(
                    !zh.bytes().any(|byte| byte.is_ascii_alphabetic() || byte == b'_' || byte == b'/'),
                    "{zh}"
                );
                assert!(en.is_ascii() && !en.contains('_') && !en.contains('/'), "{en}");
            }
        }
    }
}
