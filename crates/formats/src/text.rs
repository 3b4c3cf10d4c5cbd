//! Text files: their encoding; and the folding of text that is compared.

use crate::finding::{Code, Finding, Place};
use encoding_rs::GB18030;
use std::borrow::Cow;

/// Decodes UTF-8 with or without BOM, or GB18030. Never replaces what it cannot read.
pub(crate) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, Box<Finding>> {
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Err(undecodable(1, "this is UTF-16: save the file as UTF-8 or GB18030"));
    }
    let (body, marked) = match bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]) {
        Some(body) => (body, true),
        None => (bytes, false),
    };
    let good = match std::str::from_utf8(body) {
        Ok(text) => return Ok(Cow::Borrowed(text)),
        Err(fault) => body.get(..fault.valid_up_to()).unwrap_or_default(),
    };
    // GB18030 is taken for UTF-8 over a character or two, by chance, but not for longer.
    let chinese = std::str::from_utf8(good).unwrap_or_default().chars().filter(|c| c.len_utf8() >= 3).count();
    if marked || chinese >= 6 {
        return Err(undecodable(line_at(body, good.len()), "bytes that are no UTF-8, unlike the rest"));
    }
    match GB18030.decode_without_bom_handling_and_without_replacement(body) {
        Some(text) => Ok(text),
        None => {
            let decodes =
                |line: &&[u8]| GB18030.decode_without_bom_handling_and_without_replacement(line).is_some();
            let good_lines = body.split(|b| *b == b'\n').take_while(decodes).count();
            let line = u32::try_from(good_lines).unwrap_or(u32::MAX).saturating_add(1);
            Err(undecodable(line, "bytes that are neither UTF-8 nor GB18030"))
        }
    }
}

fn line_at(body: &[u8], offset: usize) -> u32 {
    let before = body.get(..offset).unwrap_or_default();
    let breaks = before.iter().filter(|b| **b == b'\n').count();
    u32::try_from(breaks).unwrap_or(u32::MAX).saturating_add(1)
}

fn undecodable(line: u32, message: &str) -> Box<Finding> {
    let place = Place { line: Some(line), ..Place::default() };
    Box::new(Finding::error(place, None, Code::BAD_ENCODING, message).of_whole_file())
}

/// Whether a character counts as space: Unicode white space (full-width too) and what is not seen at all.
pub(crate) fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{200B}'..='\u{200D}' | '\u{2060}' | '\u{FEFF}')
}

/// Full-width letters, digits and signs as half-width ones: what input methods for Chinese make of them.
/// For numbers, dates, codes and headers, never for names or free text.
pub(crate) fn folded(text: &str) -> Cow<'_, str> {
    if text.chars().any(|c| matches!(c, '\u{FF01}'..='\u{FF5E}' | '\u{3000}')) {
        Cow::Owned(text.chars().map(folded_char).collect())
    } else {
        Cow::Borrowed(text)
    }
}

fn folded_char(c: char) -> char {
    match c {
        '\u{3000}' => ' ',
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c).wrapping_sub(0xFEE0)).unwrap_or(c),
        _ => c,
    }
}

/// Folded, without any space or line break: how headers, numbers and dates are compared and read.
pub(crate) fn squeezed(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|b| b.is_ascii_graphic()) {
        return Cow::Borrowed(text);
    }
    if text.chars().any(is_blank) {
        Cow::Owned(text.chars().filter(|c| !is_blank(*c)).map(folded_char).collect())
    } else {
        folded(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings() {
        let text = "姓名,金额\n艾力·测试江,12\n";
        assert_eq!(decode(text.as_bytes()).unwrap(), text);
        assert_eq!(decode(format!("\u{FEFF}{text}").as_bytes()).unwrap(), text);
        assert_eq!(decode(&GB18030.encode(text).0).unwrap(), text);
        assert_eq!(decode(b"").unwrap(), "");
        let fault = |bytes: &[u8]| {
            let finding = decode(bytes).unwrap_err();
            (finding.code, finding.line)
        };
        assert_eq!(fault(b"\xFF\xFEa\0"), (Code::BAD_ENCODING, Some(1)));
        assert_eq!(fault(b"a\nb\n\xFF\xFF"), (Code::BAD_ENCODING, Some(3)));
        let damaged = [text.as_bytes(), text.as_bytes(), b"\x80\n"].concat();
        assert_eq!(fault(&damaged), (Code::BAD_ENCODING, Some(5)));
        assert_eq!(fault(b"\xEF\xBB\xBF\xC1\xC2"), (Code::BAD_ENCODING, Some(1)));
    }

    #[test]
    fn folding() {
        assert_eq!(squeezed(" 用人单位\n信用（代码）\u{3000}"), "用人单位信用(代码)");
        assert_eq!(squeezed("１２，３．５"), "12,3.5");
        assert_eq!(folded("１ ２"), "1 2");
    }
}
