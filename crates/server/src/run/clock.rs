//! `wageledger clock`: whether the ledger would record by this machine's clock, and going on after an entry that a wrong
//! clock stamped.

use crate::cli;
use crate::failure::Failure;
use crate::home::Home;
use crate::print;
use ledger::{ClockOff, Outcome, Submission};
use vault::entropy;
use wages::event::ClockOverridden;
use wages::{Channel, Command, Private};

pub(crate) async fn run(args: cli::Clock) -> Result<(), Failure> {
    let source = args.said.source(Channel::Cli)?;
    let writing = Home::at(&args.ledger.ledger)?.write().await?;
    let ledger = &writing.ledger;
    let said = match (ledger.clock_off(), &args.reason) {
        (None, None) => Ok("the clock is believed\n".to_owned()),
        (None, Some(_)) => {
            Ok("nothing was recorded: the clock is believed, and nothing is to be overruled\n".to_owned())
        }
        (Some(ClockOff::Behind { seq, .. }), Some(reason)) => {
            let overruled = ClockOverridden { entry: seq, reason: Private::from(reason.as_str()) };
            let command = Command::OverrideClock(overruled);
            let submission =
                Submission { subject: ledger.id(), command_id: entropy::uuid(), command, source };
            match ledger.submit(vec![submission]).await?.pop() {
                Some(Outcome::Recorded(receipt) | Outcome::AlreadyRecorded(receipt)) => {
                    let entry = receipt.seq;
                    Ok(format!(
                        "recorded as entry {entry}: the time of entry {seq} is not believed, and the ledger goes on\n"
                    ))
                }
                Some(Outcome::Rejected(rejection)) => Err(Failure::Usage(rejection.to_string())),
                None => Err(Failure::cannot("the ledger gave no answer")),
            }
        }
        // What nobody can overrule is put right at the clock itself.
        (Some(off), _) => Err(Failure::cannot(format!("nothing is recorded while the clock is off: {off}"))),
    };
    writing.ledger.close().await;
    print::out(&said?)
}
