//! What pages are told of a day is what the SQL says of it, to the fen; and read on bit by bit it is what it is
//! when read at once.

use crate::by_hand::*;
use crate::place::{Place, on_both_engines};
use jiff::ToSpan;
use jiff::civil::Date;
use readmodel::{ArrearsRows, By, Filter, Lateness, ReadModel, Sums, UndatedRows};
use rules::{Bucket, Money};
use std::collections::{BTreeMap, BTreeSet};
use wages::Event;

/// What is looked up for a page that ranks is what adding line to line gives.
fn overviews_agree(lateness: &Lateness, as_of: Date) {
    let employer =
        lateness.overdue(as_of, &Filter::default()).next().map(|row| row.line.employer.to_string());
    let project = lateness.projects().next().unwrap();
    let filters = [
        Filter::default(),
        Filter { region: project.region.map(str::to_owned), ..Filter::default() },
        Filter { project: Some(project.code.to_owned()), ..Filter::default() },
        Filter { employer: employer.clone(), ..Filter::default() },
        Filter { bucket: Some(Bucket::Days31To60), ..Filter::default() },
        Filter { employer: employer.clone(), bucket: Some(Bucket::Days16To30), ..Filter::default() },
        Filter { contractor: project.contractor.map(str::to_owned), ..Filter::default() },
        Filter { owner: project.owner.map(str::to_owned), employer, ..Filter::default() },
        Filter { worker: Some(id(1003)), ..Filter::default() },
    ];
    for filter in filters {
        let overview = lateness.overview(as_of, &filter);
        let told = format!("{filter:?} on {as_of}");
        assert_eq!(overview.total, lateness.total(as_of, &filter), "{told}");
        let region = |row: &readmodel::LateRow<'_>| lateness.project(row.project).unwrap().region;
        let by_region = lateness.sums(as_of, &filter, |row| region(row).map(str::to_owned));
        let regions = overview.by_region.iter().map(|(key, sums)| (key.map(str::to_owned), *sums));
        assert_eq!(regions.collect::<BTreeMap<_, _>>(), by_region, "{told}");
        let by_project = lateness.sums(as_of, &filter, |row| row.project.to_owned());
        let projects = overview.by_project.iter().map(|(key, sums)| ((*key).to_owned(), *sums));
        assert_eq!(projects.collect::<BTreeMap<_, _>>(), by_project, "{told}");
        let by_employer = lateness.sums(as_of, &filter, |row| row.line.employer.to_string());
        let employers = overview.by_employer.iter().map(|(key, sums)| ((*key).to_owned(), *sums));
        assert_eq!(employers.collect::<BTreeMap<_, _>>(), by_employer, "{told}");
        let called = |row: &readmodel::LateRow<'_>| lateness.project(row.project).unwrap();
        let by_contractor = lateness.sums(as_of, &filter, |row| called(row).contractor);
        assert_eq!(overview.by_contractor, by_contractor, "{told}");
        let by_owner = lateness.sums(as_of, &filter, |row| called(row).owner);
        assert_eq!(overview.by_owner, by_owner, "{told}");
        let by_age = lateness.sums(as_of, &filter, |row| Bucket::of(row.days_overdue()));
        assert_eq!(overview.by_age, by_age, "{told}");
    }
}

