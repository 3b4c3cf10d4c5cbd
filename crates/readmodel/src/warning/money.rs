//! I01, I02, I07, I09: accounts, payments and deposits.

use super::measure::{Measure, Measured, Object, Wanted, amount, day, money, unless_missing};
use super::site::{Site, Window, before};
use jiff::civil::Date;
use rules::warning::{AccountCover, Deposit, LabourCostTransfer, paid_rate};
use rules::{Money, Month, Pack, RuleError};
use serde_json::json;
use std::collections::BTreeMap;

fn sum(amounts: impl Iterator<Item = Money>) -> Result<Money, RuleError> {
    Money::checked_sum(amounts).ok_or(RuleError::OutOfRange)
}

/// A parameter that counts days.
pub(crate) fn days_of(name: &str, site: &Site, as_of: Date) -> Result<i64, RuleError> {
    Ok(Pack::china().count(name, site.region, as_of)?.value)
}

/// I01: what is on the dedicated account against what is overdue and what falls due until the next pay date.
pub(crate) fn account_cover(site: &Site, as_of: Date, wanted: Wanted) -> Measure {
    let last = site.movements.iter().rev().find(|movement| movement.on <= as_of);
    let next = site.next_pay_date(as_of);
    let overdue = site.overdue_sums(as_of).outstanding;
    let coming = |until: Date| {
        let due = site.months.values().flat_map(|month| &month.due);
        due.filter(|due| as_of <= due.on && due.on <= until).map(|due| due.outstanding(as_of)).sum::<i64>()
    };
    let coming = next.map(|(_, date)| coming(date)).unwrap_or_default();
    let has_sheet = next.is_some_and(|(month, _)| site.month(month).is_some_and(|m| m.lines > 0));
    let balance = last.map(|movement| (movement.balance, movement.on));
    let cover = AccountCover {
        balance,
        overdue: money(overdue),
        coming: has_sheet.then(|| money(coming)),
        next_pay_date: next.map(|(_, date)| date),
    };
    let measured = Measured::of(unless_missing(cover.figures(site.region, as_of))?);
    if wanted == Wanted::Colour {
        return Ok(measured);
    }
    let short_today = balance.is_some_and(|(balance, _)| balance < money(overdue));
    let days_left = next.map(|(_, date)| if short_today { 0 } else { rules::days_overdue(date, as_of) });
    let lines = site.overdue(as_of).map(|(_, late, _)| late.version.unsigned_abs());
    let entries: Vec<u64> = last.map(|movement| movement.seq).into_iter().chain(lines).collect();
    Ok(measured.entries(entries).shows(json!({
        "numerator": balance.map(|(balance, _)| balance.to_string()),
        "denominator": money(overdue + coming).to_string(),
        "overdue_part": money(overdue).to_string(),
        "coming_part": money(coming).to_string(),
        "next_pay_date": day(next.map(|(_, date)| date)),
        "wage_month": next.map(|(month, _)| month.to_string()),
        "days_left": days_left,
        "balance_of": day(balance.map(|(_, on)| on)),
    })))
}

/// I02: labour cost that the owner transferred in the last full month, and since when none came.
pub(crate) fn labour_cost_transfer(site: &Site, as_of: Date, wanted: Wanted) -> Measure {
    let this = Month::of(as_of);
    let month = if as_of == this.last_day() { this } else { before(this) };
    let known = site.movements.iter().filter(|movement| movement.on <= as_of);
    let of_month: Vec<_> = known.clone().filter(|movement| Month::of(movement.on) == month).collect();
    let received = sum(of_month.iter().filter_map(|movement| movement.labour_cost))?;
    let last = known.clone().rev().find(|movement| movement.labour_cost.is_some());
    let agreed = site.project.terms.agreed_labour_cost;
    let transfer = LabourCostTransfer {
        received: (!of_month.is_empty()).then_some(received),
        agreed: Some(agreed),
        last_transfer: last.map(|movement| movement.on),
        started_on: Some(site.project.terms.starts_on),
    };
    let measured = Measured::of(transfer.figures(as_of));
    if wanted == Wanted::Colour {
        return Ok(measured);
    }
    let since = last.map_or(site.project.terms.starts_on, |movement| movement.on);
    let transfers = of_month.iter().filter(|movement| movement.labour_cost.is_some());
    let mut entries: Vec<u64> = transfers.map(|movement| movement.seq).collect();
    entries.extend(last.map(|movement| movement.seq));
    entries.push(site.project.seq);
    Ok(measured.entries(entries).shows(json!({
        "numerator": received.to_string(),
        "denominator": agreed.to_string(),
        "month": month.to_string(),
        "last_transfer": day(last.map(|movement| movement.on)),
        "days_since": rules::days_overdue(as_of, since),
    })))
}

