//! One follower at a time, and no harm where there are two; a read model made anew takes the old one's place.

use crate::by_hand::*;
use crate::place::{Place, on_both_engines, url};
use readmodel::{By, Database, FollowerLock, Projected, ReadModel, ReadModelError};
use std::time::Duration;

const WORKERS: std::ops::Range<u128> = 1000..1600;

/// More rows of each table than one statement writes, and then most of them again.
pub(crate) fn crowd() -> Vec<Projected> {
    let mut facts = Facts::default();
    facts.add(id(1), project_registered(PROJECT, 15));
    let mut lines = Vec::new();
    for worker in WORKERS {
        facts.add(id(worker), worker_registered("Wang"));
        facts.add(id(worker), entered(PROJECT, EMPLOYER, id(11), "2026-01-01"));
        let number = format!("C{worker}");
        facts.add(id(worker), signed(PROJECT, EMPLOYER, &number, contract_terms("2026-01-01", None, 10)));
    }
    for month in ["2026-01", "2026-02"] {
        for worker in WORKERS {
            let (first, last) = (format!("{month}-02"), format!("{month}-20"));
            facts.add(id(worker), worked(PROJECT, &[(&first, "1.0"), (&last, "0.5")]));
            let of = line_key(PROJECT, EMPLOYER, id(11), month);
            lines.push((worker, month, facts.add(id(worker), accrued(of, 0, "500.00"))));
            facts.add(id(worker), paid(payment(PROJECT, EMPLOYER, month, "B1", "499.00"), "2026-03-01"));
        }
    }
    for (worker, month, line) in lines {
        let of = line_key(PROJECT, EMPLOYER, id(11), month);
        facts.add_about(id(worker), line, corrected(of, 1, "510.00"));
        facts.add(id(worker), worked(PROJECT, &[(&format!("{month}-21"), "1.0")]));
    }
    for worker in WORKERS {
        let phone = Some(sealed("new"));
        facts.add(
            id(worker),
            wages::Event::WorkerChanged(wages::event::WorkerChanged { phone, ..Default::default() }),
        );
        facts.add(id(worker), left(PROJECT, "2026-01-01", Some("2026-02-28")));
    }
    facts.add(id(1), project_changed(PROJECT, 17));
    facts.entries()
}

/// Few rows in many statements, many in few: the same rows, also where they are written a second time.
async fn many_rows_at_once(place: &Place) {
    let (entries, files) = (crowd(), Place::file());
    files.with("right", &entries, 97).await.close().await;
    for at_once in [1_801, 4_000, entries.len()] {
        let model = place.with(&at_once.to_string(), &entries, at_once).await;
        assert_eq!(model.difference(&files.database("right"), 9).await.unwrap(), []);
    }
}

/// What is handed over is written behind the caller's back, and all of it is in when it is settled.
async fn handed_over(place: &Place) {
    let (entries, files) = (crowd(), Place::file());
    files.with("right", &entries, 5_000).await.close().await;
    let model = place.fresh("a").await;
    for batch in entries.chunks(300) {
        model.hand_over(batch, &[]).await.unwrap();
    }
    assert_eq!(model.settle().await.unwrap().seq, entries.len() as u64);
    assert_eq!(model.difference(&files.database("right"), 9).await.unwrap(), []);
}

/// Two handles, as two processes have them, take the same entries in: each entry is in once.
async fn two_followers_do_no_harm(place: &Place) {
    let (entries, files) = (crowd(), Place::file());
    files.with("right", &entries, 5_000).await.close().await;
    place.fresh("a").await.close().await;
    let follow = |chunk: usize| {
        let (database, entries) = (place.database("a"), entries.clone());
        tokio::spawn(async move {
            let model = ReadModel::open(&database, ORIGIN).await.unwrap();
            let (mut refused, mut at) = (0, 0);
            while at < entries.len() {
                let end = entries.len().min(at + chunk);
                match model.apply(&entries[at..end]).await {
                    Ok(_) => {}
                    Err(ReadModelError::OutOfStep { .. }) => refused += 1,
                    Err(other) => panic!("{other:?}"),
                }
                at = usize::try_from(model.cursor().await.unwrap().seq).unwrap();
            }
            model.close().await;
            refused
        })
    };
    let (one, other) = (follow(37), follow(53));
    let refused = one.await.unwrap() + other.await.unwrap();
    assert!(refused > 0, "they never met");
    let model = place.fresh("a").await;
    assert_eq!(model.difference(&files.database("right"), 9).await.unwrap(), []);
}

async fn one_holds_the_lock(place: &Place) {
    let database = place.database("a");
    place.fresh("a").await.close().await;
    let mut held = FollowerLock::wait(&database, Duration::ZERO).await.unwrap();
    held.check().await.unwrap();
    let second = FollowerLock::wait(&database, Duration::from_millis(100)).await;
    assert!(matches!(second, Err(ReadModelError::Busy { .. })), "{second:?}");
    let other = FollowerLock::wait(&place.database("b"), Duration::ZERO).await;
    assert!(other.is_ok(), "another read model has another lock");
    drop(held);
    FollowerLock::wait(&database, Duration::from_secs(10)).await.unwrap();
}

