//! Which sheet of a workbook is read, and what is said of the others.
//!
//! A hidden sheet is never read, and no other sheet that holds rows of a template is left out without a word: where its
//! rows may belong to this file it is an error, for they would be lost.

use crate::finding::{Code, Finding, Place};
use crate::header::{self, Header, Template, own_texts};
use crate::hidden;
use crate::reader::template;
use crate::table::{Cell, Line, Table};
use crate::text::squeezed;
use crate::wage_sheet::title;
use crate::workbook::{self, Workbook};
use crate::{FileKind, table};
use calamine::{Reader as _, SheetType, SheetVisible};
use std::collections::HashSet;

/// Words in the names of sheets that show how to fill in the form.
const EXAMPLES: [&str; 8] = ["示例", "样例", "范例", "样表", "填写说明", "填表说明", "模板", "example"];

/// A sheet as the workbook lists it.
struct Listed {
    /// Its place in the workbook, from 1.
    number: u32,
    name: String,
    is_hidden: bool,
}

/// Another sheet in which a template was found.
struct Other {
    name: String,
    is_hidden: bool,
    kind: FileKind,
    titles: Vec<Line>,
    rows: Vec<Line>,
}

/// Reads the sheet of a name, as a file of a kind.
pub(crate) fn read(bytes: &[u8], kind: FileKind, name: &str) -> Result<Table, Box<Finding>> {
    workbook::guarded(|| {
        let mut workbook = workbook::open(bytes)?;
        let sheets = listed(&workbook);
        let named = |sheet: &&Listed| sheet.name.trim() == name;
        let Some(sheet) = sheets.iter().filter(named).min_by_key(|sheet| sheet.is_hidden) else {
            return Err(missing(&mut workbook, &sheets, kind, name));
        };
        if sheet.is_hidden {
            return Err(refuse_hidden(&mut workbook, &sheets, kind, name));
        }
        let merged = workbook::merged(&mut workbook, &sheet.name)?;
        let rows = workbook::rows(&mut workbook, &sheet.name, workbook::cell)?;
        let hidden = hidden::of(bytes, &sheet.name)?;
        let mut table = Table {
            sheet: Some(name.to_owned()),
            sheet_number: Some(sheet.number),
            rows,
            merged,
            names_cells: true,
            hidden,
            ..Table::default()
        };
        for other in sheets.iter().filter(|other| other.name != sheet.name) {
            let note = match look_into(&mut workbook, other) {
                Ok(None) => None,
                Ok(Some(other)) => note(&table, kind, name, &other),
                Err(fault) => Some(unseen(other, &fault)),
            };
            table.notes.extend(note);
        }
        Ok(table)
    })
}

fn listed(workbook: &Workbook<'_>) -> Vec<Listed> {
    let sheets = (1..).zip(workbook.sheets_metadata()).filter(|(_, sheet)| sheet.typ == SheetType::WorkSheet);
    let listed = |(number, sheet): (u32, &calamine::Sheet)| Listed {
        number,
        name: sheet.name.clone(),
        is_hidden: sheet.visible != SheetVisible::Visible,
    };
    sheets.map(listed).collect()
}

/// Visible sheets with the columns of a kind.
fn candidates(workbook: &mut Workbook<'_>, sheets: &[Listed], kind: FileKind) -> Vec<String> {
    let mut found = Vec::new();
    for sheet in sheets.iter().filter(|sheet| !sheet.is_hidden) {
        if look_into(workbook, sheet).is_ok_and(|other| other.is_some_and(|other| other.kind == kind)) {
            found.push(sheet.name.clone());
        }
    }
    found
}

fn missing(workbook: &mut Workbook<'_>, sheets: &[Listed], kind: FileKind, name: &str) -> Box<Finding> {
    let shown = |sheet: &Listed| match sheet.is_hidden {
        true => format!("{} (hidden)", sheet.name),
        false => sheet.name.clone(),
    };
    let names: Vec<String> = sheets.iter().map(shown).collect();
    let mut message = format!("no sheet {name}; there is {}", names.join(", "));
    if let [one] = candidates(workbook, sheets, kind).as_slice() {
        message.push_str(&format!(": if {one} is meant, call it {name}"));
    }
    let finding = Finding::error(Place::default(), None, Code::MISSING_SHEET, message);
    Box::new(finding.of_whole_file())
}

fn refuse_hidden(workbook: &mut Workbook<'_>, sheets: &[Listed], kind: FileKind, name: &str) -> Box<Finding> {
    let visible = candidates(workbook, sheets, kind);
    let message = match visible.as_slice() {
        [] => format!("the sheet {name} is hidden: show it, if it is meant"),
        _ => format!(
            "the sheet {name} is hidden; who opens the workbook sees {}: delete the hidden sheet and call the right one \
             {name}",
            visible.join(", ")
        ),
    };
    let place = Place { sheet: Some(name.to_owned()), ..Place::default() };
    Box::new(Finding::error(place, None, Code::HIDDEN_SHEET, message).of_whole_file())
}

