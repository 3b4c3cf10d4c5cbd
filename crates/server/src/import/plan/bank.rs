//! Template 1.6: what a bank says about a payroll batch.

use super::{ImportError, Planner, Role, UNKNOWN_PAYMENT, UNKNOWN_WORKER, private};
use formats::{BankFile, BankHeader, BankLine, Code, Located, Outcome};
use ledger::verify::root_over;
use readmodel::BatchLine;
use std::collections::BTreeSet;
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
        let recorded = match &self.model {
            Some(model) => model.batch_lines(&header.batch).await?,
            None => Vec::new(),
        };
        // A return may stand above the payment that it is about.
        let (returns, others): (Vec<_>, Vec<_>) =
            file.lines.iter().partition(|l| matches!(l.row.outcome, Outcome::Returned { .. }));
        let mut commands = Vec::with_capacity(file.lines.len());
        for Located { line, row } in others.into_iter().chain(returns) {
            let subject = self.ids.worker(&row.id);
            if !self.books.worker(subject).await?.registered {
                let message = "no worker with this ID number is known: hand in his roster first";
                self.error(*line, "证件号码", row.id.as_str(), UNKNOWN_WORKER, message);
                continue;
            }
            if self.contradicts(*line, row, subject, &recorded) {
                continue;
            }
            if let Some((id, command)) = self.bank_line(*line, header, payer, row, file).await? {
                commands.push(id);
                let (column, value) = match &row.outcome {
                    Outcome::Returned { original, .. } => ("原流水号", original.as_ref()),
                    outcome => ("流水号", outcome.serial()),
                };
                let value = value.map_or("", |value| value.as_str()).to_owned();
                self.row(*line, column, subject, id, command);
                self.with_value(&value);
            }
        }
        self.batch_seal(header, commands);
        Ok(())
    }

    /// Whether this line of the batch is recorded already for another worker, or with another state. A line is
    /// known by the bank's serial, a failed one by its place.
    fn contradicts(&mut self, line: u32, row: &BankLine, subject: Uuid, recorded: &[BatchLine]) -> bool {
        let serial = row.outcome.serial().map(|serial| serial.as_str());
        let known = recorded
            .iter()
            .find(|known| serial.is_some() && known.serial.as_deref() == serial)
            .or_else(|| recorded.iter().find(|known| known.number == u64::from(row.number)));
        let Some(known) = known else { return false };
        let state = match known.state.as_str() {
            "failed" => "失败",
            "returned" => "退汇",
            _ => "成功",
        };
        if known.worker != subject {
            let message =
                format!("recorded already for another worker (entry {}), whose data is sealed", known.seq);
            self.error(line, "证件号码", row.id.as_str(), Code::CONFLICT, message);
        } else if state != row.outcome.word() {
            let message = format!("recorded already with {state} (entry {})", known.seq);
            self.error(line, "状态", row.outcome.word(), Code::CONFLICT, message);
        } else {
            return false;
        }
        true
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
        let id = match (&row.outcome, row.outcome.serial()) {
            (Outcome::Failed { .. }, _) | (_, None) => {
                let number = row.number.to_string();
                self.ids.command("payment.failed", &[header.batch.as_str(), number.as_str()])
            }
            (_, Some(serial)) => self.ids.bank_line(&header.batch, serial),
        };
        // Who paid was made out of what was known then: a line that comes again is not judged by what is known
        // now.
        let worker = self.books.worker(self.ids.worker(&row.id)).await?;
        let payer = worker.bank_lines.get(&id).map_or(payer, |known| known.payer);
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
            Outcome::Succeeded { credited_at, .. } => {
                let event = PaymentRecorded { payment, value_at: *credited_at };
                Some((id, Command::RecordPayment(event)))
            }
            Outcome::Failed { reason } => {
                let event = PaymentFailed { payment, reason: reason.as_deref().and_then(private) };
                Some((id, Command::FailPayment(event)))
            }
            Outcome::Returned { credited_at, original, reason, .. } => {
                let returns = self.returned_payment(id, &payment, row, original.as_ref(), file).await?;
                let Some(returns) = returns else {
                    let value = original.as_ref().map_or("", |o| o.as_str());
                    let message = "the payment that came back is not known, or not certain: 原流水号 must name \
                                   the 流水号 of a payment to this worker; hand in its bank result first";
                    self.error(line, "原流水号", value, UNKNOWN_PAYMENT, message);
                    return Ok(None);
                };
                let event = PaymentReturned {
                    returns,
                    payment,
                    returned_at: *credited_at,
                    reason: reason.as_deref().and_then(private),
                };
                Some((id, Command::ReturnPayment(event)))
            }
        })
    }

    /// The payment that came back: the one that the bank names, in this file or before; where it names none,
    /// only a payment that cannot be mistaken. A return that comes again is about what it was about.
    async fn returned_payment(
        &mut self,
        id: Uuid,
        payment: &PaymentDetails,
        row: &BankLine,
        original: Option<&Reference>,
        file: &BankFile,
    ) -> Result<Option<Refers>, ImportError> {
        let ids = self.ids;
        let worker = self.books.worker(ids.worker(&row.id)).await?;
        if let Some(known) = worker.returns.get(&id) {
            return Ok(Some(Refers::Entry(*known)));
        }
        let recorded = worker.payments.iter().filter(|paid| match original {
            Some(original) => paid.serial.as_ref() == Some(original),
            None => !paid.returned && same_wages(&paid.details, payment),
        });
        let in_this_file = file.lines.iter().filter_map(|Located { row: other, .. }| match &other.outcome {
            Outcome::Succeeded { serial, .. } if other.id == row.id => {
                let fits = original.map_or(other.amount == row.amount, |original| serial == original);
                fits.then(|| ids.bank_line(&payment.batch, serial))
            }
            _ => None,
        });
        let fitting: BTreeSet<Uuid> = recorded.map(|paid| paid.command).chain(in_this_file).collect();
        let mut fitting = fitting.into_iter();
        Ok(match (fitting.next(), fitting.next()) {
            (Some(command), None) => Some(Refers::Command(command)),
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
