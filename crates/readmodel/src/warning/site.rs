//! All that is known of one project as far as early warning needs it.

use super::by_change::ByChange;
use super::heads::Heads;
use super::pace::Pace;
use super::presence::Presence;
use super::read_months::read_months;
use super::site_month::{DayMask, Late, SiteMonth, Undated, bit};
use crate::arrears::sql;
use crate::engine::Connection;
use crate::late::Span;
use crate::lookup::{self, Project};
use crate::packed::{parts, whole};
use crate::value::Read;
use crate::{ReadModelError, value::Value};
use jiff::ToSpan;
use jiff::civil::Date;
use rules::warning::Deposit;
use rules::{Calendar, Money, Month, NoCalendar, PayMonth, Region};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};
use uuid::Uuid;

/// A movement on the dedicated account.
pub(crate) struct Movement {
    pub(crate) seq: u64,
    pub(crate) on: Date,
    /// Month of its statement, and its place there.
    pub(crate) place: (Month, u64),
    pub(crate) received: Money,
    pub(crate) paid: Money,
    pub(crate) balance: Money,
    /// What came in as labour cost; else nothing.
    pub(crate) labour_cost: Option<Money>,
}

/// A deposit, and for whom it stands.
pub(crate) struct LodgedDeposit {
    pub(crate) deposit: Deposit,
    pub(crate) liable: String,
    pub(crate) seq: u64,
}

/// An inspection as far as it counts.
pub(crate) struct InspectedOn {
    pub(crate) on: Date,
    pub(crate) board: bool,
    pub(crate) officer: bool,
    pub(crate) closed_on: Option<Date>,
    pub(crate) seq: u64,
}

/// A complaint as far as it counts.
pub(crate) struct Complaint {
    pub(crate) on: Date,
    pub(crate) people: u64,
    pub(crate) closed_on: Option<Date>,
    pub(crate) seq: u64,
}

/// A worker who has a card that a roster calls another worker's too.
pub(crate) struct CardHolder {
    pub(crate) worker: Uuid,
    /// First day of his first stay on a site, and on this one; none where he never was on it.
    pub(crate) from: Date,
    pub(crate) here_from: Option<Date>,
    /// The entry that calls the card his.
    pub(crate) seq: u64,
}

/// What was handed in at all.
#[derive(Clone, Copy, Default)]
pub(crate) struct HandedIn {
    pub(crate) deposits: bool,
    pub(crate) complaints: bool,
}

/// One project.
pub(crate) struct Site {
    pub(crate) project: Project,
    pub(crate) region: Region,
    pub(crate) handed_in: HandedIn,
    pub(crate) has_contracts: bool,
    pub(crate) has_roster: bool,
    /// A roster calls a card somebody's own.
    pub(crate) has_cards: bool,
    pub(crate) months: BTreeMap<Month, SiteMonth>,
    /// Who worked on which days, by month, and in it by worker.
    pub(crate) present: BTreeMap<Month, Vec<(Uuid, DayMask)>>,
    /// How many had worked lately, worked out when it is first asked for.
    presence: OnceLock<Presence>,
    /// Workers with days without a contract, and off the roster, lately: in so many days.
    pub(crate) bare_heads: OnceLock<(i64, Heads)>,
    pub(crate) unlisted_heads: OnceLock<(i64, Heads)>,
    /// By month, who worked in it and has a line that is overdue.
    unpaid_heads: BTreeMap<Month, OnceLock<Heads>>,
    first_due: Option<Date>,
    sums: ByChange<OverdueSums>,
    undated: ByChange<UndatedSums>,
    /// Cards of several workers one of whom was ever on the site, by fingerprint.
    pub(crate) shared_cards: BTreeMap<String, Vec<CardHolder>>,
    pub(crate) movements: Vec<Movement>,
    pub(crate) deposits: Vec<LodgedDeposit>,
    pub(crate) inspections: Vec<InspectedOn>,
    pub(crate) complaints: Vec<Complaint>,
}

