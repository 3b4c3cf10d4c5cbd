//! Rows and columns of a sheet that are hidden: by a filter, by hand, by a height or width of nothing.
//!
//! calamine reads cells and does not say what is hidden, so the sheet's part is read once more for it.

use crate::finding::Finding;
use crate::limits::{COLUMNS_MAX, ROWS_MAX};
use crate::workbook::damaged;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use std::collections::{BTreeSet, HashMap};
use std::io::{BufReader, Cursor, Read};
use zip::ZipArchive;

/// What nobody sees who opens the workbook.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Hidden {
    /// Rows as Excel numbers them.
    pub(crate) rows: BTreeSet<u32>,
    /// Columns from 0.
    pub(crate) columns: BTreeSet<u16>,
}

type Archive<'a> = ZipArchive<Cursor<&'a [u8]>>;
type Fault = Box<Finding>;

/// What is hidden in a sheet. The workbook's unpacked size was bounded when it was opened.
pub(crate) fn of(bytes: &[u8], sheet: &str) -> Result<Hidden, Fault> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|fault| damaged(&fault.to_string()))?;
    let workbook = workbook_part(&mut archive)?;
    let (folder, name) = workbook.rsplit_once('/').unwrap_or(("", &workbook));
    let folder = if folder.is_empty() { String::new() } else { format!("{folder}/") };
    let mut relation = None;
    elements(&mut archive, &workbook, &mut |element| {
        if element.local_name().as_ref() == "sheet" && attribute(element, "name").as_deref() == Some(sheet) {
            relation = relation.take().or_else(|| attribute(element, "id"));
        }
    })?;
    let mut targets = HashMap::new();
    elements(&mut archive, &format!("{folder}_rels/{name}.rels"), &mut |element| {
        if element.local_name().as_ref() == "Relationship"
            && let (Some(id), Some(target)) = (attribute(element, "Id"), attribute(element, "Target"))
        {
            targets.insert(id, target);
        }
    })?;
    let target =
        relation.and_then(|id| targets.remove(&id)).ok_or_else(|| damaged("a sheet without a part"))?;
    let part = target.strip_prefix('/').map_or_else(|| format!("{folder}{target}"), str::to_owned);
    in_part(&mut archive, &part)
}

/// Where the package says that its workbook is; nearly always `xl/workbook.xml`.
fn workbook_part(archive: &mut Archive<'_>) -> Result<String, Fault> {
    let mut found = None;
    elements(archive, "_rels/.rels", &mut |element| {
        let is_document =
            attribute(element, "Type").is_some_and(|kind| kind.ends_with("/relationships/officeDocument"));
        if element.local_name().as_ref() == "Relationship" && is_document {
            found = attribute(element, "Target");
        }
    })?;
    let target = found.unwrap_or_else(|| "xl/workbook.xml".to_owned());
    Ok(target.trim_start_matches('/').to_owned())
}

fn in_part(archive: &mut Archive<'_>, part: &str) -> Result<Hidden, Fault> {
    let mut hidden = Hidden::default();
    let mut row = 0u32;
    elements(archive, part, &mut |element| match element.local_name().as_ref() {
        "row" => {
            // A row that does not say its number is the next.
            let number = attribute(element, "r").and_then(|number| number.trim().parse().ok());
            row = number.unwrap_or_else(|| row.saturating_add(1));
            if (is_true(element, "hidden") || is_nothing(element, "ht")) && hidden.rows.len() < ROWS_MAX {
                hidden.rows.insert(row);
            }
        }
        "col" if is_true(element, "hidden") || is_nothing(element, "width") => {
            let number = |key| attribute(element, key).and_then(|number| number.trim().parse::<usize>().ok());
            if let (Some(first), Some(last)) = (number("min"), number("max")) {
                let columns =
                    (first..=last.min(COLUMNS_MAX)).filter_map(|n| u16::try_from(n.checked_sub(1)?).ok());
                hidden.columns.extend(columns);
            }
        }
        _ => {}
    })?;
    Ok(hidden)
}

fn is_true(element: &BytesStart<'_>, key: &str) -> bool {
    attribute(element, key).is_some_and(|value| matches!(value.trim(), "1" | "true"))
}

/// A height or width of 0.
fn is_nothing(element: &BytesStart<'_>, key: &str) -> bool {
    let zero = |value: &str| value.contains('0') && value.bytes().all(|byte| matches!(byte, b'0' | b'.'));
    attribute(element, key).is_some_and(|value| zero(value.trim()))
}

/// The value of an attribute, whatever its namespace.
fn attribute(element: &BytesStart<'_>, key: &str) -> Option<String> {
    let mut attributes = element.attributes();
    let found = attributes
        .with_checks(false)
        .flatten()
        .find(|attribute| attribute.key.local_name().as_ref() == key)?;
    quick_xml::escape::unescape(&found.value).ok().map(std::borrow::Cow::into_owned)
}

/// Shows every element of a part as it begins. Names of parts are compared as Windows compares them.
fn elements(
    archive: &mut Archive<'_>,
    part: &str,
    see: &mut dyn FnMut(&BytesStart<'_>),
) -> Result<(), Fault> {
    let same = |name: &str| name.replace('\\', "/").eq_ignore_ascii_case(part);
    let index = archive.file_names().position(|name| name.is_ok_and(|name| same(&name)));
    let index = index.ok_or_else(|| damaged(&format!("no part {part}")))?;
    let file = archive.by_index(index).map_err(|fault| damaged(&fault.to_string()))?;
    let mut reader = Reader::from_reader(BufReader::new(file.take(crate::limits::UNPACKED_BYTES_MAX)));
    reader.config_mut().check_end_names = false;
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer).map_err(|fault| damaged(&fault.to_string()))? {
            Event::Start(element) | Event::Empty(element) => see(&element),
            Event::Eof => return Ok(()),
            _ => {}
        }
    }
}

/// Row numbers as a sentence has them: `8, 9 and 11 to 14`.
pub(crate) fn listed(rows: &[u32]) -> String {
    const SHOWN: usize = 20;
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for row in rows {
        match ranges.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(*row) => *last = *row,
            _ => ranges.push((*row, *row)),
        }
    }
    let shown = |(first, last): &(u32, u32)| match last.saturating_sub(*first) {
        0 => vec![first.to_string()],
        1 => vec![first.to_string(), last.to_string()],
        _ => vec![format!("{first} to {last}")],
    };
    let mut words: Vec<String> = ranges.iter().take(SHOWN).flat_map(shown).collect();
    if ranges.len() > SHOWN {
        words.push("more".to_owned());
    }
    match words.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, before)) => format!("{} and {last}", before.join(", ")),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_in_a_sentence() {
        for (rows, expect) in [
            (&[8][..], "8"),
            (&[8, 9], "8 and 9"),
            (&[8, 9, 10], "8 to 10"),
            (&[6, 8, 9, 11, 12, 13], "6, 8, 9 and 11 to 13"),
            (&[], ""),
        ] {
            assert_eq!(listed(rows), expect);
        }
        let many: Vec<u32> = (0..100).map(|n| n * 2).collect();
        assert!(listed(&many).ends_with("36, 38 and more"));
    }
}
