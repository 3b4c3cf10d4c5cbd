//! Opening, cursor, and what happens when taking entries in goes wrong.

use crate::by_hand::*;
use crate::place::{Place, on_both_engines};
use readmodel::{About, Cursor, ReadModel, ReadModelError};
use std::time::Duration;

fn facts() -> Facts {
    let mut facts = Facts::default();
    facts.add(id(1), project_registered(PROJECT, 15));
    for worker in 100..160 {
        facts.add(id(worker), worker_registered("Wang"));
        facts.add(id(worker), entered(PROJECT, EMPLOYER, id(11), "2026-03-01"));
        facts.add(id(worker), worked(PROJECT, &[("2026-03-02", "1.0")]));
        facts.add(id(worker), accrued(line_key(PROJECT, EMPLOYER, id(11), "2026-03"), 0, "500.00"));
    }
    facts
}

async fn an_empty_one_stands_at_the_ledgers_beginning(place: &Place) {
    let model = place.fresh("a").await;
    let genesis = chain::Head::genesis(ORIGIN).hash;
    assert_eq!(model.cursor().await.unwrap(), Cursor { seq: 0, hash: genesis });
    assert_eq!(model.origin().await.unwrap(), ORIGIN);
    let entries = facts().entries();
    model.apply(&entries[..10]).await.unwrap();
    model.close().await;
    let again = place.fresh("a").await;
    assert_eq!(again.cursor().await.unwrap(), Cursor { seq: 10, hash: entries[9].hash });
    again.close().await;
    let other = ReadModel::open(&place.database("a"), "wageledger.example.org/other").await;
    assert!(matches!(other, Err(ReadModelError::OtherLedger { .. })));
    let missing = ReadModel::open_read_only(&place.database("none")).await;
    assert!(matches!(missing, Err(ReadModelError::Missing { .. })), "{missing:?}");
    assert_eq!(ReadModel::peek_cursor(&place.database("none")).await.unwrap(), None);
    let reader = ReadModel::open_read_only(&place.database("a")).await.unwrap();
    assert_eq!(reader.cursor().await.unwrap().seq, 10);
    assert!(matches!(reader.apply(&entries[10..11]).await, Err(ReadModelError::Storage { .. })));
}

async fn one_made_by_another_version_is_stale(place: &Place) {
    let path = place.database("a");
    place.fresh("a").await.close().await;
    place.meddle("a", "UPDATE position SET fingerprint = 'older'").await;
    assert!(matches!(ReadModel::open(&path, ORIGIN).await, Err(ReadModelError::Stale)));
    assert_eq!(ReadModel::peek_cursor(&path).await.unwrap().unwrap().seq, 0);
    place.meddle("a", "ALTER TABLE position DROP COLUMN fingerprint").await;
    assert!(matches!(ReadModel::open(&path, ORIGIN).await, Err(ReadModelError::Stale)));
    assert!(matches!(ReadModel::open_read_only(&path).await, Err(ReadModelError::Stale)));
}

async fn only_what_follows_is_taken_in(place: &Place) {
    let model = place.fresh("a").await;
    let entries = facts().entries();
    model.apply(&entries[..5]).await.unwrap();
    let refused = async |entries: &[readmodel::Projected]| match model.apply(entries).await {
        Err(ReadModelError::OutOfStep { seq, .. }) => seq,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(&entries[4..6]).await, 5); // a repeat
    assert_eq!(refused(&entries[6..8]).await, 7); // a gap
    assert_eq!(refused(&[entries[5].clone(), entries[7].clone()]).await, 8); // a gap within
    let mut forged = entries[5].clone();
    forged.header.prev = chain::Hash([9; 32]);
    assert_eq!(refused(&[forged]).await, 6); // another past
    assert_eq!(model.cursor().await.unwrap().seq, 5);
    assert_eq!(model.apply(&[]).await.unwrap().seq, 5);
    model.apply(&entries[5..]).await.unwrap();
}

/// An entry that cannot be projected stops the reader there and leaves nothing of its batch behind.
async fn a_batch_is_in_or_it_is_not(place: &Place) {
    let mut facts = facts();
    let good = facts.0.len();
    facts.add(id(100), ended("2026-03-31")); // of no contract
    let entries = facts.entries();
    let model = place.with("a", &entries[..100], 100).await;
    let error = model.apply(&entries[100..]).await.unwrap_err();
    let ReadModelError::Entry { seq, .. } = error else { panic!("{error}") };
    assert_eq!(seq, entries[good].header.seq);
    let _right = place.with("b", &entries[..100], 7).await;
    assert_eq!(model.difference(&place.database("b"), 9).await.unwrap(), []);
}

