//! What a fact must look like, whatever the history: ranges, limits and sums.

use crate::event::{
    ContractTerms, Event, LedgerCreated, PaymentDetails, ProjectTerms, SiteEntered, WageLine, WarningKey,
    WorkDay,
};
use crate::{Ending, Private, Rejection, TermKind};
use jiff::civil::Date;
use rules::{Days, Money, Month};
use rust_decimal::Decimal;

/// A text may have this many characters.
const TEXT_MAX: usize = 1_000;
/// One entry may hold this many days of work: with every device named at its longest it stays below 64 KiB.
const DAYS_MAX: usize = 200;
/// A device's name may have this many characters.
const DEVICE_MAX: usize = 32;
/// An amount may be this large: 10 billion yuan, in fen.
const AMOUNT_MAX: Money = Money::from_fen(1_000_000_000_000);
/// A complaint may concern this many people.
const PEOPLE_MAX: u32 = 1_000_000;
/// One day's 工日, in tenths: sites count long days as more than one, never more than three.
const WORK_DAY_MAX: Days = Days::from_tenths(30);

type Checked = Result<(), Rejection>;

fn must(holds: bool, field: &'static str, must: &'static str) -> Checked {
    if holds { Ok(()) } else { Err(Rejection::Malformed { field: field.into(), must: must.into() }) }
}

fn text(value: &str, field: &'static str) -> Checked {
    must(!value.trim().is_empty(), field, "must not be empty")?;
    must(value.chars().count() <= TEXT_MAX, field, "must have at most 1,000 characters")
}

fn amount(value: Money, field: &'static str) -> Checked {
    must(value >= Money::ZERO && value <= AMOUNT_MAX, field, "must lie between 0 and 10 billion yuan")
}

fn paid_amount(value: Money, field: &'static str) -> Checked {
    must(value > Money::ZERO, field, "must be more than 0")?;
    amount(value, field)
}

fn number(value: Decimal, field: &'static str) -> Checked {
    let limit = Decimal::from(1_000_000_000);
    must(!value.is_sign_negative() && value <= limit, field, "must lie between 0 and a billion")?;
    must(value.scale() <= 6, field, "must have at most 6 decimals")
}

fn in_order(begin: Date, end: Option<Date>) -> Checked {
    match end {
        Some(end) if end < begin => Err(Rejection::EndsBeforeItBegins { begin, end }),
        _ => Ok(()),
    }
}

fn root(value: &str) -> Checked {
    let fits = value.len() == 64 && value.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    must(fits, "root", "must be 64 lower-case hexadecimal digits")
}

/// Every text of personal data has a length within bounds; the rest depends on the type.
pub(super) fn check(event: &Event) -> Checked {
    let mut personal = Ok(());
    event.each_private(&mut |field, private| {
        if let (Ok(()), Private::Plain(value)) = (&personal, private) {
            personal = text(value, field);
        }
    });
    personal?;
    match event {
        Event::LedgerCreated(LedgerCreated { origin, suite, .. }) => {
            text(origin, "origin")?;
            must(*suite == 1, "suite", "must be 1 (SHA-256)")
        }
        Event::FileImported(e) => root(&e.digest).and(text(&e.kind, "kind")),
        Event::DataRevealed(e) => text(&e.question, "question").and(root(&e.root)),
        Event::ClockOverridden(e) => must(e.entry >= 1, "entry", "must be an entry, from 1"),
        Event::WorkerRegistered(_) => Ok(()),
        Event::WorkerChanged(e) => {
            let some = e.name.is_some() || e.phone.is_some() || e.card.is_some() || e.bank.is_some();
            must(some, "changed", "must name something that changed")
        }
        Event::SiteEntered(e) => entered(e),
        Event::SiteLeft(e) => {
            let said = e.left_on.is_some() || e.how == Ending::Unknown;
            must(said, "how", "must be unknown where a leaving is taken back")?;
            in_order(e.entered_on, e.left_on)
        }
        Event::ContractSigned(e) => terms(&e.terms),
        Event::ContractAmended(e) => terms(&e.terms),
        Event::ContractEnded(e) => {
            let ground = e.ground.get().is_none_or(|article| (36..=44).contains(&article));
            must(ground, "ground", "must be an article from 36 to 44, or unknown")
        }
        Event::WorkRecorded(e) => days(&e.days, false),
        Event::WorkCorrected(e) => days(&e.days, true),
        Event::WagesAccrued(e) => line(&e.line),
        Event::WagesCorrected(e) => {
            must(e.correction >= 1, "correction", "must be 1 or more")?;
            line(&e.line)
        }
        Event::TaxWithheld(e) => amount(e.declared_income, "declared_income").and(amount(e.amount, "amount")),
        Event::DeductionDeclared(e) => {
            amount(e.monthly, "monthly")?;
            in_order(e.from.first_day(), e.until.map(Month::last_day))
        }
        Event::PaymentRecorded(e) => payment(&e.payment, true),
        Event::PaymentFailed(e) => payment(&e.payment, false),
        Event::PaymentReturned(e) => payment(&e.payment, true),
        Event::WagesConfirmed(_) => Ok(()),
        Event::WagesDisputed(e) => amount(e.claimed_net.unwrap_or_default(), "claimed_net"),
        Event::CrewRegistered(_) => Ok(()),
        Event::ProjectRegistered(e) => project(&e.terms),
        Event::ProjectChanged(e) => {
            must(!e.changed.is_empty(), "changed", "must name something that changed")?;
            project(&e.terms)
        }
        Event::SheetSealed(e) => {
            must(e.lines > 0, "lines", "must be 1 or more")?;
            amount(e.gross, "gross").and(amount(e.net, "net"))?;
            sums(e.gross, Some(e.deductions), Some(e.advances), e.net)?;
            root(&e.root)
        }
        Event::BatchSealed(e) => {
            must(e.lines > 0, "lines", "must be 1 or more")?;
            amount(e.amount, "amount").and(root(&e.root))
        }
        Event::AccountMoved(e) => paid_amount(e.amount, "amount"),
        Event::OrganisationRegistered(e) => text(&e.name, "name"),
        Event::SubcontractSigned(e) => {
            text(&e.giver_name, "giver_name").and(text(&e.taker_name, "taker_name"))?;
            in_order(e.starts_on, Some(e.ends_on)).and(amount(e.price, "price"))
        }
        Event::DepositLodged(e) => {
            text(&e.issuer, "issuer").and(paid_amount(e.amount, "amount"))?;
            in_order(e.valid_from, Some(e.valid_to))
        }
        Event::SiteInspected(e) => {
            text(&e.by, "by")?;
            in_order(e.on, e.correct_by).and(in_order(e.on, e.closed_on))
        }
        Event::ComplaintFiled(e) => {
            must((1..=PEOPLE_MAX).contains(&e.people), "people", "must be 1 to a million")?;
            amount(e.amount, "amount").and(in_order(e.on, e.closed_on))
        }
        Event::WarningAcknowledged(e) => warning(&e.of),
        Event::WarningAssigned(e) => warning(&e.of),
        Event::WarningOrdered(e) => warning(&e.of),
        Event::WarningExplained(e) => warning(&e.of),
        Event::WarningResolved(e) => warning(&e.of),
    }
}

