//! Template 1.1: projects are statements of how things are.

use super::{ImportError, Planner, Role};
use formats::{Located, ProjectRow};
use wages::Command;
use wages::event::{ProjectChanged, ProjectRegistered, ProjectTerms};

impl Planner<'_> {
    pub(super) async fn projects(&mut self, rows: &[Located<ProjectRow>]) -> Result<(), ImportError> {
        for Located { line, row } in rows {
            self.organisation(*line, &row.owner_code, &row.owner).await?;
            self.organisation(*line, &row.general_contractor_code, &row.general_contractor).await?;
            let terms = self.terms(row);
            let subject = self.ids.project(&row.code);
            let known = self.books.project(subject).await?;
            match known.terms.replace(terms.clone()) {
                None => {
                    let event = ProjectRegistered { code: row.code.clone(), terms };
                    self.row(*line, "项目编码", subject, subject, Command::RegisterProject(event));
                }
                Some(before) if before == terms => {
                    self.plan.known.insert(*line);
                }
                Some(before) => {
                    let changed = changed(&before, &terms);
                    let id = self.change_id("project.changed", &[row.code.as_str()], *line);
                    let event = ProjectChanged { code: row.code.clone(), changed, terms };
                    let command = Command::ChangeProject(event);
                    self.step(Role::Row, &[*line], "项目编码", subject, id, command);
                }
            }
        }
        Ok(())
    }

    fn terms(&self, row: &ProjectRow) -> ProjectTerms {
        ProjectTerms {
            name: row.name.clone(),
            region: row.region.clone(),
            owner_name: row.owner.clone(),
            owner: row.owner_code.clone(),
            contractor_name: row.general_contractor.clone(),
            contractor: row.general_contractor_code.clone(),
            contract_price: row.contract_price,
            account_bank: row.bank.clone(),
            account: row.account.clone(),
            account_index: self.account_index(&row.account),
            transfer_cycle_days: row.labour_cost_period_days,
            agreed_labour_cost: row.agreed_monthly_labour_cost,
            pay_day: row.pay_day,
            starts_on: row.starts_on,
            planned_end: row.planned_end,
        }
    }
}

/// Names of the fields that differ.
fn changed(before: &ProjectTerms, now: &ProjectTerms) -> Vec<String> {
    let differs = [
        ("name", before.name != now.name),
        ("region", before.region != now.region),
        ("owner_name", before.owner_name != now.owner_name),
        ("owner", before.owner != now.owner),
        ("contractor_name", before.contractor_name != now.contractor_name),
        ("contractor", before.contractor != now.contractor),
        ("contract_price", before.contract_price != now.contract_price),
        ("account_bank", before.account_bank != now.account_bank),
        ("account", before.account != now.account),
        ("transfer_cycle_days", before.transfer_cycle_days != now.transfer_cycle_days),
        ("agreed_labour_cost", before.agreed_labour_cost != now.agreed_labour_cost),
        ("pay_day", before.pay_day != now.pay_day),
        ("starts_on", before.starts_on != now.starts_on),
        ("planned_end", before.planned_end != now.planned_end),
    ];
    differs.iter().filter(|(_, differs)| *differs).map(|(name, _)| (*name).to_owned()).collect()
}
