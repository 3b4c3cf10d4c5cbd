//! A page as a reader sees it: figures and tables, read from its HTML.

use crate::{Http, Node};

/// A cell: its text, and what it leads to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// As shown.
    pub text: String,
    /// Address without the host.
    pub href: Option<String>,
}

/// A table.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// Its caption.
    pub caption: String,
    /// Heads of its columns.
    pub heads: Vec<String>,
    /// Rows of its body.
    pub rows: Vec<Vec<Cell>>,
    /// The row of sums.
    pub total: Vec<Cell>,
}

/// A page.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// The first heading.
    pub title: String,
    /// Figures by their labels.
    pub figures: Vec<(String, Cell, String)>,
    /// Its tables.
    pub tables: Vec<Table>,
    /// All addresses that it leads to.
    pub links: Vec<String>,
    /// Where the list goes on.
    pub next: Option<String>,
    /// Where it came from.
    pub previous: Option<String>,
}

/// What stands between two angle brackets, or between tags.
enum Piece<'a> {
    Tag(&'a str),
    Text(&'a str),
}

fn pieces(html: &str) -> Vec<Piece<'_>> {
    let mut out = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        out.push(Piece::Text(&rest[..at]));
        let end = rest[at..].find('>').expect("a tag ends") + at;
        out.push(Piece::Tag(&rest[at + 1..end]));
        rest = &rest[end + 1..];
    }
    out
}

fn plain(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!("{name}=\""))?;
    Some(plain(rest.split('"').next()?))
}

impl Page {
    /// Asks a node for a page.
    #[track_caller]
    pub fn of(node: &Node, path: &str) -> Page {
        let http = Http::get(&node.address, path).expect("an answer");
        assert_eq!(http.status, 200, "{path}: {}", http.body);
        Page::read(&http.body)
    }

    /// Sends a form's only field.
    #[track_caller]
    pub fn post(node: &Node, path: &str, field: &str, value: &str) -> Page {
        let http = Http::form(&node.address, path, &format!("{field}={value}")).expect("an answer");
        assert_eq!(http.status, 200, "{path}: {}", http.body);
        Page::read(&http.body)
    }

    /// Reads HTML as these pages write it.
    pub fn read(html: &str) -> Page {
        let mut page = Page::default();
        let (mut text, mut href, mut in_foot) = (String::new(), None, false);
        for piece in pieces(html) {
            let tag = match piece {
                Piece::Text(more) => {
                    text.push_str(&plain(more));
                    continue;
                }
                Piece::Tag(tag) => tag,
            };
            let name = tag.split([' ', '/']).find(|part| !part.is_empty()).unwrap_or_default();
            if tag.starts_with('/') {
                page.close(name, &mut text, &mut href, in_foot);
                continue;
            }
            match name {
                "a" => {
                    href = attribute(tag, "href");
                    page.links.extend(href.clone());
                    if tag.contains("rel=\"next\"") {
                        page.next = href.clone();
                    }
                    if tag.contains("rel=\"prev\"") {
                        page.previous = href.clone();
                    }
                }
                "table" => {
                    page.tables.push(Table::default());
                    in_foot = false;
                }
                "tfoot" => in_foot = true,
                "tr" if !in_foot => page.table().rows.push(Vec::new()),
                "th" | "td" | "dt" | "dd" | "caption" | "h1" => {
                    text.clear();
                    href = None;
                }
                _ => {}
            }
        }
        for table in &mut page.tables {
            // The row of heads, and the row that says that there is none.
            table.rows.retain(|row| row.len() == table.heads.len());
        }
        page
    }

    fn table(&mut self) -> &mut Table {
        self.tables.last_mut().expect("a table")
    }

    fn close(&mut self, name: &str, text: &mut String, href: &mut Option<String>, in_foot: bool) {
        let cell = || Cell { text: text.trim().to_owned(), href: href.clone() };
        match name {
            "h1" => self.title = cell().text,
            "caption" => {
                let caption = cell().text;
                self.table().caption = caption;
            }
            "thead" => {
                let heads = self.table().rows.pop().unwrap_or_default();
                self.table().heads = heads.into_iter().map(|cell| cell.text).collect();
            }
            "th" | "td" => {
                let cell = cell();
                let table = self.table();
                match in_foot {
                    true => table.total.push(cell),
                    false => table.rows.last_mut().expect("a row").push(cell),
                }
            }
            "dt" => self.figures.push((cell().text, Cell::default(), String::new())),
            "dd" => {
                let (cell, last) = (cell(), self.figures.last_mut().expect("a label"));
                match last.1 == Cell::default() {
                    true => last.1 = cell,
                    false => last.2 = cell.text,
                }
            }
            _ => return,
        }
        text.clear();
        *href = None;
    }

    /// The figure with a label.
    #[track_caller]
    pub fn figure(&self, label: &str) -> &str {
        let figure = self.figures.iter().find(|(known, ..)| known == label);
        &figure.unwrap_or_else(|| panic!("no figure {label} in {:?}", self.figures)).1.text
    }

    /// The table with a caption.
    #[track_caller]
    pub fn captioned(&self, caption: &str) -> &Table {
        let captions: Vec<_> = self.tables.iter().map(|table| &table.caption).collect();
        let table = self.tables.iter().find(|table| table.caption == caption);
        table.unwrap_or_else(|| panic!("no table {caption} in {captions:?}"))
    }
}

impl Table {
    /// Where a column stands.
    #[track_caller]
    pub fn column(&self, head: &str) -> usize {
        let at = self.heads.iter().position(|known| known.trim_end_matches([' ', '▲', '▼']) == head);
        at.unwrap_or_else(|| panic!("no column {head} in {:?}", self.heads))
    }

    /// The cells of a column.
    #[track_caller]
    pub fn cells(&self, head: &str) -> Vec<&Cell> {
        let at = self.column(head);
        self.rows.iter().map(|row| &row[at]).collect()
    }
}

impl Cell {
    /// The last part of the address that it leads to, without its query.
    #[track_caller]
    pub fn leads_to(&self) -> &str {
        let href = self.href.as_deref().unwrap_or_else(|| panic!("no link: {self:?}"));
        let path = href.split('?').next().unwrap_or_default();
        path.rsplit('/').next().unwrap_or_default()
    }

    /// An amount in fen, or a count.
    #[track_caller]
    pub fn fen(&self) -> i64 {
        shown_fen(&self.text)
    }
}

/// An amount in fen, shown with or without separators; with a mark before it, too.
#[track_caller]
pub fn shown_fen(text: &str) -> i64 {
    let digits: String = text.chars().filter(|c| c.is_ascii_digit() || *c == '-').collect();
    assert!(text.contains('.'), "{text} is no amount");
    digits.parse().unwrap_or_else(|_| panic!("{text} is no amount"))
}
