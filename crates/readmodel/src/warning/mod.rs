//! Early warning on ledger data: the indicators I01 to I15 and the detections A01 to A08, judged for a day.
//!
//! `digest` and `gather` keep one row a project and month while entries are taken in; a day is judged from these rows
//! ([`ReadModel::warnings`]), whatever day it is. What nobody handed in is unknown.

mod beside;
mod by_change;
mod detect;
mod digest;
mod doubts;
mod gather;
mod handled;
mod heads;
mod measure;
mod money;
mod names;
mod near;
mod owed;
mod pace;
mod people;
mod presence;
mod read_months;
mod since;
mod site;
mod site_month;

pub(crate) use digest::{ContractDays, Due, Line, MonthRows, Payment, StayDays, Surroundings};
pub(crate) use gather::{Touched, refresh, refresh_all, site_month};
pub use handled::HandledStep;
pub use measure::Object;
pub use names::SealedNames;

use crate::engine::Connection;
use crate::model::Position;
use crate::projector::Said;
use crate::value::{Read, Value};
use crate::{Cursor, ReadModel, ReadModelError};
use handled::Steps;
use jiff::civil::Date;
use measure::{Measure, Measured, Wanted};
use owed::{Debts, Years};
use pace::Pace;
use rules::warning::{
    Colour, DueStep, Figures, Indicator, IndicatorId, Judgement, NearCrime, Reason, due_step, judge,
};
use rules::{Region, RuleError};
use serde_json::Map;
use since::Pending;
use site::{Site, Window};
use std::collections::BTreeSet;
use std::panic::resume_unwind;
use std::sync::Arc;
use tokio::sync::oneshot;
use uuid::Uuid;

/// Warnings as of the end of a day.
#[derive(Clone, Debug, PartialEq)]
pub struct Warnings {
    /// The day.
    pub as_of: Date,
    /// The last entry that the answer knows.
    pub head: Cursor,
    /// Every indicator of every object, whatever its colour: by project and rule; then over all projects; then by
    /// employer.
    pub rows: Vec<Warning>,
}

/// An indicator of one object, judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Warning {
    /// Which.
    pub rule: IndicatorId,
    /// Whose pack of rules it was judged by.
    pub region: Region,
    /// The project; `None` where the object is not one project.
    pub project: Option<String>,
    /// The employer, over all projects.
    pub employer: Option<String>,
    /// Its colour.
    pub colour: Colour,
    /// Since when it has had this colour without a break, judged by what is known now; a year back at most, and not
    /// before the project began. `None` where it has no colour.
    pub since: Option<Date>,
    /// The step that it asks for, also where the day of the last one has passed. `None` where it has no colour.
    pub due: Option<DueStep>,
    /// Why it has its colour: the conditions that hold, or what is missing.
    pub reasons: Vec<Reason>,
    /// The figures behind it, by their names.
    pub figures: Map<String, serde_json::Value>,
    /// The workers, employers, items or payments that make the fault, in no order.
    pub objects: Vec<Object>,
    /// Entries behind the figures, ascending.
    pub entries: Vec<u64>,
    /// What people did with it, in ledger order.
    pub steps: Vec<HandledStep>,
    /// Of a warning that was handled and has no colour any more, `since` being the first such day: the entry that took
    /// the colour away; `None` where nothing but time did.
    pub resolved_by: Option<u64>,
}

/// What an indicator is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum About<'a> {
    /// A project, by its place.
    Site(usize),
    /// All projects together.
    All,
    /// An employer over all projects.
    Employer(&'a str),
}

/// All that a day is judged from.
struct Country {
    sites: Vec<Site>,
    years: Years,
    /// For what is not of one project.
    region: Region,
}

/// One day.
struct Day<'a> {
    of: &'a Country,
    debts: &'a Debts<'a>,
    as_of: Date,
}

