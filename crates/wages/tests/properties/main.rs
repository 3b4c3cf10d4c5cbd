//! What holds of every command and every fact.

mod any;
#[path = "../scenarios/command.rs"]
#[expect(dead_code, reason = "of the scenarios' language only the way back from facts to commands is needed")]
mod command;

use any::As;
use command::asked;
use proptest::prelude::*;
use std::collections::BTreeSet;
use uuid::Uuid;
use wages::{BodyError, Event, Private, Referenced, Refers, Rejection, SealedField, Source, State, decide};

/// A history as a ledger keeps it.
#[derive(Default)]
struct History {
    state: State,
    entries: Vec<(Uuid, Event)>,
}

impl History {
    fn referenced(&self, event: &Event) -> Option<Referenced> {
        let seq = event.refers()?.entry()?;
        let at = usize::try_from(seq).ok()?.checked_sub(1)?;
        Some(Referenced { seq, event: self.entries.get(at)?.1.clone() })
    }

    /// Decides what would become `event`, twice.
    fn take(&mut self, event: Event) -> Result<(), Rejection> {
        let referenced = self.referenced(&event);
        let command = asked(event);
        let decided = decide(&self.state, command.clone(), referenced.as_ref());
        assert_eq!(decided, decide(&self.state.clone(), command, referenced.as_ref()), "the same answer");
        let event = decided?;
        let id = Uuid::from_u128(self.entries.len() as u128 % 40);
        self.state.evolve(&id, &event);
        self.entries.push((id, event));
        Ok(())
    }
}

fn fold<'a>(entries: impl IntoIterator<Item = &'a (Uuid, Event)>) -> State {
    entries.into_iter().fold(State::default(), |mut state, (id, event)| {
        state.evolve(id, event);
        state
    })
}

/// As the sequencer would, but without a key: what is sealed is only that it is sealed.
fn sealed(mut event: Event) -> Event {
    event.each_private_mut(&mut |_, private| {
        *private = Private::Sealed(SealedField::encode(&[0; 32], &[1; 45]));
    });
    event
}

fn source() -> Source {
    Source::of("property", wages::Channel::System)
}

