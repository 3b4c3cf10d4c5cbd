//! Why an indicator is unknown, in the words of those who should hand in what is missing.

use super::ctx::Ctx;
use readmodel::Warning;

/// What is missing, as indicators say it, and in Chinese.
const WHY: [(&str, &str); 35] = [
    ("never inspected", "无检查记录"),
    ("no active project", "没有在建项目"),
    ("no agreed amount of labour cost", "无约定的人工费用数额"),
    ("no attendance in the months due", "到期月份未报送考勤"),
    ("no attendance in the window", "所查期间未报送考勤"),
    ("no attendance with gate times in the months due", "到期月份无进出场时间"),
    ("no attendees in the month", "当月未报送考勤"),
    ("no calendar", "无该年度放假安排"),
    ("no card on any roster, wage line or payment", "花名册、工资表、代发结果均无银行卡"),
    ("no line of a subcontractor's worker in the month", "当月未报送分包单位工人的工资表"),
    ("no line of the month", "当月未报送工资表"),
    ("no line with a due day in the past", "没有已到支付日的工资表"),
    (
        "no line with a due day in the past, and no collective complaint",
        "没有已到支付日的工资表，也无集体投诉",
    ),
    ("no list of deposits, or no contract price", "未报送工资保证金清单，或无工程合同价"),
    ("no month with both wage lines and attendance", "没有工资表和考勤都已报送的月份"),
    ("no project is known", "没有已登记的项目"),
    ("no statement line of the dedicated account", "未报送专户对账单"),
    ("no statement line of the month", "未报送当月专户对账单"),
    ("no thresholds there and then", "该地区该日期无预警标准"),
    ("no wage line", "未报送工资表"),
    ("no wage line in the months due", "到期月份未报送工资表"),
    ("no wage line of a month that ended", "已结束的月份均未报送工资表"),
    (
        "no wage line or payment of a worker whose card is on a roster",
        "花名册上有银行卡的工人无工资表和代发结果",
    ),
    ("no wage sheet yet for the next pay date", "下次支付日的工资表尚未报送"),
    ("neither a transfer nor the start of work is known", "既无拨付记录，也无开工日期"),
    ("nobody handed in a list of complaints", "未报送投诉清单"),
    ("nobody handed in contracts, or a roster, of the project", "未报送本项目的合同或花名册"),
    (
        "nobody on the roster throughout the month, or no attendance in it",
        "没有整月在花名册上的工人，或当月未报送考勤",
    ),
    ("nothing was paid in the window", "所查期间没有支付"),
    (
        "the last statement line is too old to say anything about today",
        "最近的专户对账单过旧，不能说明当日情况",
    ),
    ("the law of the place is not known", "本系统无该地区的规定"),
    ("the law of the place or the calendar is not known", "本系统无该地区的规定或该年度放假安排"),
    (
        "the minimum wage of the place, or its calendar, is not known",
        "本系统无该地区的最低工资或该年度放假安排",
    ),
    ("the next pay date is not known", "下次支付日不明"),
    ("the project is not known", "项目未登记"),
];

/// What of a warning's figures is missing.
pub(super) fn missing(ctx: &Ctx, row: &Warning) -> String {
    let l = ctx.lang;
    let mut all: Vec<&str> = row.reasons.iter().map(|reason| why(&reason.condition)).collect();
    all.dedup();
    let zh = |why: &str| WHY.iter().find(|(known, _)| *known == why).map(|(_, zh)| *zh);
    let told: Vec<&str> = all.into_iter().map(|why| l.of(zh(why).unwrap_or(why), why)).collect();
    told.join(l.of("；", "; "))
}

/// A reason begins with the name of the figure.
fn why(condition: &str) -> &str {
    condition.split_once(": ").map_or(condition, |(_, why)| why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_told_once_and_in_chinese() {
        for (at, (en, zh)) in WHY.iter().enumerate() {
            assert!(WHY.iter().skip(at + 1).all(|(other, _)| other != en), "{en}");
            assert!(!zh.bytes().any(|byte| byte.is_ascii_alphabetic()), "{zh}");
        }
        assert_eq!(why("rate: no wage line"), "no wage line");
    }
}