impl<'a> Day<'a> {
    fn new(of: &'a Country, debts: &'a Debts<'a>, as_of: Date) -> Day<'a> {
        Day { of, debts, as_of }
    }

    /// How near an employer is to the figures of the crime.
    fn near(&self, employer: &str) -> Result<NearCrime, RuleError> {
        self.debts.near(employer, self.of.region, self.as_of)
    }

    fn region(&self, about: About<'_>) -> Region {
        match about {
            About::Site(at) => self.of.sites.get(at).map_or(self.of.region, |site| site.region),
            About::All | About::Employer(_) => self.of.region,
        }
    }

    fn measure(&self, id: IndicatorId, about: About<'_>, wanted: Wanted) -> Measure {
        let as_of = self.as_of;
        let site = match about {
            About::Site(at) => match self.of.sites.get(at) {
                Some(site) => site,
                None => return Ok(Measured::of(measure::unknown("the project is not known"))),
            },
            About::All => {
                let Some(first) = self.of.sites.first() else {
                    return Ok(Measured::of(measure::unknown("no project is known")));
                };
                let window = people::update_period(first, as_of)?;
                return people::attendance_update(self.of.sites.iter(), as_of, window, wanted);
            }
            About::Employer(code) => {
                let near = self.near(code)?;
                return match wanted {
                    Wanted::Colour => Ok(Measured::of(NearCrime::figures(Some(&near)))),
                    Wanted::All => self.debts.behind(code, &near, self.of.region, as_of),
                };
            }
        };
        match id {
            IndicatorId::I01 => money::account_cover(site, as_of, wanted),
            IndicatorId::I02 => money::labour_cost_transfer(site, as_of, wanted),
            IndicatorId::I03 => people::without_pay(site, as_of, wanted),
            IndicatorId::I04 => people::contract_rate(site, as_of, wanted),
            IndicatorId::I05 => people::real_name_rate(site, as_of, wanted),
            IndicatorId::I06 => {
                let window = people::update_period(site, as_of)?;
                people::attendance_update(std::iter::once(site), as_of, window, wanted)
            }
            IndicatorId::I07 => money::bank_pay_rate(site, as_of, wanted),
            IndicatorId::I08 => people::direct_pay_rate(site, as_of, wanted),
            IndicatorId::I09 => money::deposit(site, as_of, wanted),
            IndicatorId::I10 => people::inspection(site, as_of, wanted),
            IndicatorId::I11 => people::minimum_wage(site, as_of, wanted),
            IndicatorId::I12 => owed::unusual(site, &self.of.years, as_of, wanted),
            IndicatorId::I13 => owed::age(site, as_of, wanted),
            IndicatorId::I14 => owed::heads(site, as_of, wanted),
            IndicatorId::I15 => owed::near_crime_on(self, site, wanted),
            IndicatorId::A01 => detect::padded_roster(site, as_of, wanted),
            IndicatorId::A02 => detect::shared_cards(site, as_of, wanted),
            IndicatorId::A03 => detect::foreign_cards(site, as_of, wanted),
            IndicatorId::A04 => detect::same_amounts(site, as_of, wanted),
            IndicatorId::A05 => detect::patterns(site, as_of, wanted),
            IndicatorId::A06 => detect::wages_without_attendance(site, as_of, wanted),
            IndicatorId::A07 => detect::attendance_without_wages(site, as_of, wanted),
            IndicatorId::A08 => detect::statement_breaks(site, as_of, wanted),
        }
    }

    /// As [`Day::measure`]; a law or calendar that is not in our data makes the indicator unknown.
    fn known(&self, id: IndicatorId, about: About<'_>, wanted: Wanted) -> Measure {
        match self.measure(id, about, wanted) {
            Err(RuleError::Missing(_) | RuleError::NoCalendar(_)) => {
                Ok(Measured::of(measure::unknown("the law of the place or the calendar is not known")))
            }
            measured => self.beside(id, about, measured?, wanted),
        }
    }

    /// Whether work has begun: nobody is warned of a project before.
    fn has_begun(&self, about: About<'_>) -> bool {
        match about {
            About::Site(at) => {
                self.of.sites.get(at).is_some_and(|site| site.project.terms.starts_on <= self.as_of)
            }
            About::All | About::Employer(_) => true,
        }
    }

    fn colour(&self, id: IndicatorId, about: About<'_>) -> Result<Colour, RuleError> {
        self.colour_of(id, about, &self.figures(id, about)?)
    }

    fn figures(&self, id: IndicatorId, about: About<'_>) -> Result<Figures, RuleError> {
        Ok(self.known(id, about, Wanted::Colour)?.figures)
    }

    /// The colour of figures that are known; unknown also where the thresholds of the day are not in our data.
    fn colour_of(&self, id: IndicatorId, about: About<'_>, figures: &Figures) -> Result<Colour, RuleError> {
        match rules::warning::colour(id, figures, self.region(about), self.as_of) {
            Err(RuleError::Missing(_)) => Ok(Colour::Unknown),
            other => other,
        }
    }

    /// As [`judge`]; unknown also where the thresholds of the day are not in our data.
    fn judged(&self, id: IndicatorId, about: About<'_>, figures: &Figures) -> Result<Judgement, RuleError> {
        match (judge(id, figures, self.region(about), self.as_of), Indicator::of(id)) {
            (Err(RuleError::Missing(_)), Some(indicator)) => {
                Ok(Judgement { indicator, colour: Colour::Unknown, reasons: Vec::new(), days_to_worse: None })
            }
            (other, _) => other,
        }
    }

    /// What the figures depend on, where that changes seldom. `None` also where a law is missing: they are unknown.
    fn basis(&self, id: IndicatorId, about: About<'_>) -> Result<Option<detect::Basis>, RuleError> {
        let About::Site(at) = about else { return Ok(None) };
        let Some(site) = self.of.sites.get(at) else { return Ok(None) };
        match detect::basis(id, site, self.as_of) {
            Err(RuleError::Missing(_) | RuleError::NoCalendar(_)) => Ok(None),
            other => other,
        }
    }
}

impl ReadModel {
    /// All indicators of all projects in a region as of the end of a day. Each project is judged by the pack of its
    /// own place, what is not of one project by the region's.
    ///
    /// What depends on a law or calendar that is not in our data is unknown. [`ReadModelError::Rule`] when figures are
    /// beyond what can be judged.
    pub async fn warnings(&self, as_of: Date, region: Region) -> Result<Warnings, ReadModelError> {
        self.warnings_at(Pace::full(), as_of, region).await
    }

