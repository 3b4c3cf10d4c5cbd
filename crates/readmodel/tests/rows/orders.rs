//! Rows do not depend on how entries are cut into batches, figures not on the order of subjects.

use crate::by_hand::*;
use crate::place::Place;
use proptest::prelude::*;
use readmodel::{ArrearsRows, By, ReadModel};
use uuid::Uuid;

const CREWS: [u128; 2] = [11, 12];
const WORKERS: [u128; 3] = [101, 102, 103];
const ACCOUNT: &str = "3301";

/// A busy site: pay days that change, contracts, amendments, moves between crews, corrections, returns.
pub(crate) fn site() -> Facts {
    let mut facts = Facts::default();
    facts.add(id(1), project_registered(PROJECT, 15));
    facts.add(id(1), project_changed(PROJECT, 18));
    facts.add(id(2), project_registered(ACCOUNT, 8));
    for crew in CREWS {
        facts.add(id(crew), crew_registered(PROJECT, EMPLOYER, "crew"));
    }
    for (n, worker) in WORKERS.into_iter().enumerate() {
        let worker = id(worker);
        facts.add(worker, worker_registered("Wang"));
        let crew = |at: usize| id(CREWS[at % 2]);
        let of = |at: usize, month| line_key(PROJECT, EMPLOYER, crew(at), month);
        facts.add(
            worker,
            worked(PROJECT, &[("2026-03-01", "1.0"), ("2026-03-31", "0.5"), ("2026-04-02", "1.2")]),
        );
        facts.add(worker, worked(ACCOUNT, &[("2026-03-15", "1.0")]));
        facts.add(worker, entered(PROJECT, EMPLOYER, crew(n), "2026-03-01"));
        let first = facts.add(worker, accrued(of(n, "2026-03"), 0, &format!("{}.00", 100 + n)));
        facts.add(worker, accrued(of(n + 1, "2026-03"), 0, &format!("{}.00", 200 + n)));
        facts.add_about(worker, first, corrected(of(n, "2026-03"), 2, &format!("{}.00", 150 + n)));
        facts.add_about(worker, first, corrected(of(n, "2026-03"), 1, &format!("{}.00", 120 + n)));
        let details = || payment(PROJECT, EMPLOYER, "2026-03", "B1", "222.00");
        let transfer = facts.add(worker, paid(details(), "2026-04-12"));
        if n == 0 {
            facts.add_about(worker, transfer, returned(details(), "2026-05-02"));
            let terms = contract_terms("2026-02-01", Some("2026-03-20"), 10);
            let contract = facts.add(worker, signed(PROJECT, EMPLOYER, "C1", terms));
            facts.add_about(worker, contract, amended("2026-03-05", contract_terms("2026-02-01", None, 25)));
            facts.add_about(worker, contract, ended("2026-04-10"));
        }
        if n == 1 {
            facts.add(worker, left(PROJECT, "2026-03-01", Some("2026-03-20")));
            facts.add(worker, entered(PROJECT, EMPLOYER, crew(n + 1), "2026-03-21"));
        }
        facts.add(worker, paid(payment(PROJECT, EMPLOYER, "2026-04", "B2", "9.00"), "2026-05-12"));
    }
    for (n, crew) in CREWS.into_iter().enumerate() {
        facts.add(
            id(1),
            sheet_sealed(line_key(PROJECT, EMPLOYER, id(crew), "2026-03"), 2 * u16::try_from(n).unwrap()),
        );
    }
    facts
}

/// Everything that is asked of arrears, without the columns that name entries.
async fn figures(model: &ReadModel) -> Vec<String> {
    let mut out = Vec::new();
    for as_of in ["2026-04-16", "2026-04-19", "2026-04-26", "2026-05-12", "2026-12-01"].map(day) {
        let arrears = model.arrears(as_of, By::Line).await.unwrap();
        out.push(format!("{as_of} {:?} {:?} {}", arrears.total, arrears.unknown, arrears.unallocated));
        let ArrearsRows::Lines(rows) = arrears.rows else { panic!() };
        let mut rows: Vec<_> = rows
            .iter()
            .map(|r| {
                format!(
                    "{} {} {} {} {} {}",
                    r.person.worker, r.crew, r.month, r.outstanding, r.due_on, r.days_overdue
                )
            })
            .collect();
        rows.sort();
        out.extend(rows);
        for mut warning in model.warnings(as_of, rules::Region::CHINA).await.unwrap().rows {
            warning.entries.clear();
            warning.objects.sort_by_key(|object| format!("{object:?}"));
            out.push(format!("{warning:?}"));
        }
        for unknown in model.unknown(as_of).await.unwrap() {
            out.push(format!("{unknown:?}"));
        }
    }
    out
}

