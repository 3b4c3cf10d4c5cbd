//! Claims of those who paid wages that another owed.

use crate::ReadModelError;
use crate::arrears::sql;
use crate::engine::{Connection, Row};
use crate::lookup::Project;
use crate::value::{Read, Value, recorded};
use jiff::civil::Date;
use rules::owed::{ClaimPayment, PaidBy, Recourse, settle};
use rules::{Money, RuleError};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;
use wages::Payer;

/// Claims of one creditor against one debtor, over all workers of an employer on a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecourseClaim {
    /// What he paid for the other, under which provision.
    pub claim: Recourse,
    /// How many worker-months it was paid for.
    pub worker_months: u64,
    /// The payments.
    pub entries: Vec<u64>,
}

/// By project and employer; `None` where the law of the day is not in our data.
pub(crate) type Claims = HashMap<(String, String), Option<Vec<RecourseClaim>>>;

/// Wages of one worker and month that somebody else paid a part of.
#[derive(Default)]
struct Wages {
    net: i64,
    /// The earliest due day; where it is not known for want of a calendar the day agreed, by which it was due at the latest.
    due_on: Option<Date>,
    /// In the order of booking.
    payments: Vec<Paid>,
}

/// A payment that went through and was kept; in fen.
struct Paid {
    seq: u64,
    amount: i64,
    paid_by: PaidBy,
}

/// The emergency fund of a government has no credit code here.
const FUND: &str = "emergency_fund";

const LINES: &str = "SELECT l.worker, l.project, l.employer, l.month, l.net, \
    COALESCE(l.due_on, l.nominal_due) AS due_on FROM k CROSS JOIN wage_line l \
    WHERE l.worker = k.k1 AND l.project = k.k2 AND l.employer = k.k3 AND l.month = k.k4";
const PAYMENTS: &str = "SELECT p.seq, p.worker, p.project, p.employer, p.month, p.value_on, p.amount, p.payer, \
    p.payer_account_index, (SELECT MIN(r.returned_on) FROM payment_return r WHERE r.payment = p.seq) \
    AS returned_on FROM k CROSS JOIN payment p WHERE p.worker = k.k1 AND p.project = k.k2 AND p.employer = k.k3 \
    AND p.month = k.k4 AND p.value_on IS NOT NULL ORDER BY p.value_on, p.seq";

/// All claims on a day.
pub(crate) async fn claims(
    projects: &HashMap<String, Project>,
    as_of: Date,
    tx: &mut Connection,
) -> Result<Claims, ReadModelError> {
    /// Project, employer, worker, month.
    type Key = (String, String, Uuid, String);
    let mut all: BTreeMap<Key, Wages> = BTreeMap::new();
    let key = |row: &Row| -> Result<Key, ReadModelError> {
        Ok((row.text("project")?, row.text("employer")?, row.parsed("worker")?, row.text("month")?))
    };
    for row in tx.fetch(sql!("advances"), vec![as_of.into()]).await? {
        all.insert(key(&row)?, Wages::default());
    }
    let keys: Vec<[Value; 4]> = all
        .keys()
        .map(|(project, employer, worker, month)| {
            [(*worker).into(), project.into(), employer.into(), month.into()]
        })
        .collect();
    for row in tx.fetch_by_keys(LINES, keys.clone().into_iter()).await? {
        let wages = all.entry(key(&row)?).or_default();
        wages.net += row.int("net")?.max(0);
        let due_on = row.parsed_or_null("due_on")?;
        wages.due_on = [wages.due_on, due_on].into_iter().flatten().min();
    }
    for row in tx.fetch_by_keys(PAYMENTS, keys.into_iter()).await? {
        let (on, returned_on): (Date, Option<Date>) =
            (row.parsed("value_on")?, row.parsed_or_null("returned_on")?);
        let key = key(&row)?;
        let Some(project) = projects.get(&key.0) else { continue };
        if on > as_of || returned_on.is_some_and(|day| day <= as_of) {
            continue;
        }
        let wages = all.entry(key).or_default();
        let dedicated = row.text_or_null("payer_account_index")?.as_deref()
            == Some(project.terms.account_index.to_string().as_str());
        let late = wages.due_on.is_some_and(|due_on| on > due_on);
        let paid_by = paid_by(&row.text("payer")?, dedicated, late);
        wages.payments.push(Paid { seq: row.number("seq")?, amount: row.int("amount")?, paid_by });
    }
    let mut claims = Claims::new();
    for ((project, employer, ..), wages) in all {
        let Some(of) = projects.get(&project) else { continue };
        let known = claims.entry((project, employer.clone())).or_insert_with(|| Some(Vec::new()));
        match (wages.claims(of, &employer, as_of), &mut *known) {
            (Ok(found), Some(known)) => add(known, found)?,
            (Ok(_), None) => {}
            (Err(RuleError::Missing(_)), known) => *known = None,
            (Err(error), _) => return Err(error.into()),
        }
    }
    Ok(claims)
}

