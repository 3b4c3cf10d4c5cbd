//! Which pages are asked for: a seeded mixture of all of the drill-down, for different days.

use super::opening::label;
use super::plan::{City, Crew, MONTHS, Of, Site, firm_code, id_number, wage_month};
use crate::failure::Failure;
use crate::run::bench::workload::{SEED, mix};
use jiff::ToSpan;
use jiff::civil::{Date, date};
use readmodel::ReadModel;

/// The last day that anything is known of; the day that most ask about.
pub(super) const TODAY: Date = date(2026, 11, 20);
/// Days asked about lie between this one and [`TODAY`].
const FIRST: Date = date(2025, 12, 1);

/// A request.
pub(super) struct Visit {
    pub(super) page: Page,
    pub(super) path: String,
    /// The field of a form.
    pub(super) form: Option<String>,
}

macro_rules! pages {
    ($($page:ident, $name:literal, $weight:literal;)*) => {
        /// A kind of page.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub(super) enum Page { $($page),* }

        impl Page {
            /// Each, with how many of a hundred requests are for it.
            const ALL: &'static [(Page, u64)] = &[$((Page::$page, $weight)),*];

            pub(super) fn name(self) -> &'static str {
                match self { $(Page::$page => $name),* }
            }
        }
    };
}

pages! {
    Landing, "landing", 10;
    Region, "region", 6;
    Projects, "projects", 2;
    Project, "project", 12;
    Share, "employer on a project", 4;
    Employers, "employers", 2;
    Employer, "employer", 5;
    Crew, "crew", 9;
    Worker, "worker", 13;
    Line, "wage line", 9;
    Entry, "entry", 9;
    WorkerTrail, "worker's trail", 3;
    ProjectTrail, "project's trail", 3;
    EmployerTrail, "employer's trail", 2;
    Payments, "payments", 4;
    Arrears, "overdue lines", 2;
    Missing, "missing lines", 1;
    Warnings, "warnings", 2;
    Ledger, "ledger", 1;
    Search, "search", 1;
}

/// Numbers that look drawn.
struct Draw(u64);

impl Draw {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(1);
        mix(self.0) % n.max(1)
    }
}

/// Of `number` requests every one.
pub(super) async fn visits(city: &City, model: &ReadModel, number: u64) -> Result<Vec<Visit>, Failure> {
    let head = model.cursor().await?.seq;
    let mut draw = Draw(mix(SEED));
    let mut visits = Vec::new();
    for at in 0..number {
        // Every kind comes, however few there are.
        let kinds = Page::ALL.len() as u64;
        let page = if at < kinds { Page::ALL[at as usize].0 } else { page(draw.below(100)) };
        visits.push(visit(page, city, model, head, &mut draw).await?);
    }
    Ok(visits)
}

fn page(mut of_hundred: u64) -> Page {
    for (page, weight) in Page::ALL {
        match of_hundred.checked_sub(*weight) {
            None => return *page,
            Some(rest) => of_hundred = rest,
        }
    }
    Page::Landing
}

async fn visit(
    page: Page,
    city: &City,
    model: &ReadModel,
    head: u64,
    draw: &mut Draw,
) -> Result<Visit, Failure> {
    // One visitor in sixteen looks at the largest site.
    let worker =
        if draw.below(16) == 0 { draw.below(city.workers / 90 + 1) } else { draw.below(city.workers) };
    let (site, crew) = place(city, worker)?;
    let (code, firm, subject) = (site.code()?, firm_code(crew.firm)?, Of::Worker.id(worker));
    let (project, employer) = (code.as_str(), firm.as_str());
    let month = wage_month(draw.below(MONTHS));
    let mut form = None;
    let path = match page {
        Page::Landing => "/".to_owned(),
        Page::Region => format!("/regions/{}", site.region),
        Page::Projects => "/projects".to_owned(),
        Page::Project => format!("/projects/{project}"),
        Page::Share => format!("/projects/{project}/employers/{employer}"),
        Page::Employers => "/employers".to_owned(),
        Page::Employer => format!("/employers/{employer}"),
        Page::Crew => format!("/crews/{}", Of::Crew.id(crew.number)),
        Page::Worker => format!("/workers/{subject}"),
        Page::Line => {
            let lines = model.wage_versions(subject).await?;
            let line = lines.get(draw.below(lines.len() as u64) as usize);
            let line = line.ok_or_else(|| Failure::cannot("a worker of the city has no wage line"))?;
            format!("/lines/{}", line.line)
        }
        Page::Entry => format!("/entries/{}", 1 + draw.below(head)),
        Page::WorkerTrail => format!("/workers/{subject}/trail"),
        Page::ProjectTrail => format!("/projects/{project}/trail"),
        Page::EmployerTrail => format!("/employers/{employer}/trail"),
        Page::Payments => format!("/projects/{project}/months/{month}"),
        Page::Arrears => "/arrears".to_owned(),
        Page::Missing => "/missing".to_owned(),
        Page::Warnings => "/warnings".to_owned(),
        Page::Ledger => "/ledger".to_owned(),
        Page::Search => {
            form = Some(match draw.below(3) {
                0 => project.to_owned(),
                1 => label(crew),
                _ => id_number(worker),
            });
            "/search".to_owned()
        }
    };
    let mut query = vec![format!("as_of={}", day(draw))];
    match page {
        Page::ProjectTrail | Page::EmployerTrail => query.push(format!("after={}", 1 + draw.below(head))),
        Page::Arrears if draw.below(2) == 0 => query.push(format!("region={}", site.region)),
        _ => {}
    }
    if draw.below(4) == 0 {
        query.push("lang=en".to_owned());
    }
    Ok(Visit { page, path: format!("{path}?{}", query.join("&")), form })
}

/// Half of all ask for the last day, a quarter for a month's end, a quarter for any day.
fn day(draw: &mut Draw) -> Date {
    match draw.below(4) {
        0 => FIRST.saturating_add((draw.below(354) as i64).days()),
        1 => wage_month(2 + draw.below(MONTHS)).last_day(),
        _ => TODAY,
    }
}

fn place(city: &City, worker: u64) -> Result<(&Site, &Crew), Failure> {
    let after =
        city.sites.partition_point(|site| site.crews.first().is_some_and(|crew| crew.first <= worker));
    let site = after.checked_sub(1).and_then(|at| city.sites.get(at));
    let crew = site.and_then(|site| site.crews.iter().rfind(|crew| crew.first <= worker));
    site.zip(crew).ok_or_else(|| Failure::cannot("the city has no such worker"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_of_a_hundred() {
        assert_eq!(Page::ALL.iter().map(|(_, weight)| weight).sum::<u64>(), 100);
        let city = City::of(3_000, None);
        for worker in [0, 1, 24, 25, 1_500, 2_999] {
            let (site, crew) = place(&city, worker).unwrap();
            assert!((crew.first..crew.first + crew.workers).contains(&worker));
            assert!(site.crews.iter().any(|known| known.number == crew.number));
        }
    }
}
