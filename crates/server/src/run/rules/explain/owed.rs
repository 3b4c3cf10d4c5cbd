//! Money owed, on inputs given as arguments.

use super::{Explained, refused};
use crate::failure::Failure;
use crate::given;
use clap::{Args, Subcommand, ValueEnum};
use jiff::civil::Date;
use rules::owed::{
    End, Interruption, LimitDate, MinimumWage, MonthWage, NormalPay, Overtime, OvertimeLaw, Parties,
    PayBasis, PayCycle, Service, WorkingTime,
};
use rules::{Calendar, Decimal, Money, Month, PayDay, Region, RuleError, Step};

#[derive(Debug, Subcommand)]
pub(super) enum Owed {
    /// When the wages of a month are due
    Due(Due),
    /// Pay for overtime, from a month's wage or a day rate
    Overtime(OvertimeArgs),
    /// A month's pay against the local minimum wage
    MinimumWage(Minimum),
    /// Severance: N, N+1 or 2N
    Severance(Severance),
    /// The second wage of work without a written contract
    DoubleWage(DoubleWage),
    /// Until when arbitration and labour inspection can be asked about unpaid wages
    Limits(Limits),
    /// From whom arrears can be asked for, in which order
    Liability(Liability),
}

#[derive(Debug, Args)]
pub(super) struct Due {
    /// Wage month
    #[arg(long, value_name = "YYYY-MM")]
    month: Month,
    /// Agreed day of the following month, 1 to 31, or 月末; 当月 before it = of the month itself [default: none was agreed]
    #[arg(long, value_name = "DAY", value_parser = given::pay_day)]
    pay_day: Option<PayDay>,
    /// Last day of employment, when it has ended
    #[arg(long, value_name = "DATE", value_parser = crate::asked_day::parse_reaching_back)]
    ended_on: Option<Date>,
}

#[derive(Debug, Args)]
pub(super) struct OvertimeArgs {
    /// A month's wage for normal time
    #[arg(long, value_name = "YUAN", value_parser = given::yuan, required_unless_present = "day_rate")]
    month_wage: Option<Money>,
    /// Rate of a working day
    #[arg(long, value_name = "YUAN", value_parser = given::yuan, conflicts_with = "month_wage")]
    day_rate: Option<Money>,
    /// Hours agreed for a working day
    #[arg(long, value_name = "HOURS", default_value = "8")]
    day_hours: Decimal,
    /// Extended hours on working days
    #[arg(long, value_name = "HOURS", default_value = "0")]
    extended: Decimal,
    /// Hours on rest days without time off
    #[arg(long, value_name = "HOURS", default_value = "0")]
    rest_day: Decimal,
    /// Hours on statutory holidays
    #[arg(long, value_name = "HOURS", default_value = "0")]
    holiday: Decimal,
    /// As of this day
    #[arg(long, value_name = "DATE", value_parser = crate::asked_day::parse_reaching_back)]
    on: Date,
}

#[derive(Debug, Args)]
pub(super) struct Minimum {
    /// Region of the work, as 330110
    #[arg(long, value_name = "CODE", value_parser = given::region)]
    region: Region,
    /// Pay of a full month for normal working time
    #[arg(long, value_name = "YUAN", value_parser = given::yuan)]
    pay: Money,
    /// As of this day
    #[arg(long, value_name = "DATE", value_parser = crate::asked_day::parse_reaching_back)]
    on: Date,
}

