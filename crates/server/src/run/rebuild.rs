//! `wageledger rebuild`

use crate::cli;
use crate::failure::Failure;
use crate::follow;
use crate::home::Home;

pub(crate) async fn run(args: cli::Rebuild) -> Result<(), Failure> {
    let home = Home::at(&args.ledger.ledger)?;
    // Rows hold sealed fields as recorded: no vault is needed.
    let entries = home.entries().await?;
    let cursor = follow::rebuild(&home, &entries, &|_| {}).await?;
    println!("read model made anew from {} entries, head {}", cursor.seq, cursor.hash);
    Ok(())
}
