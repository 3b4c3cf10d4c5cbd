//! Commands and their outcomes as JSON.

use jiff::Timestamp;
use ledger::{Outcome, Receipt, Submission, SubmitError};
use schemars::JsonSchema;
use serde::de::{Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer as _, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use smol_str::SmolStr;
use std::fmt;
use uuid::Uuid;
use wages::{AccountId, Channel, Command, CreditCode, Known, Rejection, Source, UNKNOWN};

/// Commands in one request, at most.
pub(crate) const COMMANDS_MAX: usize = 5_000;
/// Bytes of one request, at most.
pub(crate) const REQUEST_BYTES_MAX: usize = 32 << 20;
/// Bytes of one command, at most: four times what an entry holds, for what is written with escapes and spaces.
pub(crate) const COMMAND_BYTES_MAX: usize = 256 << 10;

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
    /// Credit code of the organisation that it is handed in for.
    #[serde(default)]
    on_behalf_of: Option<CreditCode>,
    /// Entry of the grant under which the account acts.
    #[serde(default)]
    grant: Option<u64>,
    #[serde(default = "http")]
    channel: Channel,
    #[serde(default = "unknown")]
    #[schemars(with = "String")]
    file: SmolStr,
    /// Place of the sheet in the workbook, from 1.
    #[serde(default)]
    sheet: Option<u32>,
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
        let Source { actor, on_behalf_of, grant, channel, file, sheet, row, device, captured_at } = source;
        let (actor, on_behalf_of) = (actor.to_string().into(), on_behalf_of.get());
        let (grant, sheet, row) = (grant.get(), sheet.get(), row.get());
        Said { actor, on_behalf_of, grant, channel, file, sheet, row, device, captured_at }
    }
}

impl From<Said> for Source {
    fn from(said: Said) -> Source {
        let Said { actor, on_behalf_of, grant, channel, file, sheet, row, device, captured_at } = said;
        let (actor, on_behalf_of) = (Known::from(actor.parse().ok()), Known::from(on_behalf_of));
        let (grant, sheet, row) = (Known::from(grant), Known::from(sheet), Known::from(row));
        Source { actor, on_behalf_of, grant, channel, file, sheet, row, device, captured_at }
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
    #[error("command {at}: {what}")]
    Command { at: usize, what: String },
    #[error(
        "command {at}: source.actor must be the account that says it, no name: 1 to 64 letters, digits, points, hyphens or \
         underscores, as in clerk-7; `unknown` is nobody's"
    )]
    Nobody { at: usize },
    #[error("a request may hold {COMMANDS_MAX} commands, this one has more")]
    TooMany,
    #[error("command {at}: it has more than {COMMAND_BYTES_MAX} bytes, and no entry holds so much")]
    TooLong { at: usize },
}

impl Request {
    /// Reads a body, command by command: what is too long, or one too many, ends the reading before it takes memory. What is
    /// not understood is named; nothing is passed over.
    pub(crate) fn read(body: &[u8]) -> Result<Request, Unreadable> {
        let mut commands = Commands::default();
        let many = body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[');
        let mut json = serde_json::Deserializer::from_slice(body);
        let read = match many {
            true => json.deserialize_seq(&mut commands),
            false => <&RawValue>::deserialize(&mut json).map(|one| commands.take(one)),
        };
        let read = read.and_then(|()| json.end());
        match (commands.refused, read) {
            (Some(refused), _) => Err(refused),
            (None, Err(error)) => Err(Unreadable::Json(error)),
            (None, Ok(())) => Ok(Request { submissions: commands.submissions, many }),
        }
    }

    /// A list of commands as a body.
    pub(crate) fn write(submissions: Vec<Submission>) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(&submissions.into_iter().map(Asked::from).collect::<Vec<_>>())
    }
}

/// The commands of a body, as they are read.
#[derive(Default)]
struct Commands {
    submissions: Vec<Submission>,
    /// Why the rest is not read.
    refused: Option<Unreadable>,
}

