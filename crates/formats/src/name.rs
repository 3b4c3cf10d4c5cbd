//! What the name of a file says.

use crate::text::squeezed;
use rules::Month;
use serde::Serialize;
use wages::ProjectCode;

/// What a file holds; one per template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileKind {
    /// Projects: how things are.
    Projects,
    /// Roster (花名册) of a project: how things are.
    Roster,
    /// Contracts of a project's workers.
    Contracts,
    /// Attendance of a project and month.
    Attendance,
    /// Wage sheet (工资表) of a crew and month, or a correction of one.
    WageSheet,
    /// What a bank says about a payroll batch.
    BankResult,
    /// Statement of a project's dedicated account (专户).
    Account,
    /// Subcontracts of a project: how things are.
    Subcontracts,
    /// Wage deposits and guarantees (工资保证金): how things are.
    Guarantees,
    /// Inspections of sites: how things are.
    Inspections,
    /// Complaints about unpaid wages: how things are.
    Complaints,
    /// What workers declared to be deducted before tax: how things are.
    Deductions,
}

impl FileKind {
    /// Every kind, in an order in which files can be taken in: what others need comes first.
    pub const ALL: &'static [FileKind] = &[
        FileKind::Projects,
        FileKind::Roster,
        FileKind::Contracts,
        FileKind::Attendance,
        FileKind::WageSheet,
        FileKind::BankResult,
        FileKind::Account,
        FileKind::Subcontracts,
        FileKind::Guarantees,
        FileKind::Inspections,
        FileKind::Complaints,
        FileKind::Deductions,
    ];

    /// The word with which the names of such files begin.
    pub fn as_str(self) -> &'static str {
        match self {
            FileKind::Projects => "projects",
            FileKind::Roster => "roster",
            FileKind::Contracts => "contracts",
            FileKind::Attendance => "attendance",
            FileKind::WageSheet => "wage-sheet",
            FileKind::BankResult => "bank-result",
            FileKind::Account => "account",
            FileKind::Subcontracts => "subcontracts",
            FileKind::Guarantees => "guarantees",
            FileKind::Inspections => "inspections",
            FileKind::Complaints => "complaints",
            FileKind::Deductions => "deductions",
        }
    }

    /// The kind that a file's name tells; `None` for files that are none of ours.
    pub fn of(name: &str) -> Option<FileKind> {
        FileName::of(name).map(|name| name.kind)
    }

    /// Whether such files are workbooks; the others are text.
    pub fn is_workbook(self) -> bool {
        matches!(self, FileKind::Roster | FileKind::WageSheet)
    }

    /// Whether such a file says how things are now, of several projects or one: what it says again is nothing new,
    /// what it says otherwise is a change. The others are records of what happened.
    pub fn is_statement_of_how_things_are(self) -> bool {
        matches!(
            self,
            FileKind::Projects
                | FileKind::Roster
                | FileKind::Subcontracts
                | FileKind::Guarantees
                | FileKind::Inspections
                | FileKind::Complaints
                | FileKind::Deductions
        )
    }

    /// Whether the name of such files is the kind's word and nothing else: they may be about any project.
    fn stands_alone(self) -> bool {
        matches!(
            self,
            FileKind::Projects
                | FileKind::Guarantees
                | FileKind::Inspections
                | FileKind::Complaints
                | FileKind::Deductions
        )
    }
}

/// What the name of a file says. A part that the name should hold but does not is `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileName {
    /// Template.
    pub kind: FileKind,
    /// Project; not in names of bank results and of files about any project.
    pub project: Option<ProjectCode>,
    /// Month of attendance, wages or statement.
    pub month: Option<Month>,
    /// Crew label, as it stands in the name.
    pub crew: Option<String>,
    /// Which correction of a wage sheet: 0 = the sheet itself, 1 = 更正, 2 = 更正2, …
    pub correction: u32,
    /// Whether its number may be that of a copy instead: `更正(2)` is what 更正2 is called by some, and the
    /// second copy of 更正 by others. The sheet's title decides.
    pub correction_or_copy: bool,
    /// Batch number of a bank result.
    pub batch: Option<String>,
    /// Extension, lower case, without the dot.
    pub extension: String,
}

