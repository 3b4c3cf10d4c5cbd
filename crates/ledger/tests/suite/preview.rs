//! A preview says what submitting would come to.

use crate::rig::{Rig, memory, small_batches};
use crate::story::{KINDS, submission};
use ledger::{Outcome, Preview, Submission};
use proptest::prelude::*;
use wages::Rejection;

/// Commands about `subjects` workers; an id belongs to one worker, unless `shared`.
fn stories(subjects: u128, shared: bool) -> impl Strategy<Value = Vec<Submission>> {
    let one = (0..subjects, 0u128..12, prop_oneof![2 => Just(0), 8 => 0..KINDS], 1u64..4, 0u128..12)
        .prop_map(move |(about, id, kind, n, to)| {
            let own = |id: u128| if shared { id } else { about * 100 + id };
            submission(about, own(id), kind, n, own(to))
        });
    proptest::collection::vec(one, 1..24)
}

/// What is the same between a preview and an outcome. Entries that a preview would make have no number yet.
fn agree(preview: &Preview, outcome: &Outcome, head: u64) -> bool {
    let entry =
        |previewed: u64, recorded: u64| previewed == recorded || (previewed > head && recorded > head);
    match (preview, outcome) {
        (Preview::Recorded, Outcome::Recorded(_)) => true,
        (Preview::AlreadyRecorded { seq }, Outcome::AlreadyRecorded(receipt)) => entry(*seq, receipt.seq),
        (
            Preview::Rejected(Rejection::CommandIdReused { entry: previewed }),
            Outcome::Rejected(Rejection::CommandIdReused { entry: recorded }),
        ) => entry(*previewed, *recorded),
        (Preview::Rejected(previewed), Outcome::Rejected(rejected)) => previewed == rejected,
        _ => false,
    }
}

/// Previews and submits a story in requests of some length over one ledger.
fn check(cases: u32, stories: impl Strategy<Value = Vec<Submission>>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let rig = runtime.block_on(Rig::new());
    runtime.block_on(rig.bind(0..3));
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(story in stories, length in 1usize..12)| {
        runtime.block_on(async {
            let ledger = rig.create(&memory(), small_batches()).await;
            for request in story.chunks(length) {
                let head = ledger.reader().journal().head().seq;
                let previews = ledger.preview(request.to_vec()).await.expect("previews");
                prop_assert_eq!(ledger.reader().journal().head().seq, head, "a preview records nothing");
                let again = ledger.preview(request.to_vec()).await.expect("previews");
                prop_assert_eq!(&previews, &again, "and leaves nothing behind");
                let outcomes = ledger.submit(request.to_vec()).await.expect("outcomes");
                for ((preview, outcome), asked) in previews.iter().zip(&outcomes).zip(request) {
                    // The number of an entry that is not there yet can only be guessed.
                    let guessed = asked.command.refers().and_then(|refers| refers.entry()) > Some(head);
                    let agree = guessed || agree(preview, outcome, head);
                    prop_assert!(agree, "{:?}\n  {:?}\n  {:?}", asked.command, preview, outcome);
                }
            }
            Ok(())
        })?;
    });
}

#[test]
fn a_preview_is_what_submitting_comes_to() {
    check(200, stories(3, false));
}

/// Ids, and the commands that others refer to, are a subject's own.
#[test]
fn a_preview_keeps_subjects_apart() {
    check(200, stories(2, true));
}
