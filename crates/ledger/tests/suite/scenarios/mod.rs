//! The scenarios of the rule, and the ledger's own beside this file, through the whole ledger: one text, every
//! back-end.

#[path = "../../../../wages/tests/scenarios/table.rs"]
mod table;

use crate::command::command;
use crate::log::Log;
use crate::rig::{ORIGIN, Rig, forgetful, memory, one, small_batches};
use journal::{Journal, SqliteJournal};
use ledger::{Ledger, Outcome, Submission};
use std::path::Path;
use std::sync::Arc;
use table::{Scenario, Step};
use uuid::Uuid;
use wages::{Channel, Refers, Source};

/// One scenario on its way: its entries' places in the ledger, and the ids of its commands by label.
struct Stream {
    subject: Uuid,
    entries: Vec<u64>,
    labels: Vec<(String, Uuid)>,
    sent: u128,
}

impl Stream {
    fn id(&mut self, step: &Step) -> Uuid {
        self.sent += 1;
        let known = |label: &String| self.labels.iter().find(|(name, _)| name == label).map(|(_, id)| *id);
        let fresh = Uuid::from_u128(self.sent);
        let id = step.same_id_as.as_ref().map_or(fresh, |label| known(label).expect("a label"));
        self.labels.extend(step.label.clone().map(|label| (label, id)));
        id
    }

    fn resolve(&self, text: &str) -> Refers {
        match text.strip_prefix('@') {
            Some(label) => {
                let known = self.labels.iter().find(|(name, _)| name == label);
                Refers::Command(known.map_or(Uuid::nil(), |(_, id)| *id))
            }
            None => {
                let number: usize = text.parse().expect("a number");
                Refers::Entry(self.entries.get(number - 1).copied().unwrap_or(1_000_000))
            }
        }
    }

    async fn take(&mut self, ledger: &Ledger, step: &Step) -> Result<(), String> {
        let command_id = self.id(step);
        let command = command(&step.command, &step.fields, &|text| self.resolve(text));
        let source = Source::of("scenario", Channel::Cli);
        let submission = Submission { subject: self.subject, command_id, command, source };
        let outcome = one(ledger, submission).await.map_err(|error| error.to_string())?;
        let what = match &outcome {
            Outcome::Recorded(receipt) => {
                self.entries.push(receipt.seq);
                ledger.reader().entry(receipt.seq).expect("the entry").event.type_name().to_owned()
            }
            Outcome::AlreadyRecorded(receipt) => {
                let number = self.entries.iter().position(|seq| *seq == receipt.seq).map_or(0, |at| at + 1);
                format!("recorded_before {number}")
            }
            Outcome::Rejected(rejection) => rejection.code().to_owned(),
        };
        let expected = step.expected.as_ref();
        let fits = expected.map_or(matches!(outcome, Outcome::Recorded(_)), |expected| {
            let words = expected.words.join(" ");
            what == expected.what || what == format!("{} {words}", expected.what)
        });
        if fits { Ok(()) } else { Err(format!("{}: {what}, {outcome:?}", step.at)) }
    }
}

fn scenarios() -> Vec<Scenario> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = table::read(&crates.join("../wages/tests/scenarios"));
    all.extend(table::read(&crates.join("tests/suite/scenarios")));
    // The ledger's own stream is there from the beginning, once in a ledger.
    all.retain(|scenario| scenario.steps.iter().all(|step| step.command != "CreateLedger"));
    assert!(all.len() > 40);
    all
}

async fn check(journal: Arc<impl Journal>) {
    let rig = Rig::new().await;
    let ledger = rig.create(&journal, forgetful(small_batches())).await;
    let mut wrong = Vec::new();
    for (n, scenario) in (1..).zip(scenarios()) {
        let subject = Uuid::from_u128(n << 64);
        let mut stream = Stream { subject, entries: Vec::new(), labels: Vec::new(), sent: 0 };
        for step in &scenario.steps {
            wrong.extend(
                stream.take(&ledger, step).await.err().map(|what| format!("{}\n    {what}", scenario.title)),
            );
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    ledger.close().await;
    assert_eq!(Log::read(&*journal, &rig.vault).await.voids, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn in_memory() {
    check(memory()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("journal.sqlite");
    check(Arc::new(SqliteJournal::create(path, ORIGIN).expect("a journal"))).await;
}