/// I07: what was paid from the dedicated account, of all that was paid.
pub(crate) fn bank_pay_rate(site: &Site, as_of: Date, wanted: Wanted) -> Measure {
    let window = Window::until(as_of, days_of("warning.payment_window", site, as_of)?);
    let paid = site.months.values().flat_map(|month| &month.paid);
    let paid = paid
        .filter(|paid| window.from <= paid.on && paid.on <= window.to)
        .filter(|paid| paid.returned_on.is_none_or(|on| on > as_of));
    let (mut own, mut all) = (0, 0);
    let mut others: BTreeMap<(&str, &str), i64> = BTreeMap::new();
    let mut entries = Vec::new();
    for paid in paid {
        all += paid.amount;
        match &paid.other {
            None => own += paid.amount,
            Some(account) => {
                *others.entry((&paid.employer, account)).or_default() += paid.amount;
                entries.extend(paid.entries.iter().map(|seq| seq.unsigned_abs()));
            }
        }
    }
    let mut measured = Measured::of(paid_rate(money(own), money(all)));
    if wanted == Wanted::Colour {
        return Ok(measured);
    }
    for ((employer, account), fen) in others {
        let object = Object::of(json!({ "employer": employer, "amount": amount(fen) }));
        measured.object(Object { payer_account: Some(account.to_owned()), ..object });
    }
    Ok(measured.entries(entries).shows(json!({
        "numerator": amount(own),
        "denominator": amount(all),
        "period": [window.from.to_string(), window.to.to_string()],
    })))
}

/// I09: the general contractor's deposits that are valid, against what the contract price asks for.
pub(crate) fn deposit(site: &Site, as_of: Date, wanted: Wanted) -> Measure {
    let terms = &site.project.terms;
    let lodged = || site.deposits.iter().filter(|lodged| lodged.liable == terms.contractor.as_str());
    let deposits: Vec<Deposit> = lodged().map(|lodged| lodged.deposit).collect();
    let known = site.handed_in.deposits.then_some(&deposits[..]);
    let figures = Deposit::figures(Some(terms.contract_price), known, site.region, as_of);
    let measured = Measured::of(unless_missing(figures)?);
    if wanted == Wanted::Colour {
        return Ok(measured);
    }
    let is_valid = |d: &Deposit| d.from <= as_of && d.to.is_none_or(|to| as_of <= to);
    let valid: Vec<Deposit> = deposits.iter().copied().filter(is_valid).collect();
    let notice = days_of("warning.deposit_notice", site, as_of).unwrap_or_default();
    let later = valid.iter().filter(|d| d.to.is_none_or(|to| rules::days_overdue(to, as_of) >= notice));
    let required = Deposit::required(terms.contract_price, site.region, as_of).ok();
    let mut entries: Vec<u64> =
        lodged().filter(|lodged| is_valid(&lodged.deposit)).map(|lodged| lodged.seq).collect();
    entries.push(site.project.seq);
    Ok(measured
        .shows(json!({
            "numerator": sum(valid.iter().map(|d| d.amount))?.to_string(),
            "denominator": required.map(|required| required.to_string()),
            "still_valid_later": sum(later.map(|d| d.amount))?.to_string(),
            "next_expiry": day(Deposit::next_expiry(&deposits, as_of)),
        }))
        .entries(entries))
}
