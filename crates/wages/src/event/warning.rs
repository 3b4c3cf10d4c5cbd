//! Facts about what people did with a warning. The warning itself is no fact: whoever has the entries and the
//! rules works it out again. Author is the source's actor.

use super::fact;
use crate::{CreditCode, Party, Private, ProjectCode, Reference};
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which warning: rule, object, and the day for which it was seen. It stands on the project's stream where a
/// project is named, else on the employer's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WarningKey {
    /// The rule, as in `I13`.
    pub rule: Reference,
    /// The project that it is about.
    pub project: Option<ProjectCode>,
    /// The employer that it is about, over all projects.
    pub employer: Option<CreditCode>,
    /// The day for which it was seen.
    pub as_of: Date,
}

/// Somebody has seen the warning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WarningAcknowledged {
    /// Which.
    pub of: WarningKey,
    /// In his words.
    pub reason: Private,
}
fact!(WarningAcknowledged { "reason" => reason });

/// Somebody is to take care of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WarningAssigned {
    /// Which.
    pub of: WarningKey,
    /// Who is to act.
    pub to: Party,
    /// Day by which he is to have acted.
    pub until: Option<Date>,
    /// Why he.
    pub reason: Private,
}
fact!(WarningAssigned { "to" => to, "reason" => reason });

/// An authority ordered it to be put right within a time limit (责令限期改正).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WarningOrdered {
    /// Which.
    pub of: WarningKey,
    /// Who was ordered.
    pub to: Party,
    /// Last day of the time limit.
    pub until: Date,
    /// What was ordered, and why.
    pub reason: Private,
}
fact!(WarningOrdered { "to" => to, "reason" => reason });

/// Somebody says how it came about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WarningExplained {
    /// Which.
    pub of: WarningKey,
    /// The explanation.
    pub reason: Private,
}
fact!(WarningExplained { "reason" => reason });

/// Somebody says that it is settled. The figures say whether it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WarningResolved {
    /// Which.
    pub of: WarningKey,
    /// How.
    pub reason: Private,
}
fact!(WarningResolved { "reason" => reason });
