//! `wageledger rules`: the law that figures come from.

pub(crate) mod explain;
mod parameters;
mod test;

use crate::cli::Reveal;
use crate::failure::Failure;
use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub(crate) struct Rules {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Work out files of income-tax examples and compare every figure
    Test(test::Test),
    /// All parameters that hold on a day, with value and source
    List(parameters::List),
    /// One parameter: all its values over time and place
    Show(parameters::Show),
    /// A computation step by step, each with its article
    Explain(explain::Explain),
}

impl Rules {
    /// The worker whom a question names, and its wish to see who he is.
    pub(crate) fn of_worker(&mut self) -> Option<(Option<&mut String>, &mut Reveal)> {
        match &mut self.what {
            What::Explain(explain) => explain.of_worker(),
            What::Test(_) | What::List(_) | What::Show(_) => None,
        }
    }
}

pub(crate) async fn run(args: Rules) -> Result<(), Failure> {
    match &args.what {
        What::Test(args) => test::run(args),
        What::List(args) => parameters::list(args),
        What::Show(args) => parameters::show(args),
        What::Explain(args) => explain::run(args).await,
    }
}