#[derive(Debug, Args)]
pub(super) struct Severance {
    /// First working day
    #[arg(long, value_name = "DATE", value_parser = crate::asked_day::parse_reaching_back)]
    first: Date,
    /// Last day of employment
    #[arg(long, value_name = "DATE", value_parser = crate::asked_day::parse_reaching_back)]
    last: Date,
    /// How it ended
    #[arg(long, value_enum)]
    end: How,
    /// Gross wages of the last twelve months or fewer, the last month last
    #[arg(long, value_name = "YUAN", value_parser = given::yuan, required = true, value_delimiter = ',')]
    wages: Vec<Money>,
    /// Local minimum wage, a month
    #[arg(long, value_name = "YUAN", value_parser = given::yuan)]
    minimum: Option<Money>,
    /// Local average wage of the year before, a month
    #[arg(long, value_name = "YUAN", value_parser = given::yuan)]
    local_average: Option<Money>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum How {
    /// Agreed, and the employer proposed it
    EmployerProposed,
    /// Agreed, and the worker proposed it
    WorkerProposed,
    /// The worker's own notice
    WorkerNotice,
    /// The worker, because of the employer's fault, such as late pay
    EmployerFault,
    /// Dismissal for cause
    ForCause,
    /// Illness, unfitness, changed circumstances, with 30 days' notice
    WithNotice,
    /// The same without notice
    WithoutNotice,
    /// Mass lay-off
    LayOff,
    /// A fixed term ran out
    Expiry,
    /// A fixed term ran out, and the worker refused an equal or better renewal
    RenewalRefused,
    /// A task contract ended with its task
    TaskDone,
    /// Bankruptcy or closure
    Closure,
    /// Retirement or death
    Retirement,
    /// Unlawful end
    Unlawful,
}

#[derive(Debug, Args)]
pub(super) struct DoubleWage {
    /// First working day
    #[arg(long, value_name = "DATE", value_parser = crate::asked_day::parse_reaching_back)]
    first: Date,
    /// Day on which a written contract was signed
    #[arg(long, value_name = "DATE", value_parser = crate::asked_day::parse_reaching_back)]
    signed: Option<Date>,
    /// As of this day, or the last day of employment
    #[arg(long, value_name = "DATE", value_parser = crate::asked_day::parse_reaching_back)]
    until: Date,
    /// Gross wage of a month, for every month
    #[arg(long, value_name = "YUAN", value_parser = given::yuan)]
    month_wage: Money,
}

#[derive(Debug, Args)]
pub(super) struct Limits {
    /// Day from which the wages were late
    #[arg(long, value_name = "DATE", value_parser = crate::asked_day::parse_reaching_back)]
    late_from: Date,
    /// Last day of employment, when it has ended
    #[arg(long, value_name = "DATE", value_parser = crate::asked_day::parse_reaching_back)]
    ended_on: Option<Date>,
    /// Days on which the worker claimed, asked an authority, or was promised payment
    #[arg(long, value_name = "DATE", value_parser = crate::asked_day::parse_reaching_back, value_delimiter = ',')]
    interrupted: Vec<Date>,
    /// Day on which the wages were paid in full, if they were
    #[arg(long, value_name = "DATE", value_parser = crate::asked_day::parse_reaching_back)]
    paid_on: Option<Date>,
    /// As of this day
    #[arg(long, value_name = "DATE", value_parser = crate::asked_day::parse_reaching_back)]
    as_of: Date,
}

#[derive(Debug, Args)]
pub(super) struct Liability {
    /// Code of the employer
    #[arg(long, value_name = "CODE")]
    employer: String,
    /// Code of the general contractor
    #[arg(long, value_name = "CODE")]
    general_contractor: Option<String>,
    /// Code of the owner
    #[arg(long, value_name = "CODE")]
    owner: Option<String>,
    /// Firms between general contractor and employer, from the top down
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    between: Vec<String>,
    /// Whether the owner's late transfer caused the arrears [default: not known]
    #[arg(long, value_name = "TRUE|FALSE")]
    owner_paid_late: Option<bool>,
    /// What of the project price the owner has not paid
    #[arg(long, value_name = "YUAN", value_parser = given::yuan)]
    unpaid_price: Option<Money>,
    /// Whether the owner gave work to a person or unqualified firm, or builds unlawfully [default: not known]
    #[arg(long, value_name = "TRUE|FALSE")]
    owner_at_fault: Option<bool>,
    /// Whether the employer has standing and qualification [default: not known]
    #[arg(long, value_name = "TRUE|FALSE")]
    employer_qualified: Option<bool>,
    /// What is left in the wage deposit
    #[arg(long, value_name = "YUAN", value_parser = given::yuan)]
    deposit: Option<Money>,
    /// Day on which the arrears arose
    #[arg(long, value_name = "DATE", value_parser = crate::asked_day::parse_reaching_back)]
    on: Date,
}

pub(super) fn explain(owed: &Owed) -> Result<Explained, Failure> {
    let (heading, steps) = match owed {
        Owed::Due(args) => (format!("应支付日期 due day of {}", args.month), due(args).map_err(refused)?),
        Owed::Overtime(args) => (format!("加班工资 overtime {}", args.on), overtime(args).map_err(refused)?),
        Owed::MinimumWage(args) => {
            let law = MinimumWage::on(args.region, args.on).map_err(refused)?;
            let steps = law.check(NormalPay::FullMonth(args.pay)).map_err(refused)?.steps;
            (format!("最低工资 minimum wage {} {}", args.region, args.on), steps)
        }
        Owed::Severance(args) => {
            let service = Service { first: args.first, last: args.last };
            let found =
                rules::owed::severance(service, end(args.end), &args.wages, args.minimum, args.local_average);
            let found = found.map_err(refused)?;
            let unknown = match found.unknown.as_slice() {
                [] => String::new(),
                unknown => format!("  (not known: {})", unknown.join(", ")),
            };
            (format!("经济补偿 severance: {}{unknown}", found.amount), found.steps)
        }
        Owed::DoubleWage(args) => double_wage(args).map_err(refused)?,
        Owed::Limits(args) => limits(args).map_err(refused)?,
        Owed::Liability(args) => {
            (format!("清偿责任 who pays, {}", args.on), liability(args).map_err(refused)?)
        }
    };
    Ok(Explained { heading, steps })
}

fn due(args: &Due) -> Result<Vec<Step>, RuleError> {
    let cycle = PayCycle::Monthly(args.pay_day);
    let (first, last) = (args.month.first_day(), args.month.last_day());
    Ok(rules::owed::due_date(first, last, cycle, args.ended_on, Calendar::china())?.steps)
}

fn overtime(args: &OvertimeArgs) -> Result<Vec<Step>, RuleError> {
    let basis = match (args.month_wage, args.day_rate) {
        (Some(month), _) => PayBasis::Month(month),
        (None, rate) => PayBasis::Day { rate: rate.unwrap_or_default(), hours: args.day_hours },
    };
    let hours = Overtime { extended: args.extended, rest_day: args.rest_day, holiday: args.holiday };
    Ok(OvertimeLaw::on(args.on)?.pay(basis, &hours, WorkingTime::Standard)?.steps)
}

pub(crate) fn end(how: How) -> End {
    match how {
        How::EmployerProposed => End::Mutual { proposed_by_employer: true },
        How::WorkerProposed => End::Mutual { proposed_by_employer: false },
        How::WorkerNotice => End::WorkerNotice,
        How::EmployerFault => End::EmployerFault,
        How::ForCause => End::DismissalForCause,
        How::WithNotice => End::NoFault { notice_given: true },
        How::WithoutNotice => End::NoFault { notice_given: false },
        How::LayOff => End::MassLayOff,
        How::Expiry => End::Expiry { worker_refused_renewal: false },
        How::RenewalRefused => End::Expiry { worker_refused_renewal: true },
        How::TaskDone => End::TaskDone,
        How::Closure => End::Closure,
        How::Retirement => End::RetirementOrDeath,
        How::Unlawful => End::Unlawful,
    }
}

fn double_wage(args: &DoubleWage) -> Result<(String, Vec<Step>), RuleError> {
    let mut wages = Vec::new();
    let mut month = Month::of(args.first);
    while month <= Month::of(args.until) {
        wages.push(MonthWage { month, gross: args.month_wage });
        month = month.next();
    }
    let found = rules::owed::double_wage(args.first, args.signed, args.until, &wages)?;
    Ok((format!("二倍工资 second wage: {}", found.amount), found.steps))
}

fn limits(args: &Limits) -> Result<(String, Vec<Step>), RuleError> {
    let interrupted: Vec<_> = args.interrupted.iter().map(|day| Interruption::Claimed(*day)).collect();
    let arbitration = rules::owed::arbitration_of_wages(args.ended_on, args.as_of, &interrupted)?;
    let inspection = rules::owed::inspection(args.late_from, true, args.paid_on)?;
    let left = |limit: &LimitDate| match (limit.last_day, limit.days_left(args.as_of)) {
        (Some(day), Some(days)) => format!("{day} ({days} days left)"),
        _ => "no limit runs".to_owned(),
    };
    let heading =
        format!("时效 limits: arbitration {}, inspection {}", left(&arbitration), left(&inspection));
    Ok((heading, arbitration.steps.into_iter().chain(inspection.steps).collect()))
}

fn liability(args: &Liability) -> Result<Vec<Step>, RuleError> {
    let parties = Parties {
        employer: args.employer.clone(),
        between: args.between.clone(),
        general_contractor: args.general_contractor.clone(),
        owner: args.owner.clone(),
        owner_paid_late: args.owner_paid_late,
        unpaid_price: args.unpaid_price,
        owner_at_fault: args.owner_at_fault,
        employer_qualified: args.employer_qualified,
        deposit: args.deposit,
        ..Parties::default()
    };
    let chain = rules::owed::liability_chain(&parties, args.on)?;
    Ok(chain.iter().map(rules::owed::Link::step).collect())
}
