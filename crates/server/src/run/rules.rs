//! `wageledger rules`: the law that figures come from.

mod explain;
mod parameters;
mod test;

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

pub(crate) fn run(args: &Rules) -> Result<(), Failure> {
    match &args.what {
        What::Test(args) => test::run(args),
        What::List(args) => parameters::list(args),
        What::Show(args) => parameters::show(args),
        What::Explain(args) => explain::run(args),
    }
}

/// Steps as people read them: number, what, formula = result, article.
fn print_steps(steps: &[rules::Step]) -> String {
    let mut text = String::new();
    for (step, number) in steps.iter().zip(1..) {
        text.push_str(&format!("{number:>3}. {}\n     {}\n", step.zh, step.en));
        let formula = if step.formula.is_empty() || step.formula == step.result {
            step.result.clone()
        } else {
            format!("{} = {}", step.formula, step.result)
        };
        let source = &step.by.source.en;
        text.push_str(&format!("       {formula}\n       〔{}〕 {source}\n", step.by.citation()));
    }
    text
}

fn steps_document(steps: &[rules::Step]) -> serde_json::Value {
    let steps = steps.iter().map(|step| {
        serde_json::json!({
            "zh": step.zh,
            "en": step.en,
            "formula": step.formula,
            "result": step.result,
            "parameter": step.by.parameter,
            "citation": step.by.citation(),
            "source": step.by.source.en,
            "confidence": step.by.confidence.label(),
        })
    });
    steps.collect()
}
