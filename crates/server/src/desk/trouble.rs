//! Pages that say what is wrong, and what to do.

use super::lang::Lang;
use crate::failure::Failure;
use axum::http::StatusCode;

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Trouble {
    /// No page has this address, or what it names is not recorded.
    Nowhere(Lang),
    /// The query is longer than any that pages write.
    TooLong(Lang),
    /// A field that no page has.
    UnknownField(Lang),
    /// A field given twice.
    Twice(Lang, &'static str),
    /// A field that is not of its form.
    BadField(Lang, &'static str),
    /// A form that says too little or too much.
    BadForm(Lang, &'static str, &'static str),
    /// The request does not come from these pages.
    Foreign(Lang),
    /// A method that the page does not have.
    Method(Lang),
    /// The read model is not there yet.
    NotReady(Lang),
    /// Due dates that matter are not known, for want of this year's calendar.
    NoCalendar(Lang, i16),
    /// A list of more rows than an export writes.
    TooMany(Lang, usize),
    /// As many exports as may be are being written.
    Busy(Lang),
    /// Something failed here. What it was stands in the log.
    Failed(Lang, Failure),
}

impl Trouble {
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Trouble::Nowhere(_) => StatusCode::NOT_FOUND,
            Trouble::TooLong(_) => StatusCode::URI_TOO_LONG,
            Trouble::UnknownField(_) | Trouble::Twice(..) | Trouble::BadField(..) | Trouble::BadForm(..) => {
                StatusCode::BAD_REQUEST
            }
            Trouble::Foreign(_) => StatusCode::FORBIDDEN,
            Trouble::Method(_) => StatusCode::METHOD_NOT_ALLOWED,
            Trouble::NotReady(_) | Trouble::Busy(_) => StatusCode::SERVICE_UNAVAILABLE,
            Trouble::NoCalendar(..) | Trouble::TooMany(..) => StatusCode::UNPROCESSABLE_ENTITY,
            Trouble::Failed(..) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    pub(super) fn lang(&self) -> Lang {
        match self {
            Trouble::Nowhere(lang)
            | Trouble::TooLong(lang)
            | Trouble::UnknownField(lang)
            | Trouble::Twice(lang, _)
            | Trouble::BadField(lang, _)
            | Trouble::BadForm(lang, ..)
            | Trouble::Foreign(lang)
            | Trouble::Method(lang)
            | Trouble::NotReady(lang)
            | Trouble::NoCalendar(lang, _)
            | Trouble::TooMany(lang, _)
            | Trouble::Busy(lang)
            | Trouble::Failed(lang, _) => *lang,
        }
    }

    /// What is wrong, and what to do. Nothing of what was sent is repeated.
    pub(super) fn words(&self) -> (&'static str, String) {
        let l = self.lang();
        let (title, text) = match self {
            Trouble::Nowhere(_) => (
                l.of("没有这个页面", "There is no such page"),
                l.of(
                    "地址有误，或所指的对象未在账本中登记。请从总览进入，或使用查找。",
                    "The address is wrong, or what it names is not recorded. Begin at the overview, or search.",
                ),
            ),
            Trouble::TooLong(_) => (
                l.of("地址过长", "The address is too long"),
                l.of("请去掉问号之后的内容再试。", "Take away what follows the question mark and try again."),
            ),
            Trouble::UnknownField(_) => (
                l.of("有不认识的查询字段", "There is a field that is not known"),
                l.of("请去掉问号之后的内容再试。", "Take away what follows the question mark and try again."),
            ),
            Trouble::Twice(_, field) => {
                return (
                    l.of("字段重复", "A field is given twice"),
                    l.of(format!("字段 {field} 只能出现一次。"), format!("The field {field} may be given once.")),
                );
            }
            Trouble::BadField(_, field) => {
                let form = form(l, field);
                return (
                    l.of("字段格式不对", "A field is not of its form"),
                    l.of(format!("字段 {field} 应为{form}。"), format!("The field {field} must be {form}.")),
                );
            }
            Trouble::BadForm(_, zh, en) => (l.of("表单填写不对", "The form is not filled in right"), l.of(*zh, *en)),
            Trouble::Foreign(_) => (
                l.of("请求不是从本页面发出的", "The request does not come from these pages"),
                l.of(
                    "请在浏览器中直接打开本服务的地址，再从页面上操作。",
                    "Open this service's own address in the browser and use its pages.",
                ),
            ),
            Trouble::Method(_) => (
                l.of("不支持这种请求方法", "This page does not take that method"),
                l.of("请用浏览器直接打开该地址。", "Open the address in a browser."),
            ),
            Trouble::NotReady(_) => (
                l.of("数据正在准备", "The figures are being made"),
                l.of(
                    "读模型正由账本生成，请稍后刷新本页。",
                    "The read model is being made from the ledger. Load this page again in a moment.",
                ),
            ),
            Trouble::NoCalendar(_, year) => {
                return (
                    l.of("缺少日历，无法判断到期日", "Due dates are unknown for want of a calendar"),
                    l.of(
                        format!("本程序没有 {year} 年的放假安排。请选择较早的日期，或更新程序。"),
                        format!("This program has no calendar for {year}. Choose an earlier day, or a newer program."),
                    ),
                );
            }
            Trouble::TooMany(_, most) => {
                return (
                    l.of("行数超出一次导出的上限", "More rows than one export writes"),
                    l.of(
                        format!("一个文件最多 {most} 行。请先按地区、项目、用人单位或日期缩小范围，再分次导出。"),
                        format!("A file holds at most {most} rows. Narrow the list down by region, project, employer or day, and export it in parts."),
                    ),
                );
            }
            Trouble::Busy(_) => (
                l.of("其他导出正在进行", "Other exports are under way"),
                l.of("请一分钟后再试。", "Try again in a minute."),
            ),
            Trouble::Failed(..) => (
                l.of("出错了", "Something failed"),
                l.of(
                    "问题已记入日志。请稍后再试；若仍不行，请联系运维人员。",
                    "It stands in the log. Try again later; if it fails again, ask whoever operates this service.",
                ),
            ),
        };
        (title, text.to_owned())
    }
}

/// What a field must be.
fn form(l: Lang, field: &str) -> &'static str {
    match field {
        "as_of" | "from" | "to" => l.of("日期，如 2026-06-30", "a date as in 2026-06-30"),
        "lang" => l.of(" zh 或 en", "zh or en"),
        "after" | "before" => l.of(
            "翻页链接中的位置，两者不可同时出现",
            "a place as links to other pages have it, and one of the two",
        ),
        "format" => l.of(" csv 或 xlsx", "csv or xlsx"),
        "region" => l.of("六位行政区划代码", "a region's six-digit code"),
        "project" => l.of("项目代码", "a project's code"),
        "employer" => l.of("十八位统一社会信用代码", "a credit code of eighteen characters"),
        "crew" | "worker" => l.of("系统编号（UUID）", "an id of this ledger (UUID)"),
        "bucket" => l.of("账龄段，如 16-30", "an age as in 16-30"),
        "sort" => l.of("列名，前加 - 为倒序", "a column's name, with - before it for the largest first"),
        _ => l.of("分录类型，如 payment.recorded", "a kind of entry as in payment.recorded"),
    }
}
