//! Income tax on inputs given as arguments.

use super::test::Gap;
use super::{Explained, refused};
use crate::failure::Failure;
use crate::given;
use clap::{Args, Subcommand, ValueEnum};
use rules::tax::{
    BasicDeduction, Bonus, BonusTax, CumulativeLabour, CumulativeLabourTax, LabourReceipt, LabourTax,
    NonResidentIncome, NonResidentTax, Occurrence, SeveranceTax, WageTax, WageTotals,
};
use rules::{Money, Month, RuleError};

#[derive(Debug, Subcommand)]
pub(super) enum Tax {
    /// Tax to withhold from wages, from the totals of the year up to the payment
    Wages(Wages),
    /// Tax to withhold from an occurrence of labour remuneration
    Labour(Labour),
    /// Tax to withhold from labour remuneration through an internet platform, month by month
    Platform(Platform),
    /// Tax on an annual bonus that is taxed alone
    Bonus(OneSum),
    /// Tax to withhold from a non-resident
    NonResident(NonResident),
    /// Tax on compensation for ending employment
    #[command(name = "severance-tax")]
    Severance(Severance),
}

#[derive(Debug, Args)]
pub(super) struct Wages {
    /// Month of payment
    #[arg(long, value_name = "YYYY-MM")]
    month: Month,
    /// Wages paid in the year by this agent, this payment included
    #[arg(long, value_name = "YUAN", value_parser = given::yuan)]
    income: Money,
    /// Exempt part, of the year
    #[arg(long, value_name = "YUAN", value_parser = given::yuan, default_value = "0")]
    exempt: Money,
    /// Own social insurance and housing fund, of the year
    #[arg(long, value_name = "YUAN", value_parser = given::yuan, default_value = "0")]
    special: Money,
    /// Special additional deductions, of the year
    #[arg(long, value_name = "YUAN", value_parser = given::yuan, default_value = "0")]
    additional: Money,
    /// Other lawful deductions, of the year
    #[arg(long, value_name = "YUAN", value_parser = given::yuan, default_value = "0")]
    other: Money,
    /// Donations, of the year
    #[arg(long, value_name = "YUAN", value_parser = given::yuan, default_value = "0")]
    donations: Money,
    /// Relief, of the year
    #[arg(long, value_name = "YUAN", value_parser = given::yuan, default_value = "0")]
    relief: Money,
    /// Tax withheld in the year before this payment
    #[arg(long, value_name = "YUAN", value_parser = given::yuan, default_value = "0")]
    withheld: Money,
    /// How the basic deduction adds up
    #[arg(long, value_enum, default_value_t = Basic::MonthsEmployed)]
    basic: Basic,
    /// First month of the year with this employer [default: January]
    #[arg(long, value_name = "YYYY-MM")]
    employed_from: Option<Month>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Basic {
    /// For each month employed with this payer
    MonthsEmployed,
    /// For each month from January: first wages of the year
    FromJanuary,
    /// The whole year's from January: not more than 60,000 last year, one employer
    WholeYear,
}

#[derive(Debug, Args)]
pub(super) struct Labour {
    /// Month of payment
    #[arg(long, value_name = "YYYY-MM")]
    month: Month,
    /// Receipts of the occurrence, this one included
    #[arg(long, value_name = "YUAN", value_parser = given::yuan)]
    income: Money,
    /// Tax withheld from earlier receipts of the occurrence
    #[arg(long, value_name = "YUAN", value_parser = given::yuan, default_value = "0")]
    withheld: Money,
}

#[derive(Debug, Args)]
pub(super) struct Platform {
    /// Month of the first receipt of the year
    #[arg(long, value_name = "YYYY-MM")]
    from: Month,
    /// Income of each month from then on, 0 for a month without; the last one is explained
    #[arg(long, value_name = "YUAN", value_parser = given::yuan, required = true, value_delimiter = ',')]
    incomes: Vec<Money>,
    /// What a month without income does
    #[arg(long, value_enum, default_value_t = Gap::RestartAll)]
    gap: Gap,
}

#[derive(Debug, Args)]
pub(super) struct OneSum {
    /// Month of payment
    #[arg(long, value_name = "YYYY-MM")]
    month: Month,
    /// The sum
    #[arg(long, value_name = "YUAN", value_parser = given::yuan)]
    amount: Money,
}

#[derive(Debug, Args)]
pub(super) struct NonResident {
    /// Month of payment
    #[arg(long, value_name = "YYYY-MM")]
    month: Month,
    /// Income of the month or occurrence
    #[arg(long, value_name = "YUAN", value_parser = given::yuan)]
    income: Money,
    /// What it is
    #[arg(long, value_enum, default_value_t = Income::Wages)]
    kind: Income,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Income {
    Wages,
    Labour,
    Author,
}

#[derive(Debug, Args)]
pub(super) struct Severance {
    #[command(flatten)]
    paid: OneSum,
    /// Last year's average wage of local employees, a year
    #[arg(long, value_name = "YUAN", value_parser = given::yuan)]
    local_average: Money,
}

pub(super) fn explain(tax: &Tax) -> Result<Explained, Failure> {
    let (heading, steps) = match tax {
        Tax::Wages(args) => (format!("工资、薪金所得 wages {}", args.month), wages(args).map_err(refused)?),
        Tax::Labour(args) => {
            let occurrence =
                Occurrence { income: args.income, withheld: args.withheld, ..Occurrence::default() };
            let law = LabourTax::on(args.month.first_day())?;
            let steps = law.withhold(&occurrence).map_err(refused)?.steps();
            (format!("劳务报酬所得 labour remuneration {}", args.month), steps)
        }
        Tax::Platform(args) => platform(args).map_err(refused)?,
        Tax::Bonus(args) => {
            let bonus = Bonus { amount: args.amount, ..Bonus::default() };
            let law = BonusTax::on(args.month.first_day())?;
            let steps = law.withhold(&bonus, false).map_err(refused)?.steps();
            (format!("全年一次性奖金 annual bonus {}", args.month), steps)
        }
        Tax::NonResident(args) => {
            let kind = match args.kind {
                Income::Wages => NonResidentIncome::Wages,
                Income::Labour => NonResidentIncome::Labour,
                Income::Author => NonResidentIncome::Author,
            };
            let (law, zero) = (NonResidentTax::on(args.month.first_day())?, Money::ZERO);
            let steps = law.withhold(kind, args.income, zero, zero, zero).map_err(refused)?.steps();
            (format!("非居民个人 non-resident {}", args.month), steps)
        }
        Tax::Severance(args) => {
            let law = SeveranceTax::on(args.paid.month.first_day())?;
            let steps = law.withhold(args.paid.amount, args.local_average).map_err(refused)?.steps();
            (format!("解除劳动合同一次性补偿金 severance {}", args.paid.month), steps)
        }
    };
    Ok(Explained { heading, steps })
}

fn platform(args: &Platform) -> Result<(String, Vec<rules::Step>), RuleError> {
    let mut month = args.from;
    let mut receipts = Vec::new();
    for income in &args.incomes {
        let zero = Money::ZERO;
        receipts.push(LabourReceipt {
            month,
            income: *income,
            exempt: zero,
            other: zero,
            relief: zero,
            basic: None,
            withheld: None,
        });
        month = month.next();
    }
    let whose = CumulativeLabour::Platform(args.gap.policy());
    let year = CumulativeLabourTax::withhold_year(whose, &receipts)?;
    let last = receipts.last().map_or(args.from, |receipt| receipt.month);
    let steps = year.last().map(|withholding| withholding.steps()).unwrap_or_default();
    Ok((format!("平台内从业人员劳务报酬 platform labour {last}"), steps))
}

fn wages(args: &Wages) -> Result<Vec<rules::Step>, RuleError> {
    let january = Month::new(args.month.year(), 1).unwrap_or(args.month);
    let from = args.employed_from.unwrap_or(january);
    if from.year() != args.month.year() || from > args.month {
        return Err(RuleError::Input(format!(
            "--employed-from {from} is not in the year before or in the month of payment {}",
            args.month
        )));
    }
    let basic = match args.basic {
        Basic::MonthsEmployed => {
            BasicDeduction::MonthsEmployed(rules::tax::MonthsOfYear::from_to(from, args.month))
        }
        Basic::FromJanuary => BasicDeduction::FromJanuary,
        Basic::WholeYear => BasicDeduction::WholeYear,
    };
    let totals = WageTotals {
        income: args.income,
        exempt: args.exempt,
        special: args.special,
        special_additional: args.additional,
        other: args.other,
        donations: args.donations,
        relief: args.relief,
        withheld: args.withheld,
    };
    Ok(WageTax::on(args.month.first_day())?.withhold(args.month, &totals, basic)?.steps())
}
