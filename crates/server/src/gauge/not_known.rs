//! What is not known beside the figures of a warning, for want of a calendar.

use crate::chapter::Said;
use crate::print::amount;
use serde_json::{Map, Value};

/// Words to follow the figures; none where everything is known.
pub(super) fn beside(figures: &Map<String, Value>) -> Said {
    let Some(of) = figures.get("not_known") else { return Said::new("", "") };
    let count = |name: &str| of.get(name).and_then(Value::as_u64).unwrap_or_default();
    let (lines, workers) = (count("lines"), count("workers"));
    let (mut zh, mut en) = (Vec::new(), Vec::new());
    if lines > 0 {
        let sum = of.get("amount").and_then(Value::as_str).and_then(|sum| sum.parse().ok());
        let sum = sum.map(amount).unwrap_or_default();
        let years = of.get("no_calendar").and_then(Value::as_array).into_iter().flatten();
        let years: Vec<String> = years.map(Value::to_string).collect();
        zh.push(format!("{lines} 笔 {workers} 人 {sum} 元应支付日期不明（缺 {} 年日历）", years.join("、")));
        en.push(format!(
            "when {sum} on {lines} lines of {workers} workers is due (no calendar of {})",
            years.join(", ")
        ));
    }
    if of.get("last_month_due").is_some() {
        zh.push("最近应支付月份不明".to_owned());
        en.push("which wage month is the last due".to_owned());
    }
    Said::new(format!("；另有{}", zh.join("、")), format!("; not known: {}", en.join(", ")))
}
