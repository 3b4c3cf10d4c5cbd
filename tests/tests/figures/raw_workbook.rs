//! Reads a workbook with one sheet from its XML, with no library for workbooks: what another program would find in it.

use std::io::Read;
use std::path::Path;
use zip::ZipArchive;

/// A cell as the XML has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Raw {
    Text(String),
    /// Digits as they are stored.
    Number(String),
}

fn part(file: &Path, name: &str) -> String {
    let mut archive = ZipArchive::new(std::fs::File::open(file).expect("a file")).expect("a ZIP archive");
    let mut text = String::new();
    archive.by_name(name).expect("a part").read_to_string(&mut text).expect("text");
    text
}

fn between<'a>(text: &'a str, begins: &str, ends: &str) -> Option<&'a str> {
    let from = text.find(begins)? + begins.len();
    Some(&text[from..from + text[from..].find(ends)?])
}

fn plain(xml: &str) -> String {
    xml.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

/// `AB` of `AB12`, from 0.
fn column(place: &str) -> usize {
    let letters = place.bytes().take_while(u8::is_ascii_uppercase);
    letters.fold(0, |sum, letter| sum * 26 + usize::from(letter - b'A') + 1) - 1
}

/// Rows of cells, as wide as the first.
pub(crate) fn rows(file: &Path) -> Vec<Vec<Option<Raw>>> {
    let strings = part(file, "xl/sharedStrings.xml");
    let strings: Vec<String> = strings
        .split("<si>")
        .skip(1)
        .map(|item| plain(between(item, "<t", "</t>").and_then(|t| t.split_once('>')).expect("text").1))
        .collect();
    let sheet = part(file, "xl/worksheets/sheet1.xml");
    let mut rows: Vec<Vec<Option<Raw>>> = Vec::new();
    for row in sheet.split("<row ").skip(1) {
        let mut cells: Vec<Option<Raw>> = vec![None; rows.first().map_or(0, Vec::len)];
        for cell in row.split("<c ").skip(1) {
            let place = column(between(cell, "r=\"", "\"").expect("a place"));
            let Some(value) = between(cell, "<v>", "</v>") else { continue };
            let head = cell.split_once('>').expect("a cell").0;
            let value = match between(head, " t=\"", "\"") {
                Some("s") => Raw::Text(strings[value.parse::<usize>().expect("a place")].clone()),
                None => Raw::Number(value.to_owned()),
                Some(other) => panic!("a cell of type {other}"),
            };
            if cells.len() <= place {
                cells.resize(place + 1, None);
            }
            cells[place] = Some(value);
        }
        rows.push(cells);
    }
    rows
}
