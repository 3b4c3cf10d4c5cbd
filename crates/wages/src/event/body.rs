//! Reading a body in one pass: what it is, the fact's own fields, and who says so.

use super::{Fact, plain};
use crate::Source;
use crate::identifier::Text;
use serde::Deserialize;
use serde::de::value::{CowStrDeserializer, MapAccessDeserializer};
use serde::de::{self, DeserializeOwned, DeserializeSeed, IgnoredAny, MapAccess, Visitor};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

/// What stands around a fact, in the order in which it is written.
const TYPE: &str = "type";
const VERSION: &str = "v";
const SOURCE: &str = "source";

/// What a body says of itself.
#[derive(Deserialize)]
pub(super) struct Announced<'a> {
    #[serde(rename = "type", borrow)]
    pub(super) type_name: Cow<'a, str>,
    pub(super) v: u16,
    /// How many bytes that takes, where it stands at the beginning as every body of this program has it.
    #[serde(skip)]
    pub(super) len: Option<usize>,
}

/// Type and version of a body: from its beginning, else from wherever they stand in the object.
pub(super) fn announced(body: &[u8]) -> Result<Announced<'_>, serde_json::Error> {
    at_the_beginning(body).map_or_else(|| serde_json::from_slice(body), Ok)
}

/// Type and version where the body begins `{"type":"…","v":…,`.
fn at_the_beginning(body: &[u8]) -> Option<Announced<'_>> {
    let rest = body.strip_prefix(b"{\"type\":\"")?;
    let (name, rest) = rest.split_at_checked(rest.iter().position(|byte| matches!(byte, b'"' | b'\\'))?)?;
    let rest = rest.strip_prefix(b"\",\"v\":")?;
    let (version, rest) = rest.split_at_checked(rest.iter().position(|byte| *byte == b',')?)?;
    // As JSON has numbers: whole numbers of Rust may also be +1 or 01, and nobody looks at this part again.
    let is_json = version == b"0" || version.first().is_some_and(|first| matches!(first, b'1'..=b'9'));
    let v = str::from_utf8(version).ok().filter(|_| is_json)?.parse().ok()?;
    let len = body.len().checked_sub(rest.strip_prefix(b",")?.len());
    Some(Announced { type_name: Cow::Borrowed(str::from_utf8(name).ok()?), v, len })
}

/// The fact of a body, and its source; `E` is what its announced type says.
pub(super) fn read<E: Fact + DeserializeOwned>(
    body: &[u8],
    announced: &Announced<'_>,
) -> Result<(E, Source), serde_json::Error> {
    // Looked at once as a whole, and not text by text, whether it is UTF-8. What is not says so where it is read.
    let Ok(body) = str::from_utf8(body) else { return read_from(serde_json::Deserializer::from_slice(body)) };
    let rest = announced.len.and_then(|len| body.get(len..));
    match rest.and_then(plain::read) {
        Some(read) => Ok(read),
        None => read_from(serde_json::Deserializer::from_str(body)),
    }
}

fn read_from<'de, R: serde_json::de::Read<'de>, E: DeserializeOwned>(
    mut deserializer: serde_json::Deserializer<R>,
) -> Result<(E, Source), serde_json::Error> {
    let read = de::Deserializer::deserialize_map(&mut deserializer, Body(PhantomData))?;
    deserializer.end()?;
    Ok(read)
}

struct Body<E>(PhantomData<E>);

impl<'de, E: DeserializeOwned> Visitor<'de> for Body<E> {
    type Value = (E, Source);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a fact")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(E, Source), A::Error> {
        let mut around = Around::default();
        let event = E::deserialize(MapAccessDeserializer::new(Fields { map, around: &mut around }))?;
        let source = around.source.ok_or_else(|| de::Error::missing_field(SOURCE))?;
        Ok((event, source))
    }
}

/// What was found around the fact; each may stand once.
#[derive(Default)]
struct Around {
    type_name: bool,
    version: bool,
    source: Option<Source>,
}

