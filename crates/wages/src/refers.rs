//! How a fact names an earlier one.

use schemars::JsonSchema;
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;
use uuid::Uuid;

/// The earlier entry that a correction, a return or a dispute is about: by command inside a command, by
/// entry inside an entry. The entry lies on the same subject's stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
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

/// By what stands there: a number names an entry, text a command.
impl<'de> Deserialize<'de> for Refers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl Visitor<'_> for Either {
            type Value = Refers;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the sequence of an entry, or the id of a command")
            }
            fn visit_u64<E: de::Error>(self, seq: u64) -> Result<Refers, E> {
                Ok(Refers::Entry(seq))
            }
            fn visit_str<E: de::Error>(self, id: &str) -> Result<Refers, E> {
                id.parse().map(Refers::Command).map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Either)
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
