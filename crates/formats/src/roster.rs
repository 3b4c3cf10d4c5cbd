//! Template 1.2: roster (花名册) of a project. Key: (project, 证件号码, 进场日期).

use crate::field::Row;
use crate::finding::Code;
use crate::header::{Column, Template};
use crate::reader::Reader;
use crate::{Content, Located};
use jiff::civil::Date;
use wages::{CreditCode, IdNumber, ProjectCode};

/// Who works, or worked, on a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roster {
    /// From the file's name, else from the title above the header; `None` only when the findings say so.
    pub project: Option<ProjectCode>,
    /// Workers' stays on the site, one or more per worker.
    pub rows: Vec<Located<RosterRow>>,
}

/// One stay of a worker on a site.
#[derive(Clone, PartialEq, Eq)]
pub struct RosterRow {
    /// 姓名
    pub name: String,
    /// 证件号码
    pub id: IdNumber,
    /// 手机号: 11 digits; another shape is only warned of
    pub phone: String,
    /// 工种代码: 3 digits
    pub work_type_code: String,
    /// 工种
    pub work_type: String,
    /// 班组: crew label
    pub crew: String,
    /// 是否班组长
    pub crew_leader: bool,
    /// 用人单位: employer's name
    pub employer: String,
    /// 用人单位信用代码
    pub employer_code: CreditCode,
    /// 工资卡号: 13 to 19 digits
    pub card: String,
    /// 开户行: bank of the card
    pub bank: String,
    /// 进场日期
    pub entered_on: Date,
    /// 退场日期: last day on site, if he left
    pub left_on: Option<Date>,
}

impl std::fmt::Debug for RosterRow {
    /// Nothing personal.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (entered_on, left_on) = (self.entered_on, self.left_on);
        f.debug_struct("RosterRow")
            .field("entered_on", &entered_on)
            .field("left_on", &left_on)
            .finish_non_exhaustive()
    }
}

pub(crate) const SHEET: &str = "花名册";

pub(crate) const TEMPLATE: Template = Template::one_line(&[
    Column::optional("序号"),
    Column::required("姓名"),
    Column::required("证件号码"),
    Column::required("手机号"),
    Column::required("工种代码"),
    Column::required("工种"),
    Column::required("班组"),
    Column::required("是否班组长"),
    Column::required("用人单位"),
    Column::required("用人单位信用代码"),
    Column::required("工资卡号"),
    Column::required("开户行"),
    Column::required("进场日期"),
    Column::required("退场日期"),
]);

pub(crate) fn read(reader: &mut Reader<'_>) -> Content {
    let project = project(reader);
    let rows = reader.rows(read_row);
    let rows = reader.distinct(rows, |row| (row.id.clone(), row.entered_on), difference);
    Content::Roster(Roster { project, rows })
}

/// The name says the project; the title, `…工程（3301102601010101）农民工花名册`, must not contradict it.
fn project(reader: &mut Reader<'_>) -> Option<ProjectCode> {
    let titles: Vec<(u32, String)> = reader.titles().map(|row| (row.number, row.joined_text())).collect();
    let in_title = titles.iter().find_map(|(line, text)| {
        let text = crate::text::folded(text);
        let (_, rest) = text.split_once('(')?;
        let (code, _) = rest.split_once(')')?;
        let code: ProjectCode = code.trim().parse().ok()?;
        Some((*line, code))
    });
    match (reader.name().project.clone(), in_title) {
        (Some(named), Some((line, code))) if named != code => {
            let message = format!("the file's name says project {named}, its title {code}");
            reader.whole_file(Some(line), None, Some(code.to_string()), Code::NAME_MISMATCH, message);
            Some(named)
        }
        (Some(named), _) => Some(named),
        (None, Some((_, code))) => Some(code),
        (None, None) => {
            reader.bad_name("roster-<项目编码>.xlsx");
            None
        }
    }
}

fn read_row(row: &mut Row<'_>) -> Option<RosterRow> {
    let name = row.person("姓名");
    let id = row.id_number("证件号码");
    let phone = row.phone("手机号");
    let work_type_code = row.work_type_code("工种代码");
    let work_type = row.text("工种");
    let crew = row.text("班组");
    let crew_leader = row.yes_or_no("是否班组长");
    let employer = row.text("用人单位");
    let employer_code = row.credit_code("用人单位信用代码");
    let card = row.card("工资卡号");
    let bank = row.text("开户行");
    let entered_on = row.date("进场日期");
    let left_on = row.optional_date("退场日期");
    row.in_order(entered_on, ("退场日期", left_on.flatten()), "the worker leaves before he comes (进场日期)");
    Some(RosterRow {
        name: name?,
        id: id?,
        phone: phone?,
        work_type_code: work_type_code?,
        work_type: work_type?,
        crew: crew?,
        crew_leader: crew_leader?,
        employer: employer?,
        employer_code: employer_code?,
        card: card?,
        bank: bank?,
        entered_on: entered_on?,
        left_on: left_on?,
    })
}

fn difference(a: &RosterRow, b: &RosterRow) -> Option<&'static str> {
    crate::first_difference(&[
        ("退场日期", a.left_on != b.left_on),
        ("姓名", a.name != b.name),
        ("手机号", a.phone != b.phone),
        ("工种代码", a.work_type_code != b.work_type_code),
        ("工种", a.work_type != b.work_type),
        ("班组", a.crew != b.crew),
        ("是否班组长", a.crew_leader != b.crew_leader),
        ("用人单位", a.employer != b.employer),
        ("用人单位信用代码", a.employer_code != b.employer_code),
        ("工资卡号", a.card != b.card),
        ("开户行", a.bank != b.bank),
    ])
}
