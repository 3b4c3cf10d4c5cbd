//! Numbers as people and workbooks write them.

use crate::finding::Code;
use crate::text::{folded, is_blank};
use rules::ParseError;
use rust_decimal::Decimal;
use std::borrow::Cow;

/// The decimal text of a workbook's float: the shortest that reads back as the same float, or, where that
/// has more than 15 digits, the 15 that Excel itself shows. Formulas leave such noise (0.1 + 0.2 is stored
/// as 0.30000000000000004), and nobody who looks at the cell can see it.
pub(crate) fn of_float(value: f64) -> String {
    let shortest = value.to_string();
    let digits = shortest.bytes().filter(u8::is_ascii_digit).count();
    let leading_zeros = shortest.bytes().take_while(|b| !matches!(b, b'1'..=b'9')).filter(|b| *b == b'0');
    if digits.saturating_sub(leading_zeros.count()) <= 15 || !value.is_finite() {
        return shortest;
    }
    match format!("{value:.14e}").parse::<f64>() {
        Ok(shown) => shown.to_string(),
        Err(_) => shortest,
    }
}

/// A float as Excel's file holds it, for numbers so long that they have lost digits: `6.2e+18`.
pub(crate) fn scientific(value: f64) -> String {
    let text = format!("{value:e}");
    match text.split_once('e') {
        Some((digits, power)) if !power.starts_with('-') => format!("{digits}e+{power}"),
        _ => text,
    }
}

/// Text as a plain number, `-?digits(.digits)?`: full-width signs folded and thousands separators (`,` and `，`,
/// in groups of three) taken out. `None` when the separators stand elsewhere.
pub(crate) fn plain(text: &str) -> Option<Cow<'_, str>> {
    let text = folded(text.trim_matches(is_blank));
    if !text.contains(',') {
        return Some(text);
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let mut groups = whole.trim_start_matches('-').split(',');
    let first = groups.next().unwrap_or_default();
    let good =
        (1..=3).contains(&first.len()) && groups.all(|group| group.len() == 3) && !fraction.contains(',');
    good.then(|| Cow::Owned(text.replace(',', "")))
}

/// A plain number with at most `decimals` decimals, not below 0.
pub(crate) fn decimal(plain: &str, decimals: u32) -> Result<Decimal, (Code, String)> {
    let all_digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    let unsigned = plain.strip_prefix('-').unwrap_or(plain);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    if !all_digits(whole) || !all_digits(fraction) {
        return Err((Code::BAD_NUMBER, "not a number: write it in digits".into()));
    }
    let value: Decimal = match plain.parse() {
        Ok(value) if whole.len() <= 12 => value,
        _ => return Err((Code::OUT_OF_RANGE, "beyond what can be recorded".into())),
    };
    let value = value.normalize();
    if value.scale() > decimals {
        return Err((Code::TOO_MANY_DECIMALS, format!("more than {decimals} decimals; nothing is rounded")));
    }
    if value.is_sign_negative() && !value.is_zero() {
        return Err((Code::OUT_OF_RANGE, "below 0".into()));
    }
    Ok(value)
}

/// What to say of a number that the rules' types refuse.
pub(crate) fn fault(error: &ParseError) -> (Code, String) {
    match error {
        ParseError::NotANumber | ParseError::NotAMonth => {
            (Code::BAD_NUMBER, "not a number: write it in digits, as in 1234.50".into())
        }
        ParseError::TooManyDecimals(decimals) => {
            let plural = if *decimals == 1 { "" } else { "s" };
            (Code::TOO_MANY_DECIMALS, format!("more than {decimals} decimal{plural}; nothing is rounded"))
        }
        ParseError::OutOfRange => (Code::OUT_OF_RANGE, "beyond what can be recorded".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats() {
        for (value, text) in [
            (7277.504, "7277.504"),
            (0.1 + 0.2, "0.3"),
            (594.319_999_999_999_9, "594.32"),
            (-12.5, "-12.5"),
            (11836.0, "11836"),
            (1e20, "100000000000000000000"),
            (0.000_012, "0.000012"),
            (20.0 / 23.0, "0.869565217391304"),
        ] {
            assert_eq!(of_float(value), text);
        }
        assert_eq!(scientific(6.200000700040702e18), "6.200000700040702e+18");
        assert_eq!(scientific(1.0), "1e+0");
    }

    #[test]
    fn separators() {
        for (text, expect) in [
            ("1,234.50", Some("1234.50")),
            ("1，234，567", Some("1234567")),
            ("－１２．５", Some("-12.5")),
            (" 12 ", Some("12")),
            ("-1,000", Some("-1000")),
            ("1 200", Some("1 200")),
            ("1,23", None),
            ("1234,567", None),
            (",123", None),
            ("1.000,5", None),
            ("伍佰元", Some("伍佰元")),
        ] {
            assert_eq!(plain(text).as_deref(), expect, "{text}");
        }
    }

    #[test]
    fn decimals() {
        assert_eq!(decimal("261.50", 4).unwrap().to_string(), "261.5");
        for (text, code) in [
            ("", Code::BAD_NUMBER),
            ("1e5", Code::BAD_NUMBER),
            ("5.", Code::BAD_NUMBER),
            ("-1", Code::OUT_OF_RANGE),
            ("1234567890123", Code::OUT_OF_RANGE),
            ("0.12345", Code::TOO_MANY_DECIMALS),
        ] {
            assert_eq!(decimal(text, 4).unwrap_err().0, code, "{text}");
        }
    }
}
