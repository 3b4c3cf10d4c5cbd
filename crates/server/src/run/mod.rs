//! One file per command.

pub(crate) mod arrears;
pub(crate) mod audit;
mod backup;
mod bench;
mod chains;
mod clock;
mod copy;
mod demo;
mod import;
pub(crate) mod owed;
mod rebuild;
mod receipt;
mod restore;
pub(crate) mod rules;
mod schemas;
mod shell;
pub(crate) mod tax;
pub(crate) mod verify;
mod warning;
pub(crate) mod warnings;

use crate::cli::Command;
use crate::failure::Failure;
use crate::home::Home;
use crate::input;
use crate::node;
use crate::process::Umask;

/// Runs a command. What is the caller's own to give away is made under his `umask`.
pub(crate) async fn run(mut command: Command, umask: Umask) -> Result<(), Failure> {
    input::fill(command.texts())?;
    if matches!(command, Command::Schemas(_) | Command::Completions(_) | Command::Man(_)) {
        umask.restore();
    }
    match command {
        Command::Demo(args) => demo::run(args).await,
        Command::Init(args) => init(args).await,
        Command::Import(args) => import::run(args).await,
        Command::Bench(args) => bench::run(args).await,
        Command::Schemas(args) => schemas::run(&args),
        Command::Completions(args) => shell::completions(&args),
        Command::Man(args) => shell::man(&args),
        Command::Rules(args) => rules::run(args).await,
        Command::Tax(args) => tax::run(args).await,
        Command::Owed(args) => owed::run(args).await,
        Command::Arrears(args) => arrears::run(args).await,
        Command::Warnings(args) => warnings::run(args).await,
        Command::Warning(args) => warning::run(args).await,
        Command::Clock(args) => clock::run(args).await,
        Command::Chains(args) => chains::run(args).await,
        Command::Audit(args) => audit::run(args).await,
        Command::Verify(args) => verify::run(args).await,
        Command::Serve(args) => node::serve(&Home::at(&args.ledger.ledger)?, &args, "/").await,
        Command::Copy(args) => copy::run(args).await,
        Command::Receipt(args) => receipt::run(args).await,
        Command::Rebuild(args) => rebuild::run(args).await,
        Command::Backup(args) => backup::run(args).await,
        Command::Restore(args) => restore::run(args).await,
    }
}

async fn init(args: crate::cli::Init) -> Result<(), Failure> {
    let home = Home::at(&args.ledger.ledger)?;
    let configured = home.settings().map(|settings| settings.ledger.origin.clone());
    let origin = match (args.origin, configured) {
        (Some(asked), Some(configured)) if asked != configured => {
            let message = format!("--origin is {asked}, but the configuration says {configured}");
            return Err(Failure::Usage(message));
        }
        (Some(origin), _) | (None, Some(origin)) => origin,
        (None, None) => format!("wageledger.invalid/{}", vault::entropy::uuid().simple()),
    };
    check_origin(&origin)?;
    let writing = home.create(&origin).await?;
    let head = writing.ledger.reader().journal().head();
    writing.ledger.close().await;
    println!("created {origin}: entry {} {}", head.seq, head.hash);
    Ok(())
}

/// An origin is a name as in checkpoints: no spaces, no plus sign (C2SP signed-note key names), 1 to 200
/// characters.
fn check_origin(origin: &str) -> Result<(), Failure> {
    let fits = (1..=200).contains(&origin.chars().count())
        && !origin.chars().any(|c| c.is_whitespace() || c.is_control() || c == '+');
    if fits {
        Ok(())
    } else {
        Err(Failure::Usage("--origin must be 1 to 200 characters without spaces and plus signs".to_owned()))
    }
}