/// What no question would notice is found when it is opened, and named.
async fn tables_that_were_changed(place: &Place) {
    place.with("a", &facts().entries(), 1_000).await.close().await;
    let database = place.database("a");
    assert_eq!(readmodel::damage(&database).await.expect("it can be looked at"), [""; 0]);
    let mut changes = vec![("DROP INDEX wage_line_project", "wage_line_project")];
    if let Place::Postgres { .. } = place {
        changes.push(("ALTER TABLE payment DROP CONSTRAINT payment_pkey", "payment_pkey"));
    }
    for (change, what) in changes {
        place.meddle("a", change).await;
        let found = readmodel::damage(&database).await.expect("it can be looked at");
        assert!(found.len() == 1 && found[0].contains(what), "{found:?}");
    }
    let opened = ReadModel::open(&database, ORIGIN).await;
    assert!(matches!(opened, Err(ReadModelError::Damaged { .. })), "{opened:?}");
    let opened = ReadModel::open_read_only(&database).await;
    assert!(matches!(opened, Err(ReadModelError::Damaged { .. })), "{opened:?}");
}

/// PostgreSQL has no NUL in a text: the same is shown for it on either engine, and the follower goes on.
async fn a_character_that_is_none(place: &Place) {
    let mut facts = Facts::default();
    let code = credit_code(EMPLOYER);
    let event = wages::event::OrganisationRegistered { code: code.clone(), name: "A\0B".to_owned() };
    facts.add(id(3), wages::Event::OrganisationRegistered(event));
    let model = place.with("a", &facts.entries(), 1).await;
    assert_eq!(model.organisation(&code).await.unwrap().unwrap().name, "A\u{2400}B");
}

async fn unsealed_personal_data_is_refused(place: &Place) {
    let mut facts = Facts::default();
    let project = project_code(PROJECT);
    let label = wages::Private::Plain("crew of Wang".to_owned());
    let crew = wages::event::CrewRegistered { project, employer: credit_code(EMPLOYER), label };
    facts.add(id(11), wages::Event::CrewRegistered(crew));
    let refused = place.fresh("a").await.apply(&facts.entries()).await;
    assert!(matches!(refused, Err(ReadModelError::Entry { seq: 1, .. })));
}

/// Broken off at any moment, a batch is in whole or not at all, and going on gives the same rows.
async fn broken_off_anywhere(place: &Place) {
    let entries = facts().entries();
    let _before = place.with("before", &entries[..40], 40).await;
    let _after = place.with("after", &entries, 1000).await;
    let mut broken_off = 0;
    for micros in (0..40).map(|n| n * 250) {
        let name = format!("m{micros}");
        let model = place.with(&name, &entries[..40], 40).await;
        let done = tokio::time::timeout(Duration::from_micros(micros), model.apply(&entries[40..])).await;
        broken_off += usize::from(done.is_err());
        model.close().await;
        let model = place.fresh(&name).await;
        let right = match model.cursor().await.unwrap().seq {
            40 => "before",
            seq if seq == entries.len() as u64 => "after",
            seq => panic!("half a batch, up to {seq}"),
        };
        assert_eq!(model.difference(&place.database(right), 9).await.unwrap(), []);
        if right == "before" {
            model.apply(&entries[40..]).await.unwrap();
            assert_eq!(model.difference(&place.database("after"), 9).await.unwrap(), []);
        }
    }
    assert!(broken_off > 0, "nothing was ever broken off");
}

async fn audit_trails_are_read_page_by_page(place: &Place) {
    let entries = facts().entries();
    let model = place.with("a", &entries, 50).await;
    let about = About::Project(project_code(PROJECT));
    let (mut seqs, mut after) = (Vec::new(), 0);
    loop {
        let page = model.audit(&about, after, 17).await.unwrap();
        let Some(last) = page.last() else { break };
        after = last.seq;
        seqs.extend(page.iter().map(|row| row.seq));
    }
    // All but the registrations of workers, which name no project.
    assert_eq!(seqs.len(), 1 + 60 * 3);
    assert!(seqs.is_sorted());
    // Back again.
    let (mut back, mut before) = (Vec::new(), u64::MAX);
    loop {
        let page = model.audit_before(&about, before, 17).await.unwrap();
        let Some(last) = page.last() else { break };
        before = last.seq;
        back.extend(page.iter().map(|row| row.seq));
    }
    back.reverse();
    assert_eq!(back, seqs);
    let count = |after, before, limit| model.audit_count(&about, after, before, limit);
    assert_eq!(count(0, u64::MAX, 1000).await.unwrap(), 181);
    assert_eq!(count(0, u64::MAX, 100).await.unwrap(), 100);
    assert_eq!(count(seqs[9], seqs[20], 1000).await.unwrap(), 10);
    let employer = model.audit(&About::Employer(credit_code(EMPLOYER)), 0, 1000).await.unwrap();
    assert_eq!(employer.len(), 60 * 2);
    let worker = model.audit(&About::Subject(id(100)), 0, 1000).await.unwrap();
    let types: Vec<_> = worker.iter().map(|row| row.type_name).collect();
    assert_eq!(types, ["worker.registered", "site.entered", "work.recorded", "wages.accrued"]);
    assert_eq!(worker[2].occurred_on, Some(day("2026-03-02")));
}

on_both_engines!(
    an_empty_one_stands_at_the_ledgers_beginning,
    one_made_by_another_version_is_stale,
    only_what_follows_is_taken_in,
    a_batch_is_in_or_it_is_not,
    tables_that_were_changed,
    a_character_that_is_none,
    unsealed_personal_data_is_refused,
    broken_off_anywhere,
    audit_trails_are_read_page_by_page,
);
