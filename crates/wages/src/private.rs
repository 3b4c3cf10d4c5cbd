//! Personal data inside facts.

use crate::identifier::Text;
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use schemars::JsonSchema;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// A piece of personal data: plain inside a command, sealed inside an entry.
///
/// `decide` and `evolve` carry it along and never look inside. The sequencer seals it with the subject's key
/// before a body is written; [`crate::Event::to_body`] refuses a body in which anything is still plain.
/// `Debug` never shows the value.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Private {
    /// As handed in.
    Plain(String),
    /// As recorded.
    Sealed(SealedField),
}

/// Personal data as it stands in an entry: a commitment that anyone can check who is shown salt and value,
/// and the two encrypted under the subject's key, which can be destroyed.
///
/// It is held as it is written, as one text: several stand in every entry about a worker, and go into rows as they are.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedField {
    /// `{"c":"…","x":"…"}`
    json: Arc<str>,
    commitment_len: usize,
}

/// What stands around and between the two texts of a sealed field.
const OPENS: &str = r#"{"c":""#;
const BETWEEN: &str = r#"","x":""#;
const CLOSES: &str = r#""}"#;

/// What stands in a sealed field JSON would have to escape: it cannot be base64.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a sealed field holds base64, in which nothing is escaped")]
pub struct Escaped;

impl SealedField {
    /// Of a commitment and a ciphertext with its nonce, as bytes.
    pub fn encode(commitment: &[u8; 32], ciphertext: &[u8]) -> SealedField {
        SealedField::put_together(&BASE64.encode(commitment), &BASE64.encode(ciphertext))
    }

    /// Of the two in base64. Whether they are, who opens them will see; what JSON would have to escape is refused.
    pub fn from_base64(commitment: &str, ciphertext: &str) -> Result<SealedField, Escaped> {
        let is_plain = |text: &str| !text.bytes().any(|byte| byte < b' ' || matches!(byte, b'"' | b'\\'));
        let are_plain = is_plain(commitment) && is_plain(ciphertext);
        are_plain.then(|| SealedField::put_together(commitment, ciphertext)).ok_or(Escaped)
    }

    fn put_together(commitment: &str, ciphertext: &str) -> SealedField {
        let json = [OPENS, commitment, BETWEEN, ciphertext, CLOSES].concat();
        SealedField::written(&json, commitment.len())
    }

    /// From its JSON, written as this program writes it and with nothing in it that JSON escapes.
    pub(crate) fn written(json: &str, commitment_len: usize) -> SealedField {
        SealedField { json: json.into(), commitment_len }
    }

    /// `SHA-256(0x03 ‖ salt[32] ‖ value)`, base64 without padding (43 characters).
    pub fn commitment(&self) -> &str {
        let from = OPENS.len();
        self.json.get(from..from.saturating_add(self.commitment_len)).unwrap_or_default()
    }

    /// AES-256-GCM nonce (12 bytes), then the encryption of salt ‖ value with its tag, base64 without padding.
    /// The additional data is subject ‖ field name.
    pub fn ciphertext(&self) -> &str {
        let from = OPENS.len().saturating_add(self.commitment_len).saturating_add(BETWEEN.len());
        self.json.get(from..).and_then(|rest| rest.strip_suffix(CLOSES)).unwrap_or_default()
    }

    /// As JSON, the form in which it is recorded.
    pub fn json(&self) -> &Arc<str> {
        &self.json
    }
}

/// Personal data as it stands in an entry: a commitment that anyone can check who is shown salt and value,
/// and the two encrypted under the subject's key, which can be destroyed.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "SealedField")]
struct Fields<'a> {
    /// `SHA-256(0x03 ‖ salt[32] ‖ value)`, base64 without padding (43 characters).
    #[serde(borrow)]
    c: Cow<'a, str>,
    /// AES-256-GCM nonce (12 bytes), then the encryption of salt ‖ value with its tag, base64 without padding.
    /// The additional data is subject ‖ field name.
    #[serde(borrow)]
    x: Cow<'a, str>,
}

impl Serialize for SealedField {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Fields { c: self.commitment().into(), x: self.ciphertext().into() }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for SealedField {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Fields { c, x } = Fields::deserialize(deserializer)?;
        SealedField::from_base64(&c, &x).map_err(de::Error::custom)
    }
}

impl JsonSchema for SealedField {
    fn schema_name() -> Cow<'static, str> {
        Fields::schema_name()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Fields::json_schema(generator)
    }
}

