//! How a fact names an earlier one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The earlier entry that a correction, a return or a dispute is about: by command inside a command, by
/// entry inside an entry. The entry lies on the same subject's stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Refers {
    /// Sequence of the entry.
    Entry(u64),
    /// Id of the command that caused the entry; a command may name it so.
    Command(Uuid),
}

impl Refers {
    /// The sequence, when it is known.
    pub fn entry(&self) -> Option<u64> {
        match self {
            Refers::Entry(seq) => Some(*seq),
            Refers::Command(_) => None,
        }
    }
}

/// In an entry only the sequence is lawful, so that is what the schema says.
impl JsonSchema for Refers {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Refers".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "integer", "minimum": 1, "description": "sequence of an earlier entry" })
    }
}
