//! Which firm is what on which projects.

use super::book::Book;
use super::{Called, Filter, Lateness};
use jiff::civil::Date;
use rules::Money;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a firm is on a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// 施工总承包单位: pays first what others on the site owe, and claims it back (Decree 724 art. 30).
    Contractor,
    /// 建设单位: transfers the labour cost (Decree 724 art. 29).
    Owner,
    /// 用人单位: owes the wages.
    Employer,
}

/// How it stands with the wages of a project, the gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// Something is overdue.
    Late,
    /// Nothing is known to be overdue, but wages may be: nobody knows when they are due.
    Undated,
    /// Nothing is known to be overdue, but days were worked that no wage line stands for, which would be or may be.
    Missing,
    /// A wage sheet that was expected by the day did not come, or none ever did.
    NoSheet,
    /// Nothing of what is recorded is overdue.
    Clear,
}

impl Role {
    /// Who answers for most first.
    pub const ALL: [Role; 3] = [Role::Contractor, Role::Owner, Role::Employer];
}

/// Codes of projects by the firms that they name.
#[derive(Debug, Default)]
pub(super) struct Firms(BTreeMap<Role, BTreeMap<Arc<str>, Vec<String>>>);

impl Firms {
    pub(super) fn of(projects: &BTreeMap<String, Arc<Book>>) -> Firms {
        let mut firms = Firms::default();
        for (code, book) in projects {
            let parties = [(Role::Contractor, &book.contractor), (Role::Owner, &book.owner)];
            let parties = parties.into_iter().filter_map(|(role, firm)| Some((role, firm.as_ref()?)));
            let employers = book.employers.iter().map(|employer| (Role::Employer, employer));
            for (role, firm) in parties.chain(employers) {
                let of = firms.0.entry(role).or_default();
                of.entry(Arc::clone(firm)).or_default().push(code.clone());
            }
        }
        firms
    }

    pub(super) fn projects(&self, role: Role, code: &str) -> &[String] {
        self.0.get(&role).and_then(|firms| firms.get(code)).map_or(&[], Vec::as_slice)
    }
}

impl Filter {
    /// What a firm has to do with in one of its roles.
    pub fn of_firm(role: Role, code: &str) -> Filter {
        let code = Some(code.to_owned());
        match role {
            Role::Contractor => Filter { contractor: code, ..Filter::default() },
            Role::Owner => Filter { owner: code, ..Filter::default() },
            Role::Employer => Filter { employer: code, ..Filter::default() },
        }
    }
}

impl Lateness {
    /// The projects on which a firm has a role, by code. An employer has it where it has, or had, people on the site,
    /// owes a line, or paid one.
    pub fn projects_of(&self, role: Role, code: &str) -> &[String] {
        self.firms.projects(role, code)
    }

    /// Every firm with a role on some project, and on which, by credit code.
    pub fn firms(&self, role: Role) -> impl Iterator<Item = (&str, &[String])> {
        let firms = self.firms.0.get(&role).into_iter().flatten();
        firms.map(|(code, projects)| (&**code, projects.as_slice()))
    }

    /// Every project that fits, by code, with or without arrears.
    pub fn projects_within<'a>(&'a self, filter: &Filter) -> impl Iterator<Item = Called<'a>> {
        filter.books(self).map(|(code, book)| book.called(code))
    }

    /// How it stands with the wages of a project on a day.
    pub fn standing(&self, as_of: Date, project: &str) -> Standing {
        let Some(book) = self.projects.get(project) else { return Standing::NoSheet };
        if book.series.whole.at(as_of).is_some() {
            Standing::Late
        } else if book.undated.iter().any(|line| line.outstanding(as_of) > Money::ZERO) {
            Standing::Undated
        } else if book.missing.iter().any(|missing| missing.may_be_owed(as_of)) {
            Standing::Missing
        } else if book.due.is_empty() || book.silence.total(as_of, None).site_months > 0 {
            Standing::NoSheet
        } else {
            Standing::Clear
        }
    }

    /// Whether anything that is recorded names a firm.
    pub fn knows_firm(&self, code: &str) -> bool {
        self.organisations.contains_key(code)
            || Role::ALL.iter().any(|role| !self.projects_of(*role, code).is_empty())
    }
}
