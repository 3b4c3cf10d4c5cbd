//! Arrears as tables: what was said, a day, what is owed on it.

use crate::by_hand::*;
use crate::place::{Place, on_both_engines};
use readmodel::{ArrearsRows, By, Name, ReadModel, State};

const CREW: u128 = 11;
const OTHER_CREW: u128 = 12;
const WORKER: u128 = 101;

/// Reads a story, one fact a line:
/// `line CREW NET [CORRECTION]`, `paid AMOUNT ON`, `failed AMOUNT`, `back ON` (the last payment),
/// `seal CREW CORRECTION`; all of worker 101, project pay day 15, wage month 2026-03 (due 2026-04-15).
fn facts(story: &str) -> Facts {
    let mut facts = Facts::default();
    facts.add(id(1), project_registered(PROJECT, 15));
    facts.add(id(WORKER), worker_registered("Wang"));
    let (mut first, mut last) = (std::collections::BTreeMap::new(), None);
    for line in story.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let words: Vec<_> = line.split_whitespace().collect();
        let crew = |at: usize| id(words[at].parse().unwrap());
        let of = |at: usize| line_key(PROJECT, EMPLOYER, crew(at), "2026-03");
        let details = |amount| payment(PROJECT, EMPLOYER, "2026-03", "B1", amount);
        match words[0] {
            "line" => {
                let correction = words.get(3).map_or(0, |n| n.parse().unwrap());
                let place = match first.get(words[1]) {
                    None => facts.add(id(WORKER), accrued(of(1), correction, words[2])),
                    Some(f) => facts.add_about(id(WORKER), *f, corrected(of(1), correction, words[2])),
                };
                first.entry(words[1]).or_insert(place);
            }
            "paid" => last = Some((facts.add(id(WORKER), paid(details(words[1]), words[2])), words[1])),
            "failed" => drop(facts.add(id(WORKER), failed(details(words[1])))),
            "back" => {
                let (place, amount) = last.unwrap();
                facts.add_about(id(WORKER), place, returned(details(amount), words[1]));
            }
            "seal" => drop(facts.add(id(1), sheet_sealed(of(1), words[2].parse().unwrap()))),
            other => panic!("{other}"),
        }
    }
    facts
}

/// `outstanding per line (by crew) | unallocated | unsealed lines`
async fn owed(model: &ReadModel, as_of: &str) -> String {
    let arrears = model.arrears(day(as_of), By::Line).await.unwrap();
    let ArrearsRows::Lines(mut rows) = arrears.rows else { panic!() };
    rows.sort_by_key(|row| row.crew);
    let rows: Vec<_> = rows.iter().map(|r| format!("{} {}", r.crew.as_u128(), r.outstanding)).collect();
    format!("{} | {} | {}", rows.join(", "), arrears.unallocated, arrears.unknown.unsealed_lines)
}

