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
    /// A day that no page can be asked about.
    OutsideDays(Lang),
    /// A form that says too little or too much.
    BadForm(Lang, &'static str, &'static str),
    /// The request does not come from these pages.
    Foreign(Lang),
    /// A method that the page does not have.
    Method(Lang),
    /// The read model is not there yet.
    NotReady(Lang),
    /// A list of more rows than an export writes.
    TooMany(Lang, usize),
    /// As many exports as may be are being written.
    Busy(Lang),
    /// Other requests take all room for forms.
    Crowded(Lang),
    /// Nobody knows under which account what is shown would be recorded.
    NoActor(Lang),
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
            Trouble::NotReady(_) | Trouble::Busy(_) | Trouble::Crowded(_) | Trouble::NoActor(_) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Trouble::OutsideDays(_) | Trouble::TooMany(..) => StatusCode::UNPROCESSABLE_ENTITY,
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
            | Trouble::OutsideDays(lang)
            | Trouble::BadForm(lang, ..)
            | Trouble::Foreign(lang)
            | Trouble::Method(lang)
            | Trouble::NotReady(lang)
            | Trouble::TooMany(lang, _)
            | Trouble::Busy(lang)
            | Trouble::Crowded(lang)
            | Trouble::NoActor(lang)
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
                    "网址有误，或所指的项目、单位、工人未登记。请从总览进入，或使用查询。",
                    "The address is wrong, or what it names is not recorded. Begin at the overview, or search.",
                ),
            ),
            Trouble::TooLong(_) => (
                l.of("网址过长", "The address is too long"),
                l.of("请去掉问号之后的内容再试。", "Take away what follows the question mark and try again."),
            ),
            Trouble::UnknownField(_) => (
                l.of("网址中有不认识的内容", "There is a field that is not known"),
                l.of("请去掉问号之后的内容再试。", "Take away what follows the question mark and try again."),
            ),
            Trouble::Twice(_, field) => {
                let name = form(l, field).0;
                return (
                    l.of("网址中有重复的内容", "A field is given twice"),
                    l.of(format!("{name}只能有一个。"), format!("The {name} may be given once.")),
                );
            }
            Trouble::BadField(_, field) => {
                let (name, right) = form(l, field);
                return (
                    l.of("网址中的内容不正确", "A field is not of its form"),
                    l.of(format!("{name}不正确，例：{right}"), format!("The {name} is not right; one is {right}.")),
                );
            }
            Trouble::OutsideDays(_) => (
                l.of("日期超出可查询的范围", "The day lies outside what can be asked about"),
                l.of(
                    "可查询 2015-01-01 至 2100-12-31，例：2026-06-30。",
                    "Days from 2015-01-01 to 2100-12-31 can be asked about, as 2026-06-30.",
                ),
            ),
            Trouble::BadForm(_, zh, en) => (l.of("表单填写不对", "The form is not filled in right"), l.of(*zh, *en)),
            Trouble::Foreign(_) => (
                l.of("操作不是从本系统的页面发出的", "The request does not come from these pages"),
                l.of(
                    "请从本系统的总览页进入后再操作。",
                    "Open this service's own address in the browser and use its pages.",
                ),
            ),
            Trouble::Method(_) => (
                l.of("该页面不支持此操作", "This page does not take that method"),
                l.of("请从总览页进入。", "Open the address in a browser."),
            ),
            Trouble::NotReady(_) => (
                l.of("数据正在准备", "The figures are being made"),
                l.of(
                    "正在汇总各项记录，请稍后刷新本页。",
                    "All entries are being added up. Load this page again in a moment.",
                ),
            ),
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
            Trouble::Crowded(_) => (
                l.of("系统繁忙", "Too much at once"),
                l.of("请稍后再试。", "Try again in a moment."),
            ),
            Trouble::NoActor(_) => (
                l.of("不能登记查看人", "Nobody can be named who looks"),
                l.of(
                    "本服务没有可用于登记的账号，因此不能打开个人信息。请运维人员设置 WAGELEDGER_ACTOR 后重新启动。",
                    "This service has no account to record looks under, so nothing personal is opened. Whoever operates it \
                     sets WAGELEDGER_ACTOR and starts it again.",
                ),
            ),
            Trouble::Failed(..) => (
                l.of("出错了", "Something failed"),
                l.of(
                    "请稍后再试；仍有问题请联系系统管理员。",
                    "It stands in the log. Try again later; if it fails again, ask whoever operates this service.",
                ),
            ),
        };
        (title, text.to_owned())
    }
}

/// What a field is called, and one that is right.
fn form(l: Lang, field: &str) -> (&'static str, &'static str) {
    match field {
        "as_of" | "from" | "to" => (l.of("日期", "date"), "2026-06-30"),
        "lang" => (l.of("语言", "language"), "zh"),
        "after" | "before" => (
            l.of("翻页位置", "place in the list"),
            l.of("“下一页”所带的位置", "what the link to the next page has"),
        ),
        "format" => (l.of("导出格式", "format of an export"), "csv"),
        "region" => (l.of("行政区划代码", "code of the region"), "330110"),
        "project" => (l.of("项目代码", "code of the project"), "3301102601010101"),
        "employer" => (l.of("统一社会信用代码", "credit code"), "91330102XN2TH3BJ0N"),
        "crew" | "worker" => (
            l.of("班组或工人的代号", "pseudonym of a crew or worker"),
            "3f2a9c1e-0000-4000-8000-000000000001",
        ),
        "bucket" => (l.of("拖欠时长", "age of arrears"), "16-30"),
        "sort" => (l.of("排序方式", "order"), "-outstanding"),
        _ => (l.of("记录类型", "kind of entry"), "payment.recorded"),
    }
}
