//! Commands out of text: `RecordPayment amount=7800.00 returns=@pay`, what is not named as in
//! `defaults.json`.

use serde_json::{Map, Value};
use std::sync::LazyLock;
use wages::{Channel, Command, Event, Refers, Source};

static DEFAULTS: LazyLock<Map<String, Value>> =
    LazyLock::new(|| serde_json::from_str(include_str!("defaults.json")).expect("defaults.json"));

/// A command by name, with fields that differ from the defaults. A field is found by its own name wherever
/// it lies, the outermost first; `line.days` names a place. `resolve` says what `@label` and a bare number
/// refer to.
pub(crate) fn command(name: &str, fields: &[(String, String)], resolve: &dyn Fn(&str) -> Refers) -> Command {
    let mut body = DEFAULTS.get(name).unwrap_or_else(|| panic!("no command {name}")).clone();
    for (field, text) in fields {
        let slot = find(&mut body, field).unwrap_or_else(|| panic!("{name} has no field {field}"));
        *slot = value(field, slot, text);
    }
    body["v"] = 1.into();
    body["source"] = serde_json::to_value(Source::of("scenario", Channel::Cli)).expect("a source");
    for field in ["corrects", "returns", "contract", "line"] {
        if let Some(slot @ (Value::Number(_) | Value::String(_))) = body.get_mut(field)
            && !(name == "SignContract" || name == "MoveAccount")
        {
            let text = slot.to_string();
            *slot = serde_json::to_value(resolve(text.trim_matches('"'))).expect("a reference");
        }
    }
    let (event, _) = Event::from_body(body.to_string().as_bytes())
        .unwrap_or_else(|error| panic!("{name}: {}", std::error::Error::source(&error).unwrap_or(&error)));
    let command = asked(event);
    assert_eq!(command.name(), name);
    command
}

/// The field of that name or path that lies outermost.
pub(crate) fn find<'a>(body: &'a mut Value, field: &str) -> Option<&'a mut Value> {
    let pointer = format!("/{}", field.replace('.', "/"));
    if body.pointer(&pointer).is_some() {
        return body.pointer_mut(&pointer);
    }
    body.as_object_mut()?.values_mut().find_map(|inner| find(inner, field))
}

/// Text as JSON of the kind that stands in the default's place. `长*1001` repeats, `2026-03-02:1.0,…` are days,
/// `time:100.00,…` are components of gross pay; a number may be `unknown`.
fn value(field: &str, default: &Value, text: &str) -> Value {
    let pairs = || text.split(',').filter_map(|item| item.rsplit_once(':'));
    let repeated = |n: usize, what: &str| what.repeat(n);
    match (default, text) {
        (_, "null") => Value::Null,
        (Value::Number(_), "unknown") => text.into(),
        (Value::Bool(_), _) => Value::Bool(text == "true"),
        (Value::Number(_), _) if !text.starts_with('@') => {
            text.parse::<u64>().unwrap_or_else(|_| panic!("{field}={text} is no number")).into()
        }
        (Value::Array(_), _) if field.ends_with("days") => pairs()
            .map(|(on, days)| {
                serde_json::json!({"on": on, "days": days, "in": null, "out": null, "device": "gate-1"})
            })
            .collect(),
        (Value::Array(_), _) if field.ends_with("components") => {
            pairs().map(|(kind, amount)| serde_json::json!({"kind": kind, "amount": amount})).collect()
        }
        (Value::Array(_), _) => text.split(',').filter(|item| !item.is_empty()).collect(),
        _ => match text.rsplit_once('*').map(|(what, n)| (what, n.parse())) {
            Some((what, Ok(n))) => repeated(n, what).into(),
            _ => text.into(),
        },
    }
}

/// The command that asks for this fact.
pub(crate) fn asked(event: Event) -> Command {
    macro_rules! asked {
        ($($event:ident => $command:ident),* $(,)?) => {
            match event { $(Event::$event(fact) => Command::$command(fact)),* }
        };
    }
    asked!(
        LedgerCreated => CreateLedger, FileImported => ImportFile, DataRevealed => RevealData, ClockOverridden => OverrideClock,
        WorkerRegistered => RegisterWorker, WorkerChanged => ChangeWorker, SiteEntered => EnterSite,
        SiteLeft => LeaveSite, ContractSigned => SignContract, ContractAmended => AmendContract,
        ContractEnded => EndContract, WorkRecorded => RecordWork, WorkCorrected => CorrectWork,
        WagesAccrued => AccrueWages, WagesCorrected => CorrectWages, TaxWithheld => WithholdTax, DeductionDeclared => DeclareDeduction,
        PaymentRecorded => RecordPayment, PaymentFailed => FailPayment, PaymentReturned => ReturnPayment,
        WagesConfirmed => ConfirmWages, WagesDisputed => DisputeWages, CrewRegistered => RegisterCrew,
        ProjectRegistered => RegisterProject, ProjectChanged => ChangeProject, SheetSealed => SealSheet,
        BatchSealed => SealBatch, AccountMoved => MoveAccount,
        OrganisationRegistered => RegisterOrganisation, SubcontractSigned => SignSubcontract, DepositLodged => LodgeDeposit, SiteInspected => InspectSite, ComplaintFiled => FileComplaint, WarningAcknowledged => AcknowledgeWarning, WarningAssigned => AssignWarning, WarningOrdered => OrderWarning, WarningExplained => ExplainWarning, WarningResolved => ResolveWarning,
    )
}