fn warning(of: &WarningKey) -> Checked {
    let rule = of.rule.as_str();
    let (letter, number) = rule.split_at_checked(1).unwrap_or_default();
    let is_rule =
        matches!(letter, "I" | "A") && number.len() == 2 && number.bytes().all(|b| b.is_ascii_digit());
    must(is_rule, "rule", "must be I or A and two digits")?;
    must(of.project.is_some() != of.employer.is_some(), "of", "must name either a project or an employer")
}

fn entered(e: &SiteEntered) -> Checked {
    text(&e.trade_code, "trade_code")?;
    text(&e.trade, "trade")
}

fn terms(terms: &ContractTerms) -> Checked {
    if terms.term == TermKind::Fixed {
        must(terms.ends_on.is_some(), "ends_on", "a fixed term has an end")?;
    }
    in_order(terms.starts_on, terms.ends_on)?;
    number(terms.unit_price, "unit_price")
}

fn days(days: &[WorkDay], may_be_none: bool) -> Checked {
    must(!days.is_empty(), "days", "must not be empty")?;
    must(days.len() <= DAYS_MAX, "days", "must be at most 200 in one entry")?;
    let named = days.iter().all(|day| day.device.chars().count() <= DEVICE_MAX);
    must(named, "device", "must have at most 32 characters")?;
    let ascending = days.windows(2).all(|pair| match pair {
        [a, b] => a.on < b.on,
        _ => true,
    });
    must(ascending, "days", "must be ascending, each day once")?;
    let fits = |day: &WorkDay| {
        day.days <= WORK_DAY_MAX && (day.days > Days::ZERO || (may_be_none && day.days == Days::ZERO))
    };
    must(days.iter().all(fits), "days", "a day's 工日 must be more than 0 and at most 3.0")
}

fn line(line: &WageLine) -> Checked {
    must(line.days >= Days::ZERO, "days", "must not be negative")?;
    number(line.unit_price, "unit_price")?;
    number(line.quantity, "quantity")?;
    number(line.overtime_hours.unwrap_or_default(), "overtime_hours")?;
    amount(line.gross, "gross")?;
    for part in [
        line.deductions.social_insurance,
        line.deductions.housing_fund,
        line.deductions.income_tax,
        line.deductions.other,
        line.advances.loan,
        line.advances.living_cost,
    ] {
        amount(part, "deductions and advances")?;
    }
    must(line.net >= Money::ZERO, "net", "must not be negative")?;
    must(line.components.len() <= 20, "components", "must be at most 20")?;
    if Money::checked_sum(line.components.iter().map(|c| c.amount)) != Some(line.gross) {
        return Err(Rejection::SumsDisagree { sum: "gross".into() });
    }
    sums(line.gross, line.deductions.total(), line.advances.total(), line.net)
}

/// Net = gross − deductions − advances.
fn sums(gross: Money, deductions: Option<Money>, advances: Option<Money>, net: Money) -> Checked {
    let kept = deductions.zip(advances).and_then(|(d, a)| d.checked_add(a));
    if kept.and_then(|kept| gross.checked_sub(kept)) == Some(net) {
        Ok(())
    } else {
        Err(Rejection::SumsDisagree { sum: "net".into() })
    }
}

fn payment(payment: &PaymentDetails, booked: bool) -> Checked {
    paid_amount(payment.amount, "amount")?;
    must(payment.number > 0, "number", "must be 1 or more")?;
    must(!booked || payment.serial.is_some(), "serial", "a booked payment has the bank's serial")
}

fn project(terms: &ProjectTerms) -> Checked {
    text(&terms.name, "name")?;
    text(&terms.owner_name, "owner_name")?;
    text(&terms.contractor_name, "contractor_name")?;
    text(&terms.account_bank, "account_bank")?;
    text(&terms.account, "account")?;
    amount(terms.contract_price, "contract_price")?;
    amount(terms.agreed_labour_cost, "agreed_labour_cost")?;
    let cycle = (1..=366).contains(&terms.transfer_cycle_days);
    must(cycle, "transfer_cycle_days", "must be 1 to 366 days")?;
    in_order(terms.starts_on, Some(terms.planned_end))
}
