//! `wageledger warning`: what somebody does with a warning, recorded.

use crate::cli;
use crate::failure::Failure;
use crate::follow;
use crate::home::Home;
use crate::import::Ids;
use crate::writing::Writing;
use ledger::{Outcome, Preview, Submission};
use readmodel::Warning;
use rules::Region;
use rules::warning::Colour;
use vault::entropy;
use wages::event::{
    WarningAcknowledged, WarningAssigned, WarningExplained, WarningKey, WarningOrdered, WarningResolved,
};
use wages::{Channel, Command, Private, Rejection, Source};

pub(crate) async fn run(args: cli::WarningCommand) -> Result<(), Failure> {
    let (of, command) = command(args);
    let source = of.said.source(Channel::Cli)?;
    let home = Home::at(&of.ledger.ledger)?;
    let writing = home.write().await?;
    let result = record(&home, &writing, &of, (command, source)).await;
    writing.ledger.close().await;
    println!("recorded as entry {}", result?);
    Ok(())
}

/// Records it, if there is such a warning; its entry.
async fn record(
    home: &Home,
    writing: &Writing,
    of: &cli::OfWarning,
    (command, source): (Command, Source),
) -> Result<u64, Failure> {
    let ids = Ids::new(writing.ledger.reader().vault().clone());
    let subject = match (&of.object.project, &of.object.employer) {
        (Some(project), _) => Some(ids.project(project)),
        (None, Some(employer)) => Some(ids.organisation(employer)),
        (None, None) => None,
    };
    let Some(subject) = subject else {
        return Err(Failure::Usage("--project or --employer must say what the warning is about".to_owned()));
    };
    let submission = Submission { subject, command_id: entropy::uuid(), command, source };
    // Whether the ledger knows whom it is about comes before what is open for him.
    if let Some(Preview::Rejected(rejection)) = writing.ledger.preview(vec![submission.clone()]).await?.pop()
    {
        return Err(refused(&rejection));
    }
    must_be_open(home, writing, of).await?;
    match writing.ledger.submit(vec![submission]).await?.pop() {
        Some(Outcome::Rejected(rejection)) => Err(refused(&rejection)),
        Some(Outcome::Recorded(receipt) | Outcome::AlreadyRecorded(receipt)) => Ok(receipt.seq),
        None => Err(Failure::cannot("the ledger gave no answer")),
    }
}

fn refused(rejection: &Rejection) -> Failure {
    Failure::Usage(match rejection {
        Rejection::UnknownSubject => "no such project, or employer, is known".to_owned(),
        other => other.to_string(),
    })
}

/// Only with a warning can something be done: an indicator that has a colour on that day. What nobody can judge is none;
/// neither is what was no site yet.
async fn must_be_open(home: &Home, writing: &Writing, of: &cli::OfWarning) -> Result<(), Failure> {
    let model = follow::up_to_date(home, writing.ledger.reader()).await?;
    let warnings = model.warnings(of.as_of, Region::CHINA).await?;
    let (project, employer) = (of.object.project.as_ref(), of.object.employer.as_ref());
    let is_of = |row: &&Warning| {
        row.project.as_deref() == project.map(|code| code.as_str())
            && row.employer.as_deref() == employer.map(|code| code.as_str())
            && matches!(row.colour, Colour::Yellow | Colour::Orange | Colour::Red)
    };
    let open: Vec<&Warning> = warnings.rows.iter().filter(is_of).collect();
    if open.iter().any(|row| row.rule.label() == of.rule.as_str()) {
        return Ok(());
    }
    let names = open.iter().map(|row| format!("{} ({})", row.rule.label(), row.colour.label()));
    let names = names.collect::<Vec<_>>().join(", ");
    let instead = if names.is_empty() { "nothing is".to_owned() } else { format!("open are {names}") };
    Err(Failure::Usage(format!("{} is not open for it on {}: {instead}", of.rule, of.as_of)))
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