    /// As [`ReadModel::warnings`], on one core where a city would take them all: for whoever has others to answer beside.
    /// `pause` is called between steps of a few milliseconds, and may wait until these are answered.
    pub async fn warnings_beside(
        &self,
        as_of: Date,
        region: Region,
        pause: Arc<dyn Fn() + Send + Sync>,
    ) -> Result<Warnings, ReadModelError> {
        self.warnings_at(Pace::beside(pause), as_of, region).await
    }

    async fn warnings_at(&self, pace: Pace, as_of: Date, region: Region) -> Result<Warnings, ReadModelError> {
        let tx = &mut self.read().await?;
        let head = Position::read(tx).await?.cursor;
        let sites = site::sites(as_of, region, &pace, tx).await?;
        let years = years(&sites, tx).await?;
        let region = common_region(region, &sites);
        let country = Country { sites, years, region };
        let steps = handled::steps(as_of, tx).await?;
        let (judged, days_of) = oneshot::channel();
        let (done, worked_out) = oneshot::channel();
        // A thread of its own, as important as this one: it takes seconds of a city.
        let working = std::thread::spawn(move || {
            // Whoever asked may be gone.
            let _ = done.send(work_out(&country, as_of, &pace, steps, judged));
        });
        // While it is looked back, the database looks up what is behind the day.
        let days = match days_of.await {
            Ok(days_of) => days_of.look_up(tx).await?,
            Err(_) => Vec::new(),
        };
        let (mut rows, gone) = match worked_out.await {
            Ok(worked_out) => worked_out?,
            Err(_) => resume_unwind(working.join().err().unwrap_or_else(|| Box::new("judging broke off"))),
        };
        handled::add_resolutions(&mut rows, &gone, tx).await?;
        for (at, entries) in days {
            if let Some(row) = rows.get_mut(at) {
                row.entries.extend(entries);
            }
        }
        for row in &mut rows {
            row.entries.sort_unstable();
            row.entries.dedup();
        }
        Ok(Warnings { as_of, head, rows })
    }
}

/// The rows of a day, and since when those have no colour any more that somebody handled.
type WorkedOut = (Vec<Warning>, Vec<(usize, Date)>);

/// All that the database is not needed for. What is behind the day's figures is handed on before it is looked back.
fn work_out(
    country: &Country,
    as_of: Date,
    pace: &Pace,
    steps: Steps,
    judged_day: oneshot::Sender<DaysOf>,
) -> Result<WorkedOut, RuleError> {
    let debts = Debts::of(&country.sites, as_of);
    let mut pending = Pending::new(country, &debts, as_of);
    let (mut rows, days_of) = judged(&Day::new(country, &debts, as_of), pace, &mut pending)?;
    // Whoever asked may be gone.
    let _ = judged_day.send(days_of);
    steps.add_to(&mut rows);
    for (at, _) in rows.iter().enumerate().filter(|(_, row)| handled::is_gone(row)) {
        pending.add_gone(at);
    }
    let mut gone = Vec::new();
    for (at, since) in pending.look_back(pace)? {
        let Some(row) = rows.get_mut(at) else { continue };
        if handled::is_gone(row) {
            gone.push((at, since));
            continue;
        }
        row.since = Some(since);
        row.due = due_step(row.colour, since, as_of, row.region);
    }
    Ok((rows, gone))
}

/// Every indicator of every object judged, on several cores: they do not bear on each other.
fn judged<'a>(
    day: &Day<'a>,
    pace: &Pace,
    pending: &mut Pending<'a>,
) -> Result<(Vec<Warning>, DaysOf), RuleError> {
    let all = indicators(day);
    let (of, debts, as_of) = (day.of, day.debts, day.as_of);
    let parts = all.chunks(all.len().div_ceil(pace.cores).max(1));
    let judged = std::thread::scope(|scope| {
        let begin = |part| scope.spawn(move || judged_part(&Day::new(of, debts, as_of), part, pace));
        let judging: Vec<_> = parts.map(begin).collect();
        let ended = judging.into_iter().map(|part| part.join().unwrap_or_else(|panic| resume_unwind(panic)));
        ended.collect::<Result<Vec<_>, RuleError>>()
    })?;
    let (mut rows, mut days_of) = (Vec::new(), DaysOf::default());
    for ((id, about), (measured, judgement)) in all.into_iter().zip(judged.into_iter().flatten()) {
        let row = warning(day, about, measured, judgement, rows.len(), &mut days_of);
        pending.add(rows.len(), id, about, row.colour);
        rows.push(row);
    }
    Ok((rows, days_of))
}