async fn what_is_owed(place: &Place) {
    let table = [
        // due on the 15th: late from the 16th on
        ("line 11 100.00\n seal 11 0", "2026-04-15", " | 0.00 | 0"),
        ("line 11 100.00\n seal 11 0", "2026-04-16", "11 100.00 | 0.00 | 0"),
        // paid on the due date is on time, paid later counts from its value date
        ("line 11 100.00\n seal 11 0\n paid 100.00 2026-04-15", "2026-04-16", " | 0.00 | 0"),
        ("line 11 100.00\n seal 11 0\n paid 60.00 2026-04-20", "2026-04-19", "11 100.00 | 0.00 | 0"),
        ("line 11 100.00\n seal 11 0\n paid 60.00 2026-04-20", "2026-04-20", "11 40.00 | 0.00 | 0"),
        // failed never counts
        ("line 11 100.00\n seal 11 0\n failed 100.00", "2026-05-01", "11 100.00 | 0.00 | 0"),
        // on the day of the return the money is gone
        (
            "line 11 100.00\n seal 11 0\n paid 100.00 2026-04-10\n back 2026-04-20",
            "2026-04-19",
            " | 0.00 | 0",
        ),
        (
            "line 11 100.00\n seal 11 0\n paid 100.00 2026-04-10\n back 2026-04-20",
            "2026-04-20",
            "11 100.00 | 0.00 | 0",
        ),
        // the highest number is in force, whichever came first, and for every day
        ("line 11 100.00\n line 11 300.00 2\n line 11 200.00 1", "2026-04-16", "11 300.00 | 0.00 | 1"),
        (
            "line 11 100.00\n line 11 300.00 2\n line 11 200.00 1\n seal 11 2",
            "2026-04-16",
            "11 300.00 | 0.00 | 0",
        ),
        // a line that came new with a correction
        ("line 11 100.00 1\n seal 11 0", "2026-04-16", "11 100.00 | 0.00 | 1"),
        // two crews: the larger first; what is over is over
        ("line 11 100.00\n line 12 150.00\n paid 160.00 2026-04-10", "2026-04-16", "11 90.00 | 0.00 | 2"),
        ("line 11 100.00\n line 12 100.00\n paid 130.00 2026-04-10", "2026-04-16", "12 70.00 | 0.00 | 2"),
        ("line 11 100.00\n line 12 150.00\n paid 260.00 2026-04-10", "2026-04-16", " | 10.00 | 2"),
        // a line of nothing owes nothing; money without a line is nobody's
        ("line 11 0.00\n paid 5.00 2026-04-10", "2026-04-16", " | 5.00 | 1"),
        ("paid 5.00 2026-04-10", "2026-04-16", " | 5.00 | 0"),
        ("paid 5.00 2026-04-10", "2026-04-09", " | 0.00 | 0"),
    ];
    for (number, (story, as_of, expected)) in table.into_iter().enumerate() {
        let model = place.with(&number.to_string(), &facts(story).entries(), 3).await;
        assert_eq!(owed(&model, as_of).await, expected, "{story} as of {as_of}");
    }
}

/// Days by employer and crew, and whether no line stands for them.
async fn work(model: &ReadModel) -> Vec<(u128, String, bool)> {
    let months = model.work(id(WORKER)).await.unwrap();
    let crew = |crew: Option<uuid::Uuid>| crew.map_or(0, |crew| crew.as_u128());
    months.into_iter().map(|m| (crew(m.crew), m.days.to_string(), m.no_line)).collect()
}

fn of(crew: u128) -> wages::event::LineKey {
    line_key(PROJECT, EMPLOYER, id(crew), "2026-03")
}

