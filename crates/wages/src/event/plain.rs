//! Facts read as this program writes them: compact, each field in its place, no character that JSON escapes. Nearly
//! all of a ledger is written so, and read so costs a quarter of what it costs the general reader, which looks for the name
//! of every field. Whatever stands there in another way, that one reads, or refuses; what is read here, it reads alike.

use super::worker::{
    Advances, ContractTerms, Deductions, GrossComponent, LineKey, PaymentDetails, WageLine, WorkDay,
};
use super::{Fact, clock};
use crate::{
    AccountId, BlindIndex, Channel, Component, CreditCode, DocumentKind, IdKind, IncomeType, Known, PayCycle,
    PayForm, Payer, Private, ProjectCode, Reference, SealedField, Source, TermKind, UNKNOWN, Unit,
};
use jiff::civil::{Date, DateTime, Time};
use rules::{DayOfMonth, Days, Money, Month, PayDay, PayMonth};
use rust_decimal::Decimal;
use serde::de::DeserializeOwned;
use serde::de::value::{Error, StrDeserializer};
use smol_str::SmolStr;
use uuid::Uuid;

/// Text of so many bytes takes no room of its own ([`SmolStr::new_inline`]); said here, it is put in without a call.
const SHORT: usize = 23;

/// A fact and its source: what follows type and version in a body.
pub(super) fn read<E: Fact>(rest: &str) -> Option<(E, Source)> {
    // Looked at once as a whole, and not text by text. Every byte is looked at, whatever the ones before it were: sixteen at
    // a time.
    if !rest.bytes().fold(true, |plain, byte| plain & (byte >= b' ') & (byte != b'\\')) {
        return None;
    }
    let mut text = Plain(rest);
    let event = E::read_plain(&mut text)?;
    text.skip(r#","source":"#)?;
    let source = Source::read(&mut text)?;
    (text.0 == "}").then_some((event, source))
}

// What reads a part of a value is put in where it is used: returned from a call, a day would be written in parts and then
// taken up whole, for which the processor waits.

/// What is left to read. Where a value cannot be read, what is left means nothing; what cannot be skipped stays.
pub(crate) struct Plain<'a>(&'a str);

impl<'a> Plain<'a> {
    #[inline(always)]
    pub(crate) fn skip(&mut self, expected: &str) -> Option<()> {
        self.0 = self.0.strip_prefix(expected)?;
        Some(())
    }

    /// What stands between quotation marks.
    #[inline(always)]
    fn string(&mut self) -> Option<&'a str> {
        let rest = self.0.strip_prefix('"')?;
        let (string, rest) = rest.split_at_checked(memchr::memchr(b'"', rest.as_bytes())?)?;
        self.0 = rest.strip_prefix('"')?;
        Some(string)
    }

    /// So many bytes between quotation marks.
    #[inline(always)]
    fn bytes<const LEN: usize>(&mut self) -> Option<&'a [u8; LEN]> {
        let rest = self.0.strip_prefix('"')?;
        self.0 = rest.get(LEN..)?.strip_prefix('"')?;
        rest.as_bytes().first_chunk()
    }

    fn digits(&mut self) -> Option<&'a str> {
        let (digits, rest) =
            self.0.split_at_checked(self.0.bytes().position(|byte| !byte.is_ascii_digit())?)?;
        self.0 = rest;
        // JSON has no 07.
        (digits.len() == 1 || !digits.starts_with('0')).then_some(digits)
    }
}

