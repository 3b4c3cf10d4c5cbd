//! Lines of years whose calendar nobody knows, far and near: sums of what is known never change, and what is not known is
//! named, on both engines, in memory as in SQL.

use crate::by_hand::*;
use crate::late::agrees;
use crate::place::{Place, on_both_engines};
use jiff::ToSpan;
use jiff::civil::Date;
use readmodel::{Arrears, ArrearsRows, By, Undated, Warnings};
use rules::warning::{Colour, IndicatorId};
use rules::{Calendar, Month, Region};
use std::collections::{BTreeMap, BTreeSet};

const OTHER_PROJECT: &str = "3301102601010102";
const PAY_DAY: u8 = 15;

/// A wage line of the story: worker, project, month, net and what was paid when; in fen.
struct Told {
    worker: u128,
    project: &'static str,
    month: Month,
    net: i64,
    paid: Vec<(Date, i64)>,
    /// Days of work alone: no wage line.
    silent: bool,
}

impl Told {
    fn nominal(&self) -> Date {
        rules::nominal_due(self.month, rules::PayDay::following(PAY_DAY).unwrap())
    }

    /// The year whose calendar is missing.
    fn no_calendar(&self) -> Option<i16> {
        rules::adjusted_due(self.nominal(), Calendar::china()).err().map(|missing| missing.year)
    }

    /// What is not paid at the end of a day.
    fn open(&self, as_of: Date) -> i64 {
        let paid: i64 = self.paid.iter().filter(|(on, _)| *on <= as_of).map(|(_, fen)| fen).sum();
        (self.net - paid).max(0)
    }
}

/// Lines of these months for some of twelve workers, paid in part, in full, early, late or not.
fn lines(seed: u64, months: &[&str]) -> Vec<Told> {
    let mut dice = seed;
    let mut roll = move |sides: u64| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (dice >> 33) % sides
    };
    let mut all = Vec::new();
    for of in months {
        for worker in 0..12 {
            if roll(3) == 0 {
                continue;
            }
            let net = 10_000 * i64::try_from(1 + roll(9)).unwrap();
            let of = month(of);
            let silent = roll(5) == 0;
            let mut paid = Vec::new();
            for _ in 0..if silent { 0 } else { roll(3) } {
                let on = of.next().first_day().saturating_add(i64::try_from(roll(60)).unwrap().days());
                paid.push((on, net / [1, 2, 4][usize::try_from(roll(3)).unwrap()]));
            }
            let project = [PROJECT, OTHER_PROJECT][usize::try_from(roll(2)).unwrap()];
            // More than the net pay would be taken by no line, and would change that sum.
            if paid.iter().map(|(_, fen)| fen).sum::<i64>() > net {
                paid.truncate(1);
            }
            all.push(Told { worker: 1000 + worker, project, month: of, net, paid, silent });
        }
    }
    all
}

fn facts<'a>(told: impl Iterator<Item = &'a Told>) -> Facts {
    let mut facts = Facts::default();
    facts.add(id(1), project_registered(PROJECT, PAY_DAY));
    facts.add(id(2), project_registered(OTHER_PROJECT, PAY_DAY));
    let yuan = |fen: i64| rules::Money::from_fen(fen).to_string();
    for line in told {
        let (worker, of) = (id(line.worker), line.month.to_string());
        facts.add(worker, worked(line.project, &[(&format!("{of}-05"), "1.0")]));
        if line.silent {
            continue;
        }
        facts.add(worker, accrued(line_key(line.project, EMPLOYER, id(11), &of), 0, &yuan(line.net)));
        for (on, fen) in &line.paid {
            let details = payment(line.project, EMPLOYER, &of, "B1", &yuan(*fen));
            facts.add(worker, paid(details, &on.to_string()));
        }
    }
    facts
}

/// What is not known on a day, counted from the story alone.
fn expected(told: &[Told], as_of: Date) -> Undated {
    let mut undated = Undated::default();
    let (mut workers, mut open) = (BTreeSet::new(), 0);
    for line in told {
        let Some(year) = line.no_calendar().filter(|_| rules::earliest_due(line.nominal()) < as_of) else {
            continue;
        };
        if line.silent {
            undated.worker_months += 1;
            undated.days = rules::Days::from_tenths(undated.days.tenths() + 10);
            undated.years.insert(year);
        } else if line.open(as_of) > 0 {
            undated.lines += 1;
            workers.insert(line.worker);
            open += line.open(as_of);
            undated.years.insert(year);
        }
    }
    undated.workers = u64::try_from(workers.len()).unwrap();
    undated.outstanding = rules::Money::from_fen(open);
    undated
}