impl Commands {
    /// Takes the next command, which is still as it was written.
    fn take(&mut self, command: &RawValue) {
        match understood(self.submissions.len(), command.get()) {
            Ok(submission) => self.submissions.push(submission),
            Err(refused) => self.refused = Some(refused),
        }
    }
}

impl<'de> Visitor<'de> for &mut Commands {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of commands")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(command) = list.next_element::<&RawValue>()? {
            match self.submissions.len() {
                COMMANDS_MAX => self.refused = Some(Unreadable::TooMany),
                _ => self.take(command),
            }
            if self.refused.is_some() {
                return Err(A::Error::custom("not read to its end"));
            }
        }
        Ok(())
    }
}

/// A command, from its text.
fn understood(at: usize, text: &str) -> Result<Submission, Unreadable> {
    if text.len() > COMMAND_BYTES_MAX {
        return Err(Unreadable::TooLong { at });
    }
    let wrong =
        |error: serde_json::Error| Unreadable::Command { at, what: without_values(&error.to_string()) };
    let item: Value = serde_json::from_str(text).map_err(wrong)?;
    let asked = Asked::deserialize(item).map_err(wrong)?;
    if asked.source.actor.parse::<AccountId>().is_err() {
        return Err(Unreadable::Nobody { at });
    }
    Ok(asked.into())
}

/// What a reader of JSON says is wrong, without the values that it found: they may be personal, and as long as the body.
/// Names of fields and types stay.
fn without_values(said: &str) -> String {
    const CHARS_MAX: usize = 300;
    let said = match ["invalid type: ", "invalid value: "].into_iter().find(|kind| said.starts_with(kind)) {
        Some(kind) => {
            let found =
                said.get(kind.len()..).and_then(|rest| rest.split([' ', ',']).next()).unwrap_or_default();
            let expected = said.rsplit_once(", expected ").map_or("", |(_, expected)| expected);
            format!("{kind}{found}, expected {expected}")
        }
        None => said.split('"').step_by(2).collect::<Vec<_>>().join("…"),
    };
    let mut out = String::new();
    let mut rest: &str = &said;
    while let Some(first) = rest.chars().next().filter(|_| out.chars().count() < CHARS_MAX) {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (part, after) = rest.split_at(digits.max(first.len_utf8()));
        // A number of so many digits names a person or a card.
        out.push_str(if digits >= 10 { "…" } else { part });
        rest = after;
    }
    out
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
        assert!(says("\"name\"", "\"nane\":1,\"name\"").contains("unknown field `nane`"));
        assert!(says("RegisterOrganisation", "Register").contains("unknown variant `Register`"));
        assert!(says("\"actor\"", "\"actr\"").contains("unknown field `actr`"));
        assert!(says("}", "").contains("not JSON"));
        for nobody in ["", " ", "unknown", " clerk", "a\\u0007", "zhang wei", "张伟", &"a".repeat(65)] {
            assert!(says("clerk", nobody).contains("source.actor"), "{nobody:?}");
        }
    }

    /// What is wrong is said without what was sent.
    #[test]
    fn values_are_not_repeated() {
        for (said, told) in [
            (
                r#"invalid type: string "390309197712206190", expected u64"#,
                "invalid type: string, expected u64",
            ),
            (
                "invalid type: integer `390309197712206190`, expected a string",
                "invalid type: integer, expected a string",
            ),
            (
                r#"invalid value: string "a, expected b", expected a date"#,
                "invalid value: string, expected a date",
            ),
            (r#"failed to parse "刘测试" as a date"#, "failed to parse … as a date"),
            (
                "unknown variant `Register`, expected one of `A`, `B`",
                "unknown variant `Register`, expected one of `A`, `B`",
            ),
            ("command.390309197712206190", "command.…"),
            ("missing field `net`", "missing field `net`"),
        ] {
            assert_eq!(without_values(said), told);
        }
        assert_eq!(without_values(&"x".repeat(100_000)).len(), 300);
        let body = REGISTER.replace("\"name\":\"某某建筑\"", "\"name\":390309197712206190");
        let said = Request::read(body.as_bytes()).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(said.starts_with("command 0: ") && !said.contains("3903"), "{said}");
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
