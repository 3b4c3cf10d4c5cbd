//! The lines above the header of a wage sheet.

use super::SheetHeader;
use crate::field::UNCALCULATED;
use crate::finding::Code;
use crate::limits::HEADER_WITHIN_ROWS;
use crate::name::correction_number;
use crate::reader::Reader;
use crate::table::{Cell, Line};
use crate::text::{folded, is_blank, squeezed};
use crate::when;
use std::collections::BTreeMap;

/// Labels, longer before those that they contain.
const LABELS: &[&str] = &[
    "用人单位信用代码",
    "用人单位",
    "统一社会信用代码",
    "信用代码",
    "工程名称",
    "项目名称",
    "项目编码",
    "工资月份",
    "班组",
    "单位",
];

/// Label → (line, value).
type Said = BTreeMap<&'static str, (u32, String)>;

/// What tells one wage sheet from another, as the lines above the header of a sheet say it.
pub(crate) fn keys(lines: &[Line]) -> BTreeMap<&'static str, String> {
    let mut keys = BTreeMap::new();
    for line in lines.iter().take(HEADER_WITHIN_ROWS) {
        for (label, value) in labelled(&text_of(line)) {
            let value = match label {
                "工资月份" => when::month(&value).map(|month| month.to_string()),
                "项目编码" | "班组" => Some(comparable(&value)),
                "信用代码" | "用人单位信用代码" | "统一社会信用代码" => {
                    Some(squeezed(&value).into_owned())
                }
                _ => None,
            };
            let label = if label.ends_with("信用代码") { "信用代码" } else { label };
            if let Some(value) = value {
                keys.entry(label).or_insert(value);
            }
        }
    }
    keys
}

/// Reads what the sheet says about itself, and compares it with the file's name.
pub(super) fn read(reader: &mut Reader<'_>) -> Option<SheetHeader> {
    let titles: Vec<(u32, String)> = reader.titles().map(|row| (row.number, text_of(row))).collect();
    let mut said = Said::new();
    for (line, text) in &titles {
        for (label, value) in labelled(text) {
            said.entry(label).or_insert((*line, value));
        }
    }
    let correction = correction(reader, titles.first());
    let project = required(reader, &said, &["项目编码"], |text| folded(text).parse().ok());
    let crew = required(reader, &said, &["班组"], |text| Some(text.to_owned()));
    let employer = required(reader, &said, &["用人单位"], |text| Some(text.to_owned()));
    let employer_code = credit_code(reader, &said);
    let month = required(reader, &said, &["工资月份"], when::month);
    let name = reader.name();
    same(reader, &said, "项目编码", name.project.as_ref(), project.as_ref());
    let crew_in_name = name.crew.as_ref().filter(|named| {
        // A file's name cannot hold every character, and is typed apart from the sheet.
        let differs = |crew: &String| comparable(named) != comparable(crew);
        crew.as_ref().is_some_and(differs)
    });
    same(reader, &said, "班组", crew_in_name, crew.as_ref());
    same(reader, &said, "工资月份", name.month.as_ref(), month.as_ref());
    let project_name = ["工程名称", "项目名称"].iter().find_map(|label| said.get(label));
    Some(SheetHeader {
        project_name: project_name.map(|(_, name)| name.clone()),
        project: project?,
        crew: crew?,
        employer: employer?,
        employer_code: employer_code?,
        month: month?,
        correction: correction?,
    })
}

/// The text of a title line. Of a date cell, which Excel makes of `2026年3月`, the month is meant.
fn text_of(line: &Line) -> String {
    let text = |cell: &Cell| match cell {
        Cell::Moment(at) => format!("{:04}-{:02}", at.year(), at.month()),
        Cell::Uncalculated(_) => String::new(),
        other => other.shown().into_owned(),
    };
    let texts: Vec<String> = line.cells.iter().map(|(_, cell)| text(cell)).collect();
    texts.join(" ")
}

fn comparable(crew: &str) -> String {
    squeezed(crew).replace('/', "_")
}

/// `label：value` pairs of a line; a value ends where the next label begins.
fn labelled(text: &str) -> Vec<(&'static str, String)> {
    let mut found: Vec<(&'static str, usize, usize)> = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..) {
        let hit = LABELS.iter().find_map(|label| {
            let after = rest.strip_prefix(label)?.trim_start_matches(is_blank);
            let value = after.strip_prefix(['：', ':'])?;
            Some((*label, text.len().saturating_sub(value.len())))
        });
        match (hit, rest.chars().next()) {
            (Some((label, value_at)), _) => {
                found.push((label, at, value_at));
                at = value_at;
            }
            (None, Some(c)) => at = at.saturating_add(c.len_utf8()),
            (None, None) => break,
        }
    }
    let ends = found.iter().skip(1).map(|(_, label_at, _)| *label_at).chain([text.len()]);
    let values = found.iter().zip(ends).filter_map(|((label, _, from), to)| {
        let value = text.get(*from..to)?.trim_matches(is_blank);
        (!value.is_empty()).then(|| (*label, value.to_owned()))
    });
    values.collect()
}

