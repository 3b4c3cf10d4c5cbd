//! What workers declared to be deducted before tax: statements of how things are.

use super::oversight::{Said, differing};
use super::{ImportError, Planner};
use formats::{DeductionRow, Located};
use wages::Command;
use wages::event::DeductionDeclared;

impl Planner<'_> {
    pub(super) async fn deductions(&mut self, rows: &[Located<DeductionRow>]) -> Result<(), ImportError> {
        for Located { line, row } in rows {
            let Some(subject) = self.worker_of_row(*line, &row.id, &row.name).await? else { continue };
            let mut now = DeductionDeclared {
                employer: row.employer.clone(),
                kind: row.kind,
                monthly: row.monthly,
                from: row.from,
                until: row.until,
                declared_on: row.declared_on,
                changed: Vec::new(),
            };
            let known = self.books.worker(subject).await?;
            let before = known.deductions.insert((row.employer.clone(), row.kind, row.from), now.clone());
            now.changed = before.as_ref().map_or_else(Vec::new, |before| {
                differing(&[
                    ("monthly", before.monthly != now.monthly),
                    ("until", before.until != now.until),
                    ("declared_on", before.declared_on != now.declared_on),
                ])
            });
            let said = Said { kind: "deduction.declared", column: "扣除项目", line: *line, subject };
            let (worker, from) = (subject.to_string(), row.from.to_string());
            let key = [worker.as_str(), row.employer.as_str(), row.kind.word(), from.as_str()];
            let changed = before.is_some().then(|| now.changed.clone());
            self.said(said, &key, changed, Command::DeclareDeduction(now));
        }
        Ok(())
    }
}
