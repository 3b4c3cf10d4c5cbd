//! What people did with warnings, and by which entry a warning went by itself.

use super::Warning;
use crate::ReadModelError;
use crate::arrears::sql;
use crate::engine::Connection;
use crate::value::{Read, Value};
use jiff::civil::Date;
use rules::warning::{Colour, IndicatorId};
use std::collections::HashMap;
use uuid::Uuid;
use wages::SealedField;

/// What somebody did with a warning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandledStep {
    /// The entry.
    pub seq: u64,
    /// `acknowledged`, `assigned`, `ordered`, `explained` or `resolved`.
    pub kind: String,
    /// The day for which the warning was seen.
    pub as_of: Date,
    /// Who is to act.
    pub addressee: Option<String>,
    /// By when.
    pub until: Option<Date>,
    /// In his words: sealed as field `reason`.
    pub reason: SealedField,
    /// Whose key opens it.
    pub subject: Uuid,
    /// µs since 1970-01-01 UTC.
    pub recorded_at: i64,
    /// Account of who did it.
    pub actor: String,
}

/// Kinds of facts that can make an indicator good.
fn remedies(rule: IndicatorId) -> &'static [&'static str] {
    const PAY: &[&str] = &["payment.recorded", "wages.accrued", "wages.corrected"];
    match rule {
        IndicatorId::I01 => &["account.moved", "payment.recorded", "wages.accrued", "wages.corrected"],
        IndicatorId::I02 => &["account.moved", "project.changed"],
        IndicatorId::I03 => PAY,
        IndicatorId::I04 => &["contract.signed", "contract.amended"],
        IndicatorId::I05 => &["site.entered"],
        IndicatorId::I06 => &["work.recorded", "project.changed"],
        IndicatorId::I07 | IndicatorId::I08 => &["payment.recorded", "project.changed"],
        IndicatorId::I09 => &["deposit.lodged", "project.changed"],
        IndicatorId::I10 => &["site.inspected"],
        IndicatorId::I11 | IndicatorId::I12 => &["wages.corrected", "wages.accrued"],
        IndicatorId::I13 | IndicatorId::I15 => PAY,
        IndicatorId::A01 => &["work.recorded", "site.left"],
        IndicatorId::A02 | IndicatorId::A04 => &["wages.corrected"],
        IndicatorId::A03 => &["wages.corrected", "payment.returned"],
        IndicatorId::A05 => &["work.corrected"],
        IndicatorId::A06 => &["work.recorded", "wages.corrected"],
        IndicatorId::A07 => &["wages.accrued"],
        IndicatorId::A08 => &["account.moved"],
        IndicatorId::I14 => &["payment.recorded", "wages.accrued", "wages.corrected", "complaint.filed"],
    }
}

/// Adds to each warning what was done with it.
pub(super) async fn add_steps(
    rows: &mut [Warning],
    as_of: Date,
    connection: &mut Connection,
) -> Result<(), ReadModelError> {
    let key = |row: &Warning| (row.rule.label().to_owned(), row.project.clone(), row.employer.clone());
    let places: HashMap<_, usize> = rows.iter().enumerate().map(|(at, row)| (key(row), at)).collect();
    for step in connection.fetch(sql!("warning_steps"), vec![as_of.into()]).await? {
        let key = (step.text("rule")?, step.text_or_null("project")?, step.text_or_null("employer")?);
        let Some(row) = places.get(&key).and_then(|at| rows.get_mut(*at)) else { continue };
        row.steps.push(HandledStep {
            seq: step.number("seq")?,
            kind: step.text("kind")?,
            as_of: step.parsed("as_of")?,
            addressee: step.text_or_null("addressee")?,
            until: step.parsed_or_null("until_on")?,
            reason: step.sealed("reason")?,
            subject: step.parsed("subject")?,
            recorded_at: step.int("recorded_at")?,
            actor: step.text("actor")?,
        });
    }
    Ok(())
}

/// The last remedy that happened on the day on which the colour went.
const ON_THE_DAY: &str = "SELECT k.k1 AS row, MAX(e.seq) AS seq FROM k CROSS JOIN entry e \
    WHERE {about} = k.k2 AND e.type = k.k3 AND e.occurred_on = k.k4 GROUP BY k.k1";
/// The first remedy recorded after the last step; of facts without a day of their own, as a corrected wage line.
const AFTER_THE_STEP: &str = "SELECT k.k1 AS row, MIN(e.seq) AS seq FROM k CROSS JOIN entry e \
    WHERE {about} = k.k2 AND e.type = k.k3 AND e.seq > CAST(k.k5 AS BIGINT) GROUP BY k.k1";

/// Of each warning that was handled and has no colour any more: since when, and the entry that took it away. `gone`
/// says the first day without a colour by the place of the row.
pub(super) async fn add_resolutions(
    rows: &mut [Warning],
    gone: &[(usize, Date)],
    connection: &mut Connection,
) -> Result<(), ReadModelError> {
    for (question, latest) in [(ON_THE_DAY, true), (AFTER_THE_STEP, false)] {
        for about in ["e.project", "e.employer"] {
            let mut keys: Vec<[Value; 5]> = Vec::new();
            for (at, day) in gone {
                let Some(row) = rows.get(*at).filter(|row| row.resolved_by.is_none()) else { continue };
                let object = if about == "e.project" { &row.project } else { &row.employer };
                let Some(object) = object else { continue };
                let last = row.steps.last().map_or(0, |step| step.seq);
                for remedy in remedies(row.rule) {
                    keys.push([
                        Value::Text(at.to_string()),
                        object.into(),
                        Value::Word(remedy),
                        (*day).into(),
                        Value::Text(last.to_string()),
                    ]);
                }
            }
            let sql = question.replace("{about}", about);
            for found in connection.fetch_by_keys(&sql, keys.into_iter()).await? {
                let (at, seq): (usize, u64) = (found.parsed("row")?, found.number("seq")?);
                let Some(row) = rows.get_mut(at) else { continue };
                let better = |known: u64| if latest { known.max(seq) } else { known.min(seq) };
                row.resolved_by = Some(row.resolved_by.map_or(seq, better));
            }
        }
    }
    for (at, day) in gone {
        if let Some(row) = rows.get_mut(*at) {
            row.since = Some(*day);
            // An inspection says itself on which day its case was closed, whenever it was recorded.
            if row.rule == IndicatorId::I10 && row.resolved_by.is_none() {
                row.resolved_by = row.entries.iter().copied().max();
            }
        }
    }
    Ok(())
}

/// Whether somebody did something with a warning that has no colour now.
pub(super) fn is_gone(row: &Warning) -> bool {
    row.colour == Colour::None && !row.steps.is_empty()
}