/// Compares every way of telling arrears apart.
pub(crate) async fn agrees(model: &ReadModel, lateness: &Lateness, as_of: Date) {
    overviews_agree(lateness, as_of);
    let all = Filter::default();
    let called = |row: &readmodel::LateRow<'_>| lateness.project(row.project).unwrap();
    let key = |by: By, row: &readmodel::LateRow<'_>| match by {
        By::Project => row.project.to_owned(),
        By::Employer => row.line.employer.to_string(),
        By::Contractor => called(row).contractor.unwrap_or_default().to_owned(),
        By::Owner => called(row).owner.unwrap_or_default().to_owned(),
        By::Crew => row.line.crew.to_string(),
        By::Worker => row.line.worker.to_string(),
        By::Region => lateness.project(row.project).unwrap().region.unwrap_or_default().to_owned(),
        By::Bucket => Bucket::of(row.days_overdue()).unwrap().label().to_owned(),
        By::Line => row.line.line.to_string(),
    };
    let groups = [By::Project, By::Employer, By::Contractor, By::Owner, By::Crew, By::Worker, By::Region];
    for by in groups.into_iter().chain([By::Bucket]) {
        let said = model.arrears(as_of, by).await.unwrap();
        let ArrearsRows::Groups(groups) = said.rows else { panic!("not groups") };
        let said_groups: BTreeMap<_, _> = groups
            .into_iter()
            .map(|g| (g.key, (g.workers, g.lines, g.outstanding, g.oldest_days, Some(g.since))))
            .collect();
        let sums = lateness.sums(as_of, &all, |row| key(by, row));
        let told = |s: &Sums| (s.workers, s.lines, s.outstanding, s.oldest_days, s.since(as_of));
        let told: BTreeMap<_, _> = sums.iter().map(|(key, s)| (key.clone(), told(s))).collect();
        assert_eq!(told, said_groups, "{by:?} on {as_of}");
        let total = lateness.total(as_of, &all);
        assert_eq!(
            (total.workers, total.lines, total.outstanding),
            (said.total.workers, said.total.lines, said.total.outstanding)
        );
        assert_eq!(lateness.amount(as_of, &all), total.outstanding);
        assert_eq!(lateness.unknown(as_of, &all), said.unknown, "{as_of}");
        assert_eq!(lateness.over(as_of, &all), said.unallocated, "{as_of}");
    }
    let by_line = model.arrears(as_of, By::Line).await.unwrap();
    let UndatedRows::Lines(undated) = by_line.undated else { panic!() };
    let undated =
        undated.into_iter().map(|l| (l.line, l.project, l.outstanding, l.nominal_due, l.no_calendar));
    let told = lateness.undated(as_of, &all).map(|row| {
        let l = row.line;
        (l.line, row.project.to_owned(), row.outstanding, l.nominal_due, l.no_calendar)
    });
    assert_eq!(told.collect::<BTreeSet<_>>(), undated.collect(), "{as_of}");
    let ArrearsRows::Lines(lines) = by_line.rows else { panic!() };
    let said: BTreeMap<_, _> = lines
        .into_iter()
        .map(|l| {
            (
                l.line,
                (l.project, l.employer, l.month, l.gross, l.net, l.due_on, l.outstanding, l.days_overdue),
            )
        })
        .collect();
    let told = lateness.overdue(as_of, &all).map(|row| {
        let l = row.line;
        let (project, employer) = (row.project.to_owned(), l.employer.to_string());
        (
            l.line,
            (project, employer, l.month, l.gross, l.net, l.due_on, row.outstanding(), row.days_overdue()),
        )
    });
    assert_eq!(told.collect::<BTreeMap<_, _>>(), said, "{as_of}");
}

/// What falls due and is not paid yet is what the lines of the months say.
async fn due_ahead_agrees(model: &ReadModel, lateness: &Lateness, as_of: Date) {
    let last = as_of.saturating_add(30.days());
    for project in lateness.projects() {
        let mut open: BTreeMap<Date, Money> = BTreeMap::new();
        for month in (1..=5).map(|month| format!("2026-{month:02}").parse().unwrap()) {
            for line in model.month_status(project.code, month, as_of).await.unwrap().lines {
                let left = line.net.checked_sub(line.paid).unwrap();
                let due_on = line.due_on.filter(|due_on| *due_on >= as_of && left > Money::ZERO);
                if let Some(due_on) = due_on {
                    let sum = open.entry(due_on).or_default();
                    *sum = sum.checked_add(left).unwrap();
                }
            }
        }
        let filter = Filter { project: Some(project.code.to_owned()), ..Filter::default() };
        let told = lateness.due_ahead(as_of, last, &filter);
        let within = Money::checked_sum(open.range(..=last).map(|(_, sum)| *sum)).unwrap();
        assert_eq!(told.within, within, "{} on {as_of}", project.code);
        let next = open.first_key_value().map(|(day, sum)| (*day, *sum));
        assert_eq!(told.next.map(|(day, sum, _)| (day, sum)), next, "{} on {as_of}", project.code);
    }
}