fn judged_part(
    day: &Day<'_>,
    part: &[(IndicatorId, About<'_>)],
    pace: &Pace,
) -> Result<Vec<(Measured, Judgement)>, RuleError> {
    let judged = |(id, about): &(IndicatorId, About<'_>)| {
        pace.step();
        let measured = day.known(*id, *about, Wanted::All)?;
        let judgement = day.judged(*id, *about, &measured.figures)?;
        Ok((measured, judgement))
    };
    part.iter().map(judged).collect()
}

/// Every indicator of every object.
fn indicators<'a>(day: &Day<'a>) -> Vec<(IndicatorId, About<'a>)> {
    let sites = 0..day.of.sites.len();
    let mut all: Vec<(IndicatorId, About<'a>)> =
        sites.flat_map(|at| IndicatorId::ALL.into_iter().map(move |id| (id, About::Site(at)))).collect();
    all.push((IndicatorId::I06, About::All));
    let employers = day.debts.employers(day.as_of);
    all.extend(employers.map(|employer| (IndicatorId::I15, About::Employer(employer))));
    all
}

fn warning(
    day: &Day<'_>,
    about: About<'_>,
    measured: Measured,
    judgement: Judgement,
    at: usize,
    days_of: &mut DaysOf,
) -> Warning {
    let project = match about {
        About::Site(at) => day.of.sites.get(at).map(|site| site.project.code.clone()),
        About::All | About::Employer(_) => None,
    };
    let employer = match about {
        About::Employer(code) => Some(code.to_owned()),
        About::Site(_) | About::All => None,
    };
    if let Some(project) = &project {
        days_of.add(at, project, &measured.days_of);
    }
    Warning {
        rule: judgement.indicator.id,
        region: day.region(about),
        project,
        employer,
        colour: judgement.colour,
        since: None,
        due: None,
        reasons: judgement.reasons,
        figures: measured.shown,
        objects: measured.objects,
        entries: measured.entries,
        steps: Vec::new(),
        resolved_by: None,
    }
}

/// The smallest region around all projects, within the one that was asked for.
fn common_region(asked: Region, sites: &[Site]) -> Region {
    let mut regions = sites.iter().map(|site| site.region);
    let Some(first) = regions.next() else { return asked };
    let around: BTreeSet<Region> = regions.fold(first.and_above().collect(), |around, region| {
        let above: BTreeSet<Region> = region.and_above().collect();
        around.intersection(&above).copied().collect()
    });
    first.and_above().find(|region| around.contains(region)).unwrap_or(asked)
}

const YEARS: &str = "SELECT l.worker, l.project, l.month, l.gross, l.version FROM k CROSS JOIN wage_line l \
    WHERE l.worker = k.k1 AND l.project = k.k2";

/// Gross of the workers who may have an unusual year: nobody has who never had more than a twelfth of it in a month.
async fn years(sites: &[Site], connection: &mut Connection) -> Result<Years, ReadModelError> {
    let high: BTreeSet<(Uuid, &str)> = sites
        .iter()
        .flat_map(|site| {
            let workers = site.months.values().flat_map(|month| &month.high);
            workers.map(|worker| (*worker, site.project.code.as_str()))
        })
        .collect();
    let keys: Vec<[Value; 2]> =
        high.into_iter().map(|(worker, project)| [worker.into(), project.into()]).collect();
    let mut years = Years::new();
    for row in connection.fetch_by_keys(YEARS, keys.into_iter()).await? {
        let months = years.entry((row.text("project")?, row.parsed("worker")?)).or_default();
        let month = months.entry(row.parsed("month")?).or_default();
        month.0 += row.int("gross")?;
        month.1.push(row.int("version")?);
    }
    Ok(years)
}

const DAYS: &str = "SELECT t.said, t.month, k.k3 AS begin, k.k5 AS row FROM k CROSS JOIN work t \
    WHERE t.worker = k.k1 AND t.project = k.k2 AND t.month >= SUBSTR(k.k3, 1, 7) AND t.month <= k.k4";

/// Entries of days worked that are behind figures, to be looked up together.
#[derive(Default)]
struct DaysOf(Vec<[Value; 5]>);

impl DaysOf {
    fn add(&mut self, row: usize, project: &str, days: &[(Uuid, Window)]) {
        for (worker, window) in days {
            let last = rules::Month::of(window.to);
            let keys: [Value; 5] = [
                (*worker).into(),
                project.into(),
                window.from.into(),
                last.into(),
                Value::from(row.to_string()),
            ];
            self.0.push(keys);
        }
    }

    /// The entries, by row.
    async fn look_up(self, connection: &mut Connection) -> Result<Vec<(usize, Vec<u64>)>, ReadModelError> {
        let mut entries = Vec::new();
        for found in connection.fetch_by_keys(DAYS, self.0.into_iter()).await? {
            let (at, month): (usize, rules::Month) = (found.parsed("row")?, found.parsed("month")?);
            let begin: Date = found.parsed("begin")?;
            let said = Said::read(&found.text("said")?)?;
            let first = if rules::Month::of(begin) == month { begin.day() } else { 1 };
            entries.push((at, said.since(first).filter_map(|seq| u64::try_from(seq).ok()).collect()));
        }
        Ok(entries)
    }
}
