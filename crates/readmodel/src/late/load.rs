//! Reading projects from the tables.

use super::Lateness;
use super::book::{Book, Group, GroupKey, Line, MissingMonth, Unsealed};
use super::firms::Firms;
use super::read::{self, LineRow, StayRow, by_month};
use super::silence::{Planned, Silence};
use crate::arrears::sql;
use crate::engine::{Connection, Row};
use crate::model::Position;
use crate::packed::whole;
use crate::site::place;
use crate::value::Read;
use crate::{Cursor, Organisation, ReadModel, ReadModelError};
use jiff::civil::Date;
use rules::{Money, Month, PayDay};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use uuid::Uuid;

/// Words that many rows repeat.
#[derive(Default)]
struct Words(BTreeSet<Arc<str>>);

impl Words {
    fn get(&mut self, word: &str) -> Arc<str> {
        if let Some(known) = self.0.get(word) {
            return Arc::clone(known);
        }
        let new: Arc<str> = word.into();
        self.0.insert(Arc::clone(&new));
        new
    }
}

impl ReadModel {
    /// What was late when, up to the read model's cursor. With an earlier answer, only what entries since then
    /// name is read again.
    pub async fn lateness(&self, before: Option<&Lateness>) -> Result<Lateness, ReadModelError> {
        let tx = &mut self.read().await?;
        let head = Position::read(tx).await?.cursor;
        let before = before.filter(|before| before.head.seq <= head.seq);
        if let Some(before) = before.filter(|before| before.head == head) {
            return Ok(before.clone());
        }
        let organisations = Arc::new(organisations(tx).await?);
        let mut projects = before.map(|before| before.projects.clone()).unwrap_or_default();
        let mut several = before.map(|before| Arc::clone(&before.several)).unwrap_or_default();
        let mut words = Words::default();
        for code in changed(tx, before.map(|before| before.head)).await? {
            let book = Arc::new(book(tx, &code, &mut words).await?);
            let project: Arc<str> = code.as_str().into();
            let before = projects.insert(code, Arc::clone(&book));
            let before = before.as_ref().map_or(&[][..], |before| &before.late);
            Arc::make_mut(&mut several).change(&project, before, &book.late);
        }
        let mut kinds = BTreeMap::new();
        for row in &tx.fetch(sql!("facts"), Vec::new()).await? {
            kinds.insert(row.text("type")?, row.number("entries")?);
        }
        let firms = Arc::new(Firms::of(&projects));
        Ok(Lateness { head, projects, firms, organisations, kinds, several })
    }
}

async fn changed(tx: &mut Connection, since: Option<Cursor>) -> Result<Vec<String>, ReadModelError> {
    let rows = match since {
        None => tx.fetch(sql!("projects_named"), Vec::new()).await?,
        Some(cursor) => tx.fetch(sql!("projects_since"), vec![place(cursor.seq)]).await?,
    };
    rows.iter().map(|row| row.text("project")).collect()
}

async fn organisations(tx: &mut Connection) -> Result<BTreeMap<String, Organisation>, ReadModelError> {
    let rows = tx.fetch(sql!("organisations"), Vec::new()).await?;
    let organisation = |row: &Row| {
        let code = row.text("code")?;
        let known =
            Organisation { code: code.clone(), subject: row.parsed("subject")?, name: row.text("name")? };
        Ok((code, known))
    };
    rows.iter().map(organisation).collect()
}

