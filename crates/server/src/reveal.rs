//! Showing sealed personal data: first the entry that says who looked and why, then the data.

use crate::cli;
use crate::config;
use crate::failure::Failure;
use crate::home::Home;
use crate::writing::Writing;
use chain::merkle;
use ledger::{Ledger, Outcome, Reader, Submission};
use uuid::Uuid;
use vault::entropy;
use wages::event::DataRevealed;
use wages::{Channel, Command, Private, Source};

/// Up to so many workers each get an entry on their own stream; beyond that one entry holds a root over all.
const OWN_STREAM_MAX: usize = 100;

/// A ledger opened for a question: for reading, or, where personal data is to be shown, so that the showing
/// can be recorded.
pub(crate) struct Asked {
    pub(crate) reader: Reader,
    purpose: Option<(Purpose, Writing)>,
}

impl Asked {
    /// Opens a ledger for a question with these arguments.
    pub(crate) async fn open(home: &Home, args: &cli::Reveal) -> Result<Asked, Failure> {
        Ok(match Purpose::of(args)? {
            Some(purpose) => {
                let writing = home.write().await?;
                Asked { reader: writing.ledger.reader().clone(), purpose: Some((purpose, writing)) }
            }
            None => Asked { reader: home.read().await?, purpose: None },
        })
    }

    /// Whether personal data is to be shown.
    pub(crate) fn reveals(&self) -> bool {
        self.purpose.is_some()
    }

    /// Records that these workers' data are shown, where they are; before anything is printed.
    pub(crate) async fn record(&self, workers: &[Uuid], question: &str) -> Result<(), Failure> {
        match &self.purpose {
            Some((purpose, writing)) => {
                purpose.record(&writing.ledger, Channel::Cli, workers, question).await
            }
            None => Ok(()),
        }
    }

    /// Ends it.
    pub(crate) async fn close(self) {
        if let Some((_, writing)) = self.purpose {
            writing.ledger.close().await;
        }
    }
}

/// A wish to see personal data, with its purpose.
pub(crate) struct Purpose(String);

impl Purpose {
    /// The wish of a command's arguments, if there is one.
    fn of(args: &cli::Reveal) -> Result<Option<Purpose>, Failure> {
        match (args.reveal, args.purpose.as_deref().map(str::trim)) {
            (false, _) => Ok(None),
            (true, Some(purpose)) if !purpose.is_empty() => Ok(Some(Purpose(purpose.to_owned()))),
            (true, _) => Err(Failure::Usage("--reveal needs a --purpose that says why".to_owned())),
        }
    }

    /// The wish of somebody who wrote down why.
    pub(crate) fn said(why: &str) -> Purpose {
        Purpose(why.to_owned())
    }

    /// Records that the data of these workers are shown; only then may they be.
    pub(crate) async fn record(
        &self,
        ledger: &Ledger,
        channel: Channel,
        workers: &[Uuid],
        question: &str,
    ) -> Result<(), Failure> {
        let mut workers = workers.to_vec();
        workers.sort_unstable();
        workers.dedup();
        if workers.is_empty() {
            return Ok(());
        }
        let submissions = self.submissions(ledger, channel, &workers, question);
        for outcome in ledger.submit(submissions).await? {
            if let Outcome::Rejected(rejection) = outcome {
                return Err(Failure::cannot(format!("the reveal could not be recorded: {rejection}")));
            }
        }
        Ok(())
    }

    fn submissions(
        &self,
        ledger: &Ledger,
        channel: Channel,
        workers: &[Uuid],
        question: &str,
    ) -> Vec<Submission> {
        let actor = config::actor();
        let leaves: Vec<_> = workers.iter().map(|worker| merkle::leaf(worker.as_bytes())).collect();
        let event = DataRevealed {
            to: actor.clone(),
            purpose: Private::from(self.0.as_str()),
            question: question.to_owned(),
            workers: u32::try_from(workers.len()).unwrap_or(u32::MAX),
            root: merkle::root(&leaves).to_string(),
        };
        let on: Vec<Uuid> = match workers.len() {
            0..=OWN_STREAM_MAX => workers.to_vec(),
            _ => vec![ledger.id()],
        };
        on.into_iter()
            .map(|subject| Submission {
                subject,
                command_id: entropy::uuid(),
                command: Command::RevealData(event.clone()),
                source: Source::of(&actor, channel),
            })
            .collect()
    }
}