/// What is known of arrears, with no entry's number in it: others stand before it in the longer story.
fn known(arrears: Arrears) -> String {
    let rows = match arrears.rows {
        ArrearsRows::Lines(lines) => {
            let of = lines.into_iter().map(|l| {
                format!(
                    "{} {} {} {} {} {}",
                    l.project, l.person.worker, l.month, l.net, l.outstanding, l.due_on
                )
            });
            of.collect::<Vec<_>>()
        }
        ArrearsRows::Groups(groups) => groups.into_iter().map(|group| format!("{group:?}")).collect(),
    };
    let unknown = &arrears.unknown;
    let beside = (unknown.worker_months, unknown.days, unknown.unsealed_lines, arrears.unallocated);
    format!("{rows:?} {:?} {beside:?}", arrears.total)
}

fn colours(warnings: &Warnings) -> BTreeMap<(IndicatorId, Option<String>, Option<String>), Colour> {
    let of = |row: &readmodel::Warning| (row.rule, row.project.clone(), row.employer.clone());
    warnings.rows.iter().map(|row| (of(row), row.colour)).collect()
}

/// Indicators that a line of whatever year may change though its due day is known: attendance, months with wages.
fn looks_at_due_days(rule: IndicatorId) -> bool {
    matches!(rule, IndicatorId::I13 | IndicatorId::I14)
}

/// Edges of what may be asked, of years, and of the days between which a due day may lie.
fn days() -> Vec<Date> {
    let mut days: Vec<Date> = [
        "2015-01-01",
        "2023-11-30",
        "2023-12-01",
        "2024-03-01",
        "2024-12-31",
        "2025-01-01",
        "2026-02-16",
        "2026-06-30",
        "2026-12-31",
        "2027-01-01",
        "2027-01-05",
        "2027-01-15",
        "2027-01-16",
        "2028-02-29",
        "2031-06-15",
        "2099-12-31",
        "2100-01-01",
        "2100-12-31",
    ]
    .map(day)
    .into();
    days.extend((0..4).map(|n| day("2026-03-05").saturating_add((n * 31).days())));
    days
}

async fn unknown_years_change_no_sum(place: &Place) {
    let some = ["2025-11", "2026-01", "2026-02", "2026-03", "2026-04"];
    let far = ["2019-05", "2023-11", "2024-02", "2024-11", "2026-12", "2027-06", "2031-05", "2099-10"];
    let (mut ever, mut unknown_rows) = (0, 0);
    for seed in [3, 17] {
        let (near, far) = (lines(seed, &some), lines(seed + 1, &far));
        assert!(near.iter().all(|line| line.no_calendar().is_none()));
        assert!(far.iter().all(|line| line.no_calendar().is_some()));
        let without = place.with(&format!("{seed}-without"), &facts(near.iter()).entries(), 40).await;
        let with = place.with(&format!("{seed}-with"), &facts(near.iter().chain(&far)).entries(), 40).await;
        let lateness = with.lateness(None).await.unwrap();
        for as_of in days() {
            for by in [By::Project, By::Employer, By::Crew, By::Worker, By::Region, By::Bucket, By::Line] {
                let (one, other) =
                    (without.arrears(as_of, by).await.unwrap(), with.arrears(as_of, by).await.unwrap());
                assert!(one.unknown.undated.is_empty(), "{as_of}");
                assert_eq!(other.unknown.undated, expected(&far, as_of), "{seed} {as_of}");
                ever += other.unknown.undated.lines;
                assert_eq!(known(one), known(other), "{seed} {as_of} {by:?}");
            }
            agrees(&with, &lateness, as_of).await;
            let before = colours(&without.warnings(as_of, Region::CHINA).await.unwrap());
            let after = with.warnings(as_of, Region::CHINA).await.unwrap();
            for row in &after.rows {
                unknown_rows += u64::from(row.figures.contains_key("not_known"));
                let key = (row.rule, row.project.clone(), row.employer.clone());
                let Some(colour) = before.get(&key).filter(|_| looks_at_due_days(row.rule)) else { continue };
                // What is known goes on saying what it said; where it said nothing, nobody can say so any more.
                let stays =
                    row.colour == *colour || (*colour == Colour::None && row.colour == Colour::Unknown);
                assert!(stays, "{seed} {as_of} {key:?}: {colour:?} became {:?}", row.colour);
            }
        }
    }
    assert!(ever > 0 && unknown_rows > 0, "nothing was unknown: the story tells nothing");
}

on_both_engines!(unknown_years_change_no_sum,);
