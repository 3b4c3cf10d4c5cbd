//! What a fact says, in one line for people.

use wages::event::{LineKey, PaymentDetails, WageLine};
use wages::{Event, Private};

/// Personal data as it may be shown: plain when it was opened, else the word `sealed`.
fn shown(private: &Private) -> &str {
    private.plain().unwrap_or("sealed")
}

fn wages(of: &LineKey, line: &WageLine) -> String {
    format!("{} on {} by {}: gross {} net {}", of.month, of.project, of.employer, line.gross, line.net)
}

fn payment(p: &PaymentDetails) -> String {
    format!(
        "{} for {} on {} by {} ({}), batch {} number {}",
        p.amount,
        p.month,
        p.project,
        p.employer,
        p.payer.word(),
        p.batch,
        p.number
    )
}

/// One line; names what changed and by how much, and whom it concerns by code.
pub(crate) fn describe(event: &Event) -> String {
    match event {
        Event::WorkerRegistered(e) => format!("registered: {} {}", shown(&e.name), shown(&e.id_number)),
        Event::WorkerChanged(e) => {
            let fields = [("name", &e.name), ("phone", &e.phone), ("card", &e.card), ("bank", &e.bank)];
            let changed: Vec<String> = fields
                .iter()
                .filter_map(|(name, value)| value.as_ref().map(|v| format!("{name} {}", shown(v))))
                .collect();
            format!("changed: {}", changed.join(", "))
        }
        Event::SiteEntered(e) => {
            let again = if e.changed.is_empty() {
                String::new()
            } else {
                format!(" ({} changed)", e.changed.join(", "))
            };
            format!("on site {} for {} from {} as {}{again}", e.project, e.employer, e.entered_on, e.trade)
        }
        Event::SiteLeft(e) => match e.left_on {
            Some(day) => format!("left site {} on {day}, having come on {}", e.project, e.entered_on),
            None => format!("still on site {}, having come on {}", e.project, e.entered_on),
        },
        Event::ContractSigned(e) => format!(
            "{} {} with {} on {}: {} {} per {}, pay day {}",
            e.document.word(),
            e.contract,
            e.employer,
            e.project,
            e.terms.pay_form.word(),
            e.terms.unit_price,
            e.terms.unit.word(),
            e.terms.pay_day
        ),
        Event::ContractAmended(e) => format!("contract amended from {}: {}", e.from, shown(&e.reason)),
        Event::ContractEnded(e) => format!("contract ended on {}, ground art. {}", e.ended_on, e.ground),
        Event::WorkRecorded(e) => {
            let sum = rules::Days::checked_sum(e.days.iter().map(|d| d.days)).unwrap_or_default();
            format!("{} dates on {}, {sum} 工日", e.days.len(), e.project)
        }
        Event::WorkCorrected(e) => {
            format!("{} dates on {} corrected: {}", e.days.len(), e.project, shown(&e.reason))
        }
        Event::WagesAccrued(e) => format!("wages {}", wages(&e.of, &e.line)),
        Event::WagesCorrected(e) => {
            format!("wages {} (更正{}: {})", wages(&e.of, &e.line), e.correction, shown(&e.reason))
        }
        Event::TaxWithheld(e) => {
            format!("tax {} on {} paid in {} by {}", e.amount, e.declared_income, e.pay_month, e.employer)
        }
        Event::PaymentRecorded(e) => format!("paid {}", payment(&e.payment)),
        Event::PaymentFailed(e) => {
            let reason = e.reason.as_ref().map(shown).unwrap_or("no reason given");
            format!("not paid {}: {reason}", payment(&e.payment))
        }
        Event::PaymentReturned(e) => format!("came back {}", payment(&e.payment)),
        Event::WagesConfirmed(_) => "the worker says that the line is true".to_owned(),
        Event::WagesDisputed(e) => {
            format!("the worker says that the line is not true: {}", shown(&e.statement))
        }
        other => describe_place(other),
    }
}

/// The same for facts that are not about one worker.
fn describe_place(event: &Event) -> String {
    match event {
        Event::LedgerCreated(e) => format!("ledger {} created", e.origin),
        Event::FileImported(e) => format!(
            "{} file {} taken in: {} recorded, {} known, {} refused",
            e.kind,
            shown(&e.name),
            e.rows.recorded,
            e.rows.already_recorded,
            e.rows.refused
        ),
        Event::DataRevealed(e) => {
            format!(
                "data of {} workers shown to {} for {}: {}",
                e.workers,
                e.to,
                e.question,
                shown(&e.purpose)
            )
        }
        Event::CrewRegistered(e) => format!("crew {} of {} on {}", shown(&e.label), e.employer, e.project),
        Event::ProjectRegistered(e) => format!("project {} {}", e.code, e.terms.name),
        Event::ProjectChanged(e) => format!("project {}: {} changed", e.code, e.changed.join(", ")),
        Event::SheetSealed(e) => format!(
            "sheet {} of {} sealed{}: {} lines, gross {} net {}",
            e.of.month,
            e.of.employer,
            if e.correction > 0 { format!(" (更正{})", e.correction) } else { String::new() },
            e.lines,
            e.gross,
            e.net
        ),
        Event::BatchSealed(e) => format!("batch {} sealed: {} lines, {}", e.batch, e.lines, e.amount),
        Event::AccountMoved(e) => {
            format!("account {} {} on {}, balance {}", e.direction.word(), e.amount, e.on, e.balance)
        }
        Event::OrganisationRegistered(e) => format!("organisation {} {}", e.code, e.name),
        of_a_worker => of_a_worker.type_name().to_owned(),
    }
}
