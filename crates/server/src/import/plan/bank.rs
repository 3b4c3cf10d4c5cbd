//! Template 1.6: what a bank says about a payroll batch.

use super::{ImportError, Planner, Role, UNKNOWN_PAYMENT, UNKNOWN_WORKER, private};
use crate::import::known::Paid;
use formats::{BankFile, BankHeader, BankLine, Located, Outcome};
use ledger::verify::root_over;
use uuid::Uuid;
use wages::event::{BatchSealed, PaymentDetails, PaymentFailed, PaymentRecorded, PaymentReturned};
use wages::{Command, Payer, Private, Reference, Refers};

impl Planner<'_> {
    pub(super) async fn bank(&mut self, file: &BankFile) -> Result<(), ImportError> {
        let Some(header) = &file.header else { return Ok(()) };
        if self.known_project(Some(&header.project)).await?.is_none() {
            return Ok(());
        }
        let payer = self.payer(header).await?;
        let mut commands = Vec::with_capacity(file.lines.len());
        for Located { line, row } in &file.lines {
            let subject = self.ids.worker(&row.id);
            if !self.books.worker(subject).await?.registered {
                let message = "no worker with this ID number is known: hand in his roster first";
                self.error(*line, "证件号码", row.id.as_str(), UNKNOWN_WORKER, message);
                continue;
            }
            if let Some((id, command)) = self.bank_line(*line, header, payer, row, file).await? {
                commands.push(id);
                self.row(*line, "流水号", subject, id, command);
            }
        }
        self.batch_seal(header, commands);
        Ok(())
    }

    /// Who paid: the general contractor when the dedicated account paid, else whoever the account's holder is
    /// by name.
    async fn payer(&mut self, header: &BankHeader) -> Result<Payer, ImportError> {
        let employer = self.ids.organisation(&header.employer_code);
        let employer = self.books.organisation(employer).await?;
        let project = self.ids.project(&header.project);
        let Some(terms) = &self.books.project(project).await?.terms else { return Ok(Payer::Unknown) };
        let holder = header.payer_name.as_str();
        Ok(if terms.account == header.payer_account || holder == terms.contractor_name {
            Payer::GeneralContractor
        } else if employer.as_deref() == Some(holder) {
            Payer::Employer
        } else if holder == terms.owner_name {
            Payer::Owner
        } else {
            Payer::Unknown
        })
    }

    async fn bank_line(
        &mut self,
        line: u32,
        header: &BankHeader,
        payer: Payer,
        row: &BankLine,
        file: &BankFile,
    ) -> Result<Option<(Uuid, Command)>, ImportError> {
        let payment = PaymentDetails {
            project: header.project.clone(),
            employer: header.employer_code.clone(),
            month: header.month,
            payer,
            payer_account_index: Some(self.account_index(&header.payer_account)),
            batch: header.batch.clone(),
            number: row.number,
            serial: row.outcome.serial().cloned(),
            amount: row.amount,
            payee_account: Private::from(row.account.as_str()),
            payee_account_index: self.account_index(&row.account),
            payee_holder: Private::from(row.holder.as_str()),
        };
        Ok(match &row.outcome {
            Outcome::Succeeded { credited_at, serial } => {
                let id = self.ids.bank_line(&header.batch, serial);
                let event = PaymentRecorded { payment, value_at: *credited_at };
                Some((id, Command::RecordPayment(event)))
            }
            Outcome::Failed { reason } => {
                let number = row.number.to_string();
                let id = self.ids.command("payment.failed", &[header.batch.as_str(), number.as_str()]);
                let event = PaymentFailed { payment, reason: reason.as_deref().and_then(private) };
                Some((id, Command::FailPayment(event)))
            }
            Outcome::Returned { credited_at, serial, original, reason } => {
                let id = self.ids.bank_line(&header.batch, serial);
                let returns = self.returned_payment(header, &payment, row, original.as_ref(), file).await?;
                let Some(returns) = returns else {
                    let value = original.as_ref().map_or("", |o| o.as_str());
                    let message = "the payment that came back is not known, or not certain: 原流水号 must name \
                                   the 流水号 of a payment to this worker; hand in its bank result first";
                    self.error(line, "原流水号", value, UNKNOWN_PAYMENT, message);
                    return Ok(None);
                };
                let event = PaymentReturned {
                    returns: Refers::Command(returns),
                    payment,
                    returned_at: *credited_at,
                    reason: reason.as_deref().and_then(private),
                };
                Some((id, Command::ReturnPayment(event)))
            }
        })
    }

    /// The command of the payment that came back: the one that the bank names, in this file or before; where it
    /// names none, only a payment that cannot be mistaken.
    async fn returned_payment(
        &mut self,
        header: &BankHeader,
        payment: &PaymentDetails,
        row: &BankLine,
        original: Option<&Reference>,
        file: &BankFile,
    ) -> Result<Option<Uuid>, ImportError> {
        let in_this_file = |original: &Reference| {
            file.lines
                .iter()
                .any(|l| matches!(&l.row.outcome, Outcome::Succeeded { serial, .. } if serial == original))
        };
        if let Some(original) = original.filter(|original| in_this_file(original)) {
            return Ok(Some(self.ids.bank_line(&header.batch, original)));
        }
        let worker = self.books.worker(self.ids.worker(&row.id)).await?;
        let fits = |paid: &&Paid| match original {
            Some(original) => paid.serial.as_ref() == Some(original),
            None => !paid.returned && same_wages(&paid.details, payment),
        };
        let mut fitting = worker.payments.iter().filter(fits);
        Ok(match (fitting.next(), fitting.next()) {
            (Some(paid), None) => Some(paid.command),
            _ => None,
        })
    }

    fn batch_seal(&mut self, header: &BankHeader, commands: Vec<Uuid>) {
        let Ok(lines) = u32::try_from(commands.len()) else { return };
        if lines == 0 {
            return;
        }
        let mut ids: Vec<[u8; 16]> = commands.into_iter().map(Uuid::into_bytes).collect();
        let root = root_over(&mut ids).to_string();
        let subject = self.ids.project(&header.project);
        let id = self.ids.command("batch.sealed", &[header.batch.as_str()]);
        let seal = BatchSealed {
            project: header.project.clone(),
            employer: header.employer_code.clone(),
            month: header.month,
            batch: header.batch.clone(),
            payer_account: Private::from(header.payer_account.as_str()),
            payer_account_index: self.account_index(&header.payer_account),
            payer_holder: Private::from(header.payer_name.as_str()),
            lines,
            amount: header.total,
            root,
        };
        self.step(Role::Seal, &[1], "总金额", subject, id, Command::SealBatch(seal));
    }
}

fn same_wages(paid: &PaymentDetails, returned: &PaymentDetails) -> bool {
    paid.project == returned.project
        && paid.employer == returned.employer
        && paid.month == returned.month
        && paid.amount == returned.amount
}
