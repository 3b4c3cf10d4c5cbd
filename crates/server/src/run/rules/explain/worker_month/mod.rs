//! `wageledger rules explain worker-month`: from the entries of a ledger to the tax and the arrears of one worker's
//! month.

mod parts;

use crate::chapter::{self, Chapter, Lang, Said};
use crate::cli::{InLedger, Reveal, TextOrJson};
use crate::clock;
use crate::failure::Failure;
use crate::follow;
use crate::home::Home;
use crate::reveal::Asked;
use crate::run::arrears::opened;
use crate::run::audit::worker_named;
use clap::Args;
use jiff::civil::Date;
use parts::Story;
use rules::Month;
use serde_json::json;
use uuid::Uuid;

#[derive(Debug, Args)]
pub(super) struct WorkerMonth {
    #[command(flatten)]
    ledger: InLedger,
    /// UUID of the worker, or his ID number
    #[arg(long, value_name = "ID")]
    worker: String,
    /// Wage month
    #[arg(long, value_name = "YYYY-MM")]
    month: Month,
    /// Arrears as of the end of this day [default: today in China]
    #[arg(long, value_name = "DATE")]
    as_of: Option<Date>,
    /// In which language
    #[arg(long, value_enum, default_value_t = Lang::Both)]
    lang: Lang,
    #[command(flatten)]
    reveal: Reveal,
}

pub(super) async fn run(args: &WorkerMonth, format: TextOrJson) -> Result<(), Failure> {
    let home = Home::at(&args.ledger.ledger)?;
    let asked = Asked::open(&home, &args.reveal).await?;
    let result = answer(args, format, &home, &asked).await;
    asked.close().await;
    result
}

async fn answer(args: &WorkerMonth, format: TextOrJson, home: &Home, asked: &Asked) -> Result<(), Failure> {
    let model = follow::up_to_date(home, &asked.reader).await?;
    let worker = worker_named(&args.worker, &asked.reader).await?;
    let as_of = args.as_of.unwrap_or_else(clock::today);
    let head = model.cursor().await?;
    let story = Story::read(&model, &asked.reader, worker, args.month, as_of).await?;
    if story.is_empty() {
        eprintln!("wageledger: nothing is recorded about this worker");
        return Err(Failure::DataSayNo);
    }
    asked.record(&[worker], "explain").await?;
    let mut chapters = vec![heading(asked, &model, worker, args.month, as_of).await?];
    chapters.push(story.recorded()?);
    chapters.extend(story.taxes()?);
    chapters.extend(story.arrears()?);
    let about = json!({
        "worker": worker,
        "month": args.month.to_string(),
        "as_of": as_of.to_string(),
        "head": { "seq": head.seq, "hash": head.hash.to_string() },
    });
    chapter::print(&chapters, about, format, args.lang)
}

/// Whose month it is; his name only for a purpose.
async fn heading(
    asked: &Asked,
    model: &readmodel::ReadModel,
    worker: Uuid,
    month: Month,
    as_of: Date,
) -> Result<Chapter, Failure> {
    let mut who = worker.to_string();
    if asked.reveals()
        && let Some(known) = model.worker(worker).await?
    {
        let keys = asked.reader.vault().existing_keys(&[worker]).await?;
        let fields = [("name", &known.name), ("id_number", &known.id_number)];
        for (field, sealed) in fields {
            let open = opened(&keys, worker, field, Some(sealed)).unwrap_or_default();
            who.push_str(&format!(" {open}"));
        }
    }
    Ok(Chapter::new(Said::new(
        format!("工人 {who}，{month} 工资，截至 {as_of}"),
        format!("worker {who}, wages of {month}, as of {as_of}"),
    )))
}