impl FileName {
    /// Reads a name (folders before it are ignored), also with what file managers append to copies: `(1)`,
    /// `（2）`, `- 副本`, `- Copy`. `None` when it is none of ours. A workbook or text file that begins like
    /// one of ours but has the wrong extension is ours all the same: [`crate::parse`] says what is wrong.
    pub fn of(name: &str) -> Option<FileName> {
        let name = name.rsplit(['/', '\\']).next()?;
        let (stem, extension) = name.rsplit_once('.')?;
        let extension = extension.to_ascii_lowercase();
        if !["csv", "xlsx", "txt", "xls", "xlsm", "et", "tsv"].contains(&extension.as_str()) {
            return None;
        }
        let stem = without_copy_marks(stem);
        FileKind::ALL.iter().find_map(|kind| {
            let rest = strip_prefix_ignoring_case(stem, kind.as_str())?;
            let rest = match (kind.stands_alone(), rest.strip_prefix('-')) {
                (true, None) if rest.is_empty() => "",
                (true, _) | (_, None) => return None,
                (_, Some(rest)) => rest,
            };
            Some(FileName::of_kind(*kind, rest, extension.clone()))
        })
    }

    fn of_kind(kind: FileKind, rest: &str, extension: String) -> FileName {
        let mut name = FileName {
            kind,
            project: None,
            month: None,
            crew: None,
            correction: 0,
            correction_or_copy: false,
            batch: None,
            extension,
        };
        match kind {
            FileKind::Projects
            | FileKind::Guarantees
            | FileKind::Inspections
            | FileKind::Complaints
            | FileKind::Deductions => {}
            FileKind::Roster | FileKind::Contracts | FileKind::Subcontracts => {
                name.project = rest.parse().ok()
            }
            FileKind::BankResult => name.batch = (!rest.is_empty()).then(|| rest.to_owned()),
            FileKind::Attendance | FileKind::Account => {
                let (project, month) = rest.rsplit_once('-').unwrap_or((rest, ""));
                (name.project, name.month) = (project.parse().ok(), month_of_name(month));
            }
            FileKind::WageSheet => {
                let marked = rest.rsplit_once("更正");
                let marked = marked.and_then(|(rest, after)| Some((rest, after, correction_number(after)?)));
                let (rest, correction) = match marked {
                    Some((before, after, number)) => {
                        name.correction_or_copy = after.trim_start().starts_with(['(', '（']);
                        (before.trim_end_matches([' ', '\u{3000}', '(', '（', '-', '_']), number)
                    }
                    None => (rest, 0),
                };
                let (front, month) = rest.rsplit_once('-').unwrap_or((rest, ""));
                let (project, crew) = front.split_once('-').unwrap_or((front, ""));
                (name.project, name.month) = (project.parse().ok(), month_of_name(month));
                name.crew = Some(crew.trim().to_owned()).filter(|crew| !crew.is_empty());
                name.correction = correction;
            }
        }
        name
    }
}

/// `更正` alone means the first correction; what follows it may be a number from 1: `更正2`, `更正 2`,
/// `更正（2）`, `（更正2）`.
pub(crate) fn correction_number(after: &str) -> Option<u32> {
    let after = squeezed(after);
    match after.trim_matches(['(', ')']) {
        "" => Some(1),
        digits if digits.bytes().all(|b| b.is_ascii_digit()) => {
            digits.parse().ok().filter(|n| (1..=99).contains(n))
        }
        _ => None,
    }
}

fn month_of_name(text: &str) -> Option<Month> {
    let (year, month) = text.split_at_checked(4).filter(|_| text.len() == 6)?;
    Month::new(year.parse().ok()?, month.parse().ok()?)
}

