//! `wageledger receipt`

use crate::cli;
use crate::failure::Failure;
use crate::home::Home;
use crate::node::wire::ReceiptOut;
use crate::print;
use ledger::{ReadFailed, Receipt};

/// Prints the receipt of an entry as JSON. It proves everything up to its entry: each header holds the hash of the one
/// before.
pub(crate) async fn run(args: cli::Receipt) -> Result<(), Failure> {
    let entries = Home::at(&args.ledger.ledger)?.entries().await?;
    let head = entries.journal().head().seq;
    let entry = match entries.head_at(args.entry.unwrap_or(head)) {
        Err(ReadFailed::Missing { seq }) => {
            let there =
                if head == 0 { "it has none".to_owned() } else { format!("as in --entry {head}, its last") };
            return Err(Failure::Usage(format!("the ledger has no entry {seq}: {there}")));
        }
        entry => entry?,
    };
    let receipt = Receipt { seq: entry.seq, hash: entry.hash, recorded_at: entry.recorded_at };
    let receipt = ReceiptOut::of(receipt, entries.journal().origin());
    print::out(&format!("{}\n", serde_json::to_string(&receipt)?))
}
