//! Addresses of pages: read strictly, written in one way. No personal data is in any: workers and crews are named by
//! their pseudonyms.

use percent_encoding::percent_decode_str;
use readmodel::Role;
use rules::Month;
use rules::warning::IndicatorId;
use std::fmt;
use uuid::Uuid;
use wages::{CreditCode, ProjectCode, RegionCode};

/// Longest path that is looked at, in bytes.
const PATH_LEN_MAX: usize = 200;
/// How the region of projects that were never registered is written.
const NO_REGION: &str = "none";

/// A page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Address {
    /// The regulator's landing page.
    Landing,
    /// Every overdue line.
    Arrears,
    /// Work without a wage line.
    Missing,
    /// Months without a wage sheet.
    Silent,
    /// Wage lines whose due day is not known.
    Undated,
    /// Early warnings.
    Warnings,
    /// One of them; of what, the query says.
    Warning(IndicatorId),
    Regions,
    /// Every project, with or without arrears.
    Projects,
    /// Every firm, in all its roles.
    Firms,
    /// Every firm with one role on some project.
    FirmsIn(Role),
    /// `None` = projects that were never registered.
    Region(Option<RegionCode>),
    Project(ProjectCode),
    /// An employer's part of a project.
    Share(ProjectCode, CreditCode),
    /// Who of a project is paid for a month.
    Payments(ProjectCode, Month),
    /// The wage sheets of a project's month, and their seals.
    Sheets(ProjectCode, Month),
    Employer(CreditCode),
    Crew(Uuid),
    Worker(Uuid),
    /// A wage line by the entry of its first version.
    Line(u64),
    Entry(u64),
    Trail(Whom),
    Ledger,
    Search,
}

/// Whom an audit trail is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Whom {
    Project(ProjectCode),
    Employer(CreditCode),
    Worker(Uuid),
}

impl Address {
    /// Reads a path; `None` when no page has it.
    pub(super) fn parse(path: &str) -> Option<Address> {
        if path.len() > PATH_LEN_MAX {
            return None;
        }
        let path = percent_decode_str(path.strip_prefix('/')?).decode_utf8().ok()?;
        let parts: Vec<&str> = path.split('/').collect();
        Some(match parts.as_slice() {
            [""] => Address::Landing,
            ["arrears"] => Address::Arrears,
            ["missing"] => Address::Missing,
            ["silent"] => Address::Silent,
            ["undated"] => Address::Undated,
            ["warnings"] => Address::Warnings,
            ["warnings", rule] => {
                Address::Warning(IndicatorId::ALL.into_iter().find(|known| known.label() == *rule)?)
            }
            ["regions"] => Address::Regions,
            ["projects"] => Address::Projects,
            ["firms"] => Address::Firms,
            ["employers"] => Address::FirmsIn(Role::Employer),
            ["contractors"] => Address::FirmsIn(Role::Contractor),
            ["owners"] => Address::FirmsIn(Role::Owner),
            ["ledger"] => Address::Ledger,
            ["search"] => Address::Search,
            ["regions", NO_REGION] => Address::Region(None),
            ["regions", code] => Address::Region(Some(code.parse().ok()?)),
            ["projects", code] => Address::Project(code.parse().ok()?),
            ["projects", code, "employers", employer] => {
                Address::Share(code.parse().ok()?, employer.parse().ok()?)
            }
            ["projects", code, "months", month] => Address::Payments(code.parse().ok()?, month.parse().ok()?),
            ["projects", code, "months", month, "sheets"] => {
                Address::Sheets(code.parse().ok()?, month.parse().ok()?)
            }
            ["projects", code, "trail"] => Address::Trail(Whom::Project(code.parse().ok()?)),
            ["employers", code] => Address::Employer(code.parse().ok()?),
            ["employers", code, "trail"] => Address::Trail(Whom::Employer(code.parse().ok()?)),
            ["crews", crew] => Address::Crew(pseudonym(crew)?),
            ["workers", worker] => Address::Worker(pseudonym(worker)?),
            ["workers", worker, "trail"] => Address::Trail(Whom::Worker(pseudonym(worker)?)),
            ["lines", seq] => Address::Line(place(seq)?),
            ["entries", seq] => Address::Entry(place(seq)?),
            _ => return None,
        })
    }
}

impl Address {
    /// Whether the page is made of many projects, and so costs more than others.
    pub(super) fn is_over_all(&self) -> bool {
        use Address::{Arrears, Employer, Firms, FirmsIn, Landing, Missing, Projects, Region, Regions};
        let lists = matches!(self, Landing | Arrears | Missing | Address::Silent | Address::Undated);
        let places = matches!(self, Regions | Projects | Firms | FirmsIn(_) | Region(_) | Employer(_));
        lists || places || *self == Address::Warnings
    }

    /// Whether the page says how things stood on a day; entries and trails are what they are.
    pub(super) fn is_of_a_day(&self) -> bool {
        !matches!(self, Address::Entry(_) | Address::Trail(_) | Address::Ledger | Address::Search)
    }
}

