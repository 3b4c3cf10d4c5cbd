//! Commands and their outcomes as JSON.

use jiff::Timestamp;
use ledger::{Outcome, Receipt, Submission, SubmitError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use smol_str::SmolStr;
use uuid::Uuid;
use wages::{Channel, Command, Known, Rejection, Source, UNKNOWN};

/// Commands in one request, at most.
pub(crate) const COMMANDS_MAX: usize = 5_000;
/// Bytes of one request, at most.
pub(crate) const REQUEST_BYTES_MAX: usize = 32 << 20;

/// One command as it comes in.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    /// Whose stream the fact would stand on.
    subject: Uuid,
    /// The caller's id for it; sent again, it is recorded once.
    command_id: Uuid,
    /// What is asked: the fact's fields beside its `type`, as in `RecordPayment`.
    command: Command,
    source: Said,
}

/// Who says so; what is left out is not known.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Said {
    /// Who it is that asks.
    #[schemars(with = "String")]
    actor: SmolStr,
    #[serde(default = "unknown")]
    #[schemars(with = "String")]
    on_behalf_of: SmolStr,
    #[serde(default = "http")]
    channel: Channel,
    #[serde(default = "unknown")]
    #[schemars(with = "String")]
    file: SmolStr,
    #[serde(default = "unknown")]
    #[schemars(with = "String")]
    sheet: SmolStr,
    #[serde(default)]
    row: Option<u32>,
    #[serde(default = "unknown")]
    #[schemars(with = "String")]
    device: SmolStr,
    #[serde(default = "unknown")]
    #[schemars(with = "String")]
    captured_at: SmolStr,
}

fn unknown() -> SmolStr {
    SmolStr::new_static(UNKNOWN)
}

fn http() -> Channel {
    Channel::Http
}

impl From<Source> for Said {
    fn from(source: Source) -> Said {
        let Source { actor, on_behalf_of, channel, file, sheet, row, device, captured_at } = source;
        Said { actor, on_behalf_of, channel, file, sheet, row: row.get(), device, captured_at }
    }
}

impl From<Said> for Source {
    fn from(said: Said) -> Source {
        let Said { actor, on_behalf_of, channel, file, sheet, row, device, captured_at } = said;
        Source { actor, on_behalf_of, channel, file, sheet, row: Known::from(row), device, captured_at }
    }
}

impl From<Submission> for Asked {
    fn from(submission: Submission) -> Asked {
        let Submission { subject, command_id, command, source } = submission;
        Asked { subject, command_id, command, source: source.into() }
    }
}

impl From<Asked> for Submission {
    fn from(asked: Asked) -> Submission {
        let Asked { subject, command_id, command, source } = asked;
        Submission { subject, command_id, command, source: source.into() }
    }
}

/// A request: one command, or a list of them.
pub(crate) struct Request {
    pub(crate) submissions: Vec<Submission>,
    /// It was a list, and so is the answer.
    pub(crate) many: bool,
}

/// Why a request says nothing that could be decided.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unreadable {
    #[error("the body is not JSON: {0}")]
    Json(#[source] serde_json::Error),
    #[error("command {at}: {source}")]
    Command {
        at: usize,
        #[source]
        source: serde_json::Error,
    },
    #[error("command {at}: there is no field {field}")]
    UnknownField { at: usize, field: String },
    #[error(
        "command {at}: source.actor must name the account that says it, in 1 to 100 characters, as in zhang.wei; \
         `unknown` names nobody"
    )]
    Nobody { at: usize },
    #[error("a request may hold {COMMANDS_MAX} commands, this one has {0}")]
    TooMany(usize),
}

impl Request {
    /// Reads a body. What is not understood is named; nothing is passed over.
    pub(crate) fn read(body: &[u8]) -> Result<Request, Unreadable> {
        let value: Value = serde_json::from_slice(body).map_err(Unreadable::Json)?;
        let (items, many) = match value {
            Value::Array(items) => (items, true),
            one => (vec![one], false),
        };
        if items.len() > COMMANDS_MAX {
            return Err(Unreadable::TooMany(items.len()));
        }
        let mut submissions = Vec::with_capacity(items.len());
        for (at, item) in items.into_iter().enumerate() {
            let asked = Asked::deserialize(&item).map_err(|source| Unreadable::Command { at, source })?;
            if !wages::names_actor(&asked.source.actor) {
                return Err(Unreadable::Nobody { at });
            }
            // Facts are read leniently, as a later version may have written them; what is asked is not.
            let understood =
                serde_json::to_value(&asked.command).map_err(|source| Unreadable::Command { at, source })?;
            if let Some(field) = item.get("command").and_then(|given| left_over(given, &understood)) {
                return Err(Unreadable::UnknownField { at, field });
            }
            submissions.push(asked.into());
        }
        Ok(Request { submissions, many })
    }

    /// A list of commands as a body.
    pub(crate) fn write(submissions: Vec<Submission>) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(&submissions.into_iter().map(Asked::from).collect::<Vec<_>>())
    }
}

/// The first field of `given` that `understood` does not have.
fn left_over(given: &Value, understood: &Value) -> Option<String> {
    match (given, understood) {
        (Value::Object(given), Value::Object(understood)) => given.iter().find_map(|(name, value)| {
            match understood.get(name) {
                // A field that says nothing is not written.
                None if value.is_null() => None,
                None => Some(name.clone()),
                Some(known) => left_over(value, known).map(|inner| format!("{name}.{inner}")),
            }
        }),
        (Value::Array(given), Value::Array(understood)) => {
            given.iter().zip(understood).find_map(|(given, understood)| left_over(given, understood))
        }
        _ => None,
    }
}