/// Workers of two employers in two crews on two projects, paid early, late, in part, twice, in vain and back again.
fn story() -> Facts {
    let mut facts = Facts::default();
    let projects = [PROJECT, "3301102601010102"];
    for (at, project) in projects.iter().enumerate() {
        let at = u128::try_from(at).unwrap();
        let mut registered = project_registered(project, 10);
        if let (1, Event::ProjectRegistered(other)) = (at, &mut registered) {
            other.terms.contractor = credit_code(OTHER_EMPLOYER);
        }
        facts.add(id(1 + at), registered);
    }
    let mut dice = 7u64;
    let mut roll = move |sides: u64| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (dice >> 33) % sides
    };
    let mut accruals = Vec::new();
    for turn in 0..300u64 {
        let worker = id(1000 + u128::from(roll(12)));
        let project = projects[usize::try_from(roll(2)).unwrap()];
        let month = format!("2026-{:02}", 1 + roll(5));
        let on = format!("2026-{:02}-{:02}", 2 + roll(7), 1 + roll(28));
        let amount = format!("{}.00", 100 + roll(4) * 100);
        let employer = if roll(3) == 0 { OTHER_EMPLOYER } else { EMPLOYER };
        match roll(8) {
            0 => drop(facts.add(worker, worked(project, &[(&format!("{month}-05"), "1.0")]))),
            1 => drop(facts.add(
                worker,
                signed(
                    project,
                    EMPLOYER,
                    &format!("C{turn}"),
                    contract_terms("2026-01-01", None, 5 + u8::try_from(roll(20)).unwrap()),
                ),
            )),
            2 | 3 => {
                let crew = id(11 + u128::from(roll(2)));
                let of = line_key(project, employer, crew, &month);
                if !accruals.contains(&(worker, of.clone())) {
                    accruals.push((worker, of.clone()));
                    facts.add(worker, accrued(of, 0, &amount));
                }
            }
            4..=6 => {
                let details = payment(project, employer, &month, "B1", &amount);
                let place = facts.add(worker, paid(details.clone(), &on));
                if roll(4) == 0 {
                    let back = format!("2026-{:02}-{:02}", 2 + roll(7), 1 + roll(28));
                    facts.add_about(worker, place, returned(details, &back));
                }
            }
            _ => drop(facts.add(id(1), project_changed(PROJECT, 5 + u8::try_from(roll(20)).unwrap()))),
        }
    }
    facts
}

async fn a_story_bit_by_bit(place: &Place) {
    let entries = story().entries();
    let model = place.fresh("a").await;
    let mut lateness: Option<Lateness> = None;
    for some in entries.chunks(37) {
        model.apply(some).await.unwrap();
        lateness = Some(model.lateness(lateness.as_ref()).await.unwrap());
    }
    let (lateness, at_once) = (lateness.unwrap(), model.lateness(None).await.unwrap());
    assert_eq!(lateness.head(), model.cursor().await.unwrap());
    assert_eq!(format!("{lateness:?}"), format!("{at_once:?}"));
    let mut ever = Money::ZERO;
    let mut as_of = day("2026-02-01");
    while as_of < day("2026-09-20") {
        agrees(&model, &lateness, as_of).await;
        due_ahead_agrees(&model, &lateness, as_of).await;
        ever = ever.max(lateness.amount(as_of, &Filter::default()));
        as_of = as_of.saturating_add(9.days());
    }
    assert!(ever > Money::ZERO, "nothing was late: the story tells nothing");
}

on_both_engines!(a_story_bit_by_bit,);