/// Made anew beside the old one, which answers until the new one takes its place; what an attempt that broke off
/// left behind is no hindrance.
async fn made_anew(place: &Place) {
    let (entries, database) = (crowd(), place.database("a"));
    let (old, files) = (place.with("a", &entries[..1_000], 500).await, Place::file());
    files.with("right", &entries, 5_000).await.close().await;
    let broken_off = ReadModel::begin_rebuild(&database, ORIGIN).await.unwrap();
    broken_off.apply(&entries[..10]).await.unwrap();
    broken_off.close().await;

    let new = ReadModel::begin_rebuild(&database, ORIGIN).await.unwrap();
    for batch in entries.chunks(1_500) {
        new.hand_over(batch, &[]).await.unwrap();
    }
    assert_eq!(old.cursor().await.unwrap().seq, 1_000);
    assert_eq!(ReadModel::peek_cursor(&database).await.unwrap().unwrap().seq, 1_000);
    old.close().await;
    new.finish_rebuild(&database).await.unwrap();
    let model = place.fresh("a").await;
    assert_eq!(model.cursor().await.unwrap().seq, entries.len() as u64);
    assert_eq!(model.difference(&files.database("right"), 9).await.unwrap(), []);
    assert_eq!(readmodel::damage(&database).await.expect("it can be looked at"), [""; 0]);
    assert_eq!(ReadModel::peek_cursor(&database.beside("next")).await.unwrap(), None);
}

on_both_engines!(many_rows_at_once, handed_over, two_followers_do_no_harm, one_holds_the_lock, made_anew);

/// Whoever asks while read models are swapped gets one or the other, never nothing or a mixture.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_during_a_swap() {
    let place = Place::postgres();
    let entries = crowd();
    let (few, all) = (&entries[..2_000], &entries[..]);
    let asked = place.with("a", few, 5_000).await;
    let answer = async |model: &ReadModel| {
        let arrears = model.arrears(day("2026-12-31"), By::Project).await.unwrap();
        (arrears.head.seq, arrears.total.lines, arrears.total.outstanding)
    };
    let before = answer(&asked).await;
    let (database, rounds) = (place.database("a"), 6);
    let swapping = tokio::spawn({
        let (few, all) = (few.to_vec(), all.to_vec());
        async move {
            for round in 0..rounds {
                let new = ReadModel::begin_rebuild(&database, ORIGIN).await.unwrap();
                new.apply(if round % 2 == 0 { &all } else { &few }).await.unwrap();
                new.finish_rebuild(&database).await.unwrap();
            }
        }
    });
    let mut seen = std::collections::BTreeSet::from([before]);
    while !swapping.is_finished() {
        seen.insert(answer(&asked).await);
    }
    swapping.await.unwrap();
    assert_eq!(seen.len(), 2, "{seen:?}");
}

/// The server ends every connection again and again: nothing is lost, nothing is in twice, and a lock whose
/// connection is gone says so.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_break() {
    let place = Place::postgres();
    let (entries, files) = (crowd(), Place::file());
    files.with("right", &entries, 5_000).await.close().await;
    let model = place.fresh("a").await;
    let mut lock = FollowerLock::wait(&place.database("a"), Duration::ZERO).await.unwrap();
    let schema = place.schema("a");
    let breaking = tokio::spawn(async move {
        let pool = sqlx::PgPool::connect(&url()).await.unwrap();
        let mut broken = 0i64;
        // Those that work in this test's schema, and the lock's own.
        let sql = "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_locks JOIN pg_class c ON c.oid = relation \
            WHERE relnamespace = $1::regnamespace AND pid <> pg_backend_pid()";
        for _ in 0..400 {
            let ended: i64 = sqlx::query_scalar(sql).bind(&schema).fetch_one(&pool).await.unwrap();
            broken += ended;
            tokio::time::sleep(Duration::from_millis(7)).await;
        }
        broken
    });
    let mut at = 0;
    while at < entries.len() {
        let end = entries.len().min(at + 211);
        match model.apply(&entries[at..end]).await {
            Ok(_) => {}
            // Reading the cursor afterwards may meet a broken connection too: it is asked for again.
            Err(error) => assert!(matches!(error, ReadModelError::Storage { .. }), "{error:?}"),
        }
        at = loop {
            if let Ok(cursor) = model.cursor().await {
                break usize::try_from(cursor.seq).unwrap();
            }
        };
    }
    let broken = breaking.await.unwrap();
    assert!(broken > 0, "no connection was ever ended");
    model.settle().await.unwrap();
    assert_eq!(model.difference(&files.database("right"), 9).await.unwrap(), []);
    lock.check().await.unwrap();
}

#[tokio::test]
async fn an_address_without_a_server() {
    let nobody = Database::postgres("postgres://nobody@127.0.0.1:1/none", "a").unwrap();
    let error = FollowerLock::wait(&nobody, Duration::ZERO).await.unwrap_err();
    assert!(error.to_string().contains("127.0.0.1:1"), "{error}");
}