/// The answer to one command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum Answer {
    /// It is recorded now.
    Recorded(ReceiptOut),
    /// It was recorded before; this is the original receipt.
    AlreadyRecorded(ReceiptOut),
    /// The domain says no.
    Rejected { rejection: Rejection, message: String },
}

/// A receipt, as it is given out and as `verify --receipt` takes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct ReceiptOut {
    /// The ledger.
    pub(crate) origin: String,
    /// The entry.
    pub(crate) seq: u64,
    /// Its hash, 64 hexadecimal digits.
    pub(crate) hash: String,
    /// When it was recorded.
    pub(crate) recorded_at: Timestamp,
}

/// Why a request got no answer.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Problem {
    /// One word for programs.
    pub(crate) code: String,
    /// What is wrong, and what would be right.
    pub(crate) message: String,
}

impl Answer {
    pub(crate) fn of(outcome: Outcome, origin: &str) -> Answer {
        match outcome {
            Outcome::Recorded(receipt) => Answer::Recorded(ReceiptOut::of(receipt, origin)),
            Outcome::AlreadyRecorded(receipt) => Answer::AlreadyRecorded(ReceiptOut::of(receipt, origin)),
            Outcome::Rejected(rejection) => Answer::Rejected { message: rejection.to_string(), rejection },
        }
    }

    /// The outcome again, at the other end.
    pub(crate) fn outcome(self, origin: &str) -> Result<Outcome, SubmitError> {
        Ok(match self {
            Answer::Recorded(receipt) => Outcome::Recorded(receipt.receipt(origin)?),
            Answer::AlreadyRecorded(receipt) => Outcome::AlreadyRecorded(receipt.receipt(origin)?),
            Answer::Rejected { rejection, .. } => Outcome::Rejected(rejection),
        })
    }

    /// As a word, for counting.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Answer::Recorded(_) => "recorded",
            Answer::AlreadyRecorded(_) => "already_recorded",
            Answer::Rejected { .. } => "rejected",
        }
    }
}

impl ReceiptOut {
    pub(crate) fn of(receipt: Receipt, origin: &str) -> ReceiptOut {
        ReceiptOut {
            origin: origin.to_owned(),
            seq: receipt.seq,
            hash: receipt.hash.to_string(),
            recorded_at: Timestamp::from_microsecond(receipt.recorded_at).unwrap_or(Timestamp::MAX),
        }
    }

    fn receipt(&self, origin: &str) -> Result<Receipt, SubmitError> {
        let unusable = |reason: String| SubmitError::Unavailable { reason };
        if self.origin != origin {
            return Err(unusable(format!("the node keeps the ledger {}, not {origin}", self.origin)));
        }
        let hash = self.hash.parse().map_err(|e| unusable(format!("a receipt's hash: {e}")))?;
        Ok(Receipt { seq: self.seq, hash, recorded_at: self.recorded_at.as_microsecond() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REGISTER: &str = r#"{"subject":"00000000-0000-0000-0000-000000000001",
        "command_id":"00000000-0000-0000-0000-000000000002","source":{"actor":"clerk"},
        "command":{"type":"RegisterOrganisation","code":"91390000MA00000013","name":"某某建筑"}}"#;

    #[test]
    fn one_command_and_lists() {
        let one = Request::read(REGISTER.as_bytes()).expect("a command");
        assert!(!one.many && one.submissions[0].source.channel == Channel::Http);
        let again = Request::write(one.submissions.clone()).expect("written");
        let many = Request::read(&again).expect("read back");
        assert!(many.many);
        assert_eq!(many.submissions[0].command, one.submissions[0].command);
        assert_eq!(many.submissions[0].source, one.submissions[0].source);
    }

    #[test]
    fn what_is_not_understood_is_named() {
        let says = |from: &str, to: &str| {
            let body = REGISTER.replace(from, to);
            Request::read(body.as_bytes()).err().map(|error| error.to_string()).unwrap_or_default()
        };
        assert_eq!(says("\"name\"", "\"nane\":1,\"name\""), "command 0: there is no field nane");
        assert!(says("RegisterOrganisation", "Register").contains("unknown variant `Register`"));
        assert!(says("\"actor\"", "\"actr\"").contains("unknown field `actr`"));
        assert!(says("}", "").contains("not JSON"));
        for nobody in ["", " ", "unknown", " clerk", "a\\u0007", &"a".repeat(101)] {
            assert!(says("clerk", nobody).contains("source.actor"), "{nobody:?}");
        }
    }

    #[test]
    fn outcomes_travel() {
        let receipt = Receipt { seq: 7, hash: chain::Hash([3; 32]), recorded_at: 1_772_000_000_000_001 };
        let rejection = Rejection::Malformed { field: "net".into(), must: "must be there".into() };
        for outcome in
            [Outcome::Recorded(receipt), Outcome::AlreadyRecorded(receipt), Outcome::Rejected(rejection)]
        {
            let text = serde_json::to_string(&Answer::of(outcome.clone(), "o")).expect("written");
            let answer: Answer = serde_json::from_str(&text).expect("read");
            assert_eq!(answer.clone().outcome("o").expect("an outcome"), outcome);
            assert_eq!(answer.outcome("p").is_ok(), matches!(outcome, Outcome::Rejected(_)));
        }
    }
}