/// A value that can be read so.
pub(crate) trait ReadPlain: Sized {
    fn read(text: &mut Plain<'_>) -> Option<Self>;
}

/// The name of a field, and what stands around it.
macro_rules! name {
    ($before:literal $field:ident) => {
        concat!($before, "\"", stringify!($field), "\":")
    };
    ($before:literal $field:ident $name:literal) => {
        concat!($before, "\"", $name, "\":")
    };
}
pub(crate) use name;

/// Reads all fields of a structure, in the order in which it declares them, and so writes them. A name in quotation marks
/// is written in the place of the field's own.
macro_rules! fields {
    ($text:ident, $type:ident { $first:ident $($first_name:literal)? $(, $field:ident $($name:literal)?)* }) => {{
        $text.skip($crate::event::plain::name!("" $first $($first_name)?))?;
        let $first = $crate::event::plain::ReadPlain::read($text)?;
        $(
            $text.skip($crate::event::plain::name!("," $field $($name)?))?;
            let $field = $crate::event::plain::ReadPlain::read($text)?;
        )*
        Some($type { $first $(, $field)* })
    }};
}
pub(crate) use fields;

macro_rules! objects {
    ($($type:ident { $($fields:tt)* })*) => {$(
        impl ReadPlain for $type {
            fn read(text: &mut Plain<'_>) -> Option<$type> {
                text.skip("{")?;
                let read = fields!(text, $type { $($fields)* });
                text.skip("}")?;
                read
            }
        }
    )*};
}

objects! {
    Source { actor, on_behalf_of, grant, channel, file, sheet, row, device, captured_at }
    ContractTerms { term, starts_on, ends_on, pay_form, unit_price, unit, pay_cycle, pay_day, income }
    PayDay { day, of }
    WorkDay { on, days, first_in "in", last_out "out", device }
    LineKey { project, employer, crew, month }
    WageLine {
        days, overtime_hours, pay_form, unit_price, quantity, gross, components, deductions, advances, net, account,
        account_index, remark
    }
    GrossComponent { kind, amount }
    Deductions { social_insurance, housing_fund, income_tax, other }
    Advances { loan, living_cost }
    PaymentDetails {
        project, employer, month, payer, payer_account_index, batch, number, serial, amount, payee_account,
        payee_account_index, payee_holder
    }
}

/// In an entry it is sealed.
impl ReadPlain for Private {
    fn read(text: &mut Plain<'_>) -> Option<Private> {
        let from = text.0;
        text.skip(r#"{"c":"#)?;
        let commitment = text.string()?;
        text.skip(r#","x":"#)?;
        text.string()?;
        text.skip("}")?;
        let json = from.get(..from.len().checked_sub(text.0.len())?)?;
        Some(Private::Sealed(SealedField::written(json, commitment.len())))
    }
}

impl<T: ReadPlain> ReadPlain for Option<T> {
    #[inline(always)]
    fn read(text: &mut Plain<'_>) -> Option<Option<T>> {
        if text.skip("null").is_some() { Some(None) } else { T::read(text).map(Some) }
    }
}

impl<T: ReadPlain> ReadPlain for Vec<T> {
    fn read(text: &mut Plain<'_>) -> Option<Vec<T>> {
        text.skip("[")?;
        if text.skip("]").is_some() {
            return Some(Vec::new());
        }
        let first = T::read(text)?;
        if text.skip("]").is_some() {
            return Some(vec![first]);
        }
        let mut list = Vec::with_capacity(clock::MONTH);
        list.push(first);
        while text.skip("]").is_none() {
            text.skip(",")?;
            list.push(T::read(text)?);
        }
        Some(list)
    }
}

macro_rules! texts {
    ($($type:ty: $read:expr;)*) => {$(
        impl ReadPlain for $type {
            fn read(text: &mut Plain<'_>) -> Option<$type> {
                let read: fn(&str) -> Option<$type> = $read;
                read(text.string()?)
            }
        }
    )*};
}

texts! {
    String: |text| Some(text.to_owned());
    SmolStr: |text| Some(if text.len() <= SHORT { SmolStr::new_inline(text) } else { text.into() });
    ProjectCode: |text| text.parse().ok();
    CreditCode: |text| text.parse().ok();
    Reference: |text| text.parse().ok();
    AccountId: |text| text.parse().ok();
    BlindIndex: |text| text.parse().ok();
    Uuid: |text| text.parse().ok();
    Money: |text| text.parse().ok();
    Days: |text| text.parse().ok();
    Month: |text| text.parse().ok();
    Decimal: |text| text.parse().ok();
    Channel: word;
    Component: word;
    DocumentKind: word;
    IdKind: word;
    IncomeType: word;
    PayCycle: word;
    PayForm: word;
    PayMonth: word;
    Payer: word;
    TermKind: word;
    Unit: word;
}

impl ReadPlain for DateTime {
    fn read(text: &mut Plain<'_>) -> Option<DateTime> {
        // With parts of a second it is longer.
        let Some(written) = text.bytes::<19>() else { return text.string()?.parse().ok() };
        let (day, time) = written.split_at_checked(10)?;
        Some(rules::plain_day(day)?.to_datetime(rules::plain_time(time.strip_prefix(b"T")?)?))
    }
}

impl ReadPlain for Date {
    #[inline(always)]
    fn read(text: &mut Plain<'_>) -> Option<Date> {
        rules::plain_day(text.bytes::<10>()?)
    }
}

impl ReadPlain for Time {
    #[inline(always)]
    fn read(text: &mut Plain<'_>) -> Option<Time> {
        rules::plain_time(text.bytes::<8>()?)
    }
}

/// A value without anything in it.
fn word<T: DeserializeOwned>(text: &str) -> Option<T> {
    T::deserialize(StrDeserializer::<Error>::new(text)).ok()
}

macro_rules! numbers {
    ($($type:ty)*) => {$(
        impl ReadPlain for $type {
            fn read(text: &mut Plain<'_>) -> Option<$type> {
                text.digits()?.parse().ok()
            }
        }
    )*};
}

numbers! { u8 u16 u32 u64 }

impl ReadPlain for DayOfMonth {
    fn read(text: &mut Plain<'_>) -> Option<DayOfMonth> {
        if text.0.starts_with('"') { word(text.string()?) } else { DayOfMonth::new(u8::read(text)?) }
    }
}

impl ReadPlain for bool {
    fn read(text: &mut Plain<'_>) -> Option<bool> {
        if text.skip("true").is_some() { Some(true) } else { text.skip("false").map(|()| false) }
    }
}

impl<T: ReadPlain> ReadPlain for Known<T> {
    fn read(text: &mut Plain<'_>) -> Option<Known<T>> {
        let is_unknown = text.0.strip_prefix('"').and_then(|rest| rest.strip_prefix(UNKNOWN));
        match is_unknown.and_then(|rest| rest.strip_prefix('"')) {
            Some(rest) => {
                text.0 = rest;
                Some(Known::UNKNOWN)
            }
            None => T::read(text).map(Known::Known),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::body::{self, Announced};
    use super::super::{
        ContractSigned, PaymentRecorded, SiteEntered, WagesAccrued, WorkRecorded, WorkerRegistered,
    };
    use super::*;
    use std::fmt::Debug;

    fn quickly<E: Fact>(type_name: &str, body: &[u8]) -> Option<(E, Source)> {
        let announced = body::announced(body).ok()?;
        let is_meant = announced.type_name == type_name && announced.v == 1;
        read(str::from_utf8(body).ok()?.get(announced.len?..)?).filter(|_| is_meant)
    }

    fn generally<E: Fact + DeserializeOwned>(body: &[u8]) -> Option<(E, Source)> {
        let announced = body::announced(body).ok()?;
        body::read(body, &Announced { len: None, ..announced }).ok()
    }

    /// What JSON, numbers, days and words consist of, what they must not, and parts of characters.
    const BYTES: &[u8] = b"\"\\{}[],:/ 0179-+.TZabceflnrtux\0\n\x1f\x7f\x80\xbf\xc3\xe5\xff";

    /// An example, and what it becomes with each of `others` (what is there, what takes its place); each as it is, and with
    /// every byte left out, doubled, preceded by another, or another in its place: what is read quickly, the general
    /// reader reads alike.
    fn compare<E: Fact + DeserializeOwned + PartialEq + Debug>(type_name: &str, others: &[(&str, &str)]) {
        let path = format!("{}/../../schemas/examples/{type_name}.v1.json", env!("CARGO_MANIFEST_DIR"));
        let example = std::fs::read_to_string(path).unwrap();
        let others = others.iter().map(|(from, to)| example.replacen(from, to, 1));
        for written in [example.clone()].into_iter().chain(others) {
            assert!(quickly::<E>(type_name, written.as_bytes()).is_some(), "not read quickly: {written}");
            assert_eq!(quickly::<E>(type_name, format!("{written}\n").as_bytes()), None);
            let mut read = 0;
            let mut judge = |body: &[u8]| {
                if let Some(quick) = quickly::<E>(type_name, body) {
                    assert_eq!(generally(body), Some(quick), "{}", String::from_utf8_lossy(body));
                    read += 1;
                }
            };
            judge(written.as_bytes());
            for at in 0..written.len() {
                let mut body = written.clone().into_bytes();
                for byte in BYTES {
                    body[at] = *byte;
                    judge(&body);
                }
                body.remove(at);
                judge(&body);
                body.insert(at, written.as_bytes()[at]);
                body.insert(at, written.as_bytes()[at]);
                judge(&body);
                for byte in BYTES {
                    body[at] = *byte;
                    judge(&body);
                }
            }
            assert!(read > written.len(), "only {read} were read of {written}");
        }
    }

    const SEALED: &str = r#"{"c":"qI834VBt","x":"e584uZ+/"}"#;
    const UNKNOWN_ROW: (&str, &str) = (r#""row":3"#, r#""row":"unknown""#);
    const KNOWN_SOURCE: (&str, &str) =
        (r#""on_behalf_of":"unknown","grant":"unknown""#, r#""on_behalf_of":"91350100M000100Y43","grant":7"#);

    #[test]
    fn texts_that_just_take_no_room() {
        for len in [0, 1, SHORT - 1, SHORT, SHORT + 1, 200] {
            let text = "x".repeat(len);
            let written = format!("\"{text}\"");
            assert_eq!(SmolStr::read(&mut Plain(&written)), Some(text.into()));
        }
    }

    #[test]
    fn workers() {
        compare::<WorkerRegistered>("worker.registered", &[UNKNOWN_ROW, KNOWN_SOURCE]);
    }

    #[test]
    fn stays() {
        let two = (r#""changed":[]"#, r#""changed":["crew","trade_code"]"#);
        compare::<SiteEntered>("site.entered", &[two, (r#""crew_leader":false"#, r#""crew_leader":true"#)]);
    }

    #[test]
    fn contracts() {
        let others = [
            (r#""ends_on":null"#, r#""ends_on":"2026-12-31""#),
            (r#""day":15,"of":"following""#, r#""day":"month_end","of":"same""#),
            (r#"{"day":15,"of":"following"}"#, "null"),
        ];
        compare::<ContractSigned>("contract.signed", &others);
    }

    #[test]
    fn work() {
        compare::<WorkRecorded>("work.recorded", &[(r#""in":"05:10:00""#, r#""in":null"#)]);
    }

    #[test]
    fn wages() {
        let two = r#"[{"kind":"time","amount":"4900.00"},{"kind":"bonus","amount":"11.50"}]"#;
        let others = [
            (r#"[{"kind":"time","amount":"4911.50"}]"#, two),
            (r#""overtime_hours":"0""#, r#""overtime_hours":null"#),
            (r#""remark":null"#, &format!(r#""remark":{SEALED}"#)),
        ];
        compare::<WagesAccrued>("wages.accrued", &others);
    }

    #[test]
    fn payments() {
        let others = [
            (r#""serial":"TS2604100031063""#, r#""serial":null"#),
            (r#""value_at":"2026-04-10T12:29:04""#, r#""value_at":"2026-04-10T12:29:04.5""#),
        ];
        compare::<PaymentRecorded>("payment.recorded", &others);
    }
}
