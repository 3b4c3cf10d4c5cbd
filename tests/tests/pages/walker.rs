//! Walking through a list: every row once to its end and back, on pages that are not heavy; and what an export has of it.

use calamine::{Data, Reader, Xlsx};
use std::collections::BTreeSet;
use std::io::Cursor;
use tests::{Cell, Http, Node, Page, Table};

/// A page with its style sheet, in bytes.
const PAGE_BYTES_MAX: usize = 100_000;

/// Who walks through a node's lists.
pub(crate) struct Walker<'a> {
    node: &'a Node,
    style: usize,
}

impl Walker<'_> {
    pub(crate) fn of(node: &Node) -> Walker<'_> {
        let style = Http::get(&node.address, "/assets/desk.css").expect("the style sheet").bytes.len();
        Walker { node, style }
    }

    /// A page, which is not heavy.
    #[track_caller]
    pub(crate) fn page(&self, path: &str) -> Page {
        let http = Http::get(&self.node.address, path).expect("an answer");
        assert_eq!(http.status, 200, "{path}: {}", http.body);
        let bytes = http.bytes.len() + self.style;
        assert!(bytes <= PAGE_BYTES_MAX, "{path} takes {bytes} bytes");
        Page::read(&http.body)
    }

    /// Every row of a list, through all its pages to the end; then all the way back.
    #[track_caller]
    pub(crate) fn walk(&self, path: &str, caption: &str) -> Vec<Vec<String>> {
        let (mut pages, mut last) = (Vec::new(), path.to_owned());
        let mut page = self.page(path);
        loop {
            pages.push(plain(page.captioned(caption)));
            let Some(next) = page.next.clone() else { break };
            (page, last) = (self.page(&next), next);
        }
        assert!(pages.len() > 1, "{path}: one page is all of {caption}");
        let all: Vec<Vec<String>> = pages.concat();
        let different: BTreeSet<&Vec<String>> = all.iter().collect();
        assert_eq!(different.len(), all.len(), "{path}: a row stands twice");
        // Back again: what stood before the last page, row by row.
        let (mut before, mut at) = (pages.concat(), Some(last));
        while let Some(path) = at {
            let page = self.page(&path);
            let rows = plain(page.captioned(caption));
            assert!(before.ends_with(&rows), "{path}");
            before.truncate(before.len() - rows.len());
            at = page.previous;
        }
        assert!(before.is_empty(), "{path}: {} rows are not found on the way back", before.len());
        all
    }

    /// The rows that an export has under a caption, as CSV and as a workbook.
    pub(crate) fn exported(&self, path: &str, caption: &str) -> Vec<Vec<String>> {
        let asked = |format| {
            let http = Http::get(&self.node.address, &format!("{path}&format={format}")).expect("an answer");
            assert_eq!(http.status, 200, "{path} as {format}");
            http
        };
        let csv = asked("csv").body;
        let mut reader =
            csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(csv.as_bytes());
        let lines: Vec<Vec<String>> = reader
            .records()
            .map(|line| line.expect("a line").iter().map(|text| text.replace(',', "")).collect())
            .collect();
        let begin = lines.iter().position(|line| *line == [caption]).expect("the part") + 2;
        let rows: Vec<Vec<String>> =
            lines[begin..].iter().take_while(|line| **line != [""]).cloned().collect();
        let bytes = asked("xlsx").bytes;
        let mut book: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes)).expect("a workbook");
        let sheet = book.worksheet_range(caption).expect("the sheet");
        assert_eq!(sheet.height(), rows.len() + 1, "{path}: rows of the workbook, its head among them");
        for (cells, row) in sheet.rows().skip(1).zip(&rows) {
            for (cell, text) in cells.iter().zip(row) {
                let amount = |text: &str| text.parse::<f64>().ok();
                match cell {
                    Data::Float(number) => assert_eq!(Some(*number), amount(text)),
                    Data::Empty => assert!(text.is_empty(), "{text}"),
                    other => assert_eq!(other.to_string().replace(',', ""), *text),
                }
            }
        }
        rows
    }
}

/// Rows as an export has them: without bars and separators, nothing where a page has a dash.
fn plain(table: &Table) -> Vec<Vec<String>> {
    let bar = table.heads.iter().position(|head| head == "占比");
    let text = |cell: &Cell| if cell.text == "—" { String::new() } else { cell.text.replace(',', "") };
    let row = |row: &Vec<Cell>| {
        row.iter().enumerate().filter(|(at, _)| Some(*at) != bar).map(|(_, cell)| text(cell)).collect()
    };
    table.rows.iter().map(row).collect()
}
