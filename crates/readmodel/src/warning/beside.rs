//! What is not known for want of a calendar, beside what is judged: it can make an indicator worse and never better. So a
//! colour that is known without it stays, and where there would be none the indicator is unknown.

use super::measure::{Measured, Wanted, amount, unknown};
use super::site::{LastDue, UndatedSums};
use super::{About, Day};
use rules::RuleError;
use rules::warning::{Colour, IndicatorId};
use serde_json::json;

/// What an indicator depends on that only a calendar tells.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Needs {
    Nothing,
    /// Which lines are overdue.
    DueDays,
    /// Which lines are overdue of the last wage month due, and which month that is.
    MonthAndDueDays,
    /// Which wage month is the last due.
    Month,
}

fn needs(id: IndicatorId) -> Needs {
    match id {
        IndicatorId::I01 | IndicatorId::I13 | IndicatorId::I14 | IndicatorId::I15 => Needs::DueDays,
        IndicatorId::I03 => Needs::MonthAndDueDays,
        IndicatorId::I08
        | IndicatorId::I11
        | IndicatorId::A01
        | IndicatorId::A02
        | IndicatorId::A03
        | IndicatorId::A04
        | IndicatorId::A05
        | IndicatorId::A06
        | IndicatorId::A07 => Needs::Month,
        IndicatorId::I02
        | IndicatorId::I04
        | IndicatorId::I05
        | IndicatorId::I06
        | IndicatorId::I07
        | IndicatorId::I09
        | IndicatorId::I10
        | IndicatorId::I12
        | IndicatorId::A08 => Needs::Nothing,
    }
}

impl Day<'_> {
    /// The indicator with what is not known beside it.
    pub(super) fn beside(
        &self,
        id: IndicatorId,
        about: About<'_>,
        mut measured: Measured,
        wanted: Wanted,
    ) -> Result<Measured, RuleError> {
        let (undated, unsure) = self.not_known(id, about);
        if undated.lines == 0 && !unsure {
            return Ok(measured);
        }
        if wanted == Wanted::All {
            let mut beside = serde_json::Map::new();
            if undated.lines > 0 {
                beside.insert("lines".to_owned(), json!(undated.lines));
                beside.insert("workers".to_owned(), json!(undated.workers.len()));
                beside.insert("amount".to_owned(), amount(undated.outstanding));
                beside.insert("no_calendar".to_owned(), json!(undated.years));
            }
            if unsure {
                beside.insert("last_month_due".to_owned(), json!("unknown"));
            }
            measured.shown.insert("not_known".to_owned(), beside.into());
        }
        if self.colour_of(id, about, &measured.figures)? == Colour::None {
            measured.figures =
                unknown("it is not known what is due by now: a calendar of rest days is missing");
        }
        Ok(measured)
    }

    /// Lines that may be overdue, and whether it is uncertain which month is the last due.
    fn not_known(&self, id: IndicatorId, about: About<'_>) -> (UndatedSums, bool) {
        let site = match about {
            About::Site(at) => self.of.sites.get(at),
            About::Employer(code) => return (self.debts.undated(code, self.as_of), false),
            About::All => None,
        };
        let Some(site) = site else { return (UndatedSums::default(), false) };
        let LastDue { month, unsure } = match needs(id) {
            Needs::Month | Needs::MonthAndDueDays => site.last_due(self.as_of),
            Needs::DueDays | Needs::Nothing => LastDue { month: None, unsure: false },
        };
        let undated = match needs(id) {
            Needs::DueDays => UndatedSums::clone(&site.undated_sums(self.as_of)),
            Needs::MonthAndDueDays => site.undated_of_month(month, self.as_of),
            Needs::Month | Needs::Nothing => UndatedSums::default(),
        };
        (undated, unsure)
    }
}