/// What the overdue lines of a day come to.
#[derive(Default)]
pub(crate) struct OverdueSums {
    /// Workers with one.
    pub(crate) heads: u64,
    /// The earliest due day.
    pub(crate) oldest: Option<Date>,
    /// In fen.
    pub(crate) outstanding: i64,
    /// Whose lines they are, each once.
    pub(crate) employers: Vec<String>,
}

/// What the lines come to that may be overdue on a day, where nobody knows when they are due.
#[derive(Clone, Default)]
pub(crate) struct UndatedSums {
    pub(crate) lines: u64,
    pub(crate) workers: BTreeSet<Uuid>,
    /// In fen.
    pub(crate) outstanding: i64,
    /// The years whose calendars are missing.
    pub(crate) years: BTreeSet<i16>,
}

impl UndatedSums {
    /// Adds a line, where it may be overdue and is not paid.
    pub(crate) fn add(&mut self, undated: &Undated, as_of: Date) {
        let outstanding = undated.at_earliest.outstanding(as_of);
        if outstanding > 0 {
            self.lines += 1;
            self.workers.insert(undated.at_earliest.worker);
            self.outstanding += outstanding;
            self.years.insert(undated.no_calendar);
        }
    }
}

/// The wage month whose pay date was the last before a day.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct LastDue {
    /// The latest of which that is certain.
    pub(crate) month: Option<Month>,
    /// A later one may be due already: the calendar that would tell it is missing.
    pub(crate) unsure: bool,
}

impl Site {
    fn new(project: Project, handed_in: HandedIn) -> Site {
        Site {
            region: project.terms.region.as_str().parse().unwrap_or(Region::CHINA),
            project,
            handed_in,
            has_contracts: false,
            has_roster: false,
            has_cards: false,
            months: BTreeMap::new(),
            present: BTreeMap::new(),
            presence: OnceLock::new(),
            bare_heads: OnceLock::new(),
            unlisted_heads: OnceLock::new(),
            unpaid_heads: BTreeMap::new(),
            first_due: None,
            sums: ByChange::default(),
            undated: ByChange::default(),
            shared_cards: BTreeMap::new(),
            movements: Vec::new(),
            deposits: Vec::new(),
            inspections: Vec::new(),
            complaints: Vec::new(),
        }
    }

    /// The pay date of a wage month: the project's pay day, or the last working day before.
    fn pay_date(&self, month: Month) -> Option<PayDate> {
        let nominal = rules::nominal_due(month, self.project.terms.pay_day);
        Some(match rules::adjusted_due(nominal, Calendar::china()) {
            Ok(on) => PayDate { earliest: on, latest: on },
            Err(NoCalendar { .. }) => PayDate { earliest: rules::earliest_due(nominal), latest: nominal },
        })
    }

    /// The latest wage month whose pay date is before the day.
    pub(crate) fn last_due(&self, as_of: Date) -> LastDue {
        let mut last = LastDue { month: None, unsure: false };
        let this = Month::of(as_of);
        let mut month = match self.project.terms.pay_day.of {
            PayMonth::Same => this,
            PayMonth::Following => before(this),
        };
        for _ in 0..3 {
            let Some(date) = self.pay_date(month) else { break };
            if date.latest < as_of {
                last.month = Some(month);
                break;
            }
            last.unsure |= date.earliest < as_of;
            month = before(month);
        }
        last
    }

    /// As [`Site::last_due`]: of which it is certain.
    pub(crate) fn last_month_due(&self, as_of: Date) -> Option<Month> {
        self.last_due(as_of).month
    }

    /// The first pay date on or after the day, with its wage month; `None` where no calendar tells it.
    pub(crate) fn next_pay_date(&self, as_of: Date) -> Option<(Month, Date)> {
        let mut month = before(before(Month::of(as_of)));
        for _ in 0..4 {
            let date = self.pay_date(month)?;
            if date.latest >= as_of {
                return (date.earliest == date.latest).then_some((month, date.latest));
            }
            month = month.next();
        }
        None
    }

    pub(crate) fn month(&self, month: Month) -> Option<&SiteMonth> {
        self.months.get(&month)
    }

