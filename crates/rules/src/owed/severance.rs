//! Severance: N, N+1, 2N; and extra compensation for late pay.

use super::Service;
use crate::step::half_up;
use crate::{Missing, Money, Pack, Provision, Region, RuleError, Step};
use jiff::civil::{Date, date};
use rust_decimal::Decimal;

/// How employment ended, as far as severance asks (LCL arts 36–48, LCL Regulation art. 22).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum End {
    /// Mutual agreement (art. 36), and who proposed it.
    Mutual {
        /// Whether the employer proposed it.
        proposed_by_employer: bool,
    },
    /// The worker's own notice (art. 37).
    WorkerNotice,
    /// The worker, because of the employer's fault: late pay, no insurance (art. 38).
    EmployerFault,
    /// Dismissal for cause (art. 39).
    DismissalForCause,
    /// Illness, unfitness, changed circumstances (art. 40), with 30 days' notice or without.
    NoFault {
        /// Whether 30 days' notice was given.
        notice_given: bool,
    },
    /// Mass lay-off (art. 41).
    MassLayOff,
    /// A fixed term ran out (art. 44(1)).
    Expiry {
        /// Whether the worker refused a renewal on equal or better terms.
        worker_refused_renewal: bool,
    },
    /// A task contract ended with its task.
    TaskDone,
    /// Bankruptcy, closure, dissolution (art. 44(4)(5)).
    Closure,
    /// Retirement or death (art. 44(2)(3)).
    RetirementOrDeath,
    /// Unlawful end by the employer (arts 48, 87).
    Unlawful,
}

/// What an end gives.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Entitlement {
    /// Nothing.
    None,
    /// N: a month's wage for each year of service.
    N,
    /// N and one month instead of notice.
    NPlusOne,
    /// 2N, and then no N.
    TwiceN,
}

impl Entitlement {
    /// As the trade writes it: `N+1`.
    pub fn label(self) -> &'static str {
        match self {
            Entitlement::None => "none",
            Entitlement::N => "N",
            Entitlement::NPlusOne => "N+1",
            Entitlement::TwiceN => "2N",
        }
    }
}

/// What an end of employment on `day` gives, and by which provision.
pub fn entitlement(end: End, day: Date) -> Result<(Entitlement, &'static Provision), Missing> {
    let (what, name) = match end {
        End::Mutual { proposed_by_employer: true } => (Entitlement::N, "severance.mutual"),
        End::EmployerFault => (Entitlement::N, "severance.employer_fault"),
        End::NoFault { notice_given: true } => (Entitlement::N, "severance.notice"),
        End::NoFault { notice_given: false } => (Entitlement::NPlusOne, "severance.notice"),
        End::MassLayOff => (Entitlement::N, "severance.layoff"),
        End::Expiry { worker_refused_renewal: false } => (Entitlement::N, "severance.expiry"),
        End::TaskDone => (Entitlement::N, "severance.task"),
        End::Closure => (Entitlement::N, "severance.closure"),
        End::Unlawful => (Entitlement::TwiceN, "severance.unlawful_multiple"),
        End::Mutual { proposed_by_employer: false }
        | End::WorkerNotice
        | End::DismissalForCause
        | End::Expiry { worker_refused_renewal: true }
        | End::RetirementOrDeath => (Entitlement::None, "severance.none"),
    };
    Ok((what, Pack::china().rule(name, day)?))
}

/// An estimate of severance.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Severance {
    /// What the end gives.
    pub entitlement: Entitlement,
    /// Years of service that count, in halves.
    pub half_years: i64,
    /// The month's wage that counts.
    pub month_wage: Money,
    /// In yuan.
    pub amount: Money,
    /// What is not known and could change the amount.
    pub unknown: Vec<&'static str>,
    /// How it comes about.
    pub steps: Vec<Step>,
}

