//! `wageledger owed`: what a worker can claim, until when, and from whom. Estimates from what the ledger knows, each with
//! its articles and with what is not known.

mod estimates;
mod facts;

use crate::chapter::{self, Chapter, Lang, Said};
use crate::cli::{InLedger, Reveal, TextOrJson};
use crate::clock;
use crate::failure::Failure;
use crate::follow;
use crate::home::Home;
use crate::reveal::Asked;
use crate::run::audit::worker_named;
use crate::run::rules::explain::owed::How;
use crate::words::{ASSUMES_EN, ASSUMES_ZH};
use clap::Args;
use facts::Employment;
use jiff::civil::Date;
use serde_json::json;

#[derive(Debug, Args)]
pub(crate) struct Owed {
    #[command(flatten)]
    ledger: InLedger,
    /// UUID of the worker, or his ID number; `-` reads it from standard input
    #[arg(long, value_name = "ID")]
    pub(crate) worker: String,
    /// As of the end of this day
    #[arg(long, value_name = "DATE", value_parser = crate::asked_day::parse)]
    as_of: Date,
    /// How employment ended or would end
    #[arg(long, value_enum, default_value_t = How::EmployerFault)]
    end: How,
    /// In which language
    #[arg(long, value_enum, default_value_t = Lang::Both)]
    lang: Lang,
    #[command(flatten)]
    pub(crate) reveal: Reveal,
    /// How to print
    #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
    format: TextOrJson,
}

pub(crate) async fn run(args: Owed) -> Result<(), Failure> {
    let home = Home::at(&args.ledger.ledger)?;
    let asked = Asked::open(&home, &args.reveal).await?;
    let result = answer(&args, &home, &asked).await;
    asked.close().await;
    result
}

async fn answer(args: &Owed, home: &Home, asked: &Asked) -> Result<(), Failure> {
    let model = follow::up_to_date(home, &asked.reader).await?;
    let worker = worker_named(&args.worker, &asked.reader).await?;
    let head = model.cursor().await?;
    let employments = Employment::all(&model, worker, args.as_of).await?;
    if employments.is_empty() {
        eprintln!("wageledger: no employment of this worker is recorded by that day");
        return Err(Failure::DataSayNo);
    }
    asked.record(&[worker], "owed").await?;
    let mut chapters = vec![Chapter::new(Said::new(
        format!("工人 {worker}，截至 {}：以下均为估算", args.as_of),
        format!("worker {worker}, as of {}: estimates, all of them", args.as_of),
    ))];
    if clock::is_future(args.as_of) {
        let assumes = Said::new(ASSUMES_ZH, ASSUMES_EN);
        chapters.iter_mut().for_each(|chapter| chapter.notes.push(assumes.clone()));
    }
    for employment in &employments {
        chapters.extend(estimates::of(employment, args.end, args.as_of)?);
    }
    let about = json!({
        "worker": worker,
        "as_of": args.as_of.to_string(),
        "assumes_no_further_payment": clock::is_future(args.as_of),
        "head": { "seq": head.seq, "hash": head.hash.to_string() },
    });
    chapter::print(&chapters, about, args.format, args.lang)
}
