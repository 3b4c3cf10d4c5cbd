//! `wageledger warning`: what somebody does with a warning, recorded.

use crate::cli;
use crate::config;
use crate::failure::Failure;
use crate::home::Home;
use crate::import::Ids;
use ledger::{Outcome, Submission};
use vault::entropy;
use wages::event::{
    WarningAcknowledged, WarningAssigned, WarningExplained, WarningKey, WarningOrdered, WarningResolved,
};
use wages::{Channel, Command, Private, Source};

pub(crate) async fn run(args: cli::WarningCommand) -> Result<(), Failure> {
    let (of, command) = command(args);
    let home = Home::at(&of.ledger.ledger)?;
    let writing = home.write().await?;
    let ids = Ids::new(writing.ledger.reader().vault().clone());
    let subject = match (&of.object.project, &of.object.employer) {
        (Some(project), _) => Some(ids.project(project)),
        (None, Some(employer)) => Some(ids.organisation(employer)),
        (None, None) => None,
    };
    let Some(subject) = subject else {
        return Err(Failure::Usage("--project or --employer must say what the warning is about".to_owned()));
    };
    let source = Source::of(&config::actor(), Channel::Cli);
    let submission = Submission { subject, command_id: entropy::uuid(), command, source };
    let outcome = writing.ledger.submit(vec![submission]).await;
    writing.ledger.close().await;
    match outcome?.pop() {
        Some(Outcome::Rejected(wages::Rejection::UnknownSubject)) => {
            Err(Failure::Usage("no such project, or employer, is known".to_owned()))
        }
        Some(Outcome::Rejected(rejection)) => Err(Failure::Usage(rejection.to_string())),
        Some(Outcome::Recorded(receipt) | Outcome::AlreadyRecorded(receipt)) => {
            println!("recorded as entry {}", receipt.seq);
            Ok(())
        }
        None => Err(Failure::cannot("the ledger gave no answer")),
    }
}

/// What is asked, and of which warning.
fn command(args: cli::WarningCommand) -> (cli::OfWarning, Command) {
    let parts = |of: &cli::OfWarning| {
        let key = WarningKey {
            rule: of.rule.clone(),
            project: of.object.project.clone(),
            employer: of.object.employer.clone(),
            as_of: of.as_of,
        };
        (key, Private::from(of.reason.as_str()))
    };
    match args {
        cli::WarningCommand::Acknowledge(of) => {
            let (key, reason) = parts(&of);
            (of, Command::AcknowledgeWarning(WarningAcknowledged { of: key, reason }))
        }
        cli::WarningCommand::Assign { of, to, until } => {
            let (key, reason) = parts(&of);
            (of, Command::AssignWarning(WarningAssigned { of: key, to, until, reason }))
        }
        cli::WarningCommand::Order { of, to, until } => {
            let (key, reason) = parts(&of);
            (of, Command::OrderWarning(WarningOrdered { of: key, to, until, reason }))
        }
        cli::WarningCommand::Explain(of) => {
            let (key, reason) = parts(&of);
            (of, Command::ExplainWarning(WarningExplained { of: key, reason }))
        }
        cli::WarningCommand::Resolve(of) => {
            let (key, reason) = parts(&of);
            (of, Command::ResolveWarning(WarningResolved { of: key, reason }))
        }
    }
}
