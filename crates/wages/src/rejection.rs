//! How the domain says no.

use crate::SubjectKind;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Why a command is refused. A rejection is an answer, not an error: its [`Rejection::code`] is stable.
/// Looked at in this order: the kind of subject; whether it is registered; the shape of what is asked, field by
/// field; whether what is referred to is known; whether the same thing is recorded; the rest of the history.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Rejection {
    /// The command's id stands for another fact already.
    #[error("the command id was used before for another fact, entry {entry}")]
    CommandIdReused {
        /// That fact's entry.
        entry: u64,
    },
    /// Such a fact does not belong on such a subject's stream.
    #[error("a fact about a {expected:?} cannot stand on the stream of another kind of subject")]
    WrongSubject {
        /// What the fact is about.
        expected: SubjectKind,
    },
    /// Nothing is known of the subject yet.
    #[error("the subject is not registered")]
    UnknownSubject,
    /// The subject is registered already.
    #[error("the subject is registered already")]
    AlreadyRegistered,
    /// A field is empty, too long or out of range.
    #[error("{field}: {must}")]
    Malformed {
        /// Which.
        field: Cow<'static, str>,
        /// What it must be.
        must: Cow<'static, str>,
    },
    /// Gross, deductions, advances and net do not agree.
    #[error("{sum} does not agree with its parts")]
    SumsDisagree {
        /// Which sum.
        sum: Cow<'static, str>,
    },
    /// An end before its beginning.
    #[error("{end} lies before {begin}")]
    EndsBeforeItBegins {
        /// The beginning.
        begin: Date,
        /// The end.
        end: Date,
    },
    /// The same thing was recorded before under another command id.
    #[error("the same {what} is recorded already")]
    AlreadyRecorded {
        /// What.
        what: Cow<'static, str>,
    },
    /// A day is recorded already.
    #[error("work on {day} is recorded already")]
    DayAlreadyRecorded {
        /// The day.
        day: Date,
    },
    /// The stay that is to end is not known.
    #[error("no stay on this project began on {entered_on}")]
    LeavesUnknownStay {
        /// The day named.
        entered_on: Date,
    },
    /// The entry named is not on the subject's stream.
    #[error("the entry that is referred to is not known")]
    RefersToUnknownEntry,
    /// The entry named is of another kind or about something else.
    #[error("the entry that is referred to is not {expected}")]
    RefersToOtherFact {
        /// What it should be.
        expected: Cow<'static, str>,
    },
    /// The payment came back before.
    #[error("the payment was returned already")]
    AlreadyReturned,
}

impl Rejection {
    /// Stable code, snake_case.
    pub fn code(&self) -> &'static str {
        match self {
            Rejection::CommandIdReused { .. } => "command_id_reused",
            Rejection::WrongSubject { .. } => "wrong_subject",
            Rejection::UnknownSubject => "unknown_subject",
            Rejection::AlreadyRegistered => "already_registered",
            Rejection::Malformed { .. } => "malformed",
            Rejection::SumsDisagree { .. } => "sums_disagree",
            Rejection::EndsBeforeItBegins { .. } => "ends_before_it_begins",
            Rejection::AlreadyRecorded { .. } => "already_recorded",
            Rejection::DayAlreadyRecorded { .. } => "day_already_recorded",
            Rejection::LeavesUnknownStay { .. } => "leaves_unknown_stay",
            Rejection::RefersToUnknownEntry => "refers_to_unknown_entry",
            Rejection::RefersToOtherFact { .. } => "refers_to_other_fact",
            Rejection::AlreadyReturned => "already_returned",
        }
    }
}
