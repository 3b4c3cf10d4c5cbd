//! `wageledger tax`: what should have been withheld in a month of payment, beside what wage sheets show.

mod export;
mod show;

use crate::cli::{InLedger, Reveal, TableFormat};
use crate::failure::Failure;
use crate::follow;
use crate::given;
use crate::home::Home;
use crate::reveal::Asked;
use clap::Args;
use formats::{TaxForm, TaxTemplate};
use readmodel::{LinePlace, ReadModel, WithheldLines, Withholding};
use rules::Month;
use std::path::{Path, PathBuf};
use uuid::Uuid;
use wages::CreditCode;

#[derive(Debug, Args)]
pub(crate) struct Tax {
    #[command(flatten)]
    ledger: InLedger,
    /// Month of payment: wages are taken as paid in the month after the one they are for
    #[arg(long, value_name = "YYYY-MM")]
    month: Month,
    /// Credit code of one employer [default: all]
    #[arg(long, value_name = "CODE", value_parser = given::credit_code)]
    employer: Option<CreditCode>,
    /// Only lines that show another tax than the right one
    #[arg(long)]
    variances: bool,
    /// Write the tax client's import workbooks and the withholding return's columns here
    #[arg(
        long,
        value_name = "DIR",
        requires = "employer",
        requires = "reveal",
        conflicts_with = "variances"
    )]
    export: Option<PathBuf>,
    /// Which version of 人员信息采集 the client takes, as 52列 or 51列 [default: 52列]
    #[arg(long, value_name = "VERSION", requires = "export")]
    personnel: Option<String>,
    #[command(flatten)]
    pub(crate) reveal: Reveal,
    /// How to print
    #[arg(long, value_enum, default_value_t = TableFormat::Table)]
    format: TableFormat,
}

pub(crate) async fn run(args: Tax) -> Result<(), Failure> {
    let home = Home::at(&args.ledger.ledger)?;
    let asked = Asked::open(&home, &args.reveal).await?;
    let result = answer(&args, &home, &asked).await;
    asked.close().await;
    result
}

async fn answer(args: &Tax, home: &Home, asked: &Asked) -> Result<(), Failure> {
    let model = follow::up_to_date(home, &asked.reader).await?;
    if let Some(folder) = &args.export {
        return export(args, folder, &model, asked).await;
    }
    let which = if args.variances { WithheldLines::Variances } else { WithheldLines::All };
    let withholding = model.withholding(args.month, args.employer.as_ref(), which).await?;
    let mut subjects: Vec<Uuid> = places(&withholding).filter_map(|place| place.crew).collect();
    let workers: Vec<Uuid> = workers(&withholding).collect();
    asked.record(&workers, "tax").await?;
    if asked.reveals() {
        subjects.extend(workers);
    }
    let keys = asked.reader.vault().existing_keys(&subjects).await?;
    show::print(&withholding, &keys, args.format)
}

/// Everybody's data go into the files: each worker's stream says so before they are written.
async fn export(args: &Tax, folder: &Path, model: &ReadModel, asked: &Asked) -> Result<(), Failure> {
    let personnel = personnel(args.personnel.as_deref())?;
    let of_agent = export::Return::read(args, model).await?;
    let workers = of_agent.workers();
    asked.record(&workers, "tax export").await?;
    let keys = asked.reader.vault().existing_keys(&workers).await?;
    let made = of_agent.write(folder, &personnel, &keys)?;
    show::made(&made, of_agent.not_declared(), args.format)
}

/// The personnel sheet in the version that was asked for.
fn personnel(version: Option<&str>) -> Result<TaxTemplate, Failure> {
    let template = TaxTemplate::of(TaxForm::Personnel)?;
    let Some(version) = version else { return Ok(template) };
    let known = template.versions().join(", ");
    let unknown = || Failure::Usage(format!("人员信息采集 has no version `{version}`; there are {known}"));
    template.in_version(version).ok_or_else(unknown)
}

/// Where everything belongs that is shown.
fn places(of: &Withholding) -> impl Iterator<Item = &LinePlace> {
    let lines = of.lines.iter().map(|line| &line.place);
    lines.chain(of.unpaid.iter().map(|line| &line.place)).chain(of.missing.iter().map(|work| &work.place))
}

/// Whose sealed fields the answer holds.
fn workers(of: &Withholding) -> impl Iterator<Item = Uuid> {
    let split = of.split.iter().map(|income| income.person.worker);
    places(of).map(|place| place.person.worker).chain(split)
}
