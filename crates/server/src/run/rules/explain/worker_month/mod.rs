//! `wageledger rules explain worker-month`: from the entries of a ledger to the tax and the arrears of one worker's
//! month, or of the month of everybody on a project.

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
use readmodel::ReadModel;
use rules::Month;
use serde_json::json;
use uuid::Uuid;

#[derive(Debug, Args)]
pub(super) struct WorkerMonth {
    #[command(flatten)]
    ledger: InLedger,
    #[command(flatten)]
    pub(super) whose: Whose,
    /// Wage month
    #[arg(long, value_name = "YYYY-MM")]
    month: Month,
    /// Arrears as of the end of this day [default: today in China]
    #[arg(long, value_name = "DATE", value_parser = crate::asked_day::parse)]
    as_of: Option<Date>,
    /// In which language
    #[arg(long, value_enum, default_value_t = Lang::Both)]
    lang: Lang,
    #[command(flatten)]
    pub(super) reveal: Reveal,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(super) struct Whose {
    /// UUID of the worker, or his ID number; `-` reads it from standard input
    #[arg(long, value_name = "ID")]
    pub(super) worker: Option<String>,
    /// Code of a project: everybody with days of work or a wage line there; as JSON, a document a line
    #[arg(long, value_name = "CODE")]
    project: Option<String>,
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
    let workers = match (&args.whose.worker, &args.whose.project) {
        (Some(worker), _) => vec![worker_named(worker, &asked.reader).await?],
        (None, Some(project)) => model.workers_of_month(project, args.month).await?,
        (None, None) => Vec::new(),
    };
    if workers.is_empty() {
        eprintln!("wageledger: nobody has days of work or wages on that project in {}", args.month);
        return Err(Failure::DataSayNo);
    }
    asked.record(&workers, "explain").await?;
    for worker in workers {
        explain(args, format, (&model, asked), worker).await?;
    }
    Ok(())
}

async fn explain(
    args: &WorkerMonth,
    format: TextOrJson,
    (model, asked): (&ReadModel, &Asked),
    worker: Uuid,
) -> Result<(), Failure> {
    let as_of = args.as_of.unwrap_or_else(clock::today);
    let head = model.cursor().await?;
    let story = Story::read(model, &asked.reader, worker, args.month, as_of).await?;
    if story.is_empty() {
        eprintln!("wageledger: nothing is recorded about this worker");
        return Err(Failure::DataSayNo);
    }
    let mut chapters = vec![heading(asked, model, worker, args.month, as_of).await?];
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
    model: &ReadModel,
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
