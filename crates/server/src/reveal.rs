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
use wages::{AccountId, Channel, Command, Party, Private, Rejection, Source};

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
        let Some((purpose, writing)) = &self.purpose else { return Ok(()) };
        match purpose.record(&writing.ledger, workers, question, Look::New).await? {
            Recorded::Now | Recorded::Before { .. } => Ok(()),
            Recorded::Not(rejection) => {
                Err(Failure::cannot(format!("the reveal could not be recorded: {rejection}")))
            }
        }
    }

    /// Ends it.
    pub(crate) async fn close(self) {
        if let Some((_, writing)) = self.purpose {
            writing.ledger.close().await;
        }
    }
}

/// Which look it is, of several by the same person with the same purpose.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Look<'a> {
    /// One of its own.
    New,
    /// The one of this name: asked for again, it is the same look.
    Named(&'a str),
}

/// What became of the entry that says who looked.
#[derive(Debug)]
pub(crate) enum Recorded {
    /// It is recorded.
    Now,
    /// This very look was recorded before.
    Before {
        /// When, µs since the epoch.
        recorded_at: i64,
    },
    /// The look may not be recorded, and so nothing may be shown.
    Not(Rejection),
}

/// A wish to see personal data: why, and who says so.
pub(crate) struct Purpose {
    why: String,
    by: AccountId,
    said: Source,
}

impl Purpose {
    /// The wish of a command's arguments, if there is one.
    fn of(args: &cli::Reveal) -> Result<Option<Purpose>, Failure> {
        match (args.reveal, args.purpose.as_deref().map(str::trim)) {
            (false, _) => Ok(None),
            (true, Some(why)) if !why.is_empty() => {
                let by = config::actor()?;
                let said = Source::of(by.as_str(), Channel::Cli).on_behalf_of(args.on_behalf_of.as_ref());
                Ok(Some(Purpose { why: why.to_owned(), by, said }))
            }
            (true, _) => Err(Failure::Usage(
                "--reveal needs a --purpose that says why, as in --purpose \"complaint of 3 August\""
                    .to_owned(),
            )),
        }
    }

    /// The wish of somebody who wrote down on a page why.
    pub(crate) fn said(why: &str) -> Result<Purpose, Failure> {
        let by = config::actor()?;
        let said = Source::of(by.as_str(), Channel::Web);
        Ok(Purpose { why: why.to_owned(), by, said })
    }

    /// Records that the data of these workers are shown; only then may they be.
    pub(crate) async fn record(
        &self,
        ledger: &Ledger,
        workers: &[Uuid],
        question: &str,
        look: Look<'_>,
    ) -> Result<Recorded, Failure> {
        let mut workers = workers.to_vec();
        workers.sort_unstable();
        workers.dedup();
        let mut recorded = Recorded::Now;
        if workers.is_empty() {
            return Ok(recorded);
        }
        for outcome in ledger.submit(self.submissions(ledger, &workers, question, look)).await? {
            match outcome {
                Outcome::Rejected(rejection) => return Ok(Recorded::Not(rejection)),
                Outcome::AlreadyRecorded(receipt) => {
                    recorded = Recorded::Before { recorded_at: receipt.recorded_at };
                }
                Outcome::Recorded(_) => {}
            }
        }
        Ok(recorded)
    }

    fn submissions(
        &self,
        ledger: &Ledger,
        workers: &[Uuid],
        question: &str,
        look: Look<'_>,
    ) -> Vec<Submission> {
        let leaves: Vec<_> = workers.iter().map(|worker| merkle::leaf(worker.as_bytes())).collect();
        let event = DataRevealed {
            to: Party::Account(self.by.clone()),
            purpose: Private::from(self.why.as_str()),
            question: question.to_owned(),
            workers: u32::try_from(workers.len()).unwrap_or(u32::MAX),
            root: merkle::root(&leaves).to_string(),
        };
        let on: Vec<Uuid> = match workers.len() {
            0..=OWN_STREAM_MAX => workers.to_vec(),
            _ => vec![ledger.id()],
        };
        let vault = ledger.reader().vault();
        on.into_iter()
            .map(|subject| Submission {
                subject,
                command_id: match look {
                    Look::New => entropy::uuid(),
                    Look::Named(name) => {
                        Uuid::from_bytes(vault.command_id("data.revealed", &[&subject.to_string(), name]))
                    }
                },
                command: Command::RevealData(event.clone()),
                source: self.said.clone(),
            })
            .collect()
    }
}
