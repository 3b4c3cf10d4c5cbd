//! Template 1.7: statements of the dedicated account.

use super::{ImportError, Planner, private};
use formats::{Located, Statement};
use wages::Command;
use wages::event::AccountMoved;

/// What the bank's text of a labour-cost transfer contains.
const LABOUR_COST: &str = "人工费";

impl Planner<'_> {
    pub(super) async fn statement(&mut self, statement: &Statement) -> Result<(), ImportError> {
        let Some(project) = self.known_project(statement.project.as_ref()).await? else { return Ok(()) };
        let Some(month) = statement.month else { return Ok(()) };
        let subject = self.ids.project(&project);
        for (place, Located { line, row }) in (1u32..).zip(&statement.rows) {
            let id = self.ids.command("account.moved", &[project.as_str(), row.serial.as_str()]);
            // A row is the same in whatever download it comes again: it keeps the place that it had first.
            let known = self.books.project(subject).await?.movements.get(&id).copied();
            let (statement, place) = known.unwrap_or((month, place));
            let event = AccountMoved {
                project: project.clone(),
                on: row.day,
                direction: row.direction,
                amount: row.amount,
                balance: row.balance,
                counterparty: private(&row.counterparty),
                memo: private(&row.summary),
                labour_cost: row.direction == wages::Direction::In && row.summary.contains(LABOUR_COST),
                serial: row.serial.clone(),
                statement,
                line: place,
            };
            self.row(*line, "流水号", subject, id, Command::MoveAccount(event));
        }
        Ok(())
    }
}
