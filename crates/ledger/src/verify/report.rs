//! What verification says: findings, checks of two kinds, and one verdict.

use chain::Head;

/// Something that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The entry, where there is one.
    pub seq: Option<u64>,
    /// What is wrong.
    pub what: String,
}

/// What a finding of a check means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The record, its keys or what is derived from it is not what was recorded.
    Integrity,
    /// The record is whole, and what it says does not add up.
    Content,
}

impl Kind {
    /// As a word for programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Integrity => "integrity",
            Kind::Content => "content",
        }
    }
}

/// What verification comes to. Of several that apply the first in this order is the verdict: what is broken is
/// broken whatever else is known, and nobody can call whole what was not looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// A check of integrity found something.
    Broken,
    /// A check could not be made, or not on everything.
    NotJudged,
    /// Integrity holds, everything was looked at, and a check of content found something.
    Content,
    /// Everything was looked at, and nothing was found.
    Verified,
}

impl Verdict {
    /// As a word for programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Broken => "not_verified",
            Verdict::NotJudged => "not_judged",
            Verdict::Content => "whole_with_findings",
            Verdict::Verified => "verified",
        }
    }
}

/// One named check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Stable name, as in `body_digests`.
    pub name: &'static str,
    /// What its findings mean.
    pub kind: Kind,
    /// What was found, [`FINDINGS_MAX`] at most; `found` counts all.
    pub findings: Vec<Finding>,
    /// How many were found in all.
    pub found: u64,
    /// What was missing, where the check could not be made on everything that it is about.
    pub missing: Option<String>,
    /// What was looked at, in words.
    pub note: Option<String>,
}

/// A check lists so many findings; more are counted.
pub const FINDINGS_MAX: usize = 10_000;

impl Check {
    /// A check of integrity that has found nothing yet.
    pub fn integrity(name: &'static str) -> Check {
        Check { name, kind: Kind::Integrity, findings: Vec::new(), found: 0, missing: None, note: None }
    }

    /// A check of content that has found nothing yet.
    pub fn content(name: &'static str) -> Check {
        Check { kind: Kind::Content, ..Check::integrity(name) }
    }

    /// Notes something that does not hold.
    pub fn find(&mut self, seq: impl Into<Option<u64>>, what: impl Into<String>) {
        self.found = self.found.saturating_add(1);
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push(Finding { seq: seq.into(), what: what.into() });
        }
    }

    /// Notes that the check was not made, or not on everything, and what is missing for it. The first reason stays.
    pub fn miss(&mut self, what: impl Into<String>) {
        self.missing.get_or_insert(what.into());
    }

    /// Whether nothing was found; of what was not looked at that says nothing.
    pub fn is_clean(&self) -> bool {
        self.found == 0
    }

    /// Whether everything was looked at, and nothing found.
    pub fn holds(&self) -> bool {
        self.is_clean() && self.missing.is_none()
    }
}

/// What verification came to.
#[derive(Clone, Debug)]
pub struct Report {
    /// Accepted entries.
    pub entries: u64,
    /// Stored records that do not count.
    pub voids: u64,
    /// The head that was reached.
    pub head: Head,
    /// Every check, made or not.
    pub checks: Vec<Check>,
}

impl Report {
    /// The verdict over all checks.
    pub fn verdict(&self) -> Verdict {
        self.checks.iter().map(of).min().unwrap_or(Verdict::NotJudged)
    }

    /// Whether everything was looked at and holds.
    pub fn ok(&self) -> bool {
        self.verdict() == Verdict::Verified
    }
}

fn of(check: &Check) -> Verdict {
    match (check.is_clean(), check.kind, &check.missing) {
        (false, Kind::Integrity, _) => Verdict::Broken,
        (_, _, Some(_)) => Verdict::NotJudged,
        (false, Kind::Content, None) => Verdict::Content,
        (true, _, None) => Verdict::Verified,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(of: &[(Kind, bool, bool)]) -> Report {
        let check = |(kind, found, missing): &(Kind, bool, bool)| {
            let mut check = Check { kind: *kind, ..Check::integrity("c") };
            if *found {
                check.find(1, "wrong");
            }
            if *missing {
                check.miss("no vault");
            }
            check
        };
        let head = Head::genesis("o");
        Report { entries: 1, voids: 0, head, checks: of.iter().map(check).collect() }
    }

    #[test]
    fn the_verdict_over_all_checks() {
        use Kind::{Content, Integrity};
        use Verdict::{Broken, NotJudged, Verified};
        /// Kind, something found, something missing.
        type Of = (Kind, bool, bool);
        let table: [(&[Of], Verdict); 9] = [
            (&[], NotJudged),
            (&[(Integrity, false, false)], Verified),
            (&[(Integrity, false, false), (Content, false, false)], Verified),
            (&[(Integrity, true, false), (Content, true, true)], Broken),
            (&[(Integrity, true, true)], Broken),
            (&[(Integrity, false, true), (Content, true, false)], NotJudged),
            (&[(Content, true, true)], NotJudged),
            (&[(Content, false, true)], NotJudged),
            (&[(Integrity, false, false), (Content, true, false)], Verdict::Content),
        ];
        for (checks, expected) in table {
            assert_eq!(report(checks).verdict(), expected, "{checks:?}");
        }
    }

    #[test]
    fn findings_are_counted_beyond_the_list() {
        let mut check = Check::content("c");
        for seq in 0..=FINDINGS_MAX as u64 {
            check.find(seq, "wrong");
        }
        assert_eq!((check.findings.len(), check.found), (FINDINGS_MAX, FINDINGS_MAX as u64 + 1));
        check.miss("one");
        check.miss("two");
        assert_eq!(check.missing.as_deref(), Some("one"));
    }
}
