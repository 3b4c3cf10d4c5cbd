//! Months of which nothing came: what pages are told is what the SQL says and what counting by hand gives, and no sum of
//! what is known changes by it.

use crate::by_hand::*;
use crate::late::agrees;
use crate::place::{Place, on_both_engines};
use jiff::ToSpan;
use jiff::civil::Date;
use readmodel::{By, Filter, Lateness, ReadModel, SilentTotal};
use rules::{HandedIn, Money, Month};
use std::collections::{BTreeMap, BTreeSet};

const STOPS: &str = "3301062512180102";
const COMPLETE: &str = "3301102601010101";
const ALL_LEFT: &str = "3301102601010102";
const NEVER_STARTED: &str = "3301102601010103";
const HALF: &str = "3301102601010104";
const UNREGISTERED: &str = "3301102601010105";

/// A worker's stay, and the months for which an employer's sheet stands.
struct Site {
    project: &'static str,
    /// Pay day (a day of the month after, 32 = its end, 100 more = of the month itself); `None` = the project was never
    /// registered.
    pay_day: Option<u8>,
    /// Employer, worker, first day, last day.
    stays: Vec<(&'static str, u128, &'static str, Option<&'static str>)>,
    sheets: BTreeSet<(&'static str, Month)>,
}

fn months(from: &str, to: &str) -> impl Iterator<Item = Month> {
    let (from, to) = (month(from), month(to));
    std::iter::successors(Some(from), |month| Some(month.next())).take_while(move |month| *month <= to)
}

fn sheets(employer: &'static str, from: &str, to: &str) -> BTreeSet<(&'static str, Month)> {
    months(from, to).map(|month| (employer, month)).collect()
}

/// A site of each kind.
fn sites() -> Vec<Site> {
    let crowd = |first: u128, number: u128, from, to| -> Vec<_> {
        (first..first + number).map(|worker| (EMPLOYER, worker, from, to)).collect()
    };
    let mut half = crowd(1400, 3, "2026-02-20", None);
    half.extend((1450..1454).map(|worker| (OTHER_EMPLOYER, worker, "2026-03-31", Some("2026-08-01"))));
    // He moved from one employer to the other, and counts once on the site.
    half.push((OTHER_EMPLOYER, 1400, "2026-04-01", Some("2026-07-15")));
    let mut of_half = sheets(EMPLOYER, "2026-02", "2026-06");
    of_half.extend(sheets(EMPLOYER, "2026-08", "2026-10"));
    of_half.extend(sheets(OTHER_EMPLOYER, "2026-03", "2026-05"));
    vec![
        Site {
            project: STOPS,
            pay_day: Some(15),
            stays: crowd(1000, 8, "2026-01-05", None),
            sheets: sheets(EMPLOYER, "2026-01", "2026-09"),
        },
        Site {
            project: COMPLETE,
            pay_day: Some(10),
            stays: crowd(1100, 2, "2026-01-05", None),
            sheets: sheets(EMPLOYER, "2026-01", "2026-12"),
        },
        Site {
            project: ALL_LEFT,
            pay_day: Some(101),
            stays: crowd(1200, 2, "2026-01-05", Some("2026-06-30")),
            sheets: sheets(EMPLOYER, "2026-01", "2026-06"),
        },
        Site { project: NEVER_STARTED, pay_day: Some(31), stays: Vec::new(), sheets: BTreeSet::new() },
        Site { project: HALF, pay_day: Some(132), stays: half, sheets: of_half },
        Site {
            project: UNREGISTERED,
            pay_day: None,
            stays: crowd(1500, 1, "2026-05-31", None),
            sheets: BTreeSet::new(),
        },
    ]
}

fn facts(sites: &[Site]) -> Facts {
    let mut facts = Facts::default();
    for (at, site) in (0u128..).zip(sites) {
        if let Some(pay_day) = site.pay_day {
            facts.add(id(1 + at), project_registered(site.project, pay_day));
        }
        for (employer, worker, from, to) in &site.stays {
            facts.add(id(*worker), entered(site.project, employer, id(50 + at), from));
            if to.is_some() {
                facts.add(id(*worker), left(site.project, from, *to));
            }
        }
        for (employer, month) in &site.sheets {
            let stays = site.stays.iter();
            let worker = stays.clone().find(|(of, ..)| of == employer).map_or(9, |(_, worker, ..)| *worker);
            let of = line_key(site.project, employer, id(50 + at), &month.to_string());
            facts.add(id(worker), accrued(of, 0, "100.00"));
        }
    }
    facts
}

/// By the words of the rule, month by month and person by person.
fn by_hand(sites: &[Site], as_of: Date) -> (SilentTotal, BTreeMap<(String, String, Month), u64>) {
    let (mut total, mut list) = (SilentTotal::default(), BTreeMap::new());
    for site in sites {
        let (mut silent, mut people) = (BTreeSet::new(), BTreeSet::new());
        for month in months("2025-12", "2031-01") {
            let next = month.next();
            let by = match site.pay_day {
                Some(day) => {
                    let (paid_in, day) = if day > 100 { (month, day - 100) } else { (next, day) };
                    paid_in.last_day().min(paid_in.first_day().saturating_add(i64::from(day - 1).days()))
                }
                None => next.last_day(),
            };
            if by >= as_of {
                continue;
            }
            for employer in [EMPLOYER, OTHER_EMPLOYER] {
                let on_site = site.stays.iter().filter(|(of, _, from, to)| {
                    let from = Month::of(day(from));
                    let to = to.map_or(month, |to| Month::of(day(to)));
                    *of == employer && (from..=to).contains(&month)
                });
                let on_site: BTreeSet<u128> = on_site.map(|(_, worker, ..)| *worker).collect();
                if !on_site.is_empty() && !site.sheets.contains(&(employer, month)) {
                    silent.insert(month);
                    list.insert((site.project.to_owned(), employer.to_owned(), month), on_site.len() as u64);
                    people.extend(on_site);
                }
            }
            // `by_hand::terms`: from January 2026 to June 2027.
            let planned =
                (crate::by_hand::month("2026-01")..=crate::by_hand::month("2027-06")).contains(&month);
            if site.stays.is_empty() && site.pay_day.is_some() && planned {
                silent.insert(month);
                total.without_roster += 1;
                list.insert((site.project.to_owned(), String::new(), month), 0);
            }
        }
        total.site_months += silent.len() as u64;
        total.people += people.len() as u64;
    }
    (total, list)
}

async fn silent_on(model: &ReadModel, lateness: &Lateness, sites: &[Site], as_of: Date) {
    let (total, list) = by_hand(sites, as_of);
    let all = Filter::default();
    assert_eq!(lateness.silent(as_of, &all), total, "{as_of}");
    assert_eq!(model.arrears(as_of, By::Project).await.unwrap().unknown.silent, total, "{as_of}");
    let told = lateness.silent_months(as_of, &all).map(|row| {
        assert_eq!(row.people.is_none(), row.employer.is_empty(), "{row:?}");
        assert!(row.expected_by < as_of, "{row:?}");
        ((row.project.to_owned(), row.employer.to_owned(), row.month), row.people.unwrap_or_default())
    });
    assert_eq!(told.collect::<BTreeMap<_, _>>(), list, "{as_of}");
    let said = model.silent_months(as_of).await.unwrap().into_iter();
    let said = said.map(|(project, employer, month, people)| ((project, employer, month), people));
    assert_eq!(said.collect::<BTreeMap<_, _>>(), list, "{as_of}");
    // The parts are what the whole is made of.
    let of_projects = sites.iter().map(|site| {
        let filter = Filter { project: Some(site.project.to_owned()), ..Filter::default() };
        lateness.silent(as_of, &filter)
    });
    let of_projects =
        of_projects.fold((0, 0), |(months, people), of| (months + of.site_months, people + of.people));
    assert_eq!(of_projects, (total.site_months, total.people), "{as_of}");
    for employer in [EMPLOYER, OTHER_EMPLOYER] {
        let filter = Filter { employer: Some(employer.to_owned()), ..Filter::default() };
        let of_list = list.keys().filter(|(_, of, _)| of == employer).count() as u64;
        assert_eq!(lateness.silent(as_of, &filter).site_months, of_list, "{employer} {as_of}");
    }
}

async fn a_site_year(place: &Place) {
    let sites = sites();
    let model = place.fresh("a").await;
    let mut lateness: Option<Lateness> = None;
    for some in facts(&sites).entries().chunks(17) {
        model.apply(some).await.unwrap();
        lateness = Some(model.lateness(lateness.as_ref()).await.unwrap());
    }
    let lateness = lateness.unwrap();
    let mut as_of = day("2025-12-20");
    while as_of < day("2026-12-20") {
        silent_on(&model, &lateness, &sites, as_of).await;
        agrees(&model, &lateness, as_of).await;
        as_of = as_of.saturating_add(5.days());
    }
    what_pages_show(&lateness);
}

/// The rows of each site on the last day of November.
fn what_pages_show(lateness: &Lateness) {
    let as_of = day("2026-11-30");
    let rows = |project: &str| lateness.months(project, as_of);
    let states = |project: &str| -> Vec<(String, HandedIn, u64)> {
        rows(project)
            .iter()
            .map(|row| (row.month.to_string(), row.reports.wage_sheet, row.silent_people))
            .collect()
    };
    let stops = states(STOPS);
    assert_eq!(stops.len(), 11, "{stops:?}");
    assert!(stops[..9].iter().all(|(_, state, silent)| (*state, *silent) == (HandedIn::Yes, 0)), "{stops:?}");
    assert_eq!(stops[9], ("2026-10".to_owned(), HandedIn::No, 8));
    assert_eq!(stops[10], ("2026-11".to_owned(), HandedIn::NotYet, 0));
    let of_stops = Filter { project: Some(STOPS.to_owned()), ..Filter::default() };
    let october = lateness.without_sheet(month("2026-10"), as_of, &of_stops);
    assert_eq!((october.silent, october.awaited), (1, 0));
    let november = lateness.without_sheet(month("2026-11"), as_of, &of_stops);
    assert_eq!((november.silent, november.awaited), (0, 1));
    assert!(states(COMPLETE).iter().take(10).all(|(_, state, _)| *state == HandedIn::Yes));
    // Everybody left in June: no row after it.
    assert_eq!(states(ALL_LEFT).last().unwrap().0, "2026-06");
    let never = rows(NEVER_STARTED);
    assert_eq!(never.len(), 11);
    assert_eq!((never[0].reports.roster, never[0].reports.wage_sheet), (HandedIn::No, HandedIn::No));
    assert_eq!((never[10].reports.roster, never[10].reports.statement), (HandedIn::NotYet, HandedIn::NotYet));
    // One of two employers handed in none for June.
    let june = rows(HALF).into_iter().find(|row| row.month == month("2026-06")).unwrap();
    assert_eq!((june.reports.wage_sheet, june.silent_employers, june.silent_people), (HandedIn::Yes, 1, 5));
    let unregistered = rows(UNREGISTERED);
    assert_eq!(unregistered[0].month, month("2026-05"));
    assert_eq!(unregistered[0].reports.statement, HandedIn::NotExpected);
}

/// What is owed is the same whether silent sites stand beside it or not.
async fn sums_of_what_is_known(place: &Place) {
    let of_all = place.fresh("a").await;
    of_all.apply(&facts(&sites()).entries()).await.unwrap();
    let mut complete = sites();
    complete.retain(|site| !site.sheets.is_empty());
    for site in &mut complete {
        let last = site.sheets.iter().map(|(_, month)| month.last_day().to_string()).max().unwrap();
        site.stays.iter_mut().for_each(|(.., to)| *to = to.or(Some(last.clone().leak())));
    }
    let of_some = place.fresh("b").await;
    of_some.apply(&facts(&complete).entries()).await.unwrap();
    let mut owed = Money::ZERO;
    for as_of in ["2026-03-01", "2026-07-21", "2026-11-30", "2026-12-24"].map(day) {
        let (all, some) =
            (of_all.arrears(as_of, By::Line).await.unwrap(), of_some.arrears(as_of, By::Line).await.unwrap());
        assert_eq!((all.total, all.unallocated), (some.total, some.unallocated), "{as_of}");
        assert!(all.unknown.silent.site_months > some.unknown.silent.site_months, "{as_of}");
        owed = owed.max(all.total.outstanding);
    }
    assert!(owed > Money::ZERO);
}

on_both_engines!(a_site_year, sums_of_what_is_known);