/// A worker's registration, and any facts after it.
fn stories() -> impl Strategy<Value = Vec<Event>> {
    let well_formed = |event: &Event| decide(&State::default(), asked(event.clone()), None).is_ok();
    let first = any::registration(As::Asked).prop_filter("well formed", well_formed);
    let rest = prop_oneof![9 => any::of_worker(As::Asked), 1 => any::event(As::Asked)];
    (first, proptest::collection::vec(rest, 0..40))
        .prop_map(|(first, rest)| std::iter::once(first).chain(rest).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None,
        ..ProptestConfig::default() })]

    /// Every fact folds over every history, also one that `decide` would not have made.
    #[test]
    fn evolve_is_total(events in proptest::collection::vec((any::<u128>(), any::event(As::Recorded)), 0..30)) {
        let mut state = State::default();
        for (n, (id, event)) in events.iter().enumerate() {
            let id = Uuid::from_u128(*id);
            state.evolve(&id, event);
            prop_assert_eq!(state.entries(), n + 1);
            prop_assert!(state.candidates(&id).any(|place| place == n as u64 + 1));
        }
    }

    /// The same command over the same history gives the same answer, and a no changes nothing.
    #[test]
    fn decide_is_deterministic_and_total(story in stories()) {
        let mut history = History::default();
        for event in story {
            let before = history.state.clone();
            if history.take(event).is_err() {
                prop_assert_eq!(&history.state, &before);
            }
        }
    }

    /// The memory that grew with the decisions is the fold of the recorded facts, as read back from their
    /// bodies, sealed.
    #[test]
    fn state_is_the_fold_of_the_entries(story in stories()) {
        let mut history = History::default();
        for event in story {
            let _ = history.take(event);
        }
        prop_assert_eq!(&fold(&history.entries), &history.state);
        let read_back: Vec<(Uuid, Event)> = history.entries.iter().map(|(id, event)| {
            let body = sealed(event.clone()).to_body(&source()).expect("a body");
            (*id, Event::from_body(&body).expect("the body read back").0)
        }).collect();
        prop_assert_eq!(&fold(&read_back), &history.state);
    }

    /// What was recorded once under a natural key, or contradicts history, is refused when it comes again.
    #[test]
    fn an_accepted_fact_with_a_natural_key_is_not_accepted_twice(story in stories()) {
        let mut history = History::default();
        for event in story {
            if history.take(event.clone()).is_ok() {
                let again = history.take(event.clone());
                let free = matches!(event, Event::WorkerChanged(_) | Event::SiteEntered(_) | Event::SiteLeft(_)
                    | Event::ContractAmended(_) | Event::ContractEnded(_) | Event::WorkCorrected(_)
                    | Event::WagesConfirmed(_) | Event::WagesDisputed(_) | Event::DataRevealed(_)
                    | Event::DeductionDeclared(_) | Event::ClockOverridden(_));
                prop_assert_eq!(again.is_ok(), free, "{}", event.type_name());
            }
        }
    }

    #[test]
    fn a_body_is_read_back_as_written(event in any::event(As::Recorded), source in any::source()) {
        let body = event.to_body(&source).expect("a body");
        let (read, from) = Event::from_body(&body).expect("the body read back");
        prop_assert_eq!(&read, &event);
        prop_assert_eq!(&from, &source);
        prop_assert_eq!(read.to_body(&from).expect("a body"), body, "byte for byte");
    }

    /// Personal data never gets into a body plain, not even one field of many.
    #[test]
    fn plain_personal_data_is_refused(event in any::event(As::Asked), spared in any::<proptest::sample::Index>()) {
        let mut fields = Vec::new();
        event.each_private(&mut |field, _| fields.push(field));
        match (event.to_body(&source()), fields.is_empty()) {
            (Err(BodyError::NotReady(_)), false) | (Ok(_), true) => {}
            (other, _) => prop_assert!(false, "{:?}", other),
        }
        if fields.is_empty() {
            return Ok(());
        }
        let left = fields[spared.index(fields.len())];
        let mut mostly = event.clone();
        mostly.each_private_mut(&mut |field, private| {
            let Private::Plain(_) = private else { return };
            if field != left {
                *private = Private::Sealed(SealedField::encode(&[0; 32], &[1; 45]));
            }
        });
        let refused = mostly.to_body(&source());
        let named = matches!(refused, Err(BodyError::NotReady(field)) if field == left);
        prop_assert!(named, "{} is plain, {:?}", left, refused);
    }

    /// A reference by command is not recorded; by entry it is.
    #[test]
    fn references_by_command_are_refused(event in any::event(As::Recorded), seq in 1u64..) {
        let mut value: serde_json::Value =
            serde_json::from_slice(&event.to_body(&source()).expect("a body")).expect("JSON");
        prop_assert!(event.clone().with_reference(seq).to_body(&source()).is_ok());
        let Some(Refers::Entry(_)) = event.refers() else { return Ok(()) };
        for field in ["corrects", "returns", "contract", "line"] {
            if value[field].is_u64() {
                value[field] = Uuid::from_u128(7).to_string().into();
            }
        }
        let (by_command, _) = Event::from_body(value.to_string().as_bytes()).expect("a command's body");
        let refused = matches!(by_command.to_body(&source()), Err(BodyError::NotReady(_)));
        prop_assert!(refused);
        prop_assert_eq!(by_command.with_reference(seq), event.with_reference(seq));
    }

    /// A type or version of a later program stops the reader, whatever else the body says.
    #[test]
    fn later_types_and_versions_are_unknown(event in any::event(As::Recorded), version in 2u16..,
        name in "[a-z]{1,8}\\.[a-z]{1,8}") {
        let mut value: serde_json::Value =
            serde_json::from_slice(&event.to_body(&source()).expect("a body")).expect("JSON");
        value["v"] = version.into();
        let read = Event::from_body(value.to_string().as_bytes());
        let unknown = matches!(read, Err(BodyError::UnknownType { version: v, .. }) if v == version);
        prop_assert!(unknown);
        prop_assume!(!Event::TYPES.iter().any(|known| known.name == name));
        value["v"] = 1.into();
        value["type"] = name.clone().into();
        let read = Event::from_body(value.to_string().as_bytes());
        let unknown = matches!(read, Err(BodyError::UnknownType { type_name, .. }) if type_name == name);
        prop_assert!(unknown);
    }

    /// Bytes that are no body are an error, never a fact and never a panic.
    #[test]
    fn torn_bodies_are_malformed(event in any::event(As::Recorded), cut in any::<proptest::sample::Index>()) {
        let body = event.to_body(&source()).expect("a body");
        let read = Event::from_body(&body[..cut.index(body.len())]);
        let malformed = matches!(read, Err(BodyError::Malformed { .. }));
        prop_assert!(malformed);
    }
}

/// A number is given once: what is stored by number is never another type's.
#[test]
fn types_have_numbers_of_their_own() {
    let numbers: BTreeSet<u16> = Event::TYPES.iter().map(|of| of.number).collect();
    assert_eq!(numbers.len(), Event::TYPES.len());
    assert!(!numbers.contains(&0));
    // As the first version was frozen. A type that is given up stays here.
    let first =
        [("ledger.created", 1), ("worker.registered", 4), ("payment.recorded", 17), ("warning.resolved", 37)];
    for (name, number) in first {
        assert!(Event::TYPES.iter().any(|of| of.name == name && of.number == number), "{name}");
    }
}

/// The generators leave out no type.
#[test]
fn every_type_is_generated() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let seen: BTreeSet<&str> = (0..2_000)
        .map(|_| any::event(As::Recorded).new_tree(&mut runner).expect("a fact").current().type_name())
        .collect();
    assert_eq!(seen.len(), Event::TYPES.len(), "{seen:?}");
}
