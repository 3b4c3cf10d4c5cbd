//! From whom arrears can be asked for, in which order.

use crate::{Money, Pack, Provision, RuleError, Step};
use jiff::civil::Date;

/// What is known about a project's parties when wages are in arrears. Firms are named by whatever code the
/// caller uses. `None` means: not known.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Parties {
    /// The worker's employer (用人单位), usually a subcontractor.
    pub employer: String,
    /// The firms between general contractor and employer, from the top down (分包链).
    pub between: Vec<String>,
    /// The general contractor (施工总承包单位).
    pub general_contractor: Option<String>,
    /// The owner (建设单位).
    pub owner: Option<String>,
    /// Whether the owner's late transfer of money caused the arrears.
    pub owner_paid_late: Option<bool>,
    /// What of the project price the owner has not paid yet, in yuan.
    pub unpaid_price: Option<Money>,
    /// Whether the owner contracted with a person or an unqualified firm, or the project is unlawful.
    pub owner_at_fault: Option<bool>,
    /// Whether the employer has standing and qualification; without them, who gave it work pays.
    pub employer_qualified: Option<bool>,
    /// Who lent its name to the employer (出借资质、名义).
    pub lender_of_name: Option<String>,
    /// Investors, where the employer is a partnership, sole proprietorship or individual business.
    pub investors: Vec<String>,
    /// What is left in the wage deposit or guarantee, in yuan.
    pub deposit: Option<Money>,
}

/// Who is asked.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Who {
    /// The employer.
    Employer,
    /// Who gave work to an employer without standing.
    Giver,
    /// The general contractor.
    GeneralContractor,
    /// The owner.
    Owner,
    /// Who lent its name.
    LenderOfName,
    /// An investor of the employer.
    Investor,
    /// The wage deposit or guarantee.
    Deposit,
    /// The government's emergency fund.
    EmergencyFund,
}

/// Up to which amount.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Limit {
    /// The whole claim.
    Whole,
    /// Up to an amount, in yuan.
    UpTo(Money),
    /// Limited, by an amount that is not known.
    Unknown,
    /// As much as the authority decides.
    AsDecided,
}

/// Whether the link holds.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Certainty {
    /// It holds.
    Certain,
    /// It holds if something is so that is not known.
    NotKnown,
}

/// One place in the order in which to ask for money.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Link {
    /// Who.
    pub who: Who,
    /// Its code, where it is known.
    pub code: Option<String>,
    /// Up to which amount.
    pub limit: Limit,
    /// Whether it holds.
    pub certainty: Certainty,
    /// By which provision.
    pub by: &'static Provision,
}

impl Link {
    /// As a step of a computation.
    pub fn step(&self) -> Step {
        let what = match self.who {
            Who::Employer => ("employer", "用人单位"),
            Who::Giver => ("who gave the work", "用工单位、发包方"),
            Who::GeneralContractor => ("general contractor", "施工总承包单位"),
            Who::Owner => ("owner", "建设单位"),
            Who::LenderOfName => ("lender of the name", "出借名义单位"),
            Who::Investor => ("investor", "出资人"),
            Who::Deposit => ("wage deposit or guarantee", "工资保证金或保函"),
            Who::EmergencyFund => ("emergency fund", "应急周转金"),
        };
        let limit = match self.limit {
            Limit::Whole => "whole claim".to_owned(),
            Limit::UpTo(amount) => format!("up to {amount}"),
            Limit::Unknown => "up to an amount that is not known".to_owned(),
            Limit::AsDecided => "as decided".to_owned(),
        };
        let certainty = match self.certainty {
            Certainty::Certain => "",
            Certainty::NotKnown => " (if so: not known)",
        };
        let code = self.code.as_deref().unwrap_or("not known who");
        Step::new(what, format!("{code}{certainty}"), limit, self.by)
    }
}

/// The order in which to ask for arrears that arose on `day` (Decree 724 arts 16–22, 29, 30, 32, 36, 37, 63):
/// employer; who gave it work, when it has no standing; general contractor; owner; lender of a name; investors;
/// deposit; emergency fund. A link that depends on something unknown is there and says so.
pub fn liability_chain(parties: &Parties, day: Date) -> Result<Vec<Link>, RuleError> {
    let rule = |name| Pack::china().rule(name, day);
    let link = |who, code: Option<&String>, limit, known: Option<bool>, by| Link {
        who,
        code: code.cloned(),
        limit,
        certainty: if known.is_some() { Certainty::Certain } else { Certainty::NotKnown },
        by,
    };
    let yes = Some(true);
    let own = |code: &String| *code == parties.employer;
    let mut chain =
        vec![link(Who::Employer, Some(&parties.employer), Limit::Whole, yes, rule("liability.employer")?)];
    if parties.employer_qualified != yes {
        // The firm just above the employer gave it the work.
        let giver = parties.between.last().or(parties.general_contractor.as_ref());
        // The general contractor answers for the whole claim anyway: only a known fault adds something.
        let adds = |giver: &String| {
            parties.employer_qualified.is_some() || Some(giver) != parties.general_contractor.as_ref()
        };
        if let Some(giver) = giver.filter(|giver| !own(giver) && adds(giver)) {
            let by = rule("liability.giver")?;
            chain.push(link(Who::Giver, Some(giver), Limit::Whole, parties.employer_qualified, by));
        }
    }
    if !parties.general_contractor.as_ref().is_some_and(own) {
        let by = rule("liability.general_contractor")?;
        chain.push(link(Who::GeneralContractor, parties.general_contractor.as_ref(), Limit::Whole, yes, by));
    }
    let owner = parties.owner.as_ref();
    if parties.owner_at_fault != Some(false) {
        let by = rule("liability.owner_pays")?;
        chain.push(link(Who::Owner, owner, Limit::Whole, parties.owner_at_fault, by));
    }
    if parties.owner_paid_late != Some(false) && parties.owner_at_fault != yes {
        let limit = parties.unpaid_price.map_or(Limit::Unknown, |price| Limit::UpTo(price.or_zero()));
        let by = rule("liability.owner_advances")?;
        chain.push(link(Who::Owner, owner, limit, parties.owner_paid_late, by));
    }
    if let Some(lender) = &parties.lender_of_name {
        chain.push(link(Who::LenderOfName, Some(lender), Limit::Whole, yes, rule("liability.lender")?));
    }
    for investor in &parties.investors {
        chain.push(link(Who::Investor, Some(investor), Limit::Whole, yes, rule("liability.investors")?));
    }
    if parties.deposit != Some(Money::ZERO) {
        let limit = parties.deposit.map_or(Limit::Unknown, Limit::UpTo);
        let known = parties.deposit.map(|_| true);
        let by = rule("liability.deposit")?;
        chain.push(link(Who::Deposit, parties.general_contractor.as_ref(), limit, known, by));
    }
    chain.push(link(Who::EmergencyFund, None, Limit::AsDecided, yes, rule("liability.fund")?));
    Ok(chain)
}