async fn book(tx: &mut Connection, code: &str, words: &mut Words) -> Result<Book, ReadModelError> {
    let mut book = Book::default();
    let mut planned = Planned::default();
    if let Some(row) = tx.fetch(sql!("project"), vec![code.into()]).await?.first() {
        (book.name, book.region) = (Some(row.text("name")?), Some(row.text("region")?));
        let month = |column| row.parsed(column).map(Month::of);
        planned.pay_day = PayDay::from_code(row.int("pay_day")?);
        planned.months = Some((month("starts_on")?, month("planned_end")?));
        book.contractor = Some(words.get(&row.text("contractor")?));
        book.owner = Some(words.get(&row.text("owner")?));
    }
    let mut groups: BTreeMap<GroupKey, Group> = BTreeMap::new();
    let lines = by_month(&tx.fetch(sql!("lines_of_project"), vec![code.into()]).await?)?;
    for packed in &lines {
        let month = packed.month;
        for row in packed.lines() {
            let row = row?;
            book.months.add_line(month, &row)?;
            let key = (row.worker, words.get(row.employer), month);
            let LineRow { line, crew, gross, net, nominal_due, due_on, no_calendar, .. } = row;
            let line = Line { line, crew, gross, net, nominal_due, due_on, no_calendar };
            groups.entry(key).or_default().lines.push(line);
        }
    }
    let money = by_month(&tx.fetch(sql!("money_of_project"), vec![code.into()]).await?)?;
    for packed in &money {
        let month = packed.month;
        for row in packed.money() {
            let row = row?;
            book.months.add_money(month, &row)?;
            let Some(from) = row.value_on.filter(|_| row.counts()) else { continue };
            let key = (row.worker, words.get(row.employer), month);
            let money = &mut groups.entry(key).or_default().money;
            change(money, from, row.amount)?;
            if let Some(until) = row.returned_on {
                change(money, until, row.amount.checked_neg().ok_or_else(too_much)?)?;
            }
        }
    }
    for group in groups.values_mut() {
        group.lines.sort_unstable_by_key(|line| line.line);
    }
    // Of everything: then no sum of some of it is too large either.
    let all = groups.values().flat_map(|group| group.lines.iter().map(|line| line.net));
    Money::checked_sum(all.map(|net| net.max(Money::ZERO))).ok_or_else(too_much)?;
    book.fill(groups);
    missing(tx, code, words, &mut book).await?;
    months(tx, code, planned, &mut book).await?;
    for row in &tx.fetch(sql!("unsealed_of_project"), vec![code.into()]).await? {
        let (worker, employer, _) = key(row, words)?;
        let due_on = row.parsed("due_on")?;
        book.unsealed.push(Unsealed { worker, employer, crew: row.parsed("crew")?, due_on });
    }
    let employers = tx.fetch(sql!("employers_of_project"), vec![code.into()]).await?;
    let employers = employers.iter().map(|row| Ok(words.get(&row.text("employer")?)));
    book.note_employers(&employers.collect::<Result<Vec<_>, ReadModelError>>()?);
    book.months.close();
    Ok(book)
}

/// What the months have besides lines and payments, and those that have nothing.
async fn months(
    tx: &mut Connection,
    code: &str,
    planned: Planned,
    book: &mut Book,
) -> Result<(), ReadModelError> {
    let months = &mut book.months;
    months.add_missing(&book.missing);
    months.add_work(&tx.fetch(sql!("work_by_month"), vec![code.into()]).await?)?;
    let sheets = months.add_sheets(&tx.fetch(sql!("sheets_by_month"), vec![code.into()]).await?)?;
    months.add_statements(&tx.fetch(sql!("statement_months"), vec![code.into()]).await?)?;
    let stays = whole(&tx.fetch(sql!("stays_of_project"), vec![code.into()]).await?)?;
    let stays: Vec<StayRow<'_>> = read::stays(&stays).collect::<Result<_, _>>()?;
    let signed = whole(&tx.fetch(sql!("contracts_of_project"), vec![code.into()]).await?)?;
    months.add_people(&stays, &signed)?;
    months.add_planned(planned);
    book.silence = Silence::of(planned, &stays, &sheets);
    Ok(())
}

async fn missing(
    tx: &mut Connection,
    code: &str,
    words: &mut Words,
    book: &mut Book,
) -> Result<(), ReadModelError> {
    for row in &tx.fetch(sql!("missing_of_project"), vec![code.into()]).await? {
        let crew = row.text("crew")?;
        let (worker, employer, month) = key(row, words)?;
        book.missing.push(MissingMonth {
            worker,
            employer,
            crew: if crew.is_empty() { None } else { Some(row.parsed("crew")?) },
            month,
            days: row.days("days_tenths")?,
            nominal_due: row.parsed("nominal_due")?,
            due_on: row.parsed_or_null("due_on")?,
            no_calendar: row.number_or_null("no_calendar")?,
        });
    }
    Ok(())
}

fn key(row: &Row, words: &mut Words) -> Result<GroupKey, ReadModelError> {
    Ok((row.parsed::<Uuid>("worker")?, words.get(&row.text("employer")?), row.parsed("month")?))
}

fn change(money: &mut BTreeMap<Date, i64>, day: Date, amount: i64) -> Result<(), ReadModelError> {
    let sum = money.entry(day).or_default();
    *sum = sum.checked_add(amount).ok_or_else(too_much)?;
    Ok(())
}

fn too_much() -> ReadModelError {
    rules::RuleError::OutOfRange.into()
}
