//! Who says so: every fact carries it.

use crate::CreditCode;
use schemars::JsonSchema;
use serde::de::{self, IntoDeserializer, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use smol_str::SmolStr;
use std::fmt;
use std::marker::PhantomData;

/// The word that stands where something is not known. Unknown is written, never left out.
pub const UNKNOWN: &str = "unknown";

/// Characters of an account, at most.
const ACTOR_MAX: usize = 100;

/// Whether a text can be an account that facts are recorded under: somebody must say each.
pub fn names_actor(text: &str) -> bool {
    (1..=ACTOR_MAX).contains(&text.chars().count())
        && text.trim() == text
        && text != UNKNOWN
        && !text.chars().any(char::is_control)
}

/// Who says a fact, on whose behalf, by which way, and where it stood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Source {
    /// Account of the person or program that handed the fact in.
    #[schemars(with = "String")]
    pub actor: SmolStr,
    /// Organisation that it was handed in for, as a credit code or name; or `unknown`.
    #[schemars(with = "String")]
    pub on_behalf_of: SmolStr,
    /// Way in.
    pub channel: Channel,
    /// SHA-256 of the file it stood in, hexadecimal; or `unknown`.
    #[schemars(with = "String")]
    pub file: SmolStr,
    /// Sheet of a workbook; or `unknown`.
    #[schemars(with = "String")]
    pub sheet: SmolStr,
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
    /// The ledger's own doing.
    System,
}

/// A value, or the word `unknown`.
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
}

/// By what stands there: a number is known, text must be the word. (Derived, each would be tried in turn.)
impl<'de, T: Deserialize<'de>> Deserialize<'de> for Known<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Either<T> {
            type Value = Known<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number, or the word unknown")
            }
            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Known<T>, E> {
                T::deserialize(number.into_deserializer()).map(Known::Known)
            }
            fn visit_str<E: de::Error>(self, word: &str) -> Result<Known<T>, E> {
                UnknownWord::deserialize(word.into_deserializer()).map(Known::Unknown)
            }
        }
        deserializer.deserialize_any(Either(PhantomData))
    }
}

impl<T> From<Option<T>> for Known<T> {
    fn from(value: Option<T>) -> Known<T> {
        value.map_or(Known::UNKNOWN, Known::Known)
    }
}

impl Source {
    /// A source of which only the actor and the way in are known.
    pub fn of(actor: &str, channel: Channel) -> Source {
        let unknown = || SmolStr::new_static(UNKNOWN);
        Source {
            actor: actor.into(),
            on_behalf_of: unknown(),
            channel,
            file: unknown(),
            sheet: unknown(),
            row: Known::UNKNOWN,
            device: unknown(),
            captured_at: unknown(),
        }
    }

    /// The same, handed in for an organisation; for nobody in particular where none is named.
    #[must_use]
    pub fn on_behalf_of(mut self, organisation: Option<&CreditCode>) -> Source {
        if let Some(code) = organisation {
            self.on_behalf_of = code.as_str().into();
        }
        self
    }
}
