//! `wageledger rebuild`

use crate::cli;
use crate::failure::Failure;
use crate::follow;
use crate::home::Home;

pub(crate) async fn run(args: cli::Rebuild) -> Result<(), Failure> {
    let home = Home::at(&args.ledger.ledger)?;
    let reader = home.read().await?;
    let cursor = follow::rebuild(&home, &reader, &|_| {}).await?;
    println!("read model made anew from {} entries, head {}", cursor.seq, cursor.hash);
    Ok(())
}
