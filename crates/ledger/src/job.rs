//! A submit request on its way through the sequencer.

use crate::handle::SubmitError;
use crate::{Outcome, Submission};
use tokio::sync::oneshot;

/// A submit request on its way through.
pub(crate) struct Job {
    pub(crate) submissions: Vec<Submission>,
    pub(crate) reply: oneshot::Sender<Result<Vec<Outcome>, SubmitError>>,
    /// Outcomes decided so far; complete when as long as `submissions`.
    pub(crate) outcomes: Vec<Outcome>,
    /// How often it was decided again after a failed append.
    pub(crate) tries: u32,
}

impl Job {
    /// Submissions that are not decided yet.
    pub(crate) fn left(&self) -> usize {
        self.submissions.len().saturating_sub(self.outcomes.len())
    }

    pub(crate) fn new(
        submissions: Vec<Submission>,
        reply: oneshot::Sender<Result<Vec<Outcome>, SubmitError>>,
    ) -> Job {
        Job { outcomes: Vec::with_capacity(submissions.len()), submissions, reply, tries: 0 }
    }

    /// Whether the domain said no to any of it.
    pub(crate) fn refuses(&self) -> bool {
        self.outcomes.iter().any(|outcome| matches!(outcome, Outcome::Rejected(_)))
    }

    pub(crate) fn answer(self) {
        // A caller that has gone finds his receipts by sending the same ids again.
        let _ = self.reply.send(Ok(self.outcomes));
    }

    pub(crate) fn refuse(self, reason: &str) {
        self.fail(SubmitError::Unavailable { reason: reason.to_owned() });
    }

    pub(crate) fn fail(self, error: SubmitError) {
        let _ = self.reply.send(Err(error));
    }
}
