//! `wageledger rules explain`: a computation step by step.

pub(crate) mod owed;
mod tax;
mod warning;
mod worker_month;

use super::test;
use crate::chapter::{print_steps, steps_document};
use crate::cli::{Reveal, TextOrJson};
use crate::failure::Failure;
use crate::print;
use clap::{Args, Subcommand};
use rules::Step;
use serde_json::json;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Explain {
    #[command(subcommand)]
    what: What,
    /// How to print
    #[arg(long, global = true, value_enum, default_value_t = TextOrJson::Text)]
    format: TextOrJson,
}

#[derive(Debug, Subcommand)]
enum What {
    /// A worked example of a file, row by row
    Example(Example),
    #[command(flatten)]
    Tax(tax::Tax),
    #[command(flatten)]
    Owed(owed::Owed),
    /// A worker's month on a ledger: from its entries to tax and to arrears
    WorkerMonth(worker_month::WorkerMonth),
    /// The colour of an indicator of early warning, from its figures
    Warning(warning::Warning),
}

#[derive(Debug, Args)]
struct Example {
    /// File of worked examples
    file: PathBuf,
    /// Its id in the file [default: all]
    id: Option<String>,
    /// What a month without income on a platform does
    #[arg(long, value_enum, default_value_t = test::Gap::RestartAll)]
    gap: test::Gap,
}

impl Explain {
    /// The worker whom a question names, and its wish to see who he is.
    pub(super) fn of_worker(&mut self) -> Option<(Option<&mut String>, &mut Reveal)> {
        match &mut self.what {
            What::WorkerMonth(of) => Some((of.whose.worker.as_mut(), &mut of.reveal)),
            What::Example(_) | What::Tax(_) | What::Owed(_) | What::Warning(_) => None,
        }
    }
}

/// A computation with a heading.
struct Explained {
    heading: String,
    steps: Vec<Step>,
}

pub(super) async fn run(args: &Explain) -> Result<(), Failure> {
    let explained = match &args.what {
        What::WorkerMonth(of) => return worker_month::run(of, args.format).await,
        What::Example(example) => examples(example)?,
        What::Tax(tax) => vec![tax::explain(tax)?],
        What::Owed(owed) => vec![owed::explain(owed)?],
        What::Warning(warning) => vec![warning::explain(warning)?],
    };
    match args.format {
        TextOrJson::Json => {
            let all =
                explained.iter().map(|one| json!({ "of": one.heading, "steps": steps_document(&one.steps) }));
            let all: Vec<_> = all.collect();
            print::out(&format!("{}\n", json!({ "rows": all })))
        }
        TextOrJson::Text => {
            for one in &explained {
                print::out(&format!("{}\n{}\n", one.heading, print_steps(&one.steps)))?;
            }
            Ok(())
        }
    }
}

fn examples(args: &Example) -> Result<Vec<Explained>, Failure> {
    let cases = test::read(&args.file)?;
    let wanted: Vec<_> =
        cases.iter().filter(|case| args.id.as_ref().is_none_or(|id| *id == case.id)).collect();
    if wanted.is_empty() {
        let ids: Vec<&str> = cases.iter().map(|case| case.id.as_str()).collect();
        let id = args.id.as_deref().unwrap_or_default();
        return Err(Failure::Usage(format!("no case is called `{id}`; there are {}", ids.join(", "))));
    }
    let mut explained = Vec::new();
    for case in wanted {
        let outcome = case.run(args.gap.policy()).map_err(|error| Failure::Broken(Box::new(error)))?;
        for row in outcome.rows {
            let pay = row.pay_no.map(|no| format!(" / {no}")).unwrap_or_default();
            let heading = format!("{}  {}  {}{pay}", case.id, case.title, row.month);
            explained.push(Explained { heading, steps: row.steps });
        }
    }
    Ok(explained)
}

/// A question of law alone that cannot be answered is asked wrongly: for figures that make no sense, or for a day and
/// place of which the law, or the calendar, is not in our data. The message names what is missing.
fn refused(error: rules::RuleError) -> Failure {
    Failure::Usage(error.to_string())
}