    /// Takes in a month.
    pub(crate) fn add(&mut self, month: Month, mut facts: SiteMonth, present: Vec<(Uuid, DayMask)>) {
        facts.spans = facts.late.iter().map(|late| Span::of(late.due_on, &late.steps)).collect();
        facts.late.iter().for_each(|late| self.sums.add(late));
        facts.undated.iter().for_each(|undated| self.undated.add(&undated.at_earliest));
        let due = facts.due.iter().map(|due| due.on);
        self.first_due = self.first_due.into_iter().chain(due).min();
        self.present.insert(month, present);
        self.unpaid_heads.insert(month, OnceLock::new());
        self.months.insert(month, facts);
    }

    /// The months whose pay date is before the day, so many at most, with what is known of them.
    pub(crate) fn months_due(&self, as_of: Date, most: i64) -> impl Iterator<Item = (Month, &SiteMonth)> {
        let last = self.last_month_due(as_of);
        let span = last.map(|last| {
            let first = last.first_day().saturating_sub((most - 1).max(0).months());
            Month::of(first)..=last
        });
        span.into_iter().flat_map(|span| self.months.range(span)).map(|(month, facts)| (*month, facts))
    }

    /// Lines overdue on the day, with what is outstanding of each.
    pub(crate) fn overdue(&self, as_of: Date) -> impl Iterator<Item = (Month, &Late, i64)> {
        let late = self.months.iter().flat_map(move |(month, facts)| {
            let late = facts.spans.iter().zip(&facts.late).filter(move |(span, _)| span.holds(as_of));
            late.map(move |(_, late)| (*month, late, late.outstanding(as_of)))
        });
        late.filter(|(.., fen)| *fen > 0)
    }

    /// What [`Site::overdue`] comes to.
    pub(crate) fn overdue_sums(&self, as_of: Date) -> Arc<OverdueSums> {
        self.sums.at(as_of, || self.add_up(as_of))
    }

    /// The lines that may be overdue on the day, where nobody knows when they are due.
    pub(crate) fn undated_sums(&self, as_of: Date) -> Arc<UndatedSums> {
        self.undated.at(as_of, || {
            let mut sums = UndatedSums::default();
            let undated = self.months.values().flat_map(|facts| &facts.undated);
            undated.for_each(|undated| sums.add(undated, as_of));
            sums
        })
    }

    /// Of these, those of a wage month.
    pub(crate) fn undated_of_month(&self, month: Option<Month>, as_of: Date) -> UndatedSums {
        let mut sums = UndatedSums::default();
        let facts = month.and_then(|month| self.month(month));
        facts.iter().flat_map(|facts| &facts.undated).for_each(|undated| sums.add(undated, as_of));
        sums
    }

    fn add_up(&self, as_of: Date) -> OverdueSums {
        let mut sums = OverdueSums::default();
        let (mut workers, mut employers) = (Vec::new(), Vec::new());
        for (_, late, fen) in self.overdue(as_of) {
            sums.outstanding += fen;
            sums.oldest = Some(sums.oldest.map_or(late.due_on, |oldest| oldest.min(late.due_on)));
            workers.push(late.worker);
            if employers.last() != Some(&&late.employer) {
                employers.push(&late.employer);
            }
        }
        workers.sort_unstable();
        workers.dedup();
        employers.sort_unstable();
        employers.dedup();
        sums.heads = u64::try_from(workers.len()).unwrap_or(u64::MAX);
        sums.employers = employers.into_iter().cloned().collect();
        sums
    }

    /// Workers of a month who have a line of it that is overdue on the day.
    pub(crate) fn unpaid_heads(&self, month: Month, as_of: Date) -> u64 {
        let (Some(heads), Some(facts)) = (self.unpaid_heads.get(&month), self.month(month)) else { return 0 };
        let of_line = |late: &Late| {
            let worker = late.worker;
            late.unpaid().map(move |(from, until)| (worker, from, until)).collect::<Vec<_>>()
        };
        let of = || Heads::of(facts.late.iter().filter(|late| late.attends).flat_map(of_line).collect());
        heads.get_or_init(of).on(as_of)
    }

    /// Whether any line has a due day before the day.
    pub(crate) fn any_due(&self, as_of: Date) -> bool {
        self.first_due.is_some_and(|due| due < as_of)
    }