/// An order that keeps each subject's own: `picks` says whose turn it is.
fn order(facts: &Facts, picks: &[usize]) -> Vec<usize> {
    let mut streams: Vec<(Uuid, Vec<usize>)> = Vec::new();
    for (place, fact) in facts.0.iter().enumerate().rev() {
        match streams.iter_mut().find(|(subject, _)| *subject == fact.subject) {
            Some((_, places)) => places.push(place),
            None => streams.push((fact.subject, vec![place])),
        }
    }
    let mut order = Vec::new();
    for turn in 0.. {
        streams.retain(|(_, places)| !places.is_empty());
        if streams.is_empty() {
            break;
        }
        let pick = picks[turn % picks.len()] % streams.len();
        order.extend(streams[pick].1.pop());
    }
    order
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn figures_do_not_depend_on_the_order_of_subjects(
        picks in prop::collection::vec(0usize..8, 1..40),
        at_once in 1usize..40,
    ) {
        let (right, got) = runtime().block_on(async {
            let place = &Place::file();
            let facts = site();
            let right = figures(&place.with("right", &facts.entries(), 1000).await).await;
            let other = place.with("other", &facts.entries_in(&order(&facts, &picks)), at_once).await;
            (right, figures(&other).await)
        });
        prop_assert_eq!(right, got);
    }

    #[test]
    fn rows_do_not_depend_on_batches_and_memory(
        picks in prop::collection::vec(0usize..8, 1..40),
        at_once in 1usize..40,
        months in 0usize..8,
        pairs in 0usize..5,
    ) {
        let differences = runtime().block_on(async {
            let place = &Place::file();
            let facts = site();
            let entries = facts.entries_in(&order(&facts, &picks));
            let _right = place.with("right", &entries, 1000).await;
            let database = place.database("other");
            let other = ReadModel::begin_rebuild(&database, ORIGIN).await.unwrap();
            other.remember(months, pairs).await;
            for batch in entries.chunks(at_once) {
                other.hand_over(batch, &[]).await.unwrap();
            }
            other.finish_rebuild(&database).await.unwrap();
            let other = place.fresh("other").await;
            other.difference(&place.database("right"), 100).await.unwrap()
        });
        prop_assert_eq!(differences, vec![]);
    }
}

/// Whatever of a bulk has to be read back is found by an index: looked for in the whole table, a city's months would take
/// days.
#[test]
fn months_that_were_forgotten_are_read_back_by_an_index() {
    runtime().block_on(async {
        let place = &Place::file();
        let facts = site();
        let entries = facts.entries();
        let model = ReadModel::begin_rebuild(&place.database("mine"), ORIGIN).await.unwrap();
        // Everybody is remembered, and a month of one.
        model.remember(1, 1_000).await;
        for entry in &entries {
            model.hand_over(std::slice::from_ref(entry), &[]).await.unwrap();
        }
        model.settle().await.unwrap();
        let indexes = "CREATE TABLE seen AS SELECT name FROM sqlite_schema WHERE name = 'wage_line_project'";
        place.meddle("mine.next", indexes).await;
        assert_eq!(place.meddle("mine.next", "DELETE FROM seen").await, 1);
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    /// Both engines, batches cut otherwise, and a bulk that comes first: the same rows.
    #[test]
    fn rows_do_not_depend_on_the_engine(
        picks in prop::collection::vec(0usize..8, 1..40),
        at_once in 1usize..40,
        bulk in 0usize..60,
        months in 0usize..8,
    ) {
        let differences = runtime().block_on(async {
            let (file, postgres) = (Place::file(), Place::postgres());
            let facts = site();
            let entries = facts.entries_in(&order(&facts, &picks));
            file.with("right", &entries, 1000).await.close().await;
            let database = postgres.database("mine");
            let model = ReadModel::begin_rebuild(&database, ORIGIN).await.unwrap();
            model.remember(months, WORKERS.len() - 1).await;
            let (first, rest) = entries.split_at(bulk.min(entries.len()));
            for batch in first.chunks(at_once) {
                model.hand_over(batch, &[]).await.unwrap();
            }
            model.finish_rebuild(&database).await.unwrap();
            let model = postgres.with("mine", rest, at_once).await;
            model.difference(&file.database("right"), 100).await.unwrap()
        });
        prop_assert_eq!(differences, vec![]);
    }
}
