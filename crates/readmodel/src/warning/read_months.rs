//! Reading what is known of all projects' months: the bulk of what a day's warnings are judged from.

use super::pace::Pace;
use super::site::Site;
use super::site_month::{DayMask, SiteMonth, read_present};
use crate::ReadModelError;
use crate::arrears::sql;
use crate::engine::{Connection, Row};
use crate::value::{Read, Value};
use rules::Month;
use std::collections::BTreeMap;
use tokio::task::JoinHandle;
use uuid::Uuid;

/// Months read at a time, some megabytes of a city's; fewer where others are to come between.
const MONTHS: usize = 250;
const MONTHS_BESIDE: usize = 20;
/// A month read: its project, what is known of it, and who worked in it.
type ReadMonth = (String, Month, SiteMonth, Vec<(Uuid, DayMask)>);

/// All projects' months. With several cores, those before are made out while some are read from the database.
pub(crate) async fn read_months(
    sites: &mut BTreeMap<String, Site>,
    pace: &Pace,
    connection: &mut Connection,
) -> Result<(), ReadModelError> {
    let mut after: [Value; 2] = [Value::Word(""), Value::Word("")];
    let mut before: Option<JoinHandle<Result<Vec<ReadMonth>, ReadModelError>>> = None;
    let months = if pace.cores == 1 { MONTHS_BESIDE } else { MONTHS };
    loop {
        pace.step();
        let [project, month] = after.clone();
        let limit = i64::try_from(months).unwrap_or(i64::MAX).into();
        let rows = connection.fetch(sql!("site_months"), vec![project, month, limit]).await?;
        let more = rows.len() == months;
        if let Some(last) = rows.last() {
            after = [last.text("project")?.into(), last.text("month")?.into()];
        }
        if pace.cores == 1 {
            for row in rows {
                pace.step();
                add(sites, vec![read_month(&row)?]);
            }
        } else {
            let next = tokio::task::spawn_blocking(move || rows.iter().map(read_month).collect());
            let ready = before.replace(next);
            for reading in ready.into_iter().chain((!more).then(|| before.take()).flatten()) {
                let months = reading.await.map_err(|e| ReadModelError::damaged("site_month", e))?;
                add(sites, months?);
            }
        }
        if !more {
            break;
        }
    }
    Ok(())
}

fn add(sites: &mut BTreeMap<String, Site>, months: Vec<ReadMonth>) {
    for (project, month, facts, present) in months {
        if let Some(site) = sites.get_mut(&project) {
            site.add(month, facts, present);
        }
    }
}

fn read_month(row: &Row) -> Result<ReadMonth, ReadModelError> {
    let facts = serde_json::from_str(&row.text("facts")?);
    let facts = facts.map_err(|e| ReadModelError::damaged("site_month.facts", e))?;
    let present = read_present(&row.text("present")?);
    let present = present.ok_or_else(|| ReadModelError::damaged("site_month.present", "not worker:days"))?;
    Ok((row.text("project")?, row.parsed("month")?, facts, present))
}