/// Looks for the columns of a template in a sheet; of several the one of which most required columns are there, at
/// least half of them.
fn look_into(workbook: &mut Workbook<'_>, sheet: &Listed) -> Result<Option<Other>, Box<Finding>> {
    let merged = workbook::merged(workbook, &sheet.name)?;
    let rows = workbook::rows(workbook, &sheet.name, workbook::cell)?;
    let table = Table { rows, merged, ..Table::default() };
    let mut best: Option<(usize, FileKind, Header)> = None;
    for kind in FileKind::ALL.iter().filter(|kind| **kind != FileKind::BankResult) {
        let template = template(*kind);
        let Some(header) = header::find(&table, template) else { continue };
        let required = template.columns.iter().filter(|column| column.required);
        let (all, there) = required.fold((0usize, 0usize), |(all, there), column| {
            let has = header.names.values().any(|name| name == column.name);
            (all.saturating_add(1), there.saturating_add(usize::from(has)))
        });
        // Parts of all its required columns, in thousands: templates have few and many columns.
        let share = there.saturating_mul(1_000).checked_div(all).unwrap_or_default();
        if share >= 500 && best.as_ref().is_none_or(|(most, ..)| share > *most) {
            best = Some((share, *kind, header));
        }
    }
    let Some((_, kind, header)) = best else { return Ok(None) };
    let template = template(kind);
    let is_row = |line: &&Line| is_row(line, &header, template);
    let rows = table.rows.get(header.end..).unwrap_or_default().iter().filter(is_row).cloned().collect();
    let titles = table.rows.get(..header.first).unwrap_or_default().to_vec();
    Ok(Some(Other { name: sheet.name.clone(), is_hidden: sheet.is_hidden, kind, titles, rows }))
}

/// Whether a line below the header says something of somebody: an ID number, or half of what a row must have. Totals,
/// signatures and the header of another page do not.
fn is_row(line: &Line, header: &Header, template: &Template) -> bool {
    let first = line.cells.first().map(|(_, cell)| squeezed(&cell.shown()).into_owned()).unwrap_or_default();
    if first.starts_with("合计") || first.starts_with("总计") || is_header(line, header) {
        return false;
    }
    let (mut required, mut filled) = (0usize, 0usize);
    for (at, name) in &header.names {
        if !template.column(name).is_some_and(|column| column.required) {
            continue;
        }
        required = required.saturating_add(1);
        let Some(cell) = line.cell(*at) else { continue };
        filled = filled.saturating_add(1);
        let digits = || cell.shown().bytes().filter(u8::is_ascii_digit).count();
        if name.ends_with("证件号码") || name.ends_with("身份证号码") {
            match cell {
                Cell::Number(_) => return true,
                _ if digits() >= 6 => return true,
                _ => {}
            }
        }
    }
    filled > 0 && filled.saturating_mul(2) >= required
}

fn is_header(line: &Line, header: &Header) -> bool {
    let texts = own_texts(line);
    let equal = texts.iter().filter(|(at, text)| header.names.get(at) == Some(text)).count();
    equal.saturating_mul(2) > line.cells.len()
}

/// What is to be said of another sheet; nothing of one that holds no rows.
fn note(read: &Table, kind: FileKind, name: &str, other: &Other) -> Option<Finding> {
    let count = other.rows.len();
    if count == 0 {
        return None;
    }
    let hidden = if other.is_hidden { "hidden " } else { "" };
    let rows = if count == 1 { "1 row".to_owned() } else { format!("{count} rows") };
    let what = format!(
        "the {hidden}sheet {} has the columns of a {} and holds {rows}; only the sheet {name} is read",
        other.name,
        other.kind.as_str()
    );
    let may_belong = !other.is_hidden
        && other.kind == kind
        && !is_example(&other.name)
        && !is_copy(read, other)
        && !is_of_another(read, other);
    let advice = if may_belong {
        format!("move its rows to {name}, or hand it in as a file of its own, and take it out of this one")
    } else {
        "hand it in as a file of its own if it is meant".to_owned()
    };
    let place = Place { sheet: Some(other.name.trim().to_owned()), ..Place::default() };
    let finding = Finding::error(place, None, Code::OTHER_SHEET, format!("{what}: {advice}"));
    Some(if may_belong { finding.of_whole_file() } else { finding.warning() })
}

fn unseen(sheet: &Listed, fault: &Finding) -> Finding {
    let message = format!("the sheet {} could not be looked into: {}", sheet.name, fault.message);
    let place = Place { sheet: Some(sheet.name.trim().to_owned()), ..Place::default() };
    Finding::error(place, None, Code::OTHER_SHEET, message).warning()
}

fn is_example(name: &str) -> bool {
    let name = name.to_lowercase();
    EXAMPLES.iter().any(|word| name.contains(word))
}

/// Whether the sheet that is read says all that the other says.
fn is_copy(read: &table::Table, other: &Other) -> bool {
    let there: HashSet<String> = read.rows.iter().map(Line::joined_text).collect();
    other.rows.iter().all(|row| there.contains(&row.joined_text()))
}

/// Whether the lines above its header say that it is another sheet: of another month, crew, project or employer.
fn is_of_another(read: &Table, other: &Other) -> bool {
    let (own, others) = (title::keys(&read.rows), title::keys(&other.titles));
    others.iter().any(|(label, value)| own.get(label).is_some_and(|own| own != value))
}