    /// Whether a worker has days of work in a month before this one.
    pub(crate) fn came_before(&self, worker: &Uuid, month: Month) -> bool {
        let mut before = self.present.range(..month).map(|(_, present)| present);
        before.any(|present| present.binary_search_by_key(worker, |(of, _)| *of).is_ok())
    }

    /// Persons with work on the day or in the days before it, so many in all.
    pub(crate) fn persons(&self, as_of: Date, days: i64) -> u64 {
        let presence = self.presence.get_or_init(|| Presence::of(&self.present, days));
        if presence.days == days {
            return presence.at(as_of);
        }
        Presence::of(&self.present, days).at(as_of)
    }
}

/// A pay date: one day where its calendar is known, else the days between which it lies.
#[derive(Clone, Copy)]
struct PayDate {
    earliest: Date,
    latest: Date,
}

/// The days from one to another.
#[derive(Clone, Copy)]
pub(crate) struct Window {
    pub(crate) from: Date,
    pub(crate) to: Date,
}

impl Window {
    pub(crate) fn of(from: Date, to: Date) -> Window {
        Window { from, to }
    }

    /// All days of a month.
    pub(crate) fn month(month: Month) -> Window {
        Window { from: month.first_day(), to: month.last_day() }
    }

    /// The day and those before it, so many in all.
    pub(crate) fn until(to: Date, days: i64) -> Window {
        Window { from: to.saturating_sub((days - 1).days()), to }
    }

    /// The window's days in a month.
    pub(crate) fn mask(self, month: Month) -> DayMask {
        let (first, last) = (self.from.max(month.first_day()), self.to.min(month.last_day()));
        if first > last {
            return 0;
        }
        // All bits up to the last day's, less those before the first day's.
        (bit(last) | (bit(last) - 1)) & !(bit(first) - 1)
    }
}

/// The month before.
pub(crate) fn before(month: Month) -> Month {
    Month::of(month.first_day().yesterday().unwrap_or(month.first_day()))
}

/// All projects of a region, with what happened up to the day.
pub(crate) async fn sites(
    as_of: Date,
    region: Region,
    pace: &Pace,
    connection: &mut Connection,
) -> Result<Vec<Site>, ReadModelError> {
    let handed = connection.fetch(sql!("handed_in"), Vec::new()).await?;
    let handed_in = match handed.first() {
        Some(row) => HandedIn { deposits: row.int("deposits")? > 0, complaints: row.int("complaints")? > 0 },
        None => HandedIn::default(),
    };
    let mut sites: BTreeMap<String, Site> = BTreeMap::new();
    for row in connection.fetch(sql!("projects"), Vec::new()).await? {
        let site = Site::new(lookup::project(&row)?, handed_in);
        if site.region.and_above().any(|place| place == region) {
            sites.insert(site.project.code.clone(), site);
        }
    }
    let day = || vec![Value::from(as_of)];
    for row in connection.fetch(sql!("people_known"), Vec::new()).await? {
        if let Some(site) = sites.get_mut(&row.text("code")?) {
            (site.has_contracts, site.has_roster) = (row.int("contracts")? != 0, row.int("stays")? != 0);
            site.has_cards = row.int("cards")? != 0;
        }
    }
    read_months(&mut sites, pace, connection).await?;
    for site in sites.values_mut() {
        site.sums.sort();
        site.undated.sort();
    }
    movements(&mut sites, as_of, connection).await?;
    shared_cards(&mut sites, connection).await?;
    for row in connection.fetch(sql!("deposits"), Vec::new()).await? {
        let Some(site) = sites.get_mut(&row.text("project")?) else { continue };
        let deposit = Deposit {
            amount: row.money("amount")?,
            from: row.parsed("valid_from")?,
            to: Some(row.parsed("valid_to")?),
        };
        let (liable, seq) = (row.text("liable")?, row.number("seq")?);
        site.deposits.push(LodgedDeposit { deposit, liable, seq });
    }
    for row in connection.fetch(sql!("inspections"), day()).await? {
        let Some(site) = sites.get_mut(&row.text("project")?) else { continue };
        site.inspections.push(InspectedOn {
            on: row.parsed("inspected_on")?,
            board: row.int("board")? != 0,
            officer: row.int("officer")? != 0,
            closed_on: row.parsed_or_null("closed_on")?,
            seq: row.number("seq")?,
        });
    }
    for row in connection.fetch(sql!("complaints"), day()).await? {
        let Some(site) = sites.get_mut(&row.text("project")?) else { continue };
        site.complaints.push(Complaint {
            on: row.parsed("filed_on")?,
            people: row.number("people")?,
            closed_on: row.parsed_or_null("closed_on")?,
            seq: row.number("seq")?,
        });
    }
    Ok(sites.into_values().collect())
}