/// Only as pages write it: one address a page.
fn pseudonym(text: &str) -> Option<Uuid> {
    let uuid: Uuid = text.parse().ok()?;
    (uuid.hyphenated().to_string() == text).then_some(uuid)
}

/// A sequence as a decimal without signs and leading zeros.
pub(super) fn place(text: &str) -> Option<u64> {
    let seq: u64 = text.parse().ok()?;
    (seq > 0 && i64::try_from(seq).is_ok() && seq.to_string() == text).then_some(seq)
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Landing => f.write_str("/"),
            Address::Arrears => f.write_str("/arrears"),
            Address::Missing => f.write_str("/missing"),
            Address::Silent => f.write_str("/silent"),
            Address::Undated => f.write_str("/undated"),
            Address::Warnings => f.write_str("/warnings"),
            Address::Warning(rule) => write!(f, "/warnings/{}", rule.label()),
            Address::Regions => f.write_str("/regions"),
            Address::Projects => f.write_str("/projects"),
            Address::Firms => f.write_str("/firms"),
            Address::FirmsIn(Role::Employer) => f.write_str("/employers"),
            Address::FirmsIn(Role::Contractor) => f.write_str("/contractors"),
            Address::FirmsIn(Role::Owner) => f.write_str("/owners"),
            Address::Ledger => f.write_str("/ledger"),
            Address::Search => f.write_str("/search"),
            Address::Region(None) => write!(f, "/regions/{NO_REGION}"),
            Address::Region(Some(code)) => write!(f, "/regions/{}", code.as_str()),
            Address::Project(code) => write!(f, "/projects/{}", code.as_str()),
            Address::Share(code, employer) => {
                write!(f, "/projects/{}/employers/{}", code.as_str(), employer.as_str())
            }
            Address::Payments(code, month) => write!(f, "/projects/{}/months/{month}", code.as_str()),
            Address::Sheets(code, month) => write!(f, "/projects/{}/months/{month}/sheets", code.as_str()),
            Address::Employer(code) => write!(f, "/employers/{}", code.as_str()),
            Address::Crew(crew) => write!(f, "/crews/{crew}"),
            Address::Worker(worker) => write!(f, "/workers/{worker}"),
            Address::Line(seq) => write!(f, "/lines/{seq}"),
            Address::Entry(seq) => write!(f, "/entries/{seq}"),
            Address::Trail(Whom::Project(code)) => write!(f, "/projects/{}/trail", code.as_str()),
            Address::Trail(Whom::Employer(code)) => write!(f, "/employers/{}/trail", code.as_str()),
            Address::Trail(Whom::Worker(worker)) => write!(f, "/workers/{worker}/trail"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        for path in [
            "/",
            "/arrears",
            "/missing",
            "/silent",
            "/undated",
            "/warnings",
            "/warnings/I13",
            "/warnings/A08",
            "/regions",
            "/projects",
            "/firms",
            "/employers",
            "/contractors",
            "/owners",
            "/ledger",
            "/search",
            "/regions/none",
            "/regions/330110",
            "/projects/3301102601010101",
            "/projects/3301102601010101/trail",
            "/projects/3301102601010101/months/2026-03",
            "/projects/3301102601010101/months/2026-03/sheets",
            "/projects/3301102601010101/employers/91330102XN2TH3BJ0N",
            "/employers/91330102XN2TH3BJ0N",
            "/employers/91330102XN2TH3BJ0N/trail",
            "/crews/3f2a9c1e-0000-4000-8000-000000000001",
            "/workers/3f2a9c1e-0000-4000-8000-000000000001",
            "/workers/3f2a9c1e-0000-4000-8000-000000000001/trail",
            "/lines/17",
            "/entries/9223372036854775807",
        ] {
            let address = Address::parse(path).unwrap_or_else(|| panic!("{path}"));
            assert_eq!(address.to_string(), path);
        }
    }

    #[test]
    fn everything_else_is_nowhere() {
        for path in [
            "",
            "//",
            "/x",
            "/projects/",
            "/warnings/I16",
            "/warnings/i13",
            "/projects/a%00b",
            "/projects/%ff",
            "/projects/..",
            "/projects/<script>",
            "/projects/1'%20OR%201=1--",
            "/regions/33011",
            "/regions/%33%33",
            "/employers/91330102XN2TH3BJ0X",
            "/crews/3F2A9C1E-0000-4000-8000-000000000001",
            "/crews/3f2a9c1e000040008000000000000001",
            "/workers/390309197712206190",
            "/lines/0",
            "/lines/-1",
            "/lines/+1",
            "/lines/01",
            "/lines/1e3",
            "/entries/9223372036854775808",
            "/entries/99999999999999999999999",
            "/projects/3301102601010101/months/2026-13",
            "/projects/3301102601010101/months/2026-3",
        ] {
            assert_eq!(Address::parse(path), None, "{path}");
        }
        assert_eq!(Address::parse(&format!("/projects/{}", "1".repeat(500))), None);
    }
}