impl Private {
    /// The value, when it is plain.
    pub fn plain(&self) -> Option<&str> {
        match self {
            Private::Plain(value) => Some(value),
            Private::Sealed(_) => None,
        }
    }

    /// The sealed form, when it is sealed.
    pub fn sealed(&self) -> Option<&SealedField> {
        match self {
            Private::Plain(_) => None,
            Private::Sealed(field) => Some(field),
        }
    }
}

/// By what stands there: text is plain, an object sealed. (Derived, each would be tried in turn, over a copy.)
impl<'de> Deserialize<'de> for Private {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Private;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text, or a sealed field")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Private, E> {
                Ok(text.into())
            }
            fn visit_string<E: de::Error>(self, text: String) -> Result<Private, E> {
                Ok(text.into())
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Private, A::Error> {
                SealedField::deserialize(MapAccessDeserializer::new(map)).map(Private::Sealed)
            }
        }
        deserializer.deserialize_any(Either)
    }
}

impl From<String> for Private {
    fn from(value: String) -> Private {
        Private::Plain(value)
    }
}

impl From<&str> for Private {
    fn from(value: &str) -> Private {
        Private::Plain(value.to_owned())
    }
}

impl fmt::Debug for Private {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Private::Plain(_) => "Private(plain)",
            Private::Sealed(_) => "Private(sealed)",
        })
    }
}

impl fmt::Debug for SealedField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealedField")
    }
}

/// In an entry only the sealed form is lawful, so that is what the schema says.
impl JsonSchema for Private {
    fn schema_name() -> Cow<'static, str> {
        "Private".into()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        SealedField::json_schema(generator)
    }
}

/// A keyed fingerprint of an account number, 16 bytes as 32 hexadecimal digits: equal accounts have equal
/// fingerprints, and without the ledger's key nobody can guess the account.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BlindIndex(pub [u8; 16]);

impl BlindIndex {
    /// Its 32 hexadecimal digits, in ASCII.
    pub fn digits(&self) -> [u8; 32] {
        let mut digits = [0; 32];
        // There is room for twice its bytes.
        let _ = hex::encode_to_slice(self.0, &mut digits);
        digits
    }
}

impl fmt::Display for BlindIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(str::from_utf8(&self.digits()).unwrap_or_default())
    }
}

impl fmt::Debug for BlindIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::str::FromStr for BlindIndex {
    type Err = hex::FromHexError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut out = [0; 16];
        hex::decode_to_slice(text, &mut out)?;
        Ok(BlindIndex(out))
    }
}

impl Serialize for BlindIndex {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(str::from_utf8(&self.digits()).unwrap_or_default())
    }
}

impl<'de> Deserialize<'de> for BlindIndex {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Text::deserialize(deserializer)?;
        text.0.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for BlindIndex {
    fn schema_name() -> Cow<'static, str> {
        "BlindIndex".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^[0-9a-f]{32}$" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_field_is_its_json() {
        for (c, x) in [("aZ09+/", "b"), ("", ""), ("a", "工\u{7f}\u{2028}")] {
            let field = SealedField::from_base64(c, x).unwrap();
            assert_eq!((field.commitment(), field.ciphertext()), (c, x));
            assert_eq!(**field.json(), serde_json::to_string(&field).unwrap());
            assert_eq!(**field.json(), serde_json::json!({ "c": c, "x": x }).to_string());
            assert_eq!(serde_json::from_str::<SealedField>(field.json()).unwrap(), field);
        }
        let plain = SealedField::from_base64("AB", "C").unwrap();
        for other in [r#"{ "x" : "C", "c" : "AB" }"#, r#"{"c":"\u0041B","x":"C"}"#] {
            assert_eq!(serde_json::from_str::<SealedField>(other).unwrap(), plain, "{other}");
        }
        assert!(serde_json::from_str::<SealedField>(r#"{"c":"AB","x":"C","y":1}"#).is_err());
        assert_eq!(SealedField::encode(&[0; 32], &[0xff]).ciphertext(), "/w");
        assert_eq!(SealedField::encode(&[0; 32], &[]).commitment(), "A".repeat(43));
    }

    #[test]
    fn what_json_escapes_is_refused() {
        for byte in (0..b' ').chain([b'"', b'\\']) {
            let text = format!("a{}b", char::from(byte));
            assert_eq!(SealedField::from_base64(&text, "C"), Err(Escaped));
            assert_eq!(SealedField::from_base64("AB", &text), Err(Escaped));
            let json = serde_json::json!({ "c": text, "x": "C" }).to_string();
            assert!(serde_json::from_str::<SealedField>(&json).is_err(), "{json}");
        }
    }
}