/// Severance for `service`, ended by `end` on its last day.
///
/// `wages` are the gross wages of the last 12 months (fewer months: the actual ones), bonus and allowances
/// included, the last month last; `minimum` the local minimum wage a month, `local_average` the local average
/// wage a month of the year before. What is `None` is named in `unknown` where it could matter.
pub fn severance(
    service: Service,
    end: End,
    wages: &[Money],
    minimum: Option<Money>,
    local_average: Option<Money>,
) -> Result<Severance, RuleError> {
    let (pack, day) = (Pack::china(), service.last);
    let (entitlement, by) = entitlement(end, day)?;
    let mut found = Severance {
        entitlement,
        half_years: service.half_years()?,
        month_wage: Money::ZERO,
        amount: Money::ZERO,
        unknown: Vec::new(),
        steps: Vec::new(),
    };
    let what = ("how employment ended", "终止或解除情形");
    found.steps.push(Step::new(what, by.zh.clone(), entitlement.label(), by));
    if entitlement == Entitlement::None {
        return Ok(found);
    }
    if service.first < date(2008, 1, 1) {
        found.unknown.push("service before 2008 follows the rules of its time");
    }
    let capped = found.find_month_wage(wages, minimum, local_average, day)?;
    let rule = pack.rule("severance.n", day)?;
    let years = halves(found.half_years);
    let what = ("years of service, in halves", "工作年限");
    found.steps.push(Step::new(what, format!("{} – {}", service.first, service.last), years, rule));
    if capped {
        let limit = pack.count("severance.cap_years", Region::CHINA, day)?;
        let most = limit.value.checked_mul(2).ok_or(RuleError::OutOfRange)?;
        if found.half_years > most {
            let what = ("a capped wage counts for so many years at most", "封顶年限");
            found.steps.push(Step::new(
                what,
                format!("min({years}, {})", limit.value),
                limit.value,
                limit.by,
            ));
            found.half_years = most;
        }
    }
    let years = halves(found.half_years);
    let n = found.month_wage.times(years)?;
    found.steps.push(Step::new(("N", "经济补偿"), format!("{} × {years}", found.month_wage), n, rule));
    found.amount = match entitlement {
        Entitlement::None | Entitlement::N => n,
        Entitlement::NPlusOne => {
            let by = pack.rule("severance.notice_month", day)?;
            let month = wages.last().copied().unwrap_or_default();
            let amount = n.plus(month)?;
            found.steps.push(Step::new(("N + 1", "加一个月工资"), format!("{n} + {month}"), amount, by));
            amount
        }
        Entitlement::TwiceN => {
            let times = pack.count("severance.unlawful_multiple", Region::CHINA, day)?;
            let amount = n.times_count(times.value)?;
            found.steps.push(Step::new(("2N", "赔偿金"), format!("{n} × {}", times.value), amount, times.by));
            amount
        }
    };
    Ok(found)
}

fn halves(half_years: i64) -> Decimal {
    half_up(Decimal::new(half_years.saturating_mul(5), 1), 1).normalize()
}

impl Severance {
    /// Finds the month's wage; whether it was capped.
    fn find_month_wage(
        &mut self,
        wages: &[Money],
        minimum: Option<Money>,
        local_average: Option<Money>,
        day: Date,
    ) -> Result<bool, RuleError> {
        let pack = Pack::china();
        let by = pack.rule("severance.month_wage", day)?;
        let last: Vec<Money> = wages.iter().rev().take(12).copied().collect();
        let months = i64::try_from(last.len()).map_err(|_| RuleError::OutOfRange)?;
        if months == 0 {
            return Err(RuleError::input("no wages of the last months: their average is the month's wage"));
        }
        let sum = Money::sum(last)?;
        let average = sum.divided_by(Decimal::from(months))?;
        let what = ("average gross wage of the last months", "前十二个月平均应得工资");
        self.steps.push(Step::new(what, format!("{sum} / {months}"), average, by));
        self.month_wage = average;
        match minimum {
            Some(minimum) if average < minimum => {
                let what = ("at least the minimum wage", "不低于最低工资");
                self.steps.push(Step::new(what, format!("max({average}, {minimum})"), minimum, by));
                self.month_wage = minimum;
            }
            Some(_) => {}
            None => self.unknown.push("local minimum wage"),
        }
        let Some(local) = local_average else {
            self.unknown.push("local average wage of last year");
            return Ok(false);
        };
        let multiple = pack.count("severance.cap_multiple", Region::CHINA, day)?;
        let cap = local.times_count(multiple.value)?;
        if self.month_wage <= cap {
            return Ok(false);
        }
        let what = ("capped at a multiple of the local average wage", "封顶：当地职工月平均工资三倍");
        let formula = format!("min({}, {local} × {})", self.month_wage, multiple.value);
        self.steps.push(Step::new(what, formula, cap, multiple.by));
        self.month_wage = cap;
        Ok(true)
    }
}

/// What comes on top when an authority's order to pay was missed (LCL art. 85): from 50 % to 100 % of what is
/// due. Before such an order was missed the worker has no claim to it.
pub fn extra_compensation(due: Money, day: Date) -> Result<(Money, Money, Vec<Step>), RuleError> {
    let pack = Pack::china();
    let (least, most) = (
        pack.number("late.extra_min", Region::CHINA, day)?,
        pack.number("late.extra_max", Region::CHINA, day)?,
    );
    let (from, to) = (due.times(least.value)?, due.times(most.value)?);
    let percent = crate::step::percent;
    let steps = vec![
        Step::new(
            ("extra compensation, from", "加付赔偿金下限"),
            format!("{due} × {}", percent(least.value)),
            from,
            least.by,
        ),
        Step::new(
            ("extra compensation, up to", "加付赔偿金上限"),
            format!("{due} × {}", percent(most.value)),
            to,
            most.by,
        ),
    ];
    Ok((from, to, steps))
}
