//! Who says so: every fact carries it.

use crate::{AccountId, CreditCode};
use schemars::JsonSchema;
use serde::de::{self, IntoDeserializer, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use smol_str::SmolStr;
use std::fmt;
use std::marker::PhantomData;

/// The word that stands where something is not known. Unknown is written, never left out.
pub const UNKNOWN: &str = "unknown";

/// Who says a fact, on whose behalf, by which way, and where it stood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Account of the person or program that handed the fact in: an opaque id, never a name.
    pub actor: Known<AccountId>,
    /// Organisation that it was handed in for.
    pub on_behalf_of: Known<CreditCode>,
    /// Entry of the grant under which the account acted.
    pub grant: Known<u64>,
    /// Way in.
    pub channel: Channel,
    /// SHA-256 of the file it stood in, hexadecimal; or `unknown`.
    #[schemars(with = "String")]
    pub file: SmolStr,
    /// Place of the sheet in the workbook, from 1, hidden sheets counted; its name may be a person's.
    pub sheet: Known<u32>,
    /// Row or line in the file, from 1, header included; of several, the first.
    pub row: Known<u32>,
    /// Device that captured it; or `unknown`.
    #[schemars(with = "String")]
    pub device: SmolStr,
    /// When it was captured, as the device or file says; or `unknown`.
    #[schemars(with = "String")]
    pub captured_at: SmolStr,
}

/// Way in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// A file handed in and read whole.
    File,
    /// A command at the command line.
    Cli,
    /// A command over HTTP.
    Http,
    /// A page, filled in by a member of staff.
    Web,
    /// The worker's own page.
    Worker,
    /// A link that was given to somebody.
    Link,
    /// A device or program of somebody else.
    Machine,
    /// The ledger's own doing.
    System,
}

/// A value, or the word `unknown`; of texts only such as cannot be that word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Known<T> {
    /// It is known.
    Known(T),
    /// It is not.
    Unknown(UnknownWord),
}

/// The word `unknown`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UnknownWord {
    /// `unknown`
    Unknown,
}

impl<T> Known<T> {
    /// Nobody said.
    pub const UNKNOWN: Known<T> = Known::Unknown(UnknownWord::Unknown);

    /// The value, when it is known.
    pub fn get(self) -> Option<T> {
        match self {
            Known::Known(value) => Some(value),
            Known::Unknown(_) => None,
        }
    }

    /// The value where it stands, when it is known.
    pub fn as_ref(&self) -> Option<&T> {
        match self {
            Known::Known(value) => Some(value),
            Known::Unknown(_) => None,
        }
    }
}

/// By what stands there: the word, or else a number or text that is known. (Derived, each would be tried in turn.)
impl<'de, T: Deserialize<'de>> Deserialize<'de> for Known<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Either<T> {
            type Value = Known<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value, or the word unknown")
            }
            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Known<T>, E> {
                T::deserialize(number.into_deserializer()).map(Known::Known)
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Known<T>, E> {
                if text == UNKNOWN {
                    return Ok(Known::UNKNOWN);
                }
                T::deserialize(text.into_deserializer()).map(Known::Known)
            }
        }
        deserializer.deserialize_any(Either(PhantomData))
    }
}

/// The value, or the word.
impl<T: fmt::Display> fmt::Display for Known<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Known::Known(value) => value.fmt(f),
            Known::Unknown(_) => f.write_str(UNKNOWN),
        }
    }
}

impl<T> From<Option<T>> for Known<T> {
    fn from(value: Option<T>) -> Known<T> {
        value.map_or(Known::UNKNOWN, Known::Known)
    }
}

impl Source {
    /// A source of which only the way in is known, and the account, if it is one.
    pub fn of(actor: &str, channel: Channel) -> Source {
        let unknown = || SmolStr::new_static(UNKNOWN);
        Source {
            actor: Known::from(actor.parse().ok()),
            on_behalf_of: Known::UNKNOWN,
            grant: Known::UNKNOWN,
            channel,
            file: unknown(),
            sheet: Known::UNKNOWN,
            row: Known::UNKNOWN,
            device: unknown(),
            captured_at: unknown(),
        }
    }

    /// The same, handed in for an organisation; for nobody in particular where none is named.
    #[must_use]
    pub fn on_behalf_of(mut self, organisation: Option<&CreditCode>) -> Source {
        self.on_behalf_of = Known::from(organisation.cloned());
        self
    }
}