/// The fields of a body but those around the fact.
struct Fields<'a, A> {
    map: A,
    around: &'a mut Around,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Fields<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        while let Some(Text(key)) = self.map.next_key::<Text<'de>>()? {
            let twice = match key.as_ref() {
                TYPE => {
                    self.map.next_value::<IgnoredAny>()?;
                    std::mem::replace(&mut self.around.type_name, true).then_some(TYPE)
                }
                VERSION => {
                    self.map.next_value::<IgnoredAny>()?;
                    std::mem::replace(&mut self.around.version, true).then_some(VERSION)
                }
                SOURCE => self.around.source.replace(self.map.next_value()?).map(|_| SOURCE),
                _ => return seed.deserialize(CowStrDeserializer::new(key)).map(Some),
            };
            if let Some(field) = twice {
                return Err(de::Error::duplicate_field(field));
            }
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BodyError, Event};

    const CREW: &str = r#"{"type":"crew.registered","v":1,"project":"3301132512010153","employer":"91330100799655058B","label":{"c":"c","x":"x"},"source":{"actor":"a","on_behalf_of":"unknown","grant":"unknown","channel":"file","file":"unknown","sheet":"unknown","row":7,"device":"unknown","captured_at":"unknown"}}"#;

    fn said(body: &str) -> Result<(Event, Source), String> {
        Event::from_body(body.as_bytes()).map_err(|error| match error {
            BodyError::Malformed { type_name, source } => format!("{type_name}: {source}"),
            other => other.to_string(),
        })
    }

    #[test]
    fn what_stands_around_a_fact() {
        let table = [
            // (what is changed, into what, what is said; nothing: it reads as before)
            ("\"v\":1,", "\"v\" : 1,", ""),
            (r#"{"type":"crew.registered","v":1,"#, r#"{"v":1,"type":"crew.registered","#, ""),
            ("crew.registered", "crew.re\\u0067istered", ""),
            ("\"v\":1,", "\"v\":1,\"v\":1,", "duplicate field `v`"),
            ("\"v\":1,", "\"v\":1,\"type\":\"crew.registered\",", "duplicate field `type`"),
            ("\"v\":1,", "\"v\":2,", "type crew.registered version 2 is not known"),
            ("\"v\":1,", "\"v\":-1,", "?: invalid value"),
            ("\"v\":1,", "\"v\":+1,", "?: expected value"),
            ("\"v\":1,", "\"v\":01,", "?: invalid number"),
            ("\"v\":1,", "", "?: missing field `v`"),
            ("crew.registered", "crew.sung", "type crew.sung version 1 is not known"),
            ("\"source\"", "\"sauce\"", "unknown field `sauce`"),
            ("\"label\"", "\"lable\"", "unknown field `lable`"),
            ("\"row\":7", "\"row\":\"unbekannt\"", "invalid type: string \"unbekannt\""),
            ("\"row\":7", "\"row\":-7", "a value, or the word unknown"),
            ("\"actor\":\"a\"", "\"actor\":\"张 伟\"", "wrong length or characters"),
            ("\"actor\":\"a\"", "\"actor\":7", "invalid type: integer `7`"),
            ("\"on_behalf_of\":\"unknown\"", "\"on_behalf_of\":\"某公司\"", "wrong length or characters"),
            ("\"label\"", "\"lore\":null,\"label\"", "unknown field `lore`"),
            ("\"c\":\"c\"", "\"b\":1,\"c\":\"c\"", "unknown field `b`"),
            ("\"row\":7", "\"row\":7,\"col\":\"C\"", "unknown field `col`"),
            (r#""label":{"c":"c","x":"x"}"#, r#""label":7"#, "text, or a sealed field"),
            ("}}", "}},", "trailing characters"),
            ("}}", "}", "EOF"),
        ];
        let plain = said(CREW).unwrap();
        for (from, to, expected) in table {
            let body = CREW.replacen(from, to, 1);
            assert_ne!(body, CREW, "{from}");
            match said(&body) {
                Ok(read) => assert!(expected.is_empty() && read == plain, "{body}"),
                Err(error) => assert!(!expected.is_empty() && error.contains(expected), "{error}\n{body}"),
            }
        }
    }
}
