//! `wageledger chains`: who answers for the wages of each employer's workers.

use crate::cli;
use crate::clock;
use crate::failure::Failure;
use crate::follow;
use crate::home::Home;
use crate::print::{self, Align};
use readmodel::{LiabilityChain, RecourseClaim};
use rules::RuleError;
use rules::owed::{Certainty, Limit, Link, Parties, Who, liability_chain};
use serde_json::{Value, json};

pub(crate) async fn run(args: cli::Chains) -> Result<(), Failure> {
    let home = Home::at(&args.ledger.ledger)?;
    let reader = home.read().await?;
    let model = follow::up_to_date(&home, &reader).await?;
    let mut chains = model.liability_chains(args.as_of).await?;
    chains.retain(|chain| args.project.as_ref().is_none_or(|code| chain.project.code == code.as_str()));
    let mut answers = Vec::new();
    for chain in chains {
        let links = match liability_chain(&parties(&chain), args.as_of) {
            Ok(links) => Some(links),
            // Who answers by law of which nobody knows what it said on the day is not known; subcontracts are.
            Err(RuleError::Missing(_)) => None,
            Err(error) => return Err(error.into()),
        };
        answers.push((chain, links));
    }
    let rows: Vec<Vec<String>> =
        answers.iter().map(|(chain, links)| cells(chain, links.as_deref())).collect();
    print::say_future(args.as_of, args.format)?;
    print::answer(args.format, COLUMNS, &rows, || {
        let rows: Vec<Value> =
            answers.iter().map(|(chain, links)| document(chain, links.as_deref())).collect();
        json!({
            "as_of": args.as_of.to_string(),
            "assumes_no_further_payment": clock::is_future(args.as_of),
            "rows": rows,
        })
    })
}

fn parties(of: &LiabilityChain) -> Parties {
    let chain = of.chain.as_deref().unwrap_or_default();
    Parties {
        employer: of.employer.clone(),
        between: chain.get(1..chain.len().saturating_sub(1)).unwrap_or_default().to_vec(),
        general_contractor: Some(of.project.terms.contractor.to_string()),
        owner: Some(of.project.terms.owner.to_string()),
        deposit: of.deposit,
        ..Parties::default()
    }
}

fn who(who: Who) -> &'static str {
    match who {
        Who::Employer => "employer",
        Who::Giver => "giver",
        Who::GeneralContractor => "general_contractor",
        Who::Owner => "owner",
        Who::LenderOfName => "lender_of_name",
        Who::Investor => "investor",
        Who::Deposit => "deposit",
        Who::EmergencyFund => "emergency_fund",
    }
}

fn limit(limit: Limit) -> String {
    match limit {
        Limit::Whole => "whole".to_owned(),
        Limit::UpTo(amount) => amount.to_string(),
        Limit::Unknown => "unknown".to_owned(),
        Limit::AsDecided => "as_decided".to_owned(),
    }
}

const COLUMNS: &[(&str, Align)] = &[
    ("project_code", Align::Left),
    ("employer_code", Align::Left),
    ("chain", Align::Left),
    ("signed", Align::Left),
    ("first_worker_in", Align::Left),
    ("signed_in_time", Align::Left),
    ("liable", Align::Left),
    ("recourse", Align::Left),
];

fn cells(of: &LiabilityChain, links: Option<&[Link]>) -> Vec<String> {
    vec![
        of.project.code.clone(),
        of.employer.clone(),
        of.chain.as_ref().map_or_else(|| "unknown".to_owned(), |chain| chain.join(" > ")),
        of.signed_on.map_or_else(String::new, |day| day.to_string()),
        of.first_worker_in.to_string(),
        of.signed_in_time().to_string(),
        known(links, |link| who(link.who).to_owned()),
        known(of.recourse.as_deref(), recourse_cell),
    ]
}

/// A list in a cell; where it is not known it says so.
fn known<T>(list: Option<&[T]>, cell: impl Fn(&T) -> String) -> String {
    list.map_or_else(|| "unknown".to_owned(), |list| list.iter().map(cell).collect::<Vec<_>>().join(", "))
}

/// What is not known is null.
fn document(of: &LiabilityChain, links: Option<&[Link]>) -> Value {
    let liable = links.map(|links| {
        let link = |link: &Link| {
            json!({
                "who": who(link.who),
                "code": link.code,
                "limit": limit(link.limit),
                "certain": link.certainty == Certainty::Certain,
                "source": link.by.source.zh,
                "article": link.by.article,
            })
        };
        links.iter().map(link).collect::<Vec<_>>()
    });
    json!({
        "project_code": of.project.code,
        "employer_code": of.employer,
        "chain": of.chain,
        "signed": of.signed_on.map(|day| day.to_string()),
        "first_worker_in": of.first_worker_in.to_string(),
        "signed_in_time": of.signed_in_time(),
        "liable": liable,
        "entries": of.entries,
        "recourse": of.recourse.as_ref().map(|claims| claims.iter().map(recourse).collect::<Vec<_>>()),
    })
}

/// Who may claim how much from whom.
fn recourse_cell(of: &RecourseClaim) -> String {
    format!("{} {} from {}", of.claim.creditor, of.claim.amount, of.claim.debtor)
}

fn recourse(of: &RecourseClaim) -> Value {
    json!({
        "creditor": of.claim.creditor,
        "debtor": of.claim.debtor,
        "amount": of.claim.amount.to_string(),
        "worker_months": of.worker_months,
        "source": of.claim.by.source.zh,
        "article": of.claim.by.article,
        "entries": of.entries,
    })
}
