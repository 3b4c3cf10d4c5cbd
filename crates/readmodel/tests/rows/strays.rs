//! Entries of no stream: whatever they say, no row but their own is otherwise for them.

use crate::by_hand::*;
use crate::place::{Place, on_both_engines};
use readmodel::{About, By, ReadModelError, Unread};

/// A site with a month's wages; between all that, what a stranger wrote about the same project and the same people.
fn facts(with_strays: bool) -> Facts {
    let mut facts = Facts::default();
    let stray = |facts: &mut Facts, subject, event| {
        if with_strays {
            facts.add_stray(subject, event);
        }
    };
    facts.add(id(1), project_registered(PROJECT, 15));
    stray(&mut facts, id(1), project_changed(PROJECT, 28));
    for worker in 100..140 {
        stray(&mut facts, id(worker), worker_registered("Nobody"));
        facts.add(id(worker), worker_registered("Wang"));
        facts.add(id(worker), entered(PROJECT, EMPLOYER, id(11), "2026-03-01"));
        stray(&mut facts, id(worker), entered(PROJECT, OTHER_EMPLOYER, id(12), "2026-03-02"));
        stray(&mut facts, id(worker), worked(PROJECT, &[("2026-03-03", "1.0")]));
        facts.add(id(worker), worked(PROJECT, &[("2026-03-02", "1.0")]));
        let of = || line_key(PROJECT, EMPLOYER, id(11), "2026-03");
        stray(&mut facts, id(worker), accrued(of(), 0, "999.00"));
        facts.add(id(worker), accrued(of(), 0, "500.00"));
        stray(&mut facts, id(worker), accrued(line_key(PROJECT, EMPLOYER, id(11), "2026-02"), 0, "999.00"));
    }
    facts
}

/// What is owed, by whom, since when, and what is open: the same with and without them, however they are taken in.
async fn they_change_no_figure(place: &Place) {
    let (with, without) = (facts(true), facts(false));
    let entries = with.entries();
    let all = place.with("all", &entries, 1000).await;
    let none = place.with("none", &without.entries(), 1000).await;
    for as_of in ["2026-03-31", "2026-04-15", "2026-04-16", "2026-04-28", "2026-12-01"].map(day) {
        let (a, b) =
            (all.arrears(as_of, By::Line).await.unwrap(), none.arrears(as_of, By::Line).await.unwrap());
        assert_eq!((a.total, a.unallocated), (b.total, b.unallocated), "{as_of}");
    }
    let expected: Vec<u64> = (1..).zip(&with.0).filter(|(_, fact)| fact.stray).map(|(seq, _)| seq).collect();
    assert!(expected.len() > 200);
    assert_eq!(all.strays(10_000).await.unwrap(), expected);
    assert!(none.strays(10_000).await.unwrap().is_empty());
    let own = all.audit(&About::Subject(id(100)), 0, 100).await.unwrap();
    assert!(own.iter().all(|row| !expected.contains(&row.seq)), "a trail is a stream");
    assert_eq!(own.len(), none.audit(&About::Subject(id(100)), 0, 100).await.unwrap().len());
    for at_once in [1, 7, 64] {
        place.with(&format!("by {at_once}"), &entries, at_once).await.close().await;
        let database = place.database(&format!("by {at_once}"));
        assert_eq!(all.difference(&database, 10).await.unwrap(), [], "{at_once} at a time");
    }
}

/// A stray may hold anything; an entry of a stream that cannot be read stops the reader before it.
async fn what_cannot_be_read_matters_on_streams_only(place: &Place) {
    let facts = facts(true);
    let entries = facts.entries();
    let unread =
        |at: usize| Unread { header: entries[at].header, hash: entries[at].hash, why: "no JSON".to_owned() };
    let (strays, own): (Vec<usize>, Vec<usize>) = (0..entries.len()).partition(|at| facts.0[*at].stray);
    let model = place.fresh("a").await;
    let readable: Vec<_> = own.iter().map(|at| entries[*at].clone()).collect();
    let unreadable: Vec<_> = strays.iter().map(|at| unread(*at)).collect();
    model.hand_over(&readable, &unreadable).await.unwrap();
    assert_eq!(model.settle().await.unwrap().seq, entries.len() as u64);
    let right = place.with("right", &entries, 50).await;
    right.close().await;
    assert_eq!(model.difference(&place.database("right"), 10).await.unwrap(), []);

    for at in [own[0], own[7], *own.last().unwrap()] {
        let name = format!("stops at {at}");
        let model = place.with(&name, &entries[..at], 16).await;
        let error = model.hand_over(&[], &[unread(at)]).await.unwrap_err();
        let ReadModelError::Unread { seq, .. } = error else { panic!("{error}") };
        assert_eq!(seq, entries[at].header.seq);
        assert_eq!(model.cursor().await.unwrap().seq, at as u64, "nothing of it is in");
        model.apply(&entries[at..]).await.unwrap();
        assert_eq!(model.difference(&place.database("right"), 10).await.unwrap(), []);
    }
}

on_both_engines!(they_change_no_figure, what_cannot_be_read_matters_on_streams_only);
