//! Tax withheld from wages that were not, or not all, paid.

use super::{TaxedUnpaid, order, place};
use crate::ReadModelError;
use crate::arrears::sql;
use crate::engine::{Connection, Row};
use crate::packed::parts;
use crate::value::{Read, Value};
use futures_util::StreamExt;
use rules::{Money, Month, RuleError};
use std::collections::{BTreeMap, HashMap};
use wages::CreditCode;

/// What one agent owes a worker for a month on a project, and what he paid.
#[derive(Default)]
struct Account {
    owed: Money,
    paid: Money,
}

/// By project, employer, crew, worker and line.
pub(super) async fn taxed_unpaid(
    wage_month: Month,
    employer: Option<&CreditCode>,
    tx: &mut Connection,
) -> Result<Vec<TaxedUnpaid>, ReadModelError> {
    let asked = vec![wage_month.into(), Value::from(employer.map_or("", CreditCode::as_str))];
    // What was paid, by line.
    let mut paid_on: BTreeMap<i64, Money> = BTreeMap::new();
    let mut projects = tx.stream(sql!("tax_wages_paid").to_owned(), asked);
    while let Some(project) = projects.next().await {
        let project = project.map_err(ReadModelError::storage("reading what was paid of a month"))?;
        if let Some(lines) = project.text_or_null("lines")? {
            unpaid_lines(&lines, &project.text_or_null("money")?.unwrap_or_default(), &mut paid_on)?;
        }
    }
    drop(projects);
    let keys = paid_on.keys().map(|line| [Value::from(*line)]);
    let mut unpaid = Vec::new();
    for row in tx.fetch_by_keys(sql!("tax_unpaid"), keys).await? {
        let line = row.int("line")?;
        unpaid.push((line.unsigned_abs(), of_row(&row, paid_on.get(&line).copied().unwrap_or_default())?));
    }
    unpaid.sort_by(|(line, one), (other_line, other)| {
        order(&one.place, *line).cmp(&order(&other.place, *other_line))
    });
    Ok(unpaid.into_iter().map(|(_, unpaid)| unpaid).collect())
}

/// The lines of a project that show tax and of whose wages something is not paid; with what is.
fn unpaid_lines(lines: &str, money: &str, paid_on: &mut BTreeMap<i64, Money>) -> Result<(), ReadModelError> {
    let sum = |one: Money, other| one.checked_add(other).ok_or(ReadModelError::Rule(RuleError::OutOfRange));
    let mut accounts: HashMap<(&str, &str), Account> = HashMap::new();
    let mut taxed = Vec::new();
    for mut fields in parts(lines) {
        let key = (fields.next()?, fields.next()?);
        let account = accounts.entry(key).or_default();
        account.owed = sum(account.owed, Money::from_fen(fields.parsed()?).max(Money::ZERO))?;
        taxed.extend(fields.parsed_or_none()?.map(|line| (line, key)));
    }
    for mut fields in parts(money) {
        if let Some(account) = accounts.get_mut(&(fields.next()?, fields.next()?)) {
            account.paid = sum(account.paid, Money::from_fen(fields.parsed()?))?;
        }
    }
    for (line, key) in taxed {
        if let Some(account) = accounts.get(&key).filter(|account| account.paid < account.owed) {
            paid_on.insert(line, account.paid);
        }
    }
    Ok(())
}

fn of_row(row: &Row, paid: Money) -> Result<TaxedUnpaid, ReadModelError> {
    Ok(TaxedUnpaid {
        place: place(row)?,
        net: row.money("net")?,
        paid,
        on_sheet: row.money("income_tax")?,
        due_on: row.parsed_or_null("due_on")?,
    })
}