/// Movements read at a time.
const MOVEMENTS: i64 = 2_000;

/// What moved on the accounts of all projects, in the order of the statements.
async fn movements(
    sites: &mut BTreeMap<String, Site>,
    as_of: Date,
    connection: &mut Connection,
) -> Result<(), ReadModelError> {
    let mut last = 0_i64;
    loop {
        let asked = vec![as_of.into(), last.into(), MOVEMENTS.into()];
        let text = whole(&connection.fetch(sql!("movements"), asked).await?)?;
        if text.is_empty() {
            break;
        }
        for mut fields in parts(&text) {
            let seq: i64 = fields.parsed()?;
            last = last.max(seq);
            let Some(site) = sites.get_mut(fields.next()?) else { continue };
            let (on, is_in) = (fields.day()?, fields.next()? == "in");
            let mut money = || fields.parsed().map(Money::from_fen);
            let (amount, balance) = (money()?, money()?);
            let is_labour_cost = fields.next()? != "0";
            let labour_cost = (is_in && is_labour_cost).then_some(amount);
            let (received, paid) = if is_in { (amount, Money::ZERO) } else { (Money::ZERO, amount) };
            let place = (fields.parsed()?, fields.parsed()?);
            let seq = seq.unsigned_abs();
            site.movements.push(Movement { seq, on, place, received, paid, balance, labour_cost });
        }
    }
    sites.values_mut().for_each(|site| site.movements.sort_by_key(|movement| (movement.on, movement.place)));
    Ok(())
}

/// Cards of several workers, to each project on which one of them was.
async fn shared_cards(
    sites: &mut BTreeMap<String, Site>,
    connection: &mut Connection,
) -> Result<(), ReadModelError> {
    /// Stays of a holder, by project their first day; the entry that calls the card his.
    type Holder = (BTreeMap<String, Date>, u64);
    let mut cards: BTreeMap<String, BTreeMap<Uuid, Holder>> = BTreeMap::new();
    for row in connection.fetch(sql!("shared_cards"), Vec::new()).await? {
        let holders = cards.entry(row.text("card_index")?).or_default();
        let holder = holders.entry(row.parsed("worker")?).or_default();
        holder.0.insert(row.text("project")?, row.parsed("entered_on")?);
        holder.1 = row.number("seq")?;
    }
    for (card, holders) in cards {
        let projects: BTreeSet<&String> = holders.values().flat_map(|(stays, _)| stays.keys()).collect();
        for project in projects {
            let Some(site) = sites.get_mut(project) else { continue };
            let of = holders.iter().filter_map(|(worker, (stays, seq))| {
                let from = stays.values().min()?;
                let here_from = stays.get(project).copied();
                Some(CardHolder { worker: *worker, from: *from, here_from, seq: *seq })
            });
            site.shared_cards.insert(card.clone(), of.collect());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn days_of_a_window_in_a_month() {
        let window = Window::of(date(2026, 1, 30), date(2026, 4, 2));
        let mask = |month: &str| window.mask(month.parse().unwrap());
        assert_eq!(mask("2025-12"), 0);
        assert_eq!(mask("2026-01"), 0b11 << 29);
        assert_eq!(mask("2026-02"), (1 << 28) - 1);
        assert_eq!(mask("2026-03"), u32::MAX >> 1);
        assert_eq!(mask("2026-04"), 0b11);
        assert_eq!(mask("2026-05"), 0);
        assert_eq!(Window::until(date(2026, 3, 2), 3).from, date(2026, 2, 28));
    }
}
