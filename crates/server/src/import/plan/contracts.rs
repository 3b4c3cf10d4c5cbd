//! Template 1.3: contracts are records of what happened.

use super::{ImportError, Planner};
use formats::{Code, ContractRow, Contracts, Located};
use uuid::Uuid;
use wages::event::{ContractSigned, ContractTerms};
use wages::{Command, PayCycle};

impl Planner<'_> {
    pub(super) async fn contracts(&mut self, contracts: &Contracts) -> Result<(), ImportError> {
        let Some(project) = self.known_project(contracts.project.as_ref()).await? else { return Ok(()) };
        for Located { line, row } in &contracts.rows {
            let Some(subject) = self.worker_of_row(*line, &row.id, &row.name).await? else { continue };
            if let Some(holder) = self.held_by_another(row, subject).await? {
                let message = format!("recorded already as another worker's contract (entry {holder})");
                self.error(*line, "合同编号", row.number.as_str(), Code::CONFLICT, message);
                continue;
            }
            let event = ContractSigned {
                contract: row.number.clone(),
                project: project.clone(),
                employer: row.employer_code.clone(),
                document: row.document,
                signed_on: row.signed_on,
                terms: ContractTerms {
                    term: row.term,
                    starts_on: row.starts_on,
                    ends_on: row.ends_on,
                    pay_form: row.pay_form,
                    unit_price: row.unit_price.normalize(),
                    unit: row.unit,
                    pay_cycle: PayCycle::Monthly,
                    pay_day: Some(row.pay_day),
                    income: row.income_type,
                },
            };
            let id = self.ids.command("contract.signed", &[row.number.as_str()]);
            self.row(*line, "合同编号", subject, id, Command::SignContract(event));
        }
        Ok(())
    }

    /// The entry by which another worker holds this number. (Who he is stays sealed.)
    async fn held_by_another(&self, row: &ContractRow, subject: Uuid) -> Result<Option<u64>, ImportError> {
        let Some(model) = &self.model else { return Ok(None) };
        let holders = model.contract_holders(&row.number).await?;
        Ok(holders.iter().find(|holder| holder.worker != subject).map(|holder| holder.contract))
    }
}