async fn whose_days_and_which_line_covers_them(place: &Place) {
    let mut facts = Facts::default();
    facts.add(id(1), project_registered(PROJECT, 15));
    let days = facts.add(
        id(WORKER),
        worked(PROJECT, &[("2026-03-02", "1.0"), ("2026-03-10", "1.1"), ("2026-03-20", "0.5")]),
    );
    // Nobody knows whose days they are.
    let model = place.with("a", &facts.entries(), 9).await;
    assert_eq!(work(&model).await, [(0, "2.6".to_owned(), true)]);
    // Registered on the 5th, moved on the 15th: days before the first stay belong to it.
    facts.add(id(WORKER), entered(PROJECT, EMPLOYER, id(CREW), "2026-03-05"));
    facts.add(id(WORKER), left(PROJECT, "2026-03-05", Some("2026-03-09")));
    facts.add(id(WORKER), entered(PROJECT, EMPLOYER, id(OTHER_CREW), "2026-03-15"));
    let model = place.with("b", &facts.entries(), 9).await;
    assert_eq!(work(&model).await, [(CREW, "2.1".to_owned(), true), (OTHER_CREW, "0.5".to_owned(), true)]);
    // A line of one of the two crews covers that crew only.
    let line = facts.add(id(WORKER), accrued(of(CREW), 0, "500.00"));
    let model = place.with("c", &facts.entries(), 9).await;
    assert_eq!(work(&model).await, [(CREW, "2.1".to_owned(), false), (OTHER_CREW, "0.5".to_owned(), true)]);
    let unknown = model.unknown(day("2026-04-16")).await.unwrap();
    assert_eq!(unknown.iter().map(|u| u.crew).collect::<Vec<_>>(), [Some(id(OTHER_CREW))]);
    assert!(model.unknown(day("2026-04-15")).await.unwrap().is_empty());
    // Corrected to nothing, there is nothing to pay.
    facts.add_about(id(WORKER), days, work_corrected(PROJECT, &[("2026-03-20", "0.0")]));
    let model = place.with("d", &facts.entries(), 9).await;
    assert_eq!(work(&model).await, [(CREW, "2.1".to_owned(), false), (OTHER_CREW, "0.0".to_owned(), false)]);
    // The stay said again in another crew: the days move, and the line (of a crew without days) covers them.
    facts.add(id(WORKER), entered(PROJECT, EMPLOYER, id(OTHER_CREW), "2026-03-05"));
    let model = place.with("e", &facts.entries(), 9).await;
    assert_eq!(work(&model).await, [(OTHER_CREW, "2.1".to_owned(), false)]);
    // Another employer's line would not.
    facts.add(id(WORKER), entered(PROJECT, OTHER_EMPLOYER, id(OTHER_CREW), "2026-03-05"));
    facts.add(id(WORKER), entered(PROJECT, OTHER_EMPLOYER, id(OTHER_CREW), "2026-03-15"));
    let model = place.with("f", &facts.entries(), 9).await;
    assert_eq!(work(&model).await, [(OTHER_CREW, "2.1".to_owned(), true)]);
    assert_eq!(model.stays(id(WORKER)).await.unwrap()[0].left_on, Some(day("2026-03-09")));
    assert_eq!(model.wage_versions(id(WORKER)).await.unwrap()[0].line, u64::try_from(line).unwrap() + 1);
}

async fn due_dates_follow_what_is_said_later(place: &Place) {
    let mut facts = Facts::default();
    facts.add(id(WORKER), accrued(of(CREW), 0, "500.00"));
    let mut number = 0;
    let mut due = async |facts: &Facts| {
        number += 1;
        let model = place.with(&number.to_string(), &facts.entries(), 1).await;
        model.wage_versions(id(WORKER)).await.unwrap()[0].due_on.unwrap().to_string()
    };
    assert_eq!(due(&facts).await, "2026-04-30"); // nobody agreed anything: the end of the next month
    facts.add(id(1), project_registered(PROJECT, 12)); // the project says the 12th, a Sunday
    assert_eq!(due(&facts).await, "2026-04-10");
    facts.add(id(1), project_changed(PROJECT, 16));
    assert_eq!(due(&facts).await, "2026-04-16");
    let contract =
        facts.add(id(WORKER), signed(PROJECT, EMPLOYER, "C1", contract_terms("2026-01-01", None, 20)));
    assert_eq!(due(&facts).await, "2026-04-20");
    facts.add_about(id(WORKER), contract, amended("2026-03-01", contract_terms("2026-01-01", None, 22)));
    assert_eq!(due(&facts).await, "2026-04-22");
    facts.add(id(WORKER), signed(PROJECT, EMPLOYER, "C2", contract_terms("2026-02-01", None, 24)));
    assert_eq!(due(&facts).await, "2026-04-24"); // both in force: the later start
    facts.add(id(1), project_changed(PROJECT, 17));
    assert_eq!(due(&facts).await, "2026-04-24"); // the contract counts
}