fn strip_prefix_ignoring_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(rest)
}

fn without_copy_marks(stem: &str) -> &str {
    let mut stem = stem.trim();
    loop {
        let shorter = without_number_in_brackets(stem)
            .or_else(|| ["副本", "Copy", "copy"].iter().find_map(|mark| without_mark(stem, mark)));
        match shorter {
            Some(shorter) => stem = shorter.trim_end(),
            None => return stem,
        }
    }
}

/// ` - 副本` needs its hyphen: a crew could be called 副本.
fn without_mark<'a>(stem: &'a str, mark: &str) -> Option<&'a str> {
    stem.strip_suffix(mark)?.trim_end().strip_suffix('-')
}

fn without_number_in_brackets(stem: &str) -> Option<&str> {
    let inner = stem.strip_suffix([')', '）'])?;
    let front = inner.trim_end_matches(|c: char| c.is_ascii_digit());
    let front = front.strip_suffix(['(', '（']).filter(|_| front.len() < inner.len())?;
    // After 更正 it may be the number of the correction.
    (!front.trim_end().ends_with("更正")).then_some(front)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let show = |name: &str| {
            FileName::of(name).map(|n| {
                let project = n.project.map(|p| p.to_string()).unwrap_or_default();
                let month = n.month.map(|m| m.to_string()).unwrap_or_default();
                let (crew, batch) = (n.crew.unwrap_or_default(), n.batch.unwrap_or_default());
                format!(
                    "{} {project} {month} {crew} {} {batch} {}",
                    n.kind.as_str(),
                    n.correction,
                    n.extension
                )
            })
        };
        for (name, expect) in [
            ("projects.csv", "projects    0  csv"),
            ("in/Projects (2).CSV", "projects    0  csv"),
            (r"C:\in\roster-3301102601010101.xlsx", "roster 3301102601010101   0  xlsx"),
            ("roster-3301102601010101 - 副本.XLSX", "roster 3301102601010101   0  xlsx"),
            ("roster-3301102601010101 - 副本 (2).xlsx", "roster 3301102601010101   0  xlsx"),
            ("roster-甲.xls", "roster    0  xls"),
            ("contracts-HZ-01.csv", "contracts HZ-01   0  csv"),
            ("attendance-3301102601010101-202603.csv", "attendance 3301102601010101 2026-03  0  csv"),
            ("attendance-3301102601010101-202613.csv", "attendance 3301102601010101   0  csv"),
            ("wage-sheet-33011-钢筋一班-202603.xlsx", "wage-sheet 33011 2026-03 钢筋一班 0  xlsx"),
            ("wage-sheet-33011-甲-乙-202603更正.xlsx", "wage-sheet 33011 2026-03 甲-乙 1  xlsx"),
            ("wage-sheet-33011-甲-202603更正12（3）.xlsx", "wage-sheet 33011 2026-03 甲 12  xlsx"),
            ("bank-result-DF03(1).txt", "bank-result    0 DF03 txt"),
            ("account-3301-202603(1).csv", "account 3301 2026-03  0  csv"),
            ("subcontracts-3301 - 副本.csv", "subcontracts 3301   0  csv"),
            ("Guarantees(2).csv", "guarantees    0  csv"),
            ("inspections.csv", "inspections    0  csv"),
            ("complaints.csv", "complaints    0  csv"),
            ("deductions.csv", "deductions    0  csv"),
        ] {
            assert_eq!(show(name).as_deref(), Some(expect), "{name}");
        }
        for name in [
            "expected.json",
            "README.md",
            "~$roster-33011.xlsx",
            "projects-old.csv",
            "complaints-2026.csv",
            "subcontracts.csv",
            "rosters.xlsx",
            "csv",
            "",
        ] {
            assert_eq!(show(name), None, "{name}");
        }
    }
}
