//! An invented building site, for `wageledger demo` and for measuring: files of every template as sites, gates
//! and banks hand them in.
//!
//! - Deterministic: no clock and no drawn numbers; the same bytes every time.
//! - Nobody in it can exist, and all that can be checked is right: check digits, sums, totals, balances.
//! - The stories, five months of three projects: 51 pays on time but for an ordinary site's accidents (a
//!   failed payment, one that came back, one too high, a corrected sheet); 52 pays nothing from the wages of
//!   March on; 53 pays late and in parts, and of one crew there is attendance in April but no sheet.
//!
//! `cast` says who, `work` → `wage` → `pay` → `account` what happened, `text` and `workbook` write it down.

mod account;
mod cast;
mod invent;
mod pay;
#[cfg(test)]
mod tests;
mod text;
mod wage;
mod work;
mod workbook;

use cast::{LARGE_CREW, LARGE_PROJECT, PROJECTS, Project, Stay};
use jiff::civil::date;
use rules::Month;
use rust_xlsxwriter::XlsxError;
use wage::{Line, Lines};
use work::WorkDay;
use workbook::SheetOf;

/// A file that somebody hands in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SiteFile {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

/// A workbook could not be put together; with what stands here it always can.
#[derive(Debug, thiserror::Error)]
#[error("writing a workbook of the invented site")]
pub(crate) struct DemoError(#[from] XlsxError);

/// The crew and month without a sheet: project, crew, month.
const NO_SHEET: (u64, usize, i8) = (53, 1, 4);

/// The whole site, in an order in which it can be taken in.
pub(crate) fn site() -> Result<Vec<SiteFile>, DemoError> {
    let months: Vec<Month> = (1..=5).map(|month| Month::of(date(2026, month, 1))).collect();
    let stays = cast::stays();
    let lines = handed_in(wage::lines(&stays, &months), &stays);
    let batches = pay::batches(&stays, &lines);

    let mut files = vec![file("projects.csv", text::projects(&PROJECTS))];
    for project in &PROJECTS {
        files.push(roster(project, &stays)?);
    }
    for project in &PROJECTS {
        let of_project = stays.iter().filter(|stay| stay.project.code == project.code);
        files.push(file(format!("contracts-{}.csv", project.code), text::contracts(of_project)));
    }
    for project in &PROJECTS {
        for month in &months {
            files.push(attendance(project, *month, &stays));
        }
    }
    files.extend(sheets(&stays, &lines.first, &months, false)?);
    files.extend(sheets(&stays, &lines.corrected, &months, true)?);
    for batch in &batches {
        let name = format!("bank-result-{}.txt", batch.number);
        files.push(file(name, text::bank_result(batch, &stays)));
    }
    for project in &PROJECTS {
        let movements = account::movements(project, &batches);
        for number in 1..=6 {
            let month = Month::of(date(2026, number, 1));
            let in_month = movements.iter().filter(|movement| Month::of(movement.on) == month);
            if in_month.clone().next().is_some() {
                let name = format!("account-{}-{}.csv", project.code, compact(month));
                files.push(file(name, text::account(in_month)));
            }
        }
    }
    Ok(files)
}

/// A wage sheet with so many lines, and the project and roster that it needs first: `projects.csv`, roster,
/// wage sheet. Its people are not those of [`site`].
pub(crate) fn large_sheet(lines: usize) -> Result<Vec<SiteFile>, DemoError> {
    let month = Month::of(date(2026, 5, 1));
    let stays = cast::many(lines);
    let all = wage::lines(&stays, &[month]).first;
    let of = SheetOf { project: &LARGE_PROJECT, crew: &LARGE_CREW, month, is_correction: false };
    Ok(vec![
        file("projects.csv", text::projects([&LARGE_PROJECT])),
        roster(&LARGE_PROJECT, &stays)?,
        sheet(&of, &with_stays(&stays, &all))?,
    ])
}

fn file(name: impl Into<String>, bytes: Vec<u8>) -> SiteFile {
    SiteFile { name: name.into(), bytes }
}

/// A month as names of files have it.
fn compact(month: Month) -> String {
    month.to_string().replace('-', "")
}

/// The lines that stand on a sheet that somebody handed in.
fn handed_in(lines: Lines, stays: &[Stay]) -> Lines {
    let is_missing = |line: &Line| {
        let seat = stays.get(line.stay).map(|stay| stay.seat);
        seat.is_some_and(|(project, crew, _)| (project, crew, line.month.month()) == NO_SHEET)
    };
    Lines { first: lines.first.into_iter().filter(|line| !is_missing(line)).collect(), ..lines }
}

fn roster(project: &'static Project, stays: &[Stay]) -> Result<SiteFile, DemoError> {
    let of_project = stays.iter().filter(|stay| stay.project.code == project.code);
    Ok(file(format!("roster-{}.xlsx", project.code), workbook::roster(project, of_project)?))
}

/// The gate's month, in the order of days; what came late stands in the next one.
fn attendance(project: &'static Project, month: Month, stays: &[Stay]) -> SiteFile {
    let mut rows: Vec<(&Stay, WorkDay)> = Vec::new();
    for stay in stays.iter().filter(|stay| stay.project.code == project.code) {
        let before = Month::of(month.first_day().yesterday().unwrap_or(month.first_day()));
        let late = work::days(stay, before).into_iter().filter(|day| day.is_late);
        let in_time = work::days(stay, month).into_iter().filter(|day| !day.is_late);
        rows.extend(late.chain(in_time).map(|day| (stay, day)));
    }
    rows.sort_by_key(|(_, day)| (day.is_late, day.on));
    file(format!("attendance-{}-{}.csv", project.code, compact(month)), text::attendance(project, &rows))
}

/// A sheet for every crew and month that has lines.
fn sheets(
    stays: &[Stay],
    lines: &[Line],
    months: &[Month],
    is_correction: bool,
) -> Result<Vec<SiteFile>, DemoError> {
    let mut files = Vec::new();
    for project in &PROJECTS {
        for crew in project.crews {
            for month in months {
                let mut on_sheet = with_stays(stays, lines);
                on_sheet.retain(|(stay, line)| {
                    (stay.project.code, stay.crew.label) == (project.code, crew.label) && line.month == *month
                });
                if !on_sheet.is_empty() {
                    files.push(sheet(&SheetOf { project, crew, month: *month, is_correction }, &on_sheet)?);
                }
            }
        }
    }
    Ok(files)
}

fn sheet(of: &SheetOf, lines: &[(&Stay, &Line)]) -> Result<SiteFile, DemoError> {
    let correction = if of.is_correction { "更正" } else { "" };
    let (code, label, month) = (of.project.code, of.crew.label, compact(of.month));
    let name = format!("wage-sheet-{code}-{label}-{month}{correction}.xlsx");
    Ok(file(name, workbook::wage_sheet(of, lines)?))
}

fn with_stays<'a>(stays: &'a [Stay], lines: &'a [Line]) -> Vec<(&'a Stay, &'a Line)> {
    lines.iter().filter_map(|line| Some((stays.get(line.stay)?, line))).collect()
}
