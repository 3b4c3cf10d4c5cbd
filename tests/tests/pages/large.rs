//! A site of thousands: no page is heavy, every list is walked through to its end and back without missing a row, and an
//! export holds the same rows.

use calamine::{Data, Reader, Xlsx};
use std::collections::BTreeSet;
use std::io::Cursor;
use tests::{Book, Cell, Http, Node, Page, Table, run, wageledger};

/// A page with its style sheet, in bytes.
const PAGE_BYTES_MAX: usize = 100_000;
/// Workers of the city, and of its large site.
const WORKERS: &str = "1500";
const LARGE: &str = "1400";
/// A day on which much is overdue.
const AS_OF: &str = "2026-11-20";

/// An invented city with one large site, recorded through the ledger.
fn city() -> (Book, Node) {
    let book = Book::bare();
    let mut bench = wageledger();
    bench.args(["bench", "city", "--workers", WORKERS, "--large", LARGE, "--seconds", "1", "--dir"]);
    bench.arg(book.dir());
    run(bench).exits(0);
    let node = Node::start(&book);
    (book, node)
}

struct Walker<'a> {
    node: &'a Node,
    style: usize,
}

impl Walker<'_> {
    /// A page, which is not heavy.
    #[track_caller]
    fn page(&self, path: &str) -> Page {
        let http = Http::get(&self.node.address, path).expect("an answer");
        assert_eq!(http.status, 200, "{path}: {}", http.body);
        let bytes = http.bytes.len() + self.style;
        assert!(bytes <= PAGE_BYTES_MAX, "{path} takes {bytes} bytes");
        Page::read(&http.body)
    }

    /// Every row of a list, through all its pages to the end; then all the way back.
    #[track_caller]
    fn walk(&self, path: &str, caption: &str) -> Vec<Vec<String>> {
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
    fn exported(&self, path: &str, caption: &str) -> Vec<Vec<String>> {
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

/// The first address that a page leads to and that begins so.
#[track_caller]
fn link(page: &Page, begin: &str) -> String {
    let found = page.links.iter().find(|link| link.starts_with(begin));
    found.unwrap_or_else(|| panic!("no {begin} among {:?}", page.links)).clone()
}

#[test]
fn every_page_is_light_and_every_list_whole() {
    let (book, node) = city();
    let style = Http::get(&node.address, "/assets/desk.css").expect("the style sheet").bytes.len();
    let walker = Walker { node: &node, style };
    let of_day = |path: &str| format!("{path}?as_of={AS_OF}");
    let bare = |path: &str| path.split('?').next().unwrap_or_default().to_owned();
    let projects = walker.page(&of_day("/projects"));
    let (overview, warnings) = (walker.page(&of_day("/")), of_day("/warnings"));
    // The large one of the two sites has more crews than stand on a page.
    let sites = projects.links.iter().filter(|link| link.starts_with("/projects/33"));
    let sites = sites.map(|site| (site.clone(), walker.page(site)));
    let (project, on_project) =
        sites.into_iter().find(|(_, page)| page.next.is_some()).expect("a large site");
    let month = link(&on_project, &format!("{}/months/", bare(&project)));
    let (crew, share) =
        (link(&on_project, "/crews/"), link(&on_project, &format!("{}/employers/", bare(&project))));
    let lines = walker.page(&of_day("/arrears"));
    let (worker, line) = (link(&lines, "/workers/"), link(&lines, "/lines/"));
    let (employer, region) = (link(&lines, "/employers/9"), link(&overview, "/regions/3"));
    let entry = link(&walker.page(&line), "/entries/");
    let sheets = of_day(&format!("{}/sheets", bare(&month)));
    let trail = |of: &str| format!("{}/trail?lang=zh", bare(of));

    // All kinds, in both languages.
    let others = ["/missing", "/regions", "/employers", "/ledger", "/search"].map(of_day);
    for path in
        [&project, &month, &crew, &share, &worker, &line, &employer, &region, &entry, &sheets, &warnings]
            .into_iter()
            .chain(&others)
            .chain(&[trail(&project), trail(&employer), trail(&worker)])
    {
        walker.page(path);
        walker.page(&format!("{}&lang=en", path.replace("?lang=zh", "?as_of=2026-06-30")));
    }

    // Every list that is longer than a page, in its own order and in others.
    let mut export = Vec::new();
    for (path, caption, orders) in [
        (of_day("/arrears"), "逾期工资明细", vec!["outstanding", "-days", "worker", "crew"]),
        (project.clone(), "按班组", vec!["-outstanding", "employer"]),
        (month.clone(), "逐笔支付状态", vec!["-net", "on", "bank"]),
        (sheets.clone(), "工资表与封存", vec!["recorded_net"]),
    ] {
        let rows = walker.walk(&path, caption);
        for order in orders {
            let sorted = walker.walk(&format!("{path}&sort={order}"), caption);
            let same = |rows: &[Vec<String>]| rows.iter().cloned().collect::<BTreeSet<_>>();
            assert_eq!(same(&sorted), same(&rows), "{path} by {order}");
        }
        export.push((path, caption, rows));
    }
    let seals = format!("{}&kind=sheet", trail(&project));
    export.push((seals.clone(), "全部记录，按账本顺序", walker.walk(&seals, "全部记录，按账本顺序")));
    for (path, caption, rows) in export {
        let mut exported = walker.exported(&path, caption);
        exported.truncate(rows.len());
        assert_eq!(exported, rows, "{path}");
    }

    // All that is recorded of the project, in one file.
    let http = Http::get(&node.address, &format!("{}&format=csv", trail(&project))).expect("an answer");
    assert!(http.head.to_lowercase().contains("transfer-encoding: chunked"), "{}", http.head);
    let own: Vec<u64> = http.body.lines().filter_map(|line| line.split(',').next()?.parse().ok()).collect();
    let code = bare(&project).trim_start_matches("/projects/").to_owned();
    let count = "SELECT COUNT(*) FROM entry WHERE project = ?1";
    let recorded: i64 =
        book.open("readmodel.sqlite").query_row(count, [&code], |row| row.get(0)).expect("a count");
    assert!(recorded > 30_000 && own.is_sorted_by(|a, b| a < b));
    assert_eq!(i64::try_from(own.len()), Ok(recorded));
}