/// In what capacity somebody pays, by the word that was recorded. What the general contractor pays from the dedicated
/// account, or in time, is the debt itself; so is what nobody says more of.
fn paid_by(payer: &str, dedicated: bool, late: bool) -> PaidBy {
    let is = |other: Payer| payer == recorded(&other);
    match () {
        () if is(Payer::GeneralContractor) && !dedicated && late => PaidBy::GeneralContractor,
        () if is(Payer::Owner) => PaidBy::Owner,
        () if is(Payer::Deposit) => PaidBy::Deposit,
        () if is(Payer::Guarantee) => PaidBy::Guarantee,
        () if is(Payer::Fund) => PaidBy::EmergencyFund,
        () if is(Payer::Court) => PaidBy::CourtEnforcement,
        () => PaidBy::Employer,
    }
}

impl Wages {
    /// What those who paid for another may claim, payment after payment, with the entries.
    fn claims(&self, project: &Project, employer: &str, day: Date) -> Result<Vec<RecourseClaim>, RuleError> {
        let (contractor, owner) = (project.terms.contractor.as_str(), project.terms.owner.as_str());
        let (mut known, mut before): (Vec<ClaimPayment>, usize) = (Vec::new(), 0);
        let mut found = Vec::new();
        for payment in &self.payments {
            let payer = match payment.paid_by {
                PaidBy::Owner => owner,
                PaidBy::GeneralContractor | PaidBy::Deposit | PaidBy::Guarantee => contractor,
                PaidBy::EmergencyFund => FUND,
                PaidBy::Employer | PaidBy::CourtEnforcement => employer,
            };
            let (paid_by, amount) = (payment.paid_by, Money::from_fen(payment.amount));
            known.push(ClaimPayment { payer: payer.to_owned(), paid_by, amount });
            let settled = settle(Money::from_fen(self.net), employer, Some(contractor), &known, day)?;
            let opened = settled.recourse.into_iter().skip(before);
            found.extend(opened.map(|claim| RecourseClaim {
                claim,
                worker_months: 1,
                entries: vec![payment.seq],
            }));
            before = found.len();
        }
        Ok(found)
    }
}

/// Adds claims of one worker-month: those of the same two under the same provision become one.
fn add(claims: &mut Vec<RecourseClaim>, found: Vec<RecourseClaim>) -> Result<(), RuleError> {
    let mut counted: Vec<usize> = Vec::new();
    for new in found {
        let same = |known: &RecourseClaim| {
            (&known.claim.creditor, &known.claim.debtor, known.claim.by)
                == (&new.claim.creditor, &new.claim.debtor, new.claim.by)
        };
        let Some(at) = claims.iter().position(same) else {
            counted.push(claims.len());
            claims.push(new);
            continue;
        };
        let Some(known) = claims.get_mut(at) else { continue };
        known.claim.amount = known.claim.amount.checked_add(new.claim.amount).ok_or(RuleError::OutOfRange)?;
        known.entries.extend(new.entries);
        if !counted.contains(&at) {
            known.worker_months += 1;
            counted.push(at);
        }
    }
    Ok(())
}
