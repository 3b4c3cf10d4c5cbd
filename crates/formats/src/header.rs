//! Finding columns by the text of their header.

use crate::finding::Place;
use crate::limits::HEADER_WITHIN_ROWS;
use crate::table::{Cell, Line, Table};
use crate::text::squeezed;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// A column of a template.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) required: bool,
}

impl Column {
    pub(crate) const fn required(name: &'static str) -> Column {
        Column { name, required: true }
    }

    pub(crate) const fn optional(name: &'static str) -> Column {
        Column { name, required: false }
    }
}

/// Which columns a file of a kind has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Template {
    pub(crate) columns: &'static [Column],
    /// The header may take two lines, of which the second wins where both have text.
    two_lines: bool,
}

impl Template {
    pub(crate) const fn one_line(columns: &'static [Column]) -> Template {
        Template { columns, two_lines: false }
    }

    pub(crate) const fn two_lines(columns: &'static [Column]) -> Template {
        Template { columns, two_lines: true }
    }

    pub(crate) fn column(&self, name: &str) -> Option<&'static Column> {
        self.columns.iter().find(|column| column.name == name)
    }
}

/// Header texts by column, as they are compared.
pub(crate) type Names = BTreeMap<u16, String>;

/// The header of a table.
#[derive(Debug)]
pub(crate) struct Header {
    pub(crate) names: Names,
    /// Index of its first row in the table; the rows before are titles.
    pub(crate) first: usize,
    /// Index of the first row after it.
    pub(crate) end: usize,
    /// Line of its last row.
    pub(crate) line: u32,
}

/// Finds the header: the row, or two, in which most columns of the template stand. Below one that has all
/// required columns no other is looked for: printed sheets repeat their header on every page.
pub(crate) fn find(table: &Table, template: &Template) -> Option<Header> {
    // Of equals the first is best, and one line is better than two that end with it: the upper would be a
    // title that spans all columns.
    type Rank = (usize, Reverse<usize>, bool);
    let mut best: Option<(Rank, Header)> = None;
    let mut complete_to = usize::MAX;
    let mut consider = |names: Names, first: usize, end: usize, line: u32| {
        let has = |column: &&Column| names.values().any(|name| name == column.name);
        let score = template.columns.iter().filter(has).count();
        let rank = (score, Reverse(end), end.saturating_sub(first) == 1);
        if score >= 2 && first < complete_to && best.as_ref().is_none_or(|(most, _)| rank > *most) {
            if template.columns.iter().filter(|column| column.required).all(|column| has(&column)) {
                complete_to = end;
            }
            best = Some((rank, Header { names, first, end, line }));
        }
    };
    for (first, row) in table.rows.iter().enumerate().take(HEADER_WITHIN_ROWS) {
        consider(own_texts(row), first, first.saturating_add(1), row.number);
        let next = table.rows.get(first.saturating_add(1));
        if let Some(next) =
            next.filter(|next| template.two_lines && next.number == row.number.saturating_add(1))
        {
            let mut names = spread_texts(table, row);
            names.extend(own_texts(next));
            consider(names, first, first.saturating_add(2), next.number);
        }
    }
    best.map(|(_, header)| header)
}

/// The header texts of a row, as they are compared.
pub(crate) fn own_texts(row: &Line) -> Names {
    let text = |cell: &Cell| match cell {
        Cell::Text(text) => Some(squeezed(text).into_owned()),
        _ => None,
    };
    row.cells.iter().filter_map(|(column, cell)| Some((*column, text(cell)?))).collect()
}

/// The same, where the text of merged cells counts for every column under them.
fn spread_texts(table: &Table, row: &Line) -> Names {
    let mut names = own_texts(row);
    for merged in table.merged.iter().filter(|merged| merged.rows.0 == row.number) {
        let (from, to) = merged.columns;
        if let Some(text) = names.get(&from).cloned() {
            for column in from..=to {
                names.entry(column).or_insert_with(|| text.clone());
            }
        }
    }
    names
}

/// Where the columns of a file stand.
#[derive(Clone, Debug, Default)]
pub(crate) struct Layout {
    pub(crate) sheet: Option<String>,
    /// Its place in the workbook, from 1.
    pub(crate) sheet_number: Option<u32>,
    pub(crate) columns: Vec<(&'static str, u16)>,
    pub(crate) names_cells: bool,
}

impl Layout {
    pub(crate) fn column(&self, name: &str) -> Option<u16> {
        self.columns.iter().find(|(column, _)| *column == name).map(|(_, at)| *at)
    }

    pub(crate) fn name_at(&self, column: u16) -> Option<&'static str> {
        self.columns.iter().find(|(_, at)| *at == column).map(|(name, _)| *name)
    }

    pub(crate) fn place(&self, line: u32, column: &str) -> Place {
        let cell = self.column(column).and_then(|at| self.cell(line, at));
        Place { sheet: self.sheet.clone(), line: Some(line), cell, column: Some(column.to_owned()) }
    }

    pub(crate) fn cell(&self, line: u32, column: u16) -> Option<String> {
        self.names_cells.then(|| format!("{}{line}", column_letters(column)))
    }
}

/// A column as Excel names it: 0 = A, 26 = AA.
pub(crate) fn column_letters(column: u16) -> String {
    let mut letters = Vec::new();
    let mut rest = u32::from(column).saturating_add(1);
    while rest > 0 {
        let letter = rest.saturating_sub(1).rem_euclid(26);
        letters.push(char::from_u32(letter.saturating_add(u32::from('A'))).unwrap_or('?'));
        rest = rest.saturating_sub(1).div_euclid(26);
    }
    letters.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters() {
        for (column, letters) in
            [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (701, "ZZ"), (702, "AAA")]
        {
            assert_eq!(column_letters(column), letters);
        }
    }
}
