//! Template 1.4: attendance from a gate system, one row per worker and day. Key: (project, 证件号码, 日期).

use crate::field::Row;
use crate::finding::Code;
use crate::header::{Column, Template};
use crate::reader::Reader;
use crate::{Content, Located};
use jiff::civil::{Date, Time};
use rules::{Days, Month};
use wages::{IdNumber, ProjectCode};

/// Attendance on one project; the days may lie in earlier months than the file's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attendance {
    /// From the file's name; `None` only when the findings say so.
    pub project: Option<ProjectCode>,
    /// From the file's name.
    pub month: Option<Month>,
    /// One per worker and day.
    pub rows: Vec<Located<AttendanceRow>>,
}

/// One day of one worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttendanceRow {
    /// 证件号码
    pub id: IdNumber,
    /// 日期
    pub day: Date,
    /// 首次进场
    pub first_in: Option<Time>,
    /// 末次出场; may be earlier than the first entry when a shift goes past midnight
    pub last_out: Option<Time>,
    /// 工日: more than 0, at most 3
    pub days: Days,
    /// 设备编号
    pub device: String,
}

pub(crate) const TEMPLATE: Template = Template::one_line(&[
    Column::required("证件号码"),
    Column::required("日期"),
    Column::required("首次进场"),
    Column::required("末次出场"),
    Column::required("工日"),
    Column::required("设备编号"),
]);

pub(crate) fn read(reader: &mut Reader<'_>) -> Content {
    let (project, month) = (reader.name().project.clone(), reader.name().month);
    if project.is_none() || month.is_none() {
        reader.bad_name("attendance-<项目编码>-<yyyymm>.csv");
    }
    let rows = reader.rows(|row| read_row(row, month));
    let rows = reader.distinct(rows, |row| (row.id.clone(), row.day), difference);
    Content::Attendance(Attendance { project, month, rows })
}

fn read_row(row: &mut Row<'_>, month: Option<Month>) -> Option<AttendanceRow> {
    let id = row.id_number("证件号码");
    let day = row.date("日期");
    let first_in = row.optional_time("首次进场");
    let last_out = row.optional_time("末次出场");
    let days = row.days("工日", Days::from_tenths(1), Days::from_tenths(30));
    let device = row.text("设备编号");
    if day.zip(month).is_some_and(|(day, month)| day > month.last_day()) {
        // A late row is usual, one ahead of its file is not: most likely a clock that is wrong.
        row.warning("日期", Code::OUT_OF_RANGE, "the day lies after the month in the file's name");
    }
    Some(AttendanceRow {
        id: id?,
        day: day?,
        first_in: first_in?,
        last_out: last_out?,
        days: days?,
        device: device?,
    })
}

fn difference(a: &AttendanceRow, b: &AttendanceRow) -> Option<&'static str> {
    crate::first_difference(&[
        ("工日", a.days != b.days),
        ("首次进场", a.first_in != b.first_in),
        ("末次出场", a.last_out != b.last_out),
        ("设备编号", a.device != b.device),
    ])
}
