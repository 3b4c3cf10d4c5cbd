//! What the rule says, as tables that a payroll lawyer can audit: see the `.txt` files beside this one, and
//! `table.rs` for their language.

mod command;
mod table;

use command::{command, find};
use std::collections::BTreeSet;
use std::path::Path;
use table::{Expected, Scenario, Step};
use uuid::Uuid;
use wages::{Event, Referenced, Refers, Rejection, State, decide};

/// Every code, in the order in which the first that applies is given.
const CODES: [&str; 13] = [
    "command_id_reused",
    "wrong_subject",
    "unknown_subject",
    "already_registered",
    "malformed",
    "sums_disagree",
    "ends_before_it_begins",
    "already_recorded",
    "day_already_recorded",
    "leaves_unknown_stay",
    "refers_to_unknown_entry",
    "refers_to_other_fact",
    "already_returned",
];

/// One subject's stream as the scenario left it: entries from 1, each with the id of its command.
#[derive(Default)]
struct Stream {
    state: State,
    entries: Vec<(Uuid, Event)>,
    labels: Vec<(String, Uuid)>,
    sent: u128,
}

impl Stream {
    fn id(&mut self, step: &Step) -> Uuid {
        assert!(step.same_id_as.is_none(), "{}: ids are looked up by the ledger, not by the rule", step.at);
        self.sent += 1;
        let id = Uuid::from_u128(self.sent);
        if let Some(label) = &step.label {
            self.labels.push((label.clone(), id));
        }
        id
    }

    fn resolve(&self, text: &str) -> Refers {
        match text.strip_prefix('@') {
            Some(label) => {
                let known = self.labels.iter().find(|(name, _)| name == label);
                Refers::Command(known.map_or(Uuid::nil(), |(_, id)| *id))
            }
            None => Refers::Entry(text.parse().expect("a reference")),
        }
    }

    /// The entry referred to, as whoever reads the stream finds it.
    fn referenced(&self, refers: &Refers) -> Option<Referenced> {
        (1..).zip(&self.entries).find_map(|(seq, (id, event))| {
            let meant = match refers {
                Refers::Entry(entry) => *entry == seq,
                Refers::Command(command) => command == id,
            };
            meant.then(|| Referenced { seq, event: event.clone() })
        })
    }

    fn take(&mut self, step: &Step) -> Result<Event, Rejection> {
        let id = self.id(step);
        let command = command(&step.command, &step.fields, &|text| self.resolve(text));
        let referenced = command.refers().and_then(|refers| self.referenced(refers));
        let event = decide(&self.state, command, referenced.as_ref())?;
        self.state.evolve(&id, &event);
        self.entries.push((id, event.clone()));
        Ok(event)
    }
}

/// What is wrong with a step's outcome, if anything is.
fn judge(step: &Step, outcome: &Result<Event, Rejection>) -> Option<String> {
    let nothing = Expected { what: String::new(), fields: Vec::new(), words: Vec::new() };
    let expected = step.expected.as_ref().unwrap_or(&nothing);
    let (what, said) = match outcome {
        Ok(event) => (event.type_name(), String::new()),
        Err(rejection) => (rejection.code(), rejection.to_string()),
    };
    if step.expected.is_none() {
        return outcome.is_err().then(|| format!("{}: not recorded: {said}", step.at));
    }
    if what != expected.what {
        return Some(format!("{}: expected {}, got {what} {said}", step.at, expected.what));
    }
    if let Some(word) = expected.words.iter().find(|word| !said.contains(word.as_str())) {
        return Some(format!("{}: expected {word:?} in {said:?}", step.at));
    }
    let Ok(event) = outcome else { return None };
    let mut fact = event.to_value().expect("a fact");
    expected.fields.iter().find_map(|(field, value)| {
        let found = find(&mut fact, field).map(|found| found.to_string());
        let found = found.as_deref().map(|text| text.trim_matches('"'));
        (found != Some(value)).then(|| format!("{}: expected {field}={value}, got {found:?}", step.at))
    })
}

fn read(folder: &str) -> Vec<Scenario> {
    table::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder))
}

fn scenarios() -> Vec<Scenario> {
    read("tests/scenarios")
}

fn check(scenarios: &[Scenario]) {
    let mut wrong = Vec::new();
    for scenario in scenarios {
        let mut stream = Stream::default();
        for step in &scenario.steps {
            let outcome = stream.take(step);
            wrong.extend(judge(step, &outcome).map(|what| format!("{}\n    {what}", scenario.title)));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_scenario_holds() {
    check(&scenarios());
}

/// The tables leave out no type of fact and no way to say no.
#[test]
fn every_fact_and_every_rejection_occurs() {
    let mut seen: BTreeSet<String> = BTreeSet::new();
    for scenario in scenarios() {
        seen.extend(scenario.steps.iter().filter_map(|step| Some(step.expected.as_ref()?.what.clone())));
    }
    // What was sent before is known by whoever keeps the entries: the ledger's scenarios have it.
    let codes = CODES.into_iter().filter(|code| *code != "command_id_reused");
    let wanted: BTreeSet<String> =
        Event::TYPES.iter().map(|of| of.name).chain(codes).map(str::to_owned).collect();
    assert_eq!(seen, wanted);
}

/// However a command named an earlier entry, the fact names it by its number.
#[test]
fn references_are_recorded_by_entry() {
    for scenario in scenarios() {
        let mut stream = Stream::default();
        for step in &scenario.steps {
            if let Ok(event) = stream.take(step) {
                assert!(event.refers().is_none_or(|refers| refers.entry().is_some()), "{}", step.at);
            }
        }
    }
}
