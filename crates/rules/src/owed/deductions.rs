//! What may be kept back from a month's wage.

use crate::step::percent;
use crate::{Money, Pack, Provision, Region, RuleError, Step};
use jiff::civil::Date;

/// What a deduction is for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum DeductionKind {
    /// Income tax (个人所得税).
    IncomeTax,
    /// Own social insurance (社保个人部分).
    SocialInsurance,
    /// Own housing fund (公积金个人部分).
    HousingFund,
    /// Support that a court has ordered (抚养费、赡养费).
    CourtOrder,
    /// Something else that a law names.
    NamedInLaw,
    /// Damage that the worker caused (赔偿经济损失), and whether the contract provides for it.
    Damages {
        /// Whether it was agreed.
        agreed: bool,
    },
    /// A fine by employer or crew leader (罚款).
    Fine,
    /// An advance or living costs (借支、生活费): no deduction but wages already received.
    Advance,
    /// Nobody says what it is for (其他扣款).
    Unexplained,
}

/// A deduction as the wage sheet shows it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Deduction {
    /// What for.
    pub kind: DeductionKind,
    /// How much, in yuan.
    pub amount: Money,
}

/// What is to be thought of a deduction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Judged {
    /// As handed in.
    pub deduction: Deduction,
    /// What may be kept back.
    pub lawful: Money,
    /// What may not; `None` when it is not known what the deduction is for.
    pub unlawful: Option<Money>,
    /// By which provision.
    pub by: &'static Provision,
}

/// The deductions of a month's wage, judged.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Deductions {
    /// Each of them, in the order given.
    pub judged: Vec<Judged>,
    /// What may not be kept back, in yuan; it is still owed.
    pub unlawful: Money,
    /// What is not known to be lawful, in yuan.
    pub unknown: Money,
    /// Advances, in yuan: part payments that reduce what is still owed.
    pub advances: Money,
    /// How it comes about.
    pub steps: Vec<Step>,
}

/// Judges the deductions of a month's wage `gross` (1994 rules arts 15–16). Damages may take at most 20 % of the
/// month's wage, all together, and leave not less than `minimum`, the local minimum wage; when it is not known,
/// damages are judged by the 20 % alone and a step says so.
pub fn deductions(
    gross: Money,
    given: &[Deduction],
    minimum: Option<Money>,
    day: Date,
) -> Result<Deductions, RuleError> {
    let pack = Pack::china();
    let lawful = pack.rule("wage.deduction.lawful", day)?;
    let fine = pack.rule("wage.deduction.fine", day)?;
    let advance = pack.rule("wage.advance", day)?;
    let share = pack.number("wage.deduction.damages_share", Region::CHINA, day)?;
    let cap = gross.or_zero().times(share.value)?;
    let above_minimum = minimum.map(|minimum| gross.minus(minimum).map(Money::or_zero)).transpose()?;
    let mut room = above_minimum.map_or(cap, |above| cap.min(above));
    let mut result = Deductions {
        judged: Vec::new(),
        unlawful: Money::ZERO,
        unknown: Money::ZERO,
        advances: Money::ZERO,
        steps: Vec::new(),
    };
    for deduction in given {
        let amount = deduction.amount;
        let (allowed, by) = match deduction.kind {
            DeductionKind::IncomeTax
            | DeductionKind::SocialInsurance
            | DeductionKind::HousingFund
            | DeductionKind::CourtOrder
            | DeductionKind::NamedInLaw => (amount, lawful),
            DeductionKind::Damages { agreed: false } | DeductionKind::Fine => (Money::ZERO, fine),
            DeductionKind::Damages { agreed: true } => {
                let allowed = amount.or_zero().min(room);
                room = room.minus(allowed)?;
                let least =
                    minimum.map_or_else(|| "minimum wage not known".to_owned(), |m| format!("{gross} - {m}"));
                let formula = format!("min({amount}, {} × {gross}, {least})", percent(share.value));
                let what = ("damages that may be kept back", "可以扣除的赔偿");
                result.steps.push(Step::new(what, formula, allowed, share.by));
                (allowed, share.by)
            }
            DeductionKind::Advance => {
                result.advances = result.advances.plus(amount)?;
                (amount, advance)
            }
            DeductionKind::Unexplained => (Money::ZERO, lawful),
        };
        let rest = amount.minus(allowed)?;
        let unlawful = (deduction.kind != DeductionKind::Unexplained).then_some(rest);
        match unlawful {
            Some(rest) => result.unlawful = result.unlawful.plus(rest)?,
            None => result.unknown = result.unknown.plus(rest)?,
        }
        result.judged.push(Judged { deduction: *deduction, lawful: allowed, unlawful, by });
    }
    if result.unlawful != Money::ZERO {
        let what = ("kept back unlawfully, still owed", "违法扣款，仍应支付");
        result.steps.push(Step::new(what, "", result.unlawful, lawful));
    }
    if result.unknown != Money::ZERO {
        let what = ("not known what for; lawful only if a law names it", "用途不明的扣款");
        result.steps.push(Step::new(what, "", result.unknown, lawful));
    }
    Ok(result)
}