fn required<T>(
    reader: &mut Reader<'_>,
    said: &Said,
    labels: &[&'static str],
    read: impl Fn(&str) -> Option<T>,
) -> Option<T> {
    let label = labels.first().copied().unwrap_or_default();
    let Some((line, text)) = labels.iter().find_map(|label| said.get(label)) else {
        let uncalculated = |row: &&Line| row.cells.iter().any(|(_, c)| matches!(c, Cell::Uncalculated(_)));
        if let Some(row) = reader.titles().find(uncalculated) {
            reader.whole_file(Some(row.number), Some(label), None, Code::FORMULA_WITHOUT_VALUE, UNCALCULATED);
            return None;
        }
        let message = format!("the lines above the header do not say {label}, as in {label}：…");
        reader.whole_file(None, Some(label), None, Code::MISSING_VALUE, message);
        return None;
    };
    let value = read(text);
    if value.is_none() {
        let code = if label == "工资月份" { Code::BAD_DATE } else { Code::BAD_FORMAT };
        let message = format!("this is no {label}");
        reader.whole_file(Some(*line), Some(label), Some(text.clone()), code, message);
    }
    value
}

fn credit_code(reader: &mut Reader<'_>, said: &Said) -> Option<wages::CreditCode> {
    const LABELS: &[&str] = &["信用代码", "用人单位信用代码", "统一社会信用代码"];
    // A code without its right check is told apart from one that is none at all.
    let text = required(reader, said, LABELS, |text| Some(squeezed(text).into_owned()))?;
    let code = match text.parse() {
        Ok(code) => return Some(code),
        Err(wages::IdentifierError::CheckDigit) => Code::BAD_CHECK_DIGIT,
        Err(wages::IdentifierError::Shape | wages::IdentifierError::Birthday) => Code::BAD_FORMAT,
    };
    let line = LABELS.iter().find_map(|label| said.get(label)).map(|(line, _)| *line);
    let message = "not a credit code of 18 characters whose last fits the others (GB 32100)";
    reader.whole_file(line, Some("信用代码"), Some(text), code, message);
    None
}

/// The title says 更正 or 更正2, and so does the file's name, or neither does.
fn correction(reader: &mut Reader<'_>, title: Option<&(u32, String)>) -> Option<u32> {
    let (line, title) = title.map_or((1, ""), |(line, text)| (*line, text.as_str()));
    let folded_title = folded(title);
    let in_title = match folded_title.rsplit_once("更正") {
        None => Some(0),
        Some((_, after)) => {
            let (digits, rest) = leading_digits(after);
            let apart = after.trim_start_matches(|c| is_blank(c) || c == '(');
            let (digits_apart, rest_apart) = leading_digits(apart);
            if !digits.is_empty() && !rest.starts_with('年') {
                correction_number(digits)
            } else if digits_apart.len() <= 2 && !rest_apart.starts_with(['年', '月', '-', '.', '/']) {
                correction_number(digits_apart)
            } else {
                Some(1)
            }
        }
    };
    let in_name = reader.name().correction;
    let word = |number: u32| match number {
        0 => "no correction".to_owned(),
        1 => "更正".to_owned(),
        n => format!("更正{n}"),
    };
    match in_title {
        None => {
            let message = "更正 is followed by a number from 1 to 99, or by none";
            reader.whole_file(Some(line), None, Some(title.to_owned()), Code::BAD_FORMAT, message);
        }
        Some(1) if reader.name().correction_or_copy => {}
        Some(number) if number != in_name => {
            let (name, title_says) = (word(in_name), word(number));
            let message = format!("the file's name says {name}, the title in row {line} says {title_says}");
            reader.whole_file(Some(line), None, Some(title.to_owned()), Code::NAME_MISMATCH, message);
        }
        Some(_) => {}
    }
    in_title
}

fn leading_digits(text: &str) -> (&str, &str) {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
    text.split_at(text.len().saturating_sub(rest.len()))
}

/// What the name says and what the sheet says must agree where both say something.
fn same<T: PartialEq + std::fmt::Display>(
    reader: &mut Reader<'_>,
    said: &Said,
    label: &'static str,
    in_name: Option<&T>,
    in_sheet: Option<&T>,
) {
    if let (Some(in_name), Some(in_sheet)) = (in_name, in_sheet)
        && in_name != in_sheet
    {
        let line = said.get(label).map(|(line, _)| *line);
        let message = format!("the file's name says {label} {in_name}, the sheet {in_sheet}");
        reader.whole_file(line, Some(label), Some(in_sheet.to_string()), Code::NAME_MISMATCH, message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels() {
        let check = |text: &str, expect: &[(&str, &str)]| {
            let found = labelled(text);
            let found: Vec<(&str, &str)> =
                found.iter().map(|(label, value)| (*label, value.as_str())).collect();
            assert_eq!(found, expect, "{text}");
        };
        check(
            "工程名称：甲工程    项目编码：3301 班组：李 四组",
            &[("工程名称", "甲工程"), ("项目编码", "3301"), ("班组", "李 四组")],
        );
        check(
            "用人单位:甲公司 信用代码 ：91 工资月份：2026年7月\u{3000}单位：元",
            &[("用人单位", "甲公司"), ("信用代码", "91"), ("工资月份", "2026年7月"), ("单位", "元")],
        );
        check("用人单位信用代码：91 班组：", &[("用人单位信用代码", "91")]);
        check("余杭班组农民工工资支付表", &[]);
    }
}