async fn a_missing_calendar_stands_beside_the_sum(place: &Place) {
    let mut facts = Facts::default();
    facts.add(id(1), project_registered(PROJECT, 15));
    for (month, net) in [("2026-11", "300.00"), ("2026-12", "500.00")] {
        facts.add(id(WORKER), accrued(line_key(PROJECT, EMPLOYER, id(CREW), month), 0, net));
    }
    facts.add(id(WORKER), paid(payment(PROJECT, EMPLOYER, "2026-12", "B1", "120.00"), "2027-01-04"));
    facts.add(id(WORKER + 1), worked(PROJECT, &[("2026-12-07", "1.0")]));
    let model = place.with("a", &facts.entries(), 9).await;
    // Due in 2026, in fen; then lines and their amount, worker-months of work, years.
    for (as_of, overdue, lines, open, months, years) in [
        ("2026-12-16", 30_000, 0, 0, 0, vec![]),
        ("2026-12-31", 30_000, 0, 0, 0, vec![]),
        ("2027-01-01", 30_000, 1, 50_000, 1, vec![2027]),
        ("2027-01-05", 30_000, 1, 38_000, 1, vec![2027]),
        ("2100-12-31", 30_000, 1, 38_000, 1, vec![2027]),
    ] {
        let arrears = model.arrears(day(as_of), By::Project).await.unwrap();
        let undated = &arrears.unknown.undated;
        assert_eq!(arrears.total.outstanding.fen(), overdue, "{as_of}");
        let years_told: Vec<i16> = undated.years.iter().copied().collect();
        let told = (undated.lines, undated.outstanding.fen(), undated.worker_months, years_told);
        assert_eq!(told, (lines, open, months, years), "{as_of}");
        let unknown = model.unknown(day(as_of)).await.unwrap();
        assert_eq!(u64::try_from(unknown.len()).unwrap(), months, "{as_of}");
        assert!(unknown.iter().all(|u| u.due_on.is_none() && u.no_calendar == Some(2027)));
        let status = model.month_status(PROJECT, month("2026-12"), day(as_of)).await.unwrap();
        let of = status.lines.first().unwrap();
        assert_eq!((of.due_on, of.no_calendar), (None, Some(2027)));
        let state = match open {
            0 => State::Due,
            50_000 => State::Undated,
            _ => State::PartPaid,
        };
        assert_eq!(of.state, state, "{as_of}");
    }
}

async fn groups_have_names(place: &Place) {
    let mut facts = Facts::default();
    facts.add(id(1), project_registered(PROJECT, 15));
    facts.add(id(CREW), crew_registered(PROJECT, EMPLOYER, "first crew"));
    facts.add(id(WORKER), worker_registered("Wang"));
    facts.add(id(WORKER), accrued(of(CREW), 0, "500.00"));
    let model = place.with("a", &facts.entries(), 9).await;
    let sealed_as = |text: &str| Name::Sealed(sealed(text).sealed().unwrap().clone());
    for (by, key, name) in [
        (By::Project, PROJECT.to_owned(), Name::Plain("site".to_owned())),
        (By::Employer, EMPLOYER.to_owned(), Name::Unknown),
        (By::Crew, id(CREW).to_string(), sealed_as("first crew")),
        (By::Worker, id(WORKER).to_string(), sealed_as("Wang")),
        (By::Region, "330106".to_owned(), Name::Plain("330106".to_owned())),
        (By::Bucket, "8-15".to_owned(), Name::Plain("8-15".to_owned())),
    ] {
        let arrears = model.arrears(day("2026-04-25"), by).await.unwrap();
        let ArrearsRows::Groups(rows) = arrears.rows else { panic!() };
        assert_eq!((rows.len(), &rows[0].key, &rows[0].name, rows[0].oldest_days), (1, &key, &name, 10));
        assert_eq!(arrears.head.seq, 4);
    }
}

on_both_engines!(
    what_is_owed,
    whose_days_and_which_line_covers_them,
    due_dates_follow_what_is_said_later,
    a_missing_calendar_stands_beside_the_sum,
    groups_have_names,
);
