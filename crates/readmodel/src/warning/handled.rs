//! What people did with warnings, and by which entry a warning went by itself.

use super::Warning;
use crate::ReadModelError;
use crate::arrears::sql;
use crate::engine::Connection;
use crate::trail::{self, AuditRow, Of};
use crate::value::Read;
use jiff::civil::Date;
use rules::warning::{Colour, IndicatorId};
use std::collections::HashMap;
use uuid::Uuid;
use wages::{Party, SealedField};

/// What somebody did with a warning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandledStep {
    /// The entry.
    pub seq: u64,
    /// `acknowledged`, `assigned`, `ordered`, `explained` or `resolved`.
    pub kind: String,
    /// The day for which the warning was seen.
    pub as_of: Date,
    /// Who is to act; words are sealed as field `to`.
    pub addressee: Option<Party>,
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

/// What was done with warnings, by rule, project and employer.
pub(super) struct Steps(HashMap<(String, Option<String>, Option<String>), Vec<HandledStep>>);

/// What was done by the end of a day.
pub(super) async fn steps(as_of: Date, connection: &mut Connection) -> Result<Steps, ReadModelError> {
    let mut steps = Steps(HashMap::new());
    for step in connection.fetch(sql!("warning_steps"), vec![as_of.into()]).await? {
        let of = (step.text("rule")?, step.text_or_null("project")?, step.text_or_null("employer")?);
        steps.0.entry(of).or_default().push(HandledStep {
            seq: step.number("seq")?,
            kind: step.text("kind")?,
            as_of: step.parsed("as_of")?,
            addressee: step.json_or_null("addressee")?,
            until: step.parsed_or_null("until_on")?,
            reason: step.sealed("reason")?,
            subject: step.parsed("subject")?,
            recorded_at: step.int("recorded_at")?,
            actor: step.text("actor")?,
        });
    }
    Ok(steps)
}

impl Steps {
    /// Adds to each warning what was done with it.
    pub(super) fn add_to(mut self, rows: &mut [Warning]) {
        if self.0.is_empty() {
            return;
        }
        for row in rows {
            let of = (row.rule.label().to_owned(), row.project.clone(), row.employer.clone());
            row.steps.extend(self.0.remove(&of).into_iter().flatten());
        }
    }
}

/// Of each warning that was handled and has no colour any more: since when, and the entry that took it away: the last
/// remedy that happened on the day on which the colour went; of facts without a day of their own, as a corrected wage
/// line, the first recorded after the last step. `gone` says the first day without a colour by the place of the row.
pub(super) async fn add_resolutions(
    rows: &mut [Warning],
    gone: &[(usize, Date)],
    connection: &mut Connection,
) -> Result<(), ReadModelError> {
    for (at, day) in gone {
        let Some(row) = rows.get_mut(*at) else { continue };
        row.since = Some(*day);
        let last = row.steps.last().map_or(0, |step| step.seq);
        let objects = [(Of::Project, &row.project), (Of::Employer, &row.employer)];
        let objects: Vec<_> =
            objects.into_iter().filter_map(|(of, code)| Some((of, code.clone()?))).collect();
        let remedy = |known: &AuditRow| remedies(row.rule).contains(&known.type_name);
        let on_the_day = |known: &AuditRow| remedy(known) && known.occurred_on == Some(*day);
        let mut found = Vec::new();
        for (of, code) in &objects {
            if found.is_empty() {
                found = trail::walk(connection, (*of, code.into()), u64::MAX, true, 1, on_the_day).await?;
            }
        }
        for (of, code) in &objects {
            if found.is_empty() {
                found = trail::walk(connection, (*of, code.into()), last, false, 1, remedy).await?;
            }
        }
        let mut resolved_by = found.first().map(|known| known.seq);
        // An inspection says itself on which day its case was closed, whenever it was recorded.
        if row.rule == IndicatorId::I10 && resolved_by.is_none() {
            resolved_by = row.entries.iter().copied().max();
        }
        row.resolved_by = resolved_by;
    }
    Ok(())
}

/// Whether somebody did something with a warning that has no colour now.
pub(super) fn is_gone(row: &Warning) -> bool {
    row.colour == Colour::None && !row.steps.is_empty()
}
